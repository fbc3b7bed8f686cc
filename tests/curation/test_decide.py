"""Decide: the first matching step wins, rules come before survivors, and nothing hangs in the air."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation import documents, near
from curation.decide import STEPS, Verdicts, decide, outcome_counts
from curation.errors import CheckError
from curation.pipeline import _alarms, _summary
from curation.table import Works
from tests.corpora import prose
from tests.curation.make_works import (
    Entry,
    broken,
    doc,
    gone,
    recipe_of,
    row_of,
    said,
    stays_for,
    table,
    works_of,
)

TEXT = prose(1)
TAIL = " Nothing else was written here and the record ends."


def decided(*entries: Entry, recipe: str = "", **options: Any) -> tuple[Works, Verdicts]:
    """Return works and verdicts."""
    works = works_of(*entries, **options)
    return works, decide(works, recipe_of(recipe))


def outcome(*entries: Entry, recipe: str = "") -> dict[str, str]:
    """Return id to ``kept`` or ``step.rule``."""
    return said(*decided(*entries, recipe=recipe))


def reworded(seed: int, number: int) -> str:
    """Return `prose` with one number changed: 5 of its shingles on each side are other ones."""
    words = prose(seed).split()
    places = [n for n, word in enumerate(words) if any(c.isdigit() for c in word)]
    words[places[len(places) // 2]] = f"finding{number}"
    return " ".join(words)


def test_the_first_matching_step_wins() -> None:
    """Each document breaks one step more than the next: the earliest is its reason."""
    wrong: dict[str, Any] = {"lang": "de", "words": 3, "pii_failed": True}
    keeper = doc("keeper", pmid="500", text=TEXT, columns={"words": 9999})
    rows = [
        doc("no_text", text=" ", status="retracted", license="NOASSERTION", columns=wrong),
        doc("status", text=prose(4), status="retracted", license="NOASSERTION", columns=wrong),
        doc("licence", pmid="500", text=TEXT, license="NOASSERTION", columns=wrong),
        doc("language", pmid="500", text=TEXT, columns=wrong),
        doc("quality", pmid="500", text=TEXT, columns={**wrong, "lang": "en"}),
        doc("pii", pmid="500", text=TEXT, columns={"pii_failed": True}),
    ]
    rest = [
        doc("identity", pmid="500", text=prose(2)),
        doc("exact", text=prose(3)),
        doc("exact-keeper", text=prose(3), doi="10.1000/k"),
        doc("near", text=prose(3) + TAIL, columns={"words": 60}),
    ]
    entries = [
        Entry(e.source, e.resource, n, e.item, e.columns)
        for n, e in enumerate([keeper, *rows, *rest])
    ]
    found = outcome(
        *entries, recipe='purpose = "commercial"\n[quality]\nwords_min = 20\nsentences_min = false'
    )
    assert found == {
        "notes:keeper": "kept",
        "notes:no_text": "parse.no_text",
        "notes:status": "status.retracted",
        "notes:licence": "licence.purpose",
        "notes:language": "language.lang_keep",
        "notes:quality": "quality.words_min",
        "notes:pii": "pii.scan_failed",
        "notes:identity": "identity.same_work",
        "notes:exact": "exact.same_text",
        "notes:exact-keeper": "kept",
        "notes:near": "near.similar",
    }


def test_everything_off_keeps_whatever_parses() -> None:
    """With all switches off and a private purpose only failures and empty records are missing."""
    off = '[language]\nkeep = "any"\n' + "".join(
        f"[{table}]\nenabled = false\n" for table in ("status", "quality", "identity", "duplicates")
    )
    assert outcome(
        doc("a", text=TEXT, pmid="1", status="retracted", license="NOASSERTION"),
        doc("b", position=1, text=TEXT, pmid="1", columns={"lang": "de"}),
        doc("c", position=2, text="Short."),
        doc("d", position=3, text=""),
        broken(position=4),
        recipe=off,
    ) == {
        "notes:a": "kept",
        "notes:b": "kept",
        "notes:c": "kept",
        "notes:d": "parse.no_text",
        "a.jsonl/4": "parse.truncated",
    }


LICENCES = {
    # private, non-commercial, commercial: the table of the design page
    "CC0-1.0": (True, True, True),
    "CC-BY-4.0": (True, True, True),
    "CC-BY-SA-4.0": (True, True, True),
    "CC-BY-NC-4.0": (True, True, False),
    "CC-BY-NC-SA-4.0": (True, True, False),
    "CC-BY-ND-4.0": (True, False, False),
    "CC-BY-NC-ND-4.0": (True, False, False),
    "LicenseRef-PMC-TDM": (True, False, False),
    "LicenseRef-NLM-PubMed": (True, True, False),
    "NOASSERTION": (True, False, False),
    "LicenseRef-No-Training": (False, False, False),
}


@pytest.mark.parametrize(
    ("column", "purpose"), list(enumerate(["private", "non-commercial", "commercial"]))
)
def test_licences_by_purpose(column: int, purpose: str) -> None:
    """Every group and purpose of the design's table; the evidence names licence and purpose."""
    works, verdicts = decided(
        *(doc(f"d{n}", position=n, license=name, text=100 + n) for n, name in enumerate(LICENCES)),
        recipe=f'purpose = "{purpose}"',
    )
    found = said(works, verdicts)
    for n, (name, allowed) in enumerate(LICENCES.items()):
        wanted = "kept" if allowed[column] else "licence.purpose"
        assert found[f"notes:d{n}"] == wanted, name
        if not allowed[column]:
            detail = verdicts.detail[row_of(works, f"notes:d{n}")]
            assert name in detail
            assert purpose in detail


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("CC-BY-4.0", True),
        ("CC-BY-SA-4.0", True),
        ("CC-BY-NC-4.0", False),
        ("CC-BY-ND-4.0", False),
        ("LicenseRef-PMC-TDM", False),
        ("NOASSERTION", False),
    ],
)
def test_an_abstract_is_covered_by_its_full_text(brought: str, kept: bool) -> None:
    """In a commercial corpus an abstract of NLM stays if the linked work's licence allows it."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", pmcid="PMC1", license=brought),
        recipe='purpose = "commercial"\n[identity]\nenabled = false',
    )
    assert said(works, verdicts)["pubmed:1"] == ("kept" if kept else "licence.purpose")
    if kept:
        assert verdicts.license[row_of(works, "pubmed:1")].as_py() == brought


def test_of_several_full_texts_the_freest_licence_covers() -> None:
    """Two copies of one paper: the abstract stands under the freer of their licences."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("a", source="pmc", kind="article", pmid="1", license="CC-BY-SA-4.0"),
        doc("b", source="pmc", position=1, kind="article", pmid="1", license="CC-BY-4.0"),
        recipe='purpose = "commercial"\n[identity]\nenabled = false',
    )
    assert verdicts.license[row_of(works, "pubmed:1")].as_py() == "CC-BY-4.0"


