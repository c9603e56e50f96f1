"""Runs of `make results` that nobody made."""

from __future__ import annotations

from typing import Any

from benchmarks.results_record import Run, settings_of


def a_run(corpus: str = "names", name: str = "fast", seed: int | None = 1, **values: Any) -> Run:
    """Makes a run that is current."""
    facts: dict[str, Any] = {
        "layer": "ner",
        "measure": "F1",
        "test": 0.5,
        "dev": 0.6,
        "unseen_words": 0.2,
        "unseen_entities": 0.1,
        "epochs": 9,
        "wall": 12.3,
        "cpu": 11.0,
        "words_per_cpu_second": 2000,
        "megabytes": 2.5,
        "version": "rnn-tagger 1",
        "host": "a CPU",
        "data": "d",
    }
    if "settings" not in values:
        facts["settings"] = settings_of(name, seed)
    return Run(corpus=corpus, name=name, seed=seed, **(facts | values))
