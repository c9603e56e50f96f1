"""Raw text → sentences and tokens, as character ranges. Nothing is lost.

Tokens in the standard way come from syntok (Florian Leitner, MIT licence), which keeps to
the conventions of Universal Dependencies and the Penn Treebank ("do|n't", "well|-|known")
and works for any language that puts spaces between words; the ends of sentences from
syntok and sentencex (Wikimedia, MIT licence) together. docs/tokenization.md has the
comparison behind this choice. This page adds other ways to split, and the promise that
every character that is no white space is part of exactly one token.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from corpora.errors import CorpusError, shown

if TYPE_CHECKING:
    from syntok.tokenizer import Tokenizer  # type: ignore[import-untyped]

Range = tuple[int, int]
# text of a sentence → its tokens, as strings in their order or as half-open ranges
TokenFunction = Callable[[str], Iterable[str] | Iterable[Range]]

STANDARD = "standard"
WHITESPACE = "whitespace"
CHARACTERS = "characters"
SPACED_CHARACTERS = "characters+spaces"
ICU = "icu"
TOKENS = (STANDARD, WHITESPACE, CHARACTERS, SPACED_CHARACTERS, ICU)
LINES = "lines"
SENTENCES = (STANDARD, LINES)

_PATTERN = "regex:"
_FUNCTION = "python:"
_WORD = re.compile(r"\S+")
_LANGUAGE = re.compile(r"[A-Za-z0-9_-]{0,35}")
# "1996." or "XIV." before a lower-case word ends no sentence
_ORDINAL = re.compile(r"(?:^|[\s(„\"“])(?:[0-9]{1,4}(?:\.[0-9]+)*|[IVXL]+)\.$")
_ORDINAL_REACH = 12
_FULL_STOPS = frozenset("。！？｡")
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
# white space to Python, but no white space to syntok
_SEPARATORS = dict.fromkeys(range(0x1C, 0x20), " ")


@dataclass(frozen=True, slots=True)
class Tokenization:
    r"""How raw text is split; a value that a model keeps.

    Attributes:
        tokens: "standard" (by syntok), "whitespace", "characters" (each one a token,
            without white space), "characters+spaces" (each one, white space too), "icu"
            (Unicode's word boundaries, with dictionaries for Thai, Chinese, Japanese, Lao,
            Khmer and Burmese; extra `icu`), "regex:PATTERN" (each match is a token) or
            "python:MODULE:FUNCTION", a function of one's own: text → strings or
            (start, end) pairs.
        sentences: "standard" (by syntok and sentencex; a blank line too ends one) or
            "lines" (each line is a sentence).
        language: ISO 639 code ("de"), for abbreviations and the words of "icu"; "" is
            English where it matters.

        >>> how = Tokenization("regex:[^-]+", "lines")
        >>> [[text[a:b] for a, b in s] for text in ["x-y\nz"] for s in how.segment(text)]
        [['x', '-', 'y'], ['z']]

    Raises:
        CorpusError: there is no such way to split, or a pattern is none.
    """

    tokens: str = STANDARD
    sentences: str = STANDARD
    language: str = ""

    def __post_init__(self) -> None:
        if self.tokens.startswith(_PATTERN):
            _compiled(self.tokens)
        elif self.tokens not in TOKENS and not self.needs_code:
            listed = ", ".join(TOKENS)
            raise CorpusError(
                "tokenizer", shown(self.tokens), f"{listed}, regex:PATTERN or python:MODULE:FUNCTION"
            )
        if self.sentences not in SENTENCES:
            raise CorpusError("sentences", shown(self.sentences), f"one of {', '.join(SENTENCES)}")
        if not _LANGUAGE.fullmatch(self.language):
            raise CorpusError("language", shown(self.language), "a code: en, de, pt-BR")

    @property
    def needs_code(self) -> bool:
        """Tells whether it runs a function of the user's own."""
        return self.tokens.startswith(_FUNCTION) and self.tokens.count(":") == 2

    def __str__(self) -> str:
        language = f", language: {self.language}" if self.language else ""
        return f"tokens: {self.tokens}, sentences: {self.sentences}{language}"

    def to_dict(self) -> dict[str, str]:
        """Returns plain values, as a model keeps them."""
        return asdict(self)

    def segment(self, text: str) -> Iterator[list[Range]]:
        """Yields sentences, each a list of half-open token ranges into `text`.

        Raises:
            CorpusError: a function of the user's own is missing, raises, or returns what
                does not stand in the text. What it passes over becomes tokens too.
        """
        if self.tokens == STANDARD and self.sentences == STANDARD:
            yield from segment(text, self.language)
            return
        tokens = _token_function(self.tokens, self.language)
        for start, end in self._sentence_ranges(text):
            found = [(start + a, start + b) for a, b in tokens(text[start:end])]
            if found:
                yield found

    def _sentence_ranges(self, text: str) -> Iterator[Range]:
        if self.sentences == LINES:
            yield from (match.span() for match in _LINE.finditer(text))
            return
        for ranges in segment(text, self.language):
            yield ranges[0][0], ranges[-1][1]


