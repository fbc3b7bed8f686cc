"""Build and read versioned medical corpora.

In this room: `recipe` and `schema` (what a user writes), `pipeline` (a build) with its stages
`plan`, `extract`, `documents`, `link`, `decide`, `near`, `write` and `publish`, `stores` (where a
corpus stands), `ledger`, `manifest`, `card` (what a version holds), `corpus` (reading one),
`engines` (who runs tasks), `cli` (the verbs).

::

    import curation
    corpus = curation.build("recipe.toml", out="corpus", workers=2)
    corpus = curation.open("corpus")
    for batch in corpus.documents(columns=["id", "text"], where="year >= 2020"): ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.api import build, open
    from curation.corpus import Corpus
    from curation.errors import CurationError

__all__ = ["Corpus", "CurationError", "build", "open"]

_HOMES = {
    "build": "curation.api",
    "open": "curation.api",
    "Corpus": "curation.corpus",
    "CurationError": "curation.errors",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are asked for: `curation --help` needs none of them."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'curation' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
