"""Figures of a version: an overview, or counts by any column.

Counts come from the ledger, bytes from the shards. Everything is an aggregate that DuckDB
streams: one column at a time where an aggregate keeps its values (percentiles), so that memory
follows the number of documents and not of columns. Sums are of integers: no figure depends on the
number of threads.
"""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from curation.columns import ledger_schema
from curation.database import name, unknown_column
from curation.errors import UsageError
from curation.reasons import SCORED, quality_reasons, removal_reasons, rule_words

if TYPE_CHECKING:
    from curation.corpus import Corpus

SHARES = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)
"""Percentiles that are given, as shares."""

MAIN = ("words", "chars", "tokens", "lang_score")
"""Measurements that the short overview gives percentiles of."""

GROUPS = ("kind", "lang", "license", "year", "journal")
"""Columns that the overview counts kept documents by."""

TOP = 10
"""Values of each of them that the overview names."""

YEAR = "TRY_CAST(regexp_extract(date, '^[0-9]{4}') AS INTEGER)"
"""The shards' ``year`` from the ledger's ``date``, so that dropped documents have one too."""

_PER_OUTCOME = ", ".join(
    f"count(*) FILTER (outcome = '{outcome}') AS {outcome}"
    for outcome in ("kept", "dropped", "failed")
)
_SUMS = ", ".join(
    f"coalesce(sum({column}) FILTER (outcome = 'kept'), 0)::BIGINT AS {column}"
    for column in ("words", "chars")
)
COUNTS = (
    f"count(*) AS inputs, {_PER_OUTCOME}, {_SUMS}, "
    "sum(tokens) FILTER (outcome = 'kept')::BIGINT AS tokens"
)
"""Aggregates of a group of ledger rows; tokens are null where nothing counted them."""


def overview(corpus: Corpus, *, everything: bool) -> dict[str, Any]:
    """Collect the figures of a version.

    Args:
        corpus: The version.
        everything: Percentiles of every measurement, all values of the groups.

    Returns:
        The object that ``curation stats --json`` prints, described in ``docs/cli.md``.
    """
    content = corpus.manifest
    values = content["recipe"]["values"]
    sources = _sources(corpus)
    sums = {key: _total(row[key] for row in sources) for key in (*_FIGURES, "shards", "bytes")}
    inputs, words = sums["inputs"] or 0, sums["words"] or 0
    masks = _pii_sources(corpus, sources)
    counts = {**sums, "share": _share(sums["kept"] or 0, inputs)}
    return {
        "corpus": corpus.name,
        "version": corpus.version,
        "recipe": content["recipe"]["file"],
        "purpose": values["top"]["purpose"],
        "as_of": values["top"]["as_of"] or None,
        "pii_profile": content["pii_profile"],
        "counts": counts,
        "sources": sources,
        "reasons": _reasons(corpus, inputs),
        "scored": _scored(corpus),
        "percentiles": _percentiles(corpus, everything),
        "groups": {column: _kept_by(corpus, column, everything) for column in GROUPS},
        "languages": _languages(corpus, everything),
        "shards": _shards(corpus),
        "pii": _pii(masks, words),
        "pii_sources": masks,
        "pii_rules": _pii_rules(corpus),
        "removed": _removed(corpus),
        "machine_instructions": _instructed(corpus),
        "alarms": content.get("alarms", []),
    }


_FIGURES = ("inputs", "kept", "dropped", "failed", "words", "chars", "tokens")


def _sources(corpus: Corpus) -> list[dict[str, Any]]:
    """Return a row a source, in the recipe's order, with the size of its shards."""
    found = {
        row["source"]: row
        for row in corpus.database.records(f"SELECT source, {COUNTS} FROM ledger GROUP BY source")
    }
    rows = []
    for source in corpus.manifest["sources"]:
        row = found.get(source) or {"source": source, **dict.fromkeys(_FIGURES, 0), "tokens": None}
        sizes = _sizes(corpus, f"data/{source}/")
        row |= {"share": _share(row["kept"], row["inputs"])}
        rows.append({**row, "shards": len(sizes), "bytes": sum(sizes)})
    return rows


