"""The raw side: what a reader of each format reads, in scope, by the instrument's own readers."""

from __future__ import annotations

import ast
import io
import random
import re
from pathlib import Path

import pytest

import curation.fidelity
from curation.fidelity.blocks import Raw
from curation.fidelity.citations import grown
from curation.fidelity.comparison import compare
from curation.fidelity.files import form_of
from curation.fidelity.marks import shown
from curation.fidelity.raw_html import read_html
from curation.fidelity.raw_jats import read_jats
from curation.fidelity.raw_plain import read_jsonl, read_text
from curation.fidelity.raw_pubmed import read_pubmed
from curation.fidelity.sections import left_out


def test_the_instrument_shares_no_code_with_the_parsers() -> None:
    """No module of the package imports anything of the sources or filters, wherever."""
    folder = Path(curation.fidelity.__file__).parent
    wrong = []
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [(path.name, n) for n in names if n.split(".")[0] in ("sources", "filters")]
    assert wrong == []
    assert len(list(folder.glob("*.py"))) > 10


def lines(raw: Raw) -> list[str]:
    """Blocks of a document as a reader sees them."""
    return [shown(block.text) for block in raw.blocks()]


ARTICLE = """<article xmlns:mml="http://www.w3.org/1998/Math/MathML" xml:lang="en"><front>
<article-meta><article-id pub-id-type="pmcid">PMC7</article-id>
<title-group><article-title>Examplin<xref ref-type="fn">*</xref> in 12 adults</article-title>
<trans-title-group><trans-title>Examplin bei 12</trans-title></trans-title-group></title-group>
<contrib-group><contrib>Somebody 1</contrib></contrib-group>
<abstract><title>Abstract</title><p>We gave 5 mg.</p></abstract>
<trans-abstract xml:lang="de"><p>Wir gaben 5 mg.</p></trans-abstract></article-meta></front>
<body><sec><label>1.</label><title>Methods</title><p>In 25 patients<sup><xref ref-type="bibr"
rid="r1">1</xref>,<xref ref-type="bibr" rid="r2">2</xref></sup> with 10<sup>4</sup> cells/mL
[<xref ref-type="bibr" rid="r1">1</xref>, <xref rid="r2">2</xref>] and H<sub>2</sub>O.<fn><p>Not 7.</p></fn></p>
<p>As <italic>E. coli</italic> K-12<break/>grew: <inline-formula><mml:math><mml:msup><mml:mn>10</mml:mn>
<mml:mn>-3</mml:mn></mml:msup></mml:math></inline-formula>.</p>
<table-wrap><label>Table 1</label><caption><p>Doses.</p></caption><table><thead><tr>
<th>Arm</th><th colspan="2">Dose</th></tr></thead><tbody><tr><td>A</td><td>5 mg</td>
<td>1<xref ref-type="table-fn">a</xref></td></tr></tbody></table></table-wrap></sec></body>
<back><ack><p>Thanks to 99 people.</p></ack><fn-group><fn><label>a</label><p>See 3.</p></fn></fn-group>
<notes notes-type="COI-statement"><sec><title>Ethics</title><p>Approval No 12.</p></sec>
<sec><title>Competing interests</title><p>None declared.</p></sec></notes>
<ref-list><ref id="r1"><mixed-citation>A 2001</mixed-citation></ref><ref id="r2"/></ref-list></back>
<sub-article id="s1"><front-stub><title-group><article-title>Letter</article-title></title-group>
</front-stub><body><p>We had 3 doubts.</p></body></sub-article></article>"""


