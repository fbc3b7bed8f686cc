"""White space and invisible characters of Markdown text, in one compiled pass over UTF-8 bytes.

`scan` marks the rows that need work; `clean` does it. What each does to a text is written in
`filters.normalise`. The output is never longer than the input, so one buffer of that size does.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from filters.kernels.compile import BYTES, INT64S, READ_BYTES, READ_INT64S, compiled, helper
from filters.kernels.unicode import REMOVE, REPLACEMENT, SPACE, decode

__all__ = ["DIRTY", "UNSTABLE_FORM", "clean", "scan"]

DIRTY: Final = 1
"""The row holds something that `clean` might change."""

UNSTABLE_FORM: Final = 2
"""The row holds code points that may not be in normal form C."""

_BLANK, _NEWLINE, _RETURN = 0x20, 0x0A, 0x0D
_LINE_SEPARATOR, _PARAGRAPH_SEPARATOR, _NEXT_LINE = 0x2028, 0x2029, 0x85
_GRAVE = 0x1FEF
"""U+1FEF is canonically a back tick: it must not become a code fence only by normal form C."""

_DROP: Final = -1
_END: Final = -2


@compiled(READ_BYTES, READ_INT64S, READ_BYTES, READ_BYTES, BYTES)
def scan(data: Any, offsets: Any, props: Any, unstable: Any, flags: Any) -> None:
    """Mark rows that need work.

    Args:
        data: UTF-8 bytes of all rows.
        offsets: Bounds of the rows, int64[n + 1].
        props: `filters.kernels.unicode.PROPS`.
        unstable: `filters.kernels.unicode.UNSTABLE`.
        flags: Receives `DIRTY` and `UNSTABLE_FORM`, uint8[n].
    """
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        flag = 0
        before: Any = _NEWLINE
        before_that: Any = _NEWLINE
        while i < end:
            byte = np.int64(data[i])
            if byte > _BLANK and byte < 0x7F:
                before_that, before = before, byte
                i += 1
                continue
            if byte >= 0x80:
                cp, after = decode(data, i, end)
                if props[cp] & (SPACE | REMOVE) or (cp == REPLACEMENT and after == i + 1):
                    flag |= DIRTY
                if cp == _GRAVE:
                    flag |= DIRTY
                if cp < unstable.shape[0] and unstable[cp]:
                    flag |= UNSTABLE_FORM
                before_that, before = before, byte
                i = after
                continue
            if byte == _NEWLINE:
                if before == _BLANK or (before == _NEWLINE and before_that == _NEWLINE):
                    flag |= DIRTY
            elif byte != _BLANK or before in (_BLANK, _NEWLINE):
                flag |= DIRTY
            before_that, before = before, byte
            i += 1
        if end > offsets[row] and before in (_BLANK, _NEWLINE):
            flag |= DIRTY
        flags[row] = flag


@helper
def _next(data, i, end, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Read one character as the layout sees it: (code point, next index).

    Line ends of all kinds are a line feed, other white space but the tab is a blank. What carries
    no text gives `_DROP`, the end `_END`.
    """
    if i >= end:
        return _END, i
    byte = np.int64(data[i])
    if byte > _BLANK and byte < 0x7F:
        return byte, i + 1
    cp, after = decode(data, i, end)
    if cp == REPLACEMENT and after == i + 1:
        return _DROP, after
    kind = props[cp]
    if kind & REMOVE:
        return _DROP, after
    if kind & SPACE == 0:
        return (0x60 if cp == _GRAVE else cp), after
    if cp == _RETURN:
        if after < end and data[after] == _NEWLINE:
            after += 1
        return _NEWLINE, after
    if 0x0A <= cp <= 0x0C or cp in (_NEXT_LINE, _LINE_SEPARATOR, _PARAGRAPH_SEPARATOR):
        return _NEWLINE, after
    return (0x09 if cp == 0x09 else _BLANK), after


