"""Bad input: one clear line each, one ledger row, and the good document beside it is kept."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpora import prose, rows_of, run

SAMPLES = Path(__file__).parents[1] / "conformance/samples"
RECORDS = (SAMPLES / "pubmed/pubmed90n0003.xml").read_bytes()
ARTICLE = (SAMPLES / "pmc/PMC99900001.xml").read_bytes()

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE article [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>
<article><body><p>&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;</p></body></article>"""

SECRET = "a secret that lies beside the input"


def external(folder: Path) -> bytes:
    """An article whose text is a file of this machine."""
    (folder / "secret.txt").write_text(SECRET)
    return (
        f'<!DOCTYPE article [<!ENTITY x SYSTEM "file://{folder}/secret.txt">]>'
        "<article><front><article-meta><article-id pub-id-type='pmcid'>PMC7</article-id>"
        "</article-meta></front><body><p>text &x; text</p></body></article>"
    ).encode()


def zstd(data: bytes) -> bytes:
    """Compress."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def tar(members: int) -> bytes:
    """A tar of copies of the sample article under several PMCIDs."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for n in range(members):
            data = ARTICLE.replace(b"PMC99900001", b"PMC%d" % (99900100 + n))
            info = tarfile.TarInfo(f"PMC{n}.xml")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def notes(count: int = 400, first: int = 1000) -> bytes:
    """JSON lines with a good text each."""
    return "".join(
        json.dumps({"id": f"n{n}", "text": prose(n)}) + "\n" for n in range(first, first + count)
    ).encode()


def build(folder: Path, sources: list[tuple[str, str, list[str]]]) -> list[dict]:
    """Build sources (use, name, paths) of bad files with a good one beside; return all rows."""
    (folder / "good.jsonl").write_bytes(notes(3, first=0))
    recipe = '[language]\nkeep = "any"\n[quality]\nenabled = false\n[duplicates]\nenabled = false\n'
    for use, name, paths in [*sources, ("jsonl", "good", ["good.jsonl"])]:
        recipe += f'[[sources]]\nuse = "{use}"\nname = "{name}"\npaths = {json.dumps(paths)}\n'
    (folder / "recipe.toml").write_text(recipe)
    done = run("build", folder / "recipe.toml", "--out", folder / "corpus", code=1)
    found = rows_of(folder / "corpus/v1")
    kept = [row for row in found if row["source"] == "good" and row["outcome"] == "kept"]
    assert len(kept) == 3
    failed = [row for row in found if row["outcome"] == "failed"]
    for row in failed:
        assert row["detail"], row
        assert "\n" not in row["detail"]
    told = [row for row in failed if row["detail"] in done.stderr]
    assert len(told) >= min(len(failed), 10)  # the others are counted
    return found


def build_bad(folder: Path, use: str, paths: list[str]) -> list[dict]:
    """Build one source of bad files; return its rows."""
    return [row for row in build(folder, [(use, "bad", paths)]) if row["source"] == "bad"]


def failures(rows: list[dict]) -> list[tuple[str, str]]:
    """Return (resource, rule) of the failed rows."""
    return [(row["resource"], row["rule"]) for row in rows if row["outcome"] == "failed"]


FILES: dict[str, tuple[str, str, Callable[[Path], bytes], str, int]] = {
    # name: (source, file, bytes, rule, good documents that are kept all the same)
    "truncated gz": (
        "jsonl",
        "a.jsonl.gz",
        lambda _: gzip.compress(notes())[:-4000],
        "truncated",
        1,
    ),
    "truncated zst": ("jsonl", "a.jsonl.zst", lambda _: zstd(notes())[:-4000], "truncated", 0),
    "truncated tar": ("pmc", "a.tar", lambda _: tar(40)[:-40_000], "truncated", 1),
    "xml cut in the middle": ("pmc", "a.xml", lambda _: ARTICLE[:900], "truncated", 0),
    "pubmed cut in the middle": (
        "pubmed",
        "pubmed90n0009.xml",
        lambda _: RECORDS[: RECORDS.index(b"<DeleteCitation")] + b"<PubmedArticle><Medline",
        "truncated",
        1,
    ),
    "not xml": ("pmc", "a.xml", lambda _: b"\x00\x01 no xml at all " * 50, "not_xml", 0),
    "pubmed, not xml": ("pubmed", "a.xml", lambda _: b"no xml at all " * 50, "not_xml", 0),
    "xml bomb": ("pmc", "a.xml", lambda _: BOMB, "entity", 0),
    "external entity": ("pmc", "a.xml", external, "entity", 0),
    "empty xml": ("pmc", "a.xml", lambda _: b"", "empty", 0),
    "empty pubmed": ("pubmed", "a.xml", lambda _: b"", "empty", 0),
    "empty jsonl": ("jsonl", "a.jsonl", lambda _: b"", "empty", 0),
    "empty html": ("guidelines", "a.html", lambda _: b"", "empty", 0),
    "pdf without text": ("guidelines", "a.pdf", lambda _: blank_pdf(), "no_text_layer", 0),
    "cut pdf": ("guidelines", "a.pdf", lambda _: b"%PDF-1.4\n1 0 obj\n<<", "damaged", 0),
}


