"""The sample input: reproducible, fictional, without unplanned duplicates, as its README says."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from lxml import etree, html

from sources import registry

DATA = Path(__file__).resolve().parents[2] / "data"
SAMPLE = DATA / "sample"

SIMILAR = {
    frozenset(pair)
    for pair in (
        ("99000006@1/1", "99000006@1/2"),  # a record and what the update file makes of it
        ("99000008@1/1", "99000008@1/2"),
        ("99000009@1/1", "99000009@1/2"),
        ("99000010@1/1", "99000010@2/2"),
        ("99000021@1/1", "99000022@1/1"),  # one dose differs
        ("99000023@1/1", "99000024@1/1"),  # near duplicates
        ("99000025@1/1", "99000026@1/1"),  # exact duplicates
        ("asthma-attack.html", "asthma-attack-mirror.html"),
    )
}
"""Pairs of documents that may look alike; every other pair stays below a Jaccard of 0.2."""

# Each document says, in its own language, that it is made up.
FICTION = re.compile(
    r"fictional|invent|imagin|made[- ]up|fict[ií]ci|fictif|erfunden|not exist", re.IGNORECASE
)


def words(text: str) -> list[str]:
    """Case-folded words."""
    return re.findall(r"\w+", text.casefold())


def similarity(first: str, second: str) -> float:
    """Jaccard similarity of the sets of word 5-shingles, 0 where a text is shorter."""
    left, right = shingles(first), shingles(second)
    return len(left & right) / len(left | right) if left and right else 0.0


@cache
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Set of runs of five words."""
    found = words(text)
    return frozenset(tuple(found[i : i + 5]) for i in range(len(found) - 4))


def joined(elements: Iterator[etree._Element]) -> str:
    """Text content of several elements."""
    return " ".join(str(part) for element in elements for part in element.itertext())


@cache
def pubmed(number: int) -> etree._Element:
    """Root of one PubMed file."""
    packed = (SAMPLE / f"pubmed/pubmed90n{number:04d}.xml.gz").read_bytes()
    return etree.fromstring(gzip.decompress(packed))


def citations() -> Iterator[tuple[str, str]]:
    """Name and title with abstract of every citation."""
    for number in (1, 2):
        for record in pubmed(number).iter("PubmedArticle", "PubmedBookArticle"):
            pmid = record.find(".//PMID")
            assert pmid is not None
            text = joined(record.iter("ArticleTitle", "AbstractText"))
            if record.find(".//OtherAbstract") is not None:
                text = joined(record.iterfind(".//Article//AbstractText"))
                yield f"{pmid.text}#other", joined(record.iter("OtherAbstract"))
            yield f"{pmid.text}@{pmid.get('Version')}/{number}", text


@cache
def articles() -> dict[str, bytes]:
    """PMCID to XML of every article, those in archives included."""
    found = {path.stem: path.read_bytes() for path in sorted((SAMPLE / "pmc").glob("*.xml"))}
    with tarfile.open(SAMPLE / "pmc/articles.tar.gz") as tar:
        for member in tar:
            stream = tar.extractfile(member)
            assert stream is not None
            found[Path(member.name).stem] = stream.read()
    with zipfile.ZipFile(SAMPLE / "pmc/articles.zip") as archive:
        found.update({Path(name).stem: archive.read(name) for name in archive.namelist()})
    return found


