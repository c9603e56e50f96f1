"""Which format a file has: by its name, and where that says too little, by its content.

`.txt` may be raw text or columns, `.tsv` columns or a table, `.jsonl` four kinds of
objects. The first 64 KiB decide, and the reason is told.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple

from corpora.errors import CorpusError
from corpora.files import COMPRESSIONS, open_binary
from corpora.formats.table import FORMATS
from corpora.naming import TOKEN_FIELDS
from corpora.schemes import holds_spans

HEAD_BYTES = 1 << 16

_UNSURE = (".txt", ".text", ".tsv", ".jsonl", ".ndjson", ".json")
_OBJECTS = re.compile(r"\s*\[\s*(?:\{\s*[\"}]|\]\s*\Z)")
_SEPARATORS = ("\t", " ")
_MOST_COLUMNS = 12
_NAMED = "its first line names columns"


class Recognised(NamedTuple):
    """A format, and why; `why` is empty where the name alone says it."""

    format: str
    why: str = ""


def detect_format(path: Path) -> str | None:
    """Returns the format that a file's name tells, or None.

    >>> detect_format(Path("dev.conllu.gz"))
    'conllu'
    """
    suffix = format_suffix(path)
    return next((f.name for f in FORMATS.values() if suffix in f.suffixes), None)


def format_suffix(path: Path) -> str:
    """Returns the end of a name that tells the format, that of a compression taken off."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def recognise(path: Path) -> Recognised | None:
    """Returns the format of a file or folder; None where neither name nor content tell.

    A name of no format is looked into like one of several; a pipe is not.

    Raises:
        CorpusError: the file is not there or cannot be read.
    """
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises on an overlong name
        from corpora.formats import brat

        return Recognised("brat", "it holds .ann files") if brat.is_folder(path) else None
    by_name = detect_format(path)
    is_sure = by_name is not None and format_suffix(path) not in _UNSURE
    if is_sure or comes_once(path):
        return None if by_name is None else Recognised(by_name)
    beside = path.with_suffix(".ann")
    if format_suffix(path) in (".txt", ".text") and os.path.exists(beside):  # noqa: PTH110
        return Recognised("brat", f"{path.stem}.ann stands beside it")
    with open_binary(path) as binary:
        try:
            head = binary.read(HEAD_BYTES)
            if len(head) == HEAD_BYTES and head.lstrip().startswith(b"{"):
                head += binary.readline()  # an object can be told only when it is whole
        except (OSError, EOFError, ValueError):
            head = b""  # the reader will say what is wrong
        except Exception as error:
            if type(error).__name__ not in ("LZMAError", "ZstdError", "error"):
                raise
            head = b""
    found = recognise_content(head)
    if found is None and by_name is None and _is_table(head):
        return Recognised("csv", _NAMED)
    if found is not None and found.format != by_name:
        return found
    return None if by_name is None else Recognised(by_name)


def comes_once(path: Path) -> bool:
    """Tells whether something is a pipe or a terminal, which can be read but once."""
    # os.path and not Path, which raises on an overlong name
    if not os.path.exists(path) or os.path.isfile(path) or os.path.isdir(path):  # noqa: PTH110, PTH112, PTH113
        return False
    if path.is_fifo():  # whose content would be lost if it were opened
        return True
    try:
        with path.open("rb", buffering=0) as binary:
            return not binary.seekable()
    except OSError:
        return False  # the reader will say what is wrong


def recognise_content(head: bytes) -> Recognised | None:
    """Returns the format that the beginning of a file tells, or None."""
    text = _decoded(head)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if len(head) >= HEAD_BYTES:
        lines = lines[:-1] or lines  # the last one may be cut
    first = next((line for line in lines if line.strip()), "")
    if _OBJECTS.match(text):
        return Recognised("label-studio", "it is a JSON list of objects")
    if first.startswith("{") and (found := _json_format(first)):
        return found
    if first.startswith("# global.columns"):
        return Recognised("conll", _NAMED)
    return _columns_format(lines, first)


def _decoded(head: bytes) -> str:
    return head.decode("utf-8", errors="replace").removeprefix("\ufeff")


def _is_table(head: bytes) -> bool:
    """Tells whether the first line is a header between commas, which a text with a name of
    its own may begin with too."""
    from corpora.formats.tables import is_header

    first = _decoded(head).lstrip().partition("\n")[0]
    return is_header([cell.strip().strip('"') for cell in first.split(",")])


def _json_format(line: str) -> Recognised | None:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return None
    for field in TOKEN_FIELDS:
        tokens = item.get(field)
        if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
            return Recognised("jsonl", f"its objects have {field}")
    spans = item.get("spans")
    if "_input_hash" in item or "answer" in item or (isinstance(spans, list) and "text" in item):
        return Recognised("prodigy", "its objects have text and spans")
    if isinstance(item.get("text", item.get("data")), str):
        for field in ("label", "labels", "entities"):
            if isinstance(item.get(field), list):
                return Recognised("doccano", f"its objects have text and {field}")
    return None


def _columns_format(lines: list[str], first: str) -> Recognised | None:
    """Tells columns and tables from raw text, which must not be taken for either."""
    from corpora.formats.columns import UPOS_TAGS
    from corpora.formats.tables import is_header

    if "\t" in first and is_header(first.split("\t")):
        return Recognised("tsv", _NAMED)
    content = [
        line for line in lines if line.strip() and not line.startswith(("# ", "## ", "-DOCSTART-"))
    ]
    if not content:
        return None
    for separator in _SEPARATORS:
        rows = [[cell for cell in row.split(separator) if cell or separator == "\t"] for row in content]
        width = len(rows[0])
        if not 2 <= width <= _MOST_COLUMNS or any(len(row) != width for row in rows):
            continue
        if separator == "\t" and width == 10 and all(map(_is_conllu_row, rows)):
            return Recognised("conllu", "its lines have the ten columns of CoNLL-U")
        for i in range(1, width):
            values = {row[i] for row in rows}
            if ("O" in values and holds_spans(values)) or (len(values) > 2 and values <= UPOS_TAGS):
                return Recognised("conll", f"its lines have {width} columns, one of them of tags")
    return None


def _is_conllu_row(row: list[str]) -> bool:
    from corpora.formats.columns import UPOS_TAGS

    return row[0][:1].isdigit() and (row[3] in UPOS_TAGS or row[3] == "_")


def known_format(path: Path) -> str:
    """Returns the format of an output by its name.

    Raises:
        CorpusError: the name does not tell.
    """
    found = detect_format(path)
    if found is None:
        suffixes = ", ".join(s for f in FORMATS.values() for s in f.suffixes[:1])
        raise CorpusError(str(path), "a name that tells no format", f"{suffixes}, or --to")
    return found
