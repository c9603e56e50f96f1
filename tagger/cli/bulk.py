"""Files on their way through `tagger tag`: where each goes, and what became of it.

All go through the engine as one stream, in which small files fill batches together; the
tagged sentences are then dealt out to a file each. A file that cannot be read or written
has no output, and does not stop the others.
"""

from __future__ import annotations

import itertools
import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from corpora.errors import CorpusError, TaggerError
from corpora.files import COMPRESSIONS, writable
from corpora.formats.recognition import format_suffix
from corpora.formats.table import FORMATS
from corpora.options import WriteOptions
from corpora.sentence import Sentence
from corpora.splits import Split, write
from tagger.cli.extras import missing_extra
from tagger.rendering.progress import Progress

Stream = Callable[[Iterable[Sentence]], Iterator[Sentence]]


class File:
    """One input, the file that its sentences go to, and what is wrong with it.

    Args:
        split: what is read.
        target: what is written; None where all inputs go to one place.
        format: of the target.
        keeps_layout: columns are written as they were read.
    """

    def __init__(
        self, split: Split, target: Path | None = None, format: str = "", *, keeps_layout: bool = False
    ) -> None:
        self.split = split
        self.target = target
        self.format = format
        self.keeps_layout = keeps_layout
        self.error: TaggerError | None = None
        self.size = _size(split.path)


