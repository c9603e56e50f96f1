"""The model file: one zip that holds all of a model, written whole, read with care.

    manifest.json        format version, settings, layers, scores, provenance, and the
                         SHA-256 of every other member
    vocabulary.json      words, characters and shapes, and forms with vectors from elsewhere
    training_forms.json  the forms that training saw, the most frequent first
    form_vectors.safetensors     what the first of these add to the network, where that is known
    context.json         values of columns and names of gazetteers, where the model reads such
    weights.safetensors  all numbers; float32, or float16 where that holds them exactly
    forms.onnx, sentences.onnx   graphs that name those numbers
    sentences.int8.onnx  the second one in int8, where ONNX Runtime has the cell in it
    transformer/         config.json, tokenizer.json, model.safetensors and model.onnx (which names
                         these weights), where the model has a transformer
    MODEL_CARD.md        the same for people

Nothing in it is code: no pickle. The zip's comment holds the SHA-256 of the manifest,
so that a change of any byte of content shows. Knows nothing of torch.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpora.errors import CorpusError, TaggerError
from corpora.files import atomic_binary
from corpora.tokenization import STANDARD_TOKENIZATION, Tokenization
from tagger.config import Config
from tagger.context.parts import Context
from tagger.context.sources import NO_SOURCES, ContextSources
from tagger.features import FormIndexer
from tagger.layers import TagLayer
from tagger.runtime.form_table import FormTable
from tagger.settings import from_dict
from tagger.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tagger.context.transformer import Transformer

FORMAT = "rnn-tagger"
FORMAT_VERSION = 1
PRECISIONS = ("float32", "int8")

_MANIFEST = "manifest.json"
_MEMBERS = (
    "vocabulary.json",
    "training_forms.json",
    "weights.safetensors",
    "forms.onnx",
    "sentences.onnx",
    "MODEL_CARD.md",
)
_INT8 = "sentences.int8.onnx"
_FORM_VECTORS = "form_vectors.safetensors"
_TABLE = ".table.weight"  # ends the names of tables, whose rows are looked up one by one
_CONTEXT = "context.json"
_OPTIONAL = (_INT8, _FORM_VECTORS, _CONTEXT)
_TRANSFORMER = "transformer/"  # begins the names of its members, where there is one
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # one date for all, so that equal models are equal files


class BundleError(TaggerError):
    """A model file is missing, broken, foreign, too new or tampered with."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """All of a model, as values.

    Attributes:
        config: settings it was trained with.
        layers: what it tags.
        words, characters, shapes: known symbols, the most frequent first.
        weights: name → array, float32; tables of vectors may be float16.
        form_graph, sentence_graph: ONNX models.
        int8_graph: of sentences, b"" where there is none.
        precision: what the ONNX engine shall use unless told otherwise, "float32" or "int8".
        precision_scores: precision → score on the dev set, a fraction.
        static: forms that have a vector which others have trained.
        training_forms: forms that training saw, the most frequent first.
        form_table: vectors of the first of them, computed beforehand.
        scores: split → layer → scores, fractions between 0 and 1.
        provenance: corpora and their hashes, versions, seed, command.
        tokenization: how raw text is split into sentences and tokens.
        context: what tokens bring beside their forms.
        source: the file it was read from, "" where it was not.
    """

    config: Config
    layers: tuple[TagLayer, ...]
    words: tuple[str, ...]
    characters: tuple[str, ...]
    shapes: tuple[str, ...]
    weights: Mapping[str, NDArray[Any]]
    form_graph: bytes
    sentence_graph: bytes
    static: tuple[str, ...] = ()
    training_forms: tuple[str, ...] = ()
    form_table: FormTable | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    tokenization: Tokenization = STANDARD_TOKENIZATION
    int8_graph: bytes = b""
    precision: str = "float32"
    precision_scores: Mapping[str, float] = field(default_factory=dict)
    context: ContextSources = NO_SOURCES
    source: str = ""

    def indexer(self) -> FormIndexer:
        """Returns what turns forms into ids for this model."""
        return FormIndexer(
            self.config.model,
            Vocabulary(self.words),
            Vocabulary(self.characters),
            Vocabulary(self.shapes),
            Vocabulary(self.static),
        )

    def context_vectors(self, threads: int = 0) -> Context:
        """Returns what gives tokens their context vectors for this model.

        Args:
            threads: of the CPU; 0 takes all cores.

        Raises:
            KeyError, ValueError: the weights do not fit.
        """
        return Context(self.context.parts(self.config.model, threads=threads), self.weights)


def save(bundle: Bundle, path: Path) -> None:
    """Writes a model file, whole or not at all; equal bundles give equal bytes.

    Raises:
        BundleError: the file cannot be written there.
    """
    from safetensors.numpy import save as to_safetensors

    vocabulary = {key: getattr(bundle, key) for key in ("words", "characters", "shapes", "static")}
    members = {
        "vocabulary.json": _json(vocabulary),
        "training_forms.json": _json(bundle.training_forms),
        "weights.safetensors": to_safetensors({k: narrow(a) for k, a in bundle.weights.items()}),
        "forms.onnx": bundle.form_graph,
        "sentences.onnx": bundle.sentence_graph,
        "MODEL_CARD.md": model_card(bundle).encode(),
    }
    if bundle.int8_graph:
        members[_INT8] = bundle.int8_graph
    symbols = {"columns": bundle.context.columns, "gazetteers": bundle.context.gazetteers}
    if any(symbols.values()):
        members[_CONTEXT] = _json(symbols)
    if bundle.context.transformer is not None:
        of_transformer = bundle.context.transformer.members()
        members |= {_TRANSFORMER + name: content for name, content in of_transformer.items()}
    if bundle.form_table is not None:
        known = bundle.form_table
        assert known.forms == bundle.training_forms[: len(known.forms)], "stored once"
        members[_FORM_VECTORS] = to_safetensors({"vectors": narrow(known.vectors)})
    manifest = _json(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "config": bundle.config.to_dict(),
            "layers": [dataclasses.asdict(layer) for layer in bundle.layers],
            "scores": bundle.scores,
            "provenance": bundle.provenance,
            "tokenization": bundle.tokenization.to_dict(),
            "precision": {"default": bundle.precision, "scores": bundle.precision_scores},
            "files": {name: _sha256(content) for name, content in members.items()},
        },
        indent=1,
    )
    try:
        with atomic_binary(path) as binary, zipfile.ZipFile(binary, "w") as archive:
            for name, content in {_MANIFEST: manifest, **members}.items():
                info = zipfile.ZipInfo(name, _LONG_AGO)
                info.external_attr = 0o644 << 16
                # weights hardly shrink, and unpacking them would cost time at each start
                packed = not name.endswith(".safetensors")
                info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
                archive.writestr(info, content)
            archive.comment = f"{FORMAT} {_sha256(manifest)}".encode()
    except CorpusError as error:
        raise BundleError(error.place, error.found, error.expected) from error
    except OSError as error:
        raise BundleError(str(path), error.strerror or str(error), "a writable place") from error


def load(path: Path) -> Bundle:
    """Reads a model file and checks all of it.

    Raises:
        BundleError: it is missing, truncated, foreign, too new or tampered with.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_safetensors

    manifest, members = _read_members(path)
    try:
        vocabulary = json.loads(members["vocabulary.json"])
        config = from_dict(manifest["config"])
        training_forms = _symbols(json.loads(members["training_forms.json"]))
        table = None
        if _FORM_VECTORS in members:
            vectors = from_safetensors(members[_FORM_VECTORS])["vectors"]
            table = FormTable(training_forms[: len(vectors)], vectors)
        bundle = Bundle(
            config=config,
            layers=tuple(
                TagLayer(**{**layer, "symbols": _symbols(layer["symbols"])})
                for layer in manifest["layers"]
            ),
            words=_symbols(vocabulary["words"]),
            characters=_symbols(vocabulary["characters"]),
            shapes=_symbols(vocabulary["shapes"]),
            weights={
                name: array if name.endswith(_TABLE) else array.astype(np.float32, copy=False)
                for name, array in from_safetensors(members["weights.safetensors"]).items()
            },
            form_graph=members["forms.onnx"],
            sentence_graph=members["sentences.onnx"],
            static=_symbols(vocabulary.get("static", [])),
            training_forms=training_forms,
            form_table=table,
            scores=dict(manifest["scores"]),
            provenance=dict(manifest["provenance"]),
            # models of version 0.1.0 do not say it; they had no choice
            tokenization=Tokenization(**manifest.get("tokenization", {})),
            int8_graph=members.get(_INT8, b""),
            precision=_precision(manifest),
            precision_scores=dict(manifest.get("precision", {}).get("scores", {})),
            context=ContextSources(
                **{
                    kind: {name: _symbols(symbols) for name, symbols in table.items()}
                    for kind, table in json.loads(members.get(_CONTEXT, b"{}")).items()
                },
                transformer=_transformer(members),
            ),
            source=str(path),
        )
    except (KeyError, TypeError, ValueError, AttributeError, SafetensorError, TaggerError) as error:
        raise BundleError(str(path), f"contents that do not fit ({error})", "a whole model") from error
    return bundle


