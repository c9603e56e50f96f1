"""Halves of the dev set: what is no luck is gained on both, and models are put back as learned."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.outside import RULES, counts_by_place, curve_of, gains, highest_of, main
from corpora import load_corpus
from tagger.bundle import save
from tagger.evaluation.paired import Counts
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.run import Result, run
from tests.tagger.training.runs import SMALL, Silent

Training = Callable[[str], tuple[Path, Result]]

PLACES = [0.25 * step for step in range(-12, 13)]


def counts(right: dict[float, list[int]], number: int = 40) -> dict[float, Counts]:
    """As many sentences with two spans each: how many of these are found, one after the other and
    again from the start; none where it is not said."""
    rows = {place: right.get(place, [0]) * number for place in PLACES}
    return {place: np.array([(found, 2, 2) for found in row[:number]]) for place, row in rows.items()}


def test_what_every_sentence_gains_is_gained_on_the_other_half() -> None:
    found = gains(counts({0.0: [1], -0.25: [1], -0.5: [2]}), draws=3, seed=1)
    assert found == dict.fromkeys(RULES, 0.0)  # no way leads over a place that is no better
    found = gains(counts({0.0: [0], -0.25: [1], -0.5: [2]}), draws=3, seed=1)
    assert found == dict.fromkeys(RULES, 100.0) | {"half of the way": 50.0}


def test_what_one_half_gains_by_luck_the_other_loses() -> None:
    at_random = counts({0.0: [1], 0.25: [0, 2]})
    found = gains(at_random, draws=200, seed=1)
    assert -10 < found["if by 2 points"] <= found["highest F1"] < 0
    assert found["half of the way"] == 0  # a step has no half
    assert gains(at_random, draws=200, seed=1) == found != gains(at_random, draws=200, seed=2)


def test_cautious_rules_move_where_the_gain_is_clear() -> None:
    curve = {0.0: 0.5, -0.25: 0.505, -0.5: 0.512}
    assert highest_of(dict.fromkeys(PLACES, 0.0) | curve) == -0.5
    assert {name: rule(curve, -0.5) for name, rule in RULES.items()} == {
        "highest F1": -0.5,
        "if by 0.5 points": -0.5,
        "if by 1 point": -0.5,
        "if by 2 points": 0.0,
        "half of the way": -0.25,
    }


@pytest.fixture
def trained(folder: Path, tmp_path: Path) -> Training:
    """Trains as `make results` would, the bias of O as learned."""

    def train(corpus: str) -> tuple[Path, Result]:
        model = tmp_path / "bench" / "results" / corpus / "fast-1" / "model.tagger"
        model.parent.mkdir(parents=True)
        config = make_config(settings=[*SMALL, "training.epochs=2", "training.outside_bias=learned"])
        return model, run(load_corpus(str(folder / corpus)), model, config, Silent(), Task())

    return train


def printed(corpora: Path, tmp_path: Path) -> Any:
    return CliRunner().invoke(main, [str(corpora), "--work", str(tmp_path / "bench"), "--draws", "2"])


def test_table_of_the_models_that_were_trained(folder: Path, tmp_path: Path, trained: Training) -> None:
    trained("names")
    called = printed(folder, tmp_path)
    assert called.exit_code == 0
    header, _, row, mean = called.output.splitlines()
    assert header.startswith(
        "| corpus | run | dev, as learned | moved, nats | dev, moved | highest F1 | if by 0.5"
    )
    assert row.startswith("| names | fast-1 | ")
    assert mean.split(" | ")[5:] == row.split(" | ")[5:]


def test_models_without_spans_have_no_place(folder: Path, tmp_path: Path, trained: Training) -> None:
    model, _ = trained("words")
    assert counts_by_place(model, load_corpus(str(folder / "words"))) == {}
    called = printed(folder, tmp_path)
    assert called.exit_code == 1
    assert "found no model of spans, expected those of make results" in called.output


def test_a_model_whose_corpus_is_elsewhere(folder: Path, tmp_path: Path, trained: Training) -> None:
    trained("names")
    (folder / "names").rename(tmp_path / "names")
    called = printed(folder, tmp_path)
    assert called.exit_code == 1
    assert called.output.startswith(f"Error: {folder / 'names'}: found no")


def test_a_bias_that_was_moved_is_put_back(folder: Path, trained: Training) -> None:
    model, result = trained("names")
    corpus = load_corpus(str(folder / "names"))
    learned = counts_by_place(model, corpus)
    whole = curve_of(learned, np.arange(6))
    assert whole[0.0] == pytest.approx(result.scores["dev"]["ner"].main)
    weights = {name: array.copy() for name, array in result.bundle.weights.items()}
    weights["heads.0.output.bias"][0] += 1.5
    provenance = result.bundle.provenance | {"outside_bias": {"ner": 1.5}}
    save(dataclasses.replace(result.bundle, weights=weights, provenance=provenance), model)
    back = counts_by_place(model, corpus)
    assert all((back[place] == learned[place]).all() for place in PLACES)
    assert len(set(whole.values())) > 2  # it matters where
