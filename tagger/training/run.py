"""`tagger train`, as one call: corpora → survey → training → checked export → model file."""

from __future__ import annotations

import dataclasses
import json
import platform
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol

import numpy as np
import torch

from corpora import Corpus, CorpusError, TaggerError
from corpora.corpus import sha256
from corpora.files import atomic_binary
from corpora.tokenization import Tokenization, make_tokenization, tokenization_of
from tagger import bundle as bundles
from tagger.bundle import PRECISIONS, Bundle, BundleError
from tagger.config import Config
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import LayerScore
from tagger.export.exporter import as_engine, export
from tagger.layers import TagLayer
from tagger.pipeline import Tagger
from tagger.training.learning import same_threads
from tagger.training.outside import OutsideBias, RepeatingEngine, UnscoredContext, move
from tagger.training.preparation import DEFAULT_TASK, Setup, Task, set_up
from tagger.training.sources import ScoredSet, Source
from tagger.training.survey import Survey
from tagger.training.trainer import Epoch, Outcome, Reporter, interruptions, train
from tagger.version import __version__

Scores = dict[str, dict[str, LayerScore]]  # of sets of sentences, by title and layer

_WORSE = 0.001  # that int8 may score on the dev set, a fraction, to be the default


class TrainingError(TaggerError):
    """Training cannot be done, or came to nothing."""


class Display(Protocol):
    """What shows a run to its user."""

    def note(self, message: str) -> None:
        """Something the user should know."""
        ...

    def begin(self, config: Config, layers: Sequence[TagLayer], facts: str) -> None:
        """Before the first epoch."""
        ...

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        """See `trainer.Reporter`."""
        ...

    def epoch(self, epoch: Epoch) -> None:
        """See `trainer.Reporter`."""
        ...

    def end(self) -> None:
        """After the last epoch."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What a run left behind: a model file, and its scores by split and layer.

    The splits are "dev" and "test"; of several corpora "dev of CORPUS" and so on.
    """

    path: Path
    bundle: Bundle
    scores: Scores
    outcome: Outcome
    seconds: float


@same_threads()
def run(
    corpus: Corpus,
    output: str | Path,
    config: Config,
    display: Display,
    task: Task = DEFAULT_TASK,
    *,
    device: str = "cpu",
    tokenization: Mapping[str, str] = MappingProxyType({}),
    command: str = "",
) -> Result:
    """Trains a model on a corpus, or on several, and writes it to a file.

    The score of an epoch is the mean over the layers; of a layer with several dev sets, the
    mean over these. Ctrl-C ends training; one after that leaves the test set unscored, and
    another one ends it all.

    Args:
        corpus: the first one; `task` may name others.
        output: the model file. Beside it a log in JSON lines, `NAME.log.jsonl`.
        task: what is to be learned, and what with.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        tokenization: how the model shall split raw text, by the names of `Tokenization`;
            what is missing: as a model to go on from does, else in the standard way, or into
            characters where the corpus is.
        command: kept in the model's provenance.

    Raises:
        TaggerError: corpus, settings or output cannot be right; each says where.
    """
    import seqeval.metrics  # noqa: F401 - if it is missing, that shows before training

    began = time.perf_counter()
    device = choose_device(device)
    output = Path(output)
    check_writable(output)
    ready = set_up(corpus, config, task, display.note, device)
    config = ready.config
    network, indexer, train_set = ready.network, ready.indexer, ready.survey
    tag_layers = ready.kept_layers
    trained_on = ", ".join(source.corpus.name for source in ready.sources)
    with _Log(output) as log, interruptions() as interrupted:
        names = [layer.name for layer in tag_layers]
        log("begin", config=config.to_dict(), corpus=trained_on, layers=names, command=command)
        display.begin(config, tag_layers, ready.facts())
        try:
            reporter = _Reporter(display, log)
            outcome = fit(ready, reporter, device, reporter.take)
        finally:
            display.end()
        if outcome.best is None:
            raise TrainingError(trained_on, "an interruption in the first epoch", "a whole epoch")
        network.keep_heads(len(tag_layers))
        sample = [sentence.tokens for one in ready.dev for sentence in one.sentences if sentence.tokens]
        seen = dict.fromkeys(task.base.training_forms if task.base else (), 0) | dict(train_set.forms)
        network.to("cpu")
        bundle = export(network, indexer, tag_layers, config, sample, seen, ready.context)
        bundle = dataclasses.replace(
            bundle,
            provenance=_provenance(ready.sources, train_set, config, command)
            | {"trained_in": "bfloat16" if network.networks[0].encoder.in_bfloat16 else "float32"}
            | ({"outside_bias": _by_layer(tag_layers, outcome.outside)} if any(outcome.outside) else {})
            | ({"base": task.base.source} if task.base else {}),
            tokenization=_tokenization(tokenization, train_set, task.base),
        )
        bundle, scores = _with_precision(bundle, ready.dev, seen, config.training.threads)
        tagger = Tagger.from_bundle(bundle, threads=config.training.threads)
        bundle = _saved(bundle, scores, output)  # whatever comes of the test sets
        for one in _test_sets(ready.sources):
            if interrupted():
                display.note(f"stopped by Ctrl-C before this was scored: {one.title}")
            else:
                scores |= _evaluate(tagger, [one], seen)
                bundle = _saved(bundle, scores, output)
        seconds = time.perf_counter() - began
        log("end", best_epoch=outcome.best.number, scores=bundle.scores, seconds=round(seconds, 1))
    return Result(output, bundle, scores, outcome, seconds)


