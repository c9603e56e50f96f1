"""What each part of the default network and training gives: dev scores without it, and with more.

    make ablation CORPORA=corpora SEEDS=1,2,3 JOBS=2
    python -m benchmarks.ablation CORPORA --corpora ud-korean-gsd,wnut17 --variants fast,members

Each run (a variant, a corpus, a seed) is a process of its own on one thread; what the record
holds is not run again unless its settings have changed. Test sets are not read: choices are made
on dev sets. The table goes between two marks of the page; an interruption loses what is running,
and no more.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from benchmarks.bench_page import table
from benchmarks.measure import score_on_dev, seeds_of, spread
from benchmarks.results_page import PageError, between
from benchmarks.results_record import RecordError, read_objects, write_objects
from benchmarks.results_run import layer_of
from corpora import Corpus, CorpusError, load_corpus
from corpora.files import write_lines
from tagger.config import Config, ConfigError
from tagger.features import in_hangul
from tagger.settings import LARGE, from_dict, make_config
from tagger.training.survey import MANY, MOST, survey

BEGIN, END = "<!-- make ablation: begin -->", "<!-- make ablation: end -->"
BASE = "fast"  # what the others are compared with: nothing changed


@dataclass(frozen=True)
class Variant:
    """A change of the default settings.

    Attributes:
        title: of its row.
        settings: "section.key=value" each.
        auxiliary: a layer that is learned beside; corpora that lack it are left out.
        only: the kind of corpora that it changes something for; "": all. See `kinds_of`.
    """

    title: str
    settings: tuple[str, ...] = ()
    auxiliary: str = ""
    only: str = ""


VARIANTS = {
    BASE: Variant("default settings"),
    "words": Variant("without words", ("model.word_size=0",)),
    "characters": Variant("without characters", ("model.character_encoder=none",)),
    "affixes": Variant("without affixes", ("model.affix_size=0",)),
    "shape": Variant("without word shape", ("model.shape_size=0",)),
    "unknown": Variant("rare words never unknown", ("training.unknown_rate=0",)),
    "dropout": Variant("dropout 0.3, not 0.5", ("model.dropout=0.3",)),
    "one-way": Variant("from left to right only", ("model.bidirectional=false",)),
    "character-lstm": Variant("characters by an LSTM", ("model.character_encoder=lstm",)),
    "jamo": Variant("letters of Hangul as characters", ("model.jamo=true",), only="Hangul"),
    "jamo-affixes": Variant(
        "without affixes of letters of Hangul", ("model.jamo_affixes=no",), only="Hangul"
    ),
    "pairs": Variant("without pairs of characters", ("model.pair_size=0",), only="characters"),
    "beside": Variant("XPOS learned beside", auxiliary="XPOS"),
    "layers": Variant("two layers", ("model.layers=2",)),
    "residual": Variant("two layers, residual", ("model.layers=2", "model.connections=residual")),
    "highway": Variant("two layers, highway", ("model.layers=2", "model.connections=highway")),
    "neighbours": Variant(
        "20 tokens of the sentences beside", ("model.neighbours=20",), only="documents"
    ),
    "agreement": Variant(
        "agreement of names in a document, 0.5", ("model.agreement=0.5",), only="documents"
    ),
    "norm": Variant("layer normalisation", ("model.layer_norm=true",)),
    "word-dropout": Variant("word dropout 0.05", ("training.word_dropout=0.05",)),
    "language-model": Variant(
        "language model beside, 0.1", ("training.language_model=0.1",), only="tags"
    ),
    "no-language-model": Variant(
        "no language model beside", ("training.language_model=0",), only="spans"
    ),
    "outside": Variant("bias of O as learned", ("training.outside_bias=learned",), only="spans"),
    "rare": Variant("rare tags weigh more, 0.3", ("training.rare_weight=0.3",)),
    "smoothing": Variant("label smoothing 0.05", ("training.smoothing=0.05",), only="tags"),
    "average": Variant(
        "weights averaged, constant rate", ("training.average=0.998", "training.schedule=constant")
    ),
    "large": Variant(
        "as large as a network of `accurate`",
        tuple(f"model.{key}={value}" for key, value in LARGE.items()),
    ),
    "members": Variant("four networks", ("model.members=4",)),
}

Key = tuple[str, str, int]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run.

    Attributes:
        measure: "F1" or "accuracy".
        dev: score, between 0 and 1.
        cpu: seconds.
        settings: all that it was trained with.
    """

    corpus: str
    variant: str
    seed: int
    measure: str
    dev: float
    cpu: float
    settings: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """What it is a run of."""
        return self.corpus, self.variant, self.seed


