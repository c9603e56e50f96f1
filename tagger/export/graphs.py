"""Writes the two ONNX graphs of a network: of its forms and of its sentences.

The graphs hold no weights: they name them, and take them from the weights of the
model file when they are loaded (`runtime.onnx_engine.graph_weights`), so that a model
file holds each number once. The equations stand in `runtime.numpy_engine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tagger.config import ModelConfig
from tagger.features import affix_count, form_size
from tagger.runtime.numpy_engine import NORM_EPSILON, prefixes
from tagger.runtime.onnx_engine import graph_weights, quantized
from tagger.version import __version__

Weights = Mapping[str, NDArray[np.float32]]
Arrays = Mapping[str, NDArray[Any]]

_OPSET = 17
_IR_VERSION = 8
_OPERATORS = {"elman": "RNN", "gru": "GRU", "lstm": "LSTM"}
_EXTENSIONS = "com.microsoft"  # operators of ONNX Runtime's own


class GraphBuilder:
    """Collects nodes, inputs and the weights they name.

    Attributes:
        prefix: put before the names of weights, constants and nodes, so that several
            networks find room in one graph; not before those of inputs.
    """

    def __init__(self, weights: Arrays) -> None:
        self.prefix = ""
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []

    def __contains__(self, name: str) -> bool:
        """Tells whether there is a weight of that name."""
        return self.prefix + name in self._weights

    def input(self, name: str, kind: int, dimensions: list[str | int]) -> str:
        """Declares an input once; dimensions that vary have a name."""
        if name not in [value.name for value in self._inputs]:
            self._inputs.append(helper.make_tensor_value_info(name, kind, dimensions))
        return name

    def weight(self, name: str) -> str:
        """Names a weight; its numbers stay outside of the graph."""
        name = self.prefix + name
        array = self._weights[name]
        tensor = onnx.TensorProto(
            name=name,
            data_type=TensorProto.INT8 if array.dtype == np.int8 else TensorProto.FLOAT,
            dims=array.shape,
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in (("location", "weights"), ("offset", "0"), ("length", array.nbytes)):
            tensor.external_data.add(key=key, value=str(value))
        self._initializers[name] = tensor
        return name

    def constant(self, name: str, values: list[int], shape: list[int] | None = None) -> str:
        """Adds whole numbers that belong to the graph itself."""
        name = self.prefix + name
        dimensions = [len(values)] if shape is None else shape
        self._initializers[name] = helper.make_tensor(name, TensorProto.INT64, dimensions, values)
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Adds a node; returns the name of its (first) output."""
        outputs = [name and self.prefix + name for name in output.split(",")]
        self._nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return next(name for name in outputs if name)

    def model(self, outputs: Mapping[str, list[str | int]]) -> bytes:
        """Returns the model as bytes; that it loads and agrees is checked by its maker."""
        graph = helper.make_graph(
            self._nodes,
            "tagger",
            self._inputs,
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, dimensions)
                for name, dimensions in outputs.items()
            ],
            list(self._initializers.values()),
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_EXTENSIONS, 1)],
            ir_version=_IR_VERSION,
            producer_name="rnn-tagger",
            producer_version=__version__,
        )
        return bytes(model.SerializeToString())


def form_graph(config: ModelConfig, weights: Weights) -> bytes:
    """Returns the graph: ids of F forms → vectors, (F, size); those of the members of an
    ensemble stand side by side."""
    builder = GraphBuilder(graph_weights(weights, config.cell))
    vectors = []
    networks = prefixes(weights)
    for prefix in networks:
        builder.prefix = prefix
        vectors.append(_form_vectors(builder, config))
    builder.prefix = ""
    if len(vectors) > 1:
        builder.node("Concat", vectors, "vectors", axis=1)
    return builder.model({"vectors": ["forms", len(networks) * form_size(config)]})


