"""Converts a corpus from any format to any other, and proves that nothing was lost.

What was written is read back before it takes its name: the same tokens and tags, or an
error that says where they differ.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora import schemes
from corpora.corpus import Corpus, Part
from corpora.errors import CorpusError, shown
from corpora.files import STANDARD_OUTPUT, atomic_folder, take_rights, temporary_beside, writable
from corpora.formats import columns, documents
from corpora.formats.columns import FORM, NUMBER, Layout
from corpora.formats.recognition import known_format
from corpora.formats.table import FOLDER, FORMATS, Format
from corpora.inventory import LayerInventory
from corpora.options import ReadOptions, Remark, Report, WriteOptions
from corpora.partition import NAMES, Partition
from corpora.sentence import Sentence, is_word_row
from corpora.splits import Split, write
from corpora.tokenization import LINES, WHITESPACE, Tokenization

NO_LAYERS = "none"

_ROWS = {"csv": "token", "tsv": "token", "parquet": "sentence"}  # unless told otherwise


def _has_lemmas(sentence: Sentence) -> bool:
    """Tells whether a sentence was read with lemmas or a tree (CoNLL-U)."""
    words = (row.split("\t") for row in sentence.record or () if is_word_row(row))
    return any(len(cells) > 7 and {cells[2], cells[6], cells[7]} != {"_"} for cells in words)


def _has_text(sentence: Sentence) -> bool:
    """Tells whether a sentence has a text that neither its tokens with single spaces between
    them nor its comments (CoNLL-U) give."""
    if sentence.text is None or sentence.text == " ".join(sentence.tokens):
        return False
    return not any(comment.startswith("# text =") for comment in sentence.comments)


def _read_from(sentence: Sentence) -> tuple[str, str]:
    """Returns the format that a sentence was read from and what its file says of it, where
    that may be more than a sentence holds; else empty strings."""
    if sentence.record and sentence.record[0].startswith("{"):
        return "jsonl", sentence.record[0]
    return documents.read_from(sentence)


# what may stand beside tokens and tags: its word in `Format.holds`, its name, how it is found
_BESIDE: tuple[tuple[str, str, Callable[[Sentence], bool]], ...] = (
    ("text", "the raw text", _has_text),
    ("comments", "comments", lambda sentence: bool(sentence.comments)),
    ("documents", "document boundaries", lambda sentence: sentence.new_document),
    ("lemmas", "lemmas and trees", _has_lemmas),
)
_MORE = "other fields and annotations"  # of JSON and brat, which only their own format holds


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a conversion shall do.

    Attributes:
        format: of the output; None to go by its name.
        scheme: of layers of spans; None to leave it.
        layers: those to keep, in this order; empty for all, ("none",) for none.
        shares: fractions of train, dev and perhaps test, to split a corpus anew.
        seed: of the split.
        verify: read the output back and compare.
    """

    format: str | None = None
    scheme: str | None = None
    layers: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    seed: int = 1
    verify: bool = True


@dataclass(slots=True)
class Written:
    """What was written of one split.

    Attributes:
        name: "train", "dev" or "test".
        path: the file; None for standard output.
        sentences, tokens: how many.
        verified: the output was read back, and tokens and tags are the same.
        left_out: what the format or a sentence cannot hold, and was there ("comments").
    """

    name: str
    path: Path | None
    sentences: int = 0
    tokens: int = 0
    verified: bool = False
    left_out: list[str] = dataclasses.field(default_factory=list)

    def count(self, sentences: Iterable[Sentence], format: str, holds: str) -> Iterator[Sentence]:
        """Passes sentences on, counts them, and notes what the format does not hold."""
        unheld = [(name, is_there) for word, name, is_there in _BESIDE if word not in holds]
        record: tuple[str, ...] | None = None
        source = ""
        for sentence in sentences:
            self.add(sentence)
            if sentence.record is not record:  # which the sentences of a document share
                record = sentence.record
                source, raw = _read_from(sentence)
                beyond = source not in ("", format) and _MORE not in self.left_out
                if beyond and FORMATS[source].page.says_more(raw):
                    self.leave_out(_MORE)
            for name, is_there in unheld if source != format else ():  # else all comes back
                if name not in self.left_out and is_there(sentence):
                    self.leave_out(name)
            yield sentence

    def leave_out(self, name: str) -> None:
        """Notes that something that was there is not written."""
        if name not in self.left_out:
            self.left_out.append(name)

    def add(self, sentence: Sentence) -> None:
        """Counts one sentence; one without tokens counts for nothing."""
        self.sentences += bool(sentence.tokens)
        self.tokens += len(sentence.tokens)


