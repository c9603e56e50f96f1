"""What a check tells of a corpus as a whole, and how it reads it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora import Sentence, Split, collecting, repetitions
from corpora.checking import check
from corpora.corpus import Corpus
from corpora.findings import ERROR, NOTE, WARNING, Finding, LayerCheck, SplitCheck
from corpora.formats.columns import Layout

from .checks import GOOD, checked, item, spans, two_layers

pytestmark = pytest.mark.usefixtures("place")


def test_errors_come_first() -> None:
    found = checked(train=GOOD + "a\u200b\tO\nb\tI-X\n" + "x\tO\n" * 201, dev="a\tB-Z\n")
    severities = [f.severity for f in found.findings]
    assert set(severities) == {ERROR, WARNING, NOTE}
    assert severities == sorted(severities, key=[ERROR, WARNING, NOTE].index)


def test_counts() -> None:
    found = checked(
        train="-DOCSTART-\tO\n\n" + GOOD + "-DOCSTART-\tO\n\nAda\tB-PER\nByron\tI-PER\n\n",
        dev="Ada0\tB-PER\nByron\tI-PER\nwept\tO\n\nAda1\tB-PER\n\n",
        test="Ada0\tB-LOC\nslept\tO\n\n",
    )
    assert found.splits == [
        SplitCheck("train", "train.tsv", 21, 42, 2, 2, 5),
        SplitCheck("dev", "dev.tsv", 2, 4, 0, 3, 5, 1 / 4, {"ner": 1 / 2}),
        SplitCheck("test", "test.tsv", 1, 2, 0, 2, 5, 0.0, {"ner": 1.0}),
    ]
    assert found.layers == [
        LayerCheck(
            "ner",
            "IOB2",
            {
                "train": Counter({"B-PER": 21, "O": 20, "I-PER": 1}),
                "dev": Counter({"B-PER": 2, "I-PER": 1, "O": 1}),
                "test": Counter({"B-LOC": 1, "O": 1}),
            },
            {"train": Counter(PER=21), "dev": Counter(PER=2), "test": Counter(LOC=1)},
        )
    ]


def test_an_unreadable_file_is_counted_as_far_as_it_goes() -> None:
    found = checked(train=GOOD + "Ada\n", dev=GOOD)
    assert [(s.sentences, s.tokens) for s in found.splits] == [(20, 40), (20, 40)]
    assert found.layers[0].labels == {"train": Counter(PER=20), "dev": Counter(PER=20)}


def test_plain_values() -> None:
    found = checked(train=GOOD, dev=GOOD.replace("PER", "LOC"))
    plain_values = json.loads(json.dumps(found.to_dict()))
    assert plain_values.keys() == {"corpus", "splits", "layers", "findings", "suggestions", "ok"}
    assert plain_values["layers"] == [
        {
            "name": "ner",
            "scheme": None,  # of what cannot be learned, none is told
            "tags": {"train": {"B-PER": 20, "O": 20}, "dev": {"B-LOC": 20, "O": 20}},
            "labels": {},
        }
    ]
    assert plain_values["ok"] is False
    assert [Finding(**(f | {"places": tuple(f["places"])})) for f in plain_values["findings"]] == (
        found.findings
    )
    assert [SplitCheck(**split) for split in plain_values["splits"]] == found.splits


class Counting:
    """Sentences at hand, which count how often they are read."""

    def __init__(self, sentences: list[Sentence]) -> None:
        self.source, self.path, self.layout = "memory", None, None
        self.sentences = sentences
        self.reads = 0

    def __iter__(self) -> Iterator[Sentence]:
        self.reads += 1
        return iter(self.sentences)

    def sniff(self) -> Layout | None:
        return None


def test_each_split_is_read_once() -> None:
    parts = [Counting([Sentence([f"a{i}"], {"UPOS": ["X"]}) for i in range(20)]) for _ in range(3)]
    assert check(Corpus("memory", *parts)).ok
    assert [part.reads for part in parts] == [1, 1, 1]


def test_little_is_kept_of_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what is kept, a sample tells the same within a few points."""
    monkeypatch.setattr(collecting, "_FORMS_KEPT", 500)
    monkeypatch.setattr(repetitions, "_SENTENCES_KEPT", 500)
    train = "".join(f"Ada{i}\tB-PER\nslept{i % 2000}\tO\n\n" for i in range(4000))
    dev = "".join(f"Ada{i}\tB-PER\nslept{i}\tO\n\n" for i in range(1000, 3000))
    found = checked(train=train + train, dev=dev)
    assert [s.estimated for s in found.splits] == [False, True]
    assert found.splits[1].unseen == pytest.approx(1000 / 4000, abs=0.08)
    assert found.splits[1].unseen_entities == {"ner": 0.0}
    kinds = {f.kind: f for f in found.findings}
    assert set(kinds) == {"repeated sentences", "sentences across splits"}
    again = kinds["repeated sentences"]
    assert again.message == (
        f"train: {again.count} sentences occur again within it (in a sample of one sentence in 16)"
    )
    assert 16 * again.count == pytest.approx(4000, rel=0.25)
    across = kinds["sentences across splits"]
    assert across.message == (
        f"dev: {across.count} sentences are also in train (in a sample of one sentence in 16),"
        " 0 of them of 5 words or more"
    )
    assert 16 * across.count == pytest.approx(1000, rel=0.4)


