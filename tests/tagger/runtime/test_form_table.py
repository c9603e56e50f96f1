"""Known forms come from the table, others from the encoder, each in its place."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.runtime.form_table import FormLookup, FormTable


class Encoder:
    """Gives each form its length; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, forms: list[str]) -> np.ndarray:
        self.asked.append(forms)
        return np.array([[len(form)] for form in forms], dtype=np.float32)


TABLE = FormTable(("the", "a"), np.array([[-1], [-2]], dtype=np.float32))


@pytest.mark.parametrize(
    ("forms", "expected", "asked"),
    [
        (["cat", "a", "bird", "the"], [3, -2, 4, -1], [["cat", "bird"]]),
        (["the"], [-1], []),
        (["birds", "Cat"], [5, 3], [["birds", "Cat"]]),
    ],
)
def test_lookup(forms: list[str], expected: list[int], asked: list[list[str]]) -> None:
    encoder = Encoder()
    vectors = FormLookup(TABLE, encoder)(forms)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[:, 0], expected)
    assert encoder.asked == asked


def test_without_a_table_all_are_encoded() -> None:
    encoder = Encoder()
    np.testing.assert_array_equal(FormLookup(None, encoder)(["a", "the"])[:, 0], [1, 3])
    assert encoder.asked == [["a", "the"]]


def test_rows() -> None:
    assert TABLE.rows() == {"the": 0, "a": 1}
    assert TABLE.rows(1) == {"the": 1, "a": 2}


@pytest.mark.parametrize("shape", [(1, 4), (3, 4), (2,)])
def test_a_vector_each(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="for 2 forms"):
        FormTable(("the", "a"), np.zeros(shape, np.float32))