def blank_pdf() -> bytes:
    """A PDF with one page and no text."""
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    sink = io.BytesIO()
    document.save(sink)
    document.close()
    return sink.getvalue()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[dict]]]:
    """The corpus of one build of all files, each a source of its own; the rows of each."""
    folder = tmp_path_factory.mktemp("damaged")
    sources = []
    for case, (use, name, make, *_) in FILES.items():
        (folder / case).mkdir()
        (folder / case / name).write_bytes(make(folder / case))
        sources.append((use, slug(case), [f"{case}/{name}"]))
    rows = build(folder, sources)
    return folder / "corpus", {
        case: [row for row in rows if row["source"] == slug(case)] for case in FILES
    }


def slug(case: str) -> str:
    """Name of the source of a case."""
    return case.replace(",", "").replace(" ", "-")


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file_costs_one_row(damaged: tuple[Path, dict[str, list[dict]]], case: str) -> None:
    """Each kind of damage: its rule, exit code 1, and everything good is kept."""
    _, name, _, rule, good = FILES[case]
    rows = damaged[1][case]
    found = failures(rows)
    assert (f"{case}/{name}", rule) in found
    # A cut archive fails as a whole, and so does the member that the cut went through.
    assert {kind for _, kind in found} == {rule}
    assert len(found) <= 2 if name.endswith(".tar") else len(found) == 1
    kept = [row for row in rows if row["outcome"] == "kept"]
    assert len(kept) >= good


