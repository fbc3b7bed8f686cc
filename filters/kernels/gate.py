"""Compiled gate of the PII scan: one pass over UTF-8 bytes marks where a rule could hit.

The pass reads symbols (code points, folded as :mod:`filters.pii.fold` folds them), keeps the place
of the last label word of every class, and looks at the shape of digit groups. What it marks is a
superset of what the rules hit (tested); everything it does not mark is never looked at again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from filters.kernels.compile import (
    INT64S,
    READ_BYTES,
    READ_INT64S,
    READ_UINT64S,
    compiled,
    inlined,
    plain,
)

# Families of rules a mark calls for. Bits, so that merged windows add up.
EMAIL, PHONE, ID, RECORD, CARD, BANK, IP, URL, TOKEN, PERSON = (1 << bit for bit in range(10))
FAMILIES = 10

# Classes of label words in the word table.
W_PHONE, W_ID, W_RECORD, W_QUALIFIER, W_NUMBER, W_CARD, W_BANK, W_AT, W_DOT, W_URL, W_TOKEN = (
    1 << bit for bit in range(11)
)
W_TITLE, W_COVER, W_ID_WORD, W_WWW, W_PERSON, W_LIFE, W_AGE = (1 << bit for bit in range(11, 18))
WORD_CLASSES = 18

GROUPS = 4
"""Digit groups that a shape is made of, at most."""

FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)

_OTHER, _LETTER, _DIGIT, _GAP = 0, 1, 2, 3
_IGNORED = 0x100  # zero-width: neither a symbol nor a boundary
_FOREIGN = 0x101  # a letter that folds to no ASCII character
_FOREIGN_SIGN = 0x102  # any other code point: ends words, runs and tokens
_FAR = -(1 << 40)

# Reach in symbols; each is longer than the longest gap that a pattern of the family allows.
_NEAR = 100  # label to value: phone, id ("their name within 60 characters"), card, bank
_NEAR_RECORD = 56
_NEAR_NUMBER = 40  # "no." to the value
_NEAR_TITLE = 150  # title and up to four names to a telephone number
_NEAR_CODE = 12  # "ID #:" and "patient (" to the value
_NEAR_AGE = 20  # "**Age:** " to the value, and the value to "-year-old"
_BESIDE, _BEHIND = 160, 400  # bytes around a word beside which a name, an address or a day stands
_NEAR_URL = 640  # "://" or "www" to an at sign inside a URL
_EXTENSION = 16  # end of a number to its extension: ", extension: "
_AFTER_PHONE = 12  # value to "... office", "... fax"
_BACK = 400  # bytes marked before an id word that follows numbers (100 symbols of up to 4 bytes)
LISTED = 64  # end of a value, perhaps before an extension, to the next one of a list
_MAX_GAP = 3  # symbols between digits of one run


def _classes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Class of every ASCII byte: letter, digit, gap (may stand inside a number), other."""
    table = np.zeros(128, dtype=np.uint8)
    for byte in range(128):
        char = chr(byte)
        if char.isalpha():
            table[byte] = _LETTER
        elif char.isdigit():
            table[byte] = _DIGIT
        elif char in " \t.-/()+":
            table[byte] = _GAP
    return table


CLASSES = _classes()


