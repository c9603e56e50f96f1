"""This project with its default settings: `tagger train`, then `tagger.load`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import common

_FILE = "model.tagger"


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains by the command; when time is up, as by Ctrl-C."""
    command = [sys.executable, "-m", "tagger", "train", str(folder), "--layer", "UPOS"]
    capped = False
    with subprocess.Popen([*command, "--output", str(model / _FILE)]) as process:
        try:
            process.wait(60 * minutes)
        except subprocess.TimeoutExpired:
            capped = True
            process.send_signal(signal.SIGINT)
    if process.returncode:
        raise SystemExit("tagger train failed")
    log = (model / _FILE).with_suffix(".log.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in log.splitlines()]
    epochs = [event for event in events if event["event"] == "epoch"]
    dev, passed = [], 0.0
    for epoch in epochs:
        passed += epoch["seconds"]
        dev.append((passed, epoch["score"]))
    words = len(epochs) * common.number_of_words(folder / "train.conllu")
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
