"""`tagger tag` and annotated files: they come back in their format, or in any other."""

import json
from pathlib import Path

import pytest

from corpora import FORMATS as TABLE
from corpora import ReadOptions, Sentence, Tokenization, read, write
from tagger.cli import main
from tagger.cli.options import FORMATS

from ..commands import Output, run

pytestmark = pytest.mark.usefixtures("place")

OVERRIDE = "(--from overrides)"
# what is written when an annotated file is tagged: the same format, all else in it as it was
FILES = {
    "doccano.jsonl": (
        '{"id": 3, "text": "Ada Lovelace lived. Ada lived in  London.",'
        ' "label": [[0, 3, "X"], [34, 40, "LOC"]], "note": ["kept"]}\n',
        '{"id": 3, "text": "Ada Lovelace lived. Ada lived in  London.",'
        ' "label": [[0, 12, "PER"], [34, 40, "LOC"]], "note": ["kept"],'
        ' "sentences": [[[0, 3], [4, 12], [13, 18], [18, 19]],'
        ' [[20, 23], [24, 29], [30, 32], [34, 40], [40, 41]]], "new_document": true}\n',
        [f"doccano.jsonl: read as doccano: its objects have text and label {OVERRIDE}"],
    ),
    "entities.jsonl": (
        '{"text": "Ada lived in London.", "entities": ['
        '{"id": 1, "start_offset": 13, "end_offset": 19, "label": "LOC"},'
        ' {"id": 2, "start_offset": 4, "end_offset": 9, "label": "X"}],'
        ' "relations": [{"id": 7, "from_id": 2, "to_id": 1, "type": "in"}]}\n',
        '{"text": "Ada lived in London.", "entities": ['
        '{"id": 1, "start_offset": 13, "end_offset": 19, "label": "LOC"}],'
        ' "relations": [], "sentences": [[[0, 3], [4, 9], [10, 12], [13, 19], [19, 20]]],'
        ' "new_document": true}\n',
        [
            f"entities.jsonl: read as doccano: its objects have text and entities {OVERRIDE}",
            "entities.jsonl:1: the relation \"{'id': 7, 'from_id': 2, 'to_id': 1, 'type': 'in'}\""
            " is of a span that is gone, and is left out",
            "relations left out: 1",
        ],
    ),
    "prodigy.jsonl": (
        '{"text": "London lived.", "spans": [{"start": 7, "end": 12, "label": "X"}],'
        ' "answer": "accept", "_input_hash": 1}\n',
        '{"text": "London lived.",'
        ' "spans": [{"start": 0, "end": 6, "token_start": 0, "token_end": 0, "label": "LOC"}],'
        ' "answer": "accept", "_input_hash": 1,'
        ' "tokens": [{"text": "London", "start": 0, "end": 6, "id": 0, "ws": true},'
        ' {"text": "lived", "start": 7, "end": 12, "id": 1, "ws": false},'
        ' {"text": ".", "start": 12, "end": 13, "id": 2, "ws": false}],'
        ' "sentences": [[[0, 6], [7, 12], [12, 13]]], "new_document": true}\n',
        [f"prodigy.jsonl: read as prodigy: its objects have text and spans {OVERRIDE}"],
    ),
    "tasks.json": (
        '[{"id": 1, "data": {"text": "Ada lived in London.", "url": "u"}, "annotations": ['
        '{"id": 5, "result": [{"id": "a", "from_name": "label", "to_name": "text",'
        ' "type": "labels", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["X"]}}]}]},\n'
        ' {"id": 2, "data": {"text": "She lived."}}]',
        '[\n{"id": 1, "data": {"text": "Ada lived in London.", "url": "u",'
        ' "sentences": [[[0, 3], [4, 9], [10, 12], [13, 19], [19, 20]]], "layers": ["ner"],'
        ' "new_document": true}, "predictions": [{"model_version": "tagger", "result": ['
        '{"from_name": "label", "to_name": "text", "type": "labels",'
        ' "value": {"start": 13, "end": 19, "text": "London", "labels": ["LOC"]}}]}]},\n'
        '{"id": 2, "data": {"text": "She lived.", "sentences": [[[0, 3], [4, 9], [9, 10]]],'
        ' "layers": ["ner"], "new_document": true},'
        ' "predictions": [{"model_version": "tagger", "result": []}]}\n]\n',
        [
            "tasks.json:1: one of the annotations of a task gives way to what the model predicted",
            "annotations left out: 1",
        ],
    ),
    "x.csv": (
        "sentence,word,pos\n1,Ada,NNP\n1,lived,VBD\n2,London,NNP\n",
        "sentence,form,ner,new_document\n1,Ada,O,0\n1,lived,O,0\n2,London,B-LOC,0\n",
        [],
    ),
    "table.tsv": (
        "sentence\tword\tpos\n1\tAda\tNNP\n1\tlived\tVBD\n2\tLondon\tNNP\n",
        "sentence\tform\tner\tnew_document\n1\tAda\tO\t0\n1\tlived\tO\t0\n2\tLondon\tB-LOC\t0\n",
        [f"table.tsv: read as tsv: its first line names columns {OVERRIDE}"],
    ),
    "x.conllup": (
        "# global.columns = ID FORM UPOS LEMMA\n# newdoc\n1\tAda\tX\tada\n2\tlived\tX\tlive\n\n",
        "# global.columns = ID FORM LEMMA NER\n# newdoc\n1\tAda\tada\tO\n2\tlived\tlive\tO\n\n",
        [],
    ),
    "columns.txt": (
        "Ada NNP B-X\nlived VBD O\n\nLondon NNP O\n",
        "Ada\tO\nlived\tO\n\nLondon\tB-LOC\n\n",
        [f"columns.txt: read as conll: its lines have 3 columns, one of them of tags {OVERRIDE}"],
    ),
    "columns": (
        "Ada NNP B-X\nlived VBD O\n\nLondon NNP O\n",
        "Ada\tO\nlived\tO\n\nLondon\tB-LOC\n\n",
        [f"columns: read as conll: its lines have 3 columns, one of them of tags {OVERRIDE}"],
    ),
}


