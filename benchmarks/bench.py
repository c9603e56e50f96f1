"""This project and its peers, side by side, in one run on the same data.

    make bench CORPUS=ud-english-ewt PEERS=spacy,crfsuite MINUTES=10
    python -m benchmarks.bench ud-english-ewt --peers none --json results.json

Each peer has an environment of its own, into which pip installs it, and is trained from
scratch on the UPOS tags of the corpus with its usual settings (`benchmarks/peers/`, one
short script each). All are scored by one function. Speeds and starts are measured in
fresh processes, in rounds that take turns, so that what else the machine does disturbs all
alike; medians are printed as tables in Markdown, and everything goes to a JSON file.

What an earlier run installed or trained in the same way is taken as it is. A peer that
fails is named at the end, and the exit status is 1; the others go on. Needs Linux, for it
keeps processes to their cores.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from benchmarks.bench_data import BenchError, Data, accuracy, prepare, read_tags
from benchmarks.bench_page import BARE, CORES, OWN, PRECISIONS, page
from corpora.errors import CorpusError
from tagger.version import __version__

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "benchmarks" / "peers"
SECONDS = 2.0  # of work behind each figure, at least

_CODE = ("setup.cfg", "tagger", "corpora")
_SOURCES = (*_CODE, "pyproject.toml", "README.md", "LICENSE")
_NOT_COUNTED = ("pip", "setuptools", "_distutils_hack", "distutils-precedence", "pkg_resources")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

# Runs a command some times; prints seconds and kB at most. It is small itself, for the
# memory of the process that begins another counts as that one's own until it runs.
_LAUNCHER = """
import json, resource, subprocess, sys, time
log, times, *command = sys.argv[1:]
with open(log, "ab") as output:
    began = time.perf_counter()
    for _ in range(int(times)):
        if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output).returncode:
            sys.exit(1)
    seconds = time.perf_counter() - began
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""

T = TypeVar("T")


@dataclass(frozen=True)
class Peer:
    """A tagger, and how it is run.

    Attributes:
        title: its name in the tables.
        script: a command line as `benchmarks/peers/common.py` has it.
        imports: the statement that brings it in.
        model: what of the model's folder it needs to tag tokens.
        threads: it uses several cores well by itself; others are run once for each core, which
            also serves Stanza and Flair better than threads within their small layers.
        raw: it splits raw text too.
        training: the environment to train in; "": the one that it tags in.
    """

    title: str
    script: Path
    imports: str
    model: str
    threads: bool = False
    raw: bool = True
    training: str = ""


PEERS = {
    OWN: Peer(
        "**tagger**",
        SCRIPTS / "tagger_own.py",
        "from tagger import load",
        "model.tagger",
        threads=True,
        training=f"{OWN}-train",
    ),
    "crfsuite": Peer(
        "CRFsuite", SCRIPTS / "crfsuite_peer.py", "import pycrfsuite", "model.crfsuite", raw=False
    ),
    "nltk": Peer(
        "NLTK perceptron",
        SCRIPTS / "nltk_peer.py",
        "from nltk.tag.perceptron import PerceptronTagger",
        "model.json",
    ),
    "spacy": Peer("spaCy", SCRIPTS / "spacy_peer.py", "import spacy", "model-best"),
    "udpipe": Peer("UDPipe 1", SCRIPTS / "udpipe_peer.py", "import ufal.udpipe", "tagger.udpipe"),
    "stanza": Peer("Stanza", SCRIPTS / "stanza_peer.py", "import stanza", "tagger.pt", raw=False),
    "flair": Peer(
        "Flair",
        SCRIPTS / "flair_peer.py",
        "from flair.models import SequenceTagger",
        "best-model.pt",
    ),
}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Returns median, least and most."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def mebibytes(path: Path, without: tuple[str, ...] = ()) -> float:
    """Returns MiB of a file, or of the files in a folder; those that begin so are left out."""
    tops = [path] if path.is_file() else [p for p in path.iterdir() if not p.name.startswith(without)]
    files = (p for top in tops for p in ([top] if top.is_file() else top.rglob("*")))
    return sum(p.lstat().st_size for p in files if p.is_file() and not p.is_symlink()) / 2**20


