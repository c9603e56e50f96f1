"""Models that read more of a token than its form, from training to tagging."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpora import Corpus, CorpusError, ReadOptions, Sentence, load_corpus
from tagger.bundle import load as load_bundle
from tagger.config import make_config
from tagger.pipeline import load
from tagger.training.preparation import Task
from tagger.training.run import run

from ..commands import Output
from ..commands import run as run_command
from .test_run import SMALL, Silent

# the tags of "may" and "will" depend on their neighbour column alone
LINES = [
    "may\tMD\tO",
    "may\tNNP\tB-DATE",
    "will\tMD\tO",
    "will\tNNP\tB-PER",
    "may\tNNP\tB-DATE",
    "will\tMD\tO",
]
TEXT = "\n\n".join(f"{line}\n{other}" for line in LINES for other in LINES) + "\n"
COLUMNS = ReadOptions(columns="form=1,xpos=2,ner=3")
SETTINGS = [*SMALL, "training.epochs=12", "model.column_size=6"]
TASK = Task(layers=["ner"], inputs=["xpos"])


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("train", "dev"):
        (folder / f"{name}.conll").write_text(TEXT)
    return load_corpus(str(folder), options=COLUMNS)


def test_a_column_tells_what_the_forms_do_not(corpus: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, SETTINGS)
    shorter = make_config("fast", None, [*SETTINGS, "training.epochs=1"])
    without = run(corpus, tmp_path / "without.tagger", shorter, Silent(), Task(layers=["ner"]))
    assert without.scores["dev"]["ner"].main < 0.9
    result = run(corpus, tmp_path / "m.tagger", config, Silent(), TASK)
    assert result.scores["dev"]["ner"].main == 1
    assert result.bundle.context.columns == {"xpos": ("MD", "NNP")}
    assert load_bundle(result.path).context == result.bundle.context
    columns = {"xpos": ["MD", "NNP"]}
    (tagged,) = load(result.path).tag_sentences([Sentence(["will", "may"], columns)])
    assert tagged.tags == {"xpos": ["MD", "NNP"], "ner": ["O", "B-DATE"]}


def test_a_run_repeats_itself_and_a_base_s_inputs_stay(corpus: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, [*SETTINGS, "training.epochs=1"])
    base = run(corpus, tmp_path / "base.tagger", config, Silent(), TASK).bundle
    again = run(corpus, tmp_path / "again.tagger", config, Silent(), TASK).bundle
    for name, weights in base.weights.items():
        np.testing.assert_array_equal(weights, again.weights[name])
    assert corpus.train.path is not None
    corpus.train.path.write_text(TEXT.replace("MD", "AUX"))
    task = Task(layers=["ner"], base=base)
    found = run(corpus, tmp_path / "m.tagger", config, Silent(), task).bundle
    assert found.context.columns == {"xpos": ("MD", "NNP", "AUX")}
    assert found.weights["context.columns.tables.0.weight"].shape == (5, 6)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (
            Task(layers=["ner"], inputs=["xpos", "ner"]),
            "layer ner: found a layer that is learned and read as well, expected one or the other",
        ),
        (
            Task(layers=["ner"], auxiliary=["xpos"], inputs=["2"]),
            "layer xpos: found a layer that is learned and read as well, expected one or the other",
        ),
        (
            Task(layers=["ner"], inputs=["upos"]),
            "train.conll: found the layers xpos, ner, expected one named upos",
        ),
    ],
)
def test_inputs_that_cannot_be(corpus: Corpus, tmp_path: Path, task: Task, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        run(corpus, tmp_path / "m.tagger", make_config(), Silent(), task)
    assert str(caught.value).endswith(message)


def test_a_set_without_the_column(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(
        '{"tokens": ["a"], "ner": ["O"], "xpos": ["N"]}\n{"tokens": ["b"], "ner": ["O"]}\n'
    )
    corpus = load_corpus(str(tmp_path / "train.jsonl"), dev=str(tmp_path / "train.jsonl"))
    with pytest.raises(
        CorpusError, match=r"train\.jsonl:2: found the layers ner, expected the layer XPOS"
    ):
        task = Task(layers=["ner"], inputs=["XPOS"])
        run(corpus, tmp_path / "m.tagger", make_config(), Silent(), task)


def test_from_the_command_line(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    columns = ["--columns", "form=1,xpos=2,ner=3"]
    train = [
        "train",
        "corpus",
        *columns,
        "--layer",
        "ner",
        "--input",
        "xpos",
        *settings,
        "-o",
        "m.tagger",
    ]
    from tagger.cli import main

    assert main(train) == 0
    assert "dev   ner      F1 100.00" in capsys.readouterr().out
    info = run_command(capsys, "info", "m.tagger")
    assert "\nreads besides  the layer xpos of its input (2 values)\n" in info
    card = run_command(capsys, "info", "m.tagger", "--card")
    assert "\n* reads besides: the layer xpos of its input (2 values)\n" in card
    (tmp_path / "new.conll").write_text("will\tNNP\nmay\tMD\n")
    arguments = ["tag", "--model", "m.tagger", "new.conll", "--columns", "form=1,xpos=2"]
    tagged = run_command(capsys, *arguments, "--to", "jsonl")
    assert json.loads(tagged)["tags"]["ner"] == ["B-PER", "O"]
    (tmp_path / "new.txt").write_text("Will may.\n")
    assert main(["tag", "--model", "m.tagger", "new.txt"]) == 1
    assert capsys.readouterr().err == (
        "tagger: new.txt: found tokens without layers, expected the layer xpos, which the model"
        " reads beside each token\n"
    )
    assert main([*train, "--base", "m.tagger"]) == 2
    assert "--input goes without --base, whose network stays as it is" in capsys.readouterr().err
