"""The language model: what it is to say, its loss, and that states do not know the answer."""

from __future__ import annotations

import pytest
import torch

from tagger.features import FormIndexer
from tagger.network.embeddings import FormTensors, Sizes
from tagger.network.language_model import LanguageModel, neighbours
from tagger.network.model import Learning, Network
from tagger.vocabulary import UNKNOWN

from ..networks import LAYERS, SENTENCES, make_network, strings

MASK = torch.tensor([[True, True, True], [True, False, False]])
WORDS = torch.tensor([[5, 6, 7], [8, 0, 0]])


def test_neighbours_end_where_the_sentence_ends() -> None:
    after, before = neighbours(WORDS, MASK)
    assert after[MASK].tolist() == [6, 7, 0, 0]
    assert before[MASK].tolist() == [0, 5, 6, 0]


@pytest.mark.parametrize("words", [2, 7, 3000, 9000])
@pytest.mark.parametrize("ways", [1, 2])
def test_loss_is_that_of_the_words_beside(words: int, ways: int) -> None:
    torch.manual_seed(1)
    model = LanguageModel(4, ways, words, 0.0)
    states = [torch.randn(2, 3, 4) for _ in range(ways)]
    ids = (WORDS * 1234) % words
    expected = 0.0
    for read, hidden, output, near in zip(
        states, model.hidden, model.output, neighbours(ids, MASK), strict=False
    ):
        known = torch.where(near < 7502, near, UNKNOWN)[MASK]
        logs = output.log_prob(torch.tanh(hidden(read[MASK])))  # type: ignore[operator]
        assert logs.shape[1] == min(words, 7502)
        expected -= float(logs.gather(1, known[:, None]).sum().detach())
    assert float(model.loss(states, ids, MASK).detach()) == pytest.approx(expected, rel=1e-5)


def batch(
    indexer: FormIndexer, sentences: list[list[str]]
) -> tuple[FormTensors, torch.Tensor, torch.Tensor]:
    made = indexer.batch(sentences)
    return (
        FormTensors.from_batch(made.forms),
        torch.from_numpy(made.rows),
        torch.from_numpy(made.lengths),
    )


@pytest.mark.parametrize(
    "settings", [{}, {"layer_norm": True}, {"connections": "highway"}, {"bidirectional": False}], ids=str
)
def test_states_have_not_seen_the_word(settings: dict[str, object]) -> None:
    """From left to right, what follows changes nothing; from right to left, what goes before."""
    network, indexer, _ = make_network(layers=2, **settings)
    found = []
    for tokens in (["The", "cat", "sat"], ["The", "cat", "."], [".", "cat", "sat"]):
        forms, rows, lengths = batch(indexer, [tokens])
        found.append(network.encoder.encode(network.forms(forms)[rows], lengths)[1])
    (one, *back), (other_end, *_), (_, *other_start) = found
    assert torch.equal(one[:, :2], other_end[:, :2])
    assert not torch.equal(one[:, 2], other_end[:, 2])
    assert len(back) == settings.get("bidirectional", True)
    for a, b in zip(back, other_start, strict=True):
        torch.testing.assert_close(a[:, 1:], b[:, 1:])
        assert not torch.equal(a[:, 0], b[:, 0])


def test_loss_of_a_network_counts_it_by_its_weight() -> None:
    plain, indexer, config = make_network()
    forms, rows, lengths = batch(indexer, SENTENCES)
    mask = torch.arange(rows.shape[1]) < lengths[:, None]
    tags = [torch.zeros_like(rows)]
    losses = {0.0: float(plain.loss(forms, rows, lengths, tags, mask).detach())}
    sizes = Sizes(len(indexer.words), len(indexer.characters), len(indexer.shapes))
    for weight in (0.5, 1.5):
        torch.manual_seed(1)
        layer = LAYERS["crf"]
        learning = Learning(language_model=weight)
        network = Network(config.model, sizes, [layer], [strings(layer)], learning)
        network.load_state_dict(plain.state_dict(), strict=False)
        losses[weight] = float(network.eval().loss(forms, rows, lengths, tags, mask).detach())
    assert losses[0.5] > losses[0.0]
    assert losses[1.5] - losses[0.0] == pytest.approx(3 * (losses[0.5] - losses[0.0]), rel=1e-4)


def test_words_of_neighbours_are_foretold_too() -> None:
    """And a mean of all that is read has the weight that it has where all is of the sentence."""
    plain, indexer, config = make_network(("softmax",))
    forms, rows, lengths = batch(indexer, [["cat", "The", "A"], ["A"]])
    is_read = torch.arange(3) < lengths[:, None]
    sizes = Sizes(len(indexer.words), len(indexer.characters), len(indexer.shapes))
    layer = LAYERS["softmax"]
    learning = Learning(language_model=2.0)
    network = Network(config.model, sizes, [layer], [strings(layer)], learning).eval()
    network.load_state_dict(plain.state_dict(), strict=False)
    assert network.language_model is not None
    states = network.encoder.encode(network.forms(forms)[rows], lengths)[1]
    expected = 2 * network.language_model.loss(states, forms.words[rows], is_read) / 4
    mask, starts = torch.ones(2, 1, dtype=torch.bool), torch.tensor([1, 0])
    given = forms, rows, lengths, [mask.long()], mask, (), starts
    torch.testing.assert_close(network.loss(*given) - plain.loss(*given), expected)
