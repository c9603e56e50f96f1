"""Accuracy and speed of each cell with each head, as a table in Markdown.

    python benchmarks/cells.py UD_English-EWT/ --seeds 3 --jobs 2

Trains the default preset with each cell and head and several seeds, one thread each;
then tags the test set, over and over for two seconds, with each of the models of the
first seed in turn, also on one thread.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

CELLS = ("elman", "gru", "lstm")
HEADS = ("softmax", "crf")
ROUNDS = 5


@dataclass(frozen=True)
class Trained:
    """What one run of training came to."""

    test: float
    dev: float
    words_per_second: float
    epochs: int


def train(corpus: str, output: str, cell: str, head: str, seed: int, settings: list[str]) -> Trained:
    """Trains one model in a process of its own."""
    from corpora import load_corpus
    from tagger.config import make_config
    from tagger.training.display import PlainDisplay
    from tagger.training.run import run

    class Listening(PlainDisplay):
        def __init__(self) -> None:
            super().__init__(sys.stderr)
            self.speeds: list[float] = []

        def epoch(self, epoch) -> None:  # noqa: ANN001
            self.speeds.append(epoch.words_per_second)

    chosen = [f"model.cell={cell}", f"model.head={head}", f"training.seed={seed}"]
    config = make_config("fast", None, ["training.threads=1", *chosen, *settings])
    display = Listening()
    result = run(load_corpus(corpus), Path(output), config, display)
    ((_, test),) = result.scores["test"].items()
    ((_, dev),) = result.scores["dev"].items()
    speed = statistics.median(display.speeds)
    return Trained(test.main, dev.main, speed, len(display.speeds))


def tagging_speeds(models: dict[tuple[str, str], str], corpus: str) -> dict[tuple[str, str], float]:
    """Returns median words a second of each model, the models taking turns."""
    from corpora import load_corpus
    from tagger.pipeline import load

    split = load_corpus(corpus).test
    assert split is not None
    sentences = [s.tokens for s in split]
    words = sum(map(len, sentences))
    taggers = {key: load(path, threads=1) for key, path in models.items()}
    speeds: dict[tuple[str, str], list[float]] = {key: [] for key in models}
    for _, key in itertools.product(range(ROUNDS), models):
        repeats, began = 0, time.perf_counter()
        while time.perf_counter() - began < 2:
            taggers[key].tag_tokens(sentences, confidence=False)
            repeats += 1
        speeds[key].append(repeats * words / (time.perf_counter() - began))
    return {key: statistics.median(values) for key, values in speeds.items()}


def spread(values: list[float]) -> str:
    """Returns mean ± standard deviation, in percent."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{100 * statistics.mean(values):.2f} ± {100 * deviation:.2f}"


def main() -> None:
    """Trains, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("corpus")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    combinations = list(itertools.product(CELLS, HEADS))
    with tempfile.TemporaryDirectory() as folder:
        paths = {
            (cell, head, seed): f"{folder}/{cell}-{head}-{seed}.tagger"
            for seed in range(1, options.seeds + 1)
            for cell, head in combinations
        }
        with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
            futures = {
                key: pool.submit(train, options.corpus, path, *key, options.settings)
                for key, path in paths.items()
            }
            results = {}
            for key, future in futures.items():
                results[key] = future.result()
                print(*key, results[key], file=sys.stderr, flush=True)
        first = {(cell, head): paths[cell, head, 1] for cell, head in combinations}
        speeds = tagging_speeds(first, options.corpus)
    print("| cell | head | test | dev | training, words/s | tagging, words/s |")
    print("|---|---|---|---|---|---|")
    for cell, head in combinations:
        runs = [results[cell, head, seed] for seed in range(1, options.seeds + 1)]
        trained = statistics.median(r.words_per_second for r in runs)
        print(
            f"| {cell} | {head} | {spread([r.test for r in runs])} | {spread([r.dev for r in runs])}"
            f" | {trained:,.0f} | {speeds[cell, head]:,.0f} |"
        )


if __name__ == "__main__":
    main()
