"""The gate of steps that change text: atoms by their definition, and what the gate lets through."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.atoms import fingerprints, keep_atoms
from filters.kernels.atoms import NEGATIONS
from filters.kernels.unicode import PROPS, REMOVE, SPACE
from filters.normalise import normalise

TEXT = pa.large_string()

LINE_ENDS = "\n\x0b\x0c\r\x85\u2028\u2029"
PIECES = (
    "5", "0.05", "<", "≤", "10^4", "10-20", "mg", "no", "No,", "not", "without", "didn't", "didn’t",
    "non-smoker", "HIV-free", "(HIV-free).", "pain", "CO2", "p.Val600Glu", "±", "×", "٣", "é", "µg",
    "\u200b", "\xad", "-", "~", "naïve", "Nonetheless", "x", ";", "n't", "=", "1:2", "^18F",
)  # fmt: skip
BLANKS = (" ", "  ", "\n", "\t", "\u2009", "\xa0", "\u2028", "\r\n", "")

lines_of_text = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BLANKS)), max_size=14)
texts = st.one_of(
    lines_of_text.map(lambda pairs: "".join(word + blank for word, blank in pairs)),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").decode()),
)


def atoms(text: str, *, lines: bool = True) -> Counter[tuple[str, str]]:
    """The atoms of a text by the definition in `filters.atoms`, with Python's own means."""
    found: Counter[tuple[str, str]] = Counter()
    waiting = ""
    token = ""
    for character in text + "\n":
        kind = int(PROPS[ord(character)])
        if kind & REMOVE:
            continue
        if not kind & SPACE:
            token += character
            continue
        if token:
            if waiting:
                found[waiting, token] += 1
            waiting = token if is_atom(token) else ""
            token = ""
        if waiting and lines and character in LINE_ENDS:
            found[waiting, ""] += 1
            waiting = ""
    if waiting:
        found[waiting, ""] += 1
    return found


def is_atom(token: str) -> bool:
    """Whether a token is an atom by itself."""
    if re.search(r"[<>=~^±×−≈≠≤≥]", token) or any(unicodedata.category(c) == "Nd" for c in token):
        return True
    core = re.sub(r"^[^A-Za-z]+|[^A-Za-z]+$", "", token)
    if re.fullmatch(r"(?i)non-.+|.+-free", core) and len(core) > 4:
        return len(core) > 5 or core.lower().startswith("non-")
    plain = token.replace("’", "'")
    return plain.isascii() and "".join(re.findall("[a-z]", plain.lower())) in NEGATIONS


def equal(one: str, other: str, *, lines: bool = True) -> bool:
    """Whether two texts have the same fingerprint."""
    sums, counts = fingerprints(pa.array([one, other], TEXT), lines=lines)
    return bool(sums[0] == sums[1] and counts[0] == counts[1])


@settings(max_examples=400, deadline=None)
@given(texts, st.booleans())
def test_as_many_atoms_as_the_definition_has(text: str, lines: bool) -> None:
    """The kernel counts the atoms that the definition counts."""
    _, counts = fingerprints(pa.array([text], TEXT), lines=lines)
    assert counts[0] == atoms(text, lines=lines).total()


@settings(max_examples=400, deadline=None)
@given(texts, texts)
def test_equal_fingerprints_mean_equal_atoms(one: str, other: str) -> None:
    """Two texts have one fingerprint exactly where they have the same multiset of atoms."""
    assert equal(one, other) == (atoms(one) == atoms(other))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join), max_size=6), st.randoms()
)
def test_order_of_lines_is_no_matter(lines: list[str], chance: random.Random) -> None:
    """The same lines in another order have the same atoms; one atom more is another set."""
    shuffled = lines[:]
    chance.shuffle(shuffled)
    assert equal("\n".join(lines), "\n".join(shuffled))
    assert not equal("\n".join(lines), "\n".join([*shuffled, "5 mg"]))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("5 mg daily", "5 µg daily"),
        ("10^4 cells", "104 cells"),
        ("p < 0.05", "p > 0.05"),
        ("p < 0.05", "p 0.05"),
        ("-5 points", "5 points"),
        ("10–20 mg", "1020 mg"),
        ("there was no pain", "there was pain"),
        ("It didn't rise", "It did rise"),
        ("non-smokers only", "smokers only"),
        ("HIV-free patients", "HIV patients"),
        ("CO2 and O2", "CO2 and O2 and O2"),
        ("1 000 g", "1000 g"),
        ("BRCA1 carriers", "BRCA2 carriers"),
        ("5 mg\nno change", "5 mg change"),
    ],
)
def test_a_changed_statement_is_seen(before: str, after: str) -> None:
    """Numbers, units, exponents, comparators, signs, negations: none changes unseen."""
    assert not equal(before, after)
    kept, undone = keep_atoms(pa.array([before, "same"], TEXT), pa.array([after, "same"], TEXT))
    assert kept.to_pylist() == [before, "same"]
    assert undone.tolist() == [True, False]


@settings(max_examples=400, deadline=None)
@given(texts)
def test_normalisation_changes_no_atom(text: str) -> None:
    """Whatever the text, what normalisation may do is no change of atoms to the gate."""
    before = pa.array([text], TEXT)
    after, undone = keep_atoms(before, normalise(before))
    assert not undone.any()
    assert after.equals(normalise(before))


def test_an_undone_line_is_one_line_of_visible_text() -> None:
    """A title that is undone has no line end, control character or blank at its ends."""
    kept, undone = keep_atoms(
        pa.array([" 5 mg\x00\nof\u200b it "], TEXT), pa.array(["50 mg of it"], TEXT), lines=False
    )
    assert undone.tolist() == [True]
    assert kept.to_pylist() == ["5 mg of it"]


def test_rows_that_a_step_left_alone_cost_nothing() -> None:
    """Where nothing changed the very array comes back."""
    column = pa.array(["5 mg", "no"], TEXT)
    kept, undone = keep_atoms(column, column)
    assert kept is column
    assert not undone.any()
