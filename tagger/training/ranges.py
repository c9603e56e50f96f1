"""What a search may set settings to. Knows settings and layers; knows no torch and no Optuna."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpora.errors import shown
from tagger.config import Config, ConfigError
from tagger.settings import from_dict

if TYPE_CHECKING:
    from tagger.layers import TagLayer  # which loads NumPy; help texts show this page

RANGES: Mapping[str, str] = {
    "training.learning_rate": "0.0005..0.01",
    "training.batch_tokens": "0,64,128,256,512,1024",
    "training.weight_decay": "0.001..0.1",
    "training.unknown_rate": "0.1..0.9",
    "training.smoothing": "0.0..0.2",
    "training.auxiliary_weight": "0.1..1.0",
    "model.dropout": "0.2..0.6",
    "model.word_size": "50..200",
    "model.character_output": "32,48,64,96,128",
    "model.layers": "1..2",
    "model.hidden_size": "100..400",
}
_DECADE = 10  # times the lowest number: from there on, numbers are spread in the logarithm
_DIGITS = 3  # of a number that is tried; more tell nothing, and make settings hard to read


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a setting may take.

    Attributes:
        key: of the setting, "model.dropout".
        values: the choices; or the lowest and the highest number.
        continuous: the values are such a lowest and highest number.
    """

    key: str
    values: tuple[Any, ...]
    continuous: bool

    @property
    def logarithmic(self) -> bool:
        """Whether numbers are to be tried evenly in their logarithm."""
        return self.continuous and 0 < _DECADE * self.values[0] <= self.values[1]

    def __contains__(self, value: Any) -> bool:
        if self.continuous:
            return bool(self.values[0] <= value <= self.values[1])
        return value in self.values

    def __str__(self) -> str:
        return (".." if self.continuous else ",").join(map(as_text, self.values))

    def rounded(self, value: Any) -> Any:
        """Returns a value with as many digits as tell something, still in the range."""
        if not isinstance(value, float) or not self.continuous:
            return value
        low, high = self.values
        return min(max(float(f"{value:.{_DIGITS}g}"), low), high)


def parse_range(text: str) -> Range:
    """Reads what a user writes: "KEY=LOW..HIGH" or "KEY=A,B,C".

    >>> parse_range("model.dropout=0.1..0.5").values
    (0.1, 0.5)

    Raises:
        ConfigError: an unknown setting, values that it cannot take, or no two of them.
    """
    key, equals, values = text.partition("=")
    key = key.strip()
    section, dot, name = key.partition(".")
    if not equals or not dot:
        raise ConfigError("--range", shown(text), "SECTION.KEY=LOW..HIGH or SECTION.KEY=A,B,C")
    low, continuous, high = values.partition("..")
    read = tuple(
        setting(from_dict({section: {name: part.strip()}}, place="--range "), key)
        for part in ((low, high) if continuous else values.split(","))
    )
    place = f"--range {key}"
    if continuous and type(read[0]) not in (int, float):
        raise ConfigError(place, shown(values), "A,B,C: what is no number has no LOW..HIGH")
    if continuous and not read[0] < read[1] < float("inf"):
        raise ConfigError(place, shown(values), "LOW below HIGH, both finite")
    if len(set(read)) < max(2, len(read)):
        raise ConfigError(place, shown(values), "two values or more, each once")
    return Range(key, read, bool(continuous))


def make_space(
    config: Config,
    wanted: Sequence[Range],
    fixed: Collection[str],
    layers: Sequence[TagLayer],
    auxiliary: int,
) -> tuple[Range, ...]:
    """Returns what is to be searched: what is wanted, and RANGES but for what has no effect.

    Args:
        config: the settings that stay.
        wanted: other ranges, which go before those of RANGES.
        fixed: keys that are not searched unless they are wanted.
        layers: what is learned.
        auxiliary: how many of the layers are learned beside.

    Raises:
        ConfigError: nothing is left to be searched.
    """
    chosen = {found.key: found for found in wanted}
    idle = set(fixed)
    if all(layer.head != "softmax" for layer in layers):
        idle.add("training.smoothing")
    if not auxiliary:
        idle.add("training.auxiliary_weight")
    if config.model.character_encoder == "none":
        idle.add("model.character_output")
    standard = (parse_range(f"{key}={text}") for key, text in RANGES.items() if key not in idle)
    space = {found.key: found for found in standard} | chosen
    if not space:
        raise ConfigError("--set", "all settings fixed", "one at least that may be searched")
    return tuple(space.values())


def setting(config: Config, key: str) -> Any:
    """Returns the value of a setting, by its key."""
    section, _, name = key.partition(".")
    return getattr(getattr(config, section), name)


def with_settings(config: Config, settings: Mapping[str, Any]) -> Config:
    """Returns settings with some of them changed, by their keys.

    Raises:
        ConfigError: they cannot be right together.
    """
    tables: dict[str, dict[str, Any]] = {}
    for key, value in settings.items():
        section, _, name = key.partition(".")
        tables.setdefault(section, {})[name] = value
    return from_dict(tables, config)


def as_text(value: Any) -> str:
    """Returns a setting's value as a user writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