def own_sources(folder: Path) -> Path:
    """Copies what pip installs this project from, so that building leaves nothing behind."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in _SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def digest_of(*paths: Path) -> str:
    """Returns a hash of files and of all files in folders, byte code left out."""
    found = hashlib.sha256()
    for path in paths:
        inner = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inner:
            if file.suffix != ".pyc":
                found.update(f"{file.relative_to(path.parent)}\0".encode() + file.read_bytes())
    return found.hexdigest()


class Bench:
    """One run: where things lie, what was found, what failed.

    Args:
        work: a folder for environments, models and logs; those of earlier runs are used.
        minutes: of training a peer, after which it is stopped where it can be.
        rounds: of each measurement of speed and of starts.
        envs: a folder for environments in place of the one in `work`.
    """

    def __init__(
        self, work: Path, data: Data, minutes: float, rounds: int, envs: Path | None = None
    ) -> None:
        self.work = work.resolve()
        self.envs = envs.resolve() if envs else self.work / "envs"
        self.data = data
        self.minutes = minutes
        self.rounds = rounds
        self.cores = sorted(os.sched_getaffinity(0))
        self.results: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, str] = {}
        (self.work / "logs").mkdir(parents=True, exist_ok=True)

    def run(self, names: Sequence[str]) -> None:
        """Measures this project, the bare layer and some peers."""
        chosen = [OWN, *(name for name in names if name != OWN)]
        self.results = {
            name: {"title": PEERS[name].title, "threads": PEERS[name].threads} for name in chosen
        }
        for name in chosen:
            self.attempt(name, "install", partial(self.install, name))
            self.attempt(name, "train", partial(self.train, name))
        speeds = [(name, key, m) for name in chosen for key, m in self.speeds(name).items()]
        starts = [(name, key, m) for name in chosen for key, m in self.starts(name).items()]
        for measures in (speeds, starts):
            for turn in range(self.rounds):
                for name, key, measure in measures:
                    found = self.attempt(name, f"{key}, round {turn + 1}", measure)
                    for k, value in (found or {}).items():
                        self.results[name].setdefault("measured", {}).setdefault(k, []).append(value)
        for result in self.results.values():
            for k, values in result.get("measured", {}).items():
                result["measured"][k] = {**summary(values), "rounds": values}

    def attempt(self, name: str, what: str, function: Callable[[], T]) -> T | None:
        """Does something, unless the peer has failed before; notes a failure."""
        if name in self.failures:
            return None
        click.echo(f"{time.strftime('%H:%M:%S')}  {name}: {what}", err=True)
        try:
            return function()
        except (BenchError, OSError, ValueError, subprocess.SubprocessError) as error:
            self.failures[name] = f"{what}: {error}"
            click.echo(f"          {name} failed: {error}", err=True)
            return None

    def install(self, name: str) -> None:
        """Makes the environments of a peer."""
        result = self.results[name]
        if name != OWN:
            requirements = SCRIPTS / "requirements" / f"{name}.txt"
            result["what"] = requirements.read_text(encoding="utf-8").split()[0].replace("==", " ")
            result["install"] = self.environment(
                name, digest_of(requirements), ["-r", str(requirements)]
            )
            return
        result["what"] = f"rnn-tagger {__version__}"
        key = digest_of(*(ROOT / source for source in (*_CODE, "constraints.txt")))
        with tempfile.TemporaryDirectory() as folder:
            source, constraints = own_sources(Path(folder)), str(ROOT / "constraints.txt")
            for made, extra in ((OWN, ""), (PEERS[OWN].training, "[train]")):
                arguments = ["-c", constraints, f"{source}{extra}"]
                result["install" + extra] = self.environment(made, key, arguments)

    def environment(self, name: str, key: str, arguments: Sequence[str]) -> dict[str, Any]:
        """Makes an environment by pip; returns its size in MiB and the versions in it."""
        folder = self.envs / name
        facts = self._earlier(folder, key)
        if facts is None:
            shutil.rmtree(folder, ignore_errors=True)
            self.call(f"{name}-install", [sys.executable, "-m", "venv", str(folder)])
            pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
            self.call(f"{name}-install", [*pip, "install", *arguments])
            listed = subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True)
            packages = {p["name"]: p["version"] for p in json.loads(listed.stdout)}
            facts = {
                "versions": {n: v for n, v in packages.items() if n not in ("pip", "setuptools")},
                "mebibytes": mebibytes(next(folder.glob("lib/*/site-packages")), _NOT_COUNTED),
            }
            self._stamp(folder, key, facts)
        return facts

    def train(self, name: str) -> None:
        """Trains a peer, and scores what it makes of the dev and the test set."""
        peer, folder = PEERS[name], self.work / "models" / name
        environment = peer.training or name
        stamp = self.envs / environment / "stamp.json"
        files = (peer.script, SCRIPTS / "common.py", stamp)
        key = " ".join([self.data.digest, str(self.minutes), *map(digest_of, files)])
        facts = self._earlier(folder, key)
        if facts is None:
            shutil.rmtree(folder, ignore_errors=True)
            minutes = ["--minutes", str(self.minutes)]
            command = self.command(name, "train", self.data.folder, folder, *minutes)
            command[0] = self.python(environment)
            _, megabytes = self.launch(f"{name}-train", command)
            facts = json.loads((folder / "train.json").read_bytes())
            facts["megabytes"] = megabytes
            facts["model"] = mebibytes(folder / peer.model) * 2**20 / 1e6
            for split in ("dev", "test"):
                output = folder / f"{split}.tags"
                command = self.command(name, "tag", folder, self.data.files[split], output)
                _, facts["tagging"] = self.launch(f"{name}-tag", command)
                facts[split] = accuracy(self.data.gold[split], read_tags(output))
            self._stamp(folder, key, facts)
        self.results[name]["train"] = facts

    def speeds(self, name: str) -> dict[str, Callable[[], dict[str, float]]]:
        """Returns what measures words a second: tokens or raw text, one core or all."""
        peer, folder = PEERS[name], self.work / "models" / name
        found: dict[str, Callable[[], dict[str, float]]] = {}
        one, every = [{self.cores[0]}], [set(self.cores)]
        spread = every if peer.threads else [{core} for core in self.cores]
        for key, cores in zip(CORES, (one, spread), strict=True):
            tokens = self.command(name, "bench", folder, self.data.files["test"])
            found[f"tokens, {key}"] = partial(self.speed, name, f"tokens, {key}", tokens, cores)
            if peer.raw:
                raw = self.command(name, "bench", folder, self.data.text, "--raw")
                found[f"raw, {key}"] = partial(self.speed, name, f"raw, {key}", raw, cores)
            for precision in PRECISIONS if name == OWN else ():
                bare = [self.python(peer.training), str(SCRIPTS / "bare_lstm.py"), *tokens[2:]]
                label = f"{BARE} {precision}, {key}"
                bare += ["--precision", precision]
                found[label] = partial(self.speed, name, label, bare, cores)
        return found

    def starts(self, name: str) -> dict[str, Callable[[], dict[str, float]]]:
        """Returns what measures fresh processes: one that tags a sentence, one that imports."""
        imports = [self.python(name), "-I", "-c", PEERS[name].imports]
        return {
            "start": partial(
                self.start, name, "start", self.command(name, "one", self.work / "models" / name)
            ),
            "import": partial(self.start, name, "import", imports),
        }

    def speed(
        self, name: str, key: str, command: Sequence[str], cores: Sequence[set[int]]
    ) -> dict[str, float]:
        """Returns words a second of processes side by side, each kept to its cores.

        Words are those of the corpus, whatever a peer splits raw text into.
        """
        log = self.work / "logs" / f"{name}-bench.log"
        with log.open("w", encoding="utf-8") as errors:
            processes = [self._begin(command, own, errors) for own in cores]
            ready = ["ready\n" in iter(p.stdout.readline, "") for p in processes if p.stdout]
            outputs = [p.communicate("\n" if all(ready) else None)[0] for p in processes]
        if not all(ready) or any(p.returncode for p in processes):
            raise BenchError(last_line(log))
        words = self.data.words("test")
        found = [json.loads(output.splitlines()[-1]) for output in outputs]
        return {
            key: sum(words * f["passes"] / f["seconds"] for f in found),
            f"{key}, first pass": sum(words / f["first"] for f in found),
        }

    def _begin(self, command: Sequence[str], cores: set[int], errors: IO[str]) -> subprocess.Popen[str]:
        os.sched_setaffinity(0, cores)  # which a child inherits
        try:
            return subprocess.Popen(
                [*command, "--seconds", str(SECONDS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self.variables(len(cores)),
            )
        finally:
            os.sched_setaffinity(0, self.cores)

    def start(self, name: str, key: str, command: Sequence[str]) -> dict[str, float]:
        """Returns wall seconds and MB at most of a fresh process."""
        seconds, _ = self.launch(f"{name}-start", command)  # it warms the file cache as well
        times = math.ceil(SECONDS / max(seconds, 0.01))
        seconds, megabytes = self.launch(f"{name}-start", command, times)
        return {key: seconds / times, f"{key}, MB": megabytes}

    def command(self, name: str, *arguments: object) -> list[str]:
        """Returns the command line of a peer's script."""
        return [self.python(name), str(PEERS[name].script), *map(str, arguments)]

    def python(self, environment: str) -> str:
        """Returns the interpreter of an environment."""
        return str(self.envs / environment / "bin" / "python")

    def variables(self, threads: int) -> dict[str, str]:
        """Returns the environment variables of a peer: as they are, but for threads and paths."""
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        return kept | dict.fromkeys(THREADS, str(threads)) | {"PYTHONNOUSERSITE": "1"}

    def call(self, log: str, command: Sequence[str]) -> None:
        """Runs a command.

        Raises:
            BenchError: it failed; the last line of its log says why.
        """
        path = self.work / "logs" / f"{log}.log"
        with path.open("w", encoding="utf-8") as output:
            done = subprocess.run(command, stdout=output, stderr=output, env=self.variables(1))
        if done.returncode:
            raise BenchError(last_line(path))

    def launch(self, log: str, command: Sequence[str], times: int = 1) -> tuple[float, float]:
        """Runs a command some times on all cores.

        Returns:
            Wall seconds of all runs together, and MB of memory at most.

        Raises:
            BenchError: it failed; the last line of its log says why.
        """
        path = self.work / "logs" / f"{log}.log"
        path.unlink(missing_ok=True)
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(path), str(times), *command]
        done = subprocess.run(
            launcher, stdout=subprocess.PIPE, env=self.variables(len(self.cores)), check=False
        )
        if done.returncode:
            raise BenchError(last_line(path))
        seconds, kilobytes = json.loads(done.stdout)
        return seconds, kilobytes * 1024 / 1e6

    def _earlier(self, folder: Path, key: str) -> dict[str, Any] | None:
        """Returns what an earlier run found of the same, if there was one."""
        stamp = folder / "stamp.json"
        if not stamp.exists():
            return None
        found: dict[str, Any] = json.loads(stamp.read_bytes())
        if found["key"] != key:
            return None
        click.echo(f"          {folder.parent.name}/{folder.name}: as an earlier run made it", err=True)
        return {**found["facts"], "earlier": True}

    def _stamp(self, folder: Path, key: str, facts: dict[str, Any]) -> None:
        stamp = json.dumps({"key": key, "facts": facts}, indent=1)
        (folder / "stamp.json").write_text(stamp + "\n", encoding="utf-8")


