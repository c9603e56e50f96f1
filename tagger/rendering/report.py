"""What `check` found, as lines for a terminal.

Knows reports on corpora and terminals, no models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corpora.errors import one_line
from corpora.findings import ERROR, WARNING, Check, Finding, LayerCheck
from tagger.rendering.terminal import Style, columns

_SHOWN_TAGS = 20
_SHOWN_PLACES = 5
_COLOURS = {ERROR: "31", WARNING: "33"}
_BOLD, _DIM = "1", "2"


def lines(found: Check, paint: Style) -> Iterator[str]:
    """Yields a report: splits, layers, findings, suggestions.

    Args:
        paint: puts text into a colour.
    """
    yield from table(
        ["split", "sentences", "tokens", "documents", "longest", "unseen words", "file"],
        [
            [
                split.name,
                f"{split.sentences:,}",
                f"{split.tokens:,}",
                f"{split.documents:,}" if split.documents else "-",
                f"{split.longest_sentence:,}",
                "-" if split.unseen is None else _percent(split.unseen, split.estimated),
                split.source,
            ]
            for split in found.splits
        ],
        paint,
    )
    for layer in found.layers:
        yield ""
        yield from _layer(layer, found, paint)
    for severity in dict.fromkeys(finding.severity for finding in found.findings):
        yield ""
        for finding in found.findings:
            if finding.severity == severity:
                yield from _finding(finding, paint)
    if found.suggestions:
        yield ""
        for suggestion in found.suggestions:
            yield f"{paint('→', '36')} {_printable(suggestion)}"
    yield ""
    yield "Training can begin." if found.ok else paint("Training would stop.", _COLOURS[ERROR])


def table(header: Sequence[str], rows: Sequence[Sequence[str]], paint: Style) -> Iterator[str]:
    """Yields rows with their cells below each other, the first and a last "file" to the left."""
    rows = [[_printable(cell) for cell in row] for row in rows]
    header = [_printable(cell) for cell in header]
    widths = [max(columns(row[i]) for row in (header, *rows)) for i in range(len(header))]
    last = len(header) - 1

    def line(cells: Sequence[str]) -> str:
        padded = []
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (width - columns(cell))
            left = i == 0 or (i == last and header[i] == "file")
            padded.append(cell + space if left else space + cell)
        return "  ".join(padded).rstrip(" ")

    yield paint(line(header), _BOLD)
    for row in rows:
        yield line(row)


def _layer(layer: LayerCheck, found: Check, paint: Style) -> Iterator[str]:
    counts = layer.labels if layer.scheme else layer.tags
    what = f"{layer.scheme}, labels" if layer.scheme else "tags"
    names = [split.name for split in found.splits]
    total: dict[str, int] = {}
    for split in counts.values():
        for tag, count in split.items():
            total[tag] = total.get(tag, 0) + count
    ordered = sorted(total, key=lambda tag: -total[tag])
    rows = [
        [tag, *(f"{counts[name][tag]:,}" if name in counts else "-" for name in names)]
        for tag in ordered[:_SHOWN_TAGS]
    ]
    if len(ordered) > _SHOWN_TAGS:
        rows.append([f"… {len(ordered) - _SHOWN_TAGS:,} more"] + [""] * len(names))
    if layer.scheme:
        unseen = {split.name: split.unseen_entities.get(layer.name) for split in found.splits}
        if any(share is not None for share in unseen.values()):
            shares = [_percent(unseen[n], False) if unseen[n] is not None else "-" for n in names]
            rows.append(["not in train", *shares])
    yield from table([f"{layer.name} ({what})", *names], rows, paint)


def _finding(finding: Finding, paint: Style) -> Iterator[str]:
    colour = _COLOURS.get(finding.severity, _DIM)
    yield f"{paint(finding.severity, colour)}  {_printable(finding.message)}"
    if finding.severity == ERROR:
        return
    for place in finding.places[:_SHOWN_PLACES]:
        yield paint(f"    {_printable(place)}", _DIM)
    if finding.places and finding.count > _SHOWN_PLACES:
        yield paint(f"    … {finding.count - min(_SHOWN_PLACES, len(finding.places)):,} more", _DIM)


def _percent(share: float | None, estimated: bool) -> str:
    return f"{'~' if estimated else ''}{100 * (share or 0):.1f} %"


def _printable(text: str) -> str:
    """Escapes what would move the cursor or not show at all, in names and tags of a file."""
    return one_line(text, 10 * len(text))
