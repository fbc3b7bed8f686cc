"""``curation explain``."""

from __future__ import annotations

import shlex
import textwrap
from typing import Any

import click

from curation.cli import completion
from curation.cli.common import (
    CORPUS,
    json_option,
    patience,
    print_json,
    remark,
    table,
    terminal_width,
)
from curation.reasons import representative
from curation.words import counted

TIES = {
    "record": "Other versions and parts of the record",
    "work": "Other forms of the same work",
    "cluster": "Other documents with the same text or nearly so",
    "apart": "Similar documents that the clinical guard keeps apart from it",
}
"""Ties of `related` to the headings of their tables."""

REMOVALS_SHOWN = 10
"""Places of one rule that are named."""

MASKS_SHOWN = 10
"""Masks of a document that are named one by one."""


@click.command("explain")
@CORPUS
@click.argument("what", metavar="ID", shell_complete=completion.ids)
@click.option(
    "--top",
    type=click.IntRange(1, 200),
    default=20,
    show_default=True,
    help="Rows that are explained one by one.",
)
@json_option
def command(corpus: str, what: str, top: int, as_json: bool) -> None:
    """Say what became of a document, and why.

    ID is the id of a document; or a work (pmid:31452104); or an input file
    as the ledger names it, with an archive's member after ::; or a folder
    or pattern as in the recipe.

    \b
    curation explain corpus pubmed:99000012
    curation explain corpus pubmed/pubmed90n0001.xml.gz
    curation explain corpus papers.tar.gz::PMC1/paper.xml
    curation explain corpus 'pubmed/*.xml.gz'

    \b
    Exit codes: 0 done · 2 nothing of that name (says what is near)
    """
    from curation.corpus import Corpus

    with patience("searching the ledger", quiet=as_json):
        found = Corpus(corpus).explain(what)
    if as_json:
        print_json(found)
        return
    shown = found["rows"][:top]
    if found["matched"] == "resource" or found["rows_total"] > len(shown):
        _summary(found)
    for row in shown:
        _row(row)
    if found["rows_total"] > len(shown):
        more = counted(found["rows_total"] - len(shown), "more row")
        remark(f"… {more}; all of them:")
        click.echo(_query(corpus, found["where"]), err=True)  # to be copied as it is
    _related(found["related"])


def _query(corpus: str, where: str) -> str:
    """Return the command that lists all rows, in lines that a shell takes as they are."""
    statement = (
        "SELECT id, resource, position, outcome, step, rule\n"
        f"FROM ledger\nWHERE {where}\nORDER BY resource, position"
    )
    plain = not set(statement) & set('"$`\\!')
    shown = f'"{statement}"' if plain else shlex.quote(statement)
    return f"curation query {shlex.quote(corpus)} {shown}"


def _summary(found: dict[str, Any]) -> None:
    click.echo(f"{found['query']}: {counted(found['rows_total'], 'row')} of the ledger\n")
    rows = [(s["outcome"], s["step"], s["rule"], s["documents"]) for s in found["summary"]]
    click.echo(table(["outcome", "step", "rule", "documents"], rows) + "\n")


def _row(row: dict[str, Any]) -> None:
    """Print one row of the ledger: the verdict first, then what is known of the document."""
    width = min(terminal_width(), 100)
    place = "the file as a whole" if row["position"] < 0 else f"record {row['position']:,}"
    click.echo(row["id"] or f"{row['resource']}, {place}")
    said = textwrap.fill(row["sentence"], width - 2, break_on_hyphens=False)
    click.echo(textwrap.indent(said, "  "))
    evidence = row["license_evidence"] if row["step"] != "licence" else None  # said above
    licence = f"{row['license']} ({evidence})" if evidence else row["license"]
    size = f"{row['words']:,} words, {row['chars']:,} characters" if row["words"] else ""
    similarity = f" (similarity {row['similarity']:.2f})" if row["similarity"] is not None else ""
    other = row["replaced_by"]
    newer = f" ({other['resource']}, record {other['position']:,})" if other else ""
    facts = [
        ("rule", f"{row['step']}.{row['rule']}" if row["step"] else ""),
        ("title", row["title"]),
        ("input", f"{row['resource']}, {place}" if row["id"] else ""),
        ("kind", row["kind"]),
        ("date", row["date"]),
        ("licence", licence),
        ("language", _language(row)),
        ("size", size),
        ("masked", ", ".join(f"{count} {entity}" for entity, count in _masks(row["pii"]))),
        ("work", row["work"] if row["work"] != row["id"] else ""),
        ("cluster", row["cluster"]),
        (
            "newer" if row["rule"] in ("superseded", "superseded_by") else "stays",
            f"{representative(row)[0]}{newer}{similarity}" if row["representative"] else "",
        ),
    ]
    for label, value in facts:
        if value:
            _fact(label, str(value), width)
        if label == "masked":
            _masked(row.get("masks") or [], width)
    _left_out(row["left_out"], width)
    _removed(row, width)
    click.echo()


