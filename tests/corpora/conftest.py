"""A folder to be in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, so that messages name no others."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