def convert(
    corpus: Corpus,
    output: Path | None,
    wishes: Wishes,
    reading: ReadOptions,
    writing: WriteOptions,
) -> list[Written]:
    """Writes a corpus in another format: one file for a corpus of one file, else a folder
    of train, dev and test.

    Args:
        output: file or folder; None for standard output.
        reading: what the corpus is read with; the output is read back likewise.
        writing: how it is written.

    Raises:
        CorpusError: the format cannot hold the corpus, or what was read back differs.
    """
    beyond = _beyond(corpus)
    results = _converted(corpus, output, wishes, reading, writing)
    for result in results:
        for name in beyond:
            result.leave_out(name)
    return results


def _beyond(corpus: Corpus) -> list[str]:
    """Finds what stands in the files of a corpus and in none of its sentences."""
    return [name for _, part in corpus.splits() if isinstance(part, Split) for name in part.beyond()]


def _converted(
    corpus: Corpus, output: Path | None, wishes: Wishes, reading: ReadOptions, writing: WriteOptions
) -> list[Written]:
    parts = list(corpus.splits())
    if wishes.shares:
        parts = list(_partitioned(parts, wishes, writing))
    if len(parts) == 1 and not wishes.shares:
        name = wishes.format or ("conll" if output is None else known_format(output))
        with _staged(output, FORMATS[name]) as place:
            return [_written(*parts[0], place, output, name, wishes, reading, writing)[0]]
    if output is None:
        raise CorpusError(STANDARD_OUTPUT, f"{len(parts)} splits", "a folder for them")
    if wishes.format is None:
        raise CorpusError(str(output), "no format", f"--to FORMAT, for a folder of {len(parts)} splits")
    results: list[Written] = []
    layout = None
    with atomic_folder(output) as folder:
        for name, part in parts:
            file = name + FORMATS[wishes.format].suffix
            job = (name, part, folder / file, output / file, wishes.format)
            result, layout = _written(*job, wishes, reading, writing, layout)
            results.append(result)
    return results


def _written(
    name: str,
    part: Part,
    place: Path | None,
    output: Path | None,
    format: str,
    wishes: Wishes,
    reading: ReadOptions,
    writing: WriteOptions,
    layout: Layout | None = None,
) -> tuple[Written, Layout | None]:
    """Writes one split to `place`, which will be `output`, and reads it back.

    Args:
        layout: of the columns of the first split, which holds for the others too.
    """
    result = Written(name, output)
    row = FORMATS[format]
    prepared = _Prepared(part, wishes, row, writing, result)
    known = layout
    if format == "conll" and layout is None:
        layout = _layout(part, wishes, prepared)
    try:
        write(result.count(prepared, format, _held(row, writing)), place, format, layout, writing)
        if place is not None and wishes.verify and row.tagged and (place.is_file() or place.is_dir()):
            options = _read_back(reading, part, format, layout)
            _compare(Split(place, format, options, layout=known), prepared, result)
            result.verified = True
    except CorpusError as error:
        if place is None or not error.place.startswith(str(place)):
            raise
        name_of_it = str(output) + error.place[len(str(place)) :]
        raise CorpusError(name_of_it, error.found, error.expected) from error
    return result, layout


def _held(row: Format, writing: WriteOptions) -> str:
    """Says what a format holds; tables with a row a token, less than those with a row a
    sentence."""
    if row.name not in _ROWS or (writing.rows or _ROWS[row.name]) == "sentence":
        return row.holds
    return "any tokens and layers, documents"


def _compare(back: Split, prepared: _Prepared, written: Written) -> None:
    """Compares what is read back with what was meant.

    Raises:
        CorpusError: they differ.
    """
    again = Written(written.name, written.path)
    meant = (sentence for sentence in prepared.quietly() if sentence.tokens)
    for sentence in back:
        if sentence.tokens:
            again.add(sentence)
            original = next(meant, None)
            if original is None or _content(original) != _content(sentence):
                raise _difference(original, sentence, back.format)
    if (again.sentences, again.tokens) != (written.sentences, written.tokens):
        found = f"{again.sentences:,} sentences and {again.tokens:,} tokens read back"
        expected = f"the {written.sentences:,} and {written.tokens:,} that were written"
        raise CorpusError(str(back.path), found, expected)


