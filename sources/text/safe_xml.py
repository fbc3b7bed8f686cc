"""XML from outside: nothing beyond the document is loaded, and faults are told by their kind."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from lxml import etree

from sources.items import SourceError
from sources.text import entities

# Entities of the document itself only, nothing from outside, the parser's own limits.
SAFE: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""Arguments of every parser of lxml."""

_CHUNK = 1024 * 1024
_TYPES = etree.ErrorTypes
# After these the parser goes on with text missing, so what it hands out then is not whole.
ENTITY_FAULTS = frozenset(
    {
        _TYPES.ERR_UNDECLARED_ENTITY,
        _TYPES.WAR_UNDECLARED_ENTITY,
        _TYPES.ERR_ENTITY_LOOP,
        _TYPES.ERR_UNPARSED_ENTITY,
        _TYPES.ERR_ENTITY_IS_EXTERNAL,
        _TYPES.ERR_ENTITY_IS_PARAMETER,
    }
)
"""Types of the parser's log that mean an entity without its text."""

ENTITY = "an entity that expands without end, comes from outside or has no definition"
_RESOURCE_LIMIT = 114  # XML_ERR_RESOURCE_LIMIT, without a name in lxml


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def read_tree(stream: BinaryIO, path: str, limit: int) -> etree._Element:
    """Read a whole document.

    Args:
        stream: Its bytes.
        path: Name of the resource, for messages.
        limit: Bytes from which it is refused.

    Returns:
        The root, without comments and processing instructions; standard names of entities that
        only an external DTD defines are resolved.

    Raises:
        SourceError: ``empty``, ``too_large``, ``truncated``, ``not_xml``, ``entity``, ``too_deep``.
    """
    data = entities.read(stream, limit + 1)
    if not data:
        raise SourceError("empty", f"{path}: the file has no content")
    if len(data) > limit:
        raise SourceError("too_large", f"{path}: more than {limit:,} bytes")
    parser = etree.XMLParser(**SAFE)
    try:
        for chunk in entities.chunks(io.BytesIO(data), _CHUNK):
            parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        raise failure(error, path, cut=False) from None
    try:
        root: etree._Element = parser.close()
    except etree.XMLSyntaxError as error:
        raise failure(error, path, cut=True) from None
    for entry in parser.feed_error_log:
        if entry.type in ENTITY_FAULTS:
            raise SourceError("entity", f"{path}, line {entry.line}: {ENTITY}")
    return root


def failure(error: etree.XMLSyntaxError, path: str, cut: bool) -> SourceError:
    """Say what a parser error means.

    Args:
        error: As raised; its message can hold names of the document and is not passed on.
        path: Resource.
        cut: Whether it came at the end of the input: what was open there is then unfinished.
    """
    code: int = getattr(error, "code", 0)  # the stubs do not know it
    message = error.msg or ""
    line = error.position[0] if error.position else 0
    where = f"{path}, line {line}"
    if code in ENTITY_FAULTS or (code == _RESOURCE_LIMIT and "amplification" in message):
        return SourceError("entity", f"{where}: {ENTITY}")
    if code == _RESOURCE_LIMIT and "depth" in message:
        return SourceError("too_deep", f"{where}: more than 256 levels of elements")
    if code == _RESOURCE_LIMIT:
        return SourceError("too_large", f"{where}: a single text of more than 10 MB")
    if cut and code != _TYPES.ERR_DOCUMENT_EMPTY:
        return SourceError("truncated", f"{where}: the file ends inside an element; fetch it again")
    return SourceError("not_xml", f"{where}: not well-formed XML (parser code {code})")
