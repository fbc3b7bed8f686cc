"""A built corpus: finding a version, and reading it without holding it in memory."""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation import manifest
from curation.database import Database, name, unknown_column
from curation.errors import CurationError, UsageError
from curation.storage import HIDDEN
from curation.stores import FolderStore, Store, place

VIEWS = {"documents": "data/", "ledger": "ledger/", "attribution": "attribution.parquet"}
"""Tables of a version in SQL, and where their files stand."""


class Corpus:
    """One version of a corpus.

    Args:
        path: ``corpus`` (its latest version) or ``corpus/v3``; a folder or an address.

    Raises:
        UsageError: There is no version.

    Example:
        >>> corpus = Corpus("corpus")                                        # doctest: +SKIP
        >>> corpus.query("SELECT kind, count(*) FROM documents GROUP BY ALL").read_all()
    """

    def __init__(self, path: str | Path | Store) -> None:
        self.folder = resolve(path)
        self.manifest: dict[str, Any] = manifest.read(self.folder)

    def __repr__(self) -> str:
        return f"Corpus({str(self.folder)!r})"

    @property
    def name(self) -> str:
        """Name of the corpus in its recipe."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """Name of the version, ``v1``."""
        return str(self.manifest["version"])

    @functools.cached_property
    def _there(self) -> frozenset[str]:
        return frozenset(self.folder.sizes())

    def files(self, prefix: str) -> list[str]:
        """Return paths or addresses of the Parquet files below a folder of the version, sorted.

        Args:
            prefix: ``data/``, ``ledger/pubmed/``, or a file's name.

        Raises:
            CurationError: A file that the manifest names is not there.
        """
        return [self.folder.where(name) for name in self.names(prefix)]

    def names(self, prefix: str) -> list[str]:
        """Return the same relative to the version.

        Args:
            prefix: ``data/``, ``ledger/pubmed/``, or a file's name.

        Raises:
            CurationError: A file that the manifest names is not there.
        """
        files = sorted(
            file
            for file in self.manifest["files"]
            if file.startswith(prefix) and file.endswith(".parquet")
        )
        for file in files:
            if file not in self._there:
                missing = self.folder.where(file)
                raise CurationError(
                    f"{missing}: missing or not to be read; run `curation verify {self.folder}`"
                )
        return files

    @functools.cached_property
    def database(self) -> Database:
        """The views ``documents``, ``ledger`` and ``attribution`` of this version."""
        views = {view: self.files(prefix) for view, prefix in VIEWS.items()}
        return Database(views, self.folder.files)

    def stats(self, by: Sequence[str] = (), *, everything: bool = True) -> dict[str, Any]:
        """Count documents, words and reasons.

        Args:
            by: Columns of ledger or shards to group by; none gives the overview.
            everything: In the overview, percentiles of every measurement, not of the main ones.

        Returns:
            What ``curation stats --json`` prints; the fields are described in ``docs/cli.md``.

        Raises:
            UsageError: No such column.
        """
        from curation.stats import grouped, overview

        if isinstance(by, str):
            by = [by]
        return grouped(self, by) if by else overview(self, everything=everything)

    def explain(self, what: str) -> dict[str, Any]:
        """Say what became of a document.

        Args:
            what: Its id; or a work (``pmid:31452104``), or an input file.

        Returns:
            What ``curation explain --json`` prints.

        Raises:
            UsageError: Nothing of that name; the message names near ids.
        """
        from curation.explain import explain

        return explain(self, what)

    def verify(self, deep: bool = False) -> dict[str, Any]:
        """Check that the version is whole and its counts balance.

        Args:
            deep: Read all text as well: checksums, measurements, personal data.

        Returns:
            What ``curation verify --json`` prints: ``ok`` and the list of ``faults``.
        """
        from curation.verify import verify

        return verify(self.folder, deep=deep)

    def sweep(
        self, rule: str, kind: str | None = None, at: Sequence[float] = (), examples: int = 3
    ) -> dict[str, Any]:
        """Preview what other thresholds of a quality rule would keep and drop.

        Args:
            rule: ``words_min``, ``digits_max`` …
            kind: Documents of one kind only.
            at: Thresholds; default the present one and some that would drop 0.1 to 10 %.
            examples: Documents named for each.

        Returns:
            What ``curation sweep --json`` prints.

        Raises:
            UsageError: An unknown rule or kind.
        """
        from curation.sweep import sweep

        return sweep(self, rule, kind, at, examples)

    def documents(
        self, columns: Sequence[str] | None = None, where: str | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Read the kept documents, batch by batch.

        Args:
            columns: Columns of a shard; default all.
            where: SQL condition on them, ``"year >= 2020"``.

        Yields:
            Batches of some thousand rows.

        Raises:
            UsageError: An unknown column, or a condition that cannot be run.
        """
        yield from self._read("documents", columns, where)

    def ledger(
        self, columns: Sequence[str] | None = None, where: str | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Read the ledger, batch by batch, sorted by id within a source.

        Args:
            columns: Columns of the ledger; default all.
            where: SQL condition on them, ``"outcome = 'failed'"``.

        Yields:
            Batches of some thousand rows.

        Raises:
            UsageError: An unknown column, or a condition that cannot be run.
        """
        yield from self._read("ledger", columns, where)

    def query(self, sql: str) -> pa.RecordBatchReader:
        """Run one SQL statement over ``documents``, ``ledger`` and ``attribution``.

        Args:
            sql: A statement that reads, in DuckDB's dialect.

        Returns:
            A stream of batches; ``.read_all()`` makes a table, ``.read_pandas()`` a data frame.

        Raises:
            UsageError: The statement cannot be run, or does more than read.
        """
        return self.database.stream(sql)

    def show(self, document: str) -> dict[str, Any]:
        """Return a kept document: all columns of its shard.

        Args:
            document: Its id.

        Raises:
            UsageError: No such id, or the document was not kept; the message says why.
        """
        from curation.explain import missing_text

        found = self.database.rows(
            "SELECT shard, row FROM ledger WHERE id = ? AND outcome = 'kept'", [document]
        )
        if not found:
            raise missing_text(self, document)
        return self.row_at(*found[0])

    def similar(self, query: str, threshold: float = 0.5, top: int = 10) -> dict[str, Any]:
        """Find the documents most similar to one of them or to a text.

        Args:
            query: Id of a kept document, or a text of more than one word.
            threshold: Least Jaccard similarity of the sets of word 5-grams.
            top: Documents at most.

        Returns:
            What ``curation similar --json`` prints.

        Raises:
            UsageError: No such id, or the document was not kept.
        """
        from curation.similar import similar

        return similar(self, query, threshold, top)

    def signatures(self, where: str | None = None) -> Iterator[pa.RecordBatch]:
        """Sign the kept documents, for an index of your own.

        Args:
            where: SQL condition on the columns of shards.

        Yields:
            Batches of ``id`` and ``signature`` (512 bytes, 128 values of 32 bits).

        Example:
            >>> from datasketch import MinHash                               # doctest: +SKIP
            >>> for batch in Corpus("corpus").signatures():                  # doctest: +SKIP
            ...     for signature in batch["signature"]:
            ...         values = np.frombuffer(signature.as_py(), "<u4")
            ...         MinHash(hashvalues=values, scheme="affine32")
        """
        from curation.similar import signatures

        yield from signatures(self, where)

    def row_at(self, shard: str, row: int) -> dict[str, Any]:
        """Return one row of a shard; only the row group that it stands in is read.

        Args:
            shard: File, relative to the version.
            row: Row in it.

        Raises:
            CurationError: There is no such row: the version is damaged.
        """
        try:
            with self.folder.open(shard) as stream, pq.ParquetFile(stream) as reader:
                start = 0
                for group in range(reader.metadata.num_row_groups):
                    size = reader.metadata.row_group(group).num_rows
                    if row < start + size:
                        table = reader.read_row_group(group, use_threads=False)
                        found: dict[str, Any] = table.slice(row - start, 1).to_pylist()[0]
                        return found
                    start += size
        except (OSError, pa.ArrowException):
            pass
        raise CurationError(
            f"{self.folder.where(shard)}: row {row} cannot be read; run `curation verify`"
        )

    def sample(
        self,
        n: int = 5,
        seed: int = 0,
        where: str | None = None,
        outcome: str = "kept",
        source: str | None = None,
    ) -> list[dict[str, Any]]:
        """Draw documents; the same arguments give the same ones.

        Args:
            n: How many, at most.
            seed: Another seed, another sample.
            where: SQL condition: on the columns of shards and ledger for kept documents, on those
                of the ledger for others.
            outcome: ``kept``, ``dropped`` or ``failed``.
            source: One source only.

        Returns:
            Rows of the ledger, with ``sentence``, and ``title`` and ``text`` where kept.

        Raises:
            UsageError: A condition that cannot be run.
        """
        from curation.explain import sample

        return sample(self, n, seed, where, outcome, source)

    def _read(
        self, view: str, columns: Sequence[str] | None, where: str | None
    ) -> Iterator[pa.RecordBatch]:
        known = list(self.database.columns(view))
        for column in columns or ():
            if column not in known:
                raise unknown_column(column, known)
        listed = ", ".join(name(column) for column in (columns or known))
        condition = f" WHERE ({where}\n)" if where else ""
        yield from self.database.stream(f"SELECT {listed} FROM {view}{condition}")


def resolve(path: str | Path | Store) -> Store:
    """Return the folder of a version.

    Args:
        path: A corpus, then its latest version: the one that ``latest`` names, else the newest
            that was published; or one version.

    Raises:
        UsageError: There is none; the message says what is there instead.
    """
    store = place(path)
    if store.size(manifest.NAME) is not None:
        return store
    published = manifest.versions(store)
    if published:
        named = manifest.latest_name(store)
        return store.at(named if named in published else published[-1])
    if store.is_file():
        raise UsageError(f"{path}: a file; name the corpus folder or one of its versions")
    if not store.exists():
        beside = manifest.versions(store.parent)
        if beside:
            raise UsageError(f"{path}: no such version; there is {', '.join(beside)}")
        absent = "no such folder" if isinstance(store, FolderStore) else "nothing at this address"
        raise UsageError(f"{path}: {absent}")
    inside = store.entries()
    if HIDDEN in inside:
        raise UsageError(
            f"{path}: no version yet: its build was stopped or refused; `curation build` goes on "
            "with it, or says again why not"
        )
    if {"data", "ledger"} & set(inside):
        raise UsageError(
            f"{path}: not a whole version (it has no {manifest.NAME}); see `curation verify`"
        )
    raise UsageError(f"{path}: holds no corpus; `curation build RECIPE --out {path}` makes one")
