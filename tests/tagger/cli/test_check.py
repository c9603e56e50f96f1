"""What `tagger check` prints, whole."""

import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from tagger.cli import main

from ..commands import tagger

GOOD = "".join(f"Ada{i}\tB-PER\nslept\tO\n\n" for i in range(12))
FIVE = "Bob\tB-PER\nran\tO\nto\tO\nBonn\tB-LOC\n.\tO\n\n"
ODD = f"""\
{GOOD}{FIVE}{FIVE}{FIVE.replace("B-LOC", "B-ORG")}x\u200b\tO
\tO
e\u0301\tI-PER

{"y" * 101}\tO

{201 * ("z" + chr(9) + "O" + chr(10))}
"""


def item(i: int) -> str:
    return (
        f'{{"text": "It is{i}.", "tokens": ["It", "is{i}."],'
        ' "tags": {"UPOS": ["PRON", "X"], "XPOS": ["_", "_"]}}\n'
    )


FILES = {
    "good/train.tsv": "".join(f"Ada{i}\tB-PER\nslept\tO\n\n" for i in range(500)),
    "good/dev.tsv": "Bob\tB-PER\nslept\tO\n\n",
    "odd/train.tsv": ODD,
    "odd/dev.tsv": f"{FIVE}Ada0\tB-PER\nslept\tO\n\nEve\tB-PER\nin\tO\nRome\tB-GPE\n\n",
    "odd/test.tsv": "Eve\tI-PER\nslept\tO\n\n",
    "lists/train.jsonl": "".join(map(item, range(20)))
    + '{"tokens": [], "tags": {}}\n'
    + '{"tokens": ["a"], "tags": {"UPOS": ["X"], "XPOS": ["_"], "ner": ["O"]}}\n',
    "lists/dev.jsonl": '{"tokens": ["b", "c"], "tags": {"UPOS": ["X", "SYM"], "XPOS": ["_", "_"]}}\n',
    "bad/train.tsv": GOOD,
    "bad/dev.tsv": "Ada\tB-GPE\n\n",
    "bad/test.tsv": "Ada\tB-PER\nslept\n",
    "admin.jsonl": '{"text": "Ada slept", "label": [[0, 3, "PER"], [0, 9, "X"]]}\n' * 10,
}
SHOWN = {
    "good": """\
split  sentences  tokens  documents  longest  unseen words  file
train        500   1,000          -        2             -  good/train.tsv
dev            1       2          -        2        50.0 %  good/dev.tsv

ner (IOB2, labels)  train      dev
PER                   500        1
not in train            -  100.0 %

Training can begin.
""",
    "odd": f"""\
split  sentences  tokens  documents  longest  unseen words  file
train         18     244          -      201             -  odd/train.tsv
dev            3      10          -        5        30.0 %  odd/dev.tsv
test           1       2          -        2        50.0 %  odd/test.tsv

ner (IOB2, labels)  train     dev     test
PER                    16       3        1
LOC                     2       1        0
ORG                     1       0        0
GPE                     0       1        0
not in train            -  40.0 %  100.0 %

warning  train: 1 tags in layer ner that IOB2 does not allow there
    odd/train.tsv:57: I-PER after O
warning  test: 1 tags in layer ner that IOB2 does not allow there
    odd/test.tsv:1: I-PER at the start of a sentence
warning  dev: labels of layer ner that train has not: GPE (1 times)
warning  train: 1 tokens without a character
    odd/train.tsv:56: a token without characters
warning  train: 1 tokens with characters that do not show
    odd/train.tsv:55: U+200B ZERO WIDTH SPACE in 'x\\u200b'
warning  dev: 2 sentences are also in train, 1 of them of 5 words or more
    odd/dev.tsv:1: 'Bob ran to Bonn .', as in odd/train.tsv:37
    odd/dev.tsv:7: 'Ada0 slept', as in odd/train.tsv:1
warning  1 repeated sentences have other tags in layer ner
    odd/train.tsv:49: 'Bob ran to Bonn .', as in odd/train.tsv:37

note  train: only 2 of label LOC in layer ner
note  train: only 1 of label ORG in layer ner
note  train: 1 tokens that are not in Unicode NFC (the tagger composes them itself)
    odd/train.tsv:57: 'e\u0301'
note  train: 1 sentences of more than 200 tokens
    odd/train.tsv:61: 201 tokens
note  train: 1 tokens of more than 100 characters
    odd/train.tsv:59: 101 characters: '{"y" * 29}…'
note  train: 2 sentences occur again within it
    odd/train.tsv:43: 'Bob ran to Bonn .', as in odd/train.tsv:37
    odd/train.tsv:49: 'Bob ran to Bonn .', as in odd/train.tsv:37

→ 18 training sentences teach little; expect a model to try, and scores that move by points with the \
seed.
→ Scores on sentences seen in training are too high. A split that keeps equal sentences together: \
tagger convert CORPUS FOLDER --split 80/10/10 --to FORMAT
→ Look at the sentences that are tagged in two ways: one of them may be wrong.
→ Tags that the scheme does not allow are read as spans of their own; look at them.
→ What training never saw cannot be predicted and counts as wrong.
→ Tokens with invisible characters are often slips; they are kept as they are.

Training can begin.
""",
    "lists": """\
split  sentences  tokens  documents  longest  unseen words  file
train         21      41          -        2             -  lists/train.jsonl
dev            1       2          -        2       100.0 %  lists/dev.jsonl

UPOS (tags)  train  dev
X               21    1
PRON            20    0
SYM              0    1

XPOS (tags)  train  dev
_               41    2

warning  dev: tags of layer UPOS that train has not: SYM (1 times)
    lists/dev.jsonl:1: SYM
warning  raw text split in the standard way gives these tokens with an F1 of 40.0 %

note  layer XPOS holds nothing but _
note  train: 1 sentences with layers that the first one of train has not
    lists/train.jsonl:22: ner
note  train: 1 sentences without tokens
    lists/train.jsonl:21: no tokens

→ 21 training sentences teach little; expect a model to try, and scores that move by points with the \
seed.
→ What training never saw cannot be predicted and counts as wrong.
→ Raw text would be split into other tokens than these: tag text that is split already, or train with \
a --tokenizer that fits.

Training can begin.
""",
    "bad": """\
split  sentences  tokens  documents  longest  unseen words  file
train         12      24          -        2             -  bad/train.tsv
dev            1       1          -        1       100.0 %  bad/dev.tsv
test           0       0          -        0             -  bad/test.tsv

ner (tags)  train  dev  test
B-PER          12    0     -
O              12    0     -
B-GPE           0    1     -

error  bad/test.tsv:2: found 1 column, expected 2
error  bad/dev.tsv:1: found only GPE in layer ner of the dev set, expected tags of the training set: PER

warning  dev: tags of layer ner that train has not: B-GPE (1 times)
    bad/dev.tsv:1: B-GPE

→ 12 training sentences teach little; expect a model to try, and scores that move by points with the \
seed.
→ What training never saw cannot be predicted and counts as wrong.

Training would stop.
""",
}
# what is bold, dim, red, yellow and cyan
PAINTED = (
    (r"^(split  .*|\w+ \(.*)$", "1"),
    (r"^(    .*)$", "2"),
    (r"^(note)(?=  )", "2"),
    (r"^(error)(?=  )", "31"),
    (r"^(warning)(?=  )", "33"),
    (r"^(→)", "36"),
    (r"^(Training would stop\.)$", "31"),
)
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which holds FILES; and no wish for colours."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    write(FILES)
    return tmp_path


