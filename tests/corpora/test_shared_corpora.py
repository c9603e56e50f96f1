"""The real corpora of the folder that TAGGER_CORPORA names: counts and oddities, all kept."""

import gzip
import io
import itertools
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from corpora import Sentence, Split, load_corpus, schemes
from corpora.files import decoded_lines, open_binary, raw_lines
from corpora.formats import columns, conllu, jsonl, plain
from corpora.formats.columns import Layout

FOLDER = Path(os.environ.get("TAGGER_CORPORA", ""))
pytestmark = pytest.mark.skipif(
    not os.environ.get("TAGGER_CORPORA"), reason="TAGGER_CORPORA names no folder of corpora"
)

TREEBANKS = [
    "english-ewt",
    "korean-gsd",
    "korean-kaist",
    "lithuanian-alksnis",
    "thai-tud",
    "vietnamese-vtb",
]
LAYOUTS = {f"ud-{name}": None for name in TREEBANKS} | {
    "wnut17": Layout("\t", ("form", "ner")),
    "wikigold": Layout(" ", ("form", "ner")),
    "btc": Layout("\t", ("form", "ner")),
    "gum-ner": Layout("\t", ("form", "ner")),
    "klue-ner": Layout("\t", ("form", "ner")),
    "uner-croatian-set": Layout("\t", ("id", "form", "ner", "column4", "column5")),
    "uner-chinese-gsdsimp": Layout("\t", ("id", "form", "ner", "column4", "column5")),
}
TYPES = {"wnut17": 6, "wikigold": 4, "btc": 3, "gum-ner": 11, "klue-ner": 6} | {
    "uner-croatian-set": 4,
    "uner-chinese-gsdsimp": 3,
}
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class Loaded:
    """One split of one corpus, read once for all tests."""

    corpus: str
    split: str
    path: Path
    layout: Layout | None
    lines: list[str]
    sentences: list[Sentence]

    def expected(self, table: dict[str, tuple[int, int, int]]) -> int:
        return table.get(self.corpus, (0, 0, 0))[SPLITS.index(self.split)]

    def words(self) -> Iterator[str]:
        return itertools.chain.from_iterable(s.tokens for s in self.sentences)

    def ner(self) -> Iterator[list[str]]:
        return (s.tags["ner"] for s in self.sentences if "ner" in s.tags)


@pytest.fixture(
    scope="module",
    params=list(itertools.product(LAYOUTS, SPLITS)),
    ids=lambda param: "-".join(param),
)
def loaded(request: pytest.FixtureRequest) -> Loaded:
    corpus, name = request.param
    split = dict(load_corpus(str(FOLDER / corpus)).splits())[name]
    assert split.path is not None
    with open_binary(split.path) as binary:
        lines = list(decoded_lines(binary, split.source))
    return Loaded(corpus, name, split.path, split.layout, lines, list(split))


@cache
def table() -> dict[str, list[tuple[int, int]]]:
    """Reads the sentences and words of each split from the README of the folder."""
    counts = {}
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        numbers = [(int(a), int(b)) for a, b in re.findall(r"(\d+) / (\d+) \|", line.replace(",", ""))]
        if len(numbers) == 3:
            counts[line.split("|")[1].strip()] = numbers
    return counts


def test_the_table_names_every_corpus() -> None:
    assert list(table()) == list(LAYOUTS)


def test_sentences_and_words(loaded: Loaded) -> None:
    counted = (len(loaded.sentences), sum(map(len, loaded.sentences)))
    assert counted == table()[loaded.corpus][SPLITS.index(loaded.split)]


def test_layout(loaded: Loaded) -> None:
    assert loaded.layout == LAYOUTS[loaded.corpus]


def test_scheme_and_types(loaded: Loaded) -> None:
    if loaded.corpus not in TYPES:
        assert not any("ner" in s.tags for s in loaded.sentences)
        return
    assert schemes.detect(loaded.ner()) == ("IOB1" if loaded.corpus == "wikigold" else "IOB2")
    if loaded.split == "train":
        labels = {schemes.split_tag(tag)[1] for tags in loaded.ner() for tag in tags}
        assert len(labels - {""}) == TYPES[loaded.corpus]


