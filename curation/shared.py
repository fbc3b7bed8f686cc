"""Lines that many documents of a source share: the table, the measurement, and who is cut.

Three kinds of tasks between extract and decide, from cached files to cached files:

* one a source makes the table of its shared lines from the stored keys (`make_table`);
* one a part measures its documents by the table and finds those whose head or foot goes
  (`measure_part`);
* the same task, where there are such, measures what is left of them and writes it as rows beside
  the part. Their file is named by all that it follows from, so that a table that has grown changes
  only the documents that it concerns.

What is decided and written then takes these rows in place of the old ones.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.audit import Audit
from curation.columns import DOCUMENT
from curation.documents import measured, undone_also
from curation.extract import GROUP_ROWS, part_writer
from curation.plan import SourcePlan, read_marker
from curation.recipe import Recipe
from curation.storage import HIDDEN, canonical_json, write_file
from curation.table import Ints, PartFile, damage_named, one_array, open_part
from curation.task import Parameters
from curation.write import read_rows
from filters.edges import MOST, cut_edges
from filters.pii.masks import Place, relocated
from filters.removals import Removal, Removals, removal_columns
from filters.shared import COLUMN, LINES, Lines, lines_of, measure_lines, shared_keys

if TYPE_CHECKING:
    from curation.engines.base import Engine

READ_ROWS = 16_384
"""Rows whose keys are read at a time."""

_STORED = [name for name, _ in LINES]


@dataclass(frozen=True, slots=True)
class TableTask:
    """The shared lines of one source.

    Attributes:
        path: Where the table goes, named by what it follows from.
        parts: Cached parts.
        documents: Documents in which a line stands, at least.
        share: The same as a share of those of its site.
    """

    path: Path
    parts: tuple[PartFile, ...]
    documents: int
    share: float


@dataclass(frozen=True, slots=True)
class PartTask:
    """Documents of one part, measured by the table of their source.

    Attributes:
        part: The cached part.
        table: From `make_table`.
        kinds: Kinds of documents that are cut; empty for none.
        parameters: Those that the part was extracted with.
    """

    part: PartFile
    table: Path
    kinds: tuple[str, ...]
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class PartResult:
    """What became of one part.

    Attributes:
        shares: The measurement `filters.shared.COLUMN` of all its rows, NaN for none.
        rows: Rows that others stand in for, sorted.
        path: File with these, in the same order; None where there are none.
    """

    shares: npt.NDArray[np.float64]
    rows: Ints
    path: Path | None


def share_lines(
    recipe: Recipe,
    plans: Sequence[SourcePlan],
    parts: Sequence[PartFile],
    engine: Engine,
    out: Path,
) -> list[PartFile]:
    """Measure and remove what the documents of each source share.

    Args:
        recipe: Thresholds and switches.
        plans: The sources.
        parts: All cached parts of the build.
        engine: Runs the tasks.
        out: Corpus folder.

    Returns:
        The parts, with what is measured and which of their rows are replaced; and parts of the rows
        that take their place.
    """
    folder = out / HIDDEN / "shared"
    folder.mkdir(exist_ok=True)
    documents = int(recipe.number("boilerplate", "shared_documents"))
    share = recipe.number("boilerplate", "shared_share")
    tables = [
        TableTask(_table_path(folder, plan, mine, documents, share), mine, documents, share)
        for plan in plans
        if (mine := tuple(part for part in parts if part.source == plan.spec.name))
        if _rows(mine) >= documents
    ]
    sizes = engine.run(make_table, tables)
    full = {task.parts[0].source: task.path for task, size in sizes if size}
    of_source = {plan.spec.name: plan.parameters for plan in plans}
    tasks = [
        PartTask(part, full[part.source], _kinds(recipe), of_source[part.source])
        for part in parts
        if part.source in full
    ]
    made = {task.part.path: result for task, result in engine.run(measure_part, tasks)}
    used = {task.path for task in tables} | {result.path for result in made.values()}
    for path in set(folder.iterdir()) - used:
        path.unlink(missing_ok=True)  # of other inputs, or what a lost worker left, or leaves now
    return [new for part in parts for new in _replaced(part, made.get(part.path))]


def _kinds(recipe: Recipe) -> tuple[str, ...]:
    kinds = recipe.get("boilerplate", "shared_kinds")
    assert isinstance(kinds, list)
    on = recipe.flag("boilerplate", "enabled") and recipe.flag("boilerplate", "shared")
    return tuple(kinds) if on else ()


def _rows(parts: Sequence[PartFile]) -> int:
    count = 0
    for part in parts:
        with damage_named(part.path), open_part(part.path) as reader:
            count += reader.metadata.num_rows
    return count


def _replaced(part: PartFile, result: PartResult | None) -> Iterator[PartFile]:
    """Yield a part as it is read from here on, and the one with the rows in place of others."""
    if result is None:
        yield part
        return
    yield replace(part, shared=result.shares, replaced=result.rows)
    if result.path is not None:
        yield PartFile(result.path, part.source, None)


def _table_path(
    folder: Path, plan: SourcePlan, parts: Sequence[PartFile], documents: int, share: float
) -> Path:
    """Name the table by the parts' files, which never change once they are written."""
    said = []
    for part in parts:
        marker = read_marker(part.path.parent)
        if marker is not None:  # what could not be located has no slice, and no lines
            every = (str(entry[0]) for entry in marker.inputs)
            said.append([*_named(part), sorted(every if part.inputs is None else part.inputs)])
    key = canonical_json([plan.parameters.key(), said, documents, share])
    return folder / f"{plan.spec.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.table"


