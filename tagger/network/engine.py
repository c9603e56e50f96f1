"""The network in torch as an engine: emissions while it is still being trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from tagger.features import FormIndexer, SentenceBatch
from tagger.network.embeddings import FormTensors
from tagger.network.ensemble import Networks


class NetworkEngine:
    """See `tagger.runtime.engine.Engine`."""

    workers = 1  # torch has threads of its own

    def __init__(self, network: Networks, indexer: FormIndexer, device: str = "cpu") -> None:
        self._network = network
        self._indexer = indexer
        self._device = device

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: NDArray[np.float32] | None = None
    ) -> list[NDArray[np.float32]]:
        batch: SentenceBatch = self._indexer.batch(sentences)
        training = self._network.training
        self._network.eval()
        with torch.inference_mode():
            scores = self._network(
                FormTensors.from_batch(batch.forms, self._device),
                torch.from_numpy(batch.rows).to(self._device),
                torch.from_numpy(batch.lengths),
                None if context is None else torch.from_numpy(context).to(self._device),
            )
        self._network.train(training)
        return [score.float().cpu().numpy() for score in scores]

    def begin(
        self, sentences: Sequence[Sequence[str]], context: NDArray[np.float32] | None = None
    ) -> Callable[[], list[NDArray[np.float32]]]:
        return lambda: self.emissions(sentences, context)

    def transitions(self) -> list[NDArray[np.float32] | None]:
        return self._network.transitions()
