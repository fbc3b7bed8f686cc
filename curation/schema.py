"""The keys of a recipe: default, type and meaning of each; data for checking and for display."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a recipe.

    Attributes:
        default: Value where the recipe is silent.
        kind: ``text``, ``flag``, ``number``, ``texts`` (a list), ``date`` or ``choice``; several
            joined by ``|``.
        meaning: One sentence, shown by ``curation recipe show``.
        choices: Allowed texts of a ``choice``.
        low: Smallest number allowed.
        high: Largest number allowed.
    """

    default: object
    kind: str
    meaning: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = float("inf")

    def problem(self, value: object) -> str:
        """Return what is wrong with a value ("must be …"), or an empty string."""
        wanted = [self._one(kind, value) for kind in self.kind.split("|")]
        return "" if "" in wanted else "must be " + " or ".join(wanted)

    def _one(self, kind: str, value: object) -> str:
        if kind == "choice":
            return "" if value in self.choices else "one of " + ", ".join(map(repr, self.choices))
        if kind == "flag":
            return "" if isinstance(value, bool) else "true or false"
        if kind == "number":
            good = isinstance(value, int | float) and not isinstance(value, bool)
            if good and not self.low <= float(value) <= self.high:  # type: ignore[arg-type]
                good = False
            limits = (
                f" of {self.low:g} or more"
                if self.high == float("inf")
                else (f" from {self.low:g} to {self.high:g}")
            )
            return "" if good else "a number" + limits
        if kind == "texts":
            good = isinstance(value, list) and all(isinstance(item, str) for item in value)
            return "" if good else "a list of texts"
        if kind == "date":
            good = isinstance(value, str) and bool(
                value == "" or re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value)
            )
            return "" if good else "a date such as 2023-08-01"
        return "" if isinstance(value, str) else "a text"


SCHEMA: Mapping[str, Mapping[str, Key]] = {
    "": {
        "name": Key("corpus", "text", "Name of the corpus on its card."),
        "purpose": Key(
            "private",
            "choice",
            "What the corpus is for; decides which licences may enter.",
            ("private", "non-commercial", "commercial"),
        ),
        "as_of": Key("", "date", "Knowledge cut-off: documents dated later are dropped."),
    },
    "language": {
        "keep": Key(["en"], "texts|choice", 'Languages to keep, or "any".', ("any",)),
        "min_score": Key(0.5, "number", "Smallest confidence of the identification.", high=1.0),
        "model": Key("", "text", "Path of a fastText model; empty means lid.176.ftz."),
    },
    "quality": {
        "enabled": Key(True, "flag", "Apply the quality rules."),
    },
    "status": {
        "enabled": Key(True, "flag", "Drop deleted, retracted and superseded documents."),
    },
    "identity": {
        "enabled": Key(True, "flag", "Keep one form of each work (by PMID, PMCID, DOI)."),
    },
    "duplicates": {
        "enabled": Key(True, "flag", "Remove exact and near duplicates."),
        "threshold": Key(0.80, "number", "Jaccard similarity of 5-word shingles.", high=1.0),
        "bands": Key(16, "number", "Bands of the MinHash signature.", low=1, high=128),
        "rows": Key(
            8, "number", "Rows of a band; bands times rows is at most 128.", low=1, high=128
        ),
        "min_words": Key(20, "number", "Shorter texts are only compared for equality."),
        "bucket_limit": Key(50, "number", "Comparisons of one document in one bucket.", low=1),
        "guard": Key(
            True,
            "flag|choice",
            "Keep apart near duplicates whose numbers differ; strict also where one is cut.",
            ("strict",),
        ),
    },
    "pii": {
        "profile": Key("default", "choice", "What is masked.", ("off", "default", "strict")),
        "keep": Key([], "texts", "Public numbers and addresses that stay."),
    },
    "failures": {
        "tolerate": Key(
            0, "number", "Failed inputs before exit code 1: a number, or a share below 1."
        ),
    },
    "alarms": {
        "max_source_loss": Key(
            0.9, "number", "A source that loses a larger share stops the publish.", high=1.0
        ),
        "min_documents": Key(10, "number", "Smaller sources raise no alarm."),
    },
    "shards": {
        "size_mb": Key(256, "number", "Megabytes of text in a shard, at most.", low=0.001),
    },
}
"""Tables and keys of a recipe; the empty name is the top level."""

SOURCE_KEYS: Mapping[str, Key] = {
    "use": Key("", "text", "A registered source; see `curation sources list`."),
    "name": Key("", "text", "Prefix of its ids; default: the same."),
    "paths": Key([], "texts", "Files, folders, globs, archives; relative to the recipe."),
    "kind": Key("", "text", "Kind given to its documents; default: the source's own."),
    "license": Key("", "text", "Licence of documents that state none."),
}
"""Keys that every ``[[sources]]`` entry knows."""
