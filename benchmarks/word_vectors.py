"""Static word vectors out of a transformer, in word2vec text, most frequent words first.

    python -m benchmarks.word_vectors TRANSFORMER words.vec book.txt news.txt.gz --words 20000

Counts the words of the texts, in small letters, and gives each of the most frequent ones the vector
that the transformer has for it where it stands alone: the mean over its subwords and over the last
hidden layers (Bommasani et al. 2020, "Interpreting Pretrained Contextualized Representations via
Reductions to Static Embeddings"), on as many of its principal axes as `--size` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from corpora.errors import TaggerError
from corpora.files import decoded_lines, open_binary, write_lines
from corpora.tokenization import STANDARD_TOKENIZATION
from tagger.context.transformer import Encode
from tagger.runtime.numpy_engine import Array

_AT_ONCE = 256  # words


def counted(texts: Iterable[Path]) -> Counter[str]:
    """Returns how often each word with a letter or digit occurs, in small letters."""
    found: Counter[str] = Counter()
    for path in texts:
        with open_binary(path) as file:
            for line in decoded_lines(file, str(path)):
                for sentence in STANDARD_TOKENIZATION.segment(line):
                    found.update(line[start:end].lower() for start, end in sentence)
    return Counter({word: n for word, n in found.items() if any(map(str.isalnum, word))})


def vectors_of(words: Sequence[str], encode: Encode) -> Array:
    """Returns the vector of each word alone: (words, width)."""
    parts = [words[i : i + _AT_ONCE] for i in range(0, len(words), _AT_ONCE)]
    return np.concatenate([encode([[word] for word in part])[:, 0] for part in parts])


def on_principal_axes(vectors: Array, size: int) -> Array:
    """Returns vectors less their mean on the axes along which they vary most, as numbers whose
    mean square is 1.

    Args:
        vectors: (words, width).
        size: how many axes; width at most.

    Returns:
        (words, size).
    """
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the one along which they vary least comes first
    reduced: Array = centred @ axes[:, ::-1][:, :size]
    return reduced / np.sqrt(np.mean(reduced**2))


def lines_of(words: Sequence[str], vectors: Array) -> Iterator[str]:
    """Yields the lines of a file in word2vec's text format."""
    yield f"{len(words)} {vectors.shape[1]}\n"
    for word, vector in zip(words, vectors, strict=True):
        yield f"{word} {' '.join(f'{number:.4f}' for number in vector)}\n"


@click.command()
@click.argument("transformer", metavar="FOLDER_OR_NAME")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.argument(
    "texts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--words", "most", default=20_000, show_default=True, type=click.IntRange(1))
@click.option("--size", default=128, show_default=True, type=click.IntRange(1), help="Of a vector.")
@click.option("--layers", default=1, show_default=True, type=click.IntRange(1), help="Averaged.")
def main(
    transformer: str, output: Path, texts: tuple[Path, ...], most: int, size: int, layers: int
) -> None:
    """Write OUTPUT, word vectors of the most frequent words in TEXTS."""
    from tagger.training.transformer import read_transformer

    try:
        _, made = read_transformer(transformer, layers, "mean")
        words = [word for word, _ in counted(texts).most_common(most)]
        if not words:
            raise click.ClickException(f"{texts[0]}: found no words, expected some")
        if size > made.width:
            raise click.BadParameter(f"{size}; the vectors of {transformer} have {made.width} numbers")
        vectors = on_principal_axes(vectors_of(words, made.encode), size)
        write_lines(lines_of(words, vectors), output)
    except TaggerError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