def _fact(label: str, text: str, width: int) -> None:
    """Print a text beside its label; it goes on below itself."""
    filled = textwrap.fill(text, width - 12, break_on_hyphens=False, break_long_words=False)
    click.echo(f"  {label:<9} " + filled.replace("\n", "\n" + " " * 12))


def _language(row: dict[str, Any]) -> str:
    """Return what was identified, the shares of a mixed text, and what is declared otherwise."""
    if not row["lang"]:
        return ""
    score = f" ({row['lang_score']:.2f})" if row["lang_score"] is not None else ""
    shares = sorted((row.get("lang_parts") or {}).items(), key=lambda part: -part[1])
    mixed = "; " + ", ".join(f"{name} {part:.0%}" for name, part in shares) if shares[1:] else ""
    other = f"; declared {row['declared_lang']}" if row.get("lang_agrees") is False else ""
    return f"{row['lang']}{score}{mixed}{other}"


def _left_out(entries: list[dict[str, Any]], width: int) -> None:
    """Print what the source holds and the text does not, one line a part."""
    for number, entry in enumerate(entries):
        title = f" {entry['title']!r}" if entry["title"] else ""
        size = (
            f"{entry['count']:,} of them" if "count" in entry else f"{entry['chars']:,} characters"
        )
        line = f"{entry['what']}{title}: {entry['why']}, {size}"
        _fact("" if number else "left out", line, width)


def _removed(row: dict[str, Any], width: int) -> None:
    """Print what steps took out of the text, one line a rule, then instructions to machines."""
    by_rule: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in row.get("removed") or []:
        by_rule.setdefault((entry["step"], entry["rule"]), []).append(entry)
    lines = []
    for (step, rule), entries in by_rule.items():
        places = ", ".join(str(e["line"]) for e in entries[:REMOVALS_SHOWN] if e["line"])
        more = ", …" if len(entries) > REMOVALS_SHOWN else ""
        where = f", line {places}{more}" if places else ""
        lines.append(f"{step}.{rule}: {sum(e['chars'] for e in entries):,} characters{where}")
    for number, line in enumerate(lines):
        _fact("" if number else "removed", line, width)
    if row.get("machine_instructions"):
        _fact("warning", f"{row['machine_instructions']:,} instructions to machines", width)


def _masked(masks: list[dict[str, Any]], width: int) -> None:
    """Print which rule masked what kind of thing where, one line a mask; never the value."""
    for mask in masks[:MASKS_SHOWN]:
        item = "" if mask["item"] is None else f" {mask['item'] + 1}"
        place = "" if mask["place"] is None else f", character {mask['place']:,}"
        line = f", line {mask['line']:,}" if mask["field"] == "text" and mask["line"] else ""
        said = f"{mask['entity']} by {mask['rule']}: {mask['field']}{item}{line}{place}"
        _fact("", said, width)
        if mask["context"]:
            shown = f"… {' '.join(mask['context'].split())} …"
            click.echo(" " * 14 + shown[: width - 14])
    if len(masks) > MASKS_SHOWN:
        _fact("", f"… {len(masks) - MASKS_SHOWN:,} more (--json lists all)", width)


def _masks(pii: object) -> list[tuple[str, int]]:
    """Return the masks of a document: entities and counts, never values."""
    return sorted(pii.items()) if isinstance(pii, dict) else []


def _related(related: list[dict[str, Any]]) -> None:
    for tie, heading in TIES.items():
        mine = [row for row in related if row["tie"] == tie]
        if not mine:
            continue
        click.echo(heading)
        apart = tie == "apart"
        rows = [
            (
                r["id"],
                r["kind"],
                r["outcome"],
                f"{r['step']}.{r['rule']}" if r["step"] else "",
                *([f"{r['similarity']:.2f}", r["difference"]] if apart else []),
            )
            for r in mine
        ]
        more = ["similarity", "difference"] if apart else []
        headers = ["id", "kind", "outcome", "reason", *more]
        click.echo(table(headers, rows, right=["similarity"], wrap=apart) + "\n")
