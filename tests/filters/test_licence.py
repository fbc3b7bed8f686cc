"""Licence groups and what each purpose may take (table of the design)."""

from __future__ import annotations

import pyarrow as pa
import pytest

from filters.licence import GROUPS, PURPOSES, group, name_problem, permitted

EXPECTED = {
    "CC0-1.0": "open",
    "LicenseRef-PublicDomain": "open",
    "LicenseRef-USGov": "open",
    "CC-BY-4.0": "attribution",
    "cc-by-2.5": "attribution",
    "CC-BY-3.0-IGO": "attribution",
    "LicenseRef-CC-BY": "attribution",
    "OGL-UK-3.0": "attribution",
    "ODC-By-1.0": "attribution",
    "CC-BY-SA-4.0": "share-alike",
    "LicenseRef-CC-BY-SA": "share-alike",
    "CC-BY-NC-4.0": "non-commercial",
    "CC-BY-NC-SA-3.0-IGO": "non-commercial",
    "LicenseRef-NonCommercial": "non-commercial",
    "CC-BY-ND-4.0": "no-derivatives",
    "CC-BY-NC-ND-3.0-DE": "no-derivatives",
    "LicenseRef-CC-BY-NC-ND": "no-derivatives",
    "LicenseRef-PMC-TDM": "mining-only",
    "LicenseRef-NLM-PubMed": "abstract",
    "LicenseRef-No-Training": "no-training",
    "NOASSERTION": "unknown",
    "": "unknown",
    "CC-BY": "unknown",
    "CC-BY-4.0-and-more": "unknown",
    "all rights reserved": "unknown",
    "CC-BY-4.0 AND CC-BY-NC-4.0": "non-commercial",
    "CC-BY-4.0 OR CC-BY-NC-4.0": "attribution",
    "CC-BY-4.0 AND Nonsense": "unknown",
}
# Rows of the design's table: private, non-commercial, commercial.
TABLE = {
    "open": (True, True, True),
    "attribution": (True, True, True),
    "share-alike": (True, True, True),
    "non-commercial": (True, True, False),
    "no-derivatives": (True, False, False),
    "mining-only": (True, False, False),
    "abstract": (True, True, False),
    "unknown": (True, False, False),
    "no-training": (False, False, False),
}


@pytest.mark.parametrize(("spdx", "expected"), EXPECTED.items())
def test_group(spdx: str, expected: str) -> None:
    """Each identifier falls into the group of the fact sheet."""
    assert group(spdx) == expected


def test_table_of_purposes() -> None:
    """The permissions are those of the design, for every group and purpose."""
    examples = {name: spdx for spdx, name in reversed(EXPECTED.items())}
    assert set(examples) == set(TABLE) == set(GROUPS)
    for column, purpose in enumerate(PURPOSES):
        mask, groups = permitted(pa.array(list(examples.values())), purpose)
        assert groups.to_pylist() == list(examples)
        assert mask.to_pylist() == [TABLE[name][column] for name in examples]


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_arrays_of_all_kinds(type_: pa.DataType) -> None:
    """Nulls are unknown; dictionaries, slices and empty arrays are read."""
    array = pa.array(["CC-BY-4.0", None, "CC-BY-4.0", "LicenseRef-NLM-PubMed"], type_)
    for form in (array, array.dictionary_encode()):
        mask, groups = permitted(form[1:], "commercial")
        assert mask.to_pylist() == [False, True, False]
        assert groups.to_pylist() == ["unknown", "attribution", "abstract"]
    assert len(permitted(array[:0], "private")[0]) == 0


def test_unknown_purpose() -> None:
    """A purpose that the design does not name is refused."""
    with pytest.raises(ValueError, match="purpose"):
        permitted(pa.array(["CC0-1.0"]), "academic")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["CC-BY-4.0", "cc-by-nc-sa-3.0-igo", "LicenseRef-Ours", "NOASSERTION", "CC0-1.0", "MIT"]
)
def test_a_licence_for_documents_is_one_whose_group_is_known(name):
    """Or a name of the user's own, which is unknown by intention."""
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "near"),
    [("CC-BY", "CC-BY-4.0"), ("cc by nd", "CC-BY-ND-4.0"), ("CC0", "CC0-1.0"), ("foo", ""),
     ("LicenseRef-", "")],
)  # fmt: skip
def test_a_name_without_effect_is_refused(name, near):
    """It would be unknown as if nothing had been said; the nearest one is named."""
    problem = name_problem(name)
    assert "LicenseRef-… for any other" in problem
    assert ("did you mean" in problem) == bool(near)
    assert near in problem
