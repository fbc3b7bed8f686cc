"""From the blocks of a PDF to Markdown: paragraphs, headings and items of lists."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from sources.text.pdf_blocks import BULLET, LARGE, gathered, is_heading
from sources.text.pdf_layout import Line
from sources.text.pdf_words import Vocabulary

_NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")


def paragraphs(pages: list[list[Line]], furniture: set[int], skip: str = "") -> tuple[str, bool]:
    """Join lines to paragraphs, across columns and pages too.

    Mending hyphens and ligatures must not touch a number: a paragraph whose numbers it would change
    stands with its hyphens as they are.

    Args:
        pages: Lines by page.
        furniture: Lines left out, from `sources.text.pdf_furniture`.
        skip: Title; lines at the beginning that only repeat it are left out.

    Returns:
        Markdown with an empty line between paragraphs; headings, told by their size, as ``##``;
        and whether mending was undone anywhere.
    """
    kept = [[line for line in lines if id(line) not in furniture] for lines in pages]
    words = Vocabulary(line for lines in kept for line in lines)
    body = _body_size(line for lines in kept for line in lines)
    blocks = gathered(kept, words, body)
    if skip:
        blocks = _without_title(blocks, skip)
    written = [_written(block, words, body) for block in blocks]
    return "\n\n".join(text for text, _ in written), any(undone for _, undone in written)


def _body_size(lines: Iterable[Line]) -> float:
    weights: dict[float, int] = defaultdict(int)
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)


def _without_title(blocks: list[list[Line]], title: str) -> list[list[Line]]:
    """Leave out the title where it stands as a block, or over a few, near the beginning."""
    wanted = _letters(title)
    for begin in range(min(8, len(blocks))):
        own = ""
        for end in range(begin, min(begin + 4, len(blocks))):
            own += _letters(" ".join(line.text for line in blocks[end]))
            if own == wanted:
                return blocks[:begin] + blocks[end + 1 :]
    return blocks


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _written(block: list[Line], words: Vocabulary, body: float) -> tuple[str, bool]:
    plain = "".join(_joined(block, None))
    mended = words.mended("".join(_joined(block, words)))
    undone = Counter(_NUMBER.findall(plain)) != Counter(_NUMBER.findall(mended))
    return _marked(plain if undone else mended, block, body), undone


def _marked(text: str, block: list[Line], body: float) -> str:
    """Mark a list item or heading as Markdown has it."""
    bullet = BULLET.match(text)
    if bullet:
        return f"- {text[bullet.end() :]}"
    size = min(line.size for line in block)
    if len(block) <= 2 and all(line.bold and is_heading(line) for line in block):
        return f"## {text}" if size > 0.95 * body else text
    if body and size > LARGE * body and len(text) <= 200 and not text.endswith((".", ",")):
        return f"## {text}" if any(c.isalpha() for c in text) else text
    return text


def _joined(block: list[Line], words: Vocabulary | None) -> Iterator[str]:
    """Join the lines of a block; without a vocabulary every hyphen stays."""
    for index, line in enumerate(block):
        yield line.text
        following = block[index + 1].text if index + 1 < len(block) else ""
        if line.hyphen:
            joins = following and words is not None and words.joins(line.text, following)
            yield "" if joins else "-"
        elif following:
            yield " "
