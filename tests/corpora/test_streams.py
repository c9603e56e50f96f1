"""Streams, standard input and pipes: read and written as they come, or copied to be read again."""

import dataclasses
import gzip
import io
import itertools
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from corpora import (
    FORMATS,
    CorpusError,
    ReadOptions,
    Remark,
    Split,
    detect_format,
    load_corpus,
    read,
)
from corpora.splits import rendered, reopenable
from tests.corpora.test_corpus import ROW, folder
from tests.corpora.test_splits import TEXTS, give, is_ada, sentence_for

STREAMS = [name for name in TEXTS if FORMATS[name].streams]


class Endless(io.RawIOBase):
    """The bytes of a file whose end never comes."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.blocks = itertools.chain([head] * bool(head), itertools.repeat(body))
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self.rest = self.rest or next(self.blocks)
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


@pytest.mark.parametrize("format", STREAMS)
def test_reading_streams(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head, body = "", TEXTS[format]
    if format in ("conllu", "conllup", "csv", "tsv"):
        head, body = body.split("\n", 1)
        head += "\n"
    give(monkeypatch, io.BufferedReader(Endless(head.encode(), (body + "\n").encode())))
    sentences = iter(Split(None, format))
    for _ in range(3):
        assert is_ada(next(sentences), format)
    sentences.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("format", STREAMS)
def test_writing_streams(format: str) -> None:
    endless = (dataclasses.replace(sentence_for(format)) for _ in itertools.count())
    pieces = rendered(endless, format)
    text = "".join(itertools.islice(pieces, 50))
    assert text.startswith(TEXTS[format])
    assert text.count("slept") > 10


@pytest.mark.parametrize("format", TEXTS)
def test_standard_input(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, io.BytesIO(TEXTS[format].encode()))
    split = Split(None, format)
    split.sniff()
    (sentence,) = split
    assert is_ada(sentence, format)
    assert sentence.source == "<stdin>"


def fifo(path: Path, data: bytes) -> threading.Thread:
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(data,), daemon=True)
    writer.start()
    return writer


@pytest.mark.parametrize("name", ["pipe", "pipe.txt", "pipe.jsonl"])
def test_a_pipe_is_read_whole(name: str, tmp_path: Path) -> None:
    known = detect_format(Path(name)) or "conll"
    writer = fifo(tmp_path / name, TEXTS[known].encode())
    (sentence,) = read(tmp_path / name)
    writer.join(10)
    assert is_ada(sentence, known)


@pytest.mark.parametrize(
    ("name", "format"),
    [("a", None), ("a.conll", None), ("a.csv.gz", None), ("a", "jsonl"), ("a", "csv")],
)
def test_a_pipe_that_is_copied_is_read_again_and_again(
    name: str, format: str | None, tmp_path: Path
) -> None:
    known = format or detect_format(Path(name)) or "conll"
    data = TEXTS[known].encode()
    path = tmp_path / name
    writer = fifo(path, gzip.compress(data) if name.endswith(".gz") else data)
    remarks: list[Remark] = []
    split = reopenable(path, format, ReadOptions(report=remarks.append))
    writer.join(10)
    assert (split.source, split.format) == (str(path), known)
    for _ in range(2):
        (sentence,) = split
        assert is_ada(sentence, known)
        assert sentence.place().startswith(f"{path}:")
    assert [remark.place for remark in remarks] == ([str(path)] if name == "a" and not format else [])
    copy = split.path
    assert copy is not None
    assert copy.exists()
    del split
    assert not copy.parent.exists()


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ada\n")))
    with pytest.raises(CorpusError, match="found 'xml'"):
        reopenable(None, "xml")

    def fail(*files: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", fail)
    with pytest.raises(CorpusError) as caught:
        reopenable(None)
    assert str(caught.value) == "<stdin>: found No space left on device, expected a readable file"
    assert list(folder.iterdir()) == []


def test_files_and_devices_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(TEXTS["conll"])
    for path in (tmp_path / "a.conll", Path(os.devnull)):
        split = reopenable(path, "conll")
        assert split.path == path
        assert list(split) == list(split)


def piped(path: Path, content: str) -> str:
    """Makes a pipe that gives a text once; returns its name."""
    fifo(path, content.encode())
    return str(path)


def test_pipes_are_read_again_and_again(tmp_path: Path) -> None:
    names = {key: piped(tmp_path / key, ROW.replace("Ada", key)) for key in ("train", "dev", "test")}
    remarks: list[Remark] = []
    options = ReadOptions(report=remarks.append)
    corpus = load_corpus(names["train"], dev=names["dev"], test=names["test"], options=options)
    for _ in range(2):
        for key, split in corpus.splits():
            (sentence,) = split
            assert (sentence.tokens, sentence.place()) == ([key, "slept"], f"{names[key]}:1")
            assert split.source == names[key]
    why = "its lines have 2 columns, one of them of tags (--from overrides)"
    assert list(map(str, remarks)) == [f"{names['train']}: read as conll: {why}"]


def test_a_pipe_takes_the_place_of_a_file_of_the_folder(tmp_path: Path) -> None:
    name = folder(tmp_path, "train.conll", "dev.conll")
    corpus = load_corpus(name, dev=piped(tmp_path / "other", ROW * 2))
    assert corpus.dev is not None
    assert [[len(s) for s in corpus.dev] for _ in range(2)] == [[4], [4]]


def test_a_pipe_in_a_folder(tmp_path: Path) -> None:
    name = folder(tmp_path, "train.conll")
    piped(tmp_path / "dev.conll", ROW * 2)
    corpus = load_corpus(name)
    assert corpus.dev is not None
    assert [[len(s) for s in corpus.dev] for _ in range(2)] == [[4], [4]]
