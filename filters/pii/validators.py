"""Checks behind the patterns: checksums, possible telephone numbers, addresses, context words."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

import phonenumbers
from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ch_ssn
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.iso7064 import mod_11_2
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn

from filters.pii.rule import Check, Found

_NOT_DIGIT = re.compile(r"[^0-9]")
_YEARS = re.compile(r"\(?(?:1[89]|20)\d\d(?: ?[-/] ?|\)? )\(?(?:1[89]|20)?\d\d\)?")
_DATE = re.compile(
    r"\d{1,2}[./ -]{1,2}\d{1,2}[./ -]{1,2}(?:1[89]|20)\d\d|(?:1[89]|20)\d\d(?:[./-]\d{1,2}){2}"
)
_ONE_POINT = re.compile(r"(?:^|[ (+/-])\d{1,2}\.\d{1,4}(?:$|[ )/-])")
_FILE_SUFFIXES = re.compile(
    "png|jpe?g|gif|svg|tiff?|pdf|docx?|xlsx?|pptx?|txt|csv|tsv|xml|html?|json|ya?ml|toml|py|js|css"
    "|exe|dll|zip|gz|tar|mp[34]|avi|mov|bam|fasta|fastq|nii|dcm|rda|rds",
    re.IGNORECASE,
)
_MIXED_TLDS = frozenset({"Com", "Org", "Net", "Edu", "Gov", "Info"})
_CASE = re.compile(
    r"\b(?:patient|he|she|his|her|admitted|mr|mrs)\b", re.IGNORECASE
)  # policy, section 3, record numbers


def digits_of(value: str) -> str:
    """The ASCII digits of a value."""
    return _NOT_DIGIT.sub("", value)


def whole(found: Found) -> tuple[int, int]:
    """The value as it stands."""
    return 0, len(found.value)


def email(found: Found) -> tuple[int, int] | None:
    """Domain with an alphabetic top level that is no file suffix (policy, section 3)."""
    value = found.value
    tld = re.split(r"[.\s)\]}]+", value)[-1]
    if _FILE_SUFFIXES.fullmatch(tld) or not tld.isalpha():
        return None
    if not (tld.islower() or tld.isupper() or tld in _MIXED_TLDS):
        return None  # "Fe3O4@SiO2.The": a sentence end without a blank
    if re.match(r"(?i)www\.", value.partition("@")[2].lstrip()):
        return None
    return whole(found)


def _decimal(value: str) -> bool:
    """Whether a run of digits holds a decimal number, as intervals and means do."""
    return value.count(".") > 0 and _ONE_POINT.search(value) is not None


def _balanced(value: str, end: int) -> tuple[int, int]:
    start = 1 if value.startswith("(") and ")" not in value[:end] else 0
    return start, end


def labelled_phone(found: Found) -> tuple[int, int] | None:
    """6-16 digits behind a label, whatever their shape, but no years and no statistics."""
    value = found.value
    count = len(digits_of(re.split(r"(?i) ?(?:x|ext)", value)[0]))
    if not 6 <= count <= 16 or _YEARS.fullmatch(value) or _decimal(value):
        return None
    if re.match(r"\s?%", found.right) or max(map(len, re.findall(r"\d+", value))) < 2:
        return None
    return _balanced(value, len(value))


def short_phone(found: Found) -> tuple[int, int] | None:
    """Internal numbers of 4-5 digits behind a label (strict); not a year."""
    return None if re.fullmatch(r"(?:1[89]|20)\d\d", found.value) else whole(found)


def phone_before_label(found: Found) -> tuple[int, int] | None:
    """A number with its label behind it ("... office"): groups of a telephone number."""
    if re.match(r"[-, (]*[a-z]+[ \t]+[a-z]", found.right.lower()):
        return None  # "1 234 567 mobile users"
    return labelled_phone(found)


def _bordered(found: Found) -> bool:
    """Whether an unlabelled number stands alone: no digit, letter or sign glued to it."""
    if found.left and (found.left[-1].isalnum() or found.left[-1] in "+-./_#:^"):
        return False
    if re.search(r"[0-9][ ]$", found.left) is not None:
        return False
    return re.match(r"[\w/^]|[-.,:][0-9A-Za-z]| [0-9]|\|", found.right) is None


def international_phone(found: Found) -> tuple[int, int] | None:
    """``+`` or ``00`` and a country code; trailing groups are left out until it is possible."""
    value = found.value
    if found.left and (found.left[-1].isalnum() or found.left[-1] in ").,-+^_/"):
        return None
    if _decimal(value):
        return None
    body = re.split(r"(?i) ?(?:x|ext)", value)[0]
    ends = [len(value)] if len(body) < len(value) else []
    ends += [match.end() for match in reversed(list(re.finditer(r"\d+", body)))]
    for position, end in enumerate(ends):
        number = re.sub(r"\(0\)", "", value[:end] if end <= len(body) else body)
        number = digits_of(number)
        number = number.removeprefix("00") if not value.lstrip("(").startswith("+") else number
        if not 8 <= len(number) <= 15:
            continue
        if position == 0 and re.match(r"\w|[.,][0-9]", found.right):
            continue
        try:
            parsed = phonenumbers.parse("+" + number)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_possible_number(parsed):
            return _balanced(value, end)
    return None


def nanp_phone(found: Found) -> tuple[int, int] | None:
    """North American shape without a label: valid for ``phonenumbers`` in the US."""
    if not _bordered(found):
        return None
    try:
        parsed = phonenumbers.parse(digits_of(found.value), "US")
    except phonenumbers.NumberParseException:
        return None
    return whole(found) if phonenumbers.is_valid_number(parsed) else None


def national_phone(found: Found) -> tuple[int, int] | None:
    """Any grouped shape of 7-12 digits (strict), outside tables, years and statistics."""
    value = found.value
    if not 7 <= len(digits_of(value)) <= 12 or not _bordered(found):
        return None
    groups = re.findall(r"\d+", value)
    spaced_thousands = " " in value and all(len(group) == 3 for group in groups[1:])
    if _YEARS.search(value) or _decimal(value) or (spaced_thousands and value[0] not in "0("):
        return None
    if value.count("(") != value.count(")") or "000" in groups or _DATE.fullmatch(value):
        return None
    if len(groups) < 3 and (value[0] not in "0(" or re.fullmatch(r"\d{4}-\d{4}", value)):
        return None
    if "/" in value and value[0] not in "0(":
        return None  # fractions, pressures
    in_table = "|" in found.left.rpartition("\n")[2] or "|" in found.right.partition("\n")[0]
    listed = re.search(r"(?:\b(?:19|20)\d\d[a-z]?\)?[;:,]|\bvol\b)[^\n]{0,40}$", found.left.lower())
    return None if in_table or listed else whole(found)


def us_ssn(found: Found) -> tuple[int, int] | None:
    """Unlabelled SSN: areas, groups and serials that SSA issues (POMS RM 10201.035)."""
    return whole(found) if _bordered(found) and ssn.is_valid(found.value) else None


def orcid(found: Found) -> tuple[int, int] | None:
    """Four groups of four with the check character of ISO 7064 mod 11-2."""
    value = found.value.replace("-", "").replace(" ", "").upper()
    glued = found.left[-1:].isalnum() or found.left[-1:] == "-" or re.match(r"[\w-]", found.right)
    return whole(found) if not glued and mod_11_2.is_valid(value) else None


def personnummer_valid(value: str) -> bool:
    """Swedish number: Luhn over ten digits and a calendar date.

    python-stdnum reads the clock to guess the century, which the result must not depend on.
    """
    number = digits_of(value)[-10:]
    month, day = int(number[2:4]), int(number[4:6])
    return 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91) and luhn.is_valid(number)


def belgian_valid(value: str) -> bool:
    """Belgian national number: 97 minus remainder, births from 2000 with a 2 before.

    python-stdnum compares the birth date with the clock; the checksum alone is used here.
    """
    number = digits_of(value)
    if len(number) != 11:
        return False
    body, check = int(number[:9]), int(number[9:])
    return check in (97 - body % 97, 97 - (2_000_000_000 + body) % 97)


NATIONAL: dict[str, Callable[[str], bool]] = {
    "gb.nhs": nhs.is_valid,
    "nl.bsn": bsn.is_valid,
    "pl.pesel": pesel.is_valid,
    "se.personnummer": personnummer_valid,
    "de.idnr": idnr.is_valid,
    "be.nn": belgian_valid,
    "ca.sin": sin.is_valid,
    "in_.aadhaar": aadhaar.is_valid,
    "br.cpf": cpf.is_valid,
    "fr.nir": nir.is_valid,
    "es.dni": dni.is_valid,
    "es.nie": nie.is_valid,
    "it.codicefiscale": codicefiscale.is_valid,
    "fi.hetu": hetu.is_valid,
    "ch.ssn": ch_ssn.is_valid,
    "cn.ric": ric.is_valid,
}
"""Checksum of each national number, by the name of its python-stdnum module."""


def national(module: str, near: str | None = None) -> Check:
    """A check for one national number.

    Args:
        module: Key of :data:`NATIONAL`.
        near: Pattern of the names of which one must stand within 60 characters; None where shape
            and checksum are enough.
    """
    valid = NATIONAL[module]
    name = re.compile(near, re.IGNORECASE) if near is not None else None

    def check(found: Found) -> tuple[int, int] | None:
        if not _bordered(found):
            return None
        compact = re.sub(r"[ .]", "", found.value).upper()
        if module == "es.nie" or module == "es.dni":
            compact = compact.replace("-", "")
        if name is not None and not (
            name.search(found.left[-60:]) or name.search(found.right[:60])
        ):
            return None
        return whole(found) if valid(compact) else None

    return check


def labelled_number(found: Found) -> tuple[int, int] | None:
    """A personal number directly behind its label: at least five digits, any checksum."""
    if len(digits_of(found.value)) < 5 or re.match(r"\w", found.right):
        return None
    return None if _decimal(found.value) or _YEARS.fullmatch(found.value) else whole(found)


def record(found: Found) -> tuple[int, int] | None:
    """A token with four digits, or six characters with a digit; no bare year."""
    value = found.value.rstrip("./-")
    number = digits_of(value)
    if re.fullmatch(r"(?:1[89]|20)\d\d", value) or not number or _YEARS.fullmatch(value):
        return None
    if len(number) < 4 and len(value) < 6:
        return None
    if re.match(r"\s?%", found.right) or re.fullmatch(r"\d+\.\d+", value):
        return None
    # Without a colon or a number word behind the label only a clear number counts
    # ("hospital MRN 998877", not "MRN complex MRE11-RAD50-NBS1").
    if not re.search(r"[:=#°º№]\s*$|\b(?:n[or]s?|num\w*|id|is|code)\b[^a-z]*$", found.left.lower()):
        return (0, len(value)) if re.search(r"\d{4}", value) else None
    return 0, len(value)


_PUBLIC_IDS = re.compile(
    r"(?:NCT|ISRCTN|ACTRN|ChiCTR|UMIN|jRCT|DRKS|CTRI|NTR|PACTR|IRCT|CRD|PRJ|GS[EM]|SR[APRX]|ER[APR]"
    r"|rs|NM_|NP_|NC_|NG_|XM_|KCT|TCTR|SLCTR|RBR|E-MTAB)[-_/A-Z]*\d.*|\d{4}-\d{6}-\d{2}.*"
    r"|[A-Z]{1,4}_?\d{5,9}(?:\.\d+)?",
    re.IGNORECASE,
)
_PUBLIC_WORDS = re.compile(
    r"\b(?:trial|genbank|ethic\w*|committee|irb|protocol|registry|clinicaltrials|prospero"
    r"|sequence\w*"
    r"|bioproject|geo|deposited|database|grant|doi|study)\b",
    re.IGNORECASE,
)


def record_in_context(found: Found) -> tuple[int, int] | None:
    """Accession, registration … numbers: only of a person, named within 80 characters before."""
    if _PUBLIC_IDS.fullmatch(found.value) or _PUBLIC_WORDS.search(found.left):
        return None
    return record(found) if _CASE.search(found.left) else None


def record_strict(found: Found) -> tuple[int, int] | None:
    """The same without the person (strict); ids of public registers stay."""
    return None if _PUBLIC_IDS.fullmatch(found.value) else record(found)


def card(found: Found) -> tuple[int, int] | None:
    """Unlabelled card number: Luhn, alone, no row of years."""
    value = found.value
    if not _bordered(found) or len(set(digits_of(value))) < 3:
        return None
    return whole(found) if luhn.is_valid(digits_of(value)) else None


def labelled_card(found: Found) -> tuple[int, int] | None:
    """12-19 digits behind a card word."""
    good = 12 <= len(digits_of(found.value)) <= 19 and not re.match(r"[0-9]", found.right)
    return whole(found) if good else None


def iban(found: Found) -> tuple[int, int] | None:
    """Checksum and country structure; trailing groups are left out until it is valid."""
    value = found.value
    ends = [match.start() for match in re.finditer(r"[ -]", value)]
    for end in (len(value), *reversed(ends)):
        if len(value[:end].replace(" ", "").replace("-", "")) < 15:
            return None
        if stdnum_iban.is_valid(value[:end]):
            return 0, end
    return None


def labelled_iban(found: Found) -> tuple[int, int] | None:
    """Behind the word IBAN: the shape is enough; digits must be the greater part."""
    valid = iban(found)
    if valid is not None:
        return valid
    # The last group of letters alone is a word of the sentence ("... 5432 10 from my account").
    value = re.sub(r"(?: [A-Za-z]+)+$", "", found.value)
    return (0, len(value)) if len(digits_of(value)) >= 8 else None


_IP_WORD = re.compile(
    r"\b(?:ip|ipv[46]|client_ip|server|host|address|ping|dns|login)\b", re.IGNORECASE
)


def ipv4(found: Found) -> tuple[int, int] | None:
    """A word of networks near, or a global address with two octets of 30 or more."""
    if re.search(r"[\w.]$", found.left) or re.match(r"[\w]|\.\d", found.right):
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


def trimmed_url(found: Found) -> tuple[int, int] | None:
    """The URL without the punctuation of the sentence behind it."""
    value = found.value.rstrip(".,;:!?'\"*_")
    while value.endswith(")") and value.count("(") < value.count(")"):
        value = value[:-1].rstrip(".,;:")
    return 0, len(value)


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
