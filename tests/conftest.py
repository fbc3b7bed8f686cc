"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def language_model() -> Path:
    """The lid.176.ftz model as a build resolves it; skips where it cannot be had."""
    from filters.language import MissingModel, resolve_model

    try:
        return resolve_model(None, say=lambda line: None)
    except MissingModel as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real files, named by CURATION_TEST_DATA; skips where it is not set."""
    folder = os.environ.get("CURATION_TEST_DATA")
    if not folder:
        pytest.skip("set CURATION_TEST_DATA to the folder of real files to run this test")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"CURATION_TEST_DATA names no folder: {path}")
    return path
