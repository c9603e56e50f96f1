"""The section of the results page that `make results` writes: tables in Markdown of its record."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.bench import PEERS
from benchmarks.bench_page import number, table
from benchmarks.measure import spread
from benchmarks.results_record import Run, is_current
from tagger.settings import PRESETS

BEGIN, END = "<!-- make results: begin -->", "<!-- make results: end -->"
MARGIN = 0.05  # p below it counts

_TO_BE_FILLED = "To be filled by `make results`."
_EXPLANATION = """\
Nothing but the corpus is learned from. Where there are several seeds, scores are
mean ± sample standard deviation. *Unseen* is of the test set: where F1 is measured, the recall of
entities whose text is no entity of the training set; else the accuracy on words that it lacks.
Peers learn the same tags, spans in IOB2, and are scored by the same function.
The best peer is the one with the highest score on the set in question, the difference that of the
means, in points. *p* is that of a two-sided paired test against the best peer on the test set
(approximate randomization over sentences, Noreen 1989, 10,000 shuffles), of the seed with the
median score (of two, the lower); in brackets, for how many seeds it is below 0.05. CPU seconds
are those of all threads together; where a GPU learned, of the process that fed it. Where several
processors made the runs of a row, its times are those of the one that made most (of equally many,
of the first)."""


class PageError(Exception):
    """The page has no place for the section."""


@dataclass(frozen=True)
class Row:
    """What a line of the tables tells of.

    Attributes:
        runs: of one preset on one corpus, by seed.
        peers: on that corpus.
    """

    runs: list[Run]
    peers: list[Run]

    @property
    def timed(self) -> list[Run]:
        """Those of the runs that one processor made, the one that made most of them."""
        hosts = [run.host for run in self.runs]
        return [run for run in self.runs if run.host == max(hosts, key=hosts.count)]

    @property
    def middle(self) -> Run:
        """The run with the median test score; of two, the lower."""
        return sorted(self.runs, key=lambda run: run.test)[(len(self.runs) - 1) // 2]

    def best_peer(self, split: str = "test") -> Run | None:
        """Returns the peer with the highest score."""
        return max(self.peers, key=lambda run: float(getattr(run, split)), default=None)


def rewrite(page: str, runs: Iterable[Run]) -> str:
    """Returns the page with what the runs came to between its two marks.

    Raises:
        PageError: the marks are not there, each once and in order.
    """
    return between(page, section(runs), BEGIN, END)


def between(page: str, text: str, first: str, last: str) -> str:
    """Returns a page with a text between two marks.

    Raises:
        PageError: the marks are not there, each once and in order.
    """
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end) or first in rest or last in before + after:
        raise PageError(f"the page has to hold {first} and after it {last}, each once")
    return f"{before}{first}\n\n{text}\n\n{last}{after}"


def section(runs: Iterable[Run]) -> str:
    """Returns the section; runs of settings that are no more are left out, and counted."""
    found = list(runs)
    current = [run for run in found if is_current(run)]
    rows = grouped(current)
    if not rows:
        return _TO_BE_FILLED
    versions = ", ".join(sorted({run.version for run in current}))
    hosts = ", ".join(sorted({run.host for run in current}))
    parts = [
        f"{_EXPLANATION}\n{versions}; {hosts}.",
        test_table(rows),
        "On the dev sets:",
        dev_table(rows),
    ]
    if len(current) < len(found):
        parts.append(
            f"Left out as their settings have changed since: {_runs(len(found) - len(current))}."
        )
    return "\n\n".join(parts)


def grouped(runs: Sequence[Run]) -> list[Row]:
    """Returns the rows, by corpus and preset."""
    rows = []
    for corpus in sorted({run.corpus for run in runs}):
        of_corpus = sorted((r for r in runs if r.corpus == corpus), key=lambda r: r.seed or 0)
        peers = [run for run in of_corpus if run.seed is None]
        for preset in PRESETS:
            of_preset = [r for r in of_corpus if r.name == preset and r.seed is not None]
            if of_preset:
                rows.append(Row(of_preset, peers))
    return rows


def test_table(rows: Iterable[Row]) -> str:
    """Returns the table of test scores, beside the best peer's."""
    header = ["corpus", "layer", "measure", "preset", "seeds", "test", "dev", "best peer", "difference"]
    header += ["p", "unseen", "unseen, CRFsuite", "model, MB"]
    lines = []
    for row in rows:
        runs, first = row.runs, row.runs[0]
        crfsuite = next((run.unseen for run in row.peers if run.name == "crfsuite"), None)
        lines.append(
            [
                *(first.corpus, first.layer, first.measure, first.name, str(len(runs))),
                spread([run.test for run in runs]),
                spread([run.dev for run in runs]),
                *beside(row, "test"),
                chance(row),
                _percent([run.unseen for run in runs]),
                _percent([crfsuite]),
                number(statistics.median(run.megabytes for run in runs), 1),
            ]
        )
    return table(header, lines)


def dev_table(rows: Iterable[Row]) -> str:
    """Returns the table of dev scores, and of what training took."""
    header = ["corpus", "preset", "dev", "best peer", "difference", "epochs"]
    header += ["training, CPU s", "words/CPU s", "on"]
    lines = []
    for row in rows:
        runs, first = row.runs, row.runs[0]
        lines.append(
            [
                *(first.corpus, first.name),
                spread([run.dev for run in runs]),
                *beside(row, "dev"),
                number(statistics.median(run.epochs or 0 for run in runs)),
                number(statistics.median(run.cpu for run in row.timed)),
                number(statistics.median(run.words_per_cpu_second for run in row.timed)),
                row.timed[0].host,
            ]
        )
    return table(header, lines)


def beside(row: Row, split: str) -> tuple[str, str]:
    """Returns name and score of the best peer on a split, and how far its score is away."""
    peer = row.best_peer(split)
    if peer is None:
        return number(None), number(None)
    theirs = float(getattr(peer, split))
    difference = statistics.mean(getattr(run, split) for run in row.runs) - theirs
    return f"{PEERS[peer.name].title} {100 * theirs:.2f}", f"{100 * difference:+.2f}"


def chance(row: Row) -> str:
    """Returns p of the median seed, and of how many seeds it is small; a dash: it is not known."""
    peer = row.best_peer()
    values = [run.p[peer.name] for run in row.runs if peer and peer.name in run.p]
    if peer is None or peer.name not in row.middle.p:
        return number(None)
    middle = row.middle.p[peer.name]
    text = f"{middle:.3f}" if middle >= 0.001 else "< 0.001"
    count = sum(value < MARGIN for value in values)
    return text if len(row.runs) == 1 else f"{text} ({count} of {len(values)})"


def _runs(count: int) -> str:
    return f"{count} run" + ("s" if count > 1 else "")


def _percent(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return spread(known) if known else number(None)
