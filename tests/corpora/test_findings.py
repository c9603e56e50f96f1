"""Each finding of a check: counted, and with its places."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora.findings import ERROR, NOTE, WARNING

from .checks import GOOD, checked, item, plain, spans, two_layers

pytestmark = pytest.mark.usefixtures("place")

E_ACUTE = "e\u0301"
Found = tuple[str, str, int, tuple[str, ...]]  # severity, message, count, places

FINDINGS: dict[str, tuple[str, dict[str, str], list[Found]]] = {
    "nothing": ("empty", {"train": GOOD, "dev": GOOD}, []),
    # what would stop training
    "no sentences": (
        "empty",
        {"train": ""},
        [(ERROR, "train.tsv: found no sentences, expected at least one", 1, ("train.tsv",))],
    ),
    "only sentences without tokens": (
        "empty",
        {"train_jsonl": item({}) * 20},
        [(ERROR, "train.jsonl: found no sentences, expected at least one", 1, ("train.jsonl",))],
    ),
    "too few for a dev set": (
        "empty",
        {"train": spans(9)},
        [
            (
                ERROR,
                "train.tsv: found no sentences for a dev set, expected at least one",
                1,
                ("train.tsv",),
            )
        ],
    ),
    "just enough for a dev set": ("empty", {"train": spans(10)}, []),
    "no sentences in dev": (
        "empty",
        {"train": GOOD, "dev": "\n"},
        [(ERROR, "dev.tsv: found no sentences for a dev set, expected at least one", 1, ("dev.tsv",))],
    ),
    "no tokens in the tenth sentence": (
        "empty",
        {"train_jsonl": two_layers(9) + item({})},
        [
            (
                ERROR,
                "train.jsonl: found no sentences for a dev set, expected at least one",
                1,
                ("train.jsonl",),
            )
        ],
    ),
    "sentences without tokens count as the tenth": (
        "empty",
        {"train_jsonl": item({}) * 5 + two_layers(5)},
        [],
    ),
    "no tokens in dev": (
        "empty",
        {"train_jsonl": two_layers(20), "dev_jsonl": item({})},
        [
            (
                ERROR,
                "dev.jsonl: found no sentences for a dev set, expected at least one",
                1,
                ("dev.jsonl",),
            )
        ],
    ),
    "a dev set that cannot be read": ("empty", {"train": GOOD, "dev": "Ada\n"}, []),
    "no sentences in test": (
        "empty",
        {"train": GOOD, "dev": GOOD, "test": ""},
        [
            (
                ERROR,
                "test.tsv: found no sentences for a test set, expected at least one",
                1,
                ("test.tsv",),
            )
        ],
    ),
    "no layers": (
        "no layers",
        {"train": "Ada\nslept\n\n" * 20},
        [
            (
                ERROR,
                "train.tsv: found the layers none, expected one of them chosen by --layer",
                1,
                ("train.tsv",),
            )
        ],
    ),
    "numbers are no layer": (
        "no layers",
        {"train": "1\tAda\n2\tslept\n\n" * 20},
        [
            (
                ERROR,
                "train.tsv: found the layers none, expected one of them chosen by --layer",
                1,
                ("train.tsv",),
            )
        ],
    ),
    "unreadable": (
        "unreadable",
        {"train": GOOD + "Ada\n", "dev": "Ada\tO\tO\n", "test": GOOD},
        [
            (ERROR, "train.tsv:61: found 1 column, expected 2", 1, ("train.tsv:61",)),
            (ERROR, "dev.tsv:1: found 3 columns, expected 2", 1, ("dev.tsv:1",)),
        ],
    ),
    "a tag that is none of a span": (
        "cannot be learned",
        {"train": GOOD + "Bob\tO\nBob\tPER\n"},
        [
            (
                ERROR,
                "train.tsv:62: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere",
                1,
                ("train.tsv:62",),
            )
        ],
    ),
    "such a tag in test": (
        "cannot be learned",
        {"train": GOOD, "dev": GOOD, "test": "Bob\tPER\n"},
        [
            (
                ERROR,
                "test.tsv:1: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere",
                1,
                ("test.tsv:1",),
            )
        ],
    ),
    "two schemes": (
        "cannot be learned",
        {"train": GOOD + "Bob\tS-PER\nEve\tU-PER\n"},
        [
            (
                ERROR,
                "train.tsv:62: found tag 'U-PER' beside 'S-PER', expected the prefixes of one scheme",
                1,
                ("train.tsv:62",),
            )
        ],
    ),
    "a dev set of other labels": (
        "cannot be learned",
        {"train": GOOD, "dev": "Ada\tB-X\nslept\tO\n", "test": "Ada\tB-X\nslept\tO\n"},
        [
            (
                ERROR,
                "dev.tsv:1: found only X in layer ner of the dev set, expected tags of the training"
                " set: PER",
                1,
                ("dev.tsv:1",),
            )
        ],
    ),
    "a dev set of other tags": (
        "cannot be learned",
        {"train": plain(20), "dev": "Ada\tNE\nslept\tVV\n"},
        [
            (
                ERROR,
                "dev.tsv:1: found only NE, VV in layer UPOS of the dev set, expected tags of the"
                " training set: PROPN, VERB",
                1,
                ("dev.tsv:1",),
            )
        ],
    ),
    "layers missing": (
        "missing layers",
        {
            "train_jsonl": two_layers(20) + item({"ner": ["O"]}, "b") * 2,
            "dev_jsonl": item({"UPOS": ["X"]}, "c"),
            "test_jsonl": item({}, "d") + two_layers(1),
        },
        [
            (ERROR, "train.jsonl:21: found ner, expected the layer UPOS", 1, ("train.jsonl:21",)),
            (ERROR, "test.jsonl:1: found no tags, expected the layer UPOS", 1, ("test.jsonl:1",)),
            (ERROR, "dev.jsonl:1: found UPOS, expected the layer ner", 1, ("dev.jsonl:1",)),
            (ERROR, "test.jsonl:1: found no tags, expected the layer ner", 1, ("test.jsonl:1",)),
        ],
    ),
    # what is worth a look
    "further layers": (
        "further layers",
        {
            "train_jsonl": item({"ner": ["B-X"]}, "a") * 20 + two_layers(1),
            "dev_jsonl": two_layers(2),
        },
        [
            (
                NOTE,
                "train: 1 sentences with layers that the first one of train has not",
                1,
                ("train.jsonl:21: UPOS",),
            ),
            (
                NOTE,
                "dev: 2 sentences with layers that the first one of train has not",
                2,
                ("dev.jsonl:1: UPOS", "dev.jsonl:2: UPOS"),
            ),
        ],
    ),
    "invalid transitions": (
        "invalid transitions",
        {"train": GOOD + "a\tB-X\nb\tI-Y\nc\tO\nd\tI-X\n\ne\tI-X\n", "dev": GOOD},
        [
            (
                WARNING,
                "train: 3 tags in layer ner that IOB2 does not allow there",
                3,
                (
                    "train.tsv:62: I-Y after B-X",
                    "train.tsv:64: I-X after O",
                    "train.tsv:66: I-X at the start of a sentence",
                ),
            )
        ],
    ),
    "invalid transitions in the order of the file": (
        "invalid transitions",
        {"train": GOOD + "a\tI-X\n\nb\tB-X\nc\tI-Y\n\nd\tI-X\n"},
        [
            (
                WARNING,
                "train: 3 tags in layer ner that IOB2 does not allow there",
                3,
                (
                    "train.tsv:61: I-X at the start of a sentence",
                    "train.tsv:64: I-Y after B-X",
                    "train.tsv:66: I-X at the start of a sentence",
                ),
            )
        ],
    ),
    "a span that does not end": (
        "invalid transitions",
        {"train": GOOD.replace("B-", "S-") + "a\tB-X\nb\tI-X\n", "dev": GOOD.replace("B-", "S-")},
        [
            (
                WARNING,
                "train: 1 tags in layer ner that BIOES does not allow there",
                1,
                ("train.tsv:62: the end of a sentence after I-X",),
            )
        ],
    ),
    "the scheme is that of train": (
        "invalid transitions",
        {"train": GOOD, "dev": "Ada\tI-PER\n\n" * 3},
        [
            (
                WARNING,
                "dev: 3 tags in layer ner that IOB2 does not allow there",
                3,
                tuple(f"dev.tsv:{i}: I-PER at the start of a sentence" for i in (1, 3, 5)),
            )
        ],
    ),
    "ten places are enough": (
        "invalid transitions",
        {"train": GOOD, "dev": "Ada\tI-PER\n\n" * 12},
        [
            (
                WARNING,
                "dev: 12 tags in layer ner that IOB2 does not allow there",
                12,
                tuple(f"dev.tsv:{i}: I-PER at the start of a sentence" for i in range(1, 20, 2)),
            )
        ],
    ),
    "rare labels": (
        "rare labels",
        {"train": GOOD + "a\tB-X\n\nb\tB-X\n"},
        [(NOTE, "train: only 2 of label X in layer ner", 2, ())],
    ),
    "unseen labels": (
        "unseen labels",
        {"train": GOOD, "dev": "a\tB-PER\n\nb\tB-X\n\nc\tB-X\nd\tB-Y\n", "test": "a\tB-Z\n"},
        [
            (WARNING, "dev: labels of layer ner that train has not: X, Y (3 times)", 3, ()),
            (WARNING, "test: labels of layer ner that train has not: Z (1 times)", 1, ()),
        ],
    ),
    "unseen tags": (
        "unseen tags",
        {"train": plain(20), "dev": "a\tVERB\nb\tX\nc\tX\nd\tADJ\n"},
        [
            (
                WARNING,
                "dev: tags of layer UPOS that train has not: ADJ, X (3 times)",
                3,
                ("dev.tsv:4: ADJ", "dev.tsv:2: X"),
            )
        ],
    ),
    "a layer of nothing": (
        "empty layers",
        {"train": "Ada\t_\nslept\t_\n\n" * 20},
        [(NOTE, "layer tag holds nothing but _", 40, ())],
    ),
    "repeated sentences": (
        "repeated sentences",
        {"train": GOOD + spans(2) + spans(1), "dev": spans(1, 30) * 2},
        [
            (
                NOTE,
                "train: 3 sentences occur again within it",
                3,
                (
                    "train.tsv:61: 'Ada0 slept', as in train.tsv:1",
                    "train.tsv:64: 'Ada1 slept', as in train.tsv:4",
                    "train.tsv:67: 'Ada0 slept', as in train.tsv:1",
                ),
            ),
            (
                NOTE,
                "dev: 1 sentences occur again within it",
                1,
                ("dev.tsv:4: 'Ada30 slept', as in dev.tsv:1",),
            ),
        ],
    ),
    "short sentences across splits": (
        "sentences across splits",
        {"train": GOOD, "dev": spans(1) + spans(1, 30), "test": spans(1) * 2 + spans(1, 30)},
        [
            (
                NOTE,
                "dev: 1 sentences are also in train, 0 of them of 5 words or more",
                1,
                ("dev.tsv:1: 'Ada0 slept', as in train.tsv:1",),
            ),
            (
                NOTE,
                "test: 2 sentences are also in train, 0 of them of 5 words or more",
                2,
                (
                    "test.tsv:1: 'Ada0 slept', as in train.tsv:1",
                    "test.tsv:4: 'Ada0 slept', as in train.tsv:1",
                ),
            ),
            (
                NOTE,
                "test: 1 sentences are also in dev, 0 of them of 5 words or more",
                1,
                ("test.tsv:7: 'Ada30 slept', as in dev.tsv:4",),
            ),
        ],
    ),
    "long sentences across splits": (
        "sentences across splits",
        {"train": GOOD + "a\tO\n" * 5, "dev": "a\tO\n" * 5 + "\n" + spans(1)},
        [
            (
                WARNING,
                "dev: 2 sentences are also in train, 1 of them of 5 words or more",
                2,
                (
                    "dev.tsv:1: 'a a a a a', as in train.tsv:61",
                    "dev.tsv:7: 'Ada0 slept', as in train.tsv:1",
                ),
            )
        ],
    ),
    "contradictory annotation": (
        "contradictory annotation",
        {"train": GOOD + "Ada0\tO\nslept\tO\n\n", "dev": spans(1), "test": "Ada1\tO\nslept\tO\n\n"},
        [
            (
                WARNING,
                "2 repeated sentences have other tags in layer ner",
                2,
                (
                    "train.tsv:61: 'Ada0 slept', as in train.tsv:1",
                    "test.tsv:1: 'Ada1 slept', as in train.tsv:4",
                ),
            )
        ],
    ),
    "sentences without tokens": (
        "empty sentences",
        {"train_jsonl": two_layers(20) + item({}) * 2},
        [
            (
                NOTE,
                "train: 2 sentences without tokens",
                2,
                ("train.jsonl:21: no tokens", "train.jsonl:22: no tokens"),
            )
        ],
    ),
    "empty tokens": (
        "empty tokens",
        {"train": GOOD + "Ada\tO\n\tO\n"},
        [
            (
                WARNING,
                "train: 1 tokens without a character",
                1,
                ("train.tsv:62: a token without characters",),
            )
        ],
    ),
    "invisible characters": (
        "invisible characters",
        {
            "train": GOOD + "a\u200bb\tO\n\u200b\tO\n \tO\n\u00a0\tO\na\u200bb\tO\n",
            "dev": "\ufeffa\x07\tO\n",
        },
        [
            (
                WARNING,
                "train: 3 tokens with characters that do not show",
                3,
                (
                    "train.tsv:61: U+200B ZERO WIDTH SPACE in 'a\\u200bb'",
                    "train.tsv:62: U+200B ZERO WIDTH SPACE in '\\u200b'",
                    "train.tsv:65: U+200B ZERO WIDTH SPACE in 'a\\u200bb'",
                ),
            ),
            (
                WARNING,
                "dev: 1 tokens with characters that do not show",
                1,
                ("dev.tsv:1: U+0007 in 'a\\x07'",),
            ),
        ],
    ),
    "not NFC": (
        "not NFC",
        {"train": GOOD + f"{E_ACUTE}\tO\né\tO\n{E_ACUTE}\tO\n"},
        [
            (
                NOTE,
                "train: 2 tokens that are not in Unicode NFC (the tagger composes them itself)",
                2,
                (f"train.tsv:61: '{E_ACUTE}'", f"train.tsv:63: '{E_ACUTE}'"),
            )
        ],
    ),
    "long sentences": (
        "long sentences",
        {"train": GOOD + "a\tO\n" * 200 + "\n" + "a\tO\n" * 201},
        [(NOTE, "train: 1 sentences of more than 200 tokens", 1, ("train.tsv:262: 201 tokens",))],
    ),
    "long tokens": (
        "long tokens",
        {"train": GOOD + "a" * 100 + "\tO\n" + "b" * 101 + "\tO\n"},
        [
            (
                NOTE,
                "train: 1 tokens of more than 100 characters",
                1,
                (f"train.tsv:62: 101 characters: '{'b' * 29}…'",),
            )
        ],
    ),
    "characters as tokens": (
        "tokenization",
        {"train": "한\tB-X\n국\tI-X\n\n" * 20},
        [(NOTE, "every token is one character; a model splits raw text so: characters", 1, ())],
    ),
    "characters and spaces as tokens": (
        "tokenization",
        {"train": "한\tB-X\n \tO\n국\tB-X\n\n" * 20},
        [(NOTE, "every token is one character; a model splits raw text so: characters+spaces", 1, ())],
    ),
    "tokens as text is split": (
        "tokenization",
        {
            "train_jsonl": '{"text": "It is.", "tokens": ["It", "is", "."], "ner": ["O", "O", "O"]}\n'
            * 20
        },
        [
            (
                NOTE,
                "raw text split in the standard way gives these tokens with an F1 of 100.0 %",
                1,
                (),
            )
        ],
    ),
    "tokens as text is not split": (
        "tokenization",
        {"train_jsonl": '{"text": "It is.", "tokens": ["It", "is."], "ner": ["O", "O"]}\n' * 20},
        [
            (
                WARNING,
                "raw text split in the standard way gives these tokens with an F1 of 40.0 %",
                1,
                (),
            )
        ],
    ),
}


@pytest.mark.parametrize(("kind", "files", "expected"), FINDINGS.values(), ids=FINDINGS)
def test_findings(kind: str, files: dict[str, str], expected: list[Found]) -> None:
    found = checked(**files)
    assert [
        (f.severity, f.message, f.count, f.places) for f in found.findings if f.kind == kind
    ] == expected
    assert found.ok == all(f.severity != ERROR for f in found.findings)
    if any(severity == ERROR for severity, *_ in expected):
        assert not found.ok


def test_every_finding_is_in_the_table(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for number, (_, files, _) in enumerate(FINDINGS.values()):
        (place / str(number)).mkdir()
        monkeypatch.chdir(place / str(number))
        found |= {finding.kind for finding in checked(**files).findings}
    assert found == {kind for kind, _, expected in FINDINGS.values() if expected}
    assert len(found) == 21
