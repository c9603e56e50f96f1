"""Embeddings of forms, against the plain way of computing them."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tagger.network.embeddings import CharacterCNN, FormTensors, StaticEmbedding, WordEmbedding
from tagger.vocabulary import PADDING, UNKNOWN


def forms(characters: Tensor, words: Tensor | None = None) -> FormTensors:
    lengths = (characters != PADDING).sum(dim=1)
    empty = torch.zeros(len(characters), 0, dtype=torch.long)
    if words is None:
        words = torch.zeros(len(characters), dtype=torch.long)
    return FormTensors(words, characters, lengths, empty, words, words)


def plain_cnn(network: CharacterCNN, characters: Tensor) -> Tensor:
    """Convolves each form by itself, without what pads it."""
    rows = []
    for row in characters:
        vectors = network.table(row[row != PADDING])
        answers = nn.functional.conv1d(
            vectors.T, network.convolution.weight, network.convolution.bias, padding=1
        )
        rows.append(torch.relu(answers).max(dim=1).values)
    return torch.stack(rows)


def test_character_cnn_is_a_convolution() -> None:
    torch.manual_seed(3)
    network = CharacterCNN(40, 6, 5).double()
    nn.init.normal_(network.table.weight)
    with torch.no_grad():
        network.table.weight[PADDING] = 0
    characters = torch.randint(1, 40, (30, 9))
    for i, row in enumerate(characters):
        row[1 + i % 9 :] = PADDING
    found = network(forms(characters))
    expected = plain_cnn(network, characters)
    assert torch.allclose(found, expected, atol=1e-12)
    weights = torch.randn_like(found)
    gradients = [
        torch.autograd.grad((answer * weights).sum(), list(network.parameters()))
        for answer in (found, expected)
    ]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
def test_words_are_replaced_by_the_unknown_one_as_often_as_told(training: bool) -> None:
    torch.manual_seed(3)
    network = WordEmbedding(3 + UNKNOWN, 4, torch.tensor([0.0] * (1 + UNKNOWN) + [0.3, 1.0]))
    network.train(training)
    words = torch.tensor([UNKNOWN + 1, UNKNOWN + 2]).repeat(5000)
    found = network(forms(words[:, None], words))
    unknown = (found == network.table.weight[UNKNOWN]).all(dim=1)
    assert unknown[0::2].float().mean().item() == pytest.approx(0.3 * training, abs=0.02)
    assert unknown[1::2].float().mean().item() == float(training)


def test_static_vectors_are_scaled_and_not_learned() -> None:
    embedding = StaticEmbedding(5, 2)
    embedding.fill(np.array([[3.0, 4.0], [0.0, 10.0], [0.0, 0.0]], dtype=np.float32))
    rows = torch.arange(5)
    found = embedding(FormTensors(rows, rows, rows, rows, rows, rows))
    expected = [[0.0, 0.0], [0.0, 0.0], [0.6, 0.8], [0.0, 2.0], [0.0, 0.0]]  # the mean length was 5
    torch.testing.assert_close(found, torch.tensor(expected))
    assert not found.requires_grad
