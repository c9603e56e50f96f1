"""Read, convert and write annotated text.

Knows sentences, tag schemes and file formats. Knows nothing of models, of torch
or of the package `tagger`, which stands on this one.

    >>> from corpora import load_corpus
    >>> corpus = load_corpus("starter:english")
    >>> next(iter(corpus.train)).tokens[:3]
    ['Flood', 'warnings', 'remain']

Importing this package reads no page that reads files; that happens on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from corpora.errors import CorpusError, TaggerError
from corpora.sentence import Sentence, Span

if TYPE_CHECKING:
    from corpora.corpus import Corpus, load_corpus
    from corpora.formats import FORMATS, detect_format
    from corpora.options import ReadOptions, Remark, WriteOptions
    from corpora.splits import Split, read, write
    from corpora.tokenization import Tokenization

__all__ = [
    "FORMATS",
    "Corpus",
    "CorpusError",
    "ReadOptions",
    "Remark",
    "Sentence",
    "Span",
    "Split",
    "TaggerError",
    "Tokenization",
    "WriteOptions",
    "detect_format",
    "load_corpus",
    "read",
    "write",
]

_HOMES = {
    "FORMATS": "formats",
    "Corpus": "corpus",
    "ReadOptions": "options",
    "Remark": "options",
    "Split": "splits",
    "Tokenization": "tokenization",
    "WriteOptions": "options",
    "detect_format": "formats",
    "load_corpus": "corpus",
    "read": "splits",
    "write": "splits",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"corpora.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
