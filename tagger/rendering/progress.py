"""How far a run is: one line on a terminal that goes away at the end, and a summary.

    3/40 files, 31 %, 1,234,567 words, 187,000 words/s, 0:42 left

Knows streams of sentences and terminals, no models.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from corpora import Sentence

_INTERVAL = 0.2  # seconds between two states of the line
_WIDTH = 80  # of a terminal that does not tell
_ERASE = "\r\x1b[K"


class Progress:
    """Counts sentences that go by and shows the count while it grows.

    Args:
        terminal: where the line is shown; None for nowhere.
        share: tells how much of the input has been read, from 0 to 1; None for unknown.
        files: how many there are.
    """

    def __init__(
        self, terminal: TextIO | None, share: Callable[[], float | None], files: int = 1
    ) -> None:
        self.sentences = self.words = self.files_done = 0
        self._terminal = terminal
        self._share = share
        self._files = files
        self._began = time.monotonic()
        self._due = self._began + _INTERVAL
        self._visible = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()

    def counted(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """Passes sentences on, counting them."""
        for sentence in sentences:
            self.sentences += 1
            self.words += len(sentence)
            if self._terminal is not None and time.monotonic() >= self._due:
                self._show(self._terminal)
            yield sentence

    def clear(self) -> None:
        """Takes the line away, so that something else can be written."""
        if self._visible and self._terminal is not None:
            self._terminal.write(_ERASE)
            self._terminal.flush()
        self._visible = False

    def summary(self, skipped: int = 0, failed: int = 0) -> str:
        """Returns what was done, in one line.

        Args:
            skipped: files that were left alone.
            failed: files that could not be read or written.
        """
        seconds = time.monotonic() - self._began
        speed = self.words / seconds if seconds else 0
        done = [
            number_of(self.files_done, "file"),
            number_of(self.sentences, "sentence"),
            number_of(self.words, "word"),
        ]
        line = f"tagged {', '.join(done)} in {clock(seconds)}, {speed:,.0f} words/s"
        rest = [f"{n:,} {what}" for n, what in ((skipped, "skipped"), (failed, "failed")) if n]
        return "; ".join([line, ", ".join(rest)] if rest else [line])

    def _show(self, terminal: TextIO) -> None:
        now = time.monotonic()
        terminal.write(_ERASE + self._line(now - self._began)[: _width(terminal) - 1])
        terminal.flush()
        self._visible = True
        self._due = now + _INTERVAL

    def _line(self, seconds: float) -> str:
        parts = [f"{self.files_done:,}/{self._files:,} files"] if self._files > 1 else []
        share = self._share()
        if share is not None:
            parts.append(f"{100 * share:.0f} %")
        parts.append(f"{self.words:,} words")
        parts.append(f"{self.words / seconds:,.0f} words/s")
        if share:
            parts.append(f"{clock(seconds * (1 - share) / share)} left")
        return ", ".join(parts)


def _width(terminal: TextIO) -> int:
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _WIDTH
    except (OSError, ValueError):
        return _WIDTH


def number_of(number: int, noun: str) -> str:
    """Returns a number and a noun that goes with it.

    >>> number_of(1, "file"), number_of(2000, "file")
    ('1 file', '2,000 files')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def clock(seconds: float) -> str:
    """Returns a duration as one reads it on a clock.

    >>> clock(7.6), clock(3725)
    ('0:08', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
