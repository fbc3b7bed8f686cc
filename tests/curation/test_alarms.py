"""Alarms: what stops a publish, what is a warning, and what is neither."""

from __future__ import annotations

import pytest

from curation.alarms import Alarm, check
from curation.decide import decide
from curation.errors import CheckError
from curation.pipeline import _summary
from tests.corpora import prose
from tests.curation.make_works import Entry, broken, decided, doc, gone, recipe_of, works_of


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
            check(works, verdicts, recipe_of(recipe), {})
    else:
        check(works, verdicts, recipe_of(recipe), {})


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
    summary = _summary("v1", works, verdicts, recipe_of(recipe), (), [], ())
    assert summary.tolerated is fine
    assert len(summary.failures) == failed
    assert summary.counts == {"kept": kept, "dropped": 0, "failed": failed}


def test_withheld_texts_count_as_failures() -> None:
    """As many as are tolerated, together with inputs; the most frequent reason stands first."""
    names = ["b stopped"] * 2 + ["a stopped"] * 3
    entries = [doc(f"k{n}", position=n) for n in range(20)] + [
        doc(f"w{n}", position=20 + n, columns={"pii_fault": fault}) for n, fault in enumerate(names)
    ]
    for tolerate, fine in (("6", True), ("5", False)):
        recipe = f"[failures]\ntolerate = {tolerate}"
        works, verdicts = decided(*entries, broken(position=30), recipe=recipe)
        summary = _summary("v1", works, verdicts, recipe_of(recipe), (), [], ())
        assert summary.tolerated is fine
        assert list(summary.withheld.items()) == [("a stopped", 3), ("b stopped", 2)]
        assert len(summary.failures) == 1
    with pytest.raises(CheckError, match=r"pii\.scan_failed 5 \(a stopped\)"):
        check(works, verdicts, recipe_of("[alarms]\nmax_source_loss = 0.1"), {})


@pytest.mark.parametrize(
    ("addresses", "documents", "warned"),
    [(1, 12, True), (1, 9, False), (2, 9, False), (0, 12, False)],
)
def test_many_masks_in_a_source(addresses: int, documents: int, warned: bool) -> None:
    """More than fifty in 10^6 bytes of text are worth a look, in a source that is not tiny."""
    mails = " Write to jane@example.org." * addresses
    entries = [doc(f"m{n}", position=n, text=prose(n) + mails) for n in range(documents)]
    entries += [doc(f"q{n}", source="quiet", position=n) for n in range(12)]
    found = alarms(*entries)
    assert [(a.alarm, a.source, a.rule) for a in found] == (
        [("many_masks", "notes", "masks")] if warned else []
    )
    if warned:
        rate = 12 * 1e6 / sum(len((prose(n) + " Write to [EMAIL].").encode()) for n in range(12))
        assert f"notes: 12 masks in 0.0{found[0].line.split('0.0')[1][0]} MB" in found[0].line
        assert f"({rate:,.0f} per MB" in found[0].line
        assert not alarms(*entries, recipe='[alarms]\nquiet = ["notes/masks"]')


def test_masks_of_other_fields_are_no_masks_of_the_body() -> None:
    """A page that names its editor in its metadata says nothing of its text."""
    mail = {"editor": "jane@example.org"}
    assert raised(*(doc(f"m{n}", position=n, metadata=mail) for n in range(12))) == []


def raised(
    *entries: Entry, recipe: str = "", before: dict[str, int] | None = None
) -> list[tuple[str, str, str]]:
    """Return the alarms of a build of these rows, without their lines."""
    return [(a.alarm, a.source, a.rule) for a in alarms(*entries, recipe=recipe, before=before)]


def alarms(
    *entries: Entry, recipe: str = "", before: dict[str, int] | None = None
) -> tuple[Alarm, ...]:
    """Return the alarms of a build of these rows."""
    works = works_of(*entries)
    loaded = recipe_of(recipe, tuple(dict.fromkeys(e.source for e in entries)))
    return check(works, decide(works, loaded), loaded, before or {})


def test_an_ordinary_build_raises_nothing() -> None:
    """Default rules that fire a little, and those that do not fire at all, are no news."""
    assert raised(*some(30, 3, 1)) == []
    assert raised(*some(30, 0)) == []


