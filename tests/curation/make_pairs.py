"""Documents for the search for near-duplicates, and the search in plain Python as its oracle."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from curation.columns import RELATIONS
from curation.link import Links
from curation.pair_search import Documents, Search
from curation.pair_tasks import ANOTHER_TITLE, TEMPLATES
from curation.table import PartFile, Works
from filters.duplicates.signatures import sign, signature_matrix
from tests.filters.compare import guard

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """Documents in memory.

    Attributes:
        signatures: uint32[n, 128].
        words: Word hashes of each document.
        streams: Guard stream of each document.
        kinds: Kind of each document.
        titles: Title of each document.
        order: Place in survivor order, int64[n].
        identity: uint64[n].
        witnesses: How many of the first in order are witnesses.
    """

    signatures: npt.NDArray[np.uint32]
    words: list[npt.NDArray[np.uint32]]
    streams: list[npt.NDArray[np.uint32]]
    kinds: list[str]
    titles: list[str]
    order: Ints
    identity: npt.NDArray[np.uint64]
    witnesses: int = 0


def with_witnesses(corpus: Corpus, count: int) -> Corpus:
    """Make witnesses of the first documents in order."""
    own = corpus.order.astype(np.uint64) * np.uint64(2) + np.uint64(1)
    identity = np.where(corpus.order < count, own, corpus.identity * np.uint64(2))
    return replace(corpus, witnesses=count, identity=identity)


def corpus_of(
    texts: Sequence[str], kinds: Sequence[str], titles: Sequence[str], order: Ints
) -> Corpus:
    """Sign texts."""
    signed = sign(pa.array(texts, pa.large_string()))
    return Corpus(
        signature_matrix(signed["signature"]).copy(),
        [np.frombuffer(value.as_py(), "<u4") for value in signed["word_hashes"]],
        [np.frombuffer(value.as_py(), "<u4") for value in signed["guard"]],
        list(kinds),
        list(titles),
        order,
        np.asarray(signed["guard_hash"]),
    )


def stored(corpus: Corpus, parts: Sequence[Sequence[int]], folder: Path) -> Documents:
    """Write the documents as parts, with rows of others between them.

    Args:
        corpus: The documents.
        parts: Documents of each part; all of them, each once.
        folder: Where the parts go.
    """
    count = len(corpus.order)
    part, row = np.empty(count, np.int64), np.empty(count, np.int64)
    paths = []
    for number, mine in enumerate(parts):
        # Every third row belongs to no document of the search.
        rows = [at + at // 2 for at in range(len(mine))]
        part[list(mine)], row[list(mine)] = number, rows
        columns: dict[str, list[object]] = {
            "signature": [bytes(512)] * (rows[-1] + 1 if rows else 0),
        }
        size = len(columns["signature"])
        columns |= {"word_hashes": [b""] * size, "guard": [b""] * size}
        columns |= {"kind": ["other"] * size, "title": [None] * size}
        for at, document in zip(rows, mine, strict=True):
            columns["signature"][at] = corpus.signatures[document].tobytes()
            columns["word_hashes"][at] = corpus.words[document].tobytes()
            columns["guard"][at] = corpus.streams[document].tobytes()
            columns["kind"][at] = corpus.kinds[document]
            columns["title"][at] = corpus.titles[document]
        schema = pa.schema(
            [
                ("signature", pa.binary(512)),
                ("word_hashes", pa.large_binary()),
                ("guard", pa.large_binary()),
                ("kind", pa.string()),
                ("title", pa.string()),
            ]
        )
        paths.append(folder / f"part-{number}.parquet")
        pq.write_table(pa.table(columns, schema=schema), paths[-1], row_group_size=4)
    words = np.array([len(words) for words in corpus.words], np.int64)
    return Documents(paths, part, row, corpus.order, words, corpus.identity, corpus.witnesses)


def unlinked(
    paths: Sequence[Path],
    part: Ints,
    row: Ints,
    words: Ints,
    guard_hash: pa.Array | npt.NDArray[np.uint64],
) -> tuple[Works, Links]:
    """Return works of which nothing is known but what the search for near-duplicates reads.

    Args:
        paths: The parts.
        part: Index into ``paths`` of each row, int64[n].
        row: Row inside that part, int64[n].
        words: Words that are signed, int64[n].
        guard_hash: uint64[n].
    """
    count = len(part)
    nothing = pa.array([], RELATIONS.value_type)
    relations = pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), nothing)
    table = pa.table(
        {
            "shingle_words": pa.array(words.astype(np.int32)),
            "guard_hash": guard_hash,
            "title_hash": pa.array(np.zeros(count, np.uint64)),
            "kind": pa.array(["abstract"]).take(pa.array(np.zeros(count, np.int32))),
            "relations": relations.cast(RELATIONS),
        }
    )
    parts = tuple(PartFile(path, "made", None) for path in paths)
    own, keys = np.arange(count), (pa.nulls(count, pa.string()),) * 3
    return Works(table, part, row, parts, ()), Links(keys[0], own, own, keys, ())


def shingles(words: npt.NDArray[np.uint32], size: int = 5) -> set[tuple[int, ...]]:
    """Distinct shingles."""
    some = words.tolist()
    return {tuple(some[at : at + size]) for at in range(max(1, len(some) - size + 1))}


def likeness(one: set[tuple[int, ...]], other: set[tuple[int, ...]]) -> float:
    """Jaccard similarity."""
    return len(one & other) / len(one | other)


@dataclass(frozen=True)
class Candidates:
    """Who meets whom: the one that comes first in front.

    Attributes:
        leading: Pairs of documents that stand for themselves.
        groups: Leader to those of equal signature and identity behind it.
        cut: How many meetings the limit left out.
    """

    leading: list[tuple[int, int]]
    groups: dict[int, list[int]]
    cut: int


def plain_candidates(corpus: Corpus, search: Search) -> Candidates:
    """Return the pairs to verify whose signatures speak for it."""
    first: dict[object, int] = {}
    members: dict[int, list[int]] = {}
    buckets: dict[object, list[int]] = {}
    leaders = []
    for document in np.argsort(corpus.order).tolist():
        signature = corpus.signatures[document]
        if (signature == 2**32 - 1).all():
            continue
        leader = first.setdefault((signature.tobytes(), int(corpus.identity[document])), document)
        if leader != document:
            members.setdefault(leader, []).append(document)
            continue
        leaders.append(document)
        for band in range(search.bands):
            key = (band, signature[band * search.rows : (band + 1) * search.rows].tobytes())
            buckets.setdefault(key, []).append(document)
    met: dict[int, set[int]] = {document: set() for document in leaders}
    cut = 0
    for bucket in buckets.values():
        shown = [document for document in bucket if corpus.order[document] < corpus.witnesses]
        others = bucket[len(shown) :]
        for at, document in enumerate(others):
            met[document] |= {*shown[: search.limit], *others[: min(at, search.limit)]}
            cut += max(0, at - search.limit) + max(0, len(shown) - search.limit)
    pairs = [
        (other, document)
        for document in leaders
        for other in met[document]
        if (corpus.signatures[document] == corpus.signatures[other]).mean()
        >= search.threshold - 0.1 - 1e-9
    ]
    return Candidates(pairs, members, cut)


def compared(corpus: Corpus, search: Search, one: int, other: int) -> tuple[float, int]:
    """Return similarity and difference of two documents."""
    similarity = likeness(shingles(corpus.words[one]), shingles(corpus.words[other]))
    if not search.guard:
        return similarity, 0
    apart = guard(corpus.streams[one], corpus.streams[other], strict=search.guard == "strict")
    if not apart and {corpus.kinds[one], corpus.kinds[other]} <= set(TEMPLATES):
        titles = (set(corpus.titles[end].lower().split()) for end in (one, other))
        apart = ANOTHER_TITLE if likeness(*titles) < 0.8 else 0
    return similarity, apart


def plain_similar(corpus: Corpus, search: Search) -> tuple[list[tuple[int, int, float, int]], int]:
    """Return similar pairs with similarity and difference, and what was cut."""
    candidates = plain_candidates(corpus, search)
    pairs = list(candidates.leading)
    # A twin may join what the first of its group may, and the first ones of the group itself.
    joining: dict[int, list[int]] = {}
    for other, leader in candidates.leading:
        similarity, apart = compared(corpus, search, other, leader)
        if not apart or similarity < search.threshold:
            joining.setdefault(leader, []).append(other)
    for leader, members in candidates.groups.items():
        group = [leader, *members]
        for rank, member in enumerate(members, 1):
            pairs += [(other, member) for other in joining.get(leader, [])]
            pairs += [(other, member) for other in group[: min(rank, search.limit)]]
    found = [(*pair, *compared(corpus, search, *pair)) for pair in pairs]
    similar = [pair for pair in found if pair[2] >= search.threshold]
    similar.sort(key=lambda pair: corpus.order[list(pair[:2])][::-1].tolist())
    return similar, candidates.cut


def dealt(count: int, parts: int, draw: np.random.Generator) -> list[list[int]]:
    """Deal documents out to parts; some may stay empty."""
    which = draw.integers(0, parts, count)
    mixed = draw.permutation(count)
    return [mixed[which[mixed] == part].tolist() for part in range(parts)]


def template_texts(draw: np.random.Generator, count: int) -> tuple[list[str], list[str], list[str]]:
    """Make texts, most of them edited from one before: other words, other doses, or none."""
    vocabulary = [f"{a}{b}{c}" for a, b, c in itertools.product("bdfgl", "aeio", "mnrst")]
    texts: list[str] = []
    for _ in range(count):
        words = [vocabulary[at] for at in draw.integers(0, len(vocabulary), 60)]
        if any(texts) and draw.random() < 0.85:
            known = [text for text in texts if text]
            words = known[draw.integers(len(known))].split()
            for _ in range(draw.integers(0, 3)):
                words[draw.integers(len(words))] = vocabulary[draw.integers(len(vocabulary))]
        if draw.random() < 0.3:
            words[29:31] = str(draw.integers(1, 5)), "mg"
        texts.append(" ".join(words) if draw.random() < 0.95 else "")
    kinds = [("abstract", "question", "label")[at] for at in draw.integers(0, 3, count)]
    titles = [f"What is {vocabulary[at]}" for at in draw.integers(0, 3, count)]
    return texts, kinds, titles
