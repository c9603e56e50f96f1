"""`tagger tag`: what it prints and writes, whole."""

import gzip
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tagger.cli import main

from ..commands import ROOT, Output, run

pytestmark = pytest.mark.usefixtures("place")

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
# global.layers = UPOS XPOS FEATS ner
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
# global.layers = UPOS ner
# text = Ada Lovelace lived.
1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-PER
2\tLovelace\t_\tPROPN\t_\t_\t_\t_\t_\tner=I-PER
3\tlived\t_\tVERB\t_\t_\t_\t_\t_\tSpaceAfter=No|ner=O
4\t.\t_\tPUNCT\t_\t_\t_\t_\t_\tner=O

# text = She lived in  London.
1\tShe\t_\tX\t_\t_\t_\t_\t_\tner=O
2\tlived\t_\tVERB\t_\t_\t_\t_\t_\tner=O
3\tin\t_\tADP\t_\t_\t_\t_\t_\tner=O
4\tLondon\t_\tPROPN\t_\t_\t_\t_\t_\tSpaceAfter=No|ner=B-LOC
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
        ' "confidence": 0.9865}]}, "start": 21}\n'
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
# global.layers = column2 ner UPOS
# newdoc
1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tcolumn2=NNP|ner=O
2\tlived\t_\tVERB\t_\t_\t_\t_\t_\tcolumn2=VBD|ner=O

1\t#\t_\tX\t_\t_\t_\t_\t_\tcolumn2=NN|ner=O

""",
    ("conll", "jsonl"): (
        '{"text": "Ada lived", "tokens": ["Ada", "lived"], "offsets": [[0, 3], [4, 9]],'
        ' "tags": {"column2": ["NNP", "VBD"], "ner": ["O", "O"], "UPOS": ["PROPN", "VERB"]},'
        ' "spans": {"ner": []}, "new_document": true}\n'
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
        ' "confidence": 0.9866}]}, "comments": ["# sent_id = 1", "# text = vámonos al London"]}\n'
    ),
    ("conllu", "color"): """\
vamos nos a el London
X     X   X X  PROPN
               LOC ━━

""",
    ("jsonl", "conll"): "Ada\tNNP\tPROPN\tO\nlived\tVBD\tVERB\tO\n\n",
    ("jsonl", "conllu"): """\
# global.layers = XPOS UPOS ner
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


@pytest.mark.parametrize("name", ["m.tagger", "link", "no/../m.tagger"])
def test_the_model_is_no_output(capsys: Output, name: str) -> None:
    """Nor is anything read: the input is not there."""
    Path("no").mkdir()
    Path("link").symlink_to("m.tagger")
    before = Path("m.tagger").read_bytes()
    assert main(["tag", "nothing.txt", "-m", "m.tagger", "-o", name]) == 2
    message = f"tagger tag: --output {name} would take the place of m.tagger, which is read"
    assert capsys.readouterr() == ("", f"{message} (see tagger tag --help)\n")
    assert Path("m.tagger").read_bytes() == before


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


@pytest.mark.parametrize(
    ("source", "layers", "target", "expected"),
    [
        ("text", "ner", "conll", "London\tB-LOC\n\n"),
        ("text", "ner,UPOS", "conll", "London\tB-LOC\tPROPN\n\n"),
        ("conll", "ner,column2", "conll", "London\tB-LOC\tNNP\n\n"),
        (
            "conll",
            "column2",
            "jsonl",
            '{"text": "London", "tokens": ["London"], "offsets": [[0, 6]],'
            ' "tags": {"column2": ["NNP"]}, "spans": {}}\n',
        ),
        ("text", "UPOS", "color", "London\nPROPN\n\n"),
        ("text", "ner", "color", "London\nLOC ━━\n\n"),
    ],
)
def test_layers(capsys: Output, source: str, layers: str, target: str, expected: str) -> None:
    Path("input").write_text("London" if source == "text" else "London NNP B-X\n\n")
    options = ["--from", source, "--to", target, "--layers", layers]
    assert run(capsys, "tag", "input", "-m", "m.tagger", *options) == expected


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (
            ["--to", "doccano"],
            1,
            "x.txt: found tag 'PROPN' in layer UPOS, expected spans; choose layers of them (--layers)",
        ),
        (["--layers", "ner,pos"], 2, "--layers: found 'pos', expected some of UPOS, ner"),
        (
            ["--to", "brat", "--layers", "ner"],
            1,
            "<stdout>: found brat, which is a folder, expected a file format, or --output",
        ),
        (
            ["--to", "brat", "--layers", "ner", "-o", "there"],
            1,
            "there: found something there, expected a folder that is empty or not there yet",
        ),
    ],
)
def test_what_cannot_be_written(capsys: Output, options: list[str], status: int, message: str) -> None:
    Path("x.txt").write_text("Ada lived.\n")
    Path("there").mkdir()
    Path("there/x").touch()
    assert main(["tag", "x.txt", "-m", "m.tagger", *options]) == status
    assert capsys.readouterr() == ("", f"tagger: {message}\n")
    assert {p.name for p in Path().iterdir()} == {"x.txt", "m.tagger", "there"}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("pipe", TEXT, ("text", "conll")),
        ("pipe.txt", TEXT, ("text", "conll")),
        ("pipe.conllu", CONLLU, ("conllu", "conllu")),
        ("pipe.jsonl", JSONL, ("jsonl", "jsonl")),
    ],
)
def test_a_pipe_is_read_once(capsys: Output, name: str, content: str, expected: tuple[str, str]) -> None:
    os.mkfifo(name)
    writer = threading.Thread(target=Path(name).write_text, args=(content,))
    writer.start()
    assert run(capsys, "tag", name, "-m", "m.tagger") == OUTPUTS[expected]
    writer.join(timeout=10)
    assert not writer.is_alive()
