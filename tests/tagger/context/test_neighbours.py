"""What neighbours bring beside their forms is read with them, by each engine and in any company."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from corpora import CorpusError, Sentence
from tagger import windows
from tagger.bundle import Bundle
from tagger.context.gazetteers import END, INSIDE, PLACES, Gazetteers
from tagger.context.sources import ContextSources
from tagger.pipeline import Tagger
from tagger.readings import readings_of

from ..networks import IN_COLUMNS, SOURCES, make_bundle

TOLERANCE = 1e-4

# documents of one sentence and of several, one of them without tokens and columns
DOCUMENTS = [
    [dataclasses.replace(s, new_document=not i) for i, s in enumerate(sentences)]
    for sentences in (IN_COLUMNS, [*IN_COLUMNS[:2], Sentence([]), IN_COLUMNS[3]], IN_COLUMNS[3:])
]


@pytest.fixture(
    scope="module", params=itertools.product(SOURCES, (1, 2)), ids=lambda p: f"{p[0]}, {p[1]} members"
)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    name, members = request.param
    settings = {"members": members, "neighbours": 3, "agreement": 0.5}
    return make_bundle(("crf", "softmax"), SOURCES[name], **settings)


def test_engines_agree_and_company_does_not_matter(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "_BATCH_TOKENS", 30)  # several batches
    taggers = [
        Tagger.from_bundle(bundle, engine=engine, precision="float32") for engine in ("onnx", "numpy")
    ]
    stream = list(itertools.chain(*DOCUMENTS))
    expected, other = (list(tagger.tag_sentences(stream)) for tagger in taggers)
    alone = [s for document in DOCUMENTS for s in taggers[0].tag_sentences(document)]
    for ours, theirs in (*zip(other, expected, strict=True), *zip(alone, expected, strict=True)):
        assert ours.tags == theirs.tags
        for layer in ("ner", "UPOS"):
            np.testing.assert_allclose(
                ours.confidences[layer], theirs.confidences[layer], atol=TOLERANCE
            )


def test_columns_of_neighbours_are_read() -> None:
    bundle = make_bundle(("softmax",), SOURCES["a column"], members=2, neighbours=1)
    tagger = Tagger.from_bundle(bundle, precision="float32")
    found = []
    for value in ("1", "3"):
        others = [Sentence(["cat"], {"a b": [value]}), Sentence(["sat"], {"a b": ["0"]})]
        found.append([s.confidences["UPOS"][0] for s in tagger.tag_sentences(others)])
    assert found[0][1] != found[1][1]


def test_names_are_found_across_sentences() -> None:
    part = Gazetteers({"LOC": ("New York City",)}, 4)
    texts = [Sentence(["in", "New"]), Sentence(["York"]), Sentence(["City", "."])]
    marks = []
    for _, read, start, _ in readings_of([texts], 2):
        bits = part.read([read])[0, :, :PLACES]  # of names as they are written
        marks.append((read.tokens[start], bits[start].nonzero()[0].tolist()))
    assert marks == [("in", []), ("York", [INSIDE]), ("City", [END])]


@pytest.mark.parametrize("neighbours", [0, 2])
def test_a_neighbour_without_the_column_is_an_error(neighbours: int) -> None:
    sources = ContextSources({"a b": ("1",)})
    tagger = Tagger.from_bundle(make_bundle(("softmax",), sources, neighbours=neighbours))
    sentences = [
        Sentence(["cat"], {"a b": ["1"]}, source="f.conllu", line=3),
        Sentence([], source="f.conllu", line=6),
        Sentence(["sat"], source="f.conllu", line=7),
    ]
    with pytest.raises(CorpusError, match=r"f\.conllu:7: found tokens without layers"):
        list(tagger.tag_sentences(sentences))
