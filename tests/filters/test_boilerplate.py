"""Boilerplate inside documents: what each rule takes out, and what must stay."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import boilerplate
from filters.atoms import fingerprints
from filters.boilerplate import load_rules, remove_boilerplate
from filters.normalise import normalise
from filters.removals import COLUMNS, REMOVED, removal_columns

SENTENCE = "The invented drug lowered the score by 5 points."

ENDS = {
    "truncated": ["(ABSTRACT TRUNCATED AT 250 WORDS)", "(abstract truncated)"],
    "psycinfo": ["(PsycInfo Database Record (c) 2031 APA, all rights reserved)."],
    "rights": ["All rights reserved.", "Some rights reserved"],
    "protected": ["This article is protected by copyright."],
    "copyright": [
        "© 2031 Imaginary Press Inc.",
        "© 2031 The Authors.",
        "Copyright © 2031 Imaginary & Sons, Ltd.",
        "Copyright (c) 2031, Society of Invented Medicine.",
        "(c) 2031 Imaginary Society of Nothing.",
        "COPYRIGHT 2031 by the Imaginary Press.",
        "Crown Copyright © 2031",
    ],
    "publisher": [
        "Published by Elsevier Inc.",
        "The Journal of Nothing published by John Wiley & Sons, Ltd. on behalf of the Society.",
    ],
    "open_licence": [
        "This is an open access article under the CC BY licence (https://example.org/by/4.0).",
        "This article is licensed under a Creative Commons Attribution 4.0 International License.",
    ],
    "supplement": [
        "Supplementary data are available at Nothing online.",
        "Supplementary Information: The online version contains supplementary material available "
        "at 10.9999/s00000-031-0000-1.",
        "The online version of this article (10.9999/s0-1) contains supplementary material, which "
        "is available to authorized users.",
    ],
    "see_also": [
        "See also the editorial by Nobody in this issue.",
        "See related article by Nobody et al., p. 12.",
        "Video abstract.",
        "See Video Abstract at http://example.org/B565.",
        "Please see later in the article for the Editors' Summary.",
    ],
    "category": ["This article is categorized under: Psychology > Memory Neuroscience > Sleep."],
    "neutrality": [
        "Publisher’s Note: Imaginary Nature remains neutral with regard to jurisdictional claims "
        "in published maps and institutional affiliations.",
        "All claims expressed in this article are solely those of the authors and do not "
        "necessarily represent those of the publisher.",
    ],
    "disclaimer": [
        "The findings and conclusions in this report are those of the authors and do not "
        "necessarily represent the official position of the Imaginary Institute.",
        "Its contents are solely the responsibility of the authors and do not necessarily "
        "represent the official views of the institute.",
    ],
}
LINES = {
    "data_file": ["Click here for additional data file.", "Click here to view [pdf]."],
    "skip_link": ["Skip to main content", "- [Skip directly to search](#search)"],
    "cookies": [
        "We use cookies to give you the best experience. Read our policy.",
        "This website uses functional cookies.",
        "By continuing to browse you agree to the use of cookies on this site.",
        "Manage cookies",
    ],
    "share": ["Share this page", "Facebook | Twitter | Email", "- Print page"],
    "breadcrumb": ["Home > Conditions > Fever", "[Home](/) » Health » Sleep", "You are here: > A"],
    "site_links": ["Privacy Policy | Accessibility", "Terms of use", "- Privacy policy"],
    "to_top": ["Back to top", "Top of Page", "[Nach oben](#top)"],
    "sign_in": ["Sign in", "Log in or register", "Subscribe to our newsletter"],
    "scripts": [
        "Please enable JavaScript to view this page.",
        "This slideshow requires JavaScript.",
    ],
    "server_error": [
        "Error processing SSI file",
        "[an error occurred while processing this directive]",
        "Warning: foo() expects 1 parameter in /var/www/a.php on line 12",
        "503 Service Unavailable",
    ],
    "credit": ["© Nobody Atall", "Image copyright Nobody"],
    "page_number": ["Page 3 of 12", "Seite 3 von 12"],
    "downloaded": ["Downloaded from https://example.org/a by guest on 1 May 2031"],
}
GOOD = [
    "The SafeCare© model was used by 12 clinics in 2031.",
    "Gait was recorded (C-Motion ©) and the PROM © was created to help patients.",
    "Layouts of plots in (B) 2010 and (C) 2011. Thick lines denote the borders.",
    "Copyright law was reviewed, and the effect on 24 registries is discussed.",
    "The criteria published by Elsevier in 1998 were applied to all of them.",
    "This atlas is the third published by Elsevier.",
    "Two cases published by Nobody and Noone were treated.",
    "The data are protected by encryption.",
    "Participants ate 3 cookies a day.",
    "The site uses 12 beds.",
    "Home help was offered to all of them",
    "Contact",
    "Help",
    "Print",
    "Home: patients stayed there for 2 weeks",
    "Home > 5 days was associated with fever",
    "We report a skip to the second phase",
    "Warning: do not exceed 40 mg daily",
    "Notice the swelling on page 3 of 12 charts",
    "This does not necessarily reflect the situation in vivo.",
    "The tables are available online, and the supplement was zinc.",
    "Supplementary feeding is available in 12 districts.",
    "1. Sign in",
    "In this issue, a model of the disease is described.",
    "Prolonged bed rest is not necessarily safe. All patients reserved a bed.",
    "Errors: 500 patients",
    "Top of the list was fever",
    "No further recommendations are published by the Imaginary Institute for 2031.",
    "The findings do not necessarily reflect the experience of women in rural areas.",
    "Content of short films does not necessarily reflect the quality of care.",
    "The findings do not necessarily represent the views of all patients.",
    "© 2031 The Authors. p53 expression predicts survival after chemotherapy.",
    "Copyright 2031 Imaginary Press, Inc. mRNA levels fell in all treated mice.",
    "Home > hospital > nursing home",
    "Facebook Twitter YouTube",
]


def cleaned(*texts: str) -> boilerplate.Cleaned:
    """The step on texts, which are normalised first, as in a build."""
    return remove_boilerplate(normalise(pa.array(texts, pa.large_string())))


def without(text: str) -> str:
    """What is left of one text."""
    left: str = cleaned(text).texts[0].as_py()
    return left


def test_every_rule_has_examples_here() -> None:
    """A rule that is added is added to this test."""
    where = {rule.name: rule.where for rule in load_rules()}
    assert {name for name, place in where.items() if place == "end"} == set(ENDS)
    assert {name for name, place in where.items() if place == "line"} == set(LINES)


@pytest.mark.parametrize("rule", ENDS)
def test_a_notice_goes_from_the_end(rule: str) -> None:
    """Behind a sentence, as a line of its own, and in a list; nothing else does."""
    for notice in ENDS[rule]:
        found = cleaned(f"# A title\n\n{SENTENCE} {notice}\n\n{SENTENCE}")
        assert found.texts[0].as_py() == f"# A title\n\n{SENTENCE}\n\n{SENTENCE}", notice
        assert rule in {entry.rule for entry in found.removed[0]}
        assert {entry.line for entry in found.removed[0]} == {3}
        for line in (notice, f"- {notice}"):
            assert without(f"# A title\n\n{SENTENCE}\n\n{line}") == f"# A title\n\n{SENTENCE}"


@pytest.mark.parametrize("rule", LINES)
def test_a_line_goes_as_a_whole(rule: str) -> None:
    """The line is gone and the entry says which; in the middle of a sentence it stays."""
    for line in LINES[rule]:
        found = cleaned(f"# A title\n\n{SENTENCE}\n\n{line}\n\n{SENTENCE}")
        assert found.texts[0].as_py() == f"# A title\n\n{SENTENCE}\n\n{SENTENCE}", line
        assert [(e.rule, e.line, e.chars) for e in found.removed[0]] == [(rule, 5, len(line))]
        inside = f"# A title\n\nIt said {line} and {SENTENCE}"
        assert without(inside) == normalise(pa.array([inside], pa.large_string()))[0].as_py()


@pytest.mark.parametrize("line", GOOD)
def test_medicine_stays(line: str) -> None:
    """Sentences that share words with notices."""
    text = f"# A title\n\n{SENTENCE} {line}\n\n{line}\n\n- {line}"
    assert without(text) == text


@pytest.mark.parametrize(
    "notice",
    [
        "© 2031 The Authors. The dose was 5 mg in 12 patients",
        "Supplementary data are available online: p < 0.05",
        "The opinions of 5 % of them do not necessarily reflect the views of others",
    ],
)
def test_what_states_an_amount_is_no_notice(notice: str) -> None:
    """A comparator or an amount in units keeps a passage, whatever it begins with."""
    assert without(f"{SENTENCE} {notice}") == f"{SENTENCE} {notice}"


def test_a_chain_of_notices_goes_as_a_whole() -> None:
    """Each link is an entry of its own."""
    notice = "© 2031 Imaginary Inc. Published by Elsevier Inc. All rights reserved."
    found = cleaned(f"{SENTENCE} {notice}")
    assert found.texts[0].as_py() == SENTENCE
    assert [entry.rule for entry in found.removed[0]] == ["copyright", "publisher", "rights"]


def test_titles_tables_code_and_headings_stay() -> None:
    """A title is the author's; a table and code are what they are; headings hold text."""
    text = (
        "# Copyright © 2031 Imaginary Press\n\n## Sign in\n\n"
        f"{SENTENCE}\n\n| Sign in | Back to top |\n\n```\nBack to top\n```"
    )
    assert without(text) == text


