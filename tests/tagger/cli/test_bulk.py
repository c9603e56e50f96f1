"""`tagger tag` of many files: what is written where, what is told, what an end leaves."""

import errno
import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from corpora import Sentence, read
from tagger.cli import bulk, main
from tagger.cli.bulk import targets
from tagger.context.columns import column

from ..commands import ROOT, Output, run

pytestmark = pytest.mark.usefixtures("place")

ADA = "Ada\tPROPN\tO\nlived\tVERB\tO\n.\tPUNCT\tO\n\n"
LONDON = "London\tPROPN\tB-LOC\n.\tPUNCT\tO\n\n"
# what comes of `texts`
TAGGED = {"ada.txt.conll": ADA, "deep/empty.txt.conll": "", "deep/london.txt.conll": LONDON}


def tag(*arguments: str) -> int:
    return main(["tag", "-m", "m.tagger", *arguments])


@pytest.fixture
def texts(place: Path) -> Path:
    """A folder of three texts, one of them empty, and one further down."""
    folder = place / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "ada.txt").write_text("Ada lived.\n")
    (folder / "deep" / "london.txt").write_text("London.\n")
    (folder / "deep" / "empty.txt").write_text("")
    (folder / ".hidden").write_text("London.\n")
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def told(capsys: Output) -> list[str]:
    """Returns the lines on stderr, without the time that the summary ends with."""
    out, err = capsys.readouterr()
    assert out == ""
    return [line.partition(" in 0:")[0] + line.partition("words/s")[2] for line in err.splitlines()]


def test_folder_to_folder(texts: Path, capsys: Output) -> None:
    assert tag("in", "--output-dir", "out") == 0
    assert contents(Path("out")) == TAGGED
    assert told(capsys) == ["tagged 3 files, 2 sentences, 5 words"]


def test_files_to_folder(texts: Path, capsys: Output) -> None:
    assert tag("in/deep/london.txt", "in/ada.txt", "--output-dir", "a/b", "-q") == 0
    assert contents(Path("a/b")) == {"ada.txt.conll": ADA, "london.txt.conll": LONDON}
    assert told(capsys) == []


def test_each_output_is_that_of_a_run_alone(place: Path, capsys: Output) -> None:
    names = []
    for i in range(40):  # more tokens than are held back at once, and files without any
        names.append(f"{i}.txt")
        Path(names[-1]).write_text("Ada lived in London.\n\n" * (i * 37 % 500) * (i % 5 > 0))
    assert tag(*names, "--output-dir", "out", "-q") == 0
    for name in names:
        alone = run(capsys, "tag", "-m", "m.tagger", name, "--to", "conll")
        assert Path("out", f"{name}.conll").read_text() == alone


def test_formats_are_kept(place: Path, capsys: Output) -> None:
    Path("a.conllu").write_text("1\tAda\t_\t_\t_\t_\t_\t_\t_\t_\n\n")
    Path("b.txt").write_text("B-X O\nNNP Ada\n")
    Path("c.conll").write_text("B-X Ada\nO lived\n\n")
    layout = ["--columns", "ner=1,form=2"]
    assert tag("a.conllu", "c.conll", "--output-dir", "out", "-q", *layout) == 0
    assert contents(Path("out")) == {
        "a.conllu": "# global.layers = UPOS XPOS FEATS ner\n1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tner=O\n\n",
        "c.conll": "O Ada PROPN\nO lived VERB\n\n",
    }
    assert tag("a.conllu", "c.conll", "--output-dir", "json", "--to", "jsonl", "-q", *layout) == 0
    assert [s.tokens for s in read("json/a.conllu.jsonl")] == [["Ada"]]
    assert [s.tags["ner"] for s in read("json/c.conll.jsonl")] == [["O", "O"]]
    assert tag("c.conll", "--output-dir", "one", "--layers", "UPOS", "-q", *layout) == 0
    assert contents(Path("one")) == {"c.conll": "Ada\tPROPN\nlived\tVERB\n\n"}


