"""The terms that hold for a source of a recipe: those of the site that it fetches, or its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sources import policy
from sources.policy import Policy


def terms_of(use: str, fetch: Mapping[str, object] | None, root: Path) -> Policy | None:
    """Return the terms of a source; None where they stand in its documents alone.

    Args:
        use: Registered source.
        fetch: Its table ``[sources.fetch]``, if it has one.
        root: Folder of the recipe.
    """
    if fetch and (name := fetch.get("site")):
        from sources.fetch import site

        return site.load(str(name), root).policy
    return policy.POLICIES.get(use)


def refusal(name: str, terms: Policy | None, purpose: str, override: str) -> tuple[str, str]:
    """Return the key that stands in the way of a source, and why; empty texts where none does.

    Args:
        name: How the message calls it.
        terms: Its terms; None where they stand in its documents alone.
        purpose: What the corpus is for.
        override: The recipe's reason to use what forbids training.
    """
    if override and (terms is None or terms.training != "forbidden"):
        said = f"override_terms is for sources whose terms forbid training; {name} is none"
        return "override_terms", said
    if terms is None:
        return "", ""
    read = f"read {terms.checked}" + ("" if terms.confirmed else ", not confirmed")
    if terms.training == "forbidden" and not override:
        return "use", (
            f"the terms of {name} forbid training: {terms.evidence} ({read}); who may use it all "
            'the same says why: override_terms = "…"'
        )
    if purpose not in terms.purposes:
        admitted = " or ".join(terms.purposes)
        return "use", (
            f"the terms of {name} admit it to a corpus for {admitted} use only: {terms.evidence} "
            f"({read}); the purpose of this one is {purpose}"
        )
    return "", ""