def _form_vectors(builder: GraphBuilder, config: ModelConfig) -> str:
    parts = []
    if config.word_size:
        words = builder.input("words", TensorProto.INT64, ["forms"])
        table = builder.weight("forms.parts.words.table.weight")
        parts.append(builder.node("Gather", [table, words], "word_vectors"))
    if config.character_encoder != "none":
        ids = builder.input("characters", TensorProto.INT64, ["forms", "steps"])
        lengths = builder.input("lengths", TensorProto.INT32, ["forms"])
        table = builder.weight("forms.parts.characters.table.weight")
        vectors = builder.node("Gather", [table, ids], "character_vectors")
        encode = _character_cnn if config.character_encoder == "cnn" else _character_lstm
        parts.append(encode(builder, config, vectors, lengths))
    if config.affix_size:
        affixes = builder.input("affixes", TensorProto.INT64, ["forms", affix_count(config)])
        table = builder.weight("forms.parts.affixes.table.weight")
        vectors = builder.node("Gather", [table, affixes], "affix_vectors")
        parts.append(builder.node("Flatten", [vectors], "affixes_joined", axis=1))
    if config.shape_size:
        shapes = builder.input("shapes", TensorProto.INT64, ["forms"])
        table = builder.weight("forms.parts.shapes.table.weight")
        parts.append(builder.node("Gather", [table, shapes], "shape_vectors"))
    if config.static_size:
        rows = builder.input("static", TensorProto.INT64, ["forms"])
        table = builder.weight("forms.parts.static.table.weight")
        parts.append(builder.node("Gather", [table, rows], "static_vectors"))
    joined = builder.node("Concat", parts, "joined", axis=1)
    if config.projection:
        W = builder.weight("forms.projection.weight")
        b = builder.weight("forms.projection.bias")
        return builder.node("Gemm", [joined, W, b], "vectors", transB=1)
    return builder.node("Identity", [joined], "vectors")


def sentence_graph(
    config: ModelConfig, weights: Weights, heads: int, precision: str = "float32"
) -> bytes:
    """Returns the graph: vectors of forms and context (time, batch, size), lengths (batch,) →
    emissions of each head, (batch, time, tags)."""
    arrays: Arrays = graph_weights(weights, config.cell)
    builder = GraphBuilder(quantized(arrays) if precision == "int8" else arrays)
    size = vector_size(weights)
    vectors = builder.input("vectors", TensorProto.FLOAT, ["time", "batch", size])
    lengths = builder.input("lengths", TensorProto.INT32, ["batch"])
    networks = prefixes(weights)
    shares = [vectors]
    if len(networks) > 1:
        shares = [f"{prefix}vectors" for prefix in networks]
        builder.node("Split", [vectors], ",".join(shares), axis=2)
    emissions = []
    for prefix, share in zip(networks, shares, strict=True):
        builder.prefix = prefix
        states = _encoded(builder, config, share, lengths, precision)
        emissions.append([_emissions(builder, i, states) for i in range(heads)])
    builder.prefix = ""
    outputs: dict[str, list[str | int]] = {}
    for i, scores in enumerate(zip(*emissions, strict=True)):
        if len(scores) > 1:
            builder.node("Mean", list(scores), f"emissions_{i}")
        tags = int(weights[f"{networks[0]}heads.{i}.output.bias"].shape[0])
        outputs[f"emissions_{i}"] = ["batch", "time", tags]
    return builder.model(outputs)


def _encoded(
    builder: GraphBuilder, config: ModelConfig, vectors: str, lengths: str, precision: str
) -> str:
    states, joined_shape = vectors, builder.constant("joined_shape", [0, 0, -1])
    for i in range(config.layers):
        each_way = recurrent_layer(builder, config, i, states, lengths, precision)
        # the last layer's states go on with the batch first, as emissions do
        order = [2, 0, 1, 3] if i == config.layers - 1 else [0, 2, 1, 3]
        turned = builder.node("Transpose", [each_way], f"turned_{i}", perm=order)
        joined = builder.node("Reshape", [turned, joined_shape], f"joined_{i}")
        if config.connections != "plain" and i == config.layers - 1:
            states = builder.node("Transpose", [states], "last_inputs", perm=[1, 0, 2])
        states = connection(builder, config, i, states, joined)
    return states


def _emissions(builder: GraphBuilder, i: int, states: str) -> str:
    return linear(builder, states, f"heads.{i}.output", f"emissions_{i}")


def recurrent_layer(
    builder: GraphBuilder, config: ModelConfig, i: int, states: str, lengths: str, precision: str
) -> str:
    """Adds recurrent layer i; returns the name of its states, (time, directions, batch, hidden)."""
    layer = f"encoder.layers.{i}."
    inputs = [states, *(builder.weight(layer + name) for name in "WRB"), lengths]
    operator = _OPERATORS[config.cell]
    extra: dict[str, Any] = {"linear_before_reset": 1} if config.cell == "gru" else {}
    if precision == "int8":
        scales = (f"{layer}{name}_{kind}" for name in "WR" for kind in ("scale", "zero"))
        inputs += ["", "", "", *map(builder.weight, scales)]  # no first states, no peepholes
        operator = "DynamicQuantizeLSTM"
        extra = {"domain": _EXTENSIONS}
    return builder.node(
        operator,
        inputs,
        f"states_{i}",
        hidden_size=config.hidden_size,
        direction="bidirectional" if config.bidirectional else "forward",
        **extra,
    )


