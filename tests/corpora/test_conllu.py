"""CoNLL-U: words, ranges and empty nodes, byte-for-byte writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import conllu
from corpora.errors import CorpusError
from corpora.sentence import Sentence

SAMPLE = """\
# newdoc id = d1
# sent_id = s1
# text = Vámonos al mar.
1-2	Vámonos	_	_	_	_	_	_	_	_
1	Vamos	ir	VERB	vm	Mood=Imp	0	root	_	_
2	nos	yo	PRON	pp	_	1	obj	_	_
3-4	al	_	_	_	_	_	_	_	_
3	a	a	ADP	sp	_	5	case	_	_
4	el	el	DET	da	_	5	det	_	_
# a comment	with - a tab
5	mar	mar	NOUN	nc	_	1	obl	_	SpaceAfter=No
5.1	es	ser	VERB	_	_	_	_	1:conj	_
6	.	.	PUNCT	fp	_	1	punct	_	_

# text = New York
1	New York	New York	PROPN	np	_	0	root	_	ner=O|Gloss=x
# the end

"""


def read(text: str) -> list[Sentence]:
    return list(conllu.read(text.split("\n"), "f"))


def written(sentences: list[Sentence]) -> str:
    return "".join(conllu.write(sentences))


def row(number: str, form: str = "x") -> str:
    return f"{number}\t{form}" + "\t_" * 8


def test_words_layers_and_places() -> None:
    first, second = read(SAMPLE)
    assert first.tokens == ["Vamos", "nos", "a", "el", "mar", "."]
    assert first.tags == {
        "UPOS": ["VERB", "PRON", "ADP", "DET", "NOUN", "PUNCT"],
        "XPOS": ["vm", "pp", "sp", "da", "nc", "fp"],
        "FEATS": ["Mood=Imp", "_", "_", "_", "_", "_"],
    }
    assert first.comments == ("# newdoc id = d1", "# sent_id = s1", "# text = Vámonos al mar.")
    assert (first.new_document, second.new_document) == (True, False)
    assert [first.place(i) for i in range(6)] == ["f:5", "f:6", "f:8", "f:9", "f:11", "f:13"]
    assert second.tokens == ["New York"]
    assert second.place() == "f:16"


def test_words_are_found_in_the_text() -> None:
    first, second = read(SAMPLE)
    text, offsets = first.surface()
    # the words of "Vámonos" and "al" are not written out in it: they share its range
    assert [text[a:b] for a, b in offsets] == ["Vámonos", "Vámonos", "al", "al", "mar", "."]
    assert second.surface() == ("New York", [(0, 8)])


@pytest.mark.parametrize(
    ("text", "rows", "offsets"),
    [
        ("don't", [row("1-2", "don't"), row("1", "do"), row("2", "n't")], [(0, 2), (2, 5)]),
        ("a b", [row("1", "a"), row("2", "b")], [(0, 1), (2, 3)]),
        ("a", [row("1", "a"), row("1.1", "zz")], [(0, 1)]),
        ("a b", [row("1", "a"), row("2", "c")], None),
        ("", [row("1", "a")], None),
    ],
)
def test_offsets(text: str, rows: list[str], offsets: list[tuple[int, int]] | None) -> None:
    (sentence,) = read("\n".join([f"# text = {text}", *rows]))
    assert sentence.offsets == offsets
    assert sentence.text == (None if offsets is None else text)


def test_reading_and_writing_changes_no_byte() -> None:
    assert written(read(SAMPLE)) == SAMPLE


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("\n\n", []),
        ("# only comments\n\n", []),
        (row("1", "a") + "\n\t\n" + row("1", "b"), [["a"], ["b"]]),
        ("\n".join([row("0.1", "e"), row("1", "a"), row("1.1", "e")]), [["a"]]),
        (row("1", "#"), [["#"]]),
        (row("1", " ") + "\n" + row("2", "\u2028\x85"), [[" ", "\u2028\x85"]]),
        (row("1", ""), [[""]]),
    ],
)
def test_tokens(text: str, tokens: list[list[str]]) -> None:
    assert [s.tokens for s in read(text)] == tokens


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# c\n1\ta", "f:2: found 2 columns, expected 10"),
        ("a", "f:1: found 1 column, expected 10"),
        (row("1") + "\t_", "f:1: found 11 columns, expected 10"),
        (row("2"), "f:1: found ID '2', expected 1 or a range or empty node"),
        (row("1") + "\n" + row("3"), "f:2: found ID '3', expected 2 or a range or empty node"),
        (row("²"), "f:1: found ID '²', expected 1 or a range or empty node"),
        (row("١"), "f:1: found ID '١', expected 1 or a range or empty node"),
        (row("1-"), "f:1: found ID '1-', expected 1 or a range or empty node"),
        (row("-1"), "f:1: found ID '-1', expected 1 or a range or empty node"),
        (row("1" * 5000), f"f:1: found ID '{'1' * 59}…', expected 1 or a range or empty node"),
        (
            row("1-" + "1" * 5000),
            f"f:1: found ID '1-{'1' * 57}…', expected 1 or a range or empty node",
        ),
    ],
)
def test_what_is_no_row(text: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(text)
    assert str(caught.value) == message


def test_new_tags_stand_in_the_old_rows() -> None:
    sentences = read(SAMPLE)
    for sentence in sentences:
        sentence.tags["UPOS"] = ["X"] * len(sentence)
        sentence.tags["ner"] = ["B-Y"] * len(sentence)
    expected = []
    for line in SAMPLE.split("\n"):
        cells = line.split("\t")
        if cells[0].isdigit():
            cells[3] = "X"
            kept = {"_": "", "SpaceAfter=No": "SpaceAfter=No|", "ner=O|Gloss=x": "Gloss=x|"}[cells[9]]
            cells[9] = kept + "ner=B-Y"
        expected.append("\t".join(cells))
    assert written(sentences) == "\n".join(expected)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (Sentence(["a"]), row("1", "a") + "\n\n"),
        (Sentence([]), ""),
        (
            Sentence(["a"], {"XPOS": ["N"], "ner": ["O"]}, new_document=True),
            "# newdoc\n1\ta\t_\t_\tN\t_\t_\t_\t_\tner=O\n\n",
        ),
        (
            Sentence(["a"], text="a", offsets=[(0, 1)]),
            "# text = a\n" + row("1", "a") + "\n\n",
        ),
        (
            Sentence(["a", "b"], text="a\nb", offsets=[(0, 1), (2, 3)]),
            row("1", "a") + "\n" + row("2", "b") + "\n\n",
        ),
        (
            Sentence(["a"], comments=("# c",), new_document=True),
            "# newdoc\n# c\n" + row("1", "a") + "\n\n",
        ),
        (
            Sentence(["a"], comments=("# newdoc id = 1",), new_document=True),
            "# newdoc id = 1\n" + row("1", "a") + "\n\n",
        ),
        # records of another format, and of other tokens, are no template
        (Sentence(["a"], record=('{"tokens":\t["a"]}',)), row("1", "a") + "\n\n"),
        (Sentence(["a", "b"], record=(row("1"),)), row("1", "a") + "\n" + row("2", "b") + "\n\n"),
    ],
)
def test_write(sentence: Sentence, text: str) -> None:
    assert written([sentence]) == text


NO_CELL = "expected neither empty nor with a tab or line break"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            Sentence([""]),
            f"sentence: found token '' with tags '_ _ _', {NO_CELL}",
        ),
        (
            Sentence(["a", "b\tc"], source="f", line=3),
            rf"f:4: found token 'b\tc' with tags '_ _ _', {NO_CELL}",
        ),
        (
            Sentence(["a"], {"UPOS": ["X\n"]}),
            rf"sentence: found token 'a' with tags 'X\n _ _', {NO_CELL}",
        ),
        (
            Sentence(["a"], {"ner": ["x|y"]}),
            "sentence: found tag 'ner=x|y', expected one without |",
        ),
        (
            Sentence(["a"], comments=("no mark",)),
            "sentence: found comment 'no mark', expected one line that begins with #",
        ),
        (
            Sentence(["a"], comments=("# a\nb",)),
            r"sentence: found comment '# a\nb', expected one line that begins with #",
        ),
    ],
)
def test_what_conllu_cannot_hold(sentence: Sentence, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written([sentence])
    assert str(caught.value) == message


any_text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t\n\r #_|"))
harmless = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), min_size=1)


@st.composite
def sentences(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[Sentence]:
    rows = st.lists(st.tuples(texts, texts, texts, texts), min_size=1, max_size=4)
    many = []
    for each in draw(st.lists(rows, max_size=3)):
        tokens, *layers = (list(column) for column in zip(*each, strict=True))
        tags = dict(zip(conllu.LAYERS, layers, strict=True))
        many.append(Sentence(tokens, tags, new_document=draw(st.booleans())))
    return many


def content(many: list[Sentence]) -> list[object]:
    return [(s.tokens, s.tags, s.new_document) for s in many]


@given(sentences(any_text))
def test_what_is_written_is_read_or_refused(many: list[Sentence]) -> None:
    try:
        text = written(many)
    except CorpusError:
        return
    assert content(read(text)) == content(many)
    assert written(read(text)) == text


@given(sentences(harmless))
def test_harmless_text_is_never_refused(many: list[Sentence]) -> None:
    assert content(read(written(many))) == content(many)


junk = st.lists(
    st.sampled_from(
        ["\t_" * 8, row("1"), row("2"), row("1-2"), row("1.1"), "\n", "# text = x", "#\t1-a\t"]
    )
    | st.sampled_from(["\t", "\r", "²", "9-9", "3-1", "-", "."])
    | st.text(max_size=3)
).map("".join)


@given(junk | st.lists(junk).map("\n".join))
def test_any_text_is_sentences_or_an_error_with_its_place(text: str) -> None:
    try:
        many = read(text)
    except CorpusError as error:
        assert error.place.startswith("f:")
        return
    assert all(s.record and s.line for s in many)
