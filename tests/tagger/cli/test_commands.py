"""What each command prints and writes, whole."""

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.cli import COMMANDS, main
from tagger.version import __version__

from ..commands import ROOT, python, tagger

TEXT = "Ada Lovelace lived.\n\nShe lived in  London."

CONLLU = """\
# sent_id = 1
# text = vámonos al London
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\tv\tMood=Imp\t0\troot\t0:root\t_
2\tnos\tnosotros\tPRON\tp\t_\t1\tobj\t1:obj\t_
3-4\tal\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
3\ta\ta\tADP\t_\t_\t5\tcase\t5:case\t_
4\tel\tel\tDET\t_\t_\t5\tdet\t5:det\t_
5\tLondon\tLondon\tNOUN\t_\t_\t1\tobl\t1:obl\tner=O|Gloss=x
5.1\tx\t_\t_\t_\t_\t_\t_\t1:dep\t_

"""
CONLLU_TAGGED = """\
# sent_id = 1
# text = vámonos al London
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tX\tv\tMood=Imp\t0\troot\t0:root\tner=O
2\tnos\tnosotros\tX\tp\t_\t1\tobj\t1:obj\tner=O
3-4\tal\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
3\ta\ta\tX\t_\t_\t5\tcase\t5:case\tner=O
4\tel\tel\tX\t_\t_\t5\tdet\t5:det\tner=O
5\tLondon\tLondon\tPROPN\t_\t_\t1\tobl\t1:obl\tGloss=x|ner=B-LOC
5.1\tx\t_\t_\t_\t_\t_\t_\t1:dep\t_

"""
CONLL = "-DOCSTART- O O\n\nAda NNP B-X\nlived VBD O\n\n# NN O\n\n"
JSONL = '{"id": 7, "tokens": ["Ada", "lived"], "tags": {"XPOS": ["NNP", "VBD"]}}\n'

INPUTS = {"text": TEXT, "conll": CONLL, "conllu": CONLLU, "jsonl": JSONL}

