"""Language editions: two records of one article are one work; what only bears its title is not."""

from __future__ import annotations

import random
from typing import Any

import pytest

from curation import language_editions
from tests.corpora import WORDS, prose
from tests.curation.make_works import Entry, decided, doc, outcome, row_of, said, stays_for

TITLE = "Imaginary outcomes of examplin in invented adults of one clinic"
NATIONAL, ENGLISH = {"languages": ["eng", "spa"]}, {"languages": ["eng"]}


def edited(seed: int, share: float, *, numbers: bool = False) -> str:
    """Return `prose` with a share of its words replaced: those without a digit, or only the others."""
    draw = random.Random(seed)
    words = prose(seed, 400).split()
    places = [n for n, word in enumerate(words) if any(map(str.isdigit, word)) is numbers]
    for place in draw.sample(places, int(share * len(places))):
        words[place] = f"finding{draw.randint(0, 10**9)}" if numbers else draw.choice(WORDS)
    return " ".join(words)


def pair(second: str, **fields: Any) -> tuple[Entry, Entry]:
    """Return the national record and one that may be its other edition."""
    given = {"title": TITLE, "kind": "abstract", "metadata": ENGLISH, "pmid": "2", **fields}
    return (
        doc("1", pmid="1", title=TITLE, kind="abstract", text=edited(1, 0), metadata=NATIONAL),
        doc("2", position=1, text=second, **given),
    )


@pytest.mark.parametrize("share", [0.0, 0.02, 0.05])
@pytest.mark.parametrize(
    "languages", [["eng"], ["spa"], ["eng", "spa"]], ids=["english", "national", "both"]
)
def test_two_editions_are_one_work(share: float, languages: list[str]) -> None:
    """Word for word or translated anew, whichever record declares which languages."""
    works, verdicts = decided(*pair(edited(1, share), metadata={"languages": languages}))
    row = row_of(works, "notes:2")
    assert said(works, verdicts) == {"notes:1": "kept", "notes:2": "identity.language_edition"}
    assert stays_for(works, verdicts, "notes:2") == "notes:1"
    assert (verdicts.similarity[row] == 1) == (share == 0)
    assert 0.5 <= verdicts.similarity[row] == verdicts.value[row] <= 1
    assert verdicts.threshold[row] == 0.5
    assert verdicts.detail[row] == "preferred by id: the smaller id"
    assert verdicts.work.to_pylist() == ["pmid:1", "pmid:1"]


def test_the_guard_has_no_say_over_editions() -> None:
    """A translator's other unit or direction is no other claim of the article."""
    changed = edited(1, 0) + " The dose was 5 mg daily and pain increased."
    for guard in ("true", '"strict"'):
        first, second = pair(edited(1, 0) + " The dose was 5 g daily and pain decreased.")
        first = doc("1", pmid="1", title=TITLE, kind="abstract", text=changed, metadata=NATIONAL)
        found = outcome(first, second, recipe=f"[duplicates]\nguard = {guard}")
        assert found == {"notes:1": "kept", "notes:2": "identity.language_edition"}


APART: dict[str, dict[str, Any]] = {
    "one language": {"metadata": {"languages": ["eng"]}, "first": {"languages": ["eng"]}},
    "no language said": {"metadata": {}, "first": {}},
    "other words in the title": {"title": TITLE.replace("adults", "children")},
    "words in another order": {"title": " ".join(reversed(TITLE.split()))},
    "another part": {"title": f"{TITLE}. Part 2"},
    "a reply": {"title": f"Reply: {TITLE}"},
    "a column": {"title": "Case for diagnosis", "first_title": "Case for diagnosis"},
    "other numbers": {"text": edited(1, 0.8, numbers=True)},
    "another text": {"text": edited(1, 0.5)},
    "its correction": {"relations": [("correction_of", "pmid:1")]},
    "a comment on it": {"relations": [("comment_on", "pmid:1")]},
    "a notice about another": {"relations": [("correction_of", "pmid:99")]},
    "a full text": {"kind": "article", "text": edited(1, 0.05)},
    "a label": {"kind": "label", "first_kind": "label"},
}


