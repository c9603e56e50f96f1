"""One run of `make results`, in a process of its own: trains, tags, scores.

    python -m benchmarks.results_run JOB

JOB is a `Job` in JSON. What it came to is written to `run.json` in its folder, where the
model and its tags of the dev and the test set stay. One function scores presets and peers.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, machine
from benchmarks.bench_data import BenchError, prepare, read_tags, write_tags
from benchmarks.measure import run_timed, words_per_cpu_second
from benchmarks.results_record import MINUTES, Run, settings_of
from corpora import Corpus, Sentence, load_corpus, schemes
from corpora.files import write_lines
from tagger.evaluation.scores import score_layer
from tagger.layers import TagLayer
from tagger.settings import from_dict
from tagger.training.sources import choose_sources
from tagger.training.survey import make_layers, survey
from tagger.version import __version__


@dataclass(frozen=True)
class Job:
    """A run to be made.

    Attributes:
        corpus: folder of the corpus.
        name: a preset, or a peer.
        seed: of a preset; None for a peer.
        data: digest of the corpus's files.
        work: folder for all models and environments.
        device: that a preset is trained on, as `tagger train` names it.
        threads: that it is trained in; the last bits of sums change with their number.
    """

    corpus: str
    name: str
    seed: int | None
    data: str
    work: str
    device: str = "cpu"
    threads: int = 1

    @property
    def folder(self) -> Path:
        """Where model and tags go."""
        return folder_of(Path(self.work), Path(self.corpus).name, self.name, self.seed)

    def __str__(self) -> str:
        return f"{Path(self.corpus).name} {self.name}" + (
            f" {self.seed}" if self.seed is not None else ""
        )


def folder_of(work: Path, corpus: str, name: str, seed: int | None) -> Path:
    """Returns the folder of a run."""
    return work / "results" / corpus / (name if seed is None else f"{name}-{seed}")


def tags_in(folder: Path, name: str, seed: int | None, split: str) -> Path:
    """Returns the file of a run's tags of a split; `Bench` puts a peer's beside its model."""
    return (folder / "models" / name if seed is None else folder) / f"{split}.tags"


def run(job: Job) -> Run:
    """Trains, tags and scores.

    Raises:
        BenchError, TaggerError: it cannot be done.
    """
    corpus = load_corpus(job.corpus)
    layer = layer_of(corpus)
    files = {split: tags_in(job.folder, job.name, job.seed, split) for split in ("dev", "test")}
    facts = _train_peer(job, layer) if job.seed is None else _train_own(job, corpus, layer, files)
    return Run(
        corpus=Path(job.corpus).name,
        name=job.name,
        seed=job.seed,
        layer=layer.name,
        measure="F1" if layer.scheme else "accuracy",
        **scores(corpus, layer, files),
        **facts,
        host=_host(job),
        data=job.data,
        settings=settings_of(job.name, job.seed),
    )


def layer_of(corpus: Corpus) -> TagLayer:
    """Returns the layer that is learned where none is named."""
    names, _, _ = choose_sources(corpus, (), (), ())
    (layer,) = make_layers(survey(corpus.train, names), "auto")
    return layer


def scores(corpus: Corpus, layer: TagLayer, files: dict[str, Path]) -> dict[str, Any]:
    """Scores tags of the dev and the test set.

    Args:
        files: "dev" and "test" → tags, as `read_tags` reads them.

    Raises:
        BenchError: there is not one tag for each word.
    """
    known = {token for sentence in corpus.train for token in sentence.tokens}
    truth = {"dev": sentences_of(corpus.dev or ()), "test": sentences_of(corpus.test or ())}
    tagged = {s: with_tags(truth[s], layer.name, read_tags(files[s])) for s in truth}
    dev, test = (score_layer(layer, truth[s], tagged[s], known) for s in truth)
    recall = None
    if layer.scheme:
        recall = unseen_recall(layer, corpus.train, truth["test"], tagged["test"])
    return {
        "dev": round(dev.main, 6),
        "test": round(test.main, 6),
        "unseen_words": _rounded(test.accuracy_unseen),
        "unseen_entities": _rounded(recall),
    }


def sentences_of(part: Iterable[Sentence]) -> list[Sentence]:
    """Returns the sentences that hold tokens, which are those that are scored."""
    return [sentence for sentence in part if sentence.tokens]


def with_tags(truth: Sequence[Sentence], layer: str, tags: Sequence[Sequence[str]]) -> list[Sentence]:
    """Returns sentences with other tags.

    Raises:
        BenchError: there is not one tag for each word.
    """
    if [*map(len, truth)] != [*map(len, tags)]:
        raise BenchError("not one tag for each word of each sentence")
    return [Sentence(s.tokens, {layer: list(row)}) for s, row in zip(truth, tags, strict=True)]


def unseen_recall(
    layer: TagLayer,
    train: Iterable[Sentence],
    truth: Sequence[Sentence],
    tagged: Sequence[Sentence],
) -> float | None:
    """Returns the recall of entities whose text (tokens joined) is no entity of the training set.

    None where there are none.
    """
    known = {text for sentence in train for *_, text in _entities(sentence, layer.name)}
    found = [
        entity in guesses
        for gold, guess in zip(truth, tagged, strict=True)
        for guesses in [_entities(guess, layer.name)]
        for entity in _entities(gold, layer.name)
        if entity[-1] not in known
    ]
    return sum(found) / len(found) if found else None


def _entities(sentence: Sentence, layer: str) -> set[tuple[int, int, str, str]]:
    spans = schemes.to_spans(sentence.tags.get(layer, ()))  # one without tokens may have none
    return {(s.start, s.end, s.label, " ".join(sentence.tokens[s.start : s.end])) for s in spans}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _train_own(job: Job, corpus: Corpus, layer: TagLayer, files: dict[str, Path]) -> dict[str, Any]:
    """Trains a preset, and writes its tags of the dev and the test set to files."""
    from tagger.pipeline import Tagger

    began = time.process_time()
    output = job.folder / "model.tagger"
    config = from_dict(settings_of(job.name, job.seed))
    config = dataclasses.replace(
        config, training=dataclasses.replace(config.training, threads=job.threads)
    )
    result, seconds = run_timed(corpus, output, config, device=job.device)
    cpu = time.process_time() - began
    if result.outcome.interrupted:
        raise BenchError("interrupted")
    tagger = Tagger.from_bundle(result.bundle, threads=1)
    for split, part in (("dev", corpus.dev), ("test", corpus.test)):
        tagged = tagger.tag_sentences(sentences_of(part or ()), confidence=False)
        write_tags((sentence.tags[layer.name] for sentence in tagged), files[split])
    return {
        "epochs": len(seconds),
        "wall": round(result.seconds, 1),
        "cpu": round(cpu, 1),
        "words_per_cpu_second": round(words_per_cpu_second(result, seconds)),
        "megabytes": round(output.stat().st_size / 1e6, 2),
        "version": f"rnn-tagger {__version__}",
    }


def _train_peer(job: Job, layer: TagLayer) -> dict[str, Any]:
    """Trains a peer and tags with it as `make bench` does, on one thread."""
    data = prepare(job.corpus, job.folder / "data", layer.name)
    envs = Path(job.work) / "envs"
    bench = Bench(job.folder, data, MINUTES, 0, envs)
    bench.cores = bench.cores[:1]
    bench.results = {job.name: {}}
    with _alone(envs / f"{job.name}.lock"):
        bench.install(job.name)
    bench.train(job.name)
    facts = bench.results[job.name]["train"]
    return {
        "epochs": None,
        "wall": round(facts["wall"], 1),
        "cpu": round(facts["cpu"], 1),
        "words_per_cpu_second": round(facts["words"] / facts["cpu"]),
        "megabytes": round(facts["model"], 2),
        "version": bench.results[job.name]["what"],
    }


def _host(job: Job) -> str:
    """Returns the name of the processor that learned."""
    if job.seed is None or not job.device.startswith("cuda"):
        return str(machine()["cpu"])
    import torch

    return torch.cuda.get_device_name(job.device)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Waits until no other process does what this lock guards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Makes the run that the command line holds."""
    job = Job(**json.loads(sys.argv[1]))
    done = dataclasses.asdict(run(job))
    write_lines([json.dumps(done, ensure_ascii=False) + "\n"], job.folder / "run.json")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which removes temporary files
    main()
