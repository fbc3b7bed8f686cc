"""The Python API: build a corpus, open one."""

from __future__ import annotations

from pathlib import Path

from curation.corpus import Corpus
from curation.engines.base import engine_of
from curation.pipeline import build as run_build
from curation.progress import Progress
from curation.recipe import load
from curation.stores import place


def build(
    recipe: str | Path,
    out: str | Path,
    workers: int | None = None,
    *,
    engine: str = "local",
    address: str | None = None,
    against: str | Path | None = None,
    work: str | Path | None = None,
    single_writer: bool = False,
) -> Corpus:
    """Build the next version of a corpus.

    Args:
        recipe: TOML file, or name of a shipped recipe.
        out: Corpus folder, or an address (``s3://bucket/corpus``).
        workers: Worker processes, with Ray tasks at a time; default all cores.
        engine: Who runs the tasks: ``local`` or ``ray``.
        address: Of a Ray cluster, ``HOST:PORT`` or ``auto``; without it Ray runs on this machine.
        against: A corpus or a version of one; what it has is left out.
        work: For a corpus at an address: folder of cache and unfinished work.
        single_writer: For a corpus at an address: no other build writes there.

    Returns:
        The new version.

    Raises:
        CurationError: See `curation.errors`; ``exit_code`` tells the kind.
    """
    runs = engine_of(engine, workers, address)
    with Progress(quiet=True) as progress:
        summary = run_build(
            load(recipe),
            out,
            runs,
            progress,
            against=against,
            work=None if work is None else Path(work),
            single_writer=single_writer,
        )
    return Corpus(place(out).at(summary.version))


def open(path: str | Path) -> Corpus:
    """Open a corpus (its latest version) or one version of it.

    Args:
        path: ``corpus`` or ``corpus/v3``; a folder or an address.

    Raises:
        UsageError: There is no version.
    """
    return Corpus(path)
