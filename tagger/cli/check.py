"""`tagger check`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tagger.cli.options import format_option, reading_options

if TYPE_CHECKING:
    from corpora import ReadOptions


@click.command("check")
@click.argument("corpus")
@click.option("--dev", metavar="FILE", help="Development sentences, in place of the folder's.")
@click.option("--test", metavar="FILE", help="Test sentences, in place of the folder's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, shares between 0 and 1.")
@format_option
@reading_options
def command(
    corpus: str,
    dev: str | None,
    test: str | None,
    as_json: bool,
    source_format: str | None,
    reading: ReadOptions,
) -> int:
    """Tell what is in CORPUS before it is trained on: counts, tags, and what looks wrong.

    CORPUS is a file, a folder, starter:NAME or hf:OWNER/NAME. Reported are layers and
    schemes, labels with their frequencies, tags the scheme does not allow, labels that
    training lacks, sentences repeated within and across splits, contradictory
    annotation, tokens with invisible characters, and words unseen in training. The exit
    status is 1 only where training would stop.

    \b
    Examples:
      tagger check UD_English-EWT/
      tagger check train.conll --dev dev.conll --json
    """
    from corpora import load_corpus
    from corpora.checking import check
    from tagger.rendering.report import lines
    from tagger.rendering.terminal import style

    found = check(load_corpus(corpus, dev=dev, test=test, format=source_format, options=reading))
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        for line in lines(found, style(sys.stdout)):
            click.echo(line, color=True)  # `style` has decided
    return 0 if found.ok else 1