def config_of(variant: str, seed: int, common: Sequence[str] = ()) -> Config:
    """Returns the settings of a run.

    Args:
        common: settings of all runs, "section.key=value" each.
    """
    own = VARIANTS[variant].settings
    return make_config(settings=[*common, *own, f"training.seed={seed}", "training.threads=1"])


def is_current(run: Run, common: Sequence[str] = ()) -> bool:
    """Tells whether a run would be made with the same settings today."""
    return run.variant in VARIANTS and (
        from_dict(run.settings) == config_of(run.variant, run.seed, common)  # new ones count as unset
    )


def kinds_of(corpus: Corpus) -> set[str]:
    """Tells what kind of corpus it is: "spans", or else "tags"; "Hangul" or "characters" where
    its tokens are; "documents" where it marks some."""
    layer = layer_of(corpus)
    train = survey(corpus.train, [layer.name])
    kinds = {"spans" if layer.scheme else "tags"}
    if train.share(in_hangul) >= MANY:
        kinds.add("Hangul")
    if train.share(lambda form: len(form) == 1) >= MOST:
        kinds.add("characters")
    if any(sentence.new_document for sentence in corpus.train):
        kinds.add("documents")
    return kinds


def make(folder: str, variant: str, seed: int, common: Sequence[str] = ()) -> Run:
    """Trains, without the test set, in this process."""
    from tagger.training.preparation import Task

    config, beside = config_of(variant, seed, common), VARIANTS[variant].auxiliary
    task = Task(auxiliary=[beside] if beside else [])
    score, seconds = score_on_dev(load_corpus(folder), config, task)
    return Run(
        corpus=Path(folder).name,
        variant=variant,
        seed=seed,
        measure="F1" if score.spans else "accuracy",
        dev=round(score.main, 6),
        cpu=round(seconds, 1),
        settings=config.to_dict(),
    )


def read_record(path: Path) -> dict[Key, Run]:
    """Reads the runs of a record; none where there is no file.

    Raises:
        RecordError: it holds something else.
    """
    return {run.key: run for run in read_objects(path, Run)}


def current(runs: Mapping[Key, Run], common: Sequence[str] = ()) -> dict[Key, Run]:
    """Returns the runs that would be made with the same settings today."""
    return {key: run for key, run in runs.items() if is_current(run, common)}


def write_record(runs: Mapping[Key, Run], path: Path) -> None:
    """Writes the runs, one a line, in order."""
    write_objects((runs[key] for key in sorted(runs)), path)


def section(runs: Collection[Run]) -> str:
    """Returns the table: a row a variant, a column a corpus."""
    by_cell: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_cell.setdefault((run.variant, run.corpus), []).append(run)
    bases = {(run.corpus, run.seed): run for run in runs if run.variant == BASE}
    corpora = sorted({run.corpus for run in runs})
    if not corpora:
        return "To be filled by `make ablation`."
    rows = []
    for name, variant in VARIANTS.items():
        cells = [by_cell.get((name, corpus), []) for corpus in corpora]
        if any(cells):
            costs = [run.cpu / base.cpu for cell in cells for run, base in _pairs(cell, bases)]
            cost = f"{statistics.median(costs):.1f}" if costs else "—"
            rows.append([variant.title, *(_cell(cell, bases) for cell in cells), cost])
    measures = {run.corpus: run.measure for run in runs}
    header = ["", *(f"{corpus}, {measures[corpus]}" for corpus in corpora), "CPU time"]
    return table(header, rows)


def _cell(runs: Sequence[Run], bases: Mapping[tuple[str, int], Run]) -> str:
    """Returns score, number of seeds and the mean difference to the default settings."""
    if not runs:
        return "—"
    text = f"{spread([run.dev for run in runs])} ({len(runs)})"
    gains = [run.dev - base.dev for run, base in _pairs(runs, bases)]
    if not gains or runs[0].variant == BASE:
        return text
    return f"{text} {100 * statistics.mean(gains):+.2f}"


