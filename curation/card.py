"""What a version says of itself: the dataset card, croissant.json and the attribution table.

Every figure is computed from the ledger of the version; none is typed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.columns import SHARD_SCHEMA
from curation.licensing import STATED_BY_SOURCE, UNSTATED, evidence
from curation.manifest import kept_rows, outcome_counts
from curation.recipe import Recipe
from curation.table import Ints, Works
from curation.verdicts import Verdicts
from curation.write import gather
from filters.pii import Masking

HUB_LICENSES = frozenset(
    {
        "cc0-1.0",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nd-4.0",
        "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0",
        "cc-by-nc-sa-4.0",
        "odc-by",
    }
)
"""Licence ids that a dataset card on the Hugging Face hub knows (subset of its list)."""

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)

ATTRIBUTION = ("title", "authors", "journal", "date", "url", "doi", "license_evidence")

ATTRIBUTION_ROWS = 50_000
"""Rows of the attribution table that are in memory at a time."""


def readme(recipe: Recipe, ledger: pa.Table, described: Mapping[str, Any]) -> str:
    """Write the dataset card.

    Args:
        recipe: The recipe.
        ledger: The whole ledger.
        described: What the manifest says.

    Returns:
        Markdown with YAML front matter.
    """
    kept = kept_rows(ledger, ["date", "lang", "license", "source"])
    counts = described["counts"]
    lines = [
        "---",
        *_front_matter(recipe, kept),
        "---",
        "",
        f"# {recipe.text('', 'name')}",
        "",
        "A medical pretraining corpus made by the medical corpus curation toolkit "
        f"{described['tool']['version']} for {recipe.text('', 'purpose')} use.",
        "",
        "## What is in it",
        "",
        "| source | kept | dropped | failed | words | characters |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, source in described["sources"].items():
        c = source["counts"]
        lines.append(
            f"| {name} | {c['kept']:,} | {c['dropped']:,} | {c['failed']:,} "
            f"| {source['words']:,} | {source['chars']:,} |"
        )
    lines += [
        f"| **all** | {counts['kept']:,} | {counts['dropped']:,} | {counts['failed']:,} "
        f"| {sum(s['words'] for s in described['sources'].values()):,} "
        f"| {sum(s['chars'] for s in described['sources'].values()):,} |",
        "",
        "## Why documents are missing",
        "",
        "Every input document has one row in `ledger/`; these are the reasons, first match first.",
        "",
        "| source | step | rule | documents |",
        "|---|---|---|---:|",
        *(
            f"| {d['source']} | {d['step']} | {d['rule']} | {d['rows']:,} |"
            for d in described["drops"]
        ),
        "",
        *_alarms(described),
        *_by_value(kept, "license", "Licences"),
        *_by_value(kept, "lang", "Languages"),
        "## Personal data",
        "",
        _privacy(described, ledger),
        "",
        "## Use",
        "",
        "```python",
        "import datasets",
        'corpus = datasets.load_dataset("PATH/TO/THIS/FOLDER", split="train")',
        "```",
        "",
        "`attribution.parquet` names title, authors, address and licence of every document; "
        "`manifest.json` holds the recipe, the checksums of inputs and outputs, and all versions.",
        "",
        "## Limits",
        "",
        "Texts are literature, not advice: they age, and some were wrong when they were written. "
        "Masking of personal data follows rules; it is no guarantee.",
        "",
    ]
    return "\n".join(lines)


def _front_matter(recipe: Recipe, kept: pa.Table) -> list[str]:
    licenses = sorted({str(v).lower() for v in pc.unique(kept["license"]).to_pylist()})
    known = [name for name in licenses if name in HUB_LICENSES]
    if len(known) < len(licenses) or not known:
        known.append("other")
    languages = sorted(v for v in pc.unique(kept["lang"]).to_pylist() if v and v != "und")
    size = next((text for limit, text in SIZES if kept.num_rows < limit), "n>1B")
    lines = ["pretty_name: " + json.dumps(recipe.text("", "name"), ensure_ascii=False), "license:"]
    lines += [f"- {name}" for name in known]
    if known[-1] == "other":
        lines += ["license_name: see-the-license-column"]
    if languages:
        # `no` is a truth value in YAML unless it is quoted.
        lines += ["language:", *(f'- "{name}"' for name in languages)]
    lines += ["task_categories:", "- text-generation", "tags:", "- medical", "size_categories:"]
    lines += [f"- {size}", "configs:", "- config_name: default", "  default: true", "  data_files:"]
    lines += ["  - split: train", "    path: data/*/train-*.parquet"]
    # A loader refuses a config without rows: a source that keeps nothing has none.
    present = set(pc.unique(kept["source"]).to_pylist())
    for spec in (spec for spec in recipe.sources if spec.name in present):
        lines += [f"- config_name: {json.dumps(spec.name)}", "  data_files:", "  - split: train"]
        lines += [f"    path: {json.dumps(f'data/{spec.name}/train-*.parquet')}"]
    return lines


def _by_value(kept: pa.Table, column: str, heading: str) -> list[str]:
    counted = pc.value_counts(kept[column]).to_pylist()
    counted.sort(key=lambda item: (-item["counts"], str(item["values"])))
    rows = [f"| {item['values']} | {item['counts']:,} |" for item in counted]
    return [f"## {heading}", "", f"| {column} | documents |", "|---|---:|", *rows, ""]


def _alarms(described: Mapping[str, Any]) -> list[str]:
    """Return the warnings of the build as a section; none where there are none."""
    if not described["alarms"]:
        return []
    lines = [f"- {alarm['line']}" for alarm in described["alarms"]]
    return ["## Warnings of the build", "", *lines, ""]


def _privacy(described: Mapping[str, Any], ledger: pa.Table) -> str:
    totals: dict[str, int] = {}
    maps = ledger["pii"].combine_chunks()
    for entity, number in (
        zip(maps.keys.to_pylist(), maps.items.to_pylist(), strict=True) if len(maps) else ()
    ):
        totals[entity] = totals.get(entity, 0) + number
    shown = ", ".join(f"{number:,} {entity}" for entity, number in sorted(totals.items()))
    if described["pii_profile"] == "off":
        return f"pii_profile: off. Nothing was masked; the scan found: {shown or 'nothing'}."
    return f"pii_profile: {described['pii_profile']}. Masked over all inputs: {shown or 'nothing'}."


def croissant(recipe: Recipe, ledger: pa.Table, files: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the Croissant 1.0 description of the shards.

    There is no clock in a version: ``datePublished`` is the date of the newest document.
    """
    kept = kept_rows(ledger, ["date", "license"])
    dates = [d for d in pc.unique(kept["date"]).to_pylist() if d]
    shards = [name for name in files if name.startswith("data/")]
    name = recipe.text("", "name")
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": f"Medical pretraining corpus; {outcome_counts(ledger)['kept']} documents.",
        "license": sorted(set(pc.unique(kept["license"]).to_pylist())) or ["NOASSERTION"],
        # No address is known before somebody publishes the version.
        "url": f"urn:sha256:{recipe.sha256}",
        "creator": {"@type": "sc:Organization", "name": "medical corpus curation toolkit"},
        "datePublished": max(dates, default="1970-01-01"),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": shard,
                "name": shard,
                "contentUrl": shard,
                "encodingFormat": "application/x-parquet",
                "sha256": files[shard]["sha256"],
                "contentSize": f"{files[shard]['bytes']} B",
            }
            for shard in shards
        ],
        "recordSet": [_record_set(shard) for shard in shards],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _record_set(shard: str) -> dict[str, Any]:
    fields = []
    for field in SHARD_SCHEMA:
        several = pa.types.is_list(field.type)
        inner = field.type.value_type if several else field.type
        kind = (
            "sc:Integer"
            if pa.types.is_integer(inner)
            else ("sc:Float" if pa.types.is_floating(inner) else "sc:Text")
        )
        entry: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"{shard}/{field.name}",
            "name": field.name,
            "dataType": kind,
            "source": {"fileObject": {"@id": shard}, "extract": {"column": field.name}},
        }
        if several:
            entry["repeated"] = True
        fields.append(entry)
    return {
        "@type": "cr:RecordSet",
        "@id": f"records/{shard}",
        "name": f"records/{shard}",
        "field": fields,
    }


