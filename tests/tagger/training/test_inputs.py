"""Models that read more of a token than its form, from training to tagging."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpora import Corpus, CorpusError, ReadOptions, Sentence, load_corpus
from tagger.bundle import describe_context
from tagger.bundle import load as load_bundle
from tagger.cli import main
from tagger.pipeline import load
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.run import run

from ..commands import Output
from ..commands import run as run_command
from .runs import SMALL, Silent

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


def test_a_neighbour_s_column_tells_too(tmp_path: Path) -> None:
    """What x is only the column of the sentence before tells; two networks learn it alike."""
    text = "".join(f"# newdoc\nso\t{tag}\tO\n\nx\t_\t{tag}\n\n" for tag in "AB")
    for name in ("train", "dev"):
        (tmp_path / f"{name}.conll").write_text(text * 8)
    corpus = load_corpus(str(tmp_path), options=ReadOptions(columns="form=1,xpos=2,pos=3"))
    task = Task(layers=["pos"], inputs=["xpos"])
    settings = [*SETTINGS, "training.epochs=20", "model.members=2", "training.language_model=0.1"]
    config = make_config("fast", None, [*settings, "model.neighbours=1"])
    result = run(corpus, tmp_path / "m.tagger", config, Silent(), task)
    assert result.scores["dev"]["pos"].main == 1
    tagged = load(result.path).tag_sentences(corpus.train)
    assert [s.tags["pos"] for s in tagged] == [s.tags["pos"] for s in corpus.train]


def test_a_run_repeats_itself_and_a_base_s_inputs_stay(corpus: Corpus, tmp_path: Path) -> None:
    config = make_config("fast", None, [*SETTINGS, "training.epochs=1"])
    base = run(corpus, tmp_path / "base.tagger", config, Silent(), TASK).bundle
    again = run(corpus, tmp_path / "again.tagger", config, Silent(), TASK).bundle
    for name, weights in base.weights.items():
        np.testing.assert_array_equal(weights, again.weights[name])
    assert corpus.train.path is not None
    corpus.train.path.write_text(TEXT.replace("MD", "AUX"))
    with pytest.raises(CorpusError, match="layer xpos: found a layer that is learned and read as well"):
        run(corpus, tmp_path / "m.tagger", config, Silent(), Task(layers=["xpos"], base=base))
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


def test_a_list_of_names_tells_what_the_forms_do_not(tmp_path: Path) -> None:
    """Names that training did not see stand in the same places."""
    people, towns = ["abo", "ede", "ifi", "olu"], ["ube", "obi", "efu", "ane"]
    tagged = [
        f"{name}\tB-{label}" for label, names in (("PER", people), ("LOC", towns)) for name in names
    ]
    for name, parity in (("train", 0), ("dev", 1)):
        lines = [f"in\tO\n{line}\n" for line in tagged[parity::2]] * 6
        (tmp_path / f"{name}.conll").write_text("\n".join(lines))
    for label, names in (("PER", people), ("LOC", towns)):
        (tmp_path / label).write_text("\n".join(names))
    corpus = load_corpus(str(tmp_path / "train.conll"), dev=str(tmp_path / "dev.conll"))
    files = [(label, tmp_path / label) for label in ("PER", "LOC")]
    task = Task(layers=["ner"], gazetteers=files)
    settings = [*SETTINGS, "model.gazetteer_dropout=0.1", "model.character_encoder=none"]
    settings += ["model.affix_size=0", "model.word_size=4"]
    config = make_config("fast", None, settings)
    result = run(corpus, tmp_path / "m.tagger", config, Silent(), task)
    assert result.scores["dev"]["ner"].main == 1
    assert load_bundle(result.path).context.gazetteers == {
        "PER": tuple(people),
        "LOC": tuple(sorted(towns)),
    }
    described = describe_context(result.bundle)
    assert described == ["4 names of PER", "4 names of LOC"]
    config = make_config("fast", None, [*settings, "training.epochs=1"])
    again = run(corpus, tmp_path / "n.tagger", config, Silent(), Task(base=result.bundle))
    assert again.bundle.context == result.bundle.context


@pytest.mark.parametrize(
    ("gazetteer", "status", "message"),
    [
        ("LOC=none.txt", 1, "tagger: none.txt: found nothing there, expected a file"),
        ("none.txt", 2, "found 'none.txt', expected LABEL=FILE"),
        ("=none.txt", 2, "found '=none.txt', expected LABEL=FILE"),
    ],
)
def test_gazetteers_that_cannot_be(
    corpus: Corpus,
    place: Path,
    capsys: Output,
    gazetteer: str,
    status: int,
    message: str,
) -> None:
    assert (
        main(["train", "corpus", "--columns", str(COLUMNS.columns), "--gazetteer", gazetteer]) == status
    )
    assert message in capsys.readouterr().err


def test_from_the_command_line(corpus: Corpus, place: Path, capsys: Output) -> None:
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    columns = ["--columns", str(COLUMNS.columns)]
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
    assert main(train) == 0
    assert "dev   ner      F1 100.00" in capsys.readouterr().out
    info = run_command(capsys, "info", "m.tagger")
    assert "\nreads besides  the layer xpos of its input (2 values)\n" in info
    card = run_command(capsys, "info", "m.tagger", "--card")
    assert "\n* reads besides: the layer xpos of its input (2 values)\n" in card
    (place / "new.conll").write_text("will\tNNP\nmay\tMD\n")
    arguments = ["tag", "--model", "m.tagger", "new.conll", "--columns", "form=1,xpos=2"]
    tagged = run_command(capsys, *arguments, "--to", "jsonl")
    assert json.loads(tagged)["tags"]["ner"] == ["B-PER", "O"]
    (place / "new.txt").write_text("Will may.\n")
    assert main(["tag", "--model", "m.tagger", "new.txt"]) == 1
    assert capsys.readouterr().err == (
        "tagger: new.txt: found tokens without layers, expected the layer xpos, which the model"
        " reads beside each token\n"
    )
    assert main([*train, "--base", "m.tagger"]) == 2
    assert "--input goes without --base, whose network stays as it is" in capsys.readouterr().err
