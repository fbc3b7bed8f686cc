"""Recognisers that a recipe names: found, masked, audited, and closed where they fail."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.pii import Masking, Recogniser, RecogniserError, Redaction, redact
from filters.pii.recognisers import recogniser
from tests.filters.pii_pieces import PIECES

HERE = "tests.filters.pii_recognisers"

NAMES = recogniser(f"{HERE}:names", {})


def masked(texts: Sequence[str], *recognisers: Recogniser, keep: Sequence[str] = ()) -> Redaction:
    """Texts through the default profile and recognisers."""
    return redact({"t": pa.array(texts, pa.large_string())}, "default", keep, recognisers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seen by Anna Exempel today.", "Seen by [NAME] today."),
        ("é Anna Exempel\nand Jürgen Exempel", "é [NAME]\nand [NAME]"),
        # What stands behind a label stays, the rest of a finding is masked; other hits give way.
        ("Phone: 555-123-4567 Exempel", "Phone: [PHONE] [NAME]"),
        ("jane@anna.org Exempel", "[NAME]"),
        # A mask that stands in the source is never taken apart.
        ("[NAME] Exempel", "[NAME] [NAME]"),
        ("Nothing here.", "Nothing here."),
    ],
)
def test_findings_are_masked_beside_those_of_rules(text: str, expected: str) -> None:
    """In code points of the text; masking twice changes nothing."""
    once = masked([text], NAMES)
    assert once.columns["t"].to_pylist() == [expected]
    assert masked([expected], NAMES).columns["t"].to_pylist() == [expected]


def test_findings_are_counted_and_placed_under_the_name_of_their_recogniser() -> None:
    """As those of rules are, by entity and place."""
    found = masked(["Tel: 555-0142-77\nAnna Exempel"], NAMES)
    assert found.rules == {"phone_label": 1, f"{HERE}:names": 1}
    assert found.counts.to_pylist() == [[("NAME", 1), ("PHONE", 1)]]
    last = found.masks[0][-1]
    assert (last.line, last.place, last.entity, last.rule) == (2, 13, "NAME", f"{HERE}:names")


def test_the_keep_list_holds_for_findings() -> None:
    """What is listed stays, whoever finds it."""
    assert masked(["Anna Exempel"], NAMES, keep=["anna exempel"]).columns["t"].to_pylist() == [
        "Anna Exempel"
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "stopped with ValueError"),
        ("leaves", "stopped with SystemExit"),
        ("beyond", "gave what is no finding"),
        ("backwards", "gave what is no finding"),
        ("strange", "gave what is no finding"),
        ("shapeless", "gave what is no finding"),
    ],
)
def test_what_fails_withholds_its_text_alone(
    name: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The row is empty and says which recogniser; no message of it comes through."""
    bad = recogniser(f"{HERE}:{name}", {})
    found = masked(["fine", "a secret of Anna Exempel"], NAMES, bad)
    assert found.columns["t"].to_pylist() == ["fine", ""]
    assert found.failed.to_pylist() == [False, True]
    assert found.reasons == {1: f"recogniser {HERE}:{name} {reason}"}
    assert found.masks == {}
    assert capfd.readouterr() == ("", "")


def test_one_that_never_ends_withholds_the_text() -> None:
    """A text that each round masks on is not published half masked."""
    found = masked(["A" + "x" * 100], recogniser(f"{HERE}:endless", {}))
    assert found.columns["t"].to_pylist() == [""]
    assert found.reasons == {0: "masking did not come to an end"}


def test_nothing_that_is_printed_comes_out(capfd: pytest.CaptureFixture[str]) -> None:
    """It may hold what was read."""
    masked(["Anna Exempel"], recogniser(f"{HERE}:loud", {}))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["Towns", "towns"])
def test_a_presidio_recogniser_is_adapted(name: str) -> None:
    """Class or object; its labels need a token, and findings that are not sure are none."""
    with pytest.raises(RecogniserError, match="finds LOCATION, for which"):
        recogniser(f"{HERE}:{name}", {})
    towns = recogniser(f"{HERE}:{name}", {"location": "ADDRESS"})
    assert "0.2" in towns.version
    assert masked(["From Imaginary to Doubtful."], towns).columns["t"].to_pylist() == [
        "From [ADDRESS] to Doubtful."
    ]
    left_out = recogniser(f"{HERE}:{name}", {"location": ""})
    assert masked(["Imaginary"], left_out).columns["t"].to_pylist() == ["Imaginary"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_package.x:find", "there is no module no_such_package; install it"),
        (f"{HERE}:nmaes", "has no nmaes; did you mean names?"),
        (f"{HERE}:number", "neither callable nor a Presidio recogniser"),
        (f"{HERE}:Needy", "cannot be made without arguments (TypeError)"),
        (f"{HERE}:SpacyLike", "needs the language model of an AnalyzerEngine"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(name: str, said: str) -> None:
    """It names the recogniser and what to do."""
    with pytest.raises(RecogniserError) as caught:
        recogniser(name, {})
    message = str(caught.value)
    assert message.startswith(f"recogniser {name}: ")
    assert said in message
    assert "\n" not in message


def test_another_version_in_a_worker_is_refused() -> None:
    """A task carries the version that it was made with, and a machine with another stops."""
    assert NAMES.version.startswith("3, ")
    carried = pickle.loads(pickle.dumps(NAMES))
    assert carried == NAMES
    with pytest.raises(RecogniserError, match="install the same everywhere"):
        masked(["Anna Exempel"], Recogniser(NAMES.name, "2"))


def test_versions_and_labels_are_part_of_the_key() -> None:
    """Another model, other labels: other texts."""
    plain = Masking("default", (), (NAMES,))
    others = [
        Masking("default"),
        Masking("default", (), (Recogniser(NAMES.name, "4"),)),
        Masking("default", (), (recogniser(NAMES.name, {"person": ""}),)),
    ]
    assert len({str(one.key()) for one in (plain, *others)}) == 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, "Anna Exempel", " Exempel", "Exempel "]), max_size=12),
    st.sampled_from(["default", "strict"]),
)
def test_idempotent_with_a_recogniser(pieces: list[str], profile: str) -> None:
    """mask(mask(x)) = mask(x), and every mask stands where it is said to stand."""
    texts = pa.array(["".join(pieces)], pa.large_string())
    once = redact({"t": texts}, profile, (), [NAMES])
    again = redact(once.columns, profile, (), [NAMES])
    assert again.columns["t"].to_pylist() == once.columns["t"].to_pylist()
    assert again.masks == {}
    [text] = once.columns["t"].to_pylist()
    for mask in once.masks.get(0, []):
        assert text[mask.place :].startswith(f"[{mask.entity}]")
