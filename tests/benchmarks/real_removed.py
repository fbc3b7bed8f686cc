"""List every document of the real files that has to give way to another one: docs/removed.md.

CURATION_TEST_DATA=… python -m tests.benchmarks.real_removed [--keep DIR]

Builds from the two files of PubMed and the JATS sets, all languages and without quality rules, so
that nothing goes before it is compared. What looks alike and stays is searched by means of its own:
42 bands of 3 rows, which find 99.6 % of the pairs at a similarity of 0.5, and the exact similarity.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import curation
from curation.relations import ABOUT
from filters.duplicates.signatures import signature_matrix
from filters.duplicates.verify import verify
from tests.benchmarks.real_files import PAPERS, real_folders

RECIPE = f"""name = "removed"
[language]
keep = "any"
[quality]
enabled = false
[failures]
tolerate = 1_000
{PAPERS}"""

DOCUMENT = Path(__file__).parents[2] / "docs" / "removed.md"
READ = [
    "row_type",
    "id",
    "title",
    "no_text",
    "signature",
    "word_hashes",
    "shingle_words",
    "relations",
]
TITLE = 38
ALIKE = 0.5
MIN_WORDS = 20

JUDGED = {
    "status.retracted": """Each says so itself and names its notice (under *stays*), whose date stands in
the ledger. Notices are works of their own and stay where they have a text:
34093767 has the title of its paper word for word, and a similarity of 0.04.""",
    "status.superseded": """Versions of one PMID; of each the highest stays.""",
    "identity.same_work": """The preprint of 33576494 by PubMed's `UpdateOf`; its similarity to the article
is 0.23, so that no other step would have found it. Of the seven other such
links the older end is not in these files: five preprints, a review, a letter.""",
    "identity.language_edition": """All looked at: seven Spanish journals, the same title, volume and pages in 37
of 38 (the last one has no pages yet), the same authors (five differ in the
form of their names), the pair of DOIs that the publisher gives its editions
(`10.1016/j.ad…`, `10.1016/j.adengl…`). Five lie below the threshold of
near-duplicates; 33637378 has `2.2 MBq/kg` where the other says `M Bq`, which
the clinical guard takes for another unit.""",
    "near.similar": """Works entered twice with slips of the pen (`Dianostik`, `312f.`,
`anti-Bcoated`, `segontin--digoxin`): the same journal, issue and pages. Both
records name one language, so that they are no language editions.""",
}
"""What was found by looking at every row of a table, by rule."""

KEPT = """Looked at, pair by pair: none is a form of the other.

- 408855 / 408856: one abstract is that of the other up to the middle, where it
  runs on into a third paper: an error of the record; two papers (pages 263-7
  and 269-76 of one issue), under one title and in one language.
- 402901 / 402902: parts I and II. 410232 / 411329: sister studies with other
  values. 409267 / 413335: one study told again in a book series.
- `#other-abstract-1` beside its record: a second abstract by another hand. It
  is a document of its own by contract, and shares the status of its record.

Below 0.5 stands one study that a journal printed twice (421405 / 428168, J
0.39, the same title): in one language it is not a language edition.
"""


def main() -> None:
    """Build, look and write."""
    with real_folders(__doc__ or "") as (data, folder):
        (folder / "recipe.toml").write_text(RECIPE.format(data=data))
        corpus = curation.build(folder / "recipe.toml", folder / "corpus", workers=1)
        table = documents(folder / "corpus" / ".curation" / "cache")
        DOCUMENT.write_text("\n".join(lines(corpus, table)) + "\n")


def documents(cache: Path) -> pa.Table:
    """Read what is needed of all documents, those that went among them."""
    tables = [pq.read_table(path, columns=READ) for path in sorted(cache.rglob("part-*.parquet"))]
    table = pa.concat_tables(tables)
    return table.filter(pc.equal(table["row_type"], 0)).combine_chunks()


def lines(corpus: curation.Corpus, table: pa.Table) -> Iterator[str]:
    """Yield the page."""
    ledger = corpus.query("SELECT * FROM ledger WHERE id IS NOT NULL").read_all().to_pylist()
    titles = dict(zip(table["id"].to_pylist(), table["title"].to_pylist(), strict=True))
    gone: dict[str, list[dict[str, Any]]] = {}
    for row in ledger:
        if row["step"] in ("status", "identity", "exact", "near") and row["rule"] != "tombstone":
            gone.setdefault(f"{row['step']}.{row['rule']}", []).append(row)
    yield HEAD.format(
        rows=f"{len(ledger):,}", kept=f"{corpus.manifest['counts']['kept']:,}",
        gone=sum(map(len, gone.values())),
    )  # fmt: skip
    order = ("status", "identity", "exact", "near")
    for rule in sorted(gone, key=lambda rule: (order.index(rule.split(".")[0]), rule)):
        yield f"## `{rule}`: {len(gone[rule])}\n\n{JUDGED[rule]}\n"
        yield "| removed | J | stays | title |\n|---|---:|---|---|"
        for row in sorted(gone[rule], key=lambda r: r["id"]):
            likeness = "" if row["similarity"] is None else f"{row['similarity']:.2f}"
            stays = short(row["representative"] or row["detail"].partition(" by ")[2].split()[0])
            yield f"| {short(row['id'])} | {likeness} | {stays} | {title(titles[row['id']])} |"
        yield ""
    fates = {row["id"]: row["outcome"] for row in ledger if row["outcome"] == "kept"}
    yield from _alike(table, fates, titles)
    yield from _notices(table, ledger)


HEAD = """# Removed documents, one by one

