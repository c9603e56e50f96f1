"""spaCy's DocBin: what spaCy writes, what this project writes, and back."""

import io
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import docbin
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

spacy = pytest.importorskip("spacy")
from spacy.tokens import Doc, DocBin, Span  # noqa: E402 - only where spaCy is installed

VOCABULARY = spacy.blank("en").vocab


def packed(*docs: Doc, **options: object) -> bytes:
    data: bytes = DocBin(docs=docs, **options).to_bytes()
    return data


def read(data: bytes, remarks: list[Remark] | None = None, **options: str) -> list[Sentence]:
    report = [] if remarks is None else remarks
    how = ReadOptions(report=report.append, **options)
    return list(docbin.read_binary(io.BytesIO(data), "f", how))


def written(*sentences: Sentence, remarks: list[Remark] | None = None) -> bytes:
    binary = io.BytesIO()
    report = [] if remarks is None else remarks
    docbin.write_binary(sentences, binary, WriteOptions(report=report.append))
    return binary.getvalue()


def docs_of(data: bytes) -> list[Doc]:
    return list(DocBin().from_bytes(data).get_docs(VOCABULARY))


def document() -> Doc:
    """Two sentences as a pipeline of spaCy leaves them."""
    doc = Doc(
        VOCABULARY,
        words=["Ada", "can't", "sleep", ".", "\n", "Byron", "is", "in", "New", "York", "!"],
        spaces=[True, True, False, True, False, True, True, True, True, False, False],
        pos=[
            "PROPN",
            "VERB",
            "VERB",
            "PUNCT",
            "SPACE",
            "PROPN",
            "AUX",
            "ADP",
            "PROPN",
            "PROPN",
            "PUNCT",
        ],
        tags=["NNP", "MD", "VB", ".", "_SP", "NNP", "VBZ", "IN", "NNP", "NNP", "."],
        morphs=["Number=Sing", "", "VerbForm=Inf", "", "", "", "Mood=Ind|Tense=Pres", "", "", "", ""],
        sent_starts=[True, *[False] * 4, True, *[False] * 5],
        ents=["B-PERSON", *["O"] * 4, "B-PERSON", "O", "O", "B-GPE", "I-GPE", "O"],
    )
    doc.spans["places"] = [Span(doc, 8, 10, label="CITY"), Span(doc, 8, 9, label="NEW")]
    return doc


def test_all_that_spacy_says_of_a_document() -> None:
    remarks: list[Remark] = []
    first, second = read(packed(document(), store_user_data=True), remarks)
    assert first.tokens == ["Ada", "can't", "sleep", ".", "\n"]
    assert first.tags == {
        "places": ["O", "O", "O", "O", "O"],
        "ner": ["B-PERSON", "O", "O", "O", "O"],
        "UPOS": ["PROPN", "VERB", "VERB", "PUNCT", "SPACE"],
        "XPOS": ["NNP", "MD", "VB", ".", "_SP"],
        "FEATS": ["Number=Sing", "_", "VerbForm=Inf", "_", "_"],
    }
    assert (first.text, first.start, first.new_document) == ("Ada can't sleep. \n", 0, True)
    assert second.tokens == ["Byron", "is", "in", "New", "York", "!"]
    assert second.tags["places"] == ["O", "O", "O", "B-CITY", "I-CITY", "O"]
    assert second.tags["ner"] == ["B-PERSON", "O", "O", "B-GPE", "I-GPE", "O"]
    assert (second.text, second.start) == ("Byron is in New York!", 18)
    assert second.offsets is not None
    assert second.offsets[0] == (18, 23)
    assert (second.new_document, second.place()) == (False, "f:1")
    message = "f:1: the span 30-33 NEW 'New' lies in the span 30-38 CITY 'New York' and is left out"
    assert list(map(str, remarks)) == [message]


