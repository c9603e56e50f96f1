"""Before training: corpora are looked over, and the network made that is to learn them.

Knows no files that are written and no loop of training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch.utils.data import DataLoader

from corpora import Corpus, CorpusError
from tagger.bundle import Bundle
from tagger.config import BY_CORPUS, Config, ConfigError, ModelConfig
from tagger.context.gazetteers import read_gazetteers
from tagger.context.parts import Part
from tagger.context.sources import ContextSources
from tagger.context.transformer import Transformer
from tagger.features import FormIndexer, composed, in_hangul
from tagger.layers import TagLayer
from tagger.network.embeddings import Sizes
from tagger.network.ensemble import Networks, make_networks
from tagger.network.model import Network
from tagger.network.transformer import TokenTransformer, make_transformer
from tagger.training.data import Batch, TokenBudgetSampler, make_loader, write_table
from tagger.training.learning import make_learning, make_repeatable, share_threads
from tagger.training.sources import (
    Further,
    ScoredSet,
    Source,
    choose_inputs,
    choose_sources,
    joined,
    layers_beside,
    look_over,
)
from tagger.training.survey import MANY, MOST, Survey, make_layers, odd_places
from tagger.training.transformer import read_transformer, training_part
from tagger.training.warm_start import extended, extended_context, take_weights, with_tags_of
from tagger.vectors import Vectors, read_vectors
from tagger.vocabulary import Vocabulary

_PAIR_SIZE = 32
_LANGUAGE_MODEL = 0.1
_REMEMBERED = 100_000  # forms whose ids are kept from epoch to epoch
_NO_VECTORS = Vectors((), np.zeros((0, 0), np.float32))


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
        layers: names of the layers to learn; none: those that speak for themselves.
        auxiliary: layers that are learned beside, to help, and left out of the model.
        vectors: of words, that others have trained; those of the corpus's words are used.
        also: corpora to learn from besides the first; each may have some of the layers only.
        base: a model to go on from. Its settings of the network, its word vectors and its
            context stay; words, tags and values that it lacks are added.
        inputs: layers that are there before tagging, to be read beside the tokens.
        gazetteers: labels and files of names (see `tagger.context.gazetteers`).
        transformer: whose vectors are read beside the tokens: a folder, or a name on the
            Hugging Face hub.
    """

    layers: Sequence[str] = ()
    auxiliary: Sequence[str] = ()
    vectors: VectorsFile | None = None
    base: Bundle | None = None
    also: Sequence[Further] = ()
    inputs: Sequence[str] = ()
    gazetteers: Sequence[tuple[str, Path]] = ()
    transformer: str = ""


DEFAULT_TASK = Task()


@dataclass(frozen=True, slots=True)
class Setup:
    """What training begins with.

    Attributes:
        config: the settings, with what only the corpora and their vectors tell.
        layers: what is learned.
        strings: for each layer the tags that ids in training stand for.
        sources: the corpora.
        survey: of all their training sentences.
        dev: sentences to score on, of each corpus that has a layer of the model.
        sampler: makes batches.
        auxiliary: how many layers, the last ones, are left out of the model.
        context: what tokens bring beside their forms.
        parts: made of it.
    """

    config: Config
    network: Networks
    indexer: FormIndexer
    layers: list[TagLayer]
    strings: list[list[str]]
    sources: list[Source]
    survey: Survey
    dev: list[ScoredSet]
    sampler: TokenBudgetSampler
    auxiliary: int
    context: ContextSources
    parts: list[Part]

    @property
    def kept_layers(self) -> list[TagLayer]:
        """The layers that the model will have."""
        return self.layers[: len(self.layers) - self.auxiliary]

    def facts(self) -> str:
        """Returns how much there is to learn from."""
        corpora = f"{len(self.sources)} corpora, " if len(self.sources) > 1 else ""
        return (
            f"{corpora}{len(self.survey.lengths):,} sentences, {self.survey.tokens:,} tokens,"
            f" dev {sum(len(one.sentences) for one in self.dev):,} sentences"
        )

    def loader(self, folder: Path) -> DataLoader[Batch]:
        """Writes the training sentences into a folder; returns what makes batches of them."""
        taught = [(source.train(), source.taught) for source in self.sources]
        columns = list(self.context.columns)
        neighbours = self.config.model.neighbours
        table = write_table(taught, self.layers, self.strings, folder, columns, neighbours)
        return make_loader(table, self.sampler, self.indexer, len(self.layers), self.parts)


