"""`tagger tune`, as one call: trials of settings, each trained as `tagger train` would.

The first trial has the settings as they are; TPE (Bergstra et al. 2011) chooses those of
the others, and a trial whose dev score falls behind the median of earlier ones at the same
epoch ends there. The test set is not looked at. The random numbers of a trial follow from
the seed and from how many trials there were, so that a search that was stopped goes on as
if it had not been.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import optuna
from optuna.trial import TrialState

from corpora import Corpus
from corpora.corpus import sha256
from tagger.config import Config, ConfigError
from tagger.training.learning import same_threads
from tagger.training.preparation import DEFAULT_TASK, Setup, Task, set_up
from tagger.training.ranges import Range, as_text, make_space, setting, with_settings
from tagger.training.run import TrainingError, choose_device, fit
from tagger.training.study import ERROR, Trial, importance_of, open_study, trials_of
from tagger.training.trainer import Epoch, interruptions

_RANDOM = 10  # trials at first whose settings are chosen at random
_UNPRUNED = 5  # whole trials before the first one is ended early
_FIRST_PRUNED = 3  # epoch after which a trial may first be ended early


class SearchDisplay(Protocol):
    """What shows a search to its user."""

    def note(self, message: str) -> None:
        """Something the user should know."""
        ...

    def begin(self, number: int, trials: int, epochs: int) -> None:
        """Before a trial: its number from 1 on, how many there will be, its epochs at the most."""
        ...

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        """See `trainer.Reporter`."""
        ...

    def epoch(self, epoch: Epoch) -> None:
        """See `trainer.Reporter`."""
        ...

    def end(self, trial: Trial | None, best: bool) -> None:
        """After a trial (None: it was stopped), and whether none before was better."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be searched, and for how long.

    Attributes:
        config: the settings to begin with.
        wanted: values to try, in place of `ranges.RANGES` or besides.
        fixed: keys of settings that are not searched unless they are wanted.
        trials: how many there shall be, with those of earlier runs.
        seconds: after which this run ends; None: when the trials are done.
    """

    config: Config
    wanted: Sequence[Range] = ()
    fixed: frozenset[str] = frozenset()
    trials: int = 30
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found so far.

    Attributes:
        config: the settings of the best trial.
        layers: that are learned, for the record.
        facts: how much there is to learn from.
        space: what was searched.
        trials: all that ended, in their order.
        best: the best of them, of equal ones the first; pruned and failed ones do not compete.
        importance: key → share of 1; empty where it cannot be told.
        interrupted: Ctrl-C ended it.
    """

    config: Config
    layers: Sequence[str]
    facts: str
    space: Sequence[Range]
    trials: Sequence[Trial]
    best: Trial
    importance: Mapping[str, float]
    interrupted: bool

    def leaders(self) -> list[Trial]:
        """Returns the trials that came to their end, the best first."""
        return _ranked(self.trials)


def search(
    corpus: Corpus,
    journal: Path,
    plan: Plan,
    display: SearchDisplay,
    task: Task = DEFAULT_TASK,
    device: str = "cpu",
) -> Found:
    """Looks for settings that learn a corpus well.

    Args:
        journal: the file that remembers the trials; where it is there, the search goes on.
        task: what is to be learned, and what with.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".

    Raises:
        TaggerError: corpus, settings or journal cannot be right, or no trial came to its end.
    """
    import seqeval.metrics  # noqa: F401 - if it is missing, that shows before training

    began = time.monotonic()
    corpus = dataclasses.replace(corpus, test=None)
    device = choose_device(device)
    with same_threads():
        ready = set_up(corpus, plan.config, task, display.note, device)
    space = make_space(plan.config, plan.wanted, plan.fixed, ready.layers, ready.auxiliary)
    study = open_study(journal, _identity(corpus, plan.config, space, ready, task))
    study.pruner = optuna.pruners.MedianPruner(_UNPRUNED, _FIRST_PRUNED)
    if known := trials_of(study, space):
        display.note(f"going on after {len(known)} trials in {journal}")
    with interruptions() as interrupted:

        def over() -> bool:
            late = plan.seconds is not None and time.monotonic() - began >= plan.seconds
            return late or interrupted()

        epochs = ready.config.training.epochs
        run = _Search(corpus, plan, task, device, display, space, study, over, epochs)
        while not over() and len(run.trials()) < plan.trials and run.another():
            pass
        was_interrupted = interrupted() or run.interrupted
    trials = run.trials()
    ranked = _ranked(trials)
    if not ranked:
        last = f"only trials that failed, the last by: {trials[-1].error}" if trials else "none"
        raise TrainingError(f"{corpus.name}: trials", last, "one that came to its end")
    return Found(
        with_settings(plan.config, ranked[0].settings),
        [layer.name for layer in ready.kept_layers],
        ready.facts(),
        space,
        trials,
        ranked[0],
        importance_of(study),
        was_interrupted,
    )


