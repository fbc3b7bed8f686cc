"""The manifest of a version: recipe, inputs, outputs, versions and counts; and finding versions."""

from __future__ import annotations

import filecmp
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import CurationError, UsageError
from curation.plan import SourcePlan
from curation.recipe import Recipe
from curation.storage import sha256_file, write_file
from filters.licence import LICENCE_VERSION
from sources.policy import POLICIES

NAME = "manifest.json"

SEED = 1
"""Seed of the MinHash permutations, the only random choice of a build."""


def describe(
    recipe: Recipe,
    plans: Iterable[SourcePlan],
    ledger: pa.Table,
    alarms: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Collect everything that the manifest says besides the output files.

    Args:
        recipe: The recipe as used.
        plans: Inputs and versions of each source.
        ledger: The whole ledger.
        alarms: What is odd about the build.

    Returns:
        JSON-serialisable values; nothing in it depends on time, place or machine.
    """
    sources = {}
    counted = ledger.select(["source", "outcome", "words", "chars"])
    for spec, plan in zip(recipe.sources, plans, strict=True):
        mine = counted.filter(pc.equal(counted["source"], spec.name))
        kept = kept_rows(mine, ["words", "chars"])
        sources[spec.name] = {
            "use": spec.use,
            "paths": list(spec.paths),
            "kind": plan.parameters.kind,
            "license": spec.license,
            "options": dict(spec.options),
            "terms": asdict(POLICIES[spec.use]) if spec.use in POLICIES else None,
            "override_terms": spec.override_terms,
            "counts": outcome_counts(mine),
            "words": pc.sum(kept["words"]).as_py() or 0,
            "chars": pc.sum(kept["chars"]).as_py() or 0,
            "inputs": [
                {"path": item.path, "bytes": item.size, "sha256": item.sha256}
                for item in plan.inputs.values()
            ],
            "problems": [problem.path for problem in plan.problems],
        }
    versions: dict[str, str] = {}
    for plan in plans:
        versions |= plan.parameters.versions
    versions["licence groups"] = str(LICENCE_VERSION)
    return {
        "name": recipe.text("", "name"),
        "recipe": {
            "file": Path(recipe.path).name,
            "sha256": recipe.sha256,
            "values": {table or "top": dict(values) for table, values in recipe.values.items()},
            "quality": {kind or "all": dict(rules) for kind, rules in recipe.quality.items()},
            "classifiers": {c.name: {"path": c.path, "label": c.label} for c in recipe.classifiers},
        },
        "tool": {"name": "medical-corpus-curation", "version": version("medical-corpus-curation")},
        "versions": dict(sorted(versions.items())),
        "seed": SEED,
        "pii_profile": recipe.text("pii", "profile"),
        "counts": outcome_counts(ledger),
        "drops": drop_counts(ledger),
        "alarms": list(alarms),
        "sources": sources,
    }


def kept_rows(ledger: pa.Table, columns: list[str]) -> pa.Table:
    """Return some columns of what is kept."""
    return ledger.select(columns).filter(pc.equal(ledger["outcome"], "kept"))


def outcome_counts(ledger: pa.Table) -> dict[str, int]:
    """Return rows by outcome."""
    counted = dict.fromkeys(("kept", "dropped", "failed"), 0)
    for item in pc.value_counts(ledger["outcome"]).to_pylist():
        counted[item["values"]] = item["counts"]
    return counted


def drop_counts(ledger: pa.Table) -> list[dict[str, Any]]:
    """Return the rows dropped or failed by source, step and rule, most frequent first."""
    names = ["source", "step", "rule"]
    gone = ledger.select(names).filter(pc.not_equal(ledger["outcome"], "kept"))
    grouped = gone.group_by(names).aggregate([([], "count_all")])
    rows = grouped.rename_columns([*names, "rows"]).to_pylist()
    return sorted(rows, key=lambda r: (-r["rows"], r["source"], r["step"], r["rule"]))


def checksum(path: Path) -> dict[str, Any]:
    """Return size and SHA-256 of an output file."""
    return {"bytes": path.stat().st_size, "sha256": sha256_file(path)}


def checksums(staging: Path) -> dict[str, dict[str, Any]]:
    """Return `checksum` of every file below a folder, by POSIX path."""
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    return {path.relative_to(staging).as_posix(): checksum(path) for path in files}


def write(staging: Path, described: dict[str, Any], files: Mapping[str, Any], name: str) -> None:
    """Write the manifest, the last file of a version."""
    content = {"version": name, **described, "files": dict(sorted(files.items()))}
    text = json.dumps(content, indent=2, ensure_ascii=False, default=list) + "\n"
    write_file(staging / NAME, text.encode())


def read(folder: Path) -> dict[str, Any]:
    """Read the manifest of a version.

    Raises:
        UsageError: There is none: the folder is no version.
        CurationError: It is damaged.
    """
    try:
        content: dict[str, Any] = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{folder}: not a version of a corpus (it has no {NAME})") from None
    except ValueError:
        raise CurationError(
            f"{folder / NAME}: damaged; restore this version or build it again"
        ) from None
    return content


def versions(corpus: Path) -> list[str]:
    """Return the names of the published versions, oldest first."""
    if not corpus.is_dir():
        return []
    found = [p.name for p in corpus.iterdir() if re.fullmatch(r"v[1-9]\d*", p.name)]
    return sorted((n for n in found if (corpus / n / NAME).is_file()), key=lambda n: int(n[1:]))


def next_number(corpus: Path) -> int:
    """Return the number of the next version: one above every folder that looks like one."""
    taken = [int(p.name[1:]) for p in corpus.iterdir() if re.fullmatch(r"v[1-9]\d*", p.name)]
    return max(taken, default=0) + 1


def latest(corpus: Path) -> Path | None:
    """Return the folder of the newest version, None where there is none."""
    names = versions(corpus)
    return corpus / names[-1] if names else None


def repair_latest(corpus: Path) -> None:
    """Let the file ``latest`` name the newest version; a kill can come between the two."""
    names = versions(corpus)
    path = corpus / "latest"
    if names and (not path.is_file() or path.read_text().strip() != names[-1]):
        write_file(path, f"{names[-1]}\n".encode())


def file_counts(folder: Path | None) -> dict[str, int]:
    """Return the number of files of each data and ledger folder of a version."""
    counts: dict[str, int] = {}
    for name in read(folder)["files"] if folder else ():
        parent = name.rpartition("/")[0]
        if parent.startswith(("data/", "ledger/")):
            counts[parent] = counts.get(parent, 0) + 1
    return counts


def link_unchanged(staging: Path, before: Path | None, files: Mapping[str, Any]) -> None:
    """Replace files by hard links to equal ones of the version before.

    A file system without hard links keeps the copies.

    Args:
        staging: Folder of the new version.
        before: Folder of the version before, None for the first.
        files: Checksums of the new files.
    """
    if before is None:
        return
    known = {(f["bytes"], f["sha256"]): name for name, f in read(before)["files"].items()}
    for name, entry in files.items():
        old = known.get((entry["bytes"], entry["sha256"]))
        path = staging / name
        # The old bytes are compared, not believed: a damaged file must not replace a good one.
        if old is None or not _same_bytes(before / old, path):
            continue
        temporary = path.with_name(f".{path.name}.link")
        try:
            os.link(before / old, temporary)
        except OSError:
            continue
        temporary.replace(path)


def _same_bytes(old: Path, new: Path) -> bool:
    try:
        return filecmp.cmp(old, new, shallow=False)
    except OSError:
        return False
