"""From the label lists and the compiled pass to windows: where the rules look at all."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from filters.kernels import gate as kernel
from filters.pii import labels

_SLOTS = 4096  # about 700 spellings: a table that is a sixth full probes once
_PRIME = 0x100000001B3
_OFFSET = 0xCBF29CE484222325


def word_hash(word: str) -> int:
    """FNV-1a over the UTF-8 of a word, ASCII letters in lower case: the kernel's hash."""
    value = _OFFSET
    for byte in word.encode("utf-8"):
        value = ((value ^ (byte | 0x20 if chr(byte).isascii() else byte)) * _PRIME) & (2**64 - 1)
    return value


def _cases(word: str) -> tuple[str, ...]:
    """Spellings in small letters, capitals and with a capital: the hash folds only ASCII."""
    return word, word.lower(), word.upper(), word.capitalize()


# "plate" stands in every laboratory: these labels are found by their first word.
_PLATES = tuple(phrase.removesuffix(" plate") for phrase in labels.PLATE)


@cache
def word_table() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Hash table of all label words, made of :mod:`filters.pii.labels`.

    Returns:
        ``uint64[4096]`` keys and ``int64[4096]`` class masks, 0 where a slot is empty.
    """
    national = [phrase for phrases in labels.NATIONAL.values() for phrase in phrases]
    classes: list[tuple[int, tuple[str, ...]]] = [
        (
            kernel.W_PHONE,
            labels.PHONE
            + labels.PHONE_WEAK
            + labels.PHONE_VERBS
            + labels.PHONE_REACH
            + labels.PHONE_AFTER
            + labels.PHONE_REACHABLE
            + labels.PHONE_TALK,
        ),
        (
            kernel.W_ID,
            (
                *national,
                *labels.AUSTRIAN,
                *labels.SSN,
                *labels.SSN_SHORT,
                *labels.PERSONAL,
                *labels.DEA,
            ),
        ),
        (
            kernel.W_RECORD,
            labels.RECORD + labels.RECORD_WEAK + labels.RECORD_LONG,
        ),
        (kernel.W_COVER, labels.RECORD_ORDINARY + labels.COVER),
        (kernel.W_ID_WORD, labels.ID_WORDS + labels.RECORD_BARE),
        (kernel.W_QUALIFIER, labels.QUALIFIER + labels.RECORD_CONTEXT),
        (kernel.W_NUMBER, labels.NUMBER),
        (kernel.W_CARD, labels.CARD),
        (kernel.W_BANK, labels.BANK + labels.RIB + labels.ACCOUNT),
        (kernel.W_AT, labels.AT),
        (kernel.W_DOT, labels.DOT),
        (kernel.W_URL, labels.SITES),
        (kernel.W_WWW, labels.HOSTS),
        (
            kernel.W_PERSON,
            (
                *labels.PATIENT_NAME,
                *labels.NAME,
                *labels.NAME_OF,
                *labels.ADDRESS,
                *labels.DEVICE,
                *labels.VIN,
                *_PLATES,
            ),
        ),
        (
            kernel.W_LIFE,
            labels.EVENTS
            + labels.AGES
            + labels.AGES_BEFORE
            + labels.STREETS_BEHIND
            + labels.STREETS_BEFORE
            + labels.STREETS_SHORT,
        ),
        (kernel.W_TOKEN, labels.TOKENS),
        (kernel.W_TITLE, (*labels.TITLES, "M")),
    ]
    masks: dict[int, int] = {}
    for bit, phrases in classes:
        for phrase in phrases:
            word = labels.keyword(phrase)
            forms = (form for w in (word, labels.plain(word)) for form in _cases(w))
            for spelling in forms:
                key = word_hash(spelling)
                masks[key] = masks.get(key, 0) | bit
    keys = np.zeros(_SLOTS, dtype=np.uint64)
    values = np.zeros(_SLOTS, dtype=np.int64)
    for key in sorted(masks):
        slot = key & (_SLOTS - 1)
        while values[slot]:
            slot = (slot + 1) & (_SLOTS - 1)
        keys[slot], values[slot] = key, masks[key]
    return keys, values


def marks(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], strict: bool
) -> npt.NDArray[np.int64]:
    """Run the compiled pass.

    Args:
        data: ``uint8``, bytes behind the rows.
        offsets: ``int64[n + 1]``.
        strict: Whether the strict rules will look at the marks.

    Returns:
        ``int64[m, 4]``: row, first byte, last byte + 1 (both in ``data``), families; sorted by
        row and place.
    """
    keys, masks = word_table()
    near = np.empty(kernel.WORD_CLASSES, np.int64)
    groups = np.empty(kernel.GROUPS, np.int64)
    capacity = max(4096, int(offsets[-1] - offsets[0]) // 256)
    while True:
        out: npt.NDArray[np.int64] = np.empty((capacity, 4), dtype=np.int64)
        found = kernel.scan(data, offsets, keys, masks, strict, out, near, groups)
        if found <= capacity:
            break
        capacity = found
    out = out[:found]
    order: npt.NDArray[np.int64] = np.lexsort((out[:, 3], out[:, 2], out[:, 1], out[:, 0]))
    return np.ascontiguousarray(out[order])
