"""PubMed: NLM's yearly files, their updates, and answers of E-utilities, as abstracts.

One record gives a document with the abstract (possibly without text), one per further abstract
(``other-abstract-1`` …), and one tombstone per deleted PMID.

Revisions. Of several rows with one id the greatest `revision` wins, whatever the order of arrival:

- the file's place in the year, ``YYNNNN`` of ``pubmedYYnNNNN.xml``: NLM's rule is that files are
  applied in the order of their numbers, and that a new year replaces everything;
- ``DateRevised``, for answers of E-utilities, which have no number (``000000``: a numbered file,
  which is kept up to date as a whole, wins over them);
- the path and the record's ordinal, so that there is always exactly one greatest.

A tombstone has the date ``99999999``: it acts on all that stood before the end of its own file,
where NLM puts it, and a later file may bring the PMID back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, ClassVar

from lxml import etree

from sources.base import Source
from sources.items import Failure, Item, Resource
from sources.text.pubmed_record import NoPmidError, documents, tombstones
from sources.text.pubmed_shortcuts import Reader
from sources.text.pubmed_slices import slices

# `medlineYYnNNNN` is the name of the same series before 2017.
_NUMBERED = re.compile(r"(?:pubmed|medline)(\d\d)n(\d{4})\.xml")
_PMID = re.compile(rb"<PMID\b[^>]{0,80}>\s*(\d{1,12})\s*</PMID>")
_DELETIONS = frozenset({"DeleteCitation", "DeleteDocument"})


class PubMed(Source):
    """Citations and abstracts of PubMed, as XML."""

    name: ClassVar[str] = "pubmed"
    kind: ClassVar[str] = "abstract"
    summary: ClassVar[str] = "PubMed citations: yearly files, update files, efetch answers (XML)"
    patterns: ClassVar[tuple[str, ...]] = ("*.xml",)
    libraries: ClassVar[tuple[str, ...]] = ("lxml",)
    identifiers: ClassVar[frozenset[str]] = frozenset(
        {
            "abstract_language", "abstract_type", "article_date", "chemicals", "data_banks",
            "date_revised", "issn", "issue", "languages", "mesh_headings", "mid", "nlm_id", "pages",
            "pii", "publication_status", "status", "translated_title", "volume",
        }
    )  # fmt: skip

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the documents, tombstones and broken records of one file.

        Args:
            resource: What is read; its name gives the place in the year.
            stream: Decompressed bytes, read forward only.

        Yields:
            `Document`, `Tombstone`, and `Failure` with rule ``bad_record`` for a malformed record.

        Raises:
            SourceError: ``empty``, ``not_xml``, ``entity``, ``truncated``, ``damaged``,
                ``no_records``.
        """
        numbered = _NUMBERED.fullmatch(resource.name)
        place = f"{numbered[1]}{numbered[2]}" if numbered else "000000"
        reader = Reader()
        number = 0
        for name, data, offset in slices(stream):
            # A record without its end swallows the next. A slice ends at the first closing tag,
            # so only what follows the last opening can be whole: that is read on its own.
            while data:
                number += 1
                key = f"{resource.path}.{number:09d}"
                try:
                    root, record = reader.read(data)
                    if name in _DELETIONS:
                        yield from tombstones(root, f"{place}.99999999.{key}")
                    else:
                        yield from documents(root, record, place, key)
                    break
                except (etree.XMLSyntaxError, NoPmidError) as error:
                    skipped = data.rfind(f"<{name}>".encode(), 1)
                    yield _failure(data, number, offset, isinstance(error, NoPmidError))
                    data = data[skipped:] if skipped > 0 else b""
                    offset += skipped


def _failure(data: bytes, number: int, offset: int, no_pmid: bool) -> Failure:
    found = None if no_pmid else _PMID.search(data)
    what = "has no PMID" if no_pmid else "is not well-formed XML"
    detail = f"record {number:,} at byte {offset:,} {what}: fetch the file again or report it"
    return Failure("bad_record", detail, found[1].decode() if found else "")
