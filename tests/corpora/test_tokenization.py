"""Segmentation: every character in exactly one token, whatever the text and the way to split."""

import itertools
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.splits import read
from corpora.tokenization import (
    CHARACTERS,
    LINES,
    SENTENCES,
    SPACED_CHARACTERS,
    STANDARD,
    STANDARD_TOKENIZATION,
    TOKENS,
    WHITESPACE,
    Tokenization,
    as_range,
    make_tokenization,
    segment,
    tokenization_of,
)

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


PATTERNS = [
    r"\w+",
    r"[^-]+",
    "",
    "(?:)",
    ".",
    r"\s",
    r"(?s).{3}",
    r"a*",
    r"(?<=b)",
    r"\b",
    "[\ud800-\udfff]",
]
HERE = f"python:{__name__}:"
WAYS = [*TOKENS, *(f"regex:{pattern}" for pattern in PATTERNS), f"{HERE}halves", f"{HERE}words"]

combining = st.sampled_from(
    ["e\u0301", "\u1112\u1161\u11ab", "\u0928\u093f", "\U0001f1eb\U0001f1f7", "\ufe0f"]
)
all_unicode = st.text(st.characters() | st.sampled_from(" \t\r\n\u200b\u2060\ufeff\u2028\x1c"))


def halves(text: str) -> list[tuple[int, int]]:
    """Ranges that pass over the middle of a text."""
    return [(0, len(text) // 3), (2 * len(text) // 3, len(text))]


def words(text: str) -> Iterator[str]:
    """Strings, every other one."""
    yield from text.split()[::2]


@settings(max_examples=600)
@given(
    st.sampled_from(WAYS),
    st.lists(st.sampled_from(FRAGMENTS) | combining | all_unicode, max_size=8).map("".join),
)
@pytest.mark.parametrize("sentences", SENTENCES)
def test_nothing_is_lost_in_any_way(sentences: str, tokens: str, text: str) -> None:
    found = list(Tokenization(tokens, sentences).segment(text))
    assert all(found)
    ranges = [pair for sentence in found for pair in sentence]
    assert all(0 <= a < b <= len(text) for a, b in ranges)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ranges))
    covered = {i for a, b in ranges for i in range(a, b)}
    assert {i for i, character in enumerate(text) if not character.isspace()} <= covered
    if sentences == LINES:
        assert not any("\n" in text[a[0] : b[1]] for a, *_, b in ([s[0], s[-1]] for s in found))
    if tokens in (WHITESPACE, CHARACTERS, STANDARD):
        assert not any(character.isspace() for a, b in ranges for character in text[a:b])
    if tokens in (CHARACTERS, SPACED_CHARACTERS):
        assert {b - a for a, b in ranges} <= {1}


@given(all_unicode)
def test_lines_are_the_sentences(text: str) -> None:
    lines = [line for line in text.split("\n") if line.strip()]
    for tokens in (WHITESPACE, SPACED_CHARACTERS):
        found = list(Tokenization(tokens, LINES).segment(text))
        assert [text[s[0][0] : s[-1][1]] for s in found] == [line.strip() for line in lines]


def split(text: str, tokens: str, sentences: str = LINES) -> list[list[str]]:
    return [[text[a:b] for a, b in s] for s in Tokenization(tokens, sentences).segment(text)]


FAMILY = "\U0001f469\u200d\U0001f467"
HANGUL = unicodedata.normalize("NFD", "한국")


