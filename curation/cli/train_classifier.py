"""``curation train-classifier``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from curation.cli.common import json_option, print_json, quiet_option, remark, table


@click.command("train-classifier")
@click.argument("inputs", metavar="RECIPE | LABEL=PATH…", nargs=-1, required=True)
@click.option("--out", required=True, metavar="MODEL.ftz", help="The model; its card lies beside.")
@click.option(
    "--group",
    multiple=True,
    metavar="FIELD",
    help="Field whose values are not split; may be repeated, the first that is there counts.",
)
@click.option(
    "--held-out", type=click.FloatRange(0.01, 0.9), help="Share that judges the model [0.2]."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Of split and order [1].")
@json_option
@quiet_option
def command(
    inputs: tuple[str, ...],
    out: str,
    group: tuple[str, ...],
    held_out: float | None,
    seed: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train a classifier that recipes can measure with.

    LABEL=PATH names JSON lines (.gz, .zst), Parquet, a folder of these or of
    text files, or a corpus, two labels or more; RECIPE is a TOML file that does so, or
    the name of a shipped one (medical, educational). Documents of one group
    (site, journal) stand on one side of the split; of text files the folder
    is the group, so put them into two or more subfolders for each label.
    What is held out judges the model. The card lies beside it as JSON and Markdown. The same
    documents give the same bytes.

    \b
    curation train-classifier --out medical.ftz medical=pubmed other=web.jsonl.gz
    curation train-classifier --out medical.ftz medical

    \b
    Exit codes: 0 done · 2 wrong recipe, label or path · 5 could not finish
    """
    from curation.addresses import on_this_machine
    from curation.errors import UsageError
    from curation.training import recipe
    from curation.training.train import train

    target = on_this_machine(out, "a model")
    if target.suffix not in (".ftz", ".bin"):
        raise UsageError(f"--out {out}: name the model NAME.ftz")
    settings: dict[str, float] = {}
    settings |= {} if held_out is None else {"held_out": held_out}
    settings |= {} if seed is None else {"seed": seed}
    if len(inputs) == 1 and "=" not in inputs[0]:
        training = recipe.load(inputs[0], settings)
    else:
        training = recipe.from_pairs(inputs, target.stem, settings)
    if group:
        training = recipe.grouped(training, group)
    silent = quiet or as_json
    card = train(training, target, lambda line: remark(line, quiet=silent))
    if as_json:
        print_json(card)
    else:
        _print(target, card, quiet)


def _print(target: Path, card: dict[str, Any], quiet: bool) -> None:
    found = card["held_out"]
    click.echo(f"{target}, {card['bytes']:,} bytes; card: {target.with_suffix('.md').name}\n")
    rows = [
        (
            label,
            card["documents"]["training"][label]["documents"],
            f["documents"],
            card["documents"]["held_out"][label]["groups"],
            _share(f["precision"]),
            _share(f["recall"]),
            "" if f["auc"] is None else f"{f['auc']:.4f}",
            f"{f['calibration_error']:.4f}",
        )
        for label, f in found["labels"].items()
    ]
    shares = ("precision", "recall", "AUC", "ECE")
    click.echo(table(("label", "trained on", "held out", "groups", *shares), rows, right=shares))
    labels = list(found["labels"])
    confusion = [
        (e["source"], e["label"], *(e["predicted"][label] for label in labels), _share(e["right"]))
        for e in found["sources"]
    ]
    predicted = (f"as {label}" for label in labels)
    header = ("source", "label", *predicted, "right")
    click.echo("\n" + table(header, confusion, right=("right",)))
    keeping = [
        (label, _share(e["share"]), f"{e['min']:g}", _share(e["others_kept"]))
        for label, f in found["labels"].items()
        for e in f["keeping"]
    ]
    limits = ("kept", "from", "others kept")
    click.echo("\n" + table(("label", *limits), keeping, right=limits))
    for warning in card["warnings"]:
        remark(f"warning: {warning}", quiet=quiet)
    for note in card["notes"]:
        remark(f"note: {note}", quiet=quiet)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