def jsonl(path: str) -> Iterator[dict[str, str]]:
    """Readable records of a JSON lines file."""
    for line in (SAMPLE / path).read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def pdf_pages(path: str) -> list[str]:
    """Text of each page of a PDF."""
    document = pypdfium2.PdfDocument(SAMPLE / path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@cache
def documents() -> dict[str, str]:
    """Name to text of every readable document of the sample."""
    found = dict(citations())
    for name, data in articles().items():
        root = etree.fromstring(data)
        found[name] = joined(root.iterfind(".//article-meta/title-group")) + joined(
            root.iter("abstract", "trans-abstract", "body", "floats-group")
        )
    for path in sorted((SAMPLE / "guidelines").glob("*.html")):
        body = html.fromstring(path.read_bytes()).find("body")
        assert body is not None
        found[path.name] = joined(iter([body]))
    for name in ("guidelines/oral-rehydration.md", "leaflets/needle-stick.txt"):
        found[name] = (SAMPLE / name).read_text(encoding="utf-8")
    found["leaflets/falls-leaflet.pdf"] = " ".join(pdf_pages("leaflets/falls-leaflet.pdf"))
    for record in jsonl("guidelines/ardenholt.jsonl"):
        page = record.get("html")
        text = joined(iter([html.fromstring(page)])) if page else record["markdown"]
        found[record["url"]] = record["title"] + " " + text
    for record in jsonl("notes/notes.jsonl"):
        found[record["id"]] = record["title"] + " " + record.get("text", "")
    return found


def planted() -> list[list[str]]:
    """Rows of the README's tables of what is planted."""
    text = (DATA / "README.md").read_text(encoding="utf-8").partition("## What is planted")[2]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if row[0] not in ("where", "---")]


