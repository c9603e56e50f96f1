"""Which format a file has: by its name, by its content, and raw text is raw text."""

import bz2
import gzip
import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats.recognition import (
    HEAD_BYTES,
    Recognised,
    comes_once,
    detect_format,
    format_suffix,
    known_format,
    recognise,
    recognise_content,
)
from corpora.formats.table import FORMATS
from corpora.sentence import Sentence
from corpora.splits import rendered


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.txt", ".txt"),
        ("a.TXT.GZ", ".txt"),
        ("a.conllu.zst", ".conllu"),
        ("a.gz", ""),
        ("a.gz.xz", ".gz"),
        ("a.b.c", ".c"),
        ("a", ""),
        (".txt", ""),
        ("a.", ""),
        ("", ""),
    ],
)
def test_format_suffix(name: str, suffix: str) -> None:
    assert format_suffix(Path("some.conllu") / name) == (suffix if name else ".conllu")


@pytest.mark.parametrize(
    ("suffix", "format"), [(suffix, f.name) for f in FORMATS.values() for suffix in f.suffixes]
)
def test_every_suffix_tells_its_format(suffix: str, format: str) -> None:
    for name in (f"a{suffix}", f"A.B{suffix.upper()}", f"a{suffix}.gz", f"a{suffix}.BZ2"):
        assert detect_format(Path(name)) == known_format(Path(name)) == format


def test_an_output_must_have_a_name_that_tells() -> None:
    for name in ("a", "a.gz", "a.xml", ".conll"):
        with pytest.raises(CorpusError) as caught:
            known_format(Path(name))
        suffixes = ".conll, .conllu, .conllup, .jsonl, .json, .ann, .spacy, .csv, .parquet, .txt"
        assert str(caught.value) == (
            f"{name}: found a name that tells no format, expected {suffixes}, or --to"
        )


