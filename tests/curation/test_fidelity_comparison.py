"""The comparison: every planted loss, change, invention and reordering is found, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.fidelity.blocks import Block, Cell, Raw, Table, Unit
from curation.fidelity.comparison import compare, missing
from curation.fidelity.figures import Comparison
from curation.fidelity.marks import fold
from tests.curation.test_fidelity_atoms import EXAMPLES

SENTENCES = [
    "We gave examplin 5 mg/kg on 3 days to 120 adults aged > 65 years without fever.",
    "Titres reached 10^{4} CFU/mL in group A and 1.5 × 10^{-3} in group B (p < 0.001).",
    "The ratio was 1:4, the interval 1.2–3.4, and the mean 12.3 ± 4.5 kg.",
    "Uptake of ^18F-FDG and of CO2 rose in carriers of BRCA1 c.76A>T, not in IL-6 users.",
    "Neither rs12345 nor V600E changed the risk (OR 0.83, 95% CI 0.71 to 0.97).",
    "Ca^{2+} fell below 2.1 mmol/L in 7 of 56 non-smokers; none died before day 28.",
    "Doses of 20 mg twice daily were never exceeded, and −5 °C was kept for 48 h.",
]
TEXT = "# A trial of 2 doses\n\n" + "\n\n".join(SENTENCES)


def raw_of(text: str) -> Raw:
    """A raw document of the paragraphs of a text, its heading without the sign."""
    paragraphs = [p.removeprefix("# ") for p in text.split("\n\n")]
    return Raw(
        "1", "", "record 1", [Unit([Block(fold(p), f"p {n}") for n, p in enumerate(paragraphs)])]
    )


def wrong(result: Comparison) -> int:
    """How many atoms are not where and what they were."""
    return result.lost + result.changed + result.invented + result.moved


def test_a_true_text_has_no_fault() -> None:
    """All atoms are kept, in order."""
    result = compare(raw_of(TEXT), TEXT)
    assert (wrong(result), result.faults) == (0, [])
    assert result.kept == result.atoms > 35
    assert result.order == 1


@pytest.mark.parametrize(
    ("before", "after", "kind", "raw", "ours"),
    [
        ("5 mg/kg", "5 μg/kg", "changed", "examplin 5mg/kg on", "examplin 5μg/kg on"),
        ("10^{4} CFU", "104 CFU", "changed", "reached 10^{4}CFU/mL in", "reached 104CFU/mL in"),
        ("10^{-3}", "10-3", "changed", "and 1.5×10^{-3} in", None),
        ("> 65", "65", "changed", "aged >65years without", "aged 65years without"),
        ("without fever", "with fever", "lost", "aged without fever", ""),
        ("1:4", "14", "changed", "was 1:4 the", "was 14 the"),
        ("1.2–3.4", "1.23.4", "changed", "interval 1.2-3.4 and", "interval 1.23.4 and"),
        ("p < 0.001", "p > 0.001", "changed", "p p<0.001", "p p>0.001"),
        ("^18F-FDG", "18F-FDG", "changed", None, None),
        ("CO2", "CO", "changed", "of CO2 rose", "of CO rose"),
        ("c.76A>T", "c.76AT", "changed", None, None),
        ("V600E", "V600K", "changed", "nor V600E changed", "nor V600K changed"),
        ("7 of 56", "of 56", "lost", None, ""),
        ("12.3 ± 4.5", "12.3 4.5", "changed", None, None),
        ("−5 °C", "5 °C", "changed", "and -5°C was", "and 5°C was"),
        ("none died", "died", "lost", "nonsmokers none died", ""),
        ("to 0.97", "to 0.97 and 11", "invented", "", None),
        ("2.1 mmol/L", "2.1 mmol/L12", "changed", None, None),
    ],
)
def test_each_kind_of_damage(
    before: str, after: str, kind: str, raw: str | None, ours: str | None
) -> None:
    """One damaged atom is one fault of its kind, shown with its neighbours and its place."""
    assert TEXT.count(before) == 1
    result = compare(raw_of(TEXT), TEXT.replace(before, after))
    fault = result.faults[0]
    assert fault.kind == kind
    assert raw is None or fault.raw == raw
    assert ours is None or fault.ours == ours
    assert fault.place.startswith("record 1 ")
    assert sum(f.kind == kind for f in result.faults) == 1


@pytest.mark.parametrize(
    ("kind", "text"),
    [(kind, pair[0]) for kind, pairs in EXAMPLES.items() for pair in pairs if kind != "mask"],
)
def test_each_kind_of_atom_lost_and_invented(kind: str, text: str) -> None:
    """Whatever the kind: taken away it is lost, added it is invented, doubled it is invented."""
    around = ("The words before it stay.", "The words behind it stay.")
    empty, whole = "\n\n".join(around), f"{around[0]}\n\n{text}\n\n{around[1]}"
    assert compare(raw_of(whole), whole).faults == []
    assert compare(raw_of(whole), empty).lost >= 1
    assert compare(raw_of(empty), whole).invented >= 1
    doubled = whole.replace(text, f"{text}, {text}")
    assert compare(raw_of(whole), doubled).invented >= 1
    assert kind in {fault.atom for fault in compare(raw_of(whole), empty).faults}


def test_a_swap_is_found() -> None:
    """Two numbers that changed places beside their words are changed or moved."""
    result = compare(raw_of(TEXT), TEXT.replace("7 of 56", "56 of 7"))
    assert wrong(result) > 0
    assert result.order < 1


def test_sentences_in_another_order_are_found() -> None:
    """Nothing is lost, but the order is another."""
    moved = "# A trial of 2 doses\n\n" + "\n\n".join(SENTENCES[3:] + SENTENCES[:3])
    result = compare(raw_of(TEXT), moved)
    assert (result.lost, result.changed, result.invented) == (0, 0, 0)
    assert result.moved > 5
    assert result.order < 0.9
    assert {fault.kind for fault in result.faults} == {"moved"}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["drop", "digit", "double", "glue", "sign"]))
def test_any_single_edit_of_an_atom_is_found(choice: int, edit: str) -> None:
    """Whatever atom is edited, and however: the instrument says so."""
    from curation.fidelity.atoms import atoms_of

    sentence = fold(SENTENCES[choice % len(SENTENCES)])
    atoms = atoms_of(sentence)
    atom = atoms[choice // 7 % len(atoms)]
    start = atom.start
    length = 0
    while len(sentence[start : start + length].replace(" ", "")) < len(atom.key.removeprefix("p")):
        length += 1
    token = sentence[start : start + length]
    digits = [i for i, c in enumerate(token) if c.isdigit()]
    if edit == "drop":
        new = ""
    elif edit == "digit" and digits:
        i = digits[choice % len(digits)]
        new = token[:i] + str((int(token[i]) + 1 + choice % 9) % 10) + token[i + 1 :]
        if new == token:
            return
    elif edit == "glue" and digits:
        new = token + "1"
    elif edit == "sign":
        new = f"<{token}" if digits else f"{token} 7"
    else:
        new = f"{token} {token}"
    damaged = f"{sentence[:start]}{new}{sentence[start + length :]}"
    raw = Raw(place="x", units=[Unit([Block(sentence)])])
    # Marks of raised text are no Markdown; both sides hold the same ones.
    assert wrong(compare(raw, damaged)) > 0


def test_masks_explain_what_they_hide() -> None:
    """What a mask stands for is explained; an atom away from it is lost all the same."""
    raw = raw_of("Call 0141 496 0464 now.\n\nThen take 5 mg twice.")
    result = compare(raw, "Call [PHONE] now.\n\nThen take twice.")
    assert result.explained == {"masked": 3}
    assert (result.lost, result.changed, result.invented) == (1, 0, 0)
    assert result.order == pytest.approx(0)


def test_a_mask_inside_a_word_and_in_a_cell() -> None:
    """What a mask leaves of an address is no invention, and its cell is the same cell."""
    raw = with_table(table("Site|Score", "http://202.195.183.4:8000/x9|7"))
    text = "| Site | Score |\n| --- | --- |\n| http://[IP]:8000/x9 | 7 |"
    result = compare(raw, text)
    assert result.faults == []
    assert result.explained == {"masked": 1}
    assert (result.cells.kept, result.cells.lost) == (4, 0)
    assert wrong(compare(raw, text.replace("| 7 |", "| 8 |"))) == 2


def test_a_mask_hides_no_page() -> None:
    """One mask does not explain a whole paragraph."""
    raw = raw_of("Call 0141 496 0464. " + " ".join(f"Dose {n} mg was fine." for n in range(20)))
    assert compare(raw, "Call [PHONE].").lost > 0


def test_citations_may_go_or_stay() -> None:
    """Marks of citations are neither lost when they go nor invented when they stay."""
    raw = Raw(units=[Unit([Block("In 25 patients \x05[12, 13]\x06 the dose was 5 mg.")])])
    for text in ("In 25 patients the dose was 5 mg.", "In 25 patients [12, 13] the dose was 5 mg."):
        result = compare(raw, text)
        assert (wrong(result), result.atoms) == (0, 2)
    glued = compare(raw, "In 25 patients12 the dose was 5 mg.")
    assert glued.invented == 1


def test_raised_citations_may_stay_in_brackets() -> None:
    """A recipe may keep markers: raised in the file, in brackets in the text."""
    raw = Raw(units=[Unit([Block("In 25 patients\x05\x013,5,9-11\x02\x06 the dose was 5 mg.")])])
    assert wrong(compare(raw, "In 25 patients [3, 5, 9–11] the dose was 5 mg.")) == 0
    assert compare(raw, "In 25 patients [3, 5, 9–12] the dose was 5 mg.").invented == 1


def test_numbers_of_lists_are_no_atoms() -> None:
    """A list may be counted by the writer of the Markdown."""
    raw = Raw(units=[Unit([Block("First 5 mg"), Block("then 10 mg")])])
    assert wrong(compare(raw, "1. First 5 mg\n2. then 10 mg")) == 0


def test_floats_may_stand_elsewhere_and_sections_may_be_absent() -> None:
    """A movable unit is found where it stands; an absent one with a reason is out of scope."""
    raw = Raw(
        units=[
            Unit([Block("The first paragraph tells of 12 adults in the trial group.")]),
            Unit(
                [Block("Figure 1 shows 99 events over time in both of the groups.")], movable=True
            ),
            Unit([Block("The second paragraph tells of 34 children in the other group.")]),
            Unit([Block("Funding came from grant XY-77 of an invented agency.")], reason="funding"),
        ]
    )
    text = (
        "The first paragraph tells of 12 adults in the trial group.\n\n"
        "The second paragraph tells of 34 children in the other group.\n\n"
        "Figure 1 shows 99 events over time in both of the groups."
    )
    result = compare(raw, text)
    assert (wrong(result), result.order) == (0, 1)
    assert result.out_of_scope == {"funding": 1}
    kept = compare(raw, text + "\n\nFunding came from grant XY-78 of an invented agency.")
    assert wrong(kept) == 1


def test_formulae_are_compared_by_their_digits() -> None:
    """Brackets and blanks of linear notation are no fault, another exponent is."""
    raw = Raw(units=[Unit([Block(fold("where \x07σ=1/n-1x\x012\x02\x08 holds"))])])
    assert wrong(compare(raw, "where σ = (1/(n − 1))x^2 holds")) == 0
    assert wrong(compare(raw, "where σ = (1/(n − 1))x2 holds")) > 0
    assert wrong(compare(raw, "where σ = (1/(n − 1))x^3 holds")) > 0


def test_a_marker_kept_before_a_formula_is_no_part_of_it() -> None:
    """The text may keep a citation; a formula behind it is compared by its own digits."""
    blocks = [
        Block(fold(t)) for t in ("as \x05(Wu, 2003)\x06:", "\x07σ=1/n-1x\x012\x02\x08", "holds")
    ]
    raw = Raw(units=[Unit(blocks)])
    for marker in ("", " (Wu, 2003)"):
        assert wrong(compare(raw, f"as{marker}:\n\nσ = (1/(n − 1))x^2\n\nholds")) == 0
        assert wrong(compare(raw, f"as{marker}:\n\nσ = (1/(n − 1))x^3\n\nholds")) > 0
    assert wrong(compare(raw, "as (Wu, 2003, 7):\n\nσ = (1/(n − 1))x^2\n\nholds")) > 0


def test_a_comparator_that_opens_a_line() -> None:
    """Markdown's sign of a quotation is none of the text, a comparator in its place is."""
    raw = Raw(units=[Unit([Block(fold("> 65 years were included"))])])
    assert wrong(compare(raw, "> 65 years were included")) == 0
    assert wrong(compare(raw, "65 years were included")) == 1


