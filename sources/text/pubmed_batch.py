"""The notes of a scan to the columns of a batch, field by field.

The reference of every field is `sources.text.pubmed_record` with `sources.text.pubmed_readers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.columns import TEXT, Batch, constant, joined, strings
from sources.text import identifiers, pubmed_json, pubmed_paths, pubmed_scan
from sources.text.pubmed_fields import (
    iso_date,
    label_of,
    medline_date,
    relations_from,
    split_title,
)
from sources.text.pubmed_readers import PLACEHOLDER
from sources.text.pubmed_record import LICENSE, NOTICE
from sources.text.pubmed_values import (
    distinct,
    first,
    holds,
    normal,
    only,
    relation_lists,
    replaced,
    resolved,
)

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_PLAIN_DOI = r"^10\.[0-9]{4,9}/[a-z0-9._/()-]{0,200}[a-z0-9]$"
_ARTICLE = "MedlineCitation/Article/"
_AUTHOR = _ARTICLE + "AuthorList/Author"
_LINK = "MedlineCitation/CommentsCorrectionsList/CommentsCorrections"
_STATE = {path: pubmed_paths.state(path) for path in pubmed_paths.PATHS}
_KNOWN_IDS = ("", "pubmed", "doi", "pmc", "pii", "mid", "pmcid", "medline")
"""Kinds of ``ArticleId`` that are read here; a record with another is not plain."""
_MADE = ("chemicals", "data_banks", "languages", "mesh_headings", "translated_title")
"""Metadata that is JSON already when it is put together."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What `scan` found, of plain records only.

    Attributes:
        data: Bytes of all records.
        record: Place among the plain records of each note, int64[m], ascending.
        state: State of each, int16[m].
        spans: Its text and attributes, int64[m, 4].
        flags: Its flags, uint8[m].
    """

    data: npt.NDArray[np.uint8]
    record: Ints
    state: npt.NDArray[np.int16]
    spans: Ints
    flags: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Found:
    """The notes of one path.

    Attributes:
        at: Their numbers among all notes, int64[k].
        record: Their records, int64[k].
        text: Their texts as `text_of` gives them, ``large_string[k]``.
    """

    at: Ints
    record: Ints
    text: pa.Array


class BatchReader:
    """Builds the columns of one batch.

    Args:
        notes: What was found of plain records.
        size: How many these are.

    Attributes:
        odd: Records that turned out not to be plain; where there are any, the batch is not used.
    """

    def __init__(self, notes: Notes, size: int) -> None:
        self._notes = notes
        self._size = size
        order = np.argsort(notes.state, kind="stable")
        states = notes.state[order]
        bounds = np.searchsorted(states, np.arange(len(pubmed_paths.PATHS) + 3))
        self._order, self._bounds = order, bounds
        self.odd: set[int] = set()

    def batch(self, place: str, keys: Sequence[str]) -> Batch:
        """Build the columns.

        Args:
            place: First part of the revision.
            keys: Last part of it for each record.

        Returns:
            One document a record, in order; of no use where `odd` is not empty afterwards.
        """
        size = self._size
        pmid = self._pmids()
        title, vernacular, translated = self._titles()
        text, notice = self._abstracts()
        doi, pmcid, metadata = self._ids()
        revised = self._date("MedlineCitation/DateRevised")
        languages = self._list("Article/Language", verbatim=True)
        types = self._list("PublicationType")
        english = only(languages, "eng")
        days = pc.replace_substring(revised, "-", "").to_pylist()
        revision = [f"{place}.{d or '00000000'}.{k}" for d, k in zip(days, keys, strict=True)]
        mesh, headings = self._mesh()
        values: dict[str, pa.Array] = metadata | {
            "article_date": self._date(_ARTICLE + "ArticleDate"),
            "chemicals": pubmed_json.arrays(self._list("NameOfSubstance")),
            "data_banks": pubmed_json.arrays(self._data_banks()),
            "date_revised": revised,
            "issn": self._one(_ARTICLE + "Journal/ISSN"),
            "issue": self._one("JournalIssue/Issue"),
            "languages": pubmed_json.arrays(languages),
            "mesh_headings": pubmed_json.arrays(headings),
            "nlm_id": self._one("NlmUniqueID"),
            "pages": first(self._one("MedlinePgn"), self._one("StartPage")),
            "publication_status": self._one("PublicationStatus"),
            "status": self._attribute_of_one("MedlineCitation", "Status"),
            "translated_title": translated,
            "vernacular_title": vernacular,
            "volume": self._one("Volume"),
        }
        relations, retracted = self._relations()
        retracted |= holds(types, "Retracted Publication")
        columns: dict[str, pa.Array] = {
            "row_type": pa.array(np.zeros(size, np.int8)),
            "version": pa.array(np.ones(size, np.int32)),
            "native_id": pmid,
            "text": text,
            "title": title,
            "revision": strings(revision),
            "status": pa.array(["current", "retracted"], TEXT).take(
                pa.array(retracted.astype(int))
            ),
            "lang": pc.if_else(english, "en", pa.scalar("", TEXT)),
            "license": constant(LICENSE, size),
            "license_evidence": pc.if_else(pc.equal(notice, ""), notice, joined(NOTICE, notice)),
            "date": self._date(_ARTICLE + "Journal/JournalIssue/PubDate"),
            "url": joined("https://pubmed.ncbi.nlm.nih.gov/", pmid, "/"),
            "pmid": pmid,
            "pmcid": pmcid,
            "doi": doi,
            "journal": self._one(_ARTICLE + "Journal/Title"),
            "authors": self._authors(),
            "mesh": mesh,
            "publication_types": types,
            "keywords": distinct(self._list("KeywordList/Keyword")),
            "relations": relations,
            "metadata": pubmed_json.objects(values, _MADE),
            "free_metadata": pubmed_json.objects({"vernacular_title": vernacular}),
            "rule": pa.nulls(size, pa.string()),
            "detail": pa.nulls(size, TEXT),
        }
        for name in ("kind", "part", "status_date", "undone", "review_date"):
            columns[name] = constant("", size)
        return Batch(columns)

    # -- values of one path ----------------------------------------------------------------------

    def _at(self, path: str) -> Ints:
        """Numbers of the notes of a path, ascending."""
        number = _STATE.get(path) or pubmed_paths.state(path)
        found: Ints = self._order[self._bounds[number] : self._bounds[number + 1]]
        return found

    def _found(self, path: str, *, verbatim: bool = False) -> Found:
        """Notes of a path with their texts; verbatim ones are not resolved any further."""
        at = self._at(path)
        spans = self._notes.spans[at]
        texts, flags = self._texts(spans[:, 0], spans[:, 1])
        texts = texts if verbatim else resolved(texts, flags)
        return Found(at, self._notes.record[at], texts)

    def _texts(self, starts: Ints, ends: Ints) -> tuple[pa.Array, npt.NDArray[np.uint8]]:
        """Texts of stretches of the data, and their flags."""
        count = len(starts)
        out = np.empty(int(np.maximum(ends - starts, 0).sum()), np.uint8)
        bounds, flags = np.zeros(count + 1, np.int64), np.zeros(count, np.uint8)
        starts, ends = np.ascontiguousarray(starts), np.ascontiguousarray(ends)
        pubmed_scan.write_texts(self._notes.data, starts, ends, out, bounds, flags)
        used = out[: bounds[-1]]
        texts = pa.LargeStringArray.from_buffers(count, pa.py_buffer(bounds), pa.py_buffer(used))
        return texts, flags

    def _attribute(self, at: Ints, name: str) -> pa.Array:
        """Values of an attribute of some notes, null where it is absent."""
        spans = np.ascontiguousarray(self._notes.spans[at, 2:])
        found = np.empty((len(at), 2), np.int64)
        key = np.frombuffer(name.encode(), np.uint8)
        starts, ends = np.ascontiguousarray(spans[:, 0]), np.ascontiguousarray(spans[:, 1])
        pubmed_scan.attribute(self._notes.data, starts, ends, key, found)
        texts, _ = self._texts(found[:, 0], found[:, 1])
        return pc.if_else(pa.array(found[:, 0] >= 0), texts, pa.scalar(None, TEXT))

    def _spread(self, record: Ints, values: pa.Array) -> pa.Array:
        """Put values that a record has once at most into a column; empty for none."""
        where = np.full(self._size, -1, np.int64)
        where[record] = np.arange(len(record))
        return values.take(pa.array(where, mask=where < 0)).fill_null("")

    def _one(self, path: str) -> pa.Array:
        found = self._found(path)
        return self._spread(found.record, found.text)

    def _attribute_of_one(self, path: str, name: str) -> pa.Array:
        at = self._at(path)
        return self._spread(self._notes.record[at], self._attribute(at, name).fill_null(""))

    def _list(self, path: str, *, verbatim: bool = False) -> pa.ListArray:
        found = self._found(path, verbatim=verbatim)
        return self._lists(found.record, found.text)

    def _lists(self, record: Ints, values: pa.Array) -> pa.ListArray:
        """Group values that are not empty by record."""
        filled = pc.not_equal(values, "")
        counts = np.bincount(record[np.asarray(filled)], minlength=self._size)
        offsets = np.append(0, np.cumsum(counts)).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), values.filter(filled))

    # -- fields ----------------------------------------------------------------------------------

    def _pmids(self) -> pa.Array:
        found = self._found("MedlineCitation/PMID")
        missing = np.ones(self._size, np.bool_)
        missing[found.record] = False
        self.odd.update(np.flatnonzero(missing).tolist())
        self._in_order()
        version = self._attribute(found.at, "Version").fill_null("1")
        plain = pc.and_(
            pc.match_substring_regex(found.text, r"^[1-9][0-9]{0,11}$"), pc.equal(version, "1")
        )
        self._mark(found.record, pc.invert(plain))
        return self._spread(found.record, found.text)

    def _in_order(self) -> None:
        """Take records whose parts stand the other way round for not plain: the first id counts."""
        citations, rest = self._at("MedlineCitation"), self._at("PubmedData")
        begins = np.full(self._size, np.iinfo(np.int64).max)
        begins[self._notes.record[citations]] = citations
        record = self._notes.record[rest]
        self.odd.update(record[rest < begins[record]].tolist())

    def _mark(self, record: Ints, odd: pa.Array) -> None:
        """Take the records where a value is odd for not plain."""
        self.odd.update(record[np.asarray(odd)].tolist())

    def _date(self, path: str) -> pa.Array:
        """Dates as precise as known, each distinct one made once."""
        parts = [self._one(f"{path}/{name}") for name in ("Year", "Month", "Day")]
        free = f"{path}/MedlineDate"
        parts.append(self._one(free) if free in _STATE else constant("", self._size))
        keys = joined(*parts, by="\t").dictionary_encode()
        dates = []
        for key in keys.dictionary.to_pylist():
            year, month, day, medline = key.split("\t")
            dates.append(medline_date(medline) if medline else iso_date(year, month, day))
        return pa.array(dates, TEXT).take(keys.indices)

    def _titles(self) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Title, vernacular title, and ``true`` where the title is a translation."""
        title, vernacular = self._one("ArticleTitle"), self._one("VernacularTitle")
        bracketed = np.flatnonzero(np.asarray(pc.starts_with(title, "[")))
        translated = np.zeros(self._size, np.bool_)
        if len(bracketed):
            where = pa.array(bracketed)
            split = [split_title(text) for text in title.take(where).to_pylist()]
            translated[bracketed] = [is_translated for _, is_translated in split]
            title = replaced(title, bracketed, [text for text, _ in split])
            lost = pc.and_(pa.array(translated), pc.equal(title, ""))
            title = pc.if_else(lost, vernacular, title)
            translated &= ~np.asarray(lost)
        return title, vernacular, pc.if_else(pa.array(translated), "true", pa.scalar("", TEXT))

    def _abstracts(self) -> tuple[pa.Array, pa.Array]:
        """Text of the abstract, its sections as paragraphs with their labels; copyright line."""
        found = self._found("AbstractText")
        labels = self._attribute(found.at, "Label").fill_null("").dictionary_encode()
        shown = [label_of(label) for label in labels.dictionary.to_pylist()]
        prefix = pa.array([f"{s}: " if s else "" for s in shown], TEXT).take(labels.indices)
        whole = joined(prefix, found.text)
        none = pc.or_(pc.equal(found.text, ""), pc.equal(found.text, PLACEHOLDER))
        paragraphs = self._lists(found.record, pc.if_else(none, pa.scalar("", TEXT), whole))
        return pc.binary_join(paragraphs, pa.scalar("\n\n", TEXT)), self._one(
            "CopyrightInformation"
        )

    def _ids(self) -> tuple[pa.Array, pa.Array, dict[str, pa.Array]]:
        """DOI, PMCID, and further ids for the metadata, the first of each kind."""
        located = self._found("ELocationID", verbatim=True)
        listed = self._found("ArticleId", verbatim=True)
        kinds = self._attribute(located.at, "EIdType").fill_null("")
        valid = pc.not_equal(self._attribute(located.at, "ValidYN").fill_null(""), "N")
        types = self._attribute(listed.at, "IdType").fill_null("")
        self._mark(listed.record, pc.invert(pc.is_in(types, pa.array(_KNOWN_IDS, TEXT))))
        other = self._found("OtherID", verbatim=True)
        self._mark(other.record, pc.starts_with(other.text, "PMC"))

        def of(found: Found, mask: pa.Array, *, last: bool = False) -> pa.Array:
            """The first or last value of each record that is masked and not empty."""
            rows = np.flatnonzero(np.asarray(pc.and_(mask, pc.not_equal(found.text, ""))))
            rows = rows if last else rows[::-1]
            where = np.full(self._size, -1, np.int64)
            where[found.record[rows]] = rows  # of several assignments the last one stays
            return found.text.take(pa.array(where, mask=where < 0)).fill_null("")

        dois = Found(located.at, located.record, self._dois(located, kinds, valid))
        listed_dois = Found(listed.at, listed.record, self._dois(listed, types, None))
        pmcids = Found(listed.at, listed.record, self._pmcids(listed, types))
        everything = pa.scalar(True)
        doi = first(of(dois, everything), of(listed_dois, everything))
        pii = of(located, pc.and_(valid, pc.equal(kinds, "pii")), last=True)
        more = {
            "pii": first(pii, of(listed, pc.equal(types, "pii"))),
            "mid": of(listed, pc.equal(types, "mid")),
        }
        return doi, of(pmcids, everything), more

    def _dois(self, found: Found, kinds: pa.Array, valid: pa.Array | None) -> pa.Array:
        """Normal form of what is a DOI, empty for all else."""
        mask = pc.equal(kinds, "doi")
        mask = mask if valid is None else pc.and_(mask, valid)
        lower = pc.ascii_lower(found.text)
        return normal(found.text, mask, lower, _PLAIN_DOI, identifiers.doi)

    def _pmcids(self, found: Found, types: pa.Array) -> pa.Array:
        mask = pc.equal(types, "pmc")
        return normal(
            found.text,
            mask,
            found.text,
            r"^PMC[1-9][0-9]{0,11}$",
            lambda v: identifiers.pmcid(v)[0],
        )

    def _authors(self) -> pa.ListArray:
        """Names as ``Family Given Suffix``, without those that NLM marks as wrong."""
        at = self._at(_AUTHOR)
        record = self._notes.record[at]
        wrong = np.asarray(pc.equal(self._attribute(at, "ValidYN"), "N").fill_null(False))
        lists = self._at(_ARTICLE + "AuthorList")
        kinds = self._attribute(lists, "Type").fill_null("")
        editors = np.zeros(self._size, np.bool_)
        editors[self._notes.record[lists]] = np.asarray(pc.equal(kinds, "editors"))
        wrong |= editors[record]
        # A collective name is read as a family name: whichever of the two comes last.
        family = self._of_parents(at, "LastName", "CollectiveName")
        given = first(self._of_parents(at, "ForeName"), self._of_parents(at, "Initials"))
        suffix = self._of_parents(at, "Suffix")
        names = family
        for part in (given, suffix):
            longer = joined(names, part, by=" ")
            names = pc.if_else(pc.equal(part, ""), names, longer)
        names = pc.if_else(pa.array(wrong), pa.scalar("", TEXT), names)
        return self._lists(record, names)

    def _of_parents(self, parents: Ints, *names: str) -> pa.Array:
        """The last text of one of some elements below each parent; empty for none."""
        where = np.full(len(parents), -1, np.int64)
        texts, number, place = [], 0, np.full(len(parents), -1, np.int64)
        for name in names:
            found = self._found(f"{_AUTHOR}/{name}")
            mine = np.searchsorted(parents, found.at) - 1
            later = found.at > place[mine]
            rows = np.flatnonzero(later)
            where[mine[rows]], place[mine[rows]] = rows + number, found.at[rows]
            texts.append(found.text)
            number += len(found.at)
        every = pa.concat_arrays(texts)
        return every.take(pa.array(where, mask=where < 0)).fill_null("")

    def _mesh(self) -> tuple[pa.ListArray, pa.ListArray]:
        """Descriptors, and headings that say more than theirs: as `pubmed_fields.heading_of`."""
        parents = self._at("MeshHeading")
        names, qualifiers = self._found("DescriptorName"), self._found("QualifierName")
        self._mark(names.record, pc.equal(names.text, ""))
        self._mark(qualifiers.record, pc.equal(qualifiers.text, ""))
        at = np.concatenate([names.at, qualifiers.at])
        order = np.argsort(at)
        at = at[order]
        texts = pa.concat_arrays([names.text, qualifiers.text]).take(pa.array(order))
        heading = np.searchsorted(parents, at) - 1
        leads = np.append(True, heading[1:] != heading[:-1])[: len(at)]
        descriptor = (
            self._notes.state[at]
            == _STATE["MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName"]
        )
        # A heading is a descriptor and then its qualifiers; anything else is read one by one.
        self.odd.update(self._notes.record[at[leads != descriptor]].tolist())
        empty = np.bincount(heading, minlength=len(parents)) == 0
        self.odd.update(self._notes.record[parents[empty]].tolist())
        if self.odd:
            none = pa.ListArray.from_arrays(np.zeros(self._size + 1, np.int32), constant("", 0))
            return none, none
        major = pc.equal(self._attribute(at, "MajorTopicYN"), "Y").fill_null(False)
        starred = pc.if_else(major, joined("*", texts), texts)
        bounds = np.append(np.flatnonzero(leads), len(at)).astype(np.int32)
        lines = pc.binary_join(
            pa.ListArray.from_arrays(pa.array(bounds), starred), pa.scalar("/", TEXT)
        )
        record = self._notes.record[parents]
        plain = texts.take(pa.array(np.flatnonzero(leads)))
        more = pc.if_else(pc.equal(lines, plain), pa.scalar("", TEXT), lines)
        return self._lists(record, plain), self._lists(record, more)

    def _data_banks(self) -> pa.ListArray:
        """Trial registrations and deposits, as ``ClinicalTrials.gov/NCT00000000``; few have any."""
        banks, names = self._at("DataBankList/DataBank"), self._found("DataBankName")
        numbers = self._found("AccessionNumber")
        named = pa.concat_arrays([constant("", 1), names.text])
        before = np.searchsorted(names.at, numbers.at)  # the last name before, counted from 1
        bank = np.searchsorted(banks, numbers.at) - 1
        own = before > 0
        own[own] = names.at[before[own] - 1] > banks[bank[own]]
        name = named.take(pa.array(np.where(own, before, 0)))
        entries = joined(name, numbers.text, by="/")
        filled = pc.not_equal(numbers.text, "")
        return self._lists(numbers.record, pc.if_else(filled, entries, pa.scalar("", TEXT)))

    def _relations(self) -> tuple[pa.ListArray, Mask]:
        """Links to other records, and which records one of them takes back; few have any."""
        links = self._at(_LINK)
        kinds = self._attribute(links, "RefType").fill_null("").to_pylist()
        pmids, sources = self._found(f"{_LINK}/PMID"), self._found("RefSource")
        targets, origins = [""] * len(links), [""] * len(links)
        for found, into in ((pmids, targets), (sources, origins)):
            mine = np.searchsorted(links, found.at) - 1
            for number, text in zip(mine.tolist(), found.text.to_pylist(), strict=True):
                into[number] = text
        rows: list[list[tuple[str, str, str]]] = [[] for _ in range(self._size)]
        retracted = np.zeros(self._size, np.bool_)
        grouped: dict[int, list[tuple[str, str, str]]] = {}
        for record, *link in zip(
            self._notes.record[links].tolist(), kinds, targets, origins, strict=True
        ):
            grouped.setdefault(record, []).append((link[0], link[1], link[2]))
        for record, mine_ in grouped.items():
            relations, retracted[record] = relations_from(mine_)
            rows[record] = [(r.type, r.target, r.date) for r in relations]
        return relation_lists(rows), retracted
