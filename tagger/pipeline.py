"""`Tagger`: the one way in for tagging, from Python, from the commands, in training.

Text or tokens go in; sentences with tags, spans, offsets and confidences come out,
as many and in the same order. Knows no engine in particular and no file format.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from corpora import Sentence, Span, schemes
from corpora.formats import plain
from corpora.options import ReadOptions
from corpora.tokenization import STANDARD_TOKENIZATION, Tokenization
from tagger import bundle as bundles
from tagger.bundle import Bundle, BundleError
from tagger.layers import FORBIDDEN, TagLayer
from tagger.runtime import decoding
from tagger.runtime.engine import Engine, Scores

ENGINES = ("onnx", "numpy")

_WINDOW_TOKENS = 50_000  # read ahead, so that sentences of like length go together
_BATCH_TOKENS = 4096  # padding included


def load(
    path: str | Path,
    *,
    engine: str = "onnx",
    threads: int = 0,
    tokenization: Tokenization | None = None,
) -> Tagger:
    """Loads a model file.

    Args:
        path: a `.tagger` file.
        engine: "onnx" (fast) or "numpy" (the reference).
        threads: of the CPU; 0 takes all cores. For the ONNX engine.
        tokenization: how raw text is split; None: as in training. Has to be given for
            a model that splits with a Python function, which a model file cannot run.

    Raises:
        BundleError: the file is missing, broken, foreign, too new or tampered with.
    """
    tagger = Tagger.from_bundle(bundles.load(Path(path)), engine=engine, threads=threads)
    if tokenization is not None:
        tagger.tokenization = tokenization
    return tagger


class Document(Sequence[Sentence]):
    """A tagged text: its sentences, and what they hold seen as one.

    Offsets, and the positions of spans in `spans`, count from the start of the text.

    Args:
        text: all of it.
        sentences: what it was split into.
        layers: what it was tagged with; each has a list, be it an empty one.
    """

    def __init__(
        self, text: str, sentences: Sequence[Sentence], layers: Sequence[TagLayer] = ()
    ) -> None:
        self.text = text
        self.sentences = list(sentences)
        self._layers = tuple(layers)

    def __len__(self) -> int:
        return len(self.sentences)

    @overload
    def __getitem__(self, index: int) -> Sentence: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sentence]: ...

    def __getitem__(self, index: int | slice) -> Sentence | list[Sentence]:
        return self.sentences[index]

    def __repr__(self) -> str:
        return f"Document({len(self)} sentences, {len(self.tokens)} tokens)"

    @property
    def tokens(self) -> list[str]:
        """All tokens of the text."""
        return [token for sentence in self.sentences for token in sentence.tokens]

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """Half-open character range of each token: text[start:end] is the token."""
        return [pair for sentence in self.sentences for pair in sentence.offsets or []]

    @property
    def tags(self) -> dict[str, list[str]]:
        """Layer → one tag for each token of the text."""
        names = [layer.name for layer in self._layers]
        names = names or [name for sentence in self.sentences[:1] for name in sentence.tags]
        return {name: [t for s in self.sentences for t in s.tags[name]] for name in names}

    @property
    def spans(self) -> dict[str, list[Span]]:
        """Layer → spans; their `start` and `end` are positions in `tokens`."""
        found: dict[str, list[Span]] = {
            layer.name: [] for layer in self._layers if layer.scheme is not None
        }
        first = 0
        for sentence in self.sentences:
            for name, spans in sentence.spans.items():
                found.setdefault(name, []).extend(
                    dataclasses.replace(s, start=s.start + first, end=s.end + first) for s in spans
                )
            first += len(sentence)
        return found


class Tagger:
    """Tags text, tokens or sentences.

        >>> t = load("english.tagger")                               # doctest: +SKIP
        >>> t.tag("Ada Lovelace lived in London.").spans["ner"][0].text  # doctest: +SKIP
        'Ada Lovelace'

    Args:
        layers: what it tags, in the engine's order.
        engine: scores tokens.
        bundle: the model it came from, where there is one.
    """

    def __init__(self, layers: Sequence[TagLayer], engine: Engine, bundle: Bundle | None = None) -> None:
        self.layers = tuple(layers)
        self.bundle = bundle
        self._tokenization: Tokenization | None = None
        self._engine = engine
        self._decoders = [
            _Decoder(layer, scores)
            for layer, scores in zip(self.layers, engine.transitions(), strict=True)
        ]

    @classmethod
    def from_bundle(cls, bundle: Bundle, *, engine: str = "onnx", threads: int = 0) -> Tagger:
        """Sets a model to work with an engine, "onnx" or "numpy"."""
        indexer = bundle.indexer()
        made: Engine
        try:
            if engine == "numpy":
                from tagger.runtime.numpy_engine import NumpyEngine

                made = NumpyEngine(bundle.config.model, indexer, bundle.weights)
            elif engine == "onnx":
                from tagger.runtime.onnx_engine import OnnxEngine

                made = OnnxEngine(
                    bundle.config.model.cell,
                    indexer,
                    bundle.weights,
                    bundle.form_graph,
                    bundle.sentence_graph,
                    threads,
                )
            else:
                raise BundleError("engine", repr(engine), " or ".join(ENGINES))
            return cls(bundle.layers, made, bundle)
        except (KeyError, ValueError) as error:
            raise BundleError(
                bundle.source or "model", f"weights that do not fit ({error})", "a whole model"
            ) from error

    @property
    def tokenization(self) -> Tokenization:
        """How raw text is split into sentences and tokens: as in training, unless set.

        Raises:
            BundleError: the model names a Python function, which it has no leave to run.
        """
        if self._tokenization is not None:
            return self._tokenization
        how = STANDARD_TOKENIZATION if self.bundle is None else self.bundle.tokenization
        if how.needs_code:
            raise BundleError(
                (self.bundle and self.bundle.source) or "model",
                f"text split by {how.tokens} in training, and no leave to run it",
                f"--tokenizer {how.tokens}, or load(…, tokenization=…)",
            )
        return how

    @tokenization.setter
    def tokenization(self, how: Tokenization) -> None:
        self._tokenization = how

    def tag(self, text: str, *, confidence: bool = True) -> Document:
        """Splits a text into sentences and tokens and tags them.

        Args:
            text: any text.
            confidence: also work out how sure the model is of each tag and span.
        """
        return next(self.pipe([text], confidence=confidence))

    def pipe(self, texts: Iterable[str], *, confidence: bool = True) -> Iterator[Document]:
        """Tags a stream of texts; yields one document for each, in order.

        Texts are held back until some 50,000 tokens can go through the engine together;
        memory does not grow beyond that.
        """
        waiting: deque[tuple[str, int]] = deque()

        def sentences() -> Iterator[Sentence]:
            options = ReadOptions(tokenization=self.tokenization)
            for text in texts:
                found = list(plain.read(io.StringIO(text, newline="\n"), "", options))
                waiting.append((text, len(found)))
                yield from found

        tagged = self.tag_sentences(sentences(), confidence=confidence)
        for first in tagged:
            yield from self._without_sentences(waiting)
            text, count = waiting.popleft()
            yield Document(text, [first, *itertools.islice(tagged, count - 1)], self.layers)
        yield from self._without_sentences(waiting)

    def _without_sentences(self, waiting: deque[tuple[str, int]]) -> Iterator[Document]:
        while waiting and not waiting[0][1]:
            yield Document(waiting.popleft()[0], [], self.layers)

    def tag_tokens(
        self, sentences: Iterable[Sequence[str]], *, confidence: bool = True
    ) -> list[Sentence]:
        """Tags sentences that are split into tokens already.

        Args:
            sentences: lists of tokens; each token is kept as it is.
        """
        plain_sentences = (Sentence(list(tokens)) for tokens in sentences)
        return list(self.tag_sentences(plain_sentences, confidence=confidence))

    def tag_sentences(
        self, sentences: Iterable[Sentence], *, confidence: bool = True
    ) -> Iterator[Sentence]:
        """Tags a stream of sentences; yields them again, in order, with tags.

        Layers that a sentence has already stay, those of the model are replaced.
        Sentences are held back until some 50,000 tokens can be sorted by length.
        """
        window: list[Sentence] = []
        tokens = 0
        for sentence in sentences:
            window.append(sentence)
            tokens += len(sentence) or 1
            if tokens >= _WINDOW_TOKENS:
                yield from self._tag_window(window, confidence)
                window, tokens = [], 0
        yield from self._tag_window(window, confidence)

    def _tag_window(self, window: list[Sentence], confidence: bool) -> Iterator[Sentence]:
        order = sorted(range(len(window)), key=lambda i: len(window[i]))
        done: list[Sentence] = list(window)
        for batch in _batches(order, [len(sentence) for sentence in window]):
            results = self._tag_batch([window[i] for i in batch], confidence)
            for i, sentence in zip(batch, results, strict=True):
                done[i] = sentence
        yield from done

    def _tag_batch(self, batch: list[Sentence], confidence: bool) -> list[Sentence]:
        lengths = np.array([len(sentence) for sentence in batch], dtype=np.int64)
        decoded: list[list[_Tagged]]
        if lengths[-1] == 0:
            decoded = [[_Tagged([], [], [] if confidence else None)] * len(batch) for _ in self.layers]
        else:
            emissions = self._engine.emissions([sentence.tokens for sentence in batch])
            decoded = [
                decoder.decode(scores, lengths, confidence)
                for decoder, scores in zip(self._decoders, emissions, strict=True)
            ]
        return [self._merged(sentence, [d[i] for d in decoded]) for i, sentence in enumerate(batch)]

    def _merged(self, sentence: Sentence, results: list[_Tagged]) -> Sentence:
        tags, spans = dict(sentence.tags), dict(sentence.spans)
        confidences = dict(sentence.confidences)
        for layer, result in zip(self.layers, results, strict=True):
            assert len(result.tags) == len(sentence.tokens), "tokens in are tokens out"
            tags[layer.name] = result.tags
            if result.confidences is not None:
                confidences[layer.name] = result.confidences
            if layer.scheme is not None:
                spans[layer.name] = _with_characters(sentence, result.spans)
        return dataclasses.replace(sentence, tags=tags, spans=spans, confidences=confidences)


@dataclass(frozen=True, slots=True)
class _Tagged:
    """What a layer says of one sentence."""

    tags: list[str]
    spans: list[Span]
    confidences: list[float] | None


class _Decoder:
    """Turns the scores of one layer into tags."""

    def __init__(self, layer: TagLayer, transitions: Scores | None) -> None:
        self._layer = layer
        self._symbols = np.array(layer.symbols, dtype=object)
        self._transitions: Scores | None = None
        if transitions is not None or layer.scheme is not None:
            allowed = layer.transition_mask()
            free = np.zeros(allowed.shape, np.float32) if transitions is None else transitions
            self._transitions = np.where(allowed, free, np.float32(FORBIDDEN))

    def decode(self, emissions: Scores, lengths: NDArray[np.int64], confidence: bool) -> list[_Tagged]:
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
            results.append(_Tagged(symbols, spans, chosen[i][:length] if chosen else None))
        return results

    def _decode_sets(
        self, emissions: Scores, lengths: NDArray[np.int64], confidence: bool
    ) -> list[_Tagged]:
        held = emissions > 0  # σ(y) > 1/2
        sure = np.exp(-np.logaddexp(0, -np.abs(emissions)).sum(axis=2))  # of the whole set
        results = []
        for i, length in enumerate(lengths.tolist()):
            tags = [self._layer.tag_of(self._symbols[row].tolist()) for row in held[i, :length]]
            results.append(_Tagged(tags, [], sure[i, :length].tolist() if confidence else None))
        return results


def _with_characters(sentence: Sentence, spans: list[Span]) -> list[Span]:
    """Adds character offsets and text to spans."""
    if not spans:
        return []
    text, offsets = sentence.surface()
    found = []
    for span in spans:
        start, end = offsets[span.start][0], offsets[span.end - 1][1]
        found.append(
            dataclasses.replace(
                span,
                start_char=sentence.start + start,
                end_char=sentence.start + end,
                text=text[start:end],
            )
        )
    return found


def _batches(order: Iterable[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Groups positions, sorted by length, into batches of some 4,096 padded tokens.

    Sentences without tokens come in a batch of their own.
    """
    batch: list[int] = []
    for i in order:
        longest = lengths[i]
        first_with_tokens = longest and batch and not lengths[batch[0]]
        if first_with_tokens or (batch and (len(batch) + 1) * longest > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
