"""Training as a whole: it learns, repeats itself to the bit, and stops when told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpora import Corpus, CorpusError, ReadOptions, Tokenization, load_corpus
from tagger.bundle import load as load_bundle
from tagger.pipeline import Tagger, load
from tagger.settings import make_config
from tagger.training.preparation import Task, VectorsFile, set_up
from tagger.training.run import run
from tagger.training.trainer import Schedule
from tagger.vectors import VectorsError
from tagger.vocabulary import UNKNOWN

from ..networks import needs_bfloat16
from .runs import COLUMNS, LEARN_NER, LEARN_UPOS, SMALL, TINY, Silent


@pytest.mark.parametrize("head", ["softmax", "crf"])
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_learns_a_tiny_corpus_by_heart(tiny: Corpus, tmp_path: Path, cell: str, head: str) -> None:
    config = make_config("fast", None, [*SMALL, f"model.cell={cell}", f"model.head={head}"])
    result = run(tiny, tmp_path / "m.tagger", config, Silent(), Task(layers=["UPOS", "ner"]))
    assert {name: score.main for name, score in result.scores["dev"].items()} == {
        "UPOS": 1,
        "ner": 1,
    }
    truth = list(tiny.train)
    tagged = load(result.path).tag_tokens(s.tokens for s in truth)
    assert [s.tags["ner"] for s in tagged] == [s.tags["ner"] for s in truth]


@pytest.mark.parametrize("encoder", ["lstm", "none"])
def test_learns_yes_no_labels_by_heart(tiny: Corpus, tmp_path: Path, encoder: str) -> None:
    settings = [*SMALL, "model.head=sigmoid", f"model.character_encoder={encoder}"]
    result = run(
        tiny, tmp_path / "m.tagger", make_config("fast", None, settings), Silent(), Task(layers=["4"])
    )
    assert result.scores["dev"]["FEATS"].accuracy == 1
    assert result.bundle.layers[0].symbols == (
        "Number=Plur",
        "Number=Sing",
        "Tense=Past",
        "Tense=Pres",
    )
    assert load(result.path).tag_tokens([["saw"]])[0].tags == {"FEATS": ["Number=Sing"]}


TELLING = """\
# newdoc
Rome\tA

x\tA

# newdoc
Oslo\tB

x\tB