STANDARD_TOKENIZATION = Tokenization()


def make_tokenization(
    tokens: str | None = None, sentences: str | None = None, language: str | None = None
) -> Tokenization:
    """Fills in what was not said.

    Args:
        tokens, sentences, language: see `Tokenization`. Text that is split at white space
            has one sentence a line unless told otherwise.
    """
    tokens = tokens or STANDARD
    sentences = sentences or (LINES if tokens == WHITESPACE else STANDARD)
    return Tokenization(tokens, sentences, language or "")


def tokenization_of(forms: Iterable[str]) -> Tokenization:
    """Returns how a text is split into tokens such as these: into characters where each
    is one, else in the standard way.

    >>> tokenization_of("한국 사람").tokens
    'characters+spaces'
    """
    spaces = False
    for form in forms:
        if len(form) != 1:
            return STANDARD_TOKENIZATION
        spaces = spaces or form.isspace()
    return Tokenization(SPACED_CHARACTERS if spaces else CHARACTERS)


def as_range(value: object) -> Range | None:
    """Returns a pair of whole numbers that came from outside, or None where it is none."""
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(type(x) is int for x in value):
        return value[0], value[1]  # type(True) is not int: True is no position
    return None


def segment(text: str, language: str = "") -> Iterator[list[Range]]:
    """Splits text in the standard way into sentences, each a list of token ranges.

    >>> text = "She can't come. Call me!"
    >>> [[text[a:b] for a, b in sentence] for sentence in segment(text)]
    [['She', 'ca', "n't", 'come', '.'], ['Call', 'me', '!']]
    """
    from syntok import segmenter  # type: ignore[import-untyped]

    ends = _sentence_ends(text, language)
    i = position = 0
    pending: list[Range] = []
    for sentence in segmenter.segment(_tokenizer().tokenize(text.translate(_SEPARATORS))):
        if pending:
            yield pending
        pending = []
        for token in sentence:
            start = token.offset
            end = start + len(token.value)
            for pair in (*_uncovered(text, position, start), *_cut(start, end, text, ends)):
                while i < len(ends) and ends[i] <= pair[0]:
                    if pending and pending[-1][1] <= ends[i]:
                        yield pending
                        pending = []
                    i += 1
                if pair[1] > pair[0]:
                    pending.append(pair)
            position = max(position, end)
    pending += _uncovered(text, position, len(text))
    if pending:
        yield pending


def _cut(start: int, end: int, text: str, ends: list[int]) -> Iterator[Range]:
    """Cuts a token where a sentence ends within it: Chinese has no spaces to end it."""
    for i in ends[bisect_right(ends, start) : bisect_left(ends, end)]:
        if not _FULL_STOPS.isdisjoint(text[i - 2 : i]):
            yield start, i
            start = i
    yield start, end


def _sentence_ends(text: str, language: str) -> list[int]:
    """Returns where sentencex lets sentences end, within the text."""
    from sentencex import get_sentence_boundaries

    ends = []
    for sentence in get_sentence_boundaries(language or "en", _encodable(text))[:-1]:
        end = sentence["end_index"]
        before = text[max(0, end - _ORDINAL_REACH) : end].rstrip()
        if not (text[end:].lstrip()[:1].islower() and _ORDINAL.search(before)):
            ends.append(end)
    return ends


