"""Parquet tables, as data frames and Hugging Face data sets are stored; through pyarrow
(extra `parquet`, part of `train`).

One row a sentence (lists of strings) or a token, told apart by the type of the column of
tokens. Numbers get the names of their classes from what `datasets` writes into the file.
Read and written in groups of rows: memory does not grow with the file.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from corpora.errors import CorpusError, shown
from corpora.formats.records import (
    BESIDE,
    COMMENTS,
    NEW_DOCUMENT,
    OFFSETS,
    SENTENCE_IDS,
    TEXT,
    TOKENS,
    check_layers,
    classes_of,
    count_up,
    fields,
    to_record,
    to_sentence,
)
from corpora.naming import BESIDE_FIELDS, SENTENCE_FIELDS, TOKEN_FIELDS, field_of, layer_of
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

if TYPE_CHECKING:
    import pyarrow
    from pyarrow import parquet

_ROWS_AT_ONCE = 1000
_SENTENCE, _FORM = "sentence", "form"


def read_binary(
    binary: IO[bytes], source: str, options: ReadOptions = READ_DEFAULTS
) -> Iterator[Sentence]:
    """Yields the sentences of a table; the number of a row stands for its line.

    Raises:
        CorpusError: the file is no Parquet file, or has no column of tokens.
    """
    with _opened(binary, source) as file:
        yield from _sentences(_rows(file), file.schema_arrow, source, options)


def beyond_binary(binary: IO[bytes], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[str]:
    """Yields the names of what stands in a table and in none of its sentences.

    Raises:
        CorpusError: as `read_binary`.
    """
    with _opened(binary, source) as file:
        schema = file.schema_arrow
        classes = {**_classes(schema), **options.classes}
        form = _form(schema)
        if form is None:
            tokens, layers = fields(schema.names, _lists(schema, classes), source)
            held = {tokens, *layers.values(), *BESIDE, *_unnamed(schema, classes)}
        else:
            key, layers = _token_columns(schema, form, source, classes)
            held = {form, key, *layers.values(), NEW_DOCUMENT}
            if not count_up(row[key] for row in _rows(file, [key])):
                yield SENTENCE_IDS
        yield from (f"the column {shown(name)}" for name in schema.names if name not in held)


def write_binary(
    sentences: Iterable[Sentence], binary: IO[bytes], options: WriteOptions = WRITE_DEFAULTS
) -> None:
    """Writes a table of one row a sentence, or a token.

    Raises:
        CorpusError: a sentence has other layers than the first one.
    """
    import pyarrow
    from pyarrow import parquet

    iterator = iter(sentences)
    first = next(iterator, None)
    layers = [] if first is None else [field_of(layer, first.place()) for layer in first.tags]
    make = _token_records if options.rows == "token" else _sentence_records
    schema = _schema(layers, options.rows == "token")
    records = make(itertools.chain([] if first is None else [first], iterator), layers, options)
    with parquet.ParquetWriter(binary, schema) as writer:
        try:
            while some := list(itertools.islice(records, _ROWS_AT_ONCE)):
                writer.write_table(pyarrow.Table.from_pylist(some, schema=schema))
        except UnicodeEncodeError as error:
            raise CorpusError("Parquet", "half of a surrogate pair", "UTF-8") from error


@contextlib.contextmanager
def _opened(binary: IO[bytes], source: str) -> Iterator[parquet.ParquetFile]:
    import pyarrow
    from pyarrow import parquet

    try:
        yield parquet.ParquetFile(binary)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CorpusError(source, f"no Parquet file ({shown(str(error))})", "one") from error


def _rows(file: parquet.ParquetFile, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns):
        yield from batch.to_pylist()


def _sentences(
    rows: Iterator[dict[str, Any]], schema: pyarrow.Schema, source: str, options: ReadOptions
) -> Iterator[Sentence]:
    classes = {**_classes(schema), **options.classes}
    form = _form(schema)
    if form is not None:
        yield from _from_tokens(rows, schema, form, source, options, classes)
        return
    for name in _unnamed(schema, classes):
        message = f"the column {name} holds numbers without names and is left out"
        message += f" (--classes {layer_of(name)}=NAME,NAME,… names them)"
        options.report(Remark("columns left out", source, message))
    tokens, layers = fields(schema.names, _lists(schema, classes), source)
    for number, row in enumerate(rows, 1):
        yield to_sentence(row, tokens, layers, classes, source, number, options)


def _form(schema: pyarrow.Schema) -> str | None:
    """Returns the column of tokens of a table of one row a token; None where it is none."""
    plain = {f.name.lower(): f.name for f in schema if _is_text(f.type)}
    return next((plain[name] for name in TOKEN_FIELDS if name in plain), None)


def _lists(schema: pyarrow.Schema, classes: Mapping[str, tuple[str, ...]]) -> dict[str, bool]:
    """Returns the columns of lists, and whether they may hold tags."""
    import pyarrow.types as kinds

    return {
        field.name: _is_text(field.type.value_type)
        or (kinds.is_integer(field.type.value_type) and layer_of(field.name) in classes)
        for field in schema
        if kinds.is_list(field.type) or kinds.is_large_list(field.type)
    }


def _unnamed(schema: pyarrow.Schema, classes: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Returns the columns of lists of numbers that no classes name."""
    import pyarrow.types as kinds

    lists = _lists(schema, classes)
    return [
        field.name
        for field in schema
        if lists.get(field.name) is False and kinds.is_integer(field.type.value_type)
    ]


