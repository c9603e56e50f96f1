"""Options that several commands share, and what they become."""

from __future__ import annotations

import dataclasses
import functools
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from corpora import Corpus, Remark
    from corpora.corpus import Part
    from tagger.pipeline import Tagger

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FORMATS = (
    "conll",
    "conllu",
    "conllup",
    "jsonl",
    "prodigy",
    "doccano",
    "label-studio",
    "brat",
    "docbin",
    "csv",
    "tsv",
    "parquet",
    "text",
)
_RAW = ("text", "prodigy", "doccano", "label-studio", "brat")  # whose text is still to be split
_UNCOUNTED = "formats recognised"


class Remarks:
    """Shows remarks of readers and writers on stderr, and counts them at the end."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._shown: set[int] = set()

    def __call__(self, remark: Remark) -> None:
        """Shows a remark, once however often a corpus is read."""
        if hash(remark) in self._shown:
            return
        self._shown.add(hash(remark))
        self._counts[remark.kind] += 1
        say(str(remark))

    def close(self) -> None:
        """Shows the counts."""
        for kind, count in self._counts.items():
            if kind != _UNCOUNTED:
                click.echo(f"{kind}: {count:,}", err=True)


@contextmanager
def loading() -> Iterator[None]:
    """Looks for no garbage while modules and a model are loaded, nor among them later: they stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def say(message: str) -> None:
    """Writes one line on stderr, in place of a line of progress that may stand there."""
    progress = click.get_current_context().meta.get("tagger.progress")
    if progress is not None:
        progress.clear()
    click.echo(" ".join(message.split("\n")), err=True)


def named_after(corpus: str, suffix: str) -> Path:
    """Returns the name of a file that is made of a corpus, in the current folder."""
    from corpora.files import COMPRESSIONS

    path = Path(corpus.rpartition(":")[2]).resolve()
    name = path.name
    if path.is_file():
        name = Path(path.stem if path.suffix.lower() in COMPRESSIONS else name).stem
    return Path(name + suffix)


def keep_apart(output: Path, files: Iterable[str | Path | None], corpora: Iterable[Corpus] = ()) -> None:
    """Makes sure that an output takes the place of nothing that is read.

    Args:
        files: names of some; None and "" are none.
        corpora: whose files are read too.

    Raises:
        click.UsageError: it would.
    """
    target = output.resolve()
    splits = [split.path for corpus in corpora for _, split in corpus.splits()]
    for file in (*files, *splits):
        if file and Path(file).resolve() == target:
            raise click.UsageError(f"--output {output} would take the place of {file}, which is read")


def layer_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --layer and --auxiliary."""
    return _with(_LAYERS, function)


def setting_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --config, --preset and --set."""
    return _with(_SETTINGS, function)


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --seed and --device."""
    return _with(_RUN, function)


def device_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --device."""
    return _DEVICE(function)


def dev_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --dev."""
    option = click.option(
        "--dev", metavar="FILE", help="Development sentences, in place of the folder's."
    )
    return option(function)


def format_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --from."""
    option = click.option(
        "--from",
        "source_format",
        type=click.Choice(FORMATS),
        help="Format that is read (see: tagger formats). [default: by name and content]",
    )
    return option(function)


def reading_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say how a corpus is read; they reach the command as one
    argument, `reading`: a ReadOptions, and the tokenization only where it was given."""

    @functools.wraps(function)
    def command(
        *args: Any,
        columns: str | None,
        separator: str | None,
        classes: tuple[str, ...],
        align: str,
        nested: str,
        streaming: bool,
        tokenizer: str | None,
        sentences: str | None,
        language: str | None,
        **rest: Any,
    ) -> Any:
        from corpora.options import ReadOptions
        from corpora.tokenization import make_tokenization

        if (tokenizer or "").startswith("python:"):
            sys.path.insert(0, str(Path.cwd()))  # where the user's own module is
        reading = ReadOptions(
            separator=separator,
            columns=columns,
            classes=_classes(classes),
            tokenization=make_tokenization(tokenizer, sentences, language),
            align=align,
            nested=nested,
            streaming=streaming,
            report=remarks(),
        )
        return function(*args, reading=reading, **rest)

    return _with(_READING, command)


def remarks() -> Remarks:
    """Returns what shows the remarks of this run; it counts them when the command ends."""
    context = click.get_current_context()
    made = context.meta.get("tagger.remarks")
    if made is None:
        made = context.meta["tagger.remarks"] = Remarks()
        context.call_on_close(made.close)
    return made  # type: ignore[no-any-return]


def said_of_tokenization() -> dict[str, str]:
    """Returns what the user said of how raw text is split, by the names of `Tokenization`."""
    options = {"tokens": "tokenizer", "sentences": "sentences", "language": "language"}
    said = click.get_current_context().params
    return {field: said[name] for field, name in options.items() if said.get(name) is not None}


def split_as_in_training(tagger: Tagger, parts: Iterable[Part]) -> None:
    """Lets files of raw text be split as the model says, where the user did not say how.

    Raises:
        BundleError: the model names a Python function, which it has no leave to run.
    """
    from corpora.splits import Split

    said = said_of_tokenization()
    if "tokens" in said:
        return
    for part in parts:
        if isinstance(part, Split) and part.format in _RAW:
            how = dataclasses.replace(tagger.tokenization, **said)
            part.options = dataclasses.replace(part.options, tokenization=how)


def format_of(path: Path | None) -> str | None:
    """Returns the format of an input; None where its name and content shall be looked at."""
    from corpora.formats.recognition import detect_format, recognise

    if path is None:
        return "text"
    if path.is_dir() or (path.is_file() and recognise(path) is not None):
        return None
    return detect_format(path) or "text"  # a pipe cannot be looked at and then be read


def threads_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --threads."""
    option = click.option(
        "--threads", type=click.IntRange(0, 1024), default=0, help="CPU threads; 0 takes all cores."
    )
    return option(function)