@helper
def _peek(data, i, end, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Read the next character that is not dropped: (code point, next index)."""
    cp, i = _next(data, i, end, props)
    while cp == _DROP:
        cp, i = _next(data, i, end, props)
    return cp, i


@helper
def _is_item(data, i, end, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a list item begins at a character: ``- ``, ``* ``, ``+ ``, ``1. ``, ``1) ``."""
    cp, i = _peek(data, i, end, props)
    if cp == 0x2D or cp == 0x2A or cp == 0x2B:
        cp, i = _peek(data, i, end, props)
        return cp in (_BLANK, 0x09, _NEWLINE, _END)
    digits = 0
    while 0x30 <= cp <= 0x39 and digits < 9:
        digits += 1
        cp, i = _peek(data, i, end, props)
    if digits == 0 or (cp != 0x2E and cp != 0x29):
        return False
    cp, i = _peek(data, i, end, props)
    return cp in (_BLANK, 0x09, _NEWLINE, _END)


@helper
def _fence(data, i, end, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Look for a code fence at a character: (its mark or 0, its length, whether text follows)."""
    mark, i = _peek(data, i, end, props)
    if mark != 0x60 and mark != 0x7E:
        return 0, 0, False
    length, cp, text = 0, mark, False
    while cp == mark:
        length += 1
        cp, i = _peek(data, i, end, props)
    if length < 3:
        return 0, 0, False
    while cp != _NEWLINE and cp != _END:
        text = text or (cp != _BLANK and cp != 0x09)
        if cp == 0x60 and mark == 0x60:
            return 0, 0, False  # a back tick after the mark: code inside a line
        cp, i = _peek(data, i, end, props)
    return mark, length, text


@helper
def _put(out, at, cp, data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Write a character that was read from ``data[start:stop]``; return the next place."""
    if cp < 0x80:
        out[at] = cp
        return at + 1
    for index in range(start, stop):
        out[at] = data[index]
        at += 1
    return at


@helper
def _line(data, i, end, code, props, out, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Write a line from its first visible character on, without blanks at its end.

    Runs of blanks become one, but for lines of code.

    Returns:
        The next place in ``out``, and where the next line starts.
    """
    blanks = 0
    while True:
        if i < end and _BLANK < data[i] < 0x7F:
            if blanks > 0 and not code:
                out[at] = _BLANK
                at += 1
            blanks = 0
            while i < end and _BLANK < data[i] < 0x7F:  # the hot loop: plain ASCII
                out[at] = data[i]
                at += 1
                i += 1
        cp, after = _next(data, i, end, props)
        if cp in (_NEWLINE, _END):
            return at - (blanks if code else 0), after
        if cp == _BLANK or cp == 0x09:
            blanks += 1
            if code:
                out[at] = cp
                at += 1
        elif cp != _DROP:
            if blanks > 0 and not code:
                out[at] = _BLANK
                at += 1
            blanks = 0
            at = _put(out, at, cp, data, i, after)
        i = after


@compiled(READ_BYTES, READ_INT64S, READ_BYTES, READ_BYTES, BYTES, INT64S)
def clean(data: Any, offsets: Any, flags: Any, props: Any, out: Any, bounds: Any) -> None:
    """Write the rows with clean white space; rows that are not marked `DIRTY` are copied.

    Args:
        data: UTF-8 bytes of all rows.
        offsets: Bounds of the rows, int64[n + 1].
        flags: What `scan` found, uint8[n].
        props: `filters.kernels.unicode.PROPS`.
        out: Receives the bytes; at least as long as the rows together.
        bounds: Receives the bounds of the rows in ``out``, int64[n + 1].
    """
    at: Any = np.int64(0)
    bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        if flags[row] & DIRTY == 0:
            for place in range(i, end):
                out[at + place - i] = data[place]
            at += end - i
            bounds[row + 1] = at
            continue
        first = at
        newlines, in_list, mark, length = 0, False, 0, 0
        while i < end:
            # One line a turn: its indentation, then its text.
            indent = i
            cp, after = _peek(data, i, end, props)
            while cp == _BLANK or cp == 0x09:
                i = after
                cp, after = _peek(data, i, end, props)
            if cp in (_NEWLINE, _END):
                newlines += 1
                i = after
                continue
            found, marks, text = _fence(data, i, end, props)
            closes = mark != 0 and found == mark and marks >= length and not text
            code = mark != 0 and not closes
            item = mark == 0 and found == 0 and _is_item(data, i, end, props)
            keep = code or item or (in_list and i > indent)
            if mark == 0 and i == indent:
                in_list = item
            elif item:
                in_list = True
            if at > first:
                # An empty line parts paragraphs; more of them only count inside code.
                for _ in range(newlines if mark != 0 else min(newlines, 2)):
                    out[at] = _NEWLINE
                    at += 1
            while keep and indent < i:
                cp, after = _next(data, indent, i, props)
                if cp >= 0:
                    out[at] = cp
                    at += 1
                indent = after
            at, i = _line(data, i, end, code, props, out, at)
            newlines = 1
            if closes:
                mark = 0
            elif mark == 0 and found != 0:
                mark, length = found, marks
        bounds[row + 1] = at
