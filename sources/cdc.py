"""CDC: pages of cdc.gov (guidance, MMWR, Preventing Chronic Disease), read as guidelines are.

What is added is the licence. A page of CDC says nothing of it: works of the US government bear no
copyright in the US, which the policy of the source states. So a page that names an address of CDC,
or none, is taken as such a work; a page that names another host is not. What a page or record says
of itself goes before. Figures that others lent are marked where they stand, and are not text.

Answers of CDC's Content Services (``syndicate``) are read too: a page's text without the furniture
of the site, with its name, its address and its day.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, ClassVar

from sources import licences
from sources.base import Document, Failure, Item, Resource, SourceError
from sources.guidelines import Guidelines
from sources.policy import POLICIES
from sources.text.declared import iso_date
from sources.text.json_stream import Answer, field, text
from sources.text.jsonlines import Row

_HOST = re.compile(r"https?://(?:[a-z0-9-]+\.)*cdc\.gov(?:[:/?#]|\Z)", re.IGNORECASE)


class Cdc(Guidelines):
    """Pages, PDFs and records in the forms of `sources.guidelines.Guidelines`."""

    name: ClassVar[str] = "cdc"
    summary: ClassVar[str] = "pages and PDFs of CDC: guidance, MMWR, Preventing Chronic Disease"
    patterns: ClassVar[tuple[str, ...]] = (*Guidelines.patterns, "*.json")
    version: ClassVar[int] = Guidelines.version

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the documents of a file with their licence; see `Source.parse`.

        Raises:
            SourceError: As `Guidelines.parse` and `json_stream.Answer` say; ``not_syndicated`` for
                other JSON.
        """
        policy = POLICIES["cdc"]
        said = licences.evidence("policy", policy.evidence)
        answer = resource.name.lower().endswith(".json")
        items = self._syndicated(resource, stream) if answer else super().parse(resource, stream)
        for item in items:
            ours = isinstance(item, Document) and (not item.url or _HOST.match(item.url))
            if isinstance(item, Document) and ours and not (item.license or item.license_evidence):
                item = replace(item, license=policy.licence, license_evidence=said)
            yield item

    def _syndicated(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the page of an answer; its results are an object, or a list of one."""
        answer = Answer(stream, "results")
        rows = [row if isinstance(row, Failure) else row.record for row in answer.records()]
        found = field(answer.head, "results")
        rows += [found] if isinstance(found, dict) else []
        if not rows:
            raise SourceError("not_syndicated", f"{resource.path}: JSON without results")
        for number, page in enumerate(rows, 1):
            if isinstance(page, Failure):
                yield page
                continue
            record = {
                "html": text(page, "content"),
                "title": " ".join(html.unescape(text(page, "name")).split()),
                "url": text(page, "sourceUrl") or text(page, "targetUrl"),
                "date": iso_date(text(page, "datePublished")),
            }
            row = Row(number, {key: said for key, said in record.items() if said})
            yield self._record(resource, row)
