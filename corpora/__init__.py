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
from corpora.formats import FORMATS, Split, detect_format, read, write
from corpora.sentence import Sentence, Span

__all__ = [
    "FORMATS",
    "Corpus",
    "CorpusError",
    "Sentence",
    "Span",
    "Split",
    "TaggerError",
    "detect_format",
    "load_corpus",
    "read",
    "write",
]
