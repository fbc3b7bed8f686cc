"""Compiled loops over the bytes of PubMed records: where each value stands, and its text.

`scan` finds the elements that `sources.text.pubmed_paths` names, in one pass, without a tree.
`write_texts` turns places into text: references resolved, blanks collapsed, raised and lowered text
between the marks of `sources.text.scripts`. Both know less XML than a parser does, and say so: a
record with anything that they do not know (comments, CDATA, other entities, prefixes, markup where
none is expected, an element twice) is not plain, and a parser reads it.

All loops stand in this one file, because numba stamps compiled code with the content of the file of
the function itself: a change in a function from elsewhere would leave old machine code running.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Int16s = npt.NDArray[np.int16]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Whole = int | np.signedinteger

# No C function for each: nothing asks for one, and it takes time to compile.
_loop = numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)
_helper = numba.njit(no_cfunc_wrapper=True)

# The constants are here because compiled code holds them, see above.

OUTSIDE, ROOT = 0, 1
"""States of whatever is not read, and of ``PubmedArticle`` itself."""

PLAIN_ENDS = -1
"""Value in the table of steps: a record with this element is no plain one."""

TABLE = 512
"""Places of the hash table of names: a power of two, several times the number of names."""

MULTIPLIER = 0x9E3779B97F4A7C15
"""Of the multiplicative hash of names: 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4)."""

SHIFT = 64 - 9
"""64 minus the bits of `TABLE`."""

INLINE = 5
"""Names that are inline markup: the first ones."""

HAS_MARKUP, HAS_REFERENCE, HAS_ATTRIBUTES = 1, 2, 4
"""Flags of a note: inline markup in its text, references in its text, attributes in its tag."""

LONGEST = 1 << 20
"""Bytes of a plain record; a parser has limits for parts of longer ones."""

LONGEST_NAME = 100

DEPTH = 64
"""Levels of elements in a record; one that is deeper is not plain."""

_FACTOR = np.uint64(MULTIPLIER)
# Bytes of text that need no look: all but < & > and what may begin an illegal character.
_ORDINARY = np.ones(256, np.bool_)
_ORDINARY[:32] = False
_ORDINARY[[60, 62, 38, 0xEF]] = False
_ORDINARY[[9, 10, 13]] = True
# Bytes that a name goes on with: of ASCII, without the colon of a prefix, which so ends a plain
# record.
_IN_NAME = np.zeros(256, np.bool_)
_IN_NAME[[*range(48, 58), *range(65, 91), *range(97, 123), *map(ord, "_-.")]] = True


@numba.njit(inline="always")
def _name_end(data: Bytes, start: int, end: int) -> int:
    """Return where a name ends."""
    at = start
    while at < end and _IN_NAME[data[at]]:
        at += 1
    return at


@_helper
def _same(data: Bytes, one: int, size: int, others: Bytes, other: int, other_size: int) -> bool:
    """Tell whether two stretches of bytes are equal."""
    if size != other_size:
        return False
    for offset in range(size):  # noqa: SIM110 - numba compiles the loop, not a generator
        if data[one + offset] != others[other + offset]:
            return False
    return True


@_helper
def _name_number(
    data: Bytes, start: int, end: int, names: Bytes, bounds: Int64s, places: Int16s
) -> Whole:
    """Return the number of a name, -1 for one that is not known."""
    size = end - start
    middle, last = data[start + size // 2], data[end - 1]
    value = ((size * 256 + data[start]) * 256 + middle) * 256 + last
    place = np.int64((np.uint64(value) * _FACTOR) >> np.uint64(SHIFT))
    while True:
        number = np.int64(places[place])
        if number < 0:
            return -1
        first = bounds[number]
        if _same(names, first, bounds[number + 1] - first, data, start, size):
            return number
        place = (place + 1) & (TABLE - 1)


@_helper
def _reference(data: Bytes, at: int, end: int) -> tuple[Whole, int]:
    """Return the code point of a reference and where it ends; 0 for one that is not plain.

    `at` is behind the ampersand. Known are the five names of XML and numbers of legal characters.
    """
    stop = at
    while stop < end and stop - at < 9 and data[stop] != 59:
        stop += 1
    if stop >= end or data[stop] != 59 or stop == at:
        return 0, at
    size = stop - at
    if data[at] == 35:
        code = np.int64(0)
        base, first = np.int64(10), at + 1
        if size > 1 and data[at + 1] == 120:
            base, first = np.int64(16), at + 2
        if first == stop:
            return 0, at
        for place in range(first, stop):
            byte = np.int64(data[place])
            if 48 <= byte <= 57:
                digit = byte - 48
            elif base == 16 and 97 <= (byte | 32) <= 102:
                digit = (byte | 32) - 87
            else:
                return 0, at
            code = code * base + digit
        legal = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
        if not (legal or 0x10000 <= code <= 0x10FFFF):
            return 0, at
        return code, stop + 1
    one, two = data[at], data[at + 1]
    if size == 2 and two == 116 and (one == 108 or one == 103):
        return (60 if one == 108 else 62), stop + 1
    if size == 3 and one == 97 and two == 109 and data[at + 2] == 112:
        return 38, stop + 1
    if size == 4 and data[at + 3] == (116 if one == 113 else 115):
        if one == 113 and two == 117 and data[at + 2] == 111:
            return 34, stop + 1
        if one == 97 and two == 112 and data[at + 2] == 111:
            return 39, stop + 1
    return 0, at


@_helper
def _tag_end(data: Bytes, at: int, end: int, scratch: Int64s) -> int:
    """Return where the attributes of an opening tag end, at ``>`` or ``/>``; -1 if they are odd.

    `at` is behind the name. Values stand in quotes and hold neither ``<`` nor references but those
    that `_reference` knows; names are of ASCII without prefix, and none stands twice.
    """
    count = 0
    while True:
        blank = at
        while at < end and (data[at] == 32 or data[at] == 10 or data[at] == 9 or data[at] == 13):
            at += 1
        if at >= end:
            return -1
        if data[at] == 62:
            return at
        if data[at] == 47:
            return at if at + 1 < end and data[at + 1] == 62 else -1
        if blank == at or 2 * count + 1 >= len(scratch):
            return -1
        first = at
        while at < end and 97 <= (data[at] | 32) <= 122:
            at += 1
        if at == first or at + 2 >= end or data[at] != 61:
            return -1
        if at - first == 5 and data[first] == 120 and data[first + 1] == 109:
            return -1  # xmlns: a namespace gives names another meaning
        for other in range(count):
            start, size = scratch[2 * other], scratch[2 * other + 1]
            if _same(data, start, size, data, first, at - first):
                return -1
        scratch[2 * count], scratch[2 * count + 1] = first, at - first
        count += 1
        quote = data[at + 1]
        if quote != 34 and quote != 39:
            return -1
        at += 2
        while at < end and data[at] != quote:
            byte = data[at]
            if byte == 38:
                code, at = _reference(data, at + 1, end)
                if not code:
                    return -1
                continue
            if byte == 60 or (byte < 32 and byte != 10 and byte != 9 and byte != 13):
                return -1
            if byte == 0xEF and data[at + 1] == 0xBF and data[at + 2] >= 0xBE:
                return -1
            at += 1
        at += 1


@numba.njit(inline="always")
def _text_end(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Return where text ends, at the next ``<``, and whether it holds references; -1 if odd."""
    flags = 0
    while at < end:
        while at < end and _ORDINARY[data[at]]:
            at += 1
        if at >= end:
            break
        byte = data[at]
        if byte == 60:
            return at, flags
        if byte == 38:
            code, at = _reference(data, at + 1, end)
            if not code:
                return -1, flags
            flags = HAS_REFERENCE
            continue
        if byte < 32:
            return -1, flags
        if byte == 62 and data[at - 1] == 93 and data[at - 2] == 93:
            return -1, flags  # the end of a section that nothing opened
        if byte == 0xEF and data[at + 1] == 0xBF and data[at + 2] >= 0xBE:
            return -1, flags  # U+FFFE and U+FFFF are no characters of XML
        at += 1
    return -1, flags


