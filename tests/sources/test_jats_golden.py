"""Golden files of JATS: fragments with one construct each, and whole documents in many dialects.

Each ``NAME.xml`` under ``tests/golden/jats/fragments`` and ``…/dialects`` has a ``NAME.md``, checked
by hand. After a deliberate change write them anew with ``python tests/sources/test_jats_golden.py``
and read the difference.
"""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest

from sources.items import Document, Resource
from sources.pmc import Pmc

GOLDEN = Path(__file__).parents[1] / "golden" / "jats"
CASES = sorted(p.relative_to(GOLDEN).with_suffix("").as_posix() for p in GOLDEN.glob("*/*.xml"))
WRAPPED = "<article>{}</article>"  # a fragment is part of an article


def parse(path: Path) -> list[Document]:
    """Documents of a file; a bare ``body`` is wrapped in an article."""
    text = path.read_text(encoding="utf-8")
    if text.startswith("<body"):
        text = WRAPPED.format(text)
    data = text.encode()
    resource = Resource(path.name, path.name, len(data), str(path))
    found = list(Pmc().parse(resource, io.BytesIO(data)))
    assert all(isinstance(item, Document) for item in found)
    return [item for item in found if isinstance(item, Document)]


def shown(path: Path) -> str:
    """All that a file gives; of fragments without front matter the text alone."""
    documents = parse(path)
    if path.read_text(encoding="utf-8").startswith("<body") or (
        len(documents) == 1 and not documents[0].title
    ):
        listed = [json.dumps(entry) for entry in documents[0].metadata.get("left_out", [])]
        return "\n".join([documents[0].text, *(["---", *listed] if listed else []), ""])
    return "\n".join(_header(document) + document.text + "\n" for document in documents)


def _header(document: Document) -> str:
    """Fields of a document that say something, one a line between rules."""
    lines = []
    for field in dataclasses.fields(document):
        value = getattr(document, field.name)
        if field.name in ("text", "metadata") or value in ("", (), 1, "current", None):
            continue
        if field.name == "native_id" and not value.startswith(("PMC", "NBK")):
            value = "a hash"
        if field.name == "relations":
            value = [f"{relation.type} {relation.target}" for relation in value]
        lines.append(f"{field.name}: {', '.join(value) if isinstance(value, tuple) else value}")
    for key, value in document.metadata.items():
        items = value if isinstance(value, list) else [value]
        lines += [f"{key}: {json.dumps(item, ensure_ascii=False)}" for item in items]
    return "\n".join(["---", *lines, "---", ""])


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str) -> None:
    """A file gives what was checked by hand."""
    expected = (GOLDEN / f"{case}.md").read_text(encoding="utf-8")
    assert shown(GOLDEN / f"{case}.xml") == expected


def test_there_are_enough() -> None:
    """At least forty fragments and eight dialects, each with its expected output."""
    folders = [case.partition("/")[0] for case in CASES]
    assert folders.count("fragments") >= 40
    assert folders.count("dialects") >= 8
    assert {p.stem for p in GOLDEN.glob("*/*.md")} == {Path(case).name for case in CASES}


if __name__ == "__main__":
    for name in CASES:
        (GOLDEN / f"{name}.md").write_text(shown(GOLDEN / f"{name}.xml"), encoding="utf-8")
