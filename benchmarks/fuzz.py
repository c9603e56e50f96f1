"""Broken files for every reader, as a table in Markdown of how they end.

    python benchmarks/fuzz.py --inputs 100000 --seed 1

An input must end in sentences, or in a CorpusError that says in one line where something
is wrong; what was read must be written again or refused the same way, and come back as it
was. Nothing else may happen: no other exception, no warning, no crash, no hang, no memory
without bounds. Each reader runs in a process of its own, so that a crash of a library is
found too. What does happen is told on stderr, its input is kept, and the exit status is 1.
Real files are taken from the folder that TAGGER_CORPORA names.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

# the folder of this file must not hide libraries, as `tokenizers`
ROOT = Path(__file__).parent.parent
sys.path = [str(ROOT), *(entry for entry in sys.path if entry != str(ROOT / "benchmarks"))]

from benchmarks.mutations import Files, Maker  # noqa: E402
from corpora import FORMATS, CorpusError, Sentence, Split, TaggerError, read, write  # noqa: E402
from corpora.errors import shown  # noqa: E402
from corpora.files import COMPRESSIONS  # noqa: E402
from corpora.formats import recognise_content  # noqa: E402
from corpora.options import ALIGNMENTS, NESTED, ReadOptions, Remark, WriteOptions  # noqa: E402
from corpora.tokenization import Tokenization  # noqa: E402

SECONDS = 5.0  # of the processor that an input may take
PATIENCE = 60.0  # seconds on the clock after which a process that says nothing hangs
MEGABYTES = 4096  # of address space, beyond which a reader gets no memory
LONGEST_MESSAGE = 1000

# spaCy, which takes long to import, is needed for one reader only
_PACKED = ("conll", "conllu", "jsonl", "csv", "parquet", "text")
_RECOGNISED = tuple(name for name in FORMATS if name != "docbin")
_UNSURE_NAMES = ("case", "case.txt", "case.tsv", "case.jsonl", "case.json", "case.ndjson")
# what is written comes back whole, whatever the options
_WHOLE = tuple(name for name in FORMATS if name not in ("conll", "brat", "text"))
_TOKENIZATIONS = (
    Tokenization(),
    Tokenization("whitespace", "lines"),
    Tokenization("characters"),
    Tokenization("characters+spaces", "lines"),
    Tokenization(r"regex:\w+"),
)


@dataclass(frozen=True)
class Target:
    """A reader and the inputs that it gets.

    Attributes:
        formats: of its inputs; each is of one of them.
        suffix: of the compression they are packed with, or "".
        recognised: the format is not told to the reader, nor always by the file's name.
        seconds: that an input may take.
        read: in the place of `check`, for tests.
    """

    name: str
    formats: tuple[str, ...]
    suffix: str = ""
    recognised: bool = False
    seconds: float = SECONDS
    read: Callable[[Path, str | None, Random], bool] | None = None


TARGETS = (
    *(Target(name, (name,)) for name in FORMATS),
    Target("recognition", _RECOGNISED, recognised=True),
    *(Target(suffix, _PACKED, suffix) for suffix in COMPRESSIONS),
)


@dataclass(frozen=True)
class Outcome:
    """How one input ended.

    Attributes:
        kind: "corpus", "error" or "failure".
        seconds: of the processor that it took.
        megabytes: that the process has used at most until then.
        reason: of a failure, its traceback.
        files: of a failure, the input.
    """

    index: int
    kind: str
    seconds: float = 0.0
    megabytes: float = 0.0
    reason: str = ""
    files: Files = field(default_factory=dict)


@dataclass
class Tally:
    """How all inputs of a target ended."""

    kinds: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    megabytes: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)


class Wrong(BaseException):
    """A reader did what it may not do; no handler of exceptions hides it."""


class TooSlow(BaseException):
    """The time of an input is over."""


def check(path: Path, format: str | None, random: Random) -> bool:
    """Reads a file and writes it again; tells whether it could be read.

    Args:
        path: the file.
        format: its format, or None to have it recognised.
        random: decides on the options.

    Raises:
        Wrong: neither right sentences nor a right error came out.
    """
    try:
        if path.is_file():
            recognise_content(path.read_bytes()[: random.choice((10, 1000, 1 << 16))])
        split = Split(path, format, _options(random))
        sentences = list(split)
    except CorpusError as error:
        check_error(error)
        return False
    for sentence in sentences:
        check_sentence(sentence)
    _check_written(sentences, split, path.parent)
    return True


def check_sentence(sentence: Sentence) -> None:
    """Raises Wrong where a sentence does not hold together."""
    length = len(sentence.tokens)
    for layer, tags in sentence.tags.items():
        if len(tags) != length:
            raise Wrong(f"{len(tags)} tags for {length} tokens")
        if not _is_text([layer, *tags]):
            raise Wrong("a tag that is no text")
    if not _is_text([*sentence.tokens, *sentence.comments]):
        raise Wrong("a token or comment that is no text")
    if sentence.offsets is not None:
        end = sentence.start + len(sentence.text or "")
        if len(sentence.offsets) != length:
            raise Wrong(f"{len(sentence.offsets)} offsets for {length} tokens")
        if not all(sentence.start <= a <= b <= end for a, b in sentence.offsets):
            raise Wrong("offsets outside the text")
    if sentence.text is not None and not _is_text([sentence.text]):
        raise Wrong("a text that is none")
    text, offsets = sentence.surface()
    if len(offsets) != length or not all(0 <= a <= b <= len(text) for a, b in offsets):
        raise Wrong("a surface that does not fit")
    if not all(sentence.place(i) for i in range(length)):
        raise Wrong("a token without a place")


def check_error(error: TaggerError) -> None:
    """Raises Wrong where an error does not say where in one line."""
    if not error.place:
        raise Wrong("an error without a place") from error
    _check_message(str(error), error)


def check_remark(remark: Remark) -> None:
    """Raises Wrong where a remark does not say where in one line."""
    if not remark.place or not remark.kind:
        raise Wrong("a remark without a place")
    _check_message(str(remark), None)


def _check_message(message: str, cause: TaggerError | None) -> None:
    if len(message) >= LONGEST_MESSAGE:
        raise Wrong(f"a message of more than {LONGEST_MESSAGE} characters") from cause
    if not message.isprintable():  # which a line break is not
        raise Wrong("a message with a line break or another mark that cannot be printed") from cause


def _is_text(values: Iterable[object]) -> bool:
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False


def _check_written(sentences: list[Sentence], split: Split, folder: Path) -> None:
    path = folder / "again"
    try:
        options = WriteOptions(report=check_remark)
        write(sentences, path, split.format, split.layout, options)
    except CorpusError as error:
        check_error(error)
        return
    if split.format not in _WHOLE:
        return
    again = [_content(s) for s in read(path, split.format, ReadOptions(report=check_remark))]
    kept = split.format in ("jsonl", "parquet")  # sentences without tokens
    if again != [_content(sentence) for sentence in sentences if kept or sentence.tokens]:
        raise Wrong("other sentences when written and read again")


def _content(sentence: Sentence) -> object:
    return sentence.tokens, sentence.tags, sentence.new_document


def _options(random: Random) -> ReadOptions:
    options = ReadOptions(report=check_remark)
    if random.random() < 0.5:
        return options
    return replace(
        options,
        align=random.choice(ALIGNMENTS),
        nested=random.choice(NESTED),
        tokenization=random.choice(_TOKENIZATIONS),
        classes=random.choice(({}, {"ner": ("O", "B-PER")})),
        separator=random.choice((None, None, None, "\t", ";", "||")),
        columns=random.choice((None, None, None, "form=1", "form=2,ner=1")),
    )


# --- in a process of its own


def work(target: Target, first: int, count: int, seed: int, folder: Path, sender: Connection) -> None:
    """Examines inputs and sends an Outcome of each; the one at hand lies in `folder`."""
    unraised: list[str] = []
    warnings.simplefilter("error")
    sys.unraisablehook = lambda found: unraised.append(f"{found.exc_value!r} in {found.object!r}")
    signal.signal(signal.SIGPROF, _alarm)
    _limit_memory()
    makers: dict[str, Maker] = {}
    for index in range(first, count):
        random = Random(f"{seed} {target.name} {index}")  # the same whichever came before
        path, told = _laid_out(target, makers, random, folder)
        began = time.process_time()
        kind, reason = _examined(target, path, told, random)
        seconds = time.process_time() - began
        if unraised and not reason:
            kind, reason = "failure", unraised[0]
        unraised.clear()
        files = _files(folder) if reason else {}
        sender.send(Outcome(index, kind, seconds, _peak(), reason, files))
    sender.close()


def _laid_out(
    target: Target, makers: dict[str, Maker], random: Random, folder: Path
) -> tuple[Path, str | None]:
    """Writes an input into an empty folder; returns what to read and in which format."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    chosen = random.choice(target.formats)
    if chosen not in makers:
        makers[chosen] = Maker(chosen, target.suffix)
    for name, content in makers[chosen].make(random).items():
        (folder / name).write_bytes(content)
    path = folder / makers[chosen].name
    if chosen == "brat":
        path = random.choice((path, folder))
    elif target.recognised:
        path = path.rename(folder / random.choice((path.name, *_UNSURE_NAMES)))
    return path, None if target.recognised else chosen


