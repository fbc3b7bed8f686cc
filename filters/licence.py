"""Licence groups and what each purpose of a corpus may take.

Groups after the table of the design page and Creative Commons' own reading; an SPDX string that
is not known here is ``unknown``, never guessed to be open.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LICENCE_VERSION = 1
"""Raised whenever a licence comes into another group."""

Purpose = Literal["private", "non-commercial", "commercial"]

PURPOSES: tuple[Purpose, ...] = ("private", "non-commercial", "commercial")

PERMITTED: dict[str, frozenset[Purpose]] = {
    "open": frozenset(PURPOSES),
    "attribution": frozenset(PURPOSES),
    "share-alike": frozenset(PURPOSES),  # flagged: a corpus that is passed on must be BY-SA
    "non-commercial": frozenset({"private", "non-commercial"}),
    "abstract": frozenset({"private", "non-commercial"}),
    "no-derivatives": frozenset({"private"}),
    "mining-only": frozenset({"private"}),
    "unknown": frozenset({"private"}),
    "no-training": frozenset(),
}
"""Purposes for which each group may enter (design, licence groups), the freest group first."""

GROUPS = tuple(PERMITTED)
"""All groups in order of restriction."""

_NAMED = {
    # Public domain. CC0: creativecommons.org/publicdomain/zero/1.0; PDDL: opendatacommons.org.
    "cc0-1.0": "open",
    "cc-pdm-1.0": "open",
    "pddl-1.0": "open",
    "unlicense": "open",
    "licenseref-usgov": "open",  # 17 U.S.C. 105, in the US
    "licenseref-publicdomain": "open",
    # Attribution. ODC-By binds the database, its contents stand apart.
    "odc-by-1.0": "attribution",
    "mit": "attribution",
    "apache-2.0": "attribution",
    "bsd-2-clause": "attribution",
    "bsd-3-clause": "attribution",
    # Copyleft for texts and databases.
    "odbl-1.0": "share-alike",
    "gfdl-1.3": "share-alike",
    "gfdl-1.3-only": "share-alike",
    "gfdl-1.3-or-later": "share-alike",
    "gfdl-1.2": "share-alike",
    # PMC's author manuscript and text-mining collections: mining, no redistribution (NLM).
    "licenseref-pmc-tdm": "mining-only",
    # Abstracts as NLM distributes them: NLM claims none, publishers may (NLM terms of PubMed).
    "licenseref-nlm-pubmed": "abstract",
    # Prose that allows non-commercial use without naming a licence (sources fact sheet, 11).
    "licenseref-noncommercial": "non-commercial",
    "licenseref-cc0": "open",
    # Terms of use that forbid training or text mining.
    "licenseref-no-training": "no-training",
    "noassertion": "unknown",
    "none": "unknown",
}
# With a version (SPDX, ported and IGO ones too), or as LicenseRef where the source names none.
_CC = re.compile(
    r"(?:cc-by(-nc)?(-sa|-nd)?-[1-4]\.[0-9](?:-igo|-[a-z]{2})?"
    r"|licenseref-cc-by(-nc)?(-sa|-nd)?)"
)
_OGL = re.compile(r"ogl-(?:uk|canada)-[1-3]\.[0-9]")
# What an identifier that is not known here may look like: a LicenseRef, a name with a version, or
# one of the few names without, which SPDX never writes in lower case alone.
_PLAUSIBLE = re.compile(
    r"(?i:licenseref-[a-z0-9.-]+|[a-z0-9.+]+(?:-[a-z0-9.+]+)*-[0-9][a-z0-9.+-]*)"
    r"|[A-Z0-9][A-Za-z0-9.+-]*"
)


def group(spdx: str) -> str:
    """Licence group of an SPDX identifier or a simple expression.

    ``A AND B`` takes the more restricted group, ``A OR B`` the freer one (SPDX 2.3, annex D).

    Args:
        spdx: SPDX identifier, ``LicenseRef-…``, ``NOASSERTION`` or nothing; case does not matter.

    Returns:
        One of :data:`GROUPS`.
    """
    either = re.split(r"\s+or\s+", spdx.strip().lower())
    return min((_all_of(part) for part in either), key=GROUPS.index)


def _all_of(expression: str) -> str:
    """Group of identifiers joined by AND."""
    return max((_single(part) for part in re.split(r"\s+and\s+", expression)), key=GROUPS.index)


def _single(identifier: str) -> str:
    """Group of one identifier in lower case."""
    known = _NAMED.get(identifier)
    if known is not None:
        return known
    if _OGL.fullmatch(identifier):
        return "attribution"  # Open Government Licence: as CC BY, by its own text
    match = _CC.fullmatch(identifier)
    if match is None:
        return "unknown"
    restricted, other = match.group(1) or match.group(3), match.group(2) or match.group(4)
    if other == "-nd":
        return "no-derivatives"  # with or without NC: the design's table
    if restricted:
        return "non-commercial"
    return "share-alike" if other else "attribution"


_COMMON = (
    *(f"CC-BY{kind}-4.0" for kind in ("", "-SA", "-NC", "-NC-SA", "-ND", "-NC-ND")),
    *("CC0-1.0", "OGL-UK-3.0", "ODC-By-1.0", "ODbL-1.0", "MIT", "Apache-2.0", "NOASSERTION"),
)
"""What is suggested in place of a name that is none."""


def name_problem(name: str) -> str:
    """Say what one licence must be that is given to documents, if this is none.

    Other than in a list of licences, a name that is not known here would have no effect: its group
    is ``unknown``, as without it.

    Args:
        name: Identifier; case does not matter.

    Returns:
        Empty for an identifier whose group is known, for ``NOASSERTION`` and ``LicenseRef-…``; else
        what it must be, with the nearest one.
    """
    lowered = name.lower()
    own = re.fullmatch(r"licenseref-[a-z0-9.-]+", lowered)
    if own or lowered in _NAMED or _single(lowered) != "unknown":
        return ""
    common = {known.lower(): known for known in _COMMON}
    near = difflib.get_close_matches(re.sub(r"[\s_]+", "-", lowered), common, 1)
    hint = f" (did you mean {common[near[0]]!r}?)" if near else ""
    return f"an SPDX identifier such as CC-BY-4.0{hint}, or LicenseRef-… for any other licence"


def entry_problem(entry: str) -> str:
    """Say what is wrong with an entry of a list of licences, as far as that can be told.

    Args:
        entry: As for `named`.

    Returns:
        Empty for a group, a pattern with ``*``, a known identifier or one of the form of SPDX's,
        simple or joined by AND and OR; else a sentence for people.
    """
    lowered = entry.strip().lower()
    if lowered in GROUPS or "*" in entry:
        return ""
    near = difflib.get_close_matches(lowered, GROUPS, 1, cutoff=0.7)
    for part in re.split(r"(?i:\s+(?:or|and)\s+)", entry.strip()):
        known = part.lower() in _NAMED or _single(part.lower()) != "unknown"
        versioned = re.search(r"\d|(?i:^licenseref-)", part)
        if re.fullmatch(r"(?i:cc-by(-[a-z]+)*)", part):
            return (
                f"{entry!r}: the version is part of the name; write {part}-4.0, or {part}-* for "
                "all that begin so"
            )
        if not known and (not _PLAUSIBLE.fullmatch(part) or (near and not versioned)):
            hint = f"; did you mean {near[0]!r}?" if near else ""
            return (
                f"{entry!r} is no group of licences ({', '.join(GROUPS)}) and no SPDX identifier "
                f"such as CC-BY-4.0 or LicenseRef-…{hint}"
            )
    return ""


def permitted(licences: pa.Array, purpose: Purpose) -> tuple[pa.BooleanArray, pa.DictionaryArray]:
    """Which documents may enter a corpus of this purpose.

    Args:
        licences: ``string[n]`` or ``large_string[n]`` (or a dictionary of them); nulls are unknown.
        purpose: What the corpus is for.

    Returns:
        ``bool[n]`` and the group of each as ``dictionary<int32, string>[n]``.

    Raises:
        ValueError: Unknown purpose.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"purpose must be one of {', '.join(PURPOSES)}, not {purpose!r}")
    plain = licences.dictionary_decode() if pa.types.is_dictionary(licences.type) else licences
    encoded = pc.fill_null(plain.cast(pa.large_string()), "").dictionary_encode()
    # Groups are looked up once for each distinct licence.
    codes = np.array(
        [GROUPS.index(group(name)) for name in encoded.dictionary.to_pylist()], dtype=np.int32
    )
    rows = codes[np.asarray(encoded.indices, dtype=np.int64)]
    allowed = np.array([purpose in PERMITTED[name] for name in GROUPS])
    groups = pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), pa.array(list(GROUPS)))
    return pa.array(allowed[rows]), groups


def named(licences: pa.Array, entries: Sequence[str]) -> pa.BooleanArray:
    """Which documents a list of licences or groups names.

    Args:
        licences: As for `permitted`.
        entries: SPDX identifiers, which are compared without regard to case, or `GROUPS`; a ``*``
            stands for any characters (``CC-BY-*-IGO``).

    Returns:
        ``bool[n]``.
    """
    plain = licences.dictionary_decode() if pa.types.is_dictionary(licences.type) else licences
    encoded = pc.fill_null(plain.cast(pa.large_string()), "").dictionary_encode()
    wanted = [entry.lower() for entry in entries]
    hits = [
        group(name) in wanted or any(fnmatchcase(name.lower(), entry) for entry in wanted)
        for name in encoded.dictionary.to_pylist()
    ]
    return pa.array(hits, pa.bool_()).take(encoded.indices)
