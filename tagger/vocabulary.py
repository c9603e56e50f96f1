"""Symbol ↔ id, for words, characters and word shapes. Knows nothing of vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PADDING = 0
UNKNOWN = 1
_RESERVED = 2


class Vocabulary:
    """Numbers symbols from 2 on; 0 is padding, 1 any symbol that is not in it.

    >>> words = Vocabulary(["the", "cat"])
    >>> words["cat"], words["dog"], len(words)
    (3, 1, 4)
    """

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols = tuple(symbols)
        self._ids = {symbol: i for i, symbol in enumerate(self.symbols, _RESERVED)}
        assert len(self._ids) == len(self.symbols), "a symbol stands twice"

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], min_count: int = 1) -> Vocabulary:
        """Takes the symbols that occur often enough, the most frequent first."""
        kept = [(-n, symbol) for symbol, n in counts.items() if n >= min_count]
        return cls(symbol for _, symbol in sorted(kept))

    def __getitem__(self, symbol: str) -> int:
        return self._ids.get(symbol, UNKNOWN)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._ids

    def __len__(self) -> int:
        """Number of ids, the two reserved ones included."""
        return len(self.symbols) + _RESERVED