@plain
def fold_at(data: Any, i: int, end: int) -> tuple[int, int]:
    """Fold the symbol at ``data[i]``: (ASCII code or one of the codes above 0xFF; bytes)."""
    c = data[i]
    if c < 0x80:
        return int(c), 1
    if c < 0xE0:
        if i + 1 < end and c == 0xC2:
            if data[i + 1] == 0xA0:
                return 0x20, 2
            if data[i + 1] == 0xAD:
                return _IGNORED, 2
            if data[i + 1] != 0xB0 and data[i + 1] != 0xBA and data[i + 1] != 0xAA:
                return _FOREIGN_SIGN, 2  # the ordinal signs stand in labels, "n°"
        if c == 0xC3 and i + 1 < end and (data[i + 1] == 0x97 or data[i + 1] == 0xB7):
            return _FOREIGN_SIGN, 2
        return _FOREIGN if c <= 0xD4 else _FOREIGN_SIGN, min(2, end - i)
    if c >= 0xF0 or i + 2 >= end:
        return _FOREIGN_SIGN, min(4 if c >= 0xF0 else 3, end - i)
    b, d = data[i + 1], data[i + 2]
    if c == 0xE2:
        if b == 0x80:
            if d <= 0x8A or d == 0xAF:
                return 0x20, 3
            if d <= 0x8F:
                return _IGNORED, 3
            if d <= 0x95:
                return 0x2D, 3
        elif b == 0x81:
            if d == 0x9F:
                return 0x20, 3
            if d == 0xA0:
                return _IGNORED, 3
        elif b == 0x88 and d == 0x92:
            return 0x2D, 3
        elif b == 0x84 and d == 0x96:
            return _FOREIGN, 3  # the numero sign is a label word
    elif c == 0xE3 and b == 0x80 and d == 0x80:
        return 0x20, 3
    elif c == 0xEF:
        if b == 0xBC and d >= 0x81:
            return int(d) - 0x60, 3
        if b == 0xBD and d <= 0x9E:
            return int(d) - 0x20, 3
        if b == 0xBB and d == 0xBF:
            return _IGNORED, 3
        if b == 0xB9 and (d == 0x98 or d == 0xA3):
            return 0x2D, 3
    return _FOREIGN_SIGN, 3


@inlined
def _mark(out: Any, count: int, row: int, start: int, end: int, family: int) -> int:
    """Write one mark (row, start, end, family) where there is room; count it in any case."""
    if count < out.shape[0]:
        out[count, 0] = row
        out[count, 1] = start
        out[count, 2] = end
        out[count, 3] = family
    return count + 1


@plain
def _group_families(g: Any, dots: int, following: int) -> int:
    """Families that the last digit groups call for by shape alone (``g[0]`` is the newest)."""
    last = g[0]
    letter_or_hyphen = following == 0x2D or (following < 0x80 and CLASSES[following] == _LETTER)
    found = 0
    if last >= 12:  # compact card, NIR, Chinese and Swiss numbers
        found |= CARD | ID
    if last == 4:
        if g[1] == 3 and g[2] == 3:
            found |= PHONE
        if g[1] == 2 and g[2] == 3:
            found |= ID
    if last >= 3 and last <= 4 and g[1] == 4 and g[2] == 4 and g[3] == 4:
        found |= CARD | ID
    if last == 5 and g[1] == 6 and g[2] == 4:
        found |= CARD
    if last == 2 and g[1] == 3 and g[2] == 3 and (g[3] == 3 or g[3] == 2):
        found |= ID  # CPF; NIR with its key
    if last == 2 and g[1] == 4 and g[2] == 4 and g[3] == 3:
        found |= ID  # Swiss AHV
    # DNI, NIE, HETU: digits, then a letter or a sign.
    closing = last == 8 or last == 7 or last == 6 or (last == 3 and g[1] == 3 and g[2] <= 2)
    if closing and (letter_or_hyphen or following == 0x2B):
        found |= ID
    if dots >= 3 and last <= 3 and g[1] <= 3 and g[2] <= 3 and g[3] <= 3:
        found |= IP
    return found


@plain
def _lookup(keys: Any, masks: Any, word: Any) -> int:
    """Classes of the word with this hash, 0 for a word that is no label."""
    slot = np.int64(word & np.uint64(keys.shape[0] - 1))
    while masks[slot] != 0:
        if keys[slot] == word:
            return int(masks[slot])
        slot = (slot + 1) & (keys.shape[0] - 1)
    return 0


