"""JSON lines: one sentence a line, with offsets and spans.

    {"text": "Ada slept.", "tokens": […], "offsets": [[0, 3], …],
     "tags": {"ner": ["B-PER", …]},
     "spans": {"ner": [{"start": 0, "end": 3, "label": "PER", "text": "Ada",
                        "confidence": 0.98}]}}

Offsets are character positions in that line's `text`, half-open; `start` is where that
text begins in its document. Lines as Hugging Face data sets have them are read too:
lists beside the tokens, `ner_tags`, `pos_tags`, `upos` …, of tags or of numbers.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from corpora.errors import CorpusError, shown
from corpora.naming import LAYER_FIELDS, TOKEN_FIELDS, layer_of, named
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, Span, align
from corpora.tokenization import as_range


def read(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields sentences; only `tokens` is required of a line.

    Raises:
        CorpusError: a line is no JSON object, or its lists do not fit together.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        item = parsed(line, place)
        key = _tokens_field(item)
        if key is None:
            raise CorpusError(place, shown(line), 'an object with "tokens", a list of strings')
        text, offsets = _positions(item, item[key], place, options)
        start = _start(item)
        yield Sentence(
            tokens=item[key],
            tags=_tags(item, options, place),
            text=text,
            offsets=offsets and [(a + start, b + start) for a, b in offsets],
            start=start,
            comments=_comments(item),
            new_document=item.get("new_document") is True,
            source=source,
            line=number,
            record=(line.strip(),),
        )


def write(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields one line for each sentence."""
    for sentence in sentences:
        text, offsets = sentence.surface()
        item: dict[str, Any] = {
            "text": text,
            "tokens": sentence.tokens,
            "offsets": offsets,
            "tags": sentence.tags,
            "spans": {
                layer: [_span(span, text, offsets) for span in spans]
                for layer, spans in sentence.spans.items()
            },
        }
        if sentence.start:
            item["start"] = sentence.start
        if sentence.new_document:
            item["new_document"] = True
        if sentence.comments:
            item["comments"] = list(sentence.comments)
        if sentence.record and sentence.record[0].startswith("{"):
            # fields this format does not know come back as they were
            known = parsed(sentence.record[0], sentence.place())
            item["spans"] = _with_known_spans(item, known, sentence, options)
            read_already = {*_tag_fields(known), _tokens_field(known), *_beside(known)}
            item = {k: v for k, v in known.items() if k in item or k not in read_already} | item
        yield dumped(item, sentence.place()) + "\n"


def says_more(raw: str) -> bool:
    """Tells whether a line holds more than sentences do: fields that are not known."""
    item = parsed(raw, "")
    known = {"text", "offsets", "tags", _tokens_field(item), *_tag_fields(item), *_beside(item)}
    if _is_spans(item.get("spans")):
        known.add("spans")
    return holds_more(item, known)


def holds_more(item: dict[str, Any], known: Collection[str | None]) -> bool:
    """Tells whether an object has fields that are not known, and hold anything."""
    return any(value not in (None, "", [], {}) for field, value in item.items() if field not in known)


def parsed(text: str, place: str) -> dict[str, Any]:
    """Returns a JSON object.

    Raises:
        CorpusError: the text is none.
    """
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(place, shown(text), "a JSON object on one line") from error
    if not isinstance(item, dict):
        raise CorpusError(place, shown(text), 'an object with "tokens", a list of strings')
    return item


def dumped(value: object, place: str) -> str:
    """Returns JSON on one line.

    Raises:
        CorpusError: lists in lists in lists, deeper than can be written.
    """
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError as error:
        raise CorpusError(place, "values that lie too deep in one another", "fewer levels") from error


def check_names(layers: Iterable[str], place: str) -> None:
    """Checks the names of layers, which escapes may have made of anything.

    Raises:
        CorpusError: one is no Unicode text.
    """
    for layer in layers:
        if not is_text(layer):
            raise CorpusError(place, f"half of a surrogate pair in the layer {shown(layer)}", "UTF-8")


