"""Fidelity of a corpus to its raw files: find the documents of each, compare, add up."""

# ruff: noqa: S608 - the only part that varies is a constant; values are bound.

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from curation.addresses import on_this_machine
from curation.corpus import Corpus
from curation.errors import UsageError
from curation.fidelity.documents import Row, compare_resource, unfound
from curation.fidelity.figures import Comparison, Fault
from curation.fidelity.files import (
    RawFile,
    buffered,
    contents,
    form_of,
    is_archive,
    raw_files,
    whole,
)
from curation.fidelity.sections import left_out
from curation.storage import sha256_file
from curation.stores import Store

MIN_ORDER = 0.999
"""Longest common subsequence of all atoms over their number: below it, moved atoms are a fault."""

_NO_FAULTS_OF_PAGES = frozenset(
    {"lost", "moved", "cell_lost", "cell_changed", "cell_invented", "document_missing"}
)

_OTHER = "another file than the one that the corpus was built from"

_DAMAGE = frozenset({"parse.truncated", "parse.damaged"})
"""Reasons of failed rows: the file broke off, and what came before it was kept."""

_REMOVED = "[x.words for x in l.removed if x.step = 'boilerplate']"
"""Words of each passage of boilerplate of a row of the ledger."""

GROUP = 64
"""Members of an archive whose texts are looked up at a time."""

GROUP_BYTES = 128 << 20
"""Bytes of members held at a time."""

Say = Callable[[str], None]


_FORMS = {"pubmed": "pubmed", "pmc": "jats"}
"""Formats of sources that read one."""

_OF_RECORDS: Mapping[str, tuple[str, ...]] = {
    "bookshelf": (), "europepmc": ("jats",), "labels": ("spl",), "preprints": ("jats",),
    "trials": (), "who": (), "wikidoc": (),
}  # fmt: skip
"""Sources whose texts are made of fields of records, and those of their formats that are texts."""

_RECORDS = "records of an interface, whose fields are no text to compare with"


@dataclass(slots=True)
class Resource:
    """What one raw file or member came to.

    Attributes:
        raw: Its path as given.
        resource: Its name in the ledger, empty where none was found.
        source: Its source in the ledger.
        form: Format that it was read as.
        complete: Whether all that it says must be kept; of pages and PDFs the main text is.
        note: Why it was not compared, or what of it was not; one line.
        figures: The comparison.
        not_kept: Documents that the corpus does not hold, by step and rule.
    """

    raw: str
    resource: str = ""
    source: str = ""
    form: str = ""
    complete: bool = True
    note: str = ""
    figures: Comparison = field(default_factory=Comparison)
    not_kept: dict[str, int] = field(default_factory=dict)

    def faults(self) -> list[dict[str, str]]:
        """Return its faults; of a page or PDF what is lost is none."""
        mild = () if self.complete else _NO_FAULTS_OF_PAGES
        return [asdict(fault) for fault in self.figures.faults if fault.kind not in mild]


def fidelity(
    raw: str | Path, corpus: str | Path | Store, say: Say = lambda line: None
) -> dict[str, Any]:
    """Compare raw files with the texts that a corpus has of them.

    Args:
        raw: A raw file, an archive, or a folder of these.
        corpus: A corpus (its latest version) or one of its versions.
        say: Told which file is being compared.

    Returns:
        What ``curation fidelity --json`` prints; the fields are described in ``docs/cli.md``.

    Raises:
        UsageError: There is no such file or no such version, nothing of RAW is in the ledger, or
            none of its documents were kept, so that there is nothing to compare.

    Example:
        >>> fidelity("pubmed/pubmed21n1298.xml.gz", "corpus")["ok"]         # doctest: +SKIP
        True
    """
    path = on_this_machine(raw, "the raw files")
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    files = raw_files(path)
    if not files:
        raise UsageError(f"{path}: no regular file")
    opened = Corpus(corpus)
    found: list[Resource] = []
    for number, file in enumerate(files, 1):
        say(f"comparing {file} ({number:,} of {len(files):,})")
        found += _one_file(opened, file, say)
    if not any(item.resource for item in found):
        raise UsageError(f"{path}: the ledger of {opened.folder} names no file of it")
    if not any(item.figures.documents or item.figures.faults for item in found):
        raise UsageError(f"{path}: {opened.folder} keeps no document of it: nothing to compare")
    return report(opened.version, found)


