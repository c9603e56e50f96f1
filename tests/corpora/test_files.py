"""Files: bytes to lines with places, packed files, atomic writing."""

import codecs
import gzip
import io
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.files import atomic_binary, decoded_lines, open_binary, raw_lines, write_lines

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


def test_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    with open_binary(path) as binary:
        assert list(decoded_lines(binary, "a.gz")) == ["one", "two"]


CONTENT = b"".join(b"line %d\n" % i for i in range(100))
PACKED = gzip.compress(CONTENT, mtime=0)


def unpacked(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    with open_binary(path) as binary:
        return list(decoded_lines(binary, "f.gz"))


def test_truncated_packed_file_is_broken_wherever_it_ends(tmp_path: Path) -> None:
    for size in range(1, len(PACKED)):
        with pytest.raises(CorpusError) as caught:
            unpacked(tmp_path / "f.gz", PACKED[:size])
        place, _, number = caught.value.place.partition(":")
        assert place == "f.gz"
        assert 1 <= int(number) <= 101
        assert caught.value.found == "broken compression"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not packed", "f.gz:1: found broken compression, expected a whole gzip file"),
        (PACKED[:12], "f.gz:1: found broken compression, expected a whole gzip file"),
        (PACKED + b"x", "f.gz:101: found broken compression, expected a whole gzip file"),
    ],
)
def test_broken_packed_file(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        unpacked(tmp_path / "f.gz", data)
    assert str(caught.value) == message


def test_changed_bytes_of_a_packed_file_are_found(tmp_path: Path) -> None:
    for position in range(10, len(PACKED)):  # behind the header, which holds no content
        data = bytearray(PACKED)
        data[position] ^= 0x55
        with pytest.raises(CorpusError):
            unpacked(tmp_path / "f.gz", bytes(data))


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


def test_reading_that_fails_half_way() -> None:
    with pytest.raises(CorpusError) as caught:
        list(decoded_lines(FailingRead(), "f"))
    assert str(caught.value) == "f: found Input/output error, expected a readable file"


@given(st.lists(texts))
@pytest.mark.parametrize("name", ["f", "f.gz"])
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    write_lines(lines, path)
    with open_binary(path) as binary:
        assert "".join(raw_lines(binary, name)) == "".join(lines)
    assert list(path.parent.glob(".f*")) == []


def test_packed_files_are_reproducible(tmp_path: Path) -> None:
    write_lines(["a\n"], tmp_path / "one.gz")
    write_lines(["a\n"], tmp_path / "other.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()


def failing() -> Iterator[str]:
    yield "half\n"
    raise CorpusError("f:2", "that", "this")


@pytest.mark.parametrize("name", ["f.conll", "f.conll.gz"])
@pytest.mark.parametrize("before", [None, b"as it was"])
def test_failed_writing_changes_nothing(tmp_path: Path, name: str, before: bytes | None) -> None:
    path = tmp_path / name
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(CorpusError, match=r"^f:2: found that, expected this$"):
        write_lines(failing(), path)
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
