"""The verb and the function: raw files are found in the ledger, compared, and reported."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from curation.cli import main
from curation.errors import UsageError
from curation.fidelity import fidelity
from tests.curation.make_version import dropped, failed, kept, make_version
from tests.curation.test_fidelity_raw import ARTICLE, PAGE, RECORDS

PUBMED_TEXT = "# Effect of CO2\n\nRESULTS: 10^4 cells, p < 0.05.\n\nNo change in BRCA1."
ARTICLE_TEXT = (
    "# Examplin in 12 adults\n\n## Abstract\n\nWe gave 5 mg.\n\n## 1. Methods\n\nIn 25 patients with "
    "10^4 cells/mL and H2O. (Not 7.)\n\nAs E. coli K-12 grew: 10^-3.\n\nTable 1. Doses.\n\n| Arm | Dose "
    "| Dose |\n| --- | --- | --- |\n| A | 5 mg | 1^a |\n\na See 3.\n\n## Ethics\n\nApproval No 12."
)
PAGE_TEXT = "# Examplin\n\nGive 5 mg to 10^4 adults, not more.\n\n- Day 1\n\n| Arm | Dose |\n|--|--|\n| A | 20 mg |"


def rows(pubmed: str = PUBMED_TEXT, article: str = ARTICLE_TEXT, page: str = PAGE_TEXT) -> list:
    """Ledger rows of a PubMed file, an archive of articles, and a page."""
    inside = {"resource": "papers/all.tar.gz::deep/a.xml"}
    return [
        kept("11@2", resource="in/set.xml.gz", position=0, text=pubmed),
        kept("11@2#other-abstract-1", resource="in/set.xml.gz", position=1, text="# T\n\nKeine 3."),
        dropped("12", "quality", "words_min", resource="in/set.xml.gz", position=2),
        kept("PMC7", "pmc", position=0, text=article, **inside),
        kept(
            "PMC7#trans-abstract-1",
            "pmc",
            position=1,
            text="# Examplin bei 12\n\nWir gaben 5 mg.",
            **inside,
        ),
        kept("PMC7#s1", "pmc", position=2, text="# Letter\n\nWe had 3 doubts.", **inside),
        kept("0123456789abcdef", "guide", resource="pages/a.html", position=0, text=page),
        kept("b", "guide", resource="x/twice.html", position=0, text=page),
        kept("c", "guide", resource="y/twice.html", position=0, text=page),
        failed("in/broken.xml.gz", "truncated"),
    ]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The raw files of these rows, under another root than the recipe's."""
    folder = tmp_path / "elsewhere"
    for name in ("in", "papers", "pages"):
        (folder / name).mkdir(parents=True)
    (folder / "in/set.xml.gz").write_bytes(gzip.compress(RECORDS.encode()))
    (folder / "a.xml").write_text(ARTICLE)
    with tarfile.open(folder / "papers/all.tar.gz", "w:gz") as archive:
        archive.add(folder / "a.xml", "deep/a.xml")
    (folder / "a.xml").unlink()
    (folder / "pages/a.html").write_text(PAGE)
    return folder


def version(tmp_path: Path, made: list) -> Path:
    """A corpus of these rows."""
    return make_version(tmp_path / "corpus", made, shards=1).parent


def test_a_true_corpus(raw: Path, tmp_path: Path) -> None:
    """Gzip, archive and page are found by the ends of their paths, and nothing is wrong."""
    result = fidelity(raw, version(tmp_path, rows()))
    assert result["ok"], result["faults"]
    found = {item["resource"]: item for item in result["resources"]}
    assert set(found) == {"in/set.xml.gz", "papers/all.tar.gz::deep/a.xml", "pages/a.html"}
    assert found["in/set.xml.gz"]["form"] == "pubmed"
    assert found["in/set.xml.gz"]["not_kept"] == {"quality.words_min": 1}
    assert found["papers/all.tar.gz::deep/a.xml"]["documents"] == 3
    assert not found["pages/a.html"]["complete"]
    assert result["total"]["atoms"] > result["total"]["kept"] > 30
    assert result["total"]["cells"]["lost"] == 0


@pytest.mark.parametrize(
    ("change", "kind", "place"),
    [
        ({"pubmed": PUBMED_TEXT.replace("10^4", "104")}, "changed", "PMID 11@2 AbstractText"),
        ({"article": ARTICLE_TEXT.replace("(Not 7.)", "(7.)")}, "lost", "PMC7 line"),
        ({"article": ARTICLE_TEXT + "\n\nAnd 99 more."}, "invented", "PMC7 text line"),
        ({"page": PAGE_TEXT.replace("20 mg", "2 mg")}, "changed", "line"),
    ],
)
def test_faults_are_reported_with_their_place(
    raw: Path, tmp_path: Path, change: dict, kind: str, place: str
) -> None:
    """A damaged text gives its fault, with the resource and the place in the raw file."""
    result = fidelity(raw, version(tmp_path, rows(**change)))
    assert not result["ok"]
    [fault] = [fault for fault in result["faults"] if not fault["kind"].startswith("cell")]
    assert fault["kind"] == kind
    assert fault["place"].startswith(place)
    assert fault["resource"]


