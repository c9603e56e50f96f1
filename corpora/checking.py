"""What a careful colleague would tell you of a corpus before you train on it.

Reads each split once, in memory that does not grow with it, and says what is there, what
is odd, and what would stop training.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from corpora import schemes
from corpora.corpus import Corpus, Part
from corpora.errors import CorpusError, shown
from corpora.formats.columns import NUMBER
from corpora.inventory import LayerInventory, check_overlap, some
from corpora.sampling import DistinctSample, is_in_sample
from corpora.sentence import Sentence
from corpora.tokenization import STANDARD_TOKENIZATION, tokenization_of

ERROR, WARNING, NOTE = "error", "warning", "note"

LONG_SENTENCE = 200  # tokens
LONG_TOKEN = 100  # characters
FEW = 10  # a label with fewer spans in training is hardly learned
SMALL = 500  # sentences; a training set of fewer gives a model to try, not to rely on

_HELD_OUT = 10  # without a dev set, training takes each tenth sentence
_EXAMPLES = 10  # places told of each finding
_SENTENCES_KEPT = 1 << 18
_FORMS_KEPT = 1 << 18
_ALIGNED_SENTENCES = 500  # on which the standard tokenization is tried
_GOOD_TOKENIZATION = 0.9  # F1
_WORDS = 5  # shorter sentences ("Yes .") repeat by chance


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about a corpus.

    Attributes:
        severity: "error" (training would stop), "warning" or "note".
        kind: a short name for machines ("repeated sentences").
        message: for people.
        count: how often.
        places: the first few, each file:line and what stands there.
    """

    severity: str
    kind: str
    message: str
    count: int = 1
    places: tuple[str, ...] = ()


@dataclass(slots=True)
class SplitCheck:
    """What one split holds.

    Attributes:
        unseen: share of its tokens whose form the training set has not, or None.
        unseen_entities: layer → share of its spans whose words it has not.
        estimated: shares and repetitions are those of a sample.
    """

    name: str
    source: str
    sentences: int = 0
    tokens: int = 0
    documents: int = 0
    longest_sentence: int = 0
    longest_token: int = 0
    unseen: float | None = None
    unseen_entities: dict[str, float] = field(default_factory=dict)
    estimated: bool = False


@dataclass(slots=True)
class LayerCheck:
    """What one layer holds: scheme (None without spans), tags or labels by split."""

    name: str
    scheme: str | None
    tags: dict[str, Counter[str]]
    labels: dict[str, Counter[str]]


