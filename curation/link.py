"""Link: which documents are forms of the same work, by PMID, PMCID and DOI.

Columns only; no survivor is chosen here, and only current rows have a say. An id that would join
documents whose other ids contradict each other (one DOI on two letters with a PMID each), also
over a chain of documents, joins nothing: a wrong merge loses a claim, a missed one costs a
duplicate. Such ids are returned for the summary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.table import Ints, Mask, Works, one_array


@dataclass(frozen=True, slots=True)
class Links:
    """What `link` finds.

    Attributes:
        work: Name of each row's work, ``string[n]`` (``pmid:…``, ``pmcid:…``, ``doi:…``, else the
            document's own id); documents inside a record are works of their own.
        group: Number of the work of each row, int64[n]; parts share that of their record.
        keys: For PMID, PMCID and DOI the ids that join, ``string[n]`` (``pmid:1``), null for none.
        conflicts: Ids that contradict each other and were not used, sorted.
    """

    work: pa.Array
    group: Ints
    keys: tuple[pa.Array, ...]
    conflicts: tuple[str, ...]


def link(works: Works, current: Mask) -> Links:
    """Join documents to works.

    Args:
        works: All rows.
        current: Rows whose ids count; the others follow their record.

    Returns:
        Links, row by row.
    """
    size = works.table.num_rows
    keys, conflicts = _keys(works, pa.array(current))
    labels, cut = _consistent(size, keys)
    conflicts = tuple(sorted({*conflicts, *cut}))
    names = _names(works, labels)
    part = works.column("part")
    suffix = pc.if_else(pc.equal(part, ""), "", pc.binary_join_element_wise("#", part, ""))
    work = pc.binary_join_element_wise(names, suffix, "")
    return Links(work, labels, tuple(keys[1:]), conflicts)


def _keys(works: Works, current: pa.Array) -> tuple[list[pa.Array], tuple[str, ...]]:
    """Return the join keys, one ``string[n]`` with nulls per kind of id, conflicts taken out."""
    ids = {}
    for name in ("pmid", "pmcid", "doi"):
        column = works.column(name)
        usable = pc.and_(current, pc.not_equal(column, ""))
        ids[name] = pc.if_else(usable, column, None)
    conflicts: list[str] = []
    keys = [pc.if_else(pc.is_valid(works.column("base")), works.column("base"), None)]
    for name, others in (("pmid", ("pmcid",)), ("pmcid", ("pmid",)), ("doi", ("pmid", "pmcid"))):
        bad = _contradicted(ids[name], [ids[other] for other in others])
        conflicts += [f"{name}:{value}" for value in bad]
        usable = pc.invert(pc.is_in(ids[name], value_set=pa.array(bad, ids[name].type)))
        value = pc.if_else(usable, ids[name], None)
        keys.append(pc.binary_join_element_wise(name, value, ":"))
    return keys, tuple(sorted(conflicts))


def _contradicted(key: pa.Array, others: list[pa.Array]) -> list[str]:
    """Return the values of ``key`` that stand beside two different values of another id."""
    found: set[str] = set()
    for other in others:
        table = pa.table({"key": key, "other": other}).drop_null()
        counted = table.group_by("key").aggregate([("other", "count_distinct")])
        several = counted.filter(pc.greater(counted["other_count_distinct"], 1))
        found.update(several["key"].to_pylist())
    return sorted(found)


def _consistent(size: int, keys: list[pa.Array]) -> tuple[Ints, list[str]]:
    """Return the components, and the keys that had to be cut to keep different works apart.

    No id need contradict itself for a chain to join two PMIDs (by DOI to a PMCID, by that to
    another PMID). In such a component the DOIs are cut, and where that is not enough the PMCIDs:
    DOIs are typed by hand, PMC gives its own. ``keys`` are changed in place.
    """
    cut: list[str] = []
    labels = _components(size, keys)
    for kind in (3, 2):
        wrong = np.isin(labels, _contradictory(labels, keys[1], keys[2]))
        if not wrong.any():
            break
        table = pa.table({"key": keys[kind], "base": keys[0]}).filter(pa.array(wrong)).drop_null()
        counted = table.group_by("key").aggregate([("base", "count_distinct")])
        joining = counted.filter(pc.greater(counted["base_count_distinct"], 1))["key"]
        cut += joining.to_pylist()
        keys[kind] = pc.if_else(
            pc.is_in(keys[kind], value_set=one_array(joining)), None, keys[kind]
        )
        labels = _components(size, keys)
    return labels, cut


def _contradictory(labels: Ints, *ids: pa.Array) -> Ints:
    """Return the labels of components that hold two values of one kind of id."""
    found = [np.empty(0, np.int64)]
    for values in ids:
        table = pa.table({"label": labels, "value": values}).drop_null()
        counted = table.group_by("label").aggregate([("value", "count_distinct")])
        several = counted.filter(pc.greater(counted["value_count_distinct"], 1))
        found.append(several["label"].to_numpy())
    return np.concatenate(found)


def _components(size: int, keys: list[pa.Array]) -> Ints:
    """Return connected components as the smallest row number of each, int64[n].

    Smallest labels are pushed through each kind of key until nothing changes; ids join a handful
    of documents, so this takes two or three rounds.
    """
    labels = np.arange(size, dtype=np.int64)
    coded = []
    for key in keys:
        encoded = key.dictionary_encode()
        rows = np.flatnonzero(np.asarray(encoded.indices.is_valid()))
        codes = encoded.indices.drop_null().to_numpy().astype(np.int64)
        coded.append((rows, codes, len(encoded.dictionary)))
    while True:
        before = labels.copy()
        for rows, codes, count in coded:
            smallest = np.full(count, size, np.int64)
            np.minimum.at(smallest, codes, labels[rows])
            np.minimum.at(labels, rows, smallest[codes])
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels


def _names(works: Works, labels: Ints) -> pa.Array:
    """Return the name of each row's work: its smallest PMID, else PMCID, else DOI, else own id."""
    pmid = pc.if_else(pc.equal(works.column("pmid"), ""), None, works.column("pmid"))
    digits = pc.if_else(pc.match_substring_regex(pmid, r"^[0-9]{1,18}$"), pmid, None)
    table = pa.table(
        {
            "label": labels,
            "pmid": digits.cast(pa.int64()),
            "pmcid": pc.if_else(pc.equal(works.column("pmcid"), ""), None, works.column("pmcid")),
            "doi": pc.if_else(pc.equal(works.column("doi"), ""), None, works.column("doi")),
            "base": works.column("base"),
        }
    )
    columns = ["pmid", "pmcid", "doi", "base"]
    smallest = table.group_by("label").aggregate([(name, "min") for name in columns])
    named = pc.coalesce(
        pc.binary_join_element_wise("pmid", smallest["pmid_min"].cast(pa.string()), ":"),
        pc.binary_join_element_wise("pmcid", smallest["pmcid_min"], ":"),
        pc.binary_join_element_wise("doi", smallest["doi_min"], ":"),
        smallest["base_min"],
    )
    place = pc.index_in(pa.array(labels), value_set=one_array(smallest["label"]))
    return one_array(named).take(place)
