"""``curation stats``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from curation.cli import completion
from curation.cli.common import (
    CORPUS,
    NARROWEST,
    bar,
    json_option,
    patience,
    print_json,
    remark,
    table,
    terminal_width,
)
from curation.words import counted

TITLES = {
    "kind": "Kinds",
    "lang": "Languages",
    "license": "Licences",
    "year": "Years",
    "journal": "Journals",
}

REASONS_SHOWN = 15
"""Reasons that the short overview names."""


@click.command("stats", options_metavar="[--by COLUMN…] [OPTIONS]")
@CORPUS
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    shell_complete=completion.columns,
    help="Count by a column; several cross.",
)
@click.argument("more", nargs=-1, metavar="")
@click.option(
    "--top",
    type=click.IntRange(0),
    help="Groups shown with --by (default 20; JSON: all); 0 for all.",
)
@click.option("--all", "everything", is_flag=True, help="All measurements, values and reasons.")
@json_option
def command(
    corpus: str,
    by: tuple[str, ...],
    more: tuple[str, ...],
    top: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Count documents, words and reasons, by any column.

    Without --by: what each source gave, why documents are missing,
    percentiles, languages, licences, years, journals, personal data.
    With --by: any column of ledger or shards, several at once. Words,
    characters, tokens and bytes are those of kept documents.

    \b
    curation stats corpus
    curation stats corpus --all
    curation stats corpus --by year
    curation stats corpus --by source kind
    curation stats corpus/v1 --by source,step,rule --top 0
    curation stats corpus --by mesh --json

    \b
    Exit codes: 0 done · 2 no such corpus or column (names the nearest)
    """
    from curation.corpus import Corpus

    if more and not by:
        raise click.UsageError(f"unexpected argument {more[0]!r}; columns follow --by")
    columns = [name for given in (*by, *more) for name in given.split(",") if name]
    opened = Corpus(corpus)
    with patience("reading ledger and shards", quiet=as_json):
        found = opened.stats(columns, everything=everything or as_json)
    if columns:
        _by(found, columns, top, as_json)
    elif as_json:
        print_json(found)
    else:
        _overview(found, everything)


def _overview(found: dict[str, Any], everything: bool) -> None:
    _head(found)
    _sources(found)
    _reasons(found, everything)
    _scored(found["scored"])
    _percentiles(found["percentiles"])
    for column, title in TITLES.items():
        _group(title, found["groups"][column])
    _languages(found["languages"])
    _personal_data(found)
    _removed(found)
    _alarms(found)
    if not everything:
        click.echo("\n--all shows every measurement and value, --by COLUMN counts by any column")


def _languages(found: dict[str, Any]) -> None:
    """Print what the identified languages say beside the declared ones."""
    if found["mixed"]:
        click.echo(
            f"\nParagraphs in other languages: in {counted(found['mixed'], 'kept document')}"
        )
    if not found["disagree"]:
        return
    click.echo(
        f"\n{found['disagree']:,} of {found['declared']:,} kept documents that declare a language "
        "are in another"
    )
    rows = [(row["declared"], row["identified"], row["documents"]) for row in found["top"]]
    click.echo(table(["declared", "identified", "documents"], rows))


def _head(found: dict[str, Any]) -> None:
    counts = found["counts"]
    cut = f", knowledge up to {found['as_of']}" if found["as_of"] else ""
    click.echo(f"{found['corpus']} {found['version']}")
    click.echo(
        f"recipe {found['recipe']}, purpose {found['purpose']}, "
        f"personal data profile {found['pii_profile']}{cut}"
    )
    tokens = f", {counts['tokens']:,} tokens" if counts["tokens"] is not None else ""
    inputs = counted(counts["inputs"], "input")
    click.echo(
        f"\n{inputs}: {counts['kept']:,} kept ({_percent(counts['share'])}), "
        f"{counts['dropped']:,} dropped, {counts['failed']:,} failed"
    )
    shards = found["shards"]
    click.echo(f"{counts['words']:,} words, {counts['chars']:,} characters{tokens}")
    click.echo(
        f"{shards['files']:,} shards of {_size(shards['smallest'])} to "
        f"{_size(shards['largest'])}, {_size(shards['bytes'])} together"
    )


def _sources(found: dict[str, Any]) -> None:
    tokens = found["counts"]["tokens"] is not None
    names = ["inputs", "kept", "dropped", "failed", "share", "words", "chars"]
    names += ["tokens"] if tokens else []
    rows = [("source", *names, "size")]
    every = [*found["sources"]]
    if len(every) > 1:
        every.append({"source": "all", **found["counts"]})
    cells = [
        (
            row["source"],
            *(_percent(row["share"]) if name == "share" else row[name] for name in names),
            _size(row["bytes"]),
        )
        for row in every
    ]
    click.echo("\n" + table(rows[0], cells, right=("share", "size")))


def _reasons(found: dict[str, Any], everything: bool) -> None:
    reasons = found["reasons"]
    if not reasons:
        return
    shown = reasons if everything else reasons[:REASONS_SHOWN]
    rows = [
        (
            f"{row['step']}.{row['rule']}",
            row["documents"],
            _percent(row["share"]),
            row["reason"],
        )
        for row in shown
    ]
    click.echo("\nWhy documents are missing (share of all inputs)")
    click.echo(
        table(["step.rule", "documents", "share", "reason"], rows, right=("share",), wrap=True)
    )
    _more(len(reasons) - len(shown))


