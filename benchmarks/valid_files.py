"""Valid files of every format: as their own tools write them, and as this project does."""

from __future__ import annotations

import io
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpora import Sentence, WriteOptions, detect_format, load_corpus, write
from corpora.files import open_binary
from corpora.formats.columns import Layout

_REAL = 4096  # bytes taken from a real file
_SPANS_ONLY = ("prodigy", "doccano", "label-studio", "brat")

# files as their own tools write them, which differ from what is written here
NATIVE: dict[str, tuple[str, ...]] = {
    "conll": (
        "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n. . O O\n\nPeter NNP I-NP I-PER\n",
        "# http://a\n1\tAda\tB-PER\tO\t-\n2\tslept\tO\tO\t-\n\n1\tNo\tO\tO\t-\n",
        "## klue\t1\n한\tB-PS\n \tO\n국\tI-PS\n\t\nb\tO\n",
    ),
    "conllu": (
        "# newdoc id = a\n# text = Vámonos al mar.\n1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "1\tVamos\tir\tVERB\t_\tMood=Imp|Number=Plur\t0\troot\t_\t_\n"
        "2\tnos\tyo\tPRON\t_\tCase=Acc\t1\tobj\t_\t_\n3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "3\ta\ta\tADP\t_\t_\t5\tcase\t_\t_\n4\tel\tel\tDET\t_\t_\t5\tdet\t_\t_\n"
        "4.1\tx\tx\tX\t_\t_\t_\t_\t5:dep\t_\n"
        "5\tmar\tmar\tNOUN\t_\t_\t1\tobl\t_\tSpaceAfter=No\n6\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_\n\n",
        "# global.layers = UPOS ner\n1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-PER|x=y\n\n",
    ),
    "conllup": (
        "# global.columns = ID FORM UPOS PARSEME:MWE\n"
        "1-2\tdu\t_\t*\n1\tde\tADP\t*\n2\tle\tDET\t1:VID\n\n",
        "# global.columns = FORM UPOS NER\n# text = Ada\nAda\tPROPN\tB-PER\n\n",
    ),
    "jsonl": (
        '{"id": "0", "tokens": ["Ada", "slept"], "ner_tags": [1, 0], "pos": ["PROPN", "VERB"]}\n',
        '{"words": ["Ada", "slept"], "text": "Ada slept", "tags": ["B-PER", "O"], "start": 7}\n',
    ),
    "prodigy": (
        '{"text": "Ada slept. So did I.", "_input_hash": 1, "spans": [{"start": 0, "end": 3,'
        ' "label": "PER", "token_start": 0, "token_end": 0}], "answer": "accept", "meta": {"a": []}}\n'
        '{"text": "Ada", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": false}]}\n'
        '{"text": "no", "spans": [], "answer": "reject"}\n',
    ),
    "doccano": (
        '{"id": 1, "text": "Ada Lovelace slept. 한국", "label": [[0, 12, "PER"], [4, 14, "X"]]}\n',
        '{"text": "Ada", "entities": [{"id": 1, "label": "P", "start_offset": 0, "end_offset": 2}]}\n'
        '{"data": "\\ud83d\\ude00 Ada", "labels": [[2, 5, "PER"]], "Comments": []}\n',
    ),
    "label-studio": (
        '[{"id": 1, "data": {"text": "😀 Ada\\nslept. She woke."}, "annotations": [{"result": ['
        '{"from_name": "label", "to_name": "text", "type": "labels", "value": {"start": 3, "end": 6,'
        ' "text": "Ada", "labels": ["PER", "X"]}}, {"type": "relation"}]}, {"was_cancelled": true}],'
        ' "predictions": []}]\n',
        '[{"text": "Ada", "id": 2, "label": [{"start": 0, "end": 3, "text": "Ada", "labels": ["P"]}]},\n'
        ' {"data": {"a": "b"}, "predictions": [{"result": []}], "annotations": []}]\n',
    ),
    "csv": (
        "Sentence #,Word,POS,Tag\nSentence: 1,Ada,NNP,B-PER\n,slept,VBD,O\n,,,\n\n2,no,UH,O\n",
        "tokens,ner_tags,text,offsets,new_document,comments\n"
        '"[""Ada"", ""slept""]","[1, 0]",Ada slept,"[[0, 3], [4, 9]]",1,"[""# a""]"\n'
        "\"['Ada', 'I\\'d']\",\"['B-PER' 'O']\",,,,\nAda slept,PER O,,,0,\n",
    ),
    "tsv": (
        'sentence_id\ttoken\tner_tags\n1\tAda\tB-PER\n1\t"a\tb\n2\tc\tO\n',
        "words\tlabels\n['Ada', 'x']\t['B-PER', 'O']\n",
    ),
    "text": (
        "Ada can't come (she said). Call me at 10 a.m.!\n\n"
        "\tOne line\r\nand another…  \n한국 사람이다.\n",
        "well-known\u200bwords\u00a0and\u2028lines http://a.b/c?d=e #x @y :-)"
        " Mr. X vs. Y, e.g. 1.000,50\n",
    ),
    "brat": (
        "Ada Lovelace slept.\nShe woke in a small town.\n\0T1\tPER 0 12\tAda Lovelace\n"
        "T2\tLOC 34 38;39 44\tsmal town\nT3\tX 0 3\tAda\nR1\tis Arg1:T1 Arg2:T3\nE1\tX:T3 A:T1\n"
        "A1\tNeg E1\n#1\tAnnotatorNotes T1\tnote\n*\tEquiv T1 T3\n",
        "a\r\nb\0T1\tX 0 4\ta  b\n",
    ),
}


