"""Finding inputs: what a recipe's paths stand for, in a fixed order, and what cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sources.files import locate, matches


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files, archives, other things and a hidden folder."""
    for name in ["b/2.xml", "b/1.xml.gz", "a/x.txt", "a/pack.tar.gz", "c.xml", ".hidden/9.xml"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("x")
    return tmp_path


def paths(tree: Path, *given: str) -> list[str]:
    """Return the located paths."""
    return [item.path for item in locate(given, tree, ["*.xml"]).inputs]


def test_folders_give_what_fits_and_archives(tree: Path) -> None:
    """A folder is walked; hidden parts and other files are left alone."""
    assert paths(tree, ".") == ["a/pack.tar.gz", "b/1.xml.gz", "b/2.xml", "c.xml"]


def test_named_files_are_read_whatever_their_name(tree: Path) -> None:
    """The user said so."""
    assert paths(tree, "a/x.txt") == ["a/x.txt"]


def test_globs_and_doubles(tree: Path) -> None:
    """A file that several entries name comes once; ** walks."""
    assert paths(tree, "**/*.xml", "b", "c.xml") == ["b/1.xml.gz", "b/2.xml", "c.xml"]
    assert paths(tree, "a/*") == ["a/pack.tar.gz"]


def test_order_of_entries_does_not_matter(tree: Path) -> None:
    """The listing is sorted by path."""
    assert paths(tree, "c.xml", "b") == paths(tree, "b", "c.xml")


def test_what_is_not_there_is_a_problem(tree: Path) -> None:
    """Missing paths, fifos and links that lead outside each give one line."""
    os.mkfifo(tree / "pipe.xml")
    (tree / "b/out.xml").symlink_to("/etc/hostname")
    listing = locate(["nowhere", "no/*.xml", "pipe.xml", "b"], tree, ["*.xml"])
    assert {p.path: p.rule for p in listing.problems} == {
        "nowhere": "missing",
        "no/*.xml": "missing",
        "pipe.xml": "not_a_file",
        "b/out.xml": "not_a_file",
    }
    assert [item.path for item in listing.inputs] == ["b/1.xml.gz", "b/2.xml"]


def test_an_empty_folder_is_said(tree: Path) -> None:
    """A folder without a fitting file is a problem, not silence."""
    (tree / "empty").mkdir()
    [problem] = locate(["empty"], tree, ["*.xml"]).problems
    assert problem.rule == "empty_folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_folder(tree: Path) -> None:
    """A folder without permission is one problem."""
    (tree / "b").chmod(0)
    try:
        [problem] = locate(["b"], tree, ["*.xml"]).problems
    finally:
        (tree / "b").chmod(0o755)
    assert problem.rule == "unreadable"


def test_patterns_ignore_compression_and_case() -> None:
    """A compression suffix says nothing about the content."""
    assert matches("A.XML.GZ", ["*.xml"])
    assert not matches("a.xml.txt", ["*.xml"])


def test_files_of_other_kinds_are_named(tmp_path: Path) -> None:
    """What a folder or glob holds and the source does not read is listed; hidden files are not."""
    for name in ("in/a.xml", "in/b.docx", "in/deep/c.pdf", "in/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    for paths in (["in"], ["in/**"]):
        found = locate(paths, tmp_path, ("*.xml",))
        assert [item.path for item in found.inputs] == ["in/a.xml"]
        assert found.skipped == ("in/b.docx", "in/deep/c.pdf")
    assert locate(["in", "in/b.docx"], tmp_path, ("*.xml",)).skipped == ("in/deep/c.pdf",)
