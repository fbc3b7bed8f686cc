"""Golden files of the sources that read records: every sample of the conformance suite, in full.

Each file under ``tests/conformance/samples/SOURCE`` has a ``tests/golden/records/SOURCE/FILE.md``,
checked by hand. After a deliberate change write them anew with
``python tests/sources/test_records_golden.py`` and read the difference.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from sources import registry
from sources.items import Document, Failure, Item

ROOT = Path(__file__).parents[1]
SAMPLES, GOLDEN = ROOT / "conformance" / "samples", ROOT / "golden" / "records"
SOURCES = ("bookshelf", "cdc", "europepmc", "labels", "preprints", "trials", "who", "wikidoc")
CASES = sorted(
    path.relative_to(SAMPLES).as_posix()
    for name in SOURCES
    for path in (SAMPLES / name).rglob("*")
    if path.is_file() and path.name != "options.json"
)


def shown(case: str) -> str:
    """Everything that a sample gives, in a form for people."""
    source = registry.get(case.partition("/")[0])()
    found: list[str] = []
    for item in source.locate([case], SAMPLES).inputs:
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure), stream
            found += map(_item, source.parse(resource, stream))
    return "\n".join(found)


def _item(item: Item) -> str:
    if not isinstance(item, Document):
        return f"=== {item}\n"
    lines = [f"=== {item.native_id}"]
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.name in ("native_id", "text", "metadata") or value in ("", (), 1, "current", None):
            continue
        if field.name == "relations":
            value = [" ".join(filter(None, (r.type, r.target, r.date))) for r in value]
        lines.append(
            f"{field.name}: {'; '.join(value) if isinstance(value, list | tuple) else value}"
        )
    for key, value in item.metadata.items():
        lines.append(f"metadata {key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join([*lines, "---", item.text, ""])


@pytest.mark.parametrize("case", CASES)
def test_sample_gives_what_was_checked(case: str) -> None:
    """A sample gives the documents, failures and tombstones of its golden file, to the letter."""
    assert shown(case) == (GOLDEN / f"{case}.md").read_text(encoding="utf-8")


def test_every_golden_file_has_a_sample() -> None:
    """No golden file is left over."""
    files = (path for path in GOLDEN.rglob("*") if path.is_file())
    kept = {path.relative_to(GOLDEN).as_posix().removesuffix(".md") for path in files}
    assert kept == set(CASES)


if __name__ == "__main__":
    for name in CASES:
        path = GOLDEN / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown(name), encoding="utf-8")
