"""Markup of articles for tests of how it is read."""

from __future__ import annotations

from lxml import etree

from sources.text.markup import Reading, inline_text

MML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


B = "<mrow><mo>(</mo><mi>{}</mi><mo>)</mo></mrow>".format


CITE = '<xref ref-type="bibr" rid="r1">{}</xref>'.format


class Keeping(Reading):
    """Keeps the citation markers."""

    keep_citations = True


def text(inner: str) -> str:
    """Inline text of a paragraph with this content."""
    return inline_text(etree.fromstring(f"<p {MML}>{inner}</p>"))


def math(inner: str) -> str:
    """Inline text of a formula; tags without prefix."""
    xml = f'<math xmlns="http://www.w3.org/1998/Math/MathML">{inner}</math>'
    return inline_text(etree.fromstring(f"<p>{xml}</p>"))
