"""Checks behind the patterns of record and insurance numbers: length, public ids, context."""

from __future__ import annotations

import re
from dataclasses import replace

from filters.pii.rule import Found
from filters.pii.shapes import DATE, YEARS, digits_of, is_count, is_counted, is_measured, label_end

_CASE = re.compile(
    r"\b(?:patient|he|she|his|her|admitted|mr|mrs)\b", re.IGNORECASE
)  # policy, section 3, record numbers
_CARE = re.compile(
    r"\b(?:pt|ms|male|female|man|woman|year-old|y/o|yo|seen|treated|diagnosed|hospital|clinic"
    r"|medical records?)\b",
    re.IGNORECASE,
)


def record(found: Found) -> tuple[int, int] | None:
    """A token with four digits, or six characters with a digit; no bare year."""
    value = found.value.rstrip("./-")
    number = digits_of(value)
    if re.fullmatch(r"(?:1[89]|20)\d\d", value) or not number or YEARS.fullmatch(value):
        return None
    if len(number) < 4 and len(value) < 6:
        return None
    label = label_end(found.left).lower()
    if is_count(value) and not label.endswith((":", "#", "=")):
        return None  # "patients number 12 345"
    if _HOW_MANY.search(label):
        return None
    if re.match(r"\s?%", found.right) or re.fullmatch(r"\d+\.\d+", value):
        return None
    if not label.endswith((":", "#", "=")) and (
        _TOTAL.search(label) or re.match(r" (?:increased|decreased|rose|fell|grew)\b", found.right)
    ):
        return None
    # Without a colon or a number word behind the label only a clear number counts
    # ("hospital MRN 998877", not "MRN complex MRE11-RAD50-NBS1").
    if not re.search(r"[:=#°º№]$|\b(?:n[or]s?|num\w*|id|is|code)\b[^a-z]*$", label):
        return (0, len(value)) if _is_clear(value) else None
    return 0, len(value)


def _is_clear(value: str) -> bool:
    """Whether a value is a number by itself: four digits in a row, or groups without a word.

    Two groups of two may be a range ("12-15"), and what is written like a day is one.
    """
    if DATE.fullmatch(value):
        return False
    long = len(digits_of(value)) >= (4 if value[0].isalpha() else 5)
    grouped = long and not re.search(r"[A-Za-z]{2}", value)
    return grouped or re.search(r"\d{4}", value) is not None


_HOW_MANY = re.compile(r"\bpatients[ _-](?:no|num|number)s?\b[^a-z]*$")
"""The plural with a word for a number: how many there are."""

_TOTAL = re.compile(r"\b(?:total|overall|mean|median|average|expected|planned)\b[^.:]{0,24}$")

_PUBLIC_IDS = re.compile(
    r"(?:NCT|ISRCTN|ACTRN|ChiCTR|UMIN|jRCT|DRKS|CTRI|NTR|PACTR|IRCT|CRD|PRJ|GS[EM]|SR[APRX]|ER[APR]"
    r"|rs|NM_|NP_|NC_|NG_|XM_|KCT|TCTR|SLCTR|RBR|E-MTAB|INPLASY|ECR|REF|ENS[A-Z]{1,8}|COS[MV]|HGNC)[-_/A-Z]*\d.*|\d{4}-\d{6}-\d{2}.*"
    r"|(?:[A-Z]_?\d{5,8}|[A-Z]{2,4}_?\d{5,9})(?:\.\d+)?|10\.\d{4,9}/.*",
    re.IGNORECASE,
)
_PUBLIC_WORDS = re.compile(
    r"\b(?:trial|approv\w*|permi\w+|genbank|ethic\w*|committee|irb|protocol|registry|clinicaltrials|prospero"
    r"|sequence\w*"
    r"|bioproject|geo|deposited|database|grant|doi|study)\b",
    re.IGNORECASE,
)


_THING_ID = re.compile(
    r"\b(?:data ?set|sample|specimen|tumou?r|gene|entrez|video|taxon\w*|cell|clone|protein|compound"
    r"|project|article|document|probe|cage|animal|mouse|strain|cluster|snp|variant|image|scan|slide"
    r"|session|device|template|pathway|term|mesh|pubchem|drugbank|kegg|dbsnp|clinvar|variation|cosmic"
    r"|omim|hgnc|hgmd|orphanet|orpha|mondo|hpo|go|pubmed|pmc|drug|genbank|refseq|ensembl|uniprot|geo"
    r"|sra|pdb|cas|chembl|snomed(?: ct)?|loinc|icd|umls|atc|clinicaltrials\.gov|reactome|pharmgkb)"
    r"[ _]id\W*$",
    re.IGNORECASE,
)
"""Ids of things that stand in a sentence about a patient."""