Written by `python -m tests.benchmarks.real_removed` from the two files of
PubMed and the JATS sets, all languages and without quality rules:
{rows} rows, {kept} kept, **{gone} removed in favour of another document or
because they were taken back**. J is the exact Jaccard similarity of word
5-grams. Records without a text (step `parse`) and notices of deletion are not
listed. Of the JATS sets nothing is removed: no article of theirs has an id or
a text that stands in the other files.
"""


def short(name: str) -> str:
    """Return an id without the prefix of PubMed."""
    return name.removeprefix("pubmed:").removeprefix("pmid:")


def title(text: str) -> str:
    """Return the beginning of a title, safe in a table."""
    plain = text.replace("|", "/")
    return plain if len(plain) <= TITLE else plain[: TITLE - 1].rstrip() + "…"


def _alike(table: pa.Table, kept: dict[str, str], titles: dict[str, str]) -> Iterator[str]:
    yield f"## What looks alike and stays\n\nAll pairs of kept documents with J of {ALIKE} and more.\n"
    yield KEPT
    yield "| stays | stays too | J | title |\n|---|---|---:|---|"
    words = table["shingle_words"].to_numpy()
    wanted = pc.and_(pc.is_in(table["id"], pa.array(sorted(kept))), pa.array(words >= MIN_WORDS))
    table = table.filter(wanted).combine_chunks()
    ids = table["id"].to_pylist()
    pairs = candidates(signature_matrix(table["signature"].chunk(0)))
    for (one, two), likeness in zip(
        pairs, verify(table["word_hashes"].chunk(0), pairs), strict=True
    ):
        if likeness >= ALIKE:
            first, second = sorted((ids[one], ids[two]))
            yield f"| {short(first)} | {short(second)} | {likeness:.2f} | {title(titles[first])} |"
    yield ""


def candidates(signatures: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Return pairs that agree in three neighbouring values, int64[m, 2], sorted."""
    found: set[tuple[int, int]] = set()
    for start in range(0, signatures.shape[1] - 2, 3):
        band = np.ascontiguousarray(signatures[:, start : start + 3])
        keys = band.view("V12").ravel()
        order = np.argsort(keys, kind="stable")
        cuts = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
        for members in np.split(order, cuts):
            found.update(itertools.combinations(sorted(members.tolist()), 2))
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def _notices(table: pa.Table, ledger: list[dict[str, Any]]) -> Iterator[str]:
    fates = {row["id"]: (row["outcome"], row["rule"]) for row in ledger}
    counts: Counter[tuple[str, str]] = Counter()
    for name, relations in zip(
        table["id"].to_pylist(), table["relations"].to_pylist(), strict=True
    ):
        for type_ in sorted({relation["type"] for relation in relations} & set(ABOUT)):
            outcome, rule = fates[name]
            counts[type_, "stays" if outcome == "kept" else rule] += 1
    yield "## Errata, replies and notices\n"
    yield "Records that say of themselves that they are about another one. None is taken"
    yield "for a copy of what it is about; those of `no_text` are nothing but a title.\n"
    fates_seen = sorted({fate for _, fate in counts}, key=lambda fate: (fate != "stays", fate))
    yield f"| relation | {' | '.join(fates_seen)} |\n|---|{'---:|' * len(fates_seen)}"
    for type_ in sorted({type_ for type_, _ in counts}):
        yield f"| `{type_}` | {' | '.join(str(counts[type_, fate]) for fate in fates_seen)} |"


if __name__ == "__main__":
    main()
