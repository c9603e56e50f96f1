"""Writing files: packed, whole or not at all, to a folder, a pipe or standard output."""

import bz2
import codecs
import gzip
import io
import lzma
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.files import (
    atomic_binary,
    atomic_folder,
    open_binary,
    raw_lines,
    write_bytes,
    write_lines,
)
from tests.corpora.test_file_reading import CONTENT, PACKERS, each_compression, texts


@given(st.lists(texts))
@pytest.mark.parametrize("name", ["f", *(f"f{suffix}" for suffix in PACKERS)])
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    write_lines(lines, path)
    with open_binary(path) as binary:
        assert "".join(raw_lines(binary, name)) == "".join(lines)
    assert list(path.parent.glob(".f*")) == []


UNPACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().stream_reader(data).read(),
}


@each_compression
def test_written_files_are_packed_and_reproducible(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = CONTENT.decode().splitlines(keepends=True)
    write_lines(lines, tmp_path / f"one{suffix}")
    monkeypatch.setattr(time, "time", lambda: 1e9)  # gzip notes it unless told otherwise
    write_lines(lines, tmp_path / f"other{suffix}")
    write_bytes(lambda binary: write_twice(binary, CONTENT), tmp_path / f"third{suffix.upper()}")
    packed = (tmp_path / f"one{suffix}").read_bytes()
    assert (tmp_path / f"other{suffix}").read_bytes() == packed
    assert len(packed) < len(CONTENT)
    assert UNPACKERS[suffix](packed) == CONTENT
    assert UNPACKERS[suffix]((tmp_path / f"third{suffix.upper()}").read_bytes()) == CONTENT * 2


def write_twice(binary: IO[bytes], data: bytes) -> None:
    binary.write(data)
    binary.write(data)


def test_bytes_are_written_to_a_file_or_to_standard_output(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_bytes(lambda binary: write_twice(binary, b"a\0\r\n\xff"), tmp_path / "f")
    write_bytes(lambda binary: write_twice(binary, b"a\0\r\n\xff"), None)
    assert (tmp_path / "f").read_bytes() == capfdbinary.readouterr().out == b"a\0\r\n\xff" * 2


def failing() -> Iterator[str]:
    yield "half\n"
    raise CorpusError("f:2", "that", "this")


def fail_half_way(binary: IO[bytes]) -> None:
    binary.write(b"half")
    raise CorpusError("f:2", "that", "this")


@pytest.mark.parametrize("name", ["f.conll", *(f"f.conll{suffix}" for suffix in PACKERS)])
@pytest.mark.parametrize("before", [None, b"as it was"])
def test_failed_writing_changes_nothing(tmp_path: Path, name: str, before: bytes | None) -> None:
    path = tmp_path / name
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(CorpusError, match=r"^f:2: found that, expected this$"):
        write_lines(failing(), path)
    with pytest.raises(CorpusError, match=r"^f:2: found that, expected this$"):
        write_bytes(fail_half_way, path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == ({name: before} if before else {})


def test_interrupted_writing_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_binary(tmp_path / "f") as binary:
        binary.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_file_takes_its_name_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with atomic_binary(path) as binary:
        binary.write(b"new")
        binary.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_written_file_has_the_rights_of_a_new_file(tmp_path: Path) -> None:
    write_lines(["x"], tmp_path / "f")
    (tmp_path / "new").write_text("x")
    assert (tmp_path / "f").stat().st_mode == (tmp_path / "new").stat().st_mode


def test_written_file_has_the_rights_of_the_one_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.touch(mode=0o600)
    with atomic_binary(path) as binary:
        binary.write(b"secret")
        binary.flush()
        (temporary,) = set(tmp_path.iterdir()) - {path}
        assert temporary.stat().st_mode == path.stat().st_mode
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/f")
    for content in ("first", "second"):
        write_lines([content], tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "folder" / "f").read_text() == content


def test_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_lines(["a\n", "b\n"], pipe)
    reader.join(10)
    assert received == [b"a\nb\n"]
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    "name",
    [
        "x" * 241,
        "x" * 242,
        "x" * 255,
        "é" * 127,
        "x" + "漢" * 84,
        "𐎠" * 63 + "xyz",
        "x" * 252 + ".gz",
    ],
)
def test_names_as_long_as_a_name_may_be(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    for content in ("first", "second"):
        with atomic_binary(path) as binary:
            (temporary,) = {*tmp_path.iterdir()} - {path}
            assert temporary.name.startswith(f".{name[:50]}")
            assert 251 < len(os.fsencode(temporary.name)) <= 255
            binary.write(content.encode())
        assert [path.read_text()] == [p.read_text() for p in tmp_path.iterdir()] == [content]
    path.unlink()
    with atomic_folder(path) as folder:
        (folder / "a").write_text("x")
    assert tree(tmp_path) == {name: None, f"{name}/a": "x"}


@pytest.mark.parametrize(
    ("name", "reason"), [("missing/f", "No such file or directory"), ("folder", "Is a directory")]
)
def test_places_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(CorpusError) as caught:
        write_lines(["x"], Path(name))
    assert str(caught.value) == (
        f"{name}: found a place that cannot be written ({reason}), expected a writable one"
    )
    assert [p.name for p in tmp_path.rglob("*")] == ["folder"]


def test_surrogates_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with pytest.raises(CorpusError) as caught:
        write_lines(["a\ud800\n"], path)
    assert str(caught.value) == (
        rf"{path}: found half of a surrogate pair in 'a\ud800\n', expected UTF-8"
    )
    assert list(tmp_path.iterdir()) == []


def test_standard_output_is_utf8_whatever_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    binary = io.BytesIO()
    stdout = io.TextIOWrapper(binary, encoding="ascii", newline="\r\n")
    monkeypatch.setattr(sys, "stdout", stdout)
    write_lines(["é\n"], None)
    assert binary.getvalue() == codecs.encode("é\n", "utf-8")


def test_standard_output_without_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    write_lines(["é\n"], None)
    assert stdout.getvalue() == "é\n"


def tree(folder: Path) -> dict[str, str | None]:
    paths = sorted(folder.rglob("*"))
    return {str(p.relative_to(folder)): p.read_text() if p.is_file() else None for p in paths}


@pytest.mark.parametrize("before", [False, True], ids=["nothing there", "an empty folder"])
def test_folder_takes_its_name_only_when_whole(before: bool, tmp_path: Path) -> None:
    path = tmp_path / "out"
    if before:
        path.mkdir()
    with atomic_folder(path) as folder:
        (folder / "a").write_text("x")
        (folder / "b").mkdir()
        assert path.exists() == before
        assert folder.parent == tmp_path
    assert tree(tmp_path) == {"out": None, "out/a": "x", "out/b": None}
    (tmp_path / "new").mkdir()
    assert path.stat().st_mode == (tmp_path / "new").stat().st_mode


@pytest.mark.parametrize("error", [CorpusError("f", "that", "this"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [False, True], ids=["nothing there", "an empty folder"])
def test_failed_folder_changes_nothing(before: bool, error: BaseException, tmp_path: Path) -> None:
    if before:
        (tmp_path / "out").mkdir()
    with pytest.raises(type(error)), atomic_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("half")
        raise error
    assert tree(tmp_path) == ({"out": None} if before else {})


def test_link_to_an_empty_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    with atomic_folder(tmp_path / "link") as folder:
        (folder / "a").write_text("x")
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "empty") == {"a": "x"}


SOMETHING = "found something there, expected a folder that is empty or not there yet"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("full", SOMETHING),
        (".", SOMETHING),
        ("file", SOMETHING),
        ("link", SOMETHING),
        (
            "missing/below",
            "found a place that cannot be written (No such file or directory), expected a writable one",
        ),
        (
            "file/below",
            "found a place that cannot be written (Not a directory), expected a writable one",
        ),
        (
            "x" * 300,
            "found a place that cannot be written (File name too long), expected a writable one",
        ),
    ],
)
def test_places_that_cannot_be_a_new_folder(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("kept")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to("full")
    before = tree(tmp_path)
    with pytest.raises(CorpusError) as caught, atomic_folder(Path(name)):
        pytest.fail("not reached")
    assert str(caught.value) == f"{name}: {message}"
    assert tree(tmp_path) == before


def test_what_an_interruption_met_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopping(io.BytesIO):
        def write(self, content: Any) -> int:
            written = super().write(content)
            if self.tell() == written:
                raise KeyboardInterrupt
            return written

    binary = Stopping()
    monkeypatch.setattr("sys.stdout", type("Stdout", (), {"buffer": binary})())
    line = "x" * (1 << 18) + "\n"
    with pytest.raises(KeyboardInterrupt):
        write_lines(iter([line, "never\n"]), None)
    assert binary.getvalue() == line.encode()
