"""The keys of a recipe: default, type and meaning of each; data for checking and for display."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

from curation.preferences import DEFAULT as PREFERRED
from filters.shared import DOCUMENTS, SHARE
from sources.items import KINDS


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a recipe.

    Attributes:
        default: Value where the recipe is silent.
        kind: ``text``, ``flag``, ``number``, ``integer``, ``texts`` (a list), ``pattern``,
            ``date``, ``licence`` (one, or empty) or ``choice``; several joined by ``|``.
        meaning: One sentence, shown by ``curation recipe show``.
        choices: Allowed texts of a ``choice``.
        low: Smallest number allowed.
        high: Largest number allowed.
        pattern: What a text or each text of a list must match as a whole.
        hint: How that is said ("a list of codes such as …").
    """

    default: object
    kind: str
    meaning: str
    choices: tuple[str | bool, ...] = ()
    low: float = 0.0
    high: float = float("inf")
    pattern: str = r"(?s).*"
    hint: str = ""

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
        if kind == "integer":
            good = isinstance(value, int) and not isinstance(value, bool)
            good = good and self.low <= float(value) <= self.high  # type: ignore[arg-type]
            return "" if good else f"a whole number from {self.low:g} to {self.high:g}"
        if kind == "pattern":
            good = isinstance(value, str) and bool(re.fullmatch(self.pattern, value))
            return "" if good else self.hint
        if kind == "texts":
            good = isinstance(value, list) and all(
                isinstance(item, str) and re.fullmatch(self.pattern, item) for item in value
            )
            return "" if good else self.hint or "a list of texts"
        if kind == "date":
            good = isinstance(value, str) and bool(value == "" or _is_date(value))
            return "" if good else "a date such as 2023-08-01"
        if kind == "licence" and isinstance(value, str) and value:
            from filters.licence import name_problem

            return name_problem(value)
        return "" if isinstance(value, str) else "a text"


