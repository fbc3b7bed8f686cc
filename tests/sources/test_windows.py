"""Numbers 128 to 159 mean the characters of Windows-1252, in JATS and on web pages alike."""

from __future__ import annotations

import codecs

import pytest

from sources.text.html_inline import finish
from sources.text.markup import printable
from sources.text.windows import WINDOWS_1252

UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)


@pytest.mark.parametrize("code", range(0x80, 0xA0))
def test_one_table_for_all_readers(code: int) -> None:
    """The codec is the oracle; what it does not know goes without a trace."""
    expected = "" if code in UNDEFINED else codecs.decode(bytes((code,)), "cp1252")
    assert WINDOWS_1252[code] == expected
    assert printable(f"5{chr(code)}b") == f"5{expected}b"
    if code != 0x85:  # white space to Python, so that a page has a blank there
        assert finish([f"5{chr(code)}b"]) == f"5{expected}b"
