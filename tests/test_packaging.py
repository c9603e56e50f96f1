"""What a built wheel holds: both packages whole, and nothing beside them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
import tomllib

from corpora.formats import FORMATS
from tagger.cli.extras import BASE, EXTRAS, TRAIN
from tagger.version import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of what git tracks, so that building leaves nothing behind."""
    source = tmp_path_factory.mktemp("source")
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout.split("\0")
    for name in filter(None, tracked):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    output = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", output, source],
        capture_output=True,
        check=True,
    )
    (path,) = output.glob("*.whl")
    return path


def test_wheel_holds_both_packages_and_no_more(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    info = f"rnn_tagger-{__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"tagger", "corpora", info}
    expected = {
        str(path.relative_to(ROOT))
        for package in ("tagger", "corpora")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if not name.startswith(info)} == expected
    assert f"{info}/licenses/LICENSE" in names


def test_wheel_tells_what_it_needs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"rnn_tagger-{__version__}.dist-info"
    metadata = archive.read(f"{info}/METADATA").decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    base = sorted(line.split()[1].partition(">")[0] for line in required if "extra" not in line)
    assert base == ["click", "numpy", "onnxruntime", "safetensors", "sentencex", "syntok"]
    assert "tagger = tagger.cli:main" in archive.read(f"{info}/entry_points.txt").decode()


def test_tool_settings_stand_apart_from_metadata() -> None:
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))) == {"build-system", "tool"}
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert setup["metadata"]["name"] == "rnn-tagger"


def test_constraints_name_every_requirement() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"].values()
    lines = [
        line for part in (setup["options"]["install_requires"], *extras) for line in part.split("\n")
    ]
    wanted = {line.partition(">")[0].strip() for line in lines if line and "python_version" not in line}
    wanted -= {f"rnn-tagger[{extra}]" for extra in setup["options.extras_require"]}
    pinned = {
        line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text("utf-8").split("\n")
    }
    assert wanted <= pinned


def test_extras_that_messages_name_are_there() -> None:
    """What `tagger` says to install, when a module or what a format needs is missing."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    for module, extra in EXTRAS.items():
        assert f"\n{module}>=" in extras[extra]
    assert {row.extra for row in FORMATS.values()} - {""} <= set(extras)
    base = {line.partition(">")[0] for line in setup["options"]["install_requires"].split("\n")}
    assert set(BASE) <= base
    trained = {line.partition(">")[0] for line in extras["train"].split("\n")}
    assert set(TRAIN) - {"sklearn"} <= trained  # which comes with seqeval
