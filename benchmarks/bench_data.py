"""A corpus as all peers of `make bench` read it, and how their tags are read and scored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from corpora import Sentence, load_corpus, schemes

PARAGRAPH = 10  # sentences of raw text
UPOS = "UPOS"
SCHEME = "IOB2"  # of spans, as most corpora and all peers have them


class BenchError(Exception):
    """Something that a peer was to do failed."""


@dataclass(frozen=True)
class Data:
    """The corpus as all peers read it.

    Attributes:
        folder: train.conllu, dev.conllu and train.txt, which training sees.
        files: split → file, test beside the folder.
        text: the test set as raw text, a paragraph a line.
        gold: split → tags of each sentence.
        digest: of all of it.
    """

    folder: Path
    files: dict[str, Path]
    text: Path
    gold: dict[str, list[list[str]]]
    digest: str

    def words(self, split: str) -> int:
        """Counts the words of a split."""
        return sum(map(len, self.gold[split]))


def prepare(corpus: str, work: Path, layer: str = UPOS) -> Data:
    """Writes the words and one layer's tags of a corpus into files that all peers read.

    The tags stand where UPOS does; those of spans in IOB2.

    Raises:
        BenchError: a split or its tags are missing.
    """
    folder = work / "training"
    folder.mkdir(parents=True, exist_ok=True)
    files, gold, digest = {}, {}, hashlib.sha256()
    splits = dict(load_corpus(corpus).splits())
    spans = False
    for name in ("train", "dev", "test"):
        sentences = [sentence for sentence in splits.get(name, ()) if sentence.tokens]
        if not all(layer in s.tags for s in sentences) or not sentences:
            raise BenchError(f"{corpus}: no {name} set with {layer} tags")
        gold[name] = [s.tags[layer] for s in sentences]
        if name == "train":
            spans = schemes.holds_spans(tag for tags in gold[name] for tag in tags)
        if spans:
            gold[name] = [schemes.convert(tags, SCHEME) for tags in gold[name]]
        parent = work if name == "test" else folder
        files[name] = parent / f"{name}.conllu"
        texts = {files[name]: "\n".join(map(conllu, sentences, gold[name])) + "\n"}
        texts[parent / f"{name}.txt"] = "".join(f"{line}\n" for line in paragraphs(sentences))
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
            digest.update(text.encode())
    return Data(folder, files, work / "test.txt", gold, digest.hexdigest())


def conllu(sentence: Sentence, tags: Sequence[str]) -> str:
    """Returns a sentence as CoNLL-U with text, words, tags as UPOS and where no space follows."""
    text, offsets = sentence.surface()
    rows = [f"# text = {text}"]
    begins = [begin for begin, _ in offsets[1:]] + [-1]
    tagged = zip(sentence.tokens, tags, offsets, begins, strict=True)
    for i, (token, tag, (_, end), following) in enumerate(tagged):
        space = "SpaceAfter=No" if following == end else "_"
        rows.append(f"{i + 1}\t{token}\t_\t{tag}\t_\t_\t{i}\tdep\t_\t{space}")
    return "\n".join(rows) + "\n"


def paragraphs(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Yields the raw text of every ten sentences, joined by spaces."""
    texts = (" ".join(sentence.surface()[0].split()) for sentence in sentences)
    while paragraph := " ".join(islice(texts, PARAGRAPH)):
        yield paragraph


def read_tags(path: Path) -> list[list[str]]:
    """Reads tags, one a line, a blank one after a sentence."""
    blocks = path.read_text(encoding="utf-8").removesuffix("\n").split("\n\n")
    return [block.split("\n") for block in blocks]


def write_tags(sentences: Iterable[Sequence[str]], path: Path) -> None:
    """Writes tags as `read_tags` reads them."""
    text = "\n".join("".join(f"{tag}\n" for tag in tags) for tags in sentences)
    path.write_text(text, encoding="utf-8")


def accuracy(gold: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> float:
    """Returns the share of words with the right tag.

    Raises:
        BenchError: there is not one tag for each word.
    """
    if [*map(len, gold)] != [*map(len, tags)]:
        raise BenchError("not one tag for each word of each sentence")
    pairs = [pair for both in zip(gold, tags, strict=True) for pair in zip(*both, strict=True)]
    return sum(a == b for a, b in pairs) / len(pairs)