def test_jats_documents_and_scope() -> None:
    """Article, translated abstract and sub-article; what is in scope, and what is not, by reason."""
    article, translated, letter = read_jats(ARTICLE.encode())
    assert [(r.record, r.part) for r in (article, translated, letter)] == [
        ("PMC7", ""), ("PMC7", "trans-abstract-1"), ("PMC7", "sub-article s1"),
    ]  # fmt: skip
    assert lines(article) == [
        "Examplin* in 12 adults", "Abstract", "We gave 5 mg.", "1.", "Methods",
        "In 25 patients^{1,2} with 10^{4} cells/mL 1, 2 and H2O. ( Not 7. )",
        "As E. coli K-12 grew: 10^{-3}.", "Table 1", "Doses.", "Arm", "Dose", "A", "5 mg",
        "1^{a}", "Thanks to 99 people.", "a See 3.", "Ethics", "Approval No 12.",
        "Competing interests", "None declared.", "A 2001",
    ]  # fmt: skip
    assert lines(translated)[-1] == "Wir gaben 5 mg."
    assert lines(letter) == ["Letter", "We had 3 doubts."]
    assert compare(article, "").out_of_scope["reference list"] == 1
    assert article.out_of_scope["authors"] == 1
    reasons = {unit.reason: shown(unit.blocks[0].text) for unit in article.units if unit.blocks}
    assert reasons["acknowledgements"] == "Thanks to 99 people."
    assert reasons["competing interests"] == "Competing interests"
    assert [[c.text.strip("\x01\x02") for c in row] for row in article.tables[0].rows] == [
        ["Arm", "Dose"], ["A", "5 mg", "1\x01a"],
    ]  # fmt: skip


def test_a_true_text_of_the_article() -> None:
    """The text that the contract asks for has no fault; without the ethics section it has."""
    [article, *_] = read_jats(ARTICLE.encode())
    text = (
        "# Examplin in 12 adults\n\n## Abstract\n\nWe gave 5 mg.\n\n## 1. Methods\n\nIn 25 patients "
        "with 10^4 cells/mL and H2O. (Not 7.)\n\nAs E. coli K-12 grew: 10^-3.\n\nTable 1. Doses.\n\n"
        "| Arm | Dose | Dose |\n| --- | --- | --- |\n| A | 5 mg | 1^a |\n\na See 3.\n\n"
        "## Ethics\n\nApproval No 12."
    )
    result = compare(article, text)
    assert result.faults == []
    assert result.kept == result.atoms > 15
    cut = compare(article, text.replace("\n\n## Ethics\n\nApproval No 12.", ""))
    assert [fault.kind for fault in cut.faults] == ["lost", "lost"]
    flat = compare(article, text.replace("10^4", "104").replace("10^-3", "10-3"))
    assert [fault.kind for fault in flat.faults] == ["changed", "changed"]
    glued = compare(article, text.replace("25 patients", "25 patients1,2"))
    assert "invented" in {fault.kind for fault in glued.faults}


def test_sections_that_a_recipe_left_out() -> None:
    """What a document lists as left out by the recipe may be absent; defaults prove nothing."""
    listed = [{"what": "sec", "title": "Ethics", "why": "title_pattern"}]
    text = "# Examplin in 12 adults\n\n## Abstract\n\nWe gave 5 mg."
    whole = compare(next(read_jats(ARTICLE.encode())), text).lost
    allowed = left_out({"left_out": listed})
    assert compare(next(read_jats(ARTICLE.encode(), allowed)), text).lost == whole - 2
    default = left_out({"left_out": [listed[0] | {"why": "competing_interests"}]})
    assert compare(next(read_jats(ARTICLE.encode(), default)), text).lost == whole
    empty = left_out({"left_out": [listed[0] | {"why": "no_content"}]})
    assert compare(next(read_jats(ARTICLE.encode(), empty)), text).lost == whole
    typed = ARTICLE.replace("<sec><title>Ethics", '<sec sec-type="COI-statement"><title>Ethics')
    assert compare(next(read_jats(typed.encode())), text).lost == whole
    assert compare(next(read_jats(typed.encode(), default)), text).lost == whole - 2
    assert left_out({}) == frozenset()


