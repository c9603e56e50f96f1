"""UDPipe 1's tagger (UPOS alone) and, for raw text, its tokenizer.

The tagger has as many of its usual 20 iterations as the time allows, for it cannot be
stopped on the way; the tokenizer, which is not part of what is timed, 10 of its usual 100.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import ufal.udpipe as udpipe

_METHOD = "morphodita_parsito"
_TAGGER = (
    "models=1;templates=tagger;guesser_prefixes_max=0;use_lemma=0;provide_lemma=0;"
    "use_xpostag=0;provide_xpostag=0;use_feats=0;provide_feats=0;iterations="
)
_TOKENIZER = "epochs=10"
_ITERATIONS = 20
_TRIAL = 10  # every tenth sentence


def read(path: Path, step: int = 1) -> Any:
    """Reads every step-th sentence of a CoNLL-U file."""
    source = udpipe.InputFormat.newConlluInputFormat()
    source.setText(path.read_text(encoding="utf-8"))
    found, error, sentence = udpipe.Sentences(), udpipe.ProcessingError(), udpipe.Sentence()
    number = 0
    while source.nextSentence(sentence, error):
        if not number % step:
            found.push_back(sentence)
        sentence, number = udpipe.Sentence(), number + 1
    assert not error.occurred(), error.message
    return found


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains; a second iteration on some of the sentences tells how many there is time for."""
    splits = [folder / f"{split}.conllu" for split in ("train", "dev")]

    def learn(name: str, tokenizer: str, tagger: str, step: int = 1) -> None:
        error = udpipe.ProcessingError()
        data = (read(path, step) for path in splits)
        learned = udpipe.Trainer.train(_METHOD, *data, tokenizer, tagger, "none", error)
        assert not error.occurred(), error.message
        (model / name).write_bytes(learned)

    watch = common.Stopwatch()
    learn("tagger.udpipe", "none", f"{_TAGGER}1", _TRIAL)
    once, _ = watch.spent()
    learn("tagger.udpipe", "none", f"{_TAGGER}2", _TRIAL)
    twice = watch.spent()[0] - once
    fitting = int(60 * minutes / (_TRIAL * (twice - once)))
    learn("tokenizer.udpipe", _TOKENIZER, "none")
    aside = watch.spent()
    iterations = max(1, min(_ITERATIONS, fitting))
    learn("tagger.udpipe", "none", f"{_TAGGER}{iterations}")
    words = common.number_of_words(splits[0])
    return common.Trained(iterations * words, capped=iterations < _ITERATIONS, aside=aside)


def load(model: Path) -> common.Tag:
    """Loads a model."""
    tagger, error = udpipe.Model.load(str(model / "tagger.udpipe")), udpipe.ProcessingError()

    def tag(sentences: list[list[str]]) -> list[list[str]]:
        tags = []
        for words in sentences:
            sentence = udpipe.Sentence()
            for word in words:
                sentence.addWord(word)
            tagger.tag(sentence, tagger.DEFAULT, error)
            tags.append(tags_of(sentence))
        return tags

    return tag


def load_raw(model: Path) -> common.TagRaw:
    """Loads a model and its tokenizer."""
    tagger, splitter = (udpipe.Model.load(str(model / f"{n}.udpipe")) for n in ("tagger", "tokenizer"))
    error = udpipe.ProcessingError()

    def tag(texts: list[str]) -> list[list[str]]:
        tags = []
        for text in texts:
            reader = splitter.newTokenizer(splitter.DEFAULT)
            reader.setText(text)
            sentence = udpipe.Sentence()
            while reader.nextSentence(sentence, error):
                tagger.tag(sentence, tagger.DEFAULT, error)
                tags.append(tags_of(sentence))
                sentence = udpipe.Sentence()
        return tags

    return tag


def tags_of(sentence: Any) -> list[str]:
    """Returns the UPOS tags of a tagged sentence; word 0 is the root."""
    return [sentence.words[i].upostag for i in range(1, sentence.words.size())]


if __name__ == "__main__":
    common.main(train, load, load_raw)