# content → the format that is told by it, and why
ONE_OF_TAGS = "columns, one of them of tags"
TOLD: dict[str, tuple[str, str, str]] = {
    "spans between tabs": ("Ada\tB-PER\nslept\tO\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "spans between spaces": (
        "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\n. . O O\n",
        "conll",
        f"its lines have 4 {ONE_OF_TAGS}",
    ),
    "runs of spaces": ("Ada    B-PER\nslept  O \n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "spans beside other columns": (
        "1\tAda\tNNP\tB-PER\t-\n2\tslept\tVBZ\tO\t-\n",
        "conll",
        f"its lines have 5 {ONE_OF_TAGS}",
    ),
    "parts of speech": (
        "the\tDET\ncat\tNOUN\nslept\tVERB\n",
        "conll",
        f"its lines have 2 {ONE_OF_TAGS}",
    ),
    "BIOES": ("Ada\tS-PER\nslept\tO\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "comments": ("# a\n## b c d e\nAda\tB-PER\nslept\tO\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "ends of Windows": ("Ada\tB-PER\r\nslept\tO\r\n\r\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "a mark": ("\ufeffAda\tB-PER\nslept\tO\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "blank lines": ("\n \nAda\tB-PER\nslept\tO\n\t\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "a bracket is a token": ("[\tO\nAda\tB-PER\n]\tO\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "a brace is a token": ("{\tO\nAda\tB-PER\n}\tO\n", "conll", f"its lines have 2 {ONE_OF_TAGS}"),
    "named columns": ("# global.columns = FORM NER\na\tX\n", "conll", "its first line names columns"),
    "CoNLL-U": (
        "# text = a\n1-2\tab" + "\t_" * 8 + "\n1\ta\t_\tDET" + "\t_" * 6 + "\n2\tb" + "\t_" * 8 + "\n",
        "conllu",
        "its lines have the ten columns of CoNLL-U",
    ),
    "a table by token": (
        "sentence\tword\ttag\n1\tAda\tPER\n",
        "tsv",
        "its first line names columns",
    ),
    "a table by sentence": ("tokens\tner_tags\n[]\t[]\n", "tsv", "its first line names columns"),
    "sentences in JSON": ('{"tokens": ["a"], "x": 1}\n', "jsonl", "its objects have tokens"),
    "rows of a data set": ('\n{"id": 1, "words": [], "ner": []}\n', "jsonl", "its objects have words"),
    "Prodigy": (
        '{"text": "a", "spans": [], "tokens": [{"id": 0}]}\n',
        "prodigy",
        "its objects have text and spans",
    ),
    "an answer of Prodigy": (
        '{"text": "a", "answer": "accept"}\n',
        "prodigy",
        "its objects have text and spans",
    ),
    "doccano": ('{"text": "a", "label": []}\n', "doccano", "its objects have text and label"),
    "doccano 1.0": ('{"data": "a", "labels": []}\n', "doccano", "its objects have text and labels"),
    "doccano with relations": (
        '{"text": "a", "entities": [], "relations": []}\n',
        "doccano",
        "its objects have text and entities",
    ),
    "Label Studio": (
        '[\n  {\n    "id": 1',
        "label-studio",
        "it is a JSON list of objects",
    ),
    "an empty list": (" [ ]\n", "label-studio", "it is a JSON list of objects"),
}

RAW = {
    "nothing": "",
    "blank lines": "\n \n\t\n",
    "one word": "Ada",
    "prose": "Ada slept. It was late.\nNobody came.\n",
    "prose with tabs": "\tAda slept.\n\tIt was\tlate.\n\tNobody\tcame.\n",
    "one tab a line": "Chapter 1\tAda\nChapter 2\tBertha\nChapter 3\tO\n",
    "a poem of two words a line": "O rose\nthou art\nsick the\nO worm\nB-flat howls\n",
    "a poem of two words, one of them O": "hear O\nfather O\nson O\n",
    "a poem of one word": "O\nrose\n",
    "a table of numbers": "1 2 3\n4 5 6\n7 8 9\n",
    "ten columns of numbers": "".join("\t".join(map(str, range(i, i + 10))) + "\n" for i in (1, 2, 3)),
    "ten columns of names": "1\tAda\ta\tXY" + "\tb" * 6 + "\n2\tBea\ta\tZZ" + "\tb" * 6 + "\n",
    "a table of names": "Ada\tLondon\t1815\nCharles\tLondon\t1791\n",
    "values between commas": "name,place\nAda,London\nO,B-X\n",
    "a header between commas": "word,tag\nAda,B-PER\n",
    "a glossary": "word\tmeaning\ntag\ta name\n",
    "source code": 'class Token:\n\tdef tag(self):\n\t\treturn "O"\n\n# a comment\n',
    "Python in two words": "import os\nimport sys\nfrom x\n",
    "a heading and a comment": "# Heading\n\nText here.\n",
    "a list in brackets": "[1] Ada slept.\n[2] She woke.\n",
    "a stage direction": "[Enter Ada]\nADA. O!\n",
    "braces": "{Ada} slept\n{She} woke\n",
    "JSON of another kind": '{"a": 1}\n{"a": 2}\n',
    "a text in JSON": '{"text": "Ada slept"}\n',
    "a label that is no list": '{"text": "Ada slept", "label": "good"}\n',
    "a number of tokens": '{"tokens": 3, "text": "Ada"}\n',
    "JSON that is cut": '{"tokens": ["a", \n',
    "a list of numbers": "[1, 2]\n",
    "a list of lists": '[["Ada", "O"]]\n',
    "rows of different width": "Ada\tB-PER\nslept\tO\tx\n",
    "too many columns": "\n".join("\t".join(["a"] * 12 + [tag]) for tag in ("O", "B-X")),
    "parts of speech, but two": "the\tDET\ncat\tNOUN\n",
    "only O": "Ada\tO\nslept\tO\n",
    "grades": "Ada\tA\nBea\tB\nCy\tX\nDan\tO\n",
    "XML": "<w>Ada</w>\n<w>slept</w>\n",
    "bytes": "\0\x01\x02\xff\n\0",
    "hashes": "# \n#\n##\n",
}


@pytest.mark.parametrize(("content", "format", "why"), TOLD.values(), ids=TOLD)
def test_content_that_tells(content: str, format: str, why: str, tmp_path: Path) -> None:
    assert recognise_content(content.encode()) == Recognised(format, why)
    for name in ("a.txt", "a.text", "a", "a.train", "a.txt.gz"):
        path = tmp_path / name
        data = content.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        assert recognise(path) == Recognised(format, why)


@pytest.mark.parametrize("content", RAW.values(), ids=RAW)
def test_raw_text_is_taken_for_nothing_else(content: str, tmp_path: Path) -> None:
    assert recognise_content(content.encode()) is None
    told = {"a.txt": "text", "a.tsv": "conll", "a.jsonl": "jsonl", "a.json": "label-studio"}
    for name, by_name in told.items():
        (tmp_path / name).write_bytes(content.encode())
        assert recognise(tmp_path / name) == Recognised(by_name)
    (tmp_path / "a.xml").write_bytes(content.encode())
    expected = NAMED_BETWEEN_COMMAS if content == RAW["a header between commas"] else None
    assert recognise(tmp_path / "a.xml") == expected


NAMED_BETWEEN_COMMAS = Recognised("csv", "its first line names columns")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sentence,form,ner\n1,Ada,O\n", NAMED_BETWEEN_COMMAS),
        ('"Sentence #","Word","POS"\r\n"Sentence: 1","Ada","NNP"\r\n', NAMED_BETWEEN_COMMAS),
        ("\ufeff\n,tokens,ner_tags\n", NAMED_BETWEEN_COMMAS),
        ("word,meaning\n", None),
        ("In a word, tag along.\n", None),
    ],
)
def test_a_header_between_commas_tells_where_no_name_does(
    content: str, expected: Recognised | None, tmp_path: Path
) -> None:
    for name in ("a", "a.train"):
        (tmp_path / name).write_bytes(content.encode())
        assert recognise(tmp_path / name) == expected
    (tmp_path / "a.txt").write_bytes(content.encode())
    assert recognise(tmp_path / "a.txt") == Recognised("text")


