"""Licence statements: every spelling, and the stricter of two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import licences


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/2.0", "CC-BY-2.0"),
        ("https://www.creativecommons.org/licenses/by-nc-nd/4.0/legalcode", "CC-BY-NC-ND-4.0"),
        ("//creativecommons.org/licenses/by-sa/3.0/deed.de", "CC-BY-SA-3.0"),
        ("http://creativecommons.org/licenses/by/3.0/de/", "CC-BY-3.0-DE"),
        ("http://creativecommons.org/licenses/by/3.0/br/deed.pt", "CC-BY-3.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/igo/", "CC-BY-NC-SA-3.0-IGO"),
        ("http://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        ("http://creativecommons.org/licenses/by-nc/", "LicenseRef-CC-BY-NC"),
        ("HTTPS://CREATIVECOMMONS.ORG/LICENSES/BY/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("http://creativecommons.org/publicdomain/mark/1.0/", "LicenseRef-PublicDomain"),
        (
            "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            "OGL-UK-3.0",
        ),
        ("https://www.usa.gov/government-works", "LicenseRef-USGov"),
        ("https://opendatacommons.org/licenses/by/1-0/", "ODC-By-1.0"),
        ("https://www.elsevier.com/tdm/userlicense/1.0/", ""),
        ("https://example.org/by/4.0/", ""),
        ("", ""),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    """Any spelling of an address names its licence; an unknown one names none."""
    assert licences.from_url(url) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cc_by", "LicenseRef-CC-BY"),
        ("cc_by_nc_nd", "LicenseRef-CC-BY-NC-ND"),
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("CC0", "CC0-1.0"),
        ("cc_no", ""),
        ("NO-CC CODE", ""),
        ("TDM", "LicenseRef-PMC-TDM"),
        ("open-access", ""),
        ("creativeCommonsBy-nc-nd", "LicenseRef-CC-BY-NC-ND"),
        ("distributed under the terms of the Creative Commons Attribution License, which permits use",
         "LicenseRef-CC-BY"),
        ("the Creative Commons Attribution 4.0 International License", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0 Unported License", "CC-BY-NC-ND-3.0"),
        ("the Creative Commons Attribution License (http://creativecommons.org/licenses/by/2.0)", "CC-BY-2.0"),
        ("permits commercial and non-commercial use", ""),
        ("free for non-commercial purposes", "LicenseRef-NonCommercial"),
        ("This is a work of the U.S. Government and is in the public domain", "LicenseRef-USGov"),
        ("placed in the public domain", "LicenseRef-PublicDomain"),
        ("licensed under the Open Government Licence v3.0", "OGL-UK-3.0"),
        ("This file is available for text mining. It may also be used consistent with fair use.",
         "LicenseRef-PMC-TDM"),
        ("© 2020 Invented Press. All rights reserved.", ""),
    ],
)  # fmt: skip
def test_words(words: str, expected: str) -> None:
    """Codes and prose are read; no version is invented, nothing unclear is open."""
    assert licences.from_words(words) == expected


def test_stricter_of_element_and_prose() -> None:
    """Where address and prose contradict each other, the stricter counts and is the evidence."""
    url = "http://creativecommons.org/licenses/by/4.0/"
    found = resolved(url, "Creative Commons Attribution-NonCommercial License 4.0")
    assert found.spdx == "CC-BY-NC-4.0"
    assert found.evidence.startswith("license: Creative Commons Attribution-NonCommercial")
    assert resolved(url, "for non-commercial use only").spdx == "LicenseRef-NonCommercial"
    found = resolved(url, "under the Creative Commons Attribution License")
    assert found == licences.Licence("CC-BY-4.0", f"license/@xlink:href: {url}")
    assert resolved("", "All  rights reserved") == licences.Licence(
        "", "license: All rights reserved"
    )
    assert resolved("", "") == licences.Licence("", "")


def resolved(url: str, words: str) -> licences.Licence:
    """Combine one address and one text."""
    return licences.resolve([("license/@xlink:href", url)], [("license", words)])


def test_order_of_strictness() -> None:
    """Each licence of the list is beaten by every later one."""
    order = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0",
             "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "LicenseRef-PMC-TDM"]  # fmt: skip
    for position, loose in enumerate(order):
        for strict in order[position + 1 :]:
            assert licences.strictest([loose, strict]) == strict
            assert licences.strictest([strict, "", loose]) == strict


@given(st.text(), st.text())
def test_any_text_is_read(url: str, words: str) -> None:
    """No statement makes it fail, and the evidence is one short line."""
    found = resolved(url, words)
    assert len(found.evidence) <= 500 + len("license/@xlink:href: ")
    assert "\n" not in found.evidence