_ROUND = re.compile(r"\d+000|\d+/10+")
"""A round number, or so many of a hundred thousand."""


def ordinary_record(found: Found) -> tuple[int, int] | None:
    """Behind a word of ordinary use and a colon: a code of at least five digits, no count."""
    value = found.value
    if " " in value or len(digits_of(value)) < 5 or is_counted(found) or is_measured(found):
        return None
    if _ROUND.fullmatch(value):
        return None
    return record(found)


def record_cell(found: Found) -> tuple[int, int] | None:
    """In the cell beside its label: five digits and more, no id of a register.

    Beside "Patient number" a number of six and more that is no count: it may tell how many.
    """
    value = found.value
    if _PUBLIC_IDS.fullmatch(value) or len(digits_of(value)) < 5:
        return None
    label = found.left.rstrip(" *_`|")
    number = re.search(r"(?i)\b(?:n[or]s?|num\w*|nú\w*)\.?:?$", label)
    if number and (is_count(value) or re.fullmatch(r"\d{5}", value)):
        return None
    return record(replace(found, left=f"{label}:"))


_APPLICATION = re.compile(r"(?i)\b(?:fda|a?nda|bla|label(?:ing)?|drug|application|approv\w*)\b")
_FRENCH = re.compile(r"(?i)\b(?:le|la|les|du|des|née?|est|dossier|séjour|ipp|hospitalisée?)\b")


def weak_record(found: Found) -> tuple[int, int] | None:
    """Behind a short word and a colon: no count, no measurement, no application for a drug.

    Those of the FDA ("NDA 021234") have six digits, and the French label is the same.
    """
    if is_counted(found) or is_measured(found):
        return None
    if label := re.search(r"(?i)\bnda\W*(?:n\w*\W*)?$", found.left):
        around = found.left[: label.start()] + found.right
        short = re.fullmatch(r"\d{6}", found.value) is not None
        if _APPLICATION.search(around) or (short and not _FRENCH.search(around)):
            return None
    return record(found)


def long_record(found: Found) -> tuple[int, int] | None:
    """Behind an abbreviation of hospitals: eight digits, or four where "is" stands between."""
    said = re.search(r"\b(?:est(?: le)?|is|es|ist|étant le)\s+$", found.left.lower())
    if said:
        return record(found)
    return (0, len(found.value)) if len(digits_of(found.value)) >= 8 else None


_DAY = re.compile(
    r"(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:1[89]|20)\d\d"
)


_EACH = re.compile(r"(?i)(?:\b(?:per|each|every|par|pro|por|je)\s|/ ?)\w+\W*$")
"""A rate: "reads per patient"."""


def bare_record(found: Found) -> tuple[int, int] | None:
    """A run of eight digits and more behind "patient": no day, no round count, no range."""
    value = found.value
    if _DAY.fullmatch(value) or value.endswith("000") or _EACH.search(found.left):
        return None
    if is_counted(found) or is_measured(found):
        return None
    return None if re.match(r"[-–.,:/][0-9]|\s?%", found.right) else (0, len(value))


def cover(found: Found) -> tuple[int, int] | None:
    """A code behind "insurance", "plan" …: letters and five digits, or a number sign before."""
    value = found.value.rstrip("./-_")
    if _PUBLIC_IDS.fullmatch(value) or len(digits_of(value)) < 5 or YEARS.fullmatch(value):
        return None
    if is_counted(found) or is_measured(found) or _ROUND.fullmatch(value):
        return None
    coded = re.match(r"[A-Za-z]", value) or found.left.rstrip().endswith(("#", ":"))
    return (0, len(value)) if coded else None


def id_in_context(found: Found) -> tuple[int, int] | None:
    """A number behind "ID:" of a person who is named within 80 characters before."""
    if _PUBLIC_IDS.fullmatch(found.value) or _PUBLIC_WORDS.search(found.left):
        return None
    if _THING_ID.search(found.left):
        return None
    person = _CASE.search(found.left) or _CARE.search(found.left)
    return record(found) if person and len(digits_of(found.value)) >= 5 else None


def record_in_context(found: Found) -> tuple[int, int] | None:
    """Accession, registration … numbers: only of a person, named within 80 characters before."""
    if _PUBLIC_IDS.fullmatch(found.value) or _PUBLIC_WORDS.search(found.left):
        return None
    return record(found) if _CASE.search(found.left) else None


def record_strict(found: Found) -> tuple[int, int] | None:
    """The same without the person (strict); ids of public registers stay."""
    return None if _PUBLIC_IDS.fullmatch(found.value) else record(found)
