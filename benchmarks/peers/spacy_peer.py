"""spaCy's tagger with the settings of `spacy init config --optimize efficiency`.

It learns UPOS as its tag. Raw text: the rules of spacy.blank("en") and the sentencizer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import spacy
from spacy.tokens import Doc
from spacy.util import registry

_BATCH = 256  # nlp.pipe's, in documents


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains with spaCy's own loop; when time is up, its best model so far is there."""
    from spacy.cli.init_config import init_config
    from spacy.tokens import DocBin
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train as run

    vocabulary = spacy.blank("en").vocab
    for split in ("train", "dev"):
        documents = (
            Doc(vocabulary, words=w, tags=t) for w, t in common.read(folder / f"{split}.conllu")
        )
        DocBin(docs=documents).to_disk(model / f"{split}.spacy")
    config = init_config(lang="en", pipeline=["tagger"], optimize="efficiency")
    config["paths"].update({split: str(model / f"{split}.spacy") for split in ("train", "dev")})
    config["training"]["logger"] = {"@loggers": "bench"}
    looks: list[dict[str, Any]] = []
    watch = common.Stopwatch()

    def log(info: dict[str, Any] | None) -> None:
        if info is not None:
            looks.append(info | {"seconds": watch.spent()[0]})
            print(*(info[key] for key in ("epoch", "step", "words", "score")), flush=True)
        if looks and watch.spent()[0] > 60 * minutes:
            raise KeyboardInterrupt

    registry.loggers("bench", func=lambda: lambda nlp, stdout, stderr: (log, lambda: None))
    capped = False
    try:
        run(init_nlp(config), model)
    except KeyboardInterrupt:
        capped = True
    return common.Trained(looks[-1]["words"], [(x["seconds"], x["score"]) for x in looks], capped)


def load(model: Path) -> common.Tag:
    """Loads a model."""
    nlp = spacy.load(model / "model-best")

    def tag(sentences: list[list[str]]) -> list[list[str]]:
        documents = (Doc(nlp.vocab, words=words) for words in sentences)
        return [[token.tag_ for token in d] for d in nlp.pipe(documents, batch_size=_BATCH)]

    return tag


def load_raw(model: Path) -> common.TagRaw:
    """Loads a model, with the sentencizer before it."""
    nlp = spacy.load(model / "model-best")
    nlp.add_pipe("sentencizer", first=True)
    return lambda texts: [[token.tag_ for token in d] for d in nlp.pipe(texts, batch_size=_BATCH)]


if __name__ == "__main__":
    common.main(train, load, load_raw)
