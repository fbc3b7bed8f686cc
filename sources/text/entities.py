"""Named entities that only an external DTD defines, declared without loading any DTD.

Publishers write ``&nbsp;`` or ``&szlig;`` and leave the definition to the DTD on their site.
Reading that DTD would mean trusting the network or a file that the document names; leaving the
entity unresolved loses a character. Here the standard meaning of each name in use is put into the
document's own DOCTYPE, so the parser resolves it where XML says that it should (in text and
attributes, not in CDATA or comments). Names that the document declares itself keep its meaning.

Reference: the names of HTML 5 (which hold the ISO 8879 sets that JATS and MathML use), and the two
Greek sets of ISO 8879 that HTML lacks: ISOgrk1 (``&agr;``) and ISOgrk4 (``&b.alpha;``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.entities import html5
from typing import BinaryIO

_XML = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
# All but numbers and the five names of XML, which nearly all references are.
_REFERENCE = re.compile(rb"&(?!#|amp;|[lg]t;)([A-Za-z][A-Za-z0-9.]{1,31});")
_DECLARED = re.compile(rb"<!ENTITY\s+([A-Za-z][A-Za-z0-9.]{1,31})\s")
_SCANNED = 8 * 1024 * 1024  # bytes searched for names; a longer input gets all names declared
_SPACE = b" \t\r\n"
_GREEK_1 = (
    "a:α b:β g:γ d:δ e:ε z:ζ ee:η th:θ i:ι k:κ l:λ m:μ n:ν x:ξ o:ο p:π r:ρ s:σ sf:ς t:τ u:υ ph:φ "
    "kh:χ ps:ψ oh:ω A:Α B:Β G:Γ D:Δ E:Ε Z:Ζ EE:Η TH:Θ I:Ι K:Κ L:Λ M:Μ N:Ν X:Ξ O:Ο P:Π R:Ρ S:Σ T:Τ "
    "U:Υ PH:Φ KH:Χ PS:Ψ OH:Ω"
)
_GREEK_4 = (
    "alpha beta gamma delta epsi zeta eta thetas iota kappa lambda mu nu xi pi rho sigma sigmav "
    "tau upsi phis chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsi Phi Psi Omega"
)


@cache
def _standard() -> dict[bytes, str]:
    """Every standard name with its characters."""
    names = {name[:-1]: value for name, value in html5.items() if name.endswith(";")}
    for pair in _GREEK_1.split():
        letter, _, value = pair.partition(":")
        names.setdefault(f"{letter}gr", value)
    for name in _GREEK_4.split():
        # Bold is a matter of type here, as it is everywhere else in the text.
        plain = {"epsi": "ε", "thetas": "θ", "phis": "φ", "upsi": "υ", "Upsi": "Υ"}.get(name)
        names.setdefault(f"b.{name}", plain or names[name])
    return {name.encode(): value for name, value in names.items()}


def used_in(data: bytes) -> bool:
    """Whether a document refers to an entity by a name that XML does not define itself."""
    return _REFERENCE.search(data) is not None


def chunks(stream: BinaryIO, size: int, head: bytes = b"") -> Iterator[bytes]:
    """Read an XML document piece by piece, with the standard entities that it uses declared.

    Args:
        stream: Bytes in an encoding that extends ASCII; others (UTF-16) pass unchanged.
        size: Bytes a piece.
        head: What has been read of the stream already.

    Yields:
        The document; pieces of at most `size` bytes but for the first, which also holds the
        declarations. No line is added, so positions in error messages hold.
    """
    head += read(stream, _SCANNED - len(head))
    whole = len(head) < _SCANNED
    used: Iterable[bytes] = set(_REFERENCE.findall(head)) - _XML if whole else _standard()
    position, opening, closing = _insertion(head)
    declared = set(_DECLARED.findall(head, position)) if opening == b"" else set()
    text = _declarations(name for name in used if name not in declared)
    if text:
        yield head[:position] + opening + text + closing
        start = position
    else:
        start = 0
    for begin in range(start, len(head), size):
        yield head[begin : begin + size]
    del head
    while not whole:
        piece = stream.read(size)
        if not piece:
            return
        yield piece


def read(stream: BinaryIO, size: int) -> bytes:
    """Read until `size` bytes or the end; a stream may give less than it is asked for."""
    parts = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _declarations(names: Iterable[bytes]) -> bytes:
    """Entity declarations of the standard names among `names`, in a fixed order."""
    standard = _standard()
    out = []
    for name in sorted(names):
        value = standard.get(name)
        if value is not None and name not in _XML:
            # Escaped twice, so that a less-than sign comes out as text and not as markup.
            code = "".join(f"&#38;#{ord(character)};" for character in value)
            out.append(b'<!ENTITY %s "%s">' % (name, code.encode()))
    return b"".join(out)


def _insertion(head: bytes) -> tuple[int, bytes, bytes]:
    """Where declarations go: position, and what has to stand before and behind them."""
    position = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    while True:
        while head[position : position + 1] in _SPACE and position < len(head):
            position += 1
        if head.startswith(b"<?", position):
            end, length = head.find(b"?>", position), 2
        elif head.startswith(b"<!--", position):
            end, length = head.find(b"-->", position + 4), 3
        elif head.startswith(b"<!DOCTYPE", position):
            return _doctype(head, position)
        else:
            return position, b"<!DOCTYPE article [", b"]>"
        if end < 0:
            return len(head), b"<!DOCTYPE article [", b"]>"
        position = end + length


def _doctype(head: bytes, position: int) -> tuple[int, bytes, bytes]:
    """Place inside a DOCTYPE: in its internal subset where it has one, else in a new one."""
    index = position
    while index < len(head):
        character = head[index : index + 1]
        if character in (b'"', b"'"):
            index = head.find(character, index + 1)
            if index < 0:
                break
        elif character == b"[":
            return index + 1, b"", b""
        elif character == b">":
            return index, b" [", b"]"
        index += 1
    return len(head), b"", b""
