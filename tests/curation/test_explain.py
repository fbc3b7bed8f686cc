"""What became of a document."""

from __future__ import annotations

import json
import shlex

import pytest
from click.testing import CliRunner

from curation.cli import program
from curation.corpus import Corpus
from curation.errors import UsageError
from tests.curation.make_version import dropped, failed, kept, make_version, standard_rows

PUBMED = {"pubmed/file1.xml", "pubmed/file2.xml", "pubmed/broken.xml.gz"}
"""Input files of one source of the standard version."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The standard version."""
    folder = tmp_path_factory.mktemp("explain")
    make_version(folder)
    return Corpus(folder)


def test_every_id_is_explained(corpus):
    """Each id of the ledger gives its rows, and a sentence that names outcome and step."""
    for row in standard_rows():
        if row.get("id"):
            found = corpus.explain(row["id"])
            assert found["matched"] == "id"
            explained = found["rows"][0]
            assert explained["id"] == row["id"]
            assert explained["sentence"].startswith(row["outcome"])
            assert (row.get("step") or "") in explained["sentence"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("pubmed:5", "dropped by quality: 4 words, fewer than words_min = 20"),
        ("pubmed:6", "(similarity 0.90, threshold 0.80): pubmed:1"),
        ("pubmed:8", "dropped by exact: the same text as a document that stays: pubmed:6"),
        ("pubmed:7", "a later revision of the same record takes its place: pubmed:7@2"),
        ("guide:a3", "dropped by licence: LicenseRef-No (no-training) may not enter a private"),
        ("pubmed:1", "kept in data/pubmed/train-0000"),
    ],
)
def test_sentences_say_why(corpus, document, said):
    """The sentence holds value, threshold and the document that stays."""
    assert said in corpus.explain(document)["rows"][0]["sentence"]


def test_kept_documents_show_their_place_and_licence_evidence(corpus):
    """Shard and row lead to the document; the evidence comes from the attribution table."""
    row = corpus.explain("pubmed:4")["rows"][0]
    assert corpus.row_at(row["shard"], row["row"])["id"] == "pubmed:4"
    assert row["license_evidence"] == "stated in the file"
    assert row["pii"] == {"EMAIL": 1}


def test_what_the_text_leaves_out_is_listed(tmp_path):
    """The list of a kept document comes from its metadata; a file's rows are not read for it."""
    entry = {"what": "sec", "title": "Funding", "why": "funding", "chars": 42}
    metadata = json.dumps({"left_out": [entry], "volume": "1"})
    make_version(tmp_path, [kept("1", metadata=metadata), kept("2"), dropped("3", "exact", "x")])
    corpus = Corpus(tmp_path)
    shown = {name: corpus.explain(f"pubmed:{name}")["rows"][0]["left_out"] for name in "123"}
    assert shown == {"1": [entry], "2": [], "3": []}
    rows = corpus.explain("pubmed/file1.xml")["rows"]
    assert all(row["left_out"] == [] for row in rows)


def test_the_list_is_printed(tmp_path):
    """The command names each part that is left out, its reason and its size."""
    entries = [
        {"what": "sec", "title": "Funding", "why": "funding", "chars": 1042},
        {"what": "xref", "title": "", "why": "citation", "chars": 7},
    ]
    make_version(tmp_path, [kept("1", metadata=json.dumps({"left_out": entries}))])
    shown = CliRunner().invoke(program, ["explain", str(tmp_path), "pubmed:1"]).output
    assert "left out  sec 'Funding': funding, 1,042 characters\n" in shown
    assert "            xref: citation, 7 characters\n" in shown


def test_ties_lead_to_other_documents(corpus):
    """Other versions of the record, other forms of the work, members of the cluster."""
    ties = {
        document: {(r["tie"], r["id"]) for r in corpus.explain(document)["related"]}
        for document in ("pubmed:7", "pubmed:4", "pubmed:8", "pubmed:3")
    }
    assert ties["pubmed:7"] == {("record", "pubmed:7@2")}
    assert ties["pubmed:4"] == {("work", "guide:a2")}
    assert ties["pubmed:8"] == {("cluster", "pubmed:1"), ("cluster", "pubmed:6")}
    assert ties["pubmed:3"] == set()


