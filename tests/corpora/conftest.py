"""Folders to be in."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conversions import LAYERS, SOURCE


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, so that messages name no others."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sources(place: Path) -> Path:
    """A folder to be in, with SOURCE as `in.tsv`, LAYERS and the folder `three`."""
    Path("in.tsv").write_text(SOURCE)
    Path("layers.jsonl").write_text(LAYERS * 3)
    Path("three").mkdir()
    for name in ("train", "dev", "test"):
        Path("three", f"{name}.tsv").write_text(SOURCE.replace("Ada", f"Ada {name}"))
    return place
