"""Messages of errors."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from corpora.errors import CorpusError, TaggerError, one_line, shown


def test_message_says_place_found_and_expected() -> None:
    error = CorpusError("train.conll:812", "3 columns", "4")
    assert isinstance(error, TaggerError)
    assert str(error) == "train.conll:812: found 3 columns, expected 4"
    assert (error.place, error.found, error.expected) == ("train.conll:812", "3 columns", "4")


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize("made", [TaggerError, CorpusError])
def test_an_error_passes_between_processes(made: type[TaggerError], again: Callable[..., Any]) -> None:
    error = made("a\nb.conll:812", "line\tbreaks" + 500 * "x", "4")
    copied = again(error)
    assert type(copied) is made
    assert (str(copied), copied.__dict__) == (str(error), error.__dict__)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        ("a\nb\x1b", r"'a\nb\x1b'"),
        ("\ud800", r"'\ud800'"),
        ("x" * 60, "'" + "x" * 60 + "'"),
        ("x" * 61, "'" + "x" * 59 + "…'"),
        (7, "'7'"),
        (None, "'None'"),
        (["a", 1], """"['a', 1]\""""),
        ({"a": "b" * 99}, f""""{{'a': '{"b" * 52}…\""""),
        ((10**5000,), "'a tuple too long to print'"),
        ([[10**5000]], "'a list too long to print'"),
    ],
)
def test_shown(text: object, quoted: str) -> None:
    assert shown(text) == quoted


def test_shown_to_a_limit() -> None:
    assert shown("x" * 11, 10) == "'" + "x" * 9 + "…'"
    assert shown("x" * 10, 10) == "'" + "x" * 10 + "'"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("a … é 한", "a … é 한"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b\ud800", r"\x1b\ud800"),
        ("\u2028\u200b", r"\u2028\u2…"),
        ("x" * 10, "x" * 10),
        ("x" * 11, "x" * 9 + "…"),
        ("\n" * 10, r"\n\n\n\n\…"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text, 10) == line


def test_messages_are_one_line_and_not_too_long() -> None:
    error = CorpusError("a\nb:1", "x\ny" * 1000, "z" * 1000)
    assert str(error) == f"a\\nb:1: found {error.found}, expected {error.expected}"
    assert error.place == "a\nb:1"
    assert (len(error.found), len(error.expected)) == (400, 400)
    assert "\n" not in str(error)


def test_a_long_place_is_kept_whole() -> None:
    place = "folder\t" * 200 + ":1"
    assert str(CorpusError(place, "a", "b")) == place.replace("\t", "\\t") + ": found a, expected b"
