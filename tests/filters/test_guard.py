"""The clinical guard: what a stream holds, how two are compared, and claims against true copies."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.duplicates.guard import DIFFERENCES, guards
from filters.duplicates.lexicon import lexicon
from filters.duplicates.signatures import sign
from filters.duplicates.verify import verify
from filters.kernels.guard_words import (
    ARM,
    CASE,
    COMPARATOR,
    DIRECTION,
    FREQUENCY,
    IDENTIFIER,
    MONTH,
    NEGATION,
    NUMBER,
    P_VALUE,
    POPULATION,
    SIDE,
    STATE,
    SUBSTANCE,
    UNIT,
)
from tests.filters.claims import CLAIMS, COPIES
from tests.filters.claims import NUMBER as WRITTEN
from tests.filters.test_signatures import mix

BASE = 0xD6E8FEB86659FD93


def stream(text: str) -> list[int]:
    """Guard stream of one text."""
    found = sign(pa.array([text], pa.large_string()))["guard"][0].as_py()
    return np.frombuffer(found, "<u4").tolist()


def atoms(text: str) -> list[int]:
    """Atoms without the headers."""
    return [value for value in stream(text) if value >> 28]


def classes(text: str) -> list[int]:
    """Classes of the atoms in order."""
    return [value >> 28 for value in atoms(text)]


def sentences(text: str) -> int:
    """Count the headers."""
    return sum(value >> 28 == 0 for value in stream(text))


def difference(left: str, right: str, strict: bool = False) -> str:
    """Name what two texts differ in."""
    signed = sign(pa.array([left, right], pa.large_string()))
    return DIFFERENCES[guards(signed["guard"], np.array([[0, 1]]), strict)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 mg", [NUMBER, UNIT]),
        ("p < 0.05", [COMPARATOR, P_VALUE]),
        ("p value of 0.05", [P_VALUE]),
        ("pain rose", [DIRECTION]),
        ("in women", [POPULATION]),
        ("the left eye", [SIDE]),
        ("did not help", [NEGATION]),
        ("it didn't help", [NEGATION]),
        ("against placebo", [DIRECTION, ARM]),
        ("group A", [ARM]),
        ("metformin", [SUBSTANCE]),
        ("unheardomab", [SUBSTANCE]),
        ("IL-6", [IDENTIFIER]),
        ("type II", [IDENTIFIER]),
        ("stage IIIb", [IDENTIFIER]),
        ("stages IB to IIIA, or grade I/II", [IDENTIFIER, IDENTIFIER]),
        ("groups A, B and C", [ARM]),
        ("NYHA II and a type B, p 0.05", [IDENTIFIER, IDENTIFIER, P_VALUE]),
        ("CD4+ cells", [IDENTIFIER, DIRECTION]),
        ("ER-/PR+", [IDENTIFIER, DIRECTION, IDENTIFIER, DIRECTION]),
        ("2+ or +/- or a- b", [NUMBER]),
        ("docetaxel+cisplatin", [SUBSTANCE, SUBSTANCE]),
        ("IL-6 100 pg", [IDENTIFIER, NUMBER, UNIT]),
        ("Reply: a trial", [STATE]),
        ("A trial, part II", [STATE]),
        ("hypoglycaemia", [DIRECTION]),
        ("twice daily", [FREQUENCY]),
        ("every other day", [FREQUENCY]),
        ("for weeks", [UNIT]),
        ("since May", [MONTH]),
        ("on 3 May 2011", [NUMBER, MONTH, NUMBER]),
        ("it may help", []),
        ("A 5 mM dye", [NUMBER, UNIT, CASE]),
        ("asymptomatic", [NEGATION]),
        ("nonlinear", [NEGATION]),
        ("nonetheless", []),
        ("nonsmokers", [NEGATION, POPULATION]),
        ("plain words alone", []),
    ],
)
def test_atoms_of_each_class(text: str, expected: list[int]) -> None:
    """Each class is found, and nothing in words that are no claim."""
    assert classes(text) == expected


@pytest.mark.parametrize(
    "same",
    [
        ("1,52 mg", "1.52 mg", "1·52 mg", "1.520 mg"),
        (".622", "0.622", "0,622"),
        ("dose of 1,234", "dose of 1234", "dose of 1 234", "dose of 1\u2009234", "dose of 1\n234"),
        ("10 000.5 ml", "10,000.5 ml", "10000.50 ml"),
        ("51.8/100 000", "51.8/100,000"),
        ("1 234 567", "1,234,567"),
        ("BMI (kg/m2)", "BMI (kg/m²)", "BMI (kg/m^2)"),
        ("by -2.5", "by - 2.5", "by – 2.5", "by minus 2.5"),
        ("(CI -0.6 to -0.2)", "(CI - 0.6 to\n-  0.2)", "(CI − 0.6 to − 0.2)"),
        ("2.5 - 3 or x - 3", "2.5-3 or x: 3"),
        ("stages II–III", "stages II-III", "stages II to III"),
        ("grades A, B and C", "grades A/B/C", "grades A & B or C"),
        ("cells of 350/µL", "cells of 350/ul", "cells of 350/microL"),
        ("of 20/day", "of 20 per day", "of 20/d", "of 20 daily"),
        ("of 10(9)/L", "of 10^9/L", "of 10^{9}/L"),
        ("breaths/min", "breaths/minute"),
        ("pills/wk", "pills/week"),
        ("25 kg/m2/day", "25 kg/m²/day", "25 kg/m^2/day"),
        ("IC50 and PaO2/FiO2", "IC_50 and PaO_2/FiO_2", "IC_{50} and PaO_{2}/FiO_{2}"),
        ("in 5 mg L-1", "in 5 mg L^-1", "in 5 mg L^{-1}"),
        ("60 bpm", "60 beats per minute", "60 beats/min"),
        ("2years", "two years", "2 years", "2-year", "2 yr"),
        ("OR4.38", "OR 4.38"),
        ("95CI", "95 CI"),
        ("PSA<10ng/ml", "PSA < 10 ng/ml", "PSA less than 10 ng/mL"),
        ("5 µg", "5 μg", "5 mcg", "5 micrograms"),
        ("p<.05", "P < 0.05", "*p* &lt; 0.05", "<i>p</i> < 0.05"),
        ("x ≤ 5", "x <= 5"),
        ("5 ± 2", "5 +/- 2", "5±2"),
        ("twenty-four men", "24 men", "twenty four men"),
        ("50 %", "50%", "50 percent"),
        ("il6", "IL-6", "IL‐6", "IL<sub>6</sub>"),
        ("oestradiol", "estradiol"),
        ("10 mg per day", "10 mg/day", "10 mg/d", "10 mg daily", "10 mg each day", "10 mg q.d."),
        ("5 mg/kg/day", "5 mg/kg daily", "5 mg/kg per day", "5 mg/day/kg"),
        ("cigarettes per day", "cigarettes daily", "cigarettes/day"),
        ("part II of a trial", "Part 2 of a trial"),
        (
            "bid",
            "BID",
            "b.i.d.",
            "B.I.D.",
            "twice daily",
            "twice a day",
            "two times daily",
            "2 times per day",
            "2x/day",
            "2x daily",
            "twice/d",
        ),
        ("daily", "once daily", "once-daily", "once a day", "every day", "each day", "qd", "q.d."),
        ("q8h", "every 8 hours", "every eight h", "Q8H"),
        ("3 times a week", "thrice weekly", "three times per week", "thrice each week"),
        ("non-significant", "nonsignificant", "non significant"),
        ("non-smokers", "nonsmokers"),
        ("80 mmHg", "80 mm Hg", "80mmHg", "80 MMHG", "80 MM HG"),
        ("In Jan. 2011", "In January 2011", "in jan 2011"),
    ],
)
def test_typography_is_no_difference(same: tuple[str, ...]) -> None:
    """Ways to write one value give the same atoms, but for marks that only one writes."""
    first, *others = ([a for a in atoms(text) if a >> 28 != DIRECTION] for text in same)
    assert all(other == first for other in others)


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize(
    "way", ["CD4{}, x", "CD4({}) x", "CD4^{}, x", "CD4^{{{}}} x", "CD4^({}) x"]
)
@pytest.mark.parametrize("marks", ["{}", "**{}**", "${}$"])
def test_signs_of_names_in_any_notation(sign: str, way: str, marks: str) -> None:
    """In brackets, raised as the toolkit writes it, inside and before marks of Markdown."""
    name, behind = way.format(sign).split("4")
    text = marks.format(f"{name}4{behind[:-1].rstrip()}") + behind[-2:]
    assert atoms(text) == atoms(f"CD4{sign}, x")
    assert atoms(text) != atoms(f"CD4{'-' if sign == '+' else '+'}, x")
    assert len(atoms(text)) == 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("0,001", "1"), ("1,234", "1.234"), ("0.5", "5"), ("-0.5 to 1 (-0.5)", "0.5 to 1 (0.5)"), ("5 mg", "5 mg/kg"), ("10", "100"), ("x < 5", "x ≤ 5"), ("x < 5", "x > 5"), ("CD4", "CD8"),
        ("A 5 mM", "A 5 mm"), ("A 5 µM, we think", "A 5 µm, we think"), ("we took 5 M", "We took 5 m"), ("A 5 mW", "A 5 MW"), ("A 5 mCi", "A 5 MCi"), ("HER2+", "HER2-"), ("ER+/PR-", "ER-/PR+"), ("CD8^- cells", "CD8^+ cells"), ("Bcl-2^{-/-} mice", "Bcl-2^{+/+} mice"), ("10^-6 M", "10^6 M"), ("mL^-1", "L^-1"), ("ER- and PR+", "ER+ and PR-"), ("ER- PR+ HER2- ill", "ER+ PR- HER2- ill"), ("HBV- and HCV+", "HBV+ and HCV-"), ("a change of - 2.5", "a change of 2.5"), ("minus 0.4", "0.4"), ("(- 2.5)", "(2.5)"), ("stage II–III", "stage II–IV"), ("stage III-IV", "stage III"), ("phase I/II", "phase I"), ("stages I and III", "stages I to III"), ("types A and B", "types A and C"), ("NYHA II", "NYHA III"), ("FIGO IIa", "FIGO IIb"), ("Child-Pugh A", "Child-Pugh B"), ("350/µL", "350/mL"), ("10^9/L", "10^9/mL"), ("10(9)/L", "10(9)/mL"), ("10⁹/L", "10⁹/mL"), ("80/min", "80/h"), ("40/kg", "40/g"), ("12 breaths/min", "12 breaths/h"), ("20/d", "20/wk"), ("m^2", "m^3"), ("CD4^+CD25^- cells", "CD4^+CD25^+ cells"), ("CD34(+)", "CD34(-)"), ("stage IIIA", "stage IIIB"), ("seropositive", "seronegative"), ("hypo-osmolar", "hyper-osmolar"), ("adjusted", "unadjusted"), ("5 mg/day", "5 mg/week"), ("5 mg/h", "5 mg/min"), ("1 234", "1 2345"), ("A 5 MPa", "A 5 mPa"), ("bid", "tid"), ("bid", "daily"), ("daily", "every other day"), ("b.i.d.", "q.i.d."), ("a day", "a week"), ("in May", "in June"), ("q8h", "q12h"), ("every 8 hours", "every 8 days"), ("nonlinear", "linear"), ("unrelated", "related"),
        ("vitamin D", "vitamin E"), ("x (−2)", "x (2)"), ("1.05", "1.5"), ("50 mg/day", "50 mg/week"),
    ],
)  # fmt: skip
def test_other_values_have_other_atoms(left: str, right: str) -> None:
    """What means something else is something else."""
    assert atoms(left) != atoms(right)


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 6), st.booleans())
def test_numbers_equal_plain_values(whole: int, part: int, width: int, comma: bool) -> None:
    """The hash of a number follows its value, not the way it is written."""
    fraction = f"{part:06}"[:width].rstrip("0")
    mantissa = int(f"{whole}{fraction}")
    expected = mix((mantissa * BASE + len(fraction) + 1) & (2**64 - 1)) & 0xFFFFFFF
    written = f"{whole:,}" if comma and whole > 999 else str(whole)
    text = f"x {written}.{fraction}0" if width else f"x {written}"
    assert atoms(text) == [NUMBER << 28 | expected]


def test_sentences_end_at_full_stops_and_paragraphs() -> None:
    """Not at line ends, initials, abbreviations or decimal points."""
    assert sentences("It rose. It fell? It\nstayed at 5.2 in S. aureus vs. E. coli") == 3
    assert sentences("# A title\n\nA text without a stop\n\n## More\nand more") == 3
    assert sentences("") == 0


def test_labels_and_copyright_are_left_out() -> None:
    """Section labels and copyright lines are not in the stream; a sentence about either is."""
    plain = stream("Men took it. It helped women.")
    assert stream("METHODS: Men took it. RESULTS AND DISCUSSION: It helped women.") == plain
    assert stream("## Patients and methods\nMen took it.\n\n**Results:** It helped women.") == plain
    for line in ("© 2021 Elsevier Inc. All rights reserved.", "Copyright © 2020 The Authors."):
        assert stream(f"Men took it. It helped women. {line}") == plain
    assert sentences("Copyright was no topic of the trial.") == 1


TEXT = (
    "# Metformin for pain: a trial.\n\nBACKGROUND: Metformin may help. METHODS: In 40 men, 5 mg of "
    "metformin was compared with placebo for 2 weeks. RESULTS: Pain fell from 7.5 to 3.2 with "
    "metformin and to 6.1 with placebo (p < 0.05). It did not improve sleep in the left arm. "
    "CONCLUSIONS: It helps."
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("5 mg", "10 mg", "another number"), ("5 mg", "5 g", "another unit"), ("<", ">", "another comparator"),
        ("0.05", "0.01", "another p-value"), ("fell", "rose", "another direction"), ("men,", "women,", "another population"),
        ("left", "right", "another body side"), ("did not improve", "improved", "a negation on one side"),
        ("It helps", "It never helps", "a negation on one side"), ("5 mg of metformin", "5 mg of lithium", "another substance"),
        ("5 mg of metformin", "5 mg of xyzzyol", "another substance"), ("men,", "octogenarians,", "another population"),
        ("3.2 with metformin and to 6.1", "6.1 with metformin and to 3.2", "values or arms in another order"),
        ("metformin and to 6.1 with placebo", "placebo and to 6.1 with metformin", "values or arms in another order"),
        ("# ", "# Retracted: ", "another state before the title"), ("trial.", "trial. Part 2.", "another state before the title"),
        ("METHODS: ", "", ""), ("\n\n", " ", ""), ("7.5", "7,5", ""), ("0.05", ".05", ""), ("It helps.", "", ""),
        ("sleep in the left arm. CONCLUSIONS: It helps.", "", ""), ("may help", "could help", ""),
        ("Metformin may help. ", "", ""),
    ],
)  # fmt: skip
def test_differences_are_named(old: str, new: str, expected: str) -> None:
    """Each kind of change is found and named in both directions; what is no change is not."""
    assert old in TEXT
    assert difference(TEXT, TEXT.replace(old, new)) == expected
    assert difference(TEXT.replace(old, new), TEXT) == expected


def test_strict_counts_what_one_side_says_more() -> None:
    """A sentence more with an atom is a difference if strict, without one it is none."""
    assert difference(TEXT, TEXT + " In 2019 it ended.") == ""
    assert difference(TEXT, TEXT + " In 2019 it ended.", strict=True) == "another number"
    assert difference(TEXT, TEXT + " There it ends.", strict=True) == ""


def test_swapped_values_of_two_sentences() -> None:
    """Values swapped between sentences are found, although each sentence's atoms occur in both."""
    left = "The invented drug gave relief in 12 hours. The imaginary procedure gave relief in 48 hours."
    swapped = left.replace("12", "x").replace("48", "12").replace("x", "48")
    assert difference(left, swapped) == "another number"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 MG/KG", "5 mg/kg"), ("5 ML", "5 ml"), ("5 MM", "5 mM"), ("5 MM", "5 mm"), ("5 Mg", "5 MG"), ("5 mL", "5 ml"), ("5 KG", "5 Kg"), ("5 DL", "5 dl"),
        ("5 Mg", "5 mg"), ("200 Mg/5 Ml", "200 mg/5 ml"), ("5 D", "5 d"), ("60 S", "60 s"),
    ],
)  # fmt: skip
def test_capitals_alone_make_no_unit(one: str, other: str) -> None:
    """All capitals say nothing of a unit, whatever the other text says."""
    frame = "It was reported that {} of it had been taken by men."
    assert difference(frame.format(one), frame.format(other)) == ""


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
def test_letter_case_of_a_whole_text_is_none_of_its_units(change: Callable[[str], str]) -> None:
    """In capitals, in small letters and with a capital a word a text has no other units."""
    text = "# Of 5 mg aspirin in 3 mM salt.\n\nWe gave 7 nM salt, 0.5 M acid, 4 mm beads and 3 m cords."
    assert difference(text, change(text)) == difference(change(text), text) == ""


