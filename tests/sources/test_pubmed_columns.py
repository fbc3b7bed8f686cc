"""PubMed as columns: whatever the bytes, the same rows as the documents that lxml reads."""

from __future__ import annotations

import gzip
import io
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources import pubmed
from sources.columns import SCHEMA, Batch, batch_of, concat
from sources.items import Item, Resource, SourceError
from sources.pubmed import PubMed
from sources.text import pubmed_scan, pubmed_slices
from sources.text.pubmed_columns import Columns

GOLDEN = Path(__file__).parents[1] / "golden" / "pubmed"
WHOLE = (GOLDEN / "records.xml").read_bytes()
SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "pubmed"
USUAL = gzip.decompress((SAMPLE / "pubmed90n0001.xml.gz").read_bytes())
RESOURCE = Resource("in/pubmed25n0007.xml.gz", "pubmed25n0007.xml", -1, "")

PIECES = (
    b"&amp;", b"&lt;", b"&#955;", b"&#x3bb;", b"&#0;", b"&#55296;", b"&alpha;", b"&", b"&amp;lt;",
    b"<", b">", b"]]>", b"<i>", b"</i>", b"<sup>2</sup>", b"<sub>i</sub>", b"<b/>", b"<sup/>",
    b"<!-- c -->", b"<![CDATA[x]]>", b"<?p?>", b"\x00", b"\x0b", b"\xc2\xa0", b"\xe2\x80\x89",
    b"\xc2", b"\xef\xbf\xbe", b"\xc3\x85", b"\t", b"\n ", b'"', b"\\", b"'", b" x='1'", b' Label="A"',
    b' MajorTopicYN="Y"', b"</PubmedArticle>", b"<PubmedArticle>", b"<PMID>7</PMID>",
    b"<Year>1999</Year>", b"<Keyword>k</Keyword>", b"<Suffix>Jr</Suffix>", b"<Unknown>z</Unknown>",
    b' xmlns="http://x"', b"<Foo&bar>x</Foo&bar>", b"<Foo,b/>", b"&amp;amp;", b"&amp;lt;b", b"<Language> </Language>",
    b"<PublicationType> </PublicationType>", b"<MedlineDate> </MedlineDate>", b"<Initials>Q</Initials>",
    b'<ELocationID EIdType="pii"> </ELocationID>', b"<BookDocument/>", b"  ",
    b"<mml:math>1</mml:math>", b"<AbstractText>More.</AbstractText>", b"[", b"].", b"PMC12",
)  # fmt: skip


def rows(data: bytes) -> tuple[list[dict[str, object]], str]:
    """The rows that the build takes, and the rule of the error that ends them."""
    return _gathered(PubMed().read(RESOURCE, io.BytesIO(data)))


def plain_rows(data: bytes) -> tuple[list[dict[str, object]], str]:
    """The same of the documents that lxml reads."""
    return _gathered(PubMed().parse(RESOURCE, io.BytesIO(data)))


def _gathered(found: Iterator[Item | Batch]) -> tuple[list[dict[str, object]], str]:
    batches: list[Batch] = []
    rule = ""
    try:
        for item in found:
            batches.append(  # noqa: PERF401 - a comprehension would lose them when it raises
                item if isinstance(item, Batch) else batch_of([item], PubMed.identifiers)
            )
    except SourceError as error:
        rule = error.rule
    if not batches:
        return [], rule
    whole = concat(batches)
    table = pa.table([whole.columns[name] for name in SCHEMA.names], schema=SCHEMA)
    return table.to_pylist(), rule


def records(data: bytes) -> list[bytes]:
    """The articles of a file."""
    found = pubmed_slices.slices(io.BytesIO(data))
    return [record for name, record, _ in found if name == "PubmedArticle"]


def plain_of(*data: bytes) -> list[bool]:
    """Which records are read without lxml."""
    plain: list[bool] = Columns().read(data, "p", ["k"] * len(data))[1].tolist()
    return plain


@pytest.mark.parametrize("data", [WHOLE, USUAL])
def test_whole_files(data: bytes) -> None:
    """Every record of a file gives the same rows either way, in the same order."""
    assert rows(data) == plain_rows(data)


