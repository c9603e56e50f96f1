"""Features: what of a form is looked at, and that it is the same however it comes."""

import time
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import ModelConfig
from tagger.features import (
    FormBatch,
    FormIndexer,
    SentenceBatch,
    character_symbols,
    fold,
    letters,
    shape,
    shortened,
)
from tagger.vocabulary import PADDING, UNKNOWN, Vocabulary

NFD_SEOUL = unicodedata.normalize("NFD", "서울")


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("", ""),
        ("The", "the"),
        ("May-2021", "may-0000"),
        ("٣4", "00"),
        ("²", "²"),
        ("E\u0301COLE", "école"),
        (NFD_SEOUL, "서울"),
        ("İ", "i̇"),
        ("ẞ", "ß"),
        ("\ud800", "\ud800"),
    ],
)
def test_fold(form: str, word: str) -> None:
    assert fold(form) == word


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", ""),
        ("a", "x"),
        ("Ada", "Xxx"),
        ("NATO", "XX"),
        ("2021", "dd"),
        ("3rd", "dxx"),
        ("McDonald's", "XxXxx'x"),
        ("서울", "cc"),
        ("...!", "..!"),
        ("a-b-c-d-e", "x-x-x-x-+"),
        ("a-b-c-d-", "x-x-x-x-"),
        ("ABab12.,", "XXxxdd.,"),
        ("ABab12.,.", "XXxxdd.,+"),
        ("x" * 64 + "-", "xx"),
        ("👍🏽", "👍🏽"),
    ],
)
def test_shape(form: str, expected: str) -> None:
    assert shape(form) == expected


@given(st.text())
def test_shape_is_short(form: str) -> None:
    assert len(shape(form)) <= 9


@pytest.mark.parametrize(
    ("form", "longest", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcefg"),
        ("abcdefg", 5, "abcfg"),
        ("", 4, ""),
    ],
)
def test_shortened(form: str, longest: int, expected: str) -> None:
    assert shortened(form, longest) == expected


