"""Word vectors out of a transformer: each frequent word is read alone, once and for all.

A model with them reads what the transformer knows of a word, not of its sentence, at the speed of
any other table (Bommasani et al. 2020, "Interpreting Pretrained Contextualized Representations via
Reductions to Static Embeddings"). Knows texts and vectors; knows no network of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpora.files import write_lines
from corpora.sentence import Sentence
from tagger.context.transformer import Encode
from tagger.features import composed
from tagger.runtime.numpy_engine import Array
from tagger.vectors import Vectors

_AT_ONCE = 256  # words that are read


class Word(NamedTuple):
    """A word in small letters, the form in which it occurs most often, and how often it occurs
    at all."""

    text: str
    form: str
    times: int


def count_words(sentences: Iterable[Sentence]) -> list[Word]:
    """Returns the words of sentences, the most frequent first.

    Left out is what a line of text cannot hold: no character, or one that does not print.
    """
    tokens: Counter[str] = Counter()
    for sentence in sentences:
        tokens.update(sentence.tokens)
    forms: Counter[str] = Counter()
    for token, count in tokens.items():
        forms[composed(token)] += count  # as it is looked up
    words: dict[str, Word] = {}
    for form, count in forms.most_common():
        if form and form.isprintable():
            text = form.lower()
            known = words.get(text, Word(text, form, 0))
            words[text] = known._replace(times=known.times + count)
    return sorted(words.values(), key=lambda word: -word.times)


def vectors_alone(forms: Iterable[str], encode: Encode) -> Array:
    """Returns the vector of each form as a sentence of its own: float32, (forms, width).

    Args:
        forms: one at least; taken up as they are read.
    """
    words, parts = iter(forms), []
    while part := [[form] for form in islice(words, _AT_ONCE)]:
        parts.append(encode(part)[:, 0])
    return np.concatenate(parts)


def on_principal_axes(vectors: Array, size: int) -> Array:
    """Returns vectors less their mean, on the axes along which they vary most.

    Args:
        vectors: (words, width), of which some differ.
        size: how many axes; width at most.

    Returns:
        float32, (words, size), scaled so that the mean square of all numbers is 1.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)  # that along which they vary least comes first
    axes = axes[:, ::-1][:, :size]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(size)])  # either would do
    reduced = centred @ axes
    return (reduced / np.sqrt(np.mean(reduced**2))).astype(np.float32)


def write_vectors(vectors: Vectors, path: Path) -> None:
    """Writes word vectors in word2vec's text format, which `tagger.vectors` reads.

    Raises:
        CorpusError: the file cannot be written.
    """

    def lines() -> Iterator[str]:
        yield f"{len(vectors.words)} {vectors.size}\n"
        for word, vector in zip(vectors.words, vectors.table, strict=True):
            yield f"{word} {' '.join(f'{number:.4f}' for number in vector)}\n"

    write_lines(lines(), path)
