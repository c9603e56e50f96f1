"""What a layer of tags holds, and what cannot be right in it."""

from collections import Counter

import pytest

from corpora import Sentence
from corpora.errors import CorpusError
from corpora.inventory import LayerInventory, check_overlap, some


def inventory(*sequences: str, source: str = "f") -> LayerInventory:
    """Takes in sentences, one tag a line and a blank line between them."""
    found = LayerInventory()
    line = 1
    for tags in map(str.split, sequences):
        found.update(tags, Sentence(["x"] * len(tags), source=source, line=line))
        line += len(tags) + 1
    return found


def test_counts_and_first_places() -> None:
    found = inventory("DET NOUN NOUN", "NOUN VERB")
    assert found.counts == Counter(NOUN=3, DET=1, VERB=1)
    assert found.places == {"DET": "f:1", "NOUN": "f:2", "VERB": "f:6"}


def test_inventories_are_joined() -> None:
    found = inventory("O I-X", source="f")
    assert found.scheme() == "IOB1"
    found.join(inventory("B-X I-X", "O B-Y", source="g"))
    assert found.counts == {"O": 2, "I-X": 2, "B-X": 1, "B-Y": 1}
    assert found.places == {"O": "f:1", "I-X": "f:2", "B-X": "g:1", "B-Y": "g:5"}
    assert found.scheme() == "IOB2"


@pytest.mark.parametrize(
    ("sequences", "empty", "first"),
    [(["O O"], True, ""), ([], True, ""), (["O N", "V"], False, "f:2"), (["B-X O"], False, "f:1")],
)
def test_layers_that_tell_nothing(sequences: list[str], empty: bool, first: str) -> None:
    found = inventory(*sequences)
    assert found.is_empty() == empty
    if first:
        assert found.first_place() == first


@pytest.mark.parametrize(
    ("sequences", "scheme"),
    [
        ([], None),
        (["O O"], None),
        (["DET NOUN"], None),
        (["B-X I-X O"], "IOB2"),
        (["I-X I-X O"], "IOB1"),
        (["I-X B-X", "O I-Y"], "IOB1"),
        (["B-X E-X O S-X"], "BIOES"),
        (["B-X L-X O U-X"], "BILOU"),
        (["B-X I-X"], "IOB2"),
        (["B-NP X"], None),  # a tag that only looks like one of a span
    ],
)
def test_scheme(sequences: list[str], scheme: str | None) -> None:
    assert inventory(*sequences).scheme() == scheme


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        (
            ["O B-PER", "O PER O"],
            "f:5: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere",
        ),
        (["B- O B-X"], "f:1: found tag 'B-', expected O or B-, I-, E-, S-LABEL, as elsewhere"),
        (["O S-X", "U-X E-X"], "f:4: found tag 'U-X' beside 'S-X', expected the prefixes of one scheme"),
        (
            ["L-X", "B-X I-X E-X"],
            "f:5: found tag 'E-X' beside 'L-X', expected the prefixes of one scheme",
        ),
    ],
)
def test_tags_that_cannot_be_right(sequences: list[str], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        inventory(*sequences).scheme()
    assert str(caught.value) == message


def test_a_dev_set_may_have_tags_of_spans_only() -> None:
    inventory("O O", "I-X").check_tags()
    with pytest.raises(CorpusError) as caught:
        inventory("O O", "NOUN", source="dev").check_tags()
    assert str(caught.value) == (
        "dev:4: found tag 'NOUN', expected O or B-, I-, E-, S-LABEL, as elsewhere"
    )


def test_meanings() -> None:
    found = inventory("B-X I-X O S-Y")
    assert found.meanings(spans=True) == {"X", "Y"}
    assert found.meanings(spans=False) == {"B-X", "I-X", "O", "S-Y"}


@pytest.mark.parametrize(
    ("train", "dev", "spans", "message"),
    [
        ("B-X O", "I-X", True, None),
        ("B-X O", "O O", True, None),  # no span at all is no other span
        ("NOUN", "", False, None),
        ("NOUN VERB", "VERB X", False, None),
        (
            "B-X O",
            "O I-Y",
            True,
            "dev:1: found only Y in layer a of the dev set, expected tags of the training set: X",
        ),
        (
            "A B C D E F",
            "G H",
            False,
            "dev:1: found only G, H in layer a of the dev set,"
            " expected tags of the training set: A, B, C, D, E, …",
        ),
    ],
)
def test_overlap_of_train_and_dev(train: str, dev: str, spans: bool, message: str | None) -> None:
    try:
        check_overlap("a", inventory(train), inventory(dev, source="dev"), spans)
    except CorpusError as error:
        assert str(error) == message
    else:
        assert message is None


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        ("", ""),
        ("b", "b"),
        ("cba", "a, b, c"),
        ("edcba", "a, b, c, d, e"),
        ("fedcba", "a, b, c, d, e, …"),
    ],
)
def test_some(names: str, listed: str) -> None:
    assert some(names) == listed
