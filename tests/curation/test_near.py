"""Near duplicates: the guard, short texts, copies of what was taken back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curation import bucket_tasks
from curation.near import near_duplicates
from curation.pair_search import Division, Stage
from tests.corpora import prose
from tests.curation.make_pairs import corpus_of, stored, unlinked
from tests.curation.make_works import (
    TAIL,
    TEXT,
    decided,
    doc,
    outcome,
    recipe_of,
    reworded,
    row_of,
    said,
    stays_for,
)


@pytest.mark.parametrize(
    ("guard", "text", "wanted"),
    [
        ("true", prose(1) + TAIL, "near.similar"),
        ("true", reworded(1, 5), "kept"),
        ("true", reworded(1, 5) + TAIL, "kept"),
        ("true", prose(1) + " In 2019 it ended.", "near.similar"),
        ("false", reworded(1, 5), "near.similar"),
        ('"strict"', prose(1) + " The record ends here.", "near.similar"),
        ('"strict"', prose(1) + TAIL, "kept"),
        ('"strict"', prose(1) + " In 2019 it ended.", "kept"),
        ('"strict"', reworded(1, 5), "kept"),
    ],
    ids=[
        "same claims", "other number", "other number and tail", "number added", "off",
        "strict, same claims", "strict, negation added", "strict, number added", "strict, other number",
    ],
)  # fmt: skip
def test_the_guard(guard: str, text: str, wanted: str) -> None:
    """Near duplicates with other claims stay apart, strictly also where one says more."""
    works, verdicts = decided(
        doc("a", text=TEXT, doi="10.1000/a"),
        doc("b", position=1, text=text),
        recipe=f"[duplicates]\nguard = {guard}",
    )
    assert said(works, verdicts) == {"notes:a": "kept", "notes:b": wanted}
    row = row_of(works, "notes:b")
    if wanted == "kept":
        assert "the guard keeps it: " in verdicts.detail[row]
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


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_reading_signatures_in_small_pieces_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Near-duplicates are the same however many signatures are read at a time."""
    entries = [doc(f"d{n}", position=n, text=prose(n % 4) + TAIL * (n // 4)) for n in range(12)]
    expected = said(*decided(*entries, slices=3))
    assert "near.similar" in expected.values()
    monkeypatch.setattr(bucket_tasks, "READ_ROWS", rows)
    assert said(*decided(*entries, slices=3)) == expected


@pytest.mark.parametrize("pairs", [1, 2, 1000])
def test_a_text_taken_back_decides_before_a_known_one(tmp_path: Path, pairs: int) -> None:
    """In the order of the steps, not by similarity; also where a bucket is full of known ones."""
    words = prose(1, 200).split()

    def edited(edits: int) -> str:
        return " ".join(
            word if n >= 7 * edits or n % 7 else f"x{n}" for n, word in enumerate(words)
        )

    retracted, near, far, own = edited(4), edited(0), edited(1), prose(2, 200)
    texts = [*[far] * 3, near, retracted, edited(1), own + " Once.", own]
    count = len(texts)
    corpus = corpus_of(texts, ["a"] * count, [""] * count, np.arange(count))
    made = stored(corpus, [range(count)], tmp_path)
    works, links = unlinked(made.parts, made.part, made.row, made.words, corpus.identity)
    known = np.isin(np.arange(count), [0, 1, 2, 3, 6])
    taken = np.arange(count) == 4
    found = near_duplicates(
        works,
        links,
        ~known & ~taken,
        taken,
        known,
        np.arange(count),
        recipe_of("[duplicates]\nguard = false\nbucket_limit = 2"),
        Stage(None, None, Division(pairs=pairs)),
    )
    assert found.representative.tolist() == [-1] * 5 + [4, -1, 6]
    assert 0.8 <= found.similarity[5] < 0.9
    assert found.similarity[7] > 0.9


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ("p > 0.05", "another comparator"),
        ("p < 0.01", "another p-value"),
        ("P<.05", ""),
    ],
)
def test_the_ledger_names_the_difference(other: str, difference: str) -> None:
    """What differs in punctuation alone has the same signature, and is told apart all the same."""
    works, verdicts = decided(
        doc("a", text=TEXT + " It worked (p < 0.05).", doi="10.1000/a"),
        doc("b", position=1, text=TEXT + f" It worked ({other})."),
    )
    found = said(works, verdicts)["notes:b"]
    assert found == ("kept" if difference else "near.similar")
    if difference:
        expected = f"similar to notes:a; the guard keeps it: {difference}"
        assert expected in verdicts.detail[row_of(works, "notes:b")]


@pytest.mark.parametrize("frame", ["What is a {}?", "What is it that a {} has in it?"])
def test_copies_behind_a_twin_of_another_title_go(frame: str) -> None:
    """One answer to three questions, each twice: one of each stays, short titles or long ones."""
    titles = [frame.format(name) for name in ("zub", "kif", "woj")]
    # Of so long a text the title is no part of the signature, and a name of three letters no part
    # of the guard stream: all six texts are the same for both.
    long = "\n\n".join(map(prose, range(40)))
    texts = (long, long.replace(". ", ".\n\n"))
    works, verdicts = decided(
        *(
            doc(f"{copy}{number}", position=3 * copy + number, text=text, title=title, kind="label")
            for copy, text in enumerate(texts)
            for number, title in enumerate(titles)
        )
    )
    assert len(set(works.column("guard_hash").to_pylist())) == 1
    found = said(works, verdicts)
    for number in range(3):
        assert found[f"notes:0{number}"] == "kept"
        assert found[f"notes:1{number}"] == "near.similar"
        assert stays_for(works, verdicts, f"notes:1{number}") == f"notes:0{number}"


@pytest.mark.parametrize("kind", ["question", "label", "note"])
def test_titles_of_templates_are_compared(kind: str) -> None:
    """The same answer to another question stays, to the same question in other letters goes."""
    titles = (
        "What causes invented fever?",
        "WHAT causes invented fever",
        "What causes made cough?",
    )
    works, verdicts = decided(
        *(
            doc(f"{n}", position=n, text=TEXT, title=title, kind=kind, doi="10.1000/a" * (n == 0))
            for n, title in enumerate(titles)
        )
    )
    found = said(works, verdicts)
    assert found["notes:1"] == "near.similar"
    assert found["notes:2"] == ("near.similar" if kind == "note" else "kept")
    if kind != "note":
        assert "the guard keeps it: another title" in verdicts.detail[row_of(works, "notes:2")]
