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
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from lxml import etree

from sources.base import Source
from sources.items import Failure, Item, Resource
from sources.text.pubmed_record import NoPmidError, documents, parser, record_element, tombstones
from sources.text.pubmed_slices import Slice, slices

if TYPE_CHECKING:
    from sources.columns import Batch

BLOCK_BYTES = 16 << 20
"""Bytes of records that are read to columns at a time, about."""

BLOCK_RECORDS = 8_192
"""And how many records: an empty one costs memory too."""

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
    version: ClassVar[int] = 5
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
        reader, place = parser(), _place(resource)
        for number, piece in enumerate(slices(stream), 1):
            yield from _items(piece, number, resource.path, place, reader)

    def read(self, resource: Resource, stream: BinaryIO) -> Iterator[Batch]:
        """Yield the same as `parse` in columns: see `Source.read`.

        Records are gathered to blocks and read by compiled loops (`sources.text.pubmed_columns`);
        those that the loops do not understand are read as `parse` does.
        """
        from sources.text.pubmed_columns import Columns

        columns, reader, place = Columns(), parser(), _place(resource)
        first = 1
        for block in _blocks(slices(stream)):
            numbers = range(first, first + len(block))
            first += len(block)
            articles = [n for n, piece in enumerate(block) if piece[0] == "PubmedArticle"]
            keys = [_key(resource.path, numbers[n]) for n in articles]
            batch, plain = columns.read([block[n][1] for n in articles], place, keys)
            owners = [n for n, good in zip(articles, plain.tolist(), strict=True) if good]
            items: list[Item] = []
            last = len(block)
            try:
                for last in sorted(set(range(len(block))).difference(owners)):
                    for item in _items(block[last], numbers[last], resource.path, place, reader):
                        items.append(item)
                        owners.append(last)
            except Exception:
                # What stood before the record that nobody can read is not lost with it; whatever it
                # was goes on, and becomes the row that ends this resource.
                yield self._merged(batch, items, owners, last)
                raise
            yield self._merged(batch, items, owners, len(block)) if items else batch

    def _merged(self, batch: Batch, items: list[Item], owners: list[int], end: int) -> Batch:
        """Put items read one by one into a batch, each at the place of its record.

        Args:
            batch: What was read as columns.
            items: What was read one by one.
            owners: Number of the record of each row of both.
            end: Rows of this record and of those behind it are left out, but for items.
        """
        import numpy as np

        from sources.columns import batch_of, concat, take

        numbers = np.array(owners, np.int64)
        order = np.argsort(numbers, kind="stable")
        order = order[(numbers[order] < end) | (order >= len(batch))]
        return take(concat([batch, batch_of(items, self.identifiers)]), order)


def _place(resource: Resource) -> str:
    numbered = _NUMBERED.fullmatch(resource.name)
    return f"{numbered[1]}{numbered[2]}" if numbered else "000000"


def _key(path: str, number: int) -> str:
    return f"{path}.{number:09d}"


def _blocks(pieces: Iterator[Slice]) -> Iterator[list[Slice]]:
    """Gather records; what was whole before damage comes before its error."""
    block: list[Slice] = []
    size = 0
    try:
        for piece in pieces:
            block.append(piece)
            size += len(piece[1])
            if size >= BLOCK_BYTES or len(block) >= BLOCK_RECORDS:
                yield block
                block, size = [], 0
    except Exception:  # of the stream, too: what was read before it counts
        if block:
            yield block
        raise
    if block:
        yield block


def _items(
    piece: Slice, number: int, path: str, place: str, reader: etree.XMLParser
) -> Iterator[Item]:
    """Yield the items of one slice, read by lxml.

    A record without its end swallows the next. A slice ends at the first closing tag, so only what
    follows the last opening can be whole: that is read on its own.
    """
    name, data, offset = piece
    key = _key(path, number)
    while data:
        try:
            root = record_element(data, reader)
            if name in _DELETIONS:
                yield from tombstones(root, f"{place}.99999999.{key}")
            else:
                yield from documents(root, place, key)
            return
        except (etree.XMLSyntaxError, NoPmidError) as error:
            skipped = data.rfind(f"<{name}>".encode(), 1)
            yield _failure(data, number, offset, isinstance(error, NoPmidError))
            data = data[skipped:] if skipped > 0 else b""
            offset += skipped
            key += "+"


def _failure(data: bytes, number: int, offset: int, no_pmid: bool) -> Failure:
    found = None if no_pmid else _PMID.search(data)
    what = "has no PMID" if no_pmid else "is not well-formed XML"
    detail = f"record {number:,} at byte {offset:,} {what}: fetch the file again or report it"
    return Failure("bad_record", detail, found[1].decode() if found else "")
