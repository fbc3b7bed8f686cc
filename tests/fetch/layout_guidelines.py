"""A site of guidelines: lists in every form, documents, PDFs behind pages, and what sites do wrong."""

from __future__ import annotations

import gzip
import textwrap
from pathlib import Path

from tests.fetch.cases import Case
from tests.fetch.server import Site
from tests.sources.make_pdf import lines, make

WORDS = (
    "Give {dose} mg of examplin twice a day to adults with invented fever. Children below {dose} kg "
    "get half of it. Stop where the imaginary kidney fails, and ask the clinic of the next town. "
    "The trial behind this advice had {dose} patients in each of two groups, who were seen weekly."
)

ENTRY = """title = "An invented ministry"
sitemaps = ["{site}/sitemap.xml"]
start = ["{site}/guidance/"]
through = ['/guidance/page/']
include = ['/guidance/[a-z0-9-]+(\\.html)?/?$']
exclude = ['/guidance/draft-']
depth = 2
requests_per_s = 2

[terms]
licence = "{licence}"
training = "{training}"
redistribution = "permitted"
purposes = {purposes}
evidence = "the invented ministry, terms of its site"
checked = "2026-11"
confirmed = false
"""


def page(
    title: str, dose: int = 5, *, head: str = "", links: str = "", end: str = "</html>"
) -> bytes:
    """Return a page of guidance with an invented text of its own."""
    text = WORDS.format(dose=dose)
    return (
        f'<!doctype html>\n<html lang="en"><head><title>{title}</title>{head}</head><body>'
        f"<nav><a href='/'>Home</a></nav><main><h1>{title}</h1><p>{text}</p>{links}</main></body>{end}\n"
    ).encode()


def link(address: str, **attributes: str) -> str:
    """Return a link."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<a href="{address}"{more}>more</a>'


def pdf(text: str = "Give 5 mg of examplin twice a day to adults with invented fever.") -> bytes:
    """Return a PDF of one page."""
    return make([lines(*textwrap.wrap(text, 80))])


def urlset(*entries: tuple[str, str]) -> bytes:
    """Return a sitemap of addresses and their dates."""
    lines = [
        f"<url><loc>{address}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>"
        for address, date in entries
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(lines)
        + "</urlset>\n"
    ).encode()


class GuidelineSite:
    """A sitemap index of two sitemaps, one packed, and a list of links with a second page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def at(self, path: str) -> str:
        """Return the address of a path."""
        return self.site.address + path

    def fill(self) -> None:
        """Put the lists and six documents there."""
        at = self.at
        self.site.put(
            "/sitemap.xml",
            (
                '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                f"<sitemap><loc>{at('/map-1.xml')}</loc></sitemap>"
                f"<sitemap><loc>{at('/map-2.xml.gz')}</loc></sitemap></sitemapindex>"
            ).encode(),
            "application/xml",
        )
        self.list(
            (at("/guidance/fever"), "2026-01-02"),
            (at("/guidance/fever/?utm_source=mail"), "2026-01-02"),
            (at("/guidance/cough;jsessionid=8F3A"), "2026-01-03"),
            (at("/guidance/draft-rash"), "2026-01-03"),
            (at("/about"), "2026-01-03"),
        )
        packed = gzip.compress(urlset((at("/guidance/burns"), "2026-01-04")), mtime=0)
        self.site.put("/map-2.xml.gz", packed, "application/x-gzip")
        self.site.put(
            "/guidance/",
            page("All guidance", links=link("wounds") + link("/guidance/page/2") + link("fever")),
            "text/html",
        )
        self.site.put(
            "/guidance/page/2",
            page("All guidance, 2", links=link("/guidance/shock") + link("/guidance/")),
            "text/html",
        )
        for number, name in enumerate(("fever", "cough", "burns", "wounds", "shock")):
            self.site.put(f"/guidance/{name}", page(name.title(), 5 + number), "text/html")

    def list(self, *entries: tuple[str, str]) -> None:
        """Write the first sitemap."""
        self.site.put("/map-1.xml", urlset(*entries), "application/xml")

    def entry(
        self,
        folder: Path,
        *,
        licence: str = "CC-BY-4.0",
        training: str = "permitted",
        purposes: str = '["private", "non-commercial"]',
    ) -> str:
        """Write the policy entry of the site; returns its name for a recipe."""
        text = ENTRY.format(
            site=self.site.address, licence=licence, training=training, purposes=purposes
        )
        (folder / "ministry.toml").write_text(text)
        return "ministry.toml"


def case(site: Site) -> Case:
    """Return a site with every kind of list, and a PDF behind a page, in place of NHS's."""
    made = GuidelineSite(site)
    made.fill()
    site.put("/files/fever.pdf", pdf(), "application/pdf")
    site.put("/guidance/shock", page("Shock", 9, links=link("/files/fever.pdf")), "text/html")
    return Case(
        "guidelines",
        "",
        documents=6,
        file="/guidance/fever",
        listing="/sitemap.xml",
        keys={
            "site": "nhs",
            "sitemaps": [made.at("/sitemap.xml")],
            "start": [made.at("/guidance/")],
            "through": ["/guidance/page/"],
            "include": [r"/guidance/[a-z0-9-]+/?$"],
            "exclude": ["/guidance/draft-"],
            "depth": 2,
        },
    )