def test_a_source_of_which_every_input_failed_stops_the_publish() -> None:
    """On its first build too, beside sources that are well; the line names the first files."""
    failed = [broken(source="bad", resource=f"{n}.jsonl") for n in range(10)]
    said = (
        r"bad lost 10 of 10 inputs .*: parse\.truncated 10 "
        r"\(0.jsonl: it ends early; 1.jsonl: .*; and 7 more\); nothing was published"
    )
    with pytest.raises(CheckError, match=said):
        alarms(*some(20, 0), *failed)
    with pytest.raises(CheckError, match=r"had 5 documents .* \(0.jsonl: it ends early;"):
        alarms(*some(20, 0), *failed[:3], before={"bad": 5})
    assert raised(*some(20, 0), *failed[:9]) == [("nothing_stays", "bad", "")]


def test_a_corpus_without_any_document() -> None:
    """Many small sources that all lose everything stop it; a handful of rows is published."""
    entries = [
        doc(f"{name}{n}", source=name, position=n, columns={"lang": "de"})
        for name in "abc"
        for n in range(4)
    ]
    with pytest.raises(CheckError, match="none of 12 documents would be kept"):
        alarms(*entries)
    assert raised(*entries[:4]) == [("nothing_stays", "a", ""), ("nothing_stays", "", "")]


def test_a_build_of_which_nothing_could_be_read_stops() -> None:
    """However small it is; the line says why, since there will be no ledger. One good one is enough."""
    with pytest.raises(
        CheckError, match=r"not one of 1 input could be read; .* \(a.jsonl: it ends"
    ):
        alarms(broken())
    with pytest.raises(CheckError, match=r"not one of 4 inputs could be read; .*; and 1 more\)"):
        alarms(*(broken(position=n) for n in range(4)))
    assert alarms(broken(), recipe="[alarms]\nmax_source_loss = 1")
    assert raised(broken(), doc("k", position=1)) == []


def test_what_stays_in_another_form_is_no_loss() -> None:
    """Abstracts whose full texts stay, and old revisions, neither stop nor warn."""
    abstracts = [
        doc(str(n), source="pubmed", position=n, kind="abstract", pmid=str(n)) for n in range(1, 13)
    ]
    articles = [
        doc(str(n), source="pmc", position=n, kind="article", pmid=str(n)) for n in range(1, 13)
    ]
    assert raised(*abstracts, *articles) == []
    assert raised(*abstracts, *articles, before={"pubmed": 12}) == []
    old = [doc("1", position=n, revision=f"{n:02d}") for n in range(20)]
    assert raised(*old) == []


def test_a_source_that_had_documents_and_keeps_none_stops_the_publish() -> None:
    """However small it is."""
    with pytest.raises(CheckError, match=r"notes had 3 documents .* would keep none"):
        alarms(*some(0, 3), before={"notes": 3})


def test_a_source_may_be_let_go_with_a_warning() -> None:
    """With max_source_loss = 1 nothing stops, and the lines still say what happened."""
    found = alarms(*some(1, 19), recipe="[alarms]\nmax_source_loss = 1")
    assert [alarm.line for alarm in found] == [
        "notes: 1 of 20 documents stay: language.lang_keep 19"
    ]


def test_a_source_without_documents() -> None:
    """Notices of deletion alone are no document."""
    found = raised(*some(12, 0), gone("1", "2", source="updates"))
    assert found == [("no_document", "updates", "")]


@pytest.mark.parametrize(
    ("lost", "recipe", "wanted"),
    [
        (10, "", []),
        (11, "", [("fires_much", "notes", "lang_keep")]),
        (11, "[alarms]\nmax_rule_loss = 0.6", []),
        (4, "[alarms]\nmax_rule_loss = 0.1", [("fires_much", "notes", "lang_keep")]),
        (11, '[alarms]\nquiet = ["notes/lang_keep"]', []),
        (11, '[alarms]\nquiet = ["*/lang_*"]', []),
        (11, '[alarms]\nquiet = ["other/lang_keep"]', [("fires_much", "notes", "lang_keep")]),
    ],
)
def test_a_rule_that_drops_much_of_a_source(
    lost: int, recipe: str, wanted: list[tuple[str, str, str]]
) -> None:
    """More than the share is a warning, just the share is none; known ones can be quieted."""
    assert raised(*some(20 - lost, lost), recipe=recipe) == wanted


