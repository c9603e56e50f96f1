"""Documents of several sentences: together, in part, alone; what is left out is said."""

import dataclasses
from collections.abc import Iterator

import pytest

from corpora.alignment import CharacterSpan
from corpora.errors import CorpusError
from corpora.formats.documents import (
    Document,
    checked_span,
    checked_text,
    mark,
    to_documents,
    to_sentences,
    token_ranges,
)
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence
from corpora.tokenization import make_tokenization

TEXT = " Ada slept.\n\nByron did not. "
LINES = make_tokenization("whitespace")
SPANS = [CharacterSpan(1, 4, "PER"), CharacterSpan(13, 18, "PER")]


def read(document: Document, remarks: list[Remark], **options: str) -> list[Sentence]:
    how = ReadOptions(tokenization=LINES, report=remarks.append, **options)
    return list(to_sentences(document, 7, how))


def written(sentences: list[Sentence], remarks: list[Remark], format: str = "x") -> Iterator[Document]:
    return to_documents(sentences, WriteOptions(report=remarks.append), format)


@pytest.fixture
def remarks() -> list[Remark]:
    return []


@pytest.fixture
def sentences(remarks: list[Remark]) -> list[Sentence]:
    """The two sentences of a document of the format "x"."""
    document = Document(TEXT, {"ner": SPANS}, format="x", raw="as it was", place="f")
    return read(document, remarks)


def test_sentences_know_where_they_stand(sentences: list[Sentence], remarks: list[Remark]) -> None:
    first, second = sentences
    assert first.tokens == ["Ada", "slept."]
    assert first.tags == {"ner": ["B-PER", "O"]}
    assert (first.text, first.offsets, first.start) == ("Ada slept.", [(1, 4), (5, 11)], 1)
    assert (first.new_document, first.place(), first.place(1)) == (True, "f:7", "f:7")
    assert second.tokens == ["Byron", "did", "not."]
    assert second.tags == {"ner": ["B-PER", "O", "O"]}
    assert (second.text, second.start) == ("Byron did not.", 13)
    assert (second.new_document, second.place()) == (False, "f:7")
    assert first.surface() == ("Ada slept.", [(0, 3), (4, 10)])
    assert remarks == []


def test_a_document_comes_back_whole(sentences: list[Sentence], remarks: list[Remark]) -> None:
    assert list(written(sentences, remarks)) == [
        Document(
            TEXT,
            {"ner": SPANS},
            [[(1, 4), (5, 11)], [(13, 18), (19, 22), (23, 27)]],
            raw="as it was",
            place="f:7",
        )
    ]
    assert remarks == []


def test_another_format_gets_the_text_but_not_what_else_was_said(
    sentences: list[Sentence], remarks: list[Remark]
) -> None:
    (document,) = written(sentences, remarks, "y")
    assert (document.text, document.raw) == (TEXT, "")
    assert remarks == []


def test_new_tags_take_the_place_of_the_old(sentences: list[Sentence], remarks: list[Remark]) -> None:
    sentences[0].tags = {"ner": ["O", "B-X"]}
    (document,) = written(sentences, remarks)
    assert document.spans == {"ner": [CharacterSpan(5, 11, "X"), SPANS[1]]}


def test_copies_are_still_one_document(sentences: list[Sentence], remarks: list[Remark]) -> None:
    copies = [dataclasses.replace(s, tags={"x": s.tags["ner"]}) for s in sentences]
    (document,) = written(copies, remarks)
    assert document.spans == {"x": SPANS}


@pytest.mark.parametrize("kept", [[0], [1], [1, 0], [0, 0, 1], [0, 1, 1]])
def test_part_of_a_document_is_written_by_sentence(
    sentences: list[Sentence], remarks: list[Remark], kept: list[int]
) -> None:
    some = [sentences[i] for i in kept]
    documents = list(written(some, remarks))
    assert [d.text for d in documents] == [s.text for s in some]
    assert [d.new_document for d in documents] == [s.new_document for s in some]
    assert [d.raw for d in documents] == ["" for _ in some]
    message = "a text of which not all is written loses what else its file says of it"
    assert remarks == [Remark("texts in part", "f:7", message)]


