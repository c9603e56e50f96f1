"""Prodigy's JSON lines: as ner.manual writes them, and back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import prodigy
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

# `prodigy db-out` after `prodigy ner.manual`, the tokens of a blank spaCy pipeline
MANUAL: dict[str, Any] = {
    "text": "Ada  Lovelace can't 😀 in\nLondon.",
    "meta": {"source": "letters", "page": 3},
    "_input_hash": -1_437_214_122,
    "_task_hash": 1_229_343_811,
    "_is_binary": False,
    "tokens": [
        {"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": True},
        {"text": " ", "start": 4, "end": 5, "id": 1, "ws": False, "disabled": True},
        {"text": "Lovelace", "start": 5, "end": 13, "id": 2, "ws": True},
        {"text": "ca", "start": 14, "end": 16, "id": 3, "ws": False},
        {"text": "n't", "start": 16, "end": 19, "id": 4, "ws": True},
        {"text": "😀", "start": 20, "end": 21, "id": 5, "ws": True},
        {"text": "in", "start": 22, "end": 24, "id": 6, "ws": False},
        {"text": "\n", "start": 24, "end": 25, "id": 7, "ws": False},
        {"text": "London", "start": 25, "end": 31, "id": 8, "ws": False},
        {"text": ".", "start": 31, "end": 32, "id": 9, "ws": False},
    ],
    "_view_id": "ner_manual",
    "spans": [
        {"start": 0, "end": 13, "token_start": 0, "token_end": 2, "label": "PERSON", "source": "en"},
        {"start": 25, "end": 31, "token_start": 8, "token_end": 8, "label": "GPE"},
    ],
    "answer": "accept",
    "_timestamp": 1_690_000_000,
    "_annotator_id": "2023-07-22",
}
TAGS = ["B-PERSON", "I-PERSON", "I-PERSON", "O", "O", "O", "O", "O", "B-GPE", "O"]


def read(*lines: str, remarks: list[Remark] | None = None) -> list[Sentence]:
    report = ReadOptions(report=([] if remarks is None else remarks).append)
    return list(prodigy.read(lines, "f", report))


def written(sentences: list[Sentence]) -> list[dict[str, Any]]:
    lines = list(prodigy.write(sentences))
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    return [json.loads(line) for line in lines]


def test_an_example_is_a_sentence_of_its_tokens() -> None:
    remarks: list[Remark] = []
    (sentence,) = read("", json.dumps(MANUAL), remarks=remarks)
    assert sentence.tokens == [token["text"] for token in MANUAL["tokens"]]
    assert sentence.tags == {"ner": TAGS}
    assert (sentence.text, sentence.start, sentence.new_document) == (MANUAL["text"], 0, True)
    assert sentence.place() == "f:2"
    assert remarks == []


def test_all_of_it_comes_back() -> None:
    (sentence,) = read(json.dumps(MANUAL))
    ranges = [[[token["start"], token["end"]] for token in MANUAL["tokens"]]]
    assert written([sentence]) == [MANUAL | {"sentences": ranges, "new_document": True}]


def test_new_spans_take_the_place_of_the_old() -> None:
    (sentence,) = read(json.dumps(MANUAL))
    sentence.tags["ner"] = ["O", "O", "O", "O", "O", "B-EMOJI", "O", "O", "B-GPE", "I-GPE"]
    (item,) = written([sentence])
    assert item["spans"] == [
        {"start": 20, "end": 21, "token_start": 5, "token_end": 5, "label": "EMOJI"},
        {"start": 25, "end": 32, "token_start": 8, "token_end": 9, "label": "GPE"},
    ]
    assert item["meta"] == MANUAL["meta"]


def test_a_text_without_tokens_is_split() -> None:
    line = '{"text": "Ada slept. Byron did not.", "spans": [{"start": 11, "end": 16, "label": "PER"}]}'
    first, second = read(line)
    assert (first.tokens, second.tokens) == (["Ada", "slept", "."], ["Byron", "did", "not", "."])
    assert second.tags == {"ner": ["B-PER", "O", "O", "O"]}
    (item,) = written([first, second])
    assert item == {
        "text": "Ada slept. Byron did not.",
        "tokens": [
            {"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": True},
            {"text": "slept", "start": 4, "end": 9, "id": 1, "ws": False},
            {"text": ".", "start": 9, "end": 10, "id": 2, "ws": True},
            {"text": "Byron", "start": 11, "end": 16, "id": 3, "ws": True},
            {"text": "did", "start": 17, "end": 20, "id": 4, "ws": True},
            {"text": "not", "start": 21, "end": 24, "id": 5, "ws": False},
            {"text": ".", "start": 24, "end": 25, "id": 6, "ws": False},
        ],
        "spans": [{"start": 11, "end": 16, "token_start": 3, "token_end": 3, "label": "PER"}],
        "answer": "accept",
        "sentences": [[[0, 3], [4, 9], [9, 10]], [[11, 16], [17, 20], [21, 24], [24, 25]]],
        "new_document": True,
    }
    assert [s.tokens for s in read(json.dumps(item))] == [first.tokens, second.tokens]


def test_a_sentence_of_another_format() -> None:
    sentence = Sentence(["", "Ada", "", "!"], {"x": ["O", "B-PER", "O", "O"]}, new_document=False)
    (item,) = written([sentence])
    assert item["layer"] == "x"
    assert item["spans"] == [{"start": 1, "end": 4, "token_start": 1, "token_end": 1, "label": "PER"}]
    (again,) = read(json.dumps(item))
    assert (again.tokens, again.tags, again.new_document) == (sentence.tokens, sentence.tags, False)


def test_a_token_is_found_beside_an_empty_one_at_the_same_place() -> None:
    sentence = Sentence(["", "a", ""], {"ner": ["O", "B-X", "O"]}, "a", [(0, 0), (0, 1), (1, 1)])
    (item,) = written([sentence])
    assert item["spans"] == [{"start": 0, "end": 1, "token_start": 1, "token_end": 1, "label": "X"}]


@pytest.mark.parametrize("answer", ["reject", "ignore", None])
def test_what_was_not_accepted_is_left_out(answer: str | None) -> None:
    remarks: list[Remark] = []
    assert read(json.dumps(MANUAL | {"answer": answer}), remarks=remarks) == []
    message = f"an example answered {str(answer)!r} is left out"
    assert remarks == [Remark("examples left out", "f:1", message)]


def test_spans_that_overlap() -> None:
    remarks: list[Remark] = []
    spans = [{"start": 0, "end": 9, "label": "A"}, {"start": 0, "end": 3, "label": "B"}]
    (sentence,) = read(json.dumps({"text": "Ada slept", "spans": spans}), remarks=remarks)
    assert sentence.tags == {"ner": ["B-A", "I-A"]}
    message = "f:1: the span 0-3 B 'Ada' lies in the span 0-9 A 'Ada slept' and is left out"
    assert list(map(str, remarks)) == [message]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("text", "f:1: found 'text', expected a JSON object on one line"),
        ("{}", "f:1: found text 'None', expected a string"),
        ('{"text": "a", "spans": 3}', "f:1: found spans '3', expected a list of objects"),
        ('{"text": "a", "spans": [3]}', "f:1: found spans '[3]', expected a list of objects"),
        (
            '{"text": "a", "spans": [{"start": 0, "end": 1}]}',
            "f:1: found the span '[0, 1, None]', expected start, end and a label",
        ),
        (
            '{"text": "a", "spans": [{"start": 0, "end": 2, "label": "X"}]}',
            "f:1: found the span 0-2 X, expected one within 0 to 1",
        ),
        ('{"text": "a", "tokens": 3}', "f:1: found tokens '3', expected a list of objects"),
        ('{"text": "a", "tokens": ["a"]}', """f:1: found tokens "['a']", expected a list of objects"""),
        (
            '{"text": "ab", "tokens": [{"text": "b", "start": 0, "end": 1}]}',
            "f:1: found the token 'b' at 0, expected 'a'",
        ),
        (
            '{"text": "ab", "tokens": [{"text": "a"}]}',
            "f:1: found sentences '[None, None]', expected sentences of [start, end] within the text,"
            " in its order",
        ),
        (
            '{"text": "ab", "sentences": [[[0, 3]]]}',
            "f:1: found sentences '[0, 3]', expected sentences of [start, end] within the text,"
            " in its order",
        ),
    ],
)
def test_what_is_no_example(line: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(line)
    assert str(caught.value) == message


def test_one_layer_alone() -> None:
    with pytest.raises(CorpusError) as caught:
        list(prodigy.write([Sentence(["a"], {"x": ["O"], "y": ["O"]})], WriteOptions()))
    message = "sentence: found the layers x, y, expected one, which Prodigy has room for (--layers)"
    assert str(caught.value) == message


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "end", "label", "text"]), inner, max_size=4)
    ),
    max_leaves=8,
)
places = st.fixed_dictionaries(
    {"start": st.integers(0, 3) | values, "end": st.integers(0, 3) | values},
    optional={"label": st.just("X") | values, "text": st.just("a") | values},
)
objects = st.fixed_dictionaries(
    {"text": st.text("ab ", max_size=3) | values},
    optional={
        "tokens": st.lists(places, max_size=2) | values,
        "spans": st.lists(places, max_size=2) | values,
        "sentences": st.lists(st.lists(st.lists(st.integers(0, 3), max_size=3))) | values,
        "layer": values,
        "new_document": values,
        "answer": st.just("accept"),
    },
)


@given(objects)
def test_any_object_is_sentences_that_come_back_or_an_error(item: dict[str, Any]) -> None:
    try:
        sentences = read(json.dumps(item))
    except CorpusError as error:
        assert error.place == "f:1"
        return
    again = read(*map(json.dumps, written(sentences)))
    assert [(s.tokens, s.tags) for s in again] == [(s.tokens, s.tags) for s in sentences]
