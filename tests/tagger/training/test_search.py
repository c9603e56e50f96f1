"""A search: it repeats itself, goes on, prunes, bears failures, and stops when told."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
import torch

from corpora import Corpus, CorpusError, load_corpus
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.ranges import RANGES, parse_range
from tagger.training.run import TrainingError, run
from tagger.training.search import Found, Plan, search
from tagger.training.study import StudyError, Trial
from tagger.training.trainer import Epoch
from tagger.training.tuned import write_config

from .runs import COLUMNS, TINY, Silent

SETTINGS = [
    "model.word_size=8",
    "model.character_output=8",
    "model.affix_buckets=64",
    "model.projection=0",
    "model.min_count=1",
    "training.epochs=2",
    "training.batch_tokens=12",
    "training.threads=1",
]
TRIED = ["training.learning_rate=0.001..0.05", "model.hidden_size=4..16", "model.cell=elman,gru"]
TASK = Task(layers=["UPOS"])


class Recorder:
    """A display that keeps what it is told, and may do something at a batch."""

    def __init__(self, at_batch: Callable[[int, int], None] = lambda trial, epoch: None) -> None:
        self.notes: list[str] = []
        self.begun: list[tuple[int, int, int]] = []
        self.ended: list[tuple[Trial | None, bool]] = []
        self._at_batch = at_batch

    def note(self, message: str) -> None:
        self.notes.append(message)

    def begin(self, number: int, trials: int, epochs: int) -> None:
        self.begun.append((number, trials, epochs))

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        self._at_batch(len(self.begun), epoch)

    def epoch(self, epoch: Epoch) -> None: ...

    def end(self, trial: Trial | None, best: bool) -> None:
        self.ended.append((trial, best))


@pytest.fixture
def tiny(tmp_path: Path) -> Corpus:
    """A corpus that is its own dev set, and whose test set cannot be read."""
    (tmp_path / "tiny").mkdir()
    for name, text in (("train", TINY), ("dev", TINY), ("test", "broken\n")):
        (tmp_path / "tiny" / f"{name}.conll").write_text(text, encoding="utf-8")
    return load_corpus(str(tmp_path / "tiny"), options=COLUMNS)


def plan(
    trials: int = 3, settings: tuple[str, ...] = (), ranges: list[str] = TRIED, **more: object
) -> Plan:
    config = make_config(settings=[*SETTINGS, *settings])
    wanted = [parse_range(text) for text in ranges]
    return Plan(config, wanted, frozenset(RANGES), trials, **more)  # type: ignore[arg-type]


def untimed(found: Found) -> list[Trial]:
    return [dataclasses.replace(trial, seconds=0.0) for trial in found.trials]


def test_same_seed_same_trials(tiny: Corpus, tmp_path: Path) -> None:
    def found(seed: int, name: str) -> Found:
        settings = (f"training.seed={seed}",)
        return search(tiny, tmp_path / name, plan(settings=settings), Recorder(), TASK)

    first, second, third = found(1, "a"), found(1, "b"), found(2, "c")
    assert untimed(first) == untimed(second)
    assert [t.settings for t in first.trials[1:]] != [t.settings for t in third.trials[1:]]
    for name, result in (("a.toml", first), ("b.toml", second)):
        write_config(result, "tiny", tmp_path / name)
    assert (tmp_path / "a.toml").read_bytes() == (tmp_path / "b.toml").read_bytes()


def test_first_trial_is_that_of_the_settings_as_they_are(tiny: Corpus, tmp_path: Path) -> None:
    """But for one that is not among the values to be tried."""
    start = plan(1, ("model.cell=gru", "training.learning_rate=0.02", "model.hidden_size=99"))
    (trial,) = search(tiny, tmp_path / "j", start, Recorder(), TASK).trials
    assert trial.settings["model.cell"] == "gru"
    assert trial.settings["training.learning_rate"] == 0.02
    assert 4 <= trial.settings["model.hidden_size"] <= 16


def test_a_trial_trains_as_training_would(tiny: Corpus, tmp_path: Path) -> None:
    recorder = Recorder()
    found = search(tiny, tmp_path / "j", plan(2), recorder, TASK)
    assert recorder.begun == [(1, 2, 2), (2, 2, 2)]
    assert [trial for trial, _ in recorder.ended] == found.trials
    write_config(found, tiny.name, tmp_path / "best.toml")
    config = make_config(file=tmp_path / "best.toml")
    assert config == found.config
    corpus = dataclasses.replace(tiny, test=None)
    best = run(corpus, tmp_path / "m.tagger", config, Silent(), TASK).outcome.best
    assert best is not None
    assert (best.score, best.number) == (found.best.score, found.best.best_epoch)


def test_config_says_where_it_comes_from(tiny: Corpus, tmp_path: Path) -> None:
    ranges = ["model.cell=elman,gru", "model.bidirectional=true,false"]
    found = search(tiny, tmp_path / "j", plan(1, ("model.cell=gru",), ranges), Recorder(), TASK)
    write_config(found, "a\nb", tmp_path / "best.toml")
    lines = (tmp_path / "best.toml").read_text("utf-8").splitlines()
    score = f"{100 * found.best.score:.2f}"
    epoch = found.best.best_epoch
    assert lines[0].startswith("# found by `tagger tune` of rnn-tagger ")
    assert lines[1:5] == [
        "# corpus: a\\nb, 3 sentences, 10 tokens, dev 3 sentences",
        "# layers: UPOS",
        f"# dev score {score} in epoch {epoch} of trial 1,",
        "# the best of 1 trials",
    ]
    assert {'cell = "gru"', "bidirectional = true", "batch_tokens = 12"} <= set(lines)
    assert not any(line.startswith(("seed", "clip", "dropout")) for line in lines)


def test_search_goes_on_as_if_it_had_not_stopped(tiny: Corpus, tmp_path: Path) -> None:
    whole = search(tiny, tmp_path / "a", plan(4), Recorder(), TASK)

    def stop(trial: int, epoch: int) -> None:
        if (trial, epoch) == (2, 1):
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    recorder = Recorder(stop)
    part = search(tiny, tmp_path / "b", plan(4), recorder, TASK)
    assert signal.getsignal(signal.SIGINT) is before
    assert part.interrupted
    assert [trial and trial.number for trial, _ in recorder.ended] == [1, None]
    recorder = Recorder()
    resumed = search(tiny, tmp_path / "b", plan(4), recorder, TASK)
    assert recorder.notes == [f"going on after 1 trials in {tmp_path / 'b'}"]
    assert [number for number, _, _ in recorder.begun] == [2, 3, 4]
    assert not resumed.interrupted
    assert untimed(resumed) == untimed(whole)
    recorder = Recorder()
    again = search(tiny, tmp_path / "b", plan(4), recorder, TASK)
    assert not recorder.begun
    assert again == resumed


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_is_torn_down_goes_on_too(tiny: Corpus, tmp_path: Path, error: type[BaseException]) -> None:
    """By another signal, or by a fault of ours, which no search should hide."""

    def fail(trial: int, epoch: int) -> None:
        raise error

    with pytest.raises(error):
        search(tiny, tmp_path / "a", plan(2), Recorder(fail), TASK)
    found = search(tiny, tmp_path / "a", plan(2), Recorder(), TASK)
    assert untimed(found) == untimed(search(tiny, tmp_path / "b", plan(2), Recorder(), TASK))


def test_what_was_killed_goes_on_too(tiny: Corpus, tmp_path: Path) -> None:
    """Its last trial is still running, as the journal says."""
    journal = tmp_path / "a"
    search(tiny, journal, plan(2), Recorder(), TASK)
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    ends = [i for i, line in enumerate(lines) if '"state":1' in line]
    assert len(ends) == 2
    journal.write_text("".join(lines[: ends[1]]), encoding="utf-8")
    found = search(tiny, journal, plan(2), Recorder(), TASK)
    assert untimed(found) == untimed(search(tiny, tmp_path / "b", plan(2), Recorder(), TASK))


def test_stop_before_there_is_a_best(tiny: Corpus, tmp_path: Path) -> None:
    def stop(trial: int, epoch: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(TrainingError, match=r"tiny: trials: found none, expected one that came to its"):
        search(tiny, tmp_path / "j", plan(), Recorder(stop), TASK)


def test_time_ends_a_search(tiny: Corpus, tmp_path: Path) -> None:
    search(tiny, tmp_path / "j", plan(1), Recorder(), TASK)
    recorder = Recorder()
    found = search(tiny, tmp_path / "j", plan(9, seconds=1e-9), recorder, TASK)
    assert (len(found.trials), found.interrupted, recorder.begun) == (1, False, [])


def test_time_ends_a_trial(tiny: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]

    def wait(trial: int, epoch: int) -> None:
        seconds[0] += 60 * (trial == 2)

    monkeypatch.setattr("tagger.training.search.time.monotonic", lambda: seconds[0])
    recorder = Recorder(wait)
    found = search(tiny, tmp_path / "j", plan(9, seconds=60), recorder, TASK)
    assert [trial and trial.number for trial, _ in recorder.ended] == [1, None]
    assert (len(found.trials), found.interrupted) == (1, False)


def test_trials_that_fall_behind_are_pruned(
    tiny: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that hardly learn, once two others have shown what can be learned."""
    monkeypatch.setattr("tagger.training.search._UNPRUNED", 2)
    ranges = ["training.learning_rate=0.000000001,0.02"]
    settings = ("training.learning_rate=0.02", "training.epochs=5", "training.patience=5")
    recorder = Recorder()
    found = search(tiny, tmp_path / "j", plan(7, settings, ranges), recorder, TASK)
    pruned = [trial for trial in found.trials if trial.state == "pruned"]
    assert pruned
    assert {trial.settings["training.learning_rate"] for trial in pruned} == {1e-9}
    assert all(3 <= trial.epochs < 5 for trial in pruned)
    whole = [trial.number for trial in found.trials if trial.state == "whole"]
    assert min(trial.number for trial in pruned) > whole[1]
    assert found.best.settings["training.learning_rate"] == 0.02
    assert sorted(trial.number for trial in found.leaders()) == whole
    best = [trial for trial, is_best in recorder.ended if is_best]
    assert best[-1] == found.best


