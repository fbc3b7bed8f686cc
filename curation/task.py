"""Tasks: pure functions from files to files, named by the hash of everything that they depend on.

A slice of input is one extract task. Its key covers the inputs' checksums and the parameters:
source, options, and the versions of whatever touches text. Same key, same bytes.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from curation.storage import canonical_json
from filters.classifier import Classifier
from filters.pii import Masking

EXTRACT_VERSION = 8
"""Raised whenever the extract stage itself writes other bytes for the same documents."""

CORE_LIBRARIES = ("lxml", "numba", "numpy", "pyarrow")
"""Libraries that every extract depends on, besides those a source names."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One physical input file of a slice.

    Attributes:
        path: Name in the ledger, relative to the recipe.
        file: Absolute path on this machine; no part of the key.
        size: Bytes.
        sha256: Checksum; empty for inputs that are no files (a hub dataset), and for those of a
            store until they are read.
        facts: What its source says of it beside the bytes, sorted by name.
        validator: What a store says of the bytes; empty for files of this machine.
    """

    path: str
    file: str
    size: int
    sha256: str
    facts: tuple[tuple[str, str], ...] = ()
    validator: str = ""

    @property
    def pinned(self) -> str:
        """What says that the bytes are the same: checksum or validator; empty for neither."""
        return self.validator or self.sha256

    def identity(self) -> list[object]:
        """Return what identifies the content, for keys.

        Facts are content: where one changes, the documents may be others.
        """
        if not self.facts:
            return [self.path, self.size, self.pinned]
        facts = hashlib.sha256(canonical_json(dict(self.facts)).encode()).hexdigest()[:16]
        return [self.path, self.size, f"{self.pinned}+{facts}"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything besides the input bytes that an extracted slice depends on.

    Attributes:
        source: Prefix of the ids.
        use: Registered source.
        kind: Kind of documents that state none.
        license: Licence of documents that state none.
        options: Options of the source.
        pii: Profile, values that stay and recognisers of masking.
        language_model: Path of the model file, empty where none could be had.
        versions: Name to version of stages, measurements, libraries and models.
        classifiers: Models whose probabilities are measured; their checksums are among the
            versions.
        boilerplate: Whether boilerplate inside documents is removed.
    """

    source: str
    use: str
    kind: str
    license: str
    options: Mapping[str, object]
    pii: Masking
    language_model: str
    versions: Mapping[str, str]
    classifiers: tuple[Classifier, ...] = ()
    boilerplate: bool = True

    def key(self) -> str:
        """Return the hash that names these parameters, 16 hex digits."""
        parts = {
            "source": self.source,
            "use": self.use,
            "kind": self.kind,
            "license": self.license,
            "options": self.options,
            "pii": self.pii.key(),
            "boilerplate": self.boilerplate,
            "versions": self.versions,
        }
        return hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SliceTask:
    """One extract task.

    Attributes:
        folder: Where its cached result goes, named by the key.
        inputs: Its files.
        parameters: Shared by all slices of one source.
        crashed: Paths whose reading killed a worker before; each becomes one failed row.
    """

    folder: str
    inputs: tuple[InputFile, ...]
    parameters: Parameters
    crashed: tuple[str, ...] = ()


def slice_key(inputs: Sequence[InputFile]) -> str:
    """Return the hash that names a set of inputs, 16 hex digits."""
    text = canonical_json([item.identity() for item in inputs])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def library_versions(names: Sequence[str]) -> dict[str, str]:
    """Return installed versions; a library that is absent reads ``none``."""
    found: dict[str, str] = {}
    for name in sorted(set(names)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    found["python"] = platform.python_version_tuple()[0] + "." + str(sys.version_info.minor)
    return found
