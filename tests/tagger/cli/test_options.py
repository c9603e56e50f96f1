"""What commands share: garbage is not looked for while a model is loaded, and then is; a file is
named after a corpus."""

import gc
from pathlib import Path

import pytest

from tagger.cli.options import loading, named_after


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_looked_for_as_before(enabled: bool) -> None:
    if not enabled:
        gc.disable()
    try:
        with pytest.raises(ZeroDivisionError), loading():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() == enabled
    finally:
        gc.unfreeze()
        gc.enable()


@pytest.mark.parametrize(
    ("corpus", "made", "expected"),
    [
        ("starter:english", "", "english.tagger"),
        ("hf:anyone/set-1.5", "", "set-1.5.tagger"),
        ("ud.2.16", "folder", "ud.2.16.tagger"),
        ("all/", "folder", "all.tagger"),
        ("train.conll", "file", "train.tagger"),
        ("ud.2.16.conllu.gz", "file", "ud.2.16.tagger"),
        ("names", "file", "names.tagger"),
    ],
)
def test_name_of_what_is_made_of_a_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: str, made: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if made:
        Path(corpus).mkdir() if made == "folder" else Path(corpus).write_text("")
    assert named_after(corpus, ".tagger") == Path(expected)