def table(*rows: str, head: int = 1) -> Table:
    """A table of cells separated by bars; ``word*3`` is a head cell that spans three."""
    made = Table(place="table 1")
    for number, row in enumerate(rows):
        cells = []
        for text in row.split("|"):
            word, _, spans = text.partition("*")
            cells.append(Cell(fold(word), int(spans or 1), number < head))
        made.rows.append(cells)
    return made


def with_table(made: Table) -> Raw:
    """A document that is nothing but a table."""
    blocks = [Block(cell.text, cell=True) for row in made.rows for cell in row if cell.text]
    return Raw(place="x", units=[Unit(blocks)], tables=[made])


def test_cells_in_are_cells_out() -> None:
    """A true table keeps all cells; a spanned head may be repeated."""
    raw = with_table(table("Arm|Dose*2", "A|5 mg|10 mg", "B|20 mg|"))
    text = "| Arm | Dose | Dose |\n| --- | --- | --- |\n| A | 5 mg | 10 mg |\n| B | 20 mg |  |"
    result = compare(raw, text)
    assert result.faults == []
    assert (result.cells.cells, result.cells.kept) == (7, 7)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("| Arm | Dose |\n| - | - |\n| A | 5 mg 10 mg |\n| B | 20 mg |", "cells_fused"),
        ("| Arm | Dose |\n| --- | --- |\n| A | 5 mg | 10 mg |\n| B |", "cell_lost"),
        ("| Arm | Dose |\n| --- | --- |\n| A | 5 mg | 11 mg |\n| B | 20 mg |", "cell_changed"),
        (
            "| Arm | Dose |\n| --- | --- |\n| A | 5 mg | 10 mg |\n| B | 20 mg | extra |",
            "cell_invented",
        ),
    ],
)
def test_each_fault_of_a_cell(text: str, kind: str) -> None:
    """Fused, lost, changed and invented cells are told apart."""
    raw = with_table(table("Arm|Dose*2", "A|5 mg|10 mg", "B|20 mg|"))
    assert kind in {fault.kind for fault in compare(raw, text).faults}


