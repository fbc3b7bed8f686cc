"""What a document leaves out of its text, as a list of elements, reasons and sizes.

Every character of a source's body is in the text or on this list. The list says what kind of
element, why, and how much; of a section also its title; the words themselves are not on it.
"""

from __future__ import annotations

import re

from lxml import etree

from sources.text.markup import Reading
from sources.text.safe_xml import local_name

_MAX_TITLE = 200
# Bytes of UTF-8 that are white space of XML, or that follow the first byte of a character.
_UNCOUNTED = b" \t\r\n" + bytes(range(0x80, 0xC0))
# White space outside ASCII as `str.split` knows it: single characters, and U+2000 to U+202F.
_WIDE_SPACES = tuple(c.encode() for c in "\x85\xa0\u1680\u205f\u3000")
_GENERAL_SPACE = re.compile(rb"\xe2\x80[\x80-\x8a\xa8\xa9\xaf]")

Entry = dict[str, str | int]


class LeftOut(Reading):
    """The list of one document, filled while it is read.

    Args:
        keep_citations: Whether citation markers stay in the text.
        article: The article, whose reference list tells citations without a type.
    """

    def __init__(self, keep_citations: bool, article: etree._Element) -> None:
        self.keep_citations = keep_citations
        self.links: list[etree._Element] = []
        # No way leads back from here to who holds the list: a cycle would keep the tree in memory.
        self._article = article
        self._rids: frozenset[str] | None = None
        self._entries: list[Entry] = []
        self._kinds: dict[tuple[str, str], Entry] = {}
        self._cited: Entry | None = None

    def entries(self) -> list[Entry]:
        """Return the list, in reading order.

        Returns:
            Records with ``what`` (name of the element), ``title`` (of a section, else empty),
            ``why`` (reason, snake case) and ``chars`` (characters other than white space). Small
            elements of one name and reason are one record, at the place of the first. Formulas and
            tables that are mere pictures have no character: ``count`` says how many there are.
        """
        return [entry for entry in self._entries if entry["chars"] or "count" in entry]

    def section(self, element: etree._Element, title: str, why: str, chars: int) -> None:
        """Add a section, note or list that stands for itself."""
        record: Entry = {
            "what": str(element.tag), "title": title[:_MAX_TITLE], "why": why, "chars": chars
        }  # fmt: skip
        self._entries.append(record)

    def leave_out(self, element: etree._Element, why: str, chars: int | None = None) -> None:
        """Add a small element to the record of its kind; see `Reading.leave_out`."""
        chars = size(element) if chars is None else chars
        if chars:
            self._add(local_name(element), why, chars)

    def pictured(self, element: etree._Element) -> None:
        """Count a formula or table that is a mere picture; see `Reading.pictured`."""
        what = str(element.tag)
        entry = self._kinds.get((what, "picture_only"))
        if entry is None:
            entry = {"what": what, "title": "", "why": "picture_only", "chars": 0, "count": 0}
            self._kinds[what, "picture_only"] = entry
            self._entries.append(entry)
        entry["count"] = int(entry["count"]) + 1

    def cited(self, chars: int) -> None:
        """Add characters of citation markers; see `Reading.cited`."""
        record = self._cited
        if record is None:
            record = self._cited = {"what": "xref", "title": "", "why": "citation", "chars": 0}
            self._entries.append(record)
        record["chars"] += chars  # type: ignore[operator]

    def is_reference(self, rid: str | None) -> bool:
        """Whether an id is one of the reference list."""
        if self._rids is None:
            ids = (ref.get("id") for ref in self._article.iter("ref"))
            self._rids = frozenset(filter(None, ids))
        return rid in self._rids

    def link(self, element: etree._Element) -> None:
        """Keep a ``related-article`` met in the text."""
        self.links.append(element)

    def _add(self, what: str, why: str, chars: int) -> None:
        entry = self._kinds.get((what, why))
        if entry is None:
            entry = {"what": what, "title": "", "why": why, "chars": 0}
            self._kinds[what, why] = entry
            self._entries.append(entry)
        entry["chars"] = int(entry["chars"]) + chars


def size(element: etree._Element) -> int:
    """Characters of an element's content other than white space."""
    data = etree.tostring(element, encoding="utf-8", method="text", with_tail=False)
    chars = len(data.translate(None, _UNCOUNTED))
    if data.isascii():
        return chars
    return chars - sum(map(data.count, _WIDE_SPACES)) - len(_GENERAL_SPACE.findall(data))
