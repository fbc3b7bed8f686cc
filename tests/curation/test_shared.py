"""Lines shared by the pages of a site, from recipe to shard and ledger, through whole builds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.corpora import digest, prose, recipe, rows_of, run

HEAD = ["* [Home](/)", "* [Topics](/topics)", "Welcome to the invented health site of the region."]
FOOT = [
    "* [Contact](/contact)",
    "A service of an imaginary office for patients and their families. " * 3,
    "## If you need help",
    "Ask the invented nurse on call.",
    "Dial 555 at any time.",
]
MIDDLE = ["## Side effects", "- Feeling sick", "- Headache", "Ask your nurse."]
CUT = [*HEAD, *(line.strip() for line in FOOT[:2])]
"""What goes of these: the number stays, and with it its section."""

PAGES = 30

MAIL = "nurse@example.org"


def page(name: str, *blocks: str, kind: str = "guideline") -> str:
    """One record of the source."""
    text = "\n\n".join(blocks)
    url = f"https://www.example.org/{name}"
    record = {"id": name, "kind": kind, "title": "Of a page", "text": text, "url": url}
    return json.dumps(record | {"license": "CC0-1.0"})


def pages(folder: Path, name: str, first: int, count: int, *more: str) -> None:
    """Write pages with the same head, foot and items."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        page(f"p{n}", *HEAD, prose(n, 60), *MIDDLE, f"{prose(n + 500, 60)} Ask {MAIL}.", *FOOT)
        for n in range(first, first + count)
    ]
    (folder / name).write_text("\n".join([*lines, *more]) + "\n")


def everything(folder: Path) -> None:
    """Write the source in three files; the last has pages of other kinds."""
    pages(folder, "notes-1.jsonl", 0, 9)
    pages(folder, "notes-2.jsonl", 9, 11)
    frame = [*HEAD, *FOOT, *MIDDLE]
    pages(
        folder,
        "notes-3.jsonl",
        20,
        PAGES - 20,
        page("nothing", *frame, "Nothing else."),
        page("leaflet", *HEAD, prose(900), *FOOT, kind="label"),
    )


def ledger(version: Path) -> dict[str, dict[str, Any]]:
    """The ledger by native id."""
    return {str(row["id"]).partition(":")[2]: row for row in rows_of(version)}


def texts(version: Path) -> dict[str, str]:
    """The kept texts by native id."""
    found = rows_of(version, "data")
    return {str(row["id"]).partition(":")[2]: str(row["text"]) for row in found}


