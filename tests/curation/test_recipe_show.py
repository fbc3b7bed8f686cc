"""`curation recipe show`: every value of a recipe, and where it comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curation.cli import main
from curation.schema import SCHEMA
from tests.curation.make_recipe import DESIGN, read


def show(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Return what `curation recipe show` prints."""
    with pytest.raises(SystemExit) as caught:
        main(["recipe", "show", str(path), *more])
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_show_prints_every_key_with_its_origin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`default`, or the line of the recipe: for settings, rules and sources alike."""
    monkeypatch.setenv("COLUMNS", "250")  # no comment goes on in a further line
    read(tmp_path, DESIGN + "[quality]\ndigits_max = 0.5\nsentences_min = false\n")
    out = show(tmp_path / "r.toml", capsys)
    lines = {" ".join(line.split()) for line in out.splitlines()}
    for table, schema in SCHEMA.items():
        assert not table or f"[{table}]" in lines
        for key, entry in schema.items():
            # A setting that is too wide has its comment in the line below.
            assert re.search(rf"(?m)^{key} = .*\n? +# [^#\n]*: {re.escape(entry.meaning)}$", out), (
                key
            )
    assert any(line.startswith('as_of = "2023-08-01" # line 3:') for line in lines)
    assert any(line.startswith("bands = 16 # default:") for line in lines)
    assert 'use = "pubmed" # line 5' in lines
    assert 'license = "" # default' in lines
    abstract = out.split("[quality.abstract]\n")[1].split("\n[")[0]
    article = out.split("[quality.article]\n")[1].split("\n[")[0]
    assert "words_min = 20" in abstract
    assert "# line 11: " in abstract
    assert "# line 11: " not in article
    for part in (abstract, article):
        assert "# line 24: " in part
        assert "# line 25: Switched off." in part
        assert "sentences_min = false" in part
        assert "# default: " in part


def test_show_prints_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown can be saved and used: it is the same recipe."""
    text = DESIGN + "[quality]\ndigits_max = 0.5\nsentences_min = false\n"
    before = read(tmp_path, text + '[[sources]]\nuse = "hub"\ndataset = "x"\n')
    after = read(tmp_path, show(tmp_path / "r.toml", capsys))
    assert after.values == before.values
    assert after.sources == before.sources
    from filters.rules import merge

    assert merge(after.quality) == merge(before.quality)


def test_show_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same values for programs."""
    read(tmp_path, DESIGN)
    shown = json.loads(show(tmp_path / "r.toml", capsys, "--json"))
    assert shown["values"]["top"]["as_of"] == "2023-08-01"
    assert shown["quality"] == {"abstract": {"words_min": 20}}
    assert shown["sources"][0]["paths"] == ["pubmed/*.xml.gz"]


def test_json_has_the_origin_of_every_value_and_every_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line, or null for a default; rules by kind with threshold and reason."""
    text = DESIGN + "[quality]\ndigits_max = 0.5\nsentences_min = false\n"
    fetched = '[[sources]]\nuse = "pmc"\n[sources.fetch]\nfloor = 0.5\n[fetch]\nfolder = "f"\n'
    trained = '[classifiers.good]\npath = "x.ftz"\n'
    read(tmp_path, text + fetched + trained)
    shown = json.loads(show(tmp_path / "r.toml", capsys, "--json"))
    origins = shown["origins"]
    assert {name: set(keys) for name, keys in origins.items() if name in shown["values"]} == {
        name: set(values) for name, values in shown["values"].items()
    }
    assert origins["top"]["as_of"] == 3
    assert origins["duplicates"] == {
        **dict.fromkeys(SCHEMA["duplicates"]), "threshold": 13, "guard": 14,
    }  # fmt: skip
    assert origins["fetch"] == {"contact": None, "folder": 31}
    assert origins["classifiers.good"] == {"path": 33, "label": None}
    first, second = (source["origins"] for source in shown["sources"])
    assert (first["use"], first["license"], first["paths"]) == (5, None, 7)
    assert set(second) == set(shown["sources"][1]) - {"origins"}
    assert second["fetch"]["floor"] == 29
    assert second["fetch"]["robots"] is None
    rules = {(rule["kind"], rule["rule"]): rule for rule in shown["rules"]}
    assert rules["abstract", "words_min"]["threshold"] == 20
    assert rules["abstract", "words_min"]["origin"] == 11
    assert rules["article", "words_min"]["origin"] is None
    assert "too few words" in rules["article", "words_min"]["reason"]
    assert rules["article", "digits_max"] | {"reason": ""} == {
        "kind": "article", "rule": "digits_max", "threshold": 0.5, "origin": 24, "reason": "",
    }  # fmt: skip
    assert rules["article", "sentences_min"]["threshold"] is False
    assert len(rules) == len(shown["rules"])
