"""Tokens → subwords → windows that a transformer can read. Knows no vectors, no network.

A token keeps its own subwords, however many, and be it none; a sentence with more of them
than the transformer has positions for is read in windows that overlap by half.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagger.features import shortened

Ids = NDArray[np.int64]

_LONGEST_TOKEN = 1000
NONE = -1  # stands where a token has no (further) subword


class Windows(NamedTuple):
    """The N subwords of B sentences of T tokens at most, in W windows of P subwords at most.

    Attributes:
        ids: (W, P), the shortest windows first, the transformer's own marks included.
        lengths: (W,) true lengths; padding stands behind.
        places: (N,) positions of the subwords in the flattened (W, P), token after token.
        counts: (M,) how many of them each token has, of the M tokens that have any.
        tokens: (M,) positions of these tokens in the flattened (B, T).
    """

    ids: Ids
    lengths: Ids
    places: Ids
    counts: Ids
    tokens: Ids

    def mask(self) -> Ids:
        """Returns (W, P): 1 on subwords, 0 on padding."""
        return (np.arange(self.ids.shape[1]) < self.lengths[:, None]).astype(np.int64)


class SubwordReader:
    """Splits tokens into subwords, with `tokenizers` alone.

    Args:
        tokenizer: the JSON of a fast tokenizer, cut off at as many subwords as the
            transformer reads at a time.
        padding: id that fills windows up.

    Raises:
        ValueError: it is no such tokenizer.
    """

    def __init__(self, tokenizer: str, padding: int) -> None:
        from tokenizers import Tokenizer

        try:
            made: Any = Tokenizer.from_str(tokenizer)
            longest = int(dict(made.truncation)["max_length"])
        except Exception as error:  # of no class of its own
            raise ValueError(f"no tokenizer: {error}") from error
        made.no_truncation()
        made.no_padding()
        made.encode_special_tokens = True  # "[SEP]" in a text is text
        self._tokenizer = made
        self._padding = padding
        marked = made.encode(["a"], is_pretokenized=True)
        inside = marked.special_tokens_mask.index(0)
        after = len(marked.ids) - marked.special_tokens_mask[::-1].index(0)
        self._before, self._after = marked.ids[:inside], marked.ids[after:]
        self._room = longest - len(self._before) - len(self._after)

    def read(self, sentences: Sequence[Sequence[str]]) -> Ids:
        """Returns the subwords of B sentences of T tokens: (B, T, S), `NONE` beyond."""
        encodings = self._tokenizer.encode_batch(
            [[encodable(token) for token in tokens] for tokens in sentences],
            is_pretokenized=True,
            add_special_tokens=False,
        )
        parts = []
        for encoding in encodings:
            token = np.array(encoding.word_ids, dtype=np.int64)
            starts = np.searchsorted(token, token)  # of each subword's token
            parts.append((token, np.arange(len(token)) - starts, encoding.ids))
        most = max((int(order.max(initial=0)) for _, order, _ in parts), default=0) + 1
        shape = (len(sentences), max(map(len, sentences), default=0), most)
        read = np.full(shape, NONE, dtype=np.int64)
        for row, (token, order, ids) in zip(read, parts, strict=True):
            row[token, order] = ids
        return read

    def windows(self, read: Ids) -> Windows:
        """Lays subwords, (B, T, S), out in windows.

        Each subword is taken from the window in which it stands furthest from an end that
        is not the sentence's own.
        """
        rows: list[Ids] = []
        found: list[tuple[int, Ids]] = []  # window, and positions in it, of subwords in order
        for sentence in read:
            ids = sentence[sentence != NONE]
            step = max(1, self._room // 2)
            for start in range(0, max(len(ids) - self._room, 0) + step, step) if len(ids) else ():
                part = ids[start : start + self._room]
                is_last = start + self._room >= len(ids)
                first = start + (self._room - step) // 2 if start else 0
                end = len(ids) if is_last else start + step + (self._room - step) // 2
                found.append((len(rows), np.arange(first, end) - start + len(self._before)))
                rows.append(np.concatenate([self._before, part, self._after]).astype(np.int64))
                if is_last:
                    break
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        order = np.argsort(lengths, kind="stable")
        rank = np.argsort(order)
        padded = np.full((len(rows), int(lengths.max(initial=0))), self._padding, dtype=np.int64)
        for row, i in zip(padded, order.tolist(), strict=True):
            row[: lengths[i]] = rows[i]
        places = [rank[window] * padded.shape[1] + positions for window, positions in found]
        counts = (read != NONE).sum(axis=2).ravel()
        tokens = np.flatnonzero(counts)
        return Windows(
            padded,
            lengths[order],
            np.concatenate([*places, np.zeros(0, dtype=np.int64)]).astype(np.int64),
            counts[tokens],
            tokens,
        )


def encodable(token: str) -> str:
    """Returns a token with a question mark for what is half of a character; of one with over
    1,000 characters only its two ends."""
    token = shortened(token, _LONGEST_TOKEN)
    return token if token.isascii() else token.encode("utf-8", "replace").decode()