def test_most_records_need_no_parser() -> None:
    """A record of the usual form, references, markup and links included, is read as columns."""
    record = b"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="1">99200001</PMID><DateRevised><Year>2020</Year><Month>01</Month><Day>02</Day>
    </DateRevised><Article PubModel="Print"><Journal><ISSN IssnType="Print">0000-0000</ISSN>
    <JournalIssue CitedMedium="Print"><Volume>1</Volume><PubDate><Year>2019</Year><Month>Aug</Month>
    </PubDate></JournalIssue><Title>Journal of Nothing</Title></Journal>
    <ArticleTitle>CO<sub>2</sub> &lt; 10<sup>4</sup> &amp; <i>more</i>.</ArticleTitle><Abstract>
    <AbstractText Label="AIM" NlmCategory="OBJECTIVE">To see &#955;.</AbstractText></Abstract>
    <AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Doe</LastName><ForeName>A B</ForeName>
    <Initials>AB</Initials><Identifier Source="ORCID">0</Identifier><AffiliationInfo><Affiliation>x
    </Affiliation></AffiliationInfo></Author></AuthorList><Language>eng</Language></Article>
    <CommentsCorrectionsList><CommentsCorrections RefType="ErratumIn"><RefSource>x</RefSource>
    <PMID Version="1">99200002</PMID></CommentsCorrections></CommentsCorrectionsList>
    </MedlineCitation><PubmedData><ReferenceList><Reference><Citation>c</Citation></Reference>
    </ReferenceList></PubmedData></PubmedArticle>"""
    assert plain_of(record) == [True]
    usual = records(USUAL)
    assert sum(plain_of(*usual)) > 0.8 * len(usual)


@pytest.mark.parametrize(
    "odd",
    [
        b"<!-- c -->", b"<![CDATA[x]]>", b"&alpha;", b"&#0;", b"&", b"]]>", b"\x01", b"\xef\xbf\xbf",
        b"<mml:math>1</mml:math>", b"<i x='1'>y</i>", b"<i/>", b"<b>", b"\xff",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_to_the_parser(odd: bytes) -> None:
    """Markup and characters beyond the plain form in a text hand the record to lxml."""
    form = (
        b'<PubmedArticle><MedlineCitation><PMID Version="1">99200001</PMID><Article><ArticleTitle>'
        b"A%sz</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )
    assert plain_of(form % b"", form % odd) == [True, False]


ODD_VALUES = {
    "a namespace": ("<Article PubModel", '<Article xmlns="http://x" PubModel'),
    "a name with a sign": ("</Article>", "<Foo&bar>x</Foo&bar></Article>"),
    "a name that is too long": ("</Article>", f"<{'n' * 60_000}/></Article>"),
    "a text beyond the parser's limit": ("<Article ", f"<Other>{'x' * 11_000_000}</Other><Article "),
    "a blank language": ("<Language>", "<Language> </Language><Language>"),
    "a blank type": ("<PublicationType", "<PublicationType> </PublicationType><PublicationType"),
    "an id escaped twice": ("<Language>", '<ELocationID EIdType="pii">S&amp;lt;2</ELocationID><Language>'),
    "a DOI escaped twice": ("<Language>", '<ELocationID EIdType="doi">10.1000/x&amp;amp;para;y</ELocationID><Language>'),
    "a DOI without end": ("<Language>", f'<ELocationID EIdType="doi">10.1000/{"a" * 3000}</ELocationID><Language>'),
    "an empty fore name": ("<ForeName>", "<Initials>Z</Initials><ForeName></ForeName><Suffix>"),
    "a book": ("<PubmedData>", "<BookDocument><ArticleTitle>B</ArticleTitle></BookDocument><PubmedData>"),
    "a free date of revision": ("<DateRevised>", "<DateRevised><MedlineDate>1999</MedlineDate>"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_VALUES)
def test_odd_values_are_read_alike(name: str) -> None:
    """What the loops must not read, or read as the parser does, gives the same rows."""
    old, new = ODD_VALUES[name]
    data = _set(*(record.decode().replace(old, new, 1).encode() for record in records(USUAL)[:3]))
    assert new.encode() in data
    assert rows(data) == plain_rows(data)


def test_parts_in_another_order_are_read_alike() -> None:
    """With the second half of a record first, its ids count first."""
    record = records(USUAL)[0]
    at, end = record.index(b"<PubmedData>"), record.index(b"</PubmedArticle>")
    start = record.index(b"<MedlineCitation")
    data = _set(
        record[:start]
        + record[at:end].replace(b"10.5555/", b"10.5555/other.")
        + record[start:at]
        + record[end:]
    )
    assert rows(data) == plain_rows(data)


class Failing(io.RawIOBase):
    """A stream that breaks after some bytes."""

    def __init__(self, data: bytes, error: Exception) -> None:
        self._data, self._error, self._given = data, error, False

    def readable(self) -> bool:
        """It can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """All bytes at once, then the error."""
        if self._given:
            raise self._error
        self._given = True
        return self._data


@pytest.mark.parametrize("error", [OSError("gone"), EOFError(), ValueError("bad")])
def test_what_stood_before_a_broken_stream_is_kept(error: Exception) -> None:
    """Whatever a stream raises, the records before it come out on both ways."""
    data = USUAL[: USUAL.rindex(b"<PubmedArticle>")]
    for way in (PubMed().read, PubMed().parse):
        found = 0
        with pytest.raises(type(error)):
            for item in way(RESOURCE, Failing(data, error)):  # type: ignore[arg-type]
                found += len(item) if isinstance(item, Batch) else 1
        assert found >= data.count(b"</PubmedArticle>") > 20


