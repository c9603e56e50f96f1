"""Tag schemes for spans: IOB1, IOB2, BIOES (also written BILOU).

Detects, validates and converts them. A *tag* is the symbol on one token ("B-PER"),
a *label* the type of the span ("PER"). Source of the names: Ramshaw & Marcus 1995
(IOB), Tjong Kim Sang & Veenstra 1999 (IOB1, IOB2), Ratinov & Roth 2009 (BILOU).

    >>> spans = to_spans(["I-PER", "I-PER", "O"])
    >>> from_spans(spans, 3, "BIOES")
    ['B-PER', 'E-PER', 'O']
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from corpora.errors import CorpusError, shown
from corpora.sentence import Span

SCHEMES = ("IOB1", "IOB2", "BIOES", "BILOU")
OUTSIDE = "O"

_PREFIXES = {"IOB1": "IB", "IOB2": "IB", "BIOES": "BIES", "BILOU": "BILU"}
_SPAN_TAG = re.compile(r"([BIESLU])-(.+)", re.DOTALL)
_TO_BIOES = {"L": "E", "U": "S"}
_TO_BILOU = {"E": "L", "S": "U"}


def is_span_tag(tag: str) -> bool:
    """Tells whether a tag is O or a prefix, a hyphen and a label."""
    return tag == OUTSIDE or _SPAN_TAG.fullmatch(tag) is not None


def holds_spans(tags: Iterable[str]) -> bool:
    """Tells whether a layer with these tags annotates spans.

    It does where a tag other than O looks like B-LABEL and either every tag looks
    so or O is among them; a part-of-speech layer has neither.
    """
    inventory = set(tags)
    marked = {tag for tag in inventory if tag != OUTSIDE and is_span_tag(tag)}
    return bool(marked) and (OUTSIDE in inventory or all(map(is_span_tag, inventory)))


@lru_cache(maxsize=4096)
def split_tag(tag: str) -> tuple[str, str]:
    """Returns prefix (in BIOES letters) and label; ("O", "") for O.

    >>> split_tag("U-LOC")
    ('S', 'LOC')
    """
    match = _SPAN_TAG.fullmatch(tag)
    if match is None:
        return OUTSIDE, ""
    prefix, label = match.groups()
    return _TO_BIOES.get(prefix, prefix), label


def to_spans(tags: Sequence[str]) -> list[Span]:
    """Reads spans from tags of any scheme.

    One rule serves all four: B and S begin a span; I and E go on with an open span
    of the same label and begin one otherwise (as the CoNLL scorer has it, so that a
    span with a wrong first tag is not lost); E and S end it.
    """
    spans = []
    start, open_label = 0, ""
    for i, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        if open_label and (prefix in "BSO" or label != open_label):
            spans.append(Span(start, i, open_label))
            open_label = ""
        if prefix != OUTSIDE and not open_label:
            start, open_label = i, label
        if prefix in "ES":
            spans.append(Span(start, i + 1, open_label))
            open_label = ""
    if open_label:
        spans.append(Span(start, len(tags), open_label))
    return spans


def from_spans(spans: Iterable[Span], length: int, scheme: str) -> list[str]:
    """Writes spans, which must not overlap, as one tag a token in a scheme.

    Raises:
        CorpusError: two spans overlap, or one leaves the sentence, or there is no
            such scheme.
    """
    _check(scheme)
    tags = [OUTSIDE] * length
    end = 0
    last_label = ""
    for span in sorted(spans, key=lambda s: s.start):
        if not end <= span.start < span.end <= length:
            raise CorpusError(
                f"span {span.start}-{span.end} {span.label}",
                "an overlap or a range outside the sentence",
                f"separate spans within {length} tokens",
            )
        prefixes = ["I"] * (span.end - span.start)
        touches = span.start == end and last_label == span.label
        if scheme != "IOB1" or touches:
            prefixes[0] = "B"
        if scheme in ("BIOES", "BILOU"):
            prefixes[-1] = "E" if len(prefixes) > 1 else "S"
        if scheme == "BILOU":
            prefixes = [_TO_BILOU.get(p, p) for p in prefixes]
        tags[span.start : span.end] = [f"{p}-{span.label}" for p in prefixes]
        end, last_label = span.end, span.label
    return tags


def convert(tags: Sequence[str], scheme: str) -> list[str]:
    """Rewrites the tags of one sentence in another scheme; the spans stay.

    >>> convert(["I-LOC", "O", "I-LOC", "B-LOC"], "IOB2")
    ['B-LOC', 'O', 'B-LOC', 'B-LOC']
    """
    return from_spans(to_spans(tags), len(tags), scheme)


def allowed(previous: str | None, tag: str | None, scheme: str) -> bool:
    """Tells whether `tag` may follow `previous`; None is the sentence's edge.

    >>> allowed("O", "I-PER", "IOB2"), allowed("B-PER", None, "BIOES")
    (False, False)
    """
    _check(scheme)
    before, before_label = split_tag(previous) if previous is not None else (OUTSIDE, "")
    prefix, label = split_tag(tag) if tag is not None else (OUTSIDE, "")
    same = label == before_label
    if tag is not None and prefix != OUTSIDE and tag[0] not in _PREFIXES[scheme]:
        return False
    if scheme == "IOB1":
        return prefix != "B" or (before in "BI" and same)
    if scheme == "IOB2":
        return prefix != "I" or (before in "BI" and same)
    if before in "BI":  # a span is open: it must go on or end
        return prefix in "IE" and same
    return prefix in "OBS"


def violations(tags: Sequence[str], scheme: str) -> list[int]:
    """Returns the positions whose tag the scheme does not allow there.

    The position after the last token stands for a span left open at the end.
    """
    edges: list[str | None] = [None, *tags, None]
    return [i for i in range(len(tags) + 1) if not allowed(edges[i], edges[i + 1], scheme)]


class SchemeDetector:
    """Finds the scheme of a layer from its tags, one sentence after another."""

    def __init__(self) -> None:
        self._prefixes: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()

    def update(self, tags: Sequence[str]) -> None:
        """Takes the tags of one more sentence into account."""
        previous = ""
        for tag in tags:
            label = split_tag(tag)[1]
            if label:
                self._prefixes[tag[0]] += 1
                if label != previous:
                    self._starts[tag[0]] += 1
            previous = label

    def join(self, other: SchemeDetector) -> None:
        """Takes what another one has seen into account."""
        self._prefixes.update(other._prefixes)
        self._starts.update(other._starts)

    def scheme(self) -> str:
        """Returns the scheme that most span beginnings follow; IOB2 without spans.

        Raises:
            CorpusError: prefixes of BIOES and of BILOU are mixed.
        """
        bioes = self._prefixes["E"] + self._prefixes["S"]
        bilou = self._prefixes["L"] + self._prefixes["U"]
        if bioes and bilou:
            found = ", ".join(sorted(self._prefixes))
            raise CorpusError("layer", f"the prefixes {found}", "those of one scheme")
        if bioes or bilou:
            return "BIOES" if bioes else "BILOU"
        return "IOB1" if self._starts["I"] > self._starts["B"] else "IOB2"


def detect(sequences: Iterable[Sequence[str]]) -> str:
    """Finds the scheme of a layer, given all its sentences' tags."""
    detector = SchemeDetector()
    for tags in sequences:
        detector.update(tags)
    return detector.scheme()


def _check(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise CorpusError("scheme", shown(scheme), f"one of {', '.join(SCHEMES)}")
