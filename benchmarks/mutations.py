"""Broken files for readers: valid ones of every format, and what may happen to them.

Knows how files break, but nothing of what reads them. An input is a few files, name →
content; which one comes out follows from a `Random` alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from corpora import FORMATS, Sentence, WriteOptions, detect_format, load_corpus, write
from corpora.files import COMPRESSIONS, open_binary
from corpora.formats.columns import Layout

Files = Mapping[str, bytes]
Change = Callable[[Random, bytes, bytes], bytes]

LONGEST = 1 << 16  # bytes of a file that is made
_REAL = 4096  # bytes taken from a real file
_SPANS_ONLY = ("prodigy", "doccano", "label-studio", "brat")
_OWN_NAME = {"conll": "case.conll", "prodigy": "case.jsonl", "doccano": "case.jsonl"} | {
    "tsv": "case.tsv",
    "brat": "case.ann",
}

# files as their own tools write them, which differ from what is written here
NATIVE: dict[str, tuple[str, ...]] = {
    "conll": (
        "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n. . O O\n\nPeter NNP I-NP I-PER\n",
        "# http://a\n1\tAda\tB-PER\tO\t-\n2\tslept\tO\tO\t-\n\n1\tNo\tO\tO\t-\n",
        "## klue\t1\n한\tB-PS\n \tO\n국\tI-PS\n\t\nb\tO\n",
    ),
    "conllu": (
        "# newdoc id = a\n# text = Vámonos al mar.\n1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "1\tVamos\tir\tVERB\t_\tMood=Imp|Number=Plur\t0\troot\t_\t_\n"
        "2\tnos\tyo\tPRON\t_\tCase=Acc\t1\tobj\t_\t_\n3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "3\ta\ta\tADP\t_\t_\t5\tcase\t_\t_\n4\tel\tel\tDET\t_\t_\t5\tdet\t_\t_\n"
        "4.1\tx\tx\tX\t_\t_\t_\t_\t5:dep\t_\n"
        "5\tmar\tmar\tNOUN\t_\t_\t1\tobl\t_\tSpaceAfter=No\n6\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_\n\n",
        "# global.layers = UPOS ner\n1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-PER|x=y\n\n",
    ),
    "conllup": (
        "# global.columns = ID FORM UPOS PARSEME:MWE\n"
        "1-2\tdu\t_\t*\n1\tde\tADP\t*\n2\tle\tDET\t1:VID\n\n",
        "# global.columns = FORM UPOS NER\n# text = Ada\nAda\tPROPN\tB-PER\n\n",
    ),
    "jsonl": (
        '{"id": "0", "tokens": ["Ada", "slept"], "ner_tags": [1, 0], "pos": ["PROPN", "VERB"]}\n',
        '{"words": ["Ada", "slept"], "text": "Ada slept", "tags": ["B-PER", "O"], "start": 7}\n',
    ),
    "prodigy": (
        '{"text": "Ada slept. So did I.", "_input_hash": 1, "spans": [{"start": 0, "end": 3,'
        ' "label": "PER", "token_start": 0, "token_end": 0}], "answer": "accept", "meta": {"a": []}}\n'
        '{"text": "Ada", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": false}]}\n'
        '{"text": "no", "spans": [], "answer": "reject"}\n',
    ),
    "doccano": (
        '{"id": 1, "text": "Ada Lovelace slept. 한국", "label": [[0, 12, "PER"], [4, 14, "X"]]}\n',
        '{"text": "Ada", "entities": [{"id": 1, "label": "P", "start_offset": 0, "end_offset": 2}]}\n'
        '{"data": "\\ud83d\\ude00 Ada", "labels": [[2, 5, "PER"]], "Comments": []}\n',
    ),
    "label-studio": (
        '[{"id": 1, "data": {"text": "😀 Ada\\nslept. She woke."}, "annotations": [{"result": ['
        '{"from_name": "label", "to_name": "text", "type": "labels", "value": {"start": 3, "end": 6,'
        ' "text": "Ada", "labels": ["PER", "X"]}}, {"type": "relation"}]}, {"was_cancelled": true}],'
        ' "predictions": []}]\n',
        '[{"text": "Ada", "id": 2, "label": [{"start": 0, "end": 3, "text": "Ada", "labels": ["P"]}]},\n'
        ' {"data": {"a": "b"}, "predictions": [{"result": []}], "annotations": []}]\n',
    ),
    "csv": (
        "Sentence #,Word,POS,Tag\nSentence: 1,Ada,NNP,B-PER\n,slept,VBD,O\n,,,\n\n2,no,UH,O\n",
        "tokens,ner_tags,text,offsets,new_document,comments\n"
        '"[""Ada"", ""slept""]","[1, 0]",Ada slept,"[[0, 3], [4, 9]]",1,"[""# a""]"\n'
        "\"['Ada', 'I\\'d']\",\"['B-PER' 'O']\",,,,\nAda slept,PER O,,,0,\n",
    ),
    "tsv": (
        'sentence_id\ttoken\tner_tags\n1\tAda\tB-PER\n1\t"a\tb\n2\tc\tO\n',
        "words\tlabels\n['Ada', 'x']\t['B-PER', 'O']\n",
    ),
    "text": (
        "Ada can't come (she said). Call me at 10 a.m.!\n\n"
        "\tOne line\r\nand another…  \n한국 사람이다.\n",
        "well-known\u200bwords\u00a0and\u2028lines http://a.b/c?d=e #x @y :-)"
        " Mr. X vs. Y, e.g. 1.000,50\n",
    ),
    "brat": (
        "Ada Lovelace slept.\nShe woke in a small town.\n\0T1\tPER 0 12\tAda Lovelace\n"
        "T2\tLOC 34 38;39 44\tsmal town\nT3\tX 0 3\tAda\nR1\tis Arg1:T1 Arg2:T3\nE1\tX:T3 A:T1\n"
        "A1\tNeg E1\n#1\tAnnotatorNotes T1\tnote\n*\tEquiv T1 T3\n",
        "a\r\nb\0T1\tX 0 4\ta  b\n",
    ),
}

ODD_TEXTS = (
    "",
    " ",
    "\t",
    '"',
    "'",
    "\\",
    "\\n",
    "\\d",
    "\0",
    "\r",
    "\x0b",
    "\x1c",
    "\x85",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\u3000",
    "\ufeff",
    "\u0301",
    "\u202e",
    "\U0010ffff",
    "\\ud800",
    "\\udc00\\ud800",
    "O",
    "_",
    "-",
    "B-",
    "B-PER",
    "I-\n",
    "#",
    "# ",
    "# text = a",
    "# newdoc",
    "# global.columns = ID FORM FORM",
    "# global.columns = " + "x" * 2000,
    "# global.layers = UPOS x x",
    "-DOCSTART-",
    "1-2",
    "1.1",
    "2-1",
    "0",
    "1;",
    ";".join(f"{i} {i}" for i in range(400)),
    "T1\tX 0 0\t",
    "[]",
    "{}",
    "null",
    "NaN",
    "true",
    "tokens",
    "words",
    "sentence",
    "text",
    "x" * 2000,
    "a b " * 500,
)
ODD_NUMBERS = (
    *("-1", "0", "00", "1", "1.5", "1e999", "²", "٣", "4294967296", "18446744073709551616"),
    *("9" * 19, "9" * 1200, "9" * 4300, "9" * 5000),
)
ODD_LISTS = (
    "[",
    "[1, 2]",
    "[-1 0]",
    "['a' 'b']",
    "['a', 'b'",
    "['a', \"b\"]",
    "['\\d', '\\ud800', '\\N{DASH}']",
    '["\\ud800", "b"]',
    "['\\x0']",
    "['a' \n 'b' ...]",
    "[{[]: 1}]",
    "[b'a', u'b', f'c']",
    "[0x" + "f" * 5000 + "]",
    "[" + "9" * 5000 + "]",
    "[None, True, 1.5, 2j]",
    "[1if 1else 2]",
    "[1_000, 0o7, 01]",
    "[[0, 1], [1, 0]]",
    "[" * 150 + "]" * 150,
    "[" * 3000 + "]" * 3000,
    "[" + "-" * 3000 + "1]",
    "[" + "+".join("1" * 3000) + "]",
    "['\0']",
    "[a, b]",
    "(1, 2)",
    "{'a': 1}",
    "# a",
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**63,
    -(2**63),
    2**64,
    10**1500,
    0.5,
    float("nan"),
    float("inf"),
    "",
    "\ud800",
    "a\nb",
    "\0",
    "x" * 2000,
    "B-PER",
    [],
    {},
    [[]],
    [None],
    [0, 0],
    [3, 1],
    {"text": None},
    {"": ""},
    ["\ud800"],
    ["a"] * 300,
)
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABC .,;:!?-'\"()[]{}#@/\\|_=<>&",
    "áéüßñçøłşžąė",
    "абвгдежзκλμνאבגدذر",
    "한국어日本語中文ไทยहिन्दी",
    "😀👩‍👩‍👧🏽\u200d\ufe0f",
    "\u0300\u0301\u0489\u20dd",
    "\u00a0\u2000\u2003\u202f\u3000\u1680\x85\u2028\u2029\x0b\x0c\x1c\x1f",
    "\0\x01\x07\x1b\x7f\u0080\u200e\u202e\u2066\ufeff\ufffe\ufffd",
    "0123456789²③٣Ⅷ",
)


class Maker:
    """Makes inputs for one reader.

    Args:
        format: a name of FORMATS.
        suffix: of a compression, which the file is packed with, or "".
        name: of the file, where the format's own is not meant.
    """

    def __init__(self, format: str, suffix: str = "", name: str = "") -> None:
        row = FORMATS[format]
        self.format = format
        self.suffix = suffix
        self.name = (name or _OWN_NAME.get(format) or f"case{row.suffixes[0]}") + suffix
        self.seeds = valid_files(format)

    def make(self, random: Random) -> Files:
        """Returns the files of one input, of which the first one is to be read."""
        content = self._content(random)
        if self.format == "brat":
            text, _, annotations = content.partition(b"\0")
            return {self.name: annotations, Path(self.name).stem + ".txt": text}
        if self.suffix:
            content = packed(content, self.suffix)
            if random.random() < 0.7:
                content = changed(random, content, content, _BYTES)
        return {self.name: content}

    def _content(self, random: Random) -> bytes:
        kind = random.random()
        if kind < 0.05:
            return random.randbytes(random.randrange(400))
        if kind < 0.12:
            return "".join(unicode_lines(random)).encode("utf-8", "surrogatepass")
        one, other = random.choice(self.seeds), random.choice(self.seeds)
        if self.suffix and kind < 0.5:
            return one
        changes = _CHANGES.get(self.format, _TEXTS)
        return changed(random, one, other, changes)[:LONGEST]


def changed(random: Random, data: bytes, other: bytes, changes: Sequence[Change]) -> bytes:
    """Changes a file in one or more ways.

    Args:
        other: another valid file of the format, to take pieces from.
        changes: the ways.
    """
    for _ in range(random.choice((1, 1, 1, 1, 2, 4))):
        data = random.choice(changes)(random, data, other)
    return data


def unicode_lines(random: Random) -> Iterator[str]:
    """Yields random text, lines of words between spaces, tabs or commas."""
    for _ in range(random.randrange(20)):
        separator = random.choice((" ", "\t", ",", ""))
        words = []
        for _ in range(random.randrange(12)):
            alphabet = random.choice(_ALPHABETS)
            if random.random() < 0.05:
                alphabet = "".join(chr(random.randrange(0x110000)) for _ in range(5))
            words.append("".join(random.choices(alphabet, k=random.randrange(8))))
        yield separator.join(words) + random.choice(("\n", "\n", "\n", "\n\n", "\r\n", ""))


def valid_files(format: str) -> list[bytes]:
    """Returns valid files of a format: written from the starter corpus, as other tools
    write them, and heads of the real ones in the folder TAGGER_CORPORA.

    A folder of brat is given as text, NUL, annotations.
    """
    files = [text.encode() for text in NATIVE.get(format, ())]
    if format == "parquet":
        files += _odd_tables()
    sentences = _sentences(format)
    with tempfile.TemporaryDirectory() as folder:
        for i, rows in enumerate(("token", "sentence")):
            for j, part in enumerate((sentences[:3], sentences)):
                path = Path(folder, f"{i}{j}")
                options = WriteOptions(rows, report=lambda _: None)
                layout = Layout("\t", ("form",), True) if i and format == "conll" else None
                write(part, path, format, layout, options)
                if path.is_dir():
                    pair = (next(path.glob("*.txt")), next(path.glob("*.ann")))
                    files.append(b"\0".join(file.read_bytes() for file in pair))
                else:
                    files.append(path.read_bytes())
    real = os.environ.get("TAGGER_CORPORA")
    for path in sorted(Path(real).glob("*/*")) if real and format in ("conll", "conllu", "text") else ():
        if detect_format(path) == format and path.name.partition(".")[0] != "LICENSE":
            with open_binary(path) as binary:
                head = binary.read(_REAL)
            files.append(head[: head.rfind(b"\n") + 1])
    return files


def packed(data: bytes, suffix: str) -> bytes:
    """Packs bytes as the end of a file name says."""
    if suffix == ".gz":
        return gzip.compress(data, mtime=0)
    if suffix == ".bz2":
        import bz2

        return bz2.compress(data)
    if suffix == ".xz":
        import lzma

        return lzma.compress(data)
    import zstandard

    assert suffix == ".zst" == COMPRESSIONS[-1]
    return zstandard.compress(data)


def _sentences(format: str) -> list[Sentence]:
    found = []
    for i, sentence in enumerate(load_corpus("starter:english").train):
        if i == 12:
            break
        text, offsets = sentence.surface()
        tags = {"ner": sentence.tags["ner"]} if format in _SPANS_ONLY else sentence.tags
        found.append(
            replace(
                sentence,
                tags={} if format == "text" else tags,
                text=text if i % 3 else None,
                offsets=offsets if i % 3 else None,
                new_document=i % 5 == 0,
                comments=() if i % 2 else ("# sent_id = a",),
            )
        )
    return found


def _odd_tables() -> list[bytes]:
    """Makes Parquet files with columns of many types, as data frames may have them."""
    import pyarrow
    from pyarrow import parquet

    features = {"ner_tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    columns: list[dict[str, Any]] = [
        {"tokens": [["Ada", "slept"], []], "ner_tags": [[1, 0], []], "upos": [["X", "Y"], []]},
        {"tokens": [["Ada", None], None], "ner_tags": [["O", "O"], ["O"]], "text": ["Ada", None]},
        {
            "word": ["Ada", "slept", None],
            "sent_id": [1, 1, 2],
            "ner_tags": [1, 0, 5],
            "x": [1.5, 2.0, 0.0],
        },
        {
            "form": ["Ada", ""],
            "sentence": [None, "2"],
            "upos": ["X", None],
            "new_document": [True, None],
        },
        {"tokens": [[1, 2]], "tags": [["a", "b"]]},
        {"tokens": [[["a"]]], "offsets": [[[0, 1]]]},
        {"tokens": ["Ada slept"], "labels": [{"a": 1}]},
        {"text": ["Ada"], "other": [b"\xff"]},
    ]
    tables = [pyarrow.table(each) for each in columns]
    words = pyarrow.array(["Ada", "slept", "Ada"]).dictionary_encode()
    times = pyarrow.array([0, 1, 2**62], pyarrow.timestamp("ns"))
    tables.append(pyarrow.table({"token": words, "sentence": times, "tag": words}))
    tables.append(pyarrow.table([words, words], ["token", "token"]))
    tables.append(
        pyarrow.table({"tokens": pyarrow.array([["a"]], pyarrow.large_list(pyarrow.string()))})
    )
    files = []
    for i, table in enumerate(tables):
        buffer = io.BytesIO()
        described = table.replace_schema_metadata(metadata)
        parquet.write_table(described, buffer, compression=("none", "snappy")[i % 2])
        files.append(buffer.getvalue())
    return files


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
            return zlib.compress(changed(random, content, content, _BYTES))
        value = srsly.msgpack_loads(content)
        donor = srsly.msgpack_loads(zlib.decompress(other))
        parents = [(p, k) for p, k in _nodes(value) if isinstance(p[k], bytes) and p[k]]
        if parents and random.random() < 0.5:
            parent, key = random.choice(parents)
            parent[key] = changed(random, parent[key], parent[key], _BYTES)
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


_BYTES: tuple[Change, ...] = (_flip, _flip, _delete, _duplicate, _splice, _transplant, _truncate, _nul)
_TEXTS: tuple[Change, ...] = (
    *_BYTES,
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
_TABLE = (*_TEXTS, *(_change_quoted_cell for _ in _TEXTS))
_JSON = (*_TEXTS, *(_change_json for _ in _TEXTS * 2))
_CHANGES: dict[str, tuple[Change, ...]] = {
    "jsonl": _JSON,
    "prodigy": _JSON,
    "doccano": _JSON,
    "label-studio": _JSON,
    "csv": _TABLE,
    "tsv": _TABLE,
    "docbin": (*_BYTES, *(_change_bag for _ in range(24))),
    "parquet": (*_BYTES, *(_flip for _ in _BYTES), *(_change_table for _ in range(16))),
}
