"""CoNLL-U: ten tab-separated columns, as Universal Dependencies are published.

UPOS, XPOS and FEATS become layers of tags; one token is one syntactic word. All
that stands beside them (lemmas, trees, multiword-token ranges, empty nodes) is kept
as the lines it was read from, and written again byte for byte. Further layers are
written into MISC as LAYER=TAG.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corpora.errors import CorpusError, shown
from corpora.sentence import Sentence, align, is_word_row

LAYERS = {"UPOS": 3, "XPOS": 4, "FEATS": 5}
_WIDTH = 10
_FORM, _MISC = 1, 9
_TEXT = re.compile(r"#\s*text\s*=\s?(.*)")
_ID = re.compile(r"[0-9]{1,9}(?:[-.][0-9]{1,9})?")


def read(lines: Iterable[str], source: str) -> Iterator[Sentence]:
    """Yields sentences from the lines of a CoNLL-U file.

    Raises:
        CorpusError: a line has not ten columns, or an ID out of order.
    """
    rows: list[str] = []
    comments: list[str] = []
    first = 0
    words = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            if rows:
                yield _sentence(rows, comments, source, first)
                rows, comments, words = [], [], 0
            continue
        if line.startswith("#"):
            (rows if rows else comments).append(line)
            continue
        cells = line.split("\t")
        if len(cells) != _WIDTH:
            raise CorpusError(
                f"{source}:{number}", f"{len(cells)} column" + "s" * (len(cells) != 1), f"{_WIDTH}"
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
        yield _sentence(rows, comments, source, first)


def write(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Yields the text of sentences in CoNLL-U.

    Raises:
        CorpusError: a token or tag cannot stand in a CoNLL-U file.
    """
    for sentence in sentences:
        if sentence.tokens:
            yield from _comments(sentence)
            yield from _rows(sentence)
            yield "\n"


def _sentence(rows: list[str], comments: list[str], source: str, first: int) -> Sentence:
    words = [row.split("\t") for row in rows if is_word_row(row)]
    text = next((m[1] for m in map(_TEXT.match, comments) if m), None)
    offsets = _offsets(rows, text) if text is not None else None
    return Sentence(
        tokens=[word[_FORM] for word in words],
        tags={name: [word[i] for word in words] for name, i in LAYERS.items()},
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


def _comments(sentence: Sentence) -> Iterator[str]:
    if sentence.new_document and not any(c.startswith("# newdoc") for c in sentence.comments):
        yield "# newdoc\n"
    for comment in sentence.comments:
        if not comment.startswith("#") or "\n" in comment or comment.endswith("\r"):
            raise CorpusError(
                sentence.place(), f"comment {shown(comment)}", "one line that begins with #"
            )
        yield comment + "\n"
    if sentence.comments:
        return
    if sentence.text is not None and not re.search(r"[\r\n]", sentence.text):
        yield f"# text = {sentence.text}\n"


def _rows(sentence: Sentence) -> Iterator[str]:
    rows = sentence.record or ()
    if sum(map(is_word_row, rows)) != len(sentence):  # of another format, or of other tokens
        rows = ()
    further = [name for name in sentence.tags if name not in LAYERS]
    template = iter(rows) if rows else (f"{i}" + "\t_" * 9 for i in range(1, len(sentence) + 1))
    token = 0
    for row in template:
        if not is_word_row(row):
            yield row + "\n"
            continue
        cells = row.split("\t")
        cells[_FORM] = sentence.tokens[token]
        for name, column in LAYERS.items():
            if name in sentence.tags:
                cells[column] = sentence.tags[name][token]
        if further:
            added = [f"{name}={sentence.tags[name][token]}" for name in further]
            if any("|" in item for item in added):
                raise CorpusError(
                    sentence.place(token), f"tag {shown(' '.join(added))}", "one without |"
                )
            kept = [
                item
                for item in cells[_MISC].split("|")
                if item != "_" and item.partition("=")[0] not in further
            ]
            cells[_MISC] = "|".join(kept + added)
        if not all(cells) or any(mark in cell for cell in cells for mark in "\t\n\r"):
            raise CorpusError(
                sentence.place(token),
                f"token {shown(cells[_FORM])} with tags {shown(' '.join(cells[3:6]))}",
                "neither empty nor with a tab or line break",
            )
        yield "\t".join(cells) + "\n"
        token += 1
