"""Texts with labels of personal data: read, checked, and compared with what is masked.

A labelled file is JSON lines (packed or not): ``{"text": …, "spans": [{"start", "end", "label"}]}``
with code points, end exclusive. No message and no result holds a piece of a text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.errors import UsageError
from filters import pii
from filters.pii import entities
from filters.pii.labels import TOKENS
from filters.pii.score import Agreement, Counts, Label, agreement, ratios
from sources.files import Input, is_archive
from sources.items import Failure, SourceError
from sources.streams import open_input

BATCH_BYTES = 8 << 20
"""Text that is scanned at a time."""


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled text.

    Attributes:
        line: Number of its line, from 1.
        text: As it stands.
        language: Value of ``lang``, or empty.
        labels: In the order of the file.
        unscored: Names of the labels without an entity.
    """

    line: int
    text: str
    language: str
    labels: tuple[Label, ...]
    unscored: tuple[str, ...]


class Names:
    """From names of labels to entities.

    Args:
        given: ``NAME=ENTITY``; an entity ``none`` takes a name out of the score.
        only: Entities that are scored; empty for all.

    Attributes:
        only: As tokens.

    Raises:
        UsageError: A mapping without ``=``, or an entity that does not exist.
    """

    def __init__(self, given: Sequence[str] = (), only: Sequence[str] = ()) -> None:
        try:
            self._given = entities.pairs(given, "--map")
            self.only = frozenset(entities.entity_named(name, "--only") for name in only)
        except ValueError as error:
            raise UsageError(str(error)) from None
        self._pairs = {entities.plain_name(pair.rpartition("=")[0]): pair for pair in given}

    def entity(self, name: str) -> str:
        """Return the entity of a label, empty for one that is not scored."""
        self._pairs.pop(entities.plain_name(name), None)
        entity = entities.entity_of(name, self._given) or ""
        return entity if not self.only or entity in self.only else ""

    @property
    def unused(self) -> list[str]:
        """The pairs whose label has not come up, in the order given."""
        return list(self._pairs.values())


def read(path: Path, names: Names, label_field: str = "label") -> Iterator[Record]:
    """Read a labelled file.

    Args:
        path: JSON lines, plain or packed (gzip, bz2, xz, zstd).
        names: From labels to entities.
        label_field: Key of a span that names its label.

    Yields:
        Records in the order of the file; blank lines are passed over.

    Raises:
        UsageError: The file cannot be read, or a line is wrong: ``FILE:LINE: what``.
    """
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            try:
                yield _record(number, line, names, label_field)
            except ValueError as error:
                raise UsageError(f"{path}:{number}: {error}") from None


def _lines(path: Path) -> Iterator[bytes]:
    if not path.exists():
        raise UsageError(f"{path}: no such file")
    if is_archive(path.name):
        raise UsageError(f"{path}: an archive; name a file of JSON lines")
    item = Input(str(path), str(path.resolve()), path.stat().st_size)
    for _, stream in open_input(item, ()):
        if isinstance(stream, Failure):
            raise UsageError(stream.detail)
        try:
            yield from stream
        except SourceError as error:
            raise UsageError(f"{path}: {error}") from None


def _record(number: int, line: bytes, names: Names, label_field: str) -> Record:
    try:
        row = json.loads(line.decode("utf-8").strip())
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at column {error.colno}") from None
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    if not isinstance(row, dict):
        raise ValueError('not an object with "text" and "spans"')
    text, spans = row.get("text"), row.get("spans")
    if not isinstance(text, str):
        raise ValueError('"text" is missing or no string')
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f'"text" holds half a surrogate pair at {error.start}') from None
    if not isinstance(spans, list):
        raise ValueError('"spans" is missing or no list; [] says that nothing is labelled')
    labels = [_label(place, span, len(text), label_field) for place, span in enumerate(spans)]
    language = row.get("lang")
    return Record(
        number,
        text,
        language if isinstance(language, str) else "",
        tuple(Label(start, end, names.entity(name)) for start, end, name in labels),
        tuple(name for _, _, name in labels if not names.entity(name)),
    )


def _label(place: int, span: object, length: int, label_field: str) -> tuple[int, int, str]:
    where = f"span {place + 1}"
    if not isinstance(span, dict):
        raise ValueError(f"{where} is no object")
    start, end, name = span.get("start"), span.get("end"), span.get(label_field)
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f'{where}: "{label_field}" is missing or no string')
    if not all(isinstance(at, int) and not isinstance(at, bool) for at in (start, end)):
        raise ValueError(f'{where}: "start" and "end" must be whole numbers')
    assert isinstance(start, int)
    assert isinstance(end, int)
    if not 0 <= start < end <= length:
        raise ValueError(f"{where}: {start} to {end} does not lie in a text of {length} characters")
    return start, end, name


