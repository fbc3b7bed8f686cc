"""What became of a document, in words: its rows of the ledger and what they have to do with."""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from curation.errors import UsageError
from curation.reasons import Apart, kept_apart, quality_reasons, sentence
from curation.resources import Condition, named_inputs

if TYPE_CHECKING:
    from curation.corpus import Corpus

ROWS_SHOWN = 200
"""Rows of a file that are explained one by one; all are counted."""

RELATED_SHOWN = 50
"""Other forms, revisions and duplicates that are listed."""

CONTEXT_CHARS = 24
"""Characters of the published text on either side of a mask that are shown."""

BY_FATE = "CASE outcome WHEN 'kept' THEN 0 WHEN 'dropped' THEN 1 ELSE 2 END, id, resource, position"
"""Order of rows: what was kept first, then by id."""


def explain(corpus: Corpus, what: str) -> dict[str, Any]:
    """Explain an id, a work or an input file.

    Args:
        corpus: The version.
        what: Id of a document; else the name of a work; else input files: a path as in
            ``resource``, an archive or a folder, which stand for what is in them, or a pattern.

    Returns:
        The object that ``curation explain --json`` prints, described in ``docs/cli.md``.

    Raises:
        UsageError: Nothing of that name; the message names near ids.
    """
    matched, condition = _matched(corpus, what)
    summary = corpus.database.records(
        "SELECT outcome, step, rule, count(*) AS documents FROM ledger "
        f"WHERE {condition.sql} GROUP BY ALL ORDER BY documents DESC, outcome, step, rule",
        condition.values,
    )
    order = BY_FATE if matched != "resource" else "resource, position"
    rows = corpus.database.records(
        f"SELECT * FROM ledger WHERE {condition.sql} ORDER BY {order} LIMIT {ROWS_SHOWN}",
        condition.values,
    )
    words = quality_reasons(corpus.manifest["recipe"]["quality"])
    return {
        "query": what,
        "matched": matched,
        "where": condition.shown(),
        "version": corpus.version,
        "rows_total": sum(row["documents"] for row in summary),
        "summary": summary,
        "rows": [_explained(corpus, row, words, matched != "resource") for row in rows],
        "related": _related(corpus, what, rows) if matched != "resource" else [],
    }


def _matched(corpus: Corpus, what: str) -> tuple[str, Condition]:
    """Return how a name was understood, and the condition of its rows."""
    for matched, condition in (
        ("id", Condition("id = ?", [what])),
        ("work", Condition("work = ?", [what])),
        *(("resource", condition) for condition in named_inputs(what)),
    ):
        sql = f"SELECT 1 FROM ledger WHERE {condition.sql} LIMIT 1"
        if corpus.database.rows(sql, condition.values):
            return matched, condition
    raise unknown(corpus, what)


def unknown(corpus: Corpus, what: str) -> UsageError:
    """Return the error for an id that is not in the ledger, with the nearest ones."""
    near = nearest(corpus, what)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    named = what or "''"
    return UsageError(
        f"{named}: no document, work or input file of {corpus.folder} has this name{hint}"
    )