def test_what_a_page_loses_is_no_fault(raw: Path, tmp_path: Path) -> None:
    """The main text of a page is a choice: its loss is a share, not a fault."""
    made = rows(page="# Examplin\n\nGive 5 mg to 10^4 adults, not more.")
    result = fidelity(raw / "pages", version(tmp_path, made))
    assert result["ok"]
    assert result["total"]["lost"] > 0


def test_a_missing_document_is_a_fault(raw: Path, tmp_path: Path) -> None:
    """A record of the file without a row of its own."""
    made = [row for row in rows() if row.get("id") != "pubmed:11@2#other-abstract-1"]
    result = fidelity(raw / "in", version(tmp_path, made))
    assert [fault["kind"] for fault in result["faults"]] == ["document_missing"]


def test_names_that_do_not_fit(raw: Path, tmp_path: Path) -> None:
    """An unknown file has a note, one that fits two names equally well says so."""
    (raw / "pages/new.html").write_text(PAGE)
    (raw / "pages/twice.html").write_text(PAGE)
    result = fidelity(raw / "pages", version(tmp_path, rows()))
    notes = {Path(item["raw"]).name: item["note"] for item in result["resources"]}
    assert notes["new.html"] == "not in the ledger"
    assert notes["twice.html"].startswith("ambiguous: the ledger has x/twice.html")
    assert notes["a.html"] == ""


def test_wrong_usage(raw: Path, tmp_path: Path) -> None:
    """No such file, no such version, nothing of it in the ledger."""
    corpus = version(tmp_path, rows())
    for path, where, said in (
        (raw / "nowhere", corpus, "no such file"),
        (raw, tmp_path / "no-corpus", "no such folder"),
        (tmp_path / "corpus/v1/README.md", corpus, "names no file of it"),
    ):
        with pytest.raises(UsageError, match=said):
            fidelity(path, where)


@pytest.mark.parametrize("name", ["set.xml.gz", "cut.xml.gz", "junk.tar.gz"])
def test_damaged_files_are_notes(raw: Path, tmp_path: Path, name: str) -> None:
    """A file that cannot be read has one line, and the others are compared."""
    made = rows()
    if name != "set.xml.gz":
        made.append(kept("z", resource=f"in/{name}", position=0))
    (raw / "in" / name).write_bytes(gzip.compress(RECORDS.encode())[:-200])
    result = fidelity(raw, version(tmp_path, made))
    notes = {Path(item["raw"].split("::")[0]).name: item["note"] for item in result["resources"]}
    assert "cannot be read" in notes[name]
    assert notes["a.html"] == ""


def test_progress_names_the_file(raw: Path, tmp_path: Path) -> None:
    """Whoever asks is told which file is under way, and how far it is."""
    said: list[str] = []
    fidelity(raw, version(tmp_path, rows()), said.append)
    assert any("set.xml.gz (2 of 3 documents)" in line for line in said)
    assert any("all.tar.gz (3 of 3)" in line for line in said)


@pytest.fixture
def call(capsys, monkeypatch):
    """Run the program in this process: returns (exit code, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err

    return run


def test_the_verb(call, raw: Path, tmp_path: Path) -> None:
    """Readable at 80 columns, exit code 0 or 3, JSON with the documented fields."""
    corpus = version(tmp_path, rows())
    code, out, err = call("fidelity", raw, corpus)
    assert (code, err) == (0, "")
    assert "v1 is true to its files" in out
    assert max(map(len, out.splitlines())) <= 80
    bad = version(tmp_path / "bad", rows(pubmed=PUBMED_TEXT.replace("10^4", "104")))
    code, out, err = call("fidelity", raw, bad)
    assert code == 3
    assert "changed exponent: “results 10^{4}cells p” → “results 104cells p”" in out
    assert "in/set.xml.gz PMID 11@2 AbstractText" in out
    assert max(map(len, out.splitlines())) <= 80
    code, out, err = call("fidelity", raw, bad, "--json")
    result = json.loads(out)
    assert (code, result["ok"], err) == (3, False, "")


def test_fields_are_documented(raw: Path, tmp_path: Path) -> None:
    """Every field of the JSON object stands in the section of the verb."""
    result = fidelity(raw, version(tmp_path, rows(pubmed="# T\n\n5 mg")))
    page = (Path(__file__).parents[2] / "docs/cli.md").read_text()
    section = page.split("\n## fidelity\n")[1].split("\n## ")[0]
    names = {*result, *result["total"], *result["resources"][0], *result["faults"][0]}
    names |= {*result["total"]["cells"], *(fault["kind"] for fault in result["faults"])}
    assert [name for name in sorted(names) if f"`{name}`" not in section] == []
