"""Inline markup to text: nothing lost, nothing glued, nothing twice."""

from __future__ import annotations

import re
import time
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sources.text.markup import inline_text
from tests.sources.make_markup import CITE, Keeping, text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("10<sup>4</sup>", "10^4"),
        ("10<sup>-3</sup> mol", "10^-3 mol"),
        ("10<sup>4</sup>5", "10^{4}5"),
        ("10<sup>4</sup>.", "10^4."),
        ("10<sup>4</sup>.5", "10^{4}.5"),
        ("10<sup>6</sup>-fold", "10^{6}-fold"),
        ("P6<sub>1</sub>22", "P6_{1}22"),
        ("CO<sub>2</sub>", "CO2"),
        ("Mn<sup>II</sup><sub>3</sub>M", "Mn^II_{3}M"),  # the end of II is no iodine
        ("<sup>1</sup>O<sub>2</sub>", "^1O2"),
        ("[<sup>13</sup>N]NH<sub>3</sub>", "[^13N]NH3"),
        ("H<sub>2</sub>O and C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>", "H2O and C6H12O6"),
        ("Ca<sub>3</sub>(PO<sub>4</sub>)<sub>2</sub>", "Ca3(PO4)2"),
        ("FeSO<sub>4</sub>.7H<sub>2</sub>O", "FeSO4.7H2O"),
        ("PaO<sub>2</sub>, SpO<sub>2</sub>", "PaO2, SpO2"),
        ("V<sub>max</sub> and EC<sub>50</sub>", "V_max and EC_50"),
        ("PM<sub>2.5</sub>", "PM_{2.5}"),
        ("SO<sub>4</sub><sup>2-</sup> ions", "SO4^2- ions"),
        ("Ca<sup>2+</sup>-dependent", "Ca^{2+}-dependent"),
        ("<sup>18</sup>F and <sup>99m</sup>Tc", "^18F and ^99mTc"),
        ("x<sub>i</sub><sup>2</sup>", "x_i^2"),
        ("a<sup>a,b</sup>", "a^{a,b}"),
        ("e<sup>-x<sup>2</sup></sup>", "e^{-x^2}"),
        ("37<sup>°</sup>C, 1<sup>st</sup>", "37°C, 1st"),
        ("m<sup> 2 </sup>of", "m ^2 of"),
        ("10<sup>4</sup><sup>2</sup>", "10^4 ^2"),
        ("10<sup>-</sup><sup>3</sup>", "10^-3"),
        ("SO<sub>4</sub><sup>2</sup><sup>-</sup>", "SO4^2-"),
        ("a<sup/>b", "ab"),
    ],
)
def test_raised_and_lowered(source: str, expected: str) -> None:
    """Scripts get ^ and _, with braces exactly where the next character could join them."""
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("in <i>E. coli</i> strains", "in E. coli strains"),
        ("dose <b>of <i>x</i> 12 mg</b> daily", "dose of x 12 mg daily"),
        ("<italic>m</italic>RNA", "mRNA"),
        ("(p &lt; 0.05) *a* [b] # _c_", "(p < 0.05) *a* [b] # _c_"),
        ("a<break/>b", "a b"),
        ("a \n\t b\u00a0c\u2009d", "a b c d"),
        ("a<!-- no -->b<?pi no?>c", "abc"),
        ("write <email>x@example.org</email> now", "write now"),
        ("15<list><list-item><p>a</p></list-item></list>17", "15 a 17"),
        (
            "<list><list-item><p>aspirin 100</p></list-item>\n"
            "<list-item><p>200 mg</p></list-item></list>",
            "aspirin 100 200 mg",
        ),
        (
            '<list list-type="order"><list-item><p>a</p></list-item><list-item><label>7</label>'
            "<p>b</p></list-item></list>",
            "a 7 b",
        ),
        ("<name><surname>Fabel</surname><given-names>F</given-names></name>", "Fabel F"),
        ('dose<xref ref-type="table-fn">a</xref>', "dose^a"),
        ('<i>n</i><xref ref-type="table-fn">a</xref>', "n^a"),
        (
            'dose<xref ref-type="fn">5</xref><sup>, </sup><xref ref-type="fn">7</xref>',
            "dose^{5,} ^7",
        ),
        ('a <xref ref-type="fn">b</xref>', "a b"),
        ('10<sup>6</sup><xref ref-type="table-fn">2</xref> x', "10^6 ^2 x"),
        ('10<sup>6</sup><sup><xref ref-type="table-fn">2</xref></sup>', "10^6 ^2"),
        ('10<sup>6<xref ref-type="table-fn">2</xref></sup>', "10^{6 2}"),
        ('10<sup>4</sup><xref ref-type="table-fn"><sup>2</sup></xref>', "10^4 ^2"),
        ('10<sup>4</sup><xref ref-type="fn"><sup>a</sup></xref> x', "10^4 ^a x"),
        ('dose<xref ref-type="fn"><sup>a</sup></xref> x', "dose^a x"),
        ('a <xref ref-type="fn"><sup>2</sup></xref> x', "a ^2 x"),
        ('x<xref ref-type="fn">a</xref><sup>2</sup>', "x^a ^2"),
        ('Cl<sup>-</sup><xref ref-type="fn">2</xref> x', "Cl^- ^2 x"),
        ('a<xref ref-type="fn">5</xref><sup>–</sup><xref ref-type="fn">7</xref> x', "a^{5–7} x"),
        ('x<xref ref-type="fn">a</xref>y', "x^{a}y"),
        ("<abbrev>BMI<def><p>body mass index</p></def></abbrev>", "BMI (body mass index)"),
        ('<xref ref-type="fig">Figure 2</xref>A', "Figure 2A"),
    ],
)
def test_plain_markup(source: str, expected: str) -> None:
    """Emphasis vanishes without splitting or gluing; signs of prose stay as they are."""
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"25 patients<sup>{CITE(12)}</sup> were", "25 patients were"),
        (f"25 patients<sup>{CITE(12)}</sup>were", "25 patients were"),
        (f"7.5<sup>[{CITE(1)}]</sup>.", "7.5."),
        (f"known<sup>{CITE(1)}</sup><sup>,</sup><sup>{CITE(2)}</sup> b", "known b"),
        (f"known<sup>(</sup>{CITE('<sup>1</sup>')}<sup>)</sup>.", "known."),
        (f"known <sup>(</sup>\n{CITE('<sup>1</sup>')}\n<sup>)</sup>. B", "known. B"),
        (f"a [{CITE(1)}–{CITE(3)}, 5], b", "a, b"),
        (f"a ({CITE(1)}, {CITE(2)}) b", "a b"),
        (f"a [{CITE(1)}], [{CITE(2)}]. B", "a. B"),
        (f"a ({CITE('Smith (2003)')}; {CITE('Li et al., 2004')}).", "a."),
        (f"{CITE('Wu (2001)')} found", "Wu (2001) found"),
        (f"(Smith et al. {CITE(2003)}; van der Berg {CITE('2004a')}) x", "x"),
        (f"Smith et al. ({CITE(2003)}) x", "Smith et al. x"),
        (f"(see Table 1; {CITE(2)})", "(see Table 1)"),
        (f"({CITE(2)}; Table 1)", "(Table 1)"),
        (f"25 (12<sup>{CITE(3)}</sup>) x", "25 (12) x"),
        (f"25 (12%; {CITE(3)}) x", "25 (12%) x"),
        (f"m<sup>2{CITE(3)}</sup> x", "m^2 x"),
        (f"Kang et al. [{CITE(3)}]. Then", "Kang et al. Then"),
        (f"Cl<sup>-</sup>{CITE(3)} x", "Cl^- x"),
        (f"end.<sup>{CITE(3)}</sup>Then", "end. Then"),
        (
            f"30 kg/m<sup>2</sup><sup>[{CITE(3)}]</sup> and 10<sup>9</sup><sup>[{CITE(5)}]</sup>",
            "30 kg/m^2 and 10^9",
        ),
        (f"1.73 m<sup>2,{CITE(3)}</sup> x", "1.73 m^2 x"),
        (f"m<sup>2</sup><sup>,{CITE(3)}</sup> x", "m^2 x"),
        (f"m<sup>2 {CITE(3)}</sup> x", "m^2 x"),
        (f"min<sup>-1</sup><sup>,{CITE(3)}</sup>.", "min^-1."),
        (f"Cl<sup>-</sup><sup>,{CITE(3)}</sup> x", "Cl^- x"),
        (f"Ca<sup>2+</sup><sup>{CITE(3)}</sup> x", "Ca^2+ x"),
        (f"w<sup>a,{CITE(3)}</sup> x", "w^a x"),
        (f"w<sup>*{CITE(3)}</sup> x", "w^* x"),
        (f"w<sup>{CITE(1)}</sup><sup>–</sup><sup>{CITE(3)}</sup> x", "w x"),
        (f"w<sup>{CITE(1)},3–5</sup> x", "w x"),
        (f"cells/mm<sup>2</sup><sup>{CITE(12)}</sup>were", "cells/mm^2 were"),
        (f"cells/mm<sup>2,{CITE(12)}</sup>were", "cells/mm^2 were"),
        (f"Ca<sup>2+,{CITE(12)}</sup>-dependent", "Ca^{2+}-dependent"),
        (f"a ({CITE(12)}, -0.5 kg)", "a (-0.5 kg)"),
        (f"a ({CITE(3)}; −5 mg)", "a (−5 mg)"),
        (f"a ({CITE(12)}–15; Table 1)", "a (15; Table 1)"),
        (f"HR 0.8 [0.7–0.9; {CITE(12)}]", "HR 0.8 [0.7–0.9]"),
        (f"[100, {CITE(3)}] mg", "[100] mg"),
        (f"score [0–10, {CITE(4)}]", "score [0–10]"),
        (f"a [1–{CITE(3)}], b", "a, b"),
        (f"viruses (A, B and C [{CITE(12)}])", "viruses (A, B and C)"),
        (f"vitamin (D [{CITE(3)}])", "vitamin (D)"),
        (f"(As, {CITE(3)}) x", "(As) x"),
        (f"(Aspirin, {CITE('Wu 2003')})", "(Aspirin, Wu 2003)"),
        (f"(SARS, {CITE('Wu 2003')})", "(SARS, Wu 2003)"),
        (f"(ADOS—{CITE('Wu et al. 2002')})", "(ADOS—Wu et al. 2002)"),
        (f"a (for review, see {CITE(3)}; {CITE(4)}) b", "a b"),
        (f"a (e.g., {CITE('Wu 2003')}) b", "a b"),
        (f"a (O’Connor et al., {CITE(2018)}; McFabel &amp; Wu J, {CITE(2003)}) b", "a b"),
        (f"a (WHO {CITE(2018)}) b", "a (WHO 2018) b"),
        (
            f"a (XYZMoH {CITE(2018)}; McFabel &amp; Wu J, {CITE(2003)}) b",
            "a (XYZMoH 2018; McFabel & Wu J, 2003) b",
        ),
        (f"a ({CITE('10 mg/kg')}) b", "a (10 mg/kg) b"),
        (f"a {CITE('p &lt; 0.05')} b", "a p < 0.05 b"),
        (f"in {CITE('5%')} of", "in 5% of"),
        (f"a [{CITE('ref. 3')}] b", "a b"),
        (f"a (Reviewed in {CITE(3)} and {CITE(5)}) b", "a b"),
        (f"known [1, {CITE(3)}–{CITE(5)}] b", "known b"),
        (f"known [1, 2,{CITE(3)}, {CITE(5)}].", "known."),
        (f"known<sup>[1, {CITE(3)}–{CITE(5)}]</sup>.", "known."),
        (f"aged [45, {CITE(3)}, {CITE(4)}] b", "aged [45] b"),
        (f"a dose [5, {CITE(12)}, {CITE(15)}] mg", "a dose [5] mg"),
        (f"n = [5, {CITE(12)}, {CITE(15)}]", "n = [5]"),
        (f"a score [1–5, {CITE(12)}, {CITE(15)}]", "a score [1–5]"),
        (f"a [2.5, {CITE(12)}, {CITE(15)}]", "a [2.5]"),
        (f"a [7, {CITE(12)}]", "a [7]"),
        (f"a ({CITE('²')}) b", "a b"),
        (f"in Fabel {CITE('(2024')}, p. 10). B", "in Fabel (2024, p. 10). B"),
        (f"According to [{CITE(3)}], the dose is 5 mg.", "The dose is 5 mg."),
        (f"Low. According to {CITE(3)}, mRNA rose.", "Low. mRNA rose."),
        (f"100 µL according to [{CITE(3)}] (see SI).", "100 µL (see SI)."),
        (f"It was done according to [{CITE(3)},{CITE(5)}]. Then", "It was done. Then"),
        (f"not done according to [{CITE(3)}].", "not done according to."),
        (f"by us according to [{CITE(3)}] criteria", "by us according to criteria"),
        (f"as reported by [{CITE(3)}].", "as reported."),
        (f"not as reported by [{CITE(3)}].", "not as reported by."),
        (f"was not recommended by [{CITE(3)}]. Then", "was not recommended by. Then"),
        (f"patients not described in {CITE(3)} were", "patients not described in were"),
        (f"It was not low. As reported by {CITE(3)}, x", "It was not low. As reported, x"),
        (f"as first described in {CITE(3)}, x", "as first described, x"),
        (f"as described elsewhere [{CITE(3)}].", "as described elsewhere."),
        (f"the method proposed by [{CITE(3)}] was used", "the method proposed was used"),
        (f"reported in [{CITE(3)}] patients", "reported in patients"),
        (f"as reported in 12 patients [{CITE(3)}].", "as reported in 12 patients."),
        (f"the town they live in [{CITE(3)}].", "the town they live in."),
        (f"a (GFP, reviewed in [{CITE(3)}]), b", "a (GFP), b"),
        (f"a (x; for a review, see {CITE(3)}) b", "a (x) b"),
        (f"a (but see [{CITE(3)}]) b", "a b"),
        (f"a (see {CITE(3)} for a recent review) b", "a b"),
        (f"as reported by ({CITE('Wu, 2003')}).", "as reported by (Wu, 2003)."),
        (f"According to (Wu et al., {CITE(2003)}), b", "According to (Wu et al., 2003), b"),
        (f"by ({CITE('Wu 2003')}) and ({CITE('Li 2004')}) in b", "by (Wu 2003) in b"),
        (f"was low ({CITE('Wu, 2003')}).", "was low."),
    ],
)
def test_citations(source: str, expected: str) -> None:
    """Citation markers go with their punctuation; numbers and names of the sentence stay."""
    assert text(source) == expected


