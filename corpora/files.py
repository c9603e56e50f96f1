"""Opens files for reading and writing, plain or gzipped, always UTF-8.

Knows bytes, lines and places; knows no format. Reading reports where bytes are not
UTF-8; writing goes to a temporary file that takes the name only when it is whole.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import os
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TextIO

from corpora.errors import CorpusError, shown

_BOM = "\ufeff"
STANDARD_INPUT = "<stdin>"
STANDARD_OUTPUT = "<stdout>"


def open_binary(path: Path) -> IO[bytes]:
    """Opens a file for reading, unpacking `.gz`.

    Raises:
        CorpusError: there is no such file, or it may not be read.
    """
    try:
        if not path.exists():
            raise CorpusError(str(path), "nothing there", "a file")
        if path.is_dir():
            raise CorpusError(str(path), "a directory", "a file")
        if path.suffix == ".gz":
            return gzip.open(path, "rb")  # type: ignore[return-value]
        return path.open("rb")
    except OSError as error:
        raise CorpusError(str(path), error.strerror or str(error), "a readable file") from error


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
    for line in raw_lines(binary, source, longest):
        yield line.removesuffix("\n").removesuffix("\r")


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
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CorpusError(f"{source}:{number}", "broken compression", "a whole gzip file") from error
    except OSError as error:
        raise CorpusError(source, error.strerror or str(error), "a readable file") from error


def _not_utf8(source: str, number: int, base: int, error: UnicodeDecodeError) -> CorpusError:
    byte = error.object[error.start]
    position = base + error.start
    return CorpusError(f"{source}:{number}", f"byte 0x{byte:02x} at byte {position}", "UTF-8")


@contextlib.contextmanager
def atomic_binary(path: Path) -> Iterator[IO[bytes]]:
    """Opens a temporary file beside `path` that takes its name at the end.

    When the block fails, the temporary file is removed and `path` stays as it was.
    A link stays a link to the new file; a pipe or a device is written to directly.

    Raises:
        CorpusError: the folder is missing or not writable.
    """
    target = Path(os.path.realpath(path))
    try:
        if path.exists() and not path.is_file():
            handle, name = os.open(path, os.O_WRONLY), ""
        else:
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise CorpusError(
            str(path), f"a place that cannot be written ({error.strerror})", "a writable one"
        ) from error
    if not name:
        with os.fdopen(handle, "wb") as binary:
            yield binary
        return
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as binary:
            yield binary
        # mkstemp makes the file private; give it the rights an ordinary new file has
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_lines(lines: Iterable[str], path: Path | None) -> None:
    """Writes text line by line to a file (atomically, `.gz` packed) or to stdout.

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
    with atomic_binary(path) as binary:
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=binary, mode="wb", mtime=0) as packed:
                packed.writelines(encoded)
        else:
            binary.writelines(encoded)


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
    binary = getattr(stdout, "buffer", None)
    for line in lines:
        if binary is not None:  # UTF-8 and \n whatever the terminal's settings are
            binary.write(line)
        else:
            stdout.write(line.decode("utf-8"))
    stdout.flush()
