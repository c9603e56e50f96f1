"""The bias of O: where it is moved to, and that moving it in scores and in weights is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corpora import Corpus, ReadOptions, Sentence, load_corpus
from tagger.bundle import model_card
from tagger.config import Config
from tagger.export.exporter import as_engine
from tagger.layers import make_layer
from tagger.network.engine import NetworkEngine
from tagger.pipeline import Tagger
from tagger.runtime.engine import Scores
from tagger.settings import make_config
from tagger.training.outside import OutsideBias, RepeatingEngine, UnscoredContext, move
from tagger.training.preparation import Task
from tagger.training.run import run

from ..commands import Output
from ..commands import run as command
from ..networks import LAYERS, SENTENCES, make_network
from .runs import SMALL, Silent

POS = make_layer("UPOS", "softmax", {"A": 2, "B": 1}, None)
SPANS = make_layer("ner", "crf", {"O": 2, "B-X": 1}, "IOB2")
OTHER = make_layer("chunk", "crf", {"O": 2, "B-Y": 1}, "IOB2")


def hill(*tops: float) -> Callable[[Sequence[float]], float]:
    """A score that falls away from a place on all sides."""
    return lambda moved: 1 - sum(abs(m - top) for m, top in zip(moved, tops, strict=True)) / 100


@pytest.mark.parametrize("top", [0.0, 0.25, -0.5, 1.75, -2.25])
def test_search_ends_where_the_score_is_highest(top: float) -> None:
    bias = OutsideBias([SPANS])
    assert bias.search(hill(top)) == 1
    assert bias.moved == bias.best == (top,)


def test_search_stays_within_bounds() -> None:
    bias = OutsideBias([SPANS])
    bias.search(hill(100.0))
    assert bias.moved == (3.0,)
    bias.search(hill(-100.0))
    assert bias.moved == (-3.0,)


def test_only_layers_of_spans_are_moved_each_for_itself() -> None:
    bias = OutsideBias([SPANS, POS, OTHER])
    bias.search(hill(0.5, -1.0, -0.75))
    assert bias.moved == (0.5, 0.0, -0.75)
    assert OutsideBias([POS]).search(lambda moved: float(moved == (0.0,))) == 1
    assert OutsideBias([]).search(lambda moved: float(moved == ())) == 1


def test_search_goes_on_from_where_the_last_one_ended_and_the_best_is_kept() -> None:
    bias = OutsideBias([SPANS])
    bias.search(hill(-1.0))
    tried: list[Any] = []

    def worse(moved: tuple[float, ...]) -> float:
        tried.append(moved)
        return 0.5 * hill(-1.5)(moved)

    assert bias.search(worse) == 0.5
    assert tried[0] == (-1.0,)
    assert (bias.moved, bias.best) == ((-1.5,), (-1.0,))


def test_where_all_scores_are_alike_nothing_is_moved() -> None:
    bias = OutsideBias([SPANS])
    tried: list[tuple[float, ...]] = []
    assert bias.search(lambda moved: tried.append(moved) or 0.5) == 0.5  # type: ignore[func-returns-value]
    assert bias.moved == bias.best == (0.0,)
    assert tried == [(0.0,), (-0.25,), (0.25,)]


def test_search_walks_over_places_where_nothing_is_found() -> None:
    bias = OutsideBias([SPANS])
    assert bias.search(lambda moved: float(moved[0] < -2)) == 1
    assert bias.moved == (-2.25,)
    nowhere = OutsideBias([SPANS])
    assert nowhere.search(lambda moved: 0.0) == 0
    assert nowhere.moved == nowhere.best == (0.0,)


class Counting(NetworkEngine):
    """An engine that counts what it is asked."""

    asked = 0

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: NDArray[np.float32] | None = None
    ) -> list[Scores]:
        self.asked += 1
        return super().emissions(sentences, context)


@pytest.mark.parametrize("members", [1, 2])
def test_moved_scores_are_those_of_moved_weights(members: int) -> None:
    network, indexer, _ = make_network(("crf", "softmax", "sigmoid"), members=members)
    engine = Counting(network, indexer)
    repeating = RepeatingEngine(engine)
    moved = (-0.75, 0.0, 0.0)
    first = [repeating.emissions([sentence]) for sentence in SENTENCES]
    repeating.again(moved)
    second = [repeating.emissions([sentence]) for sentence in SENTENCES]
    repeating.again(())
    third = [repeating.emissions([sentence]) for sentence in SENTENCES]
    assert engine.asked == len(SENTENCES)
    move(network, moved)
    truth = [NetworkEngine(network, indexer).emissions([sentence]) for sentence in SENTENCES]
    for before, after, again, true in zip(first, second, third, truth, strict=True):
        for layer in range(3):
            assert np.array_equal(before[layer], again[layer])
            assert np.allclose(after[layer], true[layer], atol=1e-5)
        assert not np.allclose(before[0], after[0], atol=0.1)
    for mine, theirs in zip(repeating.transitions(), engine.transitions(), strict=True):
        assert mine is theirs is None or np.array_equal(mine, theirs)  # type: ignore[arg-type]


def test_tagger_with_several_workers_gets_each_batch_its_own_scores() -> None:
    network, indexer, config = make_network(("crf",))
    sentences = [sentence * (i % 7 + 1) for i in range(300) for sentence in SENTENCES]
    engine = as_engine(network.weights(), indexer, config.model, 1, 2)  # type: ignore[union-attr]
    plain, repeating = Tagger([LAYERS["crf"]], engine), RepeatingEngine(engine)
    tagger = Tagger([LAYERS["crf"]], repeating)
    assert repeating.workers == engine.workers == 2
    truth = [s.tags["ner"] for s in plain.tag_tokens(sentences)]
    for _ in range(2):
        repeating.again(())
        assert [s.tags["ner"] for s in tagger.tag_tokens(sentences)] == truth
    repeating.again((-3.0,))
    fewer = [tag for s in tagger.tag_tokens(sentences) for tag in s.tags["ner"]]
    assert fewer.count("O") < sum(tags.count("O") for tags in truth)


class CountingPart:
    """A part of the context that counts how often it is asked for vectors."""

    name, size, layers = "counting", 3, ()
    asked = 0

    def read(self, sentences: Sequence[Sentence]) -> int:
        self.asked += 1
        return max(map(len, sentences))

    def vectors(self, found: int, weights: Any) -> NDArray[np.float32]:
        return np.zeros((1, found, 3), np.float32)


def test_context_is_worked_out_once() -> None:
    network, indexer, _ = make_network(("crf",))
    part = CountingPart()
    repeating = RepeatingEngine(NetworkEngine(network, indexer))
    context = UnscoredContext(repeating, [part], network.weights())  # type: ignore[list-item]
    begun = part.asked
    for moved in ((), (-1.0,), (1.0,)):
        repeating.again(moved)
        for sentence in SENTENCES:
            found = context([Sentence(sentence)])
            assert (found is None) == bool(moved)
            repeating.emissions([sentence])
    assert part.asked - begun == len(SENTENCES)


@pytest.fixture
def sparing(tmp_path: Path) -> Corpus:
    """A corpus whose training set leaves out half of the names that its dev set marks."""
    rows = {"train": ["B-LOC", "O"], "dev": ["B-LOC", "B-LOC"]}
    for split, tags in rows.items():
        lines = [
            f"in O\n{name} {tags[i % 2]}\n. O\n\n"
            for i, name in enumerate(["Paris", "Berlin", "Wien", "Seoul", "Rom", "Oslo", "Bern", "Riga"])
        ]
        (tmp_path / f"{split}.conll").write_text("".join(lines), encoding="utf-8")
    return load_corpus(str(tmp_path), options=ReadOptions(columns="form=1,ner=2"))


@pytest.mark.parametrize("members", [1, 2])
def test_training_moves_the_bias_where_the_dev_set_has_more_spans(
    sparing: Corpus, tmp_path: Path, capsys: Output, members: int
) -> None:
    settings = [*SMALL, "training.epochs=6", "model.word_size=0", f"model.members={members}"]
    settings += ["model.character_encoder=none", "model.affix_size=0"]  # names cannot be told apart
    scores, bundles = {}, {}
    for where in ("learned", "dev"):
        config: Config = make_config(settings=[*settings, f"training.outside_bias={where}"])
        shown = Silent()
        result = run(sparing, tmp_path / "m.tagger", config, shown, Task(layers=["ner"]))
        scores[where] = result.scores["dev"]["ner"].main
        bundles[where] = result.bundle
        best = max(epoch.score for epoch in shown.epochs)
        assert scores[where] == pytest.approx(best)  # what was scored is what the model does
    assert scores["dev"] == 1 > scores["learned"]
    distance = bundles["dev"].provenance["outside_bias"]["ner"]
    assert distance < 0
    assert "outside_bias" not in bundles["learned"].provenance
    told = command(capsys, "info", str(tmp_path / "m.tagger"))
    assert f"bias of O   moved by ner {distance:.2f} nats\n" in told
    assert f"* bias of O moved by: ner {distance:.2f} nats\n" in model_card(bundles["dev"])
    assert "bias of O" not in model_card(bundles["learned"])


def test_layers_without_spans_are_said_to_be_as_learned(tmp_path: Path) -> None:
    for split in ("train", "dev"):
        (tmp_path / f"{split}.conll").write_text("Ada NOUN\nsees VERB\n\n", encoding="utf-8")
    corpus = load_corpus(str(tmp_path))
    settings = [*SMALL, "training.epochs=1", "training.outside_bias=dev"]
    config = make_config("fast", None, settings)
    result = run(corpus, tmp_path / "m.tagger", config, Silent())
    assert result.bundle.config.training.outside_bias == "learned"
    assert "outside_bias" not in result.bundle.provenance
