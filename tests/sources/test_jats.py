"""JATS to documents: text, tables, front matter, sub-articles."""

from __future__ import annotations

import io
import re
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from sources.items import Document, Relation
from sources.text.jats import parse_article
from sources.text.markup import inline_text
from sources.text.tables import render

GOLDEN = Path(__file__).parents[1] / "golden" / "jats"


def article(body: str = "", meta: str = "", back: str = "", attributes: str = "") -> Document:
    """Main document of an article with these parts."""
    return documents(body, meta, back, attributes)[0]


def documents(
    body: str = "", meta: str = "", back: str = "", attributes: str = "", more: str = ""
) -> list[Document]:
    """All documents of an article with these parts."""
    xml = (
        f'<article xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}><front><article-meta>'
        f"{meta}</article-meta></front><body>{body}</body><back>{back}</back>{more}</article>"
    )
    return parse_article(etree.fromstring(xml))


def table(xml: str) -> list[str]:
    """Lines of a table."""
    return render(etree.fromstring(xml), inline_text).split("\n")


def test_golden_article() -> None:
    """A whole article comes out as checked by hand."""
    parser = etree.XMLParser(resolve_entities=False)
    source = (GOLDEN / "article.xml").read_bytes().replace(b"&nbsp;", b"&#160;")
    found = parse_article(etree.fromstring(source.replace(b"&szlig;", b"&#223;"), parser))
    assert found[0].text + "\n" == (GOLDEN / "article.md").read_text(encoding="utf-8")
    main = found[0]
    assert (main.native_id, main.version, main.lang) == ("PMC999001", 2, "en")
    assert (main.pmid, main.pmcid, main.doi) == ("12345", "PMC999001", "10.9999/aim.1")
    assert main.title == "Zolamine in E. fictus at 10^4 CFU: a trial"
    assert main.authors == ("Testwright Una B", "The ZOL Group")
    assert main.date == "2019-08-06"
    assert main.license == "CC-BY-4.0"
    assert main.keywords == ("zolamine", "CO2")
    assert main.relations == (Relation("comment_on", "doi:10.9999/aim.0"),)
    assert main.metadata["references"] == [
        {"id": "r1", "label": "1", "title": "On zolamine", "journal": "J Invent", "year": "2001",
         "pmid": "77", "doi": "10.9999/ji.7"},
        {"id": "r2"},
    ]  # fmt: skip
    assert [(d.part, d.lang, d.pmcid) for d in found[1:]] == [
        ("trans-abstract-1", "pt", ""),
        ("SA1", "en", ""),
    ]
    assert found[1].title == "Zolamina em pacientes"
    assert found[2].relations == (Relation("part_of", "pmcid:PMC999001"),)
    whole = " ".join(d.text for d in found)
    for private in ("@", "Secret Street", "Redactor", "thank", "Money", "declared"):
        assert private not in whole


def test_spans_stand_once_and_heads_repeat() -> None:
    """A spanned body cell stands in its first cell; a spanned head cell in every cell."""
    lines = table(
        "<table><thead><tr><th rowspan='2'>a</th><th colspan='2'>b</th></tr>"
        "<tr><th>c</th><th>d</th></tr></thead><tbody>"
        "<tr><td rowspan='2'>1</td><td>2</td><td>3</td></tr>"
        "<tr><td colspan='2'>4</td></tr><tr><td>5</td></tr></tbody>"
        "<tfoot><tr><td>6</td></tr></tfoot></table>"
    )
    assert lines == [
        "| a | b | b |",
        "| --- | --- | --- |",
        "| a | c | d |",
        "| 1 | 2 | 3 |",
        "|  | 4 |  |",
        "| 5 |  |  |",
        "| 6 |  |  |",
    ]


def test_oasis_spans() -> None:
    """The OASIS model places cells by column name and counts further rows."""
    lines = table(
        "<table><tgroup cols='3'><colspec colname='x'/><colspec colname='y'/><colspec colname='z'/>"
        "<thead><row><entry namest='x' nameend='y'>h</entry><entry>i</entry></row></thead><tbody>"
        "<row><entry morerows='1'>1</entry><entry>2</entry><entry>3</entry></row>"
        "<row><entry colname='z'>4</entry></row></tbody></tgroup></table>"
    )
    assert lines == ["| h | h | i |", "| --- | --- | --- |", "| 1 | 2 | 3 |", "|  |  | 4 |"]


