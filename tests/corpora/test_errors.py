"""Messages of errors."""

import pytest

from corpora.errors import CorpusError, TaggerError, shown


def test_message_says_place_found_and_expected() -> None:
    error = CorpusError("train.conll:812", "3 columns", "4")
    assert isinstance(error, TaggerError)
    assert str(error) == "train.conll:812: found 3 columns, expected 4"
    assert (error.place, error.found, error.expected) == ("train.conll:812", "3 columns", "4")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        ("a\nb\x1b", r"'a\nb\x1b'"),
        ("\ud800", r"'\ud800'"),
        ("x" * 60, "'" + "x" * 60 + "'"),
        ("x" * 61, "'" + "x" * 59 + "…'"),
    ],
)
def test_shown(text: str, quoted: str) -> None:
    assert shown(text) == quoted
