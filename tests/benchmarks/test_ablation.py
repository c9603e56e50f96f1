"""`make ablation`: each variant can be made, and the table says what was measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import ablation
from benchmarks.ablation import BASE, BEGIN, END, VARIANTS, Run, config_of, section
from benchmarks.results_record import RecordError
from corpora import load_corpus
from tests.benchmarks.conftest import UPOS

PAGE = f"# Results\n\n{BEGIN}\nold\n{END}\n\nafter\n"


def a_run(variant: str = BASE, seed: int = 1, corpus: str = "names", **values: Any) -> Run:
    facts: dict[str, Any] = {"measure": "F1", "dev": 0.5, "cpu": 10.0}
    facts |= {"settings": config_of(variant, seed).to_dict()} | values
    return Run(corpus=corpus, variant=variant, seed=seed, **facts)


class InPlace:
    """Stands in for a pool of processes: does at once what it is given."""

    dropped = False

    def __init__(self, *_: object, **__: object) -> None: ...

    def shutdown(self, *, wait: bool, cancel_futures: bool) -> None:
        InPlace.dropped = cancel_futures and not wait

    def __enter__(self) -> InPlace:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function: Callable[..., Run], *job: Any) -> Future[Run]:
        future: Future[Run] = Future()
        try:
            future.set_result(function(*job))
        except RuntimeError as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_changes_what_it_names(name: str) -> None:
    assert (config_of(name, 1) == config_of(BASE, 1)) == (not VARIANTS[name].settings)


def test_table_has_means_numbers_of_seeds_and_differences_of_equal_seeds() -> None:
    runs = [
        a_run(seed=1, dev=0.50),
        a_run(seed=2, dev=0.52),
        a_run("members", seed=1, dev=0.54, cpu=40.0),
        a_run("shape", seed=3, dev=0.49),
        a_run("words", corpus="more", dev=0.9, measure="accuracy"),
    ]
    assert section(runs).splitlines() == [
        "|  | more, accuracy | names, F1 | CPU time |",
        "| --- | --- | --- | --- |",
        "| default settings | — | 51.00 ± 1.41 (2) | 1.0 |",
        "| without words | 90.00 (1) | — | — |",
        "| without word shape | — | 49.00 (1) | — |",
        "| four networks | — | 54.00 (1) +4.00 | 4.0 |",
    ]
    assert section([]) == "To be filled by `make ablation`."


def test_runs_that_are_current(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    assert ablation.read_record(path) == {}
    stale = a_run("words", settings=config_of("affixes", 1).to_dict())
    gone = dataclasses.replace(a_run(seed=2), variant="no more")
    kept = a_run(seed=3)
    ablation.write_record({run.key: run for run in (stale, gone, kept)}, path)
    runs = ablation.read_record(path)
    assert list(runs.values()) == [kept, gone, stale]
    assert ablation.current(runs) == {kept.key: kept}
    path.write_text('[{"corpus": 1}]')
    with pytest.raises(RecordError, match="no record of runs"):
        ablation.read_record(path)


def test_only_what_is_missing_is_made(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str, int]] = []

    def make(path: str, variant: str, seed: int, common: Sequence[str]) -> Run:
        made.append((Path(path).name, variant, seed))
        if variant == "words":
            raise RuntimeError("no memory")
        assert common == ("training.epochs=3",)
        return a_run(variant, seed, Path(path).name, settings=config_of(variant, seed, common).to_dict())

    monkeypatch.setattr(ablation, "ProcessPoolExecutor", InPlace)
    monkeypatch.setattr(ablation, "as_completed", list)
    monkeypatch.setattr(ablation, "make", make)
    page, record = tmp_path / "page.md", tmp_path / "record.json"
    page.write_text(PAGE)
    common = ["training.epochs=3"]
    known = a_run(settings=config_of(BASE, 1, common).to_dict())
    ablation.write_record({known.key: known, ("names", "words", 1): a_run("words")}, record)
    arguments = [str(folder), "--corpora", "names,words", "--variants", "fast,beside,words"]
    arguments += ["--set", *common, "--seeds", "1", "--record", str(record), "--page", str(page)]
    result = CliRunner().invoke(ablation.main, arguments)
    assert result.exit_code == 1
    assert "no memory" in result.output
    # one is in the record, and "names" has no XPOS
    assert made == [("names", "words", 1), *(("words", name, 1) for name in (BASE, "beside", "words"))]
    there = {("names", BASE, 1), ("words", BASE, 1), ("words", "beside", 1)}
    found = ablation.read_record(record)
    assert set(ablation.current(found, common)) == there
    assert set(found) == {*there, ("names", "words", 1)}  # of other settings, and not lost
    text = page.read_text()
    assert "| default settings | 50.00 (1) | 50.00 (1) | 1.0 |" in text
    assert text.endswith("after\n")


def test_interruption_keeps_what_is_done_and_begins_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def one_and_then_an_interruption(futures: Iterable[Future[Run]]) -> Iterator[Future[Run]]:
        yield next(iter(futures))
        raise KeyboardInterrupt

    monkeypatch.setattr(ablation, "ProcessPoolExecutor", InPlace)
    monkeypatch.setattr(ablation, "as_completed", one_and_then_an_interruption)
    monkeypatch.setattr(ablation, "make", lambda path, variant, seed, common: a_run(variant, seed))
    finished: list[Run] = []
    with pytest.raises(KeyboardInterrupt):
        ablation.make_all([("names", BASE, seed) for seed in (1, 2)], 1, finished.append)
    assert finished == [a_run()]
    assert InPlace.dropped


def test_variants_that_change_nothing_are_not_made(tmp_path: Path, folder: Path) -> None:
    korean = tmp_path / "korean"
    korean.mkdir()
    for split in ("train", "dev"):
        text = "한 B-X\n달 O\n. O\n\n"
        marks = "-DOCSTART- O\n\n" if split == "train" else ""
        (korean / f"{split}.conll").write_text(marks + text, encoding="utf-8")
    kinds = {"spans", "Hangul", "characters", "documents"}
    assert ablation.kinds_of(load_corpus(str(korean))) == kinds
    assert ablation.kinds_of(load_corpus(str(folder / "words"))) == {"tags"}
    assert ablation.kinds_of(load_corpus(str(folder / "names"))) == {"spans"}
    names = ["jamo", "pairs", "outside", "language-model", "no-language-model", "neighbours", "shape"]
    made = {
        corpus: [name for _, name, _ in ablation.to_do(place, [corpus], names, [1], ())]
        for place, corpus in ((tmp_path, "korean"), (folder, "words"), (folder, "names"))
    }
    assert made == {
        "korean": ["jamo", "pairs", "outside", "no-language-model", "neighbours", "shape"],
        "words": ["language-model", "shape"],
        "names": ["outside", "no-language-model", "shape"],
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--variants", "none"], "'none'; there are fast, words"),
        (["--seeds", "a"], "'a'; seeds are whole numbers"),
        (["--set", "model.sell=gru"], "did you mean model.cell?"),
        ([], "the page has to hold"),
    ],
)
def test_what_cannot_be_is_said_before_training(
    tmp_path: Path, folder: Path, arguments: list[str], said: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing")
    result = CliRunner().invoke(
        ablation.main, [str(folder), *arguments, "--page", str(page), "--record", str(tmp_path / "r")]
    )
    assert result.exit_code in (1, 2)
    assert said in result.output


def test_a_run_reads_no_test_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(variant: str, seed: int, common: Sequence[str]) -> Any:
        return ablation.make_config(settings=["training.epochs=1", "model.hidden_size=4"])

    monkeypatch.setattr(ablation, "config_of", small)
    for name, text in (("train", UPOS * 2), ("dev", UPOS), ("test", "broken\n")):
        (tmp_path / f"{name}.conllu").write_text(text)
    run = ablation.make(str(tmp_path), "beside", 1)
    assert (run.variant, run.measure, run.seed) == ("beside", "accuracy", 1)
    assert 0 <= run.dev <= 1
