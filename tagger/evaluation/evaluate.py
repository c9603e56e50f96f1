"""Tags sentences anew and scores the result: in training and after it, one way.

Knows neither files nor torch.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from corpora import Sentence
from tagger.evaluation.scores import LayerScore, score_layer
from tagger.pipeline import Tagger


def evaluate(
    tagger: Tagger,
    truth: Sequence[Sentence],
    known: Collection[str] = (),
    layers: Collection[str] = (),
) -> dict[str, LayerScore]:
    """Tags sentences anew and compares them with their own tags.

    Args:
        truth: sentences with the layers.
        known: forms that were in training.
        layers: of the tagger, to be scored; none: all.

    Returns:
        Layer → its scores.

    Raises:
        CorpusError: a sentence lacks a layer, or has a tag there that cannot be one.
    """
    tagged = list(tagger.tag_sentences(truth, confidence=False))
    # one without tokens may lack a layer, and yet begin a document
    truth, tagged = ([s for s in found if s.tokens] for found in (truth, tagged))
    return {
        layer.name: score_layer(layer, truth, tagged, known)
        for layer in tagger.layers
        if not layers or layer.name in layers
    }
