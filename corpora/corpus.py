"""A corpus: train, dev and test sentences of one format.

What the user names is a file, a folder that holds the splits, or `starter:NAME`.
Knows nothing of what the sentences are for.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from corpora.errors import CorpusError
from corpora.files import open_binary
from corpora.formats import FORMATS, Split, detect_format

_STARTER = "starter:"
_SPLIT_WORDS = {
    "train": ("train", "training"),
    "dev": ("dev", "valid", "validation", "devel", "testa"),
    "test": ("test", "testb"),
}


@dataclass(frozen=True, slots=True)
class Corpus:
    """The splits of a corpus; dev and test may be missing.

    Attributes:
        name: what the user called it.
    """

    name: str
    train: Split
    dev: Split | None = None
    test: Split | None = None

    def splits(self) -> Iterator[tuple[str, Split]]:
        """Yields name and content of the splits that are there."""
        for name, split in (("train", self.train), ("dev", self.dev), ("test", self.test)):
            if split is not None:
                yield name, split


def load_corpus(
    name: str,
    *,
    dev: str | None = None,
    test: str | None = None,
    separator: str | None = None,
    columns: str | None = None,
) -> Corpus:
    """Finds the files of a corpus.

    Args:
        name: a file (all of it train), a folder with train, dev and test of one
            format, or `starter:NAME` for a corpus that ships with the project.
        dev, test: files that take the place of those in the folder.
        separator, columns: declared layout of column files (see `columns.sniff`).

    Raises:
        CorpusError: there is no such corpus, or no train file in the folder.
    """
    root = starter_path(name.removeprefix(_STARTER)) if name.startswith(_STARTER) else Path(name)
    is_folder = os.path.isdir(root)  # noqa: PTH112 - Path.is_dir raises on an overlong name
    files = _in_folder(root) if is_folder else {"train": root}
    files |= {key: Path(value) for key, value in (("dev", dev), ("test", test)) if value}
    for path in files.values():
        open_binary(path).close()
    train = Split(files["train"], separator=separator, columns=columns)
    layout = train.sniff()

    def other(key: str) -> Split | None:
        if key not in files:
            return None
        # the columns of the train file hold for its companions too
        return Split(files[key], format=detect_format(files[key]) or train.format, layout=layout)

    return Corpus(name, train, other("dev"), other("test"))


def starter_path(name: str) -> Path:
    """Returns the folder of a corpus that ships with the project.

    Raises:
        CorpusError: there is none of that name.
    """
    folder = Path(str(resources.files("corpora"))) / "starter"
    names = sorted(p.name for p in folder.iterdir() if (p / "README.md").is_file())
    if name not in names:
        raise CorpusError(_STARTER + name, "no starter corpus of that name", " or ".join(names))
    return folder / name


def sha256(path: Path) -> str:
    """Returns the hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as binary:
        digest = hashlib.sha256()
        while block := binary.read(1 << 20):
            digest.update(block)
        return digest.hexdigest()


def _in_folder(folder: Path) -> dict[str, Path]:
    """Finds one file a split; the word for the split stands alone in the name."""
    found: dict[str, list[Path]] = {key: [] for key in _SPLIT_WORDS}
    for path in sorted(folder.iterdir()):
        known = detect_format(path)
        if path.name.startswith(".") or known is None or not FORMATS[known].tagged:
            continue
        words = path.name.lower().replace("-", ".").replace("_", ".").split(".")
        for key, names in _SPLIT_WORDS.items():
            if any(word in names for word in words):
                found[key].append(path)
                break
    for key, paths in found.items():
        if len(paths) > 1:
            names_found = " and ".join(p.name for p in paths)
            raise CorpusError(str(folder), f"{names_found}", f"one {key} file")
    if not found["train"]:
        suffixes = " or ".join(s for f in FORMATS.values() if f.tagged for s in f.suffixes[:1])
        raise CorpusError(str(folder), "no train file", f"train{suffixes.replace(' or ', ' or train')}")
    return {key: paths[0] for key, paths in found.items() if paths}
