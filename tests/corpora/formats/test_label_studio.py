"""Label Studio's exports: JSON and JSON-MIN, several annotators, models, and back."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import label_studio
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

TEXT = "😀 Ada Lovelace\nmet Babbage in London."


def region(number: str, start: int, end: int, text: str, *labels: str) -> dict[str, Any]:
    """A result as Label Studio writes it, positions in UTF-16 units."""
    return {
        "value": {"start": start, "end": end, "text": text, "labels": list(labels)},
        "id": number,
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
    }


# "JSON" of a project of named entities with relations, two annotators and a cancelled one
TASK: dict[str, Any] = {
    "id": 17,
    "annotations": [
        {"id": 40, "completed_by": 2, "result": [], "was_cancelled": True, "lead_time": 1.5},
        {
            "id": 41,
            "completed_by": 1,
            "result": [
                region("aa", 3, 15, "Ada Lovelace", "PER"),
                region("bb", 20, 27, "Babbage", "PER"),
                {
                    "from_id": "aa",
                    "to_id": "bb",
                    "type": "relation",
                    "direction": "right",
                    "labels": ["met"],
                },
                region("cc", 31, 37, "London", "LOC"),
                {
                    "id": "dd",
                    "from_name": "mood",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": ["glad"]},
                },
            ],
            "was_cancelled": False,
            "ground_truth": False,
            "created_at": "2024-05-01T10:00:00.000000Z",
            "lead_time": 12.25,
        },
        {"id": 42, "completed_by": 3, "result": [region("ee", 3, 6, "Ada", "PER")]},
    ],
    "file_upload": "letters.txt",
    "drafts": [],
    "predictions": [{"id": 3, "model_version": "other", "score": 0.5, "result": []}],
    "data": {"text": TEXT, "author": "Ada"},
    "meta": {},
    "inner_id": 1,
    "total_annotations": 2,
}
FORMS = ["😀", "Ada", "Lovelace", "met", "Babbage", "in", "London", "."]
TAGS = ["O", "B-PER", "I-PER", "O", "B-PER", "O", "B-LOC", "O"]

# "JSON-MIN" of the same
MINIMAL: dict[str, Any] = {
    "text": TEXT,
    "id": 17,
    "label": [
        {"start": 3, "end": 15, "text": "Ada Lovelace", "labels": ["PER"]},
        {"start": 31, "end": 37, "text": "London", "labels": ["LOC"]},
    ],
    "annotator": 1,
    "annotation_id": 41,
    "created_at": "2024-05-01T10:00:00.000000Z",
    "updated_at": "2024-05-01T10:00:00.000000Z",
    "lead_time": 12.25,
}


def read(*tasks: dict[str, Any], remarks: list[Remark] | None = None) -> list[Sentence]:
    report = ReadOptions(report=([] if remarks is None else remarks).append)
    return list(label_studio.read([json.dumps(tasks)], "f", report))


def written(sentences: list[Sentence], remarks: list[Remark] | None = None) -> list[dict[str, Any]]:
    options = WriteOptions(report=([] if remarks is None else remarks).append)
    found: list[dict[str, Any]] = json.loads("".join(label_studio.write(sentences, options)))
    return found


def added(sentences: list[Sentence], *layers: str) -> dict[str, object]:
    """What is written beside the data of a task."""
    ranges = [[list(pair) for pair in sentence.offsets or ()] for sentence in sentences]
    return {"sentences": ranges, "layers": list(layers or ("ner",)), "new_document": True}


def test_positions_in_utf16_units_become_characters() -> None:
    remarks: list[Remark] = []
    (sentence,) = read(TASK, remarks=remarks)
    assert (sentence.tokens, sentence.tags) == (FORMS, {"ner": TAGS})
    assert (sentence.text, sentence.place(), sentence.new_document) == (TEXT, "f:1", True)
    message = "f:1: one of 2 annotations of a task is left out; the first is taken"
    assert list(map(str, remarks)) == [message]
    assert remarks[0].kind == "annotations left out"


def test_all_of_a_task_comes_back() -> None:
    sentences = read(TASK)
    remarks: list[Remark] = []
    expected = TASK | {"data": TASK["data"] | added(sentences)}
    assert written(sentences, remarks) == [expected]
    assert written(read(expected), remarks) == [expected]
    assert remarks == []


def test_what_refers_to_a_span_that_is_gone_goes_too() -> None:
    (sentence,) = read(TASK)
    sentence.tags["ner"] = ["O", "B-PER", "I-PER", "O", "O", "O", "B-LOC", "B-X"]
    remarks: list[Remark] = []
    (task,) = written([sentence], remarks)
    results = TASK["annotations"][1]["result"]
    new = {
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 36, "end": 37, "text": ".", "labels": ["X"]},
    }
    assert task["annotations"][1]["result"] == [results[0], *results[3:], new]
    assert task["annotations"][::2] == TASK["annotations"][::2]
    message = "a result of type relation is of a span that is gone, and is left out"
    assert remarks == [Remark("results left out", "f:1", message)]
    assert read(task)[0].tags == sentence.tags


def test_the_minimal_export_is_read_and_becomes_a_full_one() -> None:
    remarks: list[Remark] = []
    sentences = read(MINIMAL, remarks=remarks)
    assert sentences[0].tags == {"ner": ["O", "B-PER", "I-PER", "O", "O", "O", "B-LOC", "O"]}
    data = {key: value for key, value in MINIMAL.items() if key != "label"}
    values = [
        {"start": 2, "end": 14, "text": "Ada Lovelace", "labels": ["PER"]},
        {"start": 30, "end": 36, "text": "London", "labels": ["LOC"]},
    ]
    results = [
        {"from_name": "label", "to_name": "text", "type": "labels", "value": value} for value in values
    ]
    assert written(sentences, remarks) == [
        {"data": data | added(sentences), "annotations": [{"result": results}]}
    ]
    assert remarks == []


def annotated(text: str, *results: dict[str, Any], **task: Any) -> dict[str, Any]:
    return {"data": {"text": text}, "annotations": [{"result": list(results)}], **task}


@pytest.mark.parametrize(
    ("text", "result", "tokens", "tags"),
    [
        # positions in characters, as programs write them
        ("😀 Ada", region("a", 2, 5, "Ada", "X"), ["😀", "Ada"], ["O", "B-X"]),
        ("😀 Ada", region("a", 3, 6, "Ada", "X"), ["😀", "Ada"], ["O", "B-X"]),
        ("😀😀Ada", region("a", 4, 7, "Ada", "X"), ["😀", "😀", "Ada"], ["O", "O", "B-X"]),
        ("a 😀 b", region("a", 2, 4, "😀", "X"), ["a", "😀", "b"], ["O", "B-X", "O"]),
        # a line break is written as two characters
        ("a\nb c", region("a", 0, 3, "a\\nb", "X"), ["a", "b", "c"], ["B-X", "I-X", "O"]),
        ("😀 a\nb", region("a", 3, 6, "a\\nb", "X"), ["😀", "a", "b"], ["O", "B-X", "I-X"]),
        # … and may be two characters
        ("a \\n b", region("a", 2, 4, "\\n", "X"), ["a", "\\", "n", "b"], ["O", "B-X", "I-X", "O"]),
        # no text to compare with
        ("Ada !", {"value": {"start": 0, "end": 3, "labels": ["X"]}}, ["Ada", "!"], ["B-X", "O"]),
    ],
)
def test_positions(text: str, result: dict[str, Any], tokens: list[str], tags: list[str]) -> None:
    (sentence,) = read(annotated(text, result))
    assert (sentence.tokens, sentence.tags) == (tokens, {"ner": tags})
    (again,) = read(*written([sentence]))
    assert (again.tokens, again.tags) == (tokens, {"ner": tags})


def test_a_layer_of_one_task_is_one_of_all() -> None:
    tasks = [
        annotated("Ada"),
        annotated("Ada", region("a", 0, 3, "Ada", "X") | {"from_name": "who"}),
        {"data": {"text": "Ada"}},
        annotated("Ada", region("a", 0, 3, "Ada", "X") | {"from_name": "what"}),
    ]
    assert [s.tags for s in read(*tasks)] == [
        {"who": ["O"], "what": ["O"]},
        {"who": ["B-X"], "what": ["O"]},
        {"who": ["O"], "what": ["O"]},
        {"who": ["O"], "what": ["B-X"]},
    ]
    assert [s.tags for s in read(*written(read(*tasks)))] == [s.tags for s in read(*tasks)]
    assert [s.tags for s in read(tasks[0])] == [{"ner": ["O"]}]


def test_a_task_that_nobody_has_seen_stays_one() -> None:
    task = {"id": 1, "data": {"text": "Ada"}, "annotations": [], "predictions": []}
    sentences = read(task)
    assert sentences[0].tags == {"ner": ["O"]}
    assert written(sentences) == [task | {"data": {"text": "Ada"} | added(sentences)}]
    sentences[0].tags = {"ner": ["B-X"]}
    (back,) = written(sentences)
    assert [len(one["result"]) for one in back["annotations"]] == [1]


def test_predictions_are_read_where_nobody_annotated() -> None:
    results = [region("a", 0, 3, "Ada", "X")]
    task = {
        "data": {"text": "Ada"},
        "annotations": [{"result": [], "was_cancelled": True}],
        "predictions": [{"result": results}, {"result": []}],
    }
    remarks: list[Remark] = []
    sentences = read(task, remarks=remarks)
    assert sentences[0].tags == {"ner": ["B-X"]}
    message = "f:1: one of 2 predictions of a task is left out; the first is taken"
    assert list(map(str, remarks)) == [message]
    (back,) = written(sentences)
    value = {"start": 0, "end": 3, "text": "Ada", "labels": ["X"]}
    assert back["annotations"] == [
        {"result": [{"from_name": "label", "to_name": "text", "type": "labels", "value": value}]},
        {"result": [], "was_cancelled": True},
    ]
    assert back["predictions"] == task["predictions"]


def test_completions_of_old_versions() -> None:
    task = {
        "data": {"text": "Ada"},
        "completions": [{"id": 1, "result": [region("a", 0, 3, "Ada", "X")]}],
    }
    sentences = read(task)
    assert sentences[0].tags == {"ner": ["B-X"]}
    assert written(sentences) == [task | {"data": {"text": "Ada"} | added(sentences)}]


def test_tags_of_a_model_become_a_prediction() -> None:
    (sentence,) = read(TASK)
    sentence.tags["ner"] = ["O", "B-PER", *["O"] * 6]
    sentence.confidences = {"ner": [0.5] * 8}
    remarks: list[Remark] = []
    (task,) = written([sentence], remarks)
    result = {
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 2, "end": 5, "text": "Ada", "labels": ["PER"]},
    }
    ours = {"model_version": "tagger", "result": [result]}
    assert task["predictions"] == [ours, *TASK["predictions"]]
    assert "annotations" not in task
    message = "one of the annotations of a task gives way to what the model predicted"
    assert remarks == [Remark("annotations left out", "f:1", message)] * 3
    (again,) = read(task)
    assert again.tags == sentence.tags
    again.confidences = sentence.confidences
    assert written([again]) == [task]


def test_the_text_may_have_another_name() -> None:
    task = {"data": {"review": "Ada", "stars": 3}, "annotations": []}
    (sentence,) = read(task)
    sentence.tags = {"ner": ["B-X"]}
    (back,) = written([sentence])
    assert back["data"]["review"] == "Ada"
    assert back["annotations"][0]["result"][0]["to_name"] == "review"
    minimal = {key: value for key, value in MINIMAL.items() if key != "text"} | {"review": TEXT}
    assert read(minimal)[0].tags["ner"][:3] == ["O", "B-PER", "I-PER"]


def test_a_span_with_two_labels() -> None:
    remarks: list[Remark] = []
    (sentence,) = read(annotated("Ada", region("a", 0, 3, "Ada", "X", "Y")), remarks=remarks)
    assert sentence.tags == {"ner": ["B-X"]}
    message = "f:1: the span 0-3 Y 'Ada' lies in the span 0-3 X 'Ada' and is left out"
    assert list(map(str, remarks)) == [message]
    (task,) = written([sentence])
    assert task["annotations"][0]["result"] == [region("a", 0, 3, "Ada", "X")]


def test_spans_that_are_none_of_plain_text_are_left_out() -> None:
    remarks: list[Remark] = []
    result = {"type": "hypertextlabels", "value": {"startOffset": 0, "hypertextlabels": ["X"]}}
    sentences = read(annotated("Ada", result), remarks=remarks)
    assert sentences[0].tags == {"ner": ["O"]}
    message = "f:1: a result of type 'hypertextlabels' marks no plain text and is left out"
    assert list(map(str, remarks)) == [message]
    assert written(sentences)[0]["annotations"] == [{"result": [result]}]


def test_sentences_of_another_format() -> None:
    sentence = Sentence(["Ada", "!"], {"ner": ["B-X", "O"], "mood": ["O", "B-Y"]}, new_document=True)
    bare = Sentence(["b"])
    tasks = written([sentence, bare])
    result = {
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["X"]},
    }
    second = {
        "from_name": "mood",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 4, "end": 5, "text": "!", "labels": ["Y"]},
    }
    assert tasks == [
        {
            "data": {
                "text": "Ada !",
                "sentences": [[[0, 3], [4, 5]]],
                "layers": ["ner", "mood"],
                "new_document": True,
            },
            "annotations": [{"result": [result, second]}],
        },
        {"data": {"text": "b", "sentences": [[[0, 1]]], "layers": []}, "annotations": [{"result": []}]},
    ]
    assert [(s.tags, s.new_document) for s in read(*tasks)] == [(sentence.tags, True), ({}, False)]


@pytest.mark.parametrize("content", ["", " \n", "[]"])
def test_no_tasks(content: str) -> None:
    assert list(label_studio.read([content], "f")) == []
    assert "".join(label_studio.write([])) == "[]\n"


LIST = "expected a list of tasks"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[\n{]", None),
        ("{}", f"f: found '{{}}', {LIST}"),
        ("[3]", "f:1: found '3', expected a task, which is an object"),
        ('[{"data": 3}]', "f:1: found data '3', expected an object with a text"),
        ('[{"data": {}}]', """f:1: found the data '{}', expected one text, or one named "text\""""),
        (
            '[{"data": {"a": "x", "b": "y"}}]',
            """f:1: found the data "{'a': 'x', 'b': 'y'}", expected one text, or one named "text\"""",
        ),
        (r'[{"data": {"a": "\ud800"}}]', r"f:1: found text '\ud800', expected a string"),
        (
            '[{"data": {"a": "x"}, "annotations": 3}]',
            "f:1: found annotations '3', expected a list of objects",
        ),
        (
            '[{"data": {"a": "x"}, "predictions": [3]}]',
            "f:1: found predictions '[3]', expected a list of objects",
        ),
        (
            '[{"data": {"a": "x"}, "annotations": [{"result": "y"}]}]',
            "f:1: found result 'y', expected a list",
        ),
        (
            '[{"data": {"a": "x"}, "annotations": [{"result": [{"value": {"labels": ["X"]}}]}]}]',
            """f:1: found the span "[None, None, 'X']", expected start, end and a label""",
        ),
        (
            '[{"a": "xyz", "label": [{"start": 0, "end": 2, "text": "yz", "labels": ["X"]}]}]',
            "f:1: found the span 0-2 of 'xy', expected its text 'yz'",
        ),
        (
            '[{"a": "xyz", "label": [{"start": 0, "end": 9, "labels": ["X"]}]}]',
            "f:1: found the span 0-9 X, expected one within 0 to 3",
        ),
        (
            '[{"a": "xyz", "label": [{"start": -9, "end": -1, "text": "", "labels": ["X"]}]}]',
            "f:1: found the span -9--1 X, expected one within 0 to 3",
        ),
        (
            '[{"a": "xyz", "sentences": [[[3, 9]]]}]',
            "f:1: found sentences '[3, 9]', expected sentences of [start, end] within the text,"
            " in its order",
        ),
    ],
)
def test_what_is_no_list_of_tasks(content: str, message: str | None) -> None:
    with pytest.raises(CorpusError) as caught:
        list(label_studio.read([content], "f"))
    if message is None:  # the words are those of the library
        assert str(caught.value).startswith("f:2: found no JSON (")
        assert str(caught.value).endswith(f"), {LIST}")
    else:
        assert str(caught.value) == message


