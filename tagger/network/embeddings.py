"""Vectors of surface forms: of the word, its characters, its affixes, its shape.

Each module takes a batch of F forms as ids and returns (F, size). Knows nothing of
sentences. Random numbers are drawn as torch does by default, embeddings aside: these
start small, so that a word not seen often does not speak louder than its characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tagger.config import ModelConfig
from tagger.features import FormBatch, affix_count
from tagger.network.cells import RecurrentEncoder
from tagger.network.dropout import Drawing, Dropout
from tagger.vocabulary import PADDING, UNKNOWN

KERNEL = 3  # characters that one filter of the CNN sees
_BEYOND = 1e9  # larger than any answer of a filter


class FormTensors(NamedTuple):
    """A FormBatch as tensors; shapes as there."""

    words: Tensor
    characters: Tensor
    lengths: Tensor
    affixes: Tensor
    shapes: Tensor
    static: Tensor

    @classmethod
    def from_batch(cls, batch: FormBatch, device: torch.device | str = "cpu") -> FormTensors:
        return cls(*map(torch.from_numpy, batch)).to(device)

    def to(self, device: torch.device | str) -> FormTensors:
        """Returns the same on a device."""
        return FormTensors(*(tensor.to(device) for tensor in self))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many ids each table has."""

    words: int
    characters: int
    shapes: int
    static: int = 0


class WordEmbedding(Drawing):
    """A vector for each known word; in training, rare words are now and then unknown.

    Args:
        count: ids.
        size: numbers in a vector.
        replacement: (count,) with what probability training takes the unknown word
            in place of each word.
    """

    def __init__(self, count: int, size: int, replacement: Tensor | None = None) -> None:
        super().__init__()
        self.output_size = size
        self.table = small_embedding(count, size)
        rates = torch.zeros(count) if replacement is None else replacement
        self.register_buffer("replacement", rates, persistent=False)
        self.replacement: Tensor

    def forward(self, forms: FormTensors) -> Tensor:
        words = forms.words
        if self.training:
            chance = self.draw(words.shape, words)
            words = words.masked_fill(chance < self.replacement[words], UNKNOWN)
        return self.table(words)