def test_importance_tells_what_matters(tiny: Corpus, tmp_path: Path) -> None:
    ranges = ["training.learning_rate=0.00001,0.02", "training.clip=4..5"]
    settings = ("training.learning_rate=0.02", "model.hidden_size=8")
    few = search(tiny, tmp_path / "j", plan(9, settings, ranges), Recorder(), TASK)
    assert few.importance == {}
    found = search(tiny, tmp_path / "j", plan(12, settings, ranges), Recorder(), TASK)
    assert sum(found.importance.values()) == pytest.approx(1)
    assert set(found.importance) == {"training.learning_rate", "training.clip"}


@pytest.mark.parametrize(
    ("fixed", "key", "fails", "works", "error"),
    [
        (
            "model.character_encoder=lstm",
            "model.character_output",
            7,
            8,
            "found 7, expected an even number for the LSTM",
        ),
        (
            "training.clip=1e30",
            "training.learning_rate",
            1e30,
            0.02,
            "found 1e+30, at which the loss became nan or inf at once, expected a lower one",
        ),
    ],
)
def test_failed_trial_does_not_end_the_search(
    tiny: Corpus, tmp_path: Path, fixed: str, key: str, fails: float, works: float, error: str
) -> None:
    ranges = [f"{key}={fails},{works}"]
    found = search(tiny, tmp_path / "j", plan(6, (fixed,), ranges), Recorder(), TASK)
    states = {t.settings[key]: (t.state, t.error) for t in found.trials}
    assert states == {works: ("whole", ""), fails: ("failed", f"{key}: {error}")}
    assert len(found.trials) == 6
    assert found.best.settings == {key: works}


