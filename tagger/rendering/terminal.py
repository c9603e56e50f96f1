"""Tagged sentences as glosses: tags below their tokens, entities in colour.

    Ada   Lovelace lived in  London .
    PROPN PROPN    VERB  ADP PROPN  PUNCT
    PER ━━━━━━━━━━           LOC ━━

Knows sentences and terminals, no models.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from corpora import Sentence, Span

Style = Callable[[str, str], str]

_COLOURS = ("32", "36", "35", "33", "34", "31")  # green, cyan, magenta, yellow, blue, red
_KNOWN = {"PER": "32", "LOC": "36", "ORG": "35", "MISC": "33"}
_DIM = "2"


def style(stream: TextIO | None) -> Style:
    """Returns what puts text into a colour: (text, code) → text.

    Colours are left out where the stream is no terminal or NO_COLOR is set, unless
    FORCE_COLOR is.
    """
    wanted = stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")
    if wanted or os.environ.get("FORCE_COLOR"):
        return lambda text, code: f"\x1b[{code}m{text}\x1b[0m" if code and text else text
    return lambda text, code: text


def glosses(
    sentences: Iterable[Sentence], layers: Sequence[str], paint: Style, width: int = 0
) -> Iterator[str]:
    """Yields each sentence as lines, wrapped to the terminal, and a blank line.

    Args:
        layers: which layers of tags to show, from the top down.
        paint: puts text into a colour.
        width: of a line in columns; 0 asks the terminal.
    """
    width = width or shutil.get_terminal_size().columns
    for sentence in sentences:
        if sentence.tokens:
            yield from _gloss(sentence, layers, paint, width)


def columns(text: str) -> int:
    """Returns how many terminal columns a text takes (two for most of CJK and emoji)."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _gloss(sentence: Sentence, layers: Sequence[str], paint: Style, width: int) -> Iterator[str]:
    tokens = [_printable(token) for token in sentence.tokens]
    plain = [name for name in layers if name not in sentence.spans]
    spans = {name: sentence.spans[name] for name in layers if name in sentence.spans}
    colours = [""] * len(tokens)
    for span in (span for found in spans.values() for span in found):
        colours[span.start : span.end] = [colour(span.label)] * (span.end - span.start)
    widths = [
        max(columns(token), *(columns(sentence.tags[name][i]) for name in plain), 0)
        for i, token in enumerate(tokens)
    ]
    for span in (span for found in spans.values() for span in found):
        room = sum(widths[span.start : span.end]) + span.end - span.start - 1
        widths[span.end - 1] += max(0, columns(span.label) - room)
    for start, end in _wrapped(widths, width):
        yield _row(tokens[start:end], widths[start:end], colours[start:end], paint)
        for name in plain:
            tags = sentence.tags[name][start:end]
            yield _row(tags, widths[start:end], [_DIM] * len(tags), paint)
        for found in spans.values():
            if any(span.start < end and span.end > start for span in found):
                yield _span_row(found, widths, start, end, paint)
    yield "\n"


def colour(label: str) -> str:
    """Returns the colour of a label, always the same one."""
    return _KNOWN.get(label) or _COLOURS[zlib.crc32(label.encode()) % len(_COLOURS)]


def _printable(token: str) -> str:
    """Shows what would move the cursor or not show at all as ␣ or �."""
    return "".join(c if c.isprintable() else "�" for c in token) or "␣"


def _wrapped(widths: Sequence[int], width: int) -> Iterator[tuple[int, int]]:
    start, used = 0, 0
    for i, w in enumerate(widths):
        if i > start and used + w > width:
            yield start, i
            start, used = i, 0
        used += w + 1
    yield start, len(widths)


def _row(cells: Sequence[str], widths: Sequence[int], codes: Sequence[str], paint: Style) -> str:
    line, blanks = "", 0  # blanks that are written when something follows them
    for cell, w, code in zip(cells, widths, codes, strict=True):
        visible = cell.rstrip(" ")
        if visible:
            line += " " * blanks + paint(visible, code)
            blanks = 0
        blanks += w - columns(visible) + 1
    return line + "\n"


def _span_row(spans: Sequence[Span], widths: Sequence[int], start: int, end: int, paint: Style) -> str:
    line, position = "", 0
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        if first >= last:
            continue
        left = sum(widths[start:first]) + first - start
        room = sum(widths[first:last]) + last - first - 1
        label = span.label if first == span.start else ""
        rule = "━" * max(0, room - columns(label) - 1)
        line += " " * (left - position) + paint(f"{label} {rule}".strip(), colour(span.label))
        position = left + columns(f"{label} {rule}".strip())
    return line + "\n"
