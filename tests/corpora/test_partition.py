"""Splits: the same each time, exact, equal sentences together, documents whole."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import Sentence, partition
from corpora.errors import CorpusError
from corpora.partition import NAMES, Partition, parse_shares

ROOT = Path(__file__).parents[2]
THREE = (0.8, 0.1, 0.1)


def sentences(number: int, documents: int = 0) -> list[Sentence]:
    """Returns different sentences, in documents of equal length where some are asked for."""
    starts = set(range(0, number, number // documents)) if documents else set()
    return [Sentence(["word", str(i)], new_document=i in starts) for i in range(number)]


def split(
    whole: Sequence[Sentence], shares: Sequence[float] = THREE, seed: int = 1
) -> list[list[Sentence]]:
    """Returns the sentences of each split."""
    found = Partition(whole, shares, seed)
    return [list(found.select(whole, i)) for i in range(len(shares))]


def sizes(parts: Sequence[Sequence[Sentence]]) -> list[int]:
    return list(map(len, parts))


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("80/10/10", (0.8, 0.1, 0.1)),
        ("90/10", (0.9, 0.1)),
        ("3/1", (0.75, 0.25)),
        ("0.5/0.25/0.25", (0.5, 0.25, 0.25)),
        ("1/1/1", (1 / 3, 1 / 3, 1 / 3)),
        (" 8 / 1 / 1 ", (0.8, 0.1, 0.1)),
    ],
)
def test_shares(text: str, shares: tuple[float, ...]) -> None:
    assert parse_shares(text) == shares


@pytest.mark.parametrize(
    "text",
    [
        "",
        "80",
        "80/",
        "80/20/0",
        "80/-10/30",
        "80/10/5/5",
        "a/b",
        "80:20",
        "nan/1",
        "inf/1",
        "80/10/10%",
    ],
)
def test_shares_that_are_none(text: str) -> None:
    with pytest.raises(CorpusError) as caught:
        parse_shares(text)
    expected = "two or three numbers above 0: 80/10/10"
    assert str(caught.value) == f"--split: found {text!r}, expected {expected}"


@pytest.mark.parametrize(
    ("number", "shares", "expected"),
    [
        (100, THREE, [80, 10, 10]),
        (1000, THREE, [800, 100, 100]),
        (103, THREE, [83, 10, 10]),
        (106, THREE, [84, 11, 11]),
        (10, THREE, [8, 1, 1]),
        (3, THREE, [1, 1, 1]),
        (4, THREE, [2, 1, 1]),
        (100, (0.9, 0.1), [90, 10]),
        (2, (0.9, 0.1), [1, 1]),
        (9, (1 / 3, 1 / 3, 1 / 3), [3, 3, 3]),
        (5, (0.001, 0.5, 0.499), [1, 2, 2]),  # train gets one, however small its share
        (200, (0.99, 0.005, 0.005), [198, 1, 1]),
    ],
)
def test_shares_are_exact(number: int, shares: Sequence[float], expected: list[int]) -> None:
    whole = sentences(number)
    parts = split(whole, shares)
    assert sizes(parts) == expected
    assert sorted(s.tokens[1] for part in parts for s in part) == sorted(s.tokens[1] for s in whole)


def test_sentences_stay_in_their_order() -> None:
    for part in split(sentences(300)):
        numbers = [int(s.tokens[1]) for s in part]
        assert numbers == sorted(numbers)


def test_a_seed_makes_the_split() -> None:
    whole = sentences(500)
    made = [split(whole, seed=seed) for seed in (1, 1, 2, 3)]
    assert made[0] == made[1]
    tests = [{s.tokens[1] for s in parts[2]} for parts in made[1:]]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert len(tests[one] & tests[other]) < 20  # of 50, where chance gives 5


def test_what_else_a_sentence_has_does_not_count() -> None:
    whole = sentences(300)
    tagged = [
        Sentence(s.tokens, {"UPOS": ["X"] * 2}, source="other", line=i) for i, s in enumerate(whole)
    ]
    for part, again in zip(split(whole), split(tagged), strict=True):
        assert [s.tokens for s in part] == [s.tokens for s in again]


CHOSEN = """
import json
from corpora import Sentence
from corpora.partition import Partition

