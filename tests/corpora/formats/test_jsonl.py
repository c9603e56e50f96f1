"""JSON lines: what is required, what is kept, round trips."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import jsonl
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, Span


def read(*lines: str) -> list[Sentence]:
    return list(jsonl.read(lines, "f"))


def written(sentence: Sentence) -> str:
    (line,) = jsonl.write([sentence])
    assert line.endswith("\n")
    assert line.count("\n") == 1
    return line[:-1]


def test_only_tokens_are_required() -> None:
    first, second = read('{"tokens": ["a", "b"]}', "", ' {"tokens": [], "tags": {}, "offsets": null}')
    assert (first.tokens, first.tags, first.text, first.offsets) == (["a", "b"], {}, None, None)
    assert (first.place(1), second.place()) == ("f:1", "f:3")


def test_everything_is_read() -> None:
    line = (
        '{"text": "Hi!", "tokens": ["Hi", "!"], "offsets": [[0, 2], [2, 3]], "tags": {"x": ["1", "2"]}}'
    )
    (sentence,) = read(line)
    assert sentence.surface() == ("Hi!", [(0, 2), (2, 3)])
    assert sentence.tags == {"x": ["1", "2"]}


OBJECT = 'an object with "tokens", a list of strings'
LAYERS = "layer → list of strings"
OFFSETS = "f:1: found offsets that do not give the tokens, expected ranges in text"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tokens", "f:1: found 'tokens', expected a JSON object on one line"),
        (
            '{"tokens": ["a"]',
            """f:1: found '{"tokens": ["a"]', expected a JSON object on one line""",
        ),
        ("[" * 100_000, f"f:1: found '{'[' * 59}…', expected a JSON object on one line"),
        ("9" * 5000, f"f:1: found '{'9' * 59}…', expected a JSON object on one line"),
        ("[]", f"f:1: found '[]', expected {OBJECT}"),
        ("null", f"f:1: found 'null', expected {OBJECT}"),
        ("{}", f"f:1: found '{{}}', expected {OBJECT}"),
        ('{"tokens": "ab"}', f"""f:1: found '{{"tokens": "ab"}}', expected {OBJECT}"""),
        ('{"tokens": [1]}', f"""f:1: found '{{"tokens": [1]}}', expected {OBJECT}"""),
        (
            r'{"tokens": ["\ud800"]}',
            f"""f:1: found '{{"tokens": ["\\\\ud800"]}}', expected {OBJECT}""",
        ),
        ('{"tokens": [], "tags": null}', f"f:1: found tags 'None', expected {LAYERS}"),
        (
            '{"tokens": [], "tags": {"x": [1]}}',
            f"""f:1: found tags "{{'x': [1]}}", expected {LAYERS}""",
        ),
        (
            '{"tokens": ["a"], "tags": {"x": []}}',
            "f:1: found 0 tags in layer x, expected 1, one a token",
        ),
        ('{"tokens": ["a"], "offsets": [[0, 1]]}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [], "text": "a"}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [[0, 2]], "text": "a"}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [[1, 0]], "text": "a"}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [[-1, 1]], "text": "a"}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [[0, 1, 1]], "text": "a"}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [[0, 1.0]], "text": "a"}', OFFSETS),
        ('{"tokens": ["a"], "offsets": [[false, true]], "text": "a"}', OFFSETS),
        (r'{"tokens": ["a"], "offsets": [[0, 1]], "text": "a\ud800"}', OFFSETS),
    ],
)
def test_what_is_no_sentence(line: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(line)
    assert str(caught.value) == message


def test_spans_get_characters_and_text() -> None:
    sentence = Sentence(
        ["Ada", "Lovelace", "slept"],
        {"ner": ["B-PER", "I-PER", "O"]},
        text="Ada  Lovelace slept",
        offsets=[(100, 103), (105, 113), (114, 119)],
        start=100,
        spans={"ner": [Span(0, 2, "PER", confidence=0.123456)]},
    )
    assert json.loads(written(sentence)) == {
        "text": "Ada  Lovelace slept",
        "tokens": ["Ada", "Lovelace", "slept"],
        "offsets": [[0, 3], [5, 13], [14, 19]],
        "tags": {"ner": ["B-PER", "I-PER", "O"]},
        "spans": {
            "ner": [
                {
                    "start": 0,
                    "end": 13,
                    "label": "PER",
                    "text": "Ada  Lovelace",
                    "confidence": 0.1235,
                }
            ]
        },
        "start": 100,
    }


RECORD = {
    "id": 7,
    "tokens": ["a"],
    "tags": {"x": ["1"]},
    "spans": {"x": [{"start": 0}]},
    "more": [None],
}


@pytest.mark.parametrize("indent", ["", " ", "\t"])
def test_fields_that_are_not_known_come_back(indent: str) -> None:
    (sentence,) = read(indent + json.dumps(RECORD))
    assert json.loads(written(sentence)) == RECORD | {"text": "a", "offsets": [[0, 1]]}


def test_new_tags_and_spans_take_the_place_of_the_old() -> None:
    (sentence,) = read(json.dumps(RECORD))
    sentence.tags["x"] = ["B-Y"]
    sentence.spans["x"] = [Span(0, 1, "Y")]
    item = json.loads(written(sentence))
    assert item["tags"] == {"x": ["B-Y"]}
    assert item["spans"] == {
        "x": [{"start": 0, "end": 1, "label": "Y", "text": "a", "confidence": None}]
    }
    assert item["id"] == 7


LAYERS_WITH_SPANS = {
    "tokens": ["a"],
    "tags": {"x": ["B-X"], "y": ["B-Y"]},
    "z_tags": ["B-Z"],
    "spans": {name: [{"label": name.upper(), "confidence": 0.5}] for name in "xyzu"},
}


def test_spans_of_layers_that_were_not_tagged_anew_stay() -> None:
    (sentence,) = read(json.dumps(LAYERS_WITH_SPANS))
    sentence.tags |= {"y": ["B-A"], "new": ["B-B"]}
    sentence.spans = {"y": [Span(0, 1, "A", confidence=0.25)], "new": []}
    item = json.loads(written(sentence))
    tagged = {"start": 0, "end": 1, "label": "A", "text": "a", "confidence": 0.25}
    assert item["spans"] == LAYERS_WITH_SPANS["spans"] | {"y": [tagged], "new": []}
    assert list(item["tags"]) == ["x", "y", "z", "new"]


@pytest.mark.parametrize(
    ("layers", "kept"), [("xyz", "xyzu"), ("yx", "xyu"), ("z", "zu"), ("u", "u"), ("", "u")]
)
def test_spans_go_with_their_layers(layers: str, kept: str) -> None:
    """Those of a name that was never a layer stay."""
    (sentence,) = read(json.dumps(LAYERS_WITH_SPANS))
    sentence.tags = {name: sentence.tags.get(name, ["O"]) for name in layers}
    item = json.loads(written(sentence))
    assert item["spans"] == {name: LAYERS_WITH_SPANS["spans"][name] for name in kept}


@pytest.mark.parametrize("spans", [[[0, 1, "X"]], [], "none", 7, {"x": 1}, {"x": [], "n": None}])
def test_spans_of_another_meaning_stay(spans: object) -> None:
    (sentence,) = read(json.dumps({"tokens": ["a"], "tags": {"x": ["O"]}, "spans": spans}))
    assert json.loads(written(sentence))["spans"] == spans
    sentence.tags = {"y": ["B-Y"]}
    assert json.loads(written(sentence))["spans"] == spans
    sentence.spans = {"y": [Span(0, 1, "Y")]}
    remarks: list[Remark] = []
    (line,) = jsonl.write([sentence], WriteOptions(report=remarks.append))
    assert json.loads(line)["spans"] == spans
    assert [(r.kind, str(r)) for r in remarks] == [
        ("spans left out", f"f:1: spans of y give way to the field spans {str(spans)!r}")
    ]


def test_new_spans_take_the_place_of_null() -> None:
    (sentence,) = read('{"tokens": ["a"], "spans": null}')
    assert json.loads(written(sentence))["spans"] is None
    sentence.tags, sentence.spans = {"y": ["O"]}, {"y": []}
    assert json.loads(written(sentence))["spans"] == {"y": []}


def test_rows_of_conllu_are_no_fields() -> None:
    item = json.loads(written(Sentence(["a"], record=("1\ta" + "\t_" * 8,))))
    assert item == {"text": "a", "tokens": ["a"], "offsets": [[0, 1]], "tags": {}, "spans": {}}


def test_what_stands_beside_the_tokens_comes_back() -> None:
    sentence = Sentence(
        ["a", "b"],
        text="a  b",
        offsets=[(7, 8), (10, 11)],
        start=7,
        comments=("# one", "#two\tthree"),
        new_document=True,
    )
    line = written(sentence)
    assert json.loads(line) == {
        "text": "a  b",
        "tokens": ["a", "b"],
        "offsets": [[0, 1], [3, 4]],
        "tags": {},
        "spans": {},
        "start": 7,
        "new_document": True,
        "comments": ["# one", "#two\tthree"],
    }
    (again,) = read(line)
    assert (again.text, again.offsets, again.start) == ("a  b", [(7, 8), (10, 11)], 7)
    assert (again.comments, again.new_document) == (sentence.comments, True)
    assert written(again) == line


def test_what_is_taken_from_a_sentence_does_not_come_back() -> None:
    (sentence,) = read(
        '{"tokens": ["a"], "start": 7, "new_document": true, "comments": ["# c"], "x": 1}'
    )
    sentence.start, sentence.new_document, sentence.comments = 0, False, ()
    assert written(sentence) == (
        '{"tokens": ["a"], "x": 1, "text": "a", "offsets": [[0, 1]], "tags": {}, "spans": {}}'
    )


@pytest.mark.parametrize(
    "beside",
    [
        {"start": -1},
        {"start": "7"},
        {"start": True},
        {"comments": "fine"},
        {"comments": ["no mark"]},
        {"comments": ["# a", 1]},
        {"new_document": "yes"},
        {"new_document": 1},
    ],
)
def test_fields_of_another_meaning_are_kept_as_they_are(beside: dict[str, object]) -> None:
    (sentence,) = read(json.dumps({"tokens": ["a"]} | beside))
    assert (sentence.start, sentence.comments, sentence.new_document) == (0, (), False)
    again = json.loads(written(sentence))
    assert {key: again[key] for key in beside} == beside


CLASSES = {"ner": ("O", "B-PER"), "pos": ("X", "Y")}


@pytest.mark.parametrize(
    ("item", "tags"),
    [
        ({"tokens": ["a", "b"], "ner_tags": [1, 0]}, {"ner": ["B-PER", "O"]}),
        ({"words": ["a", "b"], "NER_Tags": ["x", 0], "id": "7"}, {"ner": ["x", "O"]}),
        (
            {"forms": ["a", "b"], "pos": [0, 1], "upos": ["N", "V"]},
            {"pos": ["X", "Y"], "UPOS": ["N", "V"]},
        ),
        ({"token": ["a", "b"], "labels": ["1", "2"]}, {"labels": ["1", "2"]}),
        ({"word": ["a", "b"], "tags": ["1", "2"]}, {"tags": ["1", "2"]}),
        (
            {"form": ["a", "b"], "tags": {"x": ["1", "2"]}, "tag": ["3", "4"]},
            {"x": ["1", "2"], "tag": ["3", "4"]},
        ),
        # the first that holds strings; other lists are none of tags
        ({"tokens": [{"id": 1}], "words": ["a", "b"], "heads": [1, 0]}, {}),
    ],
)
def test_lines_of_data_sets(item: dict[str, object], tags: dict[str, list[str]]) -> None:
    (sentence,) = jsonl.read([json.dumps(item)], "f", ReadOptions(classes=CLASSES))
    assert sentence.tokens == ["a", "b"]
    assert sentence.tags == tags
    (again,) = read(written(sentence))
    assert (again.tokens, again.tags) == (["a", "b"], tags)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('"ner_tags": [2]', "f:1: found the number 2 in layer ner, expected 0 to 1, its classes"),
        ('"ner_tags": [null]', "f:1: found 'None' in layer ner, expected a tag or its number"),
        (
            '"tags": [1]',
            "f:1: found the number 1 in layer tags, expected names: --classes tags=NAME,NAME,…",
        ),
        ('"ner_tags": ["O"], "ner": ["O"]', "f:1: found the layer ner twice, expected once"),
        ('"tags": {"ner": ["O"]}, "ner": ["O"]', "f:1: found the layer ner twice, expected once"),
        ('"ner": ["O", "O"]', "f:1: found 2 tags in layer ner, expected 1, one a token"),
        (r'"ner": ["\ud800"]', r"""f:1: found ner "['\\ud800']", expected a list of tags"""),
        (
            r'"tags": {"\ud800": ["O"]}',
            r"f:1: found half of a surrogate pair in the layer '\ud800', expected UTF-8",
        ),
        ('"text": 7', "f:1: found text '7', expected a string"),
        (r'"text": "\ud800"', r"f:1: found text '\ud800', expected a string"),
    ],
)
def test_fields_that_are_wrong(fields: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        list(jsonl.read(['{"tokens": ["a"], ' + fields + "}"], "f", ReadOptions(classes=CLASSES)))
    assert str(caught.value) == message


def test_text_without_offsets_is_searched_for_the_tokens() -> None:
    remarks: list[Remark] = []
    lines = ['{"tokens": ["do", "n\'t"], "text": " don\'t"}', '{"tokens": ["a"], "text": "b"}']
    found, lost = jsonl.read(lines, "f", ReadOptions(report=remarks.append))
    assert (found.text, found.offsets) == (" don't", [(1, 3), (3, 6)])
    assert (lost.text, lost.offsets) == (None, None)
    assert [(r.kind, str(r)) for r in remarks] == [
        ("texts left out", "f:2: the text 'b' does not hold the tokens and is left out")
    ]


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n\r"\\\u2028'))


comment_lines = st.lists(texts.map(lambda text: "#" + text), max_size=2).map(tuple)


@given(st.lists(st.tuples(texts, texts)), texts, comment_lines, st.booleans())
def test_whatever_is_written_is_read(
    rows: list[tuple[str, str]], layer: str, comments: tuple[str, ...], new_document: bool
) -> None:
    tokens, tags = [token for token, _ in rows], [tag for _, tag in rows]
    sentence = Sentence(tokens, {layer: tags}, comments=comments, new_document=new_document)
    line = written(sentence)
    (again,) = read(line)
    assert (again.tokens, again.tags) == (sentence.tokens, sentence.tags)
    assert (again.comments, again.new_document) == (comments, new_document)
    assert again.surface() == sentence.surface()
    assert written(again) == line


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(math.nan) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
objects = st.fixed_dictionaries(
    {},
    optional={
        "tokens": st.lists(st.just("a"), max_size=2) | values,
        "tags": st.dictionaries(st.text(max_size=2), st.just(["O"])) | values,
        "text": st.just("a a") | values,
        "offsets": st.just([[0, 1], [2, 3]]) | st.just([[0, 1]]) | values,
        "spans": values,
        "words": st.lists(st.just("a"), max_size=2) | values,
        "ner_tags": st.just(["O"]) | values,
        "label": st.just(["O"]) | values,
        "start": values,
        "comments": st.just(["# c"]) | values,
        "new_document": values,
    },
)


@given((objects | values).map(json.dumps) | st.text())
def test_any_line_is_a_sentence_or_an_error_with_its_place(line: str) -> None:
    try:
        sentences = read("", line)
    except CorpusError as error:
        assert error.place == "f:2"
        return
    for sentence in sentences:
        (again,) = read(written(sentence))
        assert (again.tokens, again.tags) == (sentence.tokens, sentence.tags)
        assert (again.comments, again.start) == (sentence.comments, sentence.start)
        assert again.new_document == sentence.new_document
