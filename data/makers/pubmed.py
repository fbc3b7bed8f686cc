"""PubMed citation XML in the layout of the yearly baseline, from the records in TOML.

Element names and their order follow NLM's pubmed_250101 DTD. Titles and abstracts of the TOML files
hold inline XML (``<i>``, ``<sup>``, MathML, numeric references) and are passed through unescaped.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

Record = Mapping[str, object]

HEADER = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" \
"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<!-- Fictional records, written for the sample of this project. No person, place, drug or study in \
this file exists. CC0-1.0. -->
<PubmedArticleSet>
"""

JOURNALS = {
    "jim": ("Journal of Invented Medicine (fictional)", "J Invent Med", "9900-0011", 2),
    "fcr": ("Fictional Clinical Reports", "Fict Clin Rep", "9900-0022", 5),
    "asq": ("Annals of Supposed Quantities (fictional)", "Ann Suppos Quant", "9900-0033", 3),
    "oajf": ("Open Archive of Fictional Medicine", "Open Arch Fict Med", "9900-0044", 7),
    "zem": ("Zeitschrift für erfundene Medizin (fictional)", "Z Erfund Med", "9900-0055", 4),
}
"""Key to title, abbreviation, ISSN (unassigned range) and an offset for volumes."""

AUTHORS = (
    ("Exampleson", "Ada"), ("Fictor", "Basil"), ("Mockley", "Cora"), ("Beispiel", "Dietmar"),
    ("Ejemplo", "Elena"), ("Inventine", "Felix"), ("Sampleton", "Greta"), ("Placeholder", "Hugo"),
)  # fmt: skip
"""Family and given names, all of them words for "example"."""

MARK = "Fictional record"
"""Keyword of every record, so that no extract of the sample can pass as a citation."""


def article_set(records: Sequence[Record], tail: Sequence[str] = ()) -> bytes:
    """Write a ``PubmedArticleSet``.

    Args:
        records: Records as the TOML files hold them.
        tail: Elements that follow the articles, already indented.

    Returns:
        The file, UTF-8, indented as NLM indents it.
    """
    lines = [line for record in records for line in _article(record)]
    return (HEADER + "\n".join([*lines, *tail, "</PubmedArticleSet>"]) + "\n").encode()


def delete_citation(pmids: Sequence[int]) -> list[str]:
    """Return the element that ends an update file and deletes records."""
    inner = [f'<PMID Version="1">{pmid}</PMID>' for pmid in pmids]
    return ["  <DeleteCitation>", *inner, "</DeleteCitation>"]


def book(record: Record) -> list[str]:
    """Return a ``PubmedBookArticle``, already indented."""
    sections = [
        f'        <AbstractText Label="{label}">{_fold(text)}</AbstractText>'
        for label, text in _pairs(record["sections"])
    ]
    return [
        "  <PubmedBookArticle>",
        "    <BookDocument>",
        f'      <PMID Version="1">{record["pmid"]}</PMID>',
        "      <ArticleIdList>",
        f'        <ArticleId IdType="bookaccession">{record["accession"]}</ArticleId>',
        "      </ArticleIdList>",
        "      <Book>",
        "        <Publisher>",
        f"          <PublisherName>{record['publisher']}</PublisherName>",
        f"          <PublisherLocation>{record['place']}</PublisherLocation>",
        "        </Publisher>",
        f'        <BookTitle book="fictrev">{record["book"]}</BookTitle>',
        f"        <PubDate><Year>{record['year']}</Year></PubDate>",
        "        <Medium>Internet</Medium>",
        "      </Book>",
        f'      <ArticleTitle book="fictrev" part="tamsin">{record["title"]}</ArticleTitle>',
        "      <Language>eng</Language>",
        '      <PublicationType UI="D016454">Review</PublicationType>',
        "      <Abstract>",
        *sections,
        "      </Abstract>",
        '      <KeywordList Owner="NOTNLM">',
        f'        <Keyword MajorTopicYN="N">{MARK}</Keyword>',
        "      </KeywordList>",
        "    </BookDocument>",
        "    <PubmedBookData>",
        "      <PublicationStatus>ppublish</PublicationStatus>",
        "      <ArticleIdList>",
        f'        <ArticleId IdType="pubmed">{record["pmid"]}</ArticleId>',
        "      </ArticleIdList>",
        "    </PubmedBookData>",
        "  </PubmedBookArticle>",
    ]


