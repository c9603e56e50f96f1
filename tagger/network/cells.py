"""The recurrent encoder: Elman, GRU or LSTM cells over the tokens of a sentence.

Knows vectors, not where they come from. Equations stand in `runtime.numpy_engine`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

CELLS: dict[str, type[nn.RNNBase]] = {"elman": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class LockedDropout(nn.Module):
    """Dropout with one mask for all steps of a sentence (Gal & Ghahramani 2016)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors: (batch, time, size)."""
        if not self.training or not self.rate:
            return vectors
        kept = torch.full_like(vectors[:, :1], 1.0 - self.rate).bernoulli_()
        return vectors * kept / (1.0 - self.rate)


class RecurrentEncoder(nn.Module):
    """Stacked recurrent layers, each way or one way, with locked dropout after each.

    Args:
        cell: "elman", "gru" or "lstm".
        input_size: numbers in a token's vector.
        hidden_size: numbers in a state, each way.
        layers: how many, one on top of the other.
        bidirectional: a second cell reads from the true last token to the first.
        dropout: rate between and after the layers.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.output_size = hidden_size * (2 if bidirectional else 1)
        self.dropout = LockedDropout(dropout)
        self.layers = nn.ModuleList(
            CELLS[cell](
                input_size if i == 0 else self.output_size,
                hidden_size,
                batch_first=True,
                bidirectional=bidirectional,
            )
            for i in range(layers)
        )
        for layer in self.layers:
            initialise(layer, hidden_size)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Encodes sentences.

        Args:
            vectors: (batch, time, input_size).
            lengths: (batch,) on the CPU, true numbers of tokens.

        Returns:
            (batch, time, output_size); zero beyond a sentence's length.
        """
        time = vectors.shape[1]
        for layer in self.layers:
            packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
            output: PackedSequence = layer(packed)[0]
            vectors, _ = pad_packed_sequence(output, batch_first=True, total_length=time)
            vectors = self.dropout(vectors)
        return vectors


def initialise(layer: nn.Module, hidden_size: int) -> None:
    """Orthogonal recurrent weights; an LSTM's forget gates start open (bias 1)."""
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_hh"):
            for block in parameter.data.split(hidden_size):
                nn.init.orthogonal_(block)
        elif name.startswith("weight_ih"):
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
            if isinstance(layer, nn.LSTM) and name.startswith("bias_ih"):
                parameter.data[hidden_size : 2 * hidden_size] = 1.0
