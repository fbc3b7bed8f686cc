"""Build PubMed, JATS and guideline files together and print the README's table of drop reasons.

CURATION_TEST_DATA=… python -m tests.benchmarks.real_build [--keep DIR]
"""

from __future__ import annotations

import duckdb

from curation import manifest
from curation.engines.local import LocalEngine
from curation.pipeline import build
from curation.progress import Progress
from curation.recipe import load
from tests.benchmarks.real_files import ALL, real_folders

RECIPE = f"""name = "real"
[failures]
tolerate = 1_000
{ALL}"""


def main() -> None:
    """Build and print."""
    with real_folders(__doc__ or "") as (data, folder):
        recipe = folder / "recipe.toml"
        recipe.write_text(RECIPE.format(data=data))
        with Progress() as progress:
            done = build(load(recipe), folder / "corpus", LocalEngine(2), progress)
        version = folder / "corpus" / done.version
        content = manifest.read(version)
        print("| source | documents | kept | dropped | failed |\n|---|---:|---:|---:|---:|")
        for source, entry in content["sources"].items():
            c = entry["counts"]
            print(
                f"| {source} | {sum(c.values()):,} | {c['kept']:,} | {c['dropped']:,} | {c['failed']:,} |"
            )
        print("\n| source | step | rule | documents |\n|---|---|---|---:|")
        for drop in content["drops"]:
            print(f"| {drop['source']} | {drop['step']} | {drop['rule']} | {drop['rows']:,} |")
        share = duckdb.sql(
            f"""select count(*), count(*) filter (step = 'quality')
            from '{version}/ledger/pubmed/*.parquet'
            where lang = 'en' and words >= 50 and outcome <> 'failed' and step is distinct from 'parse'"""
        ).fetchall()[0]
        print(
            f"\nEnglish abstracts of >= 50 words: {share[0]:,}, by quality rules dropped: {share[1]:,}"
        )


if __name__ == "__main__":
    main()
