"""What `tagger convert` prints and writes, whole."""

import gzip
import io
import shlex
import sys
from pathlib import Path

import pytest

from tagger.cli import main

from ..commands import tagger

SOURCE = "Ada\tB-PER\nslept\tO\n\nBob\tB-PER\nran\tO\n\n"
ODD = "Ada\tB-PER\nByron\tI-LOC\n\nin\tO\nBonn\tI-LOC\n\n" + "Bob\tB-PER\n\n" * 3
JSONL = (
    '{"text": "Ada slept", "tokens": ["Ada", "slept"], "offsets": [[0, 3], [4, 9]],'
    ' "tags": {"ner": ["B-PER", "O"]}, "spans": {}}\n'
    '{"text": "Bob ran", "tokens": ["Bob", "ran"], "offsets": [[0, 3], [4, 7]],'
    ' "tags": {"ner": ["B-PER", "O"]}, "spans": {}}\n'
)
CSV = "sentence,form,ner,new_document\n1,Ada,B-PER,0\n1,slept,O,0\n2,Bob,B-PER,0\n2,ran,O,0\n"
DOCCANO = (
    '{"text": "Ada slept", "label": [[0, 3, "PER"], [0, 9, "X"]]}\n'
    '{"text": "Bob ran", "label": [[4, 7, "Y"], [0, 7, "X"]]}\n'
)
DOCUMENTS = "".join(f"-DOCSTART-\tO\n\nword{i}\tO\nAda\tB-PER\n\n" for i in range(20))
SENTENCES = DOCUMENTS.replace("-DOCSTART-\tO\n\n", "")

FILES: dict[str, str | bytes] = {
    "in.tsv": SOURCE,
    "in.tsv.gz": gzip.compress(SOURCE.encode()),
    "two/train.tsv": SOURCE,
    "two/dev.tsv": SOURCE,
    "odd.tsv": ODD,
    "beside.tsv": "# a comment\nAda\tB-PER\n\n-DOCSTART-\tO\n\nBob\tB-PER\n\n",
    "layers.jsonl": '{"tokens": ["Ada"], "tags": {"UPOS": ["PROPN"], "ner": ["B-PER"]}}\n',
    "admin.jsonl": DOCCANO,
    "documents.tsv": DOCUMENTS,
    "sentences.tsv": SENTENCES,
    "bad/train.tsv": SOURCE,
    "bad/dev.tsv": SOURCE + "Ada\n",
    "space.jsonl": '{"tokens": ["New York"], "ner": ["B-LOC"]}\n',
    "none/dev.tsv": SOURCE,
    "ids.csv": "sentence_id,token,ner,id\nd7-s12,Ada,B-PER,4\nd7-s13,slept,O,5\n",
}
READ_BACK = "read back: the same tokens and tags\n"
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which holds FILES."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path


def contents() -> dict[str, bytes | None]:
    return {str(p): p.read_bytes() if p.is_file() else None for p in Path().rglob("*")}


