"""Reading a TOML file that people write: checked against a schema, and errors that name the line.

Recipes and the recipes of training are such files.
"""

from __future__ import annotations

import datetime
import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from curation.addresses import on_this_machine
from curation.errors import RecipeError
from curation.schema import Key


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
    if str(path) in known and not file.is_file():
        file, root = known[str(path)], Path.cwd()
    try:
        data = file.read_bytes()
        table = tomllib.loads(data.decode("utf-8-sig"))
    except FileNotFoundError:
        near = difflib.get_close_matches(str(path), known, 1)
        meant = f"; did you mean the shipped {what} {near[0]!r}?" if near else ""
        listed = ", ".join(known)
        raise RecipeError(
            f"{path}: no such file or shipped {what}{meant} (shipped: {listed})"
        ) from None
    except IsADirectoryError:
        raise RecipeError(f"{path}: a folder; name a {what} in it, a TOML file") from None
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecipeError(f"{path}: not a UTF-8 text file") from None
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}{_toml_problem(str(error), data)}") from None
    return Reader(str(path), data, root), table


class Reader:
    """Checks the tables of a parsed file and knows the line of each key.

    Args:
        name: The file, for messages.
        data: Its bytes.
        root: Folder that its paths are relative to.
    """

    def __init__(self, name: str, data: bytes, root: Path) -> None:
        self.name, self.root = name, root
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.lines = dict(_key_lines(data.decode("utf-8-sig")))

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

    def unknown(self, shown: str, key: str, known: list[str], table: str | None = None) -> None:
        """Refuse a key that is not known, and name the nearest one."""
        place = f" in {shown if shown.startswith('[') else f'[{shown}]'}" if shown else ""
        raise self.error(
            shown if table is None else table, key, f"unknown key {key!r}{place}{hint(key, known)}"
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


def hint(word: str, known: Iterable[str]) -> str:
    """Return the nearest known word, or all of them."""
    near = difflib.get_close_matches(word, list(known), 1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(sorted(known))})"


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