@pytest.mark.parametrize(
    ("tokens", "text", "sentences"),
    [
        (WHITESPACE, "", []),
        (WHITESPACE, " \r\n\t\n\x1c", []),
        (WHITESPACE, " Mr. X,\ty \r\n\r\n z\u3000w\u2028v ", [["Mr.", "X,", "y"], ["z", "w", "v"]]),
        (WHITESPACE, "a\u200bb\ufeff c\u00adд", [["a\u200bb\ufeff", "c\u00adд"]]),
        (CHARACTERS, "ab c\r\nd", [["a", "b", "c"], ["d"]]),
        (CHARACTERS, "e\u0301 " + FAMILY, [["e", "\u0301", *FAMILY]]),
        (CHARACTERS, HANGUL, [list(HANGUL)]),
        (SPACED_CHARACTERS, " a  b\t\nc ", [["a", " ", " ", "b"], ["c"]]),
        (SPACED_CHARACTERS, "a\r\nb", [["a"], ["b"]]),
        (STANDARD, "He can't. She can.\nNow", [["He", "ca", "n't", ".", "She", "can", "."], ["Now"]]),
        (r"regex:\w+", "don't\r\n(x)", [["don", "'", "t"], ["(", "x", ")"]]),
        (r"regex:\w+", "a -- b !?c", [["a", "--", "b", "!?", "c"]]),
        ("regex:a b", "a b c", [["a b", "c"]]),
        ("regex:", "ab c", [["ab", "c"]]),
        ("regex:x*", "axxb", [["a", "xx", "b"]]),
        (f"{HERE}words", "one two three", [["one", "two", "three"]]),
        (f"{HERE}halves", "abcdef", [["ab", "cd", "ef"]]),
    ],
)
def test_ways_to_split(tokens: str, text: str, sentences: list[list[str]]) -> None:
    assert split(text, tokens) == sentences


@pytest.mark.parametrize(
    ("tokens", "text", "sentences"),
    [
        (WHITESPACE, "Hello there. Mr. X\nslept.", [["Hello", "there."], ["Mr.", "X", "slept."]]),
        (WHITESPACE, "one\n\ntwo", [["one"], ["two"]]),
        (SPACED_CHARACTERS, "Go on.\n Now", [[*"Go on."], [*"Now"]]),
        (SPACED_CHARACTERS, "A\nb", [["A", "\n", "b"]]),
        (CHARACTERS, "Hi! Yes.", [["H", "i", "!"], ["Y", "e", "s", "."]]),
    ],
)
def test_standard_sentences_of_other_tokens(tokens: str, text: str, sentences: list[list[str]]) -> None:
    assert split(text, tokens, STANDARD) == sentences


@pytest.mark.parametrize(
    "text", ["a\r\nb\r\n", "\ta\tb", HANGUL + " " + HANGUL, "\u200ba", FAMILY * 2, "e\u0301!"]
)
@pytest.mark.parametrize("tokens", WAYS)
def test_offsets_point_into_the_text_as_it_is(tokens: str, text: str, tmp_path: Path) -> None:
    from corpora.options import ReadOptions

    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    options = ReadOptions(tokenization=Tokenization(tokens, LINES))
    for sentence in read(path, "text", options):
        assert sentence.offsets is not None
        assert [text[a:b] for a, b in sentence.offsets] == sentence.tokens


# functions of a user's own: what they return, and the tokens or the message
def strings(text: str) -> list[str]:
    return ["a", "", "c"]


def pairs(text: str) -> Iterator[tuple[int, int] | list[int]]:
    yield (0, 1)
    yield [1, 1]
    yield [2, 3]


def mixed(text: str) -> list[object]:
    return ["a", (2, 3)]


def nothing(text: str) -> list[str]:
    return []


def one_string(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("function", "tokens"),
    [
        ("strings", ["a", "b", "c", "d"]),
        ("pairs", ["a", "b", "c", "d"]),
        ("mixed", ["a", "b", "c", "d"]),
        ("nothing", ["abc", "d"]),
        ("one_string", ["a", "b", "c", " ", "d"]),
        ("Splitter.split", ["abc d"]),
    ],
)
def test_functions_of_ones_own(function: str, tokens: list[str]) -> None:
    assert split("abc d", HERE + function) == [tokens]


class Splitter:
    @staticmethod
    def split(text: str) -> list[str]:
        return [text]


def raising(text: str) -> list[str]:
    raise ZeroDivisionError("no such\nluck")


def raising_later(text: str) -> Iterator[str]:
    yield "a"
    raise KeyError("x" * 1000)


def none(text: str) -> None:
    return None


RESULTS: dict[str, Any] = {
    "other": ["a", "x"],
    "backwards": ["c", "a"],
    "overlapping": [(0, 2), (1, 3)],
    "reversed": [(2, 1)],
    "negative": [(-1, 1)],
    "beyond": [(0, 99)],
    "three": [(0, 1, 2)],
    "truth": [(False, True)],
    "floats": [(0.0, 1.0)],
    "numbers": [0, 1],
    "nones": [None],
    "lowered": ["ABC"],
    "longer": ["abc d e"],
}