def test_only_failed_trials(tiny: Corpus, tmp_path: Path) -> None:
    start = plan(2, ("model.character_encoder=lstm",), ["model.character_output=7,9"])
    with pytest.raises(TrainingError) as caught:
        search(tiny, tmp_path / "j", start, Recorder(), TASK)
    place = f"{tiny.name}: trials"
    assert str(caught.value).startswith(
        f"{place}: found only trials that failed, the last by: model.char"
    )
    assert str(caught.value).endswith("an even number for the LSTM, expected one that came to its end")


def test_each_trial_begins_with_the_threads_there_were(tiny: Corpus, tmp_path: Path) -> None:
    """One of small batches takes one thread, which must not be that of the next."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    seen: list[int] = []
    try:
        ranges = ["training.batch_tokens=12,300"]
        recorder = Recorder(lambda trial, epoch: seen.append(torch.get_num_threads()))
        found = search(tiny, tmp_path / "j", plan(6, ("training.threads=0",), ranges), recorder, TASK)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert {t.settings["training.batch_tokens"] for t in found.trials} == {12, 300}
    assert set(seen) == {1, 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "sentences",
            "found a search on other sentences or tags ({name}), expected one on those of {name}",
        ),
        ("layers", "found a search with the layers 'UPOS', expected one with the layers 'ner'"),
        (
            "ranges",
            "found a search with training.learning_rate '0.001..0.05', expected one with"
            " training.learning_rate '0.001..0.02'",
        ),
        ("more", "found a search with model.layers '1', expected one with model.layers '1..2'"),
        ("fewer", "found a search with model.cell 'elman,gru', expected one with model.cell 'lstm'"),
        ("fixed", "found a search with training.epochs '2', expected one with training.epochs '3'"),
        (
            "inputs",
            "found a search without the layers that are read, expected one with the layers that"
            " are read 'ner'",
        ),
        (
            "names",
            "found a search without the lists of names, expected one with the lists of names"
            " 'LOC 4b9f811d3cf02fa0414d08aa15e8166127a5866f35989b2048375ec…'",
        ),
    ],
)
def test_another_search_is_not_gone_on_with(
    tiny: Corpus, tmp_path: Path, change: str, message: str
) -> None:
    journal = tmp_path / "j"
    search(tiny, journal, plan(1), Recorder(), TASK)
    before = journal.read_bytes()
    if change == "sentences":
        (tmp_path / "tiny" / "dev.conll").write_text(TINY.replace("Ada", "Bob"), encoding="utf-8")
    ranges = {
        "ranges": ["training.learning_rate=0.001..0.02", *TRIED[1:]],
        "more": [*TRIED, "model.layers=1..2"],
        "fewer": TRIED[:2],
    }.get(change, TRIED)
    other = plan(1, ("training.epochs=3",) if change == "fixed" else (), ranges)
    (tmp_path / "names").write_text("Oslo\n")
    task = {
        "layers": Task(layers=["ner"]),
        "inputs": Task(layers=["UPOS"], inputs=["ner"]),
        "names": Task(layers=["UPOS"], gazetteers=[("LOC", tmp_path / "names")]),
    }.get(change, TASK)
    with pytest.raises(StudyError) as caught:
        search(tiny, journal, other, Recorder(), task)
    end = "; remove it, or choose another --output"
    assert str(caught.value) == f"{journal}: {message.format(name=tiny.name)}{end}"
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a letter\n", ": found no journal of a search, expected one, or no file"),
        ('{"op_code": 99}\n', ": found no journal of a search, expected one, or no file"),
        ("[]\n{}\n", ": found no journal of a search, expected one, or no file"),
        ("{}\na letter\n", ":2: found no JSON, expected a line of a search; remove it"),
        ('{}\n{"op_c', ":2: found a line that was cut off, expected a whole one; remove it"),
    ],
)
def test_damaged_journal(tiny: Corpus, tmp_path: Path, content: str, message: str) -> None:
    journal = tmp_path / "j"
    journal.write_text(content)
    with pytest.raises(StudyError) as caught:
        search(tiny, journal, plan(1), Recorder(), TASK)
    assert str(caught.value) == f"{journal}{message}"
    assert journal.read_text() == content


@pytest.mark.parametrize("name", ["none/j", "."])
def test_journal_that_cannot_be_written(tiny: Corpus, tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match="found a place that cannot be written"):
        search(tiny, tmp_path / name, plan(1), Recorder(), TASK)


def test_wrong_corpus_leaves_no_journal(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a\tB-X\nb\tO\n")
    (tmp_path / "dev.tsv").write_text("a\tB-X\nb\tPER\n")
    corpus = load_corpus(str(tmp_path))
    with pytest.raises(CorpusError, match=r"dev.tsv:2: found tag 'PER'"):
        search(corpus, tmp_path / "j", plan(1), Recorder())
    assert not (tmp_path / "j").exists()


def test_optuna_is_quiet(tiny: Corpus, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = search(tiny, tmp_path / "j", plan(2), Recorder(), TASK)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    assert len(found.trials) == 2
    assert all(json.loads(line) for line in (tmp_path / "j").read_text("utf-8").splitlines())
