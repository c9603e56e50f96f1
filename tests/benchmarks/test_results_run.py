"""One run of `make results`: what a preset and a peer come to."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bench, results_record, results_run
from benchmarks.bench import Bench, Peer
from benchmarks.bench_data import BenchError
from benchmarks.results import counts_of
from benchmarks.results_record import Run, is_current
from benchmarks.results_run import Job, layer_of, sentences_of
from corpora import Sentence, load_corpus
from tagger.config import Config
from tagger.layers import TagLayer
from tagger.settings import PRESETS
from tests.benchmarks.test_bench import STUB

LAYER = TagLayer("ner", "crf", (), "IOB2")


def test_unseen_entities() -> None:
    train = [Sentence(["New", "York"], {"ner": ["B-LOC", "I-LOC"]}), Sentence([])]
    train += [Sentence(["Bob", "ran"], {"ner": ["O", "O"]})]
    truth = [
        Sentence(["New", "York", "Bob"], {"ner": ["B-PER", "I-PER", "B-PER"]}),  # another label: seen
        Sentence(["York", "Bob", "Bob"], {"ner": ["B-LOC", "O", "B-PER"]}),
    ]
    tagged = [
        Sentence(truth[0].tokens, {"ner": ["O", "O", "S-PER"]}),
        Sentence(truth[1].tokens, {"ner": ["B-PER", "O", "B-PER"]}),
    ]
    assert results_run.unseen_recall(LAYER, train, truth, tagged) == pytest.approx(2 / 3)
    assert results_run.unseen_recall(LAYER, [*train, *truth], truth, tagged) is None


def job_of(folder: Path, tmp_path: Path, corpus: str, name: str, seed: int | None) -> Job:
    return Job(str(folder / corpus), name, seed, "digest", str(tmp_path / "work"))


def counted(run: Run, job: Job) -> list:
    """Returns how much was to be found in each test sentence, if the tags of a run are there."""
    corpus = load_corpus(job.corpus)
    counts = counts_of(run, layer_of(corpus), sentences_of(corpus.test), Path(job.work))
    return counts[:, 2].tolist()


def test_a_run_of_a_preset(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"model": {"hidden_size": 4, "affix_size": 0}, "training": {"epochs": 2}}
    monkeypatch.setitem(PRESETS, "fast", small)
    job = job_of(folder, tmp_path, "names", "fast", 3)
    job.folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "argv", ["results_run", json.dumps(dataclasses.asdict(job))])
    results_run.main()
    run = Run(**json.loads((job.folder / "run.json").read_bytes()))
    assert (run.key, run.layer, run.measure) == (("names", "fast", 3), "ner", "F1")
    assert run.data == "digest"
    assert run.settings["training"]["seed"] == 3
    assert is_current(run)
    assert run.epochs == 2
    assert run.cpu > 0
    assert run.unseen_words is not None
    assert run.unseen_entities is not None
    assert counted(run, job) == [2, 1]


def test_a_run_that_was_interrupted_is_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted:
        class outcome:  # noqa: N801 - stands for an attribute
            interrupted = True

    monkeypatch.setattr(results_run, "run_timed", lambda *_, device: (Interrupted, [1.0]))
    with pytest.raises(BenchError, match="interrupted"):
        results_run.run(job_of(folder, tmp_path, "names", "fast", 1))


def test_device_and_threads_change_how_a_run_is_made_and_no_settings(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def timed(corpus: object, output: Path, config: Config, *, device: str) -> None:
        asked.append((config.training.threads, device))
        raise BenchError("enough")

    monkeypatch.setattr(results_run, "run_timed", timed)
    job = job_of(folder, tmp_path, "names", "fast", 1)
    for changed in (job, dataclasses.replace(job, device="cuda:1", threads=4)):
        with pytest.raises(BenchError, match="enough"):
            results_run.run(changed)
    assert asked == [(1, "cpu"), (4, "cuda:1")]
    assert results_record.settings_of("fast", 1)["training"]["threads"] == 1


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A peer that needs no installing: it gives each word one tag."""
    scripts = tmp_path / "peers"
    (scripts / "requirements").mkdir(parents=True)
    shutil.copy(bench.SCRIPTS / "common.py", scripts)
    (scripts / "requirements" / "stub.txt").write_text("stub==1.5\n")
    code = STUB.format(folder=str(scripts))
    (scripts / "stub.py").write_text(code)

    def environment(self: Bench, name: str, key: str, arguments: Sequence[str]) -> dict[str, Any]:
        python = self.envs / name / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.symlink_to(sys.executable)
        (self.envs / name / "stamp.json").write_text("{}")
        return {}

    for module in (bench, results_record):
        monkeypatch.setattr(module, "SCRIPTS", scripts)
        monkeypatch.setattr(module, "PEERS", {"stub": Peer("Stub", scripts / "stub.py", "", "tag")})
    monkeypatch.setattr(Bench, "environment", environment)
    return lambda wanted: (scripts / "stub.py").write_text(code.replace("NOUN", wanted))


def test_a_run_of_a_peer(folder: Path, tmp_path: Path, stub: Callable[[str], None]) -> None:
    job = job_of(folder, tmp_path, "words", "stub", None)
    run = results_run.run(job)
    assert (run.key, run.version) == (("words", "stub", None), "stub 1.5")
    assert (run.layer, run.measure, run.test, run.dev) == ("UPOS", "accuracy", 0.5, 0.5)
    assert (run.unseen_words, run.unseen_entities, run.unseen) == (None, None, None)
    assert is_current(run)
    assert (tmp_path / "work" / "envs" / "stub").is_dir()
    assert counted(run, job) == [2, 2, 2]
    stub("PROPN ")
    assert not is_current(run)


def test_a_peer_learns_spans_in_iob2(folder: Path, tmp_path: Path, stub: object) -> None:
    for part in ("train", "dev", "test"):  # IOB1
        (folder / "names" / f"{part}.conll").write_text("Ada I-PER\nslept O\nBonn I-LOC\nKiel B-LOC\n\n")
    job = job_of(folder, tmp_path, "names", "stub", None)
    run = results_run.run(job)
    assert (run.measure, run.test, run.unseen_entities) == ("F1", 0, None)
    rows = (job.folder / "data" / "training" / "train.conllu").read_text().splitlines()
    assert [row.split("\t")[3] for row in rows if "\t" in row] == ["B-PER", "O", "B-LOC", "B-LOC"]