VALUES = st.sampled_from(
    ["5 mg", "0.8", "45", "12–15", "p < 0.05", "10%", "-3", "1,200", "no", "2"]
)


JOINTS = st.sampled_from(
    [", ", "; ", " ", " according to ", " as reported by ", " (", ") ", " in "]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(VALUES, JOINTS, st.sampled_from(["", "3", "12", "Wu, 2003"]), JOINTS)))
def test_no_value_goes_with_a_citation(parts: list[tuple[str, str, str, str]]) -> None:
    """Whatever stands between values and citations, the values stay in their order.

    Square brackets are left out: plain numbers in them go on with a list of citations.
    """
    xml = "".join(
        escape(value + one) + (CITE(cited) if cited else "x") + escape(other)
        for value, one, cited, other in parts
    )
    digits = re.findall(r"\d", " ".join(value for value, *_ in parts))
    kept = text(xml).replace("Wu, 2003", "")
    assert re.findall(r"\d", kept) == digits


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"10<sup>6</sup><sup>{CITE(3)}</sup> x", "10^{6[3]} x"),
        (f"BP 120{CITE(3)} mmHg", "BP 120[3] mmHg"),
        (f"5<sup>{CITE(3)}</sup> mg", "5^{[3]} mg"),
        (f"m<sup>2,{CITE(3)}</sup> x", "m^{2,[3]} x"),
        (f"{CITE(3)}6 x", "[3]6 x"),
        (f"120 [{CITE(3)},{CITE(4)}] x", "120 [3,4] x"),
        (f"word<sup>{CITE(3)},{CITE(4)}</sup> x", "word^{3,4} x"),
        (f"2004<sup>{CITE(2)},{CITE(3)}</sup> x", "2004^{[2],[3]} x"),
        (f"2004<sup>{CITE(2)}</sup><sup>–</sup><sup>{CITE(3)}</sup> x", "2004^{[2]–[3]} x"),
        (f"{CITE(2)}, {CITE(3)}5 x", "[2], [3]5 x"),
        (f"10<sup>4</sup>{CITE('<sup>2</sup>')} x", "10^{4[2]} x"),
        (f"word{CITE('<sup>2</sup>')} x", "word^2 x"),
    ],
)
def test_kept_citations_touch_no_number(source: str, expected: str) -> None:
    """A marker that stays is not read as a digit or exponent of the number beside it."""
    element = etree.fromstring(f"<p>{source}</p>")
    assert inline_text(element, Keeping()) == expected


