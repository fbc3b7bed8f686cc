"""Guidelines: formats told by content, ids by address, records of JSON lines."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest

from sources.base import Document, Failure, Item, Resource, SourceError
from sources.guidelines import Guidelines, sniff

SENTENCE = "Adults with newly found high blood pressure are seen again within four weeks. "
HTML = (
    "<!doctype html><html lang='en'><head><title>Pressure</title>{}</head><body><article>"
    f"<p>{SENTENCE}</p><p>{SENTENCE.replace('Adults', 'Children')}</p></article></body></html>"
)


def parse(data: bytes, path: str, **options: object) -> list[Item]:
    """Items of a file with these bytes and this path."""
    resource = Resource(path, path.rsplit("/", 1)[-1], len(data), "")
    return list(Guidelines(**options).parse(resource, io.BytesIO(data)))


def only(data: bytes, path: str, **options: object) -> Document:
    """The one document of a file."""
    (item,) = parse(data, path, **options)
    assert isinstance(item, Document)
    return item


def hashed(name: str) -> str:
    """Id that a name gives, by its definition."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("head", "name", "form"),
    [
        (b"%PDF-1.7", "a.html", "pdf"),
        (b"<!DOCTYPE html><p>", "a.pdf", "html"),
        (b"\xef\xbb\xbf \n<html>", "a.txt", "html"),
        (b"<div class=x>", "a.html", "html"),
        (b"<div class=x>", "a.md", "markdown"),
        (b'{"html": "', "a.html", "jsonl"),
        (b'{ "text": "', "a.txt", "jsonl"),
        (b"{curly} words", "a.txt", "text"),
        (b"plain words", "a.markdown", "markdown"),
        (b"plain words", "a.txt", "text"),
        (b"plain words", "a.pdf", "pdf"),
        (b"plain words", "a.htm", "html"),
        (b"\n\n", "a.ndjson", "jsonl"),
    ],
)
def test_format_by_content(head: bytes, name: str, form: str) -> None:
    """The first bytes decide, the name where they leave a choice."""
    assert sniff(head, name) == form


def test_id_of_the_address() -> None:
    """One canonical address gives one id, whatever the path and the fragment."""
    link = "<link rel='canonical' href='https://Example.org/a#x'>"
    first = only(HTML.format(link).encode(), "one/a.html")
    second = only(HTML.format(link.replace("#x", "")).encode(), "two/b.html")
    assert first.native_id == second.native_id == hashed("https://example.org/a")
    assert first.url == "https://example.org/a"


def test_id_of_the_path() -> None:
    """Without an address the path gives the id."""
    assert only(HTML.format("").encode(), "one/a.html").native_id == hashed("one/a.html")


def test_markdown_and_text_files() -> None:
    """Markdown gives its title, text stays as it is."""
    markdown = only(b"# Pressure\n\nText.", "a.md")
    text = only(b"Pressure\n\nText.", "a.txt")
    assert (markdown.title, markdown.text) == ("Pressure", "Text.")
    assert (text.title, text.text) == ("", "Pressure\n\nText.")


def test_records() -> None:
    """Each record of JSON lines is a document; what it states wins over its page."""
    records = [
        {
            "html": HTML.format(""),
            "url": "https://example.org/h",
            "lang": "nn",
            "license": "CC BY 4.0",
            "date": "2019-08",
            "topic": "heart",
            "id": "h1",
        },
        {"markdown": "# Own title\n\nText.", "title": "Given title"},
        {"text": "Text.", "id": "t1"},
        {"text": "", "id": "t2"},
    ]
    data = "\n".join(json.dumps(record) for record in records).encode()
    page, markdown, text, empty = parse(data, "a.jsonl")
    assert isinstance(page, Document)
    assert page.native_id == hashed("https://example.org/h")
    assert (page.title, page.lang, page.date) == ("Pressure", "nn", "2019-08")
    assert page.license == "CC-BY-4.0"
    assert page.metadata["topic"] == "heart"
    assert page.metadata["source_key"] == "h1"
    assert SENTENCE.strip() in page.text
    assert isinstance(markdown, Document)
    assert (markdown.title, markdown.text) == ("Given title", "Text.")
    assert markdown.native_id == hashed("a.jsonl#2")
    assert isinstance(text, Document)
    assert text.native_id == hashed("a.jsonl#t1")
    assert isinstance(empty, Document)
    assert empty.text == ""


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        ({"url": "https://example.org/x"}, "no_text_field"),
        ({"html": 5}, "bad_field"),
        ({"html": "no tag here"}, "not_html"),
        ({"html": "<p>404 page not found</p>"}, "error_page"),
        ({"text": "a\0b"}, "not_text"),
        ({"text": "T", "kind": "novel"}, "bad_field"),
    ],
)
def test_bad_record_costs_one_failure(record: dict[str, object], rule: str) -> None:
    """A bad record is one failure with its line; the next one is read."""
    good = json.dumps({"text": "Text."})
    bad, last = parse(f"{json.dumps(record)}\n{good}".encode(), "a.jsonl")
    assert isinstance(bad, Failure)
    assert bad.rule == rule
    assert "line 1" in bad.detail
    assert isinstance(last, Document)


def test_nested_fields_are_said() -> None:
    """A record whose text lies deeper says so; one without any does not."""
    [deep] = parse(
        b'{"url": "https://example.org/x", "sections": [{"html": "<p>x</p>"}]}', "a.jsonl"
    )
    [bare] = parse(b'{"url": "https://example.org/x"}', "a.jsonl")
    assert isinstance(deep, Failure)
    assert isinstance(bare, Failure)
    assert "inside other fields cannot be mapped" in deep.detail
    assert "inside" not in bare.detail


def test_empty_file_is_said() -> None:
    """An empty file is a failure of the file."""
    with pytest.raises(SourceError) as error:
        parse(b"", "a.html")
    assert error.value.rule == "empty"


@pytest.mark.real
def test_real_guidelines(real_data: Path) -> None:
    """All pages, records and PDF of the folder are read, with distinct ids and no false alarm."""
    source = Guidelines()
    folder = real_data / "html" / "guidelines"
    names = ["cdc-multilingual-html.jsonl.gz", "ngc-commentaries-syntheses-html.tar.xz", "pdf"]
    found: list[Item] = []
    for item in source.locate(names, folder).inputs:
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure)
            found += source.parse(resource, stream)
    documents = [item for item in found if isinstance(item, Document)]
    assert len(documents) == len(found) == 135 + 42 + 3
    assert len({document.native_id for document in documents}) == len(documents)
    assert all(len(document.text) > 300 for document in documents)
    assert sum(bool(document.title) for document in documents) >= len(documents) - 1
