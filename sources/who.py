"""WHO's repository IRIS: records by OAI-PMH, as Dublin Core or in DSpace's own form (xoai).

A record describes a publication and leads to its PDFs; its text is the abstract, if it has one. The
PDFs themselves are for the source `guidelines`, and WHO's guidelines in XML for `bookshelf`. The id
is the handle (``10665/254631``); a record that changes is a newer revision by its datestamp, and a
deleted one a tombstone. The same work in another language has a handle of its own.

The licence is what ``dc.rights`` says. Most items since 2016 are CC BY-NC-SA 3.0 IGO and earlier
ones have all rights reserved, so nothing is assumed.

Reference: OAI-PMH 2.0, sections 2 and 3.6; DSpace, OAI data provider (oai_dc, xoai).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, ClassVar

from lxml import etree

from sources import licences
from sources.base import Document, Failure, Item, Resource, Source, SourceError, Tombstone
from sources.text import identifiers
from sources.text.declared import canonical_address, iso_date, primary_language
from sources.text.iso639 import two_letters
from sources.text.markup import printable
from sources.text.safe_xml import local_name, read_tree

MAX_BYTES = 64 << 20
"""Largest page. DSpace gives 100 records a page, some kilobytes each."""

REPOSITORY = "iris.who.int"

_CODE = re.compile(r"[A-Za-z]{1,40}")
_HANDLE = re.compile(r"oai:(?:iris|apps)\.who\.int:([0-9.]{2,12}/[0-9]{1,12})")
_EXTENT = re.compile(r"[\divxlc,;+ \[\]()]{1,30}(?:p|pp|pages|v|volumes?|screens?)\b.{0,60}", re.I)
# What DSpace writes about who put an item in, with their names and addresses.
_PROVENANCE = re.compile(
    r"Submitted by|Made available in|Approved for entry|Item was in|No\. of bitstreams"
)
_ISBN = re.compile(r"(?:ISBN:? ?)?((?:97[89][- ]?)?(?:[0-9][- ]?){9}[0-9Xx])")
Fields = dict[str, list[str]]


class Who(Source):
    """Records of IRIS, or of any other repository with these forms."""

    name: ClassVar[str] = "who"
    kind: ClassVar[str] = "guideline"
    summary: ClassVar[str] = "WHO IRIS: records with abstracts and links (OAI-PMH: oai_dc, xoai)"
    patterns: ClassVar[tuple[str, ...]] = ("*.xml",)
    version: ClassVar[int] = 2
    may_be_empty: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ("lxml",)
    identifiers: ClassVar[frozenset[str]] = frozenset({"isbn", "languages", "pdf", "sets"})

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the records of one answer; ``noRecordsMatch`` is an answer without any.

        Raises:
            SourceError: As `safe_xml.read_tree` says; ``error_answer`` where the repository
                reports an error; ``not_records`` for another answer.
        """
        root = read_tree(stream, resource.path, MAX_BYTES)
        for error in root.iterchildren("{*}error"):
            code = error.get("code") or ""
            if code == "noRecordsMatch":
                return
            said = code if _CODE.fullmatch(code) else "an error"
            raise SourceError("error_answer", f"{resource.path}: the repository answered {said}")
        answers = [child for child in root if local_name(child) in ("ListRecords", "GetRecord")]
        if local_name(root) != "OAI-PMH" or not answers:
            raise SourceError("not_records", f"{resource.path}: no records of OAI-PMH")
        records = (record for answer in answers for record in answer.iterchildren("{*}record"))
        for number, record in enumerate(records, 1):
            yield _item(record, number)


def _item(record: etree._Element, number: int) -> Item:
    header = next(record.iterchildren("{*}header"), None)
    name = _child(header, "identifier")
    if not name:
        return Failure("no_id", f"record {number:,}: a header without an identifier")
    handle = _HANDLE.fullmatch(name)
    native, stamp = handle[1] if handle else name, _child(header, "datestamp")
    if header is not None and header.get("status") == "deleted":
        return Tombstone(native, revision=stamp)
    form = next((inner for data in record.iterchildren("{*}metadata") for inner in data), None)
    if form is None:
        return Failure("no_metadata", f"record {number:,}: neither deleted nor described", native)
    if local_name(form) == "dc":
        fields = _dublin_core(form)
    elif local_name(form) == "metadata":
        fields = _xoai(form)
    elif local_name(form) == "element" and (holder := form.getparent()) is not None:
        fields = _xoai(holder)
    else:
        detail = f"record {number:,}: described in another form than oai_dc and xoai"
        return Failure("unknown_form", detail, native)
    sets = [] if header is None else list(map(_text, header.iterchildren("{*}setSpec")))
    return _document(fields, native, stamp, bool(handle), sets)


def _dublin_core(form: etree._Element) -> Fields:
    """Fields of ``oai_dc``, ``dc.title`` and so on, in order."""
    fields: Fields = {}
    for element in form.iterchildren(etree.Element):
        if text := _text(element):
            fields.setdefault(f"dc.{local_name(element)}", []).append(text)
    return fields