def _sizes(corpus: Corpus, prefix: str) -> list[int]:
    files = corpus.manifest["files"]
    return sorted(entry["bytes"] for path, entry in files.items() if path.startswith(prefix))


def _shards(corpus: Corpus) -> dict[str, Any]:
    sizes = _sizes(corpus, "data/")
    return {
        "files": len(sizes),
        "bytes": sum(sizes),
        "smallest": sizes[0] if sizes else 0,
        "median": int(statistics.median_low(sizes)) if sizes else 0,
        "largest": sizes[-1] if sizes else 0,
    }


def _reasons(corpus: Corpus, inputs: int) -> list[dict[str, Any]]:
    """Return why documents are missing, most frequent first."""
    rows = corpus.database.records(
        "SELECT outcome, step, rule, count(*) AS documents, "
        "count(DISTINCT source) AS sources, any_value(threshold) AS threshold, "
        "count(DISTINCT threshold) AS thresholds "
        "FROM ledger WHERE outcome <> 'kept' GROUP BY outcome, step, rule "
        "ORDER BY documents DESC, outcome, step, rule"
    )
    words = quality_reasons(corpus.manifest["recipe"]["quality"])
    for row in rows:
        if row.pop("thresholds") != 1:
            row["threshold"] = None
        row["share"] = _share(row["documents"], inputs)
        row["reason"] = rule_words(row["step"], row["rule"], words)
    return rows


def _scored(corpus: Corpus) -> list[dict[str, Any]]:
    """Return which quality rules kept documents break, where the recipe only scores them.

    The ledger names the first one that a document breaks, as the rule that would have dropped it.
    """
    recipe = corpus.manifest["recipe"]
    if recipe["values"].get("quality", {}).get("mode") != "score":
        return []
    rows = corpus.database.records(
        "SELECT rule, count(*) AS documents, any_value(kept) AS kept FROM "
        f"(SELECT regexp_extract(detail, '{SCORED}', 1) AS rule, count(*) OVER () AS kept "
        "FROM ledger WHERE outcome = 'kept') WHERE rule <> '' GROUP BY rule "
        "ORDER BY documents DESC, rule"
    )
    words = quality_reasons(recipe["quality"])
    return [
        {
            "rule": row["rule"],
            "documents": row["documents"],
            "share": _share(row["documents"], row["kept"]),
            "reason": rule_words("quality", row["rule"], words),
        }
        for row in rows
    ]


def measurements(corpus: Corpus) -> list[str]:
    """Return the numeric columns of the ledger that measure a document, in order."""
    fixed = set(ledger_schema(()).names) - {*MAIN, "similarity"}
    numeric = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "UBIGINT", "UINTEGER")
    return [
        column
        for column, kind in corpus.database.columns("ledger").items()
        if column not in fixed and kind in numeric
    ]


def _percentiles(corpus: Corpus, everything: bool) -> dict[str, dict[str, Any]]:
    """Return percentiles of measurements of kept documents: values that occur, not between two."""
    result: dict[str, dict[str, Any]] = {}
    shares = ", ".join(str(share) for share in SHARES)
    for column in measurements(corpus) if everything else MAIN:
        quoted = name(column)
        count, low, high, points = corpus.database.rows(
            f"SELECT count({quoted}), min({quoted}), max({quoted}), "
            f"quantile_disc({quoted}, [{shares}]) FROM ledger WHERE outcome = 'kept'"
        )[0]
        if count:
            named = {f"p{share * 100:.0f}": v for share, v in zip(SHARES, points, strict=True)}
            result[column] = {"documents": count, "min": low, **named, "max": high}
    return result


def _kept_by(corpus: Corpus, column: str, everything: bool) -> dict[str, Any]:
    """Return kept documents and words by the values of a column, those with most words first."""
    view = "documents" if column in ("journal", "year") else "ledger WHERE outcome = 'kept'"
    value = name(column) if column == "year" else _nonempty(column, "VARCHAR")
    table = f"(SELECT {value} AS value, words FROM {view})"
    distinct, kept = corpus.database.rows(
        f"SELECT count(DISTINCT value) + max(CASE WHEN value IS NULL THEN 1 ELSE 0 END), count(*) "
        f"FROM {table}"
    )[0]
    limit = "" if everything else f"LIMIT {TOP}"
    rows = corpus.database.records(
        f"SELECT value, count(*) AS documents, coalesce(sum(words), 0)::BIGINT AS words "
        f"FROM {table} GROUP BY value ORDER BY documents DESC, words DESC, value {limit}"
    )
    for row in rows:
        row["share"] = _share(row["documents"], kept)
    return {"values": distinct or 0, "top": rows}


