"""What a careful colleague would tell you of a corpus before you train on it.

Reads each split once, in memory that does not grow with it, and says what is there, what
is odd, and what would stop training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from corpora.collecting import ALIGNED_SENTENCES, Collector
from corpora.corpus import Corpus
from corpora.errors import CorpusError
from corpora.findings import ERROR, EXAMPLES, NOTE, WARNING, Check, Finding, LayerCheck, SplitCheck
from corpora.inventory import check_overlap, some
from corpora.repetitions import Repetitions
from corpora.tokenization import STANDARD_TOKENIZATION, tokenization_of

FEW = 10  # a label with fewer spans in training is hardly learned
SMALL = 500  # sentences; a training set of fewer gives a model to try, not to rely on

_GOOD_TOKENIZATION = 0.9  # F1


def check(corpus: Corpus) -> Check:
    """Reads a corpus and reports on it.

    Errors in its files become findings; they are not raised.
    """
    collectors: list[Collector] = []
    findings: list[Finding] = []
    repeated = Repetitions()
    for name, part in corpus.splits():
        collector = Collector(name, part, repeated, collectors[0].layers if collectors else None)
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


def _too_little(collectors: Sequence[Collector]) -> Iterator[Finding]:
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
    splits = {collector.report.name: collector for collector in collectors}
    if "dev" not in splits and not train.held_out:
        yield _error("empty", CorpusError(source, "no sentences for a dev set", "at least one"))
    for name, split in splits.items():
        if split is not train and split.whole and not split.report.tokens:
            found = f"no sentences for a {name} set"
            yield _error("empty", CorpusError(split.report.source, found, "at least one"))


def _layers(collectors: Sequence[Collector], findings: list[Finding]) -> list[LayerCheck]:
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


def _of_layer(layer: LayerCheck, collectors: Sequence[Collector]) -> Iterator[Finding]:
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
                places = tuple(f"{first[tag]}: {tag}" for tag in sorted(new)[:EXAMPLES])
            yield Finding(WARNING, f"unseen {what}s", message, total, places)
    if not layer.scheme and set(known) == {"_"}:
        yield Finding(NOTE, "empty layers", f"layer {name} holds nothing but _", known["_"])


def _tokenization(collectors: Sequence[Collector]) -> Iterator[Finding]:
    """Tells how far the standard splitting of raw text gives the tokens of the corpus."""
    train = collectors[0]
    if train.report.tokens and train.single:
        how = tokenization_of(" " if train.spaces else "a")
        message = f"every token is one character; a model splits raw text so: {how.tokens}"
        yield Finding(NOTE, "tokenization", message)
        return
    aligned = [sentence for collector in collectors for sentence in collector.aligned]
    found = expected = right = 0
    for sentence in aligned[:ALIGNED_SENTENCES]:
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
