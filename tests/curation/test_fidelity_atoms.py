"""What an atom is, and what makes two texts the same: canonical text, extraction, alignment."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.fidelity import align
from curation.fidelity.atoms import Atom, atoms_of
from curation.fidelity.marks import fold, shown

EXAMPLES = {
    "number": [
        ("a dose of 5 mg daily", "5mg"),
        ("below -2.5 °C today", "-2.5°C"),
        ("about 12% of them", "12%"),
        ("more than > 65 years old", ">65years"),
        ("at .05 here", ".05"),
        ("1,234.5 copies", "1,234.5copies"),
        ("of 5 μg/kg/day in", "5μg/kg/day"),
        ("flow of 60 mL/min was", "60mL/min"),
    ],
    "p-value": [("with p < 0.001 there", "p<0.001"), ("(P = .04)", "p=.04")],
    "exponent": [
        ("some 10^4 cells", "10^{4}cells"),
        ("1.5 × 10^{-8}/L of", "1.5×10^{-8}/L"),
        ("10⁹/L of it", "10^{9}/L"),
    ],
    "range": [("ages 18–65 years", "18-65years"), ("from 5 - 10 mg", "5-10mg")],
    "ratio": [
        ("diluted 1:4 in", "1:4"),
        ("3/7 of them", "3/7"),
        ("12.3 ± 4.5 kg", "12.3±4.5kg"),
    ],
    "isotope": [("^18F-FDG uptake", "^{18}F-FDG"), ("labelled ^{99m}Tc was", "^{99m}Tc")],
    "formula": [("of CO_2 in", "CO2"), ("free Ca^2+ rose", "Ca^{2+}")],
    "variant": [
        ("carriers of rs12345 had", "rs12345"),
        ("the c.76A>T change", "c.76A>T"),
        ("and p.Gly12Asp too", "p.Gly12Asp"),
        ("BRAF V600E was", "V600E"),
    ],
    "name": [
        ("the BRCA1 gene", "BRCA1"),
        ("of IL-6 in", "IL-6"),
        ("on EGFR in", "EGFR"),
        ("HLA-B*27:05 was", "HLA-B*27:05"),
        ("the 5-HT receptor", "5-HT"),
        ("space group P6_{1}22 of", "P6_{1}22"),
    ],
    "negation": [
        ("there was no effect", "no"),
        ("among non-smokers here", "non-smokers"),
        ("a pain-free day", "pain-free"),
        ("they didn't fall", "didn't"),
        ("without fever", "without"),
        ("neither was", "neither"),
    ],
    "sign": [("the mean ± SD of", "±"), ("where x < y holds", "<")],
    "mask": [("write to [EMAIL] now", "[EMAIL]")],
}


def keys(text: str) -> list[str]:
    """Keys of the atoms of a text, for people."""
    return [shown(atom.key) for atom in atoms_of(fold(text))]


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [(kind, *pair) for kind, pairs in EXAMPLES.items() for pair in pairs],
)
def test_every_kind_of_atom(kind: str, text: str, key: str) -> None:
    """Each kind of the module's list is found whole, as that kind."""
    found = {shown(atom.key): atom.kind for atom in atoms_of(fold(text))}
    assert found.get(key) == kind