def report(version: str, resources: Sequence[Resource]) -> dict[str, Any]:
    """Add up resources to what ``curation fidelity --json`` prints."""
    total = Comparison()
    faults: list[dict[str, str]] = []
    for item in resources:
        faults += [{"resource": item.resource, **fault} for fault in item.faults()]
        total.add(item.figures)
    kinds = {fault["kind"] for fault in faults}
    whole, pages = Comparison(), Comparison()
    for item in resources:
        (whole if item.complete else pages).add(item.figures)
    return {
        "version": version,
        "ok": kinds <= {"moved"} and whole.order >= MIN_ORDER,
        "total": figures(total),
        "whole": figures(whole),
        "pages": figures(pages),
        "resources": [
            {
                "raw": item.raw,
                "resource": item.resource or None,
                "source": item.source or None,
                "form": item.form or None,
                "complete": item.complete,
                "note": item.note,
                "not_kept": item.not_kept,
                **figures(item.figures),
            }
            for item in resources
        ],
        "faults": faults,
    }


def figures(comparison: Comparison) -> dict[str, Any]:
    """Return the figures of a comparison as JSON holds them."""
    cells = asdict(comparison.cells)
    del cells["faults"]
    return {
        "documents": comparison.documents,
        "atoms": comparison.atoms,
        "kept": comparison.kept,
        "lost": comparison.lost,
        "changed": comparison.changed,
        "invented": comparison.invented,
        "moved": comparison.moved,
        "order": round(comparison.order, 6),
        "explained": dict(comparison.explained.most_common()),
        "out_of_scope": dict(comparison.out_of_scope.most_common()),
        "kinds": {
            kind: {"atoms": count, "wrong": comparison.kinds_wrong[kind]}
            for kind, count in comparison.kinds.most_common()
        },
        "cells": cells,
    }


def _one_file(corpus: Corpus, file: Path, say: Say) -> Iterator[Resource]:
    """Compare a file, or the members of an archive, and look for what is kept and not in it."""
    seen: set[str] = set()
    note = ""
    try:
        for item in _resources(corpus, file, say):
            seen.add(item.resource)
            yield item
    except ValueError as error:
        note = str(error)
    if note or is_archive(file):
        rest = _not_seen(corpus, file, seen, note)
        yield from rest
        if note and not rest:
            yield Resource(str(file), note=note)


def _resources(corpus: Corpus, file: Path, say: Say) -> Iterator[Resource]:
    """Compare a file, or the members of an archive, some at a time."""
    group: list[tuple[RawFile, bytes, Any]] = []
    size = 0
    damage: ValueError | None = None
    try:
        for item, stream in contents(file):
            if not item.member:
                yield from _group(corpus, [(item, b"", stream)], say)
                continue
            try:
                data = whole(stream)
            except ValueError as error:
                yield Resource(item.shown, note=str(error))
                continue
            group.append((item, data, None))
            size += len(data)
            if len(group) >= GROUP or size > GROUP_BYTES:
                yield from _group(corpus, group, say)
                group, size = [], 0
    except ValueError as error:
        damage = error
    yield from _group(corpus, group, say)
    if damage:
        raise damage


