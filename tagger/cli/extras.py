"""Modules that may not be installed, and the extras that bring them."""

from __future__ import annotations

BASE = ("numpy", "onnxruntime", "safetensors", "sentencex", "syntok")
TRAIN = ("torch", "datasets", "seqeval", "onnx", "rich", "tomli", "sklearn")
EXTRAS = {
    "icu4py": "icu",
    "optuna": "tune",
    "pyarrow": "parquet",
    "spacy": "spacy",
    "tokenizers": "transformers",
    "transformers": "transformers",
    "zstandard": "zstd",
}


def missing_extra(error: ModuleNotFoundError) -> tuple[str, str] | None:
    """Returns what was found and what expected, where a module is one of an extra's; else None.

    >>> missing_extra(ModuleNotFoundError(name="pyarrow.parquet"))
    ('no module pyarrow', "it installed; run: pip install 'rnn-tagger[parquet]'")
    """
    module = (error.name or "").partition(".")[0]
    if module not in (*BASE, *TRAIN, *EXTRAS):
        return None
    name = EXTRAS.get(module, "train" if module in TRAIN else "")
    extra = f"[{name}]" if name else ""
    return f"no module {module}", f"it installed; run: pip install 'rnn-tagger{extra}'"
