"""Reads word vectors that others have trained: word2vec, GloVe and fastText files.

A file is gone through once, and only the rows that are wanted are kept, so that memory
depends on the corpus, not on the file. Knows no network.

    text     word2vec (`N D` in the first line), fastText's .vec (likewise), GloVe (no first
             line); one word a line, a space (or a tab) between numbers; perhaps packed (.gz …)
    binary   word2vec's: `N D`, then each word, a space and D float32
    .bin     fastText's: a word is the mean of its own row and of those of its character n-grams,
             so that a word that is not in the file has a vector too (Bojanowski et al. 2017)

Words that are not UTF-8, of which published files have some (a word cut within a character), can
be those of no text: they are left out, and counted.
"""

from __future__ import annotations

import codecs
import io
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from corpora.errors import CorpusError, TaggerError, shown
from corpora.files import COMPRESSIONS, open_binary

Array = NDArray[np.float32]

_MOST_NUMBERS = 4096  # in a vector
_SAMPLE = 8  # numbers that tell text from binary
_LONGEST_WORD = 10_000  # bytes
_FASTTEXT = struct.pack("<i", 793712314)
_FASTTEXT_VERSIONS = (11, 12)
_END = "</s>"  # the end of a line, which fastText keeps as a word without n-grams
_HASH_BASIS, _HASH_PRIME = 2166136261, 16777619  # of FNV-1a
_EXPECTED = "word vectors of word2vec, GloVe or fastText"


class VectorsError(TaggerError):
    """A file holds no word vectors, or broken ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Words and their vectors.

    Attributes:
        words: N of them, all different.
        table: float32, (N, size).
        broken: words of the file that are not UTF-8, and so left out.
    """

    words: tuple[str, ...]
    table: Array
    broken: int = 0

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return int(self.table.shape[1])


def read_vectors(path: Path, wanted: Collection[str], first: int = 0) -> Vectors:
    """Reads the vectors of some words.

    Args:
        path: of any of the formats above; which one, its first bytes tell.
        wanted: words to keep; those of fastText's .bin get a vector in any case.
        first: so many words from the beginning of the file are kept as well; files begin
            with frequent words.

    Raises:
        VectorsError: it is not there, or no such file, or a line of it is broken.
    """
    keep = frozenset(wanted)
    try:
        with open_binary(path) as file:
            begin = _peek(file)
            if begin.startswith(_FASTTEXT):
                return _fasttext(path, file, keep, first)
            entries = _binary(path, file) if _is_binary(begin) else _text(path, file)
            found: dict[str, Array] = {}
            broken = 0
            for number, (raw, vector) in enumerate(entries):
                word = _decoded(raw)
                if word is None:
                    broken += 1
                elif (number < first or word in keep) and word not in found:
                    found[word] = vector()
    except CorpusError as error:  # from opening and unpacking
        raise VectorsError(error.place, error.found, error.expected) from error
    except (OSError, EOFError, struct.error) as error:
        raise VectorsError(str(path), f"a file cut short or damaged ({error})", _EXPECTED) from error
    if not found:
        raise VectorsError(str(path), "none of the corpus's words", "some of them")
    return Vectors(tuple(found), np.stack(list(found.values())), broken)


def _peek(file: IO[bytes]) -> bytes:
    begin: bytes = cast("io.BufferedReader", file).peek(1 << 12)  # as all that open_binary opens
    return begin


def _header(line: bytes) -> tuple[int, int] | None:
    """Reads `N D`, the number of words and of numbers in a vector."""
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _is_binary(begin: bytes) -> bool:
    first, _, rest = begin.removeprefix(codecs.BOM_UTF8).partition(b"\n")
    if _header(first) is None:
        return False
    line, ended, _ = rest.partition(b"\n")
    numbers = line.rstrip().split(_between(line))[1:]
    if not ended:
        numbers = numbers[:-1]  # it may be cut
    return not numbers or not all(map(_is_number, numbers[-_SAMPLE:]))


def _between(line: bytes) -> bytes:
    """Returns what stands between the numbers of a line of text."""
    return b"\t" if b"\t" in line else b" "


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _sized(place: str, size: int) -> int:
    if not 1 <= size <= _MOST_NUMBERS:
        raise VectorsError(place, f"{size} numbers in a vector", f"1 to {_MOST_NUMBERS}; {_EXPECTED}")
    return size