def _is_text(kind: pyarrow.DataType) -> bool:
    """Tells whether a type is one of strings, as pandas and polars write them too."""
    import pyarrow.types as kinds

    if kinds.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _from_tokens(
    rows: Iterator[dict[str, Any]],
    schema: pyarrow.Schema,
    form: str,
    source: str,
    options: ReadOptions,
    classes: Mapping[str, tuple[str, ...]],
) -> Iterator[Sentence]:
    key, layers = _token_columns(schema, form, source, classes)
    current = None

    def sentence_of(item: tuple[int, dict[str, Any]]) -> object:
        nonlocal current
        found = item[1][key]
        current = current if found in (None, "") else found  # an empty one goes on
        return current

    for _, members in itertools.groupby(enumerate(rows, 1), sentence_of):
        group = list(members)
        record: dict[str, Any] = {field: [row[field] for _, row in group] for field in layers.values()}
        record[form] = [row[form] for _, row in group]
        record[NEW_DOCUMENT] = group[0][1].get(NEW_DOCUMENT) is True
        yield to_sentence(record, form, layers, classes, source, group[0][0], options)


def _token_columns(
    schema: pyarrow.Schema, form: str, source: str, classes: Mapping[str, tuple[str, ...]]
) -> tuple[str, dict[str, str]]:
    """Finds, beside the column of tokens, the one that tells sentences apart and those of layers.

    Raises:
        CorpusError: none tells sentences apart.
    """
    lowered = {name.lower(): name for name in schema.names}
    key = next((lowered[name] for name in SENTENCE_FIELDS if name in lowered), None)
    if key is None:
        expected = f"one that tells sentences apart: {', '.join(SENTENCE_FIELDS[:3])}"
        raise CorpusError(source, f"the columns {', '.join(schema.names)}", expected)
    layers = {
        layer_of(field.name): field.name
        for field in schema
        if field.name not in (form, key)
        and field.name not in BESIDE_FIELDS
        and (_is_text(field.type) or layer_of(field.name) in classes)
    }
    return key, layers


def _classes(schema: pyarrow.Schema) -> dict[str, tuple[str, ...]]:
    """Reads the names of classes from the metadata that `datasets` adds to a file."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return classes_of(features)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _schema(layers: Iterable[str], by_token: bool) -> pyarrow.Schema:
    import pyarrow

    string = pyarrow.string()
    if by_token:
        columns = [(_SENTENCE, pyarrow.int64()), (_FORM, string), *((name, string) for name in layers)]
        return pyarrow.schema([*columns, (NEW_DOCUMENT, pyarrow.bool_())])
    strings = pyarrow.list_(string)
    return pyarrow.schema(
        [
            (TOKENS, strings),
            *((name, strings) for name in layers),
            (TEXT, string),
            (OFFSETS, pyarrow.list_(pyarrow.list_(pyarrow.int64()))),
            (NEW_DOCUMENT, pyarrow.bool_()),
            (COMMENTS, strings),
        ]
    )


def _sentence_records(
    sentences: Iterable[Sentence], layers: list[str], options: WriteOptions
) -> Iterator[dict[str, Any]]:
    return (to_record(sentence, layers) for sentence in sentences)


def _token_records(
    sentences: Iterable[Sentence], layers: list[str], options: WriteOptions
) -> Iterator[dict[str, Any]]:
    for number, sentence in enumerate(sentences, 1):
        check_layers(sentence, layers)
        if not sentence.tokens:
            message = "a sentence without tokens cannot stand in rows of tokens and is left out"
            options.report(Remark("empty sentences left out", sentence.place(), message))
        for i, token in enumerate(sentence.tokens):
            tags = {layer: sentence.tags[layer][i] for layer in layers}
            fresh = sentence.new_document and not i
            yield {_SENTENCE: number, _FORM: token, **tags, NEW_DOCUMENT: fresh}