def fit(
    ready: Setup,
    reporter: Reporter,
    device: str,
    scored: Callable[[Scores], None] = lambda scores: None,
) -> Outcome:
    """Trains a network that is set up, and leaves it with the weights of its best epoch, the bias
    of O where it was best then.

    Args:
        reporter: is told how it goes; what it raises ends training.
        scored: is given the scores of an epoch, by dev set and layer, before that.

    Raises:
        TrainingError: learning diverged in the first epoch.
    """
    layers, config = ready.kept_layers, ready.config
    threads = config.training.threads
    outside = OutsideBias(layers if config.training.outside_bias == "dev" else ())

    def dev_score() -> float:
        weights = ready.network.weights()
        engine = RepeatingEngine(as_engine(weights, ready.indexer, config.model, len(layers), threads))
        tagger = Tagger(
            layers,
            engine,
            context=UnscoredContext(engine, ready.parts, weights),
            neighbours=config.model.neighbours,
            agreement=config.model.agreement,
        )
        found: dict[tuple[float, ...], Scores] = {}

        def with_outside(moved: tuple[float, ...]) -> float:
            engine.again(moved)
            found[moved] = _evaluate(tagger, ready.dev)
            return _mean(found[moved])

        value = outside.search(with_outside)
        scored(found[outside.moved])
        return value

    with tempfile.TemporaryDirectory(prefix="tagger-") as folder:
        loader = ready.loader(Path(folder))
        try:
            outcome = train(
                ready.network,
                loader,
                ready.sampler,
                config.training,
                dev_score,
                reporter,
                device,
            )
        finally:
            del loader  # the Arrow file is let go before its folder is removed
    if outcome.diverged and outcome.best is None:
        found = f"{config.training.learning_rate:g}, at which the loss became nan or inf at once"
        raise TrainingError("training.learning_rate", found, "a lower one")
    move(ready.network, outside.best)
    return dataclasses.replace(outcome, outside=outside.best)


