"""A layer of tags as a model knows it: which symbols it scores, what they mean.

Spans are scored in BIOES whatever scheme the corpus uses, and written in that of the
corpus. A sigmoid layer takes a tag for a set of labels ("Case=Nom|Number=Sing"), each
of which is a yes/no question of its own.
"""

from __future__ import annotations

import graphlib
import heapq
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora import schemes

INSIDE = "BIOES"  # the scheme that models score
# The score of a forbidden transition: far below any real score, yet finite, so that
# sums and gradients stay finite too.
FORBIDDEN = -10_000.0

_SET = "|"
EMPTY_SYMBOLS = ("_", schemes.OUTSIDE)


@dataclass(frozen=True, slots=True)
class TagLayer:
    """One layer of tags.

    Attributes:
        name: as in the corpus ("UPOS", "ner").
        head: "softmax", "crf" or "sigmoid".
        symbols: what the network scores, in order: tags (of spans: in BIOES), or
            labels for a sigmoid head.
        scheme: the corpus's scheme where the layer annotates spans, else None.
        empty: for a sigmoid head, the tag of a token that has no label.
    """

    name: str
    head: str
    symbols: tuple[str, ...]
    scheme: str | None = None
    empty: str = "_"

    def to_symbols(self, tags: Sequence[str]) -> list[str]:
        """Rewrites a corpus's tags as the model sees them (spans in BIOES)."""
        return schemes.convert(tags, INSIDE) if self.scheme else list(tags)

    def to_tags(self, symbols: Sequence[str]) -> list[str]:
        """Rewrites a model's tags as the corpus has them."""
        return schemes.convert(symbols, self.scheme) if self.scheme else list(symbols)

    def transition_mask(self) -> NDArray[np.bool_]:
        """Tells which tag may follow which: (K + 1, K + 1), True where it may.

        Row K is the start of the sentence, column K its end.
        """
        if self.scheme is None:
            return np.ones((len(self.symbols) + 1,) * 2, dtype=np.bool_)
        edges: list[str | None] = [*self.symbols, None]
        return np.array([[schemes.allowed(a, b, INSIDE) for b in edges] for a in edges])

    def alike(self) -> NDArray[np.bool_]:
        """Tells which symbols the scheme may write as the same tag: (K, K).

        In IOB1, where one tag or the other is written for the same symbol, all of a label.
        """
        written = [schemes.split_tag(symbol) for symbol in self.symbols]
        if self.scheme == "IOB2":
            written = [("B" if prefix in "BS" else "I", label) for prefix, label in written]
        elif self.scheme == "IOB1":
            written = [("I", label) for _, label in written]
        return np.array([[a == b for b in written] for a in written])

    def labels_of(self, tag: str) -> list[str]:
        """Reads a tag of a sigmoid layer as its labels; none for the empty tag."""
        return [] if tag == self.empty else tag.split(_SET)

    def tag_of(self, labels: Sequence[str]) -> str:
        """Writes labels as one tag of a sigmoid layer."""
        return _SET.join(labels) if labels else self.empty

    def canonical(self, tag: str) -> str:
        """Writes the labels of a sigmoid layer's tag in the model's order; other tags stay.

        >>> TagLayer("FEATS", "sigmoid", ("Number=Sing", "Case=Nom")).canonical("Case=Nom|Number=Sing")
        'Number=Sing|Case=Nom'
        """
        if self.head != "sigmoid":
            return tag
        places = {label: place for place, label in enumerate(self.symbols)}
        labels = dict.fromkeys(self.labels_of(tag))
        return self.tag_of(sorted(labels, key=lambda label: (places.get(label, len(places)), label)))


def make_layer(
    name: str, head: str, counts: Mapping[str, int], scheme: str | None, empty: str | None = None
) -> TagLayer:
    """Makes a layer from the tags of a training corpus.

    Args:
        name: of the layer.
        head: "auto", "softmax", "crf" or "sigmoid".
        counts: tag → how often it occurs.
        scheme: of the corpus, where the layer annotates spans.
        empty: for a sigmoid head, the tag of a token that has no label; None: found in the tags.
    """
    if head == "auto":
        head = "crf" if scheme else "softmax"
    if head == "sigmoid":
        return _yes_no_layer(name, counts, empty or _empty_tag(counts))
    if scheme is None:
        return TagLayer(name, head, _by_frequency(counts))
    labels = sorted({schemes.split_tag(tag)[1] for tag in counts} - {""})
    tags = [f"{prefix}-{label}" for label in labels for prefix in "BIES"]
    return TagLayer(name, head, (schemes.OUTSIDE, *tags), scheme)


def _empty_tag(counts: Mapping[str, int]) -> str:
    tags = _by_frequency(counts)
    empty = next((symbol for symbol in EMPTY_SYMBOLS if symbol in counts), EMPTY_SYMBOLS[0])
    if len(tags) == 2 and empty not in counts and not any(_SET in tag for tag in tags):
        return tags[0]  # two tags are one question; the frequent one is its "no"
    return empty


def _yes_no_layer(name: str, counts: Mapping[str, int], empty: str) -> TagLayer:
    layer = TagLayer(name, "sigmoid", (), None, empty)
    return TagLayer(name, "sigmoid", _in_order([layer.labels_of(tag) for tag in counts]), None, empty)


def _in_order(sets: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Puts labels in the order that all sets have them in, by the alphabet where that leaves a
    choice, or there is none.

    >>> _in_order([["Num=S", "Case=1"], ["Gen=M", "Num=S"], ["Abbr"]])
    ('Abbr', 'Gen=M', 'Num=S', 'Case=1')
    >>> _in_order([["b", "a"], ["a", "b"]])
    ('a', 'b')
    """
    before: dict[str, set[str]] = {label: set() for labels in sets for label in labels}
    for labels in sets:
        for first, second in itertools.pairwise(dict.fromkeys(labels)):
            before[second].add(first)
    sorter = graphlib.TopologicalSorter(before)
    try:
        sorter.prepare()
    except graphlib.CycleError:
        return tuple(sorted(before, key=lambda s: (s.casefold(), s)))
    found: list[str] = []
    ready: list[tuple[str, str]] = []
    while sorter.is_active():
        for label in sorter.get_ready():
            heapq.heappush(ready, (label.casefold(), label))
        _, label = heapq.heappop(ready)
        found.append(label)
        sorter.done(label)
    return tuple(found)


def _by_frequency(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))
