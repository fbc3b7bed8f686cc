"""Retraction Watch's table of notices, as Crossref publishes it: one CSV, a row a notice.

A row holds no text to train on. It says of a paper, by PMID and DOI, that it was retracted,
corrected, doubted or reinstated, and when: the build joins that with what PubMed and the papers
say.

The file as it is (Crossref's repository of the data, 2026): partly not UTF-8; dates with the month
first, ISO in newer rows; ``0`` or ``unavailable`` where there is no id; an empty column at the end
of each row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from sources.base import Document, Failure, Item, Relation, Resource, Source, SourceError
from sources.text import identifiers
from sources.text.declared import iso_date

NATURES: Final[Mapping[str, str]] = {
    "retraction": "retraction_of",
    "expression of concern": "concern_about",
    "correction": "correction_of",
    "reinstatement": "reinstatement_of",
}
"""What a row is, in lower case, to the type of its relation; any other is ``related``."""

ID, NATURE, DATE = "Record ID", "RetractionNature", "RetractionDate"
PAPER_PMID, PAPER_DOI = "OriginalPaperPubMedID", "OriginalPaperDOI"
NEEDED = (ID, NATURE, DATE, PAPER_PMID, PAPER_DOI)

_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b")


class RetractionWatch(Source):
    """Notices about papers: they take part in the status of works, and are never kept."""

    name = "retraction_watch"
    kind = "other"
    summary = "Retraction Watch's CSV of retractions, concerns and reinstatements"
    patterns = ("*.csv",)
    holds_text = False

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield one document without text a row; see `Source.parse`."""
        rows = csv.reader(_lines(stream))
        try:
            head = next(rows, [])
            places = {name: head.index(name) for name in NEEDED if name in head}
            if len(places) < len(NEEDED):
                lacking = ", ".join(name for name in NEEDED if name not in places)
                raise SourceError("not_retraction_watch", f"the first line has no column {lacking}")
            for row in rows:
                if any(row):
                    yield _item(row, places, rows.line_num)
        except csv.Error as error:
            raise SourceError("not_csv", f"line {rows.line_num}: {error}") from None


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield lines; those that are no UTF-8 are read as Windows-1252."""
    encoding = "utf-8-sig"
    for line in stream:
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            text = line.decode("cp1252", "replace")
        encoding = "utf-8"
        yield text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _item(row: list[str], places: Mapping[str, int], line: int) -> Item:
    if len(row) <= max(places.values()):
        return Failure("damaged_row", f"line {line:,}: {len(row)} cells, fewer than the first line")
    cell = {name: row[place].strip() for name, place in places.items()}
    if not re.fullmatch(r"[0-9]{1,12}", cell[ID]):
        return Failure("damaged_row", f"line {line:,}: the column {ID} holds no number")
    pmid, doi = identifiers.pmid(cell[PAPER_PMID]), identifiers.doi(cell[PAPER_DOI])
    date = _date(cell[DATE])
    said = NATURES.get(cell[NATURE].lower(), "related")
    targets = [f"pmid:{pmid}"] * bool(pmid) + [f"doi:{doi}"] * bool(doi)
    return Document(
        native_id=cell[ID],
        text="",
        date=date,
        relations=tuple(Relation(said, target, date) for target in targets),
    )


def _date(value: str) -> str:
    """Return a date in ISO form, empty where it is none."""
    if match := _MONTH_FIRST.match(value):
        month, day, year = match.groups()
        value = f"{year}-{month:0>2}-{day:0>2}"
    return iso_date(value)
