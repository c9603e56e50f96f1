"""What an engine is: anything that scores the tokens of some sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class Engine(Protocol):
    """Scores tokens; knows forms and weights, knows nothing of what tags mean.

    Attributes:
        workers: how many batches it is worth scoring at a time, each in its thread.
    """

    @property
    def workers(self) -> int:
        """See the attributes."""
        ...

    def begin(
        self, sentences: Sequence[Sequence[str]], context: Scores | None = None
    ) -> Callable[[], list[Scores]]:
        """Does what has to be done batch after batch; returns what does the rest.

        Args:
            sentences, context: as for `emissions`.

        Returns:
            A function that gives the `emissions`, and may be called in any thread.
        """
        ...

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: Scores | None = None
    ) -> list[Scores]:
        """Returns for each layer float32 (batch, time, tags), unnormalised log-scores.

        Args:
            sentences: a batch of token lists, none of them empty. What stands in
                the result beyond a sentence's length means nothing.
            context: float32 (batch, time, size), what goes into the recurrent layers
                beside the vectors of forms; None where the model has no such thing.
        """
        ...

    def transitions(self) -> list[Scores | None]:
        """Returns for each layer (tags + 1, tags + 1), or None where it has no CRF.

        Row `tags` is the start of a sentence, column `tags` its end.
        """
        ...
