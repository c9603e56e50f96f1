"""`tagger vectors`: what it writes is learned with, and what is wrong is told of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.bundle import load
from tagger.cli import main
from tagger.training.static_vectors import on_principal_axes
from tagger.training.transformer import read_transformer
from tagger.vectors import read_vectors

from ...conftest import TRAINING
from ..commands import Output, run
from ..tiny_transformer import LAYERS, SIZE, write

ROWS = "the\tO\ncat\tO\nsat\tO\n\nThe\tO\nOslo\tB-LOC\n\n"


@pytest.fixture
def folder(place: Path) -> Path:
    """The current folder, with a transformer, a text, and a corpus."""
    write(place / "tiny")
    (place / "book.txt").write_text("The cat sat. The end!\n")
    (place / "corpus").mkdir()
    for split in ("train", "dev"):
        (place / "corpus" / f"{split}.tsv").write_text(ROWS * 9)
    return place


def test_words_of_texts_and_corpora(folder: Path, capsys: Output) -> None:
    given = ["tiny", "book.txt", "corpus", "corpus/dev.tsv", "--words", "3", "--size", "2"]
    assert run(capsys, "vectors", *given, "-o", "all.vec") == (
        "all.vec  3 of 7 words, which are 78.4% of 97 tokens; 2 numbers each\n"
    )
    read = read_vectors(folder / "all.vec", (), first=9)
    assert read.words == ("the", "cat", "sat")
    _, made = read_transformer("tiny", 1, "mean")
    alone = np.concatenate([made.encode([[form]])[:, 0] for form in ("The", "cat", "sat")])
    np.testing.assert_allclose(read.table, on_principal_axes(alone, 2), atol=1e-4)


def test_a_model_learns_with_them(folder: Path, capsys: Output) -> None:
    run(capsys, "vectors", "tiny", "book.txt", "--size", "5", "--layers", str(LAYERS))
    values = [f"--set={key}={value}" for key, value in (TRAINING | {"training.epochs": 1}).items()]
    assert main(["train", "corpus", "--vectors", "words.vec", "-o", "w.tagger", *values]) == 0
    bundle = load(folder / "w.tagger")
    assert set(bundle.static) == {"the", "cat", "sat", ".", "end", "!"}
    assert bundle.config.model.static_size == 5


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("tiny none.txt", 1, "none.txt: found nothing there, expected a file"),
        ("tiny starter:none", 1, "starter:none: found no starter corpus of that name"),
        ("./none book.txt", 1, "./none: found no such folder, expected a folder, or a name on"),
        ("tiny thai.txt", 1, "tiny: found one vector for all 2 words, expected a transformer of"),
        (
            "tiny book.txt empty.txt --layers 9",
            1,
            "tiny: found 3 layers, with its embeddings, expected the 9",
        ),
        ("tiny empty.txt", 1, "empty.txt: found no words, expected some"),
        (f"tiny book.txt --size {SIZE + 1}", 2, f"--size: found {SIZE + 1}, expected {SIZE} at most"),
        ("tiny book.txt --output corpus", 1, "corpus: found a directory, expected the name of a file"),
        ("tiny book.txt --device none", 2, "--device: found 'none', which torch cannot use here"),
    ],
)
def test_what_is_wrong(folder: Path, capsys: Output, arguments: str, status: int, message: str) -> None:
    (folder / "empty.txt").write_text("\n")
    (folder / "thai.txt").write_text("ฝน แดด\n", encoding="utf-8")
    before = sorted(folder.rglob("*"))
    assert main(["vectors", *arguments.split()]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith(f"tagger: {message}")
    assert sorted(folder.rglob("*")) == before