def valid_files(format: str) -> list[bytes]:
    """Returns valid files of a format: written from the starter corpus, as other tools
    write them, and heads of the real ones in the folder TAGGER_CORPORA.

    A folder of brat is given as text, NUL, annotations.
    """
    files = [text.encode() for text in NATIVE.get(format, ())]
    if format == "parquet":
        files += _odd_tables()
    sentences = _sentences(format)
    with tempfile.TemporaryDirectory() as folder:
        for i, rows in enumerate(("token", "sentence")):
            for j, part in enumerate((sentences[:3], sentences)):
                path = Path(folder, f"{i}{j}")
                options = WriteOptions(rows, report=lambda _: None)
                layout = Layout("\t", ("form",), True) if i and format == "conll" else None
                write(part, path, format, layout, options)
                if path.is_dir():
                    pair = (next(path.glob("*.txt")), next(path.glob("*.ann")))
                    files.append(b"\0".join(file.read_bytes() for file in pair))
                else:
                    files.append(path.read_bytes())
    real = os.environ.get("TAGGER_CORPORA")
    for path in sorted(Path(real).glob("*/*")) if real and format in ("conll", "conllu", "text") else ():
        if detect_format(path) == format and path.name.partition(".")[0] != "LICENSE":
            with open_binary(path) as binary:
                head = binary.read(_REAL)
            files.append(head[: head.rfind(b"\n") + 1])
    return files


def _sentences(format: str) -> list[Sentence]:
    found = []
    for i, sentence in enumerate(load_corpus("starter:english").train):
        if i == 12:
            break
        text, offsets = sentence.surface()
        tags = {"ner": sentence.tags["ner"]} if format in _SPANS_ONLY else sentence.tags
        found.append(
            replace(
                sentence,
                tags={} if format == "text" else tags,
                text=text if i % 3 else None,
                offsets=offsets if i % 3 else None,
                new_document=i % 5 == 0,
                comments=() if i % 2 else ("# sent_id = a",),
            )
        )
    return found


def _odd_tables() -> list[bytes]:
    """Makes Parquet files with columns of many types, as data frames may have them."""
    import pyarrow
    from pyarrow import parquet

    features = {"ner_tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    columns: list[dict[str, Any]] = [
        {"tokens": [["Ada", "slept"], []], "ner_tags": [[1, 0], []], "upos": [["X", "Y"], []]},
        {"tokens": [["Ada", None], None], "ner_tags": [["O", "O"], ["O"]], "text": ["Ada", None]},
        {
            "word": ["Ada", "slept", None],
            "sent_id": [1, 1, 2],
            "ner_tags": [1, 0, 5],
            "x": [1.5, 2.0, 0.0],
        },
        {
            "form": ["Ada", ""],
            "sentence": [None, "2"],
            "upos": ["X", None],
            "new_document": [True, None],
        },
        {"tokens": [[1, 2]], "tags": [["a", "b"]]},
        {"tokens": [[["a"]]], "offsets": [[[0, 1]]]},
        {"tokens": ["Ada slept"], "labels": [{"a": 1}]},
        {"text": ["Ada"], "other": [b"\xff"]},
    ]
    tables = [pyarrow.table(each) for each in columns]
    words = pyarrow.array(["Ada", "slept", "Ada"]).dictionary_encode()
    times = pyarrow.array([0, 1, 2**62], pyarrow.timestamp("ns"))
    tables.append(pyarrow.table({"token": words, "sentence": times, "tag": words}))
    tables.append(pyarrow.table([words, words], ["token", "token"]))
    tables.append(
        pyarrow.table({"tokens": pyarrow.array([["a"]], pyarrow.large_list(pyarrow.string()))})
    )
    files = []
    for i, table in enumerate(tables):
        buffer = io.BytesIO()
        described = table.replace_schema_metadata(metadata)
        parquet.write_table(described, buffer, compression=("none", "snappy")[i % 2])
        files.append(buffer.getvalue())
    return files
