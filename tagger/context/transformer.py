"""A transformer without torch: the contextual vectors of tokens, by ONNX Runtime.

Knows the values that a model file holds of it; `tagger.network.transformer` has the same
in torch, for training.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpora import Sentence
from tagger.context.parts import Read
from tagger.context.subwords import SubwordReader, Windows
from tagger.runtime.numpy_engine import Array, Weights

Encode = Callable[[Sequence[Sequence[str]]], Array]  # B sentences → float32, (B, T, H)

GRAPH_PREFIX = "model."  # of the names that the graph has for the weights
_MEMBERS = ("config.json", "tokenizer.json", "model.onnx", "model.safetensors")  # of a model file
_WINDOWS_AT_ONCE = 8  # of like length, so that little is padding


@dataclass(frozen=True, slots=True, eq=False)
class Transformer:
    """A transformer as values.

    Attributes:
        config: JSON, as in its config.json.
        tokenizer: JSON of its fast tokenizer; see `SubwordReader`.
        graph: ONNX: ids and mask, int64 (W, P) → states, float32 (W, P, H). It names its
            weights, which stand outside.
        weights: name → array.
    """

    config: str
    tokenizer: str
    graph: bytes = b""
    weights: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """That of its folder, or on the hub."""
        return str(json.loads(self.config)["_name_or_path"])

    def reader(self) -> SubwordReader:
        """Returns what splits tokens into its subwords."""
        return SubwordReader(self.tokenizer, int(json.loads(self.config).get("pad_token_id") or 0))

    def members(self) -> dict[str, bytes]:
        """Returns what a model file holds of it, by name of a member."""
        from safetensors.numpy import save

        weights = save(dict(self.weights))
        contents = (self.config.encode(), self.tokenizer.encode(), self.graph, weights)
        return dict(zip(_MEMBERS, contents, strict=True))

    @classmethod
    def from_members(cls, members: Mapping[str, bytes]) -> Transformer:
        """Returns what these members of a model file hold.

        Raises:
            KeyError, TypeError, ValueError, SafetensorError: it is no whole transformer.
        """
        from safetensors.numpy import load

        config, tokenizer, graph, weights = (members[name] for name in _MEMBERS)
        return cls(config.decode(), tokenizer.decode(), graph, load(weights))


class TransformerVectors:
    """See `tagger.context.parts.Part`: contextual vectors, in a learned linear map.

    Args:
        encode: B sentences → float32, (B, T, width).
        width: numbers in these vectors.
        output: numbers that they are mapped to; 0 hands them on as they are.
    """

    name = "transformer"
    layers = ()

    def __init__(self, encode: Encode, width: int, output: int) -> None:
        self._encode = encode
        self.width = width
        self.output = output
        self.size = output or width

    def read(self, sentences: Sequence[Sentence]) -> Read:
        """See `Part`; float32, (B, T, width)."""
        return self._encode([sentence.tokens for sentence in sentences])

    def vectors(self, read: Read, weights: Weights) -> Array:
        """See `Part`."""
        if not self.output:
            return read
        return np.asarray(read @ weights["map.weight"].T + weights["map.bias"])


class OnnxTransformer:
    """Gives tokens the vectors that a transformer has for them.

    Args:
        transformer: with its graph and weights.
        pooling: of the vectors of a token's subwords, see `ModelConfig.transformer_pooling`. A
            token without subwords has zeros.
        threads: of the CPU; 0 takes all cores.

    Raises:
        ValueError: the graph and the weights do not fit together.
    """

    def __init__(self, transformer: Transformer, pooling: str, threads: int = 0) -> None:
        from tagger.runtime.onnx_engine import session
        from tagger.runtime.workers import available_cores

        self._reader = transformer.reader()
        self._pooling = pooling
        weights = {
            GRAPH_PREFIX + name: array.astype(np.float32) for name, array in transformer.weights.items()
        }
        try:
            self._session = session(transformer.graph, weights, threads or available_cores())
        except Exception as error:  # onnxruntime's own errors have no common base
            raise ValueError(str(error).splitlines()[0]) from error
        self._width = int(self._session.get_outputs()[0].shape[2])

    def __call__(self, sentences: Sequence[Sequence[str]]) -> Array:
        """Returns float32, (B, T, H)."""
        read = self._reader.read(sentences)
        windows = self._reader.windows(read)
        vectors = np.zeros((read.shape[0] * read.shape[1], self._width), dtype=np.float32)
        if len(windows.tokens):
            pieces = self._states(windows).reshape(-1, self._width)[windows.places]
            vectors[windows.tokens] = pooled(pieces, windows.counts, self._pooling)
        return vectors.reshape(*read.shape[:2], self._width)

    def _states(self, windows: Windows) -> Array:
        states = np.zeros((*windows.ids.shape, self._width), dtype=np.float32)
        mask = windows.mask()
        for start in range(0, len(states), _WINDOWS_AT_ONCE):
            rows = slice(start, start + _WINDOWS_AT_ONCE)
            length = int(windows.lengths[rows].max())
            inputs = {"ids": windows.ids[rows, :length], "mask": mask[rows, :length]}
            states[rows, :length] = self._session.run(None, inputs)[0]
        return states


def pooled(pieces: Array, counts: NDArray[np.int64], pooling: str) -> Array:
    """Makes vectors of tokens of those of their subwords.

    Args:
        pieces: (N, H), token after token.
        counts: (M,) how many each token has, 1 or more.
        pooling: see `ModelConfig.transformer_pooling`.

    Returns:
        (M, H)
    """
    ends = counts.cumsum()
    if pooling == "first":
        return np.asarray(pieces[ends - counts])
    if pooling == "last":
        return np.asarray(pieces[ends - 1])
    if pooling == "max":
        return np.asarray(np.maximum.reduceat(pieces, ends - counts, axis=0))
    sums = np.add.reduceat(pieces, ends - counts, axis=0)
    return np.asarray(sums / counts[:, None].astype(np.float32))