def test_what_is_written_is_a_document_of_spacy() -> None:
    sentences = read(packed(document()))
    docs = docs_of(written(*sentences))
    assert [doc.text for doc in docs] == [s.text for s in sentences]
    assert [token.pos_ for token in docs[1]] == sentences[1].tags["UPOS"]
    assert [(e.text, e.label_) for e in docs[1].ents] == [("Byron", "PERSON"), ("New York", "GPE")]
    assert [(s.text, s.label_) for s in docs[1].spans["places"]] == [("New York", "CITY")]
    assert [len(list(doc.sents)) for doc in docs] == [1, 1]


@pytest.mark.parametrize(
    "sentence",
    [
        Sentence(["a"]),
        Sentence(["a", "b"], {"UPOS": ["_", "_"], "FEATS": ["_", "_"], "x": ["O", "O"]}),
        Sentence(["a", "b"], {"XPOS": ["_", "_"]}, new_document=True),
        Sentence(["a", "b"], {"ner": ["B-X", "B-X"], "": ["B-Y", "I-Y"]}),
        Sentence(["a", "b"], text="ab", offsets=[(0, 1), (1, 2)]),
        Sentence(["a", "b"], text="a b", offsets=[(7, 8), (9, 10)], start=7),
        Sentence([" ", "\n", "a b", "\u2028", "\0"], {"UPOS": ["X", "SPACE", "EOL", "CONJ", "_"]}),
        Sentence(["a", "b"], {"FEATS": ["A=b,c|D[e]=F", "_"]}),
    ],
)
def test_sentences_come_back(sentence: Sentence) -> None:
    (again,) = read(written(sentence))
    assert (again.tokens, again.new_document) == (sentence.tokens, sentence.new_document)
    assert list(again.tags.items()) == list(sentence.tags.items())
    assert (again.text, again.surface()) == (sentence.text, sentence.surface())


def test_a_layer_of_one_document_is_one_of_all() -> None:
    """`if ents: doc.ents = ents` leaves no trace where there are none."""
    docs = [
        Doc(VOCABULARY, words=["a"], tags=["X"]),
        Doc(VOCABULARY, words=["b"]),
        Doc(VOCABULARY, words=["c"], ents=["B-Z"]),
    ]
    assert [s.tags for s in read(packed(*docs))] == [
        {"ner": ["O"], "XPOS": ["X"]},
        {"ner": ["O"], "XPOS": ["_"]},
        {"ner": ["B-Z"], "XPOS": ["_"]},
    ]
    assert [s.new_document for s in read(packed(*docs))] == [False, False, False]


def test_a_group_of_spans_of_one_document_is_one_of_all() -> None:
    docs = [Doc(VOCABULARY, words=["a", "b"]) for _ in range(3)]
    docs[1].spans["sc"] = [Span(docs[1], 0, 2, label="X")]
    docs[2].spans["UPOS"] = []
    assert [s.tags for s in read(packed(*docs))] == [
        {"sc": ["O", "O"]},
        {"sc": ["B-X", "I-X"]},
        {"sc": ["O", "O"]},
    ]


def test_layers_that_were_written_are_those_of_their_sentence() -> None:
    sentences = [Sentence(["a"], {"x": ["B-Y"]}), Sentence(["b"], {"ner": ["O"]}), Sentence(["c"])]
    assert [s.tags for s in read(written(*sentences))] == [s.tags for s in sentences]


def test_sentences_that_an_entity_runs_across_are_one() -> None:
    doc = Doc(
        VOCABULARY, words=["a", "b", "c"], ents=["B-X", "I-X", "O"], sent_starts=[True, True, True]
    )
    first, second = read(packed(doc))
    assert (first.tokens, first.tags) == (["a", "b"], {"ner": ["B-X", "I-X"]})
    assert (second.tokens, second.tags) == (["c"], {"ner": ["O"]})


