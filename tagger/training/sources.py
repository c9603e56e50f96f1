"""Which corpora a model learns from, which layers each of them teaches, and how they are joined.

Knows sentences, names and tags of layers; knows no network.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corpora import Corpus, CorpusError, Sentence
from corpora.formats.columns import NER, NUMBER
from corpora.inventory import some
from tagger.features import in_hangul
from tagger.readings import documents_of
from tagger.training.survey import MANY, Survey, check_layers, survey

_DEFAULT_LAYERS = (NER, "UPOS")
_HELPFUL = "XPOS"  # in Korean, the tags of a word's morphemes
_NO_VALUE = "_"
_HELD_OUT = 10  # without a dev set, each 10th training sentence (or stretch) serves as one
_STRETCH = 10  # sentences of a document at the most, which stay together for a model of documents


@dataclass(frozen=True, slots=True)
class Further:
    """A corpus to learn from besides the first one.

    Attributes:
        names: for some of its layers (names, or numbers of columns counted from 1) the names
            that they are learned by. The name of a layer elsewhere joins the two; one of its
            own keeps a layer apart from another that is called the same.
    """

    corpus: Corpus
    names: Mapping[str, str] = field(default_factory=dict)

    def renamed(self) -> Corpus:
        """Returns the corpus with the names that its layers are learned by.

        Raises:
            CorpusError: it has no such layer.
        """
        if not self.names:
            return self.corpus
        has = layers_of(self.corpus)
        names = {_column_name(self.corpus, old): new for old, new in self.names.items()}
        for old in names:
            if old not in has:
                raise _no_layer([self.corpus], has, old)
        return self.corpus.renamed(names)


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus, and what it teaches.

    Attributes:
        layers: those of the model that it has.
        auxiliary: those it has that are only learned beside.
        name: of the corpus; "" where it is the only one.
        in_documents: the model looks at documents; so, where sentences are held out, stretches
            of neighbours stay together, and no document goes on where one was taken out.
    """

    corpus: Corpus
    layers: tuple[str, ...]
    auxiliary: tuple[str, ...] = ()
    name: str = ""
    in_documents: bool = False

    @property
    def taught(self) -> tuple[str, ...]:
        """All layers that its training sentences teach."""
        return self.layers + self.auxiliary

    @property
    def holds_out(self) -> bool:
        """Whether a part of the training sentences serves as the dev set."""
        return self.corpus.dev is None and bool(self.layers)

    def train(self) -> Iterator[Sentence]:
        """Yields the sentences to learn from."""
        return self._parted(is_dev=False) if self.holds_out else iter(self.corpus.train)

    def dev(self) -> Iterator[Sentence]:
        """Yields the sentences to score on; none where it teaches no layer of the model."""
        if self.holds_out:
            return self._parted(is_dev=True)
        return iter(self.corpus.dev if self.corpus.dev is not None and self.layers else ())

    def _parted(self, *, is_dev: bool) -> Iterator[Sentence]:
        """Yields the part of the training sentences that is held out, or the other one."""
        if not self.in_documents:
            for i, sentence in enumerate(self.corpus.train, 1):
                if is_dev != bool(i % _HELD_OUT):
                    yield sentence
            return
        number = 0
        for document in documents_of(self.corpus.train):
            is_first = True
            while stretch := list(itertools.islice(document, _STRETCH)):
                number += 1
                if is_dev == bool(number % _HELD_OUT):
                    is_first = True
                    continue
                yield dataclasses.replace(stretch[0], new_document=is_first)
                yield from stretch[1:]
                is_first = False

    def marks_documents(self) -> bool:
        """Tells whether the training sentences are of more than one document."""
        return sum(1 for _ in itertools.islice(documents_of(self.corpus.train), 2)) > 1

    def title(self, split: str) -> str:
        """Returns what a split is called in scores and logs: "dev", "dev of more/"."""
        return f"{split} of {self.name}" if self.name else split


