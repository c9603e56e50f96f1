"""Which layers are learned from which corpus, and which corpora do not go together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpora import Corpus, CorpusError, load_corpus
from tagger.training.sources import Further, Source, choose_sources, joined, layers_beside, look_over

UPOS = "a\tNOUN\nb\tVERB\n"
NER = "a\tB-X\nb\tO\n"
BOTH = "a\tNOUN\tB-X\nb\tVERB\tO\n"


def load(path: Path, text: str) -> Corpus:
    path.write_text(text, encoding="utf-8")
    return load_corpus(str(path))


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("a\tN\n\nb\tV\n", (), ["tag"]),
        (BOTH, (), ["ner"]),
        (BOTH, ("UPOS",), ["UPOS"]),
        (BOTH, ("2", "3", "UPOS"), ["UPOS", "ner"]),
        ("1\ta\tO\t-\n2\tb\tB-X\t-\n", (), ["ner"]),
    ],
)
def test_layers_of_one_corpus(
    tmp_path: Path, text: str, wanted: Sequence[str], expected: list[str]
) -> None:
    corpus = load(tmp_path / "train.conll", text)
    names, auxiliary, sources = choose_sources(corpus, (), wanted, ())
    assert (names, auxiliary) == (expected, [])
    assert sources == [Source(corpus, tuple(expected))]


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("", (), "found no sentences, expected at least one"),
        ("a\tN\n", ("pos",), "found the layers tag, expected one named pos"),
        (
            "a\tN\tx\n",
            (),
            "found the layers column2, column3, expected one of them chosen by --layer",
        ),
    ],
)
def test_no_such_layer(tmp_path: Path, text: str, wanted: Sequence[str], message: str) -> None:
    path = tmp_path / "train.conll"
    with pytest.raises(CorpusError) as caught:
        choose_sources(load(path, text), (), wanted, ())
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    ("texts", "names", "wanted", "auxiliary", "expected"),
    [
        # what speaks for itself in each is learned from all that have it
        ((UPOS, NER), {}, (), (), [(("UPOS",), ()), (("ner",), ())]),
        ((UPOS, BOTH), {}, (), (), [(("UPOS",), ()), (("UPOS", "ner"), ())]),
        ((NER, NER), {}, (), (), [(("ner",), ()), (("ner",), ())]),
        # a layer that is renamed speaks for itself
        ((NER, BOTH), {"ner": "names"}, (), (), [(("ner",), ()), (("names",), ())]),
        ((NER, BOTH), {"2": "pos", "3": "names"}, (), (), [(("ner",), ()), (("pos", "names"), ())]),
        ((UPOS, "a\tN\n"), {"tag": "UPOS"}, (), (), [(("UPOS",), ()), (("UPOS",), ())]),
        # but not what is only to help
        ((NER, UPOS), {}, (), ("UPOS",), [(("ner",), ()), ((), ("UPOS",))]),
        ((NER, BOTH), {"2": "pos"}, (), ("pos",), [(("ner",), ()), (("ner",), ("pos",))]),
        # the order is that of --layer; a number is a column of the first corpus
        ((BOTH, NER), {}, ("ner", "2"), (), [(("ner", "UPOS"), ()), (("ner",), ())]),
        ((NER, BOTH), {}, ("UPOS",), ("ner",), [((), ("ner",)), (("UPOS",), ("ner",))]),
        ((UPOS, BOTH), {}, ("UPOS",), ("ner", "UPOS"), [(("UPOS",), ()), (("UPOS",), ("ner",))]),
    ],
)
def test_layers_of_two_corpora(
    tmp_path: Path,
    texts: tuple[str, str],
    names: dict[str, str],
    wanted: Sequence[str],
    auxiliary: Sequence[str],
    expected: list[tuple[tuple[str, ...], tuple[str, ...]]],
) -> None:
    first, second = (load(tmp_path / f"{i}.conll", text) for i, text in enumerate(texts))
    _, _, sources = choose_sources(first, [Further(second, names)], wanted, auxiliary)
    assert [(source.layers, source.auxiliary) for source in sources] == expected
    assert [source.title("dev") for source in sources] == [
        f"dev of {tmp_path / f'{i}.conll'}" for i in range(2)
    ]


@pytest.mark.parametrize(
    ("texts", "names", "known", "expected"),
    [
        ((BOTH, NER), {}, ("ner", "UPOS"), [("ner", "UPOS"), ("ner",)]),
        ((UPOS, NER), {}, ("ner", "UPOS"), [("UPOS",), ("ner",)]),
        # what the model has not speaks for itself
        ((BOTH, UPOS), {}, ("XPOS",), [("ner", "UPOS"), ("UPOS",)]),
        ((BOTH, BOTH), {"2": "pos"}, ("UPOS",), [("UPOS",), ("pos",)]),
    ],
)
def test_layers_of_a_model_to_go_on_from(
    tmp_path: Path,
    texts: tuple[str, str],
    names: dict[str, str],
    known: Sequence[str],
    expected: list[tuple[str, ...]],
) -> None:
    first, second = (load(tmp_path / f"{i}.conll", text) for i, text in enumerate(texts))
    _, _, sources = choose_sources(first, [Further(second, names)], (), (), known=known)
    assert [source.layers for source in sources] == expected


@pytest.mark.parametrize(
    ("rows", "but", "expected"),
    [
        ([("가다", "VV+EC"), ("집", "NNG"), ("a", "SL")], (), ["XPOS"]),
        ([("가다", "VV+EC"), ("집", "NNG"), ("a", "SL")], ("UPOS",), ["XPOS"]),
        ([("가다", "VV+EC"), ("집", "NNG"), ("a", "SL")], ("XPOS",), []),  # it is read, say
        ([("가다", "_"), ("집", "_"), ("책", "NNG")], (), []),  # most have none
        ([("go", "VB"), ("집", "NNG"), ("a", "DT")], (), []),  # most are not Korean
        ([], (), []),
    ],
)
def test_layer_that_helps(
    tmp_path: Path, rows: list[tuple[str, str]], but: Sequence[str], expected: list[str]
) -> None:
    line = "{}\t{}\t_\tX\t{}\t_\t0\troot\t_\t_\n"
    text = "".join(line.format(i, *row) for i, row in enumerate(rows, 1))
    corpus = load(tmp_path / "train.conllu", text + "\n" if text else "")
    assert layers_beside(corpus, but) == expected


def test_layer_that_only_some_sentences_have_does_not_help(tmp_path: Path) -> None:
    tags = [{"UPOS": ["X"], "XPOS": ["Y"]}, {"UPOS": ["X"]}]
    text = "".join(json.dumps({"tokens": ["집"], "tags": its}) + "\n" for its in tags)
    assert layers_beside(load(tmp_path / "train.jsonl", text), ()) == []


@pytest.mark.parametrize(
    ("dev", "layers", "train", "held_out"),
    [
        (False, ("ner",), 18, 2),
        (True, ("ner",), 20, 1),
        # what is not scored is all learned from
        (False, (), 20, 0),
        (True, (), 20, 0),
    ],
)
def test_what_is_held_out(
    tmp_path: Path, dev: bool, layers: tuple[str, ...], train: int, held_out: int
) -> None:
    (tmp_path / "train.conll").write_text((BOTH + "\n") * 20)
    if dev:
        (tmp_path / "dev.conll").write_text(BOTH)
    source = Source(load_corpus(str(tmp_path)), layers, ("UPOS",))
    assert (len(list(source.train())), len(list(source.dev()))) == (train, held_out)
    notes: list[str] = []
    found = look_over(source, notes.append)
    assert (found.dev is not None) == bool(layers)
    assert len(notes) == (layers != () and not dev)


def several(sizes: Sequence[int]) -> str:
    """Documents of so many sentences, of one token each: number of document and sentence."""
    return "".join(
        "# newdoc\n" * (not i and d > 0) + f"{d}.{i}\tX\n\n"
        for d, sentences in enumerate(sizes)
        for i in range(sentences)
    )


@pytest.mark.parametrize(
    ("sizes", "dev", "begins"),
    [
        # the second document is three stretches
        ([3, 25, *[1] * 20], ["7.0", "17.0"], [f"{d}.0" for d in range(22) if d not in (7, 17)]),
        # nothing is read across the gap
        ([120], [f"0.{i}" for i in range(90, 100)], ["0.0", "0.100"]),
    ],
)
def test_neighbours_stay_together_where_a_dev_set_is_held_out(
    tmp_path: Path, sizes: Sequence[int], dev: list[str], begins: list[str]
) -> None:
    path = tmp_path / "all.conll"
    source = Source(load(path, several(sizes)), ("UPOS",), in_documents=True)
    held, train = list(source.dev()), list(source.train())
    assert [s.tokens[0] for s in held] == dev
    assert len(train) + len(held) == sum(sizes)
    assert [s.tokens[0] for s in train if s.new_document] == begins
    assert held[0].new_document
    notes: list[str] = []
    look_over(source, notes.append)
    unmarked = f"{path} marks no documents: all of it is read as one"
    assert notes == [
        *([unmarked] if len(sizes) == 1 else []),
        f"no dev set: each 10th stretch of up to 10 sentences of {path} is one",
    ]


def test_each_corpus_has_documents_of_its_own(tmp_path: Path) -> None:
    """One that only helps is read with neighbours, and so looked over, too."""
    first, second = load(tmp_path / "a.conll", several([10] * 10)), load(tmp_path / "b.conll", NER)
    learned = ("UPOS",), ("ner",)
    _, _, sources = choose_sources(first, [Further(second)], *learned, in_documents=True)
    assert [source.in_documents for source in sources] == [True, True]
    notes: list[list[str]] = []
    for source in sources:
        notes.append([])
        look_over(source, notes[-1].append)
    assert len(notes[0]) == 1
    assert notes[1] == [f"{tmp_path / 'b.conll'} marks no documents: all of it is read as one"]


def join(folder: Path, first: str, second: str) -> tuple[list[str], dict[str, int]]:
    """Joins the layer ner of two corpora; returns what was noted, and the tags."""
    sources = []
    for i, text in enumerate((first, second)):
        (folder / str(i)).mkdir()
        for split in ("train", "dev"):
            (folder / str(i) / f"{split}.jsonl").write_text(text)
        sources.append(Source(load_corpus(str(folder / str(i))), ("ner",)))
    notes: list[str] = []
    found = [look_over(source, notes.append).train for source in sources]
    return notes, dict(joined(sources, found, ["ner"], notes.append).layers["ner"].counts)


def row(*tags: str) -> str:
    return json.dumps({"tokens": ["x"] * len(tags), "ner": tags}) + "\n"


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [
        (("B-X", "O"), ("B-X", "B-Y"), ""),
        (("O", "O"), ("I-X", "O"), ""),  # nothing but O tells no scheme
        (("S-X", "O"), ("O", "O"), ""),
        (("N", "V"), ("V", "P"), ""),
        (("B-X", "O"), ("B-Y", "O"), "has only Y, {} only X"),
        (("N", "V"), ("NN", "VV"), "has only NN, VV, {} only N, V"),
    ],
)
def test_layers_of_one_name_are_joined(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...], note: str
) -> None:
    notes, counts = join(tmp_path, row(*first), row(*second))
    assert counts.keys() == {*first, *second}
    places = [tmp_path / str(i) / "train.jsonl" for i in range(2)]
    said = f"layer ner: {places[1]} {note.format(places[0])}; they are learned as one layer"
    assert notes == ([said] if note else [])


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (("B-X", "O"), ("O", "S-X"), "BIOES in layer ner, expected IOB2"),
        (("U-X", "O"), ("O", "S-X"), "BIOES in layer ner, expected BILOU"),
        (("B-X", "O"), ("O", "I-X"), "IOB1 in layer ner, expected IOB2"),
        (("B-X", "O"), ("N", "O"), "tags that are no spans in layer ner, expected IOB2"),
        (("N", "V"), ("O", "B-X"), "IOB2 in layer ner, expected no spans"),
    ],
)
def test_layers_that_clash(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CorpusError) as caught:
        join(tmp_path, row(*first), row(*second))
    places = [tmp_path / str(i) / "train.jsonl" for i in range(2)]
    assert str(caught.value) == (
        f"{places[1]}:1: found {message}, as in {places[0]}, or another name for it"
    )
