"""Reading and writing files of any format: opens them and calls the format's page.

Everything streams where the format allows. Knows the table of formats, but nothing of
what stands in a file of one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from corpora.errors import CorpusError, shown
from corpora.files import (
    STANDARD_INPUT,
    atomic_folder,
    decoded_lines,
    open_binary,
    raw_lines,
    whole,
    write_bytes,
    write_lines,
)
from corpora.formats import columns
from corpora.formats.columns import Layout
from corpora.formats.recognition import Recognised, comes_once, known_format, recognise
from corpora.formats.table import BINARY, FOLDER, FORMATS, LINES, PIECES, Format
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

_PIECE = 1 << 16  # bytes of a text's line that are looked at at once
_INFO = "dataset_info.json"  # what `datasets` puts beside its files


class Split:
    """The sentences of one file (or of standard input), read anew at each iteration.

    Args:
        path: the file, or a folder for a format of folders; None for standard input,
            which can be read once.
        format: a name of the table; None to go by the file's name and content, then by
            "conll".
        options: how it is read.
        layout: layout of columns taken over from another file of the same corpus.
        source: its name, for messages, where that of the file is another one.

    Raises:
        CorpusError: there is no such format.
    """

    def __init__(
        self,
        path: Path | None,
        format: str | None = None,
        options: ReadOptions = READ_DEFAULTS,
        *,
        layout: Layout | None = None,
        source: str = "",
    ) -> None:
        self.path = path
        self.source = source or (STANDARD_INPUT if path is None else str(path))
        self.format = format or self._recognised(options)
        if self.format not in FORMATS:
            raise CorpusError("format", shown(self.format), f"one of {', '.join(FORMATS)}")
        if options.columns is not None and not FORMATS[self.format].declared:
            options.report(undeclared(self.source, options.columns, self.format))
        self.options = _with_classes(options, path)
        self.layout = layout
        self._lines: Iterator[str] | None = None
        self._binary: Callable[[], IO[bytes] | None] = lambda: None

    def __iter__(self) -> Iterator[Sentence]:
        if self.format == "conll":
            lines = self._sniffed()
            self._lines = None
            return columns.read(lines, self.source, self.options, self.layout)
        return self._read(FORMATS[self.format])

    def sniff(self) -> Layout | None:
        """Returns the layout of a column file, looking at its first lines if need be."""
        if self.format == "conll" and self.layout is None:
            self._lines = self._sniffed()
        return self.layout

    def beyond(self) -> list[str]:
        """Returns the names of what stands in the file and in no sentence that is read from it:
        in tables, ids of sentences that do not count them and columns that are no layers.
        Of what can be read but once, none.

        Raises:
            CorpusError: the file cannot be read.
        """
        row = FORMATS[self.format]
        if self.path is None or comes_once(self.path) or not hasattr(row.page, row.function("beyond")):
            return []
        return list(self._read(row, "beyond"))

    def position(self) -> int:
        """Returns how many bytes of the file have been read, packed ones where it is
        packed; 0 where it is not open, or no file."""
        binary = self._binary()
        try:
            return 0 if binary is None else os.lseek(binary.fileno(), 0, os.SEEK_CUR)
        except (OSError, ValueError):  # a pipe has no position, what is closed no number
            return 0

    def _recognised(self, options: ReadOptions) -> str:
        found = None if self.path is None else recognise(self.path)
        if found is None:
            found = Recognised("conll", "neither its name nor its content tells")
        if found.why:
            message = f"read as {found.format}: {found.why} (--from overrides)"
            options.report(Remark("formats recognised", self.source, message))
        return found.format

    def _sniffed(self) -> Iterator[str]:
        if self._lines is not None:
            return self._lines
        lines = self._text(LINES)
        if self.layout is None:
            options = self.options
            self.layout, lines = columns.sniff(lines, self.source, options.separator, options.columns)
        return lines

    def _read(self, format: Format, verb: str = "read") -> Iterator[Any]:
        reader = getattr(format.page, format.function(verb))
        if format.kind == FOLDER:
            if self.path is None:
                raise CorpusError(self.source, f"{format.name} on standard input", "a folder")
            yield from reader(self.path, self.options)
        elif format.kind == BINARY:
            with self._seekable() as binary:
                yield from reader(binary, self.source, self.options)
        else:
            yield from reader(self._text(format.kind), self.source, self.options)

    def _seekable(self) -> IO[bytes]:
        """Opens a file that can be read in any order; what is packed, in memory."""
        binary = self._open()
        if self.path is not None and binary.seekable() and isinstance(binary, io.BufferedReader):
            return binary
        with binary:
            return io.BytesIO(whole(binary, self.source))

    def _open(self) -> IO[bytes]:
        binary = sys.stdin.buffer if self.path is None else open_binary(self.path)
        self._binary = weakref.ref(binary)  # which whoever reads it closes
        return binary

    def _text(self, kind: str) -> Iterator[str]:
        with self._open() as binary:
            if kind == LINES:
                yield from decoded_lines(binary, self.source)
            else:
                yield from raw_lines(binary, self.source, _PIECE if kind == PIECES else -1)


def reopenable(
    path: Path | None,
    format: str | None = None,
    options: ReadOptions = READ_DEFAULTS,
    *,
    layout: Layout | None = None,
) -> Split:
    """Returns a split that can be iterated again and again, also of what can be read but once.

    A pipe, a terminal and standard input are copied to a temporary file that goes with the split.

    Args:
        path, format, options, layout: as for `Split`.

    Raises:
        CorpusError: as `Split`, or what has to be copied cannot be.
    """
    if path is not None and not comes_once(path):
        return Split(path, format, options, layout=layout)
    source = STANDARD_INPUT if path is None else str(path)
    folder = tempfile.mkdtemp()
    try:
        copy = Path(folder, "stdin" if path is None else path.name)  # the name tells the format
        opened = contextlib.nullcontext(sys.stdin.buffer) if path is None else path.open("rb")
        with opened as binary, copy.open("wb") as file:
            shutil.copyfileobj(binary, file)
        split = Split(copy, format, options, layout=layout, source=source)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise CorpusError(source, error.strerror or str(error), "a readable file") from error
        raise
    weakref.finalize(split, shutil.rmtree, folder, ignore_errors=True)
    return split


def undeclared(source: str, columns: str, format: str) -> Remark:
    """Returns what a user is told who declares the columns of a format that has none."""
    formats = ", ".join(f.name for f in FORMATS.values() if f.declared)
    message = f"columns {shown(columns)} count for nothing in {format}, only in {formats}"
    return Remark("columns for nothing", source, message)


def read(
    path: str | Path, format: str | None = None, options: ReadOptions = READ_DEFAULTS
) -> Iterator[Sentence]:
    """Yields the sentences of a file.

    Args:
        path: the file, perhaps compressed.
        format: a name of FORMATS; None to go by the file's name and content.
        options: how it is read.

    Raises:
        CorpusError: the file cannot be read, with the place.
    """
    return iter(Split(Path(path), format, options))


def write(
    sentences: Iterable[Sentence],
    path: str | Path | None,
    format: str | None = None,
    layout: Layout | None = None,
    options: WriteOptions = WRITE_DEFAULTS,
) -> None:
    """Writes sentences to a file, whole or not at all, or to standard output.

    Args:
        sentences: what to write.
        path: the file, compressed where its name says so; None for standard output.
        format: a name of FORMATS; None to go by the file's name.
        layout: order and separator of the columns, for "conll".
        options: how they are written.

    Raises:
        CorpusError: the format cannot hold a sentence, or the file not be written.
    """
    target = None if path is None else Path(path)
    name = format or (known_format(target) if target else "conll")
    row = _row(name)
    if row.kind == FOLDER:
        if target is None:
            raise CorpusError("<stdout>", f"{name}, which is a folder", "a file format, or --output")
        with atomic_folder(target) as folder:
            getattr(row.page, row.function("write"))(sentences, folder, options)
    elif row.kind == BINARY:
        writer = getattr(row.page, row.function("write"))
        write_bytes(lambda binary: writer(sentences, binary, options), target)
    else:
        write_lines(rendered(sentences, name, layout, options), target)


def rendered(
    sentences: Iterable[Sentence],
    format: str,
    layout: Layout | None = None,
    options: WriteOptions = WRITE_DEFAULTS,
) -> Iterator[str]:
    """Yields the text of sentences in a format of lines.

    Raises:
        CorpusError: there is no such format, or it is none of lines.
    """
    row = _row(format)
    if row.kind in (BINARY, FOLDER):
        raise CorpusError("format", f"{format}, which is no text", "a format of lines")
    if format == "conll":
        return columns.write(sentences, options, layout)
    found: Iterator[str] = getattr(row.page, row.function("write"))(sentences, options)
    return found


def _row(name: str) -> Format:
    if name not in FORMATS:
        raise CorpusError("format", shown(name), f"one of {', '.join(FORMATS)}")
    return FORMATS[name]


def _with_classes(options: ReadOptions, path: Path | None) -> ReadOptions:
    """Adds the names of classes that a data set keeps beside its files."""
    info = None if path is None else path.parent / _INFO
    if info is None or not os.path.isfile(info):  # noqa: PTH113 - is_file raises on an overlong name
        return options
    from corpora.formats.records import classes_of

    try:
        features = json.loads(info.read_text(encoding="utf-8"))["features"]
        found = classes_of(features)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusError(str(info), f"no features ({error!r})", "those that datasets writes") from error
    return dataclasses.replace(options, classes={**found, **options.classes})
