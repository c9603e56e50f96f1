"""Reading files: bytes to lines with places, packed files, what is broken."""

import bz2
import gzip
import io
import lzma
import random
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.files import (
    COMPRESSIONS,
    decoded_lines,
    open_binary,
    raw_lines,
    whole,
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
