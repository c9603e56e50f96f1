"""What one split of a corpus holds, taken in sentence by sentence.

Memory does not grow with the split: of what is many, samples are kept.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from corpora import schemes
from corpora.corpus import Part
from corpora.errors import CorpusError, shown
from corpora.findings import EXAMPLES, NOTE, WARNING, Finding, SplitCheck, Tally
from corpora.formats.columns import NUMBER
from corpora.inventory import LayerInventory
from corpora.repetitions import Repetitions
from corpora.sampling import DistinctSample, is_in_sample
from corpora.sentence import Sentence

LONG_SENTENCE = 200  # tokens
LONG_TOKEN = 100  # characters
ALIGNED_SENTENCES = 500  # that are kept to try the standard tokenization on

_HELD_OUT = 10  # without a dev set, training takes each tenth sentence
_FORMS_KEPT = 1 << 18


class Collector:
    """Takes in the sentences of one split.

    Args:
        layers: those of the training set; None to take those of the first sentence.
    """

    def __init__(
        self, name: str, part: Part, repeated: Repetitions, layers: tuple[str, ...] | None = None
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
        self._pairs: dict[str, defaultdict[tuple[str, str], Tally]] = {}
        self._odd: defaultdict[str, Tally] = defaultdict(Tally)

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
        if sentence.offsets and len(self.aligned) < ALIGNED_SENTENCES:
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
            self._pairs[name] = defaultdict(Tally)
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
        self, known: defaultdict[tuple[str, str], Tally], tags: list[str], sentence: Sentence
    ) -> None:
        pairs = list(pairwise(["", *tags, ""]))
        for pair, count in Counter(pairs).items():
            tally = known[pair]
            if tally.is_full:
                tally.count += count
            else:
                tally.add(sentence.place(min(pairs.index(pair), len(tags) - 1)), count)

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
                tally = self._odd[kind]
                severity = WARNING if kind in ("empty tokens", "invisible characters") else NOTE
                message = f"{name}: {tally.count:,} {text}"
                yield Finding(severity, kind, message, tally.count, tuple(tally.places))

    def violations(self, layer: str, scheme: str) -> Finding | None:
        """Returns the transitions that a scheme does not allow."""
        count, places = 0, []
        for (before, tag), tally in self._pairs[layer].items():
            if not schemes.allowed(before or None, tag or None, scheme):
                count += tally.count
                after = f"after {before}" if before else "at the start of a sentence"
                what = tag or "the end of a sentence"
                places += [f"{place}: {what} {after}" for place in tally.places]
        if not count:
            return None
        message = (
            f"{self.report.name}: {count:,} tags in layer {layer} that {scheme} does not allow there"
        )
        places.sort(key=_line_of)
        return Finding(WARNING, "invalid transitions", message, count, tuple(places[:EXAMPLES]))

    def compare(self, train: Collector) -> None:
        """Works out how much of this split training has not seen."""
        self.report.unseen = _unseen(self.forms, train.forms)
        for layer, mentions in self.mentions.items():
            known = train.mentions.get(layer)
            share = _unseen(mentions, known) if known is not None else 1.0
            if share is not None:
                self.report.unseen_entities[layer] = share
        self.report.estimated = max(self.forms.every, train.forms.every) > 1

    def _note(self, kind: str, sentence: Sentence, token: int, text: str) -> None:
        self._odd[kind].add(f"{sentence.place(token)}: {text}")


def _unseen(sample: DistinctSample[int], known: DistinctSample[int]) -> float | None:
    """Returns the share of occurrences whose key the other sample has not."""
    every = max(sample.every, known.every)
    counted = {key: n for key, n in sample.values.items() if every == 1 or is_in_sample(key, every)}
    total = sum(counted.values())
    missing = sum(n for key, n in counted.items() if key not in known.values)
    return missing / total if total else None


def _invisible(token: str) -> str:
    hidden = [c for c in token if not c.isprintable()]
    names = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, '')}".strip() for c in hidden[:3])
    return f"{names} in {shown(token, 40)}"


def _line_of(place: str) -> tuple[str, int]:
    source, _, rest = place.partition(":")
    number = rest.partition(":")[0]
    return source, int(number) if number.isdigit() else 0
