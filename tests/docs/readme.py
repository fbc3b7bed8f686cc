"""The README's blocks that a program prints; run this file to write them anew.

python -m tests.docs.readme
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

DROPS = (
    "select coalesce(id, resource) as document, step, rule, value, threshold from ledger "
    "where outcome = 'dropped' order by step, rule, document"
)


def program(*arguments: str, folder: Path) -> str:
    """Run the program in a folder; what it prints to both streams, in order."""
    command = [sys.executable, "-m", "curation", *arguments]
    environment = {**os.environ, "COLUMNS": "80"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("compiling")]
    return "\n".join(lines).strip("\n")


def blocks(folder: Path) -> dict[str, str]:
    """Build the sample in a folder and return each marked block of the README."""
    recipe = str(ROOT / "data/sample/recipe.toml")
    return {
        "the sample's output": program("build", recipe, "--out", "corpus", folder=folder),
        "the sample's drops": program("query", "corpus", DROPS, folder=folder),
        "an explanation": program("explain", "corpus", "pubmed:99000035", folder=folder),
    }


def block(text: str, marker: str) -> str:
    """Return the fenced block behind a marker."""
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w*\n(.*?)\n```", text, re.DOTALL)
    assert found, marker
    return found[1]


def main() -> None:
    """Write the blocks into the README."""
    text = README.read_text()
    with tempfile.TemporaryDirectory() as name:
        for marker, content in blocks(Path(name)).items():
            old = block(text, marker)
            text = text.replace(f"\n{old}\n```", f"\n{content}\n```", 1)
    README.write_text(text)


if __name__ == "__main__":
    main()
