"""An update file costs its own records alone, and gives the corpus that one build gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import curation
from curation.engines.local import LocalEngine
from tests.corpora import digest, prose
from tests.curation.make_works import TAIL

RECIPE = """name = "grown"
[language]
keep = "any"
[quality]
enabled = false
[[sources]]
use = "pubmed"
paths = ["pubmed*.xml"]
[[sources]]
use = "jsonl"
name = "notes"
paths = ["notes.jsonl"]
"""


def citation(pmid: int, text: str, day: str = "01", more: str = "") -> str:
    """Return a record of PubMed."""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID>
<DateRevised><Year>2030</Year><Month>01</Month><Day>{day}</Day></DateRevised><Article>
<Journal><JournalIssue><PubDate><Year>2029</Year></PubDate></JournalIssue></Journal>
<ArticleTitle>Findings</ArticleTitle><Abstract><AbstractText>{text}</AbstractText></Abstract>
<Language>eng</Language></Article>{more}</MedlineCitation></PubmedArticle>"""


def write(folder: Path, number: int, *records: str) -> None:
    """Write a file of the year 2030."""
    body = "\n".join(records)
    (folder / f"pubmed30n{number:04d}.xml").write_text(
        f"<PubmedArticleSet>{body}</PubmedArticleSet>"
    )


RETRACTED = (
    "<CommentsCorrectionsList><CommentsCorrections RefType='RetractionIn'>"
    "<RefSource>J. 2030 Jan 5;1:1</RefSource><PMID>99</PMID></CommentsCorrections>"
    "</CommentsCorrectionsList>"
)


def baseline(folder: Path) -> None:
    """Two files of PubMed and one of notes, with a recipe."""
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE)
    write(folder, 1, *(citation(n, prose(n)) for n in range(1, 30)))
    write(folder, 2, *(citation(n, prose(n)) for n in range(30, 50)))
    (folder / "notes.jsonl").write_text('{"id": "a", "text": "' + prose(7) + '", "pmid": "7"}\n')


def update(folder: Path) -> None:
    """A third file: revised, retracted, deleted, brought in twice, and new records."""
    write(
        folder,
        3,
        citation(3, prose(103), "05"),
        citation(4, prose(4), "05", RETRACTED),
        citation(60, prose(5) + TAIL),
        citation(61, prose(61)),
        citation(62, prose(4) + TAIL),
        '<DeleteCitation><PMID Version="1">6</PMID></DeleteCitation>',
    )


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The inputs of each extract task that a build runs."""
    seen: list[list[str]] = []
    run = LocalEngine.run

    def counting(self: Any, function: Any, tasks: Sequence[Any], *rest: Any) -> Iterator[Any]:
        if function.__name__ == "extract_slice":
            seen.extend([item.path for item in task.inputs] for task in tasks)
        return run(self, function, tasks, *rest)

    monkeypatch.setattr(LocalEngine, "run", counting)
    return seen


def test_an_update_file_is_all_that_is_read(tmp_path: Path, extracted: list[list[str]]) -> None:
    """One task for the new file, and shards and ledger of a build from scratch, byte by byte."""
    for name in ("grown", "once"):
        baseline(tmp_path / name)
    recipe = tmp_path / "grown" / "recipe.toml"
    curation.build(recipe, tmp_path / "a", workers=1)
    before = sorted(path for task in extracted for path in task)
    assert before == ["notes.jsonl", "pubmed30n0001.xml", "pubmed30n0002.xml"]
    extracted.clear()
    for name in ("grown", "once"):
        update(tmp_path / name)
    grown = curation.build(recipe, tmp_path / "a", workers=1)
    assert extracted == [["pubmed30n0003.xml"]]
    once = curation.build(tmp_path / "once" / "recipe.toml", tmp_path / "b", workers=1)
    assert (grown.version, once.version) == ("v2", "v1")
    one, other = digest(Path(grown.folder)), digest(Path(once.folder))
    del one["manifest.json"], other["manifest.json"]
    assert one == other
    drops = {(d["step"], d["rule"]): d["rows"] for d in grown.manifest["drops"]}
    assert drops == {
        ("status", "superseded"): 2,
        ("status", "deleted"): 1,
        ("status", "tombstone"): 1,
        ("status", "retracted"): 1,
        ("status", "copy_of_retracted"): 1,
        ("near", "similar"): 1,
        ("identity", "same_work"): 1,
    }


def test_nothing_new_reads_nothing(tmp_path: Path, extracted: list[list[str]]) -> None:
    """A second build of the same inputs has no extract task, and links every file."""
    baseline(tmp_path / "in")
    first = curation.build(tmp_path / "in" / "recipe.toml", tmp_path / "a", workers=1)
    extracted.clear()
    second = curation.build(tmp_path / "in" / "recipe.toml", tmp_path / "a", workers=1)
    assert extracted == []
    assert {k: v for k, v in digest(Path(first.folder)).items() if k != "manifest.json"} == {
        k: v for k, v in digest(Path(second.folder)).items() if k != "manifest.json"
    }
