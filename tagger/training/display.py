"""Shows a run: a live line on a terminal, plain lines elsewhere. All on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from tagger.bundle import describe_layer
from tagger.config import Config
from tagger.layers import TagLayer
from tagger.training.run import Display
from tagger.training.trainer import Epoch

if TYPE_CHECKING:
    from tagger.training.study import Trial  # which loads Optuna


class PlainDisplay:
    """One line an epoch, for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._epochs = 0
        self._began = 0.0

    def note(self, message: str) -> None:
        self._print(f"note: {message}")

    def begin(self, config: Config, layers: Sequence[TagLayer], facts: str) -> None:
        self._epochs = config.training.epochs
        self._began = time.perf_counter()
        self._print(f"train: {facts}")
        self._print(f"tags:  {', '.join(describe_layer(layer) for layer in layers)}")

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        pass

    def epoch(self, epoch: Epoch) -> None:
        self._print(epoch_line(epoch, self._epochs, self._began))

    def end(self) -> None:
        pass

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class LiveDisplay(PlainDisplay):
    """The same lines, and below them a bar that moves with the batches."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._progress: Any = None
        self._task: Any = None

    def begin(self, config: Config, layers: Sequence[TagLayer], facts: str) -> None:
        from rich import progress

        super().begin(config, layers, facts)
        self._progress = progress.Progress(
            progress.TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            progress.BarColumn(bar_width=30),
            progress.TextColumn("{task.fields[facts]}"),
            progress.TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task(
            "train", total=self._epochs, epoch=1, epochs=self._epochs, facts=""
        )
        self._progress.start()

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        facts = f"loss {loss:.3f}  {words_per_second:,.0f} words/s"
        self._progress.update(self._task, completed=epoch - 1 + done, epoch=epoch, facts=facts)

    def end(self) -> None:
        self._progress.stop()

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


class PlainSearchDisplay:
    """One line a trial, for logs and pipes."""

    def __init__(self) -> None:
        self._number = self._trials = self._epochs = 0

    def note(self, message: str) -> None:
        self._print(f"note: {message}")

    def begin(self, number: int, trials: int, epochs: int) -> None:
        self._number, self._trials, self._epochs = number, trials, epochs

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        pass

    def epoch(self, epoch: Epoch) -> None:
        pass

    def end(self, trial: Trial | None, best: bool) -> None:
        if trial is None:
            self._print(f"trial {self._number:>3}/{self._trials}  stopped")
        else:
            self._print(trial_line(trial, self._trials, best))

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class LiveSearchDisplay(PlainSearchDisplay):
    """The same lines, and below them how far a trial is."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._status: Any = None
        self._best = 0.0

    def begin(self, number: int, trials: int, epochs: int) -> None:
        super().begin(number, trials, epochs)
        self._best = 0.0
        self._status = self._console.status("")
        self._status.start()

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        self._status.update(
            f"trial {self._number:>3}/{self._trials}  epoch {epoch}/{self._epochs}  {100 * done:3.0f} %"
            f"  dev {100 * self._best:.2f}  {words_per_second:,.0f} words/s"
        )

    def epoch(self, epoch: Epoch) -> None:
        self._best = max(self._best, epoch.score)

    def end(self, trial: Trial | None, best: bool) -> None:
        self._status.stop()
        super().end(trial, best)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)


def trial_line(trial: Trial, trials: int, best: bool) -> str:
    """Returns what a line says of a trial."""
    score = "     -" if trial.score is None else f"{100 * trial.score:6.2f}"
    settings = ", ".join(f"{key.partition('.')[2]} {value}" for key, value in trial.settings.items())
    line = (
        f"trial {trial.number:>3}/{trials}  dev {score}{' *' if best else '  '}"
        f"  {trial.epochs:>2} epochs, {clock(trial.seconds)}"
    )
    how = {"whole": "", "pruned": "  pruned", "failed": f"  failed: {trial.error}"}[trial.state]
    return f"{line}{how}  {settings}"


def epoch_line(epoch: Epoch, epochs: int, began: float) -> str:
    """Returns what a line says of an epoch; time left as if all epochs were to come."""
    passed = time.perf_counter() - began
    left = passed / epoch.number * (epochs - epoch.number)
    mark = " *" if epoch.best else "  "
    return (
        f"epoch {epoch.number:>3}/{epochs}  loss {epoch.loss:7.4f}  dev {100 * epoch.score:6.2f}{mark}"
        f"  {epoch.words_per_second:>8,.0f} words/s  {clock(passed)} gone, {clock(left)} left"
    )


def clock(seconds: float) -> str:
    """Returns minutes and seconds, "3:05"."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def make_search_display() -> PlainSearchDisplay:
    """Returns a live display of a search where stderr is a terminal, a plain one elsewhere."""
    return LiveSearchDisplay() if sys.stderr.isatty() else PlainSearchDisplay()


def make_display() -> Display:
    """Returns a live display where stderr is a terminal, a plain one elsewhere."""
    return LiveDisplay() if sys.stderr.isatty() else PlainDisplay()
