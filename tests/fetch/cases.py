"""What a connector has to be tried with: a small site in its layout, and where it can go wrong.

A connector takes part in `tests.fetch.test_connectors` by a function ``case(site)`` in its module
``tests/fetch/layout_NAME.py``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.fetch.server import Site

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A site that a connector fetches from.

    Attributes:
        use: Source of the recipe.
        url: Path of its address below the site.
        documents: Documents that a build of a clean fetch has.
        file: Path of a file, or of the interface that gives it, with or without a query: what
            goes wrong there costs that file.
        listing: The same for the listing: what goes wrong there ends the fetch. Empty where there
            is none but the file.
        remote: The connector, where it has another name than the source.
        keys: Further keys of ``[sources.fetch]``; ``{site}`` in a text is the site's address.
        options: Keys of the source.
        inapplicable: Faults that make no difference here, and why.
    """

    use: str
    url: str
    documents: int
    file: str
    listing: str = ""
    remote: str = ""
    keys: dict[str, object] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    inapplicable: dict[str, str] = field(default_factory=dict)


def names() -> list[str]:
    """Return the connectors that have a case."""
    return [
        path.stem.removeprefix("layout_")
        for path in sorted(FOLDER.glob("layout_*.py"))
        if "\ndef case(" in path.read_text()
    ]


def make(name: str, site: Site) -> Case:
    """Fill a site for a connector."""
    module = importlib.import_module(f"tests.fetch.layout_{name}")
    return cast("Callable[[Site], Case]", module.case)(site)
