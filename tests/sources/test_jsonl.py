"""JSON lines and Parquet: fields, mapping, and one failure for each bad line."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.base import Document, Failure, Item, Resource, SourceError
from sources.jsonl import JsonLines
from sources.text import jsonlines


def parse(data: bytes, name: str = "a.jsonl", fields: object = None) -> list[Item]:
    """Items of a file with these bytes."""
    resource = Resource(name, name, len(data), "")
    return list(JsonLines(fields=fields or {}).parse(resource, io.BytesIO(data)))


def one(record: object, fields: object = None) -> Item:
    """The item of a file with one record."""
    (item,) = parse(json.dumps(record).encode(), fields=fields)
    return item


def test_fields_find_their_places() -> None:
    """Known fields become columns, the rest metadata; ids and dates are normalised."""
    item = one(
        {
            "id": 17,
            "text": "# Fever in children\n\nText.",
            "title": "Fever  in children",
            "kind": "guideline",
            "lang": "en-GB",
            "license": "CC BY 4.0",
            "date": "2020-5",
            "url": "https://example.org/f",
            "pmid": 90000001,
            "pmcid": "90000001",
            "doi": "https://doi.org/10.1234/ABC",
            "ward": "north",
            "metadata": {"beds": 4},
        }
    )
    assert isinstance(item, Document)
    assert (item.native_id, item.title, item.text) == ("17", "Fever in children", "Text.")
    assert (item.kind, item.lang, item.license) == ("guideline", "en", "CC-BY-4.0")
    assert (item.date, item.url) == ("2020-05", "https://example.org/f")
    assert (item.pmid, item.pmcid, item.doi) == ("90000001", "PMC90000001", "10.1234/abc")
    assert item.metadata == {"ward": "north", "beds": 4}


def test_names_are_mapped() -> None:
    """The option fields names theirs by ours; a mapped field leaves no copy."""
    item = one({"no": "a", "body": "Text", "text": "short"}, fields={"id": "no", "text": "body"})
    assert isinstance(item, Document)
    assert (item.native_id, item.text, item.metadata) == ("a", "Text", {})


def test_nested_fields_are_said() -> None:
    """A record whose text lies deeper says that it cannot be mapped."""
    item = one({"id": "a", "body": {"text": "x"}})
    assert isinstance(item, Failure)
    assert "inside other fields cannot be mapped" in item.detail


def test_what_does_not_parse_stays_in_the_metadata() -> None:
    """Dates and languages that are none are kept as given."""
    item = one({"id": "a", "text": "T", "date": "spring", "lang": "English"})
    assert isinstance(item, Document)
    assert (item.date, item.lang) == ("", "")
    assert item.metadata == {"date": "spring", "lang": "English"}


@pytest.mark.parametrize(
    ("statement", "license"),
    [
        ("CC-BY-NC-SA-3.0-IGO", "CC-BY-NC-SA-3.0-IGO"),
        ("LicenseRef-Own", "LicenseRef-Own"),
        ("MIT", "MIT"),
        ("https://creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0"),
        ("eu", ""),
        ("all yours", ""),
    ],
)
def test_licences(statement: str, license: str) -> None:
    """SPDX is taken as given, statements are read, and anything else is unknown, not trusted."""
    item = one({"id": "a", "text": "T", "license": statement})
    assert isinstance(item, Document)
    assert (item.license, item.license_evidence) == (license, f"field license: {statement}")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"text": "T"}', "no_id"),
        (b'{"id": "", "text": "T"}', "no_id"),
        (b'{"id": null, "text": "T"}', "no_id"),
        (b'{"id": true, "text": "T"}', "bad_field"),
        (b'{"id": "a\\nb", "text": "T"}', "bad_field"),
        (b'{"id": "a"}', "no_text_field"),
        (b'{"id": "a", "text": null}', "no_text_field"),
        (b'{"id": "a", "text": 5}', "bad_field"),
        (b'{"id": "a", "text": ["T"]}', "bad_field"),
        (b'{"id": "a", "text": "T", "title": {}}', "bad_field"),
        (b'{"id": "a", "text": "T", "kind": "novel"}', "bad_field"),
        (b'{"id": "a", "text": "T", "metadata": "x"}', "bad_field"),
        (b'{"id": "a", "text": "T"', "bad_json"),
        (b'{"id": "a", "text": "T', "bad_json"),
        (b'{"id": "a", "text": "T", "x": NaN}', "bad_json"),
        (b'{"id": "a", "text": "T", "x": ' + b"9" * 5000 + b"}", "bad_json"),
        (b'{"id": "a", "text": "T", "x": ' + b"[" * 900 + b"]" * 900 + b"}", "bad_json"),
        (b'{"id": "a", "text": "T", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "bad_json"),
        (b'["a", "T"]', "bad_record"),
        (b'"T"', "bad_record"),
        (b'{"id": "a", "text": "\xff"}', "bad_encoding"),
    ],
)
def test_bad_line_costs_one_failure(line: bytes, rule: str) -> None:
    """A bad line between two good ones costs one failure that names the line, no more."""
    good = [b'{"id": "1", "text": "one"}', b'{"id": "3", "text": "three"}']
    first, bad, last = parse(b"\n".join((good[0], line, good[1])))
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert isinstance(bad, Failure)
    assert bad.rule == rule
    assert "line 2" in bad.detail
    assert '"T"' not in bad.detail


def test_truncated_file_is_said() -> None:
    """A last line cut in the middle is a failure that asks whether the file is whole."""
    first, last = parse(b'{"id": "1", "text": "one"}\n{"id": "2", "tex')
    assert isinstance(first, Document)
    assert isinstance(last, Failure)
    assert "whole" in last.detail


def test_only_line_feeds_end_lines() -> None:
    """Other separators do not cut a text; blank lines and a byte order mark are skipped."""
    text = "a\u2028b\u0085c\x0bd"
    line = json.dumps({"id": "1", "text": text}, ensure_ascii=False).replace("\\u000b", "\\u000b")
    data = b"\xef\xbb\xbf\n \r\n" + line.encode() + b"\r\n\n"
    (item,) = parse(data)
    assert isinstance(item, Document)
    assert item.text == text


def test_empty_text_is_a_document() -> None:
    """A text that is there and empty is no failure."""
    item = one({"id": "a", "text": ""})
    assert isinstance(item, Document)
    assert item.text == ""


def test_lone_surrogates_are_cleaned() -> None:
    """Half a surrogate pair is replaced, a whole one read, in names of fields too."""
    data = rb'{"id": "a", "text": "x\ud83dy \ud83d\ude00", "k\udc00": ["\udfff"]}'
    (item,) = parse(data)
    assert isinstance(item, Document)
    assert item.text == "x\ufffdy \U0001f600"
    assert item.metadata == {"k\ufffd": ["\ufffd"]}


def test_long_lines_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line over the limit costs a failure, whatever the blocks it comes in."""
    monkeypatch.setattr(jsonlines, "MAX_LINE", 60)
    monkeypatch.setattr(jsonlines, "BLOCK", 7)
    short = b'{"id": "1", "text": "one"}\n'
    first, bad, last = parse(short + b'{"id": "2", "text": "' + b"x" * 99 + b'"}\n' + short)
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert isinstance(bad, Failure)
    assert bad.rule == "too_long"
    assert "line 2" in bad.detail


