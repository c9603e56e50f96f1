"""The table of formats, and reading and writing by format name.

A reader takes lines and yields sentences; a writer takes sentences and yields text.
Both stream. A new format is one file beside the others and one row here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpora import columns, conllu, jsonl, plain
from corpora.columns import Layout
from corpora.errors import CorpusError, shown
from corpora.files import STANDARD_INPUT, decoded_lines, open_binary, raw_lines, write_lines
from corpora.sentence import Sentence

_PIECE = 1 << 16  # bytes of a text's line that are looked at at once


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table.

    Attributes:
        name: what `--from` and `--to` call it.
        suffixes: of file names, without `.gz`.
        about: one line for people.
        read: (lines, source) → sentences.
        write: sentences → text, or None where the format is only read.
        tagged: a file of it may hold tags, so that it can be trained on.
    """

    name: str
    suffixes: tuple[str, ...]
    about: str
    read: Callable[[Iterable[str], str], Iterator[Sentence]]
    write: Callable[[Iterable[Sentence]], Iterator[str]] | None
    tagged: bool = True


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "conll",
            (".conll", ".tsv", ".iob2", ".iob", ".bio", ".bioes", ".bilou", ".col"),
            "one token a line in columns, a blank line between sentences",
            columns.read,
            columns.write,
        ),
        Format(
            "conllu",
            (".conllu",),
            "CoNLL-U, the ten columns of Universal Dependencies",
            conllu.read,
            conllu.write,
        ),
        Format(
            "jsonl",
            (".jsonl", ".ndjson"),
            "one JSON object a sentence, with offsets and spans",
            jsonl.read,
            jsonl.write,
        ),
        Format(
            "text",
            (".txt", ".text"),
            "raw text, split into sentences and tokens",
            plain.read,
            None,
            tagged=False,
        ),
    )
}


def detect_format(path: Path) -> str | None:
    """Returns the format that a file's name tells, or None.

    >>> detect_format(Path("dev.conllu.gz"))
    'conllu'
    """
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    suffix = suffixes[-1] if suffixes else ""
    return next((f.name for f in FORMATS.values() if suffix in f.suffixes), None)


class Split:
    """The sentences of one file (or of standard input), read anew at each iteration.

    Args:
        path: the file; None for standard input, which can be read once.
        format: a name of the table; None to go by the file's name, then by "conll".
        separator, columns: declared layout of a column file (see `columns.sniff`).
        layout: layout taken over from another file of the same corpus.
    """

    def __init__(
        self,
        path: Path | None,
        format: str | None = None,
        *,
        separator: str | None = None,
        columns: str | None = None,
        layout: Layout | None = None,
    ) -> None:
        self.path = path
        self.source = STANDARD_INPUT if path is None else str(path)
        self.format = format or (path and detect_format(path)) or "conll"
        if self.format not in FORMATS:
            raise CorpusError("format", shown(self.format), f"one of {', '.join(FORMATS)}")
        self.layout = layout
        self._declared = (separator, columns)
        self._lines: Iterator[str] | None = None

    def __iter__(self) -> Iterator[Sentence]:
        if self.format == "conll":
            lines = self._sniffed()
            self._lines = None
            return columns.read(lines, self.source, self.layout)
        return FORMATS[self.format].read(self._open(), self.source)

    def sniff(self) -> Layout | None:
        """Returns the layout of a column file, looking at its first lines if need be."""
        if self.format == "conll" and self.layout is None:
            self._lines = self._sniffed()
        return self.layout

    def _sniffed(self) -> Iterator[str]:
        if self._lines is not None:
            return self._lines
        lines = self._open()
        if self.layout is None:
            self.layout, lines = columns.sniff(lines, self.source, *self._declared)
        return lines

    def _open(self) -> Iterator[str]:
        text = self.format == "text"
        binary = sys.stdin.buffer if self.path is None else open_binary(self.path)
        with binary:
            if text:
                yield from raw_lines(binary, self.source, _PIECE)
            else:
                yield from decoded_lines(binary, self.source)


def read(path: str | Path, format: str | None = None) -> Iterator[Sentence]:
    """Yields the sentences of a file.

    Args:
        path: the file, perhaps `.gz`.
        format: a name of FORMATS; None to go by the file's name.

    Raises:
        CorpusError: the file cannot be read, with the place.
    """
    return iter(Split(Path(path), format))


def write(
    sentences: Iterable[Sentence],
    path: str | Path | None,
    format: str | None = None,
    layout: Layout | None = None,
) -> None:
    """Writes sentences to a file, whole or not at all, or to standard output.

    Args:
        sentences: what to write.
        path: the file, `.gz` to pack it; None for standard output.
        format: a name of FORMATS; None to go by the file's name.
        layout: order and separator of the columns, for "conll".

    Raises:
        CorpusError: the format cannot hold a sentence, or the file not be written.
    """
    target = None if path is None else Path(path)
    name = format or (target and detect_format(target)) or "conll"
    write_lines(rendered(sentences, name, layout), target)


def rendered(sentences: Iterable[Sentence], format: str, layout: Layout | None = None) -> Iterator[str]:
    """Yields the text of sentences in a format that can be written.

    Raises:
        CorpusError: there is no such format, or it is only read.
    """
    writer = FORMATS[format].write if format in FORMATS else None
    if writer is None:
        raise CorpusError("format", shown(format), f"one of {', '.join(writable())}")
    return columns.write(sentences, layout) if format == "conll" else writer(sentences)


def writable() -> list[str]:
    """Names the formats that have a writer."""
    return [f.name for f in FORMATS.values() if f.write is not None]
