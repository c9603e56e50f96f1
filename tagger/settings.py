"""Settings from outside: from a preset, then from a TOML file, then single values.

What a model file holds is read in the same way. Knows no ranges: `tagger.config` does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corpora.errors import shown
from tagger.config import BY_CORPUS, Config, ConfigError

_MODEL: dict[str, Any] = {"jamo_affixes": "auto", "pair_size": BY_CORPUS}
LARGE: dict[str, Any] = {"hidden_size": 300, "projection": 200, "character_output": 128}
_TRAINING: dict[str, Any] = {"language_model": BY_CORPUS, "outside_bias": "dev"}
PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "fast": {"model": _MODEL, "training": _TRAINING},
    "accurate": {
        "model": {**_MODEL, **LARGE, "members": 4},
        "training": {**_TRAINING, "auxiliary": "auto"},
    },
}


def make_config(
    preset: str | None = None, file: Path | None = None, settings: Iterable[str] = ()
) -> Config:
    """Puts a configuration together.

    >>> make_config("fast", settings=["model.cell=gru"]).model.cell
    'gru'

    Args:
        preset: a name of PRESETS. None takes that of the file, or else "fast".
        file: TOML with tables `[model]` and `[training]`, and perhaps `preset`.
        settings: "section.key=value" each; the last one wins.

    Raises:
        ConfigError: an unknown key or a value out of range, with its place; or a preset that
            is not that of the file.
    """
    values = _read_toml(file) if file else {}
    start = values.pop("preset", preset or "fast")
    if start not in PRESETS:
        raise ConfigError("preset", shown(str(start)), " or ".join(PRESETS))
    if preset not in (None, start):
        raise ConfigError("--preset", shown(str(preset)), f"{start}, which {file} starts from")
    config = from_dict(PRESETS[start])
    if file:
        config = from_dict(values, config, f"{file}: ")
    tables: dict[str, dict[str, str]] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        section, dot, name = key.strip().partition(".")
        if not equals or not dot:
            raise ConfigError("--set", shown(setting), "SECTION.KEY=VALUE, as in model.cell=gru")
        tables.setdefault(section, {})[name] = value.strip()
    return from_dict(tables, config, "--set ")


def from_dict(values: Mapping[str, Any], base: Config | None = None, place: str = "") -> Config:
    """Changes a configuration (the default one) by values from outside.

    Args:
        values: {"model": {...}, "training": {...}}; texts are read as numbers where
            numbers are due.
        place: put before the key in messages.

    Raises:
        ConfigError: an unknown key or a value out of range.
    """
    base = base or Config()
    for section, table in values.items():
        if section not in ("model", "training") or not isinstance(table, Mapping):
            raise ConfigError(f"{place}{section}", "an unknown section", "model or training")
        part = getattr(base, section)
        types = {f.name: type(getattr(part, f.name)) for f in dataclasses.fields(part)}
        changes = {}
        for key, value in table.items():
            if key not in types:
                import difflib  # costs a start more than the rest of this page

                near = difflib.get_close_matches(key, types, 1, 0.0)[0]
                raise ConfigError(
                    f"{place}{section}.{key}",
                    "an unknown key",
                    f"a known one; did you mean {section}.{near}?",
                )
            changes[key] = _converted(value, types[key], f"{place}{section}.{key}")
        try:
            changed = dataclasses.replace(part, **changes)
        except ConfigError as error:  # the value knows its range, not where it came from
            raise ConfigError(place + error.place, error.found, error.expected) from error
        base = dataclasses.replace(base, **{section: changed})
    return base


def keys_in(file: Path) -> frozenset[str]:
    """Returns the keys of the settings that a TOML file has, "model.cell".

    Raises:
        ConfigError: it is no such file.
    """
    tables = _read_toml(file).items()
    return frozenset(
        f"{name}.{key}" for name, table in tables if isinstance(table, dict) for key in table
    )


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib  # type: ignore[no-redef, import-not-found, unused-ignore]
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(file), error.strerror or str(error), "a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), str(error), "a TOML file in UTF-8") from error


def _converted(value: Any, kind: type, place: str) -> Any:
    if isinstance(value, str) and kind is not str:
        try:
            if kind is bool:
                return {"true": True, "false": False}[value.lower()]
            return kind(value)
        except (KeyError, ValueError) as error:
            raise ConfigError(place, shown(value), _KINDS[kind]) from error
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ConfigError(place, shown(str(value)), _KINDS[kind])
    return value


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
