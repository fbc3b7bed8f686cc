"""Planted values: inputs of many kinds in which personal data stands wherever text can stand.

Every value is invented and unique, and stands in a form that ``strict`` masks. What a build writes
or says is then searched for each of them, also inside of packed files and of Parquet columns, and
for its digits and its hashes.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import itertools
import json
import lzma
import random
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from stdnum import iban, luhn
from stdnum.iso7064 import mod_11_2

PLANTED = 200

FILLER = (
    "The imaginary patients of this fictional report took examplin for two weeks and none of them "
    "was harmed, while the fever of the others went on until they took it as well."
)


class Canaries:
    """Hands out values, each once, with the words that make them personal data."""

    def __init__(self, seed: int = 16) -> None:
        self.values: list[str] = []
        self.files: list[str] = []
        self._draw = random.Random(seed)
        self._turn = itertools.cycle(sorted(FORMS))

    def _digits(self, count: int) -> str:
        return "".join(self._draw.choice("123456789") for _ in range(count))

    def _word(self) -> str:
        syllables = ("ba", "de", "fi", "go", "lu", "ma", "ne", "ri", "so", "tu", "wa", "ze")
        return "".join(self._draw.choice(syllables) for _ in range(4)).capitalize()

    def value(self, form: str) -> tuple[str, str]:
        """Return a fresh value of a form, and the sentence that it stands in."""
        while True:
            value = FORMS[form][0](self)
            if not any(value in old or old in value for old in self.values):
                break
        self.values.append(value)
        return value, FORMS[form][1].format(value)

    def line(self, *forms: str) -> str:
        """Return a sentence with a fresh value: of these forms, or of the next in turn."""
        return self.value(self._draw.choice(forms) if forms else next(self._turn))[1]

    def lines(self, count: int) -> str:
        """Return so many sentences with a value each."""
        return " ".join(self.line() for _ in range(count))

    def file(self, suffix: str, form: str) -> str:
        """Return the name of a file that is called after a value."""
        name = f"{self.value(form)[1].rstrip('.').replace(' ', '_').replace(':', '')}{suffix}"
        self.files.append(name)
        return name


def _card(c: Canaries) -> str:
    body = "4" + c._digits(14)
    return body + luhn.calc_check_digit(body)


def _iban(c: Canaries) -> str:
    body = c._digits(18)
    return f"DE{iban.calc_check_digits('DE00' + body)}{body}"


def _orcid(c: Canaries) -> str:
    body = "0000000" + c._digits(8)
    whole = body + mod_11_2.calc_check_digit(body)
    return "-".join(whole[at : at + 4] for at in range(0, 16, 4))


FORMS = {
    "email": (lambda c: f"{c._word().lower()}@{c._word().lower()}.org", "Write to {} soon."),
    "phone": (lambda c: f"0{c._digits(4)} {c._digits(6)}", "Tel: {}."),
    "number": (lambda c: c._digits(10), "Phone: {}."),
    "phone_plus": (lambda c: f"+44 20 7946 0{c._digits(3)}", "Reach {} by day."),
    "ssn": (lambda c: f"5{c._digits(2)}-{c._digits(2)}-{c._digits(4)}", "SSN: {}."),
    "orcid": (_orcid, "ORCID {}."),
    "record": (lambda c: f"A{c._digits(7)}", "MRN: {}."),
    "card": (_card, "Card number {}."),
    "bank": (_iban, "IBAN {}."),
    "ip": (lambda c: f"81.92.{c._digits(2)}.{c._digits(2)}", "Login from IP address {}."),
    "url": (lambda c: f"https://www.linkedin.com/in/{c._word().lower()}", "See {} there."),
    "name": (lambda c: f"{c._word()} {c._word()}", "Patient name: {}."),
    "address": (lambda c: f"{c._digits(2)} {c._word()} Street", "Home address: {}."),
    "date": (lambda c: f"{c._draw.randint(1, 28)} March 19{c._digits(2)}", "She was born on {}."),
    "age": (lambda c: str(c._draw.randint(91, 109)), "A {}-year-old man was seen."),
    "device": (lambda c: f"SN{c._digits(9)}", "Serial number: {}."),
    "vehicle": (lambda c: f"B-{c._word()[:2].upper()} {c._digits(4)}", "Licence plate: {}."),
}
"""Form to how a value is made, and the sentence in which it is personal data."""

SHORT = ("age",)
"""Forms whose values are found anywhere by chance: searched as they stand in their sentence."""

TERSE = ("email", "phone", "ssn", "record", "card", "bank")
"""Forms that titles, keywords and names of files take."""


def jats(c: Canaries, number: int) -> str:
    """An article with a value in every part of it, front matter and references included."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<article article-type="case-report" xml:lang="en" xmlns:xlink="http://www.w3.org/1999/xlink">
