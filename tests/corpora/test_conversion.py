"""Conversions: each wish, whole or not at all, and proven by reading back."""

import bz2
import contextlib
import gzip
import json
import lzma
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from corpora import Sentence, load_corpus
from corpora.conversion import Wishes, Written, convert
from corpora.errors import CorpusError
from corpora.files import open_binary
from corpora.formats import brat, columns, jsonl, parquet
from corpora.formats.table import FORMATS
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.splits import Split, read
from corpora.tokenization import make_tokenization

SOURCE = "Ada\tB-PER\nLovelace\tI-PER\nslept\tO\n\nIn\tO\nBad\tB-LOC\nBonn\tB-LOC\n\n"
LAYERS = '{"tokens": ["Ada", "slept"], "tags": {"UPOS": ["PROPN", "VERB"], "ner": ["B-PER", "O"]}}\n'
REFUSED = '{"tokens": ["Ada"], "ner": ["O"]}\n{"tokens": ["a\\tb"], "ner": ["O"]}\n'


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with SOURCE as `in.tsv` and the folder `three`."""
    monkeypatch.chdir(tmp_path)
    Path("in.tsv").write_text(SOURCE)
    Path("layers.jsonl").write_text(LAYERS * 3)
    Path("three").mkdir()
    for name in ("train", "dev", "test"):
        Path("three", f"{name}.tsv").write_text(SOURCE.replace("Ada", f"Ada {name}"))
    return tmp_path


def needs(format: str) -> None:
    """Skips a test where what a format needs is not installed."""
    if extra := FORMATS[format].extra:
        pytest.importorskip({"parquet": "pyarrow"}.get(extra, extra))


def converted(
    source: str, output: str | None, rows: str | None = None, **wishes: object
) -> tuple[list[Written], list[str]]:
    """Converts, and returns what was written and said."""
    said: list[Remark] = []
    reading, writing = ReadOptions(report=said.append), WriteOptions(rows, said.append)
    corpus = load_corpus(source, options=reading)
    path = None if output is None else Path(output)
    return convert(corpus, path, Wishes(**wishes), reading, writing), list(map(str, said))  # type: ignore[arg-type]


def refused(source: str, output: str | None, **wishes: object) -> str:
    """Returns the message of a conversion that is refused, and leaves all as it was."""
    before = contents()
    with pytest.raises(CorpusError) as caught:
        converted(source, output, **wishes)  # type: ignore[arg-type]
    assert contents() == before
    return str(caught.value)


def contents() -> dict[str, bytes | None]:
    """Returns all that is in the folder, with hidden and temporary files."""
    return {str(p): p.read_bytes() if p.is_file() else None for p in Path().rglob("*")}


def sentences(path: str, format: str | None = None) -> list[tuple[list[str], dict[str, list[str]]]]:
    return [(s.tokens, s.tags) for s in read(path, format)]


SCHEMES = {
    "IOB1": ("I-PER I-PER O", "O I-LOC B-LOC"),
    "IOB2": ("B-PER I-PER O", "O B-LOC B-LOC"),
    "BIOES": ("B-PER E-PER O", "O S-LOC S-LOC"),
    "BILOU": ("B-PER L-PER O", "O U-LOC U-LOC"),
}


@pytest.mark.parametrize("source", SCHEMES)
@pytest.mark.parametrize("target", SCHEMES)
def test_schemes(source: str, target: str) -> None:
    converted("in.tsv", "a.conll", scheme=source)
    results, said = converted("a.conll", "b.conll", scheme=target)
    assert results == [Written("train", Path("b.conll"), 2, 6, verified=True)]
    assert said == []
    for (_, tags), expected in zip(sentences("b.conll"), SCHEMES[target], strict=True):
        assert " ".join(tags["ner"]) == expected


def test_scheme_leaves_other_layers() -> None:
    converted("layers.jsonl", "out.jsonl", scheme="BIOES")
    assert sentences("out.jsonl")[0][1] == {"UPOS": ["PROPN", "VERB"], "ner": ["S-PER", "O"]}


def test_formats_of_spans_have_iob2() -> None:
    converted("in.tsv", "a.conll", scheme="BILOU")
    converted("a.conll", "b.json", format="label-studio")
    assert sentences("b.json") == sentences("in.tsv")


ODD = "a\tB-X\nb\tI-Y\n\nc\tO\nd\tI-X\n\n" + "e\tB-X\n\n" * 9


@pytest.mark.parametrize("wishes", [{"scheme": "BIOES"}, {"format": "prodigy"}])
def test_tags_out_of_scheme_are_told_one_by_one(wishes: dict[str, str]) -> None:
    Path("odd.tsv").write_text(ODD)
    results, said = converted("odd.tsv", "out.jsonl", **wishes)
    assert said == [
        "odd.tsv:2: found I-Y after B-X, which IOB2 does not allow; taken as a span of its own",
        "odd.tsv:5: found I-X after O, which IOB2 does not allow; taken as a span of its own",
    ]
    assert results[0].verified
    tags = [tags["ner"] for _, tags in sentences("out.jsonl", wishes.get("format"))]
    expected = [["S-X", "S-Y"], ["O", "S-X"]] if "scheme" in wishes else [["B-X", "B-Y"], ["O", "B-X"]]
    assert tags[:2] == expected


def test_spans_that_do_not_end_are_told_too() -> None:
    Path("odd.tsv").write_text("a\tS-X\n\nb\tB-X\nc\tI-X\n")
    _, said = converted("odd.tsv", "out.conll", scheme="IOB2")
    assert said == [
        "odd.tsv:4: found the end of the sentence after I-X, which BIOES does not allow;"
        " taken as a span of its own"
    ]


def test_without_a_wish_tags_stay_as_they_are() -> None:
    Path("odd.tsv").write_text(ODD)
    assert converted("odd.tsv", "out.conll")[1] == []
    assert Path("out.conll").read_text() == ODD


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ((), "# global.columns = FORM UPOS NER\nAda\tPROPN\tB-PER\nslept\tVERB\tO\n"),
        (("UPOS", "ner"), "# global.columns = FORM UPOS NER\nAda\tPROPN\tB-PER\nslept\tVERB\tO\n"),
        (("ner", "UPOS"), "# global.columns = FORM NER UPOS\nAda\tB-PER\tPROPN\nslept\tO\tVERB\n"),
        (("ner",), "Ada\tB-PER\nslept\tO\n"),
        (("UPOS",), "Ada\tPROPN\nslept\tVERB\n"),
        (("none",), "Ada\nslept\n"),
    ],
)
def test_layers(layers: tuple[str, ...], text: str) -> None:
    results, _ = converted("layers.jsonl", "out.conll", layers=layers)
    assert Path("out.conll").read_text().split("\n\n")[0] + "\n" == text
    assert results == [Written("train", Path("out.conll"), 3, 6, verified=True)]


def test_missing_layer() -> None:
    assert refused("layers.jsonl", "out.conll", layers=("XPOS",)) == (
        "layers.jsonl:1: found the layers UPOS, ner, expected one named XPOS"
    )
    assert refused("layers.jsonl", "out.conll", layers=("ner", "none")) == (
        "layers.jsonl:1: found the layers UPOS, ner, expected one named none"
    )


def test_text_has_no_layers() -> None:
    assert refused("in.tsv", "out.txt") == (
        "in.tsv:1: found the layers ner, expected none (text holds no tags)"
    )
    results, _ = converted("in.tsv", "out.txt", layers=("none",))
    assert Path("out.txt").read_text() == "Ada Lovelace slept\nIn Bad Bonn\n"
    assert results == [Written("train", Path("out.txt"), 2, 6)]  # a text cannot be compared


NAMES = {
    "ner": ("", "ner", "B-PER", "O"),
    "ner of nothing": ("", "ner", "O", "O"),
    "UPOS": ("", "UPOS", "VERB", "X"),
    "tag": ("", "tag", "VBD", "X"),
    "XPOS": ("# global.columns = FORM XPOS\n", "XPOS", "VBD", "X"),
    "ner of numbers": ("# global.columns = FORM NER\n", "ner", "7", "8"),
    "tag of spans": ("# global.columns = FORM tag\n", "tag", "B-PER", "O"),
    "UPOS of others": ("# global.columns = FORM UPOS\n", "UPOS", "VERB", "VB"),
}


@pytest.mark.parametrize(("header", "layer", "one", "other"), NAMES.values(), ids=NAMES)
def test_a_layer_keeps_its_name(header: str, layer: str, one: str, other: str) -> None:
    """In columns, by a header where what it holds would give it another one."""
    record = {"tokens": ["a", "b"], "tags": {layer: [one, other]}}
    Path("one.jsonl").write_text(json.dumps(record) + "\n")
    converted("one.jsonl", "out.conll")
    assert Path("out.conll").read_text() == f"{header}a\t{one}\nb\t{other}\n\n"
    converted("out.conll", "again.jsonl")
    assert sentences("again.jsonl") == sentences("one.jsonl")


def test_columns_that_were_declared_keep_their_names() -> None:
    reading = ReadOptions(columns="form=1,chunk=2")
    convert(
        load_corpus("in.tsv", options=reading), Path("out.tsv"), Wishes("conll"), reading, WriteOptions()
    )
    assert Path("out.tsv").read_text() == "# global.columns = FORM chunk\n" + SOURCE


@pytest.mark.parametrize("separator", ["\t", " "])
def test_columns_come_back_byte_for_byte(separator: str) -> None:
    text = (SOURCE + "# a comment\n" + SOURCE).replace("\t", separator)
    Path("a.conll").write_text(f"-DOCSTART-{separator}O\n\n{text}")
    converted("a.conll", "b.conll")
    assert Path("b.conll").read_bytes() == Path("a.conll").read_bytes()


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


def many(number: int) -> str:
    return "".join(f"word{i}\tO\nAda\tB-PER\n\n" for i in range(number))


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


@pytest.mark.parametrize(
    ("source", "output", "wishes", "message"),
    [
        ("in.tsv", "out", {}, "out: found a name that tells no format, expected .conll, .conllu,"
         " .conllup, .jsonl, .json, .ann, .spacy, .csv, .parquet, .txt, or --to"),
        ("three", "out", {}, "out: found no format, expected --to FORMAT, for a folder of 3 splits"),
        ("three", None, {"format": "conll"}, "<stdout>: found 3 splits, expected a folder for them"),
        ("three", "three", {"format": "conll"}, "three: found something there, expected a folder that is"
         " empty or not there yet"),
        ("three", "in.tsv", {"format": "conll"}, "in.tsv: found something there, expected a folder that"
         " is empty or not there yet"),
        ("in.tsv", "three", {"format": "brat"}, "three: found something there, expected a folder that is"
         " empty or not there yet"),
        ("in.tsv", "three", {"format": "conll"}, "three: found a directory, expected the name of a"
         " file"),
        ("in.tsv", "no/out.conll", {}, "no/out.conll: found a place that cannot be written (No such file"
         " or directory), expected a writable one"),
        ("three", "no/out", {"format": "conll"}, "no/out: found a place that cannot be written (No such"
         " file or directory), expected a writable one"),
        ("in.tsv", None, {"format": "brat"}, "<stdout>: found brat, which is a folder, expected a file"
         " format, or --output"),
        ("layers.jsonl", "out.jsonl", {"format": "prodigy"}, "layers.jsonl:1: found tag 'PROPN' in layer"
         " UPOS, expected spans; choose layers of them (--layers)"),
    ],
)  # fmt: skip
def test_refused(source: str, output: str | None, wishes: dict[str, str], message: str) -> None:
    assert refused(source, output, **wishes) == message


def test_an_empty_folder_is_as_good_as_none() -> None:
    Path("out").mkdir()
    converted("three", "out", format="conll")
    assert len(list(Path("out").iterdir())) == 3


@pytest.mark.parametrize("output", ["out.conll", "out.jsonl", "three.brat"])
def test_what_cannot_be_written_leaves_nothing_behind(output: str) -> None:
    Path("refused.jsonl").write_text(REFUSED.replace("\\t", "\\t" if "conll" in output else " \\ud800"))
    Path("out.conll").write_text("as it was")
    message = refused("refused.jsonl", output, format={"three.brat": "brat"}.get(output))
    assert message.startswith("refused.jsonl:2: ")


def test_what_fails_in_the_last_split_leaves_nothing_behind() -> None:
    Path("three/test.tsv").write_text(SOURCE + "Ada\n")
    assert refused("three", "out", format="jsonl") == "three/test.tsv:9: found 1 column, expected 2"


def test_an_existing_file_is_replaced() -> None:
    Path("out.jsonl").write_text("as it was")
    converted("in.tsv", "out.jsonl")
    assert sentences("out.jsonl") == sentences("in.tsv")
    assert set(contents()) >= {"out.jsonl"}
    assert not [name for name in contents() if name.startswith(".")]


def test_a_file_may_be_converted_into_itself() -> None:
    converted("in.tsv", "in.tsv", format="conll", scheme="BIOES")
    assert [" ".join(tags["ner"]) for _, tags in sentences("in.tsv")] == list(SCHEMES["BIOES"])


def test_a_link_stays_a_link() -> None:
    Path("target.conll").write_text("as it was")
    Path("link.conll").symlink_to("target.conll")
    converted("in.tsv", "link.conll")
    assert Path("link.conll").is_symlink()
    assert Path("target.conll").read_text() == SOURCE


def test_a_new_file_has_the_rights_of_others() -> None:
    Path("other").touch()
    converted("in.tsv", "out.conll")
    converted("three", "out", format="conll")
    Path("others").mkdir()
    assert Path("out.conll").stat().st_mode == Path("other").stat().st_mode
    assert Path("out").stat().st_mode == Path("others").stat().st_mode


UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}


@pytest.mark.parametrize("suffix", [*UNPACK, ".zst"])
def test_packed(suffix: str) -> None:
    if suffix == ".zst":
        pytest.importorskip("zstandard")
    results, _ = converted("in.tsv", f"out.conll{suffix}")
    assert results[0].verified
    with open_binary(Path(f"out.conll{suffix}")) as binary:
        assert binary.read().decode() == SOURCE
    if suffix in UNPACK:
        assert UNPACK[suffix](Path(f"out.conll{suffix}").read_bytes()).decode() == SOURCE


def test_a_device_is_written_to_and_not_read_back() -> None:
    results, _ = converted("in.tsv", os.devnull, format="conll")
    assert results == [Written("train", Path(os.devnull), 2, 6)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_written_to_and_not_read_back() -> None:
    os.mkfifo("pipe")
    received = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_text()))
    reader.start()
    results, _ = converted("in.tsv", "pipe", format="conll")
    reader.join()
    assert received == [SOURCE]
    assert not results[0].verified


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    results, _ = converted("in.tsv", None)
    assert results == [Written("train", None, 2, 6)]
    assert capfdbinary.readouterr().out.decode() == SOURCE


BESIDE = "# a comment\na\tO\nb\tB-X\n\n-DOCSTART-\tO\n\nc\tO\n\n"


@pytest.mark.parametrize(
    ("format", "rows", "left_out"),
    [
        ("conll", None, []),
        ("conllu", None, []),
        ("conllup", None, []),
        ("jsonl", None, []),
        ("prodigy", None, ["comments"]),
        ("doccano", None, ["comments"]),
        ("label-studio", None, ["comments"]),
        ("brat", None, ["comments"]),
        ("docbin", None, ["comments"]),
        ("csv", None, ["comments"]),
        ("csv", "token", ["comments"]),
        ("csv", "sentence", []),
        ("tsv", None, ["comments"]),
        ("tsv", "sentence", []),
        ("parquet", None, []),
        ("parquet", "token", ["comments"]),
    ],
)
def test_what_a_format_has_no_room_for_is_told(
    format: str, rows: str | None, left_out: list[str]
) -> None:
    needs(format)
    Path("beside.tsv").write_text(BESIDE)
    (result,), _ = converted("beside.tsv", "out", rows, format=format)
    assert result == Written("train", Path("out"), 2, 3, True, left_out)
    found = list(Split(Path("out"), format))
    assert any(s.comments for s in found) == (not left_out)
    # a text of brat is a document, the first one too
    assert [s.new_document for s in found] == [format == "brat", True]


def test_text_has_no_room_for_either() -> None:
    Path("beside.tsv").write_text(BESIDE)
    (result,), _ = converted("beside.tsv", "out.txt", layers=("none",))
    assert result.left_out == ["comments", "document boundaries"]


def test_sentences_without_tokens_are_told_and_not_counted() -> None:
    Path("empty.jsonl").write_text('{"tokens": ["a"]}\n{"tokens": []}\n')
    (result,), said = converted("empty.jsonl", "out.conll")
    assert (result.sentences, result.tokens, result.verified) == (1, 1, True)
    assert said == ["empty.jsonl:2: a sentence without tokens cannot stand in columns and is left out"]


@contextlib.contextmanager
def changed(
    page: ModuleType, name: str, change: Callable[[Sentence], Sentence | None]
) -> Iterator[None]:
    """Lets the writer of a format change what it is given, or leave out a sentence."""
    writer = getattr(page, name)

    def faulty(sentences: Iterable[Sentence], *arguments: object) -> object:
        return writer((new for s in sentences if (new := change(s)) is not None), *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, name, faulty)
        yield


def replaced(sentence: Sentence, old: str, new: list[str]) -> Sentence:
    """Puts other tokens in the place of one, each with its tag."""
    tokens, tags = [], []
    for token, tag in zip(sentence.tokens, sentence.tags["ner"], strict=True):
        tokens += new if token == old else [token]
        tags += [tag] * (len(new) if token == old else 1)
    return Sentence(tokens, {"ner": tags})


FAULTS: dict[str, tuple[Callable[[Sentence], Sentence | None], str]] = {
    "a token is lost": (
        lambda s: replaced(s, "slept", []),
        "in.tsv:3: found tokens 'Lovelace' read back from {}, expected 'Lovelace slept'",
    ),
    "a token is another": (
        lambda s: replaced(s, "Bonn", ["Berne"]),
        "in.tsv:7: found tokens 'Bad Berne' read back from {}, expected 'Bad Bonn'",
    ),
    "a token is split": (
        lambda s: replaced(s, "Ada", ["A", "da"]),
        "in.tsv:1: found tokens 'A da' read back from {}, expected 'Ada Lovelace'",
    ),
    "a token is added": (
        lambda s: replaced(s, "slept", ["slept", "."]),
        "in.tsv:3: found tokens 'slept .' read back from {}, expected 'slept'",
    ),
    "a tag is another": (
        lambda s: Sentence(s.tokens, {"ner": [t.replace("LOC", "GPE") for t in s.tags["ner"]]}),
        "in.tsv:6: found ner 'O B-GPE B-GPE' read back from {}, expected 'O B-LOC B-LOC'",
    ),
    "a layer has another name": (
        lambda s: Sentence(s.tokens, {"x": s.tags["ner"]}),
        "in.tsv:1: found the layers x read back from {}, expected ner",
    ),
    "a layer is added": (
        lambda s: Sentence(s.tokens, {**s.tags, "x": s.tags["ner"]}),
        "in.tsv:1: found the layers ner, x read back from {}, expected ner",
    ),
    "the last sentence is lost": (
        lambda s: None if "Bonn" in s.tokens else s,
        "out.{}: found 1 sentences and 3 tokens read back, expected the 2 and 6 that were written",
    ),
    "the first sentence is lost": (
        lambda s: None if "Ada" in s.tokens else s,
        "in.tsv:1: found tokens 'In Bad' read back from {}, expected 'Ada Lovelace'",
    ),
    "sentences are joined": (
        lambda s: None if "Bonn" in s.tokens else replaced(s, "slept", ["slept", "In", "Bad", "Bonn"]),
        "in.tsv:3: found tokens 'slept In Bad' read back from {}, expected 'slept'",
    ),
}


@pytest.mark.parametrize(
    ("page", "name", "format"),
    [(jsonl, "write", "jsonl"), (parquet, "write_binary", "parquet")],
    ids=["jsonl", "parquet"],
)
@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_reading_back_finds_what_a_writer_loses(
    page: ModuleType, name: str, format: str, change: Callable[[Sentence], Sentence | None], message: str
) -> None:
    needs(format)
    output = f"out.{format}"
    Path(output).write_text("as it was")
    with changed(page, name, change):
        assert refused("in.tsv", output) == message.format(format)
        (result,), _ = converted("in.tsv", output, verify=False)  # as the user asked for
    assert not result.verified
    assert Path(output).read_bytes() != b"as it was"


def test_reading_back_finds_what_is_too_much() -> None:
    writer = jsonl.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "write", lambda s, o: [*writer(s, o), '{"tokens": ["more", "of", "it"]}\n'])
        assert refused("in.tsv", "out.jsonl") == (
            "out.jsonl:3: found 'more of it' read back, expected nothing more"
        )


def test_what_cannot_be_read_back_is_named_as_the_user_names_it() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "write", lambda *_: ["nothing\n"])
        message = "out{}.jsonl:1: found 'nothing', expected a JSON object on one line"
        assert refused("in.tsv", "out.jsonl") == message.format("")
        assert refused("three", "out", format="jsonl") == message.format("/train")


def test_reading_back_of_a_folder() -> None:
    with changed(brat, "write_folder", lambda s: replaced(s, "slept", [])):
        assert refused("in.tsv", "out", format="brat") == (
            "in.tsv:3: found tokens 'Lovelace' read back from brat, expected 'Lovelace slept'"
        )


def test_reading_back_finds_columns_that_are_taken_for_others() -> None:
    """The layout is found anew, not believed."""
    with changed(columns, "write", lambda s: Sentence(s.tokens, {"ner": ["7"] * len(s)})):
        assert refused("in.tsv", "out.conll") == (
            "in.tsv:1: found ner '7 7' read back from conll, expected 'B-PER I-PER'"
        )


def test_broken_source_leaves_nothing_behind() -> None:
    Path("broken.tsv").write_bytes(many(10_000).encode() + b"\xff\n")
    assert refused("broken.tsv", "out.jsonl") == (
        f"broken.tsv:30001: found byte 0xff at byte {len(many(10_000))}, expected UTF-8"
    )


def test_running_numbers_are_left_out_and_said() -> None:
    """A column of running numbers is no layer where the format has no columns."""
    Path("numbers.iob2").write_text("1\tAda\tB-PER\n2\tslept\tO\n")
    (result,), _ = converted("numbers.iob2", "out.csv")
    assert result.left_out == ["running numbers of tokens"]
    assert result.verified
    (result,), _ = converted("numbers.iob2", "out.conll")
    assert result.left_out == []
    assert Path("out.conll").read_text().startswith("1\tAda\tB-PER\n")


@pytest.mark.parametrize(("lemma", "left_out"), [("sleep", ["lemmas and trees"]), ("_", [])])
def test_lemmas_are_left_out_and_said(lemma: str, left_out: list[str]) -> None:
    Path("in.conllu").write_text(f"1\tslept\t{lemma}\tVERB" + "\t_" * 6 + "\n\n")
    (result,), _ = converted("in.conllu", "out.conll")
    assert result.left_out == left_out
    (result,), _ = converted("in.conllu", "out.conllu")
    assert result.left_out == []