"""


def test_learns_from_neighbours(tmp_path: Path) -> None:
    """What x is only the sentence before tells."""
    for name in ("train", "dev"):
        (tmp_path / f"{name}.conll").write_text(TELLING, encoding="utf-8")
    corpus = load_corpus(str(tmp_path), options=ReadOptions(columns="form=1,POS=2"))
    scores = []
    for neighbours in (0, 1):
        display = Silent()
        config = make_config("fast", None, [*SMALL, f"model.neighbours={neighbours}"])
        result = run(corpus, tmp_path / "m.tagger", config, display, Task(layers=["POS"]))
        scores.append(result.scores["dev"]["POS"].accuracy)
        assert display.notes == []
        assert load_bundle(result.path).config == config
    assert scores == [0.75, 1.0]
    (document,) = load(result.path).pipe(["Oslo\n\nx"])
    assert document.tags == {"POS": ["B", "B"]}


def test_same_seed_same_file(tiny: Corpus, tmp_path: Path) -> None:
    def trained(seed: int, name: str) -> bytes:
        settings = [*SMALL, f"training.seed={seed}", "training.epochs=3", "model.dropout=0.4"]
        config = make_config("fast", None, settings)
        return run(tiny, tmp_path / name, config, Silent(), LEARN_NER).path.read_bytes()

    first = trained(1, "a.tagger")
    assert trained(1, "b.tagger") == first
    assert trained(2, "c.tagger") != first


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine", "plateau"])
def test_optimizers_and_schedules_lower_the_loss(
    tiny: Corpus, tmp_path: Path, optimizer: str, schedule: str
) -> None:
    display = Silent()
    settings = [*SMALL, f"training.optimizer={optimizer}", f"training.schedule={schedule}"]
    config = make_config("fast", None, [*settings, "training.epochs=8", "training.warmup=0.1"])
    run(tiny, tmp_path / "m.tagger", config, display, LEARN_UPOS)
    losses = [epoch.loss for epoch in display.epochs]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.5, 1.0, 1.0, 1.0, 1.0]),
        ("linear", [0.5, 1.0, 2 / 3, 1 / 3, 0.0]),
        ("cosine", [0.5, 1.0, 0.75, 0.25, 0.0]),
        ("plateau", [0.5, 1.0, 1.0, 0.5, 0.5]),
    ],
)
def test_schedule(schedule: str, expected: list[float]) -> None:
    settings = ["training.learning_rate=1", f"training.schedule={schedule}", "training.warmup=0.4"]
    rates = Schedule(make_config("fast", None, settings).training, 5)
    found = []
    for step in range(5):
        found.append(rates.step())
        if step:
            rates.epoch(better=False)
    assert found == pytest.approx(expected)


def test_log_and_provenance(tiny: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, [*SMALL, "training.epochs=2"])
    result = run(tiny, tmp_path / "m.1.2", config, Silent(), LEARN_NER, command="tagger train x")
    log = (tmp_path / "m.1.2.log.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines] == ["begin", "epoch", "epoch", "end"]
    assert lines[-1]["scores"]["dev"]["ner"]["f1"] == result.scores["dev"]["ner"].f1
    bundle = load_bundle(result.path)
    assert bundle.config == config
    assert bundle.provenance["command"] == "tagger train x"
    assert bundle.provenance["files"]["train"]["name"] == "train.conll"
    assert len(bundle.provenance["files"]["train"]["sha256"]) == 64
    assert bundle.training_forms == ("London", "saw", ".", "Ada", "Lovelace", "Paris", "We", "sees")


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=needs_bfloat16)])
def test_each_precision_learns_by_heart_and_repeats_itself(
    tiny: Corpus, tmp_path: Path, precision: str
) -> None:
    config = make_config("fast", None, [*SMALL, f"training.precision={precision}"])
    results = [run(tiny, tmp_path / f"{i}.tagger", config, Silent(), LEARN_UPOS) for i in range(2)]
    assert results[0].scores["dev"]["UPOS"].main == 1
    assert results[0].path.read_bytes() == results[1].path.read_bytes()


def test_members_learn_side_by_side_and_repeat_themselves(tiny: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, [*SMALL, "model.members=3"])
    task = Task(layers=["UPOS", "ner"], auxiliary=["FEATS"])
    results = [run(tiny, tmp_path / f"{i}.tagger", config, Silent(), task) for i in range(2)]
    assert [score.main for score in results[0].scores["dev"].values()] == [1, 1]
    assert results[0].path.read_bytes() == results[1].path.read_bytes()
    names = {name.split(".", 2)[1] for name in results[0].bundle.weights}
    assert names == {"0", "1", "2"}
    assert not [name for name in results[0].bundle.weights if ".heads.2." in name]
    assert load(results[0].path, engine="numpy").tag_tokens([["Ada", "saw"]])[0].tags == (
        load(results[0].path).tag_tokens([["Ada", "saw"]])[0].tags
    )


def test_auxiliary_layers_help_and_are_left_out(tiny: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, SMALL)
    result = run(
        tiny,
        tmp_path / "m.tagger",
        config,
        Silent(),
        Task(layers=["UPOS"], auxiliary=["ner", "FEATS", "UPOS"]),
    )
    assert [layer.name for layer in result.bundle.layers] == ["UPOS"]
    assert {name.split(".")[1] for name in result.bundle.weights if name.startswith("heads.")} == {"0"}
    assert list(result.scores["dev"]) == ["UPOS"]
    assert result.scores["dev"]["UPOS"].main == 1
    alone = run(tiny, tmp_path / "n.tagger", config, Silent(), LEARN_UPOS)
    name = "encoder.layers.0.left_to_right.weight_hh_l0"
    assert not np.array_equal(alone.bundle.weights[name], result.bundle.weights[name])


@pytest.mark.parametrize("both", ["true", "false"])
def test_language_model_is_left_out_and_may_come_with_a_base(
    tiny: Corpus, tmp_path: Path, both: str
) -> None:
    settings = [*SMALL, "training.epochs=2", f"model.bidirectional={both}", "training.language_model=1"]
    config = make_config("fast", None, settings)
    first = run(tiny, tmp_path / "m.tagger", config, Silent(), LEARN_UPOS)
    base = load_bundle(first.path)
    assert not [name for name in base.weights if "language" in name]
    task = Task(layers=["UPOS"], base=base)
    second = run(tiny, tmp_path / "n.tagger", config, Silent(), task)
    assert second.bundle.weights.keys() == base.weights.keys()


def test_auxiliary_layer_of_the_corpus_itself(tmp_path: Path) -> None:
    text = "나는\tPRON\tNP+JX\t_\n간다\tVERB\tVV+EF\t_\n.\tPUNCT\tSF\t_\n\n"
    for split in ("train", "dev"):
        (tmp_path / f"{split}.conll").write_text(text, encoding="utf-8")
    korean = load_corpus(str(tmp_path), options=ReadOptions(columns="form=1,UPOS=2,XPOS=3,FEATS=4"))
    weights = []
    for setting, named in (("auto", []), ("none", ["XPOS"]), ("auto", ["FEATS"])):
        config = make_config("fast", None, [*SMALL, f"training.auxiliary={setting}"])
        task = Task(layers=["UPOS"], auxiliary=named)
        result = run(korean, tmp_path / "m.tagger", config, Silent(), task)
        assert [layer.name for layer in result.bundle.layers] == ["UPOS"]
        weights.append(result.bundle.weights["encoder.layers.0.left_to_right.weight_hh_l0"])
    found, named_itself, named_other = weights
    assert np.array_equal(found, named_itself)
    assert not np.array_equal(found, named_other)  # which wins over "auto"


def test_auxiliary_layer_that_is_not_there(tiny: Corpus, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="expected one named XPOS"):
        run(
            tiny,
            tmp_path / "m.tagger",
            make_config("fast", None, SMALL),
            Silent(),
            Task(layers=["UPOS"], auxiliary=["XPOS"]),
        )


def test_vectors_of_words_come_into_the_model(tiny: Corpus, tmp_path: Path) -> None:
    """Of the corpus's words and of the first words of the file; of none else."""
    words = ["the", "of", "never", "Ada", "london", "Paris", "rest"]
    file = tmp_path / "vectors.txt"
    file.write_text("".join(f"{word} {i} 1 -{i}\n" for i, word in enumerate(words)))
    features = ("word_size=0", "character_encoder=none", "affix_size=0")
    config = make_config("fast", None, [*SMALL, *(f"model.{feature}" for feature in features)])
    result = run(
        tiny, tmp_path / "m.tagger", config, Silent(), Task(layers=["ner"], vectors=VectorsFile(file, 2))
    )
    bundle = load_bundle(result.path)
    assert bundle.static == ("the", "of", "Ada", "london", "Paris")
    assert bundle.config.model.static_size == 3
    table = bundle.weights["forms.parts.static.table.weight"].astype(np.float32)
    assert table.shape == (7, 3)
    length = np.mean([np.linalg.norm([i, 1, i]) for i in (0, 1, 3, 4, 5)])
    np.testing.assert_allclose(table[4] * length, [3, 1, -3], rtol=2e-3)
    ids = bundle.indexer().index(["Paris", "LONDON", "Lovelace"]).static
    assert ids.tolist() == [6, 5, UNKNOWN]


