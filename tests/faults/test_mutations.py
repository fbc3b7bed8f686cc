"""Broken files of every kind: never a crash, never an endless loop, always at least one row.

Files written for this project are cut, their tags dropped, swapped, repeated and nested, entities
and encodings spoilt. Mutation ``n`` is the same on every machine. CI runs 500 of them; the full run
is ``CURATION_MUTATIONS=20000 python -m pytest tests/faults/test_mutations.py``. Where
``CURATION_TEST_DATA`` is set, real files are spoilt too, half as many.
"""

from __future__ import annotations

import io
import os
import random
import re
import signal
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from sources.base import Document, Failure, Item, Resource, Source, SourceError, Tombstone
from sources.guidelines import Guidelines
from sources.pmc import Pmc
from sources.pubmed import PubMed

TESTS = Path(__file__).parents[1]
COUNT = int(os.environ.get("CURATION_MUTATIONS", "500"))
BATCH = 250
TIME_LIMIT_S = 60
"""Far beyond what any file of this size takes; it ends an endless loop with the file's number."""

SOURCES: dict[str, Callable[[], Source]] = {
    "pmc": Pmc, "pubmed": PubMed, "guidelines": Guidelines,
}  # fmt: skip
Sample = tuple[str, str, bytes]  # source, file name, bytes
TAG = re.compile(rb"<[^<>]*>")
ENTITIES = (
    b"&nbsp;",
    b"&nosuchname;",
    b"&",
    b"&#0;",
    b"&#x1F;",
    b"&#xD800;",
    b"&lt;",
    b"&amp;lt;",
    b"&#9999999999;",
)
SPANS = (
    b' colspan="99999999"',
    b' rowspan="-1"',
    b' colspan="x" rowspan="200"',
    b' id=""',
    b" a=1",
)
ENCODINGS = ("utf-16", "latin-1", "utf-8-sig", "utf-32", "cp1252", "utf-16-be")


@cache
def samples() -> tuple[Sample, ...]:
    """Files written for this project."""
    found = [("pmc", path) for path in sorted(TESTS.glob("golden/jats/dialects/*.xml"))]
    found += [("pmc", path) for path in sorted(TESTS.glob("golden/jats/fragments/*.xml"))]
    found += [("pmc", path) for path in sorted(TESTS.glob("conformance/samples/pmc/*.xml"))]
    found += [("pubmed", TESTS / "conformance/samples/pubmed/pubmed90n0003.xml")] * 20
    found += [("pubmed", TESTS / "golden/pubmed/records.xml")] * 20
    found += [("guidelines", TESTS / "conformance/samples/guidelines/fever.html")] * 10
    found += [("guidelines", TESTS / "golden/html/fever.html")] * 10
    return tuple((source, path.name, path.read_bytes()) for source, path in found)


