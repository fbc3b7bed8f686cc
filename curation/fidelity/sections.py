"""Sections, notes and footnotes that a corpus may leave out: thanks, money, interests, authors.

Known by their own title, of which every word must say so (``Outcomes of interest`` and ``Financial
toxicity`` are of no such section); without a title by their declared type, else by the words before
the first colon or full stop.
A section that is named here may be absent as a whole or be there as a whole; both are compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

# What a title must say to be of a group; every other word of it must be one of `_BESIDE`.
_SAYS = {
    "reference list": (
        r"(?:list of )?references?(?: list)?|bibliograph\w+|literature cited|works cited"
    ),
    "competing interests": (
        r"(?:conflict(?:ing|s)?|competing|declarations?|disclosures?|duality)"
        r"(?: (?:of|the|any|no|other|potential|financial|authors?|s))* interests?|"
        r"(?:financial )?disclosures?(?: statements?)?|"
        r"conflict(?:o|os)? de(?: \w{1,3})? inter[eé]s(?:es)?|conflitos? de interesses?|"
        r"conflits? d int[eé]r[eê]ts?|liens? d int[eé]r[eê]ts?|interessenkonflikte?|"
        r"declaraci[oó]n de intereses|conflitt[oi] di interess[ei]|конфликт интересов|"
        r"çıkar çatışma(?:sı|ları)(?: beyanı)?|利益[冲衝]突(?:声明|聲明)?"
    ),
    "funding": (
        r"fund(?:ing|ed|ers?|s)|sponsors?|sponsorship|"
        r"grants?(?: (?:support|information|sponsors?|numbers?))?|"
        r"financial (?:support|assistance)|sources? of (?:financial )?support|"
        r"support statement|role of the sponsors?|förderung|finanzierung|financement|"
        r"financia(?:miento|mento|ci[oó]n)|finanziament[oi]|финансирование|"
        r"finansman|finansal destek|基金项目|资助|資助"
    ),
    "author contributions": (
        r"(?:authors?|contributors?)(?: s)? (?:contributions?|contributorship|roles?|statements?)|"
        r"contributions? (?:of|by|from) (?:the )?(?:authors?|contributors?)|"
        r"contributions?|contributors?|contributorship|authorship|guarantors?|"
        r"contribu\w+ (?:de |dos |das |des |de los )?(?:autor\w*|auteurs?)|colaborador\w+|"
        r"contribut[oi] degli autori|вклад авторов|yazar(?:ların)? katkıları|"
        r"作者[贡貢][献獻](?:声明)?"
    ),
    "author information": (
        r"authors? (?:s )?(?:information|details|notes?|affiliations?|addresses)|"
        r"about the authors?|abbreviated authors|corresponding authors?|correspondence"
    ),
    "acknowledgements": (
        r"acknowled?ge?ments?|thanks|a?gradecim\w+|remerciements?|danksagung|ringraziamenti|благодарност[ьи]|teşekkür|致[谢謝]"
    ),
}
_BESIDE = frozenset({
    "a", "an", "all", "and", "any", "by", "for", "from", "in", "no", "of", "or", "other", "our",
    "potential", "s", "the", "their", "this", "to", "additional", "author", "authors", "agencies",
    "agency", "body", "bodies", "declaration", "declarations", "disclosure", "disclosures",
    "financial", "information", "section", "source", "sources", "statement", "statements",
    "support", "role", "roles", "article", "manuscript", "paper", "project", "work", "study",
    "research", "da", "de", "del", "das", "des", "do", "dos", "e", "et", "la", "los", "und",
    "y", "der",
    "fonte", "fontes", "fuente", "fuentes",
})  # fmt: skip
# Of these a title says nothing else: ``Contributors to this study``, ``Disclosure by a body``.
_ALONE = frozenset({
    "contribution", "contributions", "contributor", "contributors", "disclosure", "disclosures",
    "grant", "grants", "thanks", "correspondence", "sponsor", "sponsors",
})  # fmt: skip
_BY_RECIPE = ("section type", "title pattern")
_LINKS = frozenset(("and", "the"))
_TYPES = {
    "competing interests": (
        r"coi|coi-statement|conflicts?|(?:conflicts?-of|competing|declaration-of)-?interests?"
    ),
    "author contributions": r"con|(?:author-)?contrib\w*|participating-researchers",
    "funding": (
        r"fund(?:ing|ed-by|ing-(?:statement|information))?|financial-disclosure|supported-by"
    ),
    "acknowledgements": r"ack(?:nowledge?ments?)?",
    "author information": (
        r"author(?:-?notes?|-?information|s)?|corresp|equal|current-aff|present-address|"
        r"previously-at|deceased|on-leave|edited-by|reviewed-by|pub-status|com"
    ),
}
# The sentence of an untitled note that declares nothing.
_DECLARED = re.compile(
    r"(?:the )?authors?(?: have| has)? declared?s? (?:that )?(?:they have |there (?:is|are) )?"
    r"no (?:known )?(?:conflicts?|conflicting|competing)(?: of| financial)* interests?"
)
_LONGEST_TITLE = 80
_NAMES = ("sec-type", "notes-type", "content-type", "fn-type")
_TITLE_PATTERNS = {reason: re.compile(rf"\b(?:{says})\b") for reason, says in _SAYS.items()}
_TYPE_PATTERNS = {reason: re.compile(pattern) for reason, pattern in _TYPES.items()}
_LETTERS = re.compile(r"[\W\d_]+")


def reason_of(element: etree._Element) -> str:
    """Return why a section or note may be absent, empty where it may not.

    Args:
        element: ``sec``, ``notes``, ``ack``, ``fn``, ``app``, ``ref-list`` … with local names.
    """
    if element.tag in ("ack", "ref-list"):
        return "acknowledgements" if element.tag == "ack" else "reference list"
    words = own_title(element)
    if words:
        return _matching(words)
    declared = type_of(element)
    if declared:
        return declared
    first = next(element.iter("p"), None)
    lead = "".join(map(str, first.itertext())).strip()[:_LONGEST_TITLE] if first is not None else ""
    head, *rest = re.split(r"[:.]", lead, maxsplit=1)
    if not rest or element.tag == "app":
        return ""
    return "competing interests" if _DECLARED.fullmatch(_plain(head)) else _matching(_plain(head))


def type_of(element: etree._Element) -> str:
    """Return the group that the declared type of an element names, empty for none."""
    for name in _NAMES:
        kind = (element.get(name) or "").strip().lower()
        for reason, pattern in _TYPE_PATTERNS.items():
            if kind and pattern.fullmatch(kind):
                return reason
    return ""


def left_out(metadata: Mapping[str, object]) -> frozenset[tuple[str, str, bool]]:
    """Return the sections that a document lists as left out.

    Args:
        metadata: Of the document: its list ``left_out`` names element, title and reason of each.

    Returns:
        Element, title (its letters in lower case), and whether by default or by the recipe.
    """
    listed = metadata.get("left_out")
    found = set()
    for item in listed if isinstance(listed, list) else ():
        why = str(item.get("why", "")).replace("_", " ")
        if why in _SAYS or why in _BY_RECIPE:
            title = _plain(str(item.get("title", "")))
            found.add((str(item.get("what", "")), title, why in _SAYS))
    return frozenset(found)


def own_title(element: etree._Element) -> str:
    """Return the letters of an element's title in lower case, empty without one."""
    title = next(element.iterchildren("title"), None)
    return _plain("".join(map(str, title.itertext()))) if title is not None else ""


def _matching(words: str) -> str:
    """Return the group of a title of which every word says so."""
    if len(words) > _LONGEST_TITLE:
        return ""
    found, rest = "", words
    said: set[str] = set()
    for reason, pattern in _TITLE_PATTERNS.items():
        says = pattern.findall(rest)
        found = found or (reason if says else "")
        said.update(says)
        rest = pattern.sub(" ", rest)
    return found if set(rest.split()) <= (_LINKS if said <= _ALONE else _BESIDE) else ""


def _plain(text: str) -> str:
    return _LETTERS.sub(" ", text).strip().lower()
