"""Before training: a corpus is looked over, and the network made that is to learn it.

Knows no files that are written and no loop of training.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from corpora import Corpus, CorpusError, Sentence
from tagger.bundle import Bundle
from tagger.config import Config
from tagger.document import documents_of
from tagger.features import FormIndexer, composed
from tagger.layers import TagLayer
from tagger.network.embeddings import Sizes
from tagger.network.model import Learning, Network
from tagger.training.data import Batch, TokenBudgetSampler, make_loader, write_table
from tagger.training.survey import Survey, choose_layers, make_layers, odd_places, survey
from tagger.training.warm_start import extended, take_weights, with_tags_of
from tagger.vectors import Vectors, read_vectors
from tagger.vocabulary import Vocabulary

_SHARED_BATCH = 200  # tokens; a smaller batch is sooner done by one thread than by several
_REMEMBERED = 100_000  # forms whose ids are kept from epoch to epoch
_NO_VECTORS = Vectors((), np.zeros((0, 0), np.float32))
_HELD_OUT = 10  # without a dev set, each 10th training sentence (or stretch) serves as one
_STRETCH = 10  # sentences of a document at the most, which stay together for a model of documents


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
class Task:
    """What is to be learned, and what with.

    Attributes:
        layers: names of the layers to learn; none chooses one.
        auxiliary: layers that are learned beside, to help, and left out of the model.
        vectors: of words, that others have trained; those of the corpus's words are used.
        base: a model to go on from. Its settings of the network and its word vectors stay;
            words and tags that it lacks are added.
    """

    layers: Sequence[str] = ()
    auxiliary: Sequence[str] = ()
    vectors: VectorsFile | None = None
    base: Bundle | None = None


DEFAULT_TASK = Task()


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
        model = self.config.model
        part = training_part(corpus, model.uses_documents)
        table = write_table(part, self.layers, self.strings, folder, model.context)
        return make_loader(table, self.sampler, self.indexer, len(self.layers))


def set_up(
    corpus: Corpus, config: Config, task: Task, note: Callable[[str], None], device: str = "cpu"
) -> Setup:
    """Looks a corpus over and makes the network that is to learn it.

    Args:
        note: is told what the user should know.
        device: that the network is on.

    Raises:
        TaggerError: corpus or settings cannot be right.
    """
    base = task.base
    if base is not None:
        config = dataclasses.replace(config, model=base.config.model)
    names = choose_layers(corpus, task.layers)
    auxiliary: list[str] = []
    if task.auxiliary:
        auxiliary = [name for name in choose_layers(corpus, task.auxiliary) if name not in names]
        names += auxiliary
    in_documents = config.model.uses_documents
    train_set = survey(training_part(corpus, in_documents), names)
    if not train_set.tokens:
        raise CorpusError(corpus.train.source, "no sentences to train on", "at least one")
    dev = list(_dev_part(corpus, in_documents))
    if corpus.dev is None:
        what = f"stretch of up to {_STRETCH} sentences" if in_documents else "sentence"
        note(f"no dev set: each {_HELD_OUT}th {what} of {corpus.train.source} is one")
    if in_documents and sum(1 for _ in itertools.islice(documents_of(corpus.train), 2)) < 2:
        note(f"{corpus.train.source} marks no documents: all of it is read as one")
    if not any(sentence.tokens for sentence in dev):
        source = (corpus.dev or corpus.train).source
        raise CorpusError(source, "no sentences for a dev set", "at least one")
    test_set = survey(corpus.test, names) if corpus.test is not None else None
    dev_set = survey(dev, names)
    tag_layers = make_layers(train_set, config.model.head, dev_set, test_set)
    if base is not None:
        tag_layers = with_tags_of(base, tag_layers, train_set)
        for layer in base.layers:
            if layer.name not in names:
                note(f"the layer {layer.name} of the model is not learned, and left out")
    _note_odd_tags(corpus, tag_layers, note)
    budget = config.training.batch_tokens or min(1000, max(64, train_set.tokens // 150))
    _make_repeatable(config, budget)

    words, characters, shapes = train_set.vocabularies(config.model)
    if base is not None:
        words, characters, shapes = map(
            extended, (base.words, base.characters, base.shapes), (words, characters, shapes)
        )
        static, with_vectors = _NO_VECTORS, Vocabulary(base.static)
    else:
        static = _static_vectors(task.vectors, [train_set, dev_set, *([test_set] if test_set else [])])
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


def uses_bfloat16(precision: str, device: str) -> bool:
    """Tells whether LSTM layers are trained in bfloat16."""
    if precision != "auto" or device != "cpu":
        return precision == "bfloat16"
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # of new torch
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def training_part(corpus: Corpus, in_documents: bool) -> Iterator[Sentence]:
    """Yields the sentences to learn from: all but those that serve as a dev set.

    Args:
        in_documents: where some are taken out, neighbours stay together; see `_held_out`.
    """
    if corpus.dev is not None:
        yield from corpus.train
    else:
        yield from _held_out(corpus.train, in_documents, is_dev=False)


def _dev_part(corpus: Corpus, in_documents: bool) -> Iterator[Sentence]:
    if corpus.dev is not None:
        yield from corpus.dev
    else:
        yield from _held_out(corpus.train, in_documents, is_dev=True)


def _held_out(sentences: Iterable[Sentence], in_documents: bool, *, is_dev: bool) -> Iterator[Sentence]:
    """Yields the dev part of training sentences, or the other one.

    Args:
        in_documents: stretches of neighbours stay together, and no document goes on where
            one was taken out.
    """
    if not in_documents:
        for i, sentence in enumerate(sentences, 1):
            if is_dev != bool(i % _HELD_OUT):
                yield sentence
        return
    number = 0
    for document in documents_of(sentences):
        is_first = True
        while stretch := list(itertools.islice(document, _STRETCH)):
            number += 1
            if is_dev == bool(number % _HELD_OUT):
                is_first = True
                continue
            yield dataclasses.replace(stretch[0], new_document=is_first)
            yield from stretch[1:]
            is_first = False


def _note_odd_tags(corpus: Corpus, layers: Sequence[TagLayer], note: Callable[[str], None]) -> None:
    for layer in layers:
        for _, split in corpus.splits():
            number, first = odd_places(split, layer)
            if number:
                more = f" (and {number - 1} more such places)" if number > 1 else ""
                note(f"{first}, which {layer.scheme} does not allow{more}; read as a span")


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
    forms = {composed(form) for survey in sets for form in survey.forms}  # as they are looked up
    return read_vectors(file.path, forms | {form.lower() for form in forms}, file.first)