@pytest.mark.parametrize(
    "name", ["a.conll", "a.conllu", "a.cupt.gz", "a.csv", "a.spacy", "a.parquet", "a.ann", "a.iob2"]
)
def test_names_that_say_enough_are_not_looked_into(name: str) -> None:
    assert recognise(Path("nowhere") / name) == Recognised(detect_format(Path(name)) or "")


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.tsv", "spans between tabs", Recognised("conll")),
        ("a.tsv", "a table by token", Recognised("tsv", "its first line names columns")),
        ("a.jsonl", "sentences in JSON", Recognised("jsonl")),
        ("a.ndjson", "doccano", Recognised("doccano", "its objects have text and label")),
        ("a.json", "Label Studio", Recognised("label-studio")),
        ("a.json", "rows of a data set", Recognised("jsonl", "its objects have words")),
        ("a.json", "Prodigy", Recognised("prodigy", "its objects have text and spans")),
        ("a.iob2", "CoNLL-U", Recognised("conll")),
    ],
)
def test_a_reason_is_given_where_the_name_says_otherwise(
    name: str, content: str, format: Recognised, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(TOLD[content][0].encode())
    assert recognise(tmp_path / name) == format


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}


@pytest.mark.parametrize("suffix", PACKERS)
def test_broken_files_are_left_to_their_reader(suffix: str, tmp_path: Path) -> None:
    packed = PACKERS[suffix](b"Ada\tB-PER\nslept\tO\n" * 100)
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(packed)
    assert recognise(path) == Recognised("conll", f"its lines have 2 {ONE_OF_TAGS}")
    for data in (b"not packed", packed[:-1], packed[: len(packed) // 2], packed[:3]):
        path.write_bytes(data)
        assert recognise(path) == Recognised("text")


def test_folders(tmp_path: Path) -> None:
    assert recognise(tmp_path) is None
    (tmp_path / "a.txt").write_text("Ada")
    assert recognise(tmp_path) is None
    assert recognise(tmp_path / "a.txt") == Recognised("text")
    (tmp_path / "a.ann").write_text("")
    assert recognise(tmp_path) == Recognised("brat", "it holds .ann files")
    assert recognise(tmp_path / "a.txt") == Recognised("brat", "a.ann stands beside it")
    assert recognise(tmp_path / "a.ann") == Recognised("brat")
    (tmp_path / "a.conll").mkdir()
    assert recognise(tmp_path / "a.conll") is None


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a", "a.json.gz"])
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        recognise(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: found nothing there, expected a file"


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".txt", "x" * 300 + "/a.txt"])
def test_an_overlong_name(name: str) -> None:
    with pytest.raises(CorpusError) as caught:
        recognise(Path(name))
    assert str(caught.value) == f"{name}: found File name too long, expected a readable file"


def test_a_pipe_is_not_looked_into(tmp_path: Path) -> None:
    told = {"a": None, "a.txt": Recognised("text"), "a.json": Recognised("label-studio")}
    for name, by_name in told.items():
        os.mkfifo(tmp_path / name)
        assert recognise(tmp_path / name) == by_name  # and does not wait for a writer


def test_what_comes_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "link").symlink_to("pipe")
    once = [path for path in (*tmp_path.iterdir(), tmp_path, Path(os.devnull)) if comes_once(path)]
    assert sorted(path.name for path in once) == ["link", "pipe"]
    assert not comes_once(tmp_path / "none")
    assert not comes_once(Path("x" * 300))
    first, second = os.openpty()
    assert comes_once(Path(os.ttyname(second)))
    os.close(second)
    os.close(first)


