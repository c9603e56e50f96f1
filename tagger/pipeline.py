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
            made = partial(
                cls,
                bundle.layers,
                bundle=bundle,
                context=bundle.context_vectors(threads),
                neighbours=model.neighbours,
                agreement=model.agreement,
            )
            if engine == "onnx":
                return made(onnx())
            from tagger.runtime.numpy_engine import NumpyEngine

            reference = NumpyEngine(model, indexer, bundle.weights, bundle.form_table)
            if engine == "numpy":
                return made(reference)
            from tagger.runtime.late_engine import LateEngine

            late = LateEngine(onnx, threads or available_cores(), reference.transitions())
            return made(late, short_engine=reference)

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
        memory does not grow beyond that. A text is a document of its own, for a model that
        looks at documents.
        """
        waiting: deque[tuple[str, int]] = deque()

        def documents() -> Iterator[list[Sentence]]:
            options = ReadOptions(tokenization=self.tokenization)
            for text in texts:
                found = list(plain.read(io.StringIO(text, newline="\n"), "", options))
                waiting.append((text, len(found)))
                yield found

        tagged = self._tag(documents(), confidence)
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
            sentences: lists of tokens; each token is kept as it is. A model that looks at
                documents takes them for one, in their order.
        """
        plain_sentences = (Sentence(list(tokens)) for tokens in sentences)
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
        if alone and len(parts) == 1:
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
            empty = Tagged([], [], [] if confidence else None)
            decoded = [[empty] * len(batch) for _ in self.layers]
        return [self._merged(sentence, [d[i] for d in decoded]) for i, sentence in enumerate(sentences)]

    def _merged(self, sentence: Sentence, results: list[Tagged]) -> Sentence:
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
        found.append(
            dataclasses.replace(
                span,
                start_char=sentence.start + start,
                end_char=sentence.start + end,
                text=text[start:end],
            )
        )
    return found
