"""Parquet tables: as data frames and `datasets` write them, and back."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import parquet
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import parquet as arrow_parquet  # noqa: E402 - only where pyarrow is installed

STRING, NUMBER = pyarrow.string(), pyarrow.int64()
STRINGS, NUMBERS = pyarrow.list_(STRING), pyarrow.list_(NUMBER)


def table(columns: dict[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """Returns a file of columns: (values, type), or what pyarrow makes of values."""
    arrays = {
        name: pyarrow.array(*values) if isinstance(values, tuple) else pyarrow.array(values)
        for name, values in columns.items()
    }
    binary = io.BytesIO()
    made = pyarrow.table(arrays)
    arrow_parquet.write_table(made.replace_schema_metadata(metadata), binary)
    return binary.getvalue()


def read(
    data: bytes, remarks: list[Remark] | None = None, classes: dict[str, tuple[str, ...]] | None = None
) -> list[Sentence]:
    report = [] if remarks is None else remarks
    options = ReadOptions(classes=classes or {}, report=report.append)
    return list(parquet.read_binary(io.BytesIO(data), "f", options))


def written(
    sentences: list[Sentence], rows: str | None = None, remarks: list[Remark] | None = None
) -> bytes:
    binary = io.BytesIO()
    report = [] if remarks is None else remarks
    parquet.write_binary(sentences, binary, WriteOptions(rows, report.append))
    return binary.getvalue()


def rows_of(data: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = arrow_parquet.read_table(io.BytesIO(data)).to_pylist()
    return found


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"sent_id": ["a", "a"], "form": ["x", "y"], "ner": ["O", "O"]}, ["sentence ids"]),
        ({"sentence": [1, 1, 2], "form": ["x", "y", "z"], "new_document": [True] * 3}, []),
        (
            {"sentence": [1, 2], "form": ["x", "y"], "id": ["1", "2"], "score": [0.5, 0.5]},
            ["the column 'id'", "the column 'score'"],
        ),
        ({"tokens": [["x"]], "ner": [["O"]], "text": ["x"], "comments": [["# x"]]}, []),
        (
            {"tokens": [["x"]], "id": ["1"], "scores": [[0.5]], "ner_tags": [[1]]},
            ["the column 'id'", "the column 'scores'"],  # of numbers without names its reader tells
        ),
    ],
)
def test_what_no_sentence_holds(columns: dict[str, Any], names: list[str]) -> None:
    assert list(parquet.beyond_binary(io.BytesIO(table(columns)), "f")) == names


def test_what_is_no_table_is_an_error_there_too() -> None:
    with pytest.raises(CorpusError, match="f: found no Parquet file"):
        list(parquet.beyond_binary(io.BytesIO(b"no table"), "f"))


def content(sentences: list[Sentence]) -> list[tuple[list[str], dict[str, list[str]]]]:
    return [(s.tokens, s.tags) for s in sentences]


def test_a_data_set_of_hugging_face() -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        id=datasets.Value("string"),
        tokens=datasets.List(datasets.Value("string")),
        pos_tags=datasets.List(datasets.ClassLabel(names=["NOUN", "VERB"])),
        ner_tags=datasets.List(datasets.ClassLabel(names=["O", "B-PER", "I-PER"])),
        input_ids=datasets.List(datasets.Value("int32")),
    )
    rows = [
        {
            "id": "0",
            "tokens": ["Ada", "slept"],
            "pos_tags": [0, 1],
            "ner_tags": [1, 0],
            "input_ids": [7],
        },
        {"id": "1", "tokens": [], "pos_tags": [], "ner_tags": [], "input_ids": []},
    ]
    binary = io.BytesIO()
    datasets.Dataset.from_list(rows, features=features).to_parquet(binary)
    remarks: list[Remark] = []
    sentences = read(binary.getvalue(), remarks)
    assert content(sentences) == [
        (["Ada", "slept"], {"pos": ["NOUN", "VERB"], "ner": ["B-PER", "O"]}),
        ([], {"pos": [], "ner": []}),
    ]
    assert [s.place() for s in sentences] == ["f:1", "f:2"]
    message = (
        "the column input_ids holds numbers without names and is left out"
        " (--classes input_ids=NAME,NAME,… names them)"
    )
    assert remarks == [Remark("columns left out", "f", message)]
    assert content(read(written(sentences))) == content(sentences)
    other = {"ner": ("-", "X", "Y")}
    assert read(binary.getvalue(), classes=other)[0].tags["ner"] == ["X", "-"]


@pytest.mark.parametrize("feature", ["feature", "inner"])
def test_names_of_classes_in_the_metadata(feature: str) -> None:
    names = {"names": ["O", "B-X"], "_type": "ClassLabel"}
    info = {"info": {"features": {"ner_tags": {feature: names, "_type": "Sequence"}}}}
    columns = {"tokens": [["a"]], "ner_tags": [[1]]}
    data = table(columns, {"huggingface": json.dumps(info)})
    assert read(data)[0].tags == ({"ner": ["B-X"]} if feature == "feature" else {})


@pytest.mark.parametrize(
    "metadata", ["", "{", "[]", "{}", '{"info": 3}', '{"info": {"features": []}}', "null"]
)
def test_metadata_that_says_nothing(metadata: str) -> None:
    assert content(read(table({"tokens": [["a"]]}, {"huggingface": metadata}))) == [(["a"], {})]


@pytest.mark.parametrize(
    "strings", [STRING, pyarrow.large_string(), pyarrow.dictionary(pyarrow.int8(), STRING)], ids=str
)
def test_strings_of_every_type(strings: Any) -> None:
    by_token = table(
        {
            "sentence": (["x", "x", "y"], strings),
            "Word": (["a", "b", "c"], strings),
            "Tag": (["1", "2", "3"], strings),
            "id": (["p", "q", "r"], strings),
        }
    )
    assert content(read(by_token)) == [
        (["a", "b"], {"Tag": ["1", "2"]}),
        (["c"], {"Tag": ["3"]}),
    ]
    if strings in (STRING, pyarrow.large_string()):
        for lists in (pyarrow.list_(strings), pyarrow.large_list(strings)):
            by_sentence = table(
                {"words": ([["a", "b"]], lists), "x_tags": ([["1", "2"]], lists), "id": ["p"]}
            )
            assert content(read(by_sentence)) == [(["a", "b"], {"x": ["1", "2"]})]


@pytest.mark.parametrize(
    "keys",
    [
        [1, 1, 2, 2],
        [1, None, 2, None],
        ["a", "", "b", None],
        [0, 0, 1, None],
        [True, None, False, False],
    ],
)
def test_rows_of_tokens(keys: list[Any]) -> None:
    data = table(
        {
            "form": ["a", "b", "c", "d"],
            "Sentence #": keys,
            "ner_tags": [0, 1, 0, 0],
            "other": [1.5, 2, 3, 4],
            "new_document": [True, True, False, True],
        }
    )
    first, second = read(data, classes={"ner": ("O", "B-X")})
    assert (first.tokens, first.tags) == (["a", "b"], {"ner": ["O", "B-X"]})
    assert (second.tokens, second.tags) == (["c", "d"], {"ner": ["O", "O"]})
    assert [first.new_document, second.new_document] == [True, False]
    assert [first.place(), second.place(1)] == ["f:1", "f:4"]


SENTENCES = [
    Sentence(
        ["a", ""],
        {"x": ["", "\0"], "ner": ["O", "B-X"]},
        text="a",
        offsets=[(5, 6), (6, 6)],
        start=5,
        new_document=True,
        comments=("# c",),
    ),
    Sentence([], {"ner": [], "x": []}),
    Sentence(["\u2028", "\n"], {"x": ["1", "2"], "ner": ["O", "O"]}),
]


@pytest.mark.parametrize("rows", [None, "sentence"])
def test_a_row_a_sentence(rows: str | None) -> None:
    data = written(SENTENCES, rows)
    assert rows_of(data)[0] == {
        "tokens": ["a", ""],
        "x": ["", "\0"],
        "ner": ["O", "B-X"],
        "text": "a",
        "offsets": [[0, 1], [1, 1]],
        "new_document": True,
        "comments": ["# c"],
    }
    back = read(data)
    assert content(back) == content(SENTENCES)
    assert [s.surface() for s in back] == [s.surface() for s in SENTENCES]
    assert [s.text for s in back] == ["a", None, None]
    assert [s.comments for s in back] == [("# c",), (), ()]


def test_a_row_a_token() -> None:
    remarks: list[Remark] = []
    data = written(SENTENCES, "token", remarks)
    assert rows_of(data) == [
        {"sentence": 1, "form": "a", "x": "", "ner": "O", "new_document": True},
        {"sentence": 1, "form": "", "x": "\0", "ner": "B-X", "new_document": False},
        {"sentence": 3, "form": "\u2028", "x": "1", "ner": "O", "new_document": False},
        {"sentence": 3, "form": "\n", "x": "2", "ner": "O", "new_document": False},
    ]
    message = "a sentence without tokens cannot stand in rows of tokens and is left out"
    assert remarks == [Remark("empty sentences left out", "sentence", message)]
    assert content(read(data)) == content([SENTENCES[0], SENTENCES[2]])


@pytest.mark.parametrize("rows", ["token", "sentence"])
def test_more_rows_than_are_held_at_once(rows: str) -> None:
    many = [Sentence([f"{i}"] * 3, {"x": ["O"] * 3}) for i in range(1500)]
    assert content(read(written(many, rows))) == content(many)


@pytest.mark.parametrize("rows", ["token", "sentence"])
def test_nothing(rows: str) -> None:
    data = written([], rows)
    assert rows_of(data) == read(data) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"a": [["x"]], "text": ["x"]},
            "f: found the columns a, text, expected a column of lists named tokens, words, forms",
        ),
        (
            {"tokens": [["x"]], "ner": [["O", "O"]]},
            "f:1: found 2 tags in layer ner, expected 1, one a token",
        ),
        ({"tokens": [["x"], None]}, "f:2: found tokens 'None', expected a list of strings"),
        ({"tokens": [["x", None]]}, """f:1: found tokens "['x', None]", expected a list of strings"""),
        (
            {"tokens": [["x"]], "ner": ([None], STRINGS)},
            "f:1: found ner 'None', expected a list of tags",
        ),
        (
            {"tokens": [["x"]], "ner": [[None, "O"]]},
            "f:1: found 'None' in layer ner, expected a tag or its number",
        ),
        (
            {"tokens": [["x"]], "text": ["x"], "offsets": [[[0, 2]]]},
            "f:1: found offsets '[0, 2]', expected [start, end] within 0 to 1",
        ),
        (
            {"token": ["x"], "ner": ["O"]},
            "f: found the columns token, ner, expected one that tells sentences apart:"
            " sentence, sentence_id, sent_id",
        ),
        (
            {"token": ["x", None], "sentence": [1, 1]},
            """f:1: found token "['x', None]", expected a list of strings""",
        ),
    ],
)
def test_what_is_no_table_of_tokens(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(table(columns))
    assert str(caught.value) == message


def test_numbers_beyond_their_names() -> None:
    data = table({"tokens": [["a"]], "ner": [[2]]})
    with pytest.raises(CorpusError) as caught:
        read(data, classes={"ner": ("O", "B-X")})
    message = "f:1: found the number 2 in layer ner, expected 0 to 1, its classes"
    assert str(caught.value) == message


@pytest.mark.parametrize("data", [b"", b"PAR1", b"junk" * 9, written(SENTENCES)[:-9]])
def test_what_is_no_parquet_file(data: bytes) -> None:
    with pytest.raises(CorpusError) as caught:
        read(data)
    assert (caught.value.place, caught.value.expected) == ("f", "one")
    assert caught.value.found.startswith("no Parquet file (")


def test_bytes_that_are_no_text() -> None:
    strings = pyarrow.array([[b"\xff"]], pyarrow.list_(pyarrow.binary()))
    binary = io.BytesIO()
    arrow_parquet.write_table(pyarrow.table({"tokens": strings.view(STRINGS)}), binary)
    with pytest.raises(CorpusError) as caught:
        read(binary.getvalue())
    assert caught.value.found.startswith("no Parquet file (")


@pytest.mark.parametrize(
    ("sentences", "rows", "message"),
    [
        (
            [Sentence(["a"], {"tokens": ["O"]})],
            None,
            "sentence: found a layer named 'tokens', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"], {"x_tags": ["O"]})],
            "token",
            "sentence: found a layer named 'x_tags', expected a name that is read as that layer",
        ),
        *[
            (
                [Sentence(["a"], {"x": ["O"]}), Sentence(["a"], {"y": ["O"]})],
                rows,
                "sentence: found the layers y, expected those of the first sentence: x",
            )
            for rows in ("token", "sentence")
        ],
        ([Sentence(["\ud800"])], None, "Parquet: found half of a surrogate pair, expected UTF-8"),
    ],
)
def test_what_a_table_cannot_hold(sentences: list[Sentence], rows: str | None, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written(sentences, rows)
    assert str(caught.value) == message


WHOLE = written(SENTENCES)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_broken_file_is_sentences_or_an_error(position: int, junk: bytes) -> None:
    data = WHOLE[:position] + junk + WHOLE[position + len(junk) :]
    try:
        read(data)
    except CorpusError as error:
        assert error.place.startswith("f")