@plain
def _label_families(near: Any, at: int, digits: int, strict: bool) -> int:
    """Families that digits call for by the labels before them; arguments as `_run_families`."""
    families = 0
    if at - near[0] <= _NEAR:
        families |= PHONE
    if at - near[1] <= _NEAR:
        families |= ID
    if _is_record(near, at):
        families |= RECORD
    if digits >= 5 and (at - near[13] <= _NEAR_CODE or at - near[12] <= _NEAR_RECORD):
        families |= RECORD
    if at - near[6] <= _NEAR:
        families |= BANK
    if at - near[5] <= _NEAR:
        families |= CARD
    return int(families & _long_families(digits, strict))


@plain
def _long_families(digits: int, strict: bool) -> int:
    """Families of which a number can have so few digits behind a label."""
    families = 0
    if digits >= (4 if strict else 6):
        families |= PHONE
    if digits >= 4:
        families |= ID | RECORD
    if digits >= 6:
        families |= BANK
    if digits >= 12:
        families |= CARD
    return families


@plain
def _run_families(
    near: Any,
    at: int,
    digits: int,
    groups: int,
    strict: bool,
    plus: bool,
    zeros: bool,
    dialled: bool,
) -> int:
    """Families that a run of digit groups calls for by its shape and signs.

    Args:
        near: ``int64[WORD_CLASSES]``, symbol after the last word of each class.
        at: Symbol at which the run begins.
        digits: Digits in it.
        groups: Groups of digits in it.
        strict: Profile.
        plus: Whether a plus sign stands before one of its groups.
        zeros: Whether one of its groups begins with two zeros.
        dialled: Whether it begins as one dials: zero, bracket or plus.
    """
    families = 0
    if digits >= 7 and (plus or (zeros and digits >= 9)):
        families |= PHONE
    if digits >= 8 and dialled and at - near[11] <= _NEAR_TITLE:
        families |= PHONE
    if strict:
        if digits >= 7 and (groups >= 2 or (dialled and digits >= 10)):
            families |= PHONE
        if digits >= 9 and at - near[4] <= _NEAR:
            families |= ID
    return families


@inlined
def _is_record(near: Any, at: int) -> bool:
    """Whether a label of records stands before, or a qualifier with a word for a number."""
    return bool(
        at - near[2] <= _NEAR_RECORD
        or (at - near[4] <= _NEAR_NUMBER and at - near[3] <= _NEAR_RECORD)
    )


@plain
def _token_families(near: Any, at: int, length: int, digits: int, iban: bool) -> int:
    """Families that a token with digits calls for by its length and the labels before it.

    Args:
        near: As for `_run_families`.
        at: Symbol at which the token begins.
        length: Symbols of it.
        digits: Digits among them.
        iban: Whether two letters before a digit stand 15 symbols or more before its end.
    """
    families = 0
    if digits >= 4 or length >= 6:
        if _is_record(near, at):
            families |= RECORD
        if at - near[1] <= _NEAR:
            families |= ID
        if digits >= 5 and (at - near[13] <= _NEAR_CODE or at - near[12] <= _NEAR_RECORD):
            families |= RECORD
        if at - near[6] <= _NEAR:
            families |= BANK
    if length >= 17:
        families |= PERSON  # number of a vehicle
    if length >= 16 and digits >= 7:
        families |= ID  # codice fiscale
    if iban:
        families |= BANK
    return families


@plain
def _is_old(data: Any, start: int, end: int) -> bool:
    """Whether one of the digits of a run can begin an age of 90 and more."""
    found = False
    for i in range(start, end):
        found = found or data[i] == 0x39 or data[i] == 0x31 or data[i] >= 0x80
    return found


@plain
def _closes(data: Any, c: int, i: int, end: int) -> bool:
    """Whether a bracket closes at ``data[i]``, or behind a blank there."""
    if c == 0x20 and i + 1 < end:
        c = int(data[i + 1])
        if c >= 0x80:
            c = fold_at(data, i + 1, end)[0]
    return c == 0x29 or c == 0x5D or c == 0x7D or c == 0x3E


