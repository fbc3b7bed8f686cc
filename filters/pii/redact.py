"""Redaction of Arrow columns: the public entry of the PII filter.

Rows are masked until a further scan finds nothing, which makes masking idempotent by construction.
Rows without hits keep their bytes; a column without hits is returned as it came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.pii.keep import Keep
from filters.pii.masks import Place, Standing, applied, described, links, moved
from filters.pii.recognisers import Recogniser, with_recognised
from filters.pii.rule import Kind
from filters.pii.scan import Hit, Scanned, scan_rows

PROFILES = ("off", "default", "strict")
"""``off`` scans and counts, and masks nothing. ``default`` masks what carries a label, a checksum
or an international form. ``strict`` goes through the HIPAA Safe Harbor list as far as rules can: it
does not promise that names without a title, relatives, towns, initials, or days and ages told in
other words are found, nor identifiers in pictures; and it masks some codes that are none."""

PREEXISTING = "preexisting"
"""Key of the counts for masks that stood in the source already."""

UNREADABLE = "the text is too long or not UTF-8"
UNSETTLED = "masking did not come to an end"
"""Why rows fail, beside what `filters.pii.scan` and recognisers say."""

_MAX_BYTES = 64 << 20
"""A longer text is quarantined: no document of the sources comes near it."""
_MAX_ROUNDS = 64
"""Scans of one row; each but the last masks something. Lists go in one round; a label reaches 60
characters at most, in which fewer than 16 masks stand."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Result of :func:`redact`.

    Attributes:
        columns: The columns, masked, under the names they came with.
        counts: ``map<string, int64>``, one a row: masks by entity and ``preexisting``, summed
            over the columns, keys in order.
        failed: ``bool``, one a row: the scan failed and every column of the row is empty.
        rules: Masks by name of rule, over all rows, names in order.
        masks: Row to its masks, column after column in order of place; rows without any are
            absent. Empty for the profile ``off``, which masks nothing.
        reasons: Row to why its scan failed, one line without a piece of the text.
    """

    columns: dict[str, pa.Array]
    counts: pa.MapArray
    failed: pa.BooleanArray
    rules: dict[str, int]
    masks: dict[int, list[Place]]
    reasons: dict[int, str]


@dataclass(slots=True)
class Tally:
    """What a run found, growing over columns.

    Attributes:
        rows: Masks by entity of each row that has any.
        rules: Masks by name of rule.
        failed: Rows that could not be scanned, and why.
        masks: Masks of each row that has any.
        rounds: For each row of the column last seen what each round masked, as bytes of the text
            that the round before left.
        standing: For each such row its masks as they stand in the text as it is now.
    """

    rows: dict[int, Counter[str]] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)
    failed: dict[int, str] = field(default_factory=dict)
    masks: dict[int, list[Place]] = field(default_factory=dict)
    rounds: dict[int, list[list[Hit]]] = field(default_factory=dict)
    standing: dict[int, list[Standing]] = field(default_factory=dict)

    def mask(self, row: int, text: bytes, hits: list[Hit]) -> bytes:
        """Mask hits in the text of one row, and remember where."""
        self.rounds.setdefault(row, []).append(hits)
        self.standing[row] = moved(self.standing.get(row, ()), hits)
        return applied(text, hits)

    def count(self, name: str, texts: Mapping[int, bytes]) -> None:
        """Count the masks of the column last seen, and say where they stand."""
        for row in sorted(self.standing.keys() - self.failed.keys()):
            standing = self.standing[row]
            self.rows.setdefault(row, Counter()).update(mask.entity for mask in standing)
            self.rules.update(mask.rule for mask in standing)
            self.masks.setdefault(row, []).extend(described(texts[row], standing, name, None))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, and what stays.

    Attributes:
        strict: Whether the strict rules look too.
        keep: What stays.
        kind: What the columns hold: rules that do not look at such are left out.
        recognisers: Looked through beside the rules.
    """

    strict: bool
    keep: Keep = field(default_factory=Keep)
    kind: Kind = Kind.TEXT
    recognisers: tuple[Recogniser, ...] = ()

    def scan(
        self, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]
    ) -> Iterator[Scanned]:
        """Scan rows by the rules, and by recognisers where there are any."""
        found = scan_rows(data, offsets, self.strict, self.kind)
        return (
            with_recognised(found, data, offsets, self.recognisers) if self.recognisers else found
        )


def redact(
    columns: Mapping[str, pa.Array],
    profile: str,
    keep: Sequence[str] = (),
    recognisers: Sequence[Recogniser] = (),
    *,
    kind: Kind = Kind.TEXT,
) -> Redaction:
    """Mask direct identifiers in text columns.

    Args:
        columns: Arrays of ``large_string`` of one length; nulls and slices allowed.
        profile: ``off``, ``default`` or ``strict``.
        keep: Values that stay: addresses, numbers, or ``@domain`` for a whole mail domain.
        recognisers: Looked through beside the rules; what they find is masked as well.
        kind: What the columns hold: rules that do not look at such (`filters.pii.rule.Rule.reads`)
            are left out.

    Returns:
        Masked columns and what was masked; never a value.

    Raises:
        ValueError: Unknown profile, or columns of different lengths.
        TypeError: A column is not ``large_string``.
        RecogniserError: A recogniser cannot be loaded.
    """
    require_profile(profile)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ValueError("the columns to redact differ in length")
    total = lengths.pop() if lengths else 0
    tally = Tally()
    asked = Asked(profile == "strict", Keep(keep), kind, tuple(recognisers))
    masked = {name: mask_column(name, column, asked, tally) for name, column in columns.items()}
    failed = np.zeros(total, dtype=bool)
    reasons: dict[int, str] = {}
    if profile == "off":
        masked = dict(columns)
        tally.masks.clear()
    else:
        failed[sorted(tally.failed)] = True
        reasons = dict(sorted(tally.failed.items()))
    flags = pa.array(failed)
    if failed.any():
        masked = {name: pc.if_else(flags, _EMPTY, column) for name, column in masked.items()}
    return Redaction(
        masked,
        _count_map(tally, total),
        flags,
        dict(sorted(tally.rules.items())),
        {row: tally.masks[row] for row in sorted(tally.masks.keys() - reasons.keys())},
        reasons,
    )


