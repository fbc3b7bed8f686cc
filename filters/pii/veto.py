"""Vetoes: what stands before (or around) a look-alike that must stay (policy, section 6).

Each is an anchored look at the last 40 characters before a value, not a switch for a document.
"""

from __future__ import annotations

import functools
from typing import Any

import re2

from filters.pii.rule import Found
from filters.pii.shapes import is_counted, is_measured

REACH = 40
"""Characters before the value (policy: about 40)."""

_NUMBERED = r"[ \t]*(?:(?:nos?|nr|numbers?|ids?|codes?|#)\b\.?)?"
_LISTED = _NUMBERED + r"[^\pL\n]{0,24}"
# A full stop with a blank behind it ends the sentence of the word.
_TAIL = _NUMBERED + r"(?:[^\pL\n.]|\.[^ \pL\n]){0,24}"
# Labels of codes that are written like numbers of telephones ("NDC 0069-0815-01"): they hold for
# the number directly behind, and for those of a list of which one stands there.
_CODES = (
    r"\b(?:ndc|upc|ean|gtin|pzn|unii|hcpcs|a?nda|bla|gmdn|emdn|rxcui|setid)s?\b"
    + _NUMBERED
    + r"[ \t:#(]{0,4}(?:[0-9][0-9-]{3,16}[ \t]{0,2}(?:,|;|/|\band\b|\bor\b)[ \t]{0,2}){0,8}"
)
_LEFT = {
    # Literature, trial and archive ids: the label, perhaps more ids of the list, then the value.
    # Of a URL or a DOI only what is part of it: a telephone number behind a URL is masked.
    "literature": r"(?:\b(?:isbn(?:-1[03])?|e?-?issn|pmid|pmcid|pmc|arxiv|vol|volume|issue|pages?"
    rf"|pp)\b{_LISTED}|\bcall (?:no|number)s?\b[^\n]{{0,24}}"
    r"|(?:https?:|www\.|\bdoi\b[:. ]{0,3}|\b10\.[0-9]{4,5}/)[^ \n]*)",
    "trial": r"\b(?:nct|isrctn|eudract|ctis|eu[ -]ct|actrn|chictr|umin|jrct|drks|ctri|ntr|pactr"
    r"|irct|prospero|crd|clinicaltrials(?:\.gov)?|trial(?: registration)?|registered|registry"
    r"|registration)\b" + _TAIL,
    "archive": r"\b(?:genbank|refseq|sra|bioproject|biosample|geo|gse|arrayexpress|dbgap|ega|pdb"
    r"|uniprot|accessions?|ensembl|hgnc|chr[0-9xy]*|grch3[78]|hg19|hg38|rs)\b" + _TAIL,
    "code": r"\b(?:(?:cat|ref|ec|no)\.|(?:icd(?:-?(?:9|10|11))?|atc|cas|ec|e\.c\.|mesh|umls|cui"
    r"|snomed(?:[ -]ct)?|loinc|omim|mim|orpha|orphanet|rxnorm|cpt|rrid|cat(?:alog(?:ue)?)?"
    r"|lot|batch|ref|product|part|model|order|item|sku|swissprot|cid|sid|pubchem|chembl|zinc"
    r"|inchi)\b)" + _TAIL,
    "grant": r"\b(?:grants?|contracts?|awards?|fund(?:ed|ing)?|project|approvals?|approved|ethics?"
    r"|irb|protocols?|committee|permit|patents?|nos|rfp|rfa|publications?|references?|program(?:me)?"
    r"|nsfc|foundation)\b" + _TAIL,
    "label": _CODES,
    "version": r"\b(?:(?:sect|ver|figs?|v|app|ec)\.|(?:sections?|sect|versions?|ver|release|v|build"
    r"|figs?|figure|table|tables|chapter|appendix|software|firmware|enzymes?|ec|e\.c\.|spm|fsl|§)\b)"
    + _TAIL
    + r"(?:(?:and|or|to)[^\pL\n]{1,16})?",
    "statistics": r"(?:\bn ?= ?|\bp ?[=<>] ?|[±×≤≥<>=] ?"
    r"|\b(?:ci|range|iqr|sd|mean|median)\b[^\pL\n]{0,24})",
    "place": r"(?:[0-9]{1,3}[°º'′\"″] ?[0-9.]*"
    r"|\b(?:lat|latitude|lon|long|longitude|grid|utm)\b[^\pL\n]{0,24})",
}
_RIGHT = {"place": r" ?(?:[°º′″]|(?-i:[NSEW])(?:[^\pL\pN]|$))"}


@functools.cache  # when first asked for: compiling all takes a third of a second
def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern.encode("utf-8"), options)


_BEFORE = {name: f"(?:{pattern})$" for name, pattern in _LEFT.items()}
_BEHIND = {name: f"^(?:{pattern})" for name, pattern in _RIGHT.items()}

ALL = tuple(sorted(_LEFT))
"""Every veto: for shapes that stand in papers without being personal."""


def vetoed(names: tuple[str, ...], found: Found) -> bool:
    """Whether one of the named vetoes holds for a match."""
    left = found.left[-REACH:].encode("utf-8")
    right = found.right[:16].encode("utf-8")
    # No code begins with a plus sign, also behind another one.
    dialled = found.value.lstrip("( ").startswith("+")
    if "statistics" in names and (is_measured(found) or is_counted(found)):
        return True
    return any(
        (_compile(_BEFORE[name]).search(left) is not None and not (dialled and name == "label"))
        or (name in _BEHIND and _compile(_BEHIND[name]).search(right) is not None)
        for name in names
    )
