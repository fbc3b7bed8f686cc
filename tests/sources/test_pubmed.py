"""PubMed XML to documents: fields, revisions, damage, hostile input, and the two real files."""

from __future__ import annotations

import gc
import io
import json
import tracemalloc
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sources.items import Document, Failure, Item, Resource, SourceError, Tombstone
from sources.pubmed import PubMed
from sources.text import pubmed_slices
from sources.text.iso639 import two_letters
from sources.text.pubmed_fields import iso_date, medline_date, title_of

GOLDEN = Path(__file__).parents[1] / "golden" / "pubmed"
WHOLE = (GOLDEN / "records.xml").read_bytes()


def resource(name: str = "pubmed25n0007.xml") -> Resource:
    """A file of that name."""
    return Resource(f"in/{name}.gz", name, -1, "")


def parse(data: bytes, name: str = "pubmed25n0007.xml") -> list[Item]:
    """All items of a file."""
    return list(PubMed().parse(resource(name), io.BytesIO(data)))


def until_error(data: bytes) -> tuple[list[Item], SourceError]:
    """Items before the error that the input must raise."""
    items: list[Item] = []
    with pytest.raises(SourceError) as caught:
        items.extend(PubMed().parse(resource(), io.BytesIO(data)))
    return items, caught.value


def before_error(data: bytes) -> tuple[list[Item], str]:
    """Items before the error, one by one, and its rule."""
    items: list[Item] = []
    try:
        for item in PubMed().parse(resource(), io.BytesIO(data)):
            items.append(item)  # noqa: PERF402 - extend would lose them when it raises
    except SourceError as error:
        return items, error.rule
    return items, ""


def article(pmid: int = 99200001, inner: str = "", title: str = "A title.") -> str:
    """A small fictional record."""
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article PubModel="Print">'
        f"<ArticleTitle>{title}</ArticleTitle>{inner}</Article></MedlineCitation></PubmedArticle>"
    )


def article_set(*records: str, head: str = "<?xml version='1.0'?>") -> bytes:
    """A file of such records."""
    return f"{head}<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>".encode()


def abstract(text: str) -> str:
    """An abstract of one section."""
    return f"<Abstract><AbstractText>{text}</AbstractText></Abstract>"


def one(data: bytes) -> Document:
    """The only item, a document."""
    (item,) = parse(data)
    assert isinstance(item, Document)
    return item