def connection(builder: GraphBuilder, config: ModelConfig, i: int, inputs: str, states: str) -> str:
    """Adds what normalises the states of recurrent layer i and joins its inputs to them;
    returns what goes on."""
    part = f"encoder.connections.{i}."
    if config.layer_norm:
        norm = [builder.weight(f"{part}norm.{kind}") for kind in ("weight", "bias")]
        name = f"normalised_{i}"
        states = builder.node("LayerNormalization", [states, *norm], name, epsilon=NORM_EPSILON)
    if config.connections == "plain":
        return states
    carried = inputs
    if f"{part}carry.weight" in builder:
        carried = linear(builder, inputs, f"{part}carry", f"carried_{i}")
    if config.connections == "residual":
        return builder.node("Add", [carried, states], f"output_{i}")
    scores = linear(builder, inputs, f"{part}gate", f"gate_scores_{i}")
    gate = builder.node("Sigmoid", [scores], f"open_{i}")
    change = builder.node("Sub", [states, carried], f"change_{i}")
    changed = builder.node("Mul", [gate, change], f"changed_{i}")
    return builder.node("Add", [carried, changed], f"output_{i}")


def linear(builder: GraphBuilder, vectors: str, layer: str, output: str) -> str:
    """Adds a linear map of vectors; returns the name of its output.

    Args:
        layer: begins the names of its weights.
    """
    W, b = (builder.weight(f"{layer}.{kind}") for kind in ("weight", "bias"))
    turned = builder.node("Transpose", [W], f"{layer}.turned", perm=[1, 0])
    product = builder.node("MatMul", [vectors, turned], f"{layer}.product")
    return builder.node("Add", [product, b], output)


def vector_size(weights: Weights) -> int:
    """Returns how many numbers the recurrent layers take for a token, of form and context;
    those of all members together."""
    first = "encoder.layers.0.left_to_right.weight_ih_l0"
    return sum(int(weights[prefix + first].shape[1]) for prefix in prefixes(weights))


def _character_cnn(builder: GraphBuilder, config: ModelConfig, vectors: str, lengths: str) -> str:
    channels = builder.node("Transpose", [vectors], "character_channels", perm=[0, 2, 1])
    W = builder.weight("forms.parts.characters.convolution.weight")
    b = builder.weight("forms.parts.characters.convolution.bias")
    answers = builder.node("Conv", [channels, W, b], "answers", pads=[1, 1])
    rectified = builder.node("Relu", [answers], "rectified")  # (forms, output, steps)
    shape = builder.node("Shape", [vectors], "vectors_shape")
    count = builder.node("Gather", [shape, builder.constant("axis_1", [1], [])], "step_count")
    zero, one = builder.constant("zero", [0], []), builder.constant("one", [1], [])
    steps = builder.node("Range", [zero, count, one], "steps")
    wide = builder.node("Cast", [lengths], "wide_lengths", to=TensorProto.INT64)
    axes = builder.constant("mask_axes", [1, 2])
    column = builder.node("Unsqueeze", [wide, axes], "length_column")
    inside = builder.node("Less", [steps, column], "inside")  # (forms, 1, steps)
    numbers = builder.node("Cast", [inside], "mask", to=TensorProto.FLOAT)
    masked = builder.node("Mul", [rectified, numbers], "masked")
    return builder.node("ReduceMax", [masked], "characters_read", axes=[2], keepdims=0)


def _character_lstm(builder: GraphBuilder, config: ModelConfig, vectors: str, lengths: str) -> str:
    steps_first = builder.node("Transpose", [vectors], "character_steps", perm=[1, 0, 2])
    weights = [builder.weight(f"forms.parts.characters.lstm.layers.0.{name}") for name in "WRB"]
    last = builder.node(
        "LSTM",
        [steps_first, *weights, lengths],
        ",last_states",
        hidden_size=config.character_output // 2,
        direction="bidirectional",
    )  # (directions, forms, hidden)
    forms_first = builder.node("Transpose", [last], "last_by_form", perm=[1, 0, 2])
    return builder.node("Flatten", [forms_first], "characters_read", axis=1)
