"""What a layer of tags holds: counts, first places, scheme; and what cannot be right in it.

Knows sentences and schemes; serves checking and training alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from corpora import schemes
from corpora.errors import CorpusError, shown
from corpora.sentence import Sentence


@dataclass(slots=True)
class LayerInventory:
    """What one layer of tags holds.

    Attributes:
        counts: tag → how often it occurs.
        places: tag → where it occurs first.
        detector: finds the scheme.
    """

    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)
    detector: schemes.SchemeDetector = field(default_factory=schemes.SchemeDetector)

    def update(self, tags: Sequence[str], sentence: Sentence) -> None:
        """Takes one more sentence into account."""
        self.counts.update(tags)
        new = set(tags) - self.places.keys()
        for tag in sorted(new, key=tags.index):  # the first one is the first place of all
            self.places[tag] = sentence.place(tags.index(tag))
        self.detector.update(tags)

    def join(self, other: LayerInventory) -> None:
        """Takes the same layer of other sentences into account."""
        self.counts.update(other.counts)
        self.places = other.places | self.places
        self.detector.join(other.detector)

    def is_empty(self) -> bool:
        """Tells whether no token has a tag other than O, so that nothing shows what tags are."""
        return not self.counts.keys() - {schemes.OUTSIDE}

    def first_place(self) -> str:
        """Returns where the first tag other than O stands."""
        return next(place for tag, place in self.places.items() if tag != schemes.OUTSIDE)

    def scheme(self) -> str | None:
        """Returns the scheme where the layer annotates spans, else None.

        Raises:
            CorpusError: a layer of spans has a tag that is none of a span, or one of
                another scheme than the others.
        """
        if not schemes.holds_spans(self.counts):
            return None
        self.check_tags()
        marked = [tag for tag in self.counts if tag[0] in "ESLU"]
        for tag in marked:
            if (tag[0] in "ES") != (marked[0][0] in "ES"):
                found = f"tag {shown(tag)} beside {shown(marked[0])}"
                raise CorpusError(self.places[tag], found, "the prefixes of one scheme")
        return self.detector.scheme()

    def check_tags(self) -> None:
        """Checks that every tag is one of a span.

        Raises:
            CorpusError: one is not.
        """
        for tag in self.counts:
            if not schemes.is_span_tag(tag):
                raise CorpusError(
                    self.places[tag], f"tag {shown(tag)}", "O or B-, I-, E-, S-LABEL, as elsewhere"
                )

    def meanings(self, spans: bool) -> set[str]:
        """Returns the labels of a layer of spans, or the tags of another."""
        if not spans:
            return set(self.counts)
        return {schemes.split_tag(tag)[1] for tag in self.counts} - {""}


def check_overlap(name: str, train: LayerInventory, dev: LayerInventory, spans: bool) -> None:
    """Checks that a layer of the dev set shares a tag or label with that of the training set.

    Raises:
        CorpusError: it shares none.
    """
    known, found = train.meanings(spans), dev.meanings(spans)
    if found and not found & known:
        raise CorpusError(
            next(iter(dev.places.values())),
            f"only {some(found)} in layer {name} of the dev set",
            f"tags of the training set: {some(known)}",
        )


def some(names: Iterable[str], limit: int = 5) -> str:
    """Lists the first few names for a message.

    >>> some("cab", 2)
    'a, b, …'
    """
    listed = sorted(names)
    return ", ".join(listed[:limit]) + (", …" if len(listed) > limit else "")
