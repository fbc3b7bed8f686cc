"""Results of a trial as Markdown: flow, baseline, outcomes with their analyses, adverse events.

Every value that the record has is in the text: tables have a column a group of participants, and
what is no number of a table stands as a fact before it. What a group was given is said where it
first comes, and what an outcome is stands with the protocol alone where both say the same. Left
out are the agreements with investigators and whom to ask, who is a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from sources.text.json_stream import objects, text, texts
from sources.text.tables import of_texts
from sources.text.trial_words import coded, facts, item, label, line, prose, sentences, value

Record = Mapping[str, object]

_CELL = ("groupId", "value", "spread", "lowerLimit", "upperLimit", "comment")
_STATS = ("groupId", "numAffected", "numAtRisk", "numEvents")


def results(section: Record, planned: Mapping[str, tuple[str, str]]) -> list[str]:
    """Return the blocks of a ``resultsSection``, with headings from the second level on.

    Args:
        section: The section.
        planned: Description and time frame of each outcome of the protocol, as they stand there,
            by its name.
    """
    writer = _Results(planned)
    blocks: list[str] = []
    for name, title, write in (
        ("participantFlowModule", "Participant flow", writer.flow),
        ("baselineCharacteristicsModule", "Baseline characteristics", writer.baseline),
        ("outcomeMeasuresModule", "Outcome measures", writer.outcomes),
        ("adverseEventsModule", "Adverse events", writer.events),
    ):
        module = section.get(name)
        content = write(module) if isinstance(module, dict) else []
        if content:
            blocks += [f"### {title}", *content]
    caveats = text(section, "moreInfoModule", "limitationsAndCaveats", "description")
    if caveats:
        blocks += ["### Limitations and caveats", prose(caveats)]
    return ["## Results", *blocks] if blocks else []


class _Results:
    """Writes modules, and knows which groups it has described."""

    def __init__(self, planned: Mapping[str, tuple[str, str]]) -> None:
        self._planned = planned
        self._said: set[tuple[str, str]] = set()

    def flow(self, module: Record) -> list[str]:
        """Who took part: a table a period."""
        groups = _groups(module, "groups")
        blocks = [*_prose(module), *self._described(module, "groups")]
        for period in objects(module, "periods"):
            rows = [["", *groups.values()]]
            for name, members in (("milestones", "achievements"), ("dropWithdraws", "reasons")):
                for row in objects(period, name):
                    kind = text(row, "type")
                    title = coded(kind).capitalize() if kind.isupper() else line(kind)
                    title = ": ".join(filter(None, [title, line(text(row, "comment"))]))
                    rows.append([title, *_by_group(objects(row, members), groups, _flow_cell)])
            title = line(text(period, "title"))
            blocks += [f"#### {title}"] if title else []
            blocks += filter(None, [of_texts(rows)])
        return blocks

    def baseline(self, module: Record) -> list[str]:
        """What participants were like: a table a measure."""
        groups = _groups(module, "groups")
        blocks = [*_prose(module), *self._described(module, "groups")]
        rows = [["", *groups.values()], *_denominators(module, groups)]
        blocks += filter(None, [of_texts(rows) if len(rows) > 1 else ""])
        for measure in objects(module, "measures"):
            title = line(text(measure, "title"))
            blocks += [f"#### {title}"] if title else []
            blocks += [*_prose(measure), *filter(None, [_table(measure, groups)])]
        return blocks

    def outcomes(self, module: Record) -> list[str]:
        """What was measured, each with its table and its analyses."""
        blocks: list[str] = []
        before = ""
        for outcome in objects(module, "outcomeMeasures"):
            groups = _groups(outcome, "groups")
            name = line(text(outcome, "title"))
            description = prose(text(outcome, "description"))
            known = self._planned.get(name) == (description, line(text(outcome, "timeFrame")))
            skip = ["title", "description", "populationDescription", *_MEASURE]
            if text(outcome, "reportingStatus") == "POSTED":
                skip.append("reportingStatus")  # which is why there is a table
            plain = facts(outcome, *skip, *["timeFrame"] * known)
            population = line(text(outcome, "populationDescription"))
            # Most outcomes have the population of the one before.
            said = "as before" if population == before else population
            said, before = f"Population: {said}" if population else "", population
            blocks.append(sentences([name or "Outcome", plain, said]))
            blocks += [description] if description and not known else []
            blocks += self._described(outcome, "groups")
            blocks += filter(None, [_table(outcome, groups)])
            blocks += [_analysis(a, groups) for a in objects(outcome, "analyses")]
        return blocks

    def events(self, module: Record) -> list[str]:
        """What harm was seen: totals, then a table each of serious and other events."""
        groups = _groups(module, "eventGroups")
        skip = ("description", "eventGroups", "seriousEvents", "otherEvents")
        blocks = list(filter(None, [facts(module, *skip), *_prose(module)]))
        blocks += self._described(module, "eventGroups")
        rows = [["Participants affected / at risk", *groups.values()]]
        for kind, title in (("deaths", "Deaths"), ("serious", "Serious"), ("other", "Other")):
            names = (f"{kind}NumAffected", f"{kind}NumAtRisk")
            cells = [
                "/".join(filter(None, (text(g, n) for n in names)))
                for g in objects(module, "eventGroups")
            ]
            if any(cells):
                rows.append([title, *cells])
        blocks += filter(None, [of_texts(rows) if len(rows) > 1 else ""])
        for name, title in (("seriousEvents", "Serious events"), ("otherEvents", "Other events")):
            table = _events(objects(module, name), groups)
            blocks += [f"#### {title}", table] if table else []
        return blocks

    def _described(self, module: Record, name: str) -> list[str]:
        """Groups that have not been described yet, as a list."""
        lines = []
        for group in objects(module, name):
            title, description = line(text(group, "title")), prose(text(group, "description"))
            if description and (title, description) not in self._said:
                self._said.add((title, description))
                one = f"{title}: {description}" if title else description
                lines.append(item(one))
        return ["\n".join(lines)] if lines else []


_MEASURE = ("paramType", "dispersionType", "unitOfMeasure")


def _prose(module: Record) -> list[str]:
    """Texts of a module or measure as paragraphs, all but its titles and codes."""
    named = {
        "description": "", "populationDescription": "Population: ",
        "preAssignmentDetails": "", "recruitmentDetails": "",
    }  # fmt: skip
    blocks = [
        lead + prose(text(module, key)) for key, lead in named.items() if text(module, key).strip()
    ]
    units = [key for key in ("typeUnitsAnalyzed", "denomUnitsSelected") if text(module, key)]
    return blocks + [f"{label(key)}: {value(key, module[key])}" for key in units]


def _groups(module: Record, name: str) -> dict[str, str]:
    """Titles of groups by their ids, in order."""
    return {
        text(group, "id"): line(text(group, "title")) or text(group, "id")
        for group in objects(module, name)
    }


def _by_group(
    members: Iterable[Record], groups: Mapping[str, str], cell: Callable[[Record], str]
) -> list[str]:
    """Cells of a row, one a group; what names no known group stands behind them."""
    found: dict[str, list[str]] = {}
    for member in members:
        found.setdefault(text(member, "groupId"), []).append(cell(member))
    row = ["; ".join(found.pop(group, [])) for group in groups]
    return [*row, *(f"{name}: {'; '.join(cells)}" for name, cells in found.items())]


def _flow_cell(member: Record) -> str:
    said = [text(member, "numSubjects")]
    units = text(member, "numUnits")
    said += [f"{units} units"] if units else []
    return _with_rest(", ".join(filter(None, said)), member, "groupId", "numSubjects", "numUnits")


def _value_cell(member: Record, analysed: Mapping[str, str]) -> str:
    """``15 (13 to 18)``, ``59.2 (15.4), n = 463``, with comments behind."""
    said = text(member, "value")
    lower, upper = text(member, "lowerLimit"), text(member, "upperLimit")
    inside = [text(member, "spread")] if text(member, "spread") else []
    inside += [f"{lower or '…'} to {upper or '…'}"] if lower or upper else []
    said += f" ({'; '.join(inside)})" if inside else ""
    count = analysed.get(text(member, "groupId"), "")
    said += f", n = {count}" if count else ""
    return _with_rest(said, member, *(name for name in _CELL if name != "comment"))


def _count_cell(member: Record) -> str:
    return _with_rest(text(member, "value"), member, "groupId", "value")


def _with_rest(said: str, member: Record, *known: str) -> str:
    """Add a comment, and whatever else a cell holds, in square brackets."""
    rest = []
    for key, found in member.items():
        words = "" if key in known else value(key, found)
        if words:
            rest.append(words if key == "comment" else f"{label(key)}: {words}")
    return f"{said} [{'; '.join(rest)}]".strip() if rest else said


def _denominators(holder: Record, groups: Mapping[str, str], title: str = "") -> list[list[str]]:
    """Rows with how many were analysed."""
    rows = []
    for denominator in objects(holder, "denoms"):
        lead = f"{line(text(denominator, 'units'))} analyzed".strip()
        lead = f"{title}: {lead}" if title else lead
        rows.append([lead, *_by_group(objects(denominator, "counts"), groups, _count_cell)])
    return rows


def _table(measure: Record, groups: Mapping[str, str]) -> str:
    """Table of one measure: a row a category, and how many were analysed."""
    unit = value("unitOfMeasure", measure.get("unitOfMeasure"))
    rows = [[_parameter(measure), *groups.values()], *_denominators(measure, groups)]
    for one in objects(measure, "classes"):
        title = line(text(one, "title"))
        analysed = _analysed(one)
        if analysed is None:
            rows += _denominators(one, groups, title)
        for category in objects(one, "categories"):
            lead = ": ".join(filter(None, [title, line(text(category, "title"))]))
            measured = objects(category, "measurements")
            row = _by_group(measured, groups, partial(_value_cell, analysed=analysed or {}))
            rows.append([lead or unit, *row])
    return of_texts(rows) if len(rows) > 1 else ""


def _analysed(one: Record) -> dict[str, str] | None:
    """Participants analysed in a class by group; None where that needs rows of its own.

    It does where several units are counted, a count bears a comment, or nothing was measured.
    """
    denominators = objects(one, "denoms")
    counts = [count for d in denominators for count in objects(d, "counts")]
    plain = all(set(count) <= {"groupId", "value"} for count in counts)
    cells = {
        text(member, "groupId")
        for category in objects(one, "categories")
        for member in objects(category, "measurements")
    }
    by_group = {text(count, "groupId"): text(count, "value") for count in counts}
    units = [text(d, "units").lower() for d in denominators]
    return by_group if plain and units == ["participants"] and cells >= set(by_group) else None


def _parameter(measure: Record) -> str:
    """What the numbers of a table are: ``Median (95% Confidence Interval), Days``."""
    kind = value("paramType", measure.get("paramType")).capitalize()
    spread = value("dispersionType", measure.get("dispersionType"))
    unit = value("unitOfMeasure", measure.get("unitOfMeasure"))
    return ", ".join(filter(None, [f"{kind} ({spread})" if spread else kind, unit]))


def _analysis(analysis: Record, groups: Mapping[str, str]) -> str:
    """A statistical analysis as an item: what was compared, its estimate, and the rest as facts."""
    names = [groups.get(name, name) for name in texts(analysis, "groupIds")]
    lead = "Analysis of " + ", ".join(names) if names else "Analysis"
    said = "; ".join(filter(None, [_test(analysis), _estimate(analysis)]))
    rest = facts(analysis, "groupIds", *_TEST, *_ESTIMATE)
    return item(sentences([f"{lead}: {said}" if said else lead, rest]))


_TEST = ("pValue", "statisticalMethod")
_ESTIMATE = ("paramType", "paramValue", "ciPctValue", "ciNumSides", "ciLowerLimit", "ciUpperLimit")


def _test(analysis: Record) -> str:
    """``p <0.001 (Log Rank)``."""
    p, method = (value(name, analysis.get(name)) for name in _TEST)
    p = f"p {p}" if p[:1] in "<>=≤≥" else f"p = {p}"
    if not text(analysis, "pValue"):
        return method
    return f"{p} ({method})" if method else p


def _estimate(analysis: Record) -> str:
    """``Cox Proportional Hazard 1.29 (95% CI 1.12 to 1.49, two sided)``."""
    kind, estimate, percent, sides, lower, upper = (
        value(name, analysis.get(name)) for name in _ESTIMATE
    )
    limits = f" {lower or '…'} to {upper or '…'}" if lower or upper else ""
    interval = f"{percent}% CI{limits}" if percent else f"CI{limits}" if limits else ""
    inside = ", ".join(filter(None, [interval, sides]))
    said = " ".join(filter(None, [kind, estimate]))
    return f"{said} ({inside})".strip() if inside else said


def _events(events: list[Record], groups: Mapping[str, str]) -> str:
    """Table of adverse events: affected / at risk, and events where they are counted.

    Columns that no event has anything for are not there.
    """
    further = {
        "assessmentType": "Assessment", "sourceVocabulary": "Vocabulary", "notes": "Notes",
    }  # fmt: skip
    used = [key for key in further if any(text(event, key) for event in events)]
    rows = [["Organ system", "Event", *groups.values(), *(further[key] for key in used)]]
    rows += [
        [
            line(text(event, "organSystem")),
            line(text(event, "term")),
            *_by_group(objects(event, "stats"), groups, _event_cell),
            *(_shortened(value(key, event.get(key)), key) for key in used),
        ]
        for event in events
    ]
    return of_texts(rows) if events else ""


def _shortened(said: str, key: str) -> str:
    """``systematic`` for the code ``SYSTEMATIC_ASSESSMENT``; other fields are as they are."""
    return said.removesuffix(" assessment") if key == "assessmentType" else said


def _event_cell(stats: Record) -> str:
    affected, at_risk, events = (text(stats, name) for name in _STATS[1:])
    said = "/".join(filter(None, [affected, at_risk]))
    said += f", {events} event{'s' * (events != '1')}" if events else ""
    return _with_rest(said, stats, *_STATS)
