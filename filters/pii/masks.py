"""Where masks stand in a masked text: what the ledger says of them, never what they replaced.

Masking goes on in rounds (`filters.pii.redact`); the places of the masks of former rounds move with
each further one. The words of a Markdown link that are all mask become the mask itself:
``[a@b.org](https://b.org)`` reads ``[EMAIL](https://b.org)``, and where the target is masked too,
``[a@b.org](mailto:a@b.org)`` reads ``[EMAIL]``, not ``[[EMAIL]](mailto:[EMAIL])``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Sequence
from typing import NamedTuple

import pyarrow as pa

from filters.pii.labels import TOKENS
from filters.pii.scan import Hit

MASKS = pa.list_(
    pa.struct(
        [
            ("field", pa.string()),
            ("item", pa.int32()),
            ("line", pa.int32()),
            ("place", pa.int64()),
            ("entity", pa.string()),
            ("rule", pa.string()),
        ]
    )
)
"""Type of the ledger's column ``masks``: the fields of `Place`."""


class Place(NamedTuple):
    """One mask of a document.

    Attributes:
        field: Column in which it stands; of metadata with the key behind a dot.
        item: Index in a column of lists; None for other columns.
        line: Line of the masked value, from 1; None where the value is no text as it is published
            (metadata, and ids, which are replaced as a whole).
        place: Code point of the masked value at which the token begins, from 0; None as for `line`.
        entity: Token without brackets.
        rule: Name of the rule or of the recogniser.
    """

    field: str
    item: int | None
    line: int | None
    place: int | None
    entity: str
    rule: str


class Standing(NamedTuple):
    """A mask in a text: byte at which its token begins, entity and rule."""

    start: int
    entity: str
    rule: str

    @property
    def end(self) -> int:
        """Byte behind the token."""
        return self.start + len(self.entity) + 2


_ANY = rb"\[(" + "|".join(TOKENS).encode() + rb")\]"
_TOKEN = re.compile(_ANY.decode())
_LINK = re.compile(
    rb"\[[*_` ]{0,4}" + _ANY + rb"[*_` ]{0,4}\]"
    rb"(?:\(<?(?:[A-Za-z][A-Za-z0-9+.-]{1,15}:(?://)?)?\[(?:" + "|".join(TOKENS).encode() + rb")\]"
    rb"[^()\s]{0,400}(?: \"[^\"\n]{0,200}\")?\)|(?=\())"
)
"""The words of a link that are one token, and its target where that begins with one, too."""


def applied(text: bytes, hits: Sequence[Hit]) -> bytes:
    """Put tokens in the place of hits, which are disjoint and in order."""
    pieces = []
    at = 0
    for hit in hits:
        pieces += [text[at : hit.start], f"[{hit.entity}]".encode()]
        at = hit.end
    return b"".join([*pieces, text[at:]])


def moved(before: Sequence[Standing], hits: Sequence[Hit]) -> list[Standing]:
    """Say where the masks of a text stand once further hits of it are masked.

    Args:
        before: Masks that stand in the text, in order.
        hits: What is masked now, disjoint and in order; a mask inside a hit is gone.
    """
    after: list[Standing] = []
    ahead = deque(before)
    shift = 0
    for hit in hits:
        while ahead and ahead[0].start < hit.start:
            mask = ahead.popleft()
            after.append(mask._replace(start=mask.start + shift))
        while ahead and ahead[0].start < hit.end:
            ahead.popleft()
        after.append(Standing(hit.start + shift, hit.entity, hit.rule))
        shift += len(hit.entity) + 2 - (hit.end - hit.start)
    return after + [mask._replace(start=mask.start + shift) for mask in ahead]


def links(text: bytes, standing: Sequence[Standing]) -> list[Hit]:
    """Find links whose words are all mask, and that one of ours stands in.

    Args:
        text: Masked.
        standing: Its masks.

    Returns:
        What becomes one mask, as hits of the entity of the words.
    """
    found = []
    for match in _LINK.finditer(text):
        start, end = match.span()
        rule = next((mask.rule for mask in standing if start <= mask.start < end), None)
        if rule is not None:
            found.append(Hit(start, end, match[1].decode(), rule, True))
    return found


def relocated(
    before: str, after: str, gone: Collection[int], masks: Sequence[Place], field: str
) -> list[Place]:
    """Say where masks stand once lines of a text were taken out.

    The tokens of a text keep their order, so each is found again by its number among those left.

    Args:
        before: The text in which they stand.
        after: What is left of it.
        gone: Numbers of the lines taken out, from 1.
        masks: Of the document; those of other columns stay as they are.
        field: The column of the text.

    Returns:
        The masks that are left.
    """
    lost = {
        match.start()
        for match in _TOKEN.finditer(before)
        if before.count("\n", 0, match.start()) + 1 in gone
    }
    left = [match.start() for match in _TOKEN.finditer(before) if match.start() not in lost]
    moved_to = dict(zip(left, (match.start() for match in _TOKEN.finditer(after)), strict=True))
    made = []
    for mask in masks:
        if mask.field != field or mask.place is None:
            made.append(mask)
        elif (place := moved_to.get(mask.place)) is not None:
            made.append(mask._replace(place=place, line=after.count("\n", 0, place) + 1))
    return made


def described(
    text: bytes, standing: Sequence[Standing], field: str, item: int | None
) -> list[Place]:
    """Say of each mask on which line and at which code point of a text it stands.

    Args:
        text: The final text, UTF-8.
        standing: Its masks, in order.
        field: Name of its column.
        item: Index in a column of lists, or None.
    """
    made = []
    at = place = 0
    line = 1
    for mask in standing:
        between = text[at : mask.start]
        place += len(between.decode("utf-8"))
        line += between.count(b"\n")
        at = mask.start
        made.append(Place(field, item, line, place, mask.entity, mask.rule))
    return made
