"""Hugging Face data sets: from a folder or a stream, by the names of classes, and back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import httpx
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, IterableDataset, List, Value
from huggingface_hub.errors import RepositoryNotFoundError
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Corpus, CorpusError, ReadOptions, Remark, Sentence, Split, load_corpus
from corpora.hub import DatasetSplit, load, parse, to_datasets
from tagger.cli import main

ROOT = Path(__file__).parents[2]
STRINGS = List(Value("string"))
NER = List(ClassLabel(names=["O", "B-PER", "I-PER"]))
ROWS = [
    {"id": "0", "tokens": ["Ada", "Lovelace", "slept"], "ner_tags": [1, 2, 0], "upos": ["X", "X", "Y"]},
    {"id": "1", "tokens": ["", "a b"], "ner_tags": [0, 0], "upos": ["", "Y Z"]},
]
FEATURES = Features({"id": Value("string"), "tokens": STRINGS, "ner_tags": NER, "upos": STRINGS})
EXPECTED = [
    (["Ada", "Lovelace", "slept"], {"ner": ["B-PER", "I-PER", "O"], "UPOS": ["X", "X", "Y"]}),
    (["", "a b"], {"ner": ["O", "O"], "UPOS": ["", "Y Z"]}),
]


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No network, no bars of progress, no cache outside this test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def made(rows: list[dict[str, Any]] = ROWS, features: Features | None = FEATURES) -> Dataset:
    return Dataset.from_list(rows, features=features)


def lists(rows: Any) -> list[tuple[list[str], dict[str, list[str]]]]:
    return [(sentence.tokens, sentence.tags) for sentence in rows]


def told(**options: Any) -> tuple[list[str], ReadOptions]:
    """Returns options, and where their remarks go."""
    remarks: list[str] = []

    def report(remark: Remark) -> None:
        remarks.append(f"{remark.kind}: {remark}")

    return remarks, ReadOptions(report=report, **options)


def error(call: Callable[[], object]) -> str:
    """Returns what is said of something that is wrong."""
    with pytest.raises(CorpusError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


PLACES = {
    "a data set on disk": lambda: made().save_to_disk("x"),
    "splits on disk": lambda: DatasetDict(train=made()).save_to_disk("x"),
    "parquet": lambda: made().to_parquet("x/train.parquet"),
    "parquet of parts": lambda: [
        made([r]).to_parquet(f"x/train-{i}.parquet") for i, r in enumerate(ROWS)
    ],
}


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("place", "name"),
    [
        (place, name)
        for place in PLACES
        for name in ("x", "hf:x", "hf:./x", "hf:{}/x")
        if (place, name) != ("parquet of parts", "x")  # a folder of files has one a split
    ],
)
def test_folders(tmp_path: Path, place: str, name: str, streaming: bool) -> None:
    Path("x").mkdir()
    PLACES[place]()
    name = name.format(tmp_path)
    remarks, options = told(streaming=streaming)
    corpus = load_corpus(name, options=options)
    assert (corpus.name, corpus.dev, corpus.test, remarks) == (name, None, None, [])
    assert lists(corpus.train) == EXPECTED
    assert lists(corpus.train) == EXPECTED  # again
    assert corpus.train.sniff() is None
    if corpus.train.path is None:
        assert [s.place() for s in corpus.train] == [f"{name}/train:1", f"{name}/train:2"]


@pytest.mark.parametrize("streaming", [False, True])
def test_json_lines_of_strings(streaming: bool) -> None:
    Path("x").mkdir()
    for name, words in (("train", ["Ada"]), ("validation", ["Bob"]), ("test", ["Eve"])):
        rows = [{"words": words, "ner": ["O"]}, {"words": ["x"], "ner": ["B-X"]}]
        Path(f"x/{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    corpus = load_corpus("hf:x", options=ReadOptions(streaming=streaming))
    assert {key: lists(part)[0] for key, part in corpus.splits()} == {
        "train": (["Ada"], {"ner": ["O"]}),
        "dev": (["Bob"], {"ner": ["O"]}),
        "test": (["Eve"], {"ner": ["O"]}),
    }


@pytest.mark.parametrize(
    ("names", "found", "remarks"),
    [
        (["train", "validation", "test"], {"train": 0, "dev": 1, "test": 2}, []),
        (["training", "dev", "TEST"], {"train": 0, "dev": 1, "test": 2}, []),
        (["testb", "testa", "train"], {"train": 2, "dev": 1, "test": 0}, []),
        (
            ["extra"],
            {"train": 0},
            ["splits taken as train: hf:x: the only split, extra, is taken as train"],
        ),
        (
            ["test"],
            {"train": 0},
            ["splits taken as train: hf:x: the only split, test, is taken as train"],
        ),
        (
            ["extra", "train"],
            {"train": 1},
            ["splits left out: hf:x: the split extra is none of train, dev and test, and is left out"],
        ),
        (
            ["train", "dev", "validation"],
            {"train": 0, "dev": 1},
            ["splits left out: hf:x: the split validation is a second dev set, and is left out"],
        ),
    ],
)
def test_splits(names: list[str], found: dict[str, int], remarks: list[str]) -> None:
    parts = [made([{"tokens": [str(i)]}], None) for i in range(len(names))]
    DatasetDict(dict(zip(names, parts, strict=True))).save_to_disk("x")
    reported, options = told()
    corpus = load_corpus("hf:x", options=options)
    assert {key: int(next(iter(part)).tokens[0]) for key, part in corpus.splits()} == found
    assert {key: part.source for key, part in corpus.splits()} == {
        key: f"hf:x/{names[i]}" for key, i in found.items()
    }
    assert reported == remarks


def test_named_files_take_the_place_of_splits() -> None:
    DatasetDict(train=made(), validation=made()).save_to_disk("x")
    Path("dev.conll").write_text("Bob\tB-PER\n")
    corpus = load_corpus("x", dev="dev.conll", test="dev.conll")
    assert corpus.dev is not None
    assert corpus.test is not None
    assert lists(corpus.dev) == lists(corpus.test) == [(["Bob"], {"ner": ["B-PER"]})]


FIELDS = {
    "strings": ({"tokens": STRINGS, "ner": STRINGS}, [["a"], ["O"]], {"ner": ["O"]}),
    "classes": ({"tokens": STRINGS, "chunk_tags": NER}, [["a"], [2]], {"chunk": ["I-PER"]}),
    "several layers": (
        {"pos": STRINGS, "words": STRINGS, "ner_tags": NER, "fine_ner_tags": NER},
        [["N"], ["a"], [1], [0]],
        {"pos": ["N"], "ner": ["B-PER"], "fine_ner": ["O"]},
    ),
    "large": (
        {
            "Tokens": datasets.LargeList(Value("large_string")),
            "t": datasets.LargeList(Value("large_string")),
        },
        [["a"], ["x"]],
        {"t": ["x"]},
    ),
    "a length": (
        {"tokens": List(Value("string"), length=1), "t": STRINGS},
        [["a"], ["x"]],
        {"t": ["x"]},
    ),
    "columns beside": (
        {
            "id": Value("int32"),
            "tokens": STRINGS,
            "lang": Value("string"),
            "label": ClassLabel(names=["a"]),
        },
        [7, ["a"], "en", 0],
        {},
    ),
}


@pytest.mark.parametrize(("features", "row", "tags"), FIELDS.values(), ids=FIELDS)
def test_columns(features: dict[str, Any], row: list[Any], tags: dict[str, list[str]]) -> None:
    known = Features(features)
    dataset = Dataset.from_dict({name: [v] for name, v in zip(known, row, strict=True)}, features=known)
    remarks, options = told()
    for given_one in (dataset, dataset.to_iterable_dataset(), dataset.with_format("numpy")):
        assert lists(DatasetSplit(given_one, "x", options)) == [(["a"], tags)]
    assert remarks == []


def test_columns_that_are_left_out_are_told() -> None:
    rows = [{"tokens": ["a"], "ner": ["O"], "heads": [0], "boxes": [[1, 2]]}]
    remarks, options = told()
    assert lists(DatasetSplit(made(rows, None), "x", options)) == [(["a"], {"ner": ["O"]})]
    why = "it holds neither tags nor numbers with names"
    assert remarks == [
        f"columns left out: x: the column {name} is left out: {why}" for name in ("heads", "boxes")
    ]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("field", ["ner_tags", "ner", "NER_TAGS"])
def test_names_for_numbers(field: str, stream: bool) -> None:
    dataset = made([{"tokens": ["Ada", "slept"], field: [1, 0]}], None)
    given_one = dataset.to_iterable_dataset() if stream else dataset
    message = "x:1: found the number 1 in layer ner, expected names: --classes ner=NAME,NAME,…"
    assert error(lambda: list(DatasetSplit(given_one, "x"))) == message
    options = ReadOptions(classes={"ner": ("O", "B-X")})
    assert lists(DatasetSplit(given_one, "x", options)) == [(["Ada", "slept"], {"ner": ["B-X", "O"]})]


def test_named_classes_take_the_place_of_those_of_the_data_set() -> None:
    found = DatasetSplit(made(), "x", ReadOptions(classes={"ner": ("o", "b", "i")}))
    assert next(iter(found)).tags["ner"] == ["b", "i", "o"]


def undeclared(rows: list[dict[str, Any]]) -> IterableDataset:
    """A stream that does not say what its columns are."""
    dataset = IterableDataset.from_generator(lambda: iter(rows))
    assert dataset.features is None
    return dataset


def test_a_stream_that_does_not_declare_its_columns() -> None:
    rows = [{"tokens": ["a"], "ner": ["O"], "id": 3}, {"tokens": ["b"], "ner": ["B-X"]}]
    split = DatasetSplit(undeclared(rows), "x")
    for _ in range(2):
        assert lists(split) == [(["a"], {"ner": ["O"]}), (["b"], {"ner": ["B-X"]})]
    later = [{"tokens": [], "ner": []}, *rows]
    assert lists(DatasetSplit(undeclared(later), "x"))[1:] == lists(split)


LATE = [{"tokens": ["a"], "ner": ["O"]}] * 1000
STREAMS = [
    ([], "x: found the columns , expected a column of lists named tokens, words, forms"),
    (
        [{"tokens": ["a"]}, {"tokens": ["b"], "ner": ["O"]}],
        "x:1: found ner 'None', expected a list of tags",
    ),
    ([*LATE, {"tokens": ["b"]}], "x:1001: found ner 'None', expected a list of tags"),
    ([*LATE, {"ner": ["O"]}], "x:1001: found tokens 'None', expected a list of strings"),
    ([*LATE, {"tokens": ["b"], "ner": "O"}], "x:1001: found ner 'O', expected a list of tags"),
    (
        [{"tokens": ["a"], "ner": ["O"]}, {"tokens": ["a"], "ner": [3]}],
        "x: found ArrowInvalid: \"Could not convert 'O' with type str: tried to convert to int64\","
        " expected columns of one type each",
    ),
]


@pytest.mark.parametrize(("rows", "message"), STREAMS, ids=[message for _, message in STREAMS])
def test_streams_that_change(rows: list[dict[str, Any]], message: str) -> None:
    assert error(lambda: list(DatasetSplit(undeclared(rows), "x"))) == message


def test_a_stream_that_breaks_off() -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        raise OSError("the line\nis dead")

    split = DatasetSplit(IterableDataset.from_generator(broken, features=FEATURES), "x")
    rows = iter(split)
    assert next(rows).tokens == ["Ada", "Lovelace", "slept"]
    assert error(lambda: next(rows)) == "x:2: found OSError: 'the line', expected a row"


WRONG = [
    (
        {"text": "Ada slept"},
        "x: found the columns text, expected a column of lists named tokens, words, forms",
    ),
    (
        {"tokens": "Ada slept", "ner": ["O"]},
        "x: found the columns tokens, ner, expected a column of lists named tokens, words, forms",
    ),
    (
        {"tokens": ["a", None], "ner": ["O", "O"]},
        "x:1: found tokens \"['a', None]\", expected a list of strings",
    ),
    ({"tokens": ["a"], "ner": ["O", "O"]}, "x:1: found 2 tags in layer ner, expected 1, one a token"),
    (
        {"tokens": ["a"], "ner": ["O"], "ner_tags": ["O"]},
        "x: found two columns for the layer ner, expected different names",
    ),
    (
        {"tokens": ["a"], "text": "a", "offsets": [[0, 2]]},
        "x:1: found offsets '[0, 2]', expected [start, end] within 0 to 1",
    ),
]


@pytest.mark.parametrize(("row", "message"), WRONG, ids=[message for _, message in WRONG])
def test_rows_that_are_no_sentences(row: dict[str, Any], message: str) -> None:
    dataset = made([row], None)
    for given_one in (dataset, dataset.to_iterable_dataset()):
        found = error(lambda given_one=given_one: list(DatasetSplit(given_one, "x")))
        assert found == message


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        (-1, "x:1: found the number -1 in layer ner, expected 0 to 2, its classes"),
        (None, "x:1: found 'None' in layer ner, expected a tag or its number"),
    ],
)
def test_numbers_of_no_class(tag: int | None, message: str) -> None:
    """-1 is what the hub has for tags of a test set that nobody may know."""
    features = Features({"tokens": STRINGS, "ner_tags": NER})
    dataset = made([{"tokens": ["a"], "ner_tags": [tag]}], features)
    assert error(lambda: list(DatasetSplit(dataset, "x"))) == message


def test_a_text_without_the_tokens_is_told() -> None:
    remarks, options = told()
    rows = [{"tokens": ["a", "b"], "text": "a  b"}, {"tokens": ["a"], "text": "c"}]
    texts = [(s.text, s.offsets) for s in DatasetSplit(made(rows, None), "x", options)]
    assert texts == [("a  b", [(0, 1), (3, 4)]), (None, None)]
    assert remarks == ["texts left out: x:2: the text 'c' does not hold the tokens and is left out"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("hf:name", ("name", None, None)),
        ("hf:owner/name", ("owner/name", None, None)),
        ("hf:owner/name/config", ("owner/name", "config", None)),
        ("hf:owner/name@v1.0", ("owner/name", None, "v1.0")),
        ("hf:owner/name@", ("owner/name", None, None)),
        ("hf:owner/name/config@refs/pr/1", ("owner/name", "config", "refs/pr/1")),
        ("hf:name@main", ("name", None, "main")),
        ("hf:a/b/c/d", ("a/b/c/d", None, None)),  # a folder that is there
        ("hf:a/b@1", ("a/b@1", None, None)),
        ("hf:" + "x" * 300, ("x" * 300, None, None)),
    ],
)
def test_parse(name: str, parts: tuple[str, str | None, str | None]) -> None:
    Path("a/b/c/d").mkdir(parents=True)
    Path("a/b@1").mkdir()
    assert parse(name) == parts


@pytest.mark.parametrize("name", ["hf:", "hf:@main", "hf:a//b", "hf:/a/b/c", "hf:a/b/c/d", "hf:a/"])
def test_no_name(name: str) -> None:
    message = f"{name!r}: found no name of a data set, expected hf:OWNER/NAME[/CONFIG][@REVISION]"
    assert error(lambda: parse(name)) == message
    assert error(lambda: load_corpus(name)) == message


A_NAME = "a name on the Hugging Face hub and a way to reach it, or a folder"


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("no-such/data-set", "ConnectionError: \"Couldn't reach 'no-such/data-set' on the Hub"),
        (
            "no-such/data-set/config@v1",
            "ConnectionError: \"Couldn't reach 'no-such/data-set' on the Hub",
        ),
        ("no-such", "ConnectionError: \"Couldn't reach 'no-such' on the Hub"),
        ("empty", "EmptyDatasetError: "),
        (
            "broken",
            "ArrowInvalid: 'JSON parse error: Missing a closing quotation mark in string. in row 1'",
        ),
        ("saved", "FileNotFoundError: 'Directory saved is neither a `Dataset` directory nor"),
        ("file.txt", "ConnectionError: \"Couldn't reach 'file.txt' on the Hub"),
    ],
)
def test_what_is_no_data_set(
    capfd: pytest.CaptureFixture[str], name: str, found: str, streaming: bool
) -> None:
    for folder in ("empty", "broken", "saved"):
        Path(folder).mkdir()
    Path("broken/train.jsonl").write_text('{"tokens": ["a"], "ner": ["O"]}\n{"tok')
    Path("saved/state.json").write_text("{}")
    Path("file.txt").touch()
    options = ReadOptions(streaming=streaming)

    def read_all() -> None:
        list(load_corpus(f"hf:{name}", options=options).train)

    message = error(read_all)
    if streaming and name == "broken":  # which has only begun to be read
        assert message == f"hf:broken/train:1: found {found}, expected a row"
        return
    assert message.startswith(f"hf:{name}: found no data set ({found}")
    assert message.endswith(f"), expected {A_NAME}")
    assert capfd.readouterr() == ("", "")


OFFLINE = {
    "HF_HUB_OFFLINE=1": (
        "no data set (ConnectionError: \"Couldn't reach 'no-such/data-set' on the Hub"
        f' (OfflineModeIsEnabled)"), expected {A_NAME}'
    ),
    "HF_ENDPOINT=http://127.0.0.1:9": (
        "no answer from the Hugging Face hub (ConnectError: '[Errno 111] Connection refused'),"
        " expected a way to reach it, a folder, or HF_HUB_OFFLINE=1 for what was loaded before"
    ),
}


@pytest.mark.parametrize(("setting", "found"), OFFLINE.items(), ids=OFFLINE)
def test_without_network(tmp_path: Path, setting: str, found: str) -> None:
    """One line, no traceback, and no half minute of trying again."""
    variable, _, value = setting.partition("=")
    beside = ("HF_", "HUGGINGFACE_", "HTTP", "ALL_PROXY")
    env = {key: v for key, v in os.environ.items() if not key.upper().startswith(beside)}
    env |= {variable: value, "HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    code = "import sys, time; import datasets; from tagger.cli import main; began = time.monotonic();"
    code += " status = main(['check', 'hf:no-such/data-set']); print(time.monotonic() - began);"
    code += " sys.exit(status)"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8")
    assert done.stderr == f"tagger: hf:no-such/data-set: found {found}\n"
    assert done.returncode == 1
    assert float(done.stdout) < 10


def test_no_bars_where_nobody_looks(tmp_path: Path) -> None:
    """Not even where a data set is made anew from files, which takes its time."""
    Path("x").mkdir()
    Path("x/train.jsonl").write_text('{"tokens": ["Ada"], "ner": ["B-PER"]}\n' * 2000)
    env = os.environ | {"HF_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    code = "from corpora import load_corpus; print(len(list(load_corpus('hf:x').train)))"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2000\n", "")


# back to data sets


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@st.composite
def corpora(draw: st.DrawFn) -> list[Sentence]:
    layers = draw(st.lists(st.sampled_from(["ner", "UPOS", "x y", "chunk"]), unique=True))
    sentences = []
    for tokens in draw(st.lists(st.lists(texts, max_size=4), min_size=1, max_size=4)):
        text = draw(st.none() | st.just(" ".join(tokens)))
        positions, offsets = 0, []
        for token in tokens:
            offsets.append((positions, positions + len(token)))
            positions += len(token) + 1
        known = text is not None and bool(tokens)
        sentences.append(
            Sentence(
                tokens,
                {layer: [draw(texts) for _ in tokens] for layer in layers},
                text=text if known else None,
                offsets=offsets if known else None,
                comments=tuple(draw(st.lists(texts, max_size=2))),
                new_document=draw(st.booleans()),
            )
        )
    return sentences


class Sentences(list[Sentence]):
    """Sentences at hand, as a part of a corpus."""

    source = "made"
    path = layout = None

    def sniff(self) -> None:
        return None


def content(sentences: Any) -> list[tuple[Any, ...]]:
    """Returns what a data set has to keep of sentences."""
    return [(s.tokens, s.tags, s.text, s.offsets, s.comments, s.new_document) for s in sentences]


@settings(max_examples=40)
@given(sentences=corpora())
def test_there_and_back(sentences: list[Sentence]) -> None:
    corpus = Corpus("made", Sentences(sentences), None, Sentences(sentences[:1]))
    made_of_it = corpus.to_datasets()
    assert list(made_of_it) == ["train", "test"]
    remarks, options = told()
    again = Corpus.from_datasets(made_of_it, "x", options)
    assert content(again.train) == content(sentences)
    assert again.dev is None
    assert again.test is not None
    assert content(again.test) == content(sentences[:1])
    assert remarks == []
    streams = {key: part.to_iterable_dataset() for key, part in made_of_it.items()}
    assert content(Corpus.from_datasets(streams).train) == content(sentences)


@settings(max_examples=10)
@given(sentences=corpora())
def test_there_and_back_on_disk(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[Sentence]
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    corpus = Corpus("made", Sentences(sentences), Sentences(sentences[-1:]))
    corpus.to_datasets().save_to_disk(folder)
    again = load_corpus(str(folder))
    assert content(again.train) == content(sentences)
    assert again.dev is not None
    assert content(again.dev) == content(sentences[-1:])
    parquet = tmp_path_factory.mktemp("parquet")
    corpus.to_datasets()["train"].to_parquet(parquet / "train.parquet")
    assert content(load_corpus(str(parquet)).train) == content(sentences)


def test_a_starter_corpus_there_and_back() -> None:
    corpus = load_corpus("starter:english")
    corpus.to_datasets().save_to_disk("x")
    again = load_corpus("x")
    for (name, part), (name_again, part_again) in zip(corpus.splits(), again.splits(), strict=True):
        assert name == name_again
        assert content(part_again) == content(part)


def test_features() -> None:
    sentences = [
        Sentence(["a", "b"], {"ner": ["I-X", "B-X"], "UPOS": ["X", "N"]}),
        Sentence(["c"], {"ner": ["O"], "UPOS": ["X"]}),
    ]
    found = to_datasets([("train", sentences)])
    assert found["train"].features == Features(
        {
            "tokens": STRINGS,
            "ner": List(ClassLabel(names=["O", "B-X", "I-X"])),
            "UPOS": List(ClassLabel(names=["N", "X"])),
            "text": Value("string"),
            "offsets": List(List(Value("int64"))),
            "new_document": Value("bool"),
            "comments": STRINGS,
        }
    )
    assert found["train"][0] == {
        "tokens": ["a", "b"],
        "ner": [2, 1],
        "UPOS": [1, 0],
        "text": None,
        "offsets": None,
        "new_document": False,
        "comments": [],
    }


def test_a_layer_of_many_tags_stays_one_of_strings() -> None:
    tags = [f"F={i}" for i in range(1001)]
    corpus = to_datasets([("train", [Sentence(tags, {"FEATS": tags, "UPOS": ["X"] * 1001})])])
    assert corpus["train"].features["FEATS"] == STRINGS
    assert corpus["train"].features["UPOS"] == List(ClassLabel(names=["X"]))
    assert next(iter(Corpus.from_datasets(corpus).train)).tags["FEATS"] == tags


def test_nothing_at_all() -> None:
    assert len(to_datasets([("train", [])])["train"]) == 0
    assert list(Corpus.from_datasets(to_datasets([("train", [])])).train) == []
    assert (
        error(lambda: Corpus.from_datasets({}, "x"))
        == "x: found the splits none, expected one named train"
    )


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (
            [
                Sentence(["a"], {"ner": ["O"]}),
                Sentence(["a"], {"ner": ["O"], "x": ["y"]}, source="f", line=3),
            ],
            "f:3: found the layers ner, x, expected those of the first sentence: ner",
        ),
        (
            [Sentence(["a"], {"ner": ["O"]}), Sentence(["a"], source="f", line=3)],
            "f:3: found the layers none, expected those of the first sentence: ner",
        ),
        (
            [Sentence(["a"], {"ner_tags": ["O"]})],
            "ner_tags: found a layer named 'ner_tags', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"], {"text": ["O"]})],
            "text: found a layer named 'text', expected a name that is read as that layer",
        ),
        (
            [Sentence(["a"]), Sentence(["\ud800"], source="f", line=3)],
            "f:3: found half of a surrogate pair, expected Unicode text",
        ),
        (
            [Sentence(["a"], {"ner": ["\udfff"]}, source="f", line=3)],
            "f:3: found half of a surrogate pair, expected Unicode text",
        ),
    ],
)
def test_what_no_data_set_can_hold(sentences: list[Sentence], message: str) -> None:
    assert error(lambda: to_datasets([("train", sentences)])) == message


def test_splits_differ_in_their_layers() -> None:
    parts = [
        ("train", [Sentence(["a"], {"ner": ["O"]})]),
        ("test", [Sentence(["a"], source="f", line=3)]),
    ]
    message = "f:3: found the layers none, expected those of the first sentence: ner"
    assert error(lambda: to_datasets(parts)) == message


# from the command line

TRAINING = ["training.epochs=1", "training.threads=1", "model.hidden_size=8", "model.projection=8"]


@pytest.fixture
def saved() -> Path:
    """A data set on disk, its tags numbers with names; `validation` has a label of its own."""
    rows = [ROWS[0], {"id": "2", "tokens": ["Ada"], "ner_tags": [1], "upos": ["X"]}] * 10
    DatasetDict(train=made(rows), validation=made(rows[:2]), odd=made()).save_to_disk("saved")
    return Path("saved")


ODD = "{}: the split odd is none of train, dev and test, and is left out\n"


@pytest.mark.parametrize("name", ["saved", "hf:saved"])
def test_check(saved: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["check", name, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ODD.format(name) + "splits left out: 1\n"
    found = json.loads(out)
    assert [(s["name"], s["sentences"], s["tokens"]) for s in found["splits"]] == [
        ("train", 20, 40),
        ("dev", 2, 4),
    ]


@pytest.mark.parametrize("name", ["saved", "hf:saved"])
def test_train(saved: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    options = [f"--set={setting}" for setting in TRAINING]
    assert main(["train", name, "--layer", "ner", *options]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("dev   ner      F1 ")
    assert err.startswith(ODD.format(name) + "train: 20 sentences, 40 tokens, dev 2 sentences\n")
    assert main(["evaluate", "saved.tagger", name]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith(f"{name}/validation: 2 sentences, 4 tokens\n")
    assert main(["info", "saved.tagger"]) == 0
    assert f"trained on  {name}: 20 sentences, 40 tokens, 3 forms\n" in capsys.readouterr().out


def test_convert(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "hf:saved", "out", "--to", "conll"]) == 0
    capsys.readouterr()
    assert lists(Split(Path("out/dev.conll")))[0] == EXPECTED[0]


def test_classes_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    made([{"tokens": ["Ada"], "ner_tags": [1]}] * 20, None).save_to_disk("x")
    message = "x/train:1: found the number 1 in layer ner, expected names: --classes ner=NAME,NAME,…"
    assert main(["train", "x"]) == 1
    assert capsys.readouterr() == ("", f"tagger: {message}\n")
    assert main(["check", "x"]) == 1
    assert f"error  {message}\n" in capsys.readouterr().out
    assert main(["check", "x", "--classes", "ner=O,B-PER", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["layers"][0]["tags"] == {"train": {"B-PER": 20}}


def test_a_name_without_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """`hf:NAME/CONFIG` is a data set of the old kind where the hub knows no OWNER/NAME."""
    asked: list[str] = []

    def dataset_info(self: object, path: str, timeout: float) -> None:
        asked.append(path)
        if path != "conll2003":
            raise RepositoryNotFoundError(
                "404", response=httpx.Response(404, request=httpx.Request("GET", "https://example.org"))
            )

    def load_dataset(path: str, config: str | None, **options: object) -> datasets.Dataset:
        return datasets.Dataset.from_dict({"tokens": [[path]], "ner": [[config]]})

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", dataset_info)
    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    (sentence,) = load("hf:conll2003/english")["train"]
    assert (sentence.tokens, sentence.tags) == (["conll2003"], {"ner": ["english"]})
    assert asked == ["conll2003/english", "conll2003"]
