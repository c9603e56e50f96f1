"""What `tagger formats` prints."""

import pytest

from corpora.formats.table import FORMATS, markdown_table
from tagger.cli import main, options

Output = pytest.CaptureFixture[str]


def test_formats(capsys: Output) -> None:
    assert main(["formats"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[:4] == [
        "conll         one token a line in columns, a blank line between sentences",
        "              holds any layers, comments, documents;"
        " .conll .tsv .iob2 .iob .bio .bioes .bilou .col",
        "conllu        CoNLL-U, the ten columns of Universal Dependencies",
        "              holds any layers, text, comments, documents; lemmas and trees as they were;"
        " .conllu",
    ]
    assert lines[-2:] == [
        "text          raw text, split into sentences and tokens",
        "              holds text without tags; .txt .text",
    ]
    assert [line.split()[0] for line in lines[::2]] == list(FORMATS)
    assert all(line.startswith(" " * 14 + "holds ") for line in lines[1::2])


def test_markdown(capsys: Output) -> None:
    assert main(["formats", "--markdown"]) == 0
    out, err = capsys.readouterr()
    assert (out.splitlines(), err) == (markdown_table(), "")
    assert {line.count("|") for line in out.splitlines()} == {10}
    for name in FORMATS:
        assert f"\n| `{name}` | " in out


def test_no_arguments(capsys: Output) -> None:
    assert main(["formats", "conll"]) == 2
    message = "tagger formats: Got unexpected extra argument (conll) (see tagger formats --help)\n"
    assert capsys.readouterr() == ("", message)


def test_every_format_can_be_chosen() -> None:
    """The list stands twice, so that help needs no table."""
    assert tuple(FORMATS) == options.FORMATS
