"""Speed of tagging: every measure of a model is printed, whether it is one network or several."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.tagging import main
from corpora import load_corpus
from tagger.runtime.workers import available_cores
from tagger.settings import make_config
from tagger.training.preparation import Task
from tagger.training.run import run
from tests.tagger.training.runs import SMALL, Silent


@pytest.mark.parametrize("members", [1, 2])
def test_every_measure_of_a_model_is_printed(folder: Path, tmp_path: Path, members: int) -> None:
    corpus, model, output = folder / "names", tmp_path / "m.tagger", tmp_path / "speed.json"
    config = make_config(settings=[*SMALL, "training.epochs=1", f"model.members={members}"])
    run(load_corpus(str(corpus)), model, config, Silent(), Task())
    options = ["--rounds", "1", "--words", "50", "--starts", "1", "--json", str(output)]
    called = CliRunner().invoke(main, [str(model), str(corpus / "test.conll"), *options])
    assert called.exit_code == 0, called.output
    results = json.loads(output.read_text())
    threads = sorted({1, available_cores()})
    assert list(results["speed"]) == [
        f"{precision}, {number} thread{'s' * (number > 1)}: {what}"
        for precision in ("float32", "int8")
        for number in threads
        for what in ("tags", "tags and confidences", "bare layer")
    ]
    assert all(speed > 0 for speed in results["speed"].values())
    assert results["words"] >= 50
    assert 0 < results["agreement"] <= 1
    for name, speed in results["speed"].items():
        assert f"| {name} | {speed:,.0f} |" in called.output
    assert "| one sentence | " in called.output
