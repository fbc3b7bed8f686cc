"""The recipe: one TOML file that says what goes into a corpus and by which rules.

Every key has a default; an unknown key is an error that names its line and the nearest known
key. The schema below is the only place that knows the keys; `resolved` prints it filled in.
"""

from __future__ import annotations

import datetime
import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from curation.addresses import on_this_machine
from curation.errors import RecipeError
from curation.fetch_table import fetch_table
from curation.preferences import PREFERENCES
from curation.schema import CLASSIFIER_KEYS, CLASSIFIER_NAME, FETCH_KEYS, SCHEMA, SOURCE_KEYS, Key
from filters.classifier import PREFIX

PERMUTATIONS = 128
"""Values of a stored signature: bands times rows cannot be more."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One ``[[sources]]`` entry.

    Attributes:
        use: Registered source.
        name: Prefix of its ids, unique in the recipe.
        paths: Paths and globs, relative to the recipe.
        kind: Kind given to its documents; empty means the source's own.
        license: Licence given to documents that state none; empty means none.
        options: Further keys, checked by the source's own declaration.
        override_terms: Why it may be used although its terms forbid training; empty for others.
        fetch: Its table ``[sources.fetch]`` with all defaults; None where it has none.
    """

    use: str
    name: str
    paths: tuple[str, ...]
    kind: str
    license: str
    options: Mapping[str, object]
    override_terms: str = ""
    fetch: Mapping[str, object] | None = None


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


def shipped() -> dict[str, Path]:
    """Return name and file of the recipes that come with the package, sorted by name."""
    folder = resources.files("curation") / "recipes"
    found = {
        Path(entry.name).stem: Path(str(entry))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    return dict(sorted(found.items()))


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
    return reader.recipe(table)


def read_toml(
    path: str | Path, known: Mapping[str, Path], what: str
) -> tuple[Reader, dict[str, object]]:
    """Read a TOML file, or a shipped one by its name, and parse it.

    Args:
        path: A file or a name.
        known: Name to file of what is shipped.
        what: What messages call it.

    Returns:
        What checks it, and its top table.

    Raises:
        RecipeError: The file is missing or no TOML.
    """
    file = on_this_machine(path, f"a {what}")
    root = file.absolute().parent
    if not file.is_file() and str(path) in known:
        file, root = known[str(path)], Path.cwd()
    try:
        data = file.read_bytes()
        table = tomllib.loads(data.decode("utf-8-sig"))
    except FileNotFoundError:
        near = difflib.get_close_matches(str(path), known, 1)
        hint = f"; did you mean the shipped {what} {near[0]!r}?" if near else ""
        listed = ", ".join(known)
        raise RecipeError(
            f"{path}: no such file or shipped {what}{hint} (shipped: {listed})"
        ) from None
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecipeError(f"{path}: not a UTF-8 text file") from None
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}{_toml_problem(str(error), data)}") from None
    return Reader(str(path), data.decode("utf-8-sig"), root, data), table


