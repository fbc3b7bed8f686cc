"""Plain twin of the quality kernel: the definitions of `filters.quality` in slow, clear Python.

It shares the packaged table of character properties with the kernel, and nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from filters.kernels.unicode import ALPHA, DIGIT, PROPS, SPACE, TERMINAL, UNSPACED, WORD

STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
FEW_LINES = 5
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
    tokens = [token.text for line in running for token in line.tokens]
    words = [word for line in running for word in line.words]
    all_words = [word for line in lines for word in line.words]
    letters = "".join(tokens)
    prose = [line for line in lines if line.is_prose]
    last = [line.tokens[-1].text for line in prose]
    keys = [repr([token.text for token in line.tokens]) for line in prose]
    sizes = [sum(len(token.text) for token in line.tokens) for line in prose]
    blocks: list[tuple[str, int]] = []
    open_block = False
    for line in lines:
        if line.is_prose:
            key, size = (
                repr([token.text for token in line.tokens]),
                sum(len(t.text) for t in line.tokens),
            )
            if open_block:
                blocks[-1] = (blocks[-1][0] + key, blocks[-1][1] + size)
            else:
                blocks.append((key, size))
        open_block = line.is_prose
    again = seen_before(keys)
    blocks_again = seen_before([key for key, _ in blocks])
    newlines = sum(line.kind != "table" for line in lines[:-1])
    result: dict[str, float | None] = {
        "words": len(all_words),
        "chars": len(text),
        "lines": sum(bool(line.words) for line in lines),
        "sentences": sum(map(ends_sentence, all_words)),
        "stop_words": len({word.lower() for word in all_words if word.isascii()} & STOP_WORDS),
        "max_word_length": max(map(len, all_words), default=0),
        "curly_braces": sum(
            len(re.findall(r"(?<![\^_])\{", token.text)) for line in lines for token in line.tokens
        ),
        "javascript_lines": sum(phrase_at(line, ("javascript",)) for line in lines),
        "policy_lines": sum(phrase_at(line, POLICIES) for line in lines),
        "lorem_ipsum": sum(phrase_at(line, ("lorem ipsum",)) for line in lines),
        "mean_word_length": defined(sum(map(len, words)), len(words)),
        "alpha_words": defined(sum(any_has(word, ALPHA) for word in words), len(words)),
        "hash_ratio": ratio(letters.count("#"), len(words)),
        "ellipsis_ratio": ratio(
            sum(token.count("...") + token.count("…") for token in tokens), len(words)
        ),
        "digits": ratio(sum(has(char, DIGIT) for char in letters), len(letters)),
        "non_ascii": ratio(sum(char > "\x7f" for char in letters), len(letters)),
        "newlines_per_word": ratio(newlines, len(words)),
        "bullet_lines": defined(sum(line.bullet for line in prose), len(prose), FEW_LINES),
        "ellipsis_lines": defined(sum(map(ends_in_ellipsis, last)), len(prose), FEW_LINES),
        "terminal_lines": defined(sum(map(ends_sentence, last)), len(prose), FEW_LINES),
        "short_lines": defined(
            sum(line_length(line) <= 30 for line in prose), len(prose), FEW_LINES
        ),
        "dup_lines": ratio(sum(again), len(prose)),
        "dup_line_chars": ratio(
            sum(size for size, dup in zip(sizes, again, strict=True) if dup), len(letters)
        ),
        "dup_paragraphs": ratio(sum(blocks_again), len(blocks)),
        "dup_paragraph_chars": ratio(
            sum(size for (_, size), dup in zip(blocks, blocks_again, strict=True) if dup),
            len(letters),
        ),
    }
    for n in (2, 3, 4):
        result[f"top_{n}gram"] = top_share(words, n, len(letters))
    for n in range(5, 11):
        result[f"dup_{n}gram"] = repeat_share(words, n, len(letters))
    if 10 * sum(has(char, UNSPACED) for char in text) > len(text):
        spaced = ("mean_word_length", "sentences", "terminal_lines", "short_lines")
        result |= dict.fromkeys((*spaced, *(f"dup_{n}gram" for n in range(5, 11))))
    return result


def line_length(line: Line) -> int:
    """Code points from the first to the last visible one, the list mark aside."""
    first, last = line.tokens[0], line.tokens[-1]
    return last.start + len(last.text) - first.start
