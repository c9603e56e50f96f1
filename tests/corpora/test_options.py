"""What a user may say of reading and writing: checked once, with remarks for what is lost."""

import dataclasses
import logging

import pytest

from corpora.errors import CorpusError
from corpora.options import (
    ALIGNMENTS,
    NESTED,
    READ_DEFAULTS,
    ROWS,
    WRITE_DEFAULTS,
    ReadOptions,
    Remark,
    WriteOptions,
    log,
)
from corpora.tokenization import STANDARD_TOKENIZATION


def test_defaults() -> None:
    assert ReadOptions() == READ_DEFAULTS
    assert dataclasses.asdict(READ_DEFAULTS) == {
        "separator": None,
        "columns": None,
        "classes": {},
        "tokenization": STANDARD_TOKENIZATION.to_dict(),
        "align": "split",
        "nested": "outermost",
        "streaming": False,
        "report": log,
    }
    assert dataclasses.asdict(WRITE_DEFAULTS) == {"rows": None, "report": log}


def test_all_that_is_listed_is_allowed() -> None:
    for align in ALIGNMENTS:
        assert ReadOptions(align=align).align == align
    for nested in NESTED:
        assert ReadOptions(nested=nested).nested == nested
    for rows in (None, *ROWS):
        assert WriteOptions(rows=rows).rows == rows


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (
            ReadOptions,
            {"align": "cut"},
            "align: found 'cut', expected one of split, expand, contract, strict",
        ),
        (ReadOptions, {"align": ""}, "align: found '', expected one of split, expand, contract, strict"),
        (
            ReadOptions,
            {"nested": "Longest"},
            "nested: found 'Longest', expected one of outermost, longest",
        ),
        (WriteOptions, {"rows": "tokens"}, "rows: found 'tokens', expected one of token, sentence"),
        (WriteOptions, {"rows": ""}, "rows: found '', expected one of token, sentence"),
    ],
)
def test_values_that_are_not_listed(
    kind: type[ReadOptions] | type[WriteOptions], arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(CorpusError) as caught:
        kind(**arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


@pytest.mark.parametrize("options", [READ_DEFAULTS, WRITE_DEFAULTS, Remark("k", "p", "m")])
def test_options_and_remarks_are_values(options: object) -> None:
    for name in options.__slots__:  # type: ignore[attr-defined]
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(options, name, None)


def test_remarks_are_warnings_unless_told_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    remark = Remark("spans left out", "f:7", "50 % of a span")
    assert str(remark) == "f:7: 50 % of a span"
    READ_DEFAULTS.report(remark)
    WRITE_DEFAULTS.report(remark)
    assert caplog.record_tuples == [("corpora", logging.WARNING, "f:7: 50 % of a span")] * 2