class Inputs:
    """Files that are read one after the other, and how far reading has come."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = files
        self._done = 0
        self._reading: File | None = None

    def share(self) -> float | None:
        """Returns the part of all bytes that has been read, between 0 and 1; None where
        it is not known how many there are."""
        sizes = [file.size for file in self.files]
        if None in sizes or not any(sizes):
            return None
        here = self._reading.split.position() if self._reading else 0
        return min(1.0, (self._done + here) / sum(filter(None, sizes)))

    def read(self, sentences: Callable[[File], Iterable[Sentence]]) -> Iterator[Sentence]:
        """Yields the sentences of all files.

        Args:
            sentences: reads a file.
        """
        for file in self.files:
            self._reading = file
            yield from sentences(file)
            self._reading = None
            self._done += file.size or 0


def tag_apart(
    inputs: Inputs,
    check: Callable[[Sentence], None],
    tag: Stream,
    choose: Stream,
    options: WriteOptions,
    progress: Progress,
    say: Callable[[str], None],
) -> int:
    """Tags files as one stream and writes each to its target; returns how many failed.

    Args:
        inputs: the files, each with a target.
        check: raises an error of a sentence that cannot be tagged.
        tag: tags a stream of sentences, in order.
        choose: leaves of tagged sentences what is to be written.
        options: how they are written.
        progress: counts what has been written.
        say: tells the user of a file that fails.
    """
    owners: deque[File] = deque()  # of the sentences that are read and not yet dealt out

    def sentences(file: File) -> Iterator[Sentence]:
        try:
            if file.keeps_layout:
                file.split.sniff()
            for sentence in file.split:
                check(sentence)
                owners.append(file)
                yield sentence
        except TaggerError as error:
            file.error = error.with_traceback(None)  # whose frames would keep the file open
        except ModuleNotFoundError as error:
            file.error = _lacking(file, error)

    broken: list[TaggerError] = []

    def tagged() -> Iterator[Sentence]:
        try:
            yield from tag(inputs.read(sentences))
        except TaggerError as error:
            broken.append(error)
            raise

    nothing: tuple[File | None, Iterator[Sentence]] = (None, iter(()))
    groups = itertools.groupby(tagged(), lambda sentence: owners.popleft())
    failed = 0
    owner, group = next(groups, nothing)
    for file in inputs.files:
        error = _write(file, choose(group if owner is file else ()), options, progress)
        if broken:  # in tagging, after which nothing comes
            raise broken[0]
        if error is not None:
            say(f"tagger: {error}")
            failed += 1
        if owner is file:
            owner, group = next(groups, nothing)
    assert owner is None and not owners, "every sentence goes to a file"
    return failed


def _write(
    file: File, sentences: Iterator[Sentence], options: WriteOptions, progress: Progress
) -> TaggerError | None:
    """Writes the target of a file; returns what went wrong."""

    def whole() -> Iterator[Sentence]:
        yield from sentences
        if file.error is not None:  # known by now: the reader is beyond this file
            raise file.error

    assert file.target is not None
    layout = file.split.layout if file.keeps_layout else None
    before = progress.sentences, progress.words
    try:
        with writable(file.target.parent):
            file.target.parent.mkdir(parents=True, exist_ok=True)
        write(progress.counted(whole()), file.target, file.format, layout, options)
    except (CorpusError, ModuleNotFoundError) as error:
        progress.sentences, progress.words = before
        return error if isinstance(error, CorpusError) else _lacking(file, error)
    progress.files_done += 1
    return None


def _lacking(file: File, error: ModuleNotFoundError) -> CorpusError:
    """Returns what to say of a format whose extra is not installed; other errors go on."""
    wanted = missing_extra(error)
    if wanted is None:
        raise error
    return CorpusError(file.split.source, *wanted)


def expanded(
    names: Sequence[str], but: Path | None = None
) -> tuple[list[tuple[str, Path]], list[CorpusError]]:
    """Replaces folders by the files below them, in the order of their names.

    Args:
        but: a folder that is left out where it stands below one, as that of the outputs is.

    Returns:
        of each file its name, and where it belongs below the folder of outputs: files
        by their names alone, those of a folder as they stand below it. Hidden files and
        folders are left out; a folder of brat's is one input. Beside them, what is wrong
        with the folders below that cannot be read.

    Raises:
        CorpusError: a folder holds no files, or none that can be come at.
    """
    found: list[tuple[str, Path]] = []
    unread: list[CorpusError] = []
    for name in names:
        path = Path(name)
        if not os.path.isdir(name) or _is_brat(path):  # noqa: PTH112 - Path.is_dir raises on a bad name
            found.append((name, Path(path.name)))
            continue
        errors: list[CorpusError] = []
        below = sorted(_files_below(path, but, errors))
        if not below:
            raise errors[0] if errors else CorpusError(name, "a folder without files", "some to tag")
        found += [(str(file), file.relative_to(path)) for file in below]
        unread += errors
    return found, unread


def _is_brat(folder: Path) -> bool:
    from corpora.formats import brat  # brings in more than all of this

    return brat.is_folder(folder)


def _files_below(folder: Path, but: Path | None, unread: list[CorpusError]) -> Iterator[Path]:
    def add(error: OSError) -> None:
        reason = error.strerror or str(error)
        unread.append(CorpusError(str(error.filename), reason, "a readable folder"))

    seen = {os.path.realpath(but)} - {os.path.realpath(folder)} if but is not None else set()
    for parent, folders, names in os.walk(folder, onerror=add, followlinks=True):
        place = os.path.realpath(parent)
        if place in seen:  # the outputs, or by a link once more
            folders.clear()
            continue
        seen.add(place)
        if _is_brat(Path(parent)):
            yield Path(parent)
            read = {name.removesuffix(".ann") + ".txt" for name in names if name.endswith(".ann")}
            names = [n for n in names if not (n in read or n.endswith((".ann", ".conf")))]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def targets(
    inputs: Sequence[tuple[str, Path]], folder: Path, formats: Sequence[tuple[str, str]], model: str
) -> list[Path]:
    """Returns the output of each input.

    A name depends on nothing but its input, and keeps all of it, so that an output that is there
    already is that of no other: where the format changes, the end of the new one is added.

    Args:
        inputs: as `expanded` returns them, each once.
        folder: where outputs go.
        formats: of each input, the format it is read in and the one it is written in.
        model: the file that tags.

    Raises:
        click.UsageError: two inputs have one output, or an output is an input or the model.
    """
    found: dict[Path, str] = {}
    read = {os.path.realpath(name): "an input" for name, _ in inputs}
    read[os.path.realpath(model)] = "the model"
    for (name, below), (source, target) in zip(inputs, formats, strict=True):
        output = folder / _renamed(below, source, target)
        if output in found:
            together = Path(found[output]).parent == Path(name).parent
            raise click.UsageError(
                f"{found[output]} and {name} would both be written to {output};"
                f" name {'an --output-dir for each' if together else 'a folder that holds both'}"
            )
        if (what := read.get(os.path.realpath(output))) is not None:
            raise click.UsageError(f"{output} is {what}; name another --output-dir")
        found[output] = name
    return list(found)


def _renamed(path: Path, source: str, target: str) -> Path:
    """Adds the end of its new format to a name, before that of a compression.

    >>> _renamed(Path("a.b/c.txt.gz"), "text", "conll").as_posix()
    'a.b/c.txt.conll.gz'
    >>> _renamed(Path("tasks.jsonl"), "doccano", "prodigy").as_posix()
    'tasks.jsonl'
    """
    row = FORMATS[target]
    if source == target or (row.suffix and format_suffix(path) == row.suffix):
        return path
    if not row.suffix:  # a folder, which is not packed
        return path.with_name(f"{path.name}.{target}")
    packed = path.suffix if path.suffix.lower() in COMPRESSIONS else ""
    return path.with_name(path.name.removesuffix(packed) + row.suffix + packed)


def is_written(output: Path) -> bool:
    """Tells whether an output is there; a folder that was made for those below it is none."""
    if os.path.isdir(output):  # noqa: PTH112 - Path.is_dir raises on an overlong name
        from corpora.formats.brat import CONFIGURATION

        output /= CONFIGURATION
    return os.path.lexists(output)


def _size(path: Path | None) -> int | None:
    """Returns the bytes of a file; None of what is none (a pipe, a folder)."""
    try:
        status = os.fstat(sys.stdin.fileno()) if path is None else path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
