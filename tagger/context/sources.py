"""What a model knows of its context, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tagger.config import ModelConfig
from tagger.context.columns import Columns
from tagger.context.gazetteers import Gazetteers
from tagger.context.parts import Part


@dataclass(frozen=True, slots=True)
class ContextSources:
    """Where the context of tokens comes from.

    Attributes:
        columns: layer of tags that is read, not learned → its known values, the most
            frequent first.
        gazetteers: label → names, tokens with a space between.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gazetteers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def parts(self, config: ModelConfig) -> list[Part]:
        """Makes the parts of the context, in the order of the network."""
        made: list[Part] = []
        if self.columns:
            made.append(Columns(self.columns, config.column_size))
        if self.gazetteers:
            made.append(Gazetteers(self.gazetteers, config.gazetteer_size))
        return made


NO_SOURCES = ContextSources()
