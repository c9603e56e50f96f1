"""How readily spans are found: the bias of the tag O, moved to where the dev score is highest.

Likelihood asks how probable the true tags are, F1 how many spans are found and how many of
these are right. Where what is tagged differs from what was learned, a network that was trained
for the one finds too few spans (or too many) for the other (Minkov et al. 2006). Knows scores
of tags and of networks; knows neither corpora nor files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from corpora import Sentence
from tagger.context.parts import Context, Part
from tagger.layers import TagLayer
from tagger.network.ensemble import Networks
from tagger.network.heads import Head
from tagger.runtime.engine import Engine, Scores
from tagger.runtime.numpy_engine import Array, Weights

_OUTSIDE = 0  # id of the tag O in a layer of spans
STEP = 0.25  # nats
FURTHEST = 3.0  # nats, that a bias may be moved


class OutsideBias:
    """Looks for the place of the bias of O of each layer of spans.

    Attributes:
        moved: for each layer how far it is moved, in nats, where the last search ended; 0 for a
            layer without spans. Above 0, fewer spans are found.
        best: the same for the search that ended with the highest score.

    Args:
        layers: of the network, as its first heads.
    """

    def __init__(self, layers: Sequence[TagLayer]) -> None:
        self._spans = [i for i, layer in enumerate(layers) if layer.scheme is not None]
        self.best = self.moved = (0.0,) * len(layers)
        self._best_score = -1.0

    def search(self, score: Callable[[tuple[float, ...]], float]) -> float:
        """Looks from where the last search ended, layer by layer: a step to either side, and on
        for as long as the score rises or is 0.

        Args:
            score: scores the network with the biases moved so far, layer by layer.

        Returns:
            The score where the search ends.
        """
        highest = score(self.moved)
        for layer in self._spans:
            for step in (-STEP, STEP):
                before, place = highest, self.moved[layer] + step
                while abs(place) <= FURTHEST:
                    tried = (*self.moved[:layer], place, *self.moved[layer + 1 :])
                    found = score(tried)
                    if found > highest:
                        highest, self.moved = found, tried
                    elif highest:
                        break
                    place += step
                if highest > before:  # it is uphill this way, so not the other way
                    break
        if highest > self._best_score:
            self._best_score, self.best = highest, self.moved
        return highest


class RepeatingEngine:
    """Scores some sentences as an engine does, and then the same in the same order again, as
    often as it is told, with biases of O moved: only the first time takes the engine's time.

    Args:
        engine: see `tagger.runtime.engine.Engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: list[list[Scores]] = []
        self._next = 0
        self._moved: Sequence[float] = ()

    def again(self, moved: Sequence[float]) -> None:
        """Goes back to the first sentences.

        Args:
            moved: in nats, layer by layer; none: not at all.
        """
        self._next, self._moved = 0, moved

    @property
    def workers(self) -> int:
        """See `Engine`."""
        return self._engine.workers

    @property
    def knows_next(self) -> bool:
        """Whether the next sentences have been scored before."""
        return self._next < len(self._known)

    def begin(
        self, sentences: Sequence[Sequence[str]], context: Scores | None = None
    ) -> Callable[[], list[Scores]]:
        """See `Engine`."""
        number, moved = self._next, self._moved
        self._next += 1
        if number == len(self._known):
            self._known.append([])
            score = self._engine.begin(sentences, context)

            def first() -> list[Scores]:
                self._known[number] = score()
                return with_moved(self._known[number], moved)

            return first
        return lambda: with_moved(self._known[number], moved)

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: Scores | None = None
    ) -> list[Scores]:
        """See `Engine`."""
        return self.begin(sentences, context)()

    def transitions(self) -> list[Scores | None]:
        """See `Engine`."""
        return self._engine.transitions()


class UnscoredContext(Context):
    """Gives context vectors to sentences that a repeating engine has not scored yet; the others
    need none.

    Args:
        engine: that is asked for the same sentences next.
        parts, weights: see `Context`.
    """

    def __init__(self, engine: RepeatingEngine, parts: Sequence[Part], weights: Weights) -> None:
        super().__init__(parts, weights)
        self._engine = engine

    def __call__(self, sentences: Sequence[Sentence]) -> Array | None:
        """See `Context`."""
        return None if self._engine.knows_next else super().__call__(sentences)


def with_moved(emissions: Sequence[Scores], moved: Sequence[float]) -> list[Scores]:
    """Returns copies of emissions, (batch, time, tags) for each layer, with O moved."""
    copies = [scores.copy() for scores in emissions]
    for scores, distance in zip(copies, moved, strict=False):
        if distance:
            scores[:, :, _OUTSIDE] += np.float32(distance)
    return copies


def move(network: Networks, moved: Sequence[float]) -> None:
    """Moves the biases of O of a network, in nats, layer by layer."""
    with torch.no_grad():
        for member in network.networks:
            for layer, distance in enumerate(moved):
                head = member.heads[layer]
                assert isinstance(head, Head)
                head.output.bias[_OUTSIDE] += distance
