"""Reading what a classifier is trained on: texts with label, group and source, folded.

Texts pass the very steps of a build (`curation.documents.masked`: without hidden text, headed by
the title, normalised, without boilerplate, masked), so that a model sees in training what it will
measure, and no personal address, number or date of birth enters it.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from curation import manifest
from curation.corpus import resolve
from curation.documents import Row, masked, placed_rows
from curation.errors import UsageError
from curation.task import Parameters
from curation.training.recipe import Input, Training
from filters.classifier import folded
from filters.pii import Masking
from sources.base import Document, Failure, Resource, SourceError
from sources.files import RELATIVE, locate
from sources.remote import is_address
from sources.streams import open_input
from sources.text.jsonlines import read_rows
from sources.text.plain import MAX_BYTES, extract_plain, without_title

ROWS = ("*.jsonl", "*.ndjson", "*.parquet")
TEXTS = ("*.txt", "*.md", "*.markdown")

AS_BUILT = Parameters("training", "jsonl", "other", "", {}, Masking("default"), "", {})
"""What texts are made with: the defaults of a recipe."""

BATCH = 1_024


@dataclass(frozen=True, slots=True)
class Raw:
    """One document as it was read: title (empty for none), text, group and source."""

    title: str
    text: str
    group: str
    source: str


@dataclass(slots=True)
class Documents:
    """What a classifier is trained and judged on.

    Attributes:
        labels: Label of each of n documents.
        groups: Group of each.
        sources: Source of each, for the confusion.
        texts: Folded text of each, UTF-8.
        notes: Lines for people: what was left out.
    """

    labels: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(training: Training) -> Documents:
    """Read all inputs of a definition.

    Equal texts count once; a text that stands under two labels counts under none.

    Args:
        training: The definition.

    Raises:
        UsageError: A path is missing, or a label has no document.
    """
    found = Documents()
    for item in training.inputs:
        raws = _sample(_raws(item, training, found.notes), item.limit, training.integer("seed"))
        for start in range(0, len(raws), BATCH):
            some = raws[start : start + BATCH]
            found.labels += [item.label] * len(some)
            found.groups += [raw.group for raw in some]
            found.sources += [raw.source for raw in some]
            found.texts += prepared([raw.text for raw in some], [raw.title for raw in some])
    _once(found)
    for label in dict.fromkeys(item.label for item in training.inputs):
        if label not in found.labels:
            raise UsageError(f"label {label}: no document with text; check its paths and fields")
    return found


def prepared(texts: Sequence[str], titles: Sequence[str]) -> list[bytes]:
    """Make texts what a build measures, and fold them.

    Args:
        texts: Texts as a source gives them.
        titles: Title of each, empty for none.
    """
    documents = [Document("", text, title=title) for text, title in zip(texts, titles, strict=True)]
    rows = [Row("", "", number, document) for number, document in enumerate(documents)]
    return folded(masked(placed_rows(rows, AS_BUILT.use), AS_BUILT)["text"])


def _texts(path: str, root: Path) -> str:
    """Return where the texts lie: of a corpus, or of one of its versions, in its shards alone."""
    folder = root / path
    if is_address(path) or not folder.is_dir():
        return path
    if (folder / manifest.NAME).is_file() or manifest.versions(folder):
        return f"{resolve(folder)}/data"
    return path


def _raws(item: Input, training: Training, notes: list[str]) -> Iterator[Raw]:
    """Yield the documents of one input; remarks on what cannot be read are added to ``notes``."""
    paths = [_texts(path, training.root) for path in item.paths]
    listing = locate(paths, training.root, (*ROWS, *TEXTS))
    if listing.problems:
        detail = listing.problems[0].detail
        root = f"paths are relative to {training.root}"
        raise UsageError(f"label {item.label}: {detail.replace(RELATIVE, root)}")
    bad = 0
    for place in listing.inputs:
        for resource, stream in open_input(place, (*ROWS, *TEXTS)):
            try:
                if isinstance(stream, Failure):
                    raise SourceError(stream.rule, stream.detail)
                if resource.name.lower().endswith((".txt", ".md", ".markdown")):
                    markdown = not resource.name.lower().endswith(".txt")
                    page = extract_plain(stream.read(MAX_BYTES + 1), markdown=markdown)
                    yield Raw(page.title, page.text, _folder(resource), _folder(resource))
                    continue
                for row in read_rows(resource, stream):
                    if isinstance(row, Failure):
                        bad += 1
                    elif (raw := _raw(item, resource, row.record)) is not None:
                        yield raw
            except SourceError as error:
                notes.append(f"{resource.path}: {error}; left out")
    if bad:
        notes.append(f"label {item.label}: {bad:,} lines are no JSON objects; left out")


def _raw(item: Input, resource: Resource, record: Mapping[str, object]) -> Raw | None:
    """Return a record as a document; None where it has no text or another score."""
    text = record.get(item.text)
    if not isinstance(text, str):
        return None
    if item.score:
        score = record.get(item.score)
        if isinstance(score, bool) or not isinstance(score, int | float):
            return None
        if not item.min <= score <= item.max:
            return None
    source, title = record.get(item.source), record.get(item.title)
    title = " ".join(title.split()) if isinstance(title, str) else ""
    return Raw(
        title,
        without_title(text, title) if title else text,
        next(filter(None, (_group(name, record) for name in item.group)), resource.path),
        source if isinstance(source, str) and source else resource.path,
    )


def _group(name: str, record: Mapping[str, object]) -> str:
    """Return the value of a field, of an address its host."""
    value = record.get(name)
    if value is None or isinstance(value, list | dict):
        return ""
    text = str(value)
    host = urlsplit(text).hostname if text.startswith(("http://", "https://")) else ""
    return f"{name} {host or text}" if text else ""


def _folder(resource: Resource) -> str:
    """Return the folder of a text file, or the file itself where it lies in none."""
    return resource.path.rpartition("/")[0] or resource.path


def _sample(raws: Iterator[Raw], limit: int, seed: int) -> list[Raw]:
    """Draw at most ``limit`` documents by the hash of their text, in that order.

    The draw depends on the texts alone, not on the order or the number of the files.
    """
    heap: list[tuple[int, int, Raw]] = []
    for number, raw in enumerate(raws):
        digest = hashlib.blake2b(raw.text.encode(), digest_size=8, key=str(seed).encode()).digest()
        entry = (-int.from_bytes(digest), -number, raw)
        if len(heap) < limit:
            heapq.heappush(heap, entry)
        elif entry[:2] > heap[0][:2]:
            heapq.heapreplace(heap, entry)
    return [raw for _, _, raw in sorted(heap, key=lambda entry: entry[:2], reverse=True)]


def _once(found: Documents) -> None:
    """Leave out empty texts, repeats, and texts under two labels."""
    seen: dict[bytes, set[str]] = {}
    for label, text in zip(found.labels, found.texts, strict=True):
        seen.setdefault(text, set()).add(label)
    keep, taken = [], set()
    for index, text in enumerate(found.texts):
        if text.strip() and len(seen[text]) == 1 and text not in taken:
            taken.add(text)
            keep.append(index)
    torn = sum(len(labels) > 1 for text, labels in seen.items() if text.strip())
    if torn:
        found.notes.append(f"{torn:,} texts stand under two labels; left out")
    repeats = len(found.texts) - len(keep)
    if repeats:
        found.notes.append(f"{repeats:,} documents without text or equal to others; left out")
    for name in ("labels", "groups", "sources", "texts"):
        values = getattr(found, name)
        setattr(found, name, [values[index] for index in keep])
