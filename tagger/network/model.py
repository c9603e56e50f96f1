"""The whole network: forms → vectors → recurrent encoder → one head for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tagger.config import ModelConfig
from tagger.context.parts import Part
from tagger.layers import TagLayer
from tagger.network.cells import RecurrentEncoder
from tagger.network.context import ContextEncoder
from tagger.network.dropout import WordDropout
from tagger.network.embeddings import FormEncoder, FormTensors, Sizes
from tagger.network.heads import Head, make_head, taught
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
        context: what tokens bring beside their forms.
    """

    def __init__(
        self,
        config: ModelConfig,
        sizes: Sizes,
        layers: Sequence[TagLayer],
        strings: Sequence[list[str]],
        learning: Learning = Learning(),
        context: Sequence[Part] = (),
    ) -> None:
        super().__init__()
        self.loss_weights = learning.weights or (1.0,) * len(layers)
        self.forms = FormEncoder(config, sizes, learning.replacement)
        self.word_dropout = WordDropout(learning.word_dropout)
        self.context = ContextEncoder(context, config)
        self.encoder = RecurrentEncoder(
            config.cell,
            self.forms.output_size + self.context.output_size,
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

    @property
    def networks(self) -> list[Network]:
        """Those whose scores are averaged: of one network, itself."""
        return [self]

    def forward(
        self, forms: FormTensors, rows: Tensor, lengths: Tensor, context: Tensor | None = None
    ) -> list[Tensor]:
        """Scores the tags of each layer.

        Args:
            forms: the F distinct forms.
            rows: (batch, time), each token's row among the forms.
            lengths: (batch,) on the CPU.
            context: (batch, time, size), vectors of the tokens' context where there are some.

        Returns:
            For each layer the emissions, (batch, time, tags).
        """
        return self._scored(forms, rows, lengths, context)[0]

    def _scored(
        self, forms: FormTensors, rows: Tensor, lengths: Tensor, context: Tensor | None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Returns the emissions of each layer, and the states that a language model reads."""
        vectors = self.word_dropout(self.forms(forms)[rows])
        if context is not None:
            vectors = torch.cat([vectors, context], dim=2)
        encoded, states = self.encoder.encode(vectors, lengths)
        return [head(encoded) for head in self.heads], states

    def loss(
        self,
        forms: FormTensors,
        rows: Tensor,
        lengths: Tensor,
        tags: Sequence[Tensor],
        mask: Tensor,
        read: Sequence[Tensor] = (),
        starts: Tensor | None = None,
    ) -> Tensor:
        """Returns the loss of a batch: over all layers, each by its weight, a token; and that
        of the language model, if there is one.

        Sentences that lack a layer add nothing to its loss, and yet count as tokens: so a tag
        weighs the same whatever it shares a batch with.

        Args:
            tags: for each layer the ids of the true tags, (batch, time); see `taught`.
            mask: bool, (batch, time), True on real tokens.
            read: what each part of the context read of the sentences.
            starts: (batch,) where the tags begin in what is read; None: at its first token,
                and they end at its last.
        """
        emissions, states = self._scored(forms, rows, lengths, self.context(read))
        is_read = mask
        if starts is not None:
            emissions = [_from(starts, scores, mask.shape[1]) for scores in emissions]
            is_read = torch.arange(rows.shape[1], device=rows.device) < lengths.to(rows.device)[:, None]
        losses = [
            weight * head.loss(*its)  # type: ignore[operator]
            for weight, head, scores, truth in zip(
                self.loss_weights, self.heads, emissions, tags, strict=True
            )
            if (its := taught(scores, truth, mask)) is not None
        ]
        if self.language_model is not None:
            found = self.language_model.loss(states, forms.words[rows], is_read)
            share = mask.sum() / is_read.sum()  # so that its weight is a token's, with neighbours too
            losses.append(self.language_model_weight * found * share)
        return torch.stack(losses).sum() / mask.sum()

    def learn(self, clip: float, *batch: Any) -> float:
        """Adds the gradient of a batch's loss to that of the weights; returns the loss.

        Args:
            clip: largest norm that the gradient may have.
            batch: what `loss` takes.
        """
        loss = self.loss(*batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), clip)
        return float(loss.detach())

    def form_vectors(self, forms: FormTensors) -> Tensor:
        """Returns what the recurrent layers read of each form, (F, size)."""
        return self.forms(forms)  # type: ignore[no-any-return]

    def transitions(self) -> list[NDArray[np.float32] | None]:
        """See `tagger.runtime.engine.Engine`."""
        return [_transitions(head) for head in self.heads]  # type: ignore[arg-type]

    def keep_heads(self, number: int) -> None:
        """Drops what was only to help: the heads after the first ones, a language model."""
        self.language_model = None
        self.heads = self.heads[:number]
        self.loss_weights = self.loss_weights[:number]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Returns copies of all weights, by the names they have in a model file."""
        return copied_weights(self)


def _from(starts: Tensor, scores: Tensor, time: int) -> Tensor:
    """Cuts out of (batch, tokens read, tags) for each sentence `time` tokens from its start on;
    what is beyond the last one that is read means nothing."""
    steps = starts[:, None] + torch.arange(time, device=starts.device)
    steps = steps.clamp(max=scores.shape[1] - 1)[:, :, None]
    return scores.gather(1, steps.expand(-1, -1, scores.shape[2]))


def copied_weights(network: nn.Module) -> dict[str, NDArray[np.float32]]:
    """Returns copies of all weights in float32, by name."""
    return {
        name: tensor.detach().cpu().float().numpy().copy()
        for name, tensor in network.state_dict().items()
    }


def _transitions(head: Head) -> NDArray[np.float32] | None:
    if "transitions" not in dict(head.named_parameters()):
        return None
    return head.transitions.detach().cpu().numpy()  # type: ignore[union-attr, operator, no-any-return]
