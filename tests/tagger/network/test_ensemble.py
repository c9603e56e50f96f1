"""Several networks that score as one: means of scores, sums of losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tagger.network.embeddings import FormTensors
from tagger.network.ensemble import Ensemble
from tagger.network.model import Network
from tagger.runtime.decoding import forward_backward

from ..networks import IN_COLUMNS, LAYERS, SENTENCES, SOURCES, make_network

HEADS = tuple(LAYERS)


def batch(threads: int = 1) -> tuple[Ensemble, tuple[FormTensors, torch.Tensor, torch.Tensor]]:
    network, indexer, _ = make_network(HEADS, threads=threads, members=3, dropout=0.5)
    assert isinstance(network, Ensemble)
    found = indexer.batch(SENTENCES)
    forms = FormTensors.from_batch(found.forms)
    return network, (forms, torch.from_numpy(found.rows), torch.from_numpy(found.lengths))


def test_one_member_is_a_network_of_its_own() -> None:
    network, _, _ = make_network()
    assert isinstance(network, Network)
    assert network.networks == [network]


def test_members_begin_with_weights_of_their_own() -> None:
    network, _ = batch()
    first, second, third = (dict(member.named_parameters()) for member in network.networks)
    for name, values in first.items():
        assert not torch.equal(values, second[name]), name
        assert not torch.equal(second[name], third[name]), name


def test_scores_and_transitions_are_means() -> None:
    network, inputs = batch()
    alone = [member(*inputs) for member in network.networks]
    for i, scores in enumerate(network(*inputs)):
        torch.testing.assert_close(scores, sum(each[i] for each in alone) / 3)
    transitions = [member.transitions() for member in network.networks]
    for i, mean in enumerate(network.transitions()):
        if HEADS[i] != "crf":
            assert mean is None
            continue
        np.testing.assert_allclose(mean, sum(each[i] for each in transitions) / 3, rtol=1e-5)  # type: ignore[misc, arg-type]


def test_mean_of_crfs_is_the_crf_of_the_mean() -> None:
    """p(y | x) ∝ (Π_m p_m(y | x)) ** (1/M), seen on all sequences of two tokens."""
    random = np.random.default_rng(3)
    scores = random.normal(size=(3, 1, 2, 4)).astype(np.float32)
    moves = random.normal(size=(3, 5, 5)).astype(np.float32)
    paths = [(a, b) for a in range(4) for b in range(4)]

    def probability(emitted: np.ndarray, moved: np.ndarray) -> np.ndarray:
        score = [
            emitted[0, 0, a] + emitted[0, 1, b] + moved[4, a] + moved[a, b] + moved[b, 4]
            for a, b in paths
        ]
        return np.asarray(np.exp(score) / np.exp(score).sum())

    product = np.prod([probability(s, m) for s, m in zip(scores, moves, strict=True)], axis=0)
    expected = product ** (1 / 3) / (product ** (1 / 3)).sum()
    mean = scores.mean(0), moves.mean(0)
    np.testing.assert_allclose(probability(*mean), expected, rtol=1e-5)
    marginals = forward_backward(mean[0], np.array([2]), mean[1]).marginals()[0, 0]
    first = [sum(p for p, path in zip(expected, paths, strict=True) if path[0] == a) for a in range(4)]
    np.testing.assert_allclose(marginals, first, rtol=1e-5)


def gradients(network: Network) -> list[torch.Tensor]:
    return [p.grad.clone() for p in network.parameters() if p.grad is not None]


def test_each_member_learns_as_it_would_alone() -> None:
    network, inputs = batch()
    mask = torch.arange(inputs[1].shape[1]) < inputs[2][:, None]
    tags = [torch.zeros_like(inputs[1]) for _ in HEADS]
    loss = network.learn(1e9, *inputs, tags, mask)
    together = [gradients(member) for member in network.networks]
    alone = []
    for member, found in zip(network.networks, together, strict=True):
        member.zero_grad()
        alone.append(member.loss(*inputs, tags, mask))
        alone[-1].backward()
        for one, other in zip(found, gradients(member), strict=True):
            torch.testing.assert_close(one, other)
    assert loss == pytest.approx(float(sum(alone).detach()) / 3)  # type: ignore[union-attr]


def test_gradient_of_each_member_is_clipped_by_itself() -> None:
    network, inputs = batch()
    mask = torch.arange(inputs[1].shape[1]) < inputs[2][:, None]
    network.learn(0.01, *inputs, [torch.zeros_like(inputs[1]) for _ in HEADS], mask)
    for member in network.networks:
        norm = torch.stack([g.norm() for g in gradients(member)]).norm()
        assert float(norm) == pytest.approx(0.01, rel=1e-3)


def test_threads_change_no_number() -> None:
    """Members draw masks of their own, whichever comes first."""
    seen = []
    for threads in (1, 3, 3):
        network, inputs = batch(threads)
        network.train()
        mask = torch.arange(inputs[1].shape[1]) < inputs[2][:, None]
        tags = [torch.zeros_like(inputs[1]) for _ in HEADS]
        losses = [network.learn(5.0, *inputs, tags, mask) for _ in range(5)]
        assert len(set(losses)) == 5, "each batch has masks of its own"
        seen.append((losses, [gradients(member) for member in network.networks]))
    (losses, first), *others = seen
    assert not torch.equal(first[0][0], first[1][0])
    for found, grads in others:
        assert found == losses
        assert all(
            torch.equal(a, b)
            for one, other in zip(first, grads, strict=True)
            for a, b in zip(one, other, strict=True)
        )


def test_masks_of_a_member_do_not_depend_on_which_learns_first() -> None:
    seen = []
    for step in (1, -1):
        network, inputs = batch()
        network.train()
        mask = torch.arange(inputs[1].shape[1]) < inputs[2][:, None]
        tags = [torch.zeros_like(inputs[1]) for _ in HEADS]
        losses = [member.learn(5.0, *inputs, tags, mask) for member in network.networks[::step]]
        seen.append(losses[::step])
    assert seen[0] == seen[1]


def test_neighbours_and_context_reach_each_member() -> None:
    sources = SOURCES["a column"]
    network, indexer, config = make_network(HEADS, sources, members=2)
    found = indexer.batch(SENTENCES)
    forms, rows = FormTensors.from_batch(found.forms), torch.from_numpy(found.rows)
    starts = torch.tensor([1, 0, 0, 3])  # of the sentences' one own token
    mask = torch.ones(4, 1, dtype=torch.bool)
    read = [torch.from_numpy(part.read(IN_COLUMNS)) for part in sources.parts(config.model)]
    given = forms, rows, torch.from_numpy(found.lengths), [mask.long()] * 3, mask, read
    loss = network.learn(5.0, *given, starts)
    alone = [float(member.loss(*given, starts).detach()) for member in network.networks]
    assert loss == pytest.approx(sum(alone) / 2)
    assert loss != network.learn(5.0, *given, starts * 0)


def test_heads_that_only_helped_are_dropped_from_each_member() -> None:
    network, inputs = batch()
    network.keep_heads(1)
    assert len(network(*inputs)) == 1
    assert not [name for name in network.weights() if ".heads.1." in name]
