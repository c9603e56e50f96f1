"""The real corpora of the folder that TAGGER_CORPORA names: checked, converted, and back."""

import itertools
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from corpora import Sentence, load_corpus, schemes
from corpora.checking import check
from corpora.conversion import Wishes, convert
from corpora.corpus import Corpus, Part
from corpora.errors import CorpusError
from corpora.findings import ERROR, Check
from corpora.formats.columns import FORM, NUMBER, Layout
from corpora.formats.table import FORMATS
from corpora.options import ReadOptions, Remark, WriteOptions
from corpora.splits import Split
from corpora.tokenization import make_tokenization

from . import test_shared_corpora
from .conversions import needs
from .test_shared_corpora import FOLDER, LAYOUTS, SPLITS, TYPES, table

pytestmark = test_shared_corpora.pytestmark

# Of each corpus, the first sentences of its dev set and the first of each kind of odd ones
# go through every format: all of them through all would take minutes. Whole corpora go
# through one format each, below, and all of them are checked.
FIRST, ODD = 100, 30
SPANS = ("prodigy", "doccano", "label-studio", "brat", "docbin")
TABLES = ("csv", "tsv", "parquet")
INVALID = "6707: found I-PER after B-OTH, which IOB2 does not allow; taken as a span of its own"


def split_of(corpus: str, name: str) -> Split:
    split = dict(load_corpus(str(FOLDER / corpus)).splits())[name]
    assert isinstance(split, Split)
    return split


KINDS: dict[str, Callable[[str], bool]] = {
    "empty": lambda token: not token,
    "spaces": lambda token: " " in token,
    "invisible": lambda token: not token.isprintable(),
    "composed": lambda token: not unicodedata.is_normalized("NFC", token),
    "marks": lambda token: token.startswith(("#", "-")),
    "addresses": lambda token: token.startswith("http"),
    "long": lambda token: len(token) > 60,
}


class Some:
    """Some of the sentences of a split."""

    def __init__(self, split: Split) -> None:
        self.source, self.path, self.layout = split.source, split.path, split.sniff()
        self.sentences = []
        odd = Counter[str]()
        for i, sentence in enumerate(split):
            kinds = {kind for kind, has in KINDS.items() if any(map(has, sentence.tokens))}
            if schemes.violations(sentence.tags.get("ner", []), "IOB2"):
                kinds.add("invalid")
            odd.update(kinds)
            if i < FIRST or any(odd[kind] <= ODD for kind in kinds):
                self.sentences.append(sentence)

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self.sentences)

    def sniff(self) -> Layout | None:
        return self.layout


@cache
def some(corpus: str) -> Some:
    return Some(split_of(corpus, "dev"))


def converted(part: Part, output: Path, **wishes: object) -> list[str]:
    """Converts a split and returns what was said of it."""
    said: list[Remark] = []
    writing = WriteOptions(report=said.append)
    convert(Corpus("", part), output, Wishes(**wishes), ReadOptions(), writing)  # type: ignore[arg-type]
    return list(map(str, said))


def opened(path: Path, format: str) -> Split:
    """Opens what was written; of brat's texts one has to know how they are split."""
    said: list[Remark] = []
    how = make_tokenization("whitespace" if format == "brat" else None)
    return Split(path, format, ReadOptions(tokenization=how, report=said.append))


NO_EMPTY = "22918: found token '', expected neither empty nor with a tab or line break"
NO_SPACES = "expected one without spaces, which part tokens in brat"
CANNOT = {
    ("btc", "conllu"): NO_EMPTY,
    ("btc", "conllup"): NO_EMPTY,
    ("btc", "brat"): f"22881: found the token '', {NO_SPACES}",
    ("btc", "docbin"): "22881: found an empty token, expected none (spaCy has no room for it)",
    ("klue-ner", "brat"): f"7: found the token ' ', {NO_SPACES}",
}
NO_POS = "found tag {!r} in layer UPOS, expected spans; choose layers of them (--layers)"


