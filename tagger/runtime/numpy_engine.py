"""Every equation of the tagger on one page, in NumPy: the reference engine.

It is written to be read, and to check the fast engines against. Gate order and
weight names are those of torch: a weight of a cell holds one block of `hidden` rows
for each gate, one below the other.

    Elman (1990)                 h_t = tanh(W_x x_t + W_h h_{t-1} + b)

    GRU (Cho et al. 2014)        r_t = σ(W_xr x_t + b_xr + W_hr h_{t-1} + b_hr)
                                 z_t = σ(W_xz x_t + b_xz + W_hz h_{t-1} + b_hz)
                                 n_t = tanh(W_xn x_t + b_xn + r_t ⊙ (W_hn h_{t-1} + b_hn))
                                 h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}

    LSTM (Hochreiter &           i_t, f_t, o_t = σ(W_x x_t + W_h h_{t-1} + b), each its own
    Schmidhuber 1997)            g_t = tanh(W_xg x_t + W_hg h_{t-1} + b_g)
                                 c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
                                 h_t = o_t ⊙ tanh(c_t)

    Layer normalisation          h_t ← γ ⊙ (h_t - mean(h_t)) / sqrt(var(h_t) + ε) + β
    (Ba et al. 2016)

    Residual layer               s_t = h_t + x_t
    (He et al. 2016)

    Highway layer                g_t = σ(W_g x_t + b_g)
    (Srivastava et al. 2015)     s_t = g_t ⊙ h_t + (1 - g_t) ⊙ x_t

    Output, every step           y_t = W_y s_t + b_y

A bidirectional layer runs one cell from the first token to the last and a second one
from the true last token (not from the padding) to the first, and joins their states.
What goes on from a layer, s_t, are its states h_t alone unless it is residual or a highway;
in these an x_t of another width than h_t is first mapped to it: W_c x_t + b_c.
Where several networks score together, y_t and the transitions of a CRF are the means of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagger.config import ModelConfig
from tagger.features import FormBatch, FormIndexer, distinct
from tagger.runtime.form_table import FormLookup, FormTable

Array = NDArray[Any]  # float32 in use; tests run the cells in float64 too
Weights = Mapping[str, Array]
Cell = Callable[..., Array]

NORM_EPSILON = 1e-5  # ε of layer normalisation


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + exp(-x)), written so that it cannot overflow."""
    return np.asarray(0.5 * (np.tanh(0.5 * x) + 1.0))


def elman(x: Array, W_x: Array, W_h: Array, b_x: Array, b_h: Array) -> Array:
    """Runs an Elman cell over the steps of a sequence, or of a batch of them.

    >>> x = np.ones((3, 2), dtype=np.float32)          # (time, input)
    >>> W_x, W_h = np.eye(2, dtype=np.float32), np.zeros((2, 2), dtype=np.float32)
    >>> b = np.zeros(2, dtype=np.float32)
    >>> elman(x, W_x, W_h, b, b).round(3)[0]
    array([0.762, 0.762], dtype=float32)

    Args:
        x: (time, input) or (batch, time, input).
        W_x: (hidden, input). W_h: (hidden, hidden).
        b_x, b_h: (hidden,); their sum is the b of the equation.

    Returns:
        h: (time, hidden) or (batch, time, hidden), from h_0 = 0.
    """
    h = np.zeros((*x.shape[:-2], W_h.shape[1]), dtype=x.dtype)
    states = []
    for t in range(x.shape[-2]):
        h = np.tanh(x[..., t, :] @ W_x.T + b_x + h @ W_h.T + b_h)
        states.append(h)
    return np.stack(states, axis=-2)


