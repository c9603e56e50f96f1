"""Output heads: token vectors → scores of tags → a loss.

Every head is a linear map y_t = W_y h_t + b_y, read in its own way: softmax (one tag
a token, each on its own), CRF (one tag a token, neighbours in view), sigmoid (yes/no
for every label). Decoding stands in `runtime.decoding`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tagger.layers import FORBIDDEN, TagLayer
from tagger.runtime.decoding import LEAST

LACKING = -1  # in place of all tags of a sentence that lacks a layer


class Head(nn.Module):
    """What all heads share: the linear map."""

    def __init__(self, input_size: int, layer: TagLayer) -> None:
        super().__init__()
        self.output = nn.Linear(input_size, len(layer.symbols))

    def forward(self, vectors: Tensor) -> Tensor:
        """(batch, time, input_size) → emissions (batch, time, tags)."""
        return self.output(vectors)

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Returns the summed negative log-likelihood of a batch.

        Args:
            emissions: (batch, time, tags), unnormalised log-scores.
            tags: (batch, time) ids of tags (sigmoid: of tag strings).
            mask: bool, (batch, time), True on real tokens.
        """
        raise NotImplementedError


def taught(emissions: Tensor, tags: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """Picks the sentences of a batch that have a layer; None where none has.

    Args as for `Head.loss`; the tags of a sentence without the layer are all `LACKING`.
    """
    has = tags[:, 0] != LACKING
    if has.all():
        return emissions, tags, mask
    return (emissions[has], tags[has], mask[has]) if has.any() else None


class SoftmaxHead(Head):
    """p(tag | token) = softmax(y).

    Args:
        smoothing: share of the truth that is spread over all tags (Szegedy et al. 2016).
        weights: (tags,), what the loss of a token is multiplied by, for each true tag.
    """

    def __init__(
        self,
        input_size: int,
        layer: TagLayer,
        smoothing: float = 0.0,
        weights: Tensor | None = None,
    ) -> None:
        super().__init__(input_size, layer)
        self.smoothing = smoothing
        self.register_buffer("weights", weights, persistent=False)
        self.weights: Tensor | None

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        return F.cross_entropy(
            emissions[mask],
            tags[mask],
            self.weights,
            reduction="sum",
            label_smoothing=self.smoothing,
        )


class SigmoidHead(Head):
    """p(label | token) = sigmoid(y), for each label on its own.

    Args:
        strings: the tags of the training corpus; `tags` in the loss are positions
            in this list.
        weights: (labels,), what the loss of each label is multiplied by where it is true.
    """

    def __init__(
        self, input_size: int, layer: TagLayer, strings: list[str], weights: Tensor | None = None
    ) -> None:
        super().__init__(input_size, layer)
        self.register_buffer("weights", weights, persistent=False)
        self.weights: Tensor | None
        position = {label: i for i, label in enumerate(layer.symbols)}
        truth = torch.zeros(len(strings), len(layer.symbols))
        for row, tag in enumerate(strings):
            for label in layer.labels_of(tag):
                truth[row, position[label]] = 1.0
        self.register_buffer("truth", truth, persistent=False)
        self.truth: Tensor

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            emissions[mask], self.truth[tags[mask]], reduction="sum", pos_weight=self.weights
        )


