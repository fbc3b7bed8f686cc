"""Checks behind the patterns of e-mail, network addresses and URLs."""

from __future__ import annotations

import ipaddress
import re
import string

from filters.pii.rule import Found
from filters.pii.shapes import whole

_FILE_SUFFIXES = re.compile(
    "png|jpe?g|gif|svg|tiff?|pdf|docx?|xlsx?|pptx?|txt|csv|tsv|xml|html?|json|ya?ml|toml|py|js|css"
    "|exe|dll|zip|gz|tar|mp[34]|avi|mov|bam|fasta|fastq|nii|dcm|rda|rds",
    re.IGNORECASE,
)
_MIXED_TLDS = frozenset({"Com", "Org", "Net", "Edu", "Gov", "Info"})


_NO_LETTER = re.compile(r"[^\x00-\x7f\w]")
"""A character above ASCII that is no letter and no digit: it ends an address."""
_AT = re.compile(r"(?i) ?(?:[(\[{<] ?)?(?:@|\b(?:at|chez|arroba|arobase|ät)\b)")


def email(found: Found) -> tuple[int, int] | None:
    """Domain with an alphabetic top level that is no file suffix (policy, section 3)."""
    at = max(found.value.find("@"), 0) or _AT.search(found.value).start()  # type: ignore[union-attr]
    start = max((match.end() for match in _NO_LETTER.finditer(found.value[:at])), default=0)
    strange = _NO_LETTER.search(found.value, at)
    end = strange.start() if strange else len(found.value)
    value = found.value[start:end]
    if start == at or not re.search(r"[.\s)\]}>][A-Za-z]{2,24}$", value):
        return None
    tld = re.split(r"[.\s)\]}]+", value)[-1]
    if _FILE_SUFFIXES.fullmatch(tld) or not tld.isalpha():
        return None
    if not (tld.islower() or tld.isupper() or tld in _MIXED_TLDS):
        return None  # "Fe3O4@SiO2.The": a sentence end without a blank
    glued = found.left[len(found.left.rstrip(_ALPHANUMERIC)) :]  # a refused match began there
    if _scientific(glued + value, found.right):
        return None
    if re.match(r"(?i)www\.", value.partition("@")[2].lstrip()):
        return None
    return start, end


_DOT = re.compile(
    r"(?i)\s*[(\[{<]\s*(?:\.|dot|punkt|punto|point|ponto)\s*[)\]}>]\s*"
    r"|\s+(?:dot|punkt|punto|point|ponto)\s+"
)


def written_out(address: str) -> str:
    """An address as mail programs write it: "a (at) b [dot] org" is "a@b.org"."""
    address = address.replace("\\", "")
    at = _AT.search(address)
    if at is None:
        return address
    host = address[at.end() :].lstrip(" )]}>")
    return "@".join(_DOT.sub(".", part).strip() for part in (address[: at.start()], host))


_ALPHANUMERIC = string.ascii_letters + string.digits
_ELEMENT = (
    r"(?:A[glu]|B[ai]|C[adeosru]|Eu|Fe|G[ad]|In|Ir|L[ai]|M[gno]|N[abdi]|P[bdt]|R[hu]|S[inr]"
    r"|T[aib]|Y|Zn|Zr|W|V)"
)
_FORMULA = re.compile(
    rf"(?:{_ELEMENT}\d*|[CHNOPSF]\d*)*{_ELEMENT}\d*(?:{_ELEMENT}\d*|[CHNOPSF]\d*)*"
)
"""Metals and their compounds, as materials are written: "Fe3O4@SiO2"."""


def _scientific(value: str, right: str) -> bool:
    """Whether an at sign is that of a measure or a material, with the sentence glued behind.

    "precision@10.for": a host of digits, which mail has under few top levels alone, with three
    digits and more (163.com). "Ag@MOF.de novo": a material on one in capitals.
    """
    local, at, host = value.partition("@")
    if not at:
        host = value[_AT.search(value).end() :]  # type: ignore[union-attr]
    name, _, top = host.strip(" )]}>").rpartition(".")
    if re.fullmatch(r"[\d.\s]+", name):
        return len(name) < 3 or top.lower() not in _DIGIT_TLDS
    glued = name[:1].isupper() and "." not in name and re.match(r" [a-z]", right) is not None
    return glued and _FORMULA.fullmatch(local.strip()) is not None


_DIGIT_TLDS = frozenset({"com", "cn", "net", "org"})


