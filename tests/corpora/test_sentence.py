"""Sentences: checks, places, surfaces, alignment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.sentence import Sentence, align, joined_offsets


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"tags": {"ner": ["O"]}},
            "sentence: found 1 tags in layer ner, expected 2, one a token",
        ),
        (
            {"tags": {"a": ["x", "y"], "b": []}, "source": "f.conll", "line": 7},
            "f.conll:7: found 0 tags in layer b, expected 2, one a token",
        ),
        (
            {"text": "a b", "offsets": [(0, 1)], "source": "f.txt"},
            "f.txt: found 1 offsets, expected 2, one a token",
        ),
    ],
)
def test_lengths_must_fit(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Sentence(["a", "b"], **arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


ROWS = ("1-2\tdu", "1\tde", "2\tle", "# mid", "2.1\tx", "3\tpain")


@pytest.mark.parametrize(
    ("sentence", "places"),
    [
        (Sentence(["a", "b"]), ["sentence", "sentence"]),
        (Sentence(["a", "b"], source="s"), ["s", "s"]),
        (Sentence(["a", "b"], source="s", line=4), ["s:4", "s:5"]),
        (Sentence(["de", "le", "pain"], source="s", line=4, record=ROWS), ["s:5", "s:6", "s:9"]),
        (Sentence(["a", "b"], source="s", line=4, record=('{"tokens":…}',)), ["s:4", "s:4"]),
        # the names of the columns stand behind the rows, and count for none
        (Sentence(["a"], source="s", line=4, record=("0.1\tx", "1\ta", "ID\tFORM")), ["s:5"]),
    ],
)
def test_place(sentence: Sentence, places: list[str]) -> None:
    assert [sentence.place(i) for i in range(len(sentence))] == places


def test_surface_is_the_text_with_offsets_into_it() -> None:
    sentence = Sentence(["Hi", "!"], text="Hi!", offsets=[(10, 12), (12, 13)], start=10)
    assert sentence.surface() == ("Hi!", [(0, 2), (2, 3)])


@given(st.lists(st.text()))
def test_surface_without_text_joins_tokens(tokens: list[str]) -> None:
    text, offsets = Sentence(tokens).surface()
    assert [text[a:b] for a, b in offsets] == tokens
    assert offsets == list(joined_offsets(tokens))
    assert text == " ".join(tokens)


@given(st.lists(st.tuples(st.text(), st.text(" \t\n\u3000"))))
def test_align_finds_tokens_between_white_space(pieces: list[tuple[str, str]]) -> None:
    tokens = [token for token, _ in pieces]
    text = "".join(token + space for token, space in pieces)
    offsets = align(tokens, text)
    assert offsets is not None
    assert [text[a:b] for a, b in offsets] == tokens
    ends = [0, *(end for _, end in offsets)]
    assert all(end <= start for end, (start, _) in zip(ends, offsets, strict=False))


@pytest.mark.parametrize(
    ("tokens", "text", "offsets"),
    [
        ([], "left over", []),
        (["a", "a"], "a", None),
        (["b"], "a b", None),
        (["", "a"], " a", [(0, 0), (1, 2)]),
        (["New York", "!"], " New York !", [(1, 9), (10, 11)]),
    ],
)
def test_align(tokens: list[str], text: str, offsets: list[tuple[int, int]] | None) -> None:
    assert align(tokens, text) == offsets
