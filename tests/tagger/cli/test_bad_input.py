"""Whatever is wrong with the input: one line, a status, and nothing left behind."""

import gzip
import io
import re
import shlex
import sys
import zipfile
from pathlib import Path
from typing import IO, Any, NoReturn

import pytest

from tagger.cli import main

from ..commands import tagger

GOOD = "Ada\tB-PER\nslept\tO\n\n" * 30
UPOS = "Ada\tPROPN\nslept\tVERB\n\n" * 30
NO_TRAIN = (
    "expected train.conll, train.conllu, train.conllup, train.jsonl, train.json, train.ann,"
    " train.spacy, train.csv, train.parquet"
)


def conllu(form: str, tag: str) -> str:
    return f"1\t{form}\t_\t{tag}\t_\t_\t_\t_\t_\t_\n\n"


def zipped(manifest: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", manifest)
    return buffer.getvalue()


FILES: dict[str, str | bytes] = {
    "good.tsv": GOOD,
    "upos.tsv": UPOS,
    "bioes.tsv": "slept\tO\n\nso\tO\nAda\tS-PER\n\n" * 30,
    "whole/train.tsv": GOOD,
    "whole/dev.tsv": GOOD,
    "no-train/dev.conll": GOOD,
    "no-train/README.md": "",
    "empty.tsv": "",
    "empty.conllu": "",
    "empty.jsonl": "",
    "blank.tsv": "\n\n \n",
    "few.tsv": "Ada\tB-PER\nslept\n\n",
    "mixed.tsv": "Ada\tB-PER\nslept\tO\n\nBob\tx\tB-PER\n",
    "mixed.conllu": conllu("Ada", "PROPN") + "1\tBob\tPROPN\n",
    "utf8.tsv": b"Ada\tB-PER\ncaf\xe9\tO\n\n",
    "utf8.txt": b"Ada slept.\nAt the caf\xe9.\n",
    "utf8.jsonl": b'{"tokens": ["caf\xe9"]}\n',
    "late.txt": b"Ada slept.\n\n" * 5000 + b"\xff\n",
    "cut.tsv.gz": gzip.compress(GOOD.encode())[:12],
    "tags.tsv": GOOD + "Bob\tPER\n\n",
    "no-overlap/train.tsv": UPOS,
    "no-overlap/dev.tsv": "Ada\tNE\nslept\tVV\n",
    "no-overlap-ner/train.tsv": GOOD,
    "no-overlap-ner/dev.tsv": "Ada\tB-MALE\nslept\tO\n",
    "dev-tags/train.tsv": GOOD,
    "dev-tags/dev.tsv": "Ada\tB-PER\n\nBob\tPER\n",
    "dev-empty/train.tsv": GOOD,
    "dev-empty/dev.tsv": "",
    "dev-columns/train.tsv": GOOD,
    "dev-columns/dev.tsv": "Ada\tx\tB-PER\n",
    "bad.jsonl": '{"tokens": ["Ada"]}\n{"names": ["Bob"]}\n',
    "bad.toml": "[model]\ncell = \n",
    "newer.tagger": zipped('{"format": "rnn-tagger", "version": 2}'),
    "foreign.tagger": zipped('{"format": "other"}'),
    "text.tagger": "Dear Ada,\n",
    "empty.tagger": "",
    "folder/x": "",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handmade: Path) -> Path:
    """The current folder, which holds FILES, the model `m.tagger` and half of it."""
    monkeypatch.chdir(tmp_path)
    model = handmade.read_bytes()
    for name, content in {**FILES, "m.tagger": model, "cut.tagger": model[: len(model) // 2]}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


MISSING_MODEL = "no.tagger: found no such file, expected a model file made by `tagger train`"
NO_MODEL = "found a file that is no model, expected one made by `tagger train`"
TRUNCATED = "cut.tagger: found a truncated or damaged file, expected a whole model file"
NEWER = "newer.tagger: found model format 2, expected format 1 or older; upgrade rnn-tagger to read it"
ZIP = "foreign.tagger: found a zip that is no model, expected one made by `tagger train`"
UNWRITABLE = "found a place that cannot be written ({}), expected a writable one"

DATA = [
    # missing file
    ("train no.tsv", "no.tsv: found nothing there, expected a file"),
    ("train whole --dev no.tsv", "no.tsv: found nothing there, expected a file"),
    ("train whole --test no.tsv", "no.tsv: found nothing there, expected a file"),
    ("train whole --config no.toml", "no.toml: found No such file or directory, expected a TOML file"),
    (
        "train starter:welsh",
        "starter:welsh: found no starter corpus of that name, expected english or korean",
    ),
    ("tag no.txt -m m.tagger", "no.txt: found nothing there, expected a file"),
    (f"tag {'x' * 300} -m m.tagger", f"{'x' * 300}: found nothing there, expected a file"),
    ("evaluate m.tagger no.tsv", "no.tsv: found nothing there, expected a file"),
    # directory without train
    ("train no-train", f"no-train: found no train file, {NO_TRAIN}"),
    ("evaluate m.tagger no-train", f"no-train: found no train file, {NO_TRAIN}"),
    ("evaluate m.tagger whole --split test", "whole: found no test file, expected train or dev"),
    # empty file
    ("train empty.tsv", "empty.tsv: found no sentences, expected at least one"),
    ("train empty.conllu", "empty.conllu: found no sentences, expected at least one"),
    ("train empty.jsonl", "empty.jsonl: found no sentences, expected at least one"),
    ("train blank.tsv", "blank.tsv: found no sentences, expected at least one"),
    ("evaluate m.tagger empty.conllu", "empty.conllu: found no sentences, expected at least one"),
    ("evaluate m.tagger blank.tsv", "blank.tsv: found no sentences, expected at least one"),
    ("train dev-empty", "dev-empty/dev.tsv: found no sentences for a dev set, expected at least one"),
    # too few columns, mixed column counts
    ("train few.tsv", "few.tsv:2: found 1 column, expected 2"),
    ("train mixed.tsv", "mixed.tsv:4: found 3 columns, expected 2"),
    ("train mixed.conllu", "mixed.conllu:3: found 3 columns, expected 10"),
    ("train dev-columns", "dev-columns/dev.tsv:1: found 3 columns, expected 2"),
    ("tag few.tsv -m m.tagger", "few.tsv:2: found 1 column, expected 2"),
    ("tag mixed.tsv -m m.tagger -o out.tsv", "mixed.tsv:4: found 3 columns, expected 2"),
    ("tag mixed.conllu -m m.tagger", "mixed.conllu:3: found 3 columns, expected 10"),
    (
        "tag bad.jsonl -m m.tagger -o out.jsonl",
        """bad.jsonl:2: found '{"names": ["Bob"]}', expected an object with "tokens","""
        " a list of strings",
    ),
    ("evaluate m.tagger few.tsv", "few.tsv:2: found 1 column, expected 2"),
    ("evaluate m.tagger good.tsv", "good.tsv:1: found ner, expected the layer UPOS"),
    (
        "evaluate m.tagger good.tsv --layer pos",
        "m.tagger: found the layers UPOS, ner, expected one named pos",
    ),
    # invalid UTF-8
    ("train utf8.tsv", "utf8.tsv:2: found byte 0xe9 at byte 13, expected UTF-8"),
    ("tag utf8.tsv -m m.tagger", "utf8.tsv:2: found byte 0xe9 at byte 13, expected UTF-8"),
    ("tag utf8.txt -m m.tagger", "utf8.txt:2: found byte 0xe9 at byte 21, expected UTF-8"),
    ("tag utf8.jsonl -m m.tagger", "utf8.jsonl:1: found byte 0xe9 at byte 16, expected UTF-8"),
    (
        "tag late.txt -m m.tagger -o o.tsv",
        "late.txt:10001: found byte 0xff at byte 60000, expected UTF-8",
    ),
    ("tag cut.tsv.gz -m m.tagger", "cut.tsv.gz:1: found broken compression, expected a whole file"),
    ("train cut.tsv.gz", "cut.tsv.gz:1: found broken compression, expected a whole file"),
    # a tag that is no IOB tag in a layer of entities
    (
        "train tags.tsv --columns form=1,ner=2",
        "tags.tsv:91: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere",
    ),
    (
        "train dev-tags",
        "dev-tags/dev.tsv:3: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere",
    ),
    # dev with no overlap of tags
    (
        "train no-overlap",
        "no-overlap/dev.tsv:1: found only NE, VV in layer UPOS of the dev set,"
        " expected tags of the training set: PROPN, VERB",
    ),
    (
        "train no-overlap-ner",
        "no-overlap-ner/dev.tsv:1: found only MALE in layer ner of the dev set,"
        " expected tags of the training set: PER",
    ),
    # several corpora that do not go together
    ("train good.tsv --also no.tsv", "no.tsv: found nothing there, expected a file"),
    ("train good.tsv --also empty.tsv", "empty.tsv: found no sentences, expected at least one"),
    (
        "train good.tsv --also good.tsv",
        "good.tsv: found two corpora of this name, expected each once, by a name of its own",
    ),
    (
        "train good.tsv --also no-overlap --layer pos",
        "good.tsv, no-overlap/train.tsv: found the layers ner, UPOS, expected one named pos",
    ),
    (
        "train good.tsv --also no-overlap --layer ner",
        "no-overlap/train.tsv: found the layers UPOS, expected one of those to learn: ner",
    ),
    (
        "train good.tsv --also no-overlap:pos=ner",
        "no-overlap/train.tsv: found the layers UPOS, expected one named pos",
    ),
    (
        "train good.tsv --also upos.tsv:UPOS=ner",
        "upos.tsv:1: found tags that are no spans in layer ner, expected IOB2, as in good.tsv,"
        " or another name for it",
    ),
    (
        "train good.tsv --also bioes.tsv",
        "bioes.tsv:4: found BIOES in layer ner, expected IOB2, as in good.tsv, or another name for it",
    ),
    ("train good.tsv --layer pos", "good.tsv: found the layers ner, expected one named pos"),
    # output not writable
    ("train good.tsv -o no/m.tagger", "no/m.tagger: " + UNWRITABLE.format("No such file or directory")),
    ("train good.tsv -o folder", "folder: found a directory, expected the name of a file"),
    (
        "train good.tsv -o good.tsv/m.tagger",
        "good.tsv/m.tagger: " + UNWRITABLE.format("Not a directory"),
    ),
    ("tag utf8.txt -m m.tagger -o no/o", "no/o: " + UNWRITABLE.format("No such file or directory")),
    ("tag utf8.txt -m m.tagger -o folder", "folder: " + UNWRITABLE.format("Is a directory")),
    # model missing, truncated, none, newer
    *(
        (command.format(name), message)
        for command in ("tag utf8.txt -m {} -o out.tsv", "info {}", "evaluate {} whole")
        for name, message in (
            ("no.tagger", MISSING_MODEL),
            ("folder", "folder: found Is a directory, expected a readable model file"),
            ("text.tagger", f"text.tagger: {NO_MODEL}"),
            ("empty.tagger", f"empty.tagger: {NO_MODEL}"),
            ("cut.tagger", TRUNCATED),
            ("foreign.tagger", ZIP),
            ("newer.tagger", NEWER),
        )
    ),
]


@pytest.mark.parametrize(("command", "message"), DATA, ids=[command[:60] for command, _ in DATA])
def test_bad_data(folder: Path, capsys: pytest.CaptureFixture[str], command: str, message: str) -> None:
    before = contents(folder)
    status = main(shlex.split(command))
    out, err = capsys.readouterr()
    notes = "note: no dev set: each 10th sentence of .* is one\n"
    assert (status, out, re.sub(notes, "", err)) == (1, "", f"tagger: {message}\n")
    assert contents(folder) == before


FORMAT_NAMES = (
    "'conll', 'conllu', 'conllup', 'jsonl', 'prodigy', 'doccano', 'label-studio', 'brat', 'docbin',"
    " 'csv', 'tsv', 'parquet'"
)
USAGE = [
    (
        "train good.tsv --cell transformer",
        "tagger train: Invalid value for '--cell': 'transformer'"
        " is not one of 'elman', 'gru', 'lstm' (see tagger train --help)",
    ),
    (
        "train good.tsv --set model.hiden_size=3",
        "tagger: --set model.hiden_size: found an unknown"
        " key, expected a known one; did you mean model.hidden_size?",
    ),
    (
        "train good.tsv --set modle.layers=3",
        "tagger: --set modle: found an unknown section, expected model or training",
    ),
    (
        "train good.tsv --set model.layers",
        "tagger: --set: found 'model.layers', expected SECTION.KEY=VALUE, as in model.cell=gru",
    ),
    (
        "train good.tsv --set model.layers=two",
        "tagger: --set model.layers: found 'two', expected a whole number",
    ),
    (
        "train good.tsv --seed -1",
        "tagger train: Invalid value for '--seed': -1 is not in the range"
        " x>=0 (see tagger train --help)",
    ),
    (
        "train good.tsv --device abacus",
        "tagger: --device: found 'abacus', which torch cannot use here, expected cpu",
    ),
    ("train", "tagger train: Missing argument 'CORPUS' (see tagger train --help)"),
    ("tag utf8.txt", "tagger tag: Missing option '-m' / '--model' (see tagger tag --help)"),
    (
        "tag utf8.txt -m m.tagger --to html",
        "tagger tag: Invalid value for '--to': 'html' is not one"
        f" of {FORMAT_NAMES}, 'color' (see tagger tag --help)",
    ),
    (
        "tag utf8.txt -m m.tagger --from pdf",
        "tagger tag: Invalid value for '--from': 'pdf' is not one"
        f" of {FORMAT_NAMES}, 'text' (see tagger tag --help)",
    ),
    ("evaluate m.tagger", "tagger evaluate: Missing argument 'CORPUS' (see tagger evaluate --help)"),
    ("parse x", "tagger: No such command 'parse' (see tagger --help)"),
]


@pytest.mark.parametrize(("command", "message"), USAGE, ids=[command for command, _ in USAGE])
def test_wrong_usage(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, message: str
) -> None:
    before = contents(folder)
    status = main(shlex.split(command))
    assert (status, *capsys.readouterr()) == (2, "", f"{message}\n")
    assert contents(folder) == before


@pytest.mark.parametrize(
    "command",
    ["train good.tsv --set model.cell=transformer", "train good.tsv --set model.layers=99"],
)
def test_setting_out_of_range(folder: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    before = contents(folder)
    assert main(shlex.split(command)) in (1, 2)
    out, err = capsys.readouterr()
    key, value = re.findall(r"(model\.\w+)=(\w+)", command)[0]
    assert out == ""
    assert re.fullmatch(rf"tagger: (--set )?{re.escape(key)}: found '?{value}'?, expected .*\n", err)
    assert contents(folder) == before


@pytest.mark.parametrize("command", ["train good.tsv -o m.tagger", "tag good.tsv -m m.tagger -o o.tsv"])
def test_folder_that_may_not_be_written(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """As root, who may write anywhere, cannot try it."""

    opened = Path.open

    def open_file(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> IO[Any]:
        return refuse() if mode == "xb" else opened(path, mode, *arguments, **options)

    def refuse(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    before = contents(folder)
    monkeypatch.setattr(Path, "open", open_file)
    monkeypatch.setattr(Path, "mkdir", refuse)
    status = main(shlex.split(command))
    output = command.split()[-1]
    message = f"tagger: {output}: {UNWRITABLE.format('Permission denied')}\n"
    assert (status, *capsys.readouterr()) == (1, "", message)
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("tag no.txt -m m.tagger", 1, "no.txt: found nothing there, expected a file"),
        ("info newer.tagger", 1, NEWER),
        ("train mixed.tsv -o out.tagger", 1, "mixed.tsv:4: found 3 columns, expected 2"),
        (
            "train good.tsv --set model.cells=gru",
            2,
            "--set model.cells: found an unknown key, expected a known one; did you mean model.cell?",
        ),
    ],
)
def test_status_of_the_process(folder: Path, command: str, status: int, message: str) -> None:
    before = contents(folder)
    done = tagger(*shlex.split(command), cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", f"tagger: {message}\n")
    assert contents(folder) == before


@pytest.mark.parametrize("source", ["text", "conll", "conllu", "jsonl"])
@pytest.mark.parametrize("target", ["conll", "conllu", "jsonl", "color"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\n \n\n"], ids=["empty", "a line", "lines"])
def test_nothing_on_standard_input(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    target: str,
    content: bytes,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["tag", "-m", "m.tagger", "--from", source, "--to", target]) == 0
    assert capsys.readouterr() == ("", "")


def test_empty_standard_input_of_a_process(folder: Path) -> None:
    done = tagger("tag", "-m", "m.tagger", cwd=folder, stdin=-3)  # subprocess.DEVNULL
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_standard_input_that_is_no_utf8(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\xff\n")))
    assert main(["tag", "-m", "m.tagger"]) == 1
    message = "tagger: <stdin>:2: found byte 0xff at byte 3, expected UTF-8\n"
    assert capsys.readouterr() == ("", message)


SMALL = ["training.epochs=1", "training.threads=1", "model.hidden_size=8", "model.projection=8"]
LONG = {
    "a token of 300,000 characters": ["Ada", "x" * 300_000, "slept"],
    "a sentence of 20,000 tokens": ["Ada", "slept"] * 10_000,
}


@pytest.mark.parametrize("tokens", LONG.values(), ids=LONG)
def test_long_input_is_tagged(
    folder: Path, capsys: pytest.CaptureFixture[str], tokens: list[str]
) -> None:
    (folder / "long.tsv").write_text("".join(f"{token}\n" for token in tokens))
    (folder / "long.txt").write_text(" ".join(tokens))
    for name in ("long.tsv", "long.txt"):
        assert main(["tag", name, "-m", "m.tagger", "--to", "conll"]) == 0
        out, err = capsys.readouterr()
        rows = [line.split() for line in out.splitlines() if line]
        assert err == ""
        assert [row[0] for row in rows] == tokens
        assert [row[1:] for row in rows[:1] + rows[-1:]] == [["PROPN", "O"], ["X", "O"]]


@pytest.mark.parametrize("tokens", LONG.values(), ids=LONG)
def test_long_input_is_learned(
    folder: Path, capsys: pytest.CaptureFixture[str], tokens: list[str]
) -> None:
    tags = ["B-PER" if token == "Ada" else "O" for token in tokens]
    rows = "".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True))
    (folder / "long").mkdir()
    (folder / "long" / "train.tsv").write_text(GOOD + rows)
    (folder / "long" / "dev.tsv").write_text(GOOD + rows)
    settings = [f"--set={setting}" for setting in SMALL]
    assert main(["train", "long", "--output", "long.tagger", *settings]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[:3] for line in out.splitlines()[:1]] == [["dev", "ner", "F1"]]
    assert f"train: 31 sentences, {60 + len(tokens):,} tokens, dev 31 sentences\n" in err
    assert (folder / "long.tagger").stat().st_size > 1000
    assert list(folder.glob(".*")) == []
