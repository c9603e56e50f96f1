"""The whole network: forms → vectors → recurrent encoder → one head for each layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tagger.config import ModelConfig
from tagger.features import FormIndexer, SentenceBatch
from tagger.layers import TagLayer
from tagger.network.cells import RecurrentEncoder
from tagger.network.embeddings import FormEncoder, FormTensors, Sizes
from tagger.network.heads import Head, make_head


@dataclass(frozen=True, slots=True)
class Learning:
    """What of training the network itself has to know.

    Attributes:
        replacement: (words,) rates of replacing words by the unknown one; None: never.
        bfloat16: see `RecurrentEncoder`.
        smoothing: see `SoftmaxHead`.
        weights: of the losses of the layers; none: all count alike.
    """

    replacement: Tensor | None = None
    bfloat16: bool = False
    smoothing: float = 0.0
    weights: tuple[float, ...] = ()


class Network(nn.Module):
    """A per-timestep recurrent tagger.

    Args:
        config: what it is made of.
        sizes: ids in each vocabulary.
        layers: what it tags.
        strings: for each layer the tags that the ids in training stand for.
        learning: how it learns.
    """

    def __init__(
        self,
        config: ModelConfig,
        sizes: Sizes,
        layers: Sequence[TagLayer],
        strings: Sequence[list[str]],
        learning: Learning = Learning(),
    ) -> None:
        super().__init__()
        self.loss_weights = learning.weights or (1.0,) * len(layers)
        self.forms = FormEncoder(config, sizes, learning.replacement)
        self.encoder = RecurrentEncoder(
            config.cell,
            self.forms.output_size,
            config.hidden_size,
            config.layers,
            config.bidirectional,
            config.dropout,
            learning.bfloat16,
        )
        self.heads = nn.ModuleList(
            make_head(self.encoder.output_size, layer, names, learning.smoothing)
            for layer, names in zip(layers, strings, strict=True)
        )

    def forward(self, forms: FormTensors, rows: Tensor, lengths: Tensor) -> list[Tensor]:
        """Scores the tags of each layer.

        Args:
            forms: the F distinct forms.
            rows: (batch, time), each token's row among the forms.
            lengths: (batch,) on the CPU.

        Returns:
            For each layer the emissions, (batch, time, tags).
        """
        encoded = self.encoder(self.forms(forms)[rows], lengths)
        return [head(encoded) for head in self.heads]

    def loss(
        self,
        forms: FormTensors,
        rows: Tensor,
        lengths: Tensor,
        tags: Sequence[Tensor],
        mask: Tensor,
        starts: Tensor | None = None,
    ) -> Tensor:
        """Returns the loss of a batch: over all layers, each by its weight, a token.

        Args:
            tags: for each layer the ids of the true tags, (batch, time).
            mask: bool, (batch, time), True on real tokens.
            starts: (batch,) where the tags begin in what is read; None: at its first token,
                and they end at its last.
        """
        emissions = self(forms, rows, lengths)
        if starts is not None:
            steps = starts[:, None] + torch.arange(mask.shape[1], device=starts.device)
            steps = steps.clamp(max=rows.shape[1] - 1)[:, :, None]
            emissions = [scores.gather(1, steps.expand(-1, -1, scores.shape[2])) for scores in emissions]
        losses = [
            weight * head.loss(scores, truth, mask)  # type: ignore[operator]
            for weight, head, scores, truth in zip(
                self.loss_weights, self.heads, emissions, tags, strict=True
            )
        ]
        return torch.stack(losses).sum() / mask.sum()

    def keep_heads(self, number: int) -> None:
        """Drops the heads after the first ones, which were only to help."""
        self.heads = self.heads[:number]
        self.loss_weights = self.loss_weights[:number]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Returns copies of all weights, by the names they have in a model file."""
        return {
            name: tensor.detach().cpu().float().numpy().copy()
            for name, tensor in self.state_dict().items()
        }


class NetworkEngine:
    """The network as an engine: emissions while it is still being trained."""

    workers = 1  # torch has threads of its own

    def __init__(self, network: Network, indexer: FormIndexer, device: str = "cpu") -> None:
        self._network = network
        self._indexer = indexer
        self._device = device

    def emissions(self, sentences: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """See `tagger.runtime.engine.Engine`."""
        batch: SentenceBatch = self._indexer.batch(sentences)
        training = self._network.training
        self._network.eval()
        with torch.inference_mode():
            scores = self._network(
                FormTensors.from_batch(batch.forms, self._device),
                torch.from_numpy(batch.rows).to(self._device),
                torch.from_numpy(batch.lengths),
            )
        self._network.train(training)
        return [score.float().cpu().numpy() for score in scores]

    def begin(self, sentences: Sequence[Sequence[str]]) -> Callable[[], list[NDArray[np.float32]]]:
        """See `tagger.runtime.engine.Engine`."""
        return lambda: self.emissions(sentences)

    def transitions(self) -> list[NDArray[np.float32] | None]:
        """See `tagger.runtime.engine.Engine`."""
        return [_transitions(head) for head in self._network.heads]  # type: ignore[arg-type]


def _transitions(head: Head) -> NDArray[np.float32] | None:
    if "transitions" not in dict(head.named_parameters()):
        return None
    return head.transitions.detach().cpu().numpy()  # type: ignore[union-attr, operator, no-any-return]