def write(files: dict[str, str] | dict[str, str | bytes]) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("corpus", SHOWN)
def test_check(capsys: Output, corpus: str) -> None:
    assert main(["check", corpus]) == (corpus == "bad")
    assert capsys.readouterr() == (SHOWN[corpus], "")


@pytest.mark.parametrize("corpus", SHOWN)
def test_colours(capsys: Output, monkeypatch: pytest.MonkeyPatch, corpus: str) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["check", corpus])
    expected = SHOWN[corpus]
    for pattern, code in PAINTED:
        expected = re.sub(pattern, f"\x1b[{code}m\\1\x1b[0m", expected, flags=re.MULTILINE)
    assert capsys.readouterr() == (expected, "")


FINDING = {"severity", "kind", "message", "count", "places"}
SPLIT = {
    "name",
    "source",
    "sentences",
    "tokens",
    "documents",
    "longest_sentence",
    "longest_token",
    "unseen",
    "unseen_entities",
    "estimated",
}


@pytest.mark.parametrize("corpus", SHOWN)
def test_json(capsys: Output, corpus: str) -> None:
    """The keys are a promise to scripts."""
    assert main(["check", corpus, "--json"]) == (corpus == "bad")
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    assert found.keys() == {"corpus", "splits", "layers", "findings", "suggestions", "ok"}
    assert (found["corpus"], found["ok"]) == (corpus, corpus != "bad")
    assert all(split.keys() == SPLIT for split in found["splits"])
    assert all(layer.keys() == {"name", "scheme", "tags", "labels"} for layer in found["layers"])
    assert all(finding.keys() == FINDING for finding in found["findings"])
    messages = [f"{finding['severity']}  {finding['message']}" for finding in found["findings"]]
    lines = SHOWN[corpus].splitlines()
    assert messages == [line for line in lines if re.match("(error|warning|note)  ", line)]
    assert [f"→ {line}" for line in found["suggestions"]] == [line for line in lines if line[:1] == "→"]