def test_all_revisions_of_an_id_are_shown_the_kept_one_first(tmp_path):
    """An id that stands in several rows is explained with all of them."""
    rows = standard_rows()
    old = next(row for row in rows if row.get("id") == "pubmed:7")
    old |= {"id": "pubmed:2", "representative": "pubmed:2", "resource": "pubmed/file0.xml"}
    make_version(tmp_path, rows)
    found = Corpus(tmp_path).explain("pubmed:2")
    assert [row["outcome"] for row in found["rows"]] == ["kept", "dropped"]
    assert "takes its place" in found["rows"][1]["sentence"]
    newer = {key: found["rows"][0][key] for key in ("id", "resource", "position")}
    assert [row["replaced_by"] for row in found["rows"]] == [None, newer]
    out = CliRunner().invoke(program, ["explain", str(tmp_path), "pubmed:2"]).output
    assert f"  newer     pubmed:2 ({newer['resource']}, record {newer['position']})" in out


def test_a_file_is_told_in_the_order_of_its_records(tmp_path):
    """What failed stands where it stood, by file and record; the rest can be asked for by query."""
    rows = standard_rows()
    make_version(
        tmp_path, [*rows, failed("pubmed/file1.xml", "bad_record", "pubmed", position=900)]
    )
    args = ["explain", str(tmp_path), "file1.xml"]
    found = json.loads(CliRunner().invoke(program, [*args, "--json"]).output)
    places = [(row["resource"], row["position"]) for row in found["rows"]]
    assert places == sorted(places)
    assert ("pubmed/file1.xml", 900) in places
    assert places[0] != ("pubmed/file1.xml", 900)
    out = CliRunner().invoke(program, args).output
    assert "(no id)" not in out
    assert "\npubmed/file1.xml, record 900\n" in out
    done = CliRunner().invoke(program, [*args, "--top", "3"])
    command = done.output[done.output.index("curation query ") :]
    asked = CliRunner().invoke(program, [*shlex.split(command)[1:], "--json"])
    assert asked.output.count("\n") == found["rows_total"]


@pytest.mark.parametrize("what", ["guide/pages.tar.gz::deep/page.html", "guide/pages.tar.gz"])
def test_a_file_or_its_archive_is_explained(corpus, what):
    """A failed member is found by its own path and by that of its archive."""
    found = corpus.explain(what)
    assert found["matched"] == "resource"
    assert found["rows_total"] == 1
    assert "the file ends early" in found["rows"][0]["sentence"]


@pytest.mark.parametrize(
    ("what", "files"),
    [
        ("pubmed", PUBMED),
        ("./pubmed/", PUBMED),
        ("data/raw/pubmed", PUBMED),
        ("pubmed/*.xml.gz", {"pubmed/broken.xml.gz"}),
        ("pub*d", PUBMED),
        ("**/file2.xml", {"pubmed/file2.xml"}),
        ("pubmed/file[!2].xml", {"pubmed/file1.xml"}),
        ("pubmed/file?.xml", PUBMED - {"pubmed/broken.xml.gz"}),
        ("./guide/pages.tar.gz", {"guide/pages.tar.gz::deep/page.html"}),
        ("/raw/guide/pages.tar.gz", {"guide/pages.tar.gz::deep/page.html"}),
    ],
)
def test_paths_as_a_recipe_writes_them_are_explained(corpus, what, files):
    """A folder, a pattern, a leading ./ and an absolute path give the rows of their files."""
    found = corpus.explain(what)
    assert found["matched"] == "resource"
    assert {row["resource"] for row in found["rows"]} == files
    asked = corpus.database.rows(f"SELECT count(*) FROM ledger WHERE {found['where']}", [])
    assert asked[0][0] == found["rows_total"]


