"""The line that tells how far a run is, and the summary."""

import io
import time
from collections.abc import Iterator

import pytest

from corpora import Sentence
from tagger.rendering.progress import Progress, clock

SENTENCES = [Sentence(["Ada", "slept"])] * 1000


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still unless it is set."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def passing(progress: Progress, seconds: list[float], step: float) -> Iterator[Sentence]:
    for sentence in progress.counted(SENTENCES):
        seconds[0] += step
        yield sentence


def test_line(seconds: list[float]) -> None:
    terminal = io.StringIO()
    with Progress(terminal, lambda: 0.25, files=3) as progress:
        progress.files_done = 1
        assert list(passing(progress, seconds, 0.011)) == SENTENCES
    states = terminal.getvalue().split("\r\x1b[K")
    assert states[0] == states[-1] == ""
    assert len(states) == 2 + 11 / 0.209 // 1  # at most five a second
    assert states[1] == "1/3 files, 25 %, 40 words, 191 words/s, 0:01 left"
    assert states[-2] == "1/3 files, 25 %, 1,978 words, 182 words/s, 0:33 left"


def test_line_where_the_size_is_not_known(seconds: list[float]) -> None:
    terminal = io.StringIO()
    progress = Progress(terminal, lambda: None)
    list(passing(progress, seconds, 0.3))
    assert terminal.getvalue().startswith("\r\x1b[K4 words, 13 words/s\r\x1b[K")


def test_no_terminal(seconds: list[float]) -> None:
    progress = Progress(None, lambda: 1 / 0)
    assert list(passing(progress, seconds, 1)) == SENTENCES
    progress.clear()
    assert progress.summary() == "tagged 0 files, 1,000 sentences, 2,000 words in 16:40, 2 words/s"


def test_summary(seconds: list[float]) -> None:
    progress = Progress(None, lambda: None)
    progress.files_done = 1
    list(progress.counted(SENTENCES[:1]))
    seconds[0] += 2
    assert progress.summary(1200, 3) == (
        "tagged 1 file, 1 sentence, 2 words in 0:02, 1 words/s; 1,200 skipped, 3 failed"
    )
    assert progress.summary(failed=1).endswith("; 1 failed")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0:00"), (59.6, "1:00"), (3599, "59:59"), (36000, "10:00:00")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown
