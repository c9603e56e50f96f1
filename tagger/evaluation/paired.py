"""Paired tests: is one tagger better than another on the same sentences, or was it luck?

Knows counts of each sentence, not where tags came from. Source of the test: Noreen 1989
(approximate randomization), Yeh 2000 (for F1, of which tests of sums are not made).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora import CorpusError, Sentence, schemes
from tagger.evaluation.scores import paired_tags
from tagger.layers import TagLayer

Counts = NDArray[np.int64]

_AT_ONCE = 500  # shuffles that are in memory, 4 bytes a sentence each
_ROUNDING = 1e-12  # two differences that should be equal may differ by so much


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two taggers beside each other.

    Attributes:
        difference: score of the first less that of the second, fractions.
        p: how probable a difference as large as this, either way, would be if it were by chance
            which of the two tagged a sentence how; above 0, at most 1.
    """

    difference: float
    p: float


def count_right(layer: TagLayer, truth: Sequence[Sentence], tagged: Sequence[Sentence]) -> Counts:
    """Counts for each sentence what is right, what was given and what is true.

    Where the layer annotates spans, these are spans, else tokens. Twice the sum of the first
    through that of the others is then F1 over all labels together, or accuracy.

    Args:
        truth, tagged: as for `score_layer`.

    Returns:
        int64, (sentences, 3).

    Raises:
        CorpusError: as `score_layer` does.
    """
    pairs = paired_tags(layer, truth, tagged)
    rows = []
    for gold, guess in pairs:
        if layer.scheme is None:
            right = sum(a == b for a, b in zip(gold, guess, strict=True))
            rows.append((right, len(guess), len(gold)))
        else:
            true, given = set(schemes.to_spans(gold)), set(schemes.to_spans(guess))
            rows.append((len(true & given), len(given), len(true)))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def compare(first: Counts, second: Counts, shuffles: int = 10_000, seed: int = 1) -> Comparison:
    """Tests the difference of two taggers on the same sentences by approximate randomization.

    If both were equally good, what they made of a sentence could be exchanged. Each shuffle
    exchanges it in each sentence with probability 1/2; p is the share of shuffles whose
    difference is no smaller than the one found, which counts as a shuffle itself (Noreen 1989).

    >>> good, poor = np.array([[1, 1, 1]] * 20), np.array([[0, 1, 1]] * 20)
    >>> compare(good, poor).difference, compare(good, poor).p < 0.001, compare(good, good).p
    (1.0, True, 1.0)

    Args:
        first, second: `count_right` of each.
        shuffles: how many, 1 or more.
        seed: of the shuffles.

    Raises:
        CorpusError: they are not of the same sentences.
    """
    if first.shape != second.shape or (first[:, 2] != second[:, 2]).any():
        raise CorpusError(
            "second tagger",
            f"{len(second)} sentences with {second[:, 2].sum()} to find",
            f"the same {len(first)} with {first[:, 2].sum()} as the first tagger's",
        )
    totals = [first.sum(axis=0), second.sum(axis=0)]
    # float32 multiplies fast, and is exact for sums below 2**24
    exchanged = (second - first)[(first != second).any(axis=1)].astype(np.float32)
    difference = float(f1(totals[0]) - f1(totals[1]))
    random, no_smaller = np.random.default_rng(seed), 0
    for begin in range(0, shuffles, _AT_ONCE):
        size = (min(_AT_ONCE, shuffles - begin), len(exchanged))
        moved = random.integers(0, 2, size, np.uint8).astype(np.float32) @ exchanged
        differences = f1(totals[0] + moved) - f1(totals[1] - moved)
        no_smaller += int(np.count_nonzero(np.abs(differences) >= abs(difference) - _ROUNDING))
    return Comparison(difference, (no_smaller + 1) / (shuffles + 1))


def f1(counts: NDArray[np.generic]) -> NDArray[np.float64]:
    """Returns F1, (…), of sums of `count_right`, (…, 3); 0 where there is nothing."""
    right, given, true = np.moveaxis(counts.astype(np.float64), -1, 0)
    score: NDArray[np.float64] = 2 * right / np.maximum(given + true, 1)
    return score
