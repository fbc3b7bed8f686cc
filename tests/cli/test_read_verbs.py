"""The verbs that read a corpus: stdout, stderr, exit code, help and documentation."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from curation.cli import VERBS
from curation.cli.common import bar, table
from curation.faults import FAULTS
from tests.curation.make_version import kept, make_version, standard_rows, unlock

READ_VERBS = (
    "stats", "explain", "show", "sample", "similar", "query", "sweep", "verify", "versions", "diff",
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two versions of the standard corpus."""
    folder = tmp_path_factory.mktemp("cli") / "corpus"
    make_version(folder)
    make_version(folder, [*standard_rows(), kept("20")], "v2")
    return str(folder)


def test_the_program_starts_without_heavy_libraries():
    """`curation --help` imports no pyarrow, DuckDB, NumPy or numba, and neither do the verbs."""
    modules = [VERBS[verb][0] for verb in READ_VERBS]
    code = (
        f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}]; "
        "sys.exit(sum(m in sys.modules for m in ('pyarrow', 'duckdb', 'numpy', 'numba')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("verb", READ_VERBS)
def test_help_fits_a_narrow_terminal(call, verb):
    """Help has an example and the exit codes, in 80 columns."""
    code, out, _ = call(verb, "--help")
    assert code == 0
    assert f"curation {verb} corpus" in out
    assert "Exit codes: 0" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\b" not in out