@dataclass(slots=True)
class _Sums:
    """What grows over the records."""

    entities: dict[str, Counts] = field(default_factory=dict)
    languages: dict[str, Counts] = field(default_factory=dict)
    unscored: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, object]] = field(default_factory=list)
    documents: int = 0
    characters: int = 0
    size: int = 0
    failed: int = 0
    negatives: int = 0
    negatives_masked: int = 0
    false: int = 0

    def add(self, record: Record, found: Agreement | None) -> None:
        self.documents += 1
        self.characters += len(record.text)
        self.size += len(record.text.encode("utf-8"))
        self.unscored.update(record.unscored)
        if found is None:
            self.failed += 1
            return
        language = self.languages.setdefault(record.language, Counts())
        for entity, counts in found.counts.items():
            self.entities.setdefault(entity, Counts()).add(counts)
            language.add(counts)
        false = sum(fault.kind == "false" for fault in found.faults)
        self.false += false
        self.negatives += not record.labels
        self.negatives_masked += not record.labels and false > 0
        self.faults += [{"line": record.line, **asdict(fault)} for fault in found.faults]


def evaluate(
    path: Path,
    profile: str = "default",
    names: Names | None = None,
    label_field: str = "label",
) -> dict[str, Any]:
    """Compare what is masked with what is labelled.

    Args:
        path: A labelled file.
        profile: ``default`` or ``strict``.
        names: From labels to entities; None for the common names.
        label_field: Key of a span that names its label.

    Returns:
        The object of ``curation pii evaluate --json`` (docs/cli.md).

    Raises:
        UsageError: The file cannot be read, or holds nothing to compare.
    """
    sums = _Sums()
    batch: list[Record] = []
    size = 0
    names = names or Names()
    for record in read(path, names, label_field):
        batch.append(record)
        size += len(record.text)
        if size > BATCH_BYTES:
            _compare(batch, profile, names.only, sums)
            batch, size = [], 0
    _compare(batch, profile, names.only, sums)
    if not sums.documents:
        raise UsageError(f"{path}: no labelled text in it")
    return _result(path, profile, names, sums)


def _compare(batch: Sequence[Record], profile: str, only: frozenset[str], sums: _Sums) -> None:
    texts = pa.array([record.text for record in batch], pa.large_string())
    for record, masks in zip(batch, pii.locate(texts, profile), strict=True):
        sums.add(record, None if masks is None else agreement(record.labels, masks, only))


def _result(path: Path, profile: str, names: Names, sums: _Sums) -> dict[str, Any]:
    total = Counts()
    for counts in sums.entities.values():
        total.add(counts)
    order = [entity for entity in TOKENS if entity in sums.entities]
    return {
        "file": str(path),
        "profile": profile,
        "rules_version": pii.RULES_VERSION,
        "documents": sums.documents,
        "characters": sums.characters,
        "bytes": sums.size,
        "failed": sums.failed,
        "all": _figures(total),
        "entities": [{"entity": name, **_figures(sums.entities[name])} for name in order],
        "languages": [
            {"language": name, **_figures(sums.languages[name])} for name in sorted(sums.languages)
        ],
        "unscored": dict(sorted(sums.unscored.items())),
        "maps_unused": names.unused,
        "negatives": {"documents": sums.negatives, "masked": sums.negatives_masked},
        "false_masks": sums.false,
        "false_per_mb": sums.false / sums.size * 1e6 if sums.size else 0.0,
        "faults": sums.faults,
    }


def _figures(counts: Counts) -> dict[str, Any]:
    """Counts, and the three ways to compare."""
    shown: Mapping[str, Any] = {
        "labels": counts.labels,
        "masks": counts.masks,
        "exact": ratios(counts.exact, counts.labels, counts.exact, counts.masks),
        "overlap": ratios(counts.touched, counts.labels, counts.true_masks, counts.masks),
        "by_character": ratios(
            counts.label_chars - counts.leaked,
            counts.label_chars,
            counts.mask_chars - counts.outside,
            counts.mask_chars,
        ),
        "label_characters": counts.label_chars,
        "leaked_characters": counts.leaked,
        "mask_characters": counts.mask_chars,
        "outside_characters": counts.outside,
    }
    return dict(shown)
