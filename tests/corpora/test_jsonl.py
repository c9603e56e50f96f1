"""JSON lines: what is required, what is kept, round trips."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import jsonl
from corpora.errors import CorpusError
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


def test_rows_of_conllu_are_no_fields() -> None:
    item = json.loads(written(Sentence(["a"], record=("1\ta" + "\t_" * 8,))))
    assert item == {"text": "a", "tokens": ["a"], "offsets": [[0, 1]], "tags": {}, "spans": {}}


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n\r"\\\u2028'))


@given(st.lists(st.tuples(texts, texts)), texts)
def test_whatever_is_written_is_read(rows: list[tuple[str, str]], layer: str) -> None:
    sentence = Sentence([token for token, _ in rows], {layer: [tag for _, tag in rows]})
    line = written(sentence)
    (again,) = read(line)
    assert (again.tokens, again.tags) == (sentence.tokens, sentence.tags)
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
