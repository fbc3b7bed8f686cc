"""Datasets of the Hugging Face hub, or local copies of them.

A dataset's loading may use the network and code of the `datasets` library; both happen in `parse`,
so that a build that does not use this source never imports it. Pin ``revision``: without it the
name stands for whatever the hub holds on the day.
"""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

from sources.base import Failure, Input, Item, Listing, Resource, Source, SourceError
from sources.files import Problem
from sources.jsonl import check_fields
from sources.streams import open_input
from sources.text.jsonlines import Row, document, plain_value, read_rows, record_id, renamed

_FILES = ("*.jsonl", "*.ndjson", "*.parquet")
_SPLITS = frozenset({"train", "validation", "valid", "dev", "test"})


class Hub(Source):
    """Records of a dataset: fields as in the source `jsonl`, ``id`` optional.

    ``dataset`` is a name on the hub or a folder relative to the recipe. A folder's Parquet and
    JSON-lines files are read directly, those whose path names the split; where no path names any
    split, all. A folder written by ``save_to_disk`` and a name on the hub go through `datasets`.
    Where the recipe names ``paths`` (a snapshot of `curation fetch`), those are read instead.
    """

    name = "hub"
    kind = "other"
    summary = "a dataset of the Hugging Face hub, or a local copy"
    version = 2
    patterns = _FILES
    options: ClassVar[Mapping[str, object]] = {
        "dataset": "",
        "config": "",
        "split": "train",
        "revision": "",
        "fields": {},
        "streaming": True,
    }
    libraries = ("datasets",)
    needs_paths = False

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        check_fields(self.config["fields"])

    def locate(self, paths: Sequence[str], root: Path) -> Listing:
        """List the files of a local dataset, or one input that stands for the hub's.

        Args:
            paths: Files and snapshots; empty: the option ``dataset`` names what is read.
            root: The recipe's folder.

        Returns:
            Inputs and problems.
        """
        name = str(self.config["dataset"])
        label = self._label()
        if paths:
            return self._chosen(super().locate(paths, root), " ".join(paths))
        if not name:
            problem = Problem("hub:", "missing", "the hub source needs the option dataset")
            return Listing((), (problem,))
        folder = root / name
        if not folder.is_dir():
            return Listing((Input(label, "", -1),), ())
        if _saved(folder):
            return Listing((Input(label, str(folder.absolute()), -1),), ())
        return self._chosen(super().locate([name], root), label)

    def _chosen(self, listing: Listing, label: str) -> Listing:
        """Return the files of the split among those that were found."""
        chosen = _of_split(listing.inputs, str(self.config["split"]))
        if not chosen and not listing.problems:
            return Listing((), (Problem(label, "missing", f"{label}: no file of the split"),))
        return Listing(chosen, listing.problems)

    def resources(self, item: Input) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
        """Open a file, or hand out an empty stream for a dataset that `parse` loads itself."""
        if item.size >= 0:
            yield from open_input(item, self.patterns)
        else:
            yield Resource(item.path, item.path, -1, item.file), io.BytesIO()

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield one document a record; see `Source.parse`."""
        names = cast("Mapping[str, str]", self.config["fields"])
        rows = self._load(resource) if resource.size < 0 else read_rows(resource, stream)
        for row in rows:
            yield row if isinstance(row, Failure) else _item(resource, renamed(row, names))

    def _label(self) -> str:
        revision = str(self.config["revision"])
        parts = [str(self.config["dataset"]), str(self.config["config"]), str(self.config["split"])]
        name = "/".join(part for part in parts if part)
        return f"hub:{name}@{revision}" if revision else f"hub:{name}"

    def _load(self, resource: Resource) -> Iterator[Row]:
        """Read a dataset through the library; every trouble of the network is one line."""
        try:
            for number, record in enumerate(self._records(resource), 1):
                yield Row(number, {str(k): plain_value(v) for k, v in record.items()})
        except SourceError:
            raise
        except Exception as error:
            # The library raises what its many transports raise; none of it ends the build.
            raise SourceError(
                "hub_unreachable",
                f"{self._label()} cannot be loaded ({type(error).__name__}): check the name, "
                "config and split, the network, or give a local folder",
            ) from None

    def _records(self, resource: Resource) -> Iterable[Mapping[str, object]]:
        datasets = importlib.import_module("datasets")
        datasets.disable_progress_bars()
        split = str(self.config["split"])
        if resource.file:
            saved = datasets.load_from_disk(resource.file)
            return cast(
                "Iterable[Mapping[str, object]]", saved[split] if _by_split(saved) else saved
            )
        return cast(
            "Iterable[Mapping[str, object]]",
            datasets.load_dataset(
                str(self.config["dataset"]),
                str(self.config["config"]) or None,
                split=split,
                revision=str(self.config["revision"]) or None,
                streaming=bool(self.config["streaming"]),
            ),
        )


def _by_split(saved: object) -> bool:
    return isinstance(saved, dict)


def _saved(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("state.json", "dataset_dict.json"))


def _of_split(inputs: Sequence[Input], split: str) -> tuple[Input, ...]:
    named = [(item, set(re.split(r"[^a-z0-9]+", item.path.lower()))) for item in inputs]
    if not any(words & _SPLITS for _, words in named):
        return tuple(inputs)
    return tuple(item for item, words in named if split.lower() in words)


def _item(resource: Resource, row: Row) -> Item:
    native_id = ""
    try:
        if row.record.get("id") is None:
            # Rows have numbers of their own in each file only.
            file = resource.fact("file") or Path(resource.path).name
            prefix = f"{file}-" if resource.size >= 0 else ""
            native_id = f"{prefix}{row.number}"
        else:
            native_id = record_id(row.record)
        return document(row.record, native_id, row.record.get("text"))
    except SourceError as error:
        return Failure(error.rule, f"row {row.number:,}: {error}", native_id)
