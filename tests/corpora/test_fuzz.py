"""Broken files: every reader ends in sentences or in an error; and what tells so does tell."""

import os
import sys
import tracemalloc
import warnings
from pathlib import Path
from random import Random

import pytest

from benchmarks import fuzz
from benchmarks.fuzz import TARGETS, Target, TooSlow, Wrong
from benchmarks.mutations import Maker, packed
from corpora import read
from corpora.errors import CorpusError
from corpora.files import COMPRESSIONS, open_binary
from corpora.formats import FORMATS
from corpora.options import Remark
from corpora.sentence import Sentence

INPUTS = 200
NEEDS = {"docbin": "spacy", ".zst": "zstandard"}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_broken_files_end_in_sentences_or_in_an_error(target: Target, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS.get(target.name, "corpora"))
    found = fuzz.tally(target, INPUTS, 1, tmp_path)
    assert list(found.failures) == []
    assert found.kinds.total() == INPUTS
    assert min(found.kinds["corpus"], found.kinds["error"]) > INPUTS // 50
    assert 0 < found.megabytes < 1000


def test_memory_is_that_of_the_readers_alone(tmp_path: Path) -> None:
    held = bytearray(b"x") * (600 << 20)  # by the process that starts them
    found = fuzz.tally(TARGETS[0], 3, 1, tmp_path)
    assert 0 < found.megabytes < len(held) >> 20


@pytest.mark.parametrize("format", FORMATS)
def test_inputs_follow_from_the_seed(format: str) -> None:
    pytest.importorskip(NEEDS.get(format, "corpora"))
    one, other = Maker(format), Maker(format)
    inputs = [one.make(Random(i)) for i in range(20)]
    assert [other.make(Random(i)) for i in range(20)] == inputs
    assert len({content for files in inputs for content in files.values()}) > 10


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_packed_inputs_are_unpacked(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS.get(suffix, "corpora"))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(packed(b"a\n", suffix))
    with open_binary(path) as binary:
        assert binary.read() == b"a\n"


LISTS = """expected a list: ["one", "two"]"""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.ann",
            "T1\tX " + "9" * 5000 + " 1\ta\n",
            f":1: found 'T1\\tX {'9' * 54}…', expected T1, a tab, LABEL START END, a tab, the text",
        ),
        ("a.csv", 'tokens\n"[{[]: 1}]"\n', f":2: found '[{{[]: 1}}]', {LISTS}"),
        ("a.csv", "tokens\n\"['\\x0' 'a']\"\n", f""":2: found "['\\\\x0' 'a']", {LISTS}"""),
        (
            "a.csv",
            f'tokens\n"[0x{"f" * 5000}]"\n',
            ":2: found tokens 'a list too long to print', expected a list of strings",
        ),
        (
            "a.csv",
            f'tokens,ner\n"[""a""]",[0x{"f" * 5000}]\n',
            ":2: found a number of many digits in layer ner, expected that of a class",
        ),
        (
            "a.jsonl",
            '{"tokens": ["a"], "tags": {"\\ud800": ["O"]}}\n',
            r":1: found half of a surrogate pair in the layer '\ud800', expected UTF-8",
        ),
        (
            "a.jsonl",
            '{"text": "a", "label": [], "layer": "\\ud800"}\n',
            r":1: found half of a surrogate pair in the layer '\ud800', expected UTF-8",
        ),
        (
            "a.csv",
            f'"a\nb",{"c" * 5000}\n1,2\n',
            rf":1: found the columns a\nb, {'c' * 381}…, expected one of "
            "tokens, words, forms, token, word, form",
        ),
    ],
)
def test_errors_of_inputs_that_went_wrong(name: str, content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    path.with_suffix(".txt").write_text("a", encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        list(read(path))
    assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("jsonl", '{"tokens": ["a"], "x": X}'),
        ("doccano", '{"text": "a", "x": X}'),
        ("prodigy", '{"text": "a", "x": X}'),
        ("label-studio", '[{"data": {"text": "a", "x": X}}]'),
    ],
)
def test_lists_in_lists_in_lists(format: str, content: str, tmp_path: Path) -> None:
    ends = set()
    for depth in range(900, 1100):  # some can be read, but not written from a deeper call
        path = tmp_path / "a"
        path.write_text(content.replace("X", "[" * depth + "]" * depth), encoding="utf-8")
        ends.add(fuzz.check(path, format, Random(1)))
    assert True in ends  # other versions of Python go deeper


