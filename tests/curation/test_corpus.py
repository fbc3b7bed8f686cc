"""Opening and reading a version."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import curation
from curation.corpus import Corpus
from curation.errors import CurationError, UsageError
from tests.curation.make_version import kept, make_version, standard_rows, unlock


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The standard version, below a folder whose name needs quoting."""
    folder = tmp_path_factory.mktemp("it's [a] corpus*") / "corpus"
    make_version(folder)
    return Corpus(folder)


def test_latest_is_what_the_pointer_names(tmp_path):
    """A corpus opens at `latest`; without the pointer, or with a broken one, at the newest."""
    for name in ("v1", "v2", "v10"):
        make_version(tmp_path, name=name)
    assert Corpus(tmp_path).version == "v10"
    (tmp_path / "latest").write_text("v1\n")
    assert Corpus(tmp_path).version == "v1"
    assert Corpus(tmp_path / "v2").version == "v2"
    for broken in ("v77\n", "", "../elsewhere"):
        (tmp_path / "latest").write_text(broken)
        assert Corpus(tmp_path).version == "v10"
    (tmp_path / "latest").unlink()
    assert curation.open(tmp_path).version == "v10"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ((), "no such folder"),
        (("c/",), "holds no corpus"),
        (("c/.curation/",), "stopped or refused"),
        (("c",), "a file"),
    ],
)
def test_what_is_no_corpus_says_what_it_is(tmp_path, made, said):
    """Opening anything else is an error of usage that says what is there instead."""
    for name in made:
        if name.endswith("/"):
            (tmp_path / name).mkdir(parents=True)
        else:
            (tmp_path / name).touch()
    with pytest.raises(UsageError, match=said):
        Corpus(tmp_path / "c")


def test_an_unknown_version_names_the_known(tmp_path):
    """DIR/v9 lists the versions that there are."""
    make_version(tmp_path)
    with pytest.raises(UsageError, match=r"no such version; there is v1$"):
        Corpus(tmp_path / "v9")


def test_documents_stream_what_is_asked_for(corpus):
    """Columns and condition are respected, and rows come as record batches."""
    batches = list(corpus.documents(columns=["id", "year"], where="year >= 2020 AND kind <> 'x'"))
    assert all(isinstance(batch, pa.RecordBatch) for batch in batches)
    table = pa.Table.from_batches(batches)
    assert table.schema.names == ["id", "year"]
    wanted = {"guide:a2", "pubmed:1", "pubmed:2", "pubmed:4", "pubmed:7@2"}
    assert set(table["id"].to_pylist()) == wanted


def test_ledger_streams_every_input(corpus):
    """The ledger has all rows, also those without an id."""
    table = pa.Table.from_batches(corpus.ledger(columns=["id", "outcome"]))
    assert table.num_rows == 14
    assert table["id"].null_count == 2


def test_a_name_with_glob_characters_and_quotes_is_read(corpus):
    """Brackets, stars and apostrophes in the path are characters, not patterns."""
    assert "'" in str(corpus.folder)
    assert corpus.query("SELECT count(*) AS n FROM documents").read_all()["n"].to_pylist() == [7]


def test_an_unknown_column_names_the_nearest(corpus):
    """A mistyped column is an error of usage with suggestions."""
    with pytest.raises(UsageError, match="did you mean license"):
        list(corpus.documents(columns=["licence"]))


@pytest.mark.parametrize(
    "sql",
    [
        "COPY ledger TO '{path}'",
        "EXPLAIN ANALYZE COPY ledger TO '{path}'",
        "SELECT 1; COPY ledger TO '{path}'",
        "ATTACH '{path}'",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW ledger",
        "INSTALL httpfs",
        "SET threads = 1",
        "SELECT * FROM query('COPY ledger TO ''{path}''')",
        "SELECT * FROM read_text('{path}')",
        "SELECT * FROM '/etc/hostname'",
        "",
    ],
)
def test_sql_only_reads_the_version(corpus, tmp_path, sql):
    """No statement writes, attaches, configures or reads a file besides those of the version."""
    path = tmp_path / "secret.txt"
    path.write_text("secret")
    with pytest.raises(UsageError):
        corpus.query(sql.format(path=path)).read_all()
    assert path.read_text() == "secret"
    assert [p.name for p in tmp_path.iterdir()] == ["secret.txt"]


