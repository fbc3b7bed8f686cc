"""What a guideline says about its own validity: withdrawn, replaced, due for review.

Fields of JSON records and of front matter, and metadata of web pages under the same names:
``status``, ``status_date``, ``superseded_by``, ``supersedes``, ``review_date``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sources.items import Relation, Status
from sources.text import identifiers
from sources.text.declared import canonical_address, iso_date

STATES: Final[Mapping[str, Status]] = {
    "withdrawn": "withdrawn",
    "rescinded": "withdrawn",
    "revoked": "withdrawn",
    "superseded": "superseded",
    "replaced": "superseded",
    "obsolete": "superseded",
    "archived": "superseded",
    "retracted": "retracted",
    "current": "current",
}
"""Values of ``status``, in lower case; any other says nothing about validity (``published``)."""

META: Final[Mapping[str, str]] = {
    "status": "status",
    "document-status": "status",
    "guideline-status": "status",
    "govuk:withdrawn": "status",
    "status_date": "status_date",
    "status-date": "status_date",
    "superseded_by": "superseded_by",
    "superseded-by": "superseded_by",
    "dcterms.isreplacedby": "superseded_by",
    "dc.relation.isreplacedby": "superseded_by",
    "supersedes": "supersedes",
    "dcterms.replaces": "supersedes",
    "dc.relation.replaces": "supersedes",
    "review_date": "review_date",
    "review-date": "review_date",
    "next_review_date": "review_date",
    "next-review-date": "review_date",
    "dcterms.valid": "review_date",
    "dc.date.valid": "review_date",
}
"""Names of ``<meta>``, in lower case, to our fields. A date of the *last* review is none of them.

Reference: DCMI metadata terms (isReplacedBy, replaces, valid); GOV.UK's own meta element.
"""

LINKS: Final[Mapping[str, str]] = {
    "successor-version": "superseded_by",
    "predecessor-version": "supersedes",
}
"""Values of ``<link rel>`` (RFC 5829) to our fields."""

_DAY = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
# ISO 8601 and the DCMI Period encoding; the beginning may be open.
_PERIOD = re.compile(rf"(?:start\s*=\s*)?(?:{_DAY}|\.\.)?\s*[/;]\s*(?:end\s*=\s*)?({_DAY})\s*;?")
_YEAR_LAST = re.compile(r"(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})")
# ``NG-136``; words without a number (``none``, ``unknown``) name no document.
_NAME = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9._/-]{1,64}")
_MAX_TARGETS = 20


@dataclass(frozen=True, slots=True)
class Validity:
    """What a record says about its own validity; fields as in ``Document``."""

    status: Status = "current"
    status_date: str = ""
    review_date: str = ""
    relations: tuple[Relation, ...] = ()


def validity_of(record: Mapping[str, object], own: Collection[str]) -> Validity:
    """Read the fields of a record; what is of another type or not understood says nothing.

    Args:
        record: Field names to values.
        own: Address (``url:…``) and ids of the record itself: nothing replaces itself.

    Returns:
        The state. A record that names its successor is superseded, also where it does so by a short
        name (``NG-136``), which is no target of a relation.
    """
    status = STATES.get(_text(record, "status").casefold(), "current")
    date = iso_date(_text(record, "status_date"))
    newer = [t for t in _targets(record.get("superseded_by")) if t not in own]
    older = [t for t in _targets(record.get("supersedes")) if t not in own]
    if (newer or _is_named(record.get("superseded_by"))) and status == "current":
        status = "superseded"
    relations = [Relation("superseded_by", target, date) for target in newer]
    relations += [Relation("supersedes", target) for target in older]
    reviewed = _review_date(_text(record, "review_date"))
    return Validity(status, date, reviewed, tuple(dict.fromkeys(relations)))


def _review_date(value: str) -> str:
    """Return a date or the end of a period, no more precise than its form tells."""
    match = _YEAR_LAST.fullmatch(value)
    if not match:
        period = _PERIOD.fullmatch(value)
        return iso_date(period[1] if period else value)
    first, second, year = int(match[1] or 0), int(match[2]), match[3]
    if not match[1]:
        return iso_date(f"{year}-{second:02d}")
    if first == second or max(first, second) > 12:  # which of them is the month is clear
        return iso_date(f"{year}-{min(first, second):02d}-{max(first, second):02d}")
    return str(year)


def names_of(url: str, doi: str = "", pmid: str = "", pmcid: str = "") -> frozenset[str]:
    """Return the targets that lead to a record itself; empty ids name nothing."""
    ids = {"url": canonical_address(url), "doi": doi, "pmid": pmid, "pmcid": pmcid}
    return frozenset(f"{kind}:{value}" for kind, value in ids.items() if value)


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _entries(value: object) -> list[str]:
    """Values of a field that may be a list."""
    values = value if isinstance(value, list) else [value]
    return [one.strip() for one in values[:_MAX_TARGETS] if isinstance(one, str)]


def _is_named(value: object) -> bool:
    """Whether a field names a document by its short name; an id of the record is none."""
    return any(_NAME.fullmatch(name) and not next(_targets(name), "") for name in _entries(value))


def _targets(value: object) -> Iterator[str]:
    """Yield ids and addresses; other words are left in the metadata, where they are scanned."""
    for name in _entries(value):
        if "@" in name or "%40" in name:
            continue
        doi, address = identifiers.doi(name), canonical_address(name)
        if doi:
            yield f"doi:{doi}"
        elif address:
            yield f"url:{address}"
        elif name.lower().startswith("pmid:") and (pmid := identifiers.pmid(name)):
            yield f"pmid:{pmid}"
        elif name.upper().startswith("PMC") and (pmcid := identifiers.pmcid(name)[0]):
            yield f"pmcid:{pmcid}"
