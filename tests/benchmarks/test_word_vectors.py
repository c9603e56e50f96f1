"""Word vectors out of a transformer: the frequent words, each alone, in fewer numbers."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import word_vectors as module
from benchmarks.word_vectors import counted, main, on_principal_axes, vectors_of
from tagger.training.transformer import read_transformer
from tagger.vectors import read_vectors
from tests.tagger.tiny_transformer import SIZE, write


@pytest.fixture
def texts(tmp_path: Path) -> list[Path]:
    plain, packed = tmp_path / "a.txt", tmp_path / "b.txt.gz"
    plain.write_text("The cat sat. The end!\n\nA cab.\n")
    packed.write_bytes(gzip.compress(b"the cat\n"))
    return [plain, packed]


def test_words_are_counted_in_small_letters(texts: list[Path]) -> None:
    assert counted(texts) == {"the": 3, "cat": 2, "sat": 1, "end": 1, "a": 1, "cab": 1}


def test_each_word_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    asked: list[list[list[str]]] = []

    def encode(sentences: Sequence[Sequence[str]]) -> np.ndarray:
        asked.append([*map(list, sentences)])
        return np.array([[[len(word), 1]] for (word,) in sentences], np.float32)

    found = vectors_of(["a", "bb", "ccc"], encode)
    assert found.tolist() == [[1, 1], [2, 1], [3, 1]]
    assert asked == [[["a"], ["bb"]], [["ccc"]]]


def test_principal_axes() -> None:
    random = np.random.default_rng(1)
    spread = np.array([0.1, 3, 1, 0.01])
    turned, _ = np.linalg.qr(random.normal(size=(4, 4)))
    vectors = (5 + random.normal(size=(500, 4)) * spread @ turned).astype(np.float32)
    whole = on_principal_axes(vectors, 4)
    np.testing.assert_allclose(np.mean(whole**2), 1, rtol=1e-5)
    np.testing.assert_allclose(whole.mean(axis=0), 0, atol=1e-4)
    deviations = whole.std(axis=0) / whole.std(axis=0)[1]
    np.testing.assert_allclose(deviations, [3, 1, 0.1, 0.01], rtol=0.15)
    centred = vectors - vectors.mean(axis=0)
    scale = np.sqrt(np.mean(centred**2))
    np.testing.assert_allclose(whole @ whole.T, centred @ centred.T / scale**2, atol=1e-3)
    part = on_principal_axes(vectors, 2)
    assert part.shape == (500, 2)
    np.testing.assert_allclose(part / part[0, 0], whole[:, :2] / whole[0, 0], rtol=1e-4, atol=1e-4)


def test_file_is_read_by_the_tagger(tmp_path: Path, texts: list[Path]) -> None:
    folder, output = write(tmp_path / "tiny"), tmp_path / "words.vec"
    arguments = [str(folder), str(output), *map(str, texts), "--words", "2", "--size", "1"]
    called = CliRunner().invoke(main, arguments)
    assert called.exit_code == 0, called.output
    vectors = read_vectors(output, (), first=10)
    assert (vectors.words, vectors.table.shape) == (("the", "cat"), (2, 1))
    _, made = read_transformer(str(folder), 1, "mean")
    expected = on_principal_axes(made.encode([["the"], ["cat"]])[:, 0], 1)
    np.testing.assert_allclose(vectors.table, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("...\n", [], "found no words, expected some"),
        ("a b\n", ["--size", str(SIZE + 1)], f"have {SIZE} numbers"),
        ("a b\n", ["--layers", "9"], "model.transformer_layers: found 9, expected 3 at most"),
    ],
)
def test_what_is_wrong_is_told_of(tmp_path: Path, text: str, options: list[str], message: str) -> None:
    folder, book = write(tmp_path / "tiny"), tmp_path / "book.txt"
    book.write_text(text)
    called = CliRunner().invoke(main, [str(folder), str(tmp_path / "o.vec"), str(book), *options])
    assert called.exit_code != 0
    assert message in called.output.replace("\n", "")
    assert not (tmp_path / "o.vec").exists()