def test_sql_cannot_overwrite_the_version_itself(corpus):
    """Not even the files that the views read can be written to."""
    shard = Path(corpus.files("data/")[0])
    before = shard.read_bytes()
    unlock(Path(corpus.folder))
    with pytest.raises(UsageError):
        corpus.query(f"COPY (SELECT 1) TO '{str(shard).replace(chr(39), chr(39) * 2)}'")
    assert shard.read_bytes() == before


def test_an_sql_error_shows_no_text_of_a_document(corpus):
    """A failed conversion does not quote the value: it is text of a document."""
    with pytest.raises(UsageError) as caught:
        corpus.query("SELECT CAST(text AS INTEGER) FROM documents").read_all()
    assert "fictional" not in str(caught.value)
    assert "Patients" not in str(caught.value)


def test_show_finds_the_row_of_an_id(corpus):
    """Every kept id shows its own text and columns."""
    for row in standard_rows():
        if row["outcome"] == "kept":
            shown = corpus.show(row["id"])
            assert (shown["id"], shown["text"]) == (row["id"], row["text"])


def test_show_says_why_there_is_no_text(corpus):
    """A dropped document names its reason; an unknown one its neighbours."""
    with pytest.raises(UsageError, match=r"4 words, fewer than words_min = 20.*explain"):
        corpus.show("pubmed:5")
    with pytest.raises(UsageError, match=r"did you mean pubmed:1\b"):
        corpus.show("1")


def test_samples_are_reproducible_and_respect_their_limits(corpus):
    """The same seed draws the same; all of them are drawn where there are not more."""
    first = [row["id"] for row in corpus.sample(3)]
    assert first == [row["id"] for row in corpus.sample(3)]
    assert len(set(first)) == 3
    seeds = {tuple(row["id"] for row in corpus.sample(3, seed=seed)) for seed in range(6)}
    assert len(seeds) > 1
    assert len(corpus.sample(100)) == 7
    assert {row["outcome"] for row in corpus.sample(100, outcome="dropped")} == {"dropped"}
    assert len(corpus.sample(100, outcome="failed")) == 2
    assert {row["source"] for row in corpus.sample(100, source="guide")} == {"guide"}


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(corpus):
    """Asking for more keeps what was drawn before."""
    assert [r["id"] for r in corpus.sample(5)][:2] == [r["id"] for r in corpus.sample(2)]


def test_sample_conditions_see_both_tables(corpus):
    """A condition may name a column of the shards and one of the ledger at once."""
    rows = corpus.sample(10, where="journal = 'Annals of Nothing' AND position >= 0")
    assert [row["id"] for row in rows] == ["pubmed:2"]


def test_a_missing_file_is_no_traceback(tmp_path):
    """A version that lost a shard says so and names the check."""
    folder = make_version(tmp_path)
    next((folder / "data").rglob("*.parquet")).unlink()
    with pytest.raises(CurationError, match="missing or not to be read; run `curation verify"):
        list(Corpus(tmp_path).documents())


@pytest.mark.parametrize("part", ["data", "ledger"])
def test_a_cut_file_is_no_traceback(tmp_path, part):
    """A version whose file ends early says so, whatever is asked of it."""
    folder = make_version(tmp_path)
    unlock(folder)
    path = next((folder / part / "pubmed").iterdir())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CurationError, match="curation verify"):
        Corpus(tmp_path).stats()
    with pytest.raises(CurationError, match="curation verify"):
        list(Corpus(tmp_path).documents() if part == "data" else Corpus(tmp_path).ledger())


def test_reading_is_lazy(tmp_path):
    """The first batch is a part of the documents, not all of them."""
    make_version(tmp_path, [kept(str(n), text=f"A short text {n}.") for n in range(5000)], shards=1)
    first = next(Corpus(tmp_path).documents(columns=["id"]))
    assert 0 < first.num_rows < 5000
