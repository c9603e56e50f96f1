"""Surface form → ids: word, characters, affixes and shape. Knows nothing of vectors.

A batch is the distinct forms of some sentences, each indexed once, and for each
sentence the rows its tokens point to; so a frequent word costs no more than a rare one.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagger.config import ModelConfig
from tagger.vocabulary import PADDING, UNKNOWN, Vocabulary

Ids = NDArray[np.int64]

_FIRST, _LAST = "\x02", "\x03"  # stand for the two ends of a form
_DIGIT = re.compile(r"\d")
_LONGEST_SHAPE = 8
_LONGEST_FORM = 1000


def composed(form: str) -> str:
    """Returns a form in NFC; of one with over 1,000 characters only its two ends.

    (The time that composing takes may grow with the square of a form's length.)
    """
    return unicodedata.normalize("NFC", shortened(form, _LONGEST_FORM))


def fold(form: str) -> str:
    """Returns the word that a form stands for: composed, lower case, each digit a 0.

    >>> fold("May-2021")
    'may-0000'
    """
    return _DIGIT.sub("0", composed(form).lower())


def shape(form: str) -> str:
    """Returns the kinds of a form's (composed) characters, runs shortened to two.

    X upper case, x lower case, d digit, c another letter, else the character
    itself; a "+" marks what is cut off.

    >>> shape("McDonald's"), shape("2021"), shape("서울")
    ("XxXxx'x", 'dd', 'cc')
    """
    kinds: list[str] = []
    for character in composed(form)[: 8 * _LONGEST_SHAPE]:
        kind = _kind(character)
        if kinds[-2:] == [kind, kind]:
            continue
        if len(kinds) == _LONGEST_SHAPE:
            kinds.append("+")
            break
        kinds.append(kind)
    return "".join(kinds)


_SYLLABLE, _SYLLABLES = 0xAC00, 11172  # the first one in Unicode, and how many there are
_INITIAL, _MEDIAL, _FINAL = 0x1100, 0x1161, 0x11A7  # the last one stands for "none" itself
_MEDIALS, _FINALS = 21, 28
_NO_FINAL = chr(_FINAL)


def letters(form: str) -> str:
    """Returns a form with each Hangul syllable as three letters: initial, medial, final.

    A syllable without a final one has U+11A7 there, so that all have three.

    >>> [hex(ord(c)) for c in letters("가A")]
    ['0x1100', '0x1161', '0x11a7', '0x41']
    """
    parts: list[str] = []
    for character in form:
        number = ord(character) - _SYLLABLE
        if not 0 <= number < _SYLLABLES:
            parts.append(character)
            continue
        rest, final = divmod(number, _FINALS)
        initial, medial = divmod(rest, _MEDIALS)
        parts.append(chr(_INITIAL + initial) + chr(_MEDIAL + medial) + chr(_FINAL + final))
    return "".join(parts)


def in_hangul(form: str) -> bool:
    """Tells whether a form has a Hangul syllable."""
    return letters(form) != form


def _kind(character: str) -> str:
    if character.isupper():
        return "X"
    if character.islower():
        return "x"
    if character.isdigit():
        return "d"
    return "c" if character.isalpha() else character


class FormBatch(NamedTuple):
    """Ids of F forms.

    Attributes:
        words: (F,) rows of the word table.
        characters: (F, C) rows of the character table, padded at the end with 0.
        lengths: (F,) characters in each form, its two end marks included.
        affixes: (F, A) hash buckets: prefixes, then suffixes, and perhaps those of letters;
            see `affix_count` for A.
        shapes: (F,) rows of the shape table.
        static: (F,) rows of the table of vectors that others have trained.
    """

    words: Ids
    characters: Ids
    lengths: Ids
    affixes: Ids
    shapes: Ids
    static: Ids


class SentenceBatch(NamedTuple):
    """B sentences over F distinct forms, padded to T tokens.

    Attributes:
        forms: ids of the distinct forms.
        rows: (B, T) for each token its row among the forms, padded with 0.
        lengths: (B,) true number of tokens, 1 or more.
    """

    forms: FormBatch
    rows: Ids
    lengths: Ids


_Indexed = tuple[int, list[int], list[int], int, int]  # as in a FormBatch, without lengths


class FormIndexer:
    """Turns forms into ids, the same way in training and afterwards.

    Args:
        config: says which features there are and how long they may be.
        words, characters, shapes: known symbols.
        static: forms that have a vector which others have trained; a form in capitals
            takes that of the same in small letters where it has none.
        remembered: forms whose ids are kept for the next time; 0 where each comes once.
    """

    def __init__(
        self,
        config: ModelConfig,
        words: Vocabulary,
        characters: Vocabulary,
        shapes: Vocabulary,
        static: Vocabulary | None = None,
        remembered: int = 0,
    ) -> None:
        self.words = words
        self.characters = characters
        self.shapes = shapes
        self.static = static or Vocabulary(())
        self._affix_length = config.affix_length
        self._letter_affix_length = _letter_affix_length(config)
        self._affix_count = affix_count(config)
        self._buckets = config.affix_buckets
        self._longest = config.max_characters
        self._jamo = config.jamo
        self._remembered = remembered
        self._memory: dict[str, _Indexed] = {}

    def index(self, forms: Sequence[str]) -> FormBatch:
        """Returns the ids of forms, in their order."""
        rows = [self._memory.get(form) or self._remember(form) for form in forms]
        lengths = np.array([len(row[1]) for row in rows], dtype=np.int64)
        longest = int(lengths.max(initial=1))
        characters = np.full((len(rows), longest), PADDING, dtype=np.int64)
        for i, row in enumerate(rows):
            characters[i, : len(row[1])] = row[1]
        affixes = np.array([row[2] for row in rows], dtype=np.int64)
        return FormBatch(
            words=np.array([row[0] for row in rows], dtype=np.int64),
            characters=characters,
            lengths=lengths,
            affixes=affixes.reshape(len(rows), self._affix_count),
            shapes=np.array([row[3] for row in rows], dtype=np.int64),
            static=np.array([row[4] for row in rows], dtype=np.int64),
        )

    def batch(self, sentences: Sequence[Sequence[str]]) -> SentenceBatch:
        """Returns padded ids of sentences, none of them empty."""
        forms, rows, lengths = distinct(sentences)
        return SentenceBatch(self.index(forms), rows, lengths)

    def _remember(self, form: str) -> _Indexed:
        if len(self._memory) >= self._remembered:
            self._memory.clear()
        ids = self._ids(form)
        if self._remembered and len(form) <= self._longest:
            self._memory[form] = ids
        return ids

    def _ids(self, form: str) -> _Indexed:
        form = composed(form)
        marked = [_FIRST, *shortened(letters(form) if self._jamo else form, self._longest), _LAST]
        return (
            self.words[fold(form)],
            [self.characters[c] for c in marked],
            self._affixes(form, self._affix_length) + self._letter_affixes(form),
            self.shapes[shape(form)],
            self.static[form if form in self.static else form.lower()],
        )

    def _letter_affixes(self, form: str) -> list[int]:
        """Hashes affixes of letters, those that stand for no final one left out."""
        longest = self._letter_affix_length
        if not longest:
            return []
        spelled = letters(shortened(form, 2 * longest)).replace(_NO_FINAL, "")
        return self._affixes(spelled, longest, "letters")

    def _affixes(self, form: str, longest: int, kind: str = "") -> list[int]:
        """Hashes prefixes and suffixes; a form shorter than one has padding there.

        Args:
            kind: affixes of another kind are others.
        """
        folded = form[:longest].lower(), form[-longest:].lower()
        buckets = []
        for ending, text in enumerate(folded):
            for n in range(1, longest + 1):
                if n > len(form):
                    buckets.append(PADDING)
                    continue
                affix = text[len(text) - n :] if ending else text[:n]
                value = zlib.crc32(f"{kind}{ending}{n}{affix}".encode(errors="surrogatepass"))
                buckets.append(UNKNOWN + value % (self._buckets - UNKNOWN))
        return buckets


def form_size(config: ModelConfig) -> int:
    """Returns how many numbers the vector of a form has."""
    characters = config.character_output if config.character_encoder != "none" else 0
    affixes = affix_count(config) * config.affix_size
    parts = config.word_size + characters + affixes + config.shape_size + config.static_size
    return config.projection or parts


def affix_count(config: ModelConfig) -> int:
    """Returns how many affixes a form has."""
    return 2 * (config.affix_length + _letter_affix_length(config))


def _letter_affix_length(config: ModelConfig) -> int:
    """Returns of how many letters affixes are at the most; a syllable has two or three."""
    return 2 * config.affix_length if config.jamo_affixes == "yes" else 0


def distinct(sentences: Sequence[Sequence[str]]) -> tuple[list[str], Ids, Ids]:
    """Returns the F distinct forms of B sentences, none of them empty, in their order;
    (B, T) for each token its row among them, padded with 0; and (B,) the lengths."""
    rows: dict[str, int] = {}
    lengths = np.array([len(tokens) for tokens in sentences], dtype=np.int64)
    padded = np.zeros((len(sentences), int(lengths.max(initial=1))), dtype=np.int64)
    for i, tokens in enumerate(sentences):
        padded[i, : len(tokens)] = [rows.setdefault(token, len(rows)) for token in tokens]
    return list(rows), padded, lengths


def shortened(form: str, longest: int) -> str:
    """Returns a form's two ends where it has more characters than `longest`."""
    if len(form) <= longest:
        return form
    return form[: longest - longest // 2] + form[len(form) - longest // 2 :]


def character_symbols(form: str, jamo: bool = False) -> list[str]:
    """Returns the symbols that a form adds to the character vocabulary.

    Args:
        jamo: Hangul syllables are read as their letters.
    """
    form = composed(form)
    return [_FIRST, *(letters(form) if jamo else form), _LAST]
