"""The record of `make results`: round trips, and what in it is still current."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.results_record import add, is_current, read_record, settings_of, write_record
from tagger.settings import PRESETS
from tests.benchmarks.runs import a_run


def test_the_record_comes_back_as_it_was(tmp_path: Path) -> None:
    given = [a_run(seed=seed, p={"crfsuite": 0.5}) for seed in (10, 2)]
    given += [
        a_run(name="crfsuite", seed=None, epochs=None, unseen_entities=None),
        a_run("b", "accurate"),
    ]
    path = tmp_path / "record.json"
    write_record({run.key: run for run in given}, path)
    found = read_record(path)
    assert found == {run.key: run for run in given}
    assert list(found) == [
        *(("b", "accurate", 1), ("names", "crfsuite", None)),
        *(("names", "fast", 2), ("names", "fast", 10)),
    ]
    before = path.read_bytes()
    write_record(found, path)
    assert path.read_bytes() == before
    assert read_record(tmp_path / "none.json") == {}


def test_a_peer_that_is_run_again_drops_the_tests_against_it() -> None:
    runs: dict = {}
    add(runs, a_run(p={"crfsuite": 0.5, "nltk": 0.1}))
    add(runs, a_run("other", p={"crfsuite": 0.5}))
    add(runs, a_run(name="crfsuite", seed=None))
    assert runs["names", "fast", 1].p == {"nltk": 0.1}
    assert runs["other", "fast", 1].p == {"crfsuite": 0.5}
    assert len(runs) == 3


ALONE = {"threads": 1}  # as each run is made


def changed(section: str, **values: Any) -> dict:
    settings = settings_of("fast", 1)
    return settings | {section: settings[section] | values}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"settings": changed("model", hidden_size=100)}, False),
        ({"settings": changed("training", threads=2)}, False),
        ({"settings": changed("model", no_more=1)}, False),
        (  # of before the others were there
            {"settings": PRESETS["fast"] | {"training": PRESETS["fast"]["training"] | ALONE}},
            True,
        ),
        ({"name": "no more", "settings": {}}, False),
        ({"name": "crfsuite", "seed": None}, True),
        ({"name": "crfsuite", "seed": None, "settings": {"minutes": 10.0}}, False),
        ({"name": "no more", "seed": None, "settings": {}}, False),
    ],
)
def test_what_is_current(values: dict, expected: bool) -> None:
    assert is_current(a_run(**values)) is expected