whole = [Sentence(["word", str(i)], new_document={new}) for i in range(400)]
found = Partition(whole, (0.8, 0.1, 0.1), 7)
print(json.dumps([[s.tokens[1] for s in found.select(whole, i)] for i in range(3)]))
"""


@pytest.mark.parametrize(
    ("new", "digest"),
    [("False", "f30bcc57823786b9"), ("i % 20 == 0", "003432b99c37950e")],
    ids=["by sentence", "by document"],
)
def test_nothing_depends_on_the_interpreter(new: str, digest: str) -> None:
    """The strings' hashes differ there; the figure tells of a change that would move sentences
    between the splits that users have made already."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", CHOSEN.replace("{new}", new)],
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert hashlib.sha256(printed[0]).hexdigest()[:16] == digest
    assert list(map(len, json.loads(printed[0]))) == [320, 40, 40]


@pytest.mark.parametrize("shares", [THREE, (0.7, 0.3)])
def test_documents_stay_whole(shares: Sequence[float]) -> None:
    whole = sentences(1000, documents=50)
    found = Partition(whole, shares, 1)
    assert found.by_document
    where = defaultdict(set)
    parts = [list(found.select(whole, i)) for i in range(len(shares))]
    for name, part in zip(NAMES, parts, strict=False):
        assert part[0].new_document
        for sentence in part:
            where[int(sentence.tokens[1]) // 20].add(name)
    assert all(len(names) == 1 for names in where.values())
    assert sizes(parts) == ([800, 100, 100] if len(shares) == 3 else [700, 300])


@pytest.mark.parametrize(
    ("documents", "by_document"), [(0, False), (1, False), (9, False), (10, True), (90, True)]
)
def test_ten_documents_are_enough(documents: int, by_document: bool) -> None:
    assert Partition(sentences(90, documents), THREE, 1).by_document == by_document


def test_the_first_document_need_not_be_marked() -> None:
    whole = sentences(100, documents=10)
    whole[0].new_document = False
    assert Partition(whole, THREE, 1).by_document


def test_documents_of_unequal_length() -> None:
    """As near to the shares as whole documents allow: half a document off."""
    lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55] * 6
    whole = [
        Sentence([f"{d}", f"{i}"], new_document=not i)
        for d, length in enumerate(lengths)
        for i in range(length)
    ]
    for seed in range(5):
        found = sizes(split(whole, seed=seed))
        assert sum(found) == len(whole)
        assert all(abs(size - len(whole) / 10) <= 55 / 2 for size in found[1:])


words = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=40)


@given(words, st.integers(0, 5))
def test_equal_sentences_stand_together(found: list[str], seed: int) -> None:
    whole = [Sentence([word]) for word in found]
    try:
        parts = split(whole, seed=seed)
    except CorpusError as error:
        assert len(set(found)) < 3
        assert error.expected == "3 to split"
        return
    forms = [{s.tokens[0] for s in part} for part in parts]
    assert all(forms)
    assert len(set.union(*forms)) == sum(map(len, forms))
    assert Counter(s.tokens[0] for part in parts for s in part) == Counter(found)


def test_tokens_are_not_only_characters() -> None:
    """What is one token here, "a b", is two there, and so another sentence."""
    whole = [Sentence(tokens) for tokens in (["a b"], ["a", "b"], ["ab"], [""])]
    assert sum(sizes(split(whole))) == 4


@pytest.mark.parametrize(
    ("whole", "shares", "message"),
    [
        ([], THREE, "c.tsv: found 0 different sentences, expected 3 to split"),
        (sentences(1), (0.9, 0.1), "c.tsv: found 1 different sentence, expected 2 to split"),
        (sentences(2), THREE, "c.tsv: found 2 different sentences, expected 3 to split"),
        (sentences(2) * 50, THREE, "c.tsv: found 2 different sentences, expected 3 to split"),
        (
            [Sentence(["a"], new_document=True)] * 20,
            THREE,
            "c.tsv: found 1 different document, expected 3 to split",
        ),
    ],
)
def test_too_few(whole: list[Sentence], shares: Sequence[float], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Partition(whole, shares, 1, "c.tsv")
    assert str(caught.value) == message


def test_one_sentence_again_and_again_leaves_some_for_train() -> None:
    whole = sentences(1) * 98 + sentences(4)
    for seed in range(10):
        assert min(sizes(split(whole, seed=seed))) >= 1


def test_half_of_a_surrogate_pair_is_a_sentence_too() -> None:
    assert sizes(split([Sentence([c]) for c in ("\ud800", "\ud801", "a", "b")])) == [2, 1, 1]


def test_many_sentences_are_split_by_their_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "_SORTED_UNITS", 1000)
    whole = sentences(20_000)
    parts = split(whole)
    assert [size / 20_000 for size in sizes(parts)] == pytest.approx(THREE, abs=0.01)
    assert sum(sizes(parts)) == 20_000
    assert sizes(split(whole * 2)) == [2 * size for size in sizes(parts)]
