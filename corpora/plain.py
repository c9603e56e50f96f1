"""Plain text: a blank line ends a paragraph, and no sentence runs across one.

Streams: what is held in memory is one paragraph, or the unfinished sentence of one
that is very long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpora.sentence import Sentence
from corpora.tokenization import segment

# A paragraph that grows beyond this many characters is split into sentences as it
# comes; all but the last (perhaps unfinished) one are handed on.
_PARAGRAPH = 1 << 16
# A "sentence" of more characters than this is cut at white space, never in a token.
_LONGEST_SENTENCE = 1 << 20
_SPACES = (" ", "\n", "\t")


def read(pieces: Iterable[str], source: str) -> Iterator[Sentence]:
    """Yields the sentences of a text.

    Args:
        pieces: lines with their ends, or parts of very long lines.
        source: the file's name, kept in the sentences.
    """
    buffer: list[str] = []
    size = 0
    start = 0
    limit = _PARAGRAPH
    blank, ended = True, True
    for piece in pieces:
        blank, ended = (blank or ended) and not piece.strip(), piece.endswith("\n")
        if blank and ended:
            text = "".join(buffer)
            yield from sentences(text, start, source)
            start += len(text) + len(piece)
            buffer, size, limit = [], 0, _PARAGRAPH
            continue
        buffer.append(piece)
        size += len(piece)
        if size > limit:
            text = "".join(buffer)
            cut = _cut(text)
            yield from sentences(text[:cut], start, source)
            buffer = [text[cut:]]
            size = len(buffer[0])
            start += cut
            limit = max(_PARAGRAPH, 2 * size)  # or a long sentence costs quadratic time
    yield from sentences("".join(buffer), start, source)


def sentences(text: str, start: int = 0, source: str = "") -> Iterator[Sentence]:
    """Splits a text that is at hand into sentences with tokens and offsets.

    Args:
        text: raw text.
        start: its character position in the document; offsets count from there.
        source: the file's name, kept in the sentences.
    """
    for ranges in segment(text):
        first, last = ranges[0][0], ranges[-1][1]
        yield Sentence(
            tokens=[text[a:b] for a, b in ranges],
            text=text[first:last],
            offsets=[(start + a, start + b) for a, b in ranges],
            start=start + first,
            source=source,
        )


def _cut(text: str) -> int:
    """Finds where an overlong paragraph may be cut: before its last sentence.

    Only at white space: what stands there does not depend on what follows.
    """
    last = 0
    for ranges in segment(text):
        start = ranges[0][0]
        if text[start - 1 : start] in _SPACES:
            last = start
    if not last and len(text) > _LONGEST_SENTENCE:
        last = max(map(text.rfind, _SPACES)) + 1
    return last