def test_script_gives_the_committed_bytes(tmp_path: Path) -> None:
    """Running make_sample.py again gives every generated file byte for byte."""
    script = [sys.executable, str(DATA / "make_sample.py"), "--out", str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    made = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(made) == 11
    for path in made:
        name = path.relative_to(tmp_path)
        assert path.read_bytes() == (SAMPLE / name).read_bytes(), name


@pytest.mark.parametrize("row", planted(), ids=lambda row: row[0])
def test_planted_thing_exists(row: list[str]) -> None:
    """Every row of the README names a document or file of the sample and a known outcome."""
    where, _, outcome, step, rule = row
    assert outcome in ("kept", "dropped", "failed")
    assert bool(step) == bool(rule) == (outcome != "kept")
    source, colon, rest = where.partition(":")
    native = re.split("[@#]", rest)[0]
    if not colon:
        assert (SAMPLE / where.split()[0]).is_file()
    elif source == "pubmed":
        pmids = {str(e.text) for number in (1, 2) for e in pubmed(number).iter("PMID")}
        assert native in pmids
    elif source == "pmc":
        assert native in articles()
    else:
        assert source == "notes"
        assert native in {record["id"] for record in jsonl("notes/notes.jsonl")}


def test_tolerated_failures_are_the_planted_ones() -> None:
    """The recipe tolerates as many failures as the README lists."""
    recipe = (SAMPLE / "recipe.toml").read_text(encoding="utf-8")
    match = re.search(r"^tolerate = (\d+)$", recipe, re.MULTILINE)
    assert match is not None
    assert int(match[1]) == sum(row[2] == "failed" for row in planted()) == 11


def test_only_planted_pairs_are_alike() -> None:
    """Two documents share more than a fifth of their 5-shingles only where it is planted."""
    alike = {
        frozenset(pair)
        for pair in itertools.combinations(documents(), 2)
        if similarity(documents()[pair[0]], documents()[pair[1]]) > 0.2
    }
    assert alike == SIMILAR


def test_planted_pairs_differ_as_the_readme_says() -> None:
    """Near duplicates differ in one word that is no number, the other pair in one dose only."""
    texts = documents()

    def changes(first: str, second: str) -> list[tuple[str, str]]:
        left, right = words(texts[first]), words(texts[second])
        return [pair for pair in zip(left, right, strict=True) if pair[0] != pair[1]]

    assert changes("99000021@1/1", "99000022@1/1") == [("20", "40")]
    assert changes("99000023@1/1", "99000024@1/1") == [("wanted", "wished")]
    assert similarity(texts["99000023@1/1"], texts["99000024@1/1"]) > 0.9
    assert texts["99000025@1/1"] == texts["99000026@1/1"]


def test_every_citation_is_marked_as_fictional() -> None:
    """The keywords of every PubMed record say that it is fictional."""
    for number in (1, 2):
        for record in pubmed(number).iter("PubmedArticle", "PubmedBookArticle"):
            assert "Fictional record" in [str(e.text) for e in record.iter("Keyword")]


@pytest.mark.parametrize("name", sorted(n for n in documents() if not n.startswith("99")))
def test_every_other_document_says_that_it_is_fictional(name: str) -> None:
    """The text of every article, page, leaflet and note calls it invented."""
    assert FICTION.search(documents()[name])


def test_ids_lie_outside_the_real_ranges() -> None:
    """PMIDs, PMCIDs, DOIs, mail addresses and web addresses can belong to nobody."""
    parts = [etree.tostring(pubmed(number), encoding="unicode") for number in (1, 2)]
    parts += [data.decode() for data in articles().values()]
    parts += [path.read_text("utf-8") for path in sorted((SAMPLE / "guidelines").iterdir())]
    parts.append((SAMPLE / "notes/notes.jsonl").read_text(encoding="utf-8"))
    text = "\n".join(parts)
    assert all(doi.startswith("10.5555/") for doi in re.findall(r"\b10\.\d{4,}/\S+", text))
    assert set(re.findall(r"@[\w-]+(?:\.[\w-]+)+", text)) == {"@example.org"}
    assert all(re.match("9900", pmid) for pmid in re.findall(r"<PMID[^>]*>(\d+)", text))
    assert all(re.match("PMC9900", pmcid) for pmcid in re.findall(r"PMC\d+", text))
    assert all(re.match("555-01", tail) for tail in re.findall(r"\(212\) (\S+)", text))


def test_formats_are_those_of_the_sources() -> None:
    """Two PubMed files, sixteen articles of several dialects, a deletion, a book, a version 2."""
    assert len(pubmed(1).findall("PubmedArticle")) == 46
    assert len(pubmed(1).findall("PubmedBookArticle")) == 1
    assert [e.text for e in pubmed(2).iterfind("DeleteCitation/PMID")] == ["99000007", "99000998"]
    assert pubmed(2).find("PubmedArticle/MedlineCitation[@VersionID='2']") is not None
    assert len(articles()) == 16
    dialects = {match[0] for data in articles().values() for match in
                re.findall(rb"DTD (?:with MathML3 )?(v\d\.\d)()", data)}  # fmt: skip
    assert dialects >= {b"v1.0", b"v1.1", b"v1.2", b"v2.3", b"v3.0"}
    for data in articles().values():
        assert 300 < len(words(joined(etree.fromstring(data).iter("abstract", "body")))) < 1200


def test_pdf_leaflets() -> None:
    """The leaflet has a running head and page numbers on three pages; the scan has no text."""
    pages = pdf_pages("leaflets/falls-leaflet.pdf")
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert "leaflet of the fictional Orrin Health Board" in page
        assert page.rstrip().endswith(str(number))
    # PDFium marks a hyphen at a line end as U+FFFE.
    assert sum(page.count("\ufffe") for page in pages) >= 8
    assert pdf_pages("leaflets/scanned-leaflet.pdf") == ["", ""]


def test_broken_files_are_broken() -> None:
    """Each damaged file fails in the way that the README names."""
    folder = SAMPLE / "broken"
    with pytest.raises(EOFError), gzip.open(folder / "pubmed90n0003.xml.gz") as stream:
        stream.read()
    stored = (folder / "pubmed90n0003.xml.gz").read_bytes()
    assert stored.count(b"</PubmedArticle>") == 2
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    for name in ("PMC99000091.xml", "not-xml.xml", "entity-bomb.xml", "empty.xml"):
        with pytest.raises(etree.XMLSyntaxError):
            etree.parse(io.BytesIO((folder / name).read_bytes()), parser)
    assert b'SYSTEM "file:///etc/hostname"' in (folder / "external-entity.xml").read_bytes()
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(folder / "cut.pdf")


def test_recipe_reads_every_file_once() -> None:
    """The recipe's sources locate each file of the sample exactly once, and nothing is missing."""
    located: list[str] = []
    for entry in tomllib.loads((SAMPLE / "recipe.toml").read_text("utf-8"))["sources"]:
        listing = registry.get(entry["use"])().locate(entry["paths"], SAMPLE)
        assert not listing.problems
        located += [item.path for item in listing.inputs]
    files = {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.is_file()}
    assert sorted(located) == sorted(files - {"recipe.toml"})


def test_sample_is_small() -> None:
    """The sample stays below one megabyte."""
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_000_000
