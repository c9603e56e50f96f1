"""Layers of tags: what a model scores, and how it is read and written."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import schemes
from tagger.layers import TagLayer, make_layer

IOB = {"O": 5, "B-PER": 2, "I-PER": 1, "B-LOC": 1}
BOTH = tuple(f"{prefix}-{label}" for label in ("LOC", "PER") for prefix in "BIES")


@pytest.mark.parametrize(
    ("head", "counts", "scheme", "layer"),
    [
        ("auto", {"N": 1, "V": 2, "A": 1}, None, TagLayer("x", "softmax", ("V", "A", "N"))),
        ("crf", {"N": 1}, None, TagLayer("x", "crf", ("N",))),
        ("auto", IOB, "IOB2", TagLayer("x", "crf", ("O", *BOTH), "IOB2")),
        ("softmax", IOB, "IOB1", TagLayer("x", "softmax", ("O", *BOTH), "IOB1")),
        (
            "auto",
            {"S-a-b": 1},
            "BIOES",
            TagLayer("x", "crf", ("O", *(f"{p}-a-b" for p in "BIES")), "BIOES"),
        ),
        (
            "auto",
            {"U-X": 1, "L-X": 1},
            "BILOU",
            TagLayer("x", "crf", ("O", *(f"{p}-X" for p in "BIES")), "BILOU"),
        ),
        (
            "sigmoid",
            {"_": 3, "A|b": 1, "c": 1},
            None,
            TagLayer("x", "sigmoid", ("A", "b", "c"), None, "_"),
        ),
        ("sigmoid", {"O": 3, "a": 1, "b": 1}, None, TagLayer("x", "sigmoid", ("a", "b"), None, "O")),
        ("sigmoid", {"no": 3, "yes": 1}, None, TagLayer("x", "sigmoid", ("yes",), None, "no")),
        (
            "sigmoid",
            {"a": 1, "b": 1, "c": 1},
            None,
            TagLayer("x", "sigmoid", ("a", "b", "c"), None, "_"),
        ),
        ("sigmoid", {"a|b": 3, "a": 1}, None, TagLayer("x", "sigmoid", ("a", "b"), None, "_")),
        (
            "sigmoid",
            {"Gen=M|Num=S": 3, "Num=S|Cas=1": 1, "_": 2, "Abbr": 1},
            None,
            TagLayer("x", "sigmoid", ("Abbr", "Gen=M", "Num=S", "Cas=1"), None, "_"),
        ),
        ("sigmoid", {"b|a": 3, "a|b": 1}, None, TagLayer("x", "sigmoid", ("a", "b"), None, "_")),
        ("sigmoid", {"O": 3, "B-X": 1}, "IOB2", TagLayer("x", "sigmoid", ("B-X",), None, "O")),
    ],
)
def test_layers_of_a_corpus(
    head: str, counts: dict[str, int], scheme: str | None, layer: TagLayer
) -> None:
    assert make_layer("x", head, counts, scheme) == layer


@pytest.mark.parametrize(
    ("scheme", "tags", "symbols"),
    [
        (None, ["N", "B-x", "O"], ["N", "B-x", "O"]),
        ("IOB1", ["I-A", "I-A", "B-A", "O"], ["B-A", "E-A", "S-A", "O"]),
        ("IOB2", ["B-A", "I-A", "B-A", "O"], ["B-A", "E-A", "S-A", "O"]),
        ("BIOES", ["B-A", "E-A", "S-A", "O"], ["B-A", "E-A", "S-A", "O"]),
        ("BILOU", ["B-A", "L-A", "U-A", "O"], ["B-A", "E-A", "S-A", "O"]),
    ],
)
def test_tags_and_symbols(scheme: str | None, tags: list[str], symbols: list[str]) -> None:
    layer = TagLayer("x", "crf", (), scheme)
    assert layer.to_symbols(tags) == symbols
    assert layer.to_tags(symbols) == tags


@given(st.sampled_from(schemes.SCHEMES), st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"])))
def test_symbols_say_the_same_as_tags(scheme: str, drawn: list[str]) -> None:
    layer = TagLayer("x", "crf", (), scheme)
    tags = schemes.convert(drawn, scheme)
    symbols = layer.to_symbols(tags)
    assert schemes.to_spans(symbols) == schemes.to_spans(tags)
    assert schemes.violations(symbols, "BIOES") == []
    assert layer.to_tags(symbols) == tags


def test_transitions_of_spans() -> None:
    """A step is allowed where it occurs in some sentence whose tags are right in BIOES."""
    layer = make_layer("x", "crf", IOB, "IOB2")
    names = [*layer.symbols, None]
    allowed = {(names[i], names[j]) for i, j in np.argwhere(layer.transition_mask())}
    right = [
        [None, *tags, None]
        for length in range(5)
        for tags in itertools.product(layer.symbols, repeat=length)
        if schemes.convert(tags, "BIOES") == list(tags)
    ]
    assert allowed == {step for tags in right for step in itertools.pairwise(tags)}


def test_transitions_of_tags_are_free() -> None:
    assert TagLayer("x", "softmax", ("A", "B")).transition_mask().tolist() == [[True] * 3] * 3


@pytest.mark.parametrize(
    ("empty", "tag", "labels"),
    [
        ("_", "_", []),
        ("O", "O", []),
        ("_", "Case=Nom", ["Case=Nom"]),
        ("_", "Case=Nom|Number=Sing", ["Case=Nom", "Number=Sing"]),
        ("_", "O", ["O"]),
    ],
)
def test_sets_of_labels(empty: str, tag: str, labels: list[str]) -> None:
    layer = TagLayer("x", "sigmoid", (), None, empty)
    assert layer.labels_of(tag) == labels
    assert layer.tag_of(labels) == tag
