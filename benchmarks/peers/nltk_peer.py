"""NLTK's averaged perceptron (5 iterations, its default); raw text by Punkt and NLTK's words."""

from __future__ import annotations

import json
import random
from pathlib import Path

import common
from nltk.tag.perceptron import PerceptronTagger

_ITERATIONS = 5


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains on train.conllu; the text of it is kept for Punkt, which learns from raw text."""
    random.seed(1)
    tagger = PerceptronTagger(load=False)
    sentences = common.read(folder / "train.conllu")
    tagger.train([list(zip(*pair, strict=True)) for pair in sentences], nr_iter=_ITERATIONS)
    (model / "model.json").write_text(json.dumps(tagger.encode_json_obj()), encoding="utf-8")
    (model / "train.txt").write_bytes((folder / "train.txt").read_bytes())
    return common.Trained(_ITERATIONS * sum(len(words) for words, _ in sentences))


def load(model: Path) -> common.Tag:
    """Loads a model."""
    tagger = PerceptronTagger.decode_json_obj(json.loads((model / "model.json").read_bytes()))
    return lambda sentences: [[tag for _, tag in tagger.tag(words)] for words in sentences]


def load_raw(model: Path) -> common.TagRaw:
    """Loads a model, and trains Punkt."""
    from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer

    tag = load(model)
    sentences = PunktSentenceTokenizer((model / "train.txt").read_text(encoding="utf-8"))
    words = NLTKWordTokenizer()
    return lambda texts: tag(
        [words.tokenize(sentence) for text in texts for sentence in sentences.tokenize(text)]
    )


if __name__ == "__main__":
    common.main(train, load, load_raw)
