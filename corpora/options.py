"""What a user may say of how a corpus is read and written, and how readers speak back.

Plain values, checked here once; every reader and writer takes them whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from corpora.errors import CorpusError, one_line, shown
from corpora.tokenization import STANDARD_TOKENIZATION, Tokenization

ALIGNMENTS = ("split", "expand", "contract", "strict")
NESTED = ("outermost", "longest")
ROWS = ("token", "sentence")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a reader or writer did that its user should know of.

    Attributes:
        kind: what it is, in the plural, to count by ("spans left out").
        place: file, or file:line.
        message: what was found and what was done about it, in one line.
    """

    kind: str
    place: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", one_line(self.message))

    def __str__(self) -> str:
        return f"{one_line(self.place, len(self.place))}: {self.message}"


Report = Callable[[Remark], None]


def log(remark: Remark) -> None:
    """Hands a remark to the logger "corpora", as a warning."""
    import logging

    logging.getLogger("corpora").warning("%s", remark)


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CorpusError(name, shown(value), f"one of {', '.join(allowed)}")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a corpus is read.

    Attributes:
        separator: between the columns of a file; None to find it.
        columns: what the columns are, "form=2,ner=4" (see `columns.sniff`), or
            "form=word,sentence=sent_id" by the names in a header; None to find them.
        classes: layer → names of its classes, for tags that are written as numbers.
        tokenization: how raw text is split into sentences and tokens.
        align: what is done with a token that a span of characters cuts: "split" the
            token, "expand" or "contract" the span, or "strict": raise an error.
        nested: of spans that overlap, which one stays: the "outermost" (the earlier
            one where neither lies within the other) or the "longest".
        streaming: read a data set of the Hugging Face hub as it goes, without storing it.
        report: is told what had to be left out or changed.

    Raises:
        CorpusError: a value is none of those listed.
    """

    separator: str | None = None
    columns: str | None = None
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tokenization: Tokenization = STANDARD_TOKENIZATION
    align: str = "split"
    nested: str = "outermost"
    streaming: bool = False
    report: Report = log

    def __post_init__(self) -> None:
        _check("align", self.align, ALIGNMENTS)
        _check("nested", self.nested, NESTED)


READ_DEFAULTS = ReadOptions()


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a corpus is written.

    Attributes:
        rows: of tables: one row a "token" or one a "sentence"; None: as is usual for
            the format, a token in CSV and TSV, a sentence in Parquet.
        report: is told what could not be written.

    Raises:
        CorpusError: a value is none of those listed.
    """

    rows: str | None = None
    report: Report = log

    def __post_init__(self) -> None:
        if self.rows is not None:
            _check("rows", self.rows, ROWS)


WRITE_DEFAULTS = WriteOptions()
