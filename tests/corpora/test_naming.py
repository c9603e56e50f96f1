"""What fields of data sets mean: layers by name, tags by the numbers of their classes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.naming import BESIDE_FIELDS, SENTENCE_FIELDS, TOKEN_FIELDS, field_of, layer_of, named


@pytest.mark.parametrize(
    ("field", "layer"),
    [
        ("ner_tags", "ner"),
        ("NER_TAGS", "ner"),
        ("Ner", "ner"),
        ("pos_tags", "pos"),
        ("upos", "UPOS"),
        ("UPOS_tags", "UPOS"),
        ("Xpos", "XPOS"),
        ("feats", "FEATS"),
        ("chunk_tags", "chunk"),
        ("tags", "tags"),
        ("_tags", "_tags"),
        ("a_tags_tags", "a_tags"),
        ("Tag", "Tag"),
        ("ner_tag", "ner_tag"),
        ("", ""),
        ("한국_tags", "한국"),
    ],
)
def test_layer_of_a_field(field: str, layer: str) -> None:
    assert layer_of(field) == layer


RESERVED = (*TOKEN_FIELDS, *SENTENCE_FIELDS, *BESIDE_FIELDS)


@pytest.mark.parametrize(
    "layer", ["ner", "UPOS", "XPOS", "FEATS", "tags", "_tags", "my tag", "Tag", "0"]
)
def test_layers_that_keep_their_name(layer: str) -> None:
    assert field_of(layer, "f:1") == layer


@pytest.mark.parametrize(
    "layer",
    [
        *RESERVED,
        *(name.upper() for name in RESERVED),
        *["upos", "NER", "Ner", "feats", "ner_tags", "a_TAGS", "", " ", "a ", "\ta", "a\n", "\u3000a"],
    ],
)
def test_names_that_would_be_read_as_something_else(layer: str) -> None:
    with pytest.raises(CorpusError) as caught:
        field_of(layer, "f:1")
    assert str(caught.value) == (
        f"f:1: found a layer named {layer!r}, expected a name that is read as that layer"
    )


@given(st.text() | st.sampled_from(["ner", "NER", "upos_tags", "UPOS", "text", "Tokens"]))
def test_a_name_that_is_written_is_read_as_that_layer(layer: str) -> None:
    try:
        field = field_of(layer, "f")
    except CorpusError:
        return
    assert layer_of(field.strip()) == layer
    assert field.lower() not in RESERVED


CLASSES = {"ner": ("O", "B-PER", "I-PER"), "empty": ()}


@pytest.mark.parametrize(
    ("values", "tags"),
    [
        ([], []),
        (["O", "x", "1", ""], ["O", "x", "1", ""]),
        ([0, 2, 1], ["O", "I-PER", "B-PER"]),
        (["B-PER", 2], ["B-PER", "I-PER"]),
    ],
)
def test_named(values: list[object], tags: list[str]) -> None:
    assert named(values, "ner", CLASSES, "f:1") == tags


def test_strings_need_no_classes() -> None:
    assert named(["O", "7"], "pos", {}, "f:1") == ["O", "7"]


NO_TAG = "expected a tag or its number"


@pytest.mark.parametrize(
    ("layer", "value", "message"),
    [
        ("pos", 0, "found the number 0 in layer pos, expected names: --classes pos=NAME,NAME,…"),
        ("ner", 3, "found the number 3 in layer ner, expected 0 to 2, its classes"),
        ("ner", -1, "found the number -1 in layer ner, expected 0 to 2, its classes"),
        ("ner", 10**17, f"found the number {10**17} in layer ner, expected 0 to 2, its classes"),
        ("ner", True, f"found 'True' in layer ner, {NO_TAG}"),
        ("ner", False, f"found 'False' in layer ner, {NO_TAG}"),
        ("ner", 1.0, f"found '1.0' in layer ner, {NO_TAG}"),
        ("ner", None, f"found 'None' in layer ner, {NO_TAG}"),
        ("ner", ["O"], f"""found "['O']" in layer ner, {NO_TAG}"""),
        ("ner", {}, f"found '{{}}' in layer ner, {NO_TAG}"),
        ("ner", b"O", f"""found "b'O'" in layer ner, {NO_TAG}"""),
        ("ner", [10**5000], f"found 'a list too long to print' in layer ner, {NO_TAG}"),
    ],
)
def test_values_that_are_no_tags(layer: str, value: object, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        named(["O", value], layer, CLASSES, "f:1")
    assert str(caught.value) == f"f:1: {message}"


@pytest.mark.parametrize("layer", ["ner", "pos"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_cannot_be_printed(layer: str, sign: int) -> None:
    with pytest.raises(CorpusError) as caught:
        named([sign * 10**5000], layer, CLASSES, "f:1")
    expected = f"f:1: found a number of many digits in layer {layer}, expected that of a class"
    assert str(caught.value) == expected


def test_a_layer_without_classes_has_no_number() -> None:
    with pytest.raises(CorpusError) as caught:
        named([0], "empty", CLASSES, "f:1")
    assert (
        str(caught.value)
        == "f:1: found the number 0 in layer empty, expected no number: it has no class"
    )


@given(st.lists(st.integers(-2, 4) | st.text(max_size=2)))
def test_numbers_are_named_or_refused(values: list[object]) -> None:
    names = CLASSES["ner"]
    try:
        tags = named(values, "ner", CLASSES, "f")
    except CorpusError:
        assert any(isinstance(value, int) and not 0 <= value < len(names) for value in values)
        return
    assert tags == [names[value] if isinstance(value, int) else value for value in values]