def layers_for(format: str, corpus: str) -> tuple[str, ...]:
    """Returns the layers of a corpus that a format can hold; none for all."""
    if format in SPANS:
        return ("ner",) if corpus in TYPES else ("UPOS", "XPOS")
    layout = LAYOUTS[corpus]
    if format in TABLES and layout is not None and NUMBER in layout.names:
        return tuple(name for name in layout.names if name not in (NUMBER, FORM))
    return ()


def refusal(format: str, corpus: str) -> str:
    """Returns the message where a format cannot hold a corpus, else ""."""
    part = some(corpus)
    if format in SPANS and format != "docbin" and corpus not in TYPES:
        first = part.sentences[0]
        return f"{first.place()}: {NO_POS.format(first.tags['UPOS'][0])}"
    reason = CANNOT.get((corpus, format))
    return f"{part.source}:{reason}" if reason else ""


@pytest.mark.parametrize("format", [name for name, row in FORMATS.items() if row.tagged])
@pytest.mark.parametrize("corpus", LAYOUTS)
def test_there_and_back(tmp_path: Path, corpus: str, format: str) -> None:
    needs(format)
    part, row = some(corpus), FORMATS[format]
    there, back = tmp_path / f"there{row.suffix}", tmp_path / "back"
    layers = layers_for(format, corpus)
    if message := refusal(format, corpus):
        with pytest.raises(CorpusError) as caught:
            # several layers are too many for these formats, whatever they hold
            converted(part, there, format=format, layers=layers[:1])
        assert str(caught.value) == message
        assert list(tmp_path.iterdir()) == []
        return
    said = converted(part, there, format=format, layers=layers, verify=False)
    invalid = corpus == "uner-croatian-set" and format in SPANS
    assert said == ([f"{part.source}:{INVALID}"] if invalid else [])
    target = "conll" if corpus in TYPES else "conllu"
    scheme = "IOB1" if corpus == "wikigold" and format in SPANS else None
    again = opened(there, format)
    assert converted(again, back, format=target, scheme=scheme, verify=False) == []
    found = list(opened(back, target))
    assert len(found) == len(part.sentences)
    for sentence, expected in zip(found, part, strict=True):
        tags = {name: expected.tags[name] for name in layers or expected.tags}
        if invalid:
            tags = {"ner": schemes.convert(tags["ner"], "IOB2")}
        assert (sentence.tokens, sentence.tags) == (expected.tokens, tags)
        assert sentence.new_document or not expected.new_document
        if format != "brat":  # each of its texts is a document
            assert sentence.new_document == expected.new_document
        if "comments" in row.holds and format not in ("csv", "tsv"):
            assert without_newdoc(sentence) == without_newdoc(expected)
            if target == "conllu" and "text" in row.holds:
                assert (sentence.text, sentence.offsets) == (expected.text, expected.offsets)


def without_newdoc(sentence: Sentence) -> list[str]:
    """Returns the comments, without the one that says what `-DOCSTART-` says in columns."""
    return [comment for comment in sentence.comments if comment != "# newdoc"]


@pytest.mark.parametrize(
    ("corpus", "format", "message"),
    [
        (
            "ud-english-ewt",
            "docbin",
            "650: found tag 'Number=Ptan|NumForm=Combi|NumType=Card' in layer FEATS, expected"
            " NumForm=Combi|NumType=Card|Number=Ptan, as spaCy writes it",
        ),
        (
            "ud-lithuanian-alksnis",
            "docbin",
            "381: found tag 'Case=Acc|Gender=Masc|Number=Plur|NumForm=Word|NumType=Card' in layer FEATS,"
            " expected Case=Acc|Gender=Masc|NumForm=Word|NumType=Card|Number=Plur, as spaCy writes it",
        ),
        (
            "uner-croatian-set",
            "doccano",
            "5: found tag '-' in layer column5, expected spans; choose layers of them (--layers)",
        ),
    ],
)
def test_layers_that_a_format_cannot_hold(
    tmp_path: Path, corpus: str, format: str, message: str
) -> None:
    needs(format)
    split = split_of(corpus, "dev")
    with pytest.raises(CorpusError) as caught:
        converted(split, tmp_path / "there", format=format)
    assert str(caught.value) == f"{split.source}:{message}"
    assert list(tmp_path.iterdir()) == []


