"""CRFsuite (L-BFGS, c1 = c2 = 0.1, at most 150 iterations) with rich word features."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import common
import pycrfsuite

_SETTINGS = {"c1": 0.1, "c2": 0.1, "max_iterations": 150, "feature.possible_transitions": True}
_FILE = "model.crfsuite"


def shape(word: str) -> str:
    """Returns the shape of a word, three or more alike as two: "McDonald's" → "XxXxx'x"."""
    kinds = ""
    for c in word:
        kind = "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c
        if kinds[-2:] != 2 * kind:
            kinds += kind
    return kinds


def outer_features(word: str) -> list[str]:
    """Features of a word that its neighbours see as well."""
    low = word.lower()
    return [
        f"lower={low}",
        f"shape={shape(word)}",
        f"suf3={low[-3:]}",
        f"suf2={low[-2:]}",
        *(name for name in ("istitle", "isupper", "isdigit") if getattr(word, name)()),
    ]


def inner_features(word: str) -> Iterator[str]:
    """Features of a word that it alone sees."""
    yield f"word={word}"
    for n in range(1, 5):
        yield f"pre{n}={word[:n]}"
        yield f"suf{n}={word[-n:]}"
    if any(c.isdigit() for c in word):
        yield "hasdigit"
    if "-" in word:
        yield "hyphen"


def features(words: list[str]) -> list[list[str]]:
    """Features of each word of a sentence: its own, those of two to either side, two pairs."""
    outer = [outer_features(word) for word in words]
    rows = []
    for i, word in enumerate(words):
        row = ["bias", *outer[i], *inner_features(word)]
        for d in (-2, -1, 1, 2):
            row += [f"{d}:{x}" for x in (outer[i + d] if 0 <= i + d < len(words) else ["EDGE"])]
        if i:
            row.append(f"-1|0={words[i - 1].lower()}|{word.lower()}")
        if i + 1 < len(words):
            row.append(f"0|1={word.lower()}|{words[i + 1].lower()}")
        rows.append(row)
    return rows


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains on all of train.conllu; there is nothing to choose on the dev set."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=True)
    trainer.set_params(_SETTINGS)
    for words, tags in common.read(folder / "train.conllu"):
        trainer.append(features(words), tags)
    trainer.train(str(model / _FILE))
    iterations = trainer.logparser.last_iteration["num"]
    return common.Trained(iterations * common.number_of_words(folder / "train.conllu"))


def load(model: Path) -> common.Tag:
    """Loads a model."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(model / _FILE))
    return lambda sentences: [tagger.tag(features(words)) for words in sentences]


if __name__ == "__main__":
    common.main(train, load)
