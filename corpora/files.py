"""Opens files for reading and writing, plain or compressed, always UTF-8.

Knows bytes, lines and places; knows no format. Reading reports where bytes are not
UTF-8; writing goes to a temporary file that takes the name only when it is whole.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import gzip
import io
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TextIO, cast

from corpora.errors import CorpusError, shown

_BOM = "\ufeff"
STANDARD_INPUT = "<stdin>"
STANDARD_OUTPUT = "<stdout>"
_BLOCK = 1 << 18  # bytes that are decoded, or written, at once
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")
_PACKED, _BUFFER = 1 << 14, 1 << 18  # bytes that are unpacked at once, and at most come out then
_PACKED_ZSTD = 1 << 8  # what comes out of these cannot be limited: 8 MiB at most
_LONGEST_NAME = 255  # bytes that the name of a file may have
_XZ_MEMORY = 1 << 30  # a header of 13 bytes may ask for 4 GiB


def open_binary(path: Path) -> IO[bytes]:
    """Opens a file for reading, unpacking `.gz`, `.bz2`, `.xz` and `.zst`.

    Raises:
        CorpusError: there is no such file, or it may not be read.
    """
    try:
        if not path.exists():
            raise CorpusError(str(path), "nothing there", "a file")
        if path.is_dir():
            raise CorpusError(str(path), "a directory", "a file")
        return _unpacked(path, path.suffix.lower())
    except OSError as error:
        raise CorpusError(str(path), error.strerror or str(error), "a readable file") from error


def _unpacked(path: Path, suffix: str) -> IO[bytes]:
    if suffix not in COMPRESSIONS:
        return path.open("rb")
    if path.is_file() and not path.stat().st_size:
        raise CorpusError(f"{path}:1", "broken compression", "a whole file")
    if suffix == ".gz":
        return cast("IO[bytes]", gzip.GzipFile(path, "rb"))
    make: Callable[[], Any]
    limit: tuple[int, ...] = (_BUFFER,)
    block = _PACKED
    if suffix == ".bz2":
        import bz2

        make = bz2.BZ2Decompressor
    elif suffix == ".xz":
        import lzma

        make = functools.partial(lzma.LZMADecompressor, memlimit=_XZ_MEMORY)
    else:
        import zstandard

        make, block, limit = zstandard.ZstdDecompressor().decompressobj, _PACKED_ZSTD, ()
    # a buffer above, or lines would be read a byte at a time
    return io.BufferedReader(_Unpacked(path.open("rb"), make, block, limit), _BUFFER)


class _Unpacked(io.RawIOBase):
    """Unpacks a file of one or more compressed streams, and nothing else, to its end.

    The readers that come with bz2, lzma and zstandard take what follows a stream, or
    that it is cut off, for its end.

    Args:
        packed: the file.
        make: makes what unpacks a stream.
        block: bytes that are unpacked at once.
        limit: the most bytes that then come out, where what unpacks knows such a limit.
    """

    def __init__(
        self, packed: IO[bytes], make: Callable[[], Any], block: int, limit: tuple[int, ...]
    ) -> None:
        self._packed = packed
        self._make = make
        self._block = block
        self._limit = limit
        self._stream = make()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._packed.fileno()

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            block = b""
            if self._stream.eof:
                block = self._stream.unused_data or self._packed.read(self._block)
                if not block:
                    return 0
                self._stream = self._make()
            elif not self._limit or self._stream.needs_input:
                block = self._packed.read(self._block)
                if not block:
                    raise EOFError
            self._ready = memoryview(self._stream.decompress(block, *self._limit))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        self._packed.close()
        super().close()


def _packing(binary: IO[bytes], suffix: str) -> Any:
    """Returns what packs bytes that are written to it; the same bytes at any time."""
    if suffix == ".gz":
        return gzip.GzipFile("", fileobj=binary, mode="wb", mtime=0)
    if suffix == ".bz2":
        import bz2

        return bz2.BZ2File(binary, "wb")
    if suffix == ".xz":
        import lzma

        return lzma.LZMAFile(binary, "wb")
    if suffix == ".zst":
        import zstandard

        return zstandard.ZstdCompressor().stream_writer(binary, closefd=False)
    return contextlib.nullcontext(binary)


def _is_broken(error: Exception) -> bool:
    """Tells whether an error means that compressed bytes are no whole file."""
    names = ("BadGzipFile", "LZMAError", "ZstdError")  # without importing what is not in use
    if isinstance(error, (EOFError, zlib.error)) or type(error).__name__ in names:
        return True
    return isinstance(error, OSError) and error.errno is None  # so bz2 says it


def decoded_lines(binary: IO[bytes], source: str, longest: int = -1) -> Iterator[str]:
    r"""Yields decoded lines without their end (\n or \r\n).

    Only \n ends a line: U+2028, \v or \x85 within a token stay within it.

    Args:
        binary: bytes in UTF-8, with or without a byte-order mark.
        source: the file's name, for messages.
        longest: bytes after which a line is cut in pieces that keep no end mark to
            tell them apart; -1 never cuts. Only for readers that join lines again.

    Raises:
        CorpusError: bytes that are no UTF-8, or broken compression.
    """
    if longest > 0:
        for line in raw_lines(binary, source, longest):
            yield line.removesuffix("\n").removesuffix("\r")
        return
    unfinished: list[str] = []
    for text in _texts(binary, source):
        first, *others = text.split("\n")
        unfinished.append(first)
        if others:
            yield "".join(unfinished).removesuffix("\r")
            unfinished = [others.pop()]
            for line in others:
                yield line.removesuffix("\r")
    if last := "".join(unfinished):
        yield last.removesuffix("\r")


def _texts(binary: IO[bytes], source: str) -> Iterator[str]:
    """Yields decoded blocks; what stands before broken bytes comes before the error."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = getattr(binary, "read1", binary.read)  # which does not wait for a block to be full
    consumed = 0
    number = 1
    beginning, ended = True, False
    while not ended:
        failure: CorpusError | None = None
        try:
            raw = read(_BLOCK)
        except Exception as error:
            unreadable = _unreadable(error, source, f"{source}:{number}")
            if unreadable is None:
                raise
            raise unreadable from error
        ended = not raw
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(raw, final=ended)
        except UnicodeDecodeError as error:
            text = error.object[: error.start].decode("utf-8")
            failure = _not_utf8(source, number + text.count("\n"), consumed - pending, error)
        consumed += len(raw)
        number += text.count("\n")
        if beginning and text:
            text = text.removeprefix(_BOM)
            beginning = False
        if text:
            yield text
        if failure is not None:
            raise failure


