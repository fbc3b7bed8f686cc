"""From the lines of PDF pages to paragraphs: page furniture, hyphens at line ends, headings."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from sources.text.pdf_layout import Line

MARGIN = 0.12
"""Share of the page's height at top and bottom where running heads and page numbers stand."""

REPEATS = 3
"""Pages on which a marginal line stands before it counts as furniture."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DIGITS = re.compile(r"[0-9]+")
_BULLET = re.compile(
    r"(?P<mark>[\u2022\u25aa\u25cf\u25cb\u25a0\u25a1\u25e6\u2023\u2043\u00b7\u2751\u25ba\u27a2\u2713"
    r"\uf0b7\uf0a7\uf0d8\uf0fc]|[\u2013-])\s+(?=\S)"
)
_CONTENTS = re.compile(r"\s[0-9]{1,4}\Z")
_NUMBERED = re.compile(r"(?:[0-9]{1,3}[.)]|\([0-9a-z]{1,3}\)|[a-z][.)])\s+\S")
_ENDS = (".", "!", "?", ":", ";", ".)", ".\u201d", '."')


def page_furniture(pages: list[list[Line]]) -> set[int]:
    """Find running heads, running feet and page numbers.

    A line is furniture where it stands in the upper or lower `MARGIN` and the same line, digits
    aside, stands there on `REPEATS` pages. A line of digits alone must count up with the pages,
    else it may be the cell of a table.

    Args:
        pages: Lines by page.

    Returns:
        ``id`` of each line of furniture.
    """
    seen: dict[str, set[int]] = defaultdict(set)
    offsets: dict[int, set[int]] = defaultdict(set)
    marginal: list[tuple[int, Line, str]] = []
    for number, lines in enumerate(pages):
        for line in lines:
            if MARGIN < line.height < 1 - MARGIN:
                continue
            key = _DIGITS.sub("#", line.text.lower())
            marginal.append((number, line, key))
            seen[key].add(number)
            if line.text.isdigit() and len(line.text) < 6:
                offsets[int(line.text) - number].add(number)
    found = set()
    for number, line, key in marginal:
        if line.text.isdigit():
            repeated = len(line.text) < 6 and len(offsets[int(line.text) - number]) >= REPEATS
        else:
            repeated = len(seen[key]) >= REPEATS and any(c.isalpha() for c in key)
            repeated = repeated or (len(seen[key]) >= REPEATS and "#" in key and len(key) <= 8)
        if repeated:
            found.add(id(line))
    return found


def paragraphs(pages: list[list[Line]], furniture: set[int], skip: str = "") -> str:
    """Join lines to paragraphs, across columns and pages too.

    Args:
        pages: Lines by page.
        furniture: Lines left out, from `page_furniture`.
        skip: Title; lines at the beginning that only repeat it are left out.

    Returns:
        Markdown with an empty line between paragraphs; headings, told by their size, as ``##``.
    """
    kept = [[line for line in lines if id(line) not in furniture] for lines in pages]
    words = _vocabulary(line for lines in kept for line in lines)
    body = _body_size(line for lines in kept for line in lines)
    blocks: list[list[Line]] = []
    for lines in kept:
        edge = _right_edges(lines)
        for line in lines:
            previous = blocks[-1][-1] if blocks else None
            if previous is not None and _continues(previous, line, edge):
                blocks[-1].append(line)
            else:
                blocks.append([line])
    if skip:
        blocks = _without_title(blocks, skip)
    return "\n\n".join(_written(block, words, body) for block in blocks)


def _vocabulary(lines: Iterable[Line]) -> Counter[str]:
    """Lower-case words, without the fragments at line ends and starts."""
    words: Counter[str] = Counter()
    after_hyphen = False
    for line in lines:
        found = [word.lower() for word in _WORD.findall(line.text)]
        if after_hyphen:
            found = found[1:]
        if line.hyphen:
            found = found[:-1]
        words.update(found)
        after_hyphen = line.hyphen
    return words


def _body_size(lines: Iterable[Line]) -> float:
    weights: dict[float, int] = defaultdict(int)
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)


def _right_edges(lines: list[Line]) -> dict[int, float]:
    """Right edge of the column by the left edge of its lines, in steps of 5 points.

    The line at four fifths counts, not the longest: a foot across both columns would make every
    line of the left one look short.
    """
    rights: dict[int, list[float]] = defaultdict(list)
    for line in lines:
        for step in range(-3, 4):
            rights[round(line.left / 5) + step].append(line.right)
    return {key: sorted(ends)[len(ends) * 4 // 5] for key, ends in rights.items()}


def _continues(previous: Line, line: Line, edges: dict[int, float]) -> bool:
    """Tell whether a line goes on with the paragraph of the one drawn before it."""
    if _BULLET.match(line.text):
        return False
    if previous.hyphen:
        return True
    ended = previous.text.endswith(_ENDS)
    if abs(line.size - previous.size) > 0.1 * max(line.size, previous.size):
        # A raised mark at the start of a line is smaller than the text of the same line.
        return abs(line.y - previous.y) < 0.5 * previous.size
    drop = previous.y - line.y
    if drop < -0.5 * line.size or drop > 4 * line.size:  # next column, next page, past a figure
        return not ended and line.text[:1].islower()
    if drop > 1.9 * line.size:
        return False
    if _NUMBERED.match(line.text) and ended:
        return False
    if _CONTENTS.search(previous.text) and _CONTENTS.search(line.text):
        return False  # Lines of a table of contents, rows of numbers.
    edge = edges.get(round(previous.left / 5), previous.right)
    width = max(edge - previous.left, 1.0)
    short = previous.right < edge - 0.15 * width
    indented = line.left > previous.left + 0.8 * line.size
    if ended and (short or indented):
        return False
    if abs(drop) < 0.5 * line.size:
        return True
    if previous.text.endswith(",") or line.text[:1].islower():
        return True
    return not short


def _without_title(blocks: list[list[Line]], title: str) -> list[list[Line]]:
    wanted = _letters(title)
    for index, block in enumerate(blocks[:8]):
        own = _letters(" ".join(line.text for line in block))
        if own and own == wanted:
            return blocks[:index] + blocks[index + 1 :]
    return blocks


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _written(block: list[Line], words: Counter[str], body: float) -> str:
    text = "".join(_joined(block, words))
    bullet = _BULLET.match(text)
    if bullet:
        return f"- {text[bullet.end() :]}"
    size = min(line.size for line in block)
    if body and size > 1.15 * body and len(text) <= 200 and not text.endswith((".", ",")):
        return f"## {text}" if any(c.isalpha() for c in text) else text
    return text


def _joined(block: list[Line], words: Counter[str]) -> Iterator[str]:
    for index, line in enumerate(block):
        yield line.text
        following = block[index + 1].text if index + 1 < len(block) else ""
        if line.hyphen:
            yield "" if following and _joins(line.text, following, words) else "-"
        elif following:
            yield " "


def _joins(left: str, right: str, words: Counter[str]) -> bool:
    """Tell whether a hyphen at a line's end only divides a word.

    Never next to a digit. Else the rest of the document decides: the joined word against the
    hyphenated one; where it has neither, a hyphen between two words of their own is kept.
    """
    if not (left[-1:].isalpha() and right[:1].isalpha()):
        return False
    first = _WORD.findall(left)[-1].lower().rsplit("-", 1)[-1]
    match = _WORD.match(right)
    if match is None:
        return False
    second = match.group().lower().split("-", 1)[0]
    if words[first + second]:
        return True
    if words[f"{first}-{second}"] or right[:1].isupper():
        return False
    return not (len(first) > 1 and words[first] and words[second])