def test_other_letters_of_a_unit_are_named() -> None:
    """Both units known, and in a text of both cases."""
    text = "We gave 7 µM salt, 0.5 M acid, 4 mm beads and 3 mW light."
    for old, new in (("µM", "µm"), (".5 M", ".5 m"), ("4 mm", "4 mM"), ("mW", "MW")):
        assert difference(text, text.replace(old, new)) == "another unit"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mg/day", "5 mg/week"), ("5 mg/day", "5 mg/48 h"), ("5 mg/kg/day", "5 mg/kg"), ("5 mg daily", "5 mg weekly"), ("5 mg/h", "5 mg/min"), ("5 mg/day", "5 mg"), ("5 mg/day", "5 g/day"),
        ("it three times daily", "it every 6 hours"), ("it each day", "it each week"), ("it 2x/day", "it 3x/day"),
    ],
)  # fmt: skip
def test_how_much_in_a_time_is_told_apart(one: str, other: str) -> None:
    """Where the time is another one, is left out, or is written with a number."""
    frame = "It was reported that {} had been taken by the men who came."
    pair = frame.format(one), frame.format(other)
    assert difference(*pair)
    assert difference(*pair[::-1]) == difference(*pair)


ARMS = (
    "The first arm was given the invented tablets. Pain fell to {} points. The second arm was given "
    "the imaginary syrup. Pain fell to {} points. Nobody was lost on the way."
)