def _layout(part: Part, wishes: Wishes, prepared: _Prepared) -> Layout:
    """Returns the layout of a column file: that of the source, where it was one. Names of
    layers stand in a header where there are several, or where what the one holds would
    not give it its name back."""
    known = part.sniff()
    if known is None or wishes.layers:
        first = next((s for s in prepared.quietly() if s.tokens), None)
        names = (FORM, *(first.tags if first else ()))
        known = Layout(known.separator if known else "\t", names, len(names) > 2)
    if known.header:
        return known
    chunks = columns.write(prepared.quietly(), WriteOptions(report=_quiet), known)
    lines = (line for chunk in chunks for line in chunk.split("\n"))
    found, _ = columns.sniff(lines, part.source, known.separator)
    return known if found == known else dataclasses.replace(known, header=True)


class _Prepared:
    """The sentences of a split as they shall be written, anew at each iteration."""

    def __init__(
        self, part: Part, wishes: Wishes, format: Format, writing: WriteOptions, written: Written
    ) -> None:
        self._part = part
        self._wishes = wishes
        self._written = written
        self._report = writing.report
        # where "id" is no name of a layer, running numbers of tokens have no place
        self._numbers = format.name not in _ROWS and "spans" not in format.holds
        self._scheme = wishes.scheme or ("IOB2" if "spans" in format.holds else None)
        self._schemes: dict[str, str] = {}
        self.layers = () if wishes.layers == (NO_LAYERS,) else wishes.layers
        if self._scheme is not None:
            self._schemes = _schemes(part, self.layers)

    def __iter__(self) -> Iterator[Sentence]:
        return (self._changed(sentence, self._report) for sentence in self._part)

    def quietly(self) -> Iterator[Sentence]:
        """Yields the same without remarks."""
        return (self._changed(sentence, _quiet) for sentence in self._part)

    def _changed(self, sentence: Sentence, report: Report) -> Sentence:
        names = self.layers if self._wishes.layers else tuple(sentence.tags)
        if NUMBER in names and not self._wishes.layers and not self._numbers:
            self._written.leave_out("running numbers of tokens")
            names = tuple(name for name in names if name != NUMBER)
        elif not self._wishes.layers and not self._schemes:
            return sentence
        tags = {}
        for name in names:
            if name not in sentence.tags:
                found = f"the layers {', '.join(sentence.tags) or 'none'}"
                raise CorpusError(sentence.place(), found, f"one named {name}")
            tags[name] = sentence.tags[name]
            if name in self._schemes:
                assert self._scheme is not None
                tags[name] = self._in_scheme(sentence, name, self._schemes[name], report)
        return dataclasses.replace(sentence, tags=tags)

    def _in_scheme(self, sentence: Sentence, layer: str, found: str, report: Report) -> list[str]:
        tags = sentence.tags[layer]
        for i, tag in enumerate(tags):
            if not schemes.is_span_tag(tag):
                raise CorpusError(sentence.place(i), f"tag {shown(tag)}", f"spans, in layer {layer}")
        assert self._scheme is not None
        for i in schemes.violations(tags, found):
            at = min(i, len(tags) - 1)
            before = f"after {tags[i - 1]}" if i else "at the start of a sentence"
            tag = tags[i] if i < len(tags) else "the end of the sentence"
            message = f"found {tag} {before}, which {found} does not allow; taken as a span of its own"
            report(Remark("tags out of scheme", sentence.place(at), message))
        return schemes.convert(tags, self._scheme)


def _schemes(part: Part, layers: Sequence[str]) -> dict[str, str]:
    """Finds the layers of spans of a split, and their schemes."""
    found: dict[str, LayerInventory] = {}
    for sentence in part:
        for name, tags in sentence.tags.items():
            if not layers or name in layers:
                found.setdefault(name, LayerInventory()).update(tags, sentence)
    known = {name: inventory.scheme() for name, inventory in found.items()}
    # a layer of nothing but O has no scheme, and needs none
    return {name: scheme for name, scheme in known.items() if scheme is not None}


