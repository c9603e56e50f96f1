"""`Tagger`: the one way in for tagging, from Python, from the commands, in training.

Text or tokens go in; sentences with tags, spans, offsets and confidences come out,
as many and in the same order. Knows no engine in particular and no file format.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from corpora import Sentence, Span, schemes
from corpora.formats import plain
from corpora.options import ReadOptions
from corpora.tokenization import STANDARD_TOKENIZATION, Tokenization
from tagger import bundle as bundles
from tagger.bundle import PRECISIONS, Bundle, BundleError
from tagger.context.parts import Context
from tagger.layers import FORBIDDEN, TagLayer
from tagger.runtime import decoding
from tagger.runtime.engine import Engine, Scores
from tagger.runtime.workers import Workers, available_cores

ENGINES = ("onnx", "numpy", "auto")
_SHORT = 128  # tokens, which NumPy has tagged before ONNX Runtime is loaded

_WINDOW_TOKENS = 25_000  # read ahead, so that sentences of like length go together
_BATCH_TOKENS = 1536  # padding included; more of them no longer fit a core's cache


def load(
    path: str | Path,
    *,
    engine: str = "onnx",
    threads: int = 0,
    precision: str | None = None,
    tokenization: Tokenization | None = None,
) -> Tagger:
    """Loads a model file.

    Args:
        path: a `.tagger` file.
        engine: "onnx" (fast), "numpy" (the reference), or "auto": of each call, NumPy where
            at most 128 tokens come in all, ONNX Runtime for any more. It is loaded then,
            which a process that tags one sentence saves; what is short is computed in
            float32, whatever training chose.
        threads: of the CPU; 0 takes all cores. For the ONNX engine.
        precision: "float32" or "int8", of the ONNX engine; None: what training chose.
        tokenization: how raw text is split; None: as in training. Has to be given for
            a model that splits with a Python function, which a model file cannot run.

    Raises:
        BundleError: the file is missing, broken, foreign, too new or tampered with.
    """
    tagger = Tagger.from_bundle(
        bundles.load(Path(path)), engine=engine, threads=threads, precision=precision
    )
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
        short_engine: scores what is short and comes alone; None: `engine` does that too.
        context: gives tokens what they bring beside their forms; None: nothing.
    """

    def __init__(
        self,
        layers: Sequence[TagLayer],
        engine: Engine,
        bundle: Bundle | None = None,
        short_engine: Engine | None = None,
        context: Context | None = None,
    ) -> None:
        self.layers = tuple(layers)
        self.bundle = bundle
        self._tokenization: Tokenization | None = None
        self._engine = engine
        self._short_engine = short_engine or engine
        self._context = context or Context()
        self._decoders = [
            _Decoder(layer, scores)
            for layer, scores in zip(self.layers, engine.transitions(), strict=True)
        ]

    @classmethod
    def from_bundle(
        cls, bundle: Bundle, *, engine: str = "onnx", threads: int = 0, precision: str | None = None
    ) -> Tagger:
        """Sets a model to work with an engine, "onnx", "numpy" or "auto"; see `load`."""
        if engine not in ENGINES:
            raise BundleError("engine", repr(engine), "onnx, numpy or auto")
        if engine == "numpy" and precision == "int8":
            raise BundleError("--precision", "int8 with the NumPy engine", "float32, or --engine onnx")
        if engine == "auto" and precision == "int8":
            engine = "onnx"
        precision = precision or bundle.precision
        if precision not in PRECISIONS:
            raise BundleError("precision", repr(precision), " or ".join(PRECISIONS))
        if precision == "int8" and not bundle.int8_graph:
            found = f"no int8 in a model of {bundle.config.model.cell} cells"
            raise BundleError(bundle.source or "model", found, "precision float32")
        indexer = bundle.indexer()

        def onnx() -> Engine:
            from tagger.runtime.onnx_engine import OnnxEngine

            graph = bundle.int8_graph if precision == "int8" else bundle.sentence_graph
            with _fitting(bundle):
                return OnnxEngine(
                    bundle.config.model.cell,
                    indexer,
                    bundle.weights,
                    bundle.form_graph,
                    graph,
                    threads,
                    precision,
                    bundle.form_table,
                )

        with _fitting(bundle):
            context = bundle.context_vectors(threads)
            if engine == "onnx":
                return cls(bundle.layers, onnx(), bundle, context=context)
            from tagger.runtime.numpy_engine import NumpyEngine

            reference = NumpyEngine(bundle.config.model, indexer, bundle.weights, bundle.form_table)
            if engine == "numpy":
                return cls(bundle.layers, reference, bundle, context=context)
            from tagger.runtime.late_engine import LateEngine

            late = LateEngine(onnx, threads or available_cores(), reference.transitions())
            return cls(bundle.layers, late, bundle, reference, context)

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

        Texts are held back until some 25,000 tokens can go through the engine together;
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
        Sentences are held back until some 25,000 tokens can be sorted by length; while
        these are tagged, as many again are read.
        """
        waiting: _Window | None = None
        with Workers(self._engine.workers) as workers:
            for window, is_last in _windows(sentences):
                begun = self._begin(window, confidence, workers, alone=is_last and waiting is None)
                if waiting is not None:
                    yield from waiting.finished()
                waiting = begun
            if waiting is not None:
                yield from waiting.finished()

    def _begin(
        self, window: list[Sentence], confidence: bool, workers: Workers, *, alone: bool
    ) -> _Window:
        """Begins to tag a window of sentences, batch by batch.

        Args:
            alone: nothing else will be tagged, so that a single batch needs no worker.
        """
        order = sorted(range(len(window)), key=lambda i: len(window[i]))
        parts = list(batches(order, [len(sentence) for sentence in window]))
        jobs = []
        for positions in parts:
            batch = [window[i] for i in positions]
            if alone and len(parts) == 1:
                is_short = sum(map(len, batch)) <= _SHORT
                engine = self._short_engine if is_short else self._engine
                jobs.append((positions, self._job(batch, confidence, engine)))
            else:
                jobs.append((positions, workers.submit(self._job(batch, confidence, self._engine))))
        return _Window(window, jobs)

    def _job(self, batch: list[Sentence], confidence: bool, engine: Engine) -> _Job:
        """Returns what tags a batch, in any thread; what has an order is done at once."""
        lengths = np.array([len(sentence) for sentence in batch], dtype=np.int64)
        score = None
        if lengths[-1]:
            score = engine.begin([s.tokens for s in batch], self._context(batch))

        def tag() -> list[Sentence]:
            decoded: list[list[_Tagged]]
            if score is None:
                empty = _Tagged([], [], [] if confidence else None)
                decoded = [[empty] * len(batch) for _ in self.layers]
            else:
                decoded = [
                    decoder.decode(scores, lengths, confidence)
                    for decoder, scores in zip(self._decoders, score(), strict=True)
                ]
            return [self._merged(sentence, [d[i] for d in decoded]) for i, sentence in enumerate(batch)]

        return tag

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
        return sentence.tagged(tags, spans, confidences)


_Job = Callable[[], list[Sentence]]


@contextlib.contextmanager
def _fitting(bundle: Bundle) -> Iterator[None]:
    """Says of which model the weights do not fit its settings.

    Raises:
        BundleError: they do not.
    """
    try:
        yield
    except (KeyError, ValueError) as error:
        found = f"weights that do not fit ({error})"
        raise BundleError(bundle.source or "model", found, "a whole model") from error


class _Window(NamedTuple):
    """Sentences on their way: which positions each job tags."""

    sentences: list[Sentence]
    jobs: list[tuple[list[int], _Job]]

    def finished(self) -> list[Sentence]:
        """Waits, and returns the sentences in the order they came in."""
        done = list(self.sentences)
        for positions, job in self.jobs:
            for i, sentence in zip(positions, job(), strict=True):
                done[i] = sentence
        return done


class _Tagged(NamedTuple):
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


def _windows(sentences: Iterable[Sentence]) -> Iterator[tuple[list[Sentence], bool]]:
    """Groups sentences into windows; tells of each whether it is the last one."""
    window: list[Sentence] = []
    tokens = 0
    for sentence in sentences:
        if tokens >= _WINDOW_TOKENS:
            yield window, False
            window, tokens = [], 0
        window.append(sentence)
        tokens += len(sentence) or 1
    if window:
        yield window, True


def batches(order: Iterable[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Groups positions, sorted by length, into batches of some 1,536 padded tokens.

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
