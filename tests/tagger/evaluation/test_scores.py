"""Scores: counted by hand, and those of seqeval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score

from corpora import CorpusError, Sentence, schemes
from tagger.evaluation.scores import LabelScore, LayerScore, score_layer
from tagger.layers import TagLayer

POS = TagLayer("x", "softmax", ("N", "V"))
SPANS = TagLayer("x", "crf", (), "IOB2")
ALL = LabelScore(1, 1, 1, 1)


def sentences(*tags: str) -> list[Sentence]:
    """Makes sentences of tokens t0, t1, … from "N V N"."""
    return [Sentence([f"t{i}" for i in range(len(t.split()))], {"x": t.split()}) for t in tags]


def score(
    layer: TagLayer, truth: list[str], tagged: list[str], known: tuple[str, ...] = ()
) -> LayerScore:
    return score_layer(layer, sentences(*truth), sentences(*tagged), known)


def test_labels_are_a_set() -> None:
    """Of a sigmoid layer: in whatever order the corpus and the model have them."""
    layer = TagLayer("x", "sigmoid", ("Cas=1", "Gen=M", "Num=S"))
    found = score(layer, ["Num=S|Gen=M New=1|Cas=1 _"], ["Gen=M|Num=S Cas=1|New=1 Cas=1"])
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.per_label["Gen=M|Num=S"] == ALL


@pytest.mark.parametrize(
    ("truth", "tagged", "known", "expected"),
    [
        (["N V"], ["N V"], (), LayerScore(1, 1, 1, 1, {"N": ALL, "V": ALL})),
        (
            ["N N V", "V"],
            ["N V V", "N"],
            ("t0",),
            LayerScore(
                0.5,
                0.5,
                0.5,
                0.5,
                {"N": LabelScore(1 / 2, 1 / 2, 1 / 2, 2), "V": LabelScore(1 / 2, 1 / 2, 1 / 2, 2)},
                accuracy_seen=1 / 2,
                accuracy_unseen=1 / 2,
            ),
        ),
        # a tag that training did not have cannot be found: an error like any other
        (
            ["N FOREIGN N"],
            ["N N N"],
            ("t0", "t1", "t2"),
            LayerScore(
                2 / 3,
                2 / 3,
                2 / 3,
                2 / 3,
                {"FOREIGN": LabelScore(0, 0, 0, 1), "N": LabelScore(2 / 3, 1, 4 / 5, 2)},
                accuracy_seen=2 / 3,
            ),
        ),
        ([], [], (), LayerScore(0, 0, 0, 0)),
        ([""], [""], ("t0",), LayerScore(0, 0, 0, 0)),
    ],
)
def test_tags(truth: list[str], tagged: list[str], known: tuple[str, ...], expected: LayerScore) -> None:
    found = score(POS, truth, tagged, known)
    assert found == expected
    assert found.main == found.accuracy


@pytest.mark.parametrize(
    ("truth", "tagged", "expected"),
    [
        (  # one of two found, one of three guesses right
            ["B-A I-A O B-B", "O O"],
            ["B-A I-A O B-A", "O B-B"],
            (1 / 3, 1 / 2, 2 / 5, 4 / 6, {"A": (1 / 2, 1, 2 / 3, 1), "B": (0, 0, 0, 1)}),
        ),
        (  # too short, too long: no part of an entity counts
            ["B-A I-A O", "B-A O"],
            ["B-A O O", "B-A I-A"],
            (0, 0, 0, 3 / 5, {"A": (0, 0, 0, 2)}),
        ),
        (  # a label that training did not have
            ["B-NEW I-NEW B-A"],
            ["O O B-A"],
            (1, 1 / 2, 2 / 3, 1 / 3, {"A": (1, 1, 1, 1), "NEW": (0, 0, 0, 1)}),
        ),
        (["O O"], ["O O"], (0, 0, 0, 1, {})),
        (["O O"], ["B-A O"], (0, 0, 0, 1 / 2, {"A": (0, 0, 0, 0)})),
        (["B-A O"], ["O O"], (0, 0, 0, 1 / 2, {"A": (0, 0, 0, 1)})),
        ([], [], (0, 0, 0, 0, {})),
        # a label with hyphens
        (["B-a-b O"], ["B-a-b O"], (1, 1, 1, 1, {"a-b": (1, 1, 1, 1)})),
    ],
)
def test_spans(truth: list[str], tagged: list[str], expected: tuple) -> None:
    precision, recall, f1, accuracy, labels = expected
    found = score(SPANS, truth, tagged)
    assert (found.precision, found.recall, found.f1, found.accuracy) == pytest.approx(
        (precision, recall, f1, accuracy)
    )
    assert found.per_label.keys() == labels.keys()
    for label, row in labels.items():
        got = found.per_label[label]
        assert (got.precision, got.recall, got.f1, got.support) == pytest.approx(row)
    assert found.spans
    assert found.main == found.f1


@pytest.mark.parametrize(
    ("gold", "guess"),
    [
        ("I-A I-A O I-B B-B", "I-A I-A O I-B B-B"),  # IOB1
        ("I-A I-A O I-B B-B", "B-A I-A O B-B B-B"),  # IOB1 and IOB2
        ("B-A E-A O S-B S-B", "I-A I-A O I-B B-B"),  # BIOES and IOB1
        ("B-A L-A O U-B U-B", "B-A I-A O B-B B-B"),  # BILOU and IOB2
    ],
)
def test_schemes_are_no_difference(gold: str, guess: str) -> None:
    found = score(SPANS, [gold], [guess])
    assert (found.f1, found.accuracy) == (1, 1)
    assert {label: s.support for label, s in found.per_label.items()} == {"A": 1, "B": 2}


tags = st.sampled_from(["O", "O", "B-A", "I-A", "B-B", "I-B"])


@given(
    st.lists(st.lists(st.tuples(tags, tags), max_size=6), max_size=5), st.sampled_from(["IOB1", "BIOES"])
)
def test_scores_are_those_of_seqeval(drawn: list[list[tuple[str, str]]], scheme: str) -> None:
    truth = [schemes.convert([a for a, _ in pairs], "IOB2") for pairs in drawn]
    guesses = [schemes.convert([b for _, b in pairs], "IOB2") for pairs in drawn]
    written = [schemes.convert(row, scheme) for row in truth]
    found = score(SPANS, [" ".join(row) for row in written], [" ".join(row) for row in guesses])
    flat = [tag for row in truth + guesses for tag in row]
    if set(flat) - {"O"}:
        options = {"zero_division": 0}
        assert found.precision == pytest.approx(precision_score(truth, guesses, **options))
        assert found.recall == pytest.approx(recall_score(truth, guesses, **options))
        assert found.f1 == pytest.approx(f1_score(truth, guesses, **options))
    else:
        assert (found.precision, found.recall, found.f1, found.per_label) == (0, 0, 0, {})
    if flat:
        assert found.accuracy == pytest.approx(accuracy_score(truth, guesses))


def test_seen_and_unseen() -> None:
    found = score(POS, ["N N N N"], ["N V N V"], ("t0", "t1", "t2"))
    assert (found.accuracy_seen, found.accuracy_unseen) == (2 / 3, 0.0)
    found = score(POS, ["N"], ["N"], ("t0",))
    assert (found.accuracy_seen, found.accuracy_unseen) == (1.0, None)
    found = score(POS, ["N"], ["N"])
    assert (found.accuracy_seen, found.accuracy_unseen) == (None, None)


def test_plain_values() -> None:
    assert score(SPANS, ["B-A O"], ["B-A O"], ("t0",)).to_dict() == {
        "f1": 1.0,
        "precision": 1.0,
        "recall": 1.0,
        "accuracy": 1.0,
        "accuracy_seen": 1.0,
        "accuracy_unseen": 1.0,
        "per_label": {"A": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}},
    }


PLACE = {"source": "f.tsv", "line": 7}


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (Sentence(["a", "b"], {"y": ["O", "O"]}, **PLACE), "f.tsv:7: found y, expected the layer x"),
        (Sentence(["a", "b"], **PLACE), "f.tsv:7: found no layers, expected the layer x"),
        (
            Sentence(["a", "c"], {"x": ["O", "O"]}, **PLACE),
            "f.tsv:7: found other tokens, expected those of the truth",
        ),
        (
            Sentence(["a", "b"], {"x": ["O", "PER"]}, **PLACE),
            "f.tsv:8: found tag 'PER', expected O or B-, I-, E-, S-LABEL in layer x",
        ),
    ],
)
def test_truth_that_cannot_be_compared(truth: Sentence, message: str) -> None:
    tagged = Sentence(["a", "b"], {"x": ["O", "O"]})
    with pytest.raises(CorpusError) as caught:
        score_layer(SPANS, [truth], [tagged])
    assert str(caught.value) == message