@dataclass(frozen=True, slots=True)
class ScoredSet:
    """Sentences that a model is scored on.

    Attributes:
        title: see `Source.title`.
        layers: those that the sentences have.
    """

    title: str
    layers: tuple[str, ...]
    sentences: list[Sentence]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a source holds.

    Attributes:
        train: its training sentences.
        dev: its dev set; None where it teaches no layer of the model.
        others: its dev and test sets, as far as they are scored on.
    """

    train: Survey
    dev: ScoredSet | None
    others: list[Survey]


def choose_sources(
    corpus: Corpus,
    further: Sequence[Further],
    wanted: Sequence[str],
    auxiliary: Sequence[str],
    *,
    known: Sequence[str] = (),
    in_documents: bool = False,
) -> tuple[list[str], list[str], list[Source]]:
    """Finds what is to be learned from which corpus.

    Args:
        wanted: names of layers, which some corpus has; numbers of columns are those of the
            first one. Empty: in each corpus those that are known, or else the layer that speaks
            for itself; in a further corpus those that it renames, and none that is auxiliary.
        auxiliary: layers to learn beside, in the same way.
        known: layers of a model to go on from.
        in_documents: see `Source`.

    Returns:
        The layers of the model, those beside it, and the corpora.

    Raises:
        CorpusError: there are no sentences, no such layer, none that is obvious, or a corpus
            that has no layer to teach.
    """
    corpora = [corpus, *(one.renamed() for one in further)]
    called = [one.name for one in corpora]
    for name in called:
        if called.count(name) > 1:
            expected = "each once, by a name of its own"
            raise CorpusError(name or "corpora", "two corpora of this name", expected)
    has = [layers_of(one) for one in corpora]
    names, beside = (_known_layers(corpora, has, layers) for layers in (wanted, auxiliary))
    if not wanted:
        named = [[], *([*one.names.values()] for one in further)]
        for one, its, new in zip(corpora, has, named, strict=True):
            found = new or [name for name in known if name in its] or [_obvious_layer(one, its)]
            but = [*names, *beside] if one is not corpus else []
            names += [name for name in found if name not in but]
    beside = [name for name in beside if name not in names]
    sources = []
    for one, its in zip(corpora, has, strict=True):
        kept, helping = (tuple(n for n in part if n in its) for part in (names, beside))
        if not kept + helping:
            expected = f"one of those to learn: {', '.join([*names, *beside])}"
            raise CorpusError(one.train.source, f"the layers {_listed(its)}", expected)
        sources.append(Source(one, kept, helping, one.name if further else "", in_documents))
    return names, beside, sources


def layers_beside(corpus: Corpus, but: Sequence[str]) -> list[str]:
    """Returns what is worth learning beside other layers, which may be among them: XPOS, where
    half of the training tokens are in Hangul and half have a value of it.

    (There a word is written with its particles and endings, and XPOS has a tag for each.)

    Args:
        but: layers that are not for it, names or numbers of columns.
    """
    if _HELPFUL in (_column_name(corpus, name) for name in but):
        return []
    tokens = korean = values = 0
    for sentence in corpus.train:
        if sentence.tokens and _HELPFUL not in sentence.tags:
            return []
        tokens += len(sentence)
        korean += sum(map(in_hangul, sentence.tokens))
        values += sum(value != _NO_VALUE for value in sentence.tags.get(_HELPFUL, ()))
    return [_HELPFUL] if min(korean, values) >= MANY * max(1, tokens) else []


def choose_inputs(sources: Sequence[Source], wanted: Sequence[str], learned: Sequence[str]) -> list[str]:
    """Returns the layers that are read beside the tokens; each corpus has all of them.

    Args:
        wanted: their names, or numbers of columns of the first corpus.
        learned: layers that are learned.

    Raises:
        CorpusError: a corpus lacks one, or it is learned.
    """
    names = list(dict.fromkeys(_column_name(sources[0].corpus, name) for name in wanted))
    for name in names:
        for source in sources:
            if name not in (has := layers_of(source.corpus)):
                raise _no_layer([source.corpus], has, name)
        if name in learned:
            found = "a layer that is learned and read as well"
            raise CorpusError(f"layer {name}", found, "one or the other")
    return names


def layers_of(corpus: Corpus) -> list[str]:
    """Returns the layers of a corpus, those of its first sentence.

    Raises:
        CorpusError: there are no sentences.
    """
    first = next((s for s in corpus.train if s.tokens), None)
    if first is None:
        raise CorpusError(corpus.train.source, "no sentences", "at least one")
    return [name for name in first.tags if name != NUMBER]


def _known_layers(
    corpora: Sequence[Corpus], has: Sequence[Sequence[str]], wanted: Sequence[str]
) -> list[str]:
    names = list(dict.fromkeys(_column_name(corpora[0], name) for name in wanted))
    together = list(dict.fromkeys(name for its in has for name in its))
    for name in names:
        if name not in together:
            raise _no_layer(corpora, together, name)
    return names


def _obvious_layer(corpus: Corpus, has: Sequence[str]) -> str:
    if len(has) == 1:
        return has[0]
    for name in _DEFAULT_LAYERS:
        if name in has:
            return name
    found = f"the layers {_listed(has)}"
    raise CorpusError(corpus.train.source, found, "one of them chosen by --layer")


def _column_name(corpus: Corpus, name: str) -> str:
    """Returns the layer that a column's number stands for; other names as they are."""
    layout = corpus.train.layout
    if layout and name.isdigit() and 1 <= int(name) <= len(layout.names):
        return layout.names[int(name) - 1]
    return name


