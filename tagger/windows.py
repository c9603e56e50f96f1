"""What is tagged together: a stream in windows, a window in batches of like length.

Knows neither engine nor tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tagger.readings import Reading

_WINDOW_TOKENS = 25_000  # read ahead, so that sentences of like length go together
_READ_TOKENS = 4  # of all that is read, count as one of a window's, which bounds memory
_BATCH_TOKENS = 1536  # padding included; more of them no longer fit a core's cache


def windows(
    readings: Iterable[Reading], *, whole_documents: bool = False
) -> Iterator[tuple[list[Reading], bool]]:
    """Groups sentences into windows of some 25,000 tokens; tells whether each is the last.

    Args:
        whole_documents: a window ends with a document, and is up to twice as large; of a
            longer document each 25,000 tokens, counted from its start, are as one. Which
            sentences of a document are together does then not depend on other documents.
    """
    window: list[Reading] = []
    tokens = 0  # in the window
    since = 0  # the document began, or was cut
    for reading in readings:
        if window and reading.document != window[-1].document:
            since = 0
        may_end = not whole_documents or not since or since >= _WINDOW_TOKENS
        if tokens >= _WINDOW_TOKENS and may_end:
            yield window, False
            window, tokens, since = [], 0, 0
        window.append(reading)
        size = max(len(reading.sentence), len(reading.read) // _READ_TOKENS) or 1
        tokens += size
        since += size
    if window:
        yield window, True


def batches(order: Iterable[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Groups positions, sorted by length, into batches of some 1,536 padded tokens.

    Sentences without tokens come in a batch of their own.
    """
    batch: list[int] = []
    for i in order:
        longest = lengths[i]
        first_with_tokens = longest and batch and not lengths[batch[0]]
        if first_with_tokens or (batch and (len(batch) + 1) * longest > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
