"""Documents: steps that would change what a text says are undone, and hide nothing."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from curation import documents
from curation.documents import Row, placed_rows, table_of
from curation.task import Parameters
from filters.pii import Masking
from filters.pii.recognisers import recogniser
from sources.base import Document
from tests.corpora import prose
from tests.curation.make_works import (
    TEXT,
    decided,
    doc,
    said,
    table,
)


def test_a_step_that_would_change_a_dose_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where normalisation changes an atom the text stays as it came, and the ledger says so."""

    def faulty(texts: pa.LargeStringArray) -> pa.LargeStringArray:
        return pc.replace_substring(texts, "5 mg", "50 mg")

    monkeypatch.setattr(documents, "normalise", faulty)
    entries = (
        doc("dose", text=f"Take 5 mg with  water. {TEXT}", title="A dose"),
        doc("other", text=prose(7)),
    )
    made = table(entries, "notes")
    assert "Take 5 mg with  water." in made["text"][0].as_py()
    works, verdicts = decided(*entries)
    assert said(works, verdicts) == {"notes:dose": "kept", "notes:other": "kept"}
    details = {works.column("id")[row].as_py(): line for row, line in verdicts.detail.items()}
    assert details == {
        "notes:dose": "normalise would have changed a number, unit or negation; it was undone"
    }


def test_recognisers_look_through_metadata_but_for_cited_names() -> None:
    """Values of every depth and keywords; authors and references stay. Nothing is counted twice."""
    found = recogniser("tests.filters.pii_recognisers:names", {})
    parameters = Parameters(
        "notes", "jsonl", "other", "", {}, Masking("default", (), (found,)), "", {}
    )
    item = Document(
        "n1",
        "A note of Anna Exempel, and Tel: 555-0142-77.",
        title="Of Otto Exempel",
        authors=("Jane Exempel",),
        keywords=("Rita Exempel",),
        metadata={
            "references": ["Karl Exempel. Fever."],
            "deep": [{"by": "seen by Hans Exempel"}],
            "mail": "Uwe Exempel, jane@example.org",
        },
    )
    [row] = table_of(placed_rows([Row("a", "a", 0, item)], "jsonl"), parameters).to_pylist()
    assert row["text"] == "# Of [NAME]\n\nA note of [NAME], and Tel: [PHONE]."
    assert (row["authors"], row["keywords"]) == (["Jane Exempel"], ["[NAME]"])
    assert json.loads(row["metadata"]) == {
        "deep": [{"by": "seen by [NAME]"}],
        "mail": "[NAME], [EMAIL]",
        "references": ["Karl Exempel. Fever."],
    }
    assert dict(row["pii"]) == {"EMAIL": 1, "NAME": 5, "PHONE": 1}
    assert sorted({mask["field"] for mask in row["masks"]}) == [
        "keywords", "metadata.deep", "metadata.mail", "text"
    ]  # fmt: skip
    assert row["pii_fault"] is None


def test_an_undone_text_hides_nothing_personal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the normalised form shows what is personal, the text is withheld."""

    def faulty(texts: pa.LargeStringArray) -> pa.LargeStringArray:
        joined = pc.replace_substring(texts, "\t", " ")
        return pc.replace_substring(joined, "5 mg", "50 mg")

    monkeypatch.setattr(documents, "normalise", faulty)
    entries = (
        doc("call", text=f"Take 5 mg. He called +47 22 85\t50 50 twice. {TEXT}"),
        doc("plain", text=f"Take 5 mg. He called +47 22 85 50 50 twice.\t{prose(8)}"),
    )
    texts = table(entries, "notes")["text"].to_pylist()
    assert texts[0] == ""
    assert "[PHONE]" in texts[1]
    assert "5 mg" in texts[1]
    assert said(*decided(*entries)) == {"notes:call": "pii.scan_failed", "notes:plain": "kept"}
