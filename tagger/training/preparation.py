"""Before training: corpora are looked over, and the network made that is to learn them.

Knows no files that are written and no loop of training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from corpora import Corpus
from tagger.bundle import Bundle
from tagger.config import Config, ConfigError, TrainingConfig
from tagger.context.gazetteers import read_gazetteers
from tagger.context.parts import Part
from tagger.context.sources import ContextSources
from tagger.context.transformer import Transformer
from tagger.features import FormIndexer, composed
from tagger.layers import TagLayer
from tagger.network.cells import runs_in_bfloat16
from tagger.network.embeddings import Sizes
from tagger.network.ensemble import Networks, make_networks
from tagger.network.model import Learning, Network
from tagger.network.transformer import TokenTransformer, make_transformer
from tagger.training.data import Batch, TokenBudgetSampler, make_loader, write_table
from tagger.training.rarity import rare_weights
from tagger.training.sources import (
    Further,
    ScoredSet,
    Source,
    choose_inputs,
    choose_sources,
    joined,
    look_over,
)
from tagger.training.survey import Survey, make_layers, odd_places
from tagger.training.transformer import read_transformer, training_part
from tagger.training.warm_start import extended, extended_context, take_weights, with_tags_of
from tagger.vectors import Vectors, read_vectors
from tagger.vocabulary import Vocabulary

_SHARED_BATCH = 200  # tokens; a smaller batch is sooner done by one thread than by several
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
    names, auxiliary, sources = choose_sources(
        corpus, task.also, task.layers, task.auxiliary, in_documents=config.model.uses_documents
    )
    wanted = task.inputs if base is None else list(base.context.columns)
    inputs = choose_inputs(sources, wanted, names + auxiliary)
    gazetteers = read_gazetteers(task.gazetteers)
    found = [look_over(source, note, inputs) for source in sources]
    train_set = joined(sources, [one.train for one in found], names + auxiliary, note)
    tag_layers = make_layers(train_set, config.model.head)
    if base is not None:
        tag_layers = with_tags_of(base, tag_layers, train_set)
        for layer in base.layers:
            if layer.name not in names + auxiliary:
                note(f"the layer {layer.name} of the model is not learned, and left out")
    _note_odd_tags(sources, tag_layers, note)
    config = dataclasses.replace(config, training=config.training.fitted(train_set.tokens))
    _make_repeatable(config.training)
    if config.model.jamo_affixes == "auto":
        found_hangul = "yes" if 2 * train_set.in_hangul() >= train_set.tokens else "no"
        model = dataclasses.replace(config.model, jamo_affixes=found_hangul)
        config = dataclasses.replace(config, model=model)

    words, characters, shapes = train_set.vocabularies(config.model)
    context = ContextSources(train_set.column_values(), gazetteers, transformer)
    held_out = [survey for one in found for survey in one.others]
    if base is not None:
        words, characters, shapes = map(
            extended, (base.words, base.characters, base.shapes), (words, characters, shapes)
        )
        static, with_vectors = _NO_VECTORS, Vocabulary(base.static)
        context = extended_context(base.context, context)
    else:
        static = _static_vectors(task.vectors, [train_set, *held_out])
        width = in_torch.width if in_torch else 0
        model = dataclasses.replace(config.model, static_size=static.size, transformer_size=width)
        config = dataclasses.replace(config, model=model)
        with_vectors = Vocabulary(static.words)
    model = config.model
    indexer = FormIndexer(model, words, characters, shapes, with_vectors, _REMEMBERED)
    strings = [_training_strings(layer, train_set) for layer in tag_layers]
    learning = _learning(config.training, train_set, words, tag_layers, auxiliary, device)
    sizes = Sizes(len(words), len(characters), len(shapes), len(with_vectors))
    part = None
    if in_torch is not None:
        tokens = sum(  # that are read, at the most
            survey.tokens + 2 * model.neighbours * len(survey.lengths)
            for survey in [train_set, *held_out]
        )
        part = training_part(in_torch, model.transformer_output, config.training.transformer, tokens)
    parts = context.parts(model, part)
    network = make_networks(
        lambda: Network(model, sizes, tag_layers, strings, learning, parts), model.members
    )
    if static.size:
        for member in network.networks:
            member.forms.fill_static(static.table)
    if base is not None:
        take_weights(network, tag_layers, base)
    network.to(device)
    lengths = np.array(train_set.lengths, dtype=np.int64)
    sampler = TokenBudgetSampler(lengths, config.training.batch_tokens, config.training.seed)
    return Setup(
        config,
        network,
        indexer,
        tag_layers,
        strings,
        sources,
        train_set,
        [one.dev for one in found if one.dev is not None],
        sampler,
        len(auxiliary),
        context,
        parts,
    )


def _learning(
    training: TrainingConfig,
    train_set: Survey,
    words: Vocabulary,
    layers: Sequence[TagLayer],
    auxiliary: Sequence[str],
    device: str,
) -> Learning:
    return Learning(
        _replacement(train_set, words, training.unknown_rate),
        uses_bfloat16(training.precision, device),
        training.smoothing,
        tuple(training.auxiliary_weight if layer.name in auxiliary else 1.0 for layer in layers),
        word_dropout=training.word_dropout,
        language_model=training.language_model,
        tag_weights=_tag_weights(layers, train_set, training.rare_weight),
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


def uses_bfloat16(precision: str, device: str) -> bool:
    """Tells whether LSTM layers are trained in bfloat16.

    Raises:
        ConfigError: they shall be, and torch cannot do so here.
    """
    if precision == "bfloat16" and not runs_in_bfloat16(device):
        found = "bfloat16, which torch does not have on this processor"
        raise ConfigError("training.precision", found, "float32 or auto")
    if precision != "auto" or device != "cpu":
        return precision == "bfloat16"
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # of new torch
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


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


def _make_repeatable(config: TrainingConfig) -> None:
    threads = config.threads or (1 if config.batch_tokens < _SHARED_BATCH else 0)
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(config.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # no part reads memory before it has written it; filling it took a sixth of the time
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _training_strings(layer: TagLayer, train_set: Survey) -> list[str]:
    """Returns the tags that ids in training stand for."""
    if layer.head == "sigmoid":
        return sorted(train_set.layers[layer.name].counts)
    return list(layer.symbols)


def _tag_weights(layers: Sequence[TagLayer], train_set: Survey, power: float) -> tuple[Tensor, ...]:
    if not power:
        return ()
    return tuple(
        torch.tensor(rare_weights(layer, train_set.layers[layer.name].counts, power)) for layer in layers
    )


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
