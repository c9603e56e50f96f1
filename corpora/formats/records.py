"""A sentence as a record of lists: {"tokens": […], "ner": […], "text": …}.

What tables with a row a sentence, Parquet files and Hugging Face data sets have in
common. Knows no file format.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from corpora.errors import CorpusError, shown
from corpora.formats.jsonl import is_text
from corpora.naming import TOKEN_FIELDS, layer_of, named
from corpora.options import READ_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, align
from corpora.tokenization import as_range

TOKENS, TEXT, OFFSETS, NEW_DOCUMENT, COMMENTS = "tokens", "text", "offsets", "new_document", "comments"
BESIDE = (TEXT, OFFSETS, NEW_DOCUMENT, COMMENTS)
SENTENCE_IDS = "sentence ids"  # of which a sentence holds none


def fields(names: Iterable[str], lists: Mapping[str, bool], source: str) -> tuple[str, dict[str, str]]:
    """Finds the field of tokens and those of layers among the columns of a table.

    Args:
        names: of all columns.
        lists: column → whether it may hold tags, of those that hold lists.

    Raises:
        CorpusError: no column is one of tokens, or two are of one layer.
    """
    names = list(names)
    tokens = next((n for n in names if n.lower() in TOKEN_FIELDS and n in lists), None)
    if tokens is None:
        expected = f"a column of lists named {', '.join(TOKEN_FIELDS[:3])}"
        raise CorpusError(source, f"the columns {', '.join(names)}", expected)
    layers: dict[str, str] = {}
    for name in names:
        if lists.get(name) and name != tokens and name not in BESIDE:
            layer = layer_of(name)
            if layer in layers:
                raise CorpusError(source, f"two columns for the layer {layer}", "different names")
            layers[layer] = name
    return tokens, layers


def classes_of(features: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Finds the names of classes in the features of a data set, given as JSON.

    >>> classes_of({"ner_tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}}})
    {'ner': ('O', 'B-PER')}
    """
    found = {}
    for name, feature in features.items():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        names = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(names, list) and all(isinstance(n, str) for n in names):
            found[layer_of(name)] = tuple(names)
    return found


def to_sentence(
    record: Mapping[str, Any],
    tokens_field: str,
    layers: Mapping[str, str],
    classes: Mapping[str, Sequence[str]],
    source: str,
    line: int,
    options: ReadOptions = READ_DEFAULTS,
) -> Sentence:
    """Returns the sentence that a record holds.

    Args:
        tokens_field: the field of its tokens.
        layers: layer → field of its tags, strings or numbers.
        classes: layer → names of the numbers.
        source, line: where it stands.
        options: of which `report` counts.

    Raises:
        CorpusError: a field is no list of what it should be.
    """
    place = f"{source}:{line}"
    tokens = record[tokens_field]
    if not isinstance(tokens, list) or not all(map(is_text, tokens)):
        raise CorpusError(place, f"{tokens_field} {shown(tokens)}", "a list of strings")
    tags = {}
    for layer, field in layers.items():
        if not isinstance(record[field], list):
            raise CorpusError(place, f"{field} {shown(record[field])}", "a list of tags")
        tags[layer] = named(record[field], layer, classes, place)
        if not all(map(is_text, tags[layer])):
            raise CorpusError(place, f"{field} {shown(tags[layer])}", "a list of tags")
    text = record.get(TEXT)
    offsets = None
    if isinstance(text, str) and is_text(text) and tokens:
        offsets = _offsets(record.get(OFFSETS), tokens, text, place)
        if offsets is None:
            message = f"the text {shown(text)} does not hold the tokens and is left out"
            options.report(Remark("texts left out", place, message))
    comments = record.get(COMMENTS)
    comments = comments if isinstance(comments, list) and all(map(is_text, comments)) else ()
    return Sentence(
        tokens=tokens,
        tags=tags,
        text=text if offsets is not None else None,
        offsets=offsets,
        comments=tuple(comments),
        new_document=record.get(NEW_DOCUMENT) is True,
        source=source,
        line=line,
    )


def to_record(sentence: Sentence, layers: Sequence[str]) -> dict[str, Any]:
    """Returns what a sentence is as a record; text and offsets are None where unknown.

    Raises:
        CorpusError: the sentence has other layers.
    """
    check_layers(sentence, layers)
    text: str | None = None
    offsets: list[list[int]] | None = None
    if sentence.text is not None and sentence.offsets is not None:
        text, pairs = sentence.surface()
        offsets = [list(pair) for pair in pairs]
    tags = {layer: sentence.tags[layer] for layer in layers}
    return (
        {TOKENS: sentence.tokens}
        | tags
        | {
            TEXT: text,
            OFFSETS: offsets,
            NEW_DOCUMENT: sentence.new_document,
            COMMENTS: list(sentence.comments),
        }
    )


def count_up(ids: Iterable[object]) -> bool:
    """Tells whether ids count sentences, as their writers do: 1, 2, 3 …

    Args:
        ids: one a row; an empty one, or the same again, goes on with a sentence.

    >>> count_up(["1", "1", "", "2"]), count_up(["d7-s12", "d7-s12"])
    (True, False)
    """
    changing = (key for key, _ in itertools.groupby(str(i) for i in ids if i not in (None, "")))
    return all(key == str(number) for number, key in enumerate(changing, 1))


def check_layers(sentence: Sentence, layers: Sequence[str]) -> None:
    """Checks that a sentence has the layers that the first one has.

    Raises:
        CorpusError: it has others.
    """
    if sentence.tags.keys() != set(layers):
        found = ", ".join(sentence.tags) or "none"
        expected = f"those of the first sentence: {', '.join(layers) or 'none'}"
        raise CorpusError(sentence.place(), f"the layers {found}", expected)


def with_tokens(sentences: Iterable[Sentence], options: WriteOptions, where: str) -> Iterator[Sentence]:
    """Leaves out sentences without tokens, which cannot stand somewhere, and reports each."""
    for sentence in sentences:
        if sentence.tokens:
            yield sentence
        else:
            message = f"a sentence without tokens cannot stand in {where} and is left out"
            options.report(Remark("empty sentences left out", sentence.place(), message))


def _offsets(
    value: object, tokens: Sequence[str], text: str, place: str
) -> list[tuple[int, int]] | None:
    if not value:
        return align(tokens, text)
    found = []
    for item in value if isinstance(value, list) else [value]:
        pair = as_range(item)
        if pair is None or not 0 <= pair[0] <= pair[1] <= len(text):
            expected = f"[start, end] within 0 to {len(text)}"
            raise CorpusError(place, f"{OFFSETS} {shown(item)}", expected)
        found.append(pair)
    return found
