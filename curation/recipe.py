"""The recipe: one TOML file that says what goes into a corpus and by which rules.

Every key has a default; an unknown key is an error that names its line and the nearest known
key. `curation.schema` is the only place that knows the keys; `curation recipe show` prints them
filled in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from curation.errors import RecipeError
from curation.preferences import PREFERENCES
from curation.schema import CLASSIFIER_KEYS, CLASSIFIER_NAME, FETCH_KEYS, SCHEMA
from curation.source_table import SourceSpec, source_specs
from curation.toml_reader import Reader, hint, read_toml
from filters.classifier import PREFIX

PERMUTATIONS = 128
"""Values of a stored signature: bands times rows cannot be more."""


@dataclass(frozen=True, slots=True)
class ClassifierSpec:
    """One ``[classifiers.NAME]`` table.

    Attributes:
        name: Its name; the measurement is ``classifier_NAME``.
        path: The model, relative to the recipe.
        label: The label whose probability is measured.
    """

    name: str
    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A validated recipe.

    Attributes:
        path: The file, or the name of a shipped recipe.
        root: Folder that its paths are relative to.
        sha256: Checksum of the file's bytes.
        values: All settings but the sources, defaults filled in: ``{table: {key: value}}``, the
            keys of the top level under ``""``.
        given: ``(table, key)`` of what the file sets, to its line; the tables of the sources are
            ``sources#0`` and so on.
        sources: The sources in their order.
        quality: ``{kind or "": {measurement_min or _max: number or false}}``.
        classifiers: Models whose probabilities are measured, by name.
        fetch: The table ``[fetch]``, which says nothing of what a build does.
    """

    path: str
    root: Path
    sha256: str
    values: Mapping[str, Mapping[str, object]]
    given: Mapping[tuple[str, str], int]
    sources: tuple[SourceSpec, ...]
    quality: Mapping[str, Mapping[str, object]]
    classifiers: tuple[ClassifierSpec, ...] = ()
    fetch: Mapping[str, object] = field(default_factory=dict)

    def get(self, table: str, key: str) -> object:
        """Return one setting (``table`` is empty for the top level)."""
        return self.values[table][key]

    def text(self, table: str, key: str) -> str:
        """Return one setting as text."""
        return str(self.values[table][key])

    def number(self, table: str, key: str) -> float:
        """Return one setting as a number."""
        value = self.values[table][key]
        assert isinstance(value, int | float)  # the schema saw to it
        return float(value)

    def flag(self, table: str, key: str) -> bool:
        """Return one setting as a truth value."""
        return bool(self.values[table][key])

    def tolerates(self, failed: int, inputs: int) -> bool:
        """Tell whether that many of all inputs may fail or be withheld: a number, or a share."""
        limit = self.number("failures", "tolerate")
        # Divided, not multiplied: 29 of 100 are 0.29 exactly, while 0.29 x 100 is below 29.
        return (failed if limit >= 1 else failed / max(1, inputs)) <= limit


