"""Cutting texts into segments: nothing lost, nothing cut inside a character, numbers bounded."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.kernels import segments
from filters.kernels.buffers import text_views
from filters.kernels.segments import LEAST, MOST, PARTS, SCRIPT_OF

PIECES = [
    "a ",
    "word ",
    "\n",
    "\n\n",
    "# ",
    "é",
    "漢字",
    "ไทย ",
    "ᏣᎳ ",
    "x" * 90,
    "The end. ",
    "1 ",
    "😀",
]
TEXTS = st.lists(
    st.lists(st.sampled_from(PIECES), max_size=400).map("".join) | st.text(max_size=200),
    max_size=4,
)


def cut(texts: list[str]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Data, and starts, ends, sizes and bounds of the segments."""
    data, offsets = text_views(pa.array(texts, pa.large_string()))
    room = sum(min(len(t.encode()) // LEAST, PARTS) + 2 for t in texts)
    found = [np.empty(room, np.int64) for _ in range(3)] + [np.empty(len(texts) + 1, np.int64)]
    segments.cut(data, offsets, *found)
    count = found[3][-1]
    assert count <= room
    return data, [array[:count] for array in found[:3]] + [found[3]]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_segments_are_the_text(texts: list[str]) -> None:
    """One behind the other they are the text without the mark of its title; sizes are true."""
    data, (starts, ends, sizes, bounds) = cut(texts)
    for row, text in enumerate(texts):
        parts = [
            data[starts[i] : ends[i]].tobytes().decode()
            for i in range(bounds[row], bounds[row + 1])
        ]
        wanted = text.removeprefix("# ") if len(text.encode()) > 2 else text
        assert "".join(parts) == wanted
        assert [len(part) for part in parts] == sizes[bounds[row] : bounds[row + 1]].tolist()
        assert len(parts) <= PARTS + 1
        assert all(len(part) >= LEAST for part in parts) or len(parts) == 1
        assert all(
            len(p) <= max(MOST, len(wanted) // segments.LONG_PARTS) + 2 * LEAST for p in parts
        )


@given(TEXTS, st.integers(1, 700))
@settings(max_examples=300, deadline=None)
def test_samples_lie_inside(texts: list[str], wanted: int) -> None:
    """About as many characters as asked for, whole ones, from inside the segment."""
    data, (starts, ends, sizes, _) = cut(texts)
    first, last = np.empty_like(starts), np.empty_like(starts)
    segments.sample(data, starts, ends, sizes, np.full(len(starts), wanted), first, last)
    assert np.all(starts <= first)
    assert np.all(first <= last)
    assert np.all(last <= ends)
    for i in range(len(starts)):
        data[first[i] : last[i]].tobytes().decode()
        if 2 * sizes[i] < 3 * wanted:
            assert (first[i], last[i]) == (starts[i], ends[i])


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_letters_by_script(texts: list[str]) -> None:
    """Letters of any script, and those of scripts of other languages, as counted one by one."""
    data, (starts, ends, _, _) = cut(texts)
    written = np.zeros((3, SCRIPT_OF.max() + 1), np.uint8)
    written[0, SCRIPT_OF[ord("a")]] = written[1, SCRIPT_OF[ord("漢")]] = 1
    label = np.arange(len(starts), dtype=np.int32) % 3 - 1
    letters, foreign = np.empty_like(starts), np.empty_like(starts)
    segments.count_letters(data, starts, ends, SCRIPT_OF, label, written, letters, foreign)
    for i in range(len(starts)):
        found = [SCRIPT_OF[ord(c)] for c in data[starts[i] : ends[i]].tobytes().decode()]
        assert letters[i] == sum(script > 0 for script in found)
        assert foreign[i] == sum(script > 0 and not written[label[i], script] for script in found)


def test_short_lines_join_and_long_ones_part() -> None:
    """A heading belongs to what follows, a paragraph stands alone, a long one is cut at a blank."""
    text = "# Title\n\nShort\n" + "word " * 20 + "\n" + "longer " * 150
    data, (starts, ends, _, _) = cut([text])
    parts = [data[a:b].tobytes().decode() for a, b in zip(starts, ends, strict=True)]
    assert parts[0] == "Title\n\nShort\n" + "word " * 20 + "\n"
    assert [len(part.split()) for part in parts[1:]] == [72, 78]
    assert all(part.startswith((" longer", "longer")) for part in parts[1:])
