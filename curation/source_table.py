"""The ``[[sources]]`` entries of a recipe: which source, what of it, and whether it may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from curation.errors import RecipeError
from curation.fetch_table import fetch_table
from curation.schema import SOURCE_KEYS
from curation.toml_reader import Reader


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


def source_specs(
    reader: Reader, entries: object, fetched: str, purpose: str
) -> tuple[SourceSpec, ...]:
    """Check the ``[[sources]]`` entries.

    Args:
        reader: Names the lines of errors.
        entries: As parsed.
        fetched: Where snapshots lie.
        purpose: What the corpus is for.
    """
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise reader.error("", "sources", "sources are written as [[sources]] entries")
    if not entries:
        raise RecipeError(f"{reader.name}: no [[sources]] entry; see `curation sources list`")
    specs = [
        _source(reader, f"sources#{number}", entry, fetched, purpose)
        for number, entry in enumerate(entries)
    ]
    seen: set[str] = set()
    for number, spec in enumerate(specs):
        if spec.name in seen:
            text = f"two sources are named {spec.name!r}; give one another name = …"
            raise reader.error(f"sources#{number}", "name", text)
        seen.add(spec.name)
    return tuple(specs)


def _source(
    reader: Reader, table: str, entry: Mapping[str, object], fetched: str, purpose: str
) -> SourceSpec:
    """Check one ``[[sources]]`` entry."""
    from sources import registry

    if "use" not in entry:
        raise reader.error(
            table, "", 'a [[sources]] entry needs use = "…"; see `curation sources list`'
        )
    use = reader.checked(table, "use", SOURCE_KEYS["use"], entry["use"])
    try:
        declared = registry.get(str(use))
    except registry.UnknownSourceError as error:
        raise reader.error(table, "use", str(error)) from None
    values: dict[str, object] = {key: item.default for key, item in SOURCE_KEYS.items()}
    options = dict(declared.options)
    fetch = None
    for key, value in entry.items():
        if key == "fetch":
            fetch = fetch_table(reader, f"{table}.fetch", str(use), value)
        elif key in SOURCE_KEYS:
            values[key] = reader.checked(table, key, SOURCE_KEYS[key], value)
        elif key in options:
            if not isinstance(value, type(options[key])):
                kind = type(options[key]).__name__
                raise reader.error(table, key, f"{key} must be of type {kind}, not {value!r}")
            options[key] = value
        else:
            reader.unknown(f"[[sources]] {use}", key, [*SOURCE_KEYS, "fetch", *options], table)
    try:
        declared(**options)
    except ValueError as error:  # a value that only the source can judge: it names the key
        key = str(error).split()[0].rstrip(":")
        raise reader.error(table, key, str(error)) from None
    name = str(values["name"] or use)
    paths = values["paths"]
    assert isinstance(paths, list)
    if not paths and fetch is not None:
        paths = [f"{fetched.rstrip('/')}/{name}.snapshot"]
    if not paths and declared.needs_paths:
        raise reader.error(table, "use", f'the source {use!r} needs paths = ["…"]')
    override = str(values["override_terms"]).strip()
    _permitted(reader, table, str(use), override, fetch, purpose)
    kind, licence = str(values["kind"]), str(values["license"])
    return SourceSpec(str(use), name, tuple(paths), kind, licence, options, override, fetch)


def _permitted(
    reader: Reader,
    table: str,
    use: str,
    override: str,
    fetch: Mapping[str, object] | None,
    purpose: str,
) -> None:
    """Refuse a source whose terms do not admit what the recipe is for.

    Args:
        reader: Names the lines of errors.
        table: Its entry.
        use: Registered source.
        override: The recipe's reason to use what forbids training.
        fetch: Its table ``[sources.fetch]``.
        purpose: What the corpus is for.
    """
    from curation.terms import refusal, terms_of

    site = str((fetch or {}).get("site", ""))
    name = f"the site {site!r}" if site else f"the source {use!r}"
    key, text = refusal(name, terms_of(use, fetch, reader.root), purpose, override)
    if text:
        raise reader.error(table, key, text)