def _is_date(text: str) -> bool:
    """Tell whether a text is a year, a month or a day that exists."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        return False
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _either(default: str, meaning: str) -> Key:
    """Return a key that keeps or drops some documents; kept ones bear a line in the ledger."""
    return Key(default, "choice", f"{meaning[:-1]}: keep or drop.", ("keep", "drop"))


RECOGNISER = r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*"
"""What the name of a recogniser looks like (`filters.pii.recognisers`)."""

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
        "keep": Key(
            ["en"],
            "texts|choice",
            'Languages to keep, or "any".',
            ("any",),
            pattern=r"[a-z]{2,3}",
            hint='a list of codes such as ["en", "de"]',
        ),
        "min_score": Key(0.5, "number", "Smallest confidence of the identification.", high=1.0),
        "min_share": Key(0.5, "number", "Smallest share of a text in languages kept.", high=1.0),
        "model": Key("", "text", "Path of a fastText model; empty means lid.176.ftz."),
    },
    "quality": {
        "enabled": Key(True, "flag", "Apply the quality rules."),
        "mode": Key(
            "filter",
            "choice",
            "Drop what breaks a rule, or only say so in the ledger (score).",
            ("filter", "score"),
        ),
    },
    "status": {
        "enabled": Key(True, "flag", "Drop deleted, retracted and superseded documents."),
        "superseded": _either("drop", "Guidance that a newer edition replaces."),
        "past_review": _either(
            "drop", "Guidance past its review date, as of as_of or of the newest documents."
        ),
        "concern": _either("keep", "Works under an expression of concern or retracted in part."),
        "date_min": Key("", "date", "Documents dated earlier are dropped."),
        "date_max": Key("", "date", "Documents dated later are dropped."),
        "undated": _either("keep", "Documents whose date is unknown or too vague for these."),
        "publication_types_allow": Key(
            [], "texts", "Types of which a document needs one, if it has any; * is a wildcard."
        ),
        "publication_types_deny": Key(
            [], "texts", "Types of which a document may have none; * is a wildcard."
        ),
        "animal_only": _either("keep", "Records with the MeSH term Animals and without Humans."),
    },
    "licence": {
        "allow": Key(
            [], "texts", "Only these licences or groups, of those that the purpose admits."
        ),
        "deny": Key([], "texts", "Not these licences or groups."),
    },
    "identity": {
        "enabled": Key(True, "flag", "Keep one form of each work (by PMID, PMCID, DOI)."),
        "prefer": Key(
            list(PREFERRED), "texts", "Which form or copy stays: by the first that differs."
        ),
        "editions": Key(
            True, "flag", "Take editions of one article in two languages for one work."
        ),
    },
    "duplicates": {
        "enabled": Key(True, "flag", "Remove exact and near duplicates."),
        "threshold": Key(0.80, "number", "Jaccard similarity of 5-word shingles.", high=1.0),
        "bands": Key(16, "integer", "Bands of the MinHash signature.", low=1, high=128),
        "rows": Key(
            8, "integer", "Rows of a band; bands times rows is at most 128.", low=1, high=128
        ),
        "min_words": Key(20, "integer", "Shorter texts are only compared for equality."),
        "bucket_limit": Key(50, "integer", "Comparisons of one document in one bucket.", low=1),
        "guard": Key(
            True,
            "flag|choice",
            "Keep apart near duplicates with other claims; strict also where one says less.",
            ("strict",),
        ),
    },
    "pii": {
        "profile": Key("default", "choice", "What is masked.", ("off", "default", "strict")),
        "publish_unmasked": Key(False, "flag", "Let a build with the profile off publish."),
        "keep": Key(
            [],
            "texts",
            "Public numbers, addresses and @domains that stay, in every column and report.",
        ),
        "recognisers": Key(
            [],
            "texts",
            "Recognisers asked beside the rules: package.module:callable.",
            pattern=RECOGNISER,
            hint='a list of package.module:callable such as ["clinic.names:find"]',
        ),
        "recogniser_entities": Key(
            [],
            "texts",
            "Tokens of their labels: LABEL=ENTITY, or LABEL=none.",
            pattern=r"(?s).+=.+",
            hint='a list of LABEL=ENTITY such as ["LOCATION=ADDRESS"]',
        ),
    },
    "boilerplate": {
        "enabled": Key(True, "flag", "Remove publishers' notices, navigation and the like."),
        "shared": Key(
            True, "flag", "Remove lines at head and foot that many pages of a site share."
        ),
        "shared_kinds": Key(
            ["guideline", "web"],
            "texts",
            "Kinds of documents from which these are removed.",
            pattern="|".join(KINDS),
            hint=f"a list of kinds: {', '.join(KINDS)}",
        ),
        "shared_documents": Key(
            DOCUMENTS, "integer", "Documents in which a shared line stands, at least.", low=2
        ),
        "shared_share": Key(
            SHARE, "number", "The same as a share of the documents of its site.", high=1.0
        ),
    },
    "failures": {
        "tolerate": Key(
            0,
            "number",
            "Failed inputs and withheld texts before exit code 1: a number, or a share below 1.",
        ),
    },
    "alarms": {
        "max_source_loss": Key(
            0.9, "number", "A source that loses a larger share stops the publish.", high=1.0
        ),
        "max_rule_loss": Key(
            0.5, "number", "A rule that drops a larger share of a source is a warning.", high=1.0
        ),
        "min_documents": Key(10, "number", "Smaller sources do not stop the publish."),
        "quiet": Key(
            [],
            "texts",
            "Warnings that are not shown: source/rule, all/rule; * is a wildcard.",
            pattern=r".+/.+",
            hint='a list of source/rule such as "pubmed/no_text"',
        ),
    },
    "shards": {
        "size_mb": Key(256, "number", "Megabytes of text in a shard, at most.", low=0.001),
    },
}
"""Tables and keys of a recipe; the empty name is the top level."""

CLASSIFIER_NAME = r"[a-z0-9][a-z0-9_]{0,31}"
"""What a table below ``[classifiers]`` may be called: it becomes the name of a column."""

CLASSIFIER_KEYS: Mapping[str, Key] = {
    "path": Key("", "text", "Model of `curation train-classifier`; relative to the recipe."),
    "label": Key("", "text", "Label whose probability is measured; default: the table's name."),
}
"""Keys of each table ``[classifiers.NAME]``, which gives the measurement ``classifier_NAME``."""

FETCH_KEYS: Mapping[str, Key] = {
    "contact": Key(
        "",
        "pattern",
        "Mail address or web page of whoever fetches; sent with each request.",
        pattern=r"|[^\s@]+@[^\s@]+\.[^\s@]+|https?://\S+",
        hint="a mail address or a web address",
    ),
    "folder": Key(
        "fetched",
        "pattern",
        "Where fetched files and snapshots go; relative to the recipe.",
        pattern=r"[^\0]+",
        hint="a folder",
    ),
}
"""Keys of the table ``[fetch]``."""

ROBOTS = ("obey", "ignore")
"""What ``robots`` of ``[sources.fetch]`` may say."""

SOURCE_KEYS: Mapping[str, Key] = {
    "use": Key("", "text", "A registered source; see `curation sources list`."),
    "name": Key(
        "",
        "pattern",
        "Prefix of its ids and name of its folders; default: the same.",
        pattern=r"(?!default$)([a-z0-9][a-z0-9_-]{0,63})?",
        hint='lower-case letters, digits, "-" and "_", and not "default"',
    ),
    "paths": Key(
        [],
        "texts",
        "Files, folders, globs, archives; relative to the recipe.",
        pattern=r"[^\0]+",
        hint="a list of paths, none of them empty",
    ),
    "kind": Key("", "choice", "Kind given to its documents; default: its own.", ("", *KINDS)),
    "license": Key("", "licence", "Licence of documents that state none."),
    "override_terms": Key(
        "",
        "pattern",
        "Why a source whose terms forbid training may be used; stands in the build's notes.",
        pattern=r"[^\n]{0,300}",
        hint="one line, such as the agreement that permits it",
    ),
}
"""Keys that every ``[[sources]]`` entry knows."""
