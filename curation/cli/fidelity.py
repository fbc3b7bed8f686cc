"""``curation fidelity``."""

from __future__ import annotations

import textwrap
import time
from typing import Any

import click

from curation.cli.common import (
    CORPUS,
    SILENT_S,
    json_option,
    print_json,
    quiet_option,
    remark,
    table,
    terminal_width,
)
from curation.words import counted

PAUSE_S = 10.0
"""Seconds between two lines of progress."""

SHOWN_FILES = 40
"""Files of which all are listed; of more only those with faults."""

SHOWN_NOTES = 10
"""Files that were not compared, of which the reason is printed."""

FIGURES_WIDE = 64
"""Columns of the figures of a file; what the terminal has beside them is for the name."""

NAME_CHARS = (16, 40)
"""Characters of a file's name, from its end: at least, at most."""

KINDS = {
    "lost": "lost",
    "changed": "changed",
    "invented": "invented",
    "moved": "moved",
    "cell_lost": "cell lost",
    "cell_changed": "cell changed",
    "cells_fused": "cells fused",
    "cell_invented": "cell invented",
    "document_missing": "document missing",
    "document_unfound": "document not in the file",
    "file_unreadable": "file cannot be read",
}
"""Faults of the JSON form and how they are shown."""


@click.command("fidelity")
@click.argument("raw", metavar="RAW", type=click.Path(path_type=str, readable=False))
@CORPUS
@click.option(
    "--top",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Faults that are shown, 0 for all.",
)
@json_option
@quiet_option
@click.pass_context
def command(
    ctx: click.Context, raw: str, corpus: str, top: int, as_json: bool, quiet: bool
) -> None:
    """Check that a corpus says what its raw files say.

    RAW is an input file, an archive or a folder of these. Each is found in
    the ledger by the end of its path. Numbers with unit, sign and comparator,
    ranges, ratios, p-values, exponents, isotopes, formulas, names of genes
    and variants, and negations are read from the raw file and from the
    corpus, by means that share no code with the parsers. What was lost,
    changed or invented is shown with its place. Of web pages and PDFs the
    main text is kept: there only changed and invented ones are faults.

    \b
    curation fidelity data/sample/pubmed corpus
    curation fidelity papers.tar.gz corpus/v2 --json

    \b
    Exit codes: 0 no fault · 2 no such file or version, not in the
    ledger, or nothing kept to compare · 3 faults
    """
    from curation.fidelity.run import fidelity

    result = fidelity(raw, corpus, _progress(quiet or as_json))
    if as_json:
        print_json(result)
    else:
        _print(result, top, quiet)
    ctx.exit(0 if result["ok"] else 3)


def _progress(quiet: bool) -> Any:
    """Return what shows progress: the file under way, every few seconds."""
    due = time.monotonic() + SILENT_S

    def say(line: str) -> None:
        nonlocal due
        if not quiet and time.monotonic() > due:
            due = time.monotonic() + PAUSE_S
            remark(line)

    return say


def _print(result: dict[str, Any], top: int, quiet: bool) -> None:
    _resources(result, quiet)
    _lists(result["total"])
    _faults(result["faults"], top)
    _verdict(result)


def _verdict(result: dict[str, Any]) -> None:
    """Print what it comes to: for files of which all must be kept, and for pages and PDFs."""
    whole, pages = result["whole"], result["pages"]
    head = f"{result['version']} {'is true to its files' if result['ok'] else 'has faults'}: "
    lines = []
    if whole["documents"]:
        explained = sum(whole["explained"].values())
        reasons = _reasons(whole["explained"])
        fine = (
            f"{whole['kept']:,} kept and {explained:,} explained ({reasons}) of "
            f"{whole['atoms']:,} atoms"
            if explained
            else f"{whole['kept']:,} of {whole['atoms']:,} atoms kept"
        )
        lines.append(f"{counted(whole['documents'], 'document')}, {fine}")
    if pages["documents"]:
        lines.append(
            f"{counted(pages['documents'], 'page or PDF file')} with {pages['changed']:,} atoms "
            f"changed and {pages['invented']:,} invented (navigation and running heads are not "
            "meant to be kept there)"
        )
    said = head + ("; ".join(lines) or "no document was compared")
    click.echo(textwrap.fill(said, terminal_width(), subsequent_indent="  "))


