"""What a build found to read, and how that fits the version before, in lines for people."""

from __future__ import annotations

from curation import manifest
from curation.errors import CheckError
from curation.plan import SourcePlan
from curation.recipe import Recipe
from curation.stores import Store
from curation.words import counted, first_of

PROBLEMS_SHOWN = 3
"""Paths without input that an error or the plan of a dry run names for a source."""


def refuse_absent(plans: list[SourcePlan], before: Store | None) -> None:
    """Refuse a version without any input, or one whose source has none any more."""
    known = manifest.read(before)["sources"] if before else {}
    for plan in plans:
        former = known.get(plan.spec.name, {}).get("inputs", [])
        if former and not plan.inputs:
            raise CheckError(
                f"{plan.spec.name}: none of its {counted(len(former), 'input')} of {before} is "
                f"there any more; nothing was published{_absent([plan])}"
            )
    if not any(plan.inputs for plan in plans):
        raise CheckError(
            "no source of the recipe has any input, check its paths; nothing was published"
            + _absent(plans)
        )


def _absent(plans: list[SourcePlan]) -> str:
    """Say in brackets why there is no input: paths that are not there, files of other kinds."""
    lines = [problem.detail for plan in plans for problem in plan.problems]
    lines += filter(None, map(aside, plans))
    return f" ({first_of(lines, PROBLEMS_SHOWN)})" if lines else ""


def planned(plan: SourcePlan) -> str:
    """Return what the plan of a dry run says of a source."""
    size = sum(item.size for item in plan.inputs.values())
    fresh = sum(len(task.inputs) for task in plan.todo)
    line = (
        f"{plan.spec.name}: {counted(len(plan.inputs), 'file')}, {size / 1e6:,.1f} MB; "
        f"{fresh:,} to extract, {len(plan.inputs) - fresh:,} from the cache, "
        f"{counted(len(plan.problems), 'problem')}"
    )
    others = aside(plan).partition(": ")[2]
    return "; ".join(
        [line, *filter(None, [others]), *(p.detail for p in plan.problems[:PROBLEMS_SHOWN])]
    )


def aside(plan: SourcePlan) -> str:
    """Say which files of a source's folders are of a kind that it does not read."""
    if not plan.skipped:
        return ""
    named = ", ".join(plan.skipped[:3]) + (" …" if len(plan.skipped) > 3 else "")
    files = counted(len(plan.skipped), "file")
    return f"{plan.spec.name}: {files} of other kinds left aside ({named})"


def succession(recipe: Recipe, before: Store | None) -> tuple[str, ...]:
    """Say where a recipe does not look like that of the version before.

    A recipe may be renamed, and sources may come and go; but whoever names the wrong folder gets
    another corpus as its newest version. New sources alone are how a corpus grows.

    Args:
        recipe: The recipe of the build.
        before: The version before; None for the first.

    Returns:
        One line, or none.
    """
    if before is None:
        return ()
    former = manifest.read(before)
    name, old = recipe.text("", "name"), former.get("name", "")
    said = [f"is of the recipe {old!r}, not {name!r}"] if old and old != name else []
    now = {spec.name: spec.use for spec in recipe.sources}
    gone = [source for source in former["sources"] if source not in now]
    if gone:
        said.append(f"has sources that the recipe has not ({', '.join(gone)})")
    changed = [
        source
        for source, entry in former["sources"].items()
        if source in now and entry["use"] != now[source]
    ]
    if changed:
        said.append(f"reads {', '.join(changed)} with another source (use = …)")
    if not said:
        return ()
    return (
        f"{before} {' and '.join(said)}; the build becomes its next version, name another folder "
        "with --out if it is another corpus",
    )