def section(title: str, text: str) -> bytes:
    """An article with one section, untitled where the title is empty."""
    head = f"<title>{title}</title>" if title else ""
    return f"<article><body><sec>{head}<p>{text}</p></sec></body></article>".encode()


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Outcomes of interest", "A dose of 5 mg, p &lt; 0.05."),
        ("Financial toxicity and grants", "A dose of 5 mg."),
        ("Contributors to mortality", "HR 2.5 was found."),
        ("Contributions of this study", "HR 2.5 was found."),
        ("Disclosure of HIV status", "Of 12 patients none did."),
        ("Region of interest", "A radius of 5 mm."),
        ("Acknowledgement of pain by nurses", "In 12 of 40."),
        ("Study funders and mortality", "HR 2.5 was found."),
        ("", "Patients of interest did not respond. They received 50 mg daily."),
        ("", "Grants and outcomes: 50 mg daily."),
    ],
)
def test_sections_that_only_share_a_word_are_in_scope(title: str, text: str) -> None:
    """A word like interest or grants in a title does not let a section go missing."""
    [article] = read_jats(section(title, text))
    assert [unit.reason for unit in article.units if unit.reason] == []
    assert compare(article, "Nothing.").lost > 0


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("Conflicts of Interest", "None of 3.", "competing interests"),
        ("Declaration of competing interest", "None of 3.", "competing interests"),
        ("Funding and conflicts of interest", "None of 3.", "competing interests"),
        ("Financial disclosure", "None of 3.", "competing interests"),
        ("Conflitos de interesse", "None of 3.", "competing interests"),
        ("7. Source of funding", "Grant 77.", "funding"),
        ("Role of the funding source", "Grant 77.", "funding"),
        ("Grants", "Grant 77.", "funding"),
        ("Authors' contributions", "A did 3.", "author contributions"),
        ("Contributors", "A did 3.", "author contributions"),
        ("利益冲突声明", "None of 3.", "competing interests"),
        ("Вклад авторов", "None of 3.", "author contributions"),
        ("Acknowledgments", "To 3 people.", "acknowledgements"),
        ("Funding acknowledgements", "To 3 people.", "funding"),
        ("", "Funding: grant 77.", "funding"),
        ("", "The authors declare no competing interests. Of 3.", "competing interests"),
    ],
)
def test_sections_that_may_be_absent(title: str, text: str, reason: str) -> None:
    """Sections whose whole title is that of such a section."""
    [article] = read_jats(section(title, text))
    assert [unit.reason for unit in article.units if unit.blocks] == [reason] * 1
    assert compare(article, "Nothing.").lost == 0


def cited(text: str) -> Raw:
    """An article of one paragraph, ``{…}`` a cross reference to the reference list in it."""
    marked = text.replace("{", '<xref ref-type="bibr" rid="r1">').replace("}", "</xref>")
    return next(read_jats(f"<article><body><p>{marked}</p></body></article>".encode()))


@pytest.mark.parametrize(
    ("raw", "true", "damaged"),
    [
        ("at 22 kg/m<sup>2</sup><sup>[{3}]</sup> here", "at 22 kg/m^2 here", "at 22 kg/m here"),
        ("some 10<sup>9</sup><sup>[{3}]</sup> cells", "some 10^9 cells", "some 10 cells"),
        ("per 1.73 m<sup>2,{3}</sup> here", "per 1.73 m^2 here", "per 1.73 m here"),
        ("range [0.7–0.9; {3}] here", "range [0.7–0.9] here", "range here"),
        ("viruses (IL-6, CO2 and C {3}) here", "viruses (IL-6, CO2 and C) here", "viruses here"),
        ("viruses (AA, BB and CC [{3}]) here", "viruses (AA, BB and CC) here", "viruses here"),
        ("loss ({3}, -0.5 kg) here", "loss (-0.5 kg) here", "loss (0.5 kg) here"),
        ("loss ({3}, -0.5 kg) here", "loss (, -0.5 kg) here", "loss here"),
        ("free Na<sup>-</sup>{3} here", "free Na^- here", "free Na here"),
        ("gave {10 mg/kg} daily", "gave 10 mg/kg daily", "gave daily"),
        ("with {p &lt; 0.05} here", "with p < 0.05 here", "with here"),
        ("in {CO2} here", "in CO2 here", "in here"),
        ("gave {In 2010 the dose was 5 mg} daily", "gave In 2010 the dose was 5 mg", "gave daily"),
        ("viruses (HIV and A {2010}) here", "viruses (HIV and A) here", "viruses here"),
        ("in {5%} of them", "in 5% of them", "in of them"),
        ("seen [{3}, 4] here", "seen [4] here", "seen here"),
    ],
)
def test_what_stands_beside_a_citation_is_in_scope(raw: str, true: str, damaged: str) -> None:
    """Only the element of the citation may go, with the brackets that then stand empty."""
    assert compare(cited(raw), true).faults == []
    assert compare(cited(raw), damaged).faults != []