def same(left: Path, right: Path) -> bool:
    """Tell whether two versions differ in nothing but their manifests."""
    one, two = digest(left), digest(right)
    return {k: v for k, v in one.items() if k != "manifest.json"} == {
        k: v for k, v in two.items() if k != "manifest.json"
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built with the defaults by one worker."""
    folder = tmp_path_factory.mktemp("shared")
    everything(folder)
    run("build", recipe(folder), "--out", folder / "corpus", "--workers", "1")
    return folder


def test_head_and_foot_go_and_the_rest_stays(built: Path) -> None:
    """Items shared in the middle are content; a line with a number stays, with what it belongs to."""
    kept = texts(built / "corpus/v1")
    for n in range(PAGES):
        blocks = [prose(n, 60), *MIDDLE, f"{prose(n + 500, 60)} Ask [EMAIL].", *FOOT[2:]]
        assert kept[f"p{n}"] == "\n\n".join(["# Of a page", *blocks])


def test_the_ledger_says_what_went(built: Path) -> None:
    """Rule, line and size; measurements are those of what is left."""
    row, text = ledger(built / "corpus/v1")["p3"], texts(built / "corpus/v1")["p3"]
    assert [(e["step"], e["rule"], e["line"], e["chars"]) for e in row["removed"]] == [
        ("boilerplate", "shared", line, len(text))
        for line, text in zip((3, 5, 7, 21, 23), CUT, strict=True)
    ]
    assert row["boilerplate_removed"] == len(CUT)
    assert row["boilerplate_chars"] == sum(map(len, CUT))
    assert row["chars"] == len(text)
    lines = text.split("\n")[1:]
    sizes = [len(line) for line in lines]
    inside = {line.strip() for line in (*MIDDLE, *FOOT)}
    told = sum(s for s, line in zip(sizes, lines, strict=True) if line in inside) / sum(sizes)
    assert row["shared_lines"] == pytest.approx(told)


def test_masks_are_found_where_the_ledger_says_once_lines_are_gone(built: Path) -> None:
    """Their places are those of what is left, and it is counted."""
    row, text = ledger(built / "corpus/v1")["p3"], texts(built / "corpus/v1")["p3"]
    [mask] = row["masks"]
    assert text[mask["place"] :].startswith("[EMAIL].")
    assert text[: mask["place"]].count("\n") + 1 == mask["line"]
    assert row["pii"] == [("EMAIL", 1)]


def test_a_page_of_nothing_else_is_dropped_by_a_rule(built: Path) -> None:
    """It is not emptied: the rule has the value, and nothing was removed."""
    row = ledger(built / "corpus/v1")["nothing"]
    assert (row["outcome"], row["step"], row["rule"]) == ("dropped", "quality", "shared_lines_max")
    assert row["value"] == row["shared_lines"] > 0.9
    assert row["removed"] == []


def test_other_kinds_are_measured_and_not_cut(built: Path) -> None:
    """The default holds for guidelines and web pages."""
    row, text = ledger(built / "corpus/v1")["leaflet"], texts(built / "corpus/v1")["leaflet"]
    assert text.startswith(f"# Of a page\n\n{HEAD[0]}")
    assert row["shared_lines"] > 0.2
    assert row["removed"] == []


def test_the_version_is_sound_and_explained(built: Path) -> None:
    """`verify` reads and measures all texts again; `explain`, `stats` and `sweep` have the rule."""
    corpus = built / "corpus"
    run("verify", corpus, "--deep")
    found = json.loads(run("fidelity", built / "notes-1.jsonl", corpus, "--json").stdout)
    assert found["ok"]
    assert "boilerplate.shared: " in run("explain", corpus, "notes:p3").stdout
    [row] = json.loads(run("stats", corpus, "--json").stdout)["removed"]
    assert (row["rule"], row["documents"], row["passages"]) == ("shared", PAGES, len(CUT) * PAGES)
    assert row["reason"]
    swept = json.loads(run("sweep", corpus, "--rule", "shared_lines_max", "--json").stdout)
    assert swept["present"] == [0.9]


def test_workers_and_slices_leave_no_trace(built: Path, tmp_path: Path) -> None:
    """Grown file by file, where only the second makes the lines shared, or by three at once."""
    everything(tmp_path)
    for number, paths in enumerate(("1", "12", "123"), 1):
        run("build", recipe(tmp_path, f'["notes-[{paths}].jsonl"]'), "--out", tmp_path / "grown")
        if number == 1:
            assert HEAD[0] in texts(tmp_path / "grown/v1")["p3"]
    assert HEAD[0] not in texts(tmp_path / "grown/v2")["p3"]
    # The recipe's paths stand in the card: the same ones for all.
    run("build", recipe(tmp_path), "--out", tmp_path / "grown")
    assert same(tmp_path / "grown/v4", built / "corpus/v1")
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "three", "--workers", "3")
    assert same(tmp_path / "three/v1", built / "corpus/v1")


def test_only_what_is_concerned_is_measured_again(tmp_path: Path) -> None:
    """Pages of another site, and a threshold, change no row that was cut before."""
    everything(tmp_path)
    run("build", recipe(tmp_path), "--out", tmp_path / "c")
    rows = {p: p.stat().st_mtime_ns for p in (tmp_path / "c/.curation/shared").glob("*.parquet")}
    assert len(rows) == 1
    apart = [json.loads(page(f"q{n}", *HEAD, prose(n + 700))) for n in range(12)]
    lines = [json.dumps(record | {"url": "https://example.com/"}) for record in apart]
    (tmp_path / "notes-4.jsonl").write_text("\n".join(lines) + "\n")
    run("build", recipe(tmp_path, extra="[quality]\nwords_min = 51"), "--out", tmp_path / "c")
    later = {p: p.stat().st_mtime_ns for p in (tmp_path / "c/.curation/shared").glob("*.parquet")}
    assert len(later) == 2
    assert rows.items() <= later.items()
    assert HEAD[0] not in texts(tmp_path / "c/v2")["q3"]


@pytest.mark.parametrize("switch", ["enabled = false", "shared = false", 'shared_kinds = ["web"]'])
def test_switched_off_everything_stays(tmp_path: Path, switch: str) -> None:
    """It is measured all the same."""
    everything(tmp_path)
    extra = f"[boilerplate]\n{switch}\n"
    run("build", recipe(tmp_path, extra=extra), "--out", tmp_path / "c", "--workers", "1")
    assert HEAD[0] in texts(tmp_path / "c/v1")["p3"]
    row = ledger(tmp_path / "c/v1")["p3"]
    assert row["removed"] == []
    assert row["shared_lines"] > 0.2


def test_thresholds_are_those_of_the_recipe(tmp_path: Path) -> None:
    """More documents than there are, or a larger share: nothing is shared."""
    everything(tmp_path)
    for number, setting in enumerate(("shared_documents = 40", "shared_share = 1.0"), 1):
        extra = f"[boilerplate]\n{setting}\n"
        run("build", recipe(tmp_path, extra=extra), "--out", tmp_path / "c", "--workers", "1")
        assert HEAD[0] in texts(tmp_path / f"c/v{number}")["p3"] or number == 2
    assert FOOT[0] in texts(tmp_path / "c/v1")["p3"]


def test_a_build_killed_meanwhile_ends_with_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """SIGKILL as soon as the table is there; what was left unfinished is gone afterwards."""
    everything(tmp_path)
    command = [sys.executable, "-m", "curation", "build", str(recipe(tmp_path)), "--out"]
    process = subprocess.Popen(
        [*command, str(tmp_path / "c"), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    folder = tmp_path / "c/.curation/shared"
    while process.poll() is None and not (folder.exists() and any(folder.glob("*.table"))):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "c/v1").exists()
    (folder / ".half.parquet.1.tmp").write_bytes(b"PAR1")
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", "--workers", "1")
    assert same(tmp_path / "c/v1", built / "corpus/v1")
    assert sorted(path.suffix for path in folder.iterdir()) == [".parquet", ".table"]


def test_a_damaged_file_is_named(built: Path, tmp_path: Path) -> None:
    """A table or rows of which the end is missing end the build with what to do."""
    everything(tmp_path)
    run("build", recipe(tmp_path), "--out", tmp_path / "c", "--workers", "1")
    for path in sorted((tmp_path / "c/.curation/shared").iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[:-20])
        failed = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", code=5)
        assert "shared: the cached slice is damaged; remove this folder" in failed.stderr
        path.write_bytes(whole)
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", "--workers", "1")
    assert same(tmp_path / "c/v2", built / "corpus/v1")
