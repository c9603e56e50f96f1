"""Settings: presets, files, single values, and what each wrong one is told."""

import dataclasses
from pathlib import Path

import pytest

from tagger.config import Config, ConfigError, ModelConfig, TrainingConfig
from tagger.settings import PRESETS, from_dict, make_config


def test_the_fast_preset_is_the_default() -> None:
    assert make_config() == make_config("fast")


def test_preset_that_is_none() -> None:
    with pytest.raises(ConfigError) as caught:
        make_config("slow")
    assert str(caught.value) == "preset: found 'slow', expected fast or accurate"


def test_what_a_model_file_does_not_say_is_off() -> None:
    assert from_dict({}) == Config()
    assert (Config().model.jamo_affixes, Config().model.pair_size) == ("no", 0)
    assert (Config().training.language_model, Config().training.auxiliary) == (0, "none")


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
        ("training", "outside_bias", "dev"),
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
    config = make_config(None, file, ["training.seed=6", "training.seed=7"])
    accurate = make_config("accurate")
    assert config == Config(
        model=dataclasses.replace(accurate.model, layers=3, dropout=0.0),
        training=dataclasses.replace(accurate.training, seed=7),
    )
    assert make_config("accurate", file) == make_config(None, file)
    with pytest.raises(ConfigError) as caught:
        make_config("fast", file)
    expected = f"accurate, which {file} starts from"
    assert str(caught.value) == f"--preset: found 'fast', expected {expected}"


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