def set_up(
    corpus: Corpus, config: Config, task: Task, note: Callable[[str], None], device: str = "cpu"
) -> Setup:
    """Looks corpora over and makes the network that is to learn them.

    Args:
        corpus: the first one; `task` may name others.
        note: is told what the user should know.
        device: that the network is on.

    Raises:
        TaggerError: a corpus or settings cannot be right.
    """
    base = task.base
    if base is not None:
        config = dataclasses.replace(config, model=base.config.model)
    transformer, in_torch = _transformer(task, config, device)
    gazetteers = read_gazetteers(task.gazetteers)
    corpora = _look_over(corpus, config, task, note)
    static = _NO_VECTORS if base is not None else _static_vectors(task.vectors, corpora.surveys, note)
    config = _fitted(config, corpora, static, in_torch, base)
    threads = share_threads(config.training, config.model.members, device)
    make_repeatable(config.training.seed)
    indexer = _indexer(config.model, corpora.train, static, base)
    context = ContextSources(corpora.train.column_values(), gazetteers, transformer)
    if base is not None:
        context = extended_context(base.context, context)
    parts = context.parts(config.model, _transformer_part(config, in_torch, corpora.surveys))
    strings = [_training_strings(layer, corpora.train) for layer in corpora.layers]
    learning = make_learning(
        config.training, corpora.train, indexer.words, corpora.layers, corpora.auxiliary, device
    )
    sizes = Sizes(*map(len, (indexer.words, indexer.characters, indexer.shapes, indexer.static)))
    network = make_networks(
        lambda: Network(config.model, sizes, corpora.layers, strings, learning, parts),
        config.model.members,
        threads,
    )
    if static.size:
        for member in network.networks:
            member.forms.fill_static(static.table)
    if base is not None:
        take_weights(network, corpora.layers, base)
    lengths = np.array(corpora.train.lengths, dtype=np.int64)
    return Setup(
        config,
        network.to(device),
        indexer,
        corpora.layers,
        strings,
        corpora.sources,
        corpora.train,
        corpora.dev,
        TokenBudgetSampler(lengths, config.training.batch_tokens, config.training.seed),
        len(corpora.auxiliary),
        context,
        parts,
    )


@dataclass(frozen=True, slots=True)
class _Corpora:
    """Corpora that have been looked over.

    Attributes:
        train: all their training sentences.
        surveys: these, and the sentences that are scored on, set by set.
        dev: sentences to score on.
        layers: what is learned, those of the model first.
        auxiliary: names of the others.
    """

    sources: list[Source]
    train: Survey
    surveys: list[Survey]
    dev: list[ScoredSet]
    layers: list[TagLayer]
    auxiliary: list[str]


def _look_over(corpus: Corpus, config: Config, task: Task, note: Callable[[str], None]) -> _Corpora:
    """Looks over a corpus, and those that the task names besides."""
    base = task.base
    wanted = task.inputs if base is None else list(base.context.columns)
    beside = task.auxiliary
    if not beside and config.training.auxiliary == "auto":
        beside = layers_beside(corpus, wanted)
    names, auxiliary, sources = choose_sources(
        corpus,
        task.also,
        task.layers,
        beside,
        known=[layer.name for layer in base.layers] if base is not None else (),
        in_documents=config.model.uses_documents,
    )
    inputs = choose_inputs(sources, wanted, names + auxiliary)
    looked = [look_over(source, note, inputs) for source in sources]
    train = joined(sources, [one.train for one in looked], names + auxiliary, note)
    layers = make_layers(train, config.model.head)
    if base is not None:
        layers = with_tags_of(base, layers, train)
        for layer in base.layers:
            if layer.name not in names + auxiliary:
                note(f"the layer {layer.name} of the model is not learned, and left out")
    for layer in layers:
        if not layer.symbols:  # of a sigmoid head
            raise CorpusError(f"layer {layer.name}", f"no tag but {layer.empty}", "one label at least")
    _note_odd_tags(sources, layers, note)
    surveys = [train, *(survey for one in looked for survey in one.others)]
    dev = [one.dev for one in looked if one.dev is not None]
    return _Corpora(sources, train, surveys, dev, layers, auxiliary)


