"""What a row costs the calling program at its peak: cached builds of the input once and three times.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_memory

Each build runs in a process of its own over the two PubMed files, given to one source and to three;
everything is extracted before, so that what is left is to put the rows in order, decide and write.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

COPIES = (1, 3)

SOURCE = '[[sources]]\nuse = "pubmed"\nname = "copy{number}"\npaths = ["{data}/pubmed/*.xml.gz"]\n'

BUILD = """import resource, sys
import curation
corpus = curation.build(sys.argv[1], out=sys.argv[2], workers=1)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(sum(corpus.manifest["counts"][fate] for fate in ("kept", "dropped", "failed")), peak)
"""


def peak(folder: Path, data: str, copies: int) -> tuple[int, int]:
    """Return rows of the ledger, and bytes of the calling program at its peak, of a cached build."""
    recipe, out = folder / f"{copies}.toml", folder / f"corpus{copies}"
    sources = "".join(SOURCE.format(number=n, data=data) for n in range(copies))
    recipe.write_text(f"[alarms]\nmax_source_loss = 1\n{sources}")
    command = [sys.executable, "-c", BUILD, str(recipe), str(out)]
    for _ in range(2):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows, size = done.stdout.split()
    return int(rows), int(size)


def main() -> None:
    """Print both, and what a row more costs."""
    data = os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA")
    with tempfile.TemporaryDirectory() as name:
        found = [peak(Path(name), data, copies) for copies in COPIES]
    for rows, size in found:
        print(f"{rows:>9,} rows  {size / 2**20:6,.0f} MiB at the peak")
    (few, small), (many, large) = found
    print(f"a row more     {(large - small) / (many - few):6,.0f} bytes")


if __name__ == "__main__":
    main()
