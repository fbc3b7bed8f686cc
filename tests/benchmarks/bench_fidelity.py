"""Our parsers and their peers on the same files, through the fidelity instrument, side by side.

Run: ``CURATION_TEST_DATA=… python tests/benchmarks/bench_fidelity.py [--share 0.2] [--seed 1]
[--records 2000] [--peers FOLDER]``. Each peer gets a virtual environment of its own in FOLDER (made
once; needs a package index) and runs as a process of its own; one that cannot be installed is left
out with a remark. Prints a Markdown table for each kind of file.

Columns: documents that gave a text; atoms of the raw files in scope; the share of them kept; atoms
lost, changed, invented; exponents kept; the share of table cells kept as cells (or as text); pairs
of cells fused; the longest common subsequence. For PDF the raw side is the article's JATS, so what
JATS lacks (running heads, reference lists) counts as invented for every tool alike. Inline tags
that a peer leaves in its text are read as what they mean, ``10<sup>4</sup>`` as ``10^{4}``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from curation.fidelity.blocks import Raw
from curation.fidelity.comparison import compare, missing
from curation.fidelity.figures import Comparison
from curation.fidelity.raw_html import read_html
from curation.fidelity.raw_jats import read_jats
from curation.fidelity.raw_pubmed import read_pubmed
from sources.items import Document, Resource, SourceError

PEERS = {
    "pubmed_parser 0.5.1": ["pubmed_parser==0.5.1"],
    "pubmed_parser newest": ["pubmed_parser"],
    "Biopython": ["biopython"],
    "pypdfium2": ["pypdfium2"],
    "trafilatura": ["trafilatura", "lxml_html_clean"],
}
"""Name in the tables to what is installed for it."""

Texts = dict[tuple[str, str], str]
"""Text by path and record."""


def environment(name: str, folder: Path) -> str:
    """Return the interpreter of a peer's environment; empty where it cannot be made."""
    home = folder / name.replace(" ", "-")
    python = home / "bin/python"
    if not (home / "done").exists():
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "-q", *PEERS[name]]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return ""
        (home / "done").touch()
    return str(python)


