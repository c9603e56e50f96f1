"""`tagger tune`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli.options import (
    dev_option,
    format_option,
    keep_apart,
    layer_options,
    named_after,
    reading_options,
    run_options,
    setting_options,
)
from tagger.training.ranges import RANGES

if TYPE_CHECKING:
    from corpora import ReadOptions
    from tagger.training.search import Found

_SHOWN = 5  # trials in the table


@click.command(
    "tune",
    epilog="\b\nSearched unless fixed (batch_tokens 0: by the size of the corpus):\n"
    + "\n".join(f"  {key}={values}" for key, values in RANGES.items()),
)
@click.argument("corpus")
@dev_option
@layer_options
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="Settings to try in all, those of an earlier run of the same search included.",
)
@click.option(
    "--time",
    "minutes",
    type=click.FloatRange(0, min_open=True),
    metavar="MINUTES",
    help="Time after which to end, whatever is left of the trials.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="TOML file for the best settings. [default: CORPUS.toml]",
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="KEY=VALUES",
    help="What to try for a setting: LOW..HIGH (in the logarithm where HIGH is ten times LOW"
    " or more) or A,B,C; repeat it.",
)
@setting_options
@run_options
@format_option
@reading_options
def command(
    corpus: str,
    dev: str | None,
    layers: tuple[str, ...],
    auxiliary: tuple[str, ...],
    trials: int,
    minutes: float | None,
    output: Path | None,
    ranges: tuple[str, ...],
    config: Path | None,
    preset: str | None,
    settings: tuple[str, ...],
    seed: int | None,
    device: str,
    source_format: str | None,
    reading: ReadOptions,
) -> None:
    """Search for settings that learn CORPUS well, and write them to a file for `tagger train`.

    CORPUS is what `tagger train` takes. Each trial trains with other settings, in the same
    way: the first with those that training would start with, the next nine with some at
    random, the others with those that Optuna's TPE chooses. Once five are whole, a trial ends
    after its third epoch or later if its best dev score so far is below the median of theirs
    at that epoch. The test set is not looked at. What --set names is fixed, and what --config
    names unless --range does too.

    Ctrl-C ends the search with the best so far. The trials are remembered beside the output,
    in NAME.tune.jsonl: the same command goes on with them, for more --trials perhaps. The
    same seed gives the same trials.

    \b
    Examples:
      tagger tune corpus/ --layer ner --trials 50 --time 480 --output best.toml
      tagger train corpus/ --layer ner --config best.toml
      tagger tune corpus/ --set model.cell=gru --range model.hidden_size=50..150
    """
    import optuna  # noqa: F401 - its extra brings all that is needed; it is named where that lacks

    from corpora import load_corpus
    from tagger.settings import keys_in, make_config
    from tagger.training.ranges import parse_range

    values = [*settings, *([f"training.seed={seed}"] if seed is not None else [])]
    start = make_config(preset, config, values)
    output = output or named_after(corpus, ".toml")
    if config is not None and config.resolve() == output.resolve():
        raise click.UsageError(f"--output {output} would take the place of --config")
    wanted = [parse_range(text) for text in ranges]
    fixed = {value.partition("=")[0].strip() for value in values}
    for key in (found.key for found in wanted):
        if key in fixed:
            raise click.UsageError(f"--range {key} goes without --set {key}, which fixes it")
    if config is not None:
        fixed |= keys_in(config)
    loaded = load_corpus(corpus, dev=dev, format=source_format, options=reading)
    keep_apart(output, [], [loaded])

    from tagger.training.display import make_search_display
    from tagger.training.preparation import Task
    from tagger.training.run import check_writable
    from tagger.training.search import Plan, search
    from tagger.training.tuned import counts, write_config

    check_writable(output)
    found = search(
        loaded,
        output.with_name(output.name.removesuffix(".toml") + ".tune.jsonl"),
        Plan(start, wanted, frozenset(fixed), trials, minutes and 60 * minutes),
        make_search_display(),
        Task(layers, auxiliary),
        device,
    )
    write_config(found, corpus, output)
    if found.interrupted:
        click.echo("stopped by Ctrl-C; the best settings so far are kept", err=True)
    for line in _table(found):
        click.echo(line)
    click.echo(f"{output}  the best of {counts(found)}; tagger train --config {output} takes it")


def _table(found: Found) -> Iterator[str]:
    """Yields the best trials, side by side, with what each setting has to do with the score."""
    import sys

    from tagger.rendering.progress import clock
    from tagger.rendering.report import table
    from tagger.rendering.terminal import style

    best = found.leaders()[:_SHOWN]
    rows = [
        ["dev score", *(f"{100 * (trial.score or 0):.2f}" for trial in best)],
        ["epochs", *(str(trial.epochs) for trial in best)],
        ["time", *(clock(trial.seconds) for trial in best)],
        *([item.key, *(str(trial.settings[item.key]) for trial in best)] for item in found.space),
    ]
    header = ["trial", *(str(trial.number) for trial in best)]
    if found.importance:
        shares = [found.importance.get(row[0]) for row in rows]
        rows = [
            [*row, "" if share is None else f"{100 * share:.0f} %"]
            for row, share in zip(rows, shares, strict=True)
        ]
        header.append("importance")
    yield from table(header, rows, style(sys.stdout))
