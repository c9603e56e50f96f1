"""The table of formats: every row has its page, and a page is imported when it is used."""

import subprocess
import sys
from pathlib import Path

import pytest

import corpora.formats
from corpora.files import COMPRESSIONS
from corpora.formats.table import BINARY, FOLDER, FORMATS, LINES, PIECES, WHOLE_LINES, Format

EXTRAS = {"docbin": "spacy", "parquet": "pyarrow"}


def test_names_and_suffixes_are_different() -> None:
    suffixes = [suffix for f in FORMATS.values() for suffix in f.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)
    assert not set(suffixes) & set(COMPRESSIONS)
    assert [f.name for f in FORMATS.values()] == list(FORMATS)


def test_every_page_that_is_a_format_has_its_row() -> None:
    folder = Path(corpora.formats.__file__).parent
    helpers = {"__init__", "documents", "recognition", "records", "table"}
    pages = {path.stem for path in folder.glob("*.py")} - helpers
    assert {f.module.partition(":")[0] for f in FORMATS.values()} == pages


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_every_row_has_a_page_that_reads_and_writes(format: Format) -> None:
    if format.name in EXTRAS:
        pytest.importorskip(EXTRAS[format.name])
    assert format.page.__doc__
    for verb in ("read", "write"):
        function = getattr(format.page, format.function(verb))
        assert callable(function)
        assert function.__doc__
    assert format.kind in (LINES, WHOLE_LINES, PIECES, BINARY, FOLDER)
    assert format.about and format.holds


@pytest.mark.parametrize(
    ("name", "read", "write"),
    [
        ("conll", "read", "write"),
        ("csv", "read_csv", "write_csv"),
        ("tsv", "read_tsv", "write_tsv"),
        ("brat", "read_folder", "write_folder"),
        ("parquet", "read_binary", "write_binary"),
        ("docbin", "read_binary", "write_binary"),
        ("text", "read", "write"),
    ],
)
def test_names_of_functions(name: str, read: str, write: str) -> None:
    assert (FORMATS[name].function("read"), FORMATS[name].function("write")) == (read, write)


def test_names_of_files_that_are_made() -> None:
    suffixes = {f.name: f.suffix for f in FORMATS.values()}
    assert [name for name, suffix in suffixes.items() if not suffix] == ["brat"]  # a folder
    for name, suffix in suffixes.items():
        declared = FORMATS[name].suffixes
        assert suffix in ("", *declared[:1]) if declared else suffix in (".jsonl", ".tsv")


def test_what_the_table_says_of_formats() -> None:
    assert [f.name for f in FORMATS.values() if not f.tagged] == ["text"]
    assert [f.name for f in FORMATS.values() if not f.streams] == ["label-studio", "docbin"]
    assert {f.name: f.extra for f in FORMATS.values() if f.extra} == {
        "docbin": "spacy",
        "parquet": "parquet",
    }
    assert [f.name for f in FORMATS.values() if not f.suffixes] == ["prodigy", "doccano", "tsv"]


def test_neither_the_table_nor_a_page_imports_anything_heavy() -> None:
    code = "import sys; from corpora import FORMATS; [f.page for f in FORMATS.values()]"
    heavy = ["spacy", "pyarrow", "datasets", "zstandard", "numpy"]
    check = f"{code}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
