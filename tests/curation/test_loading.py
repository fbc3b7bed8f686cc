"""A version loads as it is: with `datasets`, with DuckDB, and by the row that the ledger names."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from curation.columns import SHARD_SCHEMA
from tests.corpora import run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory, language_model: Path) -> Path:
    """The sample, in small shards."""
    out = tmp_path_factory.mktemp("loading") / "corpus"
    text = (ROOT / "data/sample/recipe.toml").read_text()
    for name in ("pubmed", "broken", "pmc", "guidelines", "leaflets", "notes"):
        text = text.replace(f'"{name}', f'"{ROOT}/data/sample/{name}')
    text = text.replace(f'name = "{ROOT}/data/sample/', 'name = "')
    text = text.replace(f'use = "{ROOT}/data/sample/', 'use = "')
    (out.parent / "recipe.toml").write_text(text + "\n[shards]\nsize_mb = 0.02\n")
    run("build", out.parent / "recipe.toml", "--out", out)
    return out / "v1"


@pytest.fixture(scope="module")
def kept(version: Path) -> dict[str, int]:
    """Rows kept by source, as the ledger counts them."""
    rows = duckdb.sql(
        f"SELECT source, count(*) FILTER (outcome = 'kept') FROM '{version}/ledger/*/*.parquet' "
        "GROUP BY 1"
    ).fetchall()
    assert len(rows) == 5
    assert all(count > 0 for _, count in rows)
    return dict(rows)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The library, without network and with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        warnings.simplefilter("ignore")  # of the library, on import
        import datasets as library

        patch.setattr(library.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("hf-cache"))
        library.disable_progress_bars()
        yield library


def test_the_default_config_holds_all_sources(
    version: Path, kept: dict[str, int], datasets: Any
) -> None:
    """One split, all kept rows, the columns of the contract in their order."""
    loaded = datasets.load_dataset(str(version))
    assert list(loaded) == ["train"]
    assert loaded["train"].num_rows == sum(kept.values())
    assert loaded["train"].column_names == SHARD_SCHEMA.names
    assert set(loaded["train"]["source"]) == set(kept)


def test_each_source_is_a_config(version: Path, kept: dict[str, int], datasets: Any) -> None:
    """The configs are the default and one a source, with the ledger's counts."""
    assert sorted(datasets.get_dataset_config_names(str(version))) == sorted(["default", *kept])
    for source, count in kept.items():
        loaded = datasets.load_dataset(str(version), source, split="train")
        assert loaded.num_rows == count
        assert set(loaded["source"]) == {source}


def test_it_streams(version: Path, kept: dict[str, int], datasets: Any) -> None:
    """Streaming gives the same rows, without a copy."""
    stream = datasets.load_dataset(str(version), split="train", streaming=True)
    assert sum(1 for _ in stream) == sum(kept.values())


def test_the_plain_parquet_loader_reads_it(
    version: Path, kept: dict[str, int], datasets: Any
) -> None:
    """Without the card: by the names of the files."""
    loaded = datasets.load_dataset(
        "parquet", data_files=f"{version}/data/pubmed/*.parquet", split="train"
    )
    assert loaded.num_rows == kept["pubmed"]


def test_duckdb_joins_shards_and_ledger(version: Path, kept: dict[str, int]) -> None:
    """Every kept row of the ledger finds its document by id, with the same words."""
    [(rows, same)] = duckdb.sql(
        f"SELECT count(*), count(*) FILTER (d.words = l.words AND d.license = l.license) "
        f"FROM '{version}/data/*/*.parquet' d JOIN '{version}/ledger/*/*.parquet' l "
        "ON d.id = l.id AND l.outcome = 'kept'"
    ).fetchall()
    assert rows == same == sum(kept.values())


def test_several_shards_a_source(version: Path) -> None:
    """The small limit of this recipe makes several: a power of two, all with the same columns."""
    shards = sorted((version / "data/pubmed").iterdir())
    assert len(shards) > 1
    assert len(shards) & (len(shards) - 1) == 0
    for shard in sorted((version / "data").rglob("*.parquet")):
        assert pq.read_schema(shard).equals(SHARD_SCHEMA)
    run("verify", version)
