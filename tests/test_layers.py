"""The layers: sources and filters import neither each other nor curation; the start stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FORBIDDEN = {
    "sources": {"filters", "curation"},
    "filters": {"sources", "curation"},
    "curation": set(),
}


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_goes_upward_or_sideways(package: str) -> None:
    """Sources and filters know nothing of each other or of the build."""
    wrong = {
        str(path.relative_to(ROOT)): sorted(imported(path) & FORBIDDEN[package])
        for path in (ROOT / package).rglob("*.py")
        if imported(path) & FORBIDDEN[package]
    }
    assert not wrong


def test_every_module_says_what_it_is() -> None:
    """Each module of the packages has a docstring."""
    silent = [
        str(path.relative_to(ROOT))
        for package in FORBIDDEN
        for path in (ROOT / package).rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_help_imports_nothing_heavy() -> None:
    """`curation --help` loads no Arrow, NumPy, numba, DuckDB, lxml, rich or Ray."""
    code = (
        "import sys, curation.cli\n"
        "try: curation.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyarrow', 'numpy', 'numba', 'duckdb', 'lxml', 'rich', 'datasets', 'trafilatura', 'ray'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "build" in done.stdout
    assert done.stderr.strip() == "[]"
