"""The corpus of `make bench`, as all peers read it, and how their tags are scored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from corpora import Sentence, load_corpus

PARAGRAPH = 10  # sentences of raw text


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


def prepare(corpus: str, work: Path) -> Data:
    """Writes the words and UPOS tags of a corpus into files that all peers read.

    Raises:
        BenchError: a split or its UPOS tags are missing.
    """
    folder = work / "training"
    folder.mkdir(parents=True, exist_ok=True)
    files, gold, digest = {}, {}, hashlib.sha256()
    splits = dict(load_corpus(corpus).splits())
    for name in ("train", "dev", "test"):
        sentences = [sentence for sentence in splits.get(name, ()) if sentence.tokens]
        if not all("UPOS" in s.tags for s in sentences) or not sentences:
            raise BenchError(f"{corpus}: no {name} set with UPOS tags")
        parent = work if name == "test" else folder
        files[name] = parent / f"{name}.conllu"
        texts = {files[name]: "\n".join(map(conllu, sentences)) + "\n"}
        texts[parent / f"{name}.txt"] = "".join(f"{line}\n" for line in paragraphs(sentences))
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
            digest.update(text.encode())
        gold[name] = [s.tags["UPOS"] for s in sentences]
    return Data(folder, files, work / "test.txt", gold, digest.hexdigest())


def conllu(sentence: Sentence) -> str:
    """Returns a sentence as CoNLL-U with text, words, UPOS and where no space follows."""
    text, offsets = sentence.surface()
    rows = [f"# text = {text}"]
    begins = [begin for begin, _ in offsets[1:]] + [-1]
    tagged = zip(sentence.tokens, sentence.tags["UPOS"], offsets, begins, strict=True)
    for i, (token, tag, (_, end), following) in enumerate(tagged):
        space = "SpaceAfter=No" if following == end else "_"
        rows.append(f"{i + 1}\t{token}\t_\t{tag}\t_\t_\t{i}\tdep\t_\t{space}")
    return "\n".join(rows) + "\n"


def paragraphs(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Yields the raw text of every ten sentences, joined by spaces."""
    texts = (" ".join(sentence.surface()[0].split()) for sentence in sentences)
    while paragraph := " ".join(islice(texts, PARAGRAPH)):
        yield paragraph


def accuracy(gold: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> float:
    """Returns the share of words with the right tag.

    Raises:
        BenchError: there is not one tag for each word.
    """
    if [*map(len, gold)] != [*map(len, tags)]:
        raise BenchError("not one tag for each word of each sentence")
    pairs = [pair for both in zip(gold, tags, strict=True) for pair in zip(*both, strict=True)]
    return sum(a == b for a, b in pairs) / len(pairs)