@pytest.mark.parametrize("what", ["*.pdf", "pubmed/*1", "ubmed", "ubmed/*.xml", "", "/", ".", ".."])
def test_a_pattern_that_fits_no_file_is_said(corpus, what):
    """A star stays inside a part of the path, and a part is whole."""
    with pytest.raises(UsageError, match="has this name"):
        corpus.explain(what)


def test_a_file_outside_of_the_recipes_folder_has_its_name(tmp_path):
    """By the path of the ledger and by that of the recipe."""
    make_version(tmp_path, [kept("1", resource="../../data/a.xml")])
    for what in ("../../data/a.xml", "/home/me/data/a.xml", "data/a.xml", "a.xml", "../../data"):
        assert Corpus(tmp_path).explain(what)["rows_total"] == 1


def test_documents_that_the_guard_keeps_apart_are_tied_both_ways(tmp_path):
    """Each leads to the other with the difference, also where only one of the two names it."""
    line = "0.93 similar to pubmed:{}; the guard keeps it: {}"
    rows = [
        kept("1", detail=line.format(2, "another number")),
        kept(
            "2", detail="later retracted; " + line.format(1, "another number") + "; its copy x: y"
        ),
        kept("3", detail=line.format(2, "a negation on one side")),
        kept("11"),
    ]
    make_version(tmp_path, rows)
    corpus = Corpus(tmp_path)
    ties = {
        document: [
            (row["tie"], row["id"], row["similarity"], row["difference"])
            for row in corpus.explain(f"pubmed:{document}")["related"]
        ]
        for document in ("1", "2", "3", "11")
    }
    assert ties["1"] == [("apart", "pubmed:2", 0.93, "another number")]
    assert sorted(ties["2"]) == [
        ("apart", "pubmed:1", 0.93, "another number"),
        ("apart", "pubmed:3", 0.93, "a negation on one side"),
    ]
    assert ties["3"] == [("apart", "pubmed:2", 0.93, "a negation on one side")]
    assert ties["11"] == []
    out = CliRunner().invoke(program, ["explain", str(tmp_path), "pubmed:1"]).output
    assert "keeps apart" in out
    assert "another number\n" in out.partition("keeps apart")[2]


def test_the_rule_is_named_as_the_ledger_names_it(corpus):
    """Step and rule, so that a query can be written from it."""
    shown = CliRunner().invoke(program, ["explain", str(corpus.folder), "pubmed:8"]).output
    assert "  rule      exact.same_text\n" in shown


def test_a_file_counts_all_its_records(corpus):
    """The summary of a file has every row, by outcome and reason."""
    found = corpus.explain("pubmed/file1.xml")
    assert found["rows_total"] == sum(row["documents"] for row in found["summary"]) == 7


def test_a_work_is_explained_by_its_name(corpus):
    """The name of a work gives all its forms."""
    found = corpus.explain("pmid:4")
    assert found["matched"] == "work"
    assert {row["id"] for row in found["rows"]} == {"pubmed:4", "guide:a2"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("4", "pubmed:4"), ("Pubmed:4", "pubmed:4"), ("pubmed:7@9", "pubmed:7"),
     ("pubmed/brokn.xml.gz", "pubmed/broken.xml.gz")],
)  # fmt: skip
def test_an_unknown_name_suggests_the_nearest(corpus, typed, meant):
    """A missing prefix, a wrong case, a wrong version and a typing error are recognised."""
    with pytest.raises(UsageError, match=f"did you mean .*{meant}"):
        corpus.explain(typed)


@pytest.mark.parametrize("what", ["", "'", "%", "x' OR '1'='1", "no:such-thing-at-all"])
def test_odd_names_are_values_not_sql(corpus, what):
    """Quotes and wildcards match nothing by themselves."""
    with pytest.raises(UsageError, match="has this name"):
        corpus.explain(what)


