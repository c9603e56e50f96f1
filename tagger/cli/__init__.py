"""The command line: a group of commands, each loaded when it is called for.

The only place where errors become one line on stderr and an exit status: 1 for what
is wrong with files and data, 2 for wrong usage.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from corpora.errors import TaggerError
from tagger.cli.extras import missing_extra
from tagger.version import __version__

COMMANDS = ("train", "tune", "vectors", "tag", "evaluate", "info", "check", "convert", "formats")

_INTERRUPTED, _TERMINATED = 130, 143


class LazyGroup(click.Group):
    """Imports a command's page (one file in this folder) when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names the commands, in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Imports the page of a command."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"tagger.cli.{name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; a reader of its output that goes away ends it in silence."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="Each command explains itself: tagger train --help",
)
@click.version_option(__version__, prog_name="tagger", message="%(prog)s %(version)s")
def group() -> None:
    """Train a sequence tagger on your corpus, and tag text with it.

    \b
    tagger train corpus/ --output my.tagger
    tagger tag letter.txt --model my.tagger
    """


class _Terminated(KeyboardInterrupt):
    """Another process asks this one to end; it ends as with Ctrl-C, leaving nothing half done."""


def _terminate(number: int, frame: object) -> NoReturn:
    raise _Terminated


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status. The entry point of `tagger`."""
    if threading.current_thread() is threading.main_thread():  # others may not say so
        signal.signal(signal.SIGTERM, _terminate)
    _open_streams()
    try:
        status = group.main(
            args=None if arguments is None else list(arguments),
            prog_name="tagger",
            standalone_mode=False,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "tagger"
        message = " ".join(error.format_message().split())
        return _fail(f"{path}: {message.rstrip('.')} (see {path} --help)", 2)
    except (click.Abort, KeyboardInterrupt) as error:
        terminated = isinstance(error, _Terminated) or isinstance(error.__cause__, _Terminated)
        return _fail("tagger: stopped", _TERMINATED if terminated else _INTERRUPTED)
    except TaggerError as error:
        # what stands on the command line is usage; what stands in files is data
        return _fail(f"tagger: {error}", 2 if error.place.startswith("--") else 1)
    except ModuleNotFoundError as error:
        if (wanted := missing_extra(error)) is None:
            raise
        return _fail(f"tagger: found {wanted[0]}, expected {wanted[1]}", 1)
    except io.UnsupportedOperation:  # of what `_open_streams` opened
        return _fail("tagger: standard output: found it closed, expected it open", 1)
    except OSError as error:  # a full disk, say
        return _fail(f"tagger: {error.filename or 'output'}: found {error.strerror or error}", 1)
    return status if isinstance(status, int) else 0


def _open_streams() -> None:
    """Makes standard streams UTF-8, as all files are, and opens those that are closed: then nothing
    can be read, or written but to stderr."""
    nothing = Path(os.devnull)
    sys.stdin = sys.stdin or nothing.open(encoding="utf-8")
    sys.stdout = sys.stdout or nothing.open(encoding="utf-8")
    sys.stderr = sys.stderr or nothing.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(encoding="utf-8", errors=stream.errors)


def _fail(message: str, status: int) -> int:
    click.echo(" ".join(message.split("\n")), err=True)
    return status
