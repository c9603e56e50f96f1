"""Hugging Face data sets: from the hub, from disk, and back.

The only page that imports `datasets` (extra `train`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpora.errors import CorpusError, shown
from corpora.formats.jsonl import is_text
from corpora.formats.records import (
    BESIDE,
    COMMENTS,
    NEW_DOCUMENT,
    OFFSETS,
    TEXT,
    TOKENS,
    check_layers,
    fields,
    to_record,
    to_sentence,
)
from corpora.naming import LAYER_FIELDS, field_of, layer_of
from corpora.options import READ_DEFAULTS, ReadOptions, Remark
from corpora.sentence import Sentence

if TYPE_CHECKING:
    import datasets

    from corpora.formats.columns import Layout

PREFIX = "hf:"

_ROWS_AT_ONCE = 1000
_MOST_CLASSES = 1000  # a layer of more tags (FEATS of some languages) stays one of strings
_PATIENCE = 10  # seconds for the hub to answer
_VAGUE = "An error occurred while generating the dataset"  # says `datasets`; the cause says which
_SAVED = ("dataset_dict.json", "state.json")  # what `save_to_disk` leaves in a folder


class DatasetSplit:
    """The sentences of one split of a data set, read anew at each iteration.

    Args:
        dataset: a `Dataset` or `IterableDataset`.
        source: its name, for messages.
        options: of which the names of classes count, and `report`.

    Raises:
        CorpusError: it has no column of tokens.
    """

    def __init__(
        self,
        dataset: datasets.Dataset | datasets.IterableDataset,
        source: str,
        options: ReadOptions = READ_DEFAULTS,
    ) -> None:
        self.dataset = dataset.with_format(None)  # plain Python values
        self.source = source
        self.path: Path | None = None
        self.layout: Layout | None = None
        self._options = options
        self._classes: dict[str, tuple[str, ...]] = {}
        features = self._features()
        self._empty: dict[str, Any] = dict.fromkeys(features)
        lists = {}
        for name, feature in features.items():
            inner = getattr(feature, "feature", None)
            names = getattr(inner, "names", None)
            if names is not None:  # none at all where no sentence has a token
                self._classes[layer_of(name)] = tuple(names)
            if inner is not None and not isinstance(inner, dict):
                lists[name] = self._may_hold_tags(name, str(getattr(inner, "dtype", "")))
        self._classes |= options.classes
        self._tokens, self._layers = fields(features, lists, source)
        for name in lists:
            if name not in (self._tokens, *self._layers.values(), *BESIDE):
                message = f"the column {name} is left out: it holds neither tags nor numbers with names"
                options.report(Remark("columns left out", source, message))

    def __iter__(self) -> Iterator[Sentence]:
        for number, row in enumerate(self._rows(), 1):
            yield to_sentence(
                self._empty | row,
                self._tokens,
                self._layers,
                self._classes,
                self.source,
                number,
                self._options,
            )

    def sniff(self) -> Layout | None:
        """Returns None: a data set has no columns of text."""
        return None

    def _rows(self) -> Iterator[dict[str, Any]]:
        number = 0
        try:
            for number, row in enumerate(self.dataset, 1):  # noqa: B007 - the error tells it
                yield row
        except Exception as error:  # of the network, of the file's format
            raise CorpusError(f"{self.source}:{number + 1}", _described(error), "a row") from error

    def _features(self) -> Mapping[str, Any]:
        import datasets

        if self.dataset.features is not None:
            found: Mapping[str, Any] = self.dataset.features
            return found
        rows = list(itertools.islice(self._rows(), _ROWS_AT_ONCE))  # a stream that does not declare them
        names = dict.fromkeys(name for row in rows for name in row)
        try:
            values = {name: [row.get(name) for row in rows] for name in names}
            known: Mapping[str, Any] = datasets.Dataset.from_dict(values).features
        except Exception as error:  # of pyarrow, where the rows differ in their types
            expected = "columns of one type each"
            raise CorpusError(self.source, _described(error), expected) from error
        return known

    def _may_hold_tags(self, name: str, kind: str) -> bool:
        """Tells whether a column of lists is a layer; numbers are where they have names, and
        where the column's name says so (what names they lack is said when they are read)."""
        if kind in ("string", "large_string"):
            return True
        named = layer_of(name) in self._classes or layer_of(name) in self._options.classes
        tags = name.lower() in LAYER_FIELDS or name.lower().endswith("_tags")
        return named or (tags and "int" in kind)


