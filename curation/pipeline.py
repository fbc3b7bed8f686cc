"""Build: from a recipe to a published version, in stages that each resume.

locate -> extract (cached slices) -> link -> decide -> write (into a staging folder) -> publish
(`curation.publish`). Whatever kills a build, the next one finds the finished slices and ends with
the same bytes; nothing half-written is ever visible.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from curation import alarms, manifest
from curation.addresses import remote_errors
from curation.alarms import Alarm
from curation.columns import FAILURE
from curation.decide import decide, outcome_counts
from curation.documents import Row, placed_rows, table_of
from curation.engines.base import Engine
from curation.errors import CurationError, UsageError
from curation.extract import extract_slice
from curation.known import SOURCE as KNOWN_SOURCE
from curation.known import without_known
from curation.located import aside, planned, refuse_absent, succession
from curation.pair_search import Stage
from curation.parameters import language_notes, source_parameters
from curation.plan import SourcePlan, plan_source, read_marker
from curation.progress import Progress
from curation.publish import check_writer, publish, work_folder
from curation.recipe import Recipe
from curation.shared import share_lines
from curation.storage import HIDDEN, locked, made, remove_tree, temporary_name
from curation.stores import FolderStore, Store, place
from curation.table import PartFile, Works, load_works
from curation.task import SliceTask
from curation.verdicts import Verdicts
from curation.version_files import write_version
from curation.warm import ensure_kernels
from filters import classifier, registry
from filters.base import Column
from sources.base import Failure

if TYPE_CHECKING:
    from curation.against import Against


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build did.

    Attributes:
        version: Name of the version, ``v1``; empty for a dry run.
        counts: Rows kept, dropped and failed.
        failures: Failed rows: (resource, line for people).
        warnings: What was said before the work, about the version before.
        notes: Lines worth reading.
        tolerated: Whether no more inputs failed, and texts were withheld, than the recipe
            tolerates.
        planned: Lines of a dry run.
        alarms: What is odd about the build, as in the manifest.
        withheld: Documents whose scan for personal data failed, by reason, most frequent first.
    """

    version: str
    counts: Mapping[str, int]
    failures: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    tolerated: bool
    planned: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    withheld: Mapping[str, int] = field(default_factory=dict)


def build(
    recipe: Recipe,
    out: str | Path | Store,
    engine: Engine,
    progress: Progress,
    *,
    dry_run: bool = False,
    against: str | Path | None = None,
    work: Path | None = None,
    single_writer: bool = False,
) -> Summary:
    """Build the next version of a corpus.

    Args:
        recipe: What to build.
        out: Corpus folder, made where it is missing; or an address.
        engine: Runs the tasks; see `curation.engines.base.engine_of`.
        progress: Where stages and lines are shown.
        dry_run: Locate and plan only; nothing is written but the lock.
        against: A version, or a corpus, whose documents are left out.
        work: For an address: folder of cache, lock and unfinished work; default below the user's
            cache.
        single_writer: For an address: no other build writes there, and the store need not be able
            to keep them apart.

    Returns:
        Summary of the build.

    Raises:
        CurationError: With the exit code that fits; see `curation.errors`.
    """
    other = _opened(against)
    store = place(out, conditional=not single_writer)
    if single_writer and isinstance(store, FolderStore):
        raise UsageError(f"--single-writer is for a corpus at an address; {store} is a folder")
    folder = work_folder(store, work)
    option = "--out" if folder == Path(str(store)) else "--work"
    folder = folder.absolute()  # workers may have another working directory
    with _made(folder, option):
        if not dry_run:
            check_writer(store)
        with locked(folder), engine, remote_errors():
            return _build(recipe, store, folder, engine, progress, other, dry_run)


def _build(
    recipe: Recipe,
    store: Store,
    folder: Path,
    engine: Engine,
    progress: Progress,
    other: Against | None,
    dry_run: bool,
) -> Summary:
    """Build in a folder that is held."""
    for left in (folder / HIDDEN).glob("*staging*"):
        remove_tree(left)
    if not dry_run:
        manifest.repair_latest(store)
    before = manifest.latest(store)
    warnings = succession(recipe, before)
    for line in warnings:
        progress.say(f"warning: {line}")
    plans = _plan(recipe, folder, progress)
    if dry_run:
        lines = (*map(planned, plans), *([other.planned()] if other else []))
        return Summary("", {}, (), warnings, (), True, lines)
    refuse_absent(plans, before)
    ensure_kernels(progress.say)
    engine.require(_shared_files(plans, folder, other))
    with _damage_explained(folder):
        parts = _extract(plans, engine, folder, progress)
        progress.stage("decide", 0)
        parts = share_lines(recipe, plans, parts, engine, folder)
        trained = classifier.columns(plans[0].parameters.classifiers)
        works, verdicts = _decided(recipe, parts, trained, other, engine, folder)
        raised = alarms.check(works, verdicts, recipe, _kept_before(before))
        written = write_version(
            recipe, plans, works, verdicts, raised, engine, folder, before, progress, other
        )
        version = publish(store, folder, before, *written)
    notes = [*map(aside, plans), *language_notes(recipe, plans[0].parameters.language_model)]
    return _summary(version, works, verdicts, recipe, warnings, notes, raised)


