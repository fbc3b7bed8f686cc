"""openFDA's ``download.json`` and its parts, DailyMed's list and its labels, invented."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

DAILYMED = "/dailymed/services/v2/"
FILES = "/drug/label/"
SPL = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<document xmlns="urn:hl7-org:v3">'
    '<id root="{document}"/><code code="34391-3" codeSystem="2.16.840.1.113883.6.1" '
    'displayName="HUMAN PRESCRIPTION DRUG LABEL"/><title>Examplin {number}</title>'
    '<effectiveTime value="20260105"/><setId root="{set_id}"/><versionNumber value="{version}"/>'
    "<component><structuredBody><component><section>"
    '<code code="34067-9" codeSystem="2.16.840.1.113883.6.1"/><title>INDICATIONS AND USAGE</title>'
    "<text><paragraph>Examplin is indicated for invented fever above {number} degrees."
    "</paragraph></text></section></component></structuredBody></component></document>\n"
)


def set_id(number: int) -> str:
    """Return the set id of an invented label."""
    return f"{number:08x}-dddd-4000-8000-000000000004"


def part(first: int, records: int) -> bytes:
    """Return a zipped part of openFDA's."""
    found = [
        {
            "set_id": set_id(number), "id": f"{number:08x}-eeee-4000-8000-000000000004",
            "version": "1", "effective_time": "20260105",
            "indications_and_usage": [f"INDICATIONS AND USAGE For invented fever {number}."],
            "openfda": {},
        }
        for number in range(first, first + records)
    ]  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo("drug-label.json", (2026, 1, 5, 0, 0, 0))
        archive.writestr(member, json.dumps({"meta": {}, "results": found}))
    return packed.getvalue()


class LabelsSite:
    """Both services on one host."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.labels: dict[str, dict[str, Any]] = {}
        self.day = "Jan 05, 2026 12:30:00AM EST"
        self.total: int | None = None
        site.compute = self.answer

    def export(self, day: str, *records: int) -> None:
        """Put the parts of a day there, and the list of them."""
        partitions = []
        for number, count in enumerate(records, 1):
            name = f"drug-label-{number:04d}-of-{len(records):04d}.json.zip"
            body = part(1000 * number, count)
            self.site.put(FILES + name, body, "application/zip")
            partitions.append(
                {
                    "display_name": f"/drug/label (part {number} of {len(records)})",
                    "file": f"https://download.open.fda.gov{FILES}{name}",
                    "size_mb": f"{len(body) / 1e6:.2f}",
                    "records": count,
                }
            )
        label = {"export_date": day, "total_records": sum(records), "partitions": partitions}
        self.listed = {"meta": {}, "results": {"drug": {"label": label}, "food": {}}}
        self.site.put("/download.json", json.dumps(self.listed).encode(), "application/json")

    def add(self, number: int, version: int = 1, body: bytes = b"", name: str = "") -> str:
        """Put a label there, or a later version of it; returns its path."""
        name = name or set_id(number)
        self.labels[name] = {
            "spl_version": version, "published_date": f"Jan {version % 28 + 1:02d}, 2026",
            "title": f"EXAMPLIN {number}", "setid": name,
        }  # fmt: skip
        text = SPL.format(number=number, version=version, set_id=name, document=set_id(version))
        path = f"{DAILYMED}spls/{name}.xml"
        self.site.put(path, body or text.encode(), "application/xml")
        return path

    def answer(self, path: str) -> Served | None:
        """Answer a page of DailyMed's list."""
        parts = urlsplit(path)
        if parts.path != f"{DAILYMED}spls.json":
            return None
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        size, number = int(query["pagesize"]), int(query["page"])
        found = list(self.labels.values())
        total = len(found) if self.total is None else self.total
        pages = -(-total // size)
        metadata = {
            "db_published_date": self.day, "elements_per_page": size, "current_page": number,
            "total_elements": total, "total_pages": pages,
            "next_page": number + 1 if number < pages else "null",
        }  # fmt: skip
        return json_of({"data": found[(number - 1) * size : number * size], "metadata": metadata})


def case(site: Site) -> Case:
    """Return two parts of openFDA's, and three labels of DailyMed's on pages of two."""
    layout = LabelsSite(site)
    layout.export("2026-01-03", 2, 1)
    paths = [layout.add(number) for number in range(3)]
    return Case(
        "labels",
        "",
        6,
        file=paths[1],
        listing=f"{DAILYMED}spls.json",
        keys={
            "openfda_url": "{site}/download.json",
            "openfda_files": "{site}",
            "dailymed_url": "{site}" + DAILYMED,
            "page_size": 2,
        },
    )
