"""A model whose tags are known beforehand, and a place to run commands in."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def handmade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the model of `handmade.py`."""
    from .handmade import write

    return write(tmp_path_factory.mktemp("handmade") / "handmade.tagger")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handmade: Path) -> Path:
    """An empty folder to be in, with the model `m.tagger`, and a terminal 60 wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "m.tagger").write_bytes(handmade.read_bytes())
    return tmp_path
