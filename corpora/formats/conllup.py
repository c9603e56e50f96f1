"""CoNLL-U Plus: CoNLL-U with columns of any names, which the first line tells.

    # global.columns = ID FORM UPOS PARSEME:MWE

Every column but ID, FORM, LEMMA, HEAD, DEPREL, DEPS and MISC is a layer of tags. What is
kept beside them is kept as in CoNLL-U; a file without IDs is read as plain columns.
Source: universaldependencies.org/ext-format.html.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from corpora.errors import CorpusError, shown
from corpora.formats import columns, conllu
from corpora.formats.records import check_layers, with_tokens
from corpora.options import READ_DEFAULTS, WRITE_DEFAULTS, ReadOptions, WriteOptions
from corpora.sentence import Sentence, is_word_row

_HEADER = "# global.columns ="
_NO_LAYERS = frozenset(("ID", "FORM", "LEMMA", "HEAD", "DEPREL", "DEPS", "MISC"))
_FORM = 1


def read(lines: Iterable[str], source: str, options: ReadOptions = READ_DEFAULTS) -> Iterator[Sentence]:
    """Yields sentences from the lines of a CoNLL-U Plus file.

    Raises:
        CorpusError: there is no header, or a line that does not fit it.
    """
    iterator = iter(lines)
    header = next(iterator, None)
    if header is None:
        return
    if not header.startswith(_HEADER):
        raise CorpusError(f"{source}:1", shown(header), f"{_HEADER} NAME NAME …")
    names = header[len(_HEADER) :].split()
    if names and "ID" not in names:
        yield from columns.read(itertools.chain([header], iterator), source, options)
        return
    if names[:2] != ["ID", "FORM"] or len(set(map(_layer, names))) != len(names):
        raise CorpusError(
            f"{source}:1", f"the columns {' '.join(names)}", "ID FORM and different others"
        )
    layers = {_layer(name): i for i, name in enumerate(names) if name not in _NO_LAYERS}
    # an empty line in place of the header keeps the numbers of the others
    rest = itertools.chain([""], iterator)
    for sentence in conllu.blocks(rest, source, options, len(names), layers):
        assert sentence.record is not None
        sentence.record = (*sentence.record, "\t".join(names))  # so that its rows can be told
        yield sentence


def write(sentences: Iterable[Sentence], options: WriteOptions = WRITE_DEFAULTS) -> Iterator[str]:
    """Yields the text of sentences in CoNLL-U Plus: the columns they were read from
    (all ten where it was CoNLL-U), then those of further layers.

    Raises:
        CorpusError: a token or tag cannot stand in such a file.
    """
    names: list[str] = []
    layers: list[str] = []
    for sentence in with_tokens(sentences, options, "CoNLL-U"):
        rows, kept = conllu.kept_rows(sentence)
        beside = [name for name in kept if name in _NO_LAYERS]
        if not names:
            layers = list(sentence.tags)
            names = _columns(sentence, kept)
            yield f"{_HEADER} {' '.join(names)}\n"
        elif not set(beside) <= set(names):
            raise CorpusError(sentence.place(), f"the columns {' '.join(kept)}", " ".join(names))
        check_layers(sentence, layers)
        yield from conllu.comment_lines(sentence)
        yield from _written(sentence, rows, kept, names)
        yield "\n"


def _layer(name: str) -> str:
    return columns.NER if name == "NER" else name


def _name(layer: str) -> str:
    return "NER" if layer == columns.NER else layer


def _columns(sentence: Sentence, kept: Sequence[str]) -> list[str]:
    """Names the columns: those that were read, without layers that are gone, and new ones."""
    names = [name for name in kept if name in _NO_LAYERS or _layer(name) in sentence.tags]
    for layer in sentence.tags:
        name = _name(layer)
        if name in _NO_LAYERS or _layer(name) != layer or name.split() != [name]:
            raise CorpusError(
                sentence.place(), f"a layer named {shown(layer)}", "a name that a header can hold"
            )
        if name not in names and layer not in names:
            names.append(name)
    return names


def _written(
    sentence: Sentence, rows: Sequence[str], kept: Sequence[str], names: Sequence[str]
) -> Iterator[str]:
    token = 0
    for row in rows:
        cells = [row] if row.startswith("#") else conllu.with_columns(row, kept, names)
        if is_word_row(row):
            cells[_FORM] = sentence.tokens[token]
            for i, name in enumerate(names):
                if name not in _NO_LAYERS:
                    cells[i] = sentence.tags[_layer(name)][token]
            yield conllu.joined(cells, sentence, token)
            token += 1
        else:
            yield "\t".join(cells) + "\n"
