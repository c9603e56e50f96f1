"""CoNLL columns: layouts, comments, documents, round trips."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import columns
from corpora.formats.columns import Layout
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence


def read(text: str, layout: Layout | None = None) -> list[Sentence]:
    return list(columns.read(text.split("\n"), "f", layout=layout))


def found(text: str, separator: str | None = None, declared: str | None = None) -> Layout:
    return columns.sniff(text.split("\n"), "f", separator, declared)[0]


def written(sentences: list[Sentence], layout: Layout | None = None) -> str:
    return "".join(columns.write(sentences, layout=layout))


TWO = Layout("\t", ("form", "ner"))
SPACES = Layout(" ", ("form", "ner"))


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("", Layout("\t", ("form",))),
        ("\n\t\n", Layout("\t", ("form",))),
        ("Ada\nslept", Layout("\t", ("form",))),
        ("Ada\tB-PER\nslept\tO", TWO),
        ("Ada B-PER\nslept  O", SPACES),
        ("New York\tB-LOC", TWO),
        (" \tO\n한\tB-PS", TWO),
        ("\tO", TWO),
        ("## a comment\twith tab\n한\tO", TWO),
        ("-DOCSTART- -X- O O\n\n# # B-X B-X\na DT I-NP O", Layout(" ", ("form", *"23", "ner"))),
        ("EU NNP I-NP I-ORG\n. . O O", Layout(" ", ("form", *"23", "ner"))),
        ("1\tA\tB-X\tO\t-\n2\tb\tO\tO\t-", Layout("\t", ("id", "form", "ner", *"45"))),
        ("0 A B-X O\n1 b O O", Layout(" ", ("id", "form", "ner", "column4"))),
        ("7\tO\n8\tO", TWO),  # numbers that are tokens: they do not begin at 0 or 1
        ("1\tO\n1a\tO", TWO),
        ("the\tDET\ncat\tNOUN", Layout("\t", ("form", "UPOS"))),
        ("the\tDT\ncat\tNN", Layout("\t", ("form", "tag"))),
        ("the\tDT\tDET\tO\ncat\tNN\tNOUN\tB-X", Layout("\t", ("form", "column2", "UPOS", "ner"))),
        ("a\tX\tX", Layout("\t", ("form", "UPOS", "column3"))),
        ("# global.columns = ID FORM NER\n1\ta\tO", Layout("\t", ("id", "form", "ner"), True)),
        ("a NN\n# global.columns = FORM XPOS", Layout(" ", ("form", "XPOS"), True)),
        ("#1 O\n#nlp B-X", SPACES),
    ],
)
def test_layout_is_found(text: str, layout: Layout) -> None:
    names = tuple(f"column{name}" if name.isdigit() else name for name in layout.names)
    assert found(text) == replace(layout, names=names)


@pytest.mark.parametrize(
    ("text", "separator", "declared", "layout"),
    [
        ("a|O", "|", None, Layout("|", ("form", "ner"))),
        ("a||b||O", "||", "form=2,ner=3", Layout("||", ("column1", "form", "ner"))),
        ("a\tO", None, "form=1", Layout("\t", ("form", "column2"))),
        ("a\tO", None, "x=1, form=2", Layout("\t", ("x", "form"))),
        ("# global.columns = A B\na\tO", None, "form=B,x=1", Layout("\t", ("x", "form"), True)),
        ("", None, "form=1", Layout("\t", ("form",))),
    ],
)
def test_layout_is_declared(
    text: str, separator: str | None, declared: str | None, layout: Layout
) -> None:
    assert found(text, separator, declared) == layout


@pytest.mark.parametrize(
    ("text", "separator", "declared", "message"),
    [
        (
            "a\tO",
            None,
            "form=3",
            "f: found columns 'form=3', expected NAME=NUMBER, the number from 1 to 2",
        ),
        (
            "a\tO",
            None,
            "form=0",
            "f: found columns 'form=0', expected NAME=NUMBER, the number from 1 to 2",
        ),
        (
            "a\tO",
            None,
            "form=²",
            "f: found columns 'form=²', expected NAME=NUMBER, the number from 1 to 2",
        ),
        (
            "a\tO",
            None,
            "form",
            "f: found columns 'form', expected NAME=NUMBER, the number from 1 to 2",
        ),
        (
            "a\tO",
            None,
            "form=" + "9" * 5000,
            f"f: found columns 'form={'9' * 54}…', expected NAME=NUMBER, the number from 1 to 2",
        ),
        (
            "a\tO",
            None,
            "form=FORM",
            "f: found columns 'form=FORM', expected NAME=NUMBER, the number from 1 to 2",
        ),
        (
            "a\tO",
            None,
            "ner=2",
            "columns: found column1, ner, expected different names, one of them 'form'",
        ),
        (
            "a\tO",
            None,
            "form=1,form=2",
            "columns: found form, form, expected different names, one of them 'form'",
        ),
        (
            "a\tO",
            "",
            None,
            "separator: found an empty one, expected a tab, a space or another mark",
        ),
        (
            "# global.columns = ID NER",
            None,
            None,
            "f: # global.columns: found id, ner, expected different names, one of them 'form'",
        ),
    ],
)
def test_layout_that_is_not_there(
    text: str, separator: str | None, declared: str | None, message: str
) -> None:
    with pytest.raises(CorpusError) as caught:
        found(text, separator, declared)
    assert str(caught.value) == message


def test_sniffing_puts_all_lines_back_and_reads_no_further_than_it_must() -> None:
    lines = ["a\tO", "", "b\tB-X", "junk"]
    assert list(columns.sniff(lines, "f")[1]) == lines
    endless = itertools.cycle(["a\tO", ""])
    layout, lines_again = columns.sniff(endless, "f")
    assert layout == TWO
    assert next(columns.read(lines_again, "f", layout=layout)).tokens == ["a"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("\n\n \t\n", []),
        ("a\tO", [["a"]]),
        ("a\tO\n", [["a"]]),
        ("a\tO\n\nb\tO\n\n\n\nc\tO", [["a"], ["b"], ["c"]]),
        ("a\tO\n\t\nb\tO\n \nc\tO", [["a"], ["b"], ["c"]]),  # ends made of tabs and spaces
        ("\tO\n \tO\na b\tO\n\u3000\tO\n\x85\tO", [["", " ", "a b", "\u3000", "\x85"]]),
        ("# c\n#nlp\tO\n#\tO\n# a\tO\n##\tO", [["#nlp", "#", "# a", "##"]]),
        ("#\tO\n\n# c\n#\tO", [["#"], ["#"]]),
        ("a\tO\n-DOCSTART-\tO\nb\tO", [["a"], ["b"]]),
        (
            "\ufeff\tO\n\u200b\tO\nu\u0308\tO\n\u00ad\tO",
            [["\ufeff", "\u200b", "u\u0308", "\u00ad"]],
        ),
    ],
)
def test_tokens_between_tabs(text: str, tokens: list[list[str]]) -> None:
    assert [s.tokens for s in read(text, TWO)] == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a   O  \nb O", [["a", "b"]]),
        ("# NN\n#tag NN\n## NN", [["#", "#tag", "##"]]),  # two columns each: no comments
        ("# a comment\n# NN", [["#"]]),
        (" O", [[""]]),
        ("a\tb O", [["a\tb"]]),
    ],
)
def test_tokens_between_spaces(text: str, tokens: list[list[str]]) -> None:
    assert [s.tokens for s in read(text, SPACES)] == tokens


def test_comments_documents_and_places_are_kept() -> None:
    text = "# one\n## two\na\tO\n# b\tO\n\n-DOCSTART-\tO\n\n# three\n\nc\tO\n-DOCSTART-\nd\tB-X"
    first, second, third = read(text, TWO)
    assert (first.comments, first.new_document, first.line) == (("# one", "## two"), False, 3)
    assert first.tokens == ["a", "# b"]
    assert (second.comments, second.new_document, second.line) == (("# three",), True, 10)
    assert (third.tokens, third.new_document, third.line) == (["d"], True, 12)
    assert {s.source for s in (first, second, third)} == {"f"}


@pytest.mark.parametrize(
    ("text", "new_documents"),
    [
        ("a\tO\n\n# newdoc id = 2\nb\tO\n\nc\tO", [False, True, False]),
        ("-DOCSTART-\t-X-\tO\n\na\tO\n\nb\tO", [True, False]),
        ("a\tO\n\n-DOCSTART-\tO", [False]),
    ],
)
def test_document_boundaries(text: str, new_documents: list[bool]) -> None:
    assert [s.new_document for s in read(text, TWO)] == new_documents


@pytest.mark.parametrize(
    ("text", "layout", "message"),
    [
        ("a\tO\nb", TWO, "f:2: found 1 column, expected 2"),
        ("\n\na\tO\tO", TWO, "f:3: found 3 columns, expected 2"),
        ("a O\nb  O x", SPACES, "f:2: found 3 columns, expected 2"),
        ("a\tO\n# late comment", TWO, "f:2: found 1 column, expected 2"),
        ("# global.columns = FORM NER X\na\tO", None, "f:2: found 2 columns, expected 3"),
        ("a\tO\nb\tO\tX", None, "f:2: found 3 columns, expected 2"),
    ],
)
def test_rows_of_another_width(text: str, layout: Layout | None, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(text, layout)
    assert str(caught.value) == message


def test_sentences_before_the_wrong_row_are_there() -> None:
    sentences = columns.read(["a\tO", "", "b"], "f", layout=TWO)
    assert next(sentences).tokens == ["a"]
    with pytest.raises(CorpusError):
        next(sentences)


@pytest.mark.parametrize(
    ("sentence", "layout", "text"),
    [
        (Sentence(["a"], {"x": ["1"], "y": ["2"]}), None, "a\t1\t2\n\n"),
        (Sentence(["a"], {"x": ["1"], "ner": ["2"]}), Layout("|", ("ner", "form")), "2|a|1\n\n"),
        (Sentence([], {"ner": []}), TWO, ""),
        (Sentence(["a"], {"ner": ["O"]}, comments=("# c",)), TWO, "# c\na\tO\n\n"),
        (Sentence(["a"], {"ner": ["O"]}, new_document=True), TWO, "-DOCSTART-\tO\n\na\tO\n\n"),
        (
            Sentence(["a"], {"ner": ["O"]}, comments=("# newdoc",), new_document=True),
            TWO,
            "# newdoc\na\tO\n\n",
        ),
        (
            Sentence(["a"], {"ner": ["O"], "UPOS": ["X"]}),
            Layout("\t", ("form", "ner"), True),
            "# global.columns = FORM NER UPOS\na\tO\tX\n\n",
        ),
        (
            Sentence(["a"], {"ner": ["O"]}, comments=("# global.columns = ID FORM", "# c")),
            TWO,
            "# c\na\tO\n\n",
        ),
    ],
)
def test_write(sentence: Sentence, layout: Layout | None, text: str) -> None:
    assert written([sentence], layout) == text


def one(token: str, tag: str = "O", comment: str | None = None) -> Sentence:
    comments = () if comment is None else (comment,)
    return Sentence([token], {"ner": [tag]}, source="f", line=9, comments=comments)


NO_SEPARATOR = "expected one that holds no separator and no line break"
NO_COMMENT = "expected one that columns can tell from a comment"
NO_TOKEN = "expected one that columns can tell from a token"
EMPTY = "f:9: found a token and tags that are all empty, expected a tag"


@pytest.mark.parametrize(
    ("sentence", "layout", "message"),
    [
        (one("a\tb"), TWO, rf"f:9: found token or tag 'a\tb\tO', {NO_SEPARATOR}"),
        (one("a\nb"), TWO, rf"f:9: found token or tag 'a\nb\tO', {NO_SEPARATOR}"),
        (one("a", "O\r"), TWO, rf"f:9: found token or tag 'a\tO\r', {NO_SEPARATOR}"),
        (one("a b"), SPACES, f"f:9: found token or tag 'a b O', {NO_SEPARATOR}"),
        (one("a", ""), SPACES, f"f:9: found token or tag 'a ', {NO_SEPARATOR}"),
        (one(" ", ""), TWO, EMPTY),
        (one("", ""), TWO, EMPTY),
        (one("-DOCSTART-"), TWO, f"f:9: found token '-DOCSTART-', {NO_COMMENT}"),
        (
            one("a", "-DOCSTART-"),
            Layout("\t", ("ner", "form")),
            f"f:9: found token '-DOCSTART-', {NO_COMMENT}",
        ),
        (one("# a"), TWO, f"f:9: found token '# a', {NO_COMMENT}"),
        (one("a", comment="#c"), TWO, f"f:9: found comment '#c', {NO_TOKEN}"),
        (one("a", comment="# c"), SPACES, f"f:9: found comment '# c', {NO_TOKEN}"),
        (one("a", comment="# c\nb"), TWO, rf"f:9: found comment '# c\nb', {NO_TOKEN}"),
        (one("a", comment="# c\r"), TWO, rf"f:9: found comment '# c\r', {NO_TOKEN}"),
        (
            Sentence(["a"], {"form": ["O"]}),
            TWO,
            "sentence: found a layer named form, expected another name for tags",
        ),
        (
            Sentence(["a"], {"my tag": ["O"]}),
            Layout("\t", ("form",), True),
            "sentence: found layers 'form, my tag', expected names that a header can hold",
        ),
        (
            Sentence(["a"], {"NER": ["O"]}),
            Layout("\t", ("form",), True),
            "sentence: found layers 'form, NER', expected names that a header can hold",
        ),
    ],
)
def test_what_columns_cannot_hold(sentence: Sentence, layout: Layout, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written([sentence], layout)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({}, "sentence: found no layer ner, expected the layers of the first sentence"),
        (
            {"ner": ["O"], "x": ["1"]},
            "sentence: found the further layer x, expected those of the first sentence",
        ),
    ],
)
def test_layers_must_stay_the_same(tags: dict[str, list[str]], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written([one("a"), Sentence(["b"], tags)])
    assert str(caught.value) == message


NAMES = ("form", "ner", "x y")
layouts = st.builds(
    Layout, st.sampled_from(["\t", " ", "|", "||", "#"]), st.permutations(NAMES).map(tuple)
)
any_text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t\n\r #|"))
marks = st.sampled_from(["#", "# a", "##", "-DOCSTART-", "# global.columns = FORM", "", " ", "O"])


@st.composite
def sentences(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[Sentence]:
    rows = st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=4)
    return [
        Sentence(
            [row[0] for row in each],
            {"ner": [row[1] for row in each], "x y": [row[2] for row in each]},
            new_document=draw(st.booleans()),
        )
        for each in draw(st.lists(rows, max_size=3))
    ]


def content(many: list[Sentence]) -> Iterator[object]:
    return ((s.tokens, s.tags, s.new_document) for s in many)


@given(sentences(any_text | marks), layouts)
def test_what_is_written_is_read_or_refused(many: list[Sentence], layout: Layout) -> None:
    try:
        text = written(many, layout)
    except CorpusError:
        return
    assert list(content(read(text, layout))) == list(content(many))


harmless = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r #|"), min_size=1
).filter(lambda text: text != columns.DOCSTART)


@given(sentences(harmless), layouts)
def test_harmless_text_is_never_refused(many: list[Sentence], layout: Layout) -> None:
    assert list(content(read(written(many, layout), layout))) == list(content(many))


names = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1)


@given(sentences(harmless), names)
def test_layout_comes_back_from_the_header(many: list[Sentence], name: str) -> None:
    for sentence in many:
        sentence.tags[name] = sentence.tags.pop("x y")
    try:
        text = written(many, Layout("\t", ("form",), True))
    except CorpusError:
        assert name in ("form", "FORM", "ID", "NER", "ner")
        return
    assert list(content(read(text))) == list(content(many))


junk = st.lists(
    st.sampled_from(
        ["\t", " ", "#", "# ", "\n", "\r", "-DOCSTART-", "O", "B-X", "1", "²", "# global.columns ="]
    )
    | st.text(max_size=3)
).map("".join)


@given(junk, st.none() | st.sampled_from([TWO, SPACES]))
def test_any_text_is_sentences_or_an_error_with_its_place(text: str, layout: Layout | None) -> None:
    try:
        many = read(text, layout)
    except CorpusError as error:
        assert error.place.startswith("f:")
        return
    assert sum(map(len, many)) <= len(text.split("\n"))
    assert all(s.tokens and s.line for s in many)


def test_single_column_is_written_back_with_tabs() -> None:
    layout, lines = columns.sniff(["Ada", "slept", "", "yes"], "x")
    assert layout.separator == "\t"
    assert [s.tokens for s in columns.read(lines, "x", layout=layout)] == [["Ada", "slept"], ["yes"]]


def test_layout_is_found_as_the_options_say() -> None:
    options = ReadOptions(separator="|", columns="form=2,who=1")
    (sentence,) = columns.read(["B-PER|Ada"], "f", options)
    assert (sentence.tokens, sentence.tags) == (["Ada"], {"who": ["B-PER"]})
    (sentence,) = columns.read(["B-PER|Ada"], "f", options, Layout("|", ("form", "x")))
    assert (sentence.tokens, sentence.tags) == (["B-PER"], {"x": ["Ada"]})


def test_what_is_left_out_is_reported() -> None:
    remarks: list[Remark] = []
    list(columns.read(["a\tO", "", "# late", ""], "f", ReadOptions(report=remarks.append)))
    many = [Sentence([], source="g", line=3), one("a")]
    list(columns.write(many, WriteOptions(report=remarks.append)))
    assert [(r.kind, str(r)) for r in remarks] == [
        ("comments left out", "f:4: a comment without a sentence is left out"),
        (
            "empty sentences left out",
            "g:3: a sentence without tokens cannot stand in columns and is left out",
        ),
    ]
