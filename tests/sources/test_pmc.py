"""The PMC source: envelopes, entities, damage."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources import pmc
from sources.items import Document, Failure, Item, Resource, SourceError
from sources.pmc import Pmc

BODY = "<article><front><article-meta>{}</article-meta></front><body><p>{}</p></body></article>"
DOCTYPE = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "http://example.org/j.dtd">'


def parse(data: bytes | str, name: str = "a.xml") -> Iterator[Item]:
    """Items of a resource with these bytes."""
    raw = data.encode() if isinstance(data, str) else data
    return Pmc().parse(Resource(name, name, len(raw), name), io.BytesIO(raw))


def texts(data: bytes | str) -> list[str]:
    """Texts of all documents."""
    return [item.text for item in parse(data) if isinstance(item, Document)]


def damage(data: bytes | str) -> tuple[list[str], SourceError]:
    """Texts before the damage, and the error."""
    kept = []
    try:
        for item in parse(data):
            assert isinstance(item, Document)
            kept.append(item.text)
    except SourceError as error:
        return kept, error
    pytest.fail("no damage was reported")


def one(text: str, meta: str = "") -> str:
    """An article with this paragraph."""
    return BODY.format(meta, text)


def test_envelopes() -> None:
    """Articles are found in a set, in an OAI answer with its namespace, and on their own."""
    many = f"<pmc-articleset>{one('a')}{one('b')}</pmc-articleset>"
    assert texts(many) == ["a", "b"]
    inner = one("c<sup>2</sup>").replace(
        "<article>", '<article xmlns="https://jats.nlm.nih.gov/ns/x/">'
    )
    oai = (
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><record>{inner}</record></OAI-PMH>'
    )
    assert texts(oai) == ["c^2"]
    assert texts(one("d")) == ["d"]


def book(chapters: str) -> str:
    """A book in BITS with one part that holds chapters."""
    title = "<book-part-meta><title-group><title>{}</title></title-group></book-part-meta>".format
    parts = "".join(
        f"<book-part>{title(name)}<body><p>On {name}.</p></body></book-part>" for name in chapters
    )
    return (
        "<book><book-meta><book-title-group><book-title>Fevers</book-title></book-title-group>"
        "<pub-date><year>2016</year></pub-date></book-meta><book-body>"
        f"<book-part>{title('Part')}<body>{parts}</body></book-part></book-body></book>"
    )


@pytest.mark.parametrize("small", [2000, 100])
def test_parts_of_a_book(monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    """Chapters are documents of their own, in one go as piece by piece; a mere frame is none."""
    monkeypatch.setattr(pmc, "_SMALL", small)
    monkeypatch.setattr(pmc, "_CHUNK", small)
    found = [item for item in parse(book("abc")) if isinstance(item, Document)]
    assert [(d.title, d.text, d.kind) for d in found] == [
        (name, f"On {name}.", "book") for name in "abc"
    ]
    assert {(d.metadata["book"], d.date) for d in found} == {("Fevers", "2016")}


def test_many_nested_parts_take_linear_time() -> None:
    """A statement with tens of thousands of sections in it is read, not compared pair by pair."""
    parts = "<sec><p>x</p></sec>" * 20_000
    data = f"<article><body><sec sec-type='funding'>{parts}</sec></body></article>"
    (found,) = parse(data)
    assert isinstance(found, Document)
    assert found.metadata["left_out"][0]["chars"] == 20_000  # type: ignore[index]


def test_ids_and_version() -> None:
    """A PMCID gets its prefix, a stated version counts, pmid loses zeros."""
    meta = "<article-id pub-id-type='pmcid-ver'>PMC12.3</article-id><article-id pub-id-type='pmid'>007</article-id>"
    (found,) = parse(one("x", meta))
    assert isinstance(found, Document)
    assert (found.native_id, found.version, found.pmid) == ("PMC12", 3, "7")


@pytest.mark.parametrize(
    "prolog", [DOCTYPE, "<?xml version='1.0'?><!-- > -->" + DOCTYPE, "", "\ufeff" + DOCTYPE]
)
def test_entities_of_an_external_dtd(prolog: str) -> None:
    """Standard names come out right without a DTD, also in attributes, never inside CDATA."""
    text = "&szlig;&plus;&equals;&nbsp;&agr;&b.alpha;&lt;&LT;<![CDATA[&nbsp;]]><!-- &nbsp; -->"
    assert texts(prolog + one(text)) == ["ß+= αα<<&nbsp;"]


def test_own_declarations_win() -> None:
    """A name that the document declares keeps the document's meaning."""
    doctype = '<!DOCTYPE article SYSTEM "x.dtd" [<!ENTITY nbsp "own">]>'
    assert texts(doctype + one("&nbsp;&szlig;")) == ["ownß"]


