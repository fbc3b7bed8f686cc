"""Training data of a medical-or-not model from the real files, without what judges the model.

    CURATION_TEST_DATA=… python -m tests.benchmarks.classifier_data FOLDER

Writes ``FOLDER/medical/*.jsonl.gz`` and ``FOLDER/other/*.jsonl.gz`` with ``id``, ``text``, ``source``
(the collection) and ``group`` (journal, site, mail, text: what must not stand on both sides of the
split). The labelled documents of ``general/`` judge the model, so nothing of them is here: no page
of a site that one of them is from, and no document that shares more than a tenth of the 5-word
shingles of the shorter one with any of them.
"""

from __future__ import annotations

import email
import email.policy
import gzip
import itertools
import json
import os
import re
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from lxml import etree, html

from filters.classifier import folded
from sources import registry
from sources.base import Document

ABSTRACTS = 6_000
"""PubMed records taken of each NLM file, the first ones."""

UDHR_PARAGRAPHS = 12
"""Paragraphs joined to one document: the declaration is cut in single sentences."""

SHARED = 0.10
"""Share of 5-word shingles from which on a document is not independent of a labelled one."""

Record = tuple[str, str, str]
"""Group, id and text."""


def labelled(data: Path) -> list[dict[str, object]]:
    """Return the documents that judge the model."""
    with gzip.open(data / "general/labelled-good-bad.jsonl.gz") as stream:
        return [json.loads(line) for line in stream]


def jsonl(path: Path) -> Iterator[dict[str, str]]:
    """Yield the records of a file."""
    with gzip.open(path) as stream:
        yield from map(json.loads, stream)


def parsed(use: str, root: Path, *paths: str) -> Iterator[Document]:
    """Yield the documents that a source of the toolkit reads."""
    source = registry.get(use)()
    for item in source.locate(paths, root).inputs:
        for resource, stream in source.resources(item):
            for found in source.parse(resource, stream):
                if isinstance(found, Document) and found.text.strip():
                    yield found


def abstracts(data: Path, name: str) -> Iterator[Record]:
    """Yield abstracts of one NLM file, by journal."""
    for document in itertools.islice(parsed("pubmed", data / "pubmed", name), ABSTRACTS):
        yield document.journal, document.native_id, f"{document.title}\n\n{document.text}"


def articles(data: Path) -> Iterator[Record]:
    """Yield full articles, by journal."""
    for number, document in enumerate(parsed("pmc", data / "jats", "*.tar.gz")):
        yield document.journal, str(number), f"{document.title}\n\n{document.text}"


def guidelines(data: Path) -> Iterator[Record]:
    """Yield pages of CDC, NHS and the clearinghouse, and the NCI's, each a group of its own."""
    home = data / "html/guidelines"
    names = (
        "cdc-pcd-2024-html.tar.xz",
        "ngc-commentaries-syntheses-html.tar.xz",
        "cdc-mmwr-supplements-md.jsonl.gz",
        "cdc-multilingual-html.jsonl.gz",
    )
    for name in names:
        for number, document in enumerate(parsed("guidelines", home, name)):
            yield f"{name} {number}", f"{name} {number}", document.text
    for record in jsonl(home / "nci-pdq.jsonl.gz"):
        if record["class"] == "administrative":
            continue
        sections = record["sections"]
        bodies = [html.fromstring(s["html"]).text_content() for s in sections if s["html"].strip()]  # type: ignore[index]
        yield record["id"], record["id"], "\n\n".join(bodies)


def questions(data: Path) -> Iterator[Record]:
    """Yield MedQuAD's answers, by the page that they come from."""
    with tarfile.open(data / "text/medquad-xml.tar.xz") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is None or not member.name.endswith(".xml"):
                continue
            answers = [a.text or "" for a in etree.fromstring(stream.read()).iter("Answer")]
            for number, answer in enumerate(answers):
                if len(answer) > 100:
                    yield member.name, f"{member.name} {number}", answer


def clinical(data: Path) -> Iterator[Record]:
    """Yield case reports and leaflets in five languages and exam questions in two more."""
    for record in jsonl(data / "text/e3c-clinical.jsonl.gz"):
        yield f"e3c {record['source'] or record['id']}", record["id"], record["text"]
    for name in ("igakuqa-ja", "teste-progresso-pt"):
        for record in jsonl(data / f"text/{name}.jsonl.gz"):
            yield f"{name} {record['id']}", record["id"], record["text"]


def pages(data: Path, sites: frozenset[str]) -> Iterator[Record]:
    """Yield web pages, main text and whole, of sites that no labelled document is from."""
    with gzip.open(data / "html/extraction/ground-truth.jsonl.gz") as stream:
        records = [json.loads(line) for line in stream]
    known = {r["file"]: r for r in records if not r["health"] and site(r["url"]) not in sites}
    with tarfile.open(data / "html/extraction/pages.tar.xz") as archive:
        for member in archive:
            record = known.get(member.name)
            stream = archive.extractfile(member)
            if record is None or stream is None:
                continue
            group = site(record["url"]) or record["id"]
            if record["text"]:
                yield group, record["id"], record["text"]
            yield group, f"{record['id']} whole", whole_page(stream.read())


def whole_page(data: bytes) -> str:
    """Return all text of a page, its menus too."""
    tree = html.fromstring(
        data if data.strip() else b"<p/>", parser=html.HTMLParser(encoding="utf-8")
    )
    for element in tree.xpath("//script|//style|//noscript"):
        element.drop_tree()
    lines = (line.strip() for line in tree.text_content().splitlines())
    return "\n".join(line for line in lines if line)