def _read_members(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Returns the manifest and the checked content of the other members."""
    try:
        with path.open("rb") as file:
            return _checked_members(path, file)
    except FileNotFoundError as error:
        expected = "a model file made by `tagger train`"
        raise BundleError(str(path), "no such file", expected) from error
    except OSError as error:
        raise BundleError(str(path), error.strerror or str(error), "a readable model file") from error


def _checked_members(path: Path, file: IO[bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    if file.read(2) != b"PK":
        raise BundleError(str(path), "a file that is no model", "one made by `tagger train`")
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if _MANIFEST not in names:
                raise BundleError(str(path), "a zip that is no model", "one made by `tagger train`")
            raw = archive.read(_MANIFEST)
            manifest = json.loads(raw)
            _check_version(path, manifest)
            hashes = dict(manifest.get("files", {}))
            further = [n for n in hashes if n in _OPTIONAL or n.startswith(_TRANSFORMER)]
            wanted = (*_MEMBERS, *further)
            missing = [name for name in wanted if name not in names]
            if missing:
                raise BundleError(str(path), f"no {missing[0]} in it", "a whole model file")
            members = {name: archive.read(name) for name in wanted}
            comment = archive.comment
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BundleError(str(path), "a truncated or damaged file", "a whole model file") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(str(path), "an unreadable manifest", "a whole model file") from error
    if comment != f"{FORMAT} {_sha256(raw)}".encode():
        raise BundleError(str(path), f"a changed {_MANIFEST}", "a model file as it was written")
    for name in members:
        if hashes.get(name) != _sha256(members[name]):
            raise BundleError(str(path), f"a changed {name}", "a model file as it was written")
    return manifest, members


def _transformer(members: Mapping[str, bytes]) -> Transformer | None:
    found = {
        name.removeprefix(_TRANSFORMER): content
        for name, content in members.items()
        if name.startswith(_TRANSFORMER)
    }
    if not found:
        return None
    from tagger.context.transformer import Transformer  # which most models need not load

    return Transformer.from_members(found)


def narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Returns the same numbers in float16 where none of them changes."""
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half, array) else array