@numba.njit(inline="always")
def _closing_end(data: Bytes, at: int, end: int, name: int, size: int) -> int:
    """Return where a closing tag ends; -1 where its name is not the one that is to be closed.

    `at` is at its ``<``; the name that was opened stands at `name`.
    """
    stop = _name_end(data, at + 2, end)
    if not _same(data, at + 2, stop - at - 2, data, name, size):
        return -1
    while stop < end and (data[stop] == 32 or data[stop] == 9 or data[stop] == 10):
        stop += 1
    return stop + 1 if stop < end and data[stop] == 62 else -1


@numba.njit(inline="always")
def _step(
    steps: Int16s, once: Bools, filled: Bools, parent: Bools, below: Bools, list_of: Bools,
    last: Bools, seen: Int64s, ages: Int64s, here: int, word: int, empty: bool,
) -> Whole:  # fmt: skip
    """Return the state of an element that is opened; `PLAIN_ENDS` where it must not be there.

    Ages tell what was seen in the same parent: the newest, that of the record, that of the last
    parent, and that of the parent of which nothing more is read.
    """
    step = np.int64(steps[here, word]) if word >= 0 else np.int64(OUTSIDE)
    if step == OUTSIDE:
        return np.int64(PLAIN_ENDS) if list_of[here] else step
    if step == PLAIN_ENDS:
        return step
    mine = ages[2] if below[step] else ages[1]
    late = below[step] and ages[3] == mine and not last[step]
    if late or (once[step] and seen[step] == mine) or (filled[step] and empty):
        return np.int64(PLAIN_ENDS)
    seen[step] = mine
    if last[step]:
        ages[3] = mine
        return np.int64(OUTSIDE)
    if parent[step]:
        ages[0] += 1
        ages[2] = ages[0]
    return step


