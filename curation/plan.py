"""Locating inputs and grouping them into slices; finished slices are found again in the cache.

A slice never regroups: what a former build extracted is used as long as the file's path, bytes
and parameters are the same, whatever stood beside it in the slice. Only what is left forms new
slices. Outputs never depend on this grouping.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from curation.paths import CleanNames
from curation.recipe import Recipe
from curation.source_table import SourceSpec
from curation.storage import HIDDEN, remove_tree, sha256_file
from curation.task import InputFile, Parameters, SliceTask, slice_key
from sources import registry
from sources.files import Problem, is_archive

LARGE_BYTES = 8 << 20
"""Files from this size on are slices of their own."""

SLICE_BYTES = 32 << 20
SLICE_FILES = 2_000
"""A slice of small files holds at most these."""

IDENTITY = 3
"""Values that `InputFile.identity` gives."""


@dataclass(slots=True)
class SourcePlan:
    """What a build does for one source.

    Attributes:
        spec: The recipe's entry.
        parameters: Parameters of its extract tasks.
        inputs: All located files, by path.
        problems: Paths of the recipe that cannot be read.
        skipped: Files in its folders that it does not read.
        done: Folders of finished slices, with the inputs that are taken from each.
        todo: Slices to extract.
    """

    spec: SourceSpec
    parameters: Parameters
    inputs: dict[str, InputFile]
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...] = ()
    done: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    todo: list[SliceTask] = field(default_factory=list)


def plan_source(
    recipe: Recipe, spec: SourceSpec, parameters: Parameters, corpus: Path
) -> SourcePlan:
    """Locate the inputs of one source and split them into finished and new slices.

    Args:
        recipe: The recipe; its folder is the root of the paths.
        spec: The source's entry.
        parameters: Parameters of its extract tasks.
        corpus: The corpus folder, whose cache is looked through.

    Returns:
        The plan; inputs are hashed here.
    """
    source = registry.get(spec.use)(**spec.options)
    listing = source.locate(spec.paths, recipe.root)
    clean = CleanNames(parameters.pii)
    named = clean([item.path for item in listing.inputs])
    with ThreadPoolExecutor(2) as pool:
        sums = list(pool.map(_checksum, [item.file for item in listing.inputs]))
    inputs, changed = {}, []
    for item, name, checksum in zip(listing.inputs, named, sums, strict=True):
        if item.sha256 and checksum != item.sha256:
            advice = "remove it and run `curation fetch` again"
            detail = f"{name}: its bytes are not those that its snapshot pins: {advice}"
            changed.append(Problem(name, "not_as_pinned", detail))
        else:
            inputs[name] = InputFile(
                name, item.file, item.size, checksum, item.facts, item.validator
            )
    problems = (*_named_problems(listing.problems, clean), *changed)
    plan = SourcePlan(spec, parameters, inputs, problems, tuple(clean(listing.skipped)))
    home = cache_folder(corpus, parameters)
    covered = _reuse(plan, home)
    rest = [item for path, item in inputs.items() if path not in covered]
    plan.todo = [
        SliceTask(str(home / slice_key(group)), tuple(group), parameters) for group in _groups(rest)
    ]
    for task in plan.todo:
        if not all(item.pinned for item in task.inputs):
            # Without a checksum (a dataset of the hub) nothing says that the bytes are the same.
            remove_tree(Path(task.folder))
    return plan


def _named_problems(problems: Sequence[Problem], clean: CleanNames) -> Iterator[Problem]:
    """Yield problems under the masked names of their paths."""
    names = clean([problem.path for problem in problems])
    for problem, name in zip(problems, names, strict=True):
        yield Problem(name, problem.rule, problem.detail.replace(problem.path, name))


def cache_folder(corpus: Path, parameters: Parameters) -> Path:
    """Return the folder that holds all finished slices with these parameters."""
    return corpus / HIDDEN / "cache" / f"{parameters.source}-{parameters.key()}"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a finished slice says of itself.

    Attributes:
        inputs: Identity of each input file: path, size, checksum or validator.
        parts: Names of its part files.
        checksums: SHA-256 of the inputs that came from a store, by path.
    """

    inputs: tuple[list[object], ...]
    parts: tuple[str, ...]
    checksums: Mapping[str, str]


def read_marker(folder: Path) -> Marker | None:
    """Return the marker of a finished slice, or None where it is absent or its files differ.

    Sizes are compared here; pages of the parts bear checksums, which are compared as they are read.
    """
    try:
        marker = json.loads((folder / "done.json").read_bytes())
        sizes = {name: (folder / name).stat().st_size for name in marker["files"]}
        inputs = tuple(list(entry) for entry in marker["inputs"] if len(entry) == IDENTITY)
        whole = sizes == marker["files"] and len(inputs) == len(marker["inputs"]) > 0
        checksums = dict(marker.get("checksums", {}))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    parts = tuple(sorted(name for name in sizes if name.startswith("part-")))
    return Marker(inputs, parts, checksums) if whole and parts else None


def _checksum(file: str) -> str:
    """Return the SHA-256 of a file of this machine; one of a store is hashed as it is read."""
    path = Path(file)
    try:
        return sha256_file(path) if path.is_file() else ""
    except OSError:
        return ""  # Opening it again in the task gives the failure its row.


def _reuse(plan: SourcePlan, home: Path) -> set[str]:
    """Fill ``plan.done`` from the cache; return the paths that it covers.

    What is no whole slice is removed: a damaged one is in the way of the new one of the same key,
    and what a killed worker left under a temporary name was never forced to disk.
    """
    covered: set[str] = set()
    if not home.is_dir():
        return covered
    wanted = {path: item.identity() for path, item in plan.inputs.items()}
    for folder in sorted(home.iterdir()):
        marker = read_marker(folder)
        if marker is None or folder.name.startswith("."):
            remove_tree(folder)
            continue
        usable = {
            path
            for path, size, checksum in marker.inputs
            if isinstance(path, str) and path not in covered and checksum
            if wanted.get(path) == [path, size, checksum]
        }
        if usable:
            plan.done.append((str(folder), frozenset(usable)))
            covered |= usable
    return covered


def _groups(items: Sequence[InputFile]) -> list[list[InputFile]]:
    """Split files into slices: large ones and archives alone, small ones together in order."""
    groups: list[list[InputFile]] = []
    small: list[InputFile] = []
    total = 0
    for item in items:
        if item.size >= LARGE_BYTES or is_archive(item.path) or not item.pinned:
            groups.append([item])
            continue
        if small and (total + item.size > SLICE_BYTES or len(small) >= SLICE_FILES):
            groups.append(small)
            small, total = [], 0
        small.append(item)
        total += item.size
    if small:
        groups.append(small)
    # Long slices first: the last worker then waits least.
    return sorted(groups, key=lambda group: -sum(item.size for item in group))