DONE: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "a file": (
        "in.tsv out.jsonl",
        "train  2 sentences, 4 tokens → out.jsonl\n" + READ_BACK,
        "",
        {"out.jsonl": JSONL},
    ),
    "a table": (
        "in.tsv out.csv",
        "train  2 sentences, 4 tokens → out.csv\n" + READ_BACK,
        "",
        {"out.csv": CSV},
    ),
    "a table by sentence": (
        "in.tsv out.csv --rows sentence",
        "train  2 sentences, 4 tokens → out.csv\n" + READ_BACK,
        "",
        {
            "out.csv": "tokens,ner,text,offsets,new_document,comments\n"
            '"[""Ada"", ""slept""]","[""B-PER"", ""O""]",,,0,[]\n'
            '"[""Bob"", ""ran""]","[""B-PER"", ""O""]",,,0,[]\n'
        },
    ),
    "a folder": (
        "two out/ --to tsv",
        "train  2 sentences, 4 tokens → out/train.tsv\n"
        "dev    2 sentences, 4 tokens → out/dev.tsv\n" + READ_BACK,
        "",
        {"out/train.tsv": CSV.replace(",", "\t"), "out/dev.tsv": CSV.replace(",", "\t")},
    ),
    "a packed file": (
        "in.tsv.gz out.jsonl",
        "train  2 sentences, 4 tokens → out.jsonl\n" + READ_BACK,
        "",
        {"out.jsonl": JSONL},
    ),
    "a file that was there": (
        "in.tsv in.tsv --scheme BIOES",
        "train  2 sentences, 4 tokens → in.tsv\n" + READ_BACK,
        "",
        {"in.tsv": SOURCE.replace("B-", "S-")},
    ),
    "tags out of scheme": (
        "odd.tsv out.conll --scheme BILOU",
        "train  5 sentences, 7 tokens → out.conll\n" + READ_BACK,
        "odd.tsv:2: found I-LOC after B-PER, which IOB2 does not allow; taken as a span of its own\n"
        "odd.tsv:5: found I-LOC after O, which IOB2 does not allow; taken as a span of its own\n"
        "tags out of scheme: 2\n",
        {"out.conll": ODD.replace("B-", "U-").replace("I-", "U-")},
    ),
    "what has no room": (
        "beside.tsv out.csv",
        "train  2 sentences, 2 tokens → out.csv\n"
        "not written, since there is no room for them: comments\n" + READ_BACK,
        "",
        {"out.csv": "sentence,form,ner,new_document\n1,Ada,B-PER,0\n2,Bob,B-PER,1\n"},
    ),
    "text": (
        "beside.tsv out.txt --layers none",
        "train  2 sentences, 2 tokens → out.txt\n"
        "not written, since there is no room for them: comments\n"
        "not written, since there is no room for them: document boundaries\n",
        "",
        {"out.txt": "Ada\n\nBob\n"},
    ),
    "layers": (
        "layers.jsonl out.conll --layers ner,UPOS",
        "train  1 sentences, 1 tokens → out.conll\n" + READ_BACK,
        "",
        {"out.conll": "# global.columns = FORM NER UPOS\nAda\tB-PER\tPROPN\n\n"},
    ),
    "one layer": (
        "layers.jsonl out.conll --layers ner",
        "train  1 sentences, 1 tokens → out.conll\n" + READ_BACK,
        "",
        {"out.conll": "Ada\tB-PER\n\n"},
    ),
    "unproven": (
        "in.tsv out.jsonl --no-verify",
        "train  2 sentences, 4 tokens → out.jsonl\n",
        "",
        {"out.jsonl": JSONL},
    ),
    "spans left out": (
        "admin.jsonl out.tsv --from doccano --to conll --scheme BIOES",
        "train  2 sentences, 4 tokens → out.tsv\n" + READ_BACK,
        "admin.jsonl:1: the span 0-3 PER 'Ada' lies in the span 0-9 X 'Ada slept' and is left out\n"
        "admin.jsonl:2: the span 4-7 Y 'ran' lies in the span 0-7 X 'Bob ran' and is left out\n"
        "spans left out: 2\n",
        {"out.tsv": "-DOCSTART-\tO\n\nAda\tB-X\nslept\tE-X\n\n-DOCSTART-\tO\n\nBob\tB-X\nran\tE-X\n\n"},
    ),
    "a format by content": (
        "admin.jsonl out.txt --layers none",
        "train  2 sentences, 4 tokens → out.txt\n"
        "not written, since there is no room for them: document boundaries\n",
        "admin.jsonl: read as doccano: its objects have text and label (--from overrides)\n"
        "admin.jsonl:1: the span 0-3 PER 'Ada' lies in the span 0-9 X 'Ada slept' and is left out\n"
        "admin.jsonl:2: the span 4-7 Y 'ran' lies in the span 0-7 X 'Bob ran' and is left out\n"
        "spans left out: 2\n",
        {"out.txt": "Ada slept\n\nBob ran\n"},
    ),
    "what a table says beside": (
        "ids.csv out.conll",
        "train  2 sentences, 2 tokens → out.conll\n"
        "not written, since there is no room for them: sentence ids\n"
        "not written, since there is no room for them: the column 'id'\n" + READ_BACK,
        "",
        {"out.conll": "Ada\tB-PER\n\nslept\tO\n\n"},
    ),
    "columns that are declared": (
        "in.tsv out.conll --columns form=1,chunk=2",
        "train  2 sentences, 4 tokens → out.conll\n" + READ_BACK,
        "",
        {"out.conll": f"# global.columns = FORM chunk\n{SOURCE}"},
    ),
}