def peer(python: str, tool: str, paths: Iterable[Path]) -> Texts:
    """Run a peer on some files."""
    script = str(Path(__file__).with_name("fidelity_peers.py"))
    found: Texts = {}
    command = [python, script, tool, *map(str, paths)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            row = json.loads(line)
            if "text" in row:
                found[row["path"], row["record"]] = marked(row["text"])
    return found


def marked(text: str) -> str:
    """Read inline tags as the marks of the Text contract."""
    text = re.sub(r"<sup>(.*?)</sup>", r"^{\1}", text)
    text = re.sub(r"<sub>(.*?)</sub>", r"_{\1}", text)
    return re.sub(r"</?(?:i|b|u|em|strong)>", "", text)


def version(python: str, package: str) -> str:
    """The version of a package in an environment."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([python, "-c", code], check=False, capture_output=True, text=True)
    return done.stdout.strip()


def ours(source: str, paths: Iterable[Path]) -> Texts:
    """Run our own parser on the same files."""
    from sources import registry

    found: Texts = {}
    for path in paths:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as stream:
            name = path.name.removesuffix(".gz")
            items = registry.get(source)().parse(Resource(path.name, name, -1, ""), stream)
            try:
                for item in items:
                    if isinstance(item, Document) and not item.part:
                        record = item.native_id if source == "pubmed" else ""
                        text = f"# {item.title}\n\n{item.text}" if item.title else item.text
                        vernacular = item.metadata.get("vernacular_title")
                        found[str(path), record] = f"{text}\n\n{vernacular or ''}".strip()
            except SourceError:
                continue
    return found


def figures(raws: Iterable[tuple[Path, Raw]], texts: Texts) -> Comparison:
    """Compare the main documents of some files with what a tool made of them."""
    total = Comparison()
    for path, raw in raws:
        record = raw.record.partition("@")[0] if (str(path), "") not in texts else ""
        text = texts.get((str(path), record))
        found = missing(raw) if text is None else compare(raw, text)
        found.documents = int(text is not None)
        found.faults = []
        total.add(found)
    return total


def line(tool: str, total: Comparison) -> str:
    """One row of a table."""
    exponents = total.kinds["exponent"]
    kept = exponents - total.kinds_wrong["exponent"]
    cells = total.cells
    share = (cells.kept + cells.as_text) / max(cells.cells, 1)
    shown = f"{share:.1%} of {cells.cells:,}" if cells.cells else "–"
    return (
        f"| {tool} | {total.documents:,} | {total.atoms:,} | {total.kept / max(total.atoms, 1):.3%} "
        f"| {total.lost:,} | {total.changed:,} | {total.invented:,} | {kept:,} of {exponents:,} "
        f"| {shown} | {cells.fused:,} | {total.order:.5f} |"
    )


HEAD = (
    "| tool | texts | atoms | kept | lost | changed | invented | exponents | cells | fused | order |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def print_table(
    title: str, raws: list[tuple[Path, Raw]], tools: dict[str, Callable[[], Texts]]
) -> None:
    """Print the table of one kind of file."""
    print(f"\n## {title}: {len({path for path, _ in raws}):,} files\n\n{HEAD}", flush=True)
    for name, run in tools.items():
        print(line(name, figures(raws, run())), flush=True)


def drawn(paths: Iterable[Path], share: float, seed: int) -> list[Path]:
    """The share of files, by the checksum of seed and name."""
    return [p for p in paths if zlib.crc32(f"{seed} {p.name}".encode()) < share * 2**32]


def unpacked(archives: Iterable[Path], folder: Path) -> list[Path]:
    """Unpack archives of flat files; return the files, sorted."""
    for archive in archives:
        with tarfile.open(archive) as members:
            members.extractall(folder / archive.name.partition(".")[0], filter="data")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def first_records(path: Path, count: int, target: Path) -> Path:
    """Write the first records of a PubMed file as a file of its own."""
    with gzip.open(path, "rt", encoding="utf-8") as stream, gzip.open(target, "wt") as out:
        for text in stream:
            # Biopython refuses the address of the DTD, which it brings along, without the s.
            out.write(text.replace("http://dtd.nlm", "https://dtd.nlm"))
            count -= "</PubmedArticle>" in text
            if not count:
                out.write("</PubmedArticleSet>\n")
                break
    return target


def raw_pubmed(paths: Iterable[Path]) -> Iterator[tuple[Path, Raw]]:
    """Main documents of PubMed files."""
    for path in paths:
        with gzip.open(path) as stream:
            yield from ((path, raw) for raw in read_pubmed(stream) if not raw.part)


def raw_articles(paths: Iterable[Path]) -> Iterator[tuple[Path, Raw]]:
    """The articles of JATS files with one each, without their sub-articles."""
    for path in paths:
        mains = [raw for raw in read_jats(path.read_bytes()) if not raw.part]
        if len(mains) == 1:
            mains[0].record = ""
            yield path, mains[0]


def raw_pairs(paths: Iterable[Path]) -> Iterator[tuple[Path, Raw]]:
    """For each PDF the article as its JATS says it."""
    for path in paths:
        raw = next(iter(read_jats(gzip.decompress(path.with_suffix(".xml.gz").read_bytes()))))
        raw.record = ""
        yield path, raw


def main(arguments: argparse.Namespace) -> None:
    """Print all tables."""
    data = Path(os.environ["CURATION_TEST_DATA"])
    arguments.peers.mkdir(parents=True, exist_ok=True)
    pythons = {name: environment(name, arguments.peers) for name in PEERS}
    packages = {name: install[0].partition("=")[0] for name, install in PEERS.items()}
    shown = {n: version(p, packages[n]) for n, p in pythons.items() if p}
    for name, python in pythons.items():
        print(
            f"{name}: {shown.get(name, 'not installed, left out')}"
            if python
            else f"{name}: left out"
        )

    def with_peers(
        source: str, tools: dict[str, str], paths: list[Path]
    ) -> dict[str, Callable[[], Texts]]:
        made: dict[str, Callable[[], Texts]] = {"ours": lambda: ours(source, paths)}
        for name, tool in tools.items():
            if pythons[name]:
                made[name] = lambda n=name, t=tool: peer(pythons[n], t, paths)  # type: ignore[misc]
        return made

    both = ("pubmed_parser 0.5.1", "pubmed_parser newest")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz")
        paths = [first_records(data / "pubmed" / n, arguments.records, folder / n) for n in names]
        tools = {**dict.fromkeys(both, "pubmed_parser_pubmed"), "Biopython": "biopython_pubmed"}
        print_table("PubMed", list(raw_pubmed(paths)), with_peers("pubmed", tools, paths))

        every = unpacked(sorted((data / "jats").glob("*.tar.gz")), folder / "jats")
        raws = list(raw_articles(drawn(every, arguments.share, arguments.seed)))
        tools = dict.fromkeys(both, "pubmed_parser_jats")
        print_table("JATS", raws, with_peers("pmc", tools, [path for path, _ in raws]))

        pairs = drawn(sorted((data / "pdf/pairs").glob("*.pdf")), arguments.share, arguments.seed)
        tools = {"pypdfium2": "pypdfium2_pdf"}
        print_table(
            "PDF against JATS", list(raw_pairs(pairs)), with_peers("guidelines", tools, pairs)
        )

        pages = unpacked([data / "html/guidelines/cdc-pcd-2024-html.tar.xz"], folder / "html")
        pages = drawn(
            (p for p in pages if p.suffix in (".htm", ".html")), arguments.share, arguments.seed
        )
        shown_pages = [(path, read_html(path.read_bytes())) for path in pages]
        tools = {"trafilatura": "trafilatura_html"}
        print_table(
            "HTML (all that the page shows)", shown_pages, with_peers("guidelines", tools, pages)
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=2000)
    default = Path(tempfile.gettempdir()) / "curation-fidelity-peers"
    parser.add_argument("--peers", type=Path, default=default)
    sys.exit(main(parser.parse_args()))
