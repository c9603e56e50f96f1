"""How files break: changes of bytes, of text, of values, and which of them a format meets.

Knows nothing of what reads them. What a change does follows from a `Random` alone.
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from benchmarks.oddities import ODD_LISTS, ODD_NUMBERS, ODD_TEXTS, ODD_VALUES

Change = Callable[[Random, bytes, bytes], bytes]

LONGEST = 1 << 16  # bytes of a file that is made


def changed(random: Random, data: bytes, other: bytes, changes: Sequence[Change]) -> bytes:
    """Changes a file in one or more ways.

    Args:
        other: another valid file of the format, to take pieces from.
        changes: the ways.
    """
    for _ in range(random.choice((1, 1, 1, 1, 2, 4))):
        data = random.choice(changes)(random, data, other)
    return data


# --- changes of bytes


def _flip(random: Random, data: bytes, other: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8)) if found else 0):
        i = random.randrange(len(found))
        found[i] = random.choice((found[i] ^ (1 << random.randrange(8)), random.randrange(256)))
    return bytes(found)


def _slice(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 2, 8, 40, 400)))


def _delete(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + data[end:]


def _duplicate(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _slice(random, data)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 20)) + data[end:]


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _insert(random: Random, data: bytes, piece: bytes) -> bytes:
    i = random.randrange(len(data) + 1)
    return data[:i] + piece + data[i:]


def _transplant(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _slice(random, other)
    return _insert(random, data, other[start:end])


def _truncate(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _nul(random: Random, data: bytes, other: bytes) -> bytes:
    return _insert(random, data, b"\0" * random.choice((1, 1, 7, 600)))


# --- changes of text


def _break_utf8(random: Random, data: bytes, other: bytes) -> bytes:
    pieces = (b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80")
    return _insert(random, data, random.choice(pieces))


def _line_ends(random: Random, data: bytes, other: bytes) -> bytes:
    end = random.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n", "\u2028".encode(), b"\x0c", b"\n \n", b""))
    return data.replace(b"\n", end, random.choice((-1, 1, 3)))


def _byte_order_mark(random: Random, data: bytes, other: bytes) -> bytes:
    return random.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf\xef\xbb\xbf")) + data


def _swap_lines(random: Random, data: bytes, other: bytes) -> bytes:
    lines = data.split(b"\n")
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def _change_line(random: Random, data: bytes, other: bytes) -> bytes:
    lines, others = data.split(b"\n"), other.split(b"\n")
    i = random.randrange(len(lines))
    lines[i : i + random.randrange(2)] = [random.choice(others)] * random.choice((0, 1, 2))
    return b"\n".join(lines)


def _change_cell(random: Random, data: bytes, other: bytes) -> bytes:
    separator = random.choice((b"\t", b"\t", b",", b" ", b";", b"="))
    lines = data.split(b"\n")
    i = random.randrange(len(lines))
    cells = lines[i].split(separator)
    j = random.randrange(len(cells))
    cells[j : j + random.choice((0, 1, 1, 1))] = [_odd(random)]
    lines[i] = separator.join(cells)
    return b"\n".join(lines)


def _odd(random: Random) -> bytes:
    return random.choice(random.choice((ODD_TEXTS, ODD_NUMBERS))).encode()


def _change_quoted_cell(random: Random, data: bytes, other: bytes) -> bytes:
    """Changes a cell of a table, and writes the table again."""
    text = data.decode("utf-8", "replace")
    separator = "\t" if "\t" in text[:100] else ","
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=separator))
        row = random.choice([row for row in rows if row])
    except (csv.Error, IndexError):
        return _odd_text(random, data, other)
    row[random.randrange(len(row))] = random.choice(ODD_LISTS + ODD_TEXTS)
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator).writerows(rows)
    return buffer.getvalue().encode()


def _odd_text(random: Random, data: bytes, other: bytes) -> bytes:
    return _insert(random, data, _odd(random))


def _odd_number(random: Random, data: bytes, other: bytes) -> bytes:
    places = [i for i, byte in enumerate(data[:20_000]) if 48 <= byte < 58]
    if not places:
        return _odd_text(random, data, other)
    i = random.choice(places)
    return data[:i] + random.choice(ODD_NUMBERS).encode() + data[i + 1 :]


def _nest(random: Random, data: bytes, other: bytes) -> bytes:
    depth = random.choice((5, 100, 300, random.randrange(900, 1010), 5000, 30_000))
    opening, closing = random.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b"(", b")"), (b'{"text":[', b"]}"))
    )
    closing = random.choice((closing, closing, b""))
    start, end = _slice(random, data)
    try:  # around a value of JSON, so that it stays JSON
        start = data.index(b": ", start) + 2
        end = min(i for i in (data.find(mark, start) for mark in (b",", b"}", b"]")) if i >= 0)
    except ValueError:
        pass
    return data[:start] + opening * depth + data[start:end] + closing * depth + data[end:]


def _long_line(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _slice(random, data)
    times = random.choice((100, 2000, LONGEST)) // max(1, end - start)
    piece = data[start:end].replace(b"\n", random.choice((b"", b" ", b"\n")))
    return data[:start] + piece * times + data[end:]


# --- changes of values: JSON, and the bags of msgpack that spaCy packs


def _change_json(random: Random, data: bytes, other: bytes) -> bytes:
    whole = data.lstrip().startswith(b"[")
    lines = [data] if whole else data.split(b"\n")
    others = [other] if whole else other.split(b"\n")
    i = random.randrange(len(lines))
    try:
        value = json.loads(lines[i])
        donor = json.loads(random.choice(others) or b"{}")
        value = _changed_value(random, value, donor)
        lines[i] = json.dumps(value, ensure_ascii=random.random() < 0.8).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        pass
    return b"\n".join(lines)


def _changed_value(random: Random, value: Any, donor: Any) -> Any:
    parents = [(parent, key) for parent, key in _nodes(value) if not isinstance(key, bytes)]
    if not parents:
        return random.choice(ODD_VALUES)
    parent, key = random.choice(parents)
    kind = random.randrange(5)
    if kind == 0 and isinstance(parent, (dict, list)):
        del parent[key]
    elif kind == 1:
        others = [p[k] for p, k in _nodes(donor)]
        parent[key] = random.choice(others or ODD_VALUES)
    elif kind == 2 and isinstance(parent, dict) and isinstance(key, str):
        parent[random.choice(("", "text", "tags", "label", "x_tags", "a\nb", "\ud800", "y" * 2000))] = (
            parent[key]
        )
    elif kind == 3 and isinstance(parent, list):
        parent.insert(random.randrange(len(parent) + 1), parent[key])
    else:
        parent[key] = random.choice(ODD_VALUES)
    return value


def _nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yields each place in a tree of values, as the list or object and the position there."""
    waiting = [value]
    while waiting:
        parent = waiting.pop()
        if not isinstance(parent, (dict, list)):
            continue
        for key in list(parent) if isinstance(parent, dict) else range(len(parent)):
            yield parent, key
            waiting.append(parent[key])