def choose_device(name: str) -> str:
    """Returns a device that torch can use here.

    Raises:
        TrainingError: there is no such device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise TrainingError("--device", f"{name!r}, which torch cannot use here", "cpu") from error
    return name


def _with_precision(
    bundle: Bundle, dev: Sequence[ScoredSet], known: Collection[str], threads: int
) -> tuple[Bundle, Scores]:
    """Chooses int8 where it scores no worse on the dev set, give or take 0.1 point.

    Args:
        known: forms of the training set.

    Returns:
        The bundle with what was chosen and measured, and the dev scores of it.
    """
    names = PRECISIONS if bundle.int8_graph else PRECISIONS[:1]
    scores = {}
    for name in names:
        tagger = Tagger.from_bundle(bundle, threads=threads, precision=name)
        scores[name] = _evaluate(tagger, dev, known)
    measured = {name: _mean(score) for name, score in scores.items()}
    chosen = max(names, key=lambda n: (measured[n] >= measured["float32"] - _WORSE, names.index(n)))
    return dataclasses.replace(bundle, precision=chosen, precision_scores=measured), scores[chosen]


def _saved(bundle: Bundle, scores: Scores, output: Path) -> Bundle:
    """Writes a model with its scores, and returns it."""
    plain = {k: {n: s.to_dict() for n, s in v.items()} for k, v in scores.items()}
    bundle = dataclasses.replace(bundle, scores=plain)
    bundles.save(bundle, output)
    return bundle


def _by_layer(layers: Sequence[TagLayer], moved: Sequence[float]) -> dict[str, float]:
    return {layer.name: distance for layer, distance in zip(layers, moved, strict=True) if distance}


def _test_sets(sources: Sequence[Source]) -> Iterator[ScoredSet]:
    for source in sources:
        if source.corpus.test is not None and source.layers:
            yield ScoredSet(source.title("test"), source.layers, list(source.corpus.test))


def _evaluate(tagger: Tagger, sets: Iterable[ScoredSet], known: Collection[str] = ()) -> Scores:
    return {one.title: evaluate(tagger, one.sentences, known, one.layers) for one in sets}


def _mean(scores: Scores) -> float:
    """Returns the mean over layers of each one's mean over the sets that have it."""
    by_layer: dict[str, list[float]] = {}
    for layers in scores.values():
        for name, score in layers.items():
            by_layer.setdefault(name, []).append(score.main)
    return sum(sum(values) / len(values) for values in by_layer.values()) / len(by_layer)


def _tokenization(said: Mapping[str, str], train_set: Survey, base: Bundle | None) -> Tokenization:
    if "tokens" in said:
        return make_tokenization(**said)
    known = tokenization_of(train_set.forms) if base is None else base.tokenization
    return dataclasses.replace(known, **said)


def _provenance(
    sources: Sequence[Source], train_set: Survey, config: Config, command: str
) -> dict[str, Any]:
    import onnx
    import onnxruntime

    return {
        "corpus": ", ".join(source.corpus.name for source in sources),
        "files": {
            source.title(name): {"name": split.path.name, "sha256": sha256(split.path)}
            for source in sources
            for name, split in source.corpus.splits()
            if split.path is not None
        },
        "sentences": len(train_set.lengths),
        "tokens": train_set.tokens,
        "seed": config.training.seed,
        "command": command,
        "versions": {
            "rnn-tagger": __version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
            "onnx": onnx.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
    }


def check_writable(output: Path) -> None:
    """Finds out before hours of training whether the model can be written after them."""
    if output.is_dir():
        raise BundleError(str(output), "a directory", "the name of a file")
    try:
        with atomic_binary(output):
            raise _UnwantedError
    except _UnwantedError:
        return
    except CorpusError as error:
        raise BundleError(error.place, error.found, error.expected) from error


class _UnwantedError(Exception):
    """Keeps a file that was opened as a trial from being made."""


class _Log:
    """The log in JSON lines: one object an event, written as it happens."""

    def __init__(self, output: Path) -> None:
        self._path = output.with_name(output.name.removesuffix(".tagger") + ".log.jsonl")

    def __enter__(self) -> Callable[..., None]:
        try:
            self._file: IO[str] = self._path.open("w", encoding="utf-8")
        except OSError as error:
            raise BundleError(str(self._path), str(error.strerror), "a writable file") from error
        return self._write

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def _write(self, event: str, **values: Any) -> None:
        self._file.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")
        self._file.flush()


class _Reporter:
    """Hands what the trainer reports to the display and to the log."""

    def __init__(self, display: Display, log: Callable[..., None]) -> None:
        self.batch = display.batch
        self._display = display
        self._log = log
        self._scores: Scores = {}

    def take(self, scores: Scores) -> None:
        """Takes the scores of an epoch; where there are several dev sets, they are logged."""
        self._scores = scores

    def epoch(self, epoch: Epoch) -> None:
        self._display.epoch(epoch)
        parts = {
            title: {name: score.main for name, score in layers.items()}
            for title, layers in self._scores.items()
        }
        self._log("epoch", **dataclasses.asdict(epoch), **({"scores": parts} if len(parts) > 1 else {}))