@pytest.mark.parametrize(
    "data",
    [
        DOCTYPE + one("&nosuchname;"),
        '<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + one("a&x;b"),
        '<!DOCTYPE article [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]>' + one("a&y;b"),
        '<!DOCTYPE article [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + one("&a;"),
        "<!DOCTYPE article [<!ENTITY e0 'aaaaaaaaaa'>"
        + "".join(f"<!ENTITY e{i} '{f'&e{i - 1};' * 10}'>" for i in range(1, 12))
        + "]>"
        + one("&e11;"),
        f"<!DOCTYPE article [<!ENTITY a '{'a' * 50_000}'>]>" + one("&a;" * 50_000),
    ],
    ids=["unknown", "file", "parameter", "loop", "bomb", "quadratic"],
)  # fmt: skip
def test_hostile_entities_never_resolve(data: str) -> None:
    """Bombs, outside entities and unknown names end the resource with nothing read."""
    kept, error = damage(data)
    assert (kept, error.rule) == ([], "entity")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"  \n", "not_xml"),
        (b"plain words", "not_xml"),
        (b"<!DOCTYPE html><html><body><p>x<br></body></html>", "not_xml"),
        (b"<html><body/></html>", "not_jats"),
        (b"<article><p>\xff\xfe</p></article>", "not_xml"),
        (b"<article><p>a\x00b</p></article>", "not_xml"),
        (b"<article>a < b</article>", "not_xml"),
        (b'<?xml version="1.0" encoding="foo"?><article/>', "not_xml"),
        (b"<article>" + b"<p>" * 300 + b"</p>" * 300 + b"</article>", "too_deep"),
        (b"<article><body><p>" + b"a" * 11_000_000 + b"</p></body></article>", "too_large"),
    ],
)
def test_damage_has_its_reason(data: bytes, rule: str) -> None:
    """Each kind of damage has its rule and yields nothing."""
    kept, error = damage(data)
    assert (kept, error.rule) == ([], rule)


def test_no_text_in_messages() -> None:
    """An error names file and line, and never quotes the document."""
    _, error = damage("<article>\n<p>private words</q></article>")
    assert "a.xml, line 2" in str(error)
    assert "private" not in str(error)


WHOLE = f"<set>{one('one')}{one('two')}</set>"


@pytest.mark.parametrize("end", range(1, len(WHOLE)))
def test_every_cut_is_seen(end: int) -> None:
    """Wherever a file is cut, whole articles before the cut are kept and the cut is reported."""
    kept, error = damage(WHOLE[:end])
    assert error.rule == "truncated" or end < 3
    assert kept == ["one", "two"][: WHOLE[:end].count("</article>")]


def test_malformed_second_article() -> None:
    """An article before the damage is kept."""
    kept, error = damage(f"<set>{one('one')}<article><p></q></article></set>")
    assert (kept, error.rule) == (["one"], "not_xml")


def test_article_without_body() -> None:
    """An abstract alone is a text; nothing at all is an empty text, not a failure."""
    meta = "<abstract><p>Short.</p></abstract>"
    assert texts(f"<article><front><article-meta>{meta}</article-meta></front></article>") == [
        "## Abstract\n\nShort."
    ]
    assert texts("<article/>") == [""]


def test_encodings() -> None:
    """UTF-16 and Latin-1 are read as they declare themselves."""
    assert texts(one("é").encode("utf-16")) == ["é"]
    latin = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + one("é &nbsp;x").encode("latin-1")
    assert texts(latin) == ["é x"]


def test_streaming_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in small pieces, a long envelope gives the same documents as in one go."""
    data = f"{DOCTYPE}<set>{''.join(one(f'n{i} &szlig;&amp; x') for i in range(400))}</set>"
    whole = list(parse(data))
    monkeypatch.setattr(pmc, "_CHUNK", 1000)
    monkeypatch.setattr(pmc, "_SMALL", 2000)
    assert list(parse(data)) == whole
    assert len(whole) == 400


def test_article_above_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """An article that does not end within the cap is refused, those before it are kept."""
    monkeypatch.setattr(pmc, "MAX_BYTES", 5000)
    monkeypatch.setattr(pmc, "_CHUNK", 1000)
    monkeypatch.setattr(pmc, "_SMALL", 1000)
    kept, error = damage(f"<set>{one('one')}{' ' * 1000}{one('<i>x</i>' * 2000)}</set>")
    assert (kept, error.rule) == (["one"], "too_large")


@pytest.mark.parametrize("tag", ["sec", "list", "sup", "disp-quote", "boxed-text", "def-list"])
def test_depth_up_to_the_parsers_limit(tag: str) -> None:
    """Nesting that the parser allows is either read or reported, never a crash."""
    inner = {"list": "list-item", "def-list": "def-item"}.get(tag)
    pair = f"<{tag}>" + (f"<{inner}>" if inner else "")
    back = (f"</{inner}>" if inner else "") + f"</{tag}>"
    times = 240 // (2 if inner else 1)
    found = list(parse(f"<article><body>{pair * times}<p>deep</p>{back * times}</body></article>"))
    assert all(
        (isinstance(item, Failure) and item.rule == "too_deep") or isinstance(item, Document)
        for item in found
    )
    assert len(found) == 1


@pytest.mark.real
def test_real_envelopes(real_data: Path) -> None:
    """Files of the Cloud Service, of efetch and of OAI-PMH give articles with ids."""
    for name in ("pmc-cloud/PMC3040717.1.xml", "entrez/efetch_pmc.xml"):
        path = real_data / "formats" / name
        with path.open("rb") as stream:
            found = list(Pmc().parse(Resource(name, path.name, 0, str(path)), stream))
        assert found
        first = found[0]
        assert isinstance(first, Document)
        assert first.text
        assert first.title
        assert first.doi
