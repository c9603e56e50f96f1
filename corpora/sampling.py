"""Distinct things by the million in bounded memory: all of them while they are few, then
a fair sample.

A thing is kept where a hash of it ends in enough zero bits; whenever too many are kept, one
more bit is asked for (Wegman's adaptive sampling; Flajolet 1990). What is kept does not
depend on how often or in what order things come, so shares found in it are unbiased.
"""

from __future__ import annotations

import zlib
from typing import Generic, TypeVar

Value = TypeVar("Value")


class DistinctSample(Generic[Value]):
    """A mapping from texts (or hashes, which are spread evenly) to values that stays small.

    Args:
        limit: of how many it holds.

    Attributes:
        values: thing → value, of what is kept.
        every: one in so many things is kept; 1 means all.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.values: dict[str | int, Value] = {}
        self.every = 1

    def takes(self, key: str | int) -> bool:
        """Tells whether a thing belongs to the sample."""
        return self.every == 1 or is_in_sample(key, self.every)

    def put(self, key: str | int, value: Value) -> None:
        """Keeps a value, if its thing belongs to the sample."""
        if not self.takes(key):
            return
        self.values[key] = value
        while len(self.values) > self._limit:
            self.every *= 2
            self.values = {k: v for k, v in self.values.items() if self.takes(k)}


def is_in_sample(key: str | int, every: int) -> bool:
    """Tells whether a thing is one of those that a sample of one in `every` has."""
    number = key if isinstance(key, int) else zlib.crc32(key.encode("utf-8", "surrogatepass"))
    return not number & (every - 1)
