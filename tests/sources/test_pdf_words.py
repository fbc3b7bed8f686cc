"""Hyphens at line ends and broken ligatures, by the words of the document."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.text.pdf_gate import UNREAD
from sources.text.pdf_layout import Line
from sources.text.pdf_paragraphs import paragraphs
from sources.text.pdf_words import WORDS, Vocabulary

ENGLISH = "the patients were seen again in the clinic after the treatment and had no fever"
GERMAN = "die Patienten wurden nach der Behandlung wieder gesehen und hatten kein Fieber mehr"


def vocabulary(*texts: str) -> Vocabulary:
    """Words of lines."""
    return Vocabulary(Line(text, 0, 0, 0, 10, 0.5, False) for text in texts)


@pytest.mark.parametrize(
    ("rest", "left", "right", "joined"),
    [
        ("hypertension", "the hyper", "tension was", True),  # the document has the word
        ("anti-oxidant", "an anti", "oxidant was", False),  # and here with its hyphen
        ("", "the myo", "cardium was", True),  # the list has it
        ("", "HIV", "positive adults", False),  # after capitals
        ("", "the mRNA", "positive cells", False),
        ("", "a T", "cell line", False),
        ("", "was a", "bout ten", True),  # one small letter is no acronym
        ("", "non", "Hodgkin lymphoma", False),  # before a capital
        ("", "a well", "controlled group", False),  # two words
        ("anti-viral", "an anti", "body test", True),  # the joined word is known
        ("anti-viral", "an anti", "fever drug", False),  # begins other compounds
        ("", "third-party", "owned scanner", False),  # a chain
        ("", "the zyg", "omorphic flower", True),  # no word is in it
        ("levels", "Na+ and Cl", "levels of", False),  # after a symbol
        ("negative", "Rh", "negative women", False),
        ("", "HBeAg", "negative and", False),  # capitals inside
        ("", "IgM", "negative and", False),
        ("", "the p", "values were", False),  # single letters
        ("", "the \u03b2", "pinene was", False),
        ("saponins", "saponin", "producing plants", False),  # a word of the document
        ("", "saponin", "producing plants", False),  # begins no word
        ("information", "In", "formation of it", True),
        ("", "Be", "handlung war", True),
        ("", "give 10", "20 mg", False),  # next to digits
        ("", "the beta", "2 agonist", False),
        ("", "of 5", "fold more", False),
    ],
)
def test_hyphens(rest: str, left: str, right: str, joined: bool) -> None:
    """What the document and the list know decides; nothing is joined next to a digit."""
    assert vocabulary(ENGLISH, f"and {rest} too").joins(left, right) is joined


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_digits_are_never_joined(left: str, right: str) -> None:
    """No two characters are joined unless both are letters, and a digit never is one of them."""
    words = vocabulary(ENGLISH)
    assert not words.joins(left + "7", right)
    assert not words.joins(left, "7" + right)
    if words.joins(left, right):
        assert left[-1].isalpha()
        assert right[0].isalpha()


def test_the_list_is_silent_in_other_languages() -> None:
    """English words say nothing about a German document."""
    assert not vocabulary(ENGLISH).joins("a well", "controlled")
    assert vocabulary(GERMAN).joins("well", "controlled")


def test_fragments_are_no_words() -> None:
    """Halves of words at line ends and starts are left out of the vocabulary."""
    halves = [
        Line("seen in the zyg", 0, 0, 0, 10, 0.5, True),
        Line("omorphic flower", 0, 0, 0, 10, 0.5, False),
    ]
    words = Vocabulary(halves)
    assert not words.knows("zyg")
    assert not words.knows("omorphic")
    assert words.knows("flower")


def test_list_is_plain() -> None:
    """The list holds words in lower case, sorted, each once."""
    words = WORDS.read_text(encoding="ascii").split()
    assert words == sorted(set(words))
    assert all(word.isalpha() and word.islower() for word in words)
    assert {"myocardial", "treatment", "another"} <= set(words)


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (f"signi{UNREAD}cant", "significant"),
        (f"{UNREAD}ey saw", "They saw"),
        (f"{UNREAD}e drug", "The drug"),
        (f"5 {UNREAD}g of it", f"5 {UNREAD}g of it"),  # a prefix of a unit
        (f"20 {UNREAD}rst", f"20 {UNREAD}rst"),
        (f"0.4 {UNREAD}l", f"0.4 {UNREAD}l"),
        (f"p {UNREAD} 0.05", f"p {UNREAD} 0.05"),
        (f"{UNREAD}zzz", f"{UNREAD}zzz"),
    ],
)
def test_ligatures(broken: str, mended: str) -> None:
    """One known word restores a ligature; after a number nothing is guessed."""
    assert vocabulary(ENGLISH).mended(broken) == mended


def test_mending_that_changes_a_number_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were two numbers joined over a hyphen, the paragraph stands as it is, and that is said."""
    lines = [
        Line("Give the child 10", 50, 700, 300, 10, 0.5, True),
        Line("20 mg of it.", 50, 688, 300, 10, 0.5, False),
    ]
    assert paragraphs([lines], set()) == ("Give the child 10-20 mg of it.", False)
    monkeypatch.setattr(Vocabulary, "joins", lambda self, left, right: True)
    assert paragraphs([lines], set()) == ("Give the child 10-20 mg of it.", True)
