"""The Arrow entry of the PII filter: columns, counts, profiles, failure, determinism."""

from __future__ import annotations

import logging

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.pii import redact, scan
from tests.filters.pii_pieces import PIECES

documents = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def column(texts: list[str | None]) -> pa.Array:
    """A text column."""
    return pa.array(texts, pa.large_string())


def test_columns_and_counts() -> None:
    """Counts add up over the columns of a row, with keys in order."""
    result = redact(
        {
            "text": column(["Mail a@example.org, tel 555 0142 77", "nothing", None]),
            "title": column(["b@example.org", None, "[EMAIL] and [DATE]"]),
        },
        "default",
    )
    assert result.columns["text"].to_pylist() == ["Mail [EMAIL], tel [PHONE]", "nothing", None]
    assert result.columns["title"].to_pylist() == ["[EMAIL]", None, "[EMAIL] and [DATE]"]
    assert result.counts.type == pa.map_(pa.string(), pa.int64())
    assert result.counts.to_pylist() == [[("EMAIL", 2), ("PHONE", 1)], [], [("preexisting", 2)]]
    assert result.failed.to_pylist() == [False, False, False]
    assert result.rules == {"email": 2, "phone_label": 1}


def test_clean_column_is_returned_as_it_came() -> None:
    """Without hits no byte is copied."""
    clean = column(["one", "two"])
    assert redact({"t": clean}, "default").columns["t"] is clean


def test_off_counts_and_masks_nothing() -> None:
    """The profile off scans all the same."""
    text = column(["a@example.org, Tel: 555-0142 / 555-0143"])
    result = redact({"t": text}, "off")
    assert result.columns["t"] is text
    assert result.counts.to_pylist() == redact({"t": text}, "default").counts.to_pylist()
    assert result.failed.to_pylist() == [False]


def test_slices_are_read_where_they_lie() -> None:
    """A slice gives what its rows give alone."""
    whole = column(
        [None, "a@example.org", "é 555-123-4567 tel: 555-123-4567", "x", "b@example.org"]
    )
    for start in range(5):
        for stop in range(start, 6):
            part = redact({"t": whole[start:stop]}, "default").columns["t"].to_pylist()
            assert part == redact({"t": whole}, "default").columns["t"].to_pylist()[start:stop]


def test_empty_inputs() -> None:
    """No rows, no columns, empty strings."""
    assert redact({}, "default").columns == {}
    assert len(redact({"t": column([])}, "strict").counts) == 0
    assert redact({"t": column(["", None])}, "strict").columns["t"].to_pylist() == ["", None]


def test_keep_list() -> None:
    """Listed values stay: addresses, domains, numbers in any grouping."""
    text = column(["desk@example.org, x@clinic.example.org, y@example.com; tel 555-0142-77"])
    kept = redact({"t": text}, "default", ["DESK@example.org", "@clinic.example.org", "555 014277"])
    assert kept.columns["t"].to_pylist() == [
        "desk@example.org, x@clinic.example.org, [EMAIL]; tel 555-0142-77"
    ]


def test_keep_list_reads_written_at_signs() -> None:
    """An address that hides its at sign from robots is that address, and no other."""
    forms = (
        "desk (at) example.org",
        "desk[at]example[dot]org",
        "desk @ example.org",
        "desk(@)example.org",
    )
    text = column([f"{form} and jane (at) example.com" for form in forms])
    for keep in ("@example.org", "desk@example.org"):
        kept = redact({"t": text}, "default", [keep]).columns["t"].to_pylist()
        assert kept == [f"{form} and [EMAIL]" for form in forms]


def test_wrong_arguments() -> None:
    """Unknown profiles, other types and unequal lengths are refused."""
    with pytest.raises(ValueError, match="profile"):
        redact({}, "lenient")
    with pytest.raises(TypeError, match="large_string"):
        redact({"t": pa.array(["x"], pa.string())}, "default")
    with pytest.raises(ValueError, match="length"):
        redact({"a": column(["x"]), "b": column([])}, "default")


def test_fails_closed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A row whose scan raises is emptied in every column and flagged; the others go on."""
    real = scan.scan_window

    def broken(window: bytes, *rest: object) -> object:
        if b"secret" in window:
            raise RuntimeError(window)
        return real(window, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(scan, "scan_window", broken)
    caplog.set_level(logging.DEBUG)
    result = redact(
        {"t": column(["secret@example.org", "a@example.org"]), "u": column(["title", "title"])},
        "default",
    )
    assert result.columns["t"].to_pylist() == ["", "[EMAIL]"]
    assert result.columns["u"].to_pylist() == ["", "title"]
    assert result.failed.to_pylist() == [True, False]
    assert "secret" not in caplog.text


def test_undecodable_row_fails_alone() -> None:
    """Bytes that are not UTF-8 are quarantined, wherever they stand."""
    data = b"a@example.org" + b"caf\xe9 and text" + b"fine"
    offsets = np.array([0, 13, 13 + 13, 13 + 13 + 4], dtype=np.int64)
    bad = pa.Array.from_buffers(
        pa.large_string(), 3, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    )
    result = redact({"t": bad}, "default")
    assert result.failed.to_pylist() == [False, True, False]
    assert result.columns["t"].to_pylist() == ["[EMAIL]", "", "fine"]


@settings(max_examples=150, deadline=None)
@given(st.lists(documents, min_size=1, max_size=6), st.sampled_from(["default", "strict"]))
def test_idempotent_and_independent_of_batches(texts: list[str], profile: str) -> None:
    """mask(mask(x)) = mask(x), and a row alone gives what it gives in company."""
    once = redact({"t": column(list(texts))}, profile)
    masked = once.columns["t"].to_pylist()
    assert not any(once.failed.to_pylist())
    assert redact({"t": column(masked)}, profile).columns["t"].to_pylist() == masked
    for text, expected, counts in zip(texts, masked, once.counts.to_pylist(), strict=True):
        alone = redact({"t": column([text])}, profile)
        assert alone.columns["t"].to_pylist() == [expected]
        assert alone.counts.to_pylist() == [counts]


def test_tokens_are_never_nested() -> None:
    """Overlapping rules leave one mask: the longer of two labels wins."""
    text = "https://orcid.org/0000-0002-1825-0097 and https://example.org/x?m=a@example.org"
    assert redact({"t": column([text])}, "default").columns["t"].to_pylist() == ["[URL] and [URL]"]
