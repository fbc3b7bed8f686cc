"""What a recipe asks of masking, as one thing that tasks carry and every stage masks by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from filters.pii.recognisers import Recogniser
from filters.pii.redact import Redaction, redact
from filters.pii.rule import Kind


@dataclass(frozen=True, slots=True)
class Masking:
    """Profile, keep-list and recognisers of a recipe.

    Attributes:
        profile: ``off``, ``default`` or ``strict``.
        keep: Values that stay.
        recognisers: Asked beside the rules.
    """

    profile: str
    keep: tuple[str, ...] = ()
    recognisers: tuple[Recogniser, ...] = ()

    @property
    def on(self) -> bool:
        """Whether anything is masked at all."""
        return self.profile != "off"

    def key(self) -> list[object]:
        """Return what identifies it, for the keys of tasks."""
        named = [[r.name, r.version, *map(list, r.entities)] for r in self.recognisers]
        return [self.profile, list(self.keep), named]

    def texts(self, columns: Mapping[str, pa.Array]) -> Redaction:
        """Mask texts and titles: all rules of the profile, and the recognisers.

        Args:
            columns: ``large_string``, of one length.
        """
        return redact(columns, self.profile, self.keep, self.recognisers)

    def words(self, columns: Mapping[str, pa.Array]) -> Redaction:
        """Mask keywords and values of metadata: the rules of `fields`, and the recognisers.

        Args:
            columns: ``large_string``, of one length.
        """
        return redact(columns, self.profile, self.keep, self.recognisers, kind=Kind.FIELD)

    def fields(self, columns: Mapping[str, pa.Array]) -> Redaction:
        """Mask what describes a document, by rules alone.

        Some unlabelled rules of ``strict`` are no good in reference lists and dates, and the names
        of authors and of cited people stay.

        Args:
            columns: ``large_string``, of one length.
        """
        return redact(columns, self.profile, self.keep, kind=Kind.FIELD)

    def figures(self, columns: Mapping[str, pa.Array]) -> Redaction:
        """Mask whole numbers of metadata, behind their labels: by rules whose label says it all.

        Args:
            columns: ``large_string``, of one length.
        """
        return redact(columns, self.profile, self.keep, kind=Kind.FIGURE)

    def ids(self, columns: Mapping[str, pa.Array]) -> Redaction:
        """Mask names of documents and of files, whatever the profile, by the rules of `default`.

        Args:
            columns: ``large_string``, of one length.
        """
        return redact(columns, "default", self.keep)