def is_saved(path: Path) -> bool:
    """Tells whether `save_to_disk` made a folder."""
    return any((path / name).is_file() for name in _SAVED)


def parse(name: str) -> tuple[str, str | None, str | None]:
    """Splits hf:NAME[/CONFIG][@REVISION] into its parts.

    A name with one slash is OWNER/NAME, as the hub has them; a second one begins the
    configuration. A folder on disk keeps all its slashes.

    >>> parse("hf:universal-dependencies/universal_dependencies/en_ewt@v2.0")
    ('universal-dependencies/universal_dependencies', 'en_ewt', 'v2.0')

    Raises:
        CorpusError: there is no name.
    """
    rest = name.removeprefix(PREFIX)
    if rest and os.path.exists(rest):  # noqa: PTH110 - Path.exists raises on an overlong name
        return rest, None, None
    path, _, revision = rest.partition("@")
    parts = path.split("/")
    if not path or not all(parts) or len(parts) > 3:
        raise CorpusError(shown(name), "no name of a data set", "hf:OWNER/NAME[/CONFIG][@REVISION]")
    return "/".join(parts[:2]), parts[2] if len(parts) == 3 else None, revision or None


def load(name: str, options: ReadOptions = READ_DEFAULTS) -> dict[str, DatasetSplit]:
    """Loads the splits of a data set: from the hub, or from a folder on disk.

    Args:
        name: "hf:…" (see `parse`), or a folder that `save_to_disk` made.
        options: how it is read; `streaming` reads it from the network as it goes.

    Raises:
        CorpusError: it cannot be had, or has no column of tokens.
    """
    import datasets

    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    path, config, revision = parse(name)
    if _is_unknown(path, name) and config is None and path.count("/") == 1:
        owner, _, rest = path.partition("/")
        if not _is_unknown(owner, name):  # one of the old names without an owner
            path, config = owner, rest
    with _quiet():
        try:
            if is_saved(Path(path)):
                loaded: Any = datasets.load_from_disk(path)
            else:
                streaming = options.streaming
                loaded = datasets.load_dataset(path, config, revision=revision, streaming=streaming)
        except Exception as error:  # the hub, the network, file formats: each raises its own
            raise CorpusError(
                name,
                f"no data set ({_described(error)})",
                "a name on the Hugging Face hub and a way to reach it, or a folder",
            ) from error
        if not isinstance(loaded, dict):
            loaded = {"train": loaded}
        return {str(key): DatasetSplit(d, f"{name}/{key}", options) for key, d in loaded.items()}


def to_datasets(splits: Iterable[tuple[str, Iterable[Sentence]]]) -> datasets.DatasetDict:
    """Makes a data set of splits: tokens, one column a layer (numbers with the names of
    their classes), text, offsets, comments, document boundaries. Held in memory.

    Raises:
        CorpusError: sentences differ in their layers, or a text is no Unicode text.
    """
    import datasets
    import pyarrow

    splits = list(splits)
    inventories: dict[str, dict[str, None]] | None = None
    for _, sentences in splits:
        for sentence in sentences:
            if inventories is None:
                inventories = {layer: {} for layer in sentence.tags}
            check_layers(sentence, list(inventories))
            _check_unicode(sentence)
            for layer, tags in sentence.tags.items():
                inventories[layer].update(dict.fromkeys(tags))
    layers = list(inventories or ())
    features = _features_of(inventories or {})
    numbers = {
        layer: {tag: i for i, tag in enumerate(features[layer].feature.names)}
        for layer in layers
        if isinstance(features[layer].feature, datasets.ClassLabel)
    }
    made = {}
    for name, sentences in splits:
        records = (to_record(sentence, layers) for sentence in sentences)
        tables = [features.arrow_schema.empty_table()]
        while some := list(itertools.islice(records, _ROWS_AT_ONCE)):
            for record in some:
                for layer, known in numbers.items():
                    record[layer] = [known[tag] for tag in record[layer]]
            tables.append(pyarrow.Table.from_pylist(some, schema=features.arrow_schema))
        made[name] = datasets.Dataset(pyarrow.concat_tables(tables))
    return datasets.DatasetDict(made)


