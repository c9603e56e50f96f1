"""Subwords: each token keeps its own, and windows show each of them once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.context.subwords import NONE, SubwordReader, encodable

from ..tiny_transformer import POSITIONS, VOCABULARY, tokenizer_json

PADDING, CLS, SEP = 0, 2, 3
ROOM = POSITIONS - 2


@pytest.fixture(scope="module")
def reader() -> SubwordReader:
    return SubwordReader(tokenizer_json(), PADDING)


def symbols(ids: np.ndarray) -> list[list[str]]:
    return [[VOCABULARY[i] for i in token if i != NONE] for token in ids]


def test_tokens_keep_their_subwords(reader: SubwordReader) -> None:
    sentences = [["The", "cats", "", "서울."], ["abc"], ["\u200b", "z", "\ud800", "[SEP]"], []]
    read = reader.read(sentences)
    assert read.shape == (4, 4, 3)
    assert [symbols(row) for row in read] == [
        [["the"], ["cat", "##s"], [], ["서울", "."]],
        [["a", "##b", "##c"], [], [], []],
        [[], ["[UNK]"], ["[UNK]"], ["[UNK]", "[UNK]", "[UNK]"]],
        [[], [], [], []],
    ]


def test_windows_of_short_sentences(reader: SubwordReader) -> None:
    windows = reader.windows(reader.read([["abc", ".", ""], ["", "the"], ["", "", ""]]))
    first = [VOCABULARY.index(symbol) for symbol in ("a", "##b", "##c", ".")]
    the = VOCABULARY.index("the")
    assert windows.ids.tolist() == [[CLS, the, SEP, 0, 0, 0], [CLS, *first, SEP]]
    assert windows.mask().tolist() == [[1, 1, 1, 0, 0, 0], [1] * 6]
    assert windows.places.tolist() == [7, 8, 9, 10, 1]
    assert windows.counts.tolist() == [3, 1, 1]
    assert windows.tokens.tolist() == [0, 1, 4]


@pytest.mark.parametrize("sentences", [[], [[]], [["", "\u200b"]]])
def test_nothing_to_read(reader: SubwordReader, sentences: list[list[str]]) -> None:
    read = reader.read(sentences)
    assert read.shape == (len(sentences), max(map(len, sentences), default=0), 1)
    assert [part.size for part in reader.windows(read)] == [0] * 5


@given(st.lists(st.lists(st.integers(0, 25), max_size=40), min_size=1, max_size=4))
def test_windows_show_each_subword_once(counts: list[list[int]]) -> None:
    """Those of a long sentence too, each with others around it where there are any."""
    reader = SubwordReader(tokenizer_json(), PADDING)
    read = np.full((len(counts), max(map(len, counts)), 25), NONE)
    number = 100
    for row, tokens in zip(read, counts, strict=True):
        for token, count in zip(row, tokens, strict=False):
            token[:count] = range(number, number + count)
            number += count
    windows = reader.windows(read)
    assert windows.ids.ravel()[windows.places].tolist() == list(range(100, number))
    flat = (read != NONE).sum(axis=2).ravel()
    assert windows.tokens.tolist() == np.flatnonzero(flat).tolist()
    assert windows.counts.tolist() == flat[flat > 0].tolist()
    assert (np.diff(windows.lengths) >= 0).all()
    assert windows.lengths.max(initial=0) <= POSITIONS
    window, column = np.divmod(windows.places, windows.ids.shape[1] or 1)
    before, after = column - 1, windows.lengths[window] - 2 - column
    start = 0
    for length in map(sum, counts):  # of subwords of each sentence
        position = np.arange(length)
        mine = slice(start, start + length)
        assert (before[mine] >= np.minimum(position, ROOM // 4)).all()
        assert (after[mine] >= np.minimum(position[::-1], ROOM // 4)).all()
        start += length


@pytest.mark.parametrize(
    ("token", "found"), [("cat", "cat"), ("서", "서"), ("a\ud800", "a?"), ("a" * 5000, "a" * 1000)]
)
def test_any_token_can_be_read(token: str, found: str) -> None:
    assert encodable(token) == found
