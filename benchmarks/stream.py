"""Memory and speed of `tagger tag` on a stream of any length.

    python benchmarks/stream.py ewt.tagger war-and-peace.txt.gz --words 10000 1000000 20000000

Each run tags so many words of the text, repeated as often as it takes; in each repetition
every hundredth word is a new one. The text goes in through a pipe, and what comes out is
counted. Prints for each length seconds, words a second and the most memory, and of the last
one speed and memory in each tenth of the way. Words are those that the tagger finds.
Needs Linux.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from corpora.files import decoded_lines, open_binary

NEW = 100  # each so many words
TENTHS = 10
INTERVAL = 0.25  # seconds between two looks


class Moment(NamedTuple):
    """How far a run has come: seconds, words out, MB in memory now."""

    seconds: float
    words: int
    megabytes: float


def text(path: Path) -> Iterator[bytes]:
    """Yields lines of the text without end, each repetition with other new words."""
    with open_binary(path) as binary:
        lines = [line.split(" ") for line in decoded_lines(binary, str(path))]
    for turn in itertools.count():
        for i, words in enumerate(lines):
            changed = [
                f"{word}{letters(turn)}" if (i + k) % NEW == 0 and word.isalpha() else word
                for k, word in enumerate(words)
            ]
            yield (" ".join(changed) + "\n").encode()


def letters(number: int) -> str:
    """Returns a number in letters."""
    found = ""
    while number:
        number, rest = divmod(number, 26)
        found += chr(ord("a") + rest)
    return found


def feed(pipe: IO[bytes], lines: Iterator[bytes], words: int) -> None:
    """Writes lines until they hold so many words, about; a space ends a word."""
    block: list[bytes] = []
    while words > 0:
        line = next(lines)
        words -= len(line.split())
        block.append(line)
        if len(block) == 1000 or words <= 0:
            pipe.write(b"".join(block))
            block = []
    pipe.close()


def memory(process: int) -> float:
    """Returns MB in memory of a process."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6 if "VmRSS:" in status else 0.0


def run(model: Path, source: Path, words: int, arguments: list[str]) -> list[Moment]:
    """Tags; returns how far it was at each look, and at the end."""
    command = [sys.executable, "-m", "tagger", "tag", "--model", str(model), "--to", "conll", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = threading.Thread(target=feed, args=(process.stdin, text(source), words))
        began = due = time.perf_counter()
        feeder.start()
        moments: list[Moment] = []
        lines = 0
        while block := process.stdout.read1(1 << 18):
            lines += block.count(b"\n") - block.count(b"\n\n")  # a blank one ends a sentence
            now = time.perf_counter()
            if now >= due:
                moments.append(Moment(now - began, lines, memory(process.pid)))
                due = now + INTERVAL
        moments.append(Moment(time.perf_counter() - began, lines, moments[-1].megabytes))
        feeder.join()
    if process.returncode:
        raise SystemExit(process.returncode)
    return moments


def tenths(moments: list[Moment]) -> Iterator[tuple[float, float]]:
    """Yields words a second and the most MB of each tenth of the words."""
    words = [m.words for m in moments]
    goals = np.linspace(0, words[-1], TENTHS + 1)
    seconds = np.interp(goals, words, [m.seconds for m in moments])  # between two looks
    seconds[0] = 0.0  # a start is part of the first tenth
    for begin, end in itertools.pairwise(seconds):
        here = [m.megabytes for m in moments if begin <= m.seconds <= end]
        yield words[-1] / TENTHS / (end - begin), max(here, default=moments[-1].megabytes)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("--words", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--threads", default="0")
    options = parser.parse_args()
    print("| words | seconds | words/s | MB at most |\n|---|---|---|---|")
    moments: list[Moment] = []
    for words in options.words:
        moments = run(options.model, options.text, words, ["--threads", options.threads])
        seconds, found, _ = moments[-1]
        most = max(m.megabytes for m in moments)
        print(f"| {found:,} | {seconds:.1f} | {found / seconds:,.0f} | {most:.0f} |", flush=True)
    print("\n| tenth | words/s | MB |\n|---|---|---|")
    for k, (speed, megabytes) in enumerate(tenths(moments), 1):
        print(f"| {k} | {speed:,.0f} | {megabytes:.0f} |")


if __name__ == "__main__":
    main()
