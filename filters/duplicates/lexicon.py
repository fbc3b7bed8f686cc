"""The words that the clinical guard compares, as tables for its kernel.

Closed classes of English stand in ``guard.toml``, names of substances in ``substances.txt`` (from
the chemical lists of PubMed records), stems of drug names in ``guard.toml`` (from the WHO's list).
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from filters.kernels import guard_numbers, guard_special, guard_units
from filters.kernels import guard_words as kernel
from filters.kernels.atoms import NEGATIONS
from filters.kernels.lanes import BUCKET
from filters.kernels.unicode import FOLD, PROPS
from filters.kernels.words import BASE

__all__ = ["Lexicon", "lexicon"]

WORDS = Path(__file__).with_name("guard.toml")
SUBSTANCES = Path(__file__).with_name("substances.txt")

CLASSES = {
    "population": kernel.POPULATION,
    "side": kernel.SIDE,
    "arm": kernel.ARM,
    "negation": kernel.NEGATION,
    "number": kernel.NUMBER,
    "frequency": kernel.FREQUENCY,
    "month": kernel.MONTH,
}

VALUE = 0xFFFFFFF

FIXED = {
    "percent": guard_numbers.PERCENT,
    "hour": guard_numbers.HOUR,
    "day": guard_numbers.DAY,
    "week": guard_numbers.WEEK,
    "fortnight": guard_numbers.FORTNIGHT,
    "month": guard_numbers.MONTH,
    "year": guard_numbers.YEAR,
    "mmhg": guard_units.MMHG,
    "hyper": guard_special.HYPER_VALUE,
    "hypo": guard_special.HYPO_VALUE,
    "positive": guard_special.POSITIVE,
    "negative": guard_special.NEGATIVE,
}
"""Values that the kernel names."""

UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]

# American to British spelling of names of substances; the American one is what is compared.
SPELLINGS: Final = (
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


class _Entries:
    """Entries by word, while they are collected.

    Attributes:
        flags: Class and flags of each word.
        values: What its value is made of: a name, or a number as text.
        often: Words that say how often, to the number of times and the unit of time.
        forms: Units that letter case makes two of, to how these are written.
        compounds: Words for a unit in another one, to both.
        powers: Units with a figure, to the unit and the figure.
    """

    def __init__(self) -> None:
        self.flags: dict[str, int] = {}
        self.values: dict[str, str] = {}
        self.often: dict[str, tuple[int, str]] = {}
        self.forms: dict[str, int] = {}
        self.compounds: dict[str, tuple[str, str]] = {}
        self.powers: dict[str, tuple[str, int]] = {}

    def add(self, word: str, flags: int, kind: int = 0, value: str = "") -> None:
        """Add flags; the first class and value that a word gets are the ones it keeps."""
        entry = self.flags.get(word, 0)
        if kind and not entry >> 28 & 15:
            entry |= kind << 28
        if value:
            self.values.setdefault(word, value)
        self.flags[word] = entry | flags

    def add_groups(self, lines: Iterable[str], flags: int, kind: int = 0) -> None:
        """Add groups of words; the first of a group gives the value of all."""
        for line in lines:
            first, *others = line.split()
            for word in (first, *others):
                self.add(word, flags, kind, first)

    def finished(self) -> dict[str, int]:
        """Return the entries with their values."""
        names = dict.fromkeys(self.values.values())
        hashed = dict(zip(names, _hashes(names), strict=True))
        hashed |= FIXED
        for name, (unit, power) in self.powers.items():
            hashed[name] = _mix(_hashes([unit])[0] * int(BASE) + _whole(power) & 2**64 - 1)
        for name, forms in self.forms.items():
            hashed[name] = hashed[name] & ~0xFF | forms
        for word, value in self.values.items():
            self.flags[word] |= int(value) if value.isdigit() else hashed[value] & VALUE
        for word, (unit, per) in self.compounds.items():
            pair = (self.flags[unit] & VALUE) * int(BASE) + (self.flags[per] & VALUE)
            self.flags[word] |= _mix(pair & 2**64 - 1) & VALUE
        for word, (times, time) in self.often.items():
            self.flags[word] |= _whole(times) + (self.flags[time] & VALUE) & VALUE
        return self.flags


def _words(lists: dict[str, Any]) -> dict[str, int]:
    """Return the entry of each word."""
    found = _Entries()
    for flag, table in ((0, "values"), (kernel.IS_TIMES, "times")):
        for word, value in lists["number"][table].items():
            found.add(word, kernel.IS_NUMBER | flag, 0, str(value))
    for name, kind in CLASSES.items():
        found.add_groups(lists[name]["words"], 0, kind)
    for word in NEGATIONS:
        found.add(word, 0, kernel.NEGATION, word)
    for name, flag in (("less", kernel.IS_LESS), ("more", kernel.IS_MORE)):
        found.add_groups(lists["direction"][name], flag, kernel.DIRECTION)
    for name, flag in (("opening", kernel.IS_OPENING), ("anywhere", kernel.IS_STATE)):
        found.add_groups(lists["state"][name], flag)
    _add_units(found, lists)
    _add_times(found, lists)
    for number, word in enumerate(lists["number"]["roman"], 1):
        # Of the first five also with a letter: `stage IIIA`. Not of six, of which one is `via`.
        for place, letter in enumerate(("", "a", "b", "c", "d") if number <= 5 else ("",)):
            found.add(word + letter, kernel.IS_ROMAN)
            found.values[word + letter] = str(number + 100 * place)
    _add_grammar(found, lists["grammar"])
    for name in _substances(lists):
        for spelling in _spellings(name):
            found.add(spelling, 0, kernel.SUBSTANCE, name)
    for word in (*lists["stems"]["ordinary"], *lists["negation"]["not_prefixed"]):
        found.add(word, kernel.IS_VALUE)
    for prefix, rests in lists["negation"]["prefixed"].items():
        for rest in rests:
            found.add(prefix + rest, 0, kernel.NEGATION, "non")
    return found.finished()


def _add_units(found: _Entries, lists: dict[str, Any]) -> None:
    """Add units of amounts and of time; the value of one with two cases says how these look."""
    found.add_groups(lists["unit"]["time"], kernel.IS_UNIT, kernel.UNIT)
    found.add_groups(lists["unit"]["words"], kernel.IS_UNIT)
    for line in lists["unit"]["words"]:
        name = line.split()[0]
        if name[-1].isdigit():
            found.powers[name] = name[:-1], int(name[-1])
    for word, (unit, per) in lists["unit"]["compound"].items():
        found.add(word, kernel.IS_UNIT)
        found.compounds[word] = unit, per
    for line in lists["unit"]["cased"]:
        word, *forms = line.split()
        found.add(word, kernel.IS_CASED)
        one, other = map(_capitals, forms if len(forms) > 1 else (word, *forms))
        found.forms[found.values[word]] = one | other << 4


def _capitals(form: str) -> int:
    """Return a bit for each capital among the ASCII letters of a unit, the first one lowest."""
    letters = (char for char in form if char.isascii())
    return sum(char.isupper() << place for place, char in enumerate(letters))


def _whole(value: int) -> int:
    """Return the hash that the kernel gives a whole number."""
    return _mix((value * int(BASE) + 1) & 2**64 - 1)


def _add_times(found: _Entries, lists: dict[str, Any]) -> None:
    """Add what says how often, and months."""
    for time in ("hour", "day", "week", "fortnight", "month", "year"):
        for word, times in lists["frequency"][time].items():
            found.add(word, 0, kernel.FREQUENCY)
            found.often[word] = times, time
    for word in ("times", "x"):
        found.add(word, kernel.IS_TIMES)
    found.add("may", kernel.IS_MAY, 0, "may")
    for word in lists["month"]["before_may"]:
        found.add(word, kernel.IS_BEFORE_MAY)
    for word in ("every", "each", "per", "q"):
        found.add(word, kernel.IS_EVERY)
    for word in ("b", "t", "q"):
        found.add(word, kernel.IS_LATIN)


def _add_grammar(found: _Entries, lists: dict[str, list[str]]) -> None:
    """Add words that say how others are to be read."""
    for name, flag in (
        ("statistic", kernel.IS_STATISTIC), ("tail", kernel.IS_TAIL),
        ("designator", kernel.IS_DESIGNATOR), ("arm_designator", kernel.IS_GROUP),
        ("abbreviation", kernel.IS_ABBREVIATION), ("markup", kernel.IS_MARKUP),
        ("label", kernel.IS_LABEL), ("copyright", kernel.IS_COPYRIGHT),
    ):  # fmt: skip
        for word in lists[name]:
            found.add(word, flag)
    for word, flag in (
        ("than", kernel.IS_THAN), ("p", kernel.IS_P), ("value", kernel.IS_VALUE),
        ("values", kernel.IS_VALUE), ("part", kernel.IS_PART), ("per", kernel.IS_PER),
        ("a", kernel.IS_PER), ("each", kernel.IS_PER), ("least", kernel.IS_AT_LEAST),
        ("most", kernel.IS_AT_MOST), ("lt", kernel.IS_ENTITY_LESS), ("gt", kernel.IS_ENTITY_MORE),
    ):  # fmt: skip
        found.add(word, flag)


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
    # Three words for four buckets at most: fuller, a factor that fits is hardly found.
    buckets = 1 << (4 * len(words) // 3).bit_length()
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