def _group(
    corpus: Corpus, group: Sequence[tuple[RawFile, bytes, Any]], say: Say
) -> Iterator[Resource]:
    """Look up and compare some resources."""
    named = _ledger_names(corpus, [item for item, _, _ in group])
    others: dict[RawFile, str] = {}
    for item, (name, _) in list(named.items()):
        if name and not _same_file(corpus, item.file, name.partition("::")[0]):
            named[item] = ("", _OTHER)
            others[item] = name
    wanted = {name for name, _ in named.values()} | set(others.values())
    rows = _rows(corpus, sorted(wanted - {""}))
    for item, data, stream in group:
        name, note = named[item]
        if item in others:
            yield _other(corpus, item, others[item], rows[others[item]], data, stream)
            continue
        for source in sorted({row.source for row in rows.get(name, ())}) or [""]:
            result = Resource(item.shown, name, source, note=note)
            if name:
                mine = [row for row in rows[name] if row.source == source]
                _compare(corpus, result, mine, data, stream, say)
            yield result


def _other(
    corpus: Corpus, item: RawFile, name: str, rows: Sequence[Row], data: bytes, stream: Any
) -> Resource:
    """Return a file that is not the one of the ledger: damage of it is a fault, else a note."""
    trial = Resource(item.shown, name, rows[0].source)
    _compare(corpus, trial, [], data, stream, lambda line: None)
    if not trial.note or all(row.reason for row in rows):
        return Resource(item.shown, note=_OTHER)
    trial.figures = Comparison(faults=[_unreadable(trial.note)])
    return trial


def _compare(
    corpus: Corpus, result: Resource, rows: Sequence[Row], data: bytes, stream: Any, say: Say
) -> None:
    declared = corpus.manifest["sources"].get(result.source, {})
    try:
        head, reader = buffered(stream if stream is not None else io.BytesIO(data))
        use = str(declared.get("use"))
        result.form = _FORMS.get(use) or form_of(result.raw, head)
        if use in _OF_RECORDS and result.form not in _OF_RECORDS[use]:
            result.form, result.note = "", _RECORDS
            return
        result.complete = result.form not in ("html", "pdf")
        names: Mapping[str, str] = declared.get("options", {}).get("fields") or {}
        for comparison in compare_resource(result.form, reader, rows, names, result.not_kept):
            result.figures.add(comparison)
            say(f"comparing {result.raw} ({result.figures.documents:,} of {len(rows):,} documents)")
    except ValueError as error:
        result.note = str(error)
        known = any(row.reason in _DAMAGE for row in rows)  # the ledger says so itself
        if not known and any(not row.reason for row in rows):
            result.figures.faults.append(_unreadable(result.note))


def _unreadable(note: str) -> Fault:
    return Fault("file_unreadable", "", note, "", "")


def _not_seen(corpus: Corpus, file: Path, seen: Set[str], note: str) -> list[Resource]:
    """Return the resources of a file that were not compared and of which documents are kept.

    Args:
        corpus: Where they are kept.
        file: A file or an archive.
        seen: Resources that were compared.
        note: Why the file could not be read to its end, empty where it could.
    """
    kept = corpus.database.rows(
        "SELECT split_part(resource, '::', 1), resource, source, id FROM ledger "
        "WHERE outcome = 'kept' "
        "AND regexp_replace(split_part(resource, '::', 1), '^.*/', '') = ? "
        "ORDER BY resource, position, id",
        [file.name],
    )
    best, _ = _best(RawFile(file), sorted({row[0] for row in kept}))
    if not best or not (note or _same_file(corpus, file, best)):
        return []
    found: dict[str, Resource] = {}
    for name, resource, source, identifier in kept:
        if name != best or resource in seen:
            continue
        first = resource not in found
        raw = f"{file}{resource.removeprefix(name)}"
        item = found.setdefault(resource, Resource(raw, resource, source, note=note))
        if not note:
            item.figures.add(unfound(identifier.removeprefix(f"{source}:")))
        elif first:
            item.figures.faults.append(_unreadable(note))
    return list(found.values())


