"""Read, convert and write annotated text.

Knows sentences, tag schemes and file formats. Knows nothing of models, of torch
or of the package `tagger`, which stands on this one.

    >>> from corpora import load_corpus
    >>> corpus = load_corpus("starter:english")
    >>> next(iter(corpus.train)).tokens[:3]
    ['Flood', 'warnings', 'remain']
"""

from corpora.corpus import Corpus, load_corpus
from corpora.errors import CorpusError, TaggerError
from corpora.formats import FORMATS, detect_format
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, Span
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
