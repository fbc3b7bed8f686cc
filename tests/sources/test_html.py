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
    ],
)
def test_no_page(data: bytes | str, rule: str) -> None:
    """What is no page, or an error message in place of one, is refused with its reason."""
    with pytest.raises(SourceError) as error:
        extract_html(data)
    assert error.value.rule == rule


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