def test_every_kind_is_described() -> None:
    """The docstring defines each kind that the examples show."""
    from curation.fidelity import atoms

    assert [kind for kind in EXAMPLES if f"``{kind}``" not in atoms.__doc__ + Atom.__doc__] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mg", "5 μg"), ("5 mg", "50 mg"), ("10^4", "104"), ("10^4", "10^5"), ("> 65", "< 65"),
        ("≤ 3", "3"), ("-5", "5"), ("1.2-3.4", "1.23.4"), ("5-10", "5 10"), ("1:4", "1/4"),
        ("p < 0.05", "p > 0.05"), ("^18F", "18F"), ("CO2", "CO"), ("Ca^2+", "Ca2+"),
        ("BRCA1", "BRCA2"), ("no change", "change"), ("non-smokers", "smokers"),
        ("5-fluorouracil", "5 fluorouracil"), ("x_{1}2", "x12"), ("7.5", "7.51"), ("m²", "m2"),
        ("Mn^{II}_{3}M", "Mn^II3M"),
    ],
)  # fmt: skip
def test_what_differs_for_a_clinician_differs(one: str, other: str) -> None:
    """Two texts that mean something else have other atoms."""
    assert keys(one) != keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5\u00a0mg", "5 mg"), ("5\n  mg", "5 mg"), ("5–10 mg", "5-10 mg"), ("−5 °C", "-5 °C"),
        ("µg", "μg"), ("H_{2}O", "H2O"), ("CO_2 in", "CO2 in"), ("10^{4}", "10^4"), ("10⁴", "10^4"),
        ("p &lt; 0.05", "p < 0.05"), ("5\u200b mg", "5 mg"), ("e\u0301 1", "é 1"), ("1^{st}", "1st"),
        ("37^{°}C", "37°C"), ("Ca^{2}^{+}", "Ca^2+"), ("10^4–10^5", "10^{4}-10^{5}"),
        ("x^{a_{1}}", "x^{a1}"), ("<0.05", "< 0.05"), ("5\u00e2\u0080\u009310 mg", "5–10 mg"),
    ],
)  # fmt: skip
def test_what_only_typography_tells_apart_is_the_same(one: str, other: str) -> None:
    """Blanks, dashes, composed letters, braces and escaped signs make no difference."""
    assert keys(one) == keys(other)


def test_neighbouring_words() -> None:
    """An atom knows the words before and behind it, across other numbers."""
    [first, second] = atoms_of(fold("doses of 5 mg and 10 mg daily"))
    assert (first.left, first.right) == ("of", "and")
    assert (second.left, second.right) == ("and", "daily")


@given(st.text(alphabet="ab 12^_{}-–.,<>±%\x01\x02\x03\x04µ⁴₂é²()[]&;", max_size=60))
def test_folding_is_stable(text: str) -> None:
    """Whatever the text: folding ends, leaves balanced runs, and no blank at the ends."""
    once = fold(text)
    assert once == once.strip()
    depth = 0
    for character in once:
        depth += (character in "\x01\x03") - (character in "\x02\x04")
        assert depth in (0, 1) or not set(text) <= set("ab 12^_{}-–.,<>±%µ⁴₂é²()[]&;")
    atoms_of(once)


def reference(first: list[int], second: list[int]) -> int:
    """Length of the longest common subsequence by the textbook table."""
    row = [0] * (len(second) + 1)
    for one in first:
        before = 0
        for index, other in enumerate(second, 1):
            before, row[index] = (
                row[index],
                before + 1 if one == other else max(row[index], row[index - 1]),
            )
    return row[-1]


@given(
    st.lists(st.integers(0, 4), max_size=30),
    st.lists(st.integers(0, 4), max_size=30),
    st.booleans(),
)
def test_alignment_is_longest(first: list[int], second: list[int], split: bool) -> None:
    """Pairs ascend, match, and are as many as the table says, in one piece and split."""
    whole = align._MEMORY_BITS
    align._MEMORY_BITS = 16 if split else whole
    try:
        pairs = align.align(first, second)
    finally:
        align._MEMORY_BITS = whole
    assert len(pairs) == align.lcs_length(first, second) == reference(first, second)
    assert all(first[i] == second[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(pairs))


def test_long_sequences() -> None:
    """A hundred thousand atoms with every tenth lost: exactly the others are common."""
    draw = random.Random(3)
    first = [draw.randrange(5_000) for _ in range(100_000)]
    second = [key for index, key in enumerate(first) if index % 10]
    assert align.lcs_length(first, second) == len(second)
