"""Training on several corpora: each layer is learned from those that have it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from corpora import Corpus, ReadOptions, load_corpus
from tagger.bundle import load as load_bundle
from tagger.pipeline import load
from tagger.settings import make_config
from tagger.training.preparation import Task, VectorsFile, set_up
from tagger.training.run import _mean, run
from tagger.training.sources import Further

from . import runs
from .runs import TINY, Silent

SMALL = [*runs.SMALL, "training.epochs=30", "training.learning_rate=0.02"]

NAMES = """\
Marie\tB-PER
Curie\tI-PER
left\tO
Warsaw\tB-LOC

Oslo\tB-LOC
left\tO

we\tO
left\tO
"""
POS = ReadOptions(columns="form=1,UPOS=2,x=3,FEATS=4")
NER = ReadOptions(columns="form=1,ner=2")


def corpus(folder: Path, text: str, options: ReadOptions, dev: str | None = "") -> Corpus:
    """Writes a corpus, its own dev set unless told otherwise, and no test set."""
    folder.mkdir()
    (folder / "train.conll").write_text(text, encoding="utf-8")
    if dev is not None:
        (folder / "dev.conll").write_text(dev or text, encoding="utf-8")
    return load_corpus(str(folder), options=options)


@pytest.fixture
def pos(tmp_path: Path) -> Corpus:
    return corpus(tmp_path / "pos", TINY, POS)


@pytest.fixture
def ner(tmp_path: Path) -> Corpus:
    return corpus(tmp_path / "ner", NAMES, NER)


@pytest.mark.parametrize(
    ("head", "layer"), [("auto", "UPOS"), ("softmax", "UPOS"), ("crf", "UPOS"), ("sigmoid", "FEATS")]
)
def test_layers_of_two_corpora_are_learned_by_heart(
    pos: Corpus, ner: Corpus, tmp_path: Path, head: str, layer: str
) -> None:
    config = make_config("fast", None, [*SMALL, f"model.head={head}"])
    task = Task(layers=[layer, "ner"], also=[Further(ner)])
    result = run(pos, tmp_path / "m.tagger", config, Silent(), task)
    assert {title: {n: s.main for n, s in found.items()} for title, found in result.scores.items()} == {
        f"dev of {pos.name}": {layer: 1},
        f"dev of {ner.name}": {"ner": 1},
    }
    for one, name in ((pos, layer), (ner, "ner")):
        tagged = load(result.path).tag_tokens(s.tokens for s in one.train)
        assert [s.tags[name] for s in tagged] == [s.tags[name] for s in one.train]


def test_log_and_provenance_tell_of_each_corpus(pos: Corpus, ner: Corpus, tmp_path: Path) -> None:
    (tmp_path / "ner" / "test.conll").write_text("Oslo\tB-LOC\n")
    ner = load_corpus(ner.name, options=NER)
    task = Task(layers=["UPOS", "ner"], also=[Further(ner)])
    config = make_config("fast", None, [*SMALL, "training.epochs=2"])
    display = Silent()
    result = run(pos, tmp_path / "m.tagger", config, display, task)
    begin, *epochs, end = map(json.loads, (tmp_path / "m.log.jsonl").read_text().splitlines())
    assert begin["corpus"] == f"{pos.name}, {ner.name}"
    for logged, epoch in zip(epochs, display.epochs, strict=True):
        scores = logged["scores"]
        assert scores.keys() == {f"dev of {pos.name}", f"dev of {ner.name}"}
        values = [score for layers in scores.values() for score in layers.values()]
        assert sum(values) / 2 == pytest.approx(epoch.score)
    titles = [f"dev of {pos.name}", f"dev of {ner.name}", f"test of {ner.name}"]
    assert list(end["scores"]) == list(load_bundle(result.path).scores) == titles
    provenance = load_bundle(result.path).provenance
    assert provenance["corpus"] == begin["corpus"]
    assert (provenance["sentences"], provenance["tokens"]) == (6, 18)
    files = provenance["files"]
    assert list(files) == [
        f"{split} of {name}"
        for name, splits in ((pos.name, ["train", "dev"]), (ner.name, ["train", "dev", "test"]))
        for split in splits
    ]
    content = (tmp_path / "ner" / "train.conll").read_bytes()
    assert files[f"train of {ner.name}"] == {
        "name": "train.conll",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_the_log_of_one_corpus_has_one_score(pos: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    run(pos, tmp_path / "m.tagger", config, Silent(), Task(layers=["UPOS"]))
    epoch = json.loads((tmp_path / "m.log.jsonl").read_text().splitlines()[1])
    assert "scores" not in epoch


def test_the_same_seed_gives_the_same_file(pos: Corpus, ner: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, [*SMALL, "training.epochs=3"])
    task = Task(layers=["UPOS", "ner"], also=[Further(ner)])
    first, second = (run(pos, tmp_path / f"{i}.tagger", config, Silent(), task) for i in range(2))
    assert first.path.read_bytes() == second.path.read_bytes()


def test_one_layer_of_two_corpora(pos: Corpus, ner: Corpus, tmp_path: Path) -> None:
    """Joined where it has one name, and apart where one of them gets another."""
    config = make_config("fast", None, [*SMALL, "training.epochs=4"])
    joined = Task(layers=["ner"], also=[Further(pos, {"3": "ner"})])
    result = run(ner, tmp_path / "joined.tagger", config, Silent(), joined)
    assert [layer.name for layer in result.bundle.layers] == ["ner"]
    assert result.outcome.best is not None
    mains = [found["ner"].main for found in result.scores.values()]
    assert result.outcome.best.score == pytest.approx(sum(mains) / 2)
    apart = dataclasses.replace(joined, layers=(), also=[Further(pos, {"x": "ner-2"})])
    result = run(ner, tmp_path / "apart.tagger", config, Silent(), apart)
    assert [layer.name for layer in result.bundle.layers] == ["ner", "ner-2"]
    assert [list(found) for found in result.scores.values()] == [["ner"], ["ner-2"]]


def test_each_corpus_without_a_dev_set_holds_out_its_own(tmp_path: Path) -> None:
    pos = corpus(tmp_path / "pos", (TINY + "\n") * 10, POS, None)
    ner = corpus(tmp_path / "ner", (NAMES + "\n") * 20, NER, None)
    notes: list[str] = []
    task = Task(layers=["UPOS", "ner"], also=[Further(ner)])
    ready = set_up(pos, make_config("fast", None, SMALL), task, notes.append)
    assert notes == [
        f"no dev set: each 10th sentence of {tmp_path / name / 'train.conll'} is one"
        for name in ("pos", "ner")
    ]
    assert [len(one.sentences) for one in ready.dev] == [3, 6]
    assert len(ready.survey.lengths) == 27 + 54
    batches = list(ready.loader(tmp_path))
    assert sum(len(batch.lengths) for batch in batches) == 27 + 54
    kinds = [(batch.tags[0][:, 0] < 0).tolist() for batch in batches]
    assert any(True in kind and False in kind for kind in kinds)  # corpora share batches
    for batch in batches:  # and each sentence has tags in one layer of the two
        assert ((batch.tags[0] < 0) != (batch.tags[1] < 0)).all()


def test_an_auxiliary_layer_of_another_corpus(pos: Corpus, ner: Corpus, tmp_path: Path) -> None:
    """It is learned from all sentences, scored on none, and left out of the model."""
    (tmp_path / "ner" / "dev.conll").unlink()
    ner = load_corpus(ner.name, options=NER)
    task = Task(layers=["UPOS"], auxiliary=["ner"], also=[Further(ner)])
    display = Silent()
    result = run(pos, tmp_path / "m.tagger", make_config("fast", None, SMALL), display, task)
    assert display.notes == []
    assert [layer.name for layer in result.bundle.layers] == ["UPOS"]
    assert {n: found["UPOS"].main for n, found in result.scores.items()} == {f"dev of {pos.name}": 1}
    assert result.bundle.provenance["sentences"] == 6
    assert {"Marie", "Warsaw"} <= set(result.bundle.training_forms)


def test_an_auxiliary_layer_may_be_missing_where_it_is_not_scored(tmp_path: Path) -> None:
    row = '{"tokens": ["a", "b"], "UPOS": ["N", "V"]}\n'
    (tmp_path / "train.jsonl").write_text(row.replace("}", ', "ner": ["B-X", "O"]}'))
    for split in ("dev", "test"):
        (tmp_path / f"{split}.jsonl").write_text(row)
    task = Task(layers=["UPOS"], auxiliary=["ner"])
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    result = run(load_corpus(str(tmp_path)), tmp_path / "m.tagger", config, Silent(), task)
    assert [list(result.scores[split]) for split in ("dev", "test")] == [["UPOS"], ["UPOS"]]


def test_vectors_are_those_of_the_words_of_all(pos: Corpus, ner: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("".join(f"{word} 1 2\n" for word in ("Oslo", "never", "Paris")))
    task = Task(layers=["UPOS", "ner"], vectors=VectorsFile(file, 0), also=[Further(ner)])
    ready = set_up(pos, make_config("fast", None, SMALL), task, print)
    assert ready.indexer.static.symbols == ("Oslo", "Paris")


def test_odd_tags_are_told_of_in_layers_that_are_learned(ner: Corpus, tmp_path: Path) -> None:
    odd = corpus(tmp_path / "odd", NAMES + "\nleft\tO\nOslo\tI-LOC\n", NER, NAMES)
    # a layer of the same name that is not learned
    other = corpus(tmp_path / "other", "a\tN\tO\nb\tV\tI-X\n", ReadOptions(columns="form=1,t=2,ner=3"))
    notes: list[str] = []
    task = Task(["ner", "t"], also=[Further(odd), Further(other, {"ner": "x"})])
    set_up(ner, make_config("fast", None, SMALL), task, notes.append)
    place = tmp_path / "odd" / "train.conll"
    assert notes == [f"{place}:13: found I-LOC after O, which IOB2 does not allow; read as a span"]


def test_a_model_to_go_on_from_gets_layers_of_others(pos: Corpus, ner: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, SMALL)
    first = run(pos, tmp_path / "first.tagger", config, Silent(), Task(layers=["UPOS"]))
    base = load_bundle(first.path)
    task = Task(layers=["UPOS", "ner"], base=base, also=[Further(ner)])
    result = run(pos, tmp_path / "m.tagger", config, Silent(), task)
    assert [score.main for found in result.scores.values() for score in found.values()] == [1, 1]


def test_the_score_is_the_mean_over_layers_of_the_mean_over_dev_sets(
    pos: Corpus, ner: Corpus, tmp_path: Path
) -> None:
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    result = run(pos, tmp_path / "m.tagger", config, Silent(), Task(layers=["UPOS"]))
    score = result.scores["dev"]["UPOS"]
    of = [dataclasses.replace(score, accuracy=value) for value in (0.2, 0.6, 0.9)]
    assert _mean({"a": {"x": of[0], "y": of[2]}, "b": {"x": of[1]}}) == pytest.approx(0.65)
