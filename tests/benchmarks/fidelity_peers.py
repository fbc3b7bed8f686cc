"""What peers make of a file: run by their own interpreter, ``python fidelity_peers.py TOOL PATHS…``.

Prints one JSON object a line: ``path``, ``record`` (PMID, else empty), ``text`` (Markdown or plain
text), or ``error``. Needs nothing of this project; each tool is called as its manual shows it.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Found = Iterator[tuple[str, str]]


def pubmed_parser_pubmed(path: str) -> Found:
    """Title and abstract of every record."""
    import pubmed_parser

    for record in pubmed_parser.parse_medline_xml(path, year_info_only=False):
        if not record.get("delete"):
            yield record["pmid"], f"# {record['title']}\n\n{record['abstract']}"


def pubmed_parser_jats(path: str) -> Found:
    """All that it has of an article: title, abstract, all paragraphs, captions, tables."""
    import pubmed_parser

    article = pubmed_parser.parse_pubmed_xml(path)
    parts = [f"# {article['full_title']}", article["abstract"]]
    paragraphs = pubmed_parser.parse_pubmed_paragraph(path, all_paragraph=True)
    parts += [paragraph["text"] for paragraph in paragraphs or ()]
    with contextlib.suppress(Exception):  # raises where a figure has no id
        captions = pubmed_parser.parse_pubmed_caption(path) or ()
        parts += [f"{c['fig_label']} {c['fig_caption']}" for c in captions]
    with contextlib.suppress(Exception):
        for table in pubmed_parser.parse_pubmed_table(path, return_xml=False) or ():
            parts.append(f"{table['label']} {table['caption']}")
            rows = [table["table_columns"] or [], *(table["table_values"] or [])]
            parts.append("\n".join(f"| {' | '.join(map(str, row))} |" for row in rows))
    yield "", "\n\n".join(part for part in parts if part)


def biopython_pubmed(path: str) -> Found:
    """`Entrez.read`: strings as they come, inline tags in them."""
    from Bio import Entrez

    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as stream:
        answer: Any = Entrez.read(stream)
    records = answer["PubmedArticle"] if isinstance(answer, dict) else answer
    for record in records:
        citation = record["MedlineCitation"]
        article = citation["Article"]
        paragraphs = [str(article["ArticleTitle"])]
        for text in article.get("Abstract", {}).get("AbstractText", ()):
            label = getattr(text, "attributes", {}).get("Label")
            paragraphs.append(f"{label}: {text}" if label else str(text))
        yield str(citation["PMID"]), "# " + "\n\n".join(paragraphs)


def pypdfium2_pdf(path: str) -> Found:
    """The plain text of every page."""
    import pypdfium2

    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]
    yield "", "\n\n".join(page.replace("\r\n", "\n") for page in pages)


def trafilatura_html(path: str) -> Found:
    """Markdown with tables and formatting; the blank that it sets before raised text in cells goes."""
    import trafilatura

    data = Path(path).read_bytes()
    text = trafilatura.extract(
        data, output_format="markdown", include_tables=True, include_formatting=True
    )
    yield "", (text or "").replace(" <sup>", "<sup>")


def main() -> None:
    """Run one tool on some paths."""
    tool = globals()[sys.argv[1]]
    for path in sys.argv[2:]:
        try:
            for record, text in tool(path):
                print(json.dumps({"path": path, "record": record, "text": text}))
        except Exception as error:
            print(json.dumps({"path": path, "error": type(error).__name__}))


if __name__ == "__main__":
    main()
