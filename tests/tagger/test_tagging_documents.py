"""Sentences in their documents: neighbours are read, names agree, company does not matter."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Sentence
from tagger import bundle as bundles
from tagger import windows
from tagger.layers import TagLayer
from tagger.pipeline import Tagger

from .made_up import UPOS, MadeUpEngine
from .networks import make_bundle


class LookingAround(MadeUpEngine):
    """One whose scores depend on how many tokens stand before and after a form too."""

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: np.ndarray | None = None
    ) -> list[np.ndarray]:
        return super().emissions([[f"{t} {i} {len(s) - i}" for i, t in enumerate(s)] for s in sentences])


def in_documents(layer: TagLayer, neighbours: int, agreement: float = 0.0) -> Tagger:
    return Tagger([layer], LookingAround([layer]), neighbours=neighbours, agreement=agreement)


def tags_of(tagger: Tagger, sentences: Sequence[Sentence]) -> list[tuple[list[str], list[float]]]:
    return [(s.tags["UPOS"], s.confidences["UPOS"]) for s in tagger.tag_sentences(sentences)]


def test_a_sentence_is_tagged_as_it_stands_among_its_neighbours() -> None:
    texts = [["a", "b"], ["c"], ["d", "e", "f"], []]
    flat = [token for text in texts for token in text]
    (whole,) = in_documents(UPOS, 0).tag_tokens([flat])
    found = in_documents(UPOS, 9).tag_tokens(texts)
    assert [s.tokens for s in found] == texts
    assert [t for s in found for t in s.tags["UPOS"]] == whole.tags["UPOS"]
    assert [p for s in found for p in s.confidences["UPOS"]] == whole.confidences["UPOS"]
    # nearer neighbours alone, and none from another document
    (short,) = in_documents(UPOS, 0).tag_tokens([["b", "c", "d"]])
    found = in_documents(UPOS, 1).tag_tokens(texts)
    assert found[1].confidences["UPOS"] == [short.confidences["UPOS"][1]]
    marked = [Sentence(text, new_document=True) for text in texts]
    apart = list(in_documents(UPOS, 9).tag_sentences(marked))
    assert [s.tags for s in apart] == [s.tags for s in map(single, texts)]
    assert [s.new_document for s in apart] == [True] * 4


def single(tokens: list[str]) -> Sentence:
    return in_documents(UPOS, 0).tag_tokens([tokens])[0]


names = st.lists(st.lists(st.sampled_from(["Ada", "ran", "Bo", "."]), max_size=6), max_size=6)


@settings(max_examples=60)
@given(
    documents=st.lists(names, max_size=5),
    neighbours=st.sampled_from([0, 3]),
    agreement=st.sampled_from([0.0, 0.7]),
    window=st.sampled_from([40, 25_000]),
    budget=st.integers(1, 60),
    workers=st.integers(1, 2),
)
def test_documents_are_tagged_alike_in_any_company(
    documents: list[list[list[str]]],
    neighbours: int,
    agreement: float,
    window: int,
    budget: int,
    workers: int,
) -> None:
    def stream(chosen: Sequence[list[list[str]]]) -> list[Sentence]:
        return [Sentence(list(t), new_document=not i) for d in chosen for i, t in enumerate(d)]

    made = in_documents(UPOS, neighbours, agreement)
    alone = [tags_of(made, stream([document])) for document in documents]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_WINDOW_TOKENS", window)
        patch.setattr(windows, "_BATCH_TOKENS", budget)
        patch.setattr(LookingAround, "workers", workers)
        assert tags_of(made, stream(documents)) == list(itertools.chain(*alone))
        backwards = tags_of(made, stream(documents[::-1]))
    assert backwards == list(itertools.chain(*alone[::-1]))


def test_names_agree_before_they_are_decoded() -> None:
    texts = [["Ada", "ran"], ["so", "did", "Ada"], ["Ada"], []]
    engine = LookingAround([UPOS])
    scores = [engine.emissions([text])[0][0] for text in texts[:3]]
    mean = (scores[0][0] + scores[1][2] + scores[2][0]) / 3
    found = in_documents(UPOS, 0, 1.0).tag_tokens(texts)
    tags = UPOS.symbols[int(mean.argmax())]
    assert [found[0].tags["UPOS"][0], found[1].tags["UPOS"][2], found[2].tags["UPOS"][0]] == [tags] * 3
    assert [found[i].tags["UPOS"][t] for i, t in ((0, 1), (1, 0), (1, 1))] == [
        UPOS.symbols[int(scores[i][t].argmax())] for i, t in ((0, 1), (1, 0), (1, 1))
    ]
    plain = in_documents(UPOS, 0).tag_tokens(texts, confidence=False)
    assert [s.tags["UPOS"][0] for s in plain[:3]] != [tags] * 3
    assert found[3].tags == {"UPOS": []}


@pytest.fixture(scope="module")
def of_documents(tmp_path_factory: pytest.TempPathFactory) -> bundles.Bundle:
    path = tmp_path_factory.mktemp("documents") / "m.tagger"
    bundles.save(make_bundle(("softmax", "crf", "sigmoid"), neighbours=4, agreement=0.5), path)
    return bundles.load(path)


def test_engines_and_threads_agree_on_documents(of_documents: bundles.Bundle) -> None:
    assert (of_documents.config.model.neighbours, of_documents.config.model.agreement) == (4, 0.5)
    assert ", 4 tokens of neighbours, names agree by 0.5;" in bundles.describe_network(of_documents)
    sentences = [["The", "cat", "A", "sat"], ["A", "B"], [], ["C", "서울", "is", "A"]] * 30
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_BATCH_TOKENS", 50)
        one, two, reference = (
            Tagger.from_bundle(of_documents, engine=e, threads=n, precision="float32").tag_tokens(
                sentences
            )
            for e, n in (("onnx", 1), ("onnx", 2), ("numpy", 0))
        )
    assert one == two
    assert [s.tags for s in one] == [s.tags for s in reference]
    for a, b in zip(one, reference, strict=True):
        for layer in a.confidences:
            np.testing.assert_allclose(a.confidences[layer], b.confidences[layer], atol=1e-4)
    off = dataclasses.replace(of_documents.config.model, neighbours=0, agreement=0.0)
    without = dataclasses.replace(
        of_documents, config=dataclasses.replace(of_documents.config, model=off)
    )
    assert Tagger.from_bundle(without, precision="float32").tag_tokens(sentences) != one


def test_each_text_of_a_pipe_is_a_document(of_documents: bundles.Bundle) -> None:
    tagger = Tagger.from_bundle(of_documents, precision="float32")
    texts = ["A cat. A B A cat sat.", "", "A cat sat. B sat.\n\nA cat", "A cat"]
    for ours, alone in zip(tagger.pipe(texts), map(tagger.tag, texts), strict=True):
        assert ours.tags == alone.tags
        for a, b in zip(ours, alone, strict=True):
            for layer in a.confidences:
                np.testing.assert_allclose(a.confidences[layer], b.confidences[layer], atol=1e-9)
