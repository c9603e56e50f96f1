"""The scores of a layer → tags, spans and confidences of sentences.

Knows what tags mean; knows no engine, and no text.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora import Span, schemes
from tagger.layers import FORBIDDEN, TagLayer
from tagger.runtime import decoding
from tagger.runtime.engine import Scores


class Tagged(NamedTuple):
    """What a layer says of one sentence."""

    tags: list[str]
    spans: list[Span]
    confidences: list[float] | None


class Decoder:
    """Turns the scores of one layer into tags."""

    def __init__(self, layer: TagLayer, transitions: Scores | None) -> None:
        self._layer = layer
        self._symbols = np.array(layer.symbols, dtype=object)
        self._ids = {symbol: i for i, symbol in enumerate(layer.symbols)}
        self._transitions: Scores | None = None
        if transitions is not None or layer.scheme is not None:
            allowed = layer.transition_mask()
            free = np.zeros(allowed.shape, np.float32) if transitions is None else transitions
            self._transitions = np.where(allowed, free, np.float32(FORBIDDEN))
        # BIOES tells more than the other schemes write, which confidences are of
        self._alike = layer.alike().astype(np.float64) if layer.scheme in ("IOB1", "IOB2") else None

    def decode(self, emissions: Scores, lengths: NDArray[np.int64], confidence: bool) -> list[Tagged]:
        """Decodes a batch: emissions (batch, time, tags), lengths (batch,)."""
        if self._layer.head == "sigmoid":
            return self._decode_sets(emissions, lengths, confidence)
        posterior = None
        if self._transitions is None:
            path = emissions.argmax(axis=2)
            marginals = decoding.softmax(emissions) if confidence else None
        else:
            path = decoding.viterbi(emissions, lengths, self._transitions)
            if confidence:
                posterior = decoding.forward_backward(emissions, lengths, self._transitions)
            marginals = posterior.marginals() if posterior else None
        if marginals is not None and self._alike is not None:
            marginals = np.minimum(marginals @ self._alike, 1.0)
        chosen = (
            None
            if marginals is None
            else np.take_along_axis(marginals, path[:, :, None], axis=2)[:, :, 0].tolist()
        )
        results = []
        for i, length in enumerate(lengths.tolist()):
            ids = path[i, :length]
            symbols = self._symbols[ids].tolist()
            spans: list[Span] = []
            confidences = chosen[i][:length] if chosen else None
            if self._layer.scheme is not None and ids.any():  # symbol 0 is O
                spans = schemes.to_spans(symbols)
                symbols = schemes.from_spans(spans, length, self._layer.scheme)
                if posterior is not None:
                    spans = [
                        dataclasses.replace(
                            s, confidence=posterior.of_segment(i, s.start, ids[s.start : s.end])
                        )
                        for s in spans
                    ]
                    if confidences and self._layer.scheme == "IOB1":
                        self._tell_touching(posterior, i, symbols, confidences)
            results.append(Tagged(symbols, spans, confidences))
        return results

    def _tell_touching(
        self, posterior: decoding.Posterior, sentence: int, tags: list[str], confidences: list[float]
    ) -> None:
        """Puts right what is known of each label to what is known of each tag, in IOB1: B where a
        span follows another of its label at once, I elsewhere."""
        for i, tag in enumerate(tags):
            prefix, label = schemes.split_tag(tag)
            if not label:
                continue
            ends, begins = ([self._ids[f"{p}-{label}"] for p in ps] for ps in ("ES", "BS"))
            touching = posterior.of_move(sentence, i, ends, begins) if i else 0.0
            confidences[i] = touching if prefix == "B" else max(0.0, confidences[i] - touching)

    def _decode_sets(
        self, emissions: Scores, lengths: NDArray[np.int64], confidence: bool
    ) -> list[Tagged]:
        held = emissions > 0  # σ(y) > 1/2
        sure = np.exp(-np.logaddexp(0, -np.abs(emissions)).sum(axis=2))  # of the whole set
        results = []
        for i, length in enumerate(lengths.tolist()):
            tags = [self._layer.tag_of(self._symbols[row].tolist()) for row in held[i, :length]]
            results.append(Tagged(tags, [], sure[i, :length].tolist() if confidence else None))
        return results
