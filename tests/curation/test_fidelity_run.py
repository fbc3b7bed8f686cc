"""The verb and the function: raw files are found in the ledger, compared, and reported."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from pathlib import Path

import pytest

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


def kinds(result: dict) -> list[str]:
    """Kinds of the faults of a report."""
    return [fault["kind"] for fault in result["faults"]]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("deep/a.xml", ARTICLE.encode()[:-400]),
        ("deep/a.xml", b""),
        ("deep/a.xml", b"no markup at all"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, name: str, data: bytes) -> None:
    """Cut, empty or of no XML: documents of it are kept, so nothing shows that they are true."""
    path = tmp_path / "raw" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    made = [kept("PMC7", "pmc", resource=name, position=0, text=ARTICLE_TEXT)]
    result = fidelity(tmp_path / "raw", version(tmp_path, made))
    assert not result["ok"]
    assert set(kinds(result)) <= {"file_unreadable", "document_unfound"}
    assert len(result["faults"]) == 1


@pytest.mark.parametrize(("cut", "fault"), [(400, True), (0, False)])
def test_a_file_with_other_bytes(tmp_path: Path, cut: int, fault: bool) -> None:
    """Beside a file that is as it was, a damaged one is a fault, a whole other one a note."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.xml").write_text(ARTICLE[: len(ARTICLE) - cut] + " ")
    (folder / "b.xml").write_text(article("", 5))
    made = [
        kept("PMC7", "pmc", resource="a.xml", position=0, text=ARTICLE_TEXT),
        kept("aa", "pmc", resource="b.xml", position=0, text="Headache patients swallowed 5 mg"),
    ]
    corpus = version(tmp_path, made)
    path = corpus / "v1/manifest.json"
    content = json.loads(path.read_text())
    inputs = [{"path": "a.xml", "bytes": 1, "sha256": "0" * 64}]
    content["sources"]["pmc"]["inputs"] = inputs
    path.chmod(0o644)
    path.write_text(json.dumps(content))
    result = fidelity(folder, corpus)
    first = result["resources"][0]
    assert ("file_unreadable" in kinds(result)) is fault
    assert ("another file" in first["note"]) is not fault


def test_a_cut_archive_is_a_fault(tmp_path: Path) -> None:
    """Members that a damaged archive no longer gives are named, each once."""
    (tmp_path / "all.tar.gz").write_bytes(gzip.compress(b"junk")[:-5])
    made = [kept(f"PMC{n}", "pmc", resource=f"p/all.tar.gz::{n}.xml", position=0) for n in (7, 8)]
    result = fidelity(tmp_path / "all.tar.gz", version(tmp_path, made))
    assert kinds(result) == ["file_unreadable"] * 2
    assert [item["resource"] for item in result["resources"]] == [
        "p/all.tar.gz::7.xml", "p/all.tar.gz::8.xml",
    ]  # fmt: skip


def test_a_member_that_the_archive_does_not_hold(raw: Path, tmp_path: Path) -> None:
    """A kept document of a member that is not there, beside one that is."""
    more = kept("PMC9", "pmc", position=0, resource="papers/all.tar.gz::deep/b.xml")
    result = fidelity(raw / "papers", version(tmp_path, [*rows(), more]))
    assert [(f["kind"], f["ours"]) for f in result["faults"]] == [("document_unfound", "PMC9")]


@pytest.mark.parametrize("name", ["in/set.xml.gz", "deep/set.xml"])
def test_a_document_that_the_file_does_not_hold(raw: Path, tmp_path: Path, name: str) -> None:
    """A kept record or article of which the raw file has nothing is a fault, and named."""
    source = "pubmed" if name.endswith("gz") else "pmc"
    if source == "pmc":
        (raw / "deep").mkdir()
        (raw / name).write_text(ARTICLE)
    made = [row for row in rows() if row["resource"] != "in/set.xml.gz" or source == "pubmed"]
    inside = {"resource": "papers/all.tar.gz::deep/a.xml"}
    for row in made:
        if source == "pmc" and row["resource"] == inside["resource"]:
            row["resource"] = name
    made.append(kept("PMC99", source, resource=name, position=9))
    result = fidelity(raw / name, version(tmp_path, made))
    assert [(f["kind"], f["ours"]) for f in result["faults"]] == [("document_unfound", "PMC99")]


