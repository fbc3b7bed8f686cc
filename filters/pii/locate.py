"""Where redaction masks what: for the evaluation against labels, never for a report of values."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from filters.pii.keep import Keep
from filters.pii.redact import Asked, Tally, mask_column, require_profile
from filters.pii.scan import Hit


@dataclass(frozen=True, slots=True, order=True)
class Mask:
    """A place that is masked.

    Attributes:
        start: First code point of the text that was given.
        end: Last code point + 1.
        entity: Token without brackets.
        rule: Name of the rule.
    """

    start: int
    end: int
    entity: str
    rule: str


def locate(
    texts: pa.Array, profile: str, keep: Sequence[str] = ()
) -> list[tuple[Mask, ...] | None]:
    """Say where :func:`filters.pii.redact.redact` masks what.

    Args:
        texts: ``large_string``; nulls and slices allowed.
        profile: ``default`` or ``strict``; ``off`` says what ``default`` would mask.
        keep: Values that stay.

    Returns:
        For each text its masks, disjoint and in order; None where the scan failed.

    Raises:
        ValueError: Unknown profile.
        TypeError: ``texts`` is not ``large_string``.
    """
    require_profile(profile)
    tally = Tally()
    mask_column("texts", texts, Asked(profile == "strict", Keep(keep)), tally)
    places: list[tuple[Mask, ...] | None] = [()] * len(texts)
    for row, rounds in tally.rounds.items():
        places[row] = _places(texts[row].as_py(), rounds)
    for row in tally.failed:
        places[row] = None
    return places


def _places(text: str, rounds: Sequence[Sequence[Hit]]) -> tuple[Mask, ...]:
    """Carry the hits of all rounds back to the code points of the text."""
    raw = text.encode("utf-8")
    done: list[tuple[int, int, Hit]] = []  # bytes of the original, in order
    for hits in rounds:
        found = [(*_original(done, hit), hit) for hit in hits]
        for start, end, hit in found:
            done = [mask for mask in done if not (mask[0] < end and mask[1] > start)]
            insort(done, (start, end, hit), key=lambda mask: mask[0])
    return tuple(
        Mask(_points(raw, start), _points(raw, end), hit.entity, hit.rule)
        for start, end, hit in done
    )


def _original(done: Sequence[tuple[int, int, Hit]], hit: Hit) -> tuple[int, int]:
    """Bytes of the original text that a hit stands for, in a text with the masks ``done``.

    A hit that takes in a mask takes in all that the mask stands for.
    """
    shift = 0  # what the masks before have added
    first = last = None
    for start, end, mask in done:
        width = len(mask.entity) + 2
        if first is None and hit.start < start + shift + width:
            first = min(hit.start - shift, start)
        if last is None and hit.end <= start + shift + width:
            last = hit.end - shift if hit.end <= start + shift else end
        shift += width - (end - start)
    return (
        hit.start - shift if first is None else first,
        hit.end - shift if last is None else last,
    )


def _points(raw: bytes, at: int) -> int:
    return len(raw[:at].decode("utf-8"))
