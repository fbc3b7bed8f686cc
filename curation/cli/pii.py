"""``curation pii evaluate``."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import click

from curation.cli.common import json_option, patience, print_json, remark, terminal_width
from curation.words import counted

KINDS = {
    "missed": "missed",
    "partly": "leaks in part",
    "other_entity": "masked as another entity",
    "false": "false",
}
"""Faults of the JSON form and how they are shown."""


@click.group("pii")
def command() -> None:
    """Measure the masking of personal data.

    \b
    curation pii evaluate labelled.jsonl

    \b
    Exit codes: 0 done · 2 wrong usage or file
    """


@command.command("evaluate")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--profile",
    type=click.Choice(["default", "strict"]),
    default="default",
    show_default=True,
    help="Masking profile.",
)
@click.option(
    "--map",
    "mapped",
    metavar="LABEL=ENTITY",
    multiple=True,
    help="Entity of a label; ENTITY none: not scored.",
)
@click.option("--only", metavar="ENTITY", multiple=True, help="Score these entities alone.")
@click.option(
    "--label-field",
    metavar="KEY",
    default="label",
    show_default=True,
    help="Key of a span that names its label.",
)
@click.option(
    "--top",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="Faults that are listed, 0 for all.",
)
@json_option
def evaluate(
    file: Path,
    profile: str,
    mapped: tuple[str, ...],
    only: tuple[str, ...],
    label_field: str,
    top: int,
    as_json: bool,
) -> None:
    """Score what is masked in labelled texts.

    FILE holds JSON lines, packed or not:
    {"text": …, "spans": [{"start": …, "end": …, "label": …}]}
    Places are characters (code points), the end exclusive; [] says that a text holds nothing
    personal. Entities are EMAIL PHONE ID RECORD CARD BANK IP URL NAME ADDRESS DATE AGE DEVICE
    VEHICLE; common names of labels are known (CREDIT_CARD, ssn), others are mapped. A value is
    never printed.

    \b
    curation pii evaluate labelled.jsonl
    curation pii evaluate notes.jsonl.gz --profile strict --map Telefon=PHONE
    curation pii evaluate notes.jsonl --only EMAIL --only PHONE --json

    \b
    Exit codes: 0 done · 2 wrong usage, no such file, or a wrong line
    """
    from curation.labelled import Names
    from curation.labelled import evaluate as run

    with patience("scanning the texts", quiet=as_json):
        result = run(file, profile, Names(mapped, only), label_field)
    for pair in result["maps_unused"]:
        label = pair.rpartition("=")[0]
        remark(f"warning: --map {pair}: no span of {file} has the label {label}")
    if as_json:
        print_json(result)
    else:
        _print(result, top)


def _print(result: dict[str, Any], top: int) -> None:
    size = f"{result['bytes'] / 1e6:.2f} MB"
    _say(
        f"{counted(result['documents'], 'text')}, {size}, profile {result['profile']}, "
        f"rules version {result['rules_version']}"
    )
    if result["failed"]:
        _say(f"{counted(result['failed'], 'text')} could not be scanned and would be withheld")
    click.echo()
    _scores("entity", [(row["entity"], row) for row in result["entities"]], result["all"])
    if len(result["languages"]) > 1:
        rows = [(row["language"] or "none", row) for row in result["languages"]]
        _scores("language", rows, None)
    negatives = result["negatives"]
    _say(
        f"{counted(result['false_masks'], 'false mask')}, {result['false_per_mb']:.1f} per MB; "
        f"of {counted(negatives['documents'], 'text')} without a label "
        f"{negatives['masked']:,} with a mask"
    )
    if result["unscored"]:
        named = ", ".join(f"{name} {count:,}" for name, count in result["unscored"].items())
        _say(f"labels not scored: {named}")
    _faults(result["faults"], top)


def _scores(heading: str, rows: list[tuple[str, Any]], total: Any) -> None:
    """Print a table of three groups of columns; 78 wide with counts of seven places."""
    group = f"{'exact':^17}  {'overlap':^17}  {'characters':^13}"
    click.echo(f"{'':9} {'':6} {'':6}  {group}".rstrip())
    three = f"{'P':>5} {'R':>5} {'F1':>5}"
    click.echo(
        f"{heading:9} {'labels':>6} {'masks':>6}  {three}  {three}  {'leaked':>6} {'outside':>7}"
    )
    click.echo("─" * 77)
    for name, row in [*rows, *([("all", total)] if total and len(rows) > 1 else [])]:
        leaked = _share(row["leaked_characters"], row["label_characters"])
        outside = _share(row["outside_characters"], row["mask_characters"])
        click.echo(
            f"{name:9} {row['labels']:6,} {row['masks']:6,}  {_three(row['exact'])}  "
            f"{_three(row['overlap'])}  {leaked:>6} {outside:>7}"
        )
    click.echo()


def _three(ratios: dict[str, float | None]) -> str:
    """Precision, recall, F1; a dash where there is nothing to divide by."""
    return " ".join("    -" if value is None else f"{value:.3f}" for value in ratios.values())


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _faults(faults: list[dict[str, Any]], top: int) -> None:
    shown = faults[:top] if top else faults
    if shown:
        click.echo()
    for fault in shown:
        by = f", rule {fault['rule']}" if fault["rule"] else ""
        _say(
            f"line {fault['line']}, characters {fault['start']}-{fault['end']}: "
            f"{fault['entity']} {KINDS[fault['kind']]}{by}"
        )
    if len(faults) > len(shown):
        _say(f"… {len(faults) - len(shown):,} more faults (--top 0 lists all)")


def _say(line: str) -> None:
    click.echo(textwrap.fill(line, terminal_width(), subsequent_indent="  "))
