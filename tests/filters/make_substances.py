"""Write ``filters/duplicates/substances.txt``, the names of substances that the guard compares.

Run: ``CURATION_TEST_DATA=… python -m tests.filters.make_substances``. The list shipped is made of
``pubmed20n0014`` and ``pubmed21n1298``: the names in their chemical lists (``NameOfSubstance``)
that bear a registry number, CAS or UNII, which are facts of the National Library of Medicine, data
in the public domain. Of these a name enters that is one word of five letters or more, a to z only.
Enzymes (EC numbers), receptors and other names without a number, and names of several words are
left out.
"""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

from lxml import etree

FILES = ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz")
TARGET = Path(__file__).parents[2] / "filters" / "duplicates" / "substances.txt"
NUMBERED = re.compile(r"[0-9]+-[0-9]{2}-[0-9]|[0-9A-Z]{10}")
NAME = re.compile(r"[a-z]{5,}")

HEADER = """\
# One-word names of substances with a registry number in the chemical lists of PubMed records
# (pubmed20n0014, pubmed21n1298). Origin: National Library of Medicine, public domain; made by
# tests/filters/make_substances.py, which says how.
"""


def names(path: Path) -> set[str]:
    """Return the names in one file."""
    found = set()
    with gzip.open(path) as stream:
        for _, chemical in etree.iterparse(stream, tag="Chemical"):
            number = chemical.findtext("RegistryNumber") or ""
            name = (chemical.findtext("NameOfSubstance") or "").lower()
            if NUMBERED.fullmatch(number) and NAME.fullmatch(name):
                found.add(name)
            chemical.clear()
    return found


def main(data: Path) -> None:
    """Write the list, one name a line, sorted."""
    found = sorted(set().union(*(names(data / "pubmed" / name) for name in FILES)))
    TARGET.write_text(HEADER + "\n".join(found) + "\n", encoding="ascii")
    print(f"{len(found):,} names, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(os.environ["CURATION_TEST_DATA"]))
