"""The start of a new source: a module that works on its own small sample."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from curation.errors import UsageError
from sources import registry

MODULE = '''"""{title}: one document a line, its id and its text parted by a tab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from sources.base import Document, Failure, Item, Resource, Source


class {title}(Source):
    """Reads the {name} files; say here where they come from and under which terms."""

    name = "{name}"
    kind = "guideline"
    summary = "{title}: one document a line."
    patterns = ("*.{name}",)

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield one document a line; a line without a tab is a failure of its own."""
        for number, line in enumerate(stream, 1):
            key, tab, text = line.decode("utf-8", "replace").rstrip("\\n").partition("\\t")
            if not tab:
                yield Failure("no_tab", f"line {{number}}: no tab between id and text")
                continue
            yield Document(native_id=key, text=text, license="CC0-1.0")
'''

SAMPLE = (
    "first-1\tA fictional note: take the invented tablets of Examplin 5 mg twice a day.\n"
    "second-2\tA fictional note: in invented fever above 38.5 degrees call the imaginary clinic.\n"
)

PROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "curation-source-{name}"
version = "0.1.0"
dependencies = ["medical-corpus-curation"]

[project.entry-points."curation.sources"]
{name} = "{name}:{title}"

[tool.setuptools]
py-modules = ["{name}"]
"""


def new_source(name: str, into: Path | None) -> list[Path]:
    """Write the files of a new source.

    Args:
        name: Its registered name, a lower-case identifier.
        into: Folder to write to; None means the checkout around the current folder, else a
            plug-in folder of that name in the current folder.

    Returns:
        The files written.

    Raises:
        UsageError: The name is taken or no identifier, or a file is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(f"{name!r} is no name for a source: use lower-case letters, digits and _")
    if name in registry.names() or name in registry.INFRASTRUCTURE:
        raise UsageError(f"there is a source or module {name!r} already; choose another name")
    title = "".join(part.capitalize() for part in name.split("_"))
    here = Path.cwd()
    if into is None and (here / "sources/registry.py").is_file():
        files = {
            here / "sources" / f"{name}.py": MODULE,
            here / "tests/conformance/samples" / name / f"sample.{name}": SAMPLE,
        }
    else:
        folder = (into or here) / name
        files = {
            folder / f"{name}.py": MODULE,
            folder / f"sample.{name}": SAMPLE,
            folder / "pyproject.toml": PROJECT,
        }
    taken = [path for path in files if path.exists()]
    if taken:
        raise UsageError(f"{taken[0]} is there already")
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template if template is SAMPLE else template.format(name=name, title=title))
    return list(files)
