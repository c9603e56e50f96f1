"""How raw text is split is part of a model: said in training, kept, and obeyed in tagging."""

import json
import sys
from pathlib import Path

import pytest

import tagger
from corpora import Tokenization
from tagger.bundle import BundleError
from tagger.bundle import load as load_bundle
from tagger.cli import main

from ..commands import Output, run

WORDS = "Ada\tB-PER\nslept\tO\n\n"
# as in KLUE: each character is a token, spaces too
CHARACTERS = "김\tB-PS\n씨\tI-PS\n는\tO\n \tO\n서\tB-LC\n울\tI-LC\n에\tO\n\n"
UNSPACED = "東\tB-LC\n京\tI-LC\nへ\tO\n\n"
MODULE = """\
from pathlib import Path


def dashes(text):
    Path("called").touch()
    return text.split("-")


def ranges(text):
    return [(i, i + 2) for i in range(0, len(text) - 1, 2)]


def wrong(text):
    return ["nowhere"]


def broken(text):
    raise RuntimeError("no\\nway")


number = 7
"""
SETTINGS = ("training.epochs=1", "training.threads=1", "model.hidden_size=4", "model.projection=4")
DASHES = "python:splitting:dashes"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with a module `splitting`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "splitting", raising=False)
    (tmp_path / "splitting.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def train(place: Path, capsys: Output):
    """Trains a model `m.tagger` of a small corpus."""

    def trained(corpus: str, *options: str) -> Tokenization:
        Path("corpus.tsv").write_text(corpus * 11, encoding="utf-8")
        settings = [f"--set={setting}" for setting in SETTINGS]
        assert main(["train", "corpus.tsv", "-o", "m.tagger", *settings, *options]) == 0
        capsys.readouterr()
        return load_bundle(Path("m.tagger")).tokenization

    return trained


def forms(capsys: Output, text: str, *options: str) -> list[list[str]]:
    """Returns the tokens that `tagger tag` makes of a text."""
    Path("raw.txt").write_text(text, encoding="utf-8")
    out = run(capsys, "tag", "raw.txt", "-m", "m.tagger", "--to", "jsonl", *options)
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        start = line.get("start", 0)
        assert text[start : start + len(line["text"])] == line["text"]
        assert [line["text"][a:b] for a, b in line["offsets"]] == line["tokens"]
    return [line["tokens"] for line in lines]


# corpus, options of training, what the model keeps, a text, its sentences
CASES = {
    "nothing said": (
        WORDS,
        [],
        Tokenization(),
        "Ada can't. Bob can!\n",
        [["Ada", "ca", "n't", "."], ["Bob", "can", "!"]],
    ),
    "white space": (
        WORDS,
        ["--tokenizer", "whitespace"],
        Tokenization("whitespace", "lines"),
        "Ada can't. Bob\u00a0can!\n  Ada  slept.\n",
        [["Ada", "can't.", "Bob", "can!"], ["Ada", "slept."]],
    ),
    "white space and sentences": (
        WORDS,
        ["--tokenizer", "whitespace", "--sentences", "standard"],
        Tokenization("whitespace", "standard"),
        "Ada can't. Bob can!\n",
        [["Ada", "can't."], ["Bob", "can!"]],
    ),
    "lines": (
        WORDS,
        ["--sentences", "lines"],
        Tokenization("standard", "lines"),
        "Ada can't. Bob can!\nNo\n",
        [["Ada", "ca", "n't", ".", "Bob", "can", "!"], ["No"]],
    ),
    "a pattern": (
        WORDS,
        ["--tokenizer", "regex:[a-z]+|[A-Z]"],
        Tokenization("regex:[a-z]+|[A-Z]", "standard"),
        "Ada x-y 3\n",
        [["A", "da", "x", "-", "y", "3"]],
    ),
    "a corpus of characters and spaces": (
        CHARACTERS,
        [],
        Tokenization("characters+spaces"),
        "김씨는  서울에\n",
        [["김", "씨", "는", " ", " ", "서", "울", "에"]],
    ),
    "a corpus of characters": (
        UNSPACED,
        [],
        Tokenization("characters"),
        "東京へ 行く\n",
        [["東", "京", "へ", "行", "く"]],
    ),
    "a corpus of characters and its language": (
        CHARACTERS,
        ["--language", "ko", "--sentences", "lines"],
        Tokenization("characters+spaces", "lines", "ko"),
        "김. 씨\n네\n",
        [["김", ".", " ", "씨"], ["네"]],
    ),
    "a corpus of characters to be split otherwise": (
        CHARACTERS,
        ["--tokenizer", "standard"],
        Tokenization(),
        "김씨는 서울에\n",
        [["김씨는", "서울에"]],
    ),
}


@pytest.mark.parametrize(("corpus", "options", "kept", "text", "expected"), CASES.values(), ids=CASES)
def test_a_model_splits_as_in_training(
    train,
    capsys: Output,
    corpus: str,
    options: list[str],
    kept: Tokenization,
    text: str,
    expected: list[list[str]],
) -> None:
    assert train(corpus, *options) == kept
    assert forms(capsys, text) == expected
    shown = f"raw text    {kept}"
    assert shown in run(capsys, "info", "m.tagger").splitlines()
    assert f"* raw text: {kept}" in run(capsys, "info", "m.tagger", "--card").splitlines()
    document = tagger.load("m.tagger").tag(text)
    assert [sentence.tokens for sentence in document] == expected
    assert [text[a:b] for a, b in document.offsets] == document.tokens


def test_tagging_may_say_otherwise(train, capsys: Output) -> None:
    train(WORDS, "--tokenizer", "whitespace")
    text = "Ada can't. Bob\ncan't.\n"
    assert forms(capsys, text) == [["Ada", "can't.", "Bob"], ["can't."]]
    assert forms(capsys, text, "--sentences", "standard") == [["Ada", "can't."], ["Bob", "can't."]]
    assert forms(capsys, text, "--tokenizer", "regex:[a-z']+", "--sentences", "lines") == [
        ["A", "da", "can't", ".", "B", "ob"],
        ["can't", "."],
    ]
    loaded = tagger.load("m.tagger", tokenization=Tokenization("characters"))
    assert loaded.tag("a b").tokens == ["a", "b"]
    assert loaded.tag_tokens([["a b"]])[0].tokens == ["a b"]


@pytest.mark.parametrize("command", ["tag", "evaluate"])
def test_annotated_text_is_split_as_in_training(train, capsys: Output, command: str) -> None:
    """As raw text is; what is split already stays as it is."""
    train(WORDS, "--tokenizer", "whitespace")
    Path("a.jsonl").write_text('{"text": "Ada can\'t.", "label": [[0, 3, "PER"]]}\n')
    Path("b.tsv").write_text("Ada can't\tB-PER\n\n")
    told = "a.jsonl: read as doccano: its objects have text and label (--from overrides)\n"
    if command == "evaluate":
        found = run(capsys, "evaluate", "m.tagger", "a.jsonl", told=told)
        assert found.splitlines()[0] == "a.jsonl: 1 sentences, 2 tokens"
        found = run(capsys, "evaluate", "m.tagger", "a.jsonl", "--tokenizer", "standard", told=told)
        assert found.splitlines()[0] == "a.jsonl: 1 sentences, 4 tokens"
    else:
        found = run(capsys, "tag", "a.jsonl", "-m", "m.tagger", "--to", "csv", told=told)
        assert [line.split(",")[1] for line in found.splitlines()] == ["form", "Ada", "can't."]
        found = run(capsys, "tag", "b.tsv", "-m", "m.tagger")
        assert found.partition("\t")[0] == "Ada can't"


def test_corpora_of_text_are_split_as_the_model_will_split(train, capsys: Output) -> None:
    """One option says how both are split: what training reads, and what the model gets."""
    line = '{"text": "Ada can\'t.", "label": [[0, 3, "PER"]]}\n'
    Path("corpus.jsonl").write_text(line * 11)
    arguments = ["train", "corpus.jsonl", "--tokenizer", "whitespace", "-o", "m.tagger"]
    assert main([*arguments, *(f"--set={setting}" for setting in SETTINGS)]) == 0
    capsys.readouterr()
    assert load_bundle(Path("m.tagger")).training_forms == ("Ada", "can't.")


NO_LEAVE = (
    f"found text split by {DASHES} in training, and no leave to run it,"
    f" expected --tokenizer {DASHES}, or load(…, tokenization=…)"
)


def test_code_that_a_model_names_is_run_with_leave_only(train, capsys: Output) -> None:
    kept = train(WORDS, "--tokenizer", DASHES)
    assert kept == Tokenization(DASHES)
    assert f"raw text    {kept}" in run(capsys, "info", "m.tagger")
    Path("called").unlink()  # training looked whether it can be had
    Path("raw.txt").write_text("Ada-slept x")
    Path("a.jsonl").write_text('{"text": "Ada-slept", "label": []}\n')
    Path("b.tsv").write_text("Ada-slept\tB-PER\n\n")
    assert main(["tag", "raw.txt", "-m", "m.tagger"]) == 1
    assert capsys.readouterr() == ("", f"tagger: m.tagger: {NO_LEAVE}\n")
    assert main(["tag", "raw.txt", "-m", "m.tagger", "--sentences", "lines"]) == 1
    assert capsys.readouterr() == ("", f"tagger: m.tagger: {NO_LEAVE}\n")
    assert main(["tag", "a.jsonl", "-m", "m.tagger", "--from", "doccano"]) == 1
    assert capsys.readouterr() == ("", f"tagger: m.tagger: {NO_LEAVE}\n")
    assert main(["evaluate", "m.tagger", "a.jsonl", "--from", "doccano"]) == 1
    assert capsys.readouterr() == ("", f"tagger: m.tagger: {NO_LEAVE}\n")
    for loaded in (tagger.load("m.tagger"), tagger.load("m.tagger", engine="numpy")):
        with pytest.raises(BundleError) as caught:
            loaded.tag("Ada-slept")
        assert str(caught.value) == f"m.tagger: {NO_LEAVE}"
        assert loaded.tag_tokens([["Ada-slept"]])[0].tokens == ["Ada-slept"]
    # what is split already needs no leave
    assert run(capsys, "tag", "b.tsv", "-m", "m.tagger").startswith("Ada-slept\t")
    assert run(capsys, "evaluate", "m.tagger", "b.tsv").startswith("b.tsv: 1 sentences, 1 tokens\n")
    assert not Path("called").exists()

    assert forms(capsys, "Ada-slept x", "--tokenizer", DASHES) == [["Ada", "-", "slept x"]]
    assert Path("called").exists()
    loaded = tagger.load("m.tagger", tokenization=Tokenization(DASHES))
    assert loaded.tag("Ada-slept").tokens == ["Ada", "-", "slept"]
    assert tagger.load("m.tagger", tokenization=Tokenization()).tag("a b").tokens == ["a", "b"]


NO_CODE = [
    (
        "python:splitting:wrong",
        "tokenizer python:splitting:wrong: found token 'nowhere', expected one of {!r}",
    ),
    (
        "python:splitting:broken",
        "tokenizer python:splitting:broken: found 'RuntimeError: no\\nway', expected tokens",
    ),
    (
        "python:splitting:number",
        "tokenizer: found 'python:splitting:number', which is no function, expected a function",
    ),
    (
        "python:splitting:none",
        "tokenizer: found no 'python:splitting:none' (\"AttributeError: module 'splitting' has no"
        " attribute 'none'\"), expected a function",
    ),
    (
        "python:nowhere:x",
        "tokenizer: found no 'python:nowhere:x' (\"ModuleNotFoundError: No module named 'nowhere'\"),"
        " expected a function",
    ),
    (
        "words",
        "tokenizer: found 'words', expected standard, whitespace, characters, characters+spaces, icu,"
        " regex:PATTERN or python:MODULE:FUNCTION",
    ),
]


@pytest.mark.parametrize(("name", "message"), NO_CODE, ids=[name for name, _ in NO_CODE])
def test_a_tokenizer_that_is_none_shows_before_training(
    place: Path, capsys: Output, handmade: Path, name: str, message: str
) -> None:
    Path("corpus.tsv").write_text(WORDS * 11)
    Path("raw.txt").write_text("Ada slept")
    for text, arguments in (
        ("a", ["train", "corpus.tsv", "-o", "m.tagger"]),
        ("Ada slept", ["tag", "raw.txt", "-m", str(handmade)]),
    ):
        assert main([*arguments, "--tokenizer", name]) == 1
        assert capsys.readouterr() == ("", f"tagger: {message.format(text)}\n")
    assert {path.name for path in Path().glob("*.*")} <= {"corpus.tsv", "raw.txt", "splitting.py"}


def test_a_pattern_that_is_none(place: Path, capsys: Output) -> None:
    assert main(["train", "corpus.tsv", "--tokenizer", "regex:("]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "tagger: tokenizer: found '(' (missing ), unterminated subpattern at position 0),"
        " expected a regular expression\n",
    )


def test_brat_round_trip_of_a_model_of_white_space(train, capsys: Output) -> None:
    train(WORDS, "--tokenizer", "whitespace")
    Path("in.txt").write_text("Ada can't.\nBob slept.\n")
    assert run(capsys, "tag", "in.txt", "-m", "m.tagger", "-o", "out", "--to", "brat") == ""
    again = run(
        capsys,
        *("tag", "out", "-m", "m.tagger", "--to", "jsonl"),
        told="out: read as brat: it holds .ann files (--from overrides)\n",
    )
    assert [json.loads(line)["tokens"] for line in again.splitlines()] == [
        ["Ada", "can't."],
        ["Bob", "slept."],
    ]
