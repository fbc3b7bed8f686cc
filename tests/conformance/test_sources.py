"""What every source must hold; a new source is picked up with its sample and nothing else."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources import registry
from sources.base import KINDS, Document, Failure, Item, Resource, Source, SourceError, Tombstone
from sources.columns import SCHEMA, Batch, batch_of, concat
from sources.fetch import remote as remotes
from sources.files import Input

SAMPLES = Path(__file__).parent / "samples"

NAMES = registry.names()

REAL = {
    "europepmc": "formats/europepmc/search_cancer_[cs]*.json",
    "guidelines": "html/guidelines/cdc-pcd-2024-html.tar.xz",
    "labels": "formats/dailymed-spl/*.xml",
    "pmc": "jats/epmc-plos.tar.gz",
    "pmc_metadata": "formats/pmc-cloud/PMC*.json",
    "preprints": "jats/biorxiv.tar.gz",
    "pubmed": "pubmed/small/efetch-*.xml",
    "retraction_watch": "formats/retraction-watch/*.csv",
    "trials": "formats/clinicaltrials/get_*.json",
    "who": "formats/oai-pmh/ListRecords?.xml",
}
"""Real and recorded files of a source, below the folder of real files."""

FILES = 3
"""Files, real or true to the format, of which each source that is fetched for is tried."""


def options_of(name: str) -> dict[str, object]:
    """Options that the sample needs, from ``options.json`` beside it."""
    file = SAMPLES / name / "options.json"
    if not file.exists():
        return {}
    text = file.read_text().replace("{folder}", str(SAMPLES / name))
    return dict(json.loads(text))


def make(name: str) -> Source:
    """Make the source with its sample's options."""
    return registry.get(name)(**options_of(name))


def sample_files(name: str) -> list[Path]:
    """Return the raw samples of a source."""
    folder = SAMPLES / name
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "options.json")


def inputs_of(name: str) -> list[Input]:
    """Locate the sample as a build would."""
    paths = [str(path) for path in sample_files(name)] if make(name).needs_paths else []
    return list(make(name).locate(paths, SAMPLES).inputs)


def items_of(name: str) -> list[Item]:
    """Parse the whole sample."""
    source = make(name)
    found: list[Item] = []
    for item in inputs_of(name):
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure), stream
            found += source.parse(resource, stream)
    return found


def documents_of(name: str) -> list[Document]:
    """Parse the whole sample, documents only."""
    return [item for item in items_of(name) if isinstance(item, Document)]


@pytest.mark.parametrize("name", NAMES)
def test_declares_itself(name: str) -> None:
    """Name, kind, summary and version are there, and options have typed defaults."""
    source = registry.get(name)
    assert source.name == name
    assert source.kind in KINDS
    assert source.summary
    assert source.version >= 1
    assert all(value is not None for value in source.options.values())


@pytest.mark.parametrize("name", NAMES)
def test_has_a_sample_that_gives_documents(name: str) -> None:
    """Every source comes with a raw sample, written for this project: texts, or notices."""
    assert sample_files(name), f"put a raw sample into tests/conformance/samples/{name}/"
    assert any(document.text.strip() or document.relations for document in documents_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_documents_are_well_formed(name: str) -> None:
    """Ids are there, kinds are known, titles are one line and not repeated, metadata is JSON."""
    for document in documents_of(name):
        well_formed(document)


def well_formed(document: Document) -> None:
    """Check what every document must be."""
    assert document.native_id
    assert document.kind is None or document.kind in KINDS
    assert "\n" not in document.title
    assert not (document.title and document.text.startswith(f"# {document.title}"))
    assert document.version >= 1
    json.dumps(document.metadata, allow_nan=False)
    assert document.pmid == "" or document.pmid.isdigit()
    assert document.pmcid == "" or document.pmcid.startswith("PMC")
    assert document.doi == document.doi.lower()
    document.text.encode("utf-8")


def real_files(name: str, folder: Path) -> Iterator[Resource]:
    """Yield the first real files of a source, in archives too, as a build opens them."""
    source = make(name)
    listing = source.locate([REAL[name]], folder)
    assert not listing.problems, listing.problems
    opened = itertools.chain.from_iterable(map(source.resources, listing.inputs))
    for resource, stream in itertools.islice(opened, FILES):
        assert not isinstance(stream, Failure), stream
        items = list(source.parse(resource, stream))
        assert items, resource.path
        for item in items:
            assert isinstance(item, Document | Failure | Tombstone)
            if isinstance(item, Document):
                well_formed(item)
        yield resource


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            reader
            for remote in map(remotes.get, remotes.names())
            for reader in remote.readers or (remote.name,)
        }
    ),
)
def test_three_files_of_each_format(name: str, real_data: Path) -> None:
    """Samples, and real files where there are some: read, and what they give is well formed."""
    read = inputs_of(name)
    real = list(real_files(name, real_data)) if name in REAL else []
    assert len(read) + len(real) >= FILES
    assert documents_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_is_deterministic(name: str) -> None:
    """The same bytes give the same items."""
    assert items_of(name) == items_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_items(name: str) -> None:
    """What the build reads has the rows of what `parse` yields, in its order."""
    source = make(name)
    read: list[Batch] = []
    for item in inputs_of(name):
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure), stream
            for found in source.read(resource, stream):
                batch = found if isinstance(found, Batch) else batch_of([found], source.identifiers)
                read.append(batch)
    rows, expected = concat(read), batch_of(items_of(name), source.identifiers)
    for field in SCHEMA:
        assert rows.columns[field.name].type == field.type
        assert rows.columns[field.name].equals(expected.columns[field.name]), field.name


@pytest.mark.parametrize("name", NAMES)
def test_ids_differ(name: str) -> None:
    """Two documents of one record state differ in id or part."""
    keys = [(d.native_id, d.part, d.version, d.revision) for d in documents_of(name)]
    assert len(keys) == len(set(keys))


def cuts(data: bytes) -> Iterator[bytes]:
    """Return the sample cut at eight places, and with a stretch of it overwritten."""
    for eighth in range(8):
        yield data[: len(data) * eighth // 8]
    third = len(data) // 3
    yield data[:third] + b"\x00\xff<&>" * 20 + data[third + 100 :]


@pytest.mark.parametrize("name", [n for n in NAMES if registry.get(n).needs_paths])
def test_damage_is_a_failure_and_nothing_else(name: str) -> None:
    """Whatever is cut or overwritten: items or a SourceError, never another exception."""
    source = make(name)
    for path in sample_files(name):
        for data in cuts(path.read_bytes()):
            resource = Resource(path.name, path.name, len(data), str(path))
            try:
                items = list(source.parse(resource, io.BytesIO(data)))
            except SourceError as error:
                assert error.rule.isidentifier()
                assert error.rule == error.rule.lower()
                assert "\n" not in str(error)
            else:
                assert all(isinstance(i, Document | Failure | Tombstone) for i in items)