def test_other_tokens_are_no_longer_the_document(
    sentences: list[Sentence], remarks: list[Remark]
) -> None:
    sentences[1].tokens = ["Bron", "did", "not."]
    documents = list(written(sentences, remarks))
    assert [d.text for d in documents] == ["Ada slept.", "Bron did not."]
    assert documents[1].sentences == [[(0, 4), (5, 8), (9, 13)]]
    message = "the text 'Byron did not.' does not hold the tokens one by one and is left out"
    assert [str(remark) for remark in remarks] == [
        "f:7: a text of which not all is written loses what else its file says of it",
        f"f:7: {message}",
    ]


def test_sentences_of_no_document_are_documents() -> None:
    plain = Sentence(["Ada", "!"], {"ner": ["B-PER", "O"]}, new_document=True)
    placed = Sentence(
        ["Ada", "!"], {"ner": ["O", "O"]}, "Ada!", [(9, 12), (12, 13)], 9, confidences={"ner": [1, 1]}
    )
    assert list(written([plain, plain, placed], [])) == [
        *[Document("Ada !", {"ner": [CharacterSpan(0, 3, "PER")]}, [[(0, 3), (4, 5)]], place="sentence")]
        * 2,
        Document(
            "Ada!",
            {"ner": []},
            [[(0, 3), (3, 4)]],
            new_document=False,
            confident=True,
            place="sentence",
        ),
    ]


def test_a_sentence_without_tokens_is_left_out(remarks: list[Remark]) -> None:
    empty = Sentence([], source="f", line=3)
    assert list(written([empty], remarks)) == []
    message = "a sentence without tokens cannot stand in a text and is left out"
    assert remarks == [Remark("empty sentences left out", "f:3", message)]


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_text_without_tokens_is_left_out(text: str, remarks: list[Remark]) -> None:
    assert read(Document(text, {"ner": []}, place="f"), remarks) == []
    message = f"the text {text!r} holds no tokens and is left out"
    assert remarks == [Remark("empty texts left out", "f:7", message)]


def test_tokens_that_a_file_gives_are_taken_as_they_are(remarks: list[Remark]) -> None:
    ranges = [[(0, 0), (0, 2)], [], [(2, 4), (11, 11)]]
    document = Document(TEXT, {"ner": []}, ranges, new_document=False, place="f")
    first, second = read(document, remarks)
    assert (first.tokens, second.tokens) == (["", " A"], ["da", ""])
    assert [s.new_document for s in (first, second)] == [False, False]


def test_sentences_that_a_span_runs_across_are_one(remarks: list[Remark]) -> None:
    (sentence,) = read(Document(TEXT, {"ner": [CharacterSpan(5, 18, "X")]}, place="f"), remarks)
    assert sentence.tags == {"ner": ["O", "B-X", "I-X", "O", "O"]}


def test_layers_are_cut_alike(remarks: list[Remark]) -> None:
    spans = {"a": [CharacterSpan(5, 10, "X")], "b": [], "c": [CharacterSpan(1, 3, "Y")]}
    sentence = read(Document(TEXT, spans, place="f"), remarks)[0]
    assert sentence.tokens == ["Ad", "a", "slept", "."]
    assert sentence.tags == {
        "a": ["O", "O", "B-X", "O"],
        "b": ["O", "O", "O", "O"],
        "c": ["B-Y", "O", "O", "O"],
    }
    assert [str(remark) for remark in remarks] == [
        "f:7: a span cuts the token 'Ada' at 1: 'Ad' + 'a'",
        "f:7: a span cuts the token 'slept.' at 5: 'slept' + '.'",
    ]


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (CharacterSpan(0, 99, "X"), "f:7: found the span 0-99 X, expected one within 0 to 28"),
        (CharacterSpan(-1, 2, "X"), "f:7: found the span -1-2 X, expected one within 0 to 28"),
        (CharacterSpan(3, 2, "X"), "f:7: found the span 3-2 X, expected one within 0 to 28"),
    ],
)
def test_spans_outside_the_text(span: CharacterSpan, message: str, remarks: list[Remark]) -> None:
    with pytest.raises(CorpusError) as caught:
        read(Document(TEXT, {"ner": [span]}, place="f"), remarks)
    assert str(caught.value) == message


EDGE = "found a X that begins or ends with an empty token, expected one that characters can tell"


