"""`curation sources check`: one file, what would be made of it, and every rule that applies."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_guidelines import GuidelineSite, link, page, pdf
from tests.fetch.layout_pmc import PmcSite
from tests.fetch.server import Site, status


@pytest.fixture
def made(site: Site, fetcher, tmp_path: Path) -> tuple[GuidelineSite, Fetcher]:
    """A small site that is asked without waiting."""
    layout = GuidelineSite(site)
    layout.fill()
    fetch = fetcher("guidelines", "")
    fetch.keys |= {"site": layout.entry(tmp_path), "requests_per_s": 1000, "attempts": 1}
    return layout, fetch


def test_a_page_with_all_that_is_said_of_it(made, call) -> None:
    """Rules, terms, licence, text with its masks; nothing is kept, few requests are sent."""
    layout, fetch = made
    body = page("Fever").replace(b"<p>Give", b"<p>Write to anna.muster@clinic.example. Give")
    layout.site.put("/guidance/fever", body, "text/html")
    code, out, err = call(
        "sources", "check", "guidelines", "--recipe", fetch.recipe, "--json", "-q"
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["url"] == layout.at("/guidance/fever")
    assert ["include", "/guidance/[a-z0-9-]+(\\.html)?/?$"] in found["fetch_rules"]
    assert found["sites"] == {layout.site.address: {"robots": "HTTP 404", "tdmrep": "HTTP 404"}}
    assert found["terms"]["purposes"] == ["private", "non-commercial"]
    [document] = found["documents"]
    assert (document["outcome"], document["licence_group"]) == ("kept", "attribution")
    assert document["pii"] == {"EMAIL": 1}
    assert "anna" not in out
    assert document["text"].startswith("# Fever\n\nWrite to [EMAIL]")
    words = next(v for v in document["verdicts"] if v["rule"] == "words_min")
    assert words == {"rule": "words_min", "value": 56.0, "threshold": 50.0, "broken": False}
    assert len(layout.site.asked()) <= 4
    assert not (fetch.folder / "fetched").exists()


def test_a_page_that_is_named(made, call) -> None:
    """Text for people; a page that a rule drops says which, with the value and the limit."""
    layout, fetch = made
    layout.site.put(
        "/guidance/draft-x", page("Draft").replace(b"Give 5 mg of examplin", b""), "text/html"
    )
    name = layout.at("/guidance/draft-x?utm_source=a")
    code, out, _ = call("sources", "check", "guidelines", "--recipe", fetch.recipe, "--url", name)
    assert code == 0
    assert "asked for by exclude: /guidance/draft-" in out
    assert "dropped quality.words_min" in out
    assert re.search(r"words_min +4\d +50 +drops", out)
    assert max(map(len, out.splitlines())) <= 80


def test_a_page_that_would_be_left_out(made, call) -> None:
    """Says why, and is a result."""
    layout, fetch = made
    body = page("Fever", head='<meta name="robots" content="noindex">')
    layout.site.put("/guidance/fever", body, "text/html")
    code, out, _ = call("sources", "check", "guidelines", "--recipe", fetch.recipe)
    assert code == 0
    assert "a fetch leaves it out: noindex:" in out


def test_a_file_that_another_names(made, call) -> None:
    """Pages that only lead to documents are gone through."""
    layout, fetch = made
    fetch.keys |= {"documents": ["pdf"]}
    layout.site.put("/guidance/fever", page("Fever", links=link("/f.pdf")), "text/html")
    layout.site.put("/f.pdf", pdf("Give 5 mg of examplin to adults. " * 9), "application/pdf")
    code, out, _ = call("sources", "check", "guidelines", "--recipe", fetch.recipe, "--json")
    assert code == 0
    assert json.loads(out)["documents"][0]["metadata"]["format"] == "pdf"


def test_another_connector(site: Site, fetcher, call) -> None:
    """PubMed Central: metadata first, then the text that they name, with its facts."""
    layout = PmcSite(site)
    layout.add(137, license_code="CC BY-NC")
    layout.list("2026-01-18T01-00Z")
    fetch = fetcher("pmc", "/")
    fetch.keys |= {"attempts": 1}
    code, out, _ = call("sources", "check", "pmc", "--recipe", fetch.recipe, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["path"] == "articles/PMC0000/PMC137.1.xml"
    assert found["facts"]["license"] == "CC BY-NC"
    assert found["documents"][0]["licence_group"] == "non-commercial"


def test_files_of_a_recipe(tmp_path: Path, call) -> None:
    """A source that is not fetched: the first file of its paths; a page that is none is a note."""
    (tmp_path / "a.html").write_bytes(b"plain")
    (tmp_path / "r.toml").write_text('[[sources]]\nuse = "guidelines"\npaths = ["*.html"]\n')
    code, out, _ = call("sources", "check", "guidelines", "--recipe", tmp_path / "r.toml", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["counts"] == {"failed parse not_html": 1}
    assert "a.html: no HTML tag" in found["notes"][0]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("nhz",), 2, "'nhz' is no site and no connector; did you mean 'nhs'? (sites: aafp"),
        (
            ("hub",),
            2,
            'hub: dataset must say what to fetch: dataset = "owner/name"; what is missing',
        ),
        (("nhs",), 2, "operators must be able to reach you"),
        (
            ("nhs", "--contact", "me"),
            2,
            "--contact must be a mail address or a web address, not 'me'",
        ),
        (
            ("drugs", "--contact", "a@b.org"),
            2,
            "curation: drugs: the terms of the site 'drugs' forbid",
        ),
        (
            ("nhs", "--contact", "a@b.org", "--url", "x"),
            2,
            "--url: 'x' is no http or https address",
        ),
        (
            ("trials", "--contact", "a@b.org", "--url", "https://x/"),
            2,
            "--url: trials: only the first listed file can be looked at",
        ),
        (("pubmed", "--recipe", "local"), 5, "pubmed"),
        (("icrc", "--recipe", "local"), 2, "has no source 'icrc' (those are: pubmed, pmc"),
    ],
)
def test_what_cannot_be_looked_at(call, tmp_path: Path, monkeypatch, args, code, said) -> None:
    """One line, and nothing is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CURATION_CONTACT", raising=False)
    found, out, err = call("sources", "check", *args)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert said in err


