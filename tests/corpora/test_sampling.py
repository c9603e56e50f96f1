"""Distinct things in bounded memory: all of them, or a fair sample."""

from collections import Counter
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.sampling import DistinctSample, is_in_sample


def counted(keys: list[str], limit: int) -> DistinctSample[int]:
    """Counts keys, as far as they belong to the sample."""
    sample: DistinctSample[int] = DistinctSample(limit)
    for key in keys:
        sample.put(key, sample.values.get(key, 0) + 1)
    return sample


keys = st.lists(st.text(st.characters(), max_size=3), max_size=60)  # half surrogates too


@given(keys)
def test_few_are_all_kept(found: list[str]) -> None:
    sample = counted(found, 60)
    assert (sample.values, sample.every) == (Counter(found), 1)


@given(keys, st.integers(2, 8), st.randoms())
def test_what_is_kept_is_counted_right_in_any_order(found: list[str], limit: int, random) -> None:  # type: ignore[no-untyped-def]
    sample = counted(found, limit)
    assert len(sample.values) <= limit
    assert sample.values == {k: n for k, n in Counter(found).items() if is_in_sample(k, sample.every)}
    shuffled = list(found)
    random.shuffle(shuffled)
    again = counted(shuffled, limit)
    assert (again.values, again.every) == (sample.values, sample.every)


@given(keys, st.integers(2, 8))
def test_no_more_is_left_out_than_must_be(found: list[str], limit: int) -> None:
    every = counted(found, limit).every
    assert every == 1 or sum(is_in_sample(key, every // 2) for key in set(found)) > limit


@pytest.mark.parametrize("every", [1, 2, 4, 64])
def test_a_sample_of_more_holds_the_sample_of_fewer(every: int) -> None:
    for key in map(str, range(1000)):
        assert is_in_sample(key, every) or not is_in_sample(key, 2 * every)


def test_shares_are_those_of_all() -> None:
    """A third of 60,000 words is new, the frequent ones as often as the rare ones."""
    sample: DistinctSample[bool] = DistinctSample(4000)
    for i in range(60_000):
        sample.put(f"word{i}", i % 3 == 0)
    assert sample.every == 16
    assert 2000 < len(sample.values) <= 4000
    assert sum(sample.values.values()) / len(sample.values) == pytest.approx(1 / 3, abs=0.03)
    assert sample.every * len(sample.values) == pytest.approx(60_000, rel=0.05)


def test_hashes_are_keys_as_they_are() -> None:
    sample: DistinctSample[int] = DistinctSample(100)
    numbers = [int.from_bytes(blake2b(b"%d" % i, digest_size=8).digest(), "big") for i in range(1000)]
    for number in numbers:
        sample.put(number, 1)
    assert 50 <= len(sample.values) <= 100
    assert set(sample.values) == {n for n in numbers if n % sample.every == 0}
    assert all(sample.takes(n) == (n % sample.every == 0) for n in numbers)
