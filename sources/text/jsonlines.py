"""Records of JSON-lines and Parquet files, and records of that kind as documents.

Shared by the sources `jsonl`, `guidelines` and `hub`. JSON is read by the standard library only:
Arrow's JSON reader ends the process on deep nesting.
"""

from __future__ import annotations

import datetime
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sources import licences
from sources.items import KINDS, Document, Failure, Resource, SourceError
from sources.text import identifiers
from sources.text.declared import iso_date, primary_language
from sources.text.guidance import Validity, names_of, validity_of
from sources.text.plain import without_title

MAX_LINE = 64 << 20
"""Bytes of one line; a longer one costs a failure and is skipped."""

MAX_PARQUET = 2 << 30
"""Bytes of a Parquet file that has to be held in memory because its stream cannot seek."""

MAX_DEPTH = 100
"""Levels of nesting in a record; deeper ones cannot be written as JSON again on each Python."""

BLOCK = 4 << 20
BATCH_ROWS = 256

FIELDS = (
    "id",
    "text",
    "title",
    "kind",
    "lang",
    "license",
    "date",
    "url",
    "pmid",
    "pmcid",
    "doi",
    "metadata",
)
"""Names of the fields that have a place in a document."""

_TEXTUAL = ("title", "kind", "lang", "license", "date", "url", "doi")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SPDX = re.compile(
    r"LicenseRef-[A-Za-z0-9.-]+|[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9.]+)*-[0-9][A-Za-z0-9.-]*"
)
_SPDX_WITHOUT_VERSION = frozenset({"MIT", "ISC", "NOASSERTION", "Unlicense", "0BSD"})
_MAX_ID = 512


@dataclass(frozen=True, slots=True)
class Row:
    """One record.

    Attributes:
        number: Line or row, from 1.
        record: The object as read, lone surrogates replaced by U+FFFD.
    """

    number: int
    record: Mapping[str, object]


def read_rows(resource: Resource, stream: BinaryIO) -> Iterator[Row | Failure]:
    """Read the records of a file, JSON lines or Parquet by its first bytes.

    Args:
        resource: What is read.
        stream: Its bytes.

    Yields:
        Records, and a failure for each line that is none.

    Raises:
        SourceError: ``empty``, ``damaged`` or ``too_large``.
    """
    head = stream.read(4)
    if not head:
        raise SourceError("empty", "an empty file")
    if head == b"PAR1":
        yield from _parquet_rows(resource, stream, head)
    else:
        yield from json_rows(stream, head)


def json_rows(stream: BinaryIO, head: bytes = b"") -> Iterator[Row | Failure]:
    """Read JSON lines; blank lines are skipped, only line feeds end a line.

    Args:
        stream: The bytes after ``head``.
        head: Bytes already read.

    Yields:
        Records, and failures with ``bad_json``, ``bad_encoding``, ``bad_record`` or ``too_long``.
    """
    for number, line in _lines(stream, head):
        if line is None:
            yield Failure("too_long", f"line {number:,}: longer than {MAX_LINE:,} bytes; skipped")
        elif line.strip():
            yield _record(number, line)


