"""`make results`: what is run and what is not, what is compared, what is left after a failure."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks import results, results_run
from benchmarks.bench_data import BenchError, write_tags
from benchmarks.results import Processes
from benchmarks.results_page import BEGIN, END
from benchmarks.results_record import Run, read_record
from benchmarks.results_run import Job, tags_in
from corpora import load_corpus
from tests.benchmarks.conftest import NER
from tests.benchmarks.runs import a_run

PAGE = f"# Results\n\nbefore\n\n{BEGIN}\nold\n{END}\n\nafter\n"


class Fake:
    """Stands in for processes: notes jobs, and tags the test set rightly but for crfsuite."""

    def __init__(self, fails: Sequence[str] = (), interrupts: str = "") -> None:
        self.jobs: list[str] = []
        self.on: set[tuple[str, int]] = set()
        self.fails = fails
        self.interrupts = interrupts

    def make(self, job: Job) -> Run:
        self.jobs.append(str(job))
        self.on.add((job.device, job.threads))
        if str(job) == self.interrupts:
            raise KeyboardInterrupt
        if str(job) in self.fails:
            raise BenchError("out of memory")
        corpus = load_corpus(job.corpus)
        layer = results_run.layer_of(corpus)
        rows = [s.tags[layer.name] for s in corpus.test or () if s.tokens]
        if job.seed is None:
            rows = [["O" if layer.scheme else "X"] * len(row) for row in rows]
        path = tags_in(job.folder, job.name, job.seed, "test")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tags(rows, path)
        right = float(job.seed is not None)
        measure = "F1" if layer.scheme else "accuracy"
        found = {"layer": layer.name, "measure": measure, "test": right, "data": job.data}
        return a_run(Path(job.corpus).name, job.name, job.seed, **found)

    def end(self) -> None:
        self.jobs.append("end")


@pytest.fixture
def invoke(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Result, list[str]]]:
    """Runs the command with processes that are none; returns also what they were to do."""
    (tmp_path / "page.md").write_text(PAGE)

    def call(*options: str, fake: Fake | None = None) -> tuple[Result, list[str]]:
        fake = fake or Fake()
        monkeypatch.setattr(results, "Processes", lambda: fake)
        paths = {"--work": "work", "--record": "record.json", "--page": "page.md"}
        arguments = [a for option, name in paths.items() for a in (option, str(tmp_path / name))]
        return CliRunner().invoke(results.main, [*arguments, "--jobs", "1", *options]), fake.jobs

    return call


def test_runs_are_recorded_and_not_made_again(invoke: Callable, folder: Path, tmp_path: Path) -> None:
    options = (str(folder), "--presets", "fast", "--seeds", "1,2")
    done, jobs = invoke(*options)
    assert done.exit_code == 0, done.output
    assert sorted(jobs) == [
        *("names crfsuite", "names fast 1", "names fast 2"),
        *("words crfsuite", "words fast 1", "words fast 2"),
    ]
    assert "half: found no test file" in done.stderr
    assert "text: found no train file" in done.stderr
    lines = (tmp_path / "record.json").read_text().splitlines()
    assert [line[:42] for line in lines[1:-1]] == sorted(line[:42] for line in lines[1:-1])
    runs = read_record(tmp_path / "record.json")
    assert len(lines) == len(runs) + 2 == 8
    assert runs["names", "crfsuite", None].p == {}
    assert runs["names", "fast", 2].p == {"crfsuite": pytest.approx(0.25, abs=0.5)}
    page = (tmp_path / "page.md").read_text()
    assert page.startswith(f"# Results\n\nbefore\n\n{BEGIN}\n\nNothing but the corpus")
    assert page.endswith(f"{END}\n\nafter\n")
    assert (
        "| names | ner | F1 | fast | 2 | 100.00 ± 0.00 | 60.00 ± 0.00 | CRFsuite 0.00 | +100.00 |"
        in page
    )

    before = (tmp_path / "record.json").read_bytes()
    again, jobs = invoke(*options)
    assert (again.exit_code, jobs) == (0, [])
    assert (tmp_path / "record.json").read_bytes() == before
    assert (tmp_path / "page.md").read_text() == page
    # one seed more
    _, jobs = invoke(*options[:-1], "1,2,3", "--corpora", "words", "--peers", "none")
    assert jobs == ["words fast 3"]
    # a corpus that has changed
    (folder / "names" / "dev.conll").write_text(NER)
    _, jobs = invoke(*options)
    assert sorted(jobs) == ["names crfsuite", "names fast 1", "names fast 2"]


def test_a_preset_that_has_changed_is_run_again(
    invoke: Callable, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = (str(folder), "--corpora", "words", "--seeds", "1", "--peers", "none")
    _, jobs = invoke(*options)
    assert jobs == ["words accurate 1", "words fast 1"]  # the long one first
    monkeypatch.setitem(results.PRESETS, "fast", {"training": {"epochs": 16}})
    only, jobs = invoke("--page-only")
    assert (only.exit_code, jobs) == (0, [])
    page = (tmp_path / "page.md").read_text()
    assert "| words | UPOS | accuracy | accurate |" in page
    assert "| fast |" not in page
    assert "Left out as their settings have changed since: 1 run" in page
    _, jobs = invoke(*options)
    assert jobs == ["words fast 1"]
    assert "Left out" not in (tmp_path / "page.md").read_text()


def test_a_failure_is_named_and_the_others_go_on(invoke: Callable, folder: Path, tmp_path: Path) -> None:
    options = (str(folder), "--presets", "fast", "--seeds", "1")
    done, jobs = invoke(*options, fake=Fake(fails=["names fast 1", "words crfsuite"]))
    assert done.exit_code == 1
    assert len(jobs) == 4
    assert "failed: names fast 1: out of memory; all of it in " in done.stderr
    assert "failed: words crfsuite: out of memory" in done.stderr
    runs = read_record(tmp_path / "record.json")
    assert set(runs) == {("names", "crfsuite", None), ("words", "fast", 1)}
    assert "| words | UPOS | accuracy | fast | 1 | 100.00 |" in (tmp_path / "page.md").read_text()
    _, jobs = invoke(*options)
    assert sorted(jobs) == ["names fast 1", "words crfsuite"]
    assert read_record(tmp_path / "record.json")["words", "fast", 1].p


def test_an_interruption_leaves_what_is_finished(invoke: Callable, folder: Path, tmp_path: Path) -> None:
    options = (
        str(folder),
        "--corpora",
        "words",
        "--presets",
        "fast",
        "--seeds",
        "1,2,3",
        "--peers",
        "none",
    )
    done, jobs = invoke(*options, fake=Fake(interrupts="words fast 2"))
    assert done.exit_code == 1
    assert jobs[-1] == "end"
    assert set(read_record(tmp_path / "record.json")) == {("words", "fast", 1)}
    assert (tmp_path / "page.md").read_text() == PAGE
    _, jobs = invoke(*options)
    assert jobs == ["words fast 2", "words fast 3"]


def test_device_and_threads_are_handed_on(invoke: Callable, folder: Path) -> None:
    fake = Fake()
    options = (str(folder), "--corpora", "words", "--presets", "fast", "--seeds", "1", "--peers", "none")
    invoke(*options, "--device", "cuda", "--threads", "3", fake=fake)
    assert fake.on == {("cuda", 3)}
    again, jobs = invoke(*options)  # the same run, wherever it was made
    assert (again.exit_code, jobs) == (0, [])


def test_tags_that_are_gone_are_compared_with_nothing(
    invoke: Callable, folder: Path, tmp_path: Path
) -> None:
    options = (str(folder), "--corpora", "names", "--presets", "fast", "--seeds", "1")
    invoke(*options, "--peers", "none")
    shutil.rmtree(tmp_path / "work")
    done, jobs = invoke(*options)
    assert jobs == ["names crfsuite"]
    assert "no test of names fast against another: its tags are gone" in done.stderr
    assert read_record(tmp_path / "record.json")["names", "fast", 1].p == {}
    assert "| CRFsuite 0.00 | +100.00 | — |" in (tmp_path / "page.md").read_text()
    # nor are tags of another run
    path = tmp_path / "work" / "results" / "names" / "fast-1" / "test.tags"
    path.parent.mkdir(exist_ok=True)
    write_tags([["B-PER", "O", "O"], ["O"]], path)
    done, _ = invoke(*options)
    assert "holds tags of another run" in done.stderr
    assert read_record(tmp_path / "record.json")["names", "fast", 1].p == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "CORPORA has to be a folder"),
        (["--corpora", "names,half"], "half: found no test file"),
        (["--presets", "slow"], "'slow'; there are fast, accurate"),
        (["--seeds", "1,b"], "'1,b'; seeds are whole numbers"),
        (["--peers", "spay"], "'spay'; there are crfsuite"),
    ],
)
def test_wrong_usage(invoke: Callable, folder: Path, options: list[str], message: str) -> None:
    done, jobs = invoke(*([str(folder), *options] if options else []))
    assert (done.exit_code, jobs) == (2, [])
    assert message in done.stderr


def test_a_folder_without_corpora(invoke: Callable, folder: Path) -> None:
    done, _ = invoke(str(folder / "text"))
    assert done.exit_code == 2
    assert "no corpora in" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("record.json", "[{]", "record.json is no record of runs"),
        ("record.json", '[{"a": 1}]', "record.json is no record of runs"),
        ("page.md", "# Results\n", "the page has to hold"),
        ("page.md", f"{END}{BEGIN}", "the page has to hold"),
    ],
)
def test_files_that_are_none_of_ours(
    invoke: Callable, folder: Path, tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    done, jobs = invoke(str(folder))
    assert (done.exit_code, jobs) == (1, [])
    assert message in done.stderr
    assert (tmp_path / name).read_text() == text


def test_processes_say_why_they_failed(tmp_path: Path) -> None:
    job = Job(str(tmp_path / "none"), "fast", 1, "", str(tmp_path))
    with pytest.raises(BenchError, match=r"found nothing there, expected a file"):
        Processes().make(job)
    assert "Traceback" in (job.folder / "log.txt").read_text()


def test_processes_end_with_what_they_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = tmp_path / "ready"
    code = f"import pathlib, time; pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    begin = subprocess.Popen
    monkeypatch.setattr(
        results.subprocess, "Popen", lambda _, **options: begin([sys.executable, "-c", code], **options)
    )
    processes, job = Processes(), Job("corpus", "fast", 1, "", str(tmp_path))
    errors: list[BenchError] = []

    def make() -> None:
        try:
            processes.make(job)
        except BenchError as error:
            errors.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    deadline = time.monotonic() + 30
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    processes.end()
    thread.join(30)
    assert not thread.is_alive()
    assert len(errors) == 1
    with pytest.raises(BenchError, match="interrupted"):
        processes.make(job)