def test_no_entity_reads_a_file(damaged: tuple[Path, dict[str, list[dict]]]) -> None:
    """What lies beside the input gets nowhere, the cache included."""
    assert (damaged[0].parent / "external entity/secret.txt").read_text() == SECRET
    for path in damaged[0].rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_bad_lines_cost_a_row_each(tmp_path: Path) -> None:
    """A line without text, a broken line, a deep one: the good lines around them are kept."""
    lines = [
        {"id": "a", "text": prose(11)},
        {"id": "b"},
        {"id": "c", "text": 5},
        {"text": "no id here"},
        {"id": "d", "text": prose(12)},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n{broken\n" + "[" * 100_000 + "\n"
    (tmp_path / "a.jsonl").write_text(text + json.dumps({"id": "e", "text": prose(13)}) + "\n")
    rows = build_bad(tmp_path, "jsonl", ["a.jsonl"])
    assert sorted(row["id"] for row in rows if row["outcome"] == "kept") == [
        "bad:a",
        "bad:d",
        "bad:e",
    ]
    assert len(failures(rows)) == 5
    assert all("line" in row["detail"] for row in rows if row["outcome"] == "failed")


def test_missing_fifo_and_empty_folder(tmp_path: Path) -> None:
    """What the recipe names and is not there, or is no file, is in the ledger."""
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "nothing").mkdir()
    rows = build_bad(tmp_path, "pmc", ["pipe.xml", "nothing", "missing.xml"])
    assert sorted(failures(rows)) == [
        ("missing.xml", "missing"),
        ("nothing", "empty_folder"),
        ("pipe.xml", "not_a_file"),
    ]


def test_deep_html_keeps_its_text(tmp_path: Path) -> None:
    """300 levels deep: parsers drop the rest silently; here the text is kept or the row says why."""
    deep = "<div>" * 300 + f"<p>{prose(9)}</p>" + "</div>" * 300
    page = f"<html><body><main><h1>Deep</h1><p>{prose(8)}</p>{deep}<p>{prose(7)}</p></main></body></html>"
    (tmp_path / "a.html").write_text(page)
    (tmp_path / "recipe.toml").write_text(
        '[language]\nkeep = "any"\n[[sources]]\nuse = "guidelines"\nname = "bad"\npaths = ["a.html"]\n'
    )
    done = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "corpus")
    [path] = (tmp_path / "corpus/v1/data/bad").iterdir()
    [text] = pq.read_table(path)["text"].to_pylist()
    assert done.returncode == 0
    assert all(prose(n)[:60] in text for n in (7, 8, 9))


def test_a_crashing_file_costs_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that kills its worker is blamed alone; a second build gives the same row."""
    plugin = tmp_path / "plugin"
    (plugin / "killer-1.dist-info").mkdir(parents=True)
    (plugin / "killer-1.dist-info/METADATA").write_text("Name: killer\nVersion: 1\n")
    (plugin / "killer-1.dist-info/entry_points.txt").write_text(
        "[curation.sources]\nkiller = killer:Killer\n"
    )
    (plugin / "killer.py").write_text(
        "import os\n"
        "from sources.base import Document, Source\n"
        "class Killer(Source):\n"
        "    name = 'killer'\n"
        "    summary = 'dies on demand'\n"
        "    patterns = ('*.txt',)\n"
        "    def parse(self, resource, stream):\n"
        "        text = stream.read().decode()\n"
        "        if 'poison' in text: os._exit(11)\n"
        "        yield Document(resource.name, text)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(plugin))
    (tmp_path / "in").mkdir()
    for n in range(4):
        (tmp_path / f"in/{n}.txt").write_text("poison" if n == 2 else prose(n))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[language]\nkeep = "any"\n[[sources]]\nuse = "killer"\npaths = ["in"]\n')
    seen = []
    for version in ("v1", "v2"):
        run("build", recipe, "--out", tmp_path / "c", code=1)
        rows = pq.read_table(tmp_path / f"c/{version}/ledger/killer").to_pylist()
        assert [(r["resource"], r["rule"]) for r in rows if r["outcome"] == "failed"] == [
            ("in/2.txt", "crashed")
        ]
        assert sum(r["outcome"] == "kept" for r in rows) == 3
        seen.append(rows)
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            '[duplicates]\ntreshold = 0.9\n[[sources]]\nuse = "jsonl"\npaths = ["a"]',
            [":2:", "threshold"],
        ),
        ('nmae = "x"\n[[sources]]\nuse = "jsonl"\npaths = ["a"]', [":1:", "name"]),
        ('[[sources]]\nuse = "pubmd"\npaths = ["a"]', [":2:", "pubmed"]),
        ('[[sources]]\nuse = "jsonl"\npath = ["a"]', [":3:", "paths"]),
        ('[[sources]]\nuse = "jsonl"\npaths = "a"', [":3:", "list"]),
        ('purpose = "sale"\n[[sources]]\nuse = "jsonl"\npaths = ["a"]', [":1:", "commercial"]),
        (
            '[quality.abstract]\nword_min = 3\n[[sources]]\nuse = "jsonl"\npaths = ["a"]',
            [":2:", "words_min"],
        ),
        ('name = "x"', ["[[sources]]"]),
        ("name = ", ["TOML"]),
    ],
)
def test_a_wrong_recipe_is_one_line_with_exit_code_2(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    """The line names file, line and the nearest known key."""
    (tmp_path / "r.toml").write_text(text)
    done = run("build", tmp_path / "r.toml", "--out", tmp_path / "c", code=2)
    assert done.stderr.count("\n") == 1
    assert all(part in done.stderr for part in ["r.toml", *parts]), done.stderr


def test_a_missing_recipe_names_the_shipped_ones(tmp_path: Path) -> None:
    """A misspelt recipe name is exit code 2 with a suggestion."""
    done = run("build", "locl", "--out", tmp_path / "c", code=2)
    assert "'local'" in done.stderr