def test_empty_file_is_said() -> None:
    """A file without a byte is a failure of the file."""
    with pytest.raises(SourceError) as error:
        parse(b"")
    assert error.value.rule == "empty"


def test_located_files_are_read(tmp_path: Path) -> None:
    """Compressed JSON lines and Parquet of a folder are read through the source itself."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"id": "1", "text": "one"}\n'))
    table = pa.table({"id": [2, 3], "text": ["two", None], "when": [None, "x"]})
    pq.write_table(table, tmp_path / "b.parquet")
    source = JsonLines()
    found: list[Item] = []
    for item in source.locate(["."], tmp_path).inputs:
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure)
            found += source.parse(resource, stream)
    assert [i.native_id for i in found if isinstance(i, Document)] == ["1", "2"]
    (failure,) = (i for i in found if isinstance(i, Failure))
    assert (failure.rule, failure.native_id) == ("no_text_field", "3")
    assert "row 2" in failure.detail


def test_parquet_from_a_stream() -> None:
    """Parquet that lies in an archive is read from its stream; its values fit into JSON."""
    buffer = io.BytesIO()
    table = pa.table(
        {
            "id": ["a"],
            "text": ["T"],
            "day": pa.array([18000], pa.date32()),
            "share": [float("nan")],
            "raw": [b"\x00"],
            "nested": [[{"x": 1.5}]],
        }
    )
    pq.write_table(table, buffer)
    data = buffer.getvalue()
    resource = Resource("x.zip::a.parquet", "a.parquet", len(data), "")
    (item,) = JsonLines().parse(resource, io.BytesIO(data))
    assert isinstance(item, Document)
    assert json.loads(json.dumps(item.metadata)) == {"day": "2019-04-14", "nested": [{"x": 1.5}]}


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1" + b"x" * 50 + b"PAR1"])
def test_damaged_parquet_is_said(data: bytes) -> None:
    """Damage ends the file with its reason."""
    with pytest.raises(SourceError) as error:
        parse(data, "a.parquet")
    assert error.value.rule == "damaged"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=30), st.just(b'{"id": 1, "text": "T"}')), max_size=8),
    st.integers(1, 9),
)
def test_each_line_gives_one_item(lines: list[bytes], block: int) -> None:
    """However the bytes come in, each line that is not blank gives one item."""
    lines = [line.replace(b"\n", b" ") for line in lines]
    data = b"\n".join(lines)
    if not data or data.startswith((b"PAR1", b"\xef\xbb\xbf")):
        return

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(block, size) if size and size > 0 else block)

    items = list(jsonlines.json_rows(Slow(data)))
    assert len(items) == sum(bool(line.strip()) for line in lines)
