"""Which sections, notes and footnotes of JATS are left out of the text.

Statements about authors, money, interests and thanks say nothing medical and name people. They are
known by their title, else by their declared type, else by the words before the first colon.
"""

from __future__ import annotations

import re

from lxml import etree

from sources.text.markup import inline_text

# Titles of statements about authors and money, lower case, letters only (see `_plain`).
_EXCLUDED_TITLES = frozenset(
    """acknowledgement|acknowledgements|acknowledgment|acknowledgments|acknowledgements and funding
    |acknowledgments and funding|funding|funding source|funding sources|funding statement
    |funding information|financial support|financial disclosure|grant support|grants
    |role of the funding source|role of funding source|sources of funding|source of funding
    |support statement|conflict of interest|conflicts of interest|conflict of interests
    |conflicts of interests|conflict of interest statement|conflict of interest disclosure
    |conflict of interest disclosures|conflicts of interest statement|competing interest
    |competing interests|competing interest statement|competing interests statement
    |competing financial interests|declaration of interest|declaration of interests
    |declaration of competing interest|declaration of competing interests
    |declaration of conflicting interests|declarations of interest|disclosure statement
    |disclosure of potential conflicts of interest|disclosure of interest|disclosure of interests
    |potential conflicts of interest|potential conflict of interest|author contribution
    |author contributions|author contributions statement|author contribution statement
    |authors contribution|authors contributions|author s contribution|author s contributions
    |authors contributions statement|contribution of authors|contributions of authors
    |credit authorship contribution statement|credit author statement|contributors|contributorship
    |contributorship statement|author information|authors information|author s information
    |author details|author notes|author affiliations|about the author|about the authors
    |authors details|author disclosure statement|author disclosures
    |agradecimientos|agradecimentos|agradecimiento|agradecimento|financiamiento|financiamento
    |financiacion|financiación|fuentes de financiamiento|fuente de financiamiento
    |fontes de financiamento|fonte de financiamento|apoio financeiro|conflicto de intereses
    |conflictos de intereses|conflicto de interés|conflito de interesse|conflito de interesses
    |conflitos de interesse|conflitos de interesses|declaração de conflito de interesses
    |contribuições dos autores|contribuição dos autores|contribuição de autoria
    |colaboradores|contribución de los autores|contribuciones de los autores
    |contribución de autoría|remerciements|financement|conflit d intérêts|conflits d intérêts
    |déclaration d intérêts|danksagung|interessenkonflikt|interessenkonflikte|förderung|references
    |reference|bibliography|literature cited""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
# Values of sec-type, notes-type, content-type and fn-type of the same statements.
_EXCLUDED_TYPES = frozenset({
    "coi-statement", "conflict", "conflicts", "con", "competing-interest", "competing-interests",
    "competing-interest-statement", "author-contribution", "author-contributions", "contrib",
    "contribution", "funding-information", "funding", "funding-statement", "financial-disclosure",
    "supported-by", "ack", "acknowledgement", "acknowledgements", "acknowledgment", "edited-by",
    "reviewed-by", "corresp", "equal", "current-aff", "present-address", "previously-at",
    "deceased", "on-leave", "participating-researchers", "author-note", "author-notes",
    "author-information", "pub-status",
})  # fmt: skip
_LETTERS = re.compile(r"[\W\d_]+")


def is_excluded(element: etree._Element) -> bool:
    """Whether a section, note or footnote is a statement about authors, money or thanks.

    The title decides where there is one, else the declared type: publishers file whole
    declarations under one type, ethics and consent with them, and those stay.
    """
    title = next(element.iterchildren("title"), None)
    words = _plain(inline_text(title)) if title is not None else ""
    if words:
        return words in _EXCLUDED_TITLES
    for name in ("sec-type", "notes-type", "content-type", "fn-type"):
        if (element.get(name) or "").strip().lower() in _EXCLUDED_TYPES:
            return True
    if element.tag not in ("fn", "notes", "sec"):
        return False
    # "Competing interests: none declared." as the only paragraph.
    first = next(element.iter("p"), None)
    lead = inline_text(first)[:80] if first is not None else ""
    head, mark, _ = lead.partition(":")
    return bool(mark) and _plain(head) in _EXCLUDED_TITLES


def _plain(title: str) -> str:
    """Letters of a title in lower case, one blank between words."""
    return _LETTERS.sub(" ", title).strip().lower()
