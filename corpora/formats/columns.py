"""CoNLL columns: one token a line, a blank line after each sentence.

    Ada      NNP   B-PER
    sleeps   VBZ   O

The separator and the meaning of the columns are declared, or found from the first
lines: a tab, or else spaces; the form first (or second, behind a running number);
names of the others from a line `# global.columns = FORM UPOS NER` or from what they
hold. A line of `-DOCSTART-` is a document boundary. A line that begins with `#` is
a comment only before the first token of a sentence and only where it cannot be a
token: "#nlp" and "#" are tokens, "# text = …" is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller

from corpora.errors import CorpusError, shown
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.schemes import holds_spans
from corpora.sentence import Sentence

DOCSTART = "-DOCSTART-"
FORM = "form"
NUMBER = "id"
NER = "ner"

_UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
UPOS_TAGS = frozenset(_UPOS.split())

_HEADER = re.compile(r"# +global\.columns\s*=\s*(.+)")
_COMMENT = re.compile(r"#+ +\S")
_SPACES = re.compile(" +")
_SNIFFED_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a file are.

    Attributes:
        separator: "\\t", " " (a run of spaces) or any other string.
        names: a name for each column; "form" is the token, "id" a running number,
            every other one a layer of tags.
        header: the names stand in the file, in a `# global.columns` line.
    """

    separator: str
    names: tuple[str, ...]
    header: bool = False

    def __post_init__(self) -> None:
        if not self.separator:
            raise CorpusError("separator", "an empty one", "a tab, a space or another mark")
        if self.names.count(FORM) != 1 or len(set(self.names)) != len(self.names):
            raise CorpusError("columns", ", ".join(self.names), f"different names, one of them {FORM!r}")

    def split(self, line: str) -> list[str]:
        """Returns the columns of a line."""
        if self.separator == " ":
            return _SPACES.split(line.rstrip(" "))
        return line.split(self.separator)


def sniff(
    lines: Iterable[str], source: str, separator: str | None = None, columns: str | None = None
) -> tuple[Layout, Iterator[str]]:
    """Finds the layout of a file from its first 20,000 lines.

    Args:
        lines: the lines, without their ends.
        source: the file's name, for messages.
        separator: declared separator, or None.
        columns: declared columns, "form=2,ner=4" (counted from 1) or, where the file
            has a header, "form=FORM,ner=NER"; None to find them.

    Returns:
        The layout, and all lines again (those looked at are put back).

    Raises:
        CorpusError: the declared columns are not there.
    """
    iterator = iter(lines)
    head = list(itertools.islice(iterator, _SNIFFED_LINES))
    return _layout(head, source, separator, columns), itertools.chain(head, iterator)


def read(
    lines: Iterable[str],
    source: str,
    options: ReadOptions = READ_DEFAULTS,
    layout: Layout | None = None,
) -> Iterator[Sentence]:
    """Yields sentences from lines of columns.

    Args:
        layout: where it is known already; None to find it as the options say.

    Raises:
        CorpusError: a line has fewer or more columns than the layout says.
    """
    if layout is None:
        layout, lines = sniff(lines, source, options.separator, options.columns)
    width = len(layout.names)
    form = layout.names.index(FORM)
    blank = " \t" + layout.separator
    rows: list[list[str]] = []
    comments: list[str] = []
    first = 0
    new_document = False

    def sentence() -> Sentence:
        columns = list(zip(*rows, strict=True))
        return Sentence(
            tokens=list(columns[form]),
            tags={name: list(c) for name, c in zip(layout.names, columns, strict=True) if name != FORM},
            comments=tuple(comments),
            new_document=new_document or any(c.startswith("# newdoc") for c in comments),
            source=source,
            line=first,
        )

    split = layout.split if layout.separator == " " else methodcaller("split", layout.separator)
    for number, line in enumerate(lines, 1):
        if not line or not line.strip(blank):
            if rows:
                yield sentence()
                rows, comments, new_document = [], [], False
            continue
        if line.startswith("#") and not rows and _is_comment(line, layout):
            if not (layout.header and _HEADER.match(line)):
                comments.append(line)
            continue
        row = split(line)
        if DOCSTART in line and DOCSTART in (row[0], row[form if form < len(row) else 0]):
            if rows:
                yield sentence()
                rows, comments = [], []
            new_document = True
            continue
        if len(row) != width:
            raise CorpusError(f"{source}:{number}", _counted(len(row)), f"{width}")
        if not rows:
            first = number
        rows.append(row)
    if rows:
        yield sentence()
    elif comments:
        place = f"{source}:{number}"
        options.report(Remark("comments left out", place, "a comment without a sentence is left out"))


