"""Word vectors of all formats: what is wanted is read, and what is broken is one clear line."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.vectors import Vectors, VectorsError, read_vectors

WORDS = {"the": [1.0, -2.5], "cat": [0.5, 0.25], "New York": [0.0, 1e-3], "서울": [-1.0, 3.0]}
BUCKETS, SHORTEST, LONGEST = 50, 2, 3


def text(words: dict[str, list[float]], header: bool) -> bytes:
    lines = [f"{word} {' '.join(map(str, numbers))}" for word, numbers in words.items()]
    if header:
        lines.insert(0, f"{len(words)} {len(next(iter(words.values())))}")
    return "".join(f"{line}\n" for line in lines).encode()


def binary(words: dict[str, list[float]], end: bytes = b"\n") -> bytes:
    size = len(next(iter(words.values())))
    entries = (w.encode() + b" " + np.float32(v).tobytes() + end for w, v in words.items())
    return f"{len(words)} {size}\n".encode() + b"".join(entries)


def fasttext(words: dict[str, list[float]], **changes: int) -> bytes:
    """A model of fastText, as its format is documented; row k of a bucket is (k, -k)."""
    values = {"magic": 793712314, "version": 12, "pruned": -1, "quantized": 0, "buckets": BUCKETS}
    values |= changes
    buckets = values["buckets"]
    parts = [struct.pack("<ii", values["magic"], values["version"])]
    parts.append(struct.pack("<12id", 2, 5, 5, 1, 5, 1, 1, 2, buckets, SHORTEST, LONGEST, 100, 1e-4))
    parts.append(struct.pack("<iiiqq", len(words) + 1, len(words), 1, 99, values["pruned"]))
    for word in words:
        parts.append(word.encode() + b"\0" + struct.pack("<qb", 3, 0))
    parts.append(b"__label__x\0" + struct.pack("<qb", 3, 1))
    parts.append(struct.pack("<?", values["quantized"]))
    rows = [*words.values(), *([float(k), float(-k)] for k in range(buckets))]
    parts.append(struct.pack("<qq", len(rows) + values.get("more", 0), 2) + np.float32(rows).tobytes())
    return b"".join(parts)


FILES = {
    "word2vec, text": text(WORDS, True),
    "GloVe": text(WORDS, False),
    "word2vec, binary": binary({k: v for k, v in WORDS.items() if " " not in k}),
    "word2vec, binary without line ends": binary({k: v for k, v in WORDS.items() if " " not in k}, b""),
}


def read(path: Path, content: bytes, wanted: set[str], first: int = 0) -> dict[str, list[float]]:
    path.write_bytes(content)
    found = read_vectors(path, wanted, first)
    assert found.table.dtype == np.float32
    assert found.table.shape == (len(found.words), found.size)
    return dict(zip(found.words, found.table.tolist(), strict=True))


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_only_what_is_wanted_is_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors"
    assert read(path, content, {"cat", "서울", "dog"}) == {"cat": [0.5, 0.25], "서울": [-1.0, 3.0]}
    assert list(read(path, content, {"서울"}, first=1)) == ["the", "서울"]
    assert list(read(path, content, set(), first=99))[-1] == "서울"


def test_a_word_may_hold_spaces(tmp_path: Path) -> None:
    for header in (True, False):
        found = read(tmp_path / "v", text(WORDS, header), {"New York"})
        assert found == {"New York": [0.0, pytest.approx(1e-3)]}


def test_packed_text(tmp_path: Path) -> None:
    found = read(tmp_path / "v.gz", gzip.compress(text(WORDS, True)), {"the"})
    assert found == {"the": [1.0, -2.5]}


def test_a_word_that_stands_twice_counts_once(tmp_path: Path) -> None:
    content = b"a 1 2\na 3 4\nb 5 6\n"
    assert read(tmp_path / "v", content, {"a", "b"}) == {"a": [1, 2], "b": [5, 6]}


@pytest.mark.parametrize("header", [True, False])
def test_tabs_and_a_byte_order_mark(tmp_path: Path, header: bool) -> None:
    content = b"\xef\xbb\xbf" + text(WORDS, header)
    assert read(tmp_path / "v", content, {"the", "New York"}) == {
        "the": [1.0, -2.5],
        "New York": [0.0, pytest.approx(1e-3)],
    }
    tabs = "2 2\n" if header else ""
    tabs += "New York\t1\t2\t\nthe\t3\t4\n"
    assert read(tmp_path / "v", tabs.encode(), {"the", "New York"}) == {
        "New York": [1, 2],
        "the": [3, 4],
    }


@pytest.mark.parametrize("make", [lambda words: text(words, True), binary, fasttext])
def test_words_that_are_not_utf_8_are_left_out_and_counted(
    tmp_path: Path, make: Callable[[dict[str, list[float]]], bytes]
) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(make({"a": [1.0, 2.0], "서울": [3.0, 4.0], "b": [5.0, 6.0], "c": [7.0, 8.0]}))
    whole = read_vectors(path, {"b"}, 3)
    path.write_bytes(path.read_bytes().replace("서울".encode(), "서울".encode()[:5] + b"\xff"))
    found = read_vectors(path, {"b"}, 3)
    assert (whole.broken, found.broken) == (0, 1)
    assert whole.words == ("a", "서울", "b")
    # of fastText's file the first words are counted that are some
    assert found.words == (("a", "b", "c") if make is fasttext else ("a", "b"))
    kept = [whole.words.index(word) for word in found.words if word in whole.words]
    assert found.table[: len(kept)].tolist() == whole.table[kept].tolist()


def test_fasttext_is_a_mean_of_rows(tmp_path: Path) -> None:
    """By the hashes that fastText's own code gives these n-grams."""
    path = tmp_path / "v.bin"
    found = read(path, fasttext({"</s>": [9.0, 9.0], "ab": [1.0, 2.0]}), {"ab", "é", "</s>"})
    # FNV-1a with signed bytes, computed step by step here: "<a", "<ab", "ab", "ab>", "b>"
    known = [fnv(gram) % BUCKETS for gram in ("<a", "<ab", "ab", "ab>", "b>")]
    assert found["ab"] == pytest.approx([(1 + sum(known)) / 6, (2 - sum(known)) / 6])
    unknown = [fnv(gram) % BUCKETS for gram in ("<é", "<é>", "é>")]
    assert found["é"] == pytest.approx([sum(unknown) / 3, -sum(unknown) / 3])
    assert found["</s>"] == [9.0, 9.0]