def test_a_file_that_cannot_be_had_is_5(made, call) -> None:
    """One line."""
    layout, fetch = made
    layout.site.fail("/guidance/fever", status(503))
    code, out, err = call("sources", "check", "guidelines", "--recipe", fetch.recipe)
    assert (code, out, err.count("\n")) == (5, "", 1)
    assert "HTTP 503" in err


def test_the_list_says_what_can_be_fetched(call) -> None:
    """Connectors of each source, and the sites with what their operators permit."""
    code, out, _ = call("sources", "list", "--json")
    assert code == 0
    found = {source["name"]: source for source in json.loads(out)}
    assert "pubmed" in found["pubmed"]["fetched_by"]
    assert found["jsonl"]["fetched_by"] == []
    sites = {entry["name"]: entry["terms"] for entry in found["guidelines"]["sites"]}
    assert sites["icrc"]["purposes"] == ["private", "non-commercial"]
    assert sites["nice"]["training"] == "forbidden"
    out = " ".join(call("sources", "list")[1].split())
    assert "site nhs: NHS (England)" in out
    assert "fetched by pubmed: PubMed: yearly baseline" in out


def test_a_contact_beside_the_recipe(made, call) -> None:
    """A shipped recipe names nobody: `--contact` does, and stands in the User-Agent."""
    layout, fetch = made
    path = fetch.recipe
    path.write_text(path.read_text().replace('contact = "me@example.org"', ""))
    assert call("fetch", path, "-q")[0] == 2
    assert call("fetch", path, "-q", "--contact", "you@example.org")[0] == 0
    assert "(+you@example.org)" in layout.site.log[0].headers["user-agent"]
