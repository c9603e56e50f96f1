"""doccano's JSON lines: labels, entities with relations, and back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import doccano
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

# what doccano 1.8 exports of a project of sequence labelling …
LABELS = (
    '{"id":1,"text":"Ada 😀 slept.\\nByron didn\'t.","label":[[0,3,"PER"],[13,18,"PER"]],"Comments":[]}'
)
# … and of one with relations, "JSONL(Relation)"
RELATIONS: dict[str, Any] = {
    "id": 100,
    "text": "Google was founded on September 4, 1998, by Larry Page and Sergey Brin.",
    "entities": [
        {"id": 0, "label": "ORG", "start_offset": 0, "end_offset": 6},
        {"id": 1, "label": "DATE", "start_offset": 22, "end_offset": 39},
        {"id": 5, "label": "PERSON", "start_offset": 44, "end_offset": 54},
        {"id": 3, "label": "PERSON", "start_offset": 59, "end_offset": 70},
    ],
    "relations": [
        {"id": 0, "from_id": 0, "to_id": 1, "type": "foundedAt"},
        {"id": 1, "from_id": 0, "to_id": 5, "type": "foundedBy"},
        {"id": 2, "from_id": 0, "to_id": 3, "type": "foundedBy"},
    ],
    "Comments": ["sure?"],
    "lang": "en",
}


def read(*lines: str, remarks: list[Remark] | None = None, **options: str) -> list[Sentence]:
    report = [] if remarks is None else remarks
    return list(doccano.read(lines, "f", ReadOptions(report=report.append, **options)))


def written(sentences: list[Sentence], remarks: list[Remark] | None = None) -> list[dict[str, Any]]:
    options = WriteOptions(report=([] if remarks is None else remarks).append)
    lines = list(doccano.write(sentences, options))
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    return [json.loads(line) for line in lines]


def added(sentences: list[Sentence]) -> dict[str, object]:
    """What is written beside doccano's own fields."""
    ranges = [[list(pair) for pair in sentence.offsets or ()] for sentence in sentences]
    return {"sentences": ranges, "new_document": True}


def test_positions_count_characters() -> None:
    remarks: list[Remark] = []
    first, second = read("\n", LABELS, remarks=remarks)
    assert first.tokens == ["Ada", "😀", "slept", "."]
    assert second.tokens == ["Byron", "did", "n't", "."]
    assert first.tags == second.tags == {"ner": ["B-PER", "O", "O", "O"]}
    assert (first.place(), first.new_document, second.new_document) == ("f:2", True, False)
    assert remarks == []
    assert written([first, second]) == [json.loads(LABELS) | added([first, second])]


def test_entities_and_relations_come_back_with_their_ids() -> None:
    remarks: list[Remark] = []
    sentences = read(json.dumps(RELATIONS), remarks=remarks)
    (sentence,) = sentences
    assert " ".join(sentence.tokens) == (
        "Google was founded on September 4 , 1998 , by Larry Page and Sergey Brin ."
    )
    assert " ".join(sentence.tags["ner"]) == (
        "B-ORG O O O B-DATE I-DATE I-DATE I-DATE O O B-PERSON I-PERSON O B-PERSON I-PERSON O"
    )
    assert written(sentences, remarks) == [RELATIONS | added(sentences)]
    assert remarks == []


def test_relations_of_a_span_that_is_gone_go_too() -> None:
    (sentence,) = read(json.dumps(RELATIONS))
    sentence.tags["ner"][10:12] = ["O", "B-PERSON"]  # Larry Page → Page
    remarks: list[Remark] = []
    (item,) = written([sentence], remarks)
    new = {"id": 6, "label": "PERSON", "start_offset": 50, "end_offset": 54}
    assert item["entities"] == [*RELATIONS["entities"][:2], new, RELATIONS["entities"][3]]
    assert item["relations"] == [RELATIONS["relations"][0], RELATIONS["relations"][2]]
    relation = repr(str(RELATIONS["relations"][1]))
    message = f"the relation {relation} is of a span that is gone, and is left out"
    assert remarks == [Remark("relations left out", "f:1", message)]
    (again,) = read(json.dumps(item))
    assert again.tags == sentence.tags


TEXT = {"text": "Ada slept"}
OBJECT = {"id": 7, "label": "PER", "start_offset": 0, "end_offset": 3}