@pytest.mark.parametrize("span", ["999999999", "-1", "x", "0", "²"])
def test_senseless_spans_lose_nothing(span: str) -> None:
    """Absurd spans neither fail nor exhaust memory nor drop a cell."""
    rows = (
        f"<tr><td colspan='{span}' rowspan='{span}'>1</td><td>2</td></tr><tr><td>3</td></tr>" * 50
    )
    text = "\n".join(table(f"<table>{rows}</table>"))
    assert Counter(re.findall(r"\d", text)) == {"1": 50, "2": 50, "3": 50}


def test_table_without_head_and_pipe() -> None:
    """The first row heads a table without one; bars are escaped; empty columns go."""
    lines = table("<table><tr><td>a|b</td><td/><td>1</td></tr><tr><td/></tr></table>")
    assert lines == ["| a\\|b | 1 |", "| --- | --- |"]


def test_headings_follow_the_levels() -> None:
    """Sections nest from ##, never below six, and untitled ones add no level."""
    inner = "<sec><title>{}</title><p>x</p>{}</sec>"
    body = ""
    for name in "gfedcba":
        body = inner.format(name, body)
    text = article(f"{body}<sec><sec><title>z</title><p>y</p></sec></sec>").text
    heads = [line for line in text.split("\n") if line.startswith("#")]
    assert heads == [
        "## a", "### b", "#### c", "##### d", "###### e", "###### f", "###### g", "## z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "section",
    [
        "<sec><title>Conflicts of Interest</title><p>SECRET</p></sec>",
        "<sec sec-type='COI-statement'><p>SECRET</p></sec>",
        "<sec><title>Authors’ contributions</title><p>SECRET</p></sec>",
        "<notes notes-type='funding-information'><p>SECRET</p></notes>",
        "<ack><p>SECRET</p></ack>",
        "<fn-group><fn fn-type='con'><p>SECRET</p></fn></fn-group>",
        "<fn-group><fn><p><bold>Competing interests:</bold> SECRET</p></fn></fn-group>",
        "<ref-list><ref><mixed-citation>SECRET</mixed-citation></ref></ref-list>",
        "<bio><p>SECRET</p></bio>",
    ],
)
def test_statements_about_authors_are_left_out(section: str) -> None:
    """Thanks, money, interests, contributions and references never reach the text."""
    assert article("<p>kept</p>", back=section).text == "kept"


def test_ethics_filed_under_a_conflict_type_stays() -> None:
    """The title decides over the declared type."""
    notes = "<notes notes-type='COI-statement'><title>Ethics approval</title><p>Given.</p></notes>"
    assert article(back=notes).text == "## Ethics approval\n\nGiven."


def test_excluded_section_keeps_its_tables() -> None:
    """A table anchored in a funding section is not lost with it."""
    section = "<sec><title>Funding</title><p>x</p><table-wrap><table><tr><td>7</td></tr></table></table-wrap></sec>"
    assert article(section).text == "| 7 |\n| --- |"


def test_two_layouts_of_one_abstract() -> None:
    """Of a plain and a structured form the structured one stays, whatever their order."""
    plain = "<abstract><p>One two three four five six.</p></abstract>"
    structured = (
        "<abstract><sec><title>Aim</title><p>One two three</p></sec>"
        "<sec><title>End</title><p>four five six.</p></sec></abstract>"
    )
    expected = "## Abstract\n\n### Aim\n\nOne two three\n\n### End\n\nfour five six."
    assert article(meta=plain + structured).text == expected
    assert article(meta=structured + plain).text == expected
    other = "<abstract><p>Wholly different words stand here.</p></abstract>"
    assert article(meta=plain + other).text.count("## Abstract") == 2


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("<pub-date pub-type='collection'><year>2019</year></pub-date>"
         "<pub-date pub-type='epub'><day>26</day><month>8</month><year>2019</year></pub-date>", "2019-08-26"),
        ("<pub-date pub-type='ppub'><month>Feb</month><year>2020</year></pub-date>"
         "<pub-date pub-type='epub'><year>2019</year></pub-date>", "2019"),
        ("<pub-date pub-type='pmc-release'><year>2018</year></pub-date>"
         "<pub-date date-type='pub'><year>2019</year></pub-date>", "2019"),
        ("<pub-date pub-type='pmc-release'><year>2018</year></pub-date>", "2018"),
        ("<pub-date><day>40</day><month>13</month><year>2018</year></pub-date>", "2018"),
        ("<pub-date iso-8601-date='2018-03-04'/>", "2018-03-04"),
        ("<pub-date><year>n.d.</year></pub-date>", ""),
    ],
)  # fmt: skip
def test_date(dates: str, expected: str) -> None:
    """The earliest publication date wins, and of compatible ones the more precise."""
    assert article(meta=dates).date == expected


