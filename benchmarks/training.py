"""How fast a model trains, beside what its recurrent layers alone could do.

    python benchmarks/training.py ud-english-ewt --rounds 5

Takes batches of the first epoch and measures whole training steps with the default settings
(forward, loss, backward, optimizer), and beside them the forward and backward pass of the
recurrent layers alone, without dropout, on random vectors of the same shapes: in float32 and
in bfloat16, on one thread and on all cores. Medians of rounds that take turns; words are
real tokens, padding is not counted.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from corpora import load_corpus
from tagger.network.cells import RecurrentEncoder
from tagger.runtime.workers import available_cores
from tagger.settings import make_config
from tagger.training.data import Batch
from tagger.training.preparation import Setup, Task, set_up
from tagger.training.trainer import make_optimizer, training_step

SECONDS = 2.0
BATCHES = 60


def whole_step(ready: Setup, settings: list[str]) -> Callable[[Batch], None]:
    """Returns what trains on a batch."""
    config = make_config(settings=settings).training
    optimizer = make_optimizer(ready.network, config)
    ready.network.train()

    def step(batch: Batch) -> None:
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate / 10
        training_step(ready.network, optimizer, batch, config.clip)

    return step


def bare_step(ready: Setup, settings: list[str], precision: str) -> Callable[[Batch], None]:
    """Returns what runs recurrent layers alone, forward and back."""
    model = make_config(settings=settings).model
    size = ready.network.forms.output_size
    encoder = RecurrentEncoder(
        model.cell,
        size,
        model.hidden_size,
        model.layers,
        model.bidirectional,
        bfloat16=precision == "bfloat16",
    )
    encoder.train()

    def step(batch: Batch) -> None:
        vectors = torch.randn(*batch.rows.shape, size, requires_grad=True)
        encoder(vectors, batch.lengths).sum().backward()
        encoder.zero_grad(set_to_none=True)

    return step


def words_per_second(step: Callable[[Batch], None], batches: list[Batch], threads: int) -> float:
    """Runs over the batches for some seconds."""
    torch.set_num_threads(threads)
    words, began, passed = 0, time.perf_counter(), 0.0
    for batch in itertools.cycle(batches):
        step(batch)
        words += batch.tokens
        passed = time.perf_counter() - began
        if passed >= SECONDS:
            break
    return words / passed


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    corpus = load_corpus(options.corpus)
    steps = {}
    for precision in ("float32", "bfloat16"):
        settings = [*options.settings, f"training.precision={precision}"]
        ready = set_up(corpus, make_config(settings=settings), Task(), print)
        steps[precision] = whole_step(ready, settings), bare_step(ready, settings, precision)
    with tempfile.TemporaryDirectory() as folder:
        batches = list(itertools.islice(ready.loader(Path(folder)), BATCHES))
    cases = list(itertools.product(sorted({1, available_cores()}), steps, (0, 1)))
    found: dict[tuple[int, str, int], list[float]] = {case: [] for case in cases}
    for _ in range(options.rounds):
        for threads, precision, which in cases:
            speed = words_per_second(steps[precision][which], batches, threads)
            found[threads, precision, which].append(speed)
    print("| threads | precision | whole step, words/s | recurrent layers alone | share |")
    print("|---|---|---|---|---|")
    for threads, precision in itertools.product(sorted({1, available_cores()}), steps):
        whole, bare = (statistics.median(found[threads, precision, which]) for which in (0, 1))
        print(f"| {threads} | {precision} | {whole:,.0f} | {bare:,.0f} | {whole / bare:.0%} |")


if __name__ == "__main__":
    main()