def _examined(target: Target, path: Path, format: str | None, random: Random) -> tuple[str, str]:
    """Returns how an input ended, and why that is wrong where it is."""
    signal.setitimer(signal.ITIMER_PROF, target.seconds)
    try:
        read_whole = (target.read or check)(path, format, random)
    except BaseException:  # panics of Rust are no Exception
        return "failure", traceback.format_exc(limit=-12)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "corpus" if read_whole else "error", ""


def _alarm(number: int, frame: object) -> None:
    raise TooSlow("more time than an input may take")


def _limit_memory() -> None:
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))


def _peak() -> float:
    """Returns the megabytes that this process has held at most.

    On Linux `ru_maxrss` is no less than what the process that started this one held then.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        (kilobytes,) = re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
        return int(kilobytes) / (1 << 10)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("case*"))}


# --- in the process that starts the others


def outcomes(target: Target, count: int, seed: int) -> Iterator[Outcome]:
    """Yields how each input of a target ended.

    Args:
        count: number of inputs.
        seed: says which; an input follows from it, the target's name and its own number.
    """
    context = multiprocessing.get_context("spawn")
    index = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "input")
        while index < count:
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(target, index, count, seed, folder, sender))
            process.start()
            sender.close()
            try:
                while receiver.poll(PATIENCE):
                    yield receiver.recv()
                    index += 1
                reason = f"nothing for {PATIENCE:g} seconds"
                process.kill()
                process.join()
            except EOFError:  # all done, or gone
                process.join()
                reason = f"the process ended with status {process.exitcode}"
            receiver.close()
            if index < count:
                yield Outcome(index, "failure", reason=reason, files=_files(folder))
                index += 1


def tally(target: Target, count: int, seed: int, keep: Path) -> Tally:
    """Examines a target; tells stderr of failures and keeps the first input of each kind."""
    found = Tally()
    for outcome in outcomes(target, count, seed):
        found.kinds[outcome.kind] += 1
        found.slowest = max(found.slowest, outcome.seconds)
        found.megabytes = max(found.megabytes, outcome.megabytes)
        if outcome.kind != "failure":
            continue
        cause = _cause(outcome.reason)
        found.failures[cause] += 1
        if found.failures[cause] == 1:
            folder = keep / f"{target.name.lstrip('.')}-{seed}-{outcome.index}"
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in outcome.files.items():
                (folder / name).write_bytes(content)
            (folder / "REASON").write_text(outcome.reason, encoding="utf-8", errors="replace")
            print(f"{target.name}: {cause}; kept in {folder}", file=sys.stderr, flush=True)
    return found


def _cause(reason: str) -> str:
    """Returns in one line what an input ended with and where, to tell failures apart."""
    lines = reason.strip().split("\n")
    ours = [line for line in lines if "/corpora/" in line and line.lstrip().startswith("File ")]
    place = re.sub(r".*/(corpora/.*)\", line (\d+), in .*", r" at \1:\2", ours[-1]) if ours else ""
    return shown(re.sub(r"\d+", "N", lines[-1]), 120) + place


def main() -> int:
    """Examines every reader and prints the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000, help="for all readers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[t.name for t in TARGETS], default=[])
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="folder for what fails")
    options = parser.parse_args()
    targets = [t for t in TARGETS if not options.only or t.name in options.only]
    shares = [options.inputs * (i + 1) // len(targets) for i in range(len(targets))]
    print("| reader | inputs | corpora | errors | failures | slowest, ms | peak, MB |")
    print("|---|---|---|---|---|---|---|")
    tallies = []
    for target, before, end in zip(targets, [0, *shares], shares, strict=False):
        tallies.append(found := tally(target, end - before, options.seed, options.keep))
        _print_row(target.name, found)
    total = Tally(sum((t.kinds for t in tallies), Counter()))
    total.slowest = max(t.slowest for t in tallies)
    total.megabytes = max(t.megabytes for t in tallies)
    _print_row("all", total)
    return int(total.kinds["failure"] > 0)


def _print_row(name: str, found: Tally) -> None:
    kinds = found.kinds
    print(
        f"| {name} | {kinds.total():,} | {kinds['corpus']:,} | {kinds['error']:,} | {kinds['failure']:,}"
        f" | {1000 * found.slowest:,.0f} | {found.megabytes:,.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