def _pairs(runs: Sequence[Run], bases: Mapping[tuple[str, int], Run]) -> list[tuple[Run, Run]]:
    """Returns the runs, each with the one that has the default settings and the same seed."""
    return [(run, base) for run in runs if (base := bases.get((run.corpus, run.seed)))]


def to_do(
    folder: Path,
    corpora: Sequence[str],
    variants: Sequence[str],
    seeds: Sequence[int],
    known: Collection[Key],
) -> list[tuple[str, str, int]]:
    """Returns folder, variant and seed of the runs to be made: those that are not known."""
    found = []
    for corpus in corpora:
        path = str((folder / corpus).resolve())
        loaded = load_corpus(path)
        first = next((s for s in loaded.train if s.tokens), None)
        has = {"", *(first.tags if first else ())}
        kinds = {"", *kinds_of(loaded)}
        for name in variants:
            if VARIANTS[name].auxiliary in has and VARIANTS[name].only in kinds:
                found += [(path, name, seed) for seed in seeds if (corpus, name, seed) not in known]
    return sorted(found, key=lambda job: job[2])  # all of one seed before any of the next


def make_all(
    jobs: Sequence[tuple[str, str, int]],
    at_once: int,
    finished: Callable[[Run], None],
    common: Sequence[str] = (),
) -> bool:
    """Makes runs, some at once, and hands on each that is finished; returns whether all were.

    Each has a process of its own, so that none inherits threads or random numbers.
    """
    succeeded = True
    with ProcessPoolExecutor(at_once, get_context("spawn"), max_tasks_per_child=1) as pool:
        futures = {pool.submit(make, *job, common): job for job in jobs}
        try:
            for future in as_completed(futures):
                if error := future.exception():  # of one run, which does not end the others
                    succeeded = False
                    click.echo(f"failed: {futures[future]}: {error}", err=True)
                else:
                    finished(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return succeeded


@click.command()
@click.argument("folder", metavar="CORPORA", type=click.Path(exists=True, path_type=Path))
@click.option("--corpora", default="ud-korean-gsd,ud-lithuanian-alksnis,wnut17", show_default=True)
@click.option("--variants", default=",".join(VARIANTS), help="Names. [default: all]")
@click.option("--seeds", default="1,2,3", show_default=True)
@click.option(
    "--set",
    "common",
    multiple=True,
    default=["training.epochs=12"],
    show_default=True,
    help="In all runs.",
)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Runs at once.")
@click.option(
    "--record", default="docs/ablation.json", type=click.Path(path_type=Path), show_default=True
)
@click.option("--page", default="docs/results.md", type=click.Path(path_type=Path), show_default=True)
def main(
    folder: Path,
    corpora: str,
    variants: str,
    seeds: str,
    common: tuple[str, ...],
    jobs: int,
    record: Path,
    page: Path,
) -> None:
    """Train variants of the default settings on corpora in the folder CORPORA."""
    names = variants.split(",")
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r}; there are {', '.join(VARIANTS)}")
    chosen = seeds_of(seeds)
    try:
        config_of(BASE, 1, common)  # what is wrong shows before training
        runs = read_record(record)
        known = current(runs, common)
        between(page.read_text(encoding="utf-8"), "", BEGIN, END)
        missing = to_do(folder, corpora.split(","), names, chosen, known.keys())
        click.echo(f"{len(missing)} runs to be made; {len(known)} are in the record", err=True)

        def finished(run: Run) -> None:
            runs[run.key] = run
            write_record(runs, record)
            click.echo(f"{run.corpus} {run.variant} {run.seed}: {100 * run.dev:.2f}", err=True)

        succeeded = make_all(missing, jobs, finished, common)
        text = between(
            page.read_text(encoding="utf-8"), section(current(runs, common).values()), BEGIN, END
        )
        write_lines([text], page)
    except (RecordError, PageError, CorpusError, ConfigError, OSError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(not succeeded)


if __name__ == "__main__":
    main()
