"""Every format: what is written is read again, or refused, and nothing vanishes in silence."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.files import COMPRESSIONS
from corpora.formats.columns import Layout
from corpora.formats.table import FORMATS
from corpora.options import ROWS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, align
from corpora.splits import Split, write
from corpora.tokenization import make_tokenization

EMPTY, TEXTS = "empty sentences left out", "texts left out"
TABLES = ("csv", "tsv", "parquet")
ONE_LAYER = ("prodigy", "doccano", "brat")
SPANS = (*ONE_LAYER, "label-studio", "docbin")


@dataclass(frozen=True)
class Way:
    """A format, and how it is written: what of a sentence it then holds."""

    format: str
    rows: str | None = None

    def __str__(self) -> str:
        return f"{self.format}-{self.rows}" if self.rows else self.format

    @property
    def by_token(self) -> bool:
        return self.format in TABLES and (self.rows or ROWS[self.format == "parquet"]) == "token"

    @property
    def empty_sentences(self) -> bool:
        return self.format == "jsonl" or (self.format in TABLES and not self.by_token)

    @property
    def text(self) -> bool:
        return "text" in FORMATS[self.format].holds and not self.by_token

    def has_text_of(self, sentence: Sentence) -> bool:
        """CoNLL-U has the text in a comment, and the tokens' places by looking for them."""
        if self.format not in ("conllu", "conllup"):
            return self.text
        text, offsets = sentence.surface()
        return "\n" not in text and "\r" not in text and align(sentence.tokens, text) == offsets

    @property
    def comments(self) -> bool:
        return "comments" in FORMATS[self.format].holds and not self.by_token

    def write(self, sentences: list[Sentence], path: Path, remarks: list[Remark]) -> None:
        # one layer alone is found again by what it holds, several by their names in a header
        layout = Layout("\t", ("form",), True) if self.format == "conll" else None
        write(sentences, path, self.format, layout, WriteOptions(self.rows, remarks.append))

    def read(self, path: Path, remarks: list[Remark]) -> list[Sentence]:
        how = make_tokenization("whitespace" if self.format == "brat" else None)
        return list(Split(path, self.format, ReadOptions(tokenization=how, report=remarks.append)))


