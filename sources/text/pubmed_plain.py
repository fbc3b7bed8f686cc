"""The rest of a record by one strict pattern: what `pubmed_shortcuts` leaves, without a tree.

Most records are the same row of elements with plain text inside. The pattern accounts for every
character of such a record, in the order of NLM's DTD; a title or abstract with markup inside goes
to lxml on its own, and a record that has anything else goes there as a whole. Either way the
result is the same.

The pattern is linear: its repetitions are possessive, and each element begins with a tag of its
own, so that nothing is tried twice.
"""

from __future__ import annotations

import re

from lxml import etree

from sources.items import Relation
from sources.text import identifiers
from sources.text.pubmed_fields import clean, iso_date, relations_of, title_of, untranslated
from sources.text.pubmed_readers import Record, add_page, paragraphs, sections

# Control characters are no XML: lxml says so.
_OTHER = r"[^<\x00-\x08\x0b\x0c\x0e-\x1f]*+"
_RECORD = re.compile(
    r'<PubmedArticle>\s*+<MedlineCitation Status="([A-Za-z-]++)"(?: IndexingMethod="[A-Za-z]++")?'
    r'(?: Owner="[A-Z-]++")?>\s*+'
    r'<PMID Version="1">(\d{1,12})</PMID>\s*+'
    r'<Article PubModel="[A-Za-z-]++">\s*+'
    r"(<ArticleTitle>.*?</ArticleTitle>)\s*+"
    rf"(?:<Pagination>\s*+(?:<StartPage>({_OTHER})</StartPage>\s*+)?"
    rf"(?:<EndPage>{_OTHER}</EndPage>\s*+)?"
    rf"(?:<MedlinePgn>({_OTHER})</MedlinePgn>\s*+)?</Pagination>\s*+)?"
    rf'((?:<ELocationID EIdType="[a-z]++" ValidYN="[YN]">{_OTHER}</ELocationID>\s*+)*+)'
    r"(?:(<Abstract>.*?</Abstract>)\s*+)?"
    r"((?:<Language>[a-z]++</Language>\s*+)++)"
    rf"(?:<VernacularTitle>({_OTHER})</VernacularTitle>\s*+)?"
    r'(?:<ArticleDate DateType="[A-Za-z]++">\s*+<Year>(\d++)</Year>\s*+<Month>(\d++)</Month>\s*+'
    r"<Day>(\d++)</Day>\s*+</ArticleDate>\s*+)?"
    r"</Article>\s*+"
    rf"(?:<CitationSubset>{_OTHER}</CitationSubset>\s*+)*+"
    r"(?:(<CommentsCorrectionsList>.*?</CommentsCorrectionsList>)\s*+)?"
    rf"(?:<NumberOfReferences>{_OTHER}</NumberOfReferences>\s*+)?"
    r'(?:<KeywordList Owner="[A-Za-z-]++">\s*+'
    rf'((?:<Keyword MajorTopicYN="[YN]">{_OTHER}</Keyword>\s*+)++)</KeywordList>\s*+)?'
    rf"(?:<CoiStatement>{_OTHER}</CoiStatement>\s*+)?"
    r"</MedlineCitation>\s*+"
    rf"<PubmedData>\s*+<PublicationStatus>({_OTHER})</PublicationStatus>\s*+"
    rf'<ArticleIdList>\s*+((?:<ArticleId IdType="[a-z]++">{_OTHER}</ArticleId>\s*+)++)'
    r"</ArticleIdList>\s*+</PubmedData>\s*+</PubmedArticle>\s*+",
    re.DOTALL,
)
_TITLE = re.compile(rf"<ArticleTitle>({_OTHER})</ArticleTitle>")
_SECTION = (
    rf'<AbstractText(?: Label="([^"<&]*+)")?(?: NlmCategory="[A-Z]++")?>({_OTHER})</AbstractText>'
)
_SECTIONS = re.compile(_SECTION)
_ABSTRACT = re.compile(
    rf"<Abstract>\s*+(?:{_SECTION}\s*+)++"
    rf"(?:<CopyrightInformation>({_OTHER})</CopyrightInformation>\s*+)?</Abstract>"
)
_LOCATION = re.compile(r'EIdType="([a-z]+)" ValidYN="Y">([^<]*)<')
_ARTICLE_ID = re.compile(r'IdType="([a-z]+)">([^<]*)<')
_LANGUAGE = re.compile(r"<Language>([a-z]+)<")
_KEYWORD = re.compile(r'YN="[YN]">([^<]*)<')


