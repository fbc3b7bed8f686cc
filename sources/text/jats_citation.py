"""Entries of reference lists as a line: the fields of an ``element-citation`` with punctuation of our own.

The standard has no text between the fields of these elements and leaves it to whoever prints them.
They are written as Medline does: authors, title, journal, ``year;volume(issue):pages``, ids. Each
field stands once; those of no place in that order stand as sentences in the order of the source.

Reference: NISO Z39.96 (JATS), ``element-citation``; NLM, Citing Medicine, 2nd edition, chapter 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

Text = Callable[[etree._Element], str]

_NAMES = ("name", "string-name", "collab", "etal", "anonymous")
_PLACE = ("year", "volume", "issue", "fpage", "lpage", "page-range", "elocation-id")
_IDS = ("pub-id", "ext-link", "uri")
_TITLES = ("article-title", "chapter-title", "data-title", "part-title", "trans-title", "source")
_FIELDS = frozenset({
    *_NAMES, *_PLACE, *_IDS, *_TITLES, "person-group", "publisher-name", "publisher-loc", "comment",
    "edition", "series", "month", "day", "conf-name", "conf-date", "conf-loc",
})  # fmt: skip


def is_bare(citation: etree._Element) -> bool:
    """Whether a citation has fields alone, and no text of its own between them."""
    parts = (citation.text, *(child.tail for child in citation))
    return all(part is None or part.isspace() or not part for part in parts)


def is_listed(citation: etree._Element) -> bool:
    """Whether a citation is an entry of a reference list, and no part of a sentence."""
    parent = citation.getparent()
    return parent is not None and parent.tag in ("ref", "citation-alternatives")


def are_fields(one: etree._Element | None, other: etree._Element) -> bool:
    """Whether two elements are fields of a reference, which need a blank between them."""
    return one is not None and one.tag in _FIELDS and other.tag in _FIELDS


def written(citation: etree._Element, text: Text) -> str:
    """Write the fields of a citation as sentences.

    Args:
        citation: ``element-citation`` or the like, with fields alone.
        text: Gives the text of a field.
    """
    fields = [child for child in citation if isinstance(child.tag, str)]
    place: dict[str, str] = {}
    sentences: list[str] = []
    ids: list[str] = []
    at = -1  # behind which sentence the place goes
    names: list[str] = []
    for field in fields:
        tag, content = str(field.tag), " ".join(text(field).split())
        if tag in _NAMES:
            names.append(content)
            continue
        _close(names, sentences)
        if tag == "person-group":
            sentences.append(_group(field, text))
        elif tag in _PLACE and tag not in place:
            place[tag] = content
        elif tag in _IDS:
            ids.append(content)
        elif content:
            sentences.append(content)
            at = len(sentences) if tag == "source" else at
    _close(names, sentences)
    sentences.insert(at if at >= 0 else len(sentences), _placed(place))
    return " ".join([*map(_stopped, filter(None, sentences)), *filter(None, ids)])


def _close(names: list[str], sentences: list[str]) -> None:
    """End the list of names in hand."""
    sentences.append(", ".join(filter(None, names)))
    names.clear()


def _group(group: etree._Element, text: Text) -> str:
    """Names of a ``person-group``; one that has text of its own as it stands."""
    if not is_bare(group):
        return " ".join(text(group).split())
    members = [child for child in group if isinstance(child.tag, str)]
    return ", ".join(filter(None, (" ".join(text(member).split()) for member in members)))


def _placed(place: dict[str, str]) -> str:
    """``2002;106(3):339–346`` of what there is."""
    number = place.get("volume", "")
    if issue := place.get("issue"):
        number += f"({issue})"
    pages = "–".join(filter(None, (place.get("fpage"), place.get("lpage"))))
    spots = ", ".join(filter(None, dict.fromkeys(_spots(place, pages))))
    where = ":".join(filter(None, (number, spots)))
    return ";".join(filter(None, (place.get("year"), where)))


def _spots(place: dict[str, str], pages: str) -> Iterator[str]:
    yield pages
    yield place.get("page-range", "")
    yield place.get("elocation-id", "")


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