def _scored(scored: list[dict[str, Any]]) -> None:
    if not scored:
        return
    rows = [(r["rule"], r["documents"], _percent(r["share"]), r["reason"]) for r in scored]
    click.echo("\nQuality rules that kept documents break (mode = score; share of kept ones)")
    click.echo(table(["rule", "documents", "share", "reason"], rows, right=("share",), wrap=True))


def _percentiles(percentiles: dict[str, dict[str, Any]]) -> None:
    if not percentiles:
        return
    points = [key for key in next(iter(percentiles.values())) if key.startswith("p")]
    rows = [(column, *(row[point] for point in points)) for column, row in percentiles.items()]
    click.echo("\nPercentiles of kept documents")
    click.echo(table(["measurement", *points], rows))


def _group(title: str, group: dict[str, Any]) -> None:
    rows = [
        (_named(r["value"]), r["documents"], _percent(r["share"]), bar(r["share"], 20), r["words"])
        for r in group["top"]
    ]
    if not rows or (len(rows) == 1 and group["top"][0]["value"] is None):
        return
    click.echo(f"\n{title} of kept documents ({group['values']:,})")
    headers = [title.lower().removesuffix("s"), "documents", "share", "", "words"]
    click.echo(table(headers, rows, right=("share",)))
    _more(group["values"] - len(rows))


def _personal_data(found: dict[str, Any]) -> None:
    click.echo(f"\nPersonal data in kept documents (profile {found['pii_profile']})")
    rows = [(r["entity"], r["masks"], r["documents"], r["per_million_words"]) for r in found["pii"]]
    if not rows:
        click.echo("none was found")
        return
    figures = ["masks", "documents", "per million words"]
    click.echo(table(["entity", *figures], rows))
    if len({row["source"] for row in found["pii_sources"]}) > 1:
        by_source = [
            (r["source"], r["entity"], r["masks"], r["documents"], r["per_million_words"])
            for r in found["pii_sources"]
        ]
        click.echo("\n" + table(["source", "entity", *figures], by_source))
    if found["pii_rules"]:
        by_rule = [(r["entity"], r["rule"], r["masks"], r["documents"]) for r in found["pii_rules"]]
        click.echo("\n" + table(["entity", "rule", "masks", "documents"], by_rule))


def _removed(found: dict[str, Any]) -> None:
    rows = [
        (f"{r['step']}.{r['rule']}", r["passages"], r["documents"], r["chars"], r["reason"])
        for r in found["removed"]
    ]
    if rows:
        click.echo("\nRemoved inside kept documents")
        headers = ["step.rule", "removals", "documents", "chars", "what"]
        click.echo(table(headers, rows, wrap=True))
    instructed = found["machine_instructions"]
    if instructed["passages"]:
        click.echo(
            f"\n{instructed['passages']:,} instructions to machines in "
            f"{instructed['documents']:,} kept documents (machine_instructions)"
        )


def _alarms(found: dict[str, Any]) -> None:
    if found["alarms"]:
        click.echo("\nWarnings of the build")
    for alarm in found["alarms"]:
        click.echo(f"- {alarm['line']}")


def _by(found: dict[str, Any], columns: Sequence[str], top: int | None, as_json: bool) -> None:
    groups = found["groups"]
    limit = top if top is not None else (0 if as_json else 20)
    shown = groups[:limit] if limit else groups
    if as_json:
        print_json({**found, "groups": shown, "groups_total": len(groups)})
        return
    tokens = found["total"]["tokens"] is not None
    figures = ["kept", "dropped", "failed", "words", "chars", *(["tokens"] if tokens else [])]
    lines = [([_named(value) for value in row["value"].values()], row) for row in shown]
    blanks = [""] * (len(columns) - 1)
    if len(groups) > len(shown):
        rest = {f: _sum(groups[len(shown) :], f) for f in (*figures, "bytes")}
        lines.append(([f"… {len(groups) - len(shown):,} more", *blanks], rest))
    lines.append((["all", *blanks], found["total"]))
    words = found["total"]["words"]
    rows = [
        (
            *names,
            *(row[figure] for figure in figures),
            _size(row["bytes"]),
            bar(row["words"] / words, 8) if words and names[0] != "all" else "",
        )
        for names, row in lines
    ]
    headers = [*columns, *figures, "text", ""]
    if sum(_least(headers, rows)) + 2 * (len(headers) - 1) > terminal_width():
        headers, rows = headers[:-1], [row[:-1] for row in rows]  # figures go before bars
    click.echo(table(headers, rows, right=("text",)))
    for note in dict.fromkeys(found["notes"]):
        remark(f"note: {note}")


def _least(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[int]:
    """Return the columns that each column of a table of groups takes at least."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    full = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    names = len(headers) - sum(isinstance(cell, int) for cell in rows[0]) - 2
    return [min(wide, NARROWEST) if i < names else wide for i, wide in enumerate(full)]


def _sum(rows: Sequence[dict[str, Any]], figure: str) -> int:
    return sum(row[figure] or 0 for row in rows)


def _more(count: int) -> None:
    if count > 0:
        click.echo(f"… {count:,} more")


def _named(value: object) -> str:
    return "(none)" if value is None else str(value)


def _percent(share: float) -> str:
    """Return a share as a percentage that is neither 0 nor 100 unless it is exactly that."""
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{share:.1%}".replace("%", " %")


def _size(size: int) -> str:
    """Return bytes in the unit that fits, decimal."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"
