"""The record of `make results`: a JSON file with one finished run a line. Trains nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.bench import PEERS, SCRIPTS, digest_of
from benchmarks.bench_data import SCHEME
from corpora import TaggerError
from corpora.files import write_lines
from tagger.settings import from_dict, make_config

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

MINUTES = 10.0  # of training a peer, after which it is stopped where it can be

Key = tuple[str, str, int | None]


class RecordError(Exception):
    """The record is none."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run.

    Attributes:
        corpus: name of its folder.
        name: of the preset, or of the peer.
        seed: of a preset; None for a peer.
        layer: what was learned.
        measure: "F1" or "accuracy".
        test, dev: main scores, between 0 and 1.
        unseen_words: accuracy on words of the test set that the training set lacks; None where
            there are none.
        unseen_entities: recall of entities of the test set whose text is no entity of the
            training set; None where there are none.
        epochs: of a preset.
        wall, cpu: seconds that training and what belongs to it took.
        words_per_cpu_second: in training.
        megabytes: the model.
        version: of what was trained.
        host: name of the processor that learned.
        data: digest of the corpus's files.
        settings: all of the preset, seed and threads too; of a peer, what its run depends on.
        p: peer → p of the paired test against it, as far as it was made.
    """

    corpus: str
    name: str
    seed: int | None
    layer: str
    measure: str
    test: float
    dev: float
    unseen_words: float | None
    unseen_entities: float | None
    epochs: int | None
    wall: float
    cpu: float
    words_per_cpu_second: int
    megabytes: float
    version: str
    host: str
    data: str
    settings: Mapping[str, Any]
    p: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What it is a run of."""
        return self.corpus, self.name, self.seed

    @property
    def unseen(self) -> float | None:
        """What fits the measure: recall of unseen entities, or accuracy on unseen words."""
        return self.unseen_entities if self.measure == "F1" else self.unseen_words


def read_record(path: Path) -> dict[Key, Run]:
    """Reads the runs of a record; none where there is no file.

    Raises:
        RecordError: it holds something else.
    """
    return {run.key: run for run in read_objects(path, Run)}


def write_record(runs: Mapping[Key, Run], path: Path) -> None:
    """Writes the runs, one a line, by corpus, name and seed."""
    ordered = sorted(runs.values(), key=lambda run: (run.corpus, run.name, run.seed or 0))
    write_objects(ordered, path)


def read_objects(path: Path, kind: Callable[..., T]) -> list[T]:
    """Reads what `write_objects` wrote; nothing where there is no file.

    Args:
        kind: makes one of its values.

    Raises:
        RecordError: it holds something else.
    """
    if not path.exists():
        return []
    try:
        return [kind(**values) for values in json.loads(path.read_bytes())]
    except (TypeError, ValueError) as error:
        raise RecordError(f"{path} is no record of runs: {error}") from error


def write_objects(found: Iterable[DataclassInstance], path: Path) -> None:
    """Writes values as a JSON list, one a line; a file there is whole at any time."""
    lines = [json.dumps(dataclasses.asdict(one), ensure_ascii=False) for one in found]
    write_lines(["[\n", ",\n".join(lines), "\n]\n"], path)


def add(runs: dict[Key, Run], run: Run) -> None:
    """Puts a run in, in place of an earlier one; tests against an earlier peer's are dropped."""
    runs[run.key] = run
    if run.seed is None:
        for key, other in runs.items():
            if other.corpus == run.corpus and run.name in other.p:
                p = {name: value for name, value in other.p.items() if name != run.name}
                runs[key] = dataclasses.replace(other, p=p)


def settings_of(name: str, seed: int | None) -> dict[str, Any]:
    """Returns what a run depends on besides its corpus.

    Raises:
        ConfigError: there is no such preset.
        KeyError: there is no such peer.
    """
    if seed is not None:
        return make_config(name, settings=[f"training.seed={seed}", "training.threads=1"]).to_dict()
    files = (PEERS[name].script, SCRIPTS / "common.py", SCRIPTS / "requirements" / f"{name}.txt")
    digests = " ".join(digest_of(file)[:12] for file in files)
    return {"minutes": MINUTES, "scheme": SCHEME, "files": digests}


def is_current(run: Run) -> bool:
    """Tells whether a run would be made with the same settings today.

    A setting that did not exist then counts as its default.
    """
    try:
        wanted = settings_of(run.name, run.seed)
        if run.seed is None:
            return run.settings == wanted
        return from_dict(run.settings) == from_dict(wanted)
    except (TaggerError, KeyError):  # of a preset, a peer or a setting that is no more
        return False
