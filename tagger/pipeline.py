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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from corpora import Sentence, Span
from corpora.formats import plain
from corpora.options import ReadOptions
from corpora.tokenization import STANDARD_TOKENIZATION, Tokenization
from tagger import bundle as bundles
from tagger.bundle import PRECISIONS, Bundle, BundleError
from tagger.context.columns import column
from tagger.context.parts import Context
from tagger.decoder import Decoder, Tagged
from tagger.document import Document
from tagger.layers import TagLayer
from tagger.readings import Reading, agree, documents_of, own_scores, readings_of
from tagger.runtime.engine import Engine, Scores
from tagger.runtime.workers import Workers, available_cores
from tagger.windows import batches, windows

ENGINES = ("onnx", "numpy", "auto")
_SHORT = 128  # tokens, which NumPy has tagged before ONNX Runtime is loaded


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
            at most 128 tokens are read in all, ONNX Runtime for any more. It is loaded then,
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


class Tagger:
    """Tags text, tokens or sentences. Threads may share one; it can be pickled.

        >>> t = load("english.tagger")                               # doctest: +SKIP
        >>> t.tag("Ada Lovelace lived in London.").spans["ner"][0].text  # doctest: +SKIP
        'Ada Lovelace'

    Args:
        layers: what it tags, in the engine's order.
        engine: scores tokens.
        bundle: the model it came from, where there is one.
        short_engine: scores what is short and comes alone; None: `engine` does that too.
        context: gives tokens what they bring beside their forms; None: nothing.
        neighbours, agreement: as in `ModelConfig`.
    """

    def __init__(
        self,
        layers: Sequence[TagLayer],
        engine: Engine,
        bundle: Bundle | None = None,
        short_engine: Engine | None = None,
        context: Context | None = None,
        *,
        neighbours: int = 0,
        agreement: float = 0.0,
    ) -> None:
        self.layers = tuple(layers)
        self.bundle = bundle
        self._tokenization: Tokenization | None = None
        self._loaded: tuple[str, int, str] | None = None
        self._engine = engine
        self._short_engine = short_engine or engine
        self._context = context or Context()
        self._neighbours = neighbours
        self._agreement = agreement
        self._decoders = [
            Decoder(layer, scores)
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
        if not isinstance(threads, int) or threads < 0:
            raise BundleError("threads", repr(threads), "a whole number, 0 for all cores")
        precision = precision or bundle.precision
        if precision not in PRECISIONS:
            raise BundleError("precision", repr(precision), " or ".join(PRECISIONS))
        if precision == "int8" and not bundle.int8_graph:
            found = f"no int8 in a model of {bundle.config.model.cell} cells"
            raise BundleError(bundle.source or "model", found, "precision float32")
        indexer = bundle.indexer()
        model = bundle.config.model

        def onnx() -> Engine:
            from tagger.runtime.onnx_engine import OnnxEngine

            graph = bundle.int8_graph if precision == "int8" else bundle.sentence_graph
            with _fitting(bundle):
                return OnnxEngine(
                    model.cell,
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

            def made(by: Engine, short_engine: Engine | None = None) -> Tagger:
                tagger = cls(
                    bundle.layers,
                    by,
                    bundle,
                    short_engine,
                    context,
                    neighbours=model.neighbours,
                    agreement=model.agreement,
                )
                tagger._loaded = (engine, threads, precision)
                return tagger

            if engine == "onnx":
                return made(onnx())
            from tagger.runtime.numpy_engine import NumpyEngine

            reference = NumpyEngine(model, indexer, bundle.weights, bundle.form_table)
            if engine == "numpy":
                return made(reference)
            from tagger.runtime.late_engine import LateEngine

            late = LateEngine(onnx, threads or available_cores(), reference.transitions())
            return made(late, reference)

    def __reduce__(self) -> tuple[Any, ...]:
        """Hands it to another process as its model, and how that was loaded.

        Raises:
            TypeError: it was not made of a model.
        """
        if self.bundle is None or self._loaded is None:
            raise TypeError("only a Tagger that was made of a model can be pickled")
        return _loaded_again, (self.bundle, self._loaded, self._tokenization)

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
        if not isinstance(how, Tokenization):
            raise TypeError(f"tokenization: found {type(how).__name__}, expected a Tokenization")
        self._tokenization = how

    def tag(self, text: str, *, confidence: bool = True) -> Document:
        """Splits a text into sentences and tokens and tags them.

        Args:
            text: any text.
            confidence: also work out how sure the model is of each tag and span.

        Raises:
            TypeError: it is no string.
        """
        return next(self.pipe([text], confidence=confidence))

    def pipe(self, texts: Iterable[str], *, confidence: bool = True) -> Iterator[Document]:
        """Tags a stream of texts; yields one document for each, in order.

        Texts are held back until some 25,000 tokens (one for an empty text) can go through
        the engine together; while these are tagged, as many again are read. A text is a
        document of its own: its first sentence begins one (`Sentence.new_document`).

        Raises:
            TypeError: one is no string, or `texts` is one.
        """
        if isinstance(texts, str):
            raise TypeError("texts: found a str, expected several; tag() takes one")
        waiting: deque[tuple[str, int]] = deque()

        def documents() -> Iterator[list[Sentence]]:
            options = ReadOptions(tokenization=self.tokenization)
            for text in texts:
                if not isinstance(text, str):
                    raise TypeError(f"text: found {type(text).__name__}, expected str")
                found = list(plain.read(io.StringIO(text, newline="\n"), "", options))
                found = found or [Sentence([])]  # which takes its turn like any other
                found[0].new_document = True
                waiting.append((text, len(found)))
                yield found

        def tagged_documents() -> Iterator[Document]:
            tagged = self._tag(documents(), confidence)
            for first in tagged:
                text, count = waiting.popleft()
                sentences = [first, *itertools.islice(tagged, count - 1)]
                yield Document(text, sentences if first.tokens else [], self.layers)

        return tagged_documents()

    def tag_tokens(
        self, sentences: Iterable[Sequence[str]], *, confidence: bool = True
    ) -> list[Sentence]:
        """Tags sentences that are split into tokens already.

        Args:
            sentences: lists of tokens; each token is kept as it is. A model that looks at
                documents takes them for one, in their order.

        Raises:
            TypeError: a sentence is a string, or a token is none.
        """
        plain_sentences = (Sentence(_strings(tokens)) for tokens in sentences)
        return list(self.tag_sentences(plain_sentences, confidence=confidence))

    def tag_sentences(
        self, sentences: Iterable[Sentence], *, confidence: bool = True
    ) -> Iterator[Sentence]:
        """Tags a stream of sentences; yields them again, in order, with tags.

        Layers that a sentence has already stay, those of the model are replaced.
        Sentences are held back until some 25,000 tokens can be sorted by length; while
        these are tagged, as many again are read. A model that looks at documents takes those
        that the sentences mark (`new_document`), and each `source` for another one.
        """
        return self._tag(documents_of(sentences), confidence)

    def check(self, sentence: Sentence) -> None:
        """Makes sure that a sentence has all that the model reads beside its tokens.

        Raises:
            CorpusError: it lacks a layer.
        """
        for layer in self._context.layers if sentence.tokens else ():
            column(sentence, layer)

    def _tag(self, documents: Iterable[Iterable[Sentence]], confidence: bool) -> Iterator[Sentence]:
        waiting: Callable[[], list[Sentence]] | None = None
        readings = readings_of(documents, self._neighbours, self._context.layers)
        with Workers(self._engine.workers) as workers:
            for window, is_last in windows(readings, whole_documents=self._agreement > 0):
                begun = self._begin(window, confidence, workers, alone=is_last and waiting is None)
                if waiting is not None:
                    yield from waiting()
                waiting = begun
            if waiting is not None:
                yield from waiting()

    def _begin(
        self, window: list[Reading], confidence: bool, workers: Workers, *, alone: bool
    ) -> Callable[[], list[Sentence]]:
        """Begins to tag a window of sentences, batch by batch.

        Args:
            alone: nothing else will be tagged, so that a single batch needs no worker.

        Returns:
            What waits for the sentences, and gives them in the order they came in.
        """
        lengths = [len(reading.read) for reading in window]
        parts = list(batches(sorted(range(len(window)), key=lengths.__getitem__), lengths))
        engine = self._engine
        if alone and sum(1 for positions in parts if lengths[positions[0]]) <= 1:
            workers = Workers(1)
            engine = self._short_engine if sum(lengths) <= _SHORT else engine
        groups = [[window[i] for i in positions] for positions in parts]
        if not self._agreement:
            jobs = [workers.submit(self._job(batch, confidence, engine)) for batch in groups]
            return lambda: _in_order(parts, jobs)
        scored = [workers.submit(self._scoring(batch, engine)) for batch in groups]

        def agreed() -> list[Sentence]:
            scores = [score() for score in scored]
            agree(window, parts, scores, self._agreement)
            decode = [
                workers.submit(partial(self._decoded, batch, of_batch, confidence))
                for batch, of_batch in zip(groups, scores, strict=True)
            ]
            return _in_order(parts, decode)

        return agreed

    def _job(self, batch: list[Reading], confidence: bool, engine: Engine) -> _Job:
        """Returns what tags a batch, in any thread; what has an order is done at once."""
        score = self._scoring(batch, engine)
        return lambda: self._decoded(batch, score(), confidence)

    def _scoring(self, batch: list[Reading], engine: Engine) -> Callable[[], list[Scores]]:
        """Returns what scores the sentences' own tokens; nothing where there are none."""
        read = [reading.read for reading in batch]
        if not read[0].tokens:
            return list
        score = engine.begin([sentence.tokens for sentence in read], self._context(read))
        if not self._neighbours:
            return score
        return lambda: [own_scores(scores, batch) for scores in score()]

    def _decoded(self, batch: list[Reading], scores: list[Scores], confidence: bool) -> list[Sentence]:
        sentences = [reading.sentence for reading in batch]
        if scores:
            lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
            decoded = [
                decoder.decode(of_layer, lengths, confidence)
                for decoder, of_layer in zip(self._decoders, scores, strict=True)
            ]
        else:
            decoded = [[Tagged([], [], [] if confidence else None) for _ in batch] for _ in self.layers]
        return [self._merged(sentence, [d[i] for d in decoded]) for i, sentence in enumerate(sentences)]

    def _merged(self, sentence: Sentence, results: list[Tagged]) -> Sentence:
        tags, spans = dict(sentence.tags), dict(sentence.spans)
        confidences = dict(sentence.confidences)
        for layer, result in zip(self.layers, results, strict=True):
            assert len(result.tags) == len(sentence.tokens), "tokens in are tokens out"
            tags[layer.name] = result.tags
            for of_layer in (confidences, spans):  # of tags that are no more
                of_layer.pop(layer.name, None)
            if result.confidences is not None:
                confidences[layer.name] = result.confidences
            if layer.scheme is not None:
                spans[layer.name] = _with_characters(sentence, result.spans)
        return sentence.tagged(tags, spans, confidences)


_Job = Callable[[], list[Sentence]]


def _loaded_again(
    bundle: Bundle, how: tuple[str, int, str], tokenization: Tokenization | None
) -> Tagger:
    engine, threads, precision = how
    tagger = Tagger.from_bundle(bundle, engine=engine, threads=threads, precision=precision)
    if tokenization is not None:
        tagger.tokenization = tokenization
    return tagger


def _strings(tokens: Sequence[str]) -> list[str]:
    """Returns the tokens of a sentence as a list of their own.

    Raises:
        TypeError: they are one string, or not all of them are strings.
    """
    if isinstance(tokens, str):
        raise TypeError("sentence: found a str, expected a list of tokens; tag() takes a text")
    found = list(tokens)
    try:
        "".join(found)
    except TypeError as error:
        raise TypeError(f"tokens: {error}") from error
    return found


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


def _in_order(parts: list[list[int]], jobs: list[_Job]) -> list[Sentence]:
    """Waits for jobs; returns the sentences in the order of the positions that each tags."""
    done: dict[int, Sentence] = {}
    for positions, job in zip(parts, jobs, strict=True):
        done.update(zip(positions, job(), strict=True))
    return [done[i] for i in range(len(done))]


def _with_characters(sentence: Sentence, spans: list[Span]) -> list[Span]:
    """Adds character offsets and text to spans."""
    if not spans:
        return []
    text, offsets = sentence.surface()
    found = []
    for span in spans:
        start, end = offsets[span.start][0], offsets[span.end - 1][1]
        in_document = sentence.start + start, sentence.start + end
        if sentence.offsets is not None:
            in_document = sentence.offsets[span.start][0], sentence.offsets[span.end - 1][1]
        found.append(
            dataclasses.replace(
                span, start_char=in_document[0], end_char=in_document[1], text=text[start:end]
            )
        )
    return found
