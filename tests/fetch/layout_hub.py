"""The Hugging Face hub's interface for a data set at a commit, filled with invented pages."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

DATASET = "invented/web"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def table(first: int, rows: int = 3, ids: bool = True) -> bytes:
    """Return a Parquet file of invented pages."""
    numbers = range(first, first + rows)
    columns: dict[str, list[str]] = {
        "text": [
            f"Page {number} is about the making of {number % 7 + 2} cakes." for number in numbers
        ],
        "url": [f"https://www.example.org/{number}" for number in numbers],
    }
    columns |= {"id": [f"<urn:uuid:{number}>" for number in numbers]} if ids else {}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


class HubSite:
    """Lists the files of a commit two at a time, and gives them."""

    def __init__(self, site: Site, page_entries: int = 2) -> None:
        self.site, self.page_entries = site, page_entries
        self.entries: list[dict[str, Any]] = []
        self.sha = REVISION
        site.compute = self.answer

    def add(self, path: str, body: bytes, *, large: bool = True) -> str:
        """Put a file into the commit; returns the path at which it is served."""
        oid = hashlib.sha1(body).hexdigest()
        entry: dict[str, Any] = {"type": "file", "oid": oid, "size": len(body), "path": path}
        if large:
            sha256 = hashlib.sha256(body).hexdigest()
            entry["lfs"] = {"oid": sha256, "size": len(body), "pointerSize": 134}
            entry["xetHash"] = sha256[::-1]
        self.entries.append(entry)
        served = f"/datasets/{DATASET}/resolve/{REVISION}/{quote(path)}"
        self.site.put(served, body)
        return served

    def answer(self, path: str) -> Served | None:
        """Answer an address of the interface."""
        parts = urlsplit(path)
        if parts.path == f"/api/datasets/{DATASET}/revision/{REVISION}":
            card = {"license": "odc-by", "pretty_name": "Invented"}
            return json_of({"id": DATASET, "sha": self.sha, "gated": False, "cardData": card})
        if parts.path != f"/api/datasets/{DATASET}/tree/{REVISION}":
            return None
        query = parse_qs(parts.query)
        place = int(query.get("cursor", ["0"])[0])
        folder = {"type": "directory", "oid": "f" * 40, "size": 0, "path": "data"}
        found = [folder, *self.entries]
        served = Served(
            json.dumps(found[place : place + self.page_entries]).encode(),
            "application/json",
            modified=0,
        )
        if place + self.page_entries < len(found):
            address = f"{self.site.address}{parts.path}?recursive=true&expand=false&cursor="
            served.headers["Link"] = f'<{address}{place + self.page_entries}>; rel="next"'
        return served


def case(site: Site) -> Case:
    """Return two Parquet files and one that is none."""
    layout = HubSite(site)
    layout.add("README.md", b"# Invented\n", large=False)
    path = layout.add("data/CC-1/train-00000.parquet", table(0))
    layout.add("data/CC-1/train-00001.parquet", table(10))
    tree = f"/api/datasets/{DATASET}/tree/{REVISION}"
    keys: dict[str, object] = {"dataset": DATASET, "revision": REVISION, "storage": []}
    return Case("hub", "/", 6, file=path, listing=tree, keys={**keys, "page_entries": 3})
