"""CPU time of the very first build on a machine against a warm one: the sample, kernels compiled.

    python tests/benchmarks/bench_first_run.py

The language model is taken from where a build finds it; fetching it is not part of the figure.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from filters.language import resolve_model

ROOT = Path(__file__).parents[2]


def build(out: Path, cache: Path, model: Path) -> float:
    """CPU seconds of one build of the sample, all processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "CURATION_CACHE": str(cache), "CURATION_LID_MODEL": str(model)}
    recipe = str(ROOT / "data/sample/recipe.toml")
    command = [sys.executable, "-m", "curation", "build", recipe, "--out", str(out), "--quiet"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the difference."""
    with tempfile.TemporaryDirectory() as name:
        folder, model = Path(name), resolve_model(None)
        first = build(folder / "first", folder / "cache", model)
        warm = build(folder / "warm", folder / "cache", model)
    print(f"first build  {first:6.1f} s CPU\nwarm build   {warm:6.1f} s CPU")
    print(f"difference   {first - warm:6.1f} s CPU   (asked: <= 30)")


if __name__ == "__main__":
    main()