def _article(record: Record) -> Iterator[str]:
    pmid, version = record["pmid"], record.get("version", 1)
    more = f' VersionID="{version}" VersionDate="{record.get("version_date")}"'
    yield "  <PubmedArticle>"
    yield (
        '    <MedlineCitation Status="MEDLINE" IndexingMethod="Manual" Owner="NLM"'
        f"{more if version != 1 else ''}>"
    )
    yield f'      <PMID Version="{version}">{pmid}</PMID>'
    yield from _date("DateRevised", _texts(record, "revised") or ["2023", "06", "30"], 6)
    yield from _core(record)
    abbreviation, issn = JOURNALS[str(record["journal"])][1:3]
    yield "      <MedlineJournalInfo>"
    yield "        <Country>Estovia (fictional)</Country>"
    yield f"        <MedlineTA>{abbreviation}</MedlineTA>"
    yield f"        <ISSNLinking>{issn}</ISSNLinking>"
    yield "      </MedlineJournalInfo>"
    yield from _links(record)
    yield from _mesh(_texts(record, "mesh"))
    for kind, lang, text in _triples(record.get("other", ())):
        yield f'      <OtherAbstract Type="{kind}" Language="{lang}">'
        yield f"        <AbstractText>{_fold(text)}</AbstractText>"
        yield "      </OtherAbstract>"
    yield from _keywords("NLM", _texts(record, "keywords_nlm"))
    yield from _keywords("NOTNLM", [*_texts(record, "keywords"), MARK])
    yield "    </MedlineCitation>"
    yield from _pubmed_data(record)
    yield "  </PubmedArticle>"


def _core(record: Record) -> Iterator[str]:
    title, abbreviation, issn, offset = JOURNALS[str(record["journal"])]
    pmid, date = int(str(record["pmid"])), _texts(record, "date")
    medline_date = str(record.get("medline_date", ""))
    year = int((medline_date or date[0])[:4])
    yield '      <Article PubModel="Print">'
    yield "        <Journal>"
    yield f'          <ISSN IssnType="Print">{issn}</ISSN>'
    yield '          <JournalIssue CitedMedium="Print">'
    yield f"            <Volume>{max(year - 2012 + offset, 1)}</Volume>"
    yield f"            <Issue>{1 + pmid % 6}</Issue>"
    if medline_date:
        yield f"            <PubDate><MedlineDate>{medline_date}</MedlineDate></PubDate>"
    else:
        second = "Season" if record.get("season") else "Month"
        parts = zip(("Year", second, "Day"), date, strict=False)
        yield f"            <PubDate>{''.join(f'<{n}>{v}</{n}>' for n, v in parts)}</PubDate>"
    yield "          </JournalIssue>"
    yield f"          <Title>{title}</Title>"
    yield f"          <ISOAbbreviation>{abbreviation}</ISOAbbreviation>"
    yield "        </Journal>"
    yield f"        <ArticleTitle>{_fold(record['title'])}</ArticleTitle>"
    first = 10 + pmid % 83 * 7
    yield f"        <Pagination><MedlinePgn>{first}-{first + 6}</MedlinePgn></Pagination>"
    if _doi(record):
        yield f'        <ELocationID EIdType="doi" ValidYN="Y">{_doi(record)}</ELocationID>'
    yield from _abstract(record)
    yield from _authors(pmid)
    yield f"        <Language>{record.get('lang', 'eng')}</Language>"
    if record.get("trial"):
        yield from _data_bank(str(record["trial"]))
    yield "        <PublicationTypeList>"
    for kind in _texts(record, "types") or ["Journal Article"]:
        yield f'          <PublicationType UI="{_ui("D9", kind)}">{kind}</PublicationType>'
    yield "        </PublicationTypeList>"
    if record.get("vernacular"):
        yield f"        <VernacularTitle>{_fold(record['vernacular'])}</VernacularTitle>"
    yield "      </Article>"


def _abstract(record: Record) -> Iterator[str]:
    if "abstract" not in record and "sections" not in record:
        return
    yield "        <Abstract>"
    if "abstract" in record:
        yield f"          <AbstractText>{_fold(record['abstract'])}</AbstractText>"
    for label, category, text in _triples(record.get("sections", ())):
        attributes = f'Label="{label}" NlmCategory="{category}"'
        yield f"          <AbstractText {attributes}>{_fold(text)}</AbstractText>"
    if record.get("copyright"):
        yield f"          <CopyrightInformation>{record['copyright']}</CopyrightInformation>"
    yield "        </Abstract>"


