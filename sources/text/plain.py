"""Markdown and plain text: decoding, front matter, title."""

from __future__ import annotations

import re

from sources.items import SourceError
from sources.text.declared import iso_date, primary_language
from sources.text.page import Page

MAX_BYTES = 256 << 20
"""Larger files are refused: a guideline of 400 pages has 1 MB of text."""

_FRONT_LINES = 200
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t]*:(?:[ \t]+(.*))?\Z")
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def extract_plain(data: bytes, *, markdown: bool) -> Page:
    """Read a Markdown or plain-text file.

    Args:
        data: The file's bytes.
        markdown: Whether a leading ``# title`` and front matter are looked for.

    Returns:
        The text as it stands, line ends unified. Notes hold ``encoding`` where it is not UTF-8,
        and keys of the front matter that have no field of their own.

    Raises:
        SourceError: ``empty``, ``too_large`` or ``not_text``.
    """
    if not data.strip():
        raise SourceError("empty", "an empty file")
    if len(data) > MAX_BYTES:
        raise SourceError("too_large", f"a text of {len(data):,} bytes; limit {MAX_BYTES:,}")
    text, encoding = decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    notes: dict[str, object] = {"encoding": encoding} if encoding != "utf-8" else {}
    front: dict[str, str] = {}
    if markdown:
        front, text = _front_matter(text)
    text = text.strip("\n")
    title = _squeeze(front.get("title", ""))
    if title:
        text = without_title(text, title)
    elif markdown:
        title, text = split_title(text)
    known = ("title", "license", "licence", "date", "url", "lang", "language")
    notes.update({key: value for key, value in front.items() if key not in known})
    return Page(
        text.rstrip(),
        title,
        primary_language(front.get("lang") or front.get("language", "")),
        iso_date(front.get("date", "")),
        front.get("url", ""),
        front.get("license") or front.get("licence", ""),
        notes,
        license_place="front matter",
    )


def decode(data: bytes) -> tuple[str, str]:
    """Decode text: UTF-8, UTF-16 by its mark, else the superset of Latin-1 of Windows.

    Returns:
        Text and the name of the encoding.

    Raises:
        SourceError: ``not_text`` for binary content.
    """
    if data[:2] in _UTF16:
        encoding = _UTF16[data[:2]]
        try:
            return data[2:].decode(encoding), encoding
        except UnicodeDecodeError:
            raise SourceError("not_text", "marked as UTF-16 and is not") from None
    if b"\0" in data:
        raise SourceError("not_text", "binary content in place of text")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def split_title(text: str) -> tuple[str, str]:
    """Take the title off a Markdown text that starts with a heading of level one.

    Returns:
        Title on one line, or empty, and the remaining text.
    """
    body = text.lstrip("\n")
    first, _, rest = body.partition("\n")
    if first.startswith("# ") and first[2:].strip():
        return _squeeze(first[2:].rstrip().rstrip("#")), rest.lstrip("\n")
    underline = rest.partition("\n")[0].rstrip()
    if first.strip() and len(underline) >= 3 and set(underline) == {"="}:
        return _squeeze(first), rest.partition("\n")[2].lstrip("\n")
    return "", text


def without_title(text: str, title: str) -> str:
    """Return a Markdown text without its leading heading where that repeats the title."""
    found, rest = split_title(text)
    return rest if found and _letters(found) == _letters(title) else text


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Read ``key: value`` lines between two lines of three dashes at the very beginning.

    Nested values and lists are left out; anything else between the dashes makes the block text.
    """
    lines = text.split("\n", _FRONT_LINES)
    if lines[0].rstrip() != "---":
        return {}, text
    pairs: dict[str, str] = {}
    for index, line in enumerate(lines[1:_FRONT_LINES], 1):
        if line.rstrip() in ("---", "..."):
            return pairs, "\n".join(lines[index + 1 :])
        match = _PAIR.match(line.rstrip())
        if match:
            value = (match.group(2) or "").strip()
            if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
                value = value[1:-1]
            if value:
                pairs.setdefault(match.group(1).lower(), value)
        elif line.strip() and not line.startswith((" ", "\t", "- ", "#")):
            break
    return {}, text


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
