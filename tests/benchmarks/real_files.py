"""Where benchmarks on real files read and work."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PAPERS = """
[[sources]]
use = "pubmed"
paths = ["{data}/pubmed/*.xml.gz"]
[[sources]]
use = "pmc"
paths = ["{data}/jats"]
"""
"""Sources of a recipe: abstracts and articles below the folder of real files."""

ALL = f"""{PAPERS}[[sources]]
use = "guidelines"
paths = ["{{data}}/html/guidelines"]
"""
"""The same with guidelines."""


@contextlib.contextmanager
def real_folders(description: str) -> Iterator[tuple[str, Path]]:
    """Read the command line of a benchmark.

    Args:
        description: For its help.

    Yields:
        The folder of real files (CURATION_TEST_DATA), and one to work in: that of ``--keep``, else
        one that is removed at the end.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--keep", type=Path, help="folder that keeps what is built")
    given = parser.parse_args()
    data = os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA")
    with tempfile.TemporaryDirectory() as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        yield data, folder
