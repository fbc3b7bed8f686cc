"""``--against``: what another corpus has already takes part in the decisions and is never written.

The kept documents of the other version are read once, shard by shard, and signed; what is needed of
them stands in parts like those of a source (cached in ``.curation/against``, named by the shard's
checksum). Their rows follow those of the sources in the works table with a row type of their own:
ids, equal texts and near-duplicates are found by the same rules as inside a build, conflicts of ids
and the clinical guard among them. Then `curation.known.without_known` takes them out again.

Their ids are written ``v3/pubmed:31452104``: no id of a build has a slash before its colon.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation import manifest
from curation.columns import documents_schema
from curation.corpus import Corpus
from curation.errors import CurationError
from curation.extract import GROUP_ROWS, part_writer
from curation.known import KNOWN, SOURCE
from curation.recipe import Recipe
from curation.stage import stages
from curation.storage import HIDDEN, canonical_json, named_whole
from curation.stores import place
from curation.table import PartFile
from curation.task import EXTRACT_VERSION
from curation.words import counted
from filters.base import Column
from filters.duplicates.signatures import VERSION, content_hash, sign
from filters.duplicates.titles import title_hash

if TYPE_CHECKING:
    from curation.engines.base import Engine

READ: Final = (
    "id", "text", "title", "kind", "lang", "license", "date", "pmid", "pmcid", "doi", "work",
    "words", "journal", "publication_types", "metadata",
)  # fmt: skip
"""Columns of a shard that are read."""


@dataclass(frozen=True, slots=True)
class Against:
    """Another version.

    Attributes:
        corpus: The version.
        sha256: Checksum of its manifest, which names every file of it.
    """

    corpus: Corpus
    sha256: str

    @property
    def line(self) -> str:
        """What the ledger says of a document that it has."""
        return f"already in {self.corpus.name} {self.corpus.version}"

    def planned(self) -> str:
        """Return what the plan of a dry run says of it."""
        kept = counted(self.corpus.manifest["counts"]["kept"], "document")
        return f"against {self.corpus.folder}: leaves out what is among its {kept}"

    def record(self) -> dict[str, str]:
        """Return what the manifest of a build says of it."""
        name, version = self.corpus.name, self.corpus.version
        return {"name": name, "version": version, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class ShardTask:
    """A shard of the other version to read.

    Attributes:
        folder: The version: an absolute path or an address.
        sha256: The shard's checksum by the manifest.
        part: The part to write.
        version: Name of its version, ``v3``.
        resource: The shard's name in it.
        same_source: Whether the recipe reads this source as well, so that ids without PMID, PMCID
            and DOI mean the same document.
        measured: Measurements of the build, for the schema.
    """

    folder: str
    sha256: str
    part: Path
    version: str
    resource: str
    same_source: bool
    measured: tuple[Column, ...]


def open_version(path: str | Path) -> Against:
    """Open a version to build against.

    Raises:
        UsageError: There is none.
    """
    corpus = Corpus(path)
    return Against(corpus, corpus.folder.sha256(manifest.NAME))


def known_parts(
    against: Against,
    recipe: Recipe,
    measured: tuple[Column, ...],
    engine: Engine,
    out: Path,
) -> list[PartFile]:
    """Read and sign what the other version holds.

    Args:
        against: The version.
        recipe: Its sources.
        measured: Columns of the measurements.
        engine: Runs a task a shard.
        out: Corpus folder of the build, whose cache is used.

    Returns:
        Parts of the source `SOURCE`.

    Raises:
        CurationError: A shard is missing or damaged.
    """
    folder = out / HIDDEN / "against"
    folder.mkdir(exist_ok=True)
    tasks = [
        _task(against, name, recipe, measured, folder) for name in against.corpus.names("data/")
    ]
    used = {task.part for task, _ in engine.run(read_shard, tasks)}
    for path in set(folder.iterdir()) - used:
        path.unlink()  # of another version, or what a killed worker left
    return [PartFile(task.part, SOURCE, None) for task in tasks]


def _task(
    against: Against, name: str, recipe: Recipe, measured: tuple[Column, ...], folder: Path
) -> ShardTask:
    corpus = against.corpus
    source = name.split("/")[1]
    used = {spec.name: spec.use for spec in recipe.sources}
    same = source in used and corpus.manifest["sources"][source]["use"] == used[source]
    checksum = str(corpus.manifest["files"][name]["sha256"])
    columns = [[column.name, str(column.type)] for column in measured]
    key = canonical_json([checksum, corpus.version, same, VERSION, EXTRACT_VERSION, columns])
    part = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"
    return ShardTask(corpus.folder.anywhere(), checksum, part, corpus.version, name, same, measured)


def read_shard(task: ShardTask) -> int:
    """Write the part of a shard, a row group at a time; one that is there stays.

    Returns:
        Documents of the shard, 0 where the part was there.

    Raises:
        CurationError: The shard is not what its manifest says.
    """
    if task.part.exists():
        return 0
    store = place(task.folder)
    if store.sha256(task.resource) != task.sha256:
        raise CurationError(
            f"{store.where(task.resource)}: damaged; run `curation verify` on its corpus"
        )
    schema = documents_schema(task.measured)
    position = 0
    with (
        named_whole(task.part) as temporary,
        store.open(task.resource) as stream,
        pq.ParquetFile(stream) as reader,
        part_writer(temporary, schema) as writer,
    ):
        for batch in reader.iter_batches(GROUP_ROWS, columns=list(READ)):
            writer.write_table(_known(batch, task, schema, position), row_group_size=GROUP_ROWS)
            position += len(batch)
    return position


def _known(batch: pa.RecordBatch, task: ShardTask, schema: pa.Schema, position: int) -> pa.Table:
    """Return documents as rows of a part: what decisions compare, all else empty."""
    size = len(batch)
    ids = batch["id"].cast(pa.string())
    prefix = pa.scalar(f"{task.version}/")
    there = pc.binary_join_element_wise(prefix, ids, "")
    texts = batch["text"].cast(pa.large_string())
    titles = batch["title"].cast(pa.large_string()).fill_null("")
    base = pc.replace_substring_regex(ids if task.same_source else there, r"[@#].*$", "")
    work = batch["work"].cast(pa.string())
    literature = pc.match_substring_regex(work, r"^(pmid|pmcid|doi):")
    if not task.same_source:
        work = pc.if_else(literature, work, pc.binary_join_element_wise(prefix, work, ""))
    columns = {field.name: _empty(field.type, size) for field in schema}
    columns |= sign(texts)
    columns |= {name: batch[name].fill_null("") for name in ("kind", "pmid", "pmcid", "doi")}
    # The abstract that brought the PMID of a work may have given way to its full text.
    pmid = pc.struct_field(pc.extract_regex(work, r"^pmid:(?P<pmid>[0-9]+)"), "pmid").fill_null("")
    columns["pmid"] = pc.if_else(pc.equal(columns["pmid"], ""), pmid, columns["pmid"])
    columns |= {
        "row_type": pa.array(np.full(size, KNOWN, np.int8)),
        "id": there,
        "base": base,
        "part": pc.struct_field(pc.extract_regex(ids, r"#(?P<part>.*)$"), "part").fill_null(""),
        "version": pa.array(np.ones(size, np.int32)),
        "resource": pa.repeat(pa.scalar(task.resource), size),
        "position": pa.array(np.arange(position, position + size)),
        "detail": work,
        "lang": batch["lang"].fill_null("und"),
        "license": batch["license"].fill_null("NOASSERTION"),
        "date": batch["date"].fill_null(""),
        "content_hash": content_hash(texts),
        "title_hash": title_hash(titles),
        "title": titles,
        "stage": stages(batch["publication_types"], batch["journal"], batch["metadata"]),
        "words": batch["words"],
        "metadata": batch["metadata"],
    }
    return pa.table([columns[f.name].cast(f.type) for f in schema], schema=schema)


def _empty(type_: pa.DataType, size: int) -> pa.Array:
    """Return a column that says nothing: zeros, empty texts and lists."""
    if pa.types.is_list(type_) or pa.types.is_map(type_):
        return pa.array([[]] * size, type_)
    if pa.types.is_fixed_size_binary(type_):
        return pa.array([bytes(type_.byte_width)] * size, type_)
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_):
        return pa.array([b""] * size, type_)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return pa.array([""] * size, type_)
    return pa.array(np.zeros(size, np.int8)).cast(type_)
