"""What a search tries: how it is written, what is refused, and what is left out."""

from __future__ import annotations

import pytest

from tagger.config import ConfigError
from tagger.layers import make_layer
from tagger.settings import make_config
from tagger.training.ranges import RANGES, Range, make_space, parse_range, with_settings

SOFTMAX = make_layer("UPOS", "softmax", {"NOUN": 2, "VERB": 1}, None)
CRF = make_layer("ner", "crf", {"O": 2, "B-PER": 1}, "IOB2")


@pytest.mark.parametrize(
    ("text", "values", "continuous", "logarithmic"),
    [
        ("model.dropout=0.2..0.6", (0.2, 0.6), True, False),
        ("model.dropout=0..0.6", (0.0, 0.6), True, False),
        ("training.learning_rate=1e-3..1e-2", (0.001, 0.01), True, True),
        ("training.learning_rate=0.002..0.01", (0.002, 0.01), True, False),
        ("model.hidden_size = 10..100", (10, 100), True, True),
        ("model.hidden_size= 100, 200", (100, 200), False, False),
        ("model.cell=gru,lstm,elman", ("gru", "lstm", "elman"), False, False),
        ("model.bidirectional=true,false", (True, False), False, False),
    ],
)
def test_range(text: str, values: tuple[object, ...], continuous: bool, logarithmic: bool) -> None:
    found = parse_range(text)
    assert found == Range(text.partition("=")[0].strip(), values, continuous)
    assert [type(value) for value in found.values] == [type(value) for value in values]
    assert found.logarithmic == logarithmic
    assert parse_range(f"{found.key}={found}") == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropout=1..2", "--range: found 'dropout=1..2', expected SECTION.KEY=LOW..HIGH or SECTION.KEY"),
        ("model.dropout", "--range: found 'model.dropout', expected SECTION.KEY=LOW..HIGH or SECTION.K"),
        ("model.drop=0..1", "--range model.drop: found an unknown key, expected a known one; did you"),
        ("net.drop=0..1", "--range net: found an unknown section, expected model or training"),
        ("model.dropout=0..1", "--range model.dropout: found 1.0, expected 0.0 to below 1.0"),
        ("model.dropout=..0.5", "--range model.dropout: found '', expected a number"),
        ("model.dropout=0.5..0.2", "--range model.dropout: found '0.5..0.2', expected LOW below HIGH"),
        (
            "model.layers=2..2",
            "--range model.layers: found '2..2', expected LOW below HIGH, both finite",
        ),
        ("training.clip=1..inf", "--range training.clip: found '1..inf', expected LOW below HIGH, both"),
        ("model.layers=1.5..2", "--range model.layers: found '1.5', expected a whole number"),
        ("model.layers=2", "--range model.layers: found '2', expected two values or more, each once"),
        ("model.layers=1,2,1", "--range model.layers: found '1,2,1', expected two values or more, each"),
        (
            "model.cell=elman..gru",
            "--range model.cell: found 'elman..gru', expected A,B,C: what is no n",
        ),
        ("model.cell=gru,gro", "--range model.cell: found 'gro', expected elman, gru or lstm"),
        (
            "model.jamo=false..true",
            "--range model.jamo: found 'false..true', expected A,B,C: what is no",
        ),
    ],
)
def test_wrong_range(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_range(text)
    assert str(caught.value).startswith(message)


def test_documented_ranges_are_those_of_known_settings() -> None:
    for key, text in RANGES.items():
        assert str(parse_range(f"{key}={text}")) == text


@pytest.mark.parametrize(
    ("settings", "layers", "auxiliary", "left_out"),
    [
        ([], [SOFTMAX], 0, {"training.auxiliary_weight"}),
        ([], [CRF], 0, {"training.auxiliary_weight", "training.smoothing"}),
        ([], [CRF, SOFTMAX], 1, set()),
        (["model.character_encoder=none"], [CRF, SOFTMAX], 1, {"model.character_output"}),
    ],
)
def test_what_has_no_effect_is_not_searched(
    settings: list[str], layers: list[object], auxiliary: int, left_out: set[str]
) -> None:
    space = make_space(make_config(settings=settings), [], (), layers, auxiliary)
    assert [found.key for found in space] == [key for key in RANGES if key not in left_out]


def test_what_is_wanted_goes_before_what_is_fixed_or_has_no_effect() -> None:
    texts = ["model.dropout=0..0.1", "model.cell=gru,lstm", "training.smoothing=0..0.1"]
    wanted = [parse_range(text) for text in texts]
    space = {r.key: str(r) for r in make_space(make_config(), wanted, RANGES, [CRF], 0)}
    assert space == {
        "model.dropout": "0.0..0.1",
        "model.cell": "gru,lstm",
        "training.smoothing": "0.0..0.1",
    }
    fixed = set(RANGES) - {"model.dropout", "model.layers"}
    space = {r.key: str(r) for r in make_space(make_config(), wanted[:1], fixed, [CRF], 0)}
    assert space == {"model.dropout": "0.0..0.1", "model.layers": "1..2"}


def test_nothing_to_search() -> None:
    with pytest.raises(ConfigError, match=r"^--set: found all settings fixed, expected one at least"):
        make_space(make_config(), [], RANGES, [CRF], 0)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("training.learning_rate=0.0005..0.01", 0.00123456, 0.00123),
        ("training.learning_rate=0.00123456..0.002", 0.0012346, 0.00123456),
        ("training.learning_rate=0.001..0.00123456", 0.0012345, 0.00123),
        ("training.learning_rate=0.001..0.00987654", 0.0098764, 0.00987654),
        ("model.hidden_size=1..4096", 1234, 1234),
        ("training.clip=1.23456,2", 1.23456, 1.23456),
    ],
)
def test_values_are_rounded_within_their_range(text: str, value: float, expected: float) -> None:
    found = parse_range(text)
    assert found.rounded(value) == expected
    assert found.rounded(value) in found


def test_settings_are_put_together_by_their_keys() -> None:
    changed = with_settings(
        make_config(), {"model.layers": 2, "training.clip": 1.0, "model.cell": "gru"}
    )
    assert changed == make_config(settings=["model.layers=2", "training.clip=1", "model.cell=gru"])