def _encodable(text: str) -> str:
    """Puts "?" in place of halves of surrogate pairs, which have no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _uncovered(text: str, start: int, end: int) -> Iterator[Range]:
    """Yields what the tokenizer passed over, white space aside (U+200B, say)."""
    for match in _WORD.finditer(text, start, end):
        yield match.span()


@cache
def _tokenizer() -> Tokenizer:
    from syntok.tokenizer import Tokenizer

    # "can't" must come out as "ca", "n't", not as "can", "not"
    return Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)


@cache
def _token_function(name: str, language: str) -> Callable[[str], list[Range]]:
    """Returns what splits the text of one sentence."""
    if name == STANDARD:
        return lambda text: [pair for ranges in segment(text, language) for pair in ranges]
    if name == ICU:
        return lambda text: _filled(text, _icu_words(text, language))
    if name == WHITESPACE:
        return lambda text: [match.span() for match in _WORD.finditer(text)]
    if name == SPACED_CHARACTERS:
        return lambda text: [(i, i + 1) for i in range(len(text))]
    if name == CHARACTERS:
        return lambda text: [(i, i + 1) for i, c in enumerate(text) if not c.isspace()]
    if name.startswith(_PATTERN):
        pattern = _compiled(name)
        return lambda text: _filled(
            text, (m.span() for m in pattern.finditer(text) if m.end() > m.start())
        )
    function = _imported(name)
    return lambda text: _filled(text, _ranges(_called(function, text, name), text, name))


def _icu_words(text: str, language: str) -> Iterator[Range]:
    from icu4py.breakers import WordBreaker

    # ICU counts UTF-16 units: a character beyond U+FFFF takes two of them
    place = [i for i, c in enumerate(text) for _ in range(1 + (c > "\uffff"))] + [len(text)]
    for start, end in WordBreaker(_encodable(text), language or "en").segments():
        yield from _uncovered(text, place[start], place[end])


def _compiled(name: str) -> re.Pattern[str]:
    pattern = name.removeprefix(_PATTERN)
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise CorpusError("tokenizer", f"{shown(pattern)} ({error})", "a regular expression") from error


def _imported(name: str) -> TokenFunction:
    _, module, attribute = name.split(":")
    try:
        function: Any = import_module(module)
        for part in attribute.split("."):
            function = getattr(function, part)
    except Exception as error:  # whatever a user's module raises
        message = shown(f"{type(error).__name__}: {error}", 200)
        raise CorpusError("tokenizer", f"no {shown(name)} ({message})", "a function") from error
    if not callable(function):
        raise CorpusError("tokenizer", f"{shown(name)}, which is no function", "a function")
    return function  # type: ignore[no-any-return]


def _called(function: TokenFunction, text: str, name: str) -> list[Any]:
    try:
        return list(function(text))
    except Exception as error:  # whatever a user's code raises
        message = f"{type(error).__name__}: {error}"
        raise CorpusError(f"tokenizer {name}", shown(message, 200), "tokens") from error


def _ranges(found: Iterable[Any], text: str, name: str) -> Iterator[Range]:
    """Turns what a user's function returned into ranges, in order and within the text."""
    position = 0
    for token in found:
        if isinstance(token, str):
            start = text.find(token, position)
            pair = (start, start + len(token))
        else:
            pair = as_range(token) or (-1, -1)
        if not position <= pair[0] <= pair[1] <= len(text):
            raise CorpusError(
                f"tokenizer {name}", f"token {shown(token)}", f"one of {shown(text[position:])}"
            )
        position = pair[1]
        if pair[1] > pair[0]:
            yield pair


def _filled(text: str, ranges: Iterable[Range]) -> list[Range]:
    """Adds what lies between ranges and is no white space."""
    filled: list[Range] = []
    position = 0
    for start, end in ranges:
        filled += _uncovered(text, position, start)
        filled.append((start, end))
        position = end
    filled += _uncovered(text, position, len(text))
    return filled
