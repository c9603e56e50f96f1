"""Where a search is remembered: Optuna's journal, a file in JSON lines.

Knows the file, and whose search it is; knows no corpora and no training.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from corpora import TaggerError
from corpora.errors import shown
from corpora.files import writable
from tagger.training.ranges import Range

ERROR = "error"  # attribute of a trial that failed: what it said
_IDENTITY = "search"  # attribute of a study
_NAME = "tagger tune"
_TELLING = 10  # whole trials from which on importance is more than chance


class StudyError(TaggerError):
    """What is remembered is no search, or another one."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial.

    Attributes:
        number: from 1 on.
        settings: key → value.
        state: "whole", "pruned" or "failed".
        score: dev score of its best epoch, between 0 and 1; None before there is one.
        best_epoch: that epoch, from 1 on; 0 before there is one.
        epochs: how many ended.
        seconds: it took.
        error: why it failed.
    """

    number: int
    settings: Mapping[str, Any]
    state: str
    score: float | None
    best_epoch: int
    epochs: int
    seconds: float
    error: str = ""


_STATES = {TrialState.COMPLETE: "whole", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


def open_study(journal: Path, identity: Mapping[str, str]) -> optuna.Study:
    """Begins a search, or goes on with one.

    Trials that were cut off are given up; their settings will be tried again.

    Args:
        identity: what makes two searches the same one, by what a message calls it; "digest" is
            that of the sentences, and "corpus" only their name.

    Raises:
        StudyError: the journal is none, is damaged, or is that of another search.
        CorpusError: it cannot be written.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with writable(journal), journal.open("ab"):
        pass
    _check_whole(journal)
    is_new = not journal.stat().st_size
    try:
        storage = JournalStorage(JournalFileBackend(str(journal)))
        study = (
            optuna.create_study(storage=storage, study_name=_NAME, direction="maximize")
            if is_new
            else optuna.load_study(storage=storage, study_name=_NAME)
        )
        known = study.user_attrs.get(_IDENTITY)
        cut_off = study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
    except OSError:
        raise
    except Exception as error:  # whatever a foreign file makes of the reader
        raise StudyError(str(journal), "no journal of a search", "one, or no file") from error
    if known is None:
        study.set_user_attr(_IDENTITY, dict(identity))
    else:
        _check_same(journal, known, identity)
    for trial in cut_off:
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def trials_of(study: optuna.Study, space: Sequence[Range]) -> list[Trial]:
    """Returns the trials that came to an end; those that were stopped do not count."""
    return [_trial(number, frozen, space) for number, frozen in enumerate(_ended(study), 1)]


def importance_of(study: optuna.Study) -> dict[str, float]:
    """Tells how much each setting has to do with a good score (PED-ANOVA, Watanabe et al. 2023).

    Returns:
        Key → share, all together 1; nothing while there are too few whole trials.
    """
    if len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])) < _TELLING:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it may be inaccurate
        return optuna.importance.get_param_importances(study)


def _ended(study: optuna.Study) -> Iterator[FrozenTrial]:
    for frozen in study.get_trials(deepcopy=False, states=tuple(_STATES)):
        if frozen.state != TrialState.FAIL or ERROR in frozen.user_attrs:
            yield frozen


def _trial(number: int, frozen: FrozenTrial, space: Sequence[Range]) -> Trial:
    scores = frozen.intermediate_values
    best = max(scores, key=lambda epoch: (scores[epoch], -epoch), default=0)
    return Trial(
        number,
        {found.key: found.rounded(frozen.params[found.key]) for found in space},
        _STATES[frozen.state],
        scores.get(best),
        best,
        len(scores),
        frozen.duration.total_seconds() if frozen.duration else 0.0,
        frozen.user_attrs.get(ERROR, ""),
    )


def _check_whole(journal: Path) -> None:
    """Refuses a journal with a line that was cut off, or is none: what follows could not be read."""
    with journal.open("rb") as file:
        for number, line in enumerate(file, 1):
            place = f"{journal}:{number}"
            if not line.endswith(b"\n"):
                raise StudyError(place, "a line that was cut off", "a whole one; remove it")
            try:
                json.loads(line)
            except ValueError as error:
                if number == 1:
                    return  # which is no journal at all
                raise StudyError(place, "no JSON", "a line of a search; remove it") from error


def _check_same(journal: Path, known: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Refuses to mix two searches."""
    for key in dict.fromkeys([*wanted, *known]):
        old, new = known.get(key), wanted.get(key)
        if key == "corpus" or old == new:
            continue
        if key == "digest":
            found = f"a search on other sentences or tags ({known.get('corpus')})"
            expected = f"one on those of {wanted['corpus']}"
        else:
            found = f"a search {_said(key, old)}"
            expected = f"one {_said(key, new)}"
        raise StudyError(str(journal), found, f"{expected}; remove it, or choose another --output")


def _said(key: str, value: str | None) -> str:
    return f"without {key}" if value is None else f"with {key} {shown(value)}"