@compiled(
    READ_BYTES,
    READ_INT64S,
    READ_UINT64S,
    READ_INT64S,
    types.boolean,
    types.Array(types.int64, 2, "C"),
    INT64S,
    INT64S,
    allocates=False,
)
def scan(
    data: Any, offsets: Any, keys: Any, masks: Any, strict: bool, out: Any, near: Any, g: Any
) -> int:
    """Mark candidate places of all rules, row by row.

    One function and one loop: the state (label places, groups, token) stays in registers.

    Args:
        data: ``uint8``, the bytes behind all rows, read-only.
        offsets: ``int64[n + 1]``, row ``r`` is ``data[offsets[r]:offsets[r + 1]]``.
        keys: ``uint64[2^k]``, hashes of the label words, open addressing.
        masks: ``int64[2^k]``, classes (``W_…``) of each key, 0 for an empty slot.
        strict: Mark also what only the strict profile masks.
        out: ``int64[capacity, 4]``, filled with (row, first byte, last byte + 1, families).
        near: ``int64[WORD_CLASSES]``, for the symbol after the last word of each class.
        g: ``int64[GROUPS]``, for the sizes of the last digit groups.

    Returns:
        Number of marks, also where that is more than ``out`` holds.
    """
    count = 0
    for row in range(offsets.shape[0] - 1):
        begin, end = offsets[row], offsets[row + 1]
        near[:] = _FAR
        g[:] = 0
        i = begin
        sym = 0
        c1 = c2 = 0x20  # previous two symbols
        word = FNV_OFFSET
        word_len = 0
        word_at = begin
        before_word = 0x20
        opener = _FAR
        # Token: letters, digits and - . / _ without a break (record numbers, IBAN, tax codes).
        tok_len = tok_digits = 0
        tok_at = begin
        tok_sym = 0
        prev_tok_end = _FAR
        iban_first = iban_last = -_FAR  # symbol at which two letters before a digit stand
        iban_groups = 0
        iban_at = iban_from = begin
        # Run: digit groups with at most three gap symbols between digits.
        run = False
        digits = group = gap = dots = groups = 0
        run_at = run_end = begin
        run_sym = 0
        plus = zeros = dialled = False
        last_at = last_end = begin
        last_sym = tail_sym = _FAR
        last_digits = 0
        long_sym = _FAR
        # Families that the last number called for by its label, which holds for a list.
        listed = 0
        listed_sym = _FAR
        colons = 0
        double = False
        colon_at = begin
        while i <= end:
            width = 1
            if i == end:
                c = 0x0A  # every row ends like a line
            else:
                c = int(data[i])
                if c >= 0x80:
                    c, width = fold_at(data, i, end)
                    if c == _IGNORED:
                        i += width
                        continue
            foreign = _LETTER if c == _FOREIGN else _OTHER
            kind = CLASSES[c] if c < 0x80 else foreign

            # Words: labels set their place, tokens of the masks themselves are marked.
            if kind == _LETTER:
                if word_len == 0:
                    word = FNV_OFFSET
                    word_at = i
                    before_word = c1
                if c == _FOREIGN:
                    for j in range(i, i + width):
                        word = (word ^ np.uint64(data[j])) * FNV_PRIME
                else:
                    word = (word ^ np.uint64(c | 0x20)) * FNV_PRIME
                word_len += 1
                if c == _FOREIGN and (data[i] == 0xC2 or data[i] == 0xE2):
                    # "n°" and "№" end with their sign, whatever is glued behind.
                    if _lookup(keys, masks, word) & W_NUMBER:
                        near[4] = sym + 1
                    word_len = 0
            elif word_len:
                classes = _lookup(keys, masks, word)
                if classes:
                    for bit in range(WORD_CLASSES):
                        if classes & (1 << bit):
                            near[bit] = sym
                    if (
                        classes & W_PHONE
                        and sym - word_len - last_sym <= _AFTER_PHONE
                        and last_digits >= (4 if strict else 6)
                    ):
                        count = _mark(out, count, row, last_at, last_end, PHONE)
                    if classes & W_ID and sym - word_len - long_sym <= _NEAR:
                        count = _mark(out, count, row, max(begin, i - _BACK), i, ID)
                    bracketed = classes & W_AT and sym - word_len - opener <= 3
                    if bracketed and _closes(data, c, i, end):
                        count = _mark(out, count, row, word_at, i, EMAIL)
                    if strict and classes & W_DOT and sym - near[7] <= _NEAR:
                        count = _mark(out, count, row, word_at, i, EMAIL)
                    if classes & W_URL or (strict and classes & W_WWW):
                        count = _mark(out, count, row, word_at, i, URL)
                    if classes & W_PERSON or (strict and classes & (W_LIFE | W_TITLE)):
                        first, last = max(begin, word_at - _BESIDE), min(end, i + _BEHIND)
                        count = _mark(out, count, row, first, last, PERSON)
                    aged = strict and classes & W_AGE and sym - word_len - last_sym <= _NEAR_AGE
                    if aged and _is_old(data, last_at, last_end):
                        count = _mark(out, count, row, last_at, last_end, PERSON)
                    if classes & W_TOKEN and c == 0x5D and before_word == 0x5B:
                        count = _mark(out, count, row, word_at, i, TOKEN)
                word_len = 0

            # Runs of digit groups: shapes as each group ends, labels as the run ends.
            if kind == _DIGIT:
                if not run:
                    run = True
                    run_at, run_sym = i, sym
                    digits = group = gap = dots = groups = 0
                    g[:] = 0
                    plus = zeros = False
                    dialled = c == 0x30 or c1 == 0x28 or c1 == 0x2B or c2 == 0x2B
                if group == 0 and gap:
                    dots = dots + 1 if gap == 1 and c1 == 0x2E else 0
                if group == 0:
                    plus = plus or c1 == 0x2B or ((c1 == 0x28 or c1 == 0x20) and c2 == 0x2B)
                digits += 1
                group += 1
                gap = 0
                if group == 2:
                    zeros = zeros or (c == 0x30 and c1 == 0x30)
                run_end = i + width
                last_sym = sym
            elif run:
                ended = False
                if group:
                    corsica = (c == 0x41 or c == 0x42) and c1 == 0x32
                    if corsica:  # departments 2A and 2B count as digits of a NIR
                        digits += 1
                        group += 1
                        run_end = i + width
                    else:
                        g[3], g[2], g[1], g[0] = g[2], g[1], g[0], group
                        groups += 1
                        families = _group_families(g, dots, c)
                        if strict and (c == 0x46 or c == 0x4D) and (group == 2 or group == 3):
                            families |= PERSON  # age and sex, "94F"
                        group = 0
                        if families:
                            count = _mark(out, count, row, run_at, run_end, families)
                        if kind == _GAP:
                            gap = 1
                        else:
                            ended = True
                elif kind == _GAP and gap < _MAX_GAP:
                    gap += 1
                else:
                    ended = True
                if ended:
                    run = False
                    if digits <= 6 and last_digits >= 4 and run_sym - tail_sym <= _EXTENSION:
                        last_end = run_end  # "555-0142-77 ext. 12 office": one number
                    else:
                        last_at, last_end, last_digits = run_at, run_end, digits
                    tail_sym = last_sym
                    named = _label_families(near, run_sym, digits, strict)
                    if run_sym - listed_sym <= LISTED:
                        named |= listed & _long_families(digits, strict)
                    if named:
                        listed, listed_sym = named, last_sym
                    families = named | _run_families(
                        near, run_sym, digits, groups, strict, plus, zeros, dialled
                    )
                    aged = strict and run_sym - near[17] <= _NEAR_AGE
                    if aged and _is_old(data, run_at, run_end):
                        families |= PERSON
                    if digits >= 9:
                        long_sym = last_sym
                    if families:
                        count = _mark(out, count, row, run_at, run_end, families)

            # Tokens.
            if kind in (_LETTER, _DIGIT) or (
                tok_len and (c == 0x2D or c == 0x2E or c == 0x2F or c == 0x5F)
            ):
                if tok_len == 0:
                    tok_at, tok_sym, tok_digits = i, sym, 0
                    iban_first = iban_last = -_FAR
                if kind == _DIGIT:
                    tok_digits += 1
                    if tok_len >= 2 and c1 < 0x80 and CLASSES[c1] == _LETTER:
                        iban_first, iban_last = min(iban_first, sym - 2), sym - 2
                        iban_from = max(begin, i - 6)
                tok_len += 1
            elif tok_len:
                if tok_digits:
                    families = _token_families(
                        near, tok_sym, tok_len, tok_digits, sym - iban_first >= 15
                    )
                    if tok_sym - listed_sym <= LISTED and (tok_digits >= 4 or tok_len >= 6):
                        families |= listed & (ID | RECORD | BANK)
                    if families & (ID | RECORD | BANK):
                        listed |= families & (ID | RECORD | BANK)
                        listed_sym = sym
                    if families:
                        count = _mark(out, count, row, tok_at, i, families)
                if sym - iban_last == 4:
                    iban_groups, iban_at = 1, iban_from
                elif iban_groups and tok_sym == prev_tok_end + 1 and tok_len <= 5:
                    iban_groups += 1
                    if iban_groups >= 4:
                        count = _mark(out, count, row, iban_at, i, BANK)
                    if tok_len != 4:
                        iban_groups = 0
                else:
                    iban_groups = 0
                prev_tok_end = sym
                tok_len = 0

            # Colons of IPv6, "://", "/~", "@" and brackets around "at".
            if colons:
                hexadecimal = kind == _DIGIT or (
                    kind == _LETTER and c != _FOREIGN and (c | 0x20) <= 0x66
                )
                if c == 0x3A:
                    colons += 1
                    double = double or c1 == 0x3A
                elif not hexadecimal and c != 0x2E:
                    if colons >= 2 and (double or colons >= 6):
                        count = _mark(out, count, row, colon_at, i, IP)
                    colons = 0
            elif c == 0x3A:
                colons, double, colon_at = 1, False, i
            if kind == _OTHER or c == 0x2F or c == 0x28:
                if strict and c == 0x2F and (c1 | 0x20) == 0x63:
                    count = _mark(out, count, row, i - 1, min(end, i + 40), PERSON)  # "C/ Mayor"
                if c == 0x40:
                    count = _mark(out, count, row, i, i + width, EMAIL)
                    if sym - near[14] <= _NEAR_URL:
                        count = _mark(out, count, row, i, i + width, URL)
                elif c1 == 0x2F and c == 0x7E:
                    count = _mark(out, count, row, i, i + 1, URL)
                elif c1 == 0x2F and c == 0x2F and c2 == 0x3A:
                    near[14] = sym  # as "www" does
                    if strict:
                        count = _mark(out, count, row, i, i + 1, URL)
                elif c == 0x23:
                    near[4] = sym  # "#" is a number word
                elif c == 0x28 or c == 0x5B or c == 0x7B or c == 0x3C:
                    opener = sym
            elif c == 0x30 and c1 == 0x34 and c2 == 0x25 and sym - near[14] <= _NEAR_URL:
                count = _mark(out, count, row, i, i + 1, URL)  # "%40" is an at sign
            c2, c1 = c1, c
            i += width
            sym += 1
            if kind == _LETTER and not run and not colons and word_len:
                # The rest of a word in ASCII letters changes nothing else.
                first = i
                while i < end and data[i] < 0x80 and CLASSES[data[i]] == _LETTER:
                    word = (word ^ np.uint64(data[i] | 0x20)) * FNV_PRIME
                    i += 1
                if i > first:
                    c2, c1 = c1 if i == first + 1 else int(data[i - 2]), int(data[i - 1])
                    word_len += i - first
                    tok_len += i - first
                    sym += i - first
    return count