@_loop
def scan(  # noqa: D417 - the tables are described together
    data: Bytes, starts: Int64s, ends: Int64s, names: Bytes, bounds: Int64s, places: Int16s,
    steps: Int16s, leaf: Bools, inline: Bools, once: Bools, filled: Bools, noted: Bools,
    parent: Bools, below: Bools, list_of: Bools, last: Bools, plain: Bools, record: Int32s,
    state: Int16s, spans: Int32s, flags: Bytes,
) -> int:  # fmt: skip
    """Note where the values of records stand.

    Longer than a screen: its parts share the state of the walk, and calls that return it would
    cost more than they do.

    Args:
        data: Bytes of all records, ``uint8[...]``.
        starts: Where each record begins, ``int64[n]``.
        ends: Where it ends, ``int64[n]``.
        names, bounds, places, steps, leaf, inline, once, filled, noted, parent, below, list_of,
            last: As in `sources.text.pubmed_paths.Tables`.
        plain: Out: whether all of a record was understood, ``bool[n]``.
        record: Out: number of the record of each note, ``int32[...]``, ascending.
        state: Out: what was found, a state, ``int16[...]``.
        spans: Out: begin and end of its text, begin and end of its attributes, ``int32[..., 4]``.
        flags: Out: `HAS_MARKUP`, `HAS_REFERENCE`, `HAS_ATTRIBUTES`, ``uint8[...]``.

    Returns:
        Notes written; those of records that are not plain are among them.
    """
    count = 0
    name_at, name_size = np.empty(DEPTH, np.int64), np.empty(DEPTH, np.int64)
    above, scratch = np.empty(DEPTH, np.int64), np.empty(32, np.int64)
    seen, ages = np.zeros(len(leaf), np.int64), np.zeros(4, np.int64)
    for number in range(len(starts)):
        at, end = starts[number], ends[number]
        plain[number] = False
        # Every loop below stops at the ">" that a whole record ends with.
        if not 0 < end - at <= LONGEST or data[end - 1] != 62:
            continue
        ages[0] += 1
        ages[1] = ages[2] = ages[0]
        depth, here, in_leaf, good = 0, np.int64(OUTSIDE), False, False
        while True:
            tag, found = _text_end(data, at, end)
            if tag < 0 or tag + 3 > end:
                break
            if in_leaf:
                flags[count - 1] |= found
            if data[tag + 1] == 47:
                if not depth:
                    break
                depth -= 1
                at = _closing_end(data, tag, end, name_at[depth], name_size[depth])
                if at < 0:
                    break
                # Inline markup has the state of its leaf, so only the leaf itself changes it.
                if in_leaf and above[depth] != here:
                    in_leaf = False
                    spans[count - 1, 1] = tag
                    if filled[here] and spans[count - 1, 0] == tag:
                        break
                here = above[depth]
                if not depth:
                    good = at == end
                    break
                continue
            first = data[tag + 1]
            if not (97 <= (first | 32) <= 122 or first == 95) or depth == DEPTH:
                break  # also comments, sections and instructions
            stop = _name_end(data, tag + 1, end)
            if stop - tag > LONGEST_NAME:
                break
            close = stop if data[stop] == 62 else _tag_end(data, stop, end, scratch)
            if close < 0:
                break
            empty = data[close] == 47
            if empty and not depth:
                break
            if here == OUTSIDE and depth:
                step = here
                word = np.int64(-1)
            else:
                word = _name_number(data, tag + 1, stop, names, bounds, places)
            if in_leaf:
                if not inline[here] or word < 0 or word >= INLINE or close != stop or empty:
                    break
                flags[count - 1] |= HAS_MARKUP
                step = here
            elif not depth:
                step = np.int64(ROOT)
            elif here != OUTSIDE:
                step = _step(
                    steps, once, filled, parent, below, list_of, last, seen, ages, here, word, empty
                )
                if step == PLAIN_ENDS:
                    break
                if noted[step]:
                    record[count], state[count] = number, step
                    spans[count, 0] = spans[count, 1] = close + 1
                    spans[count, 2], spans[count, 3] = stop, close
                    flags[count] = HAS_ATTRIBUTES if close > stop else 0
                    count += 1
                    in_leaf = leaf[step] and not empty
            at = close + (2 if empty else 1)
            if not empty:
                name_at[depth], name_size[depth], above[depth] = tag + 1, stop - tag - 1, here
                here = step
                depth += 1
        plain[number] = good
    return count


