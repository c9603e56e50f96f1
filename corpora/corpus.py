"""A corpus: train, dev and test sentences of one format.

What the user names is a file, a folder that holds the splits, `starter:NAME` or
`hf:NAME`. Knows nothing of what the sentences are for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from corpora import hub
from corpora.errors import CorpusError
from corpora.files import open_binary
from corpora.formats import brat
from corpora.formats.columns import Layout
from corpora.formats.recognition import comes_once, detect_format, recognise
from corpora.formats.table import FORMATS
from corpora.options import READ_DEFAULTS, ReadOptions, Remark
from corpora.sentence import Sentence
from corpora.splits import Split, reopenable, undeclared

if TYPE_CHECKING:
    import datasets

_STARTER = "starter:"
_SPLIT_WORDS = {
    "train": ("train", "training"),
    "dev": ("dev", "valid", "validation", "devel", "testa"),
    "test": ("test", "testb"),
}


class Part(Protocol):
    """One split of a corpus: sentences that can be read again and again.

    Attributes:
        source: its name, for messages.
        path: the file it is read from, where it is one.
        layout: of its columns, where it has some.
    """

    source: str
    path: Path | None
    layout: Layout | None

    def __iter__(self) -> Iterator[Sentence]:
        """Reads it anew."""
        ...

    def sniff(self) -> Layout | None:
        """Returns the layout of its columns, looking at them if need be."""
        ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """The splits of a corpus; dev and test may be missing.

    Attributes:
        name: what the user called it.
    """

    name: str
    train: Part
    dev: Part | None = None
    test: Part | None = None

    def splits(self) -> Iterator[tuple[str, Part]]:
        """Yields name and content of the splits that are there."""
        for name, split in (("train", self.train), ("dev", self.dev), ("test", self.test)):
            if split is not None:
                yield name, split

    def renamed(self, names: Mapping[str, str]) -> Corpus:
        """Returns the same corpus with other names for some of its layers.

        Args:
            names: old name → new one.
        """
        parts = {key: _Renamed(part, names) for key, part in self.splits()}
        return dataclasses.replace(self, **parts)  # type: ignore[arg-type]

    def to_datasets(self) -> datasets.DatasetDict:
        """Returns the corpus as a Hugging Face data set (extra `train`), in memory.

        Tags are numbers with the names of their classes; "dev" becomes "validation".

        Raises:
            CorpusError: sentences differ in their layers.
        """
        names = {"dev": "validation"}
        return hub.to_datasets((names.get(name, name), split) for name, split in self.splits())

    @classmethod
    def from_datasets(
        cls, loaded: Mapping[str, Any], name: str = "", options: ReadOptions = READ_DEFAULTS
    ) -> Corpus:
        """Makes a corpus of the splits of a Hugging Face data set.

        Args:
            loaded: split → `Dataset` or `IterableDataset`.
            name: for messages.

        Raises:
            CorpusError: it has no training split, or no column of tokens.
        """
        parts = {k: hub.DatasetSplit(d, f"{name or 'dataset'}/{k}", options) for k, d in loaded.items()}
        return _of_parts(name, parts, options)


class _Renamed:
    """A part of a corpus, some layers of which have other names than in its file."""

    layout = None  # which would tell the names of the file

    def __init__(self, part: Part, names: Mapping[str, str]) -> None:
        self.source = part.source
        self.path = part.path
        self._part = part
        self._names = names

    def __iter__(self) -> Iterator[Sentence]:
        for sentence in self._part:
            tags = {self._names.get(name, name): tags for name, tags in sentence.tags.items()}
            if len(tags) < len(sentence.tags):
                found = ", ".join(f"{old}={new}" for old, new in self._names.items())
                expected = f"names that differ from those there: {', '.join(sentence.tags)}"
                raise CorpusError(sentence.place(), f"the new names {found}", expected)
            yield dataclasses.replace(sentence, tags=tags)

    def sniff(self) -> None:
        """There is no layout."""


def load_corpus(
    name: str | Path,
    *,
    dev: str | Path | None = None,
    test: str | Path | None = None,
    format: str | None = None,
    options: ReadOptions = READ_DEFAULTS,
) -> Corpus:
    """Finds the files of a corpus.

    Args:
        name: a file or a pipe (all of it train), a folder with train, dev and test of one
            format, `starter:NAME` for a corpus that ships with the project, or
            `hf:OWNER/NAME[/CONFIG][@REVISION]`.
        dev, test: files that take the place of those in the folder.
        format: of the files; None to go by their names and content.
        options: how they are read.

    Raises:
        CorpusError: there is no such corpus, or no train file in the folder.
    """
    name = str(name)
    others = {key: Path(value) for key, value in (("dev", dev), ("test", test)) if value}
    root = starter_path(name.removeprefix(_STARTER)) if name.startswith(_STARTER) else Path(name)
    is_folder = os.path.isdir(root)  # noqa: PTH112 - Path.is_dir raises on an overlong name
    if name.startswith(hub.PREFIX) or (is_folder and hub.is_saved(root)):
        if options.columns is not None and not others:
            options.report(undeclared(name, options.columns, "data sets"))
        found = _of_parts(name, hub.load(name, options), options)
        named = {key: reopenable(path, format, options) for key, path in others.items()}
        return Corpus(name, found.train, named.get("dev", found.dev), named.get("test", found.test))
    files = {"train": root}
    if is_folder and not brat.is_folder(root):
        files = _in_folder(root, format)
    files |= others
    for path in files.values():
        # os.path and not Path.is_dir, which raises on an overlong name
        if not comes_once(path) and not (os.path.isdir(path) and brat.is_folder(path)):  # noqa: PTH112
            open_binary(path).close()
    train = reopenable(files["train"], format, options)
    layout = train.sniff()

    def other(key: str) -> Split | None:
        if key not in files:
            return None
        # the format and the columns of the train file hold for its companions too
        same = files[key].suffixes == files["train"].suffixes
        known = train.format if same or recognise(files[key]) is None else None
        return reopenable(files[key], format or known, options, layout=layout)

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
    """Returns the hash of a file's bytes, in hexadecimal; of a folder, that of its files
    and their names."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file():
                digest.update(f"{file.name}\0{sha256(file)}\0".encode())
        return digest.hexdigest()
    with path.open("rb") as binary:
        while block := binary.read(1 << 20):
            digest.update(block)
        return digest.hexdigest()


