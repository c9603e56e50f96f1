"""What a survey finds in a corpus, and what it refuses."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from corpora import CorpusError, Sentence, load_corpus
from corpora.inventory import LayerInventory
from tagger.config import ModelConfig
from tagger.training.survey import check_layers, make_layers, odd_places, survey


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
        check_layers(train, dev)
    assert str(caught.value) == (
        "dev.conll:3: found only NOUN in layer t of the dev set, expected tags of the training set: N"
    )


def test_held_out_sets_may_lack_a_layer_that_is_only_learned_beside() -> None:
    train = survey([Sentence(["a", "b"], {"t": ["N", "V"], "ner": ["O", "B-X"]})], ["t", "ner"])
    check_layers(train, survey([Sentence(["a"], {"t": ["N"]})], ["t"]), survey((), ()))


def test_surveys_are_joined() -> None:
    parts = [
        [Sentence(["a", "b"], {"t": ["N", "V"]}, source="f", line=1)],
        [Sentence(["b"], {"t": ["V"], "ner": ["B-X"]}), Sentence(["c"], {"t": ["N"], "ner": ["O"]})],
    ]
    whole = survey((), ["ner", "t"])
    whole.join(survey(parts[0], ["t"]))
    whole.join(survey(parts[1], ["t", "ner"]))
    assert (whole.tokens, list(whole.lengths), whole.forms) == (4, [2, 1, 1], Counter("abbc"))
    assert [layer.name for layer in make_layers(whole, "auto")] == ["ner", "t"]
    assert whole.layers["t"].counts == {"N": 2, "V": 2}
    assert whole.layers["t"].places["N"] == "f:1"
    assert whole.layers["ner"].scheme() == "IOB2"


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
