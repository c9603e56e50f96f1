"""Records: what is read from one, what is written into one."""

from typing import Any

import pytest

from corpora.errors import CorpusError
from corpora.formats.records import check_layers, classes_of, fields, to_record, to_sentence
from corpora.options import ReadOptions, Remark
from corpora.sentence import Sentence

RECORD = {"tokens": ["a", "b"], "ner_tags": [1, 0], "upos": ["X", "X"]}
LAYERS = {"ner": "ner_tags", "UPOS": "upos"}
CLASSES = {"ner": ("O", "B-X")}


def sentence_of(record: dict[str, Any], remarks: list[Remark] | None = None) -> Sentence:
    report = ReadOptions(report=([] if remarks is None else remarks).append)
    return to_sentence(record, "tokens", LAYERS, CLASSES, "f", 3, report)


@pytest.mark.parametrize(
    ("lists", "tokens", "layers"),
    [
        ({"tokens": True}, "tokens", {}),
        ({"id": False, "Words": True, "ner_tags": True, "x": False}, "Words", {"ner": "ner_tags"}),
        ({"forms": True, "tokens": True}, "forms", {"tokens": "tokens"}),
        ({"token": False, "pos": True, "text": True, "comments": True}, "token", {"pos": "pos"}),
    ],
)
def test_fields(lists: dict[str, bool], tokens: str, layers: dict[str, str]) -> None:
    assert fields(["other", *lists], lists, "f") == (tokens, layers)


def test_no_field_of_tokens() -> None:
    with pytest.raises(CorpusError) as caught:
        fields(["tokens", "x"], {"x": True}, "f")
    message = "f: found the columns tokens, x, expected a column of lists named tokens, words, forms"
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("features", "classes"),
    [
        ({}, {}),
        (
            {"ner_tags": {"feature": {"names": ["O"], "_type": "ClassLabel"}, "_type": "List"}},
            {"ner": ("O",)},
        ),
        ({"upos": {"names": ["X"], "_type": "ClassLabel"}}, {"UPOS": ("X",)}),
        ({"a": 3, "b": {"feature": 3}, "c": {"names": [3]}, "d": {"names": "x"}}, {}),
    ],
)
def test_names_of_classes(features: dict[str, Any], classes: dict[str, tuple[str, ...]]) -> None:
    assert classes_of(features) == classes


def test_numbers_get_their_names() -> None:
    sentence = sentence_of(RECORD)
    assert (sentence.tokens, sentence.tags) == (["a", "b"], {"ner": ["B-X", "O"], "UPOS": ["X", "X"]})
    assert (sentence.text, sentence.offsets, sentence.place()) == (None, None, "f:3")


@pytest.mark.parametrize(
    ("more", "text", "offsets"),
    [
        ({"text": "a b"}, "a b", [(0, 1), (2, 3)]),
        ({"text": "a-b", "offsets": [[0, 1], [2, 3]]}, "a-b", [(0, 1), (2, 3)]),
        ({"text": "ab", "offsets": []}, "ab", [(0, 1), (1, 2)]),
        ({"text": None, "offsets": [[0, 9]]}, None, None),
        ({"text": 3}, None, None),
    ],
)
def test_texts(more: dict[str, Any], text: str | None, offsets: list[tuple[int, int]] | None) -> None:
    remarks: list[Remark] = []
    sentence = sentence_of(RECORD | more, remarks)
    assert (sentence.text, sentence.offsets, remarks) == (text, offsets, [])


def test_a_text_without_the_tokens_is_left_out() -> None:
    remarks: list[Remark] = []
    assert sentence_of(RECORD | {"text": "a c"}, remarks).text is None
    message = "the text 'a c' does not hold the tokens and is left out"
    assert remarks == [Remark("texts left out", "f:3", message)]


