"""Places of masks, and scores that are worked out by hand."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.pii import Mask, locate, redact
from filters.pii.score import Counts, Fault, Label, agreement, ratios
from tests.filters.pii_pieces import PIECES


def mask(start: int, end: int, entity: str = "PHONE", rule: str = "r") -> Mask:
    """A mask of one rule."""
    return Mask(start, end, entity, rule)


def test_each_way_to_compare() -> None:
    """Four labels, four masks: one the same, one short, one of another entity, one missed."""
    labels = [
        Label(0, 10, "EMAIL"),  # the same
        Label(20, 32, "PHONE"),  # masked from 24: four of twelve characters leak
        Label(40, 50, "ID"),  # masked as a phone
        Label(60, 66, "EMAIL"),  # missed
    ]
    masks = [
        mask(0, 10, "EMAIL"),
        mask(24, 34),  # two characters too many
        mask(40, 50),
        mask(80, 85, "IP"),  # nothing there
    ]
    found = agreement(labels, masks)
    assert found.counts == {
        "EMAIL": Counts(2, 1, 1, 1, 1, 16, 6, 10, 0),
        "PHONE": Counts(1, 2, 0, 1, 2, 12, 4, 20, 2),
        "ID": Counts(1, 0, 0, 1, 0, 10, 0, 0, 0),
        "IP": Counts(0, 1, 0, 0, 0, 0, 0, 5, 5),
    }
    assert found.faults == [
        Fault("partly", 20, 32, "PHONE", "r"),
        Fault("other_entity", 40, 50, "ID", "r"),
        Fault("missed", 60, 66, "EMAIL", ""),
        Fault("false", 80, 85, "IP", "r"),
    ]


def test_several_masks_on_one_label_and_one_mask_on_several() -> None:
    """A label in two masks is touched once; a mask over two labels is one true mask."""
    found = agreement([Label(0, 10, "PHONE")], [mask(0, 4), mask(6, 10)])
    assert found.counts["PHONE"] == Counts(1, 2, 0, 1, 2, 10, 2, 8, 0)
    found = agreement([Label(0, 4, "NAME"), Label(6, 10, "NAME")], [mask(0, 10, "NAME")])
    assert found.counts["NAME"] == Counts(2, 1, 0, 2, 1, 8, 0, 10, 2)
    assert found.faults == []


def test_labels_that_are_not_scored() -> None:
    """A mask on one is neither right nor wrong; one that also touches a scored label counts."""
    assert agreement([Label(0, 5, "")], [mask(1, 4)]).counts == {}
    found = agreement([Label(0, 5, ""), Label(5, 9, "PHONE")], [mask(3, 9)])
    assert found.counts == {"PHONE": Counts(1, 1, 0, 1, 1, 4, 0, 6, 0)}


def test_repeated_and_nested_labels() -> None:
    """The same label twice counts once; a nested one of another entity counts by itself."""
    found = agreement(
        [Label(0, 9, "ID"), Label(0, 9, "ID"), Label(0, 9, "BANK")], [mask(0, 9, "ID")]
    )
    assert found.counts["ID"] == Counts(1, 1, 1, 1, 1, 9, 0, 9, 0)
    assert found.counts["BANK"] == Counts(1, 0, 0, 1, 0, 9, 0, 0, 0)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((3, 4, 3, 6), (0.5, 0.75, 0.6)),
        ((0, 4, 0, 6), (0.0, 0.0, 0.0)),
        ((0, 4, 0, 0), (None, 0.0, None)),
        ((0, 0, 0, 2), (0.0, None, None)),
    ],
)
def test_ratios(counts: tuple[int, ...], expected: tuple[float | None, ...]) -> None:
    """F1 is the harmonic mean; nothing is divided by nothing."""
    found = tuple(ratios(*counts).values())
    assert all(
        a == b or (a is not None and b is not None and math.isclose(a, b))
        for a, b in zip(found, expected, strict=True)
    )


def applied(text: str, masks: tuple[Mask, ...]) -> str:
    """A text with its masks in place."""
    for one in reversed(masks):
        text = f"{text[: one.start]}[{one.entity}]{text[one.end :]}"
    return text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), min_size=1, max_size=4),
    st.sampled_from(["default", "strict"]),
)
def test_places_are_those_of_redact(texts: list[str], profile: str) -> None:
    """Masks put in their places give what redaction gives, also where it took several rounds."""
    column = pa.array(texts, pa.large_string())
    places = locate(column, profile)
    masked = redact({"t": column}, profile).columns["t"].to_pylist()
    assert [applied(t, p or ()) for t, p in zip(texts, places, strict=True)] == masked


def test_places_of_later_rounds() -> None:
    """The second number behind a label is found once the first is masked."""
    text = "é Tel: 555-0142-77 / 555-0143-77, a@example.org"
    (places,) = locate(pa.array([text], pa.large_string()), "default")
    assert places is not None
    assert [(text[p.start : p.end], p.entity) for p in places] == [
        ("555-0142-77", "PHONE"),
        ("555-0143-77", "PHONE"),
        ("a@example.org", "EMAIL"),
    ]


def test_nulls_and_wrong_arguments() -> None:
    """A null holds nothing; other types and profiles are refused."""
    assert locate(pa.array([None, "a@example.org"], pa.large_string()), "off") == [
        (),
        (Mask(0, 13, "EMAIL", "email"),),
    ]
    with pytest.raises(ValueError, match="profile"):
        locate(pa.array([], pa.large_string()), "mild")
    with pytest.raises(TypeError, match="large_string"):
        locate(pa.array(["x"]), "default")