@pytest.mark.parametrize(
    "raw",
    [
        "a dose<sup>{1},{2}–{4}</sup> of 5 mg",
        "a dose [{1}, {2}–{4}] of 5 mg",
        "a dose ({Smith et al., 2010a}; {Doe &amp; Roe, 2011}) of 5 mg",
        "a dose (see also {12}) of 5 mg",
        "a dose{<sup>12</sup>}<sup>,</sup>{<sup>13</sup>} of 5 mg",
        "a dose <sup>[</sup>{12}<sup>]</sup> of 5 mg",
        "a dose {S12} of 5 mg",
        "a dose ({Ministry of Health (MOH), 2013}) of 5 mg",
        "a dose (McDonald and Kaur-Sawhney, {2010}) of 5 mg",
    ],
)
def test_a_whole_citation_may_go(raw: str) -> None:
    """Numbers, ranges, names and years of citations may go, with all that holds nothing else."""
    assert compare(cited(raw), "a dose of 5 mg").faults == []
    assert compare(cited(raw), "a dose of mg").faults != []


def test_parts_of_a_reference_are_apart() -> None:
    """A data set named in the text: its parts stand without blanks in the file."""
    data = (
        b"<article><body><p><element-citation><person-group><name><surname>Noone</surname>"
        b"<given-names>AB</given-names></name><name><surname>Else</surname></name></person-group>"
        b"<year>2019</year><source>Archive</source></element-citation></p></body></article>"
    )
    [article] = read_jats(data)
    assert lines(article) == ["Noone AB Else 2019 Archive"]


def test_named_entities_of_a_distant_dtd() -> None:
    """A name that only an external DTD defines is its character; nothing is fetched."""
    data = b'<!DOCTYPE article SYSTEM "x.dtd"><article><body><p>&lt;5&nbsp;&micro;g&plus;</p></body></article>'
    [article] = read_jats(data)
    assert lines(article) == ["<5 μg+"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<article>",
        b"<article><body>",
        b"no xml",
        b'<!DOCTYPE a [<!ENTITY b "&b;">]><a>&b;</a>',
    ],
)
def test_what_is_no_xml_is_one_line(data: bytes) -> None:
    """Damage ends in one ValueError that quotes nothing."""
    with pytest.raises(ValueError, match=r"not well-formed XML \(line \d+\)"):
        list(read_jats(data))


RECORDS = """<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="2">11</PMID><Article>
<ArticleTitle>[Effect of CO<sub>2</sub>].</ArticleTitle><Abstract>
<AbstractText Label="RESULTS">10<sup>4</sup> cells, p &amp;lt; 0.05.</AbstractText>
<AbstractText>No change in <i>BRCA1</i>.</AbstractText><CopyrightInformation>2020 X</CopyrightInformation>
</Abstract><AuthorList><Author><LastName>A1B2</LastName></Author></AuthorList>
<VernacularTitle>Wirkung von CO<sub>2</sub>.</VernacularTitle></Article>
<OtherAbstract Type="Publisher" Language="ger"><AbstractText>Keine 3.</AbstractText></OtherAbstract>
</MedlineCitation></PubmedArticle><PubmedBookArticle><BookDocument><PMID>12</PMID><Book>
<BookTitle>Book 7</BookTitle></Book><Abstract><AbstractText>Of 8.</AbstractText></Abstract>
</BookDocument></PubmedBookArticle><DeleteCitation><PMID>9</PMID></DeleteCitation></PubmedArticleSet>"""


