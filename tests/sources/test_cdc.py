"""CDC: pages are works of the US government unless they say or are something else."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from sources.base import Document, Failure, Resource
from sources.cdc import Cdc
from sources.guidelines import Guidelines

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "cdc"


def documents(
    data: bytes, name: str = "page.html", source: Guidelines | None = None
) -> list[Document]:
    """Parse bytes as one file."""
    found = (source or Cdc()).parse(Resource(name, name, len(data), name), io.BytesIO(data))
    return [item for item in found if not isinstance(item, Failure) and isinstance(item, Document)]


def page(address: str) -> Document:
    """A page that names this address."""
    html = (
        (SAMPLES / "elsewhere.html")
        .read_text()
        .replace("https://www.notcdc.gov.example/fever.html", address)
    )
    return documents(html.encode())[0]


def test_the_host_decides() -> None:
    """Hosts of CDC only, whatever their names look like; a page without address is CDC's too."""
    assert page("https://www.cdc.gov/a.html").license == "LicenseRef-USGov"
    assert page("https://stacks.cdc.gov/view/1").license == "LicenseRef-USGov"
    assert page("").license == "LicenseRef-USGov"
    for other in (
        "https://cdc.gov.example/a",
        "https://notcdc.gov/a",
        "https://x.example/cdc.gov/a",
    ):
        assert page(other).license == ""


def test_a_statement_goes_before_the_policy() -> None:
    """A record that says what it permits keeps that, and the evidence tells which it is."""
    first, second = documents((SAMPLES / "records.jsonl").read_bytes(), "records.jsonl")
    assert first.license_evidence.startswith("policy: 17 U.S.C. 105")
    assert second.license == "CC-BY-4.0"


def test_real_pages_are_those_of_guidelines_with_a_licence(real_data: Path) -> None:
    """Text and ids are what `guidelines` gives; each page of the journal has the licence."""
    count = 0
    with tarfile.open(real_data / "html" / "guidelines" / "cdc-pcd-2024-html.tar.xz") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is None or count == 12:
                continue
            data = stream.read()
            (found,), (plain,) = documents(data), documents(data, source=Guidelines())
            assert (found.text, found.native_id) == (plain.text, plain.native_id)
            assert found.license == "LicenseRef-USGov"
            count += 1
    assert count == 12
