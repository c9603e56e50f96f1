"""CSV and TSV tables with a header: one row a token, or one row a sentence.

    sentence,form,UPOS            tokens,ner_tags
    1,Ada,PROPN                   "[""Ada"", ""slept""]","[""B-PER"", ""O""]"
    1,slept,VERB

The header tells which: a column of tokens ("token", "word", "form") has one a row, and a
column "sentence" (or "Sentence #", "sent_id" …) ends sentences where its value changes; an
empty value goes on with the sentence, and so a blank row ends one. A column of lists
("tokens", "words") has a sentence a row: lists in JSON, as Python or NumPy print them, or
words between spaces. Every other column is a layer of tags, but beside lists one of no lists.
"""

from __future__ import annotations

import ast
import csv
import dataclasses
import io
import itertools
import json
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpora.errors import CorpusError, shown
from corpora.formats.records import (
    BESIDE,
    COMMENTS,
    NEW_DOCUMENT,
    OFFSETS,
    SENTENCE_IDS,
    TEXT,
    TOKENS,
    count_up,
    to_record,
    to_sentence,
)
from corpora.naming import (
    BESIDE_FIELDS,
    LAYER_FIELDS,
    LIST_FIELDS,
    SENTENCE_FIELDS,
    TOKEN_FIELDS,
    field_of,
    layer_of,
)
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

_FORM, _SENTENCE = "form", "sentence"
_ITEM = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[0-9]+)"""
_NUMPY = re.compile(rf"\[\s*{_ITEM}(?:\s+{_ITEM})+\s*\]")  # no commas
_YES = ("1", "true", "yes")
# a field is a line at most; the module's own limit of 128 KiB would refuse long sentences
_LONGEST = min(sys.maxsize, 2**31 - 1)
_Row = tuple[int, list[str]]  # the number of its last line, and its cells


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of a table are.

    Attributes:
        names: all of them.
        form: position of the column of tokens, counted from 0.
        sentence: that of the column that tells sentences apart, or None.
        layers: layer → position.
    """

    names: tuple[str, ...]
    form: int
    sentence: int | None
    layers: dict[str, int]

    def position(self, name: str) -> int | None:
        """Returns where a column of this name stands."""
        return self.names.index(name) if name in self.names else None


def read_csv(
    lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS
) -> Iterator[Sentence]:
    """Yields the sentences of a table; commas (or another mark) separate its columns.

    Args:
        lines: with their ends, for a cell may hold line breaks.

    Raises:
        CorpusError: the header names no tokens, or a row does not fit it.
    """
    return _read(lines, source, options, options.separator or ",")


def read_tsv(
    lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS
) -> Iterator[Sentence]:
    """Yields the sentences of a table whose columns tabs separate. See `read_csv`."""
    return _read(lines, source, options, options.separator or "\t")


