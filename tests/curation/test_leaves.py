"""Leaves of JSON metadata: each a text behind its label, and back to the same values."""

from __future__ import annotations

import json

import pyarrow as pa
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


def masked(*rows: dict[str, object]) -> list[dict[str, object]]:
    """Rows of metadata through `default`, twice: the second time changes nothing."""
    texts = pa.array([encode_json(row) for row in rows], TEXT)
    once = _metadata(texts, texts, Masking("default"), Audit(len(rows)))
    assert _metadata(once, once, Masking("default"), Audit(len(rows))).equals(once)
    return [json.loads(text) for text in once.to_pylist()]


@given(st.dictionaries(st.text(), JSON))
def test_the_same_leaves_make_the_same_values(values: dict[str, object]) -> None:
    """What is flattened and not masked is what it was, numbers and truth values too."""
    leaves = Leaves()
    leaves.add(7, values)
    assert rebuilt(values, iter(leaves.texts)) == values
    assert len(leaves.texts) == len(leaves.labels) == len(leaves.keys) == len(leaves.owners)
    labelled = zip(leaves.labels, leaves.labelled(), leaves.texts, strict=True)
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


def test_what_metadata_says_of_literature_stays() -> None:
    """Volumes, counts, years, trials and grants are no personal numbers under their keys."""
    row = {
        "volume": 12345678, "pages": "12345-12349", "year": 2012, "registry": "NCT01234567",
        "references": [{"pmid": "22970790", "id": "CR12345", "doi": "10.1139/h2012-108"}],
        "funding": [{"award": "31472218", "source": "An invented fund"}], "peer_reviewed": True,
        "left_out": [{"chars": 123456, "what": "xref"}], "score": 0.12345678, "none": None,
    }  # fmt: skip
    assert masked(row) == [row]
