"""Criteria by which one of several forms or copies of a document stays: names, and what they mean.

A recipe lists them in ``[identity] prefer``; `curation.survivors` orders documents by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PREFERENCES: Final[Mapping[str, str]] = {
    "full_text": "the full text of its work",
    "published": "further on the way from preprint to version of record",
    "version": "the higher version",
    "newer": "the newer one",
    "licence": "the freer licence",
    "language": "a language that the recipe names earlier",
    "pmcid": "has a PMCID",
    "doi": "has a DOI",
    "words": "the longer text",
    "source": "its source comes first in the recipe",
}
"""Names to what the one that stays has for it, as the ledger says it."""

DEFAULT: Final = (
    "full_text",
    "published",
    "version",
    "licence",
    "language",
    "pmcid",
    "doi",
    "words",
    "source",
)
"""The order without a word in the recipe: all but ``newer``, because a date of publication says
little about which of two copies of one text is better."""

TIE: Final = "the smaller id"
"""What decides where no criterion of the list does."""
