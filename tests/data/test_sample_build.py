"""The sample corpus from end to end: what data/README.md promises is what the ledger says."""

from __future__ import annotations

import importlib.util
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.corpora import rows_of, run

ROOT = Path(__file__).parents[2]


def planted() -> list[list[str]]:
    """Rows of the README's tables, as the test of the raw files reads them."""
    spec = importlib.util.spec_from_file_location(
        "sample_rows", Path(__file__).parent / "test_sample.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows: list[list[str]] = module.planted()
    return rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, language_model: Path) -> Path:
    """The sample, built with two workers; the planted failures are tolerated, so it ends with 0."""
    out = tmp_path_factory.mktemp("sample") / "corpus"
    run("build", ROOT / "data/sample/recipe.toml", "--out", out, "--workers", "2", code=0)
    return out


@pytest.fixture(scope="module")
def rows(corpus: Path) -> dict[str, list[dict[str, Any]]]:
    """Ledger rows by id and by resource."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(corpus / "v1"):
        found[row["resource"]].append(row)
        found[row["id"]].append(row)
    return found


@pytest.mark.parametrize("row", planted(), ids=lambda row: row[0])
def test_what_is_planted_ends_as_listed(
    row: list[str], rows: dict[str, list[dict[str, Any]]]
) -> None:
    """Outcome, step and rule of every planted thing are those of data/README.md."""
    where, _, outcome, step, rule = row
    resource, _, line = where.partition(" line ")
    found = rows[resource]
    if line:
        found = [r for r in found if f"line {line}" in (r["detail"] or "")]
    seen = [(r["outcome"], r["step"] or "", r["rule"] or "") for r in found]
    assert any(
        (o, s) == (outcome, step) and (rule in ("*", r) or (o == "kept" and not rule))
        for o, s, r in seen
    ), seen


def test_nothing_else_is_lost(rows: dict[str, list[dict[str, Any]]]) -> None:
    """What is dropped or failed is planted; a missing good document would be seen here."""
    listed = {row[0].partition(" line ")[0] for row in planted()}
    for key, found in rows.items():
        for row in found if key and ":" in key else ():
            if row["outcome"] == "dropped" and row["rule"] != "tombstone":
                places = {row["id"], row["resource"], row["id"].partition("#")[0]}
                assert places & listed, (row["id"], row["step"], row["rule"])


def test_verify_finds_no_fault(corpus: Path) -> None:
    """The deep check of the built sample passes."""
    done = run("verify", corpus, "--deep", "--json")
    assert json.loads(done.stdout)["faults"] == []


def test_stats_and_explain_speak_of_it(corpus: Path) -> None:
    """The two questions that people ask first have answers."""
    stats = json.loads(run("stats", corpus, "--json").stdout)
    assert stats
    done = run("explain", corpus, "pubmed:99000006")
    assert "retracted" in done.stdout.lower()
