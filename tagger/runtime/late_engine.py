"""An engine that is made when it is first needed, so that a short run does without it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from tagger.runtime.engine import Engine, Scores


class LateEngine:
    """See `tagger.runtime.engine.Engine`.

    Args:
        make: makes the engine that does the work.
        workers: that it will have.
        transitions: that it will have.
    """

    def __init__(
        self, make: Callable[[], Engine], workers: int, transitions: Sequence[Scores | None]
    ) -> None:
        self.workers = workers
        self._make = make
        self._transitions = list(transitions)
        self._made: Engine | None = None
        self._making = threading.Lock()

    def begin(
        self, sentences: Sequence[Sequence[str]], context: Scores | None = None
    ) -> Callable[[], list[Scores]]:
        with self._making:
            if self._made is None:
                self._made = self._make()
        return self._made.begin(sentences, context)

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: Scores | None = None
    ) -> list[Scores]:
        return self.begin(sentences, context)()

    def transitions(self) -> list[Scores | None]:
        return list(self._transitions)
