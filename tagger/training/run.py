"""`tagger train`, as one call: corpus → survey → training → checked export → model file."""

from __future__ import annotations

import dataclasses
import json
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from corpora import Corpus, CorpusError, Sentence, TaggerError
from corpora.corpus import sha256
from corpora.files import atomic_binary
from corpora.tokenization import Tokenization, make_tokenization, tokenization_of
from tagger import bundle as bundles
from tagger.bundle import PRECISIONS, Bundle, BundleError
from tagger.config import Config
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import LayerScore
from tagger.export.exporter import as_engine, export
from tagger.features import FormIndexer
from tagger.layers import TagLayer
from tagger.network.embeddings import Sizes
from tagger.network.model import Learning, Network
from tagger.pipeline import Tagger
from tagger.training.data import Batch, TokenBudgetSampler, make_loader, write_table
from tagger.training.survey import Survey, choose_layers, make_layers, odd_places, survey
from tagger.training.trainer import Epoch, Outcome, train
from tagger.training.warm_start import extended, take_weights, with_tags_of
from tagger.vectors import Vectors, read_vectors
from tagger.version import __version__
from tagger.vocabulary import Vocabulary

_SHARED_BATCH = 200  # tokens; a smaller batch is sooner done by one thread than by several
_WORSE = 0.001  # that int8 may score on the dev set, a fraction, to be the default
_REMEMBERED = 100_000  # forms whose ids are kept from epoch to epoch
_NO_VECTORS = Vectors((), np.zeros((0, 0), np.float32))
_HELD_OUT = 10  # without a dev set, each 10th training sentence serves as one


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
class VectorsFile:
    """A file of word vectors (see `tagger.vectors`).

    Attributes:
        first: so many of its first words are kept besides those of the corpus, for texts that
            the model will meet.
    """

    path: Path
    first: int = 20_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a run left behind: a model file, and its scores by split and layer."""

    path: Path
    bundle: Bundle
    scores: dict[str, dict[str, LayerScore]]
    outcome: Outcome
    seconds: float


def run(
    corpus: Corpus,
    output: Path,
    config: Config,
    display: Display,
    *,
    layers: Sequence[str] = (),
    auxiliary: Sequence[str] = (),
    vectors: VectorsFile | None = None,
    base: Bundle | None = None,
    device: str = "cpu",
    tokenization: Mapping[str, str] = MappingProxyType({}),
    command: str = "",
) -> Result:
    """Trains a model on a corpus and writes it to a file.

    Args:
        output: the model file. Beside it a log in JSON lines, `NAME.log.jsonl`.
        layers: names of the layers to learn; none chooses one.
        auxiliary: layers that are learned beside, to help, and left out of the model.
        vectors: of words, that others have trained; those of the corpus's words are used.
        base: a model to go on from. Its settings of the network and its word vectors stay;
            words and tags that it lacks are added.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        tokenization: how the model shall split raw text, by the names of `Tokenization`;
            what is missing: in the standard way, or into characters where the corpus is.
        command: kept in the model's provenance.

    Raises:
        TaggerError: corpus, settings or output cannot be right; each says where.
    """
    import seqeval.metrics  # noqa: F401 - if it is missing, that shows before training

    began = time.perf_counter()
    device = choose_device(device)
    _check_writable(output)
    ready = set_up(corpus, config, display, layers, device, auxiliary, vectors, base)
    config = ready.config
    network, indexer, train_set = ready.network, ready.indexer, ready.survey
    tag_layers = ready.layers[: len(ready.layers) - ready.auxiliary]

    def dev_score() -> float:
        engine = as_engine(network, indexer, config.model, config.training.threads)
        return _mean(evaluate(Tagger(ready.layers, engine), ready.dev, only=tag_layers))

    facts = (
        f"{len(train_set.lengths):,} sentences, {train_set.tokens:,} tokens,"
        f" dev {len(ready.dev):,} sentences"
    )
    with tempfile.TemporaryDirectory(prefix="tagger-") as folder, _Log(output) as log:
        loader = ready.loader(corpus, Path(folder))
        names = [layer.name for layer in tag_layers]
        log("begin", config=config.to_dict(), corpus=corpus.name, layers=names, command=command)
        display.begin(config, tag_layers, facts)
        reporter = _Reporter(display, log)
        try:
            outcome = train(
                network,
                loader,
                ready.sampler,
                config.training,
                dev_score,
                reporter,
                device,
            )
        finally:
            display.end()
            del loader  # the Arrow file is let go before its folder is removed
        if outcome.best is None:
            raise TrainingError(corpus.name, "an interruption in the first epoch", "a whole epoch")
        network.keep_heads(len(tag_layers))
        sample = [sentence.tokens for sentence in ready.dev if sentence.tokens]
        seen = dict.fromkeys(base.training_forms if base else (), 0) | dict(train_set.forms)
        bundle = export(network.to("cpu"), indexer, tag_layers, config, sample, seen)
        bundle = dataclasses.replace(
            bundle,
            provenance=_provenance(corpus, train_set, config, command)
            | {"trained_in": "bfloat16" if network.encoder.in_bfloat16 else "float32"}
            | ({"base": base.source} if base else {}),
            tokenization=_tokenization(tokenization, train_set),
        )
        bundle, dev_scores = _with_precision(bundle, ready.dev, train_set, config.training.threads)
        tagger = Tagger.from_bundle(bundle, threads=config.training.threads)
        scores = {"dev": dev_scores}
        if corpus.test is not None:
            scores["test"] = evaluate(tagger, list(corpus.test), train_set.forms)
        plain = {k: {n: s.to_dict() for n, s in v.items()} for k, v in scores.items()}
        bundle = dataclasses.replace(bundle, scores=plain)
        bundles.save(bundle, output)
        seconds = time.perf_counter() - began
        log("end", best_epoch=outcome.best.number, scores=plain, seconds=round(seconds, 1))
    return Result(output, bundle, scores, outcome, seconds)


@dataclass(frozen=True, slots=True)
class Setup:
    """What training begins with.

    Attributes:
        config: the settings, with what only the corpus and its vectors tell.
        layers: what is learned.
        strings: for each layer the tags that ids in training stand for.
        survey: of the training sentences.
        dev: sentences to score on.
        sampler: makes batches.
        auxiliary: how many layers, the last ones, are left out of the model.
    """

    config: Config
    network: Network
    indexer: FormIndexer
    layers: list[TagLayer]
    strings: list[list[str]]
    survey: Survey
    dev: list[Sentence]
    sampler: TokenBudgetSampler
    auxiliary: int

    def loader(self, corpus: Corpus, folder: Path) -> DataLoader[Batch]:
        """Writes the training sentences into a folder; returns what makes batches of them."""
        table = write_table(_training_part(corpus), self.layers, self.strings, folder)
        return make_loader(table, self.sampler, self.indexer, len(self.layers))


def set_up(
    corpus: Corpus,
    config: Config,
    display: Display,
    layers: Sequence[str] = (),
    device: str = "cpu",
    auxiliary: Sequence[str] = (),
    vectors: VectorsFile | None = None,
    base: Bundle | None = None,
) -> Setup:
    """Looks a corpus over and makes the network that is to learn it; arguments as for `run`.

    Raises:
        TaggerError: corpus or settings cannot be right.
    """
    names = choose_layers(corpus, layers)
    if auxiliary:
        auxiliary = [name for name in choose_layers(corpus, auxiliary) if name not in names]
        names = [*names, *auxiliary]
    train_set = survey(_training_part(corpus), names)
    if not train_set.tokens:
        raise CorpusError(corpus.train.source, "no sentences to train on", "at least one")
    dev = list(_dev_part(corpus))
    if corpus.dev is None:
        display.note(f"no dev set: each {_HELD_OUT}th sentence of {corpus.train.source} is one")
    if not any(sentence.tokens for sentence in dev):
        source = (corpus.dev or corpus.train).source
        raise CorpusError(source, "no sentences for a dev set", "at least one")
    test_set = survey(corpus.test, names) if corpus.test is not None else None
    dev_set = survey(dev, names)
    tag_layers = make_layers(train_set, config.model.head, dev_set, test_set)
    if base is not None:
        config = dataclasses.replace(config, model=base.config.model)
        tag_layers = with_tags_of(base, tag_layers, train_set)
        for layer in base.layers:
            if layer.name not in names:
                display.note(f"the layer {layer.name} of the model is not learned, and left out")
    _warn_of_odd_tags(corpus, tag_layers, display)
    budget = config.training.batch_tokens or min(1000, max(64, train_set.tokens // 150))
    _make_repeatable(config, budget)

    words, characters, shapes = train_set.vocabularies(config.model)
    if base is not None:
        words, characters, shapes = map(
            extended, (base.words, base.characters, base.shapes), (words, characters, shapes)
        )
        static, with_vectors = _NO_VECTORS, Vocabulary(base.static)
    else:
        static = _static_vectors(vectors, [train_set, dev_set, *([test_set] if test_set else [])])
        model = dataclasses.replace(config.model, static_size=static.size)
        config = dataclasses.replace(config, model=model)
        with_vectors = Vocabulary(static.words)
    model = config.model
    indexer = FormIndexer(model, words, characters, shapes, with_vectors, _REMEMBERED)
    strings = [_training_strings(layer, train_set) for layer in tag_layers]
    network = Network(
        model,
        Sizes(len(words), len(characters), len(shapes), len(with_vectors)),
        tag_layers,
        strings,
        Learning(
            _replacement(train_set, words, config.training.unknown_rate),
            uses_bfloat16(config.training.precision, device),
            config.training.smoothing,
            tuple(
                config.training.auxiliary_weight if layer.name in auxiliary else 1.0
                for layer in tag_layers
            ),
        ),
    )
    if static.size:
        network.forms.fill_static(static.table)
    if base is not None:
        take_weights(network, tag_layers, base)
    network.to(device)
    lengths = np.array(train_set.lengths, dtype=np.int64)
    sampler = TokenBudgetSampler(lengths, budget, config.training.seed)
    return Setup(
        config,
        network,
        indexer,
        tag_layers,
        strings,
        train_set,
        dev,
        sampler,
        len(auxiliary),
    )


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


def uses_bfloat16(precision: str, device: str) -> bool:
    """Tells whether LSTM layers are trained in bfloat16."""
    if precision != "auto" or device != "cpu":
        return precision == "bfloat16"
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # of new torch
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def _with_precision(
    bundle: Bundle, dev: Sequence[Sentence], train_set: Survey, threads: int
) -> tuple[Bundle, dict[str, LayerScore]]:
    """Chooses int8 where it scores no worse on the dev set, give or take 0.1 point.

    Returns:
        The bundle with what was chosen and measured, and the dev scores of it.
    """
    names = PRECISIONS if bundle.int8_graph else PRECISIONS[:1]
    scores = {}
    for name in names:
        tagger = Tagger.from_bundle(bundle, threads=threads, precision=name)
        scores[name] = evaluate(tagger, dev, train_set.forms)
    measured = {name: _mean(score) for name, score in scores.items()}
    chosen = max(names, key=lambda n: (measured[n] >= measured["float32"] - _WORSE, names.index(n)))
    return dataclasses.replace(bundle, precision=chosen, precision_scores=measured), scores[chosen]


def _mean(scores: Mapping[str, LayerScore]) -> float:
    return sum(score.main for score in scores.values()) / len(scores)


def _training_part(corpus: Corpus) -> Iterator[Sentence]:
    for i, sentence in enumerate(corpus.train, 1):
        if corpus.dev is not None or i % _HELD_OUT:
            yield sentence


def _dev_part(corpus: Corpus) -> Iterator[Sentence]:
    if corpus.dev is not None:
        yield from corpus.dev
        return
    for i, sentence in enumerate(corpus.train, 1):
        if not i % _HELD_OUT:
            yield sentence


def _warn_of_odd_tags(corpus: Corpus, layers: Sequence[TagLayer], display: Display) -> None:
    for layer in layers:
        for _, split in corpus.splits():
            number, first = odd_places(split, layer)
            if number:
                more = f" (and {number - 1} more such places)" if number > 1 else ""
                display.note(f"{first}, which {layer.scheme} does not allow{more}; read as a span")


def _make_repeatable(config: Config, batch_tokens: int) -> None:
    threads = config.training.threads or (1 if batch_tokens < _SHARED_BATCH else 0)
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(config.training.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # no part reads memory before it has written it; filling it took a sixth of the time
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _training_strings(layer: TagLayer, train_set: Survey) -> list[str]:
    """Returns the tags that ids in training stand for."""
    if layer.head == "sigmoid":
        return sorted(train_set.layers[layer.name].counts)
    return list(layer.symbols)


def _replacement(train_set: Survey, words: Vocabulary, rate: float) -> Tensor:
    counts = train_set.word_counts()
    rates = torch.zeros(len(words))
    for symbol in words.symbols:
        rates[words[symbol]] = rate / max(1, counts[symbol])  # none of what only a base knows
    return rates


def _static_vectors(file: VectorsFile | None, sets: Sequence[Survey]) -> Vectors:
    if file is None:
        return _NO_VECTORS
    forms = {form for survey in sets for form in survey.forms}
    return read_vectors(file.path, forms | {form.lower() for form in forms}, file.first)


def _tokenization(said: Mapping[str, str], train_set: Survey) -> Tokenization:
    if "tokens" in said:
        return make_tokenization(**said)
    return dataclasses.replace(tokenization_of(train_set.forms), **said)


def _provenance(corpus: Corpus, train_set: Survey, config: Config, command: str) -> dict[str, Any]:
    import onnx
    import onnxruntime

    return {
        "corpus": corpus.name,
        "files": {
            name: {"name": split.path.name, "sha256": sha256(split.path)}
            for name, split in corpus.splits()
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


def _check_writable(output: Path) -> None:
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
        self._path = output.with_suffix(".log.jsonl")

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

    def epoch(self, epoch: Epoch) -> None:
        self._display.epoch(epoch)
        self._log("epoch", **dataclasses.asdict(epoch))
