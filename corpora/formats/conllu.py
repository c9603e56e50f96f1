"""CoNLL-U: ten tab-separated columns, as Universal Dependencies are published.

UPOS, XPOS and FEATS become layers of tags; one token is one syntactic word. All
that stands beside them (lemmas, trees, multiword-token ranges, empty nodes) is kept
as the lines it was read from, and written again byte for byte. Further layers are
written into MISC as LAYER=TAG; where the layers are others than those three, a line
`# global.layers = UPOS ner` before the first sentence says which they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from corpora.errors import CorpusError, shown
from corpora.formats.records import check_layers, with_tokens
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, Remark, WriteOptions
from corpora.sentence import Sentence, align, is_word_row

NAMES = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
LAYERS = {"UPOS": 3, "XPOS": 4, "FEATS": 5}
_FORM, _MISC = 1, 9
_EMPTY = "_"
_TEXT = re.compile(r"#\s*text\s*=\s?(.*)")
_GLOBAL_LAYERS = re.compile(r"# global\.layers =(.*)")
_ID = re.compile(r"[0-9]{1,9}(?:[-.][0-9]{1,9})?")


def read(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields sentences from the lines of a CoNLL-U file.

    Raises:
        CorpusError: a line has not ten columns, or an ID out of order.
    """
    layers = list(LAYERS)
    for sentence in blocks(lines, source, options, len(NAMES), LAYERS):
        declared = next((m for m in map(_GLOBAL_LAYERS.match, sentence.comments) if m), None)
        if declared:
            layers = declared[1].split()
            sentence.comments = tuple(c for c in sentence.comments if c != declared[0])
        if layers != list(LAYERS):
            _take_layers(sentence, layers)
        yield sentence