def read_plain(data: bytes, record: Record, parser: etree.XMLParser) -> bool:
    """Read a record whose elements are those of the pattern.

    Args:
        data: A ``PubmedArticle`` without the parts that are known already.
        record: Filled, unless the answer is no.
        parser: Reads a title, an abstract or links with markup.

    Returns:
        Whether it was such a record.

    Raises:
        etree.XMLSyntaxError: A part with markup is not well-formed.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    # lxml makes line feeds of carriage returns, and refuses the end of a CDATA section and two code
    # points that are no text.
    if "\r" in text or "]]>" in text or "\ufffe" in text or "\uffff" in text:
        return False
    references = text.count("&")
    if references and references != sum(map(text.count, ("&lt;", "&gt;", "&amp;"))):
        return False
    found = _RECORD.fullmatch(text)
    if found is None:
        return False
    (status, pmid, title, start, pages, locations, abstract, languages, vernacular, year, month,
     day, links, keywords, publication_status, ids) = found.groups()  # fmt: skip
    # The parts that lxml may refuse come first: a record is filled as a whole or not at all.
    relations, retracted = _relations(links, parser) if links else ([], False)
    body, notice = _abstract(abstract, parser) if abstract else ("", "")
    record.title, record.translated = _title(title, parser)
    record.text, record.copyright = body, notice
    record.relations, record.retracted = relations, retracted
    record.pmid = identifiers.pmid(pmid)
    record.vernacular = _plain(vernacular) if vernacular else ""
    record.languages = _LANGUAGE.findall(languages)
    if keywords:
        record.keywords = [word for raw in _KEYWORD.findall(keywords) if (word := _plain(raw))]
    metadata = record.metadata
    metadata["status"] = status
    add_page(record, _plain(start or ""), _plain(pages or ""))
    if year and (date := iso_date(year, month, day)):
        metadata["article_date"] = date
    if line := _plain(publication_status):
        metadata["publication_status"] = line
    for kind, value in _LOCATION.findall(locations) if locations else ():
        record.add_location(kind, _resolved(value))
    for kind, value in _ARTICLE_ID.findall(ids):
        record.add_id(kind, _resolved(value))
    return True


def _resolved(raw: str) -> str:
    """Resolve the three references that the record holds at most, as XML does: each once."""
    if "&" not in raw:
        return raw
    return raw.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(raw: str) -> str:
    """The same as `pubmed_fields.text_of`, for the content of an element without markup."""
    return clean(_resolved(raw))


def _title(block: str, parser: etree.XMLParser) -> tuple[str, bool]:
    found = _TITLE.fullmatch(block)
    if found is None:
        return title_of(etree.fromstring(block, parser))
    return untranslated(_plain(found[1]))


def _abstract(block: str, parser: etree.XMLParser) -> tuple[str, str]:
    found = _ABSTRACT.fullmatch(block)
    if found is None:
        return sections(etree.fromstring(block, parser))
    parts = [(label, _plain(raw)) for label, raw in _SECTIONS.findall(block)]
    return paragraphs(parts), _plain(found[3] or "")


def _relations(block: str, parser: etree.XMLParser) -> tuple[list[Relation], bool]:
    return relations_of(etree.fromstring(block, parser))
