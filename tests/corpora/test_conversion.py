"""Conversions: each wish, and what has no room in the format that is wished for."""

import json
from pathlib import Path

import pytest

from corpora import load_corpus
from corpora.conversion import Wishes, Written, convert
from corpora.formats.table import FORMATS
from corpora.options import ReadOptions, WriteOptions
from corpora.splits import Split

from .conversions import SOURCE, converted, needs, refused, sentences

pytestmark = pytest.mark.usefixtures("sources")


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


def test_running_numbers_are_left_out_and_said() -> None:
    """A column of running numbers is no layer where the format has no columns."""
    Path("numbers.iob2").write_text("1\tAda\tB-PER\n2\tslept\tO\n")
    (result,), _ = converted("numbers.iob2", "out.csv")
    assert result.left_out == ["running numbers of tokens"]
    assert result.verified
    (result,), _ = converted("numbers.iob2", "out.conll")
    assert result.left_out == []
    assert Path("out.conll").read_text().startswith("1\tAda\tB-PER\n")


@pytest.mark.parametrize(
    ("content", "left_out"),
    [
        ("sentence_id,token,ner\nd7-s12,Ada,O\nd7-s12,slept,O\nd7-s13,She,O\n", ["sentence ids"]),
        ("sentence,form,ner,id\n0,Ada,O,7\n", ["sentence ids", "the column 'id'"]),
        ("sentence,form,ner,new_document\n1,Ada,O,1\n1,slept,O,0\n2,She,O,0\n", []),
        ("sentence,form,ner\n1,Ada,O\n,slept,O\n\n2,She,O\n", []),
        ("tokens,ner,id\nAda slept,O O,7\n", ["the column 'id'"]),
        ("", []),
    ],
)
@pytest.mark.parametrize("target", ["out.csv", "out.conll", "in.csv"])
def test_what_a_table_says_beside_its_sentences_is_left_out_and_said(
    content: str, left_out: list[str], target: str
) -> None:
    Path("in.csv").write_text(content)
    (result,), _ = converted("in.csv", target)
    assert result.left_out == left_out


@pytest.mark.parametrize(("lemma", "left_out"), [("sleep", ["lemmas and trees"]), ("_", [])])
def test_lemmas_are_left_out_and_said(lemma: str, left_out: list[str]) -> None:
    Path("in.conllu").write_text(f"1\tslept\t{lemma}\tVERB" + "\t_" * 6 + "\n\n")
    (result,), _ = converted("in.conllu", "out.conll")
    assert result.left_out == left_out
    (result,), _ = converted("in.conllu", "out.conllu")
    assert result.left_out == []


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "jsonl"])
def test_raw_text_is_left_out_and_said(format: str) -> None:
    needs(format)
    record = {"tokens": ["Ada", "."], "text": "Ada."}
    tags = {} if format == "text" else {"ner": ["B-PER", "O"]}
    Path("one.jsonl").write_text(json.dumps(record | tags) + "\n")
    (result,), _ = converted("one.jsonl", "out", format=format)
    lost = format in ("conll", "brat", "csv", "tsv")
    assert result.left_out == (["the raw text"] if lost else [])


@pytest.mark.parametrize(
    "item",
    [
        {"tokens": ["Ada", "."], "text": "Ada ."},  # which is what the tokens give
        {"tokens": ["Ada", "."], "text": "Ada.", "comments": ["# text = Ada."]},
        {"tokens": ["Ada", "."], "text": None},
    ],
)
def test_raw_text_that_is_there_still(item: dict[str, object]) -> None:
    Path("one.jsonl").write_text(json.dumps(item | {"ner": ["O", "O"]}) + "\n")
    (result,), _ = converted("one.jsonl", "out.conll")
    assert result.left_out == []


MORE = "other fields and annotations"
TASK: dict[str, object] = {"data": {"text": "Ada slept"}}
PER = {"from_name": "label", "to_name": "text", "type": "labels",
       "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}  # fmt: skip
RELATION = {"type": "relation", "from_id": "a", "to_id": "a"}


@pytest.mark.parametrize(
    ("format", "item", "more"),
    [
        ("jsonl", {"tokens": ["Ada"], "ner_tags": ["O"], "spans": {"ner": []}, "note": ""}, False),
        ("jsonl", {"tokens": ["Ada"], "ner_tags": ["O"], "note": "x"}, True),
        ("jsonl", {"tokens": ["Ada"], "ner_tags": ["O"], "spans": [[0, 1, "X"]]}, True),
        ("jsonl", {"tokens": ["Ada"], "ner_tags": ["O"], "comments": "fine"}, True),
        ("doccano", {"text": "Ada slept", "label": [[0, 3, "PER"]], "relations": []}, False),
        ("doccano", {"text": "Ada slept", "label": [], "id": 1}, True),
        ("doccano", {"text": "Ada slept", "entities": [], "relations": [{"from_id": 1}]}, True),
        ("prodigy", {"text": "Ada slept", "spans": [], "answer": "accept"}, False),
        ("prodigy", {"text": "Ada slept", "spans": [], "meta": {"source": "x"}}, True),
        ("label-studio", TASK, False),
        ("label-studio", TASK | {"annotations": [{"result": [PER]}]}, False),
        ("label-studio", TASK | {"annotations": [{"result": [PER | {"id": "a"}, RELATION]}]}, True),
        ("label-studio", TASK | {"annotations": [{"result": [PER]}, {"result": 7}]}, True),
        ("label-studio", TASK | {"annotations": [{"result": [PER], "completed_by": 1}]}, True),
        ("label-studio", TASK | {"id": 7}, True),
        ("label-studio", {"data": {"text": "Ada slept", "topic": "sleep"}}, True),
    ],
)
def test_what_only_its_own_format_holds_is_left_out_and_said(
    format: str, item: dict[str, object], more: bool
) -> None:
    content: object = [item] if format == "label-studio" else item
    Path("one.json").write_text(json.dumps(content) + "\n")
    reading, said = ReadOptions(), WriteOptions()
    corpus = load_corpus("one.json", format=format)
    (result,) = convert(corpus, Path("out.conll"), Wishes(), reading, said)
    assert result.left_out == ([MORE] if more else [])
    (result,) = convert(corpus, Path("again"), Wishes(format), reading, said)
    assert result.left_out == []


@pytest.mark.parametrize(("note", "more"), [("", []), ("#1\tAnnotatorNotes T1\tx\n", [MORE])])
def test_notes_and_texts_of_brat_come_back_in_brat_alone(note: str, more: list[str]) -> None:
    Path("notes").mkdir()
    Path("notes/a.txt").write_text("Ada slept.\n")
    Path("notes/a.ann").write_text(f"T1\tPER 0 3\tAda\n{note}")
    (result,), _ = converted("notes", "out.jsonl")
    assert result.left_out == more
    (result,), _ = converted("notes", "out.conll")
    assert sorted(result.left_out) == [*more, "the raw text"]
    (result,), _ = converted("notes", "again", format="brat")
    assert result.left_out == []
    assert Path("again/a.txt").read_text() == "Ada slept.\n"
