"""Stanza's tagger by its own training command, without pretrained vectors or character models.

It looks at the dev set every 10 steps instead of 100, so that a model is there when time
is up: on a CPU a step of 250 sentences takes seconds.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import common

_FILE = "tagger.pt"
_BATCH = 250  # sentences, its default
_LOOK = re.compile(r"dev_score = ([\d.]+)")


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains in a process of its own, which is ended when time is up."""
    options = {
        "shorthand": "en_bench",
        "lang": "en",
        "train_file": folder / "train.conllu",
        "eval_file": folder / "dev.conllu",
        "save_dir": model,
        "save_name": _FILE,
        "eval_interval": 10,
        "log_step": 1,
        "seed": 1,
    }
    command = [sys.executable, "-m", "stanza.models.tagger", "--mode", "train", "--no_pretrain", "--cpu"]
    command += [part for key, value in options.items() for part in (f"--{key}", str(value))]
    (model / "resources.json").write_text("{}", encoding="utf-8")  # the pipeline looks for it
    dev: list[tuple[float, float]] = []
    steps, capped = 0, False
    watch = common.Stopwatch()
    with subprocess.Popen(
        command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            steps += "Finished STEP" in line
            if look := _LOOK.search(line):
                dev.append((watch.spent()[0], float(look[1])))
            if "Finished STEP" in line and dev and watch.spent()[0] > 60 * minutes:
                capped = True
                process.terminate()
                break
    if process.returncode and not capped:
        raise SystemExit("stanza.models.tagger failed")
    lengths = [len(words) for words, _ in common.read(folder / "train.conllu")]
    return common.Trained(steps * sum(lengths) / -(-len(lengths) // _BATCH), dev, capped)


def load(model: Path) -> common.Tag:
    """Loads a model into a pipeline that takes sentences as they are split."""
    import stanza

    pipeline = stanza.Pipeline(
        "en",
        dir=str(model),
        download_method=None,
        allow_unknown_language=True,
        processors={"tokenize": "default", "pos": "default"},
        tokenize_pretokenized=True,
        pos_model_path=str(model / _FILE),
        use_gpu=False,
        logging_level="ERROR",
    )
    return lambda sentences: [[w.upos for w in s.words] for s in pipeline(sentences).sentences]


if __name__ == "__main__":
    common.main(train, load)