@dataclass(slots=True)
class Check:
    """All that was found."""

    corpus: str
    splits: list[SplitCheck]
    layers: list[LayerCheck]
    findings: list[Finding]
    suggestions: list[str]

    @property
    def ok(self) -> bool:
        """Whether training could begin."""
        return all(finding.severity != ERROR for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, for JSON."""
        layers = [
            {
                "name": layer.name,
                "scheme": layer.scheme,
                "tags": {split: dict(counts) for split, counts in layer.tags.items()},
                "labels": {split: dict(counts) for split, counts in layer.labels.items()},
            }
            for layer in self.layers
        ]
        return {
            "corpus": self.corpus,
            "splits": [asdict(split) for split in self.splits],
            "layers": layers,  # asdict would count the counts
            "findings": [asdict(finding) for finding in self.findings],
            "suggestions": self.suggestions,
            "ok": self.ok,
        }


def check(corpus: Corpus) -> Check:
    """Reads a corpus and reports on it.

    Errors in its files become findings; they are not raised.
    """
    collectors: list[_Collector] = []
    findings: list[Finding] = []
    repeated = _Repetitions()
    for name, part in corpus.splits():
        collector = _Collector(name, part, repeated, collectors[0].layers if collectors else None)
        try:
            for sentence in part:
                collector.add(sentence)
        except CorpusError as error:
            collector.whole = False
            findings.append(_error("unreadable", error))
        collectors.append(collector)
    train = collectors[0]
    findings += _too_little(collectors)
    layers = _layers(collectors, findings)
    for collector in collectors:
        findings += collector.findings()
    findings += repeated.findings()
    for collector in collectors[1:]:
        collector.compare(train)
    findings += _tokenization(collectors)
    rank = (ERROR, WARNING, NOTE)
    findings.sort(key=lambda finding: rank.index(finding.severity))
    reports = [collector.report for collector in collectors]
    return Check(corpus.name, reports, layers, findings, _suggestions(reports, layers, findings))


def _error(kind: str, error: CorpusError) -> Finding:
    return Finding(ERROR, kind, str(error), 1, (error.place,))


class _Collector:
    """Takes in the sentences of one split.

    Args:
        layers: those of the training set; None to take those of the first sentence.
    """

    def __init__(
        self, name: str, part: Part, repeated: _Repetitions, layers: tuple[str, ...] | None = None
    ) -> None:
        self.report = SplitCheck(name, part.source)
        self.layers = layers
        self.lacking: dict[str, CorpusError] = {}  # layer → the first sentence without it
        self.whole = True  # it could be read to its end
        self.all = 0  # sentences, with those that have no tokens
        self.held_out = 0  # tokens of each tenth of them
        self.inventories: dict[str, LayerInventory] = {}
        self.labels: dict[str, Counter[str]] = {}
        self.forms: DistinctSample[int] = DistinctSample(_FORMS_KEPT)
        self.mentions: dict[str, DistinctSample[int]] = {}
        self.aligned: list[Sentence] = []
        self.single = True  # every token so far is one character
        self.spaces = False
        self._repeated = repeated
        self._pairs: dict[str, dict[tuple[str, str], list[Any]]] = {}
        self._odd: dict[str, list[Any]] = {}

    def add(self, sentence: Sentence) -> None:
        """Takes one sentence into account."""
        report = self.report
        self.all += 1
        self.held_out += 0 if self.all % _HELD_OUT else len(sentence.tokens)
        if not sentence.tokens:
            self._note("empty sentences", sentence, 0, "no tokens")
            return
        report.sentences += 1
        report.tokens += len(sentence.tokens)
        report.documents += sentence.new_document
        report.longest_sentence = max(report.longest_sentence, len(sentence))
        if len(sentence) > LONG_SENTENCE:
            self._note("long sentences", sentence, 0, f"{len(sentence)} tokens")
        if sentence.offsets and len(self.aligned) < _ALIGNED_SENTENCES:
            self.aligned.append(sentence)
        self._add_tokens(sentence)
        self._add_layers(sentence)
        self._repeated.add(sentence, self.report.name)

    def _add_tokens(self, sentence: Sentence) -> None:
        values = self.forms.values
        for i, token in enumerate(sentence.tokens):
            if token in values:
                values[token] += 1
                if token.isascii() and token.isprintable() and token:
                    continue
            else:
                self.forms.put(token, 1)
                values = self.forms.values
            if len(token) > self.report.longest_token:
                self.report.longest_token = len(token)
            if len(token) != 1:
                self.single = False
            self.spaces = self.spaces or token.isspace()
            if len(token) > LONG_TOKEN:
                self._note("long tokens", sentence, i, f"{len(token)} characters: {shown(token, 30)}")
            if not token:
                self._note("empty tokens", sentence, i, "a token without characters")
            elif not token.isprintable() and not token.isspace():
                self._note("invisible characters", sentence, i, _invisible(token))
            if not token.isascii() and not unicodedata.is_normalized("NFC", token):
                self._note("not NFC", sentence, i, shown(token))

    def _add_layers(self, sentence: Sentence) -> None:
        if self.layers is None:
            self.layers = tuple(name for name in sentence.tags if name != NUMBER)
        for name in self.layers:
            if name in sentence.tags:
                self._add_layer(name, sentence.tags[name], sentence)
            elif name not in self.lacking:
                found = ", ".join(sentence.tags) or "no tags"
                self.lacking[name] = CorpusError(sentence.place(), found, f"the layer {name}")
        further = [name for name in sentence.tags if name not in self.layers and name != NUMBER]
        if further:
            self._note("further layers", sentence, 0, ", ".join(further))

    def _add_layer(self, name: str, tags: list[str], sentence: Sentence) -> None:
        inventory = self.inventories.get(name)
        if inventory is None:
            inventory = self.inventories[name] = LayerInventory()
            self._pairs[name] = {}
        inventory.update(tags, sentence)
        if any(tag[1:2] == "-" for tag in set(tags)):
            self._add_pairs(self._pairs[name], tags, sentence)
            labels = self.labels.setdefault(name, Counter())
            mentions = self.mentions.setdefault(name, DistinctSample(_FORMS_KEPT))
            for span in schemes.to_spans(tags):
                labels[span.label] += 1
                key = "\x1f".join((*sentence.tokens[span.start : span.end], span.label))
                mentions.put(key, mentions.values.get(key, 0) + 1)

    def _add_pairs(
        self, known: dict[tuple[str, str], list[Any]], tags: list[str], sentence: Sentence
    ) -> None:
        pairs = list(pairwise(["", *tags, ""]))
        for pair, count in Counter(pairs).items():
            found = known.setdefault(pair, [0])
            found[0] += count
            if len(found) <= _EXAMPLES:
                found.append(sentence.place(min(pairs.index(pair), len(tags) - 1)))

    def findings(self) -> Iterator[Finding]:
        """Yields what is odd in this split alone."""
        name = self.report.name
        texts = {
            "further layers": "sentences with layers that the first one of train has not",
            "empty sentences": "sentences without tokens",
            "empty tokens": "tokens without a character",
            "invisible characters": "tokens with characters that do not show",
            "not NFC": "tokens that are not in Unicode NFC (the tagger composes them itself)",
            "long sentences": f"sentences of more than {LONG_SENTENCE} tokens",
            "long tokens": f"tokens of more than {LONG_TOKEN} characters",
        }
        for kind, text in texts.items():
            if kind in self._odd:
                count, *places = self._odd[kind]
                severity = WARNING if kind in ("empty tokens", "invisible characters") else NOTE
                yield Finding(severity, kind, f"{name}: {count:,} {text}", count, tuple(places))

    def violations(self, layer: str, scheme: str) -> Finding | None:
        """Returns the transitions that a scheme does not allow."""
        count, places = 0, []
        for (before, tag), (times, *first) in self._pairs[layer].items():
            if not schemes.allowed(before or None, tag or None, scheme):
                count += times
                after = f"after {before}" if before else "at the start of a sentence"
                what = tag or "the end of a sentence"
                places += [f"{place}: {what} {after}" for place in first]
        if not count:
            return None
        message = (
            f"{self.report.name}: {count:,} tags in layer {layer} that {scheme} does not allow there"
        )
        places.sort(key=_line_of)
        return Finding(WARNING, "invalid transitions", message, count, tuple(places[:_EXAMPLES]))

    def compare(self, train: _Collector) -> None:
        """Works out how much of this split training has not seen."""
        self.report.unseen = _unseen(self.forms, train.forms)
        for layer, mentions in self.mentions.items():
            known = train.mentions.get(layer)
            share = _unseen(mentions, known) if known is not None else 1.0
            if share is not None:
                self.report.unseen_entities[layer] = share
        self.report.estimated = max(self.forms.every, train.forms.every) > 1

    def _note(self, kind: str, sentence: Sentence, token: int, text: str) -> None:
        found = self._odd.setdefault(kind, [0])
        found[0] += 1
        if len(found) <= _EXAMPLES:
            found.append(f"{sentence.place(token)}: {text}")


class _Repetitions:
    """Finds sentences that occur again, in a split or across splits."""

    def __init__(self) -> None:
        # hash of tokens → split, hash of tags, place
        self._first: DistinctSample[tuple[str, dict[str, int], str]] = DistinctSample(_SENTENCES_KEPT)
        self._within: dict[str, list[Any]] = {}
        self._across: dict[tuple[str, str], list[Any]] = {}
        self._long_across: Counter[tuple[str, str]] = Counter()
        self._differing: dict[str, list[Any]] = {}

    def add(self, sentence: Sentence, split: str) -> None:
        """Takes one sentence into account."""
        content = "\x1f".join(sentence.tokens).encode("utf-8", "surrogatepass")
        key = int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
        if not self._first.takes(key):
            return
        tags = {name: hash(tuple(values)) for name, values in sentence.tags.items()}
        first = self._first.values.get(key)
        if first is None:
            self._first.put(key, (split, tags, sentence.place()))
            return
        home, others, place = first
        text = f"{sentence.place()}: {shown(' '.join(sentence.tokens), 40)}, as in {place}"
        if home == split:
            _count(self._within, split, text)
        else:
            _count(self._across, (home, split), text)
            self._long_across[home, split] += len(sentence) >= _WORDS
        for layer in tags:
            if layer in others and tags[layer] != others[layer] and layer != NUMBER:
                _count(self._differing, layer, text)

    def findings(self) -> Iterator[Finding]:
        """Yields what repeats."""
        every = self._first.every
        about = "" if every == 1 else f" (in a sample of one sentence in {every})"
        for split, (count, *places) in self._within.items():
            message = f"{split}: {count:,} sentences occur again within it{about}"
            yield Finding(NOTE, "repeated sentences", message, count, tuple(places))
        for (home, split), (count, *places) in self._across.items():
            long = self._long_across[home, split]
            message = (
                f"{split}: {count:,} sentences are also in {home}{about},"
                f" {long:,} of them of {_WORDS} words or more"
            )
            severity = WARNING if long else NOTE
            yield Finding(severity, "sentences across splits", message, count, tuple(places))
        for layer, (count, *places) in self._differing.items():
            message = f"{count:,} repeated sentences have other tags in layer {layer}{about}"
            yield Finding(WARNING, "contradictory annotation", message, count, tuple(places))


def _count(table: dict[Any, list[Any]], key: Any, text: str) -> None:
    found = table.setdefault(key, [0])
    found[0] += 1
    if len(found) <= _EXAMPLES:
        found.append(text)


def _unseen(sample: DistinctSample[int], known: DistinctSample[int]) -> float | None:
    """Returns the share of occurrences whose key the other sample has not."""
    every = max(sample.every, known.every)
    counted = {key: n for key, n in sample.values.items() if every == 1 or is_in_sample(key, every)}
    total = sum(counted.values())
    missing = sum(n for key, n in counted.items() if key not in known.values)
    return missing / total if total else None


def _too_little(collectors: Sequence[_Collector]) -> Iterator[Finding]:
    """Finds what training needs and is not there."""
    train = collectors[0]
    source = train.report.source
    if not train.whole:
        return
    if not train.report.tokens:
        yield _error("empty", CorpusError(source, "no sentences", "at least one"))
        return
    if not train.layers:
        error = CorpusError(source, "the layers none", "one of them chosen by --layer")
        yield _error("no layers", error)
        return
    dev = next((c for c in collectors if c.report.name == "dev"), None)
    tokens = train.held_out if dev is None else dev.report.tokens
    if not tokens and (dev is None or dev.whole):
        source = (dev or train).report.source
        yield _error("empty", CorpusError(source, "no sentences for a dev set", "at least one"))


def _layers(collectors: Sequence[_Collector], findings: list[Finding]) -> list[LayerCheck]:
    """Describes the layers, and finds what would stop training."""
    train = collectors[0]
    layers = []
    for name, inventory in train.inventories.items():
        findings += [_error("missing layers", c.lacking[name]) for c in collectors if name in c.lacking]
        try:
            scheme = inventory.scheme()
            for other in collectors[1:]:
                if scheme is not None and name in other.inventories:
                    other.inventories[name].check_tags()
                if other.report.name == "dev" and name in other.inventories:
                    check_overlap(name, inventory, other.inventories[name], scheme is not None)
        except CorpusError as error:
            findings.append(_error("cannot be learned", error))
            scheme = None
        tags = {c.report.name: c.inventories[name].counts for c in collectors if name in c.inventories}
        labels = {c.report.name: c.labels[name] for c in collectors if name in c.labels and scheme}
        layers.append(LayerCheck(name, scheme, tags, labels))
        findings += _of_layer(layers[-1], collectors)
    return layers


def _of_layer(layer: LayerCheck, collectors: Sequence[_Collector]) -> Iterator[Finding]:
    name, what = layer.name, "label" if layer.scheme else "tag"
    counts = layer.labels if layer.scheme else layer.tags
    known = counts.get("train", Counter())
    if layer.scheme is not None:
        for collector in collectors:
            found = collector.violations(name, layer.scheme) if name in collector.inventories else None
            if found is not None:
                yield found
        for label, count in known.items():
            if count < FEW:
                message = f"train: only {count} of label {label} in layer {name}"
                yield Finding(NOTE, "rare labels", message, count)
    for split, found_here in counts.items():
        new = found_here.keys() - known.keys()
        if new and split != "train":
            total = sum(found_here[label] for label in new)
            message = (
                f"{split}: {what}s of layer {name} that train has not: {some(new)} ({total:,} times)"
            )
            places: tuple[str, ...] = ()
            if not layer.scheme:
                first = next(c for c in collectors if c.report.name == split).inventories[name].places
                places = tuple(f"{first[tag]}: {tag}" for tag in sorted(new)[:_EXAMPLES])
            yield Finding(WARNING, f"unseen {what}s", message, total, places)
    if not layer.scheme and set(known) == {"_"}:
        yield Finding(NOTE, "empty layers", f"layer {name} holds nothing but _", known["_"])


def _tokenization(collectors: Sequence[_Collector]) -> Iterator[Finding]:
    """Tells how far the standard splitting of raw text gives the tokens of the corpus."""
    train = collectors[0]
    if train.report.tokens and train.single:
        how = tokenization_of(" " if train.spaces else "a")
        message = f"every token is one character; a model splits raw text so: {how.tokens}"
        yield Finding(NOTE, "tokenization", message)
        return
    aligned = [sentence for collector in collectors for sentence in collector.aligned]
    found = expected = right = 0
    for sentence in aligned[:_ALIGNED_SENTENCES]:
        text, offsets = sentence.surface()
        split = {pair for ranges in STANDARD_TOKENIZATION.segment(text) for pair in ranges}
        found += len(split)
        expected += len(offsets)
        right += len(split & set(offsets))
    if expected:
        f1 = 2 * right / (found + expected)
        message = f"raw text split in the standard way gives these tokens with an F1 of {100 * f1:.1f} %"
        severity = NOTE if f1 >= _GOOD_TOKENIZATION else WARNING
        yield Finding(severity, "tokenization", message)


def _suggestions(
    splits: Sequence[SplitCheck], layers: Sequence[LayerCheck], findings: Iterable[Finding]
) -> list[str]:
    kinds = {finding.kind for finding in findings if finding.severity != NOTE}
    names = [layer.name for layer in layers if "_" not in layer.tags.get("train", {}) or layer.scheme]
    made = []
    if [split.name for split in splits] == ["train"]:
        made.append(
            "There is no dev set; training takes each tenth sentence. To fix one:"
            " tagger convert CORPUS FOLDER --split 80/10/10 --to FORMAT"
        )
    if 0 < splits[0].sentences < SMALL:
        made.append(
            f"{splits[0].sentences:,} training sentences teach little; expect a model to try,"
            " and scores that move by points with the seed."
        )
    if len(names) > 1:
        made.append(f"Choose what to learn: {' or '.join(f'--layer {name}' for name in names)}.")
    if "sentences across splits" in kinds:
        made.append(
            "Scores on sentences seen in training are too high. A split that keeps equal"
            " sentences together: tagger convert CORPUS FOLDER --split 80/10/10 --to FORMAT"
        )
    if "contradictory annotation" in kinds:
        made.append("Look at the sentences that are tagged in two ways: one of them may be wrong.")
    if "invalid transitions" in kinds:
        made.append("Tags that the scheme does not allow are read as spans of their own; look at them.")
    if "unseen labels" in kinds or "unseen tags" in kinds:
        made.append("What training never saw cannot be predicted and counts as wrong.")
    if "invisible characters" in kinds or "empty tokens" in kinds:
        made.append("Tokens with invisible characters are often slips; they are kept as they are.")
    if "tokenization" in kinds:
        made.append(
            "Raw text would be split into other tokens than these: tag text that is split already,"
            " or train with a --tokenizer that fits."
        )
    return made


def _invisible(token: str) -> str:
    hidden = [c for c in token if not c.isprintable()]
    names = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, '')}".strip() for c in hidden[:3])
    return f"{names} in {shown(token, 40)}"


def _line_of(place: str) -> tuple[str, int]:
    source, _, rest = place.partition(":")
    number = rest.partition(":")[0]
    return source, int(number) if number.isdigit() else 0
