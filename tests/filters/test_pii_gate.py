"""The compiled gate marks a superset of what the rules hit, and folds as the rules do."""

from __future__ import annotations

import gzip
import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from filters.kernels import gate as kernel
from filters.pii import gate, labels
from filters.pii.fold import FOLD, fold
from filters.pii.rules import RULES
from filters.pii.scan import scan_row, scan_rows
from tests.filters.pii_pieces import PIECES

HERE = Path(__file__).parent
FORMS = runpy.run_path(str(HERE / "test_pii_rules.py"))
ALL_FAMILIES = (1 << kernel.FAMILIES) - 1
LABELS = [
    label
    for group in (
        labels.PHONE, labels.PHONE_WEAK, labels.PHONE_VERBS, labels.PHONE_AFTER, labels.RECORD,
        labels.RECORD_WEAK, labels.RECORD_CONTEXT, labels.QUALIFIER, labels.NUMBER, labels.CARD,
        labels.BANK, labels.ACCOUNT, labels.SSN, labels.PERSONAL, labels.SITES, labels.AT,
        labels.DOT, *labels.NATIONAL.values(), labels.PHONE_TALK, labels.COVER, labels.RECORD_LONG,
        labels.RECORD_ORDINARY, labels.NAME, labels.ADDRESS, labels.DEVICE, labels.PLATE,
        labels.EVENTS, labels.AGES, labels.RECORD_BARE, labels.PHONE_REACHABLE, labels.AUSTRIAN,
        labels.VIN, labels.DEA, labels.RIB, labels.PATIENT_NAME, labels.AGES_BEFORE,
    )
    for label in group
]  # fmt: skip
VALUES = [
    "555-123-4567", "12345678", "ABC123", "AB-1234", "943 476 5919", "12 34 56 78", "998877",
    "4539 1488 0343 6467", "987 65 4321", "85.07.30-033.28", "X1234567L", "0000-0002-1825-0097",
    "GB29 NWBK 6016 1331 9268 19", "10.20.30.40", "2001:db8::1", "a@b.org", "020 7946 0958", "5512",
    "Anna Exempel", "12 High Street, AB1 2CD", "12.03.1931", "93", "AB1234563", "94F with",
    "30004 00003 00012345678 43", "RXH 123 4567", "anna exempel", "{jane, joe}@example.org",
]  # fmt: skip
JOINS = [
    ": ",
    " ",
    " no. ",
    " number is ",
    " (",
    "#",
    " n° ",
    ".: ",
    "\n",
    "\t",
    " id=",
    ", ",
    "-",
    ":** ",
    ":\n",
    " | ",
    ": (",
    ": **",
]
noise = st.text(st.sampled_from("ab é-.:/@(1) 7\u00a0\u200b–，０[]"), max_size=12)


def assert_superset(texts: list[str], strict: bool) -> int:
    """Whatever the rules hit on the whole text is hit through the windows too; number of hits."""
    data = np.frombuffer("".join(texts).encode(), np.uint8)
    lengths = [len(text.encode()) for text in texts]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    windowed = {scanned.row: scanned.hits for scanned in scan_rows(data, offsets, strict)}
    total = 0
    for row, text in enumerate(texts):
        raw = text.encode()
        whole = scan_row(row, raw, [(0, len(raw), ALL_FAMILIES)], strict)
        assert not whole.failed
        assert windowed.get(row, ()) == whole.hits, text
        total += len(whole.hits)
    return total


@pytest.mark.parametrize("strict", [False, True])
def test_superset_on_written_forms(strict: bool) -> None:
    """Every form of the rule tests, alone and far into a text."""
    forms = [text for text, _ in FORMS["DEFAULT"] + FORMS["STRICT"]]
    padding = "Words of a sentence without anything to find. " * 60
    assert assert_superset(forms, strict) > 80
    assert assert_superset([padding + text + " " + padding for text in forms], strict) > 80


@pytest.mark.parametrize("strict", [False, True])
def test_superset_on_every_label(strict: bool) -> None:
    """Every label in three spellings, with every join and value, before and behind."""
    texts = []
    for number, label in enumerate(LABELS):
        for case in (label, label.upper(), label.capitalize()):
            for turn, value in enumerate(VALUES[number % 4 :: 4]):
                join = JOINS[(number + turn) % len(JOINS)]
                texts.append(f"the {case}{join}{value} and {value} {case}, so")
    assert assert_superset(texts, strict) > 2000


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(PIECES + VALUES + JOINS), st.sampled_from(LABELS), noise),
        max_size=20,
    ).map("".join),
    st.booleans(),
)
def test_superset_on_generated_texts(text: str, strict: bool) -> None:
    """Any mixture of labels, values and noise."""
    assert_superset([text], strict)


@pytest.mark.real
@pytest.mark.parametrize("strict", [False, True])
def test_superset_on_real_texts(real_data: Path, strict: bool) -> None:
    """The labelled sets and real abstracts."""
    texts = []
    for name in (
        "presidio_synth_v2",
        "asq_phi",
        "meddocan",
        "eds_pseudo_templates",
        "pl_pii_bench",
    ):
        with gzip.open(real_data / "pii" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
            texts += [json.loads(line)["text"] for line in stream][:250]
    assert assert_superset(texts, strict) > 1000


def test_kernel_folds_as_python_does() -> None:
    """Every character of the basic plane folds alike in the kernel and in ``fold``."""
    fold_at = njit(kernel.fold_at)
    for code in range(0x10000):
        if 0xD800 <= code < 0xE000:
            continue
        raw = chr(code).encode()
        symbol, width = fold_at(np.frombuffer(raw, np.uint8), 0, len(raw))
        expected = FOLD.get(code, chr(code))
        assert width == len(raw)
        if expected is None:
            assert symbol == 0x100, hex(code)
        elif len(expected.encode()) == 1:
            assert symbol == ord(expected), hex(code)
        else:
            assert symbol > 0x100, hex(code)


@given(st.text(st.sampled_from("aé\u00a0\u200b５–x\u00ad "), min_size=1, max_size=20), st.data())
def test_folded_offsets_lead_back(text: str, data: st.DataObject) -> None:
    """A span of the folded text leads to the same characters of the original."""
    folded = fold(text.encode())
    shown = folded.data.decode()
    start = data.draw(st.integers(0, len(shown)))
    end = data.draw(st.integers(start, len(shown)))
    if start == end:
        return
    first, last = len(shown[:start].encode()), len(shown[:end].encode())
    a, b = folded.original(first, last)
    assert fold(text.encode()[a:b]).data.decode() == shown[start:end]


def test_gate_grows_its_table_of_marks() -> None:
    """More marks than expected are all kept."""
    data = np.frombuffer(b"a@" * 20000, np.uint8)
    assert len(gate.marks(data, np.array([0, len(data)], np.int64), False)) == 20000


def test_rule_names_and_tokens() -> None:
    """Names are unique and entities stand in the closed list."""
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert {rule.entity for rule in RULES} <= set(labels.TOKENS)
