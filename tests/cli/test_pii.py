"""``curation pii evaluate``: scores worked out by hand, wrong files, and never a value."""

from __future__ import annotations

import functools
import gzip
import json
import re
from pathlib import Path

import pytest


@pytest.fixture
def run(call):
    """Run the verb in this process: returns (exit code, stdout, stderr)."""
    return functools.partial(call, "pii", "evaluate")


def labelled(text: str, *values: tuple[str, str], lang: str = "en") -> dict[str, object]:
    """A record whose spans are the first places of the values."""
    spans = [
        {"start": text.index(value), "end": text.index(value) + len(value), "label": label}
        for value, label in values
    ]
    return {"text": text, "spans": spans, "lang": lang}


ROWS = [
    # The same; and a card that the label takes to be one character longer.
    labelled("é jane@example.org paid 4539 1488 0343 6467.", ("jane@example.org", "email-address")),
    labelled("Tel: 555-0142-77 now", ("555-0142-77 now", "Telefon"), lang="de"),
    labelled("Nothing for Mr Exempel", ("Exempel", "PERSON")),
    labelled("Fine.", lang="de"),
    labelled("a@example.org is of no interest", ("a@example.org", "handle")),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The rows above as JSON lines."""
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    return path


def test_scores_by_hand(run, file) -> None:
    """Counts and ratios of every entity, in the order of the policy."""
    code, out, err = run(file, "--map", "telefon=PHONE", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    rows = {row.pop("entity"): row for row in found["entities"]}
    assert list(rows) == ["EMAIL", "PHONE", "CARD", "NAME"]
    assert rows["EMAIL"]["exact"] == {"precision": 1, "recall": 1, "f1": 1}
    assert (rows["EMAIL"]["labels"], rows["EMAIL"]["masks"]) == (1, 1)
    assert rows["PHONE"]["exact"] == {"precision": 0, "recall": 0, "f1": 0}
    assert rows["PHONE"]["overlap"] == {"precision": 1, "recall": 1, "f1": 1}
    assert rows["PHONE"]["by_character"]["recall"] == pytest.approx(11 / 15)
    assert (rows["PHONE"]["label_characters"], rows["PHONE"]["leaked_characters"]) == (15, 4)
    assert rows["CARD"]["overlap"] == {"precision": 0, "recall": None, "f1": None}
    assert (rows["CARD"]["mask_characters"], rows["CARD"]["outside_characters"]) == (19, 19)
    assert rows["NAME"]["overlap"] == {"precision": None, "recall": 0, "f1": None}
    assert found["all"]["overlap"] == {
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
    }
    assert found["unscored"] == {"handle": 1}
    assert found["negatives"] == {"documents": 1, "masked": 0}
    size = sum(len(str(row["text"]).encode()) for row in ROWS)
    assert found["false_masks"] == 1
    assert found["false_per_mb"] == pytest.approx(1e6 / size)
    assert [(f["line"], f["kind"], f["start"], f["end"]) for f in found["faults"]] == [
        (1, "false", 24, 43),
        (2, "partly", 5, 20),
        (3, "missed", 15, 22),
    ]


def test_entities_can_be_chosen_and_labels_left_out(run, file) -> None:
    """``--only`` pools what is named; ``none`` takes a label out."""
    found = json.loads(run(file, "--only", "email", "--map", "PERSON=none", "--json")[1])
    assert [row["entity"] for row in found["entities"]] == ["EMAIL"]
    assert found["unscored"] == {"PERSON": 1, "Telefon": 1, "handle": 1}
    assert (found["all"]["labels"], found["all"]["masks"]) == (1, 1)
    assert found["false_masks"] == 0


def test_only_leaves_out_masks_of_others_but_not_what_they_cover(run, tmp_path) -> None:
    """A record number is no false mask of e-mail; an address masked as a URL has not leaked."""
    text = "MRN: 998877, see https://example.org/x?m=jane@example.org"
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(labelled(text, ("jane@example.org", "EMAIL"))))
    every, alone = (json.loads(run(path, *more, "--json")[1]) for more in ((), ("--only", "EMAIL")))
    assert {row["entity"] for row in every["entities"]} == {"EMAIL", "RECORD", "URL"}
    [row] = alone["entities"]
    assert (row["entity"], row["labels"], row["masks"]) == ("EMAIL", 1, 0)
    assert row["overlap"]["recall"] == 1
    assert alone["false_masks"] == 0
    assert [fault["kind"] for fault in alone["faults"]] == ["other_entity"]


def test_a_map_of_an_absent_label_is_named(run, file) -> None:
    """On stderr, and in the JSON form; one that serves is not."""
    code, out, err = run(file, "--map", "telefon=PHONE", "--map", "Nmae=NAME", "--json")
    assert code == 0
    assert err == f"warning: --map Nmae=NAME: no span of {file} has the label Nmae\n"
    assert json.loads(out)["maps_unused"] == ["Nmae=NAME"]


def test_text_fits_80_columns_and_shows_no_value(run, file) -> None:
    """The table, the languages, the faults by place; no piece of a text."""
    code, out, err = run(file, "--map", "telefon=PHONE", "--profile", "strict")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "PHONE          1      1  0.000 0.000 0.000  1.000 1.000 1.000   26.7%    0.0%" in out
    assert "line 2, characters 5-20: PHONE leaks in part, rule phone_label" in out
    assert "labels not scored: handle 1" in out
    for row in ROWS:
        for span in row["spans"]:
            assert row["text"][span["start"] : span["end"]] not in out
    assert "4539" not in out


def test_faults_are_cut_and_listed_whole(run, file) -> None:
    """``--top`` as elsewhere: 0 lists all."""
    assert "… 2 more faults" in run(file, "--map", "telefon=PHONE", "--top", "1")[1]
    assert "more faults" not in run(file, "--top", "0")[1]


def test_packed_files_and_other_keys(run, file, tmp_path) -> None:
    """Gzip is read; the label may stand under another key."""
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes().replace(b'"label"', b'"kind"')))
    expected = json.loads(run(file, "--json")[1])
    assert json.loads(run(packed, "--label-field", "kind", "--json")[1]) == {
        **expected,
        "file": str(packed),
    }


GOOD = '{"text": "a", "spans": []}'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", ":2: not JSON at column 2"),
        (b'{"text": "caf\xe9", "spans": []}', ":2: not UTF-8 at byte 13"),
        (b"[]", ':2: not an object with "text" and "spans"'),
        (b'{"spans": []}', ':2: "text" is missing'),
        (b'{"text": "\\ud800", "spans": []}', ':2: "text" holds half a surrogate pair at 0'),
        (b'{"text": "a"}', ':2: "spans" is missing'),
        (b'{"text": "a", "spans": [1]}', ":2: span 1 is no object"),
        (b'{"text": "a", "spans": [{"start": 0, "end": 1}]}', ':2: span 1: "label" is missing'),
        (b'{"text": "a", "spans": [{"start": 0, "end": "1", "label": "x"}]}', "whole numbers"),
        (b'{"text": "a", "spans": [{"start": 0, "end": 2, "label": "x"}]}', "text of 1 characters"),
        (b'{"text": "a", "spans": [{"start": 1, "end": 1, "label": "x"}]}', "1 to 1 does not lie"),
        (b'{"text": "a", "spans": [{"start": false, "end": 1, "label": "x"}]}', "whole numbers"),
    ],
)
def test_a_wrong_line_is_named(run, tmp_path, line, said) -> None:
    """File, line and what is wrong, in one line, exit code 2."""
    path = tmp_path / "bad.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + line + b"\n")
    code, out, err = run(path)
    assert (code, out) == (2, "")
    assert err.startswith(f"curation: {path}")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content", "args", "said"),
    [
        ("a.jsonl", None, (), "no such file"),
        ("a.jsonl", b"", (), "no labelled text in it"),
        ("a.jsonl.gz", b"no gzip", (), "a.jsonl.gz"),
        ("a.tar", b"x", (), "an archive"),
        ("a.jsonl", GOOD.encode(), ("--map", "x"), "write LABEL=ENTITY"),
        ("a.jsonl", GOOD.encode(), ("--map", "x=FONE"), "did you mean PHONE?"),
        ("a.jsonl", GOOD.encode(), ("--only", "x"), "no entity 'x'"),
        ("a.jsonl", GOOD.encode(), ("--profile", "off"), "must be default or strict, not 'off'"),
    ],
)
def test_wrong_usage_is_one_line(run, tmp_path, name, content, args, said) -> None:
    """What cannot be read, and options that mean nothing."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, out, err = run(tmp_path / name, *args)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_every_option_and_field_is_documented(run, file) -> None:
    """docs/cli.md names them all."""
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    section = page.split("\n## pii\n")[1].split("\n## ")[0]
    named = set(section.split("`"))
    found = json.loads(run(file, "--json")[1])
    rows = [found, found["all"], found["all"]["exact"], *found["entities"], *found["languages"]]
    rows += [found["negatives"], *found["faults"]]
    assert {key for row in rows for key in row} - named == set()
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", run("--help")[1].split("Options:")[1]))
    assert {option for option in options if option not in section} == {"--help"}
