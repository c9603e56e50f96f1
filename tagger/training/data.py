"""The padded-batch data loader: Arrow rows → batches of sentences of like length.

Rows stay on disk (`datasets` maps them into memory), those that are read with neighbours
have these too; a batch holds a number of tokens, not of sentences, and neighbours do not
count; what is in it depends on the seed and the epoch alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from corpora import Sentence
from corpora.hub import arrow_table
from tagger.context.parts import Part
from tagger.features import FormIndexer
from tagger.layers import TagLayer
from tagger.network.embeddings import FormTensors
from tagger.network.heads import LACKING
from tagger.readings import documents_of, readings_of

if TYPE_CHECKING:
    import datasets
    from numpy.typing import NDArray

_COLUMN = "column "  # before the names of columns in the table
_NOISE = 0.2  # how far sentences of like length are shuffled, as a share of the length


@dataclass(frozen=True, slots=True)
class Batch:
    """B training sentences, padded to T tokens, over F distinct forms.

    With neighbours they are read as R tokens; without, R is T.

    Attributes:
        forms: ids of the distinct forms.
        rows: (B, R) each token's row among the forms.
        lengths: (B,) on the CPU, true numbers of tokens that are read.
        tags: for each layer the ids of the true tags, (B, T), padded with 0; all of a row is
            `LACKING` where the sentence lacks the layer.
        sizes: (B,) true numbers of tokens of the sentences' own.
        starts: (B,) where these begin in what is read; None where nothing else is read.
        context: what each part of the context read, (B, R, …).
    """

    forms: FormTensors
    rows: Tensor
    lengths: Tensor
    tags: list[Tensor]
    sizes: Tensor
    starts: Tensor | None = None
    context: Sequence[Tensor] = ()

    @property
    def tokens(self) -> int:
        """Real tokens to learn from, padding and neighbours left out."""
        return int(self.sizes.sum())

    def mask(self) -> Tensor:
        """Returns bool, (B, T): True on real tokens."""
        return torch.arange(int(self.sizes.max()))[None, :] < self.sizes[:, None]


def write_table(
    parts: Iterable[tuple[Iterable[Sentence], Collection[str]]],
    layers: Sequence[TagLayer],
    strings: Sequence[Sequence[str]],
    folder: Path,
    columns: Sequence[str] = (),
    neighbours: int = 0,
) -> datasets.Dataset:
    """Writes training sentences, their tags as ids, to an Arrow table on disk.

    Args:
        parts: of each corpus the sentences, and the layers they have; the others are null.
        strings: for each layer the tags that ids stand for.
        columns: layers that are kept as they are, to be read beside the tokens.
        neighbours: tokens of the same document that are read with a sentence, on each side.
    """
    ids = [{tag: i for i, tag in enumerate(names)} for names in strings]

    def rows() -> Iterator[dict[str, Any]]:
        for sentences, has in parts:
            for sentence, read, start, _ in readings_of(documents_of(sentences), neighbours, columns):
                if sentence.tokens:
                    row: dict[str, Any] = {"tokens": read.tokens}
                    row |= {"start": start, "end": start + len(sentence)}
                    for i, layer in enumerate(layers):
                        row[f"tags_{i}"] = None
                        if layer.name in has:
                            symbols = layer.to_symbols(sentence.tags[layer.name])
                            row[f"tags_{i}"] = [ids[i][symbol] for symbol in symbols]
                    yield row | {_COLUMN + name: read.tags[name] for name in columns}

    return arrow_table(rows(), len(layers), folder, [_COLUMN + name for name in columns])


class TokenBudgetSampler(Sampler[list[int]]):
    """Groups sentences of like length into batches of some number of padded tokens.

    Args:
        lengths: tokens of each sentence.
        budget: tokens in a batch, padding included; a longer sentence stands alone.
        seed: of the order; `epoch` is added to it.
    """

    def __init__(self, lengths: NDArray[np.int64], budget: int, seed: int) -> None:
        self._lengths = lengths
        self._budget = budget
        self._seed = seed
        self.epoch = 0
        self._batches: list[list[int]] = []
        self._made_for = -1

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._of_epoch())

    def __len__(self) -> int:
        return len(self._of_epoch())

    def _of_epoch(self) -> list[list[int]]:
        if self._made_for != self.epoch:
            self._batches = self._grouped(np.random.default_rng((self._seed, self.epoch)))
            self._made_for = self.epoch
        return self._batches

    def _grouped(self, random: np.random.Generator) -> list[list[int]]:
        spread = 1 + _NOISE * random.random(len(self._lengths))
        order = np.lexsort((random.random(len(self._lengths)), self._lengths * spread))
        batches: list[list[int]] = []
        batch: list[int] = []
        longest = 0
        for i in order.tolist():
            longest = max(longest, int(self._lengths[i]))
            if batch and (len(batch) + 1) * longest > self._budget:
                batches.append(batch)
                batch, longest = [], int(self._lengths[i])
            batch.append(i)
        if batch:
            batches.append(batch)
        random.shuffle(batches)
        return batches


def make_loader(
    table: datasets.Dataset,
    sampler: TokenBudgetSampler,
    indexer: FormIndexer,
    layers: int,
    context: Sequence[Part] = (),
) -> DataLoader[Batch]:
    """Makes the loader that yields the batches of an epoch."""
    columns = [name for name in table.column_names if name.startswith(_COLUMN)]

    def collate(rows: list[dict[str, Any]]) -> Batch:
        batch = indexer.batch([row["tokens"] for row in rows])
        sizes = np.array([row["end"] - row["start"] for row in rows], dtype=np.int64)
        tags = []
        for i in range(layers):
            padded = np.zeros((len(rows), int(sizes.max())), dtype=np.int64)
            for row, values in zip(padded, (r[f"tags_{i}"] for r in rows), strict=True):
                if values is None:
                    row[:] = LACKING
                else:
                    row[: len(values)] = values
            tags.append(torch.from_numpy(padded))
        sentences = [
            Sentence(row["tokens"], {name.removeprefix(_COLUMN): row[name] for name in columns})
            for row in rows
        ]
        return Batch(
            FormTensors.from_batch(batch.forms),
            torch.from_numpy(batch.rows),
            torch.from_numpy(batch.lengths),
            tags,
            torch.from_numpy(sizes),
            torch.tensor([row["start"] for row in rows]) if (sizes < batch.lengths).any() else None,
            [torch.from_numpy(part.read(sentences)) for part in context],
        )

    return DataLoader(table, batch_sampler=sampler, collate_fn=collate)  # type: ignore[arg-type]


def ahead(batches: Iterable[Batch], number: int = 4) -> Iterator[Batch]:
    """Yields the same batches, made by another thread while those before are in use.

    Args:
        number: how many wait at most.
    """
    made = iter(batches)  # draws a random number, which must not happen at any odd time
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        waiting = deque(pool.submit(next, made, None) for _ in range(number))
        while (batch := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, made, None))
            yield batch