def email_group(found: Found) -> tuple[int, int] | None:
    """Several local parts before one domain."""
    people, _, host = found.value.rpartition("@")
    one = Found(f"x@{host.strip()}", found.left, found.right)
    names = re.split(r"[/|,;]", people.strip(" {}"))
    if len(names) < 2 or not all(re.fullmatch(r"\s*[\w.'’+-]+\s*", name) for name in names):
        return None
    return whole(found) if email(one) == (0, len(one.value)) else None


_IP_WORD = re.compile(
    r"\b(?:ip|ipv[46]|client_ip|server|host|address|ping|dns|login)\b", re.IGNORECASE
)


def ipv4(found: Found) -> tuple[int, int] | None:
    """A word of networks near, or a global address with two octets of 30 or more."""
    # The host of a published URL is no person's; "# 39.32.7.1" is a number of a protocol.
    if re.search(r"(?:[\w.]|://|#\s?)$", found.left) or re.match(r"[\w]|\.\d", found.right):
        return None
    try:
        address = ipaddress.IPv4Address(found.value)
    except ValueError:  # leading zeros
        return None
    near = _IP_WORD.search(found.left[-40:].replace("_", " ")) or _IP_WORD.search(found.right[:20])
    large = sum(octet >= 30 for octet in address.packed) >= 2
    return whole(found) if near or (address.is_global and large) else None


def ipv6(found: Found) -> tuple[int, int] | None:
    """A written address with a word of networks near, or a global one of at least four groups."""
    value = found.value.rstrip(".:") if not found.value.endswith("::") else found.value
    if re.search(r"[\w.:]$", found.left) or re.match(r"[\w]", found.right):
        return None
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return None
    near = _IP_WORD.search(found.left[-40:]) or _IP_WORD.search(found.right[:20])
    groups = [group for group in value.split(":") if group]
    full = address.is_global and len(groups) >= 4 and re.search(r"[0-9a-fA-F]{3,4}", value)
    return (0, len(value)) if (near and groups) or full else None


def trimmed_url(found: Found) -> tuple[int, int]:
    """The URL without the punctuation of the sentence behind it."""
    value = found.value.rstrip(".,;:!?'\"*_")
    while value.endswith(")") and value.count("(") < value.count(")"):
        value = value[:-1].rstrip(".,;:")
    return 0, len(value)


_AGENCY = re.compile(
    r"(?i)(?:https?://)?(?:[a-z]{1,4}\.)?(?:facebook|twitter|instagram)\.com/"
    r"(?:us|the|nhs|nih|cdc|fda|who|hhs|cms|ahrq|hrsa|epa|usda|ema|ecdc|nice|nci|niaid|nhlbi|nlm"
    r"|phe|rki|ukhsa|unicef|paho|gov|health|comm|uk|en|choices|global|espanol|_|\.|/){1,4}"
)


def profile_url(found: Found) -> tuple[int, int] | None:
    """A page of a person; the accounts of health agencies stay ("facebook.com/CDC")."""
    start, end = trimmed_url(found)
    return None if _AGENCY.fullmatch(found.value[:end]) else (start, end)


_KEPT_HOST = re.compile(
    r"(?i)(?:doi\.org|nih\.gov|ncbi\.nlm\.nih\.gov|cdc\.gov|fda\.gov|who\.int|europa\.eu|gov\.uk"
    r"|nhs\.uk"
    r"|nice\.org\.uk|clinicaltrials\.gov|isrctn\.com|europepmc\.org|ebi\.ac\.uk"
    r"|cochranelibrary\.com"
    r"|cochrane\.org|nature\.com|science\.org|sciencedirect\.com|elsevier\.com|springer\.com"
    r"|biomedcentral"
    r"\.com|wiley\.com|plos\.org|frontiersin\.org|mdpi\.com|bmj\.com|thelancet\.com|nejm\.org"
    r"|jamanetwork"
    r"\.com|oup\.com|tandfonline\.com|karger\.com|sagepub\.com|hindawi\.com|elifesciences\.org"
    r"|biorxiv\.org"
    r"|medrxiv\.org|arxiv\.org|creativecommons\.org|crossref\.org|[a-z0-9.-]+\.gov)"
)


def strict_url(found: Found) -> tuple[int, int] | None:
    """Any URL whose host is not a register, a journal or an agency (strict)."""
    host = re.sub(r"(?i)^(?:[a-z]+://)?(?:www\.)?", "", found.value)
    host = re.split(r"[/?#:]", host)[0]
    if re.fullmatch(rf"(?:[a-z0-9-]+\.)*(?:{_KEPT_HOST.pattern[4:]})", host, re.IGNORECASE):
        return None
    return trimmed_url(found)
