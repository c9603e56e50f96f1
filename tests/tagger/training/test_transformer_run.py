"""`tagger train --transformer`: what it makes holds all of the transformer, and goes on."""

from __future__ import annotations

import dataclasses
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tagger import bundle as bundles
from tagger.bundle import BundleError
from tagger.cli import main
from tagger.pipeline import Tagger, load

from ..commands import python
from ..test_light import BLOCKED, HEAVY
from ..tiny_transformer import SIZE, write

SENTENCES = [["The", "cat", "sat", "."], ["cab", ""], ["a" * 60, "fade"]]
SMALL = ["model.hidden_size=8", "model.projection=8", "model.word_size=8", "model.affix_size=0"]
SMALL += ["model.character_encoder=none", "model.transformer_output=6", "training.epochs=2"]
SMALL += ["training.threads=1", "training.transformer_rate=0.01"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    rows = "the\tX\ncat\tY\n\na\tX\nbad\tY\n.\tZ\n\n"
    for name, times in (("train", 12), ("dev", 1)):
        (folder / f"{name}.tsv").write_text(rows * times)
    return folder


def train(corpus: Path, output: Path, *more: str) -> None:
    values = [f"--set={value}" for value in SMALL]
    assert main(["train", str(corpus), "--output", str(output), *values, *more]) == 0


@pytest.fixture(scope="module")
def models(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models of a frozen and of a fine-tuned transformer, whose folder is gone."""
    folder = tmp_path_factory.mktemp("models")
    tiny = write(folder / "tiny")
    paths = {use: folder / f"{use}.tagger" for use in ("frozen", "again", "fine-tuned")}
    for name, path in paths.items():
        use = "fine-tuned" if name == "fine-tuned" else "frozen"
        train(corpus, path, "--transformer", str(tiny), f"--set=training.transformer={use}")
    shutil.rmtree(tiny)
    return paths


def test_same_seed_same_file(models: dict[str, Path]) -> None:
    first, second = (zipfile.ZipFile(models[name]) for name in ("frozen", "again"))
    different = {"manifest.json", "MODEL_CARD.md"}  # which hold the command
    for name in set(first.namelist()) - different:
        assert first.read(name) == second.read(name), name


@pytest.mark.parametrize("use", ["frozen", "fine-tuned"])
def test_model_holds_its_transformer(models: dict[str, Path], use: str, tmp_path: Path) -> None:
    bundle = bundles.load(models[use])
    assert bundle.config.model.transformer_size == SIZE
    assert not any("model." in name for name in bundle.weights)
    assert bundle.weights["context.transformer.map.weight"].shape == (6, SIZE)
    found = [load(models[use], engine=engine).tag_tokens(SENTENCES) for engine in ("onnx", "numpy")]
    for ours, theirs in zip(*found, strict=True):
        assert ours.tags == theirs.tags
    assert bundle.context.transformer is not None
    assert all(array.dtype == np.float16 for array in bundle.context.transformer.weights.values())
    bundles.save(bundle, tmp_path / "again.tagger")
    assert (tmp_path / "again.tagger").read_bytes() == models[use].read_bytes()


@pytest.mark.parametrize("use", ["frozen", "fine-tuned"])
def test_it_reads_neighbours_too(use: str, tmp_path: Path) -> None:
    """There is room for what is kept of them, though no two sentences are read alike."""
    for name, first in (("train", 0), ("dev", 20)):
        rows = "".join(f"a{i}\t{('X', 'NOUN')[i % 2]}\n\n" for i in range(first, first + 20))
        (tmp_path / f"{name}.tsv").write_text(rows)
    path = tmp_path / "m.tagger"
    options = ["model.neighbours=3", f"training.transformer={use}"]
    tiny = write(tmp_path / "tiny")
    train(tmp_path, path, "--transformer", str(tiny), *(f"--set={option}" for option in options))
    onnx, numpy = (load(path, engine=engine, precision="float32") for engine in ("onnx", "numpy"))
    found = [tagger.tag_tokens(SENTENCES) for tagger in (onnx, numpy)]
    alone = onnx.tag_tokens(SENTENCES[:1])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours.confidences["UPOS"], theirs.confidences["UPOS"], atol=1e-4)
    assert found[0][0].confidences != alone[0].confidences


def test_only_a_tuned_transformer_has_learned(models: dict[str, Path]) -> None:
    frozen, tuned = (bundles.load(models[use]).context.transformer for use in ("frozen", "fine-tuned"))
    assert frozen is not None
    assert tuned is not None
    assert frozen.graph == tuned.graph
    assert frozen.weights.keys() == tuned.weights.keys()
    changed = [name for name, a in frozen.weights.items() if not np.array_equal(a, tuned.weights[name])]
    assert len(changed) > len(frozen.weights) / 2


def test_place_in_the_sentence_tells(models: dict[str, Path]) -> None:
    """The transformer is heard: without what it says, scores are others."""
    bundle = bundles.load(models["fine-tuned"])
    assert bundle.context.transformer is not None
    silent = {name: array * 0 for name, array in bundle.context.transformer.weights.items()}
    changed = dataclasses.replace(bundle.context.transformer, weights=silent)
    without = dataclasses.replace(
        bundle, context=dataclasses.replace(bundle.context, transformer=changed)
    )
    ours, theirs = (Tagger.from_bundle(b, threads=1).tag_tokens(SENTENCES)[0] for b in (bundle, without))
    assert ours.confidences != theirs.confidences


@pytest.mark.parametrize("use", ["frozen", "fine-tuned"])
def test_going_on(models: dict[str, Path], corpus: Path, tmp_path: Path, use: str) -> None:
    """The transformer of a model stays, or learns on; its map learns on."""
    before = bundles.load(models["fine-tuned"])
    path = tmp_path / "on.tagger"
    settings = ("training.epochs=1", "training.threads=1", f"training.transformer={use}")
    options = [f"--base={models['fine-tuned']}", *(f"--set={value}" for value in settings)]
    assert main(["train", str(corpus), "--output", str(path), *options]) == 0
    after = bundles.load(path)
    assert after.config.model == before.config.model
    assert before.context.transformer is not None
    assert after.context.transformer is not None
    ours, theirs = before.context.transformer.weights, after.context.transformer.weights
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours) == (use == "frozen")
    name = "context.transformer.map.weight"
    assert 0 < np.abs(after.weights[name] - before.weights[name]).max() < 0.1


def test_tagging_is_light(models: dict[str, Path]) -> None:
    """A transformer is run without torch, even one that has learned."""
    code = f"import sys, tagger; tagger.load({str(models['fine-tuned'])!r}).tag('The cat sat.')"
    done = python("-c", f"{code}; print(*(m.partition('.')[0] for m in sys.modules))")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert loaded & HEAVY == {"tokenizers"}


@pytest.mark.parametrize("module", ["tokenizers", "transformers"])
def test_missing_extra(models: dict[str, Path], corpus: Path, tmp_path: Path, module: str) -> None:
    write(tmp_path / "tiny")
    command = ["tag", "-", "--model", str(models["frozen"])]
    if module == "transformers":
        command = ["train", str(corpus), "--transformer", "tiny", "--output", "m.tagger"]
    done = python("-c", BLOCKED.format(module, command), cwd=tmp_path, input="The cat sat.")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        f"tagger: found no module {module}, expected it installed;"
        " run: pip install 'rnn-tagger[transformers]'"
    )


def test_base_keeps_its_transformer(models: dict[str, Path], corpus: Path) -> None:
    options = ["--base", str(models["frozen"]), "--transformer", "other"]
    assert main(["train", str(corpus), *options]) == 2


def test_what_is_said_of_it(models: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(models["frozen"])]) == 0
    assert "reads besides  the transformer tiny (16 numbers, frozen)\n" in capsys.readouterr().out
    assert main(["info", str(models["fine-tuned"]), "--card"]) == 0
    expected = "* reads besides: the transformer tiny (16 numbers, fine-tuned)\n"
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("config.json", None),
        ("model.onnx", None),
        ("model.safetensors", b"nothing"),
        ("tokenizer.json", b"\xff"),
        ("tokenizer.json", b"{}"),
        ("model.onnx", b"nothing"),
    ],
)
def test_broken_members(
    models: dict[str, Path], tmp_path: Path, member: str, content: bytes | None
) -> None:
    bundle = bundles.load(models["frozen"])
    assert bundle.context.transformer is not None
    members = bundle.context.transformer.members()
    if content is None:
        del members[member]
    else:
        members[member] = content

    class Broken:
        def members(self) -> dict[str, bytes]:
            return members

        name = "x"

    context = dataclasses.replace(bundle.context, transformer=Broken())  # type: ignore[arg-type]
    path = tmp_path / "broken.tagger"
    bundles.save(dataclasses.replace(bundle, context=context), path)
    with pytest.raises(BundleError, match=f"^{path}: found "):
        load(path)