NAMELESS = "f:3: found the number 0 in layer UPOS, expected names: --classes UPOS=NAME,NAME,…"
WITHIN = "expected [start, end] within 0 to 2"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"tokens": "a b"}, "f:3: found tokens 'a b', expected a list of strings"),
        ({"tokens": None}, "f:3: found tokens 'None', expected a list of strings"),
        ({"tokens": ["a", None]}, """f:3: found tokens "['a', None]", expected a list of strings"""),
        (
            {"tokens": ["a", "\ud800"]},
            r"""f:3: found tokens "['a', '\\ud800']", expected a list of strings""",
        ),
        ({"upos": "X X"}, "f:3: found upos 'X X', expected a list of tags"),
        ({"upos": ["X"]}, "f:3: found 1 tags in layer UPOS, expected 2, one a token"),
        ({"upos": ["X", None]}, "f:3: found 'None' in layer UPOS, expected a tag or its number"),
        ({"upos": ["X", True]}, "f:3: found 'True' in layer UPOS, expected a tag or its number"),
        ({"upos": ["X", "\udc00"]}, r"""f:3: found upos "['X', '\\udc00']", expected a list of tags"""),
        ({"upos": ["X", 0]}, NAMELESS),
        ({"ner_tags": [0, 2]}, "f:3: found the number 2 in layer ner, expected 0 to 1, its classes"),
        ({"ner_tags": [0, -1]}, "f:3: found the number -1 in layer ner, expected 0 to 1, its classes"),
        ({"text": "ab", "offsets": 3}, f"f:3: found offsets '3', {WITHIN}"),
        ({"text": "ab", "offsets": [[0, 1]]}, "f:3: found 1 offsets, expected 2, one a token"),
        ({"text": "ab", "offsets": [[0, 1], [1, 3]]}, f"f:3: found offsets '[1, 3]', {WITHIN}"),
        ({"text": "ab", "offsets": [[0, 1], [-1, 0]]}, f"f:3: found offsets '[-1, 0]', {WITHIN}"),
    ],
)
def test_what_is_no_sentence(more: dict[str, Any], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        sentence_of(RECORD | more)
    assert str(caught.value) == message


def test_a_sentence_and_its_record() -> None:
    sentence = Sentence(
        ["a", "b"],
        {"x": ["1", "2"], "ner": ["O", "B-X"]},
        text="a b",
        offsets=[(7, 8), (9, 10)],
        start=7,
        comments=("# c",),
        new_document=True,
    )
    record = to_record(sentence, ["ner", "x"])
    assert list(record) == ["tokens", "ner", "x", "text", "offsets", "new_document", "comments"]
    assert record == {
        "tokens": ["a", "b"],
        "ner": ["O", "B-X"],
        "x": ["1", "2"],
        "text": "a b",
        "offsets": [[0, 1], [2, 3]],
        "new_document": True,
        "comments": ["# c"],
    }
    again = to_sentence(record, "tokens", {"ner": "ner", "x": "x"}, {}, "", 0)
    assert (again.tags, again.surface()) == (sentence.tags, sentence.surface())
    assert (again.comments, again.new_document) == (("# c",), True)


def test_what_is_not_known_is_none() -> None:
    record = to_record(Sentence(["a"]), [])
    assert (record["text"], record["offsets"], record["comments"]) == (None, None, [])


@pytest.mark.parametrize("comments", [None, "# c", ["# c", 3], ["\ud800"]])
def test_comments_that_are_none(comments: object) -> None:
    assert sentence_of(RECORD | {"comments": comments}).comments == ()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["x"], "sentence: found the layers a, b, expected those of the first sentence: x"),
        ([], "sentence: found the layers a, b, expected those of the first sentence: none"),
    ],
)
def test_other_layers_than_the_first_sentence(layers: list[str], message: str) -> None:
    sentence = Sentence([], {"a": [], "b": []})
    with pytest.raises(CorpusError) as caught:
        check_layers(sentence, layers)
    assert str(caught.value) == message
    check_layers(sentence, ["b", "a"])