def nearest(corpus: Corpus, what: str, count: int = 3) -> list[str]:
    """Return ids and files that a mistyped name may have meant, the likeliest first.

    First the same name with another prefix, version or part, or without its prefix; then the
    smallest edit distance among names of about the same length.

    Args:
        corpus: The version.
        what: The name as given.
        count: Names, at most.
    """
    native = re.split(r"[@#]", what.partition(":")[2] or what)[0]
    rows = corpus.database.rows(
        "SELECT DISTINCT id FROM ledger WHERE regexp_extract(id, '^[^:]*:([^@#]*)', 1) = ? "
        f"ORDER BY length(id), id LIMIT {count}",
        [native],
    )
    if not rows:
        limit = max(1, min(3, len(what) // 4))
        rows = corpus.database.rows(
            "WITH names AS (SELECT DISTINCT id AS name FROM ledger UNION "
            "SELECT DISTINCT resource FROM ledger) SELECT name FROM names "
            "WHERE abs(length(name) - length(?)) <= 2 "
            f"AND levenshtein(lower(name), lower(?)) <= {limit} "
            f"ORDER BY levenshtein(lower(name), lower(?)), name LIMIT {count}",
            [what, what, what],
        )
    return [row[0] for row in rows]


def _explained(
    corpus: Corpus, row: dict[str, Any], words: Mapping[str, str], whole: bool
) -> dict[str, Any]:
    """Add sentence, title, licence evidence and what is not in the text to a row of the ledger.

    Masks of a kept document get what stands around them in what is published.

    Args:
        corpus: The version.
        row: The row.
        words: Sentences of the quality rules.
        whole: Whether to read the document too, for what it leaves out and where it is masked.
    """
    said: dict[str, Any] = {"sentence": sentence(row, words), "title": None, "left_out": []}
    evidence = None
    document: dict[str, Any] = {}
    if row["outcome"] == "kept":
        evidence, said["title"] = _attribution(corpus, row["id"])
        if whole:
            document = corpus.row_at(row["shard"], row["row"])
            said["left_out"] = json.loads(document.get("metadata") or "{}").get("left_out", [])
    elif row["step"] == "licence":
        evidence = (row["detail"] or "").partition("; ")[2] or None  # behind what the rule says
    if "masks" in row:
        row["masks"] = [m | {"context": _context(document, m)} for m in row["masks"] or ()]
    said["license_evidence"] = evidence
    said["replaced_by"] = _newer(corpus, row)
    return said | row


def _context(document: Mapping[str, Any], mask: Mapping[str, Any]) -> str | None:
    """Return a mask with what stands around it on its line; None where that is not published."""
    value = document.get(mask["field"])
    if mask["item"] is not None and value is not None:
        value = value[mask["item"]] if mask["item"] < len(value) else None
    if not isinstance(value, str) or mask["place"] is None:
        return None
    start, end = mask["place"], mask["place"] + len(mask["entity"]) + 2
    before = value[max(0, start - CONTEXT_CHARS) : start].rpartition("\n")[2]
    behind = value[end : end + CONTEXT_CHARS].partition("\n")[0]
    return f"{before}{value[start:end]}{behind}"


def _newer(corpus: Corpus, row: dict[str, Any]) -> dict[str, Any] | None:
    """Return id, file and record of the revision that took the place of an older one."""
    if row["rule"] != "superseded" or not row["representative"]:
        return None
    found = corpus.database.records(
        "SELECT id, resource, position FROM ledger WHERE id = ? AND rule IS DISTINCT FROM "
        "'superseded' AND rule IS DISTINCT FROM 'tombstone' LIMIT 2",
        [row["representative"]],
    )
    return found[0] if len(found) == 1 else None


def _attribution(corpus: Corpus, document: str) -> tuple[str | None, str | None]:
    known = corpus.database.columns("attribution")
    if "license_evidence" not in known:
        return None, None
    title = "title" if "title" in known else "NULL"
    found = corpus.database.rows(
        f"SELECT nullif(license_evidence, ''), nullif({title}, '') FROM attribution WHERE id = ?",
        [document],
    )
    return found[0] if found else (None, None)


def _related(corpus: Corpus, what: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return other documents of the same record, work or cluster, and those kept apart.

    Each stands once, with its nearest tie.
    """
    base = re.split(r"[@#]", what)[0]
    works = sorted({re.split("#", row["work"])[0] for row in rows if row["work"]})
    clusters = sorted({row["cluster"] for row in rows if row["cluster"]})
    ties = (
        ("record", "(id = $1 OR starts_with(id, $1 || '@') OR starts_with(id, $1 || '#'))", [base]),
        ("work", "regexp_extract(work, '^[^#]*') IN (SELECT unnest($1::VARCHAR[]))", [works]),
        ("cluster", "cluster IN (SELECT unnest($1::VARCHAR[]))", [clusters]),
    )
    seen = {row["id"] for row in rows}
    related: list[dict[str, Any]] = []
    for tie, condition, values in ties:
        if not values[0]:
            continue
        for row in _others(corpus, condition, values):
            if row["id"] not in seen:
                seen.add(row["id"])
                related.append({"tie": tie, **row, "difference": None})
    related += (row for row in _apart(corpus, rows) if row["id"] not in seen)
    return related[:RELATED_SHOWN]


def _others(corpus: Corpus, condition: str, values: list[Any]) -> list[dict[str, Any]]:
    """Return what is said of related documents."""
    return corpus.database.records(
        "SELECT id, kind, outcome, step, rule, similarity, license FROM ledger "
        f"WHERE {condition} AND id IS NOT NULL "
        f"ORDER BY {BY_FATE} LIMIT {RELATED_SHOWN}",
        values,
    )


def _apart(corpus: Corpus, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the documents from which the guard keeps these apart: told by either of the two.

    The ledger names for each document the most similar one only, so of two the one may name the
    other without being named by it.
    """
    mine = {row["id"] for row in rows if row["id"]}
    found: dict[str, Apart] = {}
    naming = " OR ".join(["contains(detail, ?)"] * len(mine)) or "false"
    lines = corpus.database.rows(
        f"SELECT id, detail FROM ledger WHERE id IS NOT NULL AND ({naming}) ORDER BY id "
        f"LIMIT {RELATED_SHOWN}",
        sorted(mine),
    )
    for document, detail in [*((row["id"], row["detail"]) for row in rows), *lines]:
        apart = kept_apart(detail)
        if apart is None or (document not in mine and apart.other not in mine):
            continue
        other = apart.other if document in mine else document
        found.setdefault(other, apart)
    for row in _others(corpus, "id IN (SELECT unnest(?::VARCHAR[]))", [sorted(found)]):
        apart = found[row["id"]]
        said = {"similarity": apart.similarity, "difference": apart.difference}
        yield {"tie": "apart", **row, **said}


def missing_text(corpus: Corpus, document: str) -> UsageError:
    """Return the error for a document whose text is asked for and which was not kept."""
    rows = corpus.database.records(
        f"SELECT * FROM ledger WHERE id = ? ORDER BY {BY_FATE} LIMIT 1", [document]
    )
    if not rows:
        return unknown(corpus, document)
    words = quality_reasons(corpus.manifest["recipe"]["quality"])
    return UsageError(
        f"{document}: {sentence(rows[0], words)}. Its text is not in the corpus; "
        f"see `curation explain {corpus.folder} {document}`"
    )


def sample(
    corpus: Corpus, n: int, seed: int, where: str | None, outcome: str, source: str | None
) -> list[dict[str, Any]]:
    """Draw documents by the hash of seed and id; see `Corpus.sample`."""
    wanted = ["outcome = ?"]
    values: list[object] = [outcome]
    if source is not None:
        if source not in corpus.manifest["sources"]:
            known = ", ".join(corpus.manifest["sources"])
            raise UsageError(f"no source {source!r} in this version; there is {known}")
        wanted.append("source = ?")
        values.append(source)
    if where:
        wanted.append(f"({where}\n)")
    sql = (
        f"SELECT source, resource, position FROM {_sampled(corpus, outcome, where)} "
        f"WHERE {' AND '.join(wanted)} ORDER BY "
        "md5(concat(?, '\n', coalesce(id, resource || '\n' || position))), "
        f"source, resource, position LIMIT {max(0, n)}"
    )
    corpus.database.check(sql)
    drawn = corpus.database.rows(sql, [*values, str(seed)])
    words = quality_reasons(corpus.manifest["recipe"]["quality"])
    result = []
    for key in drawn:
        row = corpus.database.records(
            "SELECT * FROM ledger WHERE source = ? AND resource = ? AND position = ?", list(key)
        )[0]
        if outcome == "kept":
            document = corpus.row_at(row["shard"], row["row"])
            row |= {"title": document["title"], "text": document["text"]}
        result.append({"sentence": sentence(row, words), **row})
    return result


def _sampled(corpus: Corpus, outcome: str, where: str | None) -> str:
    """Return the table to draw from: with a condition, kept documents have both tables' columns."""
    if outcome != "kept" or not where:
        return "ledger"
    twice = set(corpus.database.columns("ledger")) & set(corpus.database.columns("documents"))
    out = ", ".join(f'"{column}"' for column in sorted(twice - {"id"}))
    return f"(ledger JOIN (SELECT * EXCLUDE ({out}) FROM documents) USING (id))"