@dataclass(slots=True)
class _Search:
    """Makes one trial after the other.

    Attributes:
        over: tells whether there shall be no more of it.
        epochs: of a trial whose settings do not say how many.
        interrupted: Ctrl-C ended a trial.
    """

    corpus: Corpus
    plan: Plan
    task: Task
    device: str
    display: SearchDisplay
    space: Sequence[Range]
    study: optuna.Study
    over: Callable[[], bool]
    epochs: int
    interrupted: bool = False

    def trials(self) -> list[Trial]:
        return trials_of(self.study, self.space)

    def another(self) -> bool:
        """Makes a trial; returns whether it came to an end."""
        earlier = self.trials()
        trial = self._ask(len(earlier))
        settings = {found.key: found.rounded(_suggest(trial, found)) for found in self.space}
        epochs = settings.get("training.epochs") or self.epochs
        self.display.begin(len(earlier) + 1, self.plan.trials, epochs)
        score, state = None, TrialState.FAIL
        try:
            with same_threads():
                score = self._score(trial, settings)
            state = TrialState.COMPLETE
        except optuna.TrialPruned:
            state = TrialState.PRUNED
        except _OverError:
            pass
        except (ConfigError, TrainingError, RuntimeError, MemoryError) as error:
            # settings that do not fit together, that diverge, that are too large for torch
            trial.set_user_attr(ERROR, " ".join(str(error).split()) or type(error).__name__)
        finally:
            self.study.tell(trial, score, state)
            ended = self.trials()[len(earlier) :]
            self.display.end(ended[0] if ended else None, _ranked(earlier + ended)[:1] == ended)
        return bool(ended)

    def _ask(self, number: int) -> optuna.Trial:
        """Begins a trial; `number` came to an end before."""
        seed = np.random.SeedSequence([self.plan.config.training.seed, number]).generate_state(1)
        self.study.sampler = optuna.samplers.TPESampler(seed=int(seed[0]), n_startup_trials=_RANDOM)
        if not number and not self.study.get_trials(deepcopy=False, states=[TrialState.WAITING]):
            given = {found.key: setting(self.plan.config, found.key) for found in self.space}
            self.study.enqueue_trial({f.key: given[f.key] for f in self.space if given[f.key] in f})
        return self.study.ask()

    def _score(self, trial: optuna.Trial, settings: Mapping[str, Any]) -> float:
        """Trains with some settings; returns the best dev score."""
        config = with_settings(self.plan.config, settings)
        ready = set_up(self.corpus, config, self.task, lambda note: None, self.device)
        outcome = fit(ready, _Reporter(trial, self.display, self.over), self.device)
        self.interrupted = outcome.interrupted
        if outcome.interrupted or outcome.best is None:
            raise _OverError
        return outcome.best.score


class _OverError(Exception):
    """The search ends within a trial."""


class _Reporter:
    """Hands what the trainer reports to the display and to Optuna, and may end the trial."""

    def __init__(self, trial: optuna.Trial, display: SearchDisplay, over: Callable[[], bool]) -> None:
        self._trial = trial
        self._display = display
        self._over = over

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        self._display.batch(epoch, done, loss, words_per_second)
        if self._over():
            raise _OverError

    def epoch(self, epoch: Epoch) -> None:
        self._display.epoch(epoch)
        self._trial.report(epoch.score, epoch.number)
        if self._trial.should_prune():
            raise optuna.TrialPruned


def _ranked(trials: Sequence[Trial]) -> list[Trial]:
    whole = [trial for trial in trials if trial.state == "whole"]
    return sorted(whole, key=lambda trial: (-(trial.score or 0.0), trial.number))


def _suggest(trial: optuna.Trial, found: Range) -> Any:
    if not found.continuous:
        return trial.suggest_categorical(found.key, found.values)
    low, high = found.values
    suggest = trial.suggest_int if isinstance(low, int) else trial.suggest_float
    return suggest(found.key, low, high, log=found.logarithmic)


def _identity(
    corpus: Corpus, config: Config, space: Sequence[Range], ready: Setup, task: Task
) -> dict[str, str]:
    """Returns what makes two searches the same one."""
    names = [layer.name for layer in ready.layers]
    inputs = list(ready.context.columns)
    digest = hashlib.sha256()
    for source in ready.sources:
        for split, part in source.corpus.splits():
            for sentence in part:
                tags = [sentence.tags.get(name) for name in (*names, *inputs)]
                digest.update(repr((split, list(sentence.tokens), tags)).encode("utf-8", "replace"))
    kept = len(names) - ready.auxiliary
    values = {
        f"{section}.{name}": as_text(value)
        for section, table in config.to_dict().items()
        for name, value in table.items()
    }
    return {
        "corpus": corpus.name,
        "the layers": ", ".join(names[:kept]),
        "the auxiliary layers": ", ".join(names[kept:]),
        **_besides(task, inputs),
        "digest": digest.hexdigest(),
        **values,
        **{found.key: str(found) for found in space},
    }


def _besides(task: Task, inputs: Sequence[str]) -> dict[str, str]:
    """Returns what a search learns with besides the layers of its corpora."""
    found = {
        "the layers that are read": ", ".join(inputs),
        "the lists of names": ", ".join(f"{label} {sha256(file)}" for label, file in task.gazetteers),
        "the transformer": task.transformer,
    }
    if task.vectors is not None:
        found["the word vectors"] = f"{sha256(task.vectors.path)} {task.vectors.first}"
    if task.base is not None:
        arrays = b"".join(array.tobytes() for array in task.base.weights.values())
        found["the weights of a model"] = hashlib.sha256(arrays).hexdigest()
    return {name: value for name, value in found.items() if value}
