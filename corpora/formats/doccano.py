"""doccano's JSON lines: a text a line, and spans as [start, end, label].

    {"id": 1, "text": "Ada slept", "label": [[0, 3, "PER"]]}

The names of the field that older and newer versions write are all read: `label`,
`labels`, and `entities` with objects, and written again as they were; spans that stayed
keep their `id`, and so relations hold. Positions count characters (code points).
Source: doccano.github.io/doccano/tutorial.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from corpora.alignment import CharacterSpan
from corpora.errors import CorpusError, shown
from corpora.formats.columns import NER
from corpora.formats.documents import (
    TOKENS_FIELD,
    Document,
    checked_span,
    checked_text,
    mark,
    to_documents,
    to_sentences,
    token_ranges,
)
from corpora.formats.jsonl import dumped, holds_more, parsed
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

_NAME = "doccano"
FIELDS = ("label", "labels", "entities")


def read(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields the sentences of each text.

    Raises:
        CorpusError: a line is no such object, or a span leaves its text.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        item = parsed(line, place)
        text = checked_text(item.get(_text_field(item)), place)
        layer = item.get("layer", NER)
        document = Document(
            text,
            {layer if isinstance(layer, str) else NER: _spans(item, place)},
            token_ranges(item.get(TOKENS_FIELD), text, place),
            new_document=TOKENS_FIELD not in item or item.get("new_document") is True,
            format=_NAME,
            raw=dumped(item, place),
            place=source,
        )
        yield from to_sentences(document, number, options)


def write(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields one line a sentence, or a text where several were read from one.

    Raises:
        CorpusError: a sentence has other layers than one of spans.
    """
    for document in to_documents(sentences, options, _NAME):
        layer, spans = document.only_layer("doccano")
        item = parsed(document.raw, document.place) if document.raw else {}
        field = _field(item, document.place)
        known = item.get(field) or []
        item[_text_field(item)] = document.text
        if isinstance(known[0], dict) if known else "relations" in item:
            item[field] = _objects(known, spans, document.place)
            _keep_relations(item, item[field], document.place, options)
        else:
            item[field] = [[span.start, span.end, span.label] for span in spans]
        mark(item, document, layer)
        yield dumped(item, document.place) + "\n"


def says_more(raw: str) -> bool:
    """Tells whether a line holds more than sentences do: numbers, relations …"""
    item = parsed(raw, "")
    return holds_more(item, {_text_field(item), *FIELDS, TOKENS_FIELD, "layer", "new_document"})


def _text_field(item: dict[str, Any]) -> str:
    return "data" if "data" in item and "text" not in item else "text"


def _field(item: dict[str, Any], place: str) -> str:
    """Names the field that holds the spans."""
    filled = [field for field in FIELDS if item.get(field)]
    if len(filled) > 1:
        raise CorpusError(place, f"the fields {' and '.join(filled)}", "one of them")
    return next(iter([*filled, *(field for field in FIELDS if field in item)]), FIELDS[0])


def _objects(known: list[Any], spans: Sequence[CharacterSpan], place: str) -> list[dict[str, Any]]:
    """Returns spans as objects: those that were there as they were, others with new ids."""
    before = {_span(value, "", place): value for value in reversed(known) if isinstance(value, dict)}
    ids = [value.get("id") for value in before.values()]
    free = max((i for i in ids if type(i) is int), default=-1) + 1
    objects = []
    for span in spans:
        if span in before:
            objects.append(before[span])
            continue
        made = {"id": free, "label": span.label, "start_offset": span.start, "end_offset": span.end}
        objects.append(made)
        free += 1
    return objects


def _keep_relations(
    item: dict[str, Any], entities: list[dict[str, Any]], place: str, options: WriteOptions
) -> None:
    """Leaves out relations of a span that is gone, and reports each."""
    relations = item.get("relations")
    if not isinstance(relations, list):
        return
    ids = [entity.get("id") for entity in entities]
    item["relations"] = []
    for relation in relations:
        ends = [relation.get("from_id"), relation.get("to_id")] if isinstance(relation, dict) else []
        if all(end in ids for end in ends):
            item["relations"].append(relation)
            continue
        message = f"the relation {shown(relation)} is of a span that is gone, and is left out"
        options.report(Remark("relations left out", place, message))


def _spans(item: dict[str, Any], place: str) -> list[CharacterSpan]:
    field = _field(item, place)
    values = item.get(field) or []
    if not isinstance(values, list):
        raise CorpusError(place, f"{field} {shown(values)}", "a list of [start, end, label]")
    return [_span(value, field, place) for value in values]


def _span(value: Any, field: str, place: str) -> CharacterSpan:
    if isinstance(value, dict):
        return checked_span(
            value.get("start_offset"), value.get("end_offset"), value.get("label"), place
        )
    if not isinstance(value, list) or len(value) != 3:
        raise CorpusError(place, f"{field} {shown(value)}", "[start, end, label]")
    start, end, label = value
    return checked_span(start, end, label, place)