def _xoai(holder: etree._Element, path: Sequence[str] = ()) -> Fields:
    """Fields of xoai: names of elements joined by points, the language of a value left out."""
    fields: Fields = {}
    for child in holder.iterchildren("{*}element", "{*}field"):
        name = child.get("name") or ""
        if local_name(child) == "field":
            key = ".".join(path) if name == "value" else ".".join([*path, name])
            if text := _text(child):
                fields.setdefault(key, []).append(text)
            continue
        # Below the qualifier stands the language, "none" or "en_US", of the value.
        below = path if path[:1] == ("dc",) and _is_language(child) else (*path, name)
        for key, texts in _xoai(child, below).items():
            fields.setdefault(key, []).extend(texts)
    return fields


def _is_language(element: etree._Element) -> bool:
    name = element.get("name") or ""
    holds_values = any(local_name(child) == "field" for child in element)
    return holds_values and re.fullmatch(r"none|[a-z]{2,3}(?:[_-]\w+)?", name) is not None


def _document(
    fields: Mapping[str, list[str]], native: str, stamp: str, is_who: bool, sets: list[str]
) -> Document:
    named = [text for key in _keys(fields, "dc.identifier") for text in fields[key]]
    doi = next(filter(None, map(identifiers.doi, named)), "")
    dates = [d for key in _keys(fields, "dc.date") for text in fields[key] if (d := iso_date(text))]
    issued = [d for text in fields.get("dc.date.issued", []) if (d := iso_date(text))]
    titles = fields.get("dc.title", [])
    licence = _licence(fields)
    described, extent = _described(fields)
    addresses = [address for text in named if (address := canonical_address(text))]
    languages = [text for key in _keys(fields, "dc.language") for text in fields[key]]
    metadata = {
        # Of the publication; an abstract may be in another.
        "languages": list(dict.fromkeys(two_letters(primary_language(c)) for c in languages)),
        "publishers": fields.get("dc.publisher", []),
        "extent": extent,
        "isbn": list(dict.fromkeys(m[1] for text in named if (m := _ISBN.fullmatch(text)))),
        "numbers": [text for text in named if _is_number(text)],
        "pdf": list(_pdfs(fields, addresses)),
        "other_titles": titles[1:],
        "sets": sets,
    }
    return Document(
        native_id=native,
        text="\n\n".join(described),
        title=printable(titles[0]) if titles else "",
        revision=stamp,
        license=licence.spdx,
        license_evidence=licence.evidence,
        date=issued[0] if issued else min(dates, default=""),
        url=f"https://{REPOSITORY}/handle/{native}" if is_who else next(iter(addresses), ""),
        doi=doi,
        authors=tuple(
            dict.fromkeys(
                name
                for key in ("dc.creator", "dc.contributor.author", "dc.contributor")
                for name in fields.get(key, [])
            )
        ),
        mesh=tuple(fields.get("dc.subject.mesh", [])),
        publication_types=tuple(fields.get("dc.type", [])),
        keywords=tuple(fields.get("dc.subject", [])),
        metadata={key: value for key, value in metadata.items() if value},
    )


def _keys(fields: Mapping[str, list[str]], name: str) -> list[str]:
    """Keys of a field with and without a qualifier."""
    return [key for key in fields if key == name or key.startswith(name + ".")]


def _licence(fields: Mapping[str, list[str]]) -> licences.Licence:
    said = [(key, text) for key in _keys(fields, "dc.rights") for text in fields[key]]
    return licences.resolve([(k, t) for k, t in said if "://" in t], said)


def _described(fields: Mapping[str, list[str]]) -> tuple[list[str], str]:
    """Abstracts, and the number of pages, which stands among them."""
    abstracts, extent = [], ""
    for key in ("dc.description.abstract", "dc.description"):
        for text in fields.get(key, []):
            if _EXTENT.fullmatch(text):
                extent = extent or text
            elif not _PROVENANCE.match(text):
                abstracts.append(printable(text))
    return list(dict.fromkeys(abstracts)), extent


def _is_number(text: str) -> bool:
    """Whether an identifier is the number of a document: ``WHO/HTM/TB/2017.22``."""
    return re.fullmatch(r"[A-Z][A-Za-z]*(?:[/-][\w.()-]+)+", text) is not None


def _pdfs(fields: Mapping[str, list[str]], addresses: Sequence[str]) -> Iterator[str]:
    """Addresses of the PDFs of an item, without their thumbnails and extracted texts."""
    listed = fields.get("bundles.bundle.bitstreams.bitstream.url", [])
    for address in dict.fromkeys([*listed, *addresses]):
        if "bitstream" in address and not re.search(r"\.(?:jpe?g|png|txt)\b", address.lower()):
            yield address


def _child(element: etree._Element | None, name: str) -> str:
    """Text of the first child with a name."""
    found = None if element is None else next(element.iterchildren("{*}" + name), None)
    return "" if found is None else _text(found)


def _text(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())
