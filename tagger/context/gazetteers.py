"""Lists of names as context: where a name of a list stands in a sentence.

A gazetteer is a list of names with a label, such as towns for LOC. Names are looked for
among the tokens as they are, and in small letters; of names that begin at one token the
longest counts, and what it covers begins no other match of that label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora import CorpusError, Sentence
from corpora.errors import TaggerError
from corpora.files import decoded_lines, open_binary
from tagger.context.parts import Read, longest
from tagger.features import composed
from tagger.runtime.numpy_engine import Array, Weights

KINDS = 2  # a name as it is written, and in small letters
PLACES = 4  # of a token in a match, in this order:
BEGIN, INSIDE, END, SINGLE = range(PLACES)

_LONGEST = 50  # tokens in a name, so that looking for names takes time that grows with the text


class GazetteerError(TaggerError):
    """A list of names cannot be read, or has none."""


def read_gazetteers(files: Iterable[tuple[str, Path]]) -> dict[str, tuple[str, ...]]:
    """Reads lists of names: in UTF-8, one a line, its tokens with spaces between; perhaps
    packed (.gz …). Blank lines are skipped.

    Args:
        files: label and file; those of one label are one list.

    Returns:
        Label → names, sorted, each once.

    Raises:
        GazetteerError: a file is not there, not in UTF-8, or empty, or has no name in a line.
    """
    found: dict[str, set[str]] = {}
    for label, path in files:
        names = set(_names(path))
        if not names:
            raise GazetteerError(str(path), "no names", "one a line")
        found.setdefault(label, set()).update(names)
    return {label: tuple(sorted(names)) for label, names in found.items()}


def _names(path: Path) -> Iterator[str]:
    try:
        with open_binary(path) as file:
            for number, line in enumerate(decoded_lines(file, str(path)), 1):
                tokens = line.split()
                if len(tokens) > _LONGEST:
                    found, expected = f"a name of {len(tokens)} tokens", f"{_LONGEST} at most"
                    raise GazetteerError(f"{path}:{number}", found, expected)
                if tokens:
                    yield " ".join(tokens)
    except CorpusError as error:
        raise GazetteerError(error.place, error.found, error.expected) from error


class Gazetteers:
    """See `tagger.context.parts.Part`.

    Args:
        names: label → its names, tokens with a space between.
        size: numbers that the matches at a token are made into.
    """

    name = "gazetteers"
    layers = ()

    def __init__(self, names: Mapping[str, Sequence[str]], size: int) -> None:
        self.labels = len(names)
        self.size = size
        # the beginnings of names in small letters, each with the labels of those that end there
        self._small: dict[str, tuple[int, ...]] = {}
        self._whole: dict[str, tuple[int, ...]] = {}
        for label, several in enumerate(names.values()):
            for name in map(composed, several):
                self._whole[name] = (*self._whole.get(name, ()), label)
                start = 0
                small = name.lower()
                while (start := small.find(" ", start) + 1) > 0:
                    self._small.setdefault(small[: start - 1], ())
                if label not in self._small.get(small, ()):
                    self._small[small] = (*self._small.get(small, ()), label)

    @property
    def width(self) -> int:
        """Numbers that are read of a token."""
        return self.labels * KINDS * PLACES

    def read(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        """See `Part`; 0 and 1, (B, T, labels · KINDS · PLACES)."""
        shape = (len(sentences), longest(sentences), self.labels * KINDS, PLACES)
        bits = np.zeros(shape, dtype=np.float32)
        for row, sentence in zip(bits, sentences, strict=True):
            for start, end, column in self.matches(sentence.tokens):
                if end == start + 1:
                    row[start, column, SINGLE] = 1
                    continue
                row[start, column, BEGIN] = row[end - 1, column, END] = 1
                row[start + 1 : end - 1, column, INSIDE] = 1
        return bits.reshape(*shape[:2], self.width)

    def vectors(self, read: Read, weights: Weights) -> Array:
        """See `Part`."""
        return np.asarray(read @ weights["projection.weight"].T)

    def matches(self, tokens: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Yields start and end of what matches, half-open, and label · KINDS, + 1 for a match
        in small letters."""
        forms = [composed(token) for token in tokens]
        small = [form.lower() for form in forms]
        free = [0] * (self.labels * KINDS)  # the first token that may begin a match
        for start, form in enumerate(small):
            labels = self._small.get(form)
            if labels is None:
                continue
            ends: dict[int, int] = {}
            whole, end = forms[start], start + 1
            while labels is not None:
                for label in labels:
                    ends[label * KINDS + 1] = end
                for label in self._whole.get(whole, ()):
                    ends[label * KINDS] = end
                if end == len(tokens):
                    break
                form, whole, end = f"{form} {small[end]}", f"{whole} {forms[end]}", end + 1
                labels = self._small.get(form)
            for column, last in ends.items():
                if start >= free[column]:
                    free[column] = last
                    yield start, last, column
