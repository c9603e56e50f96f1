"""What a search has found, as a file of settings for `tagger train --config`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpora.errors import one_line
from corpora.files import write_lines
from tagger.settings import make_config
from tagger.training.search import Found
from tagger.version import __version__

_PRESET = "fast"  # that the file starts from


def write_config(found: Found, corpus: str, path: Path) -> None:
    """Writes the best settings of a search; equal searches give equal bytes.

    Args:
        corpus: its name, for the comment.

    Raises:
        CorpusError: the file cannot be written.
    """
    write_lines((f"{line}\n" for line in _lines(found, corpus)), path)


def counts(found: Found) -> str:
    """Returns how many trials there were, and how many did not come to their end."""
    states = [trial.state for trial in found.trials]
    parts = [f"{states.count(state)} {state}" for state in ("pruned", "failed") if state in states]
    return f"{len(states)} trials" + (f" ({', '.join(parts)})" if parts else "")


def _lines(found: Found, corpus: str) -> Iterator[str]:
    best = found.best
    yield f"# found by `tagger tune` of rnn-tagger {__version__}"
    yield f"# corpus: {one_line(corpus)}, {found.facts}"
    yield f"# layers: {one_line(', '.join(found.layers))}"
    yield f"# dev score {100 * (best.score or 0):.2f} in epoch {best.best_epoch} of trial {best.number},"
    yield f"# the best of {counts(found)}"
    yield f'preset = "{_PRESET}"'
    default = dataclasses.asdict(make_config(_PRESET))
    for section, table in dataclasses.asdict(found.config).items():
        yield ""
        yield f"[{section}]"
        for key, value in table.items():
            if value != default[section][key] or f"{section}.{key}" in best.settings:
                yield f"{key} = {_toml(value)}"


def _toml(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (str, bool)) else repr(value)