@contextlib.contextmanager
def _made(folder: Path, option: str) -> Iterator[None]:
    """Make the work folder; one that the build leaves empty is removed again."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(made(folder))
        except (FileExistsError, NotADirectoryError):
            raise UsageError(f"{folder}: a file; name a folder with {option}") from None
        except OSError as error:
            said = f"{folder}: {error.strerror}; name another {option} folder"
            raise CurationError(said) from None
        yield


def _opened(against: str | Path | None) -> Against | None:
    """Open the version to build against; only then is what reads versions loaded."""
    if against is None:
        return None
    from curation.against import open_version

    return open_version(against)


def _decided(
    recipe: Recipe,
    parts: list[PartFile],
    trained: tuple[Column, ...],
    other: Against | None,
    engine: Engine,
    out: Path,
) -> tuple[Works, Verdicts]:
    """Decide on every row of the build."""
    names = [spec.name for spec in recipe.sources]
    stage = Stage(engine, out / HIDDEN / temporary_name("staging-near"))
    if other is None:
        remove_tree(out / HIDDEN / "against")
        works = load_works(parts, names, trained)
        return works, decide(works, recipe, stage)
    from curation.against import known_parts

    known = known_parts(other, recipe, (*registry.columns(), *trained), engine, out)
    works = load_works([*parts, *known], [*names, KNOWN_SOURCE], trained)
    return without_known(works, decide(works, recipe, stage), other.line)


@contextlib.contextmanager
def _damage_explained(out: Path) -> Iterator[None]:
    """Say what to do where a cached page does not fit its checksum."""
    try:
        yield
    except OSError as error:
        if error.errno:
            raise
        cache = out / HIDDEN / "cache"
        raise CurationError(
            f"{cache}: a cached slice is damaged; remove this folder and build again"
        ) from error


def _plan(recipe: Recipe, out: Path, progress: Progress) -> list[SourcePlan]:
    # A model that is missing is said before anything is looked for and hashed.
    parameters = [source_parameters(recipe, spec, progress.say) for spec in recipe.sources]
    progress.stage("locate", len(recipe.sources))
    plans = []
    for spec, given in zip(recipe.sources, parameters, strict=True):
        plans.append(plan_source(recipe, spec, given, out))
        progress.advance(1)
    return plans


def _shared_files(plans: list[SourcePlan], out: Path, other: Against | None) -> list[Path]:
    """Return files that a worker on another machine must see: corpora, inputs, models."""
    files = [out / HIDDEN / "lock"]
    for plan in plans:
        files += [Path(item.file) for item in list(plan.inputs.values())[:1]]
        files += [classifier.path for classifier in plan.parameters.classifiers]
    files += [Path(plans[0].parameters.language_model)]
    files += [Path(other.corpus.folder.anywhere()) / manifest.NAME] if other else []
    return [path.absolute() for path in dict.fromkeys(files) if path.is_file()]


def _kept_before(before: Store | None) -> dict[str, int]:
    """Return the kept documents of each source in the version before."""
    known = manifest.read(before)["sources"] if before else {}
    return {name: source.get("counts", {}).get("kept", 0) for name, source in known.items()}


def _extract(
    plans: list[SourcePlan], engine: Engine, out: Path, progress: Progress
) -> list[PartFile]:
    """Extract what is not cached; return every part of this build, in a fixed order."""
    tasks = [task for plan in plans for task in plan.todo]
    progress.stage("extract", sum(item.size for task in tasks for item in task.inputs))
    results: dict[str, list[tuple[str, frozenset[str] | None]]] = {
        plan.spec.name: list(plan.done) for plan in plans
    }
    for task, folder in engine.run(extract_slice, tasks, _after_crash):
        results[task.parameters.source].append((folder, None))
        progress.advance(sum(item.size for item in task.inputs))
    parts = []
    for plan in plans:
        for folder, inputs in sorted(results[plan.spec.name], key=lambda item: item[0]):
            marker = read_marker(Path(folder))
            if marker is None:
                raise CurationError(
                    f"{folder}: the cached slice is damaged; remove it and build again"
                )
            parts += [
                PartFile(Path(folder) / name, plan.spec.name, inputs) for name in marker.parts
            ]
            for path in plan.inputs.keys() & marker.checksums.keys():
                if inputs is None or path in inputs:
                    plan.inputs[path] = replace(plan.inputs[path], sha256=marker.checksums[path])
        parts += _problem_part(plan, out)
    return parts


def _after_crash(task: SliceTask) -> list[SliceTask]:
    """Split a slice that killed its process, until the file that does it stands alone."""
    if len(task.inputs) == 1:
        crashed = (task.inputs[0].path,)
        return [SliceTask(task.folder + "-crashed", task.inputs, task.parameters, crashed)]
    return [
        SliceTask(f"{task.folder}-{index:05d}", (item,), task.parameters)
        for index, item in enumerate(task.inputs)
    ]


def _problem_part(plan: SourcePlan, out: Path) -> list[PartFile]:
    """Write the failed rows of paths that could not be located as a part of their own."""
    if not plan.problems:
        return []
    rows = [Row(p.path, p.path, -1, Failure(p.rule, p.detail)) for p in plan.problems]
    path = out / HIDDEN / f"problems-{plan.spec.name}.parquet"
    pq.write_table(table_of(placed_rows(rows, plan.spec.use), plan.parameters), path)
    return [PartFile(path, plan.spec.name, None)]


def _summary(
    version: str,
    works: Works,
    verdicts: Verdicts,
    recipe: Recipe,
    warnings: tuple[str, ...],
    notes: list[str],
    raised: tuple[Alarm, ...],
) -> Summary:
    counts = outcome_counts(verdicts, works)
    failed = np.flatnonzero(works.numbers("row_type") == FAILURE)
    resources, details = works.column("resource"), works.column("detail")
    failures = tuple(
        (resources[row].as_py(), details[row].as_py() or "") for row in failed.tolist()
    )
    withheld = alarms.withheld(works, verdicts)
    return Summary(
        version,
        counts,
        failures,
        warnings,
        (*filter(None, notes), *verdicts.notes),
        recipe.tolerates(len(failures) + sum(withheld.values()), works.table.num_rows),
        alarms=raised,
        withheld=withheld,
    )
