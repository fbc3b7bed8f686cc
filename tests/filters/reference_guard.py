"""The clinical guard's stream in plain Python, from its definitions (docs/guard.md), word by word."""

from __future__ import annotations

import re

from filters.kernels import guard_words as kernel
from tests.filters.reference_amounts import (
    FIGURES,
    VALUE,
    Amounts,
    Sentence,
    entries,
    pair,
    whole,
)
from tests.filters.reference_gaps import GE, LE, LESS, MORE, blanks, read_gap
from tests.filters.test_signatures import BASE, MASK, mix, plain_hash

HYPER, HYPO, POSITIVE, NEGATIVE = 0x5EC0DE4, 0x5EC0DE5, 0x5EC0DE7, 0x5EC0DE8


class Walk(Amounts):
    """A walk through a text, word by word."""

    def close(self) -> None:
        """End the sentence; a copyright line is dropped."""
        if self.now.tokens and not (self.now.rights >= 2 and self.now.tokens <= 40):
            self.stream += [self.now.header(), *self.now.atoms]
        self.now = Sentence()
        self.letters = self.p_words = self.before = 0

    def skipped(self) -> bool:
        """Skip the name of a tag, or an entity that stands for a comparator."""
        behind = self.gaps[self.at + 1]
        tag = re.search("</?$", self.gap)
        if self.has(self.at, kernel.IS_MARKUP) and tag and behind.startswith(">"):
            found, compared = read_gap(self.gap[: tag.start()], self.opens())
            self.signs |= found - {"sign", "point", "joined"}
            self.compared = compared or self.compared
            self.move(self.at + 1, behind[1:])
            return True
        entity = kernel.IS_ENTITY_LESS | kernel.IS_ENTITY_MORE
        if self.has(self.at, entity) and self.gap.endswith("&"):
            self.signs |= read_gap(self.gap[:-1], self.opens())[0] & {"ends", "breaks"}
            self.compared = LESS if self.has(self.at, kernel.IS_ENTITY_LESS) else MORE
            self.move(self.at + 1)
            return True
        return False

    def opens(self) -> bool:
        """Tell whether the gap is the beginning of the text."""
        return self.at == 0

    def label_end(self) -> int:
        """Return the word behind a section label of six words at most."""
        for word in range(self.at + 1, min(len(self.words), self.at + 7)):
            found, _ = read_gap(self.gaps[word], False)
            if found & {"colon", "line"}:
                return word
            if not self.has(word, kernel.IS_LABEL) or "ends" in found:
                break
        return self.at

    def sign(self) -> None:
        """Note what a sign says that is glued to the word before."""
        after = re.match(
            r"(?s)(?P<open>[{^$*_]*)(?:\((?P<held>[+-])(?!(?<=\+)/-)[)/]|(?P<sign>[+-])(?!(?<=\+)/-)"
            r"(?P<close>[}^$*_]*)(?P<rest>.*))",
            self.gap,
        )
        if not after or not self.at or not self.now.tokens:
            return
        beside = self.words[self.at] if self.at < len(self.words) and not after["rest"] else b""
        named = bool(self.now.atoms) and self.now.atoms[-1] >> 28 == kernel.IDENTIFIER
        if after["held"]:
            read = True
        elif "^" in after["open"]:
            glued = b"" if after["close"] else beside
            read = not (glued if "{" in after["open"] else re.match(b"[0-9]", glued))
        elif after["sign"] == "+":
            read = named or not beside
        else:
            # A full stop ends the sentence, or the text; it is no decimal point.
            rest, ends = after["rest"], self.at == len(self.words)
            read = not beside and bool(re.match(r"\Z|[]),;/\x00]|</|\.(?s:.)", rest))
            read |= rest == "." and ends
        if read and (named or not re.match(rb"[ -9]", self.words[self.at - 1])):
            plus = "+" in (after["held"] or after["sign"])
            if self.letters:
                self.put(kernel.IDENTIFIER, self.letters)
            self.put(kernel.DIRECTION, POSITIVE if plus else NEGATIVE)

    def step(self) -> None:
        """Read one word and what belongs to it."""
        self.sign()
        if self.skipped():
            return
        found, compared = read_gap(self.gap, self.opens())
        self.signs |= found
        self.compared = compared or self.compared
        ends = "breaks" in self.signs or ("ends" in self.signs and not self.short)
        if ends and self.now.tokens:
            self.close()
        if "rights" in self.signs:
            self.now.rights += 2
        if self.has(self.at, kernel.IS_LABEL) and (not self.now.tokens or "line" in self.signs):
            behind = self.label_end()
            if behind > self.at:
                self.move(behind)
                self.signs, self.compared = set(), 0
                return
        self.now.tokens += 1
        self.seen += 1
        word, numeric = self.at, False
        self.move(word + 1)
        first = FIGURES.search(self.words[word])
        digit = bool(self.hashes[word] >> 31)
        start = first.start() if first else -1
        if digit and start and not (first and self.statistic(word, start)):
            self.identifier(word, start)
        elif digit:
            self.number(word, start)
            numeric = True
        elif self.has(word, kernel.IS_NUMBER):
            self.in_words(word)
        else:
            self.plain(word)
        short = self.has(word, kernel.IS_ABBREVIATION) or len(self.words[word]) == 1
        self.short = short and not numeric
        self.before = self.entries[word]
        self.signs = set()

    def plain(self, word: int) -> None:
        """Read a word without a digit."""
        entry, hashed = self.entries[word], self.hashes[word]
        kind = entry >> 28 & 15
        self.part = False
        waits = kernel.IS_VALUE | kernel.IS_THAN | kernel.IS_LESS | kernel.IS_MORE
        if self.p_words and not entry & waits:
            self.p_words -= 1
        self.letters = 0 if kind else hashed
        stroke = self.gaps[word] == "/" and self.gaps[word + 1][:1] != "^"
        opening = entry & kernel.IS_OPENING
        if (opening or entry & kernel.IS_STATE) and self.seen <= (4 if opening else 40):
            self.put(kernel.STATE, entry)
            kind = -1
        if entry & kernel.IS_DESIGNATOR:
            name, last = self.names(word)
            if last > word:
                self.put(kernel.ARM if entry & kernel.IS_GROUP else kernel.IDENTIFIER, name)
                self.now.tokens += last - word - 1
                self.letters, kind = 0, -1
                self.move(last + 1)
        elif entry & (kernel.IS_EVERY | kernel.IS_LATIN | kernel.IS_MAY):
            if self.timed(word):
                self.letters, kind = 0, -1
                self.now.tokens += self.at - 1 - word
        elif entry & kernel.IS_UNIT and kind in (0, kernel.UNIT) and word and stroke:
            if self.is_rate(word):
                self.put(kernel.FREQUENCY, whole(1) + (entry & VALUE))
            else:
                self.put(kernel.UNIT, entry)
            kind = -1
        if kind > 0:
            self.put(kind, entry)
        elif entry & kernel.IS_PART and self.seen <= 40 and word + 1 < len(self.words):
            self.part = True
            if self.has(word + 1, kernel.IS_ROMAN):
                number = self.entries[word + 1] & VALUE
                self.put(kernel.STATE, mix((number * BASE + 1) & MASK))
                self.part = False
                self.move(word + 2)
        elif kind == 0:
            self.content(word)
        self.leave(entry)

    def names(self, word: int) -> tuple[int, int]:
        """Read the letters or Roman numbers behind a word: their value, the last word."""

        def fits(place: int) -> bool:
            single = len(self.words[place]) == 1 and not self.hashes[place] >> 31
            return single or self.has(place, kernel.IS_ROMAN)

        if not self.near(word + 1) or not fits(word + 1):
            return 0, word
        last = word + 1
        value, roman = pair(self.hashes[word], self.hashes[last]), self.has(last, kernel.IS_ROMAN)
        while last + 1 < len(self.words):
            place, joint = last + 1, self.gaps[last + 1].strip("\t\n\x0b\x0c\r ")
            if self.gaps[place].count("\n") > 1 or re.match(r"\s*\n\s*-", self.gaps[place]):
                break
            if self.words[place] in (b"to", b"and", b"or") and joint in ("", ","):
                joint, place = self.words[place].decode(), place + 1
                gap = self.gaps[place]
                if place == len(self.words) or gap.strip("\t\n\x0b\x0c\r ") or gap.count("\n") > 1:
                    break
            elif joint not in ("-", "/", ",", "&"):
                break
            article = self.words[place] == b"a" and self.gaps[place] not in ("-", "/", "&")
            symbol = article or self.has(place, kernel.IS_STATISTIC)
            if not fits(place) or roman != self.has(place, kernel.IS_ROMAN):
                break
            if symbol and not roman:
                break
            value = pair(value + (joint in ("-", "to")), self.hashes[place])
            last = place
        return value, last

    def timed(self, word: int) -> bool:
        """Note the month of ``in May``, or how often ``b.i.d.`` or ``every other day`` are."""
        entry, behind = self.entries[word], word + 1
        if entry & kernel.IS_MAY:
            dated = behind < len(self.words) and 0 < len(self.gaps[behind]) <= 2
            dated = dated and bool(self.hashes[behind] >> 31)
            before = self.has(word - 1, kernel.IS_BEFORE_MAY) and blanks(self.gaps[word])
            if dated or before:
                self.put(kernel.MONTH, entry)
            return dated or before
        latin = self.words[behind : word + 3] == [b"i", b"d"] and self.gaps[behind] == "."
        if entry & kernel.IS_LATIN and latin and self.gaps[word + 2] == ".":
            times = {b"b": 2, b"t": 3, b"q": 4}[self.words[word]]
            self.put(kernel.FREQUENCY, whole(times) + (entries()[b"day"] & VALUE))
            self.move(word + 3)
            return True
        once = self.words[word : word + 2] == [b"q", b"d"] and self.gaps[behind] == "."
        if once and self.gaps[behind + 1].startswith("."):
            self.put(kernel.FREQUENCY, whole(1) + (entries()[b"day"] & VALUE))
            self.move(behind + 1)
            return True
        if not entry & kernel.IS_EVERY or not self.near(behind):
            return False
        if self.is_time(behind):
            self.put(kernel.FREQUENCY, whole(1) + (self.entries[behind] & VALUE))
            self.move(behind + 1)
            return True
        figure = self.hashes[behind] >> 31 or self.has(behind, kernel.IS_NUMBER)
        figure = figure or entry & kernel.IS_PER
        if figure or not self.near(behind + 1) or not self.is_time(behind + 1):
            return False
        time = self.entries[behind + 1] & VALUE
        self.put(kernel.FREQUENCY, pair(self.hashes[behind], time))
        self.move(behind + 2)
        return True

    def content(self, word: int) -> None:
        """Note a word that the header may have, and what it begins with."""
        text = self.words[word]
        if len(text) >= 7 and text.startswith(b"non") and not self.entries[word]:
            self.put(kernel.NEGATION, entries()[b"non"])
            self.now.tokens += 1
            stem = entries().get(text[3:], 0)
            if stem >> 28 & 15:
                self.put(stem >> 28 & 15, stem)
            else:
                self.now.content.append(mix(plain_hash(text[3:])) >> 42)
            return
        if len(text) >= 4:
            self.now.content.append(mix(self.hashes[word]) >> 42)
        if len(text) >= 8 and text.startswith(b"hypo"):
            self.put(kernel.DIRECTION, HYPO)
        elif len(text) >= 8 and re.match(rb"(?s)hy.er", text):
            self.put(kernel.DIRECTION, HYPER)

    def leave(self, entry: int) -> None:
        """Leave to the next word what this one says of it."""
        self.compared = 0
        if entry & kernel.IS_THAN:
            less, more = self.before & kernel.IS_LESS, self.before & kernel.IS_MORE
            self.compared = LESS if less else MORE if more else 0
        elif entry & kernel.IS_AT_LEAST:
            self.compared = GE
        elif entry & kernel.IS_AT_MOST:
            self.compared = LE
        if entry & kernel.IS_P:
            self.p_words = 3
        if entry & kernel.IS_COPYRIGHT:
            self.now.rights += 1


def plain_stream(text: str) -> list[int]:
    """Return the guard stream of a text."""
    walk = Walk(text)
    while walk.at < len(walk.words):
        walk.step()
    walk.sign()
    walk.close()
    return walk.stream
