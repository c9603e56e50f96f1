"""Scores → tags, with probabilities. Works on whole batches; knows nothing of strings.

Shapes: B sentences, T steps, K tags. `transitions` is (K + 1, K + 1): [i, j] scores
tag j after tag i, row K the start of a sentence, column K its end. A softmax layer
has no transitions, or only those that its scheme forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Ids = NDArray[np.int64]
Probabilities = NDArray[np.float64]

LEAST = -500.0  # e to this is far from 0 in float64, and from any probability that counts


def viterbi(emissions: Scores, lengths: Ids, transitions: Scores) -> Ids:
    """Finds the best sequence of tags of each sentence (Viterbi 1967).

    Args:
        emissions: (B, T, K), unnormalised log-scores.
        lengths: (B,) true numbers of steps, 1 or more.
        transitions: (K + 1, K + 1).

    Returns:
        (B, T) ids of tags; 0 beyond a sentence's length.
    """
    batch, time, tags = emissions.shape
    inner_to_from = np.ascontiguousarray(transitions[:-1, :-1].T)
    best = transitions[-1, :-1] + emissions[:, 0]  # (B, K)
    pointers = np.empty((time, batch, tags), dtype=np.int64)
    for t in range(1, time):
        scores = best[:, None, :] + inner_to_from  # (B, to, from)
        pointers[t] = scores.argmax(axis=2)
        moved = np.take_along_axis(scores, pointers[t][:, :, None], axis=2)[:, :, 0]
        best = np.where((t < lengths)[:, None], moved + emissions[:, t], best)
    rows = np.arange(batch)
    tag = (best + transitions[:-1, -1]).argmax(axis=1)
    path = np.zeros((batch, time), dtype=np.int64)
    for t in range(time - 1, -1, -1):
        inside = t < lengths
        path[inside, t] = tag[inside]
        if t:
            tag = np.where(inside, pointers[t][rows, tag], tag)
    return path


class Posterior(NamedTuple):
    """What forward–backward knows of a batch, scaled so that each step sums to 1.

    Attributes:
        forward: (B, T, K), p(y_t | x_1 … x_t).
        backward: (B, T, K), such that forward · backward = p(y_t | x).
        emitted: (B, T, K), exp(emission - shift) / scale: what a step adds.
        moved: (K, K), exp(transition).
    """

    forward: Probabilities
    backward: Probabilities
    emitted: Probabilities
    moved: Probabilities

    def marginals(self) -> Probabilities:
        """Returns p(y_t | x): (B, T, K)."""
        return np.minimum(self.forward * self.backward, 1.0)

    def of_segment(self, sentence: int, start: int, tags: Ids) -> float:
        """Returns the probability that a sentence has these tags from `start` on.

        In BIOES, where its tags tell that a span begins and ends, this is the
        probability of the span itself.
        """
        value = self.forward[sentence, start, tags[0]]
        for i in range(1, len(tags)):
            value *= self.moved[tags[i - 1], tags[i]] * self.emitted[sentence, start + i, tags[i]]
        return min(1.0, float(value * self.backward[sentence, start + len(tags) - 1, tags[-1]]))

    def of_move(self, sentence: int, step: int, before: Sequence[int], tags: Sequence[int]) -> float:
        """Returns the probability that a step has one of `tags`, and the step before it one of
        `before`: ids, each once."""
        arrived = self.forward[sentence, step - 1, before] @ self.moved[np.ix_(before, tags)]
        gone_on = self.emitted[sentence, step, tags] * self.backward[sentence, step, tags]
        return min(1.0, float(arrived @ gone_on))


def forward_backward(emissions: Scores, lengths: Ids, transitions: Scores) -> Posterior:
    """Sums over all sequences of tags of each sentence (Rabiner 1989, section V.A).

    Args as for `viterbi`. Computed in float64 with a scale at each step, so that no
    length of sentence overflows or loses digits.
    """
    batch, time, tags = emissions.shape
    steps = transitions.astype(np.float64)
    # only differences between tags matter; a step's largest factor becomes 1
    moved = np.exp(steps[:-1, :-1] - steps[:-1, :-1].max())
    start = np.exp(steps[-1, :-1] - steps[-1, :-1].max())
    end = np.exp(steps[:-1, -1] - steps[:-1, -1].max())
    # a scheme may forbid what scores by far the highest; the rest shall not become 0
    below = np.maximum(emissions - emissions.max(axis=2, keepdims=True), LEAST)
    emitted = np.exp(below, dtype=np.float64)
    forward = np.empty((batch, time, tags))
    backward = np.empty((batch, time, tags))
    scales = np.ones((batch, time, 1))
    current = start * emitted[:, 0]
    for t in range(time):
        if t:
            current = (forward[:, t - 1] @ moved) * emitted[:, t]
        scales[:, t] = current.sum(axis=1, keepdims=True)
        forward[:, t] = current / scales[:, t]
    emitted /= scales
    last = lengths - 1
    rows = np.arange(batch)
    ending = end / (forward[rows, last] @ end)[:, None]  # (B, K)
    following = ending
    for t in range(time - 1, -1, -1):
        if t < time - 1:
            following = (emitted[:, t + 1] * following) @ moved.T
        following = np.where((t >= last)[:, None], ending, following)
        backward[:, t] = following
    return Posterior(forward, backward, emitted, moved)


def softmax(emissions: Scores) -> Probabilities:
    """Returns exp(y) / Σ exp(y) over the last axis."""
    exponentials = np.exp(emissions - emissions.max(axis=-1, keepdims=True), dtype=np.float64)
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
