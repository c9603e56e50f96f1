"""What can go wrong with a user's input, said in one line.

The base class of every error that this project raises on purpose stands here, on
the ground floor; each room derives its own from it.
"""

from __future__ import annotations

_LONGEST = 400  # characters of what was found, and of what was expected


class TaggerError(Exception):
    """Says where something is wrong, what was found and what was expected.

    Args:
        place: file, file:line, option or object; empty where there is none.
        found: what is there, as a noun phrase ("3 columns").
        expected: what should be there instead ("4").

    Names and numbers of a user's file may stand in both: what is said of them is cut
    where it grows too long, and in one line whatever they hold.
    """

    def __init__(self, place: str, found: str, expected: str) -> None:
        self.place = place
        self.found = one_line(found)
        self.expected = one_line(expected)
        message = f": found {self.found}, expected {self.expected}"
        super().__init__(one_line(place, 10 * len(place)) + message)

    def __reduce__(self) -> tuple[type[TaggerError], tuple[str, str, str]]:
        """Lets it pass from one process to another, as pools of workers hand errors on."""
        return type(self), (self.place, self.found, self.expected)


class CorpusError(TaggerError):
    """A corpus, a file of it or a tag in it cannot be read or written."""


def one_line(text: str, limit: int = _LONGEST) -> str:
    """Escapes line breaks and what else cannot be printed, and cuts what is too long."""
    text = text[: limit + 1]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown(value: object, limit: int = 60) -> str:
    """Quotes what a user's file holds for a message: one line, printable, not too long."""
    text = value if isinstance(value, str) else _as_text(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return repr(text)


def _as_text(value: object) -> str:
    try:
        return str(value)
    except (ValueError, RecursionError):  # a number of too many digits, lists in lists in lists
        return f"a {type(value).__name__} too long to print"
