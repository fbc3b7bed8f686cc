"""Identifiers of articles in their normal forms."""

from __future__ import annotations

import pytest

from sources.text import identifiers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://doi.org/10.1000/ABC", "10.1000/abc"),
        ("doi: 10.1000/a.b.", "10.1000/a.b"),
        ("info:doi/10.1000/x", "10.1000/x"),
        ("http://dx.doi.org/10.1000%2Fx", "10.1000/x"),
        ("10.1000/x%2Fy", "10.1000/x%2fy"),
        ("10.1002/(SICI)1097(1999)1:1<1::AID-X>3.0.CO;2-A", "10.1002/(sici)1097(1999)1:1<1::aid-x>3.0.co;2-a"),
        ("10.1000/x)", "10.1000/x"),
        ("10.10/x", ""),
        ("none", ""),
        # What stands before it, one behind the other too (27 of 8,888 in reference lists).
        ("doi: http://dx.doi.org/10.1000/x", "10.1000/x"),
        ("DOI:https://www.doi.org/10.1000/x", "10.1000/x"),
        ("doi.org/10.1000/x", "10.1000/x"),
        ("urn:doi:10.1000/x", "10.1000/x"),
        ("doi10.1000/x", "10.1000/x"),
        ("http://dx.doi.org/doi:10.1000/x", "10.1000/x"),
        # Blanks, also inside, and characters that nobody sees.
        ("  10.1371/journal.pbio. 1001425\n", "10.1371/journal.pbio.1001425"),
        ("10.1000/\u200bx\u00ad\ufeff", "10.1000/x"),
        ("10.1000/x&nbsp;", "10.1000/x"),
        # Brackets and the SICI form stay, whatever way they were escaped.
        ("10.1016/S0140-6736(22)00104-0", "10.1016/s0140-6736(22)00104-0"),
        ("(10.1000/x(1))", ""),
        ("10.1000/x(1)).", "10.1000/x(1)"),
        ("10.1002/a&lt;1::AID-B&gt;3.0.CO;2-A", "10.1002/a<1::aid-b>3.0.co;2-a"),
        ("10.1002/a&amp;lt;1&amp;gt;3.0.CO;2-A", "10.1002/a<1>3.0.co;2-a"),
        ("https://doi.org/10.1002/a%3C1%3E3.0.CO%3B2-A", "10.1002/a<1>3.0.co;2-a"),
        ("10.1002/a(199805)<1::AID-B>3.0.CO;2-#", "10.1002/a(199805)<1::aid-b>3.0.co;2-#"),
        # Trailing marks; a percent sign without an address is part of the DOI.
        ("10.1000/x.,;:", "10.1000/x"),
        ("10.1000/x%3C", "10.1000/x%3c"),
        # No DOI: prefix too short, encoded twice, a prefix alone, no prefix.
        ("10.103/00006450-03000-0000", ""),
        ("10.1007%252Fs00586-011-2029-6", ""),
        ("10.1000/", ""),
        ("doi:", ""),
        ("https://example.org/10.1000/x", ""),
    ],
)  # fmt: skip
def test_doi_normal_form(value: str, expected: str) -> None:
    """DOIs compare equal whatever stands around them, and odd old ones stay whole."""
    assert identifiers.doi(value) == expected
    assert identifiers.doi(expected) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("31452104", "31452104"), (" PMID: 0031452104 ", "31452104"), ("0", ""), ("12a", ""),
        ("unavailable", ""), ("", ""), ("PMC123", ""), ("٣١", ""),
    ],
)  # fmt: skip
def test_pmid_normal_form(value: str, expected: str) -> None:
    """Digits without leading zeros; what stands for none is none."""
    assert identifiers.pmid(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("6716367", ("PMC6716367", 0)), ("PMC6716367", ("PMC6716367", 0)),
        ("pmc6716367.2", ("PMC6716367", 2)), ("PMC0012", ("PMC12", 0)), ("PMC", ("", 0)),
        ("PMC12x", ("", 0)),
    ],
)  # fmt: skip
def test_pmcid_normal_form(value: str, expected: tuple[str, int]) -> None:
    """With ``PMC``, as JATS files often lack it; the version stands apart."""
    assert identifiers.pmcid(value) == expected
