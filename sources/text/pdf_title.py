"""The title of a PDF: by its metadata where the text bears them out, else by the size of lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from sources.text.pdf_layout import Line

MAX_TITLE = 300
"""Characters kept of a title."""

_MIN_TITLE = 12
_COVERS = 6
_HEADS = 3  # pages with a head that make it one of the journal
_SLACK = 0.2  # share of its words by which a declared title may be out of step with the print
_BORNE_OUT = 0.8  # share of the words of a declared title that stand together in the text
_NOT_SMALLER = 0.95  # of the size of the text: no title is printed smaller, running heads are
_PRINTED_WORDS = 2_000  # words of the first pages that are looked at
_NO_TITLE = re.compile(
    r"\(?(?:.{0,200}\.(?:docx?|dotx?|odt|rtf|txt|pdf|indd|qx[dpt]|pptx?|xlsx?|tex|dvi|e?ps|ai|p65|fm|cdr"
    r"|pub|html?|xml|pages|wpd)(?:[ _].{0,20})?"
    r"|(?:microsoft|ms) ?(?:office )?(?:word|powerpoint|excel|publisher).{0,200}|powerpoint.{0,200}"
    r"|(?:untitled|unbenannt|sans titre|sin t[ií]tulo|sem t[ií]tulo|senza titolo).{0,20}"
    r"|(?:document|documento|layout|slide|page|print|publication|presentation|folie) ?[0-9]{0,3}"
    r"|.{0,40}\btemplate\b.{0,40}|\S*[_0-9]\S*|.{1,60} [0-9]+\.\.[0-9]+|[\W0-9_]*"
    r"|(?:doi|arxiv|pii)[ :].{0,200}|(?:https?:|www\.).{0,200}|.{0,12})\)?",
    re.IGNORECASE,
)
"""Names of files, templates and programs, numbers and addresses: never the title of a paper."""

_KIND = re.compile(
    r"(?:(?:original|research|review|regular|full|short|brief|case|invited|mini)[ -]?){1,3}"
    r"(?:article|paper|communication|report)s?|editorial|commentary|open access",
    re.IGNORECASE,
)
"""What kind of paper it is: printed above the title, often as large."""


def page_title(declared: str, pages: list[list[Line]], furniture: set[int]) -> str:
    """Title by the metadata where its words stand in the text, else by the size of the lines.

    The metadata often hold the name of a file, of a template or of an earlier paper: they count
    only where their words stand together on the first two pages, outside of running heads and in
    print that is not smaller than the text. Else the largest lines of the first page with text are
    the title.
    """
    declared = " ".join(declared.split())
    if declared and not (_NO_TITLE.fullmatch(declared) or _KIND.fullmatch(declared)):
        common = _common_size([line for lines in pages for line in lines])
        printed = [
            line
            for lines in pages[:2]
            for line in lines
            if id(line) not in furniture and line.size >= _NOT_SMALLER * common
        ]
        if _stands_in(declared, printed):
            return declared[:MAX_TITLE]
    heads = Counter(x.text.lower() for lines in pages for x in lines if id(x) in furniture)
    often = sorted(head for head, count in heads.items() if count >= _HEADS)
    return _largest(pages, furniture, " ".join(often))


def _stands_in(declared: str, lines: list[Line]) -> bool:
    """Whether the words of a title stand together, in their order, in lines of print."""
    wanted = re.findall(r"\w+", declared.lower())
    text = "".join(line.text + ("" if line.hyphen else " ") for line in lines)
    words = re.findall(r"\w+", text.lower())[:_PRINTED_WORDS]
    if not wanted or not words:
        return False
    longest = SequenceMatcher(None, wanted, words, autojunk=False).find_longest_match()
    slack = int(_SLACK * len(wanted))
    begin = max(0, longest.b - longest.a - slack)
    window = words[begin : longest.b + len(wanted) - longest.a + slack]
    matches = SequenceMatcher(None, wanted, window, autojunk=False).get_matching_blocks()
    return sum(match.size for match in matches) >= _BORNE_OUT * len(wanted)


def _largest(pages: list[list[Line]], furniture: set[int], heads: str) -> str:
    """Largest run of lines; one that stands in the running heads is the name of a journal."""
    common = _common_size([line for lines in pages for line in lines])
    for lines in [lines for lines in pages[:_COVERS] if lines][:2]:
        usable = [
            line
            for line in lines
            if id(line) not in furniture
            and sum(c.isalpha() for c in line.text) >= 3
            and not _KIND.fullmatch(line.text)
        ]
        if not usable:
            continue
        found = []
        for size in sorted({line.size for line in usable if line.size > 1.15 * common})[:-4:-1]:
            text = " ".join(_run(usable, size))[:MAX_TITLE]
            found.append(text)
            if text.lower() not in heads and len(text) >= _MIN_TITLE:
                return text
        if found:
            return found[0]
    return ""


def _run(lines: list[Line], size: float) -> Iterator[str]:
    """Text of the first run of neighbouring lines about as large as the largest."""
    started = False
    for line in lines:
        if 0.95 * size <= line.size <= 1.05 * size:
            started = True
            yield line.text
        elif started:
            return


def _common_size(lines: list[Line]) -> float:
    """Size that covers most characters."""
    weights: dict[float, int] = {}
    for line in lines:
        weights[round(line.size, 1)] = weights.get(round(line.size, 1), 0) + len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)