def _decoded(raw: bytes) -> str | None:
    """Returns a word; None where it is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _finite(vector: Array, place: str) -> Array:
    if not np.isfinite(vector).all():
        raise VectorsError(place, "a number that is infinite or none", "finite ones")
    return vector


def _text(path: Path, file: IO[bytes]) -> Iterator[tuple[bytes, Any]]:
    """Yields each word with a function that returns its vector."""
    count = size = words = 0
    between = b""
    for number, raw in enumerate(file, 1):
        place = f"{path}:{number}"
        line = (raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw).rstrip(b" \t\r\n")
        if number == 1 and (header := _header(line)):
            count, size = header[0], _sized(place, header[1])
            continue
        if not line:
            continue
        words += 1
        between = between or _between(line)
        size = size or _sized(place, len(line.split(between)) - 1)
        word, *numbers = line.rsplit(between, size)  # a word may hold spaces
        if len(numbers) != size:
            raise VectorsError(place, f"{len(numbers)} numbers", f"{size}, as before")

        def vector(numbers: list[bytes] = numbers, place: str = place) -> Array:
            try:
                return _finite(np.array(numbers).astype(np.float32), place)
            except ValueError as error:
                raise VectorsError(place, "something that is no number", "numbers") from error

        yield word, vector
    if words < count:
        raise VectorsError(str(path), f"{words} words", f"{count}, as its first line says")


def _binary(path: Path, file: IO[bytes]) -> Iterator[tuple[bytes, Any]]:
    header = _header(file.readline())
    assert header is not None
    count, size = header[0], _sized(f"{path}:1", header[1])
    buffer, start = b"", 0
    for number in range(1, count + 1):
        place = f"{path}: word {number}"
        while (space := buffer.find(b" ", start)) < 0 or len(buffer) < space + 1 + 4 * size:
            block = file.read(1 << 20)
            if not block or (space < 0 and len(buffer) - start > _LONGEST_WORD):
                raise VectorsError(
                    place, "the end of the file", f"{count} words, as its first line says"
                )
            buffer, start = buffer[start:] + block, 0
        begin = space + 1
        raw = buffer[begin : begin + 4 * size]
        word = buffer[start:space].lstrip(b"\n")
        start = begin + 4 * size

        def vector(raw: bytes = raw, place: str = place) -> Array:
            return _finite(np.frombuffer(raw, "<f4").astype(np.float32), place)

        yield word, vector


def _fasttext(path: Path, file: IO[bytes], wanted: frozenset[str], first: int) -> Vectors:
    """Reads a model of fastText; its matrix stays on disk but for the rows in use."""
    if path.suffix.lower() in COMPRESSIONS:
        raise VectorsError(str(path), "a packed model of fastText", "it unpacked")

    def values(form: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))

    _, version = values("ii")
    if version not in _FASTTEXT_VERSIONS:
        listed = " or ".join(map(str, _FASTTEXT_VERSIONS))
        raise VectorsError(str(path), f"version {version} of fastText's format", listed)
    size, *_, buckets, shortest, longest, _, _ = values("12id")
    _sized(str(path), size)
    entries, words, _, _, pruned = values("iiiqq")
    names: dict[str, int] = {}
    broken = 0
    for row in range(entries):
        name = _until_zero(file)
        _, kind = values("qb")
        if kind != 0:  # a label
            continue
        if (word := _decoded(name)) is None:
            broken += 1
        else:
            names[word] = row
    (is_quantized,) = values("?")
    if pruned >= 0 or is_quantized:
        raise VectorsError(str(path), "a quantized model of fastText", "one in full (.bin)")
    rows, columns = values("qq")
    if (rows, columns) != (words + buckets, size):
        raise VectorsError(str(path), f"a matrix of {rows} x {columns}", f"{words + buckets} x {size}")
    if path.stat().st_size < file.tell() + 4 * rows * columns:
        raise VectorsError(str(path), "a file cut short", f"a matrix of {rows} x {columns}")
    matrix = np.memmap(path, "<f4", "r", file.tell(), (rows, columns))

    def vector(word: str) -> Array:
        own = [names[word]] if word in names else []
        grams = (
            []
            if word == _END or not buckets
            else [words + _hash(gram) % buckets for gram in _grams(f"<{word}>", shortest, longest)]
        )
        if not own and not grams:
            return np.zeros(size, np.float32)
        return _finite(np.asarray(matrix[[*own, *grams]].mean(axis=0)), f"{path}: {shown(word)}")

    kept = dict.fromkeys([*list(names)[:first], *sorted(wanted)])
    if not kept:
        raise VectorsError(str(path), "none of the corpus's words", "some of them")
    return Vectors(tuple(kept), np.stack([vector(word) for word in kept]), broken)


def _until_zero(file: IO[bytes]) -> bytes:
    found = bytearray()
    while (byte := file.read(1)) != b"\0":
        if not byte or len(found) > _LONGEST_WORD:
            raise EOFError("a word without an end")
        found += byte
    return bytes(found)


def _grams(word: str, shortest: int, longest: int) -> Iterator[str]:
    """Yields the n-grams of characters of a word in < and >, but not these two alone."""
    for start in range(len(word)):
        for n in range(max(1, shortest), longest + 1):
            end = start + n
            if end > len(word):
                break
            if n > 1 or (start > 0 and end < len(word)):
                yield word[start:end]


def _hash(gram: str) -> int:
    """FNV-1a over bytes that are signed, as fastText has them (32 bits)."""
    value = _HASH_BASIS
    for byte in gram.encode("utf-8"):
        signed = byte if byte < 128 else byte - 256
        value = ((value ^ (signed & 0xFFFFFFFF)) * _HASH_PRIME) & 0xFFFFFFFF
    return value