def gru(x: Array, W_x: Array, W_h: Array, b_x: Array, b_h: Array) -> Array:
    """Runs a GRU; shapes as for `elman`, weights in blocks r, z, n: (3 · hidden, …)."""
    h = np.zeros((*x.shape[:-2], W_h.shape[1]), dtype=x.dtype)
    states = []
    for t in range(x.shape[-2]):
        xr, xz, xn = np.split(x[..., t, :] @ W_x.T + b_x, 3, axis=-1)
        hr, hz, hn = np.split(h @ W_h.T + b_h, 3, axis=-1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        n = np.tanh(xn + r * hn)
        h = (1 - z) * n + z * h
        states.append(h)
    return np.stack(states, axis=-2)


def lstm(x: Array, W_x: Array, W_h: Array, b_x: Array, b_h: Array) -> Array:
    """Runs an LSTM; shapes as for `elman`, weights in blocks i, f, g, o: (4 · hidden, …)."""
    h = np.zeros((*x.shape[:-2], W_h.shape[1]), dtype=x.dtype)
    c = np.zeros_like(h)
    states = []
    for t in range(x.shape[-2]):
        i, f, g, o = np.split(x[..., t, :] @ W_x.T + b_x + h @ W_h.T + b_h, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.stack(states, axis=-2)


CELLS: dict[str, Cell] = {"elman": elman, "gru": gru, "lstm": lstm}
# torch's names of W_x, W_h, b_x and b_h
CELL_WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
MEMBERS = "members."  # begins the names of weights where several networks score together

CONTEXT_PREFIX = "context."  # of the names of weights that no engine needs: context comes ready


def reverse(x: Array, lengths: NDArray[np.int64]) -> Array:
    """Turns round the first `lengths[b]` steps of each sequence; padding stays behind.

    Args:
        x: (batch, time, size).
    """
    steps = np.arange(x.shape[1])
    turned = lengths[:, None] - 1 - steps
    order = np.where(turned >= 0, turned, steps)  # (batch, time)
    return np.take_along_axis(x, order[:, :, None], axis=1)


def recurrent(cell: Cell, x: Array, lengths: NDArray[np.int64], weights: Weights) -> Array:
    """Runs one recurrent layer.

    Args:
        x: (batch, time, input).
        lengths: (batch,) true numbers of steps.
        weights: "left_to_right." and, where the layer reads both ways, "right_to_left."
            followed by the names of `CELL_WEIGHTS`.

    Returns:
        (batch, time, hidden), or twice as wide where there is a way back.
    """
    states = cell(x, *(weights[f"left_to_right.{name}"] for name in CELL_WEIGHTS))
    if "right_to_left.weight_ih_l0" not in weights:
        return states
    turned = reverse(x, lengths)
    backward = cell(turned, *(weights[f"right_to_left.{name}"] for name in CELL_WEIGHTS))
    return np.concatenate([states, reverse(backward, lengths)], axis=-1)


def connected(x: Array, states: Array, weights: Weights, kind: str) -> Array:
    """Returns what goes on from a recurrent layer.

    Args:
        x: (batch, time, input), what the layer reads.
        states: (batch, time, output).
        weights: "norm.…" where states are normalised, "weight" and "bias" (output,);
            "carry.…" where input and output differ, "gate.…" of a highway,
            "weight" (output, input) and "bias" (output,) each.
        kind: "plain", "residual" or "highway".

    Returns:
        (batch, time, output)
    """
    if "norm.weight" in weights:
        states = normalised(states, within(weights, "norm."))
    if kind == "plain":
        return states
    carried = linear(x, within(weights, "carry.")) if "carry.weight" in weights else x
    if kind == "residual":
        return carried + states
    g = sigmoid(linear(x, within(weights, "gate.")))
    return np.asarray(g * states + (1 - g) * carried)


def normalised(x: Array, weights: Weights) -> Array:
    """Returns vectors of mean 0 and deviation 1, times a gain, "weight", plus a "bias"."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt(variance + NORM_EPSILON)
    return np.asarray(scaled * weights["weight"] + weights["bias"])


def linear(x: Array, weights: Weights) -> Array:
    """Returns W x + b for each vector in x."""
    return np.asarray(x @ weights["weight"].T + weights["bias"])


def character_cnn(characters: Array, lengths: NDArray[np.int64], weights: Weights) -> Array:
    """Slides filters over three characters at a time and keeps the strongest answer.

    Args:
        characters: (forms, characters, size), zero beyond each form's length.
        lengths: (forms,).
        weights: "convolution.weight" (output, size, 3), "convolution.bias" (output,).

    Returns:
        (forms, output): max over the form of max(0, W [c_{t-1}; c_t; c_{t+1}] + b).
    """
    W, b = weights["convolution.weight"], weights["convolution.bias"]
    padded = np.pad(characters, ((0, 0), (1, 1), (0, 0)))
    windows = np.stack([padded[:, i : i + characters.shape[1]] for i in range(3)], axis=-1)
    answers = np.maximum(np.einsum("ftsk,osk->fto", windows, W) + b, 0)
    beyond = np.arange(characters.shape[1]) >= lengths[:, None]
    answers[beyond] = 0
    return np.asarray(answers.max(axis=1))


def character_lstm(characters: Array, lengths: NDArray[np.int64], weights: Weights) -> Array:
    """Returns the last state of an LSTM each way, (forms, output); see `character_cnn`."""
    states = recurrent(lstm, characters, lengths, within(weights, "lstm.layers.0."))
    hidden = states.shape[-1] // 2
    forms = np.arange(len(lengths))
    return np.concatenate([states[forms, lengths - 1, :hidden], states[:, 0, hidden:]], axis=-1)


def form_vectors(batch: FormBatch, weights: Weights) -> Array:
    """Encodes forms: looks up their features, joins and projects them.

    Args:
        batch: ids of F forms.
        weights: as in a model file, names without the leading "forms.".

    Returns:
        (F, size)
    """
    parts = []
    if "parts.words.table.weight" in weights:
        parts.append(looked_up(weights["parts.words.table.weight"], batch.words))
    if "parts.characters.table.weight" in weights:
        inner = within(weights, "parts.characters.")
        encode = character_cnn if "convolution.weight" in inner else character_lstm
        characters = looked_up(inner["table.weight"], batch.characters)
        parts.append(encode(characters, batch.lengths, inner))
    if "parts.affixes.table.weight" in weights:
        affixes = looked_up(weights["parts.affixes.table.weight"], batch.affixes)
        parts.append(affixes.reshape(len(affixes), -1))
    if "parts.shapes.table.weight" in weights:
        parts.append(looked_up(weights["parts.shapes.table.weight"], batch.shapes))
    if "parts.static.table.weight" in weights:
        parts.append(looked_up(weights["parts.static.table.weight"], batch.static))
    joined = np.concatenate(parts, axis=-1)
    if "projection.weight" not in weights:
        return joined
    return linear(joined, within(weights, "projection."))


def looked_up(table: Array, rows: NDArray[np.int64]) -> Array:
    """Returns rows of a table, float32 be it stored in float32 or float16."""
    return table[rows].astype(np.float32, copy=False)


def within(weights: Weights, prefix: str) -> dict[str, Array]:
    """Returns the weights whose names begin with a prefix, without it."""
    return {
        name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)
    }


class _Network(NamedTuple):
    """The weights of one network: of its recurrent layers, what joins these, and its heads."""

    layers: list[dict[str, Array]]
    connections: list[dict[str, Array]]
    heads: list[dict[str, Array]]

    @classmethod
    def of(cls, weights: Weights, layers: int) -> _Network:
        parts = [
            [within(weights, f"encoder.{part}.{i}.") for i in range(layers)]
            for part in ("layers", "connections")
        ]
        return cls(parts[0], parts[1], heads(weights))


class NumpyEngine:
    """The whole network, step by step. See `tagger.runtime.engine.Engine`.

    Args:
        config: names the cell and the connections.
        indexer: turns forms into ids.
        weights: of a model file.
        table: vectors of known forms, where there are some.
    """

    workers = 1

    def __init__(
        self,
        config: ModelConfig,
        indexer: FormIndexer,
        weights: Weights,
        table: FormTable | None = None,
    ) -> None:
        self._cell = CELLS[config.cell]
        networks = [within(weights, prefix) for prefix in prefixes(weights)]
        encoders = [within(network, "forms.") for network in networks]

        def encode(forms: list[str]) -> Array:
            batch = indexer.index(forms)
            return np.concatenate([form_vectors(batch, encoder) for encoder in encoders], axis=-1)

        self._vectors = FormLookup(table, encode)
        self._kind = config.connections
        self._networks = [_Network.of(network, config.layers) for network in networks]
        self._transitions = transitions(weights)

    def emissions(self, sentences: Sequence[Sequence[str]], context: Array | None = None) -> list[Array]:
        forms, rows, lengths = distinct(sentences)
        x = self._vectors(forms)[rows]  # (batch, time, size)
        if context is not None:
            x = beside(x, context, len(self._networks))
        shares = np.split(x, len(self._networks), axis=-1)
        scores = [
            self._scores(share, lengths, network)
            for share, network in zip(shares, self._networks, strict=True)
        ]
        return [np.asarray(np.mean(each, axis=0)) for each in zip(*scores, strict=True)]

    def _scores(self, x: Array, lengths: NDArray[np.int64], network: _Network) -> list[Array]:
        for layer, connection in zip(network.layers, network.connections, strict=True):
            states = recurrent(self._cell, x, lengths, layer)
            x = connected(x, states, connection, self._kind)
        return [linear(x, within(head, "output.")) for head in network.heads]

    def begin(
        self, sentences: Sequence[Sequence[str]], context: Array | None = None
    ) -> Callable[[], list[Array]]:
        return lambda: self.emissions(sentences, context)

    def transitions(self) -> list[Array | None]:
        return list(self._transitions)


def beside(vectors: Array, context: Array, members: int) -> Array:
    """Joins form and context vectors, of an ensemble those of each member.

    Args:
        vectors, context: (…, members · size), each with a size of its own.
    """
    lead = vectors.shape[:-1]
    parts = [array.reshape(*lead, members, array.shape[-1] // members) for array in (vectors, context)]
    return np.concatenate(parts, axis=-1).reshape(*lead, vectors.shape[-1] + context.shape[-1])


def prefixes(weights: Weights) -> list[str]:
    """Returns what the names of weights begin with: "" for one network, for the members
    of an ensemble "members.0.", "members.1." …"""
    members = {int(name.split(".")[1]) for name in weights if name.startswith(MEMBERS)}
    return [f"{MEMBERS}{i}." for i in sorted(members)] or [""]


def transitions(weights: Weights) -> list[Array | None]:
    """Returns the transitions of each head, means over the members of an ensemble."""
    networks = [heads(within(weights, prefix)) for prefix in prefixes(weights)]
    each = [[head.get("transitions") for head in network] for network in networks]
    return [
        None if same[0] is None else np.mean(same, axis=0)  # type: ignore[arg-type]
        for same in zip(*each, strict=True)
    ]


def heads(weights: Weights) -> list[dict[str, Array]]:
    """Returns the weights of each output head, in the order of the layers of tags."""
    found: list[dict[str, Array]] = []
    while head := within(weights, f"heads.{len(found)}."):
        found.append(head)
    return found
