"""Viterbi, marginals and span probabilities == enumeration of all sequences of tags."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.layers import FORBIDDEN
from tagger.runtime.decoding import forward_backward, softmax, viterbi

from ..networks import LAYERS


def enumerate_paths(emissions: np.ndarray, transitions: np.ndarray) -> dict[tuple[int, ...], float]:
    """Scores every sequence of tags of one sentence: emissions (T, K)."""
    time, tags = emissions.shape
    found = {}
    for path in itertools.product(range(tags), repeat=time):
        score = transitions[-1, path[0]] + transitions[path[-1], -1]
        score += sum(float(emissions[t, tag]) for t, tag in enumerate(path))
        score += sum(float(transitions[a, b]) for a, b in itertools.pairwise(path))
        found[path] = float(score)
    return found


def case(seed: int, lengths: list[int], tags: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    emissions = random.normal(scale=2, size=(len(lengths), max(lengths), tags)).astype(np.float32)
    transitions = random.normal(scale=2, size=(tags + 1, tags + 1)).astype(np.float32)
    forbidden = random.random(transitions.shape) < 0.2
    forbidden[0, :] = forbidden[:, 0] = False  # tag 0 is always a way out
    transitions[forbidden] = FORBIDDEN
    return emissions, np.array(lengths), transitions


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(1, 4),
)
def test_decoding_is_enumeration(seed: int, lengths: list[int], tags: int) -> None:
    emissions, sizes, transitions = case(seed, lengths, tags)
    path = viterbi(emissions, sizes, transitions)
    posterior = forward_backward(emissions, sizes, transitions)
    marginals = posterior.marginals()
    for i, length in enumerate(lengths):
        paths = enumerate_paths(emissions[i, :length], transitions)
        best = max(paths.values())
        assert paths[tuple(path[i, :length])] == pytest.approx(best, abs=1e-4)
        assert not path[i, length:].any()
        weights = {p: np.exp(s - best) for p, s in paths.items()}
        total = sum(weights.values())
        for t, tag in itertools.product(range(length), range(tags)):
            expected = sum(w for p, w in weights.items() if p[t] == tag) / total
            assert marginals[i, t, tag] == pytest.approx(expected, abs=1e-5)
        for start, end in itertools.combinations(range(length + 1), 2):
            segment = path[i, start:end]
            inside = sum(w for p, w in weights.items() if p[start:end] == tuple(segment))
            found = posterior.of_segment(i, start, segment)
            assert found == pytest.approx(inside / total, abs=1e-5)


def test_long_sentence_keeps_its_probabilities() -> None:
    emissions, _, transitions = case(3, [5000], 4)
    marginals = forward_backward(emissions, np.array([5000]), transitions).marginals()
    np.testing.assert_allclose(marginals.sum(axis=2), 1, rtol=1e-9)


def test_forbidden_transitions_are_never_taken() -> None:
    layer = LAYERS["crf"]
    allowed = layer.transition_mask()
    transitions = np.where(allowed, 0, FORBIDDEN).astype(np.float32)
    random = np.random.default_rng(0)
    emissions = random.normal(scale=50, size=(200, 7, len(layer.symbols))).astype(np.float32)
    lengths = random.integers(1, 8, 200)
    edge = len(layer.symbols)
    for row, length in zip(viterbi(emissions, lengths, transitions), lengths, strict=True):
        steps = [edge, *row[:length], edge]
        assert all(allowed[a, b] for a, b in itertools.pairwise(steps))


@pytest.mark.parametrize("score", [500, 800, 11_000])
def test_what_scores_by_far_the_highest_may_be_forbidden(score: float) -> None:
    layer = LAYERS["crf"]
    transitions = np.where(layer.transition_mask(), 0, FORBIDDEN).astype(np.float32)
    emissions = np.zeros((1, 2, len(layer.symbols)), np.float32)
    emissions[0, 0, layer.symbols.index("I-PER")] = score
    marginals = forward_backward(emissions, np.array([2]), transitions).marginals()
    np.testing.assert_allclose(marginals.sum(axis=2), 1, rtol=1e-9)


def test_probabilities_are_at_most_one() -> None:
    """Of scores so far apart that rounding would bring some above."""
    layer = LAYERS["crf"]
    transitions = np.where(layer.transition_mask(), 0, FORBIDDEN).astype(np.float32)
    size = (400, 12, len(layer.symbols))
    emissions = np.random.default_rng(0).normal(scale=20, size=size).astype(np.float32)
    posterior = forward_backward(emissions, np.full(400, 12), transitions)
    assert (posterior.forward * posterior.backward).max() > 1.0
    assert posterior.marginals().max() == 1.0
    paths = viterbi(emissions, np.full(400, 12), transitions)
    found = [
        posterior.of_segment(i, start, path[start : start + 2])
        for i, path in enumerate(paths)
        for start in range(11)
    ]
    assert max(found) == 1.0


def test_softmax_sums_to_one() -> None:
    found = softmax(np.array([[1000.0, 0.0], [0.0, 0.0]], dtype=np.float32))
    assert found.tolist() == [[1.0, 0.0], [0.5, 0.5]]