def last_line(path: Path) -> str:
    """Returns the last line of a log that is not blank."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")


def machine() -> dict[str, Any]:
    """Tells on what this runs."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": names[0] if names else platform.machine(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def chosen_peers(text: str) -> list[str]:
    """Returns the peers that "a,b", "all" or "none" names.

    Raises:
        click.BadParameter: there is no such peer.
    """
    others = [name for name in PEERS if name != OWN]
    names = {"all": others, "none": []}.get(text, text.split(","))
    for name in names:
        if name not in others:
            raise click.BadParameter(f"{name!r}; there are {', '.join(others)}, all and none")
    return names


@click.command()
@click.argument("corpus")
@click.option("--peers", default="all", show_default=True, help="Names with commas, all or none.")
@click.option("--minutes", default=10.0, show_default=True, help="Of training, for each.")
@click.option("--rounds", default=3, show_default=True, help="Of measurements of speed and starts.")
@click.option("--target", default=0.947, show_default=True, help="Dev score to be reached.")
@click.option("--work", default="bench", type=click.Path(path_type=Path), show_default=True)
@click.option("--json", "output", type=click.Path(path_type=Path), help="Where all figures go.")
def main(
    corpus: str, peers: str, minutes: float, rounds: int, target: float, work: Path, output: Path | None
) -> None:
    """Measure this project and PEERS on CORPUS."""
    names = chosen_peers(peers)
    try:
        data = prepare(corpus, work / "data")
    except (BenchError, CorpusError) as error:
        raise click.ClickException(str(error)) from error
    bench = Bench(work, data, minutes, rounds)
    bench.run(names)
    results = {
        "corpus": Path(corpus).name,
        "words": {split: data.words(split) for split in data.files},
        "machine": machine(),
        "minutes": minutes,
        "rounds": rounds,
        "target": target,
        "peers": bench.results,
        "failures": bench.failures,
    }
    click.echo(page(results))
    if output is not None:
        output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(bool(bench.failures))


if __name__ == "__main__":
    main()
