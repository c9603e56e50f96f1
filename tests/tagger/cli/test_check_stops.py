"""`tagger check` calls an error what training stops at, and nothing else."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tagger.cli import main

from . import test_bad_input
from .test_check import Output, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)


def errors(capsys: Output, arguments: list[str]) -> list[str]:
    """Returns what `tagger check` calls an error: its findings, or the one it ends with."""
    status = main(["check", *arguments, "--json"])
    out, err = capsys.readouterr()
    if not out:
        assert status == 1
        return [line.removeprefix("tagger: ") for line in err.splitlines()[-1:]]
    found = json.loads(out)
    assert status == (not found["ok"])
    return [f["message"] for f in found["findings"] if f["severity"] == "error"]


def stop_of_training(capsys: Output, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns what `tagger train` stops at before it trains, "" where it would train."""

    class _TrainsError(Exception):
        pass

    def trains(*_: object, **__: object) -> None:
        raise _TrainsError

    monkeypatch.setattr("tagger.training.preparation.Network", trains)
    try:
        status = main(["train", *arguments, "--output", "m.tagger"])
    except _TrainsError:
        capsys.readouterr()
        return ""
    out, err = capsys.readouterr()
    assert (status, out) == (1, "")
    return err.splitlines()[-1].removeprefix("tagger: ")


# those of its table that concern a corpus: neither settings nor the output
BAD_INPUT = [
    command.removeprefix("train ")
    for command, _ in test_bad_input.DATA
    if command.startswith("train ") and not re.search("--config|--layer|--also| -o ", command)
]


def test_bad_input_has_enough_of_them() -> None:
    assert len(BAD_INPUT) >= 20


@pytest.mark.parametrize("command", [*BAD_INPUT, "good.tsv", "whole"])
def test_check_stops_where_training_stops(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    write(test_bad_input.FILES)
    stop = stop_of_training(capsys, shlex.split(command), monkeypatch)
    assert bool(stop) == (command in BAD_INPUT)
    assert errors(capsys, shlex.split(command)) == ([stop] if stop else [])


LAYERED = '{"tokens": ["a%d"], "tags": {"UPOS": ["X"], "ner": ["B-X"]}}\n'
LAYERS = "".join(LAYERED % i for i in range(20))

# files, the layers to learn, and what training each stops at
STOPS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "nothing": ({"train.jsonl": LAYERS}, {}),
    "no sentences but empty ones": (
        {"train.jsonl": '{"tokens": []}\n' * 20},
        {"": "c/train.jsonl: found no sentences, expected at least one"},
    ),
    "no layers": (
        {"train.tsv": "Ada\n\n" * 20},
        {"": "c/train.tsv: found the layers none, expected one of them chosen by --layer"},
    ),
    "nine sentences without a dev set": (
        {"train.tsv": "Ada\tB-PER\n\n" * 9},
        {"": "c/train.tsv: found no sentences for a dev set, expected at least one"},
    ),
    "ten": ({"train.tsv": "Ada\tB-PER\n\n" * 10}, {}),
    "an empty dev set": (
        {"train.jsonl": LAYERS, "dev.jsonl": "\n"},
        {"": "c/dev.jsonl: found no sentences for a dev set, expected at least one"},
    ),
    "an empty test set": (
        {"train.jsonl": LAYERS, "dev.jsonl": LAYERS, "test.jsonl": ""},
        {"": "c/test.jsonl: found no sentences for a test set, expected at least one"},
    ),
    "a layer that ends": (
        {"train.jsonl": LAYERS + '{"tokens": ["b"], "tags": {"UPOS": ["X"]}}\n'},
        {"ner": "c/train.jsonl:21: found UPOS, expected the layer ner"},
    ),
    "a layer that is missing in dev": (
        {"train.jsonl": LAYERS, "dev.jsonl": '{"tokens": ["b"], "tags": {"ner": ["B-X"]}}\n'},
        {"UPOS": "c/dev.jsonl:1: found ner, expected the layer UPOS"},
    ),
    "a layer that is missing in test": (
        {"train.jsonl": LAYERS, "dev.jsonl": LAYERS, "test.jsonl": '{"tokens": ["b"]}\n'},
        {
            "UPOS": "c/test.jsonl:1: found no tags, expected the layer UPOS",
            "ner": "c/test.jsonl:1: found no tags, expected the layer ner",
        },
    ),
    "a layer more in dev": (
        {
            "train.jsonl": LAYERS,
            "dev.jsonl": LAYERS.replace('"tags": {', '"tags": {"x": ["X"], '),
        },
        {},
    ),
    "a stray tag in one of the layers": (
        {"train.jsonl": LAYERS + LAYERS.replace("B-X", "O") + (LAYERED % 50).replace("B-X", "X")},
        {
            "ner": "c/train.jsonl:41: found tag 'X', expected O or B-, I-, E-, S-LABEL, as elsewhere",
        },
    ),
    "a stray tag in test": (
        {
            "train.jsonl": LAYERS,
            "dev.jsonl": LAYERS,
            "test.jsonl": (LAYERED % 50).replace("B-X", "X"),
        },
        {"ner": "c/test.jsonl:1: found tag 'X', expected O or B-, I-, E-, S-LABEL, as elsewhere"},
    ),
    "two schemes": (
        {"train.jsonl": LAYERS.replace("B-X", "S-X") + LAYERS.replace("B-X", "L-X")},
        {
            "ner": "c/train.jsonl:21: found tag 'L-X' beside 'S-X', expected the prefixes of one scheme",
        },
    ),
    "a dev set of other labels": (
        {"train.jsonl": LAYERS, "dev.jsonl": LAYERS.replace("B-X", "B-Y")},
        {
            "ner": "c/dev.jsonl:1: found only Y in layer ner of the dev set, expected tags of the"
            " training set: X"
        },
    ),
    "a test set of other labels": (
        {"train.jsonl": LAYERS, "dev.jsonl": LAYERS, "test.jsonl": LAYERS.replace("B-X", "B-Y")},
        {},
    ),
    "a broken line in train": (
        {"train.jsonl": LAYERS + "[1]\n"},
        {"": """c/train.jsonl:21: found '[1]', expected an object with "tokens", a list of strings"""},
    ),
    "a broken line in test": (
        {"train.jsonl": LAYERS, "dev.jsonl": LAYERS, "test.jsonl": "{\n"},
        {"": "c/test.jsonl:1: found '{', expected a JSON object on one line"},
    ),
}


@pytest.mark.parametrize(("files", "stops"), STOPS.values(), ids=STOPS)
def test_each_error_stops_training_of_its_layer(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], stops: dict[str, str]
) -> None:
    write({f"c/{name}": content for name, content in files.items()})
    assert errors(capsys, ["c"]) == list(stops.values())
    layered = any(name == "train.jsonl" and "UPOS" in content for name, content in files.items())
    for layer in ("UPOS", "ner") if layered else ("",):
        arguments = ["c", "--layer", layer] if layer else ["c"]
        stop = stop_of_training(capsys, arguments, monkeypatch)
        assert stop == stops.get(layer, stops.get("", ""))