def shipped() -> dict[str, Path]:
    """Return name and file of the recipes that come with the package, sorted by name."""
    folder = resources.files("curation") / "recipes"
    found = {
        Path(entry.name).stem: Path(str(entry))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    return dict(sorted(found.items()))


def of_text(name: str, text: str) -> Recipe:
    """Validate a recipe that is no file; its paths are relative to the current folder.

    Args:
        name: What messages call it.
        text: TOML.

    Raises:
        RecipeError: It holds something unknown or of a wrong type.
    """
    return _recipe(Reader(name, text.encode(), Path.cwd()), tomllib.loads(text))


def load(path: str | Path) -> Recipe:
    """Read and validate a recipe.

    Args:
        path: A file, or the name of a shipped recipe; the paths of a shipped recipe are relative
            to the current folder.

    Returns:
        The recipe with all defaults filled in.

    Raises:
        RecipeError: The file is missing, no TOML, or holds something unknown or of a wrong type.
    """
    reader, table = read_toml(path, shipped(), "recipe")
    return _recipe(reader, table)


def _recipe(reader: Reader, table: Mapping[str, object]) -> Recipe:
    """Check the top table and return the recipe."""
    values: dict[str, dict[str, object]] = {}
    known_tables = [*(name for name in SCHEMA if name), "classifiers", "fetch", "sources"]
    for key, value in table.items():
        if key not in SCHEMA[""] and key not in known_tables:
            reader.unknown("", key, [*SCHEMA[""], *known_tables])
        if key in known_tables and key != "sources" and not isinstance(value, dict):
            raise reader.error("", key, f"{key} is a table: write [{key}] and its keys below")
    for name, schema in SCHEMA.items():
        part = table if not name else table.get(name, {})
        assert isinstance(part, Mapping)
        values[name] = reader.table(name, schema, part)
    if values["duplicates"]["bands"] * values["duplicates"]["rows"] > PERMUTATIONS:  # type: ignore[operator]
        text = f"bands times rows must be at most {PERMUTATIONS}, the values of a signature"
        raise reader.error("duplicates", "rows", text)
    _check_words(reader, values)
    _check_masking(reader, values["pii"])
    fetch = reader.table("fetch", FETCH_KEYS, table.get("fetch", {}))  # type: ignore[arg-type]
    specs = source_specs(
        reader, table.get("sources", []), str(fetch["folder"]), str(values[""]["purpose"])
    )
    classifiers = _classifiers(reader, table.get("classifiers", {}))
    quality = _quality(reader, table.get("quality", {}), values, classifiers)
    given = dict(reader.given(table))
    return Recipe(
        reader.name, reader.root, reader.sha256, values, given, specs, quality, classifiers, fetch
    )


def _check_masking(reader: Reader, values: Mapping[str, object]) -> None:
    """Refuse to publish unmasked by accident, what a list cannot keep, and unknown tokens."""
    if values["profile"] == "off" and not values["publish_unmasked"]:
        text = (
            'profile = "off" publishes personal data as it stands: write publish_unmasked = true '
            "beside it if that is meant, or take default or strict"
        )
        raise reader.error("pii", "profile", text)
    keep, mapped = _texts(values["keep"]), _texts(values["recogniser_entities"])
    if not keep and not mapped:
        return
    from filters.pii.entities import pairs
    from filters.pii.keep import entry_problem

    for entry in keep:
        if problem := entry_problem(entry):
            raise reader.error("pii", "keep", f"keep: {problem}")
    try:
        pairs(mapped, "recogniser_entities")
    except ValueError as error:
        raise reader.error("pii", "recogniser_entities", str(error)) from None


def _check_words(reader: Reader, values: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse words in lists that can mean nothing, and a window of dates that is empty."""
    from filters.language_codes import is_code
    from filters.licence import entry_problem

    for key in ("allow", "deny"):
        for entry in _texts(values["licence"][key]):
            if problem := entry_problem(entry):
                raise reader.error("licence", key, f"{key}: {problem}")
    for code in _texts(values["language"]["keep"]):
        if not is_code(code):
            text = f'keep: {code!r} is no language of ISO 639-1; write codes such as "en"'
            raise reader.error("language", "keep", text)
    prefer = _texts(values["identity"]["prefer"])
    for name in prefer:
        if name not in PREFERENCES:
            raise reader.error(
                "identity", "prefer", f"prefer: no criterion {name!r}{hint(name, PREFERENCES)}"
            )
        if prefer.count(name) > 1:
            raise reader.error("identity", "prefer", f"prefer names {name!r} twice")
    first, last = (str(values["status"][key]) for key in ("date_min", "date_max"))
    known = min(len(first), len(last))
    if first[:known] > last[:known]:
        text = f"date_min {first} is after date_max {last}: no document lies between them"
        raise reader.error("status", "date_min", text)


def _classifiers(reader: Reader, part: object) -> tuple[ClassifierSpec, ...]:
    """Check the tables below ``[classifiers]``; sorted by name."""
    assert isinstance(part, Mapping)
    found = []
    for name, entry in sorted(part.items()):
        place = f"classifiers.{name}"
        if not isinstance(entry, dict):
            raise reader.error("classifiers", name, "write [classifiers.NAME] with path = …")
        if not re.fullmatch(CLASSIFIER_NAME, name):
            text = f"{name!r} is no name of a classifier: lower-case letters, digits and _"
            raise reader.error(place, "", text)
        values = reader.table(place, CLASSIFIER_KEYS, entry)
        if not values["path"]:
            raise reader.error(place, "path", f'[{place}] needs path = "…"')
        label = str(values["label"] or name)
        found.append(ClassifierSpec(name, str(values["path"]), label))
    return tuple(found)


def _quality(
    reader: Reader,
    part: object,
    values: Mapping[str, Mapping[str, object]],
    classifiers: tuple[ClassifierSpec, ...],
) -> dict[str, dict[str, object]]:
    """Check the rules of ``[quality]`` and of the tables below it."""
    from filters.rules import merge
    from sources.items import KINDS

    assert isinstance(part, Mapping)
    overrides: dict[str, dict[str, object]] = {}
    for key, value in part.items():
        if key in values["quality"]:
            continue
        if isinstance(value, dict):
            if key not in KINDS:
                reader.unknown("quality", key, [*KINDS, *values["quality"]])
            overrides[key] = value
        else:
            overrides.setdefault("", {})[key] = value
    named = [f"{PREFIX}{c.name}_{side}" for c in classifiers for side in ("min", "max")]
    for kind, rules in overrides.items():
        for key in rules:
            if key.startswith(PREFIX) and key not in named:
                table = f"quality.{kind}".rstrip(".")
                if not named:
                    model = key.removeprefix(PREFIX).rpartition("_")[0] or "NAME"
                    text = f"[classifiers.{model}] with its path gives the model"
                    raise reader.error(table, key, f"unknown key {key!r}: {text}")
                reader.unknown(table, key, named)
    try:
        merge(overrides)
    except ValueError as error:
        line = _line_of_message(reader, str(error), overrides)
        raise RecipeError(
            f"{reader.name}:{line}: {error}" if line else f"{reader.name}: {error}"
        ) from None
    return overrides


def _line_of_message(
    reader: Reader, message: str, overrides: Mapping[str, Mapping[str, object]]
) -> int:
    """Return the line of the rule that a message is about; 0 for none."""
    for kind, rules in overrides.items():
        table = f"quality.{kind}" if kind else "quality"
        for key in rules:
            if re.search(rf"\b{re.escape(key)}\b", message):
                return reader.line(table, key)
    return 0


def _texts(value: object) -> list[str]:
    """Return a list of texts; a word that stands for all of them (``any``) is an empty one."""
    return value if isinstance(value, list) else []
