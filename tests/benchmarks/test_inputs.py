"""Further inputs: each run has what its row says, and the table shows all runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import measure
from benchmarks.inputs import Inputs, main, make, names_in, write_names
from corpora import load_corpus
from corpora.sentence import Sentence
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.run import run
from tests.tagger.training.runs import SMALL, Silent

SETTINGS = [*SMALL, "training.epochs=2"]


@pytest.fixture
def model(folder: Path, tmp_path: Path) -> Path:
    """A model of UPOS."""
    path = tmp_path / "upos.tagger"
    run(load_corpus(str(folder / "half")), path, make_config(settings=SETTINGS), Silent(), Task())
    return path


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "words.vec"
    path.write_text("2 3\nada 1 0 2\nbob 0 1 3\n")
    return path


def test_names_are_entities_with_letters() -> None:
    tokens = ["New", "York", "@", "Ada", "2", "Ada"]
    tags = ["B-LOC", "I-LOC", "B-PER", "B-PER", "B-PER", "B-PER"]
    sentence = Sentence(tokens, {"pos": ["X"] * 6, "ner": tags})
    assert names_in([sentence, sentence]) == {"LOC": ["New York"], "PER": ["2", "Ada"]}


def test_names_are_written_a_list_a_corpus_and_label(folder: Path, tmp_path: Path) -> None:
    lists = write_names([folder / "names"], tmp_path)
    assert [(label, path.read_text()) for label, path in lists] == [
        ("names-LOC", "Bonn\n"),
        ("names-PER", "Ada\n"),
    ]


def test_rows() -> None:
    tagger, vectors = Path("a"), Path("b")
    assert Inputs().rows() == {"nothing": Inputs()}
    assert Inputs(tagger).rows() == {"nothing": Inputs(), "tags of a model": Inputs(tagger)}
    both = Inputs(tagger, vectors=vectors)
    assert both.rows() == {
        "nothing": Inputs(),
        "tags of a model": Inputs(tagger),
        "word vectors": Inputs(vectors=vectors),
        "all of them": both,
    }


def test_a_run_has_what_is_given(
    folder: Path, tmp_path: Path, model: Path, vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    real = measure.run_timed

    def run_timed(*arguments: Any) -> Any:
        made.extend((arguments, real(*arguments)))
        return made[-1]

    monkeypatch.setattr(measure, "run_timed", run_timed)
    lists = write_names([folder / "names"], tmp_path)
    score, seconds = make(folder / "names", 7, SETTINGS, Inputs(model, lists, vectors))
    (corpus, _, config, task), (result, _) = made
    first, second = next(iter(corpus.train)), next(iter(corpus.train))
    assert first.tags == second.tags == {"ner": ["B-PER", "O"], "UPOS": first.tags["UPOS"]}
    assert set(first.tags["UPOS"]) <= {"PROPN", "NOUN"}
    assert [sentence.tags.keys() for sentence in corpus.dev] == [first.tags.keys()] * 6
    assert corpus.test is None
    assert (config.training.seed, config.training.threads) == (7, 1)
    assert (task.layers, task.inputs, task.gazetteers) == (["ner"], ["UPOS"], lists)
    assert score == result.scores["dev"]["ner"].main
    assert seconds > 0
    bundle = result.bundle
    assert [*bundle.context.columns] == ["UPOS"]
    assert bundle.context.gazetteers == {"names-LOC": ("Bonn",), "names-PER": ("Ada",)}
    assert bundle.static == ("ada", "bob")


@pytest.mark.parametrize("names", [(), ("--names", "names")])
def test_table(folder: Path, vectors: Path, names: tuple[str, ...]) -> None:
    given = [str(folder), "--corpora", "names", "--vectors", str(vectors), *names]
    settings = (f"--set={setting}" for setting in SETTINGS)
    called = CliRunner().invoke(main, [*given, "--seeds", "1,2", "--jobs", "1", *settings])
    assert called.exit_code == 0, called.output
    head, _, *rows = called.stdout.splitlines()
    assert head == "| corpus | beside the words | dev | gain | training, CPU s |"
    titles = ["nothing", *(["lists of names"] * bool(names)), "word vectors"]
    titles += ["all of them"] * bool(names)
    assert [row.split(" | ")[1] for row in rows] == titles
    assert all(row.startswith("| names | ") and " ± " in row for row in rows)
    assert rows[0].split(" | ")[3] == ""
    seeds = [100 * make(folder / "names", seed, SETTINGS, Inputs())[0] for seed in (1, 2)]
    assert f"names, nothing: {seeds[0]:.2f}, {seeds[1]:.2f}" in called.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpora", "absent"], "absent: found nothing there"),
        (["--corpora", "names", "--names", "absent"], "absent: found nothing there"),
        (["--corpora", "names", "--set", "model.depth=2"], "depth"),
        (["--seeds", "one"], "'one'; seeds are whole numbers with commas"),
    ],
)
def test_what_is_wrong_is_told_of(folder: Path, arguments: list[str], message: str) -> None:
    called = CliRunner().invoke(main, [str(folder), *arguments])
    assert called.exit_code != 0
    assert message in called.output
    assert "Traceback" not in called.output


def test_a_file_that_is_no_list_of_vectors(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.vec").write_text("2 3\nada 1 0\n")
    given = [str(folder), "--corpora", "names", "--vectors", str(tmp_path / "broken.vec")]
    settings = (f"--set={setting}" for setting in SETTINGS)
    called = CliRunner().invoke(main, [*given, "--seeds", "1", *settings])
    assert called.exit_code == 1
    assert called.output.splitlines()[-1].startswith(f"Error: {tmp_path / 'broken.vec'}:2: found ")