def _resources(result: dict[str, Any], quiet: bool) -> None:
    """Print a line a resource: figures, or why there are none."""
    compared = [item for item in result["resources"] if item["documents"]]
    wrong = {fault["resource"] for fault in result["faults"]}
    if len(compared) <= SHOWN_FILES:
        shown = compared
    else:
        shown = [item for item in compared if item["resource"] in wrong][:SHOWN_FILES]
        click.echo(f"{len(compared):,} files; those with faults:\n")
    headers = ["docs", "atoms", "kept", "explained", "lost", "changed", "invented", "order"]
    for complete, part, heading in ((True, "whole", "file"), (False, "pages", "page or PDF")):
        mine = [item for item in shown if item["complete"] is complete]
        rows = [[_ending(item["resource"]), *_figures(item)] for item in mine]
        if len(mine) > 1 or len(shown) < len(compared):
            rows.append(["all", *_figures(result[part])])
        if mine:
            click.echo(table([heading, *headers], rows) + "\n")
    gone: dict[str, int] = {}
    notes = [item for item in result["resources"] if item["note"]]
    for item in notes[:SHOWN_NOTES]:
        remark(f"{item['raw']}: {item['note']}", quiet=quiet)
    if len(notes) > SHOWN_NOTES:
        remark(f"… and {len(notes) - SHOWN_NOTES:,} more that were not compared", quiet=quiet)
    for item in result["resources"]:
        for reason, count in item["not_kept"].items():
            gone[reason] = gone.get(reason, 0) + count
    if gone:
        _listed("not in the corpus", gone)


def _ending(name: str) -> str:
    """Return the end of a long name: the file is told by that."""
    least, most = NAME_CHARS
    room = max(least, min(most, terminal_width() - FIGURES_WIDE))
    return name if len(name) <= room else f"…{name[1 - room :]}"


def _figures(item: dict[str, Any]) -> list[object]:
    before = [item[name] for name in ("documents", "atoms", "kept")]
    after = [item[name] for name in ("lost", "changed", "invented")]
    return [*before, sum(item["explained"].values()), *after, f"{item['order']:.4f}"]


def _lists(total: dict[str, Any]) -> None:
    cells = total["cells"]
    if cells["tables"]:
        click.echo(
            f"cells: {cells['cells']:,} in {cells['tables']:,} tables, {cells['lost']:,} lost, "
            f"{cells['fused']:,} fused, {cells['invented']:,} invented"
        )
    _listed("explained", total["explained"])
    _listed("out of scope", total["out_of_scope"])
    click.echo()


def _listed(heading: str, counts: dict[str, int]) -> None:
    """Print reasons and counts as one paragraph."""
    if listed := _reasons(counts):
        click.echo(textwrap.fill(f"{heading}: {listed}", terminal_width(), subsequent_indent="  "))


def _reasons(counts: dict[str, int]) -> str:
    """Return reasons and counts, those that stand for something."""
    return ", ".join(f"{reason} {count:,}" for reason, count in counts.items() if count)


def _faults(faults: list[dict[str, str]], top: int) -> None:
    shown = faults[:top] if top else faults
    for fault in shown:
        sides = [f"“{fault['raw']}”"] if fault["raw"] else []
        sides += [f"“{fault['ours']}”"] if fault["ours"] else []
        kind = f"{KINDS[fault['kind']]} {fault['atom']}".strip()
        said = f"{kind}: {' → '.join(sides)}"
        place = f"{fault['resource']} {fault['place']}".strip()
        for line in (said, f"  {place}"):
            click.echo(textwrap.fill(line, terminal_width(), subsequent_indent="  "))
    if len(faults) > len(shown):
        click.echo(f"… {len(faults) - len(shown):,} more faults (--top 0 shows all)")
    if faults:
        click.echo()
