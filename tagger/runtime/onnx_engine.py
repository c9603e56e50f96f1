"""Scores tokens with ONNX Runtime: the default engine. Knows nothing of training.

Two graphs: one encodes forms, the other encodes sentences of form vectors. What
depends on a form alone is computed once and kept in a table; it begins with the known
forms that come with the model, and goes back to these when it is full, so that memory
stays bounded however many forms a text has.

Batches of sentences are scored side by side, each by one thread: that keeps cores
busier than several threads within one recurrent layer, whose steps wait for each other.
In int8, the weights of recurrent layers are rounded to whole numbers, and the numbers
that go through them likewise, with a scale for each batch (dynamic quantization).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tagger.features import FormIndexer
from tagger.runtime.form_table import FormTable
from tagger.runtime.numpy_engine import (
    CELL_WEIGHTS,
    CONTEXT_PREFIX,
    beside,
    prefixes,
    transitions,
    within,
)
from tagger.runtime.workers import available_cores

Array = NDArray[np.float32]

# The order in which ONNX wants the gates, as positions in torch's order:
# LSTM i,f,g,o → i,o,f,c; GRU r,z,n → z,r,h.
GATES = {"elman": (0,), "gru": (1, 0, 2), "lstm": (0, 3, 1, 2)}

INT8_CELLS = ("lstm",)  # those that ONNX Runtime has in int8

FORM_PREFIX = "forms."  # of the names of weights that the form graph uses

_FORMS_AT_ONCE = 1024
_TABLE_ROWS = 100_000
_LARGEST_INT8 = 127
_FIRST_ROWS = 4096


class OnnxEngine:
    """See `tagger.runtime.engine.Engine`.

    Args:
        cell: "elman", "gru" or "lstm".
        indexer: turns forms into ids.
        weights: of a model file; the graphs take them by name (see `graph_weights`).
        form_graph, sentence_graph: ONNX models, without weights of their own.
        threads: of the CPU; 0 takes all cores.
        precision: "float32" or "int8", of the recurrent layers in `sentence_graph`.
        table: vectors of known forms, where there are some.

    Raises:
        ValueError: a graph and the weights do not fit together.
    """

    def __init__(
        self,
        cell: str,
        indexer: FormIndexer,
        weights: Mapping[str, Array],
        form_graph: bytes,
        sentence_graph: bytes,
        threads: int = 0,
        precision: str = "float32",
        table: FormTable | None = None,
    ) -> None:
        self.workers = threads or available_cores()
        self._indexer = indexer
        self._transitions = transitions(weights)
        arrays = graph_weights(weights, cell)
        networks = prefixes(weights)
        self._members = len(networks)
        for_forms = tuple(prefix + FORM_PREFIX for prefix in networks)
        of_forms = {name: a for name, a in arrays.items() if name.startswith(for_forms)}
        others = {name: a for name, a in arrays.items() if name not in of_forms}
        if precision == "int8":
            others = quantized(others)
        try:
            self._form_session = session(form_graph, of_forms, self.workers)
            self._sentence_session = session(sentence_graph, others, 1)
        except Exception as error:  # onnxruntime's own errors have no common base
            raise ValueError(str(error).splitlines()[0]) from error
        self._form_inputs = [i.name for i in self._form_session.get_inputs()]
        size = int(self._form_session.get_outputs()[0].shape[1])
        known = table or FormTable((), np.zeros((0, size), np.float32))
        self._known = known.rows(1)  # rows count from 1: row 0 pads
        self._rows = self._known.copy()
        self._table = np.zeros((1 + len(known.forms) + _FIRST_ROWS, size), dtype=np.float32)
        self._table[1 : 1 + len(known.forms)] = known.vectors
        self._looking_up = threading.Lock()  # of the rows and the table, which forms change

    def emissions(self, sentences: Sequence[Sequence[str]], context: Array | None = None) -> list[Array]:
        return self.begin(sentences, context)()

    def begin(
        self, sentences: Sequence[Sequence[str]], context: Array | None = None
    ) -> Callable[[], list[Array]]:
        """Looks the forms up, and encodes those that are new."""
        lengths = np.array([len(tokens) for tokens in sentences], dtype=np.int32)
        with self._looking_up:
            vectors = self._vectors(sentences, int(lengths.max()))
        if context is not None:
            vectors = beside(vectors, context.transpose(1, 0, 2), self._members)
        inputs = {"vectors": vectors, "lengths": lengths}
        return lambda: list(self._sentence_session.run(None, inputs))

    def transitions(self) -> list[Array | None]:
        return list(self._transitions)

    def _vectors(self, sentences: Sequence[Sequence[str]], longest: int) -> Array:
        """Returns a copy of the forms' vectors, time first, as ONNX has it."""
        # in the order of the text, so that each run does the same
        distinct = dict.fromkeys(chain.from_iterable(sentences))
        if len(self._rows) + len(distinct) > _TABLE_ROWS:
            self._rows = self._known.copy()
        new = [form for form in distinct if form not in self._rows]
        for start in range(0, len(new), _FORMS_AT_ONCE):
            self._encode(new[start : start + _FORMS_AT_ONCE])
        rows = np.zeros((len(sentences), longest), dtype=np.int64)
        row_of = self._rows.__getitem__
        for i, tokens in enumerate(sentences):
            rows[i, : len(tokens)] = [*map(row_of, tokens)]
        return self._table[rows.T]

    def _encode(self, forms: list[str]) -> None:
        batch = self._indexer.index(forms)
        inputs = {name: getattr(batch, name) for name in self._form_inputs}
        if "lengths" in inputs:
            inputs["lengths"] = batch.lengths.astype(np.int32)
        first = len(self._rows) + 1
        needed = first + len(forms)
        if needed > len(self._table):
            grown = np.zeros((max(needed, 2 * len(self._table)), self._table.shape[1]), np.float32)
            grown[:first] = self._table[:first]
            self._table = grown
        self._table[first:needed] = self._form_session.run(None, inputs)[0]
        self._rows.update(zip(forms, range(first, needed), strict=True))


