"""CDC: pages of cdc.gov (guidance, MMWR, Preventing Chronic Disease), read as guidelines are.

What is added is the licence. A page of CDC says nothing of it: works of the US government bear no
copyright in the US, which the policy of the source states. So a page that names an address of CDC,
or none, is taken as such a work; a page that names another host is not. What a page or record says
of itself goes before. Figures that others lent are marked where they stand, and are not text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, ClassVar

from sources import licences
from sources.base import Document, Item, Resource
from sources.guidelines import Guidelines
from sources.policy import POLICIES

_HOST = re.compile(r"https?://(?:[a-z0-9-]+\.)*cdc\.gov(?:[:/?#]|\Z)", re.IGNORECASE)


class Cdc(Guidelines):
    """Pages, PDFs and records in the forms of `sources.guidelines.Guidelines`."""

    name: ClassVar[str] = "cdc"
    summary: ClassVar[str] = "pages and PDFs of CDC: guidance, MMWR, Preventing Chronic Disease"
    version: ClassVar[int] = Guidelines.version

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the documents of a file with their licence; see `Source.parse`."""
        policy = POLICIES["cdc"]
        said = licences.evidence("policy", policy.evidence)
        for item in super().parse(resource, stream):
            ours = isinstance(item, Document) and (not item.url or _HOST.match(item.url))
            if isinstance(item, Document) and ours and not (item.license or item.license_evidence):
                item = replace(item, license=policy.licence, license_evidence=said)
            yield item
