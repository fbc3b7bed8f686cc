"""The ledger: one row for every input document, with what became of it and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.columns import FAILURE, ledger_schema
from curation.table import Ints, Works, one_array, ranks
from curation.verdicts import STEPS, Verdicts
from filters import registry
from filters.classifier import columns_in
from filters.language import agreement
from filters.pii import Masking

ROWS_PER_FILE = 500_000
ROWS_PER_GROUP = 50_000

DICTIONARY = [
    "source",
    "kind",
    "outcome",
    "step",
    "rule",
    "detail",
    "split",
    "shard",
    "license",
    "lang",
    "resource",
    "date",
]
"""Columns that repeat."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where kept rows stand: shard file (null for none) and row in it (-1 for none)."""

    shard: pa.Array
    row: Ints


def ledger_table(
    works: Works, verdicts: Verdicts, placement: Placement, masking: Masking
) -> pa.Table:
    """Build the ledger of all sources, in the order of the works table.

    Args:
        works: All rows.
        verdicts: What was decided.
        placement: Shard and row of what is kept.
        masking: Looks through the lines for people, which are put together of masked ones.

    Returns:
        Table with `ledger_schema`.
    """
    measurements = (*registry.columns(), *columns_in(works.table.column_names))
    schema = ledger_schema(measurements)
    failed = works.numbers("row_type") == FAILURE
    kept = verdicts.open
    outcome = np.where(failed, 2, np.where(kept, 0, 1))
    ids = works.column("id")
    chosen = _nullable(verdicts.representative)
    cluster = cluster_ids(works, verdicts)
    columns: dict[str, pa.Array] = {
        "outcome": pa.array(["kept", "dropped", "failed"]).take(pa.array(outcome)),
        "step": pa.array(STEPS).take(_nullable(verdicts.step)),
        "rule": pa.array(verdicts.rules, pa.string()).take(_nullable(verdicts.rule)),
        "value": _numbers(verdicts.value),
        "threshold": _numbers(verdicts.threshold),
        "detail": _sparse(_masked(verdicts.detail, masking), len(kept)),
        "work": verdicts.work,
        "cluster": cluster,
        "representative": pc.coalesce(ids.take(chosen), _sparse(verdicts.elsewhere, len(kept))),
        "similarity": _numbers(verdicts.similarity),
        "split": pa.array(["train"]).take(_nullable(np.where(kept, 0, -1))),
        "shard": placement.shard,
        "row": pc.if_else(pa.array(placement.row < 0), None, pa.array(placement.row)),
        "license": verdicts.license,
        "tokens": pa.nulls(len(kept), pa.int64()),
    }
    lang, score, declared = (works.column(n) for n in ("lang", "lang_score", "declared_lang"))
    columns["lang_agrees"] = agreement(lang, score, declared)
    columns["declared_lang"] = pc.if_else(pc.equal(declared, ""), None, declared)
    no_document = pa.array(works.numbers("row_type") != 0)
    measured = {c.name for c in measurements} | {"lang", "lang_score", "lang_share", "lang_parts"}
    measured |= {"masks", "removed"}
    for field in schema:
        if field.name not in columns:
            column = works.column(field.name)
            if field.name in measured:
                column = pc.if_else(no_document, pa.scalar(None, column.type), column)
            columns[field.name] = column
    return pa.table([columns[f.name].cast(f.type) for f in schema], schema=schema)


def cluster_ids(works: Works, verdicts: Verdicts) -> pa.Array:
    """Return for members and representatives of duplicate clusters the representative's id."""
    duplicate = np.isin(verdicts.step, [STEPS.index("exact"), STEPS.index("near")])
    heads = np.full(len(duplicate), -1, np.int64)
    heads[duplicate] = verdicts.representative[duplicate]
    # A cluster of equal texts may stand for one text inside a near cluster: follow to its head.
    while True:
        further = np.where(heads >= 0, heads[heads], -1)
        if not (further >= 0).any():
            break
        heads = np.where(further >= 0, further, heads)
    stays = np.unique(heads[heads >= 0])
    heads[stays] = stays
    return works.column("id").take(_nullable(heads))


def write_ledger(table: pa.Table, rows: Ints, folder: Path, previous: int) -> list[Path]:
    """Write the ledger of one source, sorted by id, then resource and position.

    Args:
        table: The ledger of all sources.
        rows: Its rows, int64[n], in any order.
        folder: ``ledger/NAME`` of the staging folder.
        previous: Number of files in the version before.

    Returns:
        The files.
    """
    count = 1
    while count * ROWS_PER_FILE < len(rows):
        count *= 2
    count = max(count, previous)
    where = pa.array(rows)
    keys = (
        table["position"].to_numpy()[rows],
        ranks(one_array(table["resource"]).take(where)),
        ranks(one_array(table["id"]).take(where)),
    )
    order = rows[np.lexsort(keys)]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    bounds = np.linspace(0, len(order), count + 1).astype(np.int64)
    for index in range(count):
        path = folder / f"ledger-{index:05d}-of-{count:05d}.parquet"
        writer = pq.ParquetWriter(
            path,
            table.schema,
            compression="zstd",
            compression_level=3,
            use_dictionary=DICTIONARY,
            write_page_index=True,
        )
        with writer:
            for start in range(int(bounds[index]), int(bounds[index + 1]), ROWS_PER_GROUP):
                stop = min(start + ROWS_PER_GROUP, int(bounds[index + 1]))
                group = table.take(pa.array(order[start:stop])).combine_chunks()
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
        paths.append(path)
    return paths


def _nullable(indices: npt.NDArray[np.int64]) -> pa.Array:
    """Return indices with null for -1, so that taking by them gives null."""
    return pa.array(indices, mask=indices < 0)


def _numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _masked(texts: dict[int, str], masking: Masking) -> dict[int, str]:
    """Mask lines, so that the scan before publishing finds nothing in them."""
    lines = pa.array(texts.values(), pa.large_string())
    masked = masking.fields({"detail": lines}).columns["detail"].to_pylist()
    return dict(zip(texts, masked, strict=True))


def _sparse(texts: dict[int, str], size: int) -> pa.Array:
    index = np.full(size, -1, np.int64)
    rows = sorted(texts)
    index[rows] = np.arange(len(rows))
    return pa.array([texts[row] for row in rows], pa.string()).take(_nullable(index))