def _languages(corpus: Corpus, everything: bool) -> dict[str, Any]:
    """Return how many documents are in several languages, and in another than declared."""
    if "lang_agrees" not in corpus.database.columns("ledger"):
        return {"mixed": None, "declared": None, "disagree": None, "top": []}
    mixed, declared, disagree = corpus.database.rows(
        "SELECT count(*) FILTER (lang_share < 1), count(declared_lang), "
        "count(*) FILTER (NOT lang_agrees) FROM ledger WHERE outcome = 'kept'"
    )[0]
    limit = "" if everything else f"LIMIT {TOP}"
    top = corpus.database.records(
        "SELECT declared_lang AS declared, lang AS identified, count(*) AS documents FROM ledger "
        "WHERE outcome = 'kept' AND NOT lang_agrees GROUP BY ALL "
        f"ORDER BY documents DESC, declared, identified {limit}"
    )
    return {"mixed": mixed, "declared": declared, "disagree": disagree, "top": top}


def _pii(by_source: Sequence[Mapping[str, Any]], words: int) -> list[dict[str, Any]]:
    """Return masks by entity in kept documents, most first."""
    masks: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    for row in by_source:
        masks[row["entity"]] += row["masks"]
        documents[row["entity"]] += row["documents"]
    return [
        {
            "entity": entity,
            "masks": masks[entity],
            "documents": documents[entity],
            "per_million_words": masks[entity] * 1e6 / words if words else None,
        }
        for entity in sorted(masks, key=lambda entity: (-masks[entity], entity))
    ]


