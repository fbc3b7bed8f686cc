"""Builds of sources that read records: what replaces what, and which form of a work stays."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.dataset as ds

import curation

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples"
RECIPE = """
name = "records"
[[sources]]
use = "labels"
paths = ["labels"]
[[sources]]
use = "preprints"
paths = ["{samples}/preprints/details.json", "{samples}/preprints/99999901.xml"]
[quality]
enabled = false
[language]
keep = "any"
[failures]
tolerate = 1
"""


def spl(version: int, dose: str) -> str:
    """One version of a label."""
    return (
        '<document xmlns="urn:hl7-org:v3"><setId root="AAAAAAAA-1"/>'
        f'<effectiveTime value="203{version}0412"/><versionNumber value="{version}"/>'
        "<component><structuredBody><component><section><title>Use</title><text><paragraph>"
        f"Examplin {dose} for invented fever in adults.</paragraph></text></section></component>"
        "</structuredBody></component></document>"
    )


def test_versions_and_forms_of_one_work(tmp_path: Path) -> None:
    """The newest version of a label stays, as SPL; of a preprint the full text, not its record."""
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "old.xml").write_text(spl(1, "10 mg"))
    (folder / "new.xml").write_text(spl(2, "20 mg"))
    record = {
        "set_id": "aaaaaaaa-1",
        "version": "2",
        "effective_time": "20320412",
        "purpose": ["Fever"],
    }
    (folder / "openfda.json").write_text(json.dumps({"results": [record]}))
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE.replace("{samples}", str(SAMPLES)))
    curation.build(file, tmp_path / "out", workers=1)
    ledger = ds.dataset(tmp_path / "out" / "v1" / "ledger").to_table(
        columns=["id", "outcome", "rule", "resource"]
    )
    found = {
        (row["id"], Path(row["resource"]).name): row["rule"] or row["outcome"]
        for row in ledger.to_pylist()
    }
    doi = "preprints:10.1101/2030.01.01.99999901"
    assert found == {
        ("labels:aaaaaaaa-1", "old.xml"): "superseded",
        ("labels:aaaaaaaa-1@2", "openfda.json"): "superseded",
        ("labels:aaaaaaaa-1@2", "new.xml"): "kept",
        (f"{doi}/abstract", "details.json"): "superseded",
        (f"{doi}/abstract@2", "details.json"): "same_work",
        (f"{doi}@2", "99999901.xml"): "kept",
        ("preprints:10.1101/2030.01.02.99999902/abstract", "details.json"): "withdrawn",
        ("preprints:10.1101/2030.01.02.99999903/abstract@3", "details.json"): "no_text",
        (None, "details.json"): "no_id",
    }
