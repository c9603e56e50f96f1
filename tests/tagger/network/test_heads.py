"""Losses of the heads == enumeration, and what the scheme forbids has no probability."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from tagger.layers import FORBIDDEN, TagLayer, make_layer
from tagger.network.embeddings import FormTensors
from tagger.network.heads import LACKING, CRFHead, SigmoidHead, SoftmaxHead, _LogPartition, taught

from ..networks import LAYERS, make_network, strings
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


def test_weighted_crf_loss_and_gradient_are_enumeration() -> None:
    """Each mistake where the true tag weighs w adds log w to a path's score."""
    torch.manual_seed(5)
    layer = LAYERS["crf"]
    weights = torch.rand(len(layer.symbols), dtype=torch.float64) * 5 + 0.1
    head = CRFHead(4, layer, weights).double()
    scores = emissions(layer).detach().double().requires_grad_()
    symbols = [["B-PER", "E-PER", "O"], ["S-LOC", "O", "O"], ["O", "S-PER", "O"]]
    tags = torch.tensor([[layer.symbols.index(tag) for tag in row] for row in symbols])
    inputs = (scores, head.transitions)
    loss = head.loss(scores, tags, mask())
    found = torch.autograd.grad(loss, inputs)

    moves, edge = head.masked_transitions(), len(layer.symbols)
    expected = torch.zeros((), dtype=torch.float64)
    for i, length in enumerate(LENGTHS):
        gold = tags[i, :length]
        totals = []
        for path in itertools.product(range(edge), repeat=length):
            total = moves[edge, path[0]] + moves[path[-1], edge]
            total = total + sum(moves[a, b] for a, b in itertools.pairwise(path))
            totals.append(total + sum(scores[i, t, tag] for t, tag in enumerate(path)))
            if path == tuple(gold.tolist()):
                expected = expected - totals[-1]
            wrong = [t for t, tag in enumerate(path) if tag != gold[t]]
            totals[-1] = totals[-1] + weights[gold[wrong]].log().sum()
        expected = expected + torch.logsumexp(torch.stack(totals), 0)
    torch.testing.assert_close(loss, expected)
    for ours, theirs in zip(found, torch.autograd.grad(expected, inputs), strict=True):
        torch.testing.assert_close(ours, theirs)


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


def test_partition_where_what_scores_by_far_the_highest_is_forbidden() -> None:
    layer = LAYERS["crf"]
    scores = torch.zeros(1, 2, len(layer.symbols))
    scores[0, 0, layer.symbols.index("I-PER")] = 2000.0
    scores.requires_grad_()
    everywhere = torch.ones(1, 2, dtype=torch.bool)
    loss = CRFHead(4, layer).loss(scores, torch.zeros(1, 2, dtype=torch.long), everywhere)
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


def test_weighted_softmax_loss_is_its_equation() -> None:
    layer = LAYERS["softmax"]
    scores = emissions(layer)
    tags = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 1, 0]])
    weights = [0.5, 2.0, 3.0]
    logs = torch.log_softmax(scores.detach(), dim=2)
    expected = -sum(
        weights[tags[i, t]] * float(logs[i, t, tags[i, t]])
        for i, n in enumerate(LENGTHS)
        for t in range(n)
    )
    head = SoftmaxHead(4, layer, weights=torch.tensor(weights))
    assert float(head.loss(scores, tags, mask()).detach()) == pytest.approx(expected)


@pytest.mark.parametrize("weights", [None, [0.5, 2.0, 3.0]])
def test_sigmoid_loss_is_its_equation(weights: list[float] | None) -> None:
    layer = LAYERS["sigmoid"]
    names = strings(layer)
    head = SigmoidHead(4, layer, names, None if weights is None else torch.tensor(weights))
    scores = emissions(layer)
    tags = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 1, 0]])
    expected = 0.0
    for i, n in enumerate(LENGTHS):
        for t in range(n):
            held = layer.labels_of(names[tags[i, t]])
            for k, label in enumerate(layer.symbols):
                p = 1 / (1 + np.exp(-float(scores[i, t, k].detach())))
                weight = weights[k] if weights and label in held else 1.0
                expected -= weight * np.log(p if label in held else 1 - p)
    assert float(head.loss(scores, tags, mask()).detach()) == pytest.approx(expected, rel=1e-5)


