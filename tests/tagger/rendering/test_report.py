"""A report on a corpus as lines for a terminal."""

from collections import Counter

import pytest

from corpora.findings import ERROR, NOTE, WARNING, Check, Finding, LayerCheck, SplitCheck
from tagger.rendering.report import lines


def plain(text: str, code: str) -> str:
    return text


def marked(text: str, code: str) -> str:
    return f"<{code}:{text}>"


def report(
    splits: list[SplitCheck] | None = None,
    layers: list[LayerCheck] | None = None,
    findings: list[Finding] | None = None,
    suggestions: list[str] | None = None,
) -> Check:
    return Check("c", splits or [TRAIN], layers or [], findings or [], suggestions or [])


TRAIN = SplitCheck("train", "c/train.tsv", 12_345, 1_234_567, 7, 120, 30)
DEV = SplitCheck("dev", "c/dev.tsv", 20, 300, 0, 40, 12, 0.123, {"ner": 1 / 3})
TEST = SplitCheck("test", "c/test.tsv", 0, 0, 0, 0, 0, None)
SAMPLED = SplitCheck("dev", "c/dev.tsv", 20, 300, 0, 40, 12, 0.123, {"ner": 1 / 3}, True)
SPANS = LayerCheck(
    "ner",
    "IOB2",
    {"train": Counter({"B-PER": 3000, "O": 9})},
    {"train": Counter(PER=3000, LOC=5), "dev": Counter(LOC=4, 人=2)},
)


def text(found: Check) -> str:
    return "".join(f"{line}\n" for line in lines(found, plain))


def test_splits() -> None:
    assert (
        text(report([TRAIN, DEV, TEST]))
        == """\
split  sentences     tokens  documents  longest  unseen words  file
train     12,345  1,234,567          7      120             -  c/train.tsv
dev           20        300          -       40        12.3 %  c/dev.tsv
test           0          0          -        0             -  c/test.tsv

Training can begin.
"""
    )


def test_a_share_that_is_estimated_is_shown_as_such() -> None:
    assert text(report([TRAIN, SAMPLED])).splitlines()[2] == (
        "dev           20        300          -       40       ~12.3 %  c/dev.tsv"
    )


def test_a_layer_of_spans() -> None:
    """Labels by their frequency, wide characters in two columns, and what is not there as -."""
    assert (
        text(report([TRAIN, DEV, TEST], [SPANS])).split("\n\n")[1]
        == """\
ner (IOB2, labels)  train     dev  test
PER                 3,000       0     -
LOC                     5       4     -
人                      0       2     -
not in train            -  33.3 %     -"""
    )


def test_a_layer_of_tags() -> None:
    layer = LayerCheck("UPOS", None, {"train": Counter(NOUN=2, VERB=9), "dev": Counter(VERB=1)}, {})
    assert (
        text(report([TRAIN, DEV], [layer])).split("\n\n")[1]
        == """\
UPOS (tags)  train  dev
VERB             9    1
NOUN             2    0"""
    )


def test_twenty_tags_are_enough() -> None:
    tags = Counter({f"t{i:02}": 100 - i for i in range(25)})
    found = text(report(layers=[LayerCheck("x", None, {"train": tags}, {})])).split("\n\n")[1]
    assert found.splitlines()[0] == "x (tags)  train"
    assert found.splitlines()[1:21] == [f"t{i:02}       {100 - i:5}" for i in range(20)]
    assert found.splitlines()[21:] == ["… 5 more"]


FINDINGS = [
    Finding(ERROR, "unreadable", "c/dev.tsv:3: found 1 column, expected 2", 1, ("c/dev.tsv:3",)),
    Finding(WARNING, "empty tokens", "train: 7 tokens without a character", 7, tuple("abcdef")),
    Finding(WARNING, "invisible characters", "train: 5 tokens …", 5, tuple("abcde")),
    Finding(WARNING, "unseen labels", "dev: labels …", 8),
    Finding(NOTE, "not NFC", "train: 1,234 tokens …", 1234, tuple("abcdefghij")),
    Finding(NOTE, "repeated sentences", "train: 6 sentences …", 6, ("a",)),
]
SHOWN = """\
error  c/dev.tsv:3: found 1 column, expected 2

warning  train: 7 tokens without a character
    a
    b
    c
    d
    e
    … 2 more
warning  train: 5 tokens …
    a
    b
    c
    d
    e
warning  dev: labels …

note  train: 1,234 tokens …
    a
    b
    c
    d
    e
    … 1,229 more
note  train: 6 sentences …
    a
    … 5 more

→ Look.
→ Choose.

Training would stop.
"""


def test_findings_and_suggestions() -> None:
    found = report(findings=FINDINGS, suggestions=["Look.", "Choose."])
    assert text(found).split("\n\n", 1)[1] == SHOWN


def test_warnings_do_not_stop_training() -> None:
    assert text(report(findings=FINDINGS[1:])).splitlines()[-1] == "Training can begin."


def test_colours() -> None:
    found = report([TRAIN], [SPANS], FINDINGS[:1] + FINDINGS[2:3] + FINDINGS[5:], ["Look."])
    assert list(lines(found, marked)) == [
        "<1:split  sentences     tokens  documents  longest  unseen words  file>",
        "train     12,345  1,234,567          7      120             -  c/train.tsv",
        "",
        "<1:ner (IOB2, labels)  train>",
        "PER                 3,000",
        "LOC                     5",
        "人                      0",
        "",
        "<31:error>  c/dev.tsv:3: found 1 column, expected 2",
        "",
        "<33:warning>  train: 5 tokens …",
        *(f"<2:    {letter}>" for letter in "abcde"),
        "",
        "<2:note>  train: 6 sentences …",
        "<2:    a>",
        "<2:    … 5 more>",
        "",
        "<36:→> Look.",
        "",
        "<31:Training would stop.>",
    ]


@pytest.mark.parametrize("tag", ["a\nb", "\x1b[31mred", "a\tb", "\u200b"])
def test_tags_do_not_move_the_cursor(tag: str) -> None:
    layers = [
        LayerCheck("x", None, {"train": Counter({tag: 1})}, {}),
        LayerCheck(tag, "IOB2", {}, {"train": Counter({tag: 1})}),
    ]
    finding = Finding(WARNING, "unseen tags", f"dev: {tag}", 1, (f"dev:1: {tag}",))
    found = list(lines(report(layers=layers, findings=[finding]), plain))
    assert all(line.isprintable() for line in found)
