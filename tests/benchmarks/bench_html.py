"""Main text of web pages beside trafilatura's own output, on the same pages in the same run.

Run: ``CURATION_TEST_DATA=… python -m tests.benchmarks.bench_html [SHARE [SEED]]``. SHARE is the part
of each set that is read (1: all), SEED draws it. Printed are, for the annotated pages, token F1,
precision, recall, atoms kept and CPU time; for pages of guidelines atoms and constructs kept; and
how many saved error pages are refused, and real pages by mistake. trafilatura's best row is the
higher of its text and Markdown output, both with tables and without comments, decoding included.

The reference of an annotated page is its annotation, flat as it is (10^6 is written 106 there, so
raised digits count as plain ones on both sides); of guidelines it is the page's own main element,
with raised digits told from plain ones. ``with title`` is the document as a corpus holds it, with
the title as first line, which most annotations leave out.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import statistics
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import trafilatura

from sources.items import SourceError
from sources.text.html import extract_html
from tests.benchmarks import html_measures as measures

Reader = Callable[[bytes], str]


def by_text(data: bytes) -> str:
    """Return trafilatura's text with tables."""
    return trafilatura.extract(data, include_comments=False, include_tables=True) or ""


def by_markdown(data: bytes) -> str:
    """Return trafilatura's Markdown with tables and formatting."""
    options = {"include_comments": False, "include_tables": True, "include_formatting": True}
    return trafilatura.extract(data, output_format="markdown", **options) or ""


def by_project(data: bytes) -> str:
    """The text of this project, without the title."""
    try:
        return extract_html(data).text
    except SourceError:
        return ""


READERS: dict[str, Reader] = {
    "trafilatura text": by_text,
    "trafilatura Markdown": by_markdown,
    "this project": by_project,
}


def members(path: Path) -> list[tuple[str, bytes]]:
    """Names and bytes of the files of an archive, by name; read in its order, as xz asks for."""
    found = []
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                found.append((member.name, stream.read()))
    return sorted(found)