def test_too_deep_or_too_long_a_value() -> None:
    for content in ("[" * 100_000, "9" * 5000):
        with pytest.raises(CorpusError) as caught:
            list(label_studio.read([content], "f"))
        assert caught.value.place == "f"


def test_the_name_of_a_control_is_no_layer() -> None:
    with pytest.raises(CorpusError) as caught:
        written([Sentence(["a"], {"label": ["O"]})])
    assert str(caught.value) == "sentence: found a layer named label, expected another name for tags"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
places = st.fixed_dictionaries(
    {"start": st.integers(0, 4), "end": st.integers(0, 4)},
    optional={
        "labels": st.lists(st.sampled_from("XY"), max_size=2) | values,
        "text": st.sampled_from(["a", "ab", "b"]) | values,
    },
)
results = st.fixed_dictionaries(
    {"value": places | values},
    optional={
        "id": st.sampled_from("ab") | values,
        "from_id": st.sampled_from("ab") | values,
        "from_name": st.sampled_from(["label", "x"]) | values,
        "to_name": values,
        "type": st.sampled_from(["labels", "relation", "hypertextlabels"]) | values,
    },
)
annotations = st.lists(
    st.fixed_dictionaries(
        {}, optional={"result": st.lists(results, max_size=3) | values, "was_cancelled": st.booleans()}
    )
    | values,
    max_size=2,
)
data = st.fixed_dictionaries(
    {"text": st.text("ab 😀\n", max_size=4) | values},
    optional={"label": st.lists(places | values, max_size=2), "layers": values, "new_document": values},
)
tasks = st.fixed_dictionaries(
    {"data": data | values},
    optional={"annotations": annotations | values, "predictions": annotations, "completions": values},
)


@given(tasks | data | values, st.booleans())
def test_any_task_is_sentences_that_come_back_or_an_error(task: Any, confident: bool) -> None:
    kept = copy.deepcopy(task)
    try:
        sentences = read(task)
    except CorpusError as error:
        assert error.place == "f:1"
        return
    assert task == kept
    for sentence in sentences:
        sentence.confidences = {"ner": [1.0] * len(sentence)} if confident else {}
    again = read(*written(sentences))
    assert [(s.tokens, s.tags) for s in again] == [(s.tokens, s.tags) for s in sentences]
