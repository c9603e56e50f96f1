"""A tiny corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora import Corpus, load_corpus

from .runs import COLUMNS, TINY


@pytest.fixture
def tiny(tmp_path: Path) -> Corpus:
    """A corpus that is its own dev set."""
    (tmp_path / "train.conll").write_text(TINY, encoding="utf-8")
    (tmp_path / "dev.conll").write_text(TINY, encoding="utf-8")
    return load_corpus(str(tmp_path), options=COLUMNS)