def arrow_table(
    rows: Iterator[dict[str, Any]], layers: int, folder: Path, texts: Sequence[str] = ()
) -> datasets.Dataset:
    """Writes rows to an Arrow file and opens it; memory does not grow with it.

    Args:
        rows: {"tokens": [...], "start": 0, "end": 9, "tags_0": [...], …}, tags as numbers,
            None where there are none; the tokens from `start` up to `end` have them.
        layers: how many columns of tags there are.
        folder: where the file is put.
        texts: names of columns of texts, one a token, in the rows.
    """
    import datasets
    from datasets.arrow_writer import ArrowWriter

    columns: dict[str, Any] = {
        name: datasets.List(datasets.Value("string")) for name in ("tokens", *texts)
    }
    columns |= {name: datasets.Value("int32") for name in ("start", "end")}
    columns |= {f"tags_{i}": datasets.List(datasets.Value("int32")) for i in range(layers)}
    path = folder / "train.arrow"
    with ArrowWriter(
        path=str(path), features=datasets.Features(columns), writer_batch_size=_ROWS_AT_ONCE
    ) as writer:
        for row in rows:
            writer.write(row)
        writer.finalize()
    return datasets.Dataset.from_file(str(path))


def _features_of(inventories: Mapping[str, Iterable[str]]) -> datasets.Features:
    import datasets

    string = datasets.Value("string")
    columns: dict[str, Any] = {TOKENS: datasets.List(string)}
    for layer, inventory in inventories.items():
        tags = sorted(inventory, key=lambda tag: (tag != "O", tag))
        labels = datasets.ClassLabel(names=tags) if len(tags) <= _MOST_CLASSES else string
        columns[field_of(layer, layer)] = datasets.List(labels)
    columns[TEXT] = string
    columns[OFFSETS] = datasets.List(datasets.List(datasets.Value("int64")))
    columns[NEW_DOCUMENT] = datasets.Value("bool")
    columns[COMMENTS] = datasets.List(string)
    return datasets.Features(columns)


def _check_unicode(sentence: Sentence) -> None:
    texts = (sentence.text or "", *sentence.comments, *itertools.chain(*sentence.tags.values()))
    if not all(map(is_text, (*sentence.tokens, *texts))):
        raise CorpusError(sentence.place(), "half of a surrogate pair", "Unicode text")


def _is_unknown(path: str, name: str) -> bool:
    """Asks the hub once whether it knows no such data set; what follows would ask for half
    a minute before it says that the hub does not answer.

    Raises:
        CorpusError: the hub does not answer.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    if os.path.exists(path) or constants.HF_HUB_OFFLINE:  # noqa: PTH110 - a long name is none
        return False
    try:
        HfApi().dataset_info(path, timeout=_PATIENCE)
    except RepositoryNotFoundError:
        return True
    except (HfHubHTTPError, ValueError):
        return False  # an answer, or no name to ask for: `datasets` says best what is wrong
    except Exception as error:  # of whatever library speaks HTTP
        raise CorpusError(
            name,
            f"no answer from the Hugging Face hub ({_described(error)})",
            "a way to reach it, a folder, or HF_HUB_OFFLINE=1 for what was loaded before",
        ) from error
    return False


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps `datasets` from logging what is raised as an error anyhow."""
    import datasets

    before = datasets.logging.get_verbosity()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    try:
        yield
    finally:
        datasets.logging.set_verbosity(before)


def _described(error: BaseException) -> str:
    """Returns kind and first line of an error of another library."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = next((line for line in lines if line and line != _VAGUE), "")
    if not said and error.__cause__ is not None:
        return _described(error.__cause__)
    return f"{type(error).__name__}: {shown(said, 200)}" if said else type(error).__name__
