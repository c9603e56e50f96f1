"""Losses of the heads == enumeration, and what the scheme forbids has no probability."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from tagger.layers import FORBIDDEN, TagLayer, make_layer
from tagger.network.heads import CRFHead, SigmoidHead, SoftmaxHead, _LogPartition

from ..networks import LAYERS, strings
from ..runtime.test_decoding import enumerate_paths

LENGTHS = [3, 1, 2]


def mask() -> torch.Tensor:
    return torch.arange(max(LENGTHS))[None, :] < torch.tensor(LENGTHS)[:, None]


def emissions(layer: TagLayer) -> torch.Tensor:
    torch.manual_seed(3)
    return torch.randn(len(LENGTHS), max(LENGTHS), len(layer.symbols), requires_grad=True)


@pytest.mark.parametrize(
    "layer",
    [LAYERS["crf"], make_layer("x", "crf", {"a": 2, "b": 1, "c": 1}, None)],
    ids=["ner", "pos"],
)
def test_crf_loss_is_enumeration(layer: TagLayer) -> None:
    torch.manual_seed(5)
    head = CRFHead(4, layer)
    torch.nn.init.normal_(head.transitions, std=2)
    scores = emissions(layer)
    tags = torch.zeros(scores.shape[:2], dtype=torch.long)  # O everywhere is legal
    transitions = head.masked_transitions().detach().numpy()
    expected = 0.0
    for i, length in enumerate(LENGTHS):
        paths = enumerate_paths(scores[i, :length].detach().numpy(), transitions)
        gold = tuple(tags[i, :length].tolist())
        expected += np.logaddexp.reduce(list(paths.values())) - paths[gold]
    loss = head.loss(scores, tags, mask())
    assert float(loss.detach()) == pytest.approx(expected, abs=1e-4)


def test_crf_gradient_is_marginal_minus_truth() -> None:
    layer = LAYERS["crf"]
    head = CRFHead(4, layer)
    scores = emissions(layer)
    tags = torch.zeros(scores.shape[:2], dtype=torch.long)
    head.loss(scores, tags, mask()).backward()
    assert scores.grad is not None
    transitions = head.masked_transitions().detach().numpy()
    for i, length in enumerate(LENGTHS):
        paths = enumerate_paths(scores[i, :length].detach().numpy(), transitions)
        total = np.logaddexp.reduce(list(paths.values()))
        for t, tag in itertools.product(range(length), range(len(layer.symbols))):
            marginal = sum(np.exp(s - total) for p, s in paths.items() if p[t] == tag)
            assert float(scores.grad[i, t, tag]) == pytest.approx(marginal - (tag == 0), abs=1e-5)
        assert not scores.grad[i, length:].any()


def test_gradient_of_the_partition_is_its_slope() -> None:
    """Of emissions and transitions, with padding, sentences weighted each in its own way."""
    head = CRFHead(4, LAYERS["crf"]).double()
    scores = emissions(LAYERS["crf"]).detach().double().requires_grad_()
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def weighted(scores: torch.Tensor, transitions: torch.Tensor) -> torch.Tensor:
        masked = transitions.masked_fill(head.forbidden, FORBIDDEN)
        return (weights * _LogPartition.apply(scores, masked, mask())).sum()

    free = head.transitions.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(weighted, (scores, free))


def test_partition_of_extreme_scores_is_finite() -> None:
    """Scores far apart, and none allowed where the best tag stands."""
    layer = LAYERS["crf"]
    head = CRFHead(4, layer)
    scores = 300 * emissions(layer).detach().sign()
    scores[:, :, layer.symbols.index("I-PER")] = 400.0
    scores.requires_grad_()
    tags = torch.zeros(scores.shape[:2], dtype=torch.long)
    loss = head.loss(scores, tags, mask())
    loss.backward()
    assert torch.isfinite(loss)
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()


def test_crf_masks_what_the_scheme_forbids() -> None:
    layer = LAYERS["crf"]
    transitions = CRFHead(4, layer).masked_transitions()
    position = {tag: i for i, tag in enumerate(layer.symbols)}
    edge = len(layer.symbols)
    for before, after in [("O", "I-PER"), ("B-PER", "O"), ("B-PER", "I-LOC"), ("E-PER", "E-PER")]:
        assert transitions[position[before], position[after]] == FORBIDDEN
    for before, after in [
        ("O", "B-PER"),
        ("B-PER", "E-PER"),
        ("I-LOC", "I-LOC"),
        ("S-PER", "S-LOC"),
    ]:
        assert transitions[position[before], position[after]] > FORBIDDEN
    assert transitions[edge, position["I-PER"]] == FORBIDDEN
    assert transitions[position["B-LOC"], edge] == FORBIDDEN


def test_softmax_loss_is_its_equation() -> None:
    layer = LAYERS["softmax"]
    scores = emissions(layer)
    tags = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 1, 0]])
    log_probabilities = scores - torch.logsumexp(scores, dim=2, keepdim=True)
    expected = -sum(
        float(log_probabilities[i, t, tags[i, t]].detach())
        for i, n in enumerate(LENGTHS)
        for t in range(n)
    )
    assert float(SoftmaxHead(4, layer).loss(scores, tags, mask()).detach()) == pytest.approx(expected)


def test_smoothing_spreads_the_truth() -> None:
    layer = LAYERS["softmax"]
    scores = emissions(layer)
    tags = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 1, 0]])
    logs = torch.log_softmax(scores.detach(), dim=2)
    expected = sum(
        0.7 * float(-logs[i, t, tags[i, t]]) + 0.3 * float(-logs[i, t].mean())
        for i, n in enumerate(LENGTHS)
        for t in range(n)
    )
    loss = SoftmaxHead(4, layer, smoothing=0.3).loss(scores, tags, mask())
    assert float(loss.detach()) == pytest.approx(expected)


def test_sigmoid_loss_is_its_equation() -> None:
    layer = LAYERS["sigmoid"]
    names = strings(layer)
    head = SigmoidHead(4, layer, names)
    scores = emissions(layer)
    tags = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 1, 0]])
    expected = 0.0
    for i, n in enumerate(LENGTHS):
        for t in range(n):
            held = layer.labels_of(names[tags[i, t]])
            for k, label in enumerate(layer.symbols):
                p = 1 / (1 + np.exp(-float(scores[i, t, k].detach())))
                expected -= np.log(p if label in held else 1 - p)
    assert float(head.loss(scores, tags, mask()).detach()) == pytest.approx(expected, rel=1e-5)
