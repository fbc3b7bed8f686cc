"""Europe PMC: answers of its search with abstracts, and full text in JATS.

Where PubMed and PubMed Central cannot be reached, or for what only Europe PMC has: preprints,
Agricola, theses. A record of the search (JSON or XML, ``resultType=core``) is an abstract; a record
without one (``lite``, ``idlist``) is a row without text. Full text (``fullTextXML``, the bulk files
``PMC…_PMC….xml.gz``) is read as in `sources.pmc`, under its PMCID.

The licence of a record is its field ``license``. Where that is silent, an abstract from PubMed is
what NLM distributes, and any other is unknown. A full text bears its own: the folder or the query
that it came from says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, ClassVar

from lxml import etree

from sources import licences
from sources.base import Failure, Item, Resource, SourceError
from sources.items import Document, Relation, Status
from sources.pmc import MAX_BYTES, Pmc
from sources.text import abstract_html, identifiers, jats_links
from sources.text.declared import iso_date
from sources.text.iso639 import two_letters
from sources.text.json_stream import Answer, field, objects, text, texts
from sources.text.peek import is_json, peek
from sources.text.pubmed_fields import RELATIONS
from sources.text.pubmed_record import LICENSE as NLM_LICENCE
from sources.text.safe_xml import local_name, read_tree

_SOURCE = re.compile(r"[A-Z]{2,8}")
_ID = re.compile(r"[A-Za-z0-9._/-]{1,64}")
_MAX_VERSION = 999


class EuropePmc(Pmc):
    """Records and full texts; the recipe keys are those of `sources.pmc.Pmc`."""

    name: ClassVar[str] = "europepmc"
    kind: ClassVar[str] = "article"
    summary: ClassVar[str] = "Europe PMC: search answers (JSON, XML) and full text (JATS XML)"
    patterns: ClassVar[tuple[str, ...]] = ("*.json", "*.xml")
    version: ClassVar[int] = 2
    may_be_empty: ClassVar[bool] = True
    identifiers: ClassVar[frozenset[str]] = Pmc.identifiers | {
        "date_revised", "epmc_source", "languages", "open_access"
    }  # fmt: skip

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the records of an answer, or the documents of full texts.

        Raises:
            SourceError: As `json_stream.Answer` and `sources.pmc.Pmc.parse` say; ``error_answer``
                where the service reports an error; ``not_europepmc`` for another answer.
        """
        head, rest = peek(stream)
        if is_json(head):
            answer = Answer(rest, "result")
            for _ in answer.records():
                raise SourceError("not_europepmc", f"{resource.path}: no answer of the search")
            yield from _records(answer.head, resource.path)
        elif b"<responseWrapper" in head or b"<errorBean" in head:
            root = read_tree(rest, resource.path, MAX_BYTES)
            yield from _records(_plain(root), resource.path)
        else:
            yield from super().parse(resource, rest)


def _records(answer: Mapping[str, object], path: str) -> Iterator[Item]:
    if "errCode" in answer:
        code = text(answer, "errCode")
        said = f"error {code}" if code.isdigit() and len(code) < 6 else "an error"
        raise SourceError("error_answer", f"{path}: the service answered {said}")
    if "resultList" not in answer:
        raise SourceError("not_europepmc", f"{path}: no list of results; ask for json or xml")
    results = field(answer, "resultList", "result")
    for number, record in enumerate(results if isinstance(results, list) else [], 1):
        if not isinstance(record, Mapping):
            yield Failure("bad_record", f"record {number:,}: not an object")
            continue
        source, name = text(record, "source"), text(record, "id")
        if not (_SOURCE.fullmatch(source) and _ID.fullmatch(name)):
            yield Failure("no_id", f"record {number:,}: no source and id of Europe PMC")
            continue
        yield _document(record, source, name)