def _fitted(
    config: Config,
    corpora: _Corpora,
    static: Vectors,
    transformer: TokenTransformer | None,
    base: Bundle | None,
) -> Config:
    """Fills in what only the corpora, vectors and a transformer tell."""
    model, train = config.model, corpora.train
    if base is None:
        width = transformer.width if transformer else 0
        model = dataclasses.replace(model, static_size=static.size, transformer_size=width)
    if model.jamo_affixes == "auto":
        is_korean = train.share(in_hangul) >= MANY
        model = dataclasses.replace(model, jamo_affixes="yes" if is_korean else "no")
    if model.pair_size == BY_CORPUS:
        in_characters = train.share(lambda form: len(form) == 1) >= MOST
        model = dataclasses.replace(model, pair_size=_PAIR_SIZE if in_characters else 0)
    training = config.training.fitted(train.tokens)
    kept = corpora.layers[: len(corpora.layers) - len(corpora.auxiliary)]
    if not any(layer.scheme for layer in kept):
        training = dataclasses.replace(training, outside_bias="learned")
    if training.language_model == BY_CORPUS:
        weight = _LANGUAGE_MODEL if all(layer.scheme for layer in kept) else 0.0
        training = dataclasses.replace(training, language_model=weight)
    return Config(model=model, training=training)


def _indexer(model: ModelConfig, train: Survey, static: Vectors, base: Bundle | None) -> FormIndexer:
    words, characters, shapes = train.vocabularies(model)
    with_vectors = Vocabulary(static.words)
    if base is not None:
        words = extended(base.words, words)
        characters = extended(base.characters, characters)
        shapes = extended(base.shapes, shapes)
        with_vectors = Vocabulary(base.static)
    return FormIndexer(model, words, characters, shapes, with_vectors, _REMEMBERED)


def _transformer_part(
    config: Config, transformer: TokenTransformer | None, surveys: Sequence[Survey]
) -> Part | None:
    """Returns what reads sentences by a transformer in training, where there is one."""
    if transformer is None:
        return None
    neighbours = 2 * config.model.neighbours
    tokens = sum(survey.tokens + neighbours * len(survey.lengths) for survey in surveys)  # at the most
    return training_part(
        transformer, config.model.transformer_output, config.training.transformer, tokens
    )


def _transformer(
    task: Task, config: Config, device: str
) -> tuple[Transformer | None, TokenTransformer | None]:
    """Returns the transformer of a task, as values and in torch, where it has one.

    Raises:
        ConfigError: several networks would have to tune one transformer.
        TaggerError: it cannot be read.
    """
    if config.training.transformer == "fine-tuned" and config.model.members > 1:
        raise ConfigError("training.transformer", "fine-tuned in an ensemble", "frozen, or one member")
    known = task.base.context.transformer if task.base is not None else None
    how = config.model.transformer_layers, config.model.transformer_pooling
    if known is not None:
        return known, make_transformer(known, *how).to(device)
    return read_transformer(task.transformer, *how, device) if task.transformer else (None, None)


def _note_odd_tags(
    sources: Sequence[Source], layers: Sequence[TagLayer], note: Callable[[str], None]
) -> None:
    splits = [(one, split) for one in sources for _, split in one.corpus.splits()]
    for layer in layers:
        for source, split in splits:
            number, first = odd_places(split, layer) if layer.name in source.taught else (0, "")
            if number:
                more = f" (and {number - 1} more such places)" if number > 1 else ""
                note(f"{first}, which {layer.scheme} does not allow{more}; read as a span")


def _training_strings(layer: TagLayer, train_set: Survey) -> list[str]:
    """Returns the tags that ids in training stand for."""
    if layer.head == "sigmoid":
        return sorted(train_set.layers[layer.name].counts)
    return list(layer.symbols)


def _static_vectors(
    file: VectorsFile | None, sets: Sequence[Survey], note: Callable[[str], None]
) -> Vectors:
    if file is None:
        return _NO_VECTORS
    forms = {composed(form) for survey in sets for form in survey.forms}  # as they are looked up
    found = read_vectors(file.path, forms | {form.lower() for form in forms}, file.first)
    if found.broken:
        note(f"{file.path}: {found.broken:,} words that are not UTF-8 are left out")
    return found
