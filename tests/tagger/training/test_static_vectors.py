"""Word vectors out of a transformer: frequent words, each alone, on few axes, in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpora import Sentence
from tagger.training import static_vectors
from tagger.training.static_vectors import (
    count_words,
    on_principal_axes,
    vectors_alone,
    write_vectors,
)
from tagger.vectors import Vectors, read_vectors


def test_words_are_counted_in_small_letters_with_their_commonest_form() -> None:
    tokens = ["the", "The", "THE", "The", "Oslo", "oslo", "Oslo", ",", ",", "São", "São", "SÃO", "."]
    odd = ["Hà Nội", "", "a\u200bb", "line\nbreak", "\ud800"]
    assert count_words([Sentence(tokens), Sentence(odd), Sentence([])]) == [
        ("the", "The", 4),
        ("oslo", "Oslo", 3),
        ("são", "São", 3),
        (",", ",", 2),
        (".", ".", 1),
        ("hà nội", "Hà Nội", 1),
    ]


def test_the_most_frequent_word_comes_first() -> None:
    """A word of two forms may be more frequent than one whose only form is more frequent."""
    words = count_words([Sentence(["sun"] * 3 + ["Rain"] * 2 + ["rain"] * 2)])
    assert words == [("rain", "Rain", 4), ("sun", "sun", 3)]


def test_each_word_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_vectors, "_AT_ONCE", 2)
    asked: list[list[list[str]]] = []

    def encode(sentences: Sequence[Sequence[str]]) -> np.ndarray:
        asked.append([*map(list, sentences)])
        return np.array([[[len(word), 1]] for (word,) in sentences], np.float32)

    assert vectors_alone(["a", "bb", "ccc"], encode).tolist() == [[1, 1], [2, 1], [3, 1]]
    assert asked == [[["a"], ["bb"]], [["ccc"]]]


def test_principal_axes() -> None:
    random = np.random.default_rng(1)
    turned, _ = np.linalg.qr(random.normal(size=(4, 4)))
    vectors = (5 + random.normal(size=(500, 4)) * [0.1, 3, 1, 0.01] @ turned).astype(np.float32)
    whole = on_principal_axes(vectors, 4)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(np.mean(whole**2), 1, rtol=1e-5)
    np.testing.assert_allclose(whole.mean(axis=0), 0, atol=1e-5)
    deviations = whole.std(axis=0)
    np.testing.assert_allclose(deviations / deviations[1], [3, 1, 0.1, 0.01], rtol=0.15)
    centred = vectors - vectors.mean(axis=0)
    products = centred @ centred.T / np.mean(centred**2)
    np.testing.assert_allclose(whole @ whole.T, products, atol=1e-3)  # as far from one another
    part = on_principal_axes(vectors, 2)
    assert part.shape == (500, 2)
    np.testing.assert_allclose(part / part[0, 0], whole[:, :2] / whole[0, 0], rtol=1e-4, atol=1e-4)


def test_axes_point_one_way_only() -> None:
    vectors = np.random.default_rng(2).normal(size=(30, 5)).astype(np.float32)
    turned = on_principal_axes(vectors[:, ::-1], 5)
    np.testing.assert_allclose(turned, on_principal_axes(vectors, 5), atol=1e-5)


def test_file_is_read_by_the_tagger(tmp_path: Path) -> None:
    table = np.array([[0.25, -1], [1e-9, 3]], np.float32)
    write_vectors(Vectors(("sun", "Hà Nội"), table), tmp_path / "words.vec.gz")
    read = read_vectors(tmp_path / "words.vec.gz", (), first=9)
    assert (read.words, read.table.tolist()) == (("sun", "Hà Nội"), [[0.25, -1], [0, 3]])
