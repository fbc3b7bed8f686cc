"""Rules on real PubMed files: what each drops is what the XML itself says, record by record."""

from __future__ import annotations

import gzip
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree

from curation.decide import decide
from curation.engines.local import LocalEngine
from curation.pipeline import _extract, _plan
from curation.progress import Progress
from curation.recipe import Recipe, load
from curation.table import Works, load_works

KEEP_ALL = """
[language]
keep = "any"
[quality]
enabled = false
[identity]
enabled = false
[duplicates]
enabled = false
[boilerplate]
enabled = false
"""

SETTINGS = {
    "animal_only": 'animal_only = "drop"',
    "publication_type_deny": 'publication_types_deny = ["Letter", "*Guideline*"]',
    "publication_type_allow": 'publication_types_allow = ["Review"]',
    "before_date_min": 'date_min = "1977"',
    "concern": 'concern = "drop"',
}


@dataclass(frozen=True)
class Printed:
    """What tells one article in two editions, as printed on it."""

    title: tuple[str, ...]
    languages: frozenset[str]
    place: tuple[str, ...]


@dataclass
class Truth:
    """PMIDs that an XPath over the raw records finds."""

    with_text: set[str] = field(default_factory=set)
    by_rule: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    printed: dict[str, Printed] = field(default_factory=dict)


@pytest.fixture(scope="module")
def truth(real_data: Path) -> Truth:
    """Read the files with XPath only; nothing of the parsers is used."""
    found = Truth()
    for path in sorted((real_data / "pubmed").glob("*.xml.gz")):
        with gzip.open(path) as stream:
            for _, record in etree.iterparse(stream, tag="PubmedArticle"):
                _judge(record, found)
                record.clear()
                while record.getprevious() is not None:
                    del record.getparent()[0]
    return found


def _judge(record: etree._Element, found: Truth) -> None:
    pmid = record.findtext("MedlineCitation/PMID")
    article = record.find("MedlineCitation/Article")
    if any("".join(e.itertext()).strip() for e in article.findall("Abstract/AbstractText")):
        found.with_text.add(pmid)
    terms = {e.text for e in record.iterfind(".//MeshHeading/DescriptorName")}
    types = {e.text for e in article.iterfind("PublicationTypeList/PublicationType")}
    links = {e.get("RefType") for e in record.iterfind(".//CommentsCorrections")}
    found.printed[pmid] = Printed(
        tuple(re.findall(r"\w+", "".join(article.find("ArticleTitle").itertext()).casefold())),
        frozenset(e.text for e in article.iterfind("Language")),
        tuple(
            article.findtext(p) or ""
            for p in ("Journal/JournalIssue/Volume", "Pagination/MedlinePgn")
        ),
    )
    date = article.find("Journal/JournalIssue/PubDate")
    year = date.findtext("Year") or (date.findtext("MedlineDate") or "")[:4]
    for rule, true in (
        ("animal_only", "Animals" in terms and "Humans" not in terms),
        ("publication_type_deny", any(t == "Letter" or "Guideline" in t for t in types)),
        ("publication_type_allow", "Review" not in types),
        ("before_date_min", year.isdigit() and int(year) < 1977),
        ("concern", "ExpressionOfConcernIn" in links),
        ("retracted", "Retracted Publication" in types or "RetractionIn" in links),
    ):
        if true:
            found.by_rule[rule].add(pmid)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where recipes and cache stand."""
    return tmp_path_factory.mktemp("rules")


def recipe(folder: Path, data: Path, setting: str) -> Recipe:
    """A recipe of both files with one rule of the step."""
    path = folder / "recipe.toml"
    source = f'[[sources]]\nuse = "pubmed"\npaths = ["{data}/pubmed/*.xml.gz"]\n'
    path.write_text(f"{KEEP_ALL}[status]\n{setting}\n{source}")
    return load(path)


@pytest.fixture(scope="module")
def works(folder: Path, real_data: Path) -> Works:
    """Both files, read once."""
    with Progress(quiet=True) as progress:
        plans = _plan(recipe(folder, real_data, ""), folder, progress)
        with LocalEngine(1) as engine:
            return load_works(_extract(plans, engine, folder, progress), ["pubmed"])


def test_language_editions_are_printed_on_the_same_pages(
    works: Works, truth: Truth, folder: Path, real_data: Path
) -> None:
    """Every pair of one title, volume and pages in two languages, and none on other pages."""
    path = folder / "editions.toml"
    source = f'[[sources]]\nuse = "pubmed"\npaths = ["{real_data}/pubmed/*.xml.gz"]\n'
    path.write_text(KEEP_ALL.replace("[identity]\nenabled = false\n", "") + source)
    verdicts = decide(works, load(path))
    rule = verdicts.rules.index("language_edition")
    pmids = works.column("pmid").to_pylist()
    found = {
        frozenset((pmids[row], pmids[int(verdicts.representative[row])]))
        for row in (verdicts.rule == rule).nonzero()[0].tolist()
    }
    alike = defaultdict(set)
    for pmid, printed in truth.printed.items():
        if pmid in truth.with_text and len(printed.title) >= 5 and all(printed.place):
            alike[printed.title, printed.place].add(pmid)
    expected = {
        frozenset(pair)
        for members in alike.values()
        for pair in itertools.combinations(sorted(members), 2)
        if len(frozenset().union(*(truth.printed[pmid].languages for pmid in pair))) > 1
    }
    assert len(expected) > 30
    assert expected <= found
    for one, other in map(sorted, found - expected):
        assert truth.printed[one].title == truth.printed[other].title
        assert "" in truth.printed[one].place + truth.printed[other].place  # ahead of print


@pytest.mark.parametrize("rule", SETTINGS)
def test_a_rule_drops_the_records_that_the_xml_names(
    rule: str, works: Works, truth: Truth, folder: Path, real_data: Path
) -> None:
    """Of records with an abstract, and not retracted, exactly those; and retractions as always."""
    verdicts = decide(works, recipe(folder, real_data, SETTINGS[rule]))
    dropped: defaultdict[str, set[str]] = defaultdict(set)
    rows = zip(works.column("pmid").to_pylist(), works.column("part").to_pylist(), strict=True)
    for row, (pmid, part) in enumerate(rows):
        if verdicts.rule[row] >= 0 and not part:
            dropped[verdicts.rules[verdicts.rule[row]]].add(pmid)
    retracted = truth.by_rule["retracted"] & truth.with_text
    assert retracted
    assert dropped["retracted"] == retracted
    wanted = truth.by_rule[rule] & truth.with_text - retracted
    assert wanted
    assert dropped[rule] == wanted
