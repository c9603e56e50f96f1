"""What commands print and write, whole. `tagger tag` has a page of its own."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.cli import COMMANDS, main
from tagger.version import __version__

from ..commands import ROOT, Output, python, run, tagger

pytestmark = pytest.mark.usefixtures("place")

TEXT = "Ada lived.\n"
TAGGED = "Ada\tPROPN\tO\nlived\tVERB\tO\n.\tPUNCT\tO\n\n"


GOLD = """\
Ada\tPROPN\tB-PER
Lovelace\tPROPN\tI-PER
lived\tVERB\tO
in\tADP\tO
Paris\tPROPN\tB-LOC
.\tPUNCT\tO

London\tNOUN\tB-ORG
lived\tVERB\tO

"""
SCORES = {
    "sentences": 2,
    "tokens": 8,
    "layers": {
        "UPOS": {
            "f1": 0.75,
            "precision": 0.75,
            "recall": 0.75,
            "accuracy": 0.75,
            "accuracy_seen": 6 / 7,
            "accuracy_unseen": 0.0,
            "per_label": {
                "ADP": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
                "NOUN": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
                "PROPN": {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "support": 3},
                "PUNCT": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
                "VERB": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 2},
                "X": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0},
            },
        },
        "ner": {
            "f1": 0.4,
            "precision": 0.5,
            "recall": 1 / 3,
            "accuracy": 0.75,
            "accuracy_seen": 6 / 7,
            "accuracy_unseen": 0.0,
            "per_label": {
                "LOC": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
                "ORG": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
                "PER": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
            },
        },
    },
}
REPORT = """\
gold.tsv: 2 sentences, 8 tokens

UPOS          precision  recall      F1  support
PROPN             66.67   66.67   66.67        3
VERB             100.00  100.00  100.00        2
ADP              100.00  100.00  100.00        1
NOUN               0.00    0.00    0.00        1
PUNCT            100.00  100.00  100.00        1
X                  0.00    0.00    0.00        0
accuracy          75.00
seen words        85.71
unseen words       0.00

