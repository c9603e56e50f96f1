"""Corpora: which file is which split, and what is missing."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from corpora.corpus import Corpus, load_corpus, sha256, starter_path
from corpora.errors import CorpusError
from corpora.files import COMPRESSIONS, write_lines
from corpora.formats.columns import Layout
from corpora.formats.table import FORMATS
from corpora.options import ReadOptions
from corpora.sentence import Sentence
from corpora.splits import Split, write

ROW = "Ada\tB-PER\nslept\tO\n"


def folder(path: Path, *names: str) -> str:
    for name in names:
        write_lines([ROW], path / name)
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
        # no split's name stands alone in these, or they are hidden
        (["train.col", "contest.col", "devices.col", ".test.col"], {"train": "train.col"}),
        # what a name does not say, the content does
        (["train.txt", "dev", "test.data"], {"train": "train.txt", "dev": "dev", "test": "test.data"}),
        (
            ["eng.train", "eng.testa", "eng.testb"],
            {"train": "eng.train", "dev": "eng.testa", "test": "eng.testb"},
        ),
        (["train.col", "train.txt", "dev.txt"], {"train": "train.col", "dev": "dev.txt"}),
        (["train.conll.gz", "dev.conll"], {"train": "train.conll.gz", "dev": "dev.conll"}),
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
    corpus = load_corpus(name, dev=tmp_path / "other.conll", test=str(tmp_path / "x.conll"))
    assert found(corpus) == {"train": "train.conll", "dev": "other.conll", "test": "x.conll"}


def test_layout_of_train_holds_for_all(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("Ada\tB-PER\n")
    (tmp_path / "dev.conll").write_text("Ada\tNOUN\n")
    corpus = load_corpus(tmp_path)
    assert corpus.dev is not None
    assert [next(iter(s)).tags for s in (corpus.train, corpus.dev)] == [
        {"ner": ["B-PER"]},
        {"ner": ["NOUN"]},
    ]


@pytest.mark.parametrize(
    "others",
    [
        {"test.txt": "Ada slept.\n"},
        {"dev-README.md": "# dev\n"},
        {"dev": ""},
        {"test.png": "\x89PNG\0"},
        {"dev.json": '{"a": 1}'},
    ],
)
def test_what_holds_no_tags_is_no_split(others: dict[str, str], tmp_path: Path) -> None:
    name = folder(tmp_path, "train.conll")
    for other, content in others.items():
        (tmp_path / other).write_text(content, encoding="utf-8")
    expected = {"train": "train.conll"} | ({"dev": "dev.json"} if "dev.json" in others else {})
    assert found(load_corpus(name)) == expected


def test_layers_of_other_names(tmp_path: Path) -> None:
    write_lines(["Ada\tN\tB-PER\n"], tmp_path / "train.conll")
    write_lines(["Bob\tN\tB-PER\n"], tmp_path / "dev.conll")
    corpus = load_corpus(str(tmp_path), options=ReadOptions(columns="form=1,pos=2,ner=3"))
    again = corpus.renamed({"ner": "names", "none": "x"})
    assert (again.name, found(again)) == (corpus.name, found(corpus))
    assert again.dev is not None
    assert again.test is None
    for _ in range(2):
        (sentence,) = again.dev
        assert sentence.tags == {"pos": ["N"], "names": ["B-PER"]}
        assert sentence.place() == f"{tmp_path / 'dev.conll'}:1"
    assert again.train.sniff() is None
    with pytest.raises(CorpusError) as caught:
        list(corpus.renamed({"ner": "pos"}).train)
    assert str(caught.value) == (
        f"{tmp_path / 'train.conll'}:1: found the new names ner=pos, expected names that differ"
        " from those there: pos, ner"
    )


def test_declared_layout(tmp_path: Path) -> None:
    name = folder(tmp_path, "train.conll", "dev.conll")
    corpus = load_corpus(name, options=ReadOptions(separator="\t", columns="form=2,x=1"))
    assert corpus.dev is not None
    assert corpus.train.layout == corpus.dev.layout == Layout("\t", ("x", "form"))


def test_declared_format_holds_for_all(tmp_path: Path) -> None:
    name = folder(tmp_path, "a.train", "a.testa", "a.testb")
    (tmp_path / "train.xml").write_text("")
    corpus = load_corpus(name, format="conll")
    assert found(corpus) == {"train": "a.train", "dev": "a.testa", "test": "a.testb"}
    assert [[s.tokens for s in split] for _, split in corpus.splits()] == [[["Ada", "slept"]]] * 3


def test_format_of_train_holds_for_its_companions(tmp_path: Path) -> None:
    table = "form\tner\n" + ROW
    (tmp_path / "train.tsv").write_text(table)
    (tmp_path / "dev.tsv").write_text(table.replace("ner", "x"))
    write([Sentence(["a"], {"x": ["O"]})], tmp_path / "test.jsonl")
    (tmp_path / "other").write_text("")
    corpus = load_corpus(str(tmp_path))
    assert [split.format for _, split in corpus.splits() if isinstance(split, Split)] == [
        "tsv",
        "tsv",
        "jsonl",
    ]
    assert [next(iter(split)).tags for _, split in corpus.splits()] == [
        {"ner": ["B-PER", "O"]},
        {"x": ["B-PER", "O"]},
        {"x": ["O"]},
    ]
    (tmp_path / "train.jsonl").write_text('{"tokens": ["b"]}')
    corpus = load_corpus(str(tmp_path / "train.jsonl"), dev=str(tmp_path / "other"))
    assert isinstance(corpus.dev, Split)
    assert corpus.dev.format == "jsonl"


def test_folders_of_standoff_annotation(tmp_path: Path) -> None:
    for split in ("train", "dev", "testing"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "a.txt").write_text("Ada slept")
        (tmp_path / split / "a.ann").write_text("T1\tPER 0 3\tAda\n")
    corpus = load_corpus(str(tmp_path))
    assert found(corpus) == {"train": "train", "dev": "dev"}
    assert [next(iter(split)).tags for _, split in corpus.splits()] == [{"ner": ["B-PER", "O"]}] * 2
    corpus = load_corpus(str(tmp_path / "train"), test=str(tmp_path / "testing" / "a.ann"))
    assert found(corpus) == {"train": "train", "test": "a.ann"}


TAGGED = (
    "train.conll, train.conllu, train.conllup, train.jsonl, train.json, train.ann, train.spacy, "
    "train.csv, train.parquet"
)


@pytest.mark.parametrize(
    ("names", "arguments", "message"),
    [
        ([], {}, f"{{}}: found no train file, expected {TAGGED}"),
        (
            ["dev.conll"],
            {},
            f"{{}}: found no train file, expected {TAGGED}",
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
            ["train", "train.col"],
            {},
            "{}: found train and train.col, expected one train file",
        ),
        (["train.col"], {"format": "xml"}, f"format: found 'xml', expected one of {', '.join(FORMATS)}"),
        (
            ["train.tsv"],
            {"options": ReadOptions(columns="form=9")},
            "{}/train.tsv: found columns 'form=9', expected NAME=NUMBER, the number from 1 to 2",
        ),
    ],
)
def test_what_is_no_corpus(
    tmp_path: Path, names: list[str], arguments: dict[str, Any], message: str
) -> None:
    name = folder(tmp_path, *names)
    filled = {k: v.format(name) if isinstance(v, str) else v for k, v in arguments.items()}
    with pytest.raises(CorpusError) as caught:
        load_corpus(name, **filled)
    assert str(caught.value) == message.format(name)


@pytest.mark.parametrize(
    "name",
    ["nowhere", "nowhere/train.conll", "a\0b", "x" * 300, "x" * 300 + "/y.conll", "x" * 300 + ".txt"],
)
@pytest.mark.parametrize("format", [None, "conll", "brat", "docbin"])
def test_a_name_of_nothing(name: str, format: str | None, tmp_path: Path) -> None:
    expected = (
        "File name too long, expected a readable file"
        if len(name) > 99
        else "nothing there, expected a file"
    )
    for arguments in ({"name": name}, {"name": folder(tmp_path, "train.conll"), "dev": name}):
        with pytest.raises(CorpusError) as caught:
            load_corpus(**arguments, format=format)
        assert caught.value.place == name
        assert str(caught.value).endswith(f": found {expected}")


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_broken_compression_is_an_error(suffix: str, tmp_path: Path) -> None:
    for name in ("train.conll", "train.txt", "train.csv", "train.parquet", "train.spacy"):
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(b"not packed")
        with pytest.raises(CorpusError) as caught:
            list(load_corpus(str(path)).train)
        assert caught.value.found == "broken compression"


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


def test_sha256_of_a_folder_depends_on_names_and_content(tmp_path: Path) -> None:
    hashes = []
    for i, files in enumerate([{}, {"a": "x"}, {"b": "x"}, {"a": "y"}, {"a": "x", "b": ""}, {"a": "x"}]):
        (tmp_path / str(i)).mkdir()
        for name, content in files.items():
            (tmp_path / str(i) / name).write_text(content)
        hashes.append(sha256(tmp_path / str(i)))
    assert hashes[1] == hashes[5]
    assert len(set(hashes)) == 5