@pytest.mark.parametrize("frame", [ARMS, f"# A title.\n\n{TEXT}\n\n{ARMS}", f"{ARMS} It ended."])
def test_values_of_arms_that_another_sentence_names(frame: str) -> None:
    """Sentences of the same words that changed places say the opposite; moved sections do not."""
    text = frame.format("12.3", "4.5")
    assert difference(text, frame.format("4.5", "12.3")) == "values or arms in another order"
    first, second = text.split(" The second arm")
    second, rest = second.split("Nobody")
    start = first.index("The first arm")
    moved = f"{first[:start]}The second arm{second}{first[start:]} Nobody{rest}"
    assert difference(text, moved) == ""


@pytest.mark.parametrize("name", ["carvedilol", "zorvandic", "acupuncture", "zorvandic phosphate"])
@pytest.mark.parametrize("old", ["placebo (p", "metformin was compared", "Metformin may"])
def test_a_name_in_the_place_of_an_arm(old: str, name: str) -> None:
    """Whether a list knows it or not; of two words, one of them must be known."""
    expected = {"another substance", "another arm"}
    rest = old.partition(" ")[2]
    assert difference(TEXT, TEXT.replace(old, f"{name} {rest}")) in expected


def test_sentences_in_another_order_are_the_same() -> None:
    """Sections may be moved."""
    title, body = TEXT.split("\n\n")
    parts = re.split(r"(?<=\.) (?=[A-Z]{5})", body)
    assert difference(TEXT, f"{title}\n\n{' '.join(parts[::-1])}") == ""