# whole corpora, by formats of different kinds; the large ones would take too long
WHOLE = {
    "wikigold": ("label-studio", "BIOES", ("ner",)),
    "gum-ner": ("jsonl", "BILOU", ()),
    "ud-thai-tud": ("conllup", None, ()),
    "ud-lithuanian-alksnis": ("csv", None, ()),
    "ud-vietnamese-vtb": ("parquet", None, ("XPOS", "UPOS")),
}


@pytest.mark.parametrize(("corpus", "wishes"), WHOLE.items(), ids=WHOLE)
def test_whole_corpora(
    tmp_path: Path, corpus: str, wishes: tuple[str, str | None, tuple[str, ...]]
) -> None:
    """Through a folder of one format, and from there into columns in another scheme."""
    target, scheme, layers = wishes
    needs(target)
    there, back = tmp_path / "there", tmp_path / "back"
    for source, output, wished in (
        (FOLDER / corpus, there, Wishes(target, layers=layers)),
        (there, back, Wishes("conll", scheme=scheme)),
    ):
        results = convert(
            load_corpus(str(source)), output, wished, ReadOptions(), WriteOptions(report=_refuse)
        )
        assert [(r.sentences, r.tokens) for r in results] == table()[corpus]
        assert [r.name for r in results] == list(SPLITS)
        assert all(r.verified for r in results)
    for name in SPLITS:
        found = dict(load_corpus(str(back)).splits())[name]
        for sentence, expected in zip(found, split_of(corpus, name), strict=True):
            tags = {layer: expected.tags[layer] for layer in layers or expected.tags}
            if scheme:
                tags = {layer: schemes.convert(values, scheme) for layer, values in tags.items()}
            assert (sentence.tokens, sentence.tags) == (expected.tokens, tags)


def _refuse(remark: Remark) -> None:
    raise AssertionError(remark)


def test_documents_stay_whole_in_a_new_split(tmp_path: Path) -> None:
    """wikigold has 145 documents; a part of one on either side would make it easy to score."""
    corpus = load_corpus(str(FOLDER / "wikigold"))
    wishes = Wishes("conll", shares=(0.8, 0.1, 0.1))
    results = convert(corpus, tmp_path / "new", wishes, ReadOptions(), WriteOptions(report=_refuse))
    sentences = sum(r.sentences for r in results)
    assert (sentences, sum(r.tokens for r in results)) == tuple(
        map(sum, zip(*table()["wikigold"], strict=True))
    )
    assert [r.sentences / sentences for r in results] == pytest.approx([0.8, 0.1, 0.1], abs=0.02)
    documents = [documents_of(part) for _, part in corpus.splits()]
    again = [documents_of(part) for _, part in load_corpus(str(tmp_path / "new")).splits()]
    chain = itertools.chain.from_iterable
    assert sorted(chain(again)) == sorted(chain(documents))
    assert all(again)


def documents_of(part: Part) -> list[list[list[str]]]:
    documents: list[list[list[str]]] = []
    for sentence in part:
        if sentence.new_document or not documents:
            documents.append([])
        documents[-1].append(sentence.tokens)
    return documents


@cache
def checked(corpus: str) -> Check:
    return check(load_corpus(str(FOLDER / corpus)))


@pytest.mark.parametrize("corpus", LAYOUTS)
def test_check_counts(corpus: str) -> None:
    found = checked(corpus)
    assert [finding for finding in found.findings if finding.severity == ERROR] == []
    assert [(s.sentences, s.tokens) for s in found.splits] == table()[corpus]
    assert [s.name for s in found.splits] == list(SPLITS)
    assert not any(s.estimated for s in found.splits)
    layers = {layer.name: layer for layer in found.layers}
    if corpus in TYPES:
        assert len(layers["ner"].labels["train"]) == TYPES[corpus]
        assert layers["ner"].scheme == ("IOB1" if corpus == "wikigold" else "IOB2")
    else:
        assert list(layers) == ["UPOS", "XPOS", "FEATS"]
        assert layers["UPOS"].scheme is None
    for layer in found.layers:
        assert [sum(tags.values()) for tags in layer.tags.values()] == [n for _, n in table()[corpus]]


