"""Scores: entity F1 with seqeval where a layer annotates spans, accuracy elsewhere.

All scores are fractions between 0 and 1. Knows sentences, not where tags came from.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpora import CorpusError, Sentence, schemes
from corpora.errors import shown
from tagger.layers import TagLayer


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label (of spans) or tag was found; support is its true number."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class LayerScore:
    """Scores of one layer.

    Attributes:
        precision, recall, f1: of spans, over all labels together (micro-averaged);
            where each token has one tag these equal the accuracy.
        accuracy: share of tokens with the right tag.
        per_label: label or tag → its scores, by name.
        accuracy_seen, accuracy_unseen: of tokens whose form was, or was not, in
            training; None where there is none or training is not known.
        spans: whether precision, recall and F1 are those of spans.
    """

    precision: float
    recall: float
    f1: float
    accuracy: float
    per_label: dict[str, LabelScore] = field(default_factory=dict)
    accuracy_seen: float | None = None
    accuracy_unseen: float | None = None
    spans: bool = False

    @property
    def main(self) -> float:
        """The score that models are chosen by: F1 of spans, else accuracy."""
        return self.f1 if self.spans else self.accuracy

    def to_dict(self) -> dict[str, Any]:
        """Returns the scores as plain values, as `tagger evaluate --json` prints them."""
        return {
            "f1": self.f1,
            "precision": self.precision,
            "recall": self.recall,
            "accuracy": self.accuracy,
            "accuracy_seen": self.accuracy_seen,
            "accuracy_unseen": self.accuracy_unseen,
            "per_label": {
                label: {
                    "precision": s.precision,
                    "recall": s.recall,
                    "f1": s.f1,
                    "support": s.support,
                }
                for label, s in self.per_label.items()
            },
        }


def score_layer(
    layer: TagLayer,
    truth: Sequence[Sentence],
    tagged: Sequence[Sentence],
    known: Collection[str] = (),
) -> LayerScore:
    """Compares tagged sentences with the truth.

    Args:
        layer: which layer, and whether it annotates spans.
        truth, tagged: the same sentences; the layer's true tags may be in any scheme.
        known: forms that were in training.

    Raises:
        CorpusError: a true sentence lacks the layer or has a tag there that cannot be
            one of a span, or the tokens differ.
    """
    pairs = paired_tags(layer, truth, tagged)
    right = [a == b for gold, guess in pairs for a, b in zip(gold, guess, strict=True)]
    accuracy = _share(right)
    seen = unseen = None
    if known:
        flags = [token in known for sentence in truth for token in sentence.tokens]
        seen = _share([r for r, f in zip(right, flags, strict=True) if f], None)
        unseen = _share([r for r, f in zip(right, flags, strict=True) if not f], None)
    if layer.scheme is not None:
        precision, recall, f1, labels = _span_scores(pairs)
    else:
        precision = recall = f1 = accuracy or 0.0
        labels = _tag_scores(pairs)
    return LayerScore(
        precision, recall, f1, accuracy or 0.0, labels, seen, unseen, layer.scheme is not None
    )


def paired_tags(
    layer: TagLayer, truth: Sequence[Sentence], tagged: Sequence[Sentence]
) -> list[tuple[list[str], list[str]]]:
    """Returns the true and the given tags of each sentence; those of spans in IOB2, those of a
    sigmoid head with their labels in one order.

    Raises:
        CorpusError: as `score_layer` does.
    """
    pairs = []
    for gold, guess in zip(truth, tagged, strict=True):
        if layer.name not in gold.tags:
            found = ", ".join(gold.tags) or "no layers"
            raise CorpusError(gold.place(), found, f"the layer {layer.name}")
        if gold.tokens != guess.tokens:
            raise CorpusError(gold.place(), "other tokens", "those of the truth")
        if layer.scheme is not None:
            _check_span_tags(gold, layer.name)
        pairs.append((gold.tags[layer.name], guess.tags[layer.name]))
    if layer.scheme is not None:
        return [(schemes.convert(a, "IOB2"), schemes.convert(b, "IOB2")) for a, b in pairs]
    if layer.head == "sigmoid":
        canonical = functools.cache(layer.canonical)  # there are far fewer tags than tokens
        return [([*map(canonical, a)], [*map(canonical, b)]) for a, b in pairs]
    return pairs


def _check_span_tags(sentence: Sentence, layer: str) -> None:
    for i, tag in enumerate(sentence.tags[layer]):
        if not schemes.is_span_tag(tag):
            expected = f"O or B-, I-, E-, S-LABEL in layer {layer}"
            raise CorpusError(sentence.place(i), f"tag {shown(tag)}", expected)


def _span_scores(
    pairs: list[tuple[list[str], list[str]]],
) -> tuple[float, float, float, dict[str, LabelScore]]:
    from seqeval.metrics import classification_report

    truth, guesses = [a for a, _ in pairs], [b for _, b in pairs]
    if all(tag == schemes.OUTSIDE for tags in truth + guesses for tag in tags):
        return 0.0, 0.0, 0.0, {}  # seqeval refuses a corpus without any entity
    report = classification_report(truth, guesses, output_dict=True, zero_division=0)
    scores = {
        label: LabelScore(
            float(row["precision"]),
            float(row["recall"]),
            float(row["f1-score"]),
            int(row["support"]),
        )
        for label, row in report.items()
    }
    total = scores.pop("micro avg")
    for average in ("macro avg", "weighted avg"):
        scores.pop(average)
    return total.precision, total.recall, total.f1, scores


def _tag_scores(pairs: Iterable[tuple[list[str], list[str]]]) -> dict[str, LabelScore]:
    true: Counter[str] = Counter()
    guessed: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for gold, guess in pairs:
        true.update(gold)
        guessed.update(guess)
        right.update(a for a, b in zip(gold, guess, strict=True) if a == b)
    scores = {}
    for tag in sorted(true.keys() | guessed.keys()):
        precision = right[tag] / guessed[tag] if guessed[tag] else 0.0
        recall = right[tag] / true[tag] if true[tag] else 0.0
        f1 = 2 * right[tag] / (guessed[tag] + true[tag])
        scores[tag] = LabelScore(precision, recall, f1, true[tag])
    return scores


def _share(flags: Sequence[bool], empty: float | None = 0.0) -> float | None:
    return sum(flags) / len(flags) if flags else empty
