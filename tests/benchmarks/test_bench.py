"""`make bench`: scores, tables, sizes, and that a peer which fails does not stop the others."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from benchmarks import bench, bench_data, bench_page
from benchmarks.bench import OWN, Bench, Peer
from benchmarks.bench_data import BenchError
from corpora import Sentence

STUB = """
import sys
sys.path.insert(0, {folder!r})
import common

def train(folder, model, minutes):
    (model / "tag").write_text("NOUN")
    return common.Trained(common.number_of_words(folder / "train.conllu"), [(1, 0.5), (2, 0.96)])

def load(model):
    tag = (model / "tag").read_text()
    return lambda sentences: [[tag] * len(words) for words in sentences]

common.main(train, load, lambda model: lambda texts: [["X"] * len(text.split()) for text in texts])
"""
BROKEN = "raise ValueError('nothing learned')"
SENTENCES = "1\tAda\t_\tPROPN\t_\t_\t0\t_\t_\t_\n2\tsun\t_\tNOUN\t_\t_\t1\t_\t_\t_\n\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        (folder / f"{split}.conllu").write_text(SENTENCES * 3)
    return folder


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers that need no installing: one that works, one that does not."""
    scripts = tmp_path / "peers"
    (scripts / "requirements").mkdir(parents=True)
    shutil.copy(bench.SCRIPTS / "common.py", scripts)
    for name, code in (("stub", STUB.format(folder=str(scripts))), ("broken", BROKEN)):
        (scripts / f"{name}.py").write_text(code)
        (scripts / "requirements" / f"{name}.txt").write_text(f"{name}==1.5\n")
    peers = {
        OWN: Peer("tagger", scripts / "stub.py", "import json", "tag", threads=True),
        "stub": Peer("Stub", scripts / "stub.py", "import json", "tag"),
        "broken": Peer("Broken", scripts / "broken.py", "import json", "tag"),
    }

    def environment(self: Bench, name: str, key: str, arguments: Sequence[str]) -> dict[str, Any]:
        folder = self.work / "envs" / name
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "python").unlink(missing_ok=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        (folder / "stamp.json").write_text("{}")
        return {"versions": {name: "1.5"}, "mebibytes": 12.3}

    monkeypatch.setattr(bench, "PEERS", peers)
    monkeypatch.setattr(bench, "SCRIPTS", scripts)
    monkeypatch.setattr(bench, "SECONDS", 0.01)
    monkeypatch.setattr(bench, "PRECISIONS", ())
    monkeypatch.setattr(Bench, "environment", environment)


@pytest.mark.usefixtures("stubs")
def test_a_failing_peer_is_named_and_the_others_go_on(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    arguments = [str(corpus), "--rounds", "2", "--work", str(tmp_path / "work"), "--json", str(output)]
    done = CliRunner().invoke(bench.main, arguments)
    assert done.exit_code == 1
    assert done.stdout.endswith("## Failed\n\n- broken: train: ValueError: nothing learned\n")
    assert "| Stub | 50.00 | 50.00 |" in done.stdout
    results = json.loads(output.read_text())
    assert results["failures"] == {"broken": "train: ValueError: nothing learned"}
    assert results["words"] == {"train": 6, "dev": 6, "test": 6}
    stub = results["peers"]["stub"]
    assert stub["train"]["test"] == 0.5
    assert stub["train"]["history"] == [[1, 0.5], [2, 0.96]]
    speeds = {f"{what}, {cores}" for what in ("tokens", "raw") for cores in ("one core", "all cores")}
    firsts = {f"{key}, first pass" for key in speeds}
    starts = {"start", "start, MB", "import", "import, MB"}
    assert set(stub["measured"]) == speeds | firsts | starts
    assert all(len(m["rounds"]) == 2 and m["median"] > 0 for m in stub["measured"].values())

    again = CliRunner().invoke(bench.main, [*arguments, "--peers", "stub"])
    assert again.exit_code == 0
    assert "models/stub: as an earlier run made it" in again.stderr
    assert "Trained by an earlier run: tagger, stub." in again.stdout
    assert "Failed" not in again.stdout


def test_prepare_writes_what_all_peers_read(corpus: Path, tmp_path: Path) -> None:
    data = bench_data.prepare(str(corpus), tmp_path / "data")
    assert data.gold["dev"] == [["PROPN", "NOUN"]] * 3
    assert data.words("test") == 6
    assert data.text.read_text() == "Ada sun Ada sun Ada sun\n"
    names = {f"{split}.{suffix}" for split in ("train", "dev") for suffix in ("conllu", "txt")}
    assert {path.name for path in data.folder.iterdir()} == names


def test_prepare_refuses_a_corpus_without_a_split(corpus: Path, tmp_path: Path) -> None:
    (corpus / "test.conllu").unlink()
    with pytest.raises(BenchError, match="no test set with UPOS tags"):
        bench_data.prepare(str(corpus), tmp_path / "data")


def test_conllu_tells_where_no_space_follows() -> None:
    offsets = [(5, 7), (7, 10), (11, 12)]
    sentence = Sentence(["do", "n't", "!"], {"UPOS": ["A", "B", "C"]}, "don't !", offsets, 5)
    assert bench_data.conllu(sentence, ["A", "B", "C"]).splitlines() == [
        "# text = don't !",
        "1\tdo\t_\tA\t_\t_\t0\tdep\t_\tSpaceAfter=No",
        "2\tn't\t_\tB\t_\t_\t1\tdep\t_\t_",
        "3\t!\t_\tC\t_\t_\t2\tdep\t_\t_",
    ]


def test_paragraphs_are_of_ten_sentences() -> None:
    texts = list(bench_data.paragraphs([Sentence(["a\xa0b", "."])] * 23))
    assert [text.count(".") for text in texts] == [10, 10, 3]
    assert texts[2] == "a b . a b . a b ."


def test_accuracy() -> None:
    assert bench_data.accuracy([["A", "B"], ["C"]], [["A", "C"], ["C"]]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("tags", [[["A"], ["C"]], [["A", "B", "C"]], []])
def test_accuracy_wants_one_tag_for_each_word(tags: list[list[str]]) -> None:
    with pytest.raises(BenchError, match="not one tag for each word"):
        bench_data.accuracy([["A", "B"], ["C"]], tags)


def test_summary_takes_the_median() -> None:
    assert bench.summary([5, 1, 2]) == {"median": 2, "least": 1, "most": 5}


def test_seconds_to_takes_the_first_time() -> None:
    dev = [(1.0, 0.5), (2.0, 0.95), (3.0, 0.94), (4.0, 0.97)]
    assert bench_page.seconds_to(0.95, dev) == 2
    assert bench_page.seconds_to(0.98, dev) is None


def test_table() -> None:
    rows = [
        ["a", bench_page.number(1234.56)],
        ["b", bench_page.number(None)],
        ["c", bench_page.number(0.1234, 3)],
    ]
    assert (
        bench_page.table(["", "n"], rows)
        == "|  | n |\n| --- | --- |\n| a | 1,235 |\n| b | — |\n| c | 0.123 |"
    )


def test_mebibytes_leaves_out_what_installs(tmp_path: Path) -> None:
    for name in ("peer/code.py", "peer/data/table", "pip/code.py", "pip-1.0.dist-info/RECORD"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(2**20))
    (tmp_path / "peer" / "link").symlink_to(tmp_path / "peer" / "code.py")
    assert bench.mebibytes(tmp_path) == 4
    assert bench.mebibytes(tmp_path, ("pip", "setuptools")) == 2
    assert bench.mebibytes(tmp_path / "peer" / "code.py") == 1


def test_digest_tells_changes_but_not_byte_code(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = bench.digest_of(tmp_path)
    (tmp_path / "a.pyc").write_text("1")
    assert bench.digest_of(tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    assert bench.digest_of(tmp_path) != before


def test_peers_are_chosen_by_name() -> None:
    assert bench.chosen_peers("spacy,crfsuite") == ["spacy", "crfsuite"]
    assert bench.chosen_peers("none") == []
    assert bench.chosen_peers("all") == [name for name in bench.PEERS if name != OWN]
    with pytest.raises(click.BadParameter, match="'spay'; there are crfsuite, "):
        bench.chosen_peers("crfsuite,spay")


@pytest.mark.parametrize("name", bench.PEERS)
def test_each_peer_has_its_script_and_pinned_versions(name: str) -> None:
    assert bench.PEERS[name].script.exists()
    if name != OWN:
        lines = (bench.SCRIPTS / "requirements" / f"{name}.txt").read_text().splitlines()
        assert lines
        assert all(line.count("==") == 1 for line in lines)


def test_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert bench.last_line(log) == "no output"
    log.write_text("Traceback\nValueError: no\n\n")
    assert bench.last_line(log) == "ValueError: no"


def test_page_has_ratios_and_dashes() -> None:
    measured = {"tokens, one core": {"median": 900.0}, "bare LSTM int8, one core": {"median": 1200.0}}
    other = {"tokens, one core": {"median": 300.0}, "raw, all cores": {"median": 50.0}}
    peers = {OWN: {"title": "own", "measured": measured}, "a": {"title": "A", "measured": other}}
    assert bench_page.tagging(peers).splitlines()[2:] == [
        "| own | 1.00 | — | 900 | — | — | — | — |",
        "| bare LSTM, float32 | — | — | — | — | — | — | — |",
        "| bare LSTM, int8 | 0.75 | — | 1,200 | — | — | — | — |",
        "| A | 3.00 | — | 300 | — | — | — | 50 |",
    ]


def test_time_to_a_score_is_at_most_all_of_it_where_nobody_looked() -> None:
    facts = {"test": 0.9, "dev": 0.95, "wall": 60, "cpu": 50, "words": 600, "megabytes": 1, "model": 1}
    train = {**facts, "history": [], "capped": True}
    looking = {**train, "history": [(30, 0.95)], "capped": False}
    peers = {"a": {"title": "A", "train": train}, "b": {"title": "B", "train": looking}, "c": {}}
    assert bench_page.training(peers, 0.947).splitlines()[2:] == [
        "| A | 90.00 | 95.00 | 60 (stopped) | 50 | 10 | ≤ 60 | 1 | 1.0 |",
        "| B | 90.00 | 95.00 | 60 | 50 | 10 | 30 | 1 | 1.0 |",
    ]