def _document(record: Mapping[str, object], source: str, name: str) -> Document:
    types = tuple(texts(record, "pubTypeList", "pubType")) or tuple(
        filter(None, (kind.strip() for kind in text(record, "pubType").split(";")))
    )
    title = abstract_html.line(text(record, "title"))
    relations = tuple(dict.fromkeys(_relations(record)))
    said = text(record, "license")
    spdx = licences.from_words(said)
    number = text(record, "versionNumber")
    languages = texts(record, "language")
    metadata = {
        "epmc_source": source,
        "volume": text(record, "journalInfo", "volume") or text(record, "journalVolume"),
        "issue": text(record, "journalInfo", "issue") or text(record, "issue"),
        "pages": text(record, "pageInfo"),
        "issn": list(filter(None, (text(record, *_JOURNAL, key) for key in ("issn", "essn")))),
        "open_access": text(record, "isOpenAccess"),
        "date_revised": text(record, "dateOfRevision"),
        "languages": languages,
    }
    return Document(
        native_id=f"{source}/{name}",
        text="\n\n".join(abstract_html.blocks(text(record, "abstractText"))),
        title=title,
        kind="abstract",
        version=min(max(1, int(number)), _MAX_VERSION) if number.isdecimal() else 1,
        revision=iso_date(text(record, "dateOfRevision")),
        status=_status(types, title, relations),
        # The language of a record is that of the paper: others have an English abstract too.
        lang="en" if [two_letters(code) for code in languages] == ["en"] else "",
        license=spdx or (NLM_LICENCE if source == "MED" and not said else ""),
        license_evidence=licences.evidence("field license", said),
        date=iso_date(text(record, "firstPublicationDate")) or iso_date(text(record, "pubYear")),
        url=f"https://europepmc.org/article/{source}/{name}",
        pmid=identifiers.pmid(text(record, "pmid")),
        pmcid=identifiers.pmcid(text(record, "pmcid"))[0],
        doi=identifiers.doi(text(record, "doi")),
        journal=text(record, *_JOURNAL, "title") or text(record, "journalTitle"),
        authors=tuple(_authors(record)),
        mesh=tuple(
            filter(
                None,
                (
                    text(heading, "descriptorName")
                    for heading in objects(record, "meshHeadingList", "meshHeading")
                ),
            )
        ),
        publication_types=types,
        keywords=tuple(map(abstract_html.line, texts(record, "keywordList", "keyword"))),
        relations=relations,
        metadata={key: value for key, value in metadata.items() if value},
    )


_JOURNAL = ("journalInfo", "journal")


def _authors(record: Mapping[str, object]) -> Iterator[str]:
    """Names as printed, without affiliations and addresses."""
    listed = objects(record, "authorList", "author")
    names = [text(author, "fullName") or text(author, "collectiveName") for author in listed]
    for name in names or text(record, "authorString").rstrip(".").split(","):
        if printed := " ".join(name.split()):
            yield printed


def _relations(record: Mapping[str, object]) -> Iterator[Relation]:
    """Links as in PubMed's ``CommentsCorrections``: ``Erratum for`` is ``ErratumFor`` there."""
    for link in objects(record, "commentCorrectionList", "commentCorrection"):
        words = text(link, "type").split()
        kind = "".join(word[:1].upper() + word[1:] for word in words)
        said = _PREPRINTS.get(kind) or RELATIONS.get(kind, "related")
        pmid = identifiers.pmid(text(link, "id")) if text(link, "source") == "MED" else ""
        if pmid:
            yield Relation(said, f"pmid:{pmid}")
        elif _ID.fullmatch(text(link, "id")) and _SOURCE.fullmatch(text(link, "source")):
            address = f"https://europepmc.org/article/{text(link, 'source')}/{text(link, 'id')}"
            yield Relation(said, f"url:{address}")


_PREPRINTS = {"PreprintIn": "has_preprint", "PreprintOf": "preprint_of"}


def _status(types: tuple[str, ...], title: str, relations: tuple[Relation, ...]) -> Status:
    """State by the types of publication, the marked title, or a link to the notice."""
    named = {kind.lower() for kind in types}
    if "retracted publication" in named:
        return "retracted"
    notice = "retraction of publication" in named or "published erratum" in named
    return jats_links.status("retraction" if notice else "", title, relations)


def _plain(element: etree._Element) -> dict[str, object]:
    """An answer in XML as the one in JSON: names to texts and objects, below ``…List`` to lists."""
    listed = local_name(element).endswith("List")
    found: dict[str, object] = {}
    for child in element:
        name, value = local_name(child), _plain(child) if len(child) else (child.text or "")
        if not listed:
            found.setdefault(name, value)
            continue
        members = found.setdefault(name, [])
        assert isinstance(members, list)
        members.append(value)
    return found
