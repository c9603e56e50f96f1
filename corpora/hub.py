"""Sentences as Hugging Face data sets: Arrow tables on disk, mapped into memory.

The only page that imports `datasets` (extra `train`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datasets

_ROWS_AT_ONCE = 1000


def arrow_table(rows: Iterator[dict[str, Any]], layers: int, folder: Path) -> datasets.Dataset:
    """Writes rows to an Arrow file and opens it; memory does not grow with it.

    Args:
        rows: {"tokens": [...], "tags_0": [...], …}, tags as numbers.
        layers: how many columns of tags there are.
        folder: where the file is put.
    """
    import datasets
    from datasets.arrow_writer import ArrowWriter

    columns: dict[str, Any] = {"tokens": datasets.List(datasets.Value("string"))}
    columns |= {f"tags_{i}": datasets.List(datasets.Value("int32")) for i in range(layers)}
    path = folder / "train.arrow"
    with ArrowWriter(
        path=str(path), features=datasets.Features(columns), writer_batch_size=_ROWS_AT_ONCE
    ) as writer:
        for row in rows:
            writer.write(row)
        writer.finalize()
    return datasets.Dataset.from_file(str(path))
