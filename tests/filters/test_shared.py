"""Shared lines: keys against a plain twin, the table against plain counting, what may be cut."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import shared
from filters.atoms import fingerprints
from filters.duplicates.signatures import id_hash, sign
from filters.edges import RULE, cut_edges
from filters.normalise import normalise
from filters.shared import Lines, line_columns, lines_of, measure_lines, shared_keys
from tests.corpora import prose

MASK = (1 << 64) - 1
BLANK = "".join(map(chr, range(33)))


def mixed(value: int) -> int:
    """MurmurHash3's fmix64."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = ((value ^ (value >> 33)) * factor) & MASK
    return value ^ (value >> 33)


def twin_keys(text: str, host: str) -> list[int]:
    """Keys of the lines of one text, one line at a time."""
    site = int(id_hash(pa.array([host], pa.large_string()))[0])
    lines = text.split("\n")
    if lines[0].startswith("# "):
        lines = lines[1:]
    fence, found = "", []
    for line in lines:
        begun = line.lstrip(BLANK)
        seen = begun.rstrip(BLANK)
        if not seen:
            continue
        mark = seen[:1]
        opens = re.match(r"(`{3,}[^`]*|~{3,}.*)$", begun)
        table = mark == "|" and len(seen) > 1 and seen.endswith("|")
        fixed = bool(table or fence)
        if opens and not table and fence in ("", mark):
            fence, fixed = "" if fence else mark, True
        heading = re.match(r"(#{1,6})(?:[ \t]|$)", begun)
        state = mixed(site) ^ 0xCBF29CE484222325
        data = begun.encode()
        for at in range(0, len(data), 8):
            lane = int.from_bytes(data[at : at + 8], "little")
            state = ((state ^ lane) * 0x9E3779B97F4A7C15) & MASK
            state ^= state >> 33
        chars = min(len(begun), 8191)
        level = 7 if fixed else len(heading[1]) if heading else 0
        found.append((0 if fixed else mixed(state) >> 16 << 16) | chars << 3 | level)
    return found


def stored(texts: list[str], hosts: list[str] | None = None) -> Lines:
    """What a build stores of texts."""
    column = pa.array(texts, pa.large_string())
    urls = pa.array([f"https://{h}/x" if h else "" for h in hosts or [""] * len(texts)])
    return lines_of(pa.table(line_columns(column, urls, sign(column)["signature"])))


PIECES = st.sampled_from(
    ["\n", "\n\n", " ", "\t", "# ", "## ", "#", "####### ", "```", "~~~", "````", "|", "a |", "-"]
    + ["fever", "Fieber ü", "発熱", "5 mg", "\x0b", "\u00a0", "\U0001f600"]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.sampled_from(["", "example.org"]))
def test_keys_are_those_of_the_plain_twin(texts: list[str], host: str) -> None:
    """Any Markdown, closed or not."""
    lines = stored(texts, [host] * len(texts))
    made = [lines.keys[a:b].tolist() for a, b in zip(lines.bounds, lines.bounds[1:], strict=False)]
    assert made == [twin_keys(text, host) for text in texts]


def test_what_makes_lines_equal() -> None:
    """Indentation does not, nor does the title; the site does, with and without ``www.``."""
    texts = ["# One\n\n  Home page", "# Two\n\nHome page", "Home page", "Homepage"]
    first = [int(stored([text]).keys[0]) for text in texts]
    assert first[0] == first[1] == first[2] != first[3]
    sites = ["example.org", "www.example.org", "example.com"]
    here, too, there = stored(["Home"] * 3, sites).keys.tolist()
    assert here == too != there


def test_columns_do_not_depend_on_the_batch() -> None:
    """A slice has the values of the whole."""
    texts = pa.array(["", "# A\n\nb\nc", "d", "| e |", "f\n\ng"], pa.large_string())
    urls = pa.array(["", "https://example.org/1", "", "http://b.example/", ""])
    whole = line_columns(texts, urls, sign(texts)["signature"])
    for start in range(len(texts)):
        some, addresses = texts.slice(start, 2), urls.slice(start, 2)
        for name, column in line_columns(some, addresses, sign(some)["signature"]).items():
            assert column.equals(whole[name].slice(start, 2)), name
    assert whole["shared_lines"].to_pylist() == [None, 0.0, 0.0, 0.0, 0.0]


WORDS = st.sampled_from(["a", "b", "c", "d", "e", "# f", "| g |"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.lists(WORDS, max_size=4), st.sampled_from("xy")), max_size=12),
    st.integers(2, 4),
    st.sampled_from([0.0, 0.3, 0.6]),
    st.integers(1, 5),
)
def test_the_table_is_that_of_plain_counting(
    pages: list[tuple[list[str], str]], documents: int, share: float, size: int
) -> None:
    """Whatever the order, the grouping and the number of passes."""
    texts = ["\n".join(["", *lines]) for lines, _ in pages]
    hosts = [host for _, host in pages]
    lines = stored(texts, hosts)
    holders: dict[int, set[int]] = defaultdict(set)
    site_of: dict[int, str] = {}
    for n, (text, host) in enumerate(zip(texts, hosts, strict=True)):
        for key in twin_keys(text, host):
            if key & 7 != 7:
                holders[key].add(int(lines.likeness[n]))
                site_of[key] = host
    full = [host for text, host in zip(texts, hosts, strict=True) if text.strip()]
    wanted = sorted(
        key
        for key, found in holders.items()
        if len(found) >= max(documents, share * full.count(site_of[key]))
    )

    def read() -> list[Lines]:
        some = range(len(texts) - 1, -1, -size)
        return [
            stored(texts[max(0, n - size + 1) : n + 1], hosts[max(0, n - size + 1) : n + 1])
            for n in some
        ]

    assert shared_keys(lambda: [lines], documents, share).tolist() == wanted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared, "PASS_KEYS", size)
        assert shared_keys(read, documents, share).tolist() == wanted


