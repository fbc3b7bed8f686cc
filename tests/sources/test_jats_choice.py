"""What a recipe can choose of JATS, and the list of what is left out."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from sources.items import Document, Resource, SourceError
from sources.pmc import Pmc
from sources.text.jats_choice import GROUPS

ARTICLE = """<article><front><article-meta><title-group><article-title>T</article-title></title-group>
<abstract><p>In short.</p></abstract></article-meta></front>
<body><sec sec-type="methods"><title>Patients</title><p>Of 30 [<xref ref-type="bibr" rid="r1">1</xref>].</p></sec>
<sec sec-type="materials|subjects"><title>Ethics approval</title><p>Given.</p></sec>
<sec><title>Funding</title><p>None.</p></sec></body>
<back><ack><p>Thanks.</p></ack><app><title>Annex</title><p>More.</p></app>
<ref-list><title>References</title><ref id="r1"><label>1</label><element-citation><name><surname>Fabel</surname>
<given-names>F</given-names></name><year>2001</year></element-citation></ref></ref-list></back></article>"""


def parse(data: str | bytes, **options: object) -> Document:
    """First document of a file under these options."""
    raw = data.encode() if isinstance(data, str) else data
    items = list(Pmc(**options).parse(Resource("a.xml", "a.xml", len(raw), "a"), io.BytesIO(raw)))
    assert isinstance(items[0], Document)
    return items[0]


def left_out(document: Document) -> list[tuple[str, str, str]]:
    """What, title and reason of each entry."""
    entries = document.metadata.get("left_out", [])
    assert isinstance(entries, list)
    return [(entry["what"], entry["title"], entry["why"]) for entry in entries]


def headings(document: Document) -> list[str]:
    """Headings of a text."""
    return re.findall(r"(?m)^#+ (.*)", document.text)


def test_default() -> None:
    """Thanks, money and references are left out, and the list says so in reading order."""
    found = parse(ARTICLE)
    assert headings(found) == ["Abstract", "Patients", "Ethics approval", "Annex"]
    assert left_out(found) == [
        ("xref", "", "citation"),
        ("sec", "Funding", "funding"),
        ("ack", "", "acknowledgements"),
        ("ref-list", "References", "references"),
    ]


def test_nothing_left_out() -> None:
    """With an empty list even references are in the text, one an item, nothing glued."""
    found = parse(ARTICLE, leave_out=[])
    assert headings(found) == [
        "Abstract", "Patients", "Ethics approval", "Funding", "Annex", "References",
    ]  # fmt: skip
    assert found.text.endswith("- 1 Fabel F. 2001.")
    assert "Thanks." in found.text
    assert left_out(found) == [("xref", "", "citation")]


def _name(surname: str, given: str) -> str:
    return f"<name><surname>{surname}</surname><given-names>{given}</given-names></name>"


GROUP = f'<person-group person-group-type="author">{_name("Fabel", "NJ")}{_name("Muster", "A")}'
DOI, PMID = "<pub-id>10.9999/f.003</pub-id>", "<pub-id>99</pub-id>"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (
            f"<element-citation>{GROUP}<etal/></person-group><year>2002</year>"
            "<article-title>A title?</article-title><source>Biol Invent</source>"
            "<volume>106</volume><issue>3</issue><fpage>339</fpage><lpage>346</lpage>"
            f"{DOI}{PMID}</element-citation>",
            "Fabel NJ, Muster A. A title? Biol Invent. 2002;106(3):339–346. 10.9999/f.003 99",
        ),
        (
            "<element-citation><collab>Group</collab><source>Book</source>\n"
            "<publisher-name>Press</publisher-name><year>1999</year><elocation-id>e5</elocation-id>"
            "</element-citation>",
            "Group. Book. 1999;e5. Press.",
        ),
        (
            f"<mixed-citation>{_name('Fabel', 'N')}. On 5 mg. <italic>Biol Invent</italic> "
            f"2002;<bold>106</bold>:339. {DOI}<?supplied-pmid 99?>{PMID}</mixed-citation>",
            "Fabel N. On 5 mg. Biol Invent 2002;106:339. 10.9999/f.003 99",
        ),
    ],
)
def test_references_in_the_text(reference: str, expected: str) -> None:
    """Fields get the punctuation of a reference; what is printed keeps its own; nothing is glued."""
    listed = f"<back><ref-list><ref>{reference}</ref></ref-list></back>"
    found = parse(f"<article><body><p>A.</p></body>{listed}</article>", leave_out=[])
    assert found.text.endswith(f"- {expected}")


@pytest.mark.parametrize(
    ("name", "gone"),
    [("methods", "Patients"), ("subjects", "Ethics approval"), ("app", "Annex"), ("abstract", "Abstract")],
)  # fmt: skip
def test_types(name: str, gone: str) -> None:
    """A section is known by its sec-type, one of several, or by the name of its element."""
    found = parse(ARTICLE, leave_out=[*GROUPS, name])
    assert gone not in headings(found)
    assert "section_type" in [why for _, _, why in left_out(found)]


def test_title_patterns() -> None:
    """Patterns leave out by title, regardless of case; what is to be kept stays against all."""
    found = parse(ARTICLE, leave_out_titles=["^ethic"], keep_titles=["^funding$"])
    assert headings(found) == ["Abstract", "Patients", "Funding", "Annex"]
    assert ("sec", "Ethics approval", "title_pattern") in left_out(found)


@pytest.mark.parametrize(
    "options",
    [
        {"tables": "csv"},
        {"citations": "yes"},
        {"leave_out_titles": ["("]},
        {"keep_titles": [r"(a)\1"]},
        {"leave_out_titles": ["(?=x)"]},
        {"leave_out": [1]},
    ],
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    """An unknown word, or a pattern that could run for ever, is an error that names its key."""
    with pytest.raises(SourceError, match=next(iter(options))) as error:
        Pmc(**options)
    assert error.value.rule == "bad_option"


def test_hostile_patterns_are_harmless() -> None:
    """A pattern that explodes elsewhere takes no time here."""
    title = "a" * 5000
    xml = f"<article><body><sec><title>{title}</title><p>x</p></sec></body></article>"
    assert title in parse(xml, leave_out_titles=["^(a+)+$x", "(a*)*b"]).text


def test_citations_can_stay() -> None:
    """Kept markers look as they are printed, and nothing of them is on the list."""
    body = (
        '<p>Known [<xref ref-type="bibr" rid="a">1</xref>,<xref ref-type="bibr" rid="b">2</xref>], '
        'so<sup><xref ref-type="bibr" rid="a">3</xref></sup> it is (<xref ref-type="bibr" rid="c">'
        "Fabel, 2001</xref>).</p>"
    )
    xml = f"<article><body>{body}</body></article>"
    kept, removed = parse(xml, citations="keep"), parse(xml)
    assert kept.text == "Known [1,2], so^3 it is (Fabel, 2001)."
    assert left_out(kept) == []
    assert removed.text == "Known, so it is."
    (entry,) = removed.metadata["left_out"]  # type: ignore[misc]
    assert entry["chars"] == len("[1,2]3(Fabel,2001)")


def test_tables_as_sentences() -> None:
    """A row is a line: its name, then column and value; a spanned head belongs to each column."""
    xml = """<article><body><table-wrap><label>Table 1</label><table>
      <thead><tr><th rowspan="2">Arm</th><th colspan="2">Dose (mg)</th><th rowspan="2">Note</th></tr>
      <tr><th>day 1</th><th>day 2</th></tr></thead>
      <tbody><tr><th>A</th><td>15</td><td>17 | 18</td><td/></tr><tr><td colspan="4">Women only</td></tr></tbody>
      </table></table-wrap></body></article>"""
    assert parse(xml, tables="sentences").text.split("\n") == [
        "Table 1",
        "",
        "Note.",
        "Arm: A; Dose (mg), day 1: 15; Dose (mg), day 2: 17 | 18.",
        "Arm: Women only.",
    ]
    plain = "<article><body><table><tr><td>a</td><td>1</td></tr></table></body></article>"
    assert parse(plain, tables="sentences").text == "a; 1."


@pytest.mark.parametrize(
    "title",
    [
        "Acknowledgement(s)", "Acknowledgements & Funding", "Disclosures", "Disclosure",
        "Correspondence", "Conflict of Interest and Funding", "Funding/Support",
        "CRediT authorship statement", "Author Contributions and Acknowledgements",
        "Ringraziamenti", "Conflitto di interessi", "Благодарности", "Конфликт интересов",
        "致谢", "利益冲突", "Teşekkür", "Çıkar Çatışması", "ÇIKAR ÇATIŞMASI",
    ],
)  # fmt: skip
def test_statements_by_title(title: str) -> None:
    """Statements about authors and money go under their titles, joined and in other languages."""
    escaped = title.replace("&", "&amp;")
    xml = f"<article><body><sec><title>{escaped}</title><p>F. Fabel.</p></sec></body></article>"
    assert parse(xml).text == ""


@pytest.mark.parametrize("title", ["Funding and outcomes", "Results and disclosure", "Support"])
def test_a_title_that_names_more_stays(title: str) -> None:
    """A section goes only where all that its title joins is a statement."""
    xml = f"<article><body><sec><title>{title}</title><p>Five.</p></sec></body></article>"
    assert "Five." in parse(xml).text


def test_joined_statements_go_only_together() -> None:
    """Where a recipe keeps one of the statements that a title joins, the section stays."""
    title = "Conflict of Interest and Funding"
    xml = f"<article><body><sec><title>{title}</title><p>None.</p></sec></body></article>"
    assert "None." in parse(xml, leave_out=["competing_interests"]).text


def test_a_lead_word_condemns_its_own_paragraph() -> None:
    """Of several paragraphs without a title each is judged by its own first words."""
    xml = """<article><body><sec><p>Funding: NIH gave money.</p><p>Give aspirin 5 mg daily.</p>
      <p>Conflicts of interest:</p><p>F. Fabel owns shares.</p><p>Stop after 3 days.</p></sec>
      </body></article>"""
    found = parse(xml)
    assert found.text == "Give aspirin 5 mg daily.\n\nStop after 3 days."
    assert [why for _, _, why in left_out(found)] == ["funding"] + ["competing_interests"] * 2


@pytest.mark.parametrize(
    "note",
    ["Edited by: F. Fabel", "Reviewed by F. Fabel, Nowhere", "*Correspondence: F. Fabel"],
)
def test_bylines_in_notes_are_left_out(note: str) -> None:
    """A note of back matter that names editors, reviewers or an address says nothing medical."""
    xml = f"<article><back><fn-group><fn><p>{note}</p></fn></fn-group></back></article>"
    assert "Fabel" not in parse(xml).text


def test_signatures_are_left_out() -> None:
    """Who signed a letter is a person, inside a paragraph too."""
    xml = """<article><body><p>Text.</p><sig-block><sig>F. Fabel</sig></sig-block>
      <p>More. <sig>F. Fabel</sig></p></body></article>"""
    assert parse(xml).text == "Text.\n\nMore."


def test_abstracts_with_other_numbers_both_stay() -> None:
    """Two abstracts are one only where all their numbers agree."""
    words = "Of all the people that took part in this long trial some had less pain with"
    xml = f"""<article><front><article-meta><abstract><p>{words} 5 mg.</p></abstract>
      <abstract><p>{words} 50 mg.</p></abstract></article-meta></front></article>"""
    text = parse(xml).text
    assert "5 mg" in text
    assert "50 mg" in text


def visible(element: etree._Element) -> int:
    """Characters other than white space."""
    return len("".join("".join(map(str, element.itertext())).split()))


def sources_of(root: etree._Element) -> Iterator[etree._Element]:
    """Body, back matter, floats and abstracts of an article's own language."""
    for part in root:
        if part.tag in ("body", "back", "floats-group", "floats-wrap"):
            yield part
    lang = (root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").lower()[:2]
    for abstract in root.iterfind("front/article-meta/abstract"):
        own = (abstract.get("{http://www.w3.org/XML/1998/namespace}lang") or "").lower()[:2]
        if not (own and lang and own != lang):
            yield abstract
    yield from root.iterfind("front/notes")


def added(root: etree._Element, text: str) -> int:
    """Most characters that the documented marks add to a text."""
    repeated = joints = 0
    for part in sources_of(root):
        for cell in part.iter("th", "td"):
            head = next(cell.iterancestors("thead"), None) is not None
            columns, rows = (cell.get(n) or "1" for n in ("colspan", "rowspan"))
            if (head or cell.tag == "th") and columns.isdigit() and rows.isdigit():
                repeated += visible(cell) * ((int(columns) if head else 1) * int(rows) - 1)
        for entry in part.iterfind(".//{*}thead//{*}entry[@namest]"):
            repeated += visible(entry) * 20  # columns that an OASIS head may span
        joints += sum(1 for _ in part.iter("label", "title", "caption", "def", "fn", "speaker"))
        # A fraction, root or group of MathML has two brackets, a slash, a word of four letters.
        joints += 8 * sum(1 for e in part.iter("{*}mfrac", "{*}msqrt", "{*}mfenced", "{*}mroot"))
        joints += 4 * sum(1 for e in part.iter("{*}mrow", "{*}msub", "{*}msup", "{*}mtr", "{*}mtd"))
        joints += 10 * (part.tag == "abstract")  # its heading
        for item in part.iter("list-item"):
            in_cell = next(item.iterancestors("td", "th", "{*}entry"), None) is not None
            prefix = item.getparent().get("prefix-word") if item.getparent() is not None else ""
            joints += 4 * in_cell + (len(prefix) + 4 if prefix else 0)
    marks = sum(map(text.count, "|#>^_{}$`\\"))
    letters = (
        r"(?:[A-Za-z]{1,2}|[ivxlc]+|[IVXLC]+)\. "  # the list's own kind, or a stop behind them
    )
    lists = re.findall(rf"(?m)(?:^ *|(?<=> ))(- (?:{letters})?|\d+\. )|(?<=\| )(---)", text)
    pictures = 9 * text.count("[formula]") + 7 * text.count("[table]")
    return repeated + joints + marks + pictures + sum(len(a or b) for a, b in lists)


def test_every_character_is_accounted_for_in_golden_files() -> None:
    """Source = text + list, up to the marks that are added; see the test on real files."""
    for path in sorted((Path(__file__).parents[1] / "golden/jats").glob("*/*.xml")):
        data = path.read_bytes()
        if b"<OAI-PMH" in data or b"book-part" in data:
            continue
        if data.startswith(b"<body"):
            data = b"<article>" + data + b"</article>"
        found = account(data)
        assert 0 <= found.more <= found.marks, path.name


class Account(NamedTuple):
    """Characters of an article: of its source, listed as left out, and what is more than those.

    Attributes:
        source: Visible ones in the raw file.
        listed: Of parts that are listed as left out.
        more: Of the text and the list together, above the source.
        marks: Most that the documented marks add.
    """

    source: int
    listed: int
    more: int
    marks: int


def account(data: bytes) -> Account:
    """Count an article's characters against its text and list."""
    from sources.text import entities

    whole = b"".join(entities.chunks(io.BytesIO(data), 1 << 20))
    root = etree.fromstring(whole, etree.XMLParser(remove_comments=True, remove_pis=True))
    root = next(root.iter("article"))
    document = parse(data)
    listed = sum(entry["chars"] for entry in document.metadata.get("left_out", []))  # type: ignore[attr-defined]
    source = sum(map(visible, sources_of(root)))
    text = len("".join(document.text.split()))
    return Account(source, listed, text + listed - source, added(root, document.text))


@pytest.mark.real
def test_every_character_is_accounted_for(real_data: Path) -> None:
    """Of every real article: characters of the source = in the text + on the list + marks."""
    source = listed = files = 0
    for archive in sorted((real_data / "jats").glob("*.tar.gz")):
        if archive.name.startswith("pmc-envelope"):
            continue  # in a namespace; the same articles as the others once that is gone
        with tarfile.open(archive) as tar:
            for member in tar:
                stream = tar.extractfile(member)
                found = account(stream.read() if stream else b"")
                assert 0 <= found.more <= found.marks, member.name
                source, listed, files = source + found.source, listed + found.listed, files + 1
    assert files > 300
    assert 0 < listed < source / 2