def test_json_whole(capsys: Output) -> None:
    Path("good/train.tsv").write_text(GOOD)
    assert main(["check", "good", "--dev", "odd/test.tsv", "--json"]) == 0
    train = {"sentences": 12, "tokens": 24, "longest_sentence": 2, "longest_token": 5}
    dev = {"sentences": 1, "tokens": 2, "longest_sentence": 2, "longest_token": 5}
    assert json.loads(capsys.readouterr().out) == {
        "corpus": "good",
        "splits": [
            {"name": "train", "source": "good/train.tsv", "documents": 0, "unseen": None}
            | {"unseen_entities": {}, "estimated": False}
            | train,
            {"name": "dev", "source": "odd/test.tsv", "documents": 0, "unseen": 0.5}
            | {"unseen_entities": {"ner": 1.0}, "estimated": False}
            | dev,
        ],
        "layers": [
            {
                "name": "ner",
                "scheme": "IOB2",
                "tags": {"train": {"B-PER": 12, "O": 12}, "dev": {"I-PER": 1, "O": 1}},
                "labels": {"train": {"PER": 12}, "dev": {"PER": 1}},
            }
        ],
        "findings": [
            {
                "severity": "warning",
                "kind": "invalid transitions",
                "message": "dev: 1 tags in layer ner that IOB2 does not allow there",
                "count": 1,
                "places": ["odd/test.tsv:1: I-PER at the start of a sentence"],
            }
        ],
        "suggestions": [
            "12 training sentences teach little; expect a model to try, and scores that move by points"
            " with the seed.",
            "Tags that the scheme does not allow are read as spans of their own; look at them.",
        ],
        "ok": True,
    }


@pytest.mark.parametrize("option", ["--dev", "--test"])
def test_files_in_the_place_of_those_of_the_folder(capsys: Output, option: str) -> None:
    Path("other.tsv").write_text("Eve\tB-PER\n")
    assert main(["check", "good", option, "other.tsv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    name = option.removeprefix("--")
    shown = next(line for line in lines if line.startswith(name))
    assert shown.split() == [name, "1", "1", "-", "1", "100.0", "%", "other.tsv"]


def test_remarks_of_the_reader_go_to_stderr(capsys: Output) -> None:
    assert main(["check", "admin.jsonl"]) == 0
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "admin.jsonl: read as doccano: its objects have text and label (--from overrides)",
        *(
            f"admin.jsonl:{i}: the span 0-3 PER 'Ada' lies in the span 0-9 X 'Ada slept' and is left out"
            for i in range(1, 11)
        ),
        "spans left out: 10",
    ]
    assert out.splitlines()[1].split() == ["train", "10", "20", "10", "2", "-", "admin.jsonl"]
    assert main(["check", "admin.jsonl", "--from", "doccano", "--nested", "longest"]) == 0
    assert len(capsys.readouterr().err.splitlines()) == 11


def test_starter(capsys: Output) -> None:
    assert main(["check", "starter:english"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1] == "Training can begin."


@pytest.mark.parametrize("seed", ["1", "2"])
def test_nothing_depends_on_the_interpreter(folder: Path, seed: str) -> None:
    env = {"PYTHONHASHSEED": seed, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = tagger("check", "odd", cwd=folder, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, SHOWN["odd"], "")
    done = tagger("check", "bad", cwd=folder, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (1, SHOWN["bad"], "")


def test_standard_input_is_no_corpus(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert main(["check", "-"]) == 1
    assert capsys.readouterr() == ("", "tagger: -: found nothing there, expected a file\n")


def test_a_pipe_is_read_as_a_file_is(capsys: Output, tmp_path: Path) -> None:
    write({"good.conll": GOOD})
    assert main(["check", "good.conll", "--from", "conll"]) == 0
    expected = capsys.readouterr().out
    arguments = ("check", "/dev/stdin", "--from", "conll")
    done = tagger(*arguments, cwd=tmp_path, input=GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == expected.replace("good.conll", "/dev/stdin")


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("nix", 1, "tagger: nix: found nothing there, expected a file"),
        ("good --dev nix", 1, "tagger: nix: found nothing there, expected a file"),
        (
            "good --columns form=1,x=3",
            1,
            "tagger: good/train.tsv: found columns 'x=3', expected NAME=NUMBER, the number from 1 to 2",
        ),
        ("", 2, "tagger check: Missing argument 'CORPUS' (see tagger check --help)"),
        ("good bad", 2, "tagger check: Got unexpected extra argument (bad) (see tagger check --help)"),
        (
            "good --align both",
            2,
            "tagger check: Invalid value for '--align': 'both' is not one of 'split', 'expand',"
            " 'contract', 'strict' (see tagger check --help)",
        ),
    ],
)  # fmt: skip
def test_what_is_no_corpus(capsys: Output, command: str, status: int, message: str) -> None:
    assert main(["check", *shlex.split(command)]) == status
    assert capsys.readouterr() == ("", f"{message}\n")
