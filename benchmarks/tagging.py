"""How fast a model tags, beside what its recurrent layer alone could do.

    python benchmarks/tagging.py ewt.tagger test.conllu --json speed.json

Prints, for each precision and for one thread and all: words a second of the whole
tagger (tokens in, tags out), with confidences and without, and of the bare recurrent
layer on batches of the same shapes; the time from a start to the first tag, beside
that of an interpreter which only imports click, NumPy and onnxruntime; the most memory
of that process; and how many tags of both precisions are the same. Medians of rounds
that take turns, so that what else the machine does disturbs all alike.
"""

from __future__ import annotations

import functools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np
from onnx import TensorProto
from onnxruntime import InferenceSession

from corpora import read
from tagger import bundle as bundles
from tagger.bundle import Bundle
from tagger.config import ModelConfig
from tagger.export.graphs import GraphBuilder, recurrent_layer, vector_size
from tagger.pipeline import Tagger
from tagger.runtime.numpy_engine import Array, Weights, prefixes, within
from tagger.runtime.onnx_engine import graph_weights, quantized, session
from tagger.runtime.workers import available_cores
from tagger.windows import batches

_IMPORTS = "import click, numpy, onnxruntime"
_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
_SENTENCE = "Ada Lovelace lived in London .\n"


def batch_shapes(lengths: Iterable[int]) -> list[tuple[int, int]]:
    """Returns (time, batch) of the batches that the tagger makes of sentences."""
    ordered = sorted(lengths)
    return [(ordered[b[-1]], len(b)) for b in batches(range(len(ordered)), ordered)]


def bare_layer(
    bundle: Bundle, shapes: list[tuple[int, int]], precision: str, threads: int
) -> Callable[[], float]:
    """Returns what runs the first recurrent layer alone, of an ensemble that of each member.

    Args:
        shapes: (time, batch) of each batch; as many as threads are computed at a time.

    Returns:
        A function that computes all batches once and returns tokens a second (padding
        included).
    """
    members = [within(bundle.weights, prefix) for prefix in prefixes(bundle.weights)]
    layers = [_layer_session(bundle.config.model, weights, precision) for weights in members]
    size = vector_size(members[0])
    numbers = np.random.default_rng(1)
    inputs = [
        {
            "vectors": numbers.standard_normal((steps, rows, size), dtype=np.float32),
            "lengths": np.full(rows, steps, np.int32),
        }
        for steps, rows in shapes
    ]

    def compute(values: dict[str, Array]) -> None:
        for layer in layers:
            layer.run(None, values)

    def run() -> float:
        with ThreadPoolExecutor(threads) as pool:
            began = time.perf_counter()
            for _ in pool.map(compute, inputs):
                pass
            return sum(t * b for t, b in shapes) / (time.perf_counter() - began)

    return run


def _layer_session(model: ModelConfig, weights: Weights, precision: str) -> InferenceSession:
    """Makes the graph of one network's first recurrent layer, ready to run."""
    arrays: dict[str, Any] = graph_weights(weights, model.cell)
    if precision == "int8":
        arrays = quantized(arrays)
    builder = GraphBuilder(arrays)
    states = builder.input("vectors", TensorProto.FLOAT, ["time", "batch", vector_size(weights)])
    lengths = builder.input("lengths", TensorProto.INT32, ["batch"])
    name = recurrent_layer(builder, model, 0, states, lengths, precision)
    graph = builder.model({name: ["time", "directions", "batch", model.hidden_size]})
    return session(graph, {k: a for k, a in arrays.items() if k.startswith("encoder.layers.0.")}, 1)


def seconds_of(command: list[str]) -> float:
    """Returns the wall seconds of a process."""
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def megabytes_of(command: list[str]) -> float:
    """Returns the MB that a process takes at most; begun by a small one, whose memory
    counts as its own until it runs."""
    small = [sys.executable, "-c", _MEASURE, *command]
    return int(subprocess.run(small, stdout=subprocess.PIPE, check=True).stdout) / 1000


@click.command()
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--rounds", default=5, show_default=True)
@click.option("--words", default=200_000, show_default=True, help="Of each round, at least.")
@click.option("--starts", default=21, show_default=True, help="Fresh processes.")
@click.option("--json", "output", type=click.Path(path_type=Path), help="Where results go.")
def main(model: Path, file: Path, rounds: int, words: int, starts: int, output: Path | None) -> None:
    """Measure MODEL on the sentences of FILE."""
    bundle = bundles.load(model)
    once = [sentence.tokens for sentence in read(file) if sentence.tokens]
    sentences = once * -(-words // sum(map(len, once)))
    total = sum(map(len, sentences))
    shapes = batch_shapes(map(len, sentences))
    measures: dict[str, Callable[[], float]] = {}
    for precision in ("float32", "int8") if bundle.int8_graph else ("float32",):
        for threads in sorted({1, available_cores()}):
            tagger = Tagger.from_bundle(bundle, precision=precision, threads=threads)
            tagger.tag_tokens(once)  # the forms are known from here on

            def whole(tagger: Tagger = tagger, confidence: bool = False) -> float:
                began = time.perf_counter()
                tagger.tag_tokens(sentences, confidence=confidence)
                return total / (time.perf_counter() - began)

            key = f"{precision}, {threads} thread{'s' * (threads > 1)}"
            measures[f"{key}: tags"] = whole
            measures[f"{key}: tags and confidences"] = functools.partial(whole, confidence=True)
            measures[f"{key}: bare layer"] = bare_layer(bundle, shapes, precision, threads)
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    results: dict[str, Any] = {"words": total, "speed": {}}
    print("| what | words/s, median | least | most |\n|---|---|---|---|")
    for name, values in found.items():
        results["speed"][name] = statistics.median(values)
        print(f"| {name} | {statistics.median(values):,.0f} | {min(values):,.0f} | {max(values):,.0f} |")

    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "sentence.txt")
        text.write_text(_SENTENCE)
        commands = {
            "imports": [sys.executable, "-c", _IMPORTS],
            "one sentence": [sys.executable, "-m", "tagger", "tag", str(text), "-m", str(model)],
        }
        runs: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(starts):
            for name, command in commands.items():
                runs[name].append(seconds_of(command))
        memory = {name: megabytes_of(command) for name, command in commands.items()}
    print("\n| fresh process | seconds, median | MB at most |\n|---|---|---|")
    for name, values in runs.items():
        seconds = statistics.median(values)
        results[name] = {"seconds": seconds, "megabytes": memory[name]}
        print(f"| {name} | {seconds:.3f} | {memory[name]:.0f} |")
    if bundle.int8_graph:
        one, other = (
            Tagger.from_bundle(bundle, precision=p).tag_tokens(once, confidence=False)
            for p in ("float32", "int8")
        )
        pairs = [
            pair
            for a, b in zip(one, other, strict=True)
            for layer in a.tags
            for pair in zip(a.tags[layer], b.tags[layer], strict=True)
        ]
        results["agreement"] = sum(a == b for a, b in pairs) / len(pairs)
        print(f"\nint8 and float32 agree in {100 * results['agreement']:.2f} % of tags")
    print(f"model file: {model.stat().st_size / 1e6:.1f} MB")
    if output is not None:
        output.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