def _ledger_names(corpus: Corpus, items: Sequence[RawFile]) -> dict[RawFile, tuple[str, str]]:
    """Return the name in the ledger of each raw file, and a note where there is none."""
    bases = sorted({item.parts()[-1] for item in items})
    found = corpus.database.rows(
        "SELECT DISTINCT resource FROM ledger "
        "WHERE list_contains(?, regexp_replace(resource, '^.*(/|::)', ''))",
        [bases],
    )
    known: dict[str, list[str]] = {}
    for (resource,) in found:
        known.setdefault(_parts(resource)[-1], []).append(resource)
    return {item: _best(item, known.get(item.parts()[-1], [])) for item in items}


def _same_file(corpus: Corpus, file: Path, path: str) -> bool:
    """Tell whether a file has the size and checksum of the input of that name."""
    known = [
        item
        for source in corpus.manifest["sources"].values()
        for item in source.get("inputs", ())
        if item["path"] == path and item["sha256"]
    ]
    if not known:
        return True
    size = file.stat().st_size
    return any(item["bytes"] == size and item["sha256"] == _checksum(file, size) for item in known)


@functools.lru_cache(maxsize=64)
def _checksum(file: Path, size: int) -> str:
    """SHA-256 of a file; the members of an archive ask for it one after the other."""
    return sha256_file(file)


def _parts(resource: str) -> list[str]:
    return resource.replace("::", "/").split("/")


def _best(item: RawFile, names: Sequence[str]) -> tuple[str, str]:
    """Return the name that ends most like a raw file's path does, and a note where none does."""
    own = item.parts()
    least = len([part for part in item.member.split("/") if part]) + 1
    scored: dict[int, list[str]] = {}
    for name in names:
        theirs = _parts(name)
        same = 0
        while same < min(len(own), len(theirs)) and own[-1 - same] == theirs[-1 - same]:
            same += 1
        if same >= min(least, len(theirs)) and bool(item.member) == ("::" in name):
            scored.setdefault(same, []).append(name)
    if not scored:
        return "", "not in the ledger"
    best = scored[max(scored)]
    if len(best) > 1:
        return "", f"ambiguous: the ledger has {best[0]} and {len(best) - 1} more that end like it"
    return best[0], ""


def _rows(corpus: Corpus, names: Sequence[str]) -> dict[str, list[Row]]:
    """Return the ledger rows of resources in their order, with the texts of kept documents."""
    found: dict[str, list[Row]] = {name: [] for name in names}
    if not names:
        return found
    told = "removed" in corpus.database.columns("ledger")
    removed = _REMOVED if told else "[]"
    reader = corpus.database.stream(
        "SELECT l.source, l.resource, l.position, l.id, l.outcome, l.step, l.rule, d.text, "
        f"d.metadata, d.pmid, d.doi, {removed} AS removed FROM ledger l "
        "LEFT JOIN documents d ON d.id = l.id AND l.outcome = 'kept' "
        "WHERE list_contains(?, l.resource) ORDER BY l.source, l.resource, l.position, l.id",
        [list(names)],
    )
    for batch in reader:
        for row in batch.to_pylist():
            reason = "" if row["outcome"] == "kept" else f"{row['step']}.{row['rule']}"
            native = (row["id"] or "").removeprefix(f"{row['source']}:")
            text = row["text"] or ""
            metadata = _metadata(row["metadata"])
            vernacular = metadata.get("vernacular_title")
            if isinstance(vernacular, str):
                text += f"\n\n{vernacular}"
            ids = frozenset(str(row[name]) for name in ("pmid", "doi") if row[name])
            found[row["resource"]].append(
                Row(
                    row["source"],
                    row["position"],
                    native,
                    reason,
                    text,
                    left_out=left_out(metadata),
                    ids=ids,
                    removed=row["removed"] or (),
                )
            )
    return found


def _metadata(value: str | None) -> dict[str, object]:
    found = json.loads(value) if value else {}
    return found if isinstance(found, dict) else {}
