"""Blocks of a page as Markdown: headings, lists, quotes, fences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sources.text.html_blocks import QUOTE, Block, Frame

_FENCE = re.compile(r"`{3,}")


def to_markdown(blocks: Sequence[Block]) -> str:
    """Write blocks as Markdown.

    Nothing is escaped: a page's ``<``, ``*`` and ``_`` stand as they are.

    Args:
        blocks: In page order.

    Returns:
        Blocks separated by an empty line, items of one list by a line end, without trailing space.
    """
    out: list[str] = []
    begun: set[Frame] = set()
    before: tuple[Frame, ...] | None = None
    for block in _with_definitions(blocks):
        if before is not None:
            out.append(_gap(before, block.frames, begun))
        first = "".join(_margin(frame, frame in begun) for frame in block.frames)
        further = "".join(_margin(frame, True) for frame in block.frames)
        begun.update(block.frames)
        for number, line in enumerate(_lines(block)):
            out.append(f"\n{further}{line}".rstrip(" ") if number else f"{first}{line}")
        before = block.frames
    return "".join(out)


def _with_definitions(blocks: Sequence[Block]) -> Iterator[Block]:
    """Join the terms of a definition list with what follows: ``- term, other: definition``."""
    term: Block | None = None
    for block in blocks:
        joins = block.kind in ("term", "definition")
        if term is not None and joins and block.frames == term.frames:
            mark = ", " if block.kind == "term" else ": "
            block = replace(block, text=f"{term.text.rstrip(':')}{mark}{block.text}")
            term = None
        if term is not None:
            yield term
        term = block if block.kind == "term" else None
        if term is None:
            yield block
    if term is not None:
        yield term


def _margin(frame: Frame, begun: bool) -> str:
    """What stands at the beginning of a line in a list item or quote."""
    return frame.marker if frame.marker == QUOTE or not begun else " " * len(frame.marker)


def _gap(before: tuple[Frame, ...], frames: tuple[Frame, ...], begun: set[Frame]) -> str:
    """What separates two blocks: a line end before a new item of the list, else an empty line."""
    pairs = list(zip(before, frames, strict=False))
    same_list = any(one.holder is other.holder and one.marker != QUOTE for one, other in pairs)
    if same_list and any(frame not in begun and frame.marker != QUOTE for frame in frames):
        return "\n"
    shared = "".join(_margin(one, True) for one, other in pairs if one is other)
    return f"\n{shared.rstrip()}\n"


def _lines(block: Block) -> list[str]:
    text = block.text
    if block.kind == "head" and all(frame.marker == QUOTE for frame in block.frames):
        return [f"{'#' * block.level} {text}"]
    if block.kind == "code":
        fence = "`" * max(3, *(len(found) + 1 for found in _FENCE.findall(text)), 3)
        return [fence, *text.split("\n"), fence]
    return text.split("\n")
