"""The parsers held against the instrument on the real files: nothing changed, invented or lost.

CI takes a share of the articles and one stretch of each PubMed file. The full run, about two
minutes: ``CURATION_FIDELITY_SHARE=1 pytest tests/curation/test_fidelity_real.py``; another share is
drawn with ``CURATION_FIDELITY_SEED=2``.
"""

from __future__ import annotations

import gzip
import io
import itertools
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from lxml import etree

from curation.fidelity.arrange import arranged
from curation.fidelity.blocks import Raw
from curation.fidelity.comparison import compare, missing
from curation.fidelity.documents import Row, compare_resource, pairs
from curation.fidelity.figures import Comparison
from curation.fidelity.markdown import read_markdown
from curation.fidelity.raw_pubmed import read_pubmed
from sources.items import Document, Resource, SourceError
from sources.pmc import Pmc
from sources.pubmed import PubMed

SHARE = float(os.environ.get("CURATION_FIDELITY_SHARE", "0.2"))
SEED = os.environ.get("CURATION_FIDELITY_SEED", "1")
RECORDS = 3_000
"""Records of each large PubMed file, unless all are asked for."""

LOST_PER_ATOM = 1e-5
MIN_ORDER = 0.999
SECTIONS = (
    "acknowledgements", "funding", "competing interests", "author contributions",
    "author information",
)  # fmt: skip
"""Reasons for which a section of an article may be absent, the reference list apart."""

MOST_CITATIONS, MOST_SECTIONS = 0.2, 0.1
"""Shares of the atoms in scope that citations and such sections come to at most."""


def drawn(name: str) -> bool:
    """Whether a file belongs to the share: by the checksum of seed and name, nothing else."""
    return zlib.crc32(f"{SEED} {name}".encode()) < SHARE * 2**32


def text_of(document: Document) -> str:
    """The text as the build composes it."""
    text = f"# {document.title}\n\n{document.text}" if document.title else document.text
    vernacular = document.metadata.get("vernacular_title")
    return f"{text}\n\n{vernacular}" if vernacular else text


def hold(total: Comparison) -> None:
    """Hold the figures: 0 changed or invented, at most 1 in 100,000 lost, order, all cells."""
    shown = "\n".join(
        f"{f.kind} {f.atom}: {f.raw} -> {f.ours} @ {f.place}" for f in total.faults[:40]
    )
    gone = total.lost + total.explained.total()
    assert (total.changed, total.invented) == (0, 0), shown
    assert gone <= total.atoms * LOST_PER_ATOM, shown
    assert total.order >= MIN_ORDER, shown
    cells = total.cells
    assert (cells.lost, cells.fused, cells.invented) == (0, 0, 0), shown
    assert cells.kept + cells.as_text == cells.cells


def letters_of(text: str) -> str:
    """Letters of a title in lower case, whatever stands between them."""
    return " ".join("".join(c if c.isalpha() else " " for c in text).lower().split())


def titles(element: etree._Element) -> list[str]:
    """Titles of an element and of all that is in it."""
    return [letters_of("".join(map(str, t.itertext()))) for t in element.iter("{*}title")]


def silent(raw: Raw, document: Document, data: bytes) -> list[str]:
    """Sections that are absent from a text and that its own `left_out` does not name.

    A section stands on the list for all that is in it; one without a title, with its reason.
    """
    blocks, _ = read_markdown(text_of(document))
    _, absent = arranged(raw.units, [block.text for block in blocks])
    listed = {
        (e["what"], letters_of(e["title"]), e["why"].replace("_", " "))
        for e in document.metadata.get("left_out", ())
    }
    reasons = {why for _, _, why in listed}
    if any(why in SECTIONS for _, title, why in listed if not title):
        reasons.update(SECTIONS)  # one note may be about two of them
    known = {(what, title) for what, title, _ in listed if title}
    root = etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True))
    named: set[str] = set()
    for element in root.iter(
        "{*}sec", "{*}notes", "{*}ack", "{*}fn", "{*}boxed-text", "{*}fn-group"
    ):
        inside = titles(element)
        if inside and (etree.QName(element).localname, inside[0]) in known:
            named.update(inside)
    return [
        f"{unit.reason}: {unit.blocks[0].place}"
        for unit in absent
        if unit.reason in SECTIONS
        and named.isdisjoint(letters_of(block.text) for block in unit.blocks[:2])
        and ("<title" in unit.blocks[0].place or unit.reason not in reasons)
    ]


