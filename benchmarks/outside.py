"""Is the bias of O moved for a reason, or for luck? Halves of the dev set tell.

    python -m benchmarks.outside CORPORA --work bench

Takes the models of spans that `make results` left in WORK/results and puts their bias of O back to
where it was learned. A place for it is then looked for on one half of the dev set, drawn by chance,
and scored on the other, as often as `--draws` says: what is gained there is no luck. Beside the
place that training takes, the one with the highest F1, stand more cautious ones. Test sets are
not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_page import table
from benchmarks.results_run import sentences_of
from corpora import Corpus, load_corpus
from corpora.errors import TaggerError
from tagger.bundle import Bundle, load
from tagger.evaluation.paired import Counts, count_right, f1
from tagger.export.exporter import as_engine
from tagger.layers import make_layer
from tagger.pipeline import Tagger
from tagger.runtime.engine import Engine
from tagger.training.outside import FURTHEST, STEP, OutsideBias, RepeatingEngine

Curve = Mapping[float, float]  # nats that the bias of O is moved by → F1
Rule = Callable[[Curve, float], float]  # the place with the highest F1 → the place to take

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def clearly(points: float) -> Rule:
    """Moves only where it gains so many points of F1, or more."""
    return lambda curve, highest: highest if curve[highest] - curve[0.0] >= points / 100 else 0.0


_SPANS = make_layer("spans", "crf", {"O": 1}, "IOB2")  # the search only asks whether it has spans
RULES: dict[str, Rule] = {
    "highest F1": lambda curve, highest: highest,
    "if by 0.5 points": clearly(0.5),
    "if by 1 point": clearly(1),
    "if by 2 points": clearly(2),
    "half of the way": lambda curve, highest: STEP * round(highest / STEP / 2),
}


def engine_of(bundle: Bundle) -> Engine:
    """Returns the default engine with a model's float32 weights, and with graphs made for them."""
    return as_engine(bundle.weights, bundle.indexer(), bundle.config.model, len(bundle.layers))


def tagger_of(bundle: Bundle, engine: Engine) -> Tagger:
    """Sets a model to work with an engine of its own."""
    config = bundle.config.model
    return Tagger(
        bundle.layers,
        engine,
        context=bundle.context_vectors(),
        neighbours=config.neighbours,
        agreement=config.agreement,
    )


def counts_by_place(model: Path, corpus: Corpus) -> dict[float, Counts]:
    """Tags the dev set with the bias of O at each place.

    Returns:
        nats that it is moved by, from where it was learned → `count_right` of the dev set; empty
        for a model whose first layer has no spans.
    """
    bundle = load(model)
    layer, *_ = bundle.layers
    if layer.scheme is None:
        return {}
    engine = RepeatingEngine(engine_of(bundle))
    tagger = tagger_of(bundle, engine)
    already = bundle.provenance.get("outside_bias", {}).get(layer.name, 0.0)
    dev, counts = sentences_of(corpus.dev or ()), {}
    steps = round(FURTHEST / STEP)
    for place in (STEP * step for step in range(-steps, steps + 1)):
        engine.again((place - already,))
        counts[place] = count_right(layer, dev, list(tagger.tag_sentences(dev, confidence=False)))
    return counts


def curve_of(counts: Mapping[float, Counts], chosen: NDArray[np.intp]) -> dict[float, float]:
    """Returns F1 by place, over the sentences chosen by their numbers."""
    return {place: float(f1(rows[chosen].sum(axis=0))) for place, rows in counts.items()}


def highest_of(curve: Curve) -> float:
    """Returns the place where a search as in training ends, from where the bias was learned."""
    bias = OutsideBias([_SPANS])
    bias.search(lambda moved: curve[moved[0]])
    return bias.best[0]


def gains(counts: Mapping[float, Counts], draws: int, seed: int) -> dict[str, float]:
    """Returns for each rule what is gained on the other half, mean of all draws, in points of F1."""
    random, number = np.random.default_rng(seed), len(counts[0.0])
    sums = dict.fromkeys(RULES, 0.0)
    for _ in range(draws):
        order = random.permutation(number)
        ours, others = (curve_of(counts, half) for half in np.array_split(order, 2))
        highest = highest_of(ours)
        for name, rule in RULES.items():
            sums[name] += others[rule(ours, highest)] - others[0.0]
    return {name: 100 * total / draws for name, total in sums.items()}


@click.command()
@click.argument("folder", metavar="CORPORA", type=FOLDER)
@click.option("--work", type=FOLDER, default="bench", show_default=True)
@click.option("--draws", type=click.IntRange(min=1), default=300, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(folder: Path, work: Path, draws: int, seed: int) -> None:
    """Prints the table of all models of spans."""
    rows, found = [], []
    for model in sorted(work.glob("results/*/*-*/model.tagger")):
        corpus, run = model.parts[-3:-1]
        try:
            counts = counts_by_place(model, load_corpus(str(folder / corpus)))
        except TaggerError as error:
            raise click.ClickException(str(error)) from error
        if not counts:
            continue
        whole = curve_of(counts, np.arange(len(counts[0.0])))
        place = highest_of(whole)
        found.append(gains(counts, draws, seed))
        dev = f"{100 * whole[0.0]:.2f}", f"{place:+.2f}", f"{100 * whole[place]:.2f}"
        rows.append([corpus, run, *dev, *(f"{gain:+.2f}" for gain in found[-1].values())])
    if not found:
        raise click.ClickException(
            f"{work}/results: found no model of spans, expected those of make results"
        )
    means = (f"{np.mean([one[name] for one in found]):+.2f}" for name in RULES)
    rows.append(["mean", "", "", "", "", *means])
    print(table(["corpus", "run", "dev, as learned", "moved, nats", "dev, moved", *RULES], rows))


if __name__ == "__main__":
    main()
