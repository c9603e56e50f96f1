"""What further inputs bring to named entities: a column of tags, lists of names, word vectors.

    python -m benchmarks.inputs CORPORA --tagger ewt.tagger --names wikigold,gum-ner \
        --vectors words.vec --corpora wnut17,btc --seeds 1,2,3

Trains the default settings on each of the corpora alone, and with each of what is given:

- the layers of a model, which tags the corpus first, so that the column is as good or as bad as it
  would be in use (`tagger train --input`);
- the names in the training sets of other corpora, a list a corpus and label (`--gazetteer`);
- word vectors (`--vectors`), such as `tagger vectors` makes.

Dev scores, mean ± sample standard deviation; test sets are not read. Each run is a process of its
own on one thread.
"""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import click

from benchmarks.bench_page import table
from benchmarks.measure import score_on_dev, seeds_of, spread
from benchmarks.outside import FOLDER
from benchmarks.results_run import layer_of
from corpora import Corpus, load_corpus
from corpora.corpus import Part
from corpora.errors import TaggerError
from corpora.files import write_lines
from corpora.schemes import to_spans
from corpora.sentence import Sentence
from tagger.pipeline import Tagger, load
from tagger.settings import make_config

NOTHING = "nothing"  # title of the row that the others are compared with
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Extended:
    """A split with the layers of a model beside its own. See `corpora.corpus.Part`."""

    layout = None

    def __init__(self, part: Part, tagger: Tagger) -> None:
        self.source = part.source
        self.path = part.path
        sentences = list(part)
        tagged = tagger.tag_sentences(sentences, confidence=False)
        self._sentences = [
            dataclasses.replace(sentence, tags={**sentence.tags, **found.tags})
            for sentence, found in zip(sentences, tagged, strict=True)
        ]

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self._sentences)

    def sniff(self) -> None:
        """It has no columns."""


def extended(corpus: Corpus, tagger: Tagger) -> Corpus:
    """Returns train and dev set of a corpus, tagged by a model."""
    dev = None if corpus.dev is None else Extended(corpus.dev, tagger)
    return Corpus(corpus.name, Extended(corpus.train, tagger), dev)


def names_in(sentences: Iterable[Sentence]) -> dict[str, list[str]]:
    """Returns, of each label, the entities that have a letter or digit: tokens with spaces between."""
    found: dict[str, set[str]] = {}
    for sentence in sentences:
        for tags in sentence.tags.values():
            for span in to_spans(tags):
                name = " ".join(sentence.tokens[span.start : span.end])
                if any(map(str.isalnum, name)):
                    found.setdefault(span.label, set()).add(name)
    return {label: sorted(names) for label, names in sorted(found.items())}


def write_names(corpora: Iterable[Path], folder: Path) -> tuple[tuple[str, Path], ...]:
    """Writes the names in training sets; returns label and file of each list."""
    lists = []
    for corpus in corpora:
        for label, names in names_in(load_corpus(str(corpus)).train).items():
            lists.append((f"{corpus.name}-{label}", folder / f"{corpus.name}-{label}.txt"))
            write_lines((f"{name}\n" for name in names), lists[-1][1])
    return tuple(lists)


@dataclass(frozen=True)
class Inputs:
    """What a run has beside the words of its corpus."""

    tagger: Path | None = None
    names: Sequence[tuple[str, Path]] = ()
    vectors: Path | None = None

    def rows(self) -> dict[str, Inputs]:
        """Returns, by the titles of their rows: nothing, each of them, and all where there are two."""
        each = {
            "tags of a model": Inputs(tagger=self.tagger),
            "lists of names": Inputs(names=self.names),
            "word vectors": Inputs(vectors=self.vectors),
        }
        given = {title: inputs for title, inputs in each.items() if inputs != Inputs()}
        return {NOTHING: Inputs(), **given, **({"all of them": self} if len(given) > 1 else {})}


def make(folder: Path, seed: int, settings: Sequence[str], inputs: Inputs) -> tuple[float, float]:
    """Trains in this process; returns dev score and CPU seconds of training."""
    from tagger.training.preparation import Task, VectorsFile

    corpus = load_corpus(str(folder))
    task = Task(
        layers=[layer_of(corpus).name],
        gazetteers=inputs.names,
        vectors=VectorsFile(inputs.vectors) if inputs.vectors else None,
    )
    if inputs.tagger:
        tagger = load(inputs.tagger, threads=1)
        corpus = extended(corpus, tagger)
        task = dataclasses.replace(task, inputs=[layer.name for layer in tagger.layers])
    config = make_config(settings=[*settings, f"training.seed={seed}", "training.threads=1"])
    score, seconds = score_on_dev(corpus, config, task)
    return score.main, seconds


def rows_of(
    folder: Path, seeds: Sequence[int], settings: Sequence[str], inputs: Inputs, jobs: int
) -> Iterator[list[str]]:
    """Makes the runs of one corpus, some at once; yields the cells of its rows."""
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        pending = {
            title: [pool.submit(make, folder, seed, settings, each) for seed in seeds]
            for title, each in inputs.rows().items()
        }
        base = 0.0
        for title, futures in pending.items():
            devs, seconds = zip(*(future.result() for future in futures), strict=True)
            mean = statistics.mean(devs)
            gain = "" if title == NOTHING else f"{100 * (mean - base):+.2f}"
            base = mean if title == NOTHING else base
            told = ", ".join(f"{100 * dev:.2f}" for dev in devs)
            click.echo(f"{folder.name}, {title}: {told}", err=True)
            yield [folder.name, title, spread(devs), gain, f"{statistics.median(seconds):.0f}"]


@click.command()
@click.argument("folder", metavar="CORPORA", type=FOLDER)
@click.option("--corpora", default="wnut17,btc", show_default=True, help="To learn from.")
@click.option("--tagger", type=FILE, help="A model whose layers are read beside the words.")
@click.option("--names", default="", help="Corpora whose entities are lists of names.")
@click.option("--vectors", type=FILE, help="Word vectors.")
@click.option("--seeds", default="1,2,3", show_default=True)
@click.option("--set", "settings", multiple=True, help="In all runs.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Runs at once.")
def main(
    folder: Path,
    corpora: str,
    tagger: Path | None,
    names: str,
    vectors: Path | None,
    seeds: str,
    settings: tuple[str, ...],
    jobs: int,
) -> None:
    """Prints what each further input brings on corpora in the folder CORPORA."""
    chosen = seeds_of(seeds)
    with tempfile.TemporaryDirectory() as work:
        try:
            make_config(settings=settings)  # what is wrong shows before training
            learned = [folder / name for name in corpora.split(",")]
            for path in learned:
                layer_of(load_corpus(str(path)))
            lists = write_names((folder / name for name in names.split(",") if name), Path(work))
            inputs = Inputs(tagger, lists, vectors)
            rows = [row for path in learned for row in rows_of(path, chosen, settings, inputs, jobs)]
        except TaggerError as error:
            raise click.ClickException(str(error)) from error
    click.echo(table(["corpus", "beside the words", "dev", "gain", "training, CPU s"], rows))


if __name__ == "__main__":
    main()