<front><journal-meta><journal-title-group><journal-title>Annals {c.line("email")}</journal-title>
</journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="pmcid">PMC9990{number:04}</article-id>
<article-id pub-id-type="publisher-id">{c.line("email")}</article-id>
<title-group><article-title>A fictional case, {c.line(*TERSE)}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Exempel</surname>
<given-names>{c.line("email")}</given-names></name><email>{c.value("email")[0]}</email></contrib>
<aff>Clinic. {c.line()}</aff></contrib-group>
<author-notes><corresp>{c.line()}</corresp><fn><p>{c.line()}</p></fn></author-notes>
<pub-date pub-type="epub"><year>2089</year></pub-date><volume>{c.line("email")}</volume>
<permissions><copyright-statement>{c.line("email")}</copyright-statement>
<license xlink:href="https://creativecommons.org/licenses/by/4.0/">
<license-p>Open access. {c.line("email")}</license-p></license></permissions>
<abstract><p>{FILLER} {c.lines(3)}</p></abstract>
<kwd-group><kwd>fever</kwd><kwd>{c.line(*TERSE)}</kwd></kwd-group>
</article-meta></front>
<body><sec><title>Case {c.line(*TERSE)}</title><p>{FILLER} {c.lines(4)}</p>
<fig id="f1"><label>1</label><caption><title>{c.line()}</title><p>{c.lines(2)}</p></caption></fig>
<table-wrap><caption><p>{c.line()}</p></caption><table><thead><tr><th>Day</th><th>{c.line()}</th></tr>
</thead><tbody><tr><td>1</td><td>{c.line()}</td></tr></tbody></table>
<table-wrap-foot><fn><p>{c.line()}</p></fn></table-wrap-foot></table-wrap>
<p>Write to <ext-link xlink:href="mailto:{c.value("email")[0]}">{c.line("email")}</ext-link>.</p></sec></body>
<back><ack><p>{c.line()}</p></ack><ref-list><ref><mixed-citation>Exempel A. Fever. 2088.
{c.line("email")}</mixed-citation></ref></ref-list></back></article>"""


def pubmed(c: Canaries) -> str:
    """Two records, with a value in each field that is free text."""
    record = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
<PMID Version="1">{pmid}</PMID><Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print">
<Volume>{a}</Volume><PubDate><Year>2089</Year></PubDate></JournalIssue><Title>Annals {b}</Title>
</Journal><ArticleTitle>A fictional dose. {c}</ArticleTitle>
<Abstract><AbstractText>{filler} {d}</AbstractText>
<CopyrightInformation>{e}</CopyrightInformation></Abstract>
<AuthorList><Author><LastName>Exempel</LastName><ForeName>A</ForeName><AffiliationInfo>
<Affiliation>Clinic. {f}</Affiliation></AffiliationInfo></Author></AuthorList>
<Language>eng</Language></Article><KeywordList Owner="NOTNLM"><Keyword>{g}</Keyword></KeywordList>
</MedlineCitation></PubmedArticle>"""
    records = [
        record.format(
            pmid=9990101 + n, a=c.line("email"), b=c.line("email"), c=c.line(*TERSE),
            d=f"{FILLER[n:]} {c.lines(3)}", e=c.line(), f=c.line(), g=c.line(*TERSE), filler="",
        )
        for n in range(2)
    ]  # fmt: skip
    return f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"


def page(c: Canaries) -> str:
    """A guideline page with values in head, links, pictures, tables and lists."""
    return f"""<!doctype html><html lang="en"><head><title>Invented fever, {c.line(*TERSE)}</title>
<meta name="description" content="{c.line()}"><meta name="keywords" content="{c.line(*TERSE)}">
<meta name="author" content="{c.line("email")}"></head><body><main><h1>Invented fever</h1>
<p>{FILLER} {c.lines(3)}</p><p>{FILLER[9:]}</p><h2>Refer {c.line(*TERSE)}</h2>
<p>Write to <a href="mailto:{c.value("email")[0]}?subject=x">us</a> or
<a href="https://example.org/?mail={c.value("email")[0]}">there</a>.</p>
<img src="x.png" alt="{c.line()}"><table><caption>{c.line()}</caption><tr><th>Dose</th></tr>
<tr><td>{c.line()}</td></tr></table><ul><li>{c.line()}</li></ul></main></body></html>"""