def articles(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the articles of the share."""
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as members:
            for member in members:
                name = f"{archive.name}/{member.name}"
                if member.isfile() and drawn(name):
                    yield name, members.extractfile(member).read()  # type: ignore[union-attr]


@pytest.mark.real
def test_real_articles(real_data: Path) -> None:
    """JATS of every dialect: every atom and every cell; what is out of scope is declared."""
    total = Comparison()
    undeclared: list[str] = []
    for name, data in articles(real_data / "jats"):
        items = Pmc().parse(Resource(name, name, -1, ""), io.BytesIO(data))
        documents = [d for d in items if isinstance(d, Document)]
        rows = [
            Row("pmc", n, f"{d.native_id}{'#' * bool(d.part)}{d.part}", "", text_of(d))
            for n, d in enumerate(documents)
        ]
        for raw, row in pairs("jats", io.BytesIO(data), rows, {}):
            if row is not None:
                undeclared += [f"{name} {t}" for t in silent(raw, documents[row.position], data)]
        for comparison in compare_resource("jats", io.BytesIO(data), rows, {}, {}):
            for fault in comparison.faults:
                fault.place = f"{name} {fault.place}"
            total.add(comparison)
    assert total.documents >= 358 * SHARE * 0.5
    gone = total.out_of_scope
    sections = sum(gone[reason] for reason in SECTIONS)
    print(
        f"{gone['citation marker'] / total.atoms:.1%} of {total.atoms:,} atoms in citations, "
        f"{sections / total.atoms:.1%} in sections left out"
    )
    assert gone["citation marker"] <= total.atoms * MOST_CITATIONS
    assert sections <= total.atoms * MOST_SECTIONS
    assert undeclared == []
    hold(total)


def opened(path: Path) -> BinaryIO:
    """The decompressed bytes of a file."""
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def pubmed(path: Path, limit: int | None) -> Comparison:
    """Compare the records of a file with the documents of the source."""
    total = Comparison()
    with opened(path) as raw_stream, opened(path) as stream:
        resource = Resource(path.name, path.name.removesuffix(".gz"), -1, "")
        documents = (d for d in PubMed().parse(resource, stream) if isinstance(d, Document))
        raws = read_pubmed(raw_stream)
        for raw, document in itertools.islice(zip(raws, documents, strict=limit is None), limit):
            version = f"@{document.version}" if document.version > 1 else ""
            assert (raw.record, raw.part) == (f"{document.native_id}{version}", document.part)
            total.add(compare(raw, text_of(document)))
    return total


@pytest.mark.real
@pytest.mark.parametrize("name", ["pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz"])
def test_real_pubmed_files(real_data: Path, name: str) -> None:
    """NLM's files: every atom of titles, abstracts and further abstracts."""
    total = pubmed(real_data / "pubmed" / name, None if SHARE >= 1 else RECORDS)
    assert total.documents >= RECORDS
    hold(total)


@pytest.mark.real
def test_real_small_pubmed_files(real_data: Path) -> None:
    """Answers of E-utilities, edge cases, books, and the form before 2017."""
    total = Comparison()
    for path in sorted((real_data / "pubmed/small").iterdir()):
        try:
            total.add(pubmed(path, None))
        except SourceError:
            with opened(path) as stream:
                assert not list(read_pubmed(stream)), path.name
    assert total.documents > 800
    hold(total)


@pytest.mark.real
def test_the_instrument_finds_what_is_taken_away(real_data: Path) -> None:
    """On a real file, too: with every seventh paragraph gone and exponents flattened it says so."""
    with opened(real_data / "pubmed/small/edge-cases-pubmed21n1298.xml") as stream:
        raws = list(read_pubmed(stream))
    whole, cut = Comparison(), Comparison()
    for number, raw in enumerate(raws):
        text = "\n\n".join(block.text for block in raw.blocks())
        whole.add(compare(raw, text))
        damaged = (
            text.replace("\x01", "").replace("\x02", "") if number % 7 else text[: len(text) // 2]
        )
        cut.add(compare(raw, damaged) if damaged else missing(raw))
    assert whole.lost + whole.changed + whole.invented == 0
    assert cut.lost > 0
    assert cut.changed > 0
