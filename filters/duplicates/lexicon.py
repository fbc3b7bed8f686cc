"""The words that the clinical guard compares, as tables for its kernel.

Closed classes of English stand in ``guard.toml``, names of substances in ``substances.txt`` (from
the chemical lists of PubMed records), stems of drug names in ``guard.toml`` (from the WHO's list).
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filters.kernels import guard_numbers
from filters.kernels import guard_words as kernel
from filters.kernels.atoms import NEGATIONS
from filters.kernels.lanes import BUCKET
from filters.kernels.unicode import FOLD, PROPS

__all__ = ["Lexicon", "lexicon"]

WORDS = Path(__file__).with_name("guard.toml")
SUBSTANCES = Path(__file__).with_name("substances.txt")

CLASSES = {
    "population": kernel.POPULATION,
    "side": kernel.SIDE,
    "arm": kernel.ARM,
    "negation": kernel.NEGATION,
    "number": kernel.NUMBER,
}

VALUE = 0xFFFFFFF

UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]

# American to British spelling of names of substances; the American one is what is compared.
SPELLINGS = (
    ("sulf", "sulph"), ("estr", "oestr"), ("aluminum", "aluminium"), ("cesium", "caesium"),
    ("hem", "haem"),
)  # fmt: skip


class Lexicon(NamedTuple):
    """Tables of `filters.kernels.guard.guard_stream`.

    Attributes:
        table: uint64, buckets of four word hashes without class bit and their four entries (value,
            class, flags); behind them the factor that spreads hashes over buckets.
        stems: uint64[power of two], up to eight last letters of a word, open addressing.
        sieve: uint32, a bit for each word that the guard must look at.
        endings: uint32, by the last three letters of a stem, bits of the letters before them.
        words: What was laid out: word to entry.
    """

    table: UInt64s
    stems: UInt64s
    sieve: UInt32s
    endings: UInt32s
    words: dict[str, int]


@functools.cache
def lexicon() -> Lexicon:
    """Read the lists and lay them out, once a process."""
    with WORDS.open("rb") as stream:
        lists = tomllib.load(stream)
    words = _words(lists)
    suffixes = [stem for stem in lists["stems"]["suffix"] if len(stem) >= 3]
    return Lexicon(_table(words), _stems(suffixes), _sieve(words), _endings(suffixes), words)


def _words(lists: dict[str, Any]) -> dict[str, int]:
    """Return the entry of each word."""
    found: dict[str, int] = {}
    values: dict[str, str] = {}

    def add(word: str, flags: int, kind: int = 0, value: str = "") -> None:
        """Add flags; the first class and value that a word gets are the ones it keeps."""
        entry = found.get(word, 0)
        if kind and not entry >> 28 & 15:
            entry |= kind << 28
        if value:
            values.setdefault(word, value)
        found[word] = entry | flags

    def groups(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
        for line in lines:
            first, *others = line.split()
            yield from ((word, first) for word in (first, *others))

    for word, value in lists["number"]["values"].items():
        add(word, kernel.IS_NUMBER)
        values[word] = str(value)
    for name, kind in CLASSES.items():
        for word, first in groups(lists[name]["words"]):
            add(word, 0, kind, first)
    for word in NEGATIONS:
        add(word, 0, kernel.NEGATION, word)
    for name, flag in (("less", kernel.IS_LESS), ("more", kernel.IS_MORE)):
        for word, first in groups(lists["direction"][name]):
            add(word, flag, kernel.DIRECTION, first)
    for name, flag in (("opening", kernel.IS_OPENING), ("anywhere", kernel.IS_STATE)):
        for word, first in groups(lists["state"][name]):
            add(word, flag, 0, first)
    for word, first in groups(lists["unit"]["words"]):
        add(word, kernel.IS_UNIT, 0, first)
    values["percent"] = str(guard_numbers.PERCENT)
    for number, word in enumerate(lists["number"]["roman"], 1):
        add(word, kernel.IS_ROMAN)
        values[word] = str(number)
    for name, flag in (
        ("statistic", kernel.IS_STATISTIC), ("tail", kernel.IS_TAIL),
        ("designator", kernel.IS_DESIGNATOR), ("arm_designator", kernel.IS_GROUP),
        ("abbreviation", kernel.IS_ABBREVIATION), ("markup", kernel.IS_MARKUP),
        ("label", kernel.IS_LABEL), ("copyright", kernel.IS_COPYRIGHT),
    ):  # fmt: skip
        for word in lists["grammar"][name]:
            add(word, flag)
    for word, flag in (
        ("than", kernel.IS_THAN), ("p", kernel.IS_P), ("value", kernel.IS_VALUE),
        ("values", kernel.IS_VALUE), ("part", kernel.IS_PART), ("per", kernel.IS_PER),
        ("least", kernel.IS_AT_LEAST), ("most", kernel.IS_AT_MOST),
        ("lt", kernel.IS_ENTITY_LESS), ("gt", kernel.IS_ENTITY_MORE),
    ):  # fmt: skip
        add(word, flag)
    for name in _substances(lists):
        for spelling in _spellings(name):
            add(spelling, 0, kernel.SUBSTANCE, name)
    for word in lists["stems"]["ordinary"]:
        add(word, kernel.IS_VALUE)
    hashed = dict(zip(dict.fromkeys(values.values()), _hashes(values.values()), strict=True))
    for word, value in values.items():
        found[word] |= int(value) if value.isdigit() else hashed[value] & VALUE
    return found


def _substances(lists: dict[str, Any]) -> list[str]:
    shipped = SUBSTANCES.read_text("ascii").splitlines()
    return [*lists["substances"]["words"], *(name for name in shipped if name[0] != "#")]


def _spellings(name: str) -> set[str]:
    """Return a name as Americans and as Britons write it."""
    both = {name}
    for american, british in SPELLINGS:
        if british not in name and (name.startswith(american) or american == "sulf"):
            both.add(name.replace(american, british, 1))
    return both


def _hashes(words: Iterable[str]) -> list[int]:
    """Hash distinct words as signing does, in order."""
    distinct = list(dict.fromkeys(words))
    data = np.frombuffer(" ".join(distinct).encode(), np.uint8)
    out = np.empty(len(data) + 2, np.uint32)
    count = kernel.lexicon_hashes(data, PROPS, FOLD, out)
    if count != len(distinct):
        raise ValueError(f"{len(distinct)} entries of the guard's lists make {count} words")
    hashes: list[int] = (out[:count] & np.uint32(0x7FFFFFFF)).tolist()
    return hashes


def _table(words: dict[str, int]) -> UInt64s:
    """Lay entries out in buckets of four of which none overflows."""
    keys = np.array(_hashes(words), np.uint64)
    if len(np.unique(keys)) < len(keys):
        raise ValueError("two words of the guard's lists have one hash")
    buckets = 1 << (len(words) - 1).bit_length()
    for tried in itertools.count(1):
        factor = np.uint64((tried * 0x9E3779B97F4A7C15 & 2**64 - 1) | 1)
        places = (keys * factor >> np.uint64(32)) & np.uint64(buckets - 1)
        if np.bincount(places.astype(np.int64)).max() <= BUCKET:
            break
    table = np.zeros(2 * BUCKET * buckets + 1, np.uint64)
    table[-1] = factor
    for key, place, entry in zip(keys, places.astype(np.int64), words.values(), strict=True):
        slot = 2 * BUCKET * place
        while table[slot]:
            slot += 1
        table[slot], table[slot + BUCKET] = key, entry
    return table


def _stems(suffixes: list[str]) -> UInt64s:
    """Lay stems out by their letters, the last one lowest."""
    size = 1 << (4 * len(suffixes)).bit_length()
    stems = np.zeros(size, np.uint64)
    for suffix in sorted(set(suffixes)):
        key = int.from_bytes(suffix[-8:].encode(), "big")
        slot = _mix(key) & (size - 1)
        while stems[slot]:
            slot = (slot + 1) & (size - 1)
        stems[slot] = key
    return stems


def _sieve(words: dict[str, int]) -> UInt32s:
    """Set a bit for each word that is an event of the guard's walk."""
    sieve = np.zeros(1 << kernel.SIEVE_BITS - 5, np.uint32)
    places = np.array(_hashes(words), np.uint32) & np.uint32((1 << kernel.SIEVE_BITS) - 1)
    for place, entry in zip(places.tolist(), words.values(), strict=True):
        if entry & kernel.EVENTS:
            sieve[place >> 5] |= np.uint32(1 << (place & 31))
    return sieve


def _endings(suffixes: list[str]) -> UInt32s:
    """Set the bits of the letters that stand before the last three of stems."""
    endings = np.zeros(1 << kernel.TAIL_BITS, np.uint32)
    for suffix in suffixes:
        ending = int.from_bytes(suffix[-3:].encode(), "little")
        slot = (ending * kernel.TAIL_FACTOR & 2**32 - 1) >> 32 - kernel.TAIL_BITS
        # Before a stem of three letters may stand any.
        before = 1 << (ord(suffix[-4]) & 31) if len(suffix) > 3 else 2**32 - 1
        endings[slot] |= np.uint32(before)
    return endings


def _mix(value: int) -> int:
    """MurmurHash3's 64-bit finaliser, as the kernel computes it."""
    mask = 2**64 - 1
    value = ((value ^ value >> 33) * 0xFF51AFD7ED558CCD) & mask
    value = ((value ^ value >> 33) * 0xC4CEB9FE1A85EC53) & mask
    return value ^ value >> 33