def write(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields the text of sentences in CoNLL-U.

    Raises:
        CorpusError: a token or tag cannot stand in a CoNLL-U file.
    """
    layers: list[str] | None = None
    for sentence in with_tokens(sentences, options, "CoNLL-U"):
        if layers is None:
            layers = list(sentence.tags)
            if layers != list(LAYERS):
                yield _declaration(sentence, layers)
        check_layers(sentence, layers)
        yield from comment_lines(sentence)
        yield from _rows(sentence)
        yield "\n"


def blocks(
    lines: Iterable[str],
    source: str,
    options: ReadOptions,
    width: int,
    layers: Mapping[str, int],
) -> Iterator[Sentence]:
    """Yields sentences from rows of which the first cell is an ID, the second a form.

    Args:
        width: number of columns.
        layers: layer → its column, counted from 0.
    """
    rows: list[str] = []
    comments: list[str] = []
    first = number = 0
    words = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            if rows:
                yield _sentence(rows, comments, source, first, layers)
                rows, comments, words = [], [], 0
            continue
        if line.startswith("#"):
            (rows if rows else comments).append(line)
            continue
        cells = line.split("\t")
        if len(cells) != width:
            raise CorpusError(
                f"{source}:{number}", f"{len(cells)} column" + "s" * (len(cells) != 1), f"{width}"
            )
        if not _ID.fullmatch(cells[0]) or (cells[0].isdigit() and int(cells[0]) != words + 1):
            raise CorpusError(
                f"{source}:{number}",
                f"ID {shown(cells[0])}",
                f"{words + 1} or a range or empty node",
            )
        words += cells[0].isdigit()
        if not rows:
            first = number
        rows.append(line)
    if rows:
        yield _sentence(rows, comments, source, first, layers)
    elif comments:
        message = "a comment without a sentence is left out"
        options.report(Remark("comments left out", f"{source}:{number}", message))


def _sentence(
    rows: list[str], comments: list[str], source: str, first: int, layers: Mapping[str, int]
) -> Sentence:
    words = [row.split("\t") for row in rows if is_word_row(row)]
    text = next((m[1] for m in map(_TEXT.match, comments) if m), None)
    offsets = _offsets(rows, text) if text is not None else None
    return Sentence(
        tokens=[word[_FORM] for word in words],
        tags={name: [word[i] for word in words] for name, i in layers.items()},
        text=text if offsets is not None else None,
        offsets=offsets,
        comments=tuple(comments),
        new_document=any(c.startswith("# newdoc") for c in comments),
        source=source,
        line=first,
        record=tuple(rows),
    )


def _offsets(rows: list[str], text: str) -> list[tuple[int, int]] | None:
    """Aligns words with the text; the words of a range share its range of characters
    where they are not written out in it ("du" = "de" + "le")."""
    surfaces: list[tuple[str, list[str]]] = []
    last = 0
    for row in rows:
        if row.startswith("#"):
            continue
        number, form = row.split("\t", 2)[:2]
        if "-" in number:
            last = int(number.partition("-")[2])
            surfaces.append((form, []))
        elif number.isdigit():
            if int(number) > last:
                surfaces.append((form, [form]))
            else:
                surfaces[-1][1].append(form)
    ranges = align([surface for surface, _ in surfaces], text)
    if ranges is None:
        return None
    offsets: list[tuple[int, int]] = []
    for (surface, words), (start, end) in zip(surfaces, ranges, strict=True):
        inner = align(words, surface) or [(0, end - start)] * len(words)
        offsets += [(start + a, start + b) for a, b in inner]
    return offsets


def _take_layers(sentence: Sentence, layers: Sequence[str]) -> None:
    """Gives a sentence the layers declared, taking those it has no column for from MISC."""
    rows = []
    found: dict[str, list[str]] = {name: [] for name in layers if name not in LAYERS}
    for row in sentence.record or ():
        if is_word_row(row) and found:
            cells = row.split("\t")
            items = dict.fromkeys(cells[_MISC].split("|"))
            for name, tags in found.items():
                item = next((item for item in items if item.startswith(f"{name}=")), None)
                if item is None:
                    place = sentence.place(len(tags))
                    raise CorpusError(place, f"MISC {shown(cells[_MISC])}", f"{name}=TAG in it")
                tags.append(item[len(name) + 1 :])
                del items[item]
            cells[_MISC] = "|".join(items) or _EMPTY
            row = "\t".join(cells)
        rows.append(row)
    sentence.record = tuple(rows)
    sentence.tags = {name: found[name] if name in found else sentence.tags[name] for name in layers}


def comment_lines(sentence: Sentence) -> Iterator[str]:
    """Yields the comments of a sentence as lines, with its text among them.

    Raises:
        CorpusError: a comment is none that CoNLL-U can hold.
    """
    if sentence.new_document and not any(c.startswith("# newdoc") for c in sentence.comments):
        yield "# newdoc\n"
    for comment in sentence.comments:
        if _GLOBAL_LAYERS.match(comment):  # other layers than here
            continue
        if not comment.startswith("#") or "\n" in comment or comment.endswith("\r"):
            raise CorpusError(
                sentence.place(), f"comment {shown(comment)}", "one line that begins with #"
            )
        yield comment + "\n"
    has_text = any(map(_TEXT.match, sentence.comments))
    if sentence.text is not None and not has_text and not re.search(r"[\r\n]", sentence.text):
        yield f"# text = {sentence.text}\n"


def kept_rows(sentence: Sentence) -> tuple[list[str], Sequence[str]]:
    """Returns the rows that a sentence was read from and the names of their columns; new
    rows of ID and FORM where it was read from another format, or has other tokens now."""
    rows = list(sentence.record or ())
    names: Sequence[str] = NAMES
    if rows and rows[-1].startswith(NAMES[0]):  # so CoNLL-U Plus keeps what its columns are
        names = rows.pop().split("\t")
    if _has_rows(sentence):
        return rows, names
    return [f"{i}\t{_EMPTY}" for i in range(1, len(sentence) + 1)], NAMES[:2]


def _has_rows(sentence: Sentence) -> bool:
    """Tells whether a sentence was read from rows, one for each of its tokens."""
    return sum(map(is_word_row, sentence.record or ())) == len(sentence)


def with_columns(row: str, have: Sequence[str], names: Sequence[str]) -> list[str]:
    """Returns the cells of a row in columns of these names, empty ones where it has none."""
    cells = dict(zip(have, row.split("\t"), strict=True))
    return [cells.get(name, _EMPTY) for name in names]


def joined(cells: list[str], sentence: Sentence, token: int) -> str:
    """Returns a row as a line.

    Raises:
        CorpusError: a cell is empty or holds a tab or line break.
    """
    for i, cell in enumerate(cells):
        if not cell or any(mark in cell for mark in "\t\n\r"):
            found = f"token {shown(cells[_FORM])}"
            if i != _FORM:
                found = f"tag {shown(cell)} of the {found}"
            raise CorpusError(sentence.place(token), found, "neither empty nor with a tab or line break")
    return "\t".join(cells) + "\n"


def _declaration(sentence: Sentence, layers: Sequence[str]) -> str:
    for name in layers:
        if not name or re.search(r"[\s|=]", name):
            raise CorpusError(sentence.place(), f"a layer named {shown(name)}", "no space, | or = in it")
    return f"# global.layers = {' '.join(layers)}".rstrip() + "\n"


def _rows(sentence: Sentence) -> Iterator[str]:
    further = [name for name in sentence.tags if name not in LAYERS]
    touching = _touching(sentence)
    token = 0
    rows, names = kept_rows(sentence)
    for row in rows:
        cells = [row] if row.startswith("#") else with_columns(row, names, NAMES)
        if not is_word_row(row):
            yield "\t".join(cells) + "\n"
            continue
        cells[_FORM] = sentence.tokens[token]
        for name, column in LAYERS.items():
            cells[column] = sentence.tags[name][token] if name in sentence.tags else _EMPTY
        if token in touching:
            cells[_MISC] = "SpaceAfter=No"
        if further:
            cells[_MISC] = _with_layers(cells[_MISC], further, sentence, token)
        yield joined(cells, sentence, token)
        token += 1


def _touching(sentence: Sentence) -> set[int]:
    """Finds the tokens without a space after them, where no row says so already."""
    if _has_rows(sentence) or sentence.text is None or sentence.offsets is None:
        return set()
    offsets = sentence.offsets
    return {i for i in range(len(offsets) - 1) if offsets[i][1] == offsets[i + 1][0]}


def _with_layers(misc: str, layers: Sequence[str], sentence: Sentence, token: int) -> str:
    added = [f"{name}={sentence.tags[name][token]}" for name in layers]
    if any("|" in item for item in added):
        raise CorpusError(sentence.place(token), f"tag {shown(' '.join(added))}", "one without |")
    kept = [i for i in misc.split("|") if i != _EMPTY and i.partition("=")[0] not in layers]
    return "|".join(kept + added)
