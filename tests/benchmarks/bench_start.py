"""How long `curation --help` takes, in starts of a bare interpreter (asked for: at most 3).

python -m tests.benchmarks.bench_start [--runs 15]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time


def seconds(command: list[str], runs: int) -> list[float]:
    """Return the wall time of each run of a command; one run before them warms the disk."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - start)
    return times[1:]


def main() -> None:
    """Print both medians and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    bare = statistics.median(seconds([sys.executable, "-c", "pass"], runs))
    helped = statistics.median(seconds([sys.executable, "-m", "curation", "--help"], runs))
    print(f"bare interpreter   {bare * 1000:7.1f} ms (median of {runs})")
    print(f"curation --help    {helped * 1000:7.1f} ms")
    print(f"ratio              {helped / bare:7.2f}    (asked: <= 3)")


if __name__ == "__main__":
    main()
