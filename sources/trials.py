"""ClinicalTrials.gov: records of trials from the API v2 and from its downloads, in JSON.

One record is one document: what the trial set out to do, and its results with all tables. The id is
the NCT number; a record that is fetched again is a newer revision of the same. A trial that was
withdrawn or stopped stays: that is a state of the trial, which its text says, not of the record.

Structure first: people, their telephones and addresses, and sites stand in modules of their own,
which are not read. ``metadata["left_out"]`` lists them with the agreements about publishing;
of the sites the metadata keep how many there are in each country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, ClassVar

from sources.base import Document, Failure, Item, Relation, Resource, Source, SourceError
from sources.text import identifiers
from sources.text.declared import iso_date
from sources.text.json_stream import Answer, field, objects, text, texts
from sources.text.markup import visible
from sources.text.trial_protocol import countries, planned, protocol, references, sharing
from sources.text.trial_results import results
from sources.text.trial_words import line

_NCT = re.compile(r"NCT[0-9]{8}")
# Modules that are not read, and why.
_LEFT_OUT = (
    ("protocolSection", "contactsLocationsModule", "person"),
    ("protocolSection", "sponsorCollaboratorsModule", "metadata"),
    ("protocolSection", "referencesModule", "references"),
    ("resultsSection", "moreInfoModule", "person"),
)
_DATES = (
    "lastUpdatePostDateStruct.date", "lastUpdateSubmitDate", "resultsFirstPostDateStruct.date",
    "studyFirstPostDateStruct.date", "studyFirstSubmitDate", "statusVerifiedDate",
)  # fmt: skip
"""What dates a record, the first that is there: it says what its last update says."""


class Trials(Source):
    """Registered trials with their results."""

    name: ClassVar[str] = "trials"
    kind: ClassVar[str] = "trial"
    summary: ClassVar[str] = "ClinicalTrials.gov records with results (API v2 and downloads, JSON)"
    patterns: ClassVar[tuple[str, ...]] = ("*.json",)
    libraries: ClassVar[tuple[str, ...]] = ()
    identifiers: ClassVar[frozenset[str]] = frozenset({"dates", "org_study_id", "secondary_ids"})

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the trials of one file: a page or list of studies, or a single study.

        Raises:
            SourceError: As `json_stream.Answer` says; ``not_trials`` for other JSON.
        """
        answer = Answer(stream, "studies")
        for row in answer.records():
            if isinstance(row, Failure):
                yield row
            else:
                yield _item(row.record, f"record {row.number:,}: ")
        if not answer.listed:
            if "protocolSection" not in answer.head:
                detail = f"{resource.path}: JSON without studies or a protocolSection"
                raise SourceError("not_trials", detail)
            yield _item(answer.head, "")


def _item(study: Mapping[str, object], where: str) -> Item:
    number = text(study, "protocolSection", "identificationModule", "nctId").strip().upper()
    if not _NCT.fullmatch(number):
        return Failure("no_id", f"{where}no NCT number: not a study of ClinicalTrials.gov")
    return _document(study, number)


def _document(study: Mapping[str, object], number: str) -> Document:
    section = field(study, "protocolSection")
    assert isinstance(section, Mapping)
    outcome = field(study, "resultsSection")
    status = field(section, "statusModule")
    status = status if isinstance(status, Mapping) else {}
    outcome = outcome if isinstance(outcome, Mapping) else {}
    blocks = protocol(section) + results(outcome, planned(section))
    named = field(section, "identificationModule")
    assert isinstance(named, Mapping)
    title = line(text(named, "briefTitle")) or line(text(named, "officialTitle"))
    dates = {name: iso_date(text(status, *name.split("."))) for name in _DATES}
    dated = next(filter(None, dates.values()), "")
    holder = iso_date(text(study, "derivedSection", "miscInfoModule", "versionHolder"))
    cited = references(section)
    metadata: dict[str, object] = {
        "org_study_id": text(named, "orgStudyIdInfo", "id"),
        "secondary_ids": [text(other, "id") for other in objects(named, "secondaryIdInfos")],
        "acronym": text(named, "acronym"),
        "overall_status": text(status, "overallStatus"),
        "dates": {
            _short(name): iso_date(text(status, *name.split(".")))
            for name in (*_DATES, *_COURSE)
            if iso_date(text(status, *name.split(".")))
        },
        "sponsors": list(_sponsors(section)),
        "countries": countries(section),
        "has_results": bool(outcome),
        "data_sharing": sharing(section),
        "references": cited,
        "left_out": _left_out(study),
    }
    return Document(
        native_id=number,
        text="\n\n".join(blocks),
        title=title,
        kind="trial",
        revision=f"{dated or '0000'}.{holder}",
        date=dated,
        url=f"https://clinicaltrials.gov/study/{number}",
        mesh=tuple(_mesh(study)),
        publication_types=tuple(_types(section)),
        keywords=tuple(map(line, texts(section, "conditionsModule", "keywords"))),
        relations=tuple(
            Relation("related", f"pmid:{pmid}")
            for entry in cited
            if entry.get("type") == "result" and (pmid := identifiers.pmid(entry.get("pmid", "")))
        ),
        metadata={key: said for key, said in metadata.items() if said},
    )


def _sponsors(section: Mapping[str, object]) -> Iterator[str]:
    """Names of the organisations behind a trial, the lead first; people are left out."""
    module = field(section, "sponsorCollaboratorsModule")
    module = module if isinstance(module, Mapping) else {}
    for sponsor in (field(module, "leadSponsor"), *objects(module, "collaborators")):
        if isinstance(sponsor, Mapping) and text(sponsor, "class") != "INDIV":
            yield from filter(None, [line(text(sponsor, "name"))])


_COURSE = ("startDateStruct.date", "primaryCompletionDateStruct.date", "completionDateStruct.date")


def _short(name: str) -> str:
    return name.removesuffix(".date").removesuffix("Struct").removesuffix("Date")


def _mesh(study: Mapping[str, object]) -> Iterator[str]:
    """MeSH terms of conditions and interventions, as the registry derives them."""
    for module in ("conditionBrowseModule", "interventionBrowseModule"):
        for entry in objects(study, "derivedSection", module, "meshes"):
            term = text(entry, "term")
            if term:
                yield term


def _types(section: Mapping[str, object]) -> Iterator[str]:
    """Type of study and its phases as the registry writes them."""
    kind = text(section, "designModule", "studyType")
    yield from filter(None, [kind, *texts(section, "designModule", "phases")])


def _left_out(study: Mapping[str, object]) -> list[dict[str, object]]:
    """Modules that are not in the text, why, and how many characters their words have."""
    found: list[dict[str, object]] = []
    for section, name, why in _LEFT_OUT:
        module = field(study, section, name)
        chars = _chars(module, ("limitationsAndCaveats",))
        if chars:
            found.append({"what": name, "title": "", "why": why, "chars": chars})
    return found


def _chars(value: object, skip: tuple[str, ...] = ()) -> int:
    """Characters of the texts in a value of JSON, white space aside."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return sum(map(_chars, value))
    if isinstance(value, dict):
        return sum(_chars(item) for key, item in value.items() if key not in skip)
    return 0
