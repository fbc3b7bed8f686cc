"""IRIS's OAI-PMH as DSpace 7 answers it, with invented records; tokens are stateless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site

BASE = "/server/oai/request"

DC = (
    '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>World '
    "Health Organization</dc:creator><dc:description>What to do about invented fever no. {number}."
    "</dc:description><dc:language>en</dc:language><dc:rights>CC BY-NC-SA 3.0 IGO</dc:rights>"
    "<dc:identifier>https://iris.who.int/handle/10665/{number}</dc:identifier>{pdf}</oai_dc:dc>"
    "</metadata>"
)


@dataclass(slots=True)
class Item:
    """A record: its number, day of change, set, and whether it was deleted."""

    number: int
    day: str
    name: str = "com_10665_8"
    deleted: bool = False
    title: str = ""


class WhoSite:
    """Answers the verbs; ``drop`` numbers are left out of pages though they count."""

    def __init__(self, site: Site, size: int = 3) -> None:
        self.site, self.size = site, size
        self.items: dict[int, Item] = {}
        self.drop: set[int] = set()
        self.expire: list[str] = []
        self.deleted = "persistent"
        self.sizes = True
        self.stamp = 0
        self.pdfs: dict[int, list[str]] = {}
        site.compute = self.answer

    def add(self, *items: Item) -> None:
        """Put records there, or change them."""
        for item in items:
            self.items[item.number] = item

    def fill(self) -> None:
        """Put records of three months there: seven, one (deleted), and two of the present month."""
        self.add(*(Item(n, f"2025-10-{n % 28 + 1:02d}") for n in range(100, 107)))
        self.add(Item(200, "2025-11-30", deleted=True))
        self.add(*(Item(n, "2026-01-01", "com_10665_9") for n in (300, 301)))

    def add_pdf(
        self, number: int, name: str, body: bytes, host: str = "", *, bundle: int = 1
    ) -> str:
        """Put a PDF there that a record names besides those that it has; returns its path."""
        path = f"/bitstream/10665/{number}/{bundle}/{name}"
        self.site.put(path, body, "application/pdf")
        self.pdfs.setdefault(number, []).append(f"{host or self.site.address}{path}")
        return path

    def answer(self, path: str) -> Served | None:
        """Answer a request."""
        parts = urlsplit(path)
        if parts.path != BASE:
            return None
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        verb = query["verb"]
        if verb == "Identify":
            return self._answer(
                "<Identify><repositoryName>IRIS</repositoryName><protocolVersion>2.0"
                "</protocolVersion><earliestDatestamp>2025-10-05T12:00:00Z</earliestDatestamp>"
                f"<deletedRecord>{self.deleted}</deletedRecord>"
                "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
            )
        if token := query.get("resumptionToken"):
            if token in self.expire:
                self.expire.remove(token)
                return self.error("badResumptionToken")
            prefix, start, end, name, offset = token.split("/")
        else:
            prefix, offset = query["metadataPrefix"], "0"
            start, end, name = query["from"], query["until"], query.get("set", "")
        if prefix != "oai_dc":
            return self.error("cannotDisseminateFormat")
        return self._list(verb, start, end, name, int(offset))

    def error(self, code: str) -> Served:
        """Return an answer that is an error."""
        return self._answer(f'<error code="{code}">no details</error>')

    def _list(self, verb: str, start: str, end: str, name: str, offset: int) -> Served:
        found = [i for i in self.items.values() if start <= i.day <= end and name in ("", i.name)]
        found.sort(key=lambda item: (item.day, item.number))
        if not found:
            return self.error("noRecordsMatch")
        page = [i for i in found[offset : offset + self.size] if i.number not in self.drop]
        header = verb == "ListIdentifiers"
        text = "".join(_record(item, self.pdfs.get(item.number, ()), header) for item in page)
        more = offset + self.size < len(found)
        token = f"oai_dc/{start}/{end}/{name}/{offset + self.size}" if more else ""
        if more or offset:
            size = f' completeListSize="{len(found)}" cursor="{offset}"' if self.sizes else ""
            text += f"<resumptionToken{size}>{token}</resumptionToken>"
        return self._answer(f"<{verb}>{text}</{verb}>")

    def _answer(self, text: str) -> Served:
        self.stamp += 1
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH '
            f'xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>{self.date()}'
            f"</responseDate><request>{BASE}</request>{text}</OAI-PMH>\n"
        )
        return Served(body.encode(), "application/xml", modified=0)

    def date(self) -> str:
        """Return the time of an answer; in a case it stands still."""
        return f"2026-01-01T00:{self.stamp // 60 % 60:02d}:{self.stamp % 60:02d}Z"


class StillWhoSite(WhoSite):
    """Its answers have one time, so that they can be compared."""

    def date(self) -> str:
        """Return a time."""
        return "2026-01-01T00:00:00Z"


def _record(item: Item, pdfs: Sequence[str], header: bool) -> str:
    state = ' status="deleted"' if item.deleted else ""
    head = (
        f"<header{state}><identifier>oai:iris.who.int:10665/{item.number}</identifier><datestamp>"
        f"{item.day}T08:00:00Z</datestamp><setSpec>{item.name}</setSpec></header>"
    )
    if header:
        return head
    title = item.title or f"Invented guideline {item.number}"
    named = "".join(f"<dc:identifier>{pdf}</dc:identifier>" for pdf in pdfs)
    data = "" if item.deleted else DC.format(number=item.number, title=title, pdf=named)
    return f"<record>{head}{data}</record>"


def first_page(start: str, end: str, name: str = "") -> str:
    """Return the path of the first page of a list."""
    query = {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": start, "until": end}
    return f"{BASE}?{urlencode(query | ({'set': name} if name else {}))}"


def next_page(start: str, end: str, offset: int, name: str = "") -> str:
    """Return the path of a further page of a list."""
    token = f"oai_dc/{start}/{end}/{name}/{offset}"
    return f"{BASE}?{urlencode({'verb': 'ListRecords', 'resumptionToken': token})}"


def case(site: Site) -> Case:
    """Return three months, of which the last is not over; a deleted record is no document."""
    layout = StillWhoSite(site)
    layout.fill()
    del layout.items[200]
    return Case(
        "who",
        BASE,
        9,
        file=next_page("2025-10-05", "2025-10-31", 3),
        listing=f"{BASE}?verb=Identify",
    )