def precision_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --precision."""
    option = click.option(
        "--precision",
        type=click.Choice(["float32", "int8"]),
        help="Numbers that recurrent layers compute with; int8 is faster. [default: the model's]",
    )
    return option(function)


_LAYERS: tuple[Decorator, ...] = (
    click.option(
        "--layer",
        "layers",
        multiple=True,
        metavar="NAME",
        help="Layer of tags to learn, by name or column number; repeat it to learn several at once."
        " [default: the only one, else ner, else UPOS, of each corpus; with --base those of the model]",
    ),
    click.option(
        "--auxiliary",
        multiple=True,
        metavar="NAME",
        help="Layer to learn beside, which helps, and to leave out of the model; repeat it.",
    ),
)
_SETTINGS: tuple[Decorator, ...] = (
    click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="Settings in a TOML file: [model], [training], perhaps preset.",
    ),
    click.option(
        "--preset",
        type=click.Choice(["fast", "accurate"]),
        help="Settings to start from. [default: those of --config, else fast]",
    ),
    click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any setting."),
)
_DEVICE = click.option(
    "--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps or auto."
)
_RUN: tuple[Decorator, ...] = (
    click.option("--seed", type=click.IntRange(0), help="Of all random choices. [default: 1]"),
    _DEVICE,
)
_READING: tuple[Decorator, ...] = (
    click.option(
        "--columns",
        metavar="NAME=N,…",
        help="What columns are, counted from 1, or by a header's names: form=1,ner=4. [default: found]",
    ),
    click.option(
        "--separator",
        metavar="TEXT",
        callback=lambda ctx, param, value: value and value.replace("\\t", "\t"),
        help="What separates columns: '\\t', ' ' … [default: found]",
    ),
    click.option(
        "--classes",
        multiple=True,
        metavar="LAYER=A,B,…",
        help="Names of the classes of a layer whose tags are numbers.",
    ),
    click.option(
        "--tokenizer",
        metavar="NAME",
        help="How raw text is split into tokens: standard, whitespace, characters,"
        " characters+spaces, icu, regex:PATTERN or python:MODULE:FUNCTION."
        " [default: standard, or the model's]",
    ),
    click.option(
        "--sentences",
        type=click.Choice(["standard", "lines"]),
        help="How raw text is split into sentences. [default: standard; lines with"
        " --tokenizer whitespace]",
    ),
    click.option(
        "--language",
        metavar="CODE",
        help="Of raw text, for abbreviations and the dictionaries of icu. [default: en]",
    ),
    click.option(
        "--align",
        type=click.Choice(["split", "expand", "contract", "strict"]),
        default="split",
        show_default=True,
        help="Where a span of characters cuts a token: split the token, fit the span, or fail.",
    ),
    click.option(
        "--nested",
        type=click.Choice(["outermost", "longest"]),
        default="outermost",
        show_default=True,
        help="Which of two spans that overlap is kept.",
    ),
    click.option("--streaming", is_flag=True, help="Read hf:… as it comes, without storing it."),
)


def _with(options: tuple[Decorator, ...], function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        function = option(function)
    return function


def _classes(values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    classes = {}
    for value in values:
        layer, found, names = value.partition("=")
        if not found or not layer:
            raise click.BadParameter(
                f"found {value!r}, expected LAYER=NAME,NAME,…", param_hint="--classes"
            )
        classes[layer] = tuple(names.split(","))
    return classes