def test_lists_are_sound() -> None:
    """Words that must be known are, with their class; shipped names are plain and few bytes."""
    words = lexicon().words
    for word, kind in (
        ("iron", SUBSTANCE), ("zinc", SUBSTANCE), ("atropine", SUBSTANCE), ("women", POPULATION), ("left", SIDE), ("not", NEGATION), ("placebo", ARM), ("increased", DIRECTION),
    ):  # fmt: skip
        assert words[word] >> 28 & 15 == kind
    assert np.count_nonzero(lexicon().table[:-1]) == len(words) + np.count_nonzero(
        [*words.values()]
    )


def made_texts() -> list[str]:
    """Write abstracts of invented trials; every sentence says something else."""
    texts = []
    for seed in range(40):
        draw = random.Random(seed)
        drug, rival = draw.sample(["metformin", "warfarin", "tamoxifen", "ketamine", "digoxin"], 2)
        topics = draw.sample(
            [
                "fatigue",
                "cough",
                "headache",
                "nausea",
                "insomnia",
                "itching",
                "dizziness",
                "swelling",
                "numbness",
                "tremor",
            ],
            8,
        )
        body = [
            f"BACKGROUND: Little is known about {topics[0]} under {drug} in women with tumors of the left kidney.",
            f"METHODS: We randomized {draw.randint(60, 400)} patients to {draw.randint(5, 80)} mg of {drug} or placebo for {draw.randint(2, 30)} weeks and {rival} was stopped.",
        ]
        body += [
            f"{'RESULTS: ' * (n == 0)}The score of {topic} {draw.choice(('increased', 'decreased', 'improved'))} from {draw.randint(11, 99)}.{draw.randint(1, 9)} with {drug} to {draw.randint(11, 99)}.{draw.randint(1, 9)} with placebo (p < 0.0{draw.randint(11, 49)}), and did not {draw.choice(('return', 'persist', 'spread'))} in {draw.randint(3, 97)} of the children seen at visit number {draw.randint(2, 12)} in clinic {topic[:4]}."
            for n, topic in enumerate(topics)
        ]
        body.append(
            f"Of {draw.randint(1, 9)},{draw.randint(100, 999)} records of screening {draw.randint(110, 400)} were about HER2{draw.choice('+-')}, CD4{draw.choice('+-')} cases of stage III{draw.choice('AB')} or grades I{draw.choice('-–')}IV on {draw.randint(11, 99)} mg/day at {draw.randint(50, 99)}/min."
        )
        months = draw.sample(["January", "March", "May", "August", "December"], 2)
        body.append(
            f"From {months[0]} 2011 to {months[1]} 2012 the tablets were taken {draw.choice(('once', 'twice'))} daily for several months, and {draw.choice(('symptomatic', 'infected', 'responsive'))} joints were bathed in {draw.randint(11, 99)} {draw.choice(('mM', 'µM'))} salt."
        )
        body.append(
            f"CONCLUSIONS: Larger trials of this treatment are needed before it is used {draw.choice(('intravenously', 'orally'))} in {draw.choice(('preoperative', 'postoperative'))} care."
        )
        texts.append(
            f"# {drug.title()} for {topics[0]}: an invented trial {seed}.\n\n{' '.join(body)}"
        )
    return texts


