"""`tagger train`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli.options import format_option, reading_options, said_of_tokenization

if TYPE_CHECKING:
    from corpora import ReadOptions


@click.command("train")
@click.argument("corpus")
@click.option("--dev", metavar="FILE", help="Development sentences, in place of the folder's.")
@click.option("--test", metavar="FILE", help="Test sentences, in place of the folder's.")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    help="Layer of tags to learn, by name or column number; repeat it to learn several at once."
    " [default: the only one, else ner, else UPOS]",
)
@click.option(
    "--auxiliary",
    multiple=True,
    metavar="NAME",
    help="Layer to learn beside, which helps, and to leave out of the model; repeat it.",
)
@click.option(
    "--vectors",
    type=click.Path(path_type=Path),
    help="Word vectors that others have trained: word2vec, GloVe or fastText (.vec, .bin).",
)
@click.option(
    "--vector-words",
    type=click.IntRange(0),
    default=20_000,
    show_default=True,
    help="First words of --vectors to keep besides those of the corpus.",
)
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    help="Model to go on from; its network and its vectors stay, words and tags are added.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Model file. [default: CORPUS.tagger]"
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Settings in a TOML file: [model], [training].",
)
@click.option(
    "--preset",
    type=click.Choice(["fast", "accurate"]),
    default="fast",
    show_default=True,
    help="Settings to start from.",
)
@click.option("--cell", type=click.Choice(["elman", "gru", "lstm"]), help="Recurrent cell.")
@click.option(
    "--head",
    type=click.Choice(["auto", "softmax", "crf", "sigmoid"]),
    help="How scores become tags; auto: a CRF for spans, softmax else.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any setting.")
@click.option("--seed", type=click.IntRange(0), help="Of all random choices. [default: 1]")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps or auto.")
@format_option
@reading_options
def command(
    corpus: str,
    dev: str | None,
    test: str | None,
    layers: tuple[str, ...],
    auxiliary: tuple[str, ...],
    vectors: Path | None,
    vector_words: int,
    base: Path | None,
    output: Path | None,
    config: Path | None,
    preset: str,
    cell: str | None,
    head: str | None,
    settings: tuple[str, ...],
    seed: int | None,
    device: str,
    source_format: str | None,
    reading: ReadOptions,
) -> None:
    """Train a tagger on CORPUS and write it to one file.

    CORPUS is a folder with train, dev and test files, a single file (each tenth
    sentence then serves as dev set), a Hugging Face data set (hf:OWNER/NAME), or
    starter:english or starter:korean, which ship with the tagger. `tagger formats` lists
    what is read; `tagger check CORPUS` tells beforehand what is in it. How raw text is
    split into tokens is kept in the model.

    Training ends when the dev score no longer rises; the best epoch is kept. Ctrl-C
    ends it at once and keeps the best epoch so far. A log in JSON lines stands beside
    the model, NAME.log.jsonl.

    \b
    Examples:
      tagger train UD_English-EWT/ --output ewt.tagger
      tagger train conll2003/ --columns form=1,pos=2,ner=4 --layer ner
      tagger train corpus/ --cell gru --set model.hidden_size=300 --set training.epochs=30
      tagger train news/ --set model.context=20 --set model.agreement=0.5
      tagger train more/ --base corpus.tagger --set training.learning_rate=0.001
    """
    from corpora import load_corpus
    from tagger.config import make_config

    if base is not None:
        _check_base(vectors, cell, head, settings, config)
    shorthand = (("model.cell", cell), ("model.head", head), ("training.seed", seed))
    values = [*settings, *(f"{key}={value}" for key, value in shorthand if value is not None)]
    checked = make_config(preset, config, values)
    if said_of_tokenization():
        next(reading.tokenization.segment("a"), None)  # what is missing for it shows before training
    loaded = load_corpus(corpus, dev=dev, test=test, format=source_format, options=reading)

    from tagger.bundle import load as load_bundle
    from tagger.training.display import clock, make_display
    from tagger.training.preparation import Task, VectorsFile
    from tagger.training.run import run

    result = run(
        loaded,
        output or Path(Path(corpus.rpartition(":")[2]).resolve().name.partition(".")[0] + ".tagger"),
        checked,
        make_display(),
        Task(
            layers,
            auxiliary,
            VectorsFile(vectors, vector_words) if vectors else None,
            load_bundle(base) if base else None,
        ),
        device=device,
        tokenization=said_of_tokenization(),
        command=shlex.join(["tagger", *sys.argv[1:]]),
    )
    best = result.outcome.best
    assert best is not None
    if result.outcome.interrupted:
        click.echo(f"stopped by Ctrl-C; the best epoch so far is kept: {best.number}", err=True)
    for split, scores in result.scores.items():
        for name, score in scores.items():
            measure = "F1" if score.spans else "accuracy"
            click.echo(f"{split:<4}  {name:<8} {measure} {100 * score.main:.2f}")
    size = result.path.stat().st_size / 1e6
    click.echo(f"{result.path}  {size:.1f} MB, epoch {best.number}, {clock(result.seconds)} minutes")


def _check_base(
    vectors: Path | None,
    cell: str | None,
    head: str | None,
    settings: tuple[str, ...],
    config: Path | None,
) -> None:
    """Refuses what would change the network of a model to go on from.

    Raises:
        click.UsageError: it says what.
    """
    from tagger.config import sets_model

    given = {"--vectors": vectors, "--cell": cell, "--head": head}
    changes = [name for name, value in given.items() if value is not None]
    changes += [f"--set {s}" for s in settings if s.strip().startswith("model.")]
    if config is not None and sets_model(config):
        changes.append(f"[model] in {config}")
    if changes:
        raise click.UsageError(f"{changes[0]} goes without --base, whose network stays as it is")