def annotated(folder: Path) -> list[tuple[bytes, str]]:
    """Pages of the annotated sets with their main text."""
    with gzip.open(folder / "ground-truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    texts = {r["file"]: r["text"] for r in records if r["source"] in ("aeb", "wcxb")}
    pages = members(folder / "pages.tar.xz")
    return [(data, texts[name]) for name, data in pages if name in texts]


def guidelines(folder: Path) -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    """Sets of guideline pages, each page with the path of its main element."""
    pcd = members(folder / "cdc-pcd-2024-html.tar.xz")
    yield "PCD", [(data, "//main") for name, data in pcd if "_TOC" not in name]
    ngc = members(folder / "ngc-commentaries-syntheses-html.tar.xz")
    yield "NGC", [(data, "//*[@id='article']") for _, data in ngc]
    with gzip.open(folder / "nci-pdq.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    bodies = ["\n".join(part["html"] for part in record["sections"]) for record in records]
    frame = (
        "<!doctype html><html><head><meta charset=utf-8></head><body><article>{}</article></body>"
    )
    yield "NCI", [(frame.format(body).encode(), "//article") for body in bodies if body.strip()]


def drawn(pages: list[tuple[bytes, str]], share: float, seed: int) -> list[tuple[bytes, str]]:
    """A seeded part of a set, in its order."""
    if share >= 1:
        return pages
    chosen = random.Random(seed).sample(range(len(pages)), max(1, round(share * len(pages))))
    return [pages[place] for place in sorted(chosen)]


def score(pages: list[tuple[bytes, str]]) -> dict[str, dict[str, float]]:
    """Figures of each reader on annotated pages, and constructs in `constructs`."""
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in [*READERS, "with title"]}
    for data, reference in pages:
        wanted = measures.flat(reference)
        texts = {}
        for name, reader in READERS.items():
            start = time.process_time()
            texts[name] = reader(data)
            rows[name].append((time.process_time() - start,))
        texts["with title"] = f"{title_of(data)}\n\n{texts['this project']}"
        rows["with title"].append((0.0,))
        for name, text in texts.items():
            plain = measures.flat(text)
            rows[name][-1] += (*measures.token_f1(plain, wanted), *measures.atoms(plain, wanted))
    figures = {}
    for name, values in rows.items():
        seconds, f1, precision, recall, kept, total = zip(*values, strict=True)
        figures[name] = {
            "f1": statistics.fmean(f1),
            "precision": statistics.fmean(precision),
            "recall": statistics.fmean(recall),
            "atoms": sum(kept) / max(sum(total), 1),
            "ms": 1000 * sum(seconds) / len(values),
        }
    return figures


def title_of(data: bytes) -> str:
    """The title that this project gives a page."""
    try:
        return extract_html(data).title
    except SourceError:
        return ""


def fidelity(pages: list[tuple[bytes, str]]) -> dict[str, measures.Counts]:
    """Constructs and atoms of the main elements that each reader kept."""
    totals: dict[str, measures.Counts] = {"trafilatura Markdown": {}, "this project": {}}
    for data, path in pages:
        (main,) = measures.page(data).xpath(path)[:1]
        reference = measures.visible(main)
        for name, total in totals.items():
            text = READERS[name](data)
            if name == "this project":
                text = f"{title_of(data)}\n\n{text}"
            measures.add(total, measures.constructs(main, text))
            plain = measures.readable(text)
            measures.add(total, {"atoms": list(measures.atoms(plain, reference))})
            measures.add(total, {"atoms in place": list(measures.placed_atoms(plain, reference))})
    return totals


def annotated_constructs(pages: list[tuple[bytes, str]]) -> dict[str, measures.Counts]:
    """Constructs of the annotated text that each reader kept."""
    totals: dict[str, measures.Counts] = {"trafilatura Markdown": {}, "this project": {}}
    for data, reference in pages:
        body = measures.page(trafilatura.utils.decode_file(data).encode())
        for name, total in totals.items():
            measures.add(
                total, measures.constructs(body, READERS[name](data), measures.flat(reference))
            )
    return totals


def table(title: str, totals: dict[str, measures.Counts]) -> None:
    """Print constructs, one a line, the readers side by side."""
    first, second = totals
    print(f"\n{title}: kept by {first} | by {second}")
    for construct in sorted(totals[second]):
        shares = []
        for counts in (totals[first], totals[second]):
            kept, wanted = counts[construct]
            shares.append(f"{100 * kept / wanted:6.2f} %")
        print(f"  {construct:24s} {' | '.join(shares)}  of {wanted:,}")


def answers(path: Path) -> dict[str, list[bytes]]:
    """Bodies of the HTML answers of a crawl that hold anything, by their status."""
    found: dict[str, list[bytes]] = {}
    for record in re.split(rb"(?=WARC/\d\.\d+\r\n)", gzip.decompress(path.read_bytes())):
        status = re.search(rb"HTTP/1\.\d (\d{3})", record[:3000])
        if status is not None:
            head, _, body = record[status.start() :].partition(b"\r\n\r\n")
            if b"text/html" in head.lower() and body.strip():
                found.setdefault(f"answers with status {status[1].decode()}", []).append(body)
    return found


def refused(folder: Path, pages: list[tuple[bytes, str]]) -> None:
    """Print how many error pages are refused, and how many real ones."""
    stubs = members(folder / "html" / "guidelines" / "ngc-error-stubs-html.tar.xz")
    sets = {"saved error pages": [data for _, data in stubs], "real pages": [d for d, _ in pages]}
    sets |= answers(folder / "general" / "warc" / "archive-org-2008.warc.gz")
    for name, datas in sets.items():
        count = 0
        for data in datas:
            try:
                extract_html(data)
            except SourceError as error:
                count += error.rule == "error_page"
        print(f"{name}: {count} of {len(datas)} refused as error pages")


def main(share: float, seed: int) -> None:
    """Print all figures."""
    root = Path(os.environ["CURATION_TEST_DATA"])
    folder = root / "html"
    pages = drawn(annotated(folder / "extraction"), share, seed)
    figures = score(pages)
    print(f"annotated pages: {len(pages)}")
    for name, row in figures.items():
        values = "  ".join(
            f"{key} {row[key]:.4f}" for key in ("f1", "precision", "recall", "atoms")
        )
        print(f"  {name:22s} {values}  {row['ms']:.1f} ms")
    best = max(("trafilatura text", "trafilatura Markdown"), key=lambda name: figures[name]["f1"])
    ours, theirs = figures["this project"], figures[best]
    print(
        f"  over {best}: F1 {ours['f1'] - theirs['f1']:+.4f}, CPU {ours['ms'] / theirs['ms']:.2f}x"
    )
    table("annotated", annotated_constructs(pages))
    everything = list(pages)
    for name, some in guidelines(folder / "guidelines"):
        chosen = drawn(some, share, seed)
        everything += chosen
        table(f"{name} ({len(chosen)} pages)", fidelity(chosen))
    print()
    refused(root, everything)


if __name__ == "__main__":
    arguments = [float(argument) for argument in sys.argv[1:3]]
    main(arguments[0] if arguments else 1.0, int(arguments[1]) if len(arguments) > 1 else 0)
