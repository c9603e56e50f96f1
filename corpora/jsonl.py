"""JSON lines: one sentence a line, with offsets and spans.

    {"text": "Ada slept.", "tokens": […], "offsets": [[0, 3], …],
     "tags": {"ner": ["B-PER", …]},
     "spans": {"ner": [{"start": 0, "end": 3, "label": "PER", "text": "Ada",
                        "confidence": 0.98}]}}

Offsets are character positions in that line's `text`, half-open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from corpora.errors import CorpusError, shown
from corpora.sentence import Sentence, Span


def read(lines: Iterable[str], source: str) -> Iterator[Sentence]:
    """Yields sentences; only `tokens` is required of a line.

    Raises:
        CorpusError: a line is no JSON object, or its lists do not fit together.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(place, shown(line), "a JSON object on one line") from error
        if not isinstance(item, dict) or not _is_strings(item.get("tokens")):
            raise CorpusError(place, shown(line), 'an object with "tokens", a list of strings')
        tags = item.get("tags", {})
        if not isinstance(tags, dict) or not all(map(_is_strings, tags.values())):
            raise CorpusError(place, f"tags {shown(str(tags))}", "layer → list of strings")
        text, offsets = item.get("text"), item.get("offsets")
        if offsets is not None and not (
            isinstance(text, str) and _is_ranges(offsets, item["tokens"], text)
        ):
            raise CorpusError(place, "offsets that do not give the tokens", "ranges in text")
        yield Sentence(
            tokens=item["tokens"],
            tags=tags,
            text=text if offsets is not None else None,
            offsets=[(a, b) for a, b in offsets] if offsets is not None else None,
            source=source,
            line=number,
            record=(line.strip(),),
        )


def write(sentences: Iterable[Sentence]) -> Iterator[str]:
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
        if sentence.record and sentence.record[0].startswith("{"):
            # fields this format does not know come back as they were
            known = json.loads(sentence.record[0])
            if not sentence.spans:
                item["spans"] = known.get("spans", {})
            item = known | item
        yield json.dumps(item, ensure_ascii=False) + "\n"


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


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) and _is_text(x) for x in value)


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _is_ranges(offsets: object, tokens: list[str], text: str) -> bool:
    if not isinstance(offsets, list) or len(offsets) != len(tokens) or not _is_text(text):
        return False
    return all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(type(x) is int for x in pair)  # True is no position
        and 0 <= pair[0] <= pair[1] <= len(text)
        for pair in offsets
    )
