"""The way in: what goes in comes out, tagged; how it was batched cannot be seen."""

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tagger
from corpora import Sentence, Span, Tokenization, load_corpus, read, schemes
from corpora.formats.columns import UPOS_TAGS
from tagger import bundle as bundles
from tagger import windows
from tagger.bundle import BundleError
from tagger.document import Document
from tagger.pipeline import Tagger, load

from .made_up import UPOS, MadeUpEngine, made_up
from .networks import make_bundle

# any code point, half surrogate pairs and unassigned ones too
tokens = st.text(st.characters(exclude_categories=[]), max_size=6)
words = st.sampled_from(["The", "cat", "Ada", "London", "2021", "", ".", "서울"])
token_lists = st.lists(st.lists(tokens | words, max_size=6), max_size=8)
texts = st.text(st.characters() | st.sampled_from("Ada Lovelace.\n\n\t\r \u200b#"), max_size=60)

SCHEME = "IOB2"  # of the starter corpus
TAGS = {
    "UPOS": UPOS_TAGS,
    "ner": {"O", *(f"{p}-{label}" for p in "BI" for label in ("PER", "LOC", "ORG", "MISC"))},
}


@pytest.fixture(scope="module")
def trained(model: Path) -> Tagger:
    return tagger.load(model, threads=1, precision="float32")


@pytest.fixture(scope="module")
def by_numpy(model: Path) -> Tagger:
    return tagger.load(model, engine="numpy")


@pytest.fixture(scope="module")
def known(handmade: Path) -> Tagger:
    return tagger.load(handmade, threads=1)


def batches(tagger: Tagger) -> list[list[list[str]]]:
    engine = tagger._engine
    assert isinstance(engine, MadeUpEngine)
    return engine.batches


@settings(max_examples=60)
@given(sentences=token_lists)
def test_tokens_in_are_tokens_out(trained: Tagger, sentences: list[list[str]]) -> None:
    tagged = trained.tag_tokens(sentences)
    assert [s.tokens for s in tagged] == sentences
    for sentence in tagged:
        assert list(sentence.tags) == ["UPOS", "ner"]
        for layer in trained.layers:
            tags, sure = sentence.tags[layer.name], sentence.confidences[layer.name]
            assert len(tags) == len(sure) == len(sentence)
            assert all(0 <= p <= 1 for p in sure)
            assert set(tags) <= TAGS[layer.name]
        assert schemes.violations(sentence.tags["ner"], SCHEME) == []
        assert [(s.start, s.end, s.label) for s in sentence.spans["ner"]] == [
            (s.start, s.end, s.label) for s in schemes.to_spans(sentence.tags["ner"])
        ]
        for span in sentence.spans["ner"]:
            assert 0 <= span.start < span.end <= len(sentence)
            assert span.text == " ".join(sentence.tokens[span.start : span.end])
            assert span.confidence is not None
            assert 0 <= span.confidence <= 1


@settings(max_examples=40)
@given(sentences=token_lists)
def test_engines_give_the_same_tags(
    trained: Tagger, by_numpy: Tagger, sentences: list[list[str]]
) -> None:
    ours, theirs = trained.tag_tokens(sentences), by_numpy.tag_tokens(sentences)
    assert [s.tags for s in ours] == [s.tags for s in theirs]
    for a, b in zip(ours, theirs, strict=True):
        for layer in a.confidences:
            np.testing.assert_allclose(a.confidences[layer], b.confidences[layer], atol=1e-4)


@settings(max_examples=40)
@given(sentences=token_lists)
def test_company_does_not_matter(trained: Tagger, sentences: list[list[str]]) -> None:
    together = trained.tag_tokens(sentences, confidence=False)
    alone = [trained.tag_tokens([s], confidence=False)[0] for s in sentences]
    assert [s.tags for s in together] == [s.tags for s in alone]


@settings(max_examples=100)
@given(text=texts)
def test_offsets_give_the_tokens(trained: Tagger, text: str) -> None:
    document = trained.tag(text)
    assert document.text == text
    assert [text[a:b] for a, b in document.offsets] == document.tokens
    assert "".join("".join(document.tokens).split()) == "".join(text.split())
    assert {layer: len(tags) for layer, tags in document.tags.items()} == {
        "UPOS": len(document.tokens),
        "ner": len(document.tokens),
    }
    for span in document.spans["ner"]:
        (start, _), (_, end) = document.offsets[span.start], document.offsets[span.end - 1]
        assert (span.start_char, span.end_char, span.text) == (start, end, text[start:end])


