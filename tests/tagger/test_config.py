"""Settings: presets, files, single values, and what each wrong one is told."""

import dataclasses
from pathlib import Path

import pytest

from tagger.config import (
    PRESETS,
    Config,
    ConfigError,
    ModelConfig,
    TrainingConfig,
    from_dict,
    make_config,
)


def test_the_fast_preset_is_the_default() -> None:
    assert make_config() == make_config("fast")


def test_what_a_model_file_does_not_say_is_off() -> None:
    assert from_dict({}) == Config()
    assert (Config().model.jamo_affixes, Config().model.pair_size) == ("no", 0)


@pytest.mark.parametrize("preset", PRESETS)
def test_preset(preset: str) -> None:
    config = make_config(preset).to_dict()
    changes = [
        (section, key, value)
        for section, table in config.items()
        for key, value in table.items()
        if value != getattr(getattr(Config(), section), key)
    ]
    assert {(s, k): v for s, k, v in changes} == {
        (s, k): v for s, table in PRESETS[preset].items() for k, v in table.items()
    }


@pytest.mark.parametrize(
    ("section", "key", "used"),
    [
        ("training", "word_dropout", 0.1),
        ("training", "rare_weight", 0.1),
        ("training", "language_model", 0.1),
        ("model", "connections", "highway"),
        ("model", "layer_norm", True),
        ("model", "jamo_affixes", "yes"),
        ("model", "neighbours", 50),
        ("model", "agreement", 0.5),
    ],
)
def test_what_older_versions_lack_is_written_where_it_is_used(
    section: str, key: str, used: object
) -> None:
    assert key not in Config().to_dict()[section]
    config = from_dict({section: {key: used}})
    assert config.to_dict()[section][key] == used
    assert from_dict(config.to_dict()) == config


@pytest.mark.parametrize("preset", PRESETS)
def test_saved_settings_are_read_again(preset: str) -> None:
    config = make_config(preset, settings=["model.cell=gru", "training.seed=9"])
    assert from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("setting", "section", "key", "value"),
    [
        ("model.neighbours=50", "model", "neighbours", 50),
        ("model.agreement=1", "model", "agreement", 1.0),
        ("model.hidden_size=7", "model", "hidden_size", 7),
        (" model.hidden_size = 7 ", "model", "hidden_size", 7),
        ("model.dropout=0", "model", "dropout", 0.0),
        ("model.dropout=0.25", "model", "dropout", 0.25),
        ("training.learning_rate=1e-4", "training", "learning_rate", 1e-4),
        ("model.bidirectional=false", "model", "bidirectional", False),
        ("model.bidirectional=True", "model", "bidirectional", True),
        ("model.cell=elman", "model", "cell", "elman"),
        ("training.optimizer=sgd", "training", "optimizer", "sgd"),
    ],
)
def test_setting(setting: str, section: str, key: str, value: object) -> None:
    config = make_config(settings=[setting])
    found = getattr(getattr(config, section), key)
    assert (found, type(found)) == (value, type(value))
    part = dataclasses.replace(
        getattr(config, section), **{key: getattr(getattr(make_config(), section), key)}
    )
    assert dataclasses.replace(config, **{section: part}) == make_config()


def test_later_values_win(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('preset = "accurate"\n[model]\nlayers = 3\ndropout = 0\n[training]\nseed = 5\n')
    config = make_config("fast", file, ["training.seed=6", "training.seed=7"])
    accurate = make_config("accurate")
    assert config == Config(
        model=dataclasses.replace(accurate.model, layers=3, dropout=0.0),
        training=dataclasses.replace(accurate.training, seed=7),
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "model.hiden_size=7",
            "--set model.hiden_size: found an unknown key, expected a known one;"
            " did you mean model.hidden_size?",
        ),
        (
            "model.=7",
            "--set model.: found an unknown key, expected a known one; did you mean model.{near}?",
        ),
        (
            "training.lr=7",
            "--set training.lr: found an unknown key, expected a known one;"
            " did you mean training.{near}?",
        ),
        ("modell.cell=gru", "--set modell: found an unknown section, expected model or training"),
        ("model.cell", "--set: found 'model.cell', expected SECTION.KEY=VALUE, as in model.cell=gru"),
        ("cell=gru", "--set: found 'cell=gru', expected SECTION.KEY=VALUE, as in model.cell=gru"),
        ("", "--set: found '', expected SECTION.KEY=VALUE, as in model.cell=gru"),
        ("model.layers=two", "--set model.layers: found 'two', expected a whole number"),
        ("model.layers=1.5", "--set model.layers: found '1.5', expected a whole number"),
        ("model.layers=", "--set model.layers: found '', expected a whole number"),
        ("model.dropout=much", "--set model.dropout: found 'much', expected a number"),
        ("model.bidirectional=1", "--set model.bidirectional: found '1', expected true or false"),
    ],
)
def test_setting_that_is_none(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(settings=[setting])
    near = caught.value.expected.rpartition(".")[2].rstrip("?")
    assert str(caught.value) == message.format(near=near)
    assert "{near}" not in message or near in dir(ModelConfig) + dir(TrainingConfig)


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
        (lambda: make_config("slow"), "preset: found 'slow', expected fast or accurate"),
    ],
)
def test_values_out_of_range(make: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"[model]\nlayer = 2\n",
            "run.toml: model.layer: found an unknown key, expected a known one;"
            " did you mean model.layers?",
        ),
        (b"[network]\n", "run.toml: network: found an unknown section, expected model or training"),
        (b"model = 3\n", "run.toml: model: found an unknown section, expected model or training"),
        (b"[model]\nlayers = true\n", "run.toml: model.layers: found 'True', expected a whole number"),
        (b"[model]\nlayers = 1.0\n", "run.toml: model.layers: found '1.0', expected a whole number"),
        (b"[model]\ncell = 1\n", "run.toml: model.cell: found '1', expected a text"),
        (
            b"[model]\nbidirectional = 1\n",
            "run.toml: model.bidirectional: found '1', expected true or false",
        ),
        (b'preset = "slow"\n', "preset: found 'slow', expected fast or accurate"),
    ],
)
def test_file_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        make_config(file=Path("run.toml"))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[model\n", "a TOML file in UTF-8"),
        (b"# \xff\n", "a TOML file in UTF-8"),
        (None, "a TOML file"),
    ],
)
def test_file_that_is_no_toml(tmp_path: Path, content: bytes | None, expected: str) -> None:
    file = tmp_path / "run.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        make_config(file=file)
    assert (caught.value.place, caught.value.expected) == (str(file), expected)
