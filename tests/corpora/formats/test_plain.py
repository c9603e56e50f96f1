"""Plain text: paragraphs, pieces, offsets, bounded memory."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.formats import plain
from corpora.options import ReadOptions
from corpora.sentence import Sentence
from corpora.tokenization import LINES, TOKENS, WHITESPACE, Tokenization, segment

FRAGMENTS = [
    *["Hello", "world", "Mr.", "U.S.", "don't", "fooBar", "a-b", ".", "!", "...", "3.14", "wor-"],
    *[
        " ",
        " ",
        " ",
        "\n",
        "\n",
        "\n \n",
        "\r\n",
        "\t",
        "\u200b",
        "\x1c",
        "\u3000",
        "\u2028",
        "한국",
    ],
]
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3)).map("".join)


def ranges(sentences: list[Sentence]) -> list[tuple[int, int]]:
    return [offsets for s in sentences if s.offsets is not None for offsets in s.offsets]


@given(texts, st.lists(st.integers(0, 100)), st.integers(0, 30), st.integers(0, 60))
@example("0:...Hello", [], 0, 0)  # a sentence begins within what is one word
def test_pieces_of_any_size_give_the_same_tokens(
    text: str, cuts: list[int], paragraph: int, longest: int
) -> None:
    pieces = [text[a:b] for a, b in itertools.pairwise([0, *sorted(cuts), len(text)])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "_PARAGRAPH", paragraph)
        patch.setattr(plain, "_LONGEST_SENTENCE", longest)
        sentences = list(plain.read(pieces, "f"))
    assert ranges(sentences) == [r for sentence in segment(text) for r in sentence]
    for sentence in sentences:
        assert sentence.text is not None
        assert sentence.offsets is not None
        assert text.startswith(sentence.text, sentence.start)
        assert [text[a:b] for a, b in sentence.offsets] == sentence.tokens
        assert sentence.offsets[0][0] == sentence.start
        assert sentence.offsets[-1][1] == sentence.start + len(sentence.text)


KINDS = [Tokenization(tokens, LINES) for tokens in (*TOKENS, r"regex:\w+|\W")]
KINDS += [Tokenization(tokens) for tokens in (*TOKENS[1:], r"regex:\w+|\W")]


@given(texts, st.integers(0, 30))
@pytest.mark.parametrize("how", KINDS, ids=str)
def test_a_long_paragraph_is_split_as_if_it_were_short(
    how: Tokenization, text: str, paragraph: int
) -> None:
    options = ReadOptions(tokenization=how)
    lines = text.splitlines(keepends=True)
    short = list(plain.read(lines, "f", options))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "_PARAGRAPH", paragraph)
        long = list(plain.read(lines, "f", options))
    assert ranges(long) == ranges(short)
    assert [text[a:b] for a, b in ranges(long)] == [token for s in long for token in s.tokens]


@pytest.mark.parametrize(
    ("pieces", "sentences"),
    [
        ([], []),
        (["\n", " \n"], []),
        (["no full\n", "stop\n", "\n", "here\n"], [["no", "full", "stop"], ["here"]]),
        (["one\r\n", " \r\n", "two"], [["one"], ["two"]]),
        (["no", "\n", "break"], [["no", "break"]]),
        (["no", " \n", "break"], [["no", "break"]]),
        (["a\n", "  ", "\n", "break"], [["a"], ["break"]]),
    ],
)
def test_blank_lines_end_sentences(pieces: list[str], sentences: list[list[str]]) -> None:
    assert [s.tokens for s in plain.read(pieces, "f")] == sentences


def test_sentence_knows_its_text_and_where_it_stands() -> None:
    first, second = plain.read(["\n", "  Ada slept. \n", "She\n", "woke.\n"], "f")
    assert (first.text, first.start, first.source) == ("Ada slept.", 3, "f")
    assert (second.text, second.start) == ("She\nwoke.", 15)
    assert second.surface() == ("She\nwoke.", [(0, 3), (4, 8), (8, 9)])


@pytest.mark.parametrize(
    "piece",
    ["One is here. ", "on and on ", "x" * 70_000 + " "],
    ids=["sentences", "words", "long words"],
)
def test_endless_paragraph_streams(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "_LONGEST_SENTENCE", 1 << 16)
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += len(piece)
            yield piece

    sentences = plain.read(endless(), "f")
    next(sentences)
    assert taken < 1 << 20


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        ([], ""),
        ([Sentence(["a", "b"])], "a b\n"),
        ([Sentence(["a", "b"], text="ab", offsets=[(5, 6), (6, 7)], start=5)], "ab\n"),
        ([Sentence(["a"], comments=("# c",)), Sentence(["b"])], "a\nb\n"),
        ([Sentence(["a"], new_document=True), Sentence(["b"], new_document=True)], "a\n\nb\n"),
        ([Sentence(["\u2028a\x85b"])], "\u2028a\x85b\n"),
    ],
)
def test_write(sentences: list[Sentence], text: str) -> None:
    assert "".join(plain.write(sentences)) == text


ONE_LINE = "expected one line that is not blank"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            Sentence(["a"], {"ner": ["O"], "UPOS": ["X"]}, source="f", line=3),
            "f:3: found the layers ner, UPOS, expected none (text holds no tags)",
        ),
        (Sentence(["a\nb"]), rf"sentence: found text 'a\nb', {ONE_LINE}"),
        (
            Sentence(["a", "b"], text="a\nb", offsets=[(0, 1), (2, 3)]),
            rf"sentence: found text 'a\nb', {ONE_LINE}",
        ),
        (Sentence([]), f"sentence: found text '', {ONE_LINE}"),
        (Sentence([" ", "\x1c"]), rf"sentence: found text '  \x1c', {ONE_LINE}"),
    ],
)
def test_what_text_cannot_hold(sentence: Sentence, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        list(plain.write([sentence]))
    assert str(caught.value) == message


words = st.text(min_size=1).filter(lambda text: not any(map(str.isspace, text)))


@given(st.lists(st.lists(words, min_size=1), max_size=4), st.booleans())
def test_words_come_back_by_lines_and_white_space(many: list[list[str]], new_document: bool) -> None:
    written = list(plain.write(Sentence(tokens, new_document=new_document) for tokens in many))
    how = Tokenization(WHITESPACE, LINES)
    again = plain.read(written, "f", ReadOptions(tokenization=how))
    assert [s.tokens for s in again] == many