def one(tokens: list[str], **tags: list[str]) -> Sentence:
    return Sentence(tokens, tags, source="f", line=3)


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            one(["a"], UPOS=["NOUN"]),
            "f:3: found tag 'NOUN' in layer UPOS, expected spans; choose layers of them (--layers)",
        ),
        (
            one(["a", "b"], ner=["O", "B-"]),
            "f:4: found tag 'B-' in layer ner, expected spans; choose layers of them (--layers)",
        ),
        (
            one(["", "b"], ner=["B-X", "I-X"]),
            f"f:3: {EDGE}",
        ),
        (
            one(["a", "b", ""], ner=["O", "B-X", "I-X"]),
            f"f:4: {EDGE}",
        ),
    ],
)
def test_what_no_text_can_hold(sentence: Sentence, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        list(written([sentence], []))
    assert str(caught.value) == message


def test_sentences_of_one_document_have_the_same_layers(sentences: list[Sentence]) -> None:
    sentences[1].tags = {}
    with pytest.raises(CorpusError) as caught:
        list(written(sentences, []))
    assert str(caught.value) == "f:7: found the layers none, expected the same in all of a document"


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ({}, "f:1: found no layer of tags, expected one, which Y has room for (--layers)"),
        (
            {"a": [], "b": []},
            "f:1: found the layers a, b, expected one, which Y has room for (--layers)",
        ),
    ],
)
def test_formats_of_one_layer(spans: dict[str, list[CharacterSpan]], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Document("", spans, place="f:1").only_layer("Y")
    assert str(caught.value) == message
    assert Document("", {"a": SPANS}).only_layer("Y") == ("a", SPANS)


@pytest.mark.parametrize(
    ("value", "ranges"),
    [
        (None, None),
        ([], []),
        ([[]], [[]]),
        ([[[0, 1], [1, 1]], [[3, 4]]], [[(0, 1), (1, 1)], [(3, 4)]]),
    ],
)
def test_ranges_of_tokens(value: object, ranges: object) -> None:
    assert token_ranges(value, "abcd", "f:1") == ranges


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "'3'"),
        ([3], "'3'"),
        ([[3]], "'3'"),
        ([[[0, 5]]], "'[0, 5]'"),
        ([[[1, 0]]], "'[1, 0]'"),
        ([[[0, 2], [1, 3]]], "'[1, 3]'"),
        ([[[2, 3]], [[0, 1]]], "'[0, 1]'"),
        ([[[True, 2]]], "'[True, 2]'"),
        ([[[0, 1, 2]]], "'[0, 1, 2]'"),
        ({"a": 1}, '''"{'a': 1}"'''),
    ],
)
def test_ranges_that_are_none(value: object, shown: str) -> None:
    with pytest.raises(CorpusError) as caught:
        token_ranges(value, "abcd", "f:1")
    expected = "sentences of [start, end] within the text, in its order"
    assert str(caught.value) == f"f:1: found sentences {shown}, expected {expected}"


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        ((None, 1, "X"), '''"[None, 1, 'X']"'''),
        ((0, 1.0, "X"), '''"[0, 1.0, 'X']"'''),
        ((True, 1, "X"), '''"[True, 1, 'X']"'''),
        ((0, 1, ""), '''"[0, 1, '']"'''),
        ((0, 1, None), "'[0, 1, None]'"),
        ((0, 1, "\ud800"), r'''"[0, 1, '\\ud800']"'''),
    ],
)
def test_spans_that_are_none(span: tuple[object, object, object], shown: str) -> None:
    with pytest.raises(CorpusError) as caught:
        checked_span(*span, "f:1")
    assert str(caught.value) == f"f:1: found the span {shown}, expected start, end and a label"
    assert checked_span(0, 1, "X", "f:1") == CharacterSpan(0, 1, "X")


@pytest.mark.parametrize(("text", "shown"), [(None, "'None'"), (3, "'3'"), ("\ud800", r"'\ud800'")])
def test_texts_that_are_none(text: object, shown: str) -> None:
    with pytest.raises(CorpusError) as caught:
        checked_text(text, "f:1")
    assert str(caught.value) == f"f:1: found text {shown}, expected a string"


@pytest.mark.parametrize(
    ("item", "layer", "fresh", "marked"),
    [
        ({}, "ner", False, {}),
        ({}, "ner", True, {"new_document": True}),
        ({}, "x", False, {"layer": "x"}),
        ({"layer": "x", "new_document": True}, "ner", False, {"layer": "ner", "new_document": False}),
        ({"layer": 3, "new_document": "yes"}, "ner", False, {"layer": 3, "new_document": "yes"}),
    ],
)
def test_marks(item: dict[str, object], layer: str, fresh: bool, marked: dict[str, object]) -> None:
    mark(item, Document("", {}, [[(0, 1)]], new_document=fresh), layer)
    assert item == marked | {"sentences": [[(0, 1)]]}
