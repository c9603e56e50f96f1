"""Scores of a preset on some corpora, as a table in Markdown.

    python benchmarks/scores.py CORPUS … --seeds 3 --jobs 2

Trains with no option but the corpus (and the seed, on one thread) and prints F1 of
entities or accuracy of tags, mean ± standard deviation over seeds; then, of the same models,
the test score of each precision, and the share of tokens that both tag alike.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from measure import Job, spread, train_all


def main() -> None:
    """Trains and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", nargs="+", metavar="CORPUS")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            Job(corpus, f"{folder}/{i}-{seed}.tagger", seed, tuple(options.settings))
            for i, corpus in enumerate(options.corpora)
            for seed in seeds
        ]
        results = dict(
            zip(((j.corpus, j.seed) for j in jobs), train_all(jobs, options.jobs), strict=True)
        )
    print("| corpus | layer | measure | test | dev | epochs | words/CPU s | model, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for corpus in options.corpora:
        runs = [results[corpus, seed] for seed in seeds]
        print(
            f"| {Path(corpus).name} | {runs[0].layer} | {'F1' if runs[0].spans else 'accuracy'}"
            f" | {spread([r.test for r in runs])} | {spread([r.dev for r in runs])}"
            f" | {statistics.median(r.epochs for r in runs):.0f}"
            f" | {statistics.median(r.words_per_cpu_second for r in runs):,.0f}"
            f" | {runs[0].megabytes:.1f} |"
        )
    if any(run.same is None for run in results.values()):
        return  # a cell that has no int8
    print("\n| corpus | test, float32 | test, int8 | same tags, % |")
    print("|---|---|---|---|")
    for corpus in options.corpora:
        runs = [results[corpus, seed] for seed in seeds]
        both = (spread([r.precisions[p] for r in runs]) for p in ("float32", "int8"))
        same = statistics.mean(r.same for r in runs)
        print(f"| {Path(corpus).name} | {' | '.join(both)} | {100 * same:.2f} |")


if __name__ == "__main__":
    main()
