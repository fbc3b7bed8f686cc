"""A retraction reaches every form and copy of a work, with its date, whoever it is that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lxml import etree

import curation
from sources.items import Relation
from sources.text import jats_links
from tests.corpora import prose
from tests.curation.make_works import TAIL, TEXT, decided, doc, outcome, row_of, said

HEAD = (
    "Record ID,RetractionDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,\n"
    "90001,6/1/2021 0:00,10.9999/A,0,Retraction,\n"
)
BACK = "90002,7/9/2022 0:00,10.9999/A,0,Reinstatement,\n"
TITLE = "Imaginary outcomes of examplin in invented adults"


def built(folder: Path, notices: str) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Build abstract, full text, copies and an edition beside a CSV and a file of PMC."""
    records = [
        {"id": "abstract", "text": prose(1), "pmid": "11", "doi": "10.9999/a", "kind": "abstract",
         "title": TITLE, "metadata": {"languages": ["spa"]}},
        {"id": "full", "text": prose(2), "pmcid": "PMC5", "doi": "10.9999/a", "kind": "article"},
        {"id": "near", "text": prose(2) + TAIL, "pmid": "12"},
        {"id": "equal", "text": prose(2), "pmid": "13"},
        {"id": "edition", "text": prose(1) + TAIL, "pmid": "14", "kind": "abstract",
         "title": TITLE, "metadata": {"languages": ["eng"]}},
        {"id": "marked", "text": prose(3), "pmcid": "PMC6"},
        {"id": "other", "text": prose(4), "pmid": "15"},
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "notes.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    (folder / "watch.csv").write_text(notices)
    (folder / "PMC6.1.json").write_text('{"pmcid": "PMC6", "version": 1, "is_retracted": true}')
    (folder / "recipe.toml").write_text(
        '[language]\nkeep = "any"\n[quality]\nenabled = false\n'
        '[[sources]]\nuse = "jsonl"\nname = "notes"\npaths = ["notes.jsonl"]\n'
        '[[sources]]\nuse = "retraction_watch"\npaths = ["watch.csv"]\n'
        '[[sources]]\nuse = "pmc_metadata"\npaths = ["PMC6.1.json"]\n'
    )
    corpus = curation.build(folder / "recipe.toml", folder / "corpus", workers=1)
    assert corpus.verify()["ok"]
    rows = pq.read_table(corpus.files("ledger/notes/")[0]).to_pylist()
    return {r["id"].removeprefix("notes:"): (r["step"], r["rule"], r["detail"]) for r in rows}


def test_a_csv_takes_back_every_form_and_copy(tmp_path: Path) -> None:
    """By DOI alone: abstract, full text, equal and similar texts, the other edition; then not."""
    words = "retracted by retraction_watch:90001 (2021-06-01)"
    marked = ("status", "retracted_work", "retracted by pmc_metadata:PMC6 (no date known)")
    assert built(tmp_path / "a", HEAD) == {
        "abstract": ("status", "retracted_work", words),
        "full": ("status", "retracted_work", words),
        "near": ("status", "copy_of_retracted", words),
        "equal": ("status", "copy_of_retracted", words),
        "edition": ("status", "copy_of_retracted", words),
        "marked": marked,
        "other": (None, None, None),
    }
    again = built(tmp_path / "b", HEAD + BACK)
    assert again["marked"] == marked
    assert again["full"] == again["other"] == (None, None, None)
    assert {name for name, (step, _, _) in again.items() if step == "status"} == {"marked"}


@pytest.mark.parametrize("relation", ["concern_by", "partially_retracted_by"])
def test_a_doubt_about_a_copy_is_said_of_what_stays(relation: str) -> None:
    """The copy under concern gives way, the concern does not; on demand both go."""
    entries = (
        doc("doubted", text=TEXT + TAIL, pmid="5", relations=[(relation, "pmid:9", "2021-03")]),
        doc("equal", position=1, text=TEXT, pmid="6", doi="10.1000/better"),
    )
    works, verdicts = decided(*entries)
    assert said(works, verdicts) == {"notes:doubted": "near.similar", "notes:equal": "kept"}
    line = verdicts.detail[row_of(works, "notes:equal")]
    assert line.startswith("its copy notes:doubted: ")
    assert line.endswith("by pmid:9 (2021-03)")
    found = outcome(*entries, recipe='[status]\nconcern = "drop"')
    assert found["notes:equal"] == "status.copy_of_retracted"


def test_what_came_later_is_said_of_copies_too() -> None:
    """As of a date before the retraction the copy stays, and says what became of the other."""
    works, verdicts = decided(
        doc("1", text=TEXT + TAIL, pmid="5", relations=[("retracted_by", "pmid:9", "2024")]),
        doc("2", position=1, text=TEXT, pmid="6", doi="10.1000/better"),
        recipe='as_of = "2023"',
    )
    assert said(works, verdicts) == {"notes:1": "near.similar", "notes:2": "kept"}
    line = verdicts.detail[row_of(works, "notes:2")]
    assert line == "its copy notes:1: later retracted by pmid:9 (2024)"


@pytest.mark.parametrize("guard", ["true", "false"])
def test_a_notice_that_repeats_its_paper_is_no_copy_of_it(guard: str) -> None:
    """A notice may print the whole abstract again; a true copy goes."""
    works, verdicts = decided(
        doc("paper", text=TEXT, pmid="1"),
        doc("notice", position=1, text=TEXT + TAIL, pmid="9", date="2021",
            relations=[("retraction_of", "pmid:1")]),
        doc("copy", position=2, text=TEXT + " Of this the clinic knew.", pmid="3"),
        recipe=f"[duplicates]\nguard = {guard}",
    )  # fmt: skip
    assert said(works, verdicts) == {
        "notes:paper": "status.retracted_work",
        "notes:notice": "kept",
        "notes:copy": "status.copy_of_retracted",
    }
    line = verdicts.detail[row_of(works, "notes:notice")]
    assert "one is a notice or reply about the other" in line


def test_a_notice_with_the_very_text_of_its_paper_is_no_copy_of_it() -> None:
    """Neither a retraction nor a correction is; a third one with the text is."""
    works, verdicts = decided(
        doc("paper", text=TEXT, pmid="1"),
        doc("notice", position=1, text=TEXT, pmid="9", relations=[("retraction_of", "pmid:1")]),
        doc("copy", position=2, text=TEXT, pmid="3"),
        doc("corrected", position=3, text=prose(7), pmid="4"),
        doc("erratum", position=4, text=prose(7), pmid="5",
            relations=[("correction_of", "pmid:4")]),
    )  # fmt: skip
    assert said(works, verdicts) == {
        "notes:paper": "status.retracted_work",
        "notes:notice": "kept",
        "notes:copy": "status.copy_of_retracted",
        "notes:corrected": "kept",
        "notes:erratum": "kept",
    }


@pytest.mark.parametrize("guard", ["true", "false"])
def test_every_copy_of_a_retracted_paper_goes(guard: str) -> None:
    """Also copies with the same words, and more of them than a bucket lets meet."""
    copies = [
        doc(f"copy-{n:02}", position=n + 1, text=TEXT + TAIL + " Indeed" * (n // 2) + "." * (n % 2),
            pmid=str(100 + n))
        for n in range(24)
    ]  # fmt: skip
    found = outcome(
        doc("paper", text=TEXT, pmid="1", relations=[("retracted_by", "pmid:9", "2021")]),
        *copies,
        recipe=f"[duplicates]\nguard = {guard}\nbucket_limit = 2",
    )
    paper = found.pop("notes:paper")
    assert paper.startswith("status.retracted")
    assert set(found.values()) == {"status.copy_of_retracted"}


@pytest.mark.parametrize(
    ("article", "link", "expected"),
    [
        ("retraction", "retracted-article", "retraction_of"),
        ("retraction", "retraction-forward", "retraction_of"),
        ("retraction", "retraction", "retraction_of"),
        ("partial-retraction", "retraction", "partial_retraction_of"),
        ("expression-of-concern", "expression-of-concern", "concern_about"),
        ("correction", "correction-forward", "correction_of"),
        ("research-article", "retraction-forward", "retracted_by"),
    ],
)
def test_a_notice_in_jats_never_takes_itself_back(article: str, link: str, expected: str) -> None:
    """Whichever way round its link is tagged, the other end is the paper."""
    element = etree.fromstring(
        '<related-article xmlns:xlink="http://www.w3.org/1999/xlink" ext-link-type="doi" '
        f'related-article-type="{link}" xlink:href="10.1000/1"/>'
    )
    found = list(jats_links.relations([element], article))
    assert found == [Relation(expected, "doi:10.1000/1")]
