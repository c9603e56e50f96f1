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
from tagger.network.dropout import WordDropout
from tagger.network.embeddings import FormEncoder, FormTensors, Sizes
from tagger.network.heads import Head, make_head
from tagger.network.language_model import LanguageModel

LANGUAGE_MODEL = "language_model."  # begins the names of weights that are never exported


@dataclass(frozen=True, slots=True)
class Learning:
    """What of training the network itself has to know.

    Attributes:
        replacement: (words,) rates of replacing words by the unknown one; None: never.
        bfloat16: see `RecurrentEncoder`.
        smoothing: see `SoftmaxHead`.
        weights: of the losses of the layers; none: all count alike.
        word_dropout: see `WordDropout`.
        language_model: weight of the loss of a `LanguageModel`; 0: there is none.
        tag_weights: for each layer the weights of its symbols, see the heads; none: all 1.
    """

    replacement: Tensor | None = None
    bfloat16: bool = False
    smoothing: float = 0.0
    weights: tuple[float, ...] = ()
    word_dropout: float = 0.0
    language_model: float = 0.0
    tag_weights: tuple[Tensor, ...] = ()


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
        self.word_dropout = WordDropout(learning.word_dropout)
        self.encoder = RecurrentEncoder(
            config.cell,
            self.forms.output_size,
            config.hidden_size,
            config.layers,
            config.bidirectional,
            config.dropout,
            learning.bfloat16,
            config.connections,
            config.layer_norm,
        )
        tag_weights = learning.tag_weights or (None,) * len(layers)
        self.heads = nn.ModuleList(
            make_head(self.encoder.output_size, layer, names, learning.smoothing, weights)
            for layer, names, weights in zip(layers, strings, tag_weights, strict=True)
        )
        self.language_model: LanguageModel | None = None
        self.language_model_weight = learning.language_model
        if self.language_model_weight:
            self.language_model = LanguageModel(
                config.hidden_size, 1 + config.bidirectional, sizes.words, config.dropout
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
        return self._scored(forms, rows, lengths)[0]

    def _scored(
        self, forms: FormTensors, rows: Tensor, lengths: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Returns the emissions of each layer, and the states that a language model reads."""
        encoded, states = self.encoder.encode(self.word_dropout(self.forms(forms)[rows]), lengths)
        return [head(encoded) for head in self.heads], states

    def loss(
        self,
        forms: FormTensors,
        rows: Tensor,
        lengths: Tensor,
        tags: Sequence[Tensor],
        mask: Tensor,
    ) -> Tensor:
        """Returns the loss of a batch: over all layers, each by its weight, a token; and that
        of the language model, if there is one.

        Args:
            tags: for each layer the ids of the true tags, (batch, time).
            mask: bool, (batch, time), True on real tokens.
        """
        emissions, states = self._scored(forms, rows, lengths)
        losses = [
            weight * head.loss(scores, truth, mask)  # type: ignore[operator]
            for weight, head, scores, truth in zip(
                self.loss_weights, self.heads, emissions, tags, strict=True
            )
        ]
        if self.language_model is not None:
            found = self.language_model.loss(states, forms.words[rows], mask)
            losses.append(self.language_model_weight * found)
        return torch.stack(losses).sum() / mask.sum()

    def keep_heads(self, number: int) -> None:
        """Drops what was only to help: the heads after the first ones, a language model."""
        self.language_model = None
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
