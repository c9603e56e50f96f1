"""`tagger train`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
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
    said_of_tokenization,
    setting_options,
)

if TYPE_CHECKING:
    from corpora import ReadOptions


@click.command("train")
@click.argument("corpus")
@click.option(
    "--also",
    multiple=True,
    metavar="CORPUS[:LAYER=NAME,…]",
    help="Further corpus to learn from, which may have some of the layers only; repeat it."
    " A layer of the same name is the same layer; LAYER=NAME gives one another name.",
)
@dev_option
@click.option("--test", metavar="FILE", help="Test sentences, in place of the folder's.")
@layer_options
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME",
    help="Layer to read beside the tokens, by name or column number; what is tagged must have"
    " it too. Repeat it.",
)
@click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    metavar="LABEL=FILE",
    help="Names to look for, one a line, as a hint for a label; kept in the model. Repeat it.",
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
    "--transformer",
    metavar="FOLDER_OR_NAME",
    default="",
    help="Transformer whose vectors are read beside the tokens: a folder, or a name on the"
    " Hugging Face hub; it becomes a part of the model.",
)
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    help="Model to go on from; its network and its vectors stay, words and tags are added.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Model file. [default: CORPUS.tagger]"
)
@setting_options
@click.option("--cell", type=click.Choice(["elman", "gru", "lstm"]), help="Recurrent cell.")
@click.option(
    "--head",
    type=click.Choice(["auto", "softmax", "crf", "sigmoid"]),
    help="How scores become tags; auto: a CRF for spans, otherwise a softmax.",
)
@run_options
@format_option
@reading_options
def command(
    corpus: str,
    also: tuple[str, ...],
    dev: str | None,
    test: str | None,
    layers: tuple[str, ...],
    auxiliary: tuple[str, ...],
    inputs: tuple[str, ...],
    gazetteers: tuple[str, ...],
    vectors: Path | None,
    vector_words: int,
    transformer: str,
    base: Path | None,
    output: Path | None,
    config: Path | None,
    preset: str | None,
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

    Training ends after the last epoch, or when the dev score has not risen for half as many;
    the best epoch is kept. Ctrl-C ends it at once and keeps the best epoch so far. A log in
    JSON lines stands beside the model, NAME.log.jsonl.

    Where corpora are annotated with different things, --also learns from all of them:
    each layer from the corpora that have it. --dev and --test are of CORPUS, other options
    on reading hold for each.

    \b
    Examples:
      tagger train UD_English-EWT/ --output ewt.tagger
      tagger train conll2003/ --columns form=1,pos=2,ner=4 --layer ner
      tagger train corpus/ --cell gru --set model.hidden_size=300 --set training.epochs=30
      tagger train news/ --set model.neighbours=20 --set model.agreement=0.5
      tagger train news/ --also treebank/ --layer ner --layer UPOS
      tagger train news/ --also web/:ner=ner-web,3=UPOS
      tagger train more/ --base corpus.tagger --set training.learning_rate=0.001
    """
    from corpora import load_corpus
    from tagger.settings import make_config

    if base is not None:
        given = {
            "--input": inputs,
            "--gazetteer": gazetteers,
            "--vectors": vectors,
            "--transformer": transformer,
            "--cell": cell,
            "--head": head,
            "--preset": preset,
        }
        _check_base(given, settings, config)
    shorthand = (("model.cell", cell), ("model.head", head), ("training.seed", seed))
    values = [*settings, *(f"{key}={value}" for key, value in shorthand if value is not None)]
    checked = make_config(preset, config, values)
    if said_of_tokenization():
        next(reading.tokenization.segment("a"), None)  # what is missing for it shows before training
    others = [_name_and_layers(value) for value in also]
    loaded = load_corpus(corpus, dev=dev, test=test, format=source_format, options=reading)
    further = [
        (load_corpus(name, format=source_format, options=reading), layers) for name, layers in others
    ]

    output = output or named_after(corpus, ".tagger")
    lists = [_labelled(gazetteer) for gazetteer in gazetteers]
    read = [config, vectors, *(file for _, file in lists)]
    keep_apart(output, read, [loaded, *(one for one, _ in further)])

    from tagger.bundle import load as load_bundle
    from tagger.training.display import clock, make_display
    from tagger.training.preparation import Task, VectorsFile
    from tagger.training.run import run
    from tagger.training.sources import Further

    result = run(
        loaded,
        output,
        checked,
        make_display(),
        Task(
            layers=layers,
            auxiliary=auxiliary,
            vectors=VectorsFile(vectors, vector_words) if vectors else None,
            base=load_bundle(base) if base else None,
            also=[Further(*one) for one in further],
            inputs=inputs,
            gazetteers=lists,
            transformer=transformer,
        ),
        device=device,
        tokenization=said_of_tokenization(),
        command=shlex.join(["tagger", *sys.argv[1:]]),
    )
    best = result.outcome.best
    assert best is not None
    if result.outcome.interrupted:
        click.echo(f"stopped by Ctrl-C; the best epoch so far is kept: {best.number}", err=True)
    if result.outcome.diverged:
        click.echo(
            f"the loss became nan or inf in epoch {result.outcome.epochs} (try a lower"
            f" training.learning_rate); the best epoch before is kept: {best.number}",
            err=True,
        )
    width = max(map(len, ("test", *result.scores)))
    for split, scores in result.scores.items():
        for name, score in scores.items():
            measure = "F1" if score.spans else "accuracy"
            click.echo(f"{split:<{width}}  {name:<8} {measure} {100 * score.main:.2f}")
    size = result.path.stat().st_size / 1e6
    click.echo(f"{result.path}  {size:.1f} MB, epoch {best.number}, {clock(result.seconds)} minutes")


def _name_and_layers(value: str) -> tuple[str, dict[str, str]]:
    """Reads CORPUS or CORPUS:LAYER=NAME,…; the name of a corpus may have colons of its own.

    Raises:
        click.BadParameter: a layer has no new name, or stands twice.
    """
    corpus, colon, rest = value.rpartition(":")
    if not colon or "=" not in rest:
        return value, {}
    pairs = [pair.partition("=")[::2] for pair in rest.split(",")]
    names = dict(pairs)
    if not corpus or len(names) < len(pairs) or not all(old and new for old, new in pairs):
        found = f"found {value!r}, expected CORPUS:LAYER=NAME,LAYER=NAME,…"
        raise click.BadParameter(found, param_hint="--also")
    return corpus, names


def _labelled(gazetteer: str) -> tuple[str, Path]:
    """Reads LABEL=FILE.

    Raises:
        click.BadParameter: it is not that.
    """
    label, _, file = gazetteer.partition("=")
    if not label or not file:
        raise click.BadParameter(f"found {gazetteer!r}, expected LABEL=FILE", param_hint="--gazetteer")
    return label, Path(file)


def _check_base(given: Mapping[str, object], settings: tuple[str, ...], config: Path | None) -> None:
    """Refuses what would change the network of a model to go on from.

    Args:
        given: option → its value, of those that do.

    Raises:
        click.UsageError: it says what.
    """
    from tagger.settings import keys_in

    changes = [name for name, value in given.items() if value]
    changes += [f"--set {s}" for s in settings if s.strip().startswith("model.")]
    if config is not None and any(key.startswith("model.") for key in keys_in(config)):
        changes.append(f"[model] in {config}")
    if changes:
        raise click.UsageError(f"{changes[0]} goes without --base, whose network stays as it is")
