"""The commands take data sets as they take files."""

import json
from pathlib import Path

import pytest
from datasets import DatasetDict

from corpora import Split
from tagger.cli import main
from tests.corpora.hub.rows import EXPECTED, ROWS, lists, made

TRAINING = ["training.epochs=1", "training.threads=1", "model.hidden_size=8", "model.projection=8"]


@pytest.fixture
def saved() -> Path:
    """A data set on disk, its tags numbers with names; `validation` has a label of its own."""
    rows = [ROWS[0], {"id": "2", "tokens": ["Ada"], "ner_tags": [1], "upos": ["X"]}] * 10
    DatasetDict(train=made(rows), validation=made(rows[:2]), odd=made()).save_to_disk("saved")
    return Path("saved")


ODD = "{}: the split odd is none of train, dev and test, and is left out\n"


@pytest.mark.parametrize("name", ["saved", "hf:saved"])
def test_check(saved: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["check", name, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ODD.format(name) + "splits left out: 1\n"
    found = json.loads(out)
    assert [(s["name"], s["sentences"], s["tokens"]) for s in found["splits"]] == [
        ("train", 20, 40),
        ("dev", 2, 4),
    ]


@pytest.mark.parametrize("name", ["saved", "hf:saved"])
def test_train(saved: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    options = [f"--set={setting}" for setting in TRAINING]
    assert main(["train", name, "--layer", "ner", *options]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("dev   ner      F1 ")
    assert err.startswith(ODD.format(name) + "train: 20 sentences, 40 tokens, dev 2 sentences\n")
    assert main(["evaluate", "saved.tagger", name]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith(f"{name}/validation: 2 sentences, 4 tokens\n")
    assert main(["info", "saved.tagger"]) == 0
    assert f"trained on  {name}: 20 sentences, 40 tokens, 3 forms\n" in capsys.readouterr().out


def test_convert(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "hf:saved", "out", "--to", "conll"]) == 0
    capsys.readouterr()
    assert lists(Split(Path("out/dev.conll")))[0] == EXPECTED[0]


def test_classes_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    made([{"tokens": ["Ada"], "ner_tags": [1]}] * 20, None).save_to_disk("x")
    message = "x/train:1: found the number 1 in layer ner, expected names: --classes ner=NAME,NAME,…"
    assert main(["train", "x"]) == 1
    assert capsys.readouterr() == ("", f"tagger: {message}\n")
    assert main(["check", "x"]) == 1
    assert f"error  {message}\n" in capsys.readouterr().out
    assert main(["check", "x", "--classes", "ner=O,B-PER", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["layers"][0]["tags"] == {"train": {"B-PER": 20}}
