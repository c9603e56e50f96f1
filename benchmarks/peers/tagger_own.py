"""This project with its default settings: `tagger train`, then `tagger.load`."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import common

_FILE = "model.tagger"
_LOOK = re.compile(r"^epoch .* dev +([\d.]+)")


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains by the command, whose epochs are told on stderr; when time is up, as by Ctrl-C."""
    command = [sys.executable, "-m", "tagger", "train", str(folder), "--layer", "UPOS"]
    dev: list[tuple[float, float]] = []
    watch = common.Stopwatch()
    with subprocess.Popen(
        [*command, "--output", str(model / _FILE)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        timer = threading.Timer(60 * minutes, process.send_signal, [signal.SIGINT])
        timer.start()
        for line in process.stderr:
            print(line, end="", file=sys.stderr, flush=True)
            if look := _LOOK.search(line):
                dev.append((watch.spent()[0], float(look[1]) / 100))
        capped = timer.finished.is_set()
        timer.cancel()
    if process.returncode:
        raise SystemExit("tagger train failed")
    words = len(dev) * common.number_of_words(folder / "train.conllu")
    return common.Trained(words, dev, capped)


def load(model: Path) -> common.Tag:
    """Loads a model."""
    import tagger

    loaded = tagger.load(model / _FILE, engine="auto")  # as `tagger tag` does
    return lambda sentences: [
        sentence.tags["UPOS"] for sentence in loaded.tag_tokens(sentences, confidence=False)
    ]


def load_raw(model: Path) -> common.TagRaw:
    """Loads a model, which knows how to split text."""
    import tagger

    loaded = tagger.load(model / _FILE)
    return lambda texts: [d.tags["UPOS"] for d in loaded.pipe(texts, confidence=False)]


if __name__ == "__main__":
    common.main(train, load, load_raw)
