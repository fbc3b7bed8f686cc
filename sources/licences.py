"""Licence statements to SPDX identifiers, with the words that say so.

A statement comes as an address (``license/@xlink:href``, ``ali:license_ref``), as a short code
(``cc_by_nc``, ``CC BY``, ``TDM``) or as prose. Addresses are read first, prose second; where they
contradict each other, or a record carries several statements, the stricter one counts, because a
corpus can be widened later but not called back. What is not understood is unknown (empty), never
open.

Identifiers are those of the SPDX licence list. Three cases have none there:

* Creative Commons without a version (``Creative Commons Attribution License``, the usual wording
  of 2004 to 2012): ``LicenseRef-CC-BY`` and so on. No version is invented.
* A national port that SPDX does not list keeps type and version and loses the port.
* ``LicenseRef-PublicDomain``, ``LicenseRef-USGov``, ``LicenseRef-PMC-TDM`` (author manuscripts in
  PubMed Central: mining only) and ``LicenseRef-NonCommercial`` (prose that allows non-commercial
  use only and names no licence).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PUBLIC_DOMAIN = "LicenseRef-PublicDomain"
US_GOVERNMENT = "LicenseRef-USGov"
PMC_TDM = "LicenseRef-PMC-TDM"
NON_COMMERCIAL = "LicenseRef-NonCommercial"

# Ports on the SPDX licence list 3.25, per type and version.
_PORTS = frozenset({
    "by-2.5-au", "by-3.0-at", "by-3.0-au", "by-3.0-de", "by-3.0-igo", "by-3.0-nl", "by-3.0-us",
    "by-nc-3.0-de", "by-nc-nd-3.0-de", "by-nc-nd-3.0-igo", "by-nc-sa-2.0-de", "by-nc-sa-2.0-fr",
    "by-nc-sa-2.0-uk", "by-nc-sa-3.0-de", "by-nc-sa-3.0-igo", "by-nd-3.0-de", "by-sa-2.0-uk",
    "by-sa-2.1-jp", "by-sa-3.0-at", "by-sa-3.0-de", "by-sa-3.0-igo",
})  # fmt: skip

# A statement longer than this is cut before it is searched; the longest real one met has 2,900.
_MAX_WORDS = 20_000

_CC_URL = re.compile(
    r"creativecommons\.org/(licen[cs]es|publicdomain)/([a-z+-]{2,20})"
    r"(?:/(\d\.\d))?(?:/([a-z]{2,8}))?(?![a-z])"
)
_CC_CODE = re.compile(
    r"\bcc[ _-]?(by(?:[ _-](?:nc|nd|sa)){0,2}|zero|0)(?![a-z])[ _-]?(?:v\.? ?)?(\d\.\d)?( ?igo)?"
)
# The name in words: everything up to the word "licence" is read, at most 90 characters on.
_CC_NAME = re.compile(r"creative ?commons[^a-z]{0,3}(?:by\b|attribution)(.{0,90})")
_COMPACT = re.compile(r"creativecommonsby((?:-(?:nc|nd|sa)){0,2})\b")
_VERSION = re.compile(r"\b([1-4]\.[05])\b")
_OGL = re.compile(r"open[ -]government[ -]licen[cs]e(?:.{0,20}?\b([1-3])(?:\.0)?\b)?")
_NON_COMMERCIAL = re.compile(r"non[ -]?commercial")
_ANY_COMMERCIAL = re.compile(
    r"commercial(?:ly)? (?:and|or) non[ -]?commercial"
    r"|non[ -]?commercial(?:ly)? (?:and|or|as well as) (?:for )?commercial"
)
_US_WORK = re.compile(
    r"(?:u\.? ?s\.?|united states) (?:federal )?gov(?:ernment|t) work"
    r"|work of the (?:u\.? ?s\.?|united states) (?:federal )?government"
    r"|government of the united states"
    r"|(?:u\.? ?s\.?|united states) government employees?"
)
_TEXT_MINING = re.compile(r"this file is available for text mining")


@dataclass(frozen=True, slots=True)
class Licence:
    """What a set of statements comes to.

    Attributes:
        spdx: SPDX identifier or ``LicenseRef-…``; empty where nothing was understood.
        evidence: Place and words of the statement that decided, one line, at most 500 characters
            of it; where nothing was understood, of the first statement found.
    """

    spdx: str
    evidence: str


def from_url(url: str) -> str:
    """Read the address of a licence.

    Args:
        url: Any spelling: http or https, with or without host prefix, trailing slash,
            ``/deed.xx``, ``/legalcode``, port, IGO.

    Returns:
        The identifier, or an empty string for an address that names no known licence (Elsevier's
        user licences, ``tdm`` agreements of publishers, home pages).
    """
    address = url.strip().lower()[:_MAX_WORDS]
    found = _CC_URL.search(address)
    if found:
        return _cc_address(*found.groups())
    if "open-government-licence" in address:
        number = re.search(r"/version/([1-3])", address)
        return f"OGL-UK-{number[1]}.0" if number else "OGL-UK-3.0"
    if "opendatacommons.org/licenses/by" in address:
        return "ODC-By-1.0"
    if "usa.gov/government-works" in address or "usa.gov/publicdomain" in address:
        return US_GOVERNMENT
    return ""


def from_words(words: str) -> str:
    """Read a licence statement in prose, or a code such as ``cc_by_nc_nd`` or ``TDM``.

    An address inside the words counts as an address. ``cc_no``, ``NO-CC CODE`` and everything
    that is not understood give an empty string.
    """
    text = " ".join(words.split()).lower()[:_MAX_WORDS]
    if not text:
        return ""
    if text == "tdm" or _TEXT_MINING.search(text):
        return PMC_TDM
    named = [_cc_address(*match.groups()) for match in _CC_URL.finditer(text)]
    named += [_cc_code(*match.groups()) for match in _CC_CODE.finditer(text)]
    named += [_cc_name(match[1]) for match in _CC_NAME.finditer(text)]
    named += [_cc("by" + match[1], None) for match in _COMPACT.finditer(text)]
    named += _other_words(text)
    return strictest(named)


def strictest(identifiers: Iterable[str]) -> str:
    """Return the identifier that allows least; unknown ones (empty) do not count.

    Of two that allow the same, the one with a version wins over the one without, then the first.
    """
    known = [name for name in identifiers if name]
    return max(known, key=_restriction) if known else ""


def resolve(urls: Iterable[tuple[str, str]], words: Iterable[tuple[str, str]]) -> Licence:
    """Combine all statements of one document.

    Args:
        urls: Places and addresses, in document order.
        words: Places, and prose or codes, in document order.

    Returns:
        The strictest of what they say, and the statement that says it, behind its place.
    """
    statements = [(from_url(url), place, url) for place, url in urls]
    statements += [(from_words(text), place, text) for place, text in words]
    found = [(name, evidence(place, said)) for name, place, said in statements if said.strip()]
    spdx = strictest(name for name, _ in found)
    return Licence(spdx, next((said for name, said in found if name == spdx), ""))


def evidence(place: str, statement: str) -> str:
    """Return a statement behind the place where it stands, on one line of bounded length.

    Args:
        place: ``license/@xlink:href``, ``field license`` …
        statement: Words or address; empty for none.
    """
    said = " ".join(statement.split())[:500]
    return f"{place}: {said}" if said else ""


def _cc_address(folder: str, kind: str, version: str | None, port: str | None) -> str:
    """Identifier of a Creative Commons address from its parts."""
    if folder == "publicdomain":
        return f"CC0-{version or '1.0'}" if kind == "zero" else PUBLIC_DOMAIN
    if kind == "publicdomain":
        return PUBLIC_DOMAIN
    return _cc(kind, version, port)


def _cc_code(kind: str, version: str | None, igo: str | None) -> str:
    """Identifier of a short code such as ``cc by-nc 4.0``."""
    if kind in ("0", "zero"):
        return "CC0-1.0"
    return _cc(kind, version, "igo" if igo else None)


def _cc_name(rest: str) -> str:
    """Identifier of the written-out name, from what follows ``Creative Commons Attribution``."""
    name = re.split(r"licen[cs]e", rest, maxsplit=1)[0]
    kind = "by"
    if _NON_COMMERCIAL.search(name) or re.search(r"\bnc\b", name):
        kind += "-nc"
    if re.search(r"no[ -]?deriv|\bnd\b", name):
        kind += "-nd"
    elif re.search(r"share[ -]?alike|\bsa\b", name):
        kind += "-sa"
    # The version may stand behind the word: "License, version 2.0", "4.0 International License".
    version = _VERSION.search(rest)
    return _cc(kind, version[1] if version else None, "igo" if " igo" in rest else None)


def _cc(kind: str, version: str | None, port: str | None = None) -> str:
    """Identifier from ``by-nc-nd`` in any order, a version and a port."""
    parts = set(re.split(r"[ _+-]", kind))
    if "by" not in parts:
        # "nc", "sa" … of version 1.0 without attribution: withdrawn, and not in use for articles.
        return ""
    name = "by" + "".join(f"-{part}" for part in ("nc", "nd", "sa") if part in parts)
    if version is None:
        return f"LicenseRef-CC-{name.upper()}"
    ported = f"{name}-{version}-{port}"
    return f"CC-{ported.upper()}" if port and ported in _PORTS else f"CC-{name.upper()}-{version}"


def _other_words(text: str) -> list[str]:
    """Identifiers of everything in prose (lower case) that is not Creative Commons' own name."""
    found = []
    if "creative commons zero" in text or "cc0" in text:
        found.append("CC0-1.0")
    ogl = _OGL.search(text)
    if ogl:
        found.append(f"OGL-UK-{ogl[1] or '3'}.0")
    if _US_WORK.search(text):
        found.append(US_GOVERNMENT)
    elif "public domain" in text:
        found.append(PUBLIC_DOMAIN)
    if _NON_COMMERCIAL.search(text) and not _ANY_COMMERCIAL.search(text):
        found.append(NON_COMMERCIAL)
    return found


def _restriction(spdx: str) -> tuple[int, bool]:
    """Order of strictness: how much is forbidden, then whether a version is named."""
    parts = spdx.split("-")
    if spdx == PMC_TDM:
        return (8, True)
    if "ND" in parts:
        rank = 7 if "NC" in parts else 6
    elif "NC" in parts:
        rank = 5 if "SA" in parts else 4
    elif spdx == NON_COMMERCIAL:
        rank = 3
    elif "SA" in parts:
        rank = 2
    else:
        rank = 1 if "BY" in parts or "By" in parts or "OGL" in parts else 0
    return (rank, not spdx.startswith("LicenseRef-"))
