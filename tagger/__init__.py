"""A recurrent sequence tagger: part-of-speech tags and named entities, one a token.

    import tagger

    t = tagger.load("english.tagger")
    for span in t.tag("Ada Lovelace lived in London.").spans["ner"]:
        print(span.text, span.label, span.confidence)

Importing this package loads neither NumPy nor a model; that happens on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from corpora.errors import TaggerError
from tagger.version import __version__

if TYPE_CHECKING:
    from tagger.document import Document
    from tagger.pipeline import Tagger, load

__all__ = ["Document", "Tagger", "TaggerError", "__version__", "load"]

_HOMES = {"Document": "document", "Tagger": "pipeline", "load": "pipeline"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"tagger.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
