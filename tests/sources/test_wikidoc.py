"""MediaWiki: both versions of the format, what is no article, and what stands around a text."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from sources.base import Document, Failure, Item, Resource, SourceError, Tombstone
from sources.wikidoc import WikiDoc

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "wikidoc"


def items(data: bytes, **options: object) -> list[Item]:
    """Parse bytes as one file."""
    return list(WikiDoc(**options).parse(Resource("x", "x", len(data), "x"), io.BytesIO(data)))


def page(html: str, **fields: object) -> Document:
    """One page as ``action=parse`` gives it."""
    parse = {"title": "A title", "pageid": 1, "revid": 2, "text": html, **fields}
    (found,) = items(json.dumps({"parse": parse}).encode())
    assert isinstance(found, Document)
    return found


def test_both_format_versions_say_the_same() -> None:
    """A text under ``*`` is the text."""
    assert page("<p>A</p>") == page("x", text={"*": "<p>A</p>"})


def test_tables_lists_and_formulae_stay() -> None:
    """Nothing of the text is chosen away, however short or much linked it is."""
    found = page(
        "<ul><li><a href='#'>Rash</a></li></ul><table><tr><th>n</th><th>m</th></tr><tr><td>1</td><td>2|3</td></tr></table>"
        '<p>a <span class="mwe-math-element"><math><semantics><mi>x</mi>'
        '<annotation encoding="application/x-tex">{\\displaystyle x^{2}}</annotation></semantics>'
        "</math></span></p>OK"
    )
    assert found.text == "- Rash\n\n| n | m |\n| --- | --- |\n| 1 | 2\\|3 |\n\na $x^{2}$\n\nOK"


def test_what_stands_around_the_text_is_left_out_and_counted() -> None:
    """Editors with their addresses, edit links, contents, references; the list has no words."""
    (found,) = items((SAMPLES / "parse.json").read_bytes())
    assert isinstance(found, Document)
    assert not any(word in repr(found) for word in ("Editor", "wiki.example", "Fabel", "[edit"))
    assert "## References" not in found.text
    entries = found.metadata["left_out"]
    assert isinstance(entries, list)
    assert [e["why"] for e in entries] == ["person", "navigation", "citation", "references"]
    assert page("<p>Associate Editor(s)-in-Chief: B. Other</p>").text == ""
    assert page("<p>Editors decide.</p>").text == "Editors decide."


def test_a_deleted_page_is_a_tombstone_and_an_unknown_title_a_failure() -> None:
    """Only a number names what was there."""
    found = items((SAMPLES / "query.json").read_bytes())
    assert isinstance(found[0], Failure)
    assert found[0].rule == "missing_page"
    assert found[-1] == Tombstone("4206", revision="9" * 12)


def test_the_address_follows_the_site() -> None:
    """A recipe can name another wiki."""
    data = json.dumps({"parse": {"title": "A b", "pageid": 1, "text": "<p>A</p>"}}).encode()
    (found,) = items(data, site="https://wiki.example/")
    assert isinstance(found, Document)
    assert found.url == "https://wiki.example/A_b"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b'{"error": {"code": "maxlag", "info": "Waiting"}}', "error_answer"),
        (b'{"studies": []}', "not_mediawiki"),
        (b"[{}]", "not_mediawiki"),
        (b'{"query": {"pages": [', "truncated"),
        (b"<!DOCTYPE html><html>", "bad_json"),
    ],
)
def test_what_is_no_answer_says_so(data: bytes, rule: str) -> None:
    """Errors of the wiki, cut answers and pages end in one line with a rule."""
    with pytest.raises(SourceError) as error:
        items(data)
    assert error.value.rule == rule


def test_an_answer_without_pages_is_empty() -> None:
    """A query that finds nothing is no failure."""
    assert items(b'{"batchcomplete": true}') == []


def test_the_made_up_answer_is_read(real_data: Path) -> None:
    """The format-true answer gives its page and says what is missing."""
    path = real_data / "formats" / "mediawiki" / "query-EXAMPLE-MADE.json"
    missing, found = items(path.read_bytes())
    assert isinstance(missing, Failure)
    assert isinstance(found, Document)
    assert (found.native_id, found.text) == ("42", "Prevalence is 3 %.")