def test_tables_as_sentences_lose_no_cell() -> None:
    """Where the text holds no table, cells are looked for in its words."""
    raw = with_table(table("Arm|Dose", "A|5 mg", "B|20 mg"))
    result = compare(raw, "Arm A; Dose: 5 mg. Arm B; Dose: 20 mg.")
    assert (result.cells.as_text, result.cells.lost) == (6, 0)
    assert (wrong(result), result.order) == (0, 1)
    assert compare(raw, "Arm A; Dose: 5 mg. Arm B; Dose: 21 mg.").cells.lost == 1


def test_a_missing_document_loses_all() -> None:
    """A document without a text is one fault with the number of its atoms."""
    result = missing(raw_of(TEXT))
    assert result.lost == result.atoms == compare(raw_of(TEXT), TEXT).atoms
    assert [fault.kind for fault in result.faults] == ["document_missing"]


def test_flat_comparison() -> None:
    """A PDF does not say what is raised: there 10^4 is the 104 of its characters."""
    raw = Raw(units=[Unit([Block(fold("grown to 104 CFU/mL at 37 C in 12 𝜇M with- out 7 air"))])])
    text = "grown to 10^4 CFU/mL at 37 °C in 12 μM without 7 air"
    assert compare(raw, text, flat=True).faults == []
    assert compare(raw, text).changed > 0
    assert compare(raw, text.replace("10^4", "10^5"), flat=True).changed == 1


NOTICE = "© 2031 The Authors of 3 sites. Published by Imaginary Press, volume 12."


def test_removed_boilerplate_explains_the_end_of_its_line_alone() -> None:
    """A passage that went from the end of a paragraph; not an atom inside a sentence elsewhere."""
    words = len(NOTICE.split())
    raw = raw_of(TEXT.replace(SENTENCES[3], f"{SENTENCES[3]} {NOTICE}"))
    gone = compare(raw, TEXT, removed=(words,))
    assert (gone.lost, gone.faults) == (0, [])
    assert gone.explained["boilerplate"] == compare(raw, TEXT).lost > 0
    for lost in ("5 mg/kg ", "10^{4} CFU/mL ", "120 "):
        assert compare(raw, TEXT.replace(lost, ""), removed=(words, words)).lost == 1
    assert compare(raw, TEXT, removed=(1,)).lost > 0