def test_a_record_that_stops_the_source_keeps_what_stood_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error in one record of a block ends the resource there, and no earlier."""
    data = WHOLE
    expected = plain_rows(data)[0]
    whole = pubmed.documents
    stop = [record for record in records(data) if plain_of(record) == [False]][-1]
    pmid = stop[stop.index(b"<PMID") :].split(b">")[1].split(b"<")[0].decode()

    def failing(root: object, place: str, key: str) -> object:
        if root.findtext(".//PMID") == pmid:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return whole(root, place, key)  # type: ignore[arg-type]

    monkeypatch.setattr(pubmed, "documents", failing)
    found: list[Batch] = []
    with pytest.raises(ZeroDivisionError):
        found.extend(PubMed().read(RESOURCE, io.BytesIO(data)))  # type: ignore[arg-type]
    kept = concat(found)
    table = pa.table([kept.columns[name] for name in SCHEMA.names], schema=SCHEMA).to_pylist()
    assert table == expected[: len(table)]
    assert expected[len(table)]["native_id"] == pmid


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_damaged_records_give_the_same_rows(seed: int) -> None:
    """After random edits of the bytes both ways give the same rows, failures and errors."""
    data = damaged(random.Random(seed))
    assert rows(data) == plain_rows(data)


def damaged(chance: random.Random) -> bytes:
    """Some records with a few edits: pieces put in, stretches dropped, doubled or swapped."""
    data = chance.choice((WHOLE, _few(chance), _few(chance)))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(60, len(data) - 20)
        if chance.random() < 0.5:  # at a border of markup, where most rules meet
            at = data.find(chance.choice((b"<", b">")), at)
            at = (at if at >= 0 else 60) + chance.randint(0, 1)
        kind = chance.randrange(4)
        size = chance.randint(1, 60)
        if kind == 0:
            data = data[:at] + chance.choice(PIECES) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + size :]
        elif kind == 2:
            data = data[: at + size] + data[at:]
        else:
            data = data[:at] + chance.choice(PIECES) + data[at + size :]
    return data


def _few(chance: random.Random) -> bytes:
    """Three of the usual records."""
    return _set(*chance.sample(records(USUAL), 3)) + b" " * 30


def _set(*some: bytes) -> bytes:
    return b"<PubmedArticleSet>" + b"".join(some) + b"</PubmedArticleSet>"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_texts_are_split_as_python_splits(texts: list[str]) -> None:
    """Blanks of every kind collapse as ``str.split`` has it, between any characters."""
    clean = [t.replace("<", "(").replace("&", "+").encode("utf-8", "replace") for t in texts]
    data = np.frombuffer(b"".join(clean) or b" ", np.uint8)
    ends = np.cumsum([len(c) for c in clean], dtype=np.int64)
    starts = np.append(0, ends)[: len(clean)].astype(np.int64)
    out = np.empty(len(data) + 1, np.uint8)
    bounds, flags = np.zeros(len(clean) + 1, np.int64), np.zeros(len(clean), np.uint8)
    pubmed_scan.write_texts(data, starts, ends, out, bounds, flags)
    found = [out[a:b].tobytes().decode() for a, b in itertools.pairwise(bounds)]
    assert found == [" ".join(c.decode().split()) for c in clean]


@pytest.mark.parametrize("size", [1, 5_000, 20_000])
def test_size_of_a_block_changes_nothing(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Rows come out alike however many records are read at a time."""
    expected = plain_rows(WHOLE)
    monkeypatch.setattr(pubmed, "BLOCK_BYTES", size)
    assert rows(WHOLE) == expected


@pytest.mark.real
def test_real_records_give_the_same_rows(real_data: Path) -> None:
    """On all small files and every twentieth record of the large ones both ways agree."""
    folder = real_data / "pubmed"
    for path in sorted((folder / "small").iterdir()):
        raw = path.read_bytes()
        data = gzip.decompress(raw) if path.suffix == ".gz" else raw
        assert rows(data) == plain_rows(data), path.name
    for path in sorted(folder.glob("*.xml.gz")):
        with gzip.open(path) as stream:
            some = [
                data for n, (_, data, _) in enumerate(pubmed_slices.slices(stream)) if n % 20 == 0
            ]
        data = _set(*some)
        assert rows(data) == plain_rows(data), path.name
        articles = [record for record in some if record.startswith(b"<PubmedArticle>")]
        assert sum(plain_of(*articles)) > 0.9 * len(articles), path.name
