"""Which sections, notes and footnotes of JATS go into the text, and why others do not.

Statements about authors, money, interests and thanks say nothing medical and name people. They are
known by their title, else by their declared type, else by the words before the first colon. A
recipe can choose otherwise, by type and by patterns over titles.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sources.items import SourceError
from sources.text.markup import inline_text

# Titles of each group, lower case, letters only (see `_plain`).
_GROUP_TITLES = {
    "acknowledgements": """acknowledgement|acknowledgements|acknowledgment|acknowledgments
        |agradecimientos|agradecimentos|agradecimiento|agradecimento|remerciements|danksagung
        |ringraziamenti|благодарность|благодарности|teşekkür|teşekkürler|致谢|致謝""",
    "funding": """funding|funding source|funding sources|funding statement|funding information
        |financial support|financial disclosure|grant support|grants|role of the funding source
        |role of funding source|sources of funding|source of funding|support statement
        |financiamiento|financiamento|financiacion|financiación|fuentes de financiamiento
        |fuente de financiamiento|fontes de financiamento|fonte de financiamento|apoio financeiro
        |financement|förderung|funding support|finanziamento|finanziamenti|fonti di finanziamento
        |финансирование|источник финансирования|источники финансирования|finansman|finansal destek
        |基金项目|基金資助|资助|资金支持""",
    "competing_interests": """conflict of interest|conflicts of interest|conflict of interests
        |conflicts of interests|conflict of interest statement|conflict of interest disclosure
        |conflict of interest disclosures|conflicts of interest statement|competing interest
        |competing interests|competing interest statement|competing interests statement
        |competing financial interests|declaration of interest|declaration of interests
        |declaration of competing interest|declaration of competing interests
        |declaration of conflicting interests|declarations of interest|disclosure statement
        |disclosure of potential conflicts of interest|disclosure of interest
        |disclosure of interests|potential conflicts of interest|potential conflict of interest
        |author disclosure statement|author disclosures|disclosure|disclosures
        |conflicto de intereses
        |conflictos de intereses|conflicto de interés|conflito de interesse
        |conflito de interesses|conflitos de interesse|conflitos de interesses
        |declaração de conflito de interesses|conflit d intérêts|conflits d intérêts
        |déclaration d intérêts|interessenkonflikt|interessenkonflikte|conflitto di interesse
        |conflitto di interessi|conflitti di interesse|conflitti di interessi|конфликт интересов
        |çıkar çatışması|çıkar çatışmaları|çıkar çatışması beyanı|利益冲突|利益冲突声明|利益衝突""",
    "author_contributions": """author contribution|author contributions
        |author contributions statement|author contribution statement|authors contribution
        |authors contributions|author s contribution|author s contributions
        |authors contributions statement|contribution of authors|contributions of authors
        |credit authorship contribution statement|credit authorship statement
        |credit author statement|contributi degli autori|contributo degli autori|вклад авторов
        |yazar katkıları|yazarların katkıları|作者贡献|作者贡献声明|作者貢獻|contributors
        |contributorship|contributorship statement|contribuições dos autores
        |contribuição dos autores|contribuição de autoria|colaboradores
        |contribución de los autores|contribuciones de los autores|contribución de autoría""",
    "author_information": """author information|authors information|author s information
        |author details|author notes|author affiliations|about the author|about the authors
        |authors details|correspondence|correspondence to|address correspondence to
        |address for correspondence|corresponding author|edited by|reviewed by|corrispondenza
        |информация об авторах|сведения об авторах|yazışma adresi|作者简介|作者簡介|通讯作者""",
    "references": """references|reference|bibliography|literature cited|bibliografia
        |список литературы|литература|kaynaklar|参考文献|參考文獻""",
}
# Values of sec-type, notes-type, content-type and fn-type, and elements, of the same groups.
_GROUP_TYPES = {
    "acknowledgements": "ack acknowledgement acknowledgements acknowledgment",
    "funding": "funding-information funding funding-statement financial-disclosure supported-by",
    "competing_interests": (
        "coi-statement conflict conflicts competing-interest competing-interests "
        "competing-interest-statement"
    ),
    "author_contributions": "con author-contribution author-contributions contrib contribution",
    "author_information": (
        "edited-by reviewed-by corresp equal current-aff present-address previously-at deceased "
        "on-leave participating-researchers author-note author-notes author-information pub-status "
        "bio"
    ),
    "references": "ref-list",
}
GROUPS = tuple(_GROUP_TITLES)
"""Groups of sections that are left out unless a recipe says otherwise."""

_LETTERS = re.compile(r"[\W\d_]+")


def _plain(title: str) -> str:
    """Letters of a title in lower case, one blank between words; the dotless i has its dot."""
    if title.isascii() and title.replace(" ", "").isalpha():
        return title.lower()
    title = title.replace("(s)", "s").replace("İ", "i").lower().replace("ı", "i")
    return _LETTERS.sub(" ", title).strip()


_TITLES = {
    _plain(" ".join(title.split())): group
    for group, titles in _GROUP_TITLES.items()
    for title in titles.split("|")
}
_TYPES = {name: group for group, names in _GROUP_TYPES.items() for name in names.split()}
# Elements that are of their group whatever their title.
_BY_NATURE = {name: _TYPES[name] for name in ("ack", "bio", "ref-list")}
_ATTRIBUTES = ("sec-type", "notes-type", "content-type", "fn-type")
# Between the statements of one section: "Author contributions and acknowledgements".
_JOINT = re.compile(r"\s+(?:and|et|und|y|e|и|ve)\s+|\s*[&/,;和与]\s*")
_STATEMENT_PARENTS = ("sec", "notes", "fn")
_BYLINE = re.compile(r"[\W\d_]*(?:edited|reviewed) by\b", re.IGNORECASE)  # in a note of back matter
_LEAD = 80  # characters of a paragraph that may name it
_MAX_TITLE = 1000  # characters of a title that patterns see


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sections are left out.

    Attributes:
        groups: Those of `GROUPS` that are left out.
        types: Further types: values of ``sec-type``, or names of elements (``app``, ``fn-group``).
        titles: RE2 patterns; a section whose title one of them finds is left out.
        keep: RE2 patterns; a section whose title one of them finds stays, whatever else says.
    """

    groups: frozenset[str] = frozenset(GROUPS)
    types: frozenset[str] = frozenset()
    titles: tuple[Any, ...] = ()
    keep: tuple[Any, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, object]) -> Choice:
        """Read the recipe keys ``leave_out``, ``leave_out_titles`` and ``keep_titles``.

        Raises:
            SourceError: ``bad_option``: not a list of texts, or a pattern that RE2 does not know.
        """
        named = {word.strip().lower() for word in _texts(options, "leave_out")}
        for word in sorted(named - set(GROUPS) - set(_TYPES)):
            # Any type or element may be named, but what is nearly a group is a slip of the pen.
            if near := difflib.get_close_matches(word, GROUPS, 1, cutoff=0.8):
                message = f"leave_out: {word!r} is no group; did you mean {near[0]!r}?"
                raise SourceError("bad_option", message)
        return cls(
            frozenset(named & set(GROUPS)),
            frozenset(named - set(GROUPS)),
            tuple(_pattern("leave_out_titles", p) for p in _texts(options, "leave_out_titles")),
            tuple(_pattern("keep_titles", p) for p in _texts(options, "keep_titles")),
        )

    def why_not(self, element: etree._Element, title: str) -> str:
        """Say why a section, note, footnote, or paragraph of an untitled one, is left out.

        Args:
            element: The section; a paragraph is judged by its first words alone.
            title: Its title as one line.

        Of the groups the title decides where there is one, else the declared type: publishers
        file whole declarations under one type, ethics and consent with them, and those stay.

        Returns:
            The group, ``section_type`` or ``title_pattern``; empty where it stays.
        """
        if element.tag == "p":
            group = _statement(element)
            return group if group in self.groups else ""
        words = _plain(title) if title else ""
        if self.keep and any(pattern.search(title[:_MAX_TITLE]) for pattern in self.keep):
            return ""
        if words:
            nature = _BY_NATURE.get(str(element.tag))
            found = _titled(title, words) or ([nature] if nature else [])
        else:
            group = _declared(element)
            found = [group] if group else []
        if found and self.groups.issuperset(found):
            return found[0]
        if self.types and not self.types.isdisjoint(_types(element)):
            return "section_type"
        if self.titles and title and any(p.search(title[:_MAX_TITLE]) for p in self.titles):
            return "title_pattern"
        return ""


