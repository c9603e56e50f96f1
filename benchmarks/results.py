"""Presets and peers on every corpus of a folder, kept in a record and shown on a page.

    make results CORPORA=corpora PRESETS=fast,accurate SEEDS=1,2,3 JOBS=2
    python -m benchmarks.results CORPORA --corpora wikigold,wnut17 --peers none

Each run (a corpus; a preset and a seed, or a peer) is a process of its own on one thread;
long ones begin first. What the record holds is not run again, unless the corpus, the
settings of its preset or the script of its peer have changed since; to run something
again, take its line out of the record. Models, tags and logs stay in WORK/results, and what
two runs tagged there is compared by a paired test. An interruption loses what is running,
and no more. A run that fails is named at the end, and the exit status is 1.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

import click

from benchmarks.bench import ROOT, THREADS, chosen_peers, digest_of, last_line
from benchmarks.bench_data import BenchError, read_tags
from benchmarks.measure import seeds_of
from benchmarks.results_page import PageError, rewrite
from benchmarks.results_record import (
    Key,
    RecordError,
    Run,
    add,
    is_current,
    read_record,
    settings_of,
    write_record,
)
from benchmarks.results_run import Job, folder_of, layer_of, sentences_of, tags_in, with_tags
from corpora import Corpus, CorpusError, Sentence, load_corpus
from corpora.files import write_lines
from tagger.evaluation.paired import Counts, compare, count_right
from tagger.layers import TagLayer
from tagger.settings import PRESETS, from_dict

_SAME = 1e-5  # that a score may differ from the one in the record, and be that of the same tags


def usable_corpora(folder: Path, names: Sequence[str] = ()) -> dict[str, Corpus]:
    """Finds the corpora in a folder that have train, dev and test sets.

    Args:
        names: those wanted; none takes all, and says what is left out.

    Raises:
        click.BadParameter: one that is wanted is none.
    """
    found = {}
    for name in names or sorted(path.name for path in folder.iterdir() if path.is_dir()):
        path = str(folder / name)
        try:
            corpus = load_corpus(path)
            missing = [split for split in ("dev", "test") if getattr(corpus, split) is None]
            if missing:
                raise CorpusError(path, f"no {' and no '.join(missing)} file", "one of each")
        except CorpusError as error:
            if names:
                raise click.BadParameter(str(error), param_hint="--corpora") from error
            click.echo(f"left out: {error}", err=True)
        else:
            found[name] = corpus
    if not found:
        raise click.BadParameter(f"no corpora in {folder}", param_hint="CORPORA")
    return found


def to_do(
    corpora: dict[str, Corpus],
    names: Sequence[tuple[str, int | None]],
    runs: dict[Key, Run],
    work: Path,
    device: str = "cpu",
    threads: int = 1,
) -> list[Job]:
    """Returns the runs to be made, long ones first: those that the record lacks or that are stale.

    Args:
        corpora: name → corpus, which was loaded by the name of its folder.
        names: presets with their seeds, and peers.
        device: that presets are trained on.
        threads: of each of them.
    """
    jobs = []
    for corpus_name, corpus in corpora.items():
        parts = (part.path for _, part in corpus.splits())
        data = sha256("".join(digest_of(path) for path in parts if path).encode()).hexdigest()[:12]
        missing = []
        for name, seed in names:
            run = runs.get((corpus_name, name, seed))
            if run is None or run.data != data or not is_current(run):
                missing.append(Job(corpus.name, name, seed, data, str(work), device, threads))
        if missing:
            words = sum(map(len, corpus.train))
            jobs += [(words * relative_cost(job), job) for job in missing]
    return [job for _, job in sorted(jobs, key=lambda pair: -pair[0])]


def relative_cost(job: Job) -> int:
    """Returns about how long a run takes, beside others on the same corpus."""
    name, seed = ("fast", 1) if job.seed is None else (job.name, job.seed)
    config = from_dict(settings_of(name, seed))
    layers = config.model.members * config.model.layers
    return max(1, config.training.epochs) * layers * config.model.hidden_size


@dataclass
class Processes:
    """Makes runs in processes, and ends those that are running when it is told to."""

    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _ended: bool = False

    def make(self, job: Job) -> Run:
        """Makes a run and waits for it.

        Raises:
            BenchError: it failed; the last line of its log says why.
        """
        job.folder.mkdir(parents=True, exist_ok=True)
        log, output = job.folder / "log.txt", job.folder / "run.json"
        output.unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.results_run", json.dumps(dataclasses.asdict(job))]
        with log.open("wb") as stream:
            with self._lock:
                if self._ended:
                    raise BenchError("interrupted")
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    cwd=ROOT,
                    env=os.environ | dict.fromkeys(THREADS, "1"),
                    start_new_session=True,  # Ctrl-C is this process's to handle
                )
                self._running.add(process)
            status = process.wait()
            with self._lock:
                self._running.remove(process)
        if status:
            raise BenchError(last_line(log))
        return Run(**json.loads(output.read_bytes()))

    def end(self) -> None:
        """Ends all that runs, with what it has begun, and lets nothing begin any more."""
        with self._lock:
            self._ended = True
            for process in self._running:
                with suppress(ProcessLookupError):  # it has just ended by itself
                    os.killpg(process.pid, signal.SIGTERM)


def make_all(
    jobs: Sequence[Job], at_once: int, processes: Processes, finished: Callable[[Run], None]
) -> dict[Job, str]:
    """Makes runs, some at once; hands on each that is finished.

    Returns:
        Those that failed, and why.
    """
    failures = {}
    with ThreadPoolExecutor(at_once) as pool:
        futures = {pool.submit(processes.make, job): job for job in jobs}
        try:
            for number, future in enumerate(as_completed(futures), 1):
                job, left = futures[future], f"({number} of {len(jobs)})"
                try:
                    run = future.result()
                except (BenchError, OSError, ValueError, TypeError) as error:
                    failures[job] = str(error)
                    say(f"{job} failed: {error} {left}")
                    continue
                finished(run)
                say(
                    f"{job}: test {100 * run.test:.2f}, dev {100 * run.dev:.2f}, {run.wall:.0f} s {left}"
                )
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()
            raise
    return failures


def compare_all(corpora: dict[str, Corpus], runs: dict[Key, Run], work: Path) -> None:
    """Compares each run of a preset with the peers on its corpus, where that was not done."""
    for name, corpus in corpora.items():
        ours = [run for run in runs.values() if run.corpus == name and run.seed is not None]
        peers = [run for run in runs.values() if run.corpus == name and run.seed is None]
        if not any(peer.name not in run.p for run in ours for peer in peers):
            continue
        layer, truth = layer_of(corpus), sentences_of(corpus.test or ())
        counts = {run.key: counts_of(run, layer, truth, work) for run in ours + peers}
        for run in ours:
            first, p = counts[run.key], dict(run.p)
            for peer in peers:
                second = counts[peer.key]
                if peer.name not in p and first is not None and second is not None:
                    p[peer.name] = round(compare(first, second).p, 5)
            runs[run.key] = dataclasses.replace(run, p=dict(sorted(p.items())))


def counts_of(run: Run, layer: TagLayer, truth: Sequence[Sentence], work: Path) -> Counts | None:
    """Counts what a run tagged right in the test set; None where its tags are not there any more."""
    folder = folder_of(work, run.corpus, run.name, run.seed)
    try:
        tags = read_tags(tags_in(folder, run.name, run.seed, "test"))
        counts = count_right(layer, truth, with_tags(truth, layer.name, tags))
    except (OSError, BenchError) as error:
        say(f"no test of {run.corpus} {run.name} against another: its tags are gone ({error})")
        return None
    right, given, true = counts.sum(axis=0).tolist()
    if abs(2 * right / max(1, given + true) - run.test) > _SAME:
        say(f"no test of {run.corpus} {run.name} against another: {folder} holds tags of another run")
        return None
    return counts


def say(message: str) -> None:
    """Tells how things go."""
    click.echo(f"{time.strftime('%H:%M:%S')}  {message}", err=True)


def names_of(presets: str, seeds: str, peers: str) -> list[tuple[str, int | None]]:
    """Returns presets with each seed, and peers.

    Raises:
        click.BadParameter: there is no such preset or peer, or a seed is no number.
    """
    for preset in presets.split(","):
        if preset not in PRESETS:
            raise click.BadParameter(f"{preset!r}; there are {', '.join(PRESETS)}")
    numbers = seeds_of(seeds)
    found: list[tuple[str, int | None]] = [
        (preset, seed) for preset in presets.split(",") for seed in numbers
    ]
    return found + [(peer, None) for peer in chosen_peers(peers)]


@click.command()
@click.argument("folder", metavar="CORPORA", required=False, type=click.Path(path_type=Path))
@click.option("--corpora", "wanted", default="", help="Names of folders in CORPORA. [default: all]")
@click.option("--presets", default=",".join(PRESETS), show_default=True)
@click.option("--seeds", default="1,2,3", show_default=True)
@click.option("--peers", default="crfsuite", show_default=True, help="Names, all or none.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Runs at once.")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1), help="Of each run.")
@click.option("--device", default="cpu", show_default=True, help="That presets are trained on.")
@click.option("--work", default="bench", type=click.Path(path_type=Path), show_default=True)
@click.option(
    "--record", default="docs/results.json", type=click.Path(path_type=Path), show_default=True
)
@click.option("--page", default="docs/results.md", type=click.Path(path_type=Path), show_default=True)
@click.option("--page-only", is_flag=True, help="Write the page anew, and run nothing.")
def main(
    folder: Path | None,
    wanted: str,
    presets: str,
    seeds: str,
    peers: str,
    jobs: int,
    threads: int,
    device: str,
    work: Path,
    record: Path,
    page: Path,
    page_only: bool,
) -> None:
    """Train presets and peers on each corpus in the folder CORPORA."""
    names, failures = names_of(presets, seeds, peers), {}
    try:
        runs = read_record(record)
        rewrite(page.read_text(encoding="utf-8"), ())  # that it cannot be done shows before training
        if not page_only:
            if folder is None or not folder.is_dir():
                raise click.UsageError("CORPORA has to be a folder of corpora")

            def finished(run: Run) -> None:
                add(runs, run)
                write_record(runs, record)

            corpora = usable_corpora(folder.resolve(), wanted.split(",") if wanted else ())
            missing = to_do(corpora, names, runs, work.resolve(), device, threads)
            known = len(corpora) * len(names) - len(missing)
            say(f"{len(missing)} runs to be made; {known} are in the record")
            failures = make_all(missing, jobs, Processes(), finished)
            compare_all(corpora, runs, work)
            write_record(runs, record)
        write_lines([rewrite(page.read_text(encoding="utf-8"), runs.values())], page)
    except (RecordError, PageError, CorpusError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for job, why in failures.items():
        click.echo(f"failed: {job}: {why}; all of it in {job.folder / 'log.txt'}", err=True)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
