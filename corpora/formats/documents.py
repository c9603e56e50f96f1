"""Texts with spans of characters ↔ sentences with tags: what Prodigy, doccano, Label
Studio and brat files have in common.

A document becomes one or more sentences, whose tags are IOB2; sentences that were read
from one document are written as one again. Knows no file format.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpora import schemes
from corpora.alignment import CharacterSpan, token_spans, tokens_for, without_overlaps
from corpora.errors import CorpusError, shown
from corpora.formats.columns import NER
from corpora.formats.jsonl import check_names, is_text
from corpora.formats.records import with_tokens
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, joined_offsets
from corpora.tokenization import Range, as_range

# Beside their own fields, files that this project writes say where the tokens are
# (half-open character ranges, a list for each sentence), so that they come back.
TOKENS_FIELD = "sentences"

_KIND = "document"  # the first line of the record of a sentence that was read from one


@dataclass(frozen=True, slots=True)
class Document:
    """A text with layers of spans.

    Attributes:
        text: all of it.
        spans: layer → spans of characters, in any order.
        sentences: the character ranges of its tokens by sentence; None where the file
            does not say, so that the text is still to be split.
        new_document: a document begins with it.
        format: the name of the format it was read from.
        raw: what the file says of it, for what a sentence cannot hold.
        confident: a model gave its tags.
        place: file and line.
    """

    text: str
    spans: Mapping[str, Sequence[CharacterSpan]]
    sentences: Sequence[Sequence[Range]] | None = None
    new_document: bool = True
    format: str = ""
    raw: str = ""
    confident: bool = False
    place: str = ""

    def only_layer(self, format: str) -> tuple[str, Sequence[CharacterSpan]]:
        """Returns layer and spans for a format that has room for one layer.

        Raises:
            CorpusError: there are several, or none.
        """
        if len(self.spans) != 1:
            found = f"the layers {', '.join(self.spans)}" if self.spans else "no layer of tags"
            raise CorpusError(self.place, found, f"one, which {format} has room for (--layers)")
        return next(iter(self.spans.items()))


def to_sentences(document: Document, line: int, options: ReadOptions) -> Iterator[Sentence]:
    """Yields the sentences of a document, tagged in IOB2.

    Args:
        document: its place is the name of its file.
        line: number of its line there.

    Raises:
        CorpusError: a span leaves the text, or cuts a token where that is forbidden, or
            a layer's name is no text.
    """
    text, place = document.text, f"{document.place}:{line}"
    check_names(document.spans, place)
    ranges = document.sentences
    if ranges is None:
        ranges = list(options.tokenization.segment(text))
    layers = {
        layer: without_overlaps(_checked(spans, text, place), text, place, options)
        for layer, spans in document.spans.items()
    }
    ranges = tokens_for(ranges, [s for spans in layers.values() for s in spans], text, place, options)
    found = {layer: token_spans(spans, ranges, text, place, options) for layer, spans in layers.items()}
    if not ranges:
        message = f"the text {shown(text)} holds no tokens and is left out"
        options.report(Remark("empty texts left out", place, message))
    record = (_KIND, document.format, f"text {text}", f"raw {document.raw}")
    for i, tokens in enumerate(ranges):
        start, end = tokens[0][0], tokens[-1][1]
        tags = {
            layer: schemes.from_spans(spans[i], len(tokens), "IOB2") for layer, spans in found.items()
        }
        yield Sentence(
            tokens=[text[a:b] for a, b in tokens],
            tags=tags,
            text=text[start:end],
            offsets=list(tokens),
            start=start,
            new_document=document.new_document and not i,
            source=document.place,
            line=line,
            record=record,
        )


def to_documents(
    sentences: Iterable[Sentence], options: WriteOptions, format: str
) -> Iterator[Document]:
    """Yields what sentences are written as: those of one record together, else each alone.

    Args:
        format: that is written; a document has its `raw` back where it was read from it.

    Raises:
        CorpusError: a layer holds no spans, or a span that characters cannot tell.
    """
    for _, members in itertools.groupby(with_tokens(sentences, options, "a text"), _record_identity):
        group = list(members)
        record = group[0].record
        if record and record[0] == _KIND:
            text = record[2].removeprefix("text ")
            if _is_whole(group, text):
                ranges = [sentence.offsets or [] for sentence in group]
                raw = record[3].removeprefix("raw ") if record[1] == format else ""
                yield _document(group, text, ranges, raw)
                continue
            if record[1] == format:
                message = "a text of which not all is written loses what else its file says of it"
                options.report(Remark("texts in part", group[0].place(), message))
        for sentence in group:
            text, offsets = sentence.surface()
            if [text[a:b] for a, b in offsets] != sentence.tokens or not _is_ordered(offsets):
                message = f"the text {shown(text)} does not hold the tokens one by one and is left out"
                options.report(Remark("texts left out", sentence.place(), message))
                text, offsets = " ".join(sentence.tokens), list(joined_offsets(sentence.tokens))
            yield _document([sentence], text, [offsets], "")


def read_from(sentence: Sentence) -> tuple[str, str]:
    """Returns the format of the document that a sentence was read from, and what its file
    says of it; empty where it was read from none."""
    record = sentence.record
    if record and record[0] == _KIND:
        return record[1], record[3].removeprefix("raw ")
    return "", ""


def token_ranges(value: object, text: str, place: str) -> list[list[Range]] | None:
    """Checks what a file says of its tokens; None where it says nothing.

    Raises:
        CorpusError: they are no ranges in the text, or not in its order.
    """
    if value is None:
        return None
    sentences: list[list[Range]] = []
    position = 0
    for sentence in value if isinstance(value, list) else [value]:
        sentences.append([])
        for item in sentence if isinstance(sentence, list) else [sentence]:
            pair = as_range(item)
            if pair is None or not position <= pair[0] <= pair[1] <= len(text):
                expected = "sentences of [start, end] within the text, in its order"
                raise CorpusError(place, f"{TOKENS_FIELD} {shown(item)}", expected)
            sentences[-1].append(pair)
            position = pair[1]
    return sentences


def mark(item: dict[str, Any], document: Document, layer: str) -> None:
    """Adds to an object what tells a reader which sentences it was written from."""
    item[TOKENS_FIELD] = document.sentences
    if layer != NER or isinstance(item.get("layer"), str):
        item["layer"] = layer
    if document.new_document or item.get("new_document") is True:
        item["new_document"] = document.new_document


def checked_text(value: object, place: str) -> str:
    """Returns a text.

    Raises:
        CorpusError: it is none.
    """
    if not is_text(value):
        raise CorpusError(place, f"text {shown(value)}", "a string")
    assert isinstance(value, str)
    return value


def checked_span(start: Any, end: Any, label: Any, place: str) -> CharacterSpan:
    """Returns a span of characters.

    Raises:
        CorpusError: start or end is no number, or the label no text.
    """
    if type(start) is not int or type(end) is not int or not is_text(label) or not label:
        found = shown(f"[{start!r}, {end!r}, {label!r}]")
        raise CorpusError(place, f"the span {found}", "start, end and a label")
    return CharacterSpan(start, end, label)


def _checked(spans: Sequence[CharacterSpan], text: str, place: str) -> Sequence[CharacterSpan]:
    for span in spans:
        if not 0 <= span.start <= span.end <= len(text):
            found = f"the span {span.start}-{span.end} {span.label}"
            raise CorpusError(place, found, f"one within 0 to {len(text)}")
    return spans


def _record_identity(sentence: Sentence) -> int:
    return id(sentence) if sentence.record is None else id(sentence.record)


def _is_whole(group: Sequence[Sentence], text: str) -> bool:
    """Tells whether the tokens are all that the text holds, white space aside."""
    ranges = [pair for sentence in group for pair in sentence.offsets or ()]
    tokens = [token for sentence in group for token in sentence.tokens]
    if len(ranges) != len(tokens) or not _is_ordered(ranges):
        return False
    gaps = zip([0, *(b for _, b in ranges)], [*(a for a, _ in ranges), len(text)], strict=True)
    return [text[a:b] for a, b in ranges] == tokens and not any(text[a:b].strip() for a, b in gaps)


def _document(
    group: Sequence[Sentence], text: str, ranges: Sequence[Sequence[Range]], raw: str
) -> Document:
    first = group[0]
    spans: dict[str, list[CharacterSpan]] = {layer: [] for layer in first.tags}
    for sentence, offsets in zip(group, ranges, strict=True):
        if sentence.tags.keys() != spans.keys():
            found = ", ".join(sentence.tags) or "none"
            raise CorpusError(sentence.place(), f"the layers {found}", "the same in all of a document")
        for layer in sentence.tags:
            spans[layer] += _character_spans(sentence, layer, offsets)
    return Document(
        text,
        spans,
        ranges,
        new_document=first.new_document,
        raw=raw,
        confident=any(sentence.confidences for sentence in group),
        place=first.place(),
    )


def _character_spans(
    sentence: Sentence, layer: str, offsets: Sequence[Range]
) -> Iterator[CharacterSpan]:
    tags = sentence.tags[layer]
    for i, tag in enumerate(tags):
        if not schemes.is_span_tag(tag):
            expected = "spans; choose layers of them (--layers)"
            raise CorpusError(sentence.place(i), f"tag {shown(tag)} in layer {layer}", expected)
    for span in schemes.to_spans(tags):
        first, last = offsets[span.start], offsets[span.end - 1]
        if first[0] == first[1] or last[0] == last[1]:
            found = f"a {span.label} that begins or ends with an empty token"
            raise CorpusError(sentence.place(span.start), found, "one that characters can tell")
        yield CharacterSpan(first[0], last[1], span.label)


def _is_ordered(ranges: Sequence[Range]) -> bool:
    return all(a[1] <= b[0] for a, b in itertools.pairwise(ranges))