WAYS = [
    Way(name, rows)
    for name, found in FORMATS.items()
    if found.tagged
    for rows in ((None, *ROWS) if name in TABLES else (None,))
]
each_way = pytest.mark.parametrize("way", WAYS, ids=str)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New paths, one after another."""
    folder = tmp_path_factory.mktemp("written")
    return (folder / f"{i}" for i in itertools.count())


def surface(sentence: Sentence) -> tuple[str, list[tuple[int, int]]]:
    """The text from the first token to the last, and where the tokens stand in it."""
    text, offsets = sentence.surface()
    if not offsets:
        return "", []
    first = offsets[0][0]
    return text[first : offsets[-1][1]], [(a - first, b - first) for a, b in offsets]


def comments(sentence: Sentence) -> list[str]:
    """The comments but those that a format adds, in which CoNLL-U says the same otherwise."""
    return [c for c in sentence.comments if not c.startswith(("# text =", "# newdoc"))]


def check(way: Way, meant: list[Sentence], back: list[Sentence], remarks: list[Remark]) -> None:
    kept = [s for s in meant if s.tokens or way.empty_sentences]
    assert sum(remark.kind == EMPTY for remark in remarks) == len(meant) - len(kept)
    assert [s.tokens for s in back] == [s.tokens for s in kept]
    assert [s.tags for s in back] == [s.tags for s in kept]
    flags = [s.new_document for s in kept]
    if way.format == "brat":  # a file is a document
        flags[:1] = [True for _ in flags[:1]]
    assert [s.new_document for s in back] == flags
    if way.text:
        lost = {remark.place for remark in remarks if remark.kind == TEXTS}
        for sentence, again in zip(kept, back, strict=True):
            if way.has_text_of(sentence) and sentence.place() not in lost:
                assert surface(again) == surface(sentence)
    if way.comments:
        assert [comments(s) for s in back] == [comments(s) for s in kept]


@st.composite
def span_tags(draw: st.DrawFn, length: int, labels: st.SearchStrategy[str]) -> list[str]:
    """Tags in IOB2."""
    tags: list[str] = []
    for _ in range(length):
        choice = draw(st.sampled_from("OBI"))
        before = tags[-1] if tags else "O"
        if choice == "I" and before != "O":
            tags.append(f"I{before[1:]}")
        else:
            tags.append("O" if choice == "O" else f"B-{draw(labels)}")
    return tags


@st.composite
def sentences(
    draw: st.DrawFn,
    tokens: st.SearchStrategy[str],
    tags: st.SearchStrategy[str],
    labels: st.SearchStrategy[str],
    names: st.SearchStrategy[list[str]],
    gaps: st.SearchStrategy[str],
    lines: st.SearchStrategy[str],
    least: int,
    kinds: st.SearchStrategy[bool],
) -> list[Sentence]:
    """Sentences with the same layers.

    Args:
        gaps: what stands between tokens, and around them, where there is a text.
        lines: comments.
        least: tokens of a sentence.
        kinds: of a layer: of spans or not.
    """
    layers = {name: draw(kinds) for name in draw(names)}
    found = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        forms = draw(st.lists(tokens, min_size=least, max_size=5))
        sentence = Sentence(
            forms,
            {
                name: draw(
                    span_tags(len(forms), labels)
                    if spans
                    else st.lists(tags, min_size=len(forms), max_size=len(forms))
                )
                for name, spans in layers.items()
            },
            comments=tuple(draw(st.lists(lines, max_size=2))),
            new_document=draw(st.booleans()),
            source="f",
            line=number,
        )
        if forms and draw(st.booleans()):
            sentence.start = start = draw(st.integers(0, 3))
            sentence.text = draw(gaps)
            sentence.offsets = []
            for form in forms:
                first = start + len(sentence.text)
                sentence.offsets.append((first, first + len(form)))
                sentence.text += form + draw(gaps)
        found.append(sentence)
    return found


# every category of Unicode but halves of surrogate pairs, and all that some format minds
characters = st.characters(exclude_categories=["Cs"])
SPACES = ["", " ", "\t", "\n", "\r", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\ufeff", "\u200b"]
PUNCTUATION = ['"', "'", ",", ";", "#", "# a", "#a", "[", "]", "{", "_", "|", "=", "a=b", "\\n", "\0"]
WORDS = ["-DOCSTART-", "1", "1-2", "O", "B-X", "😀", "e\u0301", "[]", '""', "None", "# newdoc", "T1"]
marks = st.sampled_from([*SPACES, *PUNCTUATION, *WORDS])
anything = marks | st.text(characters | st.sampled_from('\t\n\r ",#'), max_size=4)
names = anything | st.sampled_from(
    ["ner", "UPOS", "XPOS", "FEATS", "MISC", "NER", "label", "form", "text", "a b", "", "x_tags", "O"]
)


def wild(way: Way) -> st.SearchStrategy[list[Sentence]]:
    """Sentences of anything, among them some that the format can hold."""
    seldom = st.integers(0, 9).map(lambda number: not number)
    least, most = (1, 1) if way.format in ONE_LAYER else (0, 2)
    odd = seldom.flatmap(lambda yes: st.just("") if yes else anything)
    unspaced = anything.map(lambda text: "".join(text.split()) or "a")
    return sentences(
        unspaced if way.format == "brat" else anything.map(lambda text: text or "a") | odd,
        anything | st.sampled_from(["_", "NOUN", "A=b"]),
        st.just("PER") | (unspaced if way.format == "brat" else anything.filter(bool)),
        st.lists(st.just("ner") | names, min_size=least, max_size=most, unique=True),
        st.sampled_from(["", " ", "  ", "\n", "\u3000", "-"]),
        anything.map(lambda text: f"# {text}" if text.strip() else "# c"),
        0,
        seldom.map(lambda yes: yes != (way.format in SPANS)),
    )


@each_way
@settings(max_examples=50)
@given(data=st.data())
def test_what_is_written_is_read_or_refused(
    way: Way, data: st.DataObject, paths: Iterator[Path]
) -> None:
    many = data.draw(wild(way))
    path, remarks = next(paths), []
    try:
        way.write(many, path, remarks)
    except CorpusError as error:
        assert error.place
        assert not path.exists()
        return
    check(way, many, way.read(path, []), remarks)


@each_way
def test_half_of_a_surrogate_pair_is_no_text(way: Way, paths: Iterator[Path]) -> None:
    for sentence in (Sentence(["\ud800"], {"ner": ["O"]}), Sentence(["a"], {"ner": ["B-\udc00"]})):
        with pytest.raises(CorpusError) as caught:
            way.write([sentence], next(paths), [])
        assert (caught.value.found.partition(" in ")[0], caught.value.expected) == (
            "half of a surrogate pair",
            "UTF-8",
        )


word = st.text("abcÄß한нё", min_size=1, max_size=5)
name = st.text("xyz", min_size=1, max_size=3)


def tame(way: Way) -> st.SearchStrategy[list[Sentence]]:
    """Sentences of words, tags and layers of letters: whatever a format says it holds."""
    most = 1 if way.format in ONE_LAYER else 3
    return sentences(
        word,
        word,
        st.text("ABC", min_size=1, max_size=3),
        st.lists(st.just("ner") | name, min_size=int(most == 1), max_size=most, unique=True),
        st.sampled_from(["", " "]),
        word.map(lambda text: f"# {text}"),
        1,
        st.just(True) if way.format in SPANS else st.booleans(),
    )


@each_way
@settings(max_examples=30)
@given(data=st.data())
def test_plain_words_are_never_refused(way: Way, data: st.DataObject, paths: Iterator[Path]) -> None:
    many = data.draw(tame(way))
    path, remarks = next(paths), []
    way.write(many, path, remarks)
    check(way, many, way.read(path, remarks), [])
    assert remarks == []


@pytest.mark.parametrize("compression", COMPRESSIONS)
@settings(max_examples=20)
@given(many=tame(Way("jsonl")))
def test_packed_files_hold_the_same(
    compression: str, many: list[Sentence], paths: Iterator[Path]
) -> None:
    for way in (Way("jsonl"), Way("parquet")):
        path = next(paths).with_suffix(f".x{compression}")
        way.write(many, path, [])
        check(way, many, way.read(path, []), [])


@settings(max_examples=50)
@given(many=wild(Way("jsonl")))
def test_text_keeps_every_line(many: list[Sentence], paths: Iterator[Path]) -> None:
    for sentence in many:
        sentence.tags = {}
    path = next(paths)
    try:
        write(many, path, "text")
    except CorpusError:
        return
    how = ReadOptions(tokenization=make_tokenization("whitespace"))
    assert [s.text for s in Split(path, "text", how)] == [s.surface()[0].strip() for s in many]


@given(many=tame(Way("jsonl")))
def test_text_of_plain_words_keeps_the_words(many: list[Sentence], paths: Iterator[Path]) -> None:
    assume(many)
    bare = [Sentence(s.tokens, new_document=s.new_document) for s in many]
    path = next(paths)
    write(bare, path, "text")
    how = ReadOptions(tokenization=make_tokenization("whitespace"))
    assert [s.tokens for s in Split(path, "text", how)] == [s.tokens for s in many]


SENTENCES = [
    Sentence(
        ["Ada", "Lovelace", "ca", "n't", "sleep", "."],
        {"ner": ["B-PER", "I-PER", "O", "O", "O", "O"]},
        text="Ada Lovelace can't sleep.",
        offsets=[(0, 3), (4, 12), (13, 15), (15, 18), (19, 24), (24, 25)],
        new_document=True,
    ),
    Sentence(["Why", "?"], {"ner": ["O", "O"]}, text="Why?", offsets=[(0, 3), (3, 4)]),
    Sentence(["#", '"', "😀", "東京", "-DOCSTART", "a,b", "'", "Ö\u0308"], {"ner": ["O"] * 8}),
    Sentence(["東京", "駅", "Ada"], {"ner": ["B-LOC", "B-LOC", "B-PER"]}, new_document=True),
    Sentence(["[", "]", "{}", "\\n", "1"], {"ner": ["B-MISC", "I-MISC", "O", "B-MISC", "B-X_1"]}),
]


@pytest.mark.parametrize("one", WAYS, ids=str)
def test_from_one_format_to_each_other_and_back(one: Way, paths: Iterator[Path]) -> None:
    content = [(s.tokens, s.tags) for s in SENTENCES]
    path, remarks = next(paths), []
    one.write(SENTENCES, path, remarks)
    first = one.read(path, remarks)
    assert [(s.tokens, s.tags) for s in first] == content
    for other in WAYS:
        there, back = next(paths), next(paths)
        other.write(first, there, remarks)
        second = other.read(there, remarks)
        assert [(s.tokens, s.tags) for s in second] == content, other
        one.write(second, back, remarks)
        assert [(s.tokens, s.tags) for s in one.read(back, remarks)] == content, other
    assert remarks == []
