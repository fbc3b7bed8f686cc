"""Words of a trial's record: CommonMark texts, coded values and names of fields in plain English.

Reference: ClinicalTrials.gov, API v2 (OpenAPI 2.0), data structure of a study: text fields are
CommonMark, values of enumerations are in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sources.text.markup import printable

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_LABELS = {
    "pValue": "p-value", "pValueComment": "Comment on the p-value", "paramType": "Parameter",
    "paramValue": "Estimate", "ciPctValue": "Confidence level (%)", "ciNumSides": "Sides",
    "ciLowerLimit": "Lower limit", "ciUpperLimit": "Upper limit", "phases": "Phase",
    "whoMasked": "Masked", "stdAges": "Age groups", "minimumAge": "Minimum age",
    "maximumAge": "Maximum age", "overallStatus": "Status", "paramValueComment": "Comment",
    "numUnits": "units",
}  # fmt: skip
# Fields whose values are codes of the registry; all others are words of the sponsor.
_CODED = frozenset(
    {"allocation", "assessmentType", "bioSpec.retention", "ciNumSides", "dispersionType",
     "interventionModel", "masking", "nonInferiorityType", "observationalModel", "overallStatus",
     "paramType", "phases", "primaryPurpose", "reportingStatus", "retention", "samplingMethod",
     "sex", "stdAges", "studyType", "timePerspective", "type", "whoMasked"}
)  # fmt: skip
_SPECIAL = {"NA": "not applicable", "OTHER_EVENTS": "other events"}


def prose(text: str) -> str:
    """Return a text of CommonMark without its backslashes, lines stripped at their ends."""
    plain = _ESCAPED.sub(r"\1", text.replace("\r\n", "\n"))
    return printable("\n".join(line.rstrip() for line in plain.strip().split("\n")))


def line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(prose(text).split())


def label(key: str) -> str:
    """Return the name of a field: ``interventionModelDescription`` as words."""
    return _LABELS.get(key) or _HUMP.sub(" ", key).lower().capitalize()


def value(key: str, found: object) -> str:
    """Return a value as one line of words; empty for objects and lists of them."""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, int | float):
        return str(found)
    if isinstance(found, list):
        return ", ".join(filter(None, (value(key, item) for item in found)))
    if not isinstance(found, str):
        return ""
    return coded(found) if key in _CODED and _CODE.fullmatch(found) else line(found)


def coded(code: str) -> str:
    """Return a value in capitals as words: ``PLACEBO_COMPARATOR`` as ``placebo comparator``."""
    words = _SPECIAL.get(code) or code.replace("_", " ").lower()
    return re.sub(r"(?<=phase)(?=\d)", " ", words)


def facts(record: Mapping[str, object], *skip: str) -> str:
    """Return the plain values of an object as one line, ``Phase: phase 3. Sex: all.`` and so on.

    Args:
        record: Object; objects in it are passed over.
        skip: Fields that are said elsewhere.
    """
    found = ((key, value(key, item)) for key, item in record.items() if key not in skip)
    return sentences(f"{label(key)}: {said}" for key, said in found if said)


def sentences(parts: Iterable[str]) -> str:
    """Join parts to one line in which each ends with a full stop."""
    return " ".join(part if part[-1] in ".?!" else f"{part}." for part in parts if part)


def item(text: str) -> str:
    """Return an item of a list; paragraphs after the first stand inside it."""
    return "- " + text.replace("\n", "\n  ").replace("\n  \n", "\n\n")
