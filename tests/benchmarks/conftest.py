"""Small corpora."""

from __future__ import annotations

from pathlib import Path

import pytest

NER = "Ada B-PER\nslept O\n\nBonn B-LOC\n\n"
NER_TEST = "Ada B-PER\nmet O\nBob B-PER\n\nKiel B-LOC\n\n"
UPOS = "1\tAda\t_\tPROPN\t_\t_\t0\t_\t_\t_\n2\tsun\t_\tNOUN\t_\t_\t1\t_\t_\t_\n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two corpora, raw text, and a corpus without a test set."""
    parts = ("train", "dev", "test")
    files = {f"names/{part}.conll": NER_TEST if part == "test" else NER * 3 for part in parts}
    files |= {f"words/{part}.conllu": UPOS * 3 for part in parts}
    files |= {f"half/{part}.conllu": UPOS * 3 for part in parts[:2]}
    files["text/book.txt"] = "Ada slept.\n"
    for name, text in files.items():
        path = tmp_path / "corpora" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "corpora"
