"""Sentences of a corpus that occur again, in a split or across splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from corpora.errors import shown
from corpora.findings import EXAMPLES, NOTE, WARNING, Finding
from corpora.formats.columns import NUMBER
from corpora.sampling import DistinctSample
from corpora.sentence import Sentence

_SENTENCES_KEPT = 1 << 18
_WORDS = 5  # shorter sentences ("Yes .") repeat by chance


class Repetitions:
    """Finds sentences that occur again, in a split or across splits."""

    def __init__(self) -> None:
        # hash of tokens → split, hash of tags, place
        self._first: DistinctSample[tuple[str, dict[str, int], str]] = DistinctSample(_SENTENCES_KEPT)
        self._within: dict[str, list[Any]] = {}
        self._across: dict[tuple[str, str], list[Any]] = {}
        self._long_across: Counter[tuple[str, str]] = Counter()
        self._differing: dict[str, list[Any]] = {}

    def add(self, sentence: Sentence, split: str) -> None:
        """Takes one sentence into account."""
        content = "\x1f".join(sentence.tokens).encode("utf-8", "surrogatepass")
        key = int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
        if not self._first.takes(key):
            return
        tags = {name: hash(tuple(values)) for name, values in sentence.tags.items()}
        first = self._first.values.get(key)
        if first is None:
            self._first.put(key, (split, tags, sentence.place()))
            return
        home, others, place = first
        text = f"{sentence.place()}: {shown(' '.join(sentence.tokens), 40)}, as in {place}"
        if home == split:
            _count(self._within, split, text)
        else:
            _count(self._across, (home, split), text)
            self._long_across[home, split] += len(sentence) >= _WORDS
        for layer in tags:
            if layer in others and tags[layer] != others[layer] and layer != NUMBER:
                _count(self._differing, layer, text)

    def findings(self) -> Iterator[Finding]:
        """Yields what repeats."""
        every = self._first.every
        about = "" if every == 1 else f" (in a sample of one sentence in {every})"
        for split, (count, *places) in self._within.items():
            message = f"{split}: {count:,} sentences occur again within it{about}"
            yield Finding(NOTE, "repeated sentences", message, count, tuple(places))
        for (home, split), (count, *places) in self._across.items():
            long = self._long_across[home, split]
            message = (
                f"{split}: {count:,} sentences are also in {home}{about},"
                f" {long:,} of them of {_WORDS} words or more"
            )
            severity = WARNING if long else NOTE
            yield Finding(severity, "sentences across splits", message, count, tuple(places))
        for layer, (count, *places) in self._differing.items():
            message = f"{count:,} repeated sentences have other tags in layer {layer}{about}"
            yield Finding(WARNING, "contradictory annotation", message, count, tuple(places))


def _count(table: dict[Any, list[Any]], key: Any, text: str) -> None:
    found = table.setdefault(key, [0])
    found[0] += 1
    if len(found) <= EXAMPLES:
        found.append(text)