def test_an_empty_page_is_a_fault(tmp_path: Path) -> None:
    """A file that shows nothing cannot be what a kept text comes from, even a text of words."""
    (tmp_path / "a.html").write_bytes(b"")
    made = [kept("b", "guide", resource="a.html", position=0, text="Only words stand here.")]
    assert kinds(fidelity(tmp_path / "a.html", version(tmp_path, made))) == ["document_unfound"]


def test_nothing_kept_is_nothing_to_compare(raw: Path, tmp_path: Path) -> None:
    """A file of which no document is kept gives no verdict."""
    made = [dropped("12", "quality", "words_min", resource="in/set.xml.gz"), kept("3")]
    (raw / "in/set.xml.gz").write_bytes(gzip.compress(b"<PubmedArticleSet/>"))
    with pytest.raises(UsageError, match="nothing to compare"):
        fidelity(raw / "in", version(tmp_path, made))


def test_pipes_are_not_waited_for(raw: Path, tmp_path: Path) -> None:
    """A pipe beside the files is passed over, and none by itself is a file."""
    os.mkfifo(raw / "in/pipe.xml")
    corpus = version(tmp_path, [*rows(), kept("x", resource="in/pipe.xml", position=0)])
    assert fidelity(raw, corpus)["ok"]
    with pytest.raises(UsageError, match="no regular file"):
        fidelity(raw / "in/pipe.xml", corpus)


def article(ids: str, dose: int) -> str:
    """An article with identifiers, of one sentence with a dose."""
    words = {5: "Headache patients swallowed tablets", 7: "Horses received injections weekly"}
    return (
        f"<article><front><article-meta>{ids}</article-meta></front>"
        f"<body><p>{words[dose]} of {dose} mg.</p></body></article>"
    )


@pytest.mark.parametrize(
    ("ids", "natives", "columns"),
    [
        (
            [f'<article-id pub-id-type="pmcid">PMC{n}</article-id>' for n in (1, 2)],
            ["PMC1", "PMC2"],
            [{}, {}],
        ),
        (
            [f'<article-id pub-id-type="doi">10.5/{n}</article-id>' for n in (1, 2)],
            ["aa", "bb"],
            [{"doi": "10.5/1"}, {"doi": "10.5/2"}],
        ),
        (
            [f'<article-id pub-id-type="pmid">{n}</article-id>' for n in (1, 2)],
            ["aa", "bb"],
            [{"pmid": "1"}, {"pmid": "2"}],
        ),
        (["", ""], ["aa", "bb"], [{}, {}]),
    ],
)
def test_articles_are_paired_by_what_they_are(
    tmp_path: Path, ids: list[str], natives: list[str], columns: list[dict]
) -> None:
    """The order of the ledger is another: each text is held against its own article."""
    first, second = article(ids[0], 5), article(ids[1], 7)
    (tmp_path / "x.xml").write_text(f"<pmc-articleset>{first}{second}</pmc-articleset>")
    texts = [
        "Headache patients swallowed tablets of 5 mg.", "Horses received injections weekly of 7 mg."
    ]  # fmt: skip
    made = [
        kept(native, "pmc", resource="x.xml", position=1 - n, text=text, **column)
        for n, (native, text, column) in enumerate(zip(natives, texts, columns, strict=True))
    ]
    result = fidelity(tmp_path / "x.xml", version(tmp_path, made))
    assert result["faults"] == []
    assert result["total"]["documents"] == 2
    alone = fidelity(tmp_path / "x.xml", version(tmp_path / "one", made[1:]))
    assert kinds(alone) == ["document_missing"]
    assert "7" not in alone["faults"][0]["raw"]


