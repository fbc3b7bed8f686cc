"""Web pages: main text, tables, lists, raised text, metadata, and what is no page."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.items import SourceError
from sources.text.html import extract_html

GOLDEN = Path(__file__).parent.parent / "golden" / "html"

FILLER = (
    "<p>Adults with newly found hypertension are seen again within four weeks, and the pressure "
    "is measured on both arms with a cuff that fits the arm.</p>"
)


def page(body: str, head: str = "<title>Care of hypertension</title>", attributes: str = "") -> str:
    """A page of a body and a head."""
    return f"<!doctype html><html{attributes}><head>{head}</head><body>{body}</body></html>"


def test_golden_page() -> None:
    """A whole page gives exactly the Markdown that was checked by hand."""
    result = extract_html((GOLDEN / "fever.html").read_bytes())
    assert result.text + "\n" == (GOLDEN / "fever.md").read_text(encoding="utf-8")
    assert result.title == "Fever in children under five"
    assert result.lang == "en"
    assert result.date == "2021-03-09"
    assert result.url == "https://guidelines.example.org/fever?part=1"
    assert result.license == "https://creativecommons.org/licenses/by/4.0/"


def test_layout_table_is_no_table() -> None:
    """A page framed by a table gives its paragraphs, not one long cell."""
    paragraphs = "".join(f"<p>Paragraph {n}. {FILLER[3:-4]}</p>" for n in range(12))
    source = page(f"<table><tr><td width=20>&nbsp;</td><td>{paragraphs}</td></tr></table>")
    text = extract_html(source).text
    assert "| " not in text
    assert text.count("\n\n") >= 11


@pytest.mark.parametrize("spans", ["colspan=9999 rowspan=9999", "colspan=1000", "rowspan=65534"])
@pytest.mark.parametrize(("rows", "columns"), [(2, 150), (12, 25), (100, 3)])
def test_spans_that_multiply_a_table_are_not_followed(spans: str, rows: int, columns: int) -> None:
    """A small table that claims millions of places keeps each cell, apart from the others."""
    cells = [[f"c{row}.{column}." for column in range(columns)] for row in range(rows)]
    lines = "".join(
        f"<tr>{''.join(f'<th {spans}>{text}</th>' for text in line)}</tr>" for line in cells
    )
    end = "<tr><td>5 mg</td><td>daily</td></tr>"
    source = page(f"<article>{FILLER}<table>{lines}{end}</table>{FILLER}</article>")
    text = extract_html(source).text
    assert all(f"| {cell} |" in text for line in cells for cell in line)
    assert "| 5 mg | daily |" in text
    assert len(text) < 60 * len(source)


def test_title_stands_once() -> None:
    """The heading that is the title is not repeated in the text."""
    body = f"<article><h1>Care of hypertension</h1>{FILLER}{FILLER}</article>"
    result = extract_html(page(body, "<title>Care of hypertension | Example Trust</title>"))
    assert result.title == "Care of hypertension"
    assert "Care of hypertension" not in result.text


@pytest.mark.parametrize("depth", [100, 240, 300, 1000, 2500])
def test_deep_nesting_loses_nothing(depth: int) -> None:
    """Text below any number of wrappers is found, and what follows them too."""
    source = page(f"{'<div>' * depth}{FILLER}{'</div>' * depth}<p>After all. {FILLER[3:]}")
    result = extract_html(source)
    assert "both arms" in result.text
    assert "After all." in result.text


def test_too_deep_is_said() -> None:
    """Nesting that cannot be unwrapped is an error, never a part of the page."""
    with pytest.raises(SourceError) as error:
        extract_html(page("<ul><li>" * 3000 + "end"))
    assert error.value.rule == "too_deep"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"Only words, no tag at all.", "not_html"),
        (b"\x00\x01\x02\x03<html>", "not_html"),
        (page("<h1>404 Not Found</h1><p>nginx</p>", "<title>404 Not Found</title>"), "error_page"),
        (page("<p>The page you requested could not be found.</p>"), "error_page"),
        (page("<h1>500 - The request timed out.</h1><p>Try again.</p>"), "error_page"),
        (page("<p>Please verify you are a human.</p>"), "error_page"),
        (page("<h1>Oops!</h1><p>We could not find the page you asked for.</p>"), "error_page"),
        (page("<p>Sorry, the page you are looking for has been moved.</p>"), "error_page"),
        (page("<h1>Fehler</h1><p>Die Seite wurde nicht gefunden.</p>"), "error_page"),
        (page("<p>x</p>", "<title>Página no encontrada</title>"), "error_page"),
        (page("<p>x</p>", "<title>Page introuvable - Erreur 404</title>"), "error_page"),
        (page("<p>The site is down for maintenance.</p>"), "error_page"),
        (page("<p>x</p>", "<title>Error 500</title>"), "error_page"),
        (
            page("<p>x</p>", "<title>Example Trust | HTTP/1.1 503 Service Unavailable</title>"),
            "error_page",
        ),
        (
            page(
                "<h1>Sorry</h1><p>The document you requested is no longer available or was moved. "
                "The requested URL was not found on this server.</p>"
            ),
            "error_page",
        ),
        (page("<p>Access to this site is denied.</p>"), "error_page"),
        (page("<p>Your session has expired. Log in again.</p>"), "error_page"),
    ],
)
def test_no_page(data: bytes | str, rule: str) -> None:
    """What is no page, or an error message in place of one, is refused with its reason."""
    with pytest.raises(SourceError) as error:
        extract_html(data)
    assert error.value.rule == rule


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("500 mg amoxicillin for acute otitis media", "Give it three times a day."),
        ("500 – 1000 mg paracetamol", "Give it four times a day."),
        (
            "Vaccination",
            "Pain at the injection site was reported; long-term data are not available for "
            "children.",
        ),
        ("Bites", "The bite site must be irrigated; sutures were removed after 7 days."),
        ("Root canals", "If the file or guidewire was removed, take a picture."),
        ("Root canals", "The file was not found in the canal. The file was removed on day 2."),
        ("Prisons", "Access to vitamin K is denied to one in ten newborns."),
        ("Unavailable antidotes: what to do", "Ask the poison centre."),
        ("Errors", "Error 500 units were given for 50. Status: 450 ml lost."),
        ("Cultures", "Blood: not found. Page 12: data are not available."),
        ("Referral", "The request for a scan was rejected by the department."),
        ("Schmerzen", "Auf der linken Seite wurde kein Tumor gesehen und nicht gefunden."),
        ("Dose", "400 patients; the service is unavailable to 40 of them."),
    ],
)
def test_clinical_words_are_no_error_page(title: str, text: str) -> None:
    """A short page whose words are those of error messages, but not of a server, is kept."""
    assert text in extract_html(page(f"<p>{text}</p>", f"<title>{title}</title>")).text


def test_long_page_about_errors_is_a_page() -> None:
    """A page of normal length is kept whatever words it begins with."""
    advice = "".join(f"<p>Reason {n}. {FILLER[3:]}" for n in range(15))
    body = "<p>Access denied: why patients do not reach care.</p>" + advice
    assert len(extract_html(page(f"<article>{body}</article>")).text) > 1500


def test_page_without_text_is_no_error() -> None:
    """A page that holds nothing gives an empty text."""
    assert extract_html("<html><body><script>x()</script></body></html>").text == ""


def test_cut_page_is_a_page() -> None:
    """A page cut in the middle of a tag gives what stands before the cut."""
    source = page(f"<article>{FILLER * 3}</article>")
    cut = source[: source.rindex("</p>") - 20]
    assert "both arms" in extract_html(cut).text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252", "iso-8859-1"])
def test_decoding(encoding: str) -> None:
    """The usual encodings give the same letters."""
    head = f"<meta http-equiv=content-type content='text/html; charset={encoding}'>"
    body = page(f"<article><p>Fièvre à 39 °C : déjà mesurée.</p>{FILLER * 3}</article>", head)
    assert "Fièvre à 39 °C" in extract_html(body.encode(encoding)).text


SIGNS = "Dose ≥ 5 µg – 39 °C ± 0.5, in every child: café."


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", ""])
@pytest.mark.parametrize(
    ("bad", "read"),
    [(b"\xe9", "é"), (b"\x92", "\u2019"), (b"\xc2", "Â"), (b"\xa0", " "), (b"\x96\xe9", "–é")],
)
def test_a_bad_byte_costs_itself(declared: str, bad: bytes, read: str) -> None:
    """A few bytes of Windows in UTF-8 are read as such; every other sign stays, and it is noted."""
    meta = f"<meta charset='{declared}'>" if declared else ""
    source = page(f"<article><p>{SIGNS * 4} a%b</p>{FILLER * 3}</article>", meta)
    result = extract_html(source.encode().replace(b"a%b", b"a" + bad + b"b"))
    assert f"{SIGNS * 4} a{read}b" in result.text
    assert result.notes["bad_bytes"] == len(bad)


@pytest.mark.parametrize("meta", ["", "<meta charset='utf-8'>", "<meta charset='nonsense'>"])
def test_few_signs_without_a_charset_are_those_of_windows(meta: str) -> None:
    """A page that is no UTF-8 and whose accents stand alone is read as windows-1252."""
    body = page(f"<article><p>Dose 5 µg ± 1 – 39 °C</p>{FILLER * 3}</article>", meta)
    assert "Dose 5 µg ± 1 – 39 °C" in extract_html(body.encode("cp1252")).text


def test_other_scripts_are_read_by_charset() -> None:
    """A declared charset of another script holds; without one the bytes are not taken as Windows."""
    russian = "<p>Взрослым измеряют давление на обеих руках каждые четыре недели.</p>"
    for meta in ("<meta charset='windows-1251'>", "<meta charset='utf-8'>", ""):
        body = page(f"<article>{russian * 9}</article>", meta)
        assert "давление" in extract_html(body.encode("cp1251")).text


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "utf-7", "rot13", "hex"])
def test_names_that_are_no_charset(name: str) -> None:
    """A charset that only Python knows is none."""
    body = page(f"<article><p>{SIGNS}</p>{FILLER * 3}</article>", f"<meta charset='{name}'>")
    assert SIGNS in extract_html(body.encode()).text
    assert "café" in extract_html(body.replace("≥", "").encode("cp1252")).text


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (
            "<link rel='canonical' href='HTTPS://Example.org/a?b=1#top'>",
            "https://example.org/a?b=1",
        ),
        ("<link rel='canonical' href='https://example.org/'>", ""),
        ("<link rel='canonical' href='/relative'>", ""),
        ("<meta property='og:url' content='https://example.org/b'>", "https://example.org/b"),
    ],
)
def test_address(link: str, url: str) -> None:
    """A declared address is taken where it names a page of its own."""
    assert extract_html(page(FILLER, f"<title>T</title>{link}")).url == url


def test_error_never_quotes_the_page() -> None:
    """Messages hold no text of the page."""
    with pytest.raises(SourceError) as error:
        extract_html(page("<p>Access denied for Zebulon.</p>"))
    assert "Zebulon" not in str(error.value)
