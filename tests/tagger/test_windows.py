"""What is tagged together: a window holds whole documents where that is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Sentence
from tagger import windows as module
from tagger.readings import Reading
from tagger.windows import windows

LIMIT = 10
documents = st.lists(st.lists(st.integers(0, 7), max_size=9), max_size=8)


def readings(documents: list[list[int]], beside: int = 0) -> list[Reading]:
    return [
        Reading(Sentence(["a"] * size), Sentence(["a"] * (size + beside)), 0, number)
        for number, sizes in enumerate(documents)
        for size in sizes
    ]


def grouped(stream: list[Reading], *, whole: bool) -> list[list[Reading]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WINDOW_TOKENS", LIMIT)
        found = list(windows(stream, whole_documents=whole))
    assert [is_last for _, is_last in found] == [False] * (len(found) - 1) + [True] * bool(found)
    return [window for window, _ in found]


@settings(max_examples=200)
@given(sizes=documents, whole=st.booleans())
def test_nothing_is_lost_and_windows_are_bounded(sizes: list[list[int]], whole: bool) -> None:
    stream = readings(sizes)
    found = grouped(stream, whole=whole)
    assert [id(r) for window in found for r in window] == list(map(id, stream))
    for window in found:
        assert sum(len(r.sentence) or 1 for r in window[:-1]) < (2 if whole else 1) * LIMIT + 7 * whole


@settings(max_examples=200)
@given(sizes=documents)
def test_sentences_of_a_document_are_together_whatever_came_before(sizes: list[list[int]]) -> None:
    def pieces(number: int, found: list[list[Reading]]) -> list[list[int]]:
        split = [[len(r.sentence) for r in window if r.document == number] for window in found]
        return [piece for piece in split if piece]

    together = grouped(readings(sizes), whole=True)
    for number, alone in enumerate(sizes):
        assert pieces(number, together) == pieces(0, grouped(readings([alone]), whole=True))
        if sum(size or 1 for size in alone) <= LIMIT:
            assert len(pieces(number, together)) <= 1


def test_many_neighbours_make_windows_smaller() -> None:
    sizes = [[1] * 30]
    assert [len(w) for w in grouped(readings(sizes, 3), whole=False)] == [10, 10, 10]
    assert [len(w) for w in grouped(readings(sizes, 19), whole=False)] == [2] * 15
