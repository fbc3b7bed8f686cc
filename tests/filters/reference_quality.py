"""Plain twin of the quality kernel: the definitions of `filters.quality` in slow, clear Python.

It shares the packaged tables of characters and trigrams with the kernel, and nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from filters.kernels.letters import LETTERS
from filters.kernels.unicode import ALPHA, DIGIT, PROPS, SPACE, TERMINAL, UNSPACED, WORD

STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
FEW_LINES = 5
UNSPACED_BELOW = 0x2E80  # scripts that write no blanks between words, but between sentences
SMALL_WORD = 4
LEAST_WORDS, FUNCTION_WORDS, JUDGE_ALL, SPELLINGS = 30, 0.02, 2_048, 64
BOILERPLATE = (
    *("skip to", "skip navigation", "all rights reserved", "copyright", "click here", "log in"),
    *("sign in", "sign up", "subscribe", "unsubscribe", "share this", "back to top", "read more"),
    *("learn more", "view all", "add to cart", "contact us", "about us", "site map", "follow us"),
    *("terms and conditions", "powered by", "your cart", "accept cookies", "accept all cookies"),
    *("enable cookies", "my account", "forgot password"),
)
CITATION = (
    r"^\([0-9]{4}\)[.:]|[0-9]\([0-9]+\)[,:]|[0-9]{4};[0-9]|[0-9]:[0-9]+[-\u2000-\u2fff]"
    r"|10\.[0-9]{4,}/"
)
TAILS = (
    r"[\xa1-\xaa\xac-\xb6\xb8-\xba\xbc-\xbf\u20ac\u201a\u0192\u201e\u2020-\u2022\u2030\u02c6\u02dc"
    r"\u0160\u0178\u017d\u0152]"
)
CLOSING = set("\"')]*_’”»」』）")
POLICIES = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)


def has(char: str, bits: int) -> bool:
    """Tell whether a character has one of some properties."""
    return bool(PROPS[ord(char)] & bits)


def any_has(text: str, bits: int) -> bool:
    """Tell whether any character has one of some properties."""
    return any(has(char, bits) for char in text)


@dataclass
class Token:
    """A word or symbol and where it begins in its line."""

    text: str
    start: int

    @property
    def is_word(self) -> bool:
        """Whether it holds a letter, number or combining mark."""
        return any_has(self.text, WORD)


@dataclass
class Line:
    """A line, its kind (prose, heading, table, markup), list mark and tokens."""

    text: str
    kind: str
    bullet: bool
    tokens: list[Token]

    @property
    def words(self) -> list[str]:
        """Words of the line."""
        return [token.text for token in self.tokens if token.is_word]

    @property
    def is_prose(self) -> bool:
        """Whether the measures of lines look at it."""
        return self.kind == "prose" and bool(self.words)


def ends_sentence(word: str) -> bool:
    """Tell whether a word ends in a terminal mark, closing marks aside."""
    while word and word[-1] in CLOSING:
        word = word[:-1]
    return bool(word) and has(word[-1], TERMINAL)


def ends_in_ellipsis(word: str) -> bool:
    """Tell whether a word ends in an ellipsis."""
    return word.endswith(("...", "…"))


def split(text: str, start: int, separators: str) -> list[Token]:
    """Cut a line into tokens."""
    tokens: list[Token] = []
    current, begun = "", start
    unspaced = False
    for index in range(start, len(text)):
        char = text[index]
        if has(char, SPACE) or char in separators:
            if current:
                tokens.append(Token(current, begun))
            current, unspaced = "", False
            continue
        cut = (has(char, UNSPACED) and any_has(current, WORD)) or (
            unspaced and has(char, ALPHA | DIGIT)
        )
        if cut:
            tokens.append(Token(current, begun))
            current, unspaced = "", False
        if not current:
            begun = index
        current += char
        unspaced = unspaced or has(char, UNSPACED)
    if current:
        tokens.append(Token(current, begun))
    return tokens


def read_line(text: str) -> Line:
    """Classify a line and cut it into tokens."""
    first = next((i for i, char in enumerate(text) if not has(char, SPACE)), len(text))
    rest = text[first:]
    if heading := re.match(r"#{1,6}(?=[ \t]|$)", rest):
        return Line(text, "heading", False, split(text, first + heading.end(), ""))
    if rest.startswith("|") and len(row := strip_ascii(rest)) > 1 and row.endswith("|"):
        return Line(text, "table", False, split(text, first, "|"))
    if re.match(r"```+[^`]*$|~~~+", rest):
        return Line(text, "markup", False, [])
    if re.match(r"[-*+](?=[ \t]|$)", rest) or rest.startswith("•"):
        return Line(text, "prose", True, split(text, first + 1, ""))
    return Line(text, "prose", False, split(text, first, ""))


def strip_ascii(text: str) -> str:
    """Strip ASCII control characters and blanks from the end."""
    return re.sub(r"[\x00-\x20]+$", "", text)


def narrow(token: str) -> bool:
    """Tell whether a token begins with a letter of Thai or another script without word borders."""
    return any_has(token, UNSPACED) and ord(token[0]) < UNSPACED_BELOW


def sentences(line: Line) -> int:
    """Count the sentence ends of a line."""
    total = 0
    for token in line.tokens:
        if token.is_word or len(token.text) == 1:
            total += ends_sentence(token.text)
        if line.kind != "table" and token.is_word:
            total += unmarked_end(line, token) and not ends_sentence(token.text)
    return total


def unmarked_end(line: Line, token: Token) -> bool:
    """Tell whether a word of a script without word borders ends a sentence by a blank."""
    after = token.start + len(token.text)
    ends = after == len(line.text) or line.text[after] <= " "
    return ends and narrow(token.text)


def width(line: Line) -> int:
    """Columns from the first to the last visible character, the list mark aside."""
    wide = sum(
        token.is_word and any_has(token.text, UNSPACED) and not narrow(token.text)
        for token in line.tokens
    )
    return line_length(line) + wide


def _function_words() -> frozenset[str]:
    """Read the packaged list."""
    with (files("filters.kernels") / "letters.npz").open("rb") as stream:
        return frozenset(bytes(np.load(stream)["words"]).decode().split())


FUNCTIONS = _function_words()


def base(char: str) -> int:
    """Return code and bits of a character in the packaged table."""
    return int(LETTERS.bases[ord(char)]) if ord(char) < len(LETTERS.bases) else 0


def trigram_bits(word: str) -> int:
    """Return the bits of the trigrams of a word with its borders."""
    codes = [base(char) & 31 for char in f" {word} "]
    bits = 0
    for one, two, three in zip(codes, codes[1:], codes[2:], strict=False):
        bits |= int(LETTERS.rare[one | two << 5 | three << 10])
    return bits


def broken(word: str) -> bool:
    """Tell whether a digit or symbol stands alone between two letters of an ASCII word."""
    kinds = [base(char) for char in word]
    return not any(kind & 128 for kind in kinds) and any(
        one & 31 and sign & 64 and two & 31
        for one, sign, two in zip(kinds, kinds[1:], kinds[2:], strict=False)
    )


def misread(word: str) -> bool:
    """Tell whether a character above ASCII looks like the first byte of another one."""
    for place, char in enumerate(word):
        before = base(word[place - 1]) if place else 0
        small = bool(before & 31) and not before & 32
        behind = word[place + 1] if place + 1 < len(word) else ""
        tail = bool(re.match(TAILS, behind))
        quote = bool(re.match(r"[\u2013-\u201d\u2026\u2039\u203a]", behind))
        if (
            char == "\ufffd"
            or (char in "ÂÃ" and (small or tail or quote))
            or (
                "\xc4" <= char <= "\xef"
                and char != "×"
                and tail
                and behind not in "ªº"
                and (behind not in "²³µ¹" or char in "ÎÏÐÑ")
            )
            or (char in "√├┬" and small and behind >= "\xa0")
            or (char == "¬" and small and behind >= "\xa0")
        ):
            return True
        if char == "/":
            return False
    return False


def garbled(line: Line, token: Token) -> bool:
    """Tell whether a word bears a trace of wrong decoding."""
    word = token.text.split("/")[0]
    behind = line.text[token.start + len(token.text) :]
    escapes = r"^\?[a-z]{2}|[a-z]\?[a-z]|&#[0-9A-F]+;|&[a-z]{5,};|=[C-F][0-9A-F]|\\u00.|%C[0-9A-F]%"
    cut = word == token.text and re.search(r"[a-z]\?$", word) and re.match(" [a-z]", behind)
    return bool(re.search(escapes, word) or cut) or misread(word)


def letter_shares(running: list[Line], size: int) -> dict[str, float | None]:
    """Measure odd, strange and garbled words of the lines outside tables."""
    every, turn = 1 + size // JUDGE_ALL, 0
    lettered = known = wrong = torn = judged = odd = strange = 0
    met: list[str] = []
    for line in running:
        for token in line.tokens:
            word = token.text
            if not any_has(word, ALPHA):
                continue
            lettered += 1
            if word.isascii() and re.fullmatch(r"[A-Za-z .,;:()'\"-]+", word):
                known += word in FUNCTIONS
                turn += 1
                letters = re.sub(r"^[^A-Za-z]+", "", word)
                if turn >= every and 3 <= len(word) <= 16:
                    turn = 0
                    if letters[1:] == letters[1:].lower():
                        judged += 1
                        spelling = re.sub("[^a-z]", " ", word.lower()).rstrip()
                        if trigram_bits(word) and spelling not in met[:SPELLINGS]:
                            met.append(spelling)
                            odd += trigram_bits(word) & 1
                            strange += trigram_bits(word) >> 1
                continue
            torn += word.isascii() and not re.search("[A-Z]", word) and broken(word)
            wrong += garbled(line, token)
    total = judged + torn / every
    enough = total >= LEAST_WORDS
    spoken = enough and known >= FUNCTION_WORDS * lettered
    return {
        "odd_words": (odd + torn / every) / total if spoken else None,
        "strange_words": (strange + torn / every) / total if enough else None,
        "garbled_words": ratio(wrong, lettered),
    }


def is_names(line: Line) -> bool:
    """Tell whether a line is a list of names or titles."""
    words = line.words
    small = any(len(word) >= SMALL_WORD and "a" <= word[0] <= "z" for word in words)
    return len(words) > 1 and not small and 2 * sum("A" <= w[0] <= "Z" for w in words) > len(words)


def is_notice(line: Line) -> bool:
    """Tell whether a line has a notice or control of a page."""
    sign = any(re.match(r"[^A-Za-z]*©", token.text) for token in line.tokens)
    return sign or phrase_at(line, (*BOILERPLATE, *POLICIES, "javascript"))


def citations(line: Line) -> int:
    """Count the marks of references in a line."""
    return sum(
        any_has(token.text, DIGIT) and len(token.text) > 5 and bool(re.search(CITATION, token.text))
        for token in line.tokens
    )


def phrase_at(line: Line, phrases: tuple[str, ...]) -> bool:
    """Tell whether a phrase begins at the first ASCII letter of any token of a line."""
    lowered = re.sub(r"[A-Z]", lambda found: found[0].lower(), line.text)
    for token in line.tokens:
        letter = re.search(r"[A-Za-z]", token.text)
        if letter and lowered.startswith(phrases, token.start + letter.start()):
            return True
    return False


def seen_before(elements: list[str]) -> list[bool]:
    """For each element, whether it stood earlier in the list."""
    seen: set[str] = set()
    result = []
    for element in elements:
        result.append(element in seen)
        seen.add(element)
    return result


def top_share(words: list[str], n: int, visible: int) -> float:
    """Share of characters in the most frequent n-gram."""
    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    if not grams or not visible:
        return 0.0
    gram, count = Counter(grams).most_common(1)[0]
    return min(count * sum(map(len, gram)) / visible, 1.0) if count > 1 else 0.0


def repeat_share(words: list[str], n: int, visible: int) -> float:
    """Share of characters in repeated n-grams on a greedy walk."""
    seen: set[tuple[str, ...]] = set()
    chars = place = 0
    while place + n <= len(words):
        gram = tuple(words[place : place + n])
        if gram in seen:
            chars += sum(map(len, gram))
            place += n
        else:
            seen.add(gram)
            place += 1
    return chars / visible if visible else 0.0


def ratio(part: float, whole: float) -> float:
    """Divide, 0 by 0 is 0."""
    return part / whole if whole else 0.0


def defined(part: float, whole: float, least: int = 1) -> float | None:
    """Divide; what is a share of too little is not defined."""
    return part / whole if whole >= least else None


def measure(text: str) -> dict[str, float | None]:
    """Measure one text; the keys are the columns of `filters.quality.QUALITY`."""
    lines = [read_line(line) for line in text.split("\n")]
    running = [line for line in lines if line.kind in ("prose", "heading")]
    words = [word for line in running for word in line.words]
    letters = "".join(token.text for line in running for token in line.tokens)
    spaced = [word for word in words if not any_has(word, UNSPACED)]
    newlines = sum(line.kind != "table" for line in lines[:-1])
    return (
        {"chars": len(text), "newlines_per_word": ratio(newlines, len(words))}
        | counts(lines)
        | shares_of_words(running, words, spaced, letters)
        | shares_of_lines([line for line in lines if line.is_prose])
        | repeated_lines(lines, len(letters))
        | {f"top_{n}gram": top_share(words, n, len(letters)) for n in (2, 3, 4)}
        | {
            f"dup_{n}gram": None
            if 2 * len(spaced) < len(words)
            else repeat_share(words, n, len(letters))
            for n in (3, 5, 6, 7, 8, 9, 10)
        }
        | kinds_of_lines(lines)
        | letter_shares(running, len(text.encode()))
    )


def counts(lines: list[Line]) -> dict[str, float | None]:
    """Return what is counted over all lines, tables too."""
    words = [word for line in lines for word in line.words]
    return {
        "words": len(words),
        "lines": sum(bool(line.words) for line in lines),
        "sentences": sum(sentences(line) for line in lines),
        "stop_words": len({word.lower() for word in words if word.isascii()} & STOP_WORDS),
        "max_word_length": max(map(len, words), default=0),
        "curly_braces": sum(
            len(re.findall(r"(?<![\^_])\{", token.text)) for line in lines for token in line.tokens
        ),
        "javascript_lines": sum(phrase_at(line, ("javascript",)) for line in lines),
        "policy_lines": sum(phrase_at(line, POLICIES) for line in lines),
        "lorem_ipsum": sum(phrase_at(line, ("lorem ipsum",)) for line in lines),
    }


def shares_of_words(
    running: list[Line], words: list[str], spaced: list[str], letters: str
) -> dict[str, float | None]:
    """Return the shares of words and characters of running text."""
    ellipses = sum(
        token.text.count("...") + token.text.count("…") for line in running for token in line.tokens
    )
    whole = len(spaced) if 2 * len(spaced) >= len(words) else 0
    return {
        "mean_word_length": defined(sum(map(len, spaced)), whole),
        "alpha_words": defined(sum(any_has(word, ALPHA) for word in words), len(words)),
        "hash_ratio": ratio(letters.count("#"), len(words)),
        "ellipsis_ratio": ratio(ellipses, len(words)),
        "digits": ratio(sum(has(char, DIGIT) for char in letters), len(letters)),
        "non_ascii": ratio(sum(char > "\x7f" for char in letters), len(letters)),
    }


def shares_of_lines(prose: list[Line]) -> dict[str, float | None]:
    """Return the shares of lines of prose by how they begin, end and how wide they are."""
    last = [line.tokens[-1].text for line in prose]
    return {
        "bullet_lines": defined(sum(line.bullet for line in prose), len(prose), FEW_LINES),
        "ellipsis_lines": defined(sum(map(ends_in_ellipsis, last)), len(prose), FEW_LINES),
        "terminal_lines": defined(sum(map(ends_line, prose)), len(prose), FEW_LINES),
        "short_lines": defined(sum(width(line) <= 30 for line in prose), len(prose), FEW_LINES),
    }


def repeated_lines(lines: list[Line], letters: int) -> dict[str, float | None]:
    """Return the shares of lines and blocks of lines that stood before."""
    passages: list[tuple[str, int]] = []
    blocks: list[tuple[str, int]] = []
    open_block = False
    for line in lines:
        if line.is_prose:
            tokens = [token.text for token in line.tokens]
            key, size = repr(tokens), sum(map(len, tokens))
            passages.append((key, size))
            if open_block:
                blocks[-1] = (blocks[-1][0] + key, blocks[-1][1] + size)
            else:
                blocks.append((key, size))
        open_block = line.is_prose
    shares: dict[str, float | None] = {}
    for whole, chars, found in (
        ("dup_lines", "dup_line_chars", passages),
        ("dup_paragraphs", "dup_paragraph_chars", blocks),
    ):
        again = seen_before([key for key, _ in found])
        shares[whole] = ratio(sum(again), len(found))
        repeated = sum(size for (_, size), dup in zip(found, again, strict=True) if dup)
        shares[chars] = ratio(repeated, letters)
    return shares


def kinds_of_lines(lines: list[Line]) -> dict[str, float | None]:
    """Return the shares of tables, menus, names, notices and references."""
    running = [line for line in lines if line.kind in ("prose", "heading")]
    prose = [line for line in lines if line.is_prose]
    words = sum(len(line.words) for line in running)
    all_words = sum(len(line.words) for line in lines)
    menu = sum(len(line.words) for line in prose if width(line) <= 30 and not ends_line(line))
    few = len(prose) < FEW_LINES
    return {
        "table_words": ratio(all_words - words, all_words),
        "menu_words": None if few else ratio(menu, words),
        "name_lines": defined(sum(map(is_names, prose)), len(prose), FEW_LINES),
        "boilerplate_lines": defined(sum(map(is_notice, prose)), len(prose), FEW_LINES),
        "reference_lines": defined(sum(citations(x) > 0 for x in prose), len(prose), FEW_LINES),
        "citation_marks": ratio(sum(map(citations, running)), words),
    }


def ends_line(line: Line) -> bool:
    """Tell whether a line ends as a sentence does."""
    last = line.tokens[-1]
    return ends_sentence(last.text) or (last.is_word and unmarked_end(line, last))


def line_length(line: Line) -> int:
    """Code points from the first to the last visible one, the list mark aside."""
    first, last = line.tokens[0], line.tokens[-1]
    return last.start + len(last.text) - first.start