def _partitioned(
    parts: Sequence[tuple[str, Part]], wishes: Wishes, writing: WriteOptions
) -> Iterator[tuple[str, Part]]:
    whole = _Chained([part for _, part in parts])
    partition = Partition(whole, wishes.shares, wishes.seed, whole.source)
    if not partition.by_document:
        message = "no documents are known (or too few): each sentence is split on its own"
        writing.report(Remark("splits by sentence", whole.source, message))
    for i in range(len(wishes.shares)):
        yield NAMES[i], _Selected(whole, partition, i)


class _Chained:
    """Several splits as one."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.source = parts[0].source
        self.path = parts[0].path
        self.layout = parts[0].layout

    def __iter__(self) -> Iterator[Sentence]:
        known = False  # that there are documents; no document runs from one split into the next
        for part in self._parts:
            for i, sentence in enumerate(part):
                if known and not i and not sentence.new_document:
                    sentence = dataclasses.replace(sentence, new_document=True)
                known = known or sentence.new_document
                yield sentence

    def sniff(self) -> Layout | None:
        """Returns the layout of the first one."""
        return self._parts[0].sniff()


class _Selected:
    """Some of the sentences of a split."""

    def __init__(self, whole: _Chained, partition: Partition, split: int) -> None:
        self._whole, self._partition, self._split = whole, partition, split
        self.source, self.path, self.layout = whole.source, whole.path, whole.layout

    def __iter__(self) -> Iterator[Sentence]:
        return self._partition.select(self._whole, self._split)

    def sniff(self) -> Layout | None:
        """Returns the layout of all."""
        return self._whole.sniff()


@contextlib.contextmanager
def _staged(output: Path | None, format: Format) -> Iterator[Path | None]:
    """Gives a place beside an output that takes its name at the end of the block."""
    if output is None or (output.exists() and not output.is_file() and not output.is_dir()):
        yield output  # standard output, a pipe or a device
        return
    if format.kind == FOLDER:
        with atomic_folder(output) as folder:
            folder.rmdir()  # the writer makes it anew, and it must not be there
            yield folder
        return
    if output.is_dir():
        raise CorpusError(str(output), "a directory", "the name of a file")
    target = Path(os.path.realpath(output))
    folder = temporary_beside(target)
    try:
        with writable(output):
            folder.mkdir(0o700)  # nobody else reads what is not finished
        yield folder / target.name
        take_rights(folder / target.name, target)
        (folder / target.name).replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_back(reading: ReadOptions, part: Part, format: str, layout: Layout | None) -> ReadOptions:
    """Returns options that read what was written; what they were for the source does not
    hold for the output, but for texts that are written as they were."""
    how = reading.tokenization
    if format == "brat" and not (isinstance(part, Split) and part.format == "brat"):
        how = Tokenization(WHITESPACE, LINES)
    return ReadOptions(
        separator=layout.separator if layout else None,
        tokenization=how,
        align=reading.align,
        nested=reading.nested,
        report=_quiet,
    )


def _quiet(remark: Remark) -> None:
    """Says nothing of what has been said already."""


def _content(sentence: Sentence) -> tuple[list[str], dict[str, list[str]]]:
    return sentence.tokens, sentence.tags


def _difference(meant: Sentence | None, found: Sentence, format: str) -> CorpusError:
    if meant is None:
        return CorpusError(found.place(), f"{shown(' '.join(found.tokens))} read back", "nothing more")
    if meant.tokens == found.tokens and meant.tags.keys() != found.tags.keys():
        layers, expected = ", ".join(found.tags) or "none", ", ".join(meant.tags) or "none"
        return CorpusError(meant.place(), f"the layers {layers} read back from {format}", expected)
    pairs = [(name, tags, found.tags.get(name, [])) for name, tags in meant.tags.items()]
    pairs = [("tokens", meant.tokens, found.tokens), *pairs]
    name, one, other = next(pair for pair in pairs if pair[1] != pair[2])
    differing = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    i = next(differing, min(len(one), len(other)))
    around = slice(max(0, i - 1), i + 2)
    back, expected = shown(" ".join(other[around])), shown(" ".join(one[around]))
    place = meant.place(min(i, len(meant.tokens) - 1))
    return CorpusError(place, f"{name} {back} read back from {format}", expected)
