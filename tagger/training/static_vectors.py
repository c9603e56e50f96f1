"""Word vectors out of a transformer: each frequent word is read alone, once and for all.

A model with them reads what the transformer knows of a word, not of its sentence, at the speed of
any other table (Bommasani et al. 2020, "Interpreting Pretrained Contextualized Representations via
Reductions to Static Embeddings"). Knows texts and vectors; knows no network of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from corpora.files import write_lines
from corpora.sentence import Sentence
from tagger.context.transformer import Encode
from tagger.features import composed
from tagger.runtime.numpy_engine import Array

_AT_ONCE = 256  # words that are read


def count_words(sentences: Iterable[Sentence]) -> dict[str, tuple[str, int]]:
    """Returns words in small letters, the most frequent first, each with the form in which it
    occurs most often, and how often it occurs at all.

    Left out is what a line of text cannot hold: no character, or one that does not print.
    """
    forms: Counter[str] = Counter()
    for sentence in sentences:
        forms.update(sentence.tokens)
    found: dict[str, tuple[str, int]] = {}
    for form, number in forms.most_common():
        written = composed(form)
        if written and written.isprintable():
            commonest, before = found.get(written.lower(), (written, 0))
            found[written.lower()] = commonest, before + number
    return dict(sorted(found.items(), key=lambda item: -item[1][1]))


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
        vectors: (words, width).
        size: how many axes; width at most.

    Returns:
        float32, (words, size), scaled so that the mean square of all numbers is 1.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)  # that along which they vary least comes first
    axes = axes[:, ::-1][:, :size]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(size)])  # either would do
    reduced = centred @ axes
    scale = float(np.sqrt(np.mean(reduced**2))) or 1.0  # all are the same, as of one word
    return (reduced / scale).astype(np.float32)


def write_vectors(vectors: Mapping[str, Array], path: Path) -> None:
    """Writes word vectors in word2vec's text format, which `tagger.vectors` reads.

    Args:
        vectors: word → (size,); one at least.

    Raises:
        CorpusError: the file cannot be written.
    """

    def lines() -> Iterator[str]:
        yield f"{len(vectors)} {len(next(iter(vectors.values())))}\n"
        for word, vector in vectors.items():
            yield f"{word} {' '.join(f'{number:.4f}' for number in vector)}\n"

    write_lines(lines(), path)
