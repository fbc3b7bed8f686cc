"""Compiled code lies in one folder named by the sources, never beside an installed module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("first", ["import numba", "import filters.duplicates.verify", "pass"])
def test_compiled_code_lies_in_the_cache(tmp_path: Path, first: str) -> None:
    """Whatever is imported first, and whoever compiles."""
    code = (
        f"{first}\n"
        "import numpy as np, pyarrow as pa\n"
        "from filters.duplicates.verify import verify\n"
        "words = pa.array([bytes(36)], pa.large_binary())\n"
        "assert verify(words, np.zeros((1, 2), np.int64)).tolist() == [1.0]\n"
    )
    environment = {**os.environ, "CURATION_CACHE": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.rglob("*.nbi"))