def test_a_linked_licence_never_makes_an_abstract_worse() -> None:
    """A closed full text beside it does not take NLM's terms away from an abstract."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", license="LicenseRef-PMC-TDM"),
        recipe="[identity]\nenabled = false",
    )
    assert verdicts.license[row_of(works, "pubmed:1")].as_py() == "LicenseRef-NLM-PubMed"


def test_a_retracted_full_text_lends_no_licence() -> None:
    """What is dropped covers nothing."""
    found = outcome(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", text=" ", license="CC-BY-4.0"),
        recipe='purpose = "commercial"',
    )
    assert found["pubmed:1"] == "licence.purpose"


@pytest.mark.parametrize(
    ("as_of", "date", "kept"),
    [
        ("2023-08-01", "2023-08-01", True),
        ("2023-08-01", "2023-08-02", False),
        ("2023-08-01", "2023-07-31", True),
        ("2023-08-01", "2023-08", True),
        ("2023-08-01", "2023-09", False),
        ("2023-08-01", "2023", True),
        ("2023-08-01", "2024", False),
        ("2023-08-01", "", True),
        ("2023-08", "2023-08-31", True),
        ("2023-08", "2023-09-01", False),
        ("2023", "2023-12-31", True),
        ("2023", "2024-01-01", False),
    ],
)
def test_as_of_compares_what_both_dates_know(as_of: str, date: str, kept: bool) -> None:
    """A document is later only where the digits that both dates have say so."""
    found = outcome(doc("a", date=date), recipe=f'as_of = "{as_of}"')
    assert found == {"notes:a": "kept" if kept else "status.after_as_of"}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"kind": "article"}, {"kind": "abstract", "version": 2, "license": "CC0-1.0"}),
        ({"version": 2, "license": "NOASSERTION"}, {"license": "CC0-1.0", "pmcid": "PMC1"}),
        ({"license": "CC-BY-4.0"}, {"license": "CC-BY-NC-4.0", "pmcid": "PMC1"}),
        ({"pmcid": "PMC1"}, {"doi": "10.1000/a", "columns": {"words": 10**6}}),
        ({"doi": "10.1000/a"}, {"columns": {"words": 10**6}}),
        ({"columns": {"words": 1000}}, {"pmid": "5"}),
        ({"pmid": "9"}, {"pmid": "10"}),
        ({"pmid": "9"}, {}),
    ],
    ids=["full text", "version", "licence", "pmcid", "doi", "words", "pmid", "any pmid"],
)
def test_survivors_key_by_key(better: dict[str, Any], worse: dict[str, Any]) -> None:
    """Of two equal texts the better one stays, although the worse has all later keys for it."""
    words = {"columns": {"words": 500}}
    works, verdicts = decided(
        doc("z", resource="z.jsonl", text=TEXT, **{**words, **better}),
        doc("a", text=TEXT, **{**words, **worse}),
        recipe="[status]\nenabled = false",
    )
    kept = [name for name, what in said(works, verdicts).items() if what == "kept"]
    assert [name.split("@")[0] for name in kept] == ["notes:z"]


def test_the_order_of_sources_and_then_the_id_decide() -> None:
    """All else equal the recipe's first source stays; inside it the smaller id."""
    one, two = doc("b", source="one", text=TEXT), doc("a", source="two", text=TEXT)
    for sources, kept in ((["one", "two"], "one:b"), (["two", "one"], "two:a")):
        found = said(*decided(one, two, sources=sources))
        assert [name for name, what in found.items() if what == "kept"] == [kept]
    found = outcome(doc("b", text=TEXT), doc("a", position=1, text=TEXT))
    assert found == {"notes:a": "kept", "notes:b": "exact.same_text"}


