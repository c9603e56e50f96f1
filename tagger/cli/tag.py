"""`tagger tag`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli.options import (
    FORMATS,
    format_option,
    precision_option,
    reading_options,
    remarks,
    split_as_in_training,
    threads_option,
)

if TYPE_CHECKING:
    from corpora import ReadOptions, Sentence

OUTPUTS = (*(name for name in FORMATS if name != "text"), "color")


@click.command("tag")
@click.argument("file", default="-")
@click.option("-m", "--model", required=True, help="Model file.")
@format_option
@click.option(
    "--to",
    "target_format",
    type=click.Choice(OUTPUTS),
    help="What is written. [default: by the name of --output, as the input where that has such"
    " names too; without a name as the input; of text: color on a terminal, else conll]",
)
@click.option(
    "--layers", metavar="NAME,…", help="Layers of tags to write, in this order. [default: all]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File. [default: stdout]")
@click.option(
    "--engine",
    type=click.Choice(["onnx", "numpy"]),
    default="onnx",
    show_default=True,
    help="What computes: ONNX Runtime, or the NumPy reference.",
)
@precision_option
@threads_option
@reading_options
def command(
    file: str,
    model: str,
    source_format: str | None,
    target_format: str | None,
    layers: str | None,
    output: Path | None,
    engine: str,
    precision: str | None,
    threads: int,
    reading: ReadOptions,
) -> None:
    """Tag FILE, or standard input where FILE is - or missing.

    Raw text is split into sentences and tokens first, as the model says; a blank line
    ends a paragraph. Text that is split already (conll, conllu, jsonl …) keeps its
    tokens, and whatever else stands in the file. Every token comes out again, in order.
    Text, columns and JSON lines are read as a stream: their size does not matter.

    \b
    Examples:
      tagger tag letter.txt --model english.tagger
      zcat book.txt.gz | tagger tag --model english.tagger --to jsonl > book.jsonl
      tagger tag dev.conllu --model english.tagger --output tagged.conllu
    """
    from corpora.errors import CorpusError
    from corpora.formats.recognition import detect_format, format_suffix
    from corpora.formats.table import FORMATS as TABLE
    from corpora.options import WriteOptions
    from corpora.splits import Split, write
    from tagger.pipeline import load

    path = None if file == "-" else Path(file)
    if path is not None and not os.path.exists(path):  # noqa: PTH110 - a bad name is none
        raise CorpusError(str(path), "nothing there", "a file")
    tagger = load(model, engine=engine, threads=threads, precision=precision)
    split = Split(path, source_format or _format_of(path), reading)
    split_as_in_training(tagger, [split])
    if target_format is None and output is not None:
        alike = format_suffix(output) == TABLE[split.format].suffix  # doccano's are .jsonl too
        target_format = split.format if alike else detect_format(output)
    if target_format in (None, "text"):
        on_terminal = output is None and sys.stdout.isatty()
        target_format = split.format
        if split.format == "text":
            target_format = "color" if on_terminal else "conll"
    layout = split.sniff() if split.format == target_format == "conll" and not layers else None
    tagged = tagger.tag_sentences(split, confidence=target_format in ("jsonl", "label-studio"))
    if layers:
        tagged = _chosen(tagged, layers.split(","))
    if target_format == "color":
        from corpora.files import write_lines
        from tagger.rendering.terminal import glosses, style

        names = [layer.name for layer in tagger.layers if not layers or layer.name in layers.split(",")]
        write_lines(glosses(tagged, names, style(sys.stdout if output is None else None)), output)
    else:
        write(tagged, output, target_format, layout, WriteOptions(report=remarks()))


def _format_of(path: Path | None) -> str | None:
    """Returns the format of an input; None where its name and content shall be looked at."""
    from corpora.formats.recognition import detect_format, recognise

    if path is None:
        return "text"
    if path.is_dir() or (path.is_file() and recognise(path) is not None):
        return None
    return detect_format(path) or "text"  # a pipe cannot be looked at and then be read


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