def test_vectors_are_found_however_a_form_is_composed(tmp_path: Path) -> None:
    """The corpus has a letter and an accent, the file one character for both."""
    (tmp_path / "train.conll").write_text(TINY.replace("Paris", "E\u0301vry"), encoding="utf-8")
    (tmp_path / "dev.conll").write_text(TINY, encoding="utf-8")
    file = tmp_path / "vectors.txt"
    file.write_bytes("x 1 1\n\u00c9vry 1 2\n".encode() + b"\xc3 1 3\n")
    corpus = load_corpus(str(tmp_path), options=COLUMNS)
    task = Task(layers=["ner"], vectors=VectorsFile(file, 0))
    notes: list[str] = []
    ready = set_up(corpus, make_config("fast", None, SMALL), task, notes.append)
    assert notes == [f"{file}: 1 words that are not UTF-8 are left out"]
    assert ready.indexer.static.symbols == ("\u00c9vry",)
    assert ready.indexer.index(["E\u0301vry"]).static.tolist() == [2]


def test_broken_vectors_stop_before_training(tiny: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("Ada 1 2\nsaw 1\n")
    with pytest.raises(VectorsError, match=r"vectors.txt:2: found 1 numbers, expected 2"):
        run(
            tiny,
            tmp_path / "m.tagger",
            make_config("fast", None, SMALL),
            Silent(),
            Task(layers=["ner"], vectors=VectorsFile(file)),
        )
    assert not (tmp_path / "m.tagger").exists()


@pytest.mark.parametrize(
    "setting",
    [
        "training.average=0.9",
        "training.smoothing=0.1",
        "training.word_dropout=0.1",
        "training.language_model=0.1",
        "training.rare_weight=1",
        "model.connections=residual",
        "model.connections=highway",
        "model.layer_norm=true",
    ],
)
def test_with_each_option_it_learns_by_heart_too(tiny: Corpus, tmp_path: Path, setting: str) -> None:
    result, plain = (
        run(tiny, tmp_path / "m.tagger", make_config("fast", None, settings), Silent(), LEARN_UPOS)
        for settings in ([*SMALL, setting], SMALL)
    )
    assert result.scores["dev"]["UPOS"].main == 1
    name = "heads.0.output.weight"
    assert not np.array_equal(result.bundle.weights[name], plain.bundle.weights[name])


def test_file_alone_holds_out_its_dev_set(tmp_path: Path) -> None:
    (tmp_path / "all.conll").write_text(TINY.replace("\n\n", "\n\n" + TINY + "\n") * 4, encoding="utf-8")
    display = Silent()
    corpus = load_corpus(str(tmp_path / "all.conll"), options=COLUMNS)
    result = run(
        corpus,
        tmp_path / "m.tagger",
        make_config("fast", None, [*SMALL, "training.epochs=1"]),
        display,
        LEARN_UPOS,
    )
    total = len(list(corpus.train))
    assert display.notes == [f"no dev set: each 10th sentence of {tmp_path / 'all.conll'} is one"]
    assert result.bundle.provenance["sentences"] == total - total // 10


def test_invalid_transition_is_told_and_read_as_a_span(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("a\tB-X\nb\tI-X\n\nc\tO\nd\tI-X\n\ne\tB-X\n", encoding="utf-8")
    (tmp_path / "dev.conll").write_text("a\tB-X\n", encoding="utf-8")
    display = Silent()
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    run(load_corpus(str(tmp_path)), tmp_path / "m.tagger", config, display)
    place = f"{tmp_path / 'train.conll'}:5"
    assert display.notes == [f"{place}: found I-X after O, which IOB2 does not allow; read as a span"]


def test_dev_scores_come_from_the_tagger_that_users_get(tiny: Corpus, tmp_path: Path) -> None:
    """The network in training and the model file give the same tags."""
    config = make_config("fast", None, [*SMALL, "training.epochs=4"])
    result = run(tiny, tmp_path / "m.tagger", config, Silent(), LEARN_NER)
    tokens = [s.tokens for s in tiny.train]
    expected = [s.tags["ner"] for s in load(result.path).tag_tokens(tokens)]
    reference = Tagger.from_bundle(load_bundle(result.path), engine="numpy")
    assert [s.tags["ner"] for s in reference.tag_tokens(tokens)] == expected
    assert all(np.isfinite(array).all() for array in result.bundle.weights.values())


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, Tokenization()),
        ({"tokens": "whitespace"}, Tokenization("whitespace", "lines")),
        ({"tokens": "characters", "sentences": "lines"}, Tokenization("characters", "lines")),
        ({"sentences": "lines", "language": "de"}, Tokenization(sentences="lines", language="de")),
    ],
)
def test_tokenization_is_kept(
    tiny: Corpus, tmp_path: Path, said: dict[str, str], kept: Tokenization
) -> None:
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    result = run(tiny, tmp_path / "m.tagger", config, Silent(), LEARN_NER, tokenization=said)
    assert load_bundle(result.path).tokenization == result.bundle.tokenization == kept


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("a\tB-X\nb\n", ":2: found 1 column, expected 2"),
        ("a\tB-X\nb\tPER\n", ":2: found tag 'PER', expected O or B-, I-, E-, S-LABEL, as elsewhere"),
        ("", ": found no sentences for a test set, expected at least one"),
    ],
)
def test_a_wrong_test_set_is_found_before_training(tmp_path: Path, test: str, message: str) -> None:
    for name, text in (("train", "a\tB-X\nb\tO\n"), ("dev", "a\tB-X\n"), ("test", test)):
        (tmp_path / f"{name}.conll").write_text(text, encoding="utf-8")
    display = Silent()
    with pytest.raises(CorpusError) as caught:
        run(load_corpus(str(tmp_path)), tmp_path / "m.tagger", make_config(), display)
    assert str(caught.value) == f"{tmp_path / 'test.conll'}{message}"
    assert not display.batches