def told(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(("name", "content", "expected", "lines"), [(k, *v) for k, v in FILES.items()])
def test_annotated_files_come_back_in_their_format(
    capsys: Output, name: str, content: str, expected: str, lines: list[str]
) -> None:
    Path(name).write_text(content, encoding="utf-8")
    found = run(capsys, "tag", name, "-m", "m.tagger", "--layers", "ner", told=told(lines))
    assert found == expected
    output = f"out{Path(name).suffix}"
    if output != "out.txt":  # a text that is tagged is none
        options = ["--layers", "ner", "-o", output]
        assert run(capsys, "tag", name, "-m", "m.tagger", *options, told=told(lines)) == ""
        assert Path(output).read_text(encoding="utf-8") == expected


def test_brat(capsys: Output) -> None:
    """Spans that stay keep their numbers; what refers to one that goes, goes, and is told."""
    Path("in").mkdir()
    Path("in/a.txt").write_text("Ada Lovelace lived in London.\n")
    Path("in/a.ann").write_text(
        "T1\tX 0 3\tAda\nT7\tLOC 22 28\tLondon\n#1\tAnnotatorNotes T7\tthe city\nA1\tbad T1\n"
    )
    lines = [
        f"in: read as brat: it holds .ann files {OVERRIDE}",
        "in/a.txt:1: 'A1\\tbad T1' refers to a span that is gone, and is left out",
        "annotations left out: 1",
    ]
    options = ["--layers", "ner", "--output", "out"]
    assert run(capsys, "tag", "in", "-m", "m.tagger", *options, told=told(lines)) == ""
    assert {path.name: path.read_text() for path in Path("out").iterdir()} == {
        "a.txt": "Ada Lovelace lived in London.\n",
        "a.ann": "T7\tLOC 22 28\tLondon\n#1\tAnnotatorNotes T7\tthe city\nT8\tPER 0 12\tAda Lovelace\n",
        "annotation.conf": "[entities]\nLOC\nPER\n\n[relations]\n\n[events]\n\n[attributes]\n",
    }


SENTENCES = [
    Sentence(
        ["Ada", "Lovelace", "lived", "."],
        {"ner": ["B-X", "O", "O", "O"]},
        text="Ada Lovelace lived.",
        offsets=[(0, 3), (4, 12), (13, 18), (18, 19)],
        new_document=True,
    ),
    Sentence(["In", "London"], {"ner": ["O", "O"]}),
]
TAGGED = [["B-PER", "I-PER", "O", "O"], ["O", "B-LOC"]]
NAMES = [name for name in FORMATS if name != "text"]
READ_AGAIN = ReadOptions(tokenization=Tokenization("whitespace", "lines"))


@pytest.mark.parametrize("target", NAMES)
@pytest.mark.parametrize("source", [*NAMES, "text"])
def test_any_format_becomes_any_other(capsys: Output, source: str, target: str) -> None:
    if source == "text":
        Path("input").write_text("Ada Lovelace lived.\nIn London\n")
    else:
        write(SENTENCES, "input", source)
    options = ["--layers", "ner", "--sentences", "lines"]
    if source == "brat":  # which knows its tokens by the spaces between them
        options += ["--tokenizer", "whitespace"]
    arguments = ["--from", source, "--to", target, "--output", "output", *options]
    assert main(["tag", "input", "--model", "m.tagger", *arguments]) == 0
    assert capsys.readouterr().out == ""
    reading = READ_AGAIN if target == "brat" else ReadOptions()
    found = list(read("output", target, reading))
    assert [sentence.tokens for sentence in found] == [sentence.tokens for sentence in SENTENCES]
    assert [sentence.tags["ner"] for sentence in found] == TAGGED
    assert [list(sentence.tags) for sentence in found] == [["ner"]] * 2


def test_formats_are_those_of_the_table() -> None:
    """They are repeated, so that help needs no import of the table."""
    assert tuple(TABLE) == FORMATS


@pytest.mark.parametrize("target", [name for name in NAMES if TABLE[name].suffixes])
def test_output_format_goes_by_the_name_of_the_output(capsys: Output, target: str) -> None:
    Path("x.txt").write_text("Ada lived.\n")
    name = f"x{TABLE[target].suffixes[0]}"
    assert run(capsys, "tag", "x.txt", "-m", "m.tagger", "--layers", "ner", "-o", name) == ""
    (found,) = read(name, target, READ_AGAIN if target == "brat" else ReadOptions())
    assert found.tags == {"ner": ["O"] * len(found)}
    assert {p.name for p in Path().iterdir()} == {"x.txt", "m.tagger", name}


def test_predictions_of_a_model_are_told_from_annotations(capsys: Output) -> None:
    Path("x.txt").write_text("London lived.")
    found = run(capsys, "tag", "x.txt", "-m", "m.tagger", "--to", "label-studio", "--layers", "ner")
    (task,) = json.loads(found)
    assert task["predictions"] == [
        {
            "model_version": "tagger",
            "result": [
                {
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "value": {"start": 0, "end": 6, "text": "London", "labels": ["LOC"]},
                }
            ],
        }
    ]
    assert "annotations" not in task
