"""The real good documents, and the labelled web pages, as a build would measure them.

Read from the folder ``CURATION_TEST_DATA``. The sources read what they know; everything else gets
the kind that a user would give it. Each set is cut in two by a hash of the ids, so that drops of one
part can be held against the other; the limits were read off both.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa

from filters.language import Identifier, resolve_model
from filters.normalise import normalise
from filters.quality import QUALITY
from filters.shared import COLUMN
from sources import registry
from sources.items import Document, Failure, Item, SourceError

HELD_OUT = 3
"""Tenths of a set that are shown apart."""

STRUCTURAL = frozenset(
    {
        *("navigation", "list", "placeholder", "ocr", "table", "boilerplate", "short", "code"),
        *("references", "encoding", "error page"),
    }
)
"""Reasons of the labelled set that are faults of form, not of content."""

FLATTENED = "The Human Phenotype Ontology provides the following list"
"""Answers of MedQuAD that are a table run together: known to be poor, and measured apart."""

INDEX = ("Health A-Z", "Preventing Chronic Disease: Current Volume")
"""Titles of pages among the guidelines that are tables of contents: no good documents."""

SENTENCES = 20
"""Sentences of TICO-19 that make one document."""


@dataclass(frozen=True, slots=True)
class Text:
    """One document: set, id, kind, text; label and reason where it has been labelled."""

    set: str
    id: str
    kind: str
    text: str
    label: str = "good"
    reason: str = ""


def held_out(name: str) -> bool:
    """Whether a document belongs to the part that is shown apart."""
    return hashlib.sha256(name.encode()).digest()[0] % 10 < HELD_OUT


def documents(data: Path) -> Iterator[Text]:
    """Yield all documents, set by set.

    Args:
        data: The folder of real files.
    """
    yield from _source("pubmed", [f"{data}/pubmed/pubmed2*.xml.gz"], "abstracts")
    yield from _source("pmc", [f"{data}/jats"], "articles")
    yield from _source("guidelines", [f"{data}/html/guidelines"], "guidelines")
    yield from _medquad(data / "text/medquad-xml.tar.xz")
    for row in _lines(data / "text/e3c-clinical.jsonl.gz"):
        yield Text(f"E3C {row['lang']}", row["id"], "other", row["text"])
    yield from _tico(data / "text/tico19-covid-sentences.jsonl.gz")
    yield from _declarations(data / "text/udhr-paragraphs.jsonl.gz")
    for row in _lines(data / "general/labelled-good-bad.jsonl.gz"):
        label = "borderline" if row["borderline"] else row["label"]
        yield Text("general", row["id"], "web", row["text"], label, row["reason"])


def table(texts: list[Text]) -> pa.Table:
    """Normalise, identify and measure texts: what the rules look at.

    Args:
        texts: Documents.
    """
    clean = normalise(pa.array([text.text for text in texts], pa.large_string()))
    found = Identifier(resolve_model(None)).identify(clean)
    columns: dict[str, object] = {
        name: [getattr(text, name) for text in texts]
        for name in ("set", "id", "kind", "label", "reason")
    }
    # Single documents share no lines with their site.
    columns[COLUMN.name] = [0.0] * len(texts)
    return pa.table({**columns, **found, "text": clean, **QUALITY.compute(clean)})


def _source(use: str, paths: list[str], name: str) -> Iterator[Text]:
    """Read files with a source of the project; what it refuses is no document."""
    source = registry.get(use)()
    for item in source.locate(paths, Path.cwd()).inputs:
        for resource, stream in source.resources(item):
            if isinstance(stream, Failure):
                continue
            items: list[Item] = []
            with contextlib.suppress(SourceError):
                items = list(source.parse(resource, stream))
            for document in items:
                if isinstance(document, Document) and document.text.strip():
                    title = f"# {document.title}\n\n" if document.title else ""
                    number = f"{document.native_id}#{document.part}"
                    kind = document.kind or source.kind
                    label = "index" if document.title.startswith(INDEX) else "good"
                    yield Text(name, number, kind, title + document.text, label)


def _medquad(path: Path) -> Iterator[Text]:
    with tarfile.open(path) as archive:
        for member in sorted(archive, key=lambda member: member.name):
            if not member.name.endswith(".xml"):
                continue
            stream = archive.extractfile(member)
            assert stream is not None
            for number, pair in enumerate(ElementTree.parse(stream).iter("QAPair")):
                answer = pair.findtext("Answer") or ""
                if answer.strip():
                    name = "MedQuAD flattened tables" if FLATTENED in answer else "MedQuAD"
                    text = f"# {(pair.findtext('Question') or '').strip()}\n\n{answer.strip()}"
                    text = re.sub(r"[ \t]+", " ", text)
                    yield Text(name, f"{member.name}#{number}", "question", text)


def _tico(path: Path) -> Iterator[Text]:
    groups: dict[str, list[str]] = {}
    for row in _lines(path):
        groups.setdefault(row["lang"], []).append(row["text"])
    for lang, sentences in sorted(groups.items()):
        for start in range(0, len(sentences), SENTENCES):
            text = "\n".join(sentences[start : start + SENTENCES])
            yield Text("TICO-19", f"{lang}-{start}", "other", text)


def _declarations(path: Path) -> Iterator[Text]:
    texts: dict[str, list[str]] = {}
    for row in _lines(path):
        texts.setdefault(row["key"], []).append(row["text"])
    for key, paragraphs in sorted(texts.items()):
        yield Text("UDHR", key, "other", "\n\n".join(paragraphs))


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
