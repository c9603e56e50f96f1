"""Every command and every piece of Python in the README and beside it runs, in their order."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpora.corpus import starter_path
from corpora.formats.table import markdown_table
from tagger.cli import COMMANDS
from tests.tagger.tiny_transformer import write

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHORT = ["--set", "training.epochs=1", "--set", "training.threads=1"]
PAGES = ("README.md", "docs/training.md")
SHORTER = {"train": SHORT, "tune": [*SHORT, "--trials", "1"]}


def commands(language: str, block: str) -> list[list[str]]:
    """Returns the commands of a block as argument lists; what they print is left out."""
    if language == "python":
        return [[sys.executable, "-W", "error::UserWarning", "-c", block]]
    lines = [line.removeprefix("$ ") for line in block.splitlines()]
    if language == "console":
        lines = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("tagger ")]


def test_readme(tmp_path: Path) -> None:
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    shutil.copytree(starter_path("english"), tmp_path / "corpus")
    write(tmp_path / "all-MiniLM-L6-v2")
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "letter.txt", tmp_path / "docs")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    ran = []
    for language, block in BLOCK.findall(text):
        for command in commands(language, block):
            if command[0] == "tagger":
                ran.append(command[1])
                command = [sys.executable, "-m", *command, *SHORTER.get(command[1], [])]
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
            )
            assert done.returncode == 0, (command, done.stderr)
    assert set(ran) == set(COMMANDS) - {"formats"}
    assert (tmp_path / "letter.conll.gz").stat().st_size > 100


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert targets
    for target in targets:
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_table_of_formats_is_the_code_s_own() -> None:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert "\n".join(markdown_table()) in text