def __getattr__(name: str) -> Callable[[str], Any]:  # so that each result has its function
    if name in RESULTS:
        return lambda text: RESULTS[name]
    raise AttributeError(name)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("other", "found token 'x', expected one of 'bc d'"),
        ("backwards", "found token 'a', expected one of ' d'"),
        ("overlapping", "found token '(1, 3)', expected one of 'c d'"),
        ("reversed", "found token '(2, 1)', expected one of 'abc d'"),
        ("negative", "found token '(-1, 1)', expected one of 'abc d'"),
        ("beyond", "found token '(0, 99)', expected one of 'abc d'"),
        ("three", "found token '(0, 1, 2)', expected one of 'abc d'"),
        ("truth", "found token '(False, True)', expected one of 'abc d'"),
        ("floats", "found token '(0.0, 1.0)', expected one of 'abc d'"),
        ("numbers", "found token '0', expected one of 'abc d'"),
        ("nones", "found token 'None', expected one of 'abc d'"),
        ("lowered", "found token 'ABC', expected one of 'abc d'"),
        ("longer", "found token 'abc d e', expected one of 'abc d'"),
        ("raising", r"found 'ZeroDivisionError: no such\nluck', expected tokens"),
        ("raising_later", f"""found "KeyError: '{"x" * 188}…", expected tokens"""),
        ("none", """found "TypeError: 'NoneType' object is not iterable", expected tokens"""),
    ],
)
def test_functions_that_lose_the_text(function: str, message: str) -> None:
    name = HERE + function
    with pytest.raises(CorpusError) as caught:
        split("abc d", name)
    assert str(caught.value) == f"tokenizer {name}: {message}"