def _named(part: PartFile) -> list[object]:
    """Return what tells the file of a part from any other that has ever been at its place."""
    found = part.path.stat()
    return [part.path.parent.name, part.path.name, found.st_size, found.st_mtime_ns]


def make_table(task: TableTask) -> int:
    """Write the sorted keys of the shared lines of a source; a file that is there stays.

    Returns:
        Their number.
    """
    if task.path.exists():
        return len(_table(task.path))
    keys = shared_keys(lambda: _stored(task.parts), task.documents, task.share)
    written = pa.BufferOutputStream()
    pq.write_table(pa.table({"key": keys}), written, compression="none", write_page_checksum=True)
    write_file(task.path, written.getvalue())
    return len(keys)


def _table(path: Path) -> npt.NDArray[np.uint64]:
    """Read what `make_table` wrote."""
    with damage_named(path), open_part(path) as reader:
        keys: npt.NDArray[np.uint64] = reader.read(use_threads=False)["key"].to_numpy()
    return keys


def _stored(parts: Sequence[PartFile]) -> Iterator[Lines]:
    """Yield the stored columns of all documents of a build, some at a time."""
    for part in parts:
        wanted = pa.array(sorted(part.inputs or ()), pa.string())
        with damage_named(part.path), open_part(part.path) as reader:
            for batch in reader.iter_batches(READ_ROWS, columns=["row_type", "input", *_STORED]):
                mask = pc.equal(batch["row_type"], DOCUMENT)
                if part.inputs is not None:
                    mask = pc.and_(mask, pc.is_in(batch["input"], value_set=wanted))
                yield lines_of(pa.Table.from_batches([batch]).filter(mask))


def measure_part(task: PartTask) -> PartResult:
    """Measure the documents of a part, and write those that are cut.

    Returns:
        The measurement, and where the rows are that take the place of others.
    """
    table = _table(task.table)
    with damage_named(task.part.path), open_part(task.part.path) as reader:
        stored = reader.read(columns=["kind", "input", *_STORED], use_threads=False)
    found = measure_lines(lines_of(stored), table)
    kind = pc.is_in(stored["kind"], value_set=pa.array(task.kinds, pa.string()))
    wanted = np.asarray(kind) & (found.heads + found.feet > 0) & (found.shares <= MOST)
    if task.part.inputs is not None:
        mine = pa.array(sorted(task.part.inputs), pa.string())
        wanted &= np.asarray(pc.is_in(stored["input"], value_set=mine))
    rows = np.flatnonzero(wanted)
    if not len(rows):
        return PartResult(found.shares, rows, None)
    heads, feet = found.heads[rows], found.feet[rows]
    key = hashlib.sha256(canonical_json([task.parameters.key(), _named(task.part)]).encode())
    for values in (rows, heads, feet):
        key.update(values.astype("<i8").tobytes())
    key.update(_measured_by(table, stored.take(pa.array(rows))))
    path = task.table.parent / f"{task.part.source}-{key.hexdigest()[:16]}.parquet"
    if not path.exists():
        with damage_named(task.part.path), open_part(task.part.path) as reader:
            before = read_rows(reader, rows, reader.schema_arrow.names)
        after = _cut(before, heads, feet, table, task.parameters)
        written = pa.BufferOutputStream()
        with part_writer(written, after.schema) as writer:
            writer.write_table(after, row_group_size=GROUP_ROWS)
        write_file(path, written.getvalue())
    return PartResult(found.shares, rows, path)