def test_a_sigmoid_layer_without_labels(tmp_path: Path) -> None:
    for name in ("train", "dev"):
        (tmp_path / f"{name}.conll").write_text("a\tNOUN\t_\nb\tVERB\t_\n")
    corpus = load_corpus(str(tmp_path), options=ReadOptions(columns="form=1,UPOS=2,FEATS=3"))
    display = Silent()
    config = make_config(None, None, ["model.head=sigmoid"])
    with pytest.raises(CorpusError) as caught:
        run(corpus, tmp_path / "m.tagger", config, display, Task(layers=["UPOS", "FEATS"]))
    assert str(caught.value) == "layer FEATS: found no tag but _, expected one label at least"
    assert not display.batches


def test_a_dev_set_without_tokens(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"tokens": ["a"], "ner": ["B-X"]}\n{"tokens": []}\n')
    (tmp_path / "dev.jsonl").write_text('{"tokens": []}\n')
    corpus = load_corpus(str(tmp_path))
    with pytest.raises(CorpusError, match="found no sentences for a dev set, expected at least one"):
        run(corpus, tmp_path / "m.tagger", make_config("fast", None, SMALL), Silent())


def test_sentences_without_tokens_or_tags_count_for_nothing(tmp_path: Path) -> None:
    row = '{"tokens": ["a", "b"], "ner": ["B-X", "O"]}\n'
    for name in ("train", "dev"):
        (tmp_path / f"{name}.jsonl").write_text(row + '{"tokens": []}\n' + row)
    output = tmp_path / "m.tagger"
    config = make_config("fast", None, [*SMALL, "training.epochs=1"])
    result = run(load_corpus(str(tmp_path)), output, config, Silent())
    assert sum(row.support for row in result.scores["dev"]["ner"].per_label.values()) == 2
