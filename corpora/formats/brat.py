"""brat's standoff annotation: a folder of texts, NAME.txt with NAME.ann beside it.

    T1	PER 0 3	Ada

Spans of text (T) become tags; other annotations (relations, events, attributes, notes)
are kept and written again with the document they were read from. New documents hold one
sentence a line, tokens with spaces between them, as brat itself splits text: they are
read again as they were by `--tokenizer whitespace`. A layer of another name than `ner`
is named in a comment of `annotation.conf`. Source: brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from corpora.alignment import CharacterSpan
from corpora.errors import CorpusError, shown
from corpora.files import atomic_binary, decoded_lines, open_binary, raw_lines
from corpora.formats.columns import NER
from corpora.formats.documents import Document, to_documents, to_sentences
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence

_RANGE = "[0-9]{1,18} [0-9]{1,18}"
_SPAN = re.compile(rf"(T[^\t ]+)\t([^\t ]+) ({_RANGE}(?:;{_RANGE})*)\t(.*)", re.DOTALL)
_REFERENCE = re.compile(r"[TREAMN*#][0-9]+")
_LAYER = re.compile(r"# layer = (.+)")
_NAME = "brat"
_SENTENCES_A_FILE = 100
CONFIGURATION = "annotation.conf"
_BOM = "\ufeff"


def is_folder(path: Path) -> bool:
    """Tells whether a folder holds texts with annotations beside them."""
    return path.is_dir() and next(path.glob("*.ann"), None) is not None


def read_folder(path: Path, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields the sentences of all texts of a folder, in the order of their names.

    Args:
        path: the folder, or one file of it.

    Raises:
        CorpusError: an annotation does not fit its text.
    """
    folder = path if path.is_dir() else path.parent
    layer = _declared_layer(folder / CONFIGURATION)
    texts = sorted(path.glob("*.txt")) if path.is_dir() else [path.with_suffix(".txt")]
    for text in texts:
        if text.with_suffix(".ann").exists():
            yield from _read(text, layer, options)
        else:
            message = f"a text without {text.stem}.ann is left out"
            options.report(Remark("texts left out", str(text), message))
    for alone in sorted(path.glob("*.ann")):
        if not alone.with_suffix(".txt").exists():
            message = f"annotations without {alone.stem}.txt are left out"
            options.report(Remark("annotations left out", str(alone), message))


def write_folder(
    sentences: Iterable[Sentence], path: Path, options: WriteOptions = WRITE_DEFAULTS
) -> None:
    """Writes texts and annotations into a folder that is there: those of a document that
    was read from brat under its name, others by hundreds of sentences.

    Raises:
        CorpusError: a sentence has other layers than one of spans, or a token holds white
            space or nothing.
    """
    labels: set[str] = set()
    declared: str | None = None
    names: set[str] = set()
    lines: list[str] = []
    annotations: list[str] = []
    position = 0

    def flush() -> None:
        nonlocal position
        if lines:
            _write(path, f"doc{len(names) + 1:06}", "".join(lines), annotations, names)
        lines.clear()
        annotations.clear()
        position = 0

    for document in to_documents(sentences, options, _NAME):
        layer, spans = document.only_layer("brat")
        declared = layer if declared is None else declared
        if layer != declared:
            raise CorpusError(document.place, f"the layer {layer}", f"{declared}, as before")
        if layer != NER and (layer != layer.strip() or not _LAYER.fullmatch(f"# layer = {layer}")):
            raise CorpusError(document.place, f"a layer named {shown(layer)}", "one line without edges")
        labels |= {span.label for span in spans}
        for label in labels:
            if not re.fullmatch(r"[^\s;]+", label):
                raise CorpusError(document.place, f"the label {shown(label)}", "one without spaces")
        name, _, old = document.raw.partition("\n")
        if name:
            flush()
            kept = _rewritten(document, old.split("\n"), spans, options)
            _write(path, name, document.text, kept, names)
            continue
        if document.new_document or len(lines) >= _SENTENCES_A_FILE:
            flush()
        written, moved = _lines(document, spans, position)
        for span in moved:
            covered = written[span.start - position : span.end - position]
            annotations.append(_annotation(f"T{len(annotations) + 1}", span, covered))
        lines.append(written)
        position += len(written)
    flush()
    entities = "".join(f"{label}\n" for label in sorted(labels))
    rest = "[relations]\n\n[events]\n\n[attributes]\n"
    named = "" if declared in (None, NER) else f"# layer = {declared}\n"
    _write_text(path / CONFIGURATION, f"{named}[entities]\n{entities}\n{rest}")


def says_more(raw: str) -> bool:
    """Tells whether a document holds more than sentences do: relations, events, notes …"""
    return any(line.strip() and not line.startswith("T") for line in raw.split("\n")[1:])


def _declared_layer(configuration: Path) -> str:
    """Reads which layer the annotations of a folder are."""
    if configuration.is_file():
        with open_binary(configuration) as binary:
            for line in decoded_lines(binary, str(configuration)):
                if match := _LAYER.fullmatch(line):
                    return match[1]
    return NER