def _precision(manifest: Mapping[str, Any]) -> str:
    found = manifest.get("precision", {}).get("default", "float32")
    if found not in PRECISIONS:
        raise ValueError(f"precision {found!r}")
    return str(found)


def _symbols(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("no list of texts")
    "".join(value)  # which only texts can be
    if len(set(value)) != len(value):
        raise ValueError("a text stands twice")
    return tuple(value)


def _check_version(path: Path, manifest: Any) -> None:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(str(path), "a zip that is no model", "one made by `tagger train`")
    version = manifest.get("version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise BundleError(
            str(path),
            f"model format {version}",
            f"format {FORMAT_VERSION} or older; upgrade rnn-tagger to read it",
        )


def model_card(bundle: Bundle) -> str:
    """Returns what a person should know of a model, as Markdown."""
    model, provenance = bundle.config.model, bundle.provenance
    features = {
        f"their characters ({model.character_encoder})": model.character_encoder != "none",
        "affixes": model.affix_size,
        "shape": model.shape_size,
    }
    parts = [name for name, present in features.items() if present]
    lines = [
        "# A tagger",
        "",
        f"Tags {', '.join(describe_layer(layer) for layer in bundle.layers)}.",
        "",
        f"* trained on: {provenance.get('corpus', 'unknown')}"
        f" ({provenance.get('sentences', '?')} sentences, {provenance.get('tokens', '?')} tokens)",
        *(f"* reads besides: {found}" for found in describe_context(bundle)),
        f"* network: {describe_network(bundle)}",
        f"* precision: {describe_precision(bundle)}",
        *(f"* bias of O moved by: {found}" for found in describe_outside(bundle)),
        f"* raw text: {bundle.tokenization}",
        f"* command: `{provenance.get('command', '')}`",
        f"* seed: {bundle.config.training.seed}; versions: "
        + ", ".join(f"{k} {v}" for k, v in provenance.get("versions", {}).items()),
        "",
        "## Scores",
        "",
        "| split | layer | F1 | accuracy |",
        "|---|---|---|---|",
    ]
    for split, layers in bundle.scores.items():
        for name, scores in layers.items():
            lines.append(f"| {split} | {name} | {scores['f1']:.4f} | {scores['accuracy']:.4f} |")
    lines += [
        "",
        "Scores hold for text like that of the corpus; expect lower ones elsewhere.",
        f"Words that training did not see are read by {' and '.join(parts) or 'nothing'}.",
        "",
    ]
    return "\n".join(lines)


def describe_precision(bundle: Bundle) -> str:
    """Returns what the ONNX engine uses, and what was measured."""
    scores = ", ".join(f"{name} {100 * value:.2f}" for name, value in bundle.precision_scores.items())
    return bundle.precision + (f" (dev: {scores})" if scores else "")


def describe_outside(bundle: Bundle) -> list[str]:
    """Returns how far training moved the bias of O, of each layer where it did: "ner -0.50 nats"."""
    moved = bundle.provenance.get("outside_bias", {})
    return [f"{layer} {distance:+.2f} nats" for layer, distance in moved.items()]


def describe_layer(layer: TagLayer) -> str:
    """Returns a layer in a few words: "ner (4 labels, IOB2, crf)"."""
    if layer.scheme:
        return f"{layer.name} ({(len(layer.symbols) - 1) // 4} labels, {layer.scheme}, {layer.head})"
    kind = "labels" if layer.head == "sigmoid" else "tags"
    return f"{layer.name} ({len(layer.symbols)} {kind}, {layer.head})"


def describe_context(bundle: Bundle) -> list[str]:
    """Returns what a model reads of tokens beside their forms, in a few words each."""
    columns, gazetteers = bundle.context.columns.items(), bundle.context.gazetteers.items()
    found = [
        *(f"the layer {name} of its input ({len(values):,} values)" for name, values in columns),
        *(f"{len(names):,} names of {label}" for label, names in gazetteers),
    ]
    if bundle.context.transformer is not None:
        size, use = bundle.config.model.transformer_size, bundle.config.training.transformer
        found.append(f"the transformer {bundle.context.transformer.name} ({size} numbers, {use})")
    return found


def describe_network(bundle: Bundle) -> str:
    """Returns the network in a few words."""
    model = bundle.config.model
    parts = [
        f"{model.layers} × {model.cell}",
        f"{model.hidden_size} a side",
        "both ways" if model.bidirectional else "one way",
        *([model.connections] if model.connections != "plain" else []),
        *(["normalised"] if model.layer_norm else []),
        *([f"{model.neighbours} tokens of neighbours"] if model.neighbours else []),
        *([f"names agree by {model.agreement:g}"] if model.agreement else []),
    ]
    parameters = sum(array.size for array in bundle.weights.values())
    members = f"{model.members} networks of " if model.members > 1 else ""
    return f"{members}{', '.join(parts)}; {parameters:,} parameters"


def _json(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
