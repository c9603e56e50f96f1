"""Tagging is light: what each command imports, in an interpreter of its own."""

from pathlib import Path

import pytest

from .commands import python

HEAVY = {"torch", "datasets", "seqeval", "sklearn", "pandas", "pyarrow", "onnx", "rich", "optuna"}
HEAVY |= {"transformers", "tokenizers"}
NUMERIC = {"numpy", "onnxruntime", "safetensors"}

RUN = "import sys; from tagger.cli import main; assert main({!r}) == 0"
LOADED = "\nimport sys; sys.stderr.write(' '.join({{m.partition('.')[0] for m in sys.modules}}))"

CASES = {
    "import tagger": ("import tagger", HEAVY | NUMERIC | {"click", "syntok"}),
    "tagger.load": (
        "import tagger; tagger.load({model!r}).tag('Ada slept. Really.')",
        HEAVY | {"click"},
    ),
    "numpy engine": (
        "import tagger; tagger.load({model!r}, engine='numpy').tag('Ada slept.')",
        HEAVY | {"click", "onnxruntime"},
    ),
    "tagger tag": (RUN.format(["tag", "{text}", "--model", "{model}"]), HEAVY | {"onnxruntime"}),
    "tagger tag --to jsonl": (
        RUN.format(["tag", "{text}", "-m", "{model}", "--to", "jsonl"]),
        HEAVY | {"onnxruntime"},
    ),
    "tagger tag --to color": (
        RUN.format(["tag", "{text}", "-m", "{model}", "--to", "color"]),
        HEAVY | {"onnxruntime"},
    ),
    "tagger info": (RUN.format(["info", "{model}"]), HEAVY | {"onnxruntime", "syntok"}),
    "tagger check": (
        RUN.format(["check", "starter:english"]),
        HEAVY | NUMERIC | {"spacy", "syntok"},
    ),
    "tagger check --json": (
        RUN.format(["check", "starter:english", "--json"]),
        HEAVY | NUMERIC | {"spacy", "syntok"},
    ),
    "tagger convert": (
        RUN.format(["convert", "starter:english", "{text}.jsonl", "--to", "jsonl"]),
        HEAVY | NUMERIC | {"spacy", "syntok"},
    ),
    "tagger convert of text": (
        RUN.format(["convert", "{text}", "{text}.json"]),
        HEAVY | NUMERIC | {"spacy"},
    ),
    "tagger formats": (RUN.format(["formats"]), HEAVY | NUMERIC | {"spacy", "syntok"}),
    "tagger formats --markdown": (
        RUN.format(["formats", "--markdown"]),
        HEAVY | NUMERIC | {"spacy", "syntok"},
    ),
    "tagger --help": (RUN.format(["--help"]), HEAVY | NUMERIC | {"syntok"}),
    "tagger train --help": (RUN.format(["train", "--help"]), HEAVY | NUMERIC | {"syntok"}),
    "tagger tune --help": (RUN.format(["tune", "--help"]), HEAVY | NUMERIC | {"syntok"}),
    "tagger --version": (RUN.format(["--version"]), HEAVY | NUMERIC | {"syntok"}),
}


@pytest.mark.parametrize(("code", "absent"), CASES.values(), ids=CASES)
def test_light(model: Path, tmp_path: Path, code: str, absent: set[str]) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Ada Lovelace lived in London.\n")
    done = python("-c", (code + LOADED).format(model=str(model), text=str(text)))
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert {"sys", "tagger"} <= loaded
    assert loaded & absent == set()


BLOCKED = "import sys; sys.modules[{!r}] = None; from tagger.cli import main; sys.exit(main({!r}))"


@pytest.mark.parametrize("module", ["torch", "datasets", "seqeval", "onnx"])
def test_missing_extra_for_training(tmp_path: Path, module: str) -> None:
    arguments = ["train", "starter:english", "--output", "m.tagger", "--set", "training.epochs=1"]
    arguments += ["--layer", "ner", "--set", "training.threads=1", "--set", "model.hidden_size=4"]
    done = python("-c", BLOCKED.format(module, arguments), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        f"tagger: found no module {module}, expected it installed; run: pip install 'rnn-tagger[train]'"
    )
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "m.tagger").exists()


def test_missing_extra_for_searching(tmp_path: Path) -> None:
    """Its extra brings what training needs too, so that it is the one to be named."""
    done = python("-c", BLOCKED.format("optuna", ["tune", "starter:english"]), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "tagger: found no module optuna, expected it installed; run: pip install 'rnn-tagger[tune]'\n",
    )
    assert not list(tmp_path.iterdir())


def test_missing_extra_for_scores_of_spans(handmade: Path, tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("Ada\tPROPN\tB-PER\n")
    arguments = ["evaluate", str(handmade), "x.tsv"]
    done = python("-c", BLOCKED.format("seqeval", arguments), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "tagger: found no module seqeval, expected it installed; run: pip install 'rnn-tagger[train]'\n",
    )


def test_module_that_is_no_extra_is_not_hidden(tmp_path: Path) -> None:
    """A fault of ours is no fault of the installation."""
    done = python("-c", BLOCKED.format("tagger.cli.info", ["info", "x"]), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: ")
