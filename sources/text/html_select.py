"""Which blocks of a page are its main text.

trafilatura says where the main text is; the text itself comes from our own reading of the page
(`sources.text.html_blocks`), so that what the extractor drops or runs together on its way (lists in
cells, footnotes, text straight in a ``div``, spans) is not lost. Three steps:

1. *Found.* Each block gets a mark, one private character before its first letter; what is marked
   in the extractor's result is main text.
2. *Filled.* Blocks in the middle of the main text that the extractor left out belong to it, unless
   they stand in a frame (navigation, sharing, related pages), are made of links, or repeat.
3. *Fallback.* Where all this is less than half of what the page holds outside of its frames, the
   extractor has missed the text, and the latter is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import trafilatura
from lxml.html import HtmlElement

from sources.items import SourceError
from sources.text.html_blocks import Block, Box
from sources.text.html_frames import Frames, boxes_around, is_linked
from sources.text.html_inline import finish

REGION_SHARE = 0.8
"""Part of the found text that the middle of a page holds: the innermost such element is filled."""

FALLBACK_SHARE = 0.5
"""Main text below this share of the text outside frames is taken for missed."""

_REPEATED_CHARS = 40  # a shorter text that a page has twice is a label or button
_MATCH_WORK = 10**9  # blocks times letters that are searched for one another, about a second
_COVERED = 0.5  # of the extractor's text that the page's blocks must account for

_FIRST_MARK, _LAST_MARK = 0xF0000, 0x10FFFD
MARKS = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]")
"""Private characters of planes 15 and 16; none is left in a page when its blocks are marked."""

_NO_LETTER = re.compile(r"[\W_]+")
_DIVISIONS = frozenset(
    ("div", "section", "article", "main", "body", "html", "center", "td", "form")
)


class MainText(NamedTuple):
    """The main text of a page.

    Attributes:
        blocks: Its blocks in page order.
        origin: ``outside_frames`` or ``script_data`` where the extractor had too little of it,
            else empty.
    """

    blocks: Sequence[Block]
    origin: str = ""


def main_text(blocks: Sequence[Block], tree: HtmlElement, url: str | None) -> MainText:
    """Choose the main text of a page.

    Args:
        blocks: All blocks of the page.
        tree: The page they were read from; marks are set in it.
        url: Address of the page where known.

    Returns:
        Chosen blocks; where the main text stands only in data for scripts (JSON), its paragraphs.

    Raises:
        SourceError: ``extractor_failed``.
    """
    _mark(blocks)
    _drop_spans(tree)
    result = _extract(tree, url)
    found = set() if result is None else _found(blocks, result)
    if result is not None and not found and (paragraphs := _from_data(result)):
        return MainText(paragraphs, "script_data")
    if not blocks:
        return MainText(())
    frames = Frames(blocks[0].box)
    chosen = _filled(blocks, found, frames) if found else found
    outside = {index for index, block in enumerate(blocks) if frames.is_outside(block)}
    if _chars(blocks, chosen) < FALLBACK_SHARE * _chars(blocks, outside):
        return MainText(_ending_in_text(blocks, outside), "outside_frames")
    return MainText(_ending_in_text(blocks, chosen))


def _ending_in_text(blocks: Sequence[Block], chosen: set[int]) -> Sequence[Block]:
    """Chosen blocks without headings at the end: what they head was left out."""
    ordered = [blocks[index] for index in sorted(chosen)]
    while ordered and ordered[-1].kind == "head":
        ordered.pop()
    return ordered


def _mark(blocks: Sequence[Block]) -> None:
    for index, block in enumerate(blocks[: _LAST_MARK - _FIRST_MARK]):
        character = chr(_FIRST_MARK + index)
        for element, in_tail in block.spots:
            text = (element.tail if in_tail else element.text) or ""
            blank = len(text) - len(text.lstrip())
            text = f"{text[:blank]}{character}{text[blank:]}"
            if in_tail:
                element.tail = text
            else:
                element.text = text


def _drop_spans(tree: HtmlElement) -> None:
    """Take spans off cells: the extractor writes them out, at the square of what a page claims."""
    for cell in tree.xpath("//*[@colspan or @rowspan]"):
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)


def _extract(tree: HtmlElement, url: str | None) -> HtmlElement | None:
    """Return the body that the extractor makes, its comments and pictures left out."""
    try:
        document = trafilatura.bare_extraction(
            tree,
            url=url,
            output_format="xml",
            include_comments=False,
            include_tables=True,
            include_formatting=False,
        )
    except Exception as error:
        # Whatever third-party heuristics raise on a strange page costs this page alone.
        name = type(error).__name__
        raise SourceError("extractor_failed", f"main-text extraction raised {name}") from None
    return None if document is None else document.body


def _found(blocks: Sequence[Block], result: HtmlElement) -> set[int]:
    """Blocks in the extractor's result: by their marks, else, where it drops these, by text.

    Returns:
        Indices; empty where the blocks do not account for the result.
    """
    text = "".join(map(str, result.itertext()))
    marked = {ord(mark) - _FIRST_MARK for mark in MARKS.findall(text)}
    found = {index for index in marked if index < len(blocks)}
    letters = _letters(text)
    if _letter_count(blocks, found) >= _COVERED * len(letters):
        return found
    if len(blocks) * len(letters) > _MATCH_WORK:
        return set()
    found |= {
        i for i, block in enumerate(blocks) if (key := _letters(block.text)) and key in letters
    }
    return found if _letter_count(blocks, found) >= _COVERED * len(letters) else set()


def _from_data(result: HtmlElement) -> list[Block]:
    """Blocks of a result that is not on the page as elements."""
    box = Box(result, "body", None)
    texts = (finish([MARKS.sub("", "".join(map(str, part.itertext())))]) for part in result)
    return [Block("text", text, 0, box, (), 0, []) for text in texts if text]


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text)


def _letter_count(blocks: Sequence[Block], chosen: set[int]) -> int:
    return sum(len(_letters(blocks[index].text)) for index in chosen)


def _chars(blocks: Sequence[Block], chosen: set[int]) -> int:
    return sum(len(blocks[index].text) for index in chosen)


def _filled(blocks: Sequence[Block], found: set[int], frames: Frames) -> set[int]:
    """Add what the extractor left out in the middle of the main text."""
    region = _region(blocks, found)
    times = Counter(_letters(block.text) for block in blocks)
    seen = {_letters(blocks[index].text) for index in found}
    chosen = set(found)
    for index, block in enumerate(blocks):
        if index in found or frames.is_frame(block.box) or not _is_within(block.box, region):
            continue
        if block.kind != "table" and (
            is_linked(block.linked, len(block.text)) or _in_linked_branch(block.box)
        ):
            continue
        key = _letters(block.text)
        repeated = (
            block.kind == "text" and key and times[key] > 1 and not _is_beside_text(block.box)
        )
        if repeated and (key in seen or len(block.text) < _REPEATED_CHARS):
            continue
        seen.add(key)
        chosen.add(index)
    return chosen


def _region(blocks: Sequence[Block], found: set[int]) -> Box:
    """Return the innermost division with most of the found text; count that text in all boxes.

    It also holds half of the found blocks: a table may outweigh all the rest of a text.
    """
    numbers: Counter[Box] = Counter()
    for index in found:
        for box in boxes_around(blocks[index].box):
            box.kept += len(blocks[index].text)
            numbers[box] += 1
    chars = REGION_SHARE * _chars(blocks, found)
    # Such boxes contain one another, so the innermost has the most around it.
    wide = [box for box in numbers if box.kept >= chars and 2 * numbers[box] >= len(found)]
    region = max(wide, key=lambda box: len(boxes_around(box)))
    while region.parent is not None and region.tag not in _DIVISIONS:
        region = region.parent
    return region


def _is_within(box: Box | None, region: Box) -> bool:
    while box is not None and box is not region:
        box = box.parent
    return box is region


def _in_linked_branch(box: Box) -> bool:
    """Tell whether the largest box around without any main text is made of links."""
    branch: Box | None = None
    current: Box | None = box
    while current is not None and not current.kept:
        branch, current = current, current.parent
    return branch is not None and is_linked(branch.linked, branch.chars)


def _is_beside_text(box: Box) -> bool:
    """Whether found text stands in a box or right beside it."""
    return box.kept > 0 or (box.parent is not None and box.parent.kept > 0)
