"""Where conversions write: whole, or not at all."""

import bz2
import gzip
import lzma
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.conversion import Written
from corpora.files import open_binary

from .conversions import SOURCE, contents, converted, many, refused, sentences

pytestmark = pytest.mark.usefixtures("sources")

REFUSED = '{"tokens": ["Ada"], "ner": ["O"]}\n{"tokens": ["a\\tb"], "ner": ["O"]}\n'


def test_an_empty_folder_is_as_good_as_none() -> None:
    Path("out").mkdir()
    converted("three", "out", format="conll")
    assert len(list(Path("out").iterdir())) == 3


@pytest.mark.parametrize("output", ["out.conll", "out.jsonl", "three.brat"])
def test_what_cannot_be_written_leaves_nothing_behind(output: str) -> None:
    Path("refused.jsonl").write_text(REFUSED.replace("\\t", "\\t" if "conll" in output else " \\ud800"))
    Path("out.conll").write_text("as it was")
    message = refused("refused.jsonl", output, format={"three.brat": "brat"}.get(output))
    assert message.startswith("refused.jsonl:2: ")


def test_what_fails_in_the_last_split_leaves_nothing_behind() -> None:
    Path("three/test.tsv").write_text(SOURCE + "Ada\n")
    assert refused("three", "out", format="jsonl") == "three/test.tsv:9: found 1 column, expected 2"


def test_an_existing_file_is_replaced() -> None:
    Path("out.jsonl").write_text("as it was")
    converted("in.tsv", "out.jsonl")
    assert sentences("out.jsonl") == sentences("in.tsv")
    assert set(contents()) >= {"out.jsonl"}
    assert not [name for name in contents() if name.startswith(".")]


def test_a_name_as_long_as_a_name_may_be() -> None:
    name = "é" * 124 + ".jsonl"
    converted("in.tsv", name)
    converted("three", name[:-6] + "s", format="jsonl")
    assert sentences(name) == sentences("in.tsv")
    assert not [name for name in contents() if name.startswith(".")]


def test_a_file_may_be_converted_into_itself() -> None:
    converted("in.tsv", "in.tsv", format="conll", scheme="BIOES")
    assert [" ".join(tags["ner"]) for _, tags in sentences("in.tsv")] == [
        "B-PER E-PER O",
        "O S-LOC S-LOC",
    ]


def test_a_link_stays_a_link() -> None:
    Path("target.conll").write_text("as it was")
    Path("link.conll").symlink_to("target.conll")
    converted("in.tsv", "link.conll")
    assert Path("link.conll").is_symlink()
    assert Path("target.conll").read_text() == SOURCE


def test_a_new_file_has_the_rights_of_others() -> None:
    Path("other").touch()
    converted("in.tsv", "out.conll")
    converted("three", "out", format="conll")
    Path("others").mkdir()
    assert Path("out.conll").stat().st_mode == Path("other").stat().st_mode
    assert Path("out").stat().st_mode == Path("others").stat().st_mode


def test_a_file_that_is_replaced_keeps_its_rights() -> None:
    Path("out.conll").touch(mode=0o600)
    converted("in.tsv", "out.conll")
    assert Path("out.conll").read_text() == SOURCE
    assert stat.S_IMODE(Path("out.conll").stat().st_mode) == 0o600


UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}


@pytest.mark.parametrize("suffix", [*UNPACK, ".zst"])
def test_packed(suffix: str) -> None:
    if suffix == ".zst":
        pytest.importorskip("zstandard")
    results, _ = converted("in.tsv", f"out.conll{suffix}")
    assert results[0].verified
    with open_binary(Path(f"out.conll{suffix}")) as binary:
        assert binary.read().decode() == SOURCE
    if suffix in UNPACK:
        assert UNPACK[suffix](Path(f"out.conll{suffix}").read_bytes()).decode() == SOURCE


def test_a_device_is_written_to_and_not_read_back() -> None:
    results, _ = converted("in.tsv", os.devnull, format="conll")
    assert results == [Written("train", Path(os.devnull), 2, 6)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_written_to_and_not_read_back() -> None:
    os.mkfifo("pipe")
    received = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_text()))
    reader.start()
    results, _ = converted("in.tsv", "pipe", format="conll")
    reader.join()
    assert received == [SOURCE]
    assert not results[0].verified


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    results, _ = converted("in.tsv", None)
    assert results == [Written("train", None, 2, 6)]
    assert capfdbinary.readouterr().out.decode() == SOURCE


def test_broken_source_leaves_nothing_behind() -> None:
    Path("broken.tsv").write_bytes(many(10_000).encode() + b"\xff\n")
    assert refused("broken.tsv", "out.jsonl") == (
        f"broken.tsv:30001: found byte 0xff at byte {len(many(10_000))}, expected UTF-8"
    )
