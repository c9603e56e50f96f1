"""The section of the results page: figures as they are rounded, spread and compared."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.results_page import (
    BEGIN,
    END,
    PageError,
    dev_table,
    grouped,
    rewrite,
    section,
    test_table,
)
from benchmarks.results_record import Run
from tests.benchmarks.runs import a_run

test_table.__test__ = False  # type: ignore[attr-defined] # a table of test scores


def peer(name: str, **values: Any) -> Run:
    return a_run(name=name, seed=None, epochs=None, **values)


RUNS = [
    a_run(seed=1, test=0.5, dev=0.61, unseen_entities=0.1, p={"crfsuite": 0.5, "nltk": 0.04}),
    a_run(seed=2, test=0.52, dev=0.63, unseen_entities=0.3, p={"crfsuite": 0.5, "nltk": 0.0001}),
    a_run(seed=3, test=0.48, dev=0.62, unseen_entities=0.2, p={"crfsuite": 0.5, "nltk": 0.3}, cpu=99),
    a_run(name="accurate", seed=7, test=0.4),
    peer("crfsuite", test=0.41, dev=0.64, unseen_entities=0.05),
    peer("nltk", test=0.45, dev=0.6, version="nltk 3"),
    a_run("a", measure="accuracy", layer="UPOS", unseen_words=None),
]


def test_tables() -> None:
    rows = grouped(RUNS)
    assert test_table(rows).splitlines()[2:] == [
        "| a | UPOS | accuracy | fast | 1 | 50.00 | 60.00 | — | — | — | — | — | 2.5 |",
        "| names | ner | F1 | fast | 3 | 50.00 ± 2.00 | 62.00 ± 1.00 | NLTK perceptron 45.00 | +5.00"
        " | 0.040 (2 of 3) | 20.00 ± 10.00 | 5.00 | 2.5 |",
        "| names | ner | F1 | accurate | 1 | 40.00 | 60.00 | NLTK perceptron 45.00 | -5.00"
        " | — | 10.00 | 5.00 | 2.5 |",
    ]
    assert dev_table(rows).splitlines()[2:] == [
        "| a | fast | 60.00 | — | — | 9 | 11 | 2,000 | a CPU |",
        "| names | fast | 62.00 ± 1.00 | CRFsuite 64.00 | -2.00 | 9 | 11 | 2,000 | a CPU |",
        "| names | accurate | 60.00 | CRFsuite 64.00 | -4.00 | 9 | 11 | 2,000 | a CPU |",
    ]


def test_times_are_those_of_one_processor() -> None:
    runs = [
        a_run(seed=1, cpu=10, host="one"),
        a_run(seed=2, cpu=30, host="another"),
        a_run(seed=3, cpu=40, host="another"),
        a_run("tie", seed=1, cpu=10, host="one"),
        a_run("tie", seed=2, cpu=30, host="another"),
    ]
    assert [line.split(" | ")[-3:] for line in dev_table(grouped(runs)).splitlines()[2:]] == [
        ["35", "2,000", "another |"],
        ["10", "2,000", "one |"],
    ]


@pytest.mark.parametrize(
    ("tests", "values", "expected"),
    [
        ([0.1], [0.0001], "< 0.001"),
        ([0.1], [0.001], "0.001"),
        ([0.1, 0.2], [0.3, 0.01], "0.300 (1 of 2)"),  # of two in the middle, the lower
        ([0.3, 0.1, 0.2, 0.4], [0.3, 0.1, 0.2, None], "0.200 (0 of 3)"),
        ([0.2, 0.1], [0.3, None], "—"),
    ],
)
def test_p_is_that_of_the_median(tests: list, values: list, expected: str) -> None:
    runs = [
        a_run(seed=seed, test=score, p={} if p is None else {"nltk": p})
        for seed, (score, p) in enumerate(zip(tests, values, strict=True))
    ]
    assert f"| {expected} |" in test_table(grouped([*runs, peer("nltk")]))


def test_section_tells_what_it_is_of() -> None:
    assert section([]) == section([a_run(settings={})]) == "To be filled by `make results`."
    found = section([*RUNS, a_run("old", settings={})])
    assert "\nnltk 3, rnn-tagger 1; a CPU.\n" in found
    assert found.endswith("Left out as their settings have changed since: 1 run.")
    assert "| old |" not in found


def test_the_rest_of_a_page_stays() -> None:
    once = rewrite(f"a\n{BEGIN}\nold\n{END}\nb\n", RUNS)
    assert once == f"a\n{BEGIN}\n\n{section(RUNS)}\n\n{END}\nb\n"
    assert rewrite(once, RUNS) == once


@pytest.mark.parametrize(
    "page", ["", BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}", f"{BEGIN} {END} {END}"]
)
def test_a_page_without_a_place(page: str) -> None:
    with pytest.raises(PageError, match="each once"):
        rewrite(page, RUNS)
