"""Which lines of a PDF belong together: paragraphs, headings, items of lists, rows of tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sources.text.pdf_layout import INITIAL, Line
from sources.text.pdf_words import Vocabulary

LARGE = 1.15
"""Headings are larger than the text by this factor."""

PATIENCE = 80
"""Lines past which half a word is not waited for: those of a page."""

MAX_HEADING = 100
"""Characters of a heading set in bold."""

BULLET = re.compile(
    r"(?P<mark>[\u2022\u25aa\u25cf\u25cb\u25a0\u25a1\u25e6\u2023\u2043\u00b7\u2751\u25ba\u27a2\u2713\ufffd]"
    r"|[\u2013-])\s+(?=\S)"
)
"""The mark of an item at the beginning of a line."""

_CAPTION = re.compile(r"(?:table|figure|fig\.?|box)\s*[0-9ivx]", re.IGNORECASE)
_CONTENTS = re.compile(r"\s[0-9]{1,4}\Z")
_NUMBERED = re.compile(r"(?:[0-9]{1,3}[.)]|\([0-9a-z]{1,3}\)|[a-z][.)])\s+\S")
_ENDS = (".", "!", "?", ":", ";", ".)", ".\u201d", '."')


@dataclass(frozen=True, slots=True)
class _Page:
    """Measures of a page.

    Attributes:
        edges: Right edge of a column by the left edge of its lines, in steps of 5 points.
        leading: Distance of neighbouring baselines, the median, in points.
        body: Size of most of the document's text, in points.
    """

    edges: dict[int, float]
    leading: float
    body: float

    def edge(self, line: Line) -> float:
        """Right edge of the column in which a line stands."""
        return self.edges.get(round(line.left / 5), line.right)


def gathered(pages: Sequence[list[Line]], words: Vocabulary, body: float) -> list[list[Line]]:
    """Gather lines to blocks, across columns and pages too.

    Half a word waits for its other half past notes, captions and tables.

    Args:
        pages: Lines by page, in reading order.
        words: Words of the document.
        body: Size of most of its text, in points.

    Returns:
        Blocks in order, none empty.
    """
    blocks: list[list[Line]] = []
    current: list[Line] = []
    waiting: list[Line] = []
    waited = 0
    for page in pages:
        lines = _with_initials(page, words)
        measures = _Page(_right_edges(lines), _leading(lines), body)
        for index, line in enumerate(lines):
            waited += 1
            if waiting and waited <= PATIENCE and _completes(waiting[-1], line, words):
                current, waiting = waiting, []
            elif not current or not _continues(current[-1], line, measures, turned=index == 0):
                if current and current[-1].hyphen:
                    waiting, waited = current, 1
                current = []
                blocks.append(current)
            current.append(line)
    return blocks


def is_heading(line: Line) -> bool:
    """Whether a bold line may be a heading: a few words, no sentence, no caption."""
    text = line.text
    return (
        line.cells == 1
        and len(text) <= MAX_HEADING
        and sum(c.isalpha() for c in text) >= 3
        and not text.endswith((".", ",", ";", ":", ")"))
        and not _CAPTION.match(text)
    )


def _with_initials(lines: list[Line], words: Vocabulary) -> list[Line]:
    """Put large initials, which reach over several lines, before the first of these lines."""
    out: list[Line] = []
    for line in lines:
        initial = out[-1] if out else line
        if (
            len(initial.text) == 1
            and initial.text.isalpha()
            and initial.size > INITIAL * line.size
            and initial.left < line.left
            and -0.5 * line.size < line.y - initial.y < initial.size
        ):
            first = line.text.split(" ", 1)[0].lower()
            alone = words.knows(first) and not words.knows(initial.text.lower() + first)
            out[-1] = replace(line, text=initial.text + (" " if alone else "") + line.text)
        else:
            out.append(line)
    return out


def _completes(waiting: Line, line: Line, words: Vocabulary) -> bool:
    return _alike(waiting, line) and words.completes(waiting.text, line.text)


def _alike(one: Line, other: Line) -> bool:
    """Whether two lines are set in about the same size."""
    return abs(one.size - other.size) <= 0.1 * max(one.size, other.size)


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


def _leading(lines: list[Line]) -> float:
    """Distance of neighbouring baselines on a page, the median; in manuscripts two lines."""
    drops = sorted(
        above.y - below.y
        for above, below in pairwise(lines)
        if above.y - below.y > 0.5 * below.size
    )
    return drops[len(drops) // 2] if drops else 0.0


def _continues(previous: Line, line: Line, page: _Page, *, turned: bool) -> bool:
    """Tell whether a line goes on with the paragraph of the one before, on its page or not."""
    if BULLET.match(line.text):
        return False
    drop = previous.y - line.y
    # The next column or page, or past a figure.
    far = drop < -0.5 * line.size or drop > max(4 * line.size, 1.5 * page.leading)
    jumps = turned or far
    if previous.hyphen:
        starts = line.text[:1].isalnum() and not (jumps and line.text[:1].isupper())
        return starts and _alike(previous, line)
    if min(previous.cells, line.cells) > 1:
        return False  # rows of a table
    if not _alike(previous, line):
        # A raised mark at the start of a line is smaller than the text of the same line.
        return not turned and abs(drop) < 0.5 * previous.size
    if jumps:
        return not previous.text.endswith(_ENDS) and line.text[:1].islower()
    if drop > 1.9 * line.size and drop > 1.15 * page.leading:
        return False
    if min(line.size, previous.size) > LARGE * page.body:
        return 0.5 * line.size < drop < 1.5 * line.size and _one_heading(previous, line)
    return _flows(previous, line, page)


def _flows(previous: Line, line: Line, page: _Page) -> bool:
    """Tell whether a line below another one, in its size, is of the same paragraph."""
    ended = previous.text.endswith(_ENDS)
    if previous.bold != line.bold and _starts_paragraph(previous, line):
        return False
    if _NUMBERED.match(line.text) and ended:
        return False
    if _CONTENTS.search(previous.text) and _CONTENTS.search(line.text):
        return False  # Lines of a table of contents, rows of numbers.
    short = _ends_early(previous, line, page.edge(previous))
    indented = line.left > previous.left + 0.8 * line.size
    if ended and (short or indented):
        return False
    beside = abs(previous.y - line.y) < 0.5 * line.size
    flowing = previous.text.endswith(",") or line.text[:1].islower()
    return beside or flowing or not short


def _starts_paragraph(previous: Line, line: Line) -> bool:
    """Whether a change of weight parts two lines: a heading stands on lines of its own."""
    head = previous if previous.bold else line
    return head.cells == 1 and (not previous.bold or line.text[:1].isupper() or is_heading(head))


def _one_heading(previous: Line, line: Line) -> bool:
    """Whether two large lines are one heading: one face, and the first is about as long."""
    return (
        abs(previous.size - line.size) < 0.04 * line.size
        and previous.bold == line.bold
        and previous.right - previous.left > 0.6 * (line.right - line.left)
        and not previous.text.endswith(_ENDS)
    )


def _ends_early(previous: Line, line: Line, edge: float) -> bool:
    """Whether a line ends though the first word of the next one had room: a paragraph's end.

    In unjustified text lines end early wherever a long word follows.
    """
    room = edge - previous.right
    word = line.text.split(" ", 1)[0]
    width = (len(word) + 1) * (line.right - line.left) / max(len(line.text), 1)
    return room > 1.2 * width and room > 0.1 * (edge - previous.left)
