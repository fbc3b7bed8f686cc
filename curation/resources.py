"""Names of input files as people write them, as conditions on the ledger's ``resource``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

FILE = "ltrim(split_part(resource, '::', 1), './')"
"""The input file of a row, an archive for its members, without what leads out of the recipe's
folder: a recipe may name the same file by an absolute path."""


class Condition(NamedTuple):
    """A condition on rows of the ledger.

    Attributes:
        sql: SQL with a ``?`` for each value.
        values: Texts.
    """

    sql: str
    values: list[Any]

    def shown(self) -> str:
        """Return it with its values, for a statement that people run."""
        texts = ["'" + str(value).replace("'", "''") + "'" for value in self.values]
        pieces = self.sql.split("?")
        return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))


def named_inputs(what: str) -> Iterator[Condition]:
    """Yield what a name may mean, the most exact reading first.

    Args:
        what: A path as in ``resource``; a path as a shell completes it, or a file's own name; a
            folder or a pattern, as a recipe names them; or a folder as a shell completes it.
    """
    yield Condition("(resource = ? OR starts_with(resource, ?))", [what, what + "::"])
    name = what if "://" in what else posixpath.normpath(what).lstrip("./")
    if not name:
        return
    ends = f"(ends_with(?, '/' || {FILE})\n  OR ends_with('/' || {FILE}, ?))"
    yield Condition(ends, ["/" + name] * 2)
    if set(name) & set("*?["):
        yield Condition(f"regexp_full_match({FILE}, ?)", [_expression(name)])
    parts = name.split("/")
    for start in range(len(parts)):
        yield Condition(f"starts_with({FILE}, ?)", ["/".join(parts[start:]) + "/"])


def _expression(pattern: str) -> str:
    """Return the regular expression of a glob: ``**`` stands for any folders, also for none.

    What a recipe's glob matches may be a folder, which stands for all files below it.
    """
    found = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^]]+\]|.", pattern, re.DOTALL):
        if part == "**/":
            found += "(?:.*/)?"
        elif part == "**":
            found += ".*"
        elif part in "*?":
            found += "[^/]" + (part if part == "*" else "")
        elif len(part) > 1:
            not_one = part[1] == "!"
            inside = part[1 + not_one : -1].replace("\\", "\\\\")
            found += f"[{'^' if not_one else ''}{inside}]"
        else:  # in brackets where that serves: a backslash would have to be quoted in a shell
            found += f"[{part}]" if part in ".+(){}|" else re.escape(part)
    return f"(?s){found}(?:/.*)?"
