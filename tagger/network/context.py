"""The parts of a token's context in torch; `tagger.context` has the same without it.

Each takes what its part read of a batch and returns (B, T, size).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tagger.context.columns import Columns
from tagger.context.parts import Part
from tagger.context.transformer import TransformerVectors
from tagger.network.dropout import Dropout
from tagger.network.embeddings import small_embedding
from tagger.network.transformer import MappedVectors
from tagger.vocabulary import PADDING, UNKNOWN

_UNKNOWN_RATE = 0.01  # of values in training, so that the unknown value comes to mean something


class ColumnEmbeddings(nn.Module):
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
            forgotten = torch.rand(ids.shape, device=ids.device) < _UNKNOWN_RATE
            ids = ids.masked_fill(forgotten & (ids != PADDING), UNKNOWN)
        vectors = [table(ids[..., i]) for i, table in enumerate(self.tables)]
        return self.dropout(torch.cat(vectors, dim=2))


class ContextEncoder(nn.ModuleDict):
    """All parts of the context, by name, joined.

    Args:
        parts: none: tokens have no context.
        dropout: of each part's vectors.
    """

    def __init__(self, parts: Sequence[Part], dropout: float) -> None:
        super().__init__({part.name: _module(part, dropout) for part in parts})
        self.output_size = sum(part.size for part in parts)

    def forward(self, read: Sequence[Tensor]) -> Tensor | None:
        """Returns (B, T, output_size), or None where there are no parts.

        Args:
            read: what each part read of the sentences.
        """
        if not len(self):
            return None
        return torch.cat([module(r) for module, r in zip(self.values(), read, strict=True)], dim=2)


def _module(part: Part, dropout: float) -> nn.Module:
    if isinstance(part, TransformerVectors):
        return MappedVectors(part, dropout)
    assert isinstance(part, Columns), "each kind of part has its module"
    return ColumnEmbeddings(part.counts, part.width, dropout)
