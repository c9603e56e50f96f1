"""The two values everything speaks of: a sentence and a span.

Knows no file format and no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpora.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of tokens, half-open: it covers tokens start … end-1.

    `start_char` and `end_char` (half-open too) count from the start of the document, `text`
    is what stands there: in the sentence's text, or else in its tokens joined by single
    spaces. `confidence` is a probability where a model gave one.

        >>> Span(0, 2, "PER").end - Span(0, 2, "PER").start
        2
    """

    start: int
    end: int
    label: str
    start_char: int | None = None
    end_char: int | None = None
    text: str | None = None
    confidence: float | None = None


@dataclass(slots=True)
class Sentence:
    """Tokens with any number of named layers of tags, one tag a token.

        >>> s = Sentence(["Ada", "slept"], {"UPOS": ["PROPN", "VERB"]})
        >>> s.tags["UPOS"][0], len(s)
        ('PROPN', 2)

    Attributes:
        tokens: the forms, exactly as in the source; an empty form is kept.
        tags: layer name → one tag for each token.
        text: the sentence's own text, or None where only tokens are known.
        offsets: for each token its half-open character range, or None; they count
            from the start of the document, in which `text` begins at `start`.
        start: character position of `text` in its document.
        spans: layer name → spans, filled in by the tagger for layers of entities.
        confidences: layer name → probability of each token's tag, where known.
        comments: the source's comment lines, without line ends.
        new_document: a document begins with this sentence.
        source: name of the file it was read from, "" where there is none.
        line: number (from 1) of its first token's line there, 0 where unknown.
        record: the lines as read, for formats that hold more than tokens and tags.

    Raises:
        CorpusError: a layer or the offsets differ in length from the tokens.
    """

    tokens: list[str]
    tags: dict[str, list[str]] = field(default_factory=dict)
    text: str | None = None
    offsets: list[tuple[int, int]] | None = None
    start: int = 0
    spans: dict[str, list[Span]] = field(default_factory=dict)
    confidences: dict[str, list[float]] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    new_document: bool = False
    source: str = ""
    line: int = 0
    record: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name, tags in self.tags.items():
            if len(tags) != len(self.tokens):
                raise CorpusError(
                    self.place(),
                    f"{len(tags)} tags in layer {name}",
                    f"{len(self.tokens)}, one a token",
                )
        if self.offsets is not None and len(self.offsets) != len(self.tokens):
            raise CorpusError(
                self.place(),
                f"{len(self.offsets)} offsets",
                f"{len(self.tokens)}, one a token",
            )

    def __len__(self) -> int:
        return len(self.tokens)

    def tagged(
        self,
        tags: dict[str, list[str]],
        spans: dict[str, list[Span]],
        confidences: dict[str, list[float]],
    ) -> Sentence:
        """Returns the same sentence with other tags (`dataclasses.replace`, but quick)."""
        return Sentence(
            self.tokens,
            tags,
            self.text,
            self.offsets,
            self.start,
            spans,
            confidences,
            self.comments,
            self.new_document,
            self.source,
            self.line,
            self.record,
        )

    def place(self, token: int = 0) -> str:
        """Where a token stands, for messages: "train.conll:812"."""
        if not self.line:
            return self.source or "sentence"
        line = self.line + token
        if self.record is not None:
            rows = [i for i, row in enumerate(self.record) if is_word_row(row)]
            line = self.line + (rows[token] if token < len(rows) else 0)
        return f"{self.source}:{line}"

    def surface(self) -> tuple[str, list[tuple[int, int]]]:
        """Returns a text and each token's offsets into that very text.

        Where there is no text, or one that lacks a token, the tokens joined with single spaces.
        """
        if self.text is not None and self.offsets is not None:
            return self.text, [(a - self.start, b - self.start) for a, b in self.offsets]
        if self.text is not None and (found := align(self.tokens, self.text)) is not None:
            return self.text, found
        return " ".join(self.tokens), list(joined_offsets(self.tokens))


def is_word_row(row: str) -> bool:
    """Tells whether a CoNLL-U line is a syntactic word (its ID a plain number)."""
    return row.partition("\t")[0].isdigit()


def joined_offsets(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields each token's range in the text that single spaces join."""
    position = 0
    for token in tokens:
        yield position, position + len(token)
        position += len(token) + 1


def align(tokens: Sequence[str], text: str) -> list[tuple[int, int]] | None:
    """Finds each token in the text, left to right; None where one is missing.

    >>> align(["do", "n't", "!"], "don't !")
    [(0, 2), (2, 5), (6, 7)]
    """
    offsets = []
    position = 0
    for token in tokens:
        found = text.find(token, position)
        if found < 0 or text[position:found].strip():
            return None
        position = found + len(token)
        offsets.append((found, position))
    return offsets