def test_pubmed_documents() -> None:
    """A record, its further abstract, a book; with version, labels and scripts."""
    found = list(read_pubmed(io.BytesIO(RECORDS.encode())))
    assert [(r.record, r.part) for r in found] == [
        ("11@2", ""),
        ("11@2", "other-abstract-1"),
        ("12", ""),
    ]
    assert lines(found[0]) == [
        "[Effect of CO2].", "Wirkung von CO2.", "RESULTS: 10^{4} cells, p < 0.05.",
        "No change in BRCA1.",
    ]  # fmt: skip
    assert lines(found[1])[-1] == "Keine 3."
    assert lines(found[2]) == ["Book 7", "Of 8."]
    text = "# Effect of CO2\n\nRESULTS: 10^4 cells, p < 0.05.\n\nNo change in BRCA1."
    assert compare(found[0], text).faults == []
    assert compare(found[0], text.replace("10^4", "104")).changed == 1


def test_a_cut_pubmed_file() -> None:
    """Whole records far before the cut are read; then comes one ValueError."""
    many = RECORDS.replace("</PubmedArticleSet>", RECORDS[18:-19] * 200)
    with pytest.raises(ValueError, match=r"not well-formed XML \(line \d+\)"):
        list(read_pubmed(io.BytesIO(many.encode())))
    reader = read_pubmed(io.BytesIO(many.encode()))
    assert [next(reader).record for _ in range(100)][:3] == ["11@2", "11@2", "12"]


PAGE = """<html><head><title>Examplin 9 | Clinic</title><style>p { margin: 7px }</style></head><body>
<nav><a>Menu 1</a></nav><main><h1>Examplin</h1><p>Give 5&nbsp;mg to 10<sup>4</sup> adults,
<b>not</b> more.</p><script>var x = 3;</script><ul><li>Day 1</li><li>Day 2</li></ul>
<table><tr><th>Arm</th><th>Dose</th></tr><tr><td>A</td><td>20 mg</td></tr></table></main>
<footer>Phone 12</footer></body></html>"""


def test_html_page() -> None:
    """Script and style are no text; frame and window title may be absent; the rest must be true."""
    raw = read_html(PAGE.encode())
    assert "7px" not in str(lines(raw))
    assert "var" not in str(lines(raw))
    text = (
        "# Examplin\n\nGive 5 mg to 10^4 adults, not more.\n\n- Day 1\n- Day 2\n\n"
        "| Arm | Dose |\n| --- | --- |\n| A | 20 mg |"
    )
    result = compare(raw, text)
    assert (result.faults, result.lost) == ([], 0)
    assert result.cells.kept == 4
    assert compare(raw, text.replace("20 mg", "2 mg")).changed == 1
    assert compare(raw, text + "\n\nAnd 77 more.").invented == 1


@pytest.mark.parametrize("depth", [200, 250, 5_000])
def test_deep_xml_ends(depth: int) -> None:
    """Deep nesting is read, or ends in one line."""
    data = f"<article><body>{'<sec>' * depth}<p>5 mg</p>{'</sec>' * depth}</body></article>"
    try:
        [article] = read_jats(data.encode())
        assert lines(article) == ["5 mg"]
    except ValueError as error:
        assert re.fullmatch(
            r"elements nested too deeply|not well-formed XML \(line \d+\)", str(error)
        )


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    """An entity that names a file of the machine brings no text of it."""
    (tmp_path / "secret").write_text("secret 99")
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    article = f"{entity}<article><body><p>a &x; b</p></body></article>"
    record = entity + RECORDS.replace("Of 8.", "Of &x; 8.")
    for read in (
        lambda: read_jats(article.encode()),
        lambda: read_pubmed(io.BytesIO(record.encode())),
    ):
        try:
            assert "99" not in str([lines(raw) for raw in read()])
        except ValueError as error:
            assert "99" not in str(error)


