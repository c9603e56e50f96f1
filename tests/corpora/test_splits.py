"""The table of formats, and reading and writing files of each: detection, streaming, places."""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import (
    FORMATS,
    CorpusError,
    ReadOptions,
    Remark,
    Sentence,
    Split,
    Tokenization,
    WriteOptions,
    detect_format,
    read,
    schemes,
    write,
)
from corpora.files import COMPRESSIONS
from corpora.formats.columns import Layout
from corpora.formats.table import BINARY, FOLDER, LINES, PIECES, WHOLE_LINES
from corpora.splits import rendered

TEXTS = {
    "conll": "Ada\tB-PER\nslept\tO\n\n",
    "conllu": "# global.layers = ner\n"
    + "1\tAda"
    + "\t_" * 7
    + "\tner=B-PER\n2\tslept"
    + "\t_" * 7
    + "\tner=O\n\n",
    "conllup": "# global.columns = ID FORM NER\n1\tAda\tB-PER\n2\tslept\tO\n\n",
    "jsonl": '{"text": "Ada slept", "tokens": ["Ada", "slept"], "offsets": [[0, 3], [4, 9]], '
    '"tags": {"ner": ["B-PER", "O"]}, "spans": {}}\n',
    "prodigy": '{"text": "Ada slept", "tokens": ['
    '{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": true}, '
    '{"text": "slept", "start": 4, "end": 9, "id": 1, "ws": false}], '
    '"spans": [{"start": 0, "end": 3, "token_start": 0, "token_end": 0, "label": "PER"}], '
    '"answer": "accept", "sentences": [[[0, 3], [4, 9]]]}\n',
    "doccano": '{"text": "Ada slept", "label": [[0, 3, "PER"]], "sentences": [[[0, 3], [4, 9]]]}\n',
    "label-studio": '[\n{"data": {"text": "Ada slept", "sentences": [[[0, 3], [4, 9]]], '
    '"layers": ["ner"]}, "annotations": [{"result": ['
    '{"from_name": "label", "to_name": "text", "type": "labels", '
    '"value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}]}]}\n]\n',
    "csv": "sentence,form,ner,new_document\n1,Ada,B-PER,0\n1,slept,O,0\n",
    "tsv": "sentence\tform\tner\tnew_document\n1\tAda\tB-PER\t0\n1\tslept\tO\t0\n",
    "text": "Ada slept\n",
}

ADA = Sentence(["Ada", "slept"], {"ner": ["B-PER", "O"]})
UNTAGGED = Sentence(["Ada", "slept"])
TAGGED = [name for name in TEXTS if name != "text"]
MODULES = {"docbin": "spacy", "parquet": "pyarrow"}


def sentence_for(format: str) -> Sentence:
    return UNTAGGED if format == "text" else ADA


def is_ada(sentence: Sentence, format: str) -> bool:
    return (sentence.tokens, sentence.tags) == (ADA.tokens, sentence_for(format).tags)


@pytest.fixture(params=FORMATS)
def any_format(request: pytest.FixtureRequest) -> str:
    """Every format of the table, where what it needs is installed."""
    if request.param in MODULES:
        pytest.importorskip(MODULES[request.param])
    name: str = request.param
    return name


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.conll", "conll"),
        ("a.b.IOB2.GZ", "conll"),
        ("dev.tsv.gz", "conll"),
        ("x.conllu", "conllu"),
        ("x.cupt.xz", "conllup"),
        ("x.jsonl.gz", "jsonl"),
        ("x.ndjson", "jsonl"),
        ("x.json.zst", "label-studio"),
        ("x.csv.bz2", "csv"),
        ("x.ann", "brat"),
        ("x.spacy", "docbin"),
        ("x.parquet", "parquet"),
        ("x.txt", "text"),
        ("x.gz", None),
        ("x.gz.gz", None),
        ("x", None),
        (".conll", None),
        ("conll", None),
        ("x.xml", None),
    ],
)
def test_detect_format(name: str, format: str | None) -> None:
    assert detect_format(Path("some.conllu") / name) == format


