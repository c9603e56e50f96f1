"""The padded-batch data loader: what is in a batch, and what decides it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Sentence
from tagger.config import ModelConfig
from tagger.context.columns import Columns
from tagger.features import FormIndexer
from tagger.layers import make_layer
from tagger.network.embeddings import FormTensors
from tagger.network.heads import LACKING
from tagger.training.data import TokenBudgetSampler, ahead, make_loader, write_table
from tagger.vocabulary import Vocabulary

from ..networks import make_network

TAGS = ["B-PER", "I-PER", "O", "B-PER"]


def sentences() -> list[Sentence]:
    return [
        Sentence(["Ada", "B.", "met", "Bo"], {"ner": TAGS, "pos": ["N", "N", "V", "N"]}),
        Sentence([], {"ner": [], "pos": []}),
        Sentence(["yes"], {"ner": ["O"], "pos": ["V"]}),
    ]


def indexer() -> FormIndexer:
    return FormIndexer(ModelConfig(), Vocabulary(["ada", "met"]), Vocabulary("ab"), Vocabulary(["x"]))


def test_batch_holds_what_the_sentences_hold(tmp_path: Path) -> None:
    layers = [
        make_layer("ner", "crf", {"O": 2, "B-PER": 2, "I-PER": 1}, "IOB2"),
        make_layer("pos", "softmax", {"N": 3, "V": 2}, None),
    ]
    strings = [list(layer.symbols) for layer in layers]
    table = write_table([(sentences(), ["ner", "pos"])], layers, strings, tmp_path)
    assert len(table) == 2  # what has no tokens teaches nothing
    sampler = TokenBudgetSampler(np.array([4, 1]), 100, 1)
    (batch,) = make_loader(table, sampler, indexer(), 2)
    assert (batch.lengths.tolist(), batch.sizes.tolist(), batch.starts) == ([1, 4], [1, 4], None)
    assert batch.mask().tolist() == [[True, False, False, False], [True] * 4]
    assert batch.tokens == 5
    assert len(batch.forms.words) == 5
    assert batch.forms.words[batch.rows[1]].tolist() == [2, 1, 3, 1]
    ner = [layers[0].symbols[i] for i in batch.tags[0][1]]
    assert ner == ["B-PER", "E-PER", "O", "S-PER"]
    assert [layers[1].symbols[i] for i in batch.tags[1][1]] == ["N", "N", "V", "N"]
    assert batch.tags[1][0, 1:].tolist() == [0, 0, 0]


def test_batch_holds_neighbours_too(tmp_path: Path) -> None:
    layer = make_layer("pos", "softmax", {"N": 3, "V": 2}, None)
    stream = [*sentences(), Sentence(["Ada"], {"pos": ["N"]}, new_document=True)]
    table = write_table([(stream, ["pos"])], [layer], [list(layer.symbols)], tmp_path, neighbours=2)
    sampler = TokenBudgetSampler(np.array([4, 1, 1]), 100, 1)
    (batch,) = make_loader(table, sampler, indexer(), 1)
    rows = sorted(range(3), key=lambda i: int(batch.lengths[i]))
    assert batch.starts is not None
    facts = zip(batch.starts.tolist(), batch.sizes.tolist(), batch.lengths.tolist(), strict=True)
    # "Ada"; "met Bo" + "yes"; "Ada B. met Bo", after which an empty sentence and "yes" come
    assert sorted(facts, key=lambda fact: fact[2]) == [(0, 1, 1), (2, 1, 3), (0, 4, 5)]
    assert (batch.rows.shape, batch.tags[0].shape) == ((3, 5), (3, 4))
    assert batch.tokens == int(batch.mask().sum()) == 6
    assert batch.forms.words[batch.rows[rows[1]]].tolist()[:3] == [3, 1, 1]


def test_neighbours_come_with_columns_and_from_the_same_corpus(tmp_path: Path) -> None:
    layers = [make_layer(name, "softmax", {"N": 3, "V": 2}, None) for name in ("x", "y")]
    parts = [
        ([Sentence([form], {name: ["N"], "column": [form]}) for form in forms], [name])
        for name, forms in (("x", "ab"), ("y", "cde"))
    ]
    strings = [list(layer.symbols) for layer in layers]
    table = write_table(parts, layers, strings, tmp_path, ["column"], neighbours=1)
    assert [row["column column"] for row in table] == [row["tokens"] for row in table]
    columns = Columns({"column": tuple("abcde")}, 4)
    sampler = TokenBudgetSampler(np.ones(5, np.int64), 100, 1)
    (batch,) = make_loader(table, sampler, indexer(), 2, [columns])
    assert batch.starts is not None
    ids = ["".join(" ?abcde"[i] for i in row).strip() for row in batch.context[0][..., 0].tolist()]
    has_x = (batch.tags[0][:, 0] != LACKING).tolist()  # none where another corpus has the layer
    found = sorted(zip(ids, batch.starts.tolist(), has_x, strict=True))
    assert found == [
        ("ab", 0, True), ("ab", 1, True), ("cd", 0, False), ("cde", 1, False), ("de", 1, False),
    ]  # fmt: skip
    assert [tags.shape for tags in batch.tags] == [(5, 1), (5, 1)]
    assert (batch.sizes == 1).all()


def test_neighbours_have_no_share_in_the_loss() -> None:
    network, by_form, _ = make_network(("softmax", "crf"))
    read = by_form.batch([["cat", "The", "A", "B"], ["A", "cat"]])
    tensors = FormTensors.from_batch(read.forms), torch.from_numpy(read.rows)
    lengths = torch.from_numpy(read.lengths)
    starts, sizes = [1, 0], [2, 1]
    truth = torch.tensor([[1, 2], [1, 0]])
    mask = torch.tensor([[True, True], [True, False]])
    loss = network.loss(*tensors, lengths, [truth, truth], mask, (), torch.tensor(starts))
    expected = torch.zeros(())
    for head, scores in zip(network.heads, network(*tensors, lengths), strict=True):
        for i, (start, size) in enumerate(zip(starts, sizes, strict=True)):
            own = scores[i : i + 1, start : start + size]
            expected += head.loss(own, truth[i : i + 1, :size], mask[i : i + 1, :size])
    assert loss.item() == pytest.approx(expected.item() / 3, rel=1e-5)


def test_a_sentence_has_no_tags_in_layers_that_its_corpus_lacks(tmp_path: Path) -> None:
    layers = [
        make_layer("ner", "crf", {"O": 2, "B-PER": 2, "I-PER": 1}, "IOB2"),
        make_layer("pos", "softmax", {"N": 3, "V": 2}, None),
    ]
    strings = [list(layer.symbols) for layer in layers]
    # the second corpus has a layer "ner" of its own, which is not to be learned
    parts = [(sentences()[:1], ["ner"]), (sentences()[2:], ["pos"])]
    table = write_table(parts, layers, strings, tmp_path)
    assert [row["tags_0"] is None for row in table] == [False, True]
    assert [row["tags_1"] is None for row in table] == [True, False]
    (batch,) = make_loader(table, TokenBudgetSampler(np.array([4, 1]), 100, 1), indexer(), 2)
    assert batch.lengths.tolist() == [1, 4]
    assert batch.tags[0][0].tolist() == [LACKING] * 4
    assert (batch.tags[0][1] != LACKING).all()
    assert batch.tags[1][1].tolist() == [LACKING] * 4
    assert [layers[1].symbols[i] for i in batch.tags[1][0, :1]] == ["V"]


def test_table_lies_on_disk(tmp_path: Path) -> None:
    layer = make_layer("pos", "softmax", {"N": 3, "V": 2}, None)
    table = write_table([(sentences(), ["pos"])], [layer], [list(layer.symbols)], tmp_path)
    assert [Path(f["filename"]).parent for f in table.cache_files] == [tmp_path]


@settings(max_examples=100)
@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=200),
    st.integers(1, 120),
    st.integers(0, 5),
)
def test_sampler_keeps_budget_and_loses_nothing(lengths: list[int], budget: int, seed: int) -> None:
    sampler = TokenBudgetSampler(np.array(lengths), budget, seed)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


def test_order_depends_on_seed_and_epoch_alone() -> None:
    lengths = np.random.default_rng(0).integers(1, 40, 500)

    def batches(seed: int, epoch: int) -> list[list[int]]:
        sampler = TokenBudgetSampler(lengths, 200, seed)
        sampler.epoch = epoch
        return list(sampler)

    assert batches(1, 1) == batches(1, 1)
    assert batches(1, 1) != batches(1, 2)
    assert batches(1, 1) != batches(2, 1)


def test_sentences_of_like_length_go_together() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 3000)
    sampler = TokenBudgetSampler(lengths, 1000, 1)
    padded = sum(len(batch) * lengths[batch].max() for batch in sampler)
    assert padded < 1.15 * lengths.sum()


@pytest.mark.parametrize("count", [1, 7])
def test_unknown_words_stand_in_for_rare_ones(count: int) -> None:
    from tagger.network.embeddings import WordEmbedding

    torch.manual_seed(0)
    embedding = WordEmbedding(3, 4, torch.tensor([0.0, 0.0, 0.5 / count]))
    words = torch.full((20_000,), 2)
    forms = FormTensors(words, words, words, words, words, words)
    unknown = embedding.table.weight[1]

    def replaced() -> float:
        return float((embedding(forms) == unknown).all(dim=1).float().mean())

    assert replaced() == pytest.approx(0.5 / count, abs=0.02)
    embedding.eval()
    assert replaced() == 0.0


def test_batches_made_ahead_are_the_same() -> None:
    made: list[int] = []

    def batches() -> Iterator[int]:
        for number in range(20):
            made.append(number)
            yield number

    taken = ahead(batches(), 3)
    assert next(taken) == 0
    assert len(made) <= 5
    assert list(taken) == list(range(1, 20))
    assert list(ahead([])) == []


def test_an_error_in_making_batches_is_not_lost() -> None:
    def batches() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    taken = ahead(batches())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(taken)
