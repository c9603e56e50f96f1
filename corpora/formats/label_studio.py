"""Label Studio's JSON: a list of tasks, each a text with the results of its annotation.

    [{"data": {"text": "Ada slept"},
      "annotations": [{"result": [
        {"from_name": "label", "to_name": "text", "type": "labels",
         "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}]}]}]

Both exports are read, JSON and JSON-MIN. Tags that a model gave are written as
predictions, others as annotations. The name of a control (`from_name`) is that of the
layer, "label" that of the layer `ner`. Whatever else a task holds comes back: results
that are still there with their ids, relations between them, other annotators' work.
Source: labelstud.io/guide/export.
"""

from __future__ import annotations

import dataclasses
import json
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
    to_documents,
    to_sentences,
    token_ranges,
)
from corpora.formats.jsonl import dumped, holds_more, parsed
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

_NAME = "label-studio"
_CONTROL = "label"
_TEXT = "text"
_MODEL = "tagger"
_DONE = ("annotations", "completions", "predictions")  # where a task's results stand, best first
_OWN = (TOKENS_FIELD, "layers", "new_document")  # what this project adds to the data
_TIMES = ("created_at", "updated_at")  # texts that JSON-MIN puts beside those of the task


def read(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields the sentences of each task; its number stands for its line.

    Raises:
        CorpusError: the file is no list of tasks, or a span leaves its text.
    """
    content = "".join(lines)
    try:
        tasks = json.loads(content) if content.strip() else []
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CorpusError(f"{source}{line}", f"no JSON ({error})", "a list of tasks") from error
    if not isinstance(tasks, list):
        raise CorpusError(source, shown(content), "a list of tasks")
    documents = []
    layers: dict[str, None] = {}
    for number, task in enumerate(tasks, 1):
        if not isinstance(task, dict):
            raise CorpusError(f"{source}:{number}", shown(task), "a task, which is an object")
        documents.append(_document(task, source, number, options))
        if documents[-1].sentences is None:
            layers |= dict.fromkeys(documents[-1].spans)
    for number, document in enumerate(documents, 1):
        if document.sentences is None:  # a layer of one task is one of all
            spans = {layer: document.spans.get(layer, ()) for layer in layers or [NER]}
            document = dataclasses.replace(document, spans=spans)
        yield from to_sentences(document, number, options)


def write(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields a list of tasks, one a sentence, or a text where several were read from one.

    Raises:
        CorpusError: a layer of a sentence holds no spans.
    """
    before = "[\n"
    for document in to_documents(sentences, options, _NAME):
        if _CONTROL in document.spans:
            raise CorpusError(document.place, f"a layer named {_CONTROL}", "another name for tags")
        item = parsed(document.raw, document.place) if document.raw else {}
        item["data"] = data = item.get("data", {})
        field = _text_field(data) or _TEXT
        data |= {field: document.text, TOKENS_FIELD: document.sentences, "layers": list(document.spans)}
        if document.new_document or data.get("new_document") is True:
            data["new_document"] = document.new_document
        if document.confident:
            _predict(item, document, field, options)
        else:
            _annotate(item, document, field, options)
        yield before + dumped(item, document.place)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def says_more(raw: str) -> bool:
    """Tells whether a task holds more than sentences do: numbers, relations, what others did …"""
    task = parsed(raw, "")
    data = task["data"]
    works = [work for key in _DONE for work in task.get(key) or ()]
    return (
        holds_more(task, ("data", *_DONE))
        or holds_more(data, (_text_field(data), *_OWN))
        or len(works) > 1
        or any(holds_more(work, ("result", "model_version")) for work in works)
        or not all(map(_is_labelled, _results(task, data, "", READ_DEFAULTS)))
    )


def _is_labelled(result: Any) -> bool:
    value = result.get("value") if isinstance(result, dict) else None
    return isinstance(value, dict) and isinstance(value.get("labels"), list)


def _document(task: dict[str, Any], source: str, number: int, options: ReadOptions) -> Document:
    place = f"{source}:{number}"
    data = task.get("data", task)  # JSON-MIN has the data in the task itself
    if not isinstance(data, dict):
        raise CorpusError(place, f"data {shown(data)}", "an object with a text")
    field = _text_field(data)
    if field is None:
        raise CorpusError(place, f"the data {shown(data)}", 'one text, or one named "text"')
    text = checked_text(data[field], place)
    ranges = token_ranges(data.get(TOKENS_FIELD), text, place)
    declared = data.get("layers") if ranges is not None else None
    spans: dict[str, list[CharacterSpan]] = {}
    for layer in declared if isinstance(declared, list) else ():
        if isinstance(layer, str):
            spans[layer] = []
    for result in _results(task, data, place, options):
        for layer, span in _spans(result, text, place, options):
            spans.setdefault(layer, []).append(span)
    if data is task:
        task = {"data": {key: value for key, value in task.items() if not _is_control(value)}}
    return Document(
        text,
        spans,
        ranges,
        new_document=ranges is None or data.get("new_document") is True,
        format=_NAME,
        raw=dumped(task, place),
        place=source,
    )


def _text_field(data: dict[str, Any]) -> str | None:
    """Names the field that holds the text: "text", or the only one that could."""
    if isinstance(data.get(_TEXT), str):
        return _TEXT
    texts = [key for key, v in data.items() if isinstance(v, str) and key not in (*_TIMES, *_OWN)]
    return texts[0] if len(texts) == 1 else None


def _is_control(value: Any) -> bool:
    """Tells whether a field of a JSON-MIN task holds spans."""
    return isinstance(value, list) and any(isinstance(v, dict) and "labels" in v for v in value)


def _results(task: dict[str, Any], data: dict[str, Any], place: str, options: ReadOptions) -> list[Any]:
    """Returns the results of a task's first annotation, else of its first prediction."""
    if data is task:
        controls = {key: values for key, values in task.items() if _is_control(values)}
        return [{"from_name": key, "value": v} for key, values in controls.items() for v in values]
    for key in _DONE:
        found = task.get(key) or []
        if not isinstance(found, list) or not all(isinstance(a, dict) for a in found):
            raise CorpusError(place, f"{key} {shown(found)}", "a list of objects")
    for key in _DONE:
        valid = [one for one in task.get(key) or () if not one.get("was_cancelled")]
        for _ in valid[1:]:
            message = f"one of {len(valid)} {key} of a task is left out; the first is taken"
            options.report(Remark(f"{key} left out", place, message))
        if valid:
            results = valid[0].get("result") or []
            if not isinstance(results, list):
                raise CorpusError(place, f"result {shown(results)}", "a list")
            return results
    return []


def _spans(
    result: Any, text: str, place: str, options: ReadOptions | None = None
) -> Iterator[tuple[str, CharacterSpan]]:
    """Yields the spans of a result, each with its layer: none, or one a label."""
    value = result.get("value") if isinstance(result, dict) else None
    if isinstance(value, dict) and isinstance(value.get("labels"), list):
        layer = result.get("from_name", _CONTROL)
        layer = NER if layer == _CONTROL or not isinstance(layer, str) else layer
        for label in value["labels"]:
            yield layer, _span(value, label, text, place)
    elif options is not None and isinstance(result, dict):
        kind = result.get("type")
        if isinstance(kind, str) and kind.endswith("labels"):
            message = f"a result of type {shown(kind)} marks no plain text and is left out"
            options.report(Remark("results left out", place, message))


def _span(value: dict[str, Any], label: Any, text: str, place: str) -> CharacterSpan:
    """Returns a span; positions in UTF-16 units, as browsers count, become characters."""
    span = checked_span(value.get("start"), value.get("end"), label, place)
    covered = value.get("text")
    there = text[max(0, span.start) : max(0, span.end)]
    if not isinstance(covered, str) or there == covered:
        return span
    covered = covered.replace("\\n", "\n")  # so Label Studio writes a line break there
    if there == covered:
        return span
    units = text.encode("utf-16-le", "surrogatepass")
    before = units[: 2 * max(0, span.start)].decode("utf-16-le", "ignore")
    if text[len(before) : len(before) + len(covered)] == covered and len(covered):
        return CharacterSpan(len(before), len(before) + len(covered), span.label)
    raise CorpusError(
        place, f"the span {span.start}-{span.end} of {shown(there)}", f"its text {shown(covered)}"
    )


def _annotate(item: dict[str, Any], document: Document, field: str, options: WriteOptions) -> None:
    """Puts the spans of a document in the place of those that were read."""
    key = next((key for key in _DONE[:2] if item.get(key)), _DONE[0])
    item[key] = annotations = item.get(key) or []
    i = next((i for i, one in enumerate(annotations) if not one.get("was_cancelled")), None)
    if i is not None:
        known = annotations[i].get("result") or []
        annotations[i]["result"] = _merged(known, document, field, options)
    elif any(document.spans.values()) or not document.raw:  # else nobody has seen the task yet
        annotations.insert(0, {"result": _merged([], document, field, options)})


def _predict(item: dict[str, Any], document: Document, field: str, options: WriteOptions) -> None:
    """Puts the spans of a document before the predictions of other models."""
    for key in _DONE[:2]:
        for _ in item.pop(key, None) or ():
            message = f"one of the {key} of a task gives way to what the model predicted"
            options.report(Remark(f"{key} left out", document.place, message))
    others = [one for one in item.get("predictions") or () if one.get("model_version") != _MODEL]
    made = {"model_version": _MODEL, "result": _merged([], document, field, options)}
    item["predictions"] = [made, *others]


def _merged(
    known: Sequence[Any], document: Document, field: str, options: WriteOptions
) -> list[dict[str, Any]]:
    """Returns results: those whose spans stayed as they were, then new ones."""
    wanted = {(layer, span): None for layer, spans in document.spans.items() for span in spans}
    results = []
    names: dict[str, str] = {}
    target = field
    gone: set[Any] = set()
    for result in known:
        labelled = list(_spans(result, document.text, document.place))
        staying = [pair for pair in dict.fromkeys(labelled) if pair in wanted]
        if labelled:
            names[labelled[0][0]] = result.get("from_name", _CONTROL)
            target = result.get("to_name", target)
        for pair in staying:
            del wanted[pair]
        if labelled and not staying:
            gone.add(result.get("id"))
        elif len(staying) < len(labelled):
            labels = [span.label for _, span in staying]
            results.append(result | {"value": result["value"] | {"labels": labels}})
        else:
            results.append(result)
    results = [result for result in results if _stands(result, gone, document.place, options)]
    for layer, span in wanted:
        value = {
            "start": span.start,
            "end": span.end,
            "text": document.text[span.start : span.end],
            "labels": [span.label],
        }
        name = names.get(layer, _CONTROL if layer == NER else layer)
        results.append({"from_name": name, "to_name": target, "type": "labels", "value": value})
    return results


def _stands(result: Any, gone: set[Any], place: str, options: WriteOptions) -> bool:
    """Tells whether a result refers to no span that is gone, else reports it."""
    ends = [result.get(key) for key in ("id", "from_id", "to_id")] if isinstance(result, dict) else []
    if not any(isinstance(end, str) and end in gone for end in ends):
        return True
    message = f"a result of type {result.get('type')} is of a span that is gone, and is left out"
    options.report(Remark("results left out", place, message))
    return False