def _measured_by(table: npt.NDArray[np.uint64], rows: pa.Table) -> bytes:
    """Return which lines of some rows are shared: what is left of them is measured by that."""
    keys = np.unique(lines_of(rows).keys)
    return bytes(keys[np.isin(keys, table)].astype("<u8"))


def _cut(
    before: pa.Table,
    heads: Ints,
    feet: Ints,
    table: npt.NDArray[np.uint64],
    parameters: Parameters,
) -> pa.Table:
    """Return rows without what may go of their heads and feet; the others as they are."""
    columns = {name: one_array(before[name]) for name in before.column_names}
    cleaned = cut_edges(columns["text"], heads.tolist(), feet.tolist())
    columns["undone"] = undone_also(columns["undone"], "boilerplate", cleaned.undone)
    changed = np.array(sorted(cleaned.removed), np.int64)
    texts = cleaned.texts.take(pa.array(changed))
    # A text is masked as a whole: where less context makes something else personal, it stays.
    seen = parameters.pii.texts({"text": texts})
    good = np.asarray(pc.and_(pc.equal(seen.columns["text"], texts), pc.invert(seen.failed)))
    changed, texts = changed[good], texts.filter(pa.array(good))
    if len(changed):
        where = pa.array(changed)
        audited = _audited(columns, changed, texts, cleaned.removed)
        made = measured(texts, columns["url"].take(where), parameters)
        made |= removal_columns(
            len(changed),
            {n: _listed(columns["removed"][row]) for n, row in enumerate(changed.tolist())},
            {n: cleaned.removed[row] for n, row in enumerate(changed.tolist())},
        )
        mask = np.zeros(len(before), np.bool_)
        mask[changed] = True
        for name, column in {**made, **audited, "text": texts}.items():
            columns[name] = _put(columns[name], mask, column)
    after = pa.table([columns[name] for name in before.column_names], schema=before.schema)
    shares = measure_lines(lines_of(after), table).shares
    index = after.schema.get_field_index(COLUMN.name)
    return after.set_column(index, after.schema.field(index), pa.array(shares, from_pandas=True))


def _audited(
    columns: Mapping[str, pa.Array], rows: Ints, texts: pa.Array, removed: Removals
) -> dict[str, pa.Array]:
    """Return what was masked in what is left of some rows."""
    audit = Audit(len(rows))
    for number, row in enumerate(rows.tolist()):
        counts = Counter(dict(columns["pii"][row].as_py() or ()))
        masks = [Place(**entry) for entry in columns["masks"][row].as_py()]
        if masks:
            gone = {entry.line for entry in removed[row] if entry.line is not None}
            before, after = columns["text"][row].as_py(), texts[number].as_py()
            kept = relocated(before, after, gone, masks, "text")
            counts.subtract(Counter(m.entity for m in masks))
            counts.update(m.entity for m in kept)
            masks = kept
        audit.counts[number] = +counts
        audit.masks[number] = masks
        if columns["pii_fault"][row].is_valid:
            audit.faults[number] = columns["pii_fault"][row].as_py()
    return audit.columns()


def _listed(removed: pa.Scalar) -> list[Removal]:
    return [Removal(**entry) for entry in removed.as_py()]


def _put(column: pa.Array, mask: npt.NDArray[np.bool_], values: pa.Array) -> pa.Array:
    """Put values in the place of those of a mask; for every type, lists included."""
    both = pa.concat_arrays([column, values.cast(column.type)])
    index = np.arange(len(column))
    index[mask] = len(column) + np.arange(len(values))
    return both.take(pa.array(index))
