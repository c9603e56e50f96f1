"""Trains models with other settings and seeds, side by side, and keeps their scores."""

from __future__ import annotations

import dataclasses
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from corpora import Corpus
    from tagger.bundle import Bundle
    from tagger.config import Config
    from tagger.evaluation.scores import LayerScore
    from tagger.training.preparation import Task
    from tagger.training.run import Result
    from tagger.training.trainer import Epoch


@dataclass(frozen=True)
class Job:
    """One training run: a corpus, settings, a seed, and where the model goes."""

    corpus: str
    output: str
    seed: int
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trained:
    """What a run came to.

    Attributes:
        test, dev: main scores, between 0 and 1.
        words_per_cpu_second: in training.
        precisions: precision → main score on the test set.
        same: share of its tokens that both precisions tag alike; None where there is one.
    """

    layer: str
    spans: bool
    test: float
    dev: float
    words_per_cpu_second: float
    epochs: int
    seconds: float
    megabytes: float
    precisions: dict[str, float]
    same: float | None


def run_timed(
    corpus: Corpus, output: Path, config: Config, task: Task | None = None, device: str = "cpu"
) -> tuple[Result, list[float]]:
    """Trains one model in this process; returns also the CPU seconds of each epoch's batches."""
    from tagger.training.display import PlainDisplay
    from tagger.training.preparation import DEFAULT_TASK
    from tagger.training.run import run

    class Listening(PlainDisplay):
        """Adds up the CPU time of each epoch's batches."""

        def __init__(self) -> None:
            super().__init__(sys.stderr)
            self.seconds: list[float] = []
            self.began = 0.0

        def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
            if not self.began:  # time counts from the end of an epoch's first batch
                self.began = time.process_time()
            if done == 1:
                self.seconds.append(time.process_time() - self.began)
                self.began = 0.0

        def epoch(self, epoch: Epoch) -> None:
            pass

    display = Listening()
    result = run(corpus, output, config, display, task or DEFAULT_TASK, device=device)
    return result, display.seconds


def score_on_dev(corpus: Corpus, config: Config, task: Task) -> tuple[LayerScore, float]:
    """Trains on one layer, without the test set; returns the dev score and the CPU seconds."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as work:
        without = dataclasses.replace(corpus, test=None)
        result, _ = run_timed(without, Path(work) / "m.tagger", config, task)
    (score,) = result.scores["dev"].values()
    return score, time.process_time() - began


def seeds_of(text: str) -> list[int]:
    """Reads seeds with commas between.

    Raises:
        click.BadParameter: one is no whole number.
    """
    if not all(seed.isdecimal() for seed in text.split(",")):
        raise click.BadParameter(f"{text!r}; seeds are whole numbers with commas")
    return [int(seed) for seed in text.split(",")]


def words_per_cpu_second(result: Result, seconds: Sequence[float]) -> float:
    """Returns words a CPU second of training, of the median epoch."""
    words: int = result.bundle.provenance["tokens"]
    return words / statistics.median(seconds)


def train(job: Job) -> Trained:
    """Trains one model on one thread of this process."""
    from corpora import load_corpus
    from tagger.settings import make_config

    settings = ["training.threads=1", f"training.seed={job.seed}", *job.settings]
    config = make_config(settings=settings)
    result, seconds = run_timed(load_corpus(job.corpus), Path(job.output), config)
    ((layer, test),) = result.scores["test"].items()
    precisions, same = compare_precisions(result.bundle, job.corpus)
    return Trained(
        layer,
        test.spans,
        test.main,
        result.scores["dev"][layer].main,
        words_per_cpu_second(result, seconds),
        len(seconds),
        result.seconds,
        Path(job.output).stat().st_size / 1e6,
        precisions,
        same,
    )


def compare_precisions(bundle: Bundle, corpus: str) -> tuple[dict[str, float], float | None]:
    """Returns the main score of each precision on the test set, and how many of the tags
    are the same."""
    from corpora import load_corpus
    from tagger.bundle import PRECISIONS
    from tagger.evaluation.scores import score_layer
    from tagger.pipeline import Tagger

    test = load_corpus(corpus).test
    assert test is not None
    truth = [sentence for sentence in test if sentence.tokens]
    (layer,) = bundle.layers
    scores, tags = {}, []
    for precision in PRECISIONS if bundle.int8_graph else PRECISIONS[:1]:
        tagger = Tagger.from_bundle(bundle, threads=1, precision=precision)
        tagged = list(tagger.tag_sentences(truth, confidence=False))
        scores[precision] = score_layer(layer, truth, tagged).main
        tags.append([tag for sentence in tagged for tag in sentence.tags[layer.name]])
    alike = [a == b for a, b in zip(*tags, strict=True)] if len(tags) > 1 else None
    return scores, statistics.mean(alike) if alike else None


def train_all(jobs: Sequence[Job], at_once: int) -> list[Trained]:
    """Runs jobs, some at once, each in a process of its own; tells stderr of each."""
    with ProcessPoolExecutor(at_once, get_context("spawn"), max_tasks_per_child=1) as pool:
        results = []
        for job, trained in zip(jobs, pool.map(train, jobs), strict=True):
            print(job, trained, file=sys.stderr, flush=True)
            results.append(trained)
    return results


def spread(values: Sequence[float]) -> str:
    """Returns mean ± standard deviation, in percent; of one value, that."""
    if len(values) == 1:
        return f"{100 * values[0]:.2f}"
    deviation = statistics.stdev(values)
    return f"{100 * statistics.mean(values):.2f} ± {100 * deviation:.2f}"
