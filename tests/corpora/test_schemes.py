"""Tag schemes: detection, validation, conversion."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.schemes import (
    OUTSIDE,
    SCHEMES,
    allowed,
    convert,
    detect,
    from_spans,
    holds_spans,
    is_span_tag,
    split_tag,
    to_spans,
    violations,
)
from corpora.sentence import Span

schemes = st.sampled_from(SCHEMES)
labels = st.sampled_from(["PER", "LOC", "B-PER", "é-x", "O", "-"]) | st.text(min_size=1)


@st.composite
def spans_within(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Draws separate spans, some touching, and the length of their sentence."""
    position, spans = 0, []
    for gap, size, label in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), labels))):
        spans.append(Span(position + gap, position + gap + size, label))
        position += gap + size
    return spans, position + draw(st.integers(0, 2))


any_tags = st.lists(
    st.builds("{}-{}".format, st.sampled_from("BIESLU"), st.sampled_from("XY"))
    | st.just(OUTSIDE)
    | st.text(max_size=3)
)

# one sentence in every scheme: two LOC that touch, a PER behind them, a LOC of one
EXAMPLE = {
    "IOB1": ["I-LOC", "I-LOC", "B-LOC", "I-PER", "O", "I-LOC"],
    "IOB2": ["B-LOC", "I-LOC", "B-LOC", "B-PER", "O", "B-LOC"],
    "BIOES": ["B-LOC", "E-LOC", "S-LOC", "S-PER", "O", "S-LOC"],
    "BILOU": ["B-LOC", "L-LOC", "U-LOC", "U-PER", "O", "U-LOC"],
}
SPANS = [Span(0, 2, "LOC"), Span(2, 3, "LOC"), Span(3, 4, "PER"), Span(5, 6, "LOC")]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_example(scheme: str) -> None:
    assert to_spans(EXAMPLE[scheme]) == SPANS
    assert from_spans(reversed(SPANS), 6, scheme) == EXAMPLE[scheme]
    assert detect([["O"], EXAMPLE[scheme], []]) == scheme
    assert violations(EXAMPLE[scheme], scheme) == []
    assert {other: convert(EXAMPLE[scheme], other) for other in SCHEMES} == EXAMPLE


@given(spans_within(), schemes)
def test_spans_come_back(case: tuple[list[Span], int], scheme: str) -> None:
    spans, length = case
    tags = from_spans(spans, length, scheme)
    assert to_spans(tags) == spans
    assert violations(tags, scheme) == []


@given(any_tags, schemes, schemes)
def test_conversion_keeps_spans_whatever_the_tags(tags: list[str], one: str, other: str) -> None:
    spans = to_spans(tags)
    assert to_spans(convert(tags, one)) == spans
    assert convert(convert(tags, one), other) == convert(tags, other)


@given(any_tags, schemes)
def test_what_breaks_no_rule_is_written_back_as_it_was(tags: list[str], scheme: str) -> None:
    if all(map(is_span_tag, tags)) and not violations(tags, scheme):
        assert convert(tags, scheme) == tags


@given(any_tags, schemes)
def test_violations_follow_allowed(tags: list[str], scheme: str) -> None:
    edges = [None, *tags, None]
    assert violations(tags, scheme) == [
        i for i, (before, tag) in enumerate(pairwise(edges)) if not allowed(before, tag, scheme)
    ]


