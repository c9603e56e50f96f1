"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def layout_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --columns and --separator, which declare what a column file holds."""
    columns = click.option(
        "--columns",
        metavar="NAME=N,…",
        help="What the columns are, counted from 1: form=1,ner=4. [default: found]",
    )
    separator = click.option(
        "--separator",
        metavar="TEXT",
        callback=lambda ctx, param, value: value and value.replace("\\t", "\t"),
        help="What separates columns: '\\t', ' ' … [default: found]",
    )
    return columns(separator(function))


def threads_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --threads."""
    option = click.option(
        "--threads", type=click.IntRange(0, 1024), default=0, help="CPU threads; 0 takes all cores."
    )
    return option(function)