def test_every_format_of_text_is_in_the_cases() -> None:
    text = [f.name for f in FORMATS.values() if f.kind in (LINES, WHOLE_LINES, PIECES)]
    assert text == list(TEXTS)
    # which have no text to compare: their own pages' tests read and write them
    assert {f.name: f.kind for f in FORMATS.values() if f.name not in TEXTS} == {
        "brat": FOLDER,
        "docbin": BINARY,
        "parquet": BINARY,
    }


@pytest.mark.parametrize("format", TEXTS)
def test_writing(format: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    suffix = next(iter(FORMATS[format].suffixes), None)  # some have none: they are named
    names = [f"a{suffix}", *(f"a{suffix}{packed}" for packed in COMPRESSIONS)] if suffix else []
    for path in (tmp_path / name for name in (*names, "a.other")):
        write([sentence_for(format)], path, None if path.suffix != ".other" else format)
        (again,) = read(path, format)
        assert is_ada(again, format)
    assert (tmp_path / (names or ["a.other"])[0]).read_text() == TEXTS[format]
    write([sentence_for(format)], None, format)
    assert capfdbinary.readouterr().out.decode() == TEXTS[format]
    assert "".join(rendered([sentence_for(format)], format)) == TEXTS[format]


def test_every_format_is_written_and_read(any_format: str, tmp_path: Path) -> None:
    write([sentence_for(any_format)] * 3, tmp_path / "a", any_format)
    how = Tokenization("whitespace", "lines")  # of text, and of what brat keeps
    split = Split(tmp_path / "a", any_format, ReadOptions(tokenization=how))
    for _ in range(2):
        assert [is_ada(sentence, any_format) for sentence in split] == [True] * 3
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


HEADED = ("conllup",)
DISGUISES = {
    "plain": TEXTS,
    "mark": {name: "\ufeff" + text for name, text in TEXTS.items()},
    "crlf": {name: text.replace("\n", "\r\n") for name, text in TEXTS.items()},
    "unfinished": {name: text.rstrip("\n") for name, text in TEXTS.items()},
    # a header is the first line
    "blank lines": {name: "\n\n" * (name not in HEADED) + text + "\n\n" for name, text in TEXTS.items()},
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("format", TEXTS)
def test_reading(format: str, disguise: str, tmp_path: Path) -> None:
    suffixes = FORMATS[format].suffixes
    path = tmp_path / f"a{suffixes[0] if suffixes else ''}"
    path.write_bytes(DISGUISES[disguise][format].encode())
    (sentence,) = read(path, None if suffixes else format)
    assert is_ada(sentence, format)
    assert sentence.source == str(path)


@pytest.mark.parametrize("format", TEXTS)
def test_invalid_utf8_has_its_place(format: str, tmp_path: Path) -> None:
    data = TEXTS[format].encode()
    path = tmp_path / "a"
    path.write_bytes(data + b"\xff")
    with pytest.raises(CorpusError) as caught:
        list(read(path, format))
    line = data.count(b"\n") + 1
    assert str(caught.value) == f"{path}:{line}: found byte 0xff at byte {len(data)}, expected UTF-8"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n", b"\r\n\r\n"])
@pytest.mark.parametrize("format", [name for name in TEXTS if name != "conllup"])
def test_empty_file_holds_no_sentences(format: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert list(read(path, format)) == []


def test_empty_file_of_named_columns(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    assert list(read(path, "conllup")) == []
    path.write_bytes(b"\n")
    with pytest.raises(CorpusError) as caught:
        list(read(path, "conllup"))
    assert str(caught.value) == f"{path}:1: found '', expected # global.columns = NAME NAME …"


def give(monkeypatch: pytest.MonkeyPatch, binary: io.RawIOBase | io.BufferedIOBase) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(binary))  # type: ignore[type-var]


@pytest.mark.parametrize("format", TEXTS)
def test_split_is_read_anew_each_time(format: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(TEXTS[format])
    split = Split(path, format)
    split.sniff()
    one, other = iter(split), iter(split)
    assert [next(one).tokens, next(other).tokens] == [ADA.tokens] * 2
    assert [len(list(split)) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("format", ["docbin", "parquet"])
def test_binary_formats_from_standard_input_and_packed(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(MODULES[format])
    plain = tmp_path / f"a{FORMATS[format].suffixes[0]}"
    packed = [plain.with_name(plain.name + suffix) for suffix in COMPRESSIONS]
    for path in (plain, *packed):
        write([ADA], path)
        (sentence,) = read(path)
        assert is_ada(sentence, format)
        assert sentence.source == str(path)
    give(monkeypatch, io.BytesIO(plain.read_bytes()))
    (sentence,) = Split(None, format)
    assert is_ada(sentence, format)
    assert sentence.source == "<stdin>"
    for path in packed:
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(CorpusError) as caught:
            list(read(path))
        assert str(caught.value) == f"{path}: found broken compression, expected a whole file"


def test_folders_are_no_streams(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        list(Split(None, "brat"))
    assert str(caught.value) == "<stdin>: found brat on standard input, expected a folder"
    with pytest.raises(CorpusError) as caught:
        write([ADA], None, "brat")
    assert str(caught.value) == (
        "<stdout>: found brat, which is a folder, expected a file format, or --output"
    )
    for name in ("brat", "docbin", "parquet"):
        with pytest.raises(CorpusError) as caught:
            rendered([ADA], name)
        expected = f"format: found {name}, which is no text, expected a format of lines"
        assert str(caught.value) == expected
    (tmp_path / "a").write_text("kept")
    with pytest.raises(CorpusError, match="found something there"):
        write([ADA], tmp_path / "a", "brat")
    assert (tmp_path / "a").read_text() == "kept"


def test_standard_input_is_columns_unless_told() -> None:
    remarks: list[Remark] = []
    assert Split(None, options=ReadOptions(report=remarks.append)).format == "conll"
    assert list(map(str, remarks)) == [f"<stdin>: {TAKEN_FOR_COLUMNS}"]


TAKEN_FOR_COLUMNS = "read as conll: neither its name nor its content tells (--from overrides)"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a", "Ada left.\n", [TAKEN_FOR_COLUMNS]),
        ("a.xml", "", [TAKEN_FOR_COLUMNS]),
        ("a.conll", "Ada left.\n", []),
        ("a", TEXTS["csv"], ["read as csv: its first line names columns (--from overrides)"]),
    ],
)
def test_what_no_sign_tells_is_read_as_columns_and_said(
    name: str, content: str, told: list[str], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    remarks: list[Remark] = []
    Split(path, options=ReadOptions(report=remarks.append))
    assert [remark.message for remark in remarks] == told
    Split(path, "conll", ReadOptions(report=remarks.append))
    assert len(remarks) == len(told)


def test_format_found_in_the_content_is_reported(tmp_path: Path) -> None:
    remarks: list[Remark] = []
    options = ReadOptions(report=remarks.append)
    path = tmp_path / "a.txt"
    path.write_text(TEXTS["conll"])
    assert Split(path, options=options).format == "conll"
    why = "its lines have 2 columns, one of them of tags (--from overrides)"
    assert [(r.kind, str(r)) for r in remarks] == [
        ("formats recognised", f"{path}: read as conll: {why}")
    ]
    assert Split(path, "text", options).format == "text"
    write([ADA], tmp_path / "a.jsonl")
    assert Split(tmp_path / "a.jsonl", options=options).format == "jsonl"
    assert len(remarks) == 1


def test_columns_are_declared_for_formats_that_have_some(any_format: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(TEXTS.get(any_format, ""))
    for place in (path, None):
        told: list[Remark] = []
        Split(place, any_format, ReadOptions(columns="form=1", report=told.append))
        message = f"columns 'form=1' count for nothing in {any_format}, only in conll, csv, tsv"
        has_some = any_format in ("conll", "csv", "tsv")
        assert [*map(str, told)] == ([] if has_some else [f"{place or '<stdin>'}: {message}"])


def test_declared_layout(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("x|Ada|B-PER\n")
    split = Split(path, options=ReadOptions(separator="|", columns="form=2,who=3"))
    assert split.sniff() == Layout("|", ("column1", "form", "who"))
    assert next(iter(split)).tags == {"column1": ["x"], "who": ["B-PER"]}


LISTED = ", ".join(FORMATS)


@pytest.mark.parametrize("format", ["", "CONLL", "xml", "x" * 999])
def test_there_is_no_other_format(format: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("")
    shown = repr(format) if len(format) < 60 else repr("x" * 59 + "…")
    message = f"format: found {shown}, expected one of {LISTED}"
    calls: list[Callable[[], object]] = [lambda: rendered([], format)]
    if format:  # else it is found
        calls += [lambda: read(path, format), lambda: write([], tmp_path / "b", format)]
    for call in calls:
        with pytest.raises(CorpusError) as caught:
            call()
        assert str(caught.value) == message
    assert [p.name for p in tmp_path.iterdir()] == ["a.xml"]


def test_a_name_that_tells_no_format_is_not_written(tmp_path: Path) -> None:
    suffixes = ".conll, .conllu, .conllup, .jsonl, .json, .ann, .spacy, .csv, .parquet, .txt"
    for name in ("a", "a.xml", "a.gz", ".conll"):
        with pytest.raises(CorpusError) as caught:
            write([ADA], tmp_path / name)
        assert str(caught.value) == (
            f"{tmp_path / name}: found a name that tells no format, expected {suffixes}, or --to"
        )


def test_raw_text_holds_no_tags(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        write([UNTAGGED, ADA], tmp_path / "a.txt")
    assert str(caught.value) == "sentence: found the layers ner, expected none (text holds no tags)"
    assert list(tmp_path.iterdir()) == []


INFO = {"features": {"ner_tags": {"feature": {"names": ["O", "B-X"], "_type": "ClassLabel"}}}}


def test_names_of_classes_that_stand_beside_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"tokens": ["a"], "ner_tags": [1]}')
    with pytest.raises(CorpusError) as caught:
        list(read(path))
    assert str(caught.value).endswith("expected names: --classes ner=NAME,NAME,…")
    (tmp_path / "dataset_info.json").write_text(json.dumps(INFO))
    assert next(read(path)).tags == {"ner": ["B-X"]}
    options = ReadOptions(classes={"ner": ("a", "b")})
    assert next(read(path, options=options)).tags == {"ner": ["b"]}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"features": []}', '{"features": 7}', "[" * 100_000, "\ud800"]
)
def test_names_of_classes_that_are_broken(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"tokens": ["a"]}')
    info = tmp_path / "dataset_info.json"
    info.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert caught.value.place == str(info)
    assert caught.value.expected == "those that datasets writes"


def failing() -> Iterator[Sentence]:
    yield ADA
    raise CorpusError("f:9", "that", "this")


@pytest.mark.parametrize("name", ["out", *(f"out{suffix}" for suffix in COMPRESSIONS)])
def test_failed_writing_leaves_nothing(any_format: str, name: str, tmp_path: Path) -> None:
    expected = r"^f:9: found that, expected this$" if any_format != "text" else "text holds no tags"
    with pytest.raises(CorpusError, match=expected):
        write(failing(), tmp_path / name, any_format)
    assert list(tmp_path.iterdir()) == []


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t\n\r\ufeff# \0\"',|="))
tags = texts | st.sampled_from(["O", "B-X", "I-X", "B-Y", "_", ""])
layers = st.sampled_from(["ner", "UPOS", "tag", "my tag", "ID", "text"])


@st.composite
def tagged(draw: st.DrawFn) -> list[Sentence]:
    rows = st.lists(st.tuples(texts, tags), min_size=1, max_size=4)
    layer = draw(layers)
    return [
        Sentence(
            [token for token, _ in each],
            {layer: [tag for _, tag in each]},
            new_document=draw(st.booleans()),
        )
        for each in draw(st.lists(rows, max_size=3))
    ]


NAMES = {"conll": "f.conll.zst", "conllu": "f.conllu.gz", "conllup": "f.cupt.bz2", "csv": "f.csv.xz"}


def as_written(tags: dict[str, list[str]], format: str) -> dict[str, list[str]]:
    if format not in ("prodigy", "doccano", "label-studio"):
        return tags
    spans = {layer: schemes.to_spans(each) for layer, each in tags.items()}  # which is what they hold
    return {layer: schemes.from_spans(spans[layer], len(tags[layer]), "IOB2") for layer in tags}


@given(tagged())
@pytest.mark.parametrize("format", TAGGED)
def test_what_is_written_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, format: str, sentences: list[Sentence]
) -> None:
    path = tmp_path_factory.getbasetemp() / NAMES.get(format, "f")
    path.unlink(missing_ok=True)
    try:
        write(sentences, path, format)
    except CorpusError:
        assert not path.exists()
        return
    layer = next((layer for s in sentences for layer in s.tags), "ner")
    layout = Layout("\t", ("form", layer)) if layer != "form" else None
    again = list(Split(path, format, layout=layout))
    assert [s.tokens for s in again] == [s.tokens for s in sentences]
    assert [s.tags for s in again] == [as_written(s.tags, format) for s in sentences]
    assert [s.new_document for s in again] == [s.new_document for s in sentences]


def test_a_mark_that_is_a_token_at_the_very_start_comes_back(tmp_path: Path) -> None:
    sentence = Sentence(["\ufeffa"], {"tag": ["\ufeff"]})
    write([sentence], tmp_path / "a.conll")
    assert (tmp_path / "a.conll").read_bytes().startswith(b"\xef\xbb\xbf\xef\xbb\xbfa")
    assert next(read(tmp_path / "a.conll")).tokens == ["\ufeffa"]


@pytest.mark.parametrize("source", [name for name in FORMATS if name != "text"])
def test_each_format_converts_to_each(source: str, tmp_path: Path) -> None:
    for name in {source, *MODULES} & MODULES.keys():
        pytest.importorskip(MODULES[name])
    write([ADA], tmp_path / "source", source)
    for target in FORMATS:
        if target == "text":
            continue
        write(read(tmp_path / "source", source), tmp_path / target, target)
        (sentence,) = read(tmp_path / target, target)
        assert is_ada(sentence, target)


def test_options_of_writing_reach_the_format(tmp_path: Path) -> None:
    remarks: list[Remark] = []
    options = WriteOptions(rows="sentence", report=remarks.append)
    write([ADA], tmp_path / "a.csv", options=options)
    assert (tmp_path / "a.csv").read_text().startswith("tokens,ner,")
    write([ADA, Sentence([])], tmp_path / "a.conll", options=options)
    assert [r.kind for r in remarks] == ["empty sentences left out"]
    write([ADA], tmp_path / "b.conll", layout=Layout("|", ("ner", "form")), options=options)
    assert (tmp_path / "b.conll").read_text() == "B-PER|Ada\nO|slept\n\n"


json_piece = json.dumps({"tokens": ["a"], "tags": {"x": ["O"]}}).encode()
spans_piece = json.dumps({"text": "a b", "label": [[0, 1, "X"]], "spans": []}).encode()
conllu_piece = b"1\ta" + b"\t_" * 8
bytes_of_all_kinds = st.binary() | st.lists(
    st.sampled_from(
        [b"\n", b"\n\n", b"\t", b" ", b"#", b"# text = a", b"\r\n", b"\xef\xbb\xbf", b"\xff"]
    )
    | st.sampled_from([b"a", b"O", b"B-X", b"-DOCSTART-", b"1-2\tb", json_piece, conllu_piece])
    | st.sampled_from([b"# global.columns = ID FORM ner\n", b"form,ner\n", b"tokens\tner\n", b",", b'"'])
    | st.sampled_from([b"[", b"{", b"}", b"]", spans_piece, b"# global.layers = x\n", b"|x=O"])
    | st.binary(max_size=3)
).map(b"".join)


@given(bytes_of_all_kinds)
@pytest.mark.parametrize("format", TEXTS)
def test_any_bytes_are_sentences_or_an_error_with_its_place(format: str, data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        give(patch, io.BytesIO(data))
        try:
            sentences = list(Split(None, format, ReadOptions(report=lambda remark: None)))
        except CorpusError as error:
            assert error.place.startswith("<stdin>")
            return
    if format not in HEADED or not re.match(rb"(\xef\xbb\xbf)?\r?\n", data):  # which ends a table
        data.decode()  # would have been an error
    assert sum(map(len, sentences)) <= len(data)
