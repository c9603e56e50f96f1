"""`tagger tune`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from tagger.cli import main
from tagger.settings import make_config
from tagger.training.display import LiveSearchDisplay, PlainSearchDisplay, make_search_display
from tagger.training.ranges import RANGES

from ..commands import Output

CORPUS = "Ada\tPROPN\nslept\tVERB\n\nWe\tPRON\nsaw\tVERB\nAda\tPROPN\n\n"
SMALL = {
    "training.epochs": 1,
    "training.threads": 1,
    "training.batch_tokens": 12,
    "model.word_size": 8,
    "model.affix_buckets": 64,
    "model.character_output": 8,
    "model.layers": 1,
    "model.projection": 0,
}
OPTIONS = [f"--set={key}={value}" for key, value in SMALL.items()]
TRIED = ["--range", "model.hidden_size=4..9", "--range", "model.dropout=0,0.5"]
FRACTIONS = ("model.dropout", "training.smoothing")  # which are below 1
CLOCK = re.compile(r"\b\d+:\d\d\b")


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A corpus, and the current folder beside it."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "small").mkdir()
    for split in ("train", "dev"):
        (tmp_path / "small" / f"{split}.tsv").write_text(CORPUS)
    return "small"


def tuned(capsys: Output, *arguments: str) -> tuple[str, str]:
    status = main(["tune", *arguments])
    out, err = capsys.readouterr()
    assert status == 0, err
    return CLOCK.sub("0:00", out), CLOCK.sub("0:00", err)


def test_tune(capsys: Output, corpus: str) -> None:
    """Two trials, none, one more, and a model of the best."""
    more = ["--set=training.learning_rate=0.01", "--seed", "5"]
    out, err = tuned(capsys, corpus, *OPTIONS, *more, *TRIED, "--trials", "2")
    lines = out.splitlines()
    assert lines[0].split()[0] == "trial"
    assert [line.split()[0] for line in lines[1:-1]] == [
        "dev",
        "epochs",
        "time",
        "training.weight_decay",
        "training.unknown_rate",
        "training.smoothing",
        "model.dropout",
        "model.hidden_size",
    ]
    assert lines[-1] == "small.toml  the best of 2 trials; tagger train --config small.toml takes it"
    assert [line.split()[:2] for line in err.splitlines()] == [["trial", "1/2"], ["trial", "2/2"]]
    assert sorted(path.name for path in Path().iterdir()) == ["small", "small.toml", "small.tune.jsonl"]
    first = Path("small.toml").read_bytes()
    again, err = tuned(capsys, corpus, *OPTIONS, *more, *TRIED, "--trials", "2")
    assert (again, Path("small.toml").read_bytes()) == (out, first)
    assert err == "note: going on after 2 trials in small.tune.jsonl\n"
    out, err = tuned(capsys, corpus, *OPTIONS, *more, *TRIED, "--trials", "3")
    assert [line.split()[:2] for line in err.splitlines()][1:] == [["trial", "3/3"]]
    config = make_config(file=Path("small.toml"))
    assert config.training.seed == 5
    assert config.training.learning_rate == 0.01
    assert config.model.affix_buckets == 64
    assert main(["train", corpus, "--config", "small.toml"]) == 0
    assert Path("small.tagger").exists()


def test_settings_of_a_file_are_fixed_unless_their_range_is_named(capsys: Output, corpus: str) -> None:
    tables = {"training": "", "model": ""}
    for key, value in (SMALL | {"model.hidden_size": 5}).items():
        section, _, name = key.partition(".")
        tables[section] += f"{name} = {value}\n"
    text = "".join(f"[{section}]\n{table}" for section, table in tables.items())
    Path("start.toml").write_text(text)
    arguments = ["--config", "start.toml", "--trials", "1", *TRIED, "--output", "found.toml"]
    out, _ = tuned(capsys, corpus, *arguments)
    shown = {line.split()[0] for line in out.splitlines()}
    assert {key for key in RANGES if key in shown} == {
        "training.learning_rate",
        "training.weight_decay",
        "training.unknown_rate",
        "training.smoothing",
        "model.dropout",
        "model.hidden_size",
    }
    assert make_config(file=Path("found.toml")).model.hidden_size == 5
    assert Path("start.toml").read_text() == text


def test_table_tells_importance_when_there_are_trials_enough(capsys: Output, corpus: str) -> None:
    keys = RANGES.keys() - SMALL.keys() - {"model.hidden_size", "model.dropout"}
    fixed = [f"--set={key}=0.1" for key in keys]
    out, _ = tuned(capsys, corpus, *OPTIONS, *fixed, *TRIED, "--trials", "10")
    lines = out.splitlines()
    assert lines[0].split()[0] == "trial"
    assert lines[0].split()[-1] == "importance"
    assert len(lines[0].split()) == 7  # the five best
    assert [line.split()[0] for line in lines[4:6]] == ["model.dropout", "model.hidden_size"]
    assert all(line.endswith("%") for line in lines[4:6])
    assert not any(line.endswith("%") for line in lines[:4])


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--range", "model.dropout=1"], 2, "--range model.dropout: found 1.0, expected 0.0 to below 1"),
        (
            ["--range", "model.layers=1,2", "--set", " model.layers = 2"],
            2,
            "tune: --range model.layers goes without --set model.layers, which fixes it",
        ),
        (["--trials", "0"], 2, "tune: Invalid value for '--trials': 0 is not in the range x>=1"),
        (["--time", "0"], 2, "tune: Invalid value for '--time': 0.0 is not in the range x>0"),
        (["--set", "model.drop=1"], 2, "--set model.drop: found an unknown key, expected a known one"),
        (
            ["--config", "x.toml", "--output", "small/../x.toml"],
            2,
            "tune: --output small/../x.toml would take the place of --config",
        ),
        (["--output", "small"], 1, "small: found a directory, expected the name of a file"),
        (["--output", "none/x.toml"], 1, "none/x.toml: found a place that cannot be written"),
        (["--layer", "XPOS"], 1, "small/train.tsv: found the layers"),
        (["--device", "gpu"], 2, "--device: found 'gpu', which torch cannot use here, expected cpu"),
        (
            [f"--set={key}={0.1 if key in FRACTIONS else 1}" for key in RANGES],
            2,
            "--set: found all settings fixed, expected one at least that may be searched",
        ),
    ],
)
def test_refused(capsys: Output, corpus: str, arguments: list[str], status: int, message: str) -> None:
    Path("x.toml").write_text("[model]\nlayers = 1\n")
    assert main(["tune", corpus, *arguments]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"tagger{' ' if message.startswith('tune') else ': '}{message}")
    assert len(err.splitlines()) == 1
    assert sorted(path.name for path in Path().iterdir()) == ["small", "x.toml"]


def test_another_search_beside_the_output(capsys: Output, corpus: str) -> None:
    tuned(capsys, corpus, *OPTIONS, *TRIED, "--trials", "1")
    assert main(["tune", corpus, *OPTIONS, *TRIED, "--seed", "2"]) == 1
    assert capsys.readouterr().err == (
        "tagger: small.tune.jsonl: found a search with training.seed '1', expected one with"
        " training.seed '2'; remove it, or choose another --output\n"
    )


def test_end_by_ctrl_c(capsys: Output, corpus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best so far is kept, and told."""
    from tagger.training import display

    def interrupt(self: PlainSearchDisplay, *state: object) -> None:
        if self._number == 2:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(display.PlainSearchDisplay, "batch", interrupt)
    out, err = tuned(capsys, corpus, *OPTIONS, *TRIED, "--trials", "5")
    assert err.splitlines()[1:] == [
        "trial   2/5  stopped",
        "stopped by Ctrl-C; the best settings so far are kept",
    ]
    assert out.splitlines()[-1].startswith("small.toml  the best of 1 trials;")


def test_live_display(capsys: Output, corpus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert not isinstance(make_search_display(), LiveSearchDisplay)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    assert isinstance(make_search_display(), LiveSearchDisplay)
    ranges = ["--range", "model.character_output=7,8", "--set", "model.character_encoder=lstm"]
    options = [option for option in OPTIONS if "character_output" not in option]
    assert main(["tune", corpus, *options, *ranges, "--trials", "4"]) == 0
    shown = terminal.getvalue()
    assert "trial   1/4" in shown
    assert "epoch 1/1" in shown
    assert "failed: model.character_output: found 7, expected an even number for the LSTM" in shown
    assert capsys.readouterr().out.splitlines()[-1].startswith("small.toml  the best of 4 trials (")