WAYS = [
    Tokenization(sentences="lines"),
    Tokenization("whitespace"),
    Tokenization("whitespace", "lines"),
    Tokenization("characters"),
    Tokenization("characters+spaces"),
    Tokenization("characters+spaces", "lines"),
    Tokenization("regex:[a-z]+|,"),
    Tokenization("regex:(?=a)|\\s", "lines"),
    Tokenization(f"python:{__name__}:halves"),
    Tokenization(f"python:{__name__}:pieces", "lines"),
]


def halves(text: str) -> list[str]:
    """A way to split of one's own, that returns strings."""
    return [text[: len(text) // 2], text[len(text) // 2 :]]


def pieces(text: str) -> list[tuple[int, int]]:
    """One that returns ranges, with gaps between them."""
    return [(i, i + 1) for i in range(0, len(text), 3)]


@pytest.mark.parametrize("how", WAYS, ids=str)
@settings(max_examples=25)
@given(before=texts, text=texts)
def test_offsets_point_into_the_text_however_it_is_split(
    known: Tagger, how: Tokenization, before: str, text: str
) -> None:
    split = Tagger(known.layers, known._engine, known.bundle)
    assert split.tokenization == Tokenization()
    split.tokenization = how
    for document in split.pipe([before, text, before + "\n\n" + text], confidence=False):
        text = document.text
        assert [text[a:b] for a, b in document.offsets] == document.tokens
        flat = [edge for pair in document.offsets for edge in pair]
        assert flat == sorted(flat)
        assert "".join("".join(document.tokens).split()) == "".join(text.split())
        assert [s.offsets for s in document] == [
            list(itertools.starmap(lambda a, b, s=s: (a + s.start, b + s.start), s.surface()[1]))
            for s in document
        ]
        for span in document.spans["ner"]:
            assert span.text == text[span.start_char : span.end_char]


def test_a_tagger_without_a_model_splits_in_the_standard_way() -> None:
    assert made_up(UPOS).tag("I can't.").tokens == ["I", "ca", "n't", "."]


def same(a: Document, b: Document) -> bool:
    return (a.text, a.sentences, a.tags, a.spans) == (b.text, b.sentences, b.tags, b.spans)


@settings(max_examples=60)
@given(drawn=st.lists(texts | st.just("")))
def test_pipe_is_tag(known: Tagger, drawn: list[str]) -> None:
    documents = list(known.pipe(iter(drawn), confidence=False))
    assert len(documents) == len(drawn)
    assert all(map(same, documents, [known.tag(text, confidence=False) for text in drawn]))


def test_document(known: Tagger) -> None:
    text = "Ada Lovelace lived.\n\nShe\u00a0lived in  London."
    document = known.tag(text)
    assert repr(document) == "Document(2 sentences, 9 tokens)"
    assert [s.tokens for s in document] == [
        ["Ada", "Lovelace", "lived", "."],
        ["She", "lived", "in", "London", "."],
    ]
    assert document.tags == {
        "UPOS": ["PROPN", "PROPN", "VERB", "PUNCT", "X", "VERB", "ADP", "PROPN", "PUNCT"],
        "ner": ["B-PER", "I-PER", "O", "O", "O", "O", "O", "B-LOC", "O"],
    }
    person, place = document.spans["ner"]
    assert (person.start, person.end, person.label) == (0, 2, "PER")
    assert (person.start_char, person.end_char, person.text) == (0, 12, "Ada Lovelace")
    assert (place.start, place.end, place.label) == (7, 8, "LOC")
    assert (place.start_char, place.end_char, place.text) == (35, 41, "London")
    # those of a sentence count tokens from its own start
    assert [(s.start, s.end, s.start_char) for s in document[1].spans["ner"]] == [(3, 4, 35)]
    assert document[-1] == document.sentences[1]


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\n"])
def test_document_of_nothing(known: Tagger, text: str) -> None:
    document = known.tag(text)
    assert (document.text, list(document), document.offsets) == (text, [], [])
    assert document.tags == {"UPOS": [], "ner": []}
    assert document.spans == {"ner": []}


def test_spans_of_split_tokens_are_those_of_their_text(known: Tagger) -> None:
    (sentence,) = known.tag_tokens([["Ada", "Lovelace", "lived", "in", "London"]], confidence=False)
    assert sentence.spans == {
        "ner": [
            Span(0, 2, "PER", 0, 12, "Ada Lovelace"),
            Span(4, 5, "LOC", 22, 28, "London"),
        ]
    }


def test_what_a_sentence_has_stays(known: Tagger) -> None:
    sentence = Sentence(
        ["Ada", "lived"],
        {"UPOS": ["?", "?"], "XPOS": ["NNP", "VBD"]},
        text="Ada lived",
        offsets=[(10, 13), (14, 19)],
        start=10,
        comments=("# x",),
        new_document=True,
        source="f.conll",
        line=3,
        spans={"other": [Span(0, 1, "A")]},
        confidences={"XPOS": [0.5, 0.5]},
    )
    (tagged,) = known.tag_sentences([sentence], confidence=False)
    assert tagged == Sentence(
        ["Ada", "lived"],
        {"UPOS": ["PROPN", "VERB"], "XPOS": ["NNP", "VBD"], "ner": ["O", "O"]},
        text="Ada lived",
        offsets=[(10, 13), (14, 19)],
        start=10,
        comments=("# x",),
        new_document=True,
        source="f.conll",
        line=3,
        spans={"other": [Span(0, 1, "A")], "ner": []},
        confidences={"XPOS": [0.5, 0.5]},
    )
    assert sentence.tags["UPOS"] == ["?", "?"]


lengths = st.lists(st.integers(0, 40), max_size=60)


@settings(max_examples=80)
@given(sizes=lengths, window=st.integers(1, 200), budget=st.integers(1, 60))
def test_order_is_kept_and_batches_are_bounded(sizes: list[int], window: int, budget: int) -> None:
    sentences = [[f"{i}.{j}" for j in range(size)] for i, size in enumerate(sizes)]
    made = made_up(UPOS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_WINDOW_TOKENS", window)
        patch.setattr(windows, "_BATCH_TOKENS", budget)
        found = made.tag_tokens(sentences)
    assert [s.tokens for s in found] == sentences
    assert [s.tags for s in found] == [s.tags for s in made_up(UPOS).tag_tokens(sentences)]
    seen = [sentence for batch in batches(made) for sentence in batch]
    assert sorted(seen) == sorted(filter(None, sentences))
    for batch in batches(made):
        assert len(batch) == 1 or len(batch) * max(map(len, batch)) <= budget


def test_stream_is_read_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held is two windows of tokens, or of sentences where they are empty."""
    monkeypatch.setattr(windows, "_WINDOW_TOKENS", 500)
    taken = 0

    def endless(tokens: list[str]) -> Iterator[Sentence]:
        nonlocal taken
        while True:
            taken += 1
            yield Sentence(list(tokens))

    for size, most in ((10, 50), (100, 5), (0, 500)):
        taken = 0
        tagged = made_up(UPOS).tag_sentences(endless(["cat"] * size), confidence=False)
        for number in range(1, 2 * most + 2):
            assert len(next(tagged)) == size
            assert taken - number <= 2 * most


def test_pipe_reads_texts_as_they_are_needed(known: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_WINDOW_TOKENS", 500)
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "Ada lived in London." if taken % 2 else ""

    documents = known.pipe(endless(), confidence=False)
    for number in range(1, 1_000):
        assert next(documents).text == ("Ada lived in London." if number % 2 else "")
        assert taken - number <= 401  # of them every other one has 5 tokens


def test_nothing_is_read_before_it_is_asked_for(known: Tagger) -> None:
    def refusing() -> Iterator[Sentence]:
        raise AssertionError
        yield

    known.tag_sentences(refusing())
    known.pipe(text for text in refusing())


@pytest.mark.parametrize(
    "form", ["x" * 300_000, "\u0301" * 5_000, "서" * 5_000], ids=["x", "marks", "서"]
)
def test_a_long_token(trained: Tagger, form: str) -> None:
    (sentence,) = trained.tag_tokens([["Ada", form, "lived"]])
    assert sentence.tokens == ["Ada", form, "lived"]
    assert {name: len(tags) for name, tags in sentence.tags.items()} == {"UPOS": 3, "ner": 3}


def test_a_long_sentence(known: Tagger) -> None:
    (sentence,) = known.tag_tokens([["Ada", "Lovelace"] * 10_000])
    assert sentence.tags == {"UPOS": ["PROPN"] * 20_000, "ner": ["B-PER", "I-PER"] * 10_000}
    assert len(sentence.spans["ner"]) == 10_000


def test_real_corpora_keep_their_tokens(trained: Tagger, corpora: Path) -> None:
    for name in ("ud-korean-gsd", "ud-thai-tud", "wnut17", "uner-chinese-gsdsimp"):
        path = next(p for p in sorted((corpora / name).iterdir()) if "test" in p.name)
        sentences = list(read(path))
        tagged = list(trained.tag_sentences(sentences, confidence=False))
        assert [s.tokens for s in tagged] == [s.tokens for s in sentences]


def test_heads_side_by_side() -> None:
    sentences = [["The", "cat", "sat"], [], ["서울", ""]]
    together = Tagger.from_bundle(make_bundle(("softmax", "crf", "sigmoid"))).tag_tokens(sentences)
    assert [list(s.tags) for s in together] == [["UPOS", "ner", "FEATS"]] * 3
    assert [list(s.spans) for s in together] == [["ner"]] * 3


@pytest.fixture(scope="module")
def starter() -> list[list[str]]:
    return [sentence.tokens for sentence in load_corpus("starter:english").train]


def results(found: list[Sentence]) -> list[tuple[object, ...]]:
    return [(s.tags, s.spans, s.confidences) for s in found]


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_threads_change_nothing(
    model: Path, starter: list[list[str]], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a bit of a confidence, however many threads there are, and in each run."""
    monkeypatch.setattr(windows, "_WINDOW_TOKENS", 2000)
    monkeypatch.setattr(windows, "_BATCH_TOKENS", 200)
    found = [
        results(tagger.load(model, threads=threads, precision=precision).tag_tokens(starter))
        for threads in (1, 2, 3, 2)
    ]
    assert found[0] == found[1] == found[2] == found[3]


def test_int8_tags_as_float32_does(model: Path, starter: list[list[str]]) -> None:
    whole, small = (
        tagger.load(model, threads=1, precision=precision).tag_tokens(starter)
        for precision in ("float32", "int8")
    )
    pairs = [
        pair
        for a, b in zip(whole, small, strict=True)
        for layer in ("UPOS", "ner")
        for pair in zip(a.tags[layer], b.tags[layer], strict=True)
    ]
    assert sum(a == b for a, b in pairs) >= 0.99 * len(pairs)
    confidences = [
        (a.confidences["UPOS"], b.confidences["UPOS"]) for a, b in zip(whole, small, strict=True)
    ]
    assert any(a != b for a, b in confidences), "int8 is not in use"


def test_int8_of_cells_that_have_none() -> None:
    """A model without an int8 graph says so; one of an unknown precision too."""
    bundle = make_bundle(("softmax",), cell="gru")
    message = "model: found no int8 in a model of gru cells, expected precision float32"
    with pytest.raises(BundleError, match=re.escape(message)):
        Tagger.from_bundle(bundle, precision="int8")
    with pytest.raises(BundleError, match="found int8 with the NumPy engine, expected float32"):
        Tagger.from_bundle(bundle, engine="numpy", precision="int8")
    with pytest.raises(BundleError, match="precision: found 'int4', expected float32 or int8"):
        Tagger.from_bundle(bundle, precision="int4")


def test_an_error_in_a_worker_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_up(UPOS)
    monkeypatch.setattr(MadeUpEngine, "workers", 2)
    monkeypatch.setattr(windows, "_BATCH_TOKENS", 4)

    def broken(self: MadeUpEngine, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        raise ZeroDivisionError

    monkeypatch.setattr(MadeUpEngine, "emissions", broken)
    with pytest.raises(ZeroDivisionError):
        made.tag_tokens([["a", "b", "c"]] * 9)


def test_the_short_engine_takes_what_is_short_and_comes_alone() -> None:
    engine, short = MadeUpEngine([UPOS]), MadeUpEngine([UPOS])
    tagger = Tagger([UPOS], engine, short_engine=short)
    whole = Tagger([UPOS], MadeUpEngine([UPOS]))
    at_most, more, several = [["a"] * 128], [["a"] * 129], [["a"]] * 129
    for sentences in (at_most, more, several):
        assert tagger.tag_tokens(sentences) == whole.tag_tokens(sentences)
    assert short.batches == [at_most]
    assert engine.batches == [more, several]


def test_auto_gives_the_numbers_of_the_engine_it_takes(model: Path) -> None:
    auto, reference, onnx = (load(model, engine=name) for name in ("auto", "numpy", "onnx"))
    short, long = [["Ada", "slept", "."]], [["Ada", "slept", "."]] * 60
    for _ in range(2):  # whatever was tagged before
        assert auto.tag_tokens(short) == reference.tag_tokens(short)
        assert auto.tag_tokens(long) == onnx.tag_tokens(long)


def test_auto_tags_in_int8_where_that_is_asked_for(model: Path) -> None:
    auto, onnx = (load(model, engine=name, precision="int8") for name in ("auto", "onnx"))
    short = [["Ada", "slept", "."]]
    assert auto.tag_tokens(short) == onnx.tag_tokens(short)


def test_auto_names_a_model_whose_weights_do_not_fit(model: Path) -> None:
    whole = bundles.load(model)
    broken = dataclasses.replace(whole, sentence_graph=b"", int8_graph=b"")
    broken = dataclasses.replace(broken, precision="float32")
    tagger = Tagger.from_bundle(broken, engine="auto")
    assert len(tagger.tag_tokens([["Ada"]])) == 1
    with pytest.raises(BundleError, match="weights that do not fit"):
        tagger.tag_tokens([["Ada"]] * 200)
