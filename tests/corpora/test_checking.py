"""What a check finds in a corpus: each finding, counted and with its places."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora import Sentence, Split, checking, load_corpus
from corpora.checking import ERROR, NOTE, WARNING, Check, Finding, LayerCheck, SplitCheck, check
from corpora.corpus import Corpus
from corpora.formats.columns import Layout


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, so that messages name no others."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(**splits: str) -> Check:
    """Checks a corpus of columns; `train_jsonl` and the like are JSON lines."""
    for name, content in splits.items():
        split, _, suffix = name.partition("_")
        Path(f"{split}.{suffix or 'tsv'}").write_text(content, encoding="utf-8", newline="")
    return check(load_corpus("."))


def spans(number: int, first: int = 0) -> str:
    """Returns different sentences with one span each."""
    return "".join(f"Ada{i}\tB-PER\nslept\tO\n\n" for i in range(first, first + number))


def plain(number: int) -> str:
    return "".join(f"Ada{i}\tPROPN\nslept\tVERB\n\n" for i in range(number))


def item(layers: dict[str, list[str]], *tokens: str) -> str:
    return json.dumps({"tokens": tokens, "tags": layers}) + "\n"


def two_layers(number: int) -> str:
    return "".join(item({"UPOS": ["X"], "ner": ["B-X"]}, f"a{i}") for i in range(number))


GOOD = spans(20)
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
    "no sentences in test": ("empty", {"train": GOOD, "dev": GOOD, "test": ""}, []),
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
    monkeypatch.setattr(checking, "_FORMS_KEPT", 500)
    monkeypatch.setattr(checking, "_SENTENCES_KEPT", 500)
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
