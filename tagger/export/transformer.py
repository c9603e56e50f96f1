"""Writes the ONNX graph of a transformer: ids of subwords → hidden states.

The graph holds no weights; see `tagger.export.graphs`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import onnx
import torch
from onnx import TensorProto

from tagger.network.transformer import HiddenStates
from tagger.runtime.onnx_engine import session

_OPSET = 17
_TOLERANCE = 1e-4  # of states, relative to the largest one
_TRACED, _CHECKED = (2, 7), ((1, 3), (3, 12))  # windows and subwords


def transformer_graph(states: HiddenStates) -> bytes:
    """Traces a transformer and compares what the graph gives with what torch gives.

    Raises:
        ValueError: the transformer cannot be written so.
    """
    try:
        graph = _without_weights(_traced(states), {name for name, _ in states.named_parameters()})
        distance = _distance(states, graph)
    except Exception as error:  # of any kind, from the pages of any transformer
        message = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"no graph of it ({message})") from error
    if not distance <= _TOLERANCE:
        raise ValueError(f"a graph whose vectors differ by {distance:.1e}")
    return graph


def _traced(states: HiddenStates) -> bytes:
    file = io.BytesIO()
    names = ("ids", "mask", "states")
    with warnings.catch_warnings(), _told_apart(states):
        warnings.simplefilter("ignore")  # of values that are taken as fixed; the check would show
        torch.onnx.export(
            states.eval(),
            _inputs(*_TRACED),
            file,  # type: ignore[arg-type, unused-ignore] # which takes files too
            input_names=list(names[:2]),
            output_names=list(names[2:]),
            dynamic_axes={name: {0: "windows", 1: "subwords"} for name in names},
            opset_version=_OPSET,
            do_constant_folding=False,  # which would change the weights
            dynamo=False,
        )
    return file.getvalue()


@contextmanager
def _told_apart(states: HiddenStates) -> Iterator[None]:
    """Gives all weights numbers of their own: equal ones would be one weight of the graph."""
    parameters = list(states.parameters())
    with torch.no_grad():
        kept = [values.clone() for values in parameters]
        for i, values in enumerate(parameters):
            values.fill_(i / len(parameters))
        try:
            yield
        finally:
            for values, before in zip(parameters, kept, strict=True):
                values.copy_(before)


def _inputs(windows: int, subwords: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Makes windows of which the first one has padding."""
    ids = torch.arange(windows * subwords).reshape(windows, subwords) % 5 + 3
    mask = torch.ones_like(ids)
    mask[0, subwords // 2 + 1 :] = 0
    return ids, mask


def _without_weights(model: bytes, names: set[str]) -> bytes:
    graph = onnx.load_from_string(model)
    unused = names - {tensor.name for tensor in graph.graph.initializer}
    if unused:
        raise ValueError(f"weights without use: {min(unused)}")
    for tensor in graph.graph.initializer:
        if tensor.name in names:
            size = len(tensor.raw_data)
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", "weights"), ("offset", "0"), ("length", str(size))):
                tensor.external_data.add(key=key, value=value)
    return bytes(graph.SerializeToString())


def _distance(states: HiddenStates, graph: bytes) -> float:
    """Returns how far graph and transformer are apart, relative to the largest number."""
    weights = {name: values.detach().numpy() for name, values in states.named_parameters()}
    made = session(graph, weights, 1)
    found = []
    for shape in _CHECKED:
        ids, mask = _inputs(*shape)
        with torch.inference_mode():
            ours = states(ids, mask).numpy()[mask.numpy() == 1]
        theirs = made.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})[0][mask.numpy() == 1]
        found.append(float(np.abs(ours - theirs).max() / max(1.0, float(np.abs(ours).max()))))
    return max(found)
