"""Prodigy's JSON lines: a text a line, its tokens, and spans of characters.

    {"text": "Ada slept", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": true}, …],
     "spans": [{"start": 0, "end": 3, "token_start": 0, "token_end": 0, "label": "PER"}],
     "answer": "accept"}

Examples answered "reject" or "ignore" teach nothing and are left out, with a remark.
Source: prodi.gy/docs/api-interfaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

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
from corpora.tokenization import Range

_NAME = "prodigy"
_ACCEPTED = "accept"
_FIELDS = ("text", "tokens", "spans", "answer", TOKENS_FIELD, "layer", "new_document")


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
        answer = item.get("answer", _ACCEPTED)
        if answer != _ACCEPTED:
            message = f"an example answered {shown(answer)} is left out"
            options.report(Remark("examples left out", place, message))
            continue
        text = checked_text(item.get("text"), place)
        layer = item.get("layer", NER)
        document = Document(
            text,
            {layer if isinstance(layer, str) else NER: _spans(item, place)},
            token_ranges(_tokens(item, text, place), text, place),
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
        layer, spans = document.only_layer("Prodigy")
        item = parsed(document.raw, document.place) if document.raw else {}
        known = _known(item.get("tokens")) | _known(item.get("spans"))
        tokens = [pair for sentence in document.sentences or () for pair in sentence]
        starts = {start: i for i, (start, end) in enumerate(tokens) if start < end}
        ends = {end: i for i, (start, end) in enumerate(tokens) if start < end}
        item |= {
            "text": document.text,
            "tokens": [
                token | known.get((token["start"], token["end"], None), {}) | {"id": token["id"]}
                for token in _token_items(tokens, document.text)
            ],
            "spans": [
                known.get((span.start, span.end, span.label), {})
                | {
                    "start": span.start,
                    "end": span.end,
                    "token_start": starts[span.start],
                    "token_end": ends[span.end],
                    "label": span.label,
                }
                for span in spans
            ],
        }
        item.setdefault("answer", _ACCEPTED)
        mark(item, document, layer)
        yield dumped(item, document.place) + "\n"


def says_more(raw: str) -> bool:
    """Tells whether a line holds more than sentences do: numbers, relations …"""
    item = parsed(raw, "")
    return holds_more(item, _FIELDS)


def _known(objects: Any) -> dict[tuple[int, int, str | None], dict[str, Any]]:
    """Returns objects as they were read, by start, end and label (None of tokens)."""
    found: dict[tuple[int, int, str | None], dict[str, Any]] = {}
    for item in objects if isinstance(objects, list) else ():
        if isinstance(item, dict):
            start, end, label = item.get("start"), item.get("end"), item.get("label")
            if type(start) is int and type(end) is int and (label is None or isinstance(label, str)):
                found.setdefault((start, end, label), item)
    return found


def _token_items(tokens: list[Range], text: str) -> Iterator[dict[str, Any]]:
    for i, (start, end) in enumerate(tokens):
        space = text[end : end + 1] == " "
        yield {"text": text[start:end], "start": start, "end": end, "id": i, "ws": space}


def _tokens(item: dict[str, Any], text: str, place: str) -> object:
    if TOKENS_FIELD in item or not item.get("tokens"):
        return item.get(TOKENS_FIELD)
    tokens = item["tokens"]
    if not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        raise CorpusError(place, f"tokens {shown(tokens)}", "a list of objects")
    for token in tokens:
        start, end = token.get("start"), token.get("end")
        if type(start) is int and type(end) is int and text[start:end] != token.get("text"):
            raise CorpusError(
                place, f"the token {shown(token.get('text'))} at {start}", shown(text[start:end])
            )
    return [[[token.get("start"), token.get("end")] for token in tokens]]


def _spans(item: dict[str, Any], place: str) -> list[Any]:
    spans = item.get("spans") or []
    if not isinstance(spans, list) or not all(isinstance(span, dict) for span in spans):
        raise CorpusError(place, f"spans {shown(spans)}", "a list of objects")
    return [checked_span(s.get("start"), s.get("end"), s.get("label"), place) for s in spans]
