"""Two hundred planted values: a build writes none of them anywhere, and says none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from curation.cli import program
from curation.corpus import Corpus
from tests.corpora import run
from tests.faults.canaries import (
    FILLER,
    PLANTED,
    Canaries,
    contents,
    leaks,
    needles,
    words_of,
    write_inputs,
)

RECIPE = """name = "canaries"
[language]
keep = "any"
[pii]
profile = "strict"
recognisers = ["tests.faults.canary_recogniser:find"]
[quality]
enabled = false
[alarms]
max_source_loss = 1.0
[failures]
tolerate = 100
[[sources]]
use = "pmc"
paths = ["jats"]
[[sources]]
use = "pubmed"
paths = ["pubmed"]
[[sources]]
use = "guidelines"
paths = ["pages"]
[[sources]]
use = "jsonl"
paths = ["{notes}"]
"""


@dataclass
class Built:
    """What two builds left: a killed one, and one that ended."""

    folder: Path
    canaries: Canaries
    wanted: dict[bytes, str]
    killed: list[str]
    said: str

    @property
    def out(self) -> Path:
        """The corpus."""
        return self.folder / "out"


def search(folder: Path, wanted: dict[bytes, str]) -> list[str]:
    """Return what is found in the files below a folder."""
    return [leak for name, data in contents(folder) for leak in leaks(name, data, wanted)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build from inputs with a value everywhere: killed amid its work, then to the end."""
    folder = tmp_path_factory.mktemp("canary")
    canaries = Canaries()
    write_inputs(folder / "in", canaries)
    (folder / "in/pages/killer.md").write_text(f"# Case KILL {canaries.line()}\n\n{FILLER[12:]}")
    (folder / "in/recipe.toml").write_text(RECIPE.replace("{notes}", canaries.files[-1]))
    wanted = needles(words_of(canaries))
    arguments = ["build", str(folder / "in/recipe.toml"), "--out", str(folder / "out")]
    dead = subprocess.run(
        [sys.executable, "-m", "curation", *arguments, "--workers", "1"],
        env={**os.environ, "CANARY_KILL": "1"},
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert dead.returncode < 0
    left = search(folder / "out", wanted) + leaks("killed", dead.stdout + dead.stderr, wanted)
    done = run(*arguments, "--workers", "1")
    return Built(folder, canaries, wanted, left, done.stdout + done.stderr)


def test_the_inputs_hold_what_is_searched_for(built: Built) -> None:
    """The search finds every value where it was planted, so that it can find it elsewhere."""
    found = {leak.rsplit(": ", 1)[1] for leak in search(built.folder / "in", built.wanted)}
    planted = found.intersection(words_of(built.canaries))
    assert len(planted) >= PLANTED
    # The end of a truncated file is all that is not there.
    assert len(built.canaries.values) - len(planted) < 10


def test_a_killed_build_leaves_no_value(built: Built) -> None:
    """Neither in the cache nor in unfinished work."""
    assert (built.out / ".curation").exists()
    assert built.killed == []


def test_nothing_is_written(built: Built) -> None:
    """Corpus, ledger, cache and reports hold no value, no digits of one and no hash."""
    assert search(built.out, built.wanted) == []


def test_nothing_is_said(built: Built) -> None:
    """Progress, notes and failures name files by masked names."""
    assert leaks("said", built.said.encode(), built.wanted) == []
    assert "[EMAIL]" in built.said


def test_what_fails_is_withheld_with_a_row(built: Built) -> None:
    """A recogniser that raises costs its document, and not the rest."""
    [row] = Corpus(built.out).database.records(
        "SELECT id, outcome, step, rule, words, detail FROM ledger WHERE step = 'pii'"
    )
    name = "tests.faults.canary_recogniser:find"
    assert row == {
        "id": "jsonl:n7",
        "outcome": "dropped",
        "step": "pii",
        "rule": "scan_failed",
        "words": 0,
        "detail": "the scan for personal data could not finish "
        f"(recogniser {name} stopped with ValueError); the text is withheld",
    }


def test_verbs_say_nothing(built: Built) -> None:
    """Everything that reads a corpus, for every document and file."""
    corpus = Corpus(built.out)
    column = "SELECT DISTINCT {0} AS name FROM ledger WHERE {0} IS NOT NULL ORDER BY {0}"
    ids, files = (
        [row["name"] for row in corpus.database.records(column.format(name))]
        for name in ("id", "resource")
    )
    calls: list[list[str]] = [["explain", name] for name in (*ids, *files)]
    for table in ("documents", "ledger", "attribution"):
        calls += [["query", f"SELECT * FROM {table}", "--json"]]
    calls += [["stats"], ["stats", "--json", "--all"], ["stats", "--by", "masks"]]
    calls += [["sample", "--outcome", outcome] for outcome in ("kept", "dropped", "failed")]
    calls += [["show", ids[0]], ["similar", ids[-1]], ["verify", "--deep"], ["versions"]]
    outputs = {
        name: json.dumps(corpus.explain(name), ensure_ascii=False) for name in (*ids, *files)
    }
    for verb, *rest in calls:
        done = CliRunner().invoke(program, [verb, str(built.out), *rest])
        assert done.exit_code == 0, (verb, rest, done.output)
        outputs[f"{verb} {rest}"] = done.output
    assert leaks("said", "\n".join(outputs.values()).encode(), built.wanted) == []
    assert sum("masked" in text for text in outputs.values()) > len(ids) / 2


def test_masks_stand_where_the_ledger_says(built: Built) -> None:
    """Field, character and entity of every mask lead to its token in the published document."""
    corpus = Corpus(built.out)
    fields = set()
    for row in corpus.database.records("SELECT * FROM ledger WHERE outcome = 'kept'"):
        document = corpus.row_at(row["shard"], row["row"])
        counts = dict(row["pii"])
        counts.pop("preexisting", None)
        masks = row["masks"]
        assert counts == {
            e: sum(m["entity"] == e for m in masks) for e in {m["entity"] for m in masks}
        }
        for mask in masks:
            fields.add(mask["field"].partition(".")[0])
            if mask["place"] is None or mask["field"] not in document:
                continue
            value = document[mask["field"]]
            value = value if mask["item"] is None else value[mask["item"]]
            token = f"[{mask['entity']}]"
            assert value[mask["place"] :].startswith(token)
            assert value[: mask["place"]].count("\n") + 1 == mask["line"]
    assert {"text", "keywords", "metadata", "id", "journal", "license_evidence"} <= fields
