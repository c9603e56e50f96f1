"""Networks that learn side by side and score together.

Knows networks, not what is in them. All see the same batches; each begins with weights of
its own and draws dropout of its own, so that they err in different places (Hansen & Salamon
1990). Scores and transitions are averaged before they are decoded, which makes of several
CRFs another CRF: p(y | x) ∝ (Π_m exp score_m(y, x)) ** (1/M).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tagger.network.dropout import Drawing
from tagger.network.embeddings import FormTensors
from tagger.network.model import Network, copied_weights
from tagger.runtime.workers import Workers


class Ensemble(nn.Module):
    """M networks of one make; what it offers is what a `Network` offers.

    Args:
        make: makes a network, each time with other random weights.
        members: M, 2 or more.
        threads: that members learn in, side by side; how many changes no number.
    """

    def __init__(self, make: Callable[[], Network], members: int, threads: int = 1) -> None:
        super().__init__()
        self.members = nn.ModuleList(make() for _ in range(members))
        self._workers = Workers(min(members, threads))
        for member in self.members:
            generator = torch.Generator().manual_seed(int(torch.randint(2**63 - 1, ())))
            for module in member.modules():
                if isinstance(module, Drawing):
                    module.generator = generator

    @property
    def networks(self) -> list[Network]:
        """See `Network`."""
        return list(self.members)  # type: ignore[arg-type]

    def forward(
        self, forms: FormTensors, rows: Tensor, lengths: Tensor, context: Tensor | None = None
    ) -> list[Tensor]:
        """See `Network`; the emissions are means over the members, whose context vectors come
        side by side."""
        networks = self.networks
        shares = [None] * len(networks) if context is None else context.chunk(len(networks), dim=2)
        scores = [
            network(forms, rows, lengths, share) for network, share in zip(networks, shares, strict=True)
        ]
        return [torch.stack(each).mean(0) for each in zip(*scores, strict=True)]

    def learn(self, clip: float, *batch: Any) -> float:
        """See `Network`; each member learns as it would alone. Returns the mean of the losses."""
        losses = [
            self._workers.submit(partial(network.learn, clip, *batch)) for network in self.networks
        ]
        return fmean(loss() for loss in losses)

    def form_vectors(self, forms: FormTensors) -> Tensor:
        """See `Network`; the members' vectors side by side."""
        return torch.cat([network.form_vectors(forms) for network in self.networks], dim=1)

    def transitions(self) -> list[NDArray[np.float32] | None]:
        """See `Network`; means over the members."""
        each = zip(*(network.transitions() for network in self.networks), strict=True)
        return [None if parts[0] is None else np.mean(parts, axis=0) for parts in each]

    def keep_heads(self, number: int) -> None:
        """See `Network`."""
        for network in self.networks:
            network.keep_heads(number)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """See `Network`; the names begin with "members.0.", "members.1." …"""
        return copied_weights(self)


Networks = Network | Ensemble


def make_networks(make: Callable[[], Network], members: int, threads: int = 1) -> Networks:
    """Makes one network, or several that work as one; see `Ensemble`."""
    return make() if members == 1 else Ensemble(make, members, threads)
