"""Where masks are said to stand, and links that are all mask."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.pii import Place, Redaction, redact
from filters.pii.keep import Keep, entry_problem
from filters.pii.masks import relocated
from tests.filters.pii_pieces import PIECES

ADDRESS, NUMBER = "jane@example.org", "+44 1632 960961"


def masked(text: str, profile: str = "default") -> Redaction:
    """One text, masked."""
    return redact({"t": pa.array([text], pa.large_string())}, profile)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[{ADDRESS}](mailto:{ADDRESS})", "[EMAIL]"),
        (f"[{ADDRESS}](mailto:{ADDRESS}?subject=Hi%20there) now", "[EMAIL] now"),
        (f'[{ADDRESS}](mailto:{ADDRESS} "Write to us") now', "[EMAIL] now"),
        (f"**[{NUMBER}](tel:+441632960961)**", "**[PHONE]**"),
        (f"[**{ADDRESS}**](mailto:{ADDRESS})", "[EMAIL]"),
        ("[https://www.linkedin.com/in/jane](https://www.linkedin.com/in/jane)", "[URL]"),
        (f"[{ADDRESS}](<mailto:{ADDRESS}>)", "[EMAIL]"),
        (f"[a@b.org](mailto:a@b.org), [{ADDRESS}](mailto:{ADDRESS})", "[EMAIL], [EMAIL]"),
        # Words of its own stay, and so does a target that says something else.
        (f"[Jane](mailto:{ADDRESS})", "[Jane](mailto:[EMAIL])"),
        (f"[{ADDRESS}](https://example.org/contact)", "[EMAIL](https://example.org/contact)"),
        (f"<{ADDRESS}>", "<[EMAIL]>"),
        (f"[{ADDRESS}][1] and [{ADDRESS}]", "[[EMAIL]][1] and [[EMAIL]]"),
        # What was so in the source stays so.
        ("[[EMAIL]](mailto:[EMAIL])", "[[EMAIL]](mailto:[EMAIL])"),
    ],
)
def test_a_link_of_which_all_is_masked_reads_as_one_mask(text: str, expected: str) -> None:
    """And is counted once; masking it again changes nothing."""
    once = masked(text)
    assert once.columns["t"].to_pylist() == [expected]
    assert masked(expected).columns["t"].to_pylist() == [expected]
    ours = sum(number for entity, number in once.counts[0].as_py() if entity != "preexisting")
    assert ours == len(once.masks.get(0, []))


def test_masks_are_placed_by_line_and_character() -> None:
    """Code points and lines of the masked text, in the order of the text, of each column."""
    found = redact(
        {
            "text": pa.array([f"é {ADDRESS}\n\nTel: 555-0142 / 555-0143"], pa.large_string()),
            "title": pa.array(["no. of a@example.org"], pa.large_string()),
        },
        "default",
    )
    assert found.masks == {
        0: [
            Place("text", None, 1, 2, "EMAIL", "email"),
            Place("text", None, 3, 16, "PHONE", "phone_label"),
            Place("text", None, 3, 26, "PHONE", "phone_label"),
            Place("title", None, 1, 7, "EMAIL", "email"),
        ]
    }


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, "](mailto:", "[", ")"]), max_size=25).map("".join),
    st.sampled_from(["default", "strict"]),
)
def test_every_mask_stands_where_it_is_said_to(text: str, profile: str) -> None:
    """The tokens of a masked text are those of the source and those that are listed, no others."""
    found = masked(text, profile)
    [shown] = found.columns["t"].to_pylist()
    places = [mask.place for mask in found.masks.get(0, [])]
    assert places == sorted(set(places))
    for mask in found.masks.get(0, []):
        assert mask.place is not None
        assert shown[mask.place :].startswith(f"[{mask.entity}]")
        assert shown[: mask.place].count("\n") + 1 == mask.line
    ours = sum(number for entity, number in found.counts[0].as_py() if entity != "preexisting")
    assert ours == len(places)


def test_off_says_of_no_place() -> None:
    """Nothing is masked, so nothing stands anywhere; it is counted."""
    found = masked(f"Write to {ADDRESS}", "off")
    assert found.masks == {}
    assert found.counts.to_pylist() == [[("EMAIL", 1)]]


def test_masks_move_with_the_lines_that_are_taken_out() -> None:
    """Those in the lines go, and blank lines that go with them count as well."""
    before = "# T\n\nHome [EMAIL]\n\nText [URL] and [PHONE]\n\nFoot [EMAIL]"
    after = "# T\n\nText [URL] and [PHONE]"
    masks = [
        Place("text", None, 3, before.index("[EMAIL]"), "EMAIL", "email"),
        Place("text", None, 5, before.index("[PHONE]"), "PHONE", "phone_label"),
        Place("metadata.note", None, None, None, "EMAIL", "email"),
        Place("text", None, 7, before.rindex("[EMAIL]"), "EMAIL", "email"),
    ]
    assert relocated(before, after, {3, 7}, masks, "text") == [
        masks[1]._replace(line=3, place=after.index("[PHONE]")),
        masks[2],
    ]


@pytest.mark.parametrize(
    "written",
    ["+49 30 19240", "0049 30 19240", "+49 (0)30 19240", "030 19240", "030/19240", "(030) 19240"],
)
def test_a_number_with_its_country_code_is_kept_as_it_is_dialled(written: str) -> None:
    """A poison centre stands in a guideline in any of its spellings."""
    text = f"Giftnotruf: Tel. {written}."
    found = redact({"t": pa.array([text], pa.large_string())}, "strict", ["+49 30 19240"])
    assert found.columns["t"].to_pylist() == [text]


def test_another_number_is_not_kept() -> None:
    """One digit more or less is somebody else."""
    keep = Keep(["+49 30 19240", "116 111", "@clinic.example.org"])
    assert not keep.holds("PHONE", b"030 192401")
    assert not keep.holds("PHONE", b"+44 30 19240")
    assert not keep.holds("EMAIL", b"x@sub.clinic.example.org")
    assert not keep.holds("ID", b"116111")


@pytest.mark.parametrize(
    "entry",
    ["112", "+49 30 19240", "0800 111 0 111", "1-800-222-1222", "(020) 555 0142", "a@b.org",
     "@b.org", "https://x.org/~y", "www.x.org", "orcid.org/0000-0002-1825-0097"],
)  # fmt: skip
def test_good_entries(entry: str) -> None:
    """Numbers, addresses, domains of mail, URLs."""
    assert entry_problem(entry) == ""


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("", "is no number"),
        ("@", "is no number"),
        ("@org", "is no number"),
        ("12", "fewer than 3 digits"),
        ("call 112", "is no number"),
        ("Poison Centre", "is no number"),
    ],
)
def test_entries_that_keep_nothing_or_too_much(entry: str, said: str) -> None:
    """They are refused, and the message quotes the recipe."""
    assert said in entry_problem(entry)
    assert repr(entry) in entry_problem(entry)