def is_text(value: object) -> bool:
    """Tells whether a value is a string, and no half of a surrogate pair in it."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _tokens_field(item: dict[str, Any]) -> str | None:
    return next((key for key in TOKEN_FIELDS if key in item and _is_strings(item[key])), None)


def _tag_fields(item: dict[str, Any]) -> list[str]:
    """Names the fields that are lists of tags, as data sets have them."""
    return [
        key
        for key, value in item.items()
        if isinstance(value, list) and (key.lower().endswith("_tags") or key.lower() in LAYER_FIELDS)
    ]


def _tags(item: dict[str, Any], options: ReadOptions, place: str) -> dict[str, list[str]]:
    tags = item.get("tags", {})
    if not isinstance(tags, list) and (
        not isinstance(tags, dict) or not all(map(_is_strings, tags.values()))
    ):
        raise CorpusError(place, f"tags {shown(tags)}", "layer → list of strings")
    layers = dict(tags) if isinstance(tags, dict) else {}
    for field in _tag_fields(item):
        layer = layer_of(field)
        if layer in layers:
            raise CorpusError(place, f"the layer {layer} twice", "once")
        layers[layer] = named(item[field], layer, options.classes, place)
        if not _is_strings(layers[layer]):
            raise CorpusError(place, f"{field} {shown(layers[layer])}", "a list of tags")
    check_names(layers, place)
    return layers


def _positions(
    item: dict[str, Any], tokens: list[str], place: str, options: ReadOptions
) -> tuple[str | None, list[tuple[int, int]] | None]:
    text, offsets = item.get("text"), item.get("offsets")
    if offsets is not None:
        if not (isinstance(text, str) and _is_ranges(offsets, tokens, text)):
            raise CorpusError(place, "offsets that do not give the tokens", "ranges in text")
        return text, [(a, b) for a, b in offsets]
    if text is None:
        return None, None
    if not is_text(text):
        raise CorpusError(place, f"text {shown(text)}", "a string")
    found = align(tokens, text)
    if found is None:
        message = f"the text {shown(text)} does not hold the tokens and is left out"
        options.report(Remark("texts left out", place, message))
        return None, None
    return text, found


def _start(item: dict[str, Any]) -> int:
    start = item.get("start", 0)
    return start if type(start) is int and start >= 0 else 0


def _comments(item: dict[str, Any]) -> tuple[str, ...]:
    comments = item.get("comments")
    if isinstance(comments, list) and all(is_text(c) and c.startswith("#") for c in comments):
        return tuple(comments)
    return ()  # none, or a field of another meaning


def _beside(item: dict[str, Any]) -> list[str]:
    """Names the fields beside tokens and tags that are part of the sentence."""
    fresh = item.get("new_document") is True
    found = {"start": _start(item), "comments": _comments(item), "new_document": fresh}
    return [field for field, value in found.items() if value]


def _span(span: Span, text: str, offsets: list[tuple[int, int]]) -> dict[str, Any]:
    start, end = offsets[span.start][0], offsets[span.end - 1][1]
    confidence = None if span.confidence is None else round(span.confidence, 4)
    return {
        "start": start,
        "end": end,
        "label": span.label,
        "text": text[start:end],
        "confidence": confidence,
    }


def _with_known_spans(
    item: dict[str, Any], known: dict[str, Any], sentence: Sentence, options: WriteOptions
) -> Any:
    """Returns the spans of a line: new ones, and those that were read of other layers but
    of such as are gone. A field of another meaning comes back as it was."""
    spans = known.get("spans", {})
    if spans is None:
        return item["spans"] or None
    if not _is_spans(spans):
        if item["spans"]:
            message = f"spans of {', '.join(item['spans'])} give way to the field spans {shown(spans)}"
            options.report(Remark("spans left out", sentence.place(), message))
        return spans
    gone = _layers(known) - item["tags"].keys()
    return {layer: value for layer, value in spans.items() if layer not in gone} | item["spans"]


def _is_spans(value: object) -> bool:
    """Tells whether a field has lists, as spans of layers are."""
    return isinstance(value, dict) and all(isinstance(spans, list) for spans in value.values())


def _layers(item: dict[str, Any]) -> set[str]:
    tags = item.get("tags")
    return {*(tags if isinstance(tags, dict) else ()), *map(layer_of, _tag_fields(item))}


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _is_ranges(offsets: object, tokens: list[str], text: str) -> bool:
    if not isinstance(offsets, list) or len(offsets) != len(tokens) or not is_text(text):
        return False
    pairs = map(as_range, offsets)
    return all(pair is not None and 0 <= pair[0] <= pair[1] <= len(text) for pair in pairs)
