"""Vocabulary: which symbols get which ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.vocabulary import PADDING, UNKNOWN, Vocabulary


def test_reserved_ids() -> None:
    assert (PADDING, UNKNOWN) == (0, 1)


@pytest.mark.parametrize(
    ("counts", "min_count", "symbols"),
    [
        ({}, 1, ()),
        ({"a": 1, "b": 3, "c": 2}, 1, ("b", "c", "a")),
        ({"b": 2, "a": 2, "c": 1}, 2, ("a", "b")),
        ({"a": 1}, 2, ()),
        ({"": 1, " ": 1}, 1, ("", " ")),
    ],
)
def test_frequent_symbols_are_kept(
    counts: dict[str, int], min_count: int, symbols: tuple[str, ...]
) -> None:
    assert Vocabulary.from_counts(counts, min_count).symbols == symbols


@given(st.lists(st.text(), unique=True), st.text())
def test_ids_are_positions(symbols: list[str], other: str) -> None:
    vocabulary = Vocabulary(symbols)
    assert [vocabulary[s] for s in symbols] == list(range(2, len(vocabulary)))
    assert len(vocabulary) == len(symbols) + 2
    assert (other in vocabulary) == (other in symbols)
    assert (vocabulary[other] == UNKNOWN) == (other not in symbols)