def _authors(pmid: int) -> Iterator[str]:
    yield '        <AuthorList CompleteYN="Y">'
    for step in range(1 + pmid % 3):
        family, given = AUTHORS[(pmid * 3 + step * 5) % len(AUTHORS)]
        yield '          <Author ValidYN="Y">'
        yield f"            <LastName>{family}</LastName>"
        yield f"            <ForeName>{given}</ForeName>"
        yield f"            <Initials>{given[0]}</Initials>"
        if step == 0:
            address = f"{given}.{family}@example.org".lower()
            place = "Department of Examples, Ardenholt, Estovia (fictional)"
            yield "            <AffiliationInfo>"
            yield f"              <Affiliation>{place}. {address}.</Affiliation>"
            yield "            </AffiliationInfo>"
        yield "          </Author>"
    yield "        </AuthorList>"


def _data_bank(number: str) -> Iterator[str]:
    yield '        <DataBankList CompleteYN="Y">'
    yield "          <DataBank>"
    yield "            <DataBankName>ClinicalTrials.gov</DataBankName>"
    yield "            <AccessionNumberList>"
    yield f"              <AccessionNumber>{number}</AccessionNumber>"
    yield "            </AccessionNumberList>"
    yield "          </DataBank>"
    yield "        </DataBankList>"


def _links(record: Record) -> Iterator[str]:
    links = list(_triples(record.get("comments", ())))
    if links:
        yield "      <CommentsCorrectionsList>"
        for kind, citation, pmid in links:
            yield f'        <CommentsCorrections RefType="{kind}">'
            yield f"          <RefSource>{escape(citation)}</RefSource>"
            yield f'          <PMID Version="1">{pmid}</PMID>'
            yield "        </CommentsCorrections>"
        yield "      </CommentsCorrectionsList>"


def _mesh(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield "      <MeshHeadingList>"
        for name in names:
            yield "        <MeshHeading>"
            attributes = f'UI="{_ui("D9", name)}" MajorTopicYN="N"'
            yield f"          <DescriptorName {attributes}>{escape(name)}</DescriptorName>"
            yield "        </MeshHeading>"
        yield "      </MeshHeadingList>"


def _keywords(owner: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f'      <KeywordList Owner="{owner}">'
        for name in names:
            yield f'        <Keyword MajorTopicYN="N">{name}</Keyword>'
        yield "      </KeywordList>"


def _pubmed_data(record: Record) -> Iterator[str]:
    ids = {"pubmed": str(record["pmid"]), "pmc": str(record.get("pmc", "")), "doi": _doi(record)}
    yield "    <PubmedData>"
    yield "      <PublicationStatus>ppublish</PublicationStatus>"
    yield "      <ArticleIdList>"
    for kind, value in ids.items():
        if value:
            yield f'        <ArticleId IdType="{kind}">{value}</ArticleId>'
    yield "      </ArticleIdList>"
    yield "    </PubmedData>"


def _doi(record: Record) -> str:
    return str(record.get("doi", f"10.5555/{record['journal']}.{record['pmid']}"))


def _date(name: str, parts: Sequence[str], indent: int) -> Iterator[str]:
    inner = "".join(f"<{n}>{v}</{n}>" for n, v in zip(("Year", "Month", "Day"), parts, strict=True))
    yield f"{' ' * indent}<{name}>{inner}</{name}>"


def _ui(prefix: str, name: str) -> str:
    # NLM's real identifiers are not copied: a number made from the name stands in.
    return f"{prefix}{zlib.crc32(name.encode()) % 10**8:08d}"


def _texts(record: Record, key: str) -> list[str]:
    value = record.get(key, ())
    assert isinstance(value, Sequence)
    return [str(item) for item in value]


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    assert isinstance(value, Sequence)
    for first, second in value:
        yield str(first), str(second)


def _triples(value: object) -> Iterator[tuple[str, str, str]]:
    assert isinstance(value, Sequence)
    for first, second, third in value:
        yield str(first), str(second), str(third)


def _fold(text: object) -> str:
    return " ".join(str(text).split())
