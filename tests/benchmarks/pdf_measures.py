"""How faithful the text of an article's PDF is, held against the JATS of the same article.

The reference is the prose of the body: paragraphs and headings without tables, figures, formulas
and the marks of citations. Nothing here is shared with the parsers that are measured.

An *atom* is a number as it is read: digits with their separators and, where raised digits follow,
the exponent (``10^4``). It is kept where it stands beside its left or its right neighbour of the
reference; without a neighbour, a lost number would be found again in the list of references.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path

from lxml import etree

_OUTSIDE_PROSE = {
    *("table-wrap", "table", "table-wrap-group", "fig", "fig-group", "graphic", "media"),
    *("disp-formula", "inline-formula", "disp-formula-group", "tex-math", "ref-list", "fn"),
    *("supplementary-material", "label", "object-id", "permissions", "sec-meta"),
}
_BLOCKS = {"p", "title", "sec", "list", "list-item", "td", "th", "label", "caption", "tr", "ref"}
_CITATION = {"bibr", "ref"}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SIGNS = str.maketrans(dict.fromkeys("‐‑‒–—−\xad\ufffe", "-"))
_TOKEN = re.compile(r"\d+(?:[.,·]\d+)*(?:\^\{?[-+]?\d+\}?(?!\d))?|[^\W\d_]+")
_PARTS = re.compile(r"[^\W_]+")
_HYPHENED = re.compile(r"(?<![\w-])([^\W\d_]+)-(\s*)([^\W\d_]+)(?![\w-])")
_GLUED = re.compile(r"(?<![\w.])[^\W\d_]{3,}[0-9]+(?:[,-][0-9]+)*(?![\w])")
_LIGATURES = re.compile("[\ufb00-\ufb06]")


@dataclass(frozen=True, slots=True)
class Reference:
    """What the JATS of an article says.

    Attributes:
        words: Words and atoms of the prose of the body, in order, lower case.
        all_words: Every word and atom of the file.
        compounds: Pairs of words with a hyphen between them anywhere in the file.
        exponents: Atoms with an exponent anywhere in the file, each with the word before it.
        neighbours: Every pair of neighbouring words and atoms of the file.
        joined: Two neighbouring numbers written as one, each with the word before or after them.
        rows: Last and first token of neighbouring cells of table rows.
        counting: Numbers that count on by one in the file, its list of references included.
    """

    words: Sequence[str]
    all_words: frozenset[str]
    compounds: frozenset[tuple[str, str]]
    exponents: Sequence[tuple[str, str]]
    neighbours: frozenset[tuple[str, str]]
    joined: frozenset[tuple[str, str]]
    rows: Sequence[tuple[str, str]]
    counting: int


@dataclass(frozen=True, slots=True)
class Score:
    """Counts for one article or a sum of them; see the names' comments for what each counts."""

    atoms: int = 0  # atoms of the reference
    kept: int = 0  # of these found beside a neighbour
    exponents: int = 0  # atoms with an exponent in the XML
    flattened: int = 0  # of these found as one plain number
    marked: int = 0  # of these found with their exponent
    joined: int = 0  # two neighbouring numbers written as one
    padded: int = 0  # numbers that are one of the XML but for zeros before them
    glued: int = 0  # words with digits stuck on that the XML does not have
    words: int = 0  # words and atoms of the reference
    common: int = 0  # longest common subsequence with them
    grams: int = 0  # five words, unique on both sides
    ordered: int = 0  # of these in increasing order
    split: int = 0  # words left divided by a hyphen
    fused: int = 0  # compounds whose hyphen was lost
    ligatures: int = 0  # ligature characters left
    line_numbers: int = 0  # numbers that count on by one, less those of the XML and two by chance
    cells: int = 0  # neighbouring cells of the reference's tables
    rows: int = 0  # of these neighbours in the text
    found: int = 0  # words and atoms of the text
    known: int = 0  # of these anywhere in the XML

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(slots=True)
class _Text:
    """Text gathered from elements."""

    parts: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(self.parts)


