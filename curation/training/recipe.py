"""What a classifier is trained from and how: a TOML file, or ``label=path`` on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from curation.errors import RecipeError, UsageError
from curation.schema import Key
from curation.toml_reader import Reader, read_toml
from filters.classifier import LONGEST_RUN

LABEL = r"[a-z0-9][a-z0-9_-]{0,63}"

TRAIN: Mapping[str, Key] = {
    "held_out": Key(
        0.2, "number", "Share of the documents that judge the model.", low=0.01, high=0.9
    ),
    "seed": Key(1, "integer", "Of the split, the order and the first vectors.", high=2**31 - 1),
    "passage_words": Key(
        100, "integer", "Words of the passages that documents are cut into.", low=10
    ),
    "passages": Key(8, "integer", "Passages of one document, spread over it, at most.", low=1),
    "balance": Key(
        4, "number", "Passages of a label, at most, in those of the smallest one.", low=1
    ),
    "words": Key(2, "integer", "Longest run of words that is learnt.", low=1, high=LONGEST_RUN),
    "min_documents": Key(5, "integer", "Passages that a word must stand in to be learnt.", low=1),
    "dimension": Key(10, "integer", "Length of the vectors.", low=2, high=300),
    "epochs": Key(5, "integer", "Times that all passages are seen.", low=1, high=1000),
    "rate": Key(0.1, "number", "Learning rate at the start; it falls to 0.", low=1e-6, high=10),
    "buckets": Key(200_000, "integer", "Rows that runs of words share by hash.", low=1_000),
    "features": Key(
        50_000, "integer", "Words and runs that are kept when the model is quantised.", low=256
    ),
}
"""Keys of ``[train]``."""

INPUT: Mapping[str, Key] = {
    "label": Key(
        "",
        "pattern",
        "Label of the documents.",
        pattern=LABEL,
        hint='lower-case letters, digits, "-" and "_"',
    ),
    "paths": Key([], "texts", "Files, folders, globs, archives; relative to the recipe."),
    "text": Key("text", "text", "Field that holds the text."),
    "title": Key("title", "text", "Field that holds the title, which heads the text."),
    "group": Key(
        ["group", "journal", "url", "source"],
        "texts",
        "Fields, the first that a record has: its values stand on one side of the split.",
    ),
    "source": Key("source", "text", "Field by which the confusion is shown; else the file."),
    "score": Key("", "text", "Field with a number that decides whether a record counts."),
    "min": Key(float("-inf"), "number", "Smallest score.", low=float("-inf")),
    "max": Key(float("inf"), "number", "Largest score.", low=float("-inf")),
    "limit": Key(50_000, "integer", "Documents taken at most, drawn by their hash.", low=1),
}
"""Keys of an ``[[inputs]]`` entry."""


@dataclass(frozen=True, slots=True)
class Input:
    """Documents of one label; see `INPUT`."""

    label: str
    paths: tuple[str, ...]
    text: str
    title: str
    group: tuple[str, ...]
    source: str
    score: str
    min: float
    max: float
    limit: int


@dataclass(frozen=True, slots=True)
class Training:
    """A checked definition.

    Attributes:
        name: Name of the model on its card.
        root: Folder that paths are relative to.
        inputs: What is read, two labels or more.
        settings: `TRAIN`, defaults filled in.
    """

    name: str
    root: Path
    inputs: tuple[Input, ...]
    settings: Mapping[str, float]

    def integer(self, key: str) -> int:
        """Return a setting that is a whole number."""
        return int(self.settings[key])


def shipped() -> dict[str, Path]:
    """Return name and file of the definitions that come with the package, sorted by name."""
    folder = resources.files("curation") / "recipes" / "classifiers"
    found = {Path(e.name).stem: Path(str(e)) for e in folder.iterdir() if e.name.endswith(".toml")}
    return dict(sorted(found.items()))


def from_pairs(pairs: Sequence[str], name: str, settings: Mapping[str, float]) -> Training:
    """Make a definition of ``label=path`` arguments.

    Args:
        pairs: The arguments; a label may come several times.
        name: Name of the model.
        settings: What differs from the defaults.

    Raises:
        UsageError: An argument of another form, or fewer than two labels.
    """
    inputs = []
    for pair in pairs:
        label, equals, path = pair.partition("=")
        problem = INPUT["label"].problem(label)
        if not equals or not path or problem:
            raise UsageError(f"{pair}: write LABEL=PATH; a label {problem or 'and a path are due'}")
        inputs.append(_input({"label": label, "paths": [path]}))
    if len({item.label for item in inputs}) < 2:
        raise UsageError("a classifier needs two labels or more: LABEL=PATH LABEL=PATH")
    filled = {key: entry.default for key, entry in TRAIN.items()} | dict(settings)
    return Training(name, Path.cwd(), tuple(inputs), filled)  # type: ignore[arg-type]


def load(path: str, settings: Mapping[str, float]) -> Training:
    """Read a definition.

    Args:
        path: A TOML file or the name of a shipped one, whose paths are relative to the current
            folder.
        settings: What prevails over the file.

    Raises:
        RecipeError: The file is missing, no TOML, or holds something unknown or of a wrong type.
    """
    reader, table = read_toml(path, shipped(), "training recipe")
    for key in table:
        if key not in ("name", "train", "inputs"):
            reader.unknown("", key, ["name", "train", "inputs"])
    name = table.get("name", Path(path).stem)
    train = table.get("train", {})
    if not isinstance(name, str) or not isinstance(train, dict):
        raise RecipeError(f"{path}: name is a text and [train] a table")
    filled = reader.table("train", TRAIN, train) | dict(settings)
    entries = table.get("inputs", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise reader.error("", "inputs", "inputs are written as [[inputs]] entries")
    inputs = tuple(_entry(reader, number, entry) for number, entry in enumerate(entries))
    if len({item.label for item in inputs}) < 2:
        raise RecipeError(f"{path}: a classifier needs [[inputs]] of two labels or more")
    return Training(name, reader.root, inputs, filled)  # type: ignore[arg-type]


def grouped(training: Training, fields: Sequence[str]) -> Training:
    """Return a definition whose inputs are all split by other fields."""
    inputs = tuple(replace(item, group=tuple(fields)) for item in training.inputs)
    return replace(training, inputs=inputs)


def _entry(reader: Reader, number: int, entry: Mapping[str, object]) -> Input:
    place = f"inputs#{number}"
    for key in entry:
        if key not in INPUT:
            reader.unknown("[[inputs]]", key, list(INPUT), place)
    for key in ("label", "paths"):
        if not entry.get(key):
            raise reader.error(place, key, f"an [[inputs]] entry needs {key}")
    return _input(reader.table(place, INPUT, entry))


def _input(given: Mapping[str, object]) -> Input:
    values: dict[str, object] = {key: item.default for key, item in INPUT.items()} | dict(given)
    for key in ("paths", "group"):
        found = values[key]
        assert isinstance(found, list)  # the schema saw to it
        values[key] = tuple(found)
    return Input(**values)  # type: ignore[arg-type]