def test_escapes_that_python_warns_of(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("tokens\n['\\d']\n", encoding="utf-8")
    (sentence,) = read(path)
    assert sentence.tokens == ["\\d"]


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_what_is_packed_tightly_is_unpacked_bit_by_bit(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS.get(suffix, "corpora"))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(packed(b"\n" * (1 << 25), suffix))
    assert path.stat().st_size < 1 << 16
    tracemalloc.start()
    try:
        with open_binary(path) as binary:
            assert sum(map(len, iter(lambda: binary.read(1 << 16), b""))) == 1 << 25
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_header_that_asks_for_much_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.conll.xz"
    path.write_bytes(b"\x5d" + b"\xff" * 12 + bytes(40))  # 4 GiB, in the older format .lzma
    with pytest.raises(CorpusError) as caught:
        list(read(path))
    assert str(caught.value) == f"{path}:1: found broken compression, expected a whole file"


# --- what the examination finds: readers that do what they may not


def is_third(path: Path) -> bool:
    """Tells whether an input is the third one; it counts those of its process."""
    is_third.count = getattr(is_third, "count", 0) + 1  # type: ignore[attr-defined]
    return is_third.count == 3  # type: ignore[attr-defined, no-any-return]


def raises(path: Path, format: str | None, random: Random) -> bool:
    return 1 / (not is_third(path)) == 1


def warns(path: Path, format: str | None, random: Random) -> bool:
    if is_third(path):
        warnings.warn("a warning", DeprecationWarning, stacklevel=1)
    return True


def loops(path: Path, format: str | None, random: Random) -> bool:
    third = is_third(path)
    while third:
        pass
    return True


def crashes(path: Path, format: str | None, random: Random) -> bool:
    if path.read_bytes() == INPUT:
        os.abort()
    return True


def takes_memory(path: Path, format: str | None, random: Random) -> bool:
    return not is_third(path) or bool(bytearray(fuzz.MEGABYTES << 20))


def leaves_a_file_open(path: Path, format: str | None, random: Random) -> bool:
    return not is_third(path) or bool(path.open())


def third_input() -> bytes:
    random = Random("1 broken 2")
    random.choice(("text",))  # the format
    return Maker("text").make(random)["case.txt"]


INPUT = third_input()


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (raises, "ZeroDivisionError: division by zero"),
        (warns, "DeprecationWarning: a warning"),
        (loops, "benchmarks.fuzz.TooSlow: more time than an input may take"),
        (crashes, "the process ended with status -6"),
        pytest.param(
            takes_memory,
            "MemoryError",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory"),
        ),
        (leaves_a_file_open, "ResourceWarning"),
    ],
)
def test_what_may_not_happen_is_found_and_kept(
    read: object, reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = Target("broken", ("text",), seconds=0.3, read=read)  # type: ignore[arg-type]
    found = fuzz.tally(target, 5, 1, tmp_path)
    assert found.kinds == {"corpus": 4, "failure": 1}
    kept = tmp_path / "broken-1-2"
    assert [path.name for path in sorted(tmp_path.iterdir())] == [kept.name]
    assert (kept / "case.txt").read_bytes() == INPUT
    assert (kept / "REASON").read_text().strip().split("\n")[-1].startswith(reason)
    assert capfd.readouterr().err.endswith(f"kept in {kept}\n")


def changed(name: str, value: object) -> Sentence:
    sentence = Sentence(
        ["Ada"], {"ner": ["O"]}, text="Ada", offsets=[(7, 10)], start=7, source="f", line=1
    )
    fuzz.check_sentence(sentence)
    setattr(sentence, name, value)
    return sentence


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tags", {"ner": []}, "0 tags for 1 tokens"),
        ("tags", {"ner": [None]}, "a tag that is no text"),
        ("tags", {"\ud800": ["O"]}, "a tag that is no text"),
        ("tokens", ["\ud800"], "a token or comment that is no text"),
        ("comments", (1,), "a token or comment that is no text"),
        ("text", "\ud800aa", "a text that is none"),
        ("offsets", [], "0 offsets for 1 tokens"),
        ("offsets", [(6, 9)], "offsets outside the text"),
        ("offsets", [(8, 11)], "offsets outside the text"),
        ("offsets", [(9, 8)], "offsets outside the text"),
    ],
)
def test_wrong_sentences_are_found(name: str, value: object, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        fuzz.check_sentence(changed(name, value))
    assert str(caught.value) == message


def test_wrong_messages_are_found() -> None:
    fuzz.check_error(CorpusError("f:1", "\n" + "x" * 10_000, "y" * 10_000))
    with pytest.raises(Wrong, match="an error without a place"):
        fuzz.check_error(CorpusError("", "x", "y"))
    with pytest.raises(Wrong, match="a message of more than 1000 characters"):
        fuzz.check_error(CorpusError("f" * 1000, "x", "y"))
    unprintable = CorpusError("f", "x", "y")
    unprintable.args = ("x\n",)
    with pytest.raises(Wrong, match="a message with a line break"):
        fuzz.check_error(unprintable)
    fuzz.check_remark(Remark("things", "f", "x\ny" * 10_000))
    with pytest.raises(Wrong, match="a remark without a place"):
        fuzz.check_remark(Remark("things", "", "x"))


def test_what_is_lost_in_writing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"tokens": ["a"]}\n{"tokens": ["b"]}\n')
    assert fuzz.check(path, None, Random(1))
    write = fuzz.write
    monkeypatch.setattr(fuzz, "write", lambda sentences, *rest: write(sentences[1:], *rest))
    with pytest.raises(Wrong, match="other sentences when written and read again"):
        fuzz.check(path, None, Random(1))


def test_the_command_prints_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "fuzz.py",
        "--inputs",
        "20",
        "--only",
        "jsonl",
        "--only",
        "text",
        "--keep",
        str(tmp_path),
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    assert fuzz.main() == 0
    rows = [[cell.strip() for cell in line.split("|")] for line in capsys.readouterr().out.splitlines()]
    assert [row[1:3] for row in rows[2:]] == [["jsonl", "10"], ["text", "10"], ["all", "20"]]
    assert all(int(row[3]) + int(row[4]) == int(row[2]) and row[5] == "0" for row in rows[2:])


def test_time_is_over_for_handlers_too() -> None:
    for kind in (TooSlow, Wrong):
        assert not issubclass(kind, Exception)
