"""Sentences of a corpus that occur again, in a split or across splits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import blake2b

from corpora.errors import shown
from corpora.findings import NOTE, WARNING, Finding, Tally
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
        self._within: defaultdict[str, Tally] = defaultdict(Tally)
        self._across: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        self._long_across: Counter[tuple[str, str]] = Counter()
        self._differing: defaultdict[str, Tally] = defaultdict(Tally)

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
            self._within[split].add(text)
        else:
            self._across[home, split].add(text)
            self._long_across[home, split] += len(sentence) >= _WORDS
        for layer in tags:
            if layer in others and tags[layer] != others[layer] and layer != NUMBER:
                self._differing[layer].add(text)

    def findings(self) -> Iterator[Finding]:
        """Yields what repeats."""
        every = self._first.every
        about = "" if every == 1 else f" (in a sample of one sentence in {every})"
        for split, tally in self._within.items():
            message = f"{split}: {tally.count:,} sentences occur again within it{about}"
            yield Finding(NOTE, "repeated sentences", message, tally.count, tuple(tally.places))
        for (home, split), tally in self._across.items():
            long = self._long_across[home, split]
            message = (
                f"{split}: {tally.count:,} sentences are also in {home}{about},"
                f" {long:,} of them of {_WORDS} words or more"
            )
            severity = WARNING if long else NOTE
            yield Finding(severity, "sentences across splits", message, tally.count, tuple(tally.places))
        for layer, tally in self._differing.items():
            message = f"{tally.count:,} repeated sentences have other tags in layer {layer}{about}"
            yield Finding(WARNING, "contradictory annotation", message, tally.count, tuple(tally.places))