def _no_layer(corpora: Sequence[Corpus], has: Sequence[str], name: str) -> CorpusError:
    place = ", ".join(corpus.train.source for corpus in corpora)
    return CorpusError(place, f"the layers {_listed(has)}", f"one named {name}")


def _listed(layers: Sequence[str]) -> str:
    return ", ".join(layers) or "none"


def look_over(source: Source, note: Callable[[str], None], inputs: Sequence[str] = ()) -> Findings:
    """Surveys a source and checks it.

    Args:
        note: is told what the user should know.
        inputs: layers that are read beside the tokens.

    Raises:
        CorpusError: it has no sentences, or tags that cannot be right.
    """
    corpus = source.corpus
    train = survey(source.train(), source.taught, inputs)
    if not train.tokens:
        raise CorpusError(corpus.train.source, "no sentences to train on", "at least one")
    if source.in_documents and not source.marks_documents():
        note(f"{corpus.train.source} marks no documents: all of it is read as one")
    if not source.layers:
        check_layers(train)
        return Findings(train, None, [])
    dev = list(source.dev())
    if source.holds_out:
        what = f"stretch of up to {_STRETCH} sentences" if source.in_documents else "sentence"
        note(f"no dev set: each {_HELD_OUT}th {what} of {corpus.train.source} is one")
    if not any(sentence.tokens for sentence in dev):
        named = (corpus.dev or corpus.train).source
        raise CorpusError(named, "no sentences for a dev set", "at least one")
    test_set = None
    if corpus.test is not None:
        test_set = survey(corpus.test, source.layers, inputs)
        if not test_set.tokens:
            raise CorpusError(corpus.test.source, "no sentences for a test set", "at least one")
    dev_set = survey(dev, source.layers, inputs)
    check_layers(train, dev_set, test_set)
    others = [dev_set, *([test_set] if test_set is not None else [])]
    return Findings(train, ScoredSet(source.title("dev"), source.layers, dev), others)


def joined(
    sources: Sequence[Source],
    surveys: Sequence[Survey],
    layers: Sequence[str],
    note: Callable[[str], None],
) -> Survey:
    """Puts surveys of training sentences together; layers of one name become one.

    Args:
        layers: the order that they get.

    Raises:
        CorpusError: a layer holds spans in one corpus and none in another, or spans in another
            scheme.
    """
    whole = survey((), layers)
    for i, (source, found) in enumerate(zip(sources, surveys, strict=True)):
        for name in source.taught:
            for before, known in zip(sources[:i], surveys[:i], strict=True):
                if name in known.layers:
                    _check_agreement(name, (before, known), (source, found), note)
        whole.join(found)
    return whole


def _check_agreement(
    name: str, first: tuple[Source, Survey], second: tuple[Source, Survey], note: Callable[[str], None]
) -> None:
    """Checks that one layer of two corpora can be learned as one."""
    (before, known), (source, found) = first, second
    old, new = known.layers[name], found.layers[name]
    scheme, other = old.scheme(), new.scheme()
    if old.is_empty() or new.is_empty():
        return
    if scheme != other:
        raise CorpusError(
            new.first_place(),
            f"{other or 'tags that are no spans'} in layer {name}",
            f"{scheme or 'no spans'}, as in {before.corpus.train.source}, or another name for it",
        )
    tags = [layer.meanings(scheme is not None) for layer in (old, new)]
    if not tags[0] & tags[1]:
        note(
            f"layer {name}: {source.corpus.train.source} has only {some(tags[1])},"
            f" {before.corpus.train.source} only {some(tags[0])}; they are learned as one layer"
        )
