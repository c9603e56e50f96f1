"""What is decided before training: precision, threads, and what depends on the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from corpora import load_corpus
from tagger.config import ConfigError, TrainingConfig
from tagger.settings import make_config
from tagger.training import learning
from tagger.training.learning import share_threads, uses_bfloat16
from tagger.training.preparation import Task, set_up

from .runs import COLUMNS, TINY


@pytest.mark.parametrize(
    ("precision", "device", "name", "capability", "expected"),
    [
        ("auto", "cpu", "Intel Xeon", "amx_bf16", True),
        ("auto", "cpu", "Intel Xeon", "avx512_bf16", False),  # which is slower than float32
        ("auto", "cpu", "Intel Xeon", "avx512_f", False),
        ("auto", "cpu", "AMD EPYC", "avx512_bf16", True),  # which is faster
        ("auto", "cpu", "AMD EPYC", "avx512_f", False),
        ("auto", "cuda", "Intel Xeon", "amx_bf16", False),
        ("float32", "cpu", "Intel Xeon", "amx_bf16", False),
        ("float32", "cpu", "AMD EPYC", "avx512_bf16", False),
        ("bfloat16", "cpu", "Intel Xeon", "avx512_f", True),
        ("bfloat16", "cuda", "Intel Xeon", "avx512_f", True),
    ],
)
def test_bfloat16_where_the_cpu_has_it(
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    device: str,
    name: str,
    capability: str,
    expected: bool,
) -> None:
    known = {"cpu_name": name, capability: True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known, raising=False)
    monkeypatch.setattr(learning, "runs_in_bfloat16", lambda device: True)
    assert uses_bfloat16(precision, device) == expected


def test_bfloat16_is_not_chosen_where_torch_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not uses_bfloat16("auto", "cpu")


@pytest.mark.parametrize(
    ("threads", "batch_tokens", "members", "device", "side_by_side", "each"),
    [
        (0, 1000, 1, "cpu", 1, 8),  # as torch has it
        (0, 100, 1, "cpu", 1, 1),  # too little work to share
        (3, 100, 1, "cpu", 1, 3),  # but who asks for them gets them
        (0, 1000, 4, "cpu", 4, 2),
        (0, 100, 4, "cpu", 4, 1),
        (2, 1000, 4, "cpu", 2, 1),
        (1, 1000, 4, "cpu", 1, 1),
        (0, 1000, 4, "cuda", 1, 8),
    ],
)
def test_threads_are_shared_by_the_members(
    threads: int, batch_tokens: int, members: int, device: str, side_by_side: int, each: int
) -> None:
    config = TrainingConfig(threads=threads, batch_tokens=batch_tokens)
    before = torch.get_num_threads()
    torch.set_num_threads(8)
    try:
        assert share_threads(config, members, device) == side_by_side
        assert torch.get_num_threads() == each
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["서울에", "London"], ("yes", 0)),
        (["서울에", "London", "Paris"], ("no", 0)),
        ([*"서울에 가나다라마바", "London"], ("yes", 32)),
        ([*"abcd efgh", "London"], ("no", 0)),
    ],
)
def test_features_are_chosen_by_the_tokens(
    tmp_path: Path, words: list[str], expected: tuple[str, int]
) -> None:
    (tmp_path / "a.conll").write_text("".join(f"{word}\tX\n\n" for word in words * 10 if word.strip()))
    corpus = load_corpus(str(tmp_path / "a.conll"))
    model = set_up(corpus, make_config(), Task(), lambda note: None).config.model
    assert (model.jamo_affixes, model.pair_size) == expected
    chosen = make_config(settings=["model.jamo_affixes=no", "model.pair_size=3"])
    model = set_up(corpus, chosen, Task(), lambda note: None).config.model
    assert (model.jamo_affixes, model.pair_size) == ("no", 3)


@pytest.mark.parametrize(
    ("layers", "auxiliary", "chosen", "expected"),
    [
        (["ner"], [], -1, 0.1),
        (["ner"], ["UPOS"], -1, 0.1),  # which is not what the model tags
        (["UPOS"], ["ner"], -1, 0.0),
        (["UPOS", "ner"], [], -1, 0.0),
        (["ner"], [], 0, 0.0),
        (["UPOS"], [], 0.2, 0.2),
    ],
)
def test_language_model_is_chosen_by_the_layers(
    tmp_path: Path, layers: list[str], auxiliary: list[str], chosen: float, expected: float
) -> None:
    for split in ("train", "dev"):
        (tmp_path / f"{split}.conll").write_text(TINY, encoding="utf-8")
    corpus = load_corpus(str(tmp_path), options=COLUMNS)
    config = make_config(settings=[f"training.language_model={chosen}"])
    ready = set_up(corpus, config, Task(layers=layers, auxiliary=auxiliary), lambda note: None)
    assert ready.config.training.language_model == expected
    assert (ready.network.networks[0].language_model is not None) == bool(expected)


def test_bfloat16_where_torch_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "runs_in_bfloat16", lambda device: False)
    with pytest.raises(
        ConfigError, match=r"training\.precision: found bfloat16, which .* float32 or auto"
    ):
        uses_bfloat16("bfloat16", "cpu")
    assert not uses_bfloat16("float32", "cpu")
