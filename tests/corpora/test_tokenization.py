"""Segmentation: every character in exactly one token, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.tokenization import segment

FRAGMENTS = [
    *[
        "Mr.",
        "U.S.",
        "e.g.",
        "don't",
        "can’t",
        "well-known",
        "a_b",
        "...",
        "?!",
        "3.14",
        "(",
        ")",
        "[1]",
    ],
    *[
        "http://x.org/?a=b",
        "x@y.z",
        "#tag",
        "fooBar",
        "wor-",
        "\u200b",
        "\x1c",
        "a\x1cB",
        "\u00ad",
        "\ufeff",
    ],
    *[
        " ",
        " ",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "\u3000",
        "\u2028",
        "\x85",
        "Hello",
        "world",
        ".",
        "!",
        "’",
    ],
    *["İstanbul", "ﬁ", "e\u0301", "👩‍👩‍👧", "한국", "日本。", "ไทย", "\0", "「", "」", "№"],
]
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4)).map("".join)


@given(texts | st.text())
def test_every_character_is_in_exactly_one_token(text: str) -> None:
    sentences = list(segment(text))
    assert all(sentences)
    ranges = [r for sentence in sentences for r in sentence]
    covered = [i for a, b in ranges for i in range(a, b)]
    assert covered == sorted(set(covered))
    assert {i for i, character in enumerate(text) if not character.isspace()} <= set(covered)
    assert all(text[a:b].strip() == text[a:b] != "" for a, b in ranges)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n\t\x1c\u3000", []),
        ("Hello", [["Hello"]]),
        ("She can't come. Call me!", [["She", "ca", "n't", "come", "."], ["Call", "me", "!"]]),
        ("Mr. Smith (67) left.", [["Mr", ".", "Smith", "(", "67", ")", "left", "."]]),
        ("well-known", [["well", "-", "known"]]),
        ("a\u200bb\u200b", [["a", "\u200b", "b", "\u200b"]]),
        ("\u200b\u200b", [["\u200b\u200b"]]),
        ("a \x1c b", [["a", "b"]]),
        ("a.\x1cb", [["a", ".", "b"]]),
        ("New\nYork", [["New", "York"]]),
        ("wor-\nds", [["wor", "-", "ds"]]),
    ],
)
def test_segment(text: str, sentences: list[list[str]]) -> None:
    assert [[text[a:b] for a, b in sentence] for sentence in segment(text)] == sentences


def test_segments_as_it_goes() -> None:
    text = "One is here. " * 20_000
    assert next(segment(text)) == [(0, 3), (4, 6), (7, 11), (11, 12)]
