"""`tagger vectors`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli.options import device_option, format_of, format_option, keep_apart, reading_options

if TYPE_CHECKING:
    from corpora import ReadOptions, Sentence

_SIZE = 128


@click.command("vectors")
@click.argument("transformer", metavar="TRANSFORMER")
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="words.vec",
    show_default=True,
    help="File for the vectors.",
)
@click.option(
    "--words",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    help="So many of the most frequent words.",
)
@click.option(
    "--size",
    type=click.IntRange(1),
    help=f"Numbers in a vector. [default: {_SIZE}, or as many as the transformer's have]",
)
@click.option(
    "--layers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Last hidden layers of the transformer that are averaged.",
)
@device_option
@format_option
@reading_options
def command(
    transformer: str,
    texts: tuple[str, ...],
    output: Path,
    words: int,
    size: int | None,
    layers: int,
    device: str,
    source_format: str | None,
    reading: ReadOptions,
) -> None:
    """Write word vectors out of TRANSFORMER for `tagger train --vectors`.

    TRANSFORMER is a folder, or a name on the Hugging Face hub. The words are those of the
    TEXTs, most frequent first: files of any format, or corpora (a folder, starter:NAME,
    hf:OWNER/NAME), of which the training set counts. Each is read alone; a tagger that
    learns with their vectors knows a part of what the transformer knows, and tags as fast
    as without.

    \b
    Example:
      tagger vectors all-MiniLM-L6-v2/ corpus/ book.txt --output words.vec
      tagger train corpus/ --vectors words.vec
    """
    import numpy as np
    from rich.console import Console
    from rich.progress import Progress

    from corpora.errors import CorpusError
    from tagger.config import ConfigError
    from tagger.training.run import check_writable, choose_device
    from tagger.training.static_vectors import (
        count_words,
        on_principal_axes,
        vectors_alone,
        write_vectors,
    )
    from tagger.training.transformer import TransformerError, read_transformer
    from tagger.vectors import Vectors

    keep_apart(output, texts)
    check_writable(output)
    _, made = read_transformer(transformer, layers, "mean", choose_device(device))
    size = size or min(_SIZE, made.width)
    if size > made.width:
        raise ConfigError("--size", str(size), f"{made.width} at most, as {transformer} has")
    counted = count_words(_sentences(texts, source_format, reading))
    if not counted:
        raise CorpusError(texts[0], "no words", "some")
    chosen = counted[:words]
    forms = [word.form for word in chosen]
    bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with bar as progress:
        alone = vectors_alone(progress.track(forms, description="words"), made.encode)
    if np.allclose(alone, alone[0], atol=1e-4):  # each is unknown to it
        found = f"one vector for all {len(chosen):,} words"
        raise TransformerError(transformer, found, "a transformer of their language")
    table = on_principal_axes(alone, size)
    write_vectors(Vectors(tuple(word.text for word in chosen), table), output)
    tokens, known = (sum(word.times for word in some) for some in (counted, chosen))
    click.echo(
        f"{output}  {len(chosen):,} of {len(counted):,} words, which are {known / tokens:.1%} of"
        f" {tokens:,} tokens; {size} numbers each"
    )


def _sentences(
    texts: tuple[str, ...], source_format: str | None, reading: ReadOptions
) -> Iterator[Sentence]:
    from corpora import Split, load_corpus

    for text in texts:
        path = Path(text)
        if path.exists() and not path.is_dir():
            yield from Split(path, source_format or format_of(path), reading)
        else:
            yield from load_corpus(text, format=source_format, options=reading).train