@pytest.mark.parametrize(
    ("attributes", "meta", "status", "relation"),
    [
        ("article-type='retraction'", "<title-group><article-title>Retracted: X</article-title></title-group>"
         "<related-article related-article-type='retracted-article' ext-link-type='doi' xlink:href='10.1000/x'/>",
         "current", "retraction_of"),
        ("article-type='partial-retraction'", "<related-article related-article-type='retracted-article'"
         " ext-link-type='doi' xlink:href='10.1000/x'/>", "current", "partial_retraction_of"),
        ("", "<related-article related-article-type='partial-retraction' ext-link-type='doi'"
         " xlink:href='10.1000/x'/>", "current", "partial_retraction_of"),
        ("", "<title-group><article-title>RETRACTED ARTICLE: X</article-title></title-group>", "retracted", ""),
        ("", "<title-group><article-title>Withdrawn: X</article-title></title-group>", "withdrawn", ""),
        ("", "<title-group><article-title>Retracted papers: a survey</article-title></title-group>", "current", ""),
        ("", "<related-article related-article-type='retraction-forward' ext-link-type='pubmed' xlink:href='12'/>",
         "retracted", "retracted_by"),
        ("article-type='correction'", "<related-article related-article-type='corrected-article'"
         " ext-link-type='uri' xlink:href='info:doi/10.1000/x'/>", "current", "correction_of"),
    ],
)  # fmt: skip
def test_status(attributes: str, meta: str, status: str, relation: str) -> None:
    """A retracted article says so itself; a notice is about another work and is current."""
    found = article(attributes=attributes, meta=meta)
    assert found.status == status
    assert [r.type for r in found.relations] == ([relation] if relation else [])


@pytest.mark.parametrize(
    ("heading", "declared", "types"),
    [
        ("Corrigendum", "research-article", ("correction", "research-article")),
        ("ERRATUM.", "", ("correction",)),
        ("Retraction Note", "retraction", ("retraction",)),
        ("Correction of Anaemia", "research-article", ("research-article",)),
    ],
)
def test_notices_are_typed_by_their_heading(
    heading: str, declared: str, types: tuple[str, ...]
) -> None:
    """A notice under a heading of its own is one, whatever type the publisher declares."""
    meta = f"<article-categories><subj-group><subject>{heading}</subject></subj-group></article-categories>"
    found = article(attributes=f"article-type='{declared}'", meta=meta)
    assert found.publication_types == types
    assert found.status == "current"


def test_translation_is_a_document_of_its_own() -> None:
    """A translated sub-article has its language, its link, and not the article's ids."""
    sub = (
        "<sub-article article-type='translation' xml:lang='es'><front-stub/><body><p>Hola.</p></body>"
        "</sub-article><response response-type='reply'><body><p>Reply.</p></body></response>"
    )
    meta = "<article-id pub-id-type='pmcid'>PMC7</article-id>"
    found = documents("<p>Hello.</p>", meta, attributes="xml:lang='en'", more=sub)
    assert [(d.part, d.lang, d.text) for d in found] == [
        ("", "en", "Hello."),
        ("sa1", "es", "Hola."),
        ("sa2", "en", "Reply."),
    ]
    assert found[1].relations[0] == Relation("translation_of", "pmcid:PMC7")
    assert found[2].publication_types == ("reply",)


def test_id_without_pmcid_is_a_content_hash() -> None:
    """The same article has the same id in any envelope; another one has another."""
    one, same, other = (article(f"<p>{word}</p>").native_id for word in "aab")
    assert re.fullmatch(r"[0-9a-f]{16}", one)
    assert one == same != other


def test_body_without_sections_and_unknown_elements() -> None:
    """Unknown elements pass their text on; paragraphs do not need a section."""
    body = "<p>a <strange>b</strange> c</p><odd-block><p>d</p></odd-block>"
    assert article(body).text.split() == ["a", "b", "c", "d"]


def numbers(text: str) -> Counter[str]:
    """Numbers of a text."""
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", text))


@pytest.mark.real
def test_numbers_of_real_tables_survive(real_data: Path) -> None:
    """Every number of every XHTML table cell of the real articles is in the text."""
    lost = total = 0
    for archive in sorted((real_data / "jats").glob("epmc-*.tar.gz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                stream = tar.extractfile(member)
                root = etree.parse(io.BytesIO(stream.read() if stream else b"")).getroot()
                cells: Counter[str] = Counter()
                for cell in root.iter("td"):
                    if len(cell) == 0 and not any(cell.iterancestors("sub-article")):
                        cells += numbers(cell.text or "")
                missing = cells - numbers(parse_article(root)[0].text)
                lost += missing.total()
                total += cells.total()
    assert total > 10_000
    assert lost == 0
