"""Output heads: token vectors → scores of tags → a loss.

Every head is a linear map y_t = W_y h_t + b_y, read in its own way: softmax (one tag
a token, each on its own), CRF (one tag a token, neighbours in view), sigmoid (yes/no
for every label). Decoding stands in `runtime.decoding`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tagger.layers import FORBIDDEN, TagLayer


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


class SoftmaxHead(Head):
    """p(tag | token) = softmax(y)."""

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        return F.cross_entropy(emissions[mask], tags[mask], reduction="sum")


class SigmoidHead(Head):
    """p(label | token) = sigmoid(y), for each label on its own.

    Args:
        strings: the tags of the training corpus; `tags` in the loss are positions
            in this list.
    """

    def __init__(self, input_size: int, layer: TagLayer, strings: list[str]) -> None:
        super().__init__(input_size, layer)
        position = {label: i for i, label in enumerate(layer.symbols)}
        truth = torch.zeros(len(strings), len(layer.symbols))
        for row, tag in enumerate(strings):
            for label in layer.labels_of(tag):
                truth[row, position[label]] = 1.0
        self.register_buffer("truth", truth, persistent=False)
        self.truth: Tensor

    def loss(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            emissions[mask], self.truth[tags[mask]], reduction="sum"
        )


class CRFHead(Head):
    """A linear-chain conditional random field (Lafferty, McCallum & Pereira 2001).

    score(y, x) = start[y_1] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t-1}, y_t]
    + end[y_T];  p(y | x) = exp score(y, x) / Σ_y' exp score(y', x). Transitions that
    the tag scheme forbids have probability zero, in training as in decoding.
    """

    def __init__(self, input_size: int, layer: TagLayer) -> None:
        super().__init__(input_size, layer)
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
        return (self.log_partition(emissions, mask) - self.score(emissions, tags, mask)).sum()

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
        """Returns log Σ_y exp score(y, x) of each sentence, the forward algorithm."""
        transitions = self.masked_transitions()
        inner, start, end = transitions[:-1, :-1], transitions[-1, :-1], transitions[:-1, -1]
        alpha = start + emissions[:, 0]  # (batch, tags)
        for t in range(1, emissions.shape[1]):
            moved = torch.logsumexp(alpha[:, :, None] + inner, dim=1) + emissions[:, t]
            alpha = torch.where(mask[:, t, None], moved, alpha)
        return torch.logsumexp(alpha + end, dim=1)


def make_head(input_size: int, layer: TagLayer, strings: list[str]) -> Head:
    """Makes the head that a layer names."""
    if layer.head == "sigmoid":
        return SigmoidHead(input_size, layer, strings)
    return {"softmax": SoftmaxHead, "crf": CRFHead}[layer.head](input_size, layer)