_EMPTY = pa.scalar("", pa.large_string())


def _buffers(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Views of the bytes and of the offsets of a (sliced) array."""
    _, offsets, data = column.buffers()
    if data is None or offsets is None:
        return np.frombuffer(b"", np.uint8), np.zeros(len(column) + 1, np.int64)
    places = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data, np.uint8), places


def _unreadable(column: pa.Array, offsets: npt.NDArray[np.int64]) -> set[int]:
    """Rows that are too long or not UTF-8."""
    rows = set(np.flatnonzero(np.diff(offsets) > _MAX_BYTES).tolist())
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        data, _ = _buffers(column)
        for row in range(len(column)):  # only where some row is broken
            try:
                data[offsets[row] : offsets[row + 1]].tobytes().decode("utf-8")
            except UnicodeDecodeError:
                rows.add(row)
    return rows


def require_profile(profile: str) -> None:
    """Refuse a profile that does not exist.

    Raises:
        ValueError: Unknown profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"pii profile must be one of {', '.join(PROFILES)}, not {profile!r}")


def mask_column(name: str, column: pa.Array, asked: Asked, tally: Tally) -> pa.Array:
    """Mask one column and count into the tally.

    Args:
        name: For the message of an error, and for the places of masks.
        column: ``large_string``.
        asked: What is looked for.
        tally: Takes what was found.

    Raises:
        TypeError: The column is not ``large_string``.
    """
    if not pa.types.is_large_string(column.type):
        raise TypeError(f"column {name} is {column.type}, not large_string")
    if not len(column):
        return column
    data, offsets = _buffers(column)
    broken = _unreadable(column, offsets)
    tally.failed.update(dict.fromkeys(broken, UNREADABLE))
    tally.rounds.clear()
    tally.standing.clear()
    texts: dict[int, bytes] = {}
    for scanned in asked.scan(data, offsets):
        row = scanned.row
        if row in broken:
            continue
        if scanned.tokens:
            tally.rows.setdefault(row, Counter())[PREEXISTING] += scanned.tokens
        original = data[offsets[row] : offsets[row + 1]].tobytes()
        text = _apply(row, original, scanned, asked.keep, tally)
        if text is not None:
            texts[row] = text
    _settle(texts, asked, tally)
    tally.count(name, texts)
    if not texts:
        return column
    flags = np.zeros(len(column), dtype=bool)
    flags[list(texts)] = True
    new = pa.array([texts[row].decode("utf-8") for row in sorted(texts)], pa.large_string())
    return pc.replace_with_mask(column, pa.array(flags), new)


def _apply(row: int, text: bytes, scanned: Scanned, keep: Keep, tally: Tally) -> bytes | None:
    """The text with its hits masked, None where there are none."""
    if scanned.failed:
        tally.failed.setdefault(row, scanned.failed)
        return None
    hits = [hit for hit in scanned.hits if not keep.holds(hit.entity, text[hit.start : hit.end])]
    if not hits:
        return None
    text = tally.mask(row, text, hits)
    whole = links(text, tally.standing[row])
    return tally.mask(row, text, whole) if whole else text


def _settle(texts: dict[int, bytes], asked: Asked, tally: Tally) -> None:
    """Scan masked rows again until nothing is found; a row that never settles fails."""
    pending = sorted(texts)
    for _ in range(_MAX_ROUNDS):
        if not pending:
            return
        lengths = [len(texts[row]) for row in pending]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        data = np.frombuffer(b"".join(texts[row] for row in pending), np.uint8)
        again = []
        for scanned in asked.scan(data, offsets):
            row = pending[scanned.row]
            text = _apply(row, texts[row], scanned, asked.keep, tally)
            if text is not None:
                texts[row] = text
                again.append(row)
        pending = again
    tally.failed.update(dict.fromkeys(pending, UNSETTLED))


def _count_map(tally: Tally, total: int) -> pa.MapArray:
    """``map<string, int64>`` of the counts of each row."""
    lengths = np.zeros(total + 1, dtype=np.int64)
    keys: list[str] = []
    values: list[int] = []
    for row in sorted(tally.rows):
        counts = sorted(tally.rows[row].items())
        lengths[row + 1] = len(counts)
        keys += [key for key, _ in counts]
        values += [value for _, value in counts]
    offsets = pa.array(np.cumsum(lengths).astype(np.int32))
    return pa.MapArray.from_arrays(
        offsets, pa.array(keys, pa.string()), pa.array(values, pa.int64())
    )
