"""`tagger convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli.options import FORMATS, format_option, reading_options, remarks

if TYPE_CHECKING:
    from corpora import Corpus, ReadOptions


@click.command("convert")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@format_option
@click.option(
    "--to",
    "target_format",
    type=click.Choice(FORMATS),
    help="Format that is written (see: tagger formats). [default: by the name of OUT]",
)
@click.option(
    "--scheme",
    type=click.Choice(["IOB1", "IOB2", "BIOES", "BILOU"]),
    help="Scheme of layers of spans. [default: as it is; IOB2 for formats of spans]",
)
@click.option(
    "--layers", metavar="NAME,…", help="Layers of tags to keep, in this order, or none. [default: all]"
)
@click.option("--split", metavar="80/10/10", help="Split anew into train, dev and test.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=1,
    show_default=True,
    help="Of --split: another one, another split.",
)
@click.option(
    "--rows",
    type=click.Choice(["token", "sentence"]),
    help="Rows of a table. [default: token in csv and tsv, sentence in parquet]",
)
@click.option("--no-verify", is_flag=True, help="Do not read the output back to compare it.")
@reading_options
def command(
    source: str,
    target: str,
    source_format: str | None,
    target_format: str | None,
    scheme: str | None,
    layers: str | None,
    split: str | None,
    seed: int,
    rows: str | None,
    no_verify: bool,
    reading: ReadOptions,
) -> None:
    """Convert a corpus from any format to any other, and prove that no token and no tag was lost.

    IN is a file, a folder with train, dev and test, starter:NAME, hf:OWNER/NAME, or - for
    standard input. OUT is a file, a folder where there are several splits, or -. What was
    written is read back and compared before it takes its name: tokens in are tokens out.
    A token or tag that the format cannot hold is an error that says why; what else it has
    no room for (comments, lemmas, …) is named.

    --split keeps documents whole (where ten or more are known) and equal sentences
    together, and depends on nothing but content and seed.

    \b
    Examples:
      tagger convert train.conll train.jsonl
      tagger convert wikigold/ wikigold-bioes/ --to conll --scheme BIOES
      tagger convert admin.jsonl corpus/ --from doccano --to conll --split 80/10/10
    """
    from corpora.conversion import Wishes, convert
    from corpora.options import WriteOptions
    from corpora.partition import parse_shares

    output = None if target == "-" else Path(target)
    wishes = Wishes(
        target_format,
        scheme,
        tuple(layers.split(",")) if layers else (),
        parse_shares(split) if split else (),
        seed,
        not no_verify,
    )
    corpus = _corpus(source, source_format, reading)
    results = convert(corpus, output, wishes, reading, WriteOptions(rows, remarks()))
    error = output is None  # standard output carries the corpus itself
    for result in results:
        where = result.path or "standard output"
        click.echo(
            f"{result.name:<5}  {result.sentences:,} sentences, {result.tokens:,} tokens → {where}",
            err=error,
        )
    for what in dict.fromkeys(what for result in results for what in result.left_out):
        click.echo(f"not written, since there is no room for them: {what}", err=error)
    if all(result.verified for result in results):
        click.echo("read back: the same tokens and tags", err=error)


def _corpus(source: str, format: str | None, reading: ReadOptions) -> Corpus:
    from corpora import Corpus, Split, load_corpus
    from corpora.files import STANDARD_INPUT
    from corpora.formats.table import FOLDER
    from corpora.formats.table import FORMATS as TABLE
    from corpora.splits import reopenable

    if source != "-":
        return load_corpus(source, format=format, options=reading)
    if format is not None and TABLE[format].kind == FOLDER:
        return Corpus(STANDARD_INPUT, Split(None, format, reading))  # which says why not
    return Corpus(STANDARD_INPUT, reopenable(None, format, reading))
