"""Small files to be converted, and what becomes of them."""

from pathlib import Path

import pytest

from corpora import load_corpus
from corpora.conversion import Wishes, Written, convert
from corpora.errors import CorpusError
from corpora.formats.table import FORMATS
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.splits import read

SOURCE = "Ada\tB-PER\nLovelace\tI-PER\nslept\tO\n\nIn\tO\nBad\tB-LOC\nBonn\tB-LOC\n\n"
LAYERS = '{"tokens": ["Ada", "slept"], "tags": {"UPOS": ["PROPN", "VERB"], "ner": ["B-PER", "O"]}}\n'


def many(number: int) -> str:
    """Returns different sentences of two tokens."""
    return "".join(f"word{i}\tO\nAda\tB-PER\n\n" for i in range(number))


def needs(format: str) -> None:
    """Skips a test where what a format needs is not installed."""
    if extra := FORMATS[format].extra:
        pytest.importorskip({"parquet": "pyarrow"}.get(extra, extra))


def converted(
    source: str, output: str | None, rows: str | None = None, **wishes: object
) -> tuple[list[Written], list[str]]:
    """Converts, and returns what was written and said."""
    said: list[Remark] = []
    reading, writing = ReadOptions(report=said.append), WriteOptions(rows, said.append)
    corpus = load_corpus(source, options=reading)
    path = None if output is None else Path(output)
    return convert(corpus, path, Wishes(**wishes), reading, writing), list(map(str, said))  # type: ignore[arg-type]


def refused(source: str, output: str | None, **wishes: object) -> str:
    """Returns the message of a conversion that is refused, and leaves all as it was."""
    before = contents()
    with pytest.raises(CorpusError) as caught:
        converted(source, output, **wishes)  # type: ignore[arg-type]
    assert contents() == before
    return str(caught.value)


def contents() -> dict[str, bytes | None]:
    """Returns all that is in the folder, with hidden and temporary files."""
    return {str(p): p.read_bytes() if p.is_file() else None for p in Path().rglob("*")}


def sentences(path: str, format: str | None = None) -> list[tuple[list[str], dict[str, list[str]]]]:
    return [(s.tokens, s.tags) for s in read(path, format)]