def fnv(gram: str) -> int:
    value = np.uint32(2166136261)
    with np.errstate(over="ignore"):
        for byte in np.frombuffer(gram.encode(), np.int8):
            value = np.uint32((int(value) ^ (int(byte) % 2**32)) * 16777619 % 2**32)
    return int(value)


def test_fasttext_without_subwords(tmp_path: Path) -> None:
    words = {"cat": [0.5, 0.25], "dog": [1.0, 2.0]}
    found = read(tmp_path / "v.bin", fasttext(words, buckets=0), {"cat", "cats"})
    assert found == {"cat": [0.5, 0.25], "cats": [0.0, 0.0]}


def test_fasttext_keeps_its_first_words(tmp_path: Path) -> None:
    content = fasttext({"a": [1.0, 1.0], "b": [2.0, 2.0], "c": [3.0, 3.0]})
    assert list(read(tmp_path / "v.bin", content, {"x"}, first=2)) == ["a", "b", "x"]


BROKEN: dict[str, tuple[bytes, str]] = {
    "a missing number": (b"a 1 2\nb 3\n", ":2: found 1 numbers, expected 2, as before"),
    "no number": (b"a 1 2\nb 3 x\n", ":2: found something that is no number, expected numbers"),
    "infinity": (b"b 1 inf\n", ":1: found a number that is infinite or none, expected finite ones"),
    "no vectors": (b"a\nb\n", ":1: found 0 numbers in a vector, expected 1 to 4096; word vectors of"),
    "nothing": (b"", ": found none of the corpus's words, expected some of them"),
    "other words": (b"c 1 2\n", ": found none of the corpus's words, expected some of them"),
    "text cut short": (text(WORDS, True)[:-20], ": found 3 words, expected 4, as its first line says"),
    "binary cut short": (binary(WORDS)[:40], "found the end of the file, expected 4 words"),
    "fastText cut short": (fasttext(WORDS)[:90], ": found a file cut short or damaged"),
    "fastText of another version": (fasttext(WORDS, version=13), ": found version 13 of fastText's"),
    "fastText quantized": (fasttext(WORDS, quantized=1), ": found a quantized model of fastText"),
    "fastText pruned": (fasttext(WORDS, pruned=3), ": found a quantized model of fastText"),
    "fastText of another size": (fasttext(WORDS, more=1), ": found a matrix of 55 x 2, expected 54 x 2"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(content)
    with pytest.raises(VectorsError) as caught:
        read_vectors(path, {"b"})
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match="found nothing there, expected a file"):
        read_vectors(tmp_path / "v", {"b"})


def test_a_packed_model_of_fasttext(tmp_path: Path) -> None:
    path = tmp_path / "v.bin.gz"
    path.write_bytes(gzip.compress(fasttext(WORDS)))
    with pytest.raises(VectorsError, match="found a packed model of fastText, expected it unpacked"):
        read_vectors(path, {"b"})


CONTENTS = (binary(WORDS), fasttext(WORDS), text(WORDS, True))


@given(st.sampled_from(CONTENTS), st.data())
def test_changed_bytes_are_an_error_or_vectors(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    content = bytearray(whole)
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        found = read_vectors(path, {"cat", "the"}, 2)
    except VectorsError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(found, Vectors)
