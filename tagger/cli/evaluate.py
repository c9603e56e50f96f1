"""`tagger evaluate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tagger.cli.options import (
    format_option,
    precision_option,
    reading_options,
    split_as_in_training,
    threads_option,
)

if TYPE_CHECKING:
    from corpora import ReadOptions
    from tagger.evaluation.scores import LayerScore


@click.command("evaluate")
@click.argument("model")
@click.argument("corpus")
@click.option(
    "--split",
    type=click.Choice(["train", "dev", "test"]),
    help="Which part of a folder. [default: test, else dev, else train]",
)
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    help="Layer to score, where CORPUS has not all of the model's; repeat it. [default: all]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, fractions between 0 and 1.")
@precision_option
@threads_option
@format_option
@reading_options
def command(
    model: str,
    corpus: str,
    split: str | None,
    layers: tuple[str, ...],
    as_json: bool,
    precision: str | None,
    threads: int,
    source_format: str | None,
    reading: ReadOptions,
) -> None:
    """Tag CORPUS anew with MODEL and compare with its own tags.

    CORPUS is a file, a folder, starter:NAME or hf:OWNER/NAME. Layers of spans are scored by
    entity (seqeval: precision, recall and F1 over all labels together, and for each label);
    others by token: accuracy, scores of each tag, and apart for words seen in training or not.

    \b
    Examples:
      tagger evaluate ewt.tagger UD_English-EWT/
      tagger evaluate ner.tagger test.conll --json
      tagger evaluate all.tagger ner-test.conll --layer ner
    """
    from corpora import load_corpus
    from corpora.errors import CorpusError
    from tagger.bundle import BundleError
    from tagger.evaluation.evaluate import evaluate
    from tagger.pipeline import load

    tagger = load(model, threads=threads, precision=precision)
    has = [layer.name for layer in tagger.layers]
    for layer in layers:
        if layer not in has:
            raise BundleError(model, f"the layers {', '.join(has)}", f"one named {layer}")
    loaded = load_corpus(corpus, format=source_format, options=reading)
    splits = dict(loaded.splits())
    split_as_in_training(tagger, splits.values())
    name = split or next(key for key in ("test", "dev", "train") if key in splits)
    if name not in splits:
        raise CorpusError(corpus, f"no {name} file", " or ".join(splits))
    truth = list(splits[name])
    tokens = sum(map(len, truth))
    if not tokens:  # whose scores would be 0
        raise CorpusError(splits[name].source, "no sentences", "at least one")
    known = frozenset(tagger.bundle.training_forms) if tagger.bundle else frozenset()
    scores = evaluate(tagger, truth, known, layers)
    if as_json:
        report = {
            "sentences": len(truth),
            "tokens": tokens,
            "layers": {layer: score.to_dict() for layer, score in scores.items()},
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    click.echo(f"{splits[name].source}: {len(truth):,} sentences, {tokens:,} tokens")
    for layer, score in scores.items():
        click.echo("")
        for line in table(layer, score):
            click.echo(line)


def table(layer: str, score: LayerScore) -> Iterator[str]:
    """Yields the lines of a report on one layer, in percent."""
    width = max([len("unseen words"), *map(len, score.per_label)])
    yield f"{layer:<{width}}  precision  recall      F1  support"
    for label, row in sorted(score.per_label.items(), key=lambda item: -item[1].support):
        yield (
            f"{label:<{width}}  {100 * row.precision:9.2f}  {100 * row.recall:6.2f}"
            f"  {100 * row.f1:6.2f}  {row.support:7}"
        )
    if score.spans:
        yield (
            f"{'all':<{width}}  {100 * score.precision:9.2f}  {100 * score.recall:6.2f}"
            f"  {100 * score.f1:6.2f}"
        )
    yield f"{'accuracy':<{width}}  {100 * score.accuracy:9.2f}"
    for name, value in (
        ("seen words", score.accuracy_seen),
        ("unseen words", score.accuracy_unseen),
    ):
        if value is not None:
            yield f"{name:<{width}}  {100 * value:9.2f}"
