"""Broken files for readers, made of valid ones or of random text.

An input is a few files, name → content; which one comes out follows from a `Random` alone.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from benchmarks.changes import BYTES, CHANGES, LONGEST, TEXTS, changed
from benchmarks.valid_files import valid_files
from corpora import FORMATS
from corpora.files import COMPRESSIONS

Files = Mapping[str, bytes]

_OWN_NAME = {"conll": "case.conll", "prodigy": "case.jsonl", "doccano": "case.jsonl"} | {
    "tsv": "case.tsv",
    "brat": "case.ann",
}
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABC .,;:!?-'\"()[]{}#@/\\|_=<>&",
    "áéüßñçøłşžąė",
    "абвгдежзκλμνאבגدذر",
    "한국어日本語中文ไทยहिन्दी",
    "😀👩‍👩‍👧🏽\u200d\ufe0f",
    "\u0300\u0301\u0489\u20dd",
    "\u00a0\u2000\u2003\u202f\u3000\u1680\x85\u2028\u2029\x0b\x0c\x1c\x1f",
    "\0\x01\x07\x1b\x7f\u0080\u200e\u202e\u2066\ufeff\ufffe\ufffd",
    "0123456789²③٣Ⅷ",
)


class Maker:
    """Makes inputs for one reader.

    Args:
        format: a name of FORMATS.
        suffix: of a compression, which the file is packed with, or "".
        name: of the file, where the format's own is not meant.
    """

    def __init__(self, format: str, suffix: str = "", name: str = "") -> None:
        row = FORMATS[format]
        self.format = format
        self.suffix = suffix
        self.name = (name or _OWN_NAME.get(format) or f"case{row.suffixes[0]}") + suffix
        self.seeds = valid_files(format)

    def make(self, random: Random) -> Files:
        """Returns the files of one input, of which the first one is to be read."""
        content = self._content(random)
        if self.format == "brat":
            text, _, annotations = content.partition(b"\0")
            return {self.name: annotations, Path(self.name).stem + ".txt": text}
        if self.suffix:
            content = packed(content, self.suffix)
            if random.random() < 0.7:
                content = changed(random, content, content, BYTES)
        return {self.name: content}

    def _content(self, random: Random) -> bytes:
        kind = random.random()
        if kind < 0.05:
            return random.randbytes(random.randrange(400))
        if kind < 0.12:
            return "".join(unicode_lines(random)).encode("utf-8", "surrogatepass")
        one, other = random.choice(self.seeds), random.choice(self.seeds)
        if self.suffix and kind < 0.5:
            return one
        changes = CHANGES.get(self.format, TEXTS)
        return changed(random, one, other, changes)[:LONGEST]


def unicode_lines(random: Random) -> Iterator[str]:
    """Yields random text, lines of words between spaces, tabs or commas."""
    for _ in range(random.randrange(20)):
        separator = random.choice((" ", "\t", ",", ""))
        words = []
        for _ in range(random.randrange(12)):
            alphabet = random.choice(_ALPHABETS)
            if random.random() < 0.05:
                alphabet = "".join(chr(random.randrange(0x110000)) for _ in range(5))
            words.append("".join(random.choices(alphabet, k=random.randrange(8))))
        yield separator.join(words) + random.choice(("\n", "\n", "\n", "\n\n", "\r\n", ""))


def packed(data: bytes, suffix: str) -> bytes:
    """Packs bytes as the end of a file name says."""
    if suffix == ".gz":
        return gzip.compress(data, mtime=0)
    if suffix == ".bz2":
        import bz2

        return bz2.compress(data)
    if suffix == ".xz":
        import lzma

        return lzma.compress(data)
    import zstandard

    assert suffix == ".zst" == COMPRESSIONS[-1]
    return zstandard.compress(data)