@pytest.mark.parametrize(
    ("item", "back"),
    [
        (TEXT, {"label": []}),
        (TEXT | {"label": [[0, 3, "PER"]]}, {}),
        (TEXT | {"labels": [[0, 3, "PER"]]}, {}),
        (TEXT | {"labels": []}, {}),
        (TEXT | {"label": [], "entities": [OBJECT]}, {}),
        (TEXT | {"entities": [[0, 3, "PER"]], "cats": ["question"]}, {}),
        (TEXT | {"entities": [], "relations": []}, {}),
        (TEXT | {"label": None}, {"label": []}),
        (TEXT | {"label": [OBJECT | {"user": 3}]}, {}),
        (TEXT | {"entities": [OBJECT], "relations": None}, {}),
        (TEXT | {"data": {"page": 3}, "label": []}, {}),
        ({"data": "Ada slept", "label": [[0, 3, "PER"]]}, {}),
    ],
)
def test_every_kind_of_field_comes_back(item: dict[str, Any], back: dict[str, Any]) -> None:
    sentences = read(json.dumps(item))
    spans = any(item.get(field) for field in doccano.FIELDS)
    assert [s.tags for s in sentences] == [{"ner": ["B-PER" if spans else "O", "O"]}]
    assert written(sentences) == [item | back | added(sentences)]


def test_a_layer_of_another_name() -> None:
    sentence = Sentence(["Ada", "slept"], {"x": ["B-PER", "O"]})
    (item,) = written([sentence])
    assert item == {
        "text": "Ada slept",
        "label": [[0, 3, "PER"]],
        "sentences": [[[0, 3], [4, 9]]],
        "layer": "x",
    }
    (again,) = read(json.dumps(item))
    assert (again.tags, again.new_document) == (sentence.tags, False)
    again.tags = {"ner": ["O", "O"]}
    again.new_document = True
    (item,) = written([again])
    assert (item["layer"], item["label"], item["new_document"]) == ("ner", [], True)


@pytest.mark.parametrize(
    ("nested", "tags", "message"),
    [
        (
            "outermost",
            ["B-A", "I-A", "I-A"],
            "f:1: the span 4-12 B 'b c d  e' overlaps the span 0-6 A 'a a b ' and is left out",
        ),
        (
            "longest",
            ["O", "O", "B-B"],
            "f:1: the span 0-6 A 'a a b ' overlaps the span 4-12 B 'b c d  e' and is left out",
        ),
    ],
)
def test_spans_that_overlap(nested: str, tags: list[str], message: str) -> None:
    remarks: list[Remark] = []
    line = '{"text": "a a b c d  e", "label": [[0, 6, "A"], [4, 12, "B"]]}'
    (sentence,) = read(line, remarks=remarks, nested=nested)
    assert sentence.tags["ner"][:3] == tags
    assert list(map(str, remarks)) == [message]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("3", """f:1: found '3', expected an object with "tokens", a list of strings"""),
        ('{"label": []}', "f:1: found text 'None', expected a string"),
        ('{"text": 3, "data": "a"}', "f:1: found text '3', expected a string"),
        ('{"text": "a", "label": "X"}', "f:1: found label 'X', expected a list of [start, end, label]"),
        ('{"text": "a", "label": ["X"]}', "f:1: found label 'X', expected [start, end, label]"),
        (
            '{"text": "a", "labels": [[0, 1]]}',
            "f:1: found labels '[0, 1]', expected [start, end, label]",
        ),
        (
            '{"text": "a", "label": [[0, 1, 3]]}',
            "f:1: found the span '[0, 1, 3]', expected start, end and a label",
        ),
        (
            '{"text": "a", "entities": [{"id": 1}]}',
            "f:1: found the span '[None, None, None]', expected start, end and a label",
        ),
        (
            '{"text": "a", "label": [[0, 2, "X"]]}',
            "f:1: found the span 0-2 X, expected one within 0 to 1",
        ),
        (
            '{"text": "a", "label": [[0, 1, "X"]], "entities": [[0, 1, "X"]]}',
            "f:1: found the fields label and entities, expected one of them",
        ),
        (
            '{"text": "a", "sentences": [[[1, 0]]]}',
            "f:1: found sentences '[1, 0]', expected sentences of [start, end] within the text,"
            " in its order",
        ),
    ],
)
def test_what_is_no_text_with_labels(line: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(line)
    assert str(caught.value) == message


def test_one_layer_alone() -> None:
    with pytest.raises(CorpusError) as caught:
        written([Sentence(["a"])])
    message = "sentence: found no layer of tags, expected one, which doccano has room for (--layers)"
    assert str(caught.value) == message


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
numbers = st.integers(0, 4)
triples = st.tuples(numbers, numbers, st.sampled_from("XY")).map(list)
entities = st.builds(
    lambda number, start, end: {"id": number, "label": "X", "start_offset": start, "end_offset": end},
    numbers | values,
    numbers,
    numbers,
)
relations = st.fixed_dictionaries({"from_id": numbers | values, "to_id": numbers | values})
objects = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text("ab ", max_size=4) | values,
        "data": values,
        "label": st.lists(triples, max_size=2) | values,
        "entities": st.lists(entities | triples, max_size=3) | values,
        "relations": st.lists(relations, max_size=2) | values,
        "layer": values,
        "new_document": values,
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
