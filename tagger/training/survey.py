"""One pass over a training corpus: what is in it, and whether it can be learned.

Counts forms and tags, finds schemes, and stops at what cannot be right. Knows no
torch. Memory grows with the number of different forms, not with the corpus.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from corpora import CorpusError, Sentence, schemes
from corpora.inventory import LayerInventory, check_overlap
from tagger.config import ModelConfig
from tagger.context.columns import column
from tagger.features import character_symbols, fold, shape
from tagger.layers import TagLayer, make_layer
from tagger.vocabulary import Vocabulary

MANY = 0.5  # share of tokens for which a feature, or a layer beside, is chosen
MOST = 0.9  # share of tokens that are characters, for which their pairs are chosen
_RARE = 2  # characters, shapes and values that occur less often share the unknown one


@dataclass(slots=True)
class Survey:
    """What a set of sentences holds.

    Attributes:
        forms: surface form → how often it occurs.
        layers: layer → its tags.
        lengths: tokens of each sentence, those without tokens left out.
        tokens: number of all tokens.
        columns: layer that is read, not learned → value → how often it occurs.
    """

    forms: Counter[str]
    layers: dict[str, LayerInventory]
    lengths: array[int]
    tokens: int
    columns: dict[str, Counter[str]] = field(default_factory=dict)

    def join(self, other: Survey) -> None:
        """Takes other sentences into account, which have some of the same layers."""
        self.forms.update(other.forms)
        for name, layer in other.layers.items():
            self.layers[name].join(layer)
        for name, values in other.columns.items():
            self.columns.setdefault(name, Counter()).update(values)
        self.lengths += other.lengths
        self.tokens += other.tokens

    def vocabularies(self, config: ModelConfig) -> tuple[Vocabulary, Vocabulary, Vocabulary]:
        """Returns the words, characters and shapes that are worth a row of their own."""
        words, characters, shapes = self.word_counts(), Counter[str](), Counter[str]()
        for form, n in self.forms.items():
            shapes[shape(form)] += n
            for symbol in character_symbols(form, config.jamo):
                characters[symbol] += n
        return (
            Vocabulary.from_counts(words, config.min_count),
            Vocabulary.from_counts(characters, _RARE),
            Vocabulary.from_counts(shapes, _RARE),
        )

    def column_values(self) -> dict[str, tuple[str, ...]]:
        """Returns for each column the values that are worth a row of their own."""
        return {
            name: Vocabulary.from_counts(counts, _RARE).symbols for name, counts in self.columns.items()
        }

    def share(self, holds: Callable[[str], bool]) -> float:
        """Returns of how many of the tokens something holds, as a fraction."""
        return sum(n for form, n in self.forms.items() if holds(form)) / max(1, self.tokens)

    def word_counts(self) -> Counter[str]:
        """Returns folded word → how often it occurs."""
        words: Counter[str] = Counter()
        for form, n in self.forms.items():
            words[fold(form)] += n
        return words


def survey(sentences: Iterable[Sentence], layers: Sequence[str], columns: Sequence[str] = ()) -> Survey:
    """Counts what sentences hold.

    Args:
        layers: to be learned.
        columns: layers to be read beside the tokens.

    Raises:
        CorpusError: a sentence lacks a layer.
    """
    found = Survey(Counter(), {name: LayerInventory() for name in layers}, array("L"), 0)
    found.columns = {name: Counter() for name in columns}
    for sentence in sentences:
        if not sentence.tokens:
            continue
        found.forms.update(sentence.tokens)
        found.lengths.append(len(sentence))
        found.tokens += len(sentence)
        for name, layer in found.layers.items():
            if name not in sentence.tags:
                raise CorpusError(
                    sentence.place(), ", ".join(sentence.tags) or "no tags", f"the layer {name}"
                )
            layer.update(sentence.tags[name], sentence)
        for name, values in found.columns.items():
            values.update(column(sentence, name))
    return found


def check_layers(train: Survey, dev: Survey | None = None, test: Survey | None = None) -> None:
    """Checks the layers of a corpus; dev and test may lack some.

    Raises:
        CorpusError: a tag that cannot be right, or a dev set of other tags.
    """
    for name, layer in train.layers.items():
        spans = layer.scheme() is not None
        for other in (dev, test):
            if spans and other is not None and name in other.layers:
                other.layers[name].check_tags()
        if dev is not None and name in dev.layers:
            check_overlap(name, layer, dev.layers[name], spans)


def make_layers(train: Survey, head: str) -> list[TagLayer]:
    """Makes the layers that a model of these sentences has.

    Raises:
        CorpusError: a tag that cannot be right.
    """
    return [make_layer(name, head, layer.counts, layer.scheme()) for name, layer in train.layers.items()]


def odd_places(sentences: Iterable[Sentence], layer: TagLayer) -> tuple[int, str]:
    """Counts tags that the layer's scheme does not allow where they stand.

    Returns:
        How many, and what the first is, with its place ("" where there is none).
    """
    number, first = 0, ""
    if layer.scheme is None:
        return number, first
    for sentence in sentences:
        tags = sentence.tags.get(layer.name, [])  # one without tokens may have none
        for i in schemes.violations(tags, layer.scheme):
            if not number:
                before = f"after {tags[i - 1]}" if i else "at the start of a sentence"
                tag = tags[i] if i < len(tags) else "the end of the sentence"
                first = f"{sentence.place(min(i, len(tags) - 1))}: found {tag} {before}"
            number += 1
    return number, first
