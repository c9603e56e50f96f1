"""Flair's SequenceTagger: word and character embeddings of its own, BiLSTM of 256, CRF.

Flair's usual recipe (SGD, learning rate 0.1, batches of 32, halved at patience 3). Raw text:
Flair's SegtokSentenceSplitter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import flair
import torch
from flair.data import Corpus, Dictionary, Sentence
from flair.models import SequenceTagger

_EPOCHS = 100  # at most
_BATCH = 64  # sentences, in tagging

flair.device = torch.device("cpu")


def train(folder: Path, model: Path, minutes: float) -> common.Trained:
    """Trains with Flair's own loop; when time is up, its best model so far is there."""
    from flair.datasets import FlairDatapointDataset
    from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
    from flair.trainers import ModelTrainer
    from flair.trainers.plugins import TrainerPlugin
    from flair.trainers.plugins.base import TrainingInterrupt

    def dataset(split: str) -> Any:
        sentences = []
        for words, tags in common.read(folder / f"{split}.conllu"):
            sentence = Sentence(words, use_tokenizer=False)
            for token, tag in zip(sentence, tags, strict=True):
                token.add_label("pos", tag)
            sentences.append(sentence)
        return FlairDatapointDataset(sentences)

    flair.set_seed(1)
    corpus = Corpus(train=dataset("train"), dev=dataset("dev"), sample_missing_splits=False)
    characters = Dictionary()  # the packaged one would be downloaded
    for character in sorted({c for s in corpus.train for token in s for c in token.text}):
        characters.add_item(character)
    words = OneHotEmbeddings.from_corpus(corpus, field="text", embedding_length=100, min_freq=2)
    tagger = SequenceTagger(
        embeddings=StackedEmbeddings([words, CharacterEmbeddings(characters)]),
        hidden_size=256,
        use_crf=True,
        tag_type="pos",
        tag_dictionary=corpus.make_label_dictionary("pos", add_unk=False),
    )
    watch = common.Stopwatch()
    dev: list[tuple[float, float]] = []
    batches = 0

    class Watching(TrainerPlugin):  # type: ignore[misc] # Flair may not be installed here
        """Notes dev scores; ends training when time is up."""

        @TrainerPlugin.hook  # type: ignore[untyped-decorator]
        def after_training_batch(self, **_: Any) -> None:
            """Counts."""
            nonlocal batches
            batches += 1
            if dev and watch.spent()[0] > 60 * minutes:
                raise TrainingInterrupt("time is up")

        @TrainerPlugin.hook  # type: ignore[untyped-decorator]
        def after_evaluation(self, validation_scores: tuple[float, ...], **_: Any) -> None:
            """Notes."""
            dev.append((watch.spent()[0], validation_scores[0]))

    ModelTrainer(tagger, corpus).train(
        model,
        learning_rate=0.1,
        mini_batch_size=32,
        max_epochs=_EPOCHS,
        plugins=[Watching()],
        embeddings_storage_mode="none",
        save_final_model=False,
    )
    epoch = -(-len(corpus.train) // 32)
    seen = batches / epoch * common.number_of_words(folder / "train.conllu")
    return common.Trained(seen, dev, capped=watch.spent()[0] > 60 * minutes)


def load_tagger(model: Path) -> Any:
    """Loads a model; Flair 0.15.1 reloads stacked embeddings in another order than trained."""
    tagger = SequenceTagger.load(model / "best-model.pt")
    stack = tagger.embeddings
    for i, embeddings in enumerate(stack.embeddings):
        if not embeddings.name.startswith(f"{i}-"):
            embeddings.name = f"{i}-{embeddings.name}"
    stack._StackedEmbeddings__names = [name for e in stack.embeddings for name in e.get_names()]
    return tagger


def tags_of(tagger: Any, sentences: list[Any]) -> list[list[str]]:
    """Tags Flair's sentences."""
    tagger.predict(sentences, mini_batch_size=_BATCH)
    return [[token.get_label("pos").value for token in sentence] for sentence in sentences]


def load(model: Path) -> common.Tag:
    """Loads a model."""
    tagger = load_tagger(model)
    return lambda sentences: tags_of(tagger, [Sentence(s, use_tokenizer=False) for s in sentences])


def load_raw(model: Path) -> common.TagRaw:
    """Loads a model and the splitter."""
    from flair.splitter import SegtokSentenceSplitter

    tagger, splitter = load_tagger(model), SegtokSentenceSplitter()
    return lambda texts: tags_of(tagger, [s for text in texts for s in splitter.split(text)])


if __name__ == "__main__":
    common.main(train, load, load_raw)
