"""The parts of a token's context in torch; `tagger.context` has the same without it.

Each takes what its part read of a batch and returns (B, T, size).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tagger.config import ModelConfig
from tagger.context.columns import Columns
from tagger.context.gazetteers import BEGIN, KINDS, PLACES, SINGLE, Gazetteers
from tagger.context.pairs import Pairs
from tagger.context.parts import Part
from tagger.context.transformer import TransformerVectors
from tagger.network.dropout import Drawing, Dropout
from tagger.network.embeddings import small_embedding
from tagger.network.transformer import MappedVectors
from tagger.vocabulary import PADDING, UNKNOWN

_UNKNOWN_RATE = 0.01  # of values in training, so that the unknown value comes to mean something


class PairEmbedding(Drawing):
    """A vector for each hashed pair of words, of the two pairs of a token side by side.

    Args:
        buckets: rows.
        width: numbers in a vector.
        dropout: share of the pairs that training does not show, each as a whole, so that the
            network does not know rare ones by heart.
    """

    def __init__(self, buckets: int, width: int, dropout: float) -> None:
        super().__init__()
        self.table = small_embedding(buckets, width)
        self._dropout = dropout

    def forward(self, ids: Tensor) -> Tensor:
        """ids: (B, T, 2)."""
        vectors = self.table(ids)
        if self.training and self._dropout:
            shown = self.draw(ids.shape, ids) >= self._dropout
            vectors = vectors * (shown / (1.0 - self._dropout))[..., None]
        return vectors.flatten(2)


class ColumnEmbeddings(Drawing):
    """A vector for each known value of each column, side by side.

    Args:
        counts: ids of each column.
        width: numbers in a vector.
        dropout: share of them that is set to zero in training.
    """

    def __init__(self, counts: Sequence[int], width: int, dropout: float) -> None:
        super().__init__()
        self.tables = nn.ModuleList(small_embedding(count, width) for count in counts)
        self.dropout = Dropout(dropout)

    def forward(self, ids: Tensor) -> Tensor:
        """ids: (B, T, columns)."""
        if self.training:
            forgotten = self.draw(ids.shape, ids) < _UNKNOWN_RATE
            ids = ids.masked_fill(forgotten & (ids != PADDING), UNKNOWN)
        vectors = [table(ids[..., i]) for i, table in enumerate(self.tables)]
        return self.dropout(torch.cat(vectors, dim=2))


class GazetteerMatches(Drawing):
    """A linear map of the matches at a token.

    Args:
        labels: how many there are.
        size: numbers in a vector.
        unmatched: share of matches that training does not show, each as a whole and in
            small letters as well where both begin at one token.
        dropout: share of the numbers that is set to zero in training.
    """

    def __init__(self, labels: int, size: int, unmatched: float, dropout: float) -> None:
        super().__init__()
        self.projection = nn.Linear(labels * KINDS * PLACES, size, bias=False)
        self.dropout = Dropout(dropout)
        self._unmatched = unmatched
        self._columns = (labels, KINDS, PLACES)

    def forward(self, bits: Tensor) -> Tensor:
        """bits: (B, T, labels · KINDS · PLACES)."""
        if self.training and self._unmatched:
            bits = self._forgetting(bits.unflatten(2, self._columns)).flatten(2)
        return self.dropout(self.projection(bits))

    def _forgetting(self, bits: Tensor) -> Tensor:
        """bits: (B, T, labels, KINDS, PLACES)."""
        steps = torch.arange(bits.shape[1], device=bits.device)[None, :, None, None]
        begins = bits[..., BEGIN] + bits[..., SINGLE]
        first = (begins * steps).long().cummax(dim=1).values  # of the match a token is in
        shown = self.draw(bits.shape[:3], bits) >= self._unmatched
        shown = shown[..., None].expand(begins.shape).gather(1, first)
        return bits * shown[..., None]


class ContextEncoder(nn.ModuleDict):
    """All parts of the context, by name, joined.

    Args:
        parts: none: tokens have no context.
        config: of the network.
    """

    def __init__(self, parts: Sequence[Part], config: ModelConfig) -> None:
        super().__init__({part.name: _module(part, config) for part in parts})
        self.output_size = sum(part.size for part in parts)

    def forward(self, read: Sequence[Tensor]) -> Tensor | None:
        """Returns (B, T, output_size), or None where there are no parts.

        Args:
            read: what each part read of the sentences.
        """
        if not len(self):
            return None
        return torch.cat([module(r) for module, r in zip(self.values(), read, strict=True)], dim=2)


def _module(part: Part, config: ModelConfig) -> nn.Module:
    if isinstance(part, Pairs):
        return PairEmbedding(part.buckets, part.width, config.dropout)
    if isinstance(part, Columns):
        return ColumnEmbeddings(part.counts, part.width, config.dropout)
    if isinstance(part, TransformerVectors):
        return MappedVectors(part, config.dropout)
    assert isinstance(part, Gazetteers), "each kind of part has its module"
    return GazetteerMatches(part.labels, part.size, config.gazetteer_dropout, config.dropout)
