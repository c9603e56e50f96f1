"""CSV and TSV tables: rows of tokens and rows of sentences, as people have them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import tables
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

# "Annotated Corpus for Named Entity Recognition" of Kaggle: a sentence is named once
KAGGLE = '''\
Sentence #,Word,POS,Tag
Sentence: 1,Thousands,NNS,O
,of,IN,O
,London,NNP,B-geo
,"""",``,O
,",",",",O
Sentence: 2,Families,NNS,O
,U.K.,NNP,B-geo
'''
# `DataFrame.to_csv`, lists as Python prints them, a column for the index
PANDAS = """\
,id,tokens,ner_tags,lang
0,a-1,"['Ada', ""can't"", 'sleep', '\\\\n']","['B-PER', 'O', 'O', 'O']",en
1,a-2,"[""It's"", '""']","['O', 'O']",en
2,a-3,[],[],en
"""
# the same of arrays: NumPy prints no commas, and breaks long lines
ARRAYS = """\
tokens,ner_tags
"['Ada' ""can't"" 'sleep'
 '.']",[1 0 0 0]
['Ada'],[1]
"""
# a table of simpletransformers: "words" is one word
WORDS = "sentence_id,words,labels\n0,Ada,B-PER\n0,slept,O\n1,Byron,B-PER\n"


def read(
    text: str, remarks: list[Remark] | None = None, separator: str = "", columns: str | None = None
) -> list[Sentence]:
    options = ReadOptions(
        separator=separator or None,
        columns=columns,
        classes={"ner": ("O", "B-PER")},
        report=([] if remarks is None else remarks).append,
    )
    reader = tables.read_tsv if "\t" in text.partition("\n")[0] else tables.read_csv
    return list(reader(text.splitlines(keepends=True), "f", options))


def written(sentences: list[Sentence], rows: str | None, remarks: list[Remark] | None = None) -> str:
    report = [] if remarks is None else remarks
    return "".join(tables.write_csv(sentences, WriteOptions(rows, report.append)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("form,ner\n", []),
        ("form,ner\nAda,O\n", []),
        (KAGGLE, ["sentence ids"]),
        (WORDS, ["sentence ids"]),
        ("sentence\tform\tid\ttext\n1\tAda\t4\tx\n", ["the column 'id'", "the column 'text'"]),
        ("tokens,text,id,sent_id\nAda slept,,4,a\n", ["the column 'id'", "the column 'sent_id'"]),
        ("tokens,lang,ner\n['Ada'],en,['O']\n", []),  # which its reader tells
        (",form,ner\n0,Ada,O\n", ["the column ''"]),
    ],
)  # fmt: skip
def test_what_no_sentence_holds(text: str, names: list[str]) -> None:
    reader = tables.beyond_tsv if "\t" in text else tables.beyond_csv
    assert list(reader(text.splitlines(keepends=True), "f")) == names


def test_a_sentence_that_is_named_in_its_first_row() -> None:
    remarks: list[Remark] = []
    first, second = read(KAGGLE, remarks)
    assert first.tokens == ["Thousands", "of", "London", '"', ","]
    assert first.tags == {
        "POS": ["NNS", "IN", "NNP", "``", ","],
        "Tag": ["O", "O", "B-geo", "O", "O"],
    }
    assert second.tokens == ["Families", "U.K."]
    assert (first.place(), first.place(2), second.place()) == ("f:2", "f:4", "f:7")
    assert remarks == []
    assert written([first, second], None) == (
        "sentence,form,POS,Tag,new_document\n"
        "1,Thousands,NNS,O,0\n"
        "1,of,IN,O,0\n"
        "1,London,NNP,B-geo,0\n"
        '1,"""",``,O,0\n'
        '1,",",",",O,0\n'
        "2,Families,NNS,O,0\n"
        "2,U.K.,NNP,B-geo,0\n"
    )


def test_lists_as_python_prints_them() -> None:
    remarks: list[Remark] = []
    sentences = read(PANDAS, remarks)
    assert [s.tokens for s in sentences] == [["Ada", "can't", "sleep", "\\n"], ["It's", '"'], []]
    assert [s.tags for s in sentences] == [
        {"ner": ["B-PER", "O", "O", "O"]},
        {"ner": ["O", "O"]},
        {"ner": []},
    ]
    message = "the column 'lang' holds no lists and is left out"
    assert remarks == [Remark("columns left out", "f:1", message)]
    assert written(sentences, "sentence") == (
        "tokens,ner,text,offsets,new_document,comments\n"
        '"[""Ada"", ""can\'t"", ""sleep"", ""\\\\n""]","[""B-PER"", ""O"", ""O"", ""O""]",,,0,[]\n'
        '"[""It\'s"", ""\\""""]","[""O"", ""O""]",,,0,[]\n'
        "[],[],,,0,[]\n"
    )


def test_lists_as_numpy_prints_them() -> None:
    first, second = read(ARRAYS)
    assert (first.tokens, first.tags) == (
        ["Ada", "can't", "sleep", "."],
        {"ner": ["B-PER", "O", "O", "O"]},
    )
    assert (second.tokens, second.tags) == (["Ada"], {"ner": ["B-PER"]})


def test_words_of_rows_with_a_number_of_their_sentence() -> None:
    assert [(s.tokens, s.tags) for s in read(WORDS)] == [
        (["Ada", "slept"], {"labels": ["B-PER", "O"]}),
        (["Byron"], {"labels": ["B-PER"]}),
    ]


@pytest.mark.parametrize(
    ("text", "tokens", "tags"),
    [
        ("", [], []),
        ("form,ner\n", [], []),
        ("\nform,ner\n", [], []),
        (
            "form,ner\na,O\nb,B-X\n\n\nc,O\n",
            [["a", "b"], ["c"]],
            [{"ner": ["O", "B-X"]}, {"ner": ["O"]}],
        ),
        ("token\nNaN\nNA\n", [["NaN", "NA"]], [{}]),
        ("sent_id,Token,tag\nx,a,1\nx,b,2\ny,c,3\nx,d,4\n", [["a", "b"], ["c"], ["d"]], None),
        ("sentence\tform\tUPOS\n1\ta\tX\n", [["a"]], [{"UPOS": ["X"]}]),
        ("word,upos,Feats,x_tags\na,b,c,d\n", [["a"]], [{"UPOS": ["b"], "FEATS": ["c"], "x": ["d"]}]),
        # not layers: a column without a name (an index), text, id
        (",form,text,id\n0,a,b,c\n", [["a"]], [{}]),
        ("tokens,tags\nAda slept,B-PER O\n\nx,O\n", [["Ada", "slept"], ["x"]], None),
        ('tokens,tags\n"[""a b"", """"]","[""O"", ""O""]"\n', [["a b", ""]], [{"tags": ["O", "O"]}]),
        ("sentence_id,words,labels\n1,Ada slept,B-PER O\n1,x,O\n", [["Ada", "slept"], ["x"]], None),
        ('form\n"a\nb"\n"a\r\nb"\n', [["a\nb", "a\r\nb"]], [{}]),
        ("form,ner\r\na,O\r\n\r\nb,O\r\n", [["a"], ["b"]], None),
    ],
)
def test_tables(text: str, tokens: list[list[str]], tags: list[dict[str, list[str]]] | None) -> None:
    sentences = read(text)
    assert [s.tokens for s in sentences] == tokens
    assert tags is None or [s.tags for s in sentences] == tags


def test_what_stands_beside_a_sentence() -> None:
    text = (
        "tokens,text,offsets,new_document,comments,ner\n"
        '"[""a"", ""b""]",a-b,"[[0, 1], [2, 3]]",True,"[""# c""]","[""O"", ""O""]"\n'
        "a b,a  b,,no,,O O\n"
        "a b,c,,,,O O\n"
    )
    remarks: list[Remark] = []
    first, second, third = read(text, remarks)
    assert (first.text, first.offsets) == ("a-b", [(0, 1), (2, 3)])
    assert (first.comments, first.new_document) == (("# c",), True)
    assert (second.text, second.offsets) == ("a  b", [(0, 1), (3, 4)])
    assert (second.comments, second.new_document) == ((), False)
    assert (third.text, third.offsets) == (None, None)
    message = "the text 'c' does not hold the tokens and is left out"
    assert remarks == [Remark("texts left out", "f:4", message)]


@pytest.mark.parametrize(
    ("columns", "separator", "tokens", "tags"),
    [
        ("form=what", ",", [["a", "b", "c"]], {"x": ["1", "1", "2"], "y": ["O", "O", "B-X"]}),
        ("form=2,sentence=1,ner=3", ",", [["a", "b"], ["c"]], {"ner": ["O", "O"]}),
        ("form=what,sentence=x,ner=y", ";", [["a", "b"], ["c"]], {"ner": ["O", "O"]}),
    ],
)
def test_columns_that_are_declared(
    columns: str, separator: str, tokens: list[list[str]], tags: dict[str, list[str]]
) -> None:
    text = "x,what,y\n1,a,O\n1,b,O\n2,c,B-X\n".replace(",", separator)
    sentences = read(text, separator=separator, columns=columns)
    assert [s.tokens for s in sentences] == tokens
    assert sentences[0].tags == tags


ONE_OF = "expected one of tokens, words, forms, token, word, form"
DOUBLE = "expected a quotation mark in a cell written twice, and quotes around it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", f"f:1: found the columns a, b, {ONE_OF}"),
        ("form,x\na\n", "f:2: found 1 cell, expected 2"),
        ("form,x\na,b\na,b,c\n", "f:3: found 3 cells, expected 2"),
        ("tokens,x\na,b,c\n", "f:2: found 3 cells, expected 2"),
        (
            "form,ner,NER_tags\na,O,O\n",
            "f:1: found two columns for the layer ner, expected different names",
        ),
        ('form\tx\n"a\tb\n', None),
        ('form,x\n"a"b,c\n', None),
        # quotation marks that are tokens: what lies between them is no cell
        ('form\tx\n"\tB-X\na\tO\n"\tO\n', rf"f:4: found the cell '\tB-X\na\tO\n', {DOUBLE}"),
        ("tokens,ner\n[a,O\n", """f:2: found '[a', expected a list: ["one", "two"]"""),
        ("tokens,ner\n[1.5],O\n", "f:2: found tokens '[1.5]', expected a list of strings"),
        ("tokens,ner\na b,O\n", "f:2: found 1 tags in layer ner, expected 2, one a token"),
        ("tokens,ner\na,[2]\n", "f:2: found the number 2 in layer ner, expected 0 to 1, its classes"),
        (
            "tokens,pos\na,[2]\n",
            "f:2: found the number 2 in layer pos, expected names: --classes pos=NAME,NAME,…",
        ),
        ("tokens,ner\na,[None]\n", "f:2: found 'None' in layer ner, expected a tag or its number"),
        (
            'tokens,ner\na,"[""\\ud800""]"\n',
            r"""f:2: found ner "['\\ud800']", expected a list of tags""",
        ),
        (
            'tokens,text,offsets\na,a,"[[0, 2]]"\n',
            "f:2: found offsets '[0, 2]', expected [start, end] within 0 to 1",
        ),
        (
            'tokens,text,offsets\na,a,"[[0, 1], [0, 1]]"\n',
            "f:2: found 2 offsets, expected 1, one a token",
        ),
        ('tokens,ner\n"(""a"",)",O\n"[""a"":1]",O\n', None),
    ],
)
def test_what_is_no_table(text: str, message: str | None) -> None:
    with pytest.raises(CorpusError) as caught:
        read(text)
    if message is None:  # the words are those of the library
        assert caught.value.expected in ("cells, quoted where need be", 'a list: ["one", "two"]')
    else:
        assert str(caught.value) == message


def test_columns_that_are_not_there() -> None:
    with pytest.raises(CorpusError) as caught:
        read("a,b\n1,2\n", columns="form=c")
    assert str(caught.value) == "f: found columns 'form=c', expected NAME=COLUMN, of a, b"


@pytest.mark.parametrize("separator", ["||", '"', "\n"])
def test_marks_that_separate_nothing(separator: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read("form\na\n", separator=separator)
    expected = "one character, no quote or line break"
    assert str(caught.value) == f"separator: found {separator!r}, expected {expected}"


def test_sentences_before_the_wrong_row_are_there() -> None:
    sentences = tables.read_csv(["form,x\n", "a,O\n", "\n", "b\n"], "f")
    assert next(sentences).tokens == ["a"]
    with pytest.raises(CorpusError):
        next(sentences)


def test_a_long_cell() -> None:
    cell = json.dumps(["a"] * 100_000).replace('"', '""')
    (sentence,) = read(f'tokens\n"{cell}"\n')
    assert len(sentence) == 100_000


def test_documents_and_empty_sentences() -> None:
    remarks: list[Remark] = []
    many = [
        Sentence(["a"], {"x": ["1"]}, new_document=True),
        Sentence([], {"x": []}),
        Sentence(["", "\r", '"', "a\nb"], {"x": ["", " ", ",", "\t"]}, comments=("# c",)),
    ]
    text = 'sentence,form,x,new_document\n1,a,1,1\n3,,,0\n3,"\r", ,0\n3,"""",",",0\n3,"a\nb",\t,0\n'
    assert written(many, "token", remarks) == text
    message = "a sentence without tokens cannot stand in rows of tokens and is left out"
    assert remarks == [Remark("empty sentences left out", "sentence", message)]
    again = list(tables.read_csv(text.splitlines(keepends=True), "f"))
    assert [s.new_document for s in again] == [True, False]


def test_nothing_is_an_empty_file() -> None:
    assert written([], "token") == written([], "sentence") == ""


NUL = r"sentence: found a NUL in '\x00', expected none in a table"


@pytest.mark.parametrize(
    ("sentences", "rows", "message"),
    [
        ([Sentence(["\0"])], None, NUL),
        ([Sentence(["a"], {"x": ["\0"]})], None, NUL),
        (
            [Sentence(["a"], {"form": ["O"]})],
            None,
            "sentence: found a layer named 'form', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"], {"NER": ["O"]})],
            "sentence",
            "sentence: found a layer named 'NER', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"], {"x": ["O"]}), Sentence(["a"], {"y": ["O"]})],
            None,
            "sentence: found the layers y, expected those of the first sentence: x",
        ),
        (
            [Sentence(["a"]), Sentence(["a"], {"y": ["O"]})],
            "sentence",
            "sentence: found the layers y, expected those of the first sentence: none",
        ),
        (
            [Sentence(["a,\nb"])],
            "token",
            r"sentence: found a cell 'a,\nb', expected no line break together with the mark between"
            " columns",
        ),
    ],
)
def test_what_a_table_cannot_hold(sentences: list[Sentence], rows: str | None, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written(sentences, rows)
    assert str(caught.value) == message


NAMES = ["tokens", "form", "sentence", "ner", "text", "offsets", "new_document", "a", "b c", "O", "1"]
LISTS = ["['a', 'b']", '"[""a"", ""b""]"', "['a' 'b']", "[1 0]", "[", "[[0, 1]]", "['\\d']", "[{}, {}]"]
MARKS = ["", '"', '""', '"a\nb"', " ", "[" * 5000, "9" * 5000, "[[]]", "{[]: 1}", "\0"]
cells = st.sampled_from([*NAMES, *LISTS, *MARKS])
rows = st.lists(cells | st.text(max_size=3), min_size=1, max_size=4).map(",".join)


@given(st.lists(rows, max_size=5).map("\n".join))
def test_any_text_is_sentences_or_an_error_with_its_place(text: str) -> None:
    try:
        sentences = read(f"tokens,form,ner\n{text}") + read(text)
    except CorpusError as error:
        assert error.place == "f" or error.place.startswith("f:")
        return
    assert all(s.line for s in sentences)
