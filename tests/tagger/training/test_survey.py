"""What a survey finds in a corpus, and what it refuses."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from corpora import CorpusError, Sentence, load_corpus
from corpora.inventory import LayerInventory
from tagger.config import ModelConfig
from tagger.training.survey import choose_layers, make_layers, odd_places, survey


def conll(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("a\tN\n\nb\tV\n", (), ["tag"]),
        ("a\tNOUN\tB-X\nb\tVERB\tO\n", (), ["ner"]),
        ("a\tNOUN\tB-X\nb\tVERB\tO\n", ("UPOS",), ["UPOS"]),
        ("a\tNOUN\tB-X\nb\tVERB\tO\n", ("2", "3"), ["UPOS", "ner"]),
        ("1\ta\tO\t-\n2\tb\tB-X\t-\n", (), ["ner"]),
    ],
)
def test_choose_layers(tmp_path: Path, text: str, wanted: tuple[str, ...], expected: list[str]) -> None:
    corpus = load_corpus(conll(tmp_path / "train.conll", text))
    assert choose_layers(corpus, wanted) == expected


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("", (), "found no sentences, expected at least one"),
        ("a\tN\n", ("pos",), "found the layers tag, expected one named pos"),
        (
            "a\tN\tx\n",
            (),
            "found the layers column2, column3, expected one of them chosen by --layer",
        ),
    ],
)
def test_no_such_layer(tmp_path: Path, text: str, wanted: tuple[str, ...], message: str) -> None:
    path = conll(tmp_path / "train.conll", text)
    with pytest.raises(CorpusError) as caught:
        choose_layers(load_corpus(path), wanted)
    assert str(caught.value) == f"{path}: {message}"


def test_counts_and_vocabularies() -> None:
    found = survey(
        [Sentence(["Cat", "cat", "2"], {"t": ["N", "N", "O"]}), Sentence([], {"t": []})], ["t"]
    )
    assert (found.tokens, list(found.lengths), found.forms["cat"]) == (3, [3], 1)
    words, characters, shapes = found.vocabularies(ModelConfig(min_count=2))
    assert words.symbols == ("cat",)
    assert set(characters.symbols) == {"\x02", "\x03", "a", "t"}
    assert shapes.symbols == ()


def test_layers_are_inventories_of_their_tags() -> None:
    sentences = [
        Sentence(["a", "b"], {"ner": ["B-X", "I-X"], "pos": ["N", "N"]}, source="f", line=1),
        Sentence(["c"], {"ner": ["O"], "pos": ["V"]}, source="f", line=4),
    ]
    found = survey(sentences, ["pos", "ner"])
    assert {name: type(layer) for name, layer in found.layers.items()} == {
        "pos": LayerInventory,
        "ner": LayerInventory,
    }
    assert found.layers["pos"].counts == {"N": 2, "V": 1}
    assert found.layers["ner"].places == {"B-X": "f:1", "I-X": "f:2", "O": "f:4"}
    assert [layer.scheme() for layer in found.layers.values()] == [None, "IOB2"]


def test_sentence_without_the_layer() -> None:
    sentences = [
        Sentence(["a"], {"ner": ["O"]}),
        Sentence([], {}),
        Sentence(["b"], {"pos": ["N"]}, source="f", line=7),
    ]
    with pytest.raises(CorpusError) as caught:
        survey(sentences, ["ner"])
    assert str(caught.value) == "f:7: found pos, expected the layer ner"


def test_tag_that_is_no_span_tag() -> None:
    sentences = [
        Sentence(["a", "b"], {"ner": ["O", "B-PER"]}, source="x.conll", line=1),
        Sentence(["c", "d"], {"ner": ["O", "PER"]}, source="x.conll", line=4),
    ]
    with pytest.raises(CorpusError) as caught:
        make_layers(survey(sentences, ["ner"]), "auto")
    assert (
        str(caught.value)
        == "x.conll:5: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere"
    )


def test_dev_set_of_other_tags() -> None:
    train = survey([Sentence(["a"], {"t": ["N"]})], ["t"])
    dev = survey([Sentence(["a"], {"t": ["NOUN"]}, source="dev.conll", line=3)], ["t"])
    with pytest.raises(CorpusError) as caught:
        make_layers(train, "auto", dev)
    assert str(caught.value) == (
        "dev.conll:3: found only NOUN in layer t of the dev set, expected tags of the training set: N"
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-X", "I-X", "O"], (0, "")),
        (["O", "I-X", "I-Y"], (2, "d.conll:8: found I-X after O")),
        (["I-X", "O", "O"], (1, "d.conll:7: found I-X at the start of a sentence")),
    ],
)
def test_odd_places(tags: list[str], expected: tuple[int, str]) -> None:
    train = survey([Sentence(["a"], {"ner": ["B-X"]}), Sentence(["a"], {"ner": ["O"]})], ["ner"])
    (layer,) = make_layers(train, "auto")
    sentence = Sentence(list("abc"), {"ner": tags}, source="d.conll", line=7)
    assert odd_places([sentence], layer) == expected


def test_place_in_a_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "train.conll.gz"
    path.write_bytes(gzip.compress(b"a\tO\nb\tB-X\n\nc\tPER\n"))
    with pytest.raises(CorpusError) as caught:
        make_layers(survey(load_corpus(str(path)).train, ["ner"]), "auto")
    assert caught.value.place == f"{path}:4"
