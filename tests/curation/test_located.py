"""What is said of a recipe that does not look like that of the version before."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.located import succession
from curation.recipe import load
from curation.stores import place
from tests.curation.make_version import make_version

ENTRY = '[[sources]]\nuse = "{}"\nname = "{}"\npaths = ["x"]\n'


@pytest.mark.parametrize(
    ("name", "entries", "said"),
    [
        ("fiction", [("pubmed", "pubmed"), ("guidelines", "guide")], []),
        ("fiction", [("pubmed", "pubmed"), ("guidelines", "guide"), ("pmc", "pmc")], []),
        ("other", [("pubmed", "pubmed"), ("guidelines", "guide")], ["'fiction', not 'other'"]),
        ("fiction", [("guidelines", "guide")], ["sources that the recipe has not (pubmed)"]),
        ("fiction", [("pubmed", "pubmed"), ("pmc", "guide")], ["reads guide with another source"]),
        ("other", [("pmc", "pmc")], ["'fiction', not 'other'", "has not (guide, pubmed)"]),
    ],
)
def test_another_recipe_is_told_from_one_that_grew(tmp_path: Path, name, entries, said) -> None:
    """Another name, a source that is gone or is another one; a new source alone is none of these."""
    version = make_version(tmp_path / "c")
    path = tmp_path / "recipe.toml"
    path.write_text(f'name = "{name}"\n' + "".join(ENTRY.format(*entry) for entry in entries))
    lines = succession(load(path), place(version))
    assert len(lines) == bool(said)
    for words in said:
        assert words in lines[0]
        assert "--out" in lines[0]
    assert succession(load(path), None) == ()
