"""Corpora: which file is which split, and what is missing."""

import hashlib
from pathlib import Path

import pytest

from corpora.columns import Layout
from corpora.corpus import Corpus, load_corpus, sha256, starter_path
from corpora.errors import CorpusError

ROW = "Ada\tB-PER\nslept\tO\n"


def folder(path: Path, *names: str) -> str:
    for name in names:
        (path / name).write_text(ROW)
    return str(path)


def found(corpus: Corpus) -> dict[str, str]:
    return {key: split.path.name for key, split in corpus.splits() if split.path is not None}


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["train.conll"], {"train": "train.conll"}),
        (
            ["train.tsv", "dev.tsv", "test.tsv", "documents.tsv", "README.md", "LICENSE.txt"],
            {"train": "train.tsv", "dev": "dev.tsv", "test": "test.tsv"},
        ),
        (
            ["en_x-ud-train.conllu", "en_x-ud-dev.conllu", "en_x-ud-test.conllu"],
            {
                "train": "en_x-ud-train.conllu",
                "dev": "en_x-ud-dev.conllu",
                "test": "en_x-ud-test.conllu",
            },
        ),
        (
            ["Training.iob", "VALIDATION.iob", "eng.testb.iob"],
            {"train": "Training.iob", "dev": "VALIDATION.iob", "test": "eng.testb.iob"},
        ),
        (["a.train.iob2", "a.testa.iob2"], {"train": "a.train.iob2", "dev": "a.testa.iob2"}),
        # no split's name stands alone in these, or they are hidden or no tagged text
        (
            ["train.col", "contest.col", "devices.col", ".test.col", "test.txt"],
            {"train": "train.col"},
        ),
    ],
)
def test_files_of_a_folder(tmp_path: Path, names: list[str], splits: dict[str, str]) -> None:
    assert found(load_corpus(folder(tmp_path, *names))) == splits


def test_a_file_is_all_train(tmp_path: Path) -> None:
    folder(tmp_path, "a.conll", "b.conll")
    corpus = load_corpus(str(tmp_path / "a.conll"))
    assert (corpus.name, found(corpus)) == (str(tmp_path / "a.conll"), {"train": "a.conll"})
    assert [s.tokens for s in corpus.train] == [["Ada", "slept"]]


def test_named_files_take_the_place_of_those_in_the_folder(tmp_path: Path) -> None:
    name = folder(tmp_path, "train.conll", "dev.conll", "other.conll", "x.conll")
    corpus = load_corpus(name, dev=str(tmp_path / "other.conll"), test=str(tmp_path / "x.conll"))
    assert found(corpus) == {"train": "train.conll", "dev": "other.conll", "test": "x.conll"}


def test_layout_of_train_holds_for_all(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("Ada\tB-PER\n")
    (tmp_path / "dev.conll").write_text("Ada\tNOUN\n")
    corpus = load_corpus(str(tmp_path))
    assert corpus.dev is not None
    assert [next(iter(s)).tags for s in (corpus.train, corpus.dev)] == [
        {"ner": ["B-PER"]},
        {"ner": ["NOUN"]},
    ]


def test_declared_layout(tmp_path: Path) -> None:
    name = folder(tmp_path, "train.conll", "dev.conll")
    corpus = load_corpus(name, separator="\t", columns="form=2,x=1")
    assert corpus.dev is not None
    assert corpus.train.layout == corpus.dev.layout == Layout("\t", ("x", "form"))


@pytest.mark.parametrize(
    ("names", "arguments", "message"),
    [
        ([], {}, "{}: found no train file, expected train.conll or train.conllu or train.jsonl"),
        (
            ["dev.conll"],
            {},
            "{}: found no train file, expected train.conll or train.conllu or train.jsonl",
        ),
        (
            ["train.conll", "train.conllu"],
            {},
            "{}: found train.conll and train.conllu, expected one train file",
        ),
        (
            ["train.tsv", "dev.tsv", "valid.tsv"],
            {},
            "{}: found dev.tsv and valid.tsv, expected one dev file",
        ),
        (
            ["train.tsv"],
            {"dev": "{}/none.tsv"},
            "{}/none.tsv: found nothing there, expected a file",
        ),
        (["train.tsv"], {"test": "{}"}, "{}: found a directory, expected a file"),
        (
            ["train.tsv"],
            {"columns": "form=9"},
            "{}/train.tsv: found columns 'form=9', expected NAME=NUMBER, the number from 1 to 2",
        ),
    ],
)
def test_what_is_no_corpus(
    tmp_path: Path, names: list[str], arguments: dict[str, str], message: str
) -> None:
    name = folder(tmp_path, *names)
    with pytest.raises(CorpusError) as caught:
        load_corpus(name, **{key: value.format(name) for key, value in arguments.items()})
    assert str(caught.value) == message.format(name)


@pytest.mark.parametrize("name", ["nowhere", "nowhere/train.conll", "x" * 300])
def test_a_name_of_nothing(name: str) -> None:
    with pytest.raises(CorpusError, match=rf"^{name}: found .*, expected a (readable )?file$"):
        load_corpus(name)


@pytest.mark.parametrize("name", ["", "..", "no such", "../corpora"])
def test_a_starter_that_is_none(name: str) -> None:
    with pytest.raises(CorpusError) as caught:
        starter_path(name)
    assert caught.value.place == f"starter:{name}"
    assert caught.value.found == "no starter corpus of that name"


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
def test_sha256(tmp_path: Path, size: int) -> None:
    (tmp_path / "f").write_bytes(b"x" * size)
    assert sha256(tmp_path / "f") == hashlib.sha256(b"x" * size).hexdigest()
