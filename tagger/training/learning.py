"""How a network learns a corpus: rates, weights, precision, threads.

Knows settings and what was counted; knows no files and no sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from tagger.config import ConfigError, TrainingConfig
from tagger.layers import TagLayer
from tagger.network.cells import runs_in_bfloat16
from tagger.network.model import Learning
from tagger.training.rarity import rare_weights
from tagger.training.survey import Survey
from tagger.vocabulary import Vocabulary

_SHARED_BATCH = 200  # tokens; a smaller batch is sooner done by one thread than by several


def make_learning(
    training: TrainingConfig,
    train_set: Survey,
    words: Vocabulary,
    layers: Sequence[TagLayer],
    auxiliary: Collection[str],
    device: str,
) -> Learning:
    """Returns what the network has to know of its training.

    Args:
        words: known ones.
        auxiliary: names of the layers that are only learned beside.

    Raises:
        ConfigError: see `uses_bfloat16`.
    """
    weights = (training.auxiliary_weight if layer.name in auxiliary else 1.0 for layer in layers)
    return Learning(
        _replacement(train_set, words, training.unknown_rate),
        uses_bfloat16(training.precision, device),
        training.smoothing,
        tuple(weights),
        word_dropout=training.word_dropout,
        language_model=training.language_model,
        tag_weights=_tag_weights(layers, train_set, training.rare_weight),
    )


def uses_bfloat16(precision: str, device: str) -> bool:
    """Tells whether LSTM layers are trained in bfloat16.

    Raises:
        ConfigError: they shall be, and torch cannot do so here.
    """
    if precision == "bfloat16" and not runs_in_bfloat16(device):
        found = "bfloat16, which torch does not have on this processor"
        raise ConfigError("training.precision", found, "float32 or auto")
    if precision != "auto" or device != "cpu":
        return precision == "bfloat16"
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # of new torch
    if capabilities.get("amx_bf16"):
        return True
    # AVX-512 alone can do it too: 1.4 times as fast as float32 on AMD, 0.7 times on Intel
    return bool(capabilities.get("avx512_bf16")) and "AMD" in capabilities.get("cpu_name", "")


def share_threads(config: TrainingConfig, members: int, device: str) -> int:
    """Sets torch's threads; returns how many members of an ensemble learn side by side.

    (On another device than the CPU they draw from one generator, and so learn in turn.)
    """
    threads = config.threads or torch.get_num_threads()
    side_by_side = min(members, threads) if device == "cpu" else 1
    each = threads // side_by_side
    if not config.threads and config.batch_tokens < _SHARED_BATCH:
        each = 1
    torch.set_num_threads(each)
    return side_by_side


@contextmanager
def same_threads() -> Iterator[None]:
    """Takes back how many threads training has chosen, which would be left to the next one."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def make_repeatable(seed: int) -> None:
    """Sets torch's seed, and lets it compute the same each time."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # no part reads memory before it has written it; filling it took a sixth of the time
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _tag_weights(layers: Sequence[TagLayer], train_set: Survey, power: float) -> tuple[Tensor, ...]:
    if not power:
        return ()
    return tuple(
        torch.tensor(rare_weights(layer, train_set.layers[layer.name].counts, power)) for layer in layers
    )


def _replacement(train_set: Survey, words: Vocabulary, rate: float) -> Tensor:
    counts = train_set.word_counts()
    rates = torch.zeros(len(words))
    for symbol in words.symbols:
        rates[words[symbol]] = rate / max(1, counts[symbol])  # none of what only a base knows
    return rates
