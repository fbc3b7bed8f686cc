"""Leaves of JSON metadata: each a text behind its label, and back to the same values."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.audit import Audit
from curation.leaves import Leaves, rebuilt, unlabelled
from curation.masking import _metadata
from filters.pii import Masking
from sources.columns import TEXT, encode_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def masked(*rows: dict[str, object], profile: str = "default") -> list[dict[str, object]]:
    """Rows of metadata masked twice: the second time changes nothing."""
    texts = pa.array([encode_json(row) for row in rows], TEXT)
    once = _metadata(texts, texts, Masking(profile), Audit(len(rows)))
    assert _metadata(once, once, Masking(profile), Audit(len(rows))).equals(once)
    return [json.loads(text) for text in once.to_pylist()]


@given(st.dictionaries(st.text(), JSON))
def test_the_same_leaves_make_the_same_values(values: dict[str, object]) -> None:
    """What is flattened and not masked is what it was, numbers and truth values too."""
    leaves = Leaves()
    leaves.add(7, values)
    assert rebuilt(values, iter(leaves.texts)) == values
    assert len(leaves.texts) == len(leaves.labels) == len(leaves.keys) == len(leaves.owners)
    every = leaves.labelled(range(len(leaves.texts)))
    labelled = zip(leaves.labels, every, leaves.texts, strict=True)
    assert all(unlabelled(label, text) == leaf for label, text, leaf in labelled)


def test_escapes_and_keys_hide_nothing() -> None:
    """A line break ends the word before a label, and a key is one."""
    note = "seen today\nMRN: 00998874\nPatient name: Anna Exempel\tFax 01632 960985"
    assert masked(
        {"note": note, "patient_name": "Anna Exempel", "mrn": "00998871"},
        {"ssn": "078 05 1120", "iban": "GB00 ABCD 1234 5678 9012 34"},
        {"phone": 6175550143, "nhs_number": "123 456 7890"},
        {"patient": {"hospitalNumber": "H99887", "fax_2": ["01632 960985", 1632960986]}},
        {"tel": {"01632 960985": "home"}, "a@example.org": 1, "b@example.org": 2},
        {"a": "one\njane@example.org", "b": "tail\nDNI 12345678"},
    ) == [
        {
            "note": "seen today\nMRN: [RECORD]\nPatient name: [NAME]\tFax [PHONE]",
            "patient_name": "[NAME]",
            "mrn": "[RECORD]",
        },
        {"ssn": "[ID]", "iban": "[BANK]"},
        {"phone": "[PHONE]", "nhs_number": "[ID]"},
        {"patient": {"hospitalNumber": "[RECORD]", "fax_2": ["[PHONE]", "[PHONE]"]}},
        {"tel": {"[PHONE]": "home"}, "[EMAIL]": 1, "[EMAIL]~2": 2},
        {"a": "one\n[EMAIL]", "b": "tail\nDNI [ID]"},
    ]


@pytest.mark.parametrize("profile", ["default", "strict"])
def test_a_personal_key_is_masked_and_its_value_stays(profile: str) -> None:
    """What is personal in a key is masked there, and what stands under it keeps its kind."""
    assert masked(
        {"linkedin.com/in/jane-doe": 5},
        {"linkedin.com/in/jane-doe": "followers", "seen": {"linkedin.com/in/jane-doe": None}},
        {"patient name - Anna Exempel": {"visits": 2}},
        {"linkedin.com/in/jane-doe": {"mrn": 998877}, "patient name": {"Anna Exempel": "Rosa"}},
        profile=profile,
    ) == [
        {"[URL]": 5},
        {"[URL]": "followers", "seen": {"[URL]": None}},
        {"patient name - [NAME]": {"visits": 2}},
        {"[URL]": {"mrn": "[RECORD]"}, "patient name": {"[NAME]": "[NAME]"}},
    ]


def test_figures_under_ordinary_keys_stay_numbers() -> None:
    """A count is no number of a person, and what has decimals measures."""
    rows: list[dict[str, object]] = [
        {"case": 12345, "fallzahl": 12345, "plan": 12345, "ipp": 123456, "contact": 1234567},
        {"work": 1234567, "home": 1234567, "counts": {"mobile": 1234567, "cell": 12345678}},
        {"direct": 1234567, "standard": 1234567, "info": 1234567, "emergency": 1234567},
        {"sin": [0.123456789], "wavelength": {"NIR": [0.123456789012]}, "gmc": 1234.5678},
        {"tin": 1234.5678, "plan": 123456.5, "cc": 1234567890123.5, "mrn": 1234.5},
        {"patients": {"number": 12345}, "study": {"phone calls": 1234567}, "gmc": 12345},
        {"reads": 4539148803436467, "ahv.free": 7569217076985, "id": 123456789},
    ]
    assert masked(*rows) == rows


def test_labels_of_keys_as_interchange_formats_nest_them() -> None:
    """A part of a value has its label further out, and a neighbour may say it."""
    assert masked(
        {"mrn": {"value": 998877}, "ssn": {"value": "078 05 1120"}},
        {"patient": {"name": {"first": "Anna", "last": "Exempel"}}},
        {"patient": {"name": [{"family": "Exempel", "given": ["Anna"]}]}},
        {"NHSNumber": "943 476 5919", "ptMRN": 998877, "MRNs": "998877, 998878"},
        {"label": "MRN", "value": "998877"},
        {"identifier": [{"system": "MRN", "value": 998877}, {"system": "cases", "value": 123456}]},
    ) == [
        {"mrn": {"value": "[RECORD]"}, "ssn": {"value": "[ID]"}},
        {"patient": {"name": {"first": "[NAME]", "last": "[NAME]"}}},
        {"patient": {"name": [{"family": "[NAME]", "given": ["[NAME]"]}]}},
        {"NHSNumber": "[ID]", "ptMRN": "[RECORD]", "MRNs": "[RECORD], [RECORD]"},
        {"label": "MRN", "value": "[RECORD]"},
        {
            "identifier": [
                {"system": "MRN", "value": "[RECORD]"},
                {"system": "cases", "value": 123456},
            ]
        },
    ]


def test_what_metadata_says_of_literature_stays() -> None:
    """Volumes, counts, years, trials and grants are no personal numbers under their keys."""
    row = {
        "volume": 12345678, "pages": "12345-12349", "year": 2012, "registry": "NCT01234567",
        "references": [{"pmid": "22970790", "id": "CR12345", "doi": "10.1139/h2012-108"}],
        "funding": [{"award": "31472218", "source": "An invented fund"}], "peer_reviewed": True,
        "left_out": [{"chars": 123456, "what": "xref"}], "score": 0.12345678, "none": None,
    }  # fmt: skip
    assert masked(row) == [row]