OUTPUTS = {
    ("text", "conll"): """\
Ada\tPROPN\tB-PER
Lovelace\tPROPN\tI-PER
lived\tVERB\tO
.\tPUNCT\tO

She\tX\tO
lived\tVERB\tO
in\tADP\tO
London\tPROPN\tB-LOC
.\tPUNCT\tO

""",
    ("text", "conllu"): """\
# text = Ada Lovelace lived.
1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-PER
2\tLovelace\t_\tPROPN\t_\t_\t_\t_\t_\tner=I-PER
3\tlived\t_\tVERB\t_\t_\t_\t_\t_\tner=O
4\t.\t_\tPUNCT\t_\t_\t_\t_\t_\tner=O

# text = She lived in  London.
1\tShe\t_\tX\t_\t_\t_\t_\t_\tner=O
2\tlived\t_\tVERB\t_\t_\t_\t_\t_\tner=O
3\tin\t_\tADP\t_\t_\t_\t_\t_\tner=O
4\tLondon\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-LOC
5\t.\t_\tPUNCT\t_\t_\t_\t_\t_\tner=O

""",
    ("text", "jsonl"): (
        '{"text": "Ada Lovelace lived.", "tokens": ["Ada", "Lovelace", "lived", "."],'
        ' "offsets": [[0, 3], [4, 12], [13, 18], [18, 19]],'
        ' "tags": {"UPOS": ["PROPN", "PROPN", "VERB", "PUNCT"], "ner": ["B-PER", "I-PER", "O", "O"]},'
        ' "spans": {"ner": [{"start": 0, "end": 12, "label": "PER", "text": "Ada Lovelace",'
        ' "confidence": 0.9995}]}}\n'
        '{"text": "She lived in  London.", "tokens": ["She", "lived", "in", "London", "."],'
        ' "offsets": [[0, 3], [4, 9], [10, 12], [14, 20], [20, 21]],'
        ' "tags": {"UPOS": ["X", "VERB", "ADP", "PROPN", "PUNCT"],'
        ' "ner": ["O", "O", "O", "B-LOC", "O"]},'
        ' "spans": {"ner": [{"start": 14, "end": 20, "label": "LOC", "text": "London",'
        ' "confidence": 0.9865}]}}\n'
    ),
    ("text", "color"): """\
Ada   Lovelace lived .
PROPN PROPN    VERB  PUNCT
PER ━━━━━━━━━━

She lived in  London .
X   VERB  ADP PROPN  PUNCT
              LOC ━━

""",
    ("conll", "conll"): "-DOCSTART- O O O\n\nAda NNP O PROPN\nlived VBD O VERB\n\n# NN O X\n\n",
    ("conll", "conllu"): """\
# newdoc
1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tcolumn2=NNP|ner=O
2\tlived\t_\tVERB\t_\t_\t_\t_\t_\tcolumn2=VBD|ner=O

1\t#\t_\tX\t_\t_\t_\t_\t_\tcolumn2=NN|ner=O

""",
    ("conll", "jsonl"): (
        '{"text": "Ada lived", "tokens": ["Ada", "lived"], "offsets": [[0, 3], [4, 9]],'
        ' "tags": {"column2": ["NNP", "VBD"], "ner": ["O", "O"], "UPOS": ["PROPN", "VERB"]},'
        ' "spans": {"ner": []}}\n'
        '{"text": "#", "tokens": ["#"], "offsets": [[0, 1]],'
        ' "tags": {"column2": ["NN"], "ner": ["O"], "UPOS": ["X"]}, "spans": {"ner": []}}\n'
    ),
    ("conll", "color"): "Ada   lived\nPROPN VERB\n\n#\nX\n\n",
    ("conllu", "conll"): """\
# sent_id = 1
# text = vámonos al London
vamos\tX\tv\tMood=Imp\tO
nos\tX\tp\t_\tO
a\tX\t_\t_\tO
el\tX\t_\t_\tO
London\tPROPN\t_\t_\tB-LOC

""",
    ("conllu", "conllu"): CONLLU_TAGGED,
    ("conllu", "jsonl"): (
        '{"text": "vámonos al London", "tokens": ["vamos", "nos", "a", "el", "London"],'
        ' "offsets": [[0, 7], [0, 7], [8, 10], [8, 10], [11, 17]],'
        ' "tags": {"UPOS": ["X", "X", "X", "X", "PROPN"], "XPOS": ["v", "p", "_", "_", "_"],'
        ' "FEATS": ["Mood=Imp", "_", "_", "_", "_"], "ner": ["O", "O", "O", "O", "B-LOC"]},'
        ' "spans": {"ner": [{"start": 11, "end": 17, "label": "LOC", "text": "London",'
        ' "confidence": 0.9866}]}}\n'
    ),
    ("conllu", "color"): """\
vamos nos a el London
X     X   X X  PROPN
               LOC ━━

""",
    ("jsonl", "conll"): "Ada\tNNP\tPROPN\tO\nlived\tVBD\tVERB\tO\n\n",
    ("jsonl", "conllu"): """\
1\tAda\t_\tPROPN\tNNP\t_\t_\t_\t_\tner=O
2\tlived\t_\tVERB\tVBD\t_\t_\t_\t_\tner=O

""",
    ("jsonl", "jsonl"): (
        '{"id": 7, "tokens": ["Ada", "lived"],'
        ' "tags": {"XPOS": ["NNP", "VBD"], "UPOS": ["PROPN", "VERB"], "ner": ["O", "O"]},'
        ' "text": "Ada lived", "offsets": [[0, 3], [4, 9]], "spans": {"ner": []}}\n'
    ),
    ("jsonl", "color"): "Ada   lived\nPROPN VERB\n\n",
}

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handmade: Path) -> Path:
    """An empty folder to be in, with the model `m.tagger`, and a terminal 60 wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "m.tagger").write_bytes(handmade.read_bytes())
    return tmp_path


def run(capsys: Output, *arguments: str) -> str:
    """Returns what a command that goes well prints."""
    status = main(arguments)
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    return out


@pytest.mark.parametrize(("source", "target"), OUTPUTS, ids=map("-".join, OUTPUTS))
def test_tag(capsys: Output, source: str, target: str) -> None:
    Path("input").write_text(INPUTS[source], encoding="utf-8", newline="")
    found = run(capsys, "tag", "input", "--model", "m.tagger", "--from", source, "--to", target)
    assert found == OUTPUTS[source, target]


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("x.txt", "text", "conll"),
        ("x", "text", "conll"),
        ("x.tsv", "conll", "conll"),
        ("x.conll", "conll", "conll"),
        ("x.conllu", "conllu", "conllu"),
        ("x.jsonl", "jsonl", "jsonl"),
        ("x.txt.gz", "text", "conll"),
        ("x.conllu.gz", "conllu", "conllu"),
        ("x.jsonl.gz", "jsonl", "jsonl"),
    ],
)
def test_formats_go_by_the_name(capsys: Output, name: str, source: str, target: str) -> None:
    content = INPUTS[source].encode()
    Path(name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert run(capsys, "tag", name, "-m", "m.tagger") == OUTPUTS[source, target]


@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["nothing", "-"])
@pytest.mark.parametrize("source", INPUTS)
def test_standard_input(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, source: str, arguments: list[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(INPUTS[source].encode()), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", stdin)
    target = "conll" if source == "text" else source
    found = run(capsys, "tag", *arguments, "-m", "m.tagger", "--from", source)
    assert found == OUTPUTS[source, target]


@pytest.mark.parametrize("engine", ["onnx", "numpy"])
def test_engines(capsys: Output, engine: str) -> None:
    Path("x.txt").write_text(TEXT)
    found = run(capsys, "tag", "x.txt", "-m", "m.tagger", "--engine", engine, "--to", "jsonl")
    assert found == OUTPUTS["text", "jsonl"]


def test_colours(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    Path("x.txt").write_text("Ada Lovelace lived.")
    assert run(capsys, "tag", "x.txt", "-m", "m.tagger", "--to", "color") == (
        "\x1b[32mAda\x1b[0m   \x1b[32mLovelace\x1b[0m lived .\n"
        "\x1b[2mPROPN\x1b[0m \x1b[2mPROPN\x1b[0m    \x1b[2mVERB\x1b[0m  \x1b[2mPUNCT\x1b[0m\n"
        "\x1b[32mPER ━━━━━━━━━━\x1b[0m\n"
        "\n"
    )


def test_columns_and_separator(capsys: Output) -> None:
    Path("x.tsv").write_text("1|Ada|B-X\n2|lived|O\n\n")
    options = ["--columns", "form=2,ner=3", "--separator", "|"]
    assert run(capsys, "tag", "x.tsv", "-m", "m.tagger", *options) == (
        "1|Ada|O|PROPN\n2|lived|O|VERB\n\n"
    )


def test_header_names_the_columns(capsys: Output) -> None:
    Path("x.tsv").write_text("# global.columns = FORM XPOS NER\nAda\tNNP\tB-X\n\n")
    assert run(capsys, "tag", "x.tsv", "-m", "m.tagger") == (
        "# global.columns = FORM XPOS NER UPOS\nAda\tNNP\tO\tPROPN\n\n"
    )


@pytest.mark.parametrize("name", ["out.tsv", "out.tsv.gz", "input.txt"])
def test_output(capsys: Output, name: str) -> None:
    """Into a file; also into the very one that is read."""
    Path("input.txt").write_text(TEXT)
    assert run(capsys, "tag", "input.txt", "-m", "m.tagger", "--output", name) == ""
    content = Path(name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    assert content.decode() == OUTPUTS["text", "conll"]
    assert {p.name for p in Path().iterdir()} == {"input.txt", "m.tagger", name}


def test_output_is_whole_or_as_it_was(capsys: Output) -> None:
    Path("input.txt").write_bytes(b"Ada lived.\n\n" * 20_000 + b"\xff")  # more than one window
    Path("out.tsv").write_text("as it was")
    assert main(["tag", "input.txt", "-m", "m.tagger", "-o", "out.tsv"]) == 1
    message = "tagger: input.txt:40001: found byte 0xff at byte 240000, expected UTF-8\n"
    assert capsys.readouterr() == ("", message)
    assert Path("out.tsv").read_text() == "as it was"
    assert {p.name for p in Path().iterdir()} == {"input.txt", "m.tagger", "out.tsv"}


def test_reader_that_has_seen_enough(place: Path) -> None:
    """As in `tagger tag book.txt | head -1`."""
    (place / "input.txt").write_text("Ada lived.\n\n" * 30_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "tagger", "tag", "input.txt", "-m", "m.tagger"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"Ada\tPROPN\tO\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


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
        "model tags tags UPOS ner network trained dev dev test test train dev test command versions"
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
    assert f"tagger {command} " in lines[headings[0] + 1]


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
    assert (done.returncode, done.stdout, done.stderr) == (0, OUTPUTS["text", "conll"], "")
    done = python(*launcher, "tag", "-m", "none", cwd=place, input=TEXT)
    message = "tagger: none: found no such file, expected a model file made by `tagger train`\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_output_is_utf8_in_any_locale(place: Path, locale: str) -> None:
    env = {"LC_ALL": locale, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = tagger("tag", "-m", "m.tagger", cwd=place, input="Kovač", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Kovač\tX\tO\n\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    done = tagger(env={"_TAGGER_COMPLETE": f"{shell}_source"})
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_TAGGER_COMPLETE={shell}_complete" in done.stdout


def test_completion_of_commands() -> None:
    done = tagger(env={"_TAGGER_COMPLETE": "bash_complete", "COMP_WORDS": "tagger t", "COMP_CWORD": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "plain,train\nplain,tag\n", "")
