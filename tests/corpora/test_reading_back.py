"""A conversion reads back what it wrote: no writer's fault is missed."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from corpora import Sentence
from corpora.formats import brat, columns, jsonl, parquet

from .conversions import converted, needs, refused

pytestmark = pytest.mark.usefixtures("sources")


@contextlib.contextmanager
def changed(
    page: ModuleType, name: str, change: Callable[[Sentence], Sentence | None]
) -> Iterator[None]:
    """Lets the writer of a format change what it is given, or leave out a sentence."""
    writer = getattr(page, name)

    def faulty(sentences: Iterable[Sentence], *arguments: object) -> object:
        return writer((new for s in sentences if (new := change(s)) is not None), *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, name, faulty)
        yield


def replaced(sentence: Sentence, old: str, new: list[str]) -> Sentence:
    """Puts other tokens in the place of one, each with its tag."""
    tokens, tags = [], []
    for token, tag in zip(sentence.tokens, sentence.tags["ner"], strict=True):
        tokens += new if token == old else [token]
        tags += [tag] * (len(new) if token == old else 1)
    return Sentence(tokens, {"ner": tags})


FAULTS: dict[str, tuple[Callable[[Sentence], Sentence | None], str]] = {
    "a token is lost": (
        lambda s: replaced(s, "slept", []),
        "in.tsv:3: found tokens 'Lovelace' read back from {}, expected 'Lovelace slept'",
    ),
    "a token is another": (
        lambda s: replaced(s, "Bonn", ["Berne"]),
        "in.tsv:7: found tokens 'Bad Berne' read back from {}, expected 'Bad Bonn'",
    ),
    "a token is split": (
        lambda s: replaced(s, "Ada", ["A", "da"]),
        "in.tsv:1: found tokens 'A da' read back from {}, expected 'Ada Lovelace'",
    ),
    "a token is added": (
        lambda s: replaced(s, "slept", ["slept", "."]),
        "in.tsv:3: found tokens 'slept .' read back from {}, expected 'slept'",
    ),
    "a tag is another": (
        lambda s: Sentence(s.tokens, {"ner": [t.replace("LOC", "GPE") for t in s.tags["ner"]]}),
        "in.tsv:6: found ner 'O B-GPE B-GPE' read back from {}, expected 'O B-LOC B-LOC'",
    ),
    "a layer has another name": (
        lambda s: Sentence(s.tokens, {"x": s.tags["ner"]}),
        "in.tsv:1: found the layers x read back from {}, expected ner",
    ),
    "a layer is added": (
        lambda s: Sentence(s.tokens, {**s.tags, "x": s.tags["ner"]}),
        "in.tsv:1: found the layers ner, x read back from {}, expected ner",
    ),
    "the last sentence is lost": (
        lambda s: None if "Bonn" in s.tokens else s,
        "out.{}: found 1 sentences and 3 tokens read back, expected the 2 and 6 that were written",
    ),
    "the first sentence is lost": (
        lambda s: None if "Ada" in s.tokens else s,
        "in.tsv:1: found tokens 'In Bad' read back from {}, expected 'Ada Lovelace'",
    ),
    "sentences are joined": (
        lambda s: None if "Bonn" in s.tokens else replaced(s, "slept", ["slept", "In", "Bad", "Bonn"]),
        "in.tsv:3: found tokens 'slept In Bad' read back from {}, expected 'slept'",
    ),
}


@pytest.mark.parametrize(
    ("page", "name", "format"),
    [(jsonl, "write", "jsonl"), (parquet, "write_binary", "parquet")],
    ids=["jsonl", "parquet"],
)
@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_reading_back_finds_what_a_writer_loses(
    page: ModuleType, name: str, format: str, change: Callable[[Sentence], Sentence | None], message: str
) -> None:
    needs(format)
    output = f"out.{format}"
    Path(output).write_text("as it was")
    with changed(page, name, change):
        assert refused("in.tsv", output) == message.format(format)
        (result,), _ = converted("in.tsv", output, verify=False)  # as the user asked for
    assert not result.verified
    assert Path(output).read_bytes() != b"as it was"


def test_reading_back_finds_what_is_too_much() -> None:
    writer = jsonl.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "write", lambda s, o: [*writer(s, o), '{"tokens": ["more", "of", "it"]}\n'])
        assert refused("in.tsv", "out.jsonl") == (
            "out.jsonl:3: found 'more of it' read back, expected nothing more"
        )


def test_what_cannot_be_read_back_is_named_as_the_user_names_it() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "write", lambda *_: ["nothing\n"])
        message = "out{}.jsonl:1: found 'nothing', expected a JSON object on one line"
        assert refused("in.tsv", "out.jsonl") == message.format("")
        assert refused("three", "out", format="jsonl") == message.format("/train")


def test_reading_back_of_a_folder() -> None:
    with changed(brat, "write_folder", lambda s: replaced(s, "slept", [])):
        assert refused("in.tsv", "out", format="brat") == (
            "in.tsv:3: found tokens 'Lovelace' read back from brat, expected 'Lovelace slept'"
        )


def test_reading_back_finds_columns_that_are_taken_for_others() -> None:
    """The layout is found anew, not believed."""
    with changed(columns, "write", lambda s: Sentence(s.tokens, {"ner": ["7"] * len(s)})):
        assert refused("in.tsv", "out.conll") == (
            "in.tsv:1: found ner '7 7' read back from conll, expected 'B-PER I-PER'"
        )