def test_only_the_beginning_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    rows = b"Ada\tB-PER\nslept\tO\n"
    told = Recognised("conll", f"its lines have 2 {ONE_OF_TAGS}")
    for size in range(HEAD_BYTES - 60, HEAD_BYTES + len(rows)):
        whole = rows * (size // len(rows))
        block = whole + b"x" * (size - len(whole))  # and a last line that may be cut
        data = block + b"\tO\nand then\tsomething else\tentirely\n"
        path.write_bytes(data)
        assert recognise(path) == (told if len(data) > HEAD_BYTES else Recognised("text"))
    path.write_bytes(rows * 5000 + b"junk")
    assert recognise(path) == told
    path.write_bytes(b"\xea\xb0\x80\tB-X\nx\tO\n" * 8000)  # a character may be cut, too
    assert recognise(path) == told


def test_long_objects_are_read_to_their_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for end in ("", "\n", "\n{}\n"):
        path.write_text(json.dumps({"text": "a" * 3 * HEAD_BYTES, "label": []}) + end)
        assert recognise(path) == Recognised("doccano", "its objects have text and label")


SENTENCE = Sentence(["Ada", "slept"], {"ner": ["B-PER", "O"]})


@pytest.mark.parametrize("format", ["conll", "tsv", "jsonl", "prodigy", "doccano", "label-studio"])
def test_what_is_written_is_recognised(format: str) -> None:
    text = "".join(rendered([SENTENCE], format))
    found = recognise_content(text.encode())
    assert found is not None
    assert found.format == format


pieces = st.sampled_from(
    ["Ada", "O", "B-X", " ", "\t", "\n", "\r\n", "[", "{", '{"', '"tokens": ', "# ", "1", "NOUN"]
)


@given(st.binary() | st.lists(pieces).map("".join).map(str.encode))
def test_any_bytes_are_recognised_or_not(data: bytes) -> None:
    found = recognise_content(data)
    assert found is None or (found.format in FORMATS and found.why)


words = st.text(st.characters(categories=["L"]), min_size=1, max_size=8).filter(
    lambda word: word not in ("O", "ADJ", "NOUN", "X")
)


@given(st.lists(st.lists(words, min_size=1, max_size=4), max_size=8), st.sampled_from([" ", "\t", ", "]))
def test_lines_of_words_are_text(lines: list[list[str]], separator: str) -> None:
    text = "\n".join(separator.join(line) for line in lines)
    assert recognise_content(text.encode()) is None
    assert recognise_content((text + "\n").encode()) is None