def reference(path: Path) -> Reference:
    """Read a JATS file, gzipped."""
    parser = etree.XMLParser(
        load_dtd=False, no_network=True, resolve_entities=False, huge_tree=True
    )
    with gzip.open(path) as stream:
        root = etree.parse(stream, parser).getroot()
    body = root.find("body")
    prose = _normal(_prose(body)) if body is not None else ""
    everything = _normal(_everything(root))
    cells = [
        [_tokens(_normal(_everything(cell))) for cell in row if cell.tag in ("td", "th")]
        for row in root.iter("tr")
    ]
    rows = [(left[-1], right[0]) for row in cells for left, right in pairwise(c for c in row if c)]
    words = _tokens(prose)
    every = _tokens(everything)
    return Reference(
        words=words,
        all_words=frozenset(every) | frozenset(_PARTS.findall(everything)),
        compounds=frozenset((a, b) for a, _, b in _HYPHENED.findall(_overlapping(everything))),
        exponents=[pair for pair in pairwise(every) if "^" in pair[1]],
        neighbours=frozenset(pairwise(every)),
        joined=frozenset(_written_as_one(every)),
        rows=rows,
        counting=max(_chain(every), sum(1 for _ in root.iter("ref"))),
    )


def score(text: str, against: Reference) -> Score:
    """Hold a text against what the JATS says."""
    normal = _normal(text)
    tokens = _tokens(normal)
    pairs = Counter(pairwise(tokens))
    atoms = kept = 0
    has_body = bool(against.words)
    for index, word in enumerate(against.words):
        if not word[0].isdigit():
            continue
        found = _take(pairs, against.words, index, word)
        atoms += 1
        kept += found
    numbers = [t for t in tokens if t[0].isdigit()]
    strange = {t for t in numbers if has_body and t not in against.all_words}
    all_pairs = Counter(pairwise(tokens))
    marked = Counter(against.exponents) & all_pairs
    plain = Counter((a, b.replace("^", "")) for a, b in against.exponents) & all_pairs
    grams, ordered = _order(against.words, tokens)
    return Score(
        atoms=atoms,
        kept=kept,
        exponents=len(against.exponents),
        flattened=plain.total(),
        marked=marked.total(),
        joined=sum(
            count
            for pair, count in all_pairs.items()
            if pair in against.joined and not strange.isdisjoint(pair)
        ),
        padded=sum(
            (before, _bare(number)) in against.neighbours
            or (_bare(number), after) in against.neighbours
            for before, number, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
            if number in strange and number[0] == "0"
        ),
        glued=sum(
            w not in against.all_words for w in map(str.lower, _GLUED.findall(normal)) if has_body
        ),
        words=len(against.words),
        common=_common(against.words, tokens),
        grams=grams,
        ordered=ordered,
        split=sum(
            1
            for a, _, b in _HYPHENED.findall(normal)
            if a + b in against.all_words and (a, b) not in against.compounds
        ),
        fused=_fused(tokens, against),
        ligatures=len(_LIGATURES.findall(text)),
        line_numbers=max(0, _chain(numbers) - against.counting - 2) if has_body else 0,
        cells=len(against.rows),
        rows=(Counter(against.rows) & all_pairs).total(),
        found=len(tokens) if has_body else 0,
        known=sum(t in against.all_words for t in tokens) if has_body else 0,
    )


def _take(pairs: Counter[tuple[str, str]], words: Sequence[str], index: int, word: str) -> bool:
    """Find a word beside its left or right neighbour, each pair once."""
    for pair in (
        (words[index - 1], word) if index else ("", ""),
        (word, words[index + 1]) if index + 1 < len(words) else ("", ""),
    ):
        if pairs[pair] > 0:
            pairs[pair] -= 1
            return True
    return False


def _prose(element: etree._Element) -> str:
    out = _Text()
    _walk(element, out, prose=True)
    return str(out)


def _everything(element: etree._Element) -> str:
    out = _Text()
    _walk(element, out, prose=False)
    return str(out)


