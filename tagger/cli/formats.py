"""`tagger formats`."""

from __future__ import annotations

import click


@click.command("formats")
@click.option("--markdown", is_flag=True, help="Print the table of docs/formats.md.")
def command(markdown: bool) -> None:
    """List the formats that are read and written, and what each can hold.

    \b
    Example:
      tagger formats
    """
    from corpora.formats.table import FORMATS, markdown_table

    if markdown:
        for line in markdown_table():
            click.echo(line)
        return
    width = max(map(len, FORMATS))
    for row in FORMATS.values():
        suffixes = " ".join(row.suffixes)
        click.echo(f"{row.name:<{width}}  {row.about}")
        click.echo(f"{'':<{width}}  holds {row.holds}" + (f"; {suffixes}" if suffixes else ""))
