"""Files: bytes to lines with places, packed files, atomic writing."""

import bz2
import codecs
import gzip
import io
import lzma
import os
import random
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
    COMPRESSIONS,
    atomic_binary,
    atomic_folder,
    decoded_lines,
    open_binary,
    raw_lines,
    whole,
    write_bytes,
    write_lines,
)

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r\ufeff\x85\u2028"))


def decoded(data: bytes, longest: int = -1) -> list[str]:
    return list(decoded_lines(io.BytesIO(data), "f", longest))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\n\r\nb\r\n", ["a", "", "b"]),
        (b"a\r\r\nb\rc\n", ["a\r", "b\rc"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", ["a", "\ufeffb"]),
        (b"\xef\xbb\xbf\xef\xbb\xbfa", ["\ufeffa"]),
        (b"\xef\xbb\xbf", []),
        ("a\x0b\x0c\x1c\x85\u2028\u2029b\n".encode(), ["a\x0b\x0c\x1c\x85\u2028\u2029b"]),
        (b"a\0b\n", ["a\0b"]),
    ],
)
def test_only_newline_ends_a_line(data: bytes, lines: list[str]) -> None:
    assert decoded(data) == lines


class Trickle(io.BytesIO):
    """Hands out few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size = size

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(self.size)


@given(texts, st.integers(1, 5))
def test_lines_are_the_same_however_they_come(text: str, size: int) -> None:
    data = text.encode()
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    if lines[-1:] == [""] and not text.endswith("\r"):
        lines.pop()
    assert list(decoded_lines(Trickle(data, size), "f")) == decoded(data) == lines


@given(st.binary(), st.integers(1, 5))
def test_errors_are_the_same_however_bytes_come(data: bytes, size: int) -> None:
    def outcome(binary: IO[bytes]) -> tuple[list[str], str]:
        lines: list[str] = []
        try:
            lines.extend(decoded_lines(binary, "f"))
        except CorpusError as error:
            return lines, str(error)
        return lines, ""

    lines, message = outcome(io.BytesIO(data))
    assert outcome(Trickle(data, size)) == (lines, message)
    try:
        list(raw_lines(io.BytesIO(data), "f"))
    except CorpusError as error:
        assert message == str(error)
        assert len(lines) == data[: int(error.found.split()[-1])].count(b"\n")
    else:
        assert message == ""


@given(texts)
def test_lines_join_to_the_text(text: str) -> None:
    assert "".join(raw_lines(io.BytesIO(text.encode()), "f")) == text.removeprefix("\ufeff")


@given(texts, st.integers(1, 5))
def test_cut_lines_join_to_the_text(text: str, longest: int) -> None:
    pieces = list(raw_lines(io.BytesIO(text.encode()), "f", longest))
    assert "".join(pieces) == text.removeprefix("\ufeff")
    assert all("\n" not in piece[:-1] and 1 <= len(piece) <= longest for piece in pieces if piece)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "f:1: found byte 0xff at byte 0, expected UTF-8"),
        (b"ok\n\xc3\xa9\xe9\n", "f:2: found byte 0xe9 at byte 5, expected UTF-8"),
        (b"\xef\xbb\xbfa\nb\xfe", "f:2: found byte 0xfe at byte 6, expected UTF-8"),
        (b"a\n\xe2\x82\n", "f:2: found byte 0xe2 at byte 2, expected UTF-8"),
        (b"a\nb\xe2\x82", "f:2: found byte 0xe2 at byte 3, expected UTF-8"),
        (b"\xed\xa0\x80\n", "f:1: found byte 0xed at byte 0, expected UTF-8"),  # a surrogate
        (b"\xc0\xaf", "f:1: found byte 0xc0 at byte 0, expected UTF-8"),  # overlong
    ],
)
@pytest.mark.parametrize("longest", [-1, 1, 2, 3, 1000])
def test_invalid_utf8_has_its_place(data: bytes, message: str, longest: int) -> None:
    with pytest.raises(CorpusError) as caught:
        decoded(data, longest)
    assert str(caught.value) == message


@given(st.binary(), st.integers(1, 4))
def test_bytes_are_text_or_have_the_place_where_they_are_none(data: bytes, longest: int) -> None:
    for cut in (-1, longest):
        try:
            text = "".join(raw_lines(io.BytesIO(data), "f", cut))
        except CorpusError as error:
            with pytest.raises(UnicodeDecodeError) as caught:
                data.decode()
            at = caught.value.start
            assert error.place == f"f:{data[:at].count(10) + 1}"
            assert error.found == f"byte 0x{data[at]:02x} at byte {at}"
        else:
            assert text == data.decode("utf-8-sig")


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}
CONTENT = b"".join(b"line %d\n" % i for i in range(100))
PACKED = {suffix: pack(CONTENT) for suffix, pack in PACKERS.items()}

each_compression = pytest.mark.parametrize("suffix", PACKERS)


def test_all_compressions_are_tested() -> None:
    assert tuple(PACKERS) == COMPRESSIONS


def unpacked(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    with open_binary(path) as binary:
        return list(decoded_lines(binary, "f"))


@each_compression
def test_packed_file_is_unpacked(suffix: str, tmp_path: Path) -> None:
    pack = PACKERS[suffix]
    two = pack(b"one\nt") + pack(b"wo\n") + pack(b"")
    assert unpacked(tmp_path / f"a{suffix}", two) == ["one", "two"]
    assert unpacked(tmp_path / f"a{suffix.upper()}", pack(b"\xef\xbb\xbfa\r\nb")) == ["a", "b"]
    assert unpacked(tmp_path / f"a{suffix}", pack(b"")) == []


@each_compression
@given(st.lists(st.binary(), min_size=1, max_size=3), st.lists(st.integers(1, 50)))
def test_any_bytes_come_back(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, pieces: list[bytes], sizes: list[int]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(b"".join(map(PACKERS[suffix], pieces)))
    with open_binary(path) as binary:
        read = b"".join(binary.read(size) for size in sizes) + binary.read()
    assert read == b"".join(pieces)


@each_compression
def test_large_file_is_unpacked(suffix: str, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(1 << 20) + bytes(1 << 20)  # some that packs badly, some well
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACKERS[suffix](data))
    with open_binary(path) as binary:
        assert whole(binary, "f") == data


@each_compression
def test_truncated_packed_file_is_broken_wherever_it_ends(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"f{suffix}"
    for size in range(len(PACKED[suffix])):
        with pytest.raises(CorpusError) as caught:
            unpacked(path, PACKED[suffix][:size])
        place, _, number = caught.value.place.partition(":")
        assert place == ("f" if size else str(path))
        assert 1 <= int(number) <= 101
        assert caught.value.found == "broken compression"
        if size:
            with pytest.raises(CorpusError) as caught, open_binary(path) as binary:
                whole(binary, "f")
            assert str(caught.value) == "f: found broken compression, expected a whole file"


@each_compression
def test_truncated_second_part_is_broken_wherever_it_ends(suffix: str, tmp_path: Path) -> None:
    for size in range(1, len(PACKED[suffix])):
        with pytest.raises(CorpusError) as caught:
            unpacked(tmp_path / f"f{suffix}", PACKED[suffix] + PACKED[suffix][:size])
        assert caught.value.found == "broken compression"
        assert 1 <= int(caught.value.place.removeprefix("f:")) <= 201


@each_compression
def test_broken_packed_file(suffix: str, tmp_path: Path) -> None:
    packed = PACKED[suffix]
    for data, line in (
        (b"not packed", 1),
        (CONTENT, 1),
        (b"\n", 1),
        (packed[:12], 1),
        (packed + b"x", 101),
        (packed + CONTENT, 101),
        *((PACKED[other], 1) for other in PACKERS if other != suffix),
    ):
        with pytest.raises(CorpusError) as caught:
            unpacked(tmp_path / f"f{suffix}", data)
        assert str(caught.value) == f"f:{line}: found broken compression, expected a whole file"


def test_changed_bytes_of_a_packed_file_are_found(tmp_path: Path) -> None:
    for position in range(10, len(PACKED[".gz"])):  # behind the header, which holds no content
        data = bytearray(PACKED[".gz"])
        data[position] ^= 0x55
        with pytest.raises(CorpusError):
            unpacked(tmp_path / "f.gz", bytes(data))


@each_compression
def test_changed_bytes_give_the_content_or_an_error(suffix: str, tmp_path: Path) -> None:
    expected = CONTENT.decode().splitlines()
    for position in range(len(PACKED[suffix])):
        data = bytearray(PACKED[suffix])
        data[position] ^= 0x55
        try:
            lines = unpacked(tmp_path / f"f{suffix}", bytes(data))
        except CorpusError as error:
            assert error.place.startswith("f:")
        else:
            # Zstandard as `zstandard.compress` writes it holds no checksum
            assert lines == expected or suffix == ".zst"


@each_compression
def test_broken_utf8_in_a_packed_file_has_its_place(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        unpacked(tmp_path / f"f{suffix}", PACKERS[suffix](b"ok\n\xc3\xa9\xe9\n"))
    assert str(caught.value) == "f:2: found byte 0xe9 at byte 5, expected UTF-8"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.conll", "missing.conll: found nothing there, expected a file"),
        ("plain/below", "plain/below: found nothing there, expected a file"),
        ("folder", "folder: found a directory, expected a file"),
        ("folder.gz", "folder.gz: found a directory, expected a file"),
        ("x" * 300, "x" * 300 + ": found File name too long, expected a readable file"),
    ],
)
def test_files_that_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder.gz").mkdir()
    Path("plain").write_text("")
    with pytest.raises(CorpusError) as caught:
        open_binary(Path(name))
    assert str(caught.value) == message


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "f"
    path.write_text("")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CorpusError) as caught:
        open_binary(path)
    assert str(caught.value) == f"{path}: found Permission denied, expected a readable file"


class FailingRead(io.BytesIO):
    def readline(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")

    read = read1 = readline


def test_reading_that_fails_half_way() -> None:
    with pytest.raises(CorpusError) as caught:
        list(decoded_lines(FailingRead(), "f"))
    assert str(caught.value) == "f: found Input/output error, expected a readable file"
    with pytest.raises(CorpusError) as caught:
        list(raw_lines(FailingRead(), "f"))
    assert str(caught.value) == "f: found Input/output error, expected a readable file"
    with pytest.raises(CorpusError) as caught:
        whole(FailingRead(), "f")
    assert str(caught.value) == "f: found Input/output error, expected a readable file"


class Mistaken(io.BytesIO):
    def readline(self, size: int | None = -1, /) -> bytes:
        raise ZeroDivisionError

    read = read1 = readline


def test_mistakes_of_the_program_are_no_errors_of_the_file() -> None:
    with pytest.raises(ZeroDivisionError):
        list(decoded_lines(Mistaken(), "f"))
    with pytest.raises(ZeroDivisionError):
        list(raw_lines(Mistaken(), "f"))
    with pytest.raises(ZeroDivisionError):
        whole(Mistaken(), "f")


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