def _walk(element: etree._Element, out: _Text, *, prose: bool) -> None:
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        name = etree.QName(tag).localname if tag else ""
        cited = name == "xref" and child.get("ref-type") in _CITATION
        if tag and not (prose and (name in _OUTSIDE_PROSE or cited)):
            before = "".join(out.parts[-4:])
            inner = _Text([child.text or ""])
            _walk(child, inner, prose=prose)
            out.parts.append(_wrapped(name, str(inner), before))
        out.parts.append(child.tail or "")
    if not out.parts and element.text:
        out.parts.append(element.text)


def _wrapped(name: str, inner: str, before: str) -> str:
    content = inner.strip()
    if name == "sup":
        if content in ("o", "O", "0", "º") and before.rstrip()[-1:].isdigit():
            return "°"  # how the degree sign is typed without one
        power = re.fullmatch(r"[-+\u2212\u2013]?\d+", content)
        return f"^{content}" if power and before[-1:].isdigit() else f" {content} "
    return f" {inner} " if name in _BLOCKS or name in ("break", "inline-formula") else inner


def _normal(text: str) -> str:
    """Lower case, ligatures resolved, one hyphen, raised digits as a caret and digits."""
    text = re.sub("(?<=[0-9])([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "^" + m[1].translate(_RAISED), text)
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    return re.sub(r"_\{?(?=\w)|[{}\\]", "", text).lower()


def _tokens(normal: str) -> list[str]:
    return _TOKEN.findall(normal)


def _overlapping(normal: str) -> str:
    """Write ``a-b-c`` as ``a-b b-c``, so that each pair is found."""
    return re.sub(r"(?<=-)([^\W\d_]+)-(?=[^\W\d_])", r"\1 \1-", normal)


def _fused(tokens: Iterable[str], against: Reference) -> int:
    """Count words that the XML has with a hyphen only."""
    compounds = {a + b for a, b in against.compounds}
    return sum(t in compounds and t not in against.all_words for t in tokens)


def _written_as_one(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for before, one, other, after in zip(words, words[1:], words[2:], words[3:], strict=False):
        if one.isdigit() and other[0].isdigit():
            yield before, one + other
            yield one + other, after


def _bare(number: str) -> str:
    return (
        number.lstrip("0").rjust(1, "0") if number.isdigit() else re.sub(r"\A0+(?=\d)", "", number)
    )


def _common(words: Sequence[str], tokens: Sequence[str]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyrö 2004)."""
    masks: dict[str, int] = {}
    for index, word in enumerate(words):
        masks[word] = masks.get(word, 0) | 1 << index
    full = (1 << len(words)) - 1
    state = full
    for token in tokens:
        hit = state & masks.get(token, 0)
        state = (state + hit | state - hit) & full
    return len(words) - state.bit_count()


def _order(words: Sequence[str], tokens: Sequence[str]) -> tuple[int, int]:
    """Return shared unique five-grams and their longest increasing run."""
    ours = _unique_grams(tokens)
    positions = [ours[gram] for gram in _unique_grams(words) if gram in ours]
    tails: list[int] = []
    for position in positions:
        place = bisect_left(tails, position)
        tails[place : place + 1] = [position]
    return len(positions), len(tails)


def _unique_grams(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    grams: dict[tuple[str, ...], int] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    for index in range(len(words) - 4):
        gram = tuple(words[index : index + 5])
        counts[gram] += 1
        grams[gram] = index
    return {gram: index for gram, index in grams.items() if counts[gram] == 1}


def _chain(tokens: Iterable[str]) -> int:
    """Length of the longest run n, n + 1, n + 2 … that stands in this order."""
    lengths: dict[int, int] = {}
    for token in tokens:
        if token.isascii() and token.isdigit() and len(token) < 5:
            lengths[int(token)] = lengths.get(int(token) - 1, 0) + 1
    return max(lengths.values(), default=0)


def articles(folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield name, PDF and JATS of each pair in a folder."""
    for pdf in sorted(folder.glob("*.pdf")):
        xml = pdf.with_suffix(".xml.gz")
        if xml.exists():
            yield pdf.stem, pdf, xml