def site(url: object) -> str:
    """Return the host of an address, without its first label where that is www."""
    return (urlsplit(str(url or "")).hostname or "").removeprefix("www.")


def mails(data: Path) -> Iterator[Record]:
    """Yield e-mails, spam and not, each a group of its own."""
    with tarfile.open(data / "general/spamassassin-sample.tar.xz") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is None:
                continue
            message = email.message_from_bytes(stream.read(), policy=email.policy.default)
            body = message.get_body(("plain", "html"))
            if body is None:
                continue
            raw = body.get_payload(decode=True) or b""
            assert isinstance(raw, bytes)
            text = raw.decode("utf-8", "replace")
            if body.get_content_type() == "text/html":
                text = whole_page(raw)
            yield member.name, member.name, text


def messages(data: Path) -> Iterator[Record]:
    """Yield SMS, a hundred to a group."""
    with gzip.open(data / "general/sms-spam-collection.tsv.gz", "rt") as stream:
        for number, line in enumerate(stream):
            yield f"sms {number // 100}", f"sms {number}", line.partition("\t")[2].strip()


def crawl(data: Path) -> Iterator[Record]:
    """Yield the pages of the 2008 crawl of one site: one group."""
    with gzip.open(data / "general/warc/archive-org-2008.warc.gz") as stream:
        for number, part in enumerate(stream.read().split(b"WARC/0.17\r\n")):
            head, _, body = part.partition(b"\r\n\r\n")
            if b"WARC-Type: response" not in head or b"Content-Type: text/html" not in body[:2000]:
                continue
            yield "archive.org", f"warc {number}", whole_page(body.partition(b"\r\n\r\n")[2])


def declarations(data: Path) -> Iterator[Record]:
    """Yield the declaration of human rights: no medicine, in the languages of the world."""
    texts: dict[str, list[str]] = {}
    for record in jsonl(data / "text/udhr-paragraphs.jsonl.gz"):
        texts.setdefault(record["key"], []).append(record["text"])
    for key, paragraphs in sorted(texts.items()):
        for start in range(0, len(paragraphs), UDHR_PARAGRAPHS):
            text = "\n".join(paragraphs[start : start + UDHR_PARAGRAPHS])
            yield f"udhr {key}", f"udhr {key} {start}", text


def shingles(texts: list[str]) -> list[frozenset[int]]:
    """Return the hashes of the 5-word shingles of each text."""
    found = []
    for line in folded(pa.array(texts, pa.large_string())):
        words = line.split()
        found.append(frozenset(hash(tuple(words[i : i + 5])) for i in range(len(words) - 4)))
    return found


class Judges:
    """The labelled documents, by their shingles."""

    def __init__(self, documents: list[dict[str, object]]) -> None:
        sets = shingles([str(d["text"]) for d in documents])
        self._sizes = [len(s) for s in sets]
        self._owners: dict[int, list[int]] = {}
        for owner, values in enumerate(sets):
            for value in values:
                self._owners.setdefault(value, []).append(owner)
        self._short = {re.sub(r"\W+", " ", str(d["text"])).strip() for d in documents}

    def like(self, texts: list[str]) -> list[bool]:
        """Tell of each text whether it is like one of them."""
        return [
            self._like(values) or re.sub(r"\W+", " ", text).strip() in self._short
            for text, values in zip(texts, shingles(texts), strict=True)
        ]

    def _like(self, values: frozenset[int]) -> bool:
        shared: dict[int, int] = {}
        for value in values:
            for owner in self._owners.get(value, ()):
                shared[owner] = shared.get(owner, 0) + 1
        return any(
            count > SHARED * min(self._sizes[owner], len(values)) for owner, count in shared.items()
        )


def write(path: Path, source: str, records: Iterable[Record], judges: Judges) -> tuple[int, int]:
    """Write one file; return how many documents were written and how many left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [r for r in records if r[2].strip()]
    like = judges.like([text for _, _, text in kept])
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as stream:
        for (group, name, text), out in zip(kept, like, strict=True):
            if not out:
                record = {"id": name, "text": text, "source": source, "group": f"{source} {group}"}
                stream.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
    return len(kept) - sum(like), sum(like)


def prepare(data: Path, folder: Path) -> None:
    """Write all files.

    Args:
        data: Folder of the real files.
        folder: Where to.
    """
    documents = labelled(data)
    judges = Judges(documents)
    sites = frozenset(site(d["url"]) for d in documents) - {""}
    parts: dict[str, Iterable[Record]] = {
        "medical/abstracts-2021": abstracts(data, "pubmed21n1298.xml.gz"),
        "medical/abstracts-1975": abstracts(data, "pubmed20n0014.xml.gz"),
        "medical/articles": articles(data),
        "medical/guidelines": guidelines(data),
        "medical/questions": questions(data),
        "medical/clinical": clinical(data),
        "other/pages": pages(data, sites),
        "other/mails": mails(data),
        "other/messages": messages(data),
        "other/crawl": crawl(data),
        "other/declarations": declarations(data),
    }
    for name, records in parts.items():
        kept, left = write(folder / f"{name}.jsonl.gz", name.split("/")[1], records, judges)
        print(f"{name}: {kept:,} documents, {left:,} left out as like a labelled one")


if __name__ == "__main__":
    prepare(Path(os.environ["CURATION_TEST_DATA"]), Path(sys.argv[1]))
