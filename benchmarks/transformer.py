"""Scores and speed with and without a transformer, as a table in Markdown.

    python benchmarks/transformer.py CORPUS … --transformer FOLDER_OR_NAME --seed 1

Trains on each corpus the default preset alone, with the transformer frozen, and (by
`--fine-tuned`) with it learning too, on one thread; then tags the test set with each model in
turn, over and over for two seconds, also on one thread. Speeds are words a CPU second, so that
other work on the machine counts less.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from cells import tagging_speeds


def main() -> None:
    """Trains, measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", nargs="+", metavar="CORPUS")
    parser.add_argument("--transformer", required=True, metavar="FOLDER_OR_NAME")
    parser.add_argument("--fine-tuned", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    uses = ["none", "frozen", *(["fine-tuned"] if options.fine_tuned else [])]
    print("| corpus | transformer | dev | test | training, s | tagging, words/CPU s | model, MB |")
    print("|---|---|---|---|---|---|---|")
    for corpus in options.corpora:
        with tempfile.TemporaryDirectory() as folder:
            paths = {use: f"{folder}/{use}.tagger" for use in uses}
            rows = {use: train(corpus, paths[use], use, options) for use in uses}
            speeds = tagging_speeds(paths, corpus)
        for use, (dev, test, seconds, megabytes) in rows.items():
            print(
                f"| {Path(corpus).name} | {use} | {100 * dev:.2f} | {100 * test:.2f}"
                f" | {seconds:.0f} | {speeds[use]:,.0f} | {megabytes:.1f} |"
            )


def train(
    corpus: str, path: str, use: str, options: argparse.Namespace
) -> tuple[float, float, float, float]:
    """Returns dev and test score, fractions, and seconds and megabytes."""
    from corpora import load_corpus
    from tagger.settings import make_config
    from tagger.training.display import PlainDisplay
    from tagger.training.preparation import Task
    from tagger.training.run import run

    settings = ["training.threads=1", f"training.seed={options.seed}", *options.settings]
    task = Task()
    if use != "none":
        settings.append(f"training.transformer={use}")
        task = Task(transformer=options.transformer)
    config = make_config(settings=settings)
    result = run(load_corpus(corpus), Path(path), config, PlainDisplay(sys.stderr), task)
    dev, test = (next(iter(result.scores[split].values())).main for split in ("dev", "test"))
    return dev, test, result.seconds, Path(path).stat().st_size / 1e6


if __name__ == "__main__":
    main()
