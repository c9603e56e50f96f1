"""The model file: what is written is read, and whatever was changed is one clear line."""

import dataclasses
import hashlib
import io
import json
import pickletools
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors

import tagger
from corpora import Tokenization
from tagger.bundle import Bundle, BundleError, load, model_card, save

from .networks import make_bundle

MEMBERS = [
    "manifest.json",
    "vocabulary.json",
    "training_forms.json",
    "weights.safetensors",
    "forms.onnx",
    "sentences.onnx",
    "MODEL_CARD.md",
    "sentences.int8.onnx",
    "form_vectors.safetensors",
]
WHOLE = "a whole model file"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return make_bundle(("softmax", "crf", "sigmoid"))


@pytest.fixture(scope="module")
def content(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bundle") / "m.tagger"
    save(bundle, path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("m.tagger")


def error(path: Path, content: bytes) -> str:
    """Returns what loading says of a file, without the file's name."""
    path.write_bytes(content)
    with pytest.raises(BundleError) as caught:
        load(path)
    message = str(caught.value)
    assert caught.value.place == str(path)
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, value in files.items():
            archive.writestr(name, value)
        archive.comment = comment
    return buffer.getvalue()


def sealed(content: bytes, changes: dict[str, bytes], **manifest: Any) -> bytes:
    """Changes a model file and makes all its hashes right again."""
    files = members(content) | changes
    entries = json.loads(files["manifest.json"])
    entries["files"] = {
        name: hashlib.sha256(files[name]).hexdigest() for name in files if name != MEMBERS[0]
    }
    entries = {k: v for k, v in (entries | manifest).items() if v is not ...}
    files["manifest.json"] = json.dumps(entries).encode()
    seal = hashlib.sha256(files["manifest.json"]).hexdigest()
    return packed(files, f"rnn-tagger {seal}".encode())


def test_round_trip(bundle: Bundle, content: bytes, path: Path) -> None:
    path.write_bytes(content)
    found = load(path)
    assert found.source == "m.tagger"
    assert found.weights.keys() == bundle.weights.keys()
    for name, array in bundle.weights.items():
        is_table = name.endswith(".table.weight")
        assert found.weights[name].dtype == (np.float16 if is_table else np.float32)
        np.testing.assert_array_equal(found.weights[name], array)
    assert found.form_table is not None
    assert bundle.form_table is not None
    assert found.form_table.forms == bundle.form_table.forms == ("cat", "The")
    np.testing.assert_array_equal(found.form_table.vectors, bundle.form_table.vectors)
    same = {"source": "", "weights": {}, "form_table": None}
    assert dataclasses.replace(found, **same) == dataclasses.replace(bundle, **same)


@pytest.mark.parametrize(
    "how",
    [
        Tokenization(),
        Tokenization("whitespace", "lines"),
        Tokenization("characters+spaces", language="ko"),
        Tokenization("regex:\\w+|ü"),
        Tokenization("python:module.of:function"),
    ],
    ids=str,
)
def test_tokenization_is_kept(bundle: Bundle, path: Path, how: Tokenization) -> None:
    kept = dataclasses.replace(bundle, tokenization=how)
    save(kept, path)
    assert load(path).tokenization == how
    assert f"* raw text: {how}" in model_card(kept).splitlines()


def test_models_without_a_tokenization_split_in_the_standard_way(content: bytes, path: Path) -> None:
    """As those of version 0.1.0 did."""
    path.write_bytes(sealed(content, {}, tokenization=...))
    assert load(path).tokenization == Tokenization()
    assert tagger.load(path).tag("I can't.").tokens == ["I", "ca", "n't", "."]


def test_equal_bundles_are_equal_files(content: bytes, path: Path) -> None:
    save(make_bundle(("softmax", "crf", "sigmoid")), path)
    assert path.read_bytes() == content
    save(load(path), path)
    assert path.read_bytes() == content


def test_members(content: bytes) -> None:
    assert list(members(content)) == MEMBERS


def test_card_of_the_file(bundle: Bundle, content: bytes) -> None:
    assert members(content)["MODEL_CARD.md"].decode() == model_card(bundle)


def test_nothing_is_a_pickle(content: bytes) -> None:
    for value in members(content).values():
        with pytest.raises(ValueError, match=r"opcode|pickle exhausted|no newline|expected"):
            list(pickletools.genops(value))


def test_weights_are_stored_as_they_are(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    stored = ("weights.safetensors", "form_vectors.safetensors")
    expected = dict.fromkeys(MEMBERS, zipfile.ZIP_DEFLATED)
    assert kinds == expected | dict.fromkeys(stored, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (b"", "found a file that is no model, expected one made by `tagger train`"),
        (b"Dear Ada,\n", "found a file that is no model, expected one made by `tagger train`"),
        (b"\x1f\x8b\x08", "found a file that is no model, expected one made by `tagger train`"),
        (b"PK", f"found a truncated or damaged file, expected {WHOLE}"),
        (b"PK\x03\x04" + bytes(100), f"found a truncated or damaged file, expected {WHOLE}"),
        (packed({}), "found a zip that is no model, expected one made by `tagger train`"),
        (
            packed({"word/document.xml": b"<x/>"}),
            "found a zip that is no model, expected one made by `tagger train`",
        ),
        (
            packed({"manifest.json": b'{"format": "other"}'}),
            "found a zip that is no model, expected one made by `tagger train`",
        ),
        (
            packed({"manifest.json": b"[]"}),
            "found a zip that is no model, expected one made by `tagger train`",
        ),
        (packed({"manifest.json": b"{"}), f"found an unreadable manifest, expected {WHOLE}"),
        (packed({"manifest.json": b"\xff"}), f"found an unreadable manifest, expected {WHOLE}"),
        (
            packed({"manifest.json": b'{"format": "rnn-tagger", "version": 1}'}),
            f"found no vocabulary.json in it, expected {WHOLE}",
        ),
        (
            packed({"manifest.json": b'{"format": "rnn-tagger", "version": 2}'}),
            "found model format 2, expected format 1 or older; upgrade rnn-tagger to read it",
        ),
        (
            packed({"manifest.json": b'{"format": "rnn-tagger"}'}),
            "found model format None, expected format 1 or older; upgrade rnn-tagger to read it",
        ),
    ],
)
def test_what_is_no_model(path: Path, files: bytes, message: str) -> None:
    assert error(path, files) == message


def test_newer_version_is_told_whatever_else_is_in_it(content: bytes, path: Path) -> None:
    newer = sealed(content, {"more.bin": b"?"}, version=7, config={"new": 1})
    assert error(path, newer) == (
        "found model format 7, expected format 1 or older; upgrade rnn-tagger to read it"
    )


@pytest.mark.parametrize("name", MEMBERS[1:])
def test_missing_member(content: bytes, path: Path, name: str) -> None:
    files = members(content)
    del files[name]
    assert error(path, packed(files)) == f"found no {name} in it, expected {WHOLE}"


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda value: value[:-1],
    "emptied": lambda value: b"",
    "extended": lambda value: value + b" ",
    "changed": lambda value: value[:-1] + bytes([value[-1] ^ 1]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("name", MEMBERS[1:])
def test_changed_member(content: bytes, path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    files = members(content)
    files[name] = change(files[name])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        changed = packed(files, archive.comment)
    assert error(path, changed) == f"found a changed {name}, expected a model file as it was written"


def test_edited_manifest(content: bytes, path: Path) -> None:
    files = members(content)
    files["manifest.json"] = files["manifest.json"].replace(b'"seed": 1', b'"seed": 2')
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        changed = packed(files, archive.comment)
    message = "found a changed manifest.json, expected a model file as it was written"
    assert error(path, changed) == message
    assert error(path, packed(files)) == message


def test_file_cut_anywhere(content: bytes, path: Path) -> None:
    step = max(1, len(content) // 200)
    sizes = {*range(0, len(content), step), *range(8), *range(len(content) - 100, len(content))}
    found = {error(path, content[:size]) for size in sizes}
    assert found == {
        "found a file that is no model, expected one made by `tagger train`",
        f"found a truncated or damaged file, expected {WHOLE}",
        # cut within the comment, which zipfile does not mind
        "found a changed manifest.json, expected a model file as it was written",
    }


@settings(max_examples=300)
@given(data=st.data())
def test_changed_bytes_are_an_error_or_change_nothing(
    bundle: Bundle, content: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Headers of the zip may change without harm; contents and hashes may not."""
    # most of the file is content: look at the directory at its end as often
    position = data.draw(st.integers(0, len(content) - 1) | st.integers(-800, -1))
    changed = bytearray(content)
    changed[position] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed.tagger"
    path.write_bytes(changed)
    try:
        found = load(path)
    except BundleError as raised:
        assert re.fullmatch(rf"{path}: found .*, expected .*", str(raised))
        return
    assert found.words == bundle.words
    assert found.weights.keys() == bundle.weights.keys()
    for name, array in bundle.weights.items():
        np.testing.assert_array_equal(found.weights[name], array)


@settings(max_examples=200)
@given(start=st.sampled_from([b"", b"PK", b"PK\x03\x04", b"PK\x05\x06"]), rest=st.binary())
def test_random_bytes_are_no_model(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    error(tmp_path_factory.getbasetemp() / "random.tagger", start + rest)


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


VOCABULARY = {"words": ["a"], "characters": ["a"], "shapes": ["x"]}
LAYER = {"name": "x", "head": "crf", "symbols": ["O"], "scheme": "IOB2", "empty": "_"}


@pytest.mark.parametrize(
    ("changes", "manifest"),
    [
        ({"vocabulary.json": b"{"}, {}),
        ({"vocabulary.json": b"[]"}, {}),
        ({"vocabulary.json": json_bytes(VOCABULARY | {"words": None})}, {}),
        ({"vocabulary.json": json_bytes(VOCABULARY | {"words": [1]})}, {}),
        ({"vocabulary.json": json_bytes(VOCABULARY | {"words": [["a"]]})}, {}),
        ({"vocabulary.json": json_bytes(VOCABULARY | {"words": ["a", "a"]})}, {}),
        ({"training_forms.json": b"7"}, {}),
        ({"training_forms.json": b"[{}]"}, {}),
        ({"training_forms.json": b'["cat", "The", "cat"]'}, {}),
        ({"form_vectors.safetensors": b"7"}, {}),
        ({"form_vectors.safetensors": to_safetensors({"vectors": np.zeros((9, 8), np.float16)})}, {}),
        ({"form_vectors.safetensors": to_safetensors({"vectors": np.zeros(2, np.float16)})}, {}),
        ({"form_vectors.safetensors": to_safetensors({"rows": np.zeros((2, 8), np.float16)})}, {}),
        ({"context.json": b"7"}, {}),
        ({"context.json": json_bytes({"columns": ["x"]})}, {}),
        ({"context.json": json_bytes({"columns": {"x": None}})}, {}),
        ({"context.json": json_bytes({"columns": {"x": ["a", "a"]}})}, {}),
        ({"context.json": json_bytes({"gazetteers": {"x": ["a"]}})}, {}),  # without weights
        ({"context.json": json_bytes({"more": {}})}, {}),
        ({"weights.safetensors": b""}, {}),
        ({"weights.safetensors": b"\xff" * 16}, {}),
        ({"forms.onnx": b""}, {}),
        ({"sentences.onnx": b"\x00" * 100}, {}),
        ({}, {"config": ...}),
        ({}, {"config": 3}),
        ({}, {"config": {"model": {"cell": "transformer"}}}),
        ({}, {"config": {"model": {"heads": 8}}}),
        ({}, {"layers": ...}),
        ({}, {"layers": []}),
        ({}, {"layers": [3]}),
        ({}, {"layers": [LAYER]}),
        ({}, {"layers": [LAYER | {"symbols": None}]}),
        ({}, {"layers": [LAYER | {"symbols": [1]}]}),
        ({}, {"layers": [LAYER | {"more": 1}]}),
        ({}, {"scores": ...}),
        ({}, {"scores": [1]}),
        ({}, {"provenance": ...}),
        ({}, {"tokenization": None}),
        ({}, {"tokenization": "whitespace"}),
        ({}, {"tokenization": {"tokens": "words"}}),
        ({}, {"tokenization": {"tokens": 3}}),
        ({}, {"tokenization": {"tokens": ["standard"]}}),
        ({}, {"tokenization": {"tokens": "regex:("}}),
        ({}, {"tokenization": {"tokens": "python:os"}}),
        ({}, {"tokenization": {"sentences": "pages"}}),
        ({}, {"tokenization": {"sentences": ["lines"]}}),
        ({}, {"tokenization": {"language": 3}}),
        ({}, {"tokenization": {"more": "x"}}),
        ({}, {"files": ...}),
        ({}, {"files": []}),
        ({}, {"files": {}}),
        ({}, {"version": "1"}),
    ],
)
def test_contents_that_do_not_fit(
    content: bytes, path: Path, changes: dict[str, bytes], manifest: dict[str, Any]
) -> None:
    """Though all hashes are right."""
    path.write_bytes(sealed(content, changes, **manifest))
    with pytest.raises(BundleError, match=r"^m\.tagger: found [^\n]*, expected [^\n]*$"):
        tagger.load(path).tag("The cat sat.")


def test_sealing_is_right(content: bytes, path: Path) -> None:
    path.write_bytes(sealed(content, {}))
    assert load(path).words == ("the", "cat", "00-0", "서울")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.tagger", "found no such file, expected a model file made by `tagger train`"),
        ("no/none.tagger", "found no such file, expected a model file made by `tagger train`"),
        ("folder", "found Is a directory, expected a readable model file"),
        ("m.tagger/x", "found Not a directory, expected a readable model file"),
        ("x" * 300, "found File name too long, expected a readable model file"),
    ],
)
def test_files_that_cannot_be_read(path: Path, name: str, message: str) -> None:
    Path("folder").mkdir()
    path.write_bytes(b"")
    with pytest.raises(BundleError) as caught:
        tagger.load(name)
    assert str(caught.value) == f"{name}: {message}"


@pytest.mark.parametrize(
    ("name", "reason"), [("missing/m.tagger", "No such file or directory"), ("folder", "Is a directory")]
)
def test_places_that_cannot_be_written(bundle: Bundle, path: Path, name: str, reason: str) -> None:
    Path("folder").mkdir()
    with pytest.raises(BundleError) as caught:
        save(bundle, Path(name))
    assert str(caught.value) == (
        f"{name}: found a place that cannot be written ({reason}), expected a writable one"
    )
    assert [p.name for p in Path().rglob("*")] == ["folder"]


def test_failed_writing_keeps_the_old_model(
    bundle: Bundle, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path.write_bytes(b"old")
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(BundleError) as caught:
        save(bundle, path)
    assert str(caught.value) == "m.tagger: found No space left on device, expected a writable place"
    assert {p.name: p.read_bytes() for p in Path().iterdir()} == {"m.tagger": b"old"}


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "their characters (cnn) and affixes and shape"),
        ({"character_encoder": "lstm", "affix_size": 0}, "their characters (lstm) and shape"),
        ({"character_encoder": "none", "affix_size": 0, "shape_size": 0}, "nothing"),
    ],
)
def test_card_tells_how_unseen_words_are_read(settings: dict[str, object], line: str) -> None:
    assert model_card(make_bundle(**settings)).splitlines()[-1] == (
        f"Words that training did not see are read by {line}."
    )


def test_unknown_engine(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(BundleError) as caught:
        tagger.load(path, engine="torch")
    assert str(caught.value) == "engine: found 'torch', expected onnx, numpy or auto"


def test_weights_that_half_precision_holds_are_stored_in_it(path: Path) -> None:
    made = make_bundle(("softmax",))
    stored = {name: np.float32([[0.1, 0.2]]) for name in ("whole", "half", "large")}
    stored["half"] = stored["half"].astype(np.float16).astype(np.float32)
    stored["large"] = np.float32([[1e30, -1.0]])
    save(dataclasses.replace(made, weights=stored), path)
    with zipfile.ZipFile(path) as archive:
        kinds = {
            k: str(a.dtype) for k, a in from_safetensors(archive.read("weights.safetensors")).items()
        }
    assert kinds == {"whole": "float32", "half": "float16", "large": "float32"}
    for name, array in load(path).weights.items():
        assert array.dtype == np.float32
        assert np.array_equal(array, stored[name])