@pytest.mark.parametrize(
    "args",
    [("stats",), ("explain", "pubmed:8"), ("explain", "pubmed/file1.xml"), ("sample",),
     ("sample", "--outcome", "dropped"), ("verify",), ("versions",), ("diff", "1", "2"),
     ("sweep", "--rule", "words_min"), ("similar", "pubmed:4", "--threshold", "0.1"),
     ("stats", "--by", "source", "kind"), ("stats", "--by", "journal,license"),
     ("query", "SELECT id, work, license, resource, detail, title FROM ledger "
      "LEFT JOIN documents USING (id, work, license)")],
)  # fmt: skip
def test_text_fits_a_narrow_terminal(call, corpus, args):
    """Whatever is printed as text stays within 80 columns, and stderr holds no error."""
    code, out, err = call(args[0], corpus, *args[1:])
    assert code == 0
    assert out.strip()
    assert max(map(len, out.splitlines())) <= 80
    assert "curation:" not in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("stats", "{dir}/v9"), "no such version; there is v1, v2"),
        (("stats", "/nonexistent"), "no such folder"),
        (("stats", "{dir}", "--by", "langg"), "did you mean lang"),
        (("stats", "{dir}", "kind"), "columns follow --by"),
        (("explain", "{dir}", "pubmed:777"), "has this name"),
        (("explain", "{dir}", "Pubmed:4"), "did you mean pubmed:4"),
        (("show", "{dir}", "pubmed:5"), "fewer than words_min"),
        (("show", "{dir}", "pubmed:777"), "has this name"),
        (("similar", "{dir}", "pubmed:777"), "has this name"),
        (("similar", "{dir}", "– —"), "no words"),
        (("sample", "{dir}", "--source", "x"), "there is guide, pubmed"),
        (("sample", "{dir}", "--where", "nope = 1"), "nope"),
        (("sample", "{dir}", "--where", "1 = 1; DROP VIEW ledger"), "SQL"),
        (("query", "{dir}", "SELEC 1"), "syntax error"),
        (("query", "{dir}", "SELECT nope FROM ledger"), "nope"),
        (("query", "{dir}", "SELECT 1 FROM nosuch"), "no table 'nosuch'; `curation query --help`"),
        (("explain", "{dir}", ""), "'': no document, work or input file"),
        (("query", "{dir}", "DROP VIEW ledger"), "one statement that reads"),
        (("query", "{dir}", "SELECT 1", "--json", "--csv"), "exclude each other"),
        (("verify", "{dir}/v9"), "no such version"),
        (("versions", "/nonexistent"), "no such folder"),
        (("diff", "{dir}", "1", "9"), "there is v1, v2"),
        (("diff", "{dir}", "1"), "B is missing"),
        (("stats", "{dir}", "--bye"), "--by"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(call, corpus, args, said):
    """Wrong usage prints nothing on stdout, says what to do on stderr, and never a traceback."""
    code, out, err = call(*(arg.format(dir=corpus) for arg in args))
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 4


def test_errors_are_json_with_json(call, corpus):
    """With --json an error is one JSON object on stderr."""
    code, out, err = call("explain", corpus, "pubmed:777", "--json")
    assert (code, out) == (2, "")
    assert json.loads(err)["code"] == 2


def test_stats_prints_the_figures(call, corpus):
    """The overview names each source, reason and entity with its count."""
    _, out, _ = call("stats", corpus + "/v1")
    assert "14 inputs: 7 kept (50.0 %), 5 dropped, 2 failed" in out
    for text in ("quality.words_min", "parse.truncated", "EMAIL", "Journal of Fiction", "CC0-1.0"):
        assert text in out
    assert "mean_word_length" not in out
    _, out, _ = call("stats", corpus + "/v1", "--all")
    assert "mean_word_length" in out


def test_stats_by_limits_groups_and_keeps_the_total(call, corpus):
    """--top shows some groups; the rest is one line, and all of them add up."""
    _, out, _ = call("stats", corpus + "/v1", "--by", "work", "--top", "2")
    rows = [re.split(r"\s{2,}", line) for line in out.splitlines()]
    counts = [int(row[1]) for row in rows[2:]]
    assert rows[-2][0].startswith("… ")
    assert rows[-1][0] == "all"
    assert sum(counts[:-1]) == counts[-1] == 7


def test_by_takes_columns_in_three_ways(call, corpus):
    """--by a b, --by a --by b and --by a,b are the same."""
    ways = (("--by", "source", "kind"), ("--by", "source", "--by", "kind"), ("--by", "source,kind"))
    assert len({call("stats", corpus, *way)[1] for way in ways}) == 1


def test_show_prints_the_text_and_nothing_else(call, corpus):
    """The output of show is the stored text."""
    row = standard_rows()[0]
    assert call("show", corpus, row["id"])[:2] == (0, row["text"] + "\n")


def test_query_prints_three_forms(call, corpus):
    """Text, JSON lines and CSV hold the same rows; maps and lists are JSON in a cell."""
    sql = "SELECT id, pii, [1, 2] AS l, NULL AS n FROM ledger WHERE id <= 'guide:a2' ORDER BY id"
    lines = call("query", corpus, sql, "--json")[1].splitlines()
    assert json.loads(lines[0]) == {"id": "guide:a1", "pii": {}, "l": [1, 2], "n": None}
    rows = list(csv.DictReader(io.StringIO(call("query", corpus, sql, "--csv")[1])))
    assert [row["id"] for row in rows] == ["guide:a1", "guide:a2"]
    assert json.loads(rows[0]["l"]) == [1, 2]
    assert "guide:a2" in call("query", corpus, sql)[1]


def test_csv_survives_any_text(call, corpus):
    """Quotes, commas and line ends inside a cell come back as they were."""
    sql = "SELECT 'a \"b\", c\nd' AS x"
    assert list(csv.DictReader(io.StringIO(call("query", corpus, sql, "--csv")[1]))) == [
        {"x": 'a "b", c\nd'}
    ]


def test_query_of_nothing_is_no_error(call, corpus):
    """A query without rows prints the header."""
    code, out, _ = call("query", corpus, "SELECT id FROM ledger WHERE false")
    assert code == 0
    assert out.startswith("id")


def test_verify_reports_faults_with_exit_code_3(call, tmp_path):
    """A damaged version: exit code 3, the fault's name and place on stdout, the same in JSON."""
    folder = make_version(tmp_path / "c")
    unlock(folder)
    (folder / "README.md").write_text("x")
    code, out, _ = call("verify", str(folder))
    assert code == 3
    assert "file_size (1)" in out
    assert "README.md" in out
    code, out, _ = call("verify", str(folder), "--json")
    assert code == 3
    assert json.loads(out)["faults"][0]["fault"] == "file_size"


def test_output_is_the_same_every_time(call, corpus):
    """Two runs print the same bytes."""
    for args in (("stats", corpus), ("sample", corpus), ("diff", corpus, "1", "2", "--json")):
        assert call(*args) == call(*args)


JSON_OUTPUTS = {
    "stats": [("{d}",), ("{d}", "--by", "lang")],
    "explain": [("{d}", "pubmed:8"), ("{d}", "pubmed/file1.xml")],
    "sample": [("{d}",), ("{d}", "--outcome", "failed")],
    "verify": [("{bad}",)],
    "versions": [("{d}",)],
    "diff": [("{d}", "1", "2")],
}

BY_VALUE = {"percentiles", "groups", "value", "pii"}
"""Objects whose keys are data (measurements, columns, entities), not fields."""


def _fields(value, inside=""):
    """Yield the names of all fields of a JSON value."""
    if isinstance(value, list):
        for item in value:
            yield from _fields(item, inside)
    elif isinstance(value, dict):
        for key, item in value.items():
            if inside not in BY_VALUE:
                yield key
            yield from _fields(item, key)


@pytest.mark.parametrize("verb", sorted(JSON_OUTPUTS))
def test_every_json_field_is_documented(call, corpus, tmp_path, verb):
    """docs/cli.md names each field that --json prints, in the section of the verb."""
    bad = make_version(tmp_path / "c")
    (tmp_path / "c" / "latest").unlink()
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    section = page.split(f"\n## {verb}\n")[1].split("\n## ")[0]
    columns = set(page.split("\n## Columns of the ledger\n")[1].split("\n## ")[0].split("`"))
    measured = set(_measured())
    for args in JSON_OUTPUTS[verb]:
        out = call(verb, *(arg.format(d=corpus, bad=bad) for arg in args), "--json")[1]
        texts = out.splitlines() if verb == "sample" else [out]
        values = [json.loads(text) for text in texts]
        named = set(section.split("`")) | (columns if verb in ("explain", "sample") else set())
        assert set(_fields(values)) - named - measured == set()


def _measured():
    from filters import registry

    return [column.name for column in registry.columns()]


def test_every_verb_and_option_is_documented(call):
    """docs/cli.md has a section for each verb with all its options, and every fault."""
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    for verb in READ_VERBS:
        section = page.split(f"\n## {verb}\n")[1].split("\n## ")[0]
        for option in re.findall(
            r"(?<![\w-])--[a-z-]+", call(verb, "--help")[1].split("Options:")[1]
        ):
            assert option in section or option == "--help", (verb, option)
    assert [fault for fault in FAULTS if f"`{fault}`" not in page] == []


def test_tables_align_and_cut():
    """Numbers stand to the right, texts give way, wide characters take two columns."""
    text = table(["name", "n"], [("short", 1), ("a very long name indeed", 22_000)], width=20)
    assert text.splitlines() == [
        "name               n",
        "────────────  ──────",
        "short              1",
        "a very long…  22,000",
    ]
    assert table(["語", "n"], [("日本", None), ("x", 2)]).splitlines()[2:] == ["日本", "x     2"]
    assert table(["a", "b"], []) == "a  b\n─  ─"


def test_a_wrapped_column_loses_nothing():
    """The last column goes on in the next lines."""
    text = table(["n", "reason"], [(1, "one two three four five six")], width=16, wrap=True)
    assert text.splitlines()[2:] == ["1  one two three", "   four five six"]


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, ""), (0.0001, "▏"), (0.5, "██"), (0.53, "██▏"), (1, "████")]
)
def test_bars_are_in_proportion(share, drawn):
    """A bar of four characters in eighths; what is there at all is seen."""
    assert bar(share, 4) == drawn
