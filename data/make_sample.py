"""Write the generated files of ``data/sample`` from the readable sources in ``data/sample_src``.

Plain files of the sample (single articles, web pages, notes, the recipe) are their own source and
are left alone. Run it after a change of ``data/sample_src``; the same sources give the same bytes
on every machine:

    python data/make_sample.py            # into data/sample
    python data/make_sample.py --out DIR  # somewhere else, as the test does
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

from makers import broken, containers, pdf, pubmed

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sample_src"


def toml(name: str) -> dict[str, object]:
    """Return one source file of the PubMed part."""
    return tomllib.loads((SOURCES / "pubmed" / name).read_text(encoding="utf-8"))


def records(*names: str) -> list[pubmed.Record]:
    """Return the records of several source files, in the order of their PMID."""
    found: list[pubmed.Record] = []
    for name in names:
        part = toml(name)["records"]
        assert isinstance(part, list)
        found += part
    return sorted(found, key=lambda record: int(str(record["pmid"])))


def members(folder: str) -> dict[str, bytes]:
    """Return the files of one folder of sources, name to content."""
    return {path.name: path.read_bytes() for path in sorted((SOURCES / folder).iterdir())}


def leaflet(name: str) -> bytes:
    """Return one text of the PDF part, set as a PDF."""
    return pdf.leaflet((SOURCES / "pdf" / name).read_text(encoding="utf-8"))


def files() -> dict[str, bytes]:
    """Return every generated file: path inside the sample, and its bytes."""
    baseline = pubmed.article_set(
        records("baseline_plain.toml", "baseline_more.toml", "baseline_planted.toml"),
        pubmed.book(toml("book.toml")),
    )
    update = toml("update.toml")
    deleted = update["delete"]
    assert isinstance(deleted, list)
    new = pubmed.article_set(records("update.toml"), pubmed.delete_citation(deleted))
    cut = pubmed.article_set(records("truncated.toml"))
    falls = leaflet("falls.txt")
    return {
        "pubmed/pubmed90n0001.xml.gz": containers.gzip_stored(baseline),
        "pubmed/pubmed90n0002.xml.gz": containers.gzip_stored(new),
        "pmc/articles.tar.gz": containers.tar_gz(members("pmc/tar")),
        "pmc/articles.zip": containers.zip_stored(members("pmc/zip")),
        "leaflets/falls-leaflet.pdf": falls,
        "leaflets/scanned-leaflet.pdf": pdf.scan(2),
        "broken/pubmed90n0003.xml.gz": broken.truncated_gzip(cut, b"in 31 minutes in January"),
        "broken/entity-bomb.xml": broken.entity_bomb(),
        "broken/external-entity.xml": broken.external_entity(),
        "broken/empty.xml": b"",
        "broken/cut.pdf": falls[: len(falls) * 2 // 5],
    }


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Write the generated files of the sample.")
    parser.add_argument("--out", type=Path, default=HERE / "sample", help="folder to write into")
    out: Path = parser.parse_args().out
    for name, data in files().items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        print(f"{len(data):7d}  {name}")


if __name__ == "__main__":
    main()
