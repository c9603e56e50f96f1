"""Sentences become data sets, which are the same sentences again."""

from typing import Any

import pytest
from datasets import ClassLabel, Features, List, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Corpus, Sentence, load_corpus
from corpora.hub import to_datasets
from tests.corpora.hub.rows import STRINGS, error, told

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@st.composite
def corpora(draw: st.DrawFn) -> list[Sentence]:
    layers = draw(st.lists(st.sampled_from(["ner", "UPOS", "x y", "chunk"]), unique=True))
    sentences = []
    for tokens in draw(st.lists(st.lists(texts, max_size=4), min_size=1, max_size=4)):
        text = draw(st.none() | st.just(" ".join(tokens)))
        positions, offsets = 0, []
        for token in tokens:
            offsets.append((positions, positions + len(token)))
            positions += len(token) + 1
        known = text is not None and bool(tokens)
        sentences.append(
            Sentence(
                tokens,
                {layer: [draw(texts) for _ in tokens] for layer in layers},
                text=text if known else None,
                offsets=offsets if known else None,
                comments=tuple(draw(st.lists(texts, max_size=2))),
                new_document=draw(st.booleans()),
            )
        )
    return sentences


class Sentences(list[Sentence]):
    """Sentences at hand, as a part of a corpus."""

    source = "made"
    path = layout = None

    def sniff(self) -> None:
        return None


def content(sentences: Any) -> list[tuple[Any, ...]]:
    """Returns what a data set has to keep of sentences."""
    return [(s.tokens, s.tags, s.text, s.offsets, s.comments, s.new_document) for s in sentences]


@settings(max_examples=40)
@given(sentences=corpora())
def test_there_and_back(sentences: list[Sentence]) -> None:
    corpus = Corpus("made", Sentences(sentences), None, Sentences(sentences[:1]))
    made_of_it = corpus.to_datasets()
    assert list(made_of_it) == ["train", "test"]
    remarks, options = told()
    again = Corpus.from_datasets(made_of_it, "x", options)
    assert content(again.train) == content(sentences)
    assert again.dev is None
    assert again.test is not None
    assert content(again.test) == content(sentences[:1])
    assert remarks == []
    streams = {key: part.to_iterable_dataset() for key, part in made_of_it.items()}
    assert content(Corpus.from_datasets(streams).train) == content(sentences)


@settings(max_examples=10)
@given(sentences=corpora())
def test_there_and_back_on_disk(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[Sentence]
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    corpus = Corpus("made", Sentences(sentences), Sentences(sentences[-1:]))
    corpus.to_datasets().save_to_disk(folder)
    again = load_corpus(str(folder))
    assert content(again.train) == content(sentences)
    assert again.dev is not None
    assert content(again.dev) == content(sentences[-1:])
    parquet = tmp_path_factory.mktemp("parquet")
    corpus.to_datasets()["train"].to_parquet(parquet / "train.parquet")
    assert content(load_corpus(str(parquet)).train) == content(sentences)


def test_a_starter_corpus_there_and_back() -> None:
    corpus = load_corpus("starter:english")
    corpus.to_datasets().save_to_disk("x")
    again = load_corpus("x")
    for (name, part), (name_again, part_again) in zip(corpus.splits(), again.splits(), strict=True):
        assert name == name_again
        assert content(part_again) == content(part)


def test_features() -> None:
    sentences = [
        Sentence(["a", "b"], {"ner": ["I-X", "B-X"], "UPOS": ["X", "N"]}),
        Sentence(["c"], {"ner": ["O"], "UPOS": ["X"]}),
    ]
    found = to_datasets([("train", sentences)])
    assert found["train"].features == Features(
        {
            "tokens": STRINGS,
            "ner": List(ClassLabel(names=["O", "B-X", "I-X"])),
            "UPOS": List(ClassLabel(names=["N", "X"])),
            "text": Value("string"),
            "offsets": List(List(Value("int64"))),
            "new_document": Value("bool"),
            "comments": STRINGS,
        }
    )
    assert found["train"][0] == {
        "tokens": ["a", "b"],
        "ner": [2, 1],
        "UPOS": [1, 0],
        "text": None,
        "offsets": None,
        "new_document": False,
        "comments": [],
    }


def test_a_layer_of_many_tags_stays_one_of_strings() -> None:
    tags = [f"F={i}" for i in range(1001)]
    corpus = to_datasets([("train", [Sentence(tags, {"FEATS": tags, "UPOS": ["X"] * 1001})])])
    assert corpus["train"].features["FEATS"] == STRINGS
    assert corpus["train"].features["UPOS"] == List(ClassLabel(names=["X"]))
    assert next(iter(Corpus.from_datasets(corpus).train)).tags["FEATS"] == tags


def test_nothing_at_all() -> None:
    assert len(to_datasets([("train", [])])["train"]) == 0
    assert list(Corpus.from_datasets(to_datasets([("train", [])])).train) == []
    assert (
        error(lambda: Corpus.from_datasets({}, "x"))
        == "x: found the splits none, expected one named train"
    )


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (
            [
                Sentence(["a"], {"ner": ["O"]}),
                Sentence(["a"], {"ner": ["O"], "x": ["y"]}, source="f", line=3),
            ],
            "f:3: found the layers ner, x, expected those of the first sentence: ner",
        ),
        (
            [Sentence(["a"], {"ner": ["O"]}), Sentence(["a"], source="f", line=3)],
            "f:3: found the layers none, expected those of the first sentence: ner",
        ),
        (
            [Sentence(["a"], {"ner_tags": ["O"]})],
            "ner_tags: found a layer named 'ner_tags', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"], {"text": ["O"]})],
            "text: found a layer named 'text', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"]), Sentence(["\ud800"], source="f", line=3)],
            "f:3: found half of a surrogate pair, expected Unicode text",
        ),
        (
            [Sentence(["a"], {"ner": ["\udfff"]}, source="f", line=3)],
            "f:3: found half of a surrogate pair, expected Unicode text",
        ),
    ],
)
def test_what_no_data_set_can_hold(sentences: list[Sentence], message: str) -> None:
    assert error(lambda: to_datasets([("train", sentences)])) == message


def test_splits_differ_in_their_layers() -> None:
    parts = [
        ("train", [Sentence(["a"], {"ner": ["O"]})]),
        ("test", [Sentence(["a"], source="f", line=3)]),
    ]
    message = "f:3: found the layers none, expected those of the first sentence: ner"
    assert error(lambda: to_datasets(parts)) == message