@pytest.mark.parametrize(
    ("scheme", "tags", "positions"),
    [
        ("IOB1", ["B-X", "I-X", "O", "B-X", "I-Y", "B-Y"], [0, 3]),
        ("IOB1", ["I-X", "S-X", "E-X"], [1, 2]),
        ("IOB2", ["I-X", "I-X", "I-Y", "O", "I-Y"], [0, 2, 4]),
        ("IOB2", ["S-X", "B-X", "E-X", "U-X", "L-X"], [0, 2, 3, 4]),
        ("BIOES", ["I-X", "E-X", "E-X", "S-X", "B-X"], [0, 2, 5]),
        ("BIOES", ["B-X", "O", "B-X", "E-Y", "U-X", "L-X"], [1, 3, 4, 5]),
        ("BILOU", ["B-X", "L-X", "U-X", "B-X", "S-X", "E-X"], [4, 5]),
        ("BILOU", [], []),
    ],
)
def test_violations(scheme: str, tags: list[str], positions: list[int]) -> None:
    assert violations(tags, scheme) == positions


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([], []),
        (["I-X", "I-Y"], [Span(0, 1, "X"), Span(1, 2, "Y")]),
        (["E-X", "E-X"], [Span(0, 1, "X"), Span(1, 2, "X")]),
        (["B-X", "E-Y", "I-Y"], [Span(0, 1, "X"), Span(1, 2, "Y"), Span(2, 3, "Y")]),
        (["B-X", "NOUN", "I-X"], [Span(0, 1, "X"), Span(2, 3, "X")]),
        (["", "B-", "b-X", "-", "B_X", "I-\n"], [Span(5, 6, "\n")]),
    ],
)
def test_spans_of_irregular_tags(tags: list[str], spans: list[Span]) -> None:
    assert to_spans(tags) == spans


@pytest.mark.parametrize(
    ("spans", "place"),
    [
        ([Span(0, 2, "X"), Span(1, 3, "Y")], "span 1-3 Y"),
        ([Span(2, 4, "X")], "span 2-4 X"),
        ([Span(-1, 1, "X")], "span -1-1 X"),
        ([Span(1, 1, "X")], "span 1-1 X"),
    ],
)
def test_spans_that_cannot_be_written(spans: list[Span], place: str) -> None:
    with pytest.raises(CorpusError) as caught:
        from_spans(spans, 3, "IOB2")
    assert str(caught.value) == (
        f"{place}: found an overlap or a range outside the sentence, "
        "expected separate spans within 3 tokens"
    )


@pytest.mark.parametrize("scheme", ["", "bioes", "IOB"])
def test_there_is_no_other_scheme(scheme: str) -> None:
    message = f"scheme: found {scheme!r}, expected one of IOB1, IOB2, BIOES, BILOU"
    with pytest.raises(CorpusError) as caught:
        convert(["B-X"], scheme)
    assert str(caught.value) == message
    with pytest.raises(CorpusError) as caught:
        violations(["O"], scheme)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("sequences", "scheme"),
    [
        ([], "IOB2"),
        ([["O", "O"]], "IOB2"),
        ([["", "-", "_"]], "IOB2"),
        ([["Sports", "Economy"]], "IOB2"),  # no prefixes, just words
        ([["B-X", "I-X"], ["I-X"], ["B-X"]], "IOB2"),  # one wrong start does not make IOB1
        ([["I-X", "B-X"]], "IOB1"),
        ([["B-X"], ["S-Y"]], "BIOES"),
        ([["B-X"], ["L-X"]], "BILOU"),
    ],
)
def test_detect(sequences: list[list[str]], scheme: str) -> None:
    assert detect(sequences) == scheme


def test_mixed_prefixes_are_no_scheme() -> None:
    with pytest.raises(CorpusError) as caught:
        detect([["S-X"], ["B-X", "L-X"]])
    assert str(caught.value) == "layer: found the prefixes B, L, S, expected those of one scheme"


@pytest.mark.parametrize(
    ("tags", "holds"),
    [
        ([], False),
        (["O"], False),
        (["NOUN", "VERB"], False),
        (["O", "B-X", "-"], True),
        (["B-X", "I-X"], True),
        (["B-X", "NN"], False),
    ],
)
def test_holds_spans(tags: list[str], holds: bool) -> None:
    assert holds_spans(tags) is holds


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("O", ("O", "")),
        ("L-X", ("E", "X")),
        ("U-X", ("S", "X")),
        ("I-B-X", ("I", "B-X")),
        ("NOUN", ("O", "")),
        ("B-", ("O", "")),
    ],
)
def test_split_tag(tag: str, parts: tuple[str, str]) -> None:
    assert split_tag(tag) == parts