def _change_bag(random: Random, data: bytes, other: bytes) -> bytes:
    """Changes what a DocBin holds, and packs it again."""
    import srsly

    try:
        content = zlib.decompress(data)
        if random.random() < 0.2:
            return zlib.compress(changed(random, content, content, BYTES))
        value = srsly.msgpack_loads(content)
        donor = srsly.msgpack_loads(zlib.decompress(other))
        parents = [(p, k) for p, k in _nodes(value) if isinstance(p[k], bytes) and p[k]]
        if parents and random.random() < 0.5:
            parent, key = random.choice(parents)
            parent[key] = changed(random, parent[key], parent[key], BYTES)
        else:
            value = _changed_value(random, value, donor)
        return zlib.compress(srsly.msgpack_dumps(value))
    except Exception:  # it was broken before
        return _flip(random, data, other)


def _change_table(random: Random, data: bytes, other: bytes) -> bytes:
    """Changes what a Parquet table holds, and writes it again."""
    import pyarrow
    from pyarrow import parquet

    try:
        table, donor = (parquet.read_table(io.BytesIO(each)) for each in (data, other))
        value = {"rows": table.to_pylist()[:20]}
        _changed_value(random, value, {"rows": donor.to_pylist()[:20]})
        changed = pyarrow.Table.from_pylist(value["rows"])
        if random.random() < 0.3:
            metadata = table.schema.metadata or donor.schema.metadata or {}
            changed = changed.replace_schema_metadata(
                {key: _change_json(random, text, text) for key, text in metadata.items()}
            )
        buffer = io.BytesIO()
        parquet.write_table(changed, buffer, compression=random.choice(("none", "snappy", "zstd")))
        return buffer.getvalue()
    except Exception:  # it was broken before, or cannot be a table
        return _flip(random, data, other)


BYTES: tuple[Change, ...] = (_flip, _flip, _delete, _duplicate, _splice, _transplant, _truncate, _nul)
TEXTS: tuple[Change, ...] = (
    *BYTES,
    _break_utf8,
    _line_ends,
    _byte_order_mark,
    _swap_lines,
    _change_line,
    _change_cell,
    _change_cell,
    _change_cell,
    _odd_text,
    _odd_number,
    _odd_number,
    _nest,
    _long_line,
)
_TABLE = (*TEXTS, *(_change_quoted_cell for _ in TEXTS))
_JSON = (*TEXTS, *(_change_json for _ in TEXTS * 2))
CHANGES: dict[str, tuple[Change, ...]] = {
    "jsonl": _JSON,
    "prodigy": _JSON,
    "doccano": _JSON,
    "label-studio": _JSON,
    "csv": _TABLE,
    "tsv": _TABLE,
    "docbin": (*BYTES, *(_change_bag for _ in range(24))),
    "parquet": (*BYTES, *(_flip for _ in BYTES), *(_change_table for _ in range(16))),
}
