"""What `verify` can find: the closed list of faults, and the list that checks add to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

FAULTS = {
    "manifest_missing": "a version without manifest.json: its build never ended, or it was removed",
    "manifest_damaged": "manifest.json is no JSON, or lacks what every manifest holds",
    "manifest_version": "the manifest is that of another version",
    "latest": "the file `latest` is missing, or does not name the newest version",
    "file_missing": "a file of the manifest is not there",
    "file_extra": "a file is there that the manifest does not name",
    "file_size": "a file has another size than in the manifest",
    "file_checksum": "a file has another SHA-256 than in the manifest (--deep)",
    "unreadable": "a file is no Parquet file any more, or breaks while it is read",
    "schema": "a shard or a ledger file lacks columns, or has others, or other types",
    "counts": "the manifest counts other rows, words or reasons than the ledger holds",
    "outcome_unknown": "an outcome that is not kept, dropped or failed",
    "step_unknown": "a step outside the closed list, or a kept row with a step",
    "reason_missing": "a row that was not kept and names no rule",
    "ledger_key_twice": "two rows for one (source, resource, position)",
    "ledger_order": "a ledger that is not sorted by id",
    "source_prefix": "an id or a row stands under another source",
    "id_missing": "a kept row without an id",
    "id_kept_twice": "an id that is kept twice",
    "placement": "a kept row that names no shard and row, or another row that does",
    "kept_without_document": "a kept row whose shard does not hold that id at that row",
    "document_without_ledger": "a row of a shard that no kept row of the ledger points to",
    "ledger_disagrees": "a document whose words, licence, language … differ from its ledger row",
    "attribution": "the attribution table names other documents than those kept",
    "shard_order": "a shard whose rows are not in the order of the hash of their ids",
    "shard_place": "a document that belongs into another shard by the hash of its id",
    "shard_count": "the shards of a source are not a power of two in number, numbered without gap",
    "representative_missing": "a duplicate whose representative is not in the ledger",
    "representative_gone": "a duplicate whose representative was itself dropped before it",
    "against": "a document that another corpus is said to have, and no id of it is named",
    "cluster_head": "a cluster named after a document that does not stay for it",
    "similarity": "a near duplicate below the threshold, or an exact one that is not 1",
    "measurement": "a measurement that is another when the text is measured again (--deep)",
    "not_normalised": "a text that normalising changes (--deep)",
    "personal_data": "a document in which the scan finds personal data to mask (--deep)",
    "same_text_twice": "two kept documents with the same text (--deep)",
    "fidelity": "a text that does not say what its raw file says (--deep --raw)",
}
"""Name of each fault and what it means."""

EXAMPLES = 5
"""Places that a fault names."""


@dataclass(slots=True)
class Faults:
    """Collects faults; each is a name of `FAULTS`, with a count and some places."""

    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, fault: str, places: Iterable[object], detail: str = "") -> None:
        """Add a fault where there is at least one place.

        Args:
            fault: Name in `FAULTS`.
            places: Files or ids; all are counted, some are named.
            detail: What exactly is wrong; never text of a document. Default: the fault's meaning.
        """
        listed = [str(place) for place in places]
        if listed:
            self.count(fault, len(listed), listed[:EXAMPLES], detail)

    def count(self, fault: str, count: int, places: list[str], detail: str = "") -> None:
        """Add a fault whose places were counted elsewhere."""
        self.found.append(
            {
                "fault": fault,
                "detail": detail or FAULTS[fault],
                "count": count,
                "places": places[:EXAMPLES],
            }
        )