_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""JSON-LD context of the Croissant 1.0 specification."""


def write_attribution(works: Works, verdicts: Verdicts, path: Path, masking: Masking) -> None:
    """Write one row per kept document: whom to name, where it is, under which licence.

    Args:
        works: All rows.
        verdicts: What was decided.
        path: File to write, sorted by id.
        masking: Looks through the evidence of licences, which is put together of masked lines.
    """
    rows = np.flatnonzero(verdicts.open)
    rows = rows[np.argsort(works.ranks("id")[rows], kind="stable")]
    schema = pa.schema(
        [
            ("id", pa.string()),
            *((n, SHARD_SCHEMA.field(n).type) for n in ATTRIBUTION[:-1]),
            ("license", pa.string()),
            ("license_evidence", pa.string()),
        ]
    )
    paths = [part.path for part in works.parts]
    with pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=["journal", "license"]
    ) as writer:
        for start in range(0, len(rows), ATTRIBUTION_ROWS):
            chunk = rows[start : start + ATTRIBUTION_ROWS]
            table = gather(paths, works.part[chunk], works.row[chunk], ["id", *ATTRIBUTION])
            table = table.append_column("license", verdicts.license.take(pa.array(chunk)))
            table = _with_evidence(table, works, verdicts.lender[chunk])
            said = table["license_evidence"].cast(pa.large_string()).combine_chunks()
            masked = masking.fields({"license_evidence": said}).columns["license_evidence"]
            index = table.schema.get_field_index("license_evidence")
            table = table.set_column(index, "license_evidence", masked.cast(pa.string()))
            writer.write_table(table.select(schema.names).combine_chunks())


def _with_evidence(table: pa.Table, works: Works, lender: Ints) -> pa.Table:
    """Say what each licence rests on: the own statement, the source's terms, or another document.

    Args:
        table: Rows of the attribution with ``license_evidence`` as their records gave it.
        works: All rows.
        lender: Row whose licence covers each, -1 for none; int64[n].
    """
    own = table["license_evidence"].combine_chunks()
    unstated = [UNSTATED.get(name, STATED_BY_SOURCE) for name in table["license"].to_pylist()]
    said = pc.if_else(pc.equal(own.fill_null(""), ""), pa.array(unstated, own.type), own)
    lent = np.flatnonzero(lender >= 0)
    names = works.column("id").take(pa.array(lender[lent])).to_pylist()
    lines = [
        f"licence of {name}, a full text of the same work: {found}"
        for name, found in zip(names, evidence(works, lender[lent]), strict=True)
    ]
    mask = np.zeros(len(own), np.bool_)
    mask[lent] = True
    column = pc.replace_with_mask(said, pa.array(mask), pa.array(lines, own.type))
    return table.set_column(
        table.schema.get_field_index("license_evidence"), "license_evidence", column
    )
