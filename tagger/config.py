"""Settings as frozen values: what the network is, and how it is trained.

A value is checked when it is made; `tagger.settings` makes values of presets, files and
single settings. The result is saved inside the model.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from corpora.errors import TaggerError, shown

CELLS = ("elman", "gru", "lstm")
HEADS = ("auto", "softmax", "crf", "sigmoid")
CHARACTER_ENCODERS = ("cnn", "lstm", "none")
CONNECTIONS = ("plain", "residual", "highway")
JAMO_AFFIXES = ("auto", "yes", "no")
OPTIMIZERS = ("adamw", "sgd")
SCHEDULES = ("constant", "linear", "cosine", "plateau")
POOLINGS = ("first", "last", "mean", "max")
TRANSFORMER_USES = ("frozen", "fine-tuned")
TRAINING_PRECISIONS = ("auto", "float32", "bfloat16")
AUXILIARIES = ("none", "auto")
OUTSIDE_BIASES = ("learned", "dev")

BY_CORPUS = -1  # instead of a number that the corpus decides on
_ADDED = "added"  # marks a setting that older versions lack


class ConfigError(TaggerError):
    """A setting is unknown or out of its range."""


def _added(off: Any) -> Any:
    """Makes a setting that the first models do not know.

    It is written down only where it is used, so that what does without it stays the same to
    the byte, and is read by older versions.

    Args:
        off: its default, which leaves everything as it was without it.
    """
    return field(default=off, metadata={_ADDED: True})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """What the network is made of. A size of 0 leaves that part out.

    Attributes:
        word_size: numbers in a word embedding, 0 to 4096.
        min_count: how often a (folded) word must occur in training to have an
            embedding of its own, 1 or more.
        character_encoder: "cnn", "lstm" or "none".
        character_size: numbers in a character embedding, 1 to 1024.
        character_output: numbers in the vector made of a form's characters, 1 to
            4096; for the LSTM half of them each way.
        max_characters: longer forms show the encoder their two ends, 4 to 1000.
        jamo: the character encoder reads Hangul syllables as their letters: initial,
            medial, final.
        affix_size: numbers in the embedding of each affix, 0 to 1024.
        affix_length: prefixes and suffixes of 1 … this many characters, 1 to 8.
        affix_buckets: rows that the affixes are hashed into, 16 to 2**20.
        shape_size: numbers in the embedding of the word shape, 0 to 1024.
        static_size: numbers in the vectors that others have trained, 0 to 4096; it comes
            from their file.
        projection: numbers that all features of a form are joined into, 0 to 4096;
            0 hands them on as they are.
        cell: "elman", "gru" or "lstm".
        layers: recurrent layers, 1 to 8.
        hidden_size: numbers in a cell's state, each way, 1 to 4096.
        bidirectional: read each sentence both ways.
        dropout: share of form features, of context and of each recurrent layer's
            output that is set to zero in training, of the latter the same at each
            step of a sentence (locked); 0 to below 1.
        head: "softmax", "crf", "sigmoid", or "auto": a CRF where a layer annotates
            spans, softmax elsewhere.
        members: networks that learn side by side, each from other random weights, and
            whose scores are averaged; 1 to 16.
        connections: what goes on from a recurrent layer: "plain": its output; "residual":
            the sum of its input and its output; "highway": a mixture of both, as a
            learned gate says. An input that is not as wide as the output is first
            brought to its width by a learned linear map.
        layer_norm: each recurrent layer's states have mean 0 and deviation 1 at every
            token, up to a learned gain and shift, before they go on.
        jamo_affixes: besides affixes of characters, those of letters of Hangul, up to twice
            as long, as "ㄴ다" in "간다": "yes", "no", or "auto": where half of the training
            tokens are in Hangul.
        pair_size: numbers in the embedding of each token with the one before it, and with
            the one after it, 0 to 1024; 0 does without. -1 takes 32 where nine of ten
            training tokens are single characters, else 0.
        pair_buckets: rows that these pairs are hashed into, 16 to 2**20.
        column_size: numbers in the embedding of a value of each column that is read
            beside the form, 1 to 1024.
        gazetteer_size: numbers that the matches of names at a token are made into, 1 to
            1024.
        gazetteer_dropout: share of matches that training does not show, so that the
            network does not lean on them alone; 0 to below 1.
        neighbours: tokens of the same document that are read with each sentence, on either
            side at the most, 0 to 1000; only the sentence's own are learned and tagged.
        agreement: how far the scores of a form that looks like a name are drawn towards
            their mean over its document before they are decoded, 0 to 1; of a document of
            over 25,000 tokens, over so many at a time. For tagging; training is the same.
        transformer_size: numbers in the vectors of a transformer, 0 to 16384; it comes from
            its files.
        transformer_layers: how many of its last hidden layers are averaged, 1 to 100.
        transformer_pooling: which of the vectors of a token's subwords is the token's:
            that of the "first" or "last" one, their "mean", or the largest number in
            each place, "max".
        transformer_output: numbers that these vectors are mapped to, 0 to 4096; 0 hands
            them on as they are.
    """

    word_size: int = 100
    min_count: int = 2
    character_encoder: str = "cnn"
    character_size: int = 32
    character_output: int = 64
    max_characters: int = 40
    jamo: bool = False
    affix_size: int = 24
    affix_length: int = 4
    affix_buckets: int = 8192
    shape_size: int = 24
    static_size: int = 0
    projection: int = 128
    cell: str = "lstm"
    layers: int = 1
    hidden_size: int = 200
    bidirectional: bool = True
    dropout: float = 0.5
    head: str = "auto"
    members: int = _added(1)
    connections: str = _added("plain")
    layer_norm: bool = _added(False)
    jamo_affixes: str = _added("no")
    pair_size: int = _added(0)
    pair_buckets: int = _added(32768)
    column_size: int = _added(24)
    gazetteer_size: int = _added(24)
    gazetteer_dropout: float = _added(0.3)
    neighbours: int = _added(0)
    agreement: float = _added(0.0)
    transformer_size: int = _added(0)
    transformer_layers: int = _added(1)
    transformer_pooling: str = _added("mean")
    transformer_output: int = _added(128)

    def __post_init__(self) -> None:
        _in_range(self, "word_size", 0, 4096)
        _in_range(self, "min_count", 1, None)
        _one_of(self, "character_encoder", CHARACTER_ENCODERS)
        _in_range(self, "character_size", 1, 1024)
        _in_range(self, "character_output", 1, 4096)
        _in_range(self, "max_characters", 4, 1000)
        _in_range(self, "affix_size", 0, 1024)
        _in_range(self, "affix_length", 1, 8)
        _in_range(self, "affix_buckets", 16, 2**20)
        _in_range(self, "shape_size", 0, 1024)
        _in_range(self, "static_size", 0, 4096)
        _in_range(self, "projection", 0, 4096)
        _in_range(self, "column_size", 1, 1024)
        _in_range(self, "gazetteer_size", 1, 1024)
        _in_range(self, "gazetteer_dropout", 0.0, 1.0, below=True)
        _in_range(self, "transformer_size", 0, 16384)
        _in_range(self, "transformer_layers", 1, 100)
        _one_of(self, "transformer_pooling", POOLINGS)
        _in_range(self, "transformer_output", 0, 4096)
        _one_of(self, "cell", CELLS)
        _in_range(self, "layers", 1, 8)
        _in_range(self, "hidden_size", 1, 4096)
        _in_range(self, "dropout", 0.0, 1.0, below=True)
        _one_of(self, "head", HEADS)
        _in_range(self, "members", 1, 16)
        _one_of(self, "connections", CONNECTIONS)
        _one_of(self, "jamo_affixes", JAMO_AFFIXES)
        _in_range(self, "pair_size", -1, 1024)
        _in_range(self, "pair_buckets", 16, 2**20)
        _in_range(self, "neighbours", 0, 1000)
        _in_range(self, "agreement", 0.0, 1.0)
        if not (self.word_size or self.affix_size or self.shape_size or self.static_size) and (
            self.character_encoder == "none"
        ):
            raise ConfigError("model", "no features of a form", "words, characters, affixes or shape")
        if self.character_encoder == "lstm" and self.character_output % 2:
            raise ConfigError(
                "model.character_output", str(self.character_output), "an even number for the LSTM"
            )

    @property
    def uses_documents(self) -> bool:
        """Tells whether a sentence is tagged by more than its own tokens."""
        return bool(self.neighbours or self.agreement)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How the network is trained.

    Attributes:
        epochs: passes over the training sentences at the most. 0 takes as many as read a
            million tokens, from 15 to 40: a small corpus is read more often.
        patience: epochs without a better dev score after which training ends; 0 takes
            half of `epochs`.
        batch_tokens: tokens in a batch, padding included; a longer sentence is a
            batch of its own. 0 takes a 150th of the training tokens, from 64 to 1000.
        optimizer: "adamw" or "sgd" (with momentum 0.9).
        learning_rate: at its highest, above 0.
        weight_decay: decoupled (Loshchilov & Hutter 2019), 0 or more.
        schedule: of the learning rate: "constant", "linear" or "cosine" down to 0
            at the last of `epochs`, "plateau": halved after 2 epochs without a
            better dev score.
        warmup: share of all steps in which the rate first rises from 0, 0 to 0.5.
        clip: largest norm of the gradient, above 0.
        unknown_rate: with what probability a word that occurs once in training is
            replaced by the unknown word, 0 to 1; a word that occurs n times by
            this divided by n.
        seed: of all random choices.
        threads: of the CPU; 0 takes all cores, or one where batches have fewer than
            200 tokens, which are too little work to share.
        smoothing: share of the truth that a softmax head learns to spread over all tags,
            0 to below 1 (Szegedy et al. 2016).
        average: weights are scored and kept as a moving average over steps, with this
            factor at each step, 0 to below 1; 0 keeps them as they are.
        auxiliary: layers that are learned beside, to help, and left out of the model, where none
            is named: "none", or "auto": XPOS of the first corpus, where half of its tokens are
            in Hangul.
        auxiliary_weight: of the loss of layers that are only learned beside, above 0.
        precision: of LSTM layers in training: "float32", "bfloat16" (weights are kept
            in float32), or "auto": bfloat16 where the CPU is faster with it (AMX, AVX-512 of AMD).
        word_dropout: share of tokens whose whole vector is set to zero in training, 0 to
            below 1.
        language_model: weight, 0 or more, of a second thing to learn: from the states of the
            first recurrent layer, the next word, and from right to left the word before
            (Rei 2017). It is left out of the model. -1 takes 0.1 where all that the model
            tags are spans, else 0.
        rare_weight: how much more mistakes weigh where the true tag (of spans: the label) is
            rare, 0 (not at all) to 1: (mean frequency / frequency) to the power of this, from
            0.1 to 10.
        outside_bias: of the tag O, in layers of spans: "learned", or "dev": moved, at each epoch,
            to where the dev score is highest (Minkov et al. 2006).
        transformer: "frozen": its vectors are computed once; "fine-tuned": it learns too.
        transformer_rate: learning rate of a fine-tuned transformer at its highest, above
            0; it follows the schedule of `learning_rate`.
    """

    epochs: int = 0
    patience: int = 0
    batch_tokens: int = 0
    optimizer: str = "adamw"
    learning_rate: float = 0.003
    weight_decay: float = 0.01
    schedule: str = "linear"
    warmup: float = 0.02
    clip: float = 5.0
    unknown_rate: float = 0.5
    seed: int = 1
    threads: int = 0
    smoothing: float = 0.0
    average: float = 0.0
    auxiliary_weight: float = 0.5
    precision: str = "auto"
    auxiliary: str = _added("none")
    word_dropout: float = _added(0.0)
    language_model: float = _added(0.0)
    rare_weight: float = _added(0.0)
    outside_bias: str = _added("learned")
    transformer: str = _added("frozen")
    transformer_rate: float = _added(0.00003)

    def __post_init__(self) -> None:
        _in_range(self, "epochs", 0, None)
        _in_range(self, "patience", 0, None)
        _in_range(self, "batch_tokens", 0, None)
        _one_of(self, "optimizer", OPTIMIZERS)
        _in_range(self, "learning_rate", 0.0, None, above=True)
        _in_range(self, "weight_decay", 0.0, None)
        _one_of(self, "schedule", SCHEDULES)
        _in_range(self, "warmup", 0.0, 0.5)
        _in_range(self, "clip", 0.0, None, above=True)
        _in_range(self, "unknown_rate", 0.0, 1.0)
        _in_range(self, "seed", 0, 2**63 - 1)
        _in_range(self, "threads", 0, 1024)
        _in_range(self, "smoothing", 0.0, 1.0, below=True)
        _in_range(self, "average", 0.0, 1.0, below=True)
        _one_of(self, "auxiliary", AUXILIARIES)
        _in_range(self, "auxiliary_weight", 0.0, None, above=True)
        _one_of(self, "precision", TRAINING_PRECISIONS)
        _in_range(self, "word_dropout", 0.0, 1.0, below=True)
        if self.language_model != BY_CORPUS:
            _in_range(self, "language_model", 0.0, None)
        _in_range(self, "rare_weight", 0.0, 1.0)
        _one_of(self, "outside_bias", OUTSIDE_BIASES)
        _one_of(self, "transformer", TRANSFORMER_USES)
        _in_range(self, "transformer_rate", 0.0, None, above=True)

    def fitted(self, tokens: int) -> TrainingConfig:
        """Returns the settings with what depends on the number of training tokens filled in.

        >>> small, large = TrainingConfig().fitted(30_000), TrainingConfig().fitted(300_000)
        >>> small.epochs, small.patience, small.batch_tokens
        (34, 17, 200)
        >>> large.epochs, large.patience, large.batch_tokens
        (15, 7, 1000)
        """
        epochs = self.epochs or min(40, max(15, -(-1_000_000 // max(1, tokens))))
        return dataclasses.replace(
            self,
            epochs=epochs,
            patience=self.patience or max(1, epochs // 2),
            batch_tokens=self.batch_tokens or min(1000, max(64, tokens // 150)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of a run: `[model]` and `[training]` of a TOML file."""

    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Returns plain values, as they stand in a TOML file.

        Settings that older versions lack are left out where they are off.
        """
        return {
            section: {
                f.name: getattr(part, f.name)
                for f in dataclasses.fields(part)
                if _ADDED not in f.metadata or getattr(part, f.name) != f.default
            }
            for section, part in (("model", self.model), ("training", self.training))
        }


def _section(part: ModelConfig | TrainingConfig) -> str:
    return "model" if isinstance(part, ModelConfig) else "training"


def _one_of(part: ModelConfig | TrainingConfig, key: str, choices: tuple[str, ...]) -> None:
    value = getattr(part, key)
    if value not in choices:
        raise ConfigError(
            f"{_section(part)}.{key}", shown(value), f"{', '.join(choices[:-1])} or {choices[-1]}"
        )


def _in_range(
    part: ModelConfig | TrainingConfig,
    key: str,
    low: float,
    high: float | None,
    *,
    above: bool = False,
    below: bool = False,
) -> None:
    value = getattr(part, key)
    too_low = value <= low if above else value < low
    too_high = high is not None and (value >= high if below else value > high)
    if too_low or too_high or value != value:
        wanted = f"above {low}" if above else f"{low} or more"
        if high is not None:
            wanted = f"{low} to {'below ' if below else ''}{high}"
        raise ConfigError(f"{_section(part)}.{key}", str(value), wanted)
