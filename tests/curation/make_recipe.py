"""Recipes for tests of recipes."""

from __future__ import annotations

from pathlib import Path

from curation.recipe import Recipe, load

DESIGN = """\
name = "my-corpus"
purpose = "private"               # private (default) | non-commercial | commercial
as_of = 2023-08-01                # optional knowledge cut-off
[[sources]]
use = "pubmed"                    # a registered source
name = "pubmed"                   # default: the same
paths = ["pubmed/*.xml.gz"]       # files, folders, globs
[language]
keep = ["en"]
[quality.abstract]                # per kind
words_min = 20
[duplicates]
threshold = 0.80
guard = "strict"
[pii]
profile = "default"
[failures]
tolerate = 0
[alarms]
max_source_loss = 0.9
[shards]
size_mb = 256
"""


def read(folder: Path, text: str | bytes) -> Recipe:
    """Load a recipe of this text."""
    path = folder / "r.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path)