class CharacterCNN(nn.Module):
    """Filters over windows of three characters, the strongest answer of each.

    Source: Ma & Hovy 2016, with a rectifier before the maximum. A filter's answer is the
    sum of three products, one for each place in the window, and each of them depends on
    one character alone. So the products are made once for the alphabet and then looked
    up, which takes a fraction of a convolution's time, forward and back.
    """

    def __init__(self, count: int, size: int, output: int) -> None:
        super().__init__()
        self.output_size = output
        self.table = small_embedding(count, size)
        self.convolution = nn.Conv1d(size, output, KERNEL, padding=KERNEL // 2)

    def forward(self, forms: FormTensors) -> Tensor:
        count = self.table.num_embeddings
        # (KERNEL, count, output): what character c adds where it stands at place k
        device = forms.characters.device
        alphabet = self.table(torch.arange(count, device=device))  # what pads stays zero
        products = torch.einsum("cs,osk->kco", alphabet, self.convolution.weight)
        # a window around what pads must not win
        beyond = torch.zeros(KERNEL, count, 1, device=device)
        beyond[KERNEL // 2, PADDING] = -_BEYOND
        products = products + beyond
        places = torch.arange(KERNEL, device=device) * count
        padded = F.pad(forms.characters, (KERNEL // 2, KERNEL // 2), value=PADDING)
        windows = padded.unfold(1, KERNEL, 1) + places  # (F, C, KERNEL)
        answers = F.embedding_bag(windows.flatten(0, 1), products.flatten(0, 1), mode="sum").unflatten(
            0, windows.shape[:2]
        )  # (F, C, output), without the bias
        strongest = answers.max(dim=1).values
        return torch.relu(strongest + self.convolution.bias)


class CharacterLSTM(nn.Module):
    """The last states of an LSTM over the characters, each way (Lample 2016)."""

    def __init__(self, count: int, size: int, output: int) -> None:
        super().__init__()
        self.output_size = output
        self.table = small_embedding(count, size)
        self.lstm = RecurrentEncoder("lstm", size, output // 2)

    def forward(self, forms: FormTensors) -> Tensor:
        states = self.lstm(self.table(forms.characters), forms.lengths)
        onward, back = states.chunk(2, dim=2)
        each = torch.arange(len(states), device=states.device)
        return torch.cat([onward[each, forms.lengths - 1], back[:, 0]], dim=1)


class AffixEmbedding(nn.Module):
    """A vector for each hashed prefix and suffix, side by side."""

    def __init__(self, buckets: int, size: int, affixes: int) -> None:
        super().__init__()
        self.output_size = size * affixes
        self.table = small_embedding(buckets, size)

    def forward(self, forms: FormTensors) -> Tensor:
        return self.table(forms.affixes).flatten(1)


class ShapeEmbedding(nn.Module):
    """A vector for each known word shape."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self.output_size = size
        self.table = small_embedding(count, size)

    def forward(self, forms: FormTensors) -> Tensor:
        return self.table(forms.shapes)


class StaticEmbedding(nn.Module):
    """A vector for each form that others have trained one for; none of it is learned."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self.output_size = size
        self.table = nn.Embedding(count, size, padding_idx=PADDING)
        self.table.weight.requires_grad_(False).zero_()

    def fill(self, vectors: NDArray[np.float32]) -> None:
        """Takes the vectors, (N, size), of the N symbols, scaled to a mean length of 1."""
        length = float(np.linalg.norm(vectors, axis=1).mean()) or 1.0
        with torch.no_grad():
            self.table.weight[-len(vectors) :] = torch.from_numpy(vectors / length)

    def forward(self, forms: FormTensors) -> Tensor:
        return self.table(forms.static)


class FormEncoder(nn.Module):
    """All features of a form, joined, and projected into one narrow vector.

    Its parts are called `words`, `characters`, `affixes`, `shapes`, `static` and, last,
    `projection`; the names of the weights in a model file begin with these.
    """

    def __init__(self, config: ModelConfig, sizes: Sizes, replacement: Tensor | None = None) -> None:
        super().__init__()
        parts: dict[str, nn.Module] = {}
        if config.word_size:
            parts["words"] = WordEmbedding(sizes.words, config.word_size, replacement)
        if config.character_encoder != "none":
            kind = {"cnn": CharacterCNN, "lstm": CharacterLSTM}[config.character_encoder]
            parts["characters"] = kind(sizes.characters, config.character_size, config.character_output)
        if config.affix_size:
            parts["affixes"] = AffixEmbedding(
                config.affix_buckets, config.affix_size, affix_count(config)
            )
        if config.shape_size:
            parts["shapes"] = ShapeEmbedding(sizes.shapes, config.shape_size)
        if config.static_size:
            parts["static"] = StaticEmbedding(sizes.static, config.static_size)
        self.parts = nn.ModuleDict(parts)
        joined = sum(part.output_size for part in parts.values())  # type: ignore[misc]
        self.dropout = Dropout(config.dropout)
        self.projection = nn.Linear(joined, config.projection) if config.projection else None
        self.output_size: int = config.projection or joined

    def fill_static(self, vectors: NDArray[np.float32]) -> None:
        """Takes the vectors that others have trained; see `StaticEmbedding.fill`."""
        part = self.parts["static"]
        assert isinstance(part, StaticEmbedding)
        part.fill(vectors)

    def forward(self, forms: FormTensors) -> Tensor:
        """Returns (F, output_size)."""
        joined = self.dropout(torch.cat([part(forms) for part in self.parts.values()], dim=1))
        return joined if self.projection is None else self.projection(joined)


def small_embedding(count: int, size: int) -> nn.Embedding:
    """Makes a table whose numbers start within ±sqrt(3 / size) (Ma & Hovy 2016)."""
    table = nn.Embedding(count, size, padding_idx=PADDING)
    bound = (3.0 / size) ** 0.5
    with torch.no_grad():
        table.weight.uniform_(-bound, bound)
        table.weight[PADDING] = 0.0
    return table
