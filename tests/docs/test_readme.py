"""The README tells the truth: its blocks are what the programs print, its example runs."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.corpora import run
from tests.docs.readme import README, block, blocks


def test_blocks_are_what_the_programs_print(tmp_path: Path, language_model: Path) -> None:
    """The sample's output, its drops and the explanation; `python -m tests.docs.readme` renews."""
    text = README.read_text()
    for marker, content in blocks(tmp_path).items():
        assert block(text, marker) == content, marker


def test_the_example_source_builds_a_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The complete source of the README, as a plug-in: under 60 lines, and it works."""
    code = block(README.read_text(), "a complete source")
    assert code.count("\n") < 60
    plugin = tmp_path / "plugin"
    (plugin / "bulletins-1.dist-info").mkdir(parents=True)
    (plugin / "bulletins-1.dist-info/METADATA").write_text("Name: bulletins\nVersion: 1\n")
    (plugin / "bulletins-1.dist-info/entry_points.txt").write_text(
        "[curation.sources]\nbulletins = bulletins:Bulletins\n"
    )
    (plugin / "bulletins.py").write_text(code)
    (tmp_path / "ward.bulletins").write_text("7\tGive examplin 5 mg at noon.\nno tab here\n")
    (tmp_path / "recipe.toml").write_text(
        '[language]\nkeep = "any"\n[quality]\nenabled = false\n[failures]\ntolerate = 1\n'
        '[[sources]]\nuse = "bulletins"\npaths = ["ward.bulletins"]\n'
    )
    monkeypatch.setenv("PYTHONPATH", str(plugin))
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "corpus")
    [row] = pq.read_table(tmp_path / "corpus/v1/data/bulletins").to_pylist()
    assert row["id"] == "bulletins:7"
    assert row["text"] == "# Bulletin 7\n\nGive examplin 5 mg at noon."
    assert row["license"] == "CC0-1.0"


def test_the_example_measurement_is_one() -> None:
    """The measurement of CONTRIBUTING.md computes what it says."""
    import pyarrow as pa

    text = (README.parent / "CONTRIBUTING.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(code, names)
    made = names["QUESTIONS"].compute(pa.array(["a? b?", ""], pa.large_string()))  # type: ignore[attr-defined]
    assert made["question_marks"].to_pylist() == [2, 0]
