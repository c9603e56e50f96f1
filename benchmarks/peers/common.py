"""What the scripts of the peers share: files, command line, clock. Knows no peer.

    python spacy_peer.py train FOLDER MODEL --minutes 10   # MODEL/train.json tells how it went
    python spacy_peer.py tag MODEL test.conllu OUT         # one tag a line, a blank one after a sentence
    python spacy_peer.py bench MODEL test.conllu           # --raw: paragraphs, one a line
    python spacy_peer.py one MODEL                         # tags one sentence

FOLDER holds train.conllu and dev.conllu; the tags are those of the column UPOS. `bench`
loads the model, goes over the file once, prints "ready", and waits for a line before it
goes over the file again and again, so that several processes can begin together.

A script runs in its peer's own environment: it needs this module, the peer and the
standard library. It has to be light itself: the time and memory of `one` are measured.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ONE = ["Ada", "Lovelace", "lived", "in", "London", "."]

Tag = Callable[[list[list[str]]], list[list[str]]]
TagRaw = Callable[[list[str]], list[list[str]]]


class Sentence(NamedTuple):
    """Words and their tags."""

    words: list[str]
    tags: list[str]


class Trained(NamedTuple):
    """How training went.

    Attributes:
        words: seen, each as often as it was.
        dev: (seconds since the begin, score between 0 and 1) of each look at the dev set.
        capped: the time was up before the peer would have ended by itself.
        aside: wall and CPU seconds of what is no part of training.
    """

    words: float
    dev: Sequence[tuple[float, float]] = ()
    capped: bool = False
    aside: tuple[float, float] = (0.0, 0.0)


class Stopwatch:
    """Wall and CPU seconds, children's too, since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def spent(self) -> tuple[float, float]:
        """Returns wall and CPU seconds."""
        return time.perf_counter() - self._wall, _cpu() - self._cpu


def read(path: Path) -> list[Sentence]:
    """Reads the words and the UPOS tags of a CoNLL-U file."""
    sentences = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n") if line and line[0] != "#"]
        words = [row for row in rows if row[0].isdigit()]
        if words:
            sentences.append(Sentence([row[1] for row in words], [row[3] for row in words]))
    return sentences


def number_of_words(path: Path) -> int:
    """Counts the words of a CoNLL-U file."""
    return sum(len(sentence.words) for sentence in read(path))


def measure(pass_over: Callable[[], Any], seconds: float) -> dict[str, float]:
    """Returns seconds of the first pass, and passes and seconds of those after the signal."""
    watch = Stopwatch()
    pass_over()
    first, _ = watch.spent()
    print("ready", flush=True)
    sys.stdin.readline()
    passes, spent = 0, 0.0
    watch = Stopwatch()
    while spent < seconds:
        pass_over()
        passes += 1
        spent, _ = watch.spent()
    return {"first": first, "passes": passes, "seconds": spent}


def main(
    train: Callable[[Path, Path, float], Trained],
    load: Callable[[Path], Tag],
    load_raw: Callable[[Path], TagRaw] | None = None,
) -> None:
    """Runs the command line of a peer.

    Args:
        train: of a folder, a model (a folder too) and minutes.
        load: of a model; returns what tags sentences.
        load_raw: of a model; returns what splits and tags paragraphs.
    """
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    arguments = {
        "train": ("folder", "model"),
        "tag": ("model", "file", "output"),
        "bench": ("model", "file"),
        "one": ("model",),
    }
    for name, places in arguments.items():
        command = commands.add_parser(name)
        for place in places:
            command.add_argument(place, type=Path)
        if name == "train":
            command.add_argument("--minutes", type=float, default=10)
        if name == "bench":
            command.add_argument("--raw", action="store_true")
            command.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    if options.command == "train":
        _train(train, options.folder, options.model, options.minutes)
    elif options.command == "tag":
        tags = load(options.model)([sentence.words for sentence in read(options.file)])
        text = "\n".join("".join(f"{tag}\n" for tag in of_sentence) for of_sentence in tags)
        options.output.write_text(text, encoding="utf-8")
    elif options.command == "one":
        print(*load(options.model)([ONE])[0])
    elif options.raw:
        assert load_raw is not None, "tags no raw text"
        tag_raw, paragraphs = load_raw(options.model), options.file.read_text("utf-8").splitlines()
        print(json.dumps(measure(lambda: tag_raw(paragraphs), options.seconds)))
    else:
        tag, words = load(options.model), [sentence.words for sentence in read(options.file)]
        print(json.dumps(measure(lambda: tag(words), options.seconds)))


def _train(
    train: Callable[[Path, Path, float], Trained], folder: Path, model: Path, minutes: float
) -> None:
    model.mkdir(parents=True, exist_ok=True)
    watch = Stopwatch()
    trained = train(folder, model, minutes)
    wall, cpu = (s - a for s, a in zip(watch.spent(), trained.aside, strict=True))
    facts = {"words": trained.words, "history": trained.dev, "capped": trained.capped}
    report = json.dumps({**facts, "wall": wall, "cpu": cpu})
    (model / "train.json").write_text(report + "\n", encoding="utf-8")


def _cpu() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
