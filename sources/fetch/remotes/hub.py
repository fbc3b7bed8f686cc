"""Data sets of the Hugging Face hub, at one commit: text for replay, or for anything else.

``revision`` names a commit by its 40 digits: a branch would be another data set tomorrow. The hub
lists the files of a commit with their sizes and, where they are kept in its large-file storage,
their SHA-256; each file is compared with it. Of the files that fit ``files`` a ``share`` can be
taken: those whose names have the smallest hashes, so that the same ones come each time.

What lies in the storage is redirected to its own hosts (``storage``).

Layout: `huggingface_hub` 2.4 (``tree``, ``resolve``, ``Link`` headers, 1,000 entries a page), read
in 2026. Unconfirmed: the hosts of the storage, as public programs name them in 2026; that no rate
is stated for readers without a key.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import quote, urljoin

from sources.fetch import answers, listing
from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits
from sources.fetch.remote import Remote, Target, host_of
from sources.text.json_stream import text, texts

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

URL = "https://huggingface.co/"

STORAGE = (
    "https://us.aws.cdn.hf.co/",
    "https://cas-bridge.xethub.hf.co/",
    "https://cdn-lfs.hf.co/",
    "https://cdn-lfs-us-1.hf.co/",
    "https://cdn-lfs.huggingface.co/",
)
"""Addresses of the storage to which files are redirected."""

PAGE_ENTRIES = 1_000
"""Entries of a page of the list of files; one that is full must name a page behind it."""

FILES = ("*.parquet",)
"""Files that are fetched."""

_DATASET = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Hub(Remote):
    """Files of a data set of the hub at one commit."""

    name = "hub"
    summary = "Hugging Face hub: Parquet files of a data set at a pinned commit"
    limits = Limits(requests_per_s=5.0, connections=4)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "storage": list(STORAGE),
        "dataset": "",
        "revision": "",
        "files": list(FILES),
        "share": 1.0,
        "page_entries": PAGE_ENTRIES,
    }

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        dataset, revision = str(self.config["dataset"]), str(self.config["revision"])
        if not options.get("dataset", "unset"):
            raise ValueError('dataset must say what to fetch: dataset = "owner/name"')
        if dataset and not _DATASET.fullmatch(dataset):
            raise ValueError(f"dataset must be a name such as owner/name, not {dataset!r}")
        if (dataset or revision) and not _COMMIT.fullmatch(revision):
            said = "revision must be the 40 hexadecimal digits of a commit: names of branches move"
            raise ValueError(f"{said}; found {revision!r}")
        if cast("float", self.config["share"]) > 1:
            raise ValueError("share must be a number above 0 and up to 1")

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the files that are wanted, by their paths.

        Raises:
            FetchError: ``other_revision``, ``short_listing``, or no file fits.
        """
        dataset, revision = str(self.config["dataset"]), str(self.config["revision"])
        self._describe(client, f"api/datasets/{dataset}/revision/{revision}", revision)
        patterns = cast("list[str]", self.config["files"])
        found = {
            text(entry, "path"): entry
            for entry in self._tree(client, f"api/datasets/{dataset}/tree/{revision}")
            if text(entry, "type") == "file"
            and any(fnmatch.fnmatchcase(text(entry, "path"), pattern) for pattern in patterns)
        }
        if not found:
            said = f"{dataset}: no file of the commit fits {' '.join(patterns)}"
            raise FetchError("no_file", f"{self._address('datasets/' + dataset)}: {said}")
        for path in _part(found, cast("float", self.config["share"])):
            yield self._target(f"datasets/{dataset}/resolve/{revision}/", path, found[path])

    def hosts(self) -> frozenset[str]:
        """Return the hosts of the hub and of its storage."""
        storage = cast("list[str]", self.config["storage"])
        return super().hosts() | {host_of("storage", address) for address in storage}

    def _describe(self, client: Client, path: str, revision: str) -> None:
        """Note what the hub says of the commit; it must be the one that was asked for."""

        def problem(page: answers.Head) -> str:
            return "" if text(page, "sha") == revision else "describes another commit"

        about = answers.page(client, self._address(path), problem)
        self.stated |= {"dataset": text(about, "id"), "revision": revision}
        licences = texts(about, "cardData", "license")
        if licences:
            self.stated["licence"] = ", ".join(licences)

    def _tree(self, client: Client, path: str) -> Iterator[answers.Head]:
        """Yield all entries of the commit, over all pages."""
        url = f"{self._address(path)}?recursive=true&expand=false"
        walk = listing.Walk(shown(url))
        while url:
            page = client.page(walk.on(url), expect="json", problem=_problem)
            entries = json.loads(page.body)
            yield from entries
            url = listing.following(page.url, page.headers.get("link", ""))
            if not url and len(entries) >= cast("int", self.config["page_entries"]):
                said = f"a full page of {len(entries):,} files that names none behind it"
                raise FetchError("short_listing", f"{shown(page.url)}: {said}; run it again later")

    def _target(self, folder: str, path: str, entry: answers.Head) -> Target:
        size, sha256 = text(entry, "size"), text(entry, "lfs", "oid")
        return Target(
            self._address(folder + quote(path)),
            path,
            size=int(size) if size.isdecimal() else None,
            checksum=f"sha256:{sha256}" if _SHA256.fullmatch(sha256) else "",
            version=text(entry, "oid"),
            facts=(("file", path),),
        )

    def _address(self, path: str) -> str:
        return urljoin(str(self.config["url"]), path)


def _problem(page: Page) -> str:
    try:
        entries = json.loads(page.body)
    except (ValueError, RecursionError):
        return "JSON that cannot be read"
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return "no list of files"
    return "" if all(text(entry, "path") for entry in entries) else "a file without its path"


def _part(paths: Mapping[str, object], share: float) -> list[str]:
    """Return a share of some paths, sorted: at least one, and the same ones each time."""
    ordered = sorted(paths, key=lambda path: hashlib.sha256(path.encode()).digest())
    return sorted(ordered[: max(1, math.ceil(share * len(ordered)))])
