"""brat's folders: every kind of annotation, texts of all sorts, and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import brat
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence
from corpora.tokenization import make_tokenization

WHITESPACE = make_tokenization("whitespace")

TEXT = "Sony and Sun Labs bought Ada\nLovelace Ltd. in 1998.\nNothing else.\n"
# after the examples of brat.nlplab.org/standoff.html
ANNOTATIONS = """\
T1	ORG 0 4	Sony
T2	MERGE-ORG 18 24	bought
T3	ORG 9 17	Sun Labs
R1	Partner Arg1:T1 Arg2:T3
E1	MERGE-ORG:T2 Org1:T1 Org2:T3
T4	ORG 25 28;29 37	Ada Lovelace
A1	Negation E1
A2	Confidence E1 L1
M1	Certain R1
N1	Reference T3 MeSH:A08	Sun
*	Equiv T1 T4
#1	AnnotatorNotes T1	to be checked: T9?
#2	AnnotatorNotes R1	so says\u2028the page
"""
CONFIGURATION = "[entities]\nORG\nMERGE-ORG\n\n[relations]\nPartner\tArg1:ORG, Arg2:ORG\n"


def folder(path: Path, **files: str) -> Path:
    """Makes a folder of files: a_txt="…" is a.txt."""
    path.mkdir()
    for name, content in files.items():
        (path / name.replace("_", ".")).write_bytes(content.encode())
    return path


def read(path: Path, remarks: list[Remark] | None = None, **options: str) -> list[Sentence]:
    report = [] if remarks is None else remarks
    how = ReadOptions(tokenization=WHITESPACE, report=report.append, **options)
    return list(brat.read_folder(path, how))


def written(
    path: Path, sentences: list[Sentence], remarks: list[Remark] | None = None
) -> dict[str, str]:
    path.mkdir()
    options = WriteOptions(report=([] if remarks is None else remarks).append)
    brat.write_folder(sentences, path, options)
    return {file.name: file.read_bytes().decode() for file in sorted(path.iterdir())}


def test_spans_become_tags(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", x_txt=TEXT, x_ann=ANNOTATIONS, annotation_conf=CONFIGURATION)
    remarks: list[Remark] = []
    first, second = read(path, remarks)
    assert first.tokens == TEXT.split()[:-2]
    assert " ".join(first.tags["ner"]) == "B-ORG O B-ORG I-ORG B-MERGE-ORG B-ORG I-ORG O O O"
    assert second.tokens == ["Nothing", "else."]
    assert second.tags == {"ner": ["O", "O"]}
    assert (first.source, first.new_document, second.new_document) == (str(path / "x.txt"), True, False)
    message = "the span 25 28;29 37 ORG has gaps; taken whole, from 25 to 37"
    assert remarks == [Remark("spans with gaps", f"{path / 'x.ann'}:6", message)]


def test_all_annotations_come_back(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", x_txt=TEXT, x_ann=ANNOTATIONS)
    remarks: list[Remark] = []
    files = written(tmp_path / "b", read(path), remarks)
    assert files == {
        "annotation.conf": "[entities]\nMERGE-ORG\nORG\n\n[relations]\n\n[events]\n\n[attributes]\n",
        "x.ann": ANNOTATIONS,
        "x.txt": TEXT,
    }
    assert remarks == []


def test_what_refers_to_a_span_that_is_gone_goes_too(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", x_txt=TEXT, x_ann=ANNOTATIONS)
    first, second = read(path)
    first.tags["ner"][0] = "O"  # T1, to which R1, E1 … refer
    second.tags["ner"] = ["B-NEG", "I-NEG"]
    remarks: list[Remark] = []
    files = written(tmp_path / "b", [first, second], remarks)
    lines = ANNOTATIONS.splitlines(keepends=True)
    assert files["x.ann"] == "".join([*lines[1:3], lines[5], lines[9], "T5\tNEG 52 65\tNothing else.\n"])
    place = f"{path / 'x.txt'}:1"
    assert [str(remark) for remark in remarks] == [
        f"{place}: {line!r} refers to a span that is gone, and is left out"
        for line in (
            "R1\tPartner Arg1:T1 Arg2:T3",
            "E1\tMERGE-ORG:T2 Org1:T1 Org2:T3",
            "*\tEquiv T1 T4",
            "#1\tAnnotatorNotes T1\tto be checked: T9?",
            "A1\tNegation E1",
            "A2\tConfidence E1 L1",
            "M1\tCertain R1",
            "#2\tAnnotatorNotes R1\tso says\u2028the page",
        )
    ]
    assert {remark.kind for remark in remarks} == {"annotations left out"}
    assert [s.tags for s in read(tmp_path / "b")] == [first.tags, second.tags]


@pytest.mark.parametrize(
    ("text", "annotations", "tokens", "tags"),
    [
        ("Ada slept", "", "Ada slept", "O O"),
        ("Ada slept", "T1\tPER 0 3\tAda\n", "Ada slept", "B-PER O"),
        ("Ada slept", "T1\tPER 0 3\tAda\r\n\r\n", "Ada slept", "B-PER O"),
        # lines that end in \r\n: each end is two characters
        ("a\r\nAda\r\n", "T1\tPER 3 6\tAda\n", "a Ada", "O B-PER"),
        # over a line break: with a space, as brat once wrote it, or in pieces
        ("Ada\nLove b", "T1\tPER 0 8\tAda Love\n", "Ada Love b", "B-PER I-PER O"),
        ("Ada\r\nLove b", "T1\tPER 0 9\tAda  Love\n", "Ada Love b", "B-PER I-PER O"),
        ("Ada\nLove b", "T1\tPER 0 3;4 8\tAda Love\n", "Ada Love b", "B-PER I-PER O"),
        # a span of several pieces counts from the first to the last
        ("a b c", "T1\tX 0 1;4 5\ta c\n", "a b c", "B-X I-X I-X"),
        # positions count characters
        ("😀 Ada", "T1\tPER 2 5\tAda\n", "😀 Ada", "O B-PER"),
        ("\ufeffAda", "T1\tPER 0 3\tAda\n", "Ada", "B-PER"),
        ("a\u2028b", "T1\tX 0 3\ta\u2028b\n", "a b", "B-X I-X"),
        # other names of labels and numbers
        ("a", "T12\tX.y-Z_ä 0 1\ta\n", "a", "B-X.y-Z_ä"),
    ],
)
def test_texts_and_spans(tmp_path: Path, text: str, annotations: str, tokens: str, tags: str) -> None:
    sentences = read(folder(tmp_path / "a", x_txt=text, x_ann=annotations))
    assert " ".join(form for s in sentences for form in s.tokens) == tokens
    assert " ".join(tag for s in sentences for tag in s.tags["ner"]) == tags
    files = written(tmp_path / "b", sentences)
    assert files["x.txt"] == text.removeprefix("\ufeff")
    assert files["x.ann"].split() == annotations.split()
    again = read(tmp_path / "b")
    assert [(s.tokens, s.tags) for s in again] == [(s.tokens, s.tags) for s in sentences]


def test_a_mark_of_byte_order_that_is_text_stays(tmp_path: Path) -> None:
    (sentence,) = read(folder(tmp_path / "a", x_txt="\ufeff\ufeffa b", x_ann="T1\tX 3 4\tb\n"))
    assert sentence.tokens == ["\ufeffa", "b"]
    assert written(tmp_path / "b", [sentence])["x.txt"] == "\ufeff\ufeffa b"
    assert read(tmp_path / "b")[0].tokens == sentence.tokens
    new = Sentence(["\ufeffa", "b"], {"ner": ["O", "B-X"]})
    files = written(tmp_path / "c", [new])
    assert (files["doc000001.txt"], files["doc000001.ann"]) == ("\ufeff\ufeffa b\n", "T1\tX 3 4\tb\n")
    assert [(s.tokens, s.tags) for s in read(tmp_path / "c")] == [(new.tokens, new.tags)]


def test_several_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "a",
        b_txt="two",
        b_ann="",
        a_txt="one",
        a_ann="T1\tX 0 3\tone\n",
        c_txt="three",
        d_ann="T1\tX 0 3\tone\n",
        annotation_conf=CONFIGURATION,
        visual_conf="",
    )
    remarks: list[Remark] = []
    sentences = read(path, remarks)
    assert [(s.tokens, s.new_document) for s in sentences] == [(["one"], True), (["two"], True)]
    assert remarks == [
        Remark("texts left out", str(path / "c.txt"), "a text without c.ann is left out"),
        Remark("annotations left out", str(path / "d.ann"), "annotations without d.txt are left out"),
    ]
    files = written(tmp_path / "b", sentences)
    assert [name for name in files if name != "annotation.conf"] == ["a.ann", "a.txt", "b.ann", "b.txt"]


@pytest.mark.parametrize("name", ["a.txt", "a.ann"])
def test_one_file_of_a_folder(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path / "a", a_txt="one", a_ann="T1\tX 0 3\tone\n", b_txt="two", b_ann="")
    assert [s.tags for s in read(path / name)] == [{"ner": ["B-X"]}]


def test_folders(tmp_path: Path) -> None:
    assert brat.is_folder(folder(tmp_path / "a", a_ann=""))
    assert not brat.is_folder(folder(tmp_path / "b", a_txt="", annotation_conf=""))
    assert not brat.is_folder(tmp_path / "a" / "a.ann")
    assert read(tmp_path / "b", []) == []


def test_nested_spans(tmp_path: Path) -> None:
    annotations = "T1\tORG 0 9\tAda's Ltd\nT2\tPER 0 3\tAda\nR1\tof Arg1:T2 Arg2:T1\n"
    path = folder(tmp_path / "a", x_txt="Ada's Ltd", x_ann=annotations)
    remarks: list[Remark] = []
    (sentence,) = read(path, remarks)
    assert sentence.tags == {"ner": ["B-ORG", "I-ORG"]}
    message = "the span 0-3 PER 'Ada' lies in the span 0-9 ORG \"Ada's Ltd\" and is left out"
    assert [str(remark) for remark in remarks] == [f"{path / 'x.txt'}:1: {message}"]
    remarks.clear()
    assert written(tmp_path / "b", [sentence], remarks)["x.ann"] == "T1\tORG 0 9\tAda's Ltd\n"
    assert [remark.kind for remark in remarks] == ["annotations left out"]


ONE = "expected one in order within 0 to 9"


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ("x", ".ann:1: found 'x', expected an annotation: T1, R1, E1 …"),
        ("\nT1", ".ann:2: found 'T1', expected T1, a tab, LABEL START END, a tab, the text"),
        (
            "T1\tPER 0 3",
            r".ann:1: found 'T1\tPER 0 3', expected T1, a tab, LABEL START END, a tab, the text",
        ),
        (
            "T1 PER 0 3 Ada",
            ".ann:1: found 'T1 PER 0 3 Ada', expected T1, a tab, LABEL START END, a tab, the text",
        ),
        (
            "T1\tPER -1 3\tAda",
            r".ann:1: found 'T1\tPER -1 3\tAda', expected T1, a tab, LABEL START END, a tab, the text",
        ),
        ("T1\tPER 0 99\tAda", f".ann:1: found the span 0 99, {ONE}"),
        ("T1\tPER 3 0\tAda", f".ann:1: found the span 3 0, {ONE}"),
        ("T1\tPER 4 6;0 3\tAda", f".ann:1: found the span 4 6;0 3, {ONE}"),
        (
            "T1\tPER 1 4\tAda",
            ".ann:1: found the text 'Ada', expected 'da ', which stands there",
        ),
    ],
)
def test_annotations_that_do_not_fit(tmp_path: Path, annotations: str, message: str) -> None:
    path = folder(tmp_path / "a", x_txt="Ada slept", x_ann=annotations)
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert str(caught.value) == f"{path / 'x'}{message}"


def test_a_number_too_long_to_be_one(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", x_txt="Ada", x_ann=f"T1\tPER 0 {'9' * 5000}\tAda")
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert caught.value.place == f"{path / 'x.ann'}:1"


def test_sentences_are_lines_and_documents_are_files(tmp_path: Path) -> None:
    sentences = [
        Sentence(["Ada", "slept"], {"ner": ["B-PER", "O"]}, "Ada  slept", [(0, 3), (5, 10)]),
        Sentence(["Ada", "Love"], {"ner": ["B-PER", "I-PER"]}),
        Sentence(["東京", "駅"], {"ner": ["B-LOC", "B-LOC"]}, new_document=True),
    ]
    assert written(tmp_path / "a", sentences) == {
        "annotation.conf": "[entities]\nLOC\nPER\n\n[relations]\n\n[events]\n\n[attributes]\n",
        "doc000001.ann": "T1\tPER 0 3\tAda\nT2\tPER 10 18\tAda Love\n",
        "doc000001.txt": "Ada slept\nAda Love\n",
        "doc000002.ann": "T1\tLOC 0 2\t東京\nT2\tLOC 3 4\t駅\n",
        "doc000002.txt": "東京 駅\n",
    }


def test_a_hundred_sentences_a_file(tmp_path: Path) -> None:
    many = [Sentence([f"{i}"], {"ner": ["B-X"]}) for i in range(201)]
    files = written(tmp_path / "a", many)
    assert [len(files[f"doc00000{i}.txt"].splitlines()) for i in (1, 2, 3)] == [100, 100, 1]
    assert [s.tokens for s in read(tmp_path / "a")] == [s.tokens for s in many]


def test_names_that_are_taken(tmp_path: Path) -> None:
    for name in "ab":
        folder(tmp_path / name, doc000002_txt=name, doc000002_ann="")
    sentences = [s for name in "ab" for s in read(tmp_path / name)]
    sentences.insert(0, Sentence(["c"], {"ner": ["O"]}))
    sentences.append(Sentence(["d"], {"ner": ["O"]}))
    files = written(tmp_path / "c", sentences)
    assert {name: text for name, text in files.items() if name.endswith(".txt")} == {
        "doc000001.txt": "c\n",
        "doc000002.txt": "a",
        "doc000002_.txt": "b",
        "doc000004.txt": "d\n",
    }


def test_a_layer_of_another_name_stands_in_the_configuration(tmp_path: Path) -> None:
    sentences = [Sentence(["a"], {"Tag: x": ["B-X"]}), Sentence(["b"], {"Tag: x": ["O"]})]
    files = written(tmp_path / "a", sentences)
    assert files["annotation.conf"].startswith("# layer = Tag: x\n[entities]\nX\n\n[relations]\n")
    assert [s.tags for s in read(tmp_path / "a")] == [s.tags for s in sentences]
    assert [s.tags for s in read(tmp_path / "a" / "doc000001.ann")] == [s.tags for s in sentences]


UNSPACED = "expected one without spaces, which part tokens in brat"


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (
            [Sentence(["a b"], {"ner": ["O"]})],
            f"sentence: found the token 'a b', {UNSPACED}",
        ),
        (
            [Sentence([""], {"ner": ["O"]})],
            f"sentence: found the token '', {UNSPACED}",
        ),
        (
            [Sentence(["a\u3000"], {"ner": ["O"]})],
            rf"sentence: found the token 'a\u3000', {UNSPACED}",
        ),
        (
            [Sentence(["a"], {"ner": ["B-X y"]})],
            "sentence: found the label 'X y', expected one without spaces",
        ),
        (
            [Sentence(["a"], {"ner": ["O"], "x": ["O"]})],
            "sentence: found the layers ner, x, expected one, which brat has room for (--layers)",
        ),
        (
            [Sentence(["a"], {"ner": ["O"]}), Sentence(["a"], {"x": ["O"]})],
            "sentence: found the layer x, expected ner, as before",
        ),
        *[
            (
                [Sentence(["a"], {name: ["O"]})],
                f"sentence: found a layer named {name!r}, expected one line without edges",
            )
            for name in ("", " x", "x\n", "x\ny")
        ],
    ],
)
def test_what_brat_cannot_hold(tmp_path: Path, sentences: list[Sentence], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written(tmp_path / "a", sentences)
    assert str(caught.value) == message


PARTS = ["T1", "T2", "R1", "\t", " ", "\n", "\r", ";", "X", "0", "1", "3", "Ada", "\u2028", "²"]
SPANS = ["T1\tX 0 3\tAda\n", "T2\tY 4 9\tslept\n", "T3\tX 0 1;2 3\tA a\n"]
OTHERS = ["R1\tof Arg1:T1 Arg2:T2\n", "*\tEquiv T1 T2\n", "E1\tY:T2 A:T1\n", "A1\tSure E1\n"]
pieces = st.sampled_from([*PARTS, *SPANS, *OTHERS, "#1\tAnnotatorNotes T2\tx\n"])


@given(
    st.lists(pieces | st.text(max_size=2), max_size=8).map("".join),
    st.lists(st.sampled_from(["O", "B-X", "B-Y"]), min_size=2, max_size=2),
)
def test_any_annotations_are_read_and_written_or_refused(
    tmp_path_factory: pytest.TempPathFactory, annotations: str, tags: list[str]
) -> None:
    path = tmp_path_factory.mktemp("any")
    folder(path / "a", x_txt="Ada slept", x_ann=annotations)
    try:
        sentences = read(path / "a")
    except CorpusError as error:
        assert error.place.startswith(f"{path / 'a' / 'x.'}")
        return
    written(path / "b", sentences)
    again = read(path / "b")
    assert [(s.tokens, s.tags) for s in again] == [(s.tokens, s.tags) for s in sentences]
    for sentence in sentences:
        sentence.tags["ner"] = tags[: len(sentence)]
    written(path / "c", sentences)
    assert [s.tags for s in read(path / "c")] == [s.tags for s in sentences]
