"""The recipes that are fetched: they can be run as they are, and say what that takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curation.recipe import Recipe, load, shipped
from curation.terms import refusal, terms_of
from filters.licence import PERMITTED, group
from sources import registry
from sources.fetch import remote as remotes

FETCHED = sorted(set(shipped()) - {"local", "look"})
SCALE = Path(__file__).parents[2] / "docs/scale.md"


@pytest.fixture(params=FETCHED)
def recipe(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Recipe:
    """A shipped recipe, its paths relative to an empty folder."""
    monkeypatch.chdir(tmp_path)
    return load(request.param)


def test_those_that_are_asked_for_are_there() -> None:
    """By name."""
    assert FETCHED == ["gap", "guidelines-only", "open-papers", "pubmed-abstracts", "update"]


def test_every_source_has_a_connector_or_paths(recipe: Recipe) -> None:
    """Its connector's files are ones that it reads, and its paths are the snapshot."""
    for spec in recipe.sources:
        assert spec.fetch is not None
        declared = remotes.get(str(spec.fetch["remote"]))
        assert spec.use in (declared.readers or (declared.name,))
        assert spec.use in registry.names()
        assert spec.paths == (f"{recipe.fetch['folder']}/{spec.name}.snapshot",)
        made = declared({key: spec.fetch[key] for key in declared.options})
        assert made.hosts()
        assert spec.fetch["robots"] == "obey"


def test_terms_permit_the_purpose(recipe: Recipe) -> None:
    """None forbids training, needs an override or a narrower purpose; licences that they give fit."""
    purpose = recipe.text("", "purpose")
    for spec in recipe.sources:
        terms = terms_of(spec.use, spec.fetch, recipe.root)
        assert not spec.override_terms
        assert refusal(spec.name, terms, purpose, "") == ("", "")
        for licence in (terms.licence if terms else "", spec.license):
            assert not licence or purpose in PERMITTED[group(licence)], spec.name
        for code in spec.fetch.get("licences", []) if spec.use == "pmc" else []:
            name = "CC0-1.0" if code == "CC0" else f"LicenseRef-{code.replace(' ', '-')}"
            assert purpose in PERMITTED[group(name)], code


def test_the_header_says_what_it_takes(recipe: Recipe) -> None:
    """Size, time, disk, memory and yield, the assumptions behind them, and the commands."""
    text = shipped()[recipe.path].read_text()
    head = re.match(r"(?:#.*\n)+", text)[0]
    for word in ("To fetch: ", "Time: ", "Disk: ", "Memory: ", "Gives: ", "Assumes: "):
        assert f"\n# {word}" in head, word
    for verb in ("fetch", "build"):
        assert f"#     curation {verb} {recipe.path} " in head
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "column"), [("pubmed-abstracts", 0), ("open-papers", 1), ("gap", 2)]
)
def test_figures_of_builds_are_those_of_the_page_on_scale(name: str, column: int) -> None:
    """Cache and version, which are derived there from measured builds."""
    rows = re.findall(r"^\| (cache|version), GB \| (.*) \|$", SCALE.read_text(), re.MULTILINE)
    figures = {row: cells.split(" | ")[column] for row, cells in rows}
    text = shipped()[name].read_text()
    assert f" {figures['cache']} GB of cache" in text
    assert f" {figures['version']} GB a version" in text


def test_who_fetches_says_who_they_are(recipe: Recipe, monkeypatch, call) -> None:
    """A shipped recipe names nobody: without a contact nothing is asked, and the line says how."""
    monkeypatch.delenv("CURATION_CONTACT", raising=False)
    code, _, err = call("fetch", recipe.path, "--dry-run")
    assert code == 2
    assert "give --contact" in err
    assert err.count("\n") == 1
