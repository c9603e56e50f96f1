"""The table of formats: detection, reading, writing, streaming."""

import io
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import FORMATS, CorpusError, Sentence, Split, detect_format, read, write
from corpora.columns import Layout
from corpora.files import decoded_lines
from corpora.formats import rendered, writable

TAGGED = ["conll", "conllu", "jsonl"]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.conll", "conll"),
        ("a.b.IOB2.GZ", "conll"),
        ("dev.tsv.gz", "conll"),
        ("x.conllu", "conllu"),
        ("x.jsonl.gz", "jsonl"),
        ("x.ndjson", "jsonl"),
        ("x.txt", "text"),
        ("x.gz", None),
        ("x", None),
        (".conll", None),
        ("conll", None),
        ("x.csv", None),
    ],
)
def test_detect_format(name: str, format: str | None) -> None:
    assert detect_format(Path("some.conllu") / name) == format


def test_table_is_consistent() -> None:
    suffixes = [suffix for f in FORMATS.values() for suffix in f.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert {name: f.name for name, f in FORMATS.items()} == {name: name for name in FORMATS}
    assert writable() == TAGGED
    assert [f.name for f in FORMATS.values() if f.tagged] == TAGGED


UPOS = Sentence(["Ada", "slept"], {"UPOS": ["PROPN", "VERB"]})
TEXTS = {
    "conll": "Ada\tPROPN\nslept\tVERB\n\n",
    "conllu": "1\tAda\t_\tPROPN" + "\t_" * 6 + "\n2\tslept\t_\tVERB" + "\t_" * 6 + "\n\n",
    "jsonl": '{"text": "Ada slept", "tokens": ["Ada", "slept"], "offsets": [[0, 3], [4, 9]], '
    '"tags": {"UPOS": ["PROPN", "VERB"]}, "spans": {}}\n',
    "text": "Ada slept\n",
}


@pytest.mark.parametrize("format", TAGGED)
def test_writing(format: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    suffix = FORMATS[format].suffixes[0]
    for path in (tmp_path / f"a{suffix}", tmp_path / f"a{suffix}.gz", tmp_path / "a.other"):
        write([UPOS], path, None if path.suffix != ".other" else format)
        assert [s.tokens for s in read(path, format)] == [UPOS.tokens]
    assert (tmp_path / f"a{suffix}").read_text() == TEXTS[format]
    write([UPOS], None, format)
    assert capfdbinary.readouterr().out.decode() == TEXTS[format]


DISGUISES = {
    "plain": TEXTS,
    "mark": {name: "\ufeff" + text for name, text in TEXTS.items()},
    "crlf": {name: text.replace("\n", "\r\n") for name, text in TEXTS.items()},
    "unfinished": {name: text.rstrip("\n") for name, text in TEXTS.items()},
    "blank lines": {name: "\n\n" + text + "\n\n" for name, text in TEXTS.items()},
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("format", FORMATS)
def test_reading(format: str, disguise: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{FORMATS[format].suffixes[0]}"
    path.write_bytes(DISGUISES[disguise][format].encode())
    (sentence,) = read(path)
    assert sentence.tokens == UPOS.tokens
    if format != "text":
        assert sentence.tags["UPOS"] == UPOS.tags["UPOS"]
    assert sentence.source == str(path)


@pytest.mark.parametrize("format", FORMATS)
def test_invalid_utf8_has_its_place(format: str, tmp_path: Path) -> None:
    data = TEXTS[format].encode()
    path = tmp_path / "a"
    path.write_bytes(data + b"\xff")
    with pytest.raises(CorpusError) as caught:
        list(read(path, format))
    line = data.count(b"\n") + 1
    assert str(caught.value) == f"{path}:{line}: found byte 0xff at byte {len(data)}, expected UTF-8"


@pytest.mark.parametrize("format", FORMATS)
def test_empty_file_holds_no_sentences(format: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    assert list(read(path, format)) == []


@pytest.mark.parametrize("format", FORMATS)
def test_reading_streams(format: str) -> None:
    end = "\n" if format == "text" else ""
    endless = itertools.cycle([line + end for line in TEXTS[format].strip().split("\n")] + [end])
    assert next(FORMATS[format].read(endless, "f")).tokens == UPOS.tokens


@pytest.mark.parametrize("format", TAGGED)
def test_writing_streams(format: str) -> None:
    pieces = rendered(itertools.repeat(UPOS), format)
    assert "".join(itertools.islice(pieces, 50)).startswith(TEXTS[format] * 2)


@pytest.mark.parametrize("format", FORMATS)
def test_split_is_read_anew_each_time(format: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(TEXTS[format])
    split = Split(path, format)
    split.sniff()
    one, other = iter(split), iter(split)
    assert [next(one).tokens, next(other).tokens] == [UPOS.tokens] * 2
    assert [len(list(split)) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("format", FORMATS)
def test_standard_input(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXTS[format].encode())))
    split = Split(None, format)
    split.sniff()
    (sentence,) = split
    assert (sentence.tokens, sentence.source) == (UPOS.tokens, "<stdin>")


def test_standard_input_is_columns_unless_told() -> None:
    assert Split(None).format == "conll"


def test_declared_layout(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("x|Ada|B-PER\n")
    split = Split(path, separator="|", columns="form=2,who=3")
    assert split.sniff() == Layout("|", ("column1", "form", "who"))
    assert next(iter(split)).tags == {"column1": ["x"], "who": ["B-PER"]}


@pytest.mark.parametrize("format", ["", "CONLL", "xml"])
def test_there_is_no_other_format(format: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("")
    if format:
        with pytest.raises(CorpusError) as caught:
            read(path, format)
        assert (
            str(caught.value) == f"format: found {format!r}, expected one of conll, conllu, jsonl, text"
        )
    with pytest.raises(CorpusError) as caught:
        rendered([], format)
    assert str(caught.value) == f"format: found {format!r}, expected one of conll, conllu, jsonl"


def test_raw_text_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        write([UPOS], tmp_path / "a.txt")
    assert str(caught.value) == "format: found 'text', expected one of conll, conllu, jsonl"
    assert list(tmp_path.iterdir()) == []


def failing() -> Iterator[Sentence]:
    yield UPOS
    raise CorpusError("f:9", "that", "this")


@pytest.mark.parametrize("format", TAGGED)
@pytest.mark.parametrize("name", ["out", "out.gz"])
def test_failed_writing_leaves_nothing(format: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^f:9: found that, expected this$"):
        write(failing(), tmp_path / name, format)
    assert list(tmp_path.iterdir()) == []


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t\n\r\ufeff# "))


@st.composite
def tagged(draw: st.DrawFn) -> list[Sentence]:
    rows = st.lists(st.tuples(texts, texts), min_size=1, max_size=4)
    return [
        Sentence([token for token, _ in each], {"UPOS": [tag for _, tag in each]})
        for each in draw(st.lists(rows, max_size=3))
    ]


@given(tagged())
@pytest.mark.parametrize("name", ["f.conll", "f.conllu.gz", "f.jsonl"])
def test_what_is_written_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, sentences: list[Sentence]
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.unlink(missing_ok=True)
    try:
        write(sentences, path)
    except CorpusError:
        assert not path.exists()
        return
    again = list(Split(path, layout=Layout("\t", ("form", "UPOS"))))
    assert [s.tokens for s in again] == [s.tokens for s in sentences]
    assert [s.tags["UPOS"] for s in again] == [s.tags["UPOS"] for s in sentences]


def test_a_mark_that_is_a_token_at_the_very_start_comes_back(tmp_path: Path) -> None:
    sentence = Sentence(["\ufeffa"], {"tag": ["\ufeff"]})
    write([sentence], tmp_path / "a.conll")
    assert (tmp_path / "a.conll").read_bytes().startswith(b"\xef\xbb\xbf\xef\xbb\xbfa")
    assert next(read(tmp_path / "a.conll")).tokens == ["\ufeffa"]


@pytest.mark.parametrize("source", TAGGED)
@pytest.mark.parametrize("target", TAGGED)
def test_each_format_converts_to_each(source: str, target: str, tmp_path: Path) -> None:
    write([UPOS], tmp_path / "1", source)
    write(read(tmp_path / "1", source), tmp_path / "2", target)
    (sentence,) = read(tmp_path / "2", target)
    assert sentence.tokens == UPOS.tokens
    assert sentence.tags["UPOS"] == UPOS.tags["UPOS"]


json_piece = json.dumps({"tokens": ["a"], "tags": {"x": ["O"]}}).encode()
conllu_piece = b"1\ta" + b"\t_" * 8
bytes_of_all_kinds = st.binary() | st.lists(
    st.sampled_from(
        [b"\n", b"\n\n", b"\t", b" ", b"#", b"# text = a", b"\r\n", b"\xef\xbb\xbf", b"\xff"]
    )
    | st.sampled_from([b"a", b"O", b"B-X", b"-DOCSTART-", b"1-2\tb", json_piece, conllu_piece])
    | st.binary(max_size=3)
).map(b"".join)


@given(bytes_of_all_kinds)
@pytest.mark.parametrize("format", FORMATS)
def test_any_bytes_are_sentences_or_an_error_with_its_place(format: str, data: bytes) -> None:
    lines = decoded_lines(io.BytesIO(data), "f")
    try:
        sentences = list(FORMATS[format].read(lines, "f"))
    except CorpusError as error:
        assert error.place.startswith("f:")
        return
    data.decode()  # would have been an error
    assert sum(map(len, sentences)) <= len(data)
