"""spaCy's DocBin (`.spacy`), through spaCy where it is installed (extra `spacy`).

Entities are the layer `ner`, span groups layers of their own names; `pos`, `tag` and
`morph` are UPOS, XPOS and FEATS. One document a sentence is written; documents that
know their sentences are read as those. A text of its own is kept where single spaces or
none stand between tokens. Source: spacy.io/api/docbin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any

from corpora import schemes
from corpora.alignment import CharacterSpan, token_spans, without_overlaps
from corpora.errors import CorpusError, shown
from corpora.formats.columns import NER, UPOS_TAGS
from corpora.formats.records import with_tokens
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence
from corpora.tokenization import Range

if TYPE_CHECKING:
    from spacy.tokens import Doc

_ATTRIBUTES = ["ORTH", "SPACY", "ENT_IOB", "ENT_TYPE", "POS", "TAG", "MORPH", "SENT_START"]
_COLUMNS = {"UPOS": "POS", "XPOS": "TAG", "FEATS": "MORPH"}
_FEATURES = re.compile(r"[^=|]+=[^=|]+(?:\|[^=|]+=[^=|]+)*")
_POS = UPOS_TAGS | {"CONJ", "EOL", "SPACE"}  # spaCy's own
_EMPTY = "_"
_NEW_DOCUMENT, _LAYERS = "new_document", "layers"


def read_binary(
    binary: IO[bytes], source: str, options: ReadOptions = READ_DEFAULTS
) -> Iterator[Sentence]:
    """Yields the sentences of each document; its number stands for its line.

    Raises:
        CorpusError: the file is no DocBin.
    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocabulary = Vocab()
    with _errors_of_spacy(source):
        docs = list(DocBin().from_bytes(binary.read()).get_docs(vocabulary))
        layers = _layers(docs)
    for attribute, what in (("LEMMA", "lemmas"), ("DEP", "trees")):
        if any(len(doc) and doc.has_annotation(attribute) for doc in docs):
            message = f"its {what} are left out; tags and spans are read"
            options.report(Remark("annotation left out", source, message))
    for number, doc in enumerate(docs, 1):
        if len(doc):
            with _errors_of_spacy(f"{source}:{number}"):
                sentences = list(_sentences(doc, layers, source, number, options))
            yield from sentences
        else:
            message = "a document without tokens is left out"
            options.report(Remark("empty texts left out", f"{source}:{number}", message))


