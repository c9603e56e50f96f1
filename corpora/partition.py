"""Splits sentences into train, dev and test: the same way each time, documents whole.

What decides is a hash of the content and the seed, so that equal sentences (or equal
documents) stand on one side, and nothing depends on the machine.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from corpora.errors import CorpusError, shown
from corpora.sentence import Sentence

NAMES = ("train", "dev", "test")
# With this many documents or more, none is torn apart; fewer would make lopsided splits.
ENOUGH_DOCUMENTS = 10
_SORTED_UNITS = 1_000_000  # beyond it, shares are taken by hash alone, exact to a thousandth


def parse_shares(text: str) -> tuple[float, ...]:
    """Reads "80/10/10" (or "90/10", without a test set) as fractions.

    >>> parse_shares("80/10/10")
    (0.8, 0.1, 0.1)

    Raises:
        CorpusError: it is nothing of the kind.
    """
    try:
        shares = [float(part) for part in text.split("/")]
    except ValueError:
        shares = []
    if not 2 <= len(shares) <= 3 or not all(0 < share < float("inf") for share in shares):
        raise CorpusError("--split", shown(text), "two or three numbers above 0: 80/10/10")
    return tuple(share / sum(shares) for share in shares)


class Partition:
    """Assigns the sentences of a corpus to splits.

    Args:
        sentences: all of them; they are read once here.
        shares: of train, dev and perhaps test, fractions of the sentences.
        seed: another one gives another partition.
        source: where they are from, for messages.

    Attributes:
        by_document: documents stay whole; else each sentence is on its own.

    Raises:
        CorpusError: there are too few different sentences (or documents) to split.
    """

    def __init__(
        self, sentences: Iterable[Sentence], shares: Sequence[float], seed: int, source: str = "corpus"
    ) -> None:
        keys, sizes, documents = _units(sentences, seed)
        self.by_document = sum(1 for i in documents if i) + 1 >= ENOUGH_DOCUMENTS
        if self.by_document:
            keys, sizes = _merged(keys, documents, seed)
            self._starts = documents
        different = len(set(keys))
        if different < len(shares):
            what = ("document" if self.by_document else "sentence") + "s" * (different != 1)
            raise CorpusError(source, f"{different} different {what}", f"{len(shares)} to split")
        self._splits = _assigned(keys, sizes, shares)

    def select(self, sentences: Iterable[Sentence], split: int) -> Iterator[Sentence]:
        """Yields the sentences of one split.

        Args:
            sentences: the same as before, in the same order.
            split: 0 for train, 1 for dev, 2 for test.
        """
        unit = -1
        for i, sentence in enumerate(sentences):
            if not self.by_document or i == 0 or self._starts[i]:
                unit += 1
            if self._splits[unit] == split:
                yield sentence


def _units(sentences: Iterable[Sentence], seed: int) -> tuple[array[int], array[int], bytearray]:
    """Returns for each sentence its key and size (1), and whether a document begins."""
    salt = str(seed).encode()
    keys, sizes, documents = array("Q"), array("L"), bytearray()
    for sentence in sentences:
        content = "\x1f".join(sentence.tokens).encode("utf-8", "surrogatepass")
        keys.append(int.from_bytes(blake2b(content, digest_size=8, key=salt).digest(), "big"))
        sizes.append(1)
        documents.append(sentence.new_document and len(documents) > 0)
    return keys, sizes, documents


def _merged(keys: array[int], documents: bytearray, seed: int) -> tuple[array[int], array[int]]:
    """Returns key and size of each document."""
    salt = str(seed).encode()
    merged, sizes = array("Q"), array("L")
    first = 0
    for i in range(1, len(keys) + 1):
        if i == len(keys) or documents[i]:
            content = b"".join(key.to_bytes(8, "little") for key in keys[first:i])
            digest = blake2b(content, digest_size=8, key=salt).digest()
            merged.append(int.from_bytes(digest, "big"))
            sizes.append(i - first)
            first = i
    return merged, sizes


def _assigned(keys: array[int], sizes: array[int], shares: Sequence[float]) -> bytearray:
    """Returns the split of each unit: the lowest keys are test, then dev, the rest train."""
    splits = bytearray(len(keys))
    others = range(len(shares) - 1, 0, -1)  # test, dev
    if len(keys) > _SORTED_UNITS:
        bounds = []
        reach = 0.0
        for split in others:
            reach += shares[split]
            bounds.append((int(reach * 2**64), split))
        for i, key in enumerate(keys):
            splits[i] = next((split for bound, split in bounds if key < bound), 0)
        return splits
    order = sorted(range(len(keys)), key=keys.__getitem__)
    equal = [list(units) for _, units in itertools.groupby(order, key=keys.__getitem__)]
    position = 0
    for split in others:
        wanted = shares[split] * sum(sizes)
        taken = 0
        while len(equal) - position > split:  # one at least is left for each split to come
            size = sum(sizes[i] for i in equal[position])
            if taken and taken + size / 2 > wanted:
                break
            for i in equal[position]:
                splits[i] = split
            taken += size
            position += 1
    return splits
