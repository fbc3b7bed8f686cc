"""Link: which documents are forms of the same work, by PMID, PMCID, DOI and the links of records.

Columns only; no survivor is chosen here, and only current rows have a say. An id that would join
documents whose other ids contradict each other (one DOI on two letters with a PMID each), also
over a chain of documents, joins nothing: a wrong merge loses a claim, a missed one costs a
duplicate. Such ids are returned for the summary.

A notice may bear the DOI of the paper that it is about: an id that a record itself names as the
target of a notice is not its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.components import components
from curation.forms import joined_forms
from curation.relations import ABOUT
from curation.table import Ints, Mask, Works, one_array


@dataclass(frozen=True, slots=True)
class Links:
    """What `link` finds.

    Attributes:
        work: Name of each row's work, ``string[n]`` (``pmid:…``, ``pmcid:…``, ``doi:…``, else the
            document's own id); documents inside a record are works of their own.
        group: Number of the work of each row, int64[n]; parts share that of their record.
        published: Number of what was published under common ids, int64[n]: a preprint or a linked
            translation is another publication of the same work.
        keys: For PMID, PMCID and DOI the ids that join, ``string[n]`` (``pmid:1``), null for none.
        conflicts: Ids that contradict each other and were not used, sorted.
    """

    work: pa.Array
    group: Ints
    published: Ints
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
    group, behind, torn = joined_forms(works, labels, keys[1:], current)
    names = _names(works, group, behind)
    own = _names(works, labels, np.zeros(size, np.bool_)) if torn else names
    conflicts = tuple(sorted({*conflicts, *cut, *(own[row].as_py() for row in torn)}))
    part = works.column("part")
    suffix = pc.if_else(pc.equal(part, ""), "", pc.binary_join_element_wise("#", part, ""))
    work = pc.binary_join_element_wise(names, suffix, "")
    return Links(work, group, labels, tuple(keys[1:]), conflicts)


def _keys(works: Works, current: pa.Array) -> tuple[list[pa.Array], tuple[str, ...]]:
    """Return the join keys, one ``string[n]`` with nulls per kind of id, conflicts taken out."""
    ids = {}
    for name in ("pmid", "pmcid", "doi"):
        column = works.column(name)
        usable = pc.and_(current, pc.not_equal(column, ""))
        usable = pc.and_(usable, pc.invert(_foreign(works, name)))
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


def _foreign(works: Works, name: str) -> pa.Array:
    """Mark the rows that name their own id of one kind as the target of a notice, bool[n]."""
    relations = works.column("relations")
    flat = pc.list_flatten(relations)
    parents = pc.list_parent_indices(relations)
    about = pc.is_in(flat.field("type"), value_set=pa.array(ABOUT))
    own = pc.binary_join_element_wise(name, works.column(name).take(parents), ":")
    hit = np.asarray(pc.and_(about, pc.equal(flat.field("target"), own)).fill_null(False))
    found = np.zeros(works.table.num_rows, np.bool_)
    found[np.asarray(parents)[hit]] = True
    return pa.array(found)


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
    labels = _joined(size, keys)
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
        labels = _joined(size, keys)
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


def _joined(size: int, keys: list[pa.Array]) -> Ints:
    """Return the components of rows with a key in common, int64[n]."""
    groups = []
    for key in keys:
        codes = key.dictionary_encode().indices
        rows = np.flatnonzero(np.asarray(codes.is_valid()))
        groups.append((rows, codes.drop_null().to_numpy().astype(np.int64)))
    return components(size, groups)


def _names(works: Works, labels: Ints, behind: Mask) -> pa.Array:
    """Return the name of each row's work: its smallest PMID, else PMCID, else DOI, else own id.

    Args:
        works: All rows.
        labels: Their works.
        behind: Rows that give no name: preprints and translations of another row of their work.
    """
    named = {
        name: pc.if_else(pa.array(behind), None, works.column(name))
        for name in ("pmid", "pmcid", "doi", "base")
    }
    pmid = pc.if_else(pc.equal(named["pmid"], ""), None, named["pmid"])
    digits = pc.if_else(pc.match_substring_regex(pmid, r"^[0-9]{1,18}$"), pmid, None)
    table = pa.table(
        {
            "label": labels,
            "pmid": digits.cast(pa.int64()),
            "pmcid": pc.if_else(pc.equal(named["pmcid"], ""), None, named["pmcid"]),
            "doi": pc.if_else(pc.equal(named["doi"], ""), None, named["doi"]),
            "base": named["base"],
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