def test_progress_names_the_file(raw: Path, tmp_path: Path) -> None:
    """Whoever asks is told which file is under way, and how far it is."""
    said: list[str] = []
    fidelity(raw, version(tmp_path, rows()), said.append)
    assert any("set.xml.gz (2 of 3 documents)" in line for line in said)
    assert any("all.tar.gz (3 of 3)" in line for line in said)


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


def test_what_is_printed_adds_up(call, tmp_path: Path) -> None:
    """Pages stand apart from files that must be complete, and the verdict has the table's total."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.txt").write_text("Call 555 1234 now. Patients swallowed 5 mg of it.\n")
    (folder / "b.txt").write_text("Patients swallowed 7 mg of it.\n")
    (folder / "c.html").write_text(
        "<html><body><main><p>Patients swallowed 9 mg of it.</p></main>"
        "<footer>page 17 of 20</footer></body></html>"
    )
    kept_rows = [
        kept("a", "guidelines", resource="a.txt", position=0,
             text="Call [PHONE] now. Patients swallowed 5 mg of it."),
        kept("b", "guidelines", resource="b.txt", position=0,
             text="Patients swallowed 7 mg of it."),
        kept("c", "guidelines", resource="c.html", position=0,
             text="Patients swallowed 9 mg of it."),
    ]  # fmt: skip
    corpus = version(tmp_path, kept_rows)
    code, out, _ = call("fidelity", folder, corpus)
    result = json.loads(call("fidelity", folder, corpus, "--json")[1])
    assert code == 0
    whole = result["whole"]
    explained = sum(whole["explained"].values())
    assert (whole["kept"] + explained, explained > 0) == (whole["atoms"], True)
    said = " ".join(out.split())
    verdict = f"{whole['kept']} kept and {explained} explained (masked {explained}) of "
    assert f"{verdict}{whole['atoms']} atoms" in said
    files, pages = out.split("page or PDF  ", 1)
    assert [line.split()[0] for line in files.splitlines()[2:5]] == ["a.txt", "b.txt", "all"]
    assert [int(cell) for cell in files.splitlines()[4].split()[1:5]] == [
        whole["documents"], whole["atoms"], whole["kept"], explained
    ]  # fmt: skip
    assert "c.html" in pages
    assert " 0," not in pages.split("out of scope")[-1].split("\n\n")[0]
    assert max(map(len, out.splitlines())) <= 80


def test_fields_are_documented(raw: Path, tmp_path: Path) -> None:
    """Every field of the JSON object stands in the section of the verb."""
    result = fidelity(raw, version(tmp_path, rows(pubmed="# T\n\n5 mg")))
    page = (Path(__file__).parents[2] / "docs/cli.md").read_text()
    section = page.split("\n## fidelity\n")[1].split("\n## ")[0]
    names = {*result, *result["total"], *result["resources"][0], *result["faults"][0]}
    names |= {*result["total"]["cells"], *(fault["kind"] for fault in result["faults"])}
    assert [name for name in sorted(names) if f"`{name}`" not in section] == []


def test_damage_that_the_ledger_tells_is_no_fault(tmp_path: Path) -> None:
    """Of a file that broke off the build kept what came before, and its ledger says that it did."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.xml").write_bytes(ARTICLE.encode()[:-400])
    (folder / "b.xml").write_text(article("", 5))
    known = [
        kept("PMC7", "pmc", resource="a.xml", position=0, text=ARTICLE_TEXT),
        kept("aa", "pmc", resource="b.xml", position=0, text="Headache patients swallowed 5 mg"),
    ]
    told = failed("a.xml", "truncated", "pmc", position=1)
    assert "file_unreadable" not in kinds(fidelity(folder, version(tmp_path / "1", [*known, told])))
    assert "file_unreadable" in kinds(fidelity(folder, version(tmp_path / "2", known)))
