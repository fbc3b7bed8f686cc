"""Which elements of a PubMed record are read as columns: a tree of paths, and its flat tables.

`sources.text.pubmed_scan` walks these tables instead of a tree of elements. A path that is in no
table is passed over with all that is below it; a path marked ``PLAIN_ENDS`` hands the whole record
to lxml (`sources.text.pubmed_readers`), which reads everything.

Reference: NLM, pubmed_250101.dtd.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sources.text.pubmed_scan import MULTIPLIER, OUTSIDE, PLAIN_ENDS, ROOT, SHIFT, TABLE

INLINE = ("i", "b", "u", "sup", "sub")
"""Markup inside text; of these `write_texts` marks the last two."""

# Leaf or container; `?` once at most, `@` its attributes are read, `~` holds inline markup, `!` is
# not to be empty, `^` counts `?` anew below it, `*` a list: every child is an item, whatever its
# name, `|` behind it nothing more of its parent is read, and nothing of itself.
_PATHS = """
MedlineCitation @?
MedlineCitation/PMID ?@!
MedlineCitation/DateRevised ?
MedlineCitation/DateRevised/Year ?
MedlineCitation/DateRevised/Month ?
MedlineCitation/DateRevised/Day ?
MedlineCitation/Article ?
MedlineCitation/Article/Journal ?
MedlineCitation/Article/Journal/ISSN ?
MedlineCitation/Article/Journal/Title ?
MedlineCitation/Article/Journal/JournalIssue ?
MedlineCitation/Article/Journal/JournalIssue/Volume ?
MedlineCitation/Article/Journal/JournalIssue/Issue ?
MedlineCitation/Article/Journal/JournalIssue/PubDate ?
MedlineCitation/Article/Journal/JournalIssue/PubDate/Year ?
MedlineCitation/Article/Journal/JournalIssue/PubDate/Month ?
MedlineCitation/Article/Journal/JournalIssue/PubDate/Day ?
MedlineCitation/Article/Journal/JournalIssue/PubDate/MedlineDate ?
MedlineCitation/Article/ArticleTitle ?~
MedlineCitation/Article/Pagination ?
MedlineCitation/Article/Pagination/MedlinePgn ?
MedlineCitation/Article/Pagination/StartPage ?
MedlineCitation/Article/ELocationID @
MedlineCitation/Article/Abstract ?
MedlineCitation/Article/Abstract/AbstractText @~
MedlineCitation/Article/Abstract/CopyrightInformation ?~
MedlineCitation/Article/AuthorList ?@*
MedlineCitation/Article/AuthorList/Author @^
MedlineCitation/Article/AuthorList/Author/LastName ?~
MedlineCitation/Article/AuthorList/Author/ForeName ?~
MedlineCitation/Article/AuthorList/Author/Initials ?~
MedlineCitation/Article/AuthorList/Author/Suffix ?~
MedlineCitation/Article/AuthorList/Author/CollectiveName ?~
MedlineCitation/Article/AuthorList/Author/AffiliationInfo |
MedlineCitation/Article/AuthorList/Author/Identifier |
MedlineCitation/Article/Language
MedlineCitation/Article/DataBankList ?*
MedlineCitation/Article/DataBankList/DataBank @
MedlineCitation/Article/DataBankList/DataBank/DataBankName
MedlineCitation/Article/DataBankList/DataBank/AccessionNumberList *
MedlineCitation/Article/DataBankList/DataBank/AccessionNumberList/AccessionNumber
MedlineCitation/Article/PublicationTypeList ?*
MedlineCitation/Article/PublicationTypeList/PublicationType
MedlineCitation/Article/VernacularTitle ?~
MedlineCitation/Article/ArticleDate ?
MedlineCitation/Article/ArticleDate/Year ?
MedlineCitation/Article/ArticleDate/Month ?
MedlineCitation/Article/ArticleDate/Day ?
MedlineCitation/MedlineJournalInfo ?
MedlineCitation/MedlineJournalInfo/NlmUniqueID ?
MedlineCitation/ChemicalList ?*
MedlineCitation/ChemicalList/Chemical ^
MedlineCitation/ChemicalList/Chemical/NameOfSubstance ?~
MedlineCitation/CommentsCorrectionsList ?*
MedlineCitation/CommentsCorrectionsList/CommentsCorrections @^
MedlineCitation/CommentsCorrectionsList/CommentsCorrections/RefSource ?~
MedlineCitation/CommentsCorrectionsList/CommentsCorrections/PMID ?
MedlineCitation/MeshHeadingList ?*
MedlineCitation/MeshHeadingList/MeshHeading @^*
MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName ?@!~
MedlineCitation/MeshHeadingList/MeshHeading/QualifierName @!~
MedlineCitation/KeywordList *
MedlineCitation/KeywordList/Keyword ~
MedlineCitation/OtherID
PubmedData ?@
PubmedData/PublicationStatus ?
PubmedData/ArticleIdList ?*
PubmedData/ArticleIdList/ArticleId @
"""


_ROWS = tuple(line.partition(" ")[::2] for line in _PATHS.split("\n") if line)
PATHS = tuple(path for path, _ in _ROWS)
"""Paths below ``PubmedArticle``; the state of a path is its place here plus 2."""

ENDS = (
    "MedlineCitation/OtherAbstract",
    "MedlineCitation/DateRevised/MedlineDate",
    "MedlineCitation/Article/ArticleDate/MedlineDate",
    "BookDocument",
    "PubmedBookData",
)
"""Elements whose record is no plain one: it gives several documents, or is no article."""


def state(path: str) -> int:
    """Return the state of a path.

    Args:
        path: As in `PATHS`; a unique ending will do.

    Raises:
        KeyError: No path, or several, end so.
    """
    found = [n for n, other in enumerate(PATHS) if other == path or other.endswith("/" + path)]
    if len(found) != 1:
        raise KeyError(path)
    return found[0] + 2


def _is_leaf(path: str) -> bool:
    return not any(other.startswith(path + "/") for other in PATHS)


@dataclass(frozen=True, slots=True)
class Tables:
    """The paths as arrays.

    Attributes:
        names: Bytes of all names, one after the other, ``uint8[...]``.
        bounds: Where each name begins and ends in ``names``, ``int64[n + 1]``; `INLINE` first.
        places: Hash table of names, ``int16[TABLE]``: number of a name, -1 for none.
        steps: State after each name, ``int16[states, n]``: `OUTSIDE`, `PLAIN_ENDS`, or a state.
        leaf: Whether a state holds text, ``bool[states]``.
        inline: Whether its text may hold `INLINE` markup, ``bool[states]``.
        once: Whether it stands once at most in its parent, ``bool[states]``.
        filled: Whether an empty one ends a plain record, ``bool[states]``.
        noted: Whether the scan notes it: leaves, and containers with attributes, ``bool[states]``.
        parent: Whether ``once`` counts anew below it, ``bool[states]``.
        below: Whether it is below such a state, ``bool[states]``.
        list_of: Whether a child of another name ends a plain record, ``bool[states]``.
        last: Whether its parent ends with it, ``bool[states]``.
    """

    names: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int64]
    places: npt.NDArray[np.int16]
    steps: npt.NDArray[np.int16]
    leaf: npt.NDArray[np.bool_]
    inline: npt.NDArray[np.bool_]
    once: npt.NDArray[np.bool_]
    filled: npt.NDArray[np.bool_]
    noted: npt.NDArray[np.bool_]
    parent: npt.NDArray[np.bool_]
    below: npt.NDArray[np.bool_]
    list_of: npt.NDArray[np.bool_]
    last: npt.NDArray[np.bool_]


def hash_of(name: bytes) -> int:
    """Return the place of a name in the hash table before any collision."""
    value = len(name)
    for byte in (name[0], name[len(name) // 2], name[-1]):
        value = value * 256 + byte
    return ((value * MULTIPLIER) & (2**64 - 1)) >> SHIFT


def tables() -> Tables:
    """Lay the paths out flat."""
    elements = {part for path in (*PATHS, *ENDS) for part in path.split("/")}
    names = [*INLINE, *sorted(elements), "PubmedArticle"]
    number = {name: n for n, name in enumerate(names)}
    places = np.full(TABLE, -1, np.int16)
    for name, n in number.items():
        at = hash_of(name.encode())
        while places[at] >= 0:
            at = (at + 1) % TABLE
        places[at] = n
    states = len(PATHS) + 2
    steps = np.full((states, len(names)), OUTSIDE, np.int16)
    for path in PATHS:
        above, _, name = path.rpartition("/")
        steps[state(above) if above else ROOT, number[name]] = state(path)
    for path in ENDS:
        above, _, name = path.rpartition("/")
        steps[state(above) if above else ROOT, number[name]] = PLAIN_ENDS
    marks = ["", "", *(mark for _, mark in _ROWS)]
    leaf = [False, False, *("|" not in mark and _is_leaf(path) for path, mark in _ROWS)]
    parents = tuple(path + "/" for path, mark in _ROWS if "^" in mark)
    below = [False, False, *(path.startswith(parents) for path in PATHS)]
    joined = [name.encode() for name in names]

    def flags(sign: str) -> npt.NDArray[np.bool_]:
        return np.array([sign in mark for mark in marks])

    return Tables(
        names=np.frombuffer(b"".join(joined), np.uint8),
        bounds=np.cumsum([0, *map(len, joined)]),
        places=places,
        steps=steps,
        leaf=np.array(leaf),
        inline=flags("~"),
        once=flags("?"),
        filled=flags("!"),
        noted=np.array(leaf) | flags("@"),
        parent=flags("^"),
        below=np.array(below),
        list_of=flags("*"),
        last=flags("|"),
    )
