"""A data set of two rows, and what is said of data sets."""

from collections.abc import Callable
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from corpora import CorpusError, ReadOptions, Remark

STRINGS = List(Value("string"))
NER = List(ClassLabel(names=["O", "B-PER", "I-PER"]))
ROWS = [
    {"id": "0", "tokens": ["Ada", "Lovelace", "slept"], "ner_tags": [1, 2, 0], "upos": ["X", "X", "Y"]},
    {"id": "1", "tokens": ["", "a b"], "ner_tags": [0, 0], "upos": ["", "Y Z"]},
]
FEATURES = Features({"id": Value("string"), "tokens": STRINGS, "ner_tags": NER, "upos": STRINGS})
EXPECTED = [
    (["Ada", "Lovelace", "slept"], {"ner": ["B-PER", "I-PER", "O"], "UPOS": ["X", "X", "Y"]}),
    (["", "a b"], {"ner": ["O", "O"], "UPOS": ["", "Y Z"]}),
]


def made(rows: list[dict[str, Any]] = ROWS, features: Features | None = FEATURES) -> Dataset:
    return Dataset.from_list(rows, features=features)


def lists(rows: Any) -> list[tuple[list[str], dict[str, list[str]]]]:
    return [(sentence.tokens, sentence.tags) for sentence in rows]


def told(**options: Any) -> tuple[list[str], ReadOptions]:
    """Returns options, and where their remarks go."""
    remarks: list[str] = []

    def report(remark: Remark) -> None:
        remarks.append(f"{remark.kind}: {remark}")

    return remarks, ReadOptions(report=report, **options)


def error(call: Callable[[], object]) -> str:
    """Returns what is said of something that is wrong."""
    with pytest.raises(CorpusError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)