ner           precision  recall      F1  support
LOC                0.00    0.00    0.00        1
ORG                0.00    0.00    0.00        1
PER              100.00  100.00  100.00        1
all               50.00   33.33   40.00
accuracy          75.00
seen words        85.71
unseen words       0.00
"""


def test_evaluate(capsys: Output) -> None:
    Path("gold.tsv").write_text(GOLD)
    assert run(capsys, "evaluate", "m.tagger", "gold.tsv") == REPORT


def test_evaluate_json(capsys: Output) -> None:
    Path("gold.tsv").write_text(GOLD)
    found = json.loads(run(capsys, "evaluate", "m.tagger", "gold.tsv", "--json"))
    assert found.keys() == SCORES.keys()
    assert {name: list(layer) for name, layer in found["layers"].items()} == {
        name: list(layer) for name, layer in SCORES["layers"].items()
    }
    assert flat(found) == pytest.approx(flat(SCORES))


def flat(value: object, name: str = "") -> dict[str, float]:
    """Returns the numbers of nested objects by their path."""
    if not isinstance(value, dict):
        assert isinstance(value, (int, float))
        return {name: value}
    return {k: v for key, inner in value.items() for k, v in flat(inner, f"{name}/{key}").items()}


@pytest.mark.parametrize(
    ("names", "options", "chosen"),
    [
        (["train", "dev", "test"], [], "test"),
        (["train", "dev"], [], "dev"),
        (["train"], [], "train"),
        (["train", "dev", "test"], ["--split", "dev"], "dev"),
        (["train", "dev", "test"], ["--split", "train"], "train"),
    ],
)
def test_evaluate_part_of_a_folder(
    capsys: Output, names: list[str], options: list[str], chosen: str
) -> None:
    Path("gold").mkdir()
    for name in names:
        Path("gold", f"{name}.tsv").write_text(GOLD)
    found = run(capsys, "evaluate", "m.tagger", "gold", *options)
    assert found == REPORT.replace("gold.tsv", f"gold/{chosen}.tsv")


def test_info(capsys: Output) -> None:
    assert run(capsys, "info", "m.tagger") == (
        "model       m.tagger, 0.0 MB\n"
        "tags        UPOS (5 tags, softmax)\n"
        "tags        ner (2 labels, IOB2, crf)\n"
        "UPOS        PROPN VERB ADP PUNCT X\n"
        "ner         O B-LOC I-LOC E-LOC S-LOC B-PER I-PER E-PER S-PER\n"
        "network     1 × elman, 8 a side, one way; 434 parameters\n"
        "precision   float32\n"
        "raw text    tokens: standard, sentences: standard\n"
        "trained on  starter:english: 1,000 sentences, 20,000 tokens, 6 forms\n"
        "dev         UPOS F1 50.00 accuracy 50.00\n"
        "dev         ner F1 25.00 accuracy 75.00\n"
        "train file  train.conll sha256 0123456789abcdef…\n"
        "command     tagger train starter:english\n"
        "versions    rnn-tagger 0.1.0, python 3.11.7\n"
    )


def test_card(capsys: Output) -> None:
    assert run(capsys, "info", "m.tagger", "--card") == (
        "# A tagger\n"
        "\n"
        "Tags UPOS (5 tags, softmax), ner (2 labels, IOB2, crf).\n"
        "\n"
        "* trained on: starter:english (1000 sentences, 20000 tokens)\n"
        "* network: 1 × elman, 8 a side, one way; 434 parameters\n"
        "* precision: float32\n"
        "* raw text: tokens: standard, sentences: standard\n"
        "* command: `tagger train starter:english`\n"
        "* seed: 1; versions: rnn-tagger 0.1.0, python 3.11.7\n"
        "\n"
        "## Scores\n"
        "\n"
        "| split | layer | F1 | accuracy |\n"
        "|---|---|---|---|\n"
        "| dev | UPOS | 0.5000 | 0.5000 |\n"
        "| dev | ner | 0.2500 | 0.7500 |\n"
        "\n"
        "Scores hold for text like that of the corpus; expect lower ones elsewhere.\n"
        "Words that training did not see are read by nothing.\n"
    )


def test_train_prints_and_writes(capsys: Output, model: Path) -> None:
    """The model that all tests share: what its maker left beside it."""
    assert sorted(p.name for p in model.parent.iterdir()) == ["small.log.jsonl", "small.tagger"]
    events = [json.loads(line) for line in (model.parent / "small.log.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events] == ["begin", *["epoch"] * 6, "end"]
    lines = run(capsys, "info", str(model)).splitlines()
    assert " ".join(line.split()[0] for line in lines) == (
        "model tags tags UPOS ner network precision raw trained dev dev test test"
        " train dev test command versions"
    )
    for split in ("dev", "test"):
        for layer, score in events[-1]["scores"][split].items():
            line = f"{layer} F1 {100 * score['f1']:.2f} accuracy {100 * score['accuracy']:.2f}"
            assert line in {" ".join(shown.split()[1:]) for shown in lines}


def test_evaluation_is_that_of_training(capsys: Output, model: Path) -> None:
    """One way of scoring: in training, and of the file that came out of it."""
    log = (model.parent / "small.log.jsonl").read_text().splitlines()
    for split in ("dev", "test"):
        arguments = ["evaluate", str(model), "starter:english", "--split", split, "--json"]
        found = json.loads(run(capsys, *arguments))["layers"]
        assert flat(found) == pytest.approx(flat(json.loads(log[-1])["scores"][split]))


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(capsys: Output, option: str) -> None:
    lines = run(capsys, option).splitlines()
    assert lines[0] == "Usage: tagger [OPTIONS] COMMAND [ARGS]..."
    listed = lines[lines.index("Commands:") + 1 :]
    assert [line.split()[0] for line in listed[: listed.index("")]] == list(COMMANDS)


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_an_example(capsys: Output, command: str, option: str) -> None:
    lines = [line.strip() for line in run(capsys, command, option).splitlines()]
    assert lines[0].startswith(f"Usage: tagger {command} [OPTIONS]")
    headings = [i for i, line in enumerate(lines) if line in ("Example:", "Examples:")]
    assert len(headings) == 1
    assert f"tagger {command} " in lines[headings[0] + 1] + " "


def test_no_command(capsys: Output) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == ("", "Usage: tagger [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    "launcher",
    [["-m", "tagger"], [str(ROOT / "cli.py")]],
    ids=["python -m tagger", "python cli.py"],
)
def test_launchers(place: Path, launcher: list[str]) -> None:
    done = python(*launcher, "--version", cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tagger {__version__}\n", "")
    done = python(*launcher, "tag", "-m", "m.tagger", cwd=place, input=TEXT)
    assert (done.returncode, done.stdout, done.stderr) == (0, TAGGED, "")
    done = python(*launcher, "tag", "-m", "none", cwd=place, input=TEXT)
    message = "tagger: none: found no such file, expected a model file made by `tagger train`\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_output_is_utf8_in_any_locale(place: Path, locale: str) -> None:
    env = {"LC_ALL": locale, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = tagger("tag", "-m", "m.tagger", cwd=place, input="Kovač", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Kovač\tX\tO\n\n", "")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("command", ["check starter:korean", "info m.tagger", "tag --help"])
def test_messages_are_utf8_in_any_locale(place: Path, encoding: str, command: str) -> None:
    done = tagger(*command.split(), cwd=place, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert (done.returncode, done.stderr) == (0, "")
    assert any(character in done.stdout for character in "→…·")


@pytest.mark.parametrize(
    ("closed", "status", "told"),
    [
        ("<&-", 0, ""),  # nothing can be read
        (">&-", 1, "tagger: standard output: found it closed, expected it open\n"),
        ("2>&-", 0, ""),
    ],
)
def test_closed_streams(place: Path, closed: str, status: int, told: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m tagger tag -m m.tagger {closed}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        input=TEXT,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (status, told)
    assert done.stdout == (TAGGED if closed == "2>&-" else "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    done = tagger(env={"_TAGGER_COMPLETE": f"{shell}_source"})
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_TAGGER_COMPLETE={shell}_complete" in done.stdout


def test_completion_of_commands() -> None:
    done = tagger(env={"_TAGGER_COMPLETE": "bash_complete", "COMP_WORDS": "tagger t", "COMP_CWORD": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "plain,train\nplain,tune\nplain,tag\n", "")