SUGGESTIONS = {
    "all is well": ({"train": spans(500), "dev": spans(5, 600)}, []),
    "no dev set": (
        {"train": spans(500)},
        [
            "There is no dev set; training takes each tenth sentence. To fix one:"
            " tagger convert CORPUS FOLDER --split 80/10/10 --to FORMAT"
        ],
    ),
    "few sentences": (
        {"train": spans(499), "dev": spans(5, 600)},
        [
            "499 training sentences teach little; expect a model to try, and scores that move by"
            " points with the seed."
        ],
    ),
    "two layers": (
        {"train_jsonl": two_layers(500), "dev_jsonl": item({"UPOS": ["X"], "ner": ["B-X"]}, "b")},
        ["Choose what to learn: --layer UPOS or --layer ner."],
    ),
    "sentences seen in training": (
        {"train": spans(500) + "a\tO\n" * 5, "dev": "a\tO\n" * 5},
        [
            "Scores on sentences seen in training are too high. A split that keeps equal sentences"
            " together: tagger convert CORPUS FOLDER --split 80/10/10 --to FORMAT"
        ],
    ),
    "contradictory annotation": (
        {"train": spans(500) + "a\tO\n\na\tB-PER\n", "dev": spans(5, 600)},
        ["Look at the sentences that are tagged in two ways: one of them may be wrong."],
    ),
    "invalid transitions": (
        {"train": spans(500) + "a\tI-PER\n", "dev": spans(5, 600)},
        ["Tags that the scheme does not allow are read as spans of their own; look at them."],
    ),
    "unseen labels": (
        {"train": spans(500), "dev": "a\tB-PER\nb\tB-X\n"},
        ["What training never saw cannot be predicted and counts as wrong."],
    ),
    "invisible characters": (
        {"train": spans(500) + "a\u200b\tO\n", "dev": spans(5, 600)},
        ["Tokens with invisible characters are often slips; they are kept as they are."],
    ),
    "tokens as text is not split": (
        {
            "train_jsonl": "".join(
                f'{{"text": "It is{i}.", "tokens": ["It", "is{i}."], "ner": ["O", "O"]}}\n'
                for i in range(500)
            ),
            "dev_jsonl": item({"ner": ["O"]}, "b"),
        },
        [
            "Raw text would be split into other tokens than these: tag text that is split already,"
            " or train with a --tokenizer that fits."
        ],
    ),
}


@pytest.mark.parametrize(("files", "expected"), SUGGESTIONS.values(), ids=SUGGESTIONS)
def test_suggestions(files: dict[str, str], expected: list[str]) -> None:
    assert checked(**files).suggestions == expected


def test_a_file_alone() -> None:
    Path("x.tsv").write_text(GOOD)
    found = check(Corpus("x", Split(Path("x.tsv"))))
    assert [(s.name, s.source, s.unseen) for s in found.splits] == [("train", "x.tsv", None)]
