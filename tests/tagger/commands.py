"""Runs the command as its users do: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


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