@pytest.mark.parametrize(("command", "printed", "said", "files"), DONE.values(), ids=DONE)
def test_convert(capsys: Output, command: str, printed: str, said: str, files: dict[str, str]) -> None:
    before = contents()
    assert main(["convert", *shlex.split(command)]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (printed, said)
    written = {name: content.encode() for name, content in files.items()}
    folders = {str(Path(name).parent): None for name in files if "/" in name}
    assert contents() == before | written | folders


def test_split(capsys: Output) -> None:
    command = "documents.tsv out --to conll --split 80/10/10 --seed 3"
    assert main(["convert", *shlex.split(command)]) == 0
    assert capsys.readouterr() == (
        "train  16 sentences, 32 tokens → out/train.conll\n"
        "dev    2 sentences, 4 tokens → out/dev.conll\n"
        "test   2 sentences, 4 tokens → out/test.conll\n" + READ_BACK,
        "",
    )
    parts = {path.name: path.read_text() for path in Path("out").iterdir()}
    assert sorted(parts) == ["dev.conll", "test.conll", "train.conll"]
    rows = [row for text in parts.values() for row in text.split("-DOCSTART-\tO\n\n")]
    assert sorted(filter(None, rows)) == sorted(filter(None, DOCUMENTS.split("-DOCSTART-\tO\n\n")))


def test_split_by_sentence(capsys: Output) -> None:
    assert main(["convert", "sentences.tsv", "out", "--to", "jsonl", "--split", "9/1"]) == 0
    assert capsys.readouterr() == (
        "train  18 sentences, 36 tokens → out/train.jsonl\n"
        "dev    2 sentences, 4 tokens → out/dev.jsonl\n" + READ_BACK,
        "sentences.tsv: no documents are known (or too few): each sentence is split on its own\n"
        "splits by sentence: 1\n",
    )


def test_packed_output(capsys: Output) -> None:
    assert main(["convert", "in.tsv", "out.jsonl.gz"]) == 0
    assert capsys.readouterr().out == "train  2 sentences, 4 tokens → out.jsonl.gz\n" + READ_BACK
    assert gzip.decompress(Path("out.jsonl.gz").read_bytes()).decode() == JSONL


def test_standard_output_holds_nothing_else(capsys: Output) -> None:
    """So that it can be piped; what is said goes to stderr."""
    assert main(["convert", "beside.tsv", "-", "--to", "csv"]) == 0
    assert capsys.readouterr() == (
        "sentence,form,ner,new_document\n1,Ada,B-PER,0\n2,Bob,B-PER,1\n",
        "train  2 sentences, 2 tokens → standard output\n"
        "not written, since there is no room for them: comments\n",
    )


@pytest.mark.parametrize(
    ("options", "content", "said"),
    [
        ("--from conll", SOURCE, ""),
        (
            "",
            SOURCE,
            "<stdin>: read as conll: its lines have 2 columns, one of them of tags (--from overrides)\n",
        ),
        ("--from csv", CSV, ""),
        ("", CSV, "<stdin>: read as csv: its first line names columns (--from overrides)\n"),
    ],
)
def test_standard_input(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, options: str, content: str, said: str
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(content.encode()), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["convert", "-", "-", "--to", "jsonl", *shlex.split(options)]) == 0
    said += "train  2 sentences, 4 tokens → standard output\n"
    assert capsys.readouterr() == (JSONL, said)


def test_standard_input_into_a_folder(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read more than once, though it comes but once."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DOCUMENTS.encode())))
    command = "convert - out --from conll --to conll --split 80/10/10"
    assert main(shlex.split(command)) == 0
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (4, "")


def test_standard_input_of_no_known_format(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ada left.\n")))
    assert main(["convert", "-", "-"]) == 0
    assert capsys.readouterr() == (
        "Ada left.\n\n",
        "<stdin>: read as conll: neither its name nor its content tells (--from overrides)\n"
        "train  1 sentences, 1 tokens → standard output\n",
    )


def test_a_pipe_is_read_as_a_file_is(folder: Path) -> None:
    there = tagger("convert", "/dev/stdin", "-", "--from", "conll", cwd=folder, input=SOURCE)
    assert (there.returncode, there.stdout) == (0, SOURCE)
    command = ("convert", "/dev/stdin", "out", "--to", "conll", "--split", "80/10/10")
    done = tagger(*command, cwd=folder, input=DOCUMENTS)
    why = "its lines have 2 columns, one of them of tags (--from overrides)"
    assert (done.returncode, done.stderr) == (0, f"/dev/stdin: read as conll: {why}\n")
    assert done.stdout == (
        "train  16 sentences, 32 tokens → out/train.conll\n"
        "dev    2 sentences, 4 tokens → out/dev.conll\n"
        "test   2 sentences, 4 tokens → out/test.conll\n" + READ_BACK
    )


def test_a_pipeline_of_processes(folder: Path) -> None:
    there = tagger("convert", "in.tsv", "-", "--to", "jsonl", cwd=folder)
    assert (there.returncode, there.stdout) == (0, JSONL)
    back = tagger(
        "convert", "-", "-", "--from", "jsonl", "--to", "conll", cwd=folder, input=there.stdout
    )
    assert (back.returncode, back.stdout) == (0, SOURCE)
    assert there.stderr == back.stderr == "train  2 sentences, 4 tokens → standard output\n"


NO_NAME = (
    "found a name that tells no format, expected .conll, .conllu, .conllup, .jsonl, .json, .ann,"
    " .spacy, .csv, .parquet, .txt, or --to"
)
NO_TRAIN = (
    "none: found no train file, expected train.conll, train.conllu, train.conllup, train.jsonl,"
    " train.json, train.ann, train.spacy, train.csv, train.parquet"
)
NO_STARTER = "starter:nix: found no starter corpus of that name, expected english or korean"
TAKEN = "found something there, expected a folder that is empty or not there yet"
UNWRITABLE = "found a place that cannot be written ({}), expected a writable one"

DATA = [
    ("nix out.conll", "nix: found nothing there, expected a file"),
    ("none out --to conll", NO_TRAIN),
    ("starter:nix out.conll", NO_STARTER),
    ("in.tsv out", f"out: {NO_NAME}"),
    ("in.tsv out.pdf", f"out.pdf: {NO_NAME}"),
    ("two out", "out: found no format, expected --to FORMAT, for a folder of 2 splits"),
    ("two - --to conll", "<stdout>: found 2 splits, expected a folder for them"),
    (
        "in.tsv - --to brat",
        "<stdout>: found brat, which is a folder, expected a file format, or --output",
    ),
    ("two two --to conll", f"two: {TAKEN}"),
    ("two in.tsv --to conll", f"in.tsv: {TAKEN}"),
    ("in.tsv two --to brat", f"two: {TAKEN}"),
    ("in.tsv two --to conll", "two: found a directory, expected the name of a file"),
    ("in.tsv no/out.conll", "no/out.conll: " + UNWRITABLE.format("No such file or directory")),
    ("in.tsv in.tsv/out.conll", "in.tsv/out.conll: " + UNWRITABLE.format("Not a directory")),
    ("two no/out --to conll", "no/out: " + UNWRITABLE.format("No such file or directory")),
    ("bad out --to jsonl", "bad/dev.tsv:7: found 1 column, expected 2"),
    ("in.tsv out.conllu --from conllu", "in.tsv:1: found 2 columns, expected 10"),
    ("in.tsv out.txt", "in.tsv:1: found the layers ner, expected none (text holds no tags)"),
    (
        "in.tsv out.conll --layers pos",
        "in.tsv:1: found the layers ner, expected one named pos",
    ),
    (
        "in.tsv out.conll --columns form=1,x=7",
        "in.tsv: found columns 'x=7', expected NAME=NUMBER, the number from 1 to 2",
    ),
    (
        "layers.jsonl out.jsonl --to prodigy",
        "layers.jsonl:1: found tag 'PROPN' in layer UPOS, expected spans; choose layers of them"
        " (--layers)",
    ),
    (
        "layers.jsonl out.jsonl --to prodigy --layers none",
        "layers.jsonl:1: found no layer of tags, expected one, which Prodigy has room for (--layers)",
    ),
    (
        "space.jsonl out --to brat",
        "space.jsonl:1: found the token 'New York', expected one without spaces, which part tokens in"
        " brat",
    ),
    (
        "in.tsv out --to conll --split 80/10/10",
        "in.tsv: found 2 different sentences, expected 3 to split",
    ),
    ("- out --from brat", "<stdin>: found brat on standard input, expected a folder"),
]


@pytest.mark.parametrize(("command", "message"), DATA, ids=[command for command, _ in DATA])
def test_bad_data(capsys: Output, monkeypatch: pytest.MonkeyPatch, command: str, message: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    if command.startswith("- out"):
        command = command.replace("out", "out.conll")
    before = contents()
    status = main(["convert", *shlex.split(command)])
    out, err = capsys.readouterr()
    assert (status, out, err) == (1, "", f"tagger: {message}\n")
    assert contents() == before


USAGE = [
    ("in.tsv", "tagger convert: Missing argument 'OUT' (see tagger convert --help)"),
    (
        "in.tsv out.conll --scheme IO",
        "tagger convert: Invalid value for '--scheme': 'IO' is not one of 'IOB1', 'IOB2', 'BIOES',"
        " 'BILOU' (see tagger convert --help)",
    ),
    (
        "in.tsv out.csv --rows both",
        "tagger convert: Invalid value for '--rows': 'both' is not one of 'token', 'sentence'"
        " (see tagger convert --help)",
    ),
    (
        "in.tsv out --seed -1",
        "tagger convert: Invalid value for '--seed': -1 is not in the range 0<=x<=4294967295"
        " (see tagger convert --help)",
    ),
    (
        f"in.tsv out --seed {10**80}",
        f"tagger convert: Invalid value for '--seed': {10**80} is not in the range 0<=x<=4294967295"
        " (see tagger convert --help)",
    ),
    (
        "in.tsv out --to conll --split 80:20",
        "tagger: --split: found '80:20', expected two or three numbers above 0: 80/10/10",
    ),
    (
        "in.tsv out.conll --classes ner",
        "tagger convert: Invalid value for --classes: found 'ner', expected LAYER=NAME,NAME,…"
        " (see tagger convert --help)",
    ),
    (
        "in.tsv out.conll --to pdf",
        "tagger convert: Invalid value for '--to': 'pdf' is not one of 'conll', 'conllu', 'conllup',"
        " 'jsonl', 'prodigy', 'doccano', 'label-studio', 'brat', 'docbin', 'csv', 'tsv', 'parquet',"
        " 'text' (see tagger convert --help)",
    ),
]


@pytest.mark.parametrize(("command", "message"), USAGE, ids=[command[:40] for command, _ in USAGE])
def test_wrong_usage(capsys: Output, command: str, message: str) -> None:
    before = contents()
    status = main(["convert", *shlex.split(command)])
    assert (status, *capsys.readouterr()) == (2, "", f"{message}\n")
    assert contents() == before


def test_a_remark_precedes_the_error_and_nothing_is_written(capsys: Output) -> None:
    Path("odd.tsv").write_text(ODD + "New York\tB-LOC\n")
    before = contents()
    assert main(["convert", "odd.tsv", "out", "--to", "brat"]) == 1
    assert capsys.readouterr() == (
        "",
        "odd.tsv:2: found I-LOC after B-PER, which IOB2 does not allow; taken as a span of its own\n"
        "odd.tsv:5: found I-LOC after O, which IOB2 does not allow; taken as a span of its own\n"
        "tags out of scheme: 2\n"
        "tagger: odd.tsv:13: found the token 'New York', expected one without spaces, which part tokens"
        " in brat\n",
    )
    assert contents() == before


def test_status_of_the_process(folder: Path) -> None:
    done = tagger("convert", "in.tsv", "two", "--to", "conll", cwd=folder)
    message = "tagger: two: found a directory, expected the name of a file\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)
    done = tagger("convert", "in.tsv", "out.conll", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "train  2 sentences, 4 tokens → out.conll\n" + READ_BACK
