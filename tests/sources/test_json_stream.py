"""Answers in JSON, read record by record: the same as json.loads, whatever the pieces."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.items import Failure, SourceError
from sources.text import json_stream
from sources.text.json_stream import Answer

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
HEADS = st.dictionaries(st.text().filter(lambda name: name != "results"), VALUES, max_size=3)


class Drip(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = data, step

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        piece, self._data = self._data[: self._step], self._data[self._step :]
        return piece


def read(data: bytes, step: int = 1 << 20) -> tuple[dict[str, object], list[object]]:
    """Return head and records of an answer."""
    answer = Answer(Drip(data, step), "results")  # type: ignore[arg-type]
    rows = [row if isinstance(row, Failure) else row.record for row in answer.records()]
    return answer.head, rows


@given(
    HEADS,
    st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=4),
    st.integers(1, 9),
    st.booleans(),
)
def test_an_answer_is_read_as_json_reads_it(
    head: dict[str, object], records: list[dict[str, object]], step: int, ascii_only: bool
) -> None:
    """Head and records are those of the standard library, in pieces of any size."""
    data = json.dumps(
        {**head, "results": records}, ensure_ascii=ascii_only, indent=step % 3
    ).encode("utf-8", "replace")
    expected = json.loads(data)
    assert read(data, step) == (
        {k: v for k, v in expected.items() if k != "results"},
        expected["results"],
    )


@given(st.integers(1, 200))
def test_a_cut_answer_gives_its_whole_records(size: int) -> None:
    """Wherever it is cut: the records before, then an error that says so."""
    data = json.dumps({"meta": {"n": 1.5}, "results": [{"a": "x" * 9, "b": [1, 2]}] * 5}).encode()
    answer = Answer(io.BytesIO(data[: min(size, len(data) - 1)]), "results")
    found: list[object] = []
    with pytest.raises(SourceError) as error:
        found.extend(answer.records())
    assert error.value.rule == "truncated"
    assert len(found) == data[:size].count(b"2]}")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"[1] 2", "bad_json"),
        (b"5", "bad_json"),
        (b'{"a": NaN}', "bad_json"),
        (b'{"a": 1,}', "bad_json"),
        (b'{"results": [{"a": tru}' + b" " * 99, "bad_json"),
        (b'{"results": [{"a": "\xff"}]}', "bad_encoding"),
        (b'{"a": ' + b"[" * 100_000, "bad_json"),
    ],
)
def test_what_is_no_json_says_so(data: bytes, rule: str) -> None:
    """A fault has its own rule."""
    with pytest.raises(SourceError) as error:
        read(data)
    assert error.value.rule == rule


def test_a_record_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that never ends is not read for ever."""
    monkeypatch.setattr(json_stream, "MAX_RECORD", 1000)
    monkeypatch.setattr(json_stream, "BLOCK", 100)
    with pytest.raises(SourceError) as error:
        read(b'{"results": ["' + b"x" * 5000, step=100)
    assert error.value.rule == "too_large"


def test_a_list_elsewhere_is_no_list_of_records() -> None:
    """Only the first level counts, and the answer says whether the list was there."""
    answer = Answer(
        io.BytesIO(b'{"meta": {"results": [{"a": 1}]}, "results": {"total": 3}}'), "results"
    )
    assert list(answer.records()) == []
    assert not answer.listed
    assert answer.head == {"meta": {"results": [{"a": 1}]}, "results": {"total": 3}}


def test_a_bare_list_is_a_list_of_records() -> None:
    """Some bulk files are a list and nothing around it."""
    assert read(b'[{"a": 1}, 5, {"b": 2}]')[1] == [
        {"a": 1},
        Failure("bad_record", "record 2: not an object"),
        {"b": 2},
    ]
