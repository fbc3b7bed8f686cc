"""Trials: every value of a record is in its text, and nobody who can be called."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.base import Document, Item, Resource, SourceError
from sources.text.trial_results import results
from sources.text.trial_words import coded, prose
from sources.trials import Trials

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "trials"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
IN_CELLS = {"value", "spread", "lowerLimit", "upperLimit", "numSubjects", "numUnits"}
COUNTS = re.compile(r"\w*[nN]um(?:Affected|AtRisk|Events)")
# What a record holds that is no text of the trial: people, places, ids and codes of the registry.
NOT_TEXT = {
    "contactsLocationsModule", "sponsorCollaboratorsModule", "referencesModule", "derivedSection",
    "documentSection", "pointOfContact", "certainAgreement", "ipdSharingStatementModule", "id",
    "groupId", "groupIds", "nctId", "orgStudyIdInfo", "secondaryIdInfos", "acronym",
    "statusModule", "keywords", "oversightModule", "organization",
    # Said in the text as words.
    "type", "paramType", "dispersionType", "nonInferiorityType", "ciNumSides", "reportingStatus",
    "assessmentType", "studyType", "phases", "allocation", "interventionModel", "primaryPurpose",
    "masking", "whoMasked", "sex", "stdAges", "interventionNames",
}  # fmt: skip


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    return list(Trials().parse(Resource("x", "x", len(data), "x"), io.BytesIO(data)))


def said(value: object) -> Iterator[str]:
    """The texts and numbers of a record that belong into its text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in NOT_TEXT:
                yield from said(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from said(inner)
    elif isinstance(value, str):
        yield " ".join(prose(value).split())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def cells(value: object) -> Iterator[str]:
    """The numbers that stand in tables of the results."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in IN_CELLS or COUNTS.fullmatch(key):
                yield from NUMBER.findall(str(inner))
            else:
                yield from cells(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from cells(inner)


def people(value: object) -> Iterator[str]:
    """Names, telephones and addresses in the modules about people."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("centralContacts", "overallOfficials", "contacts", "pointOfContact"):
                yield from said({"inner": inner})
            elif key in ("investigatorFullName",):
                yield str(inner)
            else:
                yield from people(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from people(inner)


def test_codes_and_escapes_become_words() -> None:
    """Capitals of the registry and escapes of CommonMark do not reach the text."""
    assert coded("PLACEBO_COMPARATOR") == "placebo comparator"
    assert [coded("PHASE3"), coded("EARLY_PHASE1"), coded("NA")] == [
        "phase 3",
        "early phase 1",
        "not applicable",
    ]
    assert prose("age \\>18 \\[years\\]  \nn\\*m \\alpha") == "age >18 [years]\nn*m \\alpha"


def test_nobody_is_named() -> None:
    """Contacts, officials, investigators and sponsors who are people are nowhere in a document."""
    data = (SAMPLES / "page.json").read_bytes()
    (first, *_) = (item for item in items(data) if isinstance(item, Document))
    assert "Invented, MD" not in repr(first)
    assert "Person Invented" not in repr(first)
    assert not re.search(r"555|@|Nobody Invented|Site Invented", repr(first))
    names = [entry["what"] for entry in first.metadata["left_out"]]  # type: ignore[attr-defined]
    assert names[0] == "contactsLocationsModule"


def test_a_cell_without_a_known_group_is_not_lost() -> None:
    """A value of a group that the measure does not list stands at the end of its row."""
    section = {
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {
                    "title": "T",
                    "groups": [{"id": "OG0", "title": "A"}],
                    "classes": [
                        {
                            "categories": [
                                {
                                    "measurements": [
                                        {"groupId": "OG0", "value": "1"},
                                        {"groupId": "OG9", "value": "2", "unheard": "of"},
                                    ]
                                }
                            ]
                        }
                    ],
                }
            ]
        }
    }
    assert "OG9: 2 [Unheard: of]" in results(section, {})[-1]


def test_what_the_protocol_says_is_not_said_again() -> None:
    """Description and time frame of an outcome come again only where the results differ."""
    outcome = {"title": "T", "description": "D", "timeFrame": "F"}
    section = {"outcomeMeasuresModule": {"outcomeMeasures": [outcome]}}
    assert "D" not in "\n".join(results(section, {"T": ("D", "F")})[2:])
    assert results(section, {"T": ("D", "G")})[2:] == ["T. Time frame: F.", "D"]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"<html>blocked</html>", "bad_json"),
        (b'{"error": "too many requests"}', "not_trials"),
        (b'{"studies": [{"protocolSection": {', "truncated"),
        (b'{"studies": [' + b"[" * 5000, "bad_json"),
    ],
)
def test_what_is_no_answer_says_so(data: bytes, rule: str) -> None:
    """Error pages and cut answers end in one line with a rule."""
    with pytest.raises(SourceError) as error:
        items(data)
    assert error.value.rule == rule


def test_fields_of_another_kind_cost_nothing_else() -> None:
    """Where a list, an object or a text is expected and another stands, the rest is read."""
    odd: list[object] = [None, 5, "x", [], {}, [5], [[]], {"a": 5}]
    record = json.loads((SAMPLES / "page.json").read_bytes())["studies"][0]
    modules = [("protocolSection", name) for name in record["protocolSection"]]
    modules += [("resultsSection", name) for name in record["resultsSection"]]
    for section, name in modules:
        for value in odd:
            changed = {**record, section: {**record[section], name: value}}
            (found,) = items(json.dumps({"studies": [changed]}).encode())
            known = name != "identificationModule"
            assert isinstance(found, Document) == known
    for value in odd:
        (found,) = items(json.dumps({"studies": [{**record, "resultsSection": value}]}).encode())
        assert isinstance(found, Document)


def test_real_records_are_read_whole(real_data: Path) -> None:
    """Every study of the recorded answers is a document that has all its values, and no person."""
    count = 0
    for path in sorted((real_data / "formats" / "clinicaltrials").glob("*.json")):
        answer = json.loads(path.read_bytes())
        studies = answer.get("studies", [answer])
        found = items(path.read_bytes())
        assert len(found) == len(studies)
        for study, item in zip(studies, found, strict=True):
            assert isinstance(item, Document)
            whole = " ".join(f"{item.title}\n{item.text}".replace("\\|", "|").split())
            lost = [words for words in said(study) if words not in whole]
            assert not lost, (path.name, item.native_id, lost[:3])
            tables = "\n".join(row for row in item.text.split("\n") if row.startswith("|"))
            lost_cells = Counter(cells(study)) - Counter(NUMBER.findall(tables))
            assert not lost_cells, path.name
            for name in people(study):
                assert len(name) < 6 or name not in repr(item), path.name
            count += 1
    assert count >= 25