def _pii_sources(corpus: Corpus, sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return masks by source and entity in kept documents, in the recipe's order of sources."""
    words = {row["source"]: row["words"] for row in sources}
    rows = corpus.database.records(
        "SELECT source, entry.key AS entity, sum(entry.value)::BIGINT AS masks, "
        "count(*) AS documents FROM (SELECT source, unnest(map_entries(pii)) AS entry FROM ledger "
        "WHERE outcome = 'kept') GROUP BY source, entity ORDER BY masks DESC, entity"
    )
    for row in rows:
        known = words[row["source"]]
        row["per_million_words"] = row["masks"] * 1e6 / known if known else None
    order = list(words)
    return sorted(rows, key=lambda row: order.index(row["source"]))


def _pii_rules(corpus: Corpus) -> list[dict[str, Any]]:
    """Return masks by entity and rule in kept documents, most first."""
    if "masks" not in corpus.database.columns("ledger"):
        return []
    return corpus.database.records(
        "SELECT m.entity, m.rule, count(*) AS masks, count(DISTINCT key) AS documents "
        "FROM (SELECT concat(source, '\n', id) AS key, unnest(masks) AS m FROM ledger "
        "WHERE outcome = 'kept') GROUP BY m.entity, m.rule ORDER BY masks DESC, m.entity, m.rule"
    )


def _removed(corpus: Corpus) -> list[dict[str, Any]]:
    """Return what was taken out of kept documents, by step and rule, most passages first."""
    if "removed" not in corpus.database.columns("ledger"):
        return []
    rows = corpus.database.records(
        "SELECT e.step, e.rule, count(*) AS passages, count(DISTINCT key) AS documents, "
        "sum(e.chars)::BIGINT AS chars "
        "FROM (SELECT concat(source, '\n', id) AS key, unnest(removed) AS e FROM ledger "
        "WHERE outcome = 'kept') GROUP BY e.step, e.rule ORDER BY passages DESC, e.step, e.rule"
    )
    words = removal_reasons()
    return [row | {"reason": words.get((row["step"], row["rule"]), "")} for row in rows]


def _instructed(corpus: Corpus) -> dict[str, int]:
    """Count the instructions to machines in kept documents."""
    if "machine_instructions" not in corpus.database.columns("ledger"):
        return {"passages": 0, "documents": 0}
    passages, documents = corpus.database.rows(
        "SELECT coalesce(sum(machine_instructions), 0)::BIGINT, "
        "count(*) FILTER (machine_instructions > 0) FROM ledger WHERE outcome = 'kept'"
    )[0]
    return {"passages": passages, "documents": documents}


def grouped(corpus: Corpus, by: Sequence[str]) -> dict[str, Any]:
    """Count documents, words, characters, tokens and bytes by the values of columns.

    A column of lists counts a document once for each of its values; ``pii`` stands for its
    entities. Columns that only shards have are null for documents that were not kept.

    Args:
        corpus: The version.
        by: Columns of ledger or shards; ``removed`` and ``masks`` stand for their rules.

    Returns:
        The object that ``curation stats --by --json`` prints: ``by``, ``groups`` (most words
        first), ``total`` and ``notes``.

    Raises:
        UsageError: No such column.
    """
    ledger, shards = (corpus.database.columns(view) for view in ("ledger", "documents"))
    notes: list[str] = []
    picked = [_picked(column, ledger, shards, notes) for column in by]
    keys = [f"g{i}" for i in range(len(by))]
    needed = sorted({c for c in by if c not in ledger and c != "year"})
    extra = "".join(f", {name(column)}" for column in needed)
    table = (
        "ledger LEFT JOIN "
        f"(SELECT id AS shard_id, strlen(text) AS text_bytes{extra} FROM documents) "
        "ON outcome = 'kept' AND id = shard_id"
    )
    # Lateral, because two unnests in one SELECT run side by side instead of crossing.
    crossed = "".join(
        f", LATERAL (SELECT {sql} AS {key}) AS l{key}"
        for sql, key in zip(picked, keys, strict=True)
    )
    figures = f"{COUNTS}, coalesce(sum(text_bytes), 0)::BIGINT AS bytes"
    chosen = f"SELECT {', '.join(keys)}, outcome, words, chars, tokens, text_bytes"
    rows = corpus.database.records(
        f"SELECT {', '.join(keys)}, {figures} FROM ({chosen} FROM ({table}){crossed}) "
        f"GROUP BY ALL ORDER BY words DESC, inputs DESC, {', '.join(keys)}"
    )
    total = corpus.database.records(f"SELECT {figures} FROM {table}")[0]
    groups = [
        {"value": {column: row[key] for column, key in zip(by, keys, strict=True)}}
        | {key: value for key, value in row.items() if key not in keys}
        for row in rows
    ]
    return {"by": list(by), "groups": groups, "total": total, "notes": notes}


def _picked(column: str, ledger: dict[str, str], shards: dict[str, str], notes: list[str]) -> str:
    """Return the SQL of one grouping column and note what its figures leave out."""
    if column in ("text", "metadata"):
        raise UsageError(f"{column!r} is different in every document; take another column")
    if column == "year":
        return YEAR
    if column not in ledger and column not in shards:
        raise unknown_column(column, list(dict.fromkeys([*ledger, *shards])))
    kind = ledger.get(column) or shards[column]
    if column not in ledger:
        notes.append(f"only kept documents have a column {column}: the others stand under (none)")
    if kind.startswith("MAP") or kind.endswith("[]"):
        notes.append(
            "a document counts once in every row it belongs to: rows do not add up to the total"
        )
        items = f"map_keys({name(column)})" if kind.startswith("MAP") else name(column)
        if kind.startswith("STRUCT"):  # removals and masks, by their rules
            of = "entity" if column == "masks" else "step"
            items = f"list_distinct([concat(x.{of}, '.', x.rule) for x in {items}])"
        return f"unnest(CASE WHEN len({items}) > 0 THEN {items} ELSE [NULL] END)"
    return _nonempty(column, kind)


def _nonempty(column: str, kind: str) -> str:
    """Return the SQL of a column in which an empty text counts as none."""
    return f"nullif({name(column)}, '')" if kind == "VARCHAR" else name(column)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _total(values: Any) -> int | None:
    """Sum without nulls; null where there is nothing else."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