def test_golden_records() -> None:
    """Every field of the fictional records is as checked by hand."""
    expected = json.loads((GOLDEN / "records.json").read_text())
    found = [
        {
            "item": type(item).__name__,
            **{k: v for k, v in asdict(item).items() if v not in ("", (), None)},
        }
        for item in parse(WHOLE)
    ]
    assert json.loads(json.dumps(found)) == expected


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_block_size_changes_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Records come out alike wherever a block ends, comments and document type included."""
    data = WHOLE.replace(b"<DeleteCitation>", b"<!-- <PubmedArticle> --><DeleteCitation>")
    expected = parse(data)
    monkeypatch.setattr(pubmed_slices, "BLOCK", block)
    assert parse(data) == expected


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=1, max_value=len(WHOLE.rstrip()) - 1))
def test_cut_file_keeps_what_is_whole(end: int) -> None:
    """A file cut anywhere yields a prefix of its items, unchanged, and an error."""
    items, rule = before_error(WHOLE[:end])
    assert items == parse(WHOLE)[: len(items)]
    assert rule in ("truncated", "not_xml")
    complete = WHOLE[:end].count(b"</PubmedArticle>") + WHOLE[:end].count(b"</PubmedBookArticle>")
    assert len({item.native_id for item in items if isinstance(item, Document)}) == complete


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"error": "API rate limit exceeded"}', "not_xml"),
        (b"PMID- 1\nTI  - Title", "not_xml"),
        (b"<!DOCTYPE html><html><body>Blocked</body></html>", "not_xml"),
        (b"<!doctype html><html></html>", "not_xml"),
        (b"<?xml version='1.0'?><eSearchResult></eSearchResult>", "not_xml"),
        (b"<?xml version='1.0' encoding='zlib'?><PubmedArticleSet/>", "not_xml"),
        (b"<PubmedArticleSet></PubmedArticleSet>", "no_records"),
        (b"<PubmedArticleSet/>", "no_records"),
        (b"<eFetchResult><ERROR>Cannot</ERROR></eFetchResult>", "no_records"),
        (b"<PubmedArticleSet><ERROR>Cannot</ERROR></PubmedArticleSet>", "no_records"),
        (b"<PubmedArticleSet><PubmedArticle>", "truncated"),
        (b"<PubmedArticleSet><!-- never closed </PubmedArticleSet>", "truncated"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><PubmedArticleSet/>', "entity"),
        (
            b'<!DOCTYPE a SYSTEM "b.dtd" [\n<!ENTITY % x SYSTEM "file:///etc/passwd">]><a/>',
            "entity",
        ),
    ],
)
def test_unreadable_inputs(data: bytes, rule: str) -> None:
    """Each kind of damage has its reason."""
    assert before_error(data) == ([], rule)


def test_other_root_is_named() -> None:
    """The message for another kind of XML names its root element."""
    assert "<eSearchResult>" in str(until_error(b"<eSearchResult></eSearchResult>")[1])


def test_entities_of_the_record_are_not_resolved() -> None:
    """A reference to an entity that nothing defines breaks its record and no other."""
    items = parse(article_set(article(99200001, abstract("&lol;")), article(99200002)))
    assert [type(item) for item in items] == [Failure, Document]


def test_malformed_record_costs_itself() -> None:
    """A broken record gives a failure with its id and place; its neighbours are read."""
    broken = article(99200002, abstract("<i>secret"))
    data = article_set(article(99200001), broken, article(99200003))
    first, failure, last = parse(data)
    assert isinstance(failure, Failure)
    assert (failure.rule, failure.native_id) == ("bad_record", "99200002")
    assert "record 2 " in failure.detail
    assert "secret" not in failure.detail
    assert f"byte {data.index(broken.encode()):,} " in failure.detail
    assert [getattr(item, "native_id", "") for item in (first, last)] == ["99200001", "99200003"]


def test_record_without_its_end_spares_the_next() -> None:
    """A record whose closing tag is missing does not take the next one with it."""
    data = article_set("<PubmedArticle><MedlineCitation>", article(99200002))
    assert [type(item).__name__ for item in parse(data)] == ["Failure", "Document"]


@pytest.mark.parametrize("pmid", ["", "12a", "<b>1</b>"])
def test_record_without_pmid_fails(pmid: str) -> None:
    """Without a PMID of digits there is no id: a failure, never a document."""
    (item,) = parse(article_set(article().replace("99200001", pmid)))
    assert isinstance(item, Failure)
    assert item.native_id == ""


def test_invalid_bytes_fail_their_record() -> None:
    """Bytes that are no UTF-8 break one record."""
    data = article_set(article(99200001, title="caf?"), article(99200002)).replace(b"?<", b"\xe9<")
    assert [type(item) for item in parse(data)] == [Failure, Document]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16"])
def test_other_encodings(encoding: str) -> None:
    """A declared encoding is honoured."""
    head = f"<?xml version='1.0' encoding='{encoding}'?>"
    data = article_set(article(title="Café"), head=head).decode().encode(encoding)
    assert one(data).title == "Café"


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- </PubmedArticle><PubmedArticle> -->",
        "<?x </PubmedArticle> ?>",
        "<![CDATA[</PubmedArticle><ReferenceList>]]>",
    ],
)
def test_tags_in_comments_and_cdata_are_text(hidden: str) -> None:
    """What looks like a tag inside a comment, CDATA or instruction is none."""
    record = article(99200001, abstract(f"before {hidden} after"))
    record = record.replace("</MedlineCitation>", "</MedlineCitation><PubmedData></PubmedData>")
    first, second = parse(article_set(hidden if "CDATA" not in hidden else "", record, article(2)))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    shown = "before </PubmedArticle><ReferenceList> after" if "CDATA" in hidden else "before after"
    assert first.text == shown


def test_several_sets_in_one_file() -> None:
    """Answers pasted one after the other are all read."""
    items = parse(article_set(article(1)) + b"\n" + article_set(article(2)))
    assert [item.native_id for item in items] == ["1", "2"]


def test_form_before_2017() -> None:
    """A `MedlineCitationSet` of bare citations gives documents and tombstones."""
    record = article().replace("<PubmedArticle>", "").replace("</PubmedArticle>", "")
    other = '<OtherID Source="NLM">PMC99 [Available on 12/22/16]</OtherID></MedlineCitation>'
    record = record.replace("</MedlineCitation>", other)
    data = f"<MedlineCitationSet>{record}<DeleteCitation><PMID>7</PMID></DeleteCitation>"
    document, tombstone = parse(f"{data}</MedlineCitationSet>".encode(), "medline16n0902.xml")
    assert isinstance(document, Document)
    assert document.pmcid == "PMC99"
    assert document.revision.startswith("160902.00000000.")
    assert tombstone == Tombstone("7", 1, tombstone.revision)


def test_prefix_declared_by_the_root() -> None:
    """A namespace prefix that only the root declares is known to its records."""
    math = "<m:math><m:mn>7</m:mn></m:math>"
    data = article_set(article(inner=abstract(math))).replace(
        b"<PubmedArticleSet>", b'<PubmedArticleSet xmlns:m="http://www.w3.org/1998/Math/MathML">'
    )
    assert one(data).text == "7"


def test_record_without_abstract_and_title() -> None:
    """No abstract gives an empty text, an empty title an empty title."""
    document = one(article_set(article(title="")))
    assert (document.text, document.title) == ("", "")


@pytest.mark.parametrize(
    ("xml", "title", "translated"),
    [
        ("[Of cramps].", "Of cramps", True),
        ("[Of [3H]tirandoxil?]", "Of [3H]tirandoxil?", True),
        ("[18F]FDG and [11C]PIB.", "[18F]FDG and [11C]PIB.", False),
        ("[18F]FDG in [cramps].", "[18F]FDG in [cramps].", False),
        ("[Not Available].", "", True),
        ("Of cramps.", "Of cramps.", False),
        ("", "", False),
    ],
)
def test_translated_titles(xml: str, title: str, translated: bool) -> None:
    """Only brackets around the whole title mark a translation."""
    element = etree.fromstring(f"<ArticleTitle>{xml}</ArticleTitle>")
    assert title_of(element) == (title, translated)


def test_vernacular_title_stands_in() -> None:
    """Where NLM has no English title, the vernacular one is the title."""
    inner = "<VernacularTitle>Von Krämpfen.</VernacularTitle>"
    document = one(article_set(article(inner=inner, title="[Not Available].")))
    assert document.title == "Von Krämpfen."
    assert "translated_title" not in document.metadata


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        (("2019", "Aug", "6"), "2019-08-06"),
        (("2019", "08", "26"), "2019-08-26"),
        (("2019", "Summer", ""), "2019"),
        (("2019", "", "26"), "2019"),
        (("2019", "13", "1"), "2019"),
        (("2019", "2", "77"), "2019-02"),
        (("19", "Aug", "6"), ""),
    ],
)
def test_dates(parts: tuple[str, str, str], date: str) -> None:
    """A date is as precise as it is known."""
    assert iso_date(*parts) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1998 Dec-1999 Jan", "1998"),
        ("2019 Jan-Feb", "2019"),
        ("2019 Jan 3-10", "2019-01"),
        ("Spring 2001", "2001"),
        ("no date", ""),
    ],
)
def test_medline_dates(text: str, date: str) -> None:
    """A free date gives its first year, and its month where one alone is named."""
    assert medline_date(text) == date


@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_dates_are_dates_or_empty(year: str, month: str, day: str) -> None:
    """Whatever stands in a date, the result is a date or nothing."""
    date = iso_date(year, month, day)
    assert len(date) in (0, 4, 7, 10)
    assert date.replace("-", "").isdigit() or not date


def test_languages_of_both_code_sets() -> None:
    """Bibliographic, terminological and withdrawn codes meet in two letters."""
    codes = ("ger", "deu", "scr", "ENG", "und", "tlh", "<x>")
    assert [two_letters(code) for code in codes] == ["de", "de", "hr", "en", "", "tlh", ""]


def test_declared_language_only_where_it_is_english() -> None:
    """The language of a record is that of the paper, so only English says something of the text."""
    for codes, lang in ((("eng",), "en"), (("rus",), ""), (("eng", "nor"), "")):
        inner = "".join(f"<Language>{code}</Language>" for code in codes)
        document = one(article_set(article(inner=inner)))
        assert document.lang == lang
        assert document.metadata["languages"] == list(codes)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("p &amp;lt; 0.05 &amp;amp; more", "p < 0.05 & more"),
        ("&amp;amp;lt;", "&lt;"),
        ("a &amp;lt;i&amp;gt; b", "a <i> b"),
        ("&amp;nbsp;", "&nbsp;"),
        ("x\u00a0 y\n z", "x y z"),
    ],
)
def test_double_escapes_and_blanks(raw: str, text: str) -> None:
    """Text escaped twice is unescaped once more for three entities; blanks are collapsed."""
    assert one(article_set(article(inner=abstract(raw)))).text == text


def test_revisions_sort_by_file_date_and_order() -> None:
    """A later file beats a later date, a tombstone beats its own file, and no two are alike."""
    revised = "<DateRevised><Year>{}</Year><Month>01</Month><Day>02</Day></DateRevised><Article P"
    old = article().replace("<Article P", revised.format(2024))
    new = article().replace("<Article P", revised.format(2020))
    gone = "<DeleteCitation><PMID>99200001</PMID></DeleteCitation>"
    first = [item.revision for item in parse(article_set(old, old, gone), "pubmed25n0007.xml")
             if not isinstance(item, Failure)]  # fmt: skip
    second = [item.revision for item in parse(article_set(new), "pubmed25n0008.xml")
              if not isinstance(item, Failure)]  # fmt: skip
    loose = [item.revision for item in parse(article_set(old), "answer.xml")
             if not isinstance(item, Failure)]  # fmt: skip
    ordered = [*loose, *first, *second]
    assert ordered == sorted(set(ordered))


def test_retraction_link_alone_retracts() -> None:
    """`RetractionIn` marks a record whose publication type was not updated yet."""
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>x'
        "</RefSource></CommentsCorrections></CommentsCorrectionsList></MedlineCitation>"
    )
    data = article_set(article().replace("</MedlineCitation>", link))
    assert one(data).status == "retracted"


def test_memory_does_not_grow_with_the_file() -> None:
    """Memory holds a few windows, however long the file."""

    class Endless(io.RawIOBase):
        def __init__(self, records: int) -> None:
            self.left, self.record = records, article(inner=abstract("word " * 2000)).encode()
            self.head = b"<PubmedArticleSet>"

        def read(self, size: int = -1, /) -> bytes:
            if self.head:
                head, self.head = self.head, b""
                return head
            count = min(self.left, size // len(self.record))
            self.left -= count
            return self.record * count

    gc.collect()
    tracemalloc.start()
    items, rule = 0, ""
    try:
        for _ in PubMed().parse(resource(), Endless(2000)):  # type: ignore[arg-type]
            items += 1
    except SourceError as error:
        rule = error.rule
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (items, rule) == (2000, "truncated")  # 20 MB went through
    assert peak < 10 << 20


def test_record_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that never ends is given up before it fills the memory."""
    monkeypatch.setattr(pubmed_slices, "RECORD_LIMIT", 1 << 20)
    data = b"<PubmedArticleSet><PubmedArticle>" + b"x" * (4 << 20)
    assert before_error(data) == ([], "damaged")


def test_many_openings_are_one_failure() -> None:
    """A run of records without ends costs one failure and no time."""
    data = article_set("<PubmedArticle>" * 200_000, article(99200002))
    assert [type(item).__name__ for item in parse(data)] == ["Failure", "Document"]
