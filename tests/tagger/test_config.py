"""Settings as values: the range of each, and what a wrong one is told."""

import pytest

from tagger.config import ConfigError, ModelConfig, TrainingConfig

RANGES = {
    "word_size": (0, 4096),
    "min_count": (1, None),
    "character_size": (1, 1024),
    "character_output": (1, 4096),
    "max_characters": (4, 1000),
    "affix_size": (0, 1024),
    "affix_length": (1, 8),
    "affix_buckets": (16, 2**20),
    "shape_size": (0, 1024),
    "projection": (0, 4096),
    "pair_size": (-1, 1024),
    "pair_buckets": (16, 2**20),
    "column_size": (1, 1024),
    "gazetteer_size": (1, 1024),
    "layers": (1, 8),
    "hidden_size": (1, 4096),
    "epochs": (0, None),
    "neighbours": (0, 1000),
    "patience": (0, None),
    "batch_tokens": (0, None),
    "seed": (0, 2**63 - 1),
    "threads": (0, 1024),
}


@pytest.mark.parametrize("key", RANGES)
def test_whole_numbers_have_a_range(key: str) -> None:
    low, high = RANGES[key]
    kind = ModelConfig if key in ModelConfig.__dataclass_fields__ else TrainingConfig
    section = "model" if kind is ModelConfig else "training"
    wanted = f"{low} or more" if high is None else f"{low} to {high}"
    for value in (low, high or 10**9):
        assert getattr(kind(**{key: value}), key) == value
    for value in (low - 1, *([high + 1] if high else [])):
        with pytest.raises(ConfigError) as caught:
            kind(**{key: value})
        assert str(caught.value) == f"{section}.{key}: found {value}, expected {wanted}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ModelConfig(gazetteer_dropout=1.0),
            "model.gazetteer_dropout: found 1.0, expected 0.0 to below 1.0",
        ),
        (lambda: ModelConfig(dropout=1.0), "model.dropout: found 1.0, expected 0.0 to below 1.0"),
        (lambda: ModelConfig(agreement=1.1), "model.agreement: found 1.1, expected 0.0 to 1.0"),
        (
            lambda: ModelConfig(dropout=float("nan")),
            "model.dropout: found nan, expected 0.0 to below 1.0",
        ),
        (
            lambda: TrainingConfig(learning_rate=0.0),
            "training.learning_rate: found 0.0, expected above 0.0",
        ),
        (lambda: TrainingConfig(clip=-1.0), "training.clip: found -1.0, expected above 0.0"),
        (
            lambda: TrainingConfig(weight_decay=-0.1),
            "training.weight_decay: found -0.1, expected 0.0 or more",
        ),
        (lambda: TrainingConfig(warmup=0.6), "training.warmup: found 0.6, expected 0.0 to 0.5"),
        (
            lambda: TrainingConfig(unknown_rate=1.1),
            "training.unknown_rate: found 1.1, expected 0.0 to 1.0",
        ),
        (
            lambda: ModelConfig(cell="transformer"),
            "model.cell: found 'transformer', expected elman, gru or lstm",
        ),
        (
            lambda: TrainingConfig(average=1.0),
            "training.average: found 1.0, expected 0.0 to below 1.0",
        ),
        (
            lambda: TrainingConfig(smoothing=-0.1),
            "training.smoothing: found -0.1, expected 0.0 to below 1.0",
        ),
        (
            lambda: TrainingConfig(auxiliary_weight=0.0),
            "training.auxiliary_weight: found 0.0, expected above 0.0",
        ),
        (
            lambda: TrainingConfig(auxiliary="all"),
            "training.auxiliary: found 'all', expected none or auto",
        ),
        (
            lambda: TrainingConfig(word_dropout=1.0),
            "training.word_dropout: found 1.0, expected 0.0 to below 1.0",
        ),
        (
            lambda: ModelConfig(connections="dense"),
            "model.connections: found 'dense', expected plain, residual or highway",
        ),
        (
            lambda: TrainingConfig(language_model=-0.1),
            "training.language_model: found -0.1, expected 0.0 or more",
        ),
        (
            lambda: TrainingConfig(rare_weight=1.1),
            "training.rare_weight: found 1.1, expected 0.0 to 1.0",
        ),
        (lambda: ModelConfig(head=""), "model.head: found '', expected auto, softmax, crf or sigmoid"),
        (
            lambda: ModelConfig(character_encoder="rnn"),
            "model.character_encoder: found 'rnn', expected cnn, lstm or none",
        ),
        (
            lambda: TrainingConfig(optimizer="adam"),
            "training.optimizer: found 'adam', expected adamw or sgd",
        ),
        (
            lambda: TrainingConfig(schedule="step"),
            "training.schedule: found 'step', expected constant, linear, cosine or plateau",
        ),
        (
            lambda: ModelConfig(character_encoder="lstm", character_output=5),
            "model.character_output: found 5, expected an even number for the LSTM",
        ),
        (
            lambda: ModelConfig(character_encoder="none", word_size=0, affix_size=0, shape_size=0),
            "model: found no features of a form, expected words, characters, affixes or shape",
        ),
    ],
)
def test_values_out_of_range(make: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message