WORDS = st.text(alphabet="abc 1.,()[]<&é\u00a0", max_size=8)


@st.composite
def markup(draw: st.DrawFn, depth: int = 3) -> str:
    """Random mixed content as XML."""
    out = []
    for _ in range(draw(st.integers(0, 4))):
        word = draw(WORDS).replace("&", "&amp;").replace("<", "&lt;")
        tag = draw(st.sampled_from(["", "i", "sup", "sub", "named-content", "xref"]))
        inner = draw(markup(depth - 1)) if depth else word  # type: ignore[call-arg]
        out.append(f"{word}<{tag}>{inner}</{tag}>" if tag else word)
    return "".join(out)


@settings(max_examples=200, deadline=None)
@given(markup())
def test_every_letter_and_number_survives(source: str) -> None:
    """Whatever the nesting, letters and digits come out in order and no control character does."""
    element = etree.fromstring(f"<p>{source}</p>")
    got = inline_text(element)
    expected = re.sub(r"[\W_]", "", "".join(map(str, element.itertext())))
    assert re.sub(r"[\W_]", "", got) == expected
    assert not re.search(r"[\x00-\x1f]", got)
    assert got == " ".join(got.split())


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "[",
        ",",
        CITE(1),
        "<sup>,</sup>",
        f"({CITE('Ab c')},",
        "- ",
        "[1, ",
        f"(x {CITE(1)} ",
        f"according to [{CITE(3)}].",
    ],
)
def test_hostile_repetition_is_linear(unit: str) -> None:
    """A hundred thousand brackets, commas or markers take no more than seconds."""
    element = etree.fromstring(f"<p>{CITE(1)}{unit * 30_000}</p>")
    start = time.process_time()
    inline_text(element)
    assert time.process_time() - start < 5
