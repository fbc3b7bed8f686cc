"""Markdown, plain text and JSON lines: everything counts.

A record of JSON lines is a document: its title and its body, which is Markdown, text or HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from curation.fidelity.blocks import Block, Raw, Unit
from curation.fidelity.markdown import read_markdown
from curation.fidelity.marks import fold
from curation.fidelity.raw_html import decoded, read_html

_FRONT_MATTER = re.compile(r"---\r?\n(?:.*\r?\n){0,200}?(?:---|\.\.\.)\r?\n")
_BODIES = ("html", "markdown", "text")


def read_text(data: bytes) -> Raw:
    """Return a Markdown or plain text file as one document; front matter may be absent."""
    text = decoded(data)
    raw = Raw()
    front = _FRONT_MATTER.match(text)
    if front:
        blocks, _ = read_markdown(front[0])
        raw.units.append(Unit(blocks, reason="front matter"))
        text = text[front.end() :]
    blocks, raw.tables = read_markdown(text)
    raw.units.append(Unit(blocks))
    return raw


def read_jsonl(stream: BinaryIO, names: Mapping[str, str]) -> Iterator[Raw | None]:
    """Yield one document for each line that is not blank; None for one that is no record.

    Args:
        stream: JSON lines.
        names: Standard name of a field to the name in the file, as in a recipe.
    """
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        yield read_record(record, names, f"line {number}") if isinstance(record, dict) else None


def read_record(record: Mapping[str, object], names: Mapping[str, str], place: str) -> Raw | None:
    """Return one record as a document, None where it holds no text."""
    title = record.get(names.get("title", "title"))
    form = next((n for n in _BODIES if isinstance(record.get(names.get(n, n)), str)), "")
    if not form:
        return None
    body = str(record[names.get(form, form)])
    if form == "html":
        try:
            raw = read_html(body)
        except ValueError:
            return None
    else:
        blocks, tables = read_markdown(body)
        raw = Raw(units=[Unit(blocks)], tables=tables)
    raw.place = place
    raw.record = str(record.get(names.get("id", "id"), ""))
    if isinstance(title, str) and fold(title):
        raw.units.insert(0, Unit([Block(fold(title), "title")], reason="declared title"))
    return raw
