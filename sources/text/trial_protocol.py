"""What a trial set out to do, as Markdown: summary, design, arms, outcomes, who may take part."""

from __future__ import annotations

from collections.abc import Mapping

from sources.text.json_stream import field, objects, text, texts
from sources.text.trial_words import coded, facts, item, line, prose, sentences, value

Record = Mapping[str, object]


def protocol(section: Record) -> list[str]:
    """Return the blocks of a ``protocolSection``, with headings from the second level on.

    Persons, contacts, places, sponsors and references are left out; see `sources.trials`.
    """
    blocks: list[str] = []
    for title, content in (
        ("Brief summary", [prose(text(section, "descriptionModule", "briefSummary"))]),
        (
            "Detailed description",
            [prose(text(section, "descriptionModule", "detailedDescription"))],
        ),
        ("Design", _design(section)),
        ("Arms and interventions", _arms(_module(section, "armsInterventionsModule"))),
        ("Outcomes", _outcomes(_module(section, "outcomesModule"))),
        ("Eligibility", _eligibility(_module(section, "eligibilityModule"))),
    ):
        said = list(filter(None, content))
        if said:
            blocks += [f"## {title}", *said]
    official = line(text(section, "identificationModule", "officialTitle"))
    brief = line(text(section, "identificationModule", "briefTitle"))
    return [official, *blocks] if official and official != brief else blocks


def _module(section: Record, name: str) -> Record:
    found = section.get(name)
    return found if isinstance(found, dict) else {}


def _design(section: Record) -> list[str]:
    """Conditions, then facts about the design, and the state of the trial."""
    design, status = _module(section, "designModule"), _module(section, "statusModule")
    info = _module(design, "designInfo")
    enrolled = text(design, "enrollmentInfo", "count")
    kind = coded(text(design, "enrollmentInfo", "type"))
    conditions = "; ".join(map(line, texts(section, "conditionsModule", "conditions")))
    return [
        f"Conditions: {conditions}" if conditions else "",
        sentences(
            [
                facts(design),
                facts(info),
                facts(_module(info, "maskingInfo")),
                facts(_module(design, "bioSpec")),
                facts(_module(design, "expandedAccessTypes")),
                (f"Enrollment: {enrolled}" + (f" ({kind})" if kind else "")) if enrolled else "",
            ]
        ),
        facts({key: status[key] for key in ("overallStatus", "whyStopped") if key in status}),
    ]


def _arms(module: Record) -> list[str]:
    """Arms with what they are given, then the interventions."""
    arms = []
    for arm in objects(module, "armGroups"):
        given = "; ".join(map(line, texts(arm, "interventionNames")))
        arms.append(_described(arm, text(arm, "label"), value("type", arm.get("type")), given))
    treatments = []
    for treatment in objects(module, "interventions"):
        kind = value("type", treatment.get("type")).capitalize()
        name = ": ".join(filter(None, [kind, text(treatment, "name")]))
        others = "; ".join(map(line, texts(treatment, "otherNames")))
        arms_of = "; ".join(map(line, texts(treatment, "armGroupLabels")))
        treatments.append(
            _described(
                treatment,
                name,
                f"also {others}" if others else "",
                f"arms: {arms_of}" if arms_of else "",
            )
        )
    blocks = ["### Arms", "\n".join(arms)] if arms else []
    return [*blocks, *(["### Interventions", "\n".join(treatments)] if treatments else [])]


def _described(record: Record, name: str, *more: str) -> str:
    """An item of a list: name, further facts in brackets, description."""
    description = prose(text(record, "description"))
    inside = "; ".join(filter(None, more))
    lead = " ".join(filter(None, [line(name), f"({inside})" if inside else ""]))
    return item(f"{lead}: {description}" if description else lead)


def _outcomes(module: Record) -> list[str]:
    """Primary, secondary and other outcomes, each a list."""
    blocks: list[str] = []
    for name, title in (
        ("primaryOutcomes", "Primary outcomes"),
        ("secondaryOutcomes", "Secondary outcomes"),
        ("otherOutcomes", "Other outcomes"),
    ):
        lines = [
            _described(outcome, text(outcome, "measure"), line(text(outcome, "timeFrame")))
            for outcome in objects(module, name)
        ]
        blocks += [f"### {title}", "\n".join(lines)] if lines else []
    return blocks


def _eligibility(module: Record) -> list[str]:
    """Criteria and the population, then the facts."""
    population = prose(text(module, "studyPopulation"))
    return [
        prose(text(module, "eligibilityCriteria")),
        f"Study population: {population}" if population else "",
        facts(module, "eligibilityCriteria", "studyPopulation"),
    ]


def planned(section: Record) -> dict[str, tuple[str, str]]:
    """Return description and time frame of each outcome, as the text has them, by its name."""
    module = _module(section, "outcomesModule")
    return {
        line(text(outcome, "measure")): (
            prose(text(outcome, "description")),
            line(text(outcome, "timeFrame")),
        )
        for name in ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
        for outcome in objects(module, name)
    }


def countries(section: Record) -> dict[str, int]:
    """Return how many sites a trial has in each country."""
    found: dict[str, int] = {}
    for site in objects(section, "contactsLocationsModule", "locations"):
        country = text(site, "country")
        if country:
            found[country] = found.get(country, 0) + 1
    return dict(sorted(found.items()))


def references(section: Record) -> list[dict[str, str]]:
    """Return the publications that a record names: kind, PMID and citation."""
    found = []
    for reference in objects(section, "referencesModule", "references"):
        entry = {
            "type": coded(text(reference, "type")),
            "pmid": text(reference, "pmid"),
            "citation": line(text(reference, "citation")),
        }
        found.append({key: words for key, words in entry.items() if words})
    return found


def sharing(section: Record) -> dict[str, object]:
    """Return what a record says about data of its participants that may be had."""
    module = field(section, "ipdSharingStatementModule")
    return dict(module) if isinstance(module, dict) else {}
