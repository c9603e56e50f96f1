"""What the fields of data sets and tables mean: tokens, or a layer of tags.

Knows the names that Hugging Face data sets, pandas tables and their like use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpora.errors import CorpusError, shown

TOKEN_FIELDS = ("tokens", "words", "forms", "token", "word", "form")
SENTENCE_FIELDS = ("sentence", "sentence_id", "sent_id", "sentence #", "sentence_number", "sent")
LIST_FIELDS = TOKEN_FIELDS[:3]
LAYER_FIELDS = ("tag", "tags", "label", "labels", "ner", "pos", "upos", "xpos", "feats", "chunk")
BESIDE_FIELDS = ("text", "offsets", "new_document", "comments", "id")

_TAGS = "_tags"
_NUMBERS = 10**18
_KNOWN = {"upos": "UPOS", "xpos": "XPOS", "feats": "FEATS", "ner": "ner"}


def layer_of(field: str) -> str:
    """Returns the layer that a field of tags is.

    >>> [layer_of(field) for field in ("ner_tags", "pos_tags", "upos", "Tag", "tags")]
    ['ner', 'pos', 'UPOS', 'Tag', 'tags']
    """
    stem = field[: -len(_TAGS)] if field.lower().endswith(_TAGS) and len(field) > len(_TAGS) else field
    return _KNOWN.get(stem.lower(), stem)


def field_of(layer: str, place: str) -> str:
    """Returns the field that a layer is written to: its own name.

    Raises:
        CorpusError: the name would be read as something else.
    """
    reserved = (*TOKEN_FIELDS, *SENTENCE_FIELDS, *BESIDE_FIELDS)
    if layer_of(layer) != layer or layer.lower() in reserved or layer != layer.strip() or not layer:
        raise CorpusError(place, f"a layer named {shown(layer)}", "a name that is read as that layer")
    return layer


def named(
    values: Sequence[object], layer: str, classes: Mapping[str, Sequence[str]], place: str
) -> list[str]:
    """Returns tags: strings as they are, numbers by the names of their classes.

    Raises:
        CorpusError: a number without a name, or a value that is neither.
    """
    names = classes.get(layer)
    tags = []
    for value in values:
        if isinstance(value, str):
            tags.append(value)
        elif not isinstance(value, int) or isinstance(value, bool):
            raise CorpusError(place, f"{shown(value)} in layer {layer}", "a tag or its number")
        elif abs(value) >= _NUMBERS:  # which may have more digits than can be printed
            raise CorpusError(place, f"a number of many digits in layer {layer}", "that of a class")
        elif names is None:
            expected = f"names: --classes {layer}=NAME,NAME,…"
            raise CorpusError(place, f"the number {value} in layer {layer}", expected)
        elif not 0 <= value < len(names):
            expected = f"0 to {len(names) - 1}, its classes" if names else "no number: it has no class"
            raise CorpusError(place, f"the number {value} in layer {layer}", expected)
        else:
            tags.append(names[value])
    return tags