def write_binary(
    sentences: Iterable[Sentence], binary: IO[bytes], options: WriteOptions = WRITE_DEFAULTS
) -> None:
    """Writes one document a sentence.

    Raises:
        CorpusError: spaCy has no room for a layer, or would change a tag.
    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocabulary = Vocab()
    packed = DocBin(attrs=_ATTRIBUTES, store_user_data=True)
    for sentence in with_tokens(sentences, options, "a DocBin"):
        with _unicode_errors(sentence):
            packed.add(_doc(sentence, vocabulary, options))
    binary.write(packed.to_bytes())


@contextmanager
def _unicode_errors(sentence: Sentence) -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        raise CorpusError(sentence.place(), "half of a surrogate pair", "UTF-8") from error


@contextmanager
def _errors_of_spacy(place: str) -> Iterator[None]:
    """Raises CorpusError for whatever msgpack, zlib or spaCy make of other bytes."""
    try:
        yield
    except CorpusError:
        raise
    except Exception as error:
        found = f"no DocBin ({type(error).__name__}: {shown(str(error))})"
        raise CorpusError(place, found, "a file that spaCy wrote") from error


def _layers(docs: Sequence[Doc]) -> list[str]:
    """Names the layers of documents; one of a document is one of all, since spaCy leaves no
    trace of entities and span groups where there are none."""
    names = dict.fromkeys(name for doc in docs if len(doc) for name in doc.spans)
    if any(len(doc) and doc.has_annotation("ENT_IOB") for doc in docs):
        names[NER] = None
    columns = [
        name
        for name, attribute in _COLUMNS.items()
        if any(len(doc) and doc.has_annotation(attribute) for doc in docs)
    ]
    return [*(name for name in names if name not in _COLUMNS), *columns]


def _sentences(
    doc: Doc, known: Sequence[str], source: str, number: int, options: ReadOptions
) -> Iterator[Sentence]:
    place = f"{source}:{number}"
    words = [(token.idx, token.idx + len(token)) for token in doc]
    layers = {name: ["O"] * len(doc) for name in known}
    groups: dict[str, Any] = dict(doc.spans)
    if doc.has_annotation("ENT_IOB"):
        groups[NER] = doc.ents
    for name, spans in groups.items():
        found = [CharacterSpan(s.start_char, s.end_char, s.label_) for s in spans if s.label_]
        chosen = without_overlaps(found, doc.text, place, options)
        ranges = [words]
        (covered,) = token_spans(chosen, ranges, doc.text, place, options)
        layers[name] = schemes.from_spans(covered, len(doc), "IOB2")
    # a span runs across no border of sentences
    inside = {i for tags in layers.values() for i, tag in enumerate(tags) if tag.startswith("I-")}
    for name, values in (("UPOS", "pos_"), ("XPOS", "tag_"), ("FEATS", "morph")):
        layers[name] = [str(getattr(token, values)) or _EMPTY for token in doc]
    written = doc.user_data.get(_LAYERS)  # what a layer of nothing but "_" leaves no trace of
    names = written if isinstance(written, (list, tuple)) else known
    borders = [t.i for t in doc if t.i and t.is_sent_start and t.i not in inside]
    if not doc.has_annotation("SENT_START"):
        borders = []
    parts = list(pairwise([0, *borders, len(doc)]))
    for start, end in parts:
        first, last = words[start][0], words[end - 1][1]
        yield Sentence(
            tokens=[token.text for token in doc[start:end]],
            tags={name: layers[name][start:end] for name in names if name in layers},
            text=None if doc.has_unknown_spaces else doc.text[first:last],
            offsets=None if doc.has_unknown_spaces else words[start:end],
            start=0 if doc.has_unknown_spaces else first,
            new_document=not start and bool(doc.user_data.get(_NEW_DOCUMENT, len(parts) > 1)),
            source=source,
            line=number,
        )


def _doc(sentence: Sentence, vocabulary: Any, options: WriteOptions) -> Doc:
    from spacy.tokens import Doc, Span

    text, offsets = sentence.surface()
    spaces = None  # unknown
    if sentence.text is not None and [text[a:b] for a, b in offsets] == sentence.tokens:
        spaces = _spaces(text, offsets)
    if not all(sentence.tokens):
        raise CorpusError(sentence.place(), "an empty token", "none (spaCy has no room for it)")
    if spaces is None and sentence.text is not None:
        message = f"the text {shown(text)} is left out: other than single spaces part its tokens"
        options.report(Remark("texts left out", sentence.place(), message))
    values: dict[str, list[str]] = {}
    for layer, attribute in (("UPOS", "pos"), ("XPOS", "tags"), ("FEATS", "morphs")):
        if layer in sentence.tags:
            values[attribute] = ["" if tag == _EMPTY else tag for tag in sentence.tags[layer]]
            if not all(sentence.tags[layer]):
                i = sentence.tags[layer].index("")
                raise CorpusError(sentence.place(i), f"an empty tag in layer {layer}", _EMPTY)
    for i, tag in enumerate(values.get("morphs", ())):
        if tag and not _FEATURES.fullmatch(tag):
            found = f"tag {shown(tag)} in layer FEATS"
            raise CorpusError(sentence.place(i), found, "Name=Value|Name=Value")
    for i, tag in enumerate(values.get("pos", ())):
        if tag and tag not in _POS:
            expected = "one of the 17 of Universal Dependencies, as spaCy has them"
            raise CorpusError(sentence.place(i), f"tag {shown(tag)} in layer UPOS", expected)
    doc = Doc(vocabulary, words=sentence.tokens, spaces=spaces, **values)  # type: ignore[arg-type]
    for i, tag in enumerate(sentence.tags.get("FEATS", ())):
        written = str(doc[i].morph) or _EMPTY
        if written != tag:
            found = f"tag {shown(tag)} in layer FEATS"
            raise CorpusError(sentence.place(i), found, f"{written}, as spaCy writes it")
    for layer, tags in sentence.tags.items():
        if layer in _COLUMNS:
            continue
        for i, tag in enumerate(tags):
            if not schemes.is_span_tag(tag):
                expected = "spans, UPOS, XPOS or FEATS (choose by --layers)"
                raise CorpusError(sentence.place(i), f"tag {shown(tag)} in layer {layer}", expected)
        spans = [Span(doc, s.start, s.end, label=s.label) for s in schemes.to_spans(tags)]
        if layer == NER:
            doc.set_ents(spans, default="outside")
        else:
            doc.spans[layer] = spans
    for i, token in enumerate(doc):
        token.is_sent_start = i == 0
    doc.user_data[_NEW_DOCUMENT] = sentence.new_document
    doc.user_data[_LAYERS] = list(sentence.tags)
    return doc


def _spaces(text: str, offsets: list[Range]) -> list[bool] | None:
    """Tells after which tokens a space stands; None where more or other stands there."""
    gaps = [text[a[1] : b[0]] if a[1] <= b[0] else "overlap" for a, b in pairwise(offsets)]
    return [gap == " " for gap in gaps] + [False] if set(gaps) <= {"", " "} else None
