"""`tagger tag`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tagger.cli.options import layout_options, threads_option

INPUTS = ("text", "conll", "conllu", "jsonl")
OUTPUTS = ("conll", "conllu", "jsonl", "color")


@click.command("tag")
@click.argument("file", default="-")
@click.option("-m", "--model", required=True, help="Model file.")
@click.option(
    "--from",
    "source_format",
    type=click.Choice(INPUTS),
    help="What FILE is. [default: by its name, else text]",
)
@click.option(
    "--to",
    "target_format",
    type=click.Choice(OUTPUTS),
    help="What to write. [default: as the input; of text: color on a terminal, else conll]",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File. [default: stdout]")
@click.option(
    "--engine",
    type=click.Choice(["onnx", "numpy"]),
    default="onnx",
    show_default=True,
    help="What computes: ONNX Runtime, or the NumPy reference.",
)
@threads_option
@layout_options
def command(
    file: str,
    model: str,
    source_format: str | None,
    target_format: str | None,
    output: Path | None,
    engine: str,
    threads: int,
    columns: str | None,
    separator: str | None,
) -> None:
    """Tag FILE, or standard input where FILE is - or missing.

    Raw text is split into sentences and tokens first; a blank line ends a paragraph.
    Text that is split already (conll, conllu, jsonl) keeps its tokens, and whatever
    else stands in the file. Every token comes out again, in order. Input is read as
    a stream: its size does not matter.

    \b
    Examples:
      tagger tag letter.txt --model english.tagger
      zcat book.txt.gz | tagger tag --model english.tagger --to jsonl > book.jsonl
      tagger tag dev.conllu --model english.tagger --output tagged.conllu
    """
    from corpora import FORMATS
    from corpora.errors import CorpusError
    from corpora.files import write_lines
    from corpora.formats import Split, detect_format, rendered
    from tagger.pipeline import load

    path = None if file == "-" else Path(file)
    if source_format is None:
        source_format = (path and detect_format(path)) or "text"
    if target_format is None:
        on_terminal = output is None and sys.stdout.isatty()
        readable = "color" if on_terminal else "conll"
        target_format = source_format if FORMATS[source_format].write else readable
    if path is not None and not os.path.exists(path):  # noqa: PTH110 - a bad name is none
        raise CorpusError(str(path), "nothing there", "a file")
    tagger = load(model, engine=engine, threads=threads)
    split = Split(path, source_format, separator=separator, columns=columns)
    layout = split.sniff() if source_format == target_format == "conll" else None
    tagged = tagger.tag_sentences(split, confidence=target_format == "jsonl")
    if target_format == "color":
        from tagger.rendering.terminal import glosses, style

        names = [layer.name for layer in tagger.layers]
        write_lines(glosses(tagged, names, style(sys.stdout if output is None else None)), output)
    else:
        write_lines(rendered(tagged, target_format, layout), output)