@cache
def real_samples(folder: Path) -> tuple[Sample, ...]:
    """Small real files of each kind."""
    found: list[Sample] = []
    for archive in sorted((folder / "jats").glob("*.tar.gz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.size < 60_000 else None
                if stream:
                    found.append(("pmc", Path(member.name).name, stream.read()))
    places = (
        ("pubmed", 200_000, sorted((folder / "pubmed/small").glob("e*.xml"))),
        ("guidelines", 60_000, sorted((folder / "html/guidelines").rglob("*.html"))),
    )
    for source, most, paths in places:
        small = [path for path in paths if path.stat().st_size < most]
        found += [(source, path.name, path.read_bytes()) for path in small[:30]]
    return tuple(found)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Spoil a file in one to three ways."""
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(data, rng)
    return data


def cut(data: bytes, rng: random.Random) -> bytes:
    """End in the middle."""
    return data[: rng.randrange(len(data) + 1)]


def hole(data: bytes, rng: random.Random) -> bytes:
    """Leave out a stretch."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randrange(400) :]


def drop_tag(data: bytes, rng: random.Random) -> bytes:
    """Leave out one tag."""
    return _with_tag(data, rng, lambda tag: b"")


def repeat_tag(data: bytes, rng: random.Random) -> bytes:
    """Write one tag several times, up to far beyond the allowed depth."""
    return _with_tag(data, rng, lambda tag: tag * rng.choice((2, 3, 300)))


def add_attributes(data: bytes, rng: random.Random) -> bytes:
    """Give one tag senseless attributes."""
    extra = rng.choice(SPANS)
    return _with_tag(data, rng, lambda tag: re.sub(rb"(/?>)\Z", extra + rb"\1", tag))


def _with_tag(data: bytes, rng: random.Random, change: Callable[[bytes], bytes]) -> bytes:
    tags = list(TAG.finditer(data))
    if not tags:
        return data
    tag = rng.choice(tags)
    return data[: tag.start()] + change(tag[0]) + data[tag.end() :]


def swap_tags(data: bytes, rng: random.Random) -> bytes:
    """Put two tags into each other's places."""
    tags = list(TAG.finditer(data))
    if len(tags) < 2:
        return data
    one, other = sorted(rng.sample(tags, 2), key=lambda match: match.start())
    between = data[one.end() : other.start()]
    return data[: one.start()] + other[0] + between + one[0] + data[other.end() :]


def move(data: bytes, rng: random.Random) -> bytes:
    """Repeat a stretch at another place."""
    start, place = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    return data[:place] + data[start : start + rng.randrange(300)] + data[place:]


def flip(data: bytes, rng: random.Random) -> bytes:
    """Overwrite some bytes with any others."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 20) if spoilt else 0):
        spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    return bytes(spoilt)


def add_entity(data: bytes, rng: random.Random) -> bytes:
    """Write an entity, a broken one mostly, somewhere."""
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(ENTITIES) + data[place:]


def other_encoding(data: bytes, rng: random.Random) -> bytes:
    """Write the file in another encoding than it says."""
    return data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


def other_declaration(data: bytes, rng: random.Random) -> bytes:
    """Declare another encoding than the file has, or one that does not exist."""
    name = rng.choice(("utf-16", "iso-8859-1", "us-ascii", "x-none", "", "utf-7"))
    return f'<?xml version="1.0" encoding="{name}"?>'.encode() + re.sub(
        rb"^\s*<\?xml[^>]*>", b"", data
    )


MUTATIONS = (
    cut, hole, drop_tag, repeat_tag, add_attributes, swap_tags, move, flip, add_entity,
    other_encoding, other_declaration,
)  # fmt: skip


@contextmanager
def time_limit(what: str) -> Iterator[None]:
    """Turn an endless loop into a failure that names its file."""

    def stop(*_: object) -> None:
        pytest.fail(f"{what}: not read after {TIME_LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check(sample: Sample, number: int) -> None:
    """Parse one spoilt file: sound rows or an error with a reason, and one of them at least."""
    name, file, whole = sample
    data = mutated(whole, random.Random(number))
    resource = Resource(file, file, len(data), file)
    items: list[Item] = []
    with time_limit(f"mutation {number} of {file}"):
        try:
            for item in SOURCES[name]().parse(resource, io.BytesIO(data)):
                items.append(item)  # noqa: PERF402 - what came before an error is looked at too
        except SourceError as error:
            assert error.rule.isidentifier(), number
            assert "\n" not in str(error), number
            items.append(Failure(error.rule, str(error)))
    assert items, f"mutation {number} of {file}: no row"
    for item in items:
        assert isinstance(item, Document | Failure | Tombstone), number
        if isinstance(item, Document):
            item.text.encode("utf-8")
            item.title.encode("utf-8")
            assert not re.search(r"[\x00-\x08\x10]", item.text), number


@pytest.mark.parametrize("batch", range((COUNT + BATCH - 1) // BATCH))
def test_spoilt_files_give_rows(batch: int) -> None:
    """Every spoilt file of a batch gives rows."""
    for number in range(batch * BATCH, min((batch + 1) * BATCH, COUNT)):
        check(samples()[number % len(samples())], number)


@pytest.mark.real
def test_spoilt_real_files_give_rows(real_data: Path) -> None:
    """Every spoilt real file gives rows."""
    found = real_samples(real_data)
    for number in range(COUNT // 2):
        check(found[number * 7919 % len(found)], number)