def test_a_heading_goes_with_all_that_stood_under_it() -> None:
    """Headings nest; one with text left stays."""
    notice = ENDS["neutrality"][0]
    text = f"# A title\n\n## Results\n\n{SENTENCE}\n\n## Notes\n\n### Publisher\n\n{notice}"
    assert without(text) == f"# A title\n\n## Results\n\n{SENTENCE}"
    assert without(f"{text}\n\n## More\n\n{SENTENCE}").endswith(f"## More\n\n{SENTENCE}")
    kept = f"# A title\n\n## Notes\n\n{SENTENCE} {notice}"
    assert without(kept) == f"# A title\n\n## Notes\n\n{SENTENCE}"


def test_a_text_of_notices_alone_is_empty() -> None:
    """A title by itself is no text."""
    assert without("# A title\n\nThis article is protected by copyright.") == ""
    assert without("Back to top\n\nSign in") == ""


LINE = st.sampled_from(
    [
        SENTENCE,
        "## Notes",
        "",
        "- a list of 3 things",
        "| 5 mg | no |",
        "```",
        *GOOD[:8],
        *(notice for notices in ENDS.values() for notice in notices),
        *(line for lines in LINES.values() for line in lines),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(LINE, max_size=3).map(" ".join), max_size=9), st.booleans())