MADE = made_texts()


def judged(name: str, least: float) -> list[str]:
    """Change every made text once; return the differences found in pairs that are similar."""
    generator = {**CLAIMS, **COPIES}[name]
    draw = random.Random(name)
    pairs = [(t, c) for t in MADE if (c := generator(t, draw)) is not None and c != t]
    signed = sign(pa.array([text for pair in pairs for text in pair], pa.large_string()))
    places = np.arange(2 * len(pairs)).reshape(-1, 2)
    found = guards(signed["guard"], places)[verify(signed["word_hashes"], places) >= least]
    return [DIFFERENCES[value] for value in found]


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_other_claims_are_kept_apart(name: str) -> None:
    """Each type of change on made text, from 0.80 on."""
    found = judged(name, 0.80)
    assert len(found) >= 20
    assert sum(map(bool, found)) >= 0.98 * len(found)


@pytest.mark.parametrize("name", sorted(set(COPIES) - {"OCR noise", "sections reordered"}))
def test_true_copies_are_merged(name: str) -> None:
    """Each type of copy of made text, from 0.82 on."""
    found = judged(name, 0.82)
    assert len(found) >= 5
    # A cut through `mM salt` leaves another unit or substance; the tails made here are full of them.
    # A tag inside `twice daily` or `stage IIIA` tears apart what is read together.
    most = {"tail cut": 0.1, "markup left in": 0.05}.get(name, 0.02)
    assert sum(map(bool, found)) <= most * len(found)


def test_generators_change_what_they_say() -> None:
    """A changed number has another value, and each generator changes a text it can change."""
    for name, generator in CLAIMS.items():
        draw = random.Random(name)
        changed = [c for t in MADE if (c := generator(t, draw)) is not None]
        assert changed
        assert not set(changed) & set(MADE)
    numbers = [m.group() for m in WRITTEN.finditer("5 mg, 1.5 and v2 of x-3 in 10,000")]
    assert numbers == ["5", "1.5"]
