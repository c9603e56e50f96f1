"""Conversions of a corpus: its splits as they are, and split anew."""

from pathlib import Path

import pytest

from corpora import load_corpus
from corpora.conversion import Written
from corpora.formats.table import FORMATS
from corpora.options import ReadOptions
from corpora.splits import read
from corpora.tokenization import make_tokenization

from .conversions import converted, many, needs, refused, sentences

pytestmark = pytest.mark.usefixtures("sources")


def test_splits() -> None:
    results, said = converted("three", "out", format="conll")
    assert results == [
        Written(name, Path("out", f"{name}.conll"), 2, 6, verified=True)
        for name in ("train", "dev", "test")
    ]
    assert said == []
    for name in ("train", "dev", "test"):
        assert Path("out", f"{name}.conll").read_text() == Path("three", f"{name}.tsv").read_text()


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.tagged])
def test_splits_are_a_corpus_again(name: str) -> None:
    """Each format's folder is found by its files' names and contents."""
    needs(name)
    for path in Path("three").iterdir():
        path.write_text(path.read_text().replace("Ada ", "Ada-"))
    assert converted("three", "out", format=name)[1] == []
    # brat's texts do not say what their tokens are
    reading = ReadOptions(tokenization=make_tokenization("whitespace" if name == "brat" else None))
    again = load_corpus("out", options=reading)
    assert [split for split, _ in again.splits()] == ["train", "dev", "test"]
    for (_, part), (_, found) in zip(load_corpus("three").splits(), again.splits(), strict=True):
        assert [s.tokens for s in found] == [s.tokens for s in part]
        assert [s.tags["ner"] for s in found] == [s.tags["ner"] for s in part]


def test_columns_of_splits_are_those_of_train() -> None:
    """The order of dev's layers is another one; its file is read with train's header."""
    Path("two").mkdir()
    Path("two/train.jsonl").write_text('{"tokens": ["a"], "tags": {"x": ["1"], "y": ["2"]}}\n')
    Path("two/dev.jsonl").write_text('{"tokens": ["b"], "tags": {"y": ["3"], "x": ["4"]}}\n')
    converted("two", "out", format="conll")
    (dev,) = dict(load_corpus("out").splits())["dev"]
    assert dev.tags == {"x": ["4"], "y": ["3"]}


def test_a_layer_too_many_in_dev_is_refused() -> None:
    Path("two").mkdir()
    Path("two/train.jsonl").write_text('{"tokens": ["a"], "tags": {"x": ["1"]}}\n')
    Path("two/dev.jsonl").write_text('{"tokens": ["b"], "tags": {"x": ["1"], "y": ["2"]}}\n')
    assert refused("two", "out", format="conll") == ("out/dev.conll:2: found 3 columns, expected 2")


@pytest.mark.parametrize(
    ("shares", "sizes"), [((0.8, 0.1, 0.1), [160, 20, 20]), ((0.75, 0.25), [150, 50])]
)
def test_split_anew(shares: tuple[float, ...], sizes: list[int]) -> None:
    Path("many.tsv").write_text(many(200))
    results, said = converted("many.tsv", "out", format="jsonl", shares=shares)
    assert [(r.name, r.sentences, r.verified) for r in results] == [
        (name, size, True) for name, size in zip(("train", "dev", "test"), sizes, strict=False)
    ]
    assert said == ["many.tsv: no documents are known (or too few): each sentence is split on its own"]
    found = [s for r in results for s in sentences(str(r.path))]
    assert sorted(found, key=str) == sorted(sentences("many.tsv"), key=str)


def test_split_anew_of_a_folder_takes_all_of_it() -> None:
    for name in ("train", "dev", "test"):
        Path("three", f"{name}.tsv").write_text(many(100).replace("word", name))
    results, _ = converted("three", "out", format="conll", shares=(0.5, 0.25, 0.25))
    assert [r.sentences for r in results] == [150, 75, 75]
    train = Path("out/train.conll").read_text()
    assert all(name in train for name in ("train1", "dev1", "test1"))


def test_split_anew_by_document() -> None:
    text = "".join(f"-DOCSTART-\tO\n\n{many(20).replace('word', f'doc{d}-')}" for d in range(20))
    Path("many.tsv").write_text(text)
    results, said = converted("many.tsv", "out", format="conll", shares=(0.8, 0.1, 0.1))
    assert [r.sentences for r in results] == [320, 40, 40]
    assert said == []
    documents = [{s.tokens[0].partition("-")[0] for s in read(str(r.path))} for r in results]
    assert list(map(len, documents)) == [16, 2, 2]
    assert len(set.union(*documents)) == 20


def test_no_document_runs_from_one_split_into_the_next() -> None:
    """Where a mark stands between documents, none stands before the first one of a file."""
    for number, name in enumerate(("train", "dev", "test")):
        documents = [f"doc{10 * number + d}\tB-X\n\n" for d in range(10)]
        Path("three", f"{name}.tsv").write_text("-DOCSTART-\tO\n\n".join(documents))
    results, said = converted("three", "out", format="conll", shares=(0.8, 0.1, 0.1))
    assert [r.sentences for r in results] == [24, 3, 3]
    assert said == []
    for result in results:
        assert [s.new_document for s in read(str(result.path))][1:] == [True] * (result.sentences - 1)


def test_the_seed_decides() -> None:
    Path("many.tsv").write_text(many(200))
    for output, seed in (("one", 1), ("again", 1), ("other", 2)):
        converted("many.tsv", output, format="conll", shares=(0.8, 0.1, 0.1), seed=seed)
    one, again, other = (Path(name, "test.conll").read_text() for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_too_few_to_split() -> None:
    assert refused("in.tsv", "out", format="conll", shares=(0.8, 0.1, 0.1)) == (
        "in.tsv: found 2 different sentences, expected 3 to split"
    )
