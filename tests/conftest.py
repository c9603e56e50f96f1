"""What many tests need: settings of Hypothesis, a small trained model, real corpora."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same cases each time where a change is decided on, new ones everywhere else.
settings.register_profile(
    "tests", deadline=None, database=None, max_examples=150, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("tests")

TRAINING = {
    "model.word_size": 32,
    "model.character_output": 16,
    "model.affix_buckets": 512,
    "model.projection": 32,
    "model.hidden_size": 32,
    "training.epochs": 6,
    "training.batch_tokens": 200,
    "training.learning_rate": 0.01,
    "training.threads": 1,
}


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small model of the layers UPOS and ner, trained by the command."""
    from tagger.cli import main

    path = tmp_path_factory.mktemp("model") / "small.tagger"
    values = [f"--set={key}={value}" for key, value in TRAINING.items()]
    layers = ["--layer", "UPOS", "--layer", "ner"]
    assert main(["train", "starter:english", *layers, "--output", str(path), *values]) == 0
    return path


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real corpora."""
    folder = os.environ.get("TAGGER_CORPORA")
    if not folder:
        pytest.skip("TAGGER_CORPORA names no folder of corpora")
    return Path(folder)
