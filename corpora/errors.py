"""What can go wrong with a user's input, said in one line.

The base class of every error that this project raises on purpose stands here, on
the ground floor; each room derives its own from it.
"""

from __future__ import annotations


class TaggerError(Exception):
    """Says where something is wrong, what was found and what was expected.

    Args:
        place: file, file:line, option or object; empty where there is none.
        found: what is there, as a noun phrase ("3 columns").
        expected: what should be there instead ("4").
    """

    def __init__(self, place: str, found: str, expected: str) -> None:
        self.place = place
        self.found = found
        self.expected = expected
        super().__init__(f"{place}: found {found}, expected {expected}")


class CorpusError(TaggerError):
    """A corpus, a file of it or a tag in it cannot be read or written."""


def shown(text: str, limit: int = 60) -> str:
    """Quotes user text for an error message: one line, printable, not too long."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return repr(text)
