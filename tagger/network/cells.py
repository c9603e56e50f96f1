"""The recurrent encoder: Elman, GRU or LSTM cells over the tokens of a sentence.

Knows vectors, not where they come from. Equations stand in `runtime.numpy_engine`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tagger.network.dropout import LockedDropout
from tagger.runtime.numpy_engine import NORM_EPSILON

_GATE_BIAS = -1.0  # a highway begins by carrying its input on (Srivastava et al. 2015)
ONWARD, BACK = "left_to_right", "right_to_left"
CELLS: dict[str, Callable[..., nn.RNNBase]] = {"elman": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Connection(nn.Module):
    """What goes on from a recurrent layer: its states, perhaps normalised, thinned out, and
    perhaps with the layer's input.

    Only the states are thinned out, so that a layer's input reaches all layers above it whole;
    and they are so after they are normalised, for what is lost must not change the scale.

    Args:
        kind: "plain", "residual" (He et al. 2016) or "highway" (Srivastava et al. 2015).
        input_size: numbers in a vector that the layer reads.
        output_size: numbers in its states.
        dropout: rate.
        layer_norm: the states are normalised (Ba, Kiros & Hinton 2016).
    """

    def __init__(
        self, kind: str, input_size: int, output_size: int, dropout: float, layer_norm: bool = False
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(output_size, eps=NORM_EPSILON) if layer_norm else None
        self.dropout = LockedDropout(dropout)
        self.is_plain = kind == "plain"
        self.carry: nn.Module | None = None
        self.gate: nn.Module | None = None
        if not self.is_plain and input_size != output_size:
            self.carry = nn.Linear(input_size, output_size)
        if kind == "highway":
            self.gate = nn.Linear(input_size, output_size)
            nn.init.constant_(self.gate.bias, _GATE_BIAS)

    def forward(self, vectors: Tensor, states: Tensor) -> Tensor:
        """(batch, time, input_size), (batch, time, output_size) → (batch, time, output_size)."""
        states = self.dropout(states if self.norm is None else self.norm(states))
        if self.is_plain:
            return states
        carried = vectors if self.carry is None else self.carry(vectors)
        if self.gate is None:
            return carried + states
        return torch.lerp(carried, states, torch.sigmoid(self.gate(vectors)))


class RecurrentEncoder(nn.Module):
    """Stacked recurrent layers, each way or one way, with locked dropout of their states.

    A layer is one cell that reads from left to right and perhaps a second one that
    reads from right to left, over the sentence turned round within its true length.
    (On a CPU torch runs such padded layers faster than packed ones: its LSTM takes
    1.4 times as long on packed sequences, forward and backward pass together.)

    Args:
        cell: "elman", "gru" or "lstm".
        input_size: numbers in a token's vector.
        hidden_size: numbers in a state, each way.
        layers: how many, one on top of the other.
        bidirectional: a second cell reads from the true last token to the first.
        dropout: rate between and after the layers.
        bfloat16: in training, an LSTM computes in it; weights and sums of gradients
            stay in float32. Processors that are made for it take 0.6 times as long, others
            that can do it 1.7 times.
        connections, layer_norm: see `Connection`.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
        bfloat16: bool = False,
        connections: str = "plain",
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        self.in_bfloat16 = bfloat16 and cell == "lstm"  # other cells are trained in float32
        ways = (ONWARD, BACK) if bidirectional else (ONWARD,)
        self.output_size = hidden_size * len(ways)
        sizes = [input_size] + [self.output_size] * (layers - 1)
        self.layers = nn.ModuleList(
            nn.ModuleDict({way: CELLS[cell](size, hidden_size, batch_first=True) for way in ways})
            for size in sizes
        )
        for layer in self.layers.children():
            for module in layer.children():
                initialise(module, hidden_size)
        self.connections = nn.ModuleList(
            Connection(connections, size, self.output_size, dropout, layer_norm) for size in sizes
        )

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Encodes sentences.

        Args:
            vectors: (batch, time, input_size).
            lengths: (batch,), true numbers of tokens.

        Returns:
            (batch, time, output_size); what stands beyond a sentence's length means
            nothing.
        """
        return self.encode(vectors, lengths)[0]

    def encode(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodes sentences as `forward` does.

        Returns:
            What `forward` returns, and the states of the first layer, each way:
            (batch, time, hidden_size), as the cells give them.
        """
        first: list[Tensor] = []
        steps = torch.arange(vectors.shape[1], device=vectors.device)
        turned = lengths.to(vectors.device)[:, None] - 1 - steps
        order = torch.where(turned >= 0, turned, steps)[:, :, None]  # padding stays behind
        for layer, connect in zip(self.layers.children(), self.connections, strict=True):
            onward, *back = layer.children()
            with torch.autocast(
                vectors.device.type, torch.bfloat16, enabled=self.in_bfloat16 and self.training
            ):
                states = [onward(vectors)[0]]
                states += [reordered(cell(reordered(vectors, order))[0], order) for cell in back]
            first = first or [state.float() for state in states]
            vectors = connect(vectors, torch.cat(states, dim=2).float())
        return vectors, first


def runs_in_bfloat16(device: str) -> bool:
    """Tells whether torch has an LSTM in bfloat16 on this device at all, be it slow."""
    try:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            nn.LSTM(2, 2, device=device)(torch.zeros(1, 1, 2, device=device))
    except RuntimeError:  # a CPU without wide vectors
        return False
    return True


def reordered(vectors: Tensor, order: Tensor) -> Tensor:
    """Takes the steps of each sentence in an order: (batch, time, 1) of positions."""
    return vectors.gather(1, order.expand(-1, -1, vectors.shape[2]))


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
