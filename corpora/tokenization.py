"""Raw text → sentences and tokens, as character ranges. Nothing is lost.

Splitting itself is left to syntok (Florian Leitner, MIT licence), which keeps to the
conventions of Universal Dependencies and the Penn Treebank ("do|n't", "well|-|known")
and works for any language that puts spaces between words. This page adds the
promise that every character that is no white space is part of exactly one token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syntok.tokenizer import Tokenizer  # type: ignore[import-untyped]

Range = tuple[int, int]

_WORD = re.compile(r"\S+")
# white space to Python, but no white space to syntok
_SEPARATORS = dict.fromkeys(range(0x1C, 0x20), " ")


def segment(text: str) -> Iterator[list[Range]]:
    """Splits text into sentences, each a list of half-open token ranges.

    >>> text = "She can't come. Call me!"
    >>> [[text[a:b] for a, b in sentence] for sentence in segment(text)]
    [['She', 'ca', "n't", 'come', '.'], ['Call', 'me', '!']]
    """
    from syntok import segmenter  # type: ignore[import-untyped]

    position = 0
    pending: list[Range] = []
    for sentence in segmenter.segment(_tokenizer().tokenize(text.translate(_SEPARATORS))):
        if pending:
            yield pending
        pending = []
        for token in sentence:
            start = token.offset
            end = start + len(token.value)
            pending += _uncovered(text, position, start)
            if end > start:
                pending.append((start, end))
            position = max(position, end)
    pending += _uncovered(text, position, len(text))
    if pending:
        yield pending


def _uncovered(text: str, start: int, end: int) -> Iterator[Range]:
    """Yields what the tokenizer passed over, white space aside (U+200B, say)."""
    for match in _WORD.finditer(text, start, end):
        yield match.span()


@cache
def _tokenizer() -> Tokenizer:
    from syntok.tokenizer import Tokenizer

    # "can't" must come out as "ca", "n't", not as "can", "not"
    return Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)