def _of_parts(name: str, parts: Mapping[str, Part], options: ReadOptions) -> Corpus:
    """Finds train, dev and test among the splits of a data set."""
    found: dict[str, Part] = {}
    for key, part in parts.items():
        role = next((role for role, words in _SPLIT_WORDS.items() if key.lower() in words), None)
        if len(parts) == 1 and role != "train":
            message = f"the only split, {key}, is taken as train"
            options.report(Remark("splits taken as train", name, message))
            role = "train"
        if role is None or role in found:
            why = f"a second {role} set" if role in found else "none of train, dev and test"
            message = f"the split {key} is {why}, and is left out"
            options.report(Remark("splits left out", name, message))
        else:
            found[role] = part
    if "train" not in found:
        raise CorpusError(name, f"the splits {', '.join(parts) or 'none'}", "one named train")
    return Corpus(name, found["train"], found.get("dev"), found.get("test"))


def _in_folder(folder: Path, format: str | None) -> dict[str, Path]:
    """Finds one file a split; the word for the split stands alone in the name."""
    found: dict[str, list[Path]] = {key: [] for key in _SPLIT_WORDS}
    for path in sorted(folder.iterdir()):
        words = path.name.lower().replace("-", ".").replace("_", ".").split(".")
        keys = [key for key, names in _SPLIT_WORDS.items() if any(word in names for word in words)]
        if keys and not path.name.startswith(".") and _is_split(path, format):
            found[keys[0]].append(path)
    for key, paths in found.items():  # train.txt beside train.conll is its raw text
        paths = [path for path in paths if detect_format(path) != "text"] or paths
        found[key] = paths
        if len(paths) > 1:
            names_found = " and ".join(p.name for p in paths)
            raise CorpusError(str(folder), f"{names_found}", f"one {key} file")
    if not found["train"]:
        suffixes = [s for f in FORMATS.values() if f.tagged for s in f.suffixes[:1]]
        raise CorpusError(str(folder), "no train file", f"train{', train'.join(suffixes)}")
    return {key: paths[0] for key, paths in found.items() if paths}


def _is_split(path: Path, format: str | None) -> bool:
    if path.is_dir():
        return brat.is_folder(path)
    if format is not None:
        words = {f".{word}" for words in _SPLIT_WORDS.values() for word in words}  # eng.train
        return detect_format(path) is not None or path.suffix in ("", ".dat", ".data", *words)
    found = recognise(path)  # raw text is no split, for it has no tags
    return found is not None and FORMATS[found.format].tagged
