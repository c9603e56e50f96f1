"""Runs the command: in a process of its own, as its users do, or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.cli import main

ROOT = Path(__file__).parents[2]

Output = pytest.CaptureFixture[str]


def python(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Runs Python with this checkout on its path; text in and out is UTF-8.

    Args:
        arguments: of the interpreter.
        options: of `subprocess.run`; `env` is added to the environment.
    """
    added = options.pop("env", {})
    assert isinstance(added, dict)
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | added,
        capture_output=True,
        encoding="utf-8",
        **options,
    )


def tagger(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Runs `tagger`."""
    return python("-m", "tagger", *arguments, **options)


def run(capsys: Output, *arguments: str, told: str = "") -> str:
    """Runs `tagger` in this process and returns what a command that goes well prints.

    Args:
        arguments: of the command.
        told: what it says on stderr.
    """
    status = main(arguments)
    out, err = capsys.readouterr()
    assert (status, err) == (0, told)
    return out
