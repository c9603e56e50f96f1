"""Plain text: a blank line ends a paragraph, and no sentence runs across one.

How a paragraph becomes sentences and tokens is said by `ReadOptions.tokenization`. What
is written is one line a sentence, so that it can be read again as it was: by lines.
Streams: what is held in memory is one paragraph, or the unfinished sentence of one
that is very long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpora.errors import CorpusError, shown
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, WriteOptions
from corpora.sentence import Sentence
from corpora.tokenization import STANDARD_TOKENIZATION, Tokenization

# A paragraph that grows beyond this many characters is split into sentences as it
# comes; all but the last (perhaps unfinished) one are handed on.
_PARAGRAPH = 1 << 16
# A "sentence" of more characters than this is cut at white space, never in a token.
_LONGEST_SENTENCE = 1 << 20
_SPACES = (" ", "\n", "\t")


def read(pieces: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields the sentences of a text.

    Args:
        pieces: lines with their ends, or parts of very long lines.
        source: the file's name, kept in the sentences.
        options: of which the tokenization counts.
    """
    how = options.tokenization
    buffer: list[str] = []
    size = 0
    start = 0
    limit = _PARAGRAPH
    blank, ended = True, True
    for piece in pieces:
        blank, ended = (blank or ended) and not piece.strip(), piece.endswith("\n")
        if blank and ended:
            text = "".join(buffer)
            yield from sentences(text, start, source, how)
            start += len(text) + len(piece)
            buffer, size, limit = [], 0, _PARAGRAPH
            continue
        buffer.append(piece)
        size += len(piece)
        if size > limit:
            text = "".join(buffer)
            cut = _cut(text, how)
            yield from sentences(text[:cut], start, source, how)
            buffer = [text[cut:]]
            size = len(buffer[0])
            start += cut
            limit = max(_PARAGRAPH, 2 * size)  # or a long sentence costs quadratic time
    yield from sentences("".join(buffer), start, source, how)


def write(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields one line a sentence: its own text, or its tokens with spaces between them.

    A blank line stands before each document but the first.

    Raises:
        CorpusError: a sentence has tags, which a text cannot hold, or a line break.
    """
    written = False
    for sentence in sentences:
        if sentence.tags:
            layers = ", ".join(sentence.tags)
            raise CorpusError(sentence.place(), f"the layers {layers}", "none (text holds no tags)")
        text = sentence.surface()[0]
        if not text.strip() or "\n" in text:
            raise CorpusError(sentence.place(), f"text {shown(text)}", "one line that is not blank")
        if written and sentence.new_document:
            yield "\n"
        written = True
        yield text + "\n"


def sentences(
    text: str, start: int = 0, source: str = "", how: Tokenization = STANDARD_TOKENIZATION
) -> Iterator[Sentence]:
    """Splits a text that is at hand into sentences with tokens and offsets.

    Args:
        text: raw text.
        start: its character position in the document; offsets count from there.
        source: the file's name, kept in the sentences.
        how: the text is split.
    """
    for ranges in how.segment(text):
        first, last = ranges[0][0], ranges[-1][1]
        yield Sentence(
            tokens=[text[a:b] for a, b in ranges],
            text=text[first:last],
            offsets=[(start + a, start + b) for a, b in ranges],
            start=start + first,
            source=source,
        )


def _cut(text: str, how: Tokenization) -> int:
    """Finds where an overlong paragraph may be cut: before its last sentence.

    Only at white space: what stands there does not depend on what follows.
    """
    last = 0
    for ranges in how.segment(text):
        start = ranges[0][0]
        if text[start - 1 : start] in _SPACES:
            last = start
    if not last and len(text) > _LONGEST_SENTENCE:
        last = max(map(text.rfind, _SPACES)) + 1
    return last