def records(c: Canaries) -> list[dict[str, object]]:
    """JSON lines with values in ids, fields of every name, and metadata of every depth."""
    made: list[dict[str, object]] = [
        {
            "id": c.value("email")[0], "title": f"Note {c.line(*TERSE)}", "license": "CC0-1.0",
            "text": f"{FILLER} {c.lines(4)}", "keywords": [c.line(*TERSE)], "date": c.line("date"),
            "url": f"https://example.org/?m={c.value('email')[0]}", "lang": c.line("email"),
            "metadata": {"deep": [{"er": c.line(*TERSE)}], c.value("email")[0]: 1},
            "phone": c.value("phone")[0],
        },
        {
            "id": "n0", "license": "CC0-1.0", "text": f"{FILLER[5:]} {c.line()}",
            "metadata": {
                "note": f"Seen today.\n{c.line('record')}\t{c.line('phone')}\r\n{c.line('name')}",
                "patient_name": c.value("name")[0], "mrn": c.value("record")[0],
                "contact": {"phoneNumber": int(c.value("number")[0])},
                "patient": [{"ssn": c.value("ssn")[0]}, {"serial number": c.value("device")[0]}],
            },
        },
        {"id": "n2", "license": c.line("email"), "text": f"{FILLER[3:]} {c.lines(2)}", "doi": c.line("email")},
        {"id": "n3", "kind": c.line("email"), "text": c.line()},
        {"id": c.line("email"), "text": 5},
        {"id": "n5", "text": f"{FILLER[6:]} [{(mail := c.value('email')[0])}](mailto:{mail})"},
        {"id": "n6", "title": c.line(*TERSE), "text": ""},
        {"id": "n7", "text": "STOP " + c.line()},
    ]  # fmt: skip
    return made


def write_inputs(folder: Path, c: Canaries) -> None:
    """Write the inputs: good, broken and truncated ones, packed and not, some named after values."""
    (folder / "jats").mkdir(parents=True)
    (folder / "jats" / "one.xml").write_text(jats(c, 1))
    (folder / "jats" / c.file(".nxml", "email")).write_text(jats(c, 2))
    (folder / "jats" / "broken.xml").write_text(jats(c, 3)[:-400] + f"<broken {c.line()}")
    with tarfile.open(folder / "jats" / "papers.tar.gz", "w:gz") as archive:
        data = jats(c, 4).encode()
        for name in (c.file(".xml", "record"), f"{c.file('', 'email')}/p.xml"):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            data = data.replace(b"PMC99900004", b"PMC99900005")
    (folder / "pubmed").mkdir()
    packed = gzip.compress(pubmed(c).encode())
    (folder / "pubmed" / "pubmed90n0001.xml.gz").write_bytes(packed)
    (folder / "pubmed" / "pubmed90n0002.xml.gz").write_bytes(packed[:-40])
    (folder / "pages").mkdir()
    (folder / "pages" / "page.html").write_text(page(c))
    (folder / "pages" / c.file(".html", "phone")).write_text(page(c))
    (folder / "pages" / c.file(".md", "ssn")).write_text(
        f"# Fever {c.line()}\n\n{FILLER} {c.lines(2)}"
    )
    (folder / "pages" / c.file(".png", "email")).write_bytes(b"\x89PNG")
    (folder / "pages" / c.file(".html", "card")).write_bytes(b"")
    lines = [json.dumps(row) for row in records(c)]
    lines += [f'{{"id": "bad", {c.line()}', f'["{c.line()}"]']
    (folder / c.file(".jsonl", "email")).write_text("\n".join(lines) + "\n")


def words_of(c: Canaries) -> list[str]:
    """Return what must be found nowhere: values, and ages with the words around them."""
    return [f"{v}-year-old" if re.fullmatch(r"\d{2,3}", v) else v for v in c.values]


def needles(values: Iterable[str]) -> dict[bytes, str]:
    """Return bytes to search for: values, also as JSON and URLs write them, digits, hashes."""
    found: dict[bytes, str] = {}
    for value in values:
        forms = {value, value.lower(), value.replace(" ", "_"), value.replace("@", "%40")}
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 9:
            forms.add(digits)
        for form in forms:
            found[form.encode()] = value
        if "year-old" not in value:
            for name in ("md5", "sha1", "sha256", "blake2b"):
                digest = hashlib.new(name, value.encode())
                found[digest.hexdigest()[:16].encode()] = f"{name} of {value}"
                found[digest.digest()[:8]] = f"{name} of {value}"
    return found


def leaks(where: str, data: bytes, wanted: dict[bytes, str]) -> list[str]:
    """Return which values stand in some bytes."""
    return sorted({f"{where}: {value}" for form, value in wanted.items() if form in data})


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every file below a folder: as it is, unpacked, and its columns."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            yield str(path), path.name.encode()
            continue
        data = path.read_bytes()
        yield str(path), path.name.encode() + b"\n" + data
        if data[:2] == b"\x1f\x8b":
            yield f"{path} (gzip)", zlib.decompressobj(31).decompress(data)  # may be cut off
        elif data[:4] == b"\x28\xb5\x2f\xfd":
            yield f"{path} (zstd)", pa.input_stream(io.BytesIO(data), compression="zstd").read()
        elif data[:3] == b"BZh":
            yield f"{path} (bz2)", bz2.decompress(data)
        elif data[:6] == b"\xfd7zXZ\x00":
            yield f"{path} (xz)", lzma.decompress(data)
        elif data[:4] == b"PAR1" and data[-4:] == b"PAR1":
            for column in pq.read_table(path).itercolumns():
                for chunk in column.combine_chunks().buffers() if column.num_chunks == 1 else ():
                    if chunk is not None:
                        yield f"{path} (columns)", chunk.to_pybytes()
                yield f"{path} (values)", repr(column.to_pylist()).encode()
