"""What each further network of an ensemble brings: dev scores of all choices of its networks.

    python -m benchmarks.members CORPORA --work bench

Takes the models of several networks that `make results` left in WORK/results and scores each choice
of one of their networks, of two, and so on; printed are the means over the choices. The epoch and
the bias of O are those that were best for all of them together, so a network trained alone may
score a little higher than one taken out. Test sets are not read.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import click

from benchmarks.bench_page import table
from benchmarks.outside import FOLDER, engine_of, tagger_of
from benchmarks.results_run import sentences_of
from corpora import load_corpus
from corpora.errors import TaggerError
from corpora.sentence import Sentence
from tagger.bundle import Bundle, load
from tagger.evaluation.scores import score_layer
from tagger.runtime.numpy_engine import prefixes, within


def some_of(bundle: Bundle, chosen: Sequence[str]) -> Bundle:
    """Returns the model with some of its networks.

    Args:
        chosen: what the names of their weights begin with; see `prefixes`.
    """
    weights = {name: a for name, a in bundle.weights.items() if name.startswith(tuple(chosen))}
    if len(chosen) == 1:  # one alone has no number in its names
        weights = within(weights, *chosen)
    return dataclasses.replace(bundle, weights=weights)


def dev_score(bundle: Bundle, dev: Sequence[Sentence]) -> float:
    """Returns the score of its first layer, in float32."""
    layer, *_ = bundle.layers
    tagged = tagger_of(bundle, engine_of(bundle)).tag_sentences(dev, confidence=False)
    return score_layer(layer, dev, list(tagged), set()).main


def scores_by_number(bundle: Bundle, dev: Sequence[Sentence]) -> list[list[float]]:
    """Returns the scores of all choices of one network, of all choices of two, up to all."""
    networks = prefixes(bundle.weights)
    return [
        [dev_score(some_of(bundle, chosen), dev) for chosen in combinations(networks, number)]
        for number in range(1, len(networks) + 1)
    ]


@click.command()
@click.argument("folder", metavar="CORPORA", type=FOLDER)
@click.option("--work", type=FOLDER, default="bench", show_default=True)
def main(folder: Path, work: Path) -> None:
    """Prints the table of all models of several networks."""
    found: list[tuple[str, str, list[float]]] = []
    for path in sorted(work.glob("results/*/*-*/model.tagger")):
        corpus, run = path.parts[-3:-1]
        try:
            bundle = load(path)
            if bundle.config.model.members == 1:
                continue
            dev = sentences_of(load_corpus(str(folder / corpus)).dev or ())
        except TaggerError as error:
            raise click.ClickException(str(error)) from error
        found.append((corpus, run, [*map(statistics.mean, scores_by_number(bundle, dev))]))
        click.echo(f"{corpus} {run}", err=True)
    if not found:
        raise click.ClickException(
            f"{work}/results: found no model of several networks, expected those of make results"
        )
    most = max(len(means) for *_, means in found)
    rows = [[*names, *(f"{100 * mean:.2f}" for mean in means)] for *names, means in found]
    print(table(["corpus", "run", *map(str, range(1, most + 1))], rows))


if __name__ == "__main__":
    main()
