"""A tiny corpus, settings that learn it in no time, and a display that keeps what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from corpora import ReadOptions
from tagger.config import Config
from tagger.layers import TagLayer
from tagger.training.preparation import Task
from tagger.training.trainer import Epoch

TINY = """\
Ada\tNOUN\tB-PER\tNumber=Sing
Lovelace\tNOUN\tI-PER\tNumber=Sing
sees\tVERB\tO\tNumber=Sing|Tense=Pres
London\tNOUN\tB-LOC\tNumber=Sing

We\tPRON\tO\tNumber=Plur
saw\tVERB\tO\tTense=Past
London\tNOUN\tB-LOC\tNumber=Sing
Paris\tNOUN\tB-LOC\tNumber=Sing
.\tPUNCT\tO\t_

saw\tNOUN\tO\tNumber=Sing
"""
COLUMNS = ReadOptions(columns="form=1,UPOS=2,ner=3,FEATS=4")
SMALL = [
    "model.word_size=20",
    "model.hidden_size=24",
    "model.projection=0",
    "model.dropout=0.1",
    "model.min_count=1",
    "model.jamo_affixes=no",
    "model.pair_size=0",
    "training.language_model=0",
    "training.outside_bias=learned",
    "training.epochs=60",
    "training.patience=60",
    "training.batch_tokens=12",
    "training.learning_rate=0.01",
    "training.threads=1",
]


LEARN_UPOS, LEARN_NER = Task(layers=["UPOS"]), Task(layers=["ner"])


class Silent:
    """A display that keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.epochs: list[Epoch] = []
        self.batches = 0

    def note(self, message: str) -> None:
        self.notes.append(message)

    def begin(self, config: Config, layers: Sequence[TagLayer], facts: str) -> None: ...

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        self.batches += 1

    def epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)

    def end(self) -> None: ...
