"""Every mask on real texts by its place, and the list of those that were read and judged.

    CURATION_TEST_DATA=… python -m tests.filters.pii_alarms

prints, in the form of the list, the masks that are not judged yet: a line for each, with ``?``
where the verdict goes. Places are files, ids of documents and ordinals; no value is ever written.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from filters.pii import locate
from tests.filters.pii_real import KINDS, texts

LIST = Path(__file__).with_name("pii_alarms.tsv")

VERDICTS = {
    "author": "address or number of an author who is to be written to",
    "office": "mailbox or number of an office or service, which a recipe may keep",
    "person": "page or profile of a person",
    "false": "nothing personal",
}
"""What a mask stands for, as read; ``false`` alone is a false alarm."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A mask in a real text.

    Attributes:
        source: Key of :data:`KINDS`.
        file: Name of the file.
        document: Its id in the source.
        ordinal: Number of the mask in the document, from 1; some have texts in two languages.
        rule: What masked.
    """

    source: str
    file: str
    document: str
    ordinal: int
    rule: str

    def line(self, verdict: str) -> str:
        """As the list writes it."""
        return "\t".join(
            (self.source, self.file, self.document, str(self.ordinal), self.rule, verdict)
        )


def judged() -> dict[Place, str]:
    """Verdicts of the list by place."""
    rows = (line.split("\t") for line in LIST.read_text("utf-8").splitlines()[1:])
    return {Place(a, b, c, int(number), rule): verdict for a, b, c, number, rule, verdict in rows}


def places(data: Path, source: str) -> Iterator[Place]:
    """Masks of ``default`` on the texts of a source."""
    rows = texts(data, source)
    masks = locate(pa.array([text for _, text in rows], pa.large_string()), "default")
    before: Counter[str] = Counter()
    for (name, _), found in zip(rows, masks, strict=True):
        assert found is not None, name
        file, _, document = name.partition(":")
        for mask in found:
            before[name] += 1
            yield Place(source, file, document, before[name], mask.rule)


def main() -> None:
    """Print what is not judged yet."""
    data = Path(os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA"))
    known = judged()
    for source in sorted(KINDS):
        for place in places(data, source):
            if place not in known:
                print(place.line("?"))


if __name__ == "__main__":
    main()