class Reader:
    """Checks a parsed table against the schema and knows the line of each key."""

    def __init__(self, name: str, text: str, root: Path, data: bytes) -> None:
        self.name, self.root = name, root
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.lines = dict(_key_lines(text))

    def recipe(self, table: Mapping[str, object]) -> Recipe:
        """Check the top table and return the recipe."""
        values: dict[str, dict[str, object]] = {}
        known_tables = [*(name for name in SCHEMA if name), "classifiers", "fetch", "sources"]
        for key, value in table.items():
            if key not in SCHEMA[""] and key not in known_tables:
                self.unknown("", key, [*SCHEMA[""], *known_tables])
            if key in known_tables and key != "sources" and not isinstance(value, dict):
                raise self.error("", key, f"{key} is a table: write [{key}] and its keys below")
        for name, schema in SCHEMA.items():
            part = table if not name else table.get(name, {})
            assert isinstance(part, Mapping)
            values[name] = self.table(name, schema, part)
        if values["duplicates"]["bands"] * values["duplicates"]["rows"] > PERMUTATIONS:  # type: ignore[operator]
            text = f"bands times rows must be at most {PERMUTATIONS}, the values of a signature"
            raise self.error("duplicates", "rows", text)
        self.words(values)
        fetch = self.table("fetch", FETCH_KEYS, table.get("fetch", {}))  # type: ignore[arg-type]
        specs = self.sources(table.get("sources", []), str(fetch["folder"]))
        classifiers = self.classifiers(table.get("classifiers", {}))
        quality = self.quality(table.get("quality", {}), values, classifiers)
        given = dict(self.given(table))
        return Recipe(
            self.name, self.root, self.sha256, values, given, specs, quality, classifiers, fetch
        )

    def given(self, table: Mapping[str, object]) -> Iterator[tuple[tuple[str, str], int]]:
        """Yield the keys that the file sets, with their lines: also those of inline tables."""
        for key, value in table.items():
            if isinstance(value, dict):
                for inner, item in value.items():
                    if isinstance(item, dict):
                        deeper = f"{key}.{inner}"
                        yield from (((deeper, name), self.line(deeper, name)) for name in item)
                    else:
                        yield (key, inner), self.line(key, inner)
            elif key == "sources":
                for number, entry in enumerate(value if isinstance(value, list) else ()):
                    place = f"sources#{number}"
                    yield from (((place, name), self.line(place, name)) for name in entry)
                    fetch = entry.get("fetch", {})
                    yield from ((key, self.line(*key)) for key in _keys(f"{place}.fetch", fetch))
            else:
                yield ("", key), self.line("", key)

    def line(self, table: str, key: str) -> int:
        """Return the line of a key, else that of its table or of what holds it; 0 for none."""
        outer, _, name = table.rpartition(".")
        headers = (f"{table}.{key}" if table else key, f"{key}#0", table)
        places = (
            (table, key),
            *((h, "") for h in headers),
            (outer, name),
            (outer, ""),
            ("", outer),
        )
        inside = (line for (name, _), line in self.lines.items() if name.startswith(f"{key}."))
        below = next(inside, 0) if key and not table else 0  # only [quality.web] stands there
        return next((self.lines[place] for place in places if place in self.lines), below)

    def table(
        self, name: str, schema: Mapping[str, Key], part: Mapping[str, object]
    ) -> dict[str, object]:
        """Check the keys of one table and fill in the defaults."""
        filled = {key: entry.default for key, entry in schema.items()}
        for key, value in part.items():
            if key not in schema:
                if name == "quality" or not name:
                    continue  # tables of the top level; quality rules are checked by themselves
                self.unknown(name, key, list(schema))
            filled[key] = self.checked(name, key, schema[key], value)
        return filled

    def checked(self, table: str, key: str, entry: Key, value: object) -> object:
        """Return one value; a date becomes text."""
        if isinstance(value, datetime.date):
            value = value.isoformat()
        problem = entry.problem(value)
        if problem:
            raise self.error(table, key, f"{key} {problem}, not {value!r}")
        return value

    def words(self, values: Mapping[str, Mapping[str, object]]) -> None:
        """Refuse words in lists that can mean nothing, and a window of dates that is empty."""
        from filters.language_codes import is_code
        from filters.licence import entry_problem

        for key in ("allow", "deny"):
            for entry in _texts(values["licence"][key]):
                if problem := entry_problem(entry):
                    raise self.error("licence", key, f"{key}: {problem}")
        for code in _texts(values["language"]["keep"]):
            if not is_code(code):
                text = f'keep: {code!r} is no language of ISO 639-1; write codes such as "en"'
                raise self.error("language", "keep", text)
        prefer = _texts(values["identity"]["prefer"])
        for name in prefer:
            if name not in PREFERENCES:
                raise self.error(
                    "identity", "prefer", f"prefer: no criterion {name!r}{_hint(name, PREFERENCES)}"
                )
            if prefer.count(name) > 1:
                raise self.error("identity", "prefer", f"prefer names {name!r} twice")
        first, last = (str(values["status"][key]) for key in ("date_min", "date_max"))
        known = min(len(first), len(last))
        if first[:known] > last[:known]:
            text = f"date_min {first} is after date_max {last}: no document lies between them"
            raise self.error("status", "date_min", text)

    def sources(self, entries: object, fetched: str) -> tuple[SourceSpec, ...]:
        """Check the ``[[sources]]`` entries; ``fetched`` is where snapshots lie."""
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise self.error("", "sources", "sources are written as [[sources]] entries")
        if not entries:
            raise RecipeError(f"{self.name}: no [[sources]] entry; see `curation sources list`")
        specs = [
            self.source(f"sources#{number}", entry, fetched) for number, entry in enumerate(entries)
        ]
        seen: set[str] = set()
        for number, spec in enumerate(specs):
            if spec.name in seen:
                text = f"two sources are named {spec.name!r}; give one another name = …"
                raise self.error(f"sources#{number}", "name", text)
            seen.add(spec.name)
        return tuple(specs)

    def source(self, table: str, entry: Mapping[str, object], fetched: str) -> SourceSpec:
        """Check one ``[[sources]]`` entry."""
        from sources import registry

        if "use" not in entry:
            raise self.error(
                table, "", 'a [[sources]] entry needs use = "…"; see `curation sources list`'
            )
        use = self.checked(table, "use", SOURCE_KEYS["use"], entry["use"])
        try:
            declared = registry.get(str(use))
        except registry.UnknownSourceError as error:
            raise self.error(table, "use", str(error)) from None
        values: dict[str, object] = {key: item.default for key, item in SOURCE_KEYS.items()}
        options = dict(declared.options)
        fetch = None
        for key, value in entry.items():
            if key == "fetch":
                fetch = fetch_table(self, f"{table}.fetch", str(use), value)
            elif key in SOURCE_KEYS:
                values[key] = self.checked(table, key, SOURCE_KEYS[key], value)
            elif key in options:
                if not isinstance(value, type(options[key])):
                    kind = type(options[key]).__name__
                    raise self.error(table, key, f"{key} must be of type {kind}, not {value!r}")
                options[key] = value
            else:
                self.unknown(f"[[sources]] {use}", key, [*SOURCE_KEYS, "fetch", *options], table)
        try:
            declared(**options)
        except ValueError as error:  # a value that only the source can judge: it names the key
            key = str(error).split()[0].rstrip(":")
            raise self.error(table, key, str(error)) from None
        name = str(values["name"] or use)
        paths = values["paths"]
        assert isinstance(paths, list)
        if not paths and fetch is not None:
            paths = [f"{fetched.rstrip('/')}/{name}.snapshot"]
        if not paths and declared.needs_paths:
            raise self.error(table, "use", f'the source {use!r} needs paths = ["…"]')
        override = str(values["override_terms"]).strip()
        self.permitted(table, str(use), override)
        kind, licence = str(values["kind"]), str(values["license"])
        return SourceSpec(str(use), name, tuple(paths), kind, licence, options, override, fetch)

    def permitted(self, table: str, use: str, override: str) -> None:
        """Refuse a source whose terms forbid training, unless the recipe says why it may be used.

        Args:
            table: Its entry.
            use: Registered source.
            override: The recipe's reason.
        """
        from sources.policy import POLICIES

        policy = POLICIES.get(use)
        forbidden = policy is not None and policy.training == "forbidden"
        if policy is not None and forbidden and not override:
            text = (
                f"the terms of the source {use!r} forbid training: {policy.evidence} (read "
                f"{policy.checked}); who may use it all the same says why: override_terms = "
                '"…"'
            )
            raise self.error(table, "use", text)
        if override and not forbidden:
            text = f"override_terms is for sources whose terms forbid training; {use!r} is none"
            raise self.error(table, "override_terms", text)

    def classifiers(self, part: object) -> tuple[ClassifierSpec, ...]:
        """Check the tables below ``[classifiers]``; sorted by name."""
        assert isinstance(part, Mapping)
        found = []
        for name, entry in sorted(part.items()):
            place = f"classifiers.{name}"
            if not isinstance(entry, dict):
                raise self.error("classifiers", name, "write [classifiers.NAME] with path = …")
            if not re.fullmatch(CLASSIFIER_NAME, name):
                text = f"{name!r} is no name of a classifier: lower-case letters, digits and _"
                raise self.error(place, "", text)
            values = self.table(place, CLASSIFIER_KEYS, entry)
            if not values["path"]:
                raise self.error(place, "path", f'[{place}] needs path = "…"')
            label = str(values["label"] or name)
            found.append(ClassifierSpec(name, str(values["path"]), label))
        return tuple(found)

    def quality(
        self,
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
                    self.unknown("quality", key, [*KINDS, *values["quality"]])
                overrides[key] = value
            else:
                overrides.setdefault("", {})[key] = value
        named = [f"{PREFIX}{c.name}_{side}" for c in classifiers for side in ("min", "max")]
        for kind, rules in overrides.items():
            for key in rules:
                if key.startswith(PREFIX) and key not in named:
                    self.unknown(f"quality.{kind}".rstrip("."), key, named or ["[classifiers]"])
        try:
            merge(overrides)
        except ValueError as error:
            line = self.line_of_message(str(error), overrides)
            raise RecipeError(
                f"{self.name}:{line}: {error}" if line else f"{self.name}: {error}"
            ) from None
        return overrides

    def line_of_message(self, message: str, overrides: Mapping[str, Mapping[str, object]]) -> int:
        """Return the line of the rule that a message is about; 0 for none."""
        for kind, rules in overrides.items():
            table = f"quality.{kind}" if kind else "quality"
            for key in rules:
                if re.search(rf"\b{re.escape(key)}\b", message):
                    return self.line(table, key)
        return 0

    def unknown(self, shown: str, key: str, known: list[str], table: str | None = None) -> None:
        """Refuse a key that is not known, and name the nearest one."""
        place = f" in {shown if shown.startswith('[') else f'[{shown}]'}" if shown else ""
        raise self.error(
            shown if table is None else table, key, f"unknown key {key!r}{place}{_hint(key, known)}"
        )

    def error(self, table: str, key: str, message: str) -> RecipeError:
        """Return the error for a key, with file and line."""
        line = self.line(table, key)
        return RecipeError(f"{self.name}:{line}: {message}" if line else f"{self.name}: {message}")


def _toml_problem(message: str, data: bytes) -> str:
    """Return place and reason of what TOML's parser refuses; of a date that does not exist, that.

    The parser reads ``2023-13-01`` as a number that something follows.
    """
    place = re.search(r" \(at line (\d+), (column \d+)\)$", message)
    if place is None:
        return f": not valid TOML: {message}"
    line = data.decode("utf-8-sig").split("\n")[int(place[1]) - 1]
    for text in re.findall(r"=\s*(\d{4}-\d{1,2}-\d{1,2})\b", line):
        try:
            datetime.date.fromisoformat(text)
        except ValueError:
            return f":{place[1]}: no such date: {text}; write a day such as 2023-08-01"
    return f":{place[1]}: not valid TOML: {message.removesuffix(place[0])} ({place[2]})"


def _keys(table: str, part: object) -> list[tuple[str, str]]:
    """Return table and name of each key of a table."""
    return [(table, name) for name in part] if isinstance(part, dict) else []


def _hint(word: str, known: Iterable[str]) -> str:
    """Return the nearest known word, or all of them."""
    near = difflib.get_close_matches(word, list(known), 1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(sorted(known))})"


def _texts(value: object) -> list[str]:
    """Return a list of texts; a word that stands for all of them (``any``) is an empty one."""
    return value if isinstance(value, list) else []


def _key_lines(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield ``((table, key), line)``; array entries are ``sources#0``, headers have key ``""``.

    TOML's parser gives no lines. This reads headers and first keys only, which is enough to name
    a line in a message; a key inside a multi-line string at worst names a wrong line.
    """
    table, count = "", -1
    # TOML knows no other line ends; str.splitlines would also cut at U+2028 in a comment.
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*(\[\[?)\s*([\w.\"-]+)\s*\]", line)
        if header:
            table = header[2].replace('"', "")
            if header[1] == "[[":
                count += 1
                table = f"{table}#{count}"
            elif table.startswith("sources."):
                table = table.replace("sources.", f"sources#{count}.", 1)
            yield (table, ""), number
            continue
        key = re.match(r"\s*[\"']?([\w-]+)[\"']?\s*(?:\.\s*([\w-]+)\s*)?=", line)
        if key:
            yield (
                ((f"{table}.{key[1]}" if table else key[1], key[2]) if key[2] else (table, key[1])),
                number,
            )