@_loop
def attribute(data: Bytes, starts: Int64s, ends: Int64s, key: Bytes, found: Int64s) -> None:
    """Find the values of one attribute.

    Args:
        data: Bytes, ``uint8[...]``.
        starts: Where the attributes of each tag begin, ``int64[n]``.
        ends: Where they end, ``int64[n]``.
        key: Name of the attribute, ``uint8[...]``.
        found: Out: begin and end of each value, -1 for none, ``int64[n, 2]``.
    """
    for row in range(len(starts)):
        at, end = starts[row], ends[row]
        found[row, 0] = found[row, 1] = -1
        while at < end:
            while at < end and data[at] <= 32:
                at += 1
            first = at
            while at < end and data[at] != 61:
                at += 1
            size = at - first
            if at + 1 >= end:
                break
            quote = data[at + 1]
            value = at + 2
            at = value
            while data[at] != quote:
                at += 1
            if _same(data, first, size, key, 0, len(key)):
                found[row, 0], found[row, 1] = value, at
                break
            at += 1


@_helper
def _is_blank(code: int) -> bool:
    """Tell whether a character is white space to ``str.split``."""
    if code < 0x80:
        return code == 32 or 9 <= code <= 13 or 28 <= code <= 31
    return (
        code == 0x85 or code == 0xA0 or code == 0x1680 or 0x2000 <= code <= 0x200A
        or code == 0x2028 or code == 0x2029 or code == 0x202F or code == 0x205F or code == 0x3000
    )  # fmt: skip


@_helper
def _encode(code: int, out: Bytes, at: int) -> int:
    """Write a code point as UTF-8; return where it ends."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | (code >> 6)
        out[at + 1] = 0x80 | (code & 63)
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | (code >> 12)
        out[at + 1] = 0x80 | ((code >> 6) & 63)
        out[at + 2] = 0x80 | (code & 63)
        return at + 3
    out[at] = 0xF0 | (code >> 18)
    out[at + 1] = 0x80 | ((code >> 12) & 63)
    out[at + 2] = 0x80 | ((code >> 6) & 63)
    out[at + 3] = 0x80 | (code & 63)
    return at + 4


@_loop
def write_texts(
    data: Bytes, starts: Int64s, ends: Int64s, out: Bytes, bounds: Int64s, flags: Bytes
) -> None:
    """Write the texts of stretches of `data` one after the other, as `scan` found them plain.

    Blanks are collapsed, references resolved, tags left out; ``sup`` and ``sub`` become the marks
    of `sources.text.scripts`.

    Args:
        data: Bytes, ``uint8[...]``.
        starts: Where each stretch begins, ``int64[n]``.
        ends: Where it ends, ``int64[n]``; not above its begin for an empty one.
        out: Out: bytes of all texts, at least as many as all stretches have, ``uint8[...]``.
        bounds: Out: where each text begins, and the end of the last, ``int64[n + 1]``.
        flags: Out: `HAS_MARKUP` where marks were written, `HAS_REFERENCE` where an ampersand was,
            ``uint8[n]``.
    """
    to = np.int64(0)
    bounds[0] = 0
    for row in range(len(starts)):
        at, end = starts[row], ends[row]
        first = to
        blank = False
        flag = 0
        while at < end:
            byte = np.int64(data[at])
            code = byte
            after = at + 1
            if byte == 60:
                closing = 1 if data[at + 1] == 47 else 0
                name = at + 1 + closing
                while data[at] != 62:
                    at += 1
                at += 1
                if at - name < 4 or data[name] != 115:
                    continue
                code = np.int64(1 if data[name + 2] == 112 else 3) + closing
                after = at
                flag |= HAS_MARKUP
            elif byte == 38:
                code, after = _reference(data, at + 1, end)
                if code == 38:
                    flag |= HAS_REFERENCE
            elif byte == 0xC2 and at + 1 < end:
                code = np.int64(data[at + 1])  # the same as the second byte: U+0080 to U+00BF
                after = at + 2
            elif 0x80 <= byte < 0xE1 or byte > 0xE3:
                code = np.int64(0x100)  # no blank begins or goes on with these
            elif (byte == 0xE1 or byte == 0xE2 or byte == 0xE3) and at + 2 < end:
                code = (
                    ((byte & 15) << 12) | (np.int64(data[at + 1] & 63) << 6) | (data[at + 2] & 63)
                )
                after = at + 3
            if _is_blank(code):
                blank = True
                at = after
                continue
            if blank and to > first:
                out[to] = 32
                to += 1
            blank = False
            if byte == 38 or byte == 60:
                to = _encode(code, out, to)
            else:
                for place in range(at, after):
                    out[to] = data[place]
                    to += 1
            at = after
        bounds[row + 1] = to
        flags[row] = flag
