"""A model whose tags are known beforehand."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def handmade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the model of `handmade.py`."""
    from .handmade import write

    return write(tmp_path_factory.mktemp("handmade") / "handmade.tagger")
