"""The table of formats: what each is called, what it holds, which page reads and writes it.

A page of a format is imported when it is used. A new format is one page beside the
others and one row here.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import NamedTuple

LINES, WHOLE_LINES, PIECES, BINARY, FOLDER = "lines", "whole lines", "pieces", "binary", "folder"


class Format(NamedTuple):
    """One row of the table.

    Attributes:
        name: what `--from` and `--to` call it.
        suffixes: of file names, without that of a compression.
        about: one line for people.
        module: the page in this folder, and the end of its functions' names:
            "tables:csv" has `read_csv` and `write_csv`, "columns" `read` and `write`.
        kind: what its reader takes: "lines" without their ends, "whole lines" with them,
            "pieces" of lines, "binary" (an open file) or a "folder".
        holds: what of a sentence it can hold, for people.
        streams: read and written in memory that does not grow with the file.
        tagged: a file of it may hold tags, so that it can be trained on.
        extra: what has to be installed for it, or "".
        declared: what its columns are may be declared (`ReadOptions.columns`).
    """

    name: str
    suffixes: tuple[str, ...]
    about: str
    module: str
    kind: str = LINES
    holds: str = ""
    streams: bool = True
    tagged: bool = True
    extra: str = ""
    declared: bool = False

    @property
    def suffix(self) -> str:
        """The end of the names of its files, "" for folders."""
        if self.kind == FOLDER:
            return ""
        return self.suffixes[0] if self.suffixes else f".{'tsv' if self.name == 'tsv' else 'jsonl'}"

    @property
    def page(self) -> ModuleType:
        """The module that reads and writes the format."""
        return import_module(f"corpora.formats.{self.module.partition(':')[0]}")

    def function(self, verb: str) -> str:
        """Returns the name of its function that reads or writes.

        >>> FORMATS["csv"].function("read"), FORMATS["brat"].function("write")
        ('read_csv', 'write_folder')
        """
        end = self.module.partition(":")[2] or (self.kind if self.kind in (BINARY, FOLDER) else "")
        return f"{verb}_{end}" if end else verb


_SPANS = "one layer of spans, text, documents"

FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "conll",
            (".conll", ".tsv", ".iob2", ".iob", ".bio", ".bioes", ".bilou", ".col"),
            "one token a line in columns, a blank line between sentences",
            "columns",
            holds="any layers, comments, documents",
            declared=True,
        ),
        Format(
            "conllu",
            (".conllu",),
            "CoNLL-U, the ten columns of Universal Dependencies",
            "conllu",
            holds="any layers, text, comments, documents; lemmas and trees as they were",
        ),
        Format(
            "conllup",
            (".conllup", ".cupt"),
            "CoNLL-U Plus, columns named in the first line",
            "conllup",
            holds="any layers, text, comments, documents; lemmas and trees as they were",
        ),
        Format(
            "jsonl",
            (".jsonl", ".ndjson"),
            "one JSON object a sentence: tokens, tags, offsets, spans",
            "jsonl",
            holds="any tokens and layers, text, comments, documents",
        ),
        Format(
            "prodigy",
            (),
            "Prodigy's JSON lines: text, tokens, spans of characters",
            "prodigy",
            holds=_SPANS,
        ),
        Format(
            "doccano",
            (),
            "doccano's JSON lines: text, [start, end, label]",
            "doccano",
            holds=_SPANS,
        ),
        Format(
            "label-studio",
            (".json",),
            "Label Studio's JSON and JSON-MIN exports",
            "label_studio",
            WHOLE_LINES,
            holds="layers of spans, text, documents",
            streams=False,
        ),
        Format(
            "brat",
            (".ann",),
            "brat's standoff annotation, a folder of .txt and .ann",
            "brat",
            FOLDER,
            holds="one layer of spans, documents; tokens without spaces",
        ),
        Format(
            "docbin",
            (".spacy",),
            "spaCy's DocBin",
            "docbin",
            BINARY,
            holds="layers of spans, UPOS, XPOS, FEATS, text, documents; no empty token",
            streams=False,
            extra="spacy",
        ),
        Format(
            "csv",
            (".csv",),
            "a table with a header, one row a token or a sentence",
            "tables:csv",
            WHOLE_LINES,
            holds="any tokens and layers, documents (by sentence: text, comments)",
            declared=True,
        ),
        Format(
            "tsv",
            (),
            "the same, separated by tabs",
            "tables:tsv",
            WHOLE_LINES,
            holds="any tokens and layers, documents (by sentence: text, comments)",
            declared=True,
        ),
        Format(
            "parquet",
            (".parquet",),
            "a Parquet table, one row a sentence or a token",
            "parquet",
            BINARY,
            holds="any tokens and layers, text, comments, documents",
            extra="parquet",
        ),
        Format(
            "text",
            (".txt", ".text"),
            "raw text, split into sentences and tokens",
            "plain",
            PIECES,
            holds="text without tags",
            tagged=False,
        ),
    )
}


def markdown_table() -> list[str]:
    """Returns the table as lines of Markdown, as docs/formats.md has it."""
    lines = [
        "| format | names | what it is | read | write | streams | round trip | holds | needs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in FORMATS.values():
        verbs = [_mark(hasattr(row.page, row.function(verb))) for verb in ("read", "write")]
        suffixes = " ".join(row.suffixes)
        names = f"`{suffixes}`" if suffixes else "`--from`, `--to`, or content"
        needs = f"`pip install 'rnn-tagger[{row.extra}]'`" if row.extra else ""
        proven = _mark(all(verbs))
        cells = [f"`{row.name}`", names, row.about, *verbs, _mark(row.streams), proven, row.holds, needs]
        lines.append(f"| {' | '.join(cells)} |".replace("  |", " |"))
    return lines


def _mark(true: bool) -> str:
    return "yes" if true else ""