def test_several_files_are_one_stream(
    texts: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["tag", "-m", "m.tagger", "--to", "conll"]
    assert run(capsys, *command, "in/ada.txt", "in/deep/london.txt") == ADA + LONDON
    assert run(capsys, *command, "in") == ADA + LONDON
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ada lived.")))
    assert run(capsys, *command, "in/deep/london.txt", "-") == LONDON + ADA
    assert tag("in", "-o", "all.conll") == 0
    assert Path("all.conll").read_text() == ADA + LONDON
    Path("in/x.conllu").write_text("1\tAda\t_\t_\t_\t_\t_\t_\t_\t_\n\n")
    layers = ["--layers", "UPOS,ner"]
    assert run(capsys, *command, "in", *layers) == ADA + LONDON + "Ada\tPROPN\tO\n\n"
    assert tag("in") == 2
    assert told(capsys) == [
        "tagger tag: inputs are text and conllu; name with --to what to write (see tagger tag --help)"
    ]


def test_a_bad_file_does_not_stop_the_others(texts: Path, capsys: Output) -> None:
    (texts / "bad.txt").write_bytes(b"Ada lived.\n\n" * 9000 + b"\xff\n")
    (texts / "broken.txt.gz").write_bytes(b"\x1f\x8b no")
    (texts / "old.conllu").write_text("1\tAda\t_\n")
    assert tag("in", "nothing.txt", "--output-dir", "out") == 1
    assert contents(Path("out")) == TAGGED
    *lines, summary = told(capsys)
    assert lines == [
        "tagger: in/bad.txt:18001: found byte 0xff at byte 108000, expected UTF-8",
        "tagger: in/broken.txt.gz:1: found broken compression, expected a whole file",
        "tagger: in/old.conllu:1: found 3 columns, expected 10",
        "tagger: nothing.txt: found nothing there, expected a file",
    ]
    assert summary == "tagged 3 files, 2 sentences, 5 words; 4 failed"


def test_a_file_that_cannot_be_written_does_not_stop_the_others(place: Path, capsys: Output) -> None:
    Path("a.jsonl").write_text('{"tokens": ["Ada\\tKing"]}\n{"tokens": ["Ada"]}\n')
    Path("b.jsonl").write_text('{"tokens": ["Ada", "lived", "."]}\n')
    assert tag("a.jsonl", "b.jsonl", "--to", "conll", "--output-dir", "out") == 1
    assert contents(Path("out")) == {"b.jsonl.conll": ADA}
    first, summary = told(capsys)
    assert first.startswith("tagger: a.jsonl:1: found token or tag 'Ada")
    assert summary.endswith("; 1 failed")


def test_a_file_without_what_the_model_reads_does_not_stop_the_others(
    place: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stands: the others are written, and whole."""
    from tagger.pipeline import Tagger

    def check(self: Tagger, sentence: Sentence) -> None:
        column(sentence, "UPOS")

    monkeypatch.setattr(Tagger, "check", check)
    good = '{"tokens": ["Ada", "lived", "."], "tags": {"UPOS": ["X", "X", "X"]}}\n'
    for name, content in (
        ("a", good * 9000),
        ("b", '{"tokens": ["Ada"]}\n'),
        ("c", good),
        ("d", good + '{"tokens": ["Ada"]}\n' + good),
    ):
        Path(f"{name}.jsonl").write_text(content)
    assert tag("a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl", "--to", "conll", "--output-dir", "out") == 1
    found = contents(Path("out"))
    assert {name: text.count("\n\n") for name, text in found.items()} == {
        "a.jsonl.conll": 9000,
        "c.jsonl.conll": 1,
    }
    *lines, summary = told(capsys)
    expected = "expected the layer UPOS, which the model reads beside each token"
    assert lines == [
        f"tagger: b.jsonl:1: found tokens without layers, {expected}",
        f"tagger: d.jsonl:2: found tokens without layers, {expected}",
    ]
    assert summary.endswith("; 2 failed")


def test_an_output_folder_that_is_a_file_does_not_stop_the_others(texts: Path, capsys: Output) -> None:
    Path("out").mkdir()
    Path("out/deep").write_text("mine")
    assert tag("in", "--output-dir", "out") == 1
    assert contents(Path("out")) == {"ada.txt.conll": ADA, "deep": "mine"}
    assert told(capsys)[0].startswith("tagger: out/deep: found a place that cannot be written (")


def test_an_error_of_the_model_on_the_way_stops_all(
    texts: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not tagged is no empty output."""
    from tagger.bundle import BundleError
    from tagger.pipeline import Tagger

    tag_sentences = Tagger.tag_sentences

    def fail(self: Tagger, sentences: Iterator[Sentence], **options: bool) -> Iterator[Sentence]:
        yield next(tag_sentences(self, sentences, **options))
        raise BundleError("m.tagger", "nothing", "a model")

    monkeypatch.setattr(Tagger, "tag_sentences", fail)
    assert tag("in", "--output-dir", "out") == 1
    assert told(capsys)[-1] == "tagger: m.tagger: found nothing, expected a model"
    assert not list(Path("out").rglob("*.conll"))


def test_a_module_of_ours_that_is_missing_is_no_input_s_fault(
    texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "write", lambda *_: import_module("tagger.no_such"))
    with pytest.raises(ModuleNotFoundError, match="no_such"):
        tag("in", "--output-dir", "out")


@pytest.mark.parametrize("more", [[], ["--to", "conll"]])
def test_a_missing_module_does_not_stop_the_others(
    texts: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (texts / "b.parquet").write_bytes(b"PAR1")
    assert tag("in", "--output-dir", "out", *more) == 1
    assert set(contents(Path("out"))) == set(TAGGED)
    assert told(capsys)[0] == (
        "tagger: in/b.parquet: found no module pyarrow, expected it installed;"
        " run: pip install 'rnn-tagger[parquet]'"
    )


def test_an_output_folder_below_the_inputs(texts: Path, capsys: Output) -> None:
    """It is no input, neither now nor when the same command goes on."""
    for more in ([], ["--skip-existing"], []):
        assert tag("in", "--output-dir", "in/tagged", *more) == 0
    assert set(contents(Path("in/tagged"))) == set(TAGGED)


def test_each_folder_is_read_once(texts: Path, capsys: Output) -> None:
    (texts / "deep" / "loop").symlink_to(texts, target_is_directory=True)
    (texts / "deep" / "again").symlink_to(texts / "deep", target_is_directory=True)
    assert tag("in", "--output-dir", "out") == 0
    assert set(contents(Path("out"))) == set(TAGGED)


def brat(annotations: str) -> Path:
    """Makes a folder of brat, and a text beside its own."""
    folder = Path("in/brat")
    folder.mkdir(parents=True)
    (folder / "x.txt").write_text("London.\n")
    (folder / "x.ann").write_text(annotations)
    (folder / "annotation.conf").write_text("[entities]\nPER\n")
    (folder / "more.txt").write_text("Ada lived.\n")
    return folder


def test_a_folder_of_brat_below_a_folder_is_one_input(place: Path, capsys: Output) -> None:
    brat("T1\tPER 0 6\tLondon\n")
    assert tag("in", "--to", "conll", "--output-dir", "out") == 0
    found = contents(Path("out"))
    assert found["brat.conll"] == "-DOCSTART-\tO\tO\n\nLondon\tB-LOC\tPROPN\n.\tO\tPUNCT\n\n"
    assert {name: text.count("Ada") for name, text in found.items()} == {
        "brat.conll": 0,
        "brat/more.txt.conll": 1,
    }


@pytest.mark.parametrize("names", [["in"], ["in/x.txt", "in/x.conllu"], ["in/x.conllu", "in/x.txt"]])
def test_an_output_tells_its_input(place: Path, capsys: Output, names: list[str]) -> None:
    """As of the files of Universal Dependencies, with their raw text: whatever else is tagged, and
    in whatever order."""
    Path("in").mkdir()
    Path("in/x.txt").write_text("London.\n")
    command = ["--to", "conllu", "--output-dir", "out", "--skip-existing"]
    assert tag("in", *command) == 0
    Path("in/x.conllu").write_text("1\tAda" + 8 * "\t_" + "\n\n")
    assert tag(*names, *command) == 0
    assert told(capsys) == [
        "tagged 1 file, 1 sentence, 2 words",
        "tagged 1 file, 1 sentence, 1 word; 1 skipped",
    ]
    found = contents(Path("out"))
    assert {name: ("London" in text, "Ada" in text) for name, text in found.items()} == {
        "x.conllu": (False, True),
        "x.txt.conllu": (True, False),
    }


def test_a_file_named_twice_is_tagged_once(texts: Path, capsys: Output) -> None:
    (texts / "link.txt").symlink_to(texts / "ada.txt")  # has a name of its own
    assert tag("in", "in/ada.txt", "in/../in/link.txt", "in", "--output-dir", "out") == 0
    assert contents(Path("out")) == TAGGED | {"link.txt.conll": ADA}
    assert told(capsys) == ["tagged 4 files, 3 sentences, 8 words"]


def test_an_error_of_the_model_stops_all(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tagger.bundle import BundleError
    from tagger.pipeline import Tagger

    def fail(*arguments: object) -> None:
        raise BundleError("m.tagger", "nothing", "a model")

    monkeypatch.setattr(Tagger, "_job", fail)
    assert tag("in", "--output-dir", "out") == 1
    assert contents(Path("out")) == {"deep/empty.txt.conll": ""} or not Path("out").exists()


def test_skip_existing(texts: Path, capsys: Output) -> None:
    Path("out").mkdir()
    Path("out/ada.txt.conll").write_text("mine\n")
    assert tag("in", "--output-dir", "out", "--skip-existing") == 0
    assert contents(Path("out"))["ada.txt.conll"] == "mine\n"
    assert told(capsys) == ["tagged 2 files, 1 sentence, 2 words; 1 skipped"]
    assert tag("in", "--output-dir", "out", "--skip-existing") == 0
    assert told(capsys) == ["tagged 0 files, 0 sentences, 0 words; 3 skipped"]
    assert tag("in", "--output-dir", "out", "-q") == 0
    assert contents(Path("out"))["ada.txt.conll"] == ADA


def test_a_folder_made_for_outputs_below_it_is_no_output(place: Path, capsys: Output) -> None:
    folder = brat("T1\tPER 0 60\tLondon\n")
    options = ["--layers", "ner", "--skip-existing", "--output-dir"]
    assert tag("in", *options, "out") == 1
    (folder / "x.ann").write_text("T1\tPER 0 6\tLondon\n")
    capsys.readouterr()
    assert tag("in", *options, "out") == 1
    assert (
        "tagger: out/brat: found something there, expected a folder that is empty or not there yet"
        in told(capsys)
    )
    assert [tag("in", *options, "whole") for _ in range(2)] == [0, 0]
    assert "tagged 0 files, 0 sentences, 0 words; 2 skipped" in told(capsys)


WRONG = {
    "in -o x --output-dir out": "--output and --output-dir exclude each other",
    "- --output-dir out": "standard input has no name for a file in --output-dir",
    "- -": "standard input (-) can be read only once",
    "in --skip-existing": "--skip-existing needs --output-dir",
    "in --output-dir out --to color": "--to color is for a terminal, not for --output-dir",
    "in/ada.txt in/deep/ada.txt --output-dir out": "in/ada.txt and in/deep/ada.txt would both be"
    " written to out/ada.txt.conll; name a folder that holds both",
    "y y.conll --output-dir out": "y and y.conll would both be written to out/y.conll;"
    " name an --output-dir for each",
    "x.conllu --output-dir .": "x.conllu is an input; name another --output-dir",
    "in/m.tagger --from conll --output-dir .": "m.tagger is the model; name another --output-dir",
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.items(), ids=WRONG)
def test_wrong_usage(texts: Path, capsys: Output, arguments: str, message: str) -> None:
    (texts / "deep" / "ada.txt").write_text("")
    (texts / "m.tagger").write_text("Ada\tX\n\n")
    Path("x.conllu").write_text("")
    Path("y").write_text("Ada lived.\n")
    Path("y.conll").write_text("")
    before = sorted(map(str, Path().rglob("*")))
    assert tag(*arguments.split()) == 2
    assert told(capsys) == [f"tagger tag: {message} (see tagger tag --help)"]
    assert sorted(map(str, Path().rglob("*"))) == before


def test_folder_without_files(place: Path, capsys: Output) -> None:
    Path("empty").mkdir()
    assert tag("empty") == 1
    assert told(capsys) == ["tagger: empty: found a folder without files, expected some to tag"]


@pytest.fixture
def locked(texts: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder that may not be read, also by those who may read all; returns what is told of it."""
    (texts / "locked").mkdir()
    (texts / "locked" / "ada.txt").write_text("Ada lived.\n")
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return "tagger: in/locked: found Permission denied, expected a readable folder"


def test_a_folder_that_cannot_be_read_does_not_stop_the_others(locked: str, capsys: Output) -> None:
    assert tag("in", "--output-dir", "out") == 1
    assert told(capsys) == [locked, "tagged 3 files, 2 sentences, 5 words; 1 failed"]
    assert set(contents(Path("out"))) == set(TAGGED)


@pytest.mark.parametrize("arguments", ["in", "in/locked", "in/locked --output-dir out"])
def test_a_folder_that_cannot_be_read(locked: str, capsys: Output, arguments: str) -> None:
    assert tag(*arguments.split()) == 1
    assert told(capsys) == [locked]


def test_a_file_in_a_folder_that_may_only_be_listed(
    texts: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_dir = Path.is_dir

    def refuse(path: Path) -> bool:
        if path.name == "ada.txt":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert tag("in", "--output-dir", "out") == 1
    assert told(capsys) == [
        "tagger: in/ada.txt: found Permission denied, expected a readable file",
        "tagged 2 files, 1 sentence, 2 words; 1 failed",
    ]


@pytest.mark.parametrize(
    ("name", "source", "target", "expected"),
    [
        ("x.txt", "text", "conll", "x.txt.conll"),
        ("x.TXT.xz", "text", "jsonl", "x.TXT.jsonl.xz"),
        ("x", "text", "conll", "x.conll"),
        ("v1.2", "text", "conll", "v1.2.conll"),
        ("x.iob2", "conll", "conll", "x.iob2"),
        ("x.txt", "conll", "conll", "x.txt"),
        ("x.conllu.gz", "conllu", "conllu", "x.conllu.gz"),
        ("x.jsonl", "doccano", "prodigy", "x.jsonl"),
        ("x.JSONL.GZ", "doccano", "prodigy", "x.JSONL.GZ"),
        ("x.txt.gz", "text", "brat", "x.txt.gz.brat"),
    ],
)
def test_names_of_outputs(name: str, source: str, target: str, expected: str) -> None:
    inputs = [(f"in/{name}", Path("a", name))]
    assert targets(inputs, Path("out"), [(source, target)], "m.tagger") == [Path("out/a", expected)]


@pytest.fixture
def heeds_interruptions() -> Iterator[None]:
    """Programs that are started heed Ctrl-C, also where the tests run in the background of a script,
    which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interruptions")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_end_leaves_whole_outputs(place: Path, number: int, status: int) -> None:
    Path("a.txt").write_text("Ada lived.\n")
    os.mkfifo("b.conll")
    command = [sys.executable, "-m", "tagger", "tag", "-m", "m.tagger", "a.txt", "b.conll"]
    process = subprocess.Popen(
        [*command, "--output-dir", "out"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with Path("b.conll").open("w") as pipe:
        pipe.write("Ada\tX\n\n" * 60_000)  # enough for the first file to be written
        pipe.flush()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list(Path("out").glob(".b.conll.*")):
            time.sleep(0.05)
        assert list(Path("out").glob(".b.conll.*")), "the second output is begun"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert err.split("\n")[-2:] == ["tagger: stopped", ""]
    assert contents(Path("out")) == {"a.txt.conll": ADA}


def test_progress_on_a_terminal(place: Path) -> None:
    Path("a.txt").write_text("Ada lived in London.\n\n" * 40_000)
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "tagger", "tag", "-m", "m.tagger", "a.txt", "-o", "a.conll"],
        stderr=theirs,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.returncode == 0
    states = shown.split("\r\x1b[K")
    assert len(states) > 2
    assert all(
        re.fullmatch(r"\d+ %, [\d,]+ words, [\d,]+ words/s(, \d:\d\d left)?", s) for s in states[1:-1]
    )
    summary = r"tagged 1 file, 40,000 sentences, 200,000 words in \d:\d\d, [\d,]+ words/s\r\n"
    assert re.fullmatch(summary, states[-1])
