"""Sentences in their documents: what is read beside each, and names that agree."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Sentence
from tagger.readings import Reading, agree, documents_of, is_name_like, own_scores, readings_of

forms = st.sampled_from(["Ada", "Bo", "ran", "서울", "."])
document = st.lists(st.lists(forms, max_size=5), max_size=6)


@pytest.mark.parametrize(
    ("marks", "sources", "expected"),
    [
        ([], [], []),
        ([0, 0, 0], "aaa", [[0, 1, 2]]),
        ([1, 0, 1], "aaa", [[0, 1], [2]]),
        ([0, 1, 1], "aaa", [[0], [1], [2]]),
        ([0, 0, 0], ["", "a", "b"], [[0], [1], [2]]),
        ([0, 0, 0], "aba", [[0], [1], [2]]),
        ([0, 0, 1], "abb", [[0], [1], [2]]),
    ],
)
def test_documents_begin_where_they_are_marked_and_with_each_source(
    marks: list[int], sources: str, expected: list[list[int]]
) -> None:
    stream = [
        Sentence([str(i)], new_document=bool(mark), source=source)
        for i, (mark, source) in enumerate(zip(marks, sources, strict=True))
    ]
    found = [[int(s.tokens[0]) for s in sentences] for sentences in documents_of(stream)]
    assert found == expected


@settings(max_examples=200)
@given(documents=st.lists(document, max_size=3), neighbours=st.integers(0, 8))
def test_neighbours_are_those_of_the_document(documents: list[list[list[str]]], neighbours: int) -> None:
    stream = [list(map(Sentence, sentences)) for sentences in documents]
    found = list(readings_of(stream, neighbours))
    assert [id(r.sentence) for r in found] == [id(s) for s in itertools.chain(*stream)]
    expected = []
    for number, sentences in enumerate(documents):
        for i, tokens in enumerate(sentences):
            before = list(itertools.chain(*sentences[:i]))[-neighbours:] if neighbours else []
            after: list[str] = []
            size = 0  # a sentence without tokens counts as one
            for following in sentences[i + 1 :]:
                if size < neighbours:
                    after += following
                    size += len(following) or 1
            after = after[:neighbours]
            whole = (before + tokens + after, len(before)) if tokens else ([], 0)
            expected.append((*whole, number))
    assert [(r.read.tokens, r.start, r.document) for r in found] == expected
    for reading in found:
        end = reading.start + len(reading.sentence)
        assert reading.read.tokens[reading.start : end] == reading.sentence.tokens


def test_layers_are_read_with_the_tokens() -> None:
    texts = [["a", "b"], [], ["c"], ["d"]]
    stream = [
        Sentence(t, {"x": [*map(str.upper, t)], "y": ["_"] * len(t)} if t else {}, source="f", line=i)
        for i, t in enumerate(texts, 1)
    ]
    found = [reading.read for reading in readings_of([stream], 1, ["x"])]
    assert [read.tokens for read in found] == [["a", "b"], [], ["b", "c", "d"], ["c", "d"]]
    assert [read.tags for read in found] == [
        {"x": ["A", "B"]}, {}, {"x": ["B", "C", "D"]}, {"x": ["C", "D"]},
    ]  # fmt: skip
    assert [read.place() for read in found] == [s.place() for s in stream]
    assert [r.read for r in readings_of([stream], 0, ["x"])] == stream


@pytest.mark.parametrize(("size", "most"), [(10, 6), (0, 51), (100, 2)])
def test_what_is_held_is_what_the_neighbours_need(size: int, most: int) -> None:
    taken = 0

    def endless() -> Iterator[Sentence]:
        nonlocal taken
        while True:
            taken += 1
            yield Sentence(["a"] * size)

    for number, _ in zip(range(200), readings_of([endless()], 50), strict=False):
        assert taken - number <= most


def test_own_scores_are_cut_out_of_those_that_were_read() -> None:
    scores = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)
    short = Reading(Sentence(["a"]), Sentence(list("xxxxa")), 4, 0)
    long = Reading(Sentence(["b", "c"]), Sentence(list("xbcx")), 1, 0)
    own = own_scores(scores, [short, long])
    assert own.shape == (2, 2, 3)
    np.testing.assert_array_equal(own[0, :1], scores[0, 4:5])
    np.testing.assert_array_equal(own[1], scores[1, 1:3])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("Hvar", True),
        ("USA", True),
        ("Éva", True),
        ("ǅ", True),  # title case
        ("서울", True),
        ("北京", True),
        ("ferry", False),
        ("iPod", False),
        ("2021", False),
        (".", False),
        ("", False),
    ],
)
def test_what_looks_like_a_name(form: str, expected: bool) -> None:
    assert is_name_like(form) is expected


@settings(max_examples=100)
@given(
    documents=st.lists(document, max_size=3),
    weight=st.sampled_from([0.25, 1.0]),
    seed=st.integers(0, 99),
)
def test_names_agree_within_a_document_however_they_are_batched(
    documents: list[list[list[str]]], weight: float, seed: int
) -> None:
    window = list(readings_of([list(map(Sentence, d)) for d in documents]))
    numbers = np.random.default_rng(seed)
    before = [
        [numbers.normal(size=(len(r.sentence), tags)).astype(np.float32) for tags in (3, 2)]
        for r in window
    ]
    expected = [[layer.astype(np.float64) for layer in layers] for layers in before]
    for i, reading in enumerate(window):
        for t, form in enumerate(reading.sentence.tokens):
            if form in ("Ada", "Bo", "서울"):
                for layer in (0, 1):
                    same = [
                        before[j][layer][u].astype(np.float64)
                        for j, other in enumerate(window)
                        if other.document == reading.document
                        for u, another in enumerate(other.sentence.tokens)
                        if another == form
                    ]
                    own = before[i][layer][t]
                    expected[i][layer][t] = (1 - weight) * own + weight * np.mean(same, axis=0)
    together = _agreed(window, before, weight, random.Random(seed))
    for ours, theirs in zip(together, expected, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)
    again = _agreed(window, before, weight, random.Random(seed + 1))
    assert [[a.tobytes() for a in s] for s in again] == [[a.tobytes() for a in s] for s in together]


def _agreed(
    window: list[Reading], scores: list[list[np.ndarray]], weight: float, order: random.Random
) -> list[list[np.ndarray]]:
    """Lets scores agree that come in batches drawn by chance; returns those of each sentence."""
    parts: list[list[int]] = []
    for has_tokens in (False, True):
        positions = [i for i, r in enumerate(window) if bool(r.read.tokens) == has_tokens]
        order.shuffle(positions)
        while positions:
            size = order.randint(1, 4)
            parts.append(positions[:size])
            positions = positions[size:]
    batches = []
    for positions in parts:
        longest = max(len(window[i].sentence) for i in positions)
        padded = [np.full((len(positions), longest, k), 99, np.float32) for k in (3, 2)]
        for row, i in enumerate(positions):
            for batch, layer in zip(padded, scores[i], strict=True):
                batch[row, : len(layer)] = layer
        batches.append(padded if longest else [])
    agree(window, parts, batches, weight)
    found: list[list[np.ndarray]] = [list(layers) for layers in scores]
    for positions, padded in zip(parts, batches, strict=True):
        for row, i in enumerate(positions):
            found[i] = [b[row, : len(window[i].sentence)] for b in padded] or scores[i]
            assert all((b[row, len(window[i].sentence) :] == 99).all() for b in padded)
    return found
