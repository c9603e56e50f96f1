"""A transformer in torch, as it is while the tagger learns; needs the extra `transformers`.

Two uses: frozen, it gives vectors to be kept; fine-tuned, it is part of the network.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from corpora import Sentence
from tagger.context.parts import Read
from tagger.context.subwords import SubwordReader, Windows
from tagger.context.transformer import Transformer, TransformerVectors
from tagger.network.dropout import Dropout
from tagger.runtime.numpy_engine import Array, Weights

TUNED_PREFIX = "context.transformer.transformer.states.model."  # of weights in the network
ATTENTION = "eager"  # the plain equation: every model has it, and it can be written as a graph


class HiddenStates(nn.Module):
    """The mean of a transformer's last hidden layers. Its weights are named as in a graph.

    Args:
        model: of Hugging Face's `transformers`.
        layers: how many of the last ones.
    """

    def __init__(self, model: Any, layers: int) -> None:
        super().__init__()
        self.model = model
        self.width = int(model.config.hidden_size)
        self._layers = layers

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask: (W, P) → (W, P, H)."""
        states = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        return states[-1] if self._layers == 1 else torch.stack(states[-self._layers :]).mean(dim=0)


class TokenTransformer(nn.Module):
    """Subwords → one vector for each token; see `tagger.context.transformer.OnnxTransformer`."""

    def __init__(self, states: HiddenStates, reader: SubwordReader, pooling: str) -> None:
        super().__init__()
        self.states = states
        self.width = states.width
        self.reader = reader
        self._pooling = pooling

    def forward(self, read: Tensor) -> Tensor:
        """read: ids of subwords, (B, T, S) → (B, T, H)."""
        windows = self.reader.windows(read.cpu().numpy())
        device = read.device
        vectors = torch.zeros(read.shape[0] * read.shape[1], self.width, device=device)
        if len(windows.tokens):
            ids, mask = (torch.from_numpy(a).to(device) for a in (windows.ids, windows.mask()))
            pieces = self.states(ids, mask).flatten(0, 1)[torch.from_numpy(windows.places).to(device)]
            vectors[torch.from_numpy(windows.tokens).to(device)] = self._pooled(pieces, windows)
        return vectors.unflatten(0, read.shape[:2])

    def _pooled(self, pieces: Tensor, windows: Windows) -> Tensor:
        counts = torch.from_numpy(windows.counts).to(pieces.device)
        if self._pooling in ("mean", "max"):
            return torch.segment_reduce(pieces, self._pooling, lengths=counts, axis=0)
        ends = counts.cumsum(0)
        return pieces[ends - counts if self._pooling == "first" else ends - 1]

    def encode(self, sentences: Sequence[Sequence[str]]) -> Array:
        """Returns float32, (B, T, H), without learning."""
        return self.encode_read(self.reader.read(sentences))

    def encode_read(self, read: NDArray[np.int64]) -> Array:
        """Returns float32, (B, T, H), of subwords, (B, T, S), without learning."""
        device = next(self.parameters()).device
        training = self.training
        self.eval()
        with torch.inference_mode():
            vectors = self(torch.from_numpy(read).to(device))
        self.train(training)
        return vectors.cpu().numpy()


class TunedVectors(TransformerVectors):
    """See `tagger.context.parts.Part`: what the network's own transformer makes of subwords."""

    def __init__(self, transformer: TokenTransformer, output: int) -> None:
        super().__init__(transformer.encode, transformer.width, output)
        self.transformer = transformer

    def read(self, sentences: Sequence[Sentence]) -> Read:
        """See `Part`; ids of subwords, (B, T, S)."""
        return self.transformer.reader.read([sentence.tokens for sentence in sentences])

    def vectors(self, read: Read, weights: Weights) -> Array:
        """See `Part`; with the weights that the transformer has now."""
        return super().vectors(self.transformer.encode_read(read), weights)


class MappedVectors(nn.Module):
    """Vectors of a transformer, in a learned linear map.

    Args:
        part: with a transformer of its own (`TunedVectors`), which then learns too, or without.
        dropout: share of the numbers that is set to zero in training.
    """

    def __init__(self, part: TransformerVectors, dropout: float) -> None:
        super().__init__()
        self.transformer = part.transformer if isinstance(part, TunedVectors) else None
        self.map = nn.Linear(part.width, part.output) if part.output else None
        self.dropout = Dropout(dropout)

    def forward(self, read: Tensor) -> Tensor:
        """read: vectors, (B, T, width), or ids of subwords, (B, T, S) → (B, T, size)."""
        vectors = read if self.transformer is None else self.transformer(read)
        return self.dropout(vectors if self.map is None else self.map(vectors))


def make_transformer(transformer: Transformer, layers: int, pooling: str) -> TokenTransformer:
    """Makes the torch module of a transformer, with its weights.

    Args:
        layers: see `HiddenStates`.
        pooling: see `ModelConfig.transformer_pooling`.

    Raises:
        ValueError: the weights do not fit the settings of the transformer.
    """
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.for_model(**json.loads(transformer.config))
    model = without_pooler(AutoModel.from_config(config, attn_implementation=ATTENTION).float())
    parameters = dict(model.named_parameters())
    if parameters.keys() != transformer.weights.keys():
        raise ValueError(f"{len(transformer.weights)} weights for {len(parameters)}")
    with torch.no_grad():
        for name, values in parameters.items():
            values.copy_(torch.from_numpy(transformer.weights[name].astype(np.float32)))
    return TokenTransformer(HiddenStates(model, layers), transformer.reader(), pooling).eval()


def without_pooler(model: nn.Module) -> nn.Module:
    """Drops what makes one vector of a sentence, which nothing here asks for."""
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # type: ignore[assignment]
    return model
