"""Accuracy and speed of each cell with each head, as a table in Markdown.

    python benchmarks/cells.py UD_English-EWT/ --seeds 3 --jobs 2

Trains the default preset with each cell and head and several seeds, one thread each;
then tags the test set, over and over for two seconds, with each of the models of the
first seed in turn, also on one thread. Speeds are words a CPU second, so that other
work on the machine counts less.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from typing import TypeVar

from measure import Job, spread, train_all

CELLS = ("elman", "gru", "lstm")
HEADS = ("softmax", "crf")
ROUNDS = 5

K = TypeVar("K")


def tagging_speeds(models: dict[K, str], corpus: str) -> dict[K, float]:
    """Returns median words a CPU second of each model, the models taking turns."""
    from corpora import load_corpus
    from tagger.pipeline import load

    split = load_corpus(corpus).test
    assert split is not None
    sentences = [s.tokens for s in split]
    words = sum(map(len, sentences))
    taggers = {key: load(path, threads=1) for key, path in models.items()}
    speeds: dict[K, list[float]] = {key: [] for key in models}
    for _, key in itertools.product(range(ROUNDS), models):
        repeats, began = 0, time.process_time()
        while time.process_time() - began < 2:
            taggers[key].tag_tokens(sentences, confidence=False)
            repeats += 1
        speeds[key].append(repeats * words / (time.process_time() - began))
    return {key: statistics.median(values) for key, values in speeds.items()}


def main() -> None:
    """Trains, measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    combinations = list(itertools.product(CELLS, HEADS))
    seeds = range(1, options.seeds + 1)
    keys = [(cell, head, seed) for seed in seeds for cell, head in combinations]
    with tempfile.TemporaryDirectory() as folder:
        paths = {key: f"{folder}/{'-'.join(map(str, key))}.tagger" for key in keys}
        jobs = [
            Job(
                options.corpus,
                paths[cell, head, seed],
                seed,
                (f"model.cell={cell}", f"model.head={head}", *options.settings),
            )
            for cell, head, seed in keys
        ]
        results = dict(zip(keys, train_all(jobs, options.jobs), strict=True))
        first = {(cell, head): paths[cell, head, 1] for cell, head in combinations}
        speeds = tagging_speeds(first, options.corpus)
    print("| cell | head | test | dev | training, words/CPU s | tagging, words/CPU s |")
    print("|---|---|---|---|---|---|")
    for cell, head in combinations:
        runs = [results[cell, head, seed] for seed in seeds]
        trained = statistics.median(r.words_per_cpu_second for r in runs)
        print(
            f"| {cell} | {head} | {spread([r.test for r in runs])} | {spread([r.dev for r in runs])}"
            f" | {trained:,.0f} | {speeds[cell, head]:,.0f} |"
        )


if __name__ == "__main__":
    main()
