"""Peak memory and time of `tagger convert` and `tagger check` on column files of any size.

    python benchmarks/large.py 20 200 2000 --folder /tmp

Each file (megabytes as given) holds made-up sentences: words by Zipf's law, ever new
ones among them, and spans of four labels. Conversion is to JSON lines and reads its
output back. Memory is the largest resident set of the process (`ru_maxrss`).
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

LABELS = ("PER", "LOC", "ORG", "MISC")
KNOWN = 50_000  # words; the more frequent, the lower the number
NEW = 0.01  # share of tokens that occur nowhere else
BLOCK = 1 << 20


def sentences(seed: int) -> Iterator[str]:
    """Yields sentences in columns, without end."""
    chance = random.Random(seed)
    fresh = itertools.count()
    while True:
        rows = []
        inside = ""
        for _ in range(chance.randint(3, 40)):
            rank = int(KNOWN ** chance.random())
            word = f"new{next(fresh):x}" if chance.random() < NEW else f"word{rank}"
            inside = inside if chance.random() < 0.5 else ""
            tag = f"I-{inside}" if inside else "O"
            if not inside and chance.random() < 0.08:
                inside = chance.choice(LABELS)
                tag = f"B-{inside}"
            rows.append(f"{word}\t{tag}\n")
        yield "".join(rows) + "\n"


def make(path: Path, megabytes: int) -> None:
    """Writes a file of the size given; the first 20 MB are repeated with other new words."""
    block = "".join(itertools.takewhile(_until(min(megabytes, 20)), sentences(1)))
    with path.open("w", encoding="utf-8") as file:
        written = 0
        for turn in itertools.count():
            text = block.replace("\nnew", f"\nnew{turn:x}-")
            file.write(text)
            written += len(text)
            if written >= megabytes * BLOCK:
                return


def _until(megabytes: int):  # noqa: ANN202 - a predicate that counts
    size = 0

    def small(sentence: str) -> bool:
        nonlocal size
        size += len(sentence)
        return size < megabytes * BLOCK

    return small


def run(*arguments: str) -> tuple[float, float]:
    """Runs a command; returns seconds and megabytes of memory at the most."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "tagger", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("megabytes", nargs="+", type=int)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    print("| file, MB | check, s | check, MB of memory | convert, s | convert, MB of memory |")
    print("|---|---|---|---|---|")
    for megabytes in options.megabytes:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            source, target = Path(folder, "large.conll"), Path(folder, "large.jsonl")
            make(source, megabytes)
            checked = run("check", str(source))
            converted = run("convert", str(source), str(target))
            print(
                f"| {source.stat().st_size / BLOCK:,.0f} | {checked[0]:,.0f} | {checked[1]:,.0f}"
                f" | {converted[0]:,.0f} | {converted[1]:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
