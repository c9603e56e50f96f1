"""CoNLL-U: words, ranges and empty nodes, byte-for-byte writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import conllu
from corpora.options import ReadOptions, Remark, WriteOptions
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


def declaration(*layers: str) -> str:
    return " ".join(["# global.layers =", *layers]) + "\n"


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
    assert written(sentences) == declaration("UPOS", "XPOS", "FEATS", "ner") + "\n".join(expected)


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
            Sentence(["a"], {"UPOS": ["X"], "XPOS": ["N"], "FEATS": ["_"]}),
            "1\ta\t_\tX\tN" + "\t_" * 5 + "\n\n",
        ),
        (
            Sentence(["a", "b"], text="ab", offsets=[(7, 8), (8, 9)], start=7),
            "# text = ab\n"
            + row("1", "a").removesuffix("_")
            + "SpaceAfter=No\n"
            + row("2", "b")
            + "\n\n",
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
    layers = list(sentence.tags)
    declared = "" if not text or layers == list(conllu.LAYERS) else declaration(*layers)
    assert written([sentence]) == declared + text


@pytest.mark.parametrize(
    "record",
    [
        None,
        ('{"text": "ab c", "tokens": ["a", "b", "c"]}',),
        ("document", "doccano", "text ab c", 'raw {"text": "ab c"}'),
        (row("1", "ab"), row("2", "c")),  # of other tokens
        (row("1-2", "ab"), row("1", "ab"), row("2", "c"), "ID\tFORM"),
    ],
)
def test_where_no_space_follows_is_written_whatever_a_sentence_was_read_from(
    record: tuple[str, ...] | None,
) -> None:
    sentence = Sentence(
        ["a", "b", "c"], {}, "ab c", [(0, 1), (1, 2), (3, 4)], source="f", line=1, record=record
    )
    assert written([sentence]) == (
        declaration() + f"# text = ab c\n{misc('1', 'SpaceAfter=No').replace('x', 'a')}\n"
        f"{row('2', 'b')}\n{row('3', 'c')}\n\n"
    )


def test_rows_that_were_read_say_themselves_where_no_space_follows() -> None:
    text = f"# text = ab\n{row('1', 'a')}\n{row('2', 'b')}\n\n"
    (sentence,) = read(text)
    assert sentence.offsets == [(0, 1), (1, 2)]
    assert written([sentence]) == text


NO_CELL = "expected neither empty nor with a tab or line break"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            Sentence([""]),
            f"sentence: found token '', {NO_CELL}",
        ),
        (
            Sentence(["a", "b\tc"], source="f", line=3),
            rf"f:4: found token 'b\tc', {NO_CELL}",
        ),
        (
            Sentence(["a"], {"UPOS": ["X\n"]}),
            rf"sentence: found tag 'X\n' of the token 'a', {NO_CELL}",
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


NO_NAME = "expected no space, | or = in it"


@pytest.mark.parametrize("name", ["", " ", "my tag", "a|b", "a=b", "a\u2028b", "\x85"])
def test_names_of_layers_that_conllu_cannot_hold(name: str) -> None:
    with pytest.raises(CorpusError) as caught:
        written([Sentence(["a"], {name: ["O"]})])
    assert str(caught.value) == f"sentence: found a layer named {name!r}, {NO_NAME}"


def test_layers_must_stay_the_same() -> None:
    with pytest.raises(CorpusError) as caught:
        written([Sentence(["a"], {"ner": ["O"]}), Sentence(["b"], {"UPOS": ["X"]}, source="f", line=4)])
    assert str(caught.value) == "f:4: found the layers UPOS, expected those of the first sentence: ner"


def misc(number: str, content: str) -> str:
    return row(number).removesuffix("_") + content


@pytest.mark.parametrize(
    ("lines", "tags", "kept"),
    [
        (["# global.layers =", row("1")], {}, row("1")),
        (
            ["# global.layers = XPOS", "1\tx\t_\tX\tN" + "\t_" * 5],
            {"XPOS": ["N"]},
            "1\tx\t_\tX\tN" + "\t_" * 5,
        ),
        (["# global.layers = ner", misc("1", "ner=O")], {"ner": ["O"]}, row("1")),
        (["# global.layers = ner", misc("1", "A=1|ner=|B=2")], {"ner": [""]}, misc("1", "A=1|B=2")),
        (["# global.layers = a b", misc("1", "b=a=1|a=b=2")], {"a": ["b=2"], "b": ["a=1"]}, row("1")),
        (["# global.layers = _", misc("1", "_=1")], {"_": ["1"]}, row("1")),
        # the first of two that are alike; what is none of a word is passed over
        (["# global.layers = a", misc("1", "a=1|a=2"), row("1.1")], {"a": ["1"]}, misc("1", "a=2")),
        (["# global.layers = a", row("0.1")], {"a": []}, row("0.1")),
        # behind other comments, and none at all
        (["# c", "# global.layers = ner", misc("1", "ner=O")], {"ner": ["O"]}, row("1")),
        ([misc("1", "ner=O")], {"UPOS": ["_"], "XPOS": ["_"], "FEATS": ["_"]}, misc("1", "ner=O")),
    ],
)
def test_declared_layers(lines: list[str], tags: dict[str, list[str]], kept: str) -> None:
    (sentence,) = read("\n".join(lines))
    assert sentence.tags == tags
    assert list(sentence.tags) == list(tags)
    assert sentence.record is not None
    assert sentence.record[0] == kept
    assert sentence.comments == tuple(line for line in lines if line == "# c")


def test_layers_hold_until_others_are_declared() -> None:
    blocks = ["# global.layers = a", misc("1", "a=1|b=2"), "", misc("1", "a=3|b=4"), ""]
    blocks += ["# global.layers = b", misc("1", "a=5|b=6")]
    assert [s.tags for s in read("\n".join(blocks))] == [{"a": ["1"]}, {"a": ["3"]}, {"b": ["6"]}]


def test_a_word_without_the_declared_layer_has_its_place() -> None:
    with pytest.raises(CorpusError) as caught:
        read("\n".join(["# global.layers = ner", misc("1", "ner=O"), row("1.1"), misc("2", "nerd=O")]))
    assert str(caught.value) == "f:4: found MISC 'nerd=O', expected ner=TAG in it"


def test_a_declaration_of_other_layers_is_not_written() -> None:
    sentence = Sentence(["a"], {"ner": ["O"]}, comments=("# global.layers = UPOS", "# c"))
    assert (
        written([sentence])
        == declaration("ner") + "# c\n" + misc("1", "ner=O").replace("x", "a") + "\n\n"
    )


def test_what_is_left_out_is_reported() -> None:
    remarks: list[Remark] = []
    list(conllu.read([row("1"), "", "# late", ""], "f", ReadOptions(report=remarks.append)))
    many = [Sentence([], source="g", line=3), Sentence(["a"])]
    list(conllu.write(many, WriteOptions(report=remarks.append)))
    assert [(r.kind, str(r)) for r in remarks] == [
        ("comments left out", "f:4: a comment without a sentence is left out"),
        (
            "empty sentences left out",
            "g:3: a sentence without tokens cannot stand in CoNLL-U and is left out",
        ),
    ]


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


layer_names = st.sampled_from([*conllu.LAYERS, "ner", "_", "SpaceAfter", "n", "a b", "MISC"]) | any_text


@given(
    sentences(any_text | st.sampled_from("abc=_")),
    st.permutations(conllu.NAMES[3:6]),
    layer_names,
    st.integers(0, 3),
)
def test_layers_of_any_name_come_back_or_are_refused(
    many: list[Sentence], order: list[str], name: str, size: int
) -> None:
    for sentence in many:
        tags = {layer: sentence.tags[layer] for layer in order}
        sentence.tags = {layer: tags[layer] for layer in order[:size]} | {name: tags["UPOS"]}
    try:
        text = written(many)
    except CorpusError:
        return
    assert content(read(text)) == content(many)
    assert [list(s.tags) for s in read(text)] == [list(s.tags) for s in many]
    assert written(read(text)) == text


@given(sentences(harmless))
def test_harmless_text_is_never_refused(many: list[Sentence]) -> None:
    assert content(read(written(many))) == content(many)


junk = st.lists(
    st.sampled_from(
        ["\t_" * 8, row("1"), row("2"), row("1-2"), row("1.1"), "\n", "# text = x", "#\t1-a\t"]
    )
    | st.sampled_from(["# global.layers =", " ner UPOS", row("1") + "|ner=O", "\n" + row("0.1") + "\n"])
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
