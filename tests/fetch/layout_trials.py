"""ClinicalTrials.gov's API v2 as its OpenAPI description has it, filled with invented trials."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

API = "/api/v2/"
STAMP = "2026-11-25T09:00:05"
NUMBERS = (101, 205, 4280705, 4280706, 6604689, 6604700, 7000001)


def study(number: int, date: str = "2026-01-05", title: str = "") -> dict[str, Any]:
    """Return a study as the API has it."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{number:08d}",
                "briefTitle": title or f"Examplin in Invented Fever, Trial {number}",
            },
            "statusModule": {
                "overallStatus": "COMPLETED",
                "lastUpdatePostDateStruct": {"date": date, "type": "ACTUAL"},
            },
            "descriptionModule": {
                "briefSummary": f"We give {number % 90 + 1} mg of examplin to invented patients."
            },
            "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
        },
        "hasResults": False,
    }


class TrialsSite:
    """Answers ``studies`` and ``version``; what is listed and what is there can differ."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.studies: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.doubled: set[str] = set()
        self.stamp = STAMP
        self.total: int | None = None
        site.compute = self.answer

    def add(self, *studies: dict[str, Any]) -> None:
        """Put studies there, or change them."""
        for one in studies:
            self.studies[one["protocolSection"]["identificationModule"]["nctId"]] = one

    def answer(self, path: str) -> Served | None:
        """Answer an address of the API."""
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == f"{API}version":
            return json_of({"apiVersion": "2.0.3", "dataTimestamp": self.stamp})
        if parts.path != f"{API}studies":
            return None
        size = min(int(query.get("pageSize", "10")), 1000)
        if "filter.ids" in query:
            wanted = [one for one in query["filter.ids"].split(",") if one in self.studies]
            found = [self.studies[one] for one in wanted if one not in self.hidden]
            return json_of(_page(found, size, 0))
        found = [_listed(one) for key, one in self.studies.items() for _ in range(self._times(key))]
        page = _page(found, size, int(query.get("pageToken", "t0")[1:]))
        if "countTotal" in query:
            page["totalCount"] = len(self.studies) if self.total is None else self.total
        return json_of(page)

    def _times(self, number: str) -> int:
        return 2 if number in self.doubled else 1


def _listed(one: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the listing asks for."""
    section = one["protocolSection"]
    return {
        "protocolSection": {
            "identificationModule": {"nctId": section["identificationModule"]["nctId"]},
            "statusModule": {
                "lastUpdatePostDateStruct": section["statusModule"]["lastUpdatePostDateStruct"]
            },
        }
    }


def _page(found: list[dict[str, Any]], size: int, first: int) -> dict[str, Any]:
    page: dict[str, Any] = {"studies": found[first : first + size]}
    if first + size < len(found):
        page["nextPageToken"] = f"t{first + size}"
    return page


def case(site: Site) -> Case:
    """Return seven trials on pages of three, in files of at most three."""
    layout = TrialsSite(site)
    layout.add(*map(study, NUMBERS))
    return Case(
        "trials",
        API,
        len(NUMBERS),
        file=f"{API}studies?filter.ids=NCT04280705,NCT04280706&pageSize=2",
        listing=f"{API}studies?fields=NCTId,LastUpdatePostDate&pageSize=3&pageToken=t3",
        keys={"page_size": 3, "ids_per_request": 3},
    )