def test_near_copies_count_once() -> None:
    """Twenty copies of a text with another last line make none of its lines shared."""
    text = "\n\n".join(prose(n) for n in range(20))
    copies = [f"{text}\n\nPrinted for visitor{n}." for n in range(20)]
    assert len(shared_keys(lambda: [stored(copies)], 10, 0.2)) == 0
    apart = [f"Home\n\n{prose(n)}" for n in range(20)]
    assert len(shared_keys(lambda: [stored(apart)], 10, 0.2)) == 1
    assert len(shared_keys(lambda: [stored(apart[:9])], 10, 0.2)) == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=6), max_size=5), st.sets(st.sampled_from("abcd")))
def test_measures_are_those_of_the_plain_twin(pages: list[list[str]], known: set[str]) -> None:
    """Share of characters, and the runs at both ends."""
    lines = stored(["\n".join(["", *page]) for page in pages])
    table = np.array(sorted(twin_keys("\n".join(["", *known]), "")), np.uint64)
    found = measure_lines(lines, table)
    for n, page in enumerate(pages):
        sizes = [len(line) for line in page]
        inside = [line in known for line in page]
        if not page:
            assert np.isnan(found.shares[n])
            continue
        share = sum(s for s, own in zip(sizes, inside, strict=True) if own) / sum(sizes)
        assert found.shares[n] == pytest.approx(share)
        assert found.heads[n] == (inside.index(False) if not all(inside) else len(page))
        assert found.feet[n] == (inside[::-1].index(False) if not all(inside) else 0)


def left(text: str, head: int, foot: int) -> str:
    """What is left of one text."""
    cleaned = cut_edges(pa.array([text], pa.large_string()), [head], [foot])
    assert not cleaned.undone.any()
    return str(cleaned.texts[0])


BODY = "One finding was made.\n\nAnother finding was made."


@pytest.mark.parametrize(
    ("head", "foot", "stays_head", "stays_foot"),
    [
        ("* [Home](/)\n* [Topics](/t)", "* [Contact](/c)", "", ""),
        ("Welcome to this site.", "A service of an imaginary office.", "", ""),
        (
            "## Menu\n\n* Home",
            "## About\n\nAn office.\n\n### More\n\nA page.",
            "## Menu",
            "",
        ),
        ("* Home\n\n## Overview", "", "## Overview", ""),
        ("* Home\n\nSummary", "", "Summary", ""),
        ("* Home\n\n* Call 555 any day\n\n* Topics", "", "* Call 555 any day", ""),
        ("", "Not for children.\n\n* [Contact](/c)", "", "Not for children."),
        ("", "Largest dose:\n\n4 g a day\n\n* [Contact](/c)", "", "Largest dose:\n\n4 g a day"),
        ("", "## Dose\n\n4 g a day\n\n## Links\n\n* [A](/a)", "", "## Dose\n\n4 g a day"),
        ("", "take 4 g\na day with\nwater.", "", "take 4 g\na day with\nwater."),
        ("", "* [Page 2](/2)\n* [More](/20)", "", "* [Page 2](/2)"),
        ("# Not the title", "", "# Not the title", ""),
    ],
)
def test_what_may_go(head: str, foot: str, stays_head: str, stays_foot: str) -> None:
    """All of head and foot is shared; what stays is what the text would miss."""
    count = [sum(bool(line.strip()) for line in part.split("\n")) for part in (head, foot)]
    text = "\n\n".join(part for part in ("# Title", head, BODY, foot) if part)
    wanted = "\n\n".join(part for part in ("# Title", stays_head, BODY, stays_foot) if part)
    assert left(text, *count) == wanted


def test_a_heading_of_the_document_keeps_its_section() -> None:
    """What stands under a heading that is the document's own is its content, shared or not."""
    text = f"# T\n\n{BODY}\n\n## Examplin and you\n\n### Side effects\n\nFeeling sick.\n\n## Links\n\n* A"
    assert left(text, 0, 4) == text.removesuffix("\n\n## Links\n\n* A")


LINES = st.lists(
    st.sampled_from(
        ["", "## A", "### B", "* c", "Dose:", "4 g", "d e", "It ends.", "not f", "```"]
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.integers(0, 8), st.integers(0, 8))
def test_lines_go_whole_and_no_atom_does(lines: list[str], head: int, foot: int) -> None:
    """What is left are lines of the text in their order; the list says which ones are not."""
    text = str(normalise(pa.array(["\n".join(["# T", "", *lines])], pa.large_string()))[0])
    size = len([line for line in text.split("\n")[1:] if line.strip()])
    head, foot = min(head, size), min(foot, max(0, size - head))
    texts = pa.array([text], pa.large_string())
    cleaned = cut_edges(texts, [head], [foot])
    assert not cleaned.undone.any()
    gone = {entry.line - 1 for entry in cleaned.removed.get(0, ()) if entry.line}
    rest = "\n".join(line for n, line in enumerate(text.split("\n")) if n not in gone)
    assert cleaned.texts.to_pylist() == normalise(pa.array([rest], pa.large_string())).to_pylist()
    before, after = fingerprints(texts), fingerprints(cleaned.texts)
    assert (before[0] == after[0]).all()
    assert (before[1] == after[1]).all()
    assert {entry.rule for entry in cleaned.removed.get(0, ())} <= {RULE}
