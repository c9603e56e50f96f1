"""Going on from a model: what it knows is kept, what is new is added."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from corpora import Corpus, CorpusError, load_corpus
from corpora.inventory import LayerInventory
from tagger.bundle import load as load_bundle
from tagger.cli import main
from tagger.layers import make_layer
from tagger.pipeline import Tagger, load
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.run import run
from tagger.training.survey import Survey
from tagger.training.warm_start import extended, take_weights, with_tags_of
from tagger.vocabulary import Vocabulary

from ..networks import LAYERS, make_bundle, make_network
from .runs import COLUMNS, SMALL, TINY, Silent

MORE = """\
Marie\tPROPN\tB-PER\tNumber=Sing
joined\tVERB\tO\tTense=Past
Acme\tPROPN\tB-ORG\tNumber=Sing
.\tPUNCT\tO\t_
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    (tmp_path / "train.conll").write_text(TINY + "\n" + MORE)
    (tmp_path / "dev.conll").write_text(TINY + "\n" + MORE)
    return load_corpus(str(tmp_path), options=COLUMNS)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The file of a model of the first sentences."""
    folder = tmp_path / "first"
    folder.mkdir()
    for name in ("train", "dev"):
        (folder / f"{name}.conll").write_text(TINY)
    small = load_corpus(str(folder), options=COLUMNS)
    path = tmp_path / "first.tagger"
    run(small, path, make_config("fast", None, SMALL), Silent(), Task(layers=["UPOS", "ner"]))
    return path


def test_new_words_and_tags_are_added(corpus: Corpus, first: Path, tmp_path: Path) -> None:
    base = load_bundle(first)
    config = make_config("fast", None, [*SMALL, "model.hidden_size=99"])
    result = run(corpus, tmp_path / "m.tagger", config, Silent(), Task(layers=["ner"], base=base))
    bundle = load_bundle(result.path)
    assert bundle.config.model == base.config.model
    assert bundle.words[: len(base.words)] == base.words
    assert {"marie", "acme"} <= set(bundle.words) - set(base.words)
    assert [layer.name for layer in bundle.layers] == ["ner"]
    assert {"S-ORG", "S-PER", "S-LOC"} <= set(bundle.layers[0].symbols)
    assert set(base.training_forms) < set(bundle.training_forms)
    assert bundle.provenance["base"] == str(first)
    assert result.scores["dev"]["ner"].main == 1
    tagged = load(result.path).tag_tokens([["Marie", "joined", "Acme", "."]])
    assert tagged[0].tags["ner"] == ["B-PER", "O", "B-ORG", "O"]


def test_a_first_epoch_begins_where_the_model_ended(first: Path, tmp_path: Path) -> None:
    """With a rate so small that nothing changes, the scores are those of the model."""
    folder = tmp_path / "first"
    config = make_config("fast", None, [*SMALL, "training.epochs=1", "training.learning_rate=1e-12"])
    small = load_corpus(str(folder), options=COLUMNS)
    layers = ["ner", "UPOS"]  # not as they stand in the model
    base = load_bundle(first)
    result = run(small, tmp_path / "m.tagger", config, Silent(), Task(layers=layers, base=base))
    assert {name: score.main for name, score in result.scores["dev"].items()} == {"UPOS": 1, "ner": 1}
    again = load_bundle(result.path)
    for name in ("forms.parts.words.table.weight", "encoder.layers.0.left_to_right.weight_hh_l0"):
        np.testing.assert_allclose(again.weights[name], base.weights[name], atol=1e-6)
    old, new = (
        one.weights[f"heads.{position}.output.weight"] for one, position in ((base, 1), (again, 0))
    )
    rows = [again.layers[0].symbols.index(symbol) for symbol in base.layers[1].symbols]
    np.testing.assert_allclose(new[rows], old, atol=1e-6)


def test_layers_and_tokenization_of_the_model_go_on(corpus: Corpus, first: Path, tmp_path: Path) -> None:
    """Unless others are named."""
    base = load_bundle(first)
    tokens = dataclasses.replace(base.tokenization, tokens="whitespace", sentences="lines")
    base = dataclasses.replace(base, tokenization=tokens)
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    plain, said = (
        run(corpus, tmp_path / "m.tagger", config, Silent(), Task(base=base), tokenization=how)
        for how in ({}, {"sentences": "standard"})
    )
    assert [layer.name for layer in plain.bundle.layers] == ["UPOS", "ner"]
    assert plain.bundle.tokenization == tokens
    assert said.bundle.tokenization == dataclasses.replace(tokens, sentences="standard")


@pytest.mark.parametrize(
    ("before", "after", "symbols", "empty"),
    [
        ("no no yes", "yes yes no", ("yes",), "no"),
        ("no no yes", "yes yes", ("yes",), "no"),
        ("no no yes", "yes maybe", ("maybe", "yes"), "no"),
        ("_ yes", "yes yes no", ("no", "yes"), "_"),
        ("_ yes", "O yes", ("yes",), "O"),
        ("_ O", "O O", ("O",), "_"),
    ],
)
def test_a_question_stays_the_same(
    before: str, after: str, symbols: tuple[str, ...], empty: str
) -> None:
    """Whichever of its answers is the more frequent."""
    old = make_layer("x", "sigmoid", Counter(before.split()), None)
    base = dataclasses.replace(make_bundle(("crf",)), layers=[old])
    counts = Counter(after.split())
    new = make_layer("x", "sigmoid", counts, None)
    train = Survey(Counter(), {"x": LayerInventory(counts)}, None, 0)  # type: ignore[arg-type]
    (made,) = with_tags_of(base, [new], train)
    assert (made.symbols, made.empty) == (symbols, empty)


def test_a_new_layer_has_the_head_of_the_model_s_settings(
    corpus: Corpus, first: Path, tmp_path: Path
) -> None:
    base = load_bundle(first)
    model = dataclasses.replace(base.config.model, head="softmax")
    base = dataclasses.replace(base, config=dataclasses.replace(base.config, model=model))
    config = make_config("fast", None, [*SMALL, "training.epochs=1", "model.head=crf"])
    task = Task(layers=["FEATS"], base=base)
    result = run(corpus, tmp_path / "m.tagger", config, Silent(), task)
    assert result.bundle.layers[0].head == result.bundle.config.model.head == "softmax"


@pytest.mark.parametrize("members", [1, 2])
def test_all_weights_are_taken(members: int) -> None:
    """Of words, characters, vectors of others, cells and heads; the same scores come out."""
    heads = ("softmax", "crf", "sigmoid")
    base = make_bundle(heads, static_size=4, layers=2, members=members)
    network, _, _ = make_network(heads, static_size=4, layers=2, members=members)
    for parameter in network.parameters():
        parameter.data.fill_(0.5)
    take_weights(network, [LAYERS[head] for head in heads], base)
    for name, array in network.weights().items():
        np.testing.assert_array_equal(array, base.weights[name].astype(np.float32))


def test_transitions_keep_their_edge() -> None:
    base = make_bundle(("crf",))
    more = make_layer("ner", "crf", {"O": 9, "B-PER": 2, "B-LOC": 1, "B-AAA": 1}, "IOB2")
    network, _, _ = make_network(("crf",))
    bigger = type(network.heads[0])(network.encoder.output_size, more)  # type: ignore[call-arg, arg-type]
    network.heads[0] = bigger
    take_weights(network, [more], base)
    old, new = base.weights["heads.0.transitions"], network.weights()["heads.0.transitions"]
    before, after = [*base.layers[0].symbols, None], [*more.symbols, None]
    for i, a in enumerate(before):
        for k, b in enumerate(before):
            assert new[after.index(a), after.index(b)] == old[i, k]


def test_vocabularies_grow_at_their_end() -> None:
    found = extended(["b", "a"], Vocabulary(["c", "a", "d"]))
    assert found.symbols == ("b", "a", "c", "d")


def test_spans_stay_spans() -> None:
    base = dataclasses.replace(make_bundle(("crf",)), source="m.tagger")
    tags = make_layer("ner", "auto", {"X": 1}, None)
    with pytest.raises(CorpusError) as caught:
        with_tags_of(base, [tags], Survey(Counter(), {}, None, 0))  # type: ignore[arg-type]
    assert str(caught.value) == "layer ner: found tags, expected spans, as in m.tagger"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--cell", "gru"], "--cell"),
        (["--head", "crf"], "--head"),
        (["--set", "model.layers=2"], "--set model.layers=2"),
        (["--vectors", "v.txt"], "--vectors"),
        (["--preset", "accurate"], "--preset"),
        (["--config", "run.toml"], "[model] in run.toml"),
    ],
)
def test_what_changes_the_network_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.toml").write_text("[model]\nlayers = 2\n")
    assert main(["train", "starter:english", "--base", "m.tagger", *arguments]) == 2
    line = capsys.readouterr().err
    assert line == (
        f"tagger train: {told} goes without --base, whose network stays as it is"
        " (see tagger train --help)\n"
    )


def test_words_that_the_model_knew_are_no_unseen_ones(first: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    for name, text in (("train", MORE), ("dev", TINY), ("test", TINY)):
        (folder / f"{name}.conll").write_text(text)
    corpus = load_corpus(str(folder), options=COLUMNS)
    config = make_config("fast", None, ["training.epochs=1"])
    task = Task(layers=["UPOS"], base=load_bundle(first))
    result = run(corpus, tmp_path / "n.tagger", config, Silent(), task)
    for split in ("dev", "test"):
        assert result.scores[split]["UPOS"].accuracy_seen is not None
        assert result.scores[split]["UPOS"].accuracy_unseen is None


def test_the_command(first: Path, corpus: Corpus, tmp_path: Path) -> None:
    output = tmp_path / "n.tagger"
    (tmp_path / "run.toml").write_text("[training]\nepochs = 1\n")
    values = ["--config", str(tmp_path / "run.toml"), "--columns", "form=1,UPOS=2,ner=3,FEATS=4"]
    arguments = ["train", str(tmp_path), "--layer", "UPOS", "--base", str(first), *values]
    assert main([*arguments, "--output", str(output)]) == 0
    assert isinstance(load(output), Tagger)
    assert load_bundle(output).provenance["base"] == str(first)