@pytest.mark.parametrize("name", APART)
def test_what_only_looks_alike_stays_apart(name: str) -> None:
    """Sister papers, serial reports, notices, replies, columns, templates are works of their own."""
    fields = dict(APART[name])
    first = doc(
        "1",
        pmid="1",
        title=fields.pop("first_title", TITLE),
        kind=fields.pop("first_kind", "abstract"),
        text=edited(1, 0),
        metadata=fields.pop("first", NATIONAL),
    )
    text = fields.pop("text", edited(1, 0.03))
    _, second = pair(text, **fields)
    found = outcome(first, second, recipe="[duplicates]\nenabled = false")
    assert found == {"notes:1": "kept", "notes:2": "kept"}


def test_titles_are_compared_without_case_and_punctuation() -> None:
    """The English edition of a real pair writes "lessons" where the national one has "Lessons"."""
    title = TITLE.replace("of examplin", "OF: *Examplin*")
    assert outcome(*pair(edited(1, 0.03), title=title))["notes:2"] == "identity.language_edition"


def test_an_edition_goes_with_a_retracted_one() -> None:
    """A retraction that only one record bears takes the other edition as well, with its date."""
    first, second = pair(edited(1, 0.05), doi="10.1/better")
    notice = [("retracted_by", "pmid:9", "2021-05")]
    first = doc(
        "1", pmid="1", title=TITLE, kind="abstract", text=edited(1, 0), metadata=NATIONAL,
        relations=notice, status="retracted",
    )  # fmt: skip
    works, verdicts = decided(first, second)
    row = row_of(works, "notes:2")
    assert said(works, verdicts) == {
        "notes:1": "status.retracted",
        "notes:2": "status.copy_of_retracted",
    }
    assert stays_for(works, verdicts, "notes:2") == "notes:1"
    assert verdicts.detail[row] == "retracted by pmid:9 (2021-05)"
    assert 0.5 <= verdicts.similarity[row] < 0.8


def test_the_rule_can_be_switched_off() -> None:
    """`editions = false` leaves them to the steps exact and near."""
    recipe = "[identity]\neditions = false\n[duplicates]\nenabled = false"
    assert outcome(*pair(edited(1, 0)), recipe=recipe)["notes:2"] == "kept"


@pytest.mark.parametrize("slices", [1, 3])
def test_each_edition_that_goes_was_compared_with_the_one_that_stays(slices: int) -> None:
    """Of a chain only what is similar to the survivor goes, whatever the slices."""
    near = [edited(1, 0)]
    for step in range(1, 4):
        draw = random.Random(step)
        words = near[-1].split()
        for place in draw.sample([n for n, w in enumerate(words) if w.isalpha()], 14):
            words[place] = draw.choice(WORDS)
        near.append(" ".join(words))
    entries = [
        doc(str(n), position=n, pmid=str(n + 1), title=TITLE, kind="abstract", text=text,
            metadata=NATIONAL)
        for n, text in enumerate(near)
    ]  # fmt: skip
    _, verdicts = decided(*entries, slices=slices, recipe="[duplicates]\nenabled = false")
    gone = [row for row in range(4) if verdicts.step[row] >= 0]
    assert 0 < len(gone) < 4
    assert (verdicts.similarity[gone] >= 0.5).all()
    assert {int(verdicts.step[int(verdicts.representative[row])]) for row in gone} == {-1}


def test_what_a_title_too_common_leaves_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is linear in the documents of one title; what is not compared is counted."""
    monkeypatch.setattr(language_editions, "MOST", 2)
    entries = [
        doc(str(n), position=n, title=TITLE, kind="abstract", text=n + 10, metadata=NATIONAL)
        for n in range(5)
    ]
    _, verdicts = decided(*entries)
    assert any(note.startswith("3 comparisons of language editions") for note in verdicts.notes)
