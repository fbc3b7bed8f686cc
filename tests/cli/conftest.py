"""A version to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.curation.make_version import make_version


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A version made by hand."""
    folder = tmp_path_factory.mktemp("contract") / "corpus"
    make_version(folder)
    return folder
