"""Abstracts with a few tags of HTML in plain text, as Europe PMC writes them, to Markdown.

The text around the tags is no HTML: it has bare comparison signs (``p <.01``), so only the names
that are known are tags and everything else stays. Raised and lowered text is resolved as in a
paper; a heading stands before its section as the label does in PubMed's abstracts.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from sources.text import scripts
from sources.text.markup import collapse, printable

_TAG = re.compile(
    r"<(/?)(h[1-6]|p|br|li|ul|ol|sup|sub|i|b|u|em|strong|italic|bold|sc)(?: [^<>]{0,200})?\s*/?>",
    re.IGNORECASE,
)
_SCRIPTS = {
    ("", "sup"): scripts.SUP_OPEN, ("/", "sup"): scripts.SUP_CLOSE,
    ("", "sub"): scripts.SUB_OPEN, ("/", "sub"): scripts.SUB_CLOSE,
}  # fmt: skip
_BREAK, _HEAD, _ITEM = "\x0e", "\x0f", "\x10"
_MARKS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def line(text: str) -> str:
    """Return a title with such tags as one line of Markdown."""
    return " ".join(block.text for block in _blocks(text))


def blocks(text: str) -> list[str]:
    """Return an abstract as paragraphs and lists of Markdown; headings as ``Label: text``."""
    out: list[str] = []
    label = ""
    for block in _blocks(text):
        if block.kind == _HEAD:
            if label:
                out.append(label)
            label = block.text.rstrip(": ")
            continue
        words = f"{label}: {block.text}" if label else block.text
        label = ""
        if block.kind == _ITEM and out and out[-1].startswith("- "):
            out[-1] += f"\n- {words}"
        else:
            out.append(f"- {words}" if block.kind == _ITEM else words)
    return [*out, label] if label else out


class _Block(NamedTuple):
    """A stretch between breaks: its kind (heading, item, or a paragraph) and its text."""

    kind: str
    text: str


def _blocks(text: str) -> list[_Block]:
    marked = _TAG.sub(_mark, _MARKS.sub("", text))
    out = []
    for part in re.split(f"(?=[{_BREAK}{_HEAD}{_ITEM}])", marked):
        kind = part[:1] if part[:1] in (_BREAK, _HEAD, _ITEM) else _BREAK
        words = scripts.resolve(collapse(html.unescape(part.lstrip(_BREAK + _HEAD + _ITEM))))
        # A script that a break cut in two has lost its partner.
        words = printable(_MARKS.sub("", words)).strip()
        if words:
            out.append(_Block(kind, words))
    return out


def _mark(match: re.Match[str]) -> str:
    slash, name = match[1], match[2].lower()
    if name in ("sup", "sub"):
        return _SCRIPTS[slash, name]
    if name[0] == "h":
        return _BREAK if slash else _HEAD
    if name == "li":
        return _BREAK if slash else _ITEM
    return _BREAK if name in ("p", "br", "ul", "ol") else ""
