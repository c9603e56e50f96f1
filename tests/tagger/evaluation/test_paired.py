"""Paired tests: counts by hand, p beside that of all exchanges there are."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import CorpusError, Sentence
from tagger.evaluation.paired import Comparison, compare, count_right
from tagger.evaluation.scores import score_layer
from tagger.layers import TagLayer

POS = TagLayer("x", "softmax", ("N", "V"))
SPANS = TagLayer("x", "crf", (), "IOB1")


def sentences(*tags: str) -> list[Sentence]:
    """Makes sentences of tokens t0, t1, … from "N V N"."""
    return [Sentence([f"t{i}" for i in range(len(t.split()))], {"x": t.split()}) for t in tags]


def test_labels_are_a_set() -> None:
    layer = TagLayer("x", "sigmoid", ("a", "b"))
    counts = count_right(layer, sentences("b|a a", "_"), sentences("a|b b", "a"))
    assert counts.tolist() == [[1, 2, 2], [0, 1, 1]]


def exact_p(first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]) -> float:
    """Returns the share of all exchanges whose difference is no smaller than the one found."""

    def f1(rows: list[tuple[int, int, int]]) -> Fraction:
        right, given, true = map(sum, zip(*rows, strict=True))
        return Fraction(2 * right, given + true) if given + true else Fraction(0)

    pairs = list(zip(first, second, strict=True))
    differences = []
    for exchanged in itertools.product((False, True), repeat=len(pairs)):
        turned = [(b, a) if x else (a, b) for (a, b), x in zip(pairs, exchanged, strict=True)]
        differences.append(abs(f1([a for a, _ in turned]) - f1([b for _, b in turned])))
    return sum(d >= differences[0] for d in differences) / len(differences)


@pytest.mark.parametrize(
    ("layer", "truth", "tagged", "expected"),
    [
        (POS, ["N V", "V", ""], ["N N", "V", ""], [(1, 2, 2), (1, 1, 1), (0, 0, 0)]),
        (POS, [], [], []),
        (  # one too short, one right; none; one of another label and one too many
            SPANS,
            ["I-A I-A O I-B", "O", "I-A O"],
            ["I-A O O I-B", "O", "I-B I-A"],
            [(1, 2, 2), (0, 0, 0), (0, 2, 1)],
        ),
        (SPANS, ["I-A B-A"], ["B-A I-A"], [(0, 1, 2)]),  # two spans, taken for one
        (SPANS, ["B-A E-A S-A"], ["I-A I-A B-A"], [(2, 2, 2)]),  # schemes are no difference
    ],
)
def test_counts(layer: TagLayer, truth: list[str], tagged: list[str], expected: list) -> None:
    found = count_right(layer, sentences(*truth), sentences(*tagged))
    assert found.tolist() == [list(row) for row in expected]
    assert found.shape == (len(truth), 3)


def test_counts_of_a_layer_that_is_not_there() -> None:
    with pytest.raises(CorpusError, match="expected the layer x"):
        count_right(POS, [Sentence(["a"])], sentences("N"))


tags = st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"])


@given(st.sampled_from([POS, SPANS]), st.lists(st.lists(st.tuples(tags, tags), max_size=5), max_size=4))
def test_sums_of_counts_are_the_main_score(layer: TagLayer, drawn: list[list[tuple[str, str]]]) -> None:
    truth, tagged = (sentences(*(" ".join(p[i] for p in pairs) for pairs in drawn)) for i in (0, 1))
    right, given, true = count_right(layer, truth, tagged).sum(axis=0).tolist()
    f1 = 2 * right / (given + true) if given + true else 0.0
    assert f1 == pytest.approx(score_layer(layer, truth, tagged).main)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # (right, given, true) of each sentence
        ([(1, 1, 1)] * 4, [(0, 1, 1)] * 4),
        ([(1, 1, 1), (0, 1, 1), (1, 1, 1)], [(0, 1, 1), (1, 1, 1), (1, 1, 1)]),  # equally good
        ([(2, 3, 4), (1, 1, 2), (0, 2, 0), (3, 3, 3)], [(1, 5, 4), (2, 2, 2), (0, 0, 0), (1, 2, 3)]),
        ([(0, 0, 0), (1, 2, 2), (0, 0, 3)], [(0, 3, 0), (0, 0, 2), (2, 2, 3)]),  # one gave nothing
        (
            [(9, 10, 10), (7, 8, 8), (5, 5, 5), (11, 12, 12), (3, 4, 4), (6, 9, 9), (8, 8, 8)],
            [(8, 10, 10), (5, 8, 8), (5, 5, 5), (12, 12, 12), (2, 4, 4), (5, 9, 9), (6, 8, 8)],
        ),
        ([(0, 0, 0)], [(0, 0, 0)]),
    ],
)
def test_p_is_near_that_of_all_exchanges(first: list, second: list) -> None:
    expected = exact_p(first, second)
    one, other = np.array(first), np.array(second)
    for seed in (1, 2):
        found = compare(one, other, seed=seed)
        assert found.p == pytest.approx(expected, abs=0.02)  # four standard errors of 10,000 or more
        assert found == compare(one, other, seed=seed)
        turned = compare(other, one, seed=seed)
        assert turned.difference == -found.difference
        assert turned.p == pytest.approx(expected, abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(3, 4)), max_size=7))
def test_p_of_drawn_counts(drawn: list[tuple[int, int, int]]) -> None:
    first = [(a, 3, n) for a, _, n in drawn]
    second = [(b, 4, n) for _, b, n in drawn]
    if drawn:
        found = compare(np.array(first), np.array(second), shuffles=2000)
        assert found.p == pytest.approx(exact_p(first, second), abs=0.06)


def test_the_difference_found_counts_as_a_shuffle() -> None:
    found = compare(np.array([[1, 1, 1]] * 60), np.array([[0, 1, 1]] * 60), shuffles=999)
    assert found == Comparison(1.0, 0.001)
    nothing = np.zeros((0, 3), dtype=np.int64)
    assert compare(nothing, nothing) == Comparison(0.0, 1.0)


@pytest.mark.parametrize("second", [[[1, 1, 1]], [[1, 1, 1], [1, 1, 2]]])
def test_other_sentences(second: list[list[int]]) -> None:
    with pytest.raises(CorpusError, match="expected the same 2 with 2 as the first tagger's"):
        compare(np.array([[1, 1, 1]] * 2), np.array(second))
