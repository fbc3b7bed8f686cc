"""Formulas: MathML as text, with commas of numbers and of lists told apart."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sources.text.markup import inline_text
from tests.sources.make_markup import B, math, text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<msup><mn>10</mn><mn>4</mn></msup><mo>=</mo><mfrac><mn>3</mn><mn>7</mn></mfrac>", "10^4 = 3/7"),
        (
            "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><msqrt><mi>c</mi></msqrt></mfrac>",
            "(a + b)/(sqrt(c))",
        ),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_i^2"),
        ("<msup><msup><mi>x</mi><mn>2</mn></msup><mn>3</mn></msup>", "(x^2)^3"),
        ("<msub><mi>H</mi><mn>0</mn></msub>", "H_0"),
        ("<mo>−</mo><mn>3</mn><mo>×</mo><mn>2</mn>", "−3 × 2"),
        ("<mn>16</mn><mo>,</mo><mn>147</mn>", "16,147"),
        ("<mi>f</mi><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo>", "f(x, y)"),
        ("<mi>sin</mi><mi>x</mi>", "sin x"),
        ("<mn>5</mn><mtext>mg</mtext>", "5 mg"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", "x\u0304"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "x^{1/3}"),
        (
            "<mmultiscripts><mi>C</mi><none/><none/><mprescripts/><none/><mn>14</mn></mmultiscripts>",
            "^14C",
        ),
        (
            "<mfenced><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable></mfenced>",
            "(1, 2)",
        ),
        ("<semantics><mi>x</mi><annotation>TeX</annotation></semantics>", "x"),
        ("<mi>el</mi><mi>ev</mi><mi>at</mi><mi>io</mi><mi>n</mi>", "elevation"),
        ("<mi>S</mi><mi>M</mi><mi>A</mi><mi>ln</mi><mi>x</mi>", "SMA ln x"),
        ("<mover accent='true'><mrow><mi>C</mi></mrow><mo>-</mo></mover>", "C\u0304"),
        ("<mo>-1</mo><mn>.96</mn>", "-1.96"),
        (
            "<mtext>+1</mtext><msub><mrow><mn>.96</mn><mi>Y</mi></mrow><mi>i</mi></msub>",
            "+1.96Y_i",
        ),
        (f"<msup><mrow>{B('a')}{B('b')}</mrow><mn>2</mn></msup>", "((a)(b))^2"),
        (f"<msup><mrow><mi>a</mi><mo>+</mo>{B('b')}</mrow><mn>2</mn></msup>", "(a + (b))^2"),
        (f"<msup><mrow>{B('b')}</mrow><mn>2</mn></msup>", "(b)^2"),
        ("<mo>(</mo><mi>a</mi><msup><mo>)</mo><mn>2</mn></msup>", "(a)^2"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mi>c</mi></mrow></mfrac>", "a/(bc)"),
        ("<mfrac><mi>a</mi><mrow><mn>1</mn><mo>,</mo><mn>200</mn></mrow></mfrac>", "a/1,200"),
        (
            f"<mfrac>{B('a')}<mn>2</mn></mfrac><mi>c</mi><mo>+</mo>"
            "<mfrac><mn>1</mn><mn>2</mn></mfrac><mo>(</mo><mi>x</mi><mo>)</mo>",
            "((a)/2)c + (1/2)(x)",
        ),
        ("<mo>-</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mi>x</mi>", "(-1/2)x"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac><mtext>mg</mtext>", "1/2 mg"),
        ("<mfrac linethickness='0pt'><mi>n</mi><mi>k</mi></mfrac>", "(n; k)"),
        ("<mn>2</mn><mo>\u2062</mo><mn>3</mn>", "2 × 3"),
        ("<mn>2</mn><mo>\u2062</mo><mi>x</mi>", "2x"),
        ("<semantics><annotation>TeX</annotation><mi>x</mi></semantics>", "x"),
    ],
)  # fmt: skip
def test_mathml(source: str, expected: str) -> None:
    """MathML becomes one line that keeps powers, fractions and minus signs."""
    assert math(source) == expected


def row(tokens: str) -> str:
    """MathML of a row: numbers, identifiers and operators between blanks."""
    kinds = {True: "mn", False: "mi"}
    return "".join(
        f"<{kinds[t[0].isdigit()]}>{t}</{kinds[t[0].isdigit()]}>"
        if t.isalnum() or t[0].isdigit()
        else f"<mo>{escape(t)}</mo>"
        for t in tokens.split()
    )


def spoken(inner: str, lang: str) -> str:
    """Inline text of a formula in an article in a language."""
    xml = f'<math xmlns="http://www.w3.org/1998/Math/MathML">{inner}</math>'
    article = etree.fromstring(f'<article xml:lang="{lang}"><p>{xml}</p></article>')
    return inline_text(article[0])


SUB = "<msub><mi>F</mi><mrow>{}</mrow></msub>".format


@pytest.mark.parametrize(
    ("source", "english", "portuguese"),
    [
        (row("154 , 28"), "154, 28", "154,28"),
        (row("n = 16 , 147"), "n = 16,147", "n = 16,147"),
        (row("1 , 234 , 567"), "1,234,567", "1,234,567"),
        (row("100 , 200 , 500"), "100, 200, 500", "100, 200, 500"),
        (row("p < 0 , 05"), "p < 0,05", "p < 0,05"),
        (row("x = 12 , 05"), "x = 12,05", "x = 12,05"),
        (row("x = 0 , 5"), "x = 0, 5", "x = 0,5"),
        (row("t = 0 , 24"), "t = 0, 24", "t = 0,24"),
        (row("x ≥ 0 , 3 y ≥ 0"), "x ≥ 0, 3y ≥ 0", "x ≥ 0,3y ≥ 0"),
        (row("x = 0 , 3 y = 1"), "x = 0, 3y = 1", "x = 0,3y = 1"),
        (row("x < 5 , 10 < y < 20"), "x < 5, 10 < y < 20", "x < 5,10 < y < 20"),
        (
            f"{row('x > 1 ,')}<msup><mn>10</mn><mn>3</mn></msup>{row('< y')}",
            "x > 1, 10^3 < y", "x > 1,10^3 < y",
        ),
        (
            f"<mrow>{row('x < 5 , 10')}</mrow>{row('< y')}",
            "x < 5, 10 < y", "x < 5,10 < y",
        ),
        (f"{row('x < 12 , 5')}<mtext> mg</mtext>", "x < 12,5 mg", "x < 12,5 mg"),
        (f"{row('x < 12 , 5')}<mi>g</mi>", "x < 12, 5g", "x < 12,5g"),
        (row("x < 12 , 5 % ± 2"), "x < 12,5% ± 2", "x < 12,5% ± 2"),
        (row("( x < 12 , 5 )"), "(x < 12,5)", "(x < 12,5)"),
        (row("i ≤ 1 , 2"), "i ≤ 1, 2", "i ≤ 1, 2"),
        (row("d = 100 , 200"), "d = 100, 200", "d = 100, 200"),
        (row("d ∈ 50 , 100"), "d ∈ 50, 100", "d ∈ 50, 100"),
        (row("n = 10 , 000"), "n = 10,000", "n = 10,000"),
        (row("n = 12 , 500 + 1,234"), "n = 12,500 + 1,234", "n = 12,500 + 1,234"),
        (row("x = 0 , 1"), "x = 0, 1", "x = 0,1"),
        (row("x < 12 , 5"), "x < 12,5", "x < 12,5"),
        (row("x = 12 , 5"), "x = 12, 5", "x = 12,5"),
        (row("x = 12 , 5 + 0.5"), "x = 12, 5 + 0.5", "x = 12, 5 + 0.5"),
        (row("x = 12 , 5 + 0,07"), "x = 12,5 + 0,07", "x = 12,5 + 0,07"),
        (row("y ∈ { 0 , 1 }"), "y ∈ {0, 1}", "y ∈ {0, 1}"),
        (row("[ 0 , 12 ]"), "[0, 12]", "[0, 12]"),
        (f"<mo>(</mo><mrow>{row('2 , 134')}</mrow><mo>)</mo>", "(2, 134)", "(2, 134)"),
        (f"<mfenced><mrow>{row('0 , 1')}</mrow></mfenced>", "(0, 1)", "(0, 1)"),
        (SUB(row("2 , 134")), "F_{2, 134}", "F_{2, 134}"),
        (SUB(row("0 , 95")), "F_{0, 95}", "F_{0,95}"),
        (row("i = 1 , 2"), "i = 1, 2", "i = 1, 2"),
        (row("i = 1 , 2 , … , n"), "i = 1, 2, …, n", "i = 1, 2, …, n"),
        (row("x , y"), "x, y", "x, y"),
        (row("f ( x , 5 )"), "f(x, 5)", "f(x, 5)"),
        (f"<mfrac><mrow>{row('15 , 5')}</mrow><mn>2</mn></mfrac>", "15,5/2", "15,5/2"),
        ("<mn>15</mn><mo separator='true'>,</mo><mn>05</mn>", "15, 05", "15, 05"),
        ("<mn>15</mn><mo separator='false'>,</mo><mn>5</mn>", "15,5", "15,5"),
        ("<mn>15</mn><mo>,</mo><mspace width='1em'/><mn>500</mn>", "15, 500", "15, 500"),
        (
            "<mn>2</mn><mo>,</mo><msup><mn>5</mn><mn>2</mn></msup>", "2, 5^2", "2,5^2"
        ),
        (
            f"<mfrac><mrow>{row('154 , 28')}</mrow><mrow>{row('154 , 28 + 1.987 , 74')}</mrow>"
            f"</mfrac>{row('= 0 , 072')}",
            "154,28/(154,28 + 1.987,74) = 0,072",
            "154,28/(154,28 + 1.987,74) = 0,072",
        ),
    ],
)  # fmt: skip
def test_commas_of_numbers_and_of_lists(source: str, english: str, portuguese: str) -> None:
    """A comma is part of a number only where markup, digits, place or language say so."""
    assert spoken(source, "en") == english
    assert spoken(source, "pt-BR") == portuguese


def test_regions_that_write_a_decimal_point() -> None:
    """Spanish has a decimal comma, in Mexico a point."""
    assert spoken(row("x = 12 , 5"), "es") == "x = 12,5"
    assert spoken(row("x = 12 , 5"), "es-MX") == "x = 12, 5"


@given(st.lists(st.integers(0, 9999), min_size=2, max_size=5), st.sampled_from(["en", "de"]))
def test_digits_of_a_formula_stay_in_order(numbers: list[int], lang: str) -> None:
    """Whatever is made of commas, every digit and every comma comes out once, in order."""
    got = spoken(row(" , ".join(map(str, numbers))), lang)
    assert got.replace(" ", "") == ",".join(map(str, numbers))
    bracketed = spoken(row(f"[ {' , '.join(map(str, numbers[:2]))} ]"), lang)
    assert bracketed == f"[{numbers[0]}, {numbers[1]}]"


def test_formula_in_several_forms_stands_once() -> None:
    """TeX wins over MathML, its LaTeX preamble is dropped, and a picture adds nothing."""
    tex = r"\documentclass{x}\usepackage{y}\begin{document}$$ a^2 $$\end{document}"
    xml = f"""<inline-formula><alternatives><tex-math>{tex}</tex-math>
      <mml:math><mml:mn>1</mml:mn></mml:math><inline-graphic/></alternatives></inline-formula>"""
    assert text(f"is {xml}.") == "is $a^2$."
    both = "<alternatives><graphic/><mml:math><mml:mn>1</mml:mn></mml:math></alternatives>"
    assert text(f"is {both}.") == "is 1."
