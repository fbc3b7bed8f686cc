"""The list of versions, and what changed between two."""

from __future__ import annotations

import pytest

from curation.errors import UsageError
from curation.versions import diff, listed, pick
from tests.curation.make_version import dropped, failed, kept, make_version, standard_rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two versions that differ in each way once."""
    folder = tmp_path_factory.mktemp("diff")
    make_version(folder)
    rows = {row.get("id") or row["resource"]: row for row in standard_rows()}
    rows["pubmed:2"]["text"] += " One more sentence."
    rows["pubmed:3"]["license"] = "CC-BY-SA-4.0"
    del rows["pubmed:4"]
    rows["guide:a1"] = dropped("a1", "quality", "words_min", "guide", value=3, threshold=20)
    rows["pubmed:5"] = kept("5")
    rows["pubmed:20"] = kept("20")
    rows["guide:a3"] = dropped("a3", "quality", "digits_max", "guide", value=1, threshold=0.2)
    rows["pubmed/broken.xml.gz"] = failed("pubmed/broken.xml.gz", "damaged")
    make_version(folder, list(rows.values()), "v2", recipe={"language": {"keep": ["en"]}})
    return folder


def test_each_change_is_found_once_and_nothing_else(corpus):
    """Added, removed, changed text, changed data and other reasons, each with its ids."""
    found = diff(pick(corpus, "v1"), pick(corpus, "2"))
    assert found["counts"] == {
        "added": 2, "removed": 2, "other_moves": 2, "text_changed": 1, "description_changed": 1,
        "unchanged": 3,
    }  # fmt: skip
    moves = {(m["before"], m["after"]): m["ids"] for m in found["moves"]}
    assert moves == {
        ("absent", "kept"): ["pubmed:20"],
        ("dropped: quality.words_min", "kept"): ["pubmed:5"],
        ("kept", "absent"): ["pubmed:4"],
        ("kept", "dropped: quality.words_min"): ["guide:a1"],
        ("dropped: licence.purpose", "dropped: quality.digits_max"): ["guide:a3"],
        ("failed: parse.truncated", "failed: parse.damaged"): ["pubmed/broken.xml.gz record -1"],
    }
    assert found["changed"]["text"]["ids"] == ["pubmed:2"]
    assert found["changed"]["description"]["ids"] == ["pubmed:3"]
    assert {"key": "language.keep", "old": None, "new": ["en"]} in found["recipe_changed"]


def test_a_version_does_not_differ_from_itself(corpus):
    """No move, no change, all unchanged."""
    found = diff(pick(corpus, "v2"), pick(corpus, "latest"))
    assert found["moves"] == []
    assert found["counts"]["unchanged"] == found["kept"]["new"] == 7


def test_the_way_back_is_the_mirror(corpus):
    """From B to A, what was added is removed."""
    there = diff(pick(corpus, "1"), pick(corpus, "2"))["counts"]
    back = diff(pick(corpus, "2"), pick(corpus, "1"))["counts"]
    assert (there["added"], there["removed"]) == (back["removed"], back["added"])
    assert there["text_changed"] == back["text_changed"]


def test_top_limits_ids_not_counts(corpus):
    """A limit shortens lists only."""
    short = diff(pick(corpus, "1"), pick(corpus, "2"), top=0)
    assert all(move["ids"] == [] for move in short["moves"])
    assert short["counts"] == diff(pick(corpus, "1"), pick(corpus, "2"))["counts"]


def test_superseded_revisions_do_not_count_as_a_change(tmp_path):
    """A new revision of a kept document is a changed text, not a document that went."""
    make_version(tmp_path, [kept("1")], shards=1)
    rows = [
        kept("1", resource="pubmed/update.xml", text="Another text altogether."),
        dropped("1", "status", "superseded", representative="pubmed:1"),
    ]
    make_version(tmp_path, rows, "v2", shards=1)
    found = diff(pick(tmp_path, "1"), pick(tmp_path, "2"))
    assert found["moves"] == []
    assert found["changed"]["text"]["ids"] == ["pubmed:1"]


def test_an_unknown_version_names_the_known(corpus):
    """A wrong version lists those there are."""
    for wrong in ("3", "v3", "v0", "x"):
        with pytest.raises(UsageError, match="there is v1, v2"):
            pick(corpus, wrong)


def test_versions_are_listed_in_their_order_with_what_is_new(corpus):
    """Oldest first; the second version adds less than it holds, because files are shared."""
    found = listed(corpus)
    assert [row["version"] for row in found["versions"]] == ["v1", "v2"]
    assert found["latest"] == "v2"
    first, second = found["versions"]
    assert first["new_bytes"] == first["bytes"]
    assert 0 < second["new_bytes"] < second["bytes"]
    assert listed(corpus / "v1") == found
    assert first["kept"] == 7
