"""Data sets from a folder, a stream or the hub are sentences, by the names of classes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import httpx
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, IterableDataset, List, Value
from huggingface_hub.errors import RepositoryNotFoundError

from corpora import ReadOptions, load_corpus
from corpora.hub import DatasetSplit, load, parse
from tests.corpora.hub.rows import EXPECTED, FEATURES, NER, ROWS, STRINGS, error, lists, made, told

ROOT = Path(__file__).parents[3]

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