def test_records_without_abstract_are_ordinary_in_pubmed() -> None:
    """Of abstracts many may be empty, of other kinds not."""
    for kind, wanted in (("abstract", []), ("guideline", [("fires_much", "notes", "no_text")])):
        empty = [doc(f"e{n}", position=n, kind=kind, text=" ") for n in range(15)]
        assert raised(*empty, *some(5, 0)) == wanted


NOTICE = "This article is protected by copyright."


def test_documents_of_nothing_but_boilerplate() -> None:
    """They are no records without text: many of them are a warning, of abstracts too."""
    bare = [doc(f"e{n}", position=n, kind="abstract", text=NOTICE) for n in range(15)]
    found = raised(*bare, *(doc(f"k{n}", position=20 + n) for n in range(5)))
    assert found == [("fires_much", "notes", "only_boilerplate")]


@pytest.mark.parametrize(
    ("notices", "recipe", "wanted"),
    [
        (1, "", []),
        (12, "", ["protected"]),
        (12, "[alarms]\nmax_rule_loss = 0.9", []),
        (12, '[alarms]\nquiet = ["notes/protected"]', []),
    ],
)
def test_a_rule_that_takes_out_most_of_a_source(
    notices: int, recipe: str, wanted: list[str]
) -> None:
    """A line in every document is ordinary; most of all characters is not."""
    text = " ".join(prose(1).split()[:40])
    entries = [
        doc(str(n), position=n, text="\n\n".join([f"{text} {n}.", *[NOTICE] * notices]))
        for n in range(12)
    ]
    loaded = f"[duplicates]\nenabled = false\n{recipe}"
    found = alarms(*entries, recipe=loaded)
    assert [(alarm.alarm, alarm.rule) for alarm in found] == [("removes_much", r) for r in wanted]


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ('[status]\ndate_min = "1900"', [("never_fires", "", "date_min")]),
        ('[status]\nanimal_only = "drop"', [("never_fires", "", "animal_only")]),
        ('[status]\nanimal_only = "keep"', []),
        ('[status]\nconcern = "drop"\nenabled = false', []),
        (
            '[status]\npublication_types_deny = ["Leter", "*x"]',
            [("entry_unused", "", "publication_types_deny")],
        ),
        ('[status]\npublication_types_deny = ["*x"]', [("never_fires", "", "publication_types_deny")]),
        ('[licence]\nallow = ["CC0-1.0", "CC0-9.9"]', [("entry_unused", "", "allow")]),
        ('[licence]\nallow = ["CC0-1.0"]', [("never_fires", "", "allow")]),
        ("[quality]\nwords_min = 2", [("never_fires", "", "words_min")]),
        ("[quality.other]\nwords_min = 2", [("never_fires", "", "words_min")]),
        ("[quality.label]\nwords_min = 2", [("never_fires", "", "words_min")]),
        ("[quality]\nwords_min = false", []),
        ('[quality]\nmode = "score"\nwords_min = 2', []),
        ('[status]\ndate_min = "1900"\n[alarms]\nquiet = ["all/date_min"]', []),
    ],
)  # fmt: skip
def test_a_rule_that_was_switched_on_and_never_fires(
    recipe: str, wanted: list[tuple[str, str, str]]
) -> None:
    """Only what the recipe itself sets; a kind that no source has is said so."""
    found = alarms(*some(20, 0), recipe=recipe)
    assert [(alarm.alarm, alarm.source, alarm.rule) for alarm in found] == wanted
    if "label" in recipe:
        assert "no source has a document of the kind label" in found[0].line


def test_a_rule_that_fires_once_is_fine() -> None:
    """One document is enough, in whatever source."""
    entries = [*some(20, 0), doc("old", source="other", date="1899")]
    assert raised(*entries, recipe='[status]\ndate_min = "1900"') == [
        ("nothing_stays", "other", "")
    ]


def test_few_documents_say_nothing_about_rules() -> None:
    """That no rule fires among a handful of documents is no news."""
    assert raised(*some(9, 0), recipe='[status]\ndate_min = "1900"') == []
