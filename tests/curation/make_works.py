"""Works tables made from a few lines of Python, for tests of link, revisions and decide.

Rows go through the real extract stage of one batch and through real part files, so that
signatures, hashes and measurements are those of a build; only what a test fixes (a language, a
failed scan) is put in afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.decide import decide
from curation.documents import Row, placed_rows, table_of
from curation.recipe import Recipe, load
from curation.table import PartFile, Works, load_works
from curation.task import Parameters
from curation.verdicts import STEPS, Verdicts
from filters.pii import Masking
from sources.base import Document, Failure, Item, Relation, Tombstone
from tests.corpora import prose

TEXT = prose(1)
TAIL = " Nothing else was written here and the record ends."


@dataclass(frozen=True)
class Entry:
    """One row to be: its place, the item, and columns that a test sets by hand."""

    source: str
    resource: str
    position: int
    item: Item
    columns: dict[str, Any] = field(default_factory=dict)


def doc(
    native: str,
    *,
    source: str = "notes",
    resource: str = "a.jsonl",
    position: int = 0,
    text: str | int | None = None,
    columns: dict[str, Any] | None = None,
    **fields: Any,
) -> Entry:
    """Return a document; its text is prose of its own unless one, or the seed of one, is given."""
    if text is None:
        text = sum(ord(c) * 31**n for n, c in enumerate(source + native)) % 10**9
    body = prose(text) if isinstance(text, int) else text
    relations = tuple(Relation(*pair) for pair in fields.pop("relations", ()))
    fields.setdefault("license", "CC0-1.0")
    item = Document(native, body, relations=relations, **fields)
    return Entry(source, resource, position, item, columns or {})


def gone(
    native: str,
    revision: str,
    version: int = 1,
    *,
    source: str = "notes",
    resource: str = "z.jsonl",
    position: int = 0,
) -> Entry:
    """Return a notice of deletion."""
    return Entry(source, resource, position, Tombstone(native, version, revision))


def broken(
    rule: str = "truncated", *, source: str = "notes", resource: str = "a.jsonl", position: int = -1
) -> Entry:
    """Return a failed row."""
    return Entry(source, resource, position, Failure(rule, f"{resource}: it ends early"))


def table(entries: Sequence[Entry], source: str) -> pa.Table:
    """Return the documents table of the entries of one source."""
    parameters = Parameters(source, "jsonl", "other", "", {}, Masking("default"), "", {})
    rows = [Row(e.resource.partition("::")[0], e.resource, e.position, e.item) for e in entries]
    made = table_of(placed_rows(rows, parameters.use), parameters)
    fixed = {"lang": "en", "lang_score": 0.99}
    for name in {name for e in entries for name in e.columns} | set(fixed):
        values = made[name].to_pylist()
        for index, entry in enumerate(entries):
            values[index] = entry.columns.get(name, fixed.get(name, values[index]))
        column = pa.array(values, made.schema.field(name).type)
        made = made.set_column(made.schema.get_field_index(name), name, column)
    return made


def works_of(
    *entries: Entry,
    folder: Path | None = None,
    sources: Sequence[str] | None = None,
    slices: int = 1,
) -> Works:
    """Return the works table of some rows.

    Args:
        entries: Rows in any order.
        folder: Where the parts go; default a folder of its own.
        sources: The recipe's order of sources; default their first appearance.
        slices: Parts of each source; rows are dealt out to them in turn.
    """
    folder = folder or Path(tempfile.mkdtemp())
    names = list(sources or dict.fromkeys(e.source for e in entries))
    parts = []
    for name in names:
        mine = [e for e in entries if e.source == name]
        for number in range(slices):
            some = mine[number::slices]
            if some:
                path = folder / f"{name}-{number}.parquet"
                pq.write_table(table(some, name), path, row_group_size=3)
                parts.append(PartFile(path, name, None))
    return load_works(parts, names)


def recipe_of(text: str = "", sources: Sequence[str] = ("notes",)) -> Recipe:
    """Return a recipe with these settings; quality rules are off unless it speaks of them."""
    quality = "" if "quality" in text else "[quality]\nenabled = false\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.toml"
        entries = [
            f'[[sources]]\nuse = "jsonl"\nname = "{name}"\npaths = ["a"]\n' for name in sources
        ]
        path.write_text(f"{text}\n{quality}{''.join(entries)}")
        return load(path)


def said(works: Works, verdicts: Verdicts) -> dict[str, str]:
    """Return id (or place, where there is none) to ``kept`` or ``step.rule``.

    Of several rows with one id each is named by its place as well.
    """
    ids = works.column("id").to_pylist()
    places = [
        f"{resource}/{position}"
        for resource, position in zip(
            works.column("resource").to_pylist(), works.column("position").to_pylist(), strict=True
        )
    ]
    result = {}
    for row, name in enumerate(ids):
        key = places[row] if name is None else name
        if name is not None and ids.count(name) > 1:
            key = f"{name} in {places[row]}"
        step, rule = int(verdicts.step[row]), int(verdicts.rule[row])
        result[key] = "kept" if step < 0 else f"{STEPS[step]}.{verdicts.rules[rule]}"
    return result


def row_of(works: Works, name: str) -> int:
    """Return the row of an id."""
    return works.column("id").to_pylist().index(name)


def stays_for(works: Works, verdicts: Verdicts, name: str) -> str:
    """Return the id that stays in the place of a dropped one."""
    return str(works.column("id")[int(verdicts.representative[row_of(works, name)])])


def decided(*entries: Entry, recipe: str = "", **options: Any) -> tuple[Works, Verdicts]:
    """Return works and verdicts."""
    works = works_of(*entries, **options)
    return works, decide(works, recipe_of(recipe))


def outcome(*entries: Entry, recipe: str = "") -> dict[str, str]:
    """Return id to ``kept`` or ``step.rule``."""
    return said(*decided(*entries, recipe=recipe))


def reworded(seed: int, number: int) -> str:
    """Return `prose` with one number changed: 5 of its shingles on each side are other ones."""
    words = prose(seed).split()
    places = [n for n, word in enumerate(words) if any(c.isdigit() for c in word)]
    words[places[len(places) // 2]] = f"finding{number}"
    return " ".join(words)
