"""The manifest of a version: recipe, inputs, outputs, versions and counts; and finding versions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import CurationError, UsageError
from curation.paths import CleanNames
from curation.plan import SourcePlan
from curation.recipe import Recipe
from curation.storage import sha256_file, write_file
from curation.stores import Store, place
from curation.terms import terms_of
from filters.licence import LICENCE_VERSION

NAME = "manifest.json"

SEED = 1
"""Seed of the MinHash permutations, the only random choice of a build."""


def describe(
    recipe: Recipe,
    plans: Sequence[SourcePlan],
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
    clean = CleanNames(plans[0].parameters.pii)
    sources = {}
    counted = ledger.select(["source", "outcome", "words", "chars"])
    for spec, plan in zip(recipe.sources, plans, strict=True):
        mine = counted.filter(pc.equal(counted["source"], spec.name))
        policy = terms_of(spec.use, spec.fetch, recipe.root)
        kept = kept_rows(mine, ["words", "chars"])
        sources[spec.name] = {
            "use": spec.use,
            "paths": clean(spec.paths),
            "kind": plan.parameters.kind,
            "license": spec.license,
            "options": clean.within(spec.options),
            "terms": asdict(policy) if policy else None,
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
        "recipe": clean.within(
            {
                "file": Path(recipe.path).name,
                "sha256": recipe.sha256,
                "values": {table or "top": dict(values) for table, values in recipe.values.items()},
                "quality": {kind or "all": dict(rules) for kind, rules in recipe.quality.items()},
                "classifiers": {
                    c.name: {"path": c.path, "label": c.label} for c in recipe.classifiers
                },
            }
        ),
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


def text(described: Mapping[str, Any], files: Mapping[str, Any], name: str) -> bytes:
    """Return the bytes of a manifest."""
    content = {"version": name, **described, "files": dict(sorted(files.items()))}
    return (json.dumps(content, indent=2, ensure_ascii=False, default=list) + "\n").encode()


def write(staging: Path, described: Mapping[str, Any], files: Mapping[str, Any], name: str) -> None:
    """Write the manifest, the last file of a version."""
    write_file(staging / NAME, text(described, files, name))


def read(folder: str | Path | Store) -> dict[str, Any]:
    """Read the manifest of a version.

    Raises:
        UsageError: There is none: the folder is no version.
        CurationError: It is damaged.
    """
    store = place(folder)
    try:
        content: dict[str, Any] = json.loads(store.read(NAME))
    except FileNotFoundError:
        raise UsageError(f"{folder}: not a version of a corpus (it has no {NAME})") from None
    except ValueError:
        raise CurationError(
            f"{store.where(NAME)}: damaged; restore this version or build it again"
        ) from None
    return content


def versions(corpus: str | Path | Store) -> list[str]:
    """Return the names of the published versions, oldest first: those that have a manifest."""
    store = place(corpus)
    found = [name for name in store.entries() if re.fullmatch(r"v[1-9]\d*", name)]
    published = (name for name in found if store.at(name).size(NAME) is not None)
    return sorted(published, key=lambda name: int(name[1:]))


def next_number(corpus: str | Path | Store) -> int:
    """Return the number of the next version: one above every folder that looks like one."""
    entries = place(corpus).entries()
    taken = [int(name[1:]) for name in entries if re.fullmatch(r"v[1-9]\d*", name)]
    return max(taken, default=0) + 1


def latest(corpus: str | Path | Store) -> Store | None:
    """Return the newest version, None where there is none."""
    store = place(corpus)
    names = versions(store)
    return store.at(names[-1]) if names else None


def latest_name(corpus: Store) -> str:
    """Return what the file ``latest`` of a corpus says, empty where there is none."""
    try:
        return corpus.read("latest").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def repair_latest(corpus: str | Path | Store) -> None:
    """Let the file ``latest`` name the newest version; a kill can come between the two.

    At an address another build may publish meanwhile: it is looked at again after writing.
    """
    store = place(corpus)
    while (names := versions(store)) and latest_name(store) != names[-1]:
        store.write("latest", f"{names[-1]}\n".encode())


def file_counts(folder: Store | None) -> dict[str, int]:
    """Return the number of files of each data and ledger folder of a version."""
    counts: dict[str, int] = {}
    for name in read(folder)["files"] if folder else ():
        parent = name.rpartition("/")[0]
        if parent.startswith(("data/", "ledger/")):
            counts[parent] = counts.get(parent, 0) + 1
    return counts