class CRFHead(Head):
    """A linear-chain conditional random field (Lafferty, McCallum & Pereira 2001).

    score(y, x) = start[y_1] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t-1}, y_t]
    + end[y_T];  p(y | x) = exp score(y, x) / Σ_y' exp score(y', x). Transitions that
    the tag scheme forbids have probability zero, in training as in decoding.

    With weights, training takes the softmax-margin (Gimpel & Smith 2010): in the sum over y',
    each token's mistake adds the logarithm of the true tag's weight to score(y', x), so that
    the odds of that mistake count so many times. As a sum of exponentials of linear functions
    the loss stays convex in the scores, and it is not negative.

    Args:
        weights: (tags,), above 0; None: all are 1.
    """

    def __init__(self, input_size: int, layer: TagLayer, weights: Tensor | None = None) -> None:
        super().__init__(input_size, layer)
        self.register_buffer("costs", None if weights is None else weights.log(), persistent=False)
        self.costs: Tensor | None
        tags = len(layer.symbols)
        # row `tags` is the start, column `tags` the end
        self.transitions = nn.Parameter(torch.empty(tags + 1, tags + 1).uniform_(-0.1, 0.1))
        allowed = torch.from_numpy(layer.transition_mask())
        self.register_buffer("forbidden", ~allowed, persistent=False)
        self.forbidden: Tensor

    def masked_transitions(self) -> Tensor:
        """(tags + 1, tags + 1): [i, j] scores tag j after tag i; see `transitions`."""
        return self.transitions.masked_fill(self.forbidden, FORBIDDEN)

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        summed = emissions
        if self.costs is not None:
            costs = self.costs[tags][:, :, None].expand_as(emissions)
            summed = emissions + costs.scatter(2, tags[:, :, None], 0.0)  # the truth costs nothing
        return (self.log_partition(summed, mask) - self.score(emissions, tags, mask)).sum()

    def score(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Returns score(tags, x) of each sentence: (batch,)."""
        transitions = self.masked_transitions()
        edge = transitions.shape[0] - 1
        emitted = emissions.gather(2, tags[:, :, None]).squeeze(2)
        moved = transitions[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)
        return (
            (emitted * mask).sum(1)
            + (moved * mask[:, 1:]).sum(1)
            + transitions[edge, tags[:, 0]]
            + transitions[last, edge]
        )

    def log_partition(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Returns log Σ_y exp score(y, x) of each sentence: (batch,)."""
        return _LogPartition.apply(emissions, self.masked_transitions(), mask)


class _LogPartition(torch.autograd.Function):
    """The forward algorithm, and the backward one for its gradient (Rabiner 1989, section V.A).

    The gradient is known: p(y_t | x) for emissions, expected numbers of moves for transitions.
    Taking it so, in place of a record of every step, needs seven operations a step and way
    instead of some thirty. As in `runtime.decoding.forward_backward`, sums are taken in float64
    with a scale at each step, so that nothing overflows.
    """

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, transitions: Tensor, mask: Tensor) -> Tensor:
        batch, time, _ = emissions.shape
        last = mask.sum(1) - 1
        rows = torch.arange(batch, device=mask.device)
        steps = transitions.double()
        inner, start, end = steps[:-1, :-1], steps[-1, :-1], steps[:-1, -1]
        moved, first, ending = ((part - part.max()).exp() for part in (inner, start, end))
        by_step = emissions.double().transpose(0, 1)  # (time, batch, tags)
        largest = by_step.amax(dim=2, keepdim=True)
        # what scores highest may be forbidden where it stands; the rest shall not become 0
        emitted = (by_step - largest).clamp_(min=LEAST).exp_()
        forward = torch.empty_like(emitted)
        scales = torch.empty_like(largest)
        current = first * emitted[0]
        for t in range(time):
            if t:
                current = (forward[t - 1] @ moved) * emitted[t]
            torch.sum(current, dim=1, keepdim=True, out=scales[t])
            torch.div(current, scales[t], out=forward[t])
        emitted /= scales
        total = forward[last, rows] @ ending
        ctx.save_for_backward(forward, emitted, moved, ending / total[:, None], mask)
        steps_done = torch.where(mask.T, (scales.log() + largest).squeeze(2), 0.0).sum(0)
        shifts = start.max() + end.max() + last * inner.max()
        return (steps_done + total.log() + shifts).to(emissions.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        forward, emitted, moved, ending, mask = ctx.saved_tensors
        time, tags = len(forward), forward.shape[2]
        last = mask.sum(1) - 1
        backward = torch.empty_like(forward)
        is_inside = (torch.arange(time, device=mask.device)[:, None] < last)[:, :, None]
        backward[-1] = following = ending
        for t in range(time - 2, -1, -1):
            following = (emitted[t + 1] * following) @ moved.T
            following = torch.where(is_inside[t], following, ending)
            backward[t] = following
        weights = torch.where(mask.T, gradient.double(), 0.0)[:, :, None]  # (time, batch, 1)
        marginals = torch.where(mask.T[:, :, None], forward * backward, 0.0) * weights
        arrived = torch.where(mask.T[1:, :, None], emitted[1:] * backward[1:], 0.0) * weights[1:]
        moves = torch.empty(tags + 1, tags + 1, dtype=moved.dtype, device=moved.device)
        moves[:-1, :-1] = moved * (forward[:-1].flatten(0, 1).T @ arrived.flatten(0, 1))
        moves[-1, :-1] = marginals[0].sum(0)
        moves[:-1, -1] = marginals[last, torch.arange(len(last), device=last.device)].sum(0)
        moves[-1, -1] = 0.0
        return marginals.transpose(0, 1).to(gradient.dtype), moves.to(gradient.dtype), None


def make_head(
    input_size: int,
    layer: TagLayer,
    strings: list[str],
    smoothing: float = 0.0,
    weights: Tensor | None = None,
) -> Head:
    """Makes the head that a layer names."""
    if layer.head == "sigmoid":
        return SigmoidHead(input_size, layer, strings, weights)
    if layer.head == "crf":
        return CRFHead(input_size, layer, weights)
    return SoftmaxHead(input_size, layer, smoothing, weights)
