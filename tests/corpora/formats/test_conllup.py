"""CoNLL-U Plus: named columns, byte-for-byte writing, conversion from and to CoNLL-U."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import columns, conllu, conllup
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

HEADER = "# global.columns ="
# as the corpora of PARSEME are: the ten columns of CoNLL-U, and one more
SAMPLE = f"""\
{HEADER} ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC PARSEME:MWE
# source_sent_id = . . s1
# newdoc
# text = Vámonos al mar.
1-2	Vámonos	_	_	_	_	_	_	_	_	*
1	Vamos	ir	VERB	vm	Mood=Imp	0	root	_	_	1:IRV
2	nos	yo	PRON	pp	_	1	obj	_	_	1
# within - a	tab
3	al	al	ADP	sp	_	4	case	_	_	*
4	mar	mar	NOUN	nc	_	1	obl	_	SpaceAfter=No	*
4.1	es	ser	VERB	_	_	_	_	1:conj	_	2:X
5	.	.	PUNCT	fp	_	1	punct	_	_	*

# text = Sí
1	Sí	sí	INTJ	i	_	0	root	_	_	*

"""


def read(text: str) -> list[Sentence]:
    return list(conllup.read(text.split("\n") if text else [], "f"))


def written(sentences: list[Sentence]) -> str:
    return "".join(conllup.write(sentences))


def test_words_layers_and_places() -> None:
    first, second = read(SAMPLE)
    assert first.tokens == ["Vamos", "nos", "al", "mar", "."]
    assert list(first.tags) == ["UPOS", "XPOS", "FEATS", "PARSEME:MWE"]
    assert first.tags["UPOS"] == ["VERB", "PRON", "ADP", "NOUN", "PUNCT"]
    assert first.tags["PARSEME:MWE"] == ["1:IRV", "1", "*", "*", "*"]
    assert first.comments == ("# source_sent_id = . . s1", "# newdoc", "# text = Vámonos al mar.")
    assert (first.new_document, second.new_document) == (True, False)
    assert [first.place(i) for i in range(5)] == ["f:6", "f:7", "f:9", "f:10", "f:12"]
    assert second.place() == "f:15"
    assert first.text == "Vámonos al mar."
    assert first.offsets == [(0, 7), (0, 7), (8, 10), (11, 14), (14, 15)]


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE,
        f"{HEADER} ID FORM\n1\ta\n\n",
        f"{HEADER} ID FORM NER\n1\ta\tB-X\n\n1\tb\tO\n2\tc\tO\n\n",
        f"{HEADER} ID FORM UPOS MISC X:Y\n0.1\te\t_\t_\t_\n1\ta\tX\tA=1\t_\n1.1\te\t_\t_\t9\n\n",
        f"{HEADER} ID FORM MISC HEAD\n# c\n1-2\tab\t_\t_\n1\ta\t|\t2\n2\tb\t\u2028\t0\n# end\n\n",
    ],
)
def test_reading_and_writing_changes_no_byte(text: str) -> None:
    assert written(read(text)) == text


@pytest.mark.parametrize(
    ("text", "tokens", "tags"),
    [
        ("", [], []),
        (f"{HEADER} ID FORM NER", [], []),
        (f"{HEADER} ID FORM NER\n\n\n", [], []),
        (f"{HEADER} ID FORM NER\n1\ta\tO", [["a"]], [{"ner": ["O"]}]),
        (f"{HEADER} ID FORM ner\n1\t#\tO\n\n1\t \t ", [["#"], [" "]], [{"ner": ["O"]}, {"ner": [" "]}]),
        (f"{HEADER} ID FORM LEMMA\n1\ta\tb", [["a"]], [{}]),
        # without numbers: columns, in any order, whose end a blank line is
        (
            f"{HEADER} FORM NER\na\tO\nb\tB-X\n\nc\tO",
            [["a", "b"], ["c"]],
            [{"ner": ["O", "B-X"]}, {"ner": ["O"]}],
        ),
        (f"{HEADER} UPOS FORM X\nX\ta\t1", [["a"]], [{"UPOS": ["X"], "X": ["1"]}]),
    ],
)
def test_tokens_and_tags(text: str, tokens: list[list[str]], tags: list[dict[str, list[str]]]) -> None:
    sentences = read(text)
    assert [s.tokens for s in sentences] == tokens
    assert [s.tags for s in sentences] == tags


NO_HEADER = f"expected {HEADER} NAME NAME …"
OTHERS = "expected ID FORM and different others"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta", rf"f:1: found '1\ta', {NO_HEADER}"),
        ("\n", f"f:1: found '', {NO_HEADER}"),
        (f"# c\n{HEADER} ID FORM", f"f:1: found '# c', {NO_HEADER}"),
        ("#global.columns = ID FORM", f"f:1: found '#global.columns = ID FORM', {NO_HEADER}"),
        (HEADER, f"f:1: found the columns , {OTHERS}"),
        (f"{HEADER} FORM ID\na\t1", f"f:1: found the columns FORM ID, {OTHERS}"),
        (f"{HEADER} ID UPOS\n1\tX", f"f:1: found the columns ID UPOS, {OTHERS}"),
        (f"{HEADER} ID FORM X X\n", f"f:1: found the columns ID FORM X X, {OTHERS}"),
        (f"{HEADER} ID FORM FORM\n", f"f:1: found the columns ID FORM FORM, {OTHERS}"),
        (f"{HEADER} ID FORM ner NER\n", f"f:1: found the columns ID FORM ner NER, {OTHERS}"),
        (f"{HEADER} ID FORM X\n1\ta", "f:2: found 2 columns, expected 3"),
        (f"{HEADER} ID FORM\n\n1\ta\n2\tb\tc", "f:4: found 3 columns, expected 2"),
        (f"{HEADER} ID FORM\n# c\n2\ta", "f:3: found ID '2', expected 1 or a range or empty node"),
        (f"{HEADER} ID FORM\nx\ta", "f:2: found ID 'x', expected 1 or a range or empty node"),
        (f"{HEADER} FORM NER\na\tO\nb", "f:3: found 1 column, expected 2"),
        (
            f"{HEADER} UPOS NER\na\tO",
            "f: # global.columns: found UPOS, ner, expected different names, one of them 'form'",
        ),
    ],
)
def test_what_is_no_such_file(text: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        ([Sentence(["a"])], f"{HEADER} ID FORM\n1\ta\n\n"),
        (
            [Sentence(["a", "b"], {"UPOS": ["X", "Y"], "ner": ["O", "B-Z"]})],
            f"{HEADER} ID FORM UPOS NER\n1\ta\tX\tO\n2\tb\tY\tB-Z\n\n",
        ),
        (
            [Sentence(["a"], text="a", offsets=[(5, 6)], start=5, comments=("# c",), new_document=True)],
            f"{HEADER} ID FORM\n# newdoc\n# c\n# text = a\n1\ta\n\n",
        ),
        (  # a record of another format, or of other tokens, is no template
            [Sentence(["a"], {"x": ["1"]}, record=('{"tokens": ["a"]}',))],
            f"{HEADER} ID FORM x\n1\ta\t1\n\n",
        ),
        (
            [Sentence(["a", "b"], {"x": ["1", "2"]}, record=("1\tc\t9", "ID\tFORM\tx"))],
            f"{HEADER} ID FORM x\n1\ta\t1\n2\tb\t2\n\n",
        ),
    ],
)
def test_write(sentences: list[Sentence], text: str) -> None:
    assert written(sentences) == text


def test_new_tags_stand_in_the_old_rows() -> None:
    sentences = read(SAMPLE)
    for sentence in sentences:
        sentence.tokens = [token.upper() for token in sentence.tokens]
        sentence.tags = {"PARSEME:MWE": ["*"] * len(sentence), "UPOS": ["X"] * len(sentence)}
        sentence.tags["ner"] = ["O"] * len(sentence)
    lines = []
    for line in SAMPLE.split("\n"):
        cells = line.split("\t")
        if line.startswith(HEADER):
            line = line.replace(" XPOS FEATS", "") + " NER"
        elif len(cells) == 11:
            cells = [*cells[:4], *cells[6:], "_"]
            if cells[0].isdigit():
                cells = [cells[0], cells[1].upper(), cells[2], "X", *cells[4:8], "*", "O"]
            line = "\t".join(cells)
        lines.append(line)
    assert written(sentences) == "\n".join(lines)


TEN = SAMPLE.split("\n", 1)[1].replace("\t1:IRV\n", "\n").replace("\t2:X\n", "\n")
TEN = "\n".join(line.rsplit("\t", 1)[0] if line.count("\t") == 10 else line for line in TEN.split("\n"))


def from_conllu(text: str) -> list[Sentence]:
    return list(conllu.read(text.split("\n"), "g"))


def test_conversion_from_conllu_keeps_all_ten_columns() -> None:
    assert written(from_conllu(TEN)) == f"{HEADER} {' '.join(conllu.NAMES)}\n{TEN}"


def test_conversion_to_conllu_and_back_keeps_all_columns() -> None:
    text = "".join(conllu.write(read(SAMPLE)))
    lines = text.split("\n")
    assert lines[0] == "# global.layers = UPOS XPOS FEATS PARSEME:MWE"
    assert all(line.count("\t") == 9 for line in lines if line[:1].isdigit())
    assert "3\tal\tal\tADP\tsp\t_\t4\tcase\t_\tPARSEME:MWE=*" in lines
    assert "4\tmar\tmar\tNOUN\tnc\t_\t1\tobl\t_\tSpaceAfter=No|PARSEME:MWE=*" in lines
    again = from_conllu(text)
    assert [(s.tokens, s.tags) for s in again] == [(s.tokens, s.tags) for s in read(SAMPLE)]
    # but what a layer holds beside the words
    assert written(again) == SAMPLE.replace("\t*\n1\tV", "\t_\n1\tV").replace("\t2:X\n", "\t_\n")


def test_conversion_of_few_columns_to_conllu() -> None:
    text = f"{HEADER} ID FORM MISC NER UPOS\n1-2\tab\tR\t_\t_\n1\ta\tM=1\tB-X\tDET\n2\tb\t_\tO\tNOUN\n\n"
    assert "".join(conllu.write(read(text))) == (
        "# global.layers = ner UPOS\n"
        "1-2\tab\t_\t_\t_\t_\t_\t_\t_\tR\n"
        "1\ta\t_\tDET\t_\t_\t_\t_\t_\tM=1|ner=B-X\n"
        "2\tb\t_\tNOUN\t_\t_\t_\t_\t_\tner=O\n\n"
    )


def test_sentences_of_different_files() -> None:
    three = read(f"{HEADER} ID FORM NER\n1\ta\tO\n\n")
    four = read(f"{HEADER} ID FORM LEMMA NER\n1\tb\tc\tO\n\n")
    # what the first sentence has no column for is refused, what it has more is empty
    with pytest.raises(CorpusError) as caught:
        written([*three, *four])
    assert str(caught.value) == "f:2: found the columns ID FORM LEMMA NER, expected ID FORM NER"
    assert written([*four, *three]) == f"{HEADER} ID FORM LEMMA NER\n1\tb\tc\tO\n\n1\ta\t_\tO\n\n"


NO_NAME = "expected a name that a header can hold"
NO_CELL = "expected neither empty nor with a tab or line break"


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        *(
            ([Sentence(["a"], {name: ["O"]})], f"sentence: found a layer named {name!r}, {NO_NAME}")
            for name in (
                "",
                " ",
                "my tag",
                " x",
                "x\n",
                "NER",
                "ID",
                "FORM",
                "LEMMA",
                "HEAD",
                "MISC",
                "\x85x",
            )
        ),
        ([Sentence([""])], f"sentence: found token '', {NO_CELL}"),
        ([Sentence(["a\tb"])], rf"sentence: found token 'a\tb', {NO_CELL}"),
        ([Sentence(["a"], {"x": [""]})], f"sentence: found tag '' of the token 'a', {NO_CELL}"),
        (
            [Sentence(["a", "b"], {"x": ["O", "\r"]}, source="f", line=3)],
            rf"f:4: found tag '\r' of the token 'b', {NO_CELL}",
        ),
        (
            [Sentence(["a"], comments=("no mark",))],
            "sentence: found comment 'no mark', expected one line that begins with #",
        ),
        (
            [Sentence(["a"], {"x": ["1"]}), Sentence(["b"], {"y": ["1"]}, source="f", line=9)],
            "f:9: found the layers y, expected those of the first sentence: x",
        ),
    ],
)
def test_what_such_a_file_cannot_hold(sentences: list[Sentence], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written(sentences)
    assert str(caught.value) == message


def test_what_is_left_out_is_reported() -> None:
    remarks: list[Remark] = []
    lines = [f"{HEADER} ID FORM", "1\ta", "", "# late"]
    list(conllup.read(lines, "f", ReadOptions(report=remarks.append)))
    list(conllup.write([Sentence([])], WriteOptions(report=remarks.append)))
    assert [(r.kind, str(r)) for r in remarks] == [
        ("comments left out", "f:4: a comment without a sentence is left out"),
        (
            "empty sentences left out",
            "sentence: a sentence without tokens cannot stand in CoNLL-U and is left out",
        ),
    ]


any_text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t\n\r #_|="))
harmless = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), min_size=1)
layer_names = (
    st.sampled_from(["UPOS", "ner", "NER", "form", "id", "x", "PARSEME:MWE", "_", "#"]) | any_text
)


@st.composite
def sentences(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[Sentence]:
    names = draw(st.lists(layer_names, unique=True, max_size=2))
    rows = st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=4)
    many = []
    for each in draw(st.lists(rows, max_size=3)):
        tokens, *layers = (list(column) for column in zip(*each, strict=True))
        tags = dict(zip(names, layers, strict=False))
        many.append(Sentence(tokens, tags, new_document=draw(st.booleans())))
    return many


def content(many: list[Sentence]) -> list[object]:
    return [(s.tokens, s.tags, s.new_document) for s in many]


@given(sentences(any_text | harmless))
def test_what_is_written_is_read_or_refused(many: list[Sentence]) -> None:
    try:
        text = written(many)
    except CorpusError:
        return
    assert content(read(text)) == content(many)
    assert written(read(text)) == text


@given(sentences(harmless))
def test_only_names_of_layers_are_refused_where_the_text_is_harmless(many: list[Sentence]) -> None:
    try:
        text = written(many)
    except CorpusError as error:
        assert error.expected == "a name that a header can hold"
        return
    assert content(read(text)) == content(many)


names = ["ID", "FORM", "UPOS", "NER", "MISC", "X"]
junk = st.lists(
    st.sampled_from(["1\ta\tX", "2\tb\tY", "1-2\tc\t_", "1.1\td\t_", "\n", "# c", "\t", "_", " "])
    | st.text(max_size=3)
).map("".join)


@given(st.lists(st.sampled_from(names), max_size=4), st.lists(junk).map("\n".join), st.booleans())
def test_any_text_is_sentences_or_an_error_with_its_place(
    header: list[str], text: str, good: bool
) -> None:
    first = "ID FORM UPOS" if good else " ".join(header)
    try:
        many = read(f"{HEADER} {first}\n{text}")
    except CorpusError as error:
        assert error.place.startswith("f:")
        return
    assert all(s.line > 1 for s in many)
    if columns.FORM not in first.lower():
        assert many == []
