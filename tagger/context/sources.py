"""What a model knows of its context, as one value.

The pages of the parts are loaded where a model has them: most have none, and start sooner so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagger.config import ModelConfig
from tagger.context.parts import Part

if TYPE_CHECKING:
    from tagger.context.transformer import Transformer


@dataclass(frozen=True, slots=True)
class ContextSources:
    """Where the context of tokens comes from.

    Attributes:
        columns: layer of tags that is read, not learned → its known values, the most
            frequent first.
        gazetteers: label → names, tokens with a space between.
        transformer: whose vectors are read.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gazetteers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    transformer: Transformer | None = None

    def parts(
        self, config: ModelConfig, transformer: Part | None = None, threads: int = 0
    ) -> list[Part]:
        """Makes the parts of the context, in the order of the network.

        Args:
            transformer: that of training; None: the one here, by ONNX Runtime.
            threads: of the CPU, for ONNX Runtime; 0 takes all cores.

        Raises:
            ValueError: what there is of the transformer does not fit together.
        """
        made: list[Part] = []
        if config.pair_size:
            from tagger.context.pairs import Pairs

            made.append(Pairs(config.pair_buckets, config.pair_size))
        if self.columns:
            from tagger.context.columns import Columns

            made.append(Columns(self.columns, config.column_size))
        if self.gazetteers:
            from tagger.context.gazetteers import Gazetteers

            made.append(Gazetteers(self.gazetteers, config.gazetteer_size))
        if self.transformer is not None and transformer is None:
            from tagger.context.transformer import OnnxTransformer, TransformerVectors

            encode = OnnxTransformer(self.transformer, config.transformer_pooling, threads)
            transformer = TransformerVectors(encode, config.transformer_size, config.transformer_output)
        return [*made, transformer] if transformer else made


NO_SOURCES = ContextSources()
