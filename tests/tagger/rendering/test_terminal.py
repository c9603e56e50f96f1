"""Glosses: what a reader sees under each token, at any width."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import Sentence, schemes
from tagger.rendering.terminal import colour, columns, glosses, style

COLOUR = re.compile(r"\x1b\[\d+m")


def sentence(rows: str, *layers: str) -> Sentence:
    """Makes a sentence from "token/tag/tag …"; the layer ner has spans."""
    cells = [item.split("/") for item in rows.split()]
    tags = {name: [row[i] for row in cells] for i, name in enumerate(layers, 1)}
    spans = {"ner": schemes.to_spans(tags["ner"])} if "ner" in tags else {}
    return Sentence([row[0] for row in cells], tags, spans=spans)


def shown(*sentences: Sentence, width: int = 40) -> str:
    layers = list(sentences[0].tags) if sentences else []
    return "".join(glosses(sentences, layers, style(None), width))


ADA = sentence(
    "Ada/PROPN/B-PER Lovelace/PROPN/I-PER lived/VERB/O in/ADP/O Ayr/PROPN/B-LOC", "UPOS", "ner"
)


@pytest.mark.parametrize(
    ("given", "width", "expected"),
    [
        (
            ADA,
            80,
            [
                "Ada   Lovelace lived in  Ayr",
                "PROPN PROPN    VERB  ADP PROPN",
                "PER ━━━━━━━━━━           LOC ━",
                "",
            ],
        ),
        (  # a span goes on in the next line
            ADA,
            10,
            [
                "Ada",
                "PROPN",
                "PER ━",
                "Lovelace",
                "PROPN",
                "━━━━━━━",
                "lived in",
                "VERB  ADP",
                "Ayr",
                "PROPN",
                "LOC ━",
                "",
            ],
        ),
        (sentence("a/N b/V", "UPOS"), 80, ["a b", "N V", ""]),
        (sentence("a/O b/O", "ner"), 80, ["a b", ""]),
        (sentence("a b"), 80, ["a b", ""]),
        # a label that is wider than its span makes room
        (
            sentence("a/B-creative-work b/O c/B-A d/B-B", "ner"),
            80,
            ["a             b c d", "creative-work   A B", ""],
        ),
        # spans of one label that touch
        (sentence("aaaa/B-A b/I-A cccc/B-A", "ner"), 80, ["aaaa b cccc", "A ━━━━ A ━━", ""]),
        # wide and combined characters
        (sentence("서울/N x/N", "UPOS"), 80, ["서울 x", "N    N", ""]),
        (sentence("e\u0301e\u0301/N x/N กี่/N y/N", "UPOS"), 80, ["e\u0301e\u0301 x กี่ y", "N  N N N", ""]),
        (Sentence(["", "a\tb", "\x1b[31m", "\u200b"]), 80, ["␣ a�b �[31m �", ""]),
        (Sentence([]), 80, []),
    ],
)
def test_gloss(given: Sentence, width: int, expected: list[str]) -> None:
    assert shown(given, width=width).split("\n")[: len(expected)] == expected
    assert shown(given, width=width).count("\n") == len(expected)


def test_sentences_are_apart() -> None:
    assert shown(*[sentence("a/N", "UPOS")] * 2) == "a\nN\n\na\nN\n\n"


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("ab", 2), ("é", 1), ("e\u0301", 1), ("서울", 4), ("👍", 2), ("กี่", 1), ("a\ufe0f", 1)],
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (None, {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (None, {"FORCE_COLOR": "1"}, True),
        (Terminal(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True),
    ],
)
def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch,
    stream: io.StringIO | None,
    environment: dict[str, str],
    coloured: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    paint = style(stream)
    assert paint("x", "32") == ("\x1b[32mx\x1b[0m" if coloured else "x")
    assert (paint("", "32"), paint("x", "")) == ("", "x")


def test_a_label_keeps_its_colour() -> None:
    assert [colour(label) for label in ("PER", "LOC", "ORG", "MISC")] == ["32", "36", "35", "33"]
    assert colour("corporation") == colour("corporation")
    assert re.fullmatch(r"3[1-6]", colour("corporation"))


TAGS = ["O", "B-PER", "I-PER", "B-product", "I-product"]
cells = st.tuples(st.text(max_size=8), st.sampled_from(["NOUN", "X"]), st.sampled_from(TAGS))


@given(st.lists(cells, min_size=1), st.integers(1, 60))
def test_any_sentence(rows: list[tuple[str, str, str]], width: int) -> None:
    """All tokens and their tags in order, each span's label, nothing that moves the cursor."""
    made = Sentence([row[0] for row in rows], {"UPOS": [row[1] for row in rows]})
    made.tags["ner"] = schemes.convert([row[2] for row in rows], "IOB2")
    made.spans["ner"] = schemes.to_spans(made.tags["ner"])
    paint = lambda text, code: f"\x1b[{code}m{text}\x1b[0m" if code and text else text  # noqa: E731
    painted = "".join(glosses([made], ["UPOS", "ner"], paint, width))
    plain = "".join(glosses([made], ["UPOS", "ner"], lambda text, code: text, width))
    assert COLOUR.sub("", painted) == plain
    assert all(line.isprintable() and line == line.rstrip(" ") for line in plain.split("\n"))
    visible = ["".join(c if c.isprintable() else "�" for c in token) or "␣" for token in made.tokens]
    squeezed = re.sub(r"\s", "", plain)
    for part in ("".join(visible).replace(" ", ""), "".join(made.tags["UPOS"])):
        letters = iter(squeezed)
        assert all(letter in letters for letter in part)
    for label in ("PER", "product"):
        assert plain.count(label) >= sum(span.label == label for span in made.spans["ner"])
