"""The files of a version, written into a staging folder: shards, ledger, attribution, card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from curation import card, manifest, rescan
from curation.alarms import Alarm
from curation.engines.base import Engine
from curation.ledger import Placement, cluster_ids, ledger_table, write_ledger
from curation.plan import SourcePlan
from curation.progress import Progress
from curation.recipe import Recipe
from curation.storage import HIDDEN, remove_tree, temporary_name, write_file
from curation.stores import Store
from curation.table import Ints, Works
from curation.verdicts import Verdicts
from curation.write import ShardTask, shard_count, write_shard

if TYPE_CHECKING:
    from curation.against import Against


def write_version(
    recipe: Recipe,
    plans: list[SourcePlan],
    works: Works,
    verdicts: Verdicts,
    raised: tuple[Alarm, ...],
    engine: Engine,
    out: Path,
    before: Store | None,
    progress: Progress,
    other: Against | None,
) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Write everything but the manifest into a staging folder.

    Args:
        recipe: What is built.
        plans: Its sources.
        works: All rows.
        verdicts: What becomes of them.
        raised: What is odd about the build.
        engine: Runs the tasks.
        out: The corpus, or the folder of work for one at an address.
        before: The version before, None for none.
        progress: Where stages are shown.
        other: The corpus whose documents are left out, None for none.

    Returns:
        The folder, what the manifest says, and checksums and rows of the files by name.

    Raises:
        CheckError: What was written still holds something personal.
    """
    # A name of its own: a worker that was taken for lost can write into no later build.
    staging = out / HIDDEN / temporary_name("staging")
    scratch = out / HIDDEN / temporary_name("staging-shards")
    scratch.mkdir()
    counts = manifest.file_counts(before)
    tasks, placement = _shards(recipe, works, verdicts, staging, scratch, counts)
    progress.stage("write", int(works.numbers("text_bytes")[verdicts.open].sum()))
    for task, _ in engine.run(write_shard, tasks):
        progress.advance(int(task.text_bytes.sum()))
    remove_tree(scratch)
    masking = plans[0].parameters.pii
    table = ledger_table(works, verdicts, placement, masking)
    order = works.numbers("order")
    for index, spec in enumerate(recipe.sources):
        previous = counts.get(f"ledger/{spec.name}", 0)
        write_ledger(
            table, np.flatnonzero(order == index), staging / "ledger" / spec.name, previous
        )
    progress.stage("publish", 0)
    card.write_attribution(works, verdicts, staging / "attribution.parquet", masking)
    described = manifest.describe(recipe, plans, table, [alarm.record() for alarm in raised])
    if other is not None:
        described["against"] = other.record()
    write_file(staging / "README.md", card.readme(recipe, table, described).encode())
    files = manifest.checksums(staging)
    described_json = card.croissant(recipe, table, files)
    write_file(staging / "croissant.json", described_json.encode())
    files["croissant.json"] = manifest.checksum(staging / "croissant.json")
    progress.stage("scan", 0)
    key = rescan.scan_key(masking, described["versions"])
    described["pii_scan"] = key if masking.on else None
    uses = {spec.name: spec.use for spec in recipe.sources}
    known = manifest.read(before) if before else {}
    rescan.check(staging, files, uses, masking, key, known, engine, described)
    return staging, described, files


def _shards(
    recipe: Recipe,
    works: Works,
    verdicts: Verdicts,
    staging: Path,
    scratch: Path,
    counts: Mapping[str, int],
) -> tuple[list[ShardTask], Placement]:
    """Lay out the shards: which row goes where, by the hash of its id."""
    size = works.table.num_rows
    hashes = works.numbers("id_hash").astype(np.uint64)
    text = works.numbers("text_bytes").astype(np.int64)
    clusters = cluster_ids(works, verdicts)
    shard_index: Ints = np.full(size, -1, np.int64)
    position: Ints = np.full(size, -1, np.int64)
    names: list[str] = []
    tasks = []
    for index, spec in enumerate(recipe.sources):
        rows = np.flatnonzero(verdicts.open & (works.numbers("order") == index))
        rows = rows[np.argsort(hashes[rows], kind="stable")]
        previous = counts.get(f"data/{spec.name}", 0)
        count = shard_count(int(text[rows].sum()), recipe.number("shards", "size_mb"), previous)
        width = np.uint64(64 - (count.bit_length() - 1))
        which = (
            (hashes[rows] >> width).astype(np.int64) if count > 1 else np.zeros(len(rows), np.int64)
        )
        for number in range(count):
            name = f"data/{spec.name}/train-{number:05d}-of-{count:05d}.parquet"
            mine = rows[which == number]
            shard_index[mine], position[mine] = len(names), np.arange(len(mine))
            names.append(name)
            task = _shard_task(works, verdicts, clusters, mine, str(staging / name), spec.name)
            tasks.append(replace(task, scratch=str(scratch)))
    nulls = pa.array(shard_index, mask=shard_index < 0)
    return tasks, Placement(pa.array(names, pa.string()).take(nulls), position)


def _shard_task(
    works: Works, verdicts: Verdicts, clusters: pa.Array, rows: Ints, path: str, source: str
) -> ShardTask:
    used, part = np.unique(works.part[rows], return_inverse=True)
    where = pa.array(rows)
    return ShardTask(
        path,
        source,
        tuple(str(works.parts[index].path) for index in used.tolist()),
        part.astype(np.int64),
        works.row[rows],
        works.numbers("text_bytes")[rows].astype(np.int64),
        verdicts.work.take(where),
        clusters.take(where),
        verdicts.license.take(where),
    )