def graph_weights(weights: Mapping[str, Array], cell: str) -> dict[str, Array]:
    """Returns the arrays that the graphs name: those of a model file but for its context,
    and of each recurrent layer W, R and B as ONNX lays them out.

    W: (directions, gates · hidden, input), R: (directions, gates · hidden, hidden),
    B: (directions, 2 · gates · hidden), gates in the order of `GATES`.
    """
    arrays: dict[str, Array] = {}
    networks = prefixes(weights)
    for_forms, for_context = (
        tuple(prefix + part for prefix in networks) for part in (FORM_PREFIX, CONTEXT_PREFIX)
    )
    for name, array in weights.items():
        layer, recurrent, _ = name.partition("left_to_right.weight_ih_l0")
        if recurrent:
            gates = GATES["lstm" if layer.startswith(for_forms) else cell]
            laid_out = _laid_out(within(weights, layer), gates)
            arrays |= {layer + kind: value for kind, value in laid_out.items()}
        elif "_l0" not in name and not (name.endswith(".transitions") or name.startswith(for_context)):
            arrays[name] = array.astype(np.float32, copy=False)
    return arrays


def quantized(arrays: Mapping[str, Array]) -> dict[str, NDArray[Any]]:
    """Returns the arrays that the int8 graph of sentences names: of each recurrent layer
    W and R as whole numbers from -127 to 127, transposed, with a scale for each output.

    W: (directions, input, gates · hidden), W_scale: (directions, gates · hidden),
    W_zero likewise, all 0; R likewise.
    """
    found: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if name.endswith((".W", ".R")):
            largest = np.abs(array).max(axis=2)
            scale = np.where(largest > 0, largest / _LARGEST_INT8, 1.0).astype(np.float32)
            whole = np.rint(array / scale[:, :, None]).astype(np.int8)
            found[name] = np.ascontiguousarray(whole.transpose(0, 2, 1))
            found[f"{name}_scale"] = scale
            found[f"{name}_zero"] = np.zeros(scale.shape, np.int8)
        else:
            found[name] = array
    return found


def _laid_out(layer: Mapping[str, Array], gates: tuple[int, ...]) -> dict[str, Array]:
    def block(name: str) -> Array:
        parts = np.split(layer[name], len(gates))
        return np.concatenate([parts[gate] for gate in gates])

    ways = [way for way in ("left_to_right.", "right_to_left.") if f"{way}weight_ih_l0" in layer]
    W_x, W_h, b_x, b_h = ([block(way + name) for way in ways] for name in CELL_WEIGHTS)
    B = [np.concatenate(pair) for pair in zip(b_x, b_h, strict=True)]
    return {"W": np.stack(W_x), "R": np.stack(W_h), "B": np.stack(B)}


def session(
    graph: bytes, weights: Mapping[str, NDArray[Any]], threads: int
) -> onnxruntime.InferenceSession:
    """Loads a graph and gives it the weights that it names."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # further optimizations take longer than they ever save in graphs as plain as these
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3  # what goes wrong is raised; warnings tell users nothing
    names = list(weights)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(weights[name]) for name in names]
    options.add_external_initializers(names, values)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