def test_a_dropped_document_is_never_the_survivor() -> None:
    """The better form of a work, the better copy, are dropped by a rule: the worse stays."""
    bad = {"columns": {"lang": "de"}}
    assert outcome(
        doc("full", pmid="1", kind="article", text=4, **bad),
        doc("abstract", position=1, pmid="1", kind="abstract", text=5),
        doc("best", position=2, text=6, doi="10.1000/b", **bad),
        doc("copy", position=3, text=6),
        doc("near", position=4, text=prose(7), doi="10.1000/n", **bad),
        doc("near-copy", position=5, text=prose(7) + TAIL),
    ) == {
        "notes:full": "language.lang_keep",
        "notes:abstract": "kept",
        "notes:best": "language.lang_keep",
        "notes:copy": "kept",
        "notes:near": "language.lang_keep",
        "notes:near-copy": "kept",
    }


def test_identity_keeps_one_form_and_leaves_parts() -> None:
    """The full text stays for its abstract; a translated abstract is no other form of it."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1"),
        doc("1", source="pubmed", position=1, kind="abstract", pmid="1", part="x", text=9),
        doc("P", source="pmc", kind="article", pmid="1"),
    )
    assert said(works, verdicts) == {
        "pubmed:1": "identity.same_work",
        "pubmed:1#x": "kept",
        "pmc:P": "kept",
    }
    assert stays_for(works, verdicts, "pubmed:1") == "pmc:P"


@pytest.mark.parametrize(
    ("guard", "text", "wanted"),
    [
        ("true", prose(1) + TAIL, "near.similar"),
        ("true", reworded(1, 5), "kept"),
        ("true", reworded(1, 5) + TAIL, "kept"),
        ("true", prose(1) + " In 2019 it ended.", "near.similar"),
        ("false", reworded(1, 5), "near.similar"),
        ('"strict"', prose(1) + TAIL, "near.similar"),
        ('"strict"', prose(1) + " In 2019 it ended.", "kept"),
        ('"strict"', reworded(1, 5), "kept"),
    ],
    ids=[
        "same numbers", "other number", "other number and tail", "number added", "off",
        "strict, same numbers", "strict, number added", "strict, other number",
    ],
)  # fmt: skip
def test_the_guard(guard: str, text: str, wanted: str) -> None:
    """Near duplicates with other numbers stay apart, strictly also where one is longer."""
    works, verdicts = decided(
        doc("a", text=TEXT, doi="10.1000/a"),
        doc("b", position=1, text=text),
        recipe=f"[duplicates]\nguard = {guard}",
    )
    assert said(works, verdicts) == {"notes:a": "kept", "notes:b": wanted}
    row = row_of(works, "notes:b")
    if wanted == "kept":
        assert "guard" in verdicts.detail[row]
    else:
        assert stays_for(works, verdicts, "notes:b") == "notes:a"
        assert 0.8 <= verdicts.similarity[row] == verdicts.value[row] < 1
        assert verdicts.threshold[row] == 0.8


def test_short_texts_are_only_compared_for_equality() -> None:
    """Below min_words a similar text stays, an equal one goes."""
    short = "Invented adults took one invented tablet daily for one imaginary week in a clinic."
    assert outcome(
        doc("a", text=short),
        doc("b", position=1, text=short),
        doc("c", position=2, text=short + " Again."),
    ) == {"notes:a": "kept", "notes:b": "exact.same_text", "notes:c": "kept"}


@pytest.mark.parametrize("status", ["retracted", "withdrawn"])
@pytest.mark.parametrize("text", [TEXT, TEXT + TAIL, "Short, but equal."])
def test_a_copy_of_a_work_taken_back_goes(status: str, text: str) -> None:
    """Under other ids the same or nearly the same text is dropped with the step status."""
    original = text if text.startswith("Short") else TEXT
    works, verdicts = decided(
        doc("r", text=original, status=status),
        doc("copy", position=1, text=text, doi="10.1000/better"),
        doc("other", position=2),
    )
    assert said(works, verdicts) == {
        "notes:r": f"status.{status}",
        "notes:copy": "status.copy_of_retracted",
        "notes:other": "kept",
    }
    assert stays_for(works, verdicts, "notes:copy") == "notes:r"


def test_all_copies_of_a_retracted_text_go_together() -> None:
    """Equal copies of a near copy, and other forms of its work, do not stay behind it."""
    works, verdicts = decided(
        doc("r", text=TEXT, status="retracted"),
        doc("c1", position=1, text=TEXT + TAIL, doi="10.1000/1"),
        doc("c2", position=2, text=TEXT + TAIL),
        doc("form", position=3, text=TEXT + TAIL, doi="10.1000/1", kind="abstract"),
        doc("e1", position=4, text=TEXT),
        doc("e2", position=5, text=TEXT),
    )
    found = said(works, verdicts)
    assert found.pop("notes:r") == "status.retracted"
    assert set(found.values()) == {"status.copy_of_retracted"}
    assert {stays_for(works, verdicts, name) for name in found} == {"notes:r"}


def test_a_copy_of_the_form_taken_back_goes_behind_its_twin() -> None:
    """A similar text that comes after a copy in survivor order is found as well."""
    plain = TEXT.replace(". ", ".\n\n")
    assert outcome(
        doc("r", text=TEXT, status="retracted"),
        doc("twin", position=1, text=plain, doi="10.1000/1"),
        doc("near", position=2, text=TEXT + TAIL),
    ) == {
        "notes:r": "status.retracted",
        "notes:twin": "status.copy_of_retracted",
        "notes:near": "status.copy_of_retracted",
    }


def test_conflicts_are_noted() -> None:
    """An id that contradicts itself stands in the summary."""
    _, verdicts = decided(
        doc("a", pmid="1", doi="10.1000/x"), doc("b", position=1, pmid="2", doi="10.1000/x")
    )
    assert any("doi:10.1000/x" in note for note in verdicts.notes)


def some(kept: int, lost: int, failed: int = 0) -> list[Entry]:
    """Return documents of one source of which some are lost to another language."""
    good = [doc(f"k{n}", position=n) for n in range(kept)]
    bad = [doc(f"l{n}", position=kept + n, columns={"lang": "de"}) for n in range(lost)]
    return [*good, *bad, *(broken(position=kept + lost + n) for n in range(failed))]


@pytest.mark.parametrize(
    ("kept", "lost", "recipe", "alarm"),
    [
        (1, 9, "", False),
        (0, 10, "", True),
        (0, 9, "", False),
        (0, 9, "[alarms]\nmin_documents = 9", True),
        (7, 3, "[alarms]\nmax_source_loss = 0.3", False),
        (6, 4, "[alarms]\nmax_source_loss = 0.3", True),
        (0, 10, "[alarms]\nmax_source_loss = 1", False),
    ],
    ids=["at 0.9", "all", "few", "few, asked for", "exactly", "above", "off"],
)
def test_alarms(kept: int, lost: int, recipe: str, alarm: bool) -> None:
    """A source raises the alarm where it loses more than the share, not where it loses just that."""
    works, verdicts = decided(*some(kept, lost), recipe=recipe)
    if alarm:
        with pytest.raises(CheckError, match=f"notes lost {lost} of {kept + lost}"):
            _alarms(works, verdicts, recipe_of(recipe))
    else:
        _alarms(works, verdicts, recipe_of(recipe))


@pytest.mark.parametrize(
    ("tolerate", "kept", "failed", "fine"),
    [
        ("0", 1, 0, True),
        ("0", 1, 1, False),
        ("2", 1, 2, True),
        ("2", 1, 3, False),
        ("1", 50, 2, False),
        ("0.5", 1, 1, True),
        ("0.29", 71, 29, True),
        ("0.28", 71, 29, False),
    ],
)
def test_tolerated_failures(tolerate: str, kept: int, failed: int, fine: bool) -> None:
    """A number counts inputs, a share below 1 is one of all rows; just as many are tolerated."""
    recipe = f"[failures]\ntolerate = {tolerate}"
    works, verdicts = decided(*some(kept, 0, failed), recipe=recipe)
    summary = _summary("v1", works, verdicts, recipe_of(recipe), [])
    assert summary.tolerated is fine
    assert len(summary.failures) == failed
    assert summary.counts == {"kept": kept, "dropped": 0, "failed": failed}


TEXTS = [prose(1), prose(1) + TAIL, reworded(1, 5), prose(2), prose(2, 100), "Short.", " "]

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "native": st.sampled_from(["1", "2", "3", "4", "5", "6"]),
            "source": st.sampled_from(["one", "two"]),
            "resource": st.sampled_from(["a", "b"]),
            "text": st.sampled_from(TEXTS),
        },
        optional={
            "version": st.sampled_from([1, 2]),
            "revision": st.sampled_from(["1", "2"]),
            "part": st.sampled_from(["x"]),
            "kind": st.sampled_from(["abstract", "article"]),
            "pmid": st.sampled_from(["11", "12"]),
            "pmcid": st.sampled_from(["PMC1", "PMC2"]),
            "doi": st.sampled_from(["10.1000/a", "10.1000/b"]),
            "status": st.sampled_from(["current", "retracted", "withdrawn"]),
            "license": st.sampled_from(["CC-BY-4.0", "NOASSERTION", "LicenseRef-NLM-PubMed"]),
            "relations": st.sampled_from([[("retraction_of", "pmid:12")]]),
            "columns": st.sampled_from([{"lang": "de"}, {"pii_failed": True}]),
            "gone": st.just(True),
        },
    ),
    min_size=2,
    max_size=12,
)  # fmt: skip


def made(rows: list[dict[str, Any]]) -> list[Entry]:
    """Return drawn rows as entries, each at a place of its own."""
    entries = []
    for position, row in enumerate(rows):
        given_ = dict(row)
        native = given_.pop("native")
        if given_.pop("gone", False):
            place = {"source": given_["source"], "resource": given_["resource"]}
            entries.append(gone(native, given_.get("revision", ""), position=position, **place))
        else:
            entries.append(doc(native, position=position, **given_))
    return entries


def by_place(works: Works, verdicts: Verdicts) -> dict[tuple[str, int], tuple[object, ...]]:
    """Return the whole verdict of each row by its source and position."""
    ids = works.column("id").to_pylist()
    keys = zip(
        works.column("source").to_pylist(), works.column("position").to_pylist(), strict=True
    )
    return {
        key: (
            int(verdicts.step[row]),
            verdicts.rules[verdicts.rule[row]] if verdicts.rule[row] >= 0 else None,
            ids[verdicts.representative[row]] if verdicts.representative[row] >= 0 else None,
            float(np.nan_to_num(verdicts.similarity[row], nan=-1)),
            verdicts.work[row].as_py(),
            verdicts.license[row].as_py(),
            verdicts.detail.get(row),
        )
        for row, key in enumerate(keys)
    }


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, order=st.randoms(use_true_random=False), slices=st.integers(1, 3))
def test_nothing_hangs_in_the_air(rows, order, slices) -> None:
    """Counts balance, every representative leads to what stays, and order leaves no trace."""
    entries = made(rows)
    recipe = recipe_of('purpose = "non-commercial"')
    works = works_of(*entries, sources=["one", "two"])
    verdicts = decide(works, recipe)
    size = works.table.num_rows
    counts = outcome_counts(verdicts, works)
    assert sum(counts.values()) == size == len(entries)
    kept = verdicts.open
    ids = works.column("id").to_pylist()
    stay = [ids[row] for row in np.flatnonzero(kept)]
    assert len(stay) == len(set(stay))
    texts = works.column("content_hash").filter(kept).to_pylist()
    assert len(texts) == len(set(texts))
    forms = [
        verdicts.work[row].as_py() for row in np.flatnonzero(kept) if "#" not in (ids[row] or "")
    ]
    assert len(forms) == len(set(forms))
    for row in np.flatnonzero(verdicts.representative >= 0).tolist():
        step, head = STEPS[verdicts.step[row]], int(verdicts.representative[row])
        if step in ("identity", "exact", "near"):
            while verdicts.representative[head] >= 0:
                assert STEPS[verdicts.step[head]] in ("identity", "exact", "near")
                head = int(verdicts.representative[head])
            assert kept[head]
        else:
            assert step == "status"
            assert verdicts.rules[verdicts.rule[row]] in ("superseded", "copy_of_retracted")
    shuffled = list(entries)
    order.shuffle(shuffled)
    again = works_of(*shuffled, sources=["one", "two"], slices=slices)
    assert by_place(again, decide(again, recipe)) == by_place(works, verdicts)


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


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_reading_signatures_in_small_pieces_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Near-duplicates are the same however many signatures are read at a time."""
    entries = [doc(f"d{n}", position=n, text=prose(n % 4) + TAIL * (n // 4)) for n in range(12)]
    expected = said(*decided(*entries, slices=3))
    assert "near.similar" in expected.values()
    monkeypatch.setattr(near, "READ_ROWS", rows)
    assert said(*decided(*entries, slices=3)) == expected
