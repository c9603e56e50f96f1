"""Lists of names: how they are read, and where they match."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import Sentence
from tagger.context.gazetteers import GazetteerError, Gazetteers, read_gazetteers

NAMES = {"PER": ("Ada", "Ada Lovelace", "Bo"), "LOC": ("New York", "new york city", "Bo")}

# matches as (start, end, label, whether in small letters)
MATCHES = {
    "nothing": (["Eve", "York"], []),
    "one token": (["Eve", "Ada"], [(1, 2, "PER", False), (1, 2, "PER", True)]),
    "the longest": (["Ada", "Lovelace"], [(0, 2, "PER", False), (0, 2, "PER", True)]),
    "a name cut short": (["New"], []),
    "a longer name cut short": (
        ["New", "York", "City", "x"],
        [(0, 2, "LOC", False), (0, 3, "LOC", True)],
    ),
    "small letters": (["ADA"], [(0, 1, "PER", True)]),
    "two labels": (["Bo"], [(0, 1, label, small) for label in NAMES for small in (False, True)]),
    "one after the other": (
        ["Bo", "Ada", "Ada"],
        [(0, 1, label, small) for label in NAMES for small in (False, True)]
        + [(i, i + 1, "PER", small) for i in (1, 2) for small in (False, True)],
    ),
    "a token with a space": (["New York"], [(0, 1, "LOC", False), (0, 1, "LOC", True)]),
}


@pytest.mark.parametrize(("tokens", "expected"), MATCHES.values(), ids=MATCHES)
def test_matches(tokens: list[str], expected: list[tuple[int, int, str, bool]]) -> None:
    labels = list(NAMES)
    found = Gazetteers(NAMES, 3).matches(tokens)
    assert sorted((s, e, labels[column // 2], bool(column % 2)) for s, e, column in found) == sorted(
        expected
    )


def test_what_a_match_covers_begins_no_other() -> None:
    found = Gazetteers({"X": ("a b", "b", "b c")}, 3).matches(["a", "b", "c", "b", "c"])
    assert [(start, end) for start, end, column in found if column == 0] == [(0, 2), (3, 5)]


def test_composed_and_decomposed_names_match() -> None:
    assert list(Gazetteers({"X": ("Zu\u0308rich",)}, 3).matches(["Z\u00fcrich"]))
    assert list(Gazetteers({"X": ("Z\u00fcrich",)}, 3).matches(["Zu\u0308rich"]))


names = st.lists(st.lists(st.sampled_from("abAB"), min_size=1, max_size=3), min_size=1, max_size=5)


@settings(max_examples=50)
@given(names=names, tokens=st.lists(st.sampled_from("abABx"), max_size=8))
def test_matches_are_those_of_all_stretches(names: list[list[str]], tokens: list[str]) -> None:
    """Trying every stretch of tokens, the longest first, finds the same."""
    found = list(Gazetteers({"X": [" ".join(name) for name in names]}, 3).matches(tokens))
    for kind, change in enumerate((str, str.lower)):
        known = [[change(token) for token in name] for name in names]
        sentence = [change(token) for token in tokens]
        expected, start = [], 0
        while start < len(sentence):
            ends = [e for e in range(start + 1, len(sentence) + 1) if sentence[start:e] in known]
            if ends:
                expected.append((start, ends[-1]))
            start = ends[-1] if ends else start + 1
        assert [(start, end) for start, end, column in found if column == kind] == expected


def test_bits_of_a_batch() -> None:
    part = Gazetteers({"LOC": ("a b c", "D")}, 3)
    assert (part.width, part.size) == (8, 3)
    read = part.read([Sentence(["x", "a", "b", "c"]), Sentence(["D"]), Sentence([]), Sentence(["d"])])
    begin, inside, end, single = [[float(i == place) for i in range(4)] for place in range(4)]
    none = [0.0] * 4
    assert read.shape == (4, 4, 8)
    assert read[0].tolist() == [none * 2, begin * 2, inside * 2, end * 2]
    assert read[1].tolist() == [single * 2, *[none * 2] * 3]
    assert not read[2].any()
    assert read[3, 0].tolist() == none + single


def test_files_of_a_label_are_one_list(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffNew  York\t City\r\n\r\n \nSeoul".encode())
    (tmp_path / "b.txt").write_text("Seoul\n#1 Street\n")
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"Ada\n"))
    files = [("LOC", tmp_path / "a.txt"), ("PER", tmp_path / "c.txt.gz"), ("LOC", tmp_path / "b.txt")]
    assert read_gazetteers(files) == {"LOC": ("#1 Street", "New York City", "Seoul"), "PER": ("Ada",)}
    assert read_gazetteers([]) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "names.txt: found nothing there, expected a file"),
        (b"", "names.txt: found no names, expected one a line"),
        (b"\n  \n", "names.txt: found no names, expected one a line"),
        (b"Ada\nZ\xfcrich\n", "names.txt:2: found"),
        (b"a " * 50 + b"\n" + b"a " * 51, "names.txt:2: found a name of 51 tokens, expected 50 at most"),
    ],
)
def test_files_that_are_no_lists(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "names.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GazetteerError) as caught:
        read_gazetteers([("LOC", path)])
    assert str(caught.value).startswith(f"{tmp_path}/{message}")