def test_empty_documents_and_sentences_are_left_out() -> None:
    remarks: list[Remark] = []
    assert read(packed(Doc(VOCABULARY), Doc(VOCABULARY, words=["a"])), remarks)[0].tags == {}
    assert docs_of(written(Sentence([], source="f", line=4), remarks=remarks)) == []
    assert remarks == [
        Remark("empty texts left out", "f:1", "a document without tokens is left out"),
        Remark(
            "empty sentences left out",
            "f:4",
            "a sentence without tokens cannot stand in a DocBin and is left out",
        ),
    ]
    assert read(written()) == []


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("a  b", [(0, 1), (3, 4)]),
        ("a\nb", [(0, 1), (2, 3)]),
        ("a-b", [(0, 1), (2, 3)]),
        ("x b", [(0, 1), (2, 3)]),
    ],
)
def test_a_text_with_other_than_single_spaces_is_left_out(
    text: str, offsets: list[tuple[int, int]]
) -> None:
    remarks: list[Remark] = []
    (sentence,) = read(written(Sentence(["a", "b"], {}, text, offsets), remarks=remarks))
    assert (sentence.text, sentence.offsets) == (None, None)
    message = f"the text {text!r} is left out: other than single spaces part its tokens"
    assert remarks == [Remark("texts left out", "sentence", message)]


def test_words_that_share_characters() -> None:
    remarks: list[Remark] = []
    words = Sentence(["ab", "b"], {}, "ab", [(0, 2), (1, 2)])
    assert read(written(words, remarks=remarks))[0].tokens == ["ab", "b"]
    assert [remark.kind for remark in remarks] == ["texts left out"]


PAIRS = "expected Name=Value|Name=Value"


def one(token: str, **tags: str) -> Sentence:
    return Sentence([token], {layer: [tag] for layer, tag in tags.items()}, source="f", line=4)


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (one(""), "f:4: found an empty token, expected none (spaCy has no room for it)"),
        (
            one("a", UPOS="NN"),
            "f:4: found tag 'NN' in layer UPOS, expected one of the 17 of Universal Dependencies,"
            " as spaCy has them",
        ),
        (one("a", UPOS=""), "f:4: found an empty tag in layer UPOS, expected _"),
        (one("a", XPOS=""), "f:4: found an empty tag in layer XPOS, expected _"),
        (one("a", FEATS=""), "f:4: found an empty tag in layer FEATS, expected _"),
        (one("a", FEATS="x"), f"f:4: found tag 'x' in layer FEATS, {PAIRS}"),
        (one("a", FEATS="a=b=c"), f"f:4: found tag 'a=b=c' in layer FEATS, {PAIRS}"),
        (one("a", FEATS="a=b|"), f"f:4: found tag 'a=b|' in layer FEATS, {PAIRS}"),
        (
            one("a", FEATS="b=c|a=b"),
            "f:4: found tag 'b=c|a=b' in layer FEATS, expected a=b|b=c, as spaCy writes it",
        ),
        (
            one("a", tag="NN"),
            "f:4: found tag 'NN' in layer tag, expected spans, UPOS, XPOS or FEATS (choose by --layers)",
        ),
        (one("\ud800"), "f:4: found half of a surrogate pair, expected UTF-8"),
    ],
)
def test_what_spacy_has_no_room_for(sentence: Sentence, message: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CorpusError) as caught:
            written(sentence)
    assert str(caught.value) == message


@pytest.mark.parametrize("data", [b"", b"junk", packed(document())[:-9], b"x" + packed(document())])
def test_what_is_no_docbin(data: bytes) -> None:
    with pytest.raises(CorpusError) as caught:
        read(data)
    assert (caught.value.place, caught.value.expected) == ("f", "a file that spaCy wrote")
    assert caught.value.found.startswith("no DocBin (")


@given(st.binary() | st.builds(lambda junk: packed(document())[:40] + junk, st.binary(max_size=40)))
def test_any_bytes_are_an_error(data: bytes) -> None:
    with pytest.raises(CorpusError):
        read(data)


features = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=|,_[]"), max_size=6)


@given(st.lists(features | st.sampled_from(["A=b", "A=b|C=d", "C=d|A=b", "_"]), min_size=1, max_size=4))
def test_features_come_back_or_are_refused(tags: list[str]) -> None:
    sentence = Sentence(["a"] * len(tags), {"FEATS": tags})
    try:
        data = written(sentence)
    except CorpusError as error:
        assert error.place == "sentence"
        return
    assert [s.tags for s in read(data)] == [sentence.tags]
