"""`tagger info`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("info")
@click.argument("model")
@click.option("--card", is_flag=True, help="Print the model card (Markdown) instead.")
def command(model: str, card: bool) -> None:
    """Tell what MODEL is: its tags, network, scores and where it came from.

    \b
    Example:
      tagger info ewt.tagger
    """
    from tagger.bundle import (
        describe_context,
        describe_layer,
        describe_network,
        describe_outside,
        describe_precision,
        load,
        model_card,
    )

    bundle = load(Path(model))
    if card:
        click.echo(model_card(bundle), nl=False)
        return
    provenance = bundle.provenance
    rows = [("model", f"{model}, {Path(model).stat().st_size / 1e6:.1f} MB")]
    rows += [("tags", describe_layer(layer)) for layer in bundle.layers]
    for layer in bundle.layers:
        rows.append((layer.name, " ".join(layer.symbols)))
    rows += [("reads besides", found) for found in describe_context(bundle)]
    rows.append(("network", describe_network(bundle)))
    rows.append(("precision", describe_precision(bundle)))
    rows += [("bias of O", f"moved by {found}") for found in describe_outside(bundle)]
    rows.append(("raw text", str(bundle.tokenization)))
    rows.append(
        (
            "trained on",
            f"{provenance['corpus']}: {provenance['sentences']:,} sentences,"
            f" {provenance['tokens']:,} tokens, {len(bundle.training_forms):,} forms",
        )
    )
    for split, layers in bundle.scores.items():
        for name, score in layers.items():
            rows.append(
                (split, f"{name} F1 {100 * score['f1']:.2f} accuracy {100 * score['accuracy']:.2f}")
            )
    for split, file in provenance["files"].items():
        rows.append((f"{split} file", f"{file['name']} sha256 {file['sha256'][:16]}…"))
    rows.append(("command", provenance["command"]))
    rows.append(("versions", ", ".join(f"{k} {v}" for k, v in provenance["versions"].items())))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")