# train, dev and test of each corpus that has it, as the README of the folder states them
STATED: dict[str, dict[str, tuple[int, int, int]]] = {
    "empty tokens": {"btc": (0, 3, 1)},
    "not NFC": {"ud-korean-kaist": (47, 4, 2), "btc": (25, 0, 0)},
    "invisible characters": {
        "wnut17": (0, 2, 0),
        "uner-chinese-gsdsimp": (1, 0, 0),
        "btc": (2, 0, 1),  # and one of them for private use, which the README does not count
        "ud-english-ewt": (1, 0, 0),
    },
    "invalid transitions": {"uner-croatian-set": (0, 1, 0)},
    "long sentences": {},
    "empty sentences": {},
    "further layers": {},
}


@pytest.mark.parametrize("kind", STATED)
@pytest.mark.parametrize("corpus", LAYOUTS)
def test_check_finds_what_is_odd(corpus: str, kind: str) -> None:
    counts = {
        finding.message.partition(":")[0]: finding.count
        for finding in checked(corpus).findings
        if finding.kind == kind
    }
    stated = STATED[kind].get(corpus, (0, 0, 0))
    assert counts == {name: n for name, n in zip(SPLITS, stated, strict=True) if n}


# sentences of dev and test that are also in train
ACROSS = {
    "ud-english-ewt": (68, 94),
    "ud-korean-gsd": (6, 114),
    "gum-ner": (13, 2),
    "ud-vietnamese-vtb": (2, 7),
    "wikigold": (0, 7),
}
WITHIN = {"wnut17": 103, "ud-english-ewt": 810}


@pytest.mark.parametrize("corpus", LAYOUTS)
def test_check_finds_repeated_sentences(corpus: str) -> None:
    found = checked(corpus).findings
    across = {
        finding.message.partition(":")[0]: finding.count
        for finding in found
        if finding.kind == "sentences across splits" and "also in train" in finding.message
    }
    counts = (across.get("dev", 0), across.get("test", 0))
    if corpus in ACROSS:
        assert counts == ACROSS[corpus]
    else:
        assert max(counts) <= 2
    within = [f.count for f in found if f.kind == "repeated sentences" and f.message[:5] == "train"]
    if corpus in WITHIN:
        assert within == [WITHIN[corpus]]


@pytest.mark.parametrize(
    ("corpus", "kind", "places"),
    [
        (
            "uner-croatian-set",
            "invalid transitions",
            ["dev.iob2.gz:6707: I-PER after B-OTH"],
        ),
        (
            "wnut17",
            "invisible characters",
            [
                "dev.conll:15556: U+200B ZERO WIDTH SPACE in 'watched\\u200bwas'",
                "dev.conll:16730: U+FEFF ZERO WIDTH NO-BREAK SPACE in 'Dubbz\\ufeff'",
            ],
        ),
        (
            "ud-english-ewt",
            "invisible characters",
            ["train.conllu.gz:185766: U+00AD SOFT HYPHEN in 'basic\\xadally'"],
        ),
        (
            "btc",
            "empty tokens",
            [
                "dev.conll:22918: a token without characters",
                "dev.conll:30879: a token without characters",
                "dev.conll:30881: a token without characters",
                "test.conll:16302: a token without characters",
            ],
        ),
    ],
)
def test_check_tells_the_places(corpus: str, kind: str, places: list[str]) -> None:
    found = [p for f in checked(corpus).findings if f.kind == kind for p in f.places]
    assert found == [f"{FOLDER / corpus}/{place}" for place in places]


def test_check_tells_how_text_is_split() -> None:
    """Characters of Korean, spaces among them; words of Thai, which nothing standard finds."""
    messages = [
        finding.message
        for corpus in ("klue-ner", "ud-thai-tud", "ud-english-ewt")
        for finding in checked(corpus).findings
        if finding.kind == "tokenization"
    ]
    shares = [float(message.split()[-2]) for message in messages[1:]]
    assert messages[0] == ("every token is one character; a model splits raw text so: characters+spaces")
    assert shares[0] < 20
    assert shares[1] > 95
