"""`tagger tag`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from tagger.cli.extras import missing_extra
from tagger.cli.options import (
    FORMATS,
    format_of,
    format_option,
    keep_apart,
    loading,
    precision_option,
    reading_options,
    remarks,
    say,
    split_as_in_training,
    threads_option,
)

if TYPE_CHECKING:
    from corpora import ReadOptions, Sentence
    from corpora.errors import CorpusError
    from corpora.splits import Split
    from tagger.pipeline import Tagger

OUTPUTS = (*(name for name in FORMATS if name != "text"), "color")
_STANDARD_INPUT = "-"
_WITH_CONFIDENCES = ("jsonl", "label-studio")


@click.command("tag")
@click.argument("names", metavar="[FILE]...", nargs=-1)
@click.option("-m", "--model", required=True, help="Model file.")
@format_option
@click.option(
    "--to",
    "target_format",
    type=click.Choice(OUTPUTS),
    help="What is written. [default: what the name of --output says, of several formats with"
    " such names that of the input; without --output that of the input; for text color on a"
    " terminal, else conll]",
)
@click.option(
    "--layers", metavar="NAME,…", help="Layers of tags to write, in this order. [default: all]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File. [default: stdout]")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for one output for each FILE; files of a folder keep their places below it.",
)
@click.option(
    "--skip-existing", is_flag=True, help="Skip each FILE whose output is already in --output-dir."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "onnx", "numpy"]),
    default="auto",
    show_default=True,
    help="What computes: ONNX Runtime, or the NumPy reference, which starts sooner; auto takes"
    " it, in float32, where all that is tagged is no more than 128 tokens.",
)
@precision_option
@threads_option
@reading_options
def command(
    names: tuple[str, ...],
    model: str,
    source_format: str | None,
    target_format: str | None,
    layers: str | None,
    output: Path | None,
    output_dir: Path | None,
    skip_existing: bool,
    quiet: bool,
    engine: str,
    precision: str | None,
    threads: int,
    reading: ReadOptions,
) -> int:
    """Tag each FILE, all files below it where it is a folder, or standard input where it is
    - or missing.

    Raw text is split into sentences and tokens first, as the model says; a blank line
    ends a paragraph. Text that is split already (conll, conllu, jsonl …) keeps its
    tokens, and whatever else stands in the file and the format written has room for.
    Every token comes out again, in order. Text, columns and JSON lines are read as a
    stream: their size does not matter.

    Several files are one stream, or with --output-dir one output each, written when it is
    whole: after an interruption --skip-existing goes on. An output has the name of its
    FILE, to which a new format adds its end (letter.txt.conll). A file or folder that
    cannot be read then has no output, is told of, and makes the exit status 1; the
    others are tagged.

    \b
    Examples:
      tagger tag letter.txt --model english.tagger
      zcat book.txt.gz | tagger tag --model english.tagger --to jsonl > book.jsonl
      tagger tag dev.conllu --model english.tagger --output tagged.conllu
      tagger tag books/ --model english.tagger --output-dir tagged/ --skip-existing
    """
    names = names or (_STANDARD_INPUT,)
    _check_usage(names, model, target_format, output, output_dir, skip_existing)
    inputs, unread = _inputs(names, output_dir)
    for error in unread:
        say(f"tagger: {error}")
    with loading():
        from tagger.pipeline import load

        tagger = load(model, engine=engine, threads=threads, precision=precision)
    wanted = _Wanted(target_format, layers.split(",") if layers else [], quiet)
    if output_dir is None:
        splits = [_opened(name, tagger, source_format, reading) for name, _ in inputs]
        _tag_to_one(tagger, splits, wanted, output)
        return 0
    found = [(_opened_or_told(name, tagger, source_format, reading), below) for name, below in inputs]
    once = {  # however often one was named
        (os.path.realpath(split.source), below): (split, below)
        for split, below in found
        if split is not None
    }
    missing = len(unread) + sum(split is None for split, _ in found)
    return _tag_to_folder(tagger, [*once.values()], wanted, output_dir, skip_existing, missing, model)


class _Wanted(NamedTuple):
    """What is to be written: the format, None to choose it; the layers, empty for all."""

    format: str | None
    layers: Sequence[str]
    quiet: bool

    def choose(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        return _chosen(sentences, self.layers) if self.layers else iter(sentences)


def _check_usage(
    names: Sequence[str],
    model: str,
    target_format: str | None,
    output: Path | None,
    output_dir: Path | None,
    skip_existing: bool,
) -> None:
    """Refuses options that do not go together.

    Raises:
        click.UsageError: it says which.
    """
    if names.count(_STANDARD_INPUT) > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if output_dir is None:
        if skip_existing:
            raise click.UsageError("--skip-existing needs --output-dir")
        if output is not None:
            keep_apart(output, [model])
    elif output is not None:
        raise click.UsageError("--output and --output-dir exclude each other")
    elif _STANDARD_INPUT in names:
        raise click.UsageError("standard input has no name for a file in --output-dir")
    elif target_format == "color":
        raise click.UsageError("--to color is for a terminal, not for --output-dir")


def _inputs(
    names: Sequence[str], output_dir: Path | None
) -> tuple[list[tuple[str, Path]], list[CorpusError]]:
    """Returns the files to tag, and where their outputs belong, before a model is loaded.

    Args:
        output_dir: for one output each; what is not there or cannot be read does not stop the
            others then.

    Returns:
        the files, and what is wrong with folders that cannot be read.

    Raises:
        CorpusError: one is not there or cannot be read, or a folder holds none.
    """
    from corpora.errors import CorpusError

    for name in names:
        if name != _STANDARD_INPUT and output_dir is None and not os.path.exists(name):  # noqa: PTH110 - a bad name is none
            raise CorpusError(name, "nothing there", "a file")
    if any(map(os.path.isdir, names)) or output_dir is not None:
        from tagger.cli.bulk import expanded

        found, unread = expanded(names, output_dir)
        if unread and output_dir is None:
            raise unread[0]
        return found, unread
    return [(name, Path(name)) for name in names], []


def _opened(name: str, tagger: Tagger, source_format: str | None, reading: ReadOptions) -> Split:
    """Returns what reads an input.

    Raises:
        CorpusError: it is not there, or may not be looked at.
        BundleError: the model splits text in a way that it has no leave to.
    """
    from corpora.errors import CorpusError
    from corpora.splits import Split

    path = None if name == _STANDARD_INPUT else Path(name)
    try:
        split = Split(path, source_format or format_of(path), reading)
    except OSError as error:
        raise CorpusError(name, error.strerror or str(error), "a readable file") from error
    split_as_in_training(tagger, [split])
    return split


def _opened_or_told(
    name: str, tagger: Tagger, source_format: str | None, reading: ReadOptions
) -> Split | None:
    """Returns what reads an input; None, and tells why, where it cannot be read."""
    from corpora.errors import CorpusError

    try:
        return _opened(name, tagger, source_format, reading)
    except CorpusError as error:
        say(f"tagger: {error}")
        return None
    except ModuleNotFoundError as error:
        if (wanted := missing_extra(error)) is None:
            raise
        say(f"tagger: {CorpusError(name, *wanted)}")
        return None


def _tag_to_one(tagger: Tagger, splits: Sequence[Split], wanted: _Wanted, output: Path | None) -> None:
    """Tags inputs as one stream, written to a file or to standard output."""
    from corpora.files import write_lines
    from corpora.options import WriteOptions
    from corpora.splits import write
    from tagger.cli.bulk import File, Inputs
    from tagger.rendering.progress import Progress

    on_terminal = output is None and sys.stdout.isatty()
    target = _format_for_all(splits, wanted.format, output, on_terminal=on_terminal)
    keeps_layout = len(splits) == 1 and splits[0].format == target == "conll" and not wanted.layers
    layout = splits[0].sniff() if keeps_layout else None
    inputs = Inputs([File(split) for split in splits])
    terminal = sys.stderr if sys.stderr.isatty() and not (on_terminal or wanted.quiet) else None
    with Progress(terminal, inputs.share, len(splits)) as progress:
        click.get_current_context().meta["tagger.progress"] = progress

        def sentences(file: File) -> Iterator[Sentence]:
            yield from file.split
            progress.files_done += 1

        tagged = tagger.tag_sentences(inputs.read(sentences), confidence=target in _WITH_CONFIDENCES)
        tagged = wanted.choose(progress.counted(tagged))
        if target == "color":
            from tagger.rendering.terminal import glosses, style

            names = [n.name for n in tagger.layers if not wanted.layers or n.name in wanted.layers]
            write_lines(glosses(tagged, names, style(sys.stdout if output is None else None)), output)
        else:
            write(tagged, output, target, layout, WriteOptions(report=remarks()))
    if terminal is not None:
        say(progress.summary())


def _format_for_all(
    splits: Sequence[Split], wanted: str | None, output: Path | None, *, on_terminal: bool
) -> str:
    """Returns the format that all inputs are written in.

    Raises:
        click.UsageError: they are of several, and neither --to nor --output tells one.
    """
    from corpora.formats.recognition import detect_format, format_suffix
    from corpora.formats.table import FORMATS as TABLE

    formats = {split.format: None for split in splits}
    only = next(iter(formats)) if len(formats) == 1 else None
    if wanted is None and output is not None:
        alike = (
            only is not None and format_suffix(output) == TABLE[only].suffix
        )  # doccano's are .jsonl too
        wanted = only if alike else detect_format(output)
    if wanted is None or wanted == "text":
        if only is None:
            raise click.UsageError(f"inputs are {' and '.join(formats)}; name with --to what to write")
        wanted = only
        if only == "text":
            wanted = "color" if on_terminal else "conll"
    return wanted


def _tag_to_folder(
    tagger: Tagger,
    inputs: Sequence[tuple[Split, Path]],
    wanted: _Wanted,
    folder: Path,
    skip_existing: bool,
    missing: int,
    model: str,
) -> int:
    """Tags inputs and writes one file each; returns the exit status.

    Args:
        inputs: each with the place of its output below the folder.
        missing: inputs that cannot be read at all.
        model: the tagger's file.
    """
    from corpora.options import WriteOptions
    from tagger.cli.bulk import File, Inputs, is_written, tag_apart, targets
    from tagger.rendering.progress import Progress

    formats = [(split.format, wanted.format or _written(split.format)) for split, _ in inputs]
    sources = [(split.source, below) for split, below in inputs]
    outputs = targets(sources, folder, formats, model)
    files = [
        File(split, path, target, keeps_layout=source == target == "conll" and not wanted.layers)
        for (split, _), path, (source, target) in zip(inputs, outputs, formats, strict=True)
        if not (skip_existing and is_written(path))
    ]
    with_confidences = any(file.format in _WITH_CONFIDENCES for file in files)
    stream = Inputs(files)
    terminal = sys.stderr if sys.stderr.isatty() and not wanted.quiet else None
    with Progress(terminal, stream.share, len(files)) as progress:
        click.get_current_context().meta["tagger.progress"] = progress
        failed = missing + tag_apart(
            stream,
            tagger.check,
            partial(tagger.tag_sentences, confidence=with_confidences),
            wanted.choose,
            WriteOptions(report=remarks()),
            progress,
            say,
        )
    if not wanted.quiet:
        say(progress.summary(len(inputs) - len(files), failed))
    return 1 if failed else 0


def _written(format: str) -> str:
    """Returns the format that an input of a format is written in where nothing else is said."""
    return "conll" if format == "text" else format


def _chosen(sentences: Iterable[Sentence], names: Sequence[str]) -> Iterator[Sentence]:
    """Leaves the layers that are to be written.

    Raises:
        CorpusError: a sentence lacks one.
    """
    import dataclasses

    from corpora.errors import CorpusError

    for sentence in sentences:
        for name in names:
            if name not in sentence.tags:
                raise CorpusError("--layers", repr(name), f"some of {', '.join(sentence.tags)}")
        yield dataclasses.replace(
            sentence,
            tags={name: sentence.tags[name] for name in names},
            spans={name: sentence.spans[name] for name in names if name in sentence.spans},
            confidences={n: sentence.confidences[n] for n in names if n in sentence.confidences},
        )