def _texts(options: Mapping[str, object], key: str) -> list[str]:
    """A list of texts among the options."""
    value = options.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SourceError("bad_option", f"{key} must be a list of texts")
    return value


def _pattern(key: str, pattern: str) -> Any:
    """Compile a pattern from outside: RE2 matches in linear time whatever it is."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise SourceError("bad_option", f"{key}: {pattern!r} is no RE2 pattern") from None


def _types(element: etree._Element) -> set[str]:
    """Types of an element: its name, and what its attributes declare (``materials|methods``)."""
    declared = " ".join(element.get(name) or "" for name in _ATTRIBUTES)
    return {str(element.tag), *declared.lower().replace("|", " ").split()}


def _declared(element: etree._Element) -> str:
    """Group of an untitled element, by its types, else by its first words."""
    tag = str(element.tag)
    if tag in _TYPES:
        return _TYPES[tag]
    for name in _ATTRIBUTES:
        group = _TYPES.get((element.get(name) or "").strip().lower())
        if group:
            return group
    if tag not in _STATEMENT_PARENTS:
        return ""
    # "Competing interests: none declared." as the only paragraph; of several each is judged alone.
    parts = [part for part in element if isinstance(part.tag, str) and part.tag != "label"]
    return _led(parts[0]) if len(parts) == 1 and parts[0].tag == "p" else ""


def _statement(paragraph: etree._Element) -> str:
    """Group of one of several paragraphs without a title, by its first words.

    "Funding:" alone is the head of the next paragraph.
    """
    parent = paragraph.getparent()
    if parent is None or parent.tag not in _STATEMENT_PARENTS:
        return ""
    # A look at the first children: a section may have any number of them.
    if any(child.tag == "title" for child in itertools.islice(parent, 3)):
        return ""
    if sum(1 for _ in itertools.islice(parent.iterchildren("p"), 2)) < 2:
        return ""
    before = paragraph.getprevious()
    if before is not None and before.tag == "p":
        words = inline_text(before)[:_LEAD] if not before.tail or before.tail.isspace() else ""
        if words.endswith(":") and words.count(":") == 1:
            return _led(before)
    return _led(paragraph)


def _led(paragraph: etree._Element) -> str:
    """Group that the words before the first colon name."""
    lead = inline_text(paragraph)[:_LEAD]
    head, mark, _ = lead.partition(":")
    group = next(iter(_titled(head, _plain(head))), "") if mark else ""
    if not group and _in_back_note(paragraph) and _BYLINE.match(lead):
        return "author_information"
    return group


def _in_back_note(paragraph: etree._Element) -> bool:
    """Whether a paragraph is of a note that stands in back matter."""
    parent = paragraph.getparent()
    return (
        parent is not None
        and parent.tag == "fn"
        and next(parent.iterancestors("back"), None) is not None
    )


def _titled(title: str, words: str) -> list[str]:
    """Groups that a title names: one, or one for each of the statements that it joins."""
    whole = _TITLES.get(words)
    if whole:
        return [whole]
    groups = [_TITLES.get(_plain(part), "") for part in _JOINT.split(title[:_MAX_TITLE])]
    return groups if len(groups) > 1 and all(groups) else []
