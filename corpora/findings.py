"""What a check of a corpus says: counts, findings, suggestions. Reads nothing itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

ERROR, WARNING, NOTE = "error", "warning", "note"
EXAMPLES = 10  # places told of each finding


@dataclass(slots=True)
class Tally:
    """How often something occurs, and the first places where it does."""

    count: int = 0
    places: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether no more places are kept."""
        return len(self.places) == EXAMPLES

    def add(self, place: str, times: int = 1) -> None:
        """Counts what occurs at a place."""
        self.count += times
        if not self.is_full:
            self.places.append(place)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about a corpus.

    Attributes:
        severity: "error" (training would stop), "warning" or "note".
        kind: a short name for machines ("repeated sentences").
        message: for people.
        count: how often.
        places: the first few, each file:line and what stands there.
    """

    severity: str
    kind: str
    message: str
    count: int = 1
    places: tuple[str, ...] = ()


@dataclass(slots=True)
class SplitCheck:
    """What one split holds.

    Attributes:
        unseen: share of its tokens whose form the training set has not, or None.
        unseen_entities: layer → share of its spans whose words it has not.
        estimated: shares and repetitions are those of a sample.
    """

    name: str
    source: str
    sentences: int = 0
    tokens: int = 0
    documents: int = 0
    longest_sentence: int = 0
    longest_token: int = 0
    unseen: float | None = None
    unseen_entities: dict[str, float] = field(default_factory=dict)
    estimated: bool = False


@dataclass(slots=True)
class LayerCheck:
    """What one layer holds: scheme (None without spans), tags or labels by split."""

    name: str
    scheme: str | None
    tags: dict[str, Counter[str]]
    labels: dict[str, Counter[str]]


@dataclass(slots=True)
class Check:
    """All that was found."""

    corpus: str
    splits: list[SplitCheck]
    layers: list[LayerCheck]
    findings: list[Finding]
    suggestions: list[str]

    @property
    def ok(self) -> bool:
        """Whether training could begin."""
        return all(finding.severity != ERROR for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, for JSON."""
        layers = [
            {
                "name": layer.name,
                "scheme": layer.scheme,
                "tags": {split: dict(counts) for split, counts in layer.tags.items()},
                "labels": {split: dict(counts) for split, counts in layer.labels.items()},
            }
            for layer in self.layers
        ]
        return {
            "corpus": self.corpus,
            "splits": [asdict(split) for split in self.splits],
            "layers": layers,  # asdict would count the counts
            "findings": [asdict(finding) for finding in self.findings],
            "suggestions": self.suggestions,
            "ok": self.ok,
        }