def raw_lines(binary: IO[bytes], source: str, longest: int = -1) -> Iterator[str]:
    """Yields decoded lines with their ends; as `decoded_lines` otherwise."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    consumed = 0
    number = 1
    beginning = True
    try:
        while raw := binary.readline(longest):
            pending = len(decoder.getstate()[0])
            try:
                line = decoder.decode(raw)
            except UnicodeDecodeError as error:
                raise _not_utf8(source, number, consumed - pending, error) from error
            consumed += len(raw)
            number += raw.endswith(b"\n")
            if beginning and line:
                line = line.removeprefix(_BOM)
                beginning = False
            if line:
                yield line
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            pending = len(decoder.getstate()[0])
            raise _not_utf8(source, number, consumed - pending, error) from error
    except Exception as error:
        unreadable = _unreadable(error, source, f"{source}:{number}")
        if unreadable is None:
            raise
        raise unreadable from error


def whole(binary: IO[bytes], source: str) -> bytes:
    """Returns all bytes of an open file.

    Raises:
        CorpusError: broken compression, or it cannot be read.
    """
    try:
        return binary.read()
    except Exception as error:
        unreadable = _unreadable(error, source, source)
        if unreadable is None:
            raise
        raise unreadable from error


def _unreadable(error: Exception, source: str, place: str) -> CorpusError | None:
    """Returns what a user is told of an error in reading; None where it is another one."""
    if _is_broken(error):
        return CorpusError(place, "broken compression", "a whole file")
    if isinstance(error, OSError):
        return CorpusError(source, error.strerror or str(error), "a readable file")
    return None


def _not_utf8(source: str, number: int, base: int, error: UnicodeDecodeError) -> CorpusError:
    byte = error.object[error.start]
    position = base + error.start
    return CorpusError(f"{source}:{number}", f"byte 0x{byte:02x} at byte {position}", "UTF-8")


@contextlib.contextmanager
def atomic_binary(path: Path) -> Iterator[IO[bytes]]:
    """Opens a temporary file beside `path` that takes its name at the end.

    When the block fails, the temporary file is removed and `path` stays as it was.
    A link stays a link to the new file, which has the rights of the one it replaces; a pipe
    or a device is written to directly.

    Raises:
        CorpusError: the folder is missing or not writable.
    """
    binary: IO[bytes]
    target = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        with writable(path):
            binary = path.open("wb")
        with binary:
            yield binary
        return
    temporary = temporary_beside(target)
    try:  # from before the file is made: a signal may come at any time
        with writable(path):
            binary = temporary.open("xb", _BLOCK)
        take_rights(temporary, target)  # before it holds what others may not read
        with binary:
            yield binary
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Makes a temporary folder beside `path` that takes its name at the end.

    When the block fails, the temporary folder is removed.

    Raises:
        CorpusError: there is something at `path`, or nothing can be written there.
    """
    target = Path(os.path.realpath(path))
    temporary = temporary_beside(target)
    try:
        with writable(path):
            if os.path.lexists(target) and not _is_empty_folder(target):
                raise CorpusError(
                    str(path), "something there", "a folder that is empty or not there yet"
                )
            temporary.mkdir()
        yield temporary
        if _is_empty_folder(target):
            target.rmdir()
        temporary.replace(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def temporary_beside(target: Path) -> Path:
    """Returns a hidden name beside a file that no other process will choose."""
    name, ending = target.name, f".{os.urandom(6).hex()}"
    room = _LONGEST_NAME - len(f".{ending}")
    if room < len(os.fsencode(name)) <= _LONGEST_NAME:  # a longer one shall be refused
        name = os.fsencode(name)[:room].decode("utf-8", "ignore")
    return target.parent / f".{name}{ending}"


def take_rights(temporary: Path, target: Path) -> None:
    """Gives a new file the rights of the one that it will replace, where there is one."""
    with contextlib.suppress(OSError):  # there is none, or the file system knows no rights
        shutil.copymode(target, temporary)


@contextlib.contextmanager
def writable(path: Path) -> Iterator[None]:
    """Says of a file or folder that it cannot be made where that fails."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            str(path), f"a place that cannot be written ({error.strerror})", "a writable one"
        ) from error


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None


def write_bytes(write: Callable[[IO[bytes]], None], path: Path | None) -> None:
    """Lets a function write bytes to a file (atomically, packed by its name) or stdout."""
    if path is None:
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with atomic_binary(path) as binary, _packing(binary, path.suffix.lower()) as packed:
        write(packed)


def write_lines(lines: Iterable[str], path: Path | None) -> None:
    """Writes text line by line to a file (atomically, packed by its name) or to stdout.

    Args:
        lines: texts that bring their own line ends.
        path: where to; None for standard output.

    Raises:
        CorpusError: the file cannot be written, or a text is no Unicode text.
    """
    if path is None:
        _write_stdout(_encoded(lines, STANDARD_OUTPUT), sys.stdout)
        return
    encoded = _encoded(lines, str(path))
    with atomic_binary(path) as binary, _packing(binary, path.suffix.lower()) as packed:
        for line in encoded:
            packed.write(line)


def _encoded(lines: Iterable[str], target: str) -> Iterator[bytes]:
    beginning = True
    for line in lines:
        if beginning and line.startswith(_BOM):
            yield _BOM.encode("utf-8")  # readers take the first one for a mark
        beginning = beginning and not line
        try:
            yield line.encode("utf-8")
        except UnicodeEncodeError as error:
            raise CorpusError(target, f"half of a surrogate pair in {shown(line)}", "UTF-8") from error


def _write_stdout(lines: Iterable[bytes], stdout: TextIO) -> None:
    binary = getattr(stdout, "buffer", None)  # UTF-8 and \n whatever the terminal's settings are
    if binary is None:
        for line in lines:
            stdout.write(line.decode("utf-8"))
        stdout.flush()
        return
    block: list[bytes] = []  # each write may have to wait for threads that compute
    size = 0
    try:
        for line in lines:
            block.append(line)
            size += len(line)
            if size >= _BLOCK:
                full, block, size = block, [], 0  # before: an interruption must not repeat it
                binary.write(b"".join(full))
    finally:  # what was made before an error is written
        binary.write(b"".join(block))
        binary.flush()
