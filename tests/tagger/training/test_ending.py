"""How training ends, in time or early: with the best epoch so far, or with a word of why not."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpora import Corpus, load_corpus
from tagger.bundle import load as load_bundle
from tagger.network.ensemble import Networks
from tagger.settings import make_config
from tagger.training import run as training_run
from tagger.training import trainer
from tagger.training.run import TrainingError, run
from tagger.training.trainer import Epoch

from .runs import COLUMNS, LEARN_UPOS, SMALL, TINY, Silent


def test_best_epoch_is_kept(tiny: Corpus, tmp_path: Path) -> None:
    display = Silent()
    config = make_config("fast", None, [*SMALL, "training.epochs=12"])
    result = run(tiny, tmp_path / "m.tagger", config, display, LEARN_UPOS)
    best = max(display.epochs, key=lambda epoch: epoch.score)
    assert result.outcome.best == best
    assert result.scores["dev"]["UPOS"].main == best.score


def test_patience_ends_training(tiny: Corpus, tmp_path: Path) -> None:
    display = Silent()
    config = make_config("fast", None, [*SMALL, "training.patience=2"])
    run(tiny, tmp_path / "m.tagger", config, display, LEARN_UPOS)
    assert len(display.epochs) < 60
    assert [epoch.best for epoch in display.epochs[-3:]] == [True, False, False]


def test_interruption_keeps_the_best_epoch(tiny: Corpus, tmp_path: Path) -> None:
    class Impatient(Silent):
        def epoch(self, epoch: Epoch) -> None:
            super().epoch(epoch)
            if epoch.number == 3:
                os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    display = Impatient()
    result = run(tiny, tmp_path / "m.tagger", make_config("fast", None, SMALL), display, LEARN_UPOS)
    assert signal.getsignal(signal.SIGINT) is before
    assert result.outcome.interrupted
    assert len(display.epochs) == 3
    assert load_bundle(result.path).scores["dev"]["UPOS"]["accuracy"] > 0


@pytest.mark.parametrize("where", ["export", "test"])
def test_interruption_after_training_leaves_the_model(
    tiny: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    name, display = {"export": "export", "test": "_saved"}[where], Silent()
    real = getattr(training_run, name)

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(training_run, name, real)
        os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(training_run, name, interrupted)
    config = make_config("fast", None, [*SMALL, "training.epochs=2"])
    before = signal.getsignal(signal.SIGINT)
    (tmp_path / "test.conll").write_text(TINY)
    corpus = load_corpus(str(tmp_path), options=COLUMNS)
    result = run(corpus, tmp_path / "m.tagger", config, display, LEARN_UPOS)
    assert signal.getsignal(signal.SIGINT) is before
    assert not result.outcome.interrupted
    assert [*load_bundle(result.path).scores] == ["dev"]
    assert display.notes == ["stopped by Ctrl-C before this was scored: test"]


def test_a_run_takes_back_its_threads(tiny: Corpus, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        config = make_config("fast", None, [*SMALL, "training.epochs=1"])
        run(tiny, tmp_path / "m.tagger", config, Silent(), LEARN_UPOS)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_interruption_before_there_is_a_model(tiny: Corpus, tmp_path: Path) -> None:
    class Hasty(Silent):
        def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
            if not self.batches:
                os.kill(os.getpid(), signal.SIGINT)
            self.batches += 1

    output = tmp_path / "m.tagger"
    with pytest.raises(TrainingError, match="found an interruption in the first epoch"):
        run(tiny, output, make_config("fast", None, SMALL), Hasty(), LEARN_UPOS)
    assert not output.exists()


def test_divergence_at_once(tiny: Corpus, tmp_path: Path) -> None:
    output, far = tmp_path / "m.tagger", ["training.learning_rate=1e30", "training.clip=1e30"]
    with pytest.raises(TrainingError) as error:
        run(tiny, output, make_config("fast", None, [*SMALL, *far]), Silent(), LEARN_UPOS)
    found = "found 1e+30, at which the loss became nan or inf at once, expected a lower one"
    assert str(error.value) == f"training.learning_rate: {found}"
    assert not output.exists()


@pytest.mark.parametrize("what", ["loss", "weight"])
def test_divergence_keeps_the_best_epoch(
    tiny: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    display, real = Silent(), trainer.training_step

    def training_step(network: Networks, *arguments: Any) -> float:
        loss = real(network, *arguments)
        if len(display.epochs) < 2:
            return loss
        if what == "loss":
            return float("inf")
        with torch.no_grad():
            next(network.parameters()).view(-1)[0] = float("nan")
        return loss

    monkeypatch.setattr(trainer, "training_step", training_step)
    result = run(tiny, tmp_path / "m.tagger", make_config("fast", None, SMALL), display, LEARN_UPOS)
    outcome = result.outcome
    assert (outcome.diverged, outcome.interrupted, outcome.epochs) == (True, False, 3)
    assert [epoch.number for epoch in display.epochs] == [1, 2]
    assert outcome.best in display.epochs
    assert all(np.isfinite(array).all() for array in load_bundle(result.path).weights.values())
