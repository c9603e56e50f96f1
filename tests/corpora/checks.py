"""Small corpora to be checked."""

from __future__ import annotations

import json
from pathlib import Path

from corpora import load_corpus
from corpora.checking import check
from corpora.findings import Check


def checked(**splits: str) -> Check:
    """Checks a corpus of columns; `train_jsonl` and the like are JSON lines."""
    for name, content in splits.items():
        split, _, suffix = name.partition("_")
        Path(f"{split}.{suffix or 'tsv'}").write_text(content, encoding="utf-8", newline="")
    return check(load_corpus("."))


def spans(number: int, first: int = 0) -> str:
    """Returns different sentences with one span each."""
    return "".join(f"Ada{i}\tB-PER\nslept\tO\n\n" for i in range(first, first + number))


def plain(number: int) -> str:
    return "".join(f"Ada{i}\tPROPN\nslept\tVERB\n\n" for i in range(number))


def item(layers: dict[str, list[str]], *tokens: str) -> str:
    return json.dumps({"tokens": tokens, "tags": layers}) + "\n"


def two_layers(number: int) -> str:
    return "".join(item({"UPOS": ["X"], "ner": ["B-X"]}, f"a{i}") for i in range(number))


GOOD = spans(20)