HEADS = ("softmax", "crf", "sigmoid")
TOKENS = [["The", "cat", "sat"], ["cat"], ["A", "x"]]


def loss_and_gradients(
    lacking: dict[str, list[int]], sentences: list[int] | None = None
) -> tuple[float, dict[str, torch.Tensor | None]]:
    """Learns from some of three sentences with one head of each kind.

    Args:
        lacking: head → sentences that lack its layer.
    """
    sentences = sentences or [0, 1, 2]
    network, indexer, _ = make_network(HEADS)
    batch = indexer.batch([TOKENS[i] for i in sentences])
    lengths = torch.from_numpy(batch.lengths)
    is_token = torch.arange(batch.rows.shape[1])[None, :] < lengths[:, None]
    tags = []
    for head in HEADS:
        ids = torch.zeros(batch.rows.shape, dtype=torch.long)
        for row in (sentences.index(i) for i in lacking.get(head, [])):
            ids[row] = LACKING
        tags.append(ids)
    forms = FormTensors.from_batch(batch.forms)
    loss = network.loss(forms, torch.from_numpy(batch.rows), lengths, tags, is_token)
    loss.backward()
    gradients = {
        f"{i}.{k}": v.grad for i, h in enumerate(network.heads) for k, v in h.named_parameters()
    }
    return float(loss.detach()) * int(lengths.sum()), gradients


@pytest.mark.parametrize("position", range(3), ids=HEADS)
@pytest.mark.parametrize("lacking", [[0], [2], [0, 1]])
def test_a_head_learns_from_sentences_that_have_its_layer(position: int, lacking: list[int]) -> None:
    """As if the others were not there; the other heads as if nothing was missing."""
    loss, found = loss_and_gradients({HEADS[position]: lacking})
    having = [i for i in range(3) if i not in lacking]
    whole, all_tags = loss_and_gradients({})
    _, without = loss_and_gradients({}, having)
    tokens, others = (sum(len(TOKENS[i]) for i in some) for some in (range(3), having))
    for name, gradient in found.items():
        assert gradient is not None
        if name.startswith(str(position)):
            expected, share = without[name], others / tokens  # the mean is over all tokens
        else:
            expected, share = all_tags[name], 1.0
        assert expected is not None
        torch.testing.assert_close(gradient, expected * share)
    assert 0 < loss < whole


@pytest.mark.parametrize("position", range(3), ids=HEADS)
def test_a_head_without_any_sentence_is_left_as_it_is(position: int) -> None:
    """Its weights have no gradient, not one of zeros, by which an optimizer would move them."""
    _, found = loss_and_gradients({HEADS[position]: [0, 1, 2]})
    for name, gradient in found.items():
        assert (gradient is None) == name.startswith(str(position))


def test_emissions_of_other_sentences_have_no_gradient() -> None:
    for kind in HEADS:
        layer = LAYERS[kind]
        head = {"softmax": SoftmaxHead, "crf": CRFHead}.get(kind)
        made = head(4, layer) if head else SigmoidHead(4, layer, strings(layer))
        scores = emissions(layer)
        tags = torch.zeros(scores.shape[:2], dtype=torch.long)
        tags[1] = LACKING
        its = taught(scores, tags, mask())
        assert its is not None
        made.loss(*its).backward()
        assert scores.grad is not None
        assert [bool(scores.grad[i].any()) for i in range(3)] == [True, False, True]


def test_nothing_is_copied_where_all_sentences_have_a_layer() -> None:
    scores, tags = emissions(LAYERS["crf"]), torch.zeros(3, 3, dtype=torch.long)
    its = taught(scores, tags, mask())
    assert its is not None
    assert its[0] is scores
    assert taught(scores, torch.full((3, 3), LACKING), mask()) is None
