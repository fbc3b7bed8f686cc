"""What each source permits: licence, training, redistribution, and what that rests on.

A record is about the source as a whole. What a document says of itself is read by its source and
goes before; `Policy.licence` stands for documents that say nothing. Records whose `confirmed` is
false were written from common knowledge or from other people's reading: the operator's own text
has to be read before a corpus that rests on them is passed on. None of this is legal advice.

Where a source puts words of its record into a document's evidence, a change of them changes the
document: the source's version is raised with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Grant = Literal["permitted", "by_document", "forbidden", "unclear"]
"""Whether something is permitted; ``by_document``: each document's own licence says."""

Purpose = Literal["private", "non-commercial", "commercial"]

PURPOSES: tuple[Purpose, ...] = ("private", "non-commercial", "commercial")
"""What a corpus can be for, as recipes say it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms of one source.

    Attributes:
        licence: Identifier for documents that state none; empty means unknown.
        training: Whether models may be trained on it. A recipe that uses a source where that is
            forbidden is refused, unless it says why it may (``override_terms``).
        redistribution: Whether its text may be passed on.
        evidence: Who says so, and where.
        checked: When that was read, ``2026-11``.
        confirmed: Whether the operator's own text was read.
        duties: What the terms ask of whoever uses it; one sentence each.
        purposes: Purposes of a corpus that the terms admit; a recipe of another one is refused.
    """

    licence: str
    training: Grant
    redistribution: Grant
    evidence: str
    checked: str
    confirmed: bool
    duties: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = PURPOSES


POLICIES: Mapping[str, Policy] = {
    "bookshelf": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="NCBI Bookshelf, open-access subset: the licence differs by book and stands in "
        "each package; the ftp site is the only automated way that is permitted",
        checked="2026-11",
        confirmed=True,
        duties=("Fetch packages of the subset by ftp only; other bulk retrieval is prohibited.",),
    ),
    "cdc": Policy(
        licence="LicenseRef-USGov",
        training="permitted",
        redistribution="permitted",
        evidence="17 U.S.C. 105: a work of the US government has no copyright in the US. CDC asks "
        "for credit, as others quote it; authors from outside may hold rights in articles of MMWR",
        checked="2026-11",
        confirmed=False,
        duties=(
            "Credit CDC and imply no endorsement; take its marks off what was changed.",
            "Say that the text is free of charge at CDC.",
            "Figures marked as third parties' are theirs.",
        ),
    ),
    "europepmc": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="Europe PMC: the open-access subset holds non-commercial and no-derivatives works "
        "too, whatever a directory is called: the licence in each file governs (staff in the "
        "forum, 2026-02). Abstracts of PubMed as NLM distributes them",
        checked="2026-11",
        confirmed=False,
    ),
    "hub": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="Hugging Face hub: the card of a data set states a licence in its author's "
        "words; ODC-By covers a collection and not the texts in it. The terms of the hub were "
        "not read",
        checked="2026-11",
        confirmed=False,
        duties=("Name the data set and its commit.",),
    ),
    "labels": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="openFDA, terms of service: CC0 unless marked; the text of a label is by its "
        "maker. The terms of DailyMed, whose files state no licence, were not read",
        checked="2026-11",
        confirmed=False,
        duties=("All parts of a bulk download are fetched again: any record may change.",),
    ),
    "pmc": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="PubMed Central, README of the bucket pmc-oa-opendata (2026): what is there is "
        "not all open access; license_code and the article's own statement govern, TDM is mining "
        "only",
        checked="2026-11",
        confirmed=True,
        duties=(
            "Name NLM as the source and imply no endorsement.",
            "Keep the data current, or say that it is not.",
        ),
    ),
    "preprints": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="medRxiv, text and data mining (medrxiv.org/tdm): authors consent to mining, not "
        "to hosting elsewhere; the licence of each preprint governs. The same text of bioRxiv was "
        "not read",
        checked="2026-11",
        confirmed=False,
        duties=("Link back to the preprint.",),
    ),
    "pubmed": Policy(
        licence="LicenseRef-NLM-PubMed",
        training="by_document",
        redistribution="by_document",
        evidence="NLM, databases/download.html (reviewed 2018-01-30): NLM claims no copyright in "
        "its own part; abstracts may be their publishers', and NLM gives no permission for them",
        checked="2026-11",
        confirmed=True,
        duties=(
            "Name NLM, date the data and keep it current.",
            "Imply no endorsement.",
        ),
    ),
    "retraction_watch": Policy(
        licence="",
        training="unclear",
        redistribution="unclear",
        evidence="Crossref's repository of the data: published as open; CC0 or public domain was "
        "not confirmed by its text",
        checked="2026-11",
        confirmed=False,
    ),
    "trials": Policy(
        licence="",
        training="unclear",
        redistribution="unclear",
        evidence="ClinicalTrials.gov is under terms of NLM, which were not read; the text of a "
        "record is by its sponsor",
        checked="2026-11",
        confirmed=False,
    ),
    "wikidoc": Policy(
        licence="LicenseRef-CC-BY-SA",
        training="permitted",
        redistribution="permitted",
        evidence="WikiDoc: CC BY-SA (as others quote its copyright page; the version was not seen)",
        checked="2026-11",
        confirmed=False,
        duties=(
            "Share alike: a corpus of it that is passed on must be CC BY-SA.",
            "Much of its text is copied from elsewhere: look for it in other sources first.",
        ),
    ),
    "who": Policy(
        licence="",
        training="by_document",
        redistribution="by_document",
        evidence="WHO, as seen in its publications: CC BY-NC-SA 3.0 IGO since 2016 with further "
        "terms, all rights reserved before; the item says which. The terms of IRIS were not read",
        checked="2026-11",
        confirmed=False,
        duties=("Imply no endorsement by WHO.", "A translation bears WHO's disclaimer."),
    ),
}
"""By name of the source; one that is not here has its terms in its documents alone."""
