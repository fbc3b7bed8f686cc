"""Words, numbers and units in plain Python, as the clinical guard reads them (docs/guard.md).

It shares with the kernel the lists of words and the hashes, and nothing else: gaps are strings read by
regular expressions, numbers are strings of figures.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, field

from filters.duplicates import lexicon as lists
from filters.kernels import guard_words as kernel
from tests.filters.reference_gaps import blanks, split
from tests.filters.test_signatures import BASE, MASK, mix, plain_hash

VALUE = 0xFFFFFFF
PERCENT, DEGREE, MILLE = 0x5EC0DE1, 0x5EC0DE2, 0x5EC0DE3
RATES = ("hour", "day", "week", "fortnight", "month", "year")
NEAR = 64
FIGURES = re.compile(rb"[0-9]+")


@functools.cache
def entries() -> dict[bytes, int]:
    """Return the lexicon by folded word."""
    return {split(word)[0][0]: entry for word, entry in lists.lexicon().words.items()}


@functools.cache
def stems() -> tuple[bytes, ...]:
    """Return the endings of substances; of long ones the last eight letters count."""
    with lists.WORDS.open("rb") as stream:
        suffixes = tomllib.load(stream)["stems"]["suffix"]
    return tuple(suffix[-8:].encode() for suffix in suffixes)


@functools.cache
def entry_of(word: bytes) -> int:
    """Return the entry of a word; one that ends in a stem is a substance of its own."""
    if word in entries():
        return entries()[word]
    ends = any(word.endswith(stem) and len(stem) < len(word) for stem in stems())
    letters = not re.search(rb"[ -?]", word)
    if len(word) >= 6 and letters and ends:
        return kernel.SUBSTANCE << 28 | (plain_hash(word) & VALUE)
    return 0


@functools.cache
def forms() -> dict[bytes, tuple[str, str]]:
    """Return the two ways to write each unit of which letter case makes two."""
    with lists.WORDS.open("rb") as stream:
        lines = [line.split() for line in tomllib.load(stream)["unit"]["cased"]]
    return {split(line[0])[0][0]: (line[-2], line[-1]) for line in lines}


def whole(value: int) -> int:
    """Hash a whole number."""
    return mix((value * BASE + 1) & MASK)


def pair(first: int, second: int) -> int:
    """Hash two values together."""
    return mix((first * BASE + second) & MASK)


@dataclass
class Sentence:
    """What is known of the sentence so far."""

    atoms: list[int] = field(default_factory=list)
    tokens: int = 0
    rights: int = 0
    content: list[int] = field(default_factory=list)

    def header(self) -> int:
        """Return the minimum hash of the content words and the number of tokens."""
        lowest = min([int(kernel.LOWEST), *self.content])
        return lowest << 6 | min(self.tokens, 63)


class Amounts:
    """A place in a text, and how a number is read there with what belongs to it."""

    def __init__(self, text: str) -> None:
        self.words, self.gaps, self.written = split(text)
        self.hashes = [plain_hash(word) for word in self.words]
        self.entries = [entry_of(word) for word in self.words]
        self.stream: list[int] = []
        self.now = Sentence()
        self.seen = 0
        self.at = 0
        self.gap = self.gaps[0]
        self.signs: set[str] = set()
        self.compared = self.p_words = self.before = self.letters = self.time = 0
        self.part = self.short = False

    def put(self, kind: int, value: int) -> None:
        """Note an atom."""
        self.now.atoms.append(kind << 28 | (value & VALUE))

    def has(self, word: int, flag: int) -> bool:
        """Tell whether there is such a word and its entry has a flag."""
        return 0 <= word < len(self.words) and bool(self.entries[word] & flag)

    def is_time(self, word: int) -> bool:
        """Tell whether a word is a unit of time without a number."""
        return word < len(self.words) and self.entries[word] >> 28 & 15 == kernel.UNIT

    def rates(self) -> set[int]:
        """Return the values of the times in which something is done so often."""
        return {entries()[rate.encode()] & VALUE for rate in RATES}

    def is_rate(self, word: int) -> bool:
        """Tell whether a word is such a time."""
        return self.entries[word] & VALUE in self.rates()

    def near(self, word: int) -> bool:
        """Tell whether there is such a word and nothing but blanks before it."""
        return word < len(self.words) and blanks(self.gaps[word])

    def move(self, word: int, gap: str | None = None) -> None:
        """Go on to a word; what is left of the gap before it may be given."""
        self.at = word
        self.gap = self.gaps[word] if gap is None else gap

    def figures(
        self, word: int, start: int, point: bool, spaced: bool
    ) -> tuple[int, int, int, bool]:
        """Read a number: hash of its value, last word, end in it, whether it has a fraction."""
        whole, part, fraction, grouped = "", "", point, ""
        while True:
            run = FIGURES.match(self.words[word], start)
            if run and fraction:
                part += run.group().decode()
            elif run:
                whole += run.group().decode()
            end = run.end() if run else start
            following = FIGURES.match(self.words[word + 1]) if word + 1 < len(self.words) else None
            last = end == len(self.words[word])
            gap = self.gaps[word + 1]
            if not last or not following or len(gap) != 1 or fraction:
                break
            group = " " if gap == "\n" else gap
            thousands = group == "," or (spaced and group == " ")
            thousands &= self.words[word + 1] == following.group()
            thousands &= len(following.group()) == 3 and int(whole or "0") > 0
            if thousands and (grouped == group or (not grouped and len(whole) <= 3)):
                grouped = group
            elif gap in ".,·":
                fraction = True
            else:
                break
            word, start = word + 1, 0
        part = part.rstrip("0")
        value = int(whole + part or "0")
        return mix((value * BASE + len(part) + 1) & MASK), word, end, fraction

    def statistic(self, word: int, start: int) -> bool:
        """Tell whether a number is glued to a statistic: ``OR4.38``, ``p0.05``."""
        entry = entries().get(self.words[word][:start], 0)
        _, last, end, fraction = self.figures(word, start, False, False)
        rest = self.words[last][end:]
        often = last == word and entry & kernel.IS_EVERY and entries().get(rest, 0) & kernel.IS_UNIT
        named = entry & kernel.IS_STATISTIC and not rest and (fraction or start > 1)
        if not named and not often:
            return False
        self.signs -= {"sign", "point", "joined"}
        if entry & kernel.IS_P:
            self.p_words = 3
        return True

    def identifier(self, word: int, start: int) -> None:
        """Note a word with letters before a digit: ``il6``."""
        value, last = self.hashes[word], word
        if self.has(word, kernel.IS_UNIT):
            value = self.entries[word] & VALUE
        elif start > 0:
            hashed, used, end, _ = self.figures(word, start, False, False)
            if end == len(self.words[used]):
                prefix = plain_hash(self.words[word][:start]) & 0x7FFFFFFF
                value, last = pair(prefix, hashed), used
        self.put(kernel.IDENTIFIER, value)
        self.move(last + 1)
        self.letters = self.compared = 0

    def in_words(self, word: int) -> None:
        """Read a number in words."""
        amount, last = self.entries[word] & VALUE, word
        if 20 <= amount < 100 and self.has(word + 1, kernel.IS_NUMBER):
            ones = self.entries[word + 1] & VALUE
            if 0 < ones < 10 and blanks(self.gaps[word + 1]):
                amount, last = amount + ones, word + 1
        times = self.has(word, kernel.IS_TIMES)
        self.amount(whole(amount), word, last, b"", True, False, times)

    def number(self, word: int, start: int) -> None:
        """Read a number in figures."""
        point = "point" in self.signs and start == 0
        hashed, last, end, _ = self.figures(word, start, point, self.spaced(word, start))
        rest = self.words[last][end:]
        entry = entries().get(rest, 0) if rest else 0
        tail = not rest or bool(entry & (kernel.IS_UNIT | kernel.IS_TAIL))
        self.amount(
            hashed, word, last, rest if entry & kernel.IS_UNIT else b"", tail, True, rest == b"x"
        )

    def spaced(self, word: int, start: int) -> bool:
        """Tell whether a blank may stand before the thousands of a number."""
        names = kernel.IS_DESIGNATOR | kernel.IS_UNIT
        if ("joined" in self.signs and self.letters) or self.before & names or start:
            return False
        row = word and re.fullmatch("[\t-\r ]", self.gaps[word])
        return not (row and self.words[word - 1][-1:].isdigit())

    def negative(self, word: int) -> bool:
        """Tell whether the word before a number makes it negative."""
        if "dash" in self.signs:
            return self.has(word - 1, kernel.IS_BEFORE_MAY | kernel.IS_STATISTIC)
        return self.near(word) and self.words[word - 1 : word] == [b"minus"]

    def amount(
        self,
        hashed: int,
        first: int,
        last: int,
        glued: bytes,
        tail: bool,
        numeric: bool,
        times: bool,
    ) -> None:
        """Note a number that ends in a word, with the unit behind it."""
        if self.negative(first):
            self.signs.add("sign")
        joined = bool("joined" in self.signs and self.letters and numeric)
        if "sign" in self.signs and not joined:
            hashed = mix(hashed)
        named = not tail or joined
        if self.compared and (named or not self.part):
            self.put(kernel.COMPARATOR, self.compared)
        self.move(last + 1)
        if not tail:
            self.put(kernel.IDENTIFIER, pair(hashed, self.hashes[last]))
            if re.match("[)}]?/", self.gaps[last + 1]):
                self.put_unit(*self.unit(last, 0, False))
        elif named:
            self.put(kernel.IDENTIFIER, pair(self.letters, hashed))
        elif self.part:
            self.put(kernel.STATE, hashed)
        else:
            self.measured(hashed, last, glued, times)
        self.letters = self.compared = self.p_words = 0
        self.part = False

    def measured(self, hashed: int, last: int, glued: bytes, times: bool) -> None:
        """Note a number with the unit behind it, or with what says how often."""
        value, word = self.unit(last, entries()[glued] if glued else 0, times)
        unit = glued or self.words[word]
        if (value and unit == b"times") or (times and not value):
            often = self.often(self.at)
            if often:
                self.now.tokens += self.at - 1 - last
                self.put(kernel.FREQUENCY, often + hashed)
                return
        self.put(kernel.P_VALUE if self.p_words else kernel.NUMBER, hashed)
        alone = unit == b"mm" and word + 1 == self.at and self.near(self.at)
        if alone and self.words[self.at] == b"hg":
            value, unit = entries()[b"mmhg"], b""
            self.move(self.at + 1)
        self.put_unit(value, word, unit)

    def put_unit(self, value: int, word: int, unit: bytes = b"") -> None:
        """Note the unit that was read behind a number, and in which time there is so much."""
        if value:
            self.now.tokens += 1
            self.put(kernel.UNIT, value)
            self.case(unit, word)
        if self.time:
            self.put(kernel.FREQUENCY, whole(1) + self.time)

    def often(self, word: int) -> int:
        """Read ``daily`` or ``a day``: what a number of times is added to, 0 for none."""
        stroke = self.gap == "/" and word < len(self.words) and self.is_rate(word)
        if not stroke and (not self.near(word) or self.gap != self.gaps[word]):
            return 0
        entry = self.entries[word]
        if self.gap == "/":
            self.move(word + 1)
            return entry & VALUE
        if entry >> 28 & 15 == kernel.FREQUENCY:
            self.move(word + 1)
            return ((entry & VALUE) - whole(1)) & MASK
        behind = word + 1
        per = self.has(word, kernel.IS_PER | kernel.IS_EVERY)
        if not per or not self.near(behind) or not self.is_time(behind):
            return 0
        self.move(behind + 1)
        return self.entries[behind] & VALUE

    def case(self, unit: bytes, word: int) -> None:
        """Note which of two units one is that differ in letter case alone, where that is known."""
        if unit not in forms():
            return
        written = self.written[word][-len(unit) :]
        letters = bytes(byte for byte in written if byte < 128)
        if letters.decode() not in ["".join(filter(str.isascii, form)) for form in forms()[unit]]:
            return
        if letters.islower():
            known = re.search(rb"[A-Z]", b"".join(self.written)) is not None
        elif letters[:1].isupper():
            behind = b"".join(self.written[word + 1 : word + 2])
            known = self.small_before(word, len(unit))
            titled = re.match(rb"(?s)[A-Z][a-\xff]{2}", behind) and blanks(self.gaps[word + 1])
            known = known and not titled
        else:
            known = True
        if known:
            capitals = sum((65 <= byte <= 90) << place for place, byte in enumerate(letters))
            self.put(kernel.CASE, pair(entries()[unit] & VALUE, capitals))

    def small_before(self, word: int, size: int) -> bool:
        """Tell whether there is a small letter shortly before the unit that ends a word."""
        read = self.written[word][:-size]
        while word >= 0 and len(read) < NEAR:
            read = b" " * len(self.gaps[word]) + read
            word -= 1
            read = (self.written[word] if word >= 0 else b"") + read
        return re.search(rb"[a-z]", read[-NEAR:]) is not None

    def unit(self, word: int, glued: int, times: bool) -> tuple[int, int]:
        """Read the unit behind a number and move behind it: its value, 0 for none; its word."""
        value, first, self.time, gap = glued & VALUE, word, 0, self.gaps[word + 1]
        opened = not (value or times) and re.fullmatch("[)}]?/", gap)
        if not value and not opened:
            place = 1 if gap.startswith(" ") else 0
            sign = {"%": PERCENT, "‰": MILLE}.get(gap[place : place + 1], 0)
            if sign:
                self.move(word + 1, gap[place + 1 :])
                return sign, word
            found, degree = self.unit_word(word)
            if not found:
                return DEGREE if degree else 0, word
            glued = self.entries[found]
            value, word = self.power(found)
            first = word
        while not glued & kernel.IS_TIMES and word + 1 < len(self.words):
            behind = word + 1
            if blanks(self.gaps[behind]) and self.has(behind, kernel.IS_PER):
                behind += 1
            elif self.gaps[behind] != "/" and not (opened and word == first):
                break
            if not self.has(behind, kernel.IS_UNIT):
                break
            part, word = self.power(behind)
            if part in self.rates() and not self.time:
                self.time = part
            else:
                value = pair(value, part) & VALUE
        self.move(word + 1)
        return value, first

    def power(self, word: int) -> tuple[int, int]:
        """Read a unit, perhaps with a raised figure behind it: its value, its last word."""
        behind = self.words[word + 1] if word + 1 < len(self.words) else b""
        if self.gaps[word + 1] != "^" or not re.fullmatch(b"[0-9]", behind):
            return self.entries[word] & VALUE, word
        return pair(self.hashes[word], whole(int(behind))) & VALUE, word + 1

    def unit_word(self, word: int) -> tuple[int, bool]:
        """Find a unit behind a number, perhaps in a tag: its place, 0 for none; a degree sign."""
        behind, gap, clear = word + 1, self.gaps[word + 1], True
        if behind >= len(self.words):
            return 0, False
        tagged = gap.endswith("<") and self.gaps[behind + 1].startswith(">")
        if tagged and self.has(behind, kernel.IS_MARKUP) and behind + 1 < len(self.words):
            clear = blanks(gap[:-1])
            behind, gap = behind + 1, self.gaps[behind + 1][1:]
        read = re.match(r"[\t-\r \-°]*", gap).group() if clear else ""
        degree = "°" in read or (not clear and gap.startswith("°"))
        if clear and read == gap and self.has(behind, kernel.IS_UNIT):
            return behind, degree
        return 0, degree
