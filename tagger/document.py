"""A tagged text: what a model says of it, sentence by sentence and as a whole.

Knows neither engines nor files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import overload

from corpora import Sentence, Span
from tagger.layers import TagLayer


class Document(Sequence[Sentence]):
    """A tagged text: its sentences, and what they hold seen as one.

    Offsets, and the positions of spans in `spans`, count from the start of the text.

    Args:
        text: all of it.
        sentences: what it was split into.
        layers: what it was tagged with; each has a list, be it an empty one.
    """

    def __init__(
        self, text: str, sentences: Sequence[Sentence], layers: Sequence[TagLayer] = ()
    ) -> None:
        self.text = text
        self.sentences = list(sentences)
        self._layers = tuple(layers)

    def __len__(self) -> int:
        return len(self.sentences)

    @overload
    def __getitem__(self, index: int) -> Sentence: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sentence]: ...

    def __getitem__(self, index: int | slice) -> Sentence | list[Sentence]:
        return self.sentences[index]

    def __repr__(self) -> str:
        return f"Document({len(self)} sentences, {len(self.tokens)} tokens)"

    @property
    def tokens(self) -> list[str]:
        """All tokens of the text."""
        return [token for sentence in self.sentences for token in sentence.tokens]

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """Half-open character range of each token: text[start:end] is the token."""
        return [pair for sentence in self.sentences for pair in sentence.offsets or []]

    @property
    def tags(self) -> dict[str, list[str]]:
        """Layer → one tag for each token of the text."""
        names = [layer.name for layer in self._layers]
        names = names or [name for sentence in self.sentences[:1] for name in sentence.tags]
        return {name: [t for s in self.sentences for t in s.tags[name]] for name in names}

    @property
    def spans(self) -> dict[str, list[Span]]:
        """Layer → spans; their `start` and `end` are positions in `tokens`."""
        found: dict[str, list[Span]] = {
            layer.name: [] for layer in self._layers if layer.scheme is not None
        }
        first = 0
        for sentence in self.sentences:
            for name, spans in sentence.spans.items():
                found.setdefault(name, []).extend(
                    dataclasses.replace(s, start=s.start + first, end=s.end + first) for s in spans
                )
            first += len(sentence)
        return found