def _read(path: Path, layer: str, options: ReadOptions) -> Iterator[Sentence]:
    with open_binary(path) as binary:
        text = "".join(raw_lines(binary, str(path)))
    annotations = path.with_suffix(".ann")
    spans = []
    with open_binary(annotations) as binary:
        lines = list(decoded_lines(binary, str(annotations)))
    for number, line in enumerate(lines, 1):
        if line.startswith("T"):
            spans.append(_span(line, text, f"{annotations}:{number}", options))
        elif line.strip() and line[0] not in "REAMN*#":
            raise CorpusError(f"{annotations}:{number}", shown(line), "an annotation: T1, R1, E1 …")
    raw = "\n".join([path.stem, *lines])
    document = Document(text, {layer: spans}, format=_NAME, raw=raw, place=str(path))
    yield from to_sentences(document, 1, options)


def _span(line: str, text: str, place: str, options: ReadOptions) -> CharacterSpan:
    match = _SPAN.fullmatch(line)
    if match is None:
        raise CorpusError(place, shown(line), "T1, a tab, LABEL START END, a tab, the text")
    pieces = [tuple(map(int, piece.split())) for piece in match[3].split(";")]
    start, end = pieces[0][0], pieces[-1][1]
    position = 0
    for a, b in pieces:
        if not position <= a <= b <= len(text):
            raise CorpusError(place, f"the span {match[3]}", f"one in order within 0 to {len(text)}")
        position = b
    covered = " ".join(_flat(text[a:b]) for a, b in pieces)
    if covered != _flat(match[4]):
        raise CorpusError(place, f"the text {shown(match[4])}", f"{shown(covered)}, which stands there")
    if len(pieces) > 1:
        message = f"the span {match[3]} {match[2]} has gaps; taken whole, from {start} to {end}"
        options.report(Remark("spans with gaps", place, message))
    return CharacterSpan(start, end, match[2])


def _flat(text: str) -> str:
    return re.sub(r"[\r\n]", " ", text)


def _lines(
    document: Document, spans: Sequence[CharacterSpan], position: int
) -> tuple[str, list[CharacterSpan]]:
    """Returns sentences as lines of a text, and their spans there."""
    starts, ends = {}, {}
    lines = ""
    for sentence in document.sentences or ():
        for a, b in sentence:
            token = document.text[a:b]
            if token.split() != [token]:
                expected = "one without spaces, which part tokens in brat"
                raise CorpusError(document.place, f"the token {shown(token)}", expected)
            starts[a] = position
            ends[b] = position + len(token)
            position += len(token) + 1
        lines += " ".join(document.text[a:b] for a, b in sentence) + "\n"
    moved = [CharacterSpan(starts[span.start], ends[span.end], span.label) for span in spans]
    return lines, moved


def _annotation(number: str, span: CharacterSpan, covered: str) -> str:
    return f"{number}\t{span.label} {span.start} {span.end}\t{_flat(covered)}\n"


def _rewritten(
    document: Document, old: Sequence[str], spans: Sequence[CharacterSpan], options: WriteOptions
) -> list[str]:
    """Returns annotations with new spans; those that stayed keep their numbers, and so
    what refers to them holds."""
    wanted = {(span.start, span.end, span.label) for span in spans}
    staying: list[str] = []
    for line in old:
        match = _SPAN.fullmatch(line)
        if match is not None:
            bounds = re.findall("[0-9]+", match[3])
            key = (int(bounds[0]), int(bounds[-1]), match[2])
            if key not in wanted:
                continue
            wanted.remove(key)
        if line.strip():
            staying.append(line)
    while True:  # what refers to something that is gone goes too
        known = {line.partition("\t")[0] for line in staying}
        gone = [line for line in staying if not _references(line) <= known]
        for line in gone:
            message = f"{shown(line)} refers to a span that is gone, and is left out"
            options.report(Remark("annotations left out", document.place, message))
        if not gone:
            break
        staying = [line for line in staying if _references(line) <= known]
    taken = [int(m[1]) for m in (re.match(r"T([0-9]{1,18})\t", line) for line in old) if m]
    for i, (start, end, label) in enumerate(sorted(wanted), max(taken, default=0) + 1):
        span = CharacterSpan(start, end, label)
        staying.append(_annotation(f"T{i}", span, document.text[start:end]).removesuffix("\n"))
    return [line + "\n" for line in staying]


def _references(line: str) -> set[str]:
    """Returns the numbers that an annotation refers to."""
    identity, _, rest = line.partition("\t")
    words = rest.partition("\t")[0].split()
    if identity.startswith("T"):
        return set()
    if identity[:1] in "AMN#":  # TYPE TARGET, then a value or the name of an entry elsewhere
        words = words[1:2]
    found = {word.rpartition(":")[2] for word in words}
    return {word for word in found if _REFERENCE.fullmatch(word)} - {identity}


def _write(path: Path, name: str, text: str, annotations: Sequence[str], names: set[str]) -> None:
    while name in names:
        name += "_"
    names.add(name)
    text = _BOM + text if text.startswith(_BOM) else text  # readers take the first one for a mark
    _write_text(path / f"{name}.txt", text)
    _write_text(path / f"{name}.ann", "".join(annotations))


def _write_text(path: Path, text: str) -> None:
    with atomic_binary(path) as binary:
        try:
            binary.write(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise CorpusError(str(path), "half of a surrogate pair", "UTF-8") from error
