"""`sources new`: what it writes works as it is, in a checkout and as a plug-in."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curation.errors import UsageError
from curation.scaffold import new_source
from sources.base import Document, Resource, Source
from tests.corpora import run


def test_in_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Module and sample land where the conformance tests look, and the module reads the sample."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/registry.py").touch()
    monkeypatch.chdir(tmp_path)
    module, sample = new_source("ward_notes", None)
    assert module == tmp_path / "sources/ward_notes.py"
    assert sample.parent == tmp_path / "tests/conformance/samples/ward_notes"
    made = runpy.run_path(str(module))["WardNotes"]
    assert issubclass(made, Source)
    assert made.name == "ward_notes"
    data = sample.read_bytes()
    items = list(made().parse(Resource("s", "s", len(data), str(sample)), io.BytesIO(data)))
    assert len(items) == 2
    assert all(isinstance(item, Document) and item.text for item in items)
    assert module.read_text().count("\n") < 60


def test_as_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a checkout a package is written that builds a corpus once it is installed."""
    monkeypatch.chdir(tmp_path)
    paths = new_source("bulletin", None)
    assert [p.name for p in paths] == ["bulletin.py", "sample.bulletin", "pyproject.toml"]
    project = paths[2].read_text()
    assert 'bulletin = "bulletin:Bulletin"' in project
    info = paths[0].parent / "bulletin-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: bulletin\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[curation.sources]\nbulletin = bulletin:Bulletin\n")
    (tmp_path / "recipe.toml").write_text(
        '[language]\nkeep = "any"\n[quality]\nenabled = false\n'
        '[[sources]]\nuse = "bulletin"\npaths = ["bulletin/sample.bulletin"]\n'
    )
    monkeypatch.setenv("PYTHONPATH", str(paths[0].parent))
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "corpus")
    assert len(pq.read_table(tmp_path / "corpus/v1/data/bulletin")) == 2
    assert "bulletin" in run("sources", "list").stdout


@pytest.mark.parametrize("name", ["Pubmed", "pubmed", "registry", "a-b", "1a", "class", ""])
def test_bad_names_are_refused(tmp_path: Path, name: str) -> None:
    """A name that is taken or no identifier writes nothing."""
    with pytest.raises(UsageError):
        new_source(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second call is refused."""
    new_source("bulletin", tmp_path)
    with pytest.raises(UsageError, match="there already"):
        new_source("bulletin", tmp_path)