def write(
    sentences: Iterable[Sentence],
    options: WriteOptions = WRITE_DEFAULTS,
    layout: Layout | None = None,
) -> Iterator[str]:
    """Yields the text of sentences as columns.

    Args:
        sentences: all with the same layers; one without tokens is left out and reported.
        layout: separator and order of the columns; without one, tab-separated form
            and layers in the order of the first sentence. Layers that the layout
            does not name follow its columns.

    Raises:
        CorpusError: a token or tag cannot stand in a column file.
    """
    names: tuple[str, ...] = ()
    for sentence in sentences:
        if not sentence.tokens:
            message = "a sentence without tokens cannot stand in columns and is left out"
            options.report(Remark("empty sentences left out", sentence.place(), message))
            continue
        if FORM in sentence.tags:
            raise CorpusError(sentence.place(), f"a layer named {FORM}", "another name for tags")
        if not names:
            names = tuple(dict.fromkeys((*(layout.names if layout else (FORM,)), *sentence.tags)))
            layout = Layout(layout.separator if layout else "\t", names, bool(layout and layout.header))
            if layout.header:
                yield _header(layout, sentence)
        assert layout is not None
        comments = [c for c in sentence.comments if not _HEADER.match(c)]  # other columns than here
        for comment in comments:
            if not _is_comment(comment, layout) or "\n" in comment or comment.endswith("\r"):
                raise CorpusError(
                    sentence.place(),
                    f"comment {shown(comment)}",
                    "one that columns can tell from a token",
                )
        if sentence.new_document and not any(c.startswith("# newdoc") for c in comments):
            yield layout.separator.join([DOCSTART] + ["O"] * (len(names) - 1)) + "\n\n"
        yield "".join([f"{comment}\n" for comment in comments] + [_rows(sentence, layout), "\n"])


def _header(layout: Layout, sentence: Sentence) -> str:
    written = " ".join(map(_header_name, layout.names))
    if tuple(map(_known_name, written.split())) != layout.names:
        raise CorpusError(
            sentence.place(),
            f"layers {shown(', '.join(layout.names))}",
            "names that a header can hold",
        )
    return f"# global.columns = {written}\n"


def _rows(sentence: Sentence, layout: Layout) -> str:
    columns = []
    for name in layout.names:
        column = sentence.tokens if name == FORM else sentence.tags.get(name)
        if column is None:
            raise CorpusError(sentence.place(), f"no layer {name}", "the layers of the first sentence")
        columns.append(column)
    if sentence.tags.keys() - set(layout.names):
        extra = ", ".join(sorted(sentence.tags.keys() - set(layout.names)))
        raise CorpusError(sentence.place(), f"the further layer {extra}", "those of the first sentence")
    text = "\n".join(map(layout.separator.join, zip(*columns, strict=True)))
    if _is_harmless(text, columns, layout):
        return f"{text}\n"
    lines = []
    for i, row in enumerate(zip(*columns, strict=True)):
        line = layout.separator.join(row)
        if "\n" in line or line.endswith("\r") or layout.split(line) != list(row):
            raise CorpusError(
                sentence.place(i),
                f"token or tag {shown(line)}",
                "one that holds no separator and no line break",
            )
        if not line.strip(" \t" + layout.separator):
            raise CorpusError(sentence.place(i), "a token and tags that are all empty", "a tag")
        if DOCSTART in (row[0], row[layout.names.index(FORM)]) or (i == 0 and _is_comment(line, layout)):
            raise CorpusError(
                sentence.place(i),
                f"token {shown(row[0])}",
                "one that columns can tell from a comment",
            )
        lines.append(line + "\n")
    return "".join(lines)