def _lines(stream: BinaryIO, head: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Yield line numbers and lines; None for one over the limit."""
    pieces: list[bytes] = []
    held, number = 0, 1
    block = head.removeprefix(b"\xef\xbb\xbf")
    while True:
        *whole, rest = block.split(b"\n")
        for piece in whole:
            length = held + len(piece)
            yield number, b"".join((*pieces, piece)) if length <= MAX_LINE else None
            pieces, held = [], 0
            number += 1
        held += len(rest)
        if held <= MAX_LINE:
            pieces.append(rest)
        else:
            pieces = []
        block = stream.read(BLOCK)
        if not block:
            break
    if held:
        yield number, b"".join(pieces) if held <= MAX_LINE else None


def _record(number: int, line: bytes) -> Row | Failure:
    where = f"line {number:,}"
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=refuse_constant)
        if _SURROGATE.search(line):
            value = without_surrogates(value)
    except UnicodeDecodeError:
        return Failure("bad_encoding", f"{where}: not UTF-8; convert the file")
    except RecursionError:
        return Failure("bad_json", f"{where}: nested too deep")
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
        reason = "ends in the middle of a record; is the file whole?" if cut else error.msg
        return Failure("bad_json", f"{where}, character {error.pos + 1:,}: {reason}")
    except ValueError:
        return Failure("bad_json", f"{where}: a number that JSON does not allow or is too long")
    if not isinstance(value, dict):
        return Failure("bad_record", f"{where}: not an object; one JSON object a line is expected")
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and not is_shallow(value):
        return Failure("bad_json", f"{where}: nested deeper than {MAX_DEPTH} levels")
    return Row(number, value)


def refuse_constant(name: str) -> None:
    """Refuse NaN and infinities, which JSON does not have; for `json.JSONDecoder`.

    Raises:
        ValueError: Always.
    """
    raise ValueError(name)


def without_surrogates(value: object) -> object:
    """Return a value of JSON with U+FFFD for each lone surrogate in its texts and names."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {str(without_surrogates(k)): without_surrogates(v) for k, v in value.items()}
    return value


def is_shallow(value: object) -> bool:
    """Whether a value is nested no deeper than `MAX_DEPTH`."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return True
    return False


def _parquet_rows(resource: Resource, stream: BinaryIO, head: bytes) -> Iterator[Row]:
    try:
        with pq.ParquetFile(_seekable(resource, stream, head)) as file:
            number = 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                for record in batch.to_pylist():
                    number += 1
                    yield Row(number, {str(k): plain_value(v) for k, v in record.items()})
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise SourceError("damaged", "cannot be read as Parquet: fetch it again") from None


def _seekable(resource: Resource, stream: BinaryIO, head: bytes) -> str | io.BytesIO:
    """Parquet needs its end first: the file itself where it lies open, else a copy in memory."""
    stored_as_is = "::" not in resource.path and resource.file.endswith(resource.name)
    if stored_as_is and Path(resource.file).is_file():
        return resource.file
    data = io.BytesIO()
    data.write(head)
    while block := stream.read(BLOCK):
        if data.tell() + len(block) > MAX_PARQUET:
            raise SourceError("too_large", "Parquet in an archive is read up to 2 GiB: unpack it")
        data.write(block)
    data.seek(0)
    return data


def plain_value(value: object) -> object:
    """Bring a value of Arrow to what JSON can hold."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return str(value) if not isinstance(value, bytes) else None


def renamed(row: Row, names: Mapping[str, str]) -> Row:
    """Give a record our names for its fields.

    Args:
        row: A record.
        names: Our name to theirs, ``{"text": "body"}``.

    Returns:
        The record; a field of theirs that already has our name and is not mapped stays, unless
        another one takes its name.
    """
    if not names:
        return row
    taken = set(names.values())
    rest = {k: v for k, v in row.record.items() if k not in taken and k not in names}
    mapped = {ours: row.record[theirs] for ours, theirs in names.items() if theirs in row.record}
    return Row(row.number, {**rest, **mapped})


def record_id(record: Mapping[str, object]) -> str:
    """Return the ``id`` of a record as text.

    Raises:
        SourceError: ``no_id`` or ``bad_field``.
    """
    value = record.get("id")
    if value is None or value == "":
        raise SourceError("no_id", "no field id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SourceError("bad_field", "the field id is neither text nor a whole number")
    text = str(value).strip()
    if not text or len(text) > _MAX_ID or not text.isprintable():
        raise SourceError("bad_field", f"the field id is not 1 to {_MAX_ID} printable characters")
    return text


def document(record: Mapping[str, object], native_id: str, text: object) -> Document:
    """Make a document of a record with our field names.

    Args:
        record: The record; fields outside `FIELDS` go into the metadata.
        native_id: Its identifier.
        text: Its text; checked here.

    Returns:
        The document. Dates and languages that do not parse stay in the metadata.

    Raises:
        SourceError: ``no_text_field`` or ``bad_field``, naming the field.
    """
    if text is None:
        raise SourceError("no_text_field", "no field text; map it with fields = { text = … }")
    if not isinstance(text, str):
        raise SourceError("bad_field", "the field text is not text")
    values = {name: _text(record, name) for name in _TEXTUAL}
    metadata = _metadata(record)
    kind = values["kind"] or None
    if kind is not None and kind not in KINDS:
        raise SourceError("bad_field", f"the field kind is none of {', '.join(KINDS)}")
    date, lang = iso_date(values["date"]), primary_language(values["lang"])
    if values["date"] and not date:
        metadata["date"] = values["date"]
    if values["lang"] and not lang:
        metadata["lang"] = values["lang"]
    spdx, evidence = license_of(values["license"], "field license")
    pmid = identifiers.pmid(_text(record, "pmid"))
    pmcid = identifiers.pmcid(_text(record, "pmcid"))[0]
    doi = identifiers.doi(values["doi"])
    validity = validity_of({**record, **metadata}, names_of(values["url"], doi, pmid, pmcid))
    if kind != "guideline" and validity.status != "retracted":
        # "withdrawn" is a state of trials and drugs too; of a guideline it says what it seems to.
        validity = Validity()
    title = " ".join(values["title"].split())
    return Document(
        native_id=native_id,
        text=without_title(text, title) if title else text,
        title=title,
        kind=kind,
        lang=lang,
        license=spdx,
        license_evidence=evidence,
        date=date,
        url=values["url"].strip(),
        pmid=pmid,
        pmcid=pmcid,
        doi=doi,
        metadata=metadata,
        status=validity.status,
        status_date=validity.status_date,
        review_date=validity.review_date,
        relations=validity.relations,
    )


def license_of(statement: str, place: str) -> tuple[str, str]:
    """Return the SPDX identifier of a statement, which may be one already, and the evidence.

    Args:
        statement: Address, words, or an identifier.
        place: Where it stands.
    """
    said = " ".join(statement.split())
    if said in _SPDX_WITHOUT_VERSION or _SPDX.fullmatch(said):
        return said, licences.evidence(place, said)
    found = licences.resolve([(place, said if "://" in said else "")], [(place, said)])
    return found.spdx, found.evidence


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # Years and PubMed ids are often numbers.
    raise SourceError("bad_field", f"the field {name} is not text")


def _metadata(record: Mapping[str, object]) -> dict[str, object]:
    own = record.get("metadata")
    if own is not None and not isinstance(own, Mapping):
        raise SourceError("bad_field", "the field metadata is not an object")
    unknown = {k: v for k, v in record.items() if k not in FIELDS and v is not None}
    return {**unknown, **(own or {})}
