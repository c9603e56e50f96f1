"""Dropout: some numbers become zero in training, the others grow to make up for it.

Masks are drawn as uniform numbers that are compared with the rate, which on a CPU takes
a third of the time that torch's own drawing of zeros and ones takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Drawing(nn.Module):
    """A module that draws random numbers in training.

    Attributes:
        generator: of them on a CPU; None: torch's own, which all threads share, so that what
            each of several gets from it depends on which comes first.
    """

    generator: torch.Generator | None = None

    def draw(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Draws uniform numbers from 0 to below 1, where `like` is and of its type, or
        float32 if it holds ids."""
        return torch.rand(
            shape,
            dtype=like.dtype if like.is_floating_point() else torch.float32,
            device=like.device,
            generator=self.generator if like.device.type == "cpu" else None,
        )


class Dropout(Drawing):
    """Sets each number to zero with probability `rate` (Srivastava et al. 2014)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors: any shape; returns the same shape."""
        if not self.training or not self.rate:
            return vectors
        return vectors * self._mask(vectors.shape, vectors)

    def _mask(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Returns 0 or 1 / (1 - rate), so that expected values stay as they are."""
        kept = self.draw(shape, like) >= self.rate
        return kept.to(like.dtype).div_(1.0 - self.rate)


class LockedDropout(Dropout):
    """Dropout with one mask for all steps of a sentence (Gal & Ghahramani 2016)."""

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors: (batch, time, size)."""
        if not self.training or not self.rate:
            return vectors
        return vectors * self._mask(vectors[:, :1].shape, vectors)


class WordDropout(Dropout):
    """Sets whole tokens to zero with probability `rate`, and leaves the others as they are.

    Source: Akbik, Blythe & Vollgraf 2018. A network that sees a gap now and then learns to
    tell a tag from the neighbours too.
    """

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors: (batch, time, size)."""
        if not self.training or not self.rate:
            return vectors
        return vectors * (self.draw(vectors[:, :, :1].shape, vectors) >= self.rate)