def _is_harmless(text: str, columns: Sequence[Sequence[str]], layout: Layout) -> bool:
    """Tells at one look, of a sentence as it would be written, that it can be; where it
    does not, each line has to be looked at."""
    separators = len(columns[0]) * (len(columns) - 1)
    return (
        len(layout.separator) == 1
        and text.count(layout.separator) == separators
        and text.count("\n") == len(columns[0]) - 1
        and "\r" not in text
        and DOCSTART not in text
        and not text.startswith("#")
        and all(map(all, columns))  # no empty cell
        and all(map(str.strip, columns[0]))
    )


def _is_comment(line: str, layout: Layout) -> bool:
    if layout.separator == " ":  # "# NN" is the token "#"
        return line.startswith("#") and len(layout.split(line)) != len(layout.names)
    return _COMMENT.match(line) is not None


def _counted(columns: int) -> str:
    return f"{columns} column" + "s" * (columns != 1)


def _layout(head: list[str], source: str, separator: str | None, columns: str | None) -> Layout:
    header = next((m[1].split() for m in map(_HEADER.match, head[:50]) if m), None)
    lines = [(n, line) for n, line in enumerate(head, 1) if line.strip(" \t")]
    content = [line for _, line in lines if not _COMMENT.match(line) and DOCSTART not in line]
    if separator is None:
        spaced = bool(content) and "\t" not in content[0] and any(" " in c.strip() for c in content)
        separator = " " if spaced else "\t"
        if separator == " ":  # "# NN" in a file without tabs is a token, not a comment
            content = [line for _, line in lines if DOCSTART not in line]
    probe = Layout(separator, (FORM,))
    rows = [probe.split(line) for line in content]
    if header is not None:
        width = len(header)
    elif separator == " " and rows:
        width = len(next((r for r in rows if not r[0].startswith("#")), rows[0]))
    else:
        width = len(rows[0]) if rows else 1
    rows = [row for row in rows if len(row) == width]
    if columns is not None:
        return Layout(separator, _declared(columns, width, header, source), header is not None)
    if header is not None:
        try:
            return Layout(separator, tuple(map(_known_name, header)), True)
        except CorpusError as error:
            raise CorpusError(f"{source}: # global.columns", error.found, error.expected) from error
    return Layout(separator, _guessed(rows, width))


def _known_name(name: str) -> str:
    return {"FORM": FORM, "ID": NUMBER, "NER": NER}.get(name, name)


def _header_name(name: str) -> str:
    return {FORM: "FORM", NUMBER: "ID", NER: "NER"}.get(name, name)


def _declared(columns: str, width: int, header: list[str] | None, source: str) -> tuple[str, ...]:
    names = [f"column{i + 1}" for i in range(width)]
    places = {str(i + 1): i for i in range(width)} | {name: i for i, name in enumerate(header or ())}
    for item in columns.split(","):
        name, _, where = item.partition("=")
        if where not in places:
            raise CorpusError(
                source, f"columns {shown(item)}", f"NAME=NUMBER, the number from 1 to {width}"
            )
        names[places[where]] = name.strip()
    return tuple(names)


def _guessed(rows: list[list[str]], width: int) -> tuple[str, ...]:
    """Names columns from what they hold."""
    names = [f"column{i + 1}" for i in range(width)]
    numbered = width > 1 and bool(rows) and all(row[0].isdigit() for row in rows) and rows[0][0] in "01"
    form = 1 if numbered else 0
    names[form] = FORM
    if numbered:
        names[0] = NUMBER
    values = [{row[i] for row in rows} for i in range(width)]
    layers = range(form + 1, width)
    spans = [i for i in layers if holds_spans(values[i]) or values[i] == {"O"}]
    if spans:  # behind a running number the first, else (CoNLL-2003) the last column
        names[spans[0] if numbered else spans[-1]] = NER
    for i in layers:
        if names[i] != NER and values[i] and values[i] <= UPOS_TAGS and "UPOS" not in names:
            names[i] = "UPOS"
    if width == 2 and names[1] == "column2":
        names[1] = "tag"
    return tuple(names)
