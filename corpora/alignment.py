"""Spans of characters → spans of tokens, and every doubt said.

A span of characters may cut a token, hold none, or overlap another. Each such case is
decided by an option and reported, one by one; nothing is dropped in silence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpora.errors import CorpusError, shown
from corpora.options import ReadOptions, Remark
from corpora.sentence import Span
from corpora.tokenization import Range

LEFT_OUT = "spans left out"
CUT = "tokens cut by spans"


@dataclass(frozen=True, slots=True)
class CharacterSpan:
    """A labelled stretch of a text: characters start … end-1 of it."""

    start: int
    end: int
    label: str


def without_overlaps(
    spans: Sequence[CharacterSpan], text: str, place: str, options: ReadOptions
) -> list[CharacterSpan]:
    """Chooses among spans that overlap, and reports each one left out.

    Returns:
        Separate spans in the order of the text. `options.nested` says which one of
        two stays: the "outermost" (the one that begins first; of two that begin
        together, the longer), or the "longest". Of equals the first stays.
    """

    def rank(span: CharacterSpan) -> tuple[int, int]:
        length = span.end - span.start
        return (-length, span.start) if options.nested == "longest" else (span.start, -length)

    kept: list[CharacterSpan] = []
    starts: list[int] = []
    for span in sorted(spans, key=rank):
        i = bisect_left(starts, span.end)  # only the last span that begins before its end can overlap
        other = kept[i - 1] if i else None
        if other is not None and other.end > span.start:
            message = f"{_shown(span, text)} lies in {_shown(other, text)} and is left out"
            if not other.start <= span.start <= span.end <= other.end:
                message = f"{_shown(span, text)} overlaps {_shown(other, text)} and is left out"
            options.report(Remark(LEFT_OUT, place, message))
            continue
        starts.insert(i, span.start)
        kept.insert(i, span)
    return kept


def tokens_for(
    sentences: Sequence[Sequence[Range]],
    spans: Sequence[CharacterSpan],
    text: str,
    place: str,
    options: ReadOptions,
) -> list[list[Range]]:
    """Fits the tokens of a text to spans: no span runs across the end of a sentence, and
    none cuts a token where `options.align` is "split".

    Args:
        sentences: the half-open character ranges of the tokens of each sentence.
        spans: of all layers, in any order; they may overlap.
        place: file and line, for messages.
    """
    spans = sorted(spans, key=lambda span: span.start)
    joined = _joined(sentences, spans)
    if options.align != "split":
        return joined
    # an empty span holds no token and cuts none
    edges = sorted({edge for s in spans if s.start < s.end for edge in (s.start, s.end)})
    return [_split(tokens, edges, text, place, options) for tokens in joined]


def token_spans(
    spans: Sequence[CharacterSpan],
    sentences: Sequence[Sequence[Range]],
    text: str,
    place: str,
    options: ReadOptions,
) -> list[list[Span]]:
    """Returns, for each sentence, the spans of its tokens.

    Args:
        spans: of one layer, separate, in the order of the text.
        sentences: tokens as `tokens_for` gives them.

    Raises:
        CorpusError: a span cuts a token and `options.align` is "strict".
    """
    tokens = [token for sentence in sentences for token in sentence]
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
    found: list[list[Span]] = [[] for _ in sentences]
    sentence, offset = 0, 0  # the sentence of the span at hand, and the tokens before it
    taken = 0
    for span in spans:
        first = bisect_right(ends, span.start)
        last = bisect_left(starts, span.end) if span.start < span.end else first
        if first < last and (starts[first] < span.start or ends[last - 1] > span.end):
            first, last = _fitted(span, first, last, tokens, text, place, options)
        if first >= last or first < taken:
            why = "holds no whole token" if first >= last else "shares a token with the one before"
            options.report(Remark(LEFT_OUT, place, f"{_shown(span, text)} {why} and is left out"))
            continue
        while first >= offset + len(sentences[sentence]):
            offset += len(sentences[sentence])
            sentence += 1
        found[sentence].append(Span(first - offset, last - offset, span.label))
        taken = last
    return found


def _joined(sentences: Sequence[Sequence[Range]], spans: Sequence[CharacterSpan]) -> list[list[Range]]:
    """Joins sentences where a span runs across their border."""
    joined: list[list[Range]] = []
    i = reach = 0
    for tokens in sentences:
        if not tokens:
            continue
        while joined and i < len(spans) and spans[i].start < joined[-1][-1][1]:
            reach = max(reach, spans[i].end)
            i += 1
        if joined and reach > tokens[0][0]:
            joined[-1].extend(tokens)
        else:
            joined.append(list(tokens))
    return joined


def _split(
    tokens: Sequence[Range], edges: Sequence[int], text: str, place: str, options: ReadOptions
) -> list[Range]:
    split: list[Range] = []
    for start, end in tokens:
        cuts = edges[bisect_right(edges, start) : bisect_left(edges, end)]
        parts = list(pairwise([start, *cuts, end]))
        if cuts:
            pieces = " + ".join(shown(text[a:b]) for a, b in parts)
            message = f"a span cuts the token {shown(text[start:end])} at {start}: {pieces}"
            options.report(Remark(CUT, place, message))
        split += parts
    return split


def _fitted(
    span: CharacterSpan,
    first: int,
    last: int,
    tokens: Sequence[Range],
    text: str,
    place: str,
    options: ReadOptions,
) -> Range:
    """Returns the tokens (half-open) of a span that cuts the first or the last one."""
    cut_left, cut_right = tokens[first][0] < span.start, tokens[last - 1][1] > span.end
    cut = tokens[first] if cut_left else tokens[last - 1]
    found = f"{_shown(span, text)}, which cuts the token {shown(text[slice(*cut)])} at {cut[0]}"
    if options.align == "strict":
        raise CorpusError(place, found, "whole tokens (--align split, expand or contract allow it)")
    options.report(Remark("spans fitted to tokens", place, f"{found}: {options.align}ed"))
    if options.align == "contract":
        return first + cut_left, last - cut_right
    return first, last


def _shown(span: CharacterSpan, text: str) -> str:
    return f"the span {span.start}-{span.end} {span.label} {shown(text[span.start : span.end])}"
