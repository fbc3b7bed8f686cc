"""Whether bytes are what they should be, and checksums as sources state them."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sources.fetch import checksums
from sources.fetch.content import Inspector, check_zip, format_of
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits
from sources.fetch.listing import files, following, problem
from sources.fetch.remote import Target, check

XML = b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "y">]>\n<!-- <b> --><a k="1"><b/>text</a>\n'


def pack(data: bytes) -> bytes:
    """Pack data; without a time, so that each process names the same tests."""
    return gzip.compress(data, mtime=0)


def judge(pieces: Iterable[bytes], expected: str, checksum: str = "", **limits: float) -> str:
    """Return the rule that a body breaks, empty for none."""
    inspector = Inspector("http://x/y", expected, Limits(**limits))  # type: ignore[arg-type]
    try:
        for piece in pieces:
            inspector.update(piece)
        inspector.finish(checksum)
    except FetchError as error:
        assert str(error).startswith("http://x/y: ")
        return error.rule
    return ""


@pytest.mark.parametrize(
    ("data", "expected", "rule"),
    [
        (XML, "xml", ""),
        (b"\xef\xbb\xbf" + XML, "xml", ""),
        (XML + b"<!-- end --><?pi x?>\n", "xml", ""),
        (b"<a x='1'/>\n", "xml", ""),
        (b"<x:a xmlns:x='u'><b/></x:a >", "xml", ""),
        ('<a>ü</a>'.encode("utf-16"), "xml", ""),
        (XML[:-4], "xml", "truncated"),
        (b"<a><b/>", "xml", "truncated"),
        (b"<a><b></b>", "xml", "truncated"),
        (b"API rate limit exceeded", "xml", "not_xml"),
        (b"<!DOCTYPE html><html></html>", "xml", "html_page"),
        (b"  <!-- x --><HTML lang='en'></HTML>", "json", "html_page"),
        (b"<html></html>", "html", ""),
        (b"<html></html>", "any", ""),
        (b'{"a": [1]}\n', "json", ""),
        (b'{"a": [1]', "json", ""),
        (b'{"a": "b', "json", "truncated"),
        (b"error", "json", "not_json"),
        (b"<html></html>", "zip", "html_page"),
        (b"error", "zip", "not_zip"),
        (b"PAR1....PAR1", "parquet", ""),
        (b"PAR1....", "parquet", "truncated"),
        (b"....PAR1", "parquet", "not_parquet"),
        (b"", "any", "empty"),
        (pack(XML), "xml.gz", ""),
        (pack(XML[:40]) + pack(XML[40:]), "xml.gz", ""),
        (pack(XML) + bytes(512), "xml.gz", ""),
        (pack(XML)[:-1], "xml.gz", "truncated"),
        (pack(XML[:40]), "xml.gz", "truncated"),
        (pack(XML) + pack(XML)[:20], "xml.gz", "truncated"),
        (pack(XML) + b"junk and more", "xml.gz", "damaged"),
        (XML, "xml.gz", "not_gzip"),
        (b"<html></html>", "xml.gz", "not_gzip"),
        (pack(b"<html></html>"), "xml.gz", "html_page"),
    ],
)  # fmt: skip
def test_bodies(data: bytes, expected: str, rule: str) -> None:
    """Whole ones of each format pass, in one piece and byte by byte; others have their rule."""
    assert judge([data], expected) == rule
    assert judge([data[i : i + 1] for i in range(len(data))], expected) == rule


MISC = b"<!-- a -->\n<?b c?>" * 30


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (MISC + b"<article/>", ""),
        (MISC + b"<article>" + MISC + b"</article >" + MISC, ""),
        (b"<article/>" + MISC, ""),
        (b"<article></article>" + MISC + b"x", "truncated"),
        (b"<article></article>" + MISC + b"<!-- ", "truncated"),
        (b"<article></article> -->" + MISC, "truncated"),
        (MISC + b"<!-- <article/>", "truncated"),
        (b"<a><a></a><![CDATA[x]]>", "truncated"),
        (b"<!--" * 15_000, "truncated"),
        (b"<?" * 40_000, ""),  # the parser will judge
        (MISC + b"<html></html>", "html_page"),
    ],
    ids=lambda value: value if isinstance(value, str) else len(value),
)
def test_many_comments(data: bytes, rule: str) -> None:
    """Before the root and behind it: told in one pass, which no expression for them all does."""
    assert judge([data], "xml") == rule


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([b"<!--", b"-->", b"<?", b"?>", b"<![CDATA[", b"]]>", b"<a", b"/>",
                                 b"</a>", b"<a>", b" ", b"x"]), max_size=12))  # fmt: skip
def test_what_a_parser_takes_passes(pieces: list[bytes]) -> None:
    """Whatever stands in comments and instructions: no whole XML is refused."""
    data = b"".join(pieces)
    try:
        etree.fromstring(data)
    except etree.XMLSyntaxError:
        return
    assert judge([data], "xml") == ""


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=3000), st.data())
def test_a_cut_archive_never_passes(content: bytes, data: st.DataObject) -> None:
    """Wherever it is cut, and in whatever pieces it comes."""
    packed = pack(content)
    cut = data.draw(st.integers(1, len(packed) - 1))
    step = data.draw(st.integers(1, 500))
    pieces = [packed[i : min(i + step, cut)] for i in range(0, cut, step)]
    assert judge(pieces, "any.gz") == "truncated"
    assert judge([packed[:cut], packed[cut:]], "any.gz") == ""


def test_zip_archives_are_judged_on_disk(tmp_path: Path) -> None:
    """Cut anywhere, or with a byte changed in a member: refused; sizes count unpacked."""
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b'{"results": [1, 2, 3]}')
        archive.writestr("b.json", bytes(range(256)) * 20)
    whole = file.read_bytes()
    check_zip(file, "http://x/a.zip", Limits())

    def rule(data: bytes, **limits: float) -> str:
        file.write_bytes(data)
        with pytest.raises(FetchError, match=r"^http://x/a\.zip: ") as caught:
            check_zip(file, "http://x/a.zip", Limits(**limits))  # type: ignore[arg-type]
        return caught.value.rule

    assert {rule(whole[:end]) for end in range(4, len(whole), 7)} == {"truncated"}
    start = whole.index(b"a.json") + 8
    assert rule(whole[:start] + bytes([whole[start] ^ 255]) + whole[start + 1 :]) == "damaged"
    assert rule(whole, unpacked_bytes=100) == "bomb"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, 8, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_archives_of_every_method(method: int, tmp_path: Path) -> None:
    """Whatever byte is another one: the archive is taken for good, or refused in one line."""
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("ü.json", b'{"results": [1, 2, 3]}' * 9)
    whole = file.read_bytes()
    found = set()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            check_zip(file, "http://x/a.zip", Limits())
        except FetchError as error:
            found.add(error.rule)
    assert {"damaged", "truncated"} <= found <= {"damaged", "truncated", "bomb"}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://h/api?cursor=Zm9v%3D>; rel="next"', "https://h/api?cursor=Zm9v%3D"),
        ('<?page=1>; rel="prev", </b?page=3>; title="a, b"; rel="last next"', "https://h/b?page=3"),
        ("</c>; rel=next", "https://h/c"),
        ('</c>; rel="nextish", </d>; anchor="next"', ""),
        ("", ""),
    ],
)
def test_the_page_behind_one(header: str, found: str) -> None:
    """As a Link header names it; relative to the page."""
    assert following("https://h/a", header) == found


def test_sizes_are_limited() -> None:
    """Packed and unpacked; a bomb stops long before its end."""
    assert judge([bytes(100)] * 3, "any", object_bytes=250) == "too_large"
    bomb = pack(bytes(50_000_000))
    assert judge([bomb], "any.gz", unpacked_bytes=1_000_000) == "bomb"


def test_the_ratio_is_limited_beyond_a_gigabyte(monkeypatch) -> None:
    """XML packs tenfold, not a thousandfold."""
    monkeypatch.setattr("sources.fetch.content.RATIO_FROM_BYTES", 1_000_000)
    assert judge([pack(bytes(3_000_000))], "any.gz") == "bomb"


def test_checksums_are_compared() -> None:
    """MD5 and SHA-256."""
    md5, sha = hashlib.md5(XML).hexdigest(), hashlib.sha256(XML).hexdigest()
    assert judge([XML], "xml", f"md5:{md5}") == judge([XML], "xml", f"sha256:{sha}") == ""
    assert judge([XML + b"\n"], "xml", f"md5:{md5}") == "wrong_checksum"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/pubmed26n0001.xml.gz", "xml.gz"), ("x.csv.gz", "csv.gz"), ("x.gz", "any.gz"),
        ("PMC1.1.json", "json"), ("x.NXML", "xml"), ("README", "any"), ("a.pdf", "any"),
    ],
)  # fmt: skip
def test_formats_by_name(name: str, expected: str) -> None:
    """What a name promises."""
    assert format_of(name) == expected


HEX = "246e75874963b153bfd517320f4e891e"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"MD5(a.gz)= {HEX}\n", f"md5:{HEX}"),
        (f"MD5 (a.gz) = {HEX.upper()}", f"md5:{HEX}"),
        (f"{HEX}  a.gz\n", f"md5:{HEX}"),
        (f"{HEX} *a.gz\n", f"md5:{HEX}"),
        (f"{HEX}  ./dir/a.gz\n", f"md5:{HEX}"),
        (f"{HEX}\n", f"md5:{HEX}"),
        (f"{'0' * 32}  b.gz\n{HEX}  a.gz\n", f"md5:{HEX}"),
        (f"SHA256(a.gz)= {HEX * 2}", f"sha256:{HEX * 2}"),
        (f"MD5(b.gz)= {HEX}\n", ""), (f"MD5(a.gz)= {HEX[:-1]}", ""), ("", ""), ("<html>", ""),
    ],
)  # fmt: skip
def test_sidecars(text: str, found: str) -> None:
    """Both spellings; of another file or cut it says nothing."""
    assert checksums.sidecar(text, "a.gz") == found


def test_real_sidecars(real_data: Path) -> None:
    """As NLM writes them."""
    found = list((real_data / "formats/pubmed-ftp").glob("*.md5"))
    assert found
    for file in found:
        assert checksums.sidecar(file.read_text(), file.stem).startswith("md5:")


def test_other_places_of_checksums() -> None:
    """In an address, and as an entity tag that is one."""
    assert checksums.of_address(f"s3://b/k?md5={HEX.upper()}") == f"md5:{HEX}"
    assert checksums.of_address("s3://b/k?md5=1") == checksums.of_address("s3://b/k") == ""
    assert checksums.of_etag(f'"{HEX}"') == checksums.of_etag(HEX) == f"md5:{HEX}"
    assert checksums.of_etag(f'"{HEX}-12"') == checksums.of_etag(f'W/"{HEX}"') == ""


def test_a_real_listing(real_data: Path) -> None:
    """Names, dates and rounded sizes of the folder as NLM lists it."""
    page = (real_data / "formats/pubmed-ftp/listing-baseline-2026.html").read_text()
    assert problem(page) == ""
    found = {line.name: (line.date, line.about) for line in files(page)}
    assert found["pubmed26n1334.xml.gz"] == ("2026-01-29 14:48", 15 << 20)
    assert found["pubmed26n0001.xml.gz.md5"] == ("2026-01-29 14:48", 60)
    assert problem(page[: page.index("n1334")]) == "a listing without its end"


@pytest.mark.parametrize(
    "path", ["/a", "../a", "a/../b", "a//b", ".a", "a/.b", "a\\b", "a\0", "a\n", "", "x" * 201]
)
def test_paths_that_are_not_written(path: str) -> None:
    """Nothing outside the folder, nothing hidden, nothing odd."""
    with pytest.raises(FetchError, match="no usable path"):
        check(Target("http://x/", path))
