"""A tagger in somebody's program: shared by threads, handed to processes, given the wrong thing."""

from __future__ import annotations

import itertools
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import tagger
from corpora import Sentence, Tokenization
from tagger import windows
from tagger.bundle import BundleError
from tagger.pipeline import ENGINES, Tagger, load
from tagger.runtime import onnx_engine

from .made_up import FEATS, NER, UPOS, made_up

TEXT = "Ada lives in London."


@pytest.fixture
def known(handmade: Path) -> Tagger:
    return load(handmade, threads=1)


@pytest.mark.parametrize("engine", ["onnx", "auto"])
def test_threads_share_a_tagger(model: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    """Forms that are new to one are encoded while others look theirs up."""

    def sentences(number: int) -> list[list[str]]:
        return [[f"{letter}{number}x{i}" for letter in "abc"] for i in range(60)]

    class Slow:
        def __init__(self, *arguments: Any) -> None:
            self._session = session(*arguments)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._session, name)

        def run(self, *arguments: Any) -> Any:
            time.sleep(0.01)  # while which other threads go on
            return self._session.run(*arguments)

    session = onnx_engine.session
    expected = [load(model, threads=1, precision="float32").tag_tokens(sentences(i)) for i in range(4)]
    monkeypatch.setattr(onnx_engine, "session", Slow)
    shared = load(model, threads=1, engine=engine, precision="float32")
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda i: shared.tag_tokens(sentences(i)), range(4)))
    for ours, theirs in zip(found, expected, strict=True):
        assert [s.tags for s in ours] == [s.tags for s in theirs]
    assert shared.tag_tokens(sentences(2)) == found[2]  # nor is it any different afterwards


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tagger_is_handed_to_another_process(model: Path, engine: str) -> None:
    first = load(model, threads=1, engine=engine, tokenization=Tokenization("whitespace"))
    second = pickle.loads(pickle.dumps(first))
    assert second.tag(TEXT).sentences == first.tag(TEXT).sentences
    assert second.tokenization == first.tokenization
    assert pickle.loads(pickle.dumps(second))._loaded == first._loaded


def test_a_tagger_without_a_model_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="made of a model"):
        pickle.dumps(made_up(UPOS))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda t: t.tag(None), "text: found NoneType, expected str"),
        (lambda t: t.tag(TEXT.encode()), "text: found bytes, expected str"),
        (lambda t: t.pipe(TEXT), "texts: found a str, expected several"),
        (lambda t: list(t.pipe([TEXT, 1])), "text: found int, expected str"),
        (lambda t: t.tag_tokens(["Ada", "lives"]), "sentence: found a str, expected a list of tokens"),
        (lambda t: t.tag_tokens([["Ada", None]]), "tokens: sequence item 1: expected str instance"),
        (lambda t: list(t.tag_sentences([["Ada"]])), "found list, expected a Sentence"),
        (lambda t: setattr(t, "tokenization", "whitespace"), "found str, expected a Tokenization"),
    ],
)
def test_what_is_of_the_wrong_kind(known: Tagger, wrong: Callable[[Tagger], object], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        wrong(known)


@pytest.mark.parametrize("threads", ["2", 1.5, -1])
def test_a_wrong_number_of_threads(handmade: Path, threads: Any) -> None:
    with pytest.raises(BundleError) as caught:
        load(handmade, threads=threads)
    assert str(caught.value) == f"threads: found {threads!r}, expected a whole number, 0 for all cores"


def test_texts_of_nothing_are_not_held_back(known: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_WINDOW_TOKENS", 10)
    read = 0

    def texts() -> Iterator[str]:
        nonlocal read
        for text in itertools.cycle(["", " \n", "Ada.", ""]):
            read += 1
            yield text

    documents = known.pipe(texts())
    found = [next(documents) for _ in range(8)]
    assert [document.text for document in found] == ["", " \n", "Ada.", ""] * 2
    assert [document.tokens for document in found] == [[], [], ["Ada", "."], []] * 2
    assert read < 30


def test_each_text_begins_a_document(known: Tagger) -> None:
    documents = known.pipe([f"{TEXT} He slept.", "", "So did Ada."])
    assert [[s.new_document for s in d] for d in documents] == [[True, False], [], [True]]


@pytest.mark.parametrize(
    ("has", "place"),
    [({"text"}, (15, 21)), ({"offsets"}, (15, 21)), ({"text", "offsets"}, (15, 21)), (set(), (14, 20))],
)
def test_offsets_of_spans_are_those_of_the_sentence(
    known: Tagger, has: set[str], place: tuple[int, int]
) -> None:
    given = {"text": "We  saw London.", "offsets": [(7, 9), (11, 14), (15, 21), (21, 22)]}
    part = Sentence(["We", "saw", "London", "."], start=7, **{k: given[k] for k in has})  # type: ignore[arg-type]
    (found,) = known.tag_sentences([part])
    (span,) = found.spans["ner"]
    assert (span.start_char, span.end_char, span.text) == (*place, "London")


def test_what_was_said_of_other_tags_goes() -> None:
    (tagged,) = made_up(NER["IOB2"]).tag_tokens([["a", "b", "c"]])
    assert tagged.confidences["ner"]
    (again,) = made_up(NER["IOB2"]).tag_sentences([tagged], confidence=False)
    assert not again.confidences
    as_sets = tagger.layers.TagLayer("ner", "sigmoid", FEATS.symbols)
    (other,) = made_up(as_sets).tag_sentences([tagged])
    assert not other.spans


def test_sentences_of_nothing_share_nothing() -> None:
    first, second = made_up(UPOS, FEATS).tag_tokens([[], []])
    first.tags["UPOS"].append("X")
    assert (first.tags["FEATS"], second.tags["UPOS"]) == ([], [])
