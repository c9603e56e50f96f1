"""Sentences in their documents: what is read beside them, and which scores shall agree.

Knows no engine, nor what tags mean. A stream without marks is one document: one begins where a
reader says so (`Sentence.new_document`), and with each source.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora import Sentence
from tagger.context.columns import column

Scores = NDArray[np.float32]


class Reading(NamedTuple):
    """A sentence, and all that is read to tag it.

    Attributes:
        sentence: that is to be tagged.
        read: its tokens, with those of its neighbours before and after them, and of all these
            the layers that are read too; the sentence itself where no neighbours are wanted,
            or it has no tokens.
        start: position in `read` of its own first token.
        document: number of its document in the stream, from 0 on.
    """

    sentence: Sentence
    read: Sentence
    start: int
    document: int


def documents_of(sentences: Iterable[Sentence]) -> Iterator[Iterator[Sentence]]:
    """Yields documents, each as a stream of its sentences; to be taken in turn.

    >>> marked = [Sentence(["a"]), Sentence(["b"]), Sentence(["c"], new_document=True)]
    >>> [[sentence.tokens for sentence in document] for document in documents_of(marked)]
    [[['a'], ['b']], [['c']]]
    """
    number, source = 0, ""

    def document_of(sentence: Sentence) -> int:
        nonlocal number, source
        if not isinstance(sentence, Sentence):
            raise TypeError(f"sentences: found {type(sentence).__name__}, expected a Sentence")
        if sentence.new_document or sentence.source != source:
            number, source = number + 1, sentence.source
        return number

    return (document for _, document in itertools.groupby(sentences, document_of))


def readings_of(
    documents: Iterable[Iterable[Sentence]], neighbours: int = 0, layers: Sequence[str] = ()
) -> Iterator[Reading]:
    """Yields what is read for each sentence, in order.

    What is held back is one sentence, and those after it that it is read with.

    Args:
        neighbours: tokens of the same document that are read with a sentence, on each side at
            the most, 0 or more.
        layers: those that are read beside the tokens.

    Raises:
        CorpusError: a sentence lacks such a layer, and there are neighbours to read.
    """
    for number, sentences in enumerate(documents):
        if neighbours:
            for sentence, read, start in _with_neighbours(sentences, neighbours, layers):
                yield Reading(sentence, read, start, number)
        else:
            for sentence in sentences:
                yield Reading(sentence, sentence, 0, number)


def _with_neighbours(
    sentences: Iterable[Sentence], neighbours: int, layers: Sequence[str]
) -> Iterator[tuple[Sentence, Sentence, int]]:
    """Yields the sentences of a document, each with what is read for it and its start there."""
    before: list[list[str]] = [[] for _ in ("tokens", *layers)]
    held: deque[tuple[Sentence, list[list[str]]]] = deque()
    ahead = 0  # tokens after the first sentence held; one without any counts as one

    def first() -> tuple[Sentence, Sentence, int]:
        nonlocal before, ahead
        sentence, own = held.popleft()
        ahead -= _size(held[0][0]) if held else 0
        if not sentence.tokens:
            return sentence, sentence, 0
        start = len(before[0])
        read = []
        for i, (left, values) in enumerate(zip(before, own, strict=True)):
            right = itertools.chain.from_iterable(columns[i] for _, columns in held)
            read.append([*left, *values, *itertools.islice(right, neighbours)])
        before = [(left + values)[-neighbours:] for left, values in zip(before, own, strict=True)]
        tags = dict(zip(layers, read[1:], strict=True))
        return sentence, Sentence(read[0], tags, source=sentence.source, line=sentence.line), start

    for sentence in sentences:
        ahead += _size(sentence) if held else 0
        # one without tokens may lack a layer
        read = [column(sentence, name) if sentence.tokens else [] for name in layers]
        held.append((sentence, [sentence.tokens, *read]))
        while ahead >= neighbours:
            yield first()
    while held:
        yield first()


def _size(sentence: Sentence) -> int:
    return len(sentence) or 1


def own_scores(scores: Scores, readings: Sequence[Reading]) -> Scores:
    """Returns of the scores of all that was read those of the sentences' own tokens.

    Args:
        scores: (batch, tokens read, tags).
        readings: B of them, none without tokens.

    Returns:
        (batch, time, tags), as long as the longest sentence. What stands beyond a sentence's
        length means nothing.
    """
    longest = max(len(reading.sentence) for reading in readings)
    starts = np.array([reading.start for reading in readings], dtype=np.int64)
    steps = np.minimum(starts[:, None] + np.arange(longest), scores.shape[1] - 1)
    return np.take_along_axis(scores, steps[:, :, None], axis=1)


def is_name_like(form: str) -> bool:
    """Tells whether a form may be a name by its looks: it begins with a capital letter, or
    with a letter of a script that has no case.

    >>> [form for form in ("Hvar", "ferry", "iPod", "서울", "2021", "") if is_name_like(form)]
    ['Hvar', '서울']
    """
    first = form[:1]
    return first.isupper() or first.istitle() or (first.isalpha() and not first.islower())


def agree(
    window: Sequence[Reading],
    parts: Sequence[Sequence[int]],
    scores: Sequence[Sequence[Scores]],
    weight: float,
) -> None:
    """Draws the scores of one name towards their mean over its document, in place.

    Of a form that looks like a name, and stands in a document more than once, each score s
    becomes (1 - weight) · s + weight · mean(s). The sums are made in the order of the
    sentences, so that they do not depend on how these were batched.

    Args:
        window: some sentences, of one document or more.
        parts: for each batch the positions in the window of its sentences.
        scores: for each batch and layer (batch, time, tags); none for a batch of sentences
            without tokens.
        weight: 0 to 1.
    """
    groups = _repeated_names(window)
    if not groups:
        return
    counts = np.array([len(group) for group in groups])
    starts = np.cumsum(counts) - counts
    places = np.concatenate(groups)
    for layer in range(max(map(len, scores))):
        rows: dict[int, Scores] = {}
        for positions, batch in zip(parts, scores, strict=True):
            for row, i in enumerate(positions if batch else ()):
                rows[i] = batch[layer][row, : len(window[i].sentence)]
        views = [rows[i] for i in sorted(rows)]
        flat = np.concatenate(views)
        sums = np.add.reduceat(flat[places].astype(np.float64), starts, axis=0)
        means = np.repeat(sums / counts[:, None], counts, axis=0)
        flat[places] = (1.0 - weight) * flat[places] + weight * means
        ends = np.cumsum([len(view) for view in views])
        for view, changed in zip(views, np.split(flat, ends[:-1]), strict=True):
            view[:] = changed


def _repeated_names(window: Sequence[Reading]) -> list[list[int]]:
    """Returns for each name that a document repeats where it stands among all tokens."""
    places: dict[tuple[int, str], list[int]] = {}
    position = itertools.count()
    for reading in window:
        for form in reading.sentence.tokens:
            here = next(position)
            if is_name_like(form):
                places.setdefault((reading.document, form), []).append(here)
    return [group for group in places.values() if len(group) > 1]
