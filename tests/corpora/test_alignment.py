"""Spans of characters to spans of tokens: every cut, nesting and loss decided and reported."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.alignment import CharacterSpan, token_spans, tokens_for, without_overlaps
from corpora.errors import CorpusError
from corpora.options import ALIGNMENTS, NESTED, ReadOptions, Remark
from corpora.sentence import Span
from corpora.tokenization import Range, Tokenization

Triple = tuple[int, int, str]


def spans_of(*triples: Triple) -> list[CharacterSpan]:
    return [CharacterSpan(*triple) for triple in triples]


def triples_of(spans: list[CharacterSpan]) -> list[Triple]:
    return [(span.start, span.end, span.label) for span in spans]


TEXT = "University of New York"


@pytest.mark.parametrize(
    ("nested", "spans", "kept", "remarks"),
    [
        ("outermost", [], [], []),
        ("outermost", [(5, 6, "B"), (0, 2, "A")], [(0, 2, "A"), (5, 6, "B")], []),
        ("outermost", [(0, 2, "A"), (2, 4, "B")], [(0, 2, "A"), (2, 4, "B")], []),  # they touch
        (
            "outermost",
            [(14, 22, "LOC"), (0, 22, "ORG")],
            [(0, 22, "ORG")],
            [
                "the span 14-22 LOC 'New York' lies in the span 0-22 ORG 'University of New York' "
                "and is left out"
            ],
        ),
        (
            "longest",
            [(14, 22, "LOC"), (0, 22, "ORG")],
            [(0, 22, "ORG")],
            [
                "the span 14-22 LOC 'New York' lies in the span 0-22 ORG 'University of New York' "
                "and is left out"
            ],
        ),
        (  # two that cross: the first, or the longer one
            "outermost",
            [(11, 22, "B"), (0, 13, "A"), (9, 20, "C")],
            [(0, 13, "A")],
            [
                "the span 9-20 C 'y of New Yo' overlaps the span 0-13 A 'University of' and is left out",
                "the span 11-22 B 'of New York' overlaps the span 0-13 A 'University of' "
                "and is left out",
            ],
        ),
        (
            "longest",
            [(0, 10, "A"), (8, 22, "B")],
            [(8, 22, "B")],
            ["the span 0-10 A 'University' overlaps the span 8-22 B 'ty of New York' and is left out"],
        ),
        (
            "outermost",
            [(0, 10, "A"), (8, 22, "B"), (14, 17, "C")],
            [(0, 10, "A"), (14, 17, "C")],
            ["the span 8-22 B 'ty of New York' overlaps the span 0-10 A 'University' and is left out"],
        ),
        (  # of equals the first stays
            "outermost",
            [(0, 10, "A"), (0, 10, "B"), (0, 10, "A")],
            [(0, 10, "A")],
            [
                "the span 0-10 B 'University' lies in the span 0-10 A 'University' and is left out",
                "the span 0-10 A 'University' lies in the span 0-10 A 'University' and is left out",
            ],
        ),
        (
            "longest",
            [(2, 4, "B"), (0, 2, "A"), (1, 3, "C")],
            [(0, 2, "A"), (2, 4, "B")],
            ["the span 1-3 C 'ni' overlaps the span 0-2 A 'Un' and is left out"],
        ),
        (
            "outermost",
            [(0, 4, "A"), (2, 2, "E")],
            [(0, 4, "A")],
            ["the span 2-2 E '' lies in the span 0-4 A 'Univ' and is left out"],
        ),
        (
            "outermost",
            [(0, 4, "A"), (4, 4, "E"), (0, 0, "F")],
            [(0, 0, "F"), (0, 4, "A"), (4, 4, "E")],
            [],
        ),
    ],
)
def test_without_overlaps(
    nested: str, spans: list[Triple], kept: list[Triple], remarks: list[str]
) -> None:
    reported: list[Remark] = []
    options = ReadOptions(nested=nested, report=reported.append)
    assert triples_of(without_overlaps(spans_of(*spans), TEXT, "f:7", options)) == kept
    assert [(r.kind, r.place, r.message) for r in reported] == [
        ("spans left out", "f:7", message) for message in remarks
    ]


positions = st.integers(0, 30)
any_spans = st.lists(
    st.builds(
        lambda a, b, label: CharacterSpan(min(a, b), max(a, b), label),
        positions,
        positions,
        st.sampled_from("XY"),
    ),
    max_size=12,
)


@given(any_spans, st.sampled_from(NESTED))
def test_what_is_kept_is_separate_and_the_rest_is_reported(
    spans: list[CharacterSpan], nested: str
) -> None:
    reported: list[Remark] = []
    options = ReadOptions(nested=nested, report=reported.append)
    kept = without_overlaps(spans, "x" * 30, "f", options)
    assert all(a.end <= b.start for a, b in itertools.pairwise(kept))
    left = list(spans)
    for span in kept:
        left.remove(span)
    assert len(left) == len(reported)
    for span in left:
        shown = f"the span {span.start}-{span.end} {span.label} "
        assert any(remark.message.startswith(shown) for remark in reported)
        assert any(span.start < other.end and other.start < span.end for other in kept)
    # each that is left out makes room for one that comes before it
    for span in left:
        others = [o for o in kept if span.start < o.end and o.start < span.end]
        if nested == "longest":
            assert max(o.end - o.start for o in others) >= span.end - span.start
        else:
            assert min(o.start for o in others) <= span.start


def words(text: str) -> list[list[Range]]:
    return list(Tokenization("whitespace", "lines").segment(text))


def fitted(
    text: str, spans: list[Triple], align: str, sentences: list[list[Range]] | None = None
) -> tuple[list[list[str]], list[list[tuple[str, str]]], list[Remark]]:
    """Returns the tokens, the spans (their tokens joined by "|", their label), the remarks."""
    reported: list[Remark] = []
    options = ReadOptions(align=align, report=reported.append)
    chosen = spans_of(*spans)
    ranges = tokens_for(words(text) if sentences is None else sentences, chosen, text, "f:7", options)
    found = token_spans(chosen, ranges, text, "f:7", options)
    tokens = [[text[a:b] for a, b in sentence] for sentence in ranges]
    covered = [
        [("|".join(tokens[i][span.start : span.end]), span.label) for span in sentence]
        for i, sentence in enumerate(found)
    ]
    return tokens, covered, reported


CUT = "which cuts the token"


@pytest.mark.parametrize(
    ("align", "text", "spans", "tokens", "covered", "remarks"),
    [
        ("split", "Ada slept", [(0, 3, "P")], ["Ada", "slept"], [("Ada", "P")], []),
        ("strict", "Ada slept", [(0, 9, "P")], ["Ada", "slept"], [("Ada|slept", "P")], []),
        ("strict", " Ada  B. slept", [(0, 9, "P")], ["Ada", "B.", "slept"], [("Ada|B.", "P")], []),
        (
            "split",
            "(Ada)",
            [(1, 4, "P")],
            ["(", "Ada", ")"],
            [("Ada", "P")],
            ["a span cuts the token '(Ada)' at 0: '(' + 'Ada' + ')'"],
        ),
        (
            "split",
            "Berlin-Wien!",
            [(0, 6, "L"), (7, 11, "L")],
            ["Berlin", "-", "Wien", "!"],
            [("Berlin", "L"), ("Wien", "L")],
            ["a span cuts the token 'Berlin-Wien!' at 0: 'Berlin' + '-' + 'Wien' + '!'"],
        ),
        (
            "expand",
            "x (Ada B.)",
            [(3, 6, "P")],
            ["x", "(Ada", "B.)"],
            [("(Ada", "P")],
            [f"the span 3-6 P 'Ada', {CUT} '(Ada' at 2: expanded"],
        ),
        (
            "contract",
            "xAda B. C.y",
            [(1, 10, "P")],
            ["xAda", "B.", "C.y"],
            [("B.", "P")],
            [f"the span 1-10 P 'Ada B. C.', {CUT} 'xAda' at 0: contracted"],
        ),
        (
            "contract",
            "Ada Bx",
            [(0, 5, "P")],
            ["Ada", "Bx"],
            [("Ada", "P")],
            [f"the span 0-5 P 'Ada B', {CUT} 'Bx' at 4: contracted"],
        ),
        (
            "contract",
            "(Ada)",
            [(1, 4, "P")],
            ["(Ada)"],
            [],
            [
                f"the span 1-4 P 'Ada', {CUT} '(Ada)' at 0: contracted",
                "the span 1-4 P 'Ada' holds no whole token and is left out",
            ],
        ),
        (  # both want the same token
            "expand",
            "Berlin-Wien",
            [(0, 6, "L"), (7, 11, "M")],
            ["Berlin-Wien"],
            [("Berlin-Wien", "L")],
            [
                f"the span 0-6 L 'Berlin', {CUT} 'Berlin-Wien' at 0: expanded",
                f"the span 7-11 M 'Wien', {CUT} 'Berlin-Wien' at 0: expanded",
                "the span 7-11 M 'Wien' shares a token with the one before and is left out",
            ],
        ),
    ],
)
def test_tokens_that_spans_cut(
    align: str,
    text: str,
    spans: list[Triple],
    tokens: list[str],
    covered: list[tuple[str, str]],
    remarks: list[str],
) -> None:
    found = fitted(text, spans, align)
    assert found[:2] == ([tokens], [covered])
    assert [str(remark) for remark in found[2]] == [f"f:7: {remark}" for remark in remarks]


@pytest.mark.parametrize("align", ALIGNMENTS)
@pytest.mark.parametrize(
    ("span", "text"),
    [((1, 1, "E"), "''"), ((3, 3, "E"), "''"), ((3, 5, "E"), "'  '"), ((9, 9, "E"), "''")],
)
def test_spans_without_a_token_are_left_out_and_cut_none(align: str, span: Triple, text: str) -> None:
    tokens, covered, remarks = fitted("Ada  slept", [span], align)
    assert (tokens, covered) == ([["Ada", "slept"]], [[]])
    message = f"f:7: the span {span[0]}-{span[1]} E {text} holds no whole token and is left out"
    assert [(r.kind, str(r)) for r in remarks] == [("spans left out", message)]


def test_strict_alignment_refuses_a_cut_with_its_place() -> None:
    with pytest.raises(CorpusError) as caught:
        fitted("x (Ada)", [(0, 1, "X"), (3, 6, "P")], "strict")
    assert str(caught.value) == (
        "f:7: found the span 3-6 P 'Ada', which cuts the token '(Ada)' at 2, "
        "expected whole tokens (--align split, expand or contract allow it)"
    )


@pytest.mark.parametrize("align", ALIGNMENTS)
@pytest.mark.parametrize(
    ("spans", "tokens", "covered"),
    [
        ([], [["a", "b"], ["c"], ["d", "e"]], [[], [], []]),
        ([(2, 5, "X")], [["a", "b", "c"], ["d", "e"]], [[("b|c", "X")], []]),
        ([(0, 9, "X")], [["a", "b", "c", "d", "e"]], [[("a|b|c|d|e", "X")]]),
        ([(2, 5, "X"), (6, 9, "Y")], [["a", "b", "c"], ["d", "e"]], [[("b|c", "X")], [("d|e", "Y")]]),
        ([(0, 1, "X"), (4, 7, "Y")], [["a", "b"], ["c", "d", "e"]], [[("a", "X")], [("c|d", "Y")]]),
        # white space between sentences joins none
        ([(3, 5, "X"), (5, 7, "Y")], [["a", "b"], ["c"], ["d", "e"]], [[], [("c", "X")], [("d", "Y")]]),
    ],
)
def test_sentences_that_a_span_runs_across_are_joined(
    align: str, spans: list[Triple], tokens: list[list[str]], covered: list[list[tuple[str, str]]]
) -> None:
    found = fitted("a b\nc\nd e", spans, align)
    assert found == (tokens, covered, [])


def test_layers_that_overlap_each_other_split_the_same_tokens() -> None:
    text = "abcdef"
    one, other = spans_of((0, 4, "X")), spans_of((2, 6, "Y"))
    options = ReadOptions(report=lambda remark: None)
    ranges = tokens_for([[(0, 6)]], [*other, *one], text, "f", options)
    assert ranges == [[(0, 2), (2, 4), (4, 6)]]
    assert token_spans(one, ranges, text, "f", options) == [[Span(0, 2, "X")]]
    assert token_spans(other, ranges, text, "f", options) == [[Span(1, 3, "Y")]]


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_empty_tokens_and_sentences(align: str) -> None:
    sentences = [[], [(0, 1), (1, 1), (2, 3)], [(3, 3)], []]
    found = fitted("a b", [(0, 3, "X")], align, sentences)
    assert found == ([["a", "", "b"], [""]], [[("a||b", "X")], []], [])


texts = st.text(st.sampled_from("ab \n\t.\u200b\u3000é"), max_size=30)


@given(
    texts,
    any_spans,
    st.sampled_from(NESTED),
    st.sampled_from(["whitespace", "standard", "characters+spaces"]),
)
def test_split_tokens_give_every_span_back(
    text: str, drawn: list[CharacterSpan], nested: str, tokens: str
) -> None:
    reported: list[Remark] = []
    options = ReadOptions(nested=nested, report=reported.append)
    inside = [span for span in drawn if span.end <= len(text)]
    kept = without_overlaps(inside, text, "f", options)
    before = list(Tokenization(tokens, "lines").segment(text))
    reported.clear()
    ranges = tokens_for(before, kept, text, "f", options)
    found = token_spans(kept, ranges, text, "f", options)
    # tokens are cut, never lost or moved
    covered = [i for sentence in ranges for a, b in sentence for i in range(a, b)]
    assert covered == [i for sentence in before for a, b in sentence for i in range(a, b)]
    again = [
        (ranges[i][span.start][0], ranges[i][span.end - 1][1], span.label)
        for i, sentence in enumerate(found)
        for span in sentence
    ]
    full = [span for span in kept if text[span.start : span.end].strip()]
    if tokens != "characters+spaces":
        # white space at the ends of a span is part of no token
        expected = []
        for span in full:
            covered_text = text[span.start : span.end]
            start = span.start + len(covered_text) - len(covered_text.lstrip())
            expected.append((start, start + len(covered_text.strip()), span.label))
        assert again == expected
        assert len([r for r in reported if r.kind == "spans left out"]) == len(kept) - len(full)
    else:
        spaced = [(a, b, label) for a, b, label in again if text[a:b].strip()]
        assert [text[a:b].strip() for a, b, _ in spaced] == [text[s.start : s.end].strip() for s in full]
    assert len(again) + len([r for r in reported if r.kind == "spans left out"]) == len(kept)


@given(texts, any_spans, st.sampled_from(ALIGNMENTS))
def test_every_span_is_kept_reported_or_refused(
    text: str, drawn: list[CharacterSpan], align: str
) -> None:
    reported: list[Remark] = []
    options = ReadOptions(align=align, report=reported.append)
    kept = without_overlaps([s for s in drawn if s.end <= len(text)], text, "f", options)
    reported.clear()
    try:
        ranges = tokens_for(words(text), kept, text, "f", options)
        found = token_spans(kept, ranges, text, "f", options)
    except CorpusError as error:
        assert align == "strict"
        assert error.place == "f"
        return
    assert len(found) == len(ranges)
    for sentence, spans in zip(ranges, found, strict=True):
        assert all(0 <= span.start < span.end <= len(sentence) for span in spans)
        assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    left_out = [remark for remark in reported if remark.kind == "spans left out"]
    assert sum(map(len, found)) + len(left_out) == len(kept)
    if align != "split":
        assert [pair for sentence in ranges for pair in sentence] == [
            pair for sentence in words(text) for pair in sentence
        ]