KINDS = (
    "standard, whitespace, characters, characters+spaces, icu, regex:PATTERN or python:MODULE:FUNCTION"
)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ("", f"found '', expected {KINDS}"),
        ("Standard", f"found 'Standard', expected {KINDS}"),
        ("regex", f"found 'regex', expected {KINDS}"),
        ("python:", f"found 'python:', expected {KINDS}"),
        ("python:module", f"found 'python:module', expected {KINDS}"),
        ("python:a:b:c", f"found 'python:a:b:c', expected {KINDS}"),
        ("x" * 99, f"found '{'x' * 59}…', expected {KINDS}"),
    ],
)
def test_ways_to_split_that_are_none(tokens: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Tokenization(tokens)
    assert str(caught.value) == f"tokenizer: {message}"


@pytest.mark.parametrize(
    "pattern", ["(", "*", "[a", "(?P<a>x)(?P<a>y)", r"\1", "a{99999999999999999999}", "(" * 9999]
)
def test_patterns_that_are_none(pattern: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Tokenization(f"regex:{pattern}")
    assert caught.value.place == "tokenizer"
    assert caught.value.found.startswith(repr(pattern if len(pattern) < 60 else pattern[:59] + "…"))
    assert caught.value.expected == "a regular expression"


@pytest.mark.parametrize("language", ["de fr", "e\n", "é", "x" * 36, "en/us"])
def test_languages_that_are_none(language: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Tokenization(language=language)
    assert str(caught.value) == f"language: found {language!r}, expected a code: en, de, pt-BR"


@given(all_unicode, st.sampled_from(["de", "pt-BR", "zz", "th", "x", "ZH_hant"]))
@pytest.mark.parametrize("tokens", [STANDARD, "icu"])
def test_nothing_is_lost_in_any_language(tokens: str, text: str, language: str) -> None:
    found = Tokenization(tokens, language=language).segment(text)
    covered = [i for sentence in found for a, b in sentence for i in range(a, b)]
    assert covered == [i for i, character in enumerate(text) if not character.isspace()]


def test_sentences_that_are_none() -> None:
    with pytest.raises(CorpusError) as caught:
        Tokenization(sentences="paragraphs")
    assert str(caught.value) == "sentences: found 'paragraphs', expected one of standard, lines"


@pytest.mark.parametrize(
    "name",
    [
        "python:no_such_module:f",
        "python:os:no_such_function",
        "python:os:path.no_such_function",
        "python:os:",
        "python::f",
        "python:.relative:f",
        "python:..:f",
        "python:os:name",
        "python:broken_module:f",
        "python:raising_module:f",
        "python:exiting_module:f",
        "python:a\0b:f",
    ],
)
def test_functions_that_are_not_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_module.py").write_text("def f(:")
    (tmp_path / "raising_module.py").write_text("raise ZeroDivisionError")
    (tmp_path / "exiting_module.py").write_text("raise RuntimeError('line 1\\nline 2')")
    monkeypatch.syspath_prepend(tmp_path)
    how = Tokenization(name)  # nothing is run before there is a text
    with pytest.raises(CorpusError) as caught:
        list(how.segment("a"))
    assert caught.value.place == "tokenizer"
    assert caught.value.expected == "a function"
    assert "\n" not in str(caught.value)
    sys.modules.pop("raising_module", None)


def test_a_tokenization_is_a_plain_value() -> None:
    how = Tokenization(f"{HERE}words", LINES)
    assert how.to_dict() == {"tokens": f"{HERE}words", "sentences": "lines", "language": ""}
    assert str(Tokenization(language="de")) == "tokens: standard, sentences: standard, language: de"
    assert Tokenization(**how.to_dict()) == how
    assert str(how) == f"tokens: {HERE}words, sentences: lines"
    assert [w for w in WAYS if Tokenization(w).needs_code] == [f"{HERE}halves", f"{HERE}words"]
    assert Tokenization() == STANDARD_TOKENIZATION == Tokenization(STANDARD, STANDARD)


@pytest.mark.parametrize(
    ("tokens", "sentences", "how"),
    [
        (None, None, STANDARD_TOKENIZATION),
        (WHITESPACE, None, Tokenization(WHITESPACE, LINES)),
        (WHITESPACE, STANDARD, Tokenization(WHITESPACE, STANDARD)),
        (CHARACTERS, None, Tokenization(CHARACTERS, STANDARD)),
        (None, LINES, Tokenization(STANDARD, LINES)),
    ],
)
def test_make_tokenization(tokens: str | None, sentences: str | None, how: Tokenization) -> None:
    assert make_tokenization(tokens, sentences) == how


@pytest.mark.parametrize(
    ("forms", "tokens"),
    [
        (["a", "b"], CHARACTERS),
        (["a", " ", "b"], SPACED_CHARACTERS),
        (["a", "\u3000"], SPACED_CHARACTERS),
        (["a", " ", "bc"], STANDARD),
        (["a", ""], STANDARD),
        (["e\u0301"], STANDARD),
    ],
)
def test_tokenization_of_forms(forms: list[str], tokens: str) -> None:
    assert tokenization_of(forms) == Tokenization(tokens)


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        ([1, 2], (1, 2)),
        ((2, 1), (2, 1)),
        ([1], None),
        ([1, 2, 3], None),
        ([True, 2], None),
        ([1.0, 2], None),
        (["1", "2"], None),
        ("12", None),
        ({1, 2}, None),
        (None, None),
    ],
)
def test_as_range(value: object, pair: tuple[int, int] | None) -> None:
    assert as_range(value) == pair


@pytest.mark.skipif(
    not os.environ.get("TAGGER_CORPORA"), reason="TAGGER_CORPORA names no folder of corpora"
)
def test_korean_characters_come_back_from_their_text() -> None:
    paths = sorted(Path(os.environ["TAGGER_CORPORA"], "klue-ner").glob("*.tsv.gz"))
    how = Tokenization(SPACED_CHARACTERS, LINES)
    count = trimmed = 0
    for sentence in itertools.chain.from_iterable(map(read, paths)):
        text = "".join(sentence.tokens)
        (ranges,) = how.segment(text)
        # one sentence ends with a space: at the ends of a line it is part of none
        assert [text[a:b] for a, b in ranges] == list(text.strip())
        assert tokenization_of(sentence.tokens).tokens in (CHARACTERS, SPACED_CHARACTERS)
        trimmed += list(text.strip()) != sentence.tokens
        count += 1
    assert (len(paths), count, trimmed) == (3, 5000, 1)
