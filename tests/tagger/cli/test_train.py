"""`tagger train` with several corpora: all that it prints, and what is wrong usage."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tagger.cli import main

from ...conftest import TRAINING
from ..commands import Output, run

POS = "we\tPRON\nsaw\tVERB\nOslo\tPROPN\n\nOslo\tPROPN\nsaw\tVERB\nus\tPRON\n\n"
NER = "we\tO\nslept\tO\nso\tO\n\nOslo\tB-LOC\nslept\tO\n\n"
VALUES = [f"--set={key}={value}" for key, value in (TRAINING | {"training.epochs": 8}).items()]
SPLITS = ("train", "dev", "test")


@pytest.fixture
def folder(place: Path) -> Path:
    """The current folder, with a corpus of each kind."""
    for name, text in (("pos", POS), ("ner", NER)):
        (place / name).mkdir()
        for split, times in (("train", 15), ("dev", 1), ("test", 1)):
            (place / name / f"{split}.tsv").write_text(text * times)
    return place


def test_all_that_is_printed(folder: Path, capsys: Output) -> None:
    also = ["--also", "ner/", "--also", "ner/train.tsv:2=names"]
    assert main(["train", "pos/", *also, "--output", "all.tagger", *VALUES]) == 0
    out, err = capsys.readouterr()
    assert re.sub(r"[\d.]+ MB, epoch \d+, \d+:\d\d", "# MB, epoch #, #", out) == (
        "dev of pos/           UPOS     accuracy 100.00\n"
        "dev of ner/           ner      F1 100.00\n"
        "dev of ner/train.tsv  names    F1 100.00\n"
        "test of pos/          UPOS     accuracy 100.00\n"
        "test of ner/          ner      F1 100.00\n"
        "all.tagger  # MB, epoch #, # minutes\n"
    )
    lines = err.splitlines()
    assert lines[:3] == [
        "note: no dev set: each 10th sentence of ner/train.tsv is one",
        "train: 3 corpora, 87 sentences, 234 tokens, dev 7 sentences",
        "tags:  UPOS (3 tags, softmax), ner (1 labels, IOB2, crf), names (1 labels, IOB2, crf)",
    ]
    assert [line[:11] for line in lines[3:]] == [f"epoch   {i}/8" for i in range(1, 9)]
    info = [" ".join(line.split()) for line in run(capsys, "info", "all.tagger").splitlines()]
    assert "dev of ner/train.tsv names F1 100.00 accuracy 100.00" in info
    assert "trained on pos/, ner/, ner/train.tsv: 87 sentences, 234 tokens, 6 forms" in info
    assert [line.split(" sha256 ")[0] for line in info if "sha256" in line] == [
        *(f"{split} of {name} file {split}.tsv" for name in ("pos/", "ner/") for split in SPLITS),
        "train of ner/train.tsv file train.tsv",
    ]
    # such a model is scored on a corpus that has one of its layers
    found = run(capsys, "evaluate", "all.tagger", "ner/", "--layer", "ner")
    assert found == (
        "ner/test.tsv: 2 sentences, 5 tokens\n"
        "\n"
        "ner           precision  recall      F1  support\n"
        "LOC              100.00  100.00  100.00        1\n"
        "all              100.00  100.00  100.00\n"
        "accuracy         100.00\n"
        "seen words       100.00\n"
    )


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("Ctrl-C", "stopped by Ctrl-C; the best epoch so far is kept: 1"),
        (
            "divergence",
            "the loss became nan or inf in epoch 2 (try a lower training.learning_rate);"
            " the best epoch before is kept: 1",
        ),
    ],
)
def test_early_end(
    folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, end: str, said: str
) -> None:
    """What was best before is a model, and its user is told."""
    from tagger.training import trainer

    losses: list[float] = []
    real = trainer.training_step

    def training_step(*arguments: Any) -> float:
        losses.append(real(*arguments))
        if len(losses) <= 6:  # batches of five sentences, in the first epoch
            return losses[-1]
        if end == "Ctrl-C":
            os.kill(os.getpid(), signal.SIGINT)
        return losses[-1] if end == "Ctrl-C" else float("nan")

    monkeypatch.setattr(trainer, "training_step", training_step)
    values = [*VALUES, "--set", "training.batch_tokens=15"]
    assert main(["train", "pos/", "--output", "pos.tagger", *values]) == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[-1] == said
    assert "pos.tagger" in out
    assert ", epoch 1, " in out


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("train pos/train.tsv --output pos/train.tsv", "pos/train.tsv"),
        ("train pos/ --output pos/../pos/dev.tsv", "pos/dev.tsv"),
        ("train pos/ --also ner/ --output ner/test.tsv", "ner/test.tsv"),
        ("train ner/ --gazetteer LOC=pos/dev.tsv --output pos/dev.tsv", "pos/dev.tsv"),
        ("train pos/ --vectors ner/dev.tsv --output ner/dev.tsv", "ner/dev.tsv"),
        ("tune pos/ --output pos/dev.tsv", "pos/dev.tsv"),
        ("vectors none pos/dev.tsv --output pos/dev.tsv", "pos/dev.tsv"),
    ],
)
def test_an_output_is_no_input(folder: Path, capsys: Output, command: str, file: str) -> None:
    before = (folder / file).read_bytes()
    name, *arguments = command.split()
    assert main([name, *arguments]) == 2
    assert capsys.readouterr() == (
        "",
        f"tagger {name}: --output {arguments[-1]} would take the place of {file}, which is read"
        f" (see tagger {name} --help)\n",
    )
    assert (folder / file).read_bytes() == before


@pytest.mark.parametrize(
    "value", ["ner/:ner=", "ner/:=x", ":ner=x", "ner/:ner=x,UPOS", "ner/:ner=x,ner=y", "ner/:ner=x,"]
)
def test_names_that_say_nothing(folder: Path, capsys: Output, value: str) -> None:
    assert main(["train", "pos/", "--also", value]) == 2
    assert capsys.readouterr() == (
        "",
        f"tagger train: Invalid value for --also: found {value!r},"
        " expected CORPUS:LAYER=NAME,LAYER=NAME,… (see tagger train --help)\n",
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("none/:ner=x", "none: found nothing there, expected a file"),
        ("hf=x", "hf=x: found nothing there, expected a file"),
        (
            "starter:korean:ner=UPOS",
            "train.conll:4: found the new names ner=UPOS, expected names that differ from those"
            " there: UPOS, ner",
        ),
    ],
)
def test_what_is_no_corpus_or_layer(folder: Path, capsys: Output, value: str, message: str) -> None:
    assert main(["train", "pos/", "--also", value]) == 1
    out, err = capsys.readouterr()
    assert (out, err[-len(message) - 1 :]) == ("", f"{message}\n")
