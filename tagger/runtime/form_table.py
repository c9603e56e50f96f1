"""Vectors of frequent forms, computed once at export, so that tagging looks them up.

What a form adds to the network depends on the form alone. Knows no network: whoever
uses the table brings what encodes the forms that are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # float32 in use


@dataclass(frozen=True, slots=True, eq=False)
class FormTable:
    """N forms, the most frequent first, and the vector of each.

    Attributes:
        forms: all different.
        vectors: float32 or float16, (N, size).
    """

    forms: tuple[str, ...]
    vectors: Array

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.forms):
            raise ValueError(f"vectors of shape {self.vectors.shape} for {len(self.forms)} forms")

    def rows(self, first: int = 0) -> dict[str, int]:
        """Returns form → its row, the first one being `first`."""
        return dict(zip(self.forms, range(first, first + len(self.forms)), strict=True))


class FormLookup:
    """Gives forms their vectors: known ones from a table, others from an encoder.

    Args:
        table: the known ones; None: there are none.
        encode: forms → float32, (F, size).
    """

    def __init__(self, table: FormTable | None, encode: Callable[[list[str]], Array]) -> None:
        self._encode = encode
        self._table = table
        self._rows = table.rows() if table else {}

    def __call__(self, forms: Sequence[str]) -> Array:
        """Returns the vectors of F forms: (F, size)."""
        rows = np.array([self._rows.get(form, -1) for form in forms])
        is_new = rows < 0
        if self._table is None or is_new.all():
            return self._encode(list(forms))
        vectors: Array = self._table.vectors[rows].astype(np.float32)
        if is_new.any():
            vectors[is_new] = self._encode(
                [form for form, new in zip(forms, is_new, strict=True) if new]
            )
        return vectors
