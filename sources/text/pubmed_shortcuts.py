"""Records to elements, fast: what nobody reads is cut out, what is simple is read without a tree.

A PubMed record is mostly lists of short elements. Parts that repeat from record to record (the
journal's issue, publication types, dates) are parsed by lxml once and remembered by their bytes.
Names, MeSH headings and substances are read by strict patterns. References, histories, grants and
affiliations are dropped. What is left, above all title and abstract, goes to lxml.

The result is the same as without: a part counts only where its exact tags stand in the order of
NLM's DTD; a pattern must account for every character of its list, and knows neither references
(``&``) nor markup inside a name; in every other case the part stays where it is, and lxml reads it.
A fault of XML inside a dropped part is not seen.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from lxml import etree

from sources.text.pubmed_fields import heading_of, substance_of
from sources.text.pubmed_readers import ARTICLE, CITATION, Record, add_headings, add_substances
from sources.text.pubmed_slices import next_hidden

REMEMBERED = 50_000
"""Parts kept before all are forgotten: some 20 MB, of about 500 bytes and a `Record` each."""

_TEXT = r"([^<&\x00-\x1f]+)"
# Where references were looked at before.
_TEXT_AND = r"([^<\x00-\x1f]+)"
_ID = r"<Identifier Source=\"[A-Z]+\">[^<&]*</Identifier>\s*"
_AUTHOR = re.compile(
    rf'<Author ValidYN="Y"(?: EqualContrib="[YN]")?>\s*<LastName>{_TEXT}</LastName>\s*'
    rf"<ForeName>{_TEXT}</ForeName>\s*<Initials>[^<&]*</Initials>\s*"
    rf"(?:<Suffix>{_TEXT}</Suffix>\s*)?(?:{_ID})*"
    rf"(?:<AffiliationInfo>\s*<Affiliation>[^<]*</Affiliation>\s*(?:{_ID})*</AffiliationInfo>\s*)*"
    r"</Author>"
)
_MAJOR = r'(?: AutoHM="[YN]")?(?: MajorTopicYN="([YN])")(?: Type="Geographic")?'
_DESCRIPTOR = re.compile(
    rf'<MeshHeading>\s*<DescriptorName(?: UI="D\d+")?{_MAJOR}>{_TEXT_AND}</DescriptorName>'
)
# Without the name of the tag, which headings are split at.
_QUALIFIER = re.compile(rf'(?: UI="Q\d+")?{_MAJOR}>{_TEXT_AND}</QualifierName>')
_CHEMICAL = re.compile(
    r"<Chemical>\s*<RegistryNumber>[^<&]*</RegistryNumber>\s*"
    rf'<NameOfSubstance(?: UI="[CD]\d+")?>{_TEXT}</NameOfSubstance>'
)


class Reader:
    """Parses records; keeps the parser and what is remembered from record to record."""

    def __init__(self) -> None:
        self._parser = etree.XMLParser(
            resolve_entities="internal",  # type: ignore[arg-type]  # the stubs know lxml 4
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )
        self._parts: dict[bytes, Record] = {}
        self._known: dict[bytes, tuple[str, str]] = {}

    def read(self, data: bytes) -> tuple[etree._Element, Record]:
        """Parse one record.

        Args:
            data: Bytes of the record, as `sources.text.pubmed_slices` cuts them.

        Returns:
            Its element without the parts that were known, and a `Record` with those.

        Raises:
            etree.XMLSyntaxError: It is not well-formed.
        """
        record = Record()
        rest = data
        # A comment or CDATA section may hold what looks like a tag.
        if next_hidden(data, 0) < 0:
            try:
                rest = self._cut(data, record)
            except etree.XMLSyntaxError:
                record = Record()
        root = etree.fromstring(rest, self._parser)
        if root.tag == "set":  # the element that carries the prefixes of the root
            root = root[0]
        return root, record

    def _cut(self, data: bytes, record: Record) -> bytes:
        """Return what is left to parse, and fill in what is known.

        One pass from left to right in the order of the DTD: each search starts where the last
        one ended and has an end, so that an absent part does not cost a scan of the record.
        """
        find = data.find
        article = find(b"<Article ")
        if article < 0:
            return data
        kept: list[bytes] = []
        at = 0
        start = find(b"<DateCompleted>", 0, article)
        if start >= 0 and (end := find(b"</DateCompleted>", start, article)) >= 0:
            kept.append(data[:start])
            at = end + 16
        start = find(b"<DateRevised>", at, article)
        if start >= 0 and (end := find(b"</DateRevised>", start, article)) >= 0:
            kept.append(data[at:start])
            at = end + 14
            record.revised = self._part(data[start:at]).revised
        start = find(b"<Journal>", article, article + 200)
        if start >= 0 and (end := find(b"</Journal>", start)) >= 0:
            kept.append(data[at:start])
            at = end + 10
            part = self._part(data[start:at])
            record.journal, record.date = part.journal, part.date
            record.metadata.update(part.metadata)
        start = find(b'<AuthorList CompleteYN="Y">', at)
        if start >= 0 and (end := find(b"</AuthorList>", start)) >= 0:
            if names := _names(data[start + 27 : end]):
                kept.append(data[at:start])
                at = end + 13
                record.authors = names
            else:
                kept.append(data[at:end])
                at = end
        start = find(b"<PublicationTypeList>", at)
        if start >= 0 and (end := find(b"</PublicationTypeList>", start)) >= 0:
            grants = find(b"<GrantList", at, start)
            if grants >= 0 and (close := find(b"</GrantList>", grants, start)) >= 0:
                kept.append(data[at:grants])
                at = close + 12
            kept.append(data[at:start])
            at = end + 22
            record.types = list(self._part(data[start:at]).types)
        return self._cut_tail(data, at, kept, record)

    def _cut_tail(self, data: bytes, at: int, kept: list[bytes], record: Record) -> bytes:
        """The same for what follows ``PublicationTypeList``."""
        find = data.find
        start = find(b"<MedlineJournalInfo>", at)
        if start >= 0 and (end := find(b"</MedlineJournalInfo>", start)) >= 0:
            kept.append(data[at:start])
            at = end + 21
            record.metadata.update(self._part(data[start:at]).metadata)
        history = find(b"<PubmedData>", at)
        last = history if history >= 0 else len(data)
        start = find(b"<ChemicalList>", at, min(at + 40, last))
        if (
            start >= 0
            and (end := find(b"</ChemicalList>", start, last)) >= 0
            and (rows := self._rows(data[start + 14 : end], b"</Chemical>", _chemical))
        ):
            add_substances(record, [name for name, _ in rows])
            kept.append(data[at:start])
            at = end + 15
        start = find(b"<MeshHeadingList>", at, last)
        if (
            start >= 0
            and (end := find(b"</MeshHeadingList>", start, last)) >= 0
            and (rows := self._rows(data[start + 17 : end], b"</MeshHeading>", _heading))
        ):
            add_headings(record, rows)
            kept.append(data[at:start])
            at = end + 18
        start = find(b"<History>", last, last + 80)
        if start >= 0 and (end := find(b"</History>", start)) >= 0:
            kept.append(data[at:start])
            at = end + 10
        # Reference lists nest: up to the last closing tag.
        start = find(b"<ReferenceList", max(at, last))
        if start >= 0 and (end := data.rfind(b"</ReferenceList>")) > start:
            kept.append(data[at:start])
            at = end + 16
        kept.append(data[at:])
        return b"".join(kept)

    def _part(self, data: bytes) -> Record:
        """Return the values of one part, parsed if these bytes were not met before."""
        part = self._parts.get(data)
        if part is None:
            element = etree.fromstring(data, self._parser)
            part = Record()
            (ARTICLE.get(element.tag) or CITATION[element.tag])(part, element)
            if len(self._parts) >= REMEMBERED:
                self._parts.clear()
            self._parts[data] = part
        return part

    def _rows(
        self, data: bytes, closing: bytes, read: Callable[[bytes], tuple[str, str] | None]
    ) -> list[tuple[str, str]]:
        """Read the rows of a list, most of which were met before.

        Args:
            data: The content of the list.
            closing: What ends a row.
            read: From the bytes of a row without that to its values; None where it is not plain,
                and lxml must read it.

        Returns:
            The values of all rows; empty where one of them is no row.
        """
        known = self._known
        pieces = data.split(closing)
        if pieces.pop().strip():
            return []
        found = []
        for piece in pieces:
            value = known.get(piece)
            if value is None:
                plain = piece.replace(b"&amp; ", b"& ")  # as in "administration & dosage"
                value = None if plain.count(b"&") > plain.count(b"& ") else read(plain)
                value = value or self._row(piece.strip() + closing)
                if value is None:
                    return []
                if len(known) >= REMEMBERED:
                    known.clear()
                known[piece] = value
            found.append(value)
        return found

    def _row(self, data: bytes) -> tuple[str, str] | None:
        """Let lxml read a row that is not plain; None where it is not one whole row."""
        try:
            element = etree.fromstring(data, self._parser)
        except etree.XMLSyntaxError:
            return None
        if element.tag == "MeshHeading":
            return heading_of(element)
        return (substance_of(element), "") if element.tag == "Chemical" else None


def _names(data: bytes) -> list[str]:
    """Return the names in an ``AuthorList``; none where a row is not plain."""
    try:
        parts = _AUTHOR.split(data.decode())
    except UnicodeDecodeError:
        return []
    if "".join(parts[::4]).strip():
        return []
    names = [
        f"{family} {given} {suffix}" if suffix else f"{family} {given}"
        for family, given, suffix in zip(parts[1::4], parts[2::4], parts[3::4], strict=True)
    ]
    # Almost always all blanks are single ones already; one look at all names together tells.
    line = "\n".join(("", *names, ""))
    if line.isascii() and not ("  " in line or "\n " in line or " \n" in line):
        return names
    return [" ".join(name.split()) for name in names]


def _heading(data: bytes) -> tuple[str, str] | None:
    """The same as `pubmed_fields.heading_of`, from bytes."""
    head, *rest = data.split(b"<QualifierName")
    try:
        term = _descriptor(head)
        qualifiers = [_qualifier(piece) for piece in rest]
    except UnicodeDecodeError:
        return None
    if term is None:
        return None
    name, line = term
    for qualifier in qualifiers:
        if qualifier is None:
            return None
        line = f"{line}/{qualifier[1]}"
    return name, "" if line == name else line


@functools.lru_cache(maxsize=REMEMBERED)
def _descriptor(data: bytes) -> tuple[str, str] | None:
    return _term(_DESCRIPTOR.fullmatch(data.decode().strip()))


@functools.lru_cache(maxsize=REMEMBERED)
def _qualifier(data: bytes) -> tuple[str, str] | None:
    return _term(_QUALIFIER.fullmatch(data.decode().rstrip()))


def _term(row: re.Match[str] | None) -> tuple[str, str] | None:
    """Return the name of a descriptor or qualifier, and the name with its star where it has one."""
    if row is None:
        return None
    name = " ".join(row[2].split())
    return name, f"*{name}" if row[1] == "Y" else name


def _chemical(data: bytes) -> tuple[str, str] | None:
    """The same as `pubmed_fields.substance_of`, from bytes."""
    row = _matched(_CHEMICAL, data)
    return None if row is None else (" ".join(row[1].split()), "")


def _matched(pattern: re.Pattern[str], data: bytes) -> re.Match[str] | None:
    try:
        return pattern.fullmatch(data.decode().strip())
    except UnicodeDecodeError:
        return None
