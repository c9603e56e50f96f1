"""What tokens bring beside their forms is the same for each engine, and told to each."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from corpora import CorpusError, Sentence
from tagger import bundle as bundles
from tagger.bundle import Bundle, BundleError
from tagger.context.columns import Columns
from tagger.context.parts import Context
from tagger.context.sources import ContextSources
from tagger.export.exporter import export
from tagger.network.engine import NetworkEngine
from tagger.pipeline import Tagger
from tagger.runtime.numpy_engine import NumpyEngine
from tagger.runtime.onnx_engine import OnnxEngine
from tagger.vocabulary import UNKNOWN

from ..networks import FORMS, IN_COLUMNS, LAYERS, SENTENCES, SOURCES, make_bundle, make_network

TOLERANCE = 1e-4

every_source = pytest.mark.parametrize("sources", SOURCES.values(), ids=SOURCES)
COLUMN = SOURCES["a column"]


@every_source
@pytest.mark.parametrize(("projection", "members"), [(0, 1), (8, 1), (8, 2)])
def test_engines_agree(sources: ContextSources, projection: int, members: int) -> None:
    network, indexer, config = make_network(("crf",), sources, projection=projection, members=members)
    bundle = export(network, indexer, [LAYERS["crf"]], config, SENTENCES, FORMS, sources)
    parts = sources.parts(config.model)
    context = bundle.context_vectors()(IN_COLUMNS)
    assert context is not None
    with torch.inference_mode():
        read = [torch.from_numpy(part.read(IN_COLUMNS)) for part in parts]
        made = [member.context(read) for member in network.networks]
    np.testing.assert_allclose(context, np.concatenate(made, axis=2), rtol=0, atol=1e-6)
    model, graphs = config.model, (bundle.form_graph, bundle.sentence_graph)
    engines = [
        NetworkEngine(network, indexer),
        NumpyEngine(model, indexer, bundle.weights),
        OnnxEngine(model.cell, indexer, bundle.weights, *graphs, 1),
    ]
    expected, *others = [engine.emissions(SENTENCES, context)[0] for engine in engines]
    for found in others:
        for i, tokens in enumerate(SENTENCES):
            ours, theirs = found[i, : len(tokens)], expected[i, : len(tokens)]
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


@every_source
def test_taggers_agree_and_batches_do_not_matter(sources: ContextSources, tmp_path: Path) -> None:
    bundles.save(make_bundle(("crf", "softmax"), sources), tmp_path / "m.tagger")
    bundle = bundles.load(tmp_path / "m.tagger")
    assert bundle.context == sources
    found = {}
    for engine in ("onnx", "numpy", "auto"):
        tagger = Tagger.from_bundle(bundle, engine=engine, precision="float32")
        together = list(tagger.tag_sentences(IN_COLUMNS))
        alone = [next(tagger.tag_sentences([sentence])) for sentence in IN_COLUMNS]
        found[engine] = [s.confidences["ner"] for s in together]
        for ours, theirs in zip(alone, together, strict=True):
            assert ours.tags == theirs.tags
            np.testing.assert_allclose(
                ours.confidences["ner"], theirs.confidences["ner"], atol=TOLERANCE
            )
        assert [s.tags["a b"] for s in together] == [s.tags["a b"] for s in IN_COLUMNS]
    for other in ("numpy", "auto"):
        for ours, theirs in zip(found[other], found["onnx"], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=TOLERANCE)


def test_int8_takes_context_too() -> None:
    bundle = make_bundle(("softmax",), COLUMN)
    tagger = Tagger.from_bundle(bundle, precision="int8")
    assert [len(s.tags["UPOS"]) for s in tagger.tag_sentences(IN_COLUMNS)] == [*map(len, SENTENCES)]


def test_a_column_s_value_tells_what_its_form_does_not() -> None:
    tagger = Tagger.from_bundle(make_bundle(("softmax",), COLUMN), precision="float32")
    values = ["1", "3", "0", "unseen", "unseen too"]
    sentences = [Sentence(["cat"], {"a b": [value]}) for value in values]
    found = [s.confidences["UPOS"][0] for s in tagger.tag_sentences(sentences)]
    assert len(set(found)) == 4  # one for all unknown values
    assert found[3] == found[4]


def test_columns_are_read_as_ids() -> None:
    columns = Columns({"x": ("a", "b"), "y": ("c",)}, 5)
    assert (columns.counts, columns.size) == ([4, 3], 10)
    sentences = [
        Sentence(["1", "2", "3"], {"y": ["c", "a", "c"], "x": ["b", "a", ""]}),
        Sentence([]),  # which needs no columns
        Sentence(["1"], {"x": ["b"], "y": ["c"]}),
    ]
    read = columns.read(sentences)
    assert read[0].tolist() == [[3, 2], [2, UNKNOWN], [UNKNOWN, 2]]
    assert read[1].tolist() == [[0, 0]] * 3
    assert read[2].tolist() == [[3, 2], [0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            Sentence(["cat"]),
            "sentence: found tokens without layers, expected the layer a b, which the model reads"
            " beside each token",
        ),
        (
            Sentence(["cat"], {"UPOS": ["X"], "ner": ["O"]}, source="f.conllu", line=7),
            "f.conllu:7: found the layers UPOS, ner, expected the layer a b, which the model reads"
            " beside each token",
        ),
    ],
)
def test_a_sentence_without_the_column_is_an_error(sentence: Sentence, message: str) -> None:
    tagger = Tagger.from_bundle(make_bundle(("softmax",), COLUMN))
    with pytest.raises(CorpusError) as caught:
        list(tagger.tag_sentences([sentence]))
    assert str(caught.value) == message


def test_text_and_tokens_alone_are_an_error() -> None:
    tagger = Tagger.from_bundle(make_bundle(("softmax",), COLUMN))
    for tag in (tagger.tag, lambda text: tagger.tag_tokens([text.split()])):
        with pytest.raises(CorpusError, match="tokens without layers, expected the layer a b"):
            tag("The cat sat.")
    assert tagger.tag_tokens([[]])[0].tokens == []


def without(bundle: Bundle, name: str) -> dict[str, np.ndarray]:
    return {key: value for key, value in bundle.weights.items() if key != name}


def test_weights_that_do_not_fit_are_an_error() -> None:
    bundle = make_bundle(("softmax",), COLUMN)
    name = "context.columns.tables.0.weight"
    narrow = dataclasses.replace(bundle, weights=bundle.weights | {name: bundle.weights[name][:, :5]})
    missing = dataclasses.replace(bundle, weights=without(bundle, name))
    for broken, found in ((narrow, "5 numbers of columns, not 24"), (missing, "tables.0.weight")):
        with pytest.raises(BundleError, match=found):
            Tagger.from_bundle(broken)


def test_no_parts_give_no_vectors() -> None:
    assert Context()(IN_COLUMNS) is None
    assert ContextSources().parts(make_bundle().config.model) == []
