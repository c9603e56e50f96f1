"""The page that `make bench` prints: tables in Markdown of what its JSON file holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

OWN = "tagger"
BARE = "bare LSTM"
PRECISIONS = ("float32", "int8")
CORES = ("one core", "all cores")


def page(results: dict[str, Any]) -> str:
    """Returns the results as Markdown."""
    peers, machine = results["peers"], results["machine"]
    versions = ", ".join(peer["what"] for peer in peers.values() if "what" in peer)
    words = ", ".join(f"{split} {count:,}" for split, count in results["words"].items())
    earlier = [name for name, peer in peers.items() if peer.get("train", {}).get("earlier")]
    parts = [
        f"# Side by side: UPOS of {results['corpus']}",
        f"Words: {words}. {machine['cores']} cores of {machine['cpu']}, Python {machine['python']};"
        f" {versions}. Medians of {results['rounds']} rounds.",
        "## Training",
        f"Stopped after {results['minutes']:g} min where it can be."
        + (f" Trained by an earlier run: {', '.join(earlier)}." if earlier else ""),
        training(peers, results["target"]),
        "## Tagging, words/s",
        "All go over the test set again and again; the first pass meets every word anew. The"
        f" {OWN} has the precision that its training chose; the bare LSTM is the first recurrent"
        f" layer of that model alone, on the same batches. All cores: {'; '.join(_spread(peers))}.",
        tagging(peers),
        "## Start and size",
        start(peers),
    ]
    if "install[train]" in peers[OWN]:
        size = number(peers[OWN]["install[train]"]["mebibytes"])
        parts.append(f"With all that training needs, the {OWN} takes {size} MiB.")
    if results["failures"]:
        failures = (f"- {name}: {why}" for name, why in results["failures"].items())
        parts += ["## Failed", "\n".join(failures)]
    return "\n\n".join(parts)


def training(peers: dict[str, Any], target: float) -> str:
    """Returns the table of scores and training, the best on the dev set first."""
    goal = f"s to {100 * target:.1f} % dev"
    header = ["", "test, %", "dev, %", "wall s", "CPU s", "words/s", goal, "MB at most", "model, MB"]
    rows = []
    for peer in sorted(peers.values(), key=lambda p: -p.get("train", {}).get("dev", 0)):
        if "train" not in peer:
            continue
        facts = peer["train"]
        reached = seconds_to(target, facts["history"])
        whole = f"≤ {number(facts['wall'])}" if facts["dev"] >= target else number(None)
        rows.append(
            [
                peer["title"],
                number(100 * facts["test"], 2),
                number(100 * facts["dev"], 2),
                number(facts["wall"]) + (" (stopped)" if facts["capped"] else ""),
                number(facts["cpu"]),
                number(facts["words"] / facts["wall"]),
                whole if reached is None else number(reached),
                number(facts["megabytes"]),
                number(facts["model"], 1),
            ]
        )
    return table(header, rows)


def tagging(peers: dict[str, Any]) -> str:
    """Returns the table of words a second, with the ratios to this project first."""
    header = [
        "",
        *(f"{OWN} ÷ this, {cores}" for cores in CORES),
        *(f"tokens, {cores}" for cores in CORES),
        "first pass, one core",
        *(f"raw text, {cores}" for cores in CORES),
    ]
    own = peers[OWN].get("measured", {})
    found = [(p["title"], p.get("measured", {}), "tokens", "raw") for p in peers.values()]
    found[1:1] = [(f"{BARE}, {p}", own, f"{BARE} {p}", "") for p in PRECISIONS]
    rows = [
        [
            title,
            *(number(ratio(own, f"tokens, {cores}", m, f"{tokens}, {cores}"), 2) for cores in CORES),
            *(number(median(m, f"{tokens}, {cores}")) for cores in CORES),
            number(median(m, f"{tokens}, one core, first pass")),
            *(number(median(m, f"{raw}, {cores}")) for cores in CORES),
        ]
        for title, m, tokens, raw in found
    ]
    return table(header, rows)


def start(peers: dict[str, Any]) -> str:
    """Returns the table of fresh processes and of installations."""
    header = [
        "",
        "start to first tags, s",
        "MB at most",
        "MB, whole test set",
        "import, s",
        "install, MiB",
        "packages",
    ]
    rows = []
    for peer in peers.values():
        measured, install = peer.get("measured", {}), peer.get("install", {})
        rows.append(
            [
                peer["title"],
                number(median(measured, "start"), 3),
                number(median(measured, "start, MB")),
                number(peer.get("train", {}).get("tagging")),
                number(median(measured, "import"), 3),
                number(install.get("mebibytes")),
                number(len(install["versions"]) if install else None),
            ]
        )
    return table(header, rows)


def median(found: dict[str, Any], key: str) -> float | None:
    """Returns the median of a measurement, None where there is none."""
    value: float | None = found.get(key, {}).get("median")
    return value


def ratio(one: dict[str, Any], key: str, other: dict[str, Any], other_key: str) -> float | None:
    """Returns the quotient of two medians, None where one is missing."""
    above, below = median(one, key), median(other, other_key)
    return above / below if above and below else None


def seconds_to(target: float, dev: Iterable[Sequence[float]]) -> float | None:
    """Returns when a dev score was first reached, of pairs (seconds, score); None: never."""
    return next((seconds for seconds, score in dev if score >= target), None)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None, digits: int = 0) -> str:
    """Returns a number for a table, a dash for none."""
    return "—" if value is None else f"{value:,.{digits}f}"


def _spread(peers: dict[str, Any]) -> Iterator[str]:
    for threads, how in ((True, "threads"), (False, "a process a core")):
        names = [name for name, peer in peers.items() if peer["threads"] == threads]
        if names:
            yield f"{how} ({', '.join(names)})"