def test_the_notice_and_the_statement_of_the_licence_are_part_of_the_sentence(tmp_path):
    """Who took a paper back and when; which licence was found, where, in which words."""
    rows = [
        dropped("1", "status", "retracted", detail="retracted by pmid:9 (2021-05)"),
        dropped("2", "status", "superseded_by", detail="superseded by NG-136 (2024)"),
        dropped("3", "licence", "purpose", detail="CC-BY-NC-4.0 (non-commercial) may not enter a "
                "commercial corpus; license/@xlink:href: http://example.org/nc"),
        kept("4", detail="later retracted by pmid:9 (2024-02)"),
    ]  # fmt: skip
    make_version(tmp_path, rows)
    corpus = Corpus(tmp_path)
    explained = {n: corpus.explain(f"pubmed:{n}")["rows"][0] for n in "1234"}
    assert explained["1"]["sentence"] == "dropped by status: retracted by pmid:9 (2021-05)"
    assert explained["2"]["sentence"] == "dropped by status: superseded by NG-136 (2024)"
    assert explained["3"]["license_evidence"] == "license/@xlink:href: http://example.org/nc"
    shown = CliRunner().invoke(program, ["explain", str(tmp_path), "pubmed:3"]).output
    assert shown.count("example.org") == shown.count("may not enter") == 1
    assert explained["4"]["sentence"].endswith("; later retracted by pmid:9 (2024-02)")


def mask(field, place, entity, rule, *, item=None, line=1):
    """One entry of the ledger's column ``masks``."""
    return {
        "field": field, "item": item, "line": line, "place": place, "entity": entity, "rule": rule
    }  # fmt: skip


def test_masks_are_told_by_rule_and_place(tmp_path):
    """Kind, rule and place of each, with the published words around it; never a value."""
    text = (
        "# Trial\n\nThe invented office reads what is sent to [EMAIL] by anybody.\n\nCall [PHONE]."
    )
    masks = [
        mask("text", text.index("[EMAIL]"), "EMAIL", "email", line=3),
        mask("text", text.index("[PHONE]"), "PHONE", "phone_dial", line=5),
        mask("keywords", 4, "ID", "us_ssn_label", item=1),
        mask("metadata.note", None, "RECORD", "record_label", line=None),
    ]
    rows = [
        kept("1", text=text, keywords=["fever", "SSN [ID]"], masks=masks, pii=[("EMAIL", 1)]),
        dropped("2", "quality", "words_min", text=text, masks=masks[:1], pii=[("EMAIL", 1)]),
    ]
    make_version(tmp_path, rows)
    told = [m["context"] for m in Corpus(tmp_path).explain("pubmed:1")["rows"][0]["masks"]]
    assert told == [
        "e reads what is sent to [EMAIL] by anybody.",
        "Call [PHONE].",
        "SSN [ID]",
        None,
    ]
    [gone] = Corpus(tmp_path).explain("pubmed:2")["rows"][0]["masks"]
    assert gone == masks[0] | {"context": None}
    shown = CliRunner().invoke(program, ["explain", str(tmp_path), "pubmed:1"]).output
    assert "            EMAIL by email: text, line 3, character 51\n" in shown
    assert "              … e reads what is sent to [EMAIL] by anybody. …\n" in shown
    assert "            ID by us_ssn_label: keywords 2, character 4\n" in shown
    assert "            RECORD by record_label: metadata.note\n" in shown


def test_a_long_list_of_masks_is_cut(tmp_path):
    """The JSON form has them all."""
    text = "[ID] " * 30
    masks = [mask("text", 5 * n, "ID", "us_ssn") for n in range(30)]
    make_version(tmp_path, [kept("1", text=text, masks=masks, pii=[("ID", 30)])])
    shown = CliRunner().invoke(program, ["explain", str(tmp_path), "pubmed:1"]).output
    assert shown.count("ID by us_ssn") == 10
    assert "… 20 more (--json lists all)" in shown
