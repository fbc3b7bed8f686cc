"""PubMed: the yearly baseline and its update files, as NLM's server lists them.

``baseline/`` and ``updatefiles/`` hold ``pubmedYYnNNNN.xml.gz``, each with ``….md5`` beside it. YY
is the production year; NNNN runs on from the baseline into the updates. With a new baseline (in
January) everything begins anew: files of another year are never mixed with it, and those of the
old one go. A gap in the numbers is a fault of the listing, because a missing update is lost
revisions and deletions. Files of the same year never disappear.

Layout: NLM's README of the folders and its pages on downloading PubMed data, read in 2026; that
four streams are acceptable is common practice and no figure of NLM's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urljoin

from sources.fetch import listing
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits
from sources.fetch.listing import Listed
from sources.fetch.remote import Remote, Target

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://ftp.ncbi.nlm.nih.gov/pubmed/"

_NAME = re.compile(r"pubmed(\d\d)n(\d{4})\.xml\.gz")
_MD5 = ".md5"


class PubMed(Remote):
    """PubMed's baseline and update files."""

    name = "pubmed"
    summary = "PubMed: yearly baseline and update files of NLM (about 35 GB)"
    limits = Limits(requests_per_s=3.0, connections=4)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "baseline": "baseline/",
        "updates": "updatefiles/",
    }
    whole = True

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the baseline, then the updates, in the order of their numbers."""
        baseline = self._folder(client, "baseline")
        years = {year for year, _ in baseline}
        if len(years) != 1:
            said = f"lists {' and '.join(sorted(years)) or 'no file'}" + (
                ": a new year is being put there" if years else ""
            )
            raise FetchError("no_baseline", f"{self._url('baseline')}: {said}; run it again later")
        [year] = years
        self.stated["year"] = year
        last = max(number for _, number in baseline)
        # Updates of the old year stay a while beside the new baseline, which holds them.
        updates = {
            key: listed
            for key, listed in self._folder(client, "updates").items()
            if key[0] == year and key[1] > last
        }
        self._check("baseline", {number for _, number in baseline}, 1)
        self._check("updates", {number for _, number in updates}, last + 1)
        self.stated["last"] = f"{last + len(updates):04d}"
        for folder, found in (("baseline", baseline), ("updates", updates)):
            for key in sorted(found):
                yield self._target(folder, *found[key])

    def may_vanish(self, path: str) -> bool:
        """Tell whether a file is of another year than the present one."""
        found = _NAME.fullmatch(path.rsplit("/", 1)[-1])
        return found is None or found[1] != self.stated.get("year")

    def _url(self, folder: str) -> str:
        return urljoin(str(self.config["url"]), str(self.config[folder]))

    def _folder(
        self, client: Client, folder: str
    ) -> dict[tuple[str, int], tuple[Listed, Listed | None]]:
        """Return the files of a folder by year and number, each with its checksum file."""
        url = self._url(folder)
        page = client.page(url, expect="html", problem=lambda p: listing.problem(p.text))
        listed = {line.name: line for line in listing.files(page.text)}
        return {
            (found[1], int(found[2])): (line, listed.get(name + _MD5))
            for name, line in listed.items()
            if (found := _NAME.fullmatch(name))
        }

    def _check(self, folder: str, numbers: Set[int], first: int) -> None:
        """Refuse numbers with a gap: the listing is cut, or a file is being put there."""
        missing = sorted(set(range(first, max(numbers, default=first - 1) + 1)) - numbers)
        if missing:
            named = ", ".join(f"n{number:04d}" for number in missing[:3])
            said = f"{self._url(folder)}: the listing lacks {named}; run it again later"
            raise FetchError("gap", said)

    def _target(self, folder: str, file: Listed, md5: Listed | None) -> Target:
        url = urljoin(self._url(folder), file.name)
        dates = f"{file.date} {file.size}; md5 {md5.date if md5 else '-'}" if file.date else ""
        return Target(
            url,
            f"{folder}/{file.name}",
            about=file.about,
            sidecar=url + _MD5,
            version=dates,
            expect="xml.gz",
            counts=int(folder == "baseline"),
        )
