"""E-utilities as recorded answers have them, with invented records; GET and POST alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tests.fetch.cases import Case
from tests.fetch.layout_pmc import ARTICLE
from tests.fetch.layout_pubmed import RECORD
from tests.fetch.server import Served, Site

BASE = "/entrez/eutils/"
SEARCH, FETCH = f"{BASE}esearch.fcgi", f"{BASE}efetch.fcgi"
HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n'
DOCTYPE = (
    '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
)
SETS = {
    "pubmed": (
        '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
        '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n',
        "PubmedArticleSet",
    ),
    "pmc": (
        '<!DOCTYPE pmc-articleset PUBLIC "-//NLM//DTD ARTICLE SET 2.0//EN" '
        '"https://dtd.nlm.nih.gov/ncbi/pmc/articleset/nlm-articleset-2.0.dtd">\n',
        "pmc-articleset",
    ),
}
_SLICE = re.compile(r"(\d{4}/\d\d/\d\d):(\d{4}/\d\d/\d\d)\[(\w+)\]")


@dataclass(slots=True)
class Citation:
    """A record: its dates by field, its language, and a text that a revision changes."""

    dates: dict[str, str]
    english: bool = True
    dose: int = 5


class EntrezSite:
    """Answers searches and fetches; ``hidden`` ids are found and not there."""

    def __init__(self, site: Site, wall: int = 9_999) -> None:
        self.site, self.wall = site, wall
        self.records: dict[int, Citation] = {}
        self.hidden: set[int] = set()
        self.unknown = ""
        self.asked: list[dict[str, str]] = []
        site.compute = self.answer

    def add(
        self, *ids: int, edat: str = "2020/01/01", pdat: str = "2019/12/01", **more: int
    ) -> None:
        """Put records there, or change them."""
        dates = {"edat": edat, "pmcrdat": edat, "pdat": pdat}
        for number in ids:
            self.records[number] = Citation(dates, **more)

    def answer(self, path: str) -> Served | None:
        """Answer a request; the parameters of a posted one are a query here."""
        parts = urlsplit(path)
        given = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path in (SEARCH, FETCH):
            self.asked.append(given)
        if parts.path == SEARCH:
            return _xml(DOCTYPE + self._search(given["term"], int(given["retmax"])))
        if parts.path == FETCH:
            return _xml(self._fetch(given["db"], [int(one) for one in given["id"].split(",")]))
        return None

    def _search(self, term: str, retmax: int) -> str:
        slices = _SLICE.findall(term)
        found = [
            number
            for number, record in sorted(self.records.items(), reverse=True)
            if all(start <= record.dates[name] <= end for start, end, name in slices)
            and ("AND english[la]" not in term or record.english)
            and ("NOT english[la]" not in term or not record.english)
        ]
        listed = found[: min(retmax, self.wall)]
        ids = "".join(f"<Id>{number}</Id>\n" for number in listed)
        lacking = (
            f"<ErrorList><PhraseNotFound>{self.unknown}</PhraseNotFound></ErrorList>"
            if self.unknown
            else ""
        )
        return (
            f"<eSearchResult><Count>{len(found)}</Count><RetMax>{len(listed)}</RetMax><RetStart>0"
            f"</RetStart><IdList>\n{ids}</IdList><TranslationSet/><QueryTranslation>-"
            f"</QueryTranslation>{lacking}</eSearchResult>\n"
        )

    def _fetch(self, database: str, ids: list[int]) -> str:
        doctype, root = SETS[database]
        there = [one for one in ids if one in self.records and one not in self.hidden]
        text = "\n".join(self._record(database, number) for number in there)
        return f"{doctype}<{root}>{text}</{root}>\n"

    def _record(self, database: str, number: int) -> str:
        dose = self.records[number].dose
        if database == "pubmed":
            return RECORD.format(pmid=number, text=f"We gave {dose} mg of examplin.")
        article = ARTICLE.format(article=number, version=1, licence="", dose=dose)
        return article.partition("?>\n")[2].rstrip()


def _xml(text: str) -> Served:
    return Served((HEAD + text).encode(), "text/xml; charset=UTF-8", modified=0)


def case(site: Site) -> Case:
    """Return nine records in batches of four at most."""
    layout = EntrezSite(site)
    layout.add(*range(32_000_001, 32_000_010))
    batch = ",".join(str(number) for number in range(32_000_004, 32_000_008))
    return Case(
        "pubmed",
        BASE,
        9,
        file=f"{FETCH}?db=pubmed&id={batch.replace(',', '%2C')}&retmode=xml"
        f"&tool=medical-corpus-curation&email=me%40example.org",
        listing=SEARCH,
        remote="entrez",
        keys={"query": "examplin", "batch": 4},
    )
