"""Networks of an ensemble, taken out: all together score as the model does."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.members import dev_score, main, scores_by_number, some_of
from benchmarks.results_run import sentences_of
from corpora import load_corpus
from tagger.bundle import load
from tagger.runtime.numpy_engine import prefixes, within
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.run import run
from tests.tagger.training.runs import SMALL, Silent


def train(folder: Path, tmp_path: Path, corpus: str, members: int) -> tuple[Path, float]:
    """Trains as `make results` would; returns the model and its dev score."""
    model = tmp_path / "bench" / "results" / corpus / "accurate-1" / "model.tagger"
    model.parent.mkdir(parents=True)
    config = make_config(settings=[*SMALL, "training.epochs=2", f"model.members={members}"])
    result = run(load_corpus(str(folder / corpus)), model, config, Silent(), Task())
    (score,) = result.scores["dev"].values()
    return model, score.main


def printed(corpora: Path, tmp_path: Path) -> Result:
    return CliRunner().invoke(main, [str(corpora), "--work", str(tmp_path / "bench")])


@pytest.mark.parametrize("corpus", ["names", "words"])
def test_each_choice_of_networks_has_a_score(folder: Path, tmp_path: Path, corpus: str) -> None:
    model, score = train(folder, tmp_path, corpus, members=3)
    bundle = load(model)
    dev = sentences_of(load_corpus(str(folder / corpus)).dev or ())
    one, two, three = scores_by_number(bundle, dev)
    assert (len(one), len(two), three) == (3, 3, [pytest.approx(score)])
    first, second, _ = prefixes(bundle.weights)
    alone = some_of(bundle, [second])
    assert alone.weights.keys() == within(bundle.weights, first).keys()
    assert all((bundle.weights[second + name] == array).all() for name, array in alone.weights.items())
    assert dev_score(alone, dev) == one[1]
    assert dev_score(some_of(bundle, [first, second]), dev) == two[0]
    row = printed(folder, tmp_path).output.splitlines()[-1]
    assert row == (
        f"| {corpus} | accurate-1 | {100 * sum(one) / 3:.2f} | {100 * sum(two) / 3:.2f} "
        f"| {100 * score:.2f} |"
    )


def test_a_model_of_one_network_has_no_choice(folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path, "words", members=1)
    called = printed(folder, tmp_path)
    assert called.exit_code == 1
    assert "found no model of several networks, expected those of make results" in called.output


def test_a_model_whose_corpus_is_elsewhere(folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path, "words", members=2)
    (folder / "words").rename(tmp_path / "words")
    called = printed(folder, tmp_path)
    assert called.exit_code == 1
    assert called.output.startswith(f"Error: {folder / 'words'}: found no")