def beyond_csv(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[str]:
    """Yields the names of what stands in a table and in none of its sentences.

    Raises:
        CorpusError: the header names no tokens.
    """
    return _beyond(lines, source, options, options.separator or ",")


def beyond_tsv(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[str]:
    """Yields the same of a table whose columns tabs separate. See `beyond_csv`."""
    return _beyond(lines, source, options, options.separator or "\t")


def write_csv(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields the lines of a table with commas.

    Raises:
        CorpusError: a sentence has other layers than the first one.
    """
    return _write(sentences, options, ",")


def write_tsv(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields the lines of a table with tabs. See `write_csv`."""
    return _write(sentences, options, "\t")


def is_header(cells: Sequence[str]) -> bool:
    """Tells whether a first row is the header of a table, not a token with its tags.

    >>> is_header(["sentence", "word", "tag"]), is_header(["word", "NOUN"])
    (True, False)
    """
    lowered = [cell.strip().lower() for cell in cells]
    beside = (*SENTENCE_FIELDS, *LAYER_FIELDS)
    return any(cell in TOKEN_FIELDS for cell in lowered) and any(
        cell in beside or cell.endswith("_tags") for cell in lowered
    )


def _read(lines: Iterable[str], source: str, options: ReadOptions, separator: str) -> Iterator[Sentence]:
    begun = _begun(lines, source, options, separator)
    if begun is None:
        return
    header, (first, rows) = begun
    if _has_sentence_rows(header, first[1]):
        header = _with_lists(header, first[1], source, options)
        yield from _sentence_rows(itertools.chain([first], rows), header, source, options)
    else:
        yield from _token_rows(itertools.chain([first], rows), header, source, options, separator)


def _beyond(lines: Iterable[str], source: str, options: ReadOptions, separator: str) -> Iterator[str]:
    begun = _begun(lines, source, options, separator)
    if begun is None:
        return
    header, (first, rows) = begun
    held: set[int | None] = {header.form, *header.layers.values()}
    if _has_sentence_rows(header, first[1]):
        held |= {i for i, name in enumerate(header.names) if name.strip().lower() in BESIDE}
    else:
        held |= {header.sentence, header.position(NEW_DOCUMENT)}
        at = header.sentence
        ids = (row[at] for _, row in itertools.chain([first], rows) if at is not None and at < len(row))
        if not count_up(ids):
            yield SENTENCE_IDS
    yield from (f"the column {shown(name)}" for i, name in enumerate(header.names) if i not in held)


def _begun(
    lines: Iterable[str], source: str, options: ReadOptions, separator: str
) -> tuple[Header, tuple[_Row, Iterator[_Row]]] | None:
    """Returns the header of a table, its first row and the others; None where there are none."""
    if len(separator) != 1 or separator in '"\r\n':
        raise CorpusError("separator", shown(separator), "one character, no quote or line break")
    csv.field_size_limit(_LONGEST)
    table = csv.reader(lines, delimiter=separator, strict=True)
    rows = _checked(table, source)
    _, names = next((row for row in rows if row[1]), (0, []))
    if not names:
        return None
    header = _header(names, source, options.columns)
    first = next(((number, row) for number, row in rows if row), None)
    if first is None:
        return None
    _check_width(first[1], header, f"{source}:{first[0]}")
    return header, (first, rows)


def _checked(table: csv._reader, source: str) -> Iterator[_Row]:  # type: ignore[name-defined]
    """Yields rows, each with the number of its (last) line."""
    try:
        for row in table:
            yield table.line_num, row
    except csv.Error as error:
        place = f"{source}:{table.line_num}"
        raise CorpusError(place, f"a broken row ({error})", "cells, quoted where need be") from error


def _header(names: Sequence[str], source: str, columns: str | None) -> Header:
    declared = _declared(names, columns, source)
    lowered = [name.strip().lower() for name in names]

    def find(key: str, fields: Sequence[str]) -> int | None:
        if key in declared:
            return declared[key]
        return next((lowered.index(field) for field in fields if field in lowered), None)

    form, sentence = find(_FORM, TOKEN_FIELDS), find(_SENTENCE, SENTENCE_FIELDS)
    if form is None:
        raise CorpusError(
            f"{source}:1", f"the columns {', '.join(names)}", f"one of {', '.join(TOKEN_FIELDS)}"
        )
    layers: dict[str, int] = {}
    for i, name in enumerate(names):
        layer = next((key for key, place in declared.items() if place == i), layer_of(name.strip()))
        if i in (form, sentence) or lowered[i] in BESIDE_FIELDS or not name.strip():
            continue
        if layer in layers:
            raise CorpusError(f"{source}:1", f"two columns for the layer {layer}", "different names")
        layers[layer] = i
    return Header(tuple(names), form, sentence, layers)


def _has_sentence_rows(header: Header, row: Sequence[str]) -> bool:
    """Tells whether a row is a sentence: its tokens stand in a column that is named like a
    list, and are one, or no other column tells which sentence they belong to."""
    cell = row[header.form]
    lists = header.names[header.form].strip().lower() in LIST_FIELDS
    return lists and (header.sentence is None or _is_list(cell) or len(cell.split()) > 1)


def _with_lists(header: Header, row: Sequence[str], source: str, options: ReadOptions) -> Header:
    """Leaves out columns that hold no lists beside tokens that are one."""
    if not _is_list(row[header.form]):
        return header
    layers = {layer: i for layer, i in header.layers.items() if _is_list(row[i])}
    for layer, i in header.layers.items():
        if layer not in layers:
            message = f"the column {shown(header.names[i])} holds no lists and is left out"
            options.report(Remark("columns left out", f"{source}:1", message))
    return dataclasses.replace(header, layers=layers)


def _declared(names: Sequence[str], columns: str | None, source: str) -> dict[str, int]:
    declared = {}
    places = {str(i + 1): i for i in range(len(names))} | {name: i for i, name in enumerate(names)}
    for item in (columns or "").split(",") if columns else ():
        name, _, where = item.partition("=")
        if where not in places:
            raise CorpusError(source, f"columns {shown(item)}", f"NAME=COLUMN, of {', '.join(names)}")
        declared[name.strip()] = places[where]
    return declared


def _token_rows(
    rows: Iterator[_Row],
    header: Header,
    source: str,
    options: ReadOptions,
    separator: str,
) -> Iterator[Sentence]:
    held: list[list[str]] = []
    first = 0
    current = ""
    fresh = header.position(NEW_DOCUMENT)

    def sentence() -> Sentence:
        columns = list(zip(*held, strict=True))
        return Sentence(
            tokens=list(columns[header.form]),
            tags={layer: list(columns[i]) for layer, i in header.layers.items()},
            new_document=fresh is not None and held[0][fresh].lower() in _YES,
            source=source,
            line=first,
        )

    for number, row in rows:
        if not row:
            if held:
                yield sentence()
                held = []
            continue
        _check_width(row, header, f"{source}:{number}")
        for cell in row:
            if _runs_on(cell, separator):
                expected = "a quotation mark in a cell written twice, and quotes around it"
                raise CorpusError(f"{source}:{number}", f"the cell {shown(cell)}", expected)
        key = row[header.sentence] if header.sentence is not None else ""
        if held and key and key != current:
            yield sentence()
            held = []
        if not held:
            first = number
        current = key or current
        held.append(row)
    if held:
        yield sentence()


def _sentence_rows(
    rows: Iterator[_Row], header: Header, source: str, options: ReadOptions
) -> Iterator[Sentence]:
    field = header.names[header.form]
    layers = {layer: header.names[i] for layer, i in header.layers.items()}
    for number, row in rows:
        if not row:
            continue
        place = f"{source}:{number}"
        _check_width(row, header, place)
        record: dict[str, object] = {}
        for name, cell in zip(header.names, row, strict=True):
            key = name.strip().lower() if name.strip().lower() in BESIDE else name
            if name == field or name in layers.values() or (key in (OFFSETS, COMMENTS) and cell):
                record[key] = _list(cell, place)
            elif key == TEXT:
                record[key] = cell
            elif key == NEW_DOCUMENT:
                record[key] = cell.lower() in _YES
        if not record.get(OFFSETS):  # an empty text is none
            record[TEXT] = record.get(TEXT) or None
        yield to_sentence(record, field, layers, options.classes, source, number, options)


def _check_width(row: Sequence[str], header: Header, place: str) -> None:
    if len(row) != len(header.names):
        raise CorpusError(place, f"{len(row)} cell" + "s" * (len(row) != 1), str(len(header.names)))


def _runs_on(cell: str, separator: str) -> bool:
    """Tells whether a cell is more likely the rest of a row and the beginning of another,
    between two quotation marks that are tokens: columns written without regard to quotes."""
    return "\n" in cell and separator in cell


def _is_list(cell: str) -> bool:
    return cell.lstrip().startswith("[")


def _list(cell: str, place: str) -> list[object]:
    """Reads a list: in JSON, as Python or NumPy print it, or words between spaces."""
    if not _is_list(cell):
        return list(cell.split())
    try:
        if _NUMPY.fullmatch(cell.strip()):  # Python would join strings without commas
            return [_literal(item) for item in re.findall(_ITEM, cell)]
        try:
            value = json.loads(cell)
        except (ValueError, RecursionError):
            value = _literal(cell)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise CorpusError(place, shown(cell), 'a list: ["one", "two"]') from error
    if not isinstance(value, list):
        raise CorpusError(place, shown(cell), 'a list: ["one", "two"]')
    return value


def _literal(text: str) -> object:
    """Reads a value as Python writes it, without its warnings ("\\d" is no escape)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


def _write(sentences: Iterable[Sentence], options: WriteOptions, separator: str) -> Iterator[str]:
    buffer = io.StringIO()
    # Python 3.12 and older quote a line break of those that end a row only
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")

    def line(cells: Sequence[object]) -> str:
        writer.writerow(cells)
        text = buffer.getvalue().removesuffix("\r\n") + "\n"
        buffer.seek(0)
        buffer.truncate()
        return text

    layers: list[str] = []
    beside: tuple[str, ...] = ()
    by_token = options.rows != "sentence"
    began = False
    for number, sentence in enumerate(sentences, 1):
        if not sentence.tokens and by_token:
            message = "a sentence without tokens cannot stand in rows of tokens and is left out"
            options.report(Remark("empty sentences left out", sentence.place(), message))
            continue
        if not began:
            began = True
            layers = list(sentence.tags)
            fields = [field_of(layer, sentence.place()) for layer in layers]
            beside = (NEW_DOCUMENT,) if by_token else BESIDE
            yield line([*((_SENTENCE, _FORM) if by_token else (TOKENS,)), *fields, *beside])
        record = to_record(sentence, layers)
        if by_token:
            columns = zip(sentence.tokens, *(sentence.tags[layer] for layer in layers), strict=True)
            rows = [
                [number, *cells, int(sentence.new_document and not i)] for i, cells in enumerate(columns)
            ]
        else:
            rows = [list(map(_cell, record.values()))]
        for row in rows:
            for cell in row:
                if isinstance(cell, str) and "\0" in cell:  # Python 3.10 cannot read it again
                    raise CorpusError(sentence.place(), f"a NUL in {shown(cell)}", "none in a table")
                if by_token and isinstance(cell, str) and _runs_on(cell, separator):
                    expected = "no line break together with the mark between columns"
                    raise CorpusError(sentence.place(), f"a cell {shown(cell)}", expected)
            yield line(row)


def _cell(value: object) -> object:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value