@given(st.text(max_size=30), st.integers(4, 20))
def test_shortened_keeps_both_ends(form: str, longest: int) -> None:
    short = shortened(form, longest)
    assert len(short) == min(len(form), longest)
    assert form.startswith(short[: (len(short) + 1) // 2])
    assert form.endswith(short[(len(short) + 1) // 2 :])


def indexer(remembered: int = 0, **values: int) -> FormIndexer:
    config = ModelConfig(**{"affix_length": 3, "affix_buckets": 1000, "max_characters": 6} | values)
    return FormIndexer(
        config,
        Vocabulary(["the", "00", "서울"]),
        Vocabulary(["\x02", "\x03", *"Thecat0", *"서울"]),
        Vocabulary(["xx", "Xxx", "cc"]),
        Vocabulary(["The", "the", "Seoul"]),
        remembered,
    )


def rows(batch: FormBatch) -> list[tuple[object, ...]]:
    """Returns the ids of each form, padding cut off."""
    return [
        (word, characters[:length].tolist(), length, affixes.tolist(), shape_id, static)
        for word, characters, length, affixes, shape_id, static in zip(
            batch.words.tolist(),
            batch.characters,
            batch.lengths.tolist(),
            batch.affixes,
            batch.shapes.tolist(),
            batch.static.tolist(),
            strict=True,
        )
    ]


def test_ids_of_forms() -> None:
    batch = indexer().index(["The", "cat", "", "?"])
    assert batch.words.tolist() == [2, UNKNOWN, UNKNOWN, UNKNOWN]
    assert batch.characters.tolist() == [
        [2, 4, 5, 6, 3],
        [2, 7, 8, 9, 3],
        [2, 3, 0, 0, 0],
        [2, UNKNOWN, 3, 0, 0],
    ]
    assert batch.lengths.tolist() == [5, 5, 2, 3]
    assert batch.shapes.tolist() == [3, 2, UNKNOWN, UNKNOWN]


def test_characters_of_a_long_form_are_those_of_its_ends() -> None:
    batch = indexer().index(["The" + "x" * 300_000 + "cat"])
    assert batch.characters.tolist() == [[2, 4, 5, 6, 7, 8, 9, 3]]


def test_affixes() -> None:
    """Prefixes of 1, 2, 3 characters, then suffixes; what is too short has padding."""
    same, upper, other, short, none = indexer().index(["cat", "CAT", "cart", "ca", ""]).affixes.tolist()
    assert same == upper
    assert [a == b for a, b in zip(same, other, strict=True)] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]
    assert [i for i, bucket in enumerate(short) if bucket == PADDING] == [2, 5]
    assert short[:2] == same[:2]
    assert none == [PADDING] * 6
    assert len(set(same)) == 6  # "c" in front is another affix than "c" at the end


def test_affixes_of_letters() -> None:
    """Prefixes of 1 … 6 letters, then suffixes, behind those of characters."""
    made = indexer(jamo_affixes=True, affix_buckets=2**20)
    forms = ["간다", "먼다", "가다", "간", "", "CAT", "cat", "x" * 300_000 + "간다"]
    found = made.index(forms).affixes
    plain = indexer(affix_buckets=2**20).index(forms).affixes
    np.testing.assert_array_equal(found[:, :6], plain)
    prefixes, suffixes = found[:, 6:12], found[:, 12:]
    go, far, bare, one, none, upper, lower, long = range(len(forms))

    def shared(affixes: np.ndarray, a: int, b: int) -> int:
        return int(((affixes[a] == affixes[b]) & (affixes[a] != PADDING)).sum())

    assert shared(prefixes, go, one) == 3  # ㄱ, ㅏ, ㄴ
    assert shared(prefixes, go, bare) == 2  # ㄱ, ㅏ
    assert shared(suffixes, go, far) == 3  # ㅏ, ㄷ, ㄴ
    assert shared(suffixes, go, bare) == 2  # ㅏ, ㄷ: nothing stands for the final that is none
    assert shared(suffixes, go, long) == 5
    assert (found[one, 6:] != PADDING).sum() == 6
    assert not found[none].any()
    np.testing.assert_array_equal(found[upper], found[lower])
    assert len(set(found[lower])) == 2 * 3 + 2 * 3 + 1  # of a kind each, and padding


@given(st.text(st.characters() | st.sampled_from("서울한글")), st.integers(16, 30), st.booleans())
def test_affixes_stay_within_their_buckets(form: str, buckets: int, jamo: bool) -> None:
    affixes = indexer(affix_buckets=buckets, jamo_affixes=jamo).index([form]).affixes
    assert affixes.shape == (1, 18 if jamo else 6)
    assert affixes.min() >= 0
    assert affixes.max() < buckets


@given(st.text(st.characters() | st.sampled_from("서울한글é\u0301ẹ̈"), max_size=20))
def test_composed_and_decomposed_forms_are_one(form: str) -> None:
    made = indexer()
    found = [rows(made.index([unicodedata.normalize(f, form)])) for f in ("NFC", "NFD")]
    assert found[0] == found[1]


def test_decomposed_hangul_is_known() -> None:
    assert rows(indexer().index([NFD_SEOUL])) == rows(indexer().index(["서울"]))
    assert indexer().index([NFD_SEOUL]).words.tolist() == [4]


any_text = st.text(st.characters(exclude_categories=[]), max_size=8)


@settings(max_examples=50)
@given(st.lists(st.lists(any_text, max_size=5), max_size=5))
def test_what_is_remembered_is_what_is_computed(batches: list[list[str]]) -> None:
    made = indexer(remembered=10)
    for forms in [*batches, *batches]:
        assert rows(made.index(forms)) == [row for f in forms for row in rows(indexer().index([f]))]


def test_memory_is_bounded() -> None:
    made = indexer(remembered=10)
    for i in range(100):
        made.index([str(i)])
        assert len(made._memory) <= 10


def test_nothing_is_remembered_unless_asked_for() -> None:
    made = indexer()
    made.index(["a", "b"])
    assert made._memory == {}


def test_long_forms_are_not_remembered() -> None:
    made = indexer(remembered=10)
    made.index(["x" * 300_000])
    assert made._memory == {}


def as_sentences(batch: SentenceBatch) -> list[list[tuple[object, ...]]]:
    forms = rows(batch.forms)
    return [
        [forms[i] for i in row[:length]]
        for row, length in zip(batch.rows.tolist(), batch.lengths.tolist(), strict=True)
    ]


@settings(max_examples=50)
@given(st.lists(st.lists(any_text, min_size=1, max_size=5), max_size=5))
def test_batch_holds_each_form_once(sentences: list[list[str]]) -> None:
    batch = indexer().batch(sentences)
    assert len(batch.forms.words) == len({token for tokens in sentences for token in tokens})
    assert as_sentences(batch) == [rows(indexer().index(tokens)) for tokens in sentences]
    beyond = np.arange(batch.rows.shape[1]) >= batch.lengths[:, None]
    assert not batch.rows[beyond].any()


@pytest.mark.parametrize("form", ["cat", NFD_SEOUL, ""])
def test_symbols_of_a_form_are_those_that_are_looked_up(form: str) -> None:
    symbols = character_symbols(form)
    assert symbols == ["\x02", *unicodedata.normalize("NFC", form), "\x03"]
    assert indexer().index([form]).lengths.tolist() == [len(symbols)]


def test_long_token_of_combining_marks_takes_no_time() -> None:
    began = time.process_time()
    indexer().index(["a" + "\u0301\u0323" * 150_000])
    assert time.process_time() - began < 5  # composing all of it would take minutes


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3) | st.characters(codec="utf-8")))
def test_letters_of_hangul_are_those_of_unicode(form: str) -> None:
    """Each syllable becomes three letters; what else there is stays as it is."""
    expected = "".join(
        unicodedata.normalize("NFD", c).ljust(3, "\u11a7") if "가" <= c <= "힣" else c for c in form
    )
    assert letters(form) == expected


def test_a_vector_of_small_letters_serves_capitals() -> None:
    batch = indexer().index(["The", "THE", "tHe", "Seoul", "seoul"])
    assert batch.static.tolist() == [2, 3, 3, 4, UNKNOWN]


def test_characters_are_letters_where_that_is_wanted() -> None:
    plain, jamo = indexer(max_characters=40), indexer(max_characters=40, jamo=True)
    assert plain.index(["서울a"]).lengths.tolist() == [5]
    assert jamo.index(["서울a"]).lengths.tolist() == [9]
    assert character_symbols("서a", jamo=True) == ["\x02", "\u1109", "\u1165", "\u11a7", "a", "\x03"]