def test_hostile_brackets_end() -> None:
    """Names without end in a bracket beside a citation cost no exponential time."""
    text = f"({'A.' * 3_000}! \x052003\x06)"
    assert grown(text) == text


def test_deep_html_ends() -> None:
    """Ten thousand open elements are read without recursion."""
    assert lines(read_html("<div>" * 10_000 + "5 mg"))[-1:] in (["5 mg"], [])


def test_plain_texts_and_records() -> None:
    """Everything counts; a record may name its fields otherwise."""
    raw = read_text(b"---\ntitle: T1\n---\n# Title\n\nGive 5\nmg now.\n\n- not 7\n")
    assert compare(raw, "# Title\n\nGive 5 mg now.\n\n- not 7").faults == []
    assert compare(raw, "# Title\n\nGive 50 mg now.\n\n- not 7").changed == 1
    data = b'{"id": 1, "body": "Give 5 mg.", "title": "A 2"}\n\nnot json\n{"html": "<p>10<sup>4</sup></p>"}\n'
    first, second, third = read_jsonl(io.BytesIO(data), {"text": "body"})
    assert second is None
    assert (lines(first), lines(third)) == (["A 2", "Give 5 mg."], ["10^{4}"])


@pytest.mark.parametrize(
    ("name", "head", "form"),
    [
        ("a.xml.gz", b'<?xml version="1.0"?><!DOCTYPE PubmedArticleSet><PubmedArticleSet>', "pubmed"),
        ("a.nxml", b"<article xmlns:xlink='x'><front>", "jats"),
        ("a.html", b"<!DOCTYPE html><html><body><article class='x'>", "html"),
        ("a.pdf", b"%PDF-1.7", "pdf"), ("x.html", b"junk %PDF-1.4", "pdf"),
        ("a.jsonl", b'{"id": 1}', "jsonl"), ("a.md", b"# T", "text"), ("a.txt", b"<5 mg", "text"),
        ("a.parquet", b"PAR1", "parquet"), ("a.bin", b"\x00\x01", ""),
    ],
)  # fmt: skip
def test_formats_are_told_by_their_bytes(name: str, head: bytes, form: str) -> None:
    """The first bytes decide, the name only where they leave a choice."""
    assert form_of(name, head) == form


def mutated(data: bytes, seed: int) -> bytes:
    """Bytes with some stretches dropped, doubled, swapped or overwritten."""
    draw = random.Random(seed)
    out = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        start = draw.randrange(len(out))
        end = min(len(out), start + draw.randint(1, 60))
        piece = bytes(out[start:end])
        place = draw.randrange(len(out))
        kind = draw.randrange(4)
        if kind == 0:
            del out[start:end]
        elif kind == 1:
            out[place:place] = piece
        elif kind == 2:
            out[start:end] = bytes(draw.randrange(256) for _ in piece)
        else:
            out[start:end] = draw.choice(
                [b"<sup>", b"</p>", b"&x;", b"<table>", b"^{", b"<xref>", b"\x00"]
            )
        if not out:
            out = bytearray(b"<")
    return bytes(out)


@pytest.mark.parametrize("name", ["jats", "pubmed", "html", "text"])
def test_damaged_files_never_crash(name: str) -> None:
    """Hundreds of damaged files: a comparison, or one ValueError; never another error."""
    source = {"jats": ARTICLE, "pubmed": RECORDS, "html": PAGE, "text": ARTICLE}[name].encode()
    read = {
        "jats": lambda data: list(read_jats(data)),
        "pubmed": lambda data: list(read_pubmed(io.BytesIO(data))),
        "html": lambda data: [read_html(data)],
        "text": lambda data: [read_text(data)],
    }[name]
    whole = 0
    for seed in range(200):
        try:
            raws = read(mutated(source, seed))
        except ValueError as error:
            assert "\n" not in str(error)
            continue
        for raw in raws:
            compare(raw, source.decode())
            whole += 1
    assert whole > 5