def test_what_is_listed_is_what_is_gone(lines: list[str], titled: bool) -> None:
    """Taking the listed lengths off the ends of the listed lines gives the text that is left."""
    text = "\n\n".join([*(["# A title"] if titled else []), *lines])
    before: str = normalise(pa.array([text], pa.large_string()))[0].as_py()
    found = cleaned(before)
    assert not found.undone.any()
    parts = before.split("\n")
    for entry in reversed(found.removed.get(0, ())):
        parts[entry.line - 1] = parts[entry.line - 1].rstrip()[: -entry.chars]
    rest = normalise(pa.array(["\n".join(parts)], pa.large_string()))
    left = found.texts[0].as_py()
    assert left == rest[0].as_py() or (left == "" and rest[0].as_py() == "# A title")
    assert normalise(found.texts).equals(found.texts)


def test_a_step_that_changes_atoms_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text stays as it was where what is left does not say the same."""
    monkeypatch.setattr(
        boilerplate,
        "normalise",
        lambda texts: pa.array([t.replace("5", "6") for t in texts.to_pylist()], texts.type),
    )
    texts = pa.array([f"{SENTENCE} Video abstract.", "Good.  Back to top"], pa.large_string())
    found = remove_boilerplate(pa.concat_arrays([texts, texts[:1]]))
    assert found.undone.tolist() == [True, False, True]
    assert found.texts[0].as_py() == texts[0].as_py()
    assert not found.removed


def test_rows_do_not_touch_each_other() -> None:
    """A slice gives what the whole gives."""
    texts = [f"{SENTENCE} {notices[0]}" for notices in ENDS.values()] + GOOD
    whole = cleaned(*texts)
    for start in range(0, len(texts), 5):
        part = remove_boilerplate(normalise(pa.array(texts, pa.large_string())).slice(start, 5))
        assert part.texts.equals(whole.texts.slice(start, 5))
        assert {row + start: e for row, e in part.removed.items()} == {
            row: e for row, e in whole.removed.items() if start <= row < start + 5
        }


def test_a_line_of_any_length_is_read_in_its_time() -> None:
    """A notice at the end of a long line goes, ten thousand of them too, and not a half one."""
    long = f"{SENTENCE} " * 500
    assert without(f"{long}© 2031 Nobody Ltd.") == long.strip()
    assert without(f"{SENTENCE} " + "All rights reserved. " * 10_000) == SENTENCE
    unbroken = "z" * 5_000 + "© 2031 Nobody Ltd."
    assert without(unbroken) == unbroken


def test_removals_as_columns() -> None:
    """Entries in order, sums beside them, nothing for rows without."""
    found = cleaned(SENTENCE, f"{SENTENCE} {ENDS['rights'][0]}")
    columns = removal_columns(2, found.removed)
    assert columns["removed"].type == REMOVED
    assert columns["removed"].to_pylist() == [
        [],
        [{"step": "boilerplate", "rule": "rights", "line": 1, "chars": 20, "words": 3}],
    ]
    assert list(columns) == ["removed", *(column.name for column in COLUMNS)]
    assert columns["boilerplate_chars"].to_pylist() == [0, 20]
    assert columns["boilerplate_removed"].to_pylist() == [0, 1]


def test_real_abstracts_keep_their_atoms(real_data: object) -> None:
    """On real records: whatever goes, no row is undone, and few rows change at all."""
    import gzip
    from pathlib import Path

    from sources.base import Resource
    from sources.columns import Batch, concat
    from sources.pubmed import PubMed

    path = Path(str(real_data)) / "pubmed" / "pubmed21n1298.xml.gz"
    with gzip.open(path) as stream:
        read = PubMed().read(Resource(path.name, path.name, -1, str(path)), stream)
        texts = concat(item for item in read if isinstance(item, Batch)).columns["text"]
    texts = normalise(texts.cast(pa.large_string()))
    found = remove_boilerplate(texts)
    assert not found.undone.any()
    assert 100 < len(found.removed) < 0.02 * len(texts)
    # The atoms that are gone are those of years and addresses: a few for each passage.
    before, after = (int(fingerprints(column)[1].sum()) for column in (texts, found.texts))
    assert 0 < before - after < 4 * sum(map(len, found.removed.values()))
