"""Bad documents made from good ones by stated recipes, each kind with the rules meant for it.

Every recipe takes a random generator and a list of good texts and gives one bad document. Words of
menus, templates and references are written for the project. Nothing here is read by the package.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence

Recipe = Callable[[random.Random, Sequence[str]], str]

LOOKALIKES = {
    **{
        "l": "1I|",
        "i": "l1!j",
        "o": "0ec",
        "e": "coé",
        "a": "soe",
        "c": "eo(",
        "s": "5S8",
        "t": "f+r",
    },
    **{"n": "uri", "u": "nv", "h": "bn", "b": "6h", "g": "9qy", "m": "rn", "r": "nt", "f": "ft"},
    **{
        "d": "cl",
        "v": "y",
        "w": "vv",
        "p": "q",
        "y": "v",
        "k": "lc",
        "B": "8",
        "O": "0Q",
        "S": "5",
    },
    **{"I": "l1|", "0": "OQ", "1": "lI", "5": "S", "8": "B", ".": ",", ",": ".", " ": " '.~"},
}
"""What a recogniser takes a character for: the confusions that are named again and again."""

MENU = [
    "Home",
    "About us",
    "Contact",
    "Services",
    "Find a doctor",
    "Careers",
    "News",
    "Events",
    "Log in",
    "Sign up",
    "My account",
    "Patients",
    "Visitors",
    "Research",
    "Donate",
    "Search",
    "Site map",
    "Help",
    "Our team",
    "Locations",
    "Departments",
    "Cardiology",
    "Oncology",
    "Neurology",
    "Pharmacy",
    "Appointments",
    "Billing",
    "Insurance",
    "Privacy",
    "Terms",
    "Cookies",
    "Facebook",
    "Twitter",
    "Instagram",
    "Share this page",
    "Print",
    "Next",
    "Previous",
    "Back to top",
    "Subscribe",
    "Newsletter",
    "Press",
    "Media",
    "Video",
    "Gallery",
    "Shop",
    "Cart (0)",
    "English",
    "Español",
    "Read more",
    "View all",
    "Health topics A-Z",
    "Conditions",
    "Treatments",
    "Prevention",
    "Wellness",
    "For professionals",
    "Clinical trials",
]

SURNAMES = [
    "Abbott",
    "Brandt",
    "Costa",
    "Dubois",
    "Eriksen",
    "Ferrari",
    "Gupta",
    "Haas",
    "Ito",
    "Jensen",
    "Kim",
    "Lopez",
    "Meyer",
]
JOURNALS = [
    "J Clin Med",
    "Ann Surg",
    "Lancet Oncol",
    "BMJ",
    "Arch Dis Child",
    "Eur Heart J",
    "Kidney Int",
    "Am J Epidemiol",
    "Clin Infect Dis",
    "J Bone Joint Surg",
    "Acta Paediatr",
    "Stroke",
    "Chest",
    "Gut",
]
SUBJECTS = [
    "Asthma outcomes in adults",
    "Use of antibiotics after surgery",
    "Stroke in young patients",
    "Vaccination of health workers",
    "Depression and physical activity",
    "Long-term survival of grafts",
    "Screening for colorectal cancer",
    "Cost of dialysis",
    "Risk factors of falls",
    "Diet and blood pressure",
]
TOWNS = [
    "Northfield",
    "Eastham",
    "Ribe",
    "Lund",
    "Siena",
    "Porto",
    "Graz",
    "Ghent",
    "Turku",
    "Leiden",
    "Basel",
    "Nantes",
    "Vigo",
]
FIELDS = [
    "dentist",
    "surgeon",
    "dermatologist",
    "physiotherapist",
    "optician",
    "midwife",
    "psychologist",
]
CONDITIONS = [
    "asthma",
    "gout",
    "migraine",
    "eczema",
    "anaemia",
    "sciatica",
    "bronchitis",
    "insomnia",
    "glaucoma",
]


def damaged(draw: random.Random, text: str, share: float) -> str:
    """Damage a share of the characters as a recogniser does: mistake, lose, add, split, join."""
    made = []
    for char in text:
        if char == "\n" or draw.random() >= share:
            made.append(char)
            continue
        chance = draw.random()
        if chance < 0.70:
            near = LOOKALIKES.get(char) or LOOKALIKES.get(char.lower())
            other = string.ascii_lowercase if char.isalpha() else string.punctuation
            made.append(draw.choice(near if near and draw.random() < 0.7 else other))
        elif chance < 0.80:
            continue
        elif chance < 0.90:
            made.append(char + draw.choice(string.ascii_lowercase + string.punctuation))
        else:
            made.append(char + " " if char != " " else "")
    return "".join(made)


def ocr(share: float) -> Recipe:
    """Make the recipe of damage to a share of the characters."""
    return lambda draw, good: damaged(draw, draw.choice(good), share)


def swapped(draw: random.Random, good: Sequence[str]) -> str:
    """Put a random letter in place of 8 % of the letters, and nothing else."""
    return "".join(
        draw.choice(string.ascii_lowercase) if c.isalpha() and draw.random() < 0.08 else c
        for c in draw.choice(good)
    )


def references(draw: random.Random, _: Sequence[str]) -> str:
    """A list of references, numbered, bulleted or bare, in one of two styles."""
    style, mark = draw.randrange(2), draw.choice(["- ", "", "number"])
    lines = []
    for number in range(1, draw.randint(12, 60)):
        people = [
            f"{draw.choice(SURNAMES)} {''.join(draw.choices(string.ascii_uppercase, k=2))}"
            for _ in range(draw.randint(1, 6))
        ]
        year, volume, page = draw.randint(1985, 2024), draw.randint(1, 400), draw.randint(1, 3000)
        title, journal = draw.choice(SUBJECTS), draw.choice(JOURNALS)
        if style:
            entry = (
                f"{', '.join(people)}. {title}. {journal}. {year};{volume}({draw.randint(1, 12)}):"
                f"{page}–{page + 9}."
            )
        else:
            entry = (
                f"{', & '.join(people)} ({year}). {title}. {journal}, {volume}, {page}-{page + 9}."
            )
        if draw.random() < 0.3:
            entry += f" doi:10.{draw.randint(1000, 9999)}/x.{year}.{page}"
        lines.append(f"{number}. {entry}" if mark == "number" else mark + entry)
    head = draw.choice(["References\n", "# References\n\n", ""])
    return head + draw.choice(["\n", "\n\n"]).join(lines)


def half_navigation(draw: random.Random, good: Sequence[str]) -> str:
    """A page half of whose words are entries of menus, before and behind a good text."""
    text = draw.choice(good)
    wanted = len(text.split())
    entries, words = [], 0
    while words < wanted:
        entries.append(draw.choice(["", "- "]) + draw.choice(MENU))
        words += len(entries[-1].split())
    cut = draw.randint(0, len(entries))
    return "\n".join(entries[:cut]) + f"\n\n{text}\n\n" + "\n".join(entries[cut:])


def template(draw: random.Random, _: Sequence[str]) -> str:
    """A page whose blocks are one template with other names, numbers and places in it."""
    forms = [
        "Looking for a {field} in {town}? We list {n} {field}s in {town} who treat {condition}. "
        "Book your {field} in {town} today.",
        "{condition} in {town}: {n} cases were seen last year. Ask a {field} in {town} about "
        "{condition} and read what {m} patients say.",
        "What is the price of treating {condition} in {town}? The price of {condition} in {town} "
        "starts at {n} euros. A {field} will tell you more.",
    ]
    form = draw.choice(forms)
    blocks = [
        form.format(
            field=draw.choice(FIELDS),
            town=draw.choice(TOWNS),
            condition=draw.choice(CONDITIONS),
            n=draw.randint(2, 900),
            m=draw.randint(2, 90),
        )
        for _ in range(draw.randint(8, 40))
    ]
    return "\n\n".join(blocks)


def mojibake(draw: random.Random, accented: Sequence[str]) -> str:
    """Accented text in UTF-8 that was read as Latin-1, Windows-1252 or Mac Roman, once or twice."""
    codec = draw.choice(["latin-1", "cp1252", "cp1252", "mac-roman"])
    text = draw.choice(accented).encode().decode(codec, "replace")
    if draw.random() < 0.2:
        text = text.encode().decode(codec, "replace")
    return text


def replaced(draw: random.Random, accented: Sequence[str]) -> str:
    """Accented text whose accented letters became a question mark or U+FFFD."""
    mark = draw.choice("?\ufffd")
    return "".join(mark if ord(c) > 127 and c.isalpha() else c for c in draw.choice(accented))


def escaped(draw: random.Random, accented: Sequence[str]) -> str:
    """Accented text whose accented letters stand as references, quoted-printable or escapes."""
    form = draw.choice(["&#{0};", "={0:02X}", "\\u{0:04x}", "%C3%{1:02X}"])
    return "".join(
        form.format(ord(c), 0x80 | ord(c) & 0x3F) if 0xC0 <= ord(c) < 0x180 else c
        for c in draw.choice(accented)
    )


def gibberish(draw: random.Random, _: Sequence[str]) -> str:
    """Words of random letters in sentences."""
    words = [
        "".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 11)))
        for _ in range(draw.randint(80, 400))
    ]
    return " ".join(w + draw.choice([""] * 9 + [".", ","]) for w in words) + "."


def keyboard(draw: random.Random, _: Sequence[str]) -> str:
    """Fingers running along the rows of a keyboard."""
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    words = []
    for _ in range(draw.randint(80, 300)):
        row, start = draw.choice(rows), draw.randint(0, 5)
        words.append(row[start : start + draw.randint(3, 6)] * draw.randint(1, 2))
    return " ".join(words) + "."


def repeated(draw: random.Random, good: Sequence[str]) -> str:
    """One to three sentences of a good text again and again, on one line or on many."""
    sentences = [s for s in draw.choice(good).split(". ") if len(s.split()) > 4]
    start = draw.randrange(max(len(sentences) - 3, 1))
    part = ". ".join(sentences[start : start + draw.randint(1, 3)]) + "."
    return draw.choice([" ", "\n", "\n\n"]).join([part] * draw.randint(5, 30))


def numbers(draw: random.Random, _: Sequence[str]) -> str:
    """Numbers alone: a column, or rows of cells behind one another."""
    width = draw.choice([1, 4, 8])
    rows = [
        draw.choice([" ", "\t", "  "]).join(
            draw.choice([f"{draw.uniform(0, 500):.2f}", str(draw.randint(0, 9999))])
            for _ in range(width)
        )
        for _ in range(draw.randint(60, 200))
    ]
    return "\n".join(rows)


KINDS: dict[str, Recipe] = {
    "OCR damage, 3 % of characters": ocr(0.03),
    "OCR damage, 8 % of characters": ocr(0.08),
    "OCR damage, 15 % of characters": ocr(0.15),
    "OCR damage, 30 % of characters": ocr(0.30),
    "random letters for 8 % of letters": swapped,
    "references": references,
    "half navigation": half_navigation,
    "template": template,
    "encoding: wrong code page": mojibake,
    "encoding: replaced letters": replaced,
    "encoding: escapes": escaped,
    "gibberish: random letters": gibberish,
    "gibberish: keyboard": keyboard,
    "repeated text": repeated,
    "numbers only": numbers,
}
ACCENTED = frozenset(name for name in KINDS if name.startswith("encoding"))
"""Kinds made from texts of languages with accents."""