def at_sign_then_name(loaded: Loaded) -> int:
    return sum(
        one == other == "B-PER" and token == "@"
        for s in loaded.sentences
        if "ner" in s.tags
        for token, (one, other) in zip(s.tokens, itertools.pairwise(s.tags["ner"]), strict=False)
    )


def starts_inside(loaded: Loaded, after: Callable[[str], bool]) -> int:
    """Counts the tags I-X that begin a span, after a tag of some kind."""
    return sum(
        tag.startswith("I-") and schemes.split_tag(before)[1] != tag[2:] and after(before)
        for tags in loaded.ner()
        for before, tag in itertools.pairwise(["O", *tags])
    )


def rows(loaded: Loaded, pattern: str) -> int:
    return sum(re.match(pattern, line) is not None for line in loaded.lines)


HASHED = {
    "wnut17",
    "btc",
    "wikigold",
    "gum-ner",
    "klue-ner",
}  # others may have some behind a number
LONG = {"ud-english-ewt", "wnut17"}
LINKED = {"wnut17", "btc", "ud-english-ewt"}
LONGEST = {"ud-thai-tud", "ud-english-ewt", "klue-ner"}
INVISIBLE = frozenset("\ufeff\u200b\u200e\u00ad")

# what the README of the folder lists: how to count it, and train, dev, test of each corpus
# that has it; every other corpus has none
Counts = dict[str, tuple[int, int, int]]
ODDITIES: dict[str, tuple[Callable[[Loaded], int], Counts]] = {
    "multiword ranges": (
        lambda x: rows(x, r"\d+-\d+\t") if x.layout is None else 0,
        {"ud-english-ewt": (2614, 359, 354)},
    ),
    "empty nodes": (
        lambda x: rows(x, r"\d+\.\d+\t") if x.layout is None else 0,
        {"ud-english-ewt": (37, 4, 2)},
    ),
    "spaces in forms": (
        lambda x: sum(" " in word for word in x.words()) if x.corpus != "klue-ner" else 0,
        {
            "ud-vietnamese-vtb": (4535, 5497, 2079),
            "ud-lithuanian-alksnis": (170, 94, 92),
            "btc": (17, 5, 119),
        },
    ),
    "empty forms": (lambda x: sum(not word for word in x.words()), {"btc": (0, 3, 1)}),
    "a space is a token": (
        lambda x: sum(word == " " for word in x.words()),
        {"klue-ner": (48758, 5921, 5700), "btc": (0, 1, 1)},
    ),
    "tokens that begin with #": (
        lambda x: sum(word.startswith("#") for word in x.words()) if x.corpus in HASHED else 0,
        {
            "wnut17": (828, 22, 247),
            "btc": (1974, 584, 771),
            "wikigold": (38, 0, 1),
            "gum-ner": (6, 0, 0),
            "klue-ner": (1, 0, 0),
        },
    ),
    "ends of sentences with a tab": (
        lambda x: sum(line == "\t" for line in x.lines),
        {"wnut17": (2394, 0, 0)},
    ),
    "forms of over 60 characters": (
        lambda x: sum(len(word) > 60 for word in x.words()) if x.corpus in LONG else 0,
        {"ud-english-ewt": (60, 22, 11), "wnut17": (9, 1, 89)},
    ),
    "forms with invisible characters": (
        lambda x: sum(not INVISIBLE.isdisjoint(word) for word in x.words()),
        {
            "wnut17": (0, 2, 0),
            "uner-chinese-gsdsimp": (1, 0, 0),
            "btc": (1, 0, 1),
            "ud-english-ewt": (1, 0, 0),
        },
    ),
    "forms not in NFC": (
        lambda x: sum(not unicodedata.is_normalized("NFC", word) for word in x.words()),
        {"ud-korean-kaist": (47, 4, 2), "btc": (25, 0, 0)},
    ),
    "invalid transitions": (
        lambda x: sum(
            len(schemes.violations(tags, "IOB2")) for tags in x.ner() if x.corpus != "wikigold"
        ),
        {"uner-croatian-set": (0, 1, 0)},
    ),
    "spans that begin with I": (
        lambda x: starts_inside(x, lambda before: True) if x.corpus == "wikigold" else 0,
        {"wikigold": (2687, 308, 563)},
    ),
    "spans that begin with I behind another type": (
        lambda x: starts_inside(x, lambda before: before != "O") if x.corpus == "wikigold" else 0,
        {"wikigold": (14, 0, 3)},
    ),
    "words of the longest sentence": (
        lambda x: max(map(len, x.sentences)) if x.corpus in LONGEST and x.split == "train" else 0,
        {"ud-thai-tud": (193, 0, 0), "ud-english-ewt": (159, 0, 0), "klue-ner": (145, 0, 0)},
    ),
    "addresses": (
        lambda x: (
            sum(re.match("https?://|www[.]", w) is not None for w in x.words())
            if x.corpus in LINKED
            else 0
        ),
        {"wnut17": (958, 0, 533), "btc": (2914, 766, 979), "ud-english-ewt": (132, 39, 39)},
    ),
    "mentions split at @": (at_sign_then_name, {"btc": (521, 951, 1048)}),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_oddities_are_kept(loaded: Loaded, oddity: str) -> None:
    count, expected = ODDITIES[oddity]
    assert count(loaded) == loaded.expected(expected)


def test_every_sentence_knows_its_line(loaded: Loaded) -> None:
    form = 1 if loaded.layout is None else loaded.layout.names.index("form")
    separator = "\t" if loaded.layout is None else loaded.layout.separator
    for sentence in loaded.sentences[:: len(loaded.sentences) // 100]:
        for i, token in enumerate(sentence.tokens):
            source, _, line = sentence.place(i).rpartition(":")
            assert source == str(loaded.path)
            assert loaded.lines[int(line) - 1].split(separator)[form] == token


def test_writing_gives_the_same_back(loaded: Loaded) -> None:
    if loaded.layout is None:  # byte for byte
        text = "".join(conllu.write(loaded.sentences))
        packed = loaded.path.read_bytes()
        assert text.encode() == gzip.decompress(packed)
        return
    text = "".join(columns.write(loaded.sentences, layout=loaded.layout))
    lines = decoded_lines(io.BytesIO(text.encode()), "again")
    layout, lines = columns.sniff(lines, "again")
    assert layout == loaded.layout
    reread = columns.read(lines, "again", layout=layout)
    for again, sentence in itertools.zip_longest(reread, loaded.sentences):
        assert (again.tokens, again.tags, again.comments) == (
            sentence.tokens,
            sentence.tags,
            sentence.comments,
        )
        assert again.new_document == sentence.new_document


def test_json_lines_hold_all_tokens_and_tags(loaded: Loaded) -> None:
    lines = "".join(jsonl.write(loaded.sentences[:1000])).split("\n")
    for again, sentence in itertools.zip_longest(jsonl.read(lines, "again"), loaded.sentences[:1000]):
        assert (again.tokens, again.tags) == (sentence.tokens, sentence.tags)
        assert again.surface() == sentence.surface()


def test_conversion_keeps_spans(loaded: Loaded) -> None:
    for tags in set(map(tuple, loaded.ner())):
        for scheme in schemes.SCHEMES:
            converted = schemes.convert(tags, scheme)
            assert schemes.violations(converted, scheme) == []
            assert schemes.to_spans(converted) == schemes.to_spans(tags)


def test_place_of_the_invalid_transition() -> None:
    path = FOLDER / "uner-croatian-set" / "dev.iob2.gz"
    places = [
        (sentence.place(i), sentence.tokens[i], sentence.tags["ner"][i - 1 : i + 1])
        for sentence in Split(path)
        for i in schemes.violations(sentence.tags["ner"], "IOB2")
    ]
    assert places == [(f"{path}:6707", "Pierricka", ["B-OTH", "I-PER"])]


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("war-and-peace", 65_655, 563_279),
        ("wikitext-2.valid", 3_760, 213_886),
        ("wikitext-2.test", 4_358, 241_211),
    ],
)
def test_plain_text(name: str, lines: int, words: int) -> None:
    path = FOLDER / "english-text" / f"{name}.txt.gz"
    with open_binary(path) as binary:
        read = list(raw_lines(binary, name))
    assert (len(read), sum(len(line.split()) for line in read)) == (lines, words)
    head = read[:1000]
    text = "".join(head)
    sentences = list(plain.read(head, name))
    assert [text[a:b] for s in sentences for a, b in s.offsets or ()] == [
        t for s in sentences for t in s.tokens
    ]
    assert "".join(t for s in sentences for t in s.tokens) == "".join(text.split())
